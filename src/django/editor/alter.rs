//! `AlterField` and `RenameField` of a field with a column: Django's `_alter_field`, step by step in its order.

use std::sync::Arc;

use super::super::fields::BuiltIn;
use super::super::state::{Field, ModelKey, same_value};
use super::super::unknown::{Maybe, Unknown};
use super::column::Column;
use super::default::{Effective, effective, has_default, incomparable};
use super::deferred::{Check, ForeignKey};
use super::expression::generated;
use super::related::{Related, affected};
use super::same::should_be_altered;
use super::statement::Sql;
use super::{Editor, Table, alter_table};
use crate::mysql::catalogue::Wanted;
use crate::mysql::change::{Change, ColumnDef, DefaultDef, KeyDef, KeyKind};
use crate::mysql::names::{index_name, quote_name};

/// A field on both sides of a change.
pub(super) struct Both<'s, 'f> {
    pub(super) old_table: &'f Table<'s>,
    pub(super) new_table: &'f Table<'s>,
    pub(super) old_model: &'f ModelKey,
    pub(super) new_model: &'f ModelKey,
    pub(super) old_field: &'f Arc<Field>,
    pub(super) new_field: &'f Arc<Field>,
}

/// A step of the change of one column: what follows ALTER TABLE, and what it does.
type Action = (Sql, Change);

