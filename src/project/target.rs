//! What the project is to run on: `--target django=5.2,python=3.12,mysql=8.0`, or `[target]` in the configuration.

use std::fmt;

use crate::config::{Config, TargetConfig};
use crate::findings::{Bilingual, Lang};
use crate::mysql::server::{Flavour, Server};
use crate::pins::series::Series;

/// What the user named; what is not named is what the repository pins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Target {
    /// Version of Django.
    pub django: Option<Series>,
    /// Version of Python.
    pub python: Option<Series>,
    /// Database server.
    pub server: Option<Server>,
}

/// Why a target cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetError(Bilingual);

impl TargetError {
    /// The error in one language.
    pub fn text(&self, lang: Lang) -> &str {
        self.0.get(lang)
    }
}

impl fmt::Display for TargetError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0.en)
    }
}

impl std::error::Error for TargetError {}

/// Keys of a target, with an example of each.
const KEYS: [(&str, &str); 4] =
    [("django", "5.2"), ("python", "3.12"), ("mysql", "8.0"), ("mariadb", "10.11")];

impl Target {
    /// Reads `django=5.2,python=3.12,mysql=8.0`; every part may be left out.
    ///
    /// # Errors
    /// When a part has no `=`, another key, a value that is no version, or says what another part says.
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        let mut target = Self::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let Some((key, value)) = part.split_once('=').map(|(key, value)| (key.trim(), value.trim()))
            else {
                return Err(no_pair(part));
            };
            target.set(key, value)?;
        }
        if target == Self::default() {
            return Err(TargetError(Bilingual::new(
                "the target is empty; expected for example django=5.2,python=3.12,mysql=8.0",
                "目标为空；应写成例如 django=5.2,python=3.12,mysql=8.0",
            )));
        }
        Ok(target)
    }

    /// What the configuration names: `[target]`, and `[database] server` where the target names no server.
    ///
    /// # Errors
    /// When a value is no version.
    pub fn from_config(config: &Config) -> Result<Self, TargetError> {
        let TargetConfig { django, python, mysql, mariadb } = &config.target;
        let mut target = Self::default();
        for (key, value) in [("django", django), ("python", python), ("mysql", mysql), ("mariadb", mariadb)] {
            if let Some(value) = value {
                target.set(key, value)?;
            }
        }
        if target.server.is_none() {
            target.server = config.database.server.as_deref().and_then(|server| server.parse().ok());
        }
        Ok(target)
    }

    /// This target, completed by `other`: what the command line names wins over the configuration.
    pub fn or(self, other: Self) -> Self {
        Self {
            django: self.django.or(other.django),
            python: self.python.or(other.python),
            server: self.server.or(other.server),
        }
    }

    fn set(&mut self, key: &str, value: &str) -> Result<(), TargetError> {
        match key {
            "django" => put(&mut self.django, key, version(key, value)?),
            "python" => put(&mut self.python, key, version(key, value)?),
            "mysql" | "mariadb" => {
                let server = format!("{key}-{value}").parse().map_err(|_| no_version(key, value))?;
                put(&mut self.server, key, server)
            }
            _ => Err(unknown_key(key)),
        }
    }
}

/// The server's flavour and version; a version given in part (`8.0`) is a series.
pub fn server_series(server: &Server) -> (Flavour, Series) {
    let text = server.to_string();
    let version = text.split_once('-').map_or("", |(_, version)| version);
    let whole = Series::parse(version).unwrap_or_else(|| {
        let semver::Version { major, minor, patch, .. } = server.version;
        Series::exact(pep440_rs::Version::new([major, minor, patch]))
    });
    (server.flavour, whole)
}

fn put<T>(slot: &mut Option<T>, key: &str, value: T) -> Result<(), TargetError> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(TargetError(Bilingual::new(
            format!(
                "`{key}` says again what another part of the target says; name each of Django, Python and the database server once"
            ),
            format!("`{key}` 与目标中的另一项重复；Django、Python 和数据库服务器各写一次即可"),
        ))),
    }
}

fn version(key: &str, value: &str) -> Result<Series, TargetError> {
    let plain = value.contains('.') && value.starts_with(|c: char| c.is_ascii_digit());
    Series::parse(value).filter(|_| plain).ok_or_else(|| no_version(key, value))
}

