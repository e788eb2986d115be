//! Folders that hold no source of the project.

use std::path::Path;
use std::sync::Arc;

/// A folder that was left out, with everything below it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skipped {
    /// Relative to the scanned root.
    pub path: Arc<str>,
    /// Why.
    pub reason: SkipReason,
}

/// Why a folder was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SkipReason {
    /// What version control and tools keep for themselves; never source, so it is not listed.
    ToolState,
    /// Installed packages: a virtual environment, `site-packages`, `node_modules`.
    InstalledPackages,
    /// What a Python build copied together: `build` with `lib` or `bdist.*` in it, `*.egg-info`.
    BuildOutput,
    /// The configuration's `exclude`.
    Excluded,
}

impl SkipReason {
    /// The key under which the summary counts it.
    pub fn key(self) -> &'static str {
        match self {
            Self::ToolState => "tool_state",
            Self::InstalledPackages => "installed_packages",
            Self::BuildOutput => "build_output",
            Self::Excluded => "excluded",
        }
    }
}

/// Why a folder of this name is left out wherever it stands.
pub(super) fn by_name(name: &str) -> Option<SkipReason> {
    Some(match name {
        ".git" | ".hg" | ".svn" | ".bzr" | ".jj" | "_darcs" | "CVS" | "__pycache__" | ".mypy_cache"
        | ".pytest_cache" | ".ruff_cache" | ".ipynb_checkpoints" | ".idea" | ".vscode" => {
            SkipReason::ToolState
        }
        "node_modules" | "bower_components" | "site-packages" | ".tox" | ".nox" | ".venv"
        | "__pypackages__" => SkipReason::InstalledPackages,
        ".eggs" => SkipReason::BuildOutput,
        _ if name.ends_with(".egg-info") || name.ends_with(".dist-info") => SkipReason::BuildOutput,
        _ => return None,
    })
}

/// Why the folder `name` at `path` is left out because of what stands in it or beside it.
///
/// Of a virtual environment only its own folders are: an environment made in the top folder of a project
/// (`python -m venv .`) must not hide the project.
pub(super) fn by_neighbours(name: &str, path: &Path) -> Option<SkipReason> {
    match name {
        "lib" | "lib64" | "Lib" | "bin" | "Scripts" | "include" | "Include" | "share" | "pkgs" => {
            let marks =
                ["pyvenv.cfg", "bin/activate", "bin/activate_this.py", "Scripts/activate", "conda-meta"];
            let environment = path.parent()?;
            let found = marks.iter().any(|mark| environment.join(mark).exists());
            found.then_some(SkipReason::InstalledPackages)
        }
        "build" => {
            let made_by_python =
                |name: &str| name == "lib" || name.starts_with("lib.") || name.starts_with("bdist.");
            let entries = std::fs::read_dir(path).ok()?;
            let found = entries.flatten().any(|entry| entry.file_name().to_str().is_some_and(made_by_python));
            found.then_some(SkipReason::BuildOutput)
        }
        _ => None,
    }
}
