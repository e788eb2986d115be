//! SRV002: a patch that lets Django connect to servers which it was not made for.

use crate::config::Config;
use crate::django::database_floor::DatabaseFloor;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::mysql::Flavour;
use crate::pins::compatibility::{self, Release};
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};

use super::{at_least, dotted, release};

/// SRV002 patched-database-floor.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "SRV002",
        name: "patched-database-floor",
        family: "servers",
        severity: Severity::Warning,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/servers/patched-database-floor.md"),
    check: Check::Project(check),
};

fn check(project: &Project, _: &Config, emit: &mut Emit<'_>) {
    let release = release(project);
    for (text, patch) in &project.pins.floors {
        let Some(message) = message(patch, release) else { continue };
        let finding = emit.at(text, patch.span, message);
        finding.subject.project = Some(project.name.clone());
        finding.discriminator = "minimum_database_version".to_owned();
        finding.help = help(project, patch);
    }
}

/// `None` where the patch lowers nothing.
fn message(patch: &DatabaseFloor, release: Option<&Release>) -> Option<Bilingual> {
    if patch.check_removed {
        return Some(Bilingual::new(
            "Django no longer checks the version of the database server",
            "Django 不再检查数据库服务器的版本",
        ));
    }
    let Some(lowered) = &patch.mysql else {
        return Some(Bilingual::new(
            "this replaces the oldest MySQL that Django connects to with a value that the source does not tell",
            "此处替换了 Django 所允许的最低 MySQL 版本，但从源码看不出替换成什么",
        ));
    };
    let lowered = dotted(lowered);
    let Some(release) = release else {
        return Some(Bilingual::new(
            format!(
                "this sets the oldest MySQL that Django connects to to {lowered}, whatever Django itself supports"
            ),
            format!("此处把 Django 允许连接的最低 MySQL 版本设为 {lowered}，与 Django 自身的支持范围无关"),
        ));
    };
    let (django, own) = (&release.version, &release.mysql);
    (lowered < *own).then(|| {
        Bilingual::new(
            format!("this lets Django {django} connect to MySQL {lowered}; its own floor is {own}, and nothing below is tested"),
            format!("此处让 Django {django} 连接 MySQL {lowered}；Django 自身的下限是 {own}，更低版本未经任何测试"),
        )
    })
}

fn help(project: &Project, patch: &DatabaseFloor) -> Bilingual {
    let server = match &project.pins.aims.server {
        Some((Flavour::MySql, server)) => Some(server),
        _ => None,
    };
    if let (Some(server), Some(release)) = (server, release(project))
        && server.fits(&at_least(&release.mysql))
    {
        return Bilingual::new(
            format!("MySQL {server} does not need the patch: remove it, so that an old server is noticed."),
            format!("MySQL {server} 不需要这个补丁：请删除，以便误连旧服务器时能被发现。"),
        );
    }
    let lowered = patch.mysql.as_deref().map(dotted);
    let oldest = server.map(|server| server.version().clone()).or(lowered);
    let missing = oldest.map(|version| compatibility::missing_on_mysql(&version)).unwrap_or_default();
    let mut help = Bilingual::new("Plan the move to a supported server.", "请规划迁移到受支持的服务器版本。");
    if !missing.is_empty() {
        let list = |lang| missing.iter().map(|item| item.get(lang)).collect::<Vec<_>>();
        let en = list(crate::findings::Lang::En).join("; ");
        let zh = list(crate::findings::Lang::Zh).join("；");
        help.en.push_str(&format!(" Until then keep off what needs MySQL 8.0: {en}."));
        help.zh.push_str(&format!("在此之前不要使用需要 MySQL 8.0 的功能：{zh}。"));
    }
    help
}
