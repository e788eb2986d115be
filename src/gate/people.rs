//! Facts that only people know: attestations in a file, and the window of the upgrade.

use jiff::Timestamp;
use jiff::civil::{DateTime, Time};
use jiff::fmt::temporal::Pieces;
use jiff::tz::Offset;
use serde::Deserialize;

use crate::config::GateConfig;
use crate::config::gate::{Text, WindowConfig};
use crate::plan::window::{Phase, Window};

use super::check::{Check, Section, Status, say};
use super::secret::Vault;
use super::trouble::{Asked, Kind, Trouble};

/// Hours of notice, and who is given it: the guide of the log platform.
const NOTICE: u32 = 72;
const NOTIFY: [&str; 4] = ["business", "operations", "development", "end-users"];

/// What people attested.
#[derive(Debug, Clone, Default)]
pub struct Attestations {
    /// In the order of the file.
    pub list: Vec<Attestation>,
    /// Why the file could not be read.
    pub trouble: Option<Trouble>,
}

/// One attestation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attestation {
    /// What it is about: `notice.business`, `rollback-plan`, `component.cmdb`.
    pub name: String,
    /// Who says so.
    pub who: String,
    /// What is said.
    pub what: String,
    /// When it was said or done.
    pub at: Timestamp,
    /// Until when it counts.
    pub expires: Timestamp,
    /// A version, of components.
    pub version: Option<String>,
    /// It counts now.
    pub counts: bool,
}

impl Attestations {
    /// Reads the file that the configuration names; none is no attestation.
    pub fn read(config: &GateConfig, vault: &Vault, now: Timestamp) -> Self {
        let file = &config.attestations.file;
        if file.0.is_empty() {
            return Self::default();
        }
        let read = vault.text(file).and_then(|text| {
            let path = vault.path(&text);
            let text =
                crate::source::read_given_text(&path).map_err(|error| Trouble::of_file(&path, &error))?;
            Self::parse(&text, now)
                .map_err(|why| Trouble::new(Kind::File, format!("{}: {why}", path.display())))
        });
        match read {
            Ok(list) => Self { list, trouble: None },
            Err(trouble) => Self { list: Vec::new(), trouble: Some(trouble) },
        }
    }

    fn parse(text: &str, now: Timestamp) -> Result<Vec<Attestation>, String> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct File {
            #[serde(default)]
            attestation: Vec<Row>,
        }
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Row {
            name: String,
            who: String,
            what: String,
            at: String,
            expires: String,
            version: Option<String>,
        }
        let file: File = toml::from_str(text).map_err(|error| error.message().to_owned())?;
        let mut out: Vec<Attestation> = Vec::new();
        for row in file.attestation {
            let time = |key: &str, text: &str| {
                let (civil, offset) = moment(text).map_err(|why| format!("{}: `{key}` {why}", row.name))?;
                offset.to_timestamp(civil).map_err(|error| error.to_string())
            };
            if out.iter().any(|other| other.name == row.name) {
                return Err(format!("`{}` is attested twice", row.name));
            }
            if row.who.trim().is_empty() || row.what.trim().is_empty() {
                return Err(format!("{}: `who` and `what` must say something", row.name));
            }
            let (at, expires) = (time("at", &row.at)?, time("expires", &row.expires)?);
            let counts = at <= now && now < expires;
            out.push(Attestation {
                name: row.name,
                who: row.who,
                what: row.what,
                at,
                expires,
                version: row.version,
                counts,
            });
        }
        Ok(out)
    }

    /// The attestation of this name.
    pub fn get(&self, name: &str) -> Option<&Attestation> {
        self.list.iter().find(|one| one.name == name)
    }
}

/// A point in time with its zone: `2026-12-05T23:00+08:00`.
fn moment(text: &str) -> Result<(DateTime, Offset), String> {
    let expected = "must be a time with its zone, as 2026-12-05T23:00+08:00";
    let pieces = Pieces::parse(text.trim()).map_err(|_| format!("{expected}, not `{text}`"))?;
    let (Some(time), Some(offset)) = (pieces.time(), pieces.to_numeric_offset()) else {
        return Err(format!("{expected}, not `{text}`"));
    };
    Ok((pieces.date().to_datetime(time), offset))
}

/// The section that an attestation belongs to.
fn section(name: &str) -> Section {
    let starts = |words: &[&str]| words.iter().any(|word| name.starts_with(word));
    if starts(&["notice", "window"]) {
        Section::Window
    } else if starts(&["rollback", "restore", "recovery", "degradation", "monitoring"]) {
        Section::Rollback
    } else if starts(&["component"]) {
        Section::Components
    } else if starts(&["backup"]) {
        Section::Backup
    } else {
        Section::Risk
    }
}

