//! Histories of statements: what each server does with every one, and what its dictionary holds after them.

use std::fmt::Write as _;
use std::sync::Arc;

use super::catalogue::{Catalogue, Wanted};
use super::change::{Change, CheckDef, ColumnDef, DefaultDef, ForeignKeyDef, KeyDef, KeyKind};
use super::classify::{Class, classify};
use super::online_ddl::Algorithm;
use super::server::Server;
use super::statement_change::read_change;

fn id() -> ColumnDef {
    ColumnDef {
        name: "id".into(),
        ty: "bigint".to_owned(),
        null: false,
        default: DefaultDef::None,
        collation: None,
        comment: None,
        check: false,
        auto_increment: true,
        generated: None,
    }
}

/// A database whose tables have an `id` alone.
fn database(server: &Server, tables: &[&str]) -> Catalogue {
    let mut catalogue = Catalogue::new(server);
    for table in tables {
        let primary = KeyDef {
            name: "".into(),
            columns: vec!["id".into()],
            kind: KeyKind::Primary,
            implicit: false,
            functional: false,
        };
        let change = Change::CreateTable { columns: vec![id()], keys: vec![primary], checks: Vec::new() };
        catalogue.apply(&(*table).into(), &change, false, false);
    }
    catalogue
}

fn run(catalogue: &mut Catalogue, table: &str, change: &Change, server: &Server) -> Class {
    let table: Arc<str> = table.into();
    let class = classify(change, &table, catalogue, server);
    if class.error.is_none() {
        let instant = class.algorithm == Some(Algorithm::Instant);
        catalogue.apply(&table, change, class.rebuild == Some(true), instant);
    }
    class
}

fn shown(class: &Class) -> String {
    if let Some(error) = class.error {
        return format!("refused with {error} ({})", class.shape.unwrap_or("-"));
    }
    let algorithm = class.algorithm.map_or("?".to_owned(), |it| format!("{it:?}").to_uppercase());
    let lock = class.lock.map_or("?".to_owned(), |it| format!("{it:?}").to_uppercase());
    let rebuild = match class.rebuild {
        Some(true) => " rebuild",
        Some(false) => "",
        None => " rebuild?",
    };
    let waits = match class.blocks_writes {
        Some(true) => " writes-wait",
        Some(false) => "",
        None => " writes-wait?",
    };
    format!("{algorithm} {lock}{rebuild}{waits} ({})", class.shape.unwrap_or("-"))
}

/// The servers on which a line holds: those that answer alike stand together.
fn told(servers: &[Server], answers: &[String]) -> String {
    let mut groups: Vec<(&String, Vec<String>)> = Vec::new();
    for (server, answer) in servers.iter().zip(answers) {
        match groups.iter_mut().find(|(known, _)| *known == answer) {
            Some((_, names)) => names.push(server.to_string()),
            None => groups.push((answer, vec![server.to_string()])),
        }
    }
    let all = groups.len() == 1;
    groups.into_iter().fold(String::new(), |mut out, (answer, names)| {
        let names = if all { "all".to_owned() } else { names.join(" ") };
        let _ = writeln!(out, "  {names}: {answer}");
        out
    })
}

fn servers() -> Vec<Server> {
    ["mysql-5.7.44", "mysql-8.0.25", "mysql-8.0.36", "mysql-9.0.1", "mariadb-10.4.34", "mariadb-10.11.6"]
        .iter()
        .map(|name| name.parse().unwrap())
        .collect()
}

/// What every server does with the statements, one after another, and what is there after them.
fn history(statements: &[&str], tables: &[&str]) -> String {
    let servers = servers();
    let mut states: Vec<Catalogue> = servers.iter().map(|server| database(server, tables)).collect();
    let mut out = String::new();
    for text in statements {
        let (table, change, asked) = read_change(text);
        let table = table.expect("a statement on a table");
        let answers: Vec<String> = servers
            .iter()
            .zip(&mut states)
            .map(|(server, state)| {
                let before = state.clone();
                let class = run(state, &table, &change, server).asked(asked, server);
                if class.error.is_some() {
                    *state = before;
                }
                shown(&class)
            })
            .collect();
        let _ = write!(out, "{text}\n{}", told(&servers, &answers));
    }
    let after: Vec<String> = states.iter().map(dictionary).collect();
    let _ = write!(out, "\nafter it\n{}", told(&servers, &after));
    out
}

