//! One question and its answer.

use serde::{Deserialize, Serialize};

use crate::findings::Bilingual;

use super::trouble::Trouble;

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// As it should be.
    Pass,
    /// Not asked, with the reason; nothing follows from it.
    Skip,
    /// Somebody should look at it; the upgrade may go on.
    Warn,
    /// The question could not be asked.
    Error,
    /// Not as it has to be.
    Fail,
}

impl Status {
    /// The key in outputs.
    pub fn key(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Skip => "skip",
            Self::Warn => "warn",
            Self::Error => "error",
            Self::Fail => "fail",
        }
    }

    /// All of them, the worst first.
    pub const ALL: [Self; 5] = [Self::Fail, Self::Error, Self::Warn, Self::Skip, Self::Pass];
}

/// The part of an upgrade's preparation that a check belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Section {
    /// Servers and what runs on them.
    Environment,
    /// Installed packages.
    Dependencies,
    /// Backups.
    Backup,
    /// Migrations and the static check.
    Migrations,
    /// Risks.
    Risk,
    /// The way back.
    Rollback,
    /// The window and the notice.
    Window,
    /// Components around the project.
    Components,
}

impl Section {
    /// All sections, in the order of the report.
    pub const ALL: [Self; 8] = [
        Self::Environment,
        Self::Dependencies,
        Self::Backup,
        Self::Migrations,
        Self::Risk,
        Self::Rollback,
        Self::Window,
        Self::Components,
    ];

    /// The key in outputs.
    pub fn key(self) -> &'static str {
        match self {
            Self::Environment => "environment",
            Self::Dependencies => "dependencies",
            Self::Backup => "backup",
            Self::Migrations => "migrations",
            Self::Risk => "risk",
            Self::Rollback => "rollback",
            Self::Window => "window",
            Self::Components => "components",
        }
    }

    /// The section with this key.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|section| section.key() == key)
    }

    /// The heading for people.
    pub fn title(self) -> Bilingual {
        let (en, zh) = match self {
            Self::Environment => ("Environment", "环境检查"),
            Self::Dependencies => ("Dependencies", "依赖包"),
            Self::Backup => ("Backups", "数据备份"),
            Self::Migrations => ("Migrations", "迁移检查"),
            Self::Risk => ("Risks", "风险评估"),
            Self::Rollback => ("Rollback", "回滚与应急"),
            Self::Window => ("Window", "升级窗口"),
            Self::Components => ("Components", "组件依赖"),
        };
        Bilingual::new(en, zh)
    }
}

/// A check with its result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Stable name, `mysql.version`; that of a service that is not called `default` holds its name,
    /// `mysql.grafana.version`.
    pub id: String,
    /// Where it belongs.
    pub section: Section,
    /// How it ended.
    pub status: Status,
    /// What was seen; empty when nothing was.
    pub observed: String,
    /// What was wanted.
    pub expected: String,
    /// What it means.
    pub message: Bilingual,
    /// What to do; empty when there is nothing to do.
    pub remedy: Bilingual,
    /// How long the question took, in milliseconds.
    pub elapsed_ms: u64,
    /// Does not decide: `optional` names it.
    pub optional: bool,
    /// Who answers for it, and why.
    pub waived: Option<String>,
}

impl Check {
    /// A check that ended so.
    pub fn new(id: impl Into<String>, section: Section, status: Status, message: Bilingual) -> Self {
        Self {
            id: id.into(),
            section,
            status,
            observed: String::new(),
            expected: String::new(),
            message,
            remedy: Bilingual::default(),
            elapsed_ms: 0,
            optional: false,
            waived: None,
        }
    }

    /// A question that could not be asked.
    pub fn error(id: impl Into<String>, section: Section, trouble: &Trouble) -> Self {
        Self::new(id, section, Status::Error, trouble.message())
            .saw(trouble.said.clone())
            .advise(trouble.remedy())
    }

    /// With what was seen.
    #[must_use]
    pub fn saw(mut self, observed: impl Into<String>) -> Self {
        self.observed = observed.into();
        self
    }

    /// With what was wanted.
    #[must_use]
    pub fn wants(mut self, expected: impl Into<String>) -> Self {
        self.expected = expected.into();
        self
    }

    /// With what to do.
    #[must_use]
    pub fn advise(mut self, remedy: Bilingual) -> Self {
        self.remedy = remedy;
        self
    }

    /// Whether it stands in the way of the upgrade.
    pub fn blocks(&self) -> bool {
        !self.optional && self.waived.is_none() && matches!(self.status, Status::Fail | Status::Error)
    }
}

/// A text in both languages.
pub(crate) fn say(en: impl Into<String>, zh: impl Into<String>) -> Bilingual {
    Bilingual::new(en, zh)
}
