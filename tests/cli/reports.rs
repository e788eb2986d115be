//! Formats on standard output and in files.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::sandbox::Sandbox;

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap_or_else(|| panic!("{value}")).keys().map(String::as_str).collect()
}

#[test]
fn json_has_the_keys_of_the_contract() {
    let sandbox = Sandbox::with("broken");
    let json = sandbox.run("broken --all --format json").exits(1).json();
    assert_eq!(keys(&json), BTreeSet::from(["schema_version", "tool", "summary", "findings"]));
    assert_eq!(json["schema_version"], 1);
    let findings = json["findings"].as_array().unwrap();
    assert!(!findings.is_empty());
    let contract = BTreeSet::from([
        "rule",
        "name",
        "family",
        "severity",
        "message",
        "help",
        "url",
        "path",
        "start",
        "end",
        "project",
        "app",
        "migration",
        "operation_index",
        "model",
        "field",
        "suggestion",
        "fix",
        "fingerprint",
        "suppressed",
        "related",
    ]);
    let mut fingerprints = BTreeSet::new();
    for finding in findings {
        assert_eq!(keys(finding), contract);
        for end in ["start", "end"] {
            assert_eq!(keys(&finding[end]), BTreeSet::from(["line", "column", "byte"]));
        }
        let path = finding["path"].as_str().unwrap();
        assert!(!path.starts_with('/') && !path.contains('\\'), "{path}");
        assert!(["error", "warning", "info"].contains(&finding["severity"].as_str().unwrap()));
        assert!(fingerprints.insert(finding["fingerprint"].as_str().unwrap()), "{finding:#}");
    }
}

#[test]
fn several_reports_in_one_run() {
    let sandbox = Sandbox::with("broken");
    let outputs = "--output text=a.txt --output json=b.json --output sarif=c.sarif --output github=d.txt \
                   --output gitlab=e.json --output junit=f.xml --output markdown=g.md";
    let ran = sandbox.run(&format!("broken --all {outputs}")).exits(1).keeps_stderr_empty();
    // Text stays on standard output, and the file holds the same.
    assert_eq!(ran.stdout, sandbox.read("a.txt"));
    for (format, file) in [
        ("json", "b.json"),
        ("sarif", "c.sarif"),
        ("github", "d.txt"),
        ("gitlab", "e.json"),
        ("junit", "f.xml"),
    ] {
        let alone = sandbox.run(&format!("broken --all --format {format}")).exits(1).stdout;
        assert_eq!(alone, sandbox.read(file), "{format}");
    }
    assert!(sandbox.read("g.md").contains("GRA001"));
    // Nothing but the reports is left behind.
    assert_eq!(std::fs::read_dir(sandbox.path("")).unwrap().count(), 8);
}

#[test]
fn text_in_a_file_is_never_coloured() {
    let sandbox = Sandbox::with("broken");
    let ran = sandbox.run("broken --color always --output text=out.txt").exits(1);
    assert!(ran.stdout.contains('\u{1b}'));
    assert!(!sandbox.read("out.txt").contains('\u{1b}'));
}

#[test]
fn a_report_takes_the_place_of_the_last_one() {
    let sandbox = Sandbox::with("broken");
    sandbox.write("report.json", "x".repeat(1_000_000));
    sandbox.run("broken --output json=report.json").exits(1);
    assert_eq!(sandbox.json("report.json")["schema_version"], 1);
}

#[test]
fn standard_output_holds_one_format_alone() {
    let sandbox = Sandbox::with("broken");
    let first = |format: &str| {
        let ran = sandbox.run(&format!("broken --format {format} --output text=out.txt")).exits(1);
        ran.stdout.chars().next().unwrap()
    };
    assert_eq!([first("json"), first("sarif"), first("gitlab"), first("junit")], ['{', '{', '[', '<']);
    let github = sandbox.run("broken --format github").exits(1).stdout;
    assert!(
        github.lines().all(|line| line.starts_with("::") || line.starts_with("bklog-lint: ")),
        "{github}"
    );
}

#[test]
fn markdown_is_larger_in_a_file_than_on_standard_output() {
    let operations: String = (0..2_000)
        .map(|number| {
            format!(
                "        migrations.AddField(\"box{number}\", \"create_time\", models.DateTimeField(null=True)),\n"
            )
        })
        .collect();
    let sandbox = Sandbox::project(&[("0001_initial", &format!("    operations = [\n{operations}    ]"))]);
    let printed = sandbox.run("--all --format markdown --output markdown=summary.md").exits(1).stdout;
    assert!(printed.len() <= 65_000, "{}", printed.len());
    let written = sandbox.read("summary.md");
    assert!(written.len() > printed.len() && written.len() <= 1 << 20, "{}", written.len());
}
