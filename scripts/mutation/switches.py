"""Puts every mutant of a list into one program, each behind a switch, so that one build serves them all.

A mutant is switched on by its number in BKLOG_LINT_MUTANT; with BKLOG_LINT_MUTANTS_SEEN the program appends the numbers of
those that it comes by to that file.
"""

import collections
from pathlib import Path

import tree_sitter
import tree_sitter_rust

PARSER = tree_sitter.Parser(tree_sitter.Language(tree_sitter_rust.language()))

MODULE = """\
use std::io::Write;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

static ON: OnceLock<(usize, Option<String>)> = OnceLock::new();
static SEEN: [AtomicBool; COUNT] = [const { AtomicBool::new(false) }; COUNT];

#[inline(never)]
pub fn on(id: usize) -> bool {
    let (on, seen) = ON.get_or_init(|| {
        let on = std::env::var("BKLOG_LINT_MUTANT").ok().and_then(|id| id.parse().ok());
        (on.unwrap_or(usize::MAX), std::env::var("BKLOG_LINT_MUTANTS_SEEN").ok())
    });
    if let Some(path) = seen && !SEEN[id].swap(true, Ordering::Relaxed) {
        if let Ok(mut file) = std::fs::OpenOptions::new().append(true).create(true).open(path) {
            let _ = file.write_all(format!("{id}\\n").as_bytes());
        }
    }
    *on == id
}
"""

# Where a mutant of each genre sits: the kinds of nodes, innermost first.
NODES = {
    "FnValue": {"block"},
    "BinaryOperator": {"binary_expression", "compound_assignment_expr"},
    "UnaryOperator": {"unary_expression"},
    "MatchArm": {"match_arm"},
    "MatchArmGuard": {"match_pattern"},
    "StructField": {"field_initializer", "shorthand_field_initializer"},
}


def on(number):
    return f"crate::mutant::on({number})"


