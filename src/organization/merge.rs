//! Puts the results of many jobs together.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::repositories::{LeftOut, Repositories};
use super::scanned::{Outcome, Scanned, ScannedError};
use crate::findings::Severity;
use crate::report::read::ReadReport;
use crate::rules;

/// Everything that was scanned. The same results give the same value, in whatever order they are found.
#[derive(Debug, Clone, Serialize)]
pub struct Merged {
    schema_version: u32,
    /// Targets, in the order of the results.
    pub targets: Vec<String>,
    /// One row per repository, sorted by name.
    pub repositories: Vec<RepositoryRow>,
    /// What stands in the way, by how many repositories it concerns.
    pub blockers: Vec<Blocker>,
    /// Repositories that were left out of the scan, with the reason.
    pub left_out: Vec<LeftOut>,
    /// The reports behind the rows, for formats that show findings: repository, target, report.
    #[serde(skip)]
    pub reports: Vec<(String, String, ReadReport)>,
}

/// One repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RepositoryRow {
    /// `owner/name`.
    pub repository: String,
    /// The commit that was scanned.
    pub commit: String,
    /// One verdict per target, in the order of the table's targets.
    pub results: Vec<Verdict>,
}

/// What stands between a repository and a target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase", tag = "status")]
pub enum Verdict {
    /// It was checked.
    Checked {
        /// Findings of severity error.
        blockers: usize,
        /// Findings of severity warning.
        warnings: usize,
        /// The rules behind the blockers, by code, with the number of findings.
        rules: BTreeMap<String, usize>,
        /// Files and folders of which nothing is known.
        not_analysed: usize,
    },
    /// There is no Django project in it.
    Nothing {
        /// Why.
        reason: String,
    },
    /// It was not checked.
    Error {
        /// Why.
        reason: String,
    },
}

/// A rule that stands in the way of a target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Blocker {
    /// The target.
    pub target: String,
    /// Code of the rule.
    pub rule: String,
    /// Name of the rule.
    pub name: String,
    /// Repositories that it concerns.
    pub repositories: usize,
    /// Findings in all.
    pub findings: usize,
}

/// Results cannot be put together.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// A folder cannot be read.
    #[error("{}: {reason}", path.display())]
    Read {
        /// The folder or file.
        path: PathBuf,
        /// What the operating system said.
        reason: String,
    },
    /// One of the files is no result.
    #[error(transparent)]
    Result(#[from] ScannedError),
    /// Two jobs give different results for one repository.
    #[error("{repository}: two different results, {} and {}", first.display(), second.display())]
    Contradiction {
        /// The repository.
        repository: String,
        /// One of the files.
        first: PathBuf,
        /// The other one.
        second: PathBuf,
    },
    /// There is nothing to put together.
    #[error("no results of a scan here")]
    Nothing,
}

/// Puts together the results at `paths`, files or folders of files. Of the repositories in `list` none may be missing
/// without a word: one without a result gets a row that says so. `with_reports` keeps the findings.
///
/// # Errors
/// When a file is no result, or two contradict each other.
pub fn merge(
    paths: &[PathBuf],
    list: Option<&Repositories>,
    with_reports: bool,
) -> Result<Merged, MergeError> {
    let mut files = BTreeSet::new();
    for path in paths {
        collect(path, &mut files)?;
    }
    let mut table = Table { with_reports, ..Table::default() };
    for file in files {
        let scanned = Scanned::read(&file)?;
        table.add(file, scanned)?;
    }
    if table.rows.is_empty() && list.is_none_or(|list| list.repositories.is_empty()) {
        return Err(MergeError::Nothing);
    }
    Ok(table.finish(list))
}

/// The files below a path that a scan may have written.
fn collect(path: &Path, out: &mut BTreeSet<PathBuf>) -> Result<(), MergeError> {
    let error = |why: std::io::Error| MergeError::Read { path: path.to_owned(), reason: why.to_string() };
    if !std::fs::metadata(path).map_err(error)?.is_dir() {
        out.insert(path.to_owned());
        return Ok(());
    }
    for entry in std::fs::read_dir(path).map_err(error)? {
        let entry = entry.map_err(error)?.path();
        let is_result = entry.extension().is_some_and(|extension| extension == "json");
        // A file that is being written has a name of its own.
        let is_hidden = entry.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if !is_hidden && (is_result || entry.is_dir()) {
            collect(&entry, out)?;
        }
    }
    Ok(())
}

#[derive(Default)]
struct Table {
    with_reports: bool,
    rows: BTreeMap<String, Row>,
    /// Targets by the place that the results give them, so that the order does not depend on who came first.
    targets: BTreeMap<String, usize>,
}

struct Row {
    file: PathBuf,
    commit: String,
    results: BTreeMap<String, Verdict>,
    reports: Vec<(String, ReadReport)>,
}

