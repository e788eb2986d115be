//! Django's MySQL schema editor: the statements that a migration runs, without Django and without a database.
//!
//! Source: `django/db/backends/base/schema.py`, `backends/mysql/schema.py` and `migrations/operations/` of Django 2.2.28,
//! 3.2.25, 4.2.30 and 5.2.19; what differs between versions and servers is in `rules/facts/django_mysql_features.toml`.
//!
//! What Django asks the database for (names of constraints and indexes) comes from a [catalogue](crate::mysql::catalogue)
//! that follows the statements of all migrations from the first one on.

mod alter;
mod column;
mod condition;
mod date;
mod decimal;
mod default;
mod deferred;
mod expression;
mod fields;
mod indexes;
mod json;
mod literal;
mod many;
mod operations;
mod raw;
mod related;
mod rendered;
mod run;
mod same;
mod statement;
mod tables;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::state::{Field, ModelKey, ModelState, ProjectState};
use super::unknown::{Maybe, Unknown};
use crate::mysql::catalogue::{Catalogue, Wanted};
use crate::mysql::change::Change;
use crate::mysql::classify::{Asked, classify};
use crate::mysql::names::quote_name;
use crate::mysql::online_ddl::Algorithm;
use crate::mysql::{Features, Server};

use column::Column;
use deferred::Deferred;
use rendered::Rendered;

pub use run::{Entry, Run};
pub use same::NOT_DATABASE;
use statement::Sql;
pub use statement::Statement;

/// The editor of one migration.
struct Editor<'a> {
    features: Features,
    server: &'a Server,
    catalogue: &'a mut Catalogue,
    /// Statements that wait for the end of the migration.
    deferred: Vec<Deferred>,
    /// Statements of the current operation.
    out: Vec<Statement>,
    /// What Django has lost sight of before the current operation, and what after it; `None` where no statement depends
    /// on it.
    rendered: Option<Rendered>,
    rendered_after: Option<Rendered>,
}

impl<'a> Editor<'a> {
    fn new(features: Features, server: &'a Server, catalogue: &'a mut Catalogue) -> Self {
        Self {
            features,
            server,
            catalogue,
            deferred: Vec::new(),
            out: Vec::new(),
            rendered: None,
            rendered_after: None,
        }
    }

    /// Runs a statement that Django passes parameters with (`%%` in its text becomes `%`).
    fn execute(&mut self, table: &Arc<str>, sql: &Sql, change: Change) {
        self.emit(table, sql.render(true), change, Vec::new());
    }

    /// Runs a statement that Django passes no parameters with.
    fn execute_plain(&mut self, table: &Arc<str>, sql: &Sql, change: Change) {
        self.emit(table, sql.render(false), change, Vec::new());
    }

    /// Runs a statement that holds a name from the database.
    fn execute_named(&mut self, table: &Arc<str>, sql: String, change: Change, name: &Arc<str>) {
        self.emit(table, (sql, Vec::new()), change, vec![name.clone()]);
    }

    fn emit(
        &mut self,
        table: &Arc<str>,
        text: (String, Vec<String>),
        change: Change,
        looked_up: Vec<Arc<str>>,
    ) {
        self.emit_asked(table, text, change, looked_up, Asked::default());
    }

    /// Adds a statement that may ask for an algorithm and a lock.
    fn emit_asked(
        &mut self,
        table: &Arc<str>,
        (sql, holes): (String, Vec<String>),
        change: Change,
        looked_up: Vec<Arc<str>>,
        asked: Asked,
    ) {
        let class = classify(&change, table, self.catalogue, self.server).asked(asked, self.server);
        let rebuilt = class.rebuild == Some(true);
        let instant = class.algorithm == Some(Algorithm::Instant);
        self.catalogue.apply(table, &change, rebuilt, instant);
        self.out.push(Statement { sql, table: table.clone(), change, class, holes, looked_up });
    }

