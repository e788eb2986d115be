//! `bklog-lint github`: everything that talks to GitHub.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueHint};

use super::arguments::{FaceArguments, InputArguments, RuleArguments};
use super::failure::{Failure, Outcome, Tone, say};
use super::language::Speech;
use super::output::refused;
use super::terminal;
use crate::analysis;
use crate::config::load::FILE_NAME;
use crate::findings::{Bilingual, Lang};
use crate::github::base::{Base, Found, Sources, find};
use crate::github::publish::{Asked, publish};
use crate::github::repositories::{ListingError, Wanted, list};
use crate::github::scan::{Scan, Step};
use crate::github::{Api, ApiError, Environment, Event, Patience};
use crate::organization::{Repositories, chunk_count, chunk_of};
use crate::report::workflow_notice;
use crate::source::replace;
use crate::triage::{Scope, baseline};

const EXAMPLES: &str = "\
Examples:
  bklog-lint github base                          what the event of this job is compared with
  bklog-lint github publish --exit-code 1 --report report.json --check-run bklog-lint
  bklog-lint github repositories my-organization --output repositories.json
  bklog-lint github scan --list repositories.json --chunk 3/40 --results results --target django=5.2

Environment:
  GITHUB_TOKEN       who asks; it is shown nowhere
  GITHUB_API_URL     https://api.github.com, or that of a GitHub Enterprise Server
  GITHUB_SERVER_URL  https://github.com, or that of a GitHub Enterprise Server
  GITHUB_REPOSITORY, GITHUB_EVENT_NAME, GITHUB_EVENT_PATH, GITHUB_SHA, GITHUB_REF,
  GITHUB_RUN_ID, GITHUB_RUN_ATTEMPT, GITHUB_STEP_SUMMARY, GITHUB_OUTPUT
                     as GitHub Actions sets them";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct GithubArguments {
    #[command(subcommand)]
    job: Job,
}

#[derive(Debug, Subcommand)]
enum Job {
    /// Find what the event of this job is compared with; print it as arguments of `check`, one per line
    Base(BaseArguments),
    /// Tell reports that `check` wrote: check run, comment, job summary, SARIF. What is refused fails nothing
    Publish(PublishArguments),
    /// List the Django repositories of an organization
    Repositories(RepositoriesArguments),
    /// Clone and check repositories of a list; what is there already is not scanned again
    Scan(ScanArguments),
}

#[derive(Debug, Args)]
struct BaseArguments {
    /// Checkout [default: the working directory]
    #[arg(value_name = "PATH", default_value = ".", hide_default_value = true, value_hint = ValueHint::DirPath)]
    path: PathBuf,
    /// Where the list of changed files goes when the base cannot be fetched
    #[arg(long, value_name = "FILE", default_value = "bklog-lint-changes.json", value_hint = ValueHint::FilePath)]
    changes: PathBuf,
    /// Configuration file that will be used, when it is not the one that is found
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    config: Option<PathBuf>,
    /// Baseline that will be used, when it is not the configured one
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    baseline: Option<PathBuf>,
    #[command(flatten)]
    face: FaceArguments,
}

#[derive(Debug, Args)]
struct PublishArguments {
    /// How `check` ended
    #[arg(long, value_name = "CODE")]
    exit_code: u8,
    /// The paths that were checked [default: the working directory]
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    paths: Vec<PathBuf>,
    /// JSON report
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    report: Option<PathBuf>,
    /// Report in the format `github`; printed unless a check run holds the annotations
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    annotations: Option<PathBuf>,
    /// Report in the format `markdown`, for the job summary
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    summary: Option<PathBuf>,
    /// Report in the format `comment`, for the check run and the comment
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    comment: Option<PathBuf>,
    /// Keep a comment on the pull request up to date
    #[arg(long, requires = "comment")]
    keep_comment: bool,
    /// Make a check run of this name
    #[arg(long, value_name = "NAME")]
    check_run: Option<String>,
    /// SARIF report to upload to code scanning
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    sarif: Option<PathBuf>,
    /// What tells several runs on one pull request apart
    #[arg(long, value_name = "NAME", default_value = "bklog-lint")]
    category: String,
    #[command(flatten)]
    face: FaceArguments,
}

#[derive(Debug, Args)]
struct RepositoriesArguments {
    /// Organization or account
    organization: String,
    /// File to write
    #[arg(long, value_name = "FILE", default_value = "repositories.json", value_hint = ValueHint::FilePath)]
    output: PathBuf,
    /// What is known so far, for the next run to go on from [default: the output with `.journal` behind it]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    journal: Option<PathBuf>,
    /// Archived repositories too
    #[arg(long)]
    archived: bool,
    /// Forks too
    #[arg(long)]
    forks: bool,
    /// Jobs to share the work; a matrix has 256 at most
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = clap::value_parser!(u16).range(1..=256))]
    chunks: u16,
    #[command(flatten)]
    face: FaceArguments,
}

