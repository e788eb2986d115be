//! Holds a TOML table against the JSON Schema of the configuration and says everything that does not fit, each with
//! its place and the nearest right word.
//!
//! Serde alone would stop at the first fault and knows neither the rules nor the nearest key. The schema is generated
//! from the same types, so the two cannot drift apart.

use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::Problem;
use super::gate::{SecretRef, password_in};
use super::selector;
use super::{Date, json_schema};
use crate::findings::{Bilingual, RuleId};

/// Finds what is wrong.
pub(super) struct Checker<'a> {
    text: &'a str,
    catalogue: &'a [&'a RuleId],
    root: Value,
    /// What was found so far.
    problems: Vec<Problem>,
}

impl<'a> Checker<'a> {
    /// A checker for a file with this text.
    pub(super) fn new(text: &'a str, catalogue: &'a [&'a RuleId]) -> Self {
        Self { text, catalogue, root: json_schema(), problems: Vec::new() }
    }

    /// Everything that is wrong with `table`, in the order of the file. `at` is where the table begins, `prefix` its
    /// key in the file (`tool.bklog-lint`), empty at the top.
    pub(super) fn check(mut self, table: &DeTable<'_>, at: usize, prefix: &str) -> Vec<Problem> {
        let root = std::mem::take(&mut self.root);
        self.table(&root, &root, table, at, prefix);
        self.problems.sort_by_key(|problem| (problem.line, problem.column));
        self.problems
    }

    fn table(&mut self, root: &Value, schema: &Value, table: &DeTable<'_>, at: usize, key: &str) {
        let properties = schema.get("properties").and_then(Value::as_object);
        let others = schema.get("additionalProperties");
        for (name, value) in table {
            let text = name.get_ref().as_ref();
            let path = join(key, text);
            if schema.pointer("/propertyNames/format").and_then(Value::as_str) == Some("rule") {
                self.rule(text, name.span().start, &path);
            }
            match (properties.and_then(|all| all.get(text)), others) {
                (Some(schema), _) => self.value(root, schema, value, &path),
                (None, Some(schema @ Value::Object(_))) => self.value(root, schema, value, &path),
                (None, Some(Value::Bool(false))) => {
                    let known = properties.into_iter().flat_map(|all| all.keys()).map(String::as_str);
                    let nearest = selector::nearest(text, known.clone()).map(str::to_owned);
                    let list = known.collect::<Vec<_>>().join(", ");
                    let (en_place, zh_place) = if key.is_empty() {
                        (String::new(), String::new())
                    } else {
                        (format!(" in [{key}]"), format!("[{key}] 中的"))
                    };
                    self.add(
                        name.span().start,
                        &path,
                        Bilingual::new(
                            format!("unknown key `{text}`{en_place} (known: {list})"),
                            format!("{zh_place}未知的键 `{text}`（可用：{list}）"),
                        ),
                        nearest,
                    );
                }
                (None, _) => {}
            }
        }
        for required in schema.get("required").and_then(Value::as_array).into_iter().flatten() {
            let Some(name) = required.as_str() else { continue };
            if !table.keys().any(|have| have.get_ref().as_ref() == name) {
                let message = Bilingual::new(
                    format!("`{key}` needs the key `{name}`"),
                    format!("`{key}` 缺少必需的键 `{name}`"),
                );
                self.add(at, &join(key, name), message, None);
            }
        }
    }

    fn value(&mut self, root: &Value, schema: &Value, value: &Spanned<DeValue<'_>>, key: &str) {
        let schema = resolve(root, schema);
        let at = value.span().start;
        if let Some(choices) = choices(schema) {
            let Some(text) = value.get_ref().as_str() else {
                return self.wrong_type(at, key, "string", value.get_ref());
            };
            if !choices.contains(&text) {
                let list = choices.join(", ");
                let message = Bilingual::new(
                    format!("`{key}` cannot be `{text}` (one of: {list})"),
                    format!("`{key}` 不能是 `{text}`（可选：{list}）"),
                );
                let nearest = selector::nearest(text, choices.iter().copied()).map(str::to_owned);
                self.add(at, key, message, nearest);
            }
            return;
        }
        let wanted = types(schema);
        match (wanted.as_slice(), value.get_ref()) {
            ([], _) => {}
            (types, DeValue::Table(table)) if types.contains(&"object") => {
                self.table(root, schema, table, at, key);
            }
            (types, DeValue::Array(items)) if types.contains(&"array") => {
                if let Some(schema) = schema.get("items") {
                    for (number, item) in items.iter().enumerate() {
                        self.value(root, schema, item, &format!("{key}[{}]", number + 1));
                    }
                }
            }
            (types, DeValue::String(text)) if types.contains(&"string") => self.format(schema, text, at, key),
            (types, DeValue::Datetime(date)) if types.contains(&"string") && format(schema) == "date" => {
                self.format(schema, &date.to_string(), at, key);
            }
            (types, DeValue::Boolean(_)) if types.contains(&"boolean") => {}
            (types, DeValue::Integer(_)) if types.iter().any(|t| matches!(*t, "integer" | "number")) => {}
            (types, DeValue::Float(_)) if types.contains(&"number") => {}
            (types, other) => self.wrong_type(at, key, types.first().copied().unwrap_or("value"), other),
        }
    }

    fn format(&mut self, schema: &Value, text: &str, at: usize, key: &str) {
        match format(schema) {
            "rule" => self.rule(text, at, key),
            "date" if text.parse::<Date>().is_err() => {
                let message = Bilingual::new(
                    format!("`{key}` is no date: `{text}` (expected a day that exists, as YYYY-MM-DD)"),
                    format!("`{key}` 不是有效日期：`{text}`（应为真实存在的日期，格式 YYYY-MM-DD）"),
                );
                self.add(at, key, message, None);
            }
            "version" if !selector::is_version(text) => {
                let message = Bilingual::new(
                    format!("`{key}` is no version: `{text}` (expected numbers with dots, as 8.0 or 8.0.36)"),
                    format!("`{key}` 不是版本号：`{text}`（应为以点分隔的数字，例如 8.0 或 8.0.36）"),
                );
                self.add(at, key, message, None);
            }
            // What was written is not repeated: it may be the secret.
            "secret" if !SecretRef::is_reference(text) => {
                let message = Bilingual::new(
                    format!(
                        "`{key}` must say where the secret is: ${{NAME}}, file:PATH or cmd:COMMAND; a secret is never written here"
                    ),
                    format!(
                        "`{key}` 应说明密钥的位置：${{NAME}}、file:路径 或 cmd:命令；配置中不得写入密钥本身"
                    ),
                );
                self.add(at, key, message, None);
            }
            "interpolated" if password_in(text).is_some() => {
                let message = Bilingual::new(
                    format!("`{key}` holds a password; name user and password under their own keys"),
                    format!("`{key}` 中含有密码；请用各自的键写用户和密码"),
                );
                self.add(at, key, message, None);
            }
            "glob" => {
                if let Err(error) = globset::Glob::new(text) {
                    let message = Bilingual::new(
                        format!("`{key}` is no path pattern: {}", error.kind()),
                        format!("`{key}` 不是有效的路径模式：{}", error.kind()),
                    );
                    self.add(at, key, message, None);
                }
            }
            _ if schema.get("minLength").is_some() && text.trim().is_empty() => {
                let message =
                    Bilingual::new(format!("`{key}` must not be empty"), format!("`{key}` 不能为空"));
                self.add(at, key, message, None);
            }
            _ => {}
        }
    }

    fn rule(&mut self, text: &str, at: usize, key: &str) {
        if let Err(unknown) = selector::check(text, self.catalogue) {
            let message = Bilingual::new(
                format!(
                    "`{key}`: no rule, family or code is called `{text}` (`bklog-lint rules` lists them)"
                ),
                format!("`{key}`：没有名为 `{text}` 的规则、规则族或编号（`bklog-lint rules` 可列出全部）"),
            );
            self.add(at, key, message, unknown.nearest);
        }
    }

    fn wrong_type(&mut self, at: usize, key: &str, wanted: &str, got: &DeValue<'_>) {
        let got = got.type_str();
        let message = Bilingual::new(
            format!("`{key}` must be {}, not {}", typed(wanted).0, typed(got).0),
            format!("`{key}` 应为{}，而不是{}", typed(wanted).1, typed(got).1),
        );
        self.add(at, key, message, None);
    }

    fn add(&mut self, at: usize, key: &str, message: Bilingual, nearest: Option<String>) {
        let (line, column) = position(self.text, at);
        self.problems.push(Problem { line, column, key: key.to_owned(), message, nearest });
    }
}

/// The 1-based line and column (in code points) of a byte offset.
pub(super) fn position(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at.min(text.len())).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
    (line, column)
}

