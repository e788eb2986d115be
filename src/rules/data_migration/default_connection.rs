//! DAT011: a data migration that goes past the connection it is run for.

use rustc_hash::FxHashSet;

use crate::config::Config;
use crate::django::Migration;
use crate::django::run_python::Act;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};

use super::{describe, uses};

/// DAT011 default-connection.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "DAT011",
        name: "default-connection",
        family: "data-migration",
        severity: Severity::Info,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/data-migration/default-connection.md"),
    check: Check::Migration(check),
};

fn check(project: &Project, migration: &Migration, _: &Config, emit: &mut Emit<'_>) {
    let mut told = FxHashSet::default();
    for (entry, one) in uses(migration) {
        let Act::Name { path, .. } = &one.act else { continue };
        let Some(name) = ["django.db.connections", "django.db.connection"].into_iter().find(|name| {
            path.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        }) else {
            continue;
        };
        if !told.insert((one.function.clone(), name)) {
            continue;
        }
        let function = &one.function;
        let message = if name.ends_with('s') {
            Bilingual::new(
                format!(
                    "`{function}` takes a connection from `connections`: what it does there is outside the database that `migrate --database` names, and outside its transaction"
                ),
                format!(
                    "`{function}` 从 `connections` 取连接：所做操作不在 `migrate --database` 指定的数据库上，也不在其事务之内"
                ),
            )
        } else {
            Bilingual::new(
                format!(
                    "`{function}` uses the default connection, whatever database `migrate --database` is run for"
                ),
                format!("`{function}` 使用默认连接，而不管 `migrate --database` 针对的是哪个数据库"),
            )
        };
        let finding = emit.at(&migration.file.text, one.span, message);
        finding.help = Bilingual::new(
            "Use `schema_editor.connection`, and `Model.objects.using(schema_editor.connection.alias)`.",
            "请使用 `schema_editor.connection`，以及 `Model.objects.using(schema_editor.connection.alias)`。",
        );
        describe(finding, project, migration, (entry, one), name);
    }
}
