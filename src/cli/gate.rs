//! `bklog-lint gate`: ask the live environment, say go or no-go.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand, ValueHint};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::arguments::{FaceArguments, InputArguments};
use super::calibrate::{self, CalibrateArguments};
use super::failure::{Failure, Outcome, Tone, say};
use super::language::Speech;
use super::{output, progress, terminal};
use crate::analysis::{self, Opened, Run};
use crate::config::gate::{BackupKind, Text};
use crate::config::{Date, GateConfig, Loaded, load::FILE_NAME};
use crate::findings::{Bilingual, Lang};
use crate::gate::check::Status;
use crate::gate::components;
use crate::gate::context::Context;
use crate::gate::drill::{self, DrillError};
use crate::gate::facts::{Facts, MysqlFacts, SCHEMA_VERSION};
use crate::gate::probe::{self, Probe};
use crate::gate::readiness::{self, Question, Readiness, Verdict, asks, compares, estimates};
use crate::gate::report::{self, Format};
use crate::gate::run::{self, Limits};
use crate::gate::{Trouble, Vault, backup, database, init};
use crate::project::{Parts, Project, Workspace};
use crate::report::Report;
use crate::source::replace;

/// What the live environment is held to.
const PARTS: Parts = Parts { pins: true, settings: true, code: false, deployment: true };

const EXAMPLES: &str = "\
Examples:
  bklog-lint gate init --profile bklog          write [gate] from what the repository says
  bklog-lint gate --dry-run                     what would be asked, of whom
  bklog-lint gate                               ask, and say go or no-go
  bklog-lint gate --collect facts.json          ask here, judge elsewhere
  bklog-lint gate --facts facts.json --output markdown=ticket.md
  bklog-lint gate --include mysql,backup        only these checks
  bklog-lint gate drill database                restore it into [gate.scratch], and clean up
  bklog-lint gate calibrate --allow-writes      how fast the server is, for plan --calibration

Exit codes:
  0  go
  1  no-go
  2  wrong usage or configuration, or nothing to ask
  3  a question that decides could not be asked
  With --format nagios those of a plugin: 0 OK, 1 warning, 2 critical, 3 unknown";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub(super) struct GateArguments {
    #[command(subcommand)]
    action: Option<Action>,
    /// Repository or project that is to be deployed [default: the working directory]
    #[arg(value_name = "PATH", default_value = ".", hide_default_value = true, value_hint = ValueHint::AnyPath)]
    path: PathBuf,
    #[command(flatten)]
    input: InputArguments,
    /// Only these checks: names or starts of names, separated by commas
    #[arg(long, value_name = "CHECK", value_delimiter = ',', help_heading = "What to ask")]
    include: Vec<String>,
    /// Leave these checks out
    #[arg(long, value_name = "CHECK", value_delimiter = ',', help_heading = "What to ask")]
    exclude: Vec<String>,
    /// Leave out the static check of the repository
    #[arg(long, help_heading = "What to ask")]
    no_static_check: bool,
    /// Show what would be asked, of whom, with which statements; ask nothing
    #[arg(long, conflicts_with_all = ["collect", "facts"], help_heading = "What to ask")]
    dry_run: bool,
    /// Ask, and write the answers to a file instead of judging them; needs the configuration only
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "facts", help_heading = "What to ask")]
    collect: Option<PathBuf>,
    /// Judge the answers in a file that --collect wrote; ask nothing
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "What to ask")]
    facts: Option<PathBuf>,
    /// Format on standard output
    #[arg(long, value_name = "FORMAT", value_parser = format_parser(), default_value = "text", help_heading = "Output")]
    format: Format,
    /// Write a report to a file too, in any format; may be given several times
    #[arg(long, value_name = "FORMAT=FILE", value_parser = parse_output, value_hint = ValueHint::FilePath, help_heading = "Output")]
    output: Vec<(Format, PathBuf)>,
    /// Only what is not as it should be
    #[arg(long, short, conflicts_with = "verbose", help_heading = "Output")]
    quiet: bool,
    /// What was seen and wanted of every check
    #[arg(long, short, help_heading = "Output")]
    verbose: bool,
    #[command(flatten)]
    face: FaceArguments,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Write [gate] into bklog-lint.toml, from the environment variables that the repository reads
    Init(GateInitArguments),
    /// Restore a dump into the scratch database of [gate.scratch], count what came of it, and take it out again
    Drill(DrillArguments),
    /// Measure how fast the server alters a table, in a scratch database of its own: for the times of `plan`
    Calibrate(CalibrateArguments),
}

