use std::collections::BTreeSet;

use super::cost::{Size, Sizes};
use super::names::Names;
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
        django: Some(DjangoVersion::new(4, 2)),
        sizes: if sizes.is_empty() { Sizes::default() } else { Sizes::parse(sizes).unwrap() },
        ..Basis::new("mysql-8.0.36".parse().unwrap())
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

/// The schema of a database with the table `shop_box` of these columns.
fn live(columns: &[&str]) -> Live {
    let of = |names: &[&str]| -> Names { names.iter().map(|name| ("shop_box", *name)).collect() };
    let tables: &[&str] = if columns.is_empty() { &[] } else { &["shop_box", "of_another_product"] };
    Live::new(tables.iter().copied(), Some(&of(columns)), Some(&of(&["PRIMARY"])))
}

/// A project whose settings name no router, so that every table must be in its database.
fn settled(migrations: &[(&str, &str)]) -> Workspace {
    let manage = "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'settings')\nfrom django.core.management import execute_from_command_line\n";
    workspace(migrations, &[("settings.py", "DEBUG = False\n"), ("manage.py", manage)])
}

fn halves(to: &Workspace, names: &[&str], live: Live) -> Vec<Half> {
    let basis = Basis { live: Some(live), ..basis("") };
    let plan = Plan::new(("db", &words("tree")), &Start::Applied(&applied(names)), to, &basis);
    assert!(plan.blockers().len() >= plan.projects[0].halves.len());
    plan.projects.into_iter().next().unwrap().halves
}

fn en(texts: &[Bilingual]) -> Vec<&str> {
    texts.iter().map(|text| text.en.as_str()).collect()
}

#[test]
fn what_has_run_in_part_is_named() {
    let add = "    dependencies = [('shop', '0002_wider')]\n    operations = [migrations.AddField('box', 'color', models.IntegerField(null=True)), migrations.RemoveField('box', 'size')]";
    let to = settled(&[("0001_initial", CREATE), ("0002_wider", WIDEN), ("0003_swap", add)]);
    let done = ["0001_initial", "0002_wider"];
    assert_eq!(halves(&to, &done, live(&["id", "size"])), [], "as it should be");
    let found = halves(&to, &done, live(&["id", "size", "color"]));
    let [half] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((half.migration.1.as_ref(), half.is_recorded), ("0003_swap", false));
    assert_eq!(en(&half.done), ["the column `shop_box`.`color`"]);
    assert_eq!(en(&half.open), ["the column `shop_box`.`size` taken out"]);
    assert!(half.text().en.contains("has run in part"), "{}", half.text().en);
    let found = halves(&to, &done, live(&["id", "color"]));
    assert!(
        found[0].open.is_empty() && found[0].text().en.contains("migrate --fake shop 0003_swap"),
        "{found:?}"
    );
    // Everything is recorded, and one column is not there.
    let all = ["0001_initial", "0002_wider", "0003_swap"];
    let found = halves(&to, &all, live(&["id"]));
    let [half] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((half.migration.1.as_ref(), half.is_recorded), ("0003_swap", true));
    assert_eq!(en(&half.open), ["the column `shop_box`.`color`"]);
    // The table of the first one is gone: its columns go without saying.
    let found = halves(&to, &all, live(&[]));
    assert_eq!(en(&found[0].open), ["the table `shop_box`"]);
    assert_eq!(found.len(), 1);
}

#[test]
fn what_cannot_be_seen_is_not_taken_for_done() {
    let code = "    dependencies = [('shop', '0001_initial')]\n    operations = [migrations.AddField('box', 'color', models.IntegerField(null=True)), migrations.RunPython(lambda apps, editor: None)]";
    let to = settled(&[("0001_initial", CREATE), ("0002_code", code)]);
    let found = halves(&to, &["0001_initial"], live(&["id", "size", "color"]));
    assert!(found[0].has_hidden && found[0].text().en.contains("cannot be seen"), "{found:?}");
    // Without the columns nothing is known of them.
    let tables = Live::new(["shop_box"].into_iter(), None, None);
    assert_eq!(halves(&to, &["0001_initial"], tables), []);
    // Where tables may be in another database, one that is not there says nothing.
    let to = workspace(
        &[("0001_initial", CREATE)],
        &[
            ("settings.py", "DATABASE_ROUTERS = ['a.B']\n"),
            (
                "manage.py",
                "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'settings')\nfrom django.core.management import execute_from_command_line\n",
            ),
        ],
    );
    assert_eq!(halves(&to, &["0001_initial"], live(&[])), []);
}

