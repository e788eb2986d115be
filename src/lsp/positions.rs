//! Positions: bytes here, lines and code units there.

use lsp_types::{Position, PositionEncodingKind, Range};

use crate::findings::Place;
use crate::source::{SourceText, Span};

/// The units in which the editor counts within a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Encoding {
    Utf8,
    /// What every editor speaks.
    #[default]
    Utf16,
    Utf32,
}

impl Encoding {
    /// Bytes where the editor offers them, since they cost nothing to count.
    pub(super) fn chosen(offered: Option<&[PositionEncodingKind]>) -> Self {
        let offers = |kind: PositionEncodingKind| offered.is_some_and(|offered| offered.contains(&kind));
        if offers(PositionEncodingKind::UTF8) {
            Self::Utf8
        } else if offers(PositionEncodingKind::UTF32) && !offers(PositionEncodingKind::UTF16) {
            Self::Utf32
        } else {
            Self::Utf16
        }
    }

    pub(super) fn kind(self) -> PositionEncodingKind {
        match self {
            Self::Utf8 => PositionEncodingKind::UTF8,
            Self::Utf16 => PositionEncodingKind::UTF16,
            Self::Utf32 => PositionEncodingKind::UTF32,
        }
    }

    /// Units of a text.
    pub(super) fn units(self, text: &str) -> u32 {
        let units = match self {
            Self::Utf8 => text.len(),
            Self::Utf16 => text.encode_utf16().count(),
            Self::Utf32 => text.chars().count(),
        };
        units as u32
    }

    /// The byte in `line` at which a unit begins; the end of the line for units behind it, the beginning of the character
    /// for units inside one.
    pub(super) fn byte(self, line: &str, unit: u32) -> usize {
        let mut left = unit as usize;
        for (at, c) in line.char_indices() {
            let width = match self {
                Self::Utf8 => c.len_utf8(),
                Self::Utf16 => c.len_utf16(),
                Self::Utf32 => 1,
            };
            if left < width {
                return at;
            }
            left -= width;
        }
        line.len()
    }
}

/// The position of a byte of a text.
pub(super) fn position(text: &SourceText, offset: u32, encoding: Encoding) -> Position {
    let at = text.line_column(offset);
    let line = text.line_span(at.line);
    let before = text.slice(Span { start: line.start, end: offset.min(line.end) });
    Position { line: at.line - 1, character: encoding.units(before) }
}

/// The range of a span of a text.
pub(super) fn range(text: &SourceText, span: Span, encoding: Encoding) -> Range {
    Range { start: position(text, span.start, encoding), end: position(text, span.end, encoding) }
}

/// The range of a place; without its text by lines and characters alone, which is right for text without characters
/// outside the basic plane.
pub(super) fn place(text: Option<&SourceText>, place: &Place, encoding: Encoding) -> Range {
    match text {
        Some(text) => range(text, place.span, encoding),
        None => {
            let position =
                |at: crate::source::LineColumn| Position { line: at.line - 1, character: at.column - 1 };
            Range { start: position(place.start), end: position(place.end) }
        }
    }
}

/// The byte of a text at a position; its end for lines behind it.
pub(super) fn offset(text: &SourceText, position: Position, encoding: Encoding) -> u32 {
    let line = text.line_span(position.line.saturating_add(1));
    line.start + encoding.byte(text.slice(line), position.character) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_of_every_encoding_lead_there_and_back() {
        let text = SourceText::decode("a.py".into(), "a\r\nx = '中😀é'  # b\nlast".as_bytes()).unwrap();
        for encoding in [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32] {
            for (at, _) in text.text.char_indices().filter(|(_, c)| !matches!(c, '\r' | '\n')) {
                let position = position(&text, at as u32, encoding);
                assert_eq!(offset(&text, position, encoding), at as u32, "{encoding:?} {position:?}");
            }
        }
        let at = text.text.find('é').unwrap() as u32;
        let character = |encoding| position(&text, at, encoding).character;
        assert_eq!([Encoding::Utf8, Encoding::Utf16, Encoding::Utf32].map(character), [12, 8, 7]);
        assert_eq!(
            offset(&text, Position { line: 9, character: 9 }, Encoding::Utf16),
            text.text.len() as u32
        );
        assert_eq!(offset(&text, Position { line: 0, character: 99 }, Encoding::Utf16), 1);
        // Inside a pair of surrogates: the character.
        assert_eq!(Encoding::Utf16.byte("😀", 1), 0);
    }

    #[test]
    fn bytes_are_chosen_where_they_are_offered() {
        assert_eq!(Encoding::chosen(None), Encoding::Utf16);
        let both = [PositionEncodingKind::UTF16, PositionEncodingKind::UTF8];
        assert_eq!(Encoding::chosen(Some(&both)), Encoding::Utf8);
        assert_eq!(Encoding::chosen(Some(&[PositionEncodingKind::UTF32])), Encoding::Utf32);
    }
}
