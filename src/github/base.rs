//! What a change is compared with: told by the event, found in the clone, fetched, or asked of GitHub.
//!
//! `actions/checkout` gives a clone of one commit unless it is told otherwise. Where the base is missing it is fetched;
//! where that is not allowed either (no credentials kept), GitHub's comparison gives the files that differ. Where that
//! fails too, everything is judged, and the run says so.

use std::path::Path;

use crate::findings::Bilingual;
use crate::source::git::Repository;
use crate::triage::ChangeList;

use super::api::Api;
use super::compare::{Comparison, compare};
use super::environment::Environment;
use super::event::{Event, Kind};
use super::{clone, quoted};

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What to compare with.
    pub base: Base,
    /// Whether the configuration of the base counts: a pull request must not switch its own rules off.
    pub is_pull_request: bool,
    /// What the reader should know: how the base was found, or why there is none.
    pub notices: Vec<Bilingual>,
}

/// What to compare with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Base {
    /// A commit that the clone holds.
    Commit(String),
    /// The files that differ, without the commit.
    List(ChangeList),
    /// Nothing: everything is judged.
    Nothing,
}

/// Where the event puts the base.
enum Aim {
    /// This commit.
    Commit(String),
    /// The commit that HEAD has in common with this one, which `name` names for `git fetch`.
    Common { tip: Option<String>, name: String },
    /// Nowhere.
    Nothing(Bilingual),
}

/// Who can be asked.
pub struct Sources<'a> {
    /// The folder that was checked out.
    pub folder: &'a Path,
    /// What the job knows.
    pub environment: &'a Environment,
    /// GitHub, when there is a token.
    pub api: Option<&'a Api>,
}

/// Finds what `event` is compared with.
pub fn find(event: &Event, sources: &Sources<'_>) -> Found {
    let is_pull_request = matches!(event.kind, Kind::PullRequest { .. } | Kind::MergeGroup { .. });
    let mut notices = Vec::new();
    let base = Search { sources, notices: &mut notices }.base(event);
    if base == Base::Nothing {
        notices.push(Bilingual::new(
            "there is nothing to compare with, so everything that still matters is reported",
            "没有可比较的基准，所有仍有意义的问题都会报告",
        ));
    }
    Found { base, is_pull_request, notices }
}

struct Search<'a, 'n> {
    sources: &'a Sources<'a>,
    notices: &'n mut Vec<Bilingual>,
}

impl Search<'_, '_> {
    fn base(&mut self, event: &Event) -> Base {
        let repository = match Repository::discover(self.sources.folder) {
            Ok(repository) => repository,
            Err(error) => {
                self.notices.push(Bilingual::new(error.to_string(), error.chinese()));
                return Base::Nothing;
            }
        };
        let head = repository.head().ok().flatten();
        match self.aim(event, &repository) {
            Aim::Nothing(why) => {
                self.notices.push(why);
                Base::Nothing
            }
            Aim::Commit(commit) if self.hold(&commit) => Base::Commit(commit),
            Aim::Commit(commit) => match self.ask(&commit, event) {
                Some(found) => self.listed(found),
                None => Base::Nothing,
            },
            Aim::Common { tip, name } => {
                if let Some(commit) = self.common(tip.as_deref(), &name) {
                    return Base::Commit(commit);
                }
                let head = head.map(|id| id.to_string());
                let asked = tip.unwrap_or_else(|| name.clone());
                match head.and_then(|head| self.compare(&asked, &head)) {
                    Some(found) if self.hold(&found.merge_base) => Base::Commit(found.merge_base),
                    Some(found) => self.listed(found),
                    None => Base::Nothing,
                }
            }
        }
    }

