//! A restore drill: a dump is restored into a scratch database by the server's own client, and what came of it is counted.
//!
//! This is the one place of the gate that writes, and it cannot touch an original: a dump that names databases is refused
//! (it would go where it says), and so is a user with any right outside the scratch database.

use std::collections::BTreeMap;
use std::io;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use mysql::prelude::Queryable;
use mysql::{Conn, Row};

use crate::config::gate::MysqlTarget;
use crate::findings::Bilingual;

use super::backup::container::Container;
use super::backup::dump;
use super::check::say;
use super::facts::MysqlFacts;
use super::judge::list;
use super::probe::mysql::{options, text, trouble};
use super::probe::statements::Statement;
use super::secret::Vault;
use super::trouble::Trouble;

/// Programs that restore, the one of MariaDB first.
const CLIENTS: [&str; 2] = ["mariadb", "mysql"];

/// What a drill came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drilled {
    /// Tables that were restored.
    pub tables: usize,
    /// How long the restore took.
    pub took: Duration,
    /// What is wrong with what was restored.
    pub faults: Vec<Bilingual>,
}

/// Why no drill was made.
#[derive(Debug, thiserror::Error)]
pub enum DrillError {
    /// It might touch something that it must not, or would prove nothing.
    #[error("{}", .0.en)]
    Refused(Bilingual),
    /// It could not be done.
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

fn refused(en: impl Into<String>, zh: impl Into<String>) -> DrillError {
    DrillError::Refused(say(en, zh))
}

/// Restores the dump at `path` into the scratch database and takes everything out again.
///
/// `originals` are the databases of the configuration, by what was seen of them where that is known.
///
/// # Errors
/// When the dump or the scratch database is not fit for it, or it could not be done.
pub fn run(
    path: &std::path::Path,
    scratch: &MysqlTarget,
    originals: &BTreeMap<String, MysqlFacts>,
    vault: &Vault,
) -> Result<Drilled, DrillError> {
    let (facts, _) = dump::read_file(path)?;
    if facts.names_databases {
        return Err(refused(
            "the dump names its databases (USE, CREATE DATABASE), so a restore goes there and not into the scratch database",
            "该备份自带数据库名（USE、CREATE DATABASE），恢复会写入原库而不是临时库",
        ));
    }
    if facts.has_accounts {
        return Err(refused("the dump creates accounts on the server", "该备份会在服务器上创建账号"));
    }
    if facts.complete == Some(false) || facts.fault.is_some() {
        return Err(refused("the dump is not whole; nothing would be proven", "该备份不完整，演练没有意义"));
    }
    let database = vault.text(&scratch.database)?;
    if database.is_empty() || originals.values().any(|one| one.database == database) {
        return Err(refused(
            "[gate.scratch] must name a database of its own, not one of [gate.mysql]",
            "[gate.scratch] 必须使用独立的数据库，不能是 [gate.mysql] 中的数据库",
        ));
    }
    let limit = Duration::from_secs(30);
    let mut conn = Conn::new(options(scratch, vault, limit)?).map_err(|error| trouble(&error))?;
    only_there(&mut conn, &database)?;
    conn.select_db(&database).map_err(|error| trouble(&error))?;
    let before = tables(&mut conn)?;
    if !before.is_empty() {
        return Err(refused(
            format!("the scratch database holds tables already: {}", list(&before, 5)),
            format!("临时库中已有表：{}", list(&before, 5)),
        ));
    }
    let begin = Instant::now();
    let fed = feed(path, scratch, &database, vault);
    let took = begin.elapsed();
    let mut faults = Vec::new();
    if let Err(said) = fed {
        faults.push(say(format!("the restore ended with an error: {said}"), format!("恢复出错：{said}")));
    }
    // The restore may have taken longer than the connection was kept.
    let mut conn = Conn::new(options(scratch, vault, limit)?).map_err(|error| trouble(&error))?;
    conn.select_db(&database).map_err(|error| trouble(&error))?;
    let restored = tables(&mut conn)?;
    let wanted = facts.databases.values().next().cloned().unwrap_or_default();
    let missing: Vec<&str> =
        wanted.keys().map(String::as_str).filter(|name| !restored.iter().any(|one| one == name)).collect();
    if !missing.is_empty() {
        faults.push(say(
            format!("tables are missing: {}", list(&missing, 5)),
            format!("缺少表：{}", list(&missing, 5)),
        ));
    }
    for (name, table) in wanted.iter().filter(|(name, table)| table.rows && restored.contains(name)) {
        let _ = table;
        let sql = format!("SELECT 1 FROM `{}` LIMIT 1", name.replace('`', "``"));
        let rows: Vec<Row> = conn.query(sql).map_err(|error| trouble(&error))?;
        if rows.is_empty() {
            faults.push(say(format!("{name} has no rows"), format!("{name} 没有数据")));
        }
    }
    clean(&mut conn, &restored)?;
    Ok(Drilled { tables: restored.len(), took, faults })
}

/// Refuses a user that has any right elsewhere.
fn only_there(conn: &mut Conn, database: &str) -> Result<(), DrillError> {
    let sql = Statement::of("privileges").map(|statement| statement.sql).unwrap_or_default();
    let rows: Vec<Row> = conn.query(sql).map_err(|error| trouble(&error))?;
    let escaped = database.replace('_', "\\_");
    for row in &rows {
        let (scope, right) = (text(row, 0).unwrap_or_default(), text(row, 1).unwrap_or_default());
        let own = scope == escaped || (scope == database && !database.contains('_'));
        if right != "USAGE" && !own {
            return Err(refused(
                format!(
                    "the user of [gate.scratch] has {right} on `{scope}`: it may touch what is not its own. GRANT ALL ON `{escaped}`.* alone"
                ),
                format!(
                    "[gate.scratch] 的用户在 `{scope}` 上有 {right} 权限：可能触及其他库。请只授予 `{escaped}`.*"
                ),
            ));
        }
    }
    if let Ok(roles) = conn.query::<Row, _>("SELECT CURRENT_ROLE()")
        && roles.iter().any(|row| text(row, 0).is_some_and(|role| role != "NONE" && !role.is_empty()))
    {
        return Err(refused(
            "the user of [gate.scratch] acts through a role, whose rights are not known",
            "[gate.scratch] 的用户使用角色，其权限未知",
        ));
    }
    Ok(())
}

fn tables(conn: &mut Conn) -> Result<Vec<String>, Trouble> {
    let sql = Statement::of("tables").map(|statement| statement.sql).unwrap_or_default();
    let rows: Vec<Row> = conn.query(sql).map_err(|error| trouble(&error))?;
    Ok(rows.iter().filter_map(|row| text(row, 0)).collect())
}

/// Feeds the dump to the server's client. In binary mode it runs no command of its own that stands in the dump.
fn feed(path: &std::path::Path, scratch: &MysqlTarget, database: &str, vault: &Vault) -> Result<(), String> {
    let said = |trouble: Trouble| vault.scrub(&trouble.said);
    let mut arguments = vec!["--no-defaults".to_owned(), "--binary-mode".to_owned(), "--batch".to_owned()];
    if scratch.socket.0.is_empty() {
        let host = vault.text_or(&scratch.host, "localhost").map_err(said)?;
        let port = vault.port(&scratch.port, 3306).map_err(said)?;
        arguments.extend([format!("--host={host}"), format!("--port={port}"), "--protocol=TCP".to_owned()]);
    } else {
        arguments.push(format!("--socket={}", vault.text(&scratch.socket).map_err(said)?));
    }
    if let Some(ca) = scratch.tls.ca.as_ref().filter(|_| scratch.tls.enabled) {
        arguments.push(format!("--ssl-ca={}", vault.path(ca).display()));
    }
    arguments.push(format!("--user={}", vault.text_or(&scratch.user, "root").map_err(said)?));
    arguments.push(format!("--database={database}"));
    let password = vault.secret(scratch.password.as_ref()).map_err(said)?;
    let mut child = None;
    for name in CLIENTS {
        let mut command = Command::new(name);
        command.args(&arguments).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        // Not on the command line, where every user of the machine reads it.
        match command.env("MYSQL_PWD", password.reveal()).spawn() {
            Ok(started) => {
                child = Some(started);
                break;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(format!("{name}: {error}")),
        }
    }
    let Some(mut child) = child else { return Err("neither mariadb nor mysql is installed here".to_owned()) };
    let copied = match child.stdin.take() {
        Some(mut pipe) => Container::open(path).map_err(said).and_then(|mut container| {
            // A client that stops early has a reason of its own, which counts more than the broken pipe.
            match io::copy(&mut container, &mut pipe) {
                Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.to_string()),
                _ => Ok(()),
            }
        }),
        None => Ok(()),
    };
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr);
        return Err(vault.scrub(text.lines().next().unwrap_or("the client failed")));
    }
    copied
}

/// Takes everything out of the scratch database.
fn clean(conn: &mut Conn, tables: &[String]) -> Result<(), Trouble> {
    let run = |conn: &mut Conn, sql: String| conn.query_drop(sql).map_err(|error| trouble(&error));
    run(conn, "SET SESSION foreign_key_checks = 0".to_owned())?;
    for name in tables {
        run(conn, format!("DROP TABLE IF EXISTS `{}`", name.replace('`', "``")))?;
    }
    Ok(())
}
