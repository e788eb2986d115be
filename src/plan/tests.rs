use std::collections::BTreeSet;

use super::cost::{Size, Sizes};
use super::*;
use crate::project::{Options, Parts, assemble};
use crate::source::walk;

/// A project with the app `shop`, its migrations by name and body, and other files.
fn workspace(migrations: &[(&str, &str)], files: &[(&str, &str)]) -> Workspace {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("manage.py", "from django.core.management import execute_from_command_line\n");
    write("shop/__init__.py", "");
    write("shop/migrations/__init__.py", "");
    for (name, body) in migrations {
        let head = "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n";
        write(&format!("shop/migrations/{name}.py"), &format!("{head}{body}\n"));
    }
    for (path, text) in files {
        write(path, text);
    }
    let options = Options { parts: Parts::ALL, ..Options::default() };
    let snapshot = walk::snapshot(folder.path(), &Default::default());
    let workspace = assemble(snapshot, &options);
    // The states read field classes from the files later on.
    std::mem::forget(folder);
    workspace
}

fn basis(sizes: &str) -> Basis {
    Basis {
        server: "mysql-8.0.36".parse().unwrap(),
        server_is_named: true,
        django: Some(DjangoVersion::new(4, 2)),
        sizes: if sizes.is_empty() { Sizes::default() } else { Sizes::parse(sizes).unwrap() },
        phases: Default::default(),
    }
}

const CREATE: &str = "    operations = [migrations.CreateModel('Box', [('id', models.AutoField(primary_key=True)), ('size', models.IntegerField())])]";
const WIDEN: &str = "    dependencies = [('shop', '0001_initial')]\n    operations = [migrations.AlterField('box', 'size', models.BigIntegerField())]";
const DROP: &str =
    "    dependencies = [('shop', '0002_wider')]\n    operations = [migrations.RemoveField('box', 'size')]";
const CODE: &str = "    dependencies = [('shop', '0003_gone')]\n    operations = [migrations.RunPython(lambda apps, editor: None)]";

fn history() -> Vec<(&'static str, &'static str)> {
    vec![("0001_initial", CREATE), ("0002_wider", WIDEN), ("0003_gone", DROP), ("0004_code", CODE)]
}

fn words(text: &str) -> Bilingual {
    Bilingual::new(text, text)
}

fn applied(names: &[&str]) -> BTreeSet<Key> {
    names.iter().map(|name| ("shop".into(), (*name).into())).collect()
}

fn names(plan: &Plan) -> Vec<String> {
    plan.projects[0].pending.iter().map(|pending| pending.name.to_string()).collect()
}

#[test]
fn what_is_not_applied_is_pending_with_its_cost() {
    let to = workspace(&history(), &[]);
    let sizes =
        "table_name\ttable_rows\tdata_length\tindex_length\nshop_box\t1000000\t900000000\t100000000\n";
    let plan =
        Plan::new(("db", &words("tree")), &Start::Applied(&applied(&["0001_initial"])), &to, &basis(sizes));
    assert_eq!(names(&plan), ["0002_wider", "0003_gone", "0004_code"]);
    let [wider, gone, code] = plan.projects[0].pending.as_slice() else { panic!() };
    assert_eq!(wider.blocks_writes, Some(true));
    let estimate = wider.estimate.clone().unwrap();
    assert!(estimate.low >= 5 && estimate.high > estimate.low && estimate.high < 600, "{estimate:?}");
    assert_eq!(wider.blocked.clone().unwrap(), estimate);
    assert_eq!(gone.blocks_writes, Some(false));
    assert!(code.estimate.as_ref().unwrap_err().en.contains("RunPython"));
    assert_eq!(code.reversible, Some(false));
    assert!(plan.blockers().is_empty());
}

#[test]
fn without_sizes_only_work_on_rows_has_no_estimate() {
    let to = workspace(&history(), &[]);
    let plan = Plan::new(("db", &words("tree")), &Start::Applied(&BTreeSet::new()), &to, &basis(""));
    let estimates: Vec<bool> = plan.projects[0].pending.iter().map(|it| it.estimate.is_ok()).collect();
    // The table is new here, so nothing is copied.
    assert_eq!(estimates, [true, true, true, false]);
    let plan =
        Plan::new(("db", &words("tree")), &Start::Applied(&applied(&["0001_initial"])), &to, &basis(""));
    let why = plan.projects[0].pending[0].estimate.as_ref().unwrap_err();
    assert!(why.en.contains("the size of `shop_box` is not known"), "{}", why.en);
    assert!(!plan.window.is_estimated);
}

