//! Columns: their definition, ADD COLUMN and DROP COLUMN.

use std::sync::Arc;

use super::super::fields::BuiltIn;
use super::super::state::{Field, ModelKey, ProjectState};
use super::super::unknown::{Maybe, Unknown};
use super::column::Column;
use super::default::{Effective, effective, is_given};
use super::deferred::{Deferred, ForeignKey, Key, KeyName};
use super::expression::{Compiler, django_name, generated};
use super::literal::quote_text;
use super::statement::Sql;
use super::{Editor, Table, alter_table};
use crate::mysql::catalogue::Wanted;
use crate::mysql::change::{Change, ColumnDef, DefaultDef, ForeignKeyDef, KeyKind};
use crate::mysql::names::quote_name;
use crate::syntax::Value;

/// How a column is written.
pub(super) struct Definition {
    pub(super) sql: Sql,
    pub(super) column: ColumnDef,
}

impl Editor<'_> {
    /// Django's `skip_default`: no DEFAULT in ADD COLUMN.
    pub(super) fn skips_default(&self, column: &Column, default: &Effective) -> bool {
        (self.features.empty_text_without_default && default.is_empty() && column.is_text_or_blob())
            || (!self.features.limited_type_defaults && column.is_limited())
    }

    /// Django's `skip_default_on_alter`: no SET DEFAULT and no DROP DEFAULT.
    pub(super) fn skips_default_on_alter(&self, column: &Column, default: &Effective) -> bool {
        if !self.features.separate_skip_on_alter {
            return self.skips_default(column, default);
        }
        (self.features.empty_text_without_default && default.is_empty() && column.is_text_or_blob())
            || (self.features.skips_limited_default_on_alter && column.is_limited())
    }

    /// Whether a default of the column is written in parentheses.
    fn in_parentheses(&self, column: &Column) -> bool {
        self.features.expression_defaults && column.is_limited()
    }

    /// A default as it follows DEFAULT.
    pub(super) fn default_sql(&self, column: &Column, default: &Effective) -> (Sql, DefaultDef) {
        let mut sql = Sql::default();
        let parentheses = self.in_parentheses(column);
        if parentheses {
            sql.text("(");
        }
        sql.value(default);
        if parentheses {
            sql.text(")");
        }
        let text = sql.render(false).0;
        let def = match default {
            Effective::None => DefaultDef::None,
            _ if parentheses => DefaultDef::Expression(text),
            _ => DefaultDef::Literal(text),
        };
        (sql, def)
    }

    /// `db_default` as it follows DEFAULT; `None` where the field has none.
    pub(super) fn database_default(
        &self,
        state: &ProjectState,
        column: &Column,
    ) -> Maybe<Option<(Sql, DefaultDef)>> {
        let Some(expr) = column.field.db_default().filter(|_| self.features.database_defaults) else {
            return Ok(None);
        };
        if matches!(&expr.value, Value::Imported(path) if path.ends_with("NOT_PROVIDED")) {
            return Ok(None);
        }
        let not_compiled = |why: &Unknown| {
            let (name, why) = (&column.field.name, why.describe());
            Unknown::new(
                format!("`db_default` of `{name}`: {}", why.en),
                format!("`{name}` 的 `db_default`：{}", why.zh),
            )
        };
        if let Value::Call(call) = &expr.value
            && let Some(name) = django_name(call)
        {
            let compiled = Compiler::new(None, self.features).expression(expr);
            let compiled = compiled.map_err(|why| not_compiled(&why))?;
            // A `Value` is a constant; anything else stands in parentheses.
            let parentheses = name != "Value" || self.in_parentheses(column);
            let mut sql = Sql::new(if parentheses { "(" } else { "" });
            sql.append(compiled.sql).text(if parentheses { ")" } else { "" });
            let text = sql.render(false).0;
            let def = match name {
                "Value" if !parentheses => DefaultDef::Literal(text),
                "Random" => DefaultDef::Volatile(text),
                _ => DefaultDef::Expression(text),
            };
            return Ok(Some((sql, def)));
        }
        let mut with_value = Field::clone(&column.field);
        with_value.args.retain(|(name, _)| name.as_ref() != "default");
        with_value.args.push(("default".into(), expr.clone()));
        match effective(state, &Arc::new(with_value), self.features)? {
            Effective::Hole(what) => Err(not_compiled(&Unknown::new(what.clone(), what))),
            default => Ok(Some(self.default_sql(column, &default))),
        }
    }

    /// The definition of a column without its name: Django's `column_sql`, without CHECK.
    pub(super) fn definition(
        &self,
        table: &Table<'_>,
        column: &Column,
        default: Option<&Effective>,
    ) -> Maybe<Definition> {
        let mut sql = Sql::new(column.db_type.clone());
        if let Some(collation) = &column.collation {
            sql.text(format!(" COLLATE {}", quote_name(collation)));
        }
        if let Some(comment) = &column.comment {
            sql.text(format!(" {}", self.comment_sql(comment)));
        }
        let mut def = column.def();
        if let Some((default, written)) = self.database_default(table.state, column)? {
            sql.text(" DEFAULT ").append(default);
            def.default = written;
        } else if let Some(default) = default {
            let skipped = self.skips_default(column, default)
                || (column.null && self.skips_default_on_alter(column, default));
            if !skipped && default.is_some() {
                let (text, written) = self.default_sql(column, default);
                sql.text(" DEFAULT ").append(text);
                def.default = written;
            }
        }
        match generated(table, &column.field, self.features)? {
            Some(expression) => {
                sql.text(" ").append(expression);
            }
            None => {
                sql.text(if column.null { " NULL" } else { " NOT NULL" });
            }
        }
        if column.primary_key {
            sql.text(" PRIMARY KEY");
        } else if column.unique {
            sql.text(" UNIQUE");
        }
        Ok(Definition { sql, column: def })
    }

    /// `COMMENT '…'`, as Django's `_comment_sql` writes it.
    pub(super) fn comment_sql(&self, comment: &str) -> String {
        let quoted = quote_text(comment);
        let quoted = if self.features.doubled_percent { quoted.replace('%', "%%") } else { quoted };
        format!(" COMMENT {quoted}")
    }

    /// Django since 5.0 stumbles over a percent sign in a comment where it passes parameters.
    ///
    /// # Errors
    /// When it would.
    pub(super) fn check_percent(&self, column: &Column) -> Maybe<()> {
        match &column.comment {
            Some(comment) if !self.features.doubled_percent && comment.contains('%') => Err(Unknown::new(
                format!(
                    "Django would stop here: it takes the percent sign in the comment `{comment}` for a format"
                ),
                format!("Django 会在此处报错：它把注释 `{comment}` 中的百分号当作格式符"),
            )),
            _ => Ok(()),
        }
    }

    /// `AddField`
    pub(super) fn add_field(
        &mut self,
        table: &Table<'_>,
        to: &ProjectState,
        field: &Arc<Field>,
    ) -> Maybe<()> {
        if field.is_many_to_many() {
            return match table.model.as_ref().map(|model| model.key()) {
                Some(key) => self.create_through(to, &key, field),
                None => Ok(()),
            };
        }
        let Some(column) = Column::of(to, field, self.features)? else { return no_composite_key(field) };
        let default = effective(to, field, self.features)?;
        let after = Table { state: to, ..table.clone() };
        let Definition { sql: definition, column: def } = self.definition(&after, &column, Some(&default))?;
        let mut sql = Sql::new(alter_table(&table.name, format!("ADD COLUMN {} ", quote_name(&column.name))));
        sql.append(definition);
        if let Some(check) = &column.check {
            sql.text(format!(" CHECK ({check})"));
        }
        let mut foreign_key = None;
        let mut waiting = None;
        if let Some(remote) = column.constrained() {
            let key = ForeignKey {
                table: table.name.clone(),
                column: column.name.clone(),
                to_table: remote.to_table.clone(),
                to_column: remote.to_column.clone(),
                long_name: true,
            };
            if self.features.inline_fk {
                sql.text(format!(
                    " , ADD CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {}({})",
                    quote_name(&key.name()),
                    quote_name(&key.column),
                    quote_name(&key.to_table),
                    quote_name(&key.to_column),
                ));
                foreign_key = Some(key.def());
            } else {
                waiting = Some(Deferred::ForeignKey(key));
            }
        }
        let key = column.key_kind();
        let has_database_default = self.database_default(to, &column)?.is_some();
        let change = Change::AddColumn { column: def, key, foreign_key };
        // Since 5.0 Django passes no parameters where there are none.
        if self.features.database_defaults && !sql.has_values() {
            self.execute_plain(&table.name, &sql, change);
        } else {
            self.check_percent(&column)?;
            self.execute(&table.name, &sql, change);
        }
        if !has_database_default && !self.skips_default_on_alter(&column, &default) && default.is_some() {
            self.drop_default(&table.name, &column);
        }
        if column.has_own_index() {
            self.deferred.push(Deferred::Key(own_index(&table.name, &column)));
        }
        self.deferred.extend(waiting);
        if self.skips_default(&column, &default) && is_given(field)? {
            let mut sql =
                Sql::new(format!("UPDATE {} SET {} = ", quote_name(&table.name), quote_name(&column.name)));
            sql.value(&default);
            self.execute(&table.name, &sql, Change::TouchRows);
        }
        Ok(())
    }

    /// Removes the default of a column.
    pub(super) fn drop_default(&mut self, table: &Arc<str>, column: &Column) {
        let name = quote_name(&column.name);
        let (what, change) = if column.null && self.features.null_default {
            let null = DefaultDef::None;
            (format!("ALTER COLUMN {name} SET DEFAULT NULL"), Change::SetDefault(column.name.clone(), null))
        } else {
            (format!("ALTER COLUMN {name} DROP DEFAULT"), Change::DropDefault(column.name.clone()))
        };
        self.execute(table, &Sql::new(alter_table(table, what)), change);
    }

    /// `RemoveField`
    pub(super) fn remove_field(
        &mut self,
        table: &Table<'_>,
        key: &ModelKey,
        field: &Arc<Field>,
    ) -> Maybe<()> {
        if field.is_many_to_many() {
            return self.delete_through(table.state, key, field);
        }
        let Some(column) = Column::of(table.state, field, self.features)? else {
            return no_composite_key(field);
        };
        if column.remote.is_some() {
            let wanted = Wanted { foreign_key: true, ..Wanted::default() };
            let columns = std::slice::from_ref(&column.name);
            for name in self.names(&table.name, Some(columns), wanted, &[])? {
                self.drop_foreign_key(&table.name, &name);
            }
        }
        let sql = Sql::new(alter_table(&table.name, format!("DROP COLUMN {}", quote_name(&column.name))));
        self.execute(&table.name, &sql, Change::DropColumn(column.name.clone()));
        self.deferred.retain(|waiting| !waiting.references_column(&table.name, &column.name));
        Ok(())
    }

    /// Drops a foreign key by the name that the database has for it.
    pub(super) fn drop_foreign_key(&mut self, table: &Arc<str>, name: &Arc<str>) {
        let sql = alter_table(table, format!("DROP FOREIGN KEY {}", quote_name(name)));
        self.execute_named(table, sql, Change::DropForeignKey(name.clone()), name);
    }

    /// Adds a foreign key at once.
    pub(super) fn create_foreign_key(&mut self, key: &ForeignKey) {
        let sql = alter_table(
            &key.table,
            format!(
                "ADD CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {} ({})",
                quote_name(&key.name()),
                quote_name(&key.column),
                quote_name(&key.to_table),
                quote_name(&key.to_column),
            ),
        );
        self.execute(&key.table, &Sql::new(sql), Change::AddForeignKey(key.def()));
    }
}

