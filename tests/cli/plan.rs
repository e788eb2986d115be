//! `plan`: from a revision, from a database's rows, and what it refuses.

use crate::sandbox::Sandbox;

const CREATE: &str = "    operations = [migrations.CreateModel(\"Box\", [(\"id\", models.AutoField(primary_key=True)), \
    (\"size\", models.IntegerField())])]";
const WIDEN: &str = "    dependencies = [(\"shop\", \"0001_initial\")]\n    \
    operations = [migrations.AlterField(\"box\", \"size\", models.BigIntegerField())]";
const FILL: &str = "    dependencies = [(\"shop\", \"0002_wider\")]\n    \
    operations = [migrations.RunPython(lambda apps, editor: None)]";

/// A repository whose tag `v1` has the first migration, and whose working tree has two more.
fn upgraded() -> Sandbox {
    let sandbox = Sandbox::project(&[("0001_initial", CREATE)]);
    sandbox.write("requirements.txt", "Django==4.2.9\n");
    sandbox.git("init --quiet --initial-branch=main");
    sandbox.git("add --all");
    sandbox.git("commit --quiet --message=one");
    sandbox.git("tag v1");
    sandbox.migration("0002_wider", WIDEN);
    sandbox.migration("0003_fill", FILL);
    sandbox.write("requirements.txt", "Django==4.2.16\n");
    sandbox
}

/// Output without the name of the folder, which is of the same length in every run.
fn scrubbed(sandbox: &Sandbox, text: &str) -> String {
    let top = sandbox.path("");
    let name = top.file_name().unwrap().to_string_lossy();
    sandbox.scrub(text).replace(&name.replace('_', "\\_"), "the-folder").replace(name.as_ref(), "the-folder")
}

#[test]
fn from_a_revision_to_the_working_tree() {
    let sandbox = upgraded();
    sandbox.write(
        "sizes.tsv",
        "table_name\ttable_rows\tdata_length\tindex_length\nshop_box\t10\t500000000\t0\n",
    );
    let line = "plan --from v1 --server mysql-8.0.36 --stats sizes.tsv";
    let ran = sandbox.run(line).exits(0).keeps_stderr_empty();
    insta::assert_snapshot!("plan_text", scrubbed(&sandbox, &ran.stdout));
    let zh = sandbox.run(&format!("{line} --lang zh")).exits(0);
    insta::assert_snapshot!("plan_text_zh", scrubbed(&sandbox, &zh.stdout));
    let markdown = sandbox.run(&format!("{line} --format markdown")).exits(0);
    insta::assert_snapshot!("plan_markdown", scrubbed(&sandbox, &markdown.stdout));
    let json = sandbox.run(&format!("{line} --format json")).exits(0).json();
    insta::assert_json_snapshot!("plan_json", json["projects"][0]["pending"]);
    assert_eq!(json["projects"][0]["pins"][0]["to"], "Django==4.2.16");
    assert_eq!(json["rollback"]["last_reversible"][1], "0002_wider");
}

#[test]
fn from_what_a_database_has_applied() {
    let sandbox = upgraded();
    let rows = "id\tapp\tname\tapplied\n1\tshop\t0001_initial\t2026-01-01\n2\tshop\t0002_wider\t2026-01-01\n";
    sandbox.write("applied.tsv", rows);
    let json = sandbox.run("plan --applied applied.tsv --format json").exits(0).json();
    let pending = json["projects"][0]["pending"].as_array().unwrap();
    assert_eq!(pending.len(), 1);
    assert_eq!(pending[0]["migration"], "0003_fill");
    sandbox.write("shown.txt", "[X]  shop.0001_initial\n[X]  shop.0009_lost\n[ ]  shop.0002_wider\n");
    let json = sandbox.run("plan --applied shown.txt --format json").exits(1).json();
    assert_eq!(json["projects"][0]["gone"][0][1], "0009_lost");
    assert_eq!(json["projects"][0]["pending"].as_array().unwrap().len(), 2);
}