#[derive(Debug, Args)]
struct GateInitArguments {
    /// Repository or project [default: the working directory]
    #[arg(value_name = "PATH", default_value = ".", hide_default_value = true, value_hint = ValueHint::AnyPath)]
    path: PathBuf,
    /// Components around the project and their order: `bklog`
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// Print it instead of writing it
    #[arg(long)]
    print: bool,
    #[command(flatten)]
    input: InputArguments,
    #[command(flatten)]
    face: FaceArguments,
}

#[derive(Debug, Args)]
struct DrillArguments {
    /// Entry of [gate.backup], a dump
    #[arg(value_name = "BACKUP")]
    backup: String,
    /// Repository or project [default: the working directory]
    #[arg(value_name = "PATH", default_value = ".", hide_default_value = true, value_hint = ValueHint::AnyPath)]
    path: PathBuf,
    #[command(flatten)]
    input: InputArguments,
    #[command(flatten)]
    face: FaceArguments,
}

impl GateArguments {
    /// How the program is to speak.
    pub(super) fn face(&self) -> FaceArguments {
        match &self.action {
            Some(Action::Init(arguments)) => arguments.face,
            Some(Action::Drill(arguments)) => arguments.face,
            Some(Action::Calibrate(arguments)) => arguments.face,
            None => self.face,
        }
    }
}

fn format_parser() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(Format::ALL.map(Format::key))
        .try_map(|given| Format::from_key(&given).ok_or("not in the list"))
}

fn parse_output(text: &str) -> Result<(Format, PathBuf), String> {
    let known = || Format::ALL.map(Format::key).join(", ");
    let (format, file) = text
        .split_once('=')
        .ok_or_else(|| format!("must be FORMAT=FILE, where FORMAT is one of {}", known()))?;
    let format = Format::from_key(format)
        .ok_or_else(|| format!("no format is called `{format}`; there are {}", known()))?;
    if file.is_empty() {
        return Err(format!("the file is missing: {}=FILE", format.key()));
    }
    Ok((format, PathBuf::from(file)))
}

pub(super) fn run(arguments: &GateArguments, speech: Speech) -> Result<Outcome, Failure> {
    match &arguments.action {
        Some(Action::Init(arguments)) => return write_section(arguments, speech),
        Some(Action::Drill(arguments)) => return restore(arguments, speech),
        Some(Action::Calibrate(arguments)) => return calibrate::run(arguments, speech),
        None => {}
    }
    arguments.input.set_threads()?;
    let request = arguments.input.request(std::slice::from_ref(&arguments.path), speech);
    let (mut loaded, lang) = analysis::configure(&request)?;
    change(&mut loaded.config.gate, arguments);
    check_names(&loaded.config.gate)?;
    let vault = Arc::new(Vault::new(&loaded.folder));
    let mut probes = probe::probes(&loaded.config.gate);
    let gate = &loaded.config.gate;
    probes.retain(|probe| is_asked(gate, &probe.id()));
    if arguments.dry_run {
        return dry_run(&probes, &vault, lang);
    }
    if probes.is_empty() && !judges_people(&loaded.config.gate) {
        return Err(Failure::Usage(nothing()));
    }
    let facts = match &arguments.facts {
        Some(file) => read_facts(file)?,
        None => {
            if probes.is_empty() && arguments.collect.is_some() {
                return Err(Failure::Usage(nothing()));
            }
            ask(probes, &vault, limits(&loaded.config.gate), lang)
        }
    };
    if let Some(file) = &arguments.collect {
        return collect(file, &facts, &vault, lang);
    }
    let gate = loaded.config.gate.clone();
    let rates = database::rates(&gate, &loaded.folder).map_err(Failure::Usage)?;
    let judged = Judged::new(arguments, &request, lang)?;
    let context =
        Context { workspace: judged.workspace(), project: judged.project()?, config: &loaded.config };
    let question = Question {
        config: &gate,
        context,
        report: judged.report(),
        rates: &rates,
        vault: &vault,
        now: jiff::Timestamp::now(),
        today: Date::today(),
    };
    let result = readiness::judge(&facts, &question);
    write(&result, judged.report(), arguments, lang)?;
    Ok(outcome(&result, arguments.format))
}

