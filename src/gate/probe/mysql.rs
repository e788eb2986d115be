//! MySQL, MariaDB and what speaks their protocol.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use mysql::prelude::Queryable;
use mysql::{Conn, DriverError, Error, OptsBuilder, Row, SslOpts, Value};

use crate::config::gate::MysqlTarget;

use crate::plan::names::{Gathering, Names};

use super::super::certificate;
use super::super::facts::{Answer, MetadataLock, MysqlFacts, Replica, Table, Transaction};
use super::super::secret::Vault;
use super::super::trouble::{Asked, Kind, Trouble};
use super::statements::{MYSQL, Statement};
use super::{Plan, Probe, shown};

/// Largest packet that is taken from a server.
const PACKET: usize = 64 << 20;
/// Error numbers: <https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html>.
const SYNTAX: u16 = 1064;
const UNKNOWN_TABLE: u16 = 1109;
const NO_SUCH_TABLE: u16 = 1146;
const UNKNOWN_DATABASE: u16 = 1049;
const LOGIN: [u16; 4] = [1045, 1698, 1862, 2059];
const DENIED: [u16; 5] = [1044, 1142, 1143, 1227, 1370];

/// Asks a database server.
pub struct MysqlProbe {
    /// Its name in checks.
    pub id: String,
    /// Its name in the configuration.
    pub name: String,
    /// Where it is.
    pub target: MysqlTarget,
    /// Django's migrations run here.
    pub django: bool,
}

impl Probe for MysqlProbe {
    fn id(&self) -> String {
        self.id.clone()
    }

    fn plan(&self, vault: &Vault) -> Plan {
        let target = &self.target;
        let place = if target.socket.0.is_empty() {
            format!("{}:{}", shown(vault, &target.host, "localhost"), shown(vault, &target.port, "3306"))
        } else {
            shown(vault, &target.socket, "")
        };
        let whom = format!(
            "{} at {place}, database {}{}",
            shown(vault, &target.user, "root"),
            shown(vault, &target.database, &self.name),
            if target.tls.enabled { ", TLS" } else { "" }
        );
        let asked = MYSQL
            .iter()
            .filter(|one| self.django || !matches!(one.name, "migrations" | "columns" | "indexes"));
        Plan { whom, asks: asked.map(|one| one.sql.to_owned()).collect() }
    }

    fn ask(&self, vault: &Vault, limit: Duration) -> Asked<Answer> {
        let mut session = Session::open(&self.target, &self.name, vault, limit)?;
        session.collect(self.django).map(|facts| Answer::Mysql(Box::new(facts)))
    }
}

/// A connection that cannot write: only [`Statement`]s pass, in a session that is read-only.
pub struct Session {
    conn: Conn,
    database: String,
    begin: Instant,
    limit: Duration,
}

impl Session {
    /// Opens a read-only session.
    ///
    /// # Errors
    /// When a value of the configuration cannot be read, or the server cannot be reached or refuses.
    pub fn open(target: &MysqlTarget, name: &str, vault: &Vault, limit: Duration) -> Asked<Self> {
        let begin = Instant::now();
        let database = vault.text_or(&target.database, name)?;
        let options = options(target, vault, limit)?;
        let conn = Conn::new(options).map_err(|error| trouble(&error))?;
        let mut session = Self { conn, database, begin, limit };
        // Before the database is chosen: a missing one is an answer, not a failure to connect.
        session.run("read-only")?;
        Ok(session)
    }

    fn run(&mut self, name: &'static str) -> Asked<Vec<Row>> {
        let Some(statement) = Statement::of(name) else {
            return Err(Trouble::new(Kind::Other, format!("no statement is called {name}")));
        };
        self.conn.query(statement.sql).map_err(|error| trouble(&error))
    }

    /// Hands on row by row: of very many tables not all rows are kept at once.
    fn each(&mut self, statement: &'static str, mut take: impl FnMut(&Row)) -> Result<(), Error> {
        for row in self.conn.query_iter(sql(statement))? {
            take(&row?);
        }
        Ok(())
    }

