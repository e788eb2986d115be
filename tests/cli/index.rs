//! `--index`, against a stand-in of a package index: a real one cannot be made slow, broken or forgetful at will.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::sandbox::{Ran, Sandbox};

const FINE: (&str, &str) = ("0001_initial", "    operations = []");
const JSON: &str = "application/vnd.pypi.simple.v1+json";

/// An answer of the stand-in.
#[derive(Clone)]
struct Reply {
    status: u16,
    kind: &'static str,
    body: String,
    wait: Duration,
}

/// A server on a free port that lasts as long as the process.
struct StandIn {
    port: u16,
    /// The head of every request.
    asked: Arc<Mutex<Vec<String>>>,
}

fn reply(kind: &'static str, body: impl Into<String>) -> Reply {
    Reply { status: 200, kind, body: body.into(), wait: Duration::ZERO }
}

impl StandIn {
    fn new(replies: &[(&str, Reply)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let replies: BTreeMap<String, Reply> =
            replies.iter().map(|(path, reply)| ((*path).to_owned(), reply.clone())).collect();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let heads = asked.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (replies, heads) = (replies.clone(), heads.clone());
                std::thread::spawn(move || serve(stream, &replies, &heads));
            }
        });
        Self { port, asked }
    }

    fn heads(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn serve(mut stream: TcpStream, replies: &BTreeMap<String, Reply>, heads: &Mutex<Vec<String>>) {
    let mut head = String::new();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).unwrap_or(0) == 0 {
            return;
        }
    }
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    heads.lock().unwrap().push(head);
    let missing = Reply { status: 404, ..reply("text/plain", "no") };
    let Reply { status, kind, body, wait } = replies.get(&path).cloned().unwrap_or(missing);
    std::thread::sleep(wait);
    let length = body.len();
    let _ = write!(
        stream,
        "HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    );
}

/// The page of the package `shop-kit`, whose files stand beside it.
fn page() -> Reply {
    reply(
        JSON,
        r#"{"meta": {"api-version": "1.1"}, "name": "shop-kit", "files": [
            {"filename": "shop_kit-1.0-py3-none-any.whl", "url": "../../files/shop_kit-1.0-py3-none-any.whl#x", "hashes": {},
             "core-metadata": true}]}"#,
    )
}

fn metadata() -> Reply {
    reply(
        "binary/octet-stream",
        "Metadata-Version: 2.1\nName: shop_kit\nVersion: 1.0\nRequires-Python: <3.12\nRequires-Dist: Django<5\n\nText\n",
    )
}

const PAGE: &str = "/simple/shop-kit/";
const METADATA: &str = "/files/shop_kit-1.0-py3-none-any.whl.metadata";

fn project() -> Sandbox {
    let sandbox = Sandbox::project(&[FINE]);
    sandbox.write("requirements.txt", "Django==4.2.22\nshop-kit==1.0\n");
    sandbox
}

fn ask(sandbox: &Sandbox, index: &str) -> Ran {
    let mut command = sandbox.command();
    command
        .env("PIP_CONFIG_FILE", if cfg!(windows) { "nul" } else { "/dev/null" })
        .env("PIP_INDEX_URL", index)
        .env("BKLOG_LINT_CACHE_DIR", sandbox.path("cache"))
        .env("PIP_DEFAULT_TIMEOUT", "1");
    let line = "--index --target django=5.2,python=3.12 --select PIN009,PIN010,PIN021 --format json";
    Ran::of(command.args(line.split_whitespace()))
}

#[test]
fn what_the_index_says_is_judged_and_kept() {
    let index = StandIn::new(&[(PAGE, page()), (METADATA, metadata())]);
    let sandbox = project();
    let address = format!("http://127.0.0.1:{}/simple", index.port);
    let ran = ask(&sandbox, &address);
    assert_eq!(ran.codes(), ["PIN009", "PIN010"], "{ran}");
    assert!(index.heads().iter().any(|head| head.to_ascii_lowercase().contains(JSON)), "{:?}", index.heads());
    assert!(!index.heads().iter().any(|head| head.to_ascii_lowercase().contains("authorization")));
    // Django itself is not there.
    assert!(ran.stderr.contains("has no such version of 1 packages (django)"), "{ran}");

    // Nobody is there any more; what was told is known all the same.
    let count = index.heads().len();
    let ran = ask(&sandbox, &address);
    assert_eq!(ran.codes(), ["PIN009", "PIN010"], "{ran}");
    assert!(index.heads()[count..].iter().all(|head| head.starts_with("GET /simple/django/")));
    // Nothing is asked unless somebody wants it.
    let count = index.heads().len();
    sandbox.run("--target django=5.2,python=3.12").exits(0);
    assert_eq!(index.heads().len(), count);
}

