//! From the paths of the command line to the folder that is scanned.

use std::path::{Component, Path, PathBuf};

use crate::findings::Bilingual;
use crate::project::assemble::is_manage_py_of_django;
use crate::source::git::Repository;
use crate::triage::paths::slashed;

use super::AnalysisError;

/// What is scanned, and what of it is judged.
pub(super) struct Target {
    /// The scanned folder, absolute, links resolved.
    pub(super) root: PathBuf,
    /// Files and folders to judge, relative to the root with `/`; empty means everything.
    pub(super) only: Vec<String>,
}

impl Target {
    /// A folder is scanned as it is; one inside a Django project, and a single file, need the whole project, since a
    /// migration means nothing without those before it. Of several paths what holds all of them is scanned.
    ///
    /// # Errors
    /// When a path does not exist.
    pub(super) fn of(paths: &[PathBuf]) -> Result<Self, AnalysisError> {
        let here = [PathBuf::from(".")];
        let paths = if paths.is_empty() { &here[..] } else { paths };
        let real: Vec<PathBuf> = paths.iter().map(|path| existing(path)).collect::<Result<_, _>>()?;
        let roots: Vec<PathBuf> = real.iter().map(|path| root_of(path)).collect();
        let Some(root) = roots.into_iter().reduce(|a, b| common(&a, &b)) else {
            return Ok(Self { root: PathBuf::from("/"), only: Vec::new() });
        };
        let mut only: Vec<String> =
            real.iter().filter_map(|path| path.strip_prefix(&root).ok()).map(slashed).collect();
        if only.iter().any(String::is_empty) {
            only.clear();
        }
        only.sort();
        only.dedup();
        Ok(Self { root, only })
    }

