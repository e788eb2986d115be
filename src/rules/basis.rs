//! What the statements of a project are judged for: which server runs them, as which release of Django writes them.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::config::Config;
use crate::django::DjangoVersion;
use crate::findings::Bilingual;
use crate::mysql::{Flavour, Server};
use crate::project::Project;

/// Server and Django release.
#[derive(Debug, Clone)]
pub struct Basis {
    /// The server.
    pub server: Server,
    /// Whether the user named it; else it is the one that Django teams run most.
    pub is_named: bool,
    /// The release of Django that writes the statements.
    pub django: DjangoVersion,
}

/// `rules/facts/defaults.toml`.
struct Defaults {
    server: Server,
    django: DjangoVersion,
}

#[derive(Deserialize)]
struct Written {
    server: String,
    django: String,
}

static DEFAULTS: LazyLock<Defaults> = LazyLock::new(|| {
    #[allow(clippy::expect_used)] // compiled in; a test reads it
    read_defaults().expect("rules/facts/defaults.toml is well formed")
});

fn read_defaults() -> Option<Defaults> {
    let written: Written = toml::from_str(include_str!("../../rules/facts/defaults.toml")).ok()?;
    Some(Defaults { server: written.server.parse().ok()?, django: written.django.parse().ok()? })
}

/// The release of Django that is assumed where the files pin none.
pub(super) fn assumed_django() -> DjangoVersion {
    DEFAULTS.django
}

impl Basis {
    /// The basis for `project`: `[database] server`, else the server of the target, else MySQL 8.0; the release of
    /// Django that the target names, else the one that is pinned.
    pub(super) fn of(project: &Project, config: &Config) -> Self {
        let (server, is_named) = Self::server_of(Some(project), config);
        Self { server, is_named, django: project.versions.django.to.unwrap_or_else(assumed_django) }
    }

    /// The server of a project, or of what belongs to none, and whether the user named it.
    pub fn server_of(project: Option<&Project>, config: &Config) -> (Server, bool) {
        let configured = config.database.server.as_ref().and_then(|server| server.parse().ok());
        let target =
            project.and_then(|project| project.pins.aims.server.as_ref()).and_then(|(flavour, series)| {
                // What a series does differs within 8.0 alone; its early releases are run by hardly anybody.
                let is_eight = *flavour == Flavour::MySql && series.feature() == (8, 0) && !series.is_exact();
                let named = format!("{}-{series}", flavour.key());
                if is_eight { Some(DEFAULTS.server.clone()) } else { named.parse().ok() }
            });
        match configured.or(target) {
            Some(server) => (server, true),
            None => (DEFAULTS.server.clone(), false),
        }
    }

    /// The server in words, and that nobody named it where that is so.
    pub fn describe(&self) -> Bilingual {
        let server = self.server.to_string();
        match self.is_named {
            true => Bilingual::new(server.clone(), server),
            false => Bilingual::new(
                format!("{server} (no server is configured; `[database] server` names it)"),
                format!("{server}（未配置服务器，可用 `[database] server` 指定）"),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_read() {
        assert!(read_defaults().is_some());
    }
}
