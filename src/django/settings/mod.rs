//! Settings as a project puts them together: one file, or a cascade of modules with one end per environment.
//!
//! The model runs the settings modules over abstract values ([`crate::syntax::eval`]), each with what it imports. A
//! value is known, or holds its alternatives, or is unknown with the reason. Positions of values lie in the common range
//! of [`SourceMap`], which leads to file and span.

mod cascade;
pub mod entry;
pub mod environ;
pub mod environment;
pub mod facts;
mod files;
mod framework;
pub mod masked;
pub mod references;
pub mod secrets;
mod source_map;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use indexmap::IndexMap;

use crate::findings::Bilingual;
use crate::source::{SourceText, Span};
use crate::syntax::eval::HOLE;
use crate::syntax::{Expr, Value};

pub use environment::Stage;
pub use files::Files;
pub use framework::Framework;
pub use references::{Found, Reference};
pub use source_map::{Origin, SourceMap};

use cascade::Cascade;
pub use cascade::is_setting_name;

/// How many environments are followed; no project has as many.
const MAX_ENVIRONMENTS: usize = 24;

/// The settings of one Django project.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The module that `DJANGO_SETTINGS_MODULE` names.
    pub module: Option<Arc<str>>,
    /// One per environment, production first; one without a name where the project has no environments of its own.
    pub environments: Vec<Environment>,
    /// Where values are written.
    pub map: SourceMap,
    /// Modules that were taken where the process chooses among several by something other than the environment.
    pub assumed: Vec<Arc<str>>,
    /// Why nothing is known.
    pub problem: Option<Bilingual>,
}

/// The settings of one environment.
#[derive(Debug, Clone)]
pub struct Environment {
    /// `prod`, `settings_dev`; empty where the project has no environments.
    pub name: Arc<str>,
    /// What it is for, where its name tells.
    pub stage: Option<Stage>,
    /// The module whose names Django takes as settings.
    pub module: Arc<str>,
    /// Every setting, in the order in which it was first bound.
    pub settings: IndexMap<Arc<str>, Setting>,
    /// Other settings may be there as well: a star import of which nothing is known.
    pub open: bool,
    /// Places that write settings whose names only running them can tell; any setting may be another one after them.
    pub dynamic_writes: Vec<Span>,
    /// Imports of modules that the repository does not hold and the deployment may (`local_settings`).
    pub missing_imports: Vec<(Span, Arc<str>)>,
    /// Dotted names of middlewares, apps, backends and the like, as far as the project itself writes them.
    pub references: Vec<Reference>,
    /// The file of `module`.
    pub path: Arc<str>,
}

/// One setting of one environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Its value; positions are those of the [`SourceMap`].
    pub value: Expr,
    /// The places that write it, oldest first.
    pub written: Vec<Span>,
}

impl Setting {
    /// The place to point at: the last one that writes the setting, else the value.
    pub fn place(&self) -> Span {
        self.written.last().copied().unwrap_or(self.value.span)
    }
}

impl Environment {
    /// The value of a setting.
    pub fn value(&self, name: &str) -> Option<&Expr> {
        self.settings.get(name).map(|setting| &setting.value)
    }

    /// True when the setting is certainly not set, so that Django's default counts.
    pub fn lacks(&self, name: &str) -> bool {
        !self.open && !self.settings.contains_key(name)
    }

    /// Whether the checks for a deployment apply: not to the settings of a developer's machine or of test runs.
    pub fn is_deployed(&self) -> bool {
        self.stage.is_none_or(Stage::is_deployed)
    }
}

