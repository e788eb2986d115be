//! A stand-in for servers of MySQL's protocol that cannot be had here: it speaks the handshake and answers statements from
//! a table. It says what recorded servers said; it is no proof of what they do.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use bklog_lint::gate::probe::statements::Statement;

/// Rows of a result; `None` is NULL.
type Rows = Vec<Vec<Option<String>>>;

/// Answers of a stand-in.
#[derive(Clone)]
pub(crate) struct Answers {
    pub(crate) version: String,
    /// Rows by the name of the statement, with the names of the columns.
    rows: HashMap<&'static str, (Vec<String>, Rows)>,
    /// Errors by the name of the statement: number and text.
    errors: HashMap<&'static str, (u16, String)>,
    /// How long it takes over each statement.
    pub(crate) pause: Duration,
    /// The login is refused with this text.
    pub(crate) refuse: Option<String>,
}

fn table(rows: &[&[&str]]) -> Rows {
    let cell = |text: &&str| (*text != "NULL").then(|| (*text).to_owned());
    rows.iter().map(|row| row.iter().map(cell).collect()).collect()
}

impl Answers {
    /// A server in order: `version` with the database `bklog`.
    pub(crate) fn sound(version: &str, comment: &str) -> Self {
        let mut answers = Self {
            version: version.to_owned(),
            rows: HashMap::new(),
            errors: HashMap::new(),
            pause: Duration::ZERO,
            refuse: None,
        };
        answers.set("version", &[&[version, comment, "bklog@%"]]);
        answers.set(
            "variables",
            &[
                &["sql_mode", "STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION"],
                &["lock_wait_timeout", "60"],
                &["max_allowed_packet", "67108864"],
                &["read_only", "OFF"],
                &["super_read_only", "OFF"],
                &["performance_schema", "ON"],
                &["gtid_mode", "ON"],
                &["datadir", "/var/lib/mysql/"],
                &["max_execution_time", "0"],
            ],
        );
        answers.set("role", &[&["NONE"]]);
        answers.set("charset", &[&["utf8mb4", "utf8mb4_0900_ai_ci"]]);
        answers.set("time-zones", &[&["1"]]);
        let rights =
            ["SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "ALTER", "DROP", "INDEX", "REFERENCES"];
        let rights: Vec<[&str; 2]> = rights.iter().map(|right| ["bklog", *right]).collect();
        let rights: Vec<&[&str]> = rights.iter().map(|row| row.as_slice()).collect();
        answers.set("privileges", &rights);
        answers.set("replica", &[]);
        answers.set("transactions", &[]);
        answers.set("lock-instrument", &[&["YES"]]);
        answers.set("metadata-locks", &[]);
        answers.set("tables", &[&["django_migrations", "1", "16384"], &["shop_box", "120", "16384"]]);
        let columns: [&[&str]; 6] = [
            &["django_migrations", "id"],
            &["django_migrations", "app"],
            &["django_migrations", "name"],
            &["django_migrations", "applied"],
            &["shop_box", "id"],
            &["shop_box", "name"],
        ];
        answers.set("columns", &columns);
        answers.set("indexes", &[&["django_migrations", "PRIMARY"], &["shop_box", "PRIMARY"]]);
        answers.set("files", &[]);
        answers.set("disks", &[&["/", "104857600"]]);
        answers.set("migrations", &[&["shop", "0001_initial"]]);
        answers
    }

    pub(crate) fn set(&mut self, name: &'static str, rows: &[&[&str]]) -> &mut Self {
        let width = rows.first().map_or(1, |row| row.len());
        let columns = (0..width).map(|at| format!("c{at}")).collect();
        self.errors.remove(name);
        self.rows.insert(name, (columns, table(rows)));
        self
    }

    pub(crate) fn named(&mut self, name: &'static str, columns: &[&str], row: &[&str]) -> &mut Self {
        self.rows.insert(name, (columns.iter().map(|one| (*one).to_owned()).collect(), table(&[row])));
        self
    }

    pub(crate) fn fail(&mut self, name: &'static str, code: u16, text: &str) -> &mut Self {
        self.errors.insert(name, (code, text.to_owned()));
        self
    }
}

/// Starts a stand-in; the port is its own as long as the test runs.
pub(crate) fn start(answers: Answers) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let answers = Arc::new(answers);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answers = answers.clone();
            thread::spawn(move || {
                let _ = serve(stream, &answers);
            });
        }
    });
    port
}

