//! The modules that settings come from, each evaluated with what it imports.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::source::{SourceText, Span};
use crate::syntax::eval::{self, HOLE, Names, World};
use crate::syntax::{Expr, Module, Reason, Value, exports, python};

use super::files::{Files, Located};
use super::framework::{self, Framework};
use super::source_map::{Origin, SourceMap, shift_module};

/// How deep imports are followed, and how many modules in all.
const MAX_DEPTH: usize = 10;
const MAX_MODULES: usize = 400;

/// Roles that a name in a file name stands for, in the order in which one is assumed: the process that serves requests.
const SERVING_ROLES: [&str; 6] = ["web", "server", "main", "app", "api", "default"];

/// A module after evaluation, with positions in the common range.
pub(super) struct Evaluated {
    pub(super) module: Module,
    /// Other names may be bound as well: a star import of which nothing is known.
    pub(super) open: bool,
    /// It, or what it imports, asked for the environment.
    depends_on_environment: bool,
}

/// Modules that have been evaluated; `None` while one is being evaluated.
type Cache = FxHashMap<Arc<str>, Option<Arc<Evaluated>>>;

/// What evaluating the modules of one project brings, for all its environments.
pub(super) struct Cascade<'a> {
    pub(super) files: &'a Files<'a>,
    pub(super) map: RefCell<SourceMap>,
    /// The environment that is looked at now.
    environment: RefCell<Option<Arc<str>>>,
    cache: RefCell<Cache>,
    frameworks: RefCell<FxHashMap<&'static str, u32>>,
    depth: Cell<usize>,
    asked: Cell<bool>,
    /// Patterns of module names that are computed, in the order in which they were met.
    pub(super) patterns: RefCell<Vec<Arc<str>>>,
    /// Modules that were taken for a pattern whose hole is no environment.
    pub(super) assumed: RefCell<Vec<Arc<str>>>,
}

impl<'a> Cascade<'a> {
    pub(super) fn new(files: &'a Files<'a>) -> Self {
        Self {
            files,
            map: RefCell::default(),
            environment: RefCell::default(),
            cache: RefCell::default(),
            frameworks: RefCell::default(),
            depth: Cell::new(0),
            asked: Cell::new(false),
            patterns: RefCell::default(),
            assumed: RefCell::default(),
        }
    }

    /// Looks at another environment from now on: forgets the modules that depend on it.
    pub(super) fn enter(&self, environment: Option<Arc<str>>) {
        *self.environment.borrow_mut() = environment;
        self.cache
            .borrow_mut()
            .retain(|_, known| known.as_ref().is_some_and(|evaluated| !evaluated.depends_on_environment));
    }

    /// The module with this absolute dotted name; `None` when the project does not hold it, or when it is being
    /// evaluated (a circle of imports).
    pub(super) fn module(&self, name: &str) -> Option<Arc<Evaluated>> {
        if let Some(known) = self.cache.borrow().get(name) {
            if let Some(known) = known
                && known.depends_on_environment
            {
                self.asked.set(true);
            }
            return known.clone();
        }
        let located = self.files.locate(name)?;
        let text = self.files.text(&located.path)?;
        if self.depth.get() >= MAX_DEPTH || self.cache.borrow().len() >= MAX_MODULES {
            return None;
        }
        let name: Arc<str> = name.into();
        self.cache.borrow_mut().insert(name.clone(), None);
        let evaluated = self.evaluate(text, located);
        if let Some(evaluated) = &evaluated {
            self.cache.borrow_mut().insert(name, Some(evaluated.clone()));
        }
        evaluated
    }

    /// Writes of names that only running them can tell, and imports that lead nowhere, of all modules that count for the
    /// environment.
    pub(super) fn loose_ends(&self) -> (Vec<Span>, Vec<(Span, Arc<str>)>) {
        let cache = self.cache.borrow();
        let modules: Vec<&Module> = cache.values().flatten().map(|evaluated| &evaluated.module).collect();
        let mut writes: Vec<Span> =
            modules.iter().flat_map(|module| module.dynamic_writes.iter().copied()).collect();
        let mut missing: Vec<(Span, Arc<str>)> =
            modules.iter().flat_map(|module| module.missing_imports.iter().cloned()).collect();
        writes.sort();
        writes.dedup();
        missing.sort();
        missing.dedup();
        (writes, missing)
    }

