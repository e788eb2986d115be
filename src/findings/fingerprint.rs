//! What makes a finding the same finding in another run: not its line, not its file's name, not the language.
//!
//! An [`Identity`] is a hash over rule, project, app, model, field and discriminator. A finding that names none of the
//! last three is told apart by the text that it points at, or, where it points at a whole file, by the file. Findings
//! with equal identities get an ordinal, in the order of the report; identity and ordinal make the fingerprint, so it
//! is unique within a run.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::{Finding, Place};
use crate::source::SourceText;

/// Hex digits of a fingerprint: 128 bits of the hash.
const HEX_DIGITS: usize = 32;

/// What a finding is, beside where it stands. Equal for two findings that a reader would call the same thing twice.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Identity([u8; 32]);

/// What identities need to know of the run.
#[derive(Debug, Default)]
pub struct Context<'a> {
    /// Folder of every project by its name in outputs, relative to the top of the repository, so that it does not
    /// depend on the path that was given or on the folder that a clone happens to have.
    pub project_folders: BTreeMap<Arc<str>, String>,
    /// Path of the scanned root within its repository, `bklog`; empty at the top.
    pub in_repository: String,
    /// Texts that findings point at, by path.
    pub texts: Option<&'a BTreeMap<Arc<str>, Arc<SourceText>>>,
}

impl Context<'_> {
    /// The identity of `finding`.
    pub fn identity(&self, finding: &Finding) -> Identity {
        let subject = &finding.subject;
        let project = subject.project.as_ref().map(|name| match self.project_folders.get(name) {
            Some(folder) => folder.as_str(),
            None => name.as_ref(),
        });
        let mut hash = Sha256::new();
        part(&mut hash, Some(finding.rule.code));
        part(&mut hash, project);
        for named in [&subject.app, &subject.model, &subject.field] {
            part(&mut hash, named.as_deref());
        }
        part(&mut hash, Some(&finding.discriminator));
        if subject.model.is_none() && subject.field.is_none() && finding.discriminator.is_empty() {
            part(&mut hash, Some(&self.anchor(&finding.place)));
        }
        Identity(hash.finalize().into())
    }

    /// Gives every finding its fingerprint. Findings come in the order of the report; those of rules that were given
    /// their fingerprints before are not to be passed again.
    pub fn assign<'f>(&self, findings: impl IntoIterator<Item = &'f mut Finding>) {
        let mut seen: HashMap<Identity, u64> = HashMap::new();
        for finding in findings {
            let identity = self.identity(finding);
            let ordinal = seen.entry(identity.clone()).or_default();
            let mut hash = Sha256::new();
            hash.update(identity.0);
            hash.update(ordinal.to_le_bytes());
            *ordinal += 1;
            finding.fingerprint = hex(&hash.finalize());
        }
    }

    /// The text that a place points at, white space folded; for a whole file its path in the repository.
    fn anchor(&self, place: &Place) -> String {
        let text =
            self.texts.and_then(|texts| texts.get(&place.path)).map_or("", |text| text.slice(place.span));
        if text.trim().is_empty() {
            return match self.in_repository.trim_matches('/') {
                "" => place.path.to_string(),
                folder => format!("{folder}/{}", place.path),
            };
        }
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// Hashes one part so that no two lists of parts give the same bytes: a mark for absence, or the length before the text.
fn part(hash: &mut Sha256, text: Option<&str>) {
    match text {
        None => hash.update([0]),
        Some(text) => {
            hash.update([1]);
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text.as_bytes());
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.take(HEX_DIGITS).filter_map(|digit| char::from_digit(u32::from(digit), 16)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::{Bilingual, RuleId, Severity, Standing, Subject};

    static RULE: RuleId = RuleId {
        code: "NAM001",
        name: "field-name",
        family: "naming",
        severity: Severity::Error,
        standing: Standing::NewMigrations,
    };

    fn finding(subject: Subject, discriminator: &str) -> Finding {
        let place = Place::whole_file("a.py".into());
        Finding {
            subject: Subject { project: Some("shop".into()), ..subject },
            discriminator: discriminator.to_owned(),
            ..Finding::new(&RULE, Severity::Error, Bilingual::default(), place)
        }
    }

    /// Baselines hold fingerprints for years: what makes one must never change. The values were computed by another
    /// program, from what the documentation above says.
    #[test]
    fn a_fingerprint_is_the_same_for_ever() {
        let named = Subject {
            app: Some("orders".into()),
            model: Some("order".into()),
            field: Some("create_time".into()),
            ..Subject::default()
        };
        let mut findings =
            [finding(named.clone(), "AddField"), finding(named, "AddField"), finding(Subject::default(), "")];
        let context = Context {
            project_folders: [("shop".into(), "packages/shop".to_owned())].into(),
            in_repository: "bklog".to_owned(),
            texts: None,
        };
        context.assign(&mut findings);
        let made: Vec<&str> = findings.iter().map(|finding| finding.fingerprint.as_str()).collect();
        assert_eq!(
            made,
            [
                "7683b156f55c1d258c1eac0a928e2f2c",
                "e4c06e8f14a8ff88f98d5caf2f04d27f",
                "22ef5705f4a93a9d802f16b70970ccbd",
            ]
        );
    }
}