    /// Whether a path relative to the root is to be judged.
    pub(super) fn judges(&self, path: &str) -> bool {
        self.only.is_empty()
            || self.only.iter().any(|only| {
                path.strip_prefix(only.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
    }

    /// What to put before a path relative to the root so that it is relative to `here`.
    pub(super) fn display_prefix(&self, here: &Path) -> String {
        let shared = common(&self.root, here);
        let up = here.strip_prefix(&shared).map_or(0, |rest| rest.components().count());
        let down = self.root.strip_prefix(&shared).map(slashed).unwrap_or_default();
        // Far apart, an absolute path is easier to read than a row of dots.
        if up > 3 || shared.parent().is_none() {
            return format!("{}/", self.root.display());
        }
        let mut prefix = "../".repeat(up);
        if !down.is_empty() {
            prefix.push_str(&down);
            prefix.push('/');
        }
        prefix
    }
}

fn existing(path: &Path) -> Result<PathBuf, AnalysisError> {
    path.canonicalize().map_err(|error| {
        let shown = path.display();
        let (en, zh) = match error.kind() {
            std::io::ErrorKind::NotFound => {
                ("there is no such file or folder".to_owned(), "没有这个文件或目录".to_owned())
            }
            _ => (error.to_string(), error.to_string()),
        };
        AnalysisError::Usage(Bilingual::new(format!("{shown}: {en}"), format!("{shown}：{zh}")))
    })
}

/// The folder to scan for one path: the Django project around it; else, for a folder, itself; for a file, the top of
/// its repository or its own folder.
fn root_of(path: &Path) -> PathBuf {
    let folder = if path.is_dir() { path } else { path.parent().unwrap_or(path) };
    let repository = Repository::discover(folder).ok();
    let top = repository.as_ref().and_then(Repository::work_tree).filter(|top| folder.starts_with(top));
    // A repository ends at its top; what is in none may belong to any folder above.
    let is_inside = |ancestor: &&Path| top.is_none_or(|top| ancestor.starts_with(top));
    let project = folder.ancestors().take_while(is_inside).find(|ancestor| {
        crate::source::read_given(ancestor.join("manage.py"))
            .is_ok_and(|bytes| is_manage_py_of_django(&bytes))
    });
    match (project, path.is_dir()) {
        (Some(project), _) => project.to_owned(),
        (None, true) => folder.to_owned(),
        (None, false) => top.map_or_else(|| beside_app(folder), Path::to_owned),
    }
}

/// For a file outside any repository: the folder that holds its app, or its own.
fn beside_app(folder: &Path) -> PathBuf {
    let app = folder.parent().and_then(Path::parent).filter(|_| folder.ends_with("migrations"));
    app.unwrap_or(folder).to_owned()
}

/// The innermost folder that holds both.
fn common(a: &Path, b: &Path) -> PathBuf {
    let pairs = a.components().zip(b.components());
    pairs.take_while(|(a, b)| a == b).map(|(a, _)| a).collect::<Vec<Component<'_>>>().iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::create_dir_all(root.join("site/shop/migrations")).unwrap();
        std::fs::create_dir_all(root.join("lib/tags/migrations")).unwrap();
        std::fs::write(root.join("site/manage.py"), "import django\nexecute_from_command_line()\n").unwrap();
        std::fs::write(root.join("site/shop/migrations/0001_initial.py"), "").unwrap();
        std::fs::write(root.join("lib/tags/migrations/0001_initial.py"), "").unwrap();
        folder
    }

    fn target(folder: &tempfile::TempDir, paths: &[&str]) -> (String, Vec<String>) {
        let top = folder.path().canonicalize().unwrap();
        let paths: Vec<PathBuf> = paths.iter().map(|path| top.join(path)).collect();
        let target = Target::of(&paths).unwrap();
        (slashed(target.root.strip_prefix(&top).unwrap()), target.only)
    }

    #[test]
    fn a_file_or_folder_of_a_project_is_judged_within_it() {
        let folder = project();
        std::fs::create_dir(folder.path().join(".git")).unwrap();
        let of =
            |root: &str, only: &[&str]| (root.to_owned(), only.iter().map(|o| (*o).to_owned()).collect());
        let repo = folder.path();
        gix::init(repo.join("site")).unwrap();
        assert_eq!(target(&folder, &["site"]), of("site", &[]));
        assert_eq!(target(&folder, &["site/shop"]), of("site", &["shop"]));
        let file = "site/shop/migrations/0001_initial.py";
        assert_eq!(target(&folder, &[file]), of("site", &["shop/migrations/0001_initial.py"]));
        assert_eq!(target(&folder, &["site", file]), of("site", &[]));
        assert_eq!(target(&folder, &["lib/tags/migrations/0001_initial.py"]).0, "lib");
        assert_eq!(target(&folder, &["lib", "site/shop"]), of("", &["lib", "site/shop"]));
    }

    #[test]
    fn a_folder_outside_any_repository_is_judged_within_its_project() {
        let folder = project();
        let of =
            |root: &str, only: &[&str]| (root.to_owned(), only.iter().map(|o| (*o).to_owned()).collect());
        assert_eq!(target(&folder, &["site/shop"]), of("site", &["shop"]));
        let file = "site/shop/migrations/0001_initial.py";
        assert_eq!(target(&folder, &[file]), of("site", &["shop/migrations/0001_initial.py"]));
        assert_eq!(target(&folder, &["lib"]), of("lib", &[]));
    }

    #[test]
    fn paths_are_shown_as_seen_from_the_working_directory() {
        let shown = |root: &str, here: &str| {
            Target { root: root.into(), only: Vec::new() }.display_prefix(Path::new(here))
        };
        assert_eq!(shown("/a/b", "/a/b"), "");
        assert_eq!(shown("/a/b/c", "/a/b"), "c/");
        assert_eq!(shown("/a/b", "/a/b/c"), "../");
        assert_eq!(shown("/a/x/y", "/a/b"), "../x/y/");
        assert_eq!(shown("/x", "/a/b"), "/x/");
    }
}
