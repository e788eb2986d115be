//! String and number literals.

use std::borrow::Cow;
use std::sync::Arc;

use tree_sitter::Node;

use super::super::python::{Kind, kind, span};
use super::super::value::{Expr, Reason, Value};
use super::{Evaluator, format};

/// The prefix, body and quotes of a literal.
struct Literal<'t> {
    bytes: bool,
    raw: bool,
    formatted: bool,
    body: &'t str,
}

/// Takes a literal apart; `None` when it is not closed.
fn take_apart(source: &str) -> Option<Literal<'_>> {
    let at = source.find(['\'', '"'])?;
    let (prefix, rest) = source.split_at(at);
    let quote = &rest[..1];
    let triple = rest.len() >= 6 && rest[1..].starts_with(quote) && rest[2..].starts_with(quote);
    let width = if triple { 3 } else { 1 };
    let body = rest.get(width..rest.len().checked_sub(width)?)?;
    let has = |letter: char| prefix.chars().any(|each| each.eq_ignore_ascii_case(&letter));
    // Template strings (`t''`) are not strings, and are read as unknown.
    Some(Literal { bytes: has('b'), raw: has('r'), formatted: has('f') || has('t'), body })
}

impl<'t> Evaluator<'t> {
    /// A string literal, formatted or not.
    pub(super) fn string(&mut self, node: Node<'t>) -> Expr {
        let value = self.string_value(node);
        Expr { span: span(node), value }
    }

    fn string_value(&mut self, node: Node<'t>) -> Value {
        let source = self.source(node);
        if node.has_error() {
            return Value::Unknown(Reason::Syntax);
        }
        let Some(literal) = take_apart(source) else {
            return Value::Unknown(Reason::Syntax);
        };
        if literal.formatted {
            return self.formatted(node, literal.raw);
        }
        if literal.bytes {
            return match bytes(literal.body, literal.raw) {
                Some(bytes) => Value::Bytes(bytes.into()),
                None => Value::Unknown(Reason::Computed(self.shown(node))),
            };
        }
        if literal.raw || !literal.body.contains(['\\', '\r']) {
            return Value::Str(Arc::from(line_ends(literal.body).as_ref()));
        }
        match unescape(&line_ends(literal.body)) {
            Some(text) => Value::Str(text.into()),
            None => Value::Unknown(Reason::Computed(self.shown(node))),
        }
    }

    /// An f-string: known when every part is.
    fn formatted(&mut self, node: Node<'t>, raw: bool) -> Value {
        let computed = Value::Unknown(Reason::Computed(self.shown(node)));
        if self.source(node).starts_with(['t', 'T']) {
            return computed;
        }
        let mut out = String::new();
        let mut complete = true;
        for part in self.children(node) {
            match kind(part) {
                Kind::StringContent => {
                    let text = line_ends(self.source(part)).replace("{{", "{").replace("}}", "}");
                    match if raw { Some(text) } else { unescape(&text) } {
                        Some(text) => out.push_str(&text),
                        None => return computed,
                    }
                }
                Kind::Interpolation => {
                    let plain = part.child_by_field_name("format_specifier").is_none()
                        && part.child_by_field_name("type_conversion").is_none();
                    let Some(expression) = part.child_by_field_name("expression") else {
                        return computed;
                    };
                    // `{name=}` puts the source text in as well.
                    let with_source = (0..part.child_count())
                        .any(|at| part.child(at as u32).is_some_and(|child| child.kind() == "="));
                    let value = self.expression(expression);
                    match format::to_text(&value.value) {
                        Some(text) if plain && !with_source => out.push_str(&text),
                        _ if self.world.is_some() => {
                            complete = false;
                            out.push_str(&format::to_pattern(&value.value).unwrap_or_default());
                        }
                        _ => return computed,
                    }
                }
                _ => {}
            }
        }
        if complete { Value::Str(out.into()) } else { Value::Unknown(self.text_reason(out, node)) }
    }

