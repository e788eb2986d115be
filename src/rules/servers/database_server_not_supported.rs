//! SRV001: a database server that the Django to run on does not take.

use crate::config::Config;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::mysql::Flavour;
use crate::pins::series::Series;
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};

use super::{at_least, dotted, floor, product, release, report_at_django};

/// SRV001 database-server-not-supported.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "SRV001",
        name: "database-server-not-supported",
        family: "servers",
        severity: Severity::Error,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/servers/database-server-not-supported.md"),
    check: Check::Project(check),
};

fn check(project: &Project, _: &Config, emit: &mut Emit<'_>) {
    let (Some(release), Some((flavour, server))) = (release(project), &project.pins.aims.server) else {
        return;
    };
    let Some(floor) = floor(release, *flavour) else { return };
    if server.fits(&at_least(floor)) {
        return;
    }
    let (product, django) = (product(*flavour), &release.version);
    let lets_in = lets_in(project, *flavour, server);
    let (severity, message) = if lets_in {
        (
            Severity::Warning,
            Bilingual::new(
                format!(
                    "Django {django} is made for {product} {floor} and later; only a patch lets it connect to {server}"
                ),
                format!("Django {django} 面向 {product} {floor} 及以上；只是靠补丁才能连接 {server}"),
            ),
        )
    } else if release.server_enforced {
        (
            Severity::Error,
            Bilingual::new(
                format!(
                    "Django {django} refuses to connect to {product} {server}: it needs {floor} or later"
                ),
                format!("Django {django} 拒绝连接 {product} {server}：需要 {floor} 及以上"),
            ),
        )
    } else {
        (
            Severity::Warning,
            Bilingual::new(
                format!("Django {django} supports {product} {floor} and later, not {server}"),
                format!("Django {django} 支持 {product} {floor} 及以上，不支持 {server}"),
            ),
        )
    };
    let finding = report_at_django(emit.graded(severity), project, message);
    finding.discriminator = format!("{product} {server}");
    finding.help = Bilingual::new(
        "Upgrade the server first: an older Django runs on a newer server more often than the other way round.",
        "请先升级数据库服务器：旧版 Django 通常能在新版服务器上运行，反之则不然。",
    );
}

/// Whether the project lowers the floor of Django to this server.
fn lets_in(project: &Project, flavour: Flavour, server: &Series) -> bool {
    project.pins.floors.iter().any(|(_, patch)| {
        let version = match flavour {
            Flavour::MySql => &patch.mysql,
            Flavour::MariaDb => &patch.mariadb,
        };
        patch.check_removed
            || version.as_ref().is_some_and(|version| server.fits(&at_least(&dotted(version))))
    })
}
