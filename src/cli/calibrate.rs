//! `bklog-lint gate calibrate`: how fast a server alters a table.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clap::{Args, ValueHint};

use super::arguments::{FaceArguments, InputArguments};
use super::failure::{Failure, Outcome, Tone, say};
use super::language::Speech;
use super::{output, progress, terminal};
use crate::analysis;
use crate::findings::{Bilingual, Lang};
use crate::gate::calibrate::{self, CalibrateError, Wanted};
use crate::gate::{Trouble, Vault};
use crate::plan::rates::Calibration;
use crate::source::replace;

const EXAMPLES: &str = "\
Examples:
  bklog-lint gate calibrate                                   what would be said to the server
  bklog-lint gate calibrate --allow-writes                    measure, write calibration.toml
  bklog-lint gate calibrate --allow-writes --rows 1000000 --limit 1800
  bklog-lint plan --from v4.8 --stats sizes.tsv --calibration calibration.toml

The scratch database has a name of its own and is dropped again, also after an error or Ctrl-C.
Least right of the user: GRANT ALL ON `bklog\\_lint\\_calibrate\\_%`.* (see [gate.calibrate])";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct CalibrateArguments {
    /// Entry of [gate.mysql] [default: [gate.calibrate], else `default`]
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// Repository or project [default: the working directory]
    #[arg(value_name = "PATH", default_value = ".", hide_default_value = true, value_hint = ValueHint::AnyPath)]
    path: PathBuf,
    /// Create a scratch database on the server, fill it, alter its table, drop it; without this nothing is done
    #[arg(long)]
    allow_writes: bool,
    /// Rows of the greatest scratch table, about 300 bytes each; the nearest power of two below counts
    #[arg(long, value_name = "N", default_value_t = 262_144, value_parser = clap::value_parser!(u64).range(8192..=100_000_000))]
    rows: u64,
    /// Seconds that all of it may take
    #[arg(long, value_name = "SECONDS", default_value_t = 600, value_parser = clap::value_parser!(u64).range(5..=86_400))]
    limit: u64,
    /// File to write
    #[arg(long, value_name = "FILE", default_value = "calibration.toml", value_hint = ValueHint::FilePath)]
    output: PathBuf,
    #[command(flatten)]
    input: InputArguments,
    #[command(flatten)]
    pub(super) face: FaceArguments,
}

pub(super) fn run(arguments: &CalibrateArguments, speech: Speech) -> Result<Outcome, Failure> {
    let request = arguments.input.request(std::slice::from_ref(&arguments.path), speech);
    let (loaded, lang) = analysis::configure(&request)?;
    let gate = &loaded.config.gate;
    let named = arguments.name.as_deref();
    let entry = named.unwrap_or("default");
    let target = match (named, &gate.calibrate) {
        (None, Some(target)) => Some(target),
        _ => gate.mysql.get(entry),
    };
    let Some(target) = target else {
        return Err(Failure::Usage(Bilingual::new(
            format!("there is no [gate.mysql.{entry}] and no [gate.calibrate]"),
            format!("没有 [gate.mysql.{entry}]，也没有 [gate.calibrate]"),
        )));
    };
    if !arguments.allow_writes {
        terminal::print(|out| calibrate::planned().iter().try_for_each(|sql| writeln!(out, "{sql}")))?;
        return Err(Failure::Usage(Bilingual::new(
            "nothing was done: this writes to the server (a scratch database of its own, dropped again); pass --allow-writes to do it",
            "未执行：该命令会写入服务器（使用独立的临时库，结束后删除）；确认执行请加 --allow-writes",
        )));
    }
    let vault = Vault::new(&loaded.folder);
    let stop = Arc::new(AtomicBool::new(false));
    let flag = stop.clone();
    // Ctrl-C and the signals that end a process: the statement is stopped and the scratch database dropped.
    ctrlc::set_handler(move || flag.store(true, Ordering::SeqCst)).map_err(|error| {
        Failure::Work(Bilingual::new(
            format!("no handler for Ctrl-C could be set, so the scratch database might stay: {error}"),
            format!("无法设置 Ctrl-C 处理，临时库可能残留：{error}"),
        ))
    })?;
    let wanted = Wanted { rows: arguments.rows, limit: Duration::from_secs(arguments.limit) };
    let found = progress::during(lang, || calibrate::run(target, entry, &vault, wanted, &stop));
    let found = found.map_err(|error| failure(error, &vault))?;
    let file = &arguments.output;
    let text = toml::to_string(&found.calibration)
        .map_err(|error| Failure::Work(Bilingual::new(error.to_string(), error.to_string())))?;
    replace(file, |out| {
        writeln!(
            out,
            "# Measured by `bklog-lint gate calibrate`; for `plan --calibration`, or `calibration` in [gate]."
        )?;
        write!(out, "{text}")
    })
    .map_err(|error| output::refused(file, &error))?;
    for note in &found.notes {
        say(Tone::Note, lang, &vault.scrub(note.get(lang)));
    }
    show(&found.calibration, lang)?;
    let shown = file.display();
    let done = Bilingual::new(
        format!("{shown} written; use it with plan --calibration {shown}"),
        format!("已写入 {shown}；用法：plan --calibration {shown}"),
    );
    terminal::print(|out| writeln!(out, "{}", done.get(lang)))?;
    Ok(Outcome::Done)
}

fn failure(error: CalibrateError, vault: &Vault) -> Failure {
    let with = |trouble: &Trouble, lang: Lang| {
        format!("{} ({})", trouble.message().get(lang), vault.scrub(&trouble.said))
    };
    match error {
        CalibrateError::Refused(text) => {
            Failure::Usage(Bilingual::new(vault.scrub(&text.en), vault.scrub(&text.zh)))
        }
        CalibrateError::Stopped => {
            Failure::Work(Bilingual::new("stopped; the scratch database is dropped", "已停止；临时库已删除"))
        }
        CalibrateError::Trouble(one) => {
            Failure::Work(Bilingual::new(with(&one, Lang::En), with(&one, Lang::Zh)))
        }
        CalibrateError::Left { database, why } => Failure::Work(Bilingual::new(
            format!(
                "the scratch database {database} could not be dropped; drop it by hand: {}",
                with(&why, Lang::En)
            ),
            format!("无法删除临时库 {database}，请手工删除：{}", with(&why, Lang::Zh)),
        )),
    }
}

/// What was measured, for people.
fn show(calibration: &Calibration, lang: Lang) -> Result<(), Failure> {
    let (rows, speed) = match lang {
        Lang::En => ("rows", "MB/s"),
        Lang::Zh => ("行", "MB/s"),
    };
    terminal::print(|out| {
        writeln!(out, "{}", calibration.server)?;
        for one in &calibration.measured {
            #[allow(clippy::cast_precision_loss)] // for people
            let rate = one.bytes as f64 / 1000.0 / one.ms.max(1) as f64;
            let (key, n, ms) = (one.work.key(), one.rows, one.ms);
            writeln!(out, "  {key:<12} {n:>10} {rows}  {ms:>8} ms  {rate:>8.1} {speed}")?;
        }
        Ok(())
    })
}
