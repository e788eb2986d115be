//! Renaming a field that no database has yet: everywhere at once, or not at all.
//!
//! A name in a migration is one half of a pair: the model says it too, and with the migration alone renamed the two
//! disagree. So the rename covers every migration of the change and the class of the model, and it is refused as soon as
//! the name stands anywhere else in the project, since whether that is this field or another of the same name cannot be
//! known without running the code. Refusals name the places, which are those to look at when renaming by hand.

mod class_names;
mod elsewhere;
mod mentions;
mod migrations;
mod model;

use std::sync::Arc;

use crate::django::{Migration, OperationKind};
use crate::findings::{Bilingual, Edit, Fix};
use crate::project::{Project, Workspace};
use crate::rules::change::is_pending;
use crate::syntax::Expr;

use super::introduced::{introduced, model as model_of};
pub(super) use elsewhere::Searches;
use mentions::Mention;

/// A field that is to be renamed.
pub(super) struct Rename<'a> {
    pub(super) workspace: &'a Workspace,
    pub(super) project: &'a Project,
    /// App of the model.
    pub(super) app: &'a str,
    /// The model in lower case.
    pub(super) model: &'a str,
    /// The field.
    pub(super) old: &'a Arc<str>,
    /// What it is to be called.
    pub(super) new: &'a Arc<str>,
    /// Searches of the same project.
    pub(super) searches: &'a Searches,
}

/// Why a rename is not made.
type Refusal = Bilingual;

/// How many places a refusal names.
const SHOWN: usize = 3;

impl Rename<'_> {
    /// The rename as a fix; `migration` is the one that carries the finding.
    pub(super) fn fix(&self, migration: &Migration) -> Fix {
        match self.edits(migration) {
            Ok(edits) => {
                let (old, new, model) = (self.old, self.new, self.model);
                Fix::Safe {
                    title: Bilingual::new(
                        format!(
                            "rename field `{old}` of model `{model}` to `{new}` in the migrations of this change and in the class of the model"
                        ),
                        format!("将模型 `{model}` 的字段 `{old}` 改名为 `{new}`（本次改动的迁移和模型类）"),
                    ),
                    edits,
                }
            }
            Err(why) => Fix::Refused(why),
        }
    }

    fn edits(&self, migration: &Migration) -> Result<Vec<Edit>, Refusal> {
        self.is_of_this_change(migration)?;
        self.is_free()?;
        let mut edits = Vec::new();
        for one in self.pending() {
            edits.extend(migrations::edits(self, one)?);
        }
        let class = model::find(self)?;
        edits.extend(class.edits(self)?);
        let found = self.searches.mentions(self, &class.text.path)?;
        if !found.is_empty() {
            return Err(used_elsewhere(self.old, &found));
        }
        Ok(edits)
    }

    /// The migrations of the change.
    fn pending(&self) -> impl Iterator<Item = &Migration> {
        self.project.migrations.iter().filter(|one| is_pending(self.project, one))
    }

    /// Whether the field came with this change.
    fn is_of_this_change(&self, migration: &Migration) -> Result<(), Refusal> {
        if self.project.merged.is_none() {
            return Err(Bilingual::new(
                "no base is known that lacks this migration, so it may have been applied already (`--diff-base` names one)",
                "不知道哪个基准不含此迁移，它可能已被执行（可用 `--diff-base` 指定）",
            ));
        }
        if !is_pending(self.project, migration) {
            return Err(Bilingual::new(
                "the base has this migration, and applied history is never changed",
                "基准中已有此迁移，已执行的历史不能改动",
            ));
        }
        let squash = self.pending().find(|one| !one.file.replaces.is_empty() && *one.app == *self.app);
        if let Some(squash) = squash {
            return Err(Bilingual::new(
                format!(
                    "`{}` is a squash: it has to say what the migrations that it replaces say",
                    squash.name
                ),
                format!("`{}` 是压缩迁移，须与它取代的迁移一致", squash.name),
            ));
        }
        let older = self.project.migrations.iter().filter(|one| *one.app == *self.app);
        let older = older.filter(|one| !is_pending(self.project, one));
        if older.into_iter().any(|one| self.introduces(one, self.old)) {
            return Err(Bilingual::new(
                format!(
                    "the base has field `{}` already: its column has to be renamed, not its migration",
                    self.old
                ),
                format!("基准中已有字段 `{}`：应改列名，而不是改迁移", self.old),
            ));
        }
        let renames = |one: &&Migration| {
            let mut operations = one.file.operations.iter().flat_map(|operation| operation.walk());
            operations.any(|operation| {
                let is = |name: &str| {
                    operation
                        .arg(name)
                        .and_then(Expr::as_str)
                        .is_none_or(|it| it.eq_ignore_ascii_case(self.model))
                };
                operation.kind == OperationKind::RenameModel && (is("old_name") || is("new_name"))
            })
        };
        match self.pending().filter(|one| *one.app == *self.app).find(renames) {
            Some(one) => Err(Bilingual::new(
                format!("`{}` renames the model in the same change", one.name),
                format!("`{}` 在同一次改动中给模型改名", one.name),
            )),
            None => Ok(()),
        }
    }

    /// Whether the new name can be a field's and the model has none that is called so.
    fn is_free(&self) -> Result<(), Refusal> {
        let new = self.new;
        let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let well_formed = new.starts_with(|c: char| c.is_ascii_lowercase())
            && new.chars().all(letters)
            && !new.contains("__")
            && !new.ends_with('_')
            && !KEYWORDS.contains(&new.as_ref());
        if !well_formed {
            return Err(Bilingual::new(
                format!("`{new}` cannot be the name of a field"),
                format!("`{new}` 不能用作字段名"),
            ));
        }
        let migrations = self.project.migrations.iter().filter(|one| *one.app == *self.app);
        if migrations.into_iter().any(|one| self.introduces(one, new)) {
            return Err(Bilingual::new(
                format!("the model has had a field `{new}` already"),
                format!("该模型已有（或曾有）字段 `{new}`"),
            ));
        }
        Ok(())
    }

    /// Whether a migration gives a field of this name to the model, or to one that is not known.
    fn introduces(&self, migration: &Migration, name: &Arc<str>) -> bool {
        introduced(migration).iter().any(|one| {
            one.name.as_ref().is_ok_and(|it| *it == name)
                && model_of(one.operation).is_none_or(|it| it == self.model)
        })
    }
}

/// Words that Python does not take for a name.
const KEYWORDS: [&str; 35] = [
    "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif", "else",
    "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal", "not",
    "or", "pass", "raise", "return", "try", "while", "with", "yield", "none", "true", "false",
];

fn used_elsewhere(name: &str, found: &[Mention]) -> Refusal {
    let shown: Vec<String> =
        found.iter().take(SHOWN).map(|mention| format!("{}:{}", mention.path, mention.line)).collect();
    let shown = shown.join(", ");
    let (more_en, more_zh) = match found.len().saturating_sub(SHOWN) {
        0 => (String::new(), String::new()),
        more => (format!(" and {more} more"), format!(" 等另外 {more} 处")),
    };
    Bilingual::new(
        format!(
            "`{name}` also stands at {shown}{more_en}, and whether that is this field is not known; rename it by hand there, in the model and in the migration"
        ),
        format!("`{name}` 还出现在 {shown}{more_zh}，无法得知是否就是此字段；请手工修改这些位置、模型和迁移"),
    )
}
