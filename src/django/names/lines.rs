//! Import statements found line by line, without a tree: fast enough for every file of a repository.
//!
//! What is found is what a first look needs: which modules and names a file mentions in imports. It may find too much (in
//! a string), never too little.

/// An import statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ImportLine<'t> {
    /// The module after `from`, with leading dots; for `import a.b` that module.
    pub(super) module: &'t str,
    /// What stands after `import` in `from module import …`, up to the end of the statement; `None` for `import a.b`.
    pub(super) names: Option<&'t str>,
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
            out.push(ImportLine { module, names: Some(names) });
        } else if before.is_empty() || before.ends_with(':') {
            let modules = statement_end(after);
            from += modules.len();
            for part in modules.split(',') {
                if let Some(module) = part.split_whitespace().next() {
                    out.push(ImportLine { module, names: None });
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

/// The names of an import list, without aliases and comments.
pub(super) fn names(list: &str) -> impl Iterator<Item = &str> {
    list.lines()
        .map(|line| line.split('#').next().unwrap_or_default())
        .flat_map(|line| line.split(','))
        .filter_map(|part| part.trim_matches(['\\', ' ', '\t', '\r', '(', ')']).split_whitespace().next())
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
                let list = line.names.map(|list| names(list).map(str::to_owned).collect());
                (line.module.to_owned(), list.unwrap_or_default())
            })
            .collect();
        let expect = |module: &str, names: &[&str]| {
            (module.to_owned(), names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(
            found,
            [
                expect("a", &["b", "c"]),
                expect("x.y", &[]),
                expect("w", &[]),
                expect(".m", &["e", "f"]),
                expect("django.utils", &["six"]),
                expect("q", &[]),
                expect("a.b", &["one", "two"]),
            ]
        );
    }
}