#[test]
fn a_renamed_table_keeps_its_parts() {
    let rename = "    dependencies = [('shop', '0001_initial')]\n    operations = [migrations.RenameModel('Box', 'Crate')]";
    let to = settled(&[("0001_initial", CREATE), ("0002_crate", rename)]);
    let of: Names = [("shop_crate", "id"), ("shop_crate", "size")].into_iter().collect();
    let renamed = || Live::new(["shop_crate"].into_iter(), Some(&of), None);
    assert_eq!(halves(&to, &["0001_initial", "0002_crate"], renamed()), []);
    let found = halves(&to, &["0001_initial"], renamed());
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].migration.1.as_ref(), found[0].open.len()), ("0002_crate", 0));
}

#[test]
fn the_upgrade_phase_is_the_plans_own_where_the_roll_out_is_known() {
    let to = workspace(&[("0001_initial", CREATE), ("0002_wider", WIDEN)], &[]);
    let sizes = "table_name\ttable_rows\tdata_length\tindex_length\nshop_box\t1\t900000000000\t0\n";
    let upgrade = |basis: &Basis| {
        let plan =
            Plan::new(("db", &words("tree")), &Start::Applied(&applied(&["0001_initial"])), &to, basis);
        let phase = plan.window.phases.iter().find(|phase| phase.key == "upgrade").unwrap().clone();
        (plan.window.is_estimated, phase.low, phase.high)
    };
    let small = sizes.replace("900000000000", "9");
    assert_eq!(upgrade(&basis("")), (false, 60, 90), "no size: the usual length");
    assert_eq!(upgrade(&basis(&small)), (true, 60, 90), "nobody knows how long the roll-out takes");
    let (_, low, high) = upgrade(&basis(sizes));
    assert!(low > 90 && high > low, "the statements alone take longer: {low} {high}");
    let mut known = basis(&small);
    known.gate.window.rollout = vec![5, 10];
    assert_eq!(upgrade(&known), (true, 5, 11));
    known.sizes = Sizes::default();
    assert_eq!(upgrade(&known), (false, 60, 90));
}

#[test]
fn switches_backups_and_what_to_watch_come_from_the_project() {
    let settings = "import os\nFEATURE_TOGGLE = {'trace': 'on', 'desensitize': os.environ.get('DESENSITIZE', 'off'), 'limits': {'a': 1}}\nCHECK_SWITCH = os.getenv('CHECK_SWITCH', 'off') == 'on'\nENABLE_DHCP = False\nCELERY_ENABLE_UTC = True\nFEATURE_TEXT = 'a long text'\n";
    let manage = "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'settings')\nfrom django.core.management import execute_from_command_line\n";
    let to = workspace(
        &[("0001_initial", CREATE), ("0002_wider", WIDEN), ("0003_gone", DROP), ("0004_code", CODE)],
        &[
            ("settings.py", settings),
            ("manage.py", manage),
            ("requirements.txt", "Django==4.2.9\ncelery==5.4.0\n"),
        ],
    );
    let mut basis = basis("");
    basis.gate = toml::from_str(
        "[mysql.default]\ndatabase = \"shop\"\nreplica = false\n[mysql.copy]\nreplica = true\n[backup.main]\npath = \"backup/shop-*.sql.gz\"\nmysql = \"default\"\n[component.cmdb]\nhealth = \"https://cmdb.example.com/healthz\"\n",
    )
    .unwrap();
    basis.proofs.insert("main".to_owned(), "backup/shop-1.sql.gz (7 bytes)".to_owned());
    let applied = applied(&["0001_initial"]);
    let plan = Plan::new(("db", &words("tree")), &Start::Applied(&applied), &to, &basis);
    let emergency = &plan.emergency;
    let switches: Vec<String> = emergency
        .switches
        .iter()
        .map(|it| format!("{} {:?} {:?} {}", it.name, it.value, it.variable, it.line))
        .collect();
    assert_eq!(
        switches,
        [
            "CHECK_SWITCH None Some(\"CHECK_SWITCH\") 3",
            "ENABLE_DHCP Some(\"False\") None 4",
            "FEATURE_TOGGLE[\"desensitize\"] Some(\"off\") Some(\"DESENSITIZE\") 2",
            "FEATURE_TOGGLE[\"trace\"] Some(\"on\") None 2",
        ]
    );
    assert_eq!(emergency.recovery[0].how, ["gunzip --stdout backup/shop-*.sql.gz | mysql --database=shop"]);
    assert!(emergency.recovery[0].seen.as_ref().unwrap().contains("shop-1"));
    assert_eq!(emergency.no_return, Some(("shop".into(), "0004_code".into())));
    assert_eq!(emergency.commands, ["python manage.py migrate shop 0001_initial"]);
    let watched: Vec<&str> = emergency.watch.iter().map(|it| it.key).collect();
    assert_eq!(watched, ["locks", "space", "replication", "queues", "health"]);
    assert_eq!(emergency.code, None, "a database does not tell which release runs");
}

