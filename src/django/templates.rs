//! What Django's template language no longer has, and where templates use it. A template is cut into tags, variables and
//! comments as Django's own lexer does it: nothing of them spans lines.

use std::sync::OnceLock;

use aho_corasick::AhoCorasick;
use serde::Deserialize;

use super::DjangoVersion;
use crate::source::Span;

const FACTS: &str = include_str!("../../rules/facts/template_names.toml");

/// A tag, filter or library that a release took away.
#[derive(Debug, Deserialize)]
pub struct Gone {
    /// What it is.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    deprecated: String,
    removed: String,
    /// What takes its place.
    pub replacement: String,
}

/// Kinds of names of the template language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// `{% ifequal %}`
    Tag,
    /// `{{ value|length_is }}`
    Filter,
    /// `{% load staticfiles %}`
    Library,
}

#[derive(Default, Deserialize)]
struct Facts {
    name: Vec<Gone>,
}

fn facts() -> &'static [Gone] {
    static TABLE: OnceLock<Facts> = OnceLock::new();
    &TABLE.get_or_init(|| toml::from_str(FACTS).unwrap_or_default()).name
}

impl Gone {
    /// From which release on it warns.
    pub fn deprecated(&self) -> Option<DjangoVersion> {
        self.deprecated.parse().ok()
    }

    /// From which release on it is gone.
    pub fn removed(&self) -> Option<DjangoVersion> {
        self.removed.parse().ok()
    }
}

/// Whether these bytes hold a name that matters, so that the file is worth being read.
pub fn may_use(bytes: &[u8]) -> bool {
    static NAMES: OnceLock<Option<AhoCorasick>> = OnceLock::new();
    let names = NAMES.get_or_init(|| AhoCorasick::new(facts().iter().map(|gone| &gone.name)).ok());
    names.as_ref().is_some_and(|names| names.is_match(bytes))
}

/// The uses in a template, in the order of their places.
pub fn uses_in(text: &str) -> Vec<(Span, &'static Gone)> {
    let mut out = Vec::new();
    let mut at = 0;
    // The tag that ends the part at hand, of which Django reads nothing else.
    let mut until: Option<String> = None;
    while let Some((start, end, opener)) = next_token(text, at) {
        let inside = text.get(start + 2..end - 2).unwrap_or_default();
        at = end;
        let words: Vec<&str> = inside.split_whitespace().collect();
        if let Some(wanted) = &until {
            if opener == '%' && words.join(" ") == *wanted {
                until = None;
            }
            continue;
        }
        match (opener, words.as_slice()) {
            ('#', _) => continue,
            ('%', ["comment", ..]) => until = Some("endcomment".to_owned()),
            ('%', ["verbatim", rest @ ..]) => until = Some([&["endverbatim"], rest].concat().join(" ")),
            ('%', ["load", names @ ..]) => {
                let libraries = match names.iter().rposition(|word| *word == "from") {
                    Some(from) => names.get(from + 1..).unwrap_or_default(),
                    None => names,
                };
                push_words(text, start, inside, libraries, Kind::Library, &mut out);
            }
            ('%', [tag, ..]) => push_words(text, start, inside, &[tag], Kind::Tag, &mut out),
            _ => {}
        }
        push_filters(start + 2, inside, &mut out);
    }
    out.sort_by_key(|(span, _)| *span);
    out
}

/// The next `{% %}`, `{{ }}` or `{# #}` from `at` on: start, end, and its second character.
fn next_token(text: &str, mut at: usize) -> Option<(usize, usize, char)> {
    loop {
        let start = at + text.get(at..)?.find('{')?;
        let closer = match text.as_bytes().get(start + 1)? {
            b'%' => "%}",
            b'{' => "}}",
            b'#' => "#}",
            _ => {
                at = start + 1;
                continue;
            }
        };
        let line = text.get(start + 2..)?.lines().next().unwrap_or_default();
        match line.find(closer) {
            Some(length) => {
                let opener = if closer == "}}" { '{' } else { char::from(*closer.as_bytes().first()?) };
                return Some((start, start + 2 + length + 2, opener));
            }
            None => at = start + 1,
        }
    }
}

fn push_words(
    text: &str,
    start: usize,
    inside: &str,
    words: &[&str],
    kind: Kind,
    out: &mut Vec<(Span, &'static Gone)>,
) {
    for word in words {
        let Some(gone) = facts().iter().find(|gone| gone.kind == kind && gone.name == *word) else {
            continue;
        };
        // The words are parts of `inside`, so that their place tells where they stand.
        let offset = word.as_ptr() as usize - inside.as_ptr() as usize;
        let from = start + 2 + offset;
        debug_assert_eq!(text.get(from..from + word.len()), Some(*word));
        out.push((Span { start: from as u32, end: (from + word.len()) as u32 }, gone));
    }
}

/// Filters behind `|`, outside of strings.
fn push_filters(base: usize, inside: &str, out: &mut Vec<(Span, &'static Gone)>) {
    let mut quote = None;
    for (at, c) in inside.char_indices() {
        match (quote, c) {
            (Some(open), _) if open == c => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '|') => {
                let behind = inside.get(at + 1..).unwrap_or_default();
                let name = behind.trim_start();
                let from = at + 1 + (behind.len() - name.len());
                let end = name.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(name.len());
                let name = name.get(..end).unwrap_or_default();
                let found = facts().iter().find(|gone| gone.kind == Kind::Filter && gone.name == name);
                if let Some(gone) = found {
                    let start = (base + from) as u32;
                    out.push((Span { start, end: start + name.len() as u32 }, gone));
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        uses_in(text).into_iter().map(|(span, _)| &text[span.start as usize..span.end as usize]).collect()
    }

    #[test]
    fn tags_filters_and_libraries() {
        assert_eq!(
            found("{% load i18n staticfiles %}{% ifequal a b %}{% endifequal %}"),
            ["staticfiles", "ifequal"]
        );
        assert_eq!(found("{% load url from future %}{% load staticfiles from mine %}"), ["future"]);
        assert_eq!(
            found("{% if x|length_is:\"4\" %}{{ y | removetags:'a|length_is' }}"),
            ["length_is", "removetags"]
        );
        assert_eq!(
            found("{# {% ifequal a b %} #}{% comment \"x\" %}{% ifequal a b %}{% endcomment %}{% ssi 'x' %}"),
            ["ssi"]
        );
        assert_eq!(
            found("{% verbatim v %}{% ifequal %}{% endverbatim %}{% ssi %}{% endverbatim v %}"),
            Vec::<&str>::new()
        );
        assert_eq!(
            found("{% ifequal a\n b %} ifequal {{ ifequal }} {% static 'staticfiles' %}"),
            Vec::<&str>::new()
        );
    }

    #[test]
    fn the_table_reads() {
        assert!(facts().iter().all(|gone| gone.deprecated() < gone.removed() && gone.removed().is_some()));
        assert!(facts().len() > 5);
    }
}
