//! Traces field classes to the classes of Django that they derive from, by reading the repository's own source.

use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;

use crate::source::{Snapshot, SourceText};
use crate::syntax::{ClassDef, Expr, Module, PythonTree, Value, eval, exports, python};

use super::super::migration::MigrationFile;
use super::super::unknown::{Maybe, Unknown};
use super::hierarchy::{self, Link};
use super::{BuiltIn, FieldClass, ResolvedClass, packages};

/// How many imports, re-exports and base classes are followed in a row.
const MAX_STEPS: usize = 32;

/// The field classes of one project. Modules are read when a class of theirs is asked for, each once.
#[derive(Default)]
pub struct FieldClasses<'s> {
    snapshot: Option<&'s Snapshot>,
    /// Folder of the project below the scanned root; empty for the scanned root itself.
    root: Arc<str>,
    modules: Mutex<FxHashMap<Arc<str>, Option<Arc<Source>>>>,
    classes: Mutex<FxHashMap<Arc<str>, Maybe<Arc<ResolvedClass>>>>,
}

/// A module of the repository.
pub(super) struct Source {
    pub(super) text: Arc<SourceText>,
    pub(super) tree: PythonTree,
    pub(super) module: Module,
    /// Dotted name of the package that its relative imports start from.
    pub(super) package: Arc<str>,
}

/// What a name leads to.
pub(super) enum Found {
    Class(Arc<ClassDef>, Arc<Source>),
    Django(BuiltIn),
    Package(Arc<ResolvedClass>),
    /// `object`, or a class of Python itself: nothing that says anything of a field.
    Plain,
    Unknown(Unknown),
}

impl<'s> FieldClasses<'s> {
    /// The classes of the project in the folder `root` of the snapshot.
    pub fn new(snapshot: &'s Snapshot, root: &str) -> Self {
        Self { snapshot: Some(snapshot), root: root.trim_matches('/').into(), ..Self::default() }
    }

    /// The class that a field definition of the migration `file` calls.
    pub fn class(&self, callee: &Expr, file: &MigrationFile) -> FieldClass {
        match &callee.value {
            Value::Imported(path) => {
                if let Some(class) = BuiltIn::from_path(path) {
                    return FieldClass {
                        name: class.name().into(),
                        path: path.clone(),
                        resolved: django(class),
                    };
                }
                let path = if path.starts_with('.') {
                    absolute(path, &self.package_of(&file.text.path))
                } else {
                    path.clone()
                };
                let name = path.rsplit('.').next().unwrap_or(&path).into();
                FieldClass { name, resolved: self.resolved(&path), path }
            }
            Value::Class(class) => {
                let name = class.name.clone();
                let key: Arc<str> = format!("{}:{name}", file.text.path).into();
                let resolved = self.cached(&key, || {
                    let source = Arc::new(Source {
                        text: file.text.clone(),
                        tree: python::parse(&file.text),
                        module: file.module.clone(),
                        package: self.package_of(&file.text.path),
                    });
                    hierarchy::resolve(self, class, &source)
                });
                FieldClass { path: name.clone(), name, resolved }
            }
            Value::Function(function) => {
                let why = Unknown::new(
                    format!("the field comes from a call of the function `{}`", function.name),
                    format!("该字段来自对函数 `{}` 的调用", function.name),
                );
                FieldClass { name: function.name.clone(), path: function.name.clone(), resolved: Err(why) }
            }
            other => {
                let why = match other {
                    Value::Unknown(reason) => Unknown::of(reason),
                    _ => Unknown::new("the class depends on conditional code", "该类取决于条件代码"),
                };
                FieldClass { name: "?".into(), path: "?".into(), resolved: Err(why) }
            }
        }
    }

    /// The class behind an absolute dotted path, or why it is not known.
    pub fn resolved(&self, path: &Arc<str>) -> Maybe<Arc<ResolvedClass>> {
        self.cached(path, || self.resolve_found(self.find(path, 0), path))
    }

    /// The value that a module of the repository binds to a dotted path that `file` imports, re-exports followed; `None`
    /// when the repository does not hold it or it depends on conditional code.
    pub fn value(&self, path: &str, file: &MigrationFile) -> Option<Value> {
        let mut path: Arc<str> = if path.starts_with('.') {
            absolute(path, &self.package_of(&file.text.path))
        } else {
            path.into()
        };
        for _ in 0..MAX_STEPS {
            let (source, name) = self.holder(&path, false).or_else(|| self.holder(&path, true))?;
            let next = match source.module.bindings.get(name) {
                Some(bound) => match &bound.value {
                    Value::Imported(next) => absolute(next, &source.package),
                    Value::Either(_) | Value::Maybe(_) | Value::Unknown(_) => return None,
                    value => return Some(value.clone()),
                },
                None => match source.module.star_imports.as_slice() {
                    [only] => format!("{}.{name}", absolute(only, &source.package)).into(),
                    _ => return None,
                },
            };
            path = next;
        }
        None
    }