    /// Names of constraints and indexes on exactly these columns.
    ///
    /// # Errors
    /// When a statement that is not understood may have changed the table.
    fn names(
        &self,
        table: &str,
        columns: Option<&[Arc<str>]>,
        wanted: Wanted,
        exclude: &[Arc<str>],
    ) -> Maybe<Vec<Arc<str>>> {
        match self.catalogue.table(table) {
            Some(known) if !known.doubtful => Ok(self.catalogue.names(table, columns, wanted, exclude)),
            Some(_) => Err(Unknown::new(
                format!(
                    "which constraints `{table}` has is not known: a statement before it was not understood"
                ),
                format!("无法得知 `{table}` 有哪些约束：之前有一条语句未能理解"),
            )),
            None => Err(Unknown::new(
                format!(
                    "no migration of this project creates the table `{table}`: its constraints are not known"
                ),
                format!("本项目没有迁移创建表 `{table}`：无法得知它有哪些约束"),
            )),
        }
    }

    /// The statements that waited.
    fn flush(&mut self) {
        for waiting in std::mem::take(&mut self.deferred) {
            self.run_deferred(&waiting);
        }
    }
}

/// `` ALTER TABLE `table` `` and what follows.
fn alter_table(table: &str, what: impl AsRef<str>) -> String {
    format!("ALTER TABLE {} {}", quote_name(table), what.as_ref())
}

/// A table as one state has it.
#[derive(Clone)]
struct Table<'s> {
    state: &'s ProjectState,
    /// Its name.
    name: Arc<str>,
    /// The model; `None` for the table that Django makes for a many-to-many relation.
    model: Option<Arc<ModelState>>,
}

impl<'s> Table<'s> {
    /// The table of a model.
    fn of(state: &'s ProjectState, key: &ModelKey) -> Maybe<Self> {
        let model = state.known(key)?.clone();
        if let Some(why) = &model.uncertain {
            return Err(why.clone());
        }
        Ok(Self { state, name: state.table(key)?, model: Some(model) })
    }

    /// A field of the model by name.
    fn field(&self, name: &str) -> Maybe<Arc<Field>> {
        match &self.model {
            // Django's `get_field` knows a foreign key by the name of its column in Python too: `owner_id`.
            Some(model) => self.state.field(&model.key(), name).or_else(|why| {
                let fields = self.state.local_fields(&model.key())?;
                fields.into_iter().find(|field| field.attname().as_deref() == Ok(name)).ok_or(why)
            }),
            None => Err(Unknown::new(format!("no field `{name}`"), format!("没有字段 `{name}`"))),
        }
    }

    /// The column of a field by name.
    fn column(&self, name: &str, features: Features) -> Maybe<Column> {
        let field = self.field(name)?;
        Column::of(self.state, &field, features)?.ok_or_else(|| {
            Unknown::new(format!("the field `{name}` has no column"), format!("字段 `{name}` 没有列"))
        })
    }

    /// Names of the columns of fields.
    fn columns(&self, names: &[Arc<str>]) -> Maybe<Vec<Arc<str>>> {
        let column = |name: &Arc<str>| {
            let column = self.field(name)?.column()?;
            column.ok_or_else(|| {
                Unknown::new(format!("the field `{name}` has no column"), format!("字段 `{name}` 没有列"))
            })
        };
        names.iter().map(column).collect()
    }

    /// Names in `Meta.constraints`.
    fn constraint_names(&self) -> Maybe<Vec<Arc<str>>> {
        let constraints = self.model.iter().flat_map(|model| model.options.constraints.iter());
        constraints.map(|constraint| constraint.name.clone()).collect()
    }

    /// Names in `Meta.indexes`.
    fn index_names(&self) -> Maybe<Vec<Arc<str>>> {
        let indexes = self.model.iter().flat_map(|model| model.options.indexes.iter());
        indexes.map(|index| index.name.clone()).collect()
    }
}
