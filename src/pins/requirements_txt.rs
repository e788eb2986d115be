//! Requirement files, line by line as pip reads them: continuations are joined, comments need white space in front of
//! their `#`, options stand behind the requirement, and `-r` and `-c` pull in other files.

use std::ops::Range;
use std::sync::Arc;

use super::requirement;
use super::{Declared, Entry, Group, Include, Index, Problem, ProblemKind, Wants};
use crate::source::Span;

/// Reads a requirement file (`constraint`: a file that only limits versions).
pub fn read(text: &str, constraint: bool) -> Declared {
    let mut declared = Declared::default();
    for line in logical_lines(text) {
        read_line(&line, constraint, &mut declared);
    }
    declared
}

/// A line after its continuations were joined and its comment was cut.
#[derive(Debug, Default, PartialEq, Eq)]
struct Line {
    text: String,
    /// Where pieces of `text` come from: offset in `text`, offset in the file; sorted.
    pieces: Vec<(usize, usize)>,
}

impl Line {
    fn push(&mut self, piece: &str, at: usize) {
        self.pieces.push((self.text.len(), at));
        self.text.push_str(piece);
    }

    /// The place in the file of a range of `text`, cut at the end of the physical line on which it starts.
    fn span(&self, start: usize, end: usize) -> Span {
        let at = self.pieces.partition_point(|(from, _)| *from <= start).saturating_sub(1);
        let (from, file) = self.pieces.get(at).copied().unwrap_or_default();
        let piece_end = self.pieces.get(at + 1).map_or(self.text.len(), |(next, _)| *next);
        let end = end.clamp(start, piece_end.max(start));
        let first = file + (start - from);
        Span { start: first as u32, end: (first + (end - start)) as u32 }
    }
}

/// Joins and cuts the physical lines as pip's `preprocess` does.
fn logical_lines(text: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut open: Option<Line> = None;
    let mut at = 0;
    for physical in text.split_inclusive(ends_line) {
        let line = physical.trim_end_matches(|c| ends_line(c) || c == '\r');
        let is_comment = line.trim_start().starts_with('#');
        let mut current = open.take().unwrap_or_default();
        if !is_comment && line.ends_with('\\') {
            let kept = line.trim_end_matches('\\');
            // pip strips the backslashes of both ends.
            let inner = kept.trim_start_matches('\\');
            current.push(inner, at + (kept.len() - inner.len()));
            open = Some(current);
        } else {
            if is_comment {
                current.text.push(' ');
            }
            current.push(line, at);
            lines.push(current);
        }
        at += physical.len();
    }
    lines.extend(open);
    for line in &mut lines {
        if let Some(at) = comment_start(&line.text) {
            // pip takes the white space in front of it away too, or a backslash there would escape it.
            let kept = line.text.get(..at).unwrap_or_default().trim_end().len();
            line.text.truncate(kept);
        }
    }
    lines.retain(|line| !line.text.trim().is_empty());
    lines
}

