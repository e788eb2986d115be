//! CFG007: a placeholder that nothing replaces, or a variable that is exported twice.

use std::collections::HashMap;

use crate::config::Config;
use crate::config_files::Template;
use crate::findings::{Bilingual, Place, RuleId, Severity, Standing};
use crate::project::Workspace;
use crate::rules::{Check, Emit, Rule, path_subject};

/// CFG007 template-placeholder.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "CFG007",
        name: "template-placeholder",
        family: "config-files",
        severity: Severity::Error,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/config-files/template-placeholder.md"),
    check: Check::Workspace(check),
};

fn check(workspace: &Workspace, _: &Config, emit: &mut Emit<'_>) {
    for template in &workspace.deployment.templates {
        for span in &template.broken {
            let written = template.text.slice(*span);
            let name = written.trim_matches('_').to_owned();
            let finding = emit.at(
                &template.text,
                *span,
                Bilingual::new(
                    format!("`{written}` lacks underscores: a placeholder has two on either side, so this text is deployed as it is"),
                    format!("`{written}` 的下划线不完整：占位符前后各有两个下划线，否则会被原样部署"),
                ),
            );
            finding.help = Bilingual::new(format!("Write `__{name}__`."), format!("请写成 `__{name}__`。"));
            finding.subject = path_subject(workspace, &template.text.path);
            finding.discriminator = name;
        }
        exported_twice(workspace, template, emit);
    }
}

fn exported_twice(workspace: &Workspace, template: &Template, emit: &mut Emit<'_>) {
    let mut first = HashMap::new();
    for export in &template.exports {
        let Some(before) = first.insert(export.name.as_str(), export) else { continue };
        if before.value == export.value {
            continue;
        }
        let name = &export.name;
        emit.graded(Severity::Warning);
        let finding = emit.at(
            &template.text,
            export.span,
            Bilingual::new(
                format!("{name} is exported twice with different values; this one counts"),
                format!("{name} 被导出两次且值不同，以此处为准"),
            ),
        );
        let earlier = Bilingual::new("the first one", "前一处");
        finding.related = vec![(Place::new(&template.text, before.span), earlier)];
        finding.help = Bilingual::new("Keep the one that is meant.", "请只保留需要的一处。");
        finding.subject = path_subject(workspace, &template.text.path);
        finding.discriminator.clone_from(name);
    }
}
