//! Tables, columns, keys and relations of a state, as Django's rendered models have them.
//!
//! Source: `django/db/models/options.py` (`contribute_to_class`, `_prepare`, `setup_proxy`), `models/base.py` (parent
//! links) and `models/fields/related.py` of Django 2.2 to 5.2.

use std::sync::Arc;

use crate::mysql::names::{MAX_NAME_LENGTH, truncate_name};
use crate::syntax::{Expr, Value};

use super::super::unknown::{Maybe, Unknown};
use super::{Base, Field, ModelKey, ModelState, ProjectState, implied};

/// How far chains of bases and of keys that point to keys are followed.
const MAX_CHAIN: usize = 64;

/// The table behind a many-to-many relation.
#[derive(Debug, Clone)]
pub struct Through {
    /// The model that the relation names by `through`; `None` for a table that Django makes by itself.
    pub model: Option<ModelKey>,
    /// The table.
    pub table: Arc<str>,
    /// For a table that Django makes: `id`, the key to the relation's own model, the key to the other model.
    pub fields: Vec<Arc<Field>>,
    /// For a table that Django makes: whether migrations touch it, which they do when one of the two sides is managed.
    pub managed: Maybe<bool>,
}

impl ProjectState {
    /// The model with this key, or why nothing is known of it.
    pub fn known(&self, key: &ModelKey) -> Maybe<&Arc<ModelState>> {
        self.model(key).ok_or_else(|| {
            Unknown::new(
                format!("the model `{key}` is not among the migrations of this project"),
                format!("本项目的迁移中没有模型 `{key}`"),
            )
        })
    }

    /// The model whose table holds the rows: itself, or what a proxy stands for.
    pub fn concrete(&self, key: &ModelKey) -> Maybe<&Arc<ModelState>> {
        let mut model = self.known(key)?;
        for _ in 0..MAX_CHAIN {
            if !model.options.proxy.clone()? {
                return Ok(model);
            }
            let base = model.bases.iter().find_map(|base| match base {
                Base::State(key) => Some(key),
                _ => None,
            });
            let Some(base) = base else {
                return Err(Unknown::new(
                    format!("the proxy `{}` names no model that it stands for", model.key()),
                    format!("代理模型 `{}` 没有指明它所代理的模型", model.key()),
                ));
            };
            model = self.known(base)?;
        }
        Err(endless(key))
    }

    /// The table of a model; a proxy has that of the model it stands for.
    pub fn table(&self, key: &ModelKey) -> Maybe<Arc<str>> {
        let model = self.concrete(key)?;
        match model.options.db_table.clone()? {
            Some(table) if !table.is_empty() => Ok(table),
            _ => {
                let name = format!("{}_{}", model.app, model.name.to_lowercase());
                Ok(truncate_name(&name, MAX_NAME_LENGTH).into())
            }
        }
    }

    /// The models that the model inherits from with tables of their own, in the order of its bases.
    pub fn parents(&self, model: &ModelState) -> Maybe<Vec<ModelKey>> {
        let mut parents = Vec::new();
        for base in model.bases.iter() {
            match base {
                Base::State(key) => {
                    let parent = self.concrete(key)?.key();
                    if !parents.contains(&parent) {
                        parents.push(parent);
                    }
                }
                Base::Unknown(why) => return Err(why.clone()),
                Base::Model | Base::Class(_) => {}
            }
        }
        Ok(parents)
    }

