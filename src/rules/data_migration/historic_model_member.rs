//! DAT006: a data migration that uses what a historical model does not have.

use rustc_hash::FxHashSet;

use crate::config::Config;
use crate::django::run_python::{Act, ModelRef, On};
use crate::django::{Migration, Operation, OperationKind};
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};
use crate::syntax::{Expr, Value};

use super::{describe, models, uses};

/// DAT006 historic-model-member.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "DAT006",
        name: "historic-model-member",
        family: "data-migration",
        severity: Severity::Error,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/data-migration/historic-model-member.md"),
    check: Check::Migration(check),
};

fn check(project: &Project, migration: &Migration, _: &Config, emit: &mut Emit<'_>) {
    let mut told = FxHashSet::default();
    for (entry, one) in uses(migration) {
        let Act::Member { model, on, name, called } = &one.act else { continue };
        let ModelRef::Historic { app: Some(app), name: Some(model) } = model else { continue };
        // What is read of a class may be a field; a constant is known by its capitals.
        let is_constant = name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
        if *on == On::Class && !called && !is_constant {
            continue;
        }
        if !is_plain(project, app, model) || !told.insert((model.clone(), name.clone())) {
            continue;
        }
        let function = &one.function;
        let (what, what_zh) = match on {
            On::Rows => ("method of the manager or a queryset", "管理器或查询集方法"),
            On::Class if is_constant => ("constant", "常量"),
            On::Class | On::Instance => ("method", "方法"),
        };
        let finding = emit.at(
            &migration.file.text,
            one.span,
            Bilingual::new(
                format!("`{function}` uses `{name}` as a {what} of `{app}.{model}`: a historical model has fields only, so this raises AttributeError"),
                format!("`{function}` 把 `{name}` 当作 `{app}.{model}` 的{what_zh}使用：历史模型只有字段，执行时会抛出 AttributeError"),
            ),
        );
        finding.help = Bilingual::new(
            "Write out in the migration what it does, on fields of the historical model.",
            "请在迁移中用历史模型的字段直接写出它所做的事。",
        );
        describe(finding, project, migration, (entry, one), &format!("{app}.{model}.{name}"));
    }
}

/// Whether the migrations give the model nothing but fields: one CreateModel is known, without bases and managers of its
/// own, and nothing changes the managers.
fn is_plain(project: &Project, app: &str, model: &str) -> bool {
    let mut created = false;
    let of_app = || project.migrations.iter().filter(|migration| *migration.app == *app);
    if of_app().any(|migration| migration.file.unknown.iter().any(|part| part.what == "operations")) {
        return false;
    }
    for (_, operation) in models::operations(project, app) {
        match operation.kind {
            OperationKind::CreateModel if models::brings(operation, model) => {
                created = true;
                if operation.open_arguments
                    || !has_plain_bases(operation)
                    || operation.arg("managers").is_some()
                {
                    return false;
                }
            }
            OperationKind::AlterModelManagers | OperationKind::RenameModel | OperationKind::Custom => {
                return false;
            }
            _ => {}
        }
    }
    created
}

fn has_plain_bases(operation: &Operation) -> bool {
    let Some(bases) = operation.arg("bases") else { return true };
    let is_model = |base: &Expr| matches!(&base.value, Value::Imported(path) if path.starts_with("django.db.models.") && path.ends_with(".Model"));
    bases.elements().is_some_and(|bases| bases.iter().all(is_model))
}
