//! The comments of a Python file. A `#` inside a string is none.

use tree_sitter::{Node, Parser, TreeCursor};

use crate::source::Span;

/// Where the comments of `text` stand, in order; without the line end. In text that Python would refuse, those that
/// the parser can still tell from strings.
pub fn python_comments(text: &str) -> Vec<Span> {
    nodes(text, |node| node.kind() == "comment")
}

/// As [`python_comments`], with the strings that stand as statements (documentation) among them.
pub fn python_remarks(text: &str) -> Vec<Span> {
    let is_statement = |node: Node<'_>| {
        node.kind() == "string" && node.parent().is_some_and(|parent| parent.kind() == "expression_statement")
    };
    nodes(text, |node| node.kind() == "comment" || is_statement(node))
}

fn nodes(text: &str, wanted: impl Fn(Node<'_>) -> bool) -> Vec<Span> {
    let mut parser = Parser::new();
    if parser.set_language(&tree_sitter_python::LANGUAGE.into()).is_err() {
        return Vec::new();
    }
    let Some(tree) = parser.parse(text, None) else { return Vec::new() };
    let mut out = Vec::new();
    let mut cursor = tree.walk();
    loop {
        let node = cursor.node();
        if node.kind_id() != 0 && wanted(node) {
            let (start, end) = (node.start_byte(), node.end_byte());
            let written = text.get(start..end).unwrap_or("").trim_end_matches(['\r', '\n']);
            out.push(Span { start: start as u32, end: (start + written.len()) as u32 });
        }
        if !cursor.goto_first_child() && !advance(&mut cursor) {
            return out;
        }
    }
}

/// Moves to the next node that is not below the current one; false at the end of the tree.
fn advance(cursor: &mut TreeCursor<'_>) -> bool {
    loop {
        if cursor.goto_next_sibling() {
            return true;
        }
        if !cursor.goto_parent() {
            return false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_in_a_string_is_no_comment() {
        let text = "#一 a\r\nx = '# b'\ny = \"\"\"\n# c\n\"\"\"  # d\nz = f'{x # e\n}'\n";
        let found: Vec<&str> =
            python_comments(text).iter().map(|span| &text[span.start as usize..span.end as usize]).collect();
        assert!(found.starts_with(&["#一 a", "# d"]), "{found:?}");
        assert!(!found.iter().any(|comment| comment.contains('b') || comment.contains('c')), "{found:?}");
    }

    #[test]
    fn deep_nesting_does_not_overflow() {
        let text = format!("x = {}{} # here\n", "(".repeat(20_000), ")".repeat(20_000));
        assert_eq!(python_comments(&text).len(), 1);
    }
}
