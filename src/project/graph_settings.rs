//! The settings that decide the migration graph and the model state: `MIGRATION_MODULES`, swappable models and
//! `DEFAULT_AUTO_FIELD`.
//!
//! Every settings file of the project is asked. Where they do not agree, the value is not known, and a notice says so.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::findings::Bilingual;
use crate::source::SourceText;
use crate::syntax::{Expr, Value, eval, python};

use super::GraphSettings;

/// The settings that are looked for.
const MIGRATION_MODULES: &str = "MIGRATION_MODULES";
const SWAPPABLE: [&str; 1] = ["AUTH_USER_MODEL"];
const DEFAULT_AUTO_FIELD: &str = "DEFAULT_AUTO_FIELD";

/// Paths of settings files.
type Files = Vec<Arc<str>>;
/// What `MIGRATION_MODULES` says of a label: a dotted module, or that its migrations are switched off.
type Module = Option<Arc<str>>;

/// What one file says.
#[derive(Debug, Default)]
pub(super) struct Said {
    path: Arc<str>,
    /// Per setting, what it may be; `None` stands for a value that is not known.
    values: Vec<(&'static str, Option<Expr>)>,
}

/// Whether the bytes of a settings file can say something about the graph.
pub(super) fn concerns(bytes: &[u8]) -> bool {
    SWAPPABLE
        .iter()
        .chain(&[MIGRATION_MODULES, DEFAULT_AUTO_FIELD])
        .any(|name| memchr::memmem::find(bytes, name.as_bytes()).is_some())
}

/// What a settings file says about the graph.
pub(super) fn read(text: &SourceText) -> Said {
    let module = eval::module(text, &python::parse(text));
    let names = SWAPPABLE.into_iter().chain([MIGRATION_MODULES, DEFAULT_AUTO_FIELD]);
    let values = names.filter_map(|name| {
        let bound = module.bindings.get(name)?;
        let each = bound.alternatives().into_iter();
        Some(each.map(move |value| (name, value.unknown().is_none().then(|| value.clone()))))
    });
    Said { path: text.path.clone(), values: values.flatten().collect() }
}

/// What all files of a project say together, and what must be told of it.
pub(super) fn agreed(project: &str, said: &[Said]) -> (GraphSettings, Vec<Bilingual>) {
    let mut settings = GraphSettings::default();
    let mut notices = Vec::new();
    for name in SWAPPABLE {
        let (values, unknown) = collect(said, name, |value| value.as_str().map(Arc::<str>::from));
        match values.iter().collect::<Vec<_>>().as_slice() {
            [] if unknown.is_empty() => {}
            [(value, _)] if unknown.is_empty() => {
                settings.swappable.insert(name.into(), (*value).clone());
            }
            _ => {
                settings.undecided.insert(name.into());
                notices.push(undecided(project, name, &values, &unknown));
            }
        }
    }
    let (values, unknown) = collect(said, DEFAULT_AUTO_FIELD, |value| value.as_str().map(Arc::<str>::from));
    match values.into_keys().collect::<Vec<_>>().as_slice() {
        [] if unknown.is_empty() => {}
        [value] if unknown.is_empty() => settings.default_auto_field = Some(value.clone()),
        _ => {
            settings.undecided.insert(DEFAULT_AUTO_FIELD.into());
        }
    }
    let mut modules: BTreeMap<Arc<str>, BTreeMap<Module, Files>> = BTreeMap::new();
    let (maps, unknown) = collect(said, MIGRATION_MODULES, module_map);
    for (map, files) in &maps {
        for (label, module) in map {
            modules
                .entry(label.clone())
                .or_default()
                .entry(module.clone())
                .or_default()
                .extend(files.clone());
        }
    }
    if !unknown.is_empty() {
        notices.push(undecided::<Vec<()>>(project, MIGRATION_MODULES, &BTreeMap::new(), &unknown));
    }
    for (label, mut choices) in modules {
        // A settings file for tests switches migrations off; the one that leads somewhere is meant for real.
        if choices.len() > 1 {
            choices.remove(&None);
        }
        match choices.len() {
            1 => settings.migration_modules.extend(choices.into_keys().map(|module| (label.clone(), module))),
            _ => notices.push(undecided(project, &format!("{MIGRATION_MODULES}[{label:?}]"), &choices, &[])),
        }
    }
    (settings, notices)
}

/// The known values of a setting with the files that give each, and the files where it is not known.
fn collect<T: Ord>(
    said: &[Said],
    name: &str,
    understand: impl Fn(&Expr) -> Option<T>,
) -> (BTreeMap<T, Files>, Files) {
    let (mut values, mut unknown): (BTreeMap<T, Files>, Files) = Default::default();
    for file in said {
        for (_, value) in file.values.iter().filter(|(setting, _)| *setting == name) {
            match value.as_ref().and_then(&understand) {
                Some(value) => values.entry(value).or_default().push(file.path.clone()),
                None => unknown.push(file.path.clone()),
            }
        }
    }
    (values, unknown)
}

/// `{"shop": "history.shop", "stock": None}`; `None` when a part of it is something else.
fn module_map(value: &Expr) -> Option<Vec<(Arc<str>, Module)>> {
    let Value::Dict(pairs) = &value.value else { return None };
    pairs
        .iter()
        .map(|(label, module)| {
            let module = match &module.value {
                Value::Str(module) => Some(module.clone()),
                Value::None => None,
                _ => return None,
            };
            Some((Arc::from(label.as_str()?), module))
        })
        .collect()
}

fn undecided<T>(project: &str, name: &str, values: &BTreeMap<T, Files>, unknown: &[Arc<str>]) -> Bilingual {
    let mut files: Vec<&str> = values.values().flatten().chain(unknown).map(AsRef::as_ref).collect();
    files.sort_unstable();
    files.dedup();
    let files = files.join(", ");
    Bilingual::new(
        format!(
            "{project}: the settings files do not settle {name} ({files}); dependencies that hang on it are left out"
        ),
        format!("{project}：各设置文件不能确定 {name} 的值（{files}），与之有关的依赖未计入"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(files: &[(&str, &str)]) -> (GraphSettings, Vec<String>) {
        let said: Vec<Said> = files
            .iter()
            .map(|(path, text)| read(&SourceText::decode((*path).into(), text.as_bytes()).unwrap()))
            .collect();
        let (settings, notices) = agreed("site", &said);
        (settings, notices.into_iter().map(|notice| notice.en).collect())
    }

    #[test]
    fn files_that_agree_settle_a_value() {
        let user = "AUTH_USER_MODEL = 'account.User'\n";
        let (found, notices) = settings(&[("a.py", user), ("b.py", user)]);
        assert_eq!(found.swappable["AUTH_USER_MODEL"].as_ref(), "account.User");
        assert_eq!(notices, [""; 0]);
    }

    #[test]
    fn the_class_of_primary_keys_is_settled_likewise() {
        let (found, _) = settings(&[("a.py", "DEFAULT_AUTO_FIELD = 'django.db.models.BigAutoField'\n")]);
        assert_eq!(found.default_auto_field.as_deref(), Some("django.db.models.BigAutoField"));
        let (found, _) = settings(&[("a.py", "DEFAULT_AUTO_FIELD = f'{x}.BigAutoField'\n")]);
        assert_eq!(found.default_auto_field, None);
        assert!(found.undecided.contains("DEFAULT_AUTO_FIELD"));
    }

    #[test]
    fn files_that_differ_settle_nothing_and_are_named() {
        let (found, notices) =
            settings(&[("a.py", "AUTH_USER_MODEL = 'a.User'\n"), ("b.py", "AUTH_USER_MODEL = 'b.User'\n")]);
        assert!(found.swappable.is_empty());
        assert_eq!(notices.len(), 1);
        assert!(notices[0].contains("a.py, b.py"), "{}", notices[0]);
    }

    #[test]
    fn modules_are_merged_label_by_label_and_tests_do_not_count() {
        let (found, notices) = settings(&[
            ("base.py", "MIGRATION_MODULES = {'shop': 'history.shop', 'stock': None}\n"),
            ("tests.py", "MIGRATION_MODULES = {'shop': None}\n"),
        ]);
        assert_eq!(found.migration_modules["shop"].as_deref(), Some("history.shop"));
        assert_eq!(found.migration_modules["stock"], None);
        assert_eq!(notices, [""; 0]);
        let (_, notices) = settings(&[("tests.py", "MIGRATION_MODULES = DisableMigrations()\n")]);
        assert_eq!(notices.len(), 1, "what is not known is said");
    }
}
