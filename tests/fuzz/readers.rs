//! Files that stand beside the migrations, backups, and what other programs wrote.

use std::io::Cursor;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bklog_lint::config_files::document::Document;
use bklog_lint::gate::backup::{dump, files, pages, rdb};
use bklog_lint::gate::facts::Facts;
use bklog_lint::mysql::splitter;
use bklog_lint::plan::rates::Calibration;
use bklog_lint::report::read::ReadReport;
use bklog_lint::source::SourceText;

use super::{check, fuzz, mutate, seeds};

const FIRST: (&str, &[u8]) = ("box/migrations/0001_initial.py", seeds::FIRST.as_bytes());

#[test]
fn requirements() {
    let seeds = seeds::of_pages(&["requirements.txt", "constraints.txt", "requirements-dev.txt", ".in"]);
    fuzz("requirements", &seeds, mutate::REQUIREMENTS, |bytes| {
        check(&[FIRST, ("requirements.txt", bytes), ("runtime.txt", bytes), (".python-version", bytes)]);
    });
}

#[test]
fn project_files() {
    let seeds = seeds::of_pages(&[".toml", "Pipfile", ".lock", "setup.cfg"]);
    fuzz("project-files", &seeds, mutate::TOML, |bytes| {
        let names = ["pyproject.toml", "Pipfile", "Pipfile.lock", "poetry.lock", "uv.lock", "setup.cfg"];
        let files: Vec<(&str, &[u8])> = names.into_iter().map(|name| (name, bytes)).collect();
        check(&[&[FIRST], files.as_slice()].concat());
    });
}

#[test]
fn configuration_files() {
    let mut seeds = seeds::of_pages(&[".yml", ".yaml", ".json", "Dockerfile", ".env"]);
    seeds.push(b"a: &x [1, {b: c}]\nd: *x\n<<: {e: |\n  f\n  g}\n--- !t\n? h\n: i\n".to_vec());
    fuzz("configuration-files", &seeds, mutate::YAML, |bytes| {
        if let Ok(text) = SourceText::decode("a.yml".into(), bytes) {
            let text = Arc::new(text);
            for document in [Document::yaml(Arc::clone(&text)), Document::json(text)] {
                let nodes = document.root().map(|root| root.descendants().len());
                assert!(nodes.is_none_or(|nodes| nodes > 0), "a document is a node itself");
            }
        }
        let names = [
            "app.yml",
            "prod.env.yml",
            "support-files/bkpkgs/box.yaml",
            "support-files/iam/0001_box.json",
            "docker-compose.yml",
            ".github/workflows/ci.yml",
            "Dockerfile",
            "support-files/templates/#etc#box.env",
        ];
        let files: Vec<(&str, &[u8])> = names.into_iter().map(|name| (name, bytes)).collect();
        check(&[&[FIRST], files.as_slice()].concat());
    });
}

#[test]
fn sql() {
    let mut seeds = seeds::of_pages(&[".sql"]);
    seeds.push(seeds::DUMP.as_bytes().to_vec());
    fuzz("sql", &seeds, mutate::SQL, |bytes| {
        let text = String::from_utf8_lossy(bytes);
        let script = splitter::split(&text);
        for statement in &script.statements {
            let tokens = statement.significant().map(|token| token.text(&text));
            assert!(tokens.count() > 0, "a statement without a word is none");
        }
        check(&[FIRST, ("support-files/sql/0001_box_20230105-0000_mysql.sql", bytes)]);
    });
}

#[test]
fn settings() {
    let seeds = seeds::of_pages(&["settings.py", "config/default.py", "config/prod.py", "urls.py"]);
    fuzz("settings", &seeds, mutate::PYTHON, |bytes| {
        check(&[FIRST, ("settings.py", bytes), ("config/default.py", bytes), ("urls.py", bytes)]);
    });
}

#[test]
fn backups() {
    let folder = tempfile::tempdir().unwrap();
    let mut seeds = seeds::snapshots();
    seeds.push(seeds::DUMP.as_bytes().to_vec());
    seeds.extend(seeds::tablespaces());
    fuzz("backups", &seeds, mutate::SQL, |bytes| {
        if let Ok(facts) = dump::read(&mut Cursor::new(bytes)) {
            assert!(serde_json::to_string(&facts).unwrap().len() < 100 * (bytes.len() + 100));
        }
        let path = folder.path().join("a.ibd");
        std::fs::write(&path, bytes).unwrap();
        let found = pages::read(folder.path(), &[path], true, Instant::now() + Duration::from_secs(10));
        assert!(
            found.faults + found.unknowns + found.sound > 0,
            "something is said of every file: {found:?}"
        );
        for name in ["a.sql", "a.sql.gz", "a.sql.zst", "dump.rdb", "a.json", "a.tar", "a.yml"] {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            // What is damaged is said; nothing is taken for a whole backup that a byte was cut from.
            let _ = dump::read_file(&path);
            let _ = rdb::read(&path);
            let _ = files::configuration(&path);
            let _ = files::export(&path);
        }
    });
}

#[test]
fn what_other_programs_wrote() {
    let seeds: Vec<Vec<u8>> = seeds::FACTS.iter().map(|text| text.as_bytes().to_vec()).collect();
    fuzz("written", &seeds, mutate::TOML, |bytes| {
        let text = String::from_utf8_lossy(bytes);
        if let Ok(facts) = serde_json::from_str::<Facts>(&text) {
            let again: Facts = serde_json::from_str(&serde_json::to_string(&facts).unwrap()).unwrap();
            assert_eq!(format!("{facts:?}"), format!("{again:?}"));
        }
        if let Ok(value) = serde_json::from_str(&text) {
            let _ = ReadReport::from_json(value);
        }
        if let Err(why) = Calibration::parse(&text) {
            assert!(!why.is_empty());
        }
    });
}