/// Whether a probe is asked: for checks of its own, or for those that need what it says.
fn is_asked(gate: &GateConfig, probe: &str) -> bool {
    asks(gate, probe) || compares(gate, probe) || estimates(gate, probe)
}

/// Whether there is something to judge that no service is asked for.
fn judges_people(gate: &GateConfig) -> bool {
    let set = |text: &Text| !text.0.is_empty();
    set(&gate.attestations.file) || set(&gate.window.start) || !components::Order::of(gate).before.is_empty()
}

fn nothing() -> Bilingual {
    Bilingual::new(
        "nothing to ask: the configuration has no [gate]; `bklog-lint gate init --profile bklog` writes one",
        "没有可询问的内容：配置中没有 [gate]；`bklog-lint gate init --profile bklog` 可生成",
    )
}

fn outcome(result: &Readiness, format: Format) -> Outcome {
    let warns = result.count(Status::Warn) > 0;
    Outcome::Exit(match (format, result.verdict) {
        (Format::Nagios, Verdict::Go) => u8::from(warns),
        (Format::Nagios, Verdict::NoGo) => 2,
        (_, Verdict::Go) => 0,
        (_, Verdict::NoGo) => 1,
        (_, Verdict::Unknown) => 3,
    })
}

/// What the command line says of the checks goes before the configuration.
fn change(gate: &mut GateConfig, arguments: &GateArguments) {
    if !arguments.include.is_empty() {
        gate.include.clone_from(&arguments.include);
    }
    gate.exclude.extend(arguments.exclude.iter().cloned());
    gate.no_static_check |= arguments.no_static_check;
}

/// Refuses names that lead to nothing.
fn check_names(gate: &GateConfig) -> Result<(), Failure> {
    if let Some(profile) = &gate.components.profile {
        known_profile(profile)?;
    }
    for (name, backup) in &gate.backup {
        for (key, target, known) in [
            ("mysql", &backup.mysql, backup.mysql.as_ref().is_none_or(|name| gate.mysql.contains_key(name))),
            ("redis", &backup.redis, backup.redis.as_ref().is_none_or(|name| gate.redis.contains_key(name))),
        ] {
            if let Some(target) = target.as_ref().filter(|_| !known) {
                return Err(Failure::Usage(Bilingual::new(
                    format!("[gate.backup.{name}] {key} = \"{target}\": there is no [gate.{key}.{target}]"),
                    format!("[gate.backup.{name}] 的 {key} = \"{target}\"：没有 [gate.{key}.{target}]"),
                )));
            }
        }
    }
    Ok(())
}

fn known_profile(name: &str) -> Result<(), Failure> {
    match components::table().profile(name) {
        Some(_) => Ok(()),
        None => Err(Failure::Usage(Bilingual::new(
            format!("no profile of components is called `{name}`; there is bklog"),
            format!("没有名为 `{name}` 的组件方案；可用：bklog"),
        ))),
    }
}

