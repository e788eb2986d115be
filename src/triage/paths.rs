//! Paths of findings, which are relative to the scanned root, as seen from the folder of another file.

use std::path::{Component, Path};

/// How the scanned root lies to a folder that holds a configuration or a baseline.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Paths {
    /// They are the same folder, or have nothing to do with each other: paths are taken as they are.
    #[default]
    Same,
    /// The root lies this far below the folder: `bklog`.
    RootBelow(String),
    /// The folder lies this far below the root.
    RootAbove(String),
}

impl Paths {
    /// How `root` lies to `folder`; both absolute and free of links.
    pub fn between(root: &Path, folder: &Path) -> Self {
        if let Ok(below) = root.strip_prefix(folder) {
            match slashed(below) {
                path if path.is_empty() => Self::Same,
                path => Self::RootBelow(path),
            }
        } else if let Ok(above) = folder.strip_prefix(root) {
            Self::RootAbove(slashed(above))
        } else {
            Self::Same
        }
    }

    /// The path of a finding as written from the folder; `None` for files outside it.
    pub fn to_configuration(&self, path: &str) -> Option<String> {
        match self {
            Self::Same => Some(path.to_owned()),
            Self::RootBelow(prefix) => Some(format!("{prefix}/{path}")),
            Self::RootAbove(prefix) => {
                let rest = path.strip_prefix(prefix.as_str())?.strip_prefix('/')?;
                Some(rest.to_owned())
            }
        }
    }

    /// Whether everything below the folder was scanned.
    pub fn covers_configuration(&self) -> bool {
        !matches!(self, Self::RootBelow(_))
    }

    /// Whether a path written from the folder lies below the scanned root.
    pub fn scans(&self, path: &str) -> bool {
        match self {
            Self::Same | Self::RootAbove(_) => true,
            Self::RootBelow(prefix) => {
                path.strip_prefix(prefix.as_str()).is_some_and(|rest| rest.starts_with('/'))
            }
        }
    }

    /// Where a file of the folder stands, as findings write it: relative to the scanned root, with `..` where it lies
    /// above.
    pub fn from_folder(&self, name: &str) -> String {
        match self {
            Self::Same => name.to_owned(),
            Self::RootBelow(prefix) => format!("{}{name}", "../".repeat(prefix.split('/').count())),
            Self::RootAbove(prefix) => format!("{prefix}/{name}"),
        }
    }
}

/// The normal parts of a path with `/` between them.
pub fn slashed(path: &Path) -> String {
    let parts = path.components().filter_map(|part| match part {
        Component::Normal(part) => Some(part.to_string_lossy()),
        _ => None,
    });
    parts.collect::<Vec<_>>().join("/")
}
