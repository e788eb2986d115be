//! Measures how fast a server alters a table, for the times of `plan`: the one part of the gate beside the drill that writes.
//!
//! It makes a database of its own, whose name nobody else can have, fills a table, times one ALTER of each kind on it at growing
//! sizes, and drops the database again, also when something fails or the user stops it. It says to the server what
//! [`statements`] lists and nothing else, through connections of its own; the gate proper stays read-only.

pub mod statements;

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hasher};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use mysql::prelude::Queryable;
use mysql::{Conn, Error, Row};

use crate::config::gate::MysqlTarget;
use crate::findings::Bilingual;
use crate::plan::rates::{Calibration, Least, Measured, SCHEMA_VERSION, Work};

use super::check::say;
use super::database;
use super::facts::MysqlFacts;
use super::probe::mysql::{Session, options, text, trouble};
use super::secret::Vault;
use super::trouble::{Kind, Trouble};

/// Bytes that a row of the scratch table takes with its indexes, at most.
const ROW: u64 = 400;
/// How many times the table is there at once: itself, its copy, what is sorted, undo and redo.
const COPIES: u64 = 4;
/// A statement that takes less is measured three times.
const SHORT: Duration = Duration::from_millis(1500);
/// The smallest table that is measured, as a power of two.
const SMALLEST: u32 = 13;
/// Between two sizes, as a power of two.
const STEP: u32 = 2;
/// What a metadata lock and a commit may take beside the work, at most, on a server that others use.
const HIGH_MS: u64 = 1000;

/// What to measure.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// Rows of the greatest table.
    pub rows: u64,
    /// How long all of it may take.
    pub limit: Duration,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Calibrated {
    /// The measurements.
    pub calibration: Calibration,
    /// What the user should know: sizes that did not fit into the time, kinds of work that the server refuses.
    pub notes: Vec<Bilingual>,
}

