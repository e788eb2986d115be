//! Markdown for a job summary or a comment on a pull request: a table, the source of each finding to unfold, the
//! summary. No text of the scanned repository can become markup, a mention or a link, and the size is bounded.

mod sql;

use std::fmt::Write as _;
use std::io::{self, Write};

use super::summary::{self, Block, Entry};
use super::tally::Tally;
use super::text::Printer;
use super::words::Words;
use super::{Options, Report, links, visible};
use crate::findings::{Finding, Severity};

/// Room kept for the line that says how many findings did not fit, and for closing tags.
const TAIL: usize = 300;

pub(super) fn write(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let words = Words(report.lang);
    let mut blocks = blocks(report, options, words);
    if blocks.len() > options.max_markdown_bytes / 2 {
        blocks = self::blocks(report, &Options { verbose: false, ..options.clone() }, words);
    }
    let room = options.max_markdown_bytes.saturating_sub(blocks.len() + TAIL);
    // A third for the statements of new migrations; what they leave is the findings'.
    let statements = sql::section(report, room / 3);
    let room = room.saturating_sub(statements.len());
    let mut findings: Vec<&Finding> = report.findings.iter().collect();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    let (table, listed) = table(report, &findings, words, room * 6 / 10);
    let details = details(report, &findings[..listed], options, room.saturating_sub(table.len()));
    out.write_all(table.as_bytes())?;
    if listed < findings.len() {
        writeln!(out, "\n{}", words.more_findings(findings.len() - listed))?;
    }
    out.write_all(statements.as_bytes())?;
    out.write_all(details.as_bytes())?;
    out.write_all(blocks.as_bytes())
}

/// The table of findings, worst first, and how many of them fit into `room` bytes.
fn table(report: &Report, findings: &[&Finding], words: Words, room: usize) -> (String, usize) {
    let mut text = String::from("## bklog-lint\n");
    if findings.is_empty() {
        return (text, 0);
    }
    let severities = words.severities(&Tally::of(report).by_severity);
    let _ = write!(
        text,
        "\n{}{}{severities}\n\n| {} | {} | {} | {} |\n|---|---|---|---|\n",
        words.findings(findings.len()),
        words.colon(),
        words.severity_label(),
        words.rule(),
        words.place(),
        words.message()
    );
    for (n, finding) in findings.iter().enumerate() {
        let rule = finding.rule;
        let place = &finding.place;
        let mut path = report.root.repository_path(&place.path);
        if !place.is_whole_file() {
            let _ = write!(path, ":{}", place.start.line);
        }
        let row = format!(
            "| {} | [{}]({}) {} | {} | {} |\n",
            words.severity(finding.severity),
            rule.code,
            links::rule_page(rule),
            rule.name,
            escape(&path),
            escape(&visible::cut(finding.message.get(report.lang), 300)),
        );
        if text.len() + row.len() > room {
            return (text, n);
        }
        text.push_str(&row);
    }
    (text, findings.len())
}

/// What the terminal shows of each finding, to unfold; as many as fit into `room` bytes.
fn details(report: &Report, findings: &[&Finding], options: &Options, room: usize) -> String {
    const CLOSE: &str = "\n</details>\n";
    let plain = Options { color: false, ..options.clone() };
    let printer = Printer::new(report, &plain, Words(report.lang));
    let mut text = String::new();
    for finding in findings {
        let rule = finding.rule;
        let open = if finding.severity == Severity::Error { " open" } else { "" };
        let detail = format!(
            "\n<details{open}><summary>{} {} <code>{}</code></summary>\n\n<pre>\n{}\n</pre>\n{CLOSE}",
            rule.code,
            rule.name,
            html(&visible::line(&summary::position(report, finding))),
            html(&printer.finding(finding)),
        );
        if text.len() + detail.len() > room {
            break;
        }
        text.push_str(&detail);
    }
    text
}

fn blocks(report: &Report, options: &Options, words: Words) -> String {
    let mut text = String::new();
    for Block { heading, entries, more, .. } in summary::blocks(report, options) {
        let _ = write!(text, "\n**{}**\n", escape(&heading));
        if !entries.is_empty() {
            text.push('\n');
        }
        for Entry { subject, text: what } in &entries {
            let subject = subject.as_deref().map(|subject| format!("{}{}", escape(subject), words.colon()));
            let _ = writeln!(text, "- {}{}", subject.unwrap_or_default(), escape(what));
        }
        if more > 0 {
            let _ = writeln!(text, "- {}", words.more(more));
        }
    }
    text
}

/// Text for the middle of a line or a table cell: nothing in it is markup, a mention, an issue number or a link.
pub(crate) fn escape(text: &str) -> String {
    let text = visible::line(text);
    let mut out = String::with_capacity(text.len() + 16);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // Not with a backslash: in a table cell that is read before the rest, and two of them cancel out.
            '|' => out.push_str("&#124;"),
            '\\' => out.push_str("&#92;"),
            '`' | '*' | '_' | '[' | ']' | '~' | '$' => {
                out.push('\\');
                out.push(c);
            }
            // Mentions, issue numbers, bare addresses and emoji names are found after Markdown is rendered: an
            // empty comment keeps the character and parts it from what follows.
            '@' | '#' => {
                out.push(c);
                out.push_str("<!-- -->");
            }
            ':' | '.'
                if chars
                    .peek()
                    .is_some_and(|next| next.is_ascii_alphanumeric() || "/+-_".contains(*next)) =>
            {
                out.push(c);
                if c == ':' || out.to_ascii_lowercase().ends_with("www.") {
                    out.push_str("<!-- -->");
                }
            }
            c => out.push(c),
        }
    }
    out
}

/// Text between HTML tags.
pub(super) fn html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
