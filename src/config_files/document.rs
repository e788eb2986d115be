//! YAML and JSON as a tree with positions, in which nothing is lost: a key that stands twice is there twice.
//!
//! JSON is read as the YAML that it is, once `serde_json` has found it sound: YAML takes more than JSON does.

use std::sync::Arc;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle};

use crate::findings::Bilingual;
use crate::source::{SourceText, Span};

/// How deeply collections may be nested; beyond this a file is hostile, and PyYAML refuses it as well.
const MAX_DEPTH: usize = 200;

/// A file of YAML documents, or one of JSON.
#[derive(Debug, Clone)]
pub struct Document {
    /// Its text.
    pub text: Arc<SourceText>,
    /// The root of each document; of a file with a fault what stands before it is left out.
    pub roots: Vec<Node>,
    /// Why the file cannot be read, and where.
    pub fault: Option<(Span, Bilingual)>,
}

/// A value with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// From its first to its last character; of a collection, the first character alone counts.
    pub span: Span,
    /// What it is.
    pub kind: Kind,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A scalar: its text, and whether it stands in quotes or as a block.
    Scalar {
        /// The text.
        text: String,
        /// False for a plain scalar, which may be a number, a truth value or nothing.
        quoted: bool,
    },
    /// A sequence.
    Sequence(Vec<Node>),
    /// Keys and values in order.
    Mapping(Vec<(Node, Node)>),
    /// `*name`: what an anchor of the document holds.
    Alias,
}

impl Node {
    /// The text of a scalar that is not null.
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar { text, quoted } if *quoted || !matches!(text.as_str(), "" | "~" | "null") => {
                Some(text)
            }
            _ => None,
        }
    }

    /// The entries of a mapping, empty for everything else.
    pub fn entries(&self) -> &[(Node, Node)] {
        match &self.kind {
            Kind::Mapping(entries) => entries,
            _ => &[],
        }
    }

    /// The elements of a sequence, empty for everything else.
    pub fn elements(&self) -> &[Node] {
        match &self.kind {
            Kind::Sequence(elements) => elements,
            _ => &[],
        }
    }

    /// The value under a key of a mapping; the last one counts, as it does for PyYAML and Python's json.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|(_, value)| value)
    }

    /// The key with its value.
    pub fn entry(&self, key: &str) -> Option<(&Node, &Node)> {
        let found = self.entries().iter().rev().find(|(found, _)| found.as_str() == Some(key));
        found.map(|(key, value)| (key, value))
    }

    /// This node and all below it, parents first.
    pub fn descendants(&self) -> Vec<&Node> {
        let (mut out, mut stack) = (Vec::new(), vec![self]);
        while let Some(node) = stack.pop() {
            out.push(node);
            match &node.kind {
                Kind::Sequence(elements) => stack.extend(elements.iter().rev()),
                Kind::Mapping(entries) => {
                    stack.extend(entries.iter().rev().flat_map(|(key, value)| [value, key]));
                }
                Kind::Scalar { .. } | Kind::Alias => {}
            }
        }
        out
    }
}

impl Document {
    /// Reads YAML.
    pub fn yaml(text: Arc<SourceText>) -> Self {
        match read(&text.text) {
            Ok(roots) => Self { roots, fault: None, text },
            Err(fault) => Self { roots: Vec::new(), fault: Some(fault), text },
        }
    }

    /// Reads JSON.
    pub fn json(text: Arc<SourceText>) -> Self {
        if let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(&text.text) {
            let line = text.line_span((error.line() as u32).max(1));
            let at = (line.start + error.column().saturating_sub(1) as u32).min(text.text.len() as u32);
            let said = error.to_string();
            let said = said.split(" at line ").next().unwrap_or_default().to_owned();
            let fault = Some((character_at(&text.text, at), Bilingual::new(said.clone(), said)));
            return Self { roots: Vec::new(), fault, text };
        }
        Self::yaml(text)
    }

    /// The root of the first document.
    pub fn root(&self) -> Option<&Node> {
        self.roots.first()
    }
}

/// A collection that is being read.
struct Open {
    start: u32,
    mapping: bool,
    nodes: Vec<Node>,
}

/// Why a text is no YAML, and where.
type Fault = (Span, Bilingual);

fn read(text: &str) -> Result<Vec<Node>, Fault> {
    let mut places = Places { text, character: 0, byte: 0 };
    let mut roots = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            let at = places.byte(error.marker());
            let said = error.info().to_owned();
            (character_at(text, at), Bilingual::new(said.clone(), said))
        })?;
        let start = places.byte(&span.start);
        let node = match event {
            Event::Scalar(value, style, ..) => {
                let quoted = style != ScalarStyle::Plain;
                let end = if span.is_empty() { start } else { places.byte(&span.end) };
                Some(Node {
                    span: trimmed(text, start, end),
                    kind: Kind::Scalar { text: value.into_owned(), quoted },
                })
            }
            Event::Alias(_) => Some(Node { span: character_at(text, start), kind: Kind::Alias }),
            Event::SequenceStart(..) | Event::MappingStart(..) => {
                if open.len() >= MAX_DEPTH {
                    return Err((character_at(text, start), too_deep()));
                }
                let mapping = matches!(event, Event::MappingStart(..));
                open.push(Open { start, mapping, nodes: Vec::new() });
                None
            }
            Event::SequenceEnd | Event::MappingEnd => open.pop().map(|done| done.close(text)),
            _ => None,
        };
        let Some(node) = node else { continue };
        match open.last_mut() {
            Some(parent) => parent.nodes.push(node),
            None => roots.push(node),
        }
    }
    Ok(roots)
}

