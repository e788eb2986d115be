//! SQL014: numbers and dates in the names of files that contradict each other.

use std::collections::BTreeMap;

use crate::config::Config;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::mysql::SqlFile;
use crate::project::Workspace;
use crate::rules::{Check, Emit, Rule};

use super::{describe, scripts};

/// SQL014 sql-file-sequence.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "SQL014",
        name: "sql-file-sequence",
        family: "sql",
        severity: Severity::Warning,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/sql/sql-file-sequence.md"),
    check: Check::Workspace(check),
};

fn check(workspace: &Workspace, _: &Config, emit: &mut Emit<'_>) {
    let mut folders: BTreeMap<&str, Vec<Named<'_>>> = BTreeMap::new();
    for named in scripts(workspace).filter_map(Named::of) {
        folders.entry(named.file.folder()).or_default().push(named);
    }
    for files in folders.values_mut() {
        files.sort_by(|a, b| (a.number, a.file.name()).cmp(&(b.number, b.file.name())));
        for file in files.iter().filter(|file| file.date.is_some_and(|date| !is_date(date))) {
            let message = Bilingual::new(
                "the name of this file holds a date that does not exist",
                "文件名中的日期不存在",
            );
            report(emit, workspace, file, message, "date");
        }
        for pair in files.windows(2) {
            let [before, after] = pair else { continue };
            judge(emit, workspace, before, after);
        }
    }
}

/// A numbered file: `0002_shop_20201113-0000_mysql.sql`.
struct Named<'a> {
    file: &'a SqlFile,
    number: u32,
    /// Date and time, `20201113` and `0000`.
    date: Option<(u32, u32)>,
}

impl<'a> Named<'a> {
    fn of(file: &'a SqlFile) -> Option<Self> {
        let (number, rest) = file.name().split_once('_')?;
        let is_number = (3..=6).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
        let date = rest.split(['_', '.']).find_map(|part| {
            let (day, time) = part.split_once('-')?;
            let digits =
                |text: &str, length| text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
            (digits(day, 8) && digits(time, 4))
                .then(|| Some((day.parse().ok()?, time.parse().ok()?)))
                .flatten()
        });
        is_number.then(|| Some(Self { file, number: number.parse().ok()?, date })).flatten()
    }
}

fn judge(emit: &mut Emit<'_>, workspace: &Workspace, before: &Named<'_>, after: &Named<'_>) {
    let other = before.file.name();
    if before.number == after.number {
        let message = Bilingual::new(
            format!(
                "`{other}` has the same number: which of the two runs first is left to the alphabet, and a tool that keeps account by number skips one"
            ),
            format!("`{other}` 的编号相同：两者的先后只取决于字母顺序，按编号记录进度的工具会漏掉其中一个"),
        );
        report(emit, workspace, after, message, "number");
        return;
    }
    let dates = before.date.zip(after.date).filter(|(a, b)| is_date(*a) && is_date(*b));
    if dates.is_some_and(|(a, b)| a > b) {
        emit.graded(Severity::Info);
        let message = Bilingual::new(
            format!("by its number this file comes after `{other}`, by its date before it"),
            format!("按编号本文件在 `{other}` 之后，按日期却在其之前"),
        );
        report(emit, workspace, after, message, "order");
    } else if after.number - before.number > 1 {
        emit.graded(Severity::Info);
        let message = Bilingual::new(
            format!(
                "between `{other}` and this file a number is missing: was a file lost, or is it in another folder?"
            ),
            format!("`{other}` 与本文件之间缺少编号：是文件丢失，还是放在了其他目录？"),
        );
        report(emit, workspace, after, message, "gap");
    }
}

fn report(emit: &mut Emit<'_>, workspace: &Workspace, named: &Named<'_>, message: Bilingual, what: &str) {
    let finding = emit.on_file(&named.file.text, message);
    finding.help = Bilingual::new(
        "Give it the next free number and the date of its change, as long as no installation has run it.",
        "在任何环境执行之前，请改用下一个可用编号和实际的变更日期。",
    );
    describe(finding, workspace, named.file, what);
}

fn is_date((day, time): (u32, u32)) -> bool {
    let (year, month, date) = (day / 10_000, day / 100 % 100, day % 100);
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    (1..=days).contains(&date) && time / 100 < 24 && time % 100 < 60
}
