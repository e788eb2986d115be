//! What a user sees when the program itself is wrong.

use std::fmt::Write as _;
use std::io::Write as _;
use std::panic::PanicHookInfo;

use super::language::Speech;
use crate::findings::Lang;
use crate::report::visible;

/// Exit code of a run that broke down: the tool could not do its work.
const EXIT_CODE: i32 = 3;

/// Makes a panic, in whatever thread, end the process with a request to report it.
pub(super) fn report_panics() {
    std::panic::set_hook(Box::new(|info| {
        let lang = Speech::of(None).map_or(Lang::En, Speech::lang);
        let _ = std::io::stderr().lock().write_all(text(info, lang).as_bytes());
        std::process::exit(EXIT_CODE);
    }));
}

fn text(info: &PanicHookInfo<'_>, lang: Lang) -> String {
    let payload = info.payload();
    let said = payload.downcast_ref::<&str>().copied();
    let said = said.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message");
    let place = info.location().map_or_else(|| "unknown place".to_owned(), ToString::to_string);
    let ask = match lang {
        Lang::En => {
            "bklog-lint broke down; this is a bug of bklog-lint, and nothing that it printed can be relied on.\nPlease report it, if you can with the file that it was reading:"
        }
        Lang::Zh => {
            "bklog-lint 意外中止；这是 bklog-lint 自身的缺陷，本次输出均不可信。\n请报告此问题，如有可能请附上当时读取的文件："
        }
    };
    let mut out = String::new();
    let _ = writeln!(out, "{ask}\n  {}/issues", env!("CARGO_PKG_REPOSITORY"));
    let _ = writeln!(out, "  bklog-lint {}, {}", env!("CARGO_PKG_VERSION"), std::env::consts::OS);
    let _ = writeln!(out, "  {place}: {}", visible::line(said));
    out
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    const HERE: &str = "BKLOG_LINT_TEST_PANIC";

    /// Panics in a process of its own, which the test below starts.
    #[test]
    fn breaks_down() {
        if std::env::var_os(HERE).is_some() {
            super::report_panics();
            std::thread::spawn(|| panic!("no such \u{1b}[31mthing")).join().unwrap_err();
        }
    }

    #[test]
    fn a_panic_in_any_thread_asks_for_a_report() {
        for (lang, ask) in [("en", "this is a bug"), ("zh", "自身的缺陷")] {
            let output = Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "cli::bug::tests::breaks_down", "--nocapture"])
                .env(HERE, "1")
                .env("BKLOG_LINT_LANG", lang)
                .output()
                .unwrap();
            let said = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(3), "{said}");
            for part in [ask, "no such ␛[31mthing", "/issues", "src/cli/bug.rs:"] {
                assert!(said.contains(part), "{said}");
            }
        }
    }
}