/// Judges what must be attested, and what is.
pub fn attestations(config: &GateConfig, people: &Attestations, now: Timestamp) -> Vec<Check> {
    let mut checks = Vec::new();
    if let Some(trouble) = &people.trouble {
        checks.push(Check::error("attestations", Section::Risk, trouble));
        return checks;
    }
    let notices = notified(config);
    let required = &config.attestations.required;
    let others = people.list.iter().map(|one| &one.name).filter(|name| !required.contains(name));
    // Those of components and of the notice are looked at where they are used.
    let used = |name: &&String| name.starts_with("component.") || notices.contains(name);
    for name in required.iter().chain(others.filter(|name| !used(name))) {
        checks.push(attested(name, people.get(name), required.contains(name), now));
    }
    checks
}

fn attested(name: &str, found: Option<&Attestation>, required: bool, now: Timestamp) -> Check {
    let new = |status, en: &str, zh: &str| {
        Check::new(format!("attestation.{name}"), section(name), status, say(en, zh))
    };
    let bad = if required { Status::Fail } else { Status::Warn };
    match found {
        None => new(bad, "nobody attests it", "无人证明").advise(say(
            format!("add [[attestation]] name = \"{name}\" with who, what, at and expires"),
            format!("在证明文件中加入 name = \"{name}\"，写明 who、what、at、expires"),
        )),
        Some(one) => {
            let seen = format!("{}: {} ({})", one.who, one.what, one.at);
            let check = if one.counts {
                new(Status::Pass, "attested", "已证明")
            } else if one.at > now {
                new(bad, "attested for a time to come", "证明时间在未来")
            } else {
                new(bad, "the attestation has expired", "证明已过期")
                    .advise(say("look again, and renew it", "重新确认并更新证明"))
            };
            check.saw(seen).wants(format!("before {}", one.expires))
        }
    }
}

/// Names of the attestations that notice was given.
fn notified(config: &GateConfig) -> Vec<String> {
    let notify = &config.window.notify;
    let names: Vec<&str> =
        if notify.is_empty() { NOTIFY.to_vec() } else { notify.iter().map(String::as_str).collect() };
    names.into_iter().map(|name| format!("notice.{name}")).collect()
}

/// The window as it is configured.
struct Bounds {
    /// Its begin by the clock of its own zone.
    start: DateTime,
    begin: Timestamp,
    finish: Timestamp,
}

fn bounds(window: &WindowConfig, vault: &Vault) -> Asked<Bounds> {
    let read = |text: &Text| -> Asked<(DateTime, Timestamp)> {
        let (civil, offset) = moment(&vault.text(text)?).map_err(|why| Trouble::new(Kind::Reference, why))?;
        let stamp = offset.to_timestamp(civil);
        Ok((civil, stamp.map_err(|_| Trouble::new(Kind::Reference, "the time is out of range"))?))
    };
    let ((start, begin), (_, finish)) = (read(&window.start)?, read(&window.end)?);
    Ok(Bounds { start, begin, finish })
}

fn between(begin: Timestamp, finish: Timestamp) -> i64 {
    finish.duration_since(begin).as_secs() / 60
}

/// Minutes of the window; none when it is not set, or not a time.
pub fn minutes(window: &WindowConfig, vault: &Vault) -> Option<i64> {
    let Bounds { begin, finish, .. } = bounds(window, vault).ok()?;
    Some(between(begin, finish))
}