    /// The first column of the first row.
    fn one(&mut self, name: &'static str) -> Asked<Option<String>> {
        Ok(self.run(name)?.first().and_then(|row| text(row, 0)))
    }

    /// Who answers: version, user and variables, which everything else starts from.
    fn opening(&mut self) -> Asked<MysqlFacts> {
        let version = self.run("version")?;
        let column = |at| version.first().and_then(|row| text(row, at)).unwrap_or_default();
        let facts = MysqlFacts {
            version: column(0),
            comment: column(1),
            user: column(2),
            database: self.database.clone(),
            ..MysqlFacts::default()
        };
        let variables = pairs(&self.run("variables")?).into_iter().collect();
        Ok(MysqlFacts { variables, ..facts })
    }

    /// What the server says of itself, without a look into the database.
    ///
    /// # Errors
    /// When it does not say even its version.
    pub(crate) fn describe(&mut self) -> Asked<MysqlFacts> {
        let mut facts = self.opening()?;
        facts.replica = Some(self.replica());
        facts.free_bytes = Some(self.free(&facts.variables));
        Ok(facts)
    }

    fn collect(&mut self, django: bool) -> Asked<MysqlFacts> {
        let mut facts = self.opening()?;
        if facts.variables.contains_key("max_execution_time") {
            let _ = self.run("limit-mysql");
        } else if facts.variables.contains_key("max_statement_time") {
            let _ = self.run("limit-mariadb");
        }
        let _ = self.run("lock-wait");
        if facts.variables.contains_key("information_schema_stats_expiry") {
            let _ = self.run("fresh-statistics");
        }
        // NONE on MySQL, NULL on MariaDB, no such function before roles were there.
        facts.has_role = matches!(self.one("role"), Ok(Some(role)) if role != "NONE" && !role.is_empty());
        facts.time_zones = Some(self.one("time-zones").map(|value| value.as_deref() == Some("1")));
        facts.privileges = Some(self.run("privileges").map(|rows| pairs(&rows)));
        facts.replica = Some(self.replica());
        facts.transactions =
            Some(self.run("transactions").map(|rows| rows.iter().map(transaction).collect()));
        facts.free_bytes = Some(self.free(&facts.variables));
        if let Err(error) = self.conn.select_db(&self.database) {
            let absent = matches!(&error, Error::MySqlError(server) if server.code == UNKNOWN_DATABASE);
            facts.charset = Some(if absent { Ok(None) } else { Err(trouble(&error)) });
            return Ok(facts);
        }
        facts.charset = Some(self.run("charset").map(|rows| pairs(&rows).into_iter().next()));
        facts.metadata_locks = Some(self.metadata_locks(&facts.variables));
        facts.tables = Some(self.tables());
        if django {
            facts.migrations = Some(match self.conn.query::<Row, _>(migrations()) {
                Ok(rows) => Ok(Some(pairs(&rows))),
                Err(Error::MySqlError(server)) if server.code == NO_SUCH_TABLE => Ok(None),
                Err(error) => Err(trouble(&error)),
            });
            // Last, and in a part of the time that is left: with very many tables they take longest and matter least.
            if facts.variables.contains_key("max_execution_time") {
                let _ = self.run("short-mysql");
            } else if facts.variables.contains_key("max_statement_time") {
                let _ = self.run("short-mariadb");
            }
            facts.columns = Some(self.names("columns"));
            facts.indexes = Some(self.names("indexes"));
        }
        Ok(facts)
    }

    fn replica(&mut self) -> Asked<Option<Replica>> {
        let rows = match self.conn.query::<Row, _>(sql("replica")) {
            // Before MySQL 8.0.22 and MariaDB 10.5.1 the statement had only its old name.
            Err(Error::MySqlError(server)) if server.code == SYNTAX => self.run("slave")?,
            other => other.map_err(|error| trouble(&error))?,
        };
        Ok(rows.first().map(|row| {
            let named = |names: &[&str]| {
                let columns = row.columns_ref();
                let at = columns.iter().position(|column| names.contains(&&*column.name_str()))?;
                text(row, at)
            };
            Replica {
                lag: named(&["Seconds_Behind_Source", "Seconds_Behind_Master"])
                    .and_then(|lag| lag.parse().ok()),
                io_running: named(&["Replica_IO_Running", "Slave_IO_Running"]).unwrap_or_default(),
                sql_running: named(&["Replica_SQL_Running", "Slave_SQL_Running"]).unwrap_or_default(),
            }
        }))
    }

