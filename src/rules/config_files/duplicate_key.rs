//! CFG002: a key that stands twice in one mapping.

use std::collections::HashMap;

use crate::config::Config;
use crate::config_files::{Document, Node};
use crate::findings::{Bilingual, Place, RuleId, Severity, Standing};
use crate::project::Workspace;
use crate::rules::{Check, Emit, Rule, path_subject};

/// CFG002 duplicate-key.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "CFG002",
        name: "duplicate-key",
        family: "config-files",
        severity: Severity::Warning,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/config-files/duplicate-key.md"),
    check: Check::Workspace(check),
};

fn check(workspace: &Workspace, _: &Config, emit: &mut Emit<'_>) {
    for document in workspace.deployment.documents() {
        for node in document.roots.iter().flat_map(Node::descendants) {
            judge(workspace, document, node, emit);
        }
    }
}

fn judge(workspace: &Workspace, document: &Document, node: &Node, emit: &mut Emit<'_>) {
    let mut first: HashMap<&str, (&Node, &Node)> = HashMap::new();
    for (key, value) in node.entries() {
        // `<<` may stand more than once: each merges another mapping.
        let Some(name) = key.as_str().filter(|name| *name != "<<") else { continue };
        let Some((before, old)) = first.insert(name, (key, value)) else { continue };
        let (but_en, but_zh) = if old.as_str().is_some() && old.as_str() == value.as_str() {
            (" (both say the same)", "（两处的值相同）")
        } else {
            ("", "")
        };
        let finding = emit.at(
            &document.text,
            key.span,
            Bilingual::new(
                format!("`{name}` stands twice here; the first is silently lost{but_en}"),
                format!("`{name}` 在此出现两次，前一处会被静默覆盖{but_zh}"),
            ),
        );
        let earlier = Bilingual::new("the one that is lost", "被覆盖的一处");
        finding.related = vec![(Place::new(&document.text, before.span), earlier)];
        finding.help = Bilingual::new("Keep the one that is meant.", "请只保留需要的一处。");
        finding.subject = path_subject(workspace, &document.text.path);
        finding.discriminator = name.to_owned();
    }
}
