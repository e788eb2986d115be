//! The configuration as people write it: sound, broken, and misspelt.

use std::path::Path;

use super::*;
use crate::findings::{Lang, RuleId, Standing};

static FIELD_NAME: RuleId = RuleId {
    code: "NAM001",
    name: "field-name",
    family: "naming",
    severity: Severity::Error,
    standing: Standing::NewMigrations,
};
static MISSING: RuleId = RuleId {
    code: "GRA001",
    name: "missing-dependency",
    family: "graph",
    severity: Severity::Error,
    standing: Standing::Always,
};
static CATALOGUE: [&RuleId; 2] = [&MISSING, &FIELD_NAME];

fn load_text(name: &str, text: &[u8]) -> Result<Loaded, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    load(Source::File(&path), &CATALOGUE).map_err(|error| {
        assert!(!error.text(Lang::Zh).is_empty());
        error.text(Lang::En).replace(&*folder.path().to_string_lossy(), "DIR")
    })
}

fn refused(text: &str) -> String {
    load_text("bklog-lint.toml", text.as_bytes()).unwrap_err()
}

#[test]
fn reads_every_key() {
    let text = r#"
        select = ["naming"]
        ignore-rules = ["NAM001"]
        fail-on = "never"
        lang = "zh"
        exclude = ["vendor/**"]
        field-library = "lib.csv"
        baseline = "b.json"
        [severity]
        naming = "info"
        NAM001 = "warning"
        [[project]]
        root = "worker"
        [[ignore]]
        path = "apps/**"
        reason = "theirs"
        until = 2027-01-31
        [[ignore]]
        path = "x"
        rules = ["GRA"]
        reason = "y"
        until = "2027-02-01"
        [database]
        server = "mysql-8.0.36"
        large-tables = ["t"]
    "#;
    let config = load_text("bklog-lint.toml", text.as_bytes()).unwrap().config;
    assert_eq!(config.fail_on, Some(FailOn::Never));
    assert_eq!(config.severity, [("NAM001".to_owned(), Severity::Warning)].into());
    assert_eq!(config.ignore[0].until.unwrap().to_string(), "2027-01-31");
    assert_eq!(config.ignore[1].until.unwrap().to_string(), "2027-02-01");
    assert!(config.ignore[0].counts_on("2027-01-31".parse().unwrap()));
    assert!(!config.ignore[0].counts_on("2027-02-01".parse().unwrap()));
}

#[test]
fn names_every_fault_with_its_place_and_the_nearest_right_word() {
    insta::assert_snapshot!(refused(
        r#"selct = ["NAM001"]
select = ["NAM01", 3]
fail-on = "warn"
lang = ["zh"]
exclude = ["a/{b"]
[severity]
feild-name = "error"
GRA001 = "eror"
[[ignore]]
path = "a"
untill = "2027-01-01"
[[ignore]]
path = "b"
reason = "c"
until = "2027-02-30"
[database]
larg-tables = []
"#
    ));
}

#[test]
fn broken_toml_names_the_place() {
    insta::assert_snapshot!(refused("# 注释\nselect = [\"a\"\nlang = \"zh\"\n"));
    insta::assert_snapshot!(refused("lang = \"zh\"\nlang = \"en\"\n"));
    insta::assert_snapshot!(load_text("bklog-lint.toml", b"lang = \"\xff\"").unwrap_err());
}

#[test]
fn pyproject_is_ours_only_with_our_table() {
    let ours =
        load_text("pyproject.toml", b"[project]\nname = 'x'\n[tool.bklog-lint]\nlang = 'zh'\n").unwrap();
    assert_eq!(ours.config.lang, Some(Lang::Zh));
    insta::assert_snapshot!(load_text("pyproject.toml", b"[tool.bklog-lint]\nlangs = 'zh'\n").unwrap_err());
    insta::assert_snapshot!(load_text("pyproject.toml", b"[tool.ruff]\n").unwrap_err());
}

#[test]
fn is_found_upwards_to_the_top_of_the_repository() {
    let outside = tempfile::tempdir().unwrap();
    let top = outside.path().join("repo");
    let deep = top.join("a/b");
    std::fs::create_dir_all(&deep).unwrap();
    std::fs::create_dir(top.join(".git")).unwrap();
    let find = || load(Source::Upwards(&deep), &CATALOGUE).unwrap();

    std::fs::write(outside.path().join("bklog-lint.toml"), "lang = 'zh'").unwrap();
    assert_eq!(find().file, None, "a file above the repository is not the repository's");

    std::fs::write(top.join("pyproject.toml"), "[tool.bklog-lint]\nlang = 'en'").unwrap();
    assert_eq!(find().file.as_deref(), Some(&*top.join("pyproject.toml")));
    std::fs::write(top.join("bklog-lint.toml"), "lang = 'zh'").unwrap();
    assert_eq!(find().config.lang, Some(Lang::Zh), "bklog-lint.toml wins in one folder");

    // Not TOML, but nothing in it is for us.
    std::fs::write(deep.join("pyproject.toml"), "[tool.ruff\n").unwrap();
    assert_eq!(find().folder, top);
    std::fs::write(deep.join("pyproject.toml"), "[tool.bklog-lint\n").unwrap();
    assert!(load(Source::Upwards(&deep), &CATALOGUE).is_err());
}

#[test]
fn what_init_writes_loads_and_names_every_key() {
    let schema = json_schema();
    for lang in [Lang::En, Lang::Zh] {
        let template = init::template(lang);
        load_text("bklog-lint.toml", template.as_bytes()).unwrap();
        let uncommented: String = template
            .lines()
            .map(|line| line.strip_prefix("# ").filter(|rest| is_toml(rest)).unwrap_or(line))
            .flat_map(|line| [line, "\n"])
            .collect();
        let config = load_text("bklog-lint.toml", uncommented.as_bytes()).unwrap().config;
        assert_eq!((config.project.len(), config.ignore.len()), (1, 1));
        let written: toml::Table = toml::from_str(&uncommented).unwrap();
        for key in schema["properties"].as_object().unwrap().keys() {
            assert!(written.contains_key(key), "{key} is not in the {lang:?} template");
        }
    }
}

fn is_toml(line: &str) -> bool {
    line.starts_with("[[") || line.split_once(" = ").is_some_and(|(key, _)| !key.contains(' '))
}

#[test]
fn the_schema_for_editors_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/config.schema.json");
    let wanted = serde_json::to_string_pretty(&json_schema()).unwrap() + "\n";
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::write(&path, &wanted).unwrap();
    }
    let have = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        have == wanted,
        "{} is old: run UPDATE_SCHEMA=1 cargo test the_schema_for_editors",
        path.display()
    );
}
