//! SRV004: a MySQL driver that the Django to run on refuses.

use crate::config::Config;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::pins::compatibility::{self, Release};
use crate::pins::inventory::compact;
use crate::project::Project;
use crate::rules::pins::report;
use crate::rules::{Check, Emit, Rule};

use super::release;

/// SRV004 database-driver.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "SRV004",
        name: "database-driver",
        family: "servers",
        severity: Severity::Error,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/servers/database-driver.md"),
    check: Check::Project(check),
};

fn check(project: &Project, _: &Config, emit: &mut Emit<'_>) {
    let Some(release) = release(project) else { return };
    let inventory = &project.pins.inventory;
    match inventory.chosen("mysqlclient") {
        Some(_) => mysqlclient(project, release, emit),
        // With both installed it is not known which one Django gets.
        None => pymysql(project, release, emit),
    }
}

fn mysqlclient(project: &Project, release: &Release, emit: &mut Emit<'_>) {
    let Some(pin) = project.pins.inventory.chosen("mysqlclient") else { return };
    let Some(version) = pin.entry.pinned().filter(|version| **version < release.mysqlclient) else { return };
    let (django, floor) = (&release.version, &release.mysqlclient);
    let message = Bilingual::new(
        format!("Django {django} refuses mysqlclient {version}: it needs {floor} or later"),
        format!("Django {django} 拒绝 mysqlclient {version}：需要 {floor} 及以上"),
    );
    report(emit, project, &pin, django, message).help = Bilingual::new(
        "The database backend raises ImproperlyConfigured when it is imported. Raise the driver before Django.",
        "导入数据库后端时会抛出 ImproperlyConfigured。请先升级驱动，再升级 Django。",
    );
}

fn pymysql(project: &Project, release: &Release, emit: &mut Emit<'_>) {
    // Who sets the version that PyMySQL presents is left to judge it himself.
    let Some(pin) =
        project.pins.inventory.chosen("pymysql").filter(|_| !project.pins.presents_driver_version)
    else {
        return;
    };
    let Some(version) = pin.entry.pinned() else { return };
    let Some(presented) = compatibility::presented_by_pymysql(version) else { return };
    let (django, floor) = (&release.version, &release.mysqlclient);
    if presented >= floor {
        return;
    }
    let message = Bilingual::new(
        format!(
            "PyMySQL {version} poses as mysqlclient {presented}, and Django {django} refuses what is older than {floor}"
        ),
        format!("PyMySQL {version} 冒充 mysqlclient {presented}，而 Django {django} 拒绝低于 {floor} 的版本"),
    );
    let mut help = Bilingual::new(
        "`install_as_MySQLdb()` then ends in ImproperlyConfigured when Django imports its backend.",
        "此时 `install_as_MySQLdb()` 会使 Django 在导入数据库后端时抛出 ImproperlyConfigured。",
    );
    match compatibility::pymysql_presenting(floor).map(compact) {
        Some(range) => {
            help.en.push_str(&format!(
                " Raise PyMySQL to one of {range}, or set `pymysql.version_info` before that call."
            ));
            help.zh.push_str(&format!(
                "请把 PyMySQL 升级到 {range} 之内的版本，或在该调用之前设置 `pymysql.version_info`。"
            ));
        }
        None => {
            help.en.push_str(" Set `pymysql.version_info` before that call, or move to mysqlclient.");
            help.zh.push_str("请在该调用之前设置 `pymysql.version_info`，或改用 mysqlclient。");
        }
    }
    report(emit, project, &pin, django, message).help = help;
}