/// The characters at which Python's `str.splitlines` cuts; a lone CR has become LF when the text was decoded.
fn ends_line(c: char) -> bool {
    matches!(c, '\n' | '\u{b}' | '\u{c}' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Where the comment starts: a `#` at the start or behind white space.
fn comment_start(text: &str) -> Option<usize> {
    let mut before = None::<char>;
    for (at, c) in text.char_indices() {
        if c == '#' && before.is_none_or(char::is_whitespace) {
            return Some(at);
        }
        before = Some(c);
    }
    None
}

fn read_line(line: &Line, constraint: bool, declared: &mut Declared) {
    let text = line.text.as_str();
    let start = text.len() - text.trim_start().len();
    let (end_of_args, has_args) = args_end(text, start);
    let args = text.get(start..end_of_args).unwrap_or_default().trim_end();
    let options = match words(text, end_of_args) {
        Ok(words) => options(&words),
        Err(detail) => {
            let span = line.span(end_of_args, text.trim_end().len());
            declared.problems.push(Problem { kind: ProblemKind::Option, span, detail: detail.into() });
            return;
        }
    };
    for option in &options {
        if let Some(range) = requirement::secret_in_url(&option.value) {
            let at = option.at.start + range.start;
            declared.secrets.push(line.span(at, (at + range.len()).min(option.at.end)));
        }
    }
    if has_args {
        options
            .iter()
            .filter(|option| option.name.is_empty())
            .for_each(|option| read_option(line, option, declared));
        let hashed = options.iter().any(|option| option.name == "--hash");
        push_requirement(line, args, &(start..start + args.len()), constraint, hashed, declared);
        return;
    }
    if let Some(option) = options.iter().find(|option| option.name == "--editable") {
        push_requirement(line, &option.value, &option.at, constraint, false, declared);
        return;
    }
    for option in &options {
        read_option(line, option, declared);
    }
}

/// Where the requirement ends and its options start: pip cuts at the first word, separated by single spaces, that
/// starts with a hyphen.
fn args_end(text: &str, start: usize) -> (usize, bool) {
    let mut at = start;
    for word in text.get(start..).unwrap_or_default().split(' ') {
        if word.starts_with('-') {
            return (at, !text.get(start..at).unwrap_or_default().trim().is_empty());
        }
        at += word.len() + 1;
    }
    (text.len(), true)
}

fn push_requirement(
    line: &Line,
    text: &str,
    at: &Range<usize>,
    constraint: bool,
    hashed: bool,
    declared: &mut Declared,
) {
    let span = line.span(at.start, at.end);
    if let Some(secret) = requirement::secret_span(text, span.start) {
        declared.secrets.push(secret);
    }
    match requirement::parse(text, true) {
        Ok(found) => {
            let group = if constraint { Group::Constraint } else { Group::Main };
            let short = match &found.wants {
                Wants::Versions(_) | Wants::Variable(_) => {
                    text.split(';').next().unwrap_or_default().trim_end()
                }
                Wants::Link(_) | Wants::Other(_) => text,
            };
            let span = line.span(at.start, (at.start + short.len()).min(at.end));
            declared.entries.push(Entry { hashed, ..Entry::new(found, group, span) });
        }
        Err(detail) => {
            declared.problems.push(Problem { kind: ProblemKind::Requirement, span, detail: detail.into() });
        }
    }
}

fn read_option(line: &Line, option: &OptionWord, declared: &mut Declared) {
    let span = line.span(option.at.start, option.at.end);
    match option.name {
        "--requirement" | "--constraint" => {
            if let Some(secret) = requirement::secret_span(&option.value, span.start) {
                declared.secrets.push(secret);
            }
            let target: Arc<str> = match option.value.contains("://") {
                true => requirement::link(&option.value).shown,
                false => option.value.as_str().into(),
            };
            declared.includes.push(Include { target, constraint: option.name == "--constraint", span });
        }
        "--index-url" | "--extra-index-url" | "--find-links" => {
            let secret = requirement::secret_span(&option.value, span.start);
            let host = requirement::host(&option.value).into();
            declared.indexes.push(Index { option: option.name.into(), host, secret, span });
        }
        "" => {
            let span = line.span(option.name_at.start, option.name_at.end);
            let detail = format!("no such option: {}", option.written).into();
            declared.problems.push(Problem { kind: ProblemKind::Option, span, detail });
        }
        _ => {}
    }
}

/// An option of a line with its value.
#[derive(Debug)]
struct OptionWord {
    /// Its long name; empty for one that pip does not take in a file.
    name: &'static str,
    /// As written.
    written: String,
    name_at: Range<usize>,
    value: String,
    /// Place of the value in the line.
    at: Range<usize>,
}

/// Options that pip takes in a requirement file: long name, short name, whether a value follows.
const OPTIONS: [(&str, &str, bool); 17] = [
    ("--index-url", "-i", true),
    ("--pypi-url", "", true),
    ("--extra-index-url", "", true),
    ("--no-index", "", false),
    ("--constraint", "-c", true),
    ("--requirement", "-r", true),
    ("--editable", "-e", true),
    ("--find-links", "-f", true),
    ("--no-binary", "", true),
    ("--only-binary", "", true),
    ("--prefer-binary", "", false),
    ("--require-hashes", "", false),
    ("--pre", "", false),
    ("--trusted-host", "", true),
    ("--use-feature", "", true),
    ("--global-option", "", true),
    ("--hash", "", true),
];
const CONFIG_SETTINGS: (&str, &str, bool) = ("--config-settings", "-C", true);

/// A word of the options, unquoted, with its place in the line (inside its quotation marks).
type Word = (String, Range<usize>);

/// The words of `text` from `from` on, as a POSIX shell cuts them.
fn words(text: &str, from: usize) -> Result<Vec<Word>, &'static str> {
    let mut words: Vec<Word> = Vec::new();
    let mut current: Option<Word> = None;
    let mut quote: Option<char> = None;
    let push = |current: &mut Option<Word>, c: char, at: usize, end: usize| {
        let word = current.get_or_insert((String::new(), at..at));
        word.0.push(c);
        word.1.end = end;
    };
    let mut chars = text.get(from..).unwrap_or_default().char_indices();
    while let Some((offset, c)) = chars.next() {
        let at = from + offset;
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some('"') | None, '\\') => {
                let (next, c) = chars.next().ok_or("nothing follows the backslash")?;
                push(&mut current, c, at, from + next + c.len_utf8());
            }
            (None, '\'' | '"') => {
                quote = Some(c);
                current.get_or_insert((String::new(), at + 1..at + 1));
            }
            (None, c) if c.is_whitespace() => words.extend(current.take()),
            (_, c) => push(&mut current, c, at, at + c.len_utf8()),
        }
    }
    if quote.is_some() {
        return Err("a quotation mark is not closed");
    }
    words.extend(current);
    Ok(words)
}