    /// `'a' 'b'`
    pub(super) fn concatenated(&mut self, node: Node<'t>) -> Expr {
        let mut text = String::new();
        let mut bytes: Vec<u8> = Vec::new();
        for part in self.children(node) {
            match self.string(part).value {
                Value::Str(part) => text.push_str(&part),
                Value::Bytes(part) => bytes.extend_from_slice(&part),
                _ => return self.computed(node),
            }
        }
        let value = match (text.is_empty(), bytes.is_empty()) {
            (_, true) => Value::Str(text.into()),
            (true, false) => Value::Bytes(bytes.into()),
            (false, false) => return self.computed(node),
        };
        Expr { span: span(node), value }
    }

    /// An integer of any base.
    pub(super) fn integer(&mut self, node: Node<'t>) -> Expr {
        let digits: String = self.source(node).chars().filter(|each| *each != '_').collect();
        let lower = digits.to_ascii_lowercase();
        let parsed = match lower.get(..2) {
            Some("0x") => i64::from_str_radix(&lower[2..], 16),
            Some("0o") => i64::from_str_radix(&lower[2..], 8),
            Some("0b") => i64::from_str_radix(&lower[2..], 2),
            _ => lower.parse(),
        };
        let value = match parsed {
            Ok(number) => Value::Int(number),
            Err(_) => Value::Number(Arc::from(lower)),
        };
        Expr { span: span(node), value }
    }
}

/// Python reads every line end inside a literal as LF.
fn line_ends(text: &str) -> Cow<'_, str> {
    if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n").into() } else { text.into() }
}

/// Resolves escape sequences; `None` where the result is no text (a surrogate, an unknown `\N{name}`).
fn unescape(text: &str) -> Option<String> {
    let Some(first) = text.find('\\') else {
        return Some(text.to_owned());
    };
    let mut out = String::with_capacity(text.len());
    out.push_str(&text[..first]);
    let mut rest = text[first..].chars();
    while let Some(character) = rest.next() {
        if character != '\\' {
            out.push(character);
            continue;
        }
        match rest.next()? {
            '\n' => {}
            'a' => out.push('\x07'),
            'b' => out.push('\x08'),
            'f' => out.push('\x0C'),
            'n' => out.push('\n'),
            'r' => out.push('\r'),
            't' => out.push('\t'),
            'v' => out.push('\x0B'),
            quoted @ ('\\' | '\'' | '"') => out.push(quoted),
            'x' => out.push(hexadecimal(&mut rest, 2)?),
            'u' => out.push(hexadecimal(&mut rest, 4)?),
            'U' => out.push(hexadecimal(&mut rest, 8)?),
            'N' => return None,
            digit @ '0'..='7' => {
                let mut code = digit.to_digit(8)?;
                for _ in 0..2 {
                    let Some(next) = rest.clone().next().and_then(|each| each.to_digit(8)) else {
                        break;
                    };
                    rest.next();
                    code = code * 8 + next;
                }
                out.push(char::from_u32(code)?);
            }
            other => {
                out.push('\\');
                out.push(other);
            }
        }
    }
    Some(out)
}

fn hexadecimal(rest: &mut std::str::Chars<'_>, digits: usize) -> Option<char> {
    let mut code = 0_u32;
    for _ in 0..digits {
        code = code.checked_mul(16)?.checked_add(rest.next()?.to_digit(16)?)?;
    }
    char::from_u32(code)
}

/// The bytes of a `b''` literal.
fn bytes(body: &str, raw: bool) -> Option<Vec<u8>> {
    let body = line_ends(body);
    if !body.is_ascii() {
        return None;
    }
    if raw || !body.contains('\\') {
        return Some(body.into_owned().into_bytes());
    }
    // In bytes every character is one byte, and `\u` and `\N` are no escapes.
    if body.contains("\\u") || body.contains("\\U") || body.contains("\\N") {
        return None;
    }
    unescape(&body)?.chars().map(|each| u8::try_from(u32::from(each)).ok()).collect()
}