pub(super) fn limits(gate: &GateConfig) -> Limits {
    let usual = Limits::default();
    let seconds =
        |value: Option<u32>, usual| value.map_or(usual, |value| Duration::from_secs(value.max(1).into()));
    Limits {
        attempt: seconds(gate.timeout, usual.attempt),
        is_chosen: gate.timeout.is_some(),
        retries: gate.retries.unwrap_or(usual.retries),
        total: seconds(gate.deadline, usual.total),
        parallel: gate.parallel.map_or(usual.parallel, |value| value.max(1) as usize),
    }
}

fn dry_run(probes: &[Arc<dyn Probe>], vault: &Vault, lang: Lang) -> Result<Outcome, Failure> {
    if probes.is_empty() {
        return Err(Failure::Usage(nothing()));
    }
    let of = Bilingual::new("of", "询问对象");
    terminal::print(|out| {
        for probe in probes {
            let plan = probe.plan(vault);
            writeln!(out, "{}\n  {}: {}", probe.id(), of.get(lang), vault.scrub(&plan.whom))?;
            for ask in &plan.asks {
                writeln!(out, "    {}", vault.scrub(&ask.split_whitespace().collect::<Vec<_>>().join(" ")))?;
            }
        }
        Ok(())
    })?;
    Ok(Outcome::Done)
}

/// Asks, with a bar on standard error where somebody may be watching.
pub(super) fn ask(probes: Vec<Arc<dyn Probe>>, vault: &Arc<Vault>, limits: Limits, lang: Lang) -> Facts {
    if !std::io::stderr().is_terminal() {
        return run::ask(probes, vault, limits, &|_| ());
    }
    let bar = ProgressBar::with_draw_target(Some(probes.len() as u64), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {pos}/{len} {elapsed}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(100));
    bar.set_message(Bilingual::new("asking", "正在询问").get(lang).to_owned());
    let failed = AtomicUsize::new(0);
    let facts = run::ask(probes, vault, limits, &|asking| {
        bar.inc(1);
        if asking.answer.is_err() {
            failed.fetch_add(1, Ordering::Relaxed);
        }
        let without = failed.load(Ordering::Relaxed);
        if without > 0 {
            let text = Bilingual::new(
                format!("asking ({without} without answer)"),
                format!("正在询问（{without} 项无应答）"),
            );
            bar.set_message(text.get(lang).to_owned());
        }
    });
    bar.finish_and_clear();
    facts
}

fn collect(file: &Path, facts: &Facts, vault: &Vault, lang: Lang) -> Result<Outcome, Failure> {
    replace(file, |out| {
        let mut lines = vault.scrubbed(out);
        serde_json::to_writer_pretty(&mut lines, facts)?;
        writeln!(lines)?;
        lines.flush()
    })
    .map_err(|error| output::refused(file, &error))?;
    for asking in &facts.asked {
        if let Err(trouble) = &asking.answer {
            let said =
                format!("{}: {} ({})", asking.id, trouble.message().get(lang), vault.scrub(&trouble.said));
            say(Tone::Warning, lang, &said);
        }
    }
    let shown = file.display();
    let text = Bilingual::new(
        format!("{shown} written; judge it with bklog-lint gate --facts {shown}"),
        format!("已写入 {shown}；用 bklog-lint gate --facts {shown} 判定"),
    );
    terminal::print(|out| writeln!(out, "{}", text.get(lang)))?;
    Ok(Outcome::Done)
}

pub(super) fn read_facts(file: &Path) -> Result<Facts, Failure> {
    let shown = file.display();
    let usage = |why: String| {
        Failure::Usage(Bilingual::new(format!("--facts: {shown}: {why}"), format!("--facts：{shown}：{why}")))
    };
    let text = crate::source::read_given_text(file).map_err(|error| usage(error.to_string()))?;
    let facts: Facts = serde_json::from_str(&text).map_err(|error| usage(error.to_string()))?;
    if facts.schema_version != SCHEMA_VERSION {
        return Err(usage(format!("schema_version {} is not {SCHEMA_VERSION}", facts.schema_version)));
    }
    Ok(facts)
}