#[test]
fn the_exit_code_is_that_of_fail_on() {
    let sandbox = upgraded();
    sandbox.run("plan --from v1").exits(0);
    sandbox.run("plan --from v1 --fail-on warning").exits(1);
    // What the start has as well is not brought by the upgrade.
    sandbox.git("add --all");
    sandbox.git("commit --quiet --message=two");
    sandbox.git("tag v2");
    let json = sandbox.run("plan --from v2 --fail-on info --format json").exits(0).json();
    assert_eq!(json["findings"].as_array().unwrap().len(), 0, "{json:#}");
    let json = sandbox.run("plan --from v1 --to v2 --fail-on warning --format json").exits(1).json();
    assert!(json["findings"].as_array().unwrap().iter().any(|it| it["rule"] == "REV001"), "{json:#}");
    // A blocker is an error: only `never` passes over it.
    sandbox.write("gone.txt", "[X]  shop.0001_initial\n[X]  shop.0009_lost\n");
    sandbox.run("plan --applied gone.txt --fail-on error").exits(1);
    sandbox.run("plan --applied gone.txt --fail-on never").exits(0);
    sandbox.migration("0004_lost", "    dependencies = [(\"shop\", \"0003_nowhere\")]\n    operations = []");
    let json = sandbox.run("plan --from v2 --format json").exits(1).json();
    assert_eq!(json["findings"][0]["severity"], "error", "{json:#}");
    // In every format, the first thing that it says.
    let said = "The check finds 1 error in what this upgrade brings";
    let text = sandbox.run("plan --from v2").exits(1).prints(said).stdout;
    assert!(!text.contains("stands in the way"), "{text}");
    sandbox.run("plan --from v2 --format markdown").exits(1).prints(said);
    sandbox.run("plan --from v2 --format html").exits(1).prints("The check finds errors in this upgrade");
}

#[test]
fn a_calibration_takes_the_place_of_the_usual_rates() {
    let sandbox = upgraded();
    sandbox.write(
        "sizes.tsv",
        "table_name\ttable_rows\tdata_length\tindex_length\nshop_box\t10\t500000000\t0\n",
    );
    sandbox.write("cal.toml", "schema-version = 1\nserver = \"mysql-8.0.36\"\nmeasured-at = \"2026-11-26T00:00:00Z\"\n[statement]\nlow-ms = 1\nhigh-ms = 1000\n[[measured]]\nwork = \"copy\"\nrows = 1000000\nbytes = 500000000\nms = 100000\n");
    let line = "plan --from v1 --server mysql-8.0.36 --stats sizes.tsv";
    let ran = sandbox.run(&format!("{line} --calibration cal.toml")).exits(0);
    assert!(ran.stdout.contains("66 to 151 s"), "{}", ran.stdout);
    assert!(ran.stdout.contains("what was measured on mysql-8.0.36 (2026-11-26)."), "{}", ran.stdout);
    sandbox.write("bklog-lint.toml", "[gate]\ncalibration = \"cal.toml\"\n");
    let json = sandbox.run(&format!("{line} --format json")).exits(0).json();
    assert_eq!(json["projects"][0]["pending"][0]["estimate_seconds"]["low"], 66);
    sandbox.run(&format!("{line} --calibration sizes.tsv")).exits(2).complains("gate calibrate");
    sandbox.run(&format!("{line} --calibration none.toml")).exits(2).complains("none.toml");
}

#[test]
fn what_cannot_be_planned_is_told() {
    let sandbox = upgraded();
    sandbox.run("plan").exits(2).complains("--from");
    sandbox.run("plan --from no-such-revision").exits(3).complains("no-such-revision");
    sandbox.run("plan --applied nowhere.tsv").exits(2).complains("nowhere.tsv");
    sandbox.write("applied.tsv", "nonsense\n");
    sandbox.run("plan --applied applied.tsv").exits(2).complains("line 1");
    sandbox.write("sizes.tsv", "a\tb\n");
    sandbox.run("plan --from v1 --stats sizes.tsv").exits(2).complains("table_rows");
}
