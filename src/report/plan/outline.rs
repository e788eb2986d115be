//! `plan` for people: the same outline as text for a terminal and as Markdown for a change ticket.

use std::fmt::Write as _;

use crate::findings::{Bilingual, Lang};
use crate::plan::cost::Estimate;
use crate::plan::difference::Difference;
use crate::plan::rates::Whence;
use crate::plan::{Outlook, Pending, Plan, ProjectPlan};
use crate::report::inspect::sql::remark;
use crate::report::visible;
use crate::report::words::Words;

use super::emergency;

/// A section.
pub(super) struct Section {
    pub(super) title: String,
    pub(super) blocks: Vec<Block>,
}

pub(super) enum Block {
    /// A sentence.
    Line(String),
    /// A point of a list.
    Point(String),
    /// Statements or commands.
    Code(Vec<String>),
}

/// The plan as text.
pub fn plan_text(plan: &Plan, lang: Lang) -> String {
    let mut out = String::new();
    for section in outline(plan, lang) {
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "{}\n{}",
            section.title,
            "-".repeat(unicode_width::UnicodeWidthStr::width(section.title.as_str()))
        );
        for block in section.blocks {
            let _ = match block {
                Block::Line(text) => writeln!(out, "{}", visible::line(&text)),
                Block::Point(text) => writeln!(out, "  - {}", visible::line(&text)),
                Block::Code(lines) => {
                    lines.iter().try_for_each(|line| writeln!(out, "      {}", visible::line(line)))
                }
            };
        }
        out.push('\n');
    }
    out
}

/// The plan as Markdown.
pub fn plan_markdown(plan: &Plan, lang: Lang) -> String {
    let mut out = String::new();
    for (at, section) in outline(plan, lang).into_iter().enumerate() {
        let mark = if at == 0 { "#" } else { "##" };
        let _ = writeln!(out, "{mark} {}\n", escaped(&section.title));
        let mut in_list = false;
        for block in section.blocks {
            if in_list && !matches!(block, Block::Point(_)) {
                out.push('\n');
            }
            in_list = matches!(block, Block::Point(_));
            let _ = match block {
                Block::Line(text) => writeln!(out, "{}\n", escaped(&text)),
                Block::Point(text) => writeln!(out, "- {}", escaped(&text)),
                Block::Code(lines) => {
                    let body: Vec<_> = lines.iter().map(|line| visible::line(line)).collect();
                    let body = body.join("\n");
                    // Longer than any in the text, so that no text of the repository can end the block.
                    let longest = body.split(|c| c != '`').map(str::len).max().unwrap_or_default();
                    let fence = "`".repeat(longest.max(2) + 1);
                    writeln!(out, "{fence}\n{body}\n{fence}\n")
                }
            };
        }
        if in_list {
            out.push('\n');
        }
    }
    out
}

/// Text of the repository must not become markup.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in visible::line(text).chars() {
        if matches!(
            c,
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '#' | '|' | '@' | '~' | '!' | '&'
        ) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn outline(plan: &Plan, lang: Lang) -> Vec<Section> {
    let mut out = vec![head(plan, lang)];
    for project in &plan.projects {
        out.push(migrations(project, lang));
        out.extend(differences(project, lang));
    }
    out.extend(found(plan, lang));
    out.push(rollback(plan, lang));
    out.push(emergency::emergency(plan, lang));
    out.push(risks(plan, lang));
    out.extend(emergency::order(plan, lang));
    out.push(window(plan, lang));
    out
}

/// What a phase of the window is called.
pub(crate) fn phase_name(key: &str) -> (&'static str, &'static str) {
    match key {
        "prepare" => ("prepare", "准备"),
        "backup" => ("backup", "备份"),
        "upgrade" => ("upgrade", "升级"),
        _ => ("verify", "验证"),
    }
}

pub(super) fn say(lang: Lang, en: impl Into<String>, zh: impl Into<String>) -> String {
    Bilingual::new(en, zh).get(lang).to_owned()
}

