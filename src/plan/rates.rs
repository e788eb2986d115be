//! How fast a server works through its tables: the usual rates of `rules/facts/cost.toml`, or what `gate calibrate` measured.
//!
//! A calibration is a list of measured points per kind of work: a table of so many bytes took so many milliseconds. Between
//! two points the time is read off the line through them (in logarithms, since neither time nor size has a natural unit);
//! beyond the greatest one it grows with the size, and the range grows with the distance. The size is that in bytes; an
//! index is sorted entry by entry, so that a table of many short rows takes what so many rows take.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use super::cost::Size;
use crate::findings::Bilingual;

static USUAL: &str = include_str!("../../rules/facts/cost.toml");

/// Version of the file that `gate calibrate` writes.
pub const SCHEMA_VERSION: u32 = 1;

/// How far the truth may be from a measured point, either way: the same statement on the same table differs by so much
/// between a quiet minute and a busy one (scripts/bench/calibrate).
const SPREAD: f64 = 1.5;
/// By which power of the distance the range grows beyond the greatest table that was measured: ten times the size adds a
/// quarter.
const BEYOND: f64 = 0.1;

/// What a server does to a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Work {
    /// A change of the description alone, `ALGORITHM=INSTANT`.
    Instant,
    /// A change in place that leaves the rows alone.
    InPlace,
    /// The storage engine rebuilds the table by itself.
    Rebuild,
    /// Every row is written to a new table.
    Copy,
    /// One index is built over the rows that are there.
    Index,
    /// A foreign key is added: every row is copied and looked up.
    ForeignKey,
}

impl Work {
    /// All kinds, the cheapest first.
    pub const ALL: [Self; 6] =
        [Self::Instant, Self::InPlace, Self::Rebuild, Self::Copy, Self::Index, Self::ForeignKey];

    /// Its name in files.
    pub fn key(self) -> &'static str {
        match self {
            Self::Instant => "instant",
            Self::InPlace => "in-place",
            Self::Rebuild => "rebuild",
            Self::Copy => "copy",
            Self::Index => "index",
            Self::ForeignKey => "foreign-key",
        }
    }
}

/// What any statement takes beside the work on rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Least {
    /// Milliseconds at least.
    pub low_ms: u64,
    /// Milliseconds at most.
    pub high_ms: u64,
}

/// One measured statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Measured {
    /// What the server did.
    pub work: Work,
    /// Rows of the table.
    pub rows: u64,
    /// Bytes of its data and indexes, as the server tells them.
    pub bytes: u64,
    /// How long it took.
    pub ms: u64,
}

/// What was measured on one server: the file of `gate calibrate`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Calibration {
    /// Version of this form.
    pub schema_version: u32,
    /// The server: `mariadb-10.11.19`.
    pub server: String,
    /// When, in UTC.
    pub measured_at: jiff::Timestamp,
    /// What any statement takes.
    pub statement: Least,
    /// The measurements.
    pub measured: Vec<Measured>,
}

impl Calibration {
    /// Reads the file that `gate calibrate` wrote.
    ///
    /// # Errors
    /// When it cannot be read, is of another form, or holds no measurement that times can be told from.
    pub fn read(path: &Path) -> Result<Self, Bilingual> {
        let shown = path.display();
        let text = crate::source::read_given_text(path).map_err(|error| {
            Bilingual::new(
                format!("{shown}: cannot read the calibration: {error}"),
                format!("{shown}：无法读取校准文件：{error}"),
            )
        })?;
        Self::parse(&text).map_err(|why| {
            Bilingual::new(
                format!("{shown}: no calibration as `gate calibrate` writes it: {why}"),
                format!("{shown}：不是 `gate calibrate` 生成的校准文件：{why}"),
            )
        })
    }

    /// As [`Self::read`], from text.
    ///
    /// # Errors
    /// Why it is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        let found: Self = toml::from_str(text).map_err(|error| error.message().to_owned())?;
        if found.schema_version != SCHEMA_VERSION {
            return Err(format!("schema-version {} is not {SCHEMA_VERSION}", found.schema_version));
        }
        if found.measured.iter().any(|one| one.bytes == 0) {
            return Err("a measurement of a table without bytes".to_owned());
        }
        if found.statement.low_ms > found.statement.high_ms {
            return Err("low-ms is above high-ms".to_owned());
        }
        Ok(found)
    }
}

