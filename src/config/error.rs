//! What can be wrong with a configuration, said so that the reader knows where and what instead.

use std::fmt;
use std::path::PathBuf;

use crate::findings::{Bilingual, Lang};

/// The configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{}: cannot read the configuration: {reason}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        reason: String,
    },
    /// The file is not TOML, or says what the program does not understand.
    #[error("{}", Listed { path, problems })]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Everything that is wrong, in the order of the file; never empty.
        problems: Vec<Problem>,
    },
    /// A rule selector of the command line that names no rule.
    #[error("{option}: no rule, family or code is called `{selector}`{}", did_you_mean(nearest.as_deref()))]
    UnknownRule {
        /// The option.
        option: &'static str,
        /// What was given.
        selector: String,
        /// The nearest right one.
        nearest: Option<String>,
    },
}

/// One thing that is wrong in a configuration file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// 1-based line.
    pub line: usize,
    /// 1-based column in code points.
    pub column: usize,
    /// The key, dotted, with 1-based numbers for the entries of a list: `ignore[2].until`. Empty when the file is
    /// not TOML.
    pub key: String,
    /// What is wrong.
    pub message: Bilingual,
    /// The nearest right word.
    pub nearest: Option<String>,
}

impl ConfigError {
    /// The error in one language; several lines where several things are wrong.
    pub fn text(&self, lang: Lang) -> String {
        match (lang, self) {
            (Lang::En, _) => self.to_string(),
            (Lang::Zh, Self::Read { path, reason }) => format!("{}：无法读取配置：{reason}", path.display()),
            (Lang::Zh, Self::Invalid { path, problems }) => {
                let lines: Vec<String> = problems
                    .iter()
                    .map(|problem| {
                        let nearest = problem.nearest.as_ref();
                        let nearest =
                            nearest.map_or_else(String::new, |word| format!("；是否应为 `{word}`？"));
                        let Problem { line, column, message, .. } = problem;
                        format!("{}:{line}:{column}: {}{nearest}", path.display(), message.zh)
                    })
                    .collect();
                lines.join("\n")
            }
            (Lang::Zh, Self::UnknownRule { option, selector, nearest }) => {
                let nearest =
                    nearest.as_ref().map_or_else(String::new, |word| format!("；是否应为 `{word}`？"));
                format!("{option}：没有名为 `{selector}` 的规则、规则族或编号{nearest}")
            }
        }
    }
}

/// Several problems of one file, a line each.
struct Listed<'a> {
    path: &'a PathBuf,
    problems: &'a [Problem],
}

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, problem) in self.problems.iter().enumerate() {
            if at > 0 {
                writeln!(f)?;
            }
            let Problem { line, column, message, nearest, .. } = problem;
            let nearest = did_you_mean(nearest.as_deref());
            write!(f, "{}:{line}:{column}: {}{nearest}", self.path.display(), message.en)?;
        }
        Ok(())
    }
}

/// `; did you mean …?`, or nothing.
fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |word| format!("; did you mean `{word}`?"))
}
