//! DAT007: a data migration that goes through a table row by row.

use std::collections::BTreeMap;

use crate::config::Config;
use crate::django::Migration;
use crate::django::run_python::{Act, Entry, Rows, Use};
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};
use crate::source::Span;

use super::{describe, is_large, model_name, shown, uses};

/// DAT007 row-by-row.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "DAT007",
        name: "row-by-row",
        family: "data-migration",
        severity: Severity::Warning,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/data-migration/row-by-row.md"),
    check: Check::Migration(check),
};

fn check(project: &Project, migration: &Migration, config: &Config, emit: &mut Emit<'_>) {
    let all = uses(migration);
    let mut writes: BTreeMap<Span, &str> = BTreeMap::new();
    for (_, one) in &all {
        if let (Act::Write { verb, .. }, Some(row_loop)) = (&one.act, &one.in_loop)
            && !verb.starts_with("bulk")
        {
            writes.entry(row_loop.span).or_insert(verb);
        }
    }
    for (entry, one) in all {
        let Act::Loop(rows) = &one.act else { continue };
        let verb = writes.get(&one.span).copied();
        let large = is_large(project, config, &rows.model);
        // A slice is a batch; without writes only a whole table in memory is worth a word.
        if rows.sliced || large == Some(false) || (verb.is_none() && (rows.filtered || rows.streamed)) {
            continue;
        }
        if large != Some(true) && (verb.is_none() || rows.filtered) {
            emit.graded(Severity::Info);
        }
        report(project, migration, (entry, one), rows, verb, emit);
    }
}

fn report(
    project: &Project,
    migration: &Migration,
    at: (&Entry, &Use),
    rows: &Rows,
    verb: Option<&str>,
    emit: &mut Emit<'_>,
) {
    let function = &at.1.function;
    let model = model_name(&rows.model);
    let table = shown(&rows.model);
    let (all, all_zh) =
        if rows.filtered { ("rows", "符合条件的行") } else { ("all rows", "所有行") };
    let message = match verb {
        Some(verb) => Bilingual::new(
            format!(
                "`{function}` goes through {all} of {} and calls `{verb}` for each: a statement per row, all in one transaction that keeps its locks to the end",
                table.en
            ),
            format!(
                "`{function}` 遍历 {} 的{all_zh}并逐行调用 `{verb}`：每行一条语句，且都在同一个事务中，锁一直保持到最后",
                table.zh
            ),
        ),
        None => Bilingual::new(
            format!("`{function}` loads {all} of {} into memory at once", table.en),
            format!("`{function}` 一次性把 {} 的{all_zh}读入内存", table.zh),
        ),
    };
    let finding = emit.at(&migration.file.text, at.1.span, message);
    finding.help = match verb {
        Some(_) => Bilingual::new(
            "Say it in one `update()` with expressions where that is possible; else go by ranges of the primary key, `bulk_update` each batch, and set `atomic = False` so that every batch commits.",
            "能用表达式时改成一条 `update()`；否则按主键分段，每批 `bulk_update`，并设置 `atomic = False` 让每批单独提交。",
        ),
        None => Bilingual::new(
            "Add `.iterator(chunk_size=…)`, and `.only(…)` for the columns that are needed.",
            "请使用 `.iterator(chunk_size=…)`，并用 `.only(…)` 只取需要的列。",
        ),
    };
    describe(finding, project, migration, at, model.as_deref().unwrap_or_default());
}
