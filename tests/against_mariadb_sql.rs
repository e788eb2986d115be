//! SQL files of the fixtures on a real MariaDB: each statement as the splitter cuts it, and each file twice as the client
//! runs it, since the rules call these files repeatable. Needs a server, see `scripts/test.d/25-mariadb`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, missing_docs)]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use bklog_lint::mysql::splitter::split;
use bklog_lint::project::{Options, assemble};
use bklog_lint::source::walk;

/// A delimiter that stands in no fixture.
const DELIMITER: &str = "//next//";

/// Runs a script up to the first statement that is refused.
fn run(script: &str) -> Result<(), String> {
    let socket = std::env::var("BKLOG_LINT_TEST_MARIADB_SOCKET")
        .expect("set BKLOG_LINT_TEST_MARIADB_SOCKET to the socket of a MariaDB");
    let mut child = Command::new("mariadb")
        .args(["--no-defaults", "--batch", "--default-character-set=utf8mb4"])
        .arg(format!("--socket={socket}"))
        .args(std::env::var("BKLOG_LINT_TEST_MARIADB_USER").ok().map(|user| format!("--user={user}")))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the client `mariadb` starts");
    let mut input = child.stdin.take().unwrap();
    let script = script.to_owned();
    // The client may close its end at the first error.
    let writer = std::thread::spawn(move || drop(input.write_all(script.as_bytes())));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}

fn sql_files() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/logs");
    let workspace = assemble(walk::snapshot(&root, &walk::WalkOptions::default()), &Options::default());
    let files = workspace.deployment.sql.iter();
    let out: Vec<_> =
        files.map(|file| (root.join(file.text.path.as_ref()), file.text.text.clone())).collect();
    assert!(out.len() > 1, "the fixtures hold SQL files");
    out
}

#[test]
#[ignore = "needs a MariaDB"]
fn mariadb_takes_every_statement_that_the_splitter_cuts() {
    let mut all = format!("DROP DATABASE IF EXISTS logs_board;\nDELIMITER {DELIMITER}\n");
    let mut count = 0;
    for (_, text) in sql_files() {
        for statement in split(&text).statements {
            assert!(!statement.text(&text).contains(DELIMITER));
            all.push_str(statement.text(&text));
            all.push_str(&format!("\n{DELIMITER}\n"));
            count += 1;
        }
    }
    run(&all).unwrap_or_else(|why| panic!("{why}"));
    println!("{count} statements");
}

#[test]
#[ignore = "needs a MariaDB"]
fn files_that_no_rule_calls_unrepeatable_run_twice() {
    run("DROP DATABASE IF EXISTS logs_board;").unwrap();
    for (path, _) in sql_files().iter().chain(&sql_files()) {
        // The bytes of the file, as a deployment hands them to the client.
        let bytes = std::fs::read(path).unwrap();
        run(&String::from_utf8(bytes).unwrap()).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
    }
}