    /// The fields of a model in the order of Django's `local_fields` followed by the many-to-many relations, with those
    /// that Django adds by itself: links to parents, `id`, `_order`. A proxy has none.
    pub fn local_fields(&self, key: &ModelKey) -> Maybe<Vec<Arc<Field>>> {
        let model = self.known(key)?;
        if model.options.proxy.clone()? {
            return Ok(Vec::new());
        }
        // Fields with `auto_created` count down, so the last of them comes first.
        let mut first: Vec<Arc<Field>> = Vec::new();
        let mut rest: Vec<Arc<Field>> = Vec::new();
        let mut many: Vec<Arc<Field>> = Vec::new();
        let mut has_key = false;
        for field in model.fields.iter() {
            if field.is_many_to_many() {
                many.push(field.clone());
                continue;
            }
            has_key |= field.primary_key() == Ok(true);
            if field.auto_created() == Ok(true) {
                first.push(field.clone())
            } else {
                rest.push(field.clone())
            }
        }
        let parents = self.parents(model)?;
        for parent in &parents {
            if !first.iter().chain(&rest).any(|field| self.links(field, parent)) {
                first.push(Arc::new(implied::parent_link(parent)));
            }
        }
        if let Some(parent) = parents.first()
            && !has_key
        {
            // "Promote the first parent link in lieu of adding yet another field."
            if let Some(link) = first.iter_mut().chain(&mut rest).find(|field| self.links(field, parent)) {
                *link = Arc::new(implied::promoted(link));
            }
        }
        if !has_key && parents.is_empty() {
            first.push(Arc::new(implied::auto_id(&self.default_auto_field)));
        }
        first.reverse();
        first.append(&mut rest);
        if model.options.order_with_respect_to.clone()?.is_some_and(|name| !name.is_empty()) {
            first.push(Arc::new(implied::order()));
        }
        first.append(&mut many);
        Ok(first)
    }

    /// Whether a field is the one-to-one relation that links a model to `parent`.
    fn links(&self, field: &Field, parent: &ModelKey) -> bool {
        let one_to_one = field.class.is(|class| class == super::super::fields::BuiltIn::OneToOneField)
            && field.parent_link() == Ok(true);
        let to = field.relation.as_ref().and_then(|relation| relation.to.as_ref().ok());
        one_to_one && to.is_some_and(|to| self.concrete(to).is_ok_and(|model| model.key() == *parent))
    }

    /// A field of the model's own table by name, those that Django adds by itself included.
    pub fn field(&self, key: &ModelKey, name: &str) -> Maybe<Arc<Field>> {
        let model = self.concrete(key)?;
        if let Some(field) = model.fields.get(name) {
            return Ok(field.clone());
        }
        let implied = self.local_fields(&model.key())?;
        implied.into_iter().find(|field| field.name.as_ref() == name).ok_or_else(|| {
            Unknown::new(
                format!("the model `{key}` has no field `{name}` at this point"),
                format!("此时模型 `{key}` 没有字段 `{name}`"),
            )
        })
    }

    /// The primary key: the field, and the model whose table holds it. That of a model that inherits from another one is
    /// its own link to that model.
    pub fn primary_key(&self, key: &ModelKey) -> Maybe<(ModelKey, Arc<Field>)> {
        let model = self.concrete(key)?;
        let owner = model.key();
        let mut unsure = None;
        for field in model.fields.iter() {
            match field.primary_key() {
                Ok(true) => return Ok((owner, field.clone())),
                Ok(false) => {}
                Err(why) => unsure = unsure.or(Some(why)),
            }
        }
        if !self.parents(model)?.is_empty() {
            let fields = self.local_fields(&owner)?;
            if let Some(link) = fields.into_iter().find(|field| field.primary_key() == Ok(true)) {
                return Ok((owner, link));
            }
        }
        match unsure {
            Some(why) => Err(why),
            None => Ok((owner, Arc::new(implied::auto_id(&self.default_auto_field)))),
        }
    }

    /// What a foreign key points to: the field (that of `to_field`, else the primary key) and its model.
    pub fn target(&self, field: &Field) -> Maybe<(ModelKey, Arc<Field>)> {
        let Some(relation) = &field.relation else {
            field.class.django()?;
            return Err(Unknown::new(
                format!("`{}` is no relation", field.name),
                format!("`{}` 不是关系字段", field.name),
            ));
        };
        let to = relation.to.clone()?;
        match relation.to_field.clone()? {
            Some(name) => Ok((self.concrete(&to)?.key(), self.field(&to, &name)?)),
            None => self.primary_key(&to),
        }
    }