/// Judges the window. `upgrade` are the phases with the plan's own estimate of the upgrade, where a database told what is
/// pending; else the configured phases count.
pub fn window(
    config: &GateConfig,
    people: &Attestations,
    vault: &Vault,
    now: Timestamp,
    upgrade: Option<&Window>,
) -> Vec<Check> {
    let window = &config.window;
    if window.start.0.is_empty() && window.end.0.is_empty() {
        let check = Check::new(
            "window.time",
            Section::Window,
            Status::Skip,
            say("no window is set", "未设置升级窗口"),
        );
        return vec![check.advise(say(
            "set `start` and `end` in [gate.window]",
            "在 [gate.window] 中设置 `start` 和 `end`",
        ))];
    }
    let Bounds { start, begin, finish } = match bounds(window, vault) {
        Ok(bounds) => bounds,
        Err(trouble) => return vec![Check::error("window.time", Section::Window, &trouble)],
    };
    let new = |name: &str, status, en: String, zh: String| {
        Check::new(format!("window.{name}"), Section::Window, status, say(en, zh))
    };
    let seen = format!(
        "{} to {}",
        vault.text(&window.start).unwrap_or_default(),
        vault.text(&window.end).unwrap_or_default()
    );
    let mut checks = Vec::new();
    let minutes = between(begin, finish);
    let check = if minutes <= 0 {
        new("time", Status::Fail, "it ends before it begins".into(), "结束早于开始".into())
    } else if finish <= now {
        new("time", Status::Fail, "it has passed".into(), "窗口已过".into())
    } else {
        new("time", Status::Pass, "to come, or open".into(), "尚未开始或正在进行".into())
    };
    checks.push(check.saw(&seen));
    let usual = Window::usual(&window.phases);
    let phases = upgrade.unwrap_or(&usual);
    let (least, most) = phases.total();
    let at_least = |minutes: i64, phases: u64| u64::try_from(minutes).is_ok_and(|minutes| minutes >= phases);
    let check = if !at_least(minutes, least) {
        new(
            "length",
            Status::Fail,
            format!("too short: the phases need at least {least} minutes"),
            format!("过短：各阶段至少需要 {least} 分钟"),
        )
    } else if !at_least(minutes, most) {
        new(
            "length",
            Status::Warn,
            format!("the phases may need up to {most} minutes"),
            format!("各阶段最多可能需要 {most} 分钟"),
        )
    } else {
        new("length", Status::Pass, "long enough for every phase".into(), "足以完成各阶段".into())
    };
    let whence = match phases.is_estimated {
        true => "the upgrade by the plan's estimate",
        false => "the upgrade by its usual length",
    };
    let each: Vec<String> = phases.phases.iter().map(|one| format!("{} {}", one.key, range(one))).collect();
    let wanted = format!("{least} to {most} min: {}; {whence}", each.join(", "));
    checks.push(check.saw(format!("{minutes} min")).wants(wanted));
    if !window.low_traffic.is_empty() {
        checks.push(low_traffic(&window.low_traffic, start, minutes));
    }
    let hours = window.notice_hours.unwrap_or(NOTICE);
    let latest = begin.checked_sub(jiff::SignedDuration::from_hours(hours.into())).unwrap_or(begin);
    let mut late = Vec::new();
    for name in notified(config) {
        match people.get(&name) {
            None => late.push(name),
            Some(one) if one.at > latest => late.push(format!("{name} ({})", one.at)),
            Some(one) if one.at > now => late.push(format!("{name} (to come)")),
            Some(_) => {}
        }
    }
    let check = match late.is_empty() {
        true => new(
            "notice",
            Status::Pass,
            format!("given {hours} hours before"),
            format!("已提前 {hours} 小时通知"),
        ),
        false => new(
            "notice",
            Status::Fail,
            format!("not everybody was given notice {hours} hours before"),
            format!("未提前 {hours} 小时通知所有相关方"),
        )
        .saw(late.join(", "))
        .advise(say(
            "give notice, attest it, and move the window where it came too late",
            "发出通知并记录证明；若已来不及，请推迟窗口",
        )),
    };
    checks.push(check.wants(format!("before {latest}")));
    checks
}

fn range(phase: &Phase) -> String {
    if phase.low == phase.high { phase.low.to_string() } else { format!("{}-{}", phase.low, phase.high) }
}

