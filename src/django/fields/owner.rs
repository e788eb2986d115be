//! Who has a method that a file calls: a class of the repository, Django, or nobody can tell.

use std::sync::Arc;

use crate::source::SourceText;
use crate::syntax::{ClassDef, Expr, Value, eval, python};

use super::super::names::Receiver;
use super::resolver::{FieldClasses, Found, Source, absolute};

/// How many classes one hierarchy may have.
const MAX_CLASSES: usize = 64;

/// Who has the method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MethodOwner {
    /// A class of the repository defines it.
    Repository,
    /// No class of the repository that the receiver derives from defines it.
    Elsewhere,
    /// Only running the code tells the receiver's class, or it derives from a package that is not in the repository.
    Unknown,
}

/// A class of the repository with the module that it stands in, or the dotted path of one from elsewhere.
enum Class {
    Own(Arc<ClassDef>, Arc<Source>),
    Outside(Arc<str>),
}

impl FieldClasses<'_> {
    /// Who has each of the methods that a file calls, in the order of `calls`.
    pub fn owners(&self, text: &Arc<SourceText>, calls: &[(&Receiver, &str)]) -> Vec<MethodOwner> {
        let tree = python::parse(text);
        let module = eval::module(text, &tree);
        let package = self.package_of(&text.path);
        let source = Arc::new(Source { text: text.clone(), tree, module, package });
        calls.iter().map(|(receiver, name)| self.owner(&source, receiver, name)).collect()
    }

    fn owner(&self, source: &Arc<Source>, receiver: &Receiver, name: &str) -> MethodOwner {
        let class = match receiver {
            Receiver::Own(class) => self.class_of_file(source, class),
            Receiver::Imported(path) => {
                let path = absolute(path, &source.package);
                path.rsplit_once('.')
                    .and_then(|(class, attribute)| self.class_of_attribute(self.class_at(class)?, attribute))
            }
            Receiver::OfFile(path) => path.split_once('.').and_then(|(class, attribute)| {
                if attribute.contains('.') {
                    return None;
                }
                self.class_of_attribute(self.class_of_file(source, class)?, attribute)
            }),
            Receiver::Unknown => None,
        };
        let Some(class) = class else { return MethodOwner::Unknown };
        let (owner, _, is_mixin) = self.look_up(class, name);
        // What a mixin calls on itself, the classes that it is mixed into may have.
        let is_own = matches!(receiver, Receiver::Own(_));
        if is_own && is_mixin && owner == MethodOwner::Elsewhere { MethodOwner::Unknown } else { owner }
    }

    fn class_of_file(&self, source: &Arc<Source>, name: &str) -> Option<Class> {
        self.class_of(source.module.bindings.get(name)?, source)
    }

    fn class_at(&self, path: &str) -> Option<Class> {
        match self.find(path, 0).as_slice() {
            [Found::Class(class, source)] => Some(Class::Own(class.clone(), source.clone())),
            // `object` and what else Python has by itself.
            [Found::Plain] => Some(Class::Outside(path.into())),
            [Found::Unknown(_)] if ["django.", "unittest."].iter().any(|start| path.starts_with(start)) => {
                Some(Class::Outside(path.into()))
            }
            _ => None,
        }
    }

    /// The class that an expression of a module names.
    fn class_of(&self, value: &Expr, source: &Arc<Source>) -> Option<Class> {
        match &value.value {
            Value::Class(class) => Some(Class::Own(class.clone(), source.clone())),
            Value::Imported(path) => self.class_at(&absolute(path, &source.package)),
            _ => None,
        }
    }

    /// The class of what an attribute of a class holds: `UserManager` for `objects = UserManager()`.
    fn class_of_attribute(&self, class: Class, attribute: &str) -> Option<Class> {
        if let Class::Outside(path) = class {
            return Some(Class::Outside(format!("{path}.{attribute}").into()));
        }
        // Django names the first manager so, which is called `objects` unless somebody has reasons.
        let attribute = if attribute == "_default_manager" { "objects" } else { attribute };
        match self.look_up(class, attribute) {
            (MethodOwner::Repository, Some((value, source)), _) => match &value.value {
                Value::Call(call) => self.class_of(&call.callee, &source),
                _ => None,
            },
            // A model that names no manager has Django's.
            (MethodOwner::Elsewhere, ..) => Some(Class::Outside(format!("django.{attribute}").into())),
            _ => None,
        }
    }

    /// Whether a class or one that it derives from defines `name`, and what as; and whether all of these are the
    /// repository's own.
    fn look_up(&self, class: Class, name: &str) -> (MethodOwner, Option<(Expr, Arc<Source>)>, bool) {
        let mut classes = vec![class];
        let mut is_open = false;
        let mut at = 0;
        // Breadth first: who of two bases is asked first matters only where both define it.
        while let Some(each) = classes.get(at) {
            at += 1;
            let Class::Own(class, source) = each else { continue };
            let (class, source) = (class.clone(), source.clone());
            if let Some(value) = class.attributes.get(name) {
                return (MethodOwner::Repository, Some((value.clone(), source)), false);
            }
            // Whatever it is asked for, it may have.
            is_open |= class.attributes.contains_key("__getattr__");
            for base in &class.bases {
                match self.class_of(base, &source) {
                    Some(base) if classes.len() < MAX_CLASSES => classes.push(base),
                    _ => is_open = true,
                }
            }
        }
        let is_mixin = !classes
            .iter()
            .any(|class| matches!(class, Class::Outside(path) if !path.starts_with("builtins.")));
        (if is_open { MethodOwner::Unknown } else { MethodOwner::Elsewhere }, None, is_mixin)
    }
}
