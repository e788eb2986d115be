//! A repository on disk, written by a test, and what the analyser says of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use bklog_lint::analysis::{
    self, AnalysisError, BaselineSource, ChangeOptions, ConfigurationSource, Request, Run,
};
use bklog_lint::findings::Lang;
use bklog_lint::report::{self, Format, Options};
use bklog_lint::triage::Scope;
use tempfile::TempDir;

/// The repository of one case.
pub(crate) struct Tree {
    top: PathBuf,
    _folder: TempDir,
}

impl Tree {
    /// One app, `box`, with the files of its migrations package that every case needs, and a library of three rows.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let tree = Self { top: folder.path().canonicalize().unwrap(), _folder: folder };
        tree.write("manage.py", "import django.core.management as m\nm.execute_from_command_line()\n");
        tree.write("field_library.csv", LIBRARY);
        tree.app("box")
    }

    /// Adds an empty app.
    pub(crate) fn app(self, label: &str) -> Self {
        self.write(&format!("{label}/__init__.py"), "");
        self.write(&format!("{label}/migrations/__init__.py"), "");
        self
    }

    pub(crate) fn file(self, path: &str, bytes: impl AsRef<[u8]>) -> Self {
        self.write(path, bytes);
        self
    }

    /// A migration of the app `box`, whole file.
    pub(crate) fn module(self, name: &str, bytes: impl AsRef<[u8]>) -> Self {
        self.file(&format!("box/migrations/{name}.py"), bytes)
    }

    /// A migration, `APP/NAME`, from its dependencies and its operations as Python.
    pub(crate) fn migration(self, path: &str, dependencies: &str, operations: &str) -> Self {
        let (app, name) = path.split_once('/').unwrap();
        self.file(&format!("{app}/migrations/{name}.py"), module(dependencies, operations))
    }

    pub(crate) fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.top.join(below)
    }

    /// Everything, judged, in English.
    pub(crate) fn check(&self) -> Said {
        Said::of(self.try_check().unwrap_or_else(|error| panic!("{error}")))
    }

    pub(crate) fn try_check(&self) -> Result<Run, AnalysisError> {
        analysis::check(&request(&self.top))
    }
}

/// A request for everything below `top`.
pub(crate) fn request(top: &Path) -> Request {
    Request {
        paths: vec![top.to_owned()],
        configuration: ConfigurationSource::Found,
        // What other rules say of these files is not their subject: most leave out what makes a model whole.
        select: ["ANA", "GRA00", "GRA010", "GRA011", "GRA012", "GRA013", "NAM", "SUP"]
            .map(str::to_owned)
            .to_vec(),
        ignore: Vec::new(),
        fail_on: None,
        lang: Some(Lang::En),
        locale: Lang::En,
        field_library: None,
        baseline: BaselineSource::Configured,
        scope: Scope::All,
        diff_base: None,
        change: ChangeOptions::default(),
        target: None,
        environment: None,
        index: false,
        today: "2026-01-31".parse().unwrap(),
        also: bklog_lint::project::Parts::NONE,
        overlay: Default::default(),
    }
}

/// What was said of a tree.
pub(crate) struct Said {
    run: Run,
}

impl Said {
    fn of(run: Run) -> Self {
        let said = Self { run };
        // Whatever the input was, every format can write it, and none runs away.
        for format in Format::ALL {
            let length = said.write(format, Lang::Zh).len();
            assert!(length < 2_000_000, "{format:?}: {length} bytes");
        }
        said
    }

    fn write(&self, format: Format, lang: Lang) -> Vec<u8> {
        let report = report::Report {
            lang,
            root: self.run.report.root.clone(),
            findings: self.run.report.findings.clone(),
            hidden: self.run.report.hidden.clone(),
            new_migrations: None,
            summary: self.run.report.summary.clone(),
            texts: self.run.report.texts.clone(),
        };
        let mut out = Vec::new();
        report::write(format, &report, &Options::default(), &mut out).unwrap();
        out
    }

