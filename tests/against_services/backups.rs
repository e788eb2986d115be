//! Backups that real programs made: whole ones pass, and every damage is caught by the check that is meant to catch it.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::project::{Judged, PASSWORD, Project};
use crate::{file, shell, sql, variable};

/// Backups of one database, made once: dump in three containers, mydumper, mariadb-backup with an increment, RDB, AOF.
struct Good {
    folder: PathBuf,
}

const DATABASE: &str = "gate_backup";

fn good() -> &'static Good {
    static GOOD: OnceLock<Good> = OnceLock::new();
    GOOD.get_or_init(make)
}

fn make() -> Good {
    let folder = file("backups");
    if folder.exists() {
        std::fs::remove_dir_all(&folder).unwrap();
    }
    std::fs::create_dir_all(&folder).unwrap();
    sql(&format!(
        "CREATE OR REPLACE DATABASE {DATABASE} CHARACTER SET utf8mb4; \
         CREATE TABLE {DATABASE}.shop_box (id int auto_increment primary key, name varchar(40)); \
         INSERT INTO {DATABASE}.shop_box (name) SELECT CONCAT('箱 ', seq, '\\n\\'') FROM seq_1_to_5000; \
         CREATE TABLE {DATABASE}.shop_empty (id int primary key); \
         SET GLOBAL innodb_checksum_algorithm = crc32; \
         CREATE TABLE {DATABASE}.shop_older (id int primary key, name varchar(40)); \
         SET GLOBAL innodb_checksum_algorithm = full_crc32; \
         INSERT INTO {DATABASE}.shop_older SELECT * FROM {DATABASE}.shop_box; \
         CREATE TABLE {DATABASE}.django_migrations (id int auto_increment primary key, app varchar(255), name varchar(255), applied datetime(6)); \
         INSERT INTO {DATABASE}.django_migrations (app, name, applied) VALUES ('shop', '0001_initial', NOW()); \
         ANALYZE TABLE {DATABASE}.shop_box, {DATABASE}.shop_older, {DATABASE}.shop_empty, {DATABASE}.django_migrations; \
         CREATE OR REPLACE DATABASE {DATABASE}_other; CREATE TABLE {DATABASE}_other.t (id int primary key); \
         CREATE OR REPLACE DATABASE {DATABASE}_none; \
         CREATE OR REPLACE USER {DATABASE} IDENTIFIED BY '{PASSWORD}'; GRANT ALL ON *.* TO {DATABASE}"
    ));
    let socket = variable("BKLOG_LINT_TEST_MARIADB_SOCKET");
    let at = folder.display();
    let dump = format!("mariadb-dump --no-defaults --socket={socket} --user=root --single-transaction");
    shell(&format!(
        "cd {at}; {dump} {DATABASE} > plain.sql; sha256sum plain.sql > SHA256SUMS; gzip -k plain.sql; zstd -q -k plain.sql; \
         zstd -q --no-check plain.sql -o unchecked.sql.zst; \
         {dump} -B {DATABASE} {DATABASE}_other | gzip > several.sql.gz; \
         {dump} --no-data {DATABASE} | gzip > structure.sql.gz; \
         {dump} --skip-comments {DATABASE} | gzip > silent.sql.gz; \
         {dump} {DATABASE}_none | gzip > none.sql.gz; {dump} {DATABASE}_other | gzip > other.sql.gz; \
         {dump} --skip-opt --create-options {DATABASE} | gzip > nodrop.sql.gz; \
         {dump} --ignore-table={DATABASE}.shop_box {DATABASE} | gzip > short.sql.gz; \
         mydumper --socket={socket} --user=root --database={DATABASE} --outputdir=mydumper >/dev/null 2>&1; \
         mariadb-backup --no-defaults --backup --socket={socket} --user=root --target-dir={at}/full > full.log 2>&1; cp full.log full/mariabackup.log; \
         cp -r full prepared; mariadb-backup --no-defaults --prepare --target-dir={at}/prepared > prepared.log 2>&1"
    ));
    sql(&format!("INSERT INTO {DATABASE}.shop_box (name) VALUES ('later'); FLUSH LOGS"));
    shell(&format!(
        "cd {at}; mariadb-backup --no-defaults --backup --socket={socket} --user=root --target-dir={at}/increment --incremental-basedir={at}/full > increment.log 2>&1"
    ));
    let port = variable("BKLOG_LINT_TEST_REDIS_PORT");
    let redis = format!("redis-cli -p {port} -a right-password --no-auth-warning");
    let data = file("redis");
    shell(&format!(
        "cd {at}; {redis} set a 1; {redis} set b 2; {redis} bgrewriteaof; sleep 2; {redis} set c 3; {redis} save; \
         cp {}/dump.rdb good.rdb; cp -r {}/appendonlydir aof",
        data.display(),
        data.display()
    ));
    Good { folder }
}