impl Open {
    fn close(self, text: &str) -> Node {
        let span = character_at(text, self.start);
        if !self.mapping {
            return Node { span, kind: Kind::Sequence(self.nodes) };
        }
        let mut entries = Vec::with_capacity(self.nodes.len() / 2);
        let mut nodes = self.nodes.into_iter();
        while let (Some(key), Some(value)) = (nodes.next(), nodes.next()) {
            entries.push((key, value));
        }
        Node { span, kind: Kind::Mapping(entries) }
    }
}

fn too_deep() -> Bilingual {
    Bilingual::new(
        format!("collections are nested more than {MAX_DEPTH} deep"),
        format!("嵌套超过 {MAX_DEPTH} 层"),
    )
}

/// Leads from the parser's character counts to bytes. The parser goes forward, so each character is counted once; a
/// step back starts again.
struct Places<'t> {
    text: &'t str,
    character: usize,
    byte: usize,
}

impl Places<'_> {
    fn byte(&mut self, marker: &Marker) -> u32 {
        let wanted = marker.index();
        if wanted < self.character {
            // The end of one event may lie behind the start of the next.
            while self.character > wanted {
                let before = self.text.get(..self.byte).and_then(|before| before.chars().next_back());
                self.byte -= before.map_or(1, char::len_utf8).min(self.byte);
                self.character -= 1;
            }
        }
        for character in self.text.get(self.byte..).unwrap_or_default().chars().take(wanted - self.character)
        {
            self.byte += character.len_utf8();
        }
        self.character = wanted;
        self.byte as u32
    }
}

/// The character at `at`, or the empty place at the end of the text.
fn character_at(text: &str, at: u32) -> Span {
    let mut start = (at as usize).min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let length = text.get(start..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    Span { start: start as u32, end: (start + length) as u32 }
}

/// The range without the blanks at its end, and within its first line.
fn trimmed(text: &str, start: u32, end: u32) -> Span {
    let written = text.get(start as usize..end as usize).unwrap_or_default();
    let first = written.lines().next().unwrap_or_default().trim_end();
    Span { start, end: start + first.len() as u32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn yaml(text: &str) -> Document {
        Document::yaml(Arc::new(SourceText::decode_plain("a.yml".into(), text.as_bytes()).unwrap()))
    }

    fn json(text: &str) -> Document {
        Document::json(Arc::new(SourceText::decode_plain("a.json".into(), text.as_bytes()).unwrap()))
    }

    #[test]
    fn keys_are_where_they_stand_and_twice_when_they_are_twice() {
        let document = yaml("名: 一\na: {b: 2, b: 3}\nlist:\n  - x\n  - 'y'\nempty:\n");
        let root = document.root().unwrap();
        let keys: Vec<(&str, &str)> = root
            .entries()
            .iter()
            .map(|(key, _)| (key.as_str().unwrap(), document.text.slice(key.span)))
            .collect();
        assert_eq!(keys, [("名", "名"), ("a", "a"), ("list", "list"), ("empty", "empty")]);
        let inner = root.get("a").unwrap();
        assert_eq!(inner.entries().len(), 2);
        assert_eq!(inner.get("b").unwrap().as_str(), Some("3"));
        let items = root.get("list").unwrap().elements();
        assert_eq!(items.iter().map(|item| document.text.slice(item.span)).collect::<Vec<_>>(), ["x", "'y'"]);
        assert_eq!(root.get("empty").unwrap().as_str(), None);
        assert_eq!(root.descendants().len(), 15);
    }

    #[test]
    fn faults_say_where() {
        let document = yaml("a: 1\nb: [1, 2\nc: 3\n");
        let (span, _) = document.fault.unwrap();
        assert!(document.text.line_column(span.start).line >= 2);
        assert!(yaml("").fault.is_none() && yaml("# only\n").roots.is_empty());
        let document = json("{\"a\": 1,\n \"b\": }");
        let (span, why) = document.fault.unwrap();
        assert_eq!(document.text.line_column(span.start).line, 2);
        assert_eq!(why.en, "expected value");
        assert!(json("{\"a\": 1,}").fault.is_some(), "YAML takes it and JSON does not");
    }

    #[test]
    fn json_with_tabs_escapes_and_long_strings() {
        let long = "长".repeat(3000);
        let text = format!(
            "{{\n\t\"a\": [\n\t\t{{\"b\\n\":\"{long}\",\"c\":null}}\n\t],\n\t\"d\":\"x: y # z\"\n}}\n"
        );
        let document = json(&text);
        assert_eq!(document.fault, None);
        let root = document.root().unwrap();
        assert_eq!(root.get("d").unwrap().as_str(), Some("x: y # z"));
        let inner = &root.get("a").unwrap().elements()[0];
        assert_eq!(inner.get("b\n").unwrap().as_str(), Some(long.as_str()));
        assert_eq!(inner.get("c").unwrap().as_str(), None);
    }

    #[test]
    fn hostile_nesting_is_refused() {
        assert!(yaml(&"[".repeat(100_000)).fault.is_some());
        assert!(json(&"[".repeat(100_000)).fault.is_some());
    }
}