    fn aim(&self, event: &Event, repository: &Repository) -> Aim {
        let parents = repository.head().ok().flatten().and_then(|head| repository.parents(head).ok());
        let default = |why: &dyn Fn(&str) -> Bilingual| match &event.default_branch {
            Some(name) => Ok(name.clone()),
            None => Err(Aim::Nothing(why("the event names no default branch"))),
        };
        match &event.kind {
            Kind::PullRequest { base, head, .. } => match parents.as_deref() {
                // The merge that GitHub tests: its first parent is the base as it was merged with.
                Some([first, second])
                    if gix::ObjectId::from_hex(head.as_bytes()).is_ok_and(|id| id == *second) =>
                {
                    Aim::Commit(first.to_string())
                }
                _ => Aim::Common { tip: Some(base.clone()), name: base.clone() },
            },
            Kind::MergeGroup { base, .. } => Aim::Commit(base.clone()),
            Kind::Push { before: Some(before), .. } => Aim::Commit(before.clone()),
            Kind::Push { before: None, branch, .. } | Kind::Other { branch } => {
                let plain = |why: &str| Bilingual::new(why, why);
                let name = match default(&plain) {
                    Ok(name) => name,
                    Err(nothing) => return nothing,
                };
                match branch {
                    None => Aim::Nothing(Bilingual::new("this run is about a tag", "本次运行针对标签")),
                    Some(branch) if *branch == name => Aim::Nothing(Bilingual::new(
                        format!("this run is about the default branch, {name}, and not about a change to it"),
                        format!("本次运行针对默认分支 {name} 本身，而非对它的变更"),
                    )),
                    Some(_) => Aim::Common {
                        tip: repository.resolve(&format!("origin/{name}")).ok().map(|id| id.to_string()),
                        name: format!("refs/heads/{name}"),
                    },
                }
            }
        }
    }

    /// Whether the clone holds the commit, after fetching it where it did not.
    fn hold(&mut self, commit: &str) -> bool {
        let folder = self.sources.folder;
        let open = || Repository::discover(folder).ok();
        if open().is_some_and(|repository| repository.has_commit(commit)) {
            return true;
        }
        match clone::fetch(folder, commit, self.depth(1)) {
            Ok(()) => open().is_some_and(|repository| repository.has_commit(commit)),
            Err(why) => {
                self.notices.push(Bilingual::new(
                    format!("the base {commit} could not be fetched: {why}"),
                    format!("无法获取基准 {commit}：{why}"),
                ));
                false
            }
        }
    }

    /// How much to fetch: a clone with all its history must not become a shallow one.
    fn depth(&self, depth: u32) -> Option<u32> {
        let shallow = Repository::discover(self.sources.folder).is_ok_and(|it| it.is_shallow());
        shallow.then_some(depth)
    }

    /// The commit that HEAD has in common with `tip`, as far as the clone reaches back.
    fn common(&mut self, tip: Option<&str>, name: &str) -> Option<String> {
        let folder = self.sources.folder;
        let merge_base = |tip: &str| {
            let repository = Repository::discover(folder).ok()?;
            let commit = repository.resolve(tip).ok()?;
            let found = repository.merge_base(commit, tip).ok()?.to_string();
            repository.has_commit(&found).then_some(found)
        };
        if let Some(found) = tip.and_then(merge_base) {
            return Some(found);
        }
        if self.depth(1).is_some() {
            // How far back is not known without the history; GitHub knows.
            return None;
        }
        // A clone of one branch with all its history: what it lacks of the other one is little.
        clone::fetch(folder, name, None).ok()?;
        merge_base(tip.unwrap_or("FETCH_HEAD"))
    }

    fn ask(&mut self, base: &str, event: &Event) -> Option<Comparison> {
        self.compare(base, event.head(self.sources.environment))
    }

    fn compare(&mut self, base: &str, head: &str) -> Option<Comparison> {
        let Some(api) = self.sources.api else {
            self.notices.push(Bilingual::new(
                "GitHub was not asked for the changed files: there is no token",
                "没有令牌，未向 GitHub 查询变更文件",
            ));
            return None;
        };
        let base = base.strip_prefix("refs/heads/").unwrap_or(base);
        match compare(api, self.sources.environment, base, head) {
            Ok(found) => Some(found),
            Err(error) => {
                let error = quoted(&error.to_string());
                self.notices.push(Bilingual::new(
                    format!("GitHub did not tell the changed files: {error}"),
                    format!("GitHub 未返回变更文件：{error}"),
                ));
                None
            }
        }
    }

    fn listed(&mut self, found: Comparison) -> Base {
        match found.list {
            Some(list) => Base::List(list),
            None => {
                self.notices.push(Bilingual::new(
                    "the change has more files than GitHub lists",
                    "变更的文件数超过 GitHub 可列出的上限",
                ));
                Base::Nothing
            }
        }
    }
}
