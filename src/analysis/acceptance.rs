//! What a run accepts: the baseline, the `[[ignore]]` entries, and the files that say so.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::config::load::Source;
use crate::config::{self, Loaded};
use crate::findings::Finding;
use crate::rules;
use crate::source::SourceText;
use crate::triage::{Baseline, Ignores, Paths};

use super::change::Revision;
use super::{AnalysisError, BaselineSource, ConfigurationSource, Request, shown_from};

/// The baseline that counts.
pub(super) fn read_baseline(
    request: &Request,
    loaded: &Loaded,
    folder: &Path,
    revision: Option<&Revision>,
) -> Result<Option<Baseline>, AnalysisError> {
    let Some(path) = baseline_path(request, loaded) else { return Ok(None) };
    let full = path.canonicalize().unwrap_or_else(|_| path.clone());
    let paths = Paths::between(folder, full.parent().unwrap_or(&full));
    let shown_as = shown_from(folder, &path).into();
    match revision {
        Some(revision) => Ok(revision.baseline(&path, shown_as, paths)?),
        None => Ok(Some(Baseline::read(&path, shown_as, paths)?)),
    }
}

pub(super) fn baseline_path(request: &Request, loaded: &Loaded) -> Option<PathBuf> {
    match &request.baseline {
        BaselineSource::None => None,
        BaselineSource::File(path) => Some(path.clone()),
        BaselineSource::Configured => loaded.config.baseline.as_ref().map(|path| loaded.folder.join(path)),
    }
}

/// The files that say how a run judges: configuration and baseline, those that a change may have added included.
pub(super) fn own_files(request: &Request, loaded: &Loaded, folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = loaded.file.iter().cloned().collect();
    if matches!(request.configuration, ConfigurationSource::Found) {
        // What the working tree would have been judged by.
        let own = config::load(Source::Upwards(folder), &rules::catalogue()).ok().and_then(|own| own.file);
        files.extend(own);
    }
    files.extend(baseline_path(request, loaded));
    let same = |a: &Path, b: &Path| shown_from(folder, a) == shown_from(folder, b);
    let mut out: Vec<PathBuf> = Vec::new();
    for file in files {
        if !out.iter().any(|other| same(other, &file)) {
            out.push(file);
        }
    }
    out
}

/// The `[[ignore]]` entries, and the text of the configuration for findings on them.
pub(super) fn configured_ignores(loaded: &Loaded, folder: &Path) -> (Ignores, Option<Arc<SourceText>>) {
    let paths = Paths::between(folder, &loaded.folder);
    let text = loaded.file.as_ref().and_then(|file| {
        let path = shown_from(folder, file).into();
        SourceText::decode_plain(path, loaded.text.as_bytes()).ok().map(Arc::new)
    });
    let written = text.as_ref().map(|text| (text, loaded.ignore_spans.as_slice()));
    // The strict reader has refused every glob that cannot be read.
    let ignores = Ignores::new(&loaded.config, paths, written).unwrap_or_default();
    (ignores, text)
}

/// Findings on configuration and baseline are kept whatever paths were given: they are about the run itself.
pub(super) fn is_on_acceptance(finding: &Finding) -> bool {
    matches!(finding.rule.name, "stale-baseline-entry" | "expired-ignore")
}