/// The gate on one backup; `prepare` may damage a copy of the good ones below `backup/`.
fn judged(entry: &str, prepare: impl FnOnce(&Path)) -> Judged {
    let port = variable("BKLOG_LINT_TEST_MARIADB_PORT");
    let redis = variable("BKLOG_LINT_TEST_REDIS_PORT");
    let project = Project::new(&format!(
        "[gate]\nno-static-check = true\n[gate.mysql.default]\nhost = \"127.0.0.1\"\nport = {port}\nuser = \"{DATABASE}\"\npassword = \"${{GATE_PASSWORD}}\"\ndatabase = \"{DATABASE}\"\n\
         [gate.redis.default]\nnodes = [\"127.0.0.1:{redis}\"]\npassword = \"file:password\"\n[gate.backup.it]\n{entry}"
    ));
    project.write("password", "right-password");
    let folder = project.path("backup");
    shell(&format!("cp -r {} {}", good().folder.display(), folder.display()));
    prepare(&folder);
    project.gate(&["--include", "backup"])
}

fn dump(name: &str, more: &str, prepare: impl FnOnce(&Path)) -> Judged {
    judged(&format!("path = \"backup/{name}\"\nmysql = \"default\"\n{more}"), prepare)
}

fn untouched(_: &Path) {}

#[test]
#[ignore = "needs the servers of scripts/test.d/70-gate"]
fn whole_dumps_pass() {
    for name in ["plain.sql.gz", "plain.sql.zst", "several.sql.gz"] {
        let judged = dump(name, "", untouched);
        for check in ["integrity", "fresh", "complete", "content", "rows", "restorable"] {
            judged.is(&format!("backup.it.{check}"), "pass");
        }
        assert_eq!(judged.code, 0, "{name}\n{}", judged.shown());
    }
    dump("plain.sql", "", untouched).is("backup.it.integrity", "warn").is("backup.it.content", "pass");
    dump("plain.sql", "checksums = \"backup/SHA256SUMS\"\n", untouched).is("backup.it.integrity", "pass");
    dump("unchecked.sql.zst", "", untouched).is("backup.it.integrity", "warn");
    let same = "archive = \"archive\"\nprevious = \"backup/*.sql.zst\"\n";
    let kept = dump("plain.sql.gz", same, |at| {
        shell(&format!("mkdir {0}/../archive; cp {0}/plain.sql.gz {0}/../archive/", at.display()));
    });
    kept.is("backup.it.archive", "pass").is("backup.it.size", "pass");
}

#[test]
#[ignore = "needs the servers of scripts/test.d/70-gate"]
fn whole_folders_and_snapshots_pass() {
    let folder = judged("kind = \"mydumper\"\npath = \"backup/mydumper\"\nmysql = \"default\"\n", untouched);
    folder.is("backup.it.complete", "pass").is("backup.it.content", "pass").is("backup.it.rows", "pass");
    let physical = |more: &str| {
        judged(
            &format!("kind = \"physical\"\npath = \"backup/full\"\nmysql = \"default\"\n{more}"),
            untouched,
        )
    };
    for more in ["", "incremental = [\"backup/increment\"]\n"] {
        let judged = physical(more);
        for check in ["complete", "chain", "content", "restorable", "fresh"] {
            judged.is(&format!("backup.it.{check}"), "pass");
        }
        // A table that was made just before has its pages in the redo log alone, and increments of tablespaces are not looked
        // into: that is said.
        let pages = judged.status("backup.it.pages");
        assert!(pages == "warn" || pages == "pass" && more.is_empty(), "{more}: {}", judged.shown());
    }
    let prepared = "kind = \"physical\"\npath = \"backup/prepared\"\nmysql = \"default\"\n";
    judged(prepared, untouched).is("backup.it.pages", "pass").is("backup.it.content", "pass");
    let rdb = judged("kind = \"rdb\"\npath = \"backup/good.rdb\"\nredis = \"default\"\n", untouched);
    for check in ["integrity", "fresh", "content", "restorable"] {
        rdb.is(&format!("backup.it.{check}"), "pass");
    }
    judged("kind = \"aof\"\npath = \"backup/aof\"\nredis = \"default\"\n", untouched)
        .is("backup.it.content", "pass")
        .is("backup.it.fresh", "pass");
}

