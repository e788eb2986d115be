//! Mutated migrations, libraries, configurations, baselines, comments, requirements, configuration and SQL files, backups and
//! written facts: nothing that the readers are fed may make them crash, hang or point outside the text.
//!
//! In the normal suite a few hundred inputs each. `BKLOG_LINT_FUZZ_SECONDS=600 cargo test --test fuzz TARGET` goes on for
//! that long with new inputs; the input at hand is then kept in `target/tmp/fuzz-TARGET`, so that it is there after a
//! crash that no test can catch.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, missing_docs)]

mod mutate;
mod readers;
mod seeds;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use bklog_lint::analysis::{self, BaselineSource, ChangeOptions, ConfigurationSource, Request};
use bklog_lint::config::{Config, load};
use bklog_lint::django::FieldLibrary;
use bklog_lint::findings::{Finding, Lang};
use bklog_lint::project::assemble::Options as Assembly;
use bklog_lint::project::{Workspace, assemble};
use bklog_lint::report::{self, Format, Options, Report, ScanRoot, Summary};
use bklog_lint::rules;
use bklog_lint::source::Snapshot;
use bklog_lint::triage::Scope;
use proptest::test_runner::{Config as Cases, TestCaseError, TestRunner};

use mutate::Mutation;

/// Inputs of a target in the normal suite.
const CASES: u32 = 150;
/// How long one input may take, without optimisation and on a busy machine.
const LIMIT: Duration = Duration::from_secs(20);

/// Feeds `check` with mutations of the seeds.
fn fuzz(target: &str, seeds: &[Vec<u8>], words: &'static [&'static str], check: impl Fn(&[u8])) {
    assert!(!seeds.is_empty());
    let seconds = std::env::var("BKLOG_LINT_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok());
    let end = seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let kept = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("fuzz-{target}"));
    let mut fed = 0_u64;
    loop {
        let cases =
            Cases { cases: CASES, failure_persistence: None, max_shrink_time: 60_000, ..Cases::default() };
        let mut runner = TestRunner::new(cases);
        let result = runner.run(&mutate::mutations(seeds.len(), words), |(seed, mutations)| {
            let input = Mutation::apply_all(&seeds[seed], &mutations);
            if end.is_some() {
                std::fs::write(&kept, &input).unwrap();
            }
            let start = Instant::now();
            check(&input);
            let took = start.elapsed();
            if took > LIMIT {
                return Err(TestCaseError::fail(format!("{took:?} for {} bytes", input.len())));
            }
            Ok(())
        });
        if let Err(error) = result {
            panic!("{target}: {error}");
        }
        fed += u64::from(CASES);
        if end.is_none_or(|end| Instant::now() >= end) {
            break;
        }
    }
    if end.is_some() {
        println!("{target}: {fed} inputs");
    }
}

#[test]
fn python() {
    fuzz("python", &seeds::migrations(), mutate::PYTHON, |bytes| {
        check(&[
            ("box/migrations/0001_initial.py", bytes),
            ("box/migrations/0002_next.py", seeds::NEXT.as_bytes()),
        ]);
    });
}

#[test]
fn library() {
    fuzz("library", &seeds::libraries(), mutate::CSV, |bytes| {
        let library = FieldLibrary::from_bytes("field_library.csv".into(), bytes);
        for name in ["ctime", "created_at", "", "名称"] {
            let _ = library.verdict(name);
        }
        check(&[("box/migrations/0001_initial.py", seeds::FIRST.as_bytes()), ("field_library.csv", bytes)]);
    });
}

#[test]
fn configuration() {
    let folder = tempfile::tempdir().unwrap();
    let catalogue = rules::catalogue();
    fuzz("configuration", &seeds::configurations(), mutate::TOML, |bytes| {
        for name in ["bklog-lint.toml", "pyproject.toml"] {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            match load::load(load::Source::File(&path), &catalogue) {
                // What was taken is taken by the rest too.
                Ok(loaded) => {
                    let first: &[(&str, &[u8])] =
                        &[("box/migrations/0001_initial.py", seeds::FIRST.as_bytes())];
                    check_with(first, &loaded.config);
                }
                Err(error) => {
                    for lang in [Lang::En, Lang::Zh] {
                        let text = error.text(lang);
                        assert!(text.contains(name) && text.len() < 100_000, "{text}");
                    }
                }
            }
        }
    });
}

