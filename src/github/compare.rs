//! GitHub's comparison of two commits, for a clone that does not hold the older one.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::api::{Api, ApiError};
use super::environment::Environment;
use super::{is_commit_id, url_part};
use crate::triage::ChangeList;
use crate::triage::change_list::{ListedFile, SCHEMA_VERSION, Status};

/// Files that GitHub lists at most.
const MAX_FILES: usize = 300;

/// What differs between two commits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// The newest commit that both have in common.
    pub merge_base: String,
    /// What differs between that commit and the newer one; `None` when there is more than GitHub lists.
    pub list: Option<ChangeList>,
}

/// Compares `head` with what it has in common with `base`.
///
/// # Errors
/// When GitHub does not answer, or not as it promises.
pub fn compare(api: &Api, environment: &Environment, base: &str, head: &str) -> Result<Comparison, ApiError> {
    let below = format!("compare/{}...{}?per_page=100", url_part(base), url_part(head));
    let route = environment
        .route(&below)
        .ok_or_else(|| ApiError::Unavailable("GITHUB_REPOSITORY names no repository".to_owned()))?;
    read(&api.get(&route)?.body)
}

fn read(body: &Json) -> Result<Comparison, ApiError> {
    let lacks = |key: &str| ApiError::Answer(format!("a comparison without {key}"));
    let merge_base = body.pointer("/merge_base_commit/sha").and_then(Json::as_str);
    let merge_base = merge_base.filter(|id| is_commit_id(id)).ok_or_else(|| lacks("merge_base_commit"))?;
    let files = body.get("files").and_then(Json::as_array).ok_or_else(|| lacks("files"))?;
    let mut listed = BTreeMap::new();
    for file in files {
        let text = |key: &str| file.get(key).and_then(Json::as_str);
        let path = text("filename").ok_or_else(|| lacks("filename"))?;
        let status = match text("status") {
            Some("added" | "copied") => Status::Added,
            Some("removed") => Status::Removed,
            Some("unchanged") => continue,
            _ => Status::Changed,
        };
        let lines = match text("patch") {
            Some(patch) => added_lines(patch),
            // A file that was only moved; else one that is too large for GitHub to show.
            None => (file.get("changes").and_then(Json::as_u64) == Some(0)).then(Vec::new),
        };
        if let Some(old) = text("previous_filename").filter(|_| text("status") == Some("renamed")) {
            let removed = ListedFile { status: Status::Removed, lines: Some(Vec::new()) };
            listed.entry(old.to_owned()).or_insert(removed);
        }
        listed.insert(path.to_owned(), ListedFile { status, lines });
    }
    let is_complete = files.len() < MAX_FILES;
    let list = ChangeList { schema_version: SCHEMA_VERSION, base: merge_base.to_owned(), files: listed };
    Ok(Comparison { merge_base: merge_base.to_owned(), list: is_complete.then_some(list) })
}

/// The lines that a patch adds, as first and last line; `None` for a patch that is not understood.
fn added_lines(patch: &str) -> Option<Vec<(u32, u32)>> {
    let mut out: Vec<(u32, u32)> = Vec::new();
    let mut line: Option<u32> = None;
    for text in patch.split('\n') {
        if let Some(header) = text.strip_prefix("@@ ") {
            // `@@ -12,5 +12,7 @@ class Migration`
            let after = header.split(' ').find_map(|word| word.strip_prefix('+'))?;
            line = Some(after.split(',').next()?.parse().ok()?);
            continue;
        }
        let at = line?;
        match text.bytes().next() {
            Some(b'+') => {
                match out.last_mut() {
                    Some((_, last)) if *last + 1 == at => *last = at,
                    _ => out.push((at, at)),
                }
                line = Some(at + 1);
            }
            Some(b' ') => line = Some(at + 1),
            _ => {}
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    #[test]
    fn patches_tell_the_lines_that_they_add() {
        let patch = "@@ -1,3 +1,4 @@\n a\n+b\n+c\n-d\n e\n@@ -10 +11,2 @@ class X:\n+y\n-z\n+w\n\\ No newline at end of file";
        assert_eq!(added_lines(patch), Some(vec![(2, 3), (11, 12)]));
        assert_eq!(added_lines("@@ -1,2 +1 @@\n a\n-b"), Some(vec![]));
        assert_eq!(added_lines("no patch"), None);
    }

    #[test]
    fn a_comparison() {
        let body = json!({"merge_base_commit": {"sha": A}, "files": [
            {"filename": "a.py", "status": "added", "patch": "@@ -0,0 +1,2 @@\n+a\n+b", "changes": 2},
            {"filename": "new.py", "previous_filename": "old.py", "status": "renamed", "changes": 0},
            {"filename": "large.sql", "status": "modified", "changes": 90000},
            {"filename": "gone.py", "status": "removed", "patch": "@@ -1 +0,0 @@\n-a"},
        ]});
        let found = read(&body).unwrap();
        assert_eq!(found.merge_base, A);
        let files = found.list.unwrap().files;
        let of = |path: &str| (files[path].status, files[path].lines.clone());
        assert_eq!(of("a.py"), (Status::Added, Some(vec![(1, 2)])));
        assert_eq!(of("new.py"), (Status::Changed, Some(vec![])));
        assert_eq!(of("old.py"), (Status::Removed, Some(vec![])));
        assert_eq!(of("large.sql"), (Status::Changed, None));
        assert_eq!(of("gone.py"), (Status::Removed, Some(vec![])));
    }

    #[test]
    fn more_files_than_github_lists_are_no_list() {
        let file = |n: usize| json!({"filename": format!("{n}.py"), "status": "added", "patch": "@@ -0,0 +1 @@\n+a"});
        let body = |n: usize| json!({"merge_base_commit": {"sha": A}, "files": (0..n).map(file).collect::<Vec<_>>()});
        assert!(read(&body(299)).unwrap().list.is_some());
        assert_eq!(read(&body(300)).unwrap().list, None);
        assert!(read(&json!({"files": []})).is_err());
    }
}
