//! How projects are put together from files in memory.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use bklog_lint::project::{Options, Workspace, assemble};
use bklog_lint::source::Snapshot;

const MANAGE: (&str, &str) = ("manage.py", "from django.core.management import execute_from_command_line\n");

fn workspace(files: &[(&str, &str)]) -> Workspace {
    let snapshot = Snapshot::from_memory(files.iter().map(|(path, text)| (*path, text.as_bytes().to_vec())));
    assemble(snapshot, &Options { name: "site".into(), ..Options::default() })
}

fn migrations(workspace: &Workspace) -> Vec<String> {
    let all = workspace.projects.iter().flat_map(|project| {
        project.migrations.iter().map(move |it| format!("{}: {}.{}", project.name, it.app, it.name))
    });
    all.collect()
}

const PLAIN: &str =
    "from django.db import migrations\nclass Migration(migrations.Migration):\n    operations = []\n";

#[test]
fn a_base_class_of_the_project_is_followed_to_django() {
    let own = "from core.migration import Base\nclass Migration(Base):\n    operations = []\n";
    let relative = "from ..base import Base as B\nclass Migration(B):\n    operations = []\n";
    let base = "from django.db import migrations\nclass Base(migrations.Migration):\n    atomic = False\n";
    let other = "class Base:\n    pass\n";
    let files = |core: &'static str| {
        workspace(&[
            MANAGE,
            ("core/__init__.py", ""),
            ("core/migration.py", core),
            ("shop/base.py", base),
            ("shop/migrations/__init__.py", ""),
            ("shop/migrations/0001_initial.py", own),
            ("shop/migrations/0002_more.py", relative),
        ])
    };
    assert_eq!(migrations(&files(base)), ["site: shop.0001_initial", "site: shop.0002_more"]);
    let reexported = files("from shop.base import *\n");
    assert_eq!(migrations(&reexported), ["site: shop.0001_initial", "site: shop.0002_more"]);
    assert_eq!(migrations(&files(other)), ["site: shop.0002_more"]);
    let loop_of_bases = files("from core.migration import Base as Base0\nclass Base(Base0):\n    pass\n");
    assert_eq!(migrations(&loop_of_bases), ["site: shop.0002_more"], "and it ends");
}

#[test]
fn apps_of_one_label_are_of_different_projects() {
    let found = workspace(&[
        MANAGE,
        ("shop/migrations/__init__.py", ""),
        ("shop/migrations/0001_initial.py", PLAIN),
        ("tests/one/shop/migrations/__init__.py", ""),
        ("tests/one/shop/migrations/0001_initial.py", PLAIN),
        ("tests/two/shop/migrations/__init__.py", ""),
        ("tests/two/shop/migrations/0001_initial.py", PLAIN),
    ]);
    assert_eq!(
        migrations(&found),
        ["site: shop.0001_initial", "tests/one: shop.0001_initial", "tests/two: shop.0001_initial"]
    );
}

#[test]
fn what_belongs_to_no_project_is_one_of_its_own() {
    let found = workspace(&[
        ("site/manage.py", MANAGE.1),
        ("site/shop/migrations/0001_initial.py", PLAIN),
        ("lib/tags/migrations/0001_initial.py", PLAIN),
        ("tools/manage.py", "print('not that of a site')\n"),
    ]);
    let projects: Vec<&str> = found.projects.iter().map(|project| project.name.as_ref()).collect();
    assert_eq!(projects, [".", "site"], "the folder that is scanned is called so too");
    assert_eq!(migrations(&found), [".: tags.0001_initial", "site: shop.0001_initial"]);
}

#[test]
fn migrations_that_settings_move_or_switch_off() {
    let found = workspace(&[
        MANAGE,
        (
            "config/settings.py",
            "MIGRATION_MODULES = {'shop': 'history.shop', 'old': None, 'lost': 'gone.lost'}\n",
        ),
        ("shop/migrations/__init__.py", ""),
        ("shop/migrations/0001_initial.py", PLAIN),
        ("history/shop/__init__.py", ""),
        ("history/shop/0001_moved.py", PLAIN),
        ("old/migrations/0001_initial.py", PLAIN),
        ("lost/migrations/0001_initial.py", PLAIN),
    ]);
    assert_eq!(migrations(&found), ["site: shop.0001_moved"]);
    let notices: Vec<&str> = found.notices.iter().map(|notice| notice.en.as_str()).collect();
    assert!(notices.iter().any(|notice| notice.contains("old/migrations")), "{notices:?}");
    assert!(notices.iter().any(|notice| notice.contains("`gone/lost`")), "{notices:?}");
}