/// Comments, `[[ignore]]` entries and a baseline, through the whole program.
#[test]
fn acceptance() {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, bytes: &[u8]| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    };
    write("manage.py", seeds::MANAGE.as_bytes());
    write("box/migrations/__init__.py", b"");
    fuzz("acceptance", &seeds::acceptances(), mutate::ACCEPTANCE, |bytes| {
        // The input holds a module and a baseline, so that a mutation can hit either.
        let cut = bytes.windows(5).position(|window| window == b"-----").unwrap_or(bytes.len());
        write("box/migrations/0001_initial.py", &bytes[..cut]);
        write("baseline.json", bytes.get(cut + 5..).unwrap_or_default());
        for baseline in [BaselineSource::None, BaselineSource::File(folder.path().join("baseline.json"))] {
            let request = Request {
                paths: vec![folder.path().to_owned()],
                configuration: ConfigurationSource::Defaults,
                select: Vec::new(),
                ignore: Vec::new(),
                fail_on: None,
                lang: None,
                locale: Lang::Zh,
                field_library: None,
                baseline,
                scope: Scope::All,
                diff_base: None,
                change: ChangeOptions::default(),
                target: None,
                environment: None,
                index: false,
                today: "2026-01-31".parse().unwrap(),
                also: bklog_lint::project::Parts::NONE,
                overlay: Default::default(),
            };
            match analysis::check(&request) {
                Ok(run) => write_all(&run.report),
                Err(error) => assert!(!error.text(Lang::Zh).is_empty()),
            }
        }
    });
}

/// Reads, judges and reports a project with these files.
fn check(files: &[(&str, &[u8])]) {
    check_with(files, &Config::default());
}

fn check_with(files: &[(&str, &[u8])], config: &Config) {
    let own = [("manage.py", seeds::MANAGE.as_bytes()), ("box/migrations/__init__.py", &b""[..])];
    let all = own.iter().chain(files).map(|(path, bytes)| (*path, *bytes));
    let options = Assembly { name: "box".into(), ..Assembly::default() };
    let workspace = assemble(Snapshot::from_memory(all), &options);
    let findings = rules::check(&workspace, config);
    for finding in &findings {
        stands_in_the_text(finding, &workspace);
    }
    let report = |lang| Report {
        lang,
        root: ScanRoot::default(),
        findings: findings.clone(),
        hidden: Vec::new(),
        new_migrations: None,
        summary: Summary::default(),
        texts: workspace.texts.clone(),
    };
    write_all(&report(Lang::En));
    write_all(&report(Lang::Zh));
}

/// Every place of a finding lies in its file, at the boundaries of characters.
fn stands_in_the_text(finding: &Finding, workspace: &Workspace) {
    let places = std::iter::once(&finding.place).chain(finding.related.iter().map(|(place, _)| place));
    for place in places.filter(|place| !place.is_whole_file()) {
        let text = &workspace.texts[&place.path];
        let (start, end) = (place.span.start as usize, place.span.end as usize);
        assert!(
            text.text.get(start..end).is_some(),
            "{} {:?} of {}",
            finding.rule.code,
            place.span,
            text.text.len()
        );
        assert!(place.bytes.0 <= place.bytes.1);
    }
    assert!(!finding.message.en.is_empty() && !finding.message.zh.is_empty());
}

/// Every format can be written; none lets a control character of the input through. JSON escapes those that it must.
fn write_all(report: &Report) {
    // SARIF carries the pages of all rules, which are no part of the input and take most of the time.
    for format in Format::ALL.into_iter().filter(|format| *format != Format::Sarif) {
        let mut out = Vec::new();
        report::write(format, report, &Options::default(), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let json = matches!(format, Format::Json | Format::Gitlab);
        let harmless = |c: char| c == '\n' || !(if json { c < ' ' } else { c.is_control() });
        assert!(text.chars().all(harmless), "{format:?}\n{text:?}");
        if json {
            serde_json::from_str::<serde_json::Value>(&text).unwrap();
        }
    }
}
