//! The page of `check`.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

use maud::{Markup, html};

use super::findings::{by_app, register, severity, table_of_rules, title as title_of};
use super::sql::{Migration, statements, wants_a_look};
use super::text::{Plain, both, figure, say};
use super::{Cell, Grid, Page, Section, Tile, Tone, Verdict, elsewhere, guide};
use crate::django::editor::Entry;
use crate::findings::{Bilingual, Finding, Lang, RuleId, Severity};
use crate::report::risks::RISKS;
use crate::report::tally::{Hidden, Tally};
use crate::report::words::{Words, counted};
use crate::report::{NewMigrations, Options, Report};

/// Which families of rules speak of which section of the guide.
const FAMILIES: [(&str, &[&str]); 4] = [
    ("environment", &["servers", "settings", "urls", "config-files"]),
    ("dependencies", &["pins", "names"]),
    (
        "migrations",
        &[
            "graph",
            "history",
            "naming",
            "data-loss",
            "data-migration",
            "existing-data",
            "reversibility",
            "atomicity",
            "locking",
            "limits",
            "rolling-deploy",
            "raw-sql",
            "sql",
        ],
    ),
    ("limits-of-the-check", &["analysis", "suppression"]),
];

/// Findings that the verdict names.
const FIRST: usize = 8;

pub(in crate::report) fn write(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let page = Page {
        lang: report.lang,
        kind: ("check of the repository", "静态检查"),
        title: title(report),
        verdict: verdict(report),
        tiles: tiles(report),
        facts: facts(report),
        sections: sections(report, options),
    };
    page.write(out)
}

fn title(report: &Report) -> Bilingual {
    let names: Vec<&str> = report.summary.projects.iter().map(|project| project.name.as_ref()).collect();
    match names.as_slice() {
        [] => Bilingual::new("Upgrade readiness", "升级准备情况"),
        [_] | [_, _] | [_, _, _] => {
            let names = names.join(", ");
            Bilingual::new(format!("Upgrade readiness of {names}"), format!("{names} 升级准备情况"))
        }
        _ => {
            let n = names.len();
            Bilingual::new(format!("Upgrade readiness of {n} projects"), format!("{n} 个项目的升级准备情况"))
        }
    }
}

fn count(report: &Report, severity: Severity) -> usize {
    report.findings.iter().filter(|finding| finding.severity == severity).count()
}

fn verdict(report: &Report) -> Verdict {
    let (errors, warnings) = (count(report, Severity::Error), count(report, Severity::Warning));
    let missing = report.summary.not_analysed.len();
    let nothing = report.summary.files.values().sum::<usize>() == 0;
    let (tone, word) = match (errors, warnings, missing) {
        (1.., _, _) => (
            Tone::Bad,
            say(
                &format!("Not ready: {} first", counted(errors, "error")),
                &format!("尚未就绪：须先处理 {errors} 个错误"),
            ),
        ),
        (0, _, 1..) => (Tone::Unknown, say("Not known: not everything was analysed", "未知：有内容未分析")),
        (0, 0, 0) if nothing => {
            (Tone::Unknown, say("Not known: nothing was analysed", "未知：没有可分析的内容"))
        }
        (0, 1.., 0) => (
            Tone::Warn,
            say(
                &format!("No errors; {} to decide on", counted(warnings, "warning")),
                &format!("没有错误；有 {warnings} 个警告需要决定"),
            ),
        ),
        (0, 0, 0) => (Tone::Good, say("Nothing stands in the way", "没有阻碍升级的问题")),
    };
    let of_errors = report.findings.iter().filter(|finding| finding.severity == Severity::Error);
    let why = html! {
        @if missing > 0 {
            p { (say("Files or folders that could not be analysed, so that nothing is known of them: ", "无法分析、内容未知的文件或目录：")) (missing) }
        }
        @if errors > 0 { ul { @if errors <= FIRST {
            @for finding in of_errors {
                li { code { (finding.rule.code) } " " (both(&finding.message)) " " span.muted { (place(report, finding)) } }
            }
        } @else { (most(of_errors)) } } }
    };
    Verdict { tone, word, why }
}