/// Options as `optparse` reads them: `--name value`, `--name=value`, an unambiguous beginning of the name, `-rvalue`.
fn options(words: &[Word]) -> Vec<OptionWord> {
    let mut found = Vec::new();
    let mut rest = words.iter();
    while let Some((word, at)) = rest.next() {
        let unknown = |written: &str| OptionWord {
            name: "",
            written: written.to_owned(),
            name_at: at.clone(),
            value: String::new(),
            at: at.clone(),
        };
        // A lone hyphen is no option, and what is none is ignored.
        if !word.starts_with('-') || word == "-" {
            continue;
        }
        let (written, inline) = if word.starts_with("--") {
            match word.split_once('=') {
                Some((name, value)) => (name, Some((value.to_owned(), at.start + name.len() + 1..at.end))),
                None => (word.as_str(), None),
            }
        } else {
            match (word.get(..2), word.get(2..)) {
                (Some(name), Some(value)) if !value.is_empty() => {
                    (name, Some((value.to_owned(), at.start + 2..at.end)))
                }
                _ => (word.as_str(), None),
            }
        };
        let Some((name, _, takes_value)) = option_named(written) else {
            found.push(unknown(written));
            continue;
        };
        if !takes_value && inline.is_some() {
            found.push(unknown(word));
            continue;
        }
        let value = match (takes_value, inline) {
            (true, Some(value)) => Some(value),
            (true, None) => rest.next().cloned(),
            (false, _) => Some((String::new(), at.clone())),
        };
        let (value, value_at) = value.unwrap_or_default();
        let name = if name == "--pypi-url" { "--index-url" } else { name };
        found.push(OptionWord {
            name,
            written: written.to_owned(),
            name_at: at.clone(),
            value,
            at: value_at,
        });
    }
    found
}

