//! PIN019: credentials that are written out in a URL of an index or a package.

use crate::config::Config;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};

/// PIN019 credentials-in-url.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "PIN019",
        name: "credentials-in-url",
        family: "pins",
        severity: Severity::Error,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/pins/credentials-in-url.md"),
    check: Check::Project(check),
};

fn check(project: &Project, _: &Config, emit: &mut Emit<'_>) {
    for file in &project.pins.inventory.files {
        let mut spans = file.declared.secrets.clone();
        spans.sort();
        spans.dedup();
        for (number, span) in spans.into_iter().enumerate() {
            let message = Bilingual::new(
                "credentials stand in this URL for everybody who can read the repository",
                "该 URL 中写有凭据，能读取仓库的人都能看到",
            );
            let finding = emit.at(&file.text, span, message);
            finding.subject.project = Some(project.name.clone());
            // Neither the credentials nor anything made of them.
            finding.discriminator = format!("credentials {}", number + 1);
            finding.help = Bilingual::new(
                "Change them, since history keeps them. Then name a variable (`https://${USER}:${TOKEN}@…`), or use the keyring or \
                 netrc of pip.",
                "请先更换凭据（历史记录仍会保留），再改用环境变量（`https://${USER}:${TOKEN}@…`），或使用 pip 支持的 keyring、netrc。",
            );
        }
    }
}
