//! Import statements found line by line, without a tree: fast enough for every file of a repository.
//!
//! What is found is what a first look needs: which modules and names a file mentions in imports. It may find too much (in
//! a string), never too little.

/// An import statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ImportLine<'t> {
    /// The module after `from`, with leading dots; for `import a.b` that module.
    pub(super) module: &'t str,
    /// What is imported from it.
    pub(super) what: Imported<'t>,
    /// It is a `from` at the begin of a line: no function, condition or `try` stands around it. A text in quotes may.
    pub(super) is_at_margin: bool,
    /// Where the statement ends, in bytes.
    pub(super) end: usize,
}

/// What an import statement names behind the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Imported<'t> {
    /// `import a.b as c`: the module itself, with how code then writes it (`c`; without alias `a.b`).
    Module(&'t str),
    /// `from a import …`: what stands after `import`, up to the end of the statement.
    Names(&'t str),
}

/// How many bytes before `import` a statement may begin: a module's name is no longer.
const BEFORE: usize = 512;

/// The import statements of a file. The time does not grow with the length of its lines.
pub(super) fn imports(text: &str) -> Vec<ImportLine<'_>> {
    const WORD: &str = "import";
    let bytes = text.as_bytes();
    let finder = memchr::memmem::Finder::new(WORD);
    let mut out = Vec::new();
    let mut from = 0;
    while let Some(at) = bytes.get(from..).and_then(|rest| finder.find(rest)).map(|found| from + found) {
        from = at + WORD.len();
        let Some(after) = text.get(from..) else { continue };
        let window = at.saturating_sub(BEFORE);
        let line_start = match memchr::memrchr2(b'\n', b';', &bytes[window..at]) {
            Some(end) => window + end + 1,
            None if window == 0 => 0,
            None => continue,
        };
        if !after.starts_with([' ', '\t', '(', '*', '\\']) {
            continue;
        }
        let line = text.get(line_start..at).unwrap_or_default();
        let begins_line = line_start == 0 || bytes.get(line_start - 1) == Some(&b'\n');
        let is_at_margin = begins_line && line.starts_with("from");
        let before = line.trim();
        let before = before.strip_prefix(">>>").map_or(before, str::trim_start);
        // `try: import x` on one line.
        let before = before.rsplit_once(": ").map_or(before, |(_, rest)| rest).trim();
        if let Some(module) = before.strip_prefix("from") {
            let module = module.trim().trim_end_matches('\\').trim();
            let (names, length) = rest_of_statement(after);
            from += length;
            out.push(ImportLine { module, what: Imported::Names(names), is_at_margin, end: from });
        } else if before.is_empty() || before.ends_with(':') {
            let (modules, length) = rest_of_statement(after);
            from += length;
            for part in modules.split(',') {
                if let Some((module, bound)) = name_and_bound(part) {
                    out.push(ImportLine { module, what: Imported::Module(bound), is_at_margin, end: from });
                }
            }
        }
    }
    out
}

/// What a statement still names, without brackets, and how many bytes away it ends: at the closing bracket, or at the end of
/// the line.
fn rest_of_statement(after: &str) -> (&str, usize) {
    let trimmed = after.trim_start();
    if let Some(inside) = trimmed.strip_prefix('(') {
        let names = inside.split(')').next().unwrap_or(inside);
        let bracket = usize::from(names.len() < inside.len());
        return (names, after.len() - inside.len() + names.len() + bracket);
    }
    let mut end = 0;
    for line in after.split_inclusive('\n') {
        end += line.len();
        if !line.trim_end().ends_with('\\') {
            break;
        }
    }
    (after.get(..end).unwrap_or(after), end)
}

/// The names of an import list without comments, each with the name that it is bound to.
pub(super) fn names(list: &str) -> impl Iterator<Item = (&str, &str)> {
    list.lines()
        .map(|line| line.split('#').next().unwrap_or_default())
        .flat_map(|line| line.split(','))
        .filter_map(|part| name_and_bound(part.trim_matches(['\\', ' ', '\t', '\r', '(', ')'])))
}

/// `a` and `b` of `a as b`; `a` twice without alias.
fn name_and_bound(part: &str) -> Option<(&str, &str)> {
    let mut words = part.split_whitespace();
    let name = words.next()?;
    match (words.next(), words.next()) {
        (Some("as"), Some(alias)) => Some((name, alias.trim_end_matches(['#', ';', ')']))),
        _ => Some((name, name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn import_statements_of_every_shape_are_found() {
        let text = "from a import b, c as d\nimport x.y as z, w\nfrom .m import (\n    e,  # why\n    f as g,\n)\n\
                    def f():\n    from django.utils import six\ntry: import q\nexcept ImportError: pass\n\
                    from a.b import \\\n    one, two\nimportant = 1\nx = 'import'\n";
        let found: Vec<(String, Vec<String>)> = imports(text)
            .into_iter()
            .map(|line| {
                let shown = |(name, bound): (&str, &str)| format!("{name} {bound}");
                match line.what {
                    Imported::Module(bound) => (shown((line.module, bound)), Vec::new()),
                    Imported::Names(list) => (line.module.to_owned(), names(list).map(shown).collect()),
                }
            })
            .collect();
        let expect = |module: &str, names: &[&str]| {
            (module.to_owned(), names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(
            found,
            [
                expect("a", &["b b", "c d"]),
                expect("x.y z", &[]),
                expect("w w", &[]),
                expect(".m", &["e e", "f g"]),
                expect("django.utils", &["six six"]),
                expect("q q", &[]),
                expect("a.b", &["one one", "two two"]),
            ]
        );
    }

    #[test]
    fn where_a_statement_begins_and_ends_is_known() {
        let text = "from a import b  # why\nfrom c import (\n    d,\n) ; x = 1\nx = 1; from e import f\n    from g import h\n\
                    from i import \\\n    j\nfrom k import (l";
        let found: Vec<(&str, bool, &str)> = imports(text)
            .into_iter()
            .map(|line| {
                let end = text.get(..line.end).unwrap_or_default();
                (line.module, line.is_at_margin, end.get(end.len().saturating_sub(6)..).unwrap_or_default())
            })
            .collect();
        let expect = [
            ("a", true, "# why\n"),
            ("c", true, "d,\n)"),
            ("e", false, "ort f\n"),
            ("g", false, "ort h\n"),
            ("i", true, "    j\n"),
            ("k", true, "ort (l"),
        ];
        for (found, expect) in found.iter().zip(expect) {
            assert_eq!((found.0, found.1), (expect.0, expect.1));
            assert!(found.2.ends_with(expect.2), "{found:?}");
        }
        assert_eq!(found.len(), expect.len());
    }
}
