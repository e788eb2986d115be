//! What a database said, as the plan takes it: server, applied migrations, sizes, schema; and the plan made from it.

use std::collections::{BTreeMap, BTreeSet};

use crate::analysis::plan::Database;
use crate::config::GateConfig;
use crate::django::Key;
use crate::findings::Bilingual;
use crate::mysql::Server;
use crate::plan::cost::{Size, Sizes};
use crate::plan::half::Live;
use crate::plan::names::Names;
use crate::plan::rates::{Calibration, Rates};
use crate::plan::{Basis, Plan, Start};

use super::check::say;
use super::context::Context;
use super::facts::{Answer, Facts, MysqlFacts, probe_id};
use super::flavour;
use super::judge::dotted;
use super::trouble::Asked;

/// The server, as far as it is one whose statements are known.
pub fn server(facts: &MysqlFacts) -> Option<Server> {
    let family = flavour::flavour(&facts.version, &facts.comment)?.family();
    let numbers = flavour::numbers(&facts.version)?;
    format!("{}-{}", family.key(), dotted(&numbers)).parse().ok()
}

/// Sizes of the tables; none where they were not told.
fn sizes(facts: &MysqlFacts) -> Sizes {
    let Some(Ok(tables)) = &facts.tables else { return Sizes::default() };
    let of = |(name, table): (&String, &super::facts::Table)| {
        (name.clone(), Size { rows: table.rows, bytes: table.bytes })
    };
    Sizes::from_tables(tables.iter().map(of))
}

/// The schema; `None` where not even the tables were told.
fn live(facts: &MysqlFacts) -> Option<Live> {
    let Some(Ok(tables)) = &facts.tables else { return None };
    let (columns, indexes) = (told(&facts.columns), told(&facts.indexes));
    Some(Live::new(tables.keys().map(String::as_str), columns, indexes))
}

/// Names, where they were told.
fn told(names: &Option<Asked<Names>>) -> Option<&Names> {
    names.as_ref()?.as_ref().ok()
}

/// The rows of `django_migrations`; `None` where they were not told or there is no such table.
fn applied(facts: &MysqlFacts) -> Option<BTreeSet<Key>> {
    let Some(Ok(Some(rows))) = &facts.migrations else { return None };
    Some(rows.iter().map(|(app, name)| (app.as_str().into(), name.as_str().into())).collect())
}

/// What was found of every backup: the file, its size and when it was written.
fn proofs(facts: &Facts) -> BTreeMap<String, String> {
    let backups = facts.asked.iter().filter_map(|asking| match &asking.answer {
        Ok(Answer::Backup(backup)) => Some((asking.id.as_str(), backup)),
        _ => None,
    });
    backups
        .map(|(id, backup)| {
            let name = id.strip_prefix("backup.").unwrap_or("default");
            let at = backup.modified_at;
            (name.to_owned(), format!("{} ({} bytes, {at})", backup.path, backup.bytes))
        })
        .collect()
}

/// What the database `name` (an entry of `[gate.mysql]`) said, for a plan.
///
/// # Errors
/// When the facts do not hold it, or not what it has applied.
pub fn database(facts: &Facts, name: &str) -> Result<Database, Bilingual> {
    let id = probe_id("mysql", name);
    let Some(asking) = facts.get(&id) else {
        return Err(say(format!("the facts hold no answer of {id}"), format!("事实中没有 {id} 的应答")));
    };
    let found = match &asking.answer {
        Ok(Answer::Mysql(found)) => found,
        Ok(_) => return Err(say(format!("{id} is no database"), format!("{id} 不是数据库"))),
        Err(trouble) => {
            let text = trouble.message();
            return Err(say(
                format!("{id}: {} ({})", text.en, trouble.said),
                format!("{id}：{}（{}）", text.zh, trouble.said),
            ));
        }
    };
    let applied = match &found.migrations {
        Some(Err(trouble)) => {
            let text = trouble.message();
            return Err(say(
                format!("{id}: django_migrations: {} ({})", text.en, trouble.said),
                format!("{id}：django_migrations：{}（{}）", text.zh, trouble.said),
            ));
        }
        // A database that was never migrated has applied nothing.
        Some(Ok(None)) => BTreeSet::new(),
        _ => applied(found).ok_or_else(|| {
            say(
                format!("{id}: django_migrations was not asked for; set `django = true` for it in [gate.mysql.{name}]"),
                format!("{id}：未询问 django_migrations；请在 [gate.mysql.{name}] 设置 `django = true`"),
            )
        })?,
    };
    Ok(Database {
        name: format!("{} ({id}, {})", found.database, facts.collected_at.strftime("%Y-%m-%d %H:%M UTC")),
        applied,
        server: server(found),
        sizes: sizes(found),
        live: live(found),
        proofs: proofs(facts),
    })
}

/// The databases of the configuration in which Django's migrations run.
pub fn migrated(config: &GateConfig) -> impl Iterator<Item = &String> {
    let is = |(name, target): &(&String, &crate::config::gate::MysqlTarget)| {
        target.django.unwrap_or(name.as_str() == "default")
    };
    config.mysql.iter().filter(is).map(|(name, _)| name)
}

/// The upgrade of a database to the revision that is deployed; `None` where what it has applied, or its server, is not
/// known.
pub(super) fn plan(facts: &Facts, name: &str, context: &Context<'_>, rates: &Rates) -> Option<Plan> {
    let found = facts.mysql(name)?;
    let applied = applied(found)?;
    let basis = Basis {
        sizes: sizes(found),
        rates: rates.clone(),
        live: live(found),
        proofs: proofs(facts),
        gate: context.config.gate.clone(),
        ..Basis::new(server(found)?)
    };
    let to = say("the revision", "本版本");
    Some(Plan::new((&found.database, &to), &Start::Applied(&applied), context.workspace, &basis))
}

/// The rates of the configuration: those of its calibration, else the usual ones.
///
/// # Errors
/// When the file that it names cannot be used.
pub fn rates(config: &GateConfig, folder: &std::path::Path) -> Result<Rates, Bilingual> {
    match &config.calibration {
        Some(file) => Ok(Rates::measured(&Calibration::read(&folder.join(file))?)),
        None => Ok(Rates::default()),
    }
}
