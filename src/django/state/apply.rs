//! What each operation makes of the state: `state_forwards` of Django's operations.
//!
//! Source: `django/db/migrations/state.py` and `operations/{models,fields,special}.py` of Django 2.2 to 5.2, which agree
//! in what they leave behind.

use std::sync::Arc;

use crate::source::Span;
use crate::syntax::{Expr, Value};

use super::super::migration::{Migration, Outcome};
use super::super::operation::{Operation, OperationKind};
use super::super::unknown::Unknown;
use super::field::{as_bool, not_known};
use super::read::{self, origin, read_constraint, read_field, read_index};
use super::references::{repoint, with_to_field};
use super::related::text;
use super::{
    Base, Context, Doubt, Field, FieldMap, Index, ModelKey, ModelState, Options, Origin, Problem,
    ProblemKind, ProjectState,
};

/// Applies one operation of `migration` to `state`. Never fails: what Django would stumble over, and what is not known,
/// is returned.
///
/// An operation in conditional code that creates or changes something is applied and marked uncertain; one that removes
/// something is not applied, and what it might have removed is marked.
pub fn apply(
    state: &mut ProjectState,
    migration: &Migration,
    operation: &Operation,
    context: &Context<'_>,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut applier = Applier { state, migration, context, problems: &mut problems };
    // The reader bounds the nesting of operations.
    applier.apply(operation);
    problems
}

/// Notes what a file holds that is not among its operations: elements of `operations` that are not known, and files that
/// were not read to their end.
pub(super) fn note_doubts(state: &mut ProjectState, migration: &Migration) {
    let file = &migration.file;
    let whole = match &file.outcome {
        Outcome::Django => None,
        Outcome::SyntaxError(problem) => Some((problem.span, problem.message.clone())),
        Outcome::ConflictMarkers(span) => Some((
            *span,
            crate::findings::Bilingual::new("the file holds merge conflict markers", "文件中有合并冲突标记"),
        )),
        Outcome::NotDjango(_) | Outcome::NoMigrationClass => None,
    };
    if let Some((span, why)) = whole {
        doubt(state, migration, span, Unknown::new(why.en, why.zh));
    }
    let known: Vec<Span> = file
        .operations
        .iter()
        .flat_map(Operation::walk)
        .filter(|operation| operation.kind != OperationKind::SeparateDatabaseAndState)
        .map(|operation| operation.span)
        .collect();
    let database_only = file.operations.iter().flat_map(Operation::walk).filter_map(|operation| {
        (operation.kind == OperationKind::SeparateDatabaseAndState)
            .then(|| operation.arg("database_operations").map(|argument| argument.span))
            .flatten()
    });
    let elsewhere: Vec<Span> = known.into_iter().chain(database_only).collect();
    for part in file.unknown.iter().filter(|part| matches!(part.what, "operations" | "module")) {
        let inside = |span: &Span| span.start <= part.span.start && part.span.end <= span.end;
        if !elsewhere.iter().any(inside) {
            doubt(state, migration, part.span, Unknown::of(&part.reason));
        }
    }
}

fn doubt(state: &mut ProjectState, migration: &Migration, span: Span, why: Unknown) {
    let origin = Origin { migration: (migration.app.clone(), migration.name.clone()), span };
    state.add_doubt(Arc::new(Doubt { app: migration.app.clone(), origin, why }));
}

struct Applier<'s, 'c> {
    state: &'s mut ProjectState,
    migration: &'s Migration,
    context: &'s Context<'c>,
    problems: &'s mut Vec<Problem>,
}

