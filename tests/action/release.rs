//! What a release is held to, and the table by which the action knows it again.

use std::path::Path;
use std::process::Command;

const CHANGELOG: &str = "# Changelog\n\n## Unreleased\n\nlater\n\n## 1.2.3 - 2026-11-25\n\n### Added\n\n- new\n\n## 1.2.2\n\nold\n";

/// A repository with the scripts of this one.
fn repository() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let from = Path::new(env!("CARGO_MANIFEST_DIR"));
    for below in ["scripts/release", "scripts/action"] {
        std::fs::create_dir_all(folder.path().join(below)).unwrap();
        for entry in std::fs::read_dir(from.join(below)).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), folder.path().join(below).join(entry.file_name())).unwrap();
        }
    }
    let put = |path: &str, text: &str| std::fs::write(folder.path().join(path), text).unwrap();
    put("Cargo.toml", "[package]\nversion = \"1.2.3\"\n");
    put("Cargo.lock", "name = \"bklog-lint\"\nversion = \"1.2.3\"\n");
    put("CHANGELOG.md", CHANGELOG);
    std::fs::create_dir(folder.path().join("dist")).unwrap();
    for target in ["a", "b", "c", "d", "e"] {
        put(&format!("dist/bklog-lint-{target}.tar.gz"), target);
    }
    folder
}

fn run(folder: &Path, line: &str) -> (bool, String) {
    let mut words = line.split(' ');
    let output = Command::new(folder.join("scripts/release").join(words.next().unwrap()))
        .args(words)
        .current_dir(folder)
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

#[test]
fn a_version_is_released_once_with_its_notes() {
    let folder = repository();
    let top = folder.path();
    assert_eq!(run(top, "check 1.2.3"), (true, String::new()));
    assert_eq!(run(top, "notes 1.2.3"), (true, "### Added\n\n- new\n".to_owned()));
    assert!(run(top, "checksums 1.2.3 dist").0);
    let table = std::fs::read_to_string(top.join("scripts/action/checksums.tsv")).unwrap();
    // The SHA-256 of `a`.
    let row = "1.2.3\ta\tca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb";
    assert!(table.lines().any(|line| line == row), "{table}");
    assert_eq!(table.matches("1.2.3\t").count(), 5);
    for again in ["checksums 1.2.3 dist", "check 1.2.3"] {
        let (passed, said) = run(top, again);
        assert!(!passed && said.contains("was released before"), "{said}");
    }
}

#[test]
fn what_is_not_ready_is_not_released() {
    let folder = repository();
    let top = folder.path();
    for (line, why) in [
        ("check v1.2.3", "is written without a v"),
        ("check 1.2.4", "Cargo.toml is about another version"),
        ("check 1.2.3;id", "is no version"),
    ] {
        let (passed, said) = run(top, line);
        assert!(!passed && said.contains(why), "{line}: {said}");
    }
    std::fs::write(top.join("CHANGELOG.md"), "## 1.2.30\n\nx\n\n## 1.2.2\n").unwrap();
    assert!(run(top, "check 1.2.3").1.contains("has no section on 1.2.3"));
    std::fs::write(top.join("CHANGELOG.md"), "## 1.2.3\n\n\n## 1.2.2\n\nold\n").unwrap();
    assert!(run(top, "check 1.2.3").1.contains("is empty"));
    std::fs::remove_file(top.join("dist/bklog-lint-e.tar.gz")).unwrap();
    assert!(run(top, "checksums 1.2.3 dist").1.contains("4 archives, and not five"));
}
