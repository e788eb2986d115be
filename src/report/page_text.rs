//! A rule's page for readers: captions instead of the info strings that make its examples tests.

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

/// The page as Markdown for readers: examples with a caption instead of an info string, references last.
pub(super) fn markdown(page: &Page, lang: Lang) -> String {
    let mut out = String::new();
    if lang == Lang::Zh {
        let _ = write!(out, "{}\n\n", page.front.summary_zh.trim());
    }
    let mut open: Option<Fence<'_>> = None;
    for line in page.body.lines() {
        let ticks = fence_length(line);
        match &mut open {
            Some(fence) if ticks >= fence.ticks && line.trim_matches('`').trim().is_empty() => {
                fence.write(&mut out, lang);
                open = None;
            }
            Some(fence) => fence.lines.push(line),
            None if ticks >= 3 => {
                open = Some(Fence { ticks, info: &line[ticks..], lines: Vec::new() });
            }
            None => {
                let _ = writeln!(out, "{}", heading(line, lang).unwrap_or(line));
            }
        }
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

/// A fenced block that is being read.
struct Fence<'a> {
    ticks: usize,
    info: &'a str,
    lines: Vec<&'a str>,
}

impl Fence<'_> {
    /// Writes the block with its language alone, below a caption that says what the info string said. The marks stay:
    /// they show which lines are reported.
    fn write(&self, out: &mut String, lang: Lang) {
        let ticks = "`".repeat(self.ticks);
        let language = self.info.split_whitespace().next().unwrap_or("");
        if let Some(caption) = self.caption(lang) {
            let _ = write!(out, "{caption}\n\n");
        }
        let _ = writeln!(out, "{ticks}{language}");
        for line in &self.lines {
            let _ = writeln!(out, "{line}");
        }
        let _ = writeln!(out, "{ticks}");
    }

    /// `Reported `path` (encoded as gbk)`; the path alone for a file that only belongs to an example.
    fn caption(&self, lang: Lang) -> Option<String> {
        let words: Vec<&str> = self.info.split_whitespace().skip(1).collect();
        let value = |key| words.iter().find_map(|word| word.strip_prefix(key));
        let pick = |en, zh| if lang == Lang::En { en } else { zh };
        let marked = value("raises=").is_some() || self.lines.iter().any(|line| without_mark(line) != *line);
        let verdict = match (words.contains(&"bad"), words.contains(&"good")) {
            (true, _) if marked => pick("**Reported** ", "**会报告** "),
            (true, _) => "",
            (_, true) => pick("**Not reported** ", "**不会报告** "),
            _ => return None,
        };
        let mut caption = format!("{verdict}`{}`", value("path=").unwrap_or_default());
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
        Some(caption)
    }
}
