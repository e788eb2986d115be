//! One operation of a migration, with its arguments bound to Django's parameter names.

use std::sync::Arc;

use crate::source::Span;
use crate::syntax::{Expr, Value};

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

impl OperationKind {
    /// Django's parameter that names the model; none for an operation that is about no single model.
    pub fn model_parameter(self) -> Option<&'static str> {
        match self {
            Self::CreateModel
            | Self::DeleteModel
            | Self::AlterModelTable
            | Self::AlterModelTableComment
            | Self::AlterUniqueTogether
            | Self::AlterIndexTogether
            | Self::AlterOrderWithRespectTo
            | Self::AlterModelOptions
            | Self::AlterModelManagers => Some("name"),
            Self::RenameModel => Some("old_name"),
            Self::AddField
            | Self::RemoveField
            | Self::AlterField
            | Self::RenameField
            | Self::AddIndex
            | Self::RemoveIndex
            | Self::RenameIndex
            | Self::AddConstraint
            | Self::RemoveConstraint
            | Self::AlterConstraint => Some("model_name"),
            Self::RunSql
            | Self::RunPython
            | Self::SeparateDatabaseAndState
            | Self::Postgres
            | Self::Custom => None,
        }
    }

    /// Django's parameter that names the field, under the name that it has before the operation.
    pub fn field_parameter(self) -> Option<&'static str> {
        match self {
            Self::AddField | Self::RemoveField | Self::AlterField => Some("name"),
            Self::RenameField => Some("old_name"),
            _ => None,
        }
    }
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

    /// Whether Django could run it backwards; `None` where the source does not tell.
    ///
    /// `RunPython` and `RunSQL` need a reverse (`noop` is one), `SeparateDatabaseAndState` is reversible when all of its
    /// database operations are, every other operation of Django always is.
    pub fn reversible(&self) -> Option<bool> {
        match self.kind {
            OperationKind::RunPython => self.is_given("reverse_code"),
            OperationKind::RunSql => self.is_given("reverse_sql"),
            OperationKind::SeparateDatabaseAndState => {
                let known = match self.arg("database_operations").map(|argument| &argument.value) {
                    None => !self.open_arguments,
                    Some(Value::None) => true,
                    Some(Value::List(items) | Value::Tuple(items)) => {
                        items.len() == self.database_operations.len()
                    }
                    Some(_) => false,
                };
                let all: Vec<_> = self.database_operations.iter().map(Self::reversible).collect();
                if all.contains(&Some(false)) {
                    Some(false)
                } else {
                    (known && !all.contains(&None)).then_some(true)
                }
            }
            OperationKind::Custom => None,
            _ => Some(true),
        }
    }

    /// Whether squashing may leave it out; `None` where the source does not tell.
    pub fn elidable(&self) -> Option<bool> {
        match self.kind {
            OperationKind::RunPython | OperationKind::RunSql => {
                match self.arg("elidable").map(|value| &value.value) {
                    None => (!self.open_arguments).then_some(false),
                    Some(Value::Bool(value)) => Some(*value),
                    Some(_) => None,
                }
            }
            OperationKind::Custom => None,
            _ => Some(false),
        }
    }

    /// Whether an argument is something else than `None`.
    fn is_given(&self, name: &str) -> Option<bool> {
        let Some(argument) = self.arg(name) else {
            return (!self.open_arguments).then_some(false);
        };
        let mut each = argument.alternatives().into_iter().map(|value| match &value.value {
            Value::Unknown(_) => None,
            Value::None => Some(false),
            _ => Some(true),
        });
        let first = each.next()??;
        each.all(|next| next == Some(first)).then_some(first)
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
