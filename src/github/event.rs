//! The event that started a workflow: what it changes, and where that is to be told.

use serde_json::Value as Json;

use super::environment::Environment;
use super::is_commit_id;

/// The event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What happened.
    pub kind: Kind,
    /// The repository's default branch, when the event names it.
    pub default_branch: Option<String>,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A pull request was opened or brought up to date.
    PullRequest {
        /// Its number.
        number: u64,
        /// The tip of the branch that it is to be merged into.
        base: String,
        /// The tip of the branch that it comes from.
        head: String,
        /// Whether that branch is in another repository, whose token can only read.
        from_fork: bool,
    },
    /// A merge queue made a commit to be tested.
    MergeGroup {
        /// The commit before the group.
        base: String,
        /// The commit with the group merged.
        head: String,
    },
    /// Commits were pushed to a branch.
    Push {
        /// The tip before; `None` for a new branch, and for one that was rewritten.
        before: Option<String>,
        /// The tip after.
        after: String,
        /// The branch; `None` for a tag.
        branch: Option<String>,
    },
    /// Somebody or a clock started it: nothing changes.
    Other {
        /// The branch that it runs on; `None` for a tag.
        branch: Option<String>,
    },
}

/// The event cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// The file that GITHUB_EVENT_PATH names cannot be read or is not JSON.
    #[error("cannot read the event: {0}")]
    Read(String),
    /// The event lacks what every such event has.
    #[error("the event {event} has no {key}")]
    Lacks {
        /// Its name.
        event: String,
        /// The key, dotted.
        key: &'static str,
    },
}

impl Event {
    /// Reads the event of this run.
    ///
    /// # Errors
    /// When its file cannot be read or lacks what such an event has.
    pub fn read(environment: &Environment) -> Result<Self, EventError> {
        let Some(path) = &environment.event_path else {
            return Err(EventError::Read("GITHUB_EVENT_PATH is not set".to_owned()));
        };
        let shown = |why: String| EventError::Read(format!("{}: {why}", path.display()));
        let bytes = crate::source::read_given(path).map_err(|error| shown(error.to_string()))?;
        let body = serde_json::from_slice(&bytes).map_err(|error| shown(error.to_string()))?;
        Self::parse(&environment.event_name, &environment.git_ref, &body)
    }

    /// Reads the body of the event `name` on `git_ref`.
    ///
    /// # Errors
    /// When it lacks what such an event has.
    pub fn parse(name: &str, git_ref: &str, body: &Json) -> Result<Self, EventError> {
        let text = |pointer: &str| body.pointer(pointer).and_then(Json::as_str);
        let lacks = |key| EventError::Lacks { event: name.to_owned(), key };
        let commit = |pointer: &'static str| {
            let found = text(pointer).filter(|text| is_commit_id(text));
            found.map(str::to_owned).ok_or_else(|| lacks(pointer))
        };
        let branch = git_ref.strip_prefix("refs/heads/").map(str::to_owned);
        let kind = match name {
            "pull_request" | "pull_request_target" => Kind::PullRequest {
                number: body
                    .pointer("/pull_request/number")
                    .and_then(Json::as_u64)
                    .ok_or_else(|| lacks("/pull_request/number"))?,
                base: commit("/pull_request/base/sha")?,
                head: commit("/pull_request/head/sha")?,
                // A fork that was deleted has no repository any more.
                from_fork: text("/pull_request/head/repo/full_name")
                    != text("/pull_request/base/repo/full_name"),
            },
            "merge_group" => Kind::MergeGroup {
                base: commit("/merge_group/base_sha")?,
                head: commit("/merge_group/head_sha")?,
            },
            "push" => {
                let forced = body.get("forced").and_then(Json::as_bool).unwrap_or(false);
                let is_zero = |id: &String| id.bytes().all(|byte| byte == b'0');
                let before = commit("/before")?;
                Kind::Push {
                    before: (!forced && !is_zero(&before)).then_some(before),
                    after: commit("/after")?,
                    branch,
                }
            }
            _ => Kind::Other { branch },
        };
        let default_branch = text("/repository/default_branch").filter(|name| !name.is_empty());
        Ok(Self { kind, default_branch: default_branch.map(str::to_owned) })
    }

    /// The commit on which a check run is shown: for a pull request the tip of its branch, not the merge that is tested.
    pub fn head<'a>(&'a self, environment: &'a Environment) -> &'a str {
        match &self.kind {
            Kind::PullRequest { head, .. } | Kind::MergeGroup { head, .. } => head,
            Kind::Push { after, .. } => after,
            Kind::Other { .. } => &environment.sha,
        }
    }

    /// The pull request, if there is one.
    pub fn pull_request(&self) -> Option<u64> {
        match self.kind {
            Kind::PullRequest { number, .. } => Some(number),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
    const ZERO: &str = "0000000000000000000000000000000000000000";

    fn pull_request(head: &Json) -> Json {
        json!({"pull_request": {"number": 7, "base": {"sha": A, "repo": {"full_name": "o/r"}}, "head": head},
            "repository": {"default_branch": "main"}})
    }

    #[test]
    fn pull_requests() {
        let own = json!({"sha": B, "repo": {"full_name": "o/r"}});
        let event = Event::parse("pull_request", "refs/pull/7/merge", &pull_request(&own)).unwrap();
        assert_eq!(event.default_branch.as_deref(), Some("main"));
        assert_eq!(event.pull_request(), Some(7));
        let kind = |from_fork| Kind::PullRequest { number: 7, base: A.into(), head: B.into(), from_fork };
        assert_eq!(event.kind, kind(false));
        for repo in [json!({"full_name": "fork/r"}), Json::Null] {
            let head = json!({"sha": B, "repo": repo});
            let event = Event::parse("pull_request", "refs/pull/7/merge", &pull_request(&head)).unwrap();
            assert_eq!(event.kind, kind(true));
        }
        let bent = json!({"sha": "--upload-pack=x", "repo": Json::Null});
        let error = Event::parse("pull_request", "", &pull_request(&bent)).unwrap_err();
        assert_eq!(error.to_string(), "the event pull_request has no /pull_request/head/sha");
    }

    #[test]
    fn pushes_and_the_rest() {
        let push = |before: &str, forced: bool| json!({"before": before, "after": B, "forced": forced});
        let parse = |body: &Json, git_ref: &str| Event::parse("push", git_ref, body).unwrap().kind;
        let kind = |before: Option<&str>, branch: Option<&str>| Kind::Push {
            before: before.map(str::to_owned),
            after: B.to_owned(),
            branch: branch.map(str::to_owned),
        };
        assert_eq!(parse(&push(A, false), "refs/heads/a/b"), kind(Some(A), Some("a/b")));
        assert_eq!(parse(&push(A, true), "refs/heads/x"), kind(None, Some("x")));
        assert_eq!(parse(&push(ZERO, false), "refs/tags/v1"), kind(None, None));
        let group = json!({"merge_group": {"base_sha": A, "head_sha": B}});
        let event = Event::parse("merge_group", "refs/heads/gh-readonly-queue/main/pr-7", &group).unwrap();
        assert_eq!(event.kind, Kind::MergeGroup { base: A.into(), head: B.into() });
        let event = Event::parse("workflow_dispatch", "refs/heads/main", &json!({})).unwrap();
        assert_eq!(event.kind, Kind::Other { branch: Some("main".into()) });
    }
}
