//! One operation of a migration, with its arguments bound to Django's parameter names.

use std::sync::Arc;

use crate::source::Span;
use crate::syntax::Expr;

/// The operation classes of Django 1.11 to 6.0, by what they do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize)]
#[allow(missing_docs)] // the variants are Django's own class names
pub enum OperationKind {
    CreateModel,
    DeleteModel,
    RenameModel,
    AlterModelTable,
    AlterModelTableComment,
    AlterUniqueTogether,
    AlterIndexTogether,
    AlterOrderWithRespectTo,
    AlterModelOptions,
    AlterModelManagers,
    AddField,
    RemoveField,
    AlterField,
    RenameField,
    AddIndex,
    RemoveIndex,
    RenameIndex,
    AddConstraint,
    RemoveConstraint,
    AlterConstraint,
    RunSql,
    RunPython,
    SeparateDatabaseAndState,
    /// An operation of `django.contrib.postgres.operations`.
    Postgres,
    /// A class that is not Django's and does not derive from an operation that this program knows.
    Custom,
}

/// One operation.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// Index of the top-level operation in `operations` that this one is or belongs to.
    pub index: usize,
    /// The class as the migration calls it, without its module: `AddField`, `MyAddField`.
    pub class: Arc<str>,
    /// True when the class itself is Django's.
    pub builtin: bool,
    /// What it does; for a subclass of a Django operation, what its base does.
    pub kind: OperationKind,
    /// The whole call.
    pub span: Span,
    /// The callee (`migrations.AddField`): a short place to point at.
    pub callee: Span,
    /// True when it stands in one branch of conditional code.
    pub conditional: bool,
    /// Arguments by Django's parameter name, in signature order; those of a custom class by keyword only.
    pub args: Vec<(Arc<str>, Expr)>,
    /// True when `*args` or `**kwargs` of something unknown may carry more arguments.
    pub open_arguments: bool,
    /// `SeparateDatabaseAndState(database_operations=…)`.
    pub database_operations: Vec<Operation>,
    /// `SeparateDatabaseAndState(state_operations=…)`.
    pub state_operations: Vec<Operation>,
}

impl Operation {
    /// The argument bound to Django's parameter `name`.
    pub fn arg(&self, name: &str) -> Option<&Expr> {
        self.args.iter().find(|(key, _)| key.as_ref() == name).map(|(_, value)| value)
    }

    /// This operation and all that are nested in it, outermost first, in source order; without recursion limits to
    /// fear, since the reader bounds the nesting.
    pub fn walk(&self) -> Vec<&Operation> {
        let mut out = Vec::new();
        let mut stack = vec![self];
        while let Some(next) = stack.pop() {
            out.push(next);
            stack.extend(next.state_operations.iter().rev());
            stack.extend(next.database_operations.iter().rev());
        }
        out
    }
}
