//! Values of YAML as PyYAML's `safe_load` gives them to a program.

use std::sync::Arc;

use super::document::{Document, Kind, Node};
use crate::source::Span;
use crate::syntax::{Expr, Reason, Value};

/// How deep collections are followed.
const MAX_DEPTH: usize = 32;

/// The value of a node, with spans that are moved by `base`.
///
/// What PyYAML makes something else of than a plain value (aliases, merge keys, tags, dates) is unknown.
pub fn value_of(document: &Document, node: &Node, base: u32) -> Expr {
    let read = Reading { document, base, unknown: Reason::DeploymentFile(document.text.path.clone()) };
    read.value(node, 0)
}

struct Reading<'a> {
    document: &'a Document,
    base: u32,
    unknown: Reason,
}

impl Reading<'_> {
    fn value(&self, node: &Node, depth: usize) -> Expr {
        let span = Span { start: node.span.start + self.base, end: node.span.end + self.base };
        let unknown = || Value::Unknown(self.unknown.clone());
        let value = match &node.kind {
            _ if depth > MAX_DEPTH || self.is_tagged(node) => unknown(),
            Kind::Scalar { text, quoted: true } => Value::Str(text.as_str().into()),
            Kind::Scalar { text, quoted: false } => plain_scalar(text).unwrap_or_else(unknown),
            Kind::Sequence(items) => {
                Value::List(Arc::new(items.iter().map(|item| self.value(item, depth + 1)).collect()))
            }
            Kind::Mapping(entries) => self.mapping(entries, depth).unwrap_or_else(unknown),
            Kind::Alias => unknown(),
        };
        Expr { span, value }
    }

    fn mapping(&self, entries: &[(Node, Node)], depth: usize) -> Option<Value> {
        let mut out: Vec<(Expr, Expr)> = Vec::new();
        for (key, value) in entries {
            let key = self.value(key, depth + 1);
            let merges = key.as_str() == Some("<<");
            if merges || matches!(key.value, Value::Unknown(_)) {
                return None;
            }
            let value = self.value(value, depth + 1);
            // Of a key that stands twice the last one counts, in the place of the first.
            match out.iter_mut().find(|(known, _)| known.value == key.value) {
                Some(known) => known.1 = value,
                None => out.push((key, value)),
            }
        }
        Some(Value::Dict(Arc::new(out)))
    }

    /// Whether a tag (`!!str 5`) says what the value is; no plain scalar begins with its sign.
    fn is_tagged(&self, node: &Node) -> bool {
        let text = &self.document.text.text;
        let (start, end) = (node.span.start as usize, node.span.end as usize);
        let before = text.get(..start).unwrap_or_default().trim_end_matches([' ', '\t']);
        let word = before.rsplit([' ', '\t', '\n', ':', '-', ',', '[', '{']).next().unwrap_or_default();
        word.starts_with('!') || text.get(start..end).is_some_and(|written| written.starts_with('!'))
    }
}

/// A plain scalar by the rules of YAML 1.1, as PyYAML has them; `None` for dates and times.
fn plain_scalar(text: &str) -> Option<Value> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Some(Value::None),
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Some(Value::Bool(true));
        }
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Some(Value::Bool(false));
        }
        _ => {}
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_digits(unsigned) && (unsigned == "0" || !unsigned.starts_with('0')) {
        let digits = text.strip_prefix('+').unwrap_or(text);
        return Some(digits.parse().map_or_else(|_| Value::Number(digits.into()), Value::Int));
    }
    let dots = text.matches('.').count();
    if dots == 1 && unsigned.split('.').all(is_digits) {
        return Some(Value::Number(text.strip_prefix('+').unwrap_or(text).into()));
    }
    // An address or a version.
    if dots > 1 && text.split('.').all(is_digits) {
        return Some(Value::Str(text.into()));
    }
    // Numbers of other bases and forms, dates and times: nothing that settings need.
    let may_be_number = unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && unsigned.chars().all(|c| c.is_ascii_hexdigit() || "_:.+-xob tTZinfa".contains(c));
    let is_float_word = [".inf", ".nan"].iter().any(|word| unsigned.eq_ignore_ascii_case(word));
    (!may_be_number && !is_float_word && text != "=").then(|| Value::Str(text.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceText;

    #[test]
    fn values_are_those_that_pyyaml_gives() {
        let source = "a: yes\nb: 'yes'\nc: 10\nd: 1.5\ne: 0o7\nf: 010\ng: 2020-01-01\nh: ~\ni: [1, x y]\n\
                      j: {k: on, k: off}\nl: !!str 5\nm: &n 1\no: *n\np:\n  <<: {q: 1}\nr: 1.2.3.4\ns: -3\nt: -.INF\n";
        let text = SourceText::decode_plain("prod.env.yml".into(), source.as_bytes()).unwrap();
        let document = Document::yaml(Arc::new(text));
        let shown: Vec<String> = document
            .root()
            .unwrap()
            .entries()
            .iter()
            .map(|(key, node)| {
                let value = value_of(&document, node, 0).value;
                let value = match value {
                    Value::Unknown(_) => "?".to_owned(),
                    value => crate::syntax::shown::value(&Expr { span: node.span, value }).to_string(),
                };
                format!("{}={value}", key.as_str().unwrap())
            })
            .collect();
        let expected = [
            "a=true",
            "b=\"yes\"",
            "c=10",
            "d=1.5",
            "e=?",
            "f=?",
            "g=?",
            "h=null",
            "i=[1,\"x y\"]",
            "j={\"k\":false}",
            "l=?",
            "m=1",
            "o=?",
            "p=?",
            "r=\"1.2.3.4\"",
            "s=-3",
            "t=?",
        ];
        assert_eq!(shown, expected);
    }
}
