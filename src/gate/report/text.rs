//! For people: the checks by section, what to do about those that are not as they should be, and the verdict.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::super::check::{Check, Section, Status};
use super::super::readiness::{Readiness, Verdict};
use super::Options;
use crate::findings::{Bilingual, Lang};
use crate::report::visible;

pub(super) fn write(readiness: &Readiness, options: Options, out: &mut dyn Write) -> io::Result<()> {
    let lang = options.lang;
    for section in Section::ALL {
        let of = readiness.checks.iter().filter(|check| check.section == section);
        let checks: Vec<&Check> = of.filter(|check| !options.quiet || check.status != Status::Pass).collect();
        if checks.is_empty() {
            continue;
        }
        let bold = style(options, Style::new().bold());
        writeln!(out, "{bold}{}{bold:#}", section.title().get(lang))?;
        for check in checks {
            one(check, options, out)?;
        }
        writeln!(out)?;
    }
    let (text, color) = match readiness.verdict {
        Verdict::Go => (Bilingual::new("GO", "可以升级"), AnsiColor::Green),
        Verdict::NoGo => (Bilingual::new("NO-GO", "不可升级"), AnsiColor::Red),
        Verdict::Unknown => (
            Bilingual::new(
                "UNKNOWN: a question that decides could not be asked",
                "未知：有决定性的问题无法得到答复",
            ),
            AnsiColor::Yellow,
        ),
    };
    let style = style(options, Style::new().bold().fg_color(Some(color.into())));
    let counts: Vec<String> = Status::ALL
        .iter()
        .filter(|status| readiness.count(**status) > 0)
        .map(|status| format!("{} {}", readiness.count(*status), word(*status, lang)))
        .collect();
    writeln!(out, "{style}{}{style:#}: {}", text.get(lang), counts.join(Bilingual::new(", ", "，").get(lang)))
}

fn style(options: Options, style: Style) -> Style {
    if options.color { style } else { Style::new() }
}

fn word(status: Status, lang: Lang) -> &'static str {
    match (status, lang) {
        (Status::Pass, Lang::En) => "pass",
        (Status::Warn, Lang::En) => "warn",
        (Status::Fail, Lang::En) => "fail",
        (Status::Skip, Lang::En) => "skip",
        (Status::Error, Lang::En) => "error",
        (Status::Pass, Lang::Zh) => "通过",
        (Status::Warn, Lang::Zh) => "警告",
        (Status::Fail, Lang::Zh) => "失败",
        (Status::Skip, Lang::Zh) => "跳过",
        (Status::Error, Lang::Zh) => "无法得知",
    }
}

fn one(check: &Check, options: Options, out: &mut dyn Write) -> io::Result<()> {
    let lang = options.lang;
    let color = match check.status {
        Status::Pass => AnsiColor::Green,
        Status::Skip => AnsiColor::Cyan,
        Status::Warn | Status::Error => AnsiColor::Yellow,
        Status::Fail => AnsiColor::Red,
    };
    let style = style(options, Style::new().bold().fg_color(Some(color.into())));
    let mut label = word(check.status, lang).to_owned();
    label.push_str(&" ".repeat(6usize.saturating_sub(textwrap::core::display_width(&label))));
    let message = visible::line(check.message.get(lang));
    writeln!(out, "  {style}{label}{style:#} {}  {message}", visible::line(&check.id))?;
    let detailed = options.verbose || !matches!(check.status, Status::Pass | Status::Skip);
    let parts = [
        (Bilingual::new("observed", "实际"), check.observed.as_str()),
        (Bilingual::new("expected", "期望"), check.expected.as_str()),
        (Bilingual::new("remedy", "处理"), check.remedy.get(lang)),
        (Bilingual::new("waived", "已豁免"), check.waived.as_deref().unwrap_or_default()),
    ];
    for (title, text) in parts.into_iter().filter(|(_, text)| detailed && !text.is_empty()) {
        writeln!(out, "           {}: {}", title.get(lang), visible::line(text))?;
    }
    if check.optional && detailed {
        writeln!(
            out,
            "           {}",
            Bilingual::new("optional: it does not decide", "可选项：不影响结论").get(lang)
        )?;
    }
    Ok(())
}
