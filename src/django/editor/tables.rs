//! Tables: CREATE, DROP, RENAME and their comment.

use std::sync::Arc;

use super::super::fields::BuiltIn;
use super::super::state::{Constraint, Field, ModelKey, ProjectState};
use super::super::unknown::{Maybe, Unknown};
use super::column::Column;
use super::deferred::{Deferred, ForeignKey, Key, KeyName};
use super::fields::own_index;
use super::literal::quote_text;
use super::statement::Sql;
use super::{Editor, Table, alter_table};
use crate::mysql::change::{Change, ColumnDef, KeyDef};
use crate::mysql::names::quote_name;

/// What a table is made of, besides its columns.
#[derive(Default)]
struct Parts {
    /// `unique_together`, as fields.
    unique_together: Vec<Vec<Arc<str>>>,
    /// `index_together`, as fields.
    index_together: Vec<Vec<Arc<str>>>,
    constraints: Vec<Arc<Constraint>>,
    comment: Option<Arc<str>>,
    tablespace: bool,
}

/// What waits until the end, per kind.
#[derive(Default)]
struct Waiting {
    unique: Vec<Deferred>,
    foreign: Vec<Deferred>,
    constraints: Vec<Deferred>,
    indexes: Vec<Deferred>,
}

impl Editor<'_> {
    /// `CreateModel`
    pub(super) fn create_model(&mut self, state: &ProjectState, key: &ModelKey) -> Maybe<()> {
        let table = Table::of(state, key)?;
        let Some(model) = table.model.clone() else { return Ok(()) };
        if let Some(why) = &model.options.uncertain {
            return Err(why.clone());
        }
        let mut fields = state.local_fields(key)?;
        let many: Vec<Arc<Field>> = fields.iter().filter(|field| field.is_many_to_many()).cloned().collect();
        fields.retain(|field| !field.is_many_to_many());
        let index_together = model.options.index_together.clone()?;
        let comment = if self.features.comments { model.options.db_table_comment.clone()? } else { None };
        let parts = Parts {
            unique_together: model.options.unique_together.clone()?,
            index_together: if self.features.index_together_at_once {
                Vec::new()
            } else {
                index_together.clone()
            },
            constraints: model.options.constraints.iter().cloned().collect(),
            comment: comment.filter(|text| !text.is_empty()),
            tablespace: false,
        };
        let result = self.create_table(&table, &fields, parts);
        for field in &many {
            self.create_through(state, key, field)?;
        }
        result?;
        if self.features.index_together_at_once {
            for names in &index_together {
                self.create_index_together(&table, names)?;
            }
        }
        Ok(())
    }

    /// The table that Django makes for a many-to-many relation; nothing for one with a `through` of its own.
    pub(super) fn create_through(
        &mut self,
        state: &ProjectState,
        key: &ModelKey,
        field: &Arc<Field>,
    ) -> Maybe<()> {
        let through = state.through(key, field)?;
        if through.model.is_some() {
            return Ok(());
        }
        let table = Table { state, name: through.table.clone(), model: None };
        let [_, from, to] = through.fields.as_slice() else { return Ok(()) };
        let parts =
            Parts { unique_together: vec![vec![from.name.clone(), to.name.clone()]], ..Parts::default() };
        self.create_table(&table, &through.fields, parts)
    }

    fn create_table(&mut self, table: &Table<'_>, fields: &[Arc<Field>], parts: Parts) -> Maybe<()> {
        let mut waiting = Waiting::default();
        let mut columns: Vec<Column> = Vec::with_capacity(fields.len());
        let mut failed: Option<Unknown> = None;
        for field in fields {
            match Column::of(table.state, field, self.features) {
                Ok(column) => columns.extend(column),
                Err(why) => failed = failed.or(Some(in_field(field, &why))),
            }
        }
        let find = |name: &Arc<str>| {
            let field = fields.iter().find(|field| field.name == *name);
            let column = match field {
                Some(field) => field.column()?,
                None => table.columns(std::slice::from_ref(name))?.into_iter().next(),
            };
            column.ok_or_else(|| {
                Unknown::new(format!("the field `{name}` has no column"), format!("字段 `{name}` 没有列"))
            })
        };
        for (sets, suffix, unique) in
            [(&parts.unique_together, "_uniq", true), (&parts.index_together, "_idx", false)]
        {
            for names in sets {
                let names: Maybe<Vec<Arc<str>>> = names.iter().map(find).collect();
                match names {
                    Ok(columns) => {
                        let key = Deferred::Key(Key {
                            table: table.name.clone(),
                            columns,
                            descending: Vec::new(),
                            expressions: None,
                            name: KeyName::Made(suffix),
                            unique,
                        });
                        if unique { waiting.unique.push(key) } else { waiting.indexes.push(key) }
                    }
                    Err(why) => failed = failed.or(Some(why)),
                }
            }
        }
        let result = self.write_table(table, &columns, &parts, &mut waiting);
        let failed = failed.or(result.as_ref().err().cloned());
        if let Some(why) = failed {
            // What is known of the table is kept, so that later migrations find its constraints.
            self.remember(table, &columns);
            self.defer(waiting);
            return Err(why);
        }
        let (sql, change) = result?;
        if sql.has_values() && self.features.database_defaults {
            for column in &columns {
                self.check_percent(column)?;
            }
            self.execute(&table.name, &sql, change);
        } else {
            // Constraints and comments hold doubled percent signs that Django does not undo here.
            self.execute_plain(&table.name, &sql, change);
        }
        self.defer(waiting);
        if let Some(comment) = &parts.comment {
            self.comment_on_table(&table.name, comment);
        }
        let _ = parts.tablespace;
        Ok(())
    }

    fn defer(&mut self, waiting: Waiting) {
        if self.features.unique_before_columns {
            self.deferred.extend(waiting.unique);
            self.deferred.extend(waiting.foreign);
        } else {
            self.deferred.extend(waiting.foreign);
            self.deferred.extend(waiting.unique);
        }
        self.deferred.extend(waiting.constraints);
        self.deferred.extend(waiting.indexes);
    }

    /// CREATE TABLE, and what waits for the end.
    fn write_table(
        &mut self,
        table: &Table<'_>,
        columns: &[Column],
        parts: &Parts,
        waiting: &mut Waiting,
    ) -> Maybe<(Sql, Change)> {
        let mut sql = Sql::new(format!("CREATE TABLE {} (", quote_name(&table.name)));
        let mut defs: Vec<ColumnDef> = Vec::with_capacity(columns.len());
        let mut own_indexes = Vec::new();
        let mut failed = None;
        for (at, column) in columns.iter().enumerate() {
            if at > 0 {
                sql.text(", ");
            }
            if let Some(remote) = column.constrained() {
                waiting.foreign.push(Deferred::ForeignKey(ForeignKey {
                    table: table.name.clone(),
                    column: column.name.clone(),
                    to_table: remote.to_table.clone(),
                    to_column: remote.to_column.clone(),
                    long_name: true,
                }));
            }
            if column.has_own_index() {
                own_indexes.push(Deferred::Key(own_index(&table.name, column)));
            }
            match self.definition(table, column, None) {
                Ok(definition) => {
                    sql.text(format!("{} ", quote_name(&column.name))).append(definition.sql);
                    defs.push(definition.column);
                }
                Err(why) => failed = failed.or(Some(in_field(&column.field, &why))),
            }
            if let Some(check) = &column.check {
                sql.text(format!(" CHECK ({check})"));
            }
        }
        let mut keys = inline_keys(columns);
        let mut checks = Vec::new();
        let defer_constraints = self.features.deferred_constraints_with_parameters && sql.has_values();
        for constraint in &parts.constraints {
            match self.constraint(table, constraint) {
                Ok(Some(written)) if defer_constraints || !written.is_inline() => {
                    waiting.constraints.extend(written.waits(&table.name));
                }
                Ok(Some(written)) => {
                    sql.text(format!(", {}", written.inline()));
                    keys.extend(written.key());
                    checks.extend(written.check());
                }
                // What Django leaves out gives no statement, and that is what it defers: `None`.
                Ok(None) if defer_constraints => {
                    failed = failed.or(Some(Unknown::new(
                        "Django would stop here: it runs `None` for a constraint that the server does not have",
                        "Django 会在此处报错：对服务器不支持的约束，它会执行 `None`",
                    )));
                }
                Ok(None) => {}
                Err(why) => failed = failed.or(Some(why)),
            }
        }
        if let Some(model) = &table.model {
            for index in &model.options.indexes {
                match self.index(table, index) {
                    Ok(key) => waiting.indexes.extend(key.map(Deferred::Key)),
                    Err(why) => failed = failed.or(Some(why)),
                }
            }
        }
        own_indexes.append(&mut waiting.indexes);
        waiting.indexes = own_indexes;
        if let Some(pk) = composite_key(table)? {
            sql.text(format!(", PRIMARY KEY ({})", list(&pk)));
            keys.push(KeyDef {
                name: "PRIMARY".into(),
                columns: pk,
                kind: crate::mysql::change::KeyKind::Primary,
                implicit: false,
                functional: false,
            });
        }
        sql.text(")");
        match failed {
            Some(why) => Err(why),
            None => Ok((sql, Change::CreateTable { columns: defs, keys, checks })),
        }
    }

    /// Keeps what is known of a table whose CREATE TABLE is not known.
    fn remember(&mut self, table: &Table<'_>, columns: &[Column]) {
        let change = Change::CreateTable {
            columns: columns.iter().map(Column::def).collect(),
            keys: inline_keys(columns),
            checks: Vec::new(),
        };
        self.catalogue.apply(&table.name, &change, false, false);
    }

    /// `DeleteModel`
    pub(super) fn delete_model(&mut self, state: &ProjectState, key: &ModelKey) -> Maybe<()> {
        let table = Table::of(state, key)?;
        for field in state.local_fields(key)?.iter().filter(|field| field.is_many_to_many()) {
            self.delete_through(state, key, field)?;
        }
        self.drop_table(&table.name);
        Ok(())
    }

    /// Drops the table that Django made for a many-to-many relation.
    pub(super) fn delete_through(
        &mut self,
        state: &ProjectState,
        key: &ModelKey,
        field: &Arc<Field>,
    ) -> Maybe<()> {
        let through = state.through(key, field)?;
        if through.model.is_none() {
            self.drop_table(&through.table);
        }
        Ok(())
    }

    fn drop_table(&mut self, name: &Arc<str>) {
        let sql = Sql::new(format!("DROP TABLE {} CASCADE", quote_name(name)));
        self.execute(name, &sql, Change::DropTable);
        self.deferred.retain(|waiting| !waiting.references_table(name));
    }

    /// Renames a table, if the names differ.
    pub(super) fn rename_table(&mut self, old: &Arc<str>, new: &Arc<str>) {
        if old == new {
            return;
        }
        let sql = Sql::new(format!("RENAME TABLE {} TO {}", quote_name(old), quote_name(new)));
        self.execute(old, &sql, Change::RenameTable(new.clone()));
        for waiting in &mut self.deferred {
            waiting.rename_table(old, new);
        }
    }

    /// The comment of a table.
    pub(super) fn comment_on_table(&mut self, table: &Arc<str>, comment: &str) {
        let quoted = quote_text(comment);
        let quoted = if self.features.doubled_percent { quoted.replace('%', "%%") } else { quoted };
        let sql = Sql::new(alter_table(table, format!("COMMENT = {quoted}")));
        self.execute(table, &sql, Change::TableComment);
    }
}