/// Runs a script in the folder of the backups.
fn damage(script: &str) -> impl FnOnce(&Path) {
    move |at: &Path| {
        shell(&format!("cd {}; {script}", at.display()));
    }
}

#[test]
#[ignore = "needs the servers of scripts/test.d/70-gate"]
fn every_damage_of_a_dump_is_caught() {
    let cases: &[(&str, &str, &'static str, &str)] = &[
        // What is damaged, more configuration, how, and the check that must say so.
        ("gone.sql.gz", "", "true", "file"),
        ("empty.sql", "", ": > empty.sql", "integrity"),
        ("plain.sql.gz", "", "truncate -s -4 plain.sql.gz", "integrity"),
        ("plain.sql.gz", "", "truncate -s $(($(stat -c %s plain.sql.gz) / 2)) plain.sql.gz", "integrity"),
        ("plain.sql.gz", "", "printf x >> plain.sql.gz", "integrity"),
        (
            "plain.sql.gz",
            "",
            "python3 -c \"d=bytearray(open('plain.sql.gz','rb').read()); d[len(d)//2]^=4; open('plain.sql.gz','wb').write(d)\"",
            "integrity",
        ),
        (
            "plain.sql.gz",
            "",
            "cat plain.sql.gz <(head -c 300 other.sql.gz) > t; mv t plain.sql.gz",
            "integrity",
        ),
        ("plain.sql.zst", "", "truncate -s -3 plain.sql.zst", "integrity"),
        (
            "plain.sql.zst",
            "",
            "python3 -c \"d=bytearray(open('plain.sql.zst','rb').read()); d[len(d)//2]^=4; open('plain.sql.zst','wb').write(d)\"",
            "integrity",
        ),
        (
            "plain.sql",
            "checksums = \"backup/SHA256SUMS\"\n",
            "sed -i '0,/later\\|箱 7/s//箱 8/' plain.sql",
            "integrity",
        ),
        ("photo.sql.gz", "", "head -c 5000 /dev/urandom | gzip > photo.sql.gz", "integrity"),
        (
            "killed.sql.gz",
            "",
            "(zcat plain.sql.gz || true) | head -c 60000 | gzip > killed.sql.gz",
            "complete",
        ),
        ("line.sql.gz", "", "zcat plain.sql.gz | head -n -8 | gzip > line.sql.gz", "complete"),
        (
            "hole.sql",
            "",
            "cp plain.sql hole.sql; dd if=/dev/zero of=hole.sql bs=512 seek=20 count=4 conv=notrunc status=none",
            "complete",
        ),
        ("none.sql.gz", "", "true", "content"),
        ("other.sql.gz", "", "true", "content"),
        ("plain.sql.gz", "", "mv other.sql.gz plain.sql.gz", "content"),
        ("short.sql.gz", "", "true", "content"),
        ("structure.sql.gz", "", "true", "rows"),
        (
            "old.sql.gz",
            "",
            "sed 's/completed on 20[0-9-]*/completed on 2020-01-01/' plain.sql | gzip > old.sql.gz",
            "fresh",
        ),
        (
            "future.sql.gz",
            "",
            "sed 's/completed on 20[0-9-]*/completed on 2999-01-01/' plain.sql | gzip > future.sql.gz",
            "fresh",
        ),
        (
            "gtid.sql.gz",
            "",
            "sed \"5i SET @@GLOBAL.GTID_PURGED=/*!80000 '+'*/ 'a-b:1-5';\" plain.sql | gzip > gtid.sql.gz",
            "restorable",
        ),
        (
            "mysql8.sql.gz",
            "",
            "sed 's/COLLATE=utf8mb4_[a-z_]*/COLLATE=utf8mb4_0900_ai_ci/' plain.sql | gzip > mysql8.sql.gz",
            "restorable",
        ),
        (
            "plain.sql.gz",
            "previous = \"backup/large-*\"\n",
            "head -c 50000000 /dev/zero > large-1.sql.gz",
            "size",
        ),
        (
            "plain.sql.gz",
            "archive = \"archive\"\n",
            "mkdir ../archive; head -c 10 plain.sql.gz > ../archive/plain.sql.gz",
            "archive",
        ),
    ];
    assert!(cases.len() >= 25);
    for (name, more, script, check) in cases {
        let judged = dump(name, more, damage(script));
        let id = format!("backup.it.{check}");
        assert_eq!(judged.status(&id), "fail", "{name} {script}\n{}", judged.shown());
        assert_eq!(judged.code, 1, "{name} {script}");
    }
    // What nobody can tell is no pass.
    dump("silent.sql.gz", "", untouched).is("backup.it.complete", "warn");
    dump("nodrop.sql.gz", "", untouched).is("backup.it.restorable", "warn");
}

#[test]
#[ignore = "needs the servers of scripts/test.d/70-gate"]
fn every_damage_of_a_folder_or_snapshot_is_caught() {
    let mydumper = "kind = \"mydumper\"\npath = \"backup/mydumper\"\nmysql = \"default\"\n";
    let physical = "kind = \"physical\"\npath = \"backup/full\"\nmysql = \"default\"\n";
    let chain = "kind = \"physical\"\npath = \"backup/full\"\nmysql = \"default\"\nincremental = [\"backup/increment\"]\n";
    let rdb = "kind = \"rdb\"\npath = \"backup/good.rdb\"\nredis = \"default\"\n";
    let aof = "kind = \"aof\"\npath = \"backup/aof\"\nredis = \"default\"\n";
    let flip = "python3 -c \"d=bytearray(open('good.rdb','rb').read()); d[len(d)//2]^=1; open('good.rdb','wb').write(d)\"";
    let prepared = "kind = \"physical\"\npath = \"backup/prepared\"\nmysql = \"default\"\n";
    let flip_in = |table: &str| {
        format!(
            "python3 -c \"f='{table}.ibd'; d=bytearray(open(f,'rb').read()); d[len(d)//2+5000]^=4; open(f,'wb').write(d)\""
        )
    };
    let (today, older) =
        (flip_in("prepared/gate_backup/shop_box"), flip_in("prepared/gate_backup/shop_older"));
    let raw = flip_in("full/mysql/innodb_index_stats");
    let cases: &[(&str, &str, &str)] = &[
        (mydumper, "mv mydumper/metadata mydumper/metadata.partial", "integrity"),
        (mydumper, "sed -i '/Finished/d' mydumper/metadata", "complete"),
        (mydumper, "rm mydumper/*shop_box-schema*", "content"),
        (mydumper, "for f in mydumper/gate_backup.shop_box.*; do rm $f; done", "rows"),
        (physical, "rm full/*backup_checkpoints", "integrity"),
        (physical, "rm full/ibdata1", "integrity"),
        // A bit of a page in the middle, in the layout of today and in that of MySQL and older servers.
        (prepared, &today, "pages"),
        (prepared, &older, "pages"),
        (physical, &raw, "pages"),
        (
            prepared,
            "f=prepared/gate_backup/shop_box.ibd; dd if=$f of=$f bs=16k skip=4 seek=5 count=1 conv=notrunc status=none",
            "pages",
        ),
        (prepared, "truncate -s -100 prepared/gate_backup/shop_older.ibd", "pages"),
        (prepared, "truncate -s -32768 prepared/gate_backup/shop_older.ibd", "pages"),
        (physical, "sed -i 's/completed OK!/failed/' full/mariabackup.log", "complete"),
        (physical, ": > full/gate_backup/shop_box.ibd", "complete"),
        (physical, "rm full/gate_backup/shop_box.*", "content"),
        (physical, "rm -r full/gate_backup", "content"),
        (
            physical,
            "sed -i 's/^server_version = .*/server_version = 10.3.39-MariaDB/' full/*backup_info",
            "restorable",
        ),
        (chain, "sed -i 's/^from_lsn = .*/from_lsn = 77/' increment/*backup_checkpoints", "chain"),
        (chain, "sed -i 's/^to_lsn = .*/to_lsn = 77/' full/*backup_checkpoints", "chain"),
        (chain, "rm -r full; cp -r increment full", "chain"),
        (rdb, flip, "integrity"),
        (rdb, "truncate -s -1 good.rdb", "integrity"),
        (rdb, "printf x >> good.rdb", "integrity"),
        (rdb, "head -c 9 good.rdb > t; mv t good.rdb", "integrity"),
        (rdb, "cp plain.sql good.rdb", "integrity"),
        (aof, "truncate -s -1 aof/*.incr.aof", "integrity"),
        (aof, "rm aof/*.base.rdb", "integrity"),
        (aof, "rm aof/*.manifest", "integrity"),
        (
            aof,
            "python3 -c \"import glob; f=glob.glob('aof/*.base.rdb')[0]; d=bytearray(open(f,'rb').read()); d[-12]^=1; open(f,'wb').write(d)\"",
            "integrity",
        ),
    ];
    for (entry, script, check) in cases {
        let judged = judged(entry, damage(script));
        assert_eq!(judged.status(&format!("backup.it.{check}")), "fail", "{script}\n{}", judged.shown());
        assert_eq!(judged.code, 1, "{script}");
    }
}

#[test]
#[ignore = "needs the servers of scripts/test.d/70-gate"]
fn configuration_and_exports() {
    let entry = "kind = \"configuration\"\npath = \"backup/c.tar.gz\"\n";
    let of = |script| judged(entry, damage(script)).status("backup.it.content").to_owned();
    assert_eq!(of("cp ../settings.py .; tar czf c.tar.gz settings.py"), "pass");
    assert_eq!(of("mkdir d; cp ../settings.py d; tar czf c.tar.gz d"), "pass");
    assert_eq!(of("tar czf c.tar.gz plain.sql"), "fail");
    assert_eq!(of(": > settings.py; tar czf c.tar.gz settings.py"), "fail");
    assert_eq!(of("echo 'DATABASES = {' > settings.py; tar czf c.tar.gz settings.py"), "fail");
    let cut =
        judged(entry, damage("cp ../settings.py .; tar czf c.tar.gz settings.py; truncate -s -5 c.tar.gz"));
    cut.is("backup.it.integrity", "fail");
    let entry = "kind = \"export\"\npath = \"backup/e.json\"\nmin-entries = 2\n";
    let of = |script| judged(entry, damage(script));
    of("echo '[1, 2, 3]' > e.json").is("backup.it.content", "pass");
    of("echo '[]' > e.json").is("backup.it.content", "fail");
    of("echo '[1, 2' > e.json").is("backup.it.integrity", "fail");
    of("touch e.json").is("backup.it.integrity", "fail");
}

#[test]
#[ignore = "needs the servers of scripts/test.d/70-gate"]
fn a_drill_restores_into_the_scratch_database_alone() {
    sql(&format!(
        "CREATE OR REPLACE DATABASE gate_scratch; CREATE OR REPLACE USER gate_scratch IDENTIFIED BY '{PASSWORD}'; \
         GRANT ALL ON `gate\\_scratch`.* TO gate_scratch"
    ));
    let port = variable("BKLOG_LINT_TEST_MARIADB_PORT");
    let project = Project::new("");
    let with = |path: &str, user: &str, database: &str| {
        project.configure(&format!(
            "[gate.mysql.default]\ndatabase = \"{DATABASE}\"\n[gate.backup.it]\npath = \"{}/{path}\"\n[gate.scratch]\nhost = \"127.0.0.1\"\nport = {port}\n\
             user = \"{user}\"\npassword = \"${{GATE_PASSWORD}}\"\ndatabase = \"{database}\"\n",
            good().folder.display()
        ));
        let ran = project.run(&["drill", "it"]);
        assert!(!format!("{}{}", ran.stdout, ran.stderr).contains(PASSWORD));
        ran
    };
    let ran = with("plain.sql.gz", "gate_scratch", "gate_scratch");
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("4 tables restored"), "{}", ran.stdout);
    let left = "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'gate_scratch'";
    assert_eq!(sql(left).trim(), "0", "nothing is left behind");
    let count = sql(&format!("SELECT COUNT(*) FROM {DATABASE}.shop_box"));
    // A dump that names its databases would go there.
    let ran = with("several.sql.gz", "gate_scratch", "gate_scratch");
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("names its databases"), "{}", ran.stderr);
    // So would a user with other rights be able to.
    let ran = with("plain.sql.gz", DATABASE, "gate_scratch");
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("GRANT ALL ON"), "{}", ran.stderr);
    assert_eq!(with("plain.sql.gz", "gate_scratch", DATABASE).code, 2);
    shell(&format!(
        "cd {}; sed 's/COLLATE=utf8mb4_[a-z_]*/COLLATE=utf8mb4_0900_no_such/' plain.sql > refused.sql",
        good().folder.display()
    ));
    let ran = with("refused.sql", "gate_scratch", "gate_scratch");
    assert_eq!(ran.code, 1, "{}{}", ran.stdout, ran.stderr);
    assert_eq!(sql(left).trim(), "0");
    assert_eq!(sql(&format!("SELECT COUNT(*) FROM {DATABASE}.shop_box")), count, "the original is as it was");
}
