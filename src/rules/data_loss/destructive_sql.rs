//! LOS003: SQL that deletes or overwrites whole tables.

use crate::config::Config;
use crate::django::state::ProjectState;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::mysql::{Effect, Statement, Verb};
use crate::rules::{Change, Check, Emit, Rule, operation_subject, raw_sql};
use crate::source::Span;

/// LOS003 destructive-sql.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "LOS003",
        name: "destructive-sql",
        family: "data-loss",
        severity: Severity::Error,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/data-loss/destructive-sql.md"),
    check: Check::Change(check),
};

fn check(change: &Change<'_>, _: &Config, emit: &mut Emit<'_>) {
    for sql in raw_sql::written(change.migration).into_iter().filter(|sql| !sql.reverse) {
        let found = sql
            .effects()
            .into_iter()
            .filter_map(|effect| judge(change, &effect).map(|verdict| (effect, verdict)));
        let mut faults: Vec<_> =
            found.map(|(effect, verdict)| (effect.span, effect.table, verdict)).collect();
        for statement in &sql.script.statements {
            let words = sql.first_words(statement, 2);
            if let [drop, what] = words.as_slice()
                && drop == "DROP"
                && matches!(what.as_str(), "DATABASE" | "SCHEMA")
            {
                let text = Bilingual::new("drops the whole database", "删除整个数据库");
                faults.push((statement.span, None, (Severity::Error, text)));
            }
            if let Some(span) = drops_partition(&sql.text, statement) {
                let text = Bilingual::new("drops a partition with all its rows", "删除分区及其中的所有数据");
                faults.push((span, None, (Severity::Error, text)));
            }
        }
        for (span, table, (severity, text)) in faults {
            emit.graded(severity);
            let finding = emit.at(
                &change.migration.file.text,
                sql.place(span),
                Bilingual::new(
                    format!("this statement {}; only a backup brings back what was there", text.en),
                    format!("该语句{}；原有数据只能从备份恢复", text.zh),
                ),
            );
            finding.subject = operation_subject(change.project, change.migration, sql.operation);
            finding.discriminator = table.unwrap_or_default();
            finding.help = Bilingual::new(
                "Say which rows (WHERE), or make sure of the backup and accept the finding with a reason.",
                "请用 WHERE 限定范围；或确认备份后写明理由忽略此提示。",
            );
        }
    }
}

/// How bad a change of rows or tables is, and what it does; nothing for tables that are new.
fn judge(change: &Change<'_>, effect: &Effect) -> Option<(Severity, Bilingual)> {
    let table = effect.table.as_ref()?;
    let of_model = |state: &ProjectState, new: bool| {
        state.models().any(|(key, model)| {
            state.table(key).is_ok_and(|name| name.eq_ignore_ascii_case(table))
                && (!new || !change.has_old_table(key, model, state))
        })
    };
    if !of_model(change.before, false) && of_model(change.after, true) && effect.verb != Verb::DropTable {
        return None;
    }
    match effect.verb {
        Verb::TruncateTable | Verb::DeleteAll => {
            let text = Bilingual::new(
                format!("deletes every row of `{table}`"),
                format!("删除 `{table}` 的全部数据"),
            );
            Some((Severity::Error, text))
        }
        Verb::UpdateAll => {
            let text = Bilingual::new(
                format!("overwrites every row of `{table}`"),
                format!("覆盖 `{table}` 的全部行"),
            );
            Some((Severity::Warning, text))
        }
        // The table of a model is the matter of `drop-table`.
        Verb::DropTable if !of_model(change.before, false) => {
            let text = Bilingual::new(
                format!("drops `{table}`, a table that no model of the state has"),
                format!("删除表 `{table}`（当前没有任何模型使用它）"),
            );
            Some((Severity::Warning, text))
        }
        _ => None,
    }
}

/// `DROP PARTITION`, `TRUNCATE PARTITION`
fn drops_partition(text: &str, statement: &Statement) -> Option<Span> {
    let tokens: Vec<_> = statement.significant().collect();
    tokens.windows(2).find_map(|pair| match pair {
        [verb, what]
            if what.is_word(text, "partition")
                && (verb.is_word(text, "drop") || verb.is_word(text, "truncate")) =>
        {
            Some(Span { start: verb.span.start, end: what.span.end })
        }
        _ => None,
    })
}
