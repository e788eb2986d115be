//! What is known of names that Django and Python took away: the tables in `rules/facts/`.

use std::sync::OnceLock;

use rustc_hash::{FxHashMap, FxHashSet};
use serde::Deserialize;

use crate::django::DjangoVersion;
use crate::findings::Bilingual;

static NAMES: &str = include_str!("../../../rules/facts/names_removed.tsv");
static API: &str = include_str!("../../../rules/facts/api.toml");
static PYTHON: &str = include_str!("../../../rules/facts/python_removed.tsv");

/// Whose name it is; versions count in its releases.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Owner {
    /// Django.
    #[default]
    Django,
    /// Python's standard library.
    Python,
}

/// A feature release of Django or Python.
pub type Release = DjangoVersion;

/// What is known of one name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fate {
    /// Whose it is.
    pub owner: Owner,
    /// Dotted name: of the module where the whole module is gone.
    pub symbol: String,
    /// From which release on its use warns.
    pub deprecated: Option<Release>,
    /// From which release on it is gone.
    pub removed: Release,
    /// What takes its place, as code.
    pub replacement: Option<String>,
    /// What to do where no single name takes its place.
    pub advice: Option<Bilingual>,
    /// Django keeps it for migrations and refuses it in models.
    pub stub: bool,
    /// The documentation of the release says so; otherwise the name was never documented.
    pub documented: bool,
}

/// How a use that is no import is recognised; see the comment in `rules/facts/api.toml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// A call on one of the receivers.
    MethodCall,
    /// A read from one of the receivers.
    Attribute,
    /// A keyword argument of a call.
    Keyword,
    /// A call with too few arguments.
    FewArguments,
    /// An option of a model's `Meta`.
    MetaOption,
    /// An attribute in a class body.
    ClassAttribute,
    /// An assignment in an `__init__.py`.
    ModuleAssignment,
}

/// A use that Django or Python no longer takes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Usage {
    /// The word that it is recognised by.
    pub name: String,
    /// Who took it away.
    #[serde(default)]
    pub owner: Owner,
    /// How.
    pub form: Form,
    /// Last words before the dot.
    #[serde(default)]
    pub receivers: Vec<String>,
    /// A word in the name or the bases of every class whose objects a receiver may be; none when any class may do.
    #[serde(default)]
    pub class: Option<String>,
    /// Dotted name of what is called.
    #[serde(default)]
    pub callee: Option<String>,
    /// Fewest arguments that Django takes.
    #[serde(default)]
    pub least: Option<usize>,
    /// A keyword that stands for the missing argument.
    #[serde(default)]
    pub or_keyword: Option<String>,
    /// End of the name of a base class.
    #[serde(default)]
    pub base: Option<String>,
    /// `bool` when only True and False are refused.
    #[serde(default)]
    pub value: Option<String>,
    /// A word that the file must hold too.
    #[serde(default)]
    pub requires: Option<String>,
    deprecated: String,
    removed: String,
    /// The exception that it raises, or `ignored`.
    pub happens: String,
    advice: String,
    advice_zh: String,
}

impl Usage {
    /// From which release on it warns.
    pub fn deprecated(&self) -> Option<Release> {
        self.deprecated.parse().ok()
    }

    /// From which release on it fails or has no effect.
    pub fn removed(&self) -> Option<Release> {
        release(&self.removed)
    }

    /// The use as one would write it.
    pub fn shown(&self) -> String {
        let name = &self.name;
        let callee = self.callee.as_deref().and_then(|callee| callee.rsplit('.').next()).unwrap_or_default();
        match self.form {
            Form::MethodCall => format!("{name}()"),
            Form::Keyword => format!("{callee}({name}=...)"),
            Form::FewArguments => format!("{callee}()"),
            Form::MetaOption => format!("Meta.{name}"),
            Form::Attribute | Form::ClassAttribute | Form::ModuleAssignment => name.clone(),
        }
    }

    /// What to do.
    pub fn advice(&self) -> Bilingual {
        Bilingual::new(&self.advice, &self.advice_zh)
    }
}

