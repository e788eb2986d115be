//! The edits as a patch.

use similar::TextDiff;

use super::Plan;

/// Lines around a change that are shown.
const CONTEXT: usize = 3;

/// The difference that `plan` makes, as a unified diff with paths below `prefix`; credentials are asterisks in it. For
/// files in plain UTF-8 it is a patch that `git apply` takes.
pub fn unified(plan: &Plan<'_>, prefix: &str) -> String {
    let mut out = String::new();
    for (path, file) in &plan.files {
        let after = file.after();
        let diff = TextDiff::from_lines(file.text.text.as_str(), &after);
        let mut patch = diff.unified_diff();
        patch.context_radius(CONTEXT).header(&format!("a/{prefix}{path}"), &format!("b/{prefix}{path}"));
        out.push_str(&patch.to_string());
    }
    out
}