    /// What a foreign key points to in the end, when what it points to is a foreign key itself: the field whose type its
    /// column has. A field that is no foreign key is its own.
    pub fn final_target(&self, field: &Arc<Field>) -> Maybe<Arc<Field>> {
        let mut field = field.clone();
        for _ in 0..MAX_CHAIN {
            if !field.class.django()?.is_foreign_key() {
                return Ok(field);
            }
            field = self.target(&field)?.1;
        }
        Err(Unknown::new(
            format!("the foreign key `{}` points round in a circle", field.name),
            format!("外键 `{}` 循环指向自身", field.name),
        ))
    }

    /// The table behind the many-to-many relation `field` of the model `key`.
    pub fn through(&self, key: &ModelKey, field: &Field) -> Maybe<Through> {
        let Some(relation) = &field.relation else {
            field.class.django()?;
            return Err(Unknown::new(
                format!("`{}` is no relation", field.name),
                format!("`{}` 不是关系字段", field.name),
            ));
        };
        if let Some(model) = relation.through.clone()? {
            let table = self.table(&model)?;
            let managed = self.known(&model)?.options.managed.clone();
            return Ok(Through { model: Some(model), table, fields: Vec::new(), managed });
        }
        let table = match field.db_table()? {
            Some(table) if !table.is_empty() => table,
            _ => {
                let own = self.table(key)?;
                let name = format!("{}_{}", strip_quotes(&own), field.name);
                truncate_name(&name, MAX_NAME_LENGTH).into()
            }
        };
        let to = relation.to.clone()?;
        let (mut from_name, mut to_name) = (key.name.to_string(), to.name.to_string());
        if from_name == to_name {
            from_name = format!("from_{from_name}");
            to_name = format!("to_{to_name}");
        }
        let passed: Vec<(Arc<str>, Expr)> = field
            .args
            .iter()
            .filter(|(name, _)| matches!(name.as_ref(), "db_constraint" | "db_tablespace"))
            .cloned()
            .collect();
        let fields = vec![
            Arc::new(implied::auto_id(&self.default_auto_field)),
            Arc::new(implied::foreign_key(&from_name, key.clone(), passed.clone())),
            Arc::new(implied::foreign_key(&to_name, to.clone(), passed)),
        ];
        let managed = match (self.known(key)?.options.managed.clone(), self.known(&to).cloned()) {
            (Ok(true), _) => Ok(true),
            (Ok(false), Ok(other)) => other.options.managed.clone(),
            (Err(why), _) | (_, Err(why)) => Err(why),
        };
        Ok(Through { model: None, table, fields, managed })
    }

    /// The value of the setting that replaces a swappable model by another one; `None` when the model is in use.
    pub fn swapped(&self, key: &ModelKey) -> Maybe<Option<ModelKey>> {
        let Some(setting) = self.known(key)?.options.swappable.clone()? else {
            return Ok(None);
        };
        match self.swappable.get(&setting) {
            Some(model) => Ok(ModelKey::parse(model).filter(|other| other != key)),
            None => Err(Unknown::new(
                format!("the setting `{setting}` is not known"),
                format!("配置项 `{setting}` 的值未知"),
            )),
        }
    }

    /// Whether migrations create and alter a table for the model: Django's `can_migrate` on MySQL.
    pub fn has_table(&self, key: &ModelKey) -> Maybe<bool> {
        let model = self.known(key)?;
        if model.options.proxy.clone()? || !model.options.managed.clone()? || self.swapped(key)?.is_some() {
            return Ok(false);
        }
        let vendor = model.options.required_db_vendor.clone()?;
        Ok(vendor.is_none_or(|vendor| vendor.is_empty() || vendor.as_ref() == "mysql"))
    }
}

/// Django's `strip_quotes`.
fn strip_quotes(name: &str) -> &str {
    name.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(name)
}

fn endless(key: &ModelKey) -> Unknown {
    Unknown::new(format!("the bases of `{key}` go round in a circle"), format!("`{key}` 的基类循环引用"))
}

/// A known text, for what reads arguments.
pub(super) fn text(expr: &Expr) -> Option<&Arc<str>> {
    match &expr.value {
        Value::Str(text) => Some(text),
        _ => None,
    }
}
