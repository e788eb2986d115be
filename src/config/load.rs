//! Finding and reading the configuration file. Strict: what the program would not understand is an error.

use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use super::error::{ConfigError, Problem};
use super::selector::{self, Precision};
use super::strict::{Checker, position};
use super::{Config, Date};
use crate::findings::{Bilingual, RuleId, Severity};
use crate::source::Span;

/// Name of the file.
pub const FILE_NAME: &str = "bklog-lint.toml";
/// The other place: the table `[tool.bklog-lint]` of this file.
const PYPROJECT: &str = "pyproject.toml";
/// Key of that table below `[tool]`.
const TOOL: &str = "bklog-lint";

/// Where the configuration comes from.
#[derive(Debug, Clone, Copy)]
pub enum Source<'a> {
    /// The nearest file in this folder or above, up to the top of the git repository or the root of the file system.
    /// Where one folder holds both, `bklog-lint.toml` wins.
    Upwards(&'a Path),
    /// This file; the name decides whether it is read as `pyproject.toml`.
    File(&'a Path),
    /// Nowhere: the defaults.
    Defaults,
}

/// A configuration with where it was found.
#[derive(Debug, Clone, Default)]
pub struct Loaded {
    /// What it says; keys of `severity` are codes of single rules.
    pub config: Config,
    /// The file; `None` for the defaults.
    pub file: Option<PathBuf>,
    /// What its paths are relative to: the folder of the file, or the folder where the search began.
    pub folder: PathBuf,
    /// What the user should know (a `pyproject.toml` passed over).
    pub notices: Vec<Bilingual>,
    /// The text of the file, for excerpts.
    pub text: String,
    /// Where the entries of `ignore` stand in `text`, in order.
    pub ignore_spans: Vec<Span>,
}

/// Finds and reads the configuration. `catalogue` holds every rule that selectors may name.
///
/// # Errors
/// When the file cannot be read, is not TOML, or holds a key, rule, severity, date or pattern that is not understood.
/// All faults of the file are reported at once.
pub fn load(source: Source<'_>, catalogue: &[&RuleId]) -> Result<Loaded, ConfigError> {
    // What the user names may be a pipe; what is searched for is a file.
    let any = |path: &Path| crate::source::read_given(path).map(Some).map_err(|error| error.to_string());
    let files = |path: &Path| if path.is_file() { any(path) } else { Ok(None) };
    match source {
        Source::File(_) => load_from(source, catalogue, &any),
        Source::Upwards(_) | Source::Defaults => load_from(source, catalogue, &files),
    }
}

/// Reads a file of one state of the tree: its bytes, `None` when there is no such file, or why it cannot be read.
pub type Reader<'a> = &'a dyn Fn(&Path) -> Result<Option<Vec<u8>>, String>;

/// As [`load`], with the files of another state of the tree: those of a git revision.
///
/// # Errors
/// As [`load`].
pub fn load_from(
    source: Source<'_>,
    catalogue: &[&RuleId],
    reader: Reader<'_>,
) -> Result<Loaded, ConfigError> {
    let read = |path: &Path| -> Result<Option<Parsed>, ConfigError> {
        let refused = |reason: String| ConfigError::Read { path: path.to_owned(), reason };
        let Some(bytes) = reader(path).map_err(refused)? else { return Ok(None) };
        parse(path, &bytes, catalogue).map(Some)
    };
    match source {
        Source::Defaults => Ok(Loaded::default()),
        Source::File(path) => {
            let Some((found, notices)) = read(path)? else {
                let reason = "no such file in the revision that the configuration is read from".to_owned();
                return Err(ConfigError::Read { path: path.to_owned(), reason });
            };
            let Some(found) = found else { return Err(no_table(path)) };
            Ok(found.loaded(path, notices))
        }
        Source::Upwards(from) => {
            let mut notices = Vec::new();
            for folder in from.ancestors() {
                for name in [FILE_NAME, PYPROJECT] {
                    let path = folder.join(name);
                    let Some((found, more)) = read(&path)? else { continue };
                    notices.extend(more);
                    if let Some(found) = found {
                        return Ok(found.loaded(&path, notices));
                    }
                }
                if folder.join(".git").exists() {
                    break;
                }
            }
            Ok(Loaded { folder: from.to_owned(), notices, ..Loaded::default() })
        }
    }
}

/// What one file says.
struct Read {
    config: Config,
    text: String,
    ignore_spans: Vec<Span>,
}

impl Read {
    fn loaded(self, path: &Path, notices: Vec<Bilingual>) -> Loaded {
        let Self { config, text, ignore_spans } = self;
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        Loaded { config, file: Some(path.to_owned()), folder, notices, text, ignore_spans }
    }
}

/// What a file says, `None` for a `pyproject.toml` without our table; and what the user should know.
type Parsed = (Option<Read>, Vec<Bilingual>);

/// Reads one file.
fn parse(path: &Path, bytes: &[u8], catalogue: &[&RuleId]) -> Result<Parsed, ConfigError> {
    let pyproject = path.file_name().is_some_and(|name| name == PYPROJECT);
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text),
        Err(_) if pyproject && !mentions_us(bytes) => return Ok((None, vec![passed_over(path)])),
        Err(error) => {
            let at = error.valid_up_to();
            let before = String::from_utf8_lossy(bytes.get(..at).unwrap_or_default()).into_owned();
            let message = Bilingual::new("not valid UTF-8", "不是有效的 UTF-8");
            return Err(single(path, &before, before.len(), message));
        }
    };
    if pyproject && !mentions_us(bytes) {
        // Not ours, so whether it is sound TOML is not a question of configuration.
        return Ok((None, Vec::new()));
    }
    let document = match DeTable::parse(text) {
        Ok(document) => document,
        Err(error) => {
            let said = error.message().trim();
            let message = Bilingual::new(format!("not TOML: {said}"), format!("不是有效的 TOML：{said}"));
            return Err(single(path, text, error.span().map_or(0, |span| span.start), message));
        }
    };
    let (table, at, prefix) = if pyproject {
        let ours = document.get_ref().get("tool").and_then(|tool| tool.get_ref().get(TOOL));
        match ours.map(|ours| (ours.get_ref(), ours.span().start)) {
            Some((DeValue::Table(table), at)) => (table, at, "tool.bklog-lint"),
            Some((_, at)) => {
                let message = Bilingual::new("`tool.bklog-lint` must be a table", "`tool.bklog-lint` 应为表");
                return Err(single(path, text, at, message));
            }
            None => return Ok((None, Vec::new())),
        }
    } else {
        (document.get_ref(), 0, "")
    };
    let problems = Checker::new(text, catalogue).check(table, at, prefix);
    if !problems.is_empty() {
        return Err(ConfigError::Invalid { path: path.to_owned(), problems });
    }
    let mut config = typed(path, text, pyproject)?;
    config.severity = by_code(&config, catalogue);
    let ignore_spans = ignore_spans(table);
    Ok((Some(Read { config, text: text.to_owned(), ignore_spans }), Vec::new()))
}

