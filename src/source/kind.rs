//! What a file is, judged by its path alone.

/// The kinds of file that the product reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileKind {
    /// A `.py` file that stands directly in a folder named `migrations` (or in one that `MIGRATION_MODULES` names).
    Migration,
    /// Any other `.py` file.
    Python,
}

impl FileKind {
    /// The kind of the file at `path` (relative, `/` between parts); `None` for files that the product never reads.
    pub fn of_path(path: &str) -> Option<Self> {
        if !path.ends_with(".py") {
            return None;
        }
        let mut parts = path.rsplit('/');
        let _file = parts.next();
        Some(match parts.next() {
            Some("migrations") => Self::Migration,
            _ => Self::Python,
        })
    }

    /// The key under which the summary counts files of this kind.
    pub fn key(self) -> &'static str {
        match self {
            Self::Migration => "migration",
            Self::Python => "python",
        }
    }
}
