//! A statement while it is put together, and when it is done.

use std::sync::Arc;

use super::default::{Effective, Literal};
use crate::mysql::change::Change;
use crate::mysql::classify::Class;

/// One statement that Django runs.
#[derive(Debug, Clone)]
pub struct Statement {
    /// Its text, without a semicolon at the end.
    pub sql: String,
    /// The table that it is about; empty for statements of the project's own that name none.
    pub table: Arc<str>,
    /// What it does to that table.
    pub change: Change,
    /// What the server does with it.
    pub class: Class,
    /// Parts of the text that stand for a value which is computed when the migration runs, as they stand in it.
    pub holes: Vec<String>,
    /// Names of constraints and indexes that Django looks up in the database: here they follow the rules by which
    /// Django and the server make names.
    pub looked_up: Vec<Arc<str>>,
}

/// The text of a statement, with values that are not quoted yet.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Sql {
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq)]
enum Piece {
    Text(String),
    /// A quoted value.
    Value(String),
    Hole(String),
}

impl Sql {
    /// A text without values.
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self { pieces: vec![Piece::Text(text.into())] }
    }

    /// Adds text.
    pub(super) fn text(&mut self, text: impl AsRef<str>) -> &mut Self {
        match self.pieces.last_mut() {
            Some(Piece::Text(last)) => last.push_str(text.as_ref()),
            _ => self.pieces.push(Piece::Text(text.as_ref().to_owned())),
        }
        self
    }

    /// Adds a default; `NULL` for none.
    pub(super) fn value(&mut self, value: &Effective) -> &mut Self {
        self.pieces.push(match value {
            Effective::None => Piece::Value("NULL".to_owned()),
            Effective::Known(Literal { sql, .. }) => Piece::Value(sql.clone()),
            Effective::Hole(what) => Piece::Hole(hole(what)),
        });
        self
    }

    /// Adds another text with its values.
    pub(super) fn append(&mut self, other: Self) -> &mut Self {
        self.pieces.extend(other.pieces);
        self
    }

    /// Whether it holds a value that Django passes as a parameter.
    pub(super) fn has_values(&self) -> bool {
        self.pieces.iter().any(|piece| !matches!(piece, Piece::Text(_)))
    }

    /// Whether it begins with a parenthesis.
    pub(super) fn in_parentheses(&self) -> bool {
        matches!(self.pieces.iter().find(|piece| !matches!(piece, Piece::Text(text) if text.is_empty())),
            Some(Piece::Text(text)) if text.starts_with('('))
    }

    /// The text and the holes in it. With `format`, text goes through Python's `%` as Django's does when it passes
    /// parameters: a doubled percent sign becomes one.
    pub(super) fn render(&self, format: bool) -> (String, Vec<String>) {
        let mut text = String::new();
        let mut holes = Vec::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(part) if format => text.push_str(&part.replace("%%", "%")),
                Piece::Text(part) | Piece::Value(part) => text.push_str(part),
                Piece::Hole(part) => {
                    text.push_str(part);
                    holes.push(part.clone());
                }
            }
        }
        (text, holes)
    }
}

/// How a value that is computed when the migration runs stands in a statement.
fn hole(what: &str) -> String {
    let what: String = what.chars().map(|char| if char.is_control() { ' ' } else { char }).collect();
    format!("<computed: {what}>")
}