class File:
    """A source file and the mutants in it."""

    def __init__(self, path):
        self.path = path
        self.text = path.read_text()
        self.bytes = self.text.encode()
        self.root = PARSER.parse(self.bytes).root_node
        self.lines = self.text.split("\n")
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line.encode()) + 1)
        self.at = collections.defaultdict(list)  # node id -> [(number, mutant)]
        self.left_out = {}

    def offset(self, position):
        line = position["line"] - 1
        return self.starts[line] + len(self.lines[line][: position["column"] - 1].encode())

    def take(self, number, mutant):
        """Finds the node of a mutant, or notes why it cannot be switched."""
        start, end = (self.offset(mutant["span"][side]) for side in ("start", "end"))
        genre = mutant["genre"]
        if genre == "StructField":
            end = start + 1
        node = self.root.descendant_for_byte_range(start, end)
        while node is not None and not self.holds(node, genre):
            node = node.parent
        why = None
        if node is None:
            why = "no place of its own (a chain with `let`)"
        elif genre == "FnValue":
            modifiers = [child for child in node.parent.children if child.type == "function_modifiers"]
            if any(b"const" in child.text for child in modifiers):
                why = "a const function"
            elif "impl " in (mutant["function"]["return_type"] or ""):
                why = "two values of an `impl` type"
        if why:
            self.left_out[number] = why
        else:
            self.at[genre, node.id].append((number, mutant["replacement"]))

    @staticmethod
    def holds(node, genre):
        is_body = genre != "FnValue" or (node.parent is not None and node.parent.type == "function_item")
        return node.type in NODES[genre] and is_body

    def write(self):
        start, end = self.root.start_byte, self.root.end_byte
        text = self.bytes[:start].decode() + self.render(self.root) + self.bytes[end:].decode()
        self.path.write_text(text)

    def between(self, node, start=None, end=None):
        """The text of a node from `start` to `end`, the nodes in it rendered."""
        start = node.start_byte if start is None else start
        end = node.end_byte if end is None else end
        out = []
        for child in node.children:
            if child.end_byte <= start or child.start_byte >= end:
                continue
            out += [self.bytes[start : child.start_byte].decode(), self.render(child)]
            start = child.end_byte
        return "".join(out) + self.bytes[start:end].decode()

    def render(self, node):
        for genre, write in (
            ("FnValue", self.body),
            ("BinaryOperator", self.binary),
            ("UnaryOperator", self.unary),
            ("MatchArm", self.arm),
            ("MatchArmGuard", lambda node, _: self.guarded(node)),
            ("StructField", self.field),
        ):
            mutants = self.at.get((genre, node.id))
            if mutants:
                return write(node, mutants)
        return self.between(node) if node.children else self.bytes[node.start_byte : node.end_byte].decode()

    def body(self, node, mutants):
        returns = "".join(
            f"\nif {on(number)} {{ return{'' if value == '()' else ' ' + value}; }}" for number, value in mutants
        )
        return "{" + returns + "\n" + self.between(node)[1:]

    def binary(self, node, mutants):
        left, right = (self.render(node.child_by_field_name(side)) for side in ("left", "right"))
        operator = next(child for child in node.children if not child.is_named).text.decode()
        number, other = mutants[0]
        if operator in ("&&", "||"):
            # By De Morgan, so that nothing is written twice and the right side stays lazy.
            flip = on(number)
            return f"({flip} ^ (({flip} ^ ({left})) {operator} ({flip} ^ ({right}))))"
        if len(mutants) == 1 and {operator, other} == {"==", "!="}:
            return f"({on(number)} ^ (({left}) {operator} ({right})))"
        # What is assigned to stays as it is written.
        place = left if node.type == "compound_assignment_expr" else f"({left})"
        choices = "".join(f"if {on(number)} {{ {place} {other} ({right}) }} else " for number, other in mutants)
        return f"({choices}{{ {place} {operator} ({right}) }})"

    def unary(self, node, mutants):
        operator, value = node.children[0].text.decode(), self.render(node.children[-1])
        number = mutants[0][0]
        if operator == "!":
            return f"({on(number)} ^ !({value}))"
        return f"(if {on(number)} {{ {value} }} else {{ {operator}({value}) }})"

    def arm(self, node, mutants):
        number = mutants[0][0]
        pattern = node.child_by_field_name("pattern")
        attributes = self.bytes[node.start_byte : pattern.start_byte].decode()
        rest = self.between(node, pattern.end_byte)
        condition = pattern.child_by_field_name("condition")
        if condition is None:
            return f"{attributes}{self.render(pattern)} if !{on(number)} {rest}"
        head = self.bytes[pattern.start_byte : condition.start_byte].decode()
        return f"{attributes}{head}!{on(number)} && {self.guard(pattern, condition)} {rest}"

    def guarded(self, node):
        condition = node.child_by_field_name("condition")
        head = self.between(node, node.start_byte, condition.start_byte)
        return head + self.guard(node, condition)

    def guard(self, pattern, condition):
        mutants = self.at.get(("MatchArmGuard", pattern.id), [])
        text = self.render(condition)
        has_let = self.has_let(condition)
        text = text if has_let else f"({text})"
        for number, value in mutants:
            if value == "false":
                text = f"!{on(number)} && {text}" if has_let else f"(!{on(number)} && {text})"
            elif has_let:
                self.left_out[number] = "a guard with `let`"
            else:
                text = f"({on(number)} || {text})"
        return text

    def has_let(self, node):
        inside = ("binary_expression", "let_chain", "let_condition", "parenthesized_expression")
        is_let = node.type in ("let_condition", "let_chain")
        return is_let or any(self.has_let(child) for child in node.children if child.type in inside)

    def field(self, node, mutants):
        number = mutants[0][0]
        whole = node.parent.parent.child_by_field_name("name").text.decode()
        base = next(child for child in node.parent.children if child.type == "base_field_initializer")
        base = base.text.decode()[2:].strip()
        if base == "Default::default()":
            base = f"<{whole} as Default>::default()"
        if node.type == "shorthand_field_initializer":
            name = value = node.text.decode()
        else:
            name = node.child_by_field_name("field").text.decode()
            value = self.render(node.child_by_field_name("value"))
        return f"{name}: (if {on(number)} {{ ({base}).{name} }} else {{ {value} }})"


def install(tree: Path, mutants, left_out):
    """Writes the mutants that are not in `left_out` into the sources below `tree`; gives those that cannot be, and why."""
    files = {}
    for number, mutant in enumerate(mutants):
        if number not in left_out:
            name = mutant["file"]
            files.setdefault(name, File(tree / name)).take(number, mutant)
    for file in files.values():
        file.write()
    (tree / "src/mutant.rs").write_text(MODULE.replace("COUNT", str(len(mutants))))
    library = tree / "src/lib.rs"
    library.write_text(library.read_text() + "\n#[allow(missing_docs)]\npub mod mutant;\n")
    return {number: why for file in files.values() for number, why in file.left_out.items()}