fn dictionary(state: &Catalogue) -> String {
    let mut names: Vec<&Arc<str>> = state.tables().map(|(name, _)| name).collect();
    names.sort();
    let mut out = String::new();
    for name in names {
        let table = state.table(name).unwrap();
        let columns: Vec<String> = table
            .columns
            .iter()
            .map(|column| {
                let null = if column.null { " NULL" } else { "" };
                let default = match &column.default {
                    DefaultDef::None => String::new(),
                    other => format!(" {other:?}"),
                };
                format!("{} {}{null}{default}", column.name, column.ty)
            })
            .collect();
        let _ = write!(out, "\n    {name}: {}; row versions {}", columns.join(", "), table.row_versions);
        for found in state.constraints(name) {
            let kinds = [
                (found.primary, "primary"),
                (found.unique, "unique"),
                (found.index, "index"),
                (found.btree, "btree"),
                (found.foreign_key, "foreign"),
                (found.check, "check"),
            ];
            let kinds: Vec<&str> = kinds.iter().filter(|(is, _)| *is).map(|(_, kind)| *kind).collect();
            let _ = write!(out, "\n      {} ({}): {}", found.name, found.columns.join(", "), kinds.join(" "));
        }
    }
    out
}

#[test]
fn columns_come_change_and_go() {
    let text = history(
        &[
            "ALTER TABLE a ADD COLUMN n int NOT NULL DEFAULT 0",
            "ALTER TABLE a ADD COLUMN s varchar(20) NULL",
            "ALTER TABLE a ADD COLUMN t longtext NOT NULL",
            "ALTER TABLE a ADD COLUMN j json NULL",
            "ALTER TABLE a ALTER COLUMN n DROP DEFAULT",
            "ALTER TABLE a ALTER COLUMN n SET DEFAULT 5",
            "ALTER TABLE a MODIFY s varchar(20) NULL",
            "ALTER TABLE a MODIFY s varchar(31) NULL",
            "ALTER TABLE a MODIFY s varchar(63) NULL",
            "ALTER TABLE a MODIFY s varchar(64) NULL",
            "ALTER TABLE a MODIFY s varchar(65) NULL",
            "ALTER TABLE a MODIFY s varchar(16384) NULL",
            "ALTER TABLE a MODIFY s varchar(30) NULL",
            "ALTER TABLE a MODIFY s varchar(30) NOT NULL",
            "ALTER TABLE a MODIFY s varchar(30) NULL",
            "ALTER TABLE a MODIFY s varchar(30) NULL DEFAULT 'x'",
            "ALTER TABLE a CHANGE s s2 varchar(30) NULL DEFAULT 'x'",
            "ALTER TABLE a RENAME COLUMN s2 TO s3",
            "ALTER TABLE a MODIFY n bigint NOT NULL DEFAULT 5",
            "ALTER TABLE a MODIFY t longblob NOT NULL",
            "ALTER TABLE a MODIFY id integer NOT NULL",
            "ALTER TABLE a DROP COLUMN j",
            "ALTER TABLE a ENGINE=InnoDB",
            "ALTER TABLE a ADD COLUMN last int NULL",
            "ALTER TABLE a ADD COLUMN u varchar(40) NOT NULL UNIQUE",
            "ALTER TABLE a MODIFY n int NULL",
        ],
        &["a"],
    );
    insta::assert_snapshot!(text);
}