#[test]
fn the_way_back_ends_where_django_cannot_go_back() {
    let to = workspace(&history(), &[]);
    let plan =
        Plan::new(("db", &words("tree")), &Start::Applied(&applied(&["0001_initial"])), &to, &basis(""));
    let rollback = &plan.rollback;
    assert_eq!(rollback.last_reversible, Some(("shop".into(), "0003_gone".into())));
    assert_eq!(rollback.irreversible.len(), 1);
    assert_eq!(rollback.targets, [("shop".into(), Some("0001_initial".into()))]);
    let forwards: Vec<&str> =
        rollback.destroys.iter().filter(|it| it.forwards).map(|it| it.what.en.as_str()).collect();
    assert_eq!(forwards, ["the column `shop_box`.`size`"]);
}

#[test]
fn revisions_tell_what_is_gone_edited_and_changed() {
    let settings = "DEBUG = False\nSECRET_KEY = 'planted-one'\nSIZE = 1\n";
    let manage = "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'settings')\nfrom django.core.management import execute_from_command_line\n";
    let from = workspace(
        &[("0001_initial", CREATE), ("0002_wider", WIDEN), ("0003_other", DROP)],
        &[("requirements.txt", "Django==4.2.1\nold==1\n"), ("settings.py", settings), ("manage.py", manage)],
    );
    let edited = WIDEN.replace("BigIntegerField", "SmallIntegerField");
    let to = workspace(
        &[("0001_initial", CREATE), ("0002_wider", &edited), ("0003_gone", DROP)],
        &[
            ("requirements.txt", "Django==4.2.9\n"),
            ("settings.py", "DEBUG = False\nSECRET_KEY = 'planted-two'\nSIZE = 2\nNEW = True\n"),
            ("manage.py", manage),
        ],
    );
    let plan = Plan::new(("a", &words("b")), &Start::Revision(&from), &to, &basis(""));
    let project = &plan.projects[0];
    assert_eq!(project.history.gone, [("shop".into(), "0003_other".into())]);
    assert_eq!(project.history.edited, [("shop".into(), "0002_wider".into())]);
    assert_eq!(names(&plan), ["0003_gone"]);
    assert_eq!(plan.blockers().len(), 2);
    let shown = |list: &[difference::Difference]| -> Vec<String> {
        list.iter().map(|it| format!("{} {:?} {:?} {}", it.name, it.from, it.to, it.line)).collect()
    };
    assert_eq!(
        shown(&project.differences.pins),
        ["django Some(\"Django==4.2.1\") Some(\"Django==4.2.9\") 1", "old Some(\"old==1\") None 2"]
    );
    assert_eq!(
        shown(&project.differences.settings),
        [
            "NEW None Some(\"true\") 4",
            "SECRET_KEY Some(\"\\\"***\\\"\") Some(\"\\\"***\\\"\") 2",
            "SIZE Some(\"1\") Some(\"2\") 3"
        ]
    );
    let everything = format!(
        "{}{}",
        crate::report::plan::plan_json(&plan),
        crate::report::plan::plan_text(&plan, crate::findings::Lang::En)
    );
    assert!(!everything.contains("planted"), "{everything}");
}

#[test]
fn a_dependency_that_is_not_applied_is_told() {
    let to = workspace(&history(), &[]);
    let plan = Plan::new(
        ("db", &words("tree")),
        &Start::Applied(&applied(&["0001_initial", "0003_gone"])),
        &to,
        &basis(""),
    );
    let expected = [(("shop".into(), "0003_gone".into()), ("shop".into(), "0002_wider".into()))];
    assert_eq!(plan.projects[0].history.inconsistent, expected);
    assert!(plan.blockers()[0].en.contains("InconsistentMigrationHistory"));
}

#[test]
fn sizes_are_read_as_servers_print_them() {
    let sizes =
        Sizes::parse("TABLE_NAME,TABLE_ROWS,DATA_LENGTH\nShop_Box,3,16384\nview,NULL,NULL\n").unwrap();
    assert_eq!(sizes.of("shop_box"), Some(Size { rows: 3, bytes: 16384 }));
    assert_eq!(sizes.of("view"), Some(Size { rows: 0, bytes: 0 }));
    assert_eq!(sizes.of("other"), None);
    assert!(Sizes::parse("a,b\n1,2\n").unwrap_err().en.contains("table_rows"));
    let error = Sizes::parse("table_name,table_rows,data_length\nx,many,1\n").unwrap_err();
    assert!(error.en.contains("line 2"), "{}", error.en);
}

#[test]
fn text_of_the_repository_is_no_markup() {
    let to = workspace(&[("0001_<b>x", CREATE)], &[]);
    let plan = Plan::new(("a|b", &words("<img>")), &Start::Applied(&BTreeSet::new()), &to, &basis(""));
    let markdown = crate::report::plan::plan_markdown(&plan, crate::findings::Lang::En);
    assert!(!markdown.contains("<img>") && markdown.contains("\\<img\\>"), "{markdown}");
}
