//! Standard output: colour, width, and readers that go away.

use std::io::{self, BufWriter, IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};

use super::failure::Failure;
use crate::findings::Bilingual;
use crate::report::Options;

/// Columns where standard output is no terminal.
const WIDTH: usize = 120;

/// Takes `--color` for both streams of the process.
pub(super) fn set_color(choice: ColorChoice) {
    choice.write_global();
}

/// How text is laid out on standard output.
pub(super) fn options() -> Options {
    let width = terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| width.0.into());
    let color = AutoStream::choice(&io::stdout()) != ColorChoice::Never;
    let is_terminal = io::stdout().is_terminal();
    Options {
        color,
        // Without colours the terminal, or the person before it, wants no sequences at all.
        links: color && supports_hyperlinks::on(supports_hyperlinks::Stream::Stdout),
        wrap: is_terminal,
        next_steps: is_terminal,
        width: width.unwrap_or(WIDTH),
        ..Options::default()
    }
}

/// Writes to standard output. A reader that goes away (`| head`) has seen enough, which is no failure.
pub(super) fn print(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    let mut out = Watched { inner: BufWriter::new(AutoStream::auto(io::stdout().lock())), gone: false };
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if !out.gone => Err(Failure::Work(Bilingual::new(
            format!("cannot write to standard output: {error}"),
            format!("无法写入标准输出：{error}"),
        ))),
        _ => Ok(()),
    }
}

/// Remembers that the reader went away, whatever the formats in between make of the error.
struct Watched<W> {
    inner: W,
    gone: bool,
}

impl<W> Watched<W> {
    fn watch<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        self.gone |= matches!(&result, Err(error) if error.kind() == io::ErrorKind::BrokenPipe);
        result
    }
}

impl<W: Write> Write for Watched<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let result = self.inner.write(bytes);
        self.watch(result)
    }

    fn flush(&mut self) -> io::Result<()> {
        let result = self.inner.flush();
        self.watch(result)
    }
}