impl Applier<'_, '_> {
    fn apply(&mut self, operation: &Operation) {
        use OperationKind as Kind;
        if !operation.builtin {
            self.note_own_method(operation);
        }
        match operation.kind {
            Kind::CreateModel => self.create_model(operation),
            Kind::DeleteModel => self.delete_model(operation),
            Kind::RenameModel => self.rename_model(operation),
            Kind::AlterModelTable => self.option(operation, "table", "db_table"),
            Kind::AlterModelTableComment => self.option(operation, "table_comment", "db_table_comment"),
            Kind::AlterUniqueTogether => self.option(operation, "unique_together", "unique_together"),
            Kind::AlterIndexTogether => self.option(operation, "index_together", "index_together"),
            Kind::AlterOrderWithRespectTo => {
                self.option(operation, "order_with_respect_to", "order_with_respect_to");
            }
            Kind::AlterModelOptions => self.model_options(operation),
            Kind::AddField => self.set_field(operation, true),
            Kind::AlterField => self.set_field(operation, false),
            Kind::RemoveField => self.remove_field(operation),
            Kind::RenameField => self.rename_field(operation),
            Kind::AddIndex => self.add_index(operation),
            Kind::RemoveIndex => self.remove_index(operation),
            Kind::RenameIndex => self.rename_index(operation),
            Kind::AddConstraint => self.add_constraint(operation),
            Kind::RemoveConstraint => self.remove_constraint(operation),
            Kind::AlterConstraint => self.alter_constraint(operation),
            Kind::SeparateDatabaseAndState | Kind::RunSql => {
                for inner in &operation.state_operations {
                    self.apply(inner);
                }
            }
            Kind::Postgres => self.postgres(operation),
            Kind::AlterModelManagers | Kind::RunPython => {}
            Kind::Custom => {
                let class = &operation.class;
                let why = Unknown::new(
                    format!(
                        "`{class}` is an operation of the project's own: what it does to models is not known"
                    ),
                    format!("`{class}` 是项目自定义的操作：它对模型做什么无法得知"),
                );
                self.unknown(operation, why.clone());
                doubt(self.state, self.migration, operation.span, why);
            }
        }
    }

    /// A subclass of a Django operation that has a `state_forwards` of its own does something of its own.
    fn note_own_method(&mut self, operation: &Operation) {
        let module = &self.migration.file.module;
        let class = module.bindings.get(&operation.class).map(|bound| &bound.value);
        let Some(Value::Class(class)) = class else { return };
        if class.methods.iter().any(|method| method.name.as_ref() == "state_forwards") {
            let why = Unknown::new(
                format!("`{}` has a `state_forwards` of its own", operation.class),
                format!("`{}` 有自己的 `state_forwards`", operation.class),
            );
            self.unknown(operation, why.clone());
            doubt(self.state, self.migration, operation.span, why);
        }
    }

    /// Notes a problem; one that an earlier operation nobody understands may explain is something unknown.
    fn note(&mut self, operation: &Operation, kind: ProblemKind) {
        let kind = match self.state.first_doubt(&self.migration.app) {
            Some(doubt) => ProblemKind::Unknown(doubt.why.clone()),
            None => kind,
        };
        self.problems.push(Problem { span: operation.callee, kind });
    }

    fn unknown(&mut self, operation: &Operation, why: Unknown) {
        self.note(operation, ProblemKind::Unknown(why));
    }

    /// A text argument. What is not known of it is noted, and puts the whole app in doubt, since nobody knows which
    /// model the operation changes.
    fn name(&mut self, operation: &Operation, parameter: &str) -> Option<Arc<str>> {
        let why = match operation.arg(parameter) {
            Some(argument) => match text(argument) {
                Some(name) => return Some(name.clone()),
                None => not_known(parameter, argument),
            },
            None => missing(parameter),
        };
        self.unknown(operation, why.clone());
        doubt(self.state, self.migration, operation.span, why);
        None
    }

    /// The model that the operation names, when it exists.
    fn model(&mut self, operation: &Operation, parameter: &str) -> Option<(ModelKey, ModelState)> {
        let name = self.name(operation, parameter)?;
        let key = ModelKey::new(self.migration.app.clone(), &name);
        match self.state.models.get(&key) {
            Some(model) => Some((key, ModelState::clone(model))),
            None => {
                self.note(operation, ProblemKind::NoModel(key));
                None
            }
        }
    }

    /// Puts a model back that is new or changed in what it refers to, marked when the operation may not run.
    fn put(&mut self, operation: &Operation, mut model: ModelState) {
        if operation.conditional {
            model.uncertain.get_or_insert_with(conditional);
        }
        self.state.put(Arc::new(model));
    }

    /// Puts a model back of which `field` alone changed, or nothing that refers to a model.
    fn put_with(&mut self, operation: &Operation, mut model: ModelState, field: Option<&Field>) {
        if operation.conditional {
            model.uncertain.get_or_insert_with(conditional);
        }
        self.state.put_with(Arc::new(model), field);
    }

