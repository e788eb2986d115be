//! What cannot be used gets a clear answer, and never a green one.

use crate::sandbox::Sandbox;

const FINE: (&str, &str) = ("0001_initial", "    operations = []");

#[test]
fn a_path_that_is_not_there() {
    let sandbox = Sandbox::with("shop");
    let ran = sandbox.run("nowhere").exits(2).complains("nowhere");
    assert_eq!(ran.stdout, "", "{ran}");
    sandbox.run("shop nowhere").exits(2).complains("nowhere");
    sandbox.run("nowhere --lang zh").exits(2).complains("错误：");
    sandbox.run("ruels").exits(2).complains("the command is `bklog-lint rules`, and it comes first");
    sandbox.run("--lang zh rules").exits(2).complains("相应的命令是 `bklog-lint rules`");
}

#[test]
fn nothing_to_check_is_not_green() {
    let sandbox = Sandbox::empty();
    std::fs::create_dir(sandbox.path("empty")).unwrap();
    let ran = sandbox.run("empty --output json=report.json").exits(2);
    assert!(ran.stderr.starts_with("error: "), "{ran}");
    insta::assert_snapshot!(sandbox.scrub(&ran.to_string()));
    // The report is written all the same.
    assert_eq!(sandbox.json("report.json")["findings"], serde_json::json!([]));
    let ran = sandbox.run("empty --lang zh --format json").exits(2).complains("错误：");
    assert_eq!(ran.json()["schema_version"], 1);
    sandbox.run("baseline empty").exits(2);
    assert!(!sandbox.path("empty/bklog-lint-baseline.json").exists());
}

#[test]
fn a_folder_of_other_files_is_nothing_to_check() {
    let sandbox = Sandbox::empty();
    sandbox.write("docs/readme.md", "# text");
    sandbox.write("tool.py", "print('no Django here')\n");
    sandbox.run(".").exits(2);
    // A library of names is what others are judged by.
    sandbox.write("field_library.csv", "name,why,wrong\ncreated_at,made,create_time\n");
    sandbox.run(".").exits(2);
}

#[test]
fn a_broken_configuration_names_file_line_and_key() {
    let sandbox = Sandbox::project(&[FINE]);
    let mut said = Vec::new();
    for text in [
        "select = [\n",
        "selct = [\"GRA\"]\n",
        "select = [\"GRA03\"]\nfail-on = \"high\"\n",
        "[[ignore]]\npath = \"shop/**\"\nreason = \"\"\nuntil = \"2027-02-30\"\n",
    ] {
        sandbox.write("bklog-lint.toml", text);
        for lang in ["en", "zh"] {
            let ran = sandbox.run(&format!(". --lang {lang}")).exits(2);
            assert_eq!(ran.stdout, "", "{ran}");
            said.push(format!("{text}\n{}", sandbox.scrub(&ran.stderr)));
        }
        sandbox.run("inspect graph").exits(2);
        sandbox.run("baseline").exits(2);
        sandbox.run(". --no-config").exits(0);
    }
    // The list of keys grows with the product.
    insta::with_settings!({ filters => vec![(r"(known: |可用：)[^)）]*", "$1[KEYS]")] }, {
        insta::assert_snapshot!(said.join("\n"));
    });
}

#[test]
fn a_configuration_that_is_not_there() {
    let sandbox = Sandbox::project(&[FINE]);
    sandbox.run("--config missing.toml").exits(2).complains("missing.toml");
}

#[test]
fn an_unknown_rule_on_the_command_line() {
    let sandbox = Sandbox::project(&[FINE]);
    let ran =
        sandbox.run("--select GRA03").exits(2).complains("--select").complains("did you mean `GRA003`?");
    assert_eq!(ran.stdout, "", "{ran}");
    sandbox.run("--ignore GRA,field-nmae").exits(2).complains("--ignore").complains("`field-name`");
    sandbox.run("baseline --select nonsense").exits(2).complains("nonsense");
}

#[test]
fn an_unknown_language_in_the_environment() {
    let sandbox = Sandbox::project(&[FINE]);
    sandbox
        .run_with(("BKLOG_LINT_LANG", "de"), ".")
        .exits(2)
        .complains("BKLOG_LINT_LANG is `de`; it can be `en` or `zh`");
    sandbox.run_with(("BKLOG_LINT_LANG", ""), ".").exits(0);
}

