//! For people: every finding with its source, why and what to do, then what was and was not looked at.

use std::io::{self, Write};

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use anstyle::Style;

use super::excerpt::excerpt;
use super::summary::{self, Block, Topic};
use super::words::Words;
use super::{Options, Report, explain, links, next_steps, visible};
use crate::findings::{Finding, Fix, Place, Severity};

/// Columns that line numbers and the bar take beside a source line.
const GUTTER: usize = 10;

/// Running text is not broken where fewer columns than these are left for it.
const NARROW: usize = 40;

pub(super) fn write(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let words = Words(report.lang);
    let printer = Printer::new(report, options, words);
    for (heading, findings) in groups(report, words) {
        printer.heading(out, &heading, findings.len())?;
        for finding in findings {
            writeln!(out, "{}\n", printer.finding(finding))?;
        }
    }
    let blocks = summary::blocks(report, options);
    for block in blocks.iter().filter(|block| !options.quiet || is_essential(block)) {
        printer.block(out, block)?;
    }
    let steps = next_steps::of(report, words).filter(|_| options.next_steps && !options.quiet);
    for (heading, entries) in steps.into_iter().flatten() {
        writeln!(out, "{}", printer.paint(Style::new().bold(), heading))?;
        for entry in entries {
            printer.entry(out, &visible::line(&entry))?;
        }
    }
    Ok(())
}

/// What even `--quiet` says: how many findings there are, and that something was not looked at.
fn is_essential(block: &Block) -> bool {
    matches!(block.topic, Topic::Findings | Topic::NotAnalysed)
}

/// Findings by project and app, each group in the order of the report.
fn groups(report: &Report, words: Words) -> Vec<(String, Vec<&Finding>)> {
    let key = |finding: &&Finding| (finding.subject.project.clone(), finding.subject.app.clone());
    let mut findings: Vec<&Finding> = report.findings.iter().collect();
    findings.sort_by_cached_key(|finding| (finding.subject.project.is_none(), key(finding)));
    findings
        .chunk_by(|a, b| key(a) == key(b))
        .map(|group| {
            let (project, app) = key(&group[0]);
            (words.project_heading(project.as_deref(), app.as_deref()), group.to_vec())
        })
        .collect()
}

pub(super) struct Printer<'a> {
    report: &'a Report,
    options: &'a Options,
    words: Words,
    renderer: Renderer,
}

impl<'a> Printer<'a> {
    pub(super) fn new(report: &'a Report, options: &'a Options, words: Words) -> Self {
        let renderer = if options.color { Renderer::styled() } else { Renderer::plain() };
        // Lines are cut here, around the finding; the renderer's own cutting would do it a second time.
        Self { report, options, words, renderer: renderer.term_width(usize::from(u16::MAX)) }
    }

    fn paint(&self, style: Style, text: &str) -> String {
        if self.options.color { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    /// Text broken at the width of the terminal, where there is one; `before` columns stand in front of it.
    fn wrapped(&self, text: &str, before: usize) -> String {
        let width = self.options.width.saturating_sub(before);
        // A column of a few words is harder to read than what the terminal makes of the line.
        if !self.options.wrap || width < NARROW {
            return text.to_owned();
        }
        text.lines().flat_map(|line| explain::wrap(line, width)).collect::<Vec<_>>().join("\n")
    }

    /// One entry of a list. The dash keeps a path such as `::error::` from standing first on its line, where build
    /// servers obey it.
    fn entry(&self, out: &mut dyn Write, text: &str) -> io::Result<()> {
        let text = self.wrapped(text, 4).replace('\n', "\n    ");
        writeln!(out, "  - {text}")
    }

    fn heading(&self, out: &mut dyn Write, heading: &str, findings: usize) -> io::Result<()> {
        let text = format!("── {} · {} ──", visible::line(heading), self.words.findings(findings));
        writeln!(out, "{}\n", self.paint(Style::new().bold(), &text))
    }

    pub(super) fn finding(&self, finding: &Finding) -> String {
        let lang = self.report.lang;
        let rule = finding.rule;
        let id = format!("{} {}", rule.code, rule.name);
        // `error[GRA003 multiple-leaf-nodes]: `
        let before = columns(self.words.severity(finding.severity)) + columns(&id) + 4;
        let message = self.wrapped(&visible::line(finding.message.get(lang)), before);
        let help = self.wrapped(&visible::lines(finding.help.get(lang)), GUTTER + columns(self.words.help()));
        let mut title = self.level(finding.severity).primary_title(message).id(id);
        if self.options.links {
            title = title.id_url(links::rule_page(rule));
        }
        let mut group = Group::with_title(title);
        group = self.place(group, &finding.place, AnnotationKind::Primary, None);
        for (place, label) in &finding.related {
            group = self.place(group, place, AnnotationKind::Context, Some(label.get(lang)));
        }
        if !help.is_empty() {
            group = group.element(Level::HELP.with_name(self.words.help()).message(help));
        }
        if let Some(Fix::Safe { title, .. }) = &finding.fix {
            let text = self.words.fix_text(title.get(lang));
            let text = self.wrapped(&visible::line(&text), GUTTER + columns(self.words.fix()));
            group = group.element(Level::NOTE.with_name(self.words.fix()).message(text));
        }
        self.renderer.render(&[group])
    }

    fn level(&self, severity: Severity) -> Level<'static> {
        let level = match severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
            Severity::Info => Level::INFO,
        };
        level.with_name(self.words.severity(severity))
    }

