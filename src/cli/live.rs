//! What a live database says, for `plan`: from a file of `gate --collect`, or asked now as the gate asks.

use std::path::Path;
use std::sync::Arc;

use super::failure::Failure;
use super::gate::{ask, limits, read_facts};
use crate::analysis::plan::Database;
use crate::analysis::{self, Request};
use crate::config::GateConfig;
use crate::findings::Bilingual;
use crate::gate::facts::probe_id;
use crate::gate::{Facts, Vault, database, probe};

/// The database in a file of facts.
pub(super) fn of_file(file: &Path, tree: &Request) -> Result<Database, Failure> {
    let (loaded, _) = analysis::configure(tree)?;
    let facts = read_facts(file)?;
    let name = chosen(&loaded.config.gate, "")?;
    database::database(&facts, &name).map_err(|why| {
        let shown = file.display();
        Failure::Usage(Bilingual::new(format!("{shown}: {}", why.en), format!("{shown}：{}", why.zh)))
    })
}

/// The database of an entry of `[gate.mysql]`, asked now.
pub(super) fn of_server(name: &str, tree: &Request) -> Result<Database, Failure> {
    let (loaded, lang) = analysis::configure(tree)?;
    let gate = &loaded.config.gate;
    let name = chosen(gate, name)?;
    let vault = Arc::new(Vault::new(&loaded.folder));
    let id = probe_id("mysql", &name);
    let mut gate = gate.clone();
    // What is applied is asked only where migrations run, and whoever names the entry says so.
    if let Some(target) = gate.mysql.get_mut(&name) {
        target.django = Some(true);
    }
    let mut probes = probe::probes(&gate);
    probes.retain(|probe| probe.id() == id);
    let facts: Facts = ask(probes, &vault, limits(&gate), lang);
    database::database(&facts, &name)
        .map_err(|why| Failure::Work(Bilingual::new(vault.scrub(&why.en), vault.scrub(&why.zh))))
}

/// The entry that is meant: the named one, else the only one in which migrations run.
fn chosen(gate: &GateConfig, name: &str) -> Result<String, Failure> {
    let names = |all: Vec<&String>| all.iter().map(|one| one.as_str()).collect::<Vec<_>>().join(", ");
    if !name.is_empty() {
        return match gate.mysql.contains_key(name) {
            true => Ok(name.to_owned()),
            false => {
                let known = names(gate.mysql.keys().collect());
                Err(Failure::Usage(Bilingual::new(
                    format!("there is no [gate.mysql.{name}] (there are: {known})"),
                    format!("没有 [gate.mysql.{name}]（可用：{known}）"),
                )))
            }
        };
    }
    let migrated: Vec<&String> = database::migrated(gate).collect();
    match migrated.as_slice() {
        [one] => Ok((*one).clone()),
        // Facts may be judged without the configuration that they were collected with.
        [] => Ok("default".to_owned()),
        several => {
            let known = names(several.to_vec());
            Err(Failure::Usage(Bilingual::new(
                format!("migrations run in several databases ({known}); name one: --live=NAME"),
                format!("多个数据库会执行迁移（{known}）；请指定其一：--live=NAME"),
            )))
        }
    }
}
