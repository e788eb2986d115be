//! What counts of a migration: everything that changes what it does, and nothing of how it is written.
//!
//! Two files with the same [`Essence`] do the same, whatever their comments, headers, quotes, line breaks and order of
//! keyword arguments. Texts for people (`verbose_name`, `help_text`) and checks of forms (`choices`, `validators`,
//! `error_messages`) never reach the database, so they are left out too.

use std::fmt::Write as _;

use tree_sitter::Node;

use crate::source::SourceText;
use crate::syntax::{ArgKind, Call, Expr, Reason, Value, python};

use super::migration::{Dependency, MigrationFile, Target};
use super::operation::Operation;

/// What a migration does, in a form that compares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Essence {
    /// `dependencies`, `run_before` and `replaces`, each sorted.
    pub edges: [Vec<String>; 3],
    /// `atomic`.
    pub atomic: bool,
    /// The operations, in order.
    pub operations: Vec<String>,
    /// The code beside the class: functions that `RunPython` runs, constants, helpers.
    pub code: Vec<String>,
}

/// Arguments that only people and forms see.
const WITHOUT_EFFECT: [&str; 5] = ["verbose_name", "help_text", "choices", "validators", "error_messages"];

impl Essence {
    /// What counts of `file`.
    pub fn of(file: &MigrationFile) -> Self {
        let edges = [&file.dependencies, &file.run_before, &file.replaces].map(|list| {
            let mut list: Vec<String> = list.iter().map(dependency).collect();
            list.sort();
            list.dedup();
            list
        });
        Self {
            edges,
            atomic: file.atomic,
            operations: file.operations.iter().map(operation).collect(),
            code: code(&file.text),
        }
    }
}

fn dependency(dependency: &Dependency) -> String {
    match &dependency.target {
        Target::Migration { app, name } => format!("{app}.{name}"),
        Target::SwappableSetting(setting) => format!("setting {setting}"),
        Target::SwappableModel(model) => format!("model {model}"),
        Target::Unknown(reason) => format!("unknown {}", unknown(reason)),
    }
}

fn operation(operation: &Operation) -> String {
    let mut out = format!("{}(", operation.class);
    for (name, value) in &operation.args {
        // Their operations follow.
        if !matches!(name.as_ref(), "database_operations" | "state_operations") {
            let _ = write!(out, "{name}=");
            write_value(&mut out, &value.value);
            out.push(',');
        }
    }
    for (side, nested) in
        [("database", &operation.database_operations), ("state", &operation.state_operations)]
    {
        for inner in nested {
            let _ = write!(out, "{side} {},", self::operation(inner));
        }
    }
    out.push(')');
    out
}

fn write_value(out: &mut String, value: &Value) {
    // Writing to a String cannot fail.
    let _ = match value {
        Value::None => write!(out, "None"),
        Value::Bool(value) => write!(out, "{value}"),
        Value::Int(value) => write!(out, "{value}"),
        Value::Number(value) => write!(out, "{value}"),
        Value::Str(value) => write!(out, "{value:?}"),
        Value::Bytes(value) => write!(out, "b{value:?}"),
        Value::List(items) => return write_items(out, "[", items),
        Value::Tuple(items) => return write_items(out, "(", items),
        Value::Set(items) => return write_items(out, "{", items),
        Value::Either(items) => return write_items(out, "either[", items),
        Value::Maybe(item) => {
            out.push_str("maybe ");
            return write_value(out, &item.value);
        }
        Value::Dict(pairs) => return write_pairs(out, pairs),
        Value::Imported(path) => write!(out, "{path}"),
        Value::Call(call) => return write_call(out, call),
        // Their code is compared as code.
        Value::Function(function) => write!(out, "function {}", function.name),
        Value::Class(class) => write!(out, "class {}", class.name),
        Value::Unknown(reason) => write!(out, "unknown {}", unknown(reason)),
    };
}

fn write_items(out: &mut String, open: &str, items: &[Expr]) {
    out.push_str(open);
    for item in items {
        write_value(out, &item.value);
        out.push(',');
    }
    out.push(']');
}

fn write_pairs(out: &mut String, pairs: &[(Expr, Expr)]) {
    out.push('{');
    for (key, value) in pairs {
        if !key.as_str().is_some_and(|key| key.starts_with("verbose_name")) {
            write_value(out, &key.value);
            out.push(':');
            write_value(out, &value.value);
            out.push(',');
        }
    }
    out.push('}');
}

fn write_call(out: &mut String, call: &Call) {
    write_value(out, &call.callee.value);
    out.push('(');
    let mut named: Vec<(&str, &Expr)> = Vec::new();
    for arg in &call.args {
        match &arg.kind {
            ArgKind::Keyword(name) => named.push((name, &arg.value)),
            kind => {
                if !matches!(kind, ArgKind::Positional) {
                    out.push('*');
                }
                write_value(out, &arg.value.value);
                out.push(',');
            }
        }
    }
    named.sort_by_key(|(name, _)| *name);
    for (name, value) in named.into_iter().filter(|(name, _)| !WITHOUT_EFFECT.contains(name)) {
        let _ = write!(out, "{name}=");
        write_value(out, &value.value);
        out.push(',');
    }
    out.push(')');
}

