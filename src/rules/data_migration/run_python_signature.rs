//! DAT005: a function of `RunPython` that Django cannot call, or whose arguments are swapped.

use crate::config::Config;
use crate::django::Migration;
use crate::django::run_python::{Code, Signature};
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};

use super::subject;

/// DAT005 run-python-signature.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "DAT005",
        name: "run-python-signature",
        family: "data-migration",
        severity: Severity::Error,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/data-migration/run-python-signature.md"),
    check: Check::Migration(check),
};

fn check(project: &Project, migration: &Migration, _: &Config, emit: &mut Emit<'_>) {
    for entry in &migration.file.run_python().entries {
        let Code::Function(signature) = &entry.code else { continue };
        let Some(message) = fault(signature) else { continue };
        let finding = emit.at(&migration.file.text, signature.span, message);
        finding.subject = subject(project, migration, entry);
        finding.discriminator = signature.name.to_string();
        finding.help = Bilingual::new(
            format!("Write it as `def {}(apps, schema_editor)`.", name(signature)),
            format!("请写成 `def {}(apps, schema_editor)`。", name(signature)),
        );
    }
}

fn name(signature: &Signature) -> &str {
    if signature.name.starts_with('<') { "forwards" } else { &signature.name }
}

/// What is wrong with how the function takes `(apps, schema_editor)`.
fn fault(signature: &Signature) -> Option<Bilingual> {
    let Signature { name, parameters, required, rest, required_keywords, .. } = signature;
    let takes = parameters.len();
    if *required > 2 || (takes < 2 && !rest) {
        let count = if *required > 2 { *required } else { takes };
        let arguments = if count == 1 { "argument" } else { "arguments" };
        return Some(Bilingual::new(
            format!(
                "Django calls `{name}` with two arguments, and it takes {count} {arguments}: TypeError when the migration runs"
            ),
            format!("Django 以两个参数调用 `{name}`，而它接受 {count} 个参数：执行迁移时会抛出 TypeError"),
        ));
    }
    if *required_keywords > 0 {
        return Some(Bilingual::new(
            format!(
                "Django calls `{name}` with two arguments by position, and it needs keyword arguments: TypeError when the migration runs"
            ),
            format!("Django 以两个位置参数调用 `{name}`，而它还要求关键字参数：执行迁移时会抛出 TypeError"),
        ));
    }
    let is_swapped = parameters.first().is_some_and(|first| first.as_ref() == "schema_editor")
        && parameters.get(1).is_some_and(|second| second.as_ref() == "apps");
    is_swapped.then(|| {
        Bilingual::new(
            format!("`{name}` takes `schema_editor` and `apps` in the wrong order: Django passes the registry first"),
            format!("`{name}` 的参数 `schema_editor` 与 `apps` 顺序颠倒：Django 先传入的是模型注册表"),
        )
    })
}
