//! `AlterField` of a many-to-many relation whose table Django makes.

use super::super::state::Through;
use super::super::unknown::{Maybe, Unknown};
use super::alter::Both;
use super::{Editor, Table};

impl Editor<'_> {
    /// Django's `_alter_many_to_many`; nothing when both sides name a `through` of their own.
    pub(super) fn alter_many_to_many(&mut self, both: &Both<'_, '_>) -> Maybe<()> {
        let (old_state, new_state) = (both.old_table.state, both.new_table.state);
        let old = old_state.through(both.old_model, both.old_field)?;
        let new = new_state.through(both.new_model, both.new_field)?;
        match (&old.model, &new.model) {
            (Some(_), Some(_)) => return Ok(()),
            (None, None) => {}
            _ => {
                let name = &both.old_field.name;
                return Err(Unknown::new(
                    format!("Django would stop here: it cannot add `through` to `{name}` or remove it"),
                    format!("Django 会在此处报错：无法给 `{name}` 添加或去掉 `through`"),
                ));
            }
        }
        self.rename_table(&old.table, &new.table);
        self.repoint(both, &old, &new, 2)?;
        self.repoint(both, &old, &new, 1)
    }

    /// What `RenameModel` does to the table of a many-to-many relation that the model has.
    pub(super) fn rename_many_to_many(&mut self, both: &Both<'_, '_>) -> Maybe<()> {
        if self.features.alter_filter {
            return self.alter_many_to_many(both);
        }
        let old = both.old_table.state.through(both.old_model, both.old_field)?;
        let new = both.new_table.state.through(both.new_model, both.new_field)?;
        self.rename_table(&old.table, &new.table);
        self.repoint(both, &old, &new, 1)
    }

    /// Changes one of the two keys of the table.
    fn repoint(&mut self, both: &Both<'_, '_>, old: &Through, new: &Through, at: usize) -> Maybe<()> {
        let (Some(old_field), Some(new_field)) = (old.fields.get(at), new.fields.get(at)) else {
            return Ok(());
        };
        // Statements name the table by its new name, which it has by now.
        let table = |state| Table { state, name: new.table.clone(), model: None };
        let (old_table, new_table) = (table(both.old_table.state), table(both.new_table.state));
        self.alter_field(&Both {
            old_table: &old_table,
            new_table: &new_table,
            old_model: both.old_model,
            new_model: both.new_model,
            old_field,
            new_field,
        })
    }
}