    /// The findings, a line each: rule, place without the app `box`, and what should stand there.
    pub(crate) fn lines(&self) -> Vec<String> {
        let findings = self.run.report.findings.iter();
        findings
            .map(|finding| {
                let place = &finding.place;
                let path = place.path.strip_prefix("box/migrations/").unwrap_or(&place.path);
                let position = if place.is_whole_file() {
                    String::new()
                } else {
                    format!(":{}:{}", place.start.line, place.start.column)
                };
                let names = match (&finding.subject.field, &finding.suggestion) {
                    (Some(field), Some(name)) => format!(" {field} -> {name}"),
                    _ => String::new(),
                };
                format!("{} {path}{position}{names}", finding.rule.code)
            })
            .collect()
    }

    /// The findings are these, and no others.
    #[track_caller]
    pub(crate) fn is(&self, expected: &[&str]) -> &Self {
        assert_eq!(self.lines(), expected, "{}", self.text());
        self
    }

    /// The names that are told to change, in the order of the report.
    pub(crate) fn names(&self) -> Vec<&str> {
        let findings = self.run.report.findings.iter().filter(|finding| finding.rule.code == "NAM001");
        findings.map(|finding| finding.subject.field.as_deref().unwrap_or("?")).collect()
    }

    /// The rules that spoke, each as often as it did.
    pub(crate) fn rules(&self) -> Vec<&str> {
        self.run.report.findings.iter().map(|finding| finding.rule.code).collect()
    }

    pub(crate) fn message(&self, rule: &str) -> &str {
        let found = self.run.report.findings.iter().find(|finding| finding.rule.code == rule);
        &found.unwrap_or_else(|| panic!("no {rule}:\n{}", self.text())).message.en
    }

    /// The report for people.
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.write(Format::Text, Lang::En)).unwrap()
    }

    /// The paths that the summary says were not analysed, with the reason.
    pub(crate) fn not_analysed(&self) -> Vec<String> {
        let list = self.run.report.summary.not_analysed.iter();
        list.map(|(path, why)| format!("{path}: {}", why.en)).collect()
    }

    pub(crate) fn not_django(&self) -> usize {
        self.run.report.summary.not_django.len()
    }

    pub(crate) fn migrations(&self) -> usize {
        self.run.report.summary.projects.iter().map(|project| project.migrations).sum()
    }

    pub(crate) fn nothing_to_check(&self) -> bool {
        self.run.nothing_to_check.is_some()
    }

    /// Whether the run fails under the default `--fail-on`.
    pub(crate) fn fails(&self) -> bool {
        self.run.report.findings.iter().any(|finding| self.run.fail_on.is_met_by(finding.severity))
    }
}

/// A module with one migration.
pub(crate) fn module(dependencies: &str, operations: &str) -> String {
    format!(
        "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n    \
         dependencies = {dependencies}\n    operations = {operations}\n"
    )
}

/// A module whose one model has one wrong name, at 11:18.
pub(crate) fn one_wrong_name() -> String {
    module("[]", ONE_WRONG_NAME)
}

/// Operations of [`one_wrong_name`].
pub(crate) const ONE_WRONG_NAME: &str = "[
        migrations.CreateModel(
            name=\"Parcel\",
            fields=[
                (\"id\", models.BigAutoField(primary_key=True)),
                (\"ctime\", models.DateTimeField()),
            ],
        ),
    ]";

/// What [`one_wrong_name`] in `0001_initial` is answered with.
pub(crate) const ANSWER: &str = "NAM001 0001_initial.py:11:18 ctime -> created_at";

/// An operation that gives the model a wrong name.
pub(crate) fn add(field: &str) -> String {
    format!("migrations.AddField(\"parcel\", \"{field}\", models.IntegerField(default=0))")
}

const LIBRARY: &str = "\
name,meaning,wrong names
created_at,when it was made,ctime
updated_at,when it was changed,\"mtime,changed\"
owner,whose it is,\"possessor,holder\"
";

/// Runs `work`, which must not take longer than this many seconds even without optimisation.
#[track_caller]
pub(crate) fn within<T>(seconds: u64, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    let took = start.elapsed();
    assert!(took.as_secs() < seconds, "{took:?}");
    result
}
