//! The table of an organization, for people and for programs.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::merge::{Merged, RepositoryRow, Verdict};
use crate::findings::Lang;
use crate::report::markdown::escape;
use crate::report::words::counted;
use crate::report::{self, Options, read, visible};

/// How the table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For a job summary; at most 1 MB.
    Markdown,
    /// For programs.
    Json,
    /// The findings of all repositories as one run, each path below its repository.
    Sarif,
}

/// Largest Markdown, in bytes: GitHub refuses a job summary above 1 MiB.
const MAX_MARKDOWN: usize = 1_000_000;

/// Room kept for the closing lists.
const TAIL: usize = 120_000;

/// Entries of a closing list.
const MAX_ENTRIES: usize = 300;

/// Characters of a reason.
const MAX_REASON: usize = 120;

/// Writes the table. Identical input gives identical bytes.
///
/// # Errors
/// Those of `out`.
pub fn write(format: Format, merged: &Merged, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Markdown => out.write_all(markdown(merged, lang).as_bytes()),
        Format::Json => report::json_text::write(merged, out),
        Format::Sarif => {
            let reports = merged.reports.iter().map(|(repository, _, report)| (repository.as_str(), report));
            report::write(report::Format::Sarif, &read::joined(reports, lang), &Options::default(), out)
        }
    }
}

fn markdown(merged: &Merged, lang: Lang) -> String {
    let mut text =
        format!("## {}\n\n{}\n", pick(lang, "Upgrade blockers", "升级阻碍"), headline(merged, lang));
    let _ = write!(text, "\n| {} |", pick(lang, "Repository", "仓库"));
    for target in &merged.targets {
        let _ = write!(text, " {} |", escape(target_name(target, lang)));
    }
    text.push_str("\n|---|");
    text.push_str(&"---|".repeat(merged.targets.len()));
    text.push('\n');
    let mut shown = 0;
    for row in &merged.repositories {
        let row = self::row(row, lang);
        if text.len() + row.len() > MAX_MARKDOWN - TAIL {
            break;
        }
        text.push_str(&row);
        shown += 1;
    }
    if let Some(more) = merged.repositories.len().checked_sub(shown).filter(|more| *more > 0) {
        let _ = match lang {
            Lang::En => {
                writeln!(text, "\n{more} more, not shown here for lack of space; the JSON holds all.")
            }
            Lang::Zh => writeln!(text, "\n另有 {more} 个仓库，因篇幅所限未列出；JSON 中包含全部。"),
        };
    }
    blockers(merged, lang, &mut text);
    left_out(merged, lang, &mut text);
    text
}

fn headline(merged: &Merged, lang: Lang) -> String {
    let all = merged.repositories.len();
    let count = |which: &dyn Fn(&Verdict) -> bool| {
        merged.repositories.iter().filter(|row| row.results.iter().any(which)).count()
    };
    let blocked = count(&|verdict| matches!(verdict, Verdict::Checked { blockers, .. } if *blockers > 0));
    let unknown = count(&|verdict| {
        matches!(verdict, Verdict::Error { .. })
            || matches!(verdict, Verdict::Checked { not_analysed, .. } if *not_analysed > 0)
    });
    match lang {
        Lang::En => format!(
            "{}: {blocked} with blockers, {unknown} of which not everything is known, {} left out",
            counted(all, "repository"),
            merged.left_out.len()
        ),
        Lang::Zh => format!(
            "共 {all} 个仓库：{blocked} 个存在阻碍，{unknown} 个未能完全分析，{} 个未纳入",
            merged.left_out.len()
        ),
    }
}

fn row(row: &RepositoryRow, lang: Lang) -> String {
    let mut text = format!("| {} |", escape(&row.repository));
    for verdict in &row.results {
        let _ = write!(text, " {} |", cell(verdict, lang));
    }
    text.push('\n');
    text
}

fn cell(verdict: &Verdict, lang: Lang) -> String {
    let reason = |reason: &str| escape(&visible::cut(reason, MAX_REASON));
    match verdict {
        Verdict::Checked { blockers, warnings, rules, not_analysed } => {
            let mut text = if *blockers > 0 { format!("**{blockers}**") } else { "0".to_owned() };
            let rules: Vec<String> = rules
                .iter()
                .map(|(rule, n)| if *n > 1 { format!("{} ×{n}", escape(rule)) } else { escape(rule) })
                .collect();
            if !rules.is_empty() {
                let _ = write!(text, ": {}", rules.join(", "));
            }
            if *warnings > 0 {
                let _ = match lang {
                    Lang::En => write!(text, "; {}", counted(*warnings, "warning")),
                    Lang::Zh => write!(text, "；警告 {warnings}"),
                };
            }
            if *not_analysed > 0 {
                let _ = match lang {
                    Lang::En => write!(text, "; {not_analysed} not analysed"),
                    Lang::Zh => write!(text, "；未分析 {not_analysed}"),
                };
            }
            text
        }
        Verdict::Nothing { .. } => pick(lang, "no Django project", "没有 Django 项目").to_owned(),
        Verdict::Error { reason: why } => {
            format!("{}{}", pick(lang, "**not checked**: ", "**未检查**："), reason(why))
        }
    }
}

fn blockers(merged: &Merged, lang: Lang, text: &mut String) {
    if merged.blockers.is_empty() {
        return;
    }
    let _ = write!(
        text,
        "\n### {}\n\n| {} | {} | {} | {} |\n|---|---|---|---|\n",
        pick(lang, "What stands in the way", "阻碍原因"),
        pick(lang, "Target", "目标"),
        pick(lang, "Rule", "规则"),
        pick(lang, "Repositories", "仓库数"),
        pick(lang, "Findings", "问题数"),
    );
    for blocker in merged.blockers.iter().take(MAX_ENTRIES) {
        let _ = writeln!(
            text,
            "| {} | {} {} | {} | {} |",
            escape(target_name(&blocker.target, lang)),
            escape(&blocker.rule),
            escape(&blocker.name),
            blocker.repositories,
            blocker.findings,
        );
    }
}

fn left_out(merged: &Merged, lang: Lang, text: &mut String) {
    if merged.left_out.is_empty() {
        return;
    }
    let heading = match lang {
        Lang::En => format!("{} left out", counted(merged.left_out.len(), "repository")),
        Lang::Zh => format!("未纳入的 {} 个仓库", merged.left_out.len()),
    };
    let _ = write!(text, "\n<details><summary>{heading}</summary>\n\n");
    for one in merged.left_out.iter().take(MAX_ENTRIES) {
        let reason = visible::cut(&one.reason, MAX_REASON);
        let _ = writeln!(text, "- {}{}{}", escape(&one.repository), pick(lang, ": ", "："), escape(&reason));
    }
    if merged.left_out.len() > MAX_ENTRIES {
        let more = merged.left_out.len() - MAX_ENTRIES;
        let _ = match lang {
            Lang::En => writeln!(text, "- and {more} more; the JSON holds all"),
            Lang::Zh => writeln!(text, "- 另有 {more} 个；JSON 中包含全部"),
        };
    }
    text.push_str("\n</details>\n");
}

fn target_name(target: &str, lang: Lang) -> &str {
    if target.is_empty() { pick(lang, "as pinned", "按锁定版本") } else { target }
}

fn pick(lang: Lang, en: &'static str, zh: &'static str) -> &'static str {
    match lang {
        Lang::En => en,
        Lang::Zh => zh,
    }
}