fn join(key: &str, name: &str) -> String {
    if key.is_empty() { name.to_owned() } else { format!("{key}.{name}") }
}

/// Follows `$ref`, and takes the one alternative of `anyOf` or `allOf` that is not `null`. Bounded, since a schema of
/// our own types nests no deeper.
fn resolve<'s>(root: &'s Value, mut schema: &'s Value) -> &'s Value {
    for _ in 0..8 {
        let next = if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
            root.pointer(name.trim_start_matches('#'))
        } else {
            let all = schema.get("anyOf").or_else(|| schema.get("allOf")).and_then(Value::as_array);
            all.and_then(|all| all.iter().find(|one| one.get("type").and_then(Value::as_str) != Some("null")))
        };
        match next {
            Some(next) => schema = next,
            None => break,
        }
    }
    schema
}

/// The words that a schema of an enumeration allows; `None` for any other schema.
fn choices(schema: &Value) -> Option<Vec<&str>> {
    let mut out = Vec::new();
    if let Some(all) = schema.get("enum").and_then(Value::as_array) {
        out.extend(all.iter().filter_map(Value::as_str));
        return Some(out);
    }
    for one in schema.get("oneOf").and_then(Value::as_array)? {
        match (one.get("const").and_then(Value::as_str), one.get("enum").and_then(Value::as_array)) {
            (Some(word), _) => out.push(word),
            (None, Some(words)) => out.extend(words.iter().filter_map(Value::as_str)),
            (None, None) => return None,
        }
    }
    Some(out)
}

/// The JSON types that a schema allows, without `null`.
fn types(schema: &Value) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(one)) => vec![one.as_str()],
        Some(Value::Array(all)) => {
            all.iter().filter_map(Value::as_str).filter(|one| *one != "null").collect()
        }
        _ => Vec::new(),
    }
}

fn format(schema: &Value) -> &str {
    schema.get("format").and_then(Value::as_str).unwrap_or("")
}

/// A type of JSON Schema or of TOML in words, English and Chinese.
fn typed(name: &str) -> (&str, &str) {
    match name {
        "object" | "table" => ("a table", "表"),
        "array" => ("a list", "列表"),
        "string" => ("a string", "字符串"),
        "boolean" => ("true or false", "布尔值"),
        "integer" => ("a whole number", "整数"),
        "number" | "float" => ("a number", "数字"),
        "datetime" => ("a date", "日期"),
        other => (other, other),
    }
}