/// `` `a`, `b` ``
pub(super) fn list(columns: &[Arc<str>]) -> String {
    columns.iter().map(|column| quote_name(column)).collect::<Vec<_>>().join(", ")
}

fn inline_keys(columns: &[Column]) -> Vec<KeyDef> {
    let key = |column: &Column| {
        let kind = column.key_kind()?;
        let columns = vec![column.name.clone()];
        Some(KeyDef { name: "".into(), columns, kind, implicit: false, functional: false })
    };
    columns.iter().filter_map(key).collect()
}

/// The columns of `CompositePrimaryKey`, where the model has one.
fn composite_key(table: &Table<'_>) -> Maybe<Option<Vec<Arc<str>>>> {
    let Some(model) = &table.model else { return Ok(None) };
    let composite = |field: &&Arc<Field>| field.class.is(|class| class == BuiltIn::CompositePrimaryKey);
    let Some(field) = model.fields.iter().find(composite) else { return Ok(None) };
    let names = field.arg("field_names").and_then(super::super::state::names).ok_or_else(|| {
        Unknown::new(
            format!("the fields of the composite primary key `{}` are not known", field.name),
            format!("无法得知复合主键 `{}` 的字段", field.name),
        )
    })?;
    table.columns(&names).map(Some)
}

/// A reason, with the field that it is about.
pub(super) fn in_field(field: &Field, why: &Unknown) -> Unknown {
    let why = why.describe();
    Unknown::new(format!("field `{}`: {}", field.name, why.en), format!("字段 `{}`：{}", field.name, why.zh))
}
