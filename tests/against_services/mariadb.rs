//! A real MariaDB: what it says of itself, rights, locks, TLS, and that nothing is written.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::project::{Judged, PASSWORD, Project};
use crate::{file, general_log, sql, variable};

fn gate(name: &str, user: &str, more: &str) -> String {
    let port = variable("BKLOG_LINT_TEST_MARIADB_PORT");
    format!(
        "[gate]\ntimeout = 5\nretries = 0\nno-static-check = true\n[gate.mysql.default]\nhost = \"localhost\"\nport = {port}\nuser = \"{user}\"\npassword = \"${{GATE_PASSWORD}}\"\ndatabase = \"{name}\"\n{more}"
    )
}

/// A database with its users: one that may do everything the gate asks for, one that may only work with the schema.
fn database(name: &str) {
    sql(&format!(
        "CREATE OR REPLACE DATABASE {name} CHARACTER SET utf8mb4; \
         CREATE TABLE {name}.django_migrations (id int auto_increment primary key, app varchar(255), name varchar(255), applied datetime(6)); \
         INSERT INTO {name}.django_migrations (app, name, applied) VALUES ('shop', '0001_initial', NOW()); \
         CREATE TABLE {name}.shop_box (id int auto_increment primary key, name varchar(20)); \
         INSERT INTO {name}.shop_box (name) SELECT seq FROM seq_1_to_500; ANALYZE TABLE {name}.shop_box; \
         CREATE OR REPLACE USER {name}_full IDENTIFIED BY '{PASSWORD}'; \
         GRANT PROCESS, SLAVE MONITOR ON *.* TO {name}_full; \
         GRANT SELECT ON performance_schema.* TO {name}_full; \
         GRANT ALL ON {name}.* TO {name}_full; \
         CREATE OR REPLACE USER {name}_poor IDENTIFIED BY '{PASSWORD}'; \
         GRANT SELECT, INSERT, UPDATE, DELETE ON {name}.* TO {name}_poor"
    ));
}

fn judged(name: &str, user: &str, more: &str) -> Judged {
    Project::new(&gate(name, user, more)).gate(&[])
}

#[test]
#[ignore = "needs the servers of scripts/test.d/70-gate"]
fn a_sound_server_passes() {
    database("gate_sound");
    let judged = judged("gate_sound", "gate_sound_full", "free-gib = 100\n");
    for check in [
        "connect",
        "flavour",
        "version",
        "charset",
        "sql-mode",
        "read-only",
        "grants",
        "replication",
        "transactions",
        "metadata-locks",
        "history",
        "pending",
        "gone",
        "space",
    ] {
        judged.is(&format!("mysql.{check}"), "pass");
    }
    let version = sql("SELECT VERSION()");
    assert_eq!(judged.text("mysql.version", "observed"), version.trim());
    assert_eq!(judged.text("mysql.pending", "observed"), "shop.0002_box_size");
}

#[test]
#[ignore = "needs the servers of scripts/test.d/70-gate"]
fn a_user_without_rights_makes_it_unknown_never_a_pass() {
    database("gate_poor");
    let judged = judged("gate_poor", "gate_poor_poor", "");
    judged.is("mysql.grants", "fail").is("mysql.transactions", "error").is("mysql.replication", "error");
    assert!(matches!(judged.status("mysql.metadata-locks"), "error"));
    assert_ne!(judged.verdict, "go");
}

#[test]
#[ignore = "needs the servers of scripts/test.d/70-gate"]
fn wrong_credentials_and_a_missing_database() {
    database("gate_wrong");
    let judged_wrong = judged("gate_wrong", "gate_nobody", "");
    judged_wrong.is("mysql.connect", "error");
    assert!(judged_wrong.text("mysql.connect", "message").contains("password"), "{}", judged_wrong.shown());
    assert_eq!((judged_wrong.verdict.as_str(), judged_wrong.code), ("unknown", 3));
    // Who may not see it cannot tell whether it is there.
    judged("gate_absent", "gate_wrong_full", "").is("mysql.charset", "error");
    sql("GRANT SELECT ON *.* TO gate_wrong_full");
    judged("gate_absent", "gate_wrong_full", "").is("mysql.database", "fail");
}

#[test]
#[ignore = "needs the servers of scripts/test.d/70-gate"]
fn open_transactions_and_waiting_locks_are_found() {
    database("gate_locked");
    let socket = variable("BKLOG_LINT_TEST_MARIADB_SOCKET");
    let open = |text: &str| {
        let mut child = Command::new("mariadb")
            .args([
                "--no-defaults",
                "--user=root",
                "--unbuffered",
                &format!("--socket={socket}"),
                "gate_locked",
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        child.stdin.as_mut().unwrap().write_all(text.as_bytes()).unwrap();
        child
    };
    let mut idle = open("BEGIN; SELECT * FROM shop_box LIMIT 1;\n");
    std::thread::sleep(std::time::Duration::from_secs(3));
    let mut waiting = open("SET lock_wait_timeout = 30; ALTER TABLE shop_box ADD COLUMN x int;\n");
    std::thread::sleep(std::time::Duration::from_secs(1));
    let judged = judged("gate_locked", "gate_locked_full", "max-transaction = 1\n");
    for child in [&mut idle, &mut waiting] {
        child.kill().unwrap();
        child.wait().unwrap();
    }
    judged.is("mysql.transactions", "fail").is("mysql.metadata-locks", "fail");
    assert!(
        judged.text("mysql.metadata-locks", "observed").contains("waits for EXCLUSIVE on shop_box"),
        "{}",
        judged.shown()
    );
}

#[test]
#[ignore = "needs the servers of scripts/test.d/70-gate"]
fn tls_is_verified() {
    database("gate_tls");
    let tls = |ca: &str| format!("tls = {{ enabled = true, ca = \"{}\" }}\n", file(ca).display());
    judged("gate_tls", "gate_tls_full", &tls("ca.pem")).is("mysql.connect", "pass");
    let judged_other = judged("gate_tls", "gate_tls_full", &tls("other.pem"));
    judged_other.is("mysql.connect", "error");
    assert!(judged_other.text("mysql.connect", "message").contains("TLS"), "{}", judged_other.shown());
    judged("gate_tls", "gate_tls_full", "tls = { enabled = true }\n").is("mysql.connect", "error");
}

/// Everything that the gate says to the server stands in its list, and the session cannot write.
#[test]
#[ignore = "needs the servers of scripts/test.d/70-gate"]
fn nothing_but_the_listed_statements_is_said() {
    database("gate_listed");
    let (_, said) = general_log("gate_listed_full", || judged("gate_listed", "gate_listed_full", ""));
    assert!(said.iter().any(|line| line == "SET SESSION TRANSACTION READ ONLY"), "{said:?}");
    let fold = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let known: Vec<String> =
        bklog_lint::gate::probe::statements::MYSQL.iter().map(|one| fold(one.sql)).collect();
    for line in said {
        let text = fold(&line);
        assert!(known.contains(&text), "not in the list: {text}");
    }
}
