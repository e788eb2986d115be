//! Tells a job's reports to GitHub in every way that was asked for and is allowed.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::api::{Api, ApiError};
use super::check_run::{self, CheckRun};
use super::code_scanning::{self, Uploaded};
use super::comment::{self, Kept};
use super::environment::Environment;
use super::event::Event;
use super::quoted;
use crate::findings::{Bilingual, Lang, Severity};
use crate::report::read::ReadReport;
use crate::report::words::counted;
use crate::report::workflow_notice;

/// Largest job summary, in bytes: GitHub refuses one above 1 MiB, and drops it whole.
const MAX_SUMMARY: u64 = 1024 * 1024;

/// What is to be published.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// The JSON report; `None` when `check` wrote none.
    pub report: Option<PathBuf>,
    /// Where the scanned root is in its repository; empty at the top.
    pub in_repository: String,
    /// How `check` ended.
    pub exit_code: u8,
    /// Workflow commands that `check` wrote; printed unless a check run holds the annotations.
    pub annotations: Option<PathBuf>,
    /// Markdown for the job summary.
    pub summary: Option<PathBuf>,
    /// Markdown for a comment and for the check run.
    pub comment: Option<PathBuf>,
    /// Whether to keep a comment on the pull request.
    pub keep_comment: bool,
    /// Name of the check run to make.
    pub check_run: Option<String>,
    /// SARIF to upload through REST.
    pub sarif: Option<PathBuf>,
    /// What tells several runs on one commit apart.
    pub category: String,
    /// Language of messages.
    pub lang: Lang,
}

/// The verdict in one word, as later steps of a job read it.
pub fn verdict(exit_code: u8) -> &'static str {
    match exit_code {
        0 => "passed",
        1 => "failed",
        _ => "error",
    }
}

/// Publishes. Whatever GitHub refuses is told in `out`, in the job summary, and fails nothing.
///
/// # Errors
/// Those of `out`, and of the files that the runner gave for the summary and for outputs.
pub fn publish(
    asked: &Asked,
    environment: &Environment,
    event: Option<&Event>,
    api: Result<&Api, &ApiError>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let report = asked.report.as_deref().map(ReadReport::read);
    let mut refusals: Vec<Bilingual> = Vec::new();
    if let Some(Err(error)) = &report {
        let error = quoted(&error.to_string());
        refusals.push(Bilingual::new(error.clone(), error));
    }
    let mut report = report.and_then(Result::ok);
    if let Some(report) = &mut report {
        report.in_repository.clone_from(&asked.in_repository);
    }
    let markdown = match asked.comment.as_deref().map(crate::source::read_given_text) {
        Some(Ok(text)) => Some(text),
        // A run that broke down has written none.
        Some(Err(error)) if error.kind() != io::ErrorKind::NotFound => {
            let error = quoted(&error.to_string());
            refusals.push(Bilingual::new(
                format!("the text of the comment: {error}"),
                format!("评论的内容：{error}"),
            ));
            None
        }
        _ => None,
    };
    let job = Job { asked, environment, event, api, report: report.as_ref(), markdown: markdown.as_deref() };

    let mut in_check_run = false;
    if let Some(name) = &asked.check_run {
        match job.check_run(name) {
            Ok(created) => {
                in_check_run = true;
                let url = quoted(&created.url);
                let at = if url.is_empty() { url } else { format!(": {url}") };
                writeln!(out, "bklog-lint: check run with {} annotations{at}", created.annotations)?;
            }
            Err(error) => refusals.push(refused("the check run", "检查运行", &error)),
        }
    }
    if asked.keep_comment {
        match job.comment() {
            Ok(Some(kept)) => writeln!(out, "bklog-lint: comment {}", kept_word(&kept))?,
            Ok(None) => {}
            Err(error) => refusals.push(refused("the comment", "评论", &error)),
        }
    }
    if let Some(sarif) = &asked.sarif {
        match job.upload(sarif) {
            Ok(Uploaded::Complete) => writeln!(out, "bklog-lint: SARIF uploaded")?,
            Ok(Uploaded::Pending) => writeln!(out, "bklog-lint: SARIF uploaded, still being processed")?,
            Ok(Uploaded::Failed(why)) => {
                refusals.push(refused("the SARIF report", "SARIF 报告", &ApiError::Answer(why)));
            }
            Err(error) => refusals.push(refused("the SARIF report", "SARIF 报告", &error)),
        }
    }
    if !in_check_run && let Some(path) = &asked.annotations {
        match crate::source::read_given(path) {
            Ok(text) => out.write_all(&text)?,
            Err(error) => {
                let why = format!("the annotations cannot be read: {error}");
                refusals.push(Bilingual::new(why.clone(), why));
            }
        }
    }
    for refusal in &refusals {
        writeln!(out, "{}", workflow_notice(refusal.get(asked.lang)))?;
    }
    job.summary(&refusals)?;
    job.outputs()
}

struct Job<'a> {
    asked: &'a Asked,
    environment: &'a Environment,
    event: Option<&'a Event>,
    api: Result<&'a Api, &'a ApiError>,
    report: Option<&'a ReadReport>,
    markdown: Option<&'a str>,
}

