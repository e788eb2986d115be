//! What the functions of `RunPython` do, as far as their text tells: which models they use and where these come from,
//! what they write, what they call outside.
//!
//! The walk starts at the function that an operation names and follows functions of the same module, lambdas and names
//! bound on the way; nothing is run. It knows the two arguments that Django passes, `apps.get_model(…)` in loops,
//! tuples and helpers, querysets and their rows. A name in a comment or a string is never a use.

mod api;
mod call;
mod expression;
mod statement;
#[cfg(test)]
mod tests;
mod thing;
mod walk;

use std::sync::{Arc, OnceLock};

use crate::source::Span;

use super::migration::MigrationFile;
pub use api::{is_model_member, is_queryset_member};
pub use thing::{ModelRef, Rows};

/// The code of all `RunPython` operations of a file.
#[derive(Debug, Default)]
pub struct RunPythonCode {
    /// One entry for each function that an operation names, forward and reverse, in source order.
    pub entries: Vec<Entry>,
    /// The first place that was not followed, since the code is nested too deep or takes too much work.
    pub incomplete: Option<Span>,
}

/// A function that a `RunPython` operation names.
#[derive(Debug)]
pub struct Entry {
    /// Index of the top-level operation that the `RunPython` is or belongs to.
    pub operation: usize,
    /// The operation's callee, which tells operations apart.
    pub callee: Span,
    /// Whether it runs forwards or backwards.
    pub direction: Direction,
    /// Where the argument is written.
    pub argument: Span,
    /// What the argument is.
    pub code: Code,
    /// What the function and those it calls do, in the order of the walk.
    pub uses: Vec<Use>,
}

/// When a function runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// `code`
    Forward,
    /// `reverse_code`
    Reverse,
}

/// What an argument of `RunPython` is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Code {
    /// A function of the module, or a lambda.
    Function(Signature),
    /// `RunPython.noop`
    Noop,
    /// An imported function, by its dotted path; its text is not read.
    Imported(Arc<str>),
    /// Something else that can be called: the result of a call, an instance of a class.
    Other,
}

/// What a function can be called with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The function's name; `<lambda>` for a lambda.
    pub name: Arc<str>,
    /// Where the name stands, for a lambda the whole lambda.
    pub span: Span,
    /// Names of the positional parameters in order.
    pub parameters: Vec<Arc<str>>,
    /// How many of them have no default.
    pub required: usize,
    /// `*args` takes the rest.
    pub rest: bool,
    /// Parameters after `*` without a default, which a call by position never fills.
    pub required_keywords: usize,
}

/// One thing that a body does.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Use {
    /// Where.
    pub span: Span,
    /// The function in whose text it stands.
    pub function: Arc<str>,
    /// The innermost loop over rows around it.
    pub in_loop: Option<RowLoop>,
    /// What it does.
    pub act: Act,
}

/// A loop over rows.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RowLoop {
    /// Where the rows are written.
    pub span: Span,
    /// The rows.
    pub rows: Rows,
}

/// What a body does.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Act {
    /// It uses a name that leads out of the module, by its longest dotted path: `apps.shop.models.Order.objects.all`.
    /// `()` in a path stands for a call: `django.contrib.auth.get_user_model().objects`. Python's own names begin
    /// with `builtins.`; only those are kept that reach outside.
    Name {
        /// The path.
        path: Arc<str>,
        /// How it is used.
        taken: Taken,
    },
    /// `apps.get_model(…)` on the historical registry; parts that are not known are `None`.
    GetModel {
        /// App label.
        app: Option<Arc<str>>,
        /// Model name.
        model: Option<Arc<str>>,
    },
    /// It goes through rows one by one.
    Loop(Rows),
    /// It writes rows: `save`, `delete`, `create`, `update`, `bulk_create`, …
    Write {
        /// The method.
        verb: Arc<str>,
        /// Which rows; for an instance, rows of its model.
        rows: Rows,
        /// The method of an instance, which concerns one row.
        one: bool,
    },
    /// It takes a member of a historical model that models do not have by themselves.
    Member {
        /// The model.
        model: ModelRef,
        /// On what.
        on: On,
        /// The member.
        name: Arc<str>,
        /// It is called.
        called: bool,
    },
    /// A method of the schema editor: `schema_editor.add_field(…)`, `schema_editor.execute(…)`.
    EditSchema(Arc<str>),
    /// A statement that a cursor executes: its text as far as it is known.
    Execute(Option<Arc<str>>),
}

/// How a name is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Taken {
    /// Its value is read or passed on.
    Read,
    /// It is called.
    Called,
    /// It is called with keyword arguments, as a model's constructor is.
    CalledWithKeywords,
}

/// What a member is taken of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum On {
    /// The model class.
    Class,
    /// A row.
    Instance,
    /// A manager or queryset.
    Rows,
}

/// The code of a file's `RunPython` operations, read when it is first asked for.
#[derive(Debug, Default)]
pub struct LazyCode(OnceLock<RunPythonCode>);

impl MigrationFile {
    /// What the functions of the file's `RunPython` operations do. The text is parsed again, once, and only when an
    /// operation names a function of this file.
    pub fn run_python(&self) -> &RunPythonCode {
        self.run_python.0.get_or_init(|| walk::read(self))
    }
}
