//! Markdown for the change ticket: the verdict, what stands in the way, and every check in a table.

use std::io::{self, Write};

use super::super::check::{Check, Section, Status};
use super::super::readiness::{Readiness, Verdict};
use super::Options;
use crate::findings::{Bilingual, Lang};
use crate::report::visible;

pub(super) fn write(readiness: &Readiness, options: Options, out: &mut dyn Write) -> io::Result<()> {
    let lang = options.lang;
    let say = |en: &str, zh: &str| Bilingual::new(en, zh).get(lang).to_owned();
    let verdict = match readiness.verdict {
        Verdict::Go => say("Go", "可以升级"),
        Verdict::NoGo => say("No-go", "不可升级"),
        Verdict::Unknown => {
            say("Unknown: a question that decides could not be asked", "未知：有决定性的问题无法得到答复")
        }
    };
    writeln!(out, "# {}\n", say("Deploy gate", "升级门禁"))?;
    writeln!(out, "**{verdict}**\n")?;
    let (asked, judged) = (say("asked", "采集于"), say("judged", "判定于"));
    writeln!(out, "{asked} {:.0}, {judged} {:.0}\n", readiness.collected_at, readiness.judged_at)?;
    let blocking: Vec<&Check> = readiness.checks.iter().filter(|check| check.blocks()).collect();
    if !blocking.is_empty() {
        writeln!(out, "## {}\n", say("What stands in the way", "阻断项"))?;
        for check in blocking {
            writeln!(out, "- **{}** — {}", code(&check.id), escaped(check.message.get(lang)))?;
            for (title, text) in [
                (say("observed", "实际"), check.observed.as_str()),
                (say("expected", "期望"), check.expected.as_str()),
                (say("remedy", "处理"), check.remedy.get(lang)),
            ] {
                if !text.is_empty() {
                    writeln!(out, "  - {title}: {}", escaped(text))?;
                }
            }
        }
        writeln!(out)?;
    }
    for section in Section::ALL {
        let checks: Vec<&Check> = readiness.checks.iter().filter(|check| check.section == section).collect();
        if checks.is_empty() {
            continue;
        }
        writeln!(out, "## {}\n", section.title().get(lang))?;
        writeln!(
            out,
            "| | {} | {} | {} |",
            say("Check", "检查项"),
            say("Observed", "实际"),
            say("Message", "说明")
        )?;
        writeln!(out, "|---|---|---|---|")?;
        for check in checks {
            let mut message = escaped(check.message.get(lang));
            if let Some(waived) = &check.waived {
                message = format!("{message} ({}: {})", say("waived", "已豁免"), escaped(waived));
            }
            writeln!(
                out,
                "| {} | {} | {} | {message} |",
                mark(check, lang),
                code(&check.id),
                escaped(&check.observed)
            )?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn mark(check: &Check, lang: Lang) -> String {
    let (en, zh) = match check.status {
        Status::Pass => ("pass", "通过"),
        Status::Warn => ("**warn**", "**警告**"),
        Status::Fail => ("**FAIL**", "**失败**"),
        Status::Skip => ("skip", "跳过"),
        Status::Error => ("**ERROR**", "**无法得知**"),
    };
    Bilingual::new(en, zh).get(lang).to_owned()
}

fn code(text: &str) -> String {
    format!("`{}`", visible::line(text).replace('`', "'"))
}

/// A text that cannot be Markdown or HTML of its own, on one line of a table.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in visible::line(text).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '!' | '@' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}
