//! Servers that cannot be had here, as stand-ins with recorded answers: MySQL 5.7 and 8.0, TXSQL, tmysql, Percona, TiDB,
//! Elasticsearch, OpenSearch.

use crate::mysql_server::{self, Answers};
use crate::project::{Judged, Project};
use crate::servers::http;

fn judged(answers: Answers, more: &str) -> Judged {
    let port = mysql_server::start(answers);
    let gate = format!(
        "[gate]\ntimeout = 5\nretries = 0\nno-static-check = true\n[gate.mysql.default]\nhost = \"127.0.0.1\"\nport = {port}\ndatabase = \"bklog\"\n{more}"
    );
    Project::new(&gate).gate(&[])
}

fn with(change: impl FnOnce(&mut Answers)) -> Judged {
    let mut answers = Answers::sound("8.0.36", "MySQL Community Server - GPL");
    change(&mut answers);
    judged(answers, "")
}

#[test]
fn a_sound_server_is_a_go() {
    let judged = with(|_| ());
    assert_eq!((judged.verdict.as_str(), judged.code), ("go", 0), "{}", judged.shown());
    judged
        .is("mysql.grants", "pass")
        .is("mysql.history", "pass")
        .is("mysql.pending", "pass")
        .is("mysql.space", "pass");
    assert_eq!(judged.text("mysql.pending", "observed"), "shop.0002_box_size");
}

#[test]
fn flavours_and_versions() {
    for (version, comment, flavour, floor) in [
        ("5.7.44-log", "MySQL Community Server (GPL)", "pass", "warn"),
        ("5.6.51", "MySQL Community Server (GPL)", "pass", "fail"),
        ("5.7.18-txsql-log", "", "pass", "warn"),
        ("5.7.20-tmysql-3.4.2-log", "", "pass", "warn"),
        ("8.0.36-28", "Percona Server (GPL), Release 28", "pass", "pass"),
        ("8.0.11-TiDB-v8.5.3", "TiDB Server", "warn", "pass"),
        ("5.6.25-OBProxy-3.2.0", "", "warn", "fail"),
        ("5.5.5-10.11.19-MariaDB", "", "pass", "pass"),
        ("5.5.5-10.3.39-MariaDB", "", "pass", "fail"),
    ] {
        let judged = judged(Answers::sound(version, comment), "");
        assert_eq!(
            (judged.status("mysql.flavour"), judged.status("mysql.version")),
            (flavour, floor),
            "{version}"
        );
    }
}

#[test]
fn the_floor_is_that_of_the_revision() {
    let port = mysql_server::start(Answers::sound("5.7.44", ""));
    let gate = format!(
        "[gate]\nno-static-check = true\n[gate.mysql.default]\nhost = \"127.0.0.1\"\nport = {port}\ndatabase = \"bklog\"\n"
    );
    let project = Project::new(&gate);
    project.gate(&[]).is("mysql.version", "warn");
    project.write("settings.py", "DATABASES = {}\n");
    let judged = project.gate(&[]);
    judged.is("mysql.version", "fail");
    assert_eq!(judged.code, 1);
}

#[test]
fn what_stops_a_migration_is_found() {
    with(|a| {
        a.set("transactions", &[&["41", "4000", "0"]]);
    })
    .is("mysql.transactions", "fail");
    with(|a| {
        a.set("metadata-locks", &[&["shop_box", "EXCLUSIVE", "PENDING", "42"]]);
    })
    .is("mysql.metadata-locks", "fail");
    with(|a| {
        a.set("lock-instrument", &[&["NO"]]);
    })
    .is("mysql.metadata-locks", "warn");
    with(|a| {
        a.set("privileges", &[&["bklog", "SELECT"], &["other", "ALTER"]]);
    })
    .is("mysql.grants", "fail");
    with(|a| {
        a.set("privileges", &[&["bklog", "SELECT"]]).set("role", &[&["`app`@`%`"]]);
    })
    .is("mysql.grants", "error");
    with(|a| {
        a.set("variables", &[&["read_only", "ON"], &["super_read_only", "OFF"]]);
    })
    .is("mysql.read-only", "fail");
    with(|a| {
        a.set("charset", &[&["latin1", "latin1_swedish_ci"]]);
    })
    .is("mysql.charset", "fail");
    with(|a| {
        a.set("charset", &[]);
    })
    .is("mysql.database", "fail");
    with(|a| {
        a.set("time-zones", &[&["0"]]);
    })
    .is("mysql.time-zones", "warn");
    with(|a| {
        a.set("disks", &[&["/", "1"]]);
    })
    .is("mysql.space", "fail");
    with(|a| {
        a.fail("disks", 1109, "Unknown table 'DISKS' in information_schema");
    })
    .is("mysql.space", "warn");
}

#[test]
fn what_the_user_may_not_ask_is_unknown() {
    let judged = with(|a| {
        a.fail("transactions", 1227, "Access denied; you need (at least one of) the PROCESS privilege(s)");
        a.fail("replica", 1227, "Access denied; you need REPLICATION CLIENT");
        a.fail("metadata-locks", 1142, "SELECT command denied to user");
        a.fail("lock-instrument", 1142, "SELECT command denied to user");
        a.fail("files", 1227, "Access denied; you need PROCESS");
    });
    judged
        .is("mysql.transactions", "error")
        .is("mysql.replication", "error")
        .is("mysql.metadata-locks", "error");
    judged.is("mysql.version", "pass");
    assert_eq!((judged.verdict.as_str(), judged.code), ("unknown", 3));
}

