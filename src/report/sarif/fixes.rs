//! Safe fixes as SARIF has them: replacements by file.

use std::collections::BTreeMap;

use serde_sarif::sarif;

use super::{artifact, message, plain, region};
use crate::findings::{Edit, Fix};
use crate::report::Report;

/// The fix of a result; none where the rule refuses.
pub(super) fn of(report: &Report, fix: &Fix) -> Option<Vec<sarif::Fix>> {
    let Fix::Safe { title, edits } = fix else { return None };
    let mut files: BTreeMap<&str, Vec<sarif::Replacement>> = BTreeMap::new();
    for edit in edits {
        files.entry(&edit.text.path).or_default().push(replacement(edit));
    }
    let changes = files.into_iter().map(|(path, replacements)| {
        sarif::ArtifactChange::builder()
            .artifact_location(artifact(report, path))
            .replacements(replacements)
            .build()
    });
    let fix = sarif::Fix::builder()
        .description(message(&plain(title.get(report.lang))))
        .artifact_changes(changes.collect::<Vec<_>>())
        .build();
    Some(vec![fix])
}

fn replacement(edit: &Edit) -> sarif::Replacement {
    sarif::Replacement::builder()
        .deleted_region(region(&edit.place()))
        .inserted_content(sarif::ArtifactContent::builder().text(edit.replacement.to_string()).build())
        .build()
}
