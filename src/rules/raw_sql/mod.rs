//! Rules on the statements of `RunSQL`.

pub mod computed_sql;
pub mod definer;
mod dialect;
pub mod mariadb_only;
pub mod not_mysql;
pub mod percent_sign;
pub mod schema_without_state;
pub mod sql_from_file;
mod tables;
pub mod transaction_control;
pub mod unknown_table;
pub mod unsafe_split;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::django::{Migration, Operation, OperationKind};
use crate::findings::Finding;
use crate::mysql::effects::effects;
use crate::mysql::splitter::{self, Script};
use crate::mysql::{Effect, Statement};
use crate::project::Project;
use crate::rules::operation_subject;
use crate::source::Span;
use crate::syntax::{Expr, Reason, Value};

/// A piece of SQL that is written out in a `RunSQL`.
pub(crate) struct Sql<'a> {
    /// The operation.
    pub(crate) operation: &'a Operation,
    /// It stands in `reverse_sql`.
    pub(crate) reverse: bool,
    /// The SQL.
    pub(crate) text: Arc<str>,
    /// How it is passed.
    pub(crate) form: Form,
    /// Its statements.
    pub(crate) script: Script,
    span: Span,
    /// Where the text starts in the file, when it stands there as it is.
    offset: Option<u32>,
}

/// How Django gets a piece of SQL, which decides what it does with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// A string: Django cuts it into statements with sqlparse.
    Script,
    /// An element of a list: sent as it is.
    Element,
    /// An element with parameters: sent after the driver has put them in.
    WithParameters,
}

impl Sql<'_> {
    /// Where a part of the SQL stands in the file; the whole literal where escapes or joints move it.
    pub(crate) fn place(&self, part: Span) -> Span {
        match self.offset {
            Some(offset) => Span { start: offset + part.start, end: offset + part.end },
            None => self.span,
        }
    }

    /// What the statements change.
    pub(super) fn effects(&self) -> Vec<Effect> {
        self.script.statements.iter().flat_map(|statement| effects(&self.text, statement)).collect()
    }

    /// The first words of a statement, in capitals.
    pub(super) fn first_words(&self, statement: &Statement, count: usize) -> Vec<String> {
        statement.significant().take(count).map(|token| token.text(&self.text).to_ascii_uppercase()).collect()
    }
}

/// A part of a `RunSQL` whose text the source does not tell.
pub(super) struct NotKnown<'a> {
    /// The operation.
    pub(crate) operation: &'a Operation,
    /// Where.
    pub(super) span: Span,
    /// Why.
    pub(super) reason: Reason,
}

/// The `RunSQL` operations of a migration, nested ones included.
pub(super) fn run_sql(migration: &Migration) -> impl Iterator<Item = &Operation> {
    let all = migration.file.operations.iter().flat_map(Operation::walk);
    all.filter(|operation| operation.kind == OperationKind::RunSql)
}

/// Every piece of SQL that is written out, in source order.
pub(crate) fn written(migration: &Migration) -> Vec<Sql<'_>> {
    run_sql(migration).flat_map(|operation| written_in(migration, operation)).collect()
}

/// The pieces of SQL of one operation.
pub(super) fn written_in<'a>(migration: &'a Migration, operation: &'a Operation) -> Vec<Sql<'a>> {
    let mut out = Vec::new();
    each_piece(operation, |reverse, form, value| {
        if let Value::Str(text) = &value.value {
            let source = migration.file.text.text.get(value.span.start as usize..value.span.end as usize);
            let offset =
                source.and_then(|source| source.find(text.as_ref())).map(|at| value.span.start + at as u32);
            let script = splitter::split(text);
            out.push(Sql { operation, reverse, text: text.clone(), form, script, span: value.span, offset });
        }
    });
    out
}

/// Every piece of SQL whose text is not known, in source order.
pub(super) fn not_known(migration: &Migration) -> Vec<NotKnown<'_>> {
    let mut out = Vec::new();
    for operation in run_sql(migration) {
        each_piece(operation, |_, _, value| {
            let reason = match &value.value {
                Value::Unknown(reason) => reason.clone(),
                Value::Imported(path) if !path.ends_with(".RunSQL.noop") => Reason::Computed(path.clone()),
                Value::Call(_) => Reason::Computed("a call".into()),
                _ => return,
            };
            out.push(NotKnown { operation, span: value.span, reason });
        });
    }
    out
}

/// Places of SQL that is not known, which rules of this family report.
pub(crate) fn unknown_sql(migration: &Migration) -> BTreeSet<Span> {
    not_known(migration).into_iter().map(|part| part.span).collect()
}

/// Goes through `sql` and `reverse_sql`: strings, lists of strings, and pairs of a string and parameters.
fn each_piece<'a>(operation: &'a Operation, mut see: impl FnMut(bool, Form, &'a Expr)) {
    for (parameter, reverse) in [("sql", false), ("reverse_sql", true)] {
        for value in operation.arg(parameter).map(Expr::alternatives).unwrap_or_default() {
            let Some(elements) = value.elements() else {
                see(reverse, Form::Script, value);
                continue;
            };
            for element in elements.iter().flat_map(Expr::alternatives) {
                match element.elements() {
                    None => see(reverse, Form::Element, element),
                    Some([sql, parameters]) => {
                        let form = if parameters.value == Value::None {
                            Form::Element
                        } else {
                            Form::WithParameters
                        };
                        sql.alternatives().into_iter().for_each(|sql| see(reverse, form, sql));
                    }
                    // Django refuses any other length.
                    Some(_) => {}
                }
            }
        }
    }
}

/// Fills in the subject of a finding on a piece of SQL, and what tells it apart from others.
pub(super) fn describe(
    finding: &mut Finding,
    project: &Project,
    migration: &Migration,
    operation: &Operation,
    what: &str,
) {
    finding.subject = operation_subject(project, migration, operation);
    finding.discriminator = what.to_owned();
}