/// Whether the window lies in the hours of low traffic, by the clock of its own zone.
fn low_traffic(ranges: &[String], start: DateTime, minutes: i64) -> Check {
    let new = |status, en: String, zh: String| {
        Check::new("window.low-traffic", Section::Window, status, say(en, zh))
    };
    let of = |text: &str| -> Option<i64> {
        let time = if text.trim() == "24:00" {
            return Some(24 * 60);
        } else {
            Time::strptime("%H:%M", text.trim()).ok()?
        };
        Some(i64::from(time.hour()) * 60 + i64::from(time.minute()))
    };
    let mut parsed = Vec::new();
    for range in ranges {
        let Some((from, to)) = range.split_once('-').and_then(|(from, to)| Some((of(from)?, of(to)?))) else {
            return new(
                Status::Error,
                format!("`{range}` are no hours, as 23:00-06:00"),
                format!("`{range}` 不是时段，应写作 23:00-06:00"),
            );
        };
        // Hours that go past midnight end on the next day.
        parsed.push((from, if to <= from { to + 24 * 60 } else { to }));
    }
    let begin = i64::from(start.hour()) * 60 + i64::from(start.minute());
    let holds = |(from, to): &(i64, i64)| {
        [0, 24 * 60].iter().any(|day| begin + day >= *from && begin + day + minutes <= *to)
    };
    let check = match parsed.iter().any(holds) {
        true => new(Status::Pass, "within the hours of low traffic".into(), "处于业务低峰期".into()),
        false => new(Status::Fail, "outside the hours of low traffic".into(), "不在业务低峰期".into())
            .advise(say("move the window", "调整窗口")),
    };
    check.saw(format!("{} + {minutes} min", start.time())).wants(ranges.join(", "))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn status(checks: &[Check], id: &str) -> Status {
        checks.iter().find(|check| check.id == id).unwrap_or_else(|| panic!("{id} in {checks:?}")).status
    }

    fn config(start: &str, end: &str) -> GateConfig {
        let mut config = GateConfig::default();
        config.window.start = Text(start.into());
        config.window.end = Text(end.into());
        config.window.low_traffic = vec!["22:00-06:00".into()];
        config
    }

    fn judged(config: &GateConfig, file: &str, now: &str) -> Vec<Check> {
        let now = at(now);
        let people = Attestations { list: Attestations::parse(file, now).unwrap(), trouble: None };
        let vault = Vault::with_environment(Path::new("/"), |_| None);
        window(config, &people, &vault, now, None)
            .into_iter()
            .chain(attestations(config, &people, now))
            .collect()
    }

    const NOTICE_FILE: &str = "[[attestation]]\nname = \"notice.all\"\nwho = \"王\"\nwhat = \"mail\"\nat = \"2026-12-01T10:00+08:00\"\nexpires = \"2026-12-31T00:00Z\"\n";

    #[test]
    fn a_window_is_held_to_the_guide() {
        let mut config = config("2026-12-05T23:00+08:00", "2026-12-06T03:00+08:00");
        config.window.notify = vec!["all".into()];
        let checks = judged(&config, NOTICE_FILE, "2026-12-05T10:00:00Z");
        for id in ["window.time", "window.length", "window.low-traffic", "window.notice"] {
            assert_eq!(status(&checks, id), Status::Pass, "{id}");
        }
        let passed = judged(&config, NOTICE_FILE, "2026-12-06T10:00:00Z");
        assert_eq!(status(&passed, "window.time"), Status::Fail);
        config.window.start = Text("2026-12-06T01:00+08:00".into());
        assert_eq!(
            status(&judged(&config, NOTICE_FILE, "2026-12-05T10:00:00Z"), "window.length"),
            Status::Fail
        );
        config.window.start = Text("2026-12-05T20:00+08:00".into());
        assert_eq!(
            status(&judged(&config, NOTICE_FILE, "2026-12-05T10:00:00Z"), "window.low-traffic"),
            Status::Fail
        );
        config.window.notify.clear();
        assert_eq!(
            status(&judged(&config, NOTICE_FILE, "2026-12-05T10:00:00Z"), "window.notice"),
            Status::Fail
        );
        config.window.start = Text("tomorrow".into());
        assert_eq!(status(&judged(&config, "", "2026-12-05T10:00:00Z"), "window.time"), Status::Error);
    }

    #[test]
    fn notice_that_came_late_is_none() {
        let mut config = config("2026-12-03T23:00+08:00", "2026-12-04T03:00+08:00");
        config.window.notify = vec!["all".into()];
        let checks = judged(&config, NOTICE_FILE, "2026-12-03T10:00:00Z");
        assert_eq!(status(&checks, "window.notice"), Status::Fail);
    }

    #[test]
    fn attestations_expire_and_missing_ones_are_named() {
        let mut config = GateConfig::default();
        config.attestations.required = vec!["rollback-plan".into(), "monitoring".into()];
        let file = NOTICE_FILE.replace("notice.all", "rollback-plan");
        let checks = judged(&config, &file, "2026-12-05T10:00:00Z");
        assert_eq!(status(&checks, "attestation.rollback-plan"), Status::Pass);
        assert_eq!(status(&checks, "attestation.monitoring"), Status::Fail);
        let checks = judged(&config, &file, "2027-01-05T10:00:00Z");
        assert_eq!(status(&checks, "attestation.rollback-plan"), Status::Fail);
        for wrong in
            ["x = 1", &file.replace("王", " "), &format!("{file}{file}"), &file.replace("+08:00", "")]
        {
            assert!(Attestations::parse(wrong, at("2026-12-05T10:00:00Z")).is_err(), "{wrong}");
        }
    }
}
