//! `gate init`: a `[gate]` to start from, written from what the repository reads of its environment.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::django::settings::Environment;
use crate::django::settings::environ;
use crate::findings::Lang;
use crate::project::{Project, Workspace};
use crate::syntax::{Expr, Value};

use super::components::table;
use super::context::Context;

/// What must be attested: the emergency plan of the guide.
const REQUIRED: [&str; 4] = ["rollback-plan", "degradation", "recovery", "monitoring"];

/// The section, as TOML. `profile` names the order of components.
pub fn section(context: &Context<'_>, profile: Option<&str>, lang: Lang) -> String {
    let Context { workspace, project, .. } = context;
    let zh = lang == Lang::Zh;
    let mut out = String::new();
    let mut line = |text: &str| {
        let _ = writeln!(out, "{text}");
    };
    let note = |en: &str, cn: &str| format!("# {}", if zh { cn } else { en });
    let above = |en: &str, cn: &str| format!("\n{}", note(en, cn));
    line(&note(
        "The deploy gate: `bklog-lint gate --dry-run` shows what it would ask.",
        "升级门禁：`bklog-lint gate --dry-run` 可预览将要询问的内容。",
    ));
    line(&note(
        "Secrets are references: ${NAME}, file:PATH or cmd:COMMAND.",
        "密钥只能引用：${NAME}、file:路径 或 cmd:命令。",
    ));
    line("[gate]");
    line("# timeout = 10");
    line("# deadline = 120");
    line("# optional = [\"kafka\"]");
    let names = variables(project, workspace);
    for (alias, entry) in databases(project) {
        line(&format!("\n[gate.mysql.{}]", key(&alias)));
        for (field, value) in entry {
            line(&format!("{field} = {}", quoted(&value)));
        }
    }
    if profile == Some("bklog") {
        line(&above(
            "Grafana's database; it may be on another server.",
            "Grafana 数据库；可能在另一台服务器上。",
        ));
        line("[gate.mysql.grafana]");
        line(
            "host = \"${BK_BKLOG_MYSQL_HOST}\"\nport = \"${BK_BKLOG_MYSQL_PORT:-3306}\"\nuser = \"${BK_BKLOG_MYSQL_USER}\"",
        );
        line("password = \"${BK_BKLOG_MYSQL_PASSWORD}\"\ndatabase = \"bklog_grafana\"");
    }
    if let Some(prefix) = prefix(&names, "REDIS_HOST") {
        line("\n[gate.redis.default]");
        line(&format!("nodes = [\"${{{prefix}REDIS_HOST}}:${{{prefix}REDIS_PORT:-6379}}\"]"));
        if names.contains(&format!("{prefix}REDIS_PASSWORD")) {
            line(&format!("password = \"${{{prefix}REDIS_PASSWORD}}\""));
        }
    }
    if let Some(prefix) = prefix(&names, "RABBITMQ_HOST") {
        line("\n[gate.rabbitmq.default]");
        line(&format!(
            "host = \"${{{prefix}RABBITMQ_HOST}}\"\nport = \"${{{prefix}RABBITMQ_PORT:-5672}}\"\nuser = \"${{{prefix}RABBITMQ_USER}}\""
        ));
        line(&format!(
            "password = \"${{{prefix}RABBITMQ_PASSWORD}}\"\nvhost = \"${{{prefix}RABBITMQ_VHOST:-/}}\""
        ));
    }
    if let Some(prefix) = prefix(&names, "KAFKA_HOST") {
        line("\n[gate.kafka.default]");
        line(&format!("brokers = [\"${{{prefix}KAFKA_HOST}}\"]"));
    }
    if context.pinned("elasticsearch").is_some() {
        line(&above("Elasticsearch clusters, one entry each.", "Elasticsearch 集群，每个一项。"));
        line(
            "# [gate.elasticsearch.default]\n# url = \"http://es.example.com:9200\"\n# user = \"${ES_USER}\"\n# password = \"${ES_PASSWORD}\"",
        );
    }
    line("\n[gate.python.default]");
    line("interpreter = \"${BKLOG_GATE_PYTHON:-python3}\"");
    for (alias, entry) in databases(project) {
        let own = if alias == "default" { "database".to_owned() } else { alias.clone() };
        // The file is named after the database, as its settings name that.
        let database = entry.iter().find(|(field, _)| *field == "database");
        let file = database.map_or(&own, |(_, name)| name);
        line(&format!("\n[gate.backup.{}]", key(&own)));
        line(&format!("path = {}\nmysql = {}", quoted(&format!("backup/{file}-*.sql.gz")), quoted(&alias)));
    }
    if profile == Some("bklog") {
        line("\n[gate.backup.grafana]\npath = \"backup/bklog_grafana-*.sql.gz\"\nmysql = \"grafana\"");
        if prefix(&names, "REDIS_HOST").is_some() {
            line("\n[gate.backup.redis]\nkind = \"rdb\"\npath = \"backup/redis-*.rdb\"\nredis = \"default\"");
        }
    }
    line("\n[gate.backup.configuration]\nkind = \"configuration\"\npath = \"backup/configuration-*.tar.gz\"");
    if profile == Some("bklog") {
        for name in ["permissions", "collectors", "alerts", "dashboards", "fields"] {
            line(&format!("\n[gate.backup.{name}]\nkind = \"export\"\npath = \"backup/{name}-*.json.gz\""));
        }
    }
    if let Some(profile) = profile {
        line("\n[gate.components]");
        line(&format!("profile = {}", quoted(profile)));
        line(&note(
            "The output of `helm list -A -o json`, for versions.",
            "`helm list -A -o json` 的输出，用于获知版本。",
        ));
        line("# helm = \"helm.json\"");
        for name in table().profile(profile).unwrap_or_default() {
            line(&format!("# [gate.component.{name}]\n# health = \"https://{name}.example.com/healthz\""));
        }
    }
    line("\n[gate.attestations]\nfile = \"attestations.toml\"");
    line(&format!("required = [{}]", REQUIRED.map(quoted).join(", ")));
    line(
        "\n[gate.window]\nstart = \"${BKLOG_GATE_WINDOW_START}\"\nend = \"${BKLOG_GATE_WINDOW_END}\"\nlow-traffic = [\"22:00-06:00\"]",
    );
    out
}

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// A name as a bare key where it can be one.
fn key(name: &str) -> String {
    let bare = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if bare { name.to_owned() } else { quoted(name) }
}

