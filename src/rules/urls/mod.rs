//! Rules on URL configurations and middleware classes: what breaks first in an upgrade.

pub mod namespace_without_app_name;
pub mod old_middleware;
pub mod removed_include;
pub mod text_view;

use crate::findings::Subject;
use crate::project::Project;

fn subject(project: &Project) -> Subject {
    Subject { project: Some(project.name.clone()), ..Subject::default() }
}
