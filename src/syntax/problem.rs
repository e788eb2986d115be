//! The first place of a file that Python would refuse, in words for people.

use tree_sitter::Node;

use crate::findings::Bilingual;
use crate::source::{SourceText, Span};

use super::python::{Kind, PythonTree, kind, span};

/// CPython refuses more open brackets than this at one place (`MAXLEVEL` of its tokenizer).
const MAX_NESTED_BRACKETS: usize = 200;
/// CPython refuses more indentation levels than this (`MAXINDENT` of its tokenizer).
const MAX_INDENTS: usize = 100;

/// The first place that Python would refuse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxProblem {
    /// Where.
    pub span: Span,
    /// What, for people: a phrase without a full stop, `'[' is never closed`.
    pub message: Bilingual,
}

impl SyntaxProblem {
    fn new(start: usize, end: usize, en: impl Into<String>, zh: impl Into<String>) -> Self {
        Self { span: Span { start: start as u32, end: end as u32 }, message: Bilingual::new(en, zh) }
    }
}

/// Where the first merge conflict marker of a text that Python refuses stands. Markers inside a string do not count,
/// since such a text has no error there.
pub fn conflict_markers(text: &SourceText, tree: &PythonTree) -> Option<Span> {
    if !tree.has_error() {
        return None;
    }
    let text = &text.text;
    let opening = line_starting_with(text, 0, "<<<<<<< ")?;
    let middle = line_starting_with(text, opening.end as usize, "=======")?;
    line_starting_with(text, middle.end as usize, ">>>>>>> ")?;
    Some(opening)
}

fn line_starting_with(text: &str, from: usize, marker: &str) -> Option<Span> {
    let finder = memchr::memmem::Finder::new(marker.as_bytes());
    finder.find_iter(&text.as_bytes()[from..]).map(|at| at + from).find_map(|at| {
        let at_line_start = at == 0 || text.as_bytes()[at - 1] == b'\n';
        let line_end = text[at..].find(['\r', '\n']).map_or(text.len(), |length| at + length);
        at_line_start.then_some(Span { start: at as u32, end: line_end as u32 })
    })
}

/// The first place that Python would refuse; `None` for a file that it would take, as far as a parser can tell.
pub fn first_problem(text: &SourceText, tree: &PythonTree) -> Option<SyntaxProblem> {
    let source = text.text.as_str();
    let scanned = if tree.has_error() || may_nest_too_deep(source) { scan(source) } else { None };
    let in_tree = if tree.has_error() { first_error(source, tree) } else { None };
    let old = python2(source, tree);
    // A bracket that is never closed is the cause of whatever the parser stumbled over behind it.
    let certain = [scanned, old].into_iter().flatten().min_by_key(|problem| problem.span.start);
    match (certain, in_tree) {
        (Some(certain), _) => Some(certain),
        (None, found) => found,
    }
}

