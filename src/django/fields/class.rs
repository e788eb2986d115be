//! What is known of a field class.

use std::sync::Arc;

use crate::syntax::{Expr, Reason};

use super::super::unknown::{Maybe, Unknown};
use super::{BuiltIn, Prepared};

/// The class of a field as a migration names it, and what it turned out to be.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldClass {
    /// The last part of the name: `CharField`.
    pub name: Arc<str>,
    /// The dotted path: `django.db.models.CharField`; relative imports are made absolute where the place of the file
    /// in its project is known. For a class of the migration file itself, the name alone.
    pub path: Arc<str>,
    /// What it is, or why that is not known.
    pub resolved: Maybe<Arc<ResolvedClass>>,
}

/// A field class, traced to the class of Django that it derives from.
#[derive(Debug, Clone, PartialEq)]
pub struct ResolvedClass {
    /// The nearest class of Django among its bases, or the class itself.
    pub django: BuiltIn,
    /// True when the class itself is Django's.
    pub is_django: bool,
    /// What `get_internal_type` returns: the key in the backend's table of column types.
    pub internal_type: Maybe<Arc<str>>,
    /// What `db_type` does.
    pub db_type: DbTypeMethod,
    /// What the class's own constructors do to arguments, by parameter name.
    pub constructor: Arc<[(Arc<str>, Passed)]>,
    /// True when a class that is not Django's has a constructor, so that positional arguments are its own.
    pub own_constructor: bool,
    /// True when a class that is not Django's prepares values for the database in a way of its own, so that a default does
    /// not tell what is stored.
    pub prepares_values: bool,
    /// What it stores for `None`.
    pub none_becomes: Prepared,
    /// What it stores for the empty text.
    pub empty_becomes: Prepared,
    /// What it stores for an empty list or dictionary, and for one with entries.
    pub collection_becomes: [Prepared; 2],
}

/// What the method `db_type` of a class does.
#[derive(Debug, Clone, PartialEq)]
pub enum DbTypeMethod {
    /// It is Django's.
    Django,
    /// It returns this text, whatever the arguments are.
    Literal(Arc<str>),
    /// It returns `None`: the field has no column.
    NoColumn,
    /// Only running it tells.
    Unknown(Unknown),
}

/// What a constructor passes on for one parameter.
#[derive(Debug, Clone, PartialEq)]
pub enum Passed {
    /// This value, whatever was given.
    Always(Expr),
    /// This value where none was given.
    Default(Expr),
    /// It removes what was given.
    Dropped,
    /// Only running it tells.
    Unknown(Reason),
}

impl FieldClass {
    /// The class of Django that it is or derives from.
    pub fn django(&self) -> Maybe<BuiltIn> {
        match &self.resolved {
            Ok(resolved) => Ok(resolved.django),
            Err(why) => Err(why.clone()),
        }
    }

    /// True when it is known to be, or to derive from, one that `test` holds for.
    pub fn is(&self, test: impl FnOnce(BuiltIn) -> bool) -> bool {
        self.resolved.as_ref().is_ok_and(|resolved| test(resolved.django))
    }
}

impl ResolvedClass {
    /// A class of Django itself.
    pub fn of_django(class: BuiltIn) -> Self {
        Self {
            django: class,
            is_django: true,
            internal_type: Ok(class.internal_type().unwrap_or(class).name().into()),
            db_type: DbTypeMethod::Django,
            constructor: Arc::default(),
            own_constructor: false,
            prepares_values: false,
            none_becomes: Prepared::None,
            empty_becomes: Prepared::Text("".into()),
            collection_becomes: [Prepared::Unknown, Prepared::Unknown],
        }
    }
}