#[test]
fn keys_come_change_and_go() {
    let text = history(
        &[
            "ALTER TABLE a ADD COLUMN s varchar(255) NOT NULL",
            "ALTER TABLE a ADD COLUMN w varchar(768) NOT NULL",
            "ALTER TABLE a ADD COLUMN x varchar(769) NOT NULL",
            "ALTER TABLE a ADD COLUMN t longtext NOT NULL",
            "CREATE INDEX a_s ON a (s)",
            "CREATE INDEX a_w ON a (w)",
            "CREATE INDEX a_x ON a (x)",
            "CREATE UNIQUE INDEX a_s_u ON a (s)",
            "CREATE UNIQUE INDEX a_w_u ON a (w)",
            "CREATE UNIQUE INDEX a_x_u ON a (x)",
            "CREATE UNIQUE INDEX a_t_u ON a (t)",
            "CREATE INDEX a_two ON a (s, id)",
            "CREATE FULLTEXT INDEX a_ft ON a (t)",
            "CREATE FULLTEXT INDEX a_ft2 ON a (s)",
            "ALTER TABLE a ADD COLUMN beside int NULL",
            "ALTER TABLE a DROP COLUMN beside",
            "ALTER TABLE a RENAME INDEX a_s TO a_s2",
            "ALTER TABLE a MODIFY s varchar(760) NOT NULL",
            "ALTER TABLE a MODIFY s varchar(780) NOT NULL",
            "DROP INDEX a_two ON a",
            "ALTER TABLE a DROP COLUMN s",
            "ALTER TABLE a DROP PRIMARY KEY",
        ],
        &["a"],
    );
    insta::assert_snapshot!(text);
}

#[test]
fn what_is_asked_for_is_held_against_what_is_needed() {
    let text = history(
        &[
            "ALTER TABLE a ADD COLUMN n int NULL, ALGORITHM=INSTANT",
            "ALTER TABLE a ADD COLUMN m int NULL, ALGORITHM=INSTANT, LOCK=NONE",
            "ALTER TABLE a ADD COLUMN k int NULL, ALGORITHM=INPLACE, LOCK=NONE",
            "ALTER TABLE a ADD COLUMN l int NULL, ALGORITHM=COPY",
            "ALTER TABLE a MODIFY n bigint NULL, ALGORITHM=COPY",
            "ALTER TABLE a MODIFY n int NULL, ALGORITHM=COPY, LOCK=SHARED",
            "ALTER TABLE a MODIFY n bigint NULL, ALGORITHM=INPLACE",
            "ALTER TABLE a MODIFY n bigint NULL, LOCK=NONE",
            "ALTER TABLE a MODIFY n bigint NULL, LOCK=EXCLUSIVE",
            "CREATE INDEX a_n ON a (n) ALGORITHM=INPLACE LOCK=NONE",
            "CREATE INDEX a_k ON a (k) LOCK=SHARED",
            "ALTER TABLE a DROP INDEX a_n, ALGORITHM=INSTANT",
        ],
        &["a"],
    );
    insta::assert_snapshot!(text);
}

