//! The risks of an upgrade that the guide names, and which findings raise which.

use crate::findings::Finding;

/// A risk that findings raise.
pub(crate) struct Risk {
    /// Its key, `data`; the gate's check is `risk.data`.
    pub(crate) key: &'static str,
    families: &'static [&'static str],
    /// What it is called, English and Chinese.
    pub(crate) title: (&'static str, &'static str),
}

/// The risks, in the order of the guide.
pub(crate) const RISKS: [Risk; 4] = [
    Risk {
        key: "data",
        families: &["data-loss", "data-migration", "existing-data", "reversibility", "atomicity", "locking"],
        title: ("a failed migration that loses data", "迁移失败导致数据丢失"),
    },
    Risk {
        key: "dependencies",
        families: &["pins", "servers", "names"],
        title: ("dependencies that conflict", "依赖包版本冲突"),
    },
    Risk {
        key: "configuration",
        families: &["settings", "config-files", "urls"],
        title: ("configuration that changes", "配置变更导致功能异常"),
    },
    Risk { key: "permissions", families: &[], title: ("permissions that change", "权限系统变更") },
];

impl Risk {
    /// Whether a finding, whatever its severity, speaks of this risk. Migrations of the access centre are about
    /// permissions, whatever their family.
    pub(crate) fn is_raised_by(&self, finding: &Finding) -> bool {
        let permissions = finding.rule.name.starts_with("iam");
        match self.key {
            "permissions" => permissions,
            _ => !permissions && self.families.contains(&finding.rule.family),
        }
    }
}
