//! What a check of `rules/facts/deploy_checks.toml` wants of a setting: whether a value is that, and how to get there.

use std::collections::BTreeSet;

use crate::findings::Bilingual;
use crate::syntax::{Expr, Value};

/// Whether a value is what a check wants; `None` when that is not known.
pub(super) fn meets(value: &Expr, wants: &str) -> Option<bool> {
    let truth = match &value.value {
        Value::None => Some(false),
        Value::Bool(value) => Some(*value),
        Value::Int(number) => Some(*number != 0),
        Value::Str(text) => Some(!text.is_empty()),
        Value::List(items) | Value::Tuple(items) => match items.as_slice() {
            [] => Some(false),
            items if items.iter().any(|item| item.unknown().is_none()) => Some(true),
            _ => None,
        },
        _ => None,
    };
    match wants {
        "true" => match &value.value {
            Value::Bool(value) => Some(*value),
            Value::None | Value::Int(_) | Value::Str(_) => Some(false),
            _ => None,
        },
        "truthy" | "not-empty" => truth,
        "falsy" => truth.map(|truth| !truth),
        "not-none" => match &value.value {
            Value::None => Some(false),
            Value::Unknown(_) | Value::Call(_) => None,
            _ => Some(true),
        },
        "strong-key" => match &value.value {
            Value::None => Some(false),
            _ => value.as_str().map(is_strong_key),
        },
        "origin" => value.as_str().map(|text| text.contains("://")),
        "dict-or-none" => match &value.value {
            Value::None | Value::Dict(_) => Some(true),
            Value::Bool(_) | Value::Int(_) | Value::Str(_) | Value::List(_) | Value::Tuple(_) => Some(false),
            _ => None,
        },
        _ => other_wants(value, wants),
    }
}

/// What is written with a part of its own: `is:VALUE`, `each:WANTS`, `one-of:A,B`.
fn other_wants(value: &Expr, wants: &str) -> Option<bool> {
    let (form, part) = wants.split_once(':')?;
    let all = |verdicts: Vec<Option<bool>>| match verdicts.contains(&Some(false)) {
        true => Some(false),
        false => verdicts.into_iter().collect::<Option<Vec<bool>>>().map(|_| true),
    };
    match form {
        "is" => match &value.value {
            Value::Str(text) => Some(**text == *part),
            Value::None | Value::Bool(_) | Value::Int(_) => Some(false),
            _ => None,
        },
        "each" => all(value.elements()?.iter().map(|item| meets(item, part)).collect()),
        "one-of" => {
            let is_known =
                |text: &str| text.split(',').all(|one| part.split(',').any(|known| known == one.trim()));
            match &value.value {
                Value::None => Some(true),
                Value::Str(text) => Some(is_known(text)),
                _ => all(value.elements()?.iter().map(|item| item.as_str().map(is_known)).collect()),
            }
        }
        _ => None,
    }
}

/// Django's own measure (`django/core/checks/security/base.py`).
fn is_strong_key(key: &str) -> bool {
    const LENGTH: usize = 50;
    const DIFFERENT: usize = 5;
    let different: BTreeSet<char> = key.chars().collect();
    key.chars().count() >= LENGTH && different.len() >= DIFFERENT && !key.starts_with("django-insecure-")
}