    fn evaluate(&self, text: Arc<SourceText>, located: Located) -> Option<Arc<Evaluated>> {
        let base = self.map.borrow_mut().add(Origin::File(text.clone()))?;
        let tree = python::parse(&text);
        let before = self.asked.replace(false);
        self.depth.set(self.depth.get() + 1);
        let module = eval::module_in(&text, &tree, &ModuleWorld { cascade: self, package: located.package });
        self.depth.set(self.depth.get() - 1);
        let depends_on_environment = self.asked.get();
        self.asked.set(before || depends_on_environment);
        let open = module.star_imports.iter().any(|from| !exports::is_known(from));
        Some(Arc::new(Evaluated { module: shift_module(module, base), open, depends_on_environment }))
    }

    /// The names of a module of an installed package that the fact table holds.
    fn framework(&self, name: &str) -> Option<Names> {
        let facts = framework::find(name)?;
        let known = self.frameworks.borrow().get(facts.name.as_str()).copied();
        let base = match known {
            Some(base) => base,
            None => {
                let base = self.map.borrow_mut().add(Origin::Framework(facts))?;
                self.frameworks.borrow_mut().insert(&facts.name, base);
                base
            }
        };
        let mut names: Vec<(Arc<str>, Expr)> = Vec::new();
        let mut open = false;
        if let Some(from) = &facts.takes_over
            && let Some(taken) = self.module(from)
        {
            open = taken.open;
            let settings = taken.module.bindings.iter().filter(|(name, _)| is_setting_name(name));
            names.extend(settings.map(|(name, expr)| (name.clone(), expr.clone())));
        }
        for (name, expr) in &mut names {
            if let Some(gone) = facts.without.get(name.as_ref()) {
                take_out(expr, gone);
            }
        }
        for (name, expr) in facts.names(base) {
            match names.iter_mut().find(|(known, _)| *known == name) {
                Some((_, before)) => *before = expr,
                None => names.push((name, expr)),
            }
        }
        Some(Names::Known { names, open })
    }
}

/// Takes entries out of a collection.
fn take_out(expr: &mut Expr, gone: &[String]) {
    let is_gone = |item: &Expr| item.as_str().is_some_and(|text| gone.iter().any(|each| each == text));
    match &mut expr.value {
        Value::List(items) | Value::Tuple(items) => Arc::make_mut(items).retain(|item| !is_gone(item)),
        Value::Either(all) => {
            for each in Arc::make_mut(all) {
                take_out(each, gone);
            }
        }
        _ => {}
    }
}

/// A name that Django takes as a setting.
pub fn is_setting_name(name: &str) -> bool {
    let has_upper = name.bytes().any(|byte| byte.is_ascii_uppercase());
    has_upper && !name.bytes().any(|byte| byte.is_ascii_lowercase())
}

/// The program as one of its modules sees it.
struct ModuleWorld<'c, 'a> {
    cascade: &'c Cascade<'a>,
    package: Arc<str>,
}

impl ModuleWorld<'_, '_> {
    /// The absolute name of a module, given as this module writes it.
    fn absolute(&self, module: &str) -> Option<String> {
        let rest = module.trim_start_matches('.');
        let dots = module.len() - rest.len();
        if dots == 0 {
            return Some(rest.to_owned());
        }
        let mut package = self.package.as_ref();
        for _ in 1..dots {
            package = package.rsplit_once('.').map(|(above, _)| above)?;
        }
        Some(match (package.is_empty(), rest.is_empty()) {
            (true, _) => rest.to_owned(),
            (_, true) => package.to_owned(),
            _ => format!("{package}.{rest}"),
        })
    }

