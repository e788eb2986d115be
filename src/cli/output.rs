//! Reports: one on standard output, any number in files.

use std::path::{Path, PathBuf};

use super::failure::Failure;
use super::terminal;
use crate::findings::Bilingual;
use crate::report::{self, Format, Options, Report};
use crate::source::replace;

/// Largest Markdown report in a file: GitHub refuses a job summary above 1 MiB.
const JOB_SUMMARY: usize = 1_000_000;

/// One `--output FORMAT=FILE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Output {
    format: Format,
    file: PathBuf,
}

impl Output {
    /// Reads `FORMAT=FILE`; the error is clap's, in English.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let known = || Format::ALL.map(Format::key).join(", ");
        let Some((format, file)) = text.split_once('=') else {
            return Err(format!("must be FORMAT=FILE, where FORMAT is one of {}", known()));
        };
        let Some(format) = Format::from_key(format) else {
            return Err(format!("no format is called `{format}`; there are {}", known()));
        };
        match file {
            "" => Err(format!("the file is missing: {}=FILE", format.key())),
            "-" | "/dev/stdout" | "/dev/fd/1" | "/proc/self/fd/1" => {
                Err(format!("for standard output use --format {}", format.key()))
            }
            _ => Ok(Self { format, file: PathBuf::from(file) }),
        }
    }
}

/// Finds out before the run what cannot be written after it.
pub(super) fn prepare(outputs: &[Output]) -> Result<(), Failure> {
    for (at, output) in outputs.iter().enumerate() {
        let file = &output.file;
        if outputs.iter().take(at).any(|other| other.file == *file) {
            let shown = file.display();
            return Err(Failure::Usage(Bilingual::new(
                format!("--output names {shown} twice; every report needs a file of its own"),
                format!("--output 两次指定了 {shown}；每份报告需要各自的文件"),
            )));
        }
        if file.is_dir() {
            let shown = file.display();
            return Err(Failure::Work(Bilingual::new(
                format!("cannot write {shown}: it is a folder"),
                format!("无法写入 {shown}：这是一个文件夹"),
            )));
        }
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
        if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
            let (shown, folder) = (file.display(), folder.display());
            return Err(Failure::Work(Bilingual::new(
                format!("cannot write {shown}: there is no folder {folder}; create it first"),
                format!("无法写入 {shown}：文件夹 {folder} 不存在；请先创建"),
            )));
        }
    }
    Ok(())
}

/// Writes all reports, the files first: who reads standard output may go away early. Colour, links and width of `options`
/// are the terminal's.
pub(super) fn write(
    report: &Report,
    format: Format,
    outputs: &[Output],
    options: &Options,
) -> Result<(), Failure> {
    let result = write_files(report, outputs, options);
    let Options { color, links, wrap, next_steps, width, .. } = terminal::options();
    let options = Options { color, links, wrap, next_steps, width, ..options.clone() };
    let printed = terminal::print(|out| report::write(format, report, &options, out));
    result.and(printed)
}

/// Writes the reports that go to files.
pub(super) fn write_files(report: &Report, outputs: &[Output], options: &Options) -> Result<(), Failure> {
    let mut result = Ok(());
    for output in outputs {
        let options = Options { max_markdown_bytes: JOB_SUMMARY, ..options.clone() };
        let written = replace(&output.file, |out| report::write(output.format, report, &options, out));
        // The other reports are written all the same.
        result = result.and(written.map_err(|error| refused(&output.file, &error)));
    }
    result
}

/// The failure to write a file.
pub(super) fn refused(file: &Path, error: &std::io::Error) -> Failure {
    let file = file.display();
    Failure::Work(Bilingual::new(
        format!("cannot write {file}: {error}"),
        format!("无法写入 {file}：{error}"),
    ))
}