impl Editor<'_> {
    /// `AlterField`. Statements are about the table of the state before.
    pub(super) fn alter_field(&mut self, both: &Both<'_, '_>) -> Maybe<()> {
        let Both { old_table, new_table, old_field, new_field, .. } = *both;
        let sides = || ((old_table.state, old_field), (new_table.state, new_field));
        if old_field.relation.is_some() && new_field.relation.is_some() {
            let (before, after) = sides();
            if !should_be_altered(before, after, self.features, &[])? {
                return Ok(());
            }
        }
        let many = (old_field.is_many_to_many(), new_field.is_many_to_many());
        if many == (true, true) {
            return self.alter_many_to_many(both);
        }
        let old = Column::of(old_table.state, old_field, self.features)?;
        let new = Column::of(new_table.state, new_field, self.features)?;
        match (old, new) {
            (Some(old), Some(new)) => self.alter_column(both, &old, &new),
            _ => Err(Unknown::new(
                format!(
                    "Django would stop here: it cannot alter `{}` into a field of another kind",
                    old_field.name
                ),
                format!("Django 会在此处报错：无法把 `{}` 改成另一类字段", old_field.name),
            )),
        }
    }

    fn alter_column(&mut self, both: &Both<'_, '_>, old: &Column, new: &Column) -> Maybe<()> {
        let Both { old_table, new_table, old_model, new_model, old_field, new_field } = *both;
        self.check_generated(both, old, new)?;
        let table = &old_table.name.clone();
        let on_old = std::slice::from_ref(&old.name);
        let mut keys_dropped = false;
        if old.constrained().is_some()
            && (new_field.relation.is_none()
                || !self.features.comments
                || should_be_altered(
                    (old_table.state, old_field),
                    (new_table.state, new_field),
                    self.features,
                    &["db_comment"],
                )?)
        {
            let wanted = Wanted { foreign_key: true, ..Wanted::default() };
            for name in self.names(table, Some(on_old), wanted, &[])? {
                keys_dropped = true;
                self.drop_foreign_key(table, &name);
            }
        }
        let became_primary = !old.primary_key && new.primary_key;
        if old.unique && (!new.unique || became_primary) {
            let wanted = Wanted { unique: Some(true), primary: Some(false), ..Wanted::default() };
            let exclude = old_table.constraint_names()?;
            for name in self.names(table, Some(on_old), wanted, &exclude)? {
                let sql = alter_table(table, format!("DROP INDEX {}", quote_name(&name)));
                self.execute_named(table, sql, Change::DropKey(name.clone()), &name);
            }
        }
        let type_changes = old.db_type != new.db_type;
        let collation_changes = old.collation != new.collation;
        let reaches_others = ((old.primary_key && new.primary_key) || (old.unique && new.unique))
            && (type_changes || (collation_changes && self.features.collation_of_relations));
        let before = (old_table.state, old_model, &**old_field);
        let after = (new_table.state, new_model, &**new_field);
        let mut related = Vec::new();
        if reaches_others {
            related = affected(before, after, self.features)?;
            self.check_in_sight(old_table.state, old_model, related.iter().map(|(old, _)| old))?;
            for (_, rel) in &related {
                let Some(column) = rel.column(new_table.state, self.features)? else { continue };
                let wanted = Wanted { foreign_key: true, ..Wanted::default() };
                for name in self.names(&rel.table, Some(std::slice::from_ref(&column.name)), wanted, &[])? {
                    self.drop_foreign_key(&rel.table, &name);
                }
            }
        }
        if old.db_index && !old.unique && (!new.db_index || new.unique) {
            let wanted = Wanted { index: Some(true), btree: true, ..Wanted::default() };
            let exclude = old_table.index_names()?;
            for name in self.names(table, Some(on_old), wanted, &exclude)? {
                let sql = format!("DROP INDEX {} ON {}", quote_name(&name), quote_name(table));
                self.execute_named(table, sql, Change::DropKey(name.clone()), &name);
                self.forget_index(table, &name);
            }
        }
        let check_changes = old.check_identity(self.features) != new.check_identity(self.features);
        if check_changes && old.check.is_some() {
            let wanted = Wanted { check: Some(true), ..Wanted::default() };
            let exclude = old_table.constraint_names()?;
            for name in self.names(table, Some(on_old), wanted, &exclude)? {
                if self.features.drop_table_checks {
                    self.drop_check(table, &name, true);
                }
            }
        }
        if old.name != new.name {
            self.rename_column(both, old, new)?;
        }
        let needs_default = self.change_column(both, old, new)?;
        if old.primary_key && !new.primary_key {
            let sql = Sql::new(alter_table(table, "DROP PRIMARY KEY"));
            self.execute(table, &sql, Change::DropKey("PRIMARY".into()));
        }
        let unique_added = if self.features.primary_key_without_unique {
            !new.primary_key && new.unique && (!old.unique || old.primary_key)
        } else {
            (!old.unique && new.unique) || (old.primary_key && !new.primary_key && new.unique)
        };
        if unique_added {
            self.create_field_unique(table, new);
        }
        if (!old.db_index || old.unique) && new.db_index && !new.unique {
            self.create_field_index(table, new);
        }
        let mut to_update = Vec::new();
        if reaches_others && (self.features.unique_key_cascade || (old.primary_key && new.primary_key)) {
            to_update.clone_from(&related);
        }
        if became_primary {
            self.create_primary_key(table, new);
            to_update.extend(affected(before, after, self.features)?);
        }
        let by_chance = !self.features.sorted_relations && self.differ_in_null(both, &to_update)?;
        for (old_rel, new_rel) in &to_update {
            self.follow_type(both, old_rel, new_rel, by_chance)?;
        }
        if let Some(remote) = new.constrained()
            && (keys_dropped || old.constrained().is_none())
        {
            self.create_foreign_key(&ForeignKey {
                table: table.clone(),
                column: new.name.clone(),
                to_table: remote.to_table.clone(),
                to_column: remote.to_column.clone(),
                long_name: true,
            });
        }
        if reaches_others {
            self.rebuild_keys(both, &to_update)?;
        }
        if let Some(condition) = new.check.as_ref().filter(|_| check_changes) {
            let name = index_name(table, &[&new.name], "_check").into();
            let columns = vec![new.name.clone()];
            let check = Check { table: table.clone(), name, columns, condition: condition.clone() };
            self.create_check(&check, false);
        }
        if needs_default {
            self.drop_default(table, new);
        }
        Ok(())
    }

    /// Django cannot change what a generated column is computed from.
    fn check_generated(&self, both: &Both<'_, '_>, old: &Column, new: &Column) -> Maybe<()> {
        let before = generated(both.old_table, &old.field, self.features)?;
        let after = generated(both.new_table, &new.field, self.features)?;
        let text = |sql: Option<Sql>| sql.map(|sql| sql.render(false).0);
        if text(before) == text(after) {
            return Ok(());
        }
        Err(Unknown::new(
            format!(
                "Django would stop here: `{}` is a GeneratedField, which must be removed and added again",
                new.field.name
            ),
            format!("Django 会在此处报错：`{}` 是 GeneratedField，必须移除后重新添加", new.field.name),
        ))
    }

    fn rename_column(&mut self, both: &Both<'_, '_>, old: &Column, new: &Column) -> Maybe<()> {
        let table = both.old_table.name.clone();
        let names = (quote_name(&old.name), quote_name(&new.name));
        let (sql, change) = if self.features.rename_column {
            let sql = alter_table(&table, format!("RENAME COLUMN {} TO {}", names.0, names.1));
            (Sql::new(sql), Change::RenameColumn(old.name.clone(), new.name.clone()))
        } else {
            let (ty, default) = self.kept(both, old, &new.db_type)?;
            let mut sql = Sql::new(alter_table(&table, format!("CHANGE {} {} ", names.0, names.1)));
            sql.append(ty);
            let mut column = ColumnDef { null: old.null, default, ..new.def() };
            column.check = false;
            (sql, Change::Modify { old: old.name.clone(), column })
        };
        self.execute(&table, &sql, change);
        for waiting in &mut self.deferred {
            waiting.rename_column(&table, &old.name, &new.name);
        }
        Ok(())
    }

    /// A type with what the column keeps of its old self: NULL or NOT NULL, and a default of the database.
    fn kept(&self, both: &Both<'_, '_>, old: &Column, ty: &str) -> Maybe<(Sql, DefaultDef)> {
        let mut sql = Sql::new(ty);
        let mut def = DefaultDef::None;
        if let Some((default, written)) = self.database_default(both.old_table.state, old)? {
            sql.text(" DEFAULT ").append(default);
            def = written;
        }
        sql.text(if old.null { " NULL" } else { " NOT NULL" });
        Ok((sql, def))
    }

    /// Type, default and nullability. True when the column has a default now that must go at the end.
    fn change_column(&mut self, both: &Both<'_, '_>, old: &Column, new: &Column) -> Maybe<bool> {
        let table = both.old_table.name.clone();
        let (old_state, new_state) = (both.old_table.state, both.new_table.state);
        let mut actions: Vec<Action> = Vec::new();
        let collation_changes = old.collation != new.collation;
        if self.features.collation_alone && collation_changes {
            actions.push(self.collation_action(new));
        } else if old.db_type != new.db_type
            || (collation_changes && !self.features.collation_alone)
            || old.comment != new.comment
        {
            actions.push(self.type_action(both, old, new)?);
        }
        let new_database_default = self.database_default(new_state, new)?;
        let old_database_default = self.database_default(old_state, old)?;
        match (&old_database_default, &new_database_default) {
            (before, Some((sql, def))) => {
                let defaults = (old.field.db_default(), new.field.db_default());
                let same = before.as_ref().is_some_and(|(_, before)| before == def)
                    || matches!(defaults, (Some(before), Some(after)) if same_value(before, after));
                if !same {
                    let mut text = Sql::new(format!("ALTER COLUMN {} SET DEFAULT ", quote_name(&new.name)));
                    text.append(sql.clone());
                    actions.push((text, Change::SetDefault(new.name.clone(), def.clone())));
                }
            }
            (Some(_), None) => {
                let text = Sql::new(format!("ALTER COLUMN {} DROP DEFAULT", quote_name(&new.name)));
                actions.push((text, Change::DropDefault(new.name.clone())));
            }
            (None, None) => {}
        }
        let becomes_required = old.null && !new.null;
        let mut needs_default = false;
        let mut new_default = Effective::None;
        if becomes_required && new_database_default.is_none() {
            let old_default = effective(old_state, &old.field, self.features)?;
            new_default = effective(new_state, &new.field, self.features)?;
            let skipped = self.skips_default_on_alter(new, &new_default);
            if !skipped
                && new_default.is_some()
                && differ((&old.field, &old_default), (&new.field, &new_default))?
            {
                needs_default = true;
                let (sql, def) = self.default_sql(new, &new_default);
                let mut text = Sql::new(format!("ALTER COLUMN {} SET DEFAULT ", quote_name(&new.name)));
                text.append(sql);
                actions.push((text, Change::SetDefault(new.name.clone(), def)));
            }
        }
        let null_action = if old.null == new.null { None } else { Some(self.null_action(both, new)?) };
        let four_way = becomes_required && (has_default(&new.field)? || new_database_default.is_some());
        if !four_way {
            actions.extend(null_action.clone());
        }
        for (what, change) in actions {
            self.alter(&table, what, change);
        }
        if four_way {
            let name = quote_name(&new.name);
            let mut sql = Sql::new(format!("UPDATE {} SET {name} = ", quote_name(&table)));
            match new_database_default {
                Some((default, _)) => sql.append(default),
                None => sql.value(&new_default),
            };
            sql.text(format!(" WHERE {name} IS NULL"));
            self.execute(&table, &sql, Change::TouchRows);
            if let Some((what, change)) = null_action {
                self.alter(&table, what, change);
            }
        }
        Ok(needs_default)
    }

    fn alter(&mut self, table: &Arc<str>, what: Sql, change: Change) {
        let mut sql = Sql::new(alter_table(table, ""));
        sql.append(what);
        self.execute(table, &sql, change);
    }

    /// MODIFY with another collation, which says nothing of NULL.
    fn collation_action(&self, new: &Column) -> Action {
        let mut text = format!("MODIFY {} {}", quote_name(&new.name), new.db_type);
        if let Some(collation) = &new.collation {
            text.push_str(&format!(" COLLATE {}", quote_name(collation)));
        }
        let mut column = new.def();
        // Without NOT NULL a column takes NULL.
        column.null = true;
        column.check = false;
        (Sql::new(text), Change::Modify { old: new.name.clone(), column })
    }

    /// MODIFY with another type, collation or comment of a column: the changed one, or one that refers to it.
    fn type_action(&self, both: &Both<'_, '_>, old: &Column, new: &Column) -> Maybe<Action> {
        let (kept, default) = self.kept(both, old, &new.db_type)?;
        let mut sql = Sql::new(format!("MODIFY {} ", quote_name(&new.name)));
        sql.append(kept);
        let collation = new.collation.as_ref().filter(|_| !self.features.collation_alone);
        if let Some(collation) = collation {
            sql.text(format!(" COLLATE {}", quote_name(collation)));
        }
        self.check_percent(new)?;
        if let Some(comment) = &new.comment {
            sql.text(self.comment_sql(comment));
        }
        let mut column = ColumnDef { null: old.null, default, ..new.def() };
        column.collation = collation.cloned();
        column.check = false;
        Ok((sql, Change::Modify { old: new.name.clone(), column }))
    }

    /// MODIFY with the other nullability; it says nothing of comment and collation, which goes with them.
    fn null_action(&self, both: &Both<'_, '_>, new: &Column) -> Maybe<Action> {
        let mut sql = Sql::new(format!("MODIFY {} ", quote_name(&new.name)));
        let mut column = new.def();
        match self.database_default(both.new_table.state, new)? {
            Some((default, written)) => {
                sql.text(&new.db_type).text(" DEFAULT ").append(default);
                column.default = written;
            }
            None => {
                sql.text(&new.db_type);
            }
        }
        sql.text(if new.null { " NULL" } else { " NOT NULL" });
        column.comment = None;
        column.collation = None;
        column.check = false;
        Ok((sql, Change::Modify { old: new.name.clone(), column }))
    }

    fn create_primary_key(&mut self, table: &Arc<str>, new: &Column) {
        let name = index_name(table, &[&new.name], "_pk");
        let what = format!("ADD CONSTRAINT {} PRIMARY KEY ({})", quote_name(&name), quote_name(&new.name));
        let key = KeyDef {
            name: "PRIMARY".into(),
            columns: vec![new.name.clone()],
            kind: KeyKind::Primary,
            implicit: false,
            functional: false,
        };
        self.execute(table, &Sql::new(alter_table(table, what)), Change::AddKey(key));
    }

    /// Whether some columns that refer to the changed one take NULL and others do not.
    fn differ_in_null(&self, both: &Both<'_, '_>, pairs: &[(Related, Related)]) -> Maybe<bool> {
        let mut seen = [false; 2];
        for (old, _) in pairs {
            if let Some(column) = old.column(both.old_table.state, self.features)? {
                seen[usize::from(column.null)] = true;
            }
        }
        Ok(seen == [true; 2])
    }

    /// Gives a column that refers to the changed one its new type.
    ///
    /// `by_chance`: Django before 4.1 goes through the relations before and after side by side, each in the order in which
    /// it rendered the models, which is that of a set of names (`ProjectState._reload`): whether NULL stays allowed comes
    /// from whichever relation happens to stand beside, and differs from run to run.
    fn follow_type(
        &mut self,
        both: &Both<'_, '_>,
        old_rel: &Related,
        new_rel: &Related,
        by_chance: bool,
    ) -> Maybe<()> {
        let old = old_rel.column(both.old_table.state, self.features)?;
        let new = new_rel.column(both.new_table.state, self.features)?;
        let (Some(old), Some(new)) = (old, new) else { return Ok(()) };
        let (mut what, change) = self.type_action(both, &old, &new)?;
        if by_chance {
            what = Sql::new(format!("MODIFY {} {} ", quote_name(&new.name), new.db_type));
            what.value(&Effective::Hole("NULL or NOT NULL".to_owned()));
        }
        self.alter(&new_rel.table, what, change);
        Ok(())
    }

    /// Adds the foreign keys again that referred to the changed column.
    fn rebuild_keys(&mut self, both: &Both<'_, '_>, to_update: &[(Related, Related)]) -> Maybe<()> {
        for (_, rel) in to_update {
            // Before Django 4.0 keys of hidden relations stay dropped.
            if !self.features.rebuilds_updated_relations && rel.is_hidden() {
                continue;
            }
            let Some(column) = rel.column(both.new_table.state, self.features)? else { continue };
            if let Some(remote) = column.constrained() {
                self.create_foreign_key(&ForeignKey {
                    table: rel.table.clone(),
                    column: column.name.clone(),
                    to_table: remote.to_table.clone(),
                    to_column: remote.to_column.clone(),
                    long_name: false,
                });
            }
        }
        Ok(())
    }
}