impl Settings {
    /// Reads the settings of a project.
    ///
    /// `named` are the modules that `manage.py`, `wsgi.py` and `asgi.py` name, in this order of files; with none of
    /// them the module `settings` of the project's folder counts, where there is one.
    pub fn read(files: &Files<'_>, named: &[Arc<str>]) -> Self {
        let Some(module) = main_module(files, named) else {
            return Self { problem: Some(no_module(named)), ..Self::default() };
        };
        let cascade = Cascade::new(files);
        let first = cascade.module(&module);
        let Some(first) = first else {
            return Self { problem: Some(no_module(&[module])), ..Self::default() };
        };
        let by_pattern = chosen_by_name(&cascade);
        let mut environments = Vec::new();
        if !by_pattern.is_empty() {
            for name in by_pattern.into_iter().take(MAX_ENVIRONMENTS) {
                cascade.enter(Some(name.clone()));
                environments.extend(environment(&cascade, name.clone(), Stage::of_name(&name), &module));
            }
        } else {
            let settings = first.module.bindings.keys().filter(|name| is_setting_name(name)).count();
            let siblings = siblings(files, &module, settings > 2);
            for (name, module) in siblings.into_iter().take(MAX_ENVIRONMENTS) {
                environments.extend(environment(&cascade, name.clone(), Stage::of_name(&name), &module));
            }
            if environments.is_empty() {
                environments.extend(environment(&cascade, "".into(), None, &module));
            }
        }
        environments.sort_by(|a, b| order(a).cmp(&order(b)).then_with(|| a.name.cmp(&b.name)));
        let map = cascade.map.borrow().clone();
        for environment in &mut environments {
            environment.references = references::collect(environment, files, &map);
        }
        let assumed = cascade.assumed.borrow().clone();
        Self { module: Some(module), environments, map, assumed, problem: None }
    }

    /// The value of a setting where every environment that serves users has the same, or where only one tells; the
    /// settings of developers and test runs count where nothing else is there.
    pub fn value(&self, name: &str) -> Option<&Expr> {
        let deployed: Vec<&Environment> =
            self.environments.iter().filter(|environment| environment.is_deployed()).collect();
        let all: Vec<&Environment> =
            if deployed.is_empty() { self.environments.iter().collect() } else { deployed };
        let values: Vec<&Expr> = all.iter().filter_map(|environment| environment.value(name)).collect();
        let first = *values.first()?;
        values.iter().all(|value| plain(&value.value) == plain(&first.value)).then_some(first)
    }

    /// The places of all secrets that stand in the source, whatever environment they are for, by the path of the file.
    pub fn secret_spans(&self) -> Vec<(Arc<str>, Span)> {
        let settings = self.environments.iter().flat_map(|environment| &environment.settings);
        let secrets = settings.flat_map(|(name, setting)| secrets::secrets_in(name, &setting.value));
        let mut spans: Vec<(Arc<str>, Span)> = secrets
            .filter_map(|secret| self.place(secret.span).map(|(text, span)| (text.path.clone(), span)))
            .collect();
        spans.sort();
        spans.dedup();
        spans
    }

    /// The files that the settings are read from.
    pub fn texts(&self) -> impl Iterator<Item = &Arc<SourceText>> {
        self.map.files()
    }

    /// The file and the span there of a position.
    pub fn place(&self, span: Span) -> Option<(&Arc<SourceText>, Span)> {
        self.map.file(span)
    }
}

/// What identifies a value apart from where it is written; `None` for what cannot be compared.
fn plain(value: &Value) -> Option<String> {
    Some(match value {
        Value::List(items) | Value::Tuple(items) | Value::Set(items) => {
            let parts: Option<Vec<String>> = items.iter().map(|item| plain(&item.value)).collect();
            format!("[{}]", parts?.join(","))
        }
        Value::Dict(entries) => {
            let part = |(key, value): &(Expr, Expr)| {
                Some(format!("{}:{}", plain(&key.value)?, plain(&value.value)?))
            };
            format!("{{{}}}", entries.iter().map(part).collect::<Option<Vec<String>>>()?.join(","))
        }
        Value::Unknown(_) | Value::Call(_) | Value::Either(_) => return None,
        other => format!("{other:?}"),
    })
}

fn no_module(named: &[Arc<str>]) -> Bilingual {
    match named.first() {
        Some(module) => Bilingual::new(
            format!("the repository does not hold the settings module `{module}`"),
            format!("仓库中没有配置模块 `{module}`"),
        ),
        None => Bilingual::new(
            "no file says which module the settings are (DJANGO_SETTINGS_MODULE)",
            "没有文件说明配置模块是哪一个（DJANGO_SETTINGS_MODULE）",
        ),
    }
}

