//! A rule's page on a terminal, and the catalogue of all rules.

use std::io::{self, Write};

use anstyle::Style;
use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Parser, Tag, TagEnd};
use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use super::words::Words;
use super::{Options, json_text, links, page_text};
use crate::findings::Lang;
use crate::rules::Rule;

/// Widest line of running text; longer ones are hard to read.
const MEASURE: usize = 100;

/// Writes the page of `rule`: what it checks, why it matters, how to fix it, with examples.
///
/// # Errors
/// Those of `out`; and when the page cannot be read, which the tests of the program exclude.
pub fn write(rule: &Rule, lang: Lang, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let page = rule.read_page().map_err(io::Error::other)?;
    let words = Words(lang);
    let paint = Paint { color: options.color };
    let id = format!("{} {}", rule.id.code, rule.id.name);
    writeln!(
        out,
        "{} · {} · {} · {}",
        paint.bold(&id),
        words.severity(rule.id.severity),
        rule.id.family,
        words.since(&page.front.since)
    )?;
    writeln!(out, "{}\n", paint.bold(page.title().get(lang)))?;
    let markdown = page_text::markdown(&page, lang);
    writeln!(out, "{}", render(&markdown, options.width.min(MEASURE), &paint).trim_end())
}

/// Markdown as plain text, for programs that show nothing else.
pub(super) fn plain(markdown: &str) -> String {
    render(markdown, MEASURE, &Paint { color: false }).trim_end().to_owned()
}

/// Writes all rules as a table.
///
/// # Errors
/// As [`write()`].
pub fn catalogue(rules: &[&Rule], lang: Lang, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let words = Words(lang);
    let paint = Paint { color: options.color };
    let names = rules.iter().map(|rule| rule.id.name.width()).max().unwrap_or(0);
    let severities = rules.iter().map(|rule| words.severity(rule.id.severity).width()).max().unwrap_or(0);
    let mut family = "";
    for rule in rules {
        if rule.id.family != family {
            let gap = if family.is_empty() { "" } else { "\n" };
            family = rule.id.family;
            writeln!(out, "{gap}{}", paint.bold(family))?;
        }
        let page = rule.read_page().map_err(io::Error::other)?;
        let severity = words.severity(rule.id.severity);
        writeln!(
            out,
            "  {}  {}{}  {}{}  {}",
            rule.id.code,
            rule.id.name,
            " ".repeat(names - rule.id.name.width()),
            severity,
            " ".repeat(severities - severity.width()),
            page.title().get(lang)
        )?;
    }
    Ok(())
}

#[derive(Serialize)]
struct Catalogue<'a> {
    schema_version: u32,
    rules: Vec<CatalogueRule<'a>>,
}

#[derive(Serialize)]
struct CatalogueRule<'a> {
    code: &'a str,
    name: &'a str,
    family: &'a str,
    severity: &'a str,
    since: String,
    title: String,
    title_zh: String,
    url: String,
}

/// Writes all rules as JSON, the contract for other programs.
///
/// # Errors
/// As [`write()`].
pub fn catalogue_json(rules: &[&Rule], out: &mut dyn Write) -> io::Result<()> {
    let entry = |rule: &&Rule| -> io::Result<CatalogueRule<'static>> {
        let front = rule.read_page().map_err(io::Error::other)?.front;
        Ok(CatalogueRule {
            code: rule.id.code,
            name: rule.id.name,
            family: rule.id.family,
            severity: rule.id.severity.key(),
            since: front.since,
            title: front.title,
            title_zh: front.title_zh,
            url: links::rule_page(&rule.id),
        })
    };
    let rules = rules.iter().map(entry).collect::<io::Result<Vec<_>>>()?;
    json_text::write(&Catalogue { schema_version: 1, rules }, out)
}

/// Light styling, or none.
struct Paint {
    color: bool,
}

