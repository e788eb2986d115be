//! `dependencies`, `run_before`, `replaces`.

use crate::syntax::{Expr, Reason, Value};

use super::super::migration::{Dependency, Target, UnknownPart};
use super::super::signature;
use super::{setting_name, why};

/// Reads the elements of `what`; what is not known of them goes to `unknown` as well.
pub(super) fn read(elements: &[Expr], what: &'static str, unknown: &mut Vec<UnknownPart>) -> Vec<Dependency> {
    let mut out = Vec::new();
    for element in elements.iter().flat_map(Expr::alternatives) {
        for target in targets(element) {
            if let Target::Unknown(reason) = &target {
                unknown.push(UnknownPart { span: element.span, what, reason: reason.clone() });
            }
            out.push(Dependency { span: element.span, target });
        }
    }
    out
}

/// What an entry can point at; several when a part of it depends on conditional code.
fn targets(element: &Expr) -> Vec<Target> {
    if let Value::Call(call) = &element.value {
        let swappable =
            matches!(&call.callee.value, Value::Imported(path) if signature::is_swappable_dependency(path));
        return match call.argument("value", Some(0)) {
            Some(value) if swappable => vec![swappable_target(value)],
            _ => vec![Target::Unknown(why(element))],
        };
    }
    match element.elements() {
        Some([app, name]) => {
            let mut out = Vec::new();
            for app in app.alternatives() {
                for name in name.alternatives() {
                    out.push(migration_target(app, name));
                }
            }
            out
        }
        _ => vec![Target::Unknown(why(element))],
    }
}

fn migration_target(app: &Expr, name: &Expr) -> Target {
    match (&app.value, &name.value) {
        (Value::Str(app), Value::Str(name)) => Target::Migration { app: app.clone(), name: name.clone() },
        (Value::Str(_), _) => Target::Unknown(why(name)),
        _ => Target::Unknown(why(app)),
    }
}

/// `swappable_dependency(settings.AUTH_USER_MODEL)`, `swappable_dependency("app.Model")`. With
/// `getattr(settings, "X", "app.Model")` the setting is what the code means.
fn swappable_target(value: &Expr) -> Target {
    let all = value.alternatives();
    let setting = all.iter().find_map(|each| match &each.value {
        Value::Imported(path) => setting_name(path),
        _ => None,
    });
    if let Some(setting) = setting {
        return Target::SwappableSetting(setting.into());
    }
    match all.first().map(|first| &first.value) {
        Some(Value::Str(model)) if model.contains('.') && all.len() == 1 => {
            Target::SwappableModel(model.clone())
        }
        Some(Value::Str(_)) if all.len() > 1 => Target::Unknown(Reason::Computed("conditional code".into())),
        _ => Target::Unknown(why(value)),
    }
}