    fn resolve_found(&self, found: Vec<Found>, path: &str) -> Maybe<Arc<ResolvedClass>> {
        let mut classes = found.into_iter().map(|each| match each {
            Found::Class(class, source) => hierarchy::resolve(self, &class, &source),
            Found::Django(class) => django(class),
            Found::Package(class) => Ok(class),
            Found::Plain => Err(Unknown::new(
                format!("`{path}` derives from no field class"),
                format!("`{path}` 不是从字段类派生的"),
            )),
            Found::Unknown(why) => Err(why),
        });
        let Some(first) = classes.next() else {
            return Err(not_found(path));
        };
        let first = first?;
        for other in classes {
            // `try: from … import JSONField / except ImportError: from … import JSONField`: what matters is the column.
            let other = other?;
            if other.internal_type != first.internal_type || other.db_type != first.db_type {
                return Err(Unknown::new(
                    format!("which class `{path}` is depends on conditional code"),
                    format!("`{path}` 是哪个类取决于条件代码"),
                ));
            }
        }
        Ok(first)
    }

    fn cached(
        &self,
        key: &Arc<str>,
        resolve: impl FnOnce() -> Maybe<Arc<ResolvedClass>>,
    ) -> Maybe<Arc<ResolvedClass>> {
        let lock = || self.classes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().get(key) {
            return known.clone();
        }
        let resolved = resolve();
        lock().insert(key.clone(), resolved.clone());
        resolved
    }

    /// What an absolute dotted path leads to; several in conditional code.
    pub(super) fn find(&self, path: &str, steps: usize) -> Vec<Found> {
        if let Some(class) = BuiltIn::from_path(path) {
            return vec![Found::Django(class)];
        }
        if path.starts_with("builtins.") {
            return vec![Found::Plain];
        }
        if steps > MAX_STEPS {
            return vec![Found::Unknown(not_found(path))];
        }
        if let Some((source, name)) = self.holder(path, false) {
            return self.find_in(&source, name, steps + 1);
        }
        if let Some(class) = packages::get(path) {
            return vec![Found::Package(class)];
        }
        match self.holder(path, true) {
            Some((source, name)) => self.find_in(&source, name, steps + 1),
            None => vec![Found::Unknown(not_found(path))],
        }
    }