    /// Adds where something is: the position, and the source when there is some.
    fn place<'g>(
        &self,
        group: Group<'g>,
        place: &Place,
        kind: AnnotationKind,
        label: Option<&str>,
    ) -> Group<'g> {
        let path = self.report.root.display_path(&place.path);
        let path = visible::line(&path).into_owned();
        let mut origin = Origin::path(path.clone());
        if !place.is_whole_file() {
            origin = origin.line(place.start.line as usize).char_column(place.start.column as usize);
        }
        let width = self.options.width.saturating_sub(GUTTER).max(40);
        let source = self.report.texts.get(&place.path);
        let Some(shown) = source.and_then(|source| excerpt(source, place, width)) else {
            let group = group.element(origin);
            return match label {
                Some(label) => {
                    let note = Level::NOTE.with_name(self.words.note());
                    group.element(note.message(visible::line(label).into_owned()))
                }
                None => group,
            };
        };
        let label = match (label, shown.goes_on_to) {
            (Some(label), _) => Some(visible::line(label).into_owned()),
            (None, Some(line)) => Some(self.words.goes_on_to(line)),
            (None, None) => None,
        };
        let snippet = Snippet::source(shown.text).line_start(shown.first_line as usize);
        let snippet = snippet.annotation(kind.span(shown.marked).label(label));
        if shown.faithful {
            group.element(snippet.path(path))
        } else {
            // The renderer would count the column in the changed line.
            group.element(origin).element(snippet)
        }
    }

    fn block(&self, out: &mut dyn Write, block: &Block) -> io::Result<()> {
        let heading = visible::line(&block.heading);
        writeln!(out, "{}", self.paint(Style::new().bold(), &heading))?;
        if self.options.quiet {
            return Ok(());
        }
        let subject_width =
            block.entries.iter().filter_map(|entry| entry.subject.as_deref()).map(columns).max();
        let align = matches!(block.topic, Topic::Findings | Topic::Analysed | Topic::Hidden);
        for entry in &block.entries {
            match &entry.subject {
                Some(subject) if align => {
                    let pad = subject_width.unwrap_or(0).saturating_sub(columns(subject));
                    let text = visible::line(&entry.text);
                    writeln!(out, "  - {}{}  {text}", visible::line(subject), " ".repeat(pad))?;
                }
                Some(subject) => {
                    let colon = self.words.colon();
                    let text = format!("{}{colon}{}", visible::line(subject), visible::line(&entry.text));
                    self.entry(out, &text)?;
                }
                None => self.entry(out, &visible::line(&entry.text))?,
            }
        }
        if block.more > 0 {
            writeln!(out, "  - {}", self.words.more(block.more))?;
        }
        Ok(())
    }
}

/// Columns that a text takes on a terminal.
fn columns(text: &str) -> usize {
    unicode_width::UnicodeWidthStr::width(&*visible::line(text))
}