fn option_named(written: &str) -> Option<(&'static str, &'static str, bool)> {
    let all = || OPTIONS.iter().copied().chain([CONFIG_SETTINGS]);
    if let Some(exact) = all().find(|(long, short, _)| *long == written || *short == written) {
        return Some(exact);
    }
    let mut beginning = all().filter(|(long, _, _)| written.len() > 2 && long.starts_with(written));
    match (beginning.next(), beginning.next()) {
        (Some(one), None) => Some(one),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let declared = read(text, false);
        let entry = |entry: &Entry| {
            let wants = match &entry.wants {
                Wants::Versions(versions) => versions.to_string(),
                Wants::Link(link) => format!("{:?} {}", link.kind, link.shown),
                other => format!("{other:?}"),
            };
            let at = &text[entry.span.start as usize..entry.span.end as usize];
            format!("{} [{}] {wants} | {at}", entry.name, entry.extras.join(","))
        };
        declared.entries.iter().map(entry).chain(declared.problems.iter().map(|p| format!("{p:?}"))).collect()
    }

    #[test]
    fn continuations_hashes_and_comments() {
        let text = "Django==4.2.16 \\\n    --hash=sha256:1 \\\n    --hash=sha256:2\nfoo \\\n  ==1.0 # why\nbar==1#x\n";
        let declared = read(text, false);
        assert_eq!(declared.entries.len(), 2);
        assert!(declared.entries[0].hashed);
        assert_eq!(declared.entries[0].span, Span { start: 0, end: 14 });
        assert_eq!(declared.entries[1].pinned().unwrap().to_string(), "1.0");
        assert_eq!(declared.problems.len(), 1, "{:?}", declared.problems);
        // A comment ends a continuation, even with a backslash of its own.
        assert_eq!(read("a==1 \\\n# b==2 \\\nc==3\n", false).entries.len(), 2);
    }

    #[test]
    fn includes_indexes_and_options() {
        let text = "-r base.txt\n-rother.txt\n--requirement=./x.txt\n--constr c.txt\n-e git+https://h/x.git#egg=x\n\
                    --index-url https://u:pw@h/simple\n-i \"https://h/simple\"\n--nope\nDjango==4.2 -r ignored.txt\n";
        let declared = read(text, false);
        let targets: Vec<&str> = declared.includes.iter().map(|include| &*include.target).collect();
        assert_eq!(targets, ["base.txt", "other.txt", "./x.txt", "c.txt"]);
        assert!(declared.includes[3].constraint);
        assert_eq!(&text[declared.includes[1].span.start as usize..][..9], "other.txt");
        assert_eq!(declared.entries.len(), 2);
        assert_eq!(&*declared.indexes[0].host, "https://h");
        let secret = declared.indexes[0].secret.unwrap();
        assert_eq!(&text[secret.start as usize..secret.end as usize], "pw");
        assert_eq!(declared.secrets, [secret]);
        assert_eq!(declared.indexes[1].secret, None);
        assert_eq!(declared.problems.len(), 1);
        assert!(!format!("{declared:?}").contains("pw"));
    }

    #[test]
    fn entries_know_their_place() {
        insta::assert_snapshot!(
            shown(concat!(
                "celery[redis,sqs]==5.3.6\n",
                "Django[argon2] >= 4.2 , < 5.0 ; python_version > '3'\n",
                "\tPyMySQL==1.1.0\t# tab\n",
                "bar @ https://u:pw@x/y#egg=bar # real comment\n",
                "-e .\n./vendor/pkg-1.0-py3-none-any.whl\nfile:///opt/p.whl\nhttps://example.com/a-1.0.tar.gz#egg=a==1.0\n",
                "x==${V}\n",
            ))
            .join("\n")
        );
    }

    proptest::proptest! {
        #[test]
        fn spans_stay_inside(text in r"[a-z=\-.#@:/ \n\\'\t$é]{0,80}") {
            let declared = read(&text, false);
            for span in declared.entries.iter().map(|e| e.span).chain(declared.problems.iter().map(|p| p.span)) {
                proptest::prop_assert!(span.start <= span.end && span.end as usize <= text.len());
                proptest::prop_assert!(text.get(span.start as usize..span.end as usize).is_some());
            }
        }
    }
}