/// Where rates come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whence {
    /// `rules/facts/cost.toml`: wide ranges that fit most servers.
    Usual,
    /// Measured on a server.
    Measured {
        /// The server.
        server: String,
        /// When.
        at: jiff::Timestamp,
    },
}

/// How fast each kind of work is.
#[derive(Debug, Clone)]
pub struct Rates {
    /// What any statement takes.
    pub least: Least,
    /// Where they come from.
    pub whence: Whence,
    speeds: BTreeMap<Work, Speed>,
}

#[derive(Debug, Clone)]
enum Speed {
    /// Millions of bytes per second, at least and at most.
    Range(u64, u64),
    /// What was measured.
    Points {
        /// Bytes and milliseconds, by bytes.
        by_bytes: Vec<(f64, f64)>,
        /// Rows and milliseconds, by rows.
        by_rows: Vec<(f64, f64)>,
    },
}

impl Default for Rates {
    fn default() -> Self {
        Self::usual().clone()
    }
}

impl Rates {
    /// The rates of `rules/facts/cost.toml`.
    fn usual() -> &'static Self {
        #[derive(Deserialize)]
        struct File {
            statement: Fixed,
            rate: Vec<Rate>,
        }
        #[derive(Deserialize)]
        struct Fixed {
            low_ms: u64,
            high_ms: u64,
        }
        #[derive(Deserialize)]
        struct Rate {
            work: Work,
            low: u64,
            high: u64,
        }
        static READ: OnceLock<Rates> = OnceLock::new();
        READ.get_or_init(|| {
            let file = toml::from_str(USUAL)
                .unwrap_or(File { statement: Fixed { low_ms: 0, high_ms: 0 }, rate: Vec::new() });
            let speed = |rate: &Rate| (rate.work, Speed::Range(rate.low, rate.high));
            Self {
                least: Least { low_ms: file.statement.low_ms, high_ms: file.statement.high_ms },
                whence: Whence::Usual,
                speeds: file.rate.iter().map(speed).collect(),
            }
        })
    }

    /// What was measured, in place of the usual rates; a kind of work that was not measured keeps its usual one.
    pub fn measured(calibration: &Calibration) -> Self {
        let mut speeds = Self::usual().speeds.clone();
        for work in Work::ALL {
            let points = |size: fn(&Measured) -> u64| {
                let of = calibration.measured.iter().filter(|one| one.work == work && size(one) > 0);
                #[allow(clippy::cast_precision_loss)] // sizes and times, far below 2^52
                let mut points: Vec<(f64, f64)> =
                    of.map(|one| (size(one) as f64, one.ms.max(1) as f64)).collect();
                points.sort_by(|a, b| a.0.total_cmp(&b.0));
                points.dedup_by(|a, b| a.0 <= b.0);
                points
            };
            let by_bytes = points(|one| one.bytes);
            if !by_bytes.is_empty() {
                speeds.insert(work, Speed::Points { by_bytes, by_rows: points(|one| one.rows) });
            }
        }
        let whence = Whence::Measured { server: calibration.server.clone(), at: calibration.measured_at };
        Self { least: calibration.statement, whence, speeds }
    }

    /// Milliseconds at least and at most that the work takes on a table of this size, beside what every statement takes;
    /// `None` when nothing is known of this kind of work.
    pub fn takes(&self, work: Work, size: Size) -> Option<(u64, u64)> {
        match self.speeds.get(&work) {
            // A foreign key copies the table, whatever else it does.
            None if work == Work::ForeignKey => self.takes(Work::Copy, size),
            None => None,
            // Millions of bytes per second are thousands per millisecond.
            Some(Speed::Range(low, high)) => {
                let takes = |rate: u64| size.bytes / (rate.max(1) * 1000);
                Some((takes(*high), takes(*low)))
            }
            Some(Speed::Points { by_bytes, by_rows }) => {
                let bytes = on_the_line(by_bytes, size.bytes)?;
                match on_the_line(by_rows, size.rows) {
                    Some(rows) if work == Work::Index && rows.1 > bytes.1 => Some(rows),
                    _ => Some(bytes),
                }
            }
        }
    }
}