#[test]
fn components_come_in_their_order_with_what_is_needed_of_them() {
    let package = "bkpkg: v1\nname: bklog\nrelations:\n- rationale: rights\n  requires:\n  - bkiam^1.12.0\n  - gse^2.0\n- rationale: gateway\n  requires:\n  - \"bkpaas^2.14.0 OR bk-apigateway^1.12.0\"\n  - bkmonitorv3^3.8.0\n";
    let to = workspace(&[("0001_initial", CREATE)], &[("support-files/bkpkgs/bklog.yaml", package)]);
    let plan = Plan::new(("db", &words("tree")), &Start::Applied(&BTreeSet::new()), &to, &basis(""));
    let names: Vec<&str> = plan.sequence.components.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(
        names,
        ["paas", "iam", "cmdb", "bcs", "bkbase", "monitor", "bklog"],
        "the profile of the package, with what it needs beside that, before it"
    );
    let needs = |name: &str| {
        let one = plan.sequence.components.iter().find(|one| one.name == name).unwrap();
        one.needs.iter().map(|(text, _, line)| format!("{text} {line}")).collect::<Vec<_>>()
    };
    assert_eq!(needs("iam"), ["bkiam^1.12.0 6"]);
    assert_eq!(needs("paas"), ["bkpaas^2.14.0 OR bk-apigateway^1.12.0 10"]);
    let unplaced: Vec<&str> = plan.sequence.unplaced.iter().map(|(text, ..)| text.as_str()).collect();
    assert_eq!(unplaced, ["gse^2.0"]);
    let plain = workspace(&[("0001_initial", CREATE)], &[]);
    let plan = Plan::new(("db", &words("tree")), &Start::Applied(&BTreeSet::new()), &plain, &basis(""));
    assert!(plan.sequence.is_empty(), "no package, no profile, no order");
    let mut other = basis("");
    other.gate.components.after = BTreeMap::from([
        ("paas".to_owned(), vec!["iam".to_owned()]),
        ("iam".to_owned(), vec!["paas".to_owned()]),
    ]);
    let plan = Plan::new(("db", &words("tree")), &Start::Applied(&BTreeSet::new()), &plain, &other);
    assert_eq!(plan.sequence.circle, ["iam", "paas"]);
}

#[test]
fn what_is_not_known_is_not_called_free_of_obstacles() {
    let to = workspace(&history(), &[]);
    let nothing = Basis { django: None, ..basis("") };
    let plan = Plan::new(("db", &words("tree")), &Start::Applied(&BTreeSet::new()), &to, &nothing);
    let text = crate::report::plan::plan_text(&plan, crate::findings::Lang::En);
    assert!(!text.contains("Nothing in the migrations stands in the way"), "{text}");
    assert!(text.contains("no single release of Django is known"), "{text}");
}
