//! Reads every Python file of the folders named `migrations` below a path, and says what was not understood.
//!
//! `cargo run --release --example reader -- PATH [ROUNDS]` prints what is unknown, file by file, and how much CPU time of
//! one thread the parser, the evaluator and the whole reader take, as the best of ROUNDS (default 1).

use std::sync::Arc;
use std::time::{Duration, Instant};

use bklog_lint::django::migration::Outcome;
use bklog_lint::django::reader;
use bklog_lint::source::SourceText;
use bklog_lint::syntax::{eval, python};

#[allow(clippy::print_stdout)]
fn main() {
    let mut args = std::env::args().skip(1);
    let root = args.next().unwrap_or_else(|| ".".to_owned());
    let rounds: u32 = args.next().and_then(|text| text.parse().ok()).unwrap_or(1).max(1);
    let texts = texts(&root);
    let mut outcomes = std::collections::BTreeMap::new();
    let (mut operations, mut unknown) = (0, 0);
    for text in &texts {
        let file = reader::read(text.clone());
        let outcome = match &file.outcome {
            Outcome::Django => "migration".to_owned(),
            Outcome::NotDjango(what) => format!("not Django's: {}", what.en),
            Outcome::NoMigrationClass => "no class Migration".to_owned(),
            Outcome::SyntaxError(problem) => format!("syntax error: {}", problem.message.en),
            Outcome::ConflictMarkers(_) => "conflict markers".to_owned(),
        };
        operations += file.operations.iter().map(|operation| operation.walk().len()).sum::<usize>();
        for part in &file.unknown {
            unknown += 1;
            let line = text.line_column(part.span.start).line;
            println!("{}:{line}: {}: {:?}", text.path, part.what, part.reason);
        }
        if let Outcome::SyntaxError(problem) = &file.outcome {
            println!("{}:{}: {}", text.path, text.line_column(problem.span.start).line, problem.message.en);
        }
        *outcomes.entry(outcome).or_insert(0) += 1;
    }
    for (outcome, count) in outcomes {
        println!("{count:6} {outcome}");
    }
    println!("{operations:6} operations, {unknown} unknown parts");
    let parse = best(rounds, || texts.iter().for_each(|text| drop(python::parse(text))));
    let trees: Vec<_> = texts.iter().map(|text| python::parse(text)).collect();
    let evaluate = best(rounds, || {
        texts.iter().zip(&trees).for_each(|(text, tree)| drop(eval::module(text, tree)));
    });
    let read = best(rounds, || texts.iter().for_each(|text| drop(reader::read(text.clone()))));
    println!("{} files: parse {parse:?}, evaluate {evaluate:?}, read (parse included) {read:?}", texts.len());
}

/// The decoded texts of all migrations below `root`, sorted by path.
fn texts(root: &str) -> Vec<Arc<SourceText>> {
    let mut paths: Vec<_> = ignore::Walk::new(root)
        .filter_map(Result::ok)
        .map(ignore::DirEntry::into_path)
        .filter(|path| {
            let folder = path.parent().and_then(|folder| folder.file_name());
            path.extension().is_some_and(|extension| extension == "py")
                && folder.is_some_and(|name| name == "migrations")
        })
        .collect();
    paths.sort();
    let decode = |path: std::path::PathBuf| {
        let bytes = std::fs::read(&path).ok()?;
        SourceText::decode(path.to_string_lossy().as_ref().into(), &bytes).ok().map(Arc::new)
    };
    paths.into_iter().filter_map(decode).collect()
}

fn best(rounds: u32, mut run: impl FnMut()) -> Duration {
    let timed = (0..rounds).map(|_| {
        let start = Instant::now();
        run();
        start.elapsed()
    });
    timed.min().unwrap_or_default()
}
