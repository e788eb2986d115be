//! Small servers on a free port that misbehave in a way of their own, or answer HTTP as they are told.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

/// How a server misbehaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nobody listens.
    Refused,
    /// The connection is taken and nothing is ever said.
    BlackHole,
    /// A byte now and then, for ever.
    Slow,
    /// Closed as soon as the other side speaks, or at once.
    Closed,
    /// Bytes of no protocol.
    Garbage,
    /// The greeting of a mail server: another service on the port.
    OtherService,
    /// The greeting of MySQL.
    MysqlGreeting,
}

pub(crate) const FAULTS: [Fault; 7] = [
    Fault::Refused,
    Fault::BlackHole,
    Fault::Slow,
    Fault::Closed,
    Fault::Garbage,
    Fault::OtherService,
    Fault::MysqlGreeting,
];

/// Starts a server; the port is its own as long as the test runs.
pub(crate) fn faulty(fault: Fault) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    if fault == Fault::Refused {
        return port;
    }
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || misbehave(fault, stream));
        }
    });
    port
}

fn misbehave(fault: Fault, mut stream: TcpStream) {
    let hold = || thread::sleep(Duration::from_secs(600));
    match fault {
        Fault::Refused => {}
        Fault::BlackHole => hold(),
        Fault::Slow => {
            for byte in
                b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n".iter().chain([b'x'; 100_000].iter())
            {
                if stream.write_all(&[*byte]).is_err() {
                    return;
                }
                thread::sleep(Duration::from_millis(120));
            }
        }
        Fault::Closed => {}
        Fault::Garbage => {
            let bytes: Vec<u8> =
                (0..4096u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
            let _ = stream.write_all(&bytes);
            hold();
        }
        Fault::OtherService => {
            let _ = stream.write_all(b"220 mail.example.com ESMTP\r\n");
            let mut byte = [0];
            while matches!(stream.read(&mut byte), Ok(1)) {
                if byte[0] == b'\n' && stream.write_all(b"500 unrecognized command\r\n").is_err() {
                    return;
                }
            }
        }
        Fault::MysqlGreeting => {
            let _ = stream.write_all(&super::mysql_server::greeting("8.0.36"));
            hold();
        }
    }
}

/// Starts an HTTP server that answers every path by `answer`: status, headers, body.
pub(crate) fn http(
    answer: impl Fn(&str, &str) -> (u16, String, String) + Send + Sync + Clone + 'static,
) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = answer.clone();
            thread::spawn(move || {
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let mut stream = stream;
                loop {
                    let mut head = String::new();
                    loop {
                        let mut line = String::new();
                        match reader.read_line(&mut line) {
                            Ok(0) | Err(_) => return,
                            Ok(_) if line == "\r\n" => break,
                            Ok(_) => head.push_str(&line),
                        }
                    }
                    let path = head.split_whitespace().nth(1).unwrap_or("/").to_owned();
                    let (status, headers, body) = answer(&path, &head);
                    let text = format!(
                        "HTTP/1.1 {status} X\r\nContent-Length: {}\r\n{headers}\r\n{body}",
                        body.len()
                    );
                    if stream.write_all(text.as_bytes()).is_err() {
                        return;
                    }
                }
            });
        }
    });
    port
}
