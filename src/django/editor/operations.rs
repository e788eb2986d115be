//! Each operation's `database_forwards`.

use std::sync::Arc;

use super::super::migration::Migration;
use super::super::operation::{Operation, OperationKind};
use super::super::state::{
    self, Context, Field, ModelKey, OperationStep, ProjectState, read_constraint, read_index,
};
use super::super::unknown::{Maybe, Unknown};
use super::alter::Both;
use super::related::{Related, inherited_related_objects};
use super::rendered::Around;
use super::{Editor, Table};
use crate::mysql::catalogue::Wanted;
use crate::syntax::{Expr, Value};

/// An operation with what its statements depend on.
pub(super) struct Step<'s> {
    pub(super) migration: &'s Migration,
    pub(super) operation: &'s Operation,
    pub(super) before: &'s ProjectState,
    pub(super) after: &'s ProjectState,
    pub(super) context: &'s Context<'s>,
}

impl Editor<'_> {
    /// Runs one operation.
    ///
    /// # Errors
    /// When the source does not tell its statements; those that were put together are not to be used then.
    pub(super) fn operation(&mut self, step: &Step<'_>) -> Maybe<()> {
        let mut after = self.rendered.clone();
        if let Some(after) = &mut after {
            let around = Around { before: step.before, after: step.after, app: &step.migration.app };
            after.follow(step.operation, around);
        }
        self.rendered_after.clone_from(&after);
        let result = self.database_forwards(step);
        self.rendered = after;
        result
    }

    fn database_forwards(&mut self, step: &Step<'_>) -> Maybe<()> {
        use OperationKind as Kind;
        let operation = step.operation;
        if operation.conditional {
            return Err(Unknown::new(
                "the operation runs in one branch of conditional code only",
                "该操作只在条件代码的一个分支中执行",
            ));
        }
        step.check_class()?;
        match operation.kind {
            Kind::CreateModel => self.run_create_model(step),
            Kind::DeleteModel => self.run_delete_model(step),
            Kind::RenameModel => self.run_rename_model(step),
            Kind::AlterModelTable => self.run_alter_table(step),
            Kind::AlterModelTableComment => self.run_table_comment(step),
            Kind::AlterUniqueTogether | Kind::AlterIndexTogether => self.run_together(step),
            Kind::AlterOrderWithRespectTo => self.run_order(step),
            Kind::AddField => self.run_add_field(step),
            Kind::RemoveField => self.run_remove_field(step),
            Kind::AlterField => self.run_alter_field(step),
            Kind::RenameField => self.run_rename_field(step),
            Kind::AddIndex => self.run_add_index(step),
            Kind::RemoveIndex => self.run_remove_index(step),
            Kind::RenameIndex => self.run_rename_index(step),
            Kind::AddConstraint => self.run_add_constraint(step),
            Kind::RemoveConstraint => self.run_remove_constraint(step),
            Kind::SeparateDatabaseAndState => self.run_separate(step),
            Kind::RunSql => self.run_sql(operation),
            // Operations of PostgreSQL look at the vendor and do nothing here.
            Kind::AlterModelOptions
            | Kind::AlterModelManagers
            | Kind::AlterConstraint
            | Kind::RunPython
            | Kind::Postgres => Ok(()),
            Kind::Custom => Err(Unknown::new(
                format!("`{}` is an operation of the project's own", operation.class),
                format!("`{}` 是项目自定义的操作", operation.class),
            )),
        }
    }

    fn run_create_model(&mut self, step: &Step<'_>) -> Maybe<()> {
        let key = step.model("name")?;
        if !step.after.has_table(&key)? {
            return Ok(());
        }
        self.create_model(step.after, &key)
    }

    fn run_delete_model(&mut self, step: &Step<'_>) -> Maybe<()> {
        let key = step.model("name")?;
        if !step.before.has_table(&key)? {
            return Ok(());
        }
        self.delete_model(step.before, &key)
    }

    fn run_alter_table(&mut self, step: &Step<'_>) -> Maybe<()> {
        let key = step.model("name")?;
        if !step.after.has_table(&key)? {
            return Ok(());
        }
        let (old, new) = (Table::of(step.before, &key)?, Table::of(step.after, &key)?);
        self.rename_table(&old.name, &new.name);
        for (old_field, new_field) in
            many_to_many(step.before, &key)?.iter().zip(many_to_many(step.after, &key)?)
        {
            let old = step.before.through(&key, old_field)?;
            let new = step.after.through(&key, &new_field)?;
            if new.model.is_none() {
                self.rename_table(&old.table, &new.table);
            }
        }
        Ok(())
    }

    fn run_table_comment(&mut self, step: &Step<'_>) -> Maybe<()> {
        let key = step.model("name")?;
        if !step.after.has_table(&key)? || !self.features.comments {
            return Ok(());
        }
        let table = Table::of(step.after, &key)?;
        let comment = match &table.model {
            Some(model) => model.options.db_table_comment.clone()?,
            None => None,
        };
        self.comment_on_table(&table.name, comment.as_deref().unwrap_or(""));
        Ok(())
    }

    fn run_together(&mut self, step: &Step<'_>) -> Maybe<()> {
        let key = step.model("name")?;
        if !step.after.has_table(&key)? {
            return Ok(());
        }
        let unique = step.operation.kind == OperationKind::AlterUniqueTogether;
        let sets = |state: &ProjectState| {
            let options = &state.known(&key)?.options;
            if unique { options.unique_together.clone() } else { options.index_together.clone() }
        };
        let table = Table::of(step.after, &key)?;
        let (old, new) = (sets(step.before)?, sets(step.after)?);
        if unique {
            self.alter_unique_together(&table, &old, &new)
        } else {
            self.alter_index_together(&table, &old, &new)
        }
    }

    fn run_order(&mut self, step: &Step<'_>) -> Maybe<()> {
        let key = step.model("name")?;
        if !step.after.has_table(&key)? {
            return Ok(());
        }
        let ordered = |state: &ProjectState| -> Maybe<bool> {
            let order = state.known(&key)?.options.order_with_respect_to.clone()?;
            Ok(order.is_some_and(|name| !name.is_empty()))
        };
        let table = Table::of(step.before, &key)?;
        match (ordered(step.before)?, ordered(step.after)?) {
            (true, false) => {
                let field = step.before.field(&key, "_order")?;
                self.remove_field(&table, &key, &field)
            }
            (false, true) => {
                let mut field = Field::clone(&*step.after.field(&key, "_order")?);
                if field.arg("default").is_none() {
                    let zero = Expr { span: step.operation.span, value: Value::Int(0) };
                    field.args.push(("default".into(), zero));
                }
                self.add_field(&table, step.after, &Arc::new(field))
            }
            _ => Ok(()),
        }
    }

    fn run_add_field(&mut self, step: &Step<'_>) -> Maybe<()> {
        let key = step.model("model_name")?;
        if !step.after.has_table(&key)? {
            return Ok(());
        }
        let table = Table::of(step.before, &key)?;
        let field = step.defaulted(step.after.field(&key, &step.name("name")?)?, &key)?;
        self.add_field(&table, step.after, &field).map_err(|why| super::tables::in_field(&field, &why))
    }

    fn run_remove_field(&mut self, step: &Step<'_>) -> Maybe<()> {
        let key = step.model("model_name")?;
        if !step.before.has_table(&key)? {
            return Ok(());
        }
        let table = Table::of(step.before, &key)?;
        let field = step.before.field(&key, &step.name("name")?)?;
        self.remove_field(&table, &key, &field).map_err(|why| super::tables::in_field(&field, &why))
    }

    fn run_alter_field(&mut self, step: &Step<'_>) -> Maybe<()> {
        let key = step.model("model_name")?;
        if !step.after.has_table(&key)? {
            return Ok(());
        }
        let name = step.name("name")?;
        let new_field = step.defaulted(step.after.field(&key, &name)?, &key)?;
        self.alter_field(&Both {
            old_table: &Table::of(step.before, &key)?,
            new_table: &Table::of(step.after, &key)?,
            old_model: &key,
            new_model: &key,
            old_field: &step.before.field(&key, &name)?,
            new_field: &new_field,
        })
        .map_err(|why| super::tables::in_field(&new_field, &why))
    }

    fn run_rename_field(&mut self, step: &Step<'_>) -> Maybe<()> {
        let key = step.model("model_name")?;
        if !step.after.has_table(&key)? {
            return Ok(());
        }
        self.alter_field(&Both {
            old_table: &Table::of(step.before, &key)?,
            new_table: &Table::of(step.after, &key)?,
            old_model: &key,
            new_model: &key,
            old_field: &step.before.field(&key, &step.name("old_name")?)?,
            new_field: &step.after.field(&key, &step.name("new_name")?)?,
        })
    }

    fn run_rename_model(&mut self, step: &Step<'_>) -> Maybe<()> {
        let (old_key, new_key) = (step.model("old_name")?, step.model("new_name")?);
        if !step.after.has_table(&new_key)? {
            return Ok(());
        }
        let (old, new) = (Table::of(step.before, &old_key)?, Table::of(step.after, &new_key)?);
        self.rename_table(&old.name, &new.name);
        let relations = inherited_related_objects(step.before, &old_key, self.features)?;
        self.check_in_sight(step.before, &old_key, relations.iter()).inspect_err(|_| {
            // The table has its new name by now.
            self.catalogue.doubt(&new.name);
        })?;
        for related in relations {
            self.repoint_relation(step, &old_key, &new_key, &related)?;
        }
        let before = many_to_many(step.before, &old_key)?;
        for (old_field, new_field) in before.iter().zip(many_to_many(step.after, &new_key)?) {
            let to = new_field.relation.as_ref().and_then(|relation| relation.to.as_ref().ok());
            if to == Some(&new_key) || step.after.through(&new_key, &new_field)?.model.is_some() {
                continue;
            }
            self.rename_many_to_many(&Both {
                old_table: &new.at(step.before),
                new_table: &new,
                old_model: &old_key,
                new_model: &new_key,
                old_field,
                new_field: &new_field,
            })?;
        }
        Ok(())
    }

    /// Points one relation to a renamed model.
    fn repoint_relation(
        &mut self,
        step: &Step<'_>,
        old_key: &ModelKey,
        new_key: &ModelKey,
        related: &Related,
    ) -> Maybe<()> {
        let owner = if related.model == *old_key { new_key } else { &related.model };
        // Django does not ask whether the other model is managed.
        let table = Table::of(step.after, owner)?;
        self.alter_field(&Both {
            old_table: &table.at(step.before),
            new_table: &table,
            old_model: &related.model,
            new_model: owner,
            old_field: &related.field,
            new_field: &step.after.field(owner, &related.field.name)?,
        })
    }

    fn run_add_index(&mut self, step: &Step<'_>) -> Maybe<()> {
        let key = step.model("model_name")?;
        if !step.after.has_table(&key)? {
            return Ok(());
        }
        let index = read_index(step.given("index")?, step.migration);
        self.add_index(&Table::of(step.after, &key)?, &index)
    }

    fn run_remove_index(&mut self, step: &Step<'_>) -> Maybe<()> {
        let key = step.model("model_name")?;
        if !step.before.has_table(&key)? {
            return Ok(());
        }
        let table = Table::of(step.before, &key)?;
        let name = step.name("name")?;
        let index = table.model.as_ref().and_then(|model| model.index(&name).cloned());
        let index = index.ok_or_else(|| no_such("index", "索引", &name))?;
        self.remove_index(&table, &index)
    }

    fn run_rename_index(&mut self, step: &Step<'_>) -> Maybe<()> {
        let key = step.model("model_name")?;
        if !step.after.has_table(&key)? {
            return Ok(());
        }
        let table = Table::of(step.after, &key)?;
        let new_name = step.name("new_name")?;
        let new = table.model.as_ref().and_then(|model| model.index(&new_name).cloned());
        let new = new.ok_or_else(|| no_such("index", "索引", &new_name))?;
        let before = Table::of(step.before, &key)?;
        if step.operation.arg("old_fields").is_some_and(|fields| fields.value != Value::None) {
            let fields = step.operation.arg("old_fields").and_then(state::names);
            let fields = fields.ok_or_else(|| step.missing("old_fields"))?;
            let columns = before.columns(&fields)?;
            let wanted = Wanted { index: Some(true), ..Wanted::default() };
            let names = self.names(&before.name, Some(&columns), wanted, &[])?;
            let [name] = names.as_slice() else {
                return Err(super::indexes::wrong_number(names.len(), &before.name, &columns));
            };
            let mut old = (*new).clone();
            old.name = Ok(name.clone());
            return self.rename_index(&table, &old, &new, true);
        }
        let old_name = step.name("old_name")?;
        let old = before.model.as_ref().and_then(|model| model.index(&old_name).cloned());
        let old = old.ok_or_else(|| no_such("index", "索引", &old_name))?;
        self.rename_index(&table, &old, &new, false)
    }

    fn run_add_constraint(&mut self, step: &Step<'_>) -> Maybe<()> {
        let key = step.model("model_name")?;
        if !step.after.has_table(&key)? {
            return Ok(());
        }
        let constraint = read_constraint(step.given("constraint")?, step.migration);
        self.add_constraint(&Table::of(step.after, &key)?, &constraint)
    }

    fn run_remove_constraint(&mut self, step: &Step<'_>) -> Maybe<()> {
        let key = step.model("model_name")?;
        if !step.after.has_table(&key)? {
            return Ok(());
        }
        let name = step.name("name")?;
        let constraint = step.before.known(&key)?.constraint(&name).cloned();
        let constraint = constraint.ok_or_else(|| no_such("constraint", "约束", &name))?;
        self.remove_constraint(&Table::of(step.after, &key)?, &constraint)
    }

    fn run_separate(&mut self, step: &Step<'_>) -> Maybe<()> {
        let known = match step.operation.arg("database_operations").map(|argument| &argument.value) {
            None => !step.operation.open_arguments,
            Some(Value::None) => true,
            Some(Value::List(items) | Value::Tuple(items)) => {
                items.len() == step.operation.database_operations.len()
            }
            Some(_) => false,
        };
        if !known {
            return Err(Unknown::new(
                "`database_operations` is not known",
                "无法得知 `database_operations` 的内容",
            ));
        }
        let outer = OperationStep {
            operation: step.operation,
            before: step.before.clone(),
            after: step.after.clone(),
            problems: Vec::new(),
        };
        for inner in state::database_steps(step.migration, &outer, step.context) {
            self.operation(&Step {
                migration: step.migration,
                operation: inner.operation,
                before: &inner.before,
                after: &inner.after,
                context: step.context,
            })?;
        }
        Ok(())
    }
}