/// Why nothing was measured.
#[derive(Debug, thiserror::Error)]
pub enum CalibrateError {
    /// The server or the user is not fit for it.
    #[error("{}", .0.en)]
    Refused(Bilingual),
    /// The user stopped it; the scratch database is gone.
    #[error("stopped")]
    Stopped,
    /// It could not be done; the scratch database is gone.
    #[error(transparent)]
    Trouble(#[from] Trouble),
    /// The scratch database could not be dropped and is left behind.
    #[error("{database} is left behind: {why}")]
    Left {
        /// Its name.
        database: String,
        /// Why.
        why: Trouble,
    },
}

fn refused(en: impl Into<String>, zh: impl Into<String>) -> CalibrateError {
    CalibrateError::Refused(say(en, zh))
}

/// The name of a scratch database: 64 bits that differ with every run.
fn new_name() -> String {
    let mut hasher = std::hash::RandomState::new().build_hasher();
    hasher.write_u32(std::process::id());
    hasher.write_i128(jiff::Timestamp::now().as_nanosecond());
    format!("{}{:016x}", statements::PREFIX, hasher.finish())
}

/// The statement with the name of the scratch database in it.
fn filled(sql: &str, database: &str) -> String {
    sql.replace("{s}", database)
}

/// Everything that would be said to the server.
pub fn planned() -> Vec<String> {
    let s = |sql: &str| filled(sql, &format!("{}…", statements::PREFIX));
    let mut out: Vec<String> = statements::SESSION.iter().map(|sql| (*sql).to_owned()).collect();
    out.extend(statements::CREATE.iter().map(|sql| s(sql)));
    out.extend(
        [statements::FIRST, statements::DOUBLE, statements::ANALYZE, statements::COUNT, statements::SIZE]
            .map(s),
    );
    for (_, statement, back) in statements::MEASURED {
        out.push(s(statement));
        out.extend(back.iter().map(|sql| s(sql)));
    }
    out.push(s(statements::DROP));
    out
}

/// Measures. `stop` ends it before its time; the scratch database is dropped all the same.
///
/// # Errors
/// When the server is not fit, a statement fails, or the user stops it.
pub fn run(
    target: &MysqlTarget,
    name: &str,
    vault: &Vault,
    wanted: Wanted,
    stop: &Arc<AtomicBool>,
) -> Result<Calibrated, CalibrateError> {
    let facts = Session::open(target, name, vault, Duration::from_secs(10))?.describe()?;
    let server = fit(&facts, wanted)?;
    let mut scratch = Scratch::create(target, vault, wanted.limit)?;
    let watched = Watch::start(&scratch, target, vault, wanted.limit, stop);
    let found = measure(&mut scratch, wanted, stop);
    drop(watched);
    let notes = scratch.left_by_others();
    scratch.drop_it(target, vault)?;
    if stop.load(Ordering::SeqCst) {
        return Err(CalibrateError::Stopped);
    }
    let (measured, mut more) = found?;
    more.extend(notes);
    let statement = least(&measured);
    let measured_at = jiff::Timestamp::now();
    let calibration =
        Calibration { schema_version: SCHEMA_VERSION, server, measured_at, statement, measured };
    Ok(Calibrated { calibration, notes: more })
}

/// Whether the server may be written to and has room; its name.
fn fit(facts: &MysqlFacts, wanted: Wanted) -> Result<String, CalibrateError> {
    let Some(server) = database::server(facts) else {
        return Err(refused(
            format!("{} is no server whose statements are known", facts.version),
            format!("不了解该服务器的语句行为：{}", facts.version),
        ));
    };
    for name in ["read_only", "super_read_only", "innodb_read_only"] {
        if facts.variables.get(name).is_some_and(|value| value == "ON" || value == "1") {
            return Err(refused(
                format!("the server is read-only ({name})"),
                format!("服务器为只读（{name}）"),
            ));
        }
    }
    if let Some(Ok(Some(_))) = &facts.replica {
        return Err(refused(
            "the server is a replica: what is written there breaks replication; measure on the primary, or on a server of its kind",
            "该服务器是从库：写入会破坏复制；请在主库或同规格的服务器上测量",
        ));
    }
    let needed = wanted.rows.saturating_mul(ROW).saturating_mul(COPIES);
    if let Some(Ok(free)) = &facts.free_bytes
        && *free < needed
    {
        let (free, needed) = (free >> 20, needed.div_ceil(1 << 20));
        return Err(refused(
            format!(
                "not enough space: {needed} MiB may be needed for {} rows, {free} MiB are free; --rows takes fewer",
                wanted.rows
            ),
            format!(
                "空间不足：{} 行最多需要 {needed} MiB，剩余 {free} MiB；可用 --rows 减少行数",
                wanted.rows
            ),
        ));
    }
    Ok(server.to_string())
}

/// A database of our own, for as long as it is there.
struct Scratch {
    conn: Conn,
    database: String,
    number: u64,
    is_there: bool,
}

impl Scratch {
    fn create(target: &MysqlTarget, vault: &Vault, limit: Duration) -> Result<Self, CalibrateError> {
        let mut conn = Conn::new(options(target, vault, limit)?).map_err(|error| trouble(&error))?;
        for sql in statements::SESSION {
            // Who may not keep the binary log clean may still measure.
            let _ = conn.query_drop(sql);
        }
        let number = conn.query_first::<u64, _>(statements::CONNECTION).map_err(|error| trouble(&error))?;
        let database = new_name();
        let mut scratch = Self { conn, database, number: number.unwrap_or_default(), is_there: false };
        let [create, rest @ ..] = statements::CREATE;
        if let Err(error) = scratch.say(create) {
            let found = trouble(&error);
            if found.kind != Kind::Denied {
                return Err(found.into());
            }
            let grant = format!("GRANT ALL ON `{}%`.* TO …", statements::PREFIX.replace('_', "\\_"));
            return Err(refused(
                format!(
                    "the user may not create a scratch database ({}). Its least right: {grant}; [gate.calibrate] names another user",
                    found.said
                ),
                format!(
                    "该用户无权创建临时库（{}）。所需最小权限：{grant}；可在 [gate.calibrate] 指定其他用户",
                    found.said
                ),
            ));
        }
        scratch.is_there = true;
        for sql in rest.iter().chain([&statements::FIRST]) {
            if let Err(error) = scratch.say(sql) {
                let found = trouble(&error);
                scratch.drop_it(target, vault)?;
                return Err(found.into());
            }
        }
        Ok(scratch)
    }

    fn say(&mut self, sql: &str) -> Result<(), Error> {
        self.conn.query_drop(filled(sql, &self.database))
    }

    fn number(&mut self, sql: &str) -> Result<u64, Trouble> {
        let found: Vec<Row> =
            self.conn.query(filled(sql, &self.database)).map_err(|error| trouble(&error))?;
        let told = found.first().and_then(|row| text(row, 0)).and_then(|text| text.parse().ok());
        told.ok_or_else(|| {
            Trouble::new(Kind::Unknown, "the server does not tell the size of the scratch table")
        })
    }

