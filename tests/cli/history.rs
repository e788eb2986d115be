//! Scopes: what is new against a git revision.

use crate::sandbox::Sandbox;

const OLD: &str = "    operations = [migrations.CreateModel(\"Box\", [(\"create_time\", models.DateTimeField(null=True))])]";
const NEW: &str = "    dependencies = [(\"shop\", \"0001_initial\")]\n    \
    operations = [migrations.AddField(\"box\", \"update_time\", models.DateTimeField(null=True))]";

/// `main` holds a bad name; the branch that is checked out adds another.
fn repository() -> Sandbox {
    let sandbox = Sandbox::project(&[("0001_initial", OLD)]);
    sandbox.write(
        "field_library.csv",
        "name,why,wrong\ncreated_at,made,create_time\nupdated_at,changed,update_time\n",
    );
    sandbox.git("init -q -b main");
    sandbox.git("add -A");
    sandbox.git("commit -qm first");
    sandbox.git("checkout -qb topic");
    sandbox.migration("0002_box_update_time", NEW);
    sandbox.git("add -A");
    sandbox.git("commit -qm second");
    sandbox
}

fn fields(sandbox: &Sandbox, line: &str) -> Vec<String> {
    let ran = sandbox.run(&format!("--select naming --format json {line}"));
    let json = ran.json();
    json["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["field"].as_str().unwrap_or("").to_owned())
        .collect()
}

#[test]
fn applied_history_is_left_out_unless_asked_for() {
    let sandbox = repository();
    assert_eq!(fields(&sandbox, "--diff-base main"), ["update_time"]);
    assert_eq!(fields(&sandbox, "--scope changed --diff-base main"), ["update_time"]);
    assert_eq!(fields(&sandbox, "."), ["update_time"]);
    assert_eq!(fields(&sandbox, "--all"), ["create_time", "update_time"]);
    assert_eq!(fields(&sandbox, "--scope all"), ["create_time", "update_time"]);
    // From a folder below, too.
    let ran = sandbox.run_in("shop", "--format json --diff-base main .").exits(1);
    assert_eq!(ran.rules(), ["NAM001"]);
    // What was left out is counted.
    sandbox.run("--diff-base main").exits(1).prints("NAM001 field-name");
}

#[test]
fn on_the_default_branch_history_is_history() {
    let sandbox = repository();
    sandbox.git("checkout -q main");
    let ran = sandbox.run("--format json").exits(0);
    assert_eq!(ran.rules(), Vec::<String>::new());
    sandbox.run("--all").exits(1);
}

#[test]
fn a_revision_that_is_not_there_is_no_green_run() {
    let sandbox = repository();
    let ran = sandbox.run("--diff-base no-such-branch").exits(3).complains("no-such-branch");
    assert_eq!(ran.stdout, "", "{ran}");
    sandbox.run("--diff-base no-such-branch --lang zh").exits(3).complains("错误：");
    let outside = Sandbox::project(&[("0001_initial", OLD)]);
    outside.run("--diff-base main").exits(3);
}

#[test]
fn what_sql_rules_find_in_applied_migrations_is_counted() {
    let sql = "    operations = [migrations.RunSQL(\"SET sql_mode = 'ORACLE'\", migrations.RunSQL.noop)]";
    let sandbox = Sandbox::project(&[("0001_initial", sql)]);
    sandbox.git("init -q -b main");
    sandbox.git("add .");
    sandbox.git("commit -qm one");
    let line = "--select SQL --format json";
    assert_eq!(sandbox.run(line).codes(), Vec::<String>::new());
    assert_eq!(sandbox.run(&format!("--all {line}")).codes(), ["SQL006"]);
    let next = format!("    dependencies = [(\"shop\", \"0001_initial\")]\n{sql}");
    sandbox.migration("0002_next", &next);
    let ran = sandbox.run(line);
    assert_eq!(ran.codes(), ["SQL006"]);
    assert_eq!(ran.json()["findings"][0]["migration"], "0002_next");
}

#[test]
fn what_applied_migrations_do_is_history_until_they_are_rewritten() {
    let add = |field: &str| {
        format!(
            "    dependencies = [(\"shop\", \"0001_initial\")]\n    \
             operations = [migrations.AddField(\"box\", \"size\", models.{field})]"
        )
    };
    let sandbox = Sandbox::project(&[("0001_initial", OLD), ("0002_box_size", &add("IntegerField()"))]);
    sandbox.write("requirements.txt", "Django==2.2.28\n");
    sandbox.git("init -q -b main");
    sandbox.git("add -A");
    sandbox.git("commit -qm first");
    sandbox.git("checkout -qb topic");
    let found = |line: &str| sandbox.run(&format!("--select rolling-deploy --format json {line}")).codes();
    assert!(!found("--all").is_empty());
    // Another release runs other statements in new migrations; these have run.
    sandbox.write("requirements.txt", "Django==4.2.16\n");
    assert_eq!(found("--diff-base main"), Vec::<String>::new());
    // As a text it is another migration, and what it does is what it did.
    sandbox.migration("0002_box_size", &add("IntegerField(verbose_name=\"size\")"));
    assert_eq!(found("--diff-base main"), Vec::<String>::new());
    sandbox.migration("0002_box_size", &add("CharField(max_length=20)"));
    let old = "    dependencies = [(\"shop\", \"0002_box_size\")]\n    \
               operations = [migrations.RemoveField(\"box\", \"size\")]";
    sandbox.migration("0003_no_size", old);
    assert_eq!(found("--diff-base main"), ["ROL002"]);
}