/// What many findings say, by rule, the most frequent first.
fn most<'a>(findings: impl Iterator<Item = &'a Finding>) -> Markup {
    let mut rules: BTreeMap<&str, (&'static RuleId, usize)> = BTreeMap::new();
    for finding in findings {
        rules.entry(finding.rule.code).or_insert((finding.rule, 0)).1 += 1;
    }
    let mut rules: Vec<_> = rules.into_values().collect();
    rules.sort_by_key(|(rule, n)| (std::cmp::Reverse(*n), rule.code));
    html! {
        @for (rule, n) in rules.iter().take(FIRST) {
            li { b { (n) } " × " (both(&title_of(rule))) " " a href="#findings" data-rule=(rule.code) { (rule.code) } }
        }
        @if rules.len() > FIRST { li { (say("and others, see below", "及其他问题，见下文")) } }
    }
}

fn place(report: &Report, finding: &Finding) -> Markup {
    let path = report.root.repository_path(&finding.place.path);
    html! { code { (Plain(&path)) @if !finding.place.is_whole_file() { ":" (finding.place.start.line) } } }
}

fn tiles(report: &Report) -> Vec<Tile> {
    let mut tiles: Vec<Tile> = Severity::ALL
        .into_iter()
        .map(|one| {
            let n = count(report, one);
            let (tone, ..) = severity(one);
            let (en, zh) = match one {
                Severity::Error => ("errors", "错误"),
                Severity::Warning => ("warnings", "警告"),
                Severity::Info => ("info", "提示"),
            };
            Tile {
                tone: if n > 0 { tone } else { Tone::Off },
                label: say(en, zh),
                value: figure(&format!("/summary/by_severity/{}", one.key()), n),
            }
        })
        .collect();
    let missing = report.summary.not_analysed.len();
    tiles.push(Tile {
        tone: if missing > 0 { Tone::Unknown } else { Tone::Off },
        label: say("not analysed", "未分析"),
        value: figure("/summary/not_analysed", missing),
    });
    tiles.push(Tile {
        tone: Tone::Off,
        label: say("hidden", "已隐藏"),
        value: html! { (report.hidden.len()) },
    });
    tiles
}

fn facts(report: &Report) -> Vec<(Markup, Markup)> {
    let summary = &report.summary;
    let projects = summary.projects.iter().enumerate().map(|(at, project)| {
        let at = |key| format!("/summary/projects/{at}/{key}");
        let value = html! {
            (say("migrations: ", "迁移：")) (figure(&at("migrations"), project.migrations))
            (say(", apps with migrations: ", "，有迁移的应用：")) (figure(&at("apps"), project.apps))
        };
        (html! { (Plain(&project.name)) }, value)
    });
    let mut facts: Vec<(Markup, Markup)> = projects.collect();
    let files = html! {
        @for (n, (kind, files)) in summary.files.iter().filter(|(_, n)| **n > 0).enumerate() {
            @if n > 0 { ", " }
            (kind) " " (figure(&format!("/summary/files/{kind}"), files))
        }
    };
    facts.push((say("Files read", "已读取文件"), files));
    facts
}

fn families(section: &str) -> &'static [&'static str] {
    FAMILIES.iter().find(|(name, _)| *name == section).map_or(&[], |(_, families)| families)
}

fn sections(report: &Report, options: &Options) -> Vec<Section> {
    let rules = |section| table_of_rules(report, families(section), Some(""));
    let nothing = || say("Nothing found in what was analysed.", "在已分析的内容中没有发现问题。");
    let or_nothing = |table: Option<Markup>| Some(table.unwrap_or_else(|| html! { p { (nothing()) } }));
    let migrations = html! {
        (or_nothing(rules("migrations")).unwrap_or_default())
        @if let Some(new) = &report.new_migrations { (new_migrations(new)) }
    };
    let mut sections: Vec<Section> = [
        guide("environment", or_nothing(rules("environment"))),
        guide("dependencies", or_nothing(rules("dependencies"))),
        guide("backup", Some(elsewhere(
            "The files of a repository do not tell; the deploy gate (bklog-lint gate) looks at the backups.",
            "仓库文件无法说明备份情况；升级门禁（bklog-lint gate）会检查备份。",
        ))),
        guide("migrations", Some(migrations)),
        guide("risk", Some(html! {
            (risks(report))
            (elsewhere("The way back is in the plan of an upgrade (bklog-lint plan).", "回滚方案见升级计划（bklog-lint plan）。"))
        })),
        guide("window", Some(elsewhere(
            "How long an upgrade takes is in its plan (bklog-lint plan); the gate holds the window to it.",
            "升级所需时间见升级计划（bklog-lint plan）；升级门禁会据此检查窗口。",
        ))),
        guide("components", Some(elsewhere(
            "The gate (bklog-lint gate) asks the components around the project for their state and versions.",
            "升级门禁（bklog-lint gate）会查询周边组件的状态和版本。",
        ))),
    ]
    .into_iter()
    .flatten()
    .collect();
    sections.push(Section {
        id: "findings",
        title: ("Findings", "问题清单"),
        body: html! { @if let Some(heat) = by_app(report, Some("")) { (heat) } (register(report, options, Some(""))) },
    });
    sections.push(Section {
        id: "limits-of-the-check",
        title: ("What this check did not look at", "本次检查的局限"),
        body: html! { @if let Some(table) = rules("limits-of-the-check") { (table) } (limits(report)) },
    });
    sections
}

