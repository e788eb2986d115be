//! What pip is told about indexes: its environment variables and configuration files
//! (<https://pip.pypa.io/en/stable/topics/configuration/>).

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::time::Duration;

use crate::findings::Bilingual;
use crate::pins::setup_cfg;

/// pip's own, in seconds.
const DEFAULT_TIMEOUT: u64 = 15;

/// What counts for `pip install`.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    /// The index, where it is configured: none is asked that nobody names.
    pub(super) index: Option<String>,
    /// More indexes.
    pub(super) extra: Vec<String>,
    /// No index is to be asked.
    pub(super) no_index: bool,
    /// How long a request may take.
    pub(super) timeout: Duration,
    /// A bundle of certificates that takes the place of the system's.
    pub(super) certificates: Option<PathBuf>,
    /// The proxy, where pip itself has one; else that of the environment counts.
    pub(super) proxy: Option<String>,
    /// Hosts (with or without a port) that may be asked without TLS.
    pub(super) trusted: Vec<String>,
}

impl Settings {
    /// Reads files and environment variables. The second part says which files are there and cannot be read, for the
    /// summary.
    pub(super) fn read() -> (Self, Vec<Bilingual>) {
        let (texts, notices) = texts(&files());
        (Self::of(&texts, &|name| std::env::var(name).ok().filter(|value| !value.is_empty())), notices)
    }

    /// From the texts of the files, the less important first, and the environment. Across all files, `[install]` wins
    /// over `[global]`, and the environment over both.
    fn of(texts: &[String], environment: &dyn Fn(&str) -> Option<String>) -> Self {
        let mut values: BTreeMap<String, String> = BTreeMap::new();
        for section in ["global", "install"] {
            for text in texts {
                for value in setup_cfg::values(text).into_iter().filter(|value| value.section == section) {
                    let key = value.key.trim_start_matches('-').replace('_', "-").to_lowercase();
                    let lines: Vec<&str> = value.lines.iter().map(|(line, _)| *line).collect();
                    values.insert(key, lines.join("\n"));
                }
            }
        }
        let value = |key: &str| {
            let variable = format!("PIP_{}", key.replace('-', "_").to_uppercase());
            environment(&variable).or_else(|| values.get(key).filter(|value| !value.is_empty()).cloned())
        };
        let list = |key: &str| {
            value(key).unwrap_or_default().split_whitespace().map(str::to_owned).collect::<Vec<_>>()
        };
        let is_on =
            |text: String| matches!(text.to_lowercase().as_str(), "1" | "y" | "yes" | "t" | "true" | "on");
        let seconds = environment("PIP_DEFAULT_TIMEOUT").or_else(|| value("timeout"));
        Self {
            index: value("index-url"),
            extra: list("extra-index-url"),
            no_index: value("no-index").is_some_and(is_on),
            timeout: Duration::from_secs(
                seconds
                    .and_then(|text| text.trim().parse().ok())
                    .filter(|seconds| *seconds > 0)
                    .unwrap_or(DEFAULT_TIMEOUT),
            ),
            certificates: value("cert")
                .or_else(|| environment("REQUESTS_CA_BUNDLE"))
                .or_else(|| environment("CURL_CA_BUNDLE"))
                .map(PathBuf::from),
            proxy: value("proxy"),
            trusted: list("trusted-host"),
        }
    }
}

/// The texts of the files that are there, and what is to be said of those that cannot be read.
fn texts(files: &[PathBuf]) -> (Vec<String>, Vec<Bilingual>) {
    let mut out = (Vec::new(), Vec::new());
    for file in files {
        match crate::source::read_given_text(file) {
            Ok(text) => out.0.push(text),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {}
            Err(error) => {
                let file = file.display();
                out.1.push(Bilingual::new(
                    format!("pip's configuration {file} cannot be read, so the index that it names is not asked: {error}"),
                    format!("无法读取 pip 的配置 {file}，其中的索引未被查询：{error}"),
                ));
            }
        }
    }
    out
}

/// pip's configuration files, the less important first; `PIP_CONFIG_FILE` set to the null device switches all off.
fn files() -> Vec<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let named = variable("PIP_CONFIG_FILE");
    let null = if cfg!(windows) { "nul" } else { "/dev/null" };
    if named.as_ref().is_some_and(|named| named.as_os_str() == null) {
        return Vec::new();
    }
    let mut out = Vec::new();
    if cfg!(windows) {
        out.extend(variable("PROGRAMDATA").map(|folder| folder.join("pip/pip.ini")));
        out.extend(variable("USERPROFILE").map(|home| home.join("pip/pip.ini")));
        out.extend(variable("APPDATA").map(|folder| folder.join("pip/pip.ini")));
        out.extend(variable("VIRTUAL_ENV").map(|folder| folder.join("pip.ini")));
    } else {
        out.push(PathBuf::from("/etc/xdg/pip/pip.conf"));
        out.push(PathBuf::from("/etc/pip.conf"));
        let home = variable("HOME");
        out.extend(home.as_ref().map(|home| home.join(".pip/pip.conf")));
        let config = variable("XDG_CONFIG_HOME").or_else(|| home.as_ref().map(|home| home.join(".config")));
        out.extend(config.map(|config| config.join("pip/pip.conf")));
        if cfg!(target_os = "macos") {
            out.extend(home.map(|home| home.join("Library/Application Support/pip/pip.conf")));
        }
        out.extend(variable("VIRTUAL_ENV").map(|folder| folder.join("pip.conf")));
    }
    out.extend(named);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_wins_over_what() {
        let texts = [
            "[global]\nindex-url = https://a/simple\nextra_index_url =\n    https://b/simple\n    https://c/simple\n\
             [install]\nno-index = false\ntimeout = 3\n"
                .to_owned(),
            "[global]\nindex-url = https://d/simple\ntimeout = 5\n[download]\nindex-url = https://e/simple\n".to_owned(),
        ];
        let none = |_: &str| None;
        let settings = Settings::of(&texts, &none);
        assert_eq!(settings.index.as_deref(), Some("https://d/simple"));
        assert_eq!(settings.extra, ["https://b/simple", "https://c/simple"]);
        assert_eq!(settings.timeout.as_secs(), 3, "[install] of any file wins over [global]");
        let some = |name: &str| (name == "PIP_INDEX_URL").then(|| "https://f/simple".to_owned());
        assert_eq!(Settings::of(&texts, &some).index.as_deref(), Some("https://f/simple"));
        assert_eq!(Settings::of(&[], &none).index, None);
    }

    #[test]
    fn a_configuration_that_cannot_be_read_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        std::fs::write(file("good.conf"), "[global]\n").unwrap();
        std::fs::write(file("latin.conf"), b"[global]\nindex-url = https://h\xf6st/simple\n").unwrap();
        let (texts, notices) =
            texts(&[file("good.conf"), file("missing.conf"), file("good.conf/below"), file("latin.conf")]);
        assert_eq!(texts, ["[global]\n"]);
        assert_eq!(notices.len(), 1, "{notices:?}");
        assert!(notices[0].en.contains("latin.conf"), "{notices:?}");
    }
}
