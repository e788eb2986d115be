//! Which library a project is held to.

use std::sync::Arc;

use crate::source::{ReadError, Snapshot};

use super::FieldLibrary;

/// Name of the file that is taken for a project's field library.
pub const FILE_NAME: &str = "field_library.csv";

/// The libraries of a snapshot.
#[derive(Debug, Default)]
pub struct Libraries {
    /// The one that the user named; it counts for every project.
    named: Option<Arc<FieldLibrary>>,
    /// Those that were found, sorted by path.
    found: Vec<(Arc<str>, Arc<FieldLibrary>)>,
    /// Those that could not be read at all.
    pub not_read: Vec<(Arc<str>, ReadError)>,
}

/// The library of a project.
#[derive(Debug, Clone)]
pub struct Choice {
    /// The one that counts.
    pub library: Arc<FieldLibrary>,
    /// Paths of others that the project holds and that do not count, sorted.
    pub passed_over: Vec<Arc<str>>,
}

impl Libraries {
    /// Reads the libraries of `snapshot`; none when the user `named` one.
    pub fn read(snapshot: &Snapshot, named: Option<Arc<FieldLibrary>>) -> Self {
        let mut libraries = Self { named, ..Self::default() };
        if libraries.named.is_some() {
            return libraries;
        }
        for entry in &snapshot.files {
            if entry.path.rsplit('/').next() != Some(FILE_NAME) {
                continue;
            }
            match snapshot.read(entry) {
                Ok(bytes) => {
                    let library = Arc::new(FieldLibrary::from_bytes(entry.path.clone(), &bytes));
                    libraries.found.push((entry.path.clone(), library));
                }
                Err(error) => libraries.not_read.push((entry.path.clone(), error)),
            }
        }
        libraries
    }

    /// The library of the project at `root`, one of all the projects' `roots`: the one the user named; else that of the
    /// project itself, nearest to its root; else one that stands outside all projects, for the whole repository; else
    /// the built-in one.
    pub fn of_project(&self, root: &str, roots: &[Arc<str>]) -> Choice {
        if let Some(library) = &self.named {
            return Choice { library: library.clone(), passed_over: Vec::new() };
        }
        let owned_by = |owner: Option<&str>| -> Vec<&(Arc<str>, Arc<FieldLibrary>)> {
            let mut mine: Vec<_> =
                self.found.iter().filter(|(path, _)| owner_of(path, roots) == owner).collect();
            mine.sort_by_key(|(path, _)| path.matches('/').count());
            mine
        };
        let mut candidates = owned_by(Some(root));
        if candidates.is_empty() {
            candidates = owned_by(None);
        }
        match candidates.split_first() {
            Some(((_, library), others)) => {
                let mut passed_over: Vec<Arc<str>> = others.iter().map(|(path, _)| path.clone()).collect();
                passed_over.sort();
                Choice { library: library.clone(), passed_over }
            }
            None => Choice { library: FieldLibrary::built_in(), passed_over: Vec::new() },
        }
    }
}

/// The innermost of `roots` that holds `path`.
fn owner_of<'a>(path: &str, roots: &'a [Arc<str>]) -> Option<&'a str> {
    let holds =
        |root: &str| root.is_empty() || path.strip_prefix(root).is_some_and(|rest| rest.starts_with('/'));
    roots.iter().map(AsRef::as_ref).filter(|root| holds(root)).max_by_key(|root: &&str| root.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(paths: &[&str], root: &str, roots: &[&str]) -> (Option<String>, Vec<String>) {
        let files = paths.iter().map(|path| FieldLibrary::from_bytes((*path).into(), b"name,,title\n"));
        let found = files.map(|file| (file.path.clone().unwrap(), Arc::new(file))).collect();
        let libraries = Libraries { found, ..Libraries::default() };
        let roots: Vec<Arc<str>> = roots.iter().map(|root| (*root).into()).collect();
        let choice = libraries.of_project(root, &roots);
        let path = choice.library.path.as_deref().map(str::to_owned);
        (path, choice.passed_over.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_project_has_its_own_library_then_the_repositorys_then_the_built_in_one() {
        let both = ["log/scripts/field_library.csv", "docs/field_library.csv"];
        let of = |path: &str| (Some(path.to_owned()), Vec::<String>::new());
        assert_eq!(chosen(&both, "log", &["log", "shop"]), of(both[0]));
        assert_eq!(chosen(&both, "shop", &["log", "shop"]), of(both[1]), "never the neighbour's");
        assert_eq!(chosen(&both[..1], "shop", &["log", "shop"]), (None, vec![]));
        assert_eq!(chosen(&["logs/field_library.csv"], "log", &["log"]), of("logs/field_library.csv"));
        assert_eq!(chosen(&both[..1], "", &[""]), of(both[0]));
        assert_eq!(
            chosen(&["a/b/field_library.csv"], "", &["", "a"]),
            (None, vec![]),
            "it belongs to the inner one"
        );
    }

    #[test]
    fn of_several_the_nearest_to_the_root_counts_and_the_others_are_named() {
        let paths = ["p/a/b/field_library.csv", "p/c/field_library.csv", "p/z/field_library.csv"];
        let (path, others) = chosen(&paths, "p", &["p"]);
        assert_eq!(path.as_deref(), Some("p/c/field_library.csv"));
        assert_eq!(others, ["p/a/b/field_library.csv", "p/z/field_library.csv"]);
    }

    #[test]
    fn the_named_library_counts_for_all() {
        let named = Arc::new(FieldLibrary::from_bytes("x.csv".into(), b"name,,title\n"));
        let snapshot = Snapshot::from_memory([("p/field_library.csv", b"a,,b\n".to_vec())]);
        let libraries = Libraries::read(&snapshot, Some(named));
        assert_eq!(libraries.of_project("p", &["p".into()]).library.path.as_deref(), Some("x.csv"));
    }
}