#[test]
fn replication_is_told_by_its_columns() {
    let columns = ["Replica_IO_Running", "Replica_SQL_Running", "Seconds_Behind_Source"];
    let replica = |row: &[&str], more: &str| {
        let mut answers = Answers::sound("8.0.36", "");
        answers.named("replica", &columns, row);
        judged(answers, more).status("mysql.replication").to_owned()
    };
    assert_eq!(replica(&["Yes", "Yes", "0"], ""), "fail", "migrations belong on the primary");
    assert_eq!(replica(&["Yes", "Yes", "0"], "replica = true\n"), "pass");
    assert_eq!(replica(&["Yes", "Yes", "900"], "replica = true\n"), "fail");
    assert_eq!(replica(&["No", "Yes", "NULL"], "replica = true\n"), "fail", "NULL is not zero");
    // MySQL 5.7 knows only the old name.
    let mut answers = Answers::sound("5.7.44", "");
    answers.fail("replica", 1064, "You have an error in your SQL syntax");
    answers.named(
        "slave",
        &["Slave_IO_Running", "Slave_SQL_Running", "Seconds_Behind_Master"],
        &["Yes", "Yes", "3"],
    );
    judged(answers, "replica = true\n").is("mysql.replication", "pass");
}

#[test]
fn history_that_differs_is_named() {
    with(|a| {
        a.set("migrations", &[&["shop", "0001_initial"], &["shop", "0003_gone"], &["auth", "0001_initial"]]);
    })
    .is("mysql.gone", "fail")
    .is("mysql.history", "pass");
    let judged = with(|a| {
        a.set("migrations", &[&["shop", "0002_box_size"]]);
    });
    judged.is("mysql.history", "fail");
    assert!(judged.text("mysql.history", "message").contains("InconsistentMigrationHistory"));
    with(|a| {
        a.fail("migrations", 1146, "Table 'bklog.django_migrations' doesn't exist");
    })
    .is("mysql.history", "warn");
    // The pending ALTER rebuilds a table of this size.
    with(|a| {
        a.set("tables", &[&["shop_box", "9000000", "9000000000"]]);
    })
    .is("mysql.tables", "warn");
}

#[test]
fn many_tables_are_no_burden() {
    let mut answers = Answers::sound("8.0.36", "");
    let rows: Vec<[String; 3]> =
        (0..10_000).map(|at| [format!("table_{at:05}"), "7".into(), "16384".into()]).collect();
    let rows: Vec<Vec<&str>> = rows.iter().map(|row| row.iter().map(String::as_str).collect()).collect();
    let rows: Vec<&[&str]> = rows.iter().map(Vec::as_slice).collect();
    answers.set("tables", &rows);
    let judged = judged(answers, "");
    assert!(judged.text("mysql.space", "observed").starts_with("10000 tables"), "{}", judged.shown());
}

fn elasticsearch(
    root: &'static str,
    headers: &'static str,
    health: &'static str,
    settings: &'static str,
) -> Judged {
    let port = http(move |path, _| {
        let body = match path.split('?').next().unwrap_or_default() {
            "/" => root,
            "/_cluster/health" => health,
            "/_all/_settings/index.version.created" => settings,
            _ => return (404, String::new(), "{}".into()),
        };
        (200, headers.into(), body.into())
    });
    Project::new(&format!(
        "[gate]\nno-static-check = true\n[gate.elasticsearch.default]\nurl = \"http://127.0.0.1:{port}\"\n"
    ))
    .gate(&[])
}

#[test]
fn elasticsearch_as_the_pinned_client_sees_it() {
    let es =
        r#"{"version": {"number": "7.17.9", "build_flavor": "default"}, "tagline": "You Know, for Search"}"#;
    let product = "X-elastic-product: Elasticsearch\r\n";
    let green = r#"{"status": "green", "unassigned_shards": 0}"#;
    let new = r#"{"a": {"settings": {"index.version.created": "7170999"}}}"#;
    let judged = elasticsearch(es, product, green, new);
    judged
        .is("elasticsearch.client", "pass")
        .is("elasticsearch.health", "pass")
        .is("elasticsearch.indices", "pass");
    assert_eq!(judged.verdict, "go", "{}", judged.shown());
    elasticsearch(es, "", green, new).is("elasticsearch.client", "fail");
    elasticsearch(es, product, r#"{"status": "red", "unassigned_shards": 3}"#, new)
        .is("elasticsearch.health", "fail");
    elasticsearch(es, product, green, r#"{"old": {"settings": {"index.version.created": "6082399"}}}"#)
        .is("elasticsearch.indices", "warn");
    let opensearch = r#"{"version": {"number": "2.11.0", "distribution": "opensearch"}, "tagline": "The OpenSearch Project: https://opensearch.org/"}"#;
    let judged = elasticsearch(opensearch, "", green, "{}");
    judged.is("elasticsearch.client", "fail");
    assert!(judged.text("elasticsearch.version", "observed").contains("opensearch"));
}