/// The settings module that counts: that of the server (`wsgi.py`, `asgi.py`) before that of `manage.py`.
fn main_module(files: &Files<'_>, named: &[Arc<str>]) -> Option<Arc<str>> {
    if let Some(module) = named.iter().rev().find(|module| files.locate(module).is_some()) {
        return Some(module.clone());
    }
    (named.is_empty() && files.locate("settings").is_some()).then(|| "settings".into())
}

/// Names of environments that a computed import can choose among: files that fit its pattern and are named after a
/// stage.
fn chosen_by_name(cascade: &Cascade<'_>) -> Vec<Arc<str>> {
    let patterns = cascade.patterns.borrow().clone();
    for pattern in patterns {
        let Some((before, after)) = pattern.split_once(HOLE) else { continue };
        let names: Vec<Arc<str>> = cascade
            .files
            .between(before, after)
            .into_iter()
            .filter(|name| Stage::of_name(name).is_some())
            .collect();
        if !names.is_empty() {
            return names;
        }
    }
    Vec::new()
}

/// Settings modules beside (or, for a package that holds no settings of its own, inside) the one that is named, each
/// with the name of its environment.
fn siblings(files: &Files<'_>, module: &str, has_settings: bool) -> Vec<(Arc<str>, Arc<str>)> {
    let (package, own) = module.rsplit_once('.').unwrap_or(("", module));
    let is_package = files.locate(module).is_some_and(|found| found.path.ends_with("/__init__.py"));
    let before = if is_package && !has_settings {
        format!("{module}.")
    } else if package.is_empty() {
        String::new()
    } else {
        format!("{package}.")
    };
    let stages = files.between(&before, "").into_iter().filter(|name| Stage::of_name(name).is_some());
    let mut out: Vec<(Arc<str>, Arc<str>)> = stages
        .filter(|name| is_beside(&before, own, name, has_settings))
        .map(|name| (name.clone(), format!("{before}{name}").into()))
        .collect();
    let named = out.iter().any(|(_, sibling)| sibling.as_ref() == module);
    if has_settings && !named && !out.is_empty() {
        out.push((own.into(), module.into()));
    }
    out
}

/// Beside `settings.py` only names like `settings_prod.py` and `prod_settings.py` are settings; in a folder of settings
/// (`settings/`, `config/`, `conf/`) every file is.
fn is_beside(before: &str, own: &str, name: &str, has_settings: bool) -> bool {
    let folder = before.trim_end_matches('.').rsplit('.').next().unwrap_or_default();
    let of_settings = |word: &str| matches!(word, "settings" | "setting" | "config" | "configs" | "conf");
    let in_folder = of_settings(folder) && (!has_settings || Stage::of_name(own).is_some());
    in_folder || name.split('_').any(of_settings)
}

fn environment(
    cascade: &Cascade<'_>,
    name: Arc<str>,
    stage: Option<Stage>,
    module: &Arc<str>,
) -> Option<Environment> {
    let evaluated = cascade.module(module)?;
    let result = &evaluated.module;
    let setting = |(name, expr): (&Arc<str>, &Expr)| {
        let written = result.written.get(name).cloned().unwrap_or_default();
        (name.clone(), Setting { value: expr.clone(), written })
    };
    let (dynamic_writes, missing_imports) = cascade.loose_ends();
    let settings = result.bindings.iter().filter(|(name, _)| is_setting_name(name)).map(setting).collect();
    Some(Environment {
        name,
        stage,
        module: module.clone(),
        settings,
        open: evaluated.open,
        dynamic_writes,
        missing_imports,
        references: Vec::new(),
        path: cascade.files.locate(module)?.path,
    })
}

fn order(environment: &Environment) -> u8 {
    match environment.stage {
        Some(Stage::Production) => 0,
        None => 1,
        Some(Stage::Staging) => 2,
        Some(Stage::Development) => 3,
        Some(Stage::Test) => 4,
    }
}