#[test]
fn a_field_library_that_cannot_be_read() {
    let sandbox = Sandbox::project(&[FINE]);
    sandbox.run("--field-library missing.csv").complains("missing.csv").exits(2);
    std::fs::create_dir(sandbox.path("folder.csv")).unwrap();
    sandbox.run("--field-library folder.csv").complains("folder.csv").exits(2);
}

#[test]
fn a_broken_field_library_loses_no_row_that_can_be_used() {
    let body =
        "    operations = [migrations.CreateModel(\"Box\", [(\"width\", models.IntegerField(null=True))])]";
    let sandbox = Sandbox::project(&[("0001_initial", body)]);
    sandbox.write("own.csv", "name,why,wrong\nsize,how large,width\n,no name,thing\n");
    let ran = sandbox.run("--all --field-library own.csv --format json");
    let rules = ran.rules();
    assert!(rules.contains(&"NAM001".to_owned()), "{ran}");
    assert!(rules.contains(&"NAM004".to_owned()), "{ran}");
    ran.exits(1);
}

#[test]
fn a_baseline_that_is_none() {
    let sandbox = Sandbox::project(&[FINE]);
    sandbox.write("list.json", "{\"schema_version\": 1}");
    sandbox.run("--baseline list.json").complains("list.json").exits(2);
    sandbox.run("--baseline missing.json").complains("missing.json").exits(2);
}

#[test]
fn reports_that_cannot_be_written() {
    let sandbox = Sandbox::with("shop");
    std::fs::create_dir(sandbox.path("taken")).unwrap();
    sandbox.write("file", "");
    let said: Vec<String> = ["json=no/report.json", "json=file/report.json", "json=taken"]
        .iter()
        .flat_map(|output| ["en", "zh"].map(|lang| format!("shop --output {output} --lang {lang}")))
        .map(|line| {
            let ran = sandbox.run(&line).exits(3);
            format!("$ bklog-lint {line}\n{}", ran.stderr)
        })
        .collect();
    insta::assert_snapshot!(said.join("\n"));
    sandbox
        .run("shop --output json=same --output sarif=same")
        .exits(2)
        .complains("--output names same twice; every report needs a file of its own");
    sandbox.run("baseline shop --output no/baseline.json").exits(3).complains("no/baseline.json");
}

#[cfg(target_os = "linux")]
#[test]
fn one_report_that_cannot_be_written_does_not_take_the_others_along() {
    let sandbox = Sandbox::with("shop");
    let ran =
        sandbox.run("shop --output json=/dev/full --output sarif=log.sarif").exits(3).complains("/dev/full");
    assert_eq!(sandbox.json("log.sarif")["version"], "2.1.0");
    assert!(!ran.stdout.is_empty(), "{ran}");
}

#[test]
fn what_cannot_be_read_is_said_whatever_the_format() {
    let sandbox = Sandbox::project(&[FINE]);
    sandbox.write("shop/migrations/0002_bytes.py", b"# \xff\xfe\n");
    let ran = sandbox.run("--format json").exits(1).complains("shop/migrations/0002_bytes.py: ");
    assert!(ran.rules().contains(&"ANA004".to_owned()), "{ran}");
    sandbox.run("--format sarif --lang zh").exits(1).complains("警告：shop/migrations/0002_bytes.py");
    // The text holds it, so it is not said twice.
    sandbox.run(".").exits(1).prints("shop/migrations/0002_bytes.py").keeps_stderr_empty();
    sandbox.run("inspect graph --format json").exits(0).complains("shop/migrations/0002_bytes.py: ");
}

#[test]
fn many_unread_files_are_counted() {
    let sandbox = Sandbox::project(&[FINE]);
    for number in 2..16 {
        sandbox.write(&format!("shop/migrations/{number:04}_bytes.py"), b"# \xff\xfe\n");
    }
    let ran = sandbox.run("--format json").exits(1).complains("4 more were not analysed");
    assert_eq!(ran.stderr.matches("_bytes.py").count(), 10, "{ran}");
}

#[cfg(unix)]
#[test]
fn text_of_the_repository_cannot_steer_the_terminal() {
    let sandbox = Sandbox::project(&[FINE]);
    sandbox.write("shop/migrations/0002_\u{1b}[31mred.py", b"# \xff\xfe\n");
    let ran = sandbox.run("--format json").exits(1).complains("0002_␛[31mred.py");
    assert!(!ran.stderr.contains('\u{1b}'), "{ran}");
    sandbox.run("no\u{1b}[31mwhere").exits(2).complains("no␛[31mwhere");
}
