//! What can go wrong with a repository, in the words of the person who must do something about it.

/// Why the repository could not answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GitError {
    /// No repository at this path or above it.
    #[error("{path} is not inside a git repository")]
    NotARepository {
        /// The path, as the caller gave it.
        path: String,
    },
    /// There is a repository, and it cannot be opened.
    #[error("cannot open the git repository at {path}: {reason}")]
    Open {
        /// The path, as the caller gave it.
        path: String,
        /// What git said.
        reason: String,
    },
    /// The repository has no commit yet.
    #[error("the git repository has no commit yet, so there is nothing to compare with")]
    NoCommit,
    /// No such branch, tag or commit in a clone that holds the whole history.
    #[error("the git repository has no revision {revision:?}; `git fetch origin {revision}` may bring it")]
    UnknownRevision {
        /// The revision, as the caller gave it.
        revision: String,
    },
    /// The revision is something else than a commit.
    #[error("{revision:?} is not a commit")]
    NotACommit {
        /// The revision, as the caller gave it.
        revision: String,
    },
    /// The clone does not reach back to the revision, or to what it has in common with HEAD.
    #[error(
        "the clone is shallow and does not hold {what}; fetch more history first: \
         `git fetch --depth=1000 origin {revision}`, `git fetch --unshallow`, or `fetch-depth: 0` for actions/checkout"
    )]
    Shallow {
        /// What is not there: the revision itself, or the commit that it and HEAD have in common.
        what: ShallowGap,
        /// The revision, as the caller gave it.
        revision: String,
    },
    /// The two revisions share no history.
    #[error("{revision:?} and HEAD have no commit in common")]
    NoMergeBase {
        /// The revision, as the caller gave it.
        revision: String,
    },
    /// An object is not there, as in a clone with `--filter`, or cannot be read.
    #[error(
        "the git repository does not hold object {id}; in a partial clone, fetch it: \
         `git fetch --refetch --no-filter origin`"
    )]
    MissingObject {
        /// The object id.
        id: String,
    },
    /// Anything else; a damaged repository, as a rule.
    #[error("cannot read the git repository: {0}")]
    Other(String),
}

/// What a shallow clone lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShallowGap {
    /// The revision.
    Revision(String),
    /// The commit in common.
    MergeBase(String),
}

impl std::fmt::Display for ShallowGap {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Revision(revision) => write!(out, "revision {revision:?}"),
            Self::MergeBase(revision) => write!(out, "the commit that {revision:?} and HEAD have in common"),
        }
    }
}

impl GitError {
    /// The same text in Simplified Chinese.
    pub fn chinese(&self) -> String {
        match self {
            Self::NotARepository { path } => format!("{path} 不在任何 git 仓库内"),
            Self::Open { path, reason } => format!("无法打开 {path} 处的 git 仓库：{reason}"),
            Self::NoCommit => "git 仓库还没有任何提交，没有可比较的基准".to_owned(),
            Self::UnknownRevision { revision } => {
                format!("git 仓库中没有版本 {revision:?}；可先执行 `git fetch origin {revision}`")
            }
            Self::NotACommit { revision } => format!("{revision:?} 不是一个提交"),
            Self::Shallow { what, revision } => {
                let what = match what {
                    ShallowGap::Revision(revision) => format!("版本 {revision:?}"),
                    ShallowGap::MergeBase(revision) => format!("{revision:?} 与 HEAD 的共同祖先提交"),
                };
                format!(
                    "当前是浅克隆，缺少{what}；请先补全历史：`git fetch --depth=1000 origin {revision}`、\
                     `git fetch --unshallow`，或在 actions/checkout 中设置 `fetch-depth: 0`"
                )
            }
            Self::NoMergeBase { revision } => format!("{revision:?} 与 HEAD 没有共同的提交"),
            Self::MissingObject { id } => format!(
                "git 仓库中缺少对象 {id}；若是部分克隆，请执行 `git fetch --refetch --no-filter origin` 补全"
            ),
            Self::Other(reason) => format!("无法读取 git 仓库：{reason}"),
        }
    }
}
