//! What a real MariaDB does with the statements of migrations: the cheapest ALGORITHM and the most permissive LOCK that it
//! accepts, and whether it rebuilds the table. Needs a server, see `scripts/test.d/25-mariadb`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, missing_docs)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use bklog_lint::django::DjangoVersion;
use bklog_lint::django::editor::{Run, Statement};
use bklog_lint::mysql::Server;
use bklog_lint::mysql::online_ddl::{Algorithm, Lock};
use bklog_lint::project::assemble;
use bklog_lint::source::walk;

const ALGORITHMS: [&str; 4] = ["INSTANT", "NOCOPY", "INPLACE", "COPY"];
const LOCKS: [&str; 3] = ["NONE", "SHARED", "EXCLUSIVE"];

/// A server that listens on this socket.
struct Real {
    socket: PathBuf,
    server: Server,
}

impl Real {
    fn find() -> Self {
        let socket = std::env::var_os("BKLOG_LINT_TEST_MARIADB_SOCKET")
            .expect("set BKLOG_LINT_TEST_MARIADB_SOCKET to the socket of a MariaDB");
        let mut real = Self { socket: socket.into(), server: "mariadb-10.11".parse().unwrap() };
        let version = real.run("SELECT VERSION();\n");
        let version = version.split('-').next().unwrap().trim().to_owned();
        real.server = format!("mariadb-{version}").parse().unwrap();
        real
    }

    /// Runs a script to its end, whatever is refused; returns what it prints.
    fn run(&self, script: &str) -> String {
        let mut child = Command::new("mariadb")
            .args([
                "--no-defaults",
                "--force",
                "--batch",
                "--skip-column-names",
                "--default-character-set=utf8mb4",
            ])
            .arg(format!("--socket={}", self.socket.display()))
            .args(std::env::var("BKLOG_LINT_TEST_MARIADB_USER").ok().map(|user| format!("--user={user}")))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the client `mariadb` starts");
        let mut input = child.stdin.take().unwrap();
        let script = script.to_owned();
        let writer = std::thread::spawn(move || input.write_all(script.as_bytes()).unwrap());
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }
}

/// A statement with ALGORITHM and LOCK; `None` for one that takes none.
fn with_clauses(sql: &str, algorithm: &str, lock: &str) -> Option<String> {
    if sql.starts_with("ALTER TABLE") {
        return Some(format!("{sql}, ALGORITHM={algorithm}, LOCK={lock}"));
    }
    if sql.starts_with("CREATE INDEX") || sql.starts_with("CREATE UNIQUE INDEX") {
        return Some(format!("{sql} ALGORITHM={algorithm} LOCK={lock}"));
    }
    // `DROP INDEX` takes no ALGORITHM in MariaDB; ALTER TABLE does the same.
    let (name, table) = sql.strip_prefix("DROP INDEX ")?.split_once(" ON ")?;
    Some(format!("ALTER TABLE {table} DROP INDEX {name}, ALGORITHM={algorithm}, LOCK={lock}"))
}

/// Values in the place of those that are computed when the migration runs.
fn filled(statement: &Statement) -> Vec<String> {
    if statement.holes.is_empty() {
        return vec![statement.sql.clone()];
    }
    ["'2020-01-01'", "0", "'12345678123456781234567812345678'"]
        .iter()
        .map(|value| {
            let mut sql = statement.sql.clone();
            for hole in &statement.holes {
                sql = sql.replace(hole.as_str(), value);
            }
            sql
        })
        .collect()
}

/// The script that runs all statements in a database of its own and prints, per statement, what was accepted.
fn script(database: &str, statements: &[Statement]) -> String {
    let mut out = format!(
        "DROP DATABASE IF EXISTS {database};\nCREATE DATABASE {database} CHARACTER SET utf8mb4;\nUSE {database};\n"
    );
    for table in ["auth_user", "auth_group", "auth_permission", "django_content_type"] {
        let _ = writeln!(out, "CREATE TABLE {table} (id integer AUTO_INCREMENT PRIMARY KEY);");
    }
    for (number, statement) in statements.iter().enumerate() {
        let id = |when: &str, table: &str| {
            format!(
                "SELECT '{when}', {number}, TABLE_ID FROM information_schema.INNODB_SYS_TABLES WHERE NAME = '{database}/{table}';\n"
            )
        };
        out.push_str(&id("before", &statement.table));
        // The first combination that the server accepts runs, the others are left alone.
        out.push_str("SET @done = 0;\nDELIMITER //\n");
        for sql in filled(statement) {
            let mut any = false;
            for algorithm in ALGORITHMS {
                for lock in LOCKS {
                    let Some(sql) = with_clauses(&sql, algorithm, lock) else { continue };
                    any = true;
                    let sql = sql.replace('\\', "\\\\").replace('\'', "''");
                    let _ = writeln!(
                        out,
                        "BEGIN NOT ATOMIC DECLARE CONTINUE HANDLER FOR SQLEXCEPTION SET @ok = 0; \
                         IF @done = 0 THEN SET @ok = 1; EXECUTE IMMEDIATE '{sql}'; \
                         IF @ok = 1 THEN SET @done = 1; SELECT 'tried', {number}, '{algorithm}', '{lock}'; END IF; END IF; END //"
                    );
                }
            }
            if !any {
                let _ = writeln!(out, "{sql} //\nSELECT 'plain', {number}, @@error_count //");
            }
        }
        out.push_str("DELIMITER ;\n");
        out.push_str(&id("after", &statement.table));
    }
    out
}