    fn create_model(&mut self, operation: &Operation) {
        let Some(name) = self.name(operation, "name") else { return };
        let key = ModelKey::new(self.migration.app.clone(), &name);
        if self.state.models.get(&key).is_some_and(|model| model.uncertain.is_none() && !model.is_external())
        {
            self.note(operation, ProblemKind::ModelExists(key.clone()));
        }
        let mut uncertain = operation.open_arguments.then(|| missing("fields"));
        let fields = match operation.arg("fields") {
            Some(list) => self.fields(operation, list, &key, &mut uncertain),
            None => FieldMap::default(),
        };
        let mut options = Options::default();
        if let Some(dictionary) = operation.arg("options") {
            read::set_options(&mut options, dictionary, self.migration);
        }
        let whole = Expr { span: operation.span, value: Value::None };
        let model = ModelState {
            app: self.migration.app.clone(),
            name,
            fields,
            options,
            bases: read::bases(operation.arg("bases")),
            ordinal: self.next_ordinal(),
            origin: Some(origin(self.migration, &whole)),
            uncertain,
        };
        self.put(operation, model);
    }

    fn next_ordinal(&mut self) -> u64 {
        self.state.next_ordinal += 1;
        self.state.next_ordinal
    }

    /// `fields=[("name", field), …]`
    fn fields(
        &mut self,
        operation: &Operation,
        list: &Expr,
        key: &ModelKey,
        uncertain: &mut Option<Unknown>,
    ) -> FieldMap {
        let Some(elements) = list.elements() else {
            let why = not_known("fields", list);
            self.unknown(operation, why.clone());
            *uncertain = Some(why);
            return FieldMap::default();
        };
        let mut fields = FieldMap::default();
        for element in elements {
            let sometimes = matches!(element.value, Value::Maybe(_) | Value::Either(_));
            for pair in element.alternatives() {
                let Some([name, definition]) = pair.elements() else {
                    *uncertain = Some(not_known("fields", pair));
                    continue;
                };
                let Some(name) = text(name) else {
                    *uncertain = Some(not_known("fields", name));
                    continue;
                };
                let mut field = read_field(name, definition, key, self.migration, self.context);
                if sometimes {
                    field.uncertain.get_or_insert_with(conditional);
                }
                fields.insert(Arc::new(field));
            }
        }
        fields
    }

    fn delete_model(&mut self, operation: &Operation) {
        let Some((key, mut model)) = self.model(operation, "name") else { return };
        if operation.conditional {
            model.uncertain = Some(conditional());
            self.state.put(Arc::new(model));
        } else {
            self.state.take(&key);
        }
    }

    fn rename_model(&mut self, operation: &Operation) {
        let Some((old, mut model)) = self.model(operation, "old_name") else { return };
        let Some(name) = self.name(operation, "new_name") else { return };
        let new = ModelKey::new(old.app.clone(), &name);
        if new == old {
            self.note(operation, ProblemKind::RenamedToItself(old.clone()));
        } else if self.state.models.contains_key(&new) {
            self.note(operation, ProblemKind::ModelExists(new.clone()));
        }
        model.name = name;
        model.ordinal = self.next_ordinal();
        let referrers: Vec<Arc<ModelState>> = self.state.referrers(&old).into_iter().cloned().collect();
        for child in referrers.iter().filter(|model| model.bases.contains(&Base::State(old.clone()))) {
            self.note(operation, ProblemKind::RenamedBase(old.clone(), child.key()));
        }
        self.state.take(&old);
        repoint(&mut model, &old, &new);
        self.put(operation, model);
        for referrer in referrers {
            if referrer.key() != old {
                let mut referrer = ModelState::clone(&referrer);
                repoint(&mut referrer, &old, &new);
                self.put(operation, referrer);
            }
        }
    }

    /// Operations that set one option of `Meta`.
    fn option(&mut self, operation: &Operation, parameter: &str, option: &str) {
        let Some((_, mut model)) = self.model(operation, "name") else { return };
        match operation.arg(parameter) {
            Some(value) => read::set_option(&mut model.options, option, value, self.migration),
            None => {
                let why = missing(parameter);
                self.unknown(operation, why.clone());
                model.options.uncertain = Some(why);
            }
        }
        self.put_with(operation, model, None);
    }

