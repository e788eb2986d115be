//! What an `apps.py` says: the labels under which Django knows an app.

use std::sync::Arc;

use crate::source::SourceText;
use crate::syntax::{ClassDef, Expr, Value, eval, python};

/// A subclass of `AppConfig`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppConfig {
    /// Name of the class.
    pub class: Arc<str>,
    /// `name`: the dotted path of the app.
    pub name: Option<Arc<str>>,
    /// `label`; `Err` with the reason when it is set and not known.
    pub label: Result<Option<Arc<str>>, super::Unknown>,
    /// `default`, when it is set.
    pub default: Option<bool>,
}

impl AppConfig {
    /// The label, as Django takes it: `label`, else the last part of `name`; `None` when neither is set.
    ///
    /// # Errors
    /// When `label` is set and the source does not tell its value.
    pub fn label(&self) -> Result<Option<Arc<str>>, super::Unknown> {
        let label = self.label.clone()?;
        Ok(label.or_else(|| self.name.as_deref().and_then(|name| name.rsplit('.').next()).map(Arc::from)))
    }
}

/// The configurations of a module, in source order.
pub fn read(text: &SourceText) -> Vec<AppConfig> {
    let module = eval::module(text, &python::parse(text));
    let classes = module.bindings.values().flat_map(Expr::alternatives).filter_map(|value| {
        let Value::Class(class) = &value.value else { return None };
        is_app_config(class).then(|| config(class))
    });
    classes.collect()
}

/// The configuration that Django takes for an app that `INSTALLED_APPS` names by its package: the one with
/// `default = True`, else the only one there is. Source: `AppConfig.create` of Django 3.2 to 6.0.
pub fn default_of(configs: &[AppConfig]) -> Option<&AppConfig> {
    let mut candidates = configs.iter().filter(|config| config.default != Some(false));
    let marked: Vec<&AppConfig> = configs.iter().filter(|config| config.default == Some(true)).collect();
    match (marked.as_slice(), candidates.next(), candidates.next()) {
        ([one], _, _) => Some(one),
        ([], Some(one), None) => Some(one),
        _ => None,
    }
}

/// A class that derives from something called a configuration and says which app it is for. The base may be a class of
/// another package, which only its name tells.
fn is_app_config(class: &ClassDef) -> bool {
    let derives = class.bases.iter().any(|base| match &base.value {
        Value::Imported(path) => path.ends_with("Config"),
        Value::Class(base) => base.name.ends_with("Config"),
        _ => false,
    });
    derives && ["name", "label"].iter().any(|key| class.attributes.contains_key(*key))
}

fn config(class: &ClassDef) -> AppConfig {
    let text = |key: &str| class.attributes.get(key).and_then(Expr::as_str).map(Arc::from);
    let label = match class.attributes.get("label") {
        None => Ok(None),
        Some(expr) => match (&expr.value, expr.unknown()) {
            (Value::Str(text), _) => Ok(Some(text.clone())),
            (_, Some(reason)) => Err(super::Unknown::of(reason)),
            _ => Err(super::Unknown::new(
                "`label` is no string that the source tells",
                "`label` 不是源码中能确定的字符串",
            )),
        },
    };
    let default = match class.attributes.get("default").map(|expr| &expr.value) {
        Some(Value::Bool(value)) => Some(*value),
        _ => None,
    };
    AppConfig { class: class.name.clone(), name: text("name"), label, default }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_str(text: &str) -> Vec<AppConfig> {
        read(&SourceText::decode("shop/apps.py".into(), text.as_bytes()).unwrap())
    }

    fn label(text: &str) -> Option<String> {
        let configs = read_str(text);
        default_of(&configs)?.label().ok()?.map(|label| label.to_string())
    }

    #[test]
    fn the_label_is_set_or_the_last_part_of_the_name() {
        let head = "from django.apps import AppConfig\n";
        let one = format!("{head}class A(AppConfig):\n    name = 'apps.shop'\n");
        assert_eq!(label(&one).as_deref(), Some("shop"));
        assert_eq!(label(&format!("{one}    label = 'store'\n")).as_deref(), Some("store"));
        assert_eq!(label(&format!("{one}    label = compute()\n")), None, "unknown is not guessed");
        assert_eq!(
            label(&format!("{head}L = 'a' + '_b'\nclass A(AppConfig):\n    name = 'x'\n    label = L\n"))
                .as_deref(),
            Some("a_b")
        );
    }

    #[test]
    fn of_several_the_default_counts() {
        let two = "from django import apps\n\
            class A(apps.AppConfig):\n    name = 'apps.shop'\n    label = 'a'\n\
            class B(apps.AppConfig):\n    name = 'apps.shop'\n    label = 'b'\n";
        assert_eq!(label(two), None);
        assert_eq!(label(&format!("{two}    default = True\n")).as_deref(), Some("b"));
        assert_eq!(label(&format!("{two}    default = False\n")).as_deref(), Some("a"));
    }

    #[test]
    fn other_classes_are_none() {
        assert_eq!(read_str("class A:\n    name = 'shop'\nclass Config:\n    label = 'x'\n"), []);
    }
}