    fn metadata_locks(&mut self, variables: &BTreeMap<String, String>) -> Asked<Vec<MetadataLock>> {
        // Without the instrument the table is empty and nobody is told so.
        if variables.get("performance_schema").is_none_or(|value| value != "ON") {
            return Err(Trouble::new(Kind::Unknown, "performance_schema is off"));
        }
        if self.one("lock-instrument")?.as_deref() != Some("YES") {
            return Err(Trouble::new(Kind::Unknown, "the instrument wait/lock/metadata/sql/mdl is off"));
        }
        let rows = self.run("metadata-locks")?;
        Ok(rows
            .iter()
            .map(|row| MetadataLock {
                table: text(row, 0).unwrap_or_default(),
                lock: text(row, 1).unwrap_or_default(),
                status: text(row, 2).unwrap_or_default(),
                thread: number(row, 3),
            })
            .collect())
    }

    fn tables(&mut self) -> Asked<BTreeMap<String, Table>> {
        let mut tables: BTreeMap<String, Table> = BTreeMap::new();
        self.each("tables", |row| {
            if let Some(name) = text(row, 0) {
                tables.insert(name, Table { rows: number(row, 1), bytes: number(row, 2) });
            }
        })
        .map_err(|error| trouble(&error))?;
        // The cached statistics are old where they are cached; the files are not. Without PROCESS there are none.
        let mut file = |row: &Row| {
            let Some(name) = text(row, 0) else { return };
            let name = name.split_once('/').map_or("", |(_, table)| table);
            // Partitions have files of their own.
            let name = name.split("#p#").next().unwrap_or(name).split("#P#").next().unwrap_or(name);
            if let Some(table) = tables.get_mut(name) {
                table.bytes = table.bytes.max(number(row, 1));
            }
        };
        if let Err(Error::MySqlError(server)) = self.each("files", &mut file)
            && matches!(server.code, UNKNOWN_TABLE | NO_SUCH_TABLE)
        {
            let _ = self.each("files-sys", &mut file);
        }
        Ok(tables)
    }

    /// Names by table.
    fn names(&mut self, statement: &'static str) -> Asked<Names> {
        if self.begin.elapsed() > self.limit / 2 {
            let said =
                format!("left out, since everything before it took {} ms", self.begin.elapsed().as_millis());
            return Err(Trouble::new(Kind::Timeout, said));
        }
        let mut names = Gathering::default();
        self.each(statement, |row| {
            if let (Some(table), Some(name)) = (text(row, 0), text(row, 1)) {
                names.add(&table, &name);
            }
        })
        .map_err(|error| trouble(&error))?;
        Ok(names.end())
    }

    fn free(&mut self, variables: &BTreeMap<String, String>) -> Asked<u64> {
        let rows = self.run("disks").map_err(|trouble| match trouble.kind {
            Kind::Other | Kind::Unknown => {
                Trouble::new(Kind::Unknown, "the server has no table of its disks")
            }
            _ => trouble,
        })?;
        let folder = variables.get("datadir").map_or("/", String::as_str);
        let disks = rows.iter().filter_map(|row| Some((text(row, 0)?, number(row, 1))));
        let holds = |path: &str| folder.starts_with(path);
        let best = disks.filter(|(path, _)| holds(path)).max_by_key(|(path, _)| path.len());
        best.map(|(_, kib)| kib.saturating_mul(1024))
            .ok_or_else(|| Trouble::new(Kind::Unknown, "the data folder is on no disk that the server lists"))
    }
}