impl Paint {
    fn with(&self, style: Style, text: &str) -> String {
        if self.color { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    fn bold(&self, text: &str) -> String {
        self.with(Style::new().bold(), text)
    }

    fn dim(&self, text: &str) -> String {
        self.with(Style::new().dimmed(), text)
    }
}

/// Markdown laid out for a terminal: headings, wrapped paragraphs, lists, code behind a bar.
fn render(markdown: &str, width: usize, paint: &Paint) -> String {
    let mut layout =
        Layout { paint, width, out: String::new(), line: String::new(), lists: Vec::new(), code: None };
    for event in Parser::new(markdown) {
        layout.event(event);
    }
    layout.out
}

struct Layout<'a> {
    paint: &'a Paint,
    width: usize,
    out: String,
    /// Text of the paragraph, heading or list item that is open.
    line: String,
    /// Open lists: the number of the next item, `None` for bullets.
    lists: Vec<Option<u64>>,
    /// Text of the code block that is open.
    code: Option<String>,
}

impl Layout<'_> {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Text(text) => match &mut self.code {
                Some(code) => code.push_str(&text),
                None => self.line.push_str(&text),
            },
            // Backticks stay: they tell a name from a word also where there is no colour.
            Event::Code(text) => self.line.push_str(&format!("`{text}`")),
            Event::SoftBreak => self.line.push(' '),
            Event::HardBreak => self.line.push('\n'),
            Event::Start(tag) => self.start(&tag),
            Event::End(tag) => self.end(tag),
            Event::Rule => self.block("---"),
            Event::Html(text) | Event::InlineHtml(text) => self.line.push_str(&text),
            _ => {}
        }
    }

    fn start(&mut self, tag: &Tag<'_>) {
        match tag {
            Tag::CodeBlock(CodeBlockKind::Fenced(_) | CodeBlockKind::Indented) => {
                self.code = Some(String::new())
            }
            Tag::List(first) => {
                // The text of the item that the list stands in.
                self.flush_item();
                self.lists.push(*first);
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(level) => {
                let text = std::mem::take(&mut self.line);
                let text = if level <= HeadingLevel::H3 { self.paint.bold(&text) } else { text };
                self.block(&text);
            }
            TagEnd::Paragraph if self.lists.is_empty() => {
                let text = std::mem::take(&mut self.line);
                let lines = wrap(&text, self.width);
                self.block(&lines.join("\n"));
            }
            TagEnd::Paragraph => self.line.push('\n'),
            TagEnd::Item => self.flush_item(),
            TagEnd::List(_) => {
                self.lists.pop();
                if self.lists.is_empty() {
                    self.out.push('\n');
                }
            }
            TagEnd::CodeBlock => {
                let code = self.code.take().unwrap_or_default();
                let bar = self.paint.dim("│");
                let lines: Vec<String> =
                    code.lines().map(|line| format!("  {bar} {line}").trim_end().to_owned()).collect();
                self.block(&lines.join("\n"));
            }
            _ => {}
        }
    }

    /// Ends a list item: its mark, its text wrapped and indented.
    fn flush_item(&mut self) {
        let text = std::mem::take(&mut self.line);
        let depth = self.lists.len();
        let Some(list) = self.lists.last_mut().filter(|_| !text.trim().is_empty()) else { return };
        let mark = match list {
            Some(number) => {
                *number += 1;
                format!("{}. ", *number - 1)
            }
            None => "- ".to_owned(),
        };
        let indent = "  ".repeat(depth);
        let hanging = " ".repeat(indent.len() + mark.len());
        for (at, line) in wrap(text.trim(), self.width.saturating_sub(hanging.len())).iter().enumerate() {
            let lead = if at == 0 { format!("{indent}{mark}") } else { hanging.clone() };
            self.out.push_str(&format!("{lead}{line}\n"));
        }
    }

    fn block(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push_str("\n\n");
    }
}

/// The lines of `text` at `width` columns, broken at blanks and between Chinese characters; an address stays whole.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    if text.starts_with("https://") && !text.contains(char::is_whitespace) {
        return vec![text.to_owned()];
    }
    let options = textwrap::Options::new(width.max(20))
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::wrap(text, options).into_iter().map(std::borrow::Cow::into_owned).collect()
}