    fn names(&self, module: &str, of_star: bool) -> Names {
        let Some(name) = self.absolute(module) else { return Names::Missing };
        if let Some(evaluated) = self.cascade.module(&name) {
            let bindings = &evaluated.module.bindings;
            let listed = bindings
                .get("__all__")
                .filter(|_| of_star)
                .and_then(|all| all.elements()?.iter().map(Expr::as_str).collect::<Option<Vec<&str>>>());
            let shown = |name: &str| match &listed {
                Some(listed) => listed.contains(&name),
                None => !of_star || !name.starts_with('_'),
            };
            let names = bindings.iter().filter(|(name, _)| shown(name));
            return Names::Known {
                names: names.map(|(name, expr)| (name.clone(), expr.clone())).collect(),
                open: evaluated.open && listed.is_none(),
            };
        }
        if let Some(names) = self.cascade.framework(&name) {
            return names;
        }
        if self.is_missing(module) { Names::Missing } else { Names::Unknown }
    }
}

impl World for ModuleWorld<'_, '_> {
    fn star(&self, module: &str) -> Names {
        self.names(module, true)
    }

    fn all(&self, module: &str) -> Names {
        self.names(module, false)
    }

    fn name(&self, module: &str, name: &str) -> Option<Expr> {
        let module = self.absolute(module)?;
        if self.cascade.files.locate(&format!("{module}.{name}")).is_some() {
            return None;
        }
        let evaluated = self.cascade.module(&module)?;
        let found = evaluated.module.bindings.get(name).cloned();
        match found {
            Some(found) => Some(found),
            None if evaluated.open => {
                let reason = Reason::StarImport(name.into());
                Some(Expr { span: Span::default(), value: Value::Unknown(reason) })
            }
            None => None,
        }
    }

    fn written(&self, module: &str, name: &str) -> Vec<Span> {
        let Some(module) = self.absolute(module) else { return Vec::new() };
        if let Some(evaluated) = self.cascade.module(&module) {
            return evaluated.module.written.get(name).cloned().unwrap_or_default();
        }
        match framework::find(&module) {
            Some(facts) if facts.binds(name) => {
                let base = self.cascade.frameworks.borrow().get(facts.name.as_str()).copied();
                base.map(|base| Span { start: base, end: base }).into_iter().collect()
            }
            Some(Framework { takes_over: Some(from), .. }) => {
                let taken = self.cascade.module(from);
                taken.and_then(|taken| taken.module.written.get(name).cloned()).unwrap_or_default()
            }
            _ => Vec::new(),
        }
    }

    fn choose(&self, pattern: &str) -> Option<Arc<str>> {
        self.cascade.asked.set(true);
        let pattern = self.absolute(pattern)?;
        if !pattern.trim_matches(HOLE).is_empty() {
            let mut patterns = self.cascade.patterns.borrow_mut();
            let pattern: Arc<str> = pattern.as_str().into();
            if !patterns.contains(&pattern) {
                patterns.push(pattern);
            }
        }
        let environment = self.cascade.environment.borrow().clone();
        if let Some(environment) = &environment {
            let module = pattern.replace(HOLE, environment);
            if self.cascade.files.locate(&module).is_some() {
                return Some(module.into());
            }
        }
        let (before, after) = pattern.split_once(HOLE)?;
        let candidates = self.cascade.files.between(before, after);
        if candidates.iter().any(|name| super::environment::Stage::of_name(name).is_some()) {
            return None;
        }
        let role = SERVING_ROLES.iter().find(|role| candidates.iter().any(|name| name.as_ref() == **role))?;
        let module: Arc<str> = format!("{before}{role}{after}").into();
        let mut assumed = self.cascade.assumed.borrow_mut();
        if !assumed.contains(&module) {
            assumed.push(module.clone());
        }
        Some(module)
    }

    fn is_missing(&self, module: &str) -> bool {
        let Some(name) = self.absolute(module) else { return true };
        if self.cascade.files.holds(&name) || framework::find(&name).is_some() {
            return false;
        }
        module.starts_with('.') || self.cascade.files.is_own(&name) || is_local_module(&name)
    }
}

/// A module that projects keep out of the repository: `local_settings`, `settings_local`, `secrets`.
fn is_local_module(name: &str) -> bool {
    let words = ["local", "settings", "private", "secret", "secrets", "override", "overrides", "custom"];
    !name.contains('.') && name.split('_').any(|word| words.contains(&word))
}