/// Releases that took away forms of URL configurations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UrlForms {
    /// A view given as text.
    pub text_view: Release,
    /// `include()` of a triple.
    pub triple: Release,
    /// A namespace for a module that sets no `app_name`.
    pub bare_namespace: Release,
}

#[derive(Deserialize)]
struct UrlRow {
    text_view: String,
    triple: String,
    bare_namespace: String,
}

#[derive(Deserialize)]
struct Api {
    #[serde(default)]
    urls: Option<UrlRow>,
    name: Vec<NameRow>,
    usage: Vec<Usage>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NameRow {
    symbol: String,
    #[serde(default)]
    deprecated: Option<String>,
    removed: String,
    #[serde(default)]
    replacement: Option<String>,
    #[serde(default)]
    advice: Option<String>,
    #[serde(default)]
    advice_zh: Option<String>,
    #[serde(default)]
    stub: bool,
    #[serde(default)]
    module: bool,
}

/// All tables.
#[derive(Default)]
pub struct Facts {
    /// Modules that are gone, and modules that lost names, by dotted name.
    modules: FxHashMap<String, ModuleFacts>,
    usages: Vec<Usage>,
    urls: Option<UrlForms>,
}

/// What is known of one module.
#[derive(Default)]
pub struct ModuleFacts {
    /// The module itself is gone.
    pub gone: Option<Fate>,
    /// Names that it lost.
    pub names: FxHashMap<String, Fate>,
}

/// A release as the tables write it; `2028` is the one after the newest of its line.
fn release(text: &str) -> Option<Release> {
    match text.split_once('.') {
        Some(_) => text.parse().ok(),
        None => text.parse().ok().map(|year| Release::new(year, 0)),
    }
}

impl Facts {
    /// What is known of `module`.
    pub fn module(&self, module: &str) -> Option<&ModuleFacts> {
        self.modules.get(module)
    }

    /// What became of `name` of `module`: of the name itself, of the submodule, or of the module that held it, whichever
    /// came first.
    pub fn fate(&self, module: &str, name: &str) -> Option<&Fate> {
        let of_module = self.modules.get(module);
        let submodule = self.modules.get(&format!("{module}.{name}")).and_then(|facts| facts.gone.as_ref());
        let own = of_module.and_then(|facts| facts.names.get(name));
        let whole = of_module.and_then(|facts| facts.gone.as_ref());
        let known = [submodule, own, whole];
        known.into_iter().flatten().min_by_key(|fate| (fate.removed, !fate.documented))
    }

    /// What became of the module itself, or of a package that held it.
    pub fn gone(&self, module: &str) -> Option<&Fate> {
        let ends = module.match_indices('.').map(|(at, _)| at).chain([module.len()]);
        let mut prefixes = ends.filter_map(|end| module.get(..end));
        prefixes.find_map(|prefix| self.modules.get(prefix)?.gone.as_ref())
    }

    /// The uses that are no imports.
    pub fn usages(&self) -> &[Usage] {
        &self.usages
    }

    /// Releases that took away forms of URL configurations.
    pub fn urls(&self) -> Option<UrlForms> {
        self.urls
    }

    fn put(&mut self, fate: Fate, whole: bool) {
        if whole {
            let module = self.modules.entry(fate.symbol.clone()).or_default();
            module.gone = Some(fate);
        } else if let Some((module, name)) = fate.symbol.rsplit_once('.') {
            let (module, name) = (module.to_owned(), name.to_owned());
            self.modules.entry(module).or_default().names.insert(name, fate);
        }
    }