/// How `setting` becomes what a check wants.
pub(super) fn remedy(setting: &str, wants: &str) -> Bilingual {
    let written = |value: &str| {
        Bilingual::new(
            format!("Set `{setting} = {value}` for the environments that serve users."),
            format!("请在对外服务的环境中设置 `{setting} = {value}`。"),
        )
    };
    match wants.rsplit_once(':').unwrap_or((wants, wants)) {
        ("is", value) => written(&format!("\"{value}\"")),
        ("one-of", known) => {
            let names: Vec<String> = known.split(',').map(|name| format!("`{name}`")).collect();
            Bilingual::new(
                format!("Take of these: {}.", names.join(", ")),
                format!("可用的取值：{}。", names.join("、")),
            )
        }
        (_, "true") => written("True"),
        (_, "falsy") => written("False"),
        (_, "strong-key") => Bilingual::new(
            format!(
                "Let `{setting}` take random keys of at least 50 characters from the environment or a secret store, not from the source."
            ),
            format!(
                "`{setting}` 应使用至少 50 个字符的随机密钥，并从环境变量或密钥管理服务读取，不要写在源码里。"
            ),
        ),
        (_, "origin") => Bilingual::new(
            "Write each entry with its scheme: `https://shop.example.com`, `https://*.example.com`.",
            "每一项都要写上协议：`https://shop.example.com`、`https://*.example.com`。",
        ),
        (_, "dict-or-none") => Bilingual::new(
            format!("Write `{setting}` as a dictionary of directives, or leave it out."),
            format!("请把 `{setting}` 写成由指令组成的字典，或去掉它。"),
        ),
        _ => Bilingual::new(
            format!("Give `{setting}` a value for the environments that serve users."),
            format!("请在对外服务的环境中为 `{setting}` 赋值。"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::eval::module_of;
    use crate::syntax::python::parse_str;

    /// Whether the value of a Python expression is what is wanted.
    fn met(source: &str, wants: &str) -> Option<bool> {
        let text = format!("import os\nX = {source}\n");
        let module = module_of(&text, &parse_str(&text));
        meets(&module.bindings["X"], wants)
    }

    /// What Django takes as true: `bool(value)`.
    #[test]
    fn a_value_is_true_as_python_has_it() {
        for source in ["True", "1", "\"no\"", "[\"a\"]", "(\"a\",)", "[os.name, \"a\"]"] {
            assert_eq!(met(source, "truthy"), Some(true), "{source}");
            assert_eq!(met(source, "falsy"), Some(false), "{source}");
        }
        for source in ["None", "False", "0", "\"\"", "[]", "()"] {
            assert_eq!(met(source, "not-empty"), Some(false), "{source}");
            assert_eq!(met(source, "falsy"), Some(true), "{source}");
        }
        assert_eq!(met("unknown()", "truthy"), None);
        assert_eq!(met("[unknown()]", "truthy"), None);
    }

    /// `settings.X is True` and `is not None`.
    #[test]
    fn what_must_be_true_itself_is_no_other_value() {
        assert_eq!(met("True", "true"), Some(true));
        for source in ["False", "None", "1", "\"True\""] {
            assert_eq!(met(source, "true"), Some(false), "{source}");
        }
        assert_eq!(met("unknown()", "true"), None);
        assert_eq!(met("None", "not-none"), Some(false));
        assert_eq!(met("\"\"", "not-none"), Some(true));
        assert_eq!(met("0", "not-none"), Some(true));
        assert_eq!(met("unknown()", "not-none"), None);
    }

    #[test]
    fn a_key_is_strong_by_length_letters_and_origin() {
        let long = "abcde".repeat(10);
        assert_eq!(met(&format!("\"{long}\""), "strong-key"), Some(true));
        assert_eq!(met(&format!("\"{}\"", &long[1..]), "strong-key"), Some(false), "49 characters");
        assert_eq!(met(&format!("\"{}\"", "abcd".repeat(20)), "strong-key"), Some(false), "4 different ones");
        assert_eq!(met(&format!("\"django-insecure-{long}\""), "strong-key"), Some(false));
        assert_eq!(met("None", "strong-key"), Some(false));
        assert_eq!(met("unknown()", "strong-key"), None);
        assert_eq!(met(&format!("[\"{long}\", \"short\"]"), "each:strong-key"), Some(false));
        assert_eq!(met("[unknown(), \"short\"]", "each:strong-key"), Some(false));
        assert_eq!(met(&format!("[unknown(), \"{long}\"]"), "each:strong-key"), None);
        assert_eq!(met(&format!("[\"{long}\"]"), "each:strong-key"), Some(true));
    }

    #[test]
    fn dictionaries_origins_and_lists_of_words() {
        for source in ["None", "{}", "{\"default-src\": [\"'self'\"]}"] {
            assert_eq!(met(source, "dict-or-none"), Some(true), "{source}");
        }
        for source in ["True", "1", "\"default-src 'self'\"", "[]", "()"] {
            assert_eq!(met(source, "dict-or-none"), Some(false), "{source}");
        }
        assert_eq!(met("unknown()", "dict-or-none"), None);
        assert_eq!(met("\"https://a.example.com\"", "origin"), Some(true));
        assert_eq!(met("\"a.example.com\"", "origin"), Some(false));
        assert_eq!(met("\"DENY\"", "is:DENY"), Some(true));
        assert_eq!(met("\"deny\"", "is:DENY"), Some(false));
        assert_eq!(met("None", "is:DENY"), Some(false));
        for (source, verdict) in [
            ("None", Some(true)),
            ("\"origin, same-origin\"", Some(true)),
            ("\"origin, all\"", Some(false)),
            ("[\"same-origin\", \"origin\"]", Some(true)),
            ("[\"same-origin\", \"all\"]", Some(false)),
            ("[unknown()]", None),
            ("unknown()", None),
        ] {
            assert_eq!(met(source, "one-of:origin,same-origin"), verdict, "{source}");
        }
        assert_eq!(met("1", "something-new"), None);
    }
}
