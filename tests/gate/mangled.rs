//! Answers that were right before a few of their bytes were changed: no probe crashes, hangs or comes to a good end.
//!
//! A few hundred in the normal suite, always the same ones; with `BKLOG_LINT_FUZZ_SECONDS=600` others, for that long.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use crate::mysql_server;
use crate::project::Project;

/// Services of each kind in one run of the gate.
const OF_EACH: usize = 8;
/// Runs in the normal suite.
const RUNS: u64 = 3;

/// A generator that needs no more than to differ from run to run (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }
}

fn mangle(answer: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = answer.to_vec();
    for _ in 0..=dice.below(3) {
        let at = dice.below(bytes.len());
        match dice.below(6) {
            0 if !bytes.is_empty() => bytes[at] ^= 1 << dice.below(8),
            1 if !bytes.is_empty() => bytes[at] = [0, 0x7f, 0x80, 0xff][dice.below(4)],
            2 => bytes.truncate(at),
            3 => bytes.splice(at..at, [0xff; 4]).for_each(drop),
            4 => {
                let piece = bytes[at..].to_vec();
                bytes.extend(piece);
            }
            _ => bytes.splice(at..at, *b"99999999999999999999").for_each(drop),
        }
    }
    bytes
}

/// Says the same to everything, and then hangs up.
fn serve(answer: Vec<u8>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = answer.clone();
            std::thread::spawn(move || repeat(stream, &answer));
        }
    });
    port
}

fn repeat(mut stream: TcpStream, answer: &[u8]) {
    let mut asked = [0; 4096];
    for _ in 0..8 {
        if stream.write_all(answer).is_err() || !matches!(stream.read(&mut asked), Ok(1..)) {
            return;
        }
    }
}

/// Kinds of services with what they say first: MySQL's greeting, answers to `HELLO` and `INFO`, to `GET /`, to
/// `ApiVersions`, and AMQP's `connection.start`.
fn answers() -> [(&'static str, Vec<u8>); 6] {
    let info = "# Server\r\nredis_version:7.2.4\r\nredis_mode:standalone\r\n# Replication\r\nrole:master\r\n";
    let redis =
        format!("+OK\r\n${}\r\n{info}\r\n*2\r\n$3\r\nabc\r\n:1\r\n%1\r\n+server\r\n+redis\r\n", info.len());
    let http = |body: &str| {
        format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let elasticsearch =
        http(r#"{"version": {"number": "7.17.9"}, "tagline": "You Know, for Search", "status": "green"}"#);
    let mut kafka = vec![0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 3];
    for (key, newest) in [(0_u16, 9_u16), (3, 12), (18, 3)] {
        kafka.extend([key.to_be_bytes(), [0; 2], newest.to_be_bytes()].concat());
    }
    let length = (kafka.len() - 4) as u32;
    kafka[..4].copy_from_slice(&length.to_be_bytes());
    let mut start = vec![0, 10, 0, 10, 0, 9];
    let table = b"\x07versionS\x00\x00\x00\x063.12.4\x07productS\x00\x00\x00\x08RabbitMQ";
    start.extend((table.len() as u32).to_be_bytes());
    start.extend(table);
    start.extend(b"\x00\x00\x00\x05PLAIN\x00\x00\x00\x05en_US");
    let mut rabbitmq = vec![1, 0, 0];
    rabbitmq.extend((start.len() as u32).to_be_bytes());
    rabbitmq.extend(&start);
    rabbitmq.push(0xce);
    [
        ("mysql", mysql_server::greeting("8.0.36")),
        ("redis", redis.into_bytes()),
        ("elasticsearch", elasticsearch.into_bytes()),
        ("kafka", kafka),
        ("rabbitmq", rabbitmq),
        ("component", http(r#"{"status": "UP"}"#).into_bytes()),
    ]
}

fn run(dice: &mut Dice) {
    let mut gate = "[gate]\ntimeout = 1\nretries = 0\ndeadline = 20\nno-static-check = true\n".to_owned();
    let mut names = Vec::new();
    for (kind, answer) in answers() {
        for number in 0..OF_EACH {
            let port = serve(mangle(&answer, dice));
            let address = match kind {
                "redis" => format!("nodes = [\"127.0.0.1:{port}\"]\npassword = \"${{GATE_PASSWORD}}\""),
                "kafka" => format!("brokers = [\"127.0.0.1:{port}\"]"),
                "elasticsearch" => format!("url = \"http://127.0.0.1:{port}\""),
                "component" => format!("health = \"http://127.0.0.1:{port}/healthz\""),
                _ => format!(
                    "host = \"127.0.0.1\"\nport = {port}\nuser = \"bklog\"\npassword = \"${{GATE_PASSWORD}}\""
                ),
            };
            writeln!(gate, "[gate.{kind}.s{number}]\n{address}").unwrap();
            names.push(format!("{kind}.s{number}"));
        }
    }
    let begin = Instant::now();
    let judged = Project::new(&gate).gate(&[]);
    let elapsed = begin.elapsed();
    assert!(elapsed < Duration::from_secs(40), "{elapsed:?}");
    assert!(matches!(judged.code, 1 | 3), "{}", judged.verdict);
    for name in names {
        let prefix = format!("{name}.");
        let mut own =
            judged.checks.iter().filter(|(id, _)| **id == name || id.starts_with(&prefix)).peekable();
        assert!(own.peek().is_some(), "nothing is said of {name}:\n{}", judged.shown());
        // Neither lets anybody in with a greeting alone.
        if ["mysql", "rabbitmq"].iter().any(|kind| name.starts_with(kind)) {
            let all_pass = own.all(|(_, check)| check["status"] == "pass");
            assert!(!all_pass, "{name}:\n{}", judged.shown());
        }
    }
}

#[test]
fn a_mangled_answer_is_no_good_one() {
    let seconds = std::env::var("BKLOG_LINT_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok());
    let end = seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let clock = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let mut dice = Dice(if end.is_some() { clock.as_nanos() as u64 | 1 } else { 0x9e37_79b9_7f4a_7c15 });
    let mut runs = 0;
    while end.map_or(runs < RUNS, |end| Instant::now() < end) {
        run(&mut dice);
        runs += 1;
    }
}