#[test]
fn statements_are_read_in_their_other_forms() {
    let text = history(
        &[
            "ALTER IGNORE TABLE a ADD n int NULL DEFAULT -1 COMMENT 'of it'",
            "ALTER TABLE a ADD COLUMN t text NULL",
            "ALTER TABLE a ADD COLUMN flag bool NOT NULL DEFAULT TRUE",
            "ALTER TABLE a ADD COLUMN d double precision NULL",
            "ALTER TABLE a ADD COLUMN m numeric(10, 2) unsigned NULL",
            "ALTER TABLE a MODIFY flag tinyint(1) NOT NULL DEFAULT TRUE",
            "ALTER TABLE a MODIFY COLUMN d double NULL",
            "ALTER TABLE a CHANGE COLUMN m m decimal(10,2) unsigned NULL",
            "ALTER TABLE a ADD INDEX (n)",
            "ALTER TABLE a ADD KEY (n)",
            "ALTER TABLE a ADD KEY named (n DESC, t(10) ASC)",
            "ALTER TABLE a ADD UNIQUE (n)",
            "ALTER TABLE a ADD UNIQUE KEY u2 (n)",
            "ALTER TABLE a ADD UNIQUE INDEX u3 (n)",
            "ALTER TABLE a ADD CONSTRAINT u4 UNIQUE (n)",
            "ALTER TABLE a ADD CONSTRAINT u5 UNIQUE KEY (n)",
            "ALTER TABLE a ADD CONSTRAINT u6 UNIQUE INDEX (n)",
            "ALTER TABLE a RENAME KEY named TO other",
            "ALTER TABLE a DROP KEY other",
            "ALTER TABLE a ALTER n SET DEFAULT NULL",
            "ALTER TABLE a ALTER n SET DEFAULT -5",
            "ALTER TABLE a ALTER n SET DEFAULT false",
            "ALTER TABLE a MODIFY n int NULL COMMENT 'of it'",
            "ALTER TABLE a MODIFY n int NULL",
            "ALTER TABLE a ADD COLUMN c varchar(20) COLLATE utf8mb4_bin NULL",
            "ALTER TABLE a MODIFY c varchar(20) COLLATE utf8mb4_general_ci NULL",
            "ALTER TABLE a MODIFY c varchar(20) COLLATE latin1_bin NULL",
            "ALTER TABLE a COMMENT 'one'",
            "ALTER TABLE a COMMENT = 'two'",
            "ALTER TABLE a AUTO_INCREMENT 5",
            "ALTER TABLE a AUTO_INCREMENT = 5",
            "ALTER TABLE a FORCE",
            "ALTER TABLE a ENGINE InnoDB",
            "ALTER TABLE a CONVERT TO CHARACTER SET utf8mb4",
            "ALTER TABLE a ADD COLUMN x int NULL, ALGORITHM DEFAULT, LOCK DEFAULT",
            "ALTER TABLE a ADD COLUMN y int NULL, ALGORITHM=COPY, LOCK=DEFAULT",
            "ALTER TABLE a ADD COLUMN z int NULL, ALGORITHM=DEFAULT, LOCK=SHARED",
            "ALTER TABLE a ADD FULLTEXT KEY ft (t)",
            "CREATE FULLTEXT INDEX ft2 ON a (t)",
            "CREATE SPATIAL INDEX sp ON a (n)",
            "RENAME TABLE a TO b",
            "ALTER TABLE b RENAME TO c",
            "ALTER TABLE c RENAME AS d",
            "ALTER TABLE d RENAME e",
            "UPDATE e SET n = 1",
            "UPDATE IGNORE e SET n = 1",
            "DELETE FROM e",
            "DROP TABLE IF EXISTS gone CASCADE",
            "DROP TABLE other RESTRICT",
        ],
        &["a", "gone", "other", "kept"],
    );
    insta::assert_snapshot!(text);
}

#[test]
fn what_is_not_understood_leaves_nothing_known() {
    for text in [
        "ALTER TABLE a ADD INDEX i ((n + 1))",
        "ALTER TABLE a ADD INDEX i (n) USING BTREE",
        "ALTER TABLE a ADD CONSTRAINT c CHECK (n > 0)",
        "ALTER TABLE a ADD CONSTRAINT FOREIGN KEY (n) REFERENCES b (id)",
        "ALTER TABLE a ADD FOREIGN KEY (n) REFERENCES b (id)",
        "ALTER TABLE a ADD CHECK (n > 0)",
        "ALTER TABLE a ADD PARTITION (PARTITION p VALUES LESS THAN (5))",
        "ALTER TABLE a ADD COLUMN n int, ADD COLUMN m int",
        "ALTER TABLE a ADD COLUMN n int FIRST",
        "ALTER TABLE a ADD COLUMN n int DEFAULT (1 + 1)",
        "ALTER TABLE a ADD COLUMN n int DEFAULT something",
        "ALTER TABLE a DROP CONSTRAINT c",
        "ALTER TABLE a RENAME COLUMN n m",
        "ALTER TABLE a RENAME INDEX n m",
        "ALTER TABLE a ALTER n ADD",
        "ALTER TABLE a ENGINE=MyISAM",
        "ALTER TABLE a ADD COLUMN n int, ALGORITHM=SOMEHOW",
        "ALTER TABLE a ADD COLUMN n int, LOCK=SOMEHOW",
        "CREATE INDEX i ON a (n) COMMENT 'x'",
        "CREATE INDEX i ON a (n(2, 3))",
        "DROP INDEX i ON a SOMEHOW",
        "DROP TABLE a, b",
        "RENAME TABLE a TO b, c TO d",
        "RENAME TABLE a",
    ] {
        let (table, change, _) = read_change(text);
        assert_eq!((table.as_deref(), change), (Some("a"), Change::Unknown), "{text}");
    }
    for text in [
        "ALTER DATABASE a CHARACTER SET utf8mb4",
        "RENAME USER a TO b",
        "CREATE VIEW a AS SELECT 1",
        "CALL it()",
        "",
    ] {
        let (table, change, _) = read_change(text);
        assert_eq!((table.as_deref(), change), (None, Change::Unknown), "{text}");
    }
}