/// The repository as it was read, with the static check or without.
enum Judged {
    Checked(Box<Run>),
    Read(Box<Opened>),
}

impl Judged {
    fn new(arguments: &GateArguments, request: &analysis::Request, lang: Lang) -> Result<Self, Failure> {
        let mut request = request.clone();
        request.scope = crate::triage::Scope::Auto;
        request.also = PARTS;
        let left_out =
            arguments.no_static_check || analysis::configure(&request)?.0.config.gate.no_static_check;
        Ok(match left_out {
            true => Self::Read(Box::new(progress::during(lang, || analysis::open(&request, PARTS))?)),
            false => Self::Checked(Box::new(progress::during(lang, || analysis::check(&request))?)),
        })
    }

    fn workspace(&self) -> &Workspace {
        match self {
            Self::Checked(run) => &run.workspace,
            Self::Read(opened) => &opened.workspace,
        }
    }

    fn report(&self) -> Option<&Report> {
        match self {
            Self::Checked(run) => Some(&run.report),
            Self::Read(_) => None,
        }
    }

    /// The one project that is looked at.
    fn project(&self) -> Result<&Project, Failure> {
        one_project(self.workspace())
    }
}

fn one_project(workspace: &Workspace) -> Result<&Project, Failure> {
    match workspace.projects.as_slice() {
        [one] => Ok(one),
        [] => Err(Failure::Usage(Bilingual::new(
            "no Django project here: none has a manage.py, and the configuration names none under [[project]]",
            "这里没有 Django 项目：既没有 manage.py，配置中也没有 [[project]]",
        ))),
        several => {
            let names: Vec<&str> = several.iter().map(|project| project.name.as_ref()).collect();
            let names = names.join(", ");
            Err(Failure::Usage(Bilingual::new(
                format!("several projects here; name one of them: {names}"),
                format!("这里有多个项目；请指定其一：{names}"),
            )))
        }
    }
}

/// Writes all reports, the files first.
fn write(
    result: &Readiness,
    report: Option<&Report>,
    arguments: &GateArguments,
    lang: Lang,
) -> Result<(), Failure> {
    let GateArguments { quiet, verbose, .. } = *arguments;
    let mut done = Ok(());
    for (format, file) in &arguments.output {
        let options = report::Options { color: false, quiet, verbose, lang };
        let written = replace(file, |out| report::write(*format, result, report, options, out));
        done = done.and(written.map_err(|error| output::refused(file, &error)));
    }
    let options = report::Options { color: terminal::options().color, quiet, verbose, lang };
    let printed = terminal::print(|out| report::write(arguments.format, result, report, options, out));
    done.and(printed)
}