    /// Scratch databases of other runs.
    fn left_by_others(&mut self) -> Vec<Bilingual> {
        let rows: Vec<Row> = self.conn.query(statements::LEFT).unwrap_or_default();
        let names = rows.iter().filter_map(|row| text(row, 0)).filter(|name| *name != self.database);
        names
            .map(|name| {
                say(
                    format!("the server has the scratch database {name} of another run; where none is running any more, drop it"),
                    format!("服务器上有其他运行留下的临时库 {name}；若已无运行中的测量，请删除"),
                )
            })
            .collect()
    }

    /// Drops the database, over a new connection where the old one is gone.
    fn drop_it(&mut self, target: &MysqlTarget, vault: &Vault) -> Result<(), CalibrateError> {
        if !std::mem::take(&mut self.is_there) {
            return Ok(());
        }
        if self.say(statements::DROP).is_ok() {
            return Ok(());
        }
        let sql = filled(statements::DROP, &self.database);
        let mut last = Trouble::new(Kind::Other, "not tried");
        for pause in [0, 500, 2000] {
            thread::sleep(Duration::from_millis(pause));
            let again = options(target, vault, Duration::from_secs(60))
                .and_then(|options| Conn::new(options).map_err(|error| trouble(&error)))
                .and_then(|mut conn| conn.query_drop(&sql).map_err(|error| trouble(&error)));
            match again {
                Ok(()) => return Ok(()),
                Err(why) => last = why,
            }
        }
        Err(CalibrateError::Left { database: self.database.clone(), why: last })
    }
}

impl Drop for Scratch {
    /// What a panic would leave behind.
    fn drop(&mut self) {
        if self.is_there {
            let _ = self.say(statements::DROP);
        }
    }
}

/// Stops the statement that runs when the user says so or the time is up.
struct Watch {
    _end: mpsc::Sender<()>,
}

impl Watch {
    fn start(
        scratch: &Scratch,
        target: &MysqlTarget,
        vault: &Vault,
        limit: Duration,
        stop: &Arc<AtomicBool>,
    ) -> Self {
        let (end, ended) = mpsc::channel::<()>();
        let sql = statements::KILL.replace("{n}", &scratch.number.to_string());
        // Read now: the thread outlives what is lent to this function.
        let options = options(target, vault, Duration::from_secs(10)).ok();
        let (stop, begin) = (stop.clone(), Instant::now());
        // Without the thread a statement is stopped by the time limit of the connection.
        let _ = thread::Builder::new().name("calibrate-watch".to_owned()).spawn(move || {
            while let Err(mpsc::RecvTimeoutError::Timeout) = ended.recv_timeout(Duration::from_millis(100)) {
                if stop.load(Ordering::SeqCst) || begin.elapsed() > limit {
                    let conn = options.clone().and_then(|options| Conn::new(options).ok());
                    let _ = conn.map(|mut conn| conn.query_drop(&sql));
                    thread::sleep(Duration::from_millis(400));
                }
            }
        });
        Self { _end: end }
    }
}

type Notes = Vec<Bilingual>;

/// Measures at growing sizes, as long as there is time.
fn measure(
    scratch: &mut Scratch,
    wanted: Wanted,
    stop: &AtomicBool,
) -> Result<(Vec<Measured>, Notes), CalibrateError> {
    let begin = Instant::now();
    let greatest = wanted.rows.max(1 << SMALLEST).ilog2();
    let (mut out, mut notes) = (Vec::new(), BTreeMap::new());
    // So that the greatest size is one of them.
    let mut next = SMALLEST + (greatest - SMALLEST) % STEP;
    for power in 0..=greatest {
        if stop.load(Ordering::SeqCst) {
            return Err(CalibrateError::Stopped);
        }
        if power > 0 {
            scratch.say(statements::DOUBLE).map_err(|error| failed(&error, stop))?;
        }
        if power != next {
            continue;
        }
        let round = Instant::now();
        series(scratch, stop, &mut out, &mut notes)?;
        next += STEP;
        // The next size takes as many times as long, filling included.
        let expected = round.elapsed().saturating_mul(2 << STEP);
        if power < greatest && begin.elapsed() + expected > wanted.limit {
            let rows = 1u64 << power;
            notes.insert(
                "limit",
                say(
                    format!("stopped at {rows} rows: the next size would take longer than --limit allows"),
                    format!("在 {rows} 行处停止：更大的表会超出 --limit"),
                ),
            );
            break;
        }
    }
    Ok((out, notes.into_values().collect()))
}

/// One statement of each kind on the table as it is.
fn series(
    scratch: &mut Scratch,
    stop: &AtomicBool,
    out: &mut Vec<Measured>,
    notes: &mut BTreeMap<&'static str, Bilingual>,
) -> Result<(), CalibrateError> {
    scratch.say(statements::ANALYZE).map_err(|error| failed(&error, stop))?;
    let rows = scratch.number(statements::COUNT)?;
    let bytes = scratch.number(statements::SIZE)?;
    for (key, statement, back) in statements::MEASURED {
        let Some(work) = Work::ALL.into_iter().find(|work| work.key() == key) else { continue };
        let mut took: Vec<Duration> = Vec::new();
        while took.is_empty() || (took.len() < 3 && took.iter().all(|one| *one < SHORT)) {
            if stop.load(Ordering::SeqCst) {
                return Err(CalibrateError::Stopped);
            }
            let begin = Instant::now();
            match scratch.say(statement) {
                Ok(()) => took.push(begin.elapsed()),
                // This server does not do it this way; `plan` does not expect it there either.
                Err(Error::MySqlError(error)) if matches!(error.code, 1064 | 1800 | 1845 | 1846) => {
                    notes.insert(
                        key,
                        say(
                            format!("{key}: the server refuses it ({}): {}", error.code, error.message),
                            format!("{key}：服务器不支持（{}）：{}", error.code, error.message),
                        ),
                    );
                    break;
                }
                Err(error) => return Err(failed(&error, stop)),
            }
            for sql in back {
                scratch.say(sql).map_err(|error| failed(&error, stop))?;
            }
        }
        took.sort();
        if let Some(median) = took.get(took.len() / 2) {
            let ms = u64::try_from(median.as_millis()).unwrap_or(u64::MAX);
            out.push(Measured { work, rows, bytes, ms });
        }
    }
    Ok(())
}

fn failed(error: &Error, stop: &AtomicBool) -> CalibrateError {
    if stop.load(Ordering::SeqCst) {
        return CalibrateError::Stopped;
    }
    match error {
        // The watch stopped it.
        Error::MySqlError(error) if matches!(error.code, 1317 | 1927 | 3024) => refused(
            "--limit passed while a statement ran; fewer --rows, or a longer --limit",
            "语句执行期间已到 --limit；请减少 --rows 或增大 --limit",
        ),
        other => trouble(other).into(),
    }
}

/// What a statement takes beside the work on rows: what those take that do none.
fn least(measured: &[Measured]) -> Least {
    let idle = measured.iter().filter(|one| matches!(one.work, Work::Instant | Work::InPlace));
    let ms: Vec<u64> = idle.map(|one| one.ms).collect();
    let low_ms = ms.iter().min().copied().unwrap_or(1);
    let high_ms = ms.iter().max().copied().unwrap_or_default().saturating_mul(3).max(HIGH_MS);
    Least { low_ms, high_ms }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_never_repeat_and_need_no_quoting() {
        let names: std::collections::BTreeSet<String> = (0..1000).map(|_| new_name()).collect();
        assert_eq!(names.len(), 1000);
        for name in &names {
            assert!(
                name.len() < 64 && name.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_'),
                "{name}"
            );
        }
    }

    #[test]
    fn every_kind_of_work_is_measured() {
        for work in Work::ALL {
            assert!(statements::MEASURED.iter().any(|(key, ..)| *key == work.key()), "{work:?}");
        }
    }

    #[test]
    fn servers_that_must_not_be_written_to_are_refused() {
        let wanted = Wanted { rows: 1 << 17, limit: Duration::from_secs(1) };
        let sound = MysqlFacts { version: "10.11.19-MariaDB".to_owned(), ..MysqlFacts::default() };
        assert_eq!(fit(&sound, wanted).unwrap(), "mariadb-10.11.19");
        let with = |change: &dyn Fn(&mut MysqlFacts)| {
            let mut facts = sound.clone();
            change(&mut facts);
            fit(&facts, wanted).unwrap_err().to_string()
        };
        assert!(with(&|it| drop(it.variables.insert("read_only".into(), "ON".into()))).contains("read-only"));
        assert!(with(&|it| it.replica = Some(Ok(Some(Default::default())))).contains("replica"));
        assert!(with(&|it| it.free_bytes = Some(Ok(1 << 20))).contains("space"));
        assert!(with(&|it| it.version = "?".into()).contains("no server"));
    }
}
