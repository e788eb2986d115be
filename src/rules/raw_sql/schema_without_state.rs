//! RSQ009: SQL that changes a model's columns without telling Django.

use crate::config::Config;
use crate::django::{Migration, Operation, OperationKind};
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::mysql::{Effect, Verb};
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};
use crate::syntax::{Expr, Value};

use super::tables::Tables;
use super::{Sql, describe, run_sql, written_in};

/// RSQ009 schema-without-state.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "RSQ009",
        name: "schema-without-state",
        family: "raw-sql",
        severity: Severity::Warning,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/raw-sql/schema-without-state.md"),
    check: Check::Project(check),
};

fn check(project: &Project, _: &Config, emit: &mut Emit<'_>) {
    let mut tables = None;
    for migration in &project.migrations {
        for operation in run_sql(migration) {
            let tables = tables.get_or_insert_with(|| Tables::of(project));
            if operation.open_arguments || operation.arg("state_operations").is_some() {
                continue;
            }
            for sql in written_in(migration, operation).iter().filter(|sql| !sql.reverse) {
                for effect in sql.effects() {
                    judge(project, migration, tables, sql, &effect, emit);
                }
            }
        }
    }
}

fn judge(
    project: &Project,
    migration: &Migration,
    tables: &Tables,
    sql: &Sql<'_>,
    effect: &Effect,
    emit: &mut Emit<'_>,
) {
    let (Some(table), Some(column)) = (&effect.table, &effect.name) else { return };
    let (en, zh) = match effect.verb {
        Verb::AddColumn => ("adds", "增加了"),
        Verb::DropColumn => ("drops", "删除了"),
        Verb::RenameColumn => ("renames", "重命名了"),
        Verb::ChangeColumn if effect.to.as_deref().is_some_and(|to| !to.eq_ignore_ascii_case(column)) => {
            ("renames", "重命名了")
        }
        _ => return,
    };
    let models = tables.models(table);
    let told = models.iter().any(|(app, model)| {
        let names = [Some(column.as_str()), effect.to.as_deref()];
        !tables.is_complete(app)
            || names.into_iter().flatten().any(|name| is_in_history(project, app, model, name, effect.verb))
    });
    if models.is_empty() || told {
        return;
    }
    let finding = emit.at(
        &migration.file.text,
        sql.place(effect.span),
        Bilingual::new(
            format!("this statement {en} column `{column}` of a model's table, and Django is not told: the next `makemigrations` works from a table that no longer exists like that"),
            format!("该语句{zh}模型表的列 `{column}`，但 Django 并不知情：下一次 `makemigrations` 依据的表结构已与实际不符"),
        ),
    );
    finding.help = Bilingual::new(
        "Say the same in `state_operations=[…]` of the RunSQL, or use Django's own operation.",
        "请在 RunSQL 的 `state_operations=[…]` 中写出等价的操作，或直接使用 Django 自带的操作。",
    );
    describe(finding, project, migration, sql.operation, &format!("{table}.{column}"));
}

/// Whether operations of the app speak of the field: a removal for a column that is dropped, anything that brings it
/// for one that is added or renamed.
fn is_in_history(project: &Project, app: &str, model: &str, column: &str, verb: Verb) -> bool {
    let of_app = project.migrations.iter().filter(|migration| *migration.app == *app);
    let mut all = of_app.flat_map(|migration| migration.file.operations.iter().flat_map(Operation::walk));
    all.any(|operation| {
        let text = |name: &str| operation.arg(name).and_then(Expr::as_str);
        let of_model = |name: &str| text(name).is_some_and(|name| name.to_lowercase() == model);
        let is_field = |name: Option<&str>| {
            name.is_some_and(|name| {
                name.eq_ignore_ascii_case(column) || format!("{name}_id").eq_ignore_ascii_case(column)
            })
        };
        match operation.kind {
            OperationKind::DeleteModel => of_model("name"),
            OperationKind::RemoveField => of_model("model_name") && is_field(text("name")),
            OperationKind::RenameField => {
                of_model("model_name") && (is_field(text("old_name")) || is_field(text("new_name")))
            }
            OperationKind::AddField | OperationKind::AlterField if verb != Verb::DropColumn => {
                of_model("model_name")
                    && (is_field(text("name")) || operation.arg("field").and_then(db_column).is_some())
            }
            OperationKind::CreateModel if verb != Verb::DropColumn => {
                let fields = operation.arg("fields").and_then(Expr::elements).unwrap_or_default();
                of_model("name")
                    && fields.iter().any(|pair| match pair.elements() {
                        Some([name, field]) => is_field(name.as_str()) || is_field(db_column(field)),
                        _ => true,
                    })
            }
            _ => false,
        }
    })
}

/// `db_column` of a field.
fn db_column(field: &Expr) -> Option<&str> {
    let Value::Call(call) = &field.value else { return None };
    call.argument("db_column", None).and_then(Expr::as_str)
}
