//! `inspect operations` for people.

use std::fmt::Write as _;

use crate::django::{Migration, Operation};
use crate::findings::{Bilingual, Lang};
use crate::project::Project;
use crate::source::SourceText;
use crate::syntax::{Expr, Value};

use super::super::Only;
use super::{key, taken};
use crate::syntax::shown::last_part;

/// `inspect operations` for people: per migration its operations in order, each with what it changes and what is
/// special about it.
pub fn operations_text(projects: &[Project], only: &Only, lang: Lang) -> String {
    let mut out = String::new();
    for project in projects {
        let migrations: Vec<&Migration> = taken(project, only).collect();
        let operations: usize = migrations.iter().map(|migration| migration.file.operations.len()).sum();
        let (name, count) = (&project.name, migrations.len());
        let title = Bilingual::new(
            format!("{name}: {}, {}", plural(count, "migration"), plural(operations, "operation")),
            format!("{name}：{count} 个迁移，{operations} 个操作"),
        );
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{}", title.get(lang));
        for migration in migrations {
            let _ = migration_text(&mut out, migration, lang);
        }
        out.push('\n');
    }
    out
}

fn plural(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

fn migration_text(out: &mut String, migration: &Migration, lang: Lang) -> std::fmt::Result {
    let text = &migration.file.text;
    writeln!(out, "\n  {}  ({})", key(migration), text.path)?;
    for operation in &migration.file.operations {
        operation_text(out, operation, text, "    ", lang)?;
    }
    for part in &migration.file.unknown {
        let line = text.line_column(part.span.start).line;
        let why = part.reason.describe();
        let says = Bilingual::new(
            format!("unknown in `{}`, line {line}: {}", part.what, why.en),
            format!("`{}` 中有未知部分，第 {line} 行：{}", part.what, why.zh),
        );
        writeln!(out, "    ? {}", says.get(lang))?;
    }
    if migration.file.operations.is_empty() && migration.file.unknown.is_empty() {
        writeln!(out, "    {}", Bilingual::new("no operations", "没有操作").get(lang))?;
    }
    Ok(())
}

fn operation_text(
    out: &mut String,
    operation: &Operation,
    text: &SourceText,
    indent: &str,
    lang: Lang,
) -> std::fmt::Result {
    let line = text.line_column(operation.span.start).line;
    let mut parts = vec![format!("{indent}{:>2}  {}", operation.index, operation.class)];
    parts.extend(subject(operation));
    parts.extend(operation.arg("field").map(field));
    let notes: Vec<String> = notes(operation).iter().map(|note| note.get(lang).to_owned()).collect();
    if !notes.is_empty() {
        parts.push(format!("[{}]", notes.join("; ")));
    }
    writeln!(out, "{}  :{line}", parts.join("  "))?;
    let inner = format!("{indent}    ");
    let sides = [
        (&operation.database_operations, Bilingual::new("database:", "数据库：")),
        (&operation.state_operations, Bilingual::new("state:", "状态：")),
    ];
    for (nested, title) in sides.iter().filter(|(nested, _)| !nested.is_empty()) {
        writeln!(out, "{inner}{}", title.get(lang))?;
        for each in nested.iter() {
            operation_text(out, each, text, &inner, lang)?;
        }
    }
    Ok(())
}

/// `Task.created_at`, `Task`, `Task.a → b`
fn subject(operation: &Operation) -> Option<String> {
    let name = |parameter: &str| match operation.arg(parameter).map(|argument| &argument.value) {
        Some(Value::Str(name)) => name.to_string(),
        _ => "?".to_owned(),
    };
    let mut out = name(operation.kind.model_parameter()?);
    if let Some(parameter) = operation.kind.field_parameter() {
        out.push('.');
        out.push_str(&name(parameter));
    }
    if operation.arg("new_name").is_some() {
        out.push_str(" → ");
        out.push_str(&name("new_name"));
    }
    Some(out)
}

/// `CharField(max_length=64)`: the class and the arguments that are short.
fn field(field: &Expr) -> String {
    let Value::Call(call) = &field.value else {
        return "?".to_owned();
    };
    let class = match &call.callee.value {
        Value::Imported(path) => last_part(path),
        Value::Class(class) => &class.name,
        _ => "?",
    };
    let shown = ["max_length", "null", "default", "unique", "db_index", "primary_key", "to"];
    let arguments: Vec<String> = shown
        .iter()
        .filter_map(|name| Some(format!("{name}={}", short(call.argument(name, None)?))))
        .collect();
    format!("{class}({})", arguments.join(", "))
}

fn short(value: &Expr) -> String {
    match &value.value {
        Value::None => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Int(number) => number.to_string(),
        Value::Number(text) => text.to_string(),
        Value::Str(text) if text.chars().count() <= 40 => format!("{text:?}"),
        Value::Imported(path) => last_part(path).to_owned(),
        Value::Function(function) => function.name.to_string(),
        Value::Unknown(_) => "?".to_owned(),
        _ => "…".to_owned(),
    }
}

fn notes(operation: &Operation) -> Vec<Bilingual> {
    let mut notes = Vec::new();
    if !operation.builtin {
        notes.push(Bilingual::new("not Django's own", "非 Django 内置"));
    }
    if operation.conditional {
        notes.push(Bilingual::new("conditional", "有条件执行"));
    }
    match operation.reversible() {
        Some(false) => notes.push(Bilingual::new("irreversible", "不可逆")),
        None => notes.push(Bilingual::new("reversible or not is unknown", "是否可逆未知")),
        Some(true) => {}
    }
    if operation.elidable() == Some(true) {
        notes.push(Bilingual::new("elidable", "可省略"));
    }
    notes
}