    /// `AlterModelOptions`: what it does not name goes back to Django's default; of what concerns the database that is
    /// `managed` alone (`ALTER_OPTION_KEYS`).
    fn model_options(&mut self, operation: &Operation) {
        let Some((_, mut model)) = self.model(operation, "name") else { return };
        model.options.managed = Ok(true);
        match operation.arg("options") {
            Some(options) => {
                read::set_options(&mut model.options, options, self.migration);
                if model.options.uncertain.is_some()
                    && let Some(why) = model.options.uncertain.clone()
                {
                    model.options.managed = Err(why);
                }
            }
            None => model.options.managed = Err(missing("options")),
        }
        self.put_with(operation, model, None);
    }

    fn set_field(&mut self, operation: &Operation, add: bool) {
        let Some((key, mut model)) = self.model(operation, "model_name") else { return };
        let Some(name) = self.name(operation, "name") else { return };
        match model.fields.get(&name) {
            Some(field) if add && field.uncertain.is_none() => {
                self.note(operation, ProblemKind::FieldExists(key.clone(), name.clone()));
            }
            None if !add => self.note(operation, ProblemKind::NoField(key.clone(), name.clone())),
            _ => {}
        }
        let nothing = Expr { span: operation.span, value: Value::None };
        let definition = operation.arg("field").unwrap_or(&nothing);
        let mut field = read_field(&name, definition, &key, self.migration, self.context);
        match operation.arg("preserve_default").map(|argument| as_bool(&argument.value)) {
            None | Some(Some(true)) => {}
            Some(Some(false)) => field.args.retain(|(name, _)| name.as_ref() != "default"),
            Some(None) => {
                field.uncertain =
                    operation.arg("preserve_default").map(|argument| not_known("preserve_default", argument));
            }
        }
        if operation.conditional {
            field.uncertain.get_or_insert_with(conditional);
        }
        let field = Arc::new(field);
        model.fields.insert(field.clone());
        self.put_with(operation, model, Some(&field));
    }

    fn remove_field(&mut self, operation: &Operation) {
        let Some((key, mut model)) = self.model(operation, "model_name") else { return };
        let Some(name) = self.name(operation, "name") else { return };
        if operation.conditional {
            if let Some(field) = model.fields.get(&name) {
                let mut field = Field::clone(field);
                field.uncertain = Some(conditional());
                model.fields.insert(Arc::new(field));
            }
        } else if model.fields.remove(&name).is_none() {
            self.note(operation, ProblemKind::NoField(key, name));
        }
        self.put_with(operation, model, None);
    }

    fn rename_field(&mut self, operation: &Operation) {
        let Some((key, mut model)) = self.model(operation, "model_name") else { return };
        let Some(old) = self.name(operation, "old_name") else { return };
        let Some(new) = self.name(operation, "new_name") else { return };
        let Some(field) = model.fields.remove(&old) else {
            self.note(operation, ProblemKind::NoField(key, old));
            return;
        };
        if model.fields.get(&new).is_some() {
            self.note(operation, ProblemKind::FieldExists(key.clone(), new.clone()));
        }
        let mut field = Field::clone(&field);
        field.name = new.clone();
        model.fields.remove(&new);
        model.fields.insert(Arc::new(field));
        for sets in [&mut model.options.unique_together, &mut model.options.index_together] {
            for name in sets.iter_mut().flatten().flatten().filter(|name| **name == old) {
                *name = new.clone();
            }
        }
        self.put_with(operation, model, None);
        let referrers: Vec<Arc<ModelState>> = self.state.may_refer(&key, true).into_iter().cloned().collect();
        for referrer in referrers {
            if let Some(changed) = with_to_field(&referrer, &key, &old, &new) {
                self.put_with(operation, changed, None);
            }
        }
    }

    fn add_index(&mut self, operation: &Operation) {
        let Some((_, mut model)) = self.model(operation, "model_name") else { return };
        match operation.arg("index") {
            Some(definition) => {
                model.options.indexes.push_back(Arc::new(read_index(definition, self.migration)));
            }
            None => model.options.uncertain = Some(missing("index")),
        }
        self.put_with(operation, model, None);
    }

    fn remove_index(&mut self, operation: &Operation) {
        let Some((key, mut model)) = self.model(operation, "model_name") else { return };
        let Some(name) = self.name(operation, "name") else { return };
        if model.index(&name).is_none() {
            self.note(operation, ProblemKind::NoIndex(key, name.clone()));
        }
        if !operation.conditional {
            model.options.indexes.retain(|index| index.name.as_deref() != Ok(&name));
        }
        self.put_with(operation, model, None);
    }

