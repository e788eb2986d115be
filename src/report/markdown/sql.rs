//! What new migrations run, for who reviews them: a table of statements per migration, with the lock of each.

use std::fmt::Write as _;

use super::{escape, html};
use crate::django::editor::{Entry, Statement};
use crate::findings::{Bilingual, Lang};
use crate::report::inspect::sql::{algorithm_word, lock_word};
use crate::report::words::{Words, counted};
use crate::report::{NewMigrations, Report, visible};

/// Characters of a statement that are shown.
const MAX_STATEMENT: usize = 600;

/// The section on new migrations, at most `room` bytes; empty when nothing was asked for or there is none.
pub(super) fn section(report: &Report, room: usize) -> String {
    let Some(all) = report.new_migrations.as_ref().filter(|all| !all.is_empty()) else {
        return String::new();
    };
    let lang = report.lang;
    let mut text = format!("\n### {}\n", pick(lang, "What the new migrations run", "新迁移将执行的语句"));
    let mut left_out = 0;
    for project in all {
        let heading = format!(
            "\n{}{}Django {}{}{}\n",
            escape(&project.project),
            pick(lang, ": ", "："),
            project.django,
            pick(lang, " on ", "，"),
            escape(project.server.get(lang)),
        );
        if text.len() + heading.len() > room {
            left_out += project.paths.len();
            continue;
        }
        text.push_str(&heading);
        for migration in migrations(project) {
            let block = block(report, project, migration);
            if text.len() + block.len() > room {
                left_out += 1;
            } else {
                text.push_str(&block);
            }
        }
    }
    if left_out > 0 {
        let _ = match lang {
            Lang::En => writeln!(
                text,
                "\n{} more, not shown here for lack of space; `bklog-lint inspect sql` shows them.",
                counted(left_out, "migration")
            ),
            Lang::Zh => {
                writeln!(
                    text,
                    "\n另有 {left_out} 个迁移，因篇幅所限未列出；可用 `bklog-lint inspect sql` 查看。"
                )
            }
        };
    }
    text
}

/// The entries of each migration, in the order in which Django runs them.
fn migrations(project: &NewMigrations) -> impl Iterator<Item = &[Entry]> {
    project.entries.chunk_by(|a, b| a.app == b.app && a.migration == b.migration)
}

fn block(report: &Report, project: &NewMigrations, entries: &[Entry]) -> String {
    let lang = report.lang;
    let Some(first) = entries.first() else { return String::new() };
    let key = (first.app.clone(), first.migration.clone());
    let statements: usize = entries.iter().map(|entry| entry.sql.as_deref().unwrap_or_default().len()).sum();
    let waits = entries
        .iter()
        .flat_map(|entry| entry.sql.iter().flatten())
        .any(|statement| statement.class.blocks_writes != Some(false));
    let mut text = String::new();
    let path = project.paths.get(&key).map(|path| report.root.repository_path(path)).unwrap_or_default();
    let open = if waits { " open" } else { "" };
    let _ = write!(
        text,
        "\n<details{open}><summary><code>{}</code> {} <code>{}</code></summary>\n\n",
        // Markdown does not reach into this line: it begins a block of HTML.
        html(&visible::line(&format!("{}.{}", key.0, key.1))),
        count(lang, statements),
        html(&visible::line(&path)),
    );
    if statements > 0 {
        let _ = writeln!(
            text,
            "| {} | ALGORITHM | LOCK | {} | {} |\n|---|---|---|---|---|",
            pick(lang, "Statement", "语句"),
            pick(lang, "rebuilds the table", "重建整表"),
            pick(lang, "writes wait", "写入等待"),
        );
    }
    for statement in entries.iter().flat_map(|entry| entry.sql.iter().flatten()) {
        text.push_str(&row(statement, lang));
    }
    for entry in entries {
        for (label, why) in remarks(entry, lang) {
            let _ = write!(
                text,
                "\n{} {}{}{}\n",
                escape(&place(entry)),
                label,
                Words(lang).colon(),
                escape(&why)
            );
        }
    }
    text.push_str("\n</details>\n");
    text
}

fn row(statement: &Statement, lang: Lang) -> String {
    let class = &statement.class;
    let unknown = pick(lang, "not known", "未知");
    let yes_no = |value: Option<bool>| match value {
        Some(true) => pick(lang, "**yes**", "**是**"),
        Some(false) => pick(lang, "no", "否"),
        None => unknown,
    };
    let refused = match (class.error, lang) {
        (Some(error), Lang::En) => format!(" **refused: error {error}**"),
        (Some(error), Lang::Zh) => format!(" **会被拒绝：错误 {error}**"),
        (None, _) => String::new(),
    };
    format!(
        "| <code>{}</code>{refused} | {} | {} | {} | {} |\n",
        escape(&visible::cut(&statement.sql, MAX_STATEMENT)),
        class.algorithm.map_or("", algorithm_word),
        class.lock.map_or("", lock_word),
        yes_no(class.rebuild),
        yes_no(class.blocks_writes),
    )
}

/// What is not known of an operation.
fn remarks(entry: &Entry, lang: Lang) -> Vec<(&'static str, String)> {
    let mut out = Vec::new();
    let mut push = |en, zh, why: &Bilingual| out.push((pick(lang, en, zh), why.get(lang).to_owned()));
    if let Err(why) = &entry.sql {
        push("not known", "未知", why.describe());
    }
    if let Some(why) = &entry.incomplete {
        push("there may be more", "可能还有其他语句", why.describe());
    }
    if let Some(why) = &entry.doubt {
        push("may differ", "可能有出入", why.describe());
    }
    out
}

fn place(entry: &Entry) -> String {
    match entry.op_index {
        Some(index) => format!("{index} {}", entry.op),
        None => entry.op.to_string(),
    }
}

fn count(lang: Lang, n: usize) -> String {
    match lang {
        Lang::En => counted(n, "statement"),
        Lang::Zh => format!("{n} 条语句"),
    }
}

fn pick(lang: Lang, en: &'static str, zh: &'static str) -> &'static str {
    match lang {
        Lang::En => en,
        Lang::Zh => zh,
    }
}