#[derive(Debug, Args)]
struct ScanArguments {
    /// List, as `github repositories` writes it
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    list: PathBuf,
    /// Part of the list, counted from 0: `3/40`
    #[arg(long, value_name = "NUMBER/COUNT", value_parser = chunk, default_value = "0/1")]
    chunk: (usize, usize),
    /// Folder of results
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    results: PathBuf,
    /// Versions to check for, `django=5.2,python=3.12`; may be given several times [default: what is pinned]
    #[arg(long, value_name = "VERSIONS")]
    target: Vec<String>,
    /// Where the repositories are, their names follow [default: GITHUB_SERVER_URL]
    #[arg(long, value_name = "URL")]
    server: Option<String>,
    #[command(flatten)]
    input: InputArguments,
    #[command(flatten)]
    rules: RuleArguments,
    #[command(flatten)]
    face: FaceArguments,
}

impl GithubArguments {
    pub(super) fn face(&self) -> FaceArguments {
        match &self.job {
            Job::Base(arguments) => arguments.face,
            Job::Publish(arguments) => arguments.face,
            Job::Repositories(arguments) => arguments.face,
            Job::Scan(arguments) => arguments.face,
        }
    }
}

pub(super) fn run(arguments: &GithubArguments, speech: Speech) -> Result<Outcome, Failure> {
    let environment = Environment::new(|name| std::env::var(name).ok());
    match &arguments.job {
        Job::Base(arguments) => base(arguments, &environment, speech),
        Job::Publish(arguments) => tell(arguments, &environment, speech),
        Job::Repositories(arguments) => repositories(arguments, &environment, speech),
        Job::Scan(arguments) => scan(arguments, &environment, speech),
    }
}

fn plain(text: impl std::fmt::Display) -> Bilingual {
    Bilingual::new(text.to_string(), text.to_string())
}

fn client(environment: &Environment, patience: Patience, lang: Lang) -> Result<Api, ApiError> {
    Api::new(environment, patience, move |why| say(Tone::Note, lang, why))
}

fn base(arguments: &BaseArguments, environment: &Environment, speech: Speech) -> Result<Outcome, Failure> {
    let lang = speech.lang();
    let event = Event::read(environment).map_err(|error| Failure::Usage(plain(error)))?;
    let api = match &environment.token {
        Some(_) => client(environment, Patience::for_reports(), lang).ok(),
        None => None,
    };
    let sources = Sources { folder: &arguments.path, environment, api: api.as_ref() };
    let mut found = find(&event, &sources);
    let words = words(arguments, &mut found)?;
    for notice in &found.notices {
        // The runner reads commands on both streams; standard output holds the arguments.
        let _ = writeln!(std::io::stderr(), "{}", workflow_notice(notice.get(lang)));
    }
    terminal::print(|out| words.iter().try_for_each(|word| writeln!(out, "{word}")))?;
    Ok(Outcome::Done)
}

/// The arguments of `check` for what was found.
fn words(arguments: &BaseArguments, found: &mut Found) -> Result<Vec<String>, Failure> {
    let mut words = Vec::new();
    let mut add = |all: &[&str]| words.extend(all.iter().map(|word| (*word).to_owned()));
    match &found.base {
        Base::Commit(commit) => {
            add(&["--diff-base", commit, "--no-merge-base"]);
            if found.is_pull_request {
                add(&["--config-revision", commit]);
            }
        }
        Base::List(list) => {
            let file = &arguments.changes;
            let written = replace(file, |out| serde_json::to_writer(out, list).map_err(Into::into));
            written.map_err(|error| refused(file, &error))?;
            add(&["--changes", &file.to_string_lossy()]);
            let own: Vec<&str> =
                list.files.keys().filter(|path| is_own(path, arguments)).map(String::as_str).collect();
            if found.is_pull_request && !own.is_empty() {
                add(&["--no-config"]);
                let own = own.join(", ");
                found.notices.push(Bilingual::new(
                    format!("this change edits {own}, and the base's own is not at hand: all rules run as they do without a configuration"),
                    format!("此变更修改了 {own}，且无法取得基准版本的内容：所有规则按无配置时运行"),
                ));
            }
        }
        Base::Nothing => {}
    }
    Ok(words)
}

/// Whether a changed file may say how the change is judged.
fn is_own(path: &str, arguments: &BaseArguments) -> bool {
    let name = Path::new(path).file_name();
    let is = |file: &Path| file.file_name() == name;
    let named = [&arguments.config, &arguments.baseline];
    [FILE_NAME, "pyproject.toml", baseline::FILE_NAME].into_iter().any(|own| is(Path::new(own)))
        || named.into_iter().flatten().any(|file| is(file))
}

