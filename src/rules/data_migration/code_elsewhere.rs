//! DAT013: a function of `RunPython` that was not read.

use crate::config::Config;
use crate::django::Migration;
use crate::django::run_python::Code;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Project;
use crate::rules::{Check, Emit, Rule, migration_subject};

use super::subject;

/// DAT013 code-elsewhere.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "DAT013",
        name: "code-elsewhere",
        family: "data-migration",
        severity: Severity::Info,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/data-migration/code-elsewhere.md"),
    check: Check::Migration(check),
};

fn check(project: &Project, migration: &Migration, _: &Config, emit: &mut Emit<'_>) {
    let code = migration.file.run_python();
    for entry in &code.entries {
        let (message, what) = match &entry.code {
            Code::Imported(path) => (
                Bilingual::new(
                    format!(
                        "RunPython runs `{path}`, which is not in this file: what it does was not checked, and can change without the migration"
                    ),
                    format!("RunPython 执行的 `{path}` 不在本文件中：其行为未经检查，而且会在迁移之外被修改"),
                ),
                path.to_string(),
            ),
            Code::Other if entry.uses.is_empty() => (
                Bilingual::new(
                    "RunPython runs something that only running the code can tell: it was not checked",
                    "RunPython 执行的对象只有运行代码才能确定：未经检查",
                ),
                String::new(),
            ),
            _ => continue,
        };
        let finding = emit.at(&migration.file.text, entry.argument, message);
        finding.subject = subject(project, migration, entry);
        finding.discriminator = what;
        finding.help = Bilingual::new(
            "Put the function into the migration's own file, or review it by hand and accept this note.",
            "请把函数放进迁移文件本身，或人工审阅后接受此提示。",
        );
    }
    if let Some(span) = code.incomplete {
        let message = Bilingual::new(
            "the code of RunPython is nested too deep or too long here: the rest was not checked",
            "RunPython 的代码在此处嵌套过深或过长：其余部分未经检查",
        );
        let finding = emit.at(&migration.file.text, span, message);
        finding.subject = migration_subject(project, migration);
        finding.discriminator = "incomplete".to_owned();
    }
}