/// The environment that serves users.
fn deployed(project: &Project) -> Vec<&Environment> {
    let (serving, others): (Vec<&Environment>, Vec<&Environment>) =
        project.configuration.environments.iter().partition(|one| one.is_deployed());
    if serving.is_empty() { others } else { serving }
}

/// The databases of MySQL with where their values come from.
fn databases(project: &Project) -> BTreeMap<String, Vec<(&'static str, String)>> {
    let mut out = BTreeMap::new();
    for environment in deployed(project) {
        let Some(value) = environment.value("DATABASES") else { continue };
        for dict in value.alternatives() {
            let Value::Dict(entries) = &dict.value else { continue };
            for (alias, entry) in entries.iter() {
                let (Some(alias), Value::Dict(fields)) = (alias.as_str(), &entry.value) else { continue };
                let field = |name: &str| {
                    fields.iter().find(|(key, _)| key.as_str() == Some(name)).map(|(_, value)| value)
                };
                if !field("ENGINE").and_then(Expr::as_str).is_some_and(|engine| engine.contains("mysql")) {
                    continue;
                }
                let mut lines = Vec::new();
                for (name, key, is_secret) in [
                    ("HOST", "host", false),
                    ("PORT", "port", false),
                    ("USER", "user", false),
                    ("PASSWORD", "password", true),
                    ("NAME", "database", false),
                ] {
                    if let Some(text) = field(name).and_then(|value| reference(value, is_secret)) {
                        lines.push((key, text));
                    }
                }
                out.entry(alias.to_owned()).or_insert(lines);
            }
        }
    }
    if out.is_empty() {
        // The settings leave it to a framework or to the platform.
        let lines = [
            ("host", "${DB_HOST}"),
            ("port", "${DB_PORT:-3306}"),
            ("user", "${DB_USERNAME}"),
            ("password", "${DB_PASSWORD}"),
            ("database", "${DB_NAME}"),
        ];
        out.insert("default".to_owned(), lines.map(|(key, value)| (key, value.to_owned())).to_vec());
    }
    out
}

/// How a value is written in the configuration. A secret that stands in the settings is not copied.
fn reference(value: &Expr, is_secret: bool) -> Option<String> {
    for one in value.alternatives() {
        if let Some(read) = environ::read(one) {
            let name = read.name?;
            return Some(match read.missing {
                environ::Missing::Default(default) if !is_secret => match default.as_str() {
                    Some(text) if !text.is_empty() => format!("${{{name}:-{text}}}"),
                    _ => format!("${{{name}}}"),
                },
                _ => format!("${{{name}}}"),
            });
        }
        if let Some(text) = one.as_str()
            && !is_secret
            && !text.is_empty()
        {
            return Some(text.to_owned());
        }
    }
    None
}

/// Names of the variables that the settings read, and that the templates export.
fn variables(project: &Project, workspace: &Workspace) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for environment in deployed(project) {
        let mut todo: Vec<&Expr> = environment.settings.values().map(|setting| &setting.value).collect();
        while let Some(expr) = todo.pop() {
            if let Some(name) = environ::read(expr).and_then(|read| read.name) {
                names.insert(name.to_string());
            }
            match &expr.value {
                Value::List(items) | Value::Tuple(items) | Value::Set(items) | Value::Either(items) => {
                    todo.extend(items.iter())
                }
                Value::Dict(entries) => todo.extend(entries.iter().flat_map(|(key, value)| [key, value])),
                Value::Call(call) => todo.extend(call.args.iter().map(|arg| &arg.value)),
                Value::Maybe(inner) => todo.push(inner),
                _ => {}
            }
        }
    }
    let exports = workspace.deployment.templates.iter().flat_map(|template| &template.exports);
    names.extend(exports.map(|export| export.name.clone()));
    names
}

/// What stands before `ending` in the shortest name that ends so.
fn prefix(names: &BTreeSet<String>, ending: &str) -> Option<String> {
    let mut found: Vec<&str> = names.iter().filter_map(|name| name.strip_suffix(ending)).collect();
    found.sort_by_key(|prefix| (prefix.len(), *prefix));
    found.first().map(|prefix| (*prefix).to_owned())
}
