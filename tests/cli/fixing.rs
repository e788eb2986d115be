//! `--fix`: what is made, what is left and why, and that a second run finds nothing to do.

use crate::sandbox::{Ran, Sandbox};

const FIRST: &str = "    initial = True\n    operations = [migrations.CreateModel(\"Box\", [\
    (\"id\", models.AutoField(primary_key=True)), (\"desc\", models.TextField())])]";

const SECOND: &str = "    dependencies = [(\"shop\", \"0001_initial\")]\n    operations = [\n        \
    migrations.AddField(\"box\", \"sku\", models.CharField(max_length=9, help_text=\"the sku\")),\n        \
    migrations.AlterField(\"box\", \"sku\", models.CharField(max_length=19)),\n        \
    migrations.AlterUniqueTogether(\"box\", {(\"sku\", \"desc\")}),\n        \
    migrations.AddIndex(\"box\", models.Index(fields=[\"-sku\"], name=\"box_sku_idx\")),\n        \
    # sku is what the shelf says\n        \
    migrations.CreateModel(\"Tag\", [(\"id\", models.AutoField(primary_key=True)), (\"label\", models.TextField())]),\n    ]";

const MODELS: &str = "\
from django.db import models


class Box(models.Model):
    \"\"\"A box with its sku.\"\"\"

    desc = models.TextField()
    sku = models.CharField(\"number\", max_length=19, help_text=\"the sku\")

    class Meta:
        unique_together = [(\"sku\", \"desc\")]
        ordering = [\"-sku\"]
        indexes = [models.Index(fields=[\"-sku\"], name=\"box_sku_idx\")]

    def __str__(self):
        return f\"{self.sku} {self.desc}\"
";

/// `main` holds the first migration; the branch adds one with a wrong name.
fn repository() -> Sandbox {
    let sandbox = Sandbox::project(&[("0001_initial", FIRST)]);
    sandbox.write("field_library.csv", "name,why,wrong\ngoods_no,number,sku\n");
    sandbox.git("init -q -b main");
    sandbox.git("add -A");
    sandbox.git("commit -qm first");
    sandbox.git("checkout -qb topic");
    sandbox.migration("0002_box_sku", SECOND);
    sandbox.write("shop/models.py", MODELS);
    sandbox
}

fn fix(sandbox: &Sandbox, more: &str) -> Ran {
    sandbox.run(&format!("--fix --select NAM001 {more}"))
}

#[test]
fn a_field_of_this_change_is_renamed_in_migration_and_model() {
    let sandbox = repository();
    let ran = fix(&sandbox, "").exits(0).complains("fixed: 2 of 2 findings");
    insta::assert_snapshot!("renamed_said", ran.stderr);
    insta::assert_snapshot!("renamed_migration", sandbox.read("shop/migrations/0002_box_sku.py"));
    insta::assert_snapshot!("renamed_model", sandbox.read("shop/models.py"));
    // A second run has nothing to do and changes nothing.
    let before = sandbox.read("shop/models.py");
    fix(&sandbox, "").exits(0).complains("fixed: 0 of 0 findings");
    assert_eq!(sandbox.read("shop/models.py"), before);
}

#[test]
fn a_dry_run_prints_a_patch_that_git_takes_and_writes_nothing() {
    let sandbox = repository();
    let ran = fix(&sandbox, "--dry-run").exits(1).complains("can be fixed: 2 of 2 findings");
    assert_eq!(sandbox.read("shop/models.py"), MODELS);
    sandbox.write("fix.patch", &ran.stdout);
    sandbox.git("apply fix.patch");
    std::fs::remove_file(sandbox.path("fix.patch")).unwrap();
    sandbox.run("--select NAM001").exits(0);
    let ran = sandbox.run_in("shop", "--fix --dry-run --select NAM001").exits(0);
    assert_eq!(ran.stdout, "");
    sandbox.run("--dry-run").exits(2).complains("--fix");
}

#[test]
fn what_would_not_be_safe_is_left_with_the_reason() {
    let said = |change: &dyn Fn(&Sandbox), line: &str| {
        let sandbox = repository();
        change(&sandbox);
        let before = sandbox.read("shop/migrations/0002_box_sku.py");
        let ran = fix(&sandbox, line).exits(1);
        assert_eq!(sandbox.read("shop/migrations/0002_box_sku.py"), before, "{ran}");
        let reason = ran.stderr.lines().find(|line| line.starts_with("  - ")).unwrap_or_default().to_owned();
        reason.split_once("NAM001: ").map_or(reason.clone(), |(_, reason)| reason.to_owned())
    };
    let model = |from: &'static str, to: &'static str| {
        move |sandbox: &Sandbox| sandbox.write("shop/models.py", MODELS.replace(from, to))
    };
    let cases: Vec<(&str, String)> = vec![
        (
            "used in a view",
            said(&|it| it.write("shop/views.py", "def view(box):\n    return box.sku_id\n"), ""),
        ),
        ("used in a template", said(&|it| it.write("shop/templates/box.html", "{{ box.sku }}\n"), "")),
        ("no model", said(&|it| std::fs::remove_file(it.path("shop/models.py")).unwrap(), "")),
        ("inherited", said(&model("    sku = models", "    other = models"), "")),
        ("nameless index", said(&model(", name=\"box_sku_idx\"", ""), "")),
        ("other object", said(&model("{self.desc}", "{other.sku}"), "")),
        ("taken", said(&model("    desc = ", "    goods_no = None\n    desc = "), "")),
        (
            "merged",
            said(
                &|it| {
                    it.git("add -A");
                    it.git("commit -qm two");
                    it.git("branch -f main");
                    it.write("shop/extra.py", "x = 1\n");
                },
                "--all --diff-base main~0",
            ),
        ),
        ("no base", said(&|_| (), "--all")),
        (
            "named in SQL",
            said(
                &|it| {
                    let sql = "    dependencies = [(\"shop\", \"0002_box_sku\")]\n    operations = [migrations.RunSQL(\"UPDATE shop_box SET sku = 1\")]";
                    it.migration("0003_fill", sql);
                },
                "",
            ),
        ),
    ];
    let shown: Vec<String> = cases.iter().map(|(name, reason)| format!("{name}: {reason}")).collect();
    insta::assert_snapshot!("left_and_why", shown.join("\n"));
}

#[test]
fn character_sets_requirements_and_ignores_are_mended() {
    let sandbox = Sandbox::project(&[("0001_initial", FIRST)]);
    sandbox.write(
        "support-files/sql/0001_shop_20240105-0000_mysql.sql",
        "\u{feff}-- 中文\r\nCREATE DATABASE a DEFAULT CHARACTER SET utf8 COLLATE utf8_general_ci;\r\n\
         SET NAMES 'utf8';\r\nCREATE TABLE a.t (id int(11), n varchar(2000), KEY k (n)) CHARSET=utf8;\r\n\
         SELECT 1; -- bklog-lint: ignore[SQL002] none here\r\nSELECT 2;\r\n",
    );
    sandbox.write(
        "requirements.txt",
        "--index-url https://me:hunter2@example.org/simple\nDjango==4.2.22\nredis=4.4.4\ncelery>=5，<6\nredis==4.4.4\nDjango==4.2.22\n",
    );
    let line = "--select SQL002,SQL005,PIN001,PIN004,SUP001,NAM001 --target mysql=8.0";
    let patch = sandbox.run(&format!("{line} --fix --dry-run")).exits(1);
    assert!(!patch.stdout.contains("hunter2"), "{patch}");
    insta::assert_snapshot!("mended_patch", patch.stdout);
    let ran = sandbox.run(&format!("{line} --fix --format json")).exits(1);
    insta::assert_snapshot!("mended_said", sandbox.scrub(&ran.stderr));
    // Without a base nothing is known to be new, so the migration is left; a key of the table would be too long.
    assert_eq!(ran.codes(), ["PIN004", "NAM001", "SQL002"]);
    assert!(sandbox.read("requirements.txt").contains("me:hunter2@"));
    assert!(
        sandbox
            .read("support-files/sql/0001_shop_20240105-0000_mysql.sql")
            .starts_with("\u{feff}-- 中文\r\n")
    );
    // What became readable may be a repetition: one more run, and then no more.
    sandbox.run(&format!("{line} --fix"));
    let files = ["requirements.txt", "support-files/sql/0001_shop_20240105-0000_mysql.sql"];
    let before = files.map(|file| sandbox.read(file));
    sandbox.run(&format!("{line} --fix --lang zh")).complains("已修复 0 个问题");
    assert_eq!(files.map(|file| sandbox.read(file)), before);
}

#[test]
fn json_and_sarif_carry_the_edits() {
    let sandbox = repository();
    let ran = sandbox.run("--select NAM001 --format json --output sarif=out.sarif").exits(1);
    let fix = &ran.json()["findings"][0]["fix"];
    insta::assert_json_snapshot!("fix_in_json", fix);
    let sarif = sandbox.json("out.sarif");
    insta::assert_json_snapshot!("fix_in_sarif", sarif["runs"][0]["results"][0]["fixes"]);
}
