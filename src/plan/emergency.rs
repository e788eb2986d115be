//! What to do when the upgrade goes wrong, filled from the project: code and database back, what can be turned off, from
//! where the data comes back, what to watch meanwhile.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::config::GateConfig;
use crate::config::gate::{BackupKind, BackupTarget};
use crate::django::Key;
use crate::findings::Bilingual;
use crate::mysql::Flavour;
use crate::mysql::change::Change;
use crate::project::{Project, Workspace};

use super::cost::Sizes;
use super::rollback::Rollback;
use super::switches::{self, Switch};
use super::{Basis, ProjectPlan};

/// Metrics that are watched because of a pinned package: package, name of the watch, what is looked at.
const OF_PACKAGES: [(&str, &str, &str, &str); 9] = [
    (
        "celery",
        "queues",
        "lengths of the Celery queues, failed and retried tasks",
        "Celery 队列长度、失败与重试任务数",
    ),
    (
        "redis",
        "redis",
        "Redis: connections refused, evicted keys, latency",
        "Redis：连接被拒、淘汰的键、延迟",
    ),
    (
        "elasticsearch",
        "elasticsearch",
        "Elasticsearch: errors of the client, rejected writes",
        "Elasticsearch：客户端错误、被拒绝的写入",
    ),
    (
        "opensearch-py",
        "elasticsearch",
        "OpenSearch: errors of the client, rejected writes",
        "OpenSearch：客户端错误、被拒绝的写入",
    ),
    ("kafka-python", "kafka", "Kafka: lag of the consumer groups", "Kafka：消费组积压"),
    ("confluent-kafka", "kafka", "Kafka: lag of the consumer groups", "Kafka：消费组积压"),
    (
        "kombu",
        "broker",
        "message broker: unacknowledged messages, connections",
        "消息队列：未确认消息数、连接数",
    ),
    (
        "django-prometheus",
        "http",
        "Django's own metrics: answers of 5xx, latency, exceptions by view",
        "Django 指标：5xx、延迟、各视图异常数",
    ),
    ("prometheus-client", "application", "the metrics that the application exports", "应用自行导出的指标"),
];

/// The emergency plan.
#[derive(Debug, Clone, Default)]
pub struct Emergency {
    /// The revision whose code goes back, as the user named it; `None` when the start is a database.
    pub code: Option<String>,
    /// Requirements that go back with the code.
    pub pins: usize,
    /// Environment variables that the new release reads and the old one did not, or the other way round.
    pub environment: Vec<String>,
    /// The first migration that Django cannot take back: once it has run, only the backup leads back.
    pub no_return: Option<Key>,
    /// Commands, in order: `migrate APP TARGET`; the targets of the rollback.
    pub commands: Vec<String>,
    /// What can be turned off.
    pub switches: Vec<Switch>,
    /// Tables whose rows are switches.
    pub switch_tables: Vec<Arc<str>>,
    /// From where the data comes back.
    pub recovery: Vec<Recovery>,
    /// What to watch.
    pub watch: Vec<Watch>,
}

/// A backup with the way to bring it back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovery {
    /// Its name in the configuration.
    pub name: String,
    /// Its kind.
    pub kind: &'static str,
    /// Where it is, as the configuration writes it.
    pub path: String,
    /// What was found there, and when that was looked at; `None` where nobody looked.
    pub seen: Option<String>,
    /// How it is brought back.
    pub how: Vec<String>,
}

/// Something to watch, and what of this project or change asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watch {
    /// A stable name.
    pub key: &'static str,
    /// What to look at.
    pub what: Bilingual,
    /// Why.
    pub why: Bilingual,
}

impl Emergency {
    /// The plan for an upgrade.
    pub(super) fn new(
        from: Option<&str>,
        workspace: &Workspace,
        projects: &[ProjectPlan],
        rollback: &Rollback,
        basis: &Basis,
    ) -> Self {
        let environment: BTreeSet<String> = projects
            .iter()
            .flat_map(|project| &project.differences.environment)
            .map(|one| one.name.clone())
            .collect();
        let commands = rollback.targets.iter().map(|(app, name)| {
            format!("python manage.py migrate {app} {}", name.as_deref().unwrap_or("zero"))
        });
        let mut watch = of_change(projects, basis);
        for project in &workspace.projects {
            watch.extend(of_project(project));
        }
        watch.extend(of_configuration(&basis.gate));
        let mut seen = BTreeSet::new();
        watch.retain(|one| seen.insert((one.key, one.what.en.clone())));
        Self {
            code: from.map(str::to_owned),
            pins: projects.iter().map(|project| project.differences.pins.len()).sum(),
            environment: environment.into_iter().collect(),
            no_return: rollback.irreversible.first().map(|it| it.migration.clone()),
            commands: commands.collect(),
            switches: workspace.projects.iter().flat_map(switches::of).collect(),
            switch_tables: projects.iter().flat_map(|project| project.switch_tables.clone()).collect(),
            recovery: basis.gate.backup.iter().map(|(name, backup)| recovery(name, backup, basis)).collect(),
            watch,
        }
    }
}

