//! Scans the repositories of a list, one after the other: clone, check, keep the result, forget the clone.

use std::path::Path;

use super::clone;
use super::environment::Environment;
use crate::analysis::{self, Request};
use crate::findings::Lang;
use crate::organization::{Outcome, Repository, Scanned, ScannedError, TargetResult, file_name};
use crate::report::{self, Format, Options};
use crate::source::git;

/// How repositories are scanned.
pub struct Scan<'a> {
    /// Where the repositories are: `https://github.com`, `file:///srv/git`. The name of the repository follows.
    pub server: &'a str,
    /// What the job knows; its token is used for its own server alone.
    pub environment: &'a Environment,
    /// What to check for; an empty one stands for what each repository pins.
    pub targets: &'a [String],
    /// How to check; paths and target are set for each repository.
    pub request: &'a Request,
    /// Where results are kept.
    pub results: &'a Path,
}

/// What became of one repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It was scanned before.
    Known,
    /// It was scanned.
    Scanned,
    /// It could not be scanned; its result says why.
    Failed,
}

impl Scan<'_> {
    /// Scans one repository, unless its result is there already.
    ///
    /// # Errors
    /// When the result cannot be written. What is wrong with the repository is part of the result.
    pub fn repository(&self, one: &Repository) -> Result<Step, ScannedError> {
        let path = file_name(&one.repository).map(|name| self.results.join(name));
        if let Some(Ok(known)) = path.filter(|path| path.is_file()).map(|path| Scanned::read(&path))
            && known.is_settled(self.targets)
        {
            return Ok(Step::Known);
        }
        let scanned = self.scan(one);
        let failed = scanned.results.iter().any(|result| matches!(result.outcome, Outcome::Error(_)));
        scanned.write(self.results)?;
        Ok(if failed { Step::Failed } else { Step::Scanned })
    }

    fn scan(&self, one: &Repository) -> Scanned {
        let all = |outcome: &Outcome| {
            let result = |target: &String| TargetResult { target: target.clone(), outcome: outcome.clone() };
            self.targets.iter().map(result).collect()
        };
        let failed = |why: String| Scanned::new(&one.repository, "", all(&Outcome::Error(why)));
        let place = match tempfile::Builder::new().prefix("bklog-lint-").tempdir() {
            Ok(place) => place,
            Err(error) => return failed(format!("no room for a clone: {error}")),
        };
        // The folder's name is that of the project in reports.
        let name = one.repository.rsplit('/').next().unwrap_or("repository");
        let folder = place.path().join(name);
        let url = format!("{}/{}", self.server.trim_end_matches('/'), one.repository);
        let own = self.server.trim_end_matches('/') == self.environment.server_url.trim_end_matches('/');
        let token = self.environment.token.as_ref().filter(|_| own);
        if let Err(why) = clone::clone(&url, &folder, self.server, token) {
            return failed(format!("cannot be cloned: {why}"));
        }
        let head = git::Repository::discover(&folder).and_then(|repository| repository.head());
        let commit = match head {
            Ok(Some(commit)) => commit.to_string(),
            Ok(None) => return Scanned::new(&one.repository, "", all(&Outcome::Nothing("empty".to_owned()))),
            Err(error) => return failed(error.to_string()),
        };
        let results = self.targets.iter().map(|target| {
            let outcome = self.check(&folder, target);
            TargetResult { target: target.clone(), outcome }
        });
        Scanned::new(&one.repository, &commit, results.collect())
    }

    fn check(&self, folder: &Path, target: &str) -> Outcome {
        let request = Request {
            paths: vec![folder.to_owned()],
            target: (!target.is_empty()).then(|| target.to_owned()),
            ..self.request.clone()
        };
        // The name of a folder that is gone helps nobody, and differs from run to run.
        let shown = |text: String| text.replace(&*folder.to_string_lossy(), ".");
        let run = match analysis::check(&request) {
            Ok(run) => run,
            Err(error) => return Outcome::Error(shown(error.text(Lang::En))),
        };
        if let Some(why) = run.nothing_to_check {
            return Outcome::Nothing(shown(why.en));
        }
        let mut bytes = Vec::new();
        let written = report::write(Format::Json, &run.report, &Options::default(), &mut bytes);
        match written.map_err(serde_json::Error::io).and_then(|()| serde_json::from_slice(&bytes)) {
            Ok(json) => Outcome::Report(json),
            Err(error) => Outcome::Error(error.to_string()),
        }
    }
}
