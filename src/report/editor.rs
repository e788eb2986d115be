//! What an editor shows of a finding and of an operation, as Markdown.

use std::fmt::Write as _;

use super::inspect::sql::remark;
use super::page_text::PageText;
use super::words::Words;
use super::{links, visible};
use crate::django::editor::Entry;
use crate::findings::{Bilingual, Finding, Lang, RuleId};

/// The address of a rule's page.
pub(crate) fn rule_url(rule: &RuleId) -> String {
    links::rule_page(rule)
}

/// What is wrong and what to do, plain, for a list of problems.
pub(crate) fn message(finding: &Finding, lang: Lang) -> String {
    let mut text = visible::line(finding.message.get(lang)).into_owned();
    let help = finding.help.get(lang);
    if !help.is_empty() {
        let words = Words(lang);
        let _ = write!(text, "\n{}{}{}", words.help(), words.colon(), visible::lines(help));
    }
    text
}

/// The page of a rule.
pub(crate) fn rule_page(rule: &RuleId, lang: Lang) -> String {
    let page = PageText::of(rule, lang);
    format!("### {} {} · {}\n\n{}", rule.code, rule.name, page.title, page.markdown)
}

/// The statements of an operation or of a whole migration with what the server does with each; `server` says which.
pub(crate) fn statements<'e>(
    entries: impl IntoIterator<Item = &'e Entry>,
    server: &str,
    lang: Lang,
) -> String {
    let pick = |en: &'static str, zh: &'static str| if lang == Lang::En { en } else { zh };
    let mut out = format!("### SQL · {}\n", visible::line(server));
    for entry in entries {
        let title = match entry.op_index {
            Some(index) => format!("{index} {}", visible::line(&entry.op)),
            None => pick("at the end of the migration", "迁移结束时").to_owned(),
        };
        let _ = write!(out, "\n`{}`", title.replace('`', "'"));
        match &entry.sql {
            Err(why) => said(&mut out, pick("not known", "未知"), why.describe(), lang),
            Ok(all) if all.is_empty() => {
                let _ = writeln!(out, " · {}", pick("no SQL", "没有 SQL"));
            }
            Ok(_) => out.push('\n'),
        }
        for statement in entry.sql.iter().flatten() {
            let sql = visible::lines(&statement.sql);
            // A fence longer than any in the text.
            let longest = sql.split(|c| c != '`').map(str::len).max().unwrap_or(0);
            let fence = "`".repeat(longest.max(2) + 1);
            let _ = write!(out, "\n{fence}sql\n{sql}\n{fence}\n");
            let remark = remark(statement, lang);
            if !remark.is_empty() {
                let _ = writeln!(out, "\n{}", visible::line(remark.trim_start_matches("-- ")));
            }
        }
        if let Some(why) = &entry.incomplete {
            said(&mut out, pick("there may be more", "可能还有其他语句"), why.describe(), lang);
        }
        if let Some(why) = &entry.doubt {
            said(&mut out, pick("may differ", "可能有出入"), why.describe(), lang);
        }
    }
    out
}

fn said(out: &mut String, label: &str, why: &Bilingual, lang: Lang) {
    let _ = writeln!(out, " · {label}{}{}", Words(lang).colon(), visible::line(why.get(lang)));
}
