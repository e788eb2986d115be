//! The emergency plan and the order of the components, for people.

use crate::findings::Lang;
use crate::plan::Plan;
use crate::plan::emergency::Emergency;

use super::outline::{Block, Section, say};

/// How many switches are listed; the JSON has all.
const SWITCHES: usize = 20;

/// What to do when it goes wrong.
pub(super) fn emergency(plan: &Plan, lang: Lang) -> Section {
    let emergency = &plan.emergency;
    let mut blocks = Vec::new();
    back(plan, lang, &mut blocks);
    degraded(emergency, lang, &mut blocks);
    recovery(emergency, lang, &mut blocks);
    blocks.push(Block::Line(say(lang, "To watch meanwhile:", "期间监控：")));
    if emergency.watch.is_empty() {
        blocks.push(Block::Point(say(
            lang,
            "not known: neither the change nor the pins nor [gate.component] name anything",
            "未知：变更、依赖版本和 [gate.component] 均未给出线索",
        )));
    }
    for watch in &emergency.watch {
        let (what, why) = (watch.what.get(lang), watch.why.get(lang));
        blocks.push(Block::Point(say(lang, format!("{what} ({why})"), format!("{what}（{why}）"))));
    }
    Section { title: say(lang, "When it goes wrong", "应急预案"), blocks }
}

/// Database and code back.
fn back(plan: &Plan, lang: Lang, blocks: &mut Vec<Block>) {
    let emergency = &plan.emergency;
    let mut step = 0;
    let mut line = |blocks: &mut Vec<Block>, en: String, zh: String| {
        step += 1;
        blocks.push(Block::Line(format!("{step}. {}", say(lang, en, zh))));
    };
    line(
        blocks,
        "Stop the roll-out and what writes to the database.".into(),
        "停止发布，停止写数据库的进程。".into(),
    );
    match (&emergency.no_return, emergency.commands.is_empty()) {
        (_, true) => line(
            blocks,
            "No migration is run, so the database stays as it is.".into(),
            "没有执行迁移，数据库保持不变。".into(),
        ),
        (Some((app, name)), false) => line(
            blocks,
            format!(
                "The database, as long as {app}.{name} has not run, with the code of the new release still in place (once it has run, Django cannot go below it: step 4):"
            ),
            format!(
                "数据库：在 {app}.{name} 执行之前，用新版本代码回滚（一旦执行，Django 无法回滚到它之前，见第 4 步）："
            ),
        ),
        (None, false) => line(
            blocks,
            "The database, with the code of the new release still in place:".into(),
            "数据库：此时仍为新版本代码：".into(),
        ),
    }
    if !emergency.commands.is_empty() {
        blocks.push(Block::Code(emergency.commands.clone()));
    }
    match &emergency.code {
        Some(from) => {
            let (mut en, mut zh) = (String::new(), String::new());
            if emergency.pins > 0 {
                en.push_str(&format!(", with its requirements (differing: {})", emergency.pins));
                zh.push_str(&format!("，同时恢复其依赖（{} 项不同）", emergency.pins));
            }
            if !emergency.environment.is_empty() {
                let names = emergency.environment.join(", ");
                en.push_str(&format!("; environment variables that differ: {names}"));
                zh.push_str(&format!("；有差异的环境变量：{names}"));
            }
            line(
                blocks,
                format!("The code: deploy {from} again{en}."),
                format!("代码：重新部署 {from}{zh}。"),
            );
        }
        None => line(
            blocks,
            "The code: which release ran before is not known from the database; `--from` names it.".into(),
            "代码：仅凭数据库无法得知之前的版本；可用 `--from` 指定。".into(),
        ),
    }
    if emergency.no_return.is_some() {
        line(
            blocks,
            "Where the database cannot go back by itself: bring the backup back (below), then the code."
                .into(),
            "数据库无法自行回滚时：先恢复备份（见下），再回退代码。".into(),
        );
    }
}

