use std::collections::BTreeSet;

use super::*;
use crate::django::Graph;
use crate::project::App;
use crate::source::{SourceText, Span};
use crate::syntax::{Module, Reason};

fn dependency(text: &str) -> Dependency {
    let target = match text.split_once('.') {
        Some((app, name)) => Target::Migration { app: app.into(), name: name.into() },
        None if text == "?" => Target::Unknown(Reason::Computed("f()".into())),
        None => Target::SwappableSetting(text.into()),
    };
    Dependency { span: Span::default(), target }
}

fn list(text: &str) -> Vec<Dependency> {
    text.split_whitespace().map(dependency).collect()
}

fn migration(key: &str, dependencies: &str, replaces: &str) -> Migration {
    let (app, name) = key.split_once('.').unwrap();
    let path = format!("site/{app}/migrations/{name}.py");
    let file = MigrationFile {
        text: Arc::new(SourceText::decode(path.into(), b"").unwrap()),
        outcome: Outcome::Django,
        class_name: Span::default(),
        dependencies: list(dependencies),
        run_before: vec![],
        replaces: list(replaces),
        initial: name.starts_with("0001").then_some(true),
        atomic: true,
        operations: vec![],
        unknown: vec![],
        module: Module::default(),
        run_python: Default::default(),
    };
    Migration { app: app.into(), name: name.into(), file: Arc::new(file) }
}

fn project() -> Project {
    let mut migrations = vec![
        migration("orders.0001_initial", "shop.__first__ AUTH_USER_MODEL ?", ""),
        migration("orders.0002_tag", "orders.0001_initial orders.0009_gone", ""),
        migration("shop.0001_initial", "auth.__first__", ""),
        migration("shop.0002_a", "shop.0001_initial", ""),
        migration("shop.0002_a_squashed", "shop.0001_initial", "shop.0002_a"),
        migration("shop.0003_b", "shop.0002_a", ""),
        migration("shop.0003_c", "shop.0002_a", ""),
    ];
    let other = migration("shop.0004_iam", "", "");
    let mut file = Arc::into_inner(other.file).unwrap();
    file.outcome = Outcome::NotDjango(crate::findings::Bilingual::new(
        "it derives from `iam.Migration`",
        "继承自 `iam.Migration`",
    ));
    let other_files = vec![OtherFile {
        app: "shop".into(),
        name: "0004_iam".into(),
        file: Arc::new(file),
        ignored_name: false,
    }];
    migrations.sort_by(|a, b| (&a.app, &a.name).cmp(&(&b.app, &b.name)));
    let labels: BTreeSet<Arc<str>> = ["orders".into(), "shop".into()].into();
    let graph = Graph::build(&migrations, &labels, &BTreeMap::new());
    let apps = labels
        .into_iter()
        .map(|label| {
            let path: Arc<str> = format!("site/{label}").into();
            let migrations_path = format!("{path}/migrations").into();
            (label.clone(), App { label, path, migrations_path, has_init: true })
        })
        .collect();
    Project {
        root: "site".into(),
        name: "site".into(),
        apps,
        migrations,
        other_files,
        graph,
        ..Project::default()
    }
}

#[test]
fn json_holds_what_the_contract_says() {
    insta::assert_json_snapshot!(graph_json(&[project()], &Only::default()));
}

#[test]
fn text_shows_a_plan_per_app() {
    insta::assert_snapshot!(graph_text(&[project()], &Only::default(), Lang::En));
}

#[test]
fn text_speaks_chinese() {
    insta::assert_snapshot!(graph_text(&[project()], &Only::parse("orders"), Lang::Zh));
}

#[test]
fn only_takes_an_app_or_a_migration_by_the_beginning_of_its_name() {
    let json = graph_json(&[project()], &Only::parse("orders.0002"));
    let project_json = &json["projects"][0];
    assert_eq!(project_json["apps"].as_object().unwrap().len(), 1);
    assert_eq!(project_json["edges"], json!([["orders.0002_tag", "orders.0001_initial"]]));
    assert_eq!(project_json["not_django"], json!([]));
}

#[test]
fn a_filter_that_takes_nothing_names_the_nearest() {
    let projects = [project()];
    let problem = |text: &str| Only::parse(text).problem(&projects).map(|problem| problem.en);
    assert_eq!(problem("shop"), None);
    assert_eq!(problem("shop.0003"), None);
    assert_eq!(
        problem("shpo").unwrap(),
        "no app with the label `shpo` has migrations; the nearest is `shop`"
    );
    assert_eq!(
        problem("shop.0003_d").unwrap(),
        "app `shop` has no migration that starts with `0003_d`; the nearest is `0003_b`"
    );
}
