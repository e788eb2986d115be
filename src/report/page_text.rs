//! A rule's page for readers: without the marks that make its examples tests.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::{explain, links};
use crate::findings::{Lang, RuleId};
use crate::rules;
use crate::rules::page::{HEADINGS, Page, fence_length, without_mark};

/// What other programs show of a rule.
pub(super) struct PageText {
    /// One line.
    pub(super) title: String,
    /// One paragraph, plain.
    pub(super) summary: String,
    /// The whole page, plain.
    pub(super) plain: String,
    /// The whole page, Markdown.
    pub(super) markdown: String,
}

impl PageText {
    /// The texts of a rule; of a rule without a page (another program's), its name.
    pub(super) fn of(rule: &RuleId, lang: Lang) -> Self {
        let page = rules::find(rule.code).and_then(|rule| rule.read_page().ok());
        let Some(page) = page else {
            let name = || rule.name.to_owned();
            return Self { title: name(), summary: name(), plain: name(), markdown: name() };
        };
        let body = markdown(&page, lang);
        let link = format!("[{} {}]({})", rule.code, rule.name, links::rule_page(rule));
        Self {
            title: page.title().get(lang).to_owned(),
            summary: summary(&page, lang),
            plain: explain::plain(&body),
            markdown: format!("{body}\n{link}\n"),
        }
    }
}

/// The first paragraph of what the page says, as plain text on one line; the Chinese summary in Chinese.
fn summary(page: &Page, lang: Lang) -> String {
    let text = match lang {
        Lang::Zh => Cow::Borrowed(page.front.summary_zh.as_str()),
        Lang::En => {
            let section = page.sections.first().map_or("", |section| section.text.trim_start());
            let paragraph = section.split("\n\n").next().unwrap_or(section);
            Cow::Owned(explain::plain(paragraph))
        }
    };
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The page as Markdown for readers: examples with a caption instead of an info string, no marks, references last.
pub(super) fn markdown(page: &Page, lang: Lang) -> String {
    let mut out = String::new();
    if lang == Lang::Zh {
        let _ = write!(out, "{}\n\n", page.front.summary_zh.trim());
    }
    let mut fence: Option<usize> = None;
    for line in page.body.lines() {
        let ticks = fence_length(line);
        match fence {
            Some(open) if ticks >= open && line.trim_matches('`').trim().is_empty() => {
                fence = None;
                out.push_str(line);
            }
            Some(_) => out.push_str(without_mark(line)),
            None if ticks >= 3 => {
                fence = Some(ticks);
                let (language, caption) = caption(&line[ticks..], lang);
                if let Some(caption) = caption {
                    let _ = write!(out, "{caption}\n\n");
                }
                let _ = write!(out, "{}{language}", &line[..ticks]);
            }
            None => out.push_str(heading(line, lang).unwrap_or(line)),
        }
        out.push('\n');
    }
    if !page.front.references.is_empty() {
        let heading = match lang {
            Lang::En => "References",
            Lang::Zh => "参考资料",
        };
        let _ = write!(out, "\n## {heading}\n\n");
        for reference in &page.front.references {
            let _ = writeln!(out, "- <{reference}>");
        }
    }
    out
}

/// The headings that every page has, in Chinese.
fn heading(line: &str, lang: Lang) -> Option<&'static str> {
    const CHINESE: [&str; HEADINGS.len()] = ["## 检查什么", "## 为什么重要", "## 如何修复"];
    let text = line.strip_prefix("## ").filter(|_| lang == Lang::Zh)?.trim();
    HEADINGS.iter().position(|heading| *heading == text).map(|at| CHINESE[at])
}

/// The language of a fence, and what its info string says of the example.
fn caption(info: &str, lang: Lang) -> (&str, Option<String>) {
    let mut words = info.split_whitespace();
    let language = words.next().unwrap_or("");
    let words: Vec<&str> = words.collect();
    let pick = |en, zh| if lang == Lang::En { en } else { zh };
    let verdict = match (words.contains(&"bad"), words.contains(&"good")) {
        (true, _) => pick("Reported", "会报告"),
        (_, true) => pick("Not reported", "不会报告"),
        _ => return (language, None),
    };
    let value = |key| words.iter().find_map(|word| word.strip_prefix(key));
    let mut caption = format!("**{verdict}**");
    if let Some(path) = value("path=") {
        let _ = write!(caption, " `{path}`");
    }
    if words.contains(&"base") {
        caption.push_str(pick(" (in the base revision)", "（基准版本中）"));
    }
    if words.contains(&"unreadable") {
        caption.push_str(pick(" (cannot be read)", "（无法读取）"));
    }
    if let Some(encoding) = value("encoding=") {
        let _ = match lang {
            Lang::En => write!(caption, " (encoded as {encoding})"),
            Lang::Zh => write!(caption, "（编码为 {encoding}）"),
        };
    }
    (language, Some(caption))
}