/// What can be turned off.
fn degraded(emergency: &Emergency, lang: Lang, blocks: &mut Vec<Block>) {
    let n = emergency.switches.len();
    if n == 0 && emergency.switch_tables.is_empty() {
        blocks.push(Block::Line(say(
            lang,
            "Degraded service: not known. No setting of the deployed environments has the name and the values of a feature switch.",
            "服务降级：未知。已部署环境的 settings 中没有名称和取值像特性开关的配置。",
        )));
        return;
    }
    blocks.push(Block::Line(say(
        lang,
        format!("Degraded service: feature switches ({n}):"),
        format!("服务降级：特性开关（{n} 个）："),
    )));
    for switch in emergency.switches.iter().take(SWITCHES) {
        let value = match &switch.value {
            Some(value) => value.clone(),
            None => say(lang, "known only when it runs", "运行时才能确定"),
        };
        let by = match &switch.variable {
            Some(name) => say(lang, format!(", set by {name}"), format!("，由 {name} 决定")),
            None => String::new(),
        };
        blocks
            .push(Block::Point(format!("{} = {value}{by}  [{}:{}]", switch.name, switch.path, switch.line)));
    }
    if let Some(more) = n.checked_sub(SWITCHES).filter(|more| *more > 0) {
        blocks.push(Block::Point(say(lang, format!("{more} more"), format!("另有 {more} 项"))));
    }
    for table in &emergency.switch_tables {
        blocks.push(Block::Point(say(
            lang,
            format!("rows of `{table}` are switches too; they can be turned without a new roll-out"),
            format!("表 `{table}` 中的行也是开关，无需重新发布即可切换"),
        )));
    }
}

/// From where the data comes back.
fn recovery(emergency: &Emergency, lang: Lang, blocks: &mut Vec<Block>) {
    if emergency.recovery.is_empty() {
        blocks.push(Block::Line(say(
            lang,
            "Recovery of the data: not known. The configuration names no backup under [gate.backup]; `bklog-lint gate init` writes the section.",
            "数据恢复：未知。配置的 [gate.backup] 中没有备份；`bklog-lint gate init` 可生成该节。",
        )));
        return;
    }
    blocks.push(Block::Line(say(
        lang,
        "Recovery of the data, each time into an empty database first:",
        "数据恢复（每次先恢复到空库验证）：",
    )));
    for one in &emergency.recovery {
        let seen = match &one.seen {
            Some(seen) => say(lang, format!("seen: {seen}"), format!("已看到：{seen}")),
            None => say(
                lang,
                "nobody looked: `bklog-lint gate` proves it, `--facts` shows it here",
                "尚未验证：`bklog-lint gate` 可验证，`--facts` 可在此显示",
            ),
        };
        blocks.push(Block::Point(format!("{} ({}): {} [{seen}]", one.name, one.kind, one.path)));
        if !one.how.is_empty() {
            blocks.push(Block::Code(one.how.clone()));
        }
    }
}

/// The order of the components.
pub(super) fn order(plan: &Plan, lang: Lang) -> Option<Section> {
    let sequence = &plan.sequence;
    if sequence.is_empty() {
        return None;
    }
    let mut blocks = Vec::new();
    if !sequence.circle.is_empty() {
        let names = sequence.circle.join(", ");
        blocks.push(Block::Line(say(
            lang,
            format!("No order: `after` in [gate.components] goes in a circle ({names})."),
            format!("无法排序：[gate.components] 的 `after` 存在环（{names}）。"),
        )));
    }
    for (at, one) in sequence.components.iter().enumerate() {
        let mut text = format!("{}. {} ({})", at + 1, one.title.get(lang), one.name);
        if !one.after.is_empty() {
            let names: Vec<&str> = one.after.iter().map(String::as_str).collect();
            text.push_str(&say(
                lang,
                format!(", after {}", names.join(", ")),
                format!("，在 {} 之后", names.join("、")),
            ));
        }
        blocks.push(Block::Line(text));
        for (need, path, line) in &one.needs {
            blocks.push(Block::Point(say(
                lang,
                format!("needed: {need}  [{path}:{line}]"),
                format!("要求：{need}  [{path}:{line}]"),
            )));
        }
        if let Some(note) = &one.note {
            blocks.push(Block::Point(note.get(lang).to_owned()));
        }
    }
    if !sequence.unplaced.is_empty() {
        blocks.push(Block::Line(say(
            lang,
            "Needed as well, with no place in the order that is known (`after` in [gate.components] gives one):",
            "还需要以下组件，其顺序未知（可在 [gate.components] 用 `after` 指定）：",
        )));
        let each = sequence.unplaced.iter();
        blocks.extend(each.map(|(need, path, line)| Block::Point(format!("{need}  [{path}:{line}]"))));
    }
    Some(Section { title: say(lang, "Order of the components", "组件升级顺序"), blocks })
}
