//! Indexes and constraints of a model: `Meta.indexes`, `Meta.constraints`, `unique_together`, `index_together`.

use std::sync::Arc;

use super::super::state::{Constraint, ConstraintKind, Index};
use super::super::unknown::{Maybe, Unknown};
use super::column::Column;
use super::deferred::{Check, Deferred, Expressions, Key, KeyName};
use super::expression::{Compiler, leading_field};
use super::statement::Sql;
use super::tables::list;
use super::{Editor, Table, alter_table, condition};
use crate::mysql::catalogue::Wanted;
use crate::mysql::change::{Change, CheckDef, KeyDef, KeyKind};
use crate::mysql::names::quote_name;
use crate::syntax::Expr;

/// A constraint as the database has it.
pub(super) enum Written {
    /// CONSTRAINT … UNIQUE
    Unique { name: Arc<str>, columns: Vec<Arc<str>> },
    /// CREATE UNIQUE INDEX on expressions, which is no constraint of the table.
    Index(Key),
    /// CONSTRAINT … CHECK
    Check(Check),
}

impl Written {
    /// Whether it can stand in CREATE TABLE.
    pub(super) fn is_inline(&self) -> bool {
        !matches!(self, Self::Index(_))
    }

    /// As it stands in CREATE TABLE.
    pub(super) fn inline(&self) -> String {
        match self {
            Self::Unique { name, columns } => {
                format!("CONSTRAINT {} UNIQUE ({})", quote_name(name), list(columns))
            }
            Self::Check(check) => {
                format!("CONSTRAINT {} CHECK ({})", quote_name(&check.name), check.condition)
            }
            Self::Index(_) => String::new(),
        }
    }

    /// As a statement that waits.
    pub(super) fn waits(self, table: &Arc<str>) -> Option<Deferred> {
        Some(match self {
            Self::Unique { name, columns } => Deferred::Key(Key {
                table: table.clone(),
                columns,
                descending: Vec::new(),
                expressions: None,
                name: KeyName::Given(name),
                unique: true,
            }),
            Self::Index(key) => Deferred::Key(key),
            Self::Check(check) => Deferred::Check(check),
        })
    }

    /// The index that it makes.
    pub(super) fn key(&self) -> Option<KeyDef> {
        match self {
            Self::Unique { name, columns } => Some(KeyDef {
                name: name.clone(),
                columns: columns.clone(),
                kind: KeyKind::Unique,
                implicit: false,
                functional: false,
            }),
            Self::Check(_) | Self::Index(_) => None,
        }
    }

    /// The check that it makes.
    pub(super) fn check(&self) -> Option<CheckDef> {
        match self {
            Self::Check(check) => Some(check.def()),
            Self::Unique { .. } | Self::Index(_) => None,
        }
    }
}

impl Check {
    fn def(&self) -> CheckDef {
        CheckDef { name: self.name.clone(), columns: self.columns.clone() }
    }
}

