//! JSON that nobody obeys on its way: whoever reads it gets every string as it is, but the text holds no command of a
//! build server, no character that a terminal obeys, and none that nobody sees.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, PrettyFormatter, Serializer};

use super::visible::{self, Shown};

/// Writes `value` with indentation and a line break at the end.
///
/// # Errors
/// Those of `out`.
pub(crate) fn write(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let mut serializer = Serializer::with_formatter(&mut *out, Harmless(PrettyFormatter::new()));
    value.serialize(&mut serializer)?;
    writeln!(out)
}

struct Harmless<'a>(PrettyFormatter<'a>);

impl Formatter for Harmless<'_> {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut written = 0;
        let mut after_hash = false;
        for (at, c) in fragment.char_indices() {
            // `##[error]` and `##vso[…]` are commands wherever they stand in a line.
            let is_second_hash = after_hash && c == '#';
            after_hash = c == '#';
            if !is_second_hash && matches!(visible::shown(c), Shown::Same) {
                continue;
            }
            writer.write_all(&fragment.as_bytes()[written..at])?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            written = at + c.len_utf8();
        }
        writer.write_all(&fragment.as_bytes()[written..])
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_as_they_were_once_they_are_read() {
        let hostile =
            "x ##[error] ###vso[ \u{9b}31m \u{202e} \u{7f} \u{e0001} \u{1b} 中文 👨\u{200d}👩 \"\\ #";
        let value = serde_json::json!({ "a": [hostile, {}], hostile: 1 });
        let mut out = Vec::new();
        write(&value, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
        assert!(
            text.contains(
                r"x #\u0023[error] #\u0023\u0023vso[ \u009b31m \u202e \u007f \udb40\udc01 \u001b 中文 👨"
            ),
            "{text}"
        );
        assert!(!text.contains("##"));
        // Plain values look as they always did.
        let plain = serde_json::json!({ "a": [1, "b #1"], "c": {} });
        let mut out = Vec::new();
        write(&plain, &mut out).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            format!("{}\n", serde_json::to_string_pretty(&plain).unwrap())
        );
    }
}