fn unknown(reason: &Reason) -> String {
    match reason {
        Reason::Computed(text) => text.split_whitespace().collect::<Vec<_>>().join(" "),
        other => format!("{other:?}"),
    }
}

/// The tokens of everything that stands beside the class `Migration`, without comments, docstrings and imports.
fn code(text: &SourceText) -> Vec<String> {
    let tree = python::parse(text);
    let Some(root) = tree.root() else { return Vec::new() };
    let mut tokens = Vec::new();
    let mut cursor = root.walk();
    for statement in root.named_children(&mut cursor) {
        if !is_of_no_effect(text, statement) {
            collect(text, statement, &mut tokens);
        }
    }
    tokens
}

/// Whether a statement of the module is no code beside the class: imports show in the values that use them, the class
/// in its operations.
fn is_of_no_effect(text: &SourceText, node: Node<'_>) -> bool {
    match node.kind() {
        "comment" | "import_statement" | "import_from_statement" | "future_import_statement" => true,
        "class_definition" => {
            let name = node.child_by_field_name("name");
            name.is_some_and(|name| text.slice(python::span(name)) == "Migration")
        }
        _ => is_docstring(node),
    }
}

fn is_docstring(node: Node<'_>) -> bool {
    node.kind() == "expression_statement"
        && node.named_child_count() == 1
        && node.named_child(0).is_some_and(|child| child.kind() == "string")
}

/// The tokens below `node`, in order; without recursion, since source may nest as deep as it likes.
fn collect(text: &SourceText, node: Node<'_>, out: &mut Vec<String>) {
    let mut stack = vec![node];
    while let Some(node) = stack.pop() {
        match node.kind() {
            "comment" => continue,
            _ if is_docstring(node) => continue,
            // Quotes are a matter of style, prefixes and content are not.
            "string_start" => {
                let start = text.slice(python::span(node)).trim_end_matches(['"', '\'']);
                out.push(format!("string {}", start.to_lowercase()));
                continue;
            }
            "string_end" => continue,
            _ => {}
        }
        let count = node.child_count();
        if count == 0 || node.kind() == "string_content" {
            push_token(text.slice(python::span(node)), out);
            continue;
        }
        stack.extend((0..count as u32).rev().filter_map(|at| node.child(at)));
    }
}

/// Adds a token; a comma before a closing bracket says nothing.
fn push_token(token: &str, out: &mut Vec<String>) {
    if token.is_empty() {
        return;
    }
    if matches!(token, ")" | "]" | "}") && out.last().is_some_and(|last| last == ",") {
        out.pop();
    }
    out.push(token.to_owned());
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn essence(text: &str) -> Essence {
        let text = SourceText::decode("a/migrations/0001_x.py".into(), text.as_bytes()).unwrap();
        Essence::of(&super::super::reader::read(Arc::new(text)))
    }

    const PLAIN: &str = "from django.db import migrations, models\n\
        def forwards(apps, schema_editor):\n    apps.get_model('shop', 'Order').objects.update(x=[1, 2])\n\
        class Migration(migrations.Migration):\n    dependencies = [('shop', '0001_initial'), ('auth', '0001_x')]\n\
        \x20   operations = [\n\
        \x20       migrations.AddField('order', 'x', models.CharField(max_length=9, null=True, verbose_name='a')),\n\
        \x20       migrations.RunPython(forwards),\n    ]\n";

    #[test]
    fn how_a_migration_is_written_does_not_count() {
        let other = "\"\"\"A licence.\"\"\"\n# 2024\nfrom django.db import migrations, models\n\n\n\
            def forwards(apps, schema_editor):\n    \"\"\"Fill.\"\"\"\n    # all of them\n\
            \x20   apps.get_model(\"shop\", \"Order\").objects.update(\n        x=[\n            1,\n            2,\n        ],\n    )\n\n\n\
            class Migration(migrations.Migration):\n\n\
            \x20   dependencies = [('auth', '0001_x'), ('shop', '0001_initial')]\n\n\
            \x20   operations = [\n        migrations.AddField(\n            model_name=\"order\",\n            name=\"x\",\n\
            \x20           field=models.CharField(verbose_name=\"b\", null=True, max_length=9),\n        ),\n\
            \x20       migrations.RunPython(code=forwards),\n    ]\n";
        assert_eq!(essence(PLAIN), essence(other));
    }

    #[test]
    fn what_it_does_counts() {
        let plain = essence(PLAIN);
        let changed = |from: &str, to: &str| {
            assert!(PLAIN.contains(from), "{from}");
            essence(&PLAIN.replace(from, to))
        };
        assert_ne!(changed("max_length=9", "max_length=8").operations, plain.operations);
        assert_ne!(changed("0001_initial", "0002_more").edges, plain.edges);
        assert_ne!(changed("[1, 2]", "[1, 3]").code, plain.code);
        assert_ne!(changed("'Order'", "u'Order'").code, Vec::<String>::new());
        assert_eq!(changed("[1, 2]", "[1, 3]").operations, plain.operations);
        assert_ne!(changed("        migrations.RunPython(forwards),\n", "").operations, plain.operations);
    }
}