    fn read() -> Self {
        let mut facts = Self::default();
        for (module, removed, names, _) in rows(NAMES) {
            for name in names.split(' ') {
                let symbol = if name == "*" { module.to_owned() } else { format!("{module}.{name}") };
                facts.put(plain(Owner::Django, symbol, removed, None), name == "*");
            }
        }
        for (module, removed, names, replacement) in rows(PYTHON) {
            for name in names.split(' ') {
                let symbol = if name == "*" { module.to_owned() } else { format!("{module}.{name}") };
                let replacement = replacement.filter(|text| *text != "-").map(str::to_owned);
                let mut fate = plain(Owner::Python, symbol, removed, replacement);
                fate.documented = true;
                facts.put(fate, name == "*");
            }
        }
        // The documented rows know more, and win.
        let api: Api = toml::from_str(API).unwrap_or(Api { urls: None, name: Vec::new(), usage: Vec::new() });
        for row in api.name {
            let Some(removed) = release(&row.removed) else { continue };
            let advice = row.advice.zip(row.advice_zh).map(|(en, zh)| Bilingual::new(en, zh));
            let fate = Fate {
                owner: Owner::Django,
                symbol: row.symbol,
                deprecated: row.deprecated.as_deref().and_then(release),
                removed,
                replacement: row.replacement,
                advice,
                stub: row.stub,
                documented: true,
            };
            facts.put(fate, row.module);
        }
        facts.usages = api.usage;
        facts.urls = api.urls.and_then(|row| {
            Some(UrlForms {
                text_view: release(&row.text_view)?,
                triple: release(&row.triple)?,
                bare_namespace: release(&row.bare_namespace)?,
            })
        });
        facts
    }
}

fn plain(owner: Owner, symbol: String, removed: Release, replacement: Option<String>) -> Fate {
    Fate {
        owner,
        symbol,
        deprecated: None,
        removed,
        replacement,
        advice: None,
        stub: false,
        documented: false,
    }
}

/// The rows of a table: module, release, names, and a fourth column where there is one.
fn rows(
    table: &'static str,
) -> impl Iterator<Item = (&'static str, Release, &'static str, Option<&'static str>)> {
    table.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let mut columns = line.split('\t');
        let (module, removed, names) = (columns.next()?, columns.next()?, columns.next()?);
        Some((module, release(removed)?, names, columns.next()))
    })
}

/// The tables, read once.
pub fn facts() -> &'static Facts {
    static FACTS: OnceLock<Facts> = OnceLock::new();
    FACTS.get_or_init(Facts::read)
}

/// First parts of the dotted names of modules that the tables know.
pub(super) fn top_names() -> &'static FxHashSet<&'static str> {
    static TOPS: OnceLock<FxHashSet<&'static str>> = OnceLock::new();
    TOPS.get_or_init(|| {
        facts().modules.keys().map(|module| module.split('.').next().unwrap_or(module)).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_read() {
        let api = toml::from_str::<Api>(API).expect("api.toml");
        for row in &api.name {
            assert!(release(&row.removed).is_some(), "{}", row.symbol);
            assert_eq!(row.advice.is_some(), row.advice_zh.is_some(), "{}", row.symbol);
        }
        assert!(facts().urls().is_some());
        for usage in &api.usage {
            assert!(usage.removed().is_some() && usage.deprecated().is_some(), "{}", usage.name);
        }
        assert!(
            NAMES.lines().filter(|line| !line.starts_with('#')).all(|line| line.split('\t').count() == 3)
        );
        assert!(
            PYTHON.lines().filter(|line| !line.starts_with('#')).all(|line| line.split('\t').count() == 4)
        );
    }

    #[test]
    fn names_have_the_fate_that_django_gave_them() {
        let fate = |module: &str, name: &str| facts().fate(module, name).map(|fate| fate.removed);
        assert_eq!(fate("django.utils.timezone", "utc"), Some(Release::new(5, 0)));
        assert_eq!(fate("django.core.urlresolvers", "reverse"), Some(Release::new(2, 0)));
        assert_eq!(fate("django.core", "urlresolvers"), Some(Release::new(2, 0)));
        assert_eq!(fate("django.utils.decorators", "available_attrs"), Some(Release::new(3, 0)));
        assert_eq!(fate("django.core.mail", "BadHeaderError"), Some(Release::new(2028, 0)));
        assert_eq!(fate("collections", "Mapping"), Some(Release::new(3, 10)));
        assert_eq!(fate("django.urls", "path"), None);
    }
}
