//! The verdict: all checks together, what is left out, what somebody answers for, and whether it is a go.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use jiff::Timestamp;

use crate::config::gate::WaiverConfig;
use crate::config::{Date, GateConfig};
use crate::findings::Severity;
use crate::plan::Plan;
use crate::plan::rates::Rates;
use crate::plan::window::Window;
use crate::report::Report;
use crate::report::risks::RISKS;

use super::backup;
use super::check::{Check, Section, Status, say};
use super::components;
use super::context::Context;
use super::database;
use super::facts::{Answer, Asking, Facts, probe_id};
use super::judge::{self, list};
use super::people::{self, Attestations};
use super::secret::Vault;
use super::trouble::{Kind, Trouble};

/// Hours after which saved facts say nothing of today.
const STALE: i64 = 24;

/// Go or no-go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing stands in the way.
    Go,
    /// Something does.
    NoGo,
    /// A question that decides could not be asked.
    Unknown,
}

impl Verdict {
    /// The key in outputs.
    pub fn key(self) -> &'static str {
        match self {
            Self::Go => "go",
            Self::NoGo => "no-go",
            Self::Unknown => "unknown",
        }
    }
}

/// The result of a gate.
#[derive(Debug, Clone)]
pub struct Readiness {
    /// Go or no-go.
    pub verdict: Verdict,
    /// The checks, by section.
    pub checks: Vec<Check>,
    /// When the environment was asked.
    pub collected_at: Timestamp,
    /// When it was judged.
    pub judged_at: Timestamp,
    /// What was configured, for pictures.
    pub setting: Setting,
}

/// What of the configuration a picture shows beside the checks.
#[derive(Debug, Clone, Default)]
pub struct Setting {
    /// Components, and what comes before each.
    pub order: components::Order,
    /// The phases of the upgrade with their minutes, least and most.
    pub phases: Vec<(&'static str, u32, u32)>,
    /// Minutes of the window; none when it is not set, or not a time.
    pub window: Option<i64>,
}

impl Setting {
    fn of(config: &GateConfig, vault: &Vault) -> Self {
        let least_and_most = |(key, minutes): (&'static str, &[u32])| {
            let of = |minute: Option<&u32>| minute.copied().unwrap_or_default();
            (key, of(minutes.first()), of(minutes.last()))
        };
        Self {
            order: components::Order::of(config),
            phases: config.window.phases.all().into_iter().map(least_and_most).collect(),
            window: people::minutes(&config.window, vault),
        }
    }
}

impl Readiness {
    /// Number of checks that ended so.
    pub fn count(&self, status: Status) -> usize {
        self.checks.iter().filter(|check| check.status == status).count()
    }
}

/// What is judged, beside the facts.
pub struct Question<'a> {
    /// The gate's part of the configuration.
    pub config: &'a GateConfig,
    /// The project.
    pub context: Context<'a>,
    /// The static check of the revision; none when it is left out.
    pub report: Option<&'a Report>,
    /// How fast servers are, for the time that the migrations take.
    pub rates: &'a Rates,
    /// Values of the configuration, and the secrets that must not appear.
    pub vault: &'a Vault,
    /// Now.
    pub now: Timestamp,
    /// The day, for waivers.
    pub today: Date,
}

/// Judges everything.
pub fn judge(facts: &Facts, question: &Question<'_>) -> Readiness {
    let Question { config, context, report, rates, vault, now, today } = question;
    let people = Attestations::read(config, vault, *now);
    let plan = |name: &String| Some((name.clone(), database::plan(facts, name, context, rates)?));
    let plans: BTreeMap<String, Plan> = database::migrated(config).filter_map(plan).collect();
    let mut checks = services(facts, config, context, &plans);
    if let Some(report) = report {
        checks.extend(static_checks(report));
    }
    checks.extend(components::judge(config, facts, &people, context));
    checks.extend(people::attestations(config, &people, *now));
    if wants_window(config) {
        checks.extend(people::window(config, &people, vault, *now, upgrade(&plans)));
    }
    checks.push(age(facts, *now));
    checks.retain(|check| runs(config, &check.id));
    for check in &mut checks {
        check.optional = named(&config.optional, &check.id);
    }
    let extra = waive(&mut checks, &config.waiver, *today);
    checks.extend(extra);
    checks.extend(unused(config, &checks));
    for check in &mut checks {
        scrub(check, vault);
    }
    // Sections in the order of the report; within one, the order in which things were asked.
    checks.sort_by_key(|check| check.section);
    let verdict = verdict(&checks);
    let setting = Setting::of(config, vault);
    Readiness { verdict, checks, collected_at: facts.collected_at, judged_at: *now, setting }
}