fn head(plan: &Plan, lang: Lang) -> Section {
    let (from, to) = (&plan.from, plan.to.get(lang));
    let mut blocks = Vec::new();
    let server = plan.server.to_string();
    blocks.push(Block::Line(match plan.server_is_named {
        true => say(lang, format!("Server: {server}."), format!("服务器：{server}。")),
        false => say(
            lang,
            format!("Server: {server}, since nobody named one (`--server`, or `[database] server`)."),
            format!("服务器：{server}（未指定；可用 `--server` 或 `[database] server`）。"),
        ),
    }));
    let (blockers, not_known) = (plan.blockers(), plan.not_known());
    match plan.outlook() {
        Outlook::NotKnown => {}
        Outlook::Open => blocks.push(Block::Line(say(
            lang,
            "Nothing in the migrations stands in the way.",
            "迁移方面没有阻碍升级的问题。",
        ))),
        Outlook::Errors(n) => {
            let s = if n == 1 { "" } else { "s" };
            blocks.push(Block::Line(say(
                lang,
                format!("The check finds {n} error{s} in what this upgrade brings (listed below)."),
                format!("检查在本次升级带来的改动中发现 {n} 个错误（见下文）。"),
            )));
        }
        Outlook::Blocked => {
            let n = blockers.len();
            blocks.push(Block::Line(say(
                lang,
                format!("Must be mended first ({n}):"),
                format!("升级前必须处理（{n} 项）："),
            )));
            blocks.extend(blockers.into_iter().map(|text| Block::Point(text.get(lang).to_owned())));
        }
    }
    if !not_known.is_empty() {
        blocks.push(Block::Line(say(
            lang,
            "Whether something stands in the way is not known altogether:",
            "是否存在阻碍尚不能完全确定：",
        )));
        blocks.extend(not_known.into_iter().map(|text| Block::Point(text.get(lang).to_owned())));
    }
    Section {
        title: say(lang, format!("Upgrade from {from} to {to}"), format!("从 {from} 升级到 {to}")),
        blocks,
    }
}

fn migrations(project: &ProjectPlan, lang: Lang) -> Section {
    let (name, n) = (&project.name, project.pending.len());
    let title = say(
        lang,
        format!("{name}: {n} pending migration{}", if n == 1 { "" } else { "s" }),
        format!("{name}：{n} 个待执行的迁移"),
    );
    let mut blocks = Vec::new();
    if project.django.is_none() {
        blocks.push(Block::Line(say(
            lang,
            "No single release of Django is pinned, so no statement is known; `--django` names one.",
            "没有锁定唯一的 Django 版本，因此不知道语句；可用 `--django` 指定。",
        )));
    }
    for (at, pending) in project.pending.iter().enumerate() {
        blocks.push(Block::Line(format!("{}. {}", at + 1, heading(pending, lang))));
        for entry in &pending.entries {
            if let Some(why) = entry.sql.as_ref().err().or(entry.incomplete.as_ref()) {
                let why = why.describe();
                blocks.push(Block::Point(say(
                    lang,
                    format!("{}: not known: {}", entry.op, why.en),
                    format!("{}：未知：{}", entry.op, why.zh),
                )));
            }
            let statements: Vec<String> = entry
                .sql
                .iter()
                .flatten()
                .map(|statement| {
                    let end = if statement.sql.ends_with(';') { "" } else { ";" };
                    format!("{}{end}  {}", statement.sql, remark(statement, lang)).trim_end().to_owned()
                })
                .collect();
            if !statements.is_empty() {
                blocks.push(Block::Code(statements));
            }
        }
    }
    Section { title, blocks }
}

fn heading(pending: &Pending, lang: Lang) -> String {
    let mut parts = Vec::new();
    match pending.blocks_writes {
        Some(true) => parts.push(say(lang, "writes wait", "写入等待")),
        Some(false) => {}
        None => parts.push(say(lang, "whether writes wait is not known", "不确定写入是否等待")),
    }
    match pending.reversible {
        Some(true) => {}
        Some(false) => parts.push(say(lang, "cannot be taken back", "不可回滚")),
        None => parts.push(say(lang, "whether it can be taken back is not known", "不确定能否回滚")),
    }
    parts.push(match &pending.estimate {
        Ok(estimate) => seconds(estimate, lang),
        Err(why) => say(lang, format!("no estimate: {}", why.en), format!("无法估时：{}", why.zh)),
    });
    format!("{}.{} ({})", pending.app, pending.name, parts.join(&say(lang, "; ", "；")))
}

pub(super) fn seconds(estimate: &Estimate, lang: Lang) -> String {
    let Estimate { low, high } = estimate;
    match (low, high) {
        (_, 0 | 1) => say(lang, "at most 1 s", "不超过 1 秒"),
        _ => say(lang, format!("{low} to {high} s"), format!("{low} 至 {high} 秒")),
    }
}

