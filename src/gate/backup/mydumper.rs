//! Folders of mydumper: `metadata`, a file per table with its structure, files with its rows.
//!
//! Source: mydumper 0.10 (a metadata file of text lines) and 0.14 and later (sections as in an INI file).

use std::path::Path;

use super::super::trouble::Asked;
use super::container::verify;
use super::dump::{DumpFacts, DumpedTable, text};
use super::{Integrity, damaged, walk};

/// Endings of compressed files.
const COMPRESSED: [&str; 2] = [".gz", ".zst"];

/// Reads a folder; every file is read to its end.
///
/// # Errors
/// When the run did not end, or a file is damaged.
pub fn read(folder: &Path) -> Asked<(DumpFacts, Integrity)> {
    if !folder.is_dir() {
        return Err(damaged("not a folder"));
    }
    let metadata = folder.join("metadata");
    if !metadata.is_file() {
        let partial = folder.join("metadata.partial").exists();
        return Err(damaged(if partial {
            "mydumper did not end: there is only metadata.partial"
        } else {
            "there is no metadata"
        }));
    }
    let mut facts = DumpFacts { tool: "mydumper".to_owned(), names_databases: false, ..DumpFacts::default() };
    let lines = text(&metadata)?;
    let finished = lines.lines().find_map(|line| {
        line.trim_start_matches(['#', ' ']).strip_prefix("Finished dump at:").map(|at| at.trim().to_owned())
    });
    facts.complete = Some(finished.is_some());
    facts.finished_at = finished;
    let mut integrity = Integrity::Proven;
    for file in walk(folder)? {
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        integrity =
            integrity.max(verify(&file).map_err(|trouble| damaged(format!("{name}: {}", trouble.said)))?);
        note(&mut facts, &name, file.metadata().map_or(0, |data| data.len()));
    }
    note_rows(&mut facts, &lines);
    Ok((facts, integrity))
}

/// Notes what a file is by its name: `db.table-schema.sql`, `db.table.sql`, `db.table.00000.sql`, `db-schema-create.sql`.
fn note(facts: &mut DumpFacts, name: &str, bytes: u64) {
    let plain = COMPRESSED.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name);
    let Some(stem) = plain.strip_suffix(".sql").or_else(|| plain.strip_suffix(".dat")) else { return };
    if let Some(database) = stem.strip_suffix("-schema-create") {
        facts.databases.entry(database.to_owned()).or_default();
        return;
    }
    let Some((database, rest)) = stem.split_once('.') else { return };
    let tables = facts.databases.entry(database.to_owned()).or_default();
    if let Some(table) = rest.strip_suffix("-schema") {
        let table = tables.entry(table.to_owned()).or_default();
        table.created = true;
    } else if !["-schema-view", "-schema-triggers", "-schema-post"]
        .iter()
        .any(|ending| rest.ends_with(ending))
    {
        let table = match rest.rsplit_once('.') {
            Some((table, number)) if number.bytes().all(|byte| byte.is_ascii_digit()) => table,
            _ => rest,
        };
        tables.entry(table.to_owned()).or_default().rows |= bytes > 0;
    }
}

/// Notes the rows that newer versions write down: a section `` [`db`.`table`] `` with `rows = N`.
fn note_rows(facts: &mut DumpFacts, lines: &str) {
    let mut section: Option<(String, String)> = None;
    for line in lines.lines().map(str::trim) {
        if let Some(inside) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            let names = inside.split_once("`.`").map(|(a, b)| (a.trim_matches('`'), b.trim_matches('`')));
            section = names.map(|(database, table)| (database.to_owned(), table.to_owned()));
        } else if let (Some((database, table)), Some(("rows", count))) =
            (&section, line.split_once('=').map(|(key, value)| (key.trim(), value.trim())))
            && count.parse::<u64>().is_ok_and(|count| count > 0)
        {
            let entry: &mut DumpedTable =
                facts.databases.entry(database.clone()).or_default().entry(table.clone()).or_default();
            // Rows that were counted and lie in no file are missing.
            if !entry.rows {
                facts.fault =
                    Some(format!("{database}.{table} has {count} rows by the metadata and no file"));
            }
        }
    }
}
