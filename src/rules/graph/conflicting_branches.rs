//! GRA010: a merge of two branches that change the same thing.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::config::Config;
use crate::django::{Key, Migration, Operation, OperationKind};
use crate::findings::{Bilingual, Place, RuleId, Severity, Standing};
use crate::project::Project;
use crate::syntax::Value;

use super::branches::{Branch, Branches};
use super::same_effect::do_the_same;
use super::{is_history_known, migration};
use crate::rules::{Check, Emit, Rule, migration_subject};

/// The rule.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "GRA010",
        name: "conflicting-branches",
        family: "graph",
        severity: Severity::Warning,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/graph/conflicting-branches.md"),
    check: Check::Project(check),
};

fn check(project: &Project, _: &Config, emit: &mut Emit<'_>) {
    let Some(branches) = Branches::new(&project.graph) else { return };
    for merge in &project.migrations {
        let joined = branches.joined_by(&(merge.app.clone(), merge.name.clone()));
        if joined.is_empty() || !merge.file.replaces.is_empty() || !is_history_known(project, &merge.app) {
            continue;
        }
        let mut clashes: BTreeMap<Part, (Touch<'_>, Touch<'_>)> = BTreeMap::new();
        for (at, left) in joined.iter().enumerate() {
            for (other, right) in joined.iter().enumerate().skip(at + 1) {
                let (left, right) = (touches(project, left, other), touches(project, right, at));
                find_clashes(&left, &right, &mut clashes);
            }
        }
        for (part, (left, right)) in clashes {
            report(project, merge, &part, left, right, emit);
        }
    }
}

fn report(
    project: &Project,
    merge: &Migration,
    part: &Part,
    left: Touch<'_>,
    right: Touch<'_>,
    emit: &mut Emit<'_>,
) {
    let what = part.label(&left);
    let (a, b) = (&left.migration.name, &right.migration.name);
    let (op_a, op_b) = (&left.operation.class, &right.operation.class);
    let finding = emit.at(
        &merge.file.text,
        merge.file.class_name,
        Bilingual::new(
            format!("`{}` joins two branches that both change {}: `{a}` ({op_a}) and `{b}` ({op_b}); what comes out depends on which ran first", merge.name, what.en),
            format!("`{}` 合并的两个分支都修改了{}：`{a}`（{op_a}）和 `{b}`（{op_b}）；结果取决于谁先执行", merge.name, what.zh),
        ),
    );
    finding.subject = migration_subject(project, merge);
    finding.subject.model = Some(left.model.clone());
    finding.subject.field = left.field.clone();
    finding.discriminator = format!("{} {} {}", part.model, part.kind, part.name);
    finding.related = [&left, &right]
        .into_iter()
        .map(|touch| {
            let place = Place::new(&touch.migration.file.text, touch.operation.callee);
            (place, Bilingual::new("one of the branches", "其中一个分支"))
        })
        .collect();
    finding.help = Bilingual::new(
        "As long as one of the two is applied nowhere, make it depend on the other and drop the merge. Otherwise check that both orders give the same tables.",
        "如果其中一个还没有在任何环境执行过，让它依赖另一个并去掉合并迁移；否则请确认两种执行顺序得到的表结构相同。",
    );
}

/// What an operation changes, as a key: names in lower case, as Django compares them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Part {
    model: String,
    /// `model`, `field`, `index` or the operation that sets an option as a whole.
    kind: &'static str,
    /// Name of the field or index, else empty.
    name: String,
}

/// An operation with what it changes.
#[derive(Clone)]
struct Touch<'a> {
    migration: &'a Migration,
    operation: &'a Operation,
    model: Arc<str>,
    field: Option<Arc<str>>,
}

impl Part {
    fn label(&self, touch: &Touch<'_>) -> Bilingual {
        let model = &touch.model;
        match (self.kind, &touch.field) {
            ("field", Some(field)) => {
                Bilingual::new(format!("`{model}.{field}`"), format!("字段 `{model}.{field}`"))
            }
            ("model", _) => Bilingual::new(format!("model `{model}`"), format!("模型 `{model}`")),
            ("index", _) => Bilingual::new(
                format!("index or constraint `{}` of `{model}`", self.name),
                format!("`{model}` 的索引或约束 `{}`", self.name),
            ),
            (option, _) => Bilingual::new(format!("{option} of `{model}`"), format!("`{model}` 的 {option}")),
        }
    }
}