fn differences(project: &ProjectPlan, lang: Lang) -> Option<Section> {
    let all = &project.differences;
    if all.is_empty() {
        return None;
    }
    let lists: [(&str, &str, &[Difference]); 5] = [
        ("Pins", "依赖版本", &all.pins),
        ("Settings", "配置项", &all.settings),
        ("Environment variables", "环境变量", &all.environment),
        ("Access centre (IAM)", "权限中心（IAM）", &all.iam),
        ("Components", "组件", &all.components),
    ];
    let mut blocks = Vec::new();
    for (en, zh, list) in lists.into_iter().filter(|(_, _, list)| !list.is_empty()) {
        blocks.push(Block::Line(say(
            lang,
            format!("{en} ({}):", list.len()),
            format!("{zh}（{}）：", list.len()),
        )));
        blocks.extend(list.iter().map(|one| Block::Point(difference(one, lang))));
    }
    let name = &project.name;
    Some(Section {
        title: say(lang, format!("{name}: what else changes"), format!("{name}：其他变化")),
        blocks,
    })
}

fn difference(one: &Difference, lang: Lang) -> String {
    let Difference { name, from, to, path, line } = one;
    let short = |text: &str| -> String {
        match text.chars().count() {
            0..=120 => text.to_owned(),
            _ => text.chars().take(119).chain(['…']).collect(),
        }
    };
    let what = match (from.as_deref(), to.as_deref()) {
        (Some(from), Some(to)) => format!("{name}: {} -> {}", short(from), short(to)),
        (None, Some(to)) => {
            say(lang, format!("{name}: new, {}", short(to)), format!("{name}：新增，{}", short(to)))
        }
        (Some(from), None) => say(
            lang,
            format!("{name}: gone (was {})", short(from)),
            format!("{name}：移除（原为 {}）", short(from)),
        ),
        (None, None) => name.clone(),
    };
    format!("{what}  [{path}:{line}]")
}

pub(super) fn rollback(plan: &Plan, lang: Lang) -> Section {
    let rollback = &plan.rollback;
    let total: usize = plan.projects.iter().map(|project| project.pending.len()).sum();
    let mut blocks = Vec::new();
    if total == 0 {
        blocks.push(Block::Line(say(
            lang,
            "No migration is run, so none has to be taken back.",
            "没有要执行的迁移，无需回滚数据库。",
        )));
    } else if rollback.irreversible.is_empty() {
        blocks.push(Block::Line(say(
            lang,
            "Django can take every migration back:",
            "所有迁移都可由 Django 回滚：",
        )));
    } else {
        blocks.push(Block::Line(match &rollback.last_reversible {
            Some((app, name)) => say(
                lang,
                format!(
                    "Up to {app}.{name} Django can take everything back. After it the way back is the backup:"
                ),
                format!("到 {app}.{name} 为止可由 Django 回滚；其后只能用备份恢复："),
            ),
            None => say(
                lang,
                "The first migration cannot be taken back: from the start the way back is the backup:",
                "第一个迁移就不可回滚：一旦开始，只能用备份恢复：",
            ),
        }));
        for it in &rollback.irreversible {
            let ((app, name), op) = (&it.migration, &it.op);
            blocks.push(Block::Point(match it.is_certain {
                true => say(
                    lang,
                    format!("{app}.{name}: {op} has no reverse"),
                    format!("{app}.{name}：{op} 没有逆操作"),
                ),
                false => say(
                    lang,
                    format!("{app}.{name}: whether {op} has a reverse is not known"),
                    format!("{app}.{name}：不确定 {op} 是否有逆操作"),
                ),
            }));
        }
    }
    for (forwards, en, zh) in [
        (
            true,
            "The upgrade destroys, so that only the backup brings it back:",
            "升级会删除以下内容，只能从备份恢复：",
        ),
        (false, "The way back destroys:", "回滚会删除："),
    ] {
        let lost: Vec<_> = rollback.destroys.iter().filter(|one| one.forwards == forwards).collect();
        if lost.is_empty() {
            continue;
        }
        blocks.push(Block::Line(say(lang, en, zh)));
        blocks.extend(lost.into_iter().map(|one| {
            let (app, name) = &one.migration;
            Block::Point(format!("{} ({app}.{name})", one.what.get(lang)))
        }));
    }
    if !rollback.not_known.is_empty() {
        blocks.push(Block::Line(say(
            lang,
            "What these destroy is not known, since their statements are not:",
            "以下操作的语句未知，因此不知道会删除什么：",
        )));
        let each = rollback.not_known.iter();
        blocks.extend(each.map(|((app, name), op)| Block::Point(format!("{app}.{name}: {op}"))));
    }
    Section { title: say(lang, "The way back", "回滚方案"), blocks }
}

