//! What `--help` says, and what wrong words are answered with.

use crate::sandbox::Sandbox;

#[test]
fn help_of_every_command() {
    let sandbox = Sandbox::empty();
    for command in [
        "",
        "check",
        "explain",
        "rules",
        "inspect",
        "inspect graph",
        "plan",
        "gate",
        "gate init",
        "gate drill",
        "gate calibrate",
        "baseline",
        "init",
        "lsp",
        "github",
        "github base",
        "github publish",
        "github repositories",
        "github scan",
        "merge",
        "completions",
    ] {
        let ran = sandbox.run(&format!("{command} --help")).exits(0).keeps_stderr_empty();
        let name = if command.is_empty() { "program".to_owned() } else { command.replace(' ', "_") };
        insta::assert_snapshot!(format!("help_of_{name}"), ran.stdout);
        assert!(ran.stdout.lines().all(|line| line.chars().count() <= 100), "{ran}");
    }
}

#[test]
fn the_version_is_that_of_the_package() {
    let ran = Sandbox::empty().run("--version").exits(0);
    assert_eq!(ran.stdout, format!("bklog-lint {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn wrong_words_exit_2_and_name_the_right_ones() {
    let sandbox = Sandbox::with("shop");
    let said: Vec<String> = [
        "--format pdf",
        "--output pdf=report.pdf",
        "--output report.json",
        "--fail-on errors",
        "--al",
        "--threads 0",
        "--all --scope changed",
        "inspect tabels",
        "completions cmd",
        "explain",
    ]
    .into_iter()
    .map(|line| {
        let ran = sandbox.run(line).exits(2);
        assert_eq!(ran.stdout, "", "{ran}");
        format!("$ bklog-lint {line}\n{}", ran.stderr)
    })
    .collect();
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn help_says_what_there_is() {
    let ran = Sandbox::empty().run("help inspect operations").exits(0);
    assert!(ran.stdout.contains("--only <APP[.MIGRATION]>"), "{ran}");
}