/// What the migrations of `branch` change that branch number `without` does not have.
fn touches<'a>(project: &'a Project, branch: &Branch<'_>, without: usize) -> Vec<(Part, Touch<'a>)> {
    let mut out = Vec::new();
    let own = branch.nodes.iter().filter(|(_, has)| has & (1 << without) == 0);
    for migration in own.filter_map(|(key, _): &(&Key, u64)| migration(project, key)) {
        for operation in migration.file.operations.iter().flat_map(Operation::walk) {
            for (kind, model, name) in parts(operation) {
                let field = (kind == "field").then(|| name.clone());
                let part = Part { model: model.to_lowercase(), kind, name: name.to_lowercase() };
                out.push((part, Touch { migration, operation, model, field }));
            }
        }
    }
    out
}

/// Kind, model and name of what an operation changes; nothing where the source does not tell.
fn parts(operation: &Operation) -> Vec<(&'static str, Arc<str>, Arc<str>)> {
    use OperationKind as Kind;
    let text = |name: &str| match operation.arg(name).map(|expr| &expr.value) {
        Some(Value::Str(text)) => Some(text.clone()),
        _ => None,
    };
    let none: Arc<str> = Arc::from("");
    let of = |kind, model: &str, name: Option<&str>| {
        let name = match name {
            Some(argument) => text(argument)?,
            None => none.clone(),
        };
        Some((kind, text(model)?, name))
    };
    let found = match operation.kind {
        Kind::CreateModel | Kind::DeleteModel => vec![of("model", "name", None)],
        Kind::RenameModel => vec![of("model", "old_name", None), of("model", "new_name", None)],
        Kind::AddField | Kind::RemoveField | Kind::AlterField => {
            vec![of("field", "model_name", Some("name"))]
        }
        Kind::RenameField => {
            vec![of("field", "model_name", Some("old_name")), of("field", "model_name", Some("new_name"))]
        }
        Kind::AlterModelTable => vec![of("the table name", "name", None)],
        Kind::AlterUniqueTogether => vec![of("unique_together", "name", None)],
        Kind::AlterIndexTogether => vec![of("index_together", "name", None)],
        Kind::AlterOrderWithRespectTo => vec![of("order_with_respect_to", "name", None)],
        Kind::RemoveIndex | Kind::RemoveConstraint => vec![of("index", "model_name", Some("name"))],
        _ => Vec::new(),
    };
    found.into_iter().flatten().collect()
}

fn find_clashes<'a>(
    left: &[(Part, Touch<'a>)],
    right: &[(Part, Touch<'a>)],
    clashes: &mut BTreeMap<Part, (Touch<'a>, Touch<'a>)>,
) {
    let by_part: BTreeMap<&Part, &Touch<'a>> = right.iter().map(|(part, touch)| (part, touch)).collect();
    for (part, touch) in left {
        if let Some(other) = by_part.get(part).filter(|other| !do_the_same(touch.operation, other.operation))
        {
            clashes.entry(part.clone()).or_insert_with(|| (touch.clone(), (*other).clone()));
        }
    }
    // A model that one branch deletes or renames, and anything that the other does to it.
    for (one, other, swapped) in [(left, right, false), (right, left, true)] {
        for (part, touch) in one.iter().filter(|(_, touch)| is_end(touch.operation.kind)) {
            let hit = other.iter().find(|(theirs, _)| theirs.model == part.model);
            if let Some((_, theirs)) = hit {
                let pair =
                    if swapped { (theirs.clone(), touch.clone()) } else { (touch.clone(), theirs.clone()) };
                clashes.entry(part.clone()).or_insert(pair);
            }
        }
    }
}

/// Whether the operation takes a model's name away.
fn is_end(kind: OperationKind) -> bool {
    matches!(kind, OperationKind::DeleteModel | OperationKind::RenameModel)
}