impl Table {
    fn add(&mut self, file: PathBuf, scanned: Scanned) -> Result<(), MergeError> {
        let mut row = Row { file, commit: scanned.commit, results: BTreeMap::new(), reports: Vec::new() };
        for (place, result) in scanned.results.into_iter().enumerate() {
            let known = self.targets.entry(result.target.clone()).or_insert(place);
            *known = (*known).min(place);
            let verdict = match result.outcome {
                Outcome::Nothing(reason) => Verdict::Nothing { reason },
                Outcome::Error(reason) => Verdict::Error { reason },
                Outcome::Report(json) => match ReadReport::from_json(json) {
                    Err(reason) => {
                        let reason = format!("not the result of a scan: {reason}");
                        return Err(ScannedError { path: row.file, reason }.into());
                    }
                    Ok(report) => {
                        let verdict = verdict(&report);
                        if self.with_reports {
                            row.reports.push((result.target.clone(), report));
                        }
                        verdict
                    }
                },
            };
            row.results.insert(result.target, verdict);
        }
        match self.rows.get(&scanned.repository) {
            // A job that was started again may have handed in its results twice; what failed gives way.
            Some(other) if other.results == row.results && other.commit == row.commit => Ok(()),
            Some(other) if !failed(other) && !failed(&row) => Err(MergeError::Contradiction {
                repository: scanned.repository,
                first: other.file.clone(),
                second: row.file,
            }),
            Some(other) if !failed(other) => Ok(()),
            _ => {
                self.rows.insert(scanned.repository, row);
                Ok(())
            }
        }
    }

    fn finish(self, list: Option<&Repositories>) -> Merged {
        let mut targets: Vec<(usize, String)> =
            self.targets.into_iter().map(|(target, place)| (place, target)).collect();
        targets.sort();
        let mut targets: Vec<String> = targets.into_iter().map(|(_, target)| target).collect();
        if targets.is_empty() {
            targets.push(String::new());
        }
        let missing = |reason: &str| Verdict::Error { reason: reason.to_owned() };
        let mut rows = Vec::new();
        let mut reports = Vec::new();
        for (repository, row) in self.rows {
            let results = targets.iter().map(|target| {
                row.results.get(target).cloned().unwrap_or_else(|| missing("not checked for this target"))
            });
            rows.push(RepositoryRow {
                repository: repository.clone(),
                commit: row.commit,
                results: results.collect(),
            });
            reports
                .extend(row.reports.into_iter().map(|(target, report)| (repository.clone(), target, report)));
        }
        for wanted in list.iter().flat_map(|list| &list.repositories) {
            let at = rows.binary_search_by(|row| row.repository.cmp(&wanted.repository));
            if let Err(at) = at {
                let results = targets.iter().map(|_| missing("no job has a result for it")).collect();
                let repository = wanted.repository.clone();
                rows.insert(at, RepositoryRow { repository, commit: String::new(), results });
            }
        }
        let blockers = blockers(&targets, &rows);
        Merged {
            schema_version: 1,
            targets,
            repositories: rows,
            blockers,
            left_out: list.map(|list| list.left_out.clone()).unwrap_or_default(),
            reports,
        }
    }
}

fn failed(row: &Row) -> bool {
    row.results.values().any(|verdict| matches!(verdict, Verdict::Error { .. }))
}

fn verdict(report: &ReadReport) -> Verdict {
    let mut rules: BTreeMap<String, usize> = BTreeMap::new();
    let shown = report.findings.iter().filter(|finding| finding.suppressed.is_none());
    for finding in shown.filter(|finding| finding.severity == Severity::Error) {
        *rules.entry(finding.rule.clone()).or_default() += 1;
    }
    Verdict::Checked {
        blockers: report.count(Severity::Error),
        warnings: report.count(Severity::Warning),
        rules,
        not_analysed: report.summary.not_analysed.len(),
    }
}

fn blockers(targets: &[String], rows: &[RepositoryRow]) -> Vec<Blocker> {
    let mut counts: BTreeMap<(usize, &str), (usize, usize)> = BTreeMap::new();
    for row in rows {
        for (target, verdict) in row.results.iter().enumerate() {
            let Verdict::Checked { rules, .. } = verdict else { continue };
            for (rule, findings) in rules {
                let count = counts.entry((target, rule)).or_default();
                *count = (count.0 + 1, count.1 + findings);
            }
        }
    }
    let mut out: Vec<(usize, Blocker)> = counts
        .into_iter()
        .filter_map(|((target, rule), (repositories, findings))| {
            let name = rules::find(rule).map_or("", |rule| rule.id.name).to_owned();
            let blocker = Blocker {
                target: targets.get(target)?.clone(),
                rule: rule.to_owned(),
                name,
                repositories,
                findings,
            };
            Some((target, blocker))
        })
        .collect();
    out.sort_by(|(a_target, a), (b_target, b)| {
        a_target.cmp(b_target).then(b.repositories.cmp(&a.repositories)).then(a.rule.cmp(&b.rule))
    });
    out.into_iter().map(|(_, blocker)| blocker).collect()
}
