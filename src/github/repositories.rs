//! The Django repositories of an organization.
//!
//! One request per hundred repositories lists them, one more per repository asks for its files: a rate limit of 5,000
//! requests an hour lasts for some 4,900 repositories, and is waited out when it does not. Every answer is set down in a
//! journal, so a run that is killed goes on where it stopped.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::api::{Api, ApiError};
use super::environment::route;
use super::{quoted, url_part};
use crate::organization::{LeftOut, Repositories, Repository, file_name};

/// Which repositories count beside the plain ones.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted {
    /// Those that were archived.
    pub archived: bool,
    /// Those that are forks of others.
    pub forks: bool,
}

/// The list cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ListingError {
    /// GitHub did not answer. The journal holds what it said before.
    #[error("{0}; what is known so far is kept, and the next run goes on from there")]
    Api(#[from] ApiError),
    /// The journal cannot be read or written.
    #[error("cannot keep the journal: {0}")]
    Journal(#[from] io::Error),
    /// The journal is about something else.
    #[error("the journal is about {found}, not about {wanted}; delete it to start anew")]
    OtherJournal {
        /// What it is about.
        found: String,
        /// What was asked for.
        wanted: String,
    },
}

/// One line of the journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Entry {
    /// What the journal is about.
    Organization(String),
    /// Repositories of one page.
    Page { found: Vec<Found>, next: Option<String> },
    /// What is known of one repository.
    Judged { repository: String, verdict: Judged },
}

/// A repository as the organization lists it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Found {
    repository: String,
    default_branch: String,
    /// Why it is left out without a further look.
    left_out: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Judged {
    Django,
    /// Why not, or why nobody can tell.
    LeftOut(String),
}

/// Lists the Django repositories of `organization` (an organization or an account), keeping a journal at `journal`.
/// `on_progress` is told how many repositories were looked at, and of how many.
///
/// # Errors
/// When GitHub does not answer, or the journal cannot be kept.
pub fn list(
    api: &Api,
    organization: &str,
    wanted: Wanted,
    journal: &Path,
    on_progress: &dyn Fn(usize, usize),
) -> Result<Repositories, ListingError> {
    let mut journal = Journal::open(journal, &format!("{organization} {wanted:?}"))?;
    let first = || format!("/orgs/{}/repos?per_page=100&type=all&sort=full_name", url_part(organization));
    let mut next = match journal.last_page() {
        None => Some(first()),
        Some(next) => next,
    };
    while let Some(address) = next {
        let answer = match api.get(&address) {
            // An account of a person is no organization.
            Err(ApiError::Refused { status: 404, .. }) if address == first() => {
                let route = format!("/users/{}/repos?per_page=100&sort=full_name", url_part(organization));
                api.get(&route)?
            }
            answer => answer?,
        };
        let found = answer.body.as_array().into_iter().flatten().filter_map(|one| found(one, wanted));
        let page = Entry::Page { found: found.collect(), next: answer.next.clone() };
        journal.add(page)?;
        next = answer.next;
    }
    let all = journal.found();
    let judged = journal.judged();
    for (n, one) in all.values().enumerate() {
        on_progress(n, all.len());
        if one.left_out.is_some() || judged.contains_key(&one.repository) {
            continue;
        }
        let verdict = judge(api, one)?;
        journal.add(Entry::Judged { repository: one.repository.clone(), verdict })?;
    }
    let mut judged = journal.judged();
    let (mut django, mut left_out) = (Vec::new(), Vec::new());
    for one in all.into_values() {
        let verdict = one.left_out.map(Judged::LeftOut).or_else(|| judged.remove(&one.repository));
        let Found { repository, default_branch, .. } =
            Found { repository: one.repository, default_branch: one.default_branch, left_out: None };
        match verdict {
            Some(Judged::Django) => django.push(Repository { repository, default_branch }),
            Some(Judged::LeftOut(reason)) => left_out.push(LeftOut { repository, reason }),
            None => left_out.push(LeftOut { repository, reason: "not looked at".to_owned() }),
        }
    }
    Ok(Repositories::new(organization, django, left_out))
}

/// What the organization says of a repository; `None` for what has no name.
fn found(one: &Json, wanted: Wanted) -> Option<Found> {
    let repository = one.get("full_name")?.as_str()?.to_owned();
    let is = |key: &str| one.get(key).and_then(Json::as_bool).unwrap_or(false);
    let default_branch = one.get("default_branch").and_then(Json::as_str).unwrap_or_default().to_owned();
    let left_out = if file_name(&repository).is_none() {
        Some("its name is not one that GitHub gives")
    } else if is("archived") && !wanted.archived {
        Some("archived")
    } else if is("fork") && !wanted.forks {
        Some("a fork")
    } else if is("disabled") {
        Some("disabled")
    } else if default_branch.is_empty() {
        Some("no default branch")
    } else {
        None
    };
    Some(Found { repository, default_branch, left_out: left_out.map(str::to_owned) })
}