impl<'s> Table<'s> {
    /// The table under the same name, seen from another state.
    fn at<'o>(&self, state: &'o ProjectState) -> Table<'o> {
        Table { state, name: self.name.clone(), model: self.model.clone() }
    }
}

fn many_to_many(state: &ProjectState, key: &ModelKey) -> Maybe<Vec<Arc<Field>>> {
    Ok(state.local_fields(key)?.into_iter().filter(|field| field.is_many_to_many()).collect())
}

fn no_such(what: &str, zh: &str, name: &str) -> Unknown {
    Unknown::new(
        format!("Django would stop here: there is no {what} `{name}` at this point"),
        format!("Django 会在此处报错：此时没有{zh} `{name}`"),
    )
}

impl<'s> Step<'s> {
    fn missing(&self, parameter: &str) -> Unknown {
        Unknown::new(
            format!("`{parameter}` of `{}` is not known", self.operation.class),
            format!("无法得知 `{}` 的 `{parameter}`", self.operation.class),
        )
    }

    fn given(&self, parameter: &str) -> Maybe<&'s Expr> {
        self.operation.arg(parameter).ok_or_else(|| self.missing(parameter))
    }

    fn name(&self, parameter: &str) -> Maybe<Arc<str>> {
        let text = self.given(parameter)?.as_str();
        text.map(Arc::from).ok_or_else(|| self.missing(parameter))
    }

    fn model(&self, parameter: &str) -> Maybe<ModelKey> {
        Ok(ModelKey::new(self.migration.app.clone(), &self.name(parameter)?))
    }

    /// The field with the default of the operation, which `preserve_default=False` keeps out of the state.
    fn defaulted(&self, field: Arc<Field>, model: &ModelKey) -> Maybe<Arc<Field>> {
        match self.operation.arg("preserve_default").map(|argument| &argument.value) {
            None | Some(Value::Bool(true)) => return Ok(field),
            Some(Value::Bool(false)) => {}
            Some(_) => return Err(self.missing("preserve_default")),
        }
        let written =
            state::read_field(&field.name, self.given("field")?, model, self.migration, self.context);
        let mut field = Field::clone(&field);
        field.args.retain(|(name, _)| name.as_ref() != "default");
        if let Some(default) = written.arg("default") {
            field.args.push(("default".into(), default.clone()));
        }
        Ok(Arc::new(field))
    }

    /// An operation class that is not Django's may do something of its own.
    fn check_class(&self) -> Maybe<()> {
        let operation = self.operation;
        if operation.builtin || operation.kind == OperationKind::Custom {
            return Ok(());
        }
        let own = self.migration.file.module.bindings.get(&operation.class).map(|bound| &bound.value);
        let plain = match own {
            Some(Value::Class(class)) => {
                !class.methods.iter().any(|method| method.name.as_ref() == "database_forwards")
            }
            _ => false,
        };
        if plain {
            return Ok(());
        }
        Err(Unknown::new(
            format!(
                "`{}` derives from an operation of Django and may do something of its own",
                operation.class
            ),
            format!("`{}` 派生自 Django 的操作，可能有自己的行为", operation.class),
        ))
    }
}