fn verdict(checks: &[Check]) -> Verdict {
    let blocking = |status| checks.iter().any(|check| check.blocks() && check.status == status);
    if blocking(Status::Fail) {
        Verdict::NoGo
    } else if blocking(Status::Error) || checks.iter().all(|check| check.status == Status::Skip) {
        Verdict::Unknown
    } else {
        Verdict::Go
    }
}

/// Whether a list of names or starts of names holds a check.
fn named(list: &[String], id: &str) -> bool {
    list.iter().any(|name| is_named(name, id))
}

fn is_named(name: &str, id: &str) -> bool {
    id == name || id.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'))
}

/// Whether a check runs.
pub fn runs(config: &GateConfig, id: &str) -> bool {
    (config.include.is_empty() || named(&config.include, id)) && !named(&config.exclude, id)
}

/// Whether a probe has a check that runs: `mysql` is asked when `mysql.version` is wanted.
pub fn asks(config: &GateConfig, probe: &str) -> bool {
    let wanted = config.include.iter().any(|name| is_named(name, probe) || is_named(probe, name));
    (config.include.is_empty() || wanted) && !named(&config.exclude, probe)
}

/// Whether a backup that is looked at is compared with what this probe says.
pub fn compares(config: &GateConfig, probe: &str) -> bool {
    config.backup.iter().filter(|(name, _)| asks(config, &probe_id("backup", name))).any(|(_, backup)| {
        let is = |kind: &str, name: &Option<String>| {
            name.as_ref().is_some_and(|name| probe_id(kind, name) == probe)
        };
        is("mysql", &backup.mysql) || is("redis", &backup.redis)
    })
}

/// Whether the length of the window is judged by what this probe says: what is pending, on tables of which size.
pub fn estimates(config: &GateConfig, probe: &str) -> bool {
    let has_window = !config.window.start.0.is_empty() && runs(config, "window.length");
    has_window && database::migrated(config).any(|name| probe_id("mysql", name) == probe)
}

fn wants_window(config: &GateConfig) -> bool {
    let window = &config.window;
    !window.start.0.is_empty() || !window.end.0.is_empty() || !config.attestations.file.0.is_empty()
}

/// The upgrade that the window is for: of several databases the one that takes longest.
fn upgrade(plans: &BTreeMap<String, Plan>) -> Option<&Window> {
    let windows = plans.values().map(|plan| &plan.window);
    windows.max_by_key(|window| (window.total().1, !window.is_estimated))
}

fn services(
    facts: &Facts,
    config: &GateConfig,
    context: &Context<'_>,
    plans: &BTreeMap<String, Plan>,
) -> Vec<Check> {
    let mut checks = Vec::new();
    let mut each =
        |kind: &str, name: &str, section: Section, judge: &mut dyn FnMut(&str, &Answer) -> Vec<Check>| {
            let id = probe_id(kind, name);
            if !asks(config, &id) {
                return;
            }
            let from = checks.len();
            let Some(asking) = facts.get(&id) else {
                let trouble = Trouble::new(Kind::Other, "the facts do not hold it");
                checks.push(Check::error(format!("{id}.connect"), section, &trouble));
                return;
            };
            match &asking.answer {
                Ok(answer) => {
                    if kind != "backup" {
                        checks.push(connected(asking, &id, section));
                    }
                    checks.extend(judge(&id, answer));
                }
                Err(trouble) if kind == "backup" => checks.push(backup::judge::absent(&id, trouble)),
                Err(trouble) => checks.push(Check::error(format!("{id}.connect"), section, trouble)),
            }
            for check in checks.iter_mut().skip(from) {
                check.elapsed_ms = asking.elapsed_ms;
            }
        };
    for name in config.python.keys() {
        each("python", name, Section::Dependencies, &mut |id, answer| match answer {
            Answer::Python(facts) => judge::python::judge(id, facts, context),
            _ => wrong(id),
        });
    }
    for (name, target) in &config.mysql {
        let django = target.django.unwrap_or(name == "default");
        each("mysql", name, Section::Environment, &mut |id, answer| match answer {
            Answer::Mysql(facts) => {
                let mut checks = judge::mysql::judge(id, facts, target, django, context);
                checks.extend(judge::migrations::judge(id, facts, context, plans.get(name)));
                checks
            }
            _ => wrong(id),
        });
    }
    for (name, target) in &config.redis {
        each("redis", name, Section::Environment, &mut |id, answer| match answer {
            Answer::Redis(facts) => judge::redis::judge(id, facts, target, context),
            _ => wrong(id),
        });
    }
    for name in config.elasticsearch.keys() {
        each("elasticsearch", name, Section::Environment, &mut |id, answer| match answer {
            Answer::Elasticsearch(facts) => judge::elasticsearch::judge(id, facts, context),
            _ => wrong(id),
        });
    }
    for name in config.kafka.keys() {
        each("kafka", name, Section::Environment, &mut |id, answer| match answer {
            Answer::Kafka(facts) => judge::kafka::judge(id, facts, context),
            _ => wrong(id),
        });
    }
    for name in config.rabbitmq.keys() {
        each("rabbitmq", name, Section::Environment, &mut |id, answer| match answer {
            Answer::Rabbitmq(facts) => judge::rabbitmq::judge(id, facts, context),
            _ => wrong(id),
        });
    }
    for (name, target) in &config.backup {
        each("backup", name, Section::Backup, &mut |id, answer| match answer {
            Answer::Backup(own) => backup::judge::judge(id, own, target, facts, context),
            _ => wrong(id),
        });
    }
    checks
}