/// Looks at the names of a repository's files. What nobody can tell is said; a tree that GitHub cut short is taken for
/// one with a project, and the scan finds out.
fn judge(api: &Api, one: &Found) -> Result<Judged, ApiError> {
    let branch = url_part(&one.default_branch);
    let Some(route) = route(&one.repository, &format!("git/trees/{branch}?recursive=1")) else {
        return Ok(Judged::LeftOut("its name is not one that GitHub gives".to_owned()));
    };
    let body = match api.get(&route) {
        Ok(answer) => answer.body,
        Err(ApiError::Refused { status: 409, .. }) => return Ok(Judged::LeftOut("empty".to_owned())),
        Err(ApiError::Refused { status: status @ (403 | 404 | 451), message }) => {
            return Ok(Judged::LeftOut(format!(
                "its files cannot be listed: {status}: {}",
                quoted(&message)
            )));
        }
        Err(error) => return Err(error),
    };
    let cut_short = body.get("truncated").and_then(Json::as_bool).unwrap_or(false);
    let entries = body.get("tree").and_then(Json::as_array);
    let mut paths =
        entries.into_iter().flatten().filter_map(|entry| entry.get("path").and_then(Json::as_str));
    if cut_short || paths.any(is_of_django) {
        return Ok(Judged::Django);
    }
    Ok(Judged::LeftOut("no manage.py and no migrations".to_owned()))
}

/// Whether a file of this name is found in Django projects and hardly elsewhere.
fn is_of_django(path: &str) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let in_migrations = folder == "migrations" || folder.ends_with("/migrations");
    name == "manage.py" || in_migrations && name == "__init__.py"
}

/// What was learned so far, one line per answer.
struct Journal {
    file: File,
    entries: Vec<Entry>,
}

impl Journal {
    fn open(path: &Path, about: &str) -> Result<Self, ListingError> {
        let mut entries = Vec::new();
        let mut whole = 0;
        match File::open(path) {
            Ok(file) => {
                let mut reader = BufReader::new(file);
                let mut line = String::new();
                while reader.read_line(&mut line)? > 0 {
                    // The last line of a run that was killed may be half a line.
                    let Ok(entry) = serde_json::from_str(&line) else { break };
                    if !line.ends_with('\n') {
                        break;
                    }
                    entries.push(entry);
                    whole += line.len() as u64;
                    line.clear();
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        file.set_len(whole)?;
        let mut journal = Self { file, entries };
        match journal.entries.first() {
            None => journal.add(Entry::Organization(about.to_owned()))?,
            Some(Entry::Organization(found)) if found == about => {}
            Some(Entry::Organization(found)) => {
                let (found, wanted) = (found.clone(), about.to_owned());
                return Err(ListingError::OtherJournal { found, wanted });
            }
            Some(_) => {
                let (found, wanted) = ("something else".to_owned(), about.to_owned());
                return Err(ListingError::OtherJournal { found, wanted });
            }
        }
        Ok(journal)
    }

    fn add(&mut self, entry: Entry) -> io::Result<()> {
        let mut line = serde_json::to_string(&entry)?;
        line.push('\n');
        self.file.write_all(line.as_bytes())?;
        self.entries.push(entry);
        Ok(())
    }

    /// The address after the last page that was read, if any was.
    fn last_page(&self) -> Option<Option<String>> {
        self.entries.iter().rev().find_map(|entry| match entry {
            Entry::Page { next, .. } => Some(next.clone()),
            _ => None,
        })
    }

    /// Repositories by name: one that moved between two pages is there once.
    fn found(&self) -> BTreeMap<String, Found> {
        let pages = self.entries.iter().filter_map(|entry| match entry {
            Entry::Page { found, .. } => Some(found),
            _ => None,
        });
        pages.flatten().map(|one| (one.repository.clone(), one.clone())).collect()
    }

    fn judged(&self) -> BTreeMap<String, Judged> {
        let judged = self.entries.iter().filter_map(|entry| match entry {
            Entry::Judged { repository, verdict } => Some((repository.clone(), verdict.clone())),
            _ => None,
        });
        judged.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_tell_a_django_project() {
        for path in ["manage.py", "src/manage.py", "a/migrations/__init__.py", "migrations/__init__.py"] {
            assert!(is_of_django(path), "{path}");
        }
        for path in ["manage.pyc", "db/migrations/0001.sql", "my_migrations/__init__.py", "README.md"] {
            assert!(!is_of_django(path), "{path}");
        }
    }

    #[test]
    fn a_journal_that_broke_off_goes_on_after_its_last_whole_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let page = Entry::Page { found: Vec::new(), next: Some("/orgs/o/repos?page=2".into()) };
        Journal::open(&path, "o").unwrap().add(page.clone()).unwrap();
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, [&whole[..], b"{\"judged\":{\"repo"].concat()).unwrap();
        let mut journal = Journal::open(&path, "o").unwrap();
        assert_eq!(journal.last_page(), Some(Some("/orgs/o/repos?page=2".to_owned())));
        let judged = Entry::Judged { repository: "o/r".into(), verdict: Judged::Django };
        journal.add(judged).unwrap();
        drop(journal);
        assert_eq!(Journal::open(&path, "o").unwrap().judged().len(), 1);
        assert!(matches!(Journal::open(&path, "p"), Err(ListingError::OtherJournal { .. })));
    }
}
