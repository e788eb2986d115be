//! What migrations run: a count of lock classes, and every statement with what the server does with it.

use maud::{Markup, html};

use super::text::{Plain, both, figure, say};
use super::{Tone, badge, scroll};
use crate::django::editor::{Entry, Statement};
use crate::findings::Bilingual;
use crate::mysql::online_ddl::Lock;
use crate::report::inspect::sql::{algorithm_word, lock_word};
use crate::report::visible;

/// Characters of a statement that are shown; the JSON has all.
const STATEMENT: usize = 1_200;

/// A migration with what its operations run.
pub(crate) struct Migration<'a> {
    /// Its name, and what is said of the whole.
    pub(crate) heading: Markup,
    /// Somebody should look at it: it is unfolded.
    pub(crate) open: bool,
    /// Its operations, in the order in which they run.
    pub(crate) entries: &'a [Entry],
}

/// The tables. `id` begins the addresses of those of migrations, `query` is where the JSON holds the lists of statements.
pub(crate) fn statements(id: &str, query: &str, migrations: &[Migration<'_>]) -> Markup {
    let all: Vec<&Statement> =
        migrations.iter().flat_map(|one| one.entries).flat_map(|entry| entry.sql.iter().flatten()).collect();
    html! {
        (classes(query, &all))
        h3 { (figure(query, all.len())) " " (say("statements and their lock classes", "条语句及其锁级别")) }
        p.caption { (say("Migrations beside which the service goes on are folded.", "不影响服务运行的迁移已折叠。")) }
        @for (at, migration) in migrations.iter().enumerate() {
            @let heading = format!("{id}-{at}");
            details.sql open[migration.open] {
                summary id=(heading) { (migration.heading) }
                (scroll(&heading, &table(&heading, migration)))
            }
        }
    }
}

/// Whether something makes others wait, is refused, or is not known.
pub(crate) fn wants_a_look(entries: &[Entry]) -> bool {
    entries.iter().any(|entry| match &entry.sql {
        Ok(statements) => {
            let waits = |one: &Statement| one.class.blocks_writes != Some(false) || one.class.error.is_some();
            entry.incomplete.is_some() || statements.iter().any(waits)
        }
        Err(_) => true,
    })
}

fn table(heading: &str, migration: &Migration<'_>) -> Markup {
    html! {
        table.lines aria-labelledby=(heading) {
            thead { tr {
                th scope="col" { (say("Operation", "操作")) }
                th scope="col" { (say("Statement", "语句")) }
                th scope="col" { "ALGORITHM" }
                th scope="col" { "LOCK" }
                th scope="col" { (say("Rebuilds", "重建整表")) }
                th scope="col" { (say("Writes wait", "写入等待")) }
            } }
            tbody { @for entry in migration.entries { (operation(entry)) } }
        }
    }
}

/// How many statements of each lock class there are.
fn classes(query: &str, all: &[&Statement]) -> Markup {
    let classes = [Some(Lock::None), Some(Lock::Shared), Some(Lock::Exclusive), None];
    let (none, shared, exclusive, unknown) = (
        ("reads and writes go on", "读写不受影响"),
        ("writes wait, reads go on", "写入等待，读取不受影响"),
        ("reads and writes wait", "读写均等待"),
        ("a statement without a lock class, or not known", "没有锁级别的语句，或未知"),
    );
    let rows = classes.into_iter().zip([none, shared, exclusive, unknown]);
    html! {
        table.stack {
            caption { (say("Statements by lock class", "按锁级别统计语句")) }
            thead { tr { th scope="col" { "LOCK" } th scope="col" { (say("What it means", "含义")) } th.n scope="col" { (say("Statements", "语句数")) } } }
            tbody { @for (class, (en, zh)) in rows {
                tr {
                    th scope="row" { (lock(class)) }
                    td { (say(en, zh)) }
                    td.n {
                        @let key = class.map_or("null", lock_word);
                        (figure(&format!("{query}[lock={key}]"), all.iter().filter(|one| one.class.lock == class).count()))
                    }
                }
            } }
        }
    }
}

fn lock(class: Option<Lock>) -> Markup {
    let tone = match class {
        Some(Lock::None) => Tone::Good,
        Some(Lock::Shared) => Tone::Warn,
        Some(Lock::Exclusive) => Tone::Bad,
        None => Tone::Unknown,
    };
    match class {
        Some(class) => html! { span class={ "s " (tone.class()) } { (lock_word(class)) } },
        None => badge(tone, "none named", "无"),
    }
}

/// Yes in red, no in plain, and what is not known.
pub(crate) fn yes_no(value: Option<bool>) -> Markup {
    match value {
        Some(true) => badge(Tone::Bad, "yes", "是"),
        Some(false) => say("no", "否"),
        None => badge(Tone::Unknown, "not known", "未知"),
    }
}

fn operation(entry: &Entry) -> Markup {
    let place = html! {
        @match entry.op_index { Some(at) => { (at) " " code { (Plain(&entry.op)) } }, None => (say("at the end", "迁移结束时")) }
    };
    let remark = |en, zh, why: &Bilingual| {
        html! { tr { td.fix { (place) } td colspan="5" { (badge(Tone::Unknown, en, zh)) " " (both(why)) } } }
    };
    html! {
        @if entry.sql.as_ref().is_ok_and(Vec::is_empty) && entry.incomplete.is_none() {
            tr { td.fix { (place) } td.muted colspan="5" { (say("no SQL of Django's", "Django 不产生 SQL")) } }
        }
        @if let Err(why) = &entry.sql { (remark("not known", "未知", why.describe())) }
        @for statement in entry.sql.iter().flatten() { (row(&place, statement)) }
        @if let Some(why) = &entry.incomplete { (remark("there may be more", "可能还有其他语句", why.describe())) }
        @if let Some(why) = &entry.doubt { (remark("may differ", "可能有出入", why.describe())) }
    }
}

fn row(place: &Markup, statement: &Statement) -> Markup {
    let class = &statement.class;
    html! {
        tr {
            td.fix { (place) }
            td.sql {
                code { (Plain(&visible::cut(&statement.sql, STATEMENT))) }
                @if let Some(error) = class.error { " " (badge(Tone::Bad, &format!("refused: error {error}"), &format!("会被拒绝：错误 {error}"))) }
                @if !statement.looked_up.is_empty() { " " (badge(Tone::Off, "name by the naming rule", "名称按命名规则推得")) }
            }
            td { (class.algorithm.map_or("", algorithm_word)) }
            td { (lock(class.lock)) }
            td { (yes_no(class.rebuild)) }
            td { (yes_no(class.blocks_writes)) }
        }
    }
}
