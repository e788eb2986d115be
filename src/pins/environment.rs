//! The interpreter for which markers are judged, and what an installed environment says of its packages.

use std::str::FromStr;

use pep440_rs::{Version, VersionSpecifiers};
use pep508_rs::{ExtraName, MarkerEnvironment, MarkerEnvironmentBuilder, MarkerTree};

use super::series::Series;
use super::{Package, normalised, requirement};
use crate::source::Span;

/// Judges markers for CPython of one version on Linux on x86-64, where Django projects run.
#[derive(Debug, Clone, Default)]
pub struct Markers {
    environment: Option<MarkerEnvironment>,
}

impl Markers {
    /// For this Python; of a series, its newest release is taken, since that is what images and installers give.
    pub fn for_python(python: &Series) -> Self {
        let (major, minor) = python.feature();
        let short = format!("{major}.{minor}");
        let full = if python.is_exact() { python.version().to_string() } else { format!("{short}.99") };
        let environment = MarkerEnvironment::try_from(MarkerEnvironmentBuilder {
            implementation_name: "cpython",
            implementation_version: &full,
            os_name: "posix",
            platform_machine: "x86_64",
            platform_python_implementation: "CPython",
            platform_release: "",
            platform_system: "Linux",
            platform_version: "",
            python_full_version: &full,
            python_version: &short,
            sys_platform: "linux",
        });
        Self { environment: environment.ok() }
    }

    /// Whether `marker` holds without any extra; `None` where that depends on the version of Python and this is not
    /// known.
    pub fn holds(&self, marker: &MarkerTree) -> Option<bool> {
        self.holds_with(marker, &[])
    }

    /// Whether `marker` holds with these extras.
    pub fn holds_with(&self, marker: &MarkerTree, extras: &[ExtraName]) -> Option<bool> {
        if marker.is_true() {
            return Some(true);
        }
        if marker.is_false() {
            return Some(false);
        }
        self.environment.as_ref().map(|environment| marker.evaluate(environment, extras))
    }
}

/// Reads the `METADATA` of a `*.dist-info` folder; `None` when it names no package and version.
pub fn read_metadata(text: &str) -> Option<Package> {
    let (mut name, mut version, mut requires_python, mut requires) = (None, None, None, Vec::new());
    for line in text.lines() {
        // The headers end where the description starts.
        if line.is_empty() {
            break;
        }
        let Some((key, value)) = line.split_once(':') else { continue };
        let value = value.trim();
        match key.to_ascii_lowercase().as_str() {
            "name" => name = Some(normalised(value)),
            "version" => version = Version::from_str(value).ok(),
            "requires-python" => requires_python = VersionSpecifiers::from_str(value).ok(),
            "requires-dist" => requires.extend(requirement::parse(value, false)),
            _ => {}
        }
    }
    Some(Package { name: name?.into(), version: version?, requires_python, requires, span: Span::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_are_judged_for_the_python_that_runs() {
        let holds = |python: &str, marker: &str| {
            Markers::for_python(&Series::parse(python).unwrap())
                .holds(&requirement::parse_marker(marker).unwrap())
        };
        assert_eq!(holds("3.11", "python_version >= '3.10'"), Some(true));
        assert_eq!(holds("3.11", "python_full_version < '3.11.3'"), Some(false), "the newest of the series");
        assert_eq!(holds("3.11.2", "python_full_version < '3.11.3'"), Some(true));
        assert_eq!(holds("3.11", "sys_platform == 'win32'"), Some(false));
        assert_eq!(holds("3.11", "extra == 'redis'"), Some(false));
        let marker = requirement::parse_marker("python_version >= '3.10'").unwrap();
        assert_eq!(Markers::default().holds(&marker), None);
    }

    #[test]
    fn metadata_gives_needs_and_python() {
        let text = "Metadata-Version: 2.1\nName: Django_Celery.Beat\nVersion: 2.5.0\nRequires-Python: >=3.8\n\
                    Requires-Dist: Django (<5.0,>=2.2)\nRequires-Dist: redis>=4; extra == 'redis'\n\nName: no\n";
        let package = read_metadata(text).unwrap();
        assert_eq!((&*package.name, package.version.to_string().as_str()), ("django-celery-beat", "2.5.0"));
        assert_eq!(package.requires_python.unwrap().to_string(), ">=3.8");
        assert_eq!(package.requires.len(), 2);
        assert!(read_metadata("Name: x\n\nVersion: 1\n").is_none());
    }
}
