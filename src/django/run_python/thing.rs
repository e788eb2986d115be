//! What a value in a body is, as far as the rules care.

use std::rc::Rc;
use std::sync::Arc;

use tree_sitter::Node;

/// Where a model class comes from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ModelRef {
    /// `apps.get_model(app, name)`: the model as it was at this point of history.
    Historic {
        /// App label.
        app: Option<Arc<str>>,
        /// Model name.
        name: Option<Arc<str>>,
    },
    /// The class of today's code, by its path.
    Live(Arc<str>),
}

/// Rows of a table: a manager or a queryset.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Rows {
    /// The model.
    pub model: ModelRef,
    /// A condition or a limit narrows them.
    pub filtered: bool,
    /// `iterator()`
    pub streamed: bool,
    /// A slice, so that a loop over them is one batch.
    pub sliced: bool,
    /// `using(…)` or `db_manager(…)`
    pub using: bool,
    /// `values()`, `values_list()`: plain data instead of instances.
    pub plain: bool,
    /// `enumerate(…)`: a loop binds a number and a row.
    pub numbered: bool,
    /// `list(…)`, `set(…)`: a collection of the rows, without the methods of a queryset.
    pub collected: bool,
}

impl Rows {
    pub(super) fn all(model: ModelRef) -> Self {
        Self {
            model,
            filtered: false,
            streamed: false,
            sliced: false,
            using: false,
            plain: false,
            numbered: false,
            collected: false,
        }
    }
}

/// A value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Thing<'t> {
    Unknown,
    /// The historical registry that Django passes.
    Apps,
    SchemaEditor,
    /// A connection to a database.
    Connection,
    Cursor,
    Model(ModelRef),
    Rows(Rows),
    Instance(ModelRef),
    /// A name that leads out of the module.
    Path(Arc<str>),
    Text(Arc<str>),
    /// A function whose definition stands in this file.
    Function(Node<'t>),
    /// A class whose definition stands in this file.
    Class(Node<'t>),
    /// A bound method.
    Method(Rc<Thing<'t>>, Arc<str>),
    /// A tuple, list or set with these elements.
    Sequence(Rc<Vec<Thing<'t>>>),
    /// A collection of such things; a dictionary with such values.
    Items(Rc<Thing<'t>>),
}

impl<'t> Thing<'t> {
    /// What a value is that is one or the other; the one of which more is known.
    pub(super) fn or(self, other: Self) -> Self {
        match (&self, &other) {
            (Self::Unknown, _) => other,
            (_, Self::Unknown) => self,
            (Self::Text(_), Self::Text(_)) if self != other => Self::Unknown,
            (_, Self::Model(ModelRef::Live(_)) | Self::Instance(ModelRef::Live(_))) => other,
            (Self::Model(a), Self::Model(b)) if a != b => Self::Model(merge(a, b)),
            (Self::Instance(a), Self::Instance(b)) if a != b => Self::Instance(merge(a, b)),
            (Self::Rows(a), Self::Rows(b)) if a != b => Self::Rows(Rows {
                model: merge(&a.model, &b.model),
                filtered: a.filtered && b.filtered,
                streamed: a.streamed && b.streamed,
                sliced: a.sliced && b.sliced,
                using: a.using && b.using,
                plain: a.plain || b.plain,
                numbered: a.numbered || b.numbered,
                collected: a.collected || b.collected,
            }),
            _ => self,
        }
    }

    /// What a loop over it binds.
    pub(super) fn element(&self) -> Self {
        match self {
            Self::Rows(rows) if rows.numbered => {
                let row = Self::Rows(Rows { numbered: false, ..rows.clone() }).element();
                Self::Sequence(vec![Self::Unknown, row].into())
            }
            Self::Rows(rows) if rows.plain => Self::Unknown,
            Self::Rows(rows) => Self::Instance(rows.model.clone()),
            Self::Items(inner) => inner.as_ref().clone(),
            Self::Sequence(all) => all.iter().cloned().reduce(Self::or).unwrap_or(Self::Unknown),
            _ => Self::Unknown,
        }
    }

    /// The element number `at`, as in `a, b = …` or `x[0]`.
    pub(super) fn at(&self, at: usize) -> Self {
        match self {
            Self::Sequence(all) => all.get(at).cloned().unwrap_or(Self::Unknown),
            other => other.element(),
        }
    }
}

/// One of several models: what they have in common.
fn merge(a: &ModelRef, b: &ModelRef) -> ModelRef {
    match (a, b) {
        (ModelRef::Live(_), _) => a.clone(),
        (_, ModelRef::Live(_)) => b.clone(),
        (ModelRef::Historic { app: a, .. }, ModelRef::Historic { app: b, .. }) => {
            ModelRef::Historic { app: a.clone().filter(|_| a == b), name: None }
        }
    }
}
