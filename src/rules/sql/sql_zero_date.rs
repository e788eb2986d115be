//! SQL004: dates of zeros.

use std::sync::Arc;

use crate::config::Config;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::mysql::Words;
use crate::mysql::columns::zero_dates;
use crate::mysql::session::assignments;
use crate::project::Workspace;
use crate::rules::{Check, Emit, Rule};

use super::pieces;

/// SQL004 sql-zero-date.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "SQL004",
        name: "sql-zero-date",
        family: "sql",
        severity: Severity::Error,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/sql/sql-zero-date.md"),
    check: Check::Workspace(check),
};

fn check(workspace: &Workspace, config: &Config, emit: &mut Emit<'_>) {
    let (mut before, mut allowed_before) = (None, false);
    for piece in pieces(workspace) {
        let server = piece.server(config);
        // MariaDB takes them by default.
        if server.is_mariadb() {
            continue;
        }
        // What a migration sets lasts until its end, and what the connection sets holds for all.
        let is_next = before.as_ref().is_some_and(|text| Arc::ptr_eq(text, piece.text()));
        let mut allowed = if is_next { allowed_before } else { piece.may_take_zero_dates() };
        before = Some(piece.text().clone());
        for words in piece.statements() {
            allowed = is_allowed(words).unwrap_or(allowed);
            allowed_before = allowed;
            let dates = zero_dates(words);
            let Some(date) = dates.iter().find(|date| date.is_default).or(dates.first()) else { continue };
            if allowed {
                continue;
            }
            let title = server.title();
            let message = if date.is_default {
                Bilingual::new(
                    format!(
                        "{title} refuses a default of zeros with 1067, Invalid default value: its sql_mode holds NO_ZERO_DATE unless it is set otherwise"
                    ),
                    format!(
                        "{title} 以 1067（Invalid default value）拒绝全零的默认日期：其 sql_mode 默认包含 NO_ZERO_DATE"
                    ),
                )
            } else {
                Bilingual::new(
                    format!(
                        "{title} refuses a date of zeros with 1292 where it is stored and with 1525 where it is compared, unless sql_mode lacks NO_ZERO_DATE"
                    ),
                    format!(
                        "{title} 会拒绝全零的日期：写入报 1292，比较报 1525，除非 sql_mode 不含 NO_ZERO_DATE"
                    ),
                )
            };
            let finding = emit.at(piece.text(), piece.place(date.span), message);
            finding.help = Bilingual::new(
                "Use NULL for a date that is not known, or a date that exists; CURRENT_TIMESTAMP as a default. Rows that hold zeros are to be changed before the upgrade.",
                "未知的日期请用 NULL 或真实存在的日期，默认值可用 CURRENT_TIMESTAMP。已有的全零数据需在升级前处理。",
            );
            piece.describe(finding, if date.is_default { "default" } else { "value" });
        }
    }
}

/// Whether the session takes dates of zeros after this statement; `None` when it does not speak of it.
fn is_allowed(words: Words<'_>) -> Option<bool> {
    let set = assignments(words).into_iter().rfind(|one| one.variable == "sql_mode")?;
    let written = words.slice(set.value_span);
    match set.value {
        Some(modes) => {
            let modes = modes.to_ascii_uppercase();
            Some(!modes.contains("NO_ZERO_DATE") && !modes.contains("TRADITIONAL") && modes != "DEFAULT")
        }
        // A mode that was saved before is the server's own; any other expression is taken to have been thought about.
        None => Some(!written.starts_with('@') || written.contains('(')),
    }
}