#[test]
fn the_last_column_of_a_key_takes_it_along() {
    let text = history(
        &[
            "ALTER TABLE a ADD COLUMN p int NOT NULL",
            "ALTER TABLE a ADD COLUMN q int NOT NULL",
            "ALTER TABLE a ADD COLUMN r int NULL",
            "CREATE UNIQUE INDEX a_pq ON a (p, q)",
            "CREATE INDEX a_qr ON a (q, r)",
            "CREATE UNIQUE INDEX a_r ON a (r)",
            "CREATE UNIQUE INDEX a_q ON a (q)",
            "ALTER TABLE a DROP COLUMN p",
            "ALTER TABLE a DROP COLUMN r",
            "ALTER TABLE a DROP PRIMARY KEY",
            "ALTER TABLE a ADD PRIMARY KEY (q)",
            "ALTER TABLE a DROP COLUMN q",
        ],
        &["a"],
    );
    insta::assert_snapshot!(text);
}

/// Without a NOT NULL unique index nothing stands in for the primary key.
#[test]
fn only_a_unique_index_without_null_stands_in_for_the_primary_key() {
    let text = history(
        &[
            "ALTER TABLE a ADD COLUMN p int NOT NULL",
            "ALTER TABLE a ADD COLUMN r int NULL",
            "CREATE INDEX a_p ON a (p)",
            "CREATE UNIQUE INDEX a_pr ON a (p, r)",
            "ALTER TABLE a DROP PRIMARY KEY",
        ],
        &["a"],
    );
    insta::assert_snapshot!(text);
}

fn foreign_key(name: &str, column: &str, table: &str) -> ForeignKeyDef {
    let of = |name: &str| vec![name.into()];
    ForeignKeyDef { name: name.into(), columns: of(column), to_table: table.into(), to_columns: of("id") }
}

