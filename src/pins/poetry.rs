//! Version constraints in Poetry's own notation, as PEP 440.

use std::str::FromStr;
use std::sync::Arc;

use pep440_rs::{Version, VersionSpecifiers};

use super::Wants;

/// What a Poetry constraint accepts: `^3.2`, `~1.2`, `1.*`, `>=1,<2`, `1.0` (exactly that version), `*`.
///
/// Alternatives (`^1 || ^2`) have no PEP 440 form and are [`Wants::Other`].
pub fn wants(text: &str) -> Wants {
    specifiers(text).map_or_else(|| Wants::Other(Arc::from(text.trim())), Wants::Versions)
}

/// The constraint as PEP 440; `None` when it has no such form.
pub fn specifiers(text: &str) -> Option<VersionSpecifiers> {
    let text = text.trim();
    if text.contains('|') {
        return None;
    }
    let mut parts = Vec::new();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty() && *part != "*") {
        parts.extend(one(part)?);
    }
    VersionSpecifiers::from_str(&parts.join(",")).ok()
}

/// One constraint as one or two PEP 440 specifiers.
fn one(part: &str) -> Option<Vec<String>> {
    if let Some(version) = part.strip_prefix('^') {
        let (from, release) = release(version)?;
        let keep = release.iter().position(|number| *number != 0).unwrap_or(release.len() - 1);
        return Some(vec![format!(">={from}"), format!("<{}", raised(&release, keep))]);
    }
    if let Some(version) = part.strip_prefix('~').filter(|rest| !rest.starts_with('=')) {
        let (from, release) = release(version)?;
        return Some(vec![format!(">={from}"), format!("<{}", raised(&release, 1.min(release.len() - 1)))]);
    }
    if part.starts_with(|c: char| c.is_ascii_digit()) {
        return Some(vec![format!("=={part}")]);
    }
    if let Some(version) = part.strip_prefix('=').filter(|rest| !rest.starts_with('=')) {
        return Some(vec![format!("=={}", version.trim())]);
    }
    Some(vec![part.to_owned()])
}

fn release(text: &str) -> Option<(Version, Vec<u64>)> {
    let version = Version::from_str(text.trim()).ok()?;
    let release = version.release().to_vec();
    (!release.is_empty()).then_some((version, release))
}

/// The release whose number at `at` is one higher, the rest cut.
fn raised(release: &[u64], at: usize) -> String {
    let mut numbers: Vec<String> = release.iter().take(at + 1).map(u64::to_string).collect();
    if let (Some(last), Some(number)) = (numbers.last_mut(), release.get(at)) {
        *last = number.saturating_add(1).to_string();
    }
    numbers.join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_poetrys_documentation() {
        for (poetry, pep440) in [
            ("^1.2.3", ">=1.2.3, <2"),
            ("^1.2", ">=1.2, <2"),
            ("^1", ">=1, <2"),
            ("^0.2.3", ">=0.2.3, <0.3"),
            ("^0.0.3", ">=0.0.3, <0.0.4"),
            ("^0.0", ">=0.0, <0.1"),
            ("^0", ">=0, <1"),
            ("~1.2.3", ">=1.2.3, <1.3"),
            ("~1.2", ">=1.2, <1.3"),
            ("~1", ">=1, <2"),
            ("1.*", "==1.*"),
            ("1.2.3", "==1.2.3"),
            (">=1.2,<1.5", ">=1.2, <1.5"),
            ("~=1.4", "~=1.4"),
            ("*", ""),
        ] {
            assert_eq!(specifiers(poetry).unwrap().to_string(), pep440, "{poetry}");
        }
        assert!(matches!(wants("^1 || ^2"), Wants::Other(_)));
        assert!(matches!(wants("^x"), Wants::Other(_)));
    }
}