/// Where the entries of `ignore` stand.
fn ignore_spans(table: &DeTable<'_>) -> Vec<Span> {
    let entries = table.get("ignore").and_then(|entries| entries.get_ref().as_array());
    let span = |entry: &toml::Spanned<DeValue<'_>>| Span {
        start: entry.span().start as u32,
        end: entry.span().end as u32,
    };
    entries.map(|entries| entries.iter().map(span).collect()).unwrap_or_default()
}

/// The typed configuration of a file that the checker found sound.
fn typed(path: &Path, text: &str, pyproject: bool) -> Result<Config, ConfigError> {
    #[derive(serde::Deserialize)]
    struct Pyproject {
        tool: Tool,
    }
    #[derive(serde::Deserialize)]
    struct Tool {
        #[serde(rename = "bklog-lint")]
        ours: Config,
    }
    let result = if pyproject {
        toml::from_str::<Pyproject>(text).map(|all| all.tool.ours)
    } else {
        toml::from_str(text)
    };
    result.map_err(|error| {
        let said = error.message().trim().to_owned();
        single(path, text, error.span().map_or(0, |span| span.start), Bilingual::new(said.clone(), said))
    })
}

/// The `severity` table with every selector replaced by the codes that it names; the more exact selector wins.
fn by_code(config: &Config, catalogue: &[&RuleId]) -> std::collections::BTreeMap<String, Severity> {
    let mut out = std::collections::BTreeMap::new();
    for rule in catalogue {
        let best: Option<(Precision, Severity)> = config
            .severity
            .iter()
            .filter_map(|(key, severity)| Some((selector::precision(key, rule)?, *severity)))
            .max_by_key(|(precision, _)| *precision);
        if let Some((_, severity)) = best {
            out.insert(rule.code.to_owned(), severity);
        }
    }
    out
}

fn mentions_us(bytes: &[u8]) -> bool {
    memchr::memmem::find(bytes, TOOL.as_bytes()).is_some()
}

fn passed_over(path: &Path) -> Bilingual {
    Bilingual::new(
        format!("{}: not valid UTF-8, so it was not searched for [tool.bklog-lint]", path.display()),
        format!("{}：不是有效的 UTF-8，因此未在其中查找 [tool.bklog-lint]", path.display()),
    )
}

fn no_table(path: &Path) -> ConfigError {
    let message = Bilingual::new("no table [tool.bklog-lint] here", "此文件中没有 [tool.bklog-lint] 表");
    single(path, "", 0, message)
}

fn single(path: &Path, text: &str, at: usize, message: Bilingual) -> ConfigError {
    let (line, column) = position(text, at);
    let problem = Problem { line, column, key: String::new(), message, nearest: None };
    ConfigError::Invalid { path: path.to_owned(), problems: vec![problem] }
}

impl super::IgnoreConfig {
    /// Whether the entry still counts on this day.
    pub fn counts_on(&self, today: Date) -> bool {
        self.until.is_none_or(|until| today <= until)
    }
}
