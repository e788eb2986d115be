//! `plan --format json`.

use serde_json::{Value as Json, json};

use crate::django::Key;
use crate::findings::Bilingual;
use crate::plan::components::Sequence;
use crate::plan::cost::Estimate;
use crate::plan::difference::Difference;
use crate::plan::emergency::Emergency;
use crate::plan::half::Half;
use crate::plan::rates::Whence;
use crate::plan::{Pending, Plan, ProjectPlan};
use crate::report::inspect::sql::statement_json;

/// The plan in the shape of the contract. Beside it every migration has `operations` that are not known, with the reason,
/// and says why there is no estimate; `blockers` are what must be mended first. Text is English.
pub fn plan_json(plan: &Plan) -> Json {
    let rollback = &plan.rollback;
    let irreversible: Vec<Json> = rollback
        .irreversible
        .iter()
        .map(|it| {
            json!({ "app": it.migration.0, "migration": it.migration.1, "op_index": it.op_index, "op": it.op, "certain": it.is_certain })
        })
        .collect();
    let destroys: Vec<Json> = rollback
        .destroys
        .iter()
        .map(|it| {
            let when = if it.forwards { "upgrade" } else { "rollback" };
            json!({ "app": it.migration.0, "migration": it.migration.1, "when": when, "what": it.what.en })
        })
        .collect();
    let not_known: Vec<Json> = rollback
        .not_known
        .iter()
        .map(|((app, migration), op)| json!({ "app": app, "migration": migration, "op": op }))
        .collect();
    let targets: Vec<Json> = rollback
        .targets
        .iter()
        .map(|(app, name)| json!({ "app": app, "migration": name.as_deref().unwrap_or("zero") }))
        .collect();
    let risks: Vec<Json> = plan
        .risks
        .iter()
        .map(|risk| {
            let raised: Vec<&str> = risk.raised_by.iter().map(|text| text.en.as_str()).collect();
            json!({ "risk": risk.key, "title": risk.title.en, "raised_by": raised })
        })
        .collect();
    let (low, high) = plan.window.total();
    let phases: Vec<Json> = plan
        .window
        .phases
        .iter()
        .map(|phase| json!({ "phase": phase.key, "minutes": { "low": phase.low, "high": phase.high } }))
        .collect();
    let blockers: Vec<String> = plan.blockers().into_iter().map(|text| text.en).collect();
    let not_known_of: Vec<String> = plan.not_known().into_iter().map(|text| text.en).collect();
    let findings: Vec<Json> = plan
        .findings
        .iter()
        .map(|it| {
            json!({ "rule": it.rule.code, "name": it.rule.name, "severity": it.severity.key(), "message": it.message.en,
                "path": it.place.path, "line": it.place.start.line })
        })
        .collect();
    json!({
        "schema_version": 1,
        "from": plan.from,
        "to": plan.to.en,
        "server": plan.server.to_string(),
        "projects": plan.projects.iter().map(project_json).collect::<Vec<_>>(),
        "rollback": {
            "last_reversible": rollback.last_reversible.as_ref().map(key_json),
            "irreversible": irreversible,
            "destroys": destroys,
            "not_known": not_known,
            "targets": targets,
        },
        "risks": risks,
        "window": {
            "phases": phases,
            "minutes": { "low": low, "high": high },
            "estimated": plan.window.is_estimated,
        },
        "rates": rates_json(&plan.rates),
        "emergency": emergency_json(&plan.emergency),
        "order": order_json(&plan.sequence),
        "findings": findings,
        "blockers": blockers,
        "not_known": not_known_of,
    })
}

fn rates_json(whence: &Whence) -> Json {
    match whence {
        Whence::Usual => json!({ "source": "usual", "server": null, "measured_at": null }),
        Whence::Measured { server, at } => {
            json!({ "source": "measured", "server": server, "measured_at": at.to_string() })
        }
    }
}

