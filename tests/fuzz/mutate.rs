//! Mutations of bytes, with words that mean something to the reader at hand.

use proptest::prelude::*;

/// One change; places are fractions of the input, so that they stay valid when it shrinks.
#[derive(Debug, Clone)]
pub(crate) enum Mutation {
    /// A bit is turned over.
    Flip(f64, u8),
    /// A stretch goes.
    Cut(f64, f64),
    /// A stretch is written again elsewhere.
    Copy(f64, f64, f64),
    /// A stretch is repeated where it stands.
    Repeat(f64, f64, usize),
    /// Bytes are put in.
    Insert(f64, Vec<u8>),
    /// A word is put in.
    Word(f64, &'static str),
    /// A line is exchanged with another.
    SwapLines(f64, f64),
}

pub(crate) const PYTHON: &[&str] = &[
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    "=",
    "*",
    "**",
    "\"",
    "'",
    "\"\"\"",
    "\\",
    "\n",
    "\r",
    "\t",
    "    ",
    "#",
    "\0",
    "\u{c}",
    "\u{feff}",
    "\u{202e}",
    "\u{1b}[31m",
    "名",
    "é",
    "f\"{x}\"",
    "rb''",
    "lambda: ",
    "if x:\n",
    "else:\n",
    "for i in range(9):\n",
    "while True:\n",
    "class Migration(migrations.Migration):\n",
    "def f():\n",
    "return ",
    "yield ",
    "import ",
    "from . import *\n",
    "operations",
    "dependencies",
    "replaces",
    "run_before",
    "initial = True\n",
    "Migration",
    "migrations.AddField(",
    "migrations.RunPython(f)",
    "migrations.RunSQL(",
    "migrations.SeparateDatabaseAndState(",
    "models.CharField(max_length=9)",
    "settings.AUTH_USER_MODEL",
    "__first__",
    "__latest__",
    " + ",
    " % ",
    " * 99999999",
    "[::-1]",
    ".append(",
    ".format(",
    ".join(",
    "<<<<<<< a\n",
    "=======\n",
    ">>>>>>> b\n",
    "# bklog-lint: ignore[NAM001] x",
    "# coding: gbk\n",
    "print 'x'\n",
    "match x:\n",
    "except A, b:\n",
    "async ",
    "await ",
    "global x\n",
    "del Migration\n",
    ":= 1",
    "1e999",
    "0x",
    "9999999999999999999999",
];

pub(crate) const REQUIREMENTS: &[&str] = &[
    "==",
    ">=",
    "<",
    "~=",
    "!=",
    "===",
    "*",
    ",",
    ";",
    "[",
    "]",
    "(",
    ")",
    "@",
    "#",
    "\\\n",
    "\r\n",
    "\n",
    "\0",
    " ",
    "-r ",
    "-c ",
    "-e ",
    "--hash=sha256:",
    "--index-url https://u:p@h/",
    "-r requirements.txt\n",
    "python_version",
    "sys_platform",
    " and ",
    " or ",
    "'3.8'",
    "extra == 'x'",
    "git+https://h/a#egg=b",
    "${A}",
    "1!2.0",
    ".dev1",
    "rc1",
    "+local",
    "Django",
    "99999999999999999999",
    "\u{feff}",
    "名",
    "python-3.11.0",
];

pub(crate) const YAML: &[&str] = &[
    ":",
    ": ",
    "- ",
    "? ",
    "| ",
    ">-\n",
    "&a ",
    "*a",
    "<<: ",
    "!t ",
    "!!binary ",
    "{",
    "}",
    "[",
    "]",
    ",",
    "'",
    "\"",
    "#",
    "\n",
    "\n  ",
    "\t",
    "---\n",
    "...\n",
    "%YAML 1.2\n",
    "null",
    "~",
    "yes",
    "0x1f",
    "1e999",
    ".inf",
    "{{ a }}",
    "__A__",
    "${A}",
    "version",
    "environment_variables",
    "\0",
    "\u{85}",
    "\u{2028}",
    "\u{feff}",
    "名",
    "FROM python:3.11\n",
    "key: value\n",
];

pub(crate) const SQL: &[&str] = &[
    "'",
    "\"",
    "`",
    "''",
    "\\",
    "\\'",
    ";",
    ";;",
    "--",
    "-- ",
    "#",
    "/*",
    "*/",
    "/*!80000 ",
    "/*+ ",
    "\n",
    "\0",
    "(",
    ")",
    ",",
    "DELIMITER //\n",
    "DELIMITER\n",
    "//",
    "$$",
    "BEGIN",
    "END",
    "CREATE TABLE ",
    "ALTER TABLE ",
    "INSERT INTO ",
    " VALUES ",
    "DROP ",
    "USE `b`;\n",
    "GRANT ALL ON *.* TO ",
    " IDENTIFIED BY 'x'",
    "x'1f'",
    "0x",
    "_utf8mb4",
    "N'a'",
    "@@global.",
    "1e9",
    "utf8",
    "名",
    "\u{2019}",
    "-- Dump completed\n",
    "\u{ff}",
    "REDIS0011",
    "\\N",
];

pub(crate) const CSV: &[&str] = &[
    ",",
    "\"",
    "\"\"",
    "\n",
    "\r",
    "\r\n",
    " ",
    "\u{feff}",
    "\0",
    "\t",
    ";",
    "名",
    "\u{1b}[31m",
    "created_at",
    "ctime",
    ",,,,",
    "wrong names",
    "\u{202e}",
    "=cmd|x",
    "::error::x",
    "\"a\nb\"",
];

pub(crate) const TOML: &[&str] = &[
    "[",
    "]",
    "[[",
    "]]",
    "{",
    "}",
    "=",
    ".",
    ",",
    "\"",
    "'",
    "\"\"\"",
    "'''",
    "\\u0000",
    "\\",
    "\n",
    "\r",
    "#",
    "\0",
    "\u{feff}",
    "true",
    "2027-02-30",
    "2027-06-30",
    "1e5",
    "-0",
    "nan",
    "inf",
    "99999999999999999999",
    "select",
    "ignore",
    "severity",
    "fail-on",
    "lang",
    "project",
    "exclude",
    "database",
    "tool.bklog-lint",
    "GRA",
    "NAM001",
    "**",
    "{a,b}",
    "[!",
    "\u{1b}[31m",
    "名",
    "\u{85}",
];

pub(crate) const ACCEPTANCE: &[&str] = &[
    "#",
    "bklog-lint:",
    "ignore",
    "ignore-file",
    "[",
    "]",
    "NAM001",
    ",",
    "\n",
    "\"",
    "-----",
    "{",
    "}",
    ":",
    "\u{1b}[31m",
    "\0",
    "名",
    "fingerprint",
    "schema_version",
    "null",
    "1e9",
    "\\u0000",
    "\\ud800",
];

/// A seed's number and what becomes of it.
pub(crate) fn mutations(
    seeds: usize,
    words: &'static [&'static str],
) -> impl Strategy<Value = (usize, Vec<Mutation>)> {
    let at = || 0.0..=1.0_f64;
    let short = || 0.0..0.2_f64;
    let mutation = prop_oneof![
        2 => (at(), 0..8_u8).prop_map(|(at, bit)| Mutation::Flip(at, bit)),
        3 => (at(), short()).prop_map(|(at, length)| Mutation::Cut(at, length)),
        2 => (at(), short(), at()).prop_map(|(from, length, to)| Mutation::Copy(from, length, to)),
        1 => (at(), short(), 2..40_usize).prop_map(|(at, length, times)| Mutation::Repeat(at, length, times)),
        2 => (at(), prop::collection::vec(any::<u8>(), 1..6)).prop_map(|(at, bytes)| Mutation::Insert(at, bytes)),
        6 => (at(), prop::sample::select(words)).prop_map(|(at, word)| Mutation::Word(at, word)),
        2 => (at(), at()).prop_map(|(a, b)| Mutation::SwapLines(a, b)),
    ];
    (0..seeds, prop::collection::vec(mutation, 0..12))
}