/// Whether two defaults differ: Django's `old_default != new_default`.
///
/// # Errors
/// When one is computed in a way that may give what the other is.
fn differ((old_field, old): (&Field, &Effective), (field, new): (&Field, &Effective)) -> Maybe<bool> {
    // A clock or a random value gives another one every time.
    let changing = |what: &str| {
        what == "now()"
            || ["django.utils.timezone.", "datetime.", "uuid."].iter().any(|start| what.starts_with(start))
    };
    // `DateField.get_prep_value` goes through `to_python`, which keeps the day of a clock in the current time zone, and
    // `_effective_default` takes the day of `datetime.now()` for `auto_now`: two of them are one text but for the moment
    // around midnight. (django/db/models/fields/__init__.py, backends/base/schema.py; Django 2.2 to 5.2)
    let is_date = |field: &Field| field.class.is(|class| class == BuiltIn::DateField);
    let local_day = |what: &str| {
        matches!(
            what,
            "now()"
                | "django.utils.timezone.now()"
                | "django.utils.timezone.localdate()"
                | "datetime.date.today()"
                | "datetime.datetime.now()"
                | "datetime.datetime.today()"
        )
    };
    match (old, new) {
        (Effective::Hole(old), Effective::Hole(new)) if is_date(old_field) && is_date(field) => {
            // The day in another time zone may be another one.
            if old == new || (local_day(old) && local_day(new)) {
                Ok(false)
            } else {
                Err(incomparable(field))
            }
        }
        (Effective::Hole(what), _) | (_, Effective::Hole(what)) if changing(what) => Ok(true),
        (Effective::Hole(_), Effective::None) | (Effective::None, Effective::Hole(_)) => Ok(true),
        (Effective::Hole(_), _) | (_, Effective::Hole(_)) => Err(incomparable(field)),
        (Effective::Known(old), Effective::Known(new)) => Ok(!old.equals(new)),
        (Effective::None, Effective::None) => Ok(false),
        _ => Ok(true),
    }
}