#[test]
fn foreign_keys_and_checks_follow_their_columns() {
    for server in servers() {
        let mut state = database(&server, &["parent", "child"]);
        let column =
            |name: &str, check: bool| ColumnDef { name: name.into(), check, auto_increment: false, ..id() };
        let add = |column: ColumnDef| Change::AddColumn { column, key: None, foreign_key: None };
        let mut on = |table: &str, change: Change| run(&mut state, table, &change, &server);
        on("child", add(column("parent_id", false)));
        on("child", add(column("other_id", true)));
        on("child", Change::AddForeignKey(foreign_key("fk_parent", "parent_id", "parent")));
        on("child", Change::AddForeignKey(foreign_key("fk_other", "other_id", "parent")));
        for name in ["positive", "other"] {
            on("child", Change::AddCheck(CheckDef { name: name.into(), columns: vec!["parent_id".into()] }));
        }
        assert!(state.is_referenced("parent", "id"), "{server}");
        assert!(!state.is_referenced("parent", "name") && !state.is_referenced("child", "id"), "{server}");

        let mut on = |table: &str, change: Change| run(&mut state, table, &change, &server);
        let renamed = on("parent", Change::RenameColumn("id".into(), "number".into()));
        assert_eq!(renamed.shape, Some("rename-column-fk-parent"), "{server}");
        let new = |old: &str, new: &str| Change::Modify { old: old.into(), column: column(new, false) };
        if renamed.error.is_some() {
            assert!(["mysql-5.7.44", "mariadb-10.4.34"].contains(&server.to_string().as_str()), "{server}");
            on("parent", new("id", "number"));
        }
        on("child", new("parent_id", "parent_number"));
        on("parent", Change::RenameTable("ancestor".into()));
        on("child", Change::DropCheck("other".into()));
        on("child", Change::DropForeignKey("fk_other".into()));
        assert!(state.table("parent").is_none() && state.is_referenced("ancestor", "number"), "{server}");

        let child = state.table("child").unwrap();
        assert_eq!(child.foreign_keys.len(), 1, "{server}");
        let key = &child.foreign_keys[0];
        assert_eq!(
            (&*key.name, &*key.columns[0], &*key.to_columns[0]),
            ("fk_parent", "parent_number", "number")
        );
        let names = |columns: &[&str], wanted: Wanted| -> Vec<String> {
            let columns: Vec<Arc<str>> = columns.iter().map(|name| (*name).into()).collect();
            let found = state.names("child", Some(&columns), wanted, &[]);
            found.iter().map(ToString::to_string).collect()
        };
        let checks = Wanted { check: Some(true), ..Wanted::default() };
        assert_eq!(names(&["parent_number"], checks), ["positive"], "{server}");
        let numbered = if server.is_mariadb() { "__unnamed_constraint_1__" } else { "child_chk_1" };
        assert_eq!(names(&["other_id"], checks), [numbered], "{server}");
        let foreign = Wanted { foreign_key: true, ..Wanted::default() };
        assert_eq!(names(&["parent_number"], foreign), ["fk_parent"], "{server}");
        assert_eq!(names(&["parent_number", "id"], foreign), [""; 0], "{server}");
        assert_eq!(state.names("child", None, foreign, &["fk_parent".into()]), [] as [Arc<str>; 0]);
        // The index that the server made for the key stays when the key goes.
        let index = Wanted { index: Some(true), ..Wanted::default() };
        assert_eq!(names(&["other_id"], index), ["fk_other"], "{server}");

        state.doubt("child");
        assert!(state.table("child").unwrap().doubtful && !state.table("ancestor").unwrap().doubtful);
        run(&mut state, "child", &Change::DropTable, &server);
        assert!(state.table("child").is_none() && !state.is_referenced("ancestor", "number"));
    }
}

#[test]
fn row_versions_run_out() {
    let server: Server = "mysql-8.0.36".parse().unwrap();
    let mut state = database(&server, &["a"]);
    let add = |name: String| Change::AddColumn {
        column: ColumnDef { name: name.into(), null: true, auto_increment: false, ..id() },
        key: None,
        foreign_key: None,
    };
    for at in 0..64 {
        let class = run(&mut state, "a", &add(format!("c{at}")), &server);
        assert_eq!(class.algorithm, Some(Algorithm::Instant), "{at}");
    }
    let last = run(&mut state, "a", &add("one_more".to_owned()), &server);
    assert_eq!((last.shape, last.rebuild), (Some("add-column-row-versions"), Some(true)));
    assert_eq!(state.table("a").unwrap().row_versions, 0);
    assert_eq!(run(&mut state, "a", &add("again".to_owned()), &server).algorithm, Some(Algorithm::Instant));
}

#[test]
fn synonyms_are_one_type() {
    let canonical = |ty: &str| ColumnDef { ty: ty.to_owned(), ..id() }.canonical_type();
    for (one, other) in [
        ("bool", "tinyint(1)"),
        ("boolean", "tinyint"),
        ("integer", "int(11)"),
        ("integer UNSIGNED", "int(10) unsigned"),
        ("bigint(20)", "bigint"),
        ("numeric(10, 2)", "decimal(10,2)"),
        ("numeric(10, 2) UNSIGNED", "decimal(10, 2) unsigned"),
        ("double precision", "double"),
    ] {
        assert_eq!(canonical(one), canonical(other));
    }
    for (one, other) in
        [("integer", "integer UNSIGNED"), ("varchar(10)", "varchar(11)"), ("datetime", "datetime(6)")]
    {
        assert_ne!(canonical(one), canonical(other));
    }
}

#[test]
fn long_types_are_told_from_others() {
    let is_long = |ty: &str| ColumnDef { ty: ty.to_owned(), ..id() }.is_long();
    assert!(["text", "longtext", "mediumtext", "blob", "tinyblob", "json"].into_iter().all(is_long));
    assert!(!["varchar(20)", "bigint", "varbinary(8)", "jsonb"].into_iter().any(is_long));
}