fn emergency_json(emergency: &Emergency) -> Json {
    let switches: Vec<Json> = emergency
        .switches
        .iter()
        .map(|it| {
            json!({ "name": it.name, "value": it.value, "variable": it.variable, "path": it.path, "line": it.line })
        })
        .collect();
    let recovery: Vec<Json> = emergency
        .recovery
        .iter()
        .map(|it| json!({ "name": it.name, "kind": it.kind, "path": it.path, "seen": it.seen, "commands": it.how }))
        .collect();
    let watch: Vec<Json> = emergency
        .watch
        .iter()
        .map(|it| json!({ "watch": it.key, "what": it.what.en, "why": it.why.en }))
        .collect();
    json!({
        "code": emergency.code,
        "pins": emergency.pins,
        "environment": emergency.environment,
        "no_return": emergency.no_return.as_ref().map(key_json),
        "commands": emergency.commands,
        "switches": switches,
        "switch_tables": emergency.switch_tables,
        "recovery": recovery,
        "watch": watch,
    })
}

fn order_json(sequence: &Sequence) -> Json {
    let need = |(text, path, line): &(String, std::sync::Arc<str>, u32)| json!({ "need": text, "path": path, "line": line });
    let components: Vec<Json> = sequence
        .components
        .iter()
        .map(|it| {
            let needs: Vec<Json> = it.needs.iter().map(need).collect();
            json!({ "name": it.name, "title": it.title.en, "after": it.after, "needs": needs,
                "note": it.note.as_ref().map(|note| &note.en) })
        })
        .collect();
    json!({
        "components": components,
        "circle": sequence.circle,
        "unplaced": sequence.unplaced.iter().map(need).collect::<Vec<_>>(),
    })
}

fn half_json(half: &Half) -> Json {
    let texts = |list: &[Bilingual]| list.iter().map(|text| text.en.clone()).collect::<Vec<_>>();
    json!({ "app": half.migration.0, "migration": half.migration.1, "recorded": half.is_recorded,
        "done": texts(&half.done), "open": texts(&half.open), "complete": !half.has_hidden && half.open.is_empty() })
}

fn project_json(project: &ProjectPlan) -> Json {
    let keys = |keys: &[Key]| keys.iter().map(key_json).collect::<Vec<_>>();
    let inconsistent: Vec<Json> = project
        .history
        .inconsistent
        .iter()
        .map(|(child, parent)| json!([key_json(child), key_json(parent)]))
        .collect();
    let differences = &project.differences;
    json!({
        "root": project.name,
        "django": project.django.map(|django| django.to_string()),
        "pending": project.pending.iter().map(pending_json).collect::<Vec<_>>(),
        "gone": keys(&project.history.gone),
        "edited": keys(&project.history.edited),
        "inconsistent": inconsistent,
        "half_applied": project.halves.iter().map(half_json).collect::<Vec<_>>(),
        "pins": listed(&differences.pins),
        "settings": listed(&differences.settings),
        "environment": listed(&differences.environment),
        "iam": listed(&differences.iam),
        "components": listed(&differences.components),
    })
}

fn key_json((app, name): &Key) -> Json {
    json!([app, name])
}

fn listed(differences: &[Difference]) -> Vec<Json> {
    let each = differences.iter();
    each.map(|it| json!({ "name": it.name, "from": it.from, "to": it.to, "path": it.path, "line": it.line }))
        .collect()
}

fn pending_json(pending: &Pending) -> Json {
    let sql: Vec<Json> =
        pending.entries.iter().flat_map(|entry| entry.sql.iter().flatten()).map(statement_json).collect();
    let unknown: Vec<Json> = pending
        .entries
        .iter()
        .filter_map(|entry| {
            let why = entry.sql.as_ref().err().or(entry.incomplete.as_ref())?;
            Some(json!({ "op_index": entry.op_index, "op": entry.op, "why": why.describe().en }))
        })
        .collect();
    let seconds = |estimate: &Estimate| json!({ "low": estimate.low, "high": estimate.high });
    json!({
        "app": pending.app,
        "migration": pending.name,
        "path": pending.path,
        "reversible": pending.reversible,
        "blocks_writes": pending.blocks_writes,
        "sql": sql,
        "unknown": unknown,
        "estimate_seconds": pending.estimate.as_ref().ok().map(seconds),
        "blocked_seconds": pending.blocked.as_ref().ok().map(seconds),
        "no_estimate": pending.estimate.as_ref().err().map(|why| &why.en),
    })
}