fn connected(asking: &Asking, id: &str, section: Section) -> Check {
    let check = Check::new(format!("{id}.connect"), section, Status::Pass, say("answers", "有应答"));
    if asking.attempts > 1 { check.saw(format!("after {} attempts", asking.attempts)) } else { check }
}

/// Facts of another kind than the configuration asks for: those of another configuration.
fn wrong(id: &str) -> Vec<Check> {
    let trouble = Trouble::new(
        Kind::Other,
        "the facts hold an answer of another kind; they were collected with another configuration",
    );
    vec![Check::error(format!("{id}.connect"), Section::Environment, &trouble)]
}

/// The static check of the revision, and what it says of each of the named risks.
fn static_checks(report: &Report) -> Vec<Check> {
    let (errors, shown_errors) = shown(report, |finding| finding.severity == Severity::Error);
    let (warnings, shown_warnings) = shown(report, |finding| finding.severity == Severity::Warning);
    let advise = say(
        "bklog-lint check prints them with their places and remedies",
        "bklog-lint check 会列出位置和修复办法",
    );
    let new =
        |id: &str, section, status, en: String, zh: String| Check::new(id, section, status, say(en, zh));
    let check = if errors > 0 {
        new(
            "check.findings",
            Section::Migrations,
            Status::Fail,
            format!("errors in the revision: {errors}"),
            format!("本版本有 {errors} 个错误"),
        )
        .saw(list(&shown_errors, 5))
        .advise(advise.clone())
    } else if warnings > 0 {
        new(
            "check.findings",
            Section::Migrations,
            Status::Warn,
            format!("warnings in the revision: {warnings}"),
            format!("本版本有 {warnings} 个警告"),
        )
        .saw(list(&shown_warnings, 5))
        .advise(advise.clone())
    } else {
        new(
            "check.findings",
            Section::Migrations,
            Status::Pass,
            "nothing to complain of".into(),
            "没有问题".into(),
        )
    };
    let mut checks = vec![check.wants("no errors")];
    let missing = &report.summary.not_analysed;
    if !missing.is_empty() {
        let names: Vec<&str> = missing.iter().map(|(path, _)| path.as_ref()).collect();
        checks.push(
            new(
                "check.complete",
                Section::Migrations,
                Status::Warn,
                "files were not analysed".into(),
                "部分文件未分析".into(),
            )
            .saw(list(&names, 5)),
        );
    }
    for risk in &RISKS {
        let (id, (en, zh)) = (format!("risk.{}", risk.key), risk.title);
        let of_risk = |finding: &crate::findings::Finding| {
            finding.severity >= Severity::Warning && risk.is_raised_by(finding)
        };
        let (_, found) = shown(report, of_risk);
        let status = if found.is_empty() { Status::Pass } else { Status::Warn };
        let check = match status {
            Status::Pass => new(
                &id,
                Section::Risk,
                status,
                format!("nothing in this revision raises it: {en}"),
                format!("本版本未见此风险：{zh}"),
            ),
            _ => new(
                &id,
                Section::Risk,
                status,
                format!("raised by this revision: {en}"),
                format!("本版本存在此风险：{zh}"),
            )
            .saw(list(&found, 5))
            .advise(advise.clone()),
        };
        checks.push(check);
    }
    checks
}

