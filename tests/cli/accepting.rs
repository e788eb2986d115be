//! Accepting the past: baseline, comments, configuration.

use crate::sandbox::Sandbox;

/// A new table, on which no rule but that on names has anything to say.
const BAD: &str = "    operations = [
        migrations.CreateModel(
            \"Box\",
            [
                (\"id\", models.BigAutoField(primary_key=True)),
                (\"create_time\", models.DateTimeField(null=True)),
                (\"update_time\", models.DateTimeField(null=True)),
            ],
        ),
    ]";

fn project() -> Sandbox {
    let sandbox = Sandbox::project(&[("0001_initial", BAD)]);
    sandbox.write(
        "field_library.csv",
        "name,why,wrong\ncreated_at,made,create_time\nupdated_at,changed,update_time\n",
    );
    sandbox
}

#[test]
fn a_baseline_hides_what_it_accepts_and_nothing_else() {
    let sandbox = project();
    sandbox.run("--all").exits(1);
    let ran = sandbox.run("baseline").exits(0).keeps_stderr_empty();
    insta::assert_snapshot!(sandbox.scrub(&ran.stdout));
    assert_eq!(sandbox.json("bklog-lint-baseline.json")["findings"].as_array().unwrap().len(), 2);
    sandbox.run("--all --baseline bklog-lint-baseline.json").exits(0).prints("2");
    // It is not taken unless somebody says so.
    sandbox.run("--all").exits(1);
    sandbox.write("bklog-lint.toml", "baseline = \"bklog-lint-baseline.json\"\n");
    sandbox.run("--all").exits(0);
    sandbox.run_in("shop", "--all ..").exits(0);

    let body = "    dependencies = [(\"shop\", \"0001_initial\")]\n    \
                operations = [migrations.CreateModel(\"Crate\", [\
                (\"id\", models.BigAutoField(primary_key=True)), (\"create_time\", models.DateTimeField(null=True))])]";
    sandbox.migration("0002_crate", body);
    let ran = sandbox.run("--all --format json").exits(1);
    assert_eq!(ran.rules(), ["NAM001"]);
    assert_eq!(ran.json()["findings"][0]["model"], "Crate");
}

#[test]
fn entries_that_nothing_stands_behind_are_reported() {
    let sandbox = project();
    sandbox.run("baseline").exits(0);
    sandbox.migration("0001_initial", &BAD.replace("update_time", "updated_at"));
    let ran = sandbox.run("--all --format json --baseline bklog-lint-baseline.json").exits(0);
    assert_eq!(ran.rules(), ["SUP002"]);
    assert_eq!(ran.json()["findings"][0]["path"], "bklog-lint-baseline.json");
    sandbox.run("--all --baseline bklog-lint-baseline.json --fail-on warning").exits(1);
    // Written anew, it holds what stands today.
    sandbox.run("baseline").exits(0);
    let ran = sandbox.run("--all --format json --baseline bklog-lint-baseline.json").exits(0);
    assert_eq!(ran.rules(), Vec::<String>::new());
}

#[test]
fn a_baseline_survives_moved_lines_and_renamed_files() {
    let sandbox = project();
    sandbox.run("baseline").exits(0);
    std::fs::remove_file(sandbox.path("shop/migrations/0001_initial.py")).unwrap();
    sandbox.migration("0001_start", &format!("    # a line\n    # and another\n{BAD}"));
    sandbox.run("--all --baseline bklog-lint-baseline.json --fail-on info").exits(0);
}

#[test]
fn a_baseline_stands_beside_the_configuration() {
    let sandbox = Sandbox::with("mono");
    sandbox.write("bklog-lint.toml", "lang = \"en\"\n");
    sandbox.run("baseline mono/agent").exits(0);
    assert!(sandbox.path("bklog-lint-baseline.json").exists());
    let written = sandbox.json("bklog-lint-baseline.json");
    for entry in written["findings"].as_array().unwrap() {
        assert!(entry["path"].as_str().unwrap().starts_with("mono/agent/"), "{entry}");
    }
    // Where the configuration names another file, that one is written, and another option overrules both.
    sandbox.write("bklog-lint.toml", "baseline = \"accepted.json\"\n");
    sandbox.run("baseline mono/agent").exits(0);
    assert_eq!(sandbox.json("accepted.json"), written);
    sandbox.run("baseline mono/agent --output other.json").exits(0);
    assert_eq!(sandbox.json("other.json"), written);
    sandbox.run("baseline mono/agent --baseline third.json").exits(0);
    assert_eq!(sandbox.json("third.json"), written);
    sandbox.run("mono/agent --all").exits(0);
}

#[test]
fn comments_and_entries_hide_with_a_reason() {
    let sandbox = project();
    sandbox.migration(
        "0001_initial",
        &BAD.replace(
            "\"create_time\", models.DateTimeField(null=True)),",
            "\"create_time\", models.DateTimeField(null=True)),  # bklog-lint: ignore[NAM001] read by another team",
        ),
    );
    let ran = sandbox.run("--all --format json").exits(1);
    assert_eq!(ran.rules(), ["NAM001"]);
    sandbox.write(
        "bklog-lint.toml",
        "[[ignore]]\npath = \"shop/**\"\nrules = [\"field-name\"]\nreason = \"old tables\"\nuntil = \"2999-12-31\"\n",
    );
    sandbox.run("--all").exits(0);
    let ran = sandbox.run("--all --verbose").exits(0);
    assert!(ran.stdout.contains("read by another team") && ran.stdout.contains("old tables"), "{ran}");
    // What a person hid is not accepted again by a baseline.
    sandbox.run("baseline").exits(0);
    assert_eq!(sandbox.json("bklog-lint-baseline.json")["findings"], serde_json::json!([]));

    sandbox.write(
        "bklog-lint.toml",
        "[[ignore]]\npath = \"stock/**\"\nrules = [\"NAM\"]\nreason = \"none there\"\n",
    );
    let rules = sandbox.run("--all --format json").exits(1).rules();
    assert!(rules.contains(&"SUP001".to_owned()), "{rules:?}");
}