fn example(key: &str) -> &'static str {
    KEYS.iter().find(|(known, _)| *known == key).map_or("1.0", |(_, example)| example)
}

fn no_version(key: &str, value: &str) -> TargetError {
    let example = example(key);
    TargetError(Bilingual::new(
        format!("`{value}` is no version of {key}; write it as {key}={example}"),
        format!("`{value}` 不是 {key} 的版本号；应写成 {key}={example}"),
    ))
}

fn no_pair(part: &str) -> TargetError {
    TargetError(Bilingual::new(
        format!("`{part}` names no version; expected for example django=5.2,python=3.12,mysql=8.0"),
        format!("`{part}` 没有指明版本；应写成例如 django=5.2,python=3.12,mysql=8.0"),
    ))
}

fn unknown_key(key: &str) -> TargetError {
    let nearest = KEYS
        .iter()
        .map(|(known, _)| (strsim::damerau_levenshtein(known, key), *known))
        .filter(|(distance, _)| *distance <= 2)
        .min()
        .map(|(_, known)| known);
    let known = KEYS.map(|(known, _)| known).join(", ");
    let (did_you, shi_fou) = match nearest {
        Some(nearest) => (format!("; did you mean `{nearest}`?"), format!("；是否应为 `{nearest}`？")),
        None => (String::new(), String::new()),
    };
    TargetError(Bilingual::new(
        format!("a target has no `{key}` (known: {known}){did_you}"),
        format!("目标里没有 `{key}` 这一项（可用：{known}）{shi_fou}"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_command_line_says() {
        let target = Target::parse("django=5.2, python=3.12.4 ,mysql=8.0").unwrap();
        assert_eq!(target.django.unwrap().feature(), (5, 2));
        assert!(target.python.unwrap().is_exact());
        let server = target.server.unwrap();
        assert_eq!(server.to_string(), "mysql-8.0");
        let (flavour, series) = server_series(&server);
        assert_eq!((flavour, series.to_string().as_str(), series.is_exact()), (Flavour::MySql, "8.0", false));
        assert_eq!(Target::parse("mariadb=10.11").unwrap().server.unwrap().to_string(), "mariadb-10.11");
    }

    #[test]
    fn says_what_is_wrong_and_what_is_right() {
        let error = |text: &str| Target::parse(text).unwrap_err().to_string();
        insta::assert_snapshot!(
            ["", "5.2", "django", "djang=5.2", "postgres=16", "django=5", "django=latest", "python=3.x", "mysql=eight",
             "mysql=8.0,mariadb=10.4", "django=4.2,django=5.2"].map(error).join("\n"),
            @r"
        the target is empty; expected for example django=5.2,python=3.12,mysql=8.0
        `5.2` names no version; expected for example django=5.2,python=3.12,mysql=8.0
        `django` names no version; expected for example django=5.2,python=3.12,mysql=8.0
        a target has no `djang` (known: django, python, mysql, mariadb); did you mean `django`?
        a target has no `postgres` (known: django, python, mysql, mariadb)
        `5` is no version of django; write it as django=5.2
        `latest` is no version of django; write it as django=5.2
        `3.x` is no version of python; write it as python=3.12
        `eight` is no version of mysql; write it as mysql=8.0
        `mariadb` says again what another part of the target says; name each of Django, Python and the database server once
        `django` says again what another part of the target says; name each of Django, Python and the database server once
        ");
        assert_eq!(
            Target::parse("djang=5.2").unwrap_err().text(Lang::Zh),
            "目标里没有 `djang` 这一项（可用：django, python, mysql, mariadb）；是否应为 `django`？"
        );
    }

    #[test]
    fn the_command_line_wins_over_the_configuration() {
        let mut config = Config::default();
        config.target.django = Some("4.2".into());
        config.target.python = Some("3.11".into());
        config.database.server = Some("mysql-8.0.36".into());
        let target = Target::parse("django=5.2").unwrap().or(Target::from_config(&config).unwrap());
        assert_eq!(target.django.unwrap().to_string(), "5.2");
        assert_eq!(target.python.unwrap().to_string(), "3.11");
        assert_eq!(target.server.unwrap().to_string(), "mysql-8.0.36");
    }
}