impl Job<'_> {
    fn api(&self) -> Result<&Api, ApiError> {
        self.api.map_err(Clone::clone)
    }

    fn check_run(&self, name: &str) -> Result<check_run::Created, ApiError> {
        let title = self.title();
        let run = CheckRun {
            name,
            head: self.event.map_or(&self.environment.sha, |event| event.head(self.environment)),
            conclusion: if self.asked.exit_code == 0 { "success" } else { "failure" },
            title: &title,
            summary: self.markdown.unwrap_or(&title),
            annotations: self.report.map(check_run::annotations).unwrap_or_default(),
        };
        check_run::create(self.api()?, self.environment, &run)
    }

    /// The verdict in one line.
    fn title(&self) -> String {
        let zh = self.asked.lang == Lang::Zh;
        let Some(report) = self.report.filter(|_| self.asked.exit_code <= 1) else {
            return if zh { "检查未能完成" } else { "The check could not be done" }.to_owned();
        };
        let [errors, warnings, infos] = Severity::ALL.map(|severity| report.count(severity));
        let accepted: usize = ["inline", "configuration", "baseline"]
            .iter()
            .filter_map(|why| report.summary.hidden.get(*why))
            .map(|hidden| hidden.total)
            .sum();
        let gaps = report.summary.not_analysed.len();
        if zh {
            format!("错误 {errors}，警告 {warnings}，提示 {infos}；已接受 {accepted}，未分析 {gaps}")
        } else {
            let (errors, warnings) = (counted(errors, "error"), counted(warnings, "warning"));
            format!("{errors}, {warnings}, {infos} info; {accepted} accepted, {gaps} not analysed")
        }
    }

    /// `None` when this run is about no pull request.
    fn comment(&self) -> Result<Option<Kept>, ApiError> {
        let Some(number) = self.event.and_then(Event::pull_request) else { return Ok(None) };
        let Some(markdown) = self.markdown else { return Ok(None) };
        let is_news = self.asked.exit_code != 0
            || self.report.is_some_and(|report| {
                report.findings.iter().any(|finding| finding.suppressed.is_none())
                    || !report.summary.not_analysed.is_empty()
                    || report.has_new_migrations()
            });
        comment::keep(self.api()?, self.environment, number, &self.asked.category, markdown, is_news)
            .map(Some)
    }

    fn upload(&self, sarif: &Path) -> Result<Uploaded, ApiError> {
        let bytes =
            crate::source::read_given(sarif).map_err(|error| ApiError::Unavailable(error.to_string()))?;
        code_scanning::upload(self.api()?, self.environment, &bytes, Duration::from_secs(2))
    }

    /// Writes the job summary; where the full one has no room, the short one, which is a comment's.
    fn summary(&self, refusals: &[Bilingual]) -> io::Result<()> {
        let (Some(file), Some(markdown)) = (&self.environment.step_summary, &self.asked.summary) else {
            return Ok(());
        };
        let mut tail = String::new();
        for refusal in refusals {
            tail.push_str(&format!(
                "\n- {}\n",
                crate::report::markdown::escape(refusal.get(self.asked.lang))
            ));
        }
        let there = std::fs::metadata(file).map_or(0, |found| found.len());
        let room = MAX_SUMMARY.saturating_sub(there + tail.len() as u64 + 1);
        let full = crate::source::read_given_text(markdown).ok();
        let fits = |text: &&str| text.len() as u64 <= room;
        let text = full.as_deref().filter(fits).or_else(|| self.markdown.filter(fits));
        let title = self.title();
        let mut out = std::fs::OpenOptions::new().append(true).create(true).open(file)?;
        out.write_all(text.unwrap_or(&title).as_bytes())?;
        out.write_all(b"\n")?;
        out.write_all(tail.as_bytes())
    }

    fn outputs(&self) -> io::Result<()> {
        let Some(file) = &self.environment.output else { return Ok(()) };
        let mut out = std::fs::OpenOptions::new().append(true).create(true).open(file)?;
        writeln!(out, "verdict={}", verdict(self.asked.exit_code))?;
        let names = ["errors", "warnings", "infos"];
        for (name, severity) in names.into_iter().zip(Severity::ALL) {
            // No report, no number: a zero would be a claim.
            let count = self.report.map(|report| report.count(severity).to_string()).unwrap_or_default();
            writeln!(out, "{name}={count}")?;
        }
        Ok(())
    }
}

fn kept_word(kept: &Kept) -> &'static str {
    match kept {
        Kept::Created => "created",
        Kept::Updated => "updated",
        Kept::Unchanged => "unchanged",
        Kept::NotNeeded => "not needed",
    }
}

/// What could not be told, why, and where it stands instead.
fn refused(what: &str, what_zh: &str, error: &ApiError) -> Bilingual {
    let why = quoted(&error.to_string());
    let hint = match error {
        ApiError::Refused { status: 401 | 403, .. } => (
            "; the token may only read, as that of a fork or of Dependabot, or the job's `permissions` do not grant it",
            "；令牌可能是只读的（来自 fork 或 Dependabot），或作业的 `permissions` 未授权",
        ),
        ApiError::Refused { status: 404, .. } => {
            ("; it is switched off here, or the token does not see it", "；此功能可能未启用，或令牌无权访问")
        }
        _ => ("", ""),
    };
    Bilingual::new(
        format!(
            "{what} was not accepted by GitHub ({why}{}); the annotations and the job summary hold everything",
            hint.0
        ),
        format!("GitHub 未接受{what_zh}（{why}{}）；完整结果见注解和作业摘要", hint.1),
    )
}