/// How many findings are listed; the JSON has all.
const FINDINGS: usize = 20;

/// What the check finds that the upgrade brings.
pub(super) fn found(plan: &Plan, lang: Lang) -> Option<Section> {
    let all = &plan.findings;
    if all.is_empty() {
        return None;
    }
    let mut sorted: Vec<_> = all.iter().collect();
    sorted.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    let mut blocks: Vec<Block> = sorted
        .iter()
        .take(FINDINGS)
        .map(|finding| {
            let (code, message) = (finding.rule.code, finding.message.get(lang));
            let severity = Words(lang).severity(finding.severity);
            let place = format!("{}:{}", finding.place.path, finding.place.start.line);
            Block::Point(format!("{severity} {code}: {message}  [{place}]"))
        })
        .collect();
    if let Some(more) = all.len().checked_sub(FINDINGS).filter(|more| *more > 0) {
        blocks.push(Block::Point(say(lang, format!("{more} more"), format!("另有 {more} 项"))));
    }
    Some(Section {
        title: say(
            lang,
            format!("What the check finds in this upgrade ({})", all.len()),
            format!("检查在本次升级中发现的问题（{}）", all.len()),
        ),
        blocks,
    })
}

/// How many reasons of a risk are listed; the JSON has all.
const REASONS: usize = 12;

fn risks(plan: &Plan, lang: Lang) -> Section {
    let mut blocks = Vec::new();
    for risk in &plan.risks {
        let n = risk.raised_by.len();
        let title = risk.title.get(lang);
        blocks.push(Block::Line(match n {
            0 => say(
                lang,
                format!("{title}: nothing in this change raises it"),
                format!("{title}：本次变更没有增加该风险"),
            ),
            _ => say(lang, format!("{title}: raised by {n}"), format!("{title}：{n} 项")),
        }));
        blocks
            .extend(risk.raised_by.iter().take(REASONS).map(|text| Block::Point(text.get(lang).to_owned())));
        if n > REASONS {
            let more = n - REASONS;
            blocks.push(Block::Point(say(lang, format!("{more} more"), format!("另有 {more} 项"))));
        }
    }
    Section { title: say(lang, "Risks", "风险"), blocks }
}

pub(super) fn window(plan: &Plan, lang: Lang) -> Section {
    let mut blocks: Vec<Block> = plan
        .window
        .phases
        .iter()
        .map(|phase| {
            let (en, zh) = phase_name(phase.key);
            let range = match phase.low == phase.high {
                true => phase.low.to_string(),
                false => say(
                    lang,
                    format!("{} to {}", phase.low, phase.high),
                    format!("{}–{}", phase.low, phase.high),
                ),
            };
            Block::Point(say(lang, format!("{en}: {range} min"), format!("{zh}：{range} 分钟")))
        })
        .collect();
    let (low, high) = plan.window.total();
    blocks.push(Block::Line(say(
        lang,
        format!("In all {low} to {high} minutes."),
        format!("合计 {low}–{high} 分钟。"),
    )));
    if !plan.window.is_estimated {
        blocks.push(Block::Line(say(
            lang,
            "The time of some migration is not known (see above; `--stats` tells the sizes of tables), so the upgrade phase has its usual length.",
            "有迁移的耗时未知（见上；可用 `--stats` 提供表大小），升级阶段按常规时长计。",
        )));
    }
    blocks.push(Block::Line(match &plan.rates {
        Whence::Usual => say(
            lang,
            "Times are told by usual rates, in wide ranges; `bklog-lint gate calibrate` measures those of the server.",
            "耗时按常规速率估算，范围较宽；`bklog-lint gate calibrate` 可测量服务器的实际速率。",
        ),
        Whence::Measured { server, at } => {
            let (day, own) = (at.strftime("%Y-%m-%d"), plan.server.to_string());
            let other = if *server == own { String::new() } else { say(lang, format!(", not on {own}"), format!("，而非 {own}")) };
            say(
                lang,
                format!("Times are told by what was measured on {server} ({day}){other}."),
                format!("耗时按 {day} 在 {server} 上的测量结果估算{other}。"),
            )
        }
    }));
    Section { title: say(lang, "Window", "升级窗口"), blocks }
}