impl Mutation {
    pub(crate) fn apply_all(seed: &[u8], mutations: &[Self]) -> Vec<u8> {
        let mut bytes = seed.to_vec();
        for mutation in mutations {
            mutation.apply(&mut bytes);
            // Repeated repetition would grow without end.
            bytes.truncate(200_000);
        }
        bytes
    }

    fn apply(&self, bytes: &mut Vec<u8>) {
        let place = |fraction: &f64, length: usize| ((*fraction * length as f64) as usize).min(length);
        let stretch = |at: &f64, share: &f64, length: usize| {
            let start = place(at, length);
            start..(start + place(share, length).max(1)).min(length)
        };
        let length = bytes.len();
        match self {
            Self::Flip(at, bit) => {
                if let Some(byte) = bytes.get_mut(place(at, length)) {
                    *byte ^= 1 << bit;
                }
            }
            Self::Cut(at, share) => {
                bytes.drain(stretch(at, share, length));
            }
            Self::Copy(from, share, to) => {
                let piece = bytes[stretch(from, share, length)].to_vec();
                insert(bytes, place(to, length), &piece);
            }
            Self::Repeat(at, share, times) => {
                let range = stretch(at, share, length);
                let piece = bytes[range.clone()].repeat(*times);
                insert(bytes, range.end, &piece);
            }
            Self::Insert(at, piece) => insert(bytes, place(at, length), piece),
            Self::Word(at, word) => insert(bytes, place(at, length), word.as_bytes()),
            Self::SwapLines(a, b) => {
                let mut lines: Vec<Vec<u8>> =
                    bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
                let last = lines.len() - 1;
                lines.swap(place(a, last), place(b, last));
                *bytes = lines.join(&b'\n');
            }
        }
    }
}

fn insert(bytes: &mut Vec<u8>, at: usize, piece: &[u8]) {
    bytes.splice(at..at, piece.iter().copied());
}
