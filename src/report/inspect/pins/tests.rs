//! What `inspect pins` shows of one project that holds every shape.

use std::sync::Arc;

use super::*;
use crate::findings::Lang;
use crate::project::pins::{Pins, Scope};
use crate::project::target::Target;
use crate::source::Snapshot;

const FILES: [(&str, &str); 6] = [
    (
        "site/requirements.txt",
        "--index-url https://user:s3cret@packages.example.org/simple\nDjango==4.2.22\ncelery[redis]==5.4.0\n\
         redis==5.0.8; python_version >= '3.8'\nown @ git+https://t0ken@example.org/own.git@v1\nkombu\n=broken\n\
         -r requirements_env.txt\n-c https://example.org/limits.txt\n-r /etc/base.txt\n",
    ),
    ("site/requirements_dev.txt", "coverage==7.0\n"),
    ("site/runtime.txt", "python-3.11.10\n"),
    ("site/uv.lock", "[[package]]\nname = 'amqp'\nversion = '5.2.0'\n"),
    (
        "site/settings.py",
        "from django.db.backends.mysql.features import DatabaseFeatures\n\
         DatabaseFeatures.minimum_database_version = (5, 7)\n",
    ),
    ("site/Dockerfile", "FROM python:3.11-slim\n"),
];

fn projects(target: &str) -> Vec<Project> {
    let snapshot = Snapshot::from_memory(FILES.map(|(path, text)| (path, text.as_bytes().to_vec())));
    let target = Target::parse(target).unwrap();
    let roots: [Arc<str>; 1] = ["site".into()];
    let scope = Scope { root: "site", roots: &roots, target: &target, installed: &[], indexed: &[] };
    let (pins, _) = Pins::assemble(&snapshot, &scope);
    vec![Project { root: "site".into(), name: "site".into(), pins, ..Project::default() }]
}

#[test]
fn json_holds_everything_but_secrets() {
    let json = pins_json(&projects("django=5.2,mysql=8.0"));
    let text = json.to_string();
    assert!(!text.contains("s3cret") && !text.contains("t0ken"), "{text}");
    insta::assert_json_snapshot!(json);
}

#[test]
fn text_is_for_people() {
    insta::assert_snapshot!(pins_text(&projects("django=5.2,mysql=8.0"), Lang::En));
    insta::assert_snapshot!(pins_text(&projects("python=3.12"), Lang::Zh));
}