/// A quick upper bound of the bracket depth and the indentation; strings and comments only make it larger.
fn may_nest_too_deep(source: &str) -> bool {
    let (mut depth, mut deepest) = (0_usize, 0);
    for byte in source.bytes() {
        match byte {
            b'(' | b'[' | b'{' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    let spaces = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    deepest > MAX_NESTED_BRACKETS || source.lines().map(spaces).max().unwrap_or(0) >= MAX_INDENTS
}

/// Reads brackets, strings and indentation as CPython's tokenizer does, and gives its first complaint.
fn scan(source: &str) -> Option<SyntaxProblem> {
    let bytes = source.as_bytes();
    let mut open: Vec<(u8, usize)> = Vec::new();
    let mut indents: Vec<usize> = vec![0];
    let mut at = 0;
    let mut line_start = true;
    while at < bytes.len() {
        if line_start && open.is_empty() {
            line_start = false;
            let width = bytes[at..].iter().take_while(|byte| matches!(byte, b' ' | b'\t' | 0x0C)).count();
            let first = bytes.get(at + width).copied().unwrap_or(b'\n');
            if !matches!(first, b'\n' | b'\r' | b'#') {
                while indents.last().is_some_and(|last| *last > width) {
                    indents.pop();
                }
                if indents.last().is_some_and(|last| *last < width) {
                    indents.push(width);
                }
                if indents.len() > MAX_INDENTS {
                    return Some(SyntaxProblem::new(
                        at + width,
                        at + width,
                        "too many levels of indentation",
                        "缩进层数过多",
                    ));
                }
            }
            at += width;
            continue;
        }
        match bytes[at] {
            b'\n' => line_start = true,
            b'\\' => at += 1,
            b'#' => {
                at = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |length| at + length);
                continue;
            }
            quote @ (b'\'' | b'"') => match string_end(source, at, quote) {
                Ok(end) => {
                    at = end;
                    continue;
                }
                Err(problem) => return Some(problem),
            },
            bracket @ (b'(' | b'[' | b'{') => {
                if open.len() >= MAX_NESTED_BRACKETS {
                    return Some(SyntaxProblem::new(
                        at,
                        at + 1,
                        format!("too many nested parentheses (Python allows {MAX_NESTED_BRACKETS})"),
                        format!("括号嵌套过深（Python 最多允许 {MAX_NESTED_BRACKETS} 层）"),
                    ));
                }
                open.push((bracket, at));
            }
            bracket @ (b')' | b']' | b'}') => match open.pop() {
                None => return Some(unmatched(bracket, at)),
                Some((opening, opened)) if closing_of(opening) != bracket => {
                    return Some(mismatched(source, bracket, at, opening, opened));
                }
                Some(_) => {}
            },
            _ => {}
        }
        at += 1;
    }
    let (bracket, opened) = open.pop()?;
    let name = bracket as char;
    Some(SyntaxProblem::new(
        opened,
        opened + 1,
        format!("'{name}' is never closed"),
        format!("“{name}”没有闭合"),
    ))
}

fn unmatched(bracket: u8, at: usize) -> SyntaxProblem {
    let name = bracket as char;
    SyntaxProblem::new(at, at + 1, format!("unmatched '{name}'"), format!("“{name}”没有对应的左括号"))
}

fn mismatched(source: &str, bracket: u8, at: usize, opening: u8, opened: usize) -> SyntaxProblem {
    let (closing, opening) = (bracket as char, opening as char);
    let line = source[..at].bytes().filter(|byte| *byte == b'\n').count() + 1;
    // CPython points at the closing bracket; the one to mend is nearly always the one that was left open.
    SyntaxProblem::new(
        opened,
        opened + 1,
        format!("'{opening}' is not closed: line {line} has '{closing}' instead"),
        format!("“{opening}”没有闭合：第 {line} 行出现的是“{closing}”"),
    )
}

fn closing_of(bracket: u8) -> u8 {
    match bracket {
        b'(' => b')',
        b'[' => b']',
        _ => b'}',
    }
}

/// One past the end of the string literal whose quote stands at `at`.
fn string_end(source: &str, at: usize, quote: u8) -> Result<usize, SyntaxProblem> {
    let bytes = source.as_bytes();
    let triple = bytes[at..].starts_with(&[quote; 3]);
    let mut next = at + if triple { 3 } else { 1 };
    while let Some(byte) = bytes.get(next) {
        match byte {
            b'\\' => next += 1,
            b'\n' if !triple => break,
            _ if *byte == quote && (!triple || bytes[next..].starts_with(&[quote; 3])) => {
                return Ok(next + if triple { 3 } else { 1 });
            }
            _ => {}
        }
        next += 1;
    }
    let end = (at + if triple { 3 } else { 1 }).min(bytes.len());
    Err(if triple {
        SyntaxProblem::new(at, end, "unterminated triple-quoted string", "三引号字符串没有结束")
    } else {
        SyntaxProblem::new(at, end, "unterminated string", "字符串没有结束")
    })
}

/// The first `ERROR` or missing node, described.
fn first_error(source: &str, tree: &PythonTree) -> Option<SyntaxProblem> {
    let mut node = tree.root()?;
    loop {
        if node.is_missing() {
            let (at, what) = (node.start_byte(), node.kind());
            return Some(SyntaxProblem::new(
                at,
                at,
                format!("expected {what:?}"),
                format!("此处应有 {what:?}"),
            ));
        }
        let mut cursor = node.walk();
        let inner = node
            .children(&mut cursor)
            .find(|child| child.has_error() || child.is_error() || child.is_missing());
        match inner {
            Some(child) => node = child,
            None => break,
        }
    }
    let span = first_token(node);
    let line = source[span.start as usize..span.end as usize].lines().next().unwrap_or("");
    let shown: String = line.chars().take(40).collect();
    let end = span.start + line.len() as u32;
    let (en, zh) = if shown.trim().is_empty() {
        ("invalid syntax".to_owned(), "语法错误".to_owned())
    } else {
        (format!("invalid syntax at `{shown}`"), format!("`{shown}` 处语法错误"))
    };
    Some(SyntaxProblem::new(span.start as usize, end as usize, en, zh))
}

fn first_token(node: Node<'_>) -> Span {
    let whole = span(node);
    if kind(node) != Kind::Error {
        whole
    } else {
        node.child(0).map_or(whole, |child| Span { end: whole.end, ..span(child) })
    }
}

/// Syntax of Python 2 that the grammar reads and Python 3 refuses.
fn python2(source: &str, tree: &PythonTree) -> Option<SyntaxProblem> {
    // These words are rare in Python 3 sources, and the walk is not free.
    let bytes = source.as_bytes();
    let suspicious = ["print ", "print>", "exec ", "raise ", "except ", "<>", "ur'", "ur\"", "UR'", "UR\""];
    if !suspicious.iter().any(|word| memchr::memmem::find(bytes, word.as_bytes()).is_some()) {
        return None;
    }
    let root = tree.root()?;
    let mut cursor = root.walk();
    loop {
        let node = cursor.node();
        let found = match kind(node) {
            Kind::PrintStatement => Some(("the print statement", "print 语句")),
            Kind::ExecStatement => Some(("the exec statement", "exec 语句")),
            Kind::ExceptClause if has_comma_before_block(node) => {
                Some(("`except Class, name`", "`except 类, 变量` 写法"))
            }
            Kind::Raise if node.named_child(0).is_some_and(|first| kind(first) == Kind::ExpressionList) => {
                Some(("`raise Class, value`", "`raise 类, 值` 写法"))
            }
            Kind::String if is_unicode_raw(&source[node.start_byte()..]) => {
                Some(("the prefix ur''", "ur'' 前缀"))
            }
            Kind::Token if node.kind() == "<>" => Some(("the operator <>", "<> 运算符")),
            _ => None,
        };
        if let Some((en, zh)) = found {
            let (start, end) = (node.start_byte(), node.end_byte());
            let line = source[start..end].lines().next().map_or(0, str::len);
            return Some(SyntaxProblem::new(
                start,
                start + line,
                format!("{en} of Python 2"),
                format!("Python 2 的{zh}"),
            ));
        }
        if cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return None;
            }
        }
    }
}

fn has_comma_before_block(clause: Node<'_>) -> bool {
    let mut cursor = clause.walk();
    clause.children(&mut cursor).any(|child| child.kind() == ",")
}

fn is_unicode_raw(text: &str) -> bool {
    let prefix = &text.as_bytes()[..text.len().min(2)];
    prefix.eq_ignore_ascii_case(b"ur")
}
