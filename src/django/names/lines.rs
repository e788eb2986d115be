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
        let before = text.get(line_start..at).unwrap_or_default().trim();
        let before = before.strip_prefix(">>>").map_or(before, str::trim_start);
        // `try: import x` on one line.
        let before = before.rsplit_once(": ").map_or(before, |(_, rest)| rest).trim();
        if let Some(module) = before.strip_prefix("from") {
            let module = module.trim().trim_end_matches('\\').trim();
            let names = statement_end(after);
            from += names.len();
            out.push(ImportLine { module, what: Imported::Names(names) });
        } else if before.is_empty() || before.ends_with(':') {
            let modules = statement_end(after);
            from += modules.len();
            for part in modules.split(',') {
                if let Some((module, bound)) = name_and_bound(part) {
                    out.push(ImportLine { module, what: Imported::Module(bound) });
                }
            }
        }
    }
    out
}

/// The text up to the end of the statement: the closing bracket, or the end of the line.
fn statement_end(after: &str) -> &str {
    let trimmed = after.trim_start();
    if let Some(inside) = trimmed.strip_prefix('(') {
        return inside.split(')').next().unwrap_or(inside);
    }
    let mut end = 0;
    for line in after.split_inclusive('\n') {
        end += line.len();
        if !line.trim_end().ends_with('\\') {
            break;
        }
    }
    after.get(..end).unwrap_or(after)
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
}