/// Reads the time off the line through measured points.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)] // milliseconds, not negative
fn on_the_line(points: &[(f64, f64)], size: u64) -> Option<(u64, u64)> {
    let (first, last) = (points.first()?, points.last()?);
    let size = size as f64;
    let (expected, spread) = if size <= first.0 {
        (first.1 * size / first.0, SPREAD)
    } else if size >= last.0 {
        (last.1 * size / last.0, SPREAD * (size / last.0).powf(BEYOND))
    } else {
        let after = points.iter().position(|point| point.0 >= size)?;
        let (below, above) = (points.get(after.checked_sub(1)?)?, points.get(after)?);
        let part = (size / below.0).ln() / (above.0 / below.0).ln();
        (below.1 * (above.1 / below.1).powf(part), SPREAD)
    };
    Some(((expected / spread) as u64, (expected * spread).ceil() as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A table of rows of a hundred bytes.
    fn of(bytes: u64) -> Size {
        Size { rows: bytes / 100, bytes }
    }

    fn calibration() -> Calibration {
        let at = |rows: u64, ms: u64| Measured { work: Work::Copy, rows, bytes: rows * 100, ms };
        Calibration {
            schema_version: SCHEMA_VERSION,
            server: "mariadb-10.11.19".to_owned(),
            measured_at: "2026-11-26T00:00:00Z".parse().unwrap(),
            statement: Least { low_ms: 2, high_ms: 400 },
            measured: vec![at(10_000, 100), at(100_000, 2000)],
        }
    }

    #[test]
    fn a_calibration_is_read_as_it_is_written() {
        let written = toml::to_string(&calibration()).unwrap();
        assert_eq!(Calibration::parse(&written).unwrap(), calibration());
        for (from, to) in [
            ("schema-version = 1", "schema-version = 2"),
            ("bytes = 1000000", "bytes = 0"),
            ("low-ms = 2", "low-ms = 2000"),
            ("work = \"copy\"", "work = \"magic\""),
            ("server", "servre"),
        ] {
            assert!(written.contains(from), "{from} in {written}");
            Calibration::parse(&written.replace(from, to)).unwrap_err();
        }
    }

    #[test]
    fn measured_points_are_met_and_the_range_grows_beyond_them() {
        let rates = Rates::measured(&calibration());
        let middle = |bytes: u64| {
            let (low, high) = rates.takes(Work::Copy, of(bytes)).unwrap();
            assert!(low < high, "{bytes}");
            (low * high).isqrt()
        };
        assert!((98..=102).contains(&middle(1_000_000)), "{}", middle(1_000_000));
        assert!((1980..=2020).contains(&middle(10_000_000)));
        assert!((440..=455).contains(&middle(3_162_278)), "half way in logarithms: {}", middle(3_162_278));
        assert!((48..=52).contains(&middle(500_000)), "in proportion below");
        assert!((19_000..=21_000).contains(&middle(100_000_000)), "in proportion above");
        let width = |bytes| {
            let (low, high) = rates.takes(Work::Copy, of(bytes)).unwrap();
            high * 100 / low
        };
        assert!(width(1_000_000_000) > width(100_000_000) && width(100_000_000) > width(10_000_000));
    }

    #[test]
    fn an_index_over_many_short_rows_takes_what_the_rows_take() {
        let mut calibration = calibration();
        calibration.measured.iter_mut().for_each(|one| one.work = Work::Index);
        let rates = Rates::measured(&calibration);
        let index = |rows: u64, bytes: u64| rates.takes(Work::Index, Size { rows, bytes }).unwrap();
        // A hundred bytes a row were measured.
        assert_eq!(index(100_000, 1_000_000), index(100_000, 10_000_000));
        assert!(index(1_000, 10_000_000) == index(0, 10_000_000), "few long rows");
        // A copy moves bytes, however many rows they are.
        let copies = Rates::measured(&self::calibration());
        assert_eq!(
            copies.takes(Work::Copy, Size { rows: 100_000, bytes: 1_000_000 }),
            copies.takes(Work::Copy, of(1_000_000))
        );
    }

    #[test]
    fn what_was_not_measured_keeps_its_usual_rate() {
        let rates = Rates::measured(&calibration());
        assert_eq!(rates.takes(Work::Index, of(1 << 30)), Rates::default().takes(Work::Index, of(1 << 30)));
        assert_eq!(rates.takes(Work::ForeignKey, of(1 << 20)), rates.takes(Work::Copy, of(1 << 20)));
        assert_eq!(rates.takes(Work::InPlace, of(1 << 30)), None);
    }
}
