//! What a class of the repository inherits: its method resolution order, and what the methods that decide a column are.

use std::sync::Arc;

use crate::syntax::ClassDef;

use super::super::unknown::{Maybe, Unknown};
use super::resolver::{FieldClasses, Source};
use super::{BuiltIn, DbTypeMethod, Passed, Prepared, ResolvedClass, constructor, methods, prepared};

/// How many classes one hierarchy may have.
const MAX_CLASSES: usize = 64;

/// One class of a method resolution order.
#[derive(Clone)]
pub(super) enum Link {
    /// A class of the repository.
    Custom(Arc<ClassDef>, Arc<Source>),
    /// A class of Django.
    Django(BuiltIn),
    /// A class that is already resolved.
    Package(Arc<ResolvedClass>),
    /// `object` and the like.
    Plain,
    /// A class that nobody can see.
    Unknown(Unknown),
}

/// Methods that decide the column beside `db_type`.
const OTHER_METHODS: &[&str] = &["db_parameters", "get_attname_column", "get_attname"];

/// Resolves a class of the repository.
pub(super) fn resolve(
    classes: &FieldClasses<'_>,
    class: &Arc<ClassDef>,
    source: &Arc<Source>,
) -> Maybe<Arc<ResolvedClass>> {
    let order = linearize(classes, class, source);
    let known = order.iter().filter_map(|link| match link {
        Link::Django(class) => Some(*class),
        Link::Package(class) => Some(class.django),
        _ => None,
    });
    let known: Vec<BuiltIn> = known.collect();
    let Some(django) =
        known.iter().copied().find(|class| *class != BuiltIn::Field).or(known.first().copied())
    else {
        let hidden = order.iter().find_map(|link| match link {
            Link::Unknown(why) => Some(why.clone()),
            _ => None,
        });
        let name = &class.name;
        return Err(hidden.unwrap_or_else(|| {
            Unknown::new(
                format!("`{name}` derives from no field class of Django"),
                format!("`{name}` 不是从 Django 的字段类派生的"),
            )
        }));
    };
    let constructors = constructor::effects(&order);
    Ok(Arc::new(ResolvedClass {
        django,
        is_django: false,
        internal_type: internal_type(&order, &class.name),
        db_type: db_type(&order),
        constructor: constructors.passed.into(),
        own_constructor: constructors.own_parameters,
        prepares_values: prepared::is_own(&order),
        none_becomes: prepared::save(&order, Prepared::None),
        empty_becomes: prepared::save(&order, Prepared::Text("".into())),
        collection_becomes: [true, false].map(|empty| prepared::save(&order, Prepared::Collection { empty })),
    }))
}

/// The classes in the order in which Python looks for methods: depth first, of a class that comes twice the last place.
fn linearize(classes: &FieldClasses<'_>, class: &Arc<ClassDef>, source: &Arc<Source>) -> Vec<Link> {
    let mut order: Vec<Link> = Vec::new();
    // (link, its depth); the path from the root down to it, to see circles
    let mut stack = vec![(Link::Custom(class.clone(), source.clone()), 0usize)];
    let mut path: Vec<(Arc<str>, u32)> = Vec::new();
    while let Some((link, depth)) = stack.pop() {
        if order.len() >= MAX_CLASSES {
            order.push(Link::Unknown(Unknown::new("too many base classes", "基类过多")));
            break;
        }
        path.truncate(depth);
        match &link {
            Link::Custom(class, source) => {
                let place = (source.text.path.clone(), class.span.start);
                if path.contains(&place) {
                    continue;
                }
                path.push(place);
                order.push(link.clone());
                for base in class.bases.iter().rev() {
                    stack.push((classes.base(base, source, depth), depth + 1));
                }
            }
            Link::Django(BuiltIn::Field) | Link::Plain | Link::Package(_) | Link::Unknown(_) => {
                order.push(link)
            }
            Link::Django(_) => {
                order.push(link);
                order.push(Link::Django(BuiltIn::Field));
            }
        }
    }
    let mut out: Vec<Link> = Vec::with_capacity(order.len());
    for link in order.into_iter().rev() {
        if !out.iter().any(|later| same(later, &link)) {
            out.push(link);
        }
    }
    out.reverse();
    out
}

fn same(left: &Link, right: &Link) -> bool {
    match (left, right) {
        (Link::Custom(a, file), Link::Custom(b, other)) => {
            a.span == b.span && file.text.path == other.text.path
        }
        (Link::Django(a), Link::Django(b)) => a == b,
        (Link::Plain, Link::Plain) => true,
        _ => false,
    }
}

/// What `get_internal_type` of the class called `name` returns.
fn internal_type(order: &[Link], name: &Arc<str>) -> Maybe<Arc<str>> {
    for link in order {
        match link {
            Link::Custom(class, source) => match methods::returned(class, source, "get_internal_type") {
                None | Some(methods::Returned::Super) => {}
                Some(methods::Returned::Text(text)) => return Ok(text),
                Some(methods::Returned::None | methods::Returned::Unknown) => {
                    return Err(computed(class, "get_internal_type"));
                }
            },
            Link::Django(class) => {
                if let Some(internal) = class.internal_type() {
                    return Ok(internal.name().into());
                }
            }
            Link::Package(class) => return class.internal_type.clone(),
            Link::Plain => {}
            Link::Unknown(why) => return Err(why.clone()),
        }
    }
    Ok(name.clone())
}

fn db_type(order: &[Link]) -> DbTypeMethod {
    for link in order {
        match link {
            Link::Custom(class, source) => {
                let defines = |name: &&&str| class.attributes.contains_key(**name);
                if let Some(method) = OTHER_METHODS.iter().find(defines) {
                    return DbTypeMethod::Unknown(computed(class, method));
                }
                match methods::returned(class, source, "db_type") {
                    None | Some(methods::Returned::Super) => {}
                    Some(methods::Returned::Text(text)) => return DbTypeMethod::Literal(text),
                    Some(methods::Returned::None) => return DbTypeMethod::NoColumn,
                    Some(methods::Returned::Unknown) => {
                        return DbTypeMethod::Unknown(computed(class, "db_type"));
                    }
                }
            }
            Link::Django(_) => return DbTypeMethod::Django,
            Link::Package(class) => return class.db_type.clone(),
            Link::Plain => {}
            Link::Unknown(why) => return DbTypeMethod::Unknown(why.clone()),
        }
    }
    DbTypeMethod::Django
}

fn computed(class: &ClassDef, method: &str) -> Unknown {
    let name = &class.name;
    Unknown::new(
        format!("`{name}.{method}` computes its result"),
        format!("`{name}.{method}` 的返回值需要运行代码才能知道"),
    )
}

/// What the constructors of a hierarchy make of arguments.
#[derive(Default)]
pub(super) struct Constructors {
    pub(super) passed: Vec<(Arc<str>, Passed)>,
    /// True when one of them has parameters of its own that positional arguments go to.
    pub(super) own_parameters: bool,
}
