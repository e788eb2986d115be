//! GitHub's `primaryLocationLineHash`: what tells an alert that moved from a new one.
//!
//! Derived from the published behaviour of github/codeql-action (`src/fingerprints.ts`): over the file's UTF-16 code
//! units without blanks and tabs, with CR and CRLF as LF, ended by 0xFFFF and zeros, the hash of a line is the
//! polynomial with base 37 modulo 2⁶⁴ of the 100 units from the line's start, followed by how often that value has
//! come up in the file.

use std::collections::HashMap;

use crate::source::SourceText;

/// Units that a hash covers.
const WINDOW: usize = 100;

/// The hash of every line of the file, first line first.
///
/// The file is taken as UTF-8, as GitHub takes it: of a file in another encoding GitHub hashes replacement characters
/// and gets other values, which it would then report as inconsistent and leave as they are.
pub(super) fn line_hashes(source: &SourceText) -> Vec<String> {
    // GitHub's reader keeps the byte order mark as a character.
    let mark = (source.file_offset(0) == 3).then_some('\u{feff}');
    hashes(mark.into_iter().chain(source.text.chars()))
}

fn hashes(text: impl Iterator<Item = char>) -> Vec<String> {
    let (units, starts) = units(text);
    let mut seen: HashMap<u64, usize> = HashMap::new();
    let hash = |start: usize| {
        let padded = units[start..].iter().copied().chain(std::iter::repeat(0)).take(WINDOW);
        padded.fold(0u64, |hash, unit| hash.wrapping_mul(37).wrapping_add(u64::from(unit)))
    };
    starts
        .into_iter()
        .map(|start| {
            let hash = hash(start);
            let count = seen.entry(hash).or_insert(0);
            *count += 1;
            format!("{hash:x}:{count}")
        })
        .collect()
}

/// The units that count, and where lines start among them.
fn units(text: impl Iterator<Item = char>) -> (Vec<u16>, Vec<usize>) {
    let (mut units, mut starts) = (Vec::new(), vec![0]);
    let mut after_cr = false;
    for c in text {
        let skip = c == ' ' || c == '\t' || (after_cr && c == '\n');
        after_cr = c == '\r';
        match c {
            _ if skip => {}
            '\r' | '\n' => {
                units.push(u16::from(b'\n'));
                starts.push(units.len());
            }
            c => units.extend_from_slice(c.encode_utf16(&mut [0; 2])),
        }
    }
    units.push(u16::MAX);
    (units, starts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(bytes: &[u8]) -> Vec<String> {
        line_hashes(&SourceText::decode("a.py".into(), bytes).unwrap())
    }

    /// Expected values were computed by a second implementation, in Python, straight from the definition; it gives
    /// GitHub's own published values for GitHub's own inputs.
    #[test]
    fn lines_hash_as_github_hashes_them() {
        let same_tail = ["ab1f8ed3e7dc41c1:1", "c129715d7a2bc9a3:1"];
        assert_eq!(of(b""), ["c129715d7a2bc9a3:1"]);
        assert_eq!(of(b"x = 1\n\ty = 2\n"), [&["5ceeb771b3aff0bd:1"], &same_tail[..]].concat());
        assert_eq!(of(b"\xef\xbb\xbfx = 1\ny = 2\n"), [&["50bb8dd4ca5b0b5c:1"], &same_tail[..]].concat());
        assert_eq!(
            of(b"a = 1\r\nb = 2\rc = 3\n\nd = 4"),
            [
                "834031725bf1ae7:1",
                "e319975283ae02f6:1",
                "672ac46075104433:1",
                "c70bf7d57404c9be:1",
                "cc9aabd3c590960c:1"
            ]
        );
        assert_eq!(of(b"a\r \nb"), ["67c066a59e652f5e:1", "cc4c43d77869440f:1", "8ee5a81e681643c1:1"]);
        assert_eq!(
            of("# 日志检索 🚀\r\nname = '中'\r\n".as_bytes()),
            ["25218158c910bf2e:1", "31a0e548abb9df1e:1", "c129715d7a2bc9a3:1"]
        );
        assert_eq!(
            of(format!("{}\ny = 1\n", "x".repeat(250)).as_bytes()),
            ["52b56201ffb58620:1", "17ab1ef2caecdd1c:1", "c129715d7a2bc9a3:1"]
        );
        assert_eq!(
            of("operations.append(1)\n".repeat(8).as_bytes()),
            [
                "b22019828d440822:1",
                "b22019828d440822:2",
                "b22019828d440822:3",
                "b22019828d440822:4",
                "fcca96e956635f5b:1",
                "3b0245eeda2ed349:1",
                "75697d00d108aecf:1",
                "2d37b63688777dcd:1",
                "c129715d7a2bc9a3:1"
            ]
        );
    }
}