/// The first packet of a server.
pub(crate) fn greeting(version: &str) -> Vec<u8> {
    // LONG_PASSWORD, CONNECT_WITH_DB, PROTOCOL_41, TRANSACTIONS, SECURE_CONNECTION; PLUGIN_AUTH.
    let (low, high) = (0x0001u16 | 0x0008 | 0x0200 | 0x2000 | 0x8000, 0x0008u16);
    let mut body = vec![10];
    body.extend(version.as_bytes());
    body.push(0);
    body.extend(7u32.to_le_bytes());
    body.extend(b"12345678\0");
    body.extend(low.to_le_bytes());
    body.push(33);
    body.extend(2u16.to_le_bytes());
    body.extend(high.to_le_bytes());
    body.push(21);
    body.extend([0; 10]);
    body.extend(b"123456789012\0");
    body.extend(b"mysql_native_password\0");
    packet(0, &body)
}

fn packet(sequence: u8, body: &[u8]) -> Vec<u8> {
    let mut out = (body.len() as u32).to_le_bytes()[..3].to_vec();
    out.push(sequence);
    out.extend(body);
    out
}

fn read(stream: &mut TcpStream) -> std::io::Result<(u8, Vec<u8>)> {
    let mut head = [0; 4];
    stream.read_exact(&mut head)?;
    let mut body = vec![0; u32::from_le_bytes([head[0], head[1], head[2], 0]) as usize];
    stream.read_exact(&mut body)?;
    Ok((head[3], body))
}

const OK: [u8; 7] = [0, 0, 0, 2, 0, 0, 0];
const EOF: [u8; 5] = [0xfe, 0, 0, 2, 0];

fn error(code: u16, text: &str) -> Vec<u8> {
    let mut body = vec![0xff];
    body.extend(code.to_le_bytes());
    body.extend(b"#HY000");
    body.extend(text.as_bytes());
    body
}

fn serve(mut stream: TcpStream, answers: &Answers) -> std::io::Result<()> {
    stream.write_all(&greeting(&answers.version))?;
    let (sequence, _) = read(&mut stream)?;
    if let Some(text) = &answers.refuse {
        return stream.write_all(&packet(sequence + 1, &error(1045, text)));
    }
    stream.write_all(&packet(sequence + 1, &OK))?;
    loop {
        let (_, body) = read(&mut stream)?;
        match body.first() {
            Some(3) => {
                thread::sleep(answers.pause);
                let text = String::from_utf8_lossy(&body[1..]).into_owned();
                stream.write_all(&answer(&text, answers))?;
            }
            Some(1) | None => return Ok(()),
            _ => stream.write_all(&packet(1, &OK))?,
        }
    }
}

fn answer(sql: &str, answers: &Answers) -> Vec<u8> {
    if sql.starts_with("SET ") {
        return packet(1, &OK);
    }
    let is = |name: &str| Statement::of(name).is_some_and(|statement| statement.sql == sql);
    if let Some((_, (code, text))) = answers.errors.iter().find(|(name, _)| is(name)) {
        return packet(1, &error(*code, text));
    }
    match answers.rows.iter().find(|(name, _)| is(name)) {
        Some((_, (columns, rows))) => rows_of(columns, rows),
        None => packet(1, &error(1064, &format!("not known to this stand-in: {sql}"))),
    }
}

fn text(out: &mut Vec<u8>, text: &str) {
    match text.len() {
        length @ 0..=250 => out.push(length as u8),
        length => {
            out.push(0xfc);
            out.extend((length as u16).to_le_bytes());
        }
    }
    out.extend(text.as_bytes());
}

fn rows_of(columns: &[String], rows: &[Vec<Option<String>>]) -> Vec<u8> {
    let mut sequence = 1u8;
    let mut out = Vec::new();
    let mut push = |body: &[u8]| {
        out.extend(packet(sequence, body));
        sequence = sequence.wrapping_add(1);
    };
    push(&[columns.len() as u8]);
    for column in columns {
        let mut body = Vec::new();
        for part in ["def", "", "", "", column.as_str(), column.as_str()] {
            text(&mut body, part);
        }
        body.extend([0x0c, 33, 0, 0, 4, 0, 0, 0xfd, 0, 0, 0, 0, 0]);
        push(&body);
    }
    push(&EOF);
    for row in rows {
        let mut body = Vec::new();
        for cell in row {
            match cell {
                Some(cell) => text(&mut body, cell),
                None => body.push(0xfb),
            }
        }
        push(&body);
    }
    push(&EOF);
    out
}
