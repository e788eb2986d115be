//! A check run: a verdict on a commit, with annotations in the files.
//!
//! GitHub takes 50 annotations a request and adds those of later requests to the earlier ones. A request that failed
//! half-way may have been heard, so the run is asked how many it has before anything is sent again: no annotation is
//! shown twice.

use http::Method;
use serde_json::{Value as Json, json};

use super::api::{Again, Api, ApiError};
use super::environment::Environment;
use crate::findings::Severity;
use crate::report::read::{ReadFinding, ReadReport};
use crate::report::visible;

/// Annotations in one request.
pub const BATCH: usize = 50;

/// Annotations of one run; nobody reads more, and each batch is a request.
const MAX_ANNOTATIONS: usize = 1_000;

/// Characters of a message; GitHub takes 64 KB.
const MAX_MESSAGE: usize = 16_000;

/// Characters of a title.
const MAX_TITLE: usize = 255;

/// Times that a lost request is looked into.
const RECOVERIES: usize = 3;

/// What a check run says.
pub struct CheckRun<'a> {
    /// Its name, which branch rules refer to.
    pub name: &'a str,
    /// The commit on which it is shown.
    pub head: &'a str,
    /// `success`, `failure` or `neutral`.
    pub conclusion: &'a str,
    /// One line.
    pub title: &'a str,
    /// Markdown, at most 65,535 characters.
    pub summary: &'a str,
    /// What is shown in the files.
    pub annotations: Vec<Json>,
}

/// How many annotations were sent, and the address of the run for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created {
    /// Annotations that the run holds.
    pub annotations: usize,
    /// Where people see it; empty when GitHub did not say.
    pub url: String,
}

/// Creates the run and sends its annotations.
///
/// # Errors
/// When GitHub refuses, or cannot be reached.
pub fn create(api: &Api, environment: &Environment, run: &CheckRun<'_>) -> Result<Created, ApiError> {
    let no_repository = || ApiError::Unavailable("GITHUB_REPOSITORY names no repository".to_owned());
    let (first, rest) = run.annotations.split_at(run.annotations.len().min(BATCH));
    let id = format!("bklog-lint-{}", environment.run);
    let mut body = json!({
        "name": run.name, "head_sha": run.head, "external_id": id, "output": output(run, first),
    });
    conclude(&mut body, run, rest.is_empty());
    let route = environment.route("check-runs").ok_or_else(no_repository)?;
    let created = match api.send(&Method::POST, &route, Some(&body), Again::WhenRefused) {
        Ok(answer) => answer.body,
        Err(ApiError::Unavailable(why)) => {
            // It may have been created all the same.
            match find(api, environment, run, &id)? {
                Some(found) => found,
                None => match api.send(&Method::POST, &route, Some(&body), Again::WhenRefused) {
                    Ok(answer) => answer.body,
                    Err(ApiError::Unavailable(_)) => {
                        find(api, environment, run, &id)?.ok_or(ApiError::Unavailable(why))?
                    }
                    Err(error) => return Err(error),
                },
            }
        }
        Err(error) => return Err(error),
    };
    let number = created.get("id").and_then(Json::as_u64);
    let number = number.ok_or_else(|| ApiError::Answer("a check run without an id".to_owned()))?;
    let url = created.get("html_url").and_then(Json::as_str).unwrap_or_default().to_owned();
    let route = environment.route(&format!("check-runs/{number}")).ok_or_else(no_repository)?;
    let mut sent = first.len();
    let mut recoveries = 0;
    while sent < run.annotations.len() {
        let batch = &run.annotations[sent..run.annotations.len().min(sent + BATCH)];
        let mut body = json!({ "output": output(run, batch) });
        conclude(&mut body, run, sent + batch.len() == run.annotations.len());
        match api.send(&Method::PATCH, &route, Some(&body), Again::WhenRefused) {
            Ok(_) => sent += batch.len(),
            Err(ApiError::Unavailable(why)) if recoveries < RECOVERIES => {
                recoveries += 1;
                sent = count(api, &route)
                    .map_err(|_| ApiError::Unavailable(why))?
                    .clamp(sent, sent + batch.len());
                if sent == run.annotations.len() {
                    break;
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(Created { annotations: sent, url })
}

fn output(run: &CheckRun<'_>, annotations: &[Json]) -> Json {
    json!({ "title": run.title, "summary": run.summary, "annotations": annotations })
}

/// The last request ends the run: a run that ended early would be read before its annotations are there.
fn conclude(body: &mut Json, run: &CheckRun<'_>, is_last: bool) {
    if let Some(object) = body.as_object_mut() {
        let status = if is_last { "completed" } else { "in_progress" };
        object.insert("status".to_owned(), status.into());
        if is_last {
            object.insert("conclusion".to_owned(), run.conclusion.into());
        }
    }
}

/// The run of this job, where a request to create it was lost.
fn find(
    api: &Api,
    environment: &Environment,
    run: &CheckRun<'_>,
    id: &str,
) -> Result<Option<Json>, ApiError> {
    let below = format!("commits/{}/check-runs?check_name={}", run.head, super::url_part(run.name));
    let Some(route) = environment.route(&below) else { return Ok(None) };
    let body = api.get(&route)?.body;
    let all = body.get("check_runs").and_then(Json::as_array);
    let own = all.into_iter().flatten().find(|one| one.get("external_id").and_then(Json::as_str) == Some(id));
    Ok(own.cloned())
}

/// How many annotations a run has.
fn count(api: &Api, route: &str) -> Result<usize, ApiError> {
    let body = api.get(route)?.body;
    let count = body.pointer("/output/annotations_count").and_then(Json::as_u64);
    let count = count.ok_or_else(|| ApiError::Answer("a check run without annotations_count".to_owned()))?;
    usize::try_from(count).map_err(|error| ApiError::Answer(error.to_string()))
}

/// The annotations of a report, worst first. They are plain text: GitHub takes neither Markdown nor HTML in them.
pub fn annotations(report: &ReadReport) -> Vec<Json> {
    let mut findings: Vec<&ReadFinding> =
        report.findings.iter().filter(|one| one.suppressed.is_none()).collect();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    findings.truncate(MAX_ANNOTATIONS);
    findings.into_iter().map(|finding| annotation(report, finding)).collect()
}

fn annotation(report: &ReadReport, finding: &ReadFinding) -> Json {
    let mut message = visible::line(&finding.message).into_owned();
    if let Some(help) = &finding.help {
        message = format!("{message}\n{}", visible::lines(help));
    }
    let (start, end) = (&finding.start, &finding.end);
    let mut out = json!({
        "path": report.repository_path(&finding.path),
        "start_line": start.line,
        "end_line": end.line,
        "annotation_level": match finding.severity {
            Severity::Error => "failure",
            Severity::Warning => "warning",
            Severity::Info => "notice",
        },
        "title": visible::cut(&visible::line(&format!("{} {}", finding.rule, finding.name)), MAX_TITLE),
        "message": visible::cut(&message, MAX_MESSAGE),
    });
    // GitHub refuses columns on an annotation of several lines.
    if start.line == end.line && end.column > start.column {
        out["start_column"] = start.column.into();
        out["end_column"] = (end.column - 1).max(start.column).into();
    }
    out
}
