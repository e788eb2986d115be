//! `bklog-lint baseline`: accept what is found today.

use std::path::{Path, PathBuf};

use super::arguments::BaselineArguments;
use super::failure::{Failure, Outcome};
use super::language::Speech;
use super::{progress, terminal};
use crate::analysis::{self, AnalysisError, BaselineSource, ConfigurationSource, Request, Run};
use crate::config::{self, Source};
use crate::rules;
use crate::triage::{Paths, Scope, baseline};

pub(super) fn run(arguments: &BaselineArguments, speech: Speech) -> Result<Outcome, Failure> {
    arguments.input.set_threads()?;
    let mut request = arguments.input.request(&arguments.paths, speech);
    arguments.rules.apply(&mut request);
    request.scope = Scope::All;
    request.baseline = BaselineSource::None;
    let run = progress::during(speech.lang(), || analysis::check(&request))?;
    if let Some(why) = run.nothing_to_check {
        return Err(Failure::Usage(why));
    }
    let path = match &arguments.output {
        Some(path) => path.clone(),
        None => from_here(default_place(&run, &request)?),
    };
    let folder = folder_of(&path);
    let paths = Paths::between(&run.folder, &folder);
    let count = baseline::write(&path, &paths, &run.report.findings).map_err(AnalysisError::from)?;
    let told = baseline::written(&path, count);
    terminal::print(|out| writeln!(out, "{}", told.get(run.report.lang)))?;
    Ok(Outcome::Done)
}

/// The configured baseline, else a file beside the configuration, else one in the scanned folder.
fn default_place(run: &Run, request: &Request) -> Result<PathBuf, Failure> {
    if let Some(path) = &run.configured_baseline {
        return Ok(path.clone());
    }
    let source = match &request.configuration {
        ConfigurationSource::Found => Source::Upwards(&run.folder),
        ConfigurationSource::File(file) => Source::File(file),
        ConfigurationSource::Defaults => Source::Defaults,
    };
    let loaded = config::load(source, &rules::catalogue()).map_err(AnalysisError::from)?;
    let folder = if loaded.file.is_some() { &loaded.folder } else { &run.folder };
    Ok(folder.join(baseline::FILE_NAME))
}

/// `path` as one would write it in the working directory, where it lies below that.
fn from_here(path: PathBuf) -> PathBuf {
    let here = std::env::current_dir().and_then(|here| here.canonicalize());
    let below = here.ok().and_then(|here| path.strip_prefix(here).ok().map(Path::to_owned));
    below.unwrap_or(path)
}

/// The folder that holds `path`, absolute and free of links where it is there.
fn folder_of(path: &Path) -> PathBuf {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    folder.canonicalize().unwrap_or_else(|_| folder.to_owned())
}
