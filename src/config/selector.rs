//! How a user names rules: by code, name, family, or the start of a code.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::findings::RuleId;

/// Schema of a rule selector; in the configuration it is a plain string.
pub struct RuleSelector;

impl JsonSchema for RuleSelector {
    fn schema_name() -> Cow<'static, str> {
        "RuleSelector".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "format": "rule",
            "description": "A rule by code (NAM001), name (field-name), family (naming), or the start of a code (MIG1)."
        })
    }
}

/// Schema of a path glob; in the configuration it is a plain string.
pub struct Glob;

impl JsonSchema for Glob {
    fn schema_name() -> Cow<'static, str> {
        "Glob".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "format": "glob",
            "description": "Paths with *, **, ? and {a,b}, relative to the configuration file, / between parts."
        })
    }
}

/// Schema of a version; in the configuration it is a plain string.
pub struct VersionText;

impl JsonSchema for VersionText {
    fn schema_name() -> Cow<'static, str> {
        "Version".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "format": "version",
            "description": "Numbers with dots: 8.0 for the series, 8.0.36 for one release."
        })
    }
}

/// Whether a text is a version as [`VersionText`] describes it.
pub fn is_version(text: &str) -> bool {
    let numbers: Vec<&str> = text.split('.').collect();
    let is_number =
        |text: &&str| !text.is_empty() && text.len() < 7 && text.bytes().all(|b| b.is_ascii_digit());
    (1..=4).contains(&numbers.len()) && numbers.iter().all(is_number)
}

/// How exactly a selector names a rule; a higher one wins over a lower one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Precision {
    /// Its family.
    Family,
    /// The start of its code, of this many letters.
    Prefix(usize),
    /// The rule itself, by code or name.
    Rule,
}

/// How `selector` names `rule`; `None` when it does not. Upper and lower case count as equal.
pub fn precision(selector: &str, rule: &RuleId) -> Option<Precision> {
    if selector.eq_ignore_ascii_case(rule.code) || selector.eq_ignore_ascii_case(rule.name) {
        Some(Precision::Rule)
    } else if selector.eq_ignore_ascii_case(rule.family) {
        Some(Precision::Family)
    } else {
        let start = rule.code.get(..selector.len())?;
        (!selector.is_empty() && start.eq_ignore_ascii_case(selector))
            .then_some(Precision::Prefix(start.len()))
    }
}

/// Whether `selector` names `rule`.
pub fn matches(selector: &str, rule: &RuleId) -> bool {
    precision(selector, rule).is_some()
}

/// Whether a rule runs under these `select` (empty: all) and `ignore` lists; where both name it, the more exact one
/// wins, and `ignore` wins a tie.
pub fn selected<S: AsRef<str>>(rule: &RuleId, select: &[S], ignore: &[S]) -> bool {
    let best = |list: &[S]| list.iter().filter_map(|selector| precision(selector.as_ref(), rule)).max();
    match (best(select), best(ignore)) {
        (None, _) if !select.is_empty() => false,
        (Some(chosen), Some(left_out)) => chosen > left_out,
        (_, left_out) => left_out.is_none(),
    }
}

/// A selector that names no rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownSelector {
    /// The nearest right one.
    pub nearest: Option<String>,
}

/// Checks that `selector` names at least one rule of the catalogue.
///
/// # Errors
/// With the nearest code, name or family when it names none.
pub fn check(selector: &str, catalogue: &[&RuleId]) -> Result<(), UnknownSelector> {
    if catalogue.iter().any(|rule| matches(selector, rule)) {
        return Ok(());
    }
    let candidates = catalogue.iter().flat_map(|rule| [rule.code, rule.name, rule.family]);
    Err(UnknownSelector { nearest: nearest(selector, candidates).map(str::to_owned) })
}

/// The candidate that is most like `word`, when one is near enough to be what was meant; the first of equals.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let allowed = (word.chars().count() / 3).max(1);
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let lower = candidate.to_lowercase();
        let mut distance = strsim::damerau_levenshtein(&word, &lower);
        // A word left out or added (`fail` for `fail-on`) is many letters but an easy slip.
        if word.len() >= 4 && (lower.starts_with(&word) || word.starts_with(lower.as_str())) {
            distance = distance.min(allowed);
        }
        if distance <= allowed && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::{Severity, Standing};

    const RULE: RuleId = RuleId {
        code: "NAM001",
        name: "field-name",
        family: "naming",
        severity: Severity::Error,
        standing: Standing::NewMigrations,
    };

    #[test]
    fn names_a_rule_in_four_ways() {
        for selector in ["NAM001", "nam001", "field-name", "naming", "NAM", "NAM0"] {
            assert!(matches(selector, &RULE), "{selector}");
        }
        for selector in ["", "NAM002", "field", "nam0011", "国家"] {
            assert!(!matches(selector, &RULE), "{selector}");
        }
    }

    #[test]
    fn the_more_exact_selector_wins() {
        assert!(selected::<&str>(&RULE, &[], &[]));
        assert!(!selected(&RULE, &[], &["naming"]));
        assert!(selected(&RULE, &["NAM001"], &["naming"]));
        assert!(!selected(&RULE, &["naming"], &["NAM001"]));
        assert!(!selected(&RULE, &["NAM001"], &["field-name"]));
        assert!(!selected(&RULE, &["GRA"], &[]));
    }

    #[test]
    fn suggests_only_what_is_near() {
        let known = ["select", "ignore-rules", "fail-on", "ignore"];
        assert_eq!(nearest("selct", known), Some("select"));
        assert_eq!(nearest("fail_on", known), Some("fail-on"));
        assert_eq!(nearest("fail", known), Some("fail-on"));
        assert_eq!(nearest("database", known), None);
        assert_eq!(check("NAM01", &[&RULE]).unwrap_err().nearest.as_deref(), Some("NAM001"));
    }
}
