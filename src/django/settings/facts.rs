//! What releases of Django changed about settings: `rules/facts/settings.toml` and `rules/facts/deploy_checks.toml`.

use std::sync::OnceLock;

use serde::Deserialize;

use crate::django::DjangoVersion;
use crate::findings::{Bilingual, Severity};

static SETTINGS: &str = include_str!("../../../rules/facts/settings.toml");
static DEPLOY: &str = include_str!("../../../rules/facts/deploy_checks.toml");

/// Settings that a release took away or deprecated.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gone {
    /// The settings.
    pub names: Vec<String>,
    #[serde(default)]
    deprecated: Option<String>,
    removed: String,
    /// `false` when only the value False had an effect.
    #[serde(default)]
    pub matters: Option<String>,
    /// The setting that says the same in the new way: with it, the old one is a left-over that changes nothing.
    #[serde(default)]
    pub used_by: Option<String>,
    /// The setting beside which the old one keeps Django from starting.
    #[serde(default)]
    pub excluded_by: Option<String>,
    /// How bad it is when the value mattered.
    pub severity: Severity,
    effect: String,
    effect_zh: String,
    advice: String,
    advice_zh: String,
}

/// A setting whose default a release changed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewDefault {
    /// The setting.
    pub name: String,
    changed: String,
    /// The old default, as code.
    pub from: String,
    /// The new one.
    pub to: String,
    /// How bad it is.
    pub severity: Severity,
    /// The middleware that reads the setting; without it nothing changes.
    #[serde(default)]
    pub middleware: Option<String>,
    effect: String,
    effect_zh: String,
    advice: String,
    advice_zh: String,
}

/// A check of a deployment.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeployCheck {
    /// Django's id of it.
    pub id: String,
    /// The middleware that must be there.
    #[serde(default)]
    pub middleware: Option<String>,
    /// The setting that is looked at.
    #[serde(default)]
    pub setting: Option<String>,
    /// The middleware without which the check does not apply.
    #[serde(default)]
    pub needs: Option<String>,
    /// What the setting must be.
    #[serde(default)]
    pub wants: Option<String>,
    /// What Django's default is.
    #[serde(default)]
    pub unset: Option<String>,
    #[serde(default)]
    unset_below: Option<String>,
    /// A setting that makes the check pointless when it is set.
    #[serde(default)]
    pub quiet_with: Option<String>,
    /// A setting without which the check does not apply: it must be certain that it is switched on.
    #[serde(default)]
    pub only_with: Option<String>,
    #[serde(default)]
    from: Option<String>,
    /// How bad it is.
    pub severity: Severity,
    effect: String,
    effect_zh: String,
}

#[derive(Deserialize, Default)]
struct SettingsFile {
    mysql_utf8mb4: String,
    gone: Vec<Gone>,
    default: Vec<NewDefault>,
}

#[derive(Deserialize, Default)]
struct DeployFile {
    check: Vec<DeployCheck>,
}

/// A release as the tables write it; `2028` is the one after the newest of its line.
fn release(text: &str) -> Option<DjangoVersion> {
    match text.split_once('.') {
        Some(_) => text.parse().ok(),
        None => text.parse().ok().map(|year| DjangoVersion::new(year, 0)),
    }
}

impl Gone {
    /// From which release on the setting warns.
    pub fn deprecated(&self) -> Option<DjangoVersion> {
        self.deprecated.as_deref().and_then(release)
    }

    /// From which release on it is ignored.
    pub fn removed(&self) -> Option<DjangoVersion> {
        release(&self.removed)
    }

    /// What happens when it is left, as the end of a sentence that begins with its name.
    pub fn effect(&self) -> Bilingual {
        Bilingual::new(&self.effect, &self.effect_zh)
    }

    /// What to do.
    pub fn advice(&self) -> Bilingual {
        Bilingual::new(&self.advice, &self.advice_zh)
    }
}

impl NewDefault {
    /// The release with the new default.
    pub fn changed(&self) -> Option<DjangoVersion> {
        release(&self.changed)
    }

    /// What happens, as a clause.
    pub fn effect(&self) -> Bilingual {
        Bilingual::new(&self.effect, &self.effect_zh)
    }

    /// What to do.
    pub fn advice(&self) -> Bilingual {
        Bilingual::new(&self.advice, &self.advice_zh)
    }
}

impl DeployCheck {
    /// Whether a release has the check; every one that is not known to lack it.
    pub fn applies_to(&self, django: Option<DjangoVersion>) -> bool {
        let from = self.from.as_deref().and_then(release);
        django.is_none_or(|django| from.is_none_or(|from| django >= from))
    }

    /// What Django takes when the setting is not set; `None` when that hangs on a release that is not known.
    pub fn default_of(&self, django: Option<DjangoVersion>) -> Option<&str> {
        match self.unset_below.as_deref().and_then(release) {
            Some(below) if django? < below => Some("falsy"),
            _ => self.unset.as_deref(),
        }
    }

    /// What is wrong.
    pub fn effect(&self) -> Bilingual {
        Bilingual::new(&self.effect, &self.effect_zh)
    }
}

fn settings() -> &'static SettingsFile {
    static TABLE: OnceLock<SettingsFile> = OnceLock::new();
    TABLE.get_or_init(|| toml::from_str(SETTINGS).unwrap_or_default())
}

/// The release whose MySQL backend connects with utf8mb4 where the settings name no charset.
pub fn mysql_utf8mb4() -> Option<DjangoVersion> {
    release(&settings().mysql_utf8mb4)
}

/// Settings that releases took away or deprecated.
pub fn gone() -> &'static [Gone] {
    &settings().gone
}

/// Settings whose default releases changed.
pub fn new_defaults() -> &'static [NewDefault] {
    &settings().default
}

/// The checks of a deployment.
pub fn deploy_checks() -> &'static [DeployCheck] {
    static TABLE: OnceLock<DeployFile> = OnceLock::new();
    &TABLE.get_or_init(|| toml::from_str(DEPLOY).unwrap_or_default()).check
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_read() {
        let table = toml::from_str::<SettingsFile>(SETTINGS).expect("settings.toml");
        assert!(release(&table.mysql_utf8mb4).is_some());
        assert!(table.gone.iter().all(|row| row.removed().is_some() && !row.names.is_empty()));
        assert!(table.default.iter().all(|row| row.changed().is_some()));
        let table = toml::from_str::<DeployFile>(DEPLOY).expect("deploy_checks.toml");
        for check in &table.check {
            assert_ne!(check.setting.is_some(), check.middleware.is_some(), "{}", check.id);
            assert_eq!(
                check.setting.is_some(),
                check.wants.is_some() && check.unset.is_some(),
                "{}",
                check.id
            );
        }
    }
}
