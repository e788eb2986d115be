//! Rules on statements that hold up the service while they run: locks, copies and long scans of tables with rows in them.

pub mod long_index_build;
pub mod refused_by_server;
pub mod several_rebuilds;
pub mod table_rebuilt;
pub mod writes_blocked;

use globset::Glob;

use crate::config::Config;
use crate::findings::{Bilingual, Finding};
use crate::mysql::online_ddl;
use crate::rules::{Change, Emit, OldTableStatement, migration_subject, operation_subject};

/// How large a table is, as far as the configuration tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Size {
    /// `[database] large-tables` names it.
    Large,
    /// The configuration names large tables, and this is none.
    Small,
    /// The configuration names none.
    Unknown,
}

fn size(config: &Config, table: &str) -> Size {
    let named = &config.database.large_tables;
    let means = |name: &String| {
        name == table || Glob::new(name).is_ok_and(|glob| glob.compile_matcher().is_match(table))
    };
    match named.is_empty() {
        true => Size::Unknown,
        false if named.iter().any(means) => Size::Large,
        false => Size::Small,
    }
}

/// How many characters of a statement are quoted.
const QUOTED: usize = 240;

/// Reports a statement at the operation that runs it, with the statement itself in the help.
fn report<'e>(
    change: &Change<'_>,
    at: &OldTableStatement<'_>,
    message: Bilingual,
    advice: Bilingual,
    emit: &'e mut Emit<'_>,
) -> &'e mut Finding {
    let (text, migration) = (&change.migration.file.text, change.migration);
    let span = at.operation.map_or(migration.file.class_name, |operation| operation.callee);
    let finding = emit.at(text, span, message);
    finding.subject = match at.operation {
        Some(operation) => operation_subject(change.project, migration, operation),
        None => migration_subject(change.project, migration),
    };
    finding.discriminator =
        format!("{} {}", at.statement.table, at.statement.class.shape.unwrap_or_default());
    let sql = quoted(&at.statement.sql);
    finding.help = Bilingual::new(
        format!("Django runs `{sql}`. {}", advice.en),
        format!("Django 会执行 `{sql}`。{}", advice.zh),
    );
    finding
}

/// The beginning of a statement, white space folded.
fn quoted(sql: &str) -> String {
    let folded = sql.split_whitespace().collect::<Vec<_>>().join(" ");
    match folded.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{}…", &folded[..end]),
        None => folded,
    }
}

/// What kind of statement it is, in MySQL's words.
fn shape(at: &OldTableStatement<'_>) -> &'static str {
    at.statement.class.shape.and_then(online_ddl::statement).unwrap_or("ALTER TABLE")
}
