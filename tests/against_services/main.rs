//! The deploy gate against real servers and real backups: MariaDB, Redis, RabbitMQ and librdkafka's mock of Kafka, started
//! by `scripts/test.d/70-gate`.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

#[path = "../services/project.rs"]
mod project;
#[path = "../services/tls.rs"]
mod tls;

mod backups;
mod calibrate;
mod kafka;
mod mariadb;
mod plan;
mod rabbitmq;
mod redis;
#[path = "tls.rs"]
mod tls_faults;

use std::path::PathBuf;
use std::process::Command;

/// A variable that the stage sets.
fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set; scripts/test.d/70-gate sets it"))
}

/// A file of the stage.
fn file(name: &str) -> PathBuf {
    PathBuf::from(variable("BKLOG_LINT_TEST_GATE_FOLDER")).join(name)
}

/// Runs a command of the shell, which must end well.
#[track_caller]
fn shell(script: &str) -> String {
    let output = Command::new("bash").args(["-euo", "pipefail", "-c", script]).output().unwrap();
    assert!(output.status.success(), "{script}\n{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Held by tests that look at what all of them may make on the server.
fn alone() -> std::sync::MutexGuard<'static, ()> {
    static ALONE: std::sync::Mutex<()> = std::sync::Mutex::new(());
    ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Runs `work` with the server's general log on; returns what `user` said meanwhile.
fn general_log<T>(user: &str, work: impl FnOnce() -> T) -> (T, Vec<String>) {
    static LOG: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _log = LOG.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    sql("SET GLOBAL log_output = 'TABLE'; TRUNCATE mysql.general_log; SET GLOBAL general_log = ON");
    let result = work();
    sql("SET GLOBAL general_log = OFF");
    let said = sql(&format!(
        "SELECT CONVERT(argument USING utf8mb4) FROM mysql.general_log WHERE user_host LIKE '%{user}%' AND command_type IN \
         ('Query', 'Execute', 'Prepare') ORDER BY event_time"
    ));
    let unescaped =
        said.lines().map(|line| line.replace("\\n", " ").replace("\\t", " ").replace("\\\\", "\\"));
    (result, unescaped.collect())
}

/// Runs SQL as root.
#[track_caller]
fn sql(text: &str) -> String {
    let socket = variable("BKLOG_LINT_TEST_MARIADB_SOCKET");
    let output = Command::new("mariadb")
        .args([
            "--no-defaults",
            "--batch",
            "--skip-column-names",
            "--user=root",
            // The tables of sequences need a database.
            "--database=mysql",
            &format!("--socket={socket}"),
            "-e",
            text,
        ])
        .output()
        .unwrap();
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