/// How to connect to a server.
///
/// # Errors
/// When a value of the configuration cannot be read.
pub(crate) fn options(target: &MysqlTarget, vault: &Vault, limit: Duration) -> Asked<OptsBuilder> {
    let password = vault.secret(target.password.as_ref())?;
    let mut options = OptsBuilder::new()
        .user(Some(vault.text_or(&target.user, "root")?))
        .pass(Some(password.reveal()))
        .prefer_socket(false)
        .max_allowed_packet(Some(PACKET))
        .tcp_connect_timeout(Some(limit))
        .read_timeout(Some(limit))
        .write_timeout(Some(limit))
        .stmt_cache_size(0);
    if target.socket.0.is_empty() {
        options = options
            .ip_or_hostname(Some(vault.text_or(&target.host, "localhost")?))
            .tcp_port(vault.port(&target.port, 3306)?);
    } else {
        options = options.socket(Some(vault.text(&target.socket)?)).prefer_socket(true);
    }
    if target.tls.enabled {
        let ca = target.tls.ca.as_ref().map(|path| vault.path(path));
        options = options.ssl_opts(SslOpts::default().with_root_cert_path(ca));
    }
    Ok(options)
}

fn sql(name: &str) -> &'static str {
    Statement::of(name).map_or("SELECT 1", |statement| statement.sql)
}

fn migrations() -> &'static str {
    sql("migrations")
}

fn transaction(row: &Row) -> Transaction {
    Transaction { thread: number(row, 0), age: number(row, 1), modified: number(row, 2) }
}

fn pairs(rows: &[Row]) -> Vec<(String, String)> {
    rows.iter().filter_map(|row| Some((text(row, 0)?, text(row, 1)?))).collect()
}

pub(crate) fn text(row: &Row, at: usize) -> Option<String> {
    match row.as_ref(at)? {
        Value::NULL => None,
        Value::Bytes(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        Value::Int(number) => Some(number.to_string()),
        Value::UInt(number) => Some(number.to_string()),
        other => Some(other.as_sql(true)),
    }
}

fn number(row: &Row, at: usize) -> u64 {
    text(row, at).and_then(|text| text.split('.').next()?.parse().ok()).unwrap_or(0)
}

/// What an error of the driver means.
pub(crate) fn trouble(error: &Error) -> Trouble {
    // The driver names no source of its errors.
    let fault = match error {
        Error::IoError(io) => certificate::fault(io),
        Error::TlsError(tls) => certificate::fault(tls),
        Error::CodecError(codec) => certificate::fault(codec),
        _ => None,
    };
    if let Some(fault) = fault {
        return fault;
    }
    match error {
        Error::MySqlError(server) => {
            let kind = match server.code {
                code if LOGIN.contains(&code) => Kind::Login,
                code if DENIED.contains(&code) => Kind::Denied,
                UNKNOWN_TABLE | NO_SUCH_TABLE => Kind::Unknown,
                _ => Kind::Other,
            };
            Trouble::new(kind, format!("{} ({}): {}", server.code, server.state, server.message))
        }
        Error::IoError(io) => Trouble::of_io(io),
        Error::TlsError(tls) => Trouble::new(Kind::Tls, tls.to_string()),
        Error::DriverError(driver) => match driver {
            DriverError::ConnectTimeout | DriverError::Timeout => {
                Trouble::new(Kind::Timeout, "connect timed out")
            }
            DriverError::CouldNotConnect(Some((_, said, kind))) => {
                Trouble::of_io(&std::io::Error::new(*kind, said.clone()))
            }
            DriverError::CouldNotConnect(None) => Trouble::new(Kind::Name, "could not connect"),
            DriverError::TlsNotSupported => Trouble::new(Kind::Tls, "the server has no TLS"),
            DriverError::UnknownAuthPlugin(name) => {
                Trouble::new(Kind::Login, format!("authentication plugin {name}"))
            }
            other => Trouble::new(Kind::Protocol, other.to_string()),
        },
        Error::CodecError(codec) => {
            // Errors of the connection come wrapped, as text.
            let said = codec.to_string();
            let kind = if said.contains("certificate") {
                Kind::Tls
            } else if said.contains("temporarily unavailable") || said.contains("timed out") {
                Kind::Timeout
            } else if said.contains("reset by peer") || said.contains("Broken pipe") {
                Kind::Closed
            } else {
                Kind::Protocol
            };
            Trouble::new(kind, said)
        }
        other => Trouble::new(Kind::Other, other.to_string()),
    }
}
