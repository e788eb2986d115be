//! The deploy gate against real servers and real backups: MariaDB, Redis, RabbitMQ and librdkafka's mock of Kafka, started
//! by `scripts/test.d/70-gate`.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

#[path = "../services/project.rs"]
mod project;

mod backups;
mod kafka;
mod mariadb;
mod rabbitmq;
mod redis;

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
