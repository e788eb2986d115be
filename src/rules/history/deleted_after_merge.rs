//! HIS002: a migration that was merged before is gone.

use crate::django::Migration;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Project;
use crate::rules::{Check, Emit, Rule, migration_subject};

/// HIS002 deleted-after-merge.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "HIS002",
        name: "deleted-after-merge",
        family: "history",
        severity: Severity::Error,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/history/deleted-after-merge.md"),
    check: Check::Triage,
};

/// Reports that `migration` is gone from its app.
pub(crate) fn deleted(emit: &mut Emit<'_>, project: &Project, migration: &Migration) {
    let path = &migration.file.text.path;
    let finding = emit.at_path(
        path,
        Bilingual::new(
            format!("`{}` was merged before and is deleted here", migration.name),
            format!("`{}` 早已合入，此处却被删除", migration.name),
        ),
    );
    finding.help = Bilingual::new(
        "Databases that applied it keep its effects and its row in django_migrations; those set up anew never get them. Bring the file back and undo it in a new migration; to get rid of old files, squash them first and delete them in a later release.",
        "已执行过它的数据库仍保留其结果和 django_migrations 中的记录，新建的数据库却得不到。请恢复该文件，用新的迁移撤销其效果；若要清理旧文件，请先压缩（squash），在之后的版本中再删除。",
    );
    finding.subject = migration_subject(project, migration);
    finding.discriminator = migration.name.to_string();
}

/// Reports that `migration` is called `became` now.
pub(crate) fn renamed(emit: &mut Emit<'_>, project: &Project, migration: &Migration, became: &Migration) {
    let finding = emit.at(
        &became.file.text,
        became.file.class_name,
        Bilingual::new(
            format!("this is `{}`, which was merged before, under a new name", migration.name),
            format!("这是早已合入的 `{}`，此处换了名字", migration.name),
        ),
    );
    finding.help = Bilingual::new(
        "Django knows migrations by their names: a database that applied the old one runs this one again and fails on what is there already. Give it its old name back, or name the old one in `replaces`.",
        "Django 按名字识别迁移：已执行过旧名的数据库会再次执行它，并因对象已存在而失败。请改回原名，或在 `replaces` 中写上旧名。",
    );
    finding.subject = migration_subject(project, became);
    finding.discriminator = migration.name.to_string();
}

/// Reports that all migrations of an app are gone; `gone` is not empty.
pub(crate) fn app(emit: &mut Emit<'_>, project: &Project, gone: &[&Migration]) {
    let Some(first) = gone.first() else { return };
    let count = gone.len();
    let finding = emit.at_path(
        &first.file.text.path,
        Bilingual::new(
            format!(
                "all migrations of app `{}` ({count}) were merged before and are deleted here",
                first.app
            ),
            format!("应用 `{}` 的全部迁移（{count} 个）早已合入，此处却被删除", first.app),
        ),
    );
    finding.help = Bilingual::new(
        "The tables of the app stay behind, and so do its rows in django_migrations; migrations of other apps that depend on it fail to load. Drop the tables in a migration of the app first, and remove the app in a later release.",
        "该应用的表和 django_migrations 中的记录都会残留，依赖它的其他应用的迁移将无法加载。请先用该应用的迁移删除表，在之后的版本中再移除应用。",
    );
    finding.subject = migration_subject(project, first);
    finding.discriminator = "app".to_owned();
}