/// The risks of the guide and the severities of what raises them.
fn risks(report: &Report) -> Markup {
    let numbers = |raises: &dyn Fn(&Finding) -> bool| -> Vec<Cell> {
        Severity::ALL
            .into_iter()
            .map(|one| {
                let n = report.findings.iter().filter(|f| f.severity == one && raises(f)).count();
                let (tone, ..) = severity(one);
                Cell::count(n, html! { (n) }, tone)
            })
            .collect()
    };
    let mut rows: Vec<(Markup, Vec<Cell>)> = RISKS
        .iter()
        .map(|risk| (say(risk.title.0, risk.title.1), numbers(&|f| risk.is_raised_by(f))))
        .collect();
    let other = |finding: &Finding| !RISKS.iter().any(|risk| risk.is_raised_by(finding));
    rows.push((say("other findings", "其他问题"), numbers(&other)));
    let columns = Severity::ALL.map(|one| {
        let (_, en, zh) = severity(one);
        say(en, zh)
    });
    let caption = say("Risks, and how severe what raises them is", "风险矩阵：各风险的问题及其级别");
    Grid { id: "risks", caption, corner: say("Risk", "风险"), columns: columns.into(), rows }.markup()
}

fn new_migrations(projects: &[NewMigrations]) -> Markup {
    let mut list: Vec<Migration<'_>> = Vec::new();
    for project in projects {
        let groups = project.entries.chunk_by(|a: &Entry, b| a.app == b.app && a.migration == b.migration);
        list.extend(groups.filter_map(|entries| {
            let first = entries.first()?;
            let name = format!("{}.{}", first.app, first.migration);
            let on = html! { "Django " (project.django) ", " (both(&project.server)) };
            Some(Migration {
                heading: html! { code { (Plain(&name)) } " " span.muted { (on) } },
                open: wants_a_look(entries),
                entries,
            })
        }));
    }
    html! {
        h3 { (say("What the new migrations run", "新迁移将执行的语句")) }
        @if list.is_empty() { p { (say("No new migration.", "没有新迁移。")) } }
        @else { (statements("statements", "/new_migrations/*/migrations/*/sql", &list)) }
    }
}

/// What was not analysed, not understood and hidden.
fn limits(report: &Report) -> Markup {
    let summary = &report.summary;
    let at = |path: &str| report.root.repository_path(path);
    let paths = |list: &[(Arc<str>, Bilingual)]| -> Vec<(String, Bilingual)> {
        list.iter().map(|(path, why)| (at(path), why.clone())).collect()
    };
    let (missing, other) = (paths(&summary.not_analysed), paths(&summary.not_django));
    let unknown =
        summary.unknown.iter().map(|(path, line, why)| (format!("{}:{line}", at(path)), why.clone()));
    let unknown: Vec<(String, Bilingual)> = unknown.collect();
    let show = |title: Markup, entries: &[(String, Bilingual)]| {
        html! { @if !entries.is_empty() {
            details.alt.list { summary { (title) } ul.points { @for (what, why) in entries { li { code { (Plain(what)) } " " (both(why)) } } } }
        } }
    };
    let titled = |query: &str, n: usize, en: &str, zh: &str| html! { (say(en, zh)) ": " (figure(query, n)) };
    let tally = Tally::of(report);
    let hidden: Vec<&(Hidden, Vec<_>)> = tally.hidden.iter().filter(|(_, rules)| !rules.is_empty()).collect();
    html! {
        @for notice in &summary.notices { p { (both(notice)) } }
        (show(titled("/summary/not_analysed", missing.len(), "Files or folders not analysed", "未分析的文件或目录"), &missing))
        (show(titled("/summary/unknown", unknown.len(), "Places that the source does not determine", "源码无法确定之处"), &unknown))
        (show(titled("/summary/not_django", other.len(), "Files in migrations folders that are not Django's", "位于迁移目录中但不属于 Django 的文件"), &other))
        @if !hidden.is_empty() {
            table.stack {
                caption { (say("Hidden findings", "已隐藏的问题")) }
                thead { tr { th scope="col" { (say("Why", "原因")) } th.n scope="col" { (say("Findings", "数量")) } } }
                tbody { @for (why, rules) in hidden {
                    tr {
                        th scope="row" { (hidden_words(*why)) }
                        td.n { (figure(&format!("/summary/hidden/{}/total", why.key()), Tally::hidden_total(rules))) }
                    }
                } }
            }
        }
    }
}

fn hidden_words(why: Hidden) -> Markup {
    say(Words(Lang::En).hidden(why), Words(Lang::Zh).hidden(why))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_family_of_rules_has_a_section() {
        for rule in crate::rules::ALL {
            let of = FAMILIES.iter().filter(|(_, families)| families.contains(&rule.id.family));
            assert_eq!(of.count(), 1, "{}", rule.id.family);
        }
    }
}
