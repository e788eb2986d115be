//! What answers mean: from facts to checks. Nothing here asks anything.

pub mod elasticsearch;
pub mod kafka;
pub mod migrations;
pub mod mysql;
pub mod python;
pub mod rabbitmq;
pub mod redis;

use crate::findings::Severity;
use crate::pins::facts as pin_facts;
use crate::pins::series::Series;

use super::check::{Check, Section, Status, say};
use super::context::Context;
use super::trouble::Asked;

/// Checks of one service as they are found.
pub(crate) struct Checks {
    /// What their names begin with.
    pub(crate) id: String,
    /// Where they belong.
    pub(crate) section: Section,
    list: Vec<Check>,
}

impl Checks {
    pub(crate) fn new(id: &str, section: Section) -> Self {
        Self { id: id.to_owned(), section, list: Vec::new() }
    }

    /// A check of this service.
    pub(crate) fn check(
        &self,
        name: &str,
        status: Status,
        en: impl Into<String>,
        zh: impl Into<String>,
    ) -> Check {
        Check::new(format!("{}.{name}", self.id), self.section, status, say(en, zh))
    }

    pub(crate) fn add(&mut self, check: Check) {
        self.list.push(check);
    }

    /// Adds a check on something that was asked: its error when there is no answer, nothing when it was not asked.
    pub(crate) fn on<T>(
        &mut self,
        name: &str,
        asked: &Option<Asked<T>>,
        judge: impl FnOnce(&Self, &T) -> Check,
    ) {
        match asked {
            None => {}
            Some(Ok(value)) => {
                let check = judge(self, value);
                self.add(check);
            }
            Some(Err(trouble)) => {
                self.add(Check::error(format!("{}.{name}", self.id), self.section, trouble))
            }
        }
    }

    pub(crate) fn done(self) -> Vec<Check> {
        self.list
    }
}

/// What the pinned clients take of a server in this version: `<id>.client`. `versions` are those that it may be.
pub(crate) fn clients(checks: &mut Checks, context: &Context<'_>, service: &str, versions: &[String]) {
    let mut seen = Vec::new();
    for row in pin_facts::client_server() {
        let Some(pinned) = context.pinned(&row.package) else { continue };
        if row.service != service || !row.versions.contains(pinned) {
            continue;
        }
        seen.push(format!("{}=={pinned}", row.package));
        let met = versions
            .iter()
            .any(|version| Series::parse(version).is_some_and(|series| series.fits(&row.server)));
        if !met {
            continue;
        }
        let status = match row.severity {
            Severity::Error => Status::Fail,
            Severity::Warning => Status::Warn,
            Severity::Info => continue,
        };
        let check = checks
            .check(
                "client",
                status,
                format!("{}=={pinned}: {}", row.package, row.what),
                format!("{}=={pinned}：{}", row.package, row.what_zh),
            )
            .saw(versions.join(", "))
            .wants(format!("not {}", row.server))
            .advise(say(
                "use another version of the client for this server, or move the server",
                "为该服务端换用其他版本的客户端，或升级、更换服务端",
            ));
        checks.add(check);
        return;
    }
    let check = match seen.is_empty() {
        true => return,
        false => checks
            .check(
                "client",
                Status::Pass,
                "nothing is known against the pinned client",
                "未发现与所锁定客户端的冲突",
            )
            .saw(format!("{} / {}", versions.join(", "), seen.join(", "))),
    };
    checks.add(check);
}

/// At most so many names of a list, with the number of the others.
pub(crate) fn list<T: AsRef<str>>(names: &[T], most: usize) -> String {
    let shown: Vec<&str> = names.iter().take(most).map(AsRef::as_ref).collect();
    match names.len().checked_sub(most).filter(|more| *more > 0) {
        Some(more) => format!("{} +{more}", shown.join(", ")),
        None => shown.join(", "),
    }
}

/// Bytes for people: `1.5 GiB`.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    #[allow(clippy::cast_precision_loss)] // for people
    let mut value = bytes as f64;
    let mut unit = "";
    for name in UNITS {
        if value < 1024.0 {
            break;
        }
        value /= 1024.0;
        unit = name;
    }
    format!("{value:.1} {unit}")
}

/// A version from numbers.
pub(crate) fn dotted(numbers: &[u64]) -> String {
    numbers.iter().map(u64::to_string).collect::<Vec<_>>().join(".")
}