fn recovery(name: &str, backup: &BackupTarget, basis: &Basis) -> Recovery {
    let database = backup.mysql.as_ref().map(|entry| {
        let target = basis.gate.mysql.get(entry);
        let named = target.map(|target| target.database.0.clone()).filter(|text| !text.is_empty());
        named.unwrap_or_else(|| entry.clone())
    });
    let database = database.unwrap_or_else(|| "DATABASE".to_owned());
    let path = &backup.path.0;
    let maria = basis.server.flavour == Flavour::MariaDb;
    let client = if maria { "mariadb" } else { "mysql" };
    let physical = if maria { "mariadb-backup" } else { "xtrabackup" };
    let (kind, how): (&str, Vec<String>) = match backup.kind {
        BackupKind::Dump => {
            let restore = match path.rsplit('.').next() {
                Some("gz") => format!("gunzip --stdout {path} | {client} --database={database}"),
                Some("zst") => format!("zstd --decompress --stdout {path} | {client} --database={database}"),
                _ => format!("{client} --database={database} < {path}"),
            };
            ("dump", vec![restore])
        }
        BackupKind::Mydumper => (
            "mydumper",
            vec![format!("myloader --directory {path} --database {database} --overwrite-tables")],
        ),
        BackupKind::Physical => {
            let mut how = vec![format!("{physical} --prepare --target-dir={path}")];
            for step in &backup.incremental {
                how.push(format!("{physical} --prepare --target-dir={path} --incremental-dir={}", step.0));
            }
            how.push(format!("{physical} --copy-back --target-dir={path}"));
            ("physical", how)
        }
        BackupKind::Rdb => ("rdb", vec![format!("cp {path} REDIS_FOLDER/dump.rdb")]),
        BackupKind::Aof => ("aof", vec![format!("cp --recursive {path} REDIS_FOLDER/appendonlydir")]),
        BackupKind::Configuration => ("configuration", vec![format!("tar --extract --file {path}")]),
        BackupKind::Export => ("export", Vec::new()),
    };
    let seen = basis.proofs.get(name).cloned();
    Recovery { name: name.to_owned(), kind, path: path.clone(), seen, how }
}

/// What the statements of this change ask for.
fn of_change(projects: &[ProjectPlan], basis: &Basis) -> Vec<Watch> {
    let mut out = Vec::new();
    let mut copied: Vec<Arc<str>> = Vec::new();
    for project in projects {
        for pending in &project.pending {
            let (app, name) = (&pending.app, &pending.name);
            for statement in pending.entries.iter().flat_map(|entry| entry.sql.iter().flatten()) {
                let table = &statement.table;
                if project.fresh.contains(table) {
                    continue;
                }
                if statement.class.blocks_writes == Some(true) {
                    out.push(Watch {
                        key: "locks",
                        what: Bilingual::new(
                            format!("writes to `{table}` that wait, metadata locks on it, running threads"),
                            format!("`{table}` 上等待的写入、元数据锁、运行中的线程数"),
                        ),
                        why: Bilingual::new(
                            format!("{app}.{name} makes writes to it wait"),
                            format!("{app}.{name} 期间写入等待"),
                        ),
                    });
                }
                if statement.class.rebuild == Some(true) && !copied.contains(table) {
                    copied.push(table.clone());
                }
            }
        }
    }
    if !copied.is_empty() {
        out.push(space(&copied, &basis.sizes));
    }
    let replicas: Vec<&String> =
        basis.gate.mysql.iter().filter(|(_, target)| target.replica).map(|(name, _)| name).collect();
    if !copied.is_empty() && !replicas.is_empty() {
        for name in replicas {
            out.push(Watch {
                key: "replication",
                what: Bilingual::new(format!("lag of the replica {name}"), format!("从库 {name} 的延迟")),
                why: Bilingual::new(
                    "a replica repeats the rebuild of a table only when the primary is through",
                    "主库重建表结束后从库才开始重放",
                ),
            });
        }
    }
    for project in projects {
        for one in project.differences.environment.iter().filter(|one| one.from.is_none()) {
            let name = &one.name;
            out.push(Watch {
                key: "start",
                what: Bilingual::new(
                    format!("start of the processes: {name} is set everywhere"),
                    format!("进程启动：各处均已设置 {name}"),
                ),
                why: Bilingual::new(
                    format!("the new release reads it [{}:{}]", one.path, one.line),
                    format!("新版本会读取该变量 [{}:{}]", one.path, one.line),
                ),
            });
        }
        if let Some(first) = project.differences.iam.first() {
            let n = project.differences.iam.len();
            out.push(Watch {
                key: "permissions",
                what: Bilingual::new(
                    "answers of 403 and refusals of the permission centre",
                    "403 应答与权限中心的拒绝次数",
                ),
                why: Bilingual::new(
                    format!("{n} registrations change, the first at [{}:{}]", first.path, first.line),
                    format!("{n} 项权限注册有变化，首项见 [{}:{}]", first.path, first.line),
                ),
            });
        }
    }
    out
}

