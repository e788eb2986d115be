//! Symbolic links: under which path, if any, what they lead to is read.
//!
//! What is reached twice is read once, under its real path. A migration is the exception: Django's loader takes the
//! name of the link as a module of its own. A link out of the scanned root and inside the repository is followed, so
//! that a project scanned by itself is whole.

use super::kind::FileKind;

/// Where a link to a file leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LinkTarget<'a> {
    /// Inside the scanned root, to this path.
    InRoot(&'a str),
    /// Out of the scanned root, inside the repository.
    InRepository,
}

/// The kind under which the file that the link at `path` leads to is read as well; `None` when it is not.
pub(super) fn read_as(path: &str, target: LinkTarget<'_>) -> Option<FileKind> {
    let kind = FileKind::of_path(path)?;
    match target {
        LinkTarget::InRepository => Some(kind),
        LinkTarget::InRoot(_) if kind == FileKind::Migration => Some(kind),
        LinkTarget::InRoot(real) => (FileKind::of_path(real) != Some(kind)).then_some(kind),
    }
}

/// Where a link at `path` with this content leads, both relative to the top of the repository with `/`; `None` when it
/// leads out.
pub(super) fn resolve(path: &str, content: &str) -> Option<String> {
    if content.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.pop();
    for part in content.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

/// `path` relative to `folder`, when it is inside; empty for the folder itself.
pub(super) fn below<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    if folder.is_empty() {
        return Some(path);
    }
    match path.strip_prefix(folder)? {
        "" => Some(""),
        rest => rest.strip_prefix('/'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_resolved_inside_the_repository() {
        assert_eq!(resolve("bklog/ai_agent", "../ai_agent").as_deref(), Some("ai_agent"));
        assert_eq!(resolve("a/b/c", "./d//e/").as_deref(), Some("a/b/d/e"));
        assert_eq!(resolve("a", "..").as_deref(), None);
        assert_eq!(resolve("a/b", "..").as_deref(), Some(""));
        assert_eq!(resolve("a/b", "/etc/passwd"), None);
        assert_eq!(below("a/b/c", "a/b"), Some("c"));
        assert_eq!(below("a/bc", "a/b"), None);
        assert_eq!(below("a/b", "a/b"), Some(""));
    }

    #[test]
    fn a_file_is_read_once_unless_django_sees_two_modules() {
        let python = |link, real| read_as(link, LinkTarget::InRoot(real));
        assert_eq!(python("a/util.py", "b/util.py"), None);
        assert_eq!(python("a/migrations/0002_x.py", "a/migrations/0001_x.py"), Some(FileKind::Migration));
        assert_eq!(python("settings.py", "envs/dev.py"), Some(FileKind::Settings));
        assert_eq!(python("README", "a.py"), None);
        assert_eq!(read_as("a/util.py", LinkTarget::InRepository), Some(FileKind::Python));
    }
}