fn tell(arguments: &PublishArguments, environment: &Environment, speech: Speech) -> Result<Outcome, Failure> {
    let lang = speech.lang();
    let asked = Asked {
        report: arguments.report.clone(),
        in_repository: analysis::place_in_repository(&arguments.paths),
        exit_code: arguments.exit_code,
        annotations: arguments.annotations.clone(),
        summary: arguments.summary.clone(),
        comment: arguments.comment.clone(),
        keep_comment: arguments.keep_comment,
        check_run: arguments.check_run.clone(),
        sarif: arguments.sarif.clone(),
        category: arguments.category.clone(),
        lang,
    };
    let event =
        Event::read(environment).inspect_err(|error| say(Tone::Warning, lang, &error.to_string())).ok();
    let talks = asked.check_run.is_some() || asked.keep_comment || asked.sarif.is_some();
    let api = match (talks, &environment.token) {
        (true, Some(_)) => client(environment, Patience::for_reports(), lang),
        _ => Err(ApiError::Unavailable("there is no token in GITHUB_TOKEN".to_owned())),
    };
    let mut out = Vec::new();
    let published = publish(&asked, environment, event.as_ref(), api.as_ref(), &mut out);
    terminal::print(|stdout| stdout.write_all(&out))?;
    published.map_err(|error| {
        Failure::Work(Bilingual::new(
            format!("cannot write to the files of the runner: {error}"),
            format!("无法写入运行器的文件：{error}"),
        ))
    })?;
    Ok(Outcome::Done)
}

fn repositories(
    arguments: &RepositoriesArguments,
    environment: &Environment,
    speech: Speech,
) -> Result<Outcome, Failure> {
    let lang = speech.lang();
    let work = |error: &dyn std::fmt::Display| Failure::Work(plain(error));
    let api = client(environment, Patience::for_lists(), lang).map_err(|error| work(&error))?;
    let journal = arguments.journal.clone().unwrap_or_else(|| {
        let mut name = arguments.output.clone().into_os_string();
        name.push(".journal");
        name.into()
    });
    let wanted = Wanted { archived: arguments.archived, forks: arguments.forks };
    let progress = |n: usize, all: usize| {
        if n > 0 && n.is_multiple_of(100) {
            say(Tone::Note, lang, &format!("{n}/{all}"));
        }
    };
    let listed =
        list(&api, &arguments.organization, wanted, &journal, &progress).map_err(|error| match error {
            ListingError::OtherJournal { .. } => Failure::Usage(plain(&error)),
            other => work(&other),
        })?;
    let file = &arguments.output;
    replace(file, |out| serde_json::to_writer_pretty(out, &listed).map_err(Into::into))
        .map_err(|error| refused(file, &error))?;
    // It has served: the next run is to see what is new.
    let _ = std::fs::remove_file(&journal);
    let chunks = chunk_count(listed.repositories.len(), arguments.chunks.into());
    let numbers: Vec<String> = (0..chunks).map(|number| number.to_string()).collect();
    terminal::print(|out| {
        writeln!(out, "repositories={}", listed.repositories.len())?;
        writeln!(out, "left-out={}", listed.left_out.len())?;
        writeln!(out, "chunks={chunks}")?;
        writeln!(out, "matrix=[{}]", numbers.join(","))
    })?;
    Ok(Outcome::Done)
}

fn scan(arguments: &ScanArguments, environment: &Environment, speech: Speech) -> Result<Outcome, Failure> {
    let lang = speech.lang();
    arguments.input.set_threads()?;
    let listed = Repositories::read(&arguments.list).map_err(|error| Failure::Usage(plain(error)))?;
    let mut request = arguments.input.request(&[], speech);
    arguments.rules.apply(&mut request);
    request.scope = Scope::Auto;
    let targets = if arguments.target.is_empty() { vec![String::new()] } else { arguments.target.clone() };
    let scan = Scan {
        server: arguments.server.as_deref().unwrap_or(&environment.server_url),
        environment,
        targets: &targets,
        request: &request,
        results: &arguments.results,
    };
    let (number, count) = arguments.chunk;
    let chunk = chunk_of(&listed.repositories, number, count);
    let mut counts = [0usize; 3];
    for (n, one) in chunk.iter().enumerate() {
        let step = scan.repository(one).map_err(|error| Failure::Work(plain(error)))?;
        let (at, word) = match step {
            Step::Known => (0, "known"),
            Step::Scanned => (1, "scanned"),
            Step::Failed => (2, "failed"),
        };
        counts[at] += 1;
        say(Tone::Note, lang, &format!("{}/{} {} {word}", n + 1, chunk.len(), one.repository));
    }
    let [known, scanned, failed] = counts;
    terminal::print(|out| writeln!(out, "known={known}\nscanned={scanned}\nfailed={failed}"))?;
    Ok(Outcome::Done)
}

/// Reads `NUMBER/COUNT`; the error is clap's, in English.
fn chunk(text: &str) -> Result<(usize, usize), String> {
    let parts =
        text.split_once('/').and_then(|(number, count)| Some((number.parse().ok()?, count.parse().ok()?)));
    match parts {
        Some((number, count)) if number < count => Ok((number, count)),
        _ => Err("must be NUMBER/COUNT, where NUMBER is counted from 0: 3/40".to_owned()),
    }
}
