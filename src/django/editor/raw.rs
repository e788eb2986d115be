//! `RunSQL`: statements that the migration holds as text.
//!
//! Source: `_run_sql` of `django/db/migrations/operations/special.py`, `prepare_sql_script` of
//! `django/db/backends/base/operations.py` (a text is cut into statements and loses its comments; the entries of a list
//! are run as they are).

use std::sync::Arc;

use super::super::operation::Operation;
use super::super::unknown::{Maybe, Unknown};
use super::literal::{quote_float, quote_text};
use super::{Editor, default};
use crate::mysql::statement_change::read_change;
use crate::mysql::{FaultKind, splitter};
use crate::syntax::{Expr, Value};

impl Editor<'_> {
    /// `RunSQL`
    pub(super) fn run_sql(&mut self, operation: &Operation) -> Maybe<()> {
        let sql = operation.arg("sql").ok_or_else(unknown_text)?;
        match &sql.value {
            Value::Str(text) => {
                for statement in statements(text)? {
                    self.run_text(&statement);
                }
            }
            Value::List(items) | Value::Tuple(items) => {
                let texts: Maybe<Vec<String>> = items.iter().map(|item| self.entry(item)).collect();
                for text in texts? {
                    self.run_text(&text);
                }
            }
            Value::Imported(path) if path.ends_with("RunSQL.noop") => {}
            Value::Unknown(reason) => return Err(Unknown::of(reason)),
            _ => return Err(unknown_text()),
        }
        Ok(())
    }

    /// An entry of a list: a statement, or a statement and its parameters.
    fn entry(&self, item: &Expr) -> Maybe<String> {
        match &item.value {
            Value::Str(text) => Ok(text.to_string()),
            Value::Unknown(reason) => Err(Unknown::of(reason)),
            _ => match item.elements() {
                Some([Expr { value: Value::Str(text), .. }, parameters]) => match &parameters.value {
                    Value::None => Ok(text.to_string()),
                    _ => self.fill(text, parameters),
                },
                _ => Err(unknown_text()),
            },
        }
    }

    /// Python's `%` with quoted parameters.
    fn fill(&self, text: &str, parameters: &Expr) -> Maybe<String> {
        let mut values = parameters.elements().ok_or_else(unknown_text)?.iter();
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('%') {
            out.push_str(before);
            if let Some(after) = after.strip_prefix('%') {
                out.push('%');
                rest = after;
            } else if let Some(after) = after.strip_prefix('s') {
                out.push_str(&self.quoted(values.next().ok_or_else(unknown_text)?)?);
                rest = after;
            } else {
                return Err(unknown_text());
            }
        }
        out.push_str(rest);
        Ok(out)
    }

    fn quoted(&self, value: &Expr) -> Maybe<String> {
        Ok(match &value.value {
            Value::Str(text) => {
                let quoted = quote_text(text);
                if self.features.doubled_percent { quoted.replace('%', "%%") } else { quoted }
            }
            Value::Int(number) => number.to_string(),
            Value::Bool(value) => u8::from(*value).to_string(),
            Value::None => "NULL".to_owned(),
            Value::Number(_) => quote_float(default::float(value).ok_or_else(unknown_text)?),
            _ => return Err(unknown_text()),
        })
    }

    fn run_text(&mut self, text: &str) {
        let text = text.trim().trim_end_matches(';').trim_end();
        let (table, change, asked) = read_change(text);
        // Without a table it may have changed any; which one, nobody knows.
        let table: Arc<str> = table.unwrap_or_default();
        self.emit_asked(&table, (text.to_owned(), Vec::new()), change, Vec::new(), asked);
    }
}

/// The statements of a text, without comments.
fn statements(text: &str) -> Maybe<Vec<String>> {
    let script = splitter::split(text);
    let broken = script.faults.iter().any(|fault| fault.kind != FaultKind::NoDelimiter);
    if broken || script.statements.iter().any(|statement| statement.needs_delimiter) {
        return Err(Unknown::new(
            "the SQL of this operation cannot be cut into statements",
            "无法把该操作的 SQL 切分成语句",
        ));
    }
    let mut out = Vec::with_capacity(script.statements.len());
    for statement in &script.statements {
        let mut bare = String::new();
        let mut end = statement.span.start;
        for token in &statement.tokens {
            let between = text.get(end as usize..token.span.start as usize).unwrap_or("");
            bare.push_str(between);
            if token.kind == crate::mysql::TokenKind::Comment {
                bare.push(' ');
            } else {
                bare.push_str(token.text(text));
            }
            end = token.span.end;
        }
        if !bare.trim().is_empty() {
            out.push(bare.trim().to_owned());
        }
    }
    Ok(out)
}

fn unknown_text() -> Unknown {
    Unknown::new(
        "only running the code can tell the SQL of this operation",
        "只有运行代码才能知道该操作的 SQL",
    )
}