    fn rename_index(&mut self, operation: &Operation) {
        let Some((key, mut model)) = self.model(operation, "model_name") else { return };
        let Some(new) = self.name(operation, "new_name") else { return };
        let old_fields = operation.arg("old_fields").filter(|expr| as_bool(&expr.value) != Some(false));
        if let Some(old_fields) = old_fields {
            let fields = read::names(old_fields).ok_or_else(|| not_known("old_fields", old_fields));
            if let (Ok(fields), Ok(sets)) = (&fields, &mut model.options.index_together) {
                sets.retain(|set| set != fields);
            }
            let directed = |name: Arc<str>| match name.strip_prefix('-') {
                Some(bare) => (bare.into(), true),
                None => (name, false),
            };
            let index = Index {
                name: Ok(new),
                class: Ok("django.db.models.Index".into()),
                fields: fields.map(|fields| fields.into_iter().map(directed).collect()),
                expressions: Vec::new(),
                condition: None,
                include: Ok(Vec::new()),
                definition: Expr { span: operation.span, value: Value::None },
                origin: Some(Origin {
                    migration: (self.migration.app.clone(), self.migration.name.clone()),
                    span: operation.span,
                }),
            };
            model.options.indexes.push_back(Arc::new(index));
        } else {
            let Some(old) = self.name(operation, "old_name") else { return };
            if model.index(&old).is_none() {
                self.note(operation, ProblemKind::NoIndex(key, old.clone()));
            }
            for index in model.options.indexes.iter_mut() {
                if index.name.as_deref() == Ok(&old) {
                    *index = Arc::new(Index { name: Ok(new.clone()), ..Index::clone(index) });
                }
            }
        }
        self.put_with(operation, model, None);
    }

    fn add_constraint(&mut self, operation: &Operation) {
        let Some((_, mut model)) = self.model(operation, "model_name") else { return };
        match operation.arg("constraint") {
            Some(definition) => {
                let constraint = read_constraint(definition, self.migration);
                model.options.constraints.push_back(Arc::new(constraint));
            }
            None => model.options.uncertain = Some(missing("constraint")),
        }
        self.put_with(operation, model, None);
    }

    fn remove_constraint(&mut self, operation: &Operation) {
        let Some((key, mut model)) = self.model(operation, "model_name") else { return };
        let Some(name) = self.name(operation, "name") else { return };
        if model.constraint(&name).is_none() {
            self.note(operation, ProblemKind::NoConstraint(key, name.clone()));
        }
        if !operation.conditional {
            model.options.constraints.retain(|constraint| constraint.name.as_deref() != Ok(&name));
        }
        self.put_with(operation, model, None);
    }

    fn alter_constraint(&mut self, operation: &Operation) {
        let Some((key, mut model)) = self.model(operation, "model_name") else { return };
        let Some(name) = self.name(operation, "name") else { return };
        if model.constraint(&name).is_none() {
            self.note(operation, ProblemKind::NoConstraint(key, name.clone()));
        }
        match operation.arg("constraint") {
            Some(definition) => {
                let altered = Arc::new(read_constraint(definition, self.migration));
                for constraint in model.options.constraints.iter_mut() {
                    if constraint.name.as_deref() == Ok(&name) {
                        *constraint = altered.clone();
                    }
                }
            }
            None => model.options.uncertain = Some(missing("constraint")),
        }
        self.put_with(operation, model, None);
    }

    /// Operations of `django.contrib.postgres` that derive from those above.
    fn postgres(&mut self, operation: &Operation) {
        match operation.class.as_ref() {
            "AddIndexConcurrently" => self.add_index(operation),
            "RemoveIndexConcurrently" => self.remove_index(operation),
            "AddConstraintNotValid" => self.add_constraint(operation),
            _ => {}
        }
    }
}

fn conditional() -> Unknown {
    Unknown::new("an operation in conditional code may have changed it", "条件代码中的操作可能改变了它")
}

fn missing(parameter: &str) -> Unknown {
    Unknown::new(
        format!("`{parameter}` is not given in a way that is known"),
        format!("`{parameter}` 的给法无法确定"),
    )
}
