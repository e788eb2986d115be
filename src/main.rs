//! The `bklog-lint` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    bklog_lint::cli::main()
}