    /// The module of the repository that a path goes through, and what is asked of it.
    fn holder<'p>(&self, path: &'p str, anywhere: bool) -> Option<(Arc<Source>, &'p str)> {
        path.rmatch_indices('.').find_map(|(dot, _)| {
            let source = self.module(&path[..dot], anywhere)?;
            Some((source, &path[dot + 1..]))
        })
    }

    /// What a module binds to a name.
    pub(super) fn find_in(&self, source: &Arc<Source>, name: &str, steps: usize) -> Vec<Found> {
        if let Some(bound) = source.module.bindings.get(name) {
            let alternatives = bound.alternatives();
            return alternatives.into_iter().flat_map(|each| self.follow(each, source, steps)).collect();
        }
        for module in source.module.star_imports.iter().rev() {
            let module = absolute(module, &source.package);
            if exports::is_known(&module) && !exports::star_exports(&module, name) {
                continue;
            }
            let found = self.find(&format!("{module}.{name}"), steps + 1);
            if !found.iter().all(|each| matches!(each, Found::Unknown(_))) {
                return found;
            }
        }
        let file = &source.text.path;
        vec![Found::Unknown(Unknown::new(
            format!("`{file}` binds no class `{name}`"),
            format!("`{file}` 中没有类 `{name}`"),
        ))]
    }

    /// What a value of a module stands for.
    pub(super) fn follow(&self, value: &Expr, source: &Arc<Source>, steps: usize) -> Vec<Found> {
        match &value.value {
            Value::Class(class) => vec![Found::Class(class.clone(), source.clone())],
            Value::Imported(path) => self.find(&absolute(path, &source.package), steps + 1),
            Value::Either(_) => {
                let alternatives = value.alternatives();
                alternatives.into_iter().flat_map(|each| self.follow(each, source, steps + 1)).collect()
            }
            Value::Unknown(crate::syntax::Reason::StarImport(name)) if steps <= MAX_STEPS => {
                self.find_in(source, name, steps + 1)
            }
            Value::Unknown(reason) => vec![Found::Unknown(Unknown::of(reason))],
            Value::None => Vec::new(),
            _ => vec![Found::Unknown(Unknown::new(
                "only running the code can tell the class",
                "只有运行代码才能知道这个类",
            ))],
        }
    }

    /// A base class as one link of a hierarchy.
    pub(super) fn base(&self, value: &Expr, source: &Arc<Source>, steps: usize) -> Link {
        let mut found = self.follow(value, source, steps);
        if found.len() == 1
            && let Some(only) = found.pop()
        {
            return match only {
                Found::Class(class, source) => Link::Custom(class, source),
                Found::Django(class) => Link::Django(class),
                Found::Package(class) => Link::Package(class),
                Found::Plain => Link::Plain,
                Found::Unknown(why) => Link::Unknown(why),
            };
        }
        match self.resolve_found(found, "base class") {
            Ok(class) => Link::Package(class),
            Err(why) => Link::Unknown(why),
        }
    }

    /// A module of the repository by its dotted name: below the project's root or a folder above it; with `anywhere`, in
    /// the one folder of the project that holds it (a folder that the project puts on `sys.path`).
    fn module(&self, dotted: &str, anywhere: bool) -> Option<Arc<Source>> {
        let snapshot = self.snapshot?;
        let path = dotted.replace('.', "/");
        if path.is_empty() || path.starts_with('/') {
            return None;
        }
        let key: Arc<str> = if anywhere { format!("*{path}") } else { path.clone() }.into();
        let lock = || self.modules.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().get(&key) {
            return known.clone();
        }
        let file = if anywhere { self.only_file(snapshot, &path) } else { self.file(snapshot, &path) };
        let source = file.and_then(|file| self.read(snapshot, &file, dotted)).map(Arc::new);
        lock().insert(key, source.clone());
        source
    }

    fn file(&self, snapshot: &Snapshot, path: &str) -> Option<Arc<str>> {
        let mut folder = self.root.as_ref();
        loop {
            let start = if folder.is_empty() { String::new() } else { format!("{folder}/") };
            // Of a package and a module of the same name in one folder, Python takes the package.
            for candidate in [format!("{start}{path}/__init__.py"), format!("{start}{path}.py")] {
                if let Some(entry) = snapshot.get(&candidate) {
                    return Some(entry.path.clone());
                }
            }
            if folder.is_empty() {
                return None;
            }
            folder = folder.rsplit_once('/').map_or("", |(parent, _)| parent);
        }
    }

    fn only_file(&self, snapshot: &Snapshot, path: &str) -> Option<Arc<str>> {
        let start = if self.root.is_empty() { String::new() } else { format!("{}/", self.root) };
        let ends = [format!("/{path}/__init__.py"), format!("/{path}.py")];
        let mut found: Option<(&str, Arc<str>)> = None;
        for end in &ends {
            for file in snapshot.files.iter().map(|entry| &entry.path) {
                let Some(folder) = file.strip_suffix(end.as_str()) else { continue };
                if !file.starts_with(&start) {
                    continue;
                }
                match &found {
                    None => found = Some((folder, file.clone())),
                    Some((known, _)) if *known == folder => {}
                    Some(_) => return None,
                }
            }
        }
        found.map(|(_, file)| file)
    }

    fn read(&self, snapshot: &Snapshot, file: &Arc<str>, dotted: &str) -> Option<Source> {
        let bytes = snapshot.read(snapshot.get(file)?).ok()?;
        let text = Arc::new(SourceText::decode(file.clone(), &bytes).ok()?);
        let tree = python::parse(&text);
        let module = eval::module(&text, &tree);
        let package = if file.ends_with("/__init__.py") {
            dotted
        } else {
            dotted.rsplit_once('.').map_or("", |(package, _)| package)
        };
        Some(Source { text, tree, module, package: package.into() })
    }

    /// The package of a file by its place below the project's root.
    pub(super) fn package_of(&self, file: &str) -> Arc<str> {
        let below = match self.root.is_empty() {
            true => file,
            false => file.strip_prefix(self.root.as_ref()).map_or(file, |rest| rest.trim_start_matches('/')),
        };
        below.rsplit_once('/').map_or("", |(folder, _)| folder).replace('/', ".").into()
    }
}

fn django(class: BuiltIn) -> Maybe<Arc<ResolvedClass>> {
    Ok(Arc::new(ResolvedClass::of_django(class)))
}

/// A dotted name with leading dots taken from `package`.
pub(super) fn absolute(path: &str, package: &str) -> Arc<str> {
    let bare = path.trim_start_matches('.');
    let dots = path.len() - bare.len();
    if dots == 0 {
        return path.into();
    }
    let mut parts: Vec<&str> = package.split('.').filter(|part| !part.is_empty()).collect();
    parts.truncate(parts.len().saturating_sub(dots - 1));
    parts.extend(Some(bare).filter(|bare| !bare.is_empty()));
    parts.join(".").into()
}

fn not_found(path: &str) -> Unknown {
    Unknown::new(
        format!("the source of `{path}` is not in this repository"),
        format!("本仓库中没有 `{path}` 的源码"),
    )
}
