//! LIM005: a name that is longer than the server or Django allows.

use crate::config::Config;
use std::sync::Arc;

use crate::django::state::Origin;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::mysql::names::MAX_NAME_LENGTH;
use crate::rules::{Change, Check, Emit, FieldChange, Rule, operation_subject};
use crate::source::Span;

/// LIM005 name-too-long.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "LIM005",
        name: "name-too-long",
        family: "limits",
        severity: Severity::Error,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/limits/name-too-long.md"),
    check: Check::Change(check),
};

fn check(change: &Change<'_>, _: &Config, emit: &mut Emit<'_>) {
    for step in &change.operations {
        let Some((key, new)) = change.model(step.operation, &step.after) else { continue };
        let old = step.before.model(&key);
        let place = |origin: Option<&Origin>| change.place_of(step.operation, origin);
        let mut found: Vec<(Span, Arc<str>, &str, usize)> = Vec::new();
        for FieldChange { new: field, old } in change.changed_fields(step) {
            let had = old.and_then(|field| field.column().ok().flatten());
            if let Ok(Some(column)) = field.column()
                && had.as_ref() != Some(&column)
            {
                found.push((place(field.origin.as_ref()), column, "column", MAX_NAME_LENGTH));
            }
        }
        for index in &new.options.indexes {
            let is_new = !old.is_some_and(|old| old.options.indexes.iter().any(|had| had.name == index.name));
            if let (true, Ok(name)) = (is_new, &index.name) {
                found.push((place(index.origin.as_ref()), name.clone(), "index", MAX_INDEX_NAME));
            }
        }
        for constraint in &new.options.constraints {
            let is_new =
                !old.is_some_and(|old| old.options.constraints.iter().any(|had| had.name == constraint.name));
            if let (true, Ok(name)) = (is_new, &constraint.name) {
                found.push((place(constraint.origin.as_ref()), name.clone(), "constraint", MAX_NAME_LENGTH));
            }
        }
        if let Ok(Some(table)) = &new.options.db_table
            && !old.is_some_and(|old| old.options.db_table == new.options.db_table)
        {
            found.push((step.operation.callee, table.clone(), "table", MAX_NAME_LENGTH));
        }
        for (span, name, kind, limit) in found {
            let length =
                name.replace("%(app_label)s", &key.app).replace("%(class)s", &key.name).chars().count();
            if length <= limit {
                continue;
            }
            let finding = emit.at(
                &change.migration.file.text,
                span,
                Bilingual::new(
                    format!(
                        "the {kind} name `{name}` has {length} characters, and {limit} are allowed: {}",
                        consequence(kind).en
                    ),
                    format!(
                        "{} `{name}` 有 {length} 个字符，最多允许 {limit} 个：{}",
                        chinese(kind),
                        consequence(kind).zh
                    ),
                ),
            );
            finding.subject = operation_subject(change.project, change.migration, step.operation);
            finding.discriminator = name.to_string();
            finding.help = Bilingual::new("Shorten it.", "请缩短名称。");
        }
    }
}

/// `Index.max_name_length` of Django 1.11 to 5.2.
const MAX_INDEX_NAME: usize = 30;

fn consequence(kind: &str) -> Bilingual {
    match kind {
        "index" => Bilingual::new(
            "`check` fails with models.E034, and with it `migrate`",
            "`check` 报 models.E034，`migrate` 随之失败",
        ),
        _ => Bilingual::new("MySQL refuses it with 1059", "MySQL 会报 1059"),
    }
}

fn chinese(kind: &str) -> &'static str {
    match kind {
        "column" => "列名",
        "index" => "索引名",
        "constraint" => "约束名",
        _ => "表名",
    }
}