/// The space that the greatest copy of a table takes for a while.
fn space(copied: &[Arc<str>], sizes: &Sizes) -> Watch {
    let known: Option<Vec<u64>> = copied.iter().map(|table| sizes.of(table).map(|size| size.bytes)).collect();
    let greatest = known.and_then(|all| all.into_iter().max());
    let names: Vec<&str> = copied.iter().take(5).map(AsRef::as_ref).collect();
    let names = names.join(", ");
    let what = match greatest {
        Some(bytes) => {
            let mib = bytes.div_ceil(1 << 20);
            Bilingual::new(
                format!("free space of the server's data folder: a copy takes up to {mib} MiB for a while"),
                format!("数据目录剩余空间：重建期间临时占用最多 {mib} MiB"),
            )
        }
        None => Bilingual::new(
            "free space of the server's data folder; how much a copy takes is not known without sizes",
            "数据目录剩余空间；缺少表大小，无法得知临时占用量",
        ),
    };
    let why = Bilingual::new(format!("rebuilt: {names}"), format!("将重建：{names}"));
    Watch { key: "space", what, why }
}

/// What the pinned packages ask for.
fn of_project(project: &Project) -> Vec<Watch> {
    let mut out = Vec::new();
    for pin in project.pins.inventory.all_chosen() {
        let name = pin.entry.name.to_string();
        for &(_, key, en, zh) in OF_PACKAGES.iter().filter(|(package, ..)| *package == name) {
            let text = &pin.file.text;
            let line = text.line_column(pin.span().start).line;
            let shown = pin.shown();
            out.push(Watch {
                key,
                what: Bilingual::new(en, zh),
                why: Bilingual::new(
                    format!("{shown} [{}:{line}]", text.path),
                    format!("{shown} [{}:{line}]", text.path),
                ),
            });
        }
    }
    out
}

/// What the configuration knows an address of.
fn of_configuration(gate: &GateConfig) -> Vec<Watch> {
    let known = gate.component.iter().filter(|(_, target)| !target.health.0.is_empty());
    known
        .map(|(name, target)| Watch {
            key: "health",
            what: Bilingual::new(
                format!("health of {name}: {}", target.health.0),
                format!("{name} 健康状态：{}", target.health.0),
            ),
            why: Bilingual::new(format!("[gate.component.{name}]"), format!("[gate.component.{name}]")),
        })
        .collect()
}

/// Tables whose rows are switches, by their names; `changes` are those of all migrations, in order.
pub(super) fn switch_tables(changes: &[(&Arc<str>, &Change)]) -> Vec<Arc<str>> {
    let is_switch = |table: &str| {
        let table = table.replace('_', "").to_ascii_lowercase();
        ["featuretoggle", "featureflag", "featureswitch", "waffleswitch", "waffleflag"]
            .iter()
            .any(|word| table.contains(word))
    };
    let mut out: BTreeSet<Arc<str>> = BTreeSet::new();
    for (table, change) in changes {
        match change {
            Change::CreateTable { .. } if is_switch(table) => {
                out.insert((*table).clone());
            }
            Change::DropTable => {
                out.remove(*table);
            }
            Change::RenameTable(new) => {
                out.remove(*table);
                if is_switch(new) {
                    out.insert(new.clone());
                }
            }
            _ => {}
        }
    }
    out.into_iter().collect()
}