#[test]
fn credentials_reach_the_index_and_nothing_else() {
    let index = StandIn::new(&[(PAGE, page()), (METADATA, metadata())]);
    let sandbox = project();
    let ran = ask(&sandbox, &format!("http://who:s%40cret@127.0.0.1:{}/simple/", index.port));
    assert_eq!(ran.codes(), ["PIN009", "PIN010"], "{ran}");
    // who:s@cret
    assert!(
        index
            .heads()
            .iter()
            .all(|head| head.to_ascii_lowercase().contains("authorization: basic d2hvonnay3jlda=="))
    );
    // Those of a requirement file too, and the file's index wins.
    let sandbox = project();
    let url = format!("--index-url http://who:s%40cret@127.0.0.1:{}/simple\n", index.port);
    sandbox.write("requirements.txt", format!("{url}Django==4.2.22\nshop-kit==1.0\n"));
    let count = index.heads().len();
    let ran = ask(&sandbox, "http://127.0.0.1:9/simple");
    assert_eq!(ran.codes(), ["PIN009", "PIN010"], "{ran}");
    assert!(index.heads().len() > count);
    for secret in ["cret", "d2hv", "who"] {
        assert!(!ran.stdout.contains(secret) && !ran.stderr.contains(secret), "{ran}");
    }
    let mut files = std::fs::read_dir(sandbox.path("cache/index")).unwrap().flatten();
    assert!(files.all(|file| !std::fs::read_to_string(file.path()).unwrap().contains("cret")));
}

/// What the notices say when the page or the metadata is answered so.
fn notice(replies: &[(&str, Reply)]) -> String {
    let index = StandIn::new(replies);
    let ran = ask(&project(), &format!("http://127.0.0.1:{}/simple", index.port));
    assert_eq!(ran.code, 0, "{ran}");
    assert_eq!(ran.codes(), ["PIN021"], "{ran}");
    ran.stderr.replace(&index.port.to_string(), "PORT")
}

#[test]
fn whatever_goes_wrong_is_said_and_stops_nothing() {
    let broken = Reply { status: 500, ..page() };
    let refused = Reply { status: 401, ..page() };
    let slow = Reply { wait: Duration::from_secs(4), ..page() };
    let gone = Reply { status: 404, ..page() };
    let other = Reply { body: metadata().body.replace("1.0", "1.1"), ..metadata() };
    let unhashed = Reply { body: page().body.replace("true", r#"{"sha256": "00"}"#), ..page() };
    let plain = Reply { body: page().body.replace("true", "false"), ..page() };
    let cases: [(&str, Vec<(&str, Reply)>); 9] = [
        ("127.0.0.1:PORT answers with status 500", vec![(PAGE, broken)]),
        ("127.0.0.1:PORT refuses the credentials, or wants some", vec![(PAGE, refused)]),
        ("127.0.0.1:PORT does not answer in time", vec![(PAGE, slow)]),
        ("the index has no such version of 2 packages", vec![(PAGE, gone)]),
        ("answers with something else than what was asked for", vec![(PAGE, reply(JSON, "{\"files\": 1}"))]),
        ("speaks no JSON (PEP 691), only HTML", vec![(PAGE, reply("text/html", "<a>"))]),
        ("answers with something else than what was asked for", vec![(PAGE, page()), (METADATA, other)]),
        (
            "answers with something else than what was asked for",
            vec![(PAGE, unhashed), (METADATA, metadata())],
        ),
        ("offers no metadata (PEP 658) for 1 packages (shop-kit)", vec![(PAGE, plain)]),
    ];
    for (wanted, replies) in cases {
        let said = notice(&replies);
        assert!(said.contains(wanted), "{wanted}: {said}");
    }
}

#[test]
fn without_a_network_it_says_so() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let ran = ask(&project(), &format!("http://127.0.0.1:{free}/simple"));
    assert!(
        ran.stderr.contains("cannot be reached: no network, a proxy that is missing, or a wrong address"),
        "{ran}"
    );
    assert_eq!(ran.code, 0, "{ran}");
    let ran = ask(&project(), "http://mirror.example/simple");
    assert!(ran.stderr.contains("mirror.example was not asked: it is no https address"), "{ran}");
}
