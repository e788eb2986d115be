//! Secrets that stand in settings as literals: found so that they can be reported and never be shown.

use std::sync::Arc;

use crate::source::Span;
use crate::syntax::{Expr, Value};

use super::environ::{self, EnvRead, Missing};

/// A secret in the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    /// The literal; its position is one of the [`super::SourceMap`].
    pub span: Span,
    /// The setting that holds it, with the keys that lead to it: `DATABASES["default"]["PASSWORD"]`.
    pub path: String,
    /// How it is used.
    pub kind: SecretKind,
    /// It is one that everybody tries first, such as `admin`.
    pub is_well_known: bool,
}

/// How a secret is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretKind {
    /// It is the value.
    Value,
    /// It is the value as long as this environment variable is not set.
    Default(Arc<str>),
    /// It stands in a URL.
    Url,
}

/// Words in names of settings and keys whose value is secret.
const SECRET_WORDS: [&str; 9] =
    ["PASSWORD", "PASSWD", "PASS", "PWD", "SECRET", "TOKEN", "APIKEY", "CREDENTIAL", "CREDENTIALS"];
/// Pairs of words that make a name secret.
const SECRET_PAIRS: [(&str, &str); 6] = [
    ("SECRET", "KEY"),
    ("API", "KEY"),
    ("ACCESS", "KEY"),
    ("PRIVATE", "KEY"),
    ("CRYPTO", "KEY"),
    ("ENCRYPTION", "KEY"),
];
/// Last words that make a name speak of something about a secret, not of the secret.
const ABOUT: [&str; 45] = [
    "AGE",
    "ALGORITHM",
    "AUTH",
    "BACKEND",
    "CHECK",
    "CLASS",
    "COOKIE",
    "DAYS",
    "DISABLED",
    "ENABLE",
    "ENABLED",
    "EXPIRE",
    "EXPIRED",
    "EXPIRES",
    "FALLBACK",
    "FIELD",
    "FILE",
    "FORMAT",
    "HASHERS",
    "HEADER",
    "HOST",
    "ID",
    "LENGTH",
    "LIFETIME",
    "LIMIT",
    "MODE",
    "MODEL",
    "NAME",
    "PARAM",
    "PARAMS",
    "PATH",
    "POLICY",
    "PREFIX",
    "REQUIRED",
    "ROOT",
    "SWITCH",
    "TEMPLATE",
    "TIMEOUT",
    "TOGGLE",
    "TYPE",
    "URL",
    "VALIDATORS",
    "VERSION",
    "VIEW",
    "VIEWS",
];
/// Passwords that everybody tries first.
const WELL_KNOWN: [&str; 18] = [
    "admin",
    "administrator",
    "password",
    "passwd",
    "123456",
    "12345678",
    "123456789",
    "root",
    "guest",
    "test",
    "changeme",
    "change-me",
    "secret",
    "default",
    "qwerty",
    "postgres",
    "mysql",
    "toor",
];

/// Whether a name says that its value is secret.
pub fn is_secret_name(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    let words: Vec<&str> = upper.split(['_', '-', '.']).filter(|word| !word.is_empty()).collect();
    if words.last().is_some_and(|last| ABOUT.contains(last)) {
        return false;
    }
    words.iter().any(|word| SECRET_WORDS.contains(word))
        || words.windows(2).any(|pair| SECRET_PAIRS.contains(&(pair[0], pair[1])))
}

/// Whether a text of a secret setting is one: not empty, and not the name of something.
fn is_secret_text(text: &str) -> bool {
    let is_path = text.contains('.') && !text.contains(' ') && text.split('.').all(is_identifier);
    let is_placeholder =
        text.contains(['{', '}', '<', '>', '$']) || text.starts_with('*') || text.contains(' ');
    let is_field = text.contains('_') && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let switches = ["on", "off", "true", "false", "none", "null", "yes", "no"];
    let is_switch = switches.iter().any(|word| text.eq_ignore_ascii_case(word));
    text.chars().count() >= 5
        && !is_switch
        && !is_path
        && !is_placeholder
        && !is_field
        && !text.starts_with('/')
}

fn is_identifier(part: &str) -> bool {
    let first = part.bytes().next();
    first.is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
        && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Whether a URL carries a password.
fn has_password(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let Some((user, _)) = authority.rsplit_once('@') else { return false };
    let Some((_, password)) = user.split_once(':') else { return false };
    let plain = !password.is_empty() && !password.contains(['{', '}', '%', '<', '$']);
    plain && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// How deep values are looked into.
const MAX_DEPTH: u32 = 12;

/// The secrets in the value of a setting.
pub fn secrets_in(setting: &str, value: &Expr) -> Vec<Secret> {
    let mut out = Vec::new();
    look(setting, is_secret_name(setting), value, 0, &mut out);
    out
}

fn look(path: &str, named: bool, expr: &Expr, depth: u32, out: &mut Vec<Secret>) {
    if depth > MAX_DEPTH {
        return;
    }
    match &expr.value {
        Value::Str(text) => {
            let lower = text.to_ascii_lowercase();
            let is_well_known = WELL_KNOWN.contains(&lower.as_str());
            let path = path.to_owned();
            if has_password(text) {
                let password = lower.rsplit_once('@').and_then(|(user, _)| user.rsplit_once(':'));
                let is_well_known = password.is_some_and(|(_, password)| WELL_KNOWN.contains(&password));
                out.push(Secret { span: expr.span, path, kind: SecretKind::Url, is_well_known });
            } else if named && (is_secret_text(text) || is_well_known) {
                out.push(Secret { span: expr.span, path, kind: SecretKind::Value, is_well_known });
            }
        }
        Value::List(items) | Value::Tuple(items) | Value::Set(items) | Value::Either(items) => {
            for item in items.iter() {
                look(path, named, item, depth + 1, out);
            }
        }
        Value::Maybe(item) => look(path, named, item, depth + 1, out),
        Value::Dict(entries) => {
            for (key, value) in entries.iter() {
                let name = key.as_str().unwrap_or_default();
                look(&format!("{path}[{name:?}]"), is_secret_name(name), value, depth + 1, out);
            }
        }
        Value::Call(_) => {
            if let Some(EnvRead { name: Some(variable), missing: Missing::Default(default) }) =
                environ::read(expr)
            {
                let secret = named || is_secret_name(&variable);
                let from = out.len();
                look(path, secret, &default, depth + 1, out);
                for found in out.iter_mut().skip(from).filter(|found| found.kind == SecretKind::Value) {
                    found.kind = SecretKind::Default(variable.clone());
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_secrets_from_what_is_about_them() {
        for name in [
            "SECRET_KEY",
            "PASSWORD",
            "DB_PASS",
            "AUTH_TOKEN",
            "AWS_SECRET_ACCESS_KEY",
            "API_KEY",
            "password",
        ] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in [
            "AUTH_PASSWORD_VALIDATORS",
            "PASSWORD_HASHERS",
            "TOKEN_URL",
            "KEY_PREFIX",
            "PASSWORD_RESET_TIMEOUT",
            "COMPASS",
            "CSRF_COOKIE_NAME",
            "SECRET_KEY_FALLBACK",
            "PASSTHROUGH",
        ] {
            assert!(!is_secret_name(name), "{name}");
        }
    }

    #[test]
    fn urls_with_a_password_are_secret() {
        assert!(has_password("amqp://guest:guest@localhost:5672//"));
        assert!(has_password("redis://:pa55@host/0"));
        assert!(!has_password("redis://localhost:6379/0"));
        assert!(!has_password("redis://:{}@{}:{}/{}"));
        assert!(!has_password("mailto:a@b"));
    }
}