/// `gate drill`.
fn restore(arguments: &DrillArguments, speech: Speech) -> Result<Outcome, Failure> {
    let request = arguments.input.request(std::slice::from_ref(&arguments.path), speech);
    let (loaded, lang) = analysis::configure(&request)?;
    let gate = &loaded.config.gate;
    let usage = |en: String, zh: String| Failure::Usage(Bilingual::new(en, zh));
    let name = &arguments.backup;
    let Some(backup) = gate.backup.get(name).filter(|backup| backup.kind == BackupKind::Dump) else {
        let known = gate.backup.iter().filter(|(_, backup)| backup.kind == BackupKind::Dump);
        let known = known.map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
        return Err(usage(
            format!("[gate.backup] has no dump called `{name}` (there are: {known})"),
            format!("[gate.backup] 中没有名为 `{name}` 的 SQL 备份（可用：{known}）"),
        ));
    };
    let Some(scratch) = &gate.scratch else {
        return Err(usage(
            "[gate.scratch] is missing: an empty database, and a user with rights on it alone".into(),
            "缺少 [gate.scratch]：一个空数据库，以及只对其有权限的用户".into(),
        ));
    };
    let vault = Vault::new(&loaded.folder);
    let trouble = |trouble: Trouble| {
        let said = vault.scrub(&trouble.said);
        let text = |lang| format!("{}: {said}", trouble.message().get(lang));
        Failure::Work(Bilingual::new(text(Lang::En), text(Lang::Zh)))
    };
    let mut originals = BTreeMap::new();
    for (name, target) in &gate.mysql {
        let database = vault.text_or(&target.database, name).map_err(trouble)?;
        originals.insert(name.clone(), MysqlFacts { database, ..MysqlFacts::default() });
    }
    let path = backup::path_of(backup, &vault).map_err(trouble)?;
    let drilled = progress::during(lang, || drill::run(&path, scratch, &originals, &vault));
    let drilled = drilled.map_err(|error| match error {
        DrillError::Refused(text) => Failure::Usage(text),
        DrillError::Trouble(one) => trouble(one),
    })?;
    let seconds = drilled.took.as_secs_f64();
    let shown = path.display();
    let text = Bilingual::new(
        format!("{shown}: {} tables restored in {seconds:.1} s", drilled.tables),
        format!("{shown}：{seconds:.1} 秒内恢复 {} 张表", drilled.tables),
    );
    terminal::print(|out| {
        writeln!(out, "{}", text.get(lang))?;
        drilled.faults.iter().try_for_each(|fault| writeln!(out, "  {}", fault.get(lang)))
    })?;
    Ok(Outcome::Exit(u8::from(!drilled.faults.is_empty())))
}

fn write_section(arguments: &GateInitArguments, speech: Speech) -> Result<Outcome, Failure> {
    if let Some(profile) = &arguments.profile {
        known_profile(profile)?;
    }
    let request = arguments.input.request(std::slice::from_ref(&arguments.path), speech);
    let opened = progress::during(speech.lang(), || analysis::open(&request, PARTS))?;
    let Opened { workspace, loaded: Loaded { config, file, .. }, lang, folder, .. } = &opened;
    let context = Context { workspace, project: one_project(workspace)?, config };
    let text = init::section(&context, arguments.profile.as_deref(), *lang);
    if arguments.print {
        terminal::print(|out| out.write_all(text.as_bytes()))?;
        return Ok(Outcome::Done);
    }
    let path = file.clone().unwrap_or_else(|| folder.join(FILE_NAME));
    let shown = path.display();
    let old = if file.is_some() {
        crate::source::read_given_text(&path).map_err(|error| output::refused(&path, &error))?
    } else {
        String::new()
    };
    if path.file_name().is_some_and(|name| name == "pyproject.toml") || has_gate(&old) {
        return Err(Failure::Usage(Bilingual::new(
            format!(
                "{shown} has a [gate] already, or is a pyproject.toml; --print shows what would be written"
            ),
            format!("{shown} 已有 [gate]，或是 pyproject.toml；--print 可显示将写入的内容"),
        )));
    }
    let between = if old.is_empty() || old.ends_with("\n\n") { "" } else { "\n" };
    replace(&path, |out| write!(out, "{old}{between}{text}"))
        .map_err(|error| output::refused(&path, &error))?;
    let told = Bilingual::new(
        format!("[gate] written to {shown}. Next: fill in what is missing, then bklog-lint gate --dry-run"),
        format!("已将 [gate] 写入 {shown}。下一步：补全缺失项，然后执行 bklog-lint gate --dry-run"),
    );
    terminal::print(|out| writeln!(out, "{}", told.get(*lang)))?;
    Ok(Outcome::Done)
}

fn has_gate(text: &str) -> bool {
    text.parse::<toml::Table>().is_ok_and(|table| table.contains_key("gate"))
}