/// The index of a field with `db_index`.
pub(super) fn own_index(table: &Arc<str>, column: &Column) -> Key {
    Key {
        table: table.clone(),
        columns: vec![column.name.clone()],
        descending: Vec::new(),
        expressions: None,
        name: KeyName::Made(""),
        unique: false,
    }
}

/// Fields without a column need no statement, but for a composite primary key, which Django cannot alter.
fn no_composite_key(field: &Field) -> Maybe<()> {
    if !field.class.is(|class| class == BuiltIn::CompositePrimaryKey) {
        return Ok(());
    }
    Err(Unknown::new(
        "Django would stop here: it cannot add or remove a composite primary key",
        "Django 会在此处报错：它无法添加或移除复合主键",
    ))
}

impl ForeignKey {
    /// As the server keeps it.
    pub(super) fn def(&self) -> ForeignKeyDef {
        ForeignKeyDef {
            name: self.name(),
            columns: vec![self.column.clone()],
            to_table: self.to_table.clone(),
            to_columns: vec![self.to_column.clone()],
        }
    }
}

impl Column {
    /// As the server keeps it, without a default.
    pub(super) fn def(&self) -> ColumnDef {
        let lower = self.db_type.to_lowercase();
        let (ty, auto_increment) = match lower.strip_suffix(" auto_increment") {
            Some(bare) => (bare.to_owned(), true),
            None => (lower, false),
        };
        ColumnDef {
            name: self.name.clone(),
            ty,
            null: self.null || self.generated.is_some(),
            default: DefaultDef::None,
            collation: self.collation.clone(),
            comment: self.comment.clone(),
            check: self.check.is_some(),
            auto_increment,
            generated: self.generated,
        }
    }

    /// The index that stands inline in its definition.
    pub(super) fn key_kind(&self) -> Option<KeyKind> {
        if self.primary_key { Some(KeyKind::Primary) } else { self.unique.then_some(KeyKind::Unique) }
    }
}