#[derive(Default, Debug, Clone)]
struct Seen {
    accepted: Option<(String, String)>,
    before: Option<String>,
    after: Option<String>,
    plain: Option<bool>,
}

fn read(output: &str, count: usize) -> Vec<Seen> {
    let mut seen = vec![Seen::default(); count];
    for line in output.lines() {
        let parts: Vec<&str> = line.split('\t').collect();
        let Some(entry) =
            parts.get(1).and_then(|at| at.parse::<usize>().ok()).and_then(|at| seen.get_mut(at))
        else {
            continue;
        };
        match parts.as_slice() {
            ["tried", _, algorithm, lock] if entry.accepted.is_none() => {
                entry.accepted = Some(((*algorithm).to_owned(), (*lock).to_owned()));
            }
            ["before", _, id] => entry.before = Some((*id).to_owned()),
            ["after", _, id] => entry.after = Some((*id).to_owned()),
            ["plain", _, errors] => entry.plain = Some(entry.plain == Some(true) || *errors == "0"),
            _ => {}
        }
    }
    seen
}

fn ours(statement: &Statement) -> Option<(String, String)> {
    let algorithm = match statement.class.algorithm? {
        Algorithm::Instant => "INSTANT",
        Algorithm::Inplace => "INPLACE",
        Algorithm::Copy => "COPY",
    };
    let lock = match statement.class.lock? {
        Lock::None => "NONE",
        Lock::Shared => "SHARED",
        Lock::Exclusive => "EXCLUSIVE",
    };
    Some((algorithm.to_owned(), lock.to_owned()))
}

/// Compares a project's statements; returns how many were compared and what differs.
fn compare(real: &Real, database: &str, root: &Path) -> (usize, Vec<String>) {
    let snapshot = walk::snapshot(root, &walk::WalkOptions::default());
    let workspace = assemble(snapshot, &Default::default());
    let mut compared = 0;
    let mut differences = Vec::new();
    for project in &workspace.projects {
        let classes = project.field_classes(&workspace.snapshot);
        let context = project.state_context(&classes);
        let run = Run::new(&project.states(&context), &context, DjangoVersion::new(4, 2), &real.server);
        let statements: Vec<Statement> =
            run.entries.into_iter().filter_map(|entry| entry.sql.ok()).flatten().collect();
        let seen = read(&real.run(&script(database, &statements)), statements.len());
        let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
        for (statement, seen) in statements.iter().zip(&seen) {
            let sql = &statement.sql;
            if with_clauses(sql, "", "").is_none() {
                if seen.plain != Some(true) && !sql.to_lowercase().starts_with("update") {
                    println!("not run: {sql}");
                }
                continue;
            }
            compared += 1;
            *kinds.entry(statement.class.shape.unwrap_or("?")).or_default() += 1;
            let real_class = seen.accepted.clone().map(|(algorithm, lock)| {
                (if algorithm == "NOCOPY" { "INPLACE".to_owned() } else { algorithm }, lock)
            });
            let mine = ours(statement);
            let rebuilt = seen.before != seen.after;
            if mine != real_class {
                differences.push(format!(
                    "{sql}\n  ours: {mine:?} {:?}\n  real: {real_class:?}",
                    statement.class.shape
                ));
            } else if mine.is_some() && statement.class.rebuild != Some(rebuilt) {
                differences
                    .push(format!("{sql}\n  ours: rebuild {:?}, real: {rebuilt}", statement.class.rebuild));
            }
        }
        println!("{}: {kinds:?}", project.name);
    }
    (compared, differences)
}

#[test]
#[ignore = "needs a MariaDB"]
fn fixtures_are_classified_as_a_real_server_runs_them() {
    let real = Real::find();
    let mut total = 0;
    for fixture in ["shop", "logs", "mono/agent", "mono/console"] {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(fixture);
        let (compared, differences) = compare(&real, "bklog_lint_fixture", &root);
        assert!(differences.is_empty(), "{} on {}:\n{}", fixture, real.server, differences.join("\n"));
        total += compared;
    }
    assert!(total > 20, "too few statements: {total}");
}

/// Other projects, when `BKLOG_LINT_TEST_PROJECTS` names some, separated by colons.
#[test]
#[ignore = "needs a MariaDB"]
fn other_projects_are_classified_as_a_real_server_runs_them() {
    let Some(projects) = std::env::var_os("BKLOG_LINT_TEST_PROJECTS") else { return };
    let real = Real::find();
    for root in std::env::split_paths(&projects) {
        let (compared, differences) = compare(&real, "bklog_lint_project", &root);
        println!("{}: {} of {compared} differ", root.display(), differences.len());
        for difference in &differences {
            println!("{difference}");
        }
        assert!(differences.len() * 100 <= compared, "more than one in a hundred differ");
    }
}
