//! GRA002: migrations that wait for each other.

use crate::config::Config;
use crate::django::graph::DeclaredEdge;
use crate::findings::{Bilingual, Place, RuleId, Severity, Standing};
use crate::project::Project;

use super::{dotted, migration};
use crate::rules::{Check, Emit, Rule, migration_subject};

/// The rule.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "GRA002",
        name: "dependency-cycle",
        family: "graph",
        severity: Severity::Error,
        standing: Standing::Always,
    },
    page: include_str!("../../../rules/graph/dependency-cycle.md"),
    check: Check::Project(check),
};

/// How many migrations of a cycle a message names, and how many places go with it.
const SHOWN: usize = 12;

fn check(project: &Project, _: &Config, emit: &mut Emit<'_>) {
    let graph = &project.graph;
    for (cycle, edges) in graph.cycles.iter().zip(&graph.cycle_edges) {
        let Some((first, rest)) = edges.split_first() else { continue };
        let Some(file) = migration(project, &first.declared_in) else { continue };
        let mut names: Vec<String> = cycle.iter().take(SHOWN).map(dotted).collect();
        if cycle.len() > SHOWN {
            names.push(format!("… ({})", cycle.len()));
        }
        names.push(cycle.first().map(dotted).unwrap_or_default());
        let path = names.join(" → ");
        let more = if graph.cycles_cut {
            Bilingual::new(
                "; more cycles are tangled with this one than are listed",
                "；与之交织的循环过多，未全部列出",
            )
        } else {
            Bilingual::default()
        };
        let finding = emit.at(
            &file.file.text,
            first.span,
            Bilingual::new(
                format!("these migrations wait for each other and can never run: {path}{}", more.en),
                format!("这些迁移互相等待，永远无法执行：{path}{}", more.zh),
            ),
        );
        finding.subject = migration_subject(project, file);
        finding.discriminator = cycle.iter().map(dotted).collect::<Vec<_>>().join(" ");
        finding.help = Bilingual::new(
            "Take out one of these dependencies. Where two apps refer to each other, put the later field into a migration of its own that depends on both.",
            "去掉其中一个依赖。如果两个应用互相引用，把后加的字段放进一个单独的迁移，让它同时依赖双方。",
        );
        finding.related = rest.iter().take(SHOWN).filter_map(|edge| related(project, edge)).collect();
    }
}

fn related(project: &Project, edge: &DeclaredEdge) -> Option<(Place, Bilingual)> {
    let file = migration(project, &edge.declared_in)?;
    let (child, parent) = (dotted(&edge.child), dotted(&edge.parent));
    let label =
        Bilingual::new(format!("`{child}` waits for `{parent}`"), format!("`{child}` 等待 `{parent}`"));
    Some((Place::new(&file.file.text, edge.span), label))
}