/// How many findings are wanted, and each rule with each file in which it found some.
fn shown(report: &Report, wanted: impl Fn(&crate::findings::Finding) -> bool) -> (usize, Vec<String>) {
    let mut places: IndexMap<String, usize> = IndexMap::new();
    for finding in report.findings.iter().filter(|finding| wanted(finding)) {
        *places.entry(format!("{} {}", finding.rule.code, finding.place.path)).or_default() += 1;
    }
    let times = |(place, times): (String, usize)| match times {
        1 => place,
        _ => format!("{place} (×{times})"),
    };
    (places.values().sum(), places.into_iter().map(times).collect())
}

fn age(facts: &Facts, now: Timestamp) -> Check {
    let hours = now.duration_since(facts.collected_at).as_secs().div_euclid(3600);
    let new =
        |status, en: String, zh: String| Check::new("facts.age", Section::Environment, status, say(en, zh));
    let check = if hours >= STALE {
        new(Status::Fail, format!("the facts are {hours} hours old"), format!("事实已采集 {hours} 小时"))
            .advise(say("collect them again", "请重新采集"))
    } else if hours < -1 {
        new(
            Status::Fail,
            "the facts come from the future: a clock is wrong".into(),
            "事实的时间在未来：时钟有误".into(),
        )
    } else {
        new(Status::Pass, "fresh".into(), "最新".into())
    };
    check.saw(format!("{:.0}", facts.collected_at)).wants(format!("<{STALE} h"))
}

/// Marks what somebody answers for, and gives a check for every waiver that counts no more.
fn waive(checks: &mut [Check], waivers: &[WaiverConfig], today: Date) -> Vec<Check> {
    let mut extra = Vec::new();
    for waiver in waivers {
        let stopped = checks.iter_mut().filter(|check| {
            is_named(&waiver.check, &check.id) && matches!(check.status, Status::Fail | Status::Error)
        });
        if waiver.until < today {
            if stopped.count() > 0 {
                extra.push(
                    Check::new(
                        format!("waiver.{}", waiver.check),
                        Section::Risk,
                        Status::Fail,
                        say("the waiver has expired", "豁免已过期"),
                    )
                    .saw(format!("{}: {} (until {})", waiver.owner, waiver.reason, waiver.until))
                    .advise(say("mend what it waives, or decide anew", "解决被豁免的问题，或重新决定")),
                );
            }
            continue;
        }
        for check in stopped {
            check.waived = Some(format!("{}: {} (until {})", waiver.owner, waiver.reason, waiver.until));
        }
    }
    extra
}

/// Names in the configuration that fit no check: likely slips, which must not look like a check that passed.
fn unused(config: &GateConfig, checks: &[Check]) -> Option<Check> {
    let waivers: Vec<String> = config.waiver.iter().map(|waiver| waiver.check.clone()).collect();
    let of = |list: &[String], key: &str| -> Vec<String> {
        list.iter()
            .filter(|name| !checks.iter().any(|check| is_named(name, &check.id)))
            .map(|name| format!("{key} {name}"))
            .collect()
    };
    let mut names = of(&config.include, "include");
    names.extend(of(&config.optional, "optional"));
    names.extend(of(&waivers, "waiver"));
    (!names.is_empty()).then(|| {
        Check::new(
            "configuration.names",
            Section::Environment,
            Status::Warn,
            say("names in [gate] that fit no check", "[gate] 中的名称与任何检查不符"),
        )
        .saw(list(&names, 5))
        .advise(say(
            "bklog-lint gate --format json lists the names",
            "bklog-lint gate --format json 可列出名称",
        ))
    })
}

fn scrub(check: &mut Check, vault: &Vault) {
    let texts: [&mut String; 6] = [
        &mut check.observed,
        &mut check.expected,
        &mut check.message.en,
        &mut check.message.zh,
        &mut check.remedy.en,
        &mut check.remedy.zh,
    ];
    for text in texts {
        *text = vault.scrub(text);
    }
}

/// How many checks of each section ended how.
pub fn tally(checks: &[Check]) -> BTreeMap<Section, BTreeMap<Status, usize>> {
    let mut out: BTreeMap<Section, BTreeMap<Status, usize>> = BTreeMap::new();
    for check in checks {
        *out.entry(check.section).or_default().entry(check.status).or_default() += 1;
    }
    out
}
