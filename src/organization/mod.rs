//! Many repositories in one table: what one run over a repository gives, and how the runs are put together.
//!
//! A scan writes one file per repository, named after it, in one step. So a scan that was killed goes on where it
//! stopped, several jobs can share the work, and what they give can be put together in any order: the table is the same.

mod merge;
mod repositories;
mod scanned;
mod table;

pub use merge::{Blocker, MergeError, Merged, RepositoryRow, Verdict, merge};
pub use repositories::{LeftOut, ListError, Repositories, Repository, chunk_count, chunk_of};
pub use scanned::{Outcome, Scanned, ScannedError, TargetResult, file_name};
pub use table::{Format, write};
