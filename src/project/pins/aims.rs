//! What a project is to run on: what the user named, else what its files pin.

use std::sync::Arc;

use pep440_rs::VersionSpecifiers;

use crate::findings::Bilingual;
use crate::mysql::Flavour;
use crate::pins::compatibility;
use crate::pins::inventory::{Inventory, Pin, compact};
use crate::pins::role::Role;
use crate::pins::series::{Series, overlap};
use crate::pins::{Entry, PythonClaim, Wants};
use crate::project::target::Target;
use crate::source::{FileKind, Span};

/// What a project is to run on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Aims {
    /// Django.
    pub django: Aim,
    /// Python.
    pub python: Aim,
    /// Database server; only the user can name one.
    pub server: Option<(Flavour, Series)>,
}

/// A version that a project is to run on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Aim {
    /// The version that counts.
    pub version: Option<Series>,
    /// Whence.
    pub origin: Origin,
    /// What the files pin, whatever the user named.
    pub pinned: Option<Series>,
    /// Where they pin it.
    pub place: Option<(Arc<str>, Span)>,
    /// Why the files pin nothing; empty when they do.
    pub reason: Bilingual,
}

/// Whence the version that counts comes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Origin {
    /// The user named it.
    Target,
    /// The files pin it.
    Pinned,
    /// Nowhere.
    #[default]
    Unknown,
}

impl Origin {
    /// The key by which outputs name it.
    pub fn key(self) -> &'static str {
        match self {
            Self::Target => "target",
            Self::Pinned => "pinned",
            Self::Unknown => "unknown",
        }
    }
}

impl Aim {
    fn new(named: Option<&Series>, pinned: Result<(Series, Arc<str>, Span), Bilingual>) -> Self {
        let (pinned, place, reason) = match pinned {
            Ok((series, path, span)) => (Some(series), Some((path, span)), Bilingual::default()),
            Err(reason) => (None, None, reason),
        };
        let (version, origin) = match (named, &pinned) {
            (Some(named), _) => (Some(named.clone()), Origin::Target),
            (None, Some(pinned)) => (Some(pinned.clone()), Origin::Pinned),
            (None, None) => (None, Origin::Unknown),
        };
        Self { version, origin, pinned, place, reason }
    }

    /// True when the user named a newer version than the files pin: something is about to change.
    pub fn is_raised(&self) -> bool {
        self.origin == Origin::Target
            && self
                .version
                .as_ref()
                .zip(self.pinned.as_ref())
                .is_none_or(|(aim, pinned)| pinned.is_older_than(aim))
    }

    /// Whether it is this feature release or a newer one.
    pub fn is_at_least(&self, major: u64, minor: u64) -> bool {
        self.version.as_ref().is_some_and(|version| version.feature() >= (major, minor))
    }

    /// Whether the version is known and `specifiers` accept none of it.
    pub fn is_refused_by(&self, specifiers: &VersionSpecifiers) -> bool {
        self.version.as_ref().is_some_and(|version| !version.fits(specifiers))
    }
}

/// Files that name an interpreter, the one that decides first.
const INTERPRETERS: [FileKind; 5] = [
    FileKind::RuntimeTxt,
    FileKind::PythonVersion,
    FileKind::Dockerfile,
    FileKind::Pipfile,
    FileKind::Pyproject,
];

pub(super) fn python(inventory: &Inventory, target: &Target) -> Aim {
    let claims: Vec<_> = inventory.pythons(&[Role::Runtime]).collect();
    let named = INTERPRETERS.iter().find_map(|kind| {
        claims.iter().find_map(|(file, claim)| {
            let series = (file.kind == *kind).then(|| claim_series(claim)).flatten()?;
            Some((series, file.text.path.clone(), claim.span))
        })
    });
    let any = claims
        .iter()
        .find_map(|(file, claim)| Some((claim_series(claim)?, file.text.path.clone(), claim.span)));
    let pinned = named.or(any).ok_or_else(|| match claims.first() {
        Some((file, claim)) => Bilingual::new(
            format!("`{}` allows {}, which is no single version", file.text.path, compact(&claim.versions)),
            format!("`{}` 允许 {}，并非单一版本", file.text.path, compact(&claim.versions)),
        ),
        None => Bilingual::new("no file names a version of Python", "没有文件指明 Python 版本"),
    });
    Aim::new(target.python.as_ref(), pinned)
}

/// The one version or feature release that a statement allows.
fn claim_series(claim: &PythonClaim) -> Option<Series> {
    let mut specifiers = claim.versions.iter();
    let (Some(only), None) = (specifiers.next(), specifiers.next()) else { return None };
    let version = only.version();
    match only.operator() {
        pep440_rs::Operator::Equal | pep440_rs::Operator::ExactEqual if version.release().len() > 2 => {
            Some(Series::exact(version.clone()))
        }
        pep440_rs::Operator::Equal | pep440_rs::Operator::EqualStar if version.release().len() == 2 => {
            Series::parse(&version.to_string())
        }
        _ => None,
    }
}

pub(super) fn django(inventory: &Inventory, target: &Target) -> Aim {
    let pinned = match inventory.chosen("django") {
        None => Err(Bilingual::new("no runtime requirement names Django", "没有运行期依赖声明 Django")),
        Some(pin) => pinned_django(&pin),
    };
    Aim::new(target.django.as_ref(), pinned)
}

fn pinned_django(pin: &Pin<'_>) -> Result<(Series, Arc<str>, Span), Bilingual> {
    let place = |series| (series, pin.file.text.path.clone(), pin.entry.span);
    if let Some(version) = pin.entry.pinned() {
        return Ok(place(Series::exact(version.clone())));
    }
    let Entry { wants, .. } = pin.entry;
    let shown = pin.shown();
    let not_one = Bilingual::new(
        format!("`{shown}` allows more than one feature release"),
        format!("`{shown}` 允许不止一个功能版本"),
    );
    let Wants::Versions(versions) = wants else {
        return Err(Bilingual::new(
            format!("`{shown}` does not tell its version"),
            format!("`{shown}` 看不出版本号"),
        ));
    };
    let mut fits = compatibility::releases().iter().filter_map(|release| {
        let series = Series::parse(&release.version)?;
        series.fits(versions).then_some(series)
    });
    match (fits.next(), fits.next()) {
        // A range without an upper bound reaches beyond the newest release that the table knows.
        (Some(only), None) if !overlap(versions, &newer_than_all()) => Ok(place(only)),
        _ => Err(not_one),
    }
}

fn newer_than_all() -> VersionSpecifiers {
    let newest = compatibility::releases().last().and_then(|release| Series::parse(&release.version));
    let (major, minor) = newest.map_or((0, 0), |series| series.feature());
    let next = pep440_rs::Version::new([major, minor + 1]);
    pep440_rs::VersionSpecifier::greater_than_equal_version(next).into()
}