impl Editor<'_> {
    /// The index as it is created; `None` where the server has none of its kind and Django leaves it out.
    ///
    /// # Errors
    /// When its class is not Django's `Index`, or a part of it is not known.
    pub(super) fn index(&self, table: &Table<'_>, index: &Index) -> Maybe<Option<Key>> {
        let class = index.class.clone()?;
        if !matches!(class.as_ref(), "django.db.models.Index" | "django.db.models.indexes.Index") {
            return Err(Unknown::new(
                format!("`{class}` is not Django's `Index`: what it creates is not known"),
                format!("`{class}` 不是 Django 的 `Index`：无法得知它创建什么"),
            ));
        }
        let name = index.name.clone()?;
        let fields = index.fields.clone()?;
        if !index.expressions.is_empty() {
            if !self.features.expression_indexes {
                return Ok(None);
            }
            return self.on_expressions(table, name, &index.expressions, false).map(Some);
        }
        let names: Vec<Arc<str>> = fields.iter().map(|(name, _)| name.clone()).collect();
        let descending =
            fields.iter().map(|(_, down)| *down && self.features.index_column_ordering).collect();
        Ok(Some(Key {
            table: table.name.clone(),
            columns: table.columns(&names)?,
            descending,
            expressions: None,
            name: KeyName::Given(name),
            unique: false,
        }))
    }

    /// The constraint as it is created; `None` where Django leaves it out on MySQL.
    pub(super) fn constraint(&self, table: &Table<'_>, constraint: &Constraint) -> Maybe<Option<Written>> {
        let name = constraint.name.clone()?;
        match &constraint.kind {
            ConstraintKind::Unique { fields, expressions, condition, special } => {
                let has = |what: &str| special.iter().any(|it| it.as_ref() == what);
                if condition.is_some() || has("deferrable") || has("include") || has("nulls_distinct") {
                    return Ok(None);
                }
                if !expressions.is_empty() {
                    if !self.features.expression_indexes {
                        return Ok(None);
                    }
                    let key = self.on_expressions(table, name, expressions, true)?;
                    return Ok(Some(Written::Index(key)));
                }
                if has("opclasses") {
                    return Err(Unknown::new(
                        format!("`{name}` has `opclasses`: what Django makes of them here is not known"),
                        format!("`{name}` 有 `opclasses`：无法得知 Django 在此如何处理"),
                    ));
                }
                Ok(Some(Written::Unique { name, columns: table.columns(&fields.clone()?)? }))
            }
            ConstraintKind::Check(condition) => {
                if !self.features.table_checks {
                    return Ok(None);
                }
                let (condition, columns) = condition::compile(condition, table, self.features)?;
                Ok(Some(Written::Check(Check { table: table.name.clone(), name, columns, condition })))
            }
            ConstraintKind::Other(class) => {
                let class = class.clone()?;
                Err(Unknown::new(
                    format!("`{class}` is not a constraint of Django: what it creates is not known"),
                    format!("`{class}` 不是 Django 的约束：无法得知它创建什么"),
                ))
            }
        }
    }

    /// The index on expressions.
    fn on_expressions(
        &self,
        table: &Table<'_>,
        name: Arc<str>,
        expressions: &[Expr],
        unique: bool,
    ) -> Maybe<Key> {
        let mut compiler = Compiler::new(Some(table), self.features);
        let (text, functional) = compiler.index(expressions).map_err(|why| {
            let why = why.describe();
            Unknown::new(format!("index `{name}`: {}", why.en), format!("索引 `{name}`：{}", why.zh))
        })?;
        Ok(Key {
            table: table.name.clone(),
            columns: compiler.columns,
            descending: Vec::new(),
            expressions: Some(Expressions { text, functional }),
            name: KeyName::Given(name),
            unique,
        })
    }

    /// Creates an index, or a unique constraint.
    fn create_key(&mut self, key: &Key, plain: bool) {
        let name = key.name();
        let sql = if key.unique && key.expressions.is_none() {
            let columns = key.column_list(self.features);
            alter_table(&key.table, format!("ADD CONSTRAINT {} UNIQUE ({columns})", quote_name(&name)))
        } else {
            let (table, columns) = (quote_name(&key.table), key.column_list(self.features));
            let unique = if key.unique { "UNIQUE " } else { "" };
            format!("CREATE {unique}INDEX {} ON {table} ({columns})", quote_name(&name))
        };
        let change = Change::AddKey(KeyDef {
            name,
            columns: key.columns.clone(),
            kind: if key.unique { KeyKind::Unique } else { KeyKind::Plain },
            implicit: false,
            functional: key.expressions.as_ref().is_some_and(|it| it.functional),
        });
        let table = key.table.clone();
        if plain {
            self.execute_plain(&table, &Sql::new(sql), change);
        } else {
            self.execute(&table, &Sql::new(sql), change);
        }
    }

    /// Adds a check.
    pub(super) fn create_check(&mut self, check: &Check, plain: bool) {
        let what = format!("ADD CONSTRAINT {} CHECK ({})", quote_name(&check.name), check.condition);
        let sql = Sql::new(alter_table(&check.table, what));
        let table = check.table.clone();
        if plain {
            self.execute_plain(&table, &sql, Change::AddCheck(check.def()));
        } else {
            self.execute(&table, &sql, Change::AddCheck(check.def()));
        }
    }

    /// Runs a statement that waited.
    pub(super) fn run_deferred(&mut self, waiting: &Deferred) {
        match waiting {
            Deferred::Key(key) => self.create_key(key, self.features.database_defaults),
            Deferred::ForeignKey(key) => self.create_foreign_key(key),
            Deferred::Check(check) => self.create_check(check, self.features.database_defaults),
        }
    }

    /// Creates an index on one field at once.
    pub(super) fn create_field_index(&mut self, table: &Arc<str>, column: &Column) {
        self.create_key(&super::fields::own_index(table, column), false);
    }

    /// Creates a unique constraint on one field at once.
    pub(super) fn create_field_unique(&mut self, table: &Arc<str>, column: &Column) {
        let mut key = super::fields::own_index(table, column);
        key.name = KeyName::Made("_uniq");
        key.unique = true;
        self.create_key(&key, false);
    }

    /// `AddIndex`
    pub(super) fn add_index(&mut self, table: &Table<'_>, index: &Index) -> Maybe<()> {
        if let Some(key) = self.index(table, index)? {
            self.create_key(&key, true);
        }
        Ok(())
    }

    /// `RemoveIndex`; `table` is that of the state before.
    pub(super) fn remove_index(&mut self, table: &Table<'_>, index: &Index) -> Maybe<()> {
        let name = index.name.clone()?;
        let fields: Vec<Arc<str>> = index.fields.clone()?.into_iter().map(|(name, _)| name).collect();
        if !index.expressions.is_empty() {
            if !self.features.expression_indexes {
                return Ok(());
            }
            if let Some(first) =
                leading_field(&index.expressions).filter(|_| self.features.fk_index_on_removal)
            {
                self.create_missing_fk_index(table, &[first.into()])?;
            }
        } else if self.features.fk_index_on_removal {
            self.create_missing_fk_index(table, &fields)?;
        }
        let sql = Sql::new(format!("DROP INDEX {} ON {}", quote_name(&name), quote_name(&table.name)));
        self.execute(&table.name, &sql, Change::DropKey(name.clone()));
        self.forget_index(&table.name, &name);
        Ok(())
    }

    /// Takes back what waits for an index that is dropped.
    pub(super) fn forget_index(&mut self, table: &str, name: &str) {
        if self.features.dropped_index_forgets_deferred {
            self.deferred.retain(|waiting| !waiting.references_index(table, name));
        }
    }

    /// `RenameIndex`
    pub(super) fn rename_index(
        &mut self,
        table: &Table<'_>,
        old: &Index,
        new: &Index,
        looked_up: bool,
    ) -> Maybe<()> {
        let (old_name, new_name) = (old.name.clone()?, new.name.clone()?);
        if old_name == new_name {
            return Ok(());
        }
        if !self.features.rename_index {
            self.remove_index(table, old)?;
            return self.add_index(table, new);
        }
        let what = format!("RENAME INDEX {} TO {}", quote_name(&old_name), quote_name(&new_name));
        let sql = alter_table(&table.name, what);
        let change = Change::RenameKey(old_name.clone(), new_name);
        if looked_up {
            self.execute_named(&table.name, sql, change, &old_name);
        } else {
            self.execute_plain(&table.name, &Sql::new(sql), change);
        }
        Ok(())
    }

    /// `AddConstraint`
    pub(super) fn add_constraint(&mut self, table: &Table<'_>, constraint: &Constraint) -> Maybe<()> {
        match self.constraint(table, constraint)?.and_then(|written| written.waits(&table.name)) {
            Some(Deferred::Key(key)) => self.create_key(&key, true),
            Some(Deferred::Check(check)) => {
                if self.features.percent_stops_constraints && check.condition.contains('%') {
                    return Err(Unknown::new(
                        "Django would stop here: it takes the percent sign in the condition for a format",
                        "Django 会在此处报错：它把条件中的百分号当作格式符",
                    ));
                }
                self.create_check(&check, true);
            }
            _ => {}
        }
        Ok(())
    }

    /// `RemoveConstraint`; `table` is that of the state after.
    pub(super) fn remove_constraint(&mut self, table: &Table<'_>, constraint: &Constraint) -> Maybe<()> {
        let name = constraint.name.clone()?;
        match &constraint.kind {
            ConstraintKind::Check(_) => {
                if self.features.drop_table_checks {
                    self.drop_check(&table.name, &name, false);
                }
                Ok(())
            }
            _ => {
                let written = self.constraint(table, constraint)?;
                if !matches!(written, Some(Written::Unique { .. } | Written::Index(_))) {
                    return Ok(());
                }
                if let ConstraintKind::Unique { fields: Ok(fields), expressions, .. } = &constraint.kind
                    && self.features.fk_index_on_removal
                {
                    let first: Vec<Arc<str>> =
                        leading_field(expressions).into_iter().map(Arc::from).collect();
                    self.create_missing_fk_index(
                        table,
                        if expressions.is_empty() { fields } else { &first },
                    )?;
                }
                if let Some(Written::Index(_)) = written {
                    let (index, table_name) = (quote_name(&name), quote_name(&table.name));
                    let sql = Sql::new(format!("DROP INDEX {index} ON {table_name}"));
                    self.execute(&table.name, &sql, Change::DropKey(name));
                    return Ok(());
                }
                let sql = Sql::new(alter_table(&table.name, format!("DROP INDEX {}", quote_name(&name))));
                self.execute(&table.name, &sql, Change::DropKey(name));
                Ok(())
            }
        }
    }

    /// Drops a check.
    pub(super) fn drop_check(&mut self, table: &Arc<str>, name: &Arc<str>, looked_up: bool) {
        let verb = match (self.features.mysql_drop_check, self.server.is_mariadb()) {
            (false, _) => "DROP CONSTRAINT",
            (true, true) => "DROP CONSTRAINT IF EXISTS",
            (true, false) => "DROP CHECK",
        };
        let sql = alter_table(table, format!("{verb} {}", quote_name(name)));
        let change = Change::DropCheck(name.clone());
        if looked_up {
            self.execute_named(table, sql, change, name);
        } else {
            self.execute(table, &Sql::new(sql), change);
        }
    }

    /// `AlterUniqueTogether`; `table` is that of the state after.
    pub(super) fn alter_unique_together(
        &mut self,
        table: &Table<'_>,
        old: &[Vec<Arc<str>>],
        new: &[Vec<Arc<str>>],
    ) -> Maybe<()> {
        for fields in old.iter().filter(|fields| !new.contains(fields)) {
            let primary = self.features.plain_index_together.then_some(false);
            let wanted = Wanted { unique: Some(true), primary, ..Wanted::default() };
            self.delete_composed(table, fields, wanted, true)?;
        }
        for fields in new.iter().filter(|fields| !old.contains(fields)) {
            let key = Key {
                table: table.name.clone(),
                columns: table.columns(fields)?,
                descending: Vec::new(),
                expressions: None,
                name: KeyName::Made("_uniq"),
                unique: true,
            };
            self.create_key(&key, false);
        }
        Ok(())
    }

    /// `AlterIndexTogether`; `table` is that of the state after.
    pub(super) fn alter_index_together(
        &mut self,
        table: &Table<'_>,
        old: &[Vec<Arc<str>>],
        new: &[Vec<Arc<str>>],
    ) -> Maybe<()> {
        for fields in old.iter().filter(|fields| !new.contains(fields)) {
            let unique = self.features.plain_index_together.then_some(false);
            let wanted = Wanted { index: Some(true), unique, ..Wanted::default() };
            self.delete_composed(table, fields, wanted, false)?;
        }
        for fields in new.iter().filter(|fields| !old.contains(fields)) {
            self.create_index_together(table, fields)?;
        }
        Ok(())
    }

    /// The index of one set of `index_together`.
    pub(super) fn create_index_together(&mut self, table: &Table<'_>, fields: &[Arc<str>]) -> Maybe<()> {
        let key = Key {
            table: table.name.clone(),
            columns: table.columns(fields)?,
            descending: Vec::new(),
            expressions: None,
            name: KeyName::Made("_idx"),
            unique: false,
        };
        self.create_key(&key, false);
        Ok(())
    }

    fn delete_composed(
        &mut self,
        table: &Table<'_>,
        fields: &[Arc<str>],
        wanted: Wanted,
        unique: bool,
    ) -> Maybe<()> {
        self.create_missing_fk_index(table, fields)?;
        let columns = table.columns(fields)?;
        let mut exclude = table.constraint_names()?;
        exclude.extend(table.index_names()?);
        let mut names = self.names(&table.name, Some(&columns), wanted, &exclude)?;
        if unique && names.len() > 1 {
            let texts: Vec<&str> = columns.iter().map(AsRef::as_ref).collect();
            let usual = crate::mysql::names::index_name(&table.name, &texts, "_uniq");
            if names.iter().any(|name| name.as_ref() == usual) {
                names = vec![usual.into()];
            }
        }
        let [name] = names.as_slice() else {
            return Err(wrong_number(names.len(), &table.name, &columns));
        };
        let sql = if unique {
            alter_table(&table.name, format!("DROP INDEX {}", quote_name(name)))
        } else {
            format!("DROP INDEX {} ON {}", quote_name(name), quote_name(&table.name))
        };
        self.execute_named(&table.name, sql, Change::DropKey(name.clone()), name);
        Ok(())
    }

    /// Creates the index that a foreign key needs when the only one that serves it is about to go.
    fn create_missing_fk_index(&mut self, table: &Table<'_>, fields: &[Arc<str>]) -> Maybe<()> {
        let Some(first) = fields.first() else { return Ok(()) };
        let column = table.column(first, self.features)?;
        if column.internal_type.as_ref() != "ForeignKey" {
            return Ok(());
        }
        let missing = if self.features.fk_index_by_prefix {
            self.names(&table.name, Some(&[]), Wanted::default(), &[])?;
            let found = self.catalogue.constraints(&table.name);
            found.iter().filter(|it| it.index && it.columns.first() == Some(&column.name)).count() == 1
        } else {
            let wanted = Wanted { index: Some(true), ..Wanted::default() };
            self.names(&table.name, Some(std::slice::from_ref(&column.name)), wanted, &[])?.is_empty()
        };
        if missing {
            self.create_field_index(&table.name, &column);
        }
        Ok(())
    }
}

/// Why Django would stop.
pub(super) fn wrong_number(count: usize, table: &str, columns: &[Arc<str>]) -> Unknown {
    let columns = columns.join(", ");
    Unknown::new(
        format!(
            "Django would stop here: it looks for one constraint on {table}({columns}) and finds {count}"
        ),
        format!("Django 会在此处报错：它在 {table}({columns}) 上应找到一个约束，却找到 {count} 个"),
    )
}
