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
    body: Vec<u8>,
    wait: Duration,
    /// It gives pieces of the body.
    ranges: bool,
}

/// A server on a free port that lasts as long as the process.
struct StandIn {
    port: u16,
    /// The head of every request.
    asked: Arc<Mutex<Vec<String>>>,
}

fn reply(kind: &'static str, body: impl Into<Vec<u8>>) -> Reply {
    Reply { status: 200, kind, body: body.into(), wait: Duration::ZERO, ranges: false }
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
    heads.lock().unwrap().push(head.clone());
    let missing = Reply { status: 404, ..reply("text/plain", "no") };
    let Reply { mut status, kind, mut body, wait, ranges } = replies.get(&path).cloned().unwrap_or(missing);
    std::thread::sleep(wait);
    let mut more = String::new();
    if let Some(range) = wanted(&head, body.len()).filter(|_| ranges) {
        status = 206;
        more = format!("Content-Range: bytes {}-{}/{}\r\n", range.start, range.end - 1, body.len());
        body = body[range].to_vec();
    }
    let length = body.len();
    let _ = write!(
        stream,
        "HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\n{more}Content-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    let _ = stream.write_all(&body);
}

/// The piece of a body that a request asks for.
fn wanted(head: &str, length: usize) -> Option<std::ops::Range<usize>> {
    let head = head.to_ascii_lowercase();
    let (start, end) = head.split("range: bytes=").nth(1)?.lines().next()?.split_once('-')?;
    match start {
        "" => Some(length.saturating_sub(end.parse().ok()?)..length),
        start => Some(start.parse().ok()?..(end.parse::<usize>().ok()? + 1).min(length)),
    }
}

/// A proxy that makes tunnels, with the heads of all requests for one.
fn proxy() -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let heads = asked.clone();
    std::thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            let mut head = String::new();
            let mut reader = BufReader::new(client.try_clone().unwrap());
            while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head).unwrap_or(0) > 0 {}
            let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
            heads.lock().unwrap().push(head);
            let Ok(mut server) = TcpStream::connect(target) else { continue };
            let _ = client.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
            let (mut to, mut back) = (server.try_clone().unwrap(), client.try_clone().unwrap());
            std::thread::spawn(move || std::io::copy(&mut reader, &mut to));
            std::thread::spawn(move || {
                let _ = std::io::copy(&mut server, &mut back);
                let _ = back.shutdown(std::net::Shutdown::Both);
            });
        }
    });
    (port, asked)
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

fn text(reply: &Reply) -> String {
    String::from_utf8(reply.body.clone()).unwrap()
}

/// A wheel of `shop-kit` whose code is so large; it does not shrink.
fn wheel(size: usize) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    archive.start_file("shop_kit/data.bin", stored).unwrap();
    archive.write_all(&vec![7; size]).unwrap();
    let packed =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    archive.start_file("shop_kit/vendor.dist-info/METADATA", packed).unwrap();
    archive.write_all(b"Name: other\nVersion: 1.0\n").unwrap();
    archive.start_file("shop_kit-1.0.dist-info/METADATA", packed).unwrap();
    archive.write_all(&metadata().body).unwrap();
    archive.finish().unwrap().into_inner()
}

const PAGE: &str = "/simple/shop-kit/";
const METADATA: &str = "/files/shop_kit-1.0-py3-none-any.whl.metadata";
const WHEEL: &str = "/files/shop_kit-1.0-py3-none-any.whl";

fn project() -> Sandbox {
    let sandbox = Sandbox::project(&[FINE]);
    sandbox.write("requirements.txt", "Django==4.2.22\nshop-kit==1.0\n");
    sandbox
}

fn ask(sandbox: &Sandbox, index: &str) -> Ran {
    ask_with(sandbox, index, &[])
}

/// With more variables.
fn ask_with(sandbox: &Sandbox, index: &str, variables: &[(&str, String)]) -> Ran {
    let mut command = sandbox.command();
    command
        .env("PIP_CONFIG_FILE", if cfg!(windows) { "nul" } else { "/dev/null" })
        .env("PIP_INDEX_URL", index)
        .env("BKLOG_LINT_CACHE_DIR", sandbox.path("cache"))
        .env("PIP_DEFAULT_TIMEOUT", "1")
        .envs(variables.iter().map(|(name, value)| (*name, value)));
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
    let other = Reply { body: text(&metadata()).replace("1.0", "1.1").into(), ..metadata() };
    let unhashed = Reply { body: text(&page()).replace("true", r#"{"sha256": "00"}"#).into(), ..page() };
    let plain = Reply { body: text(&page()).replace("true", "false").into(), ..page() };
    let source = text(&plain).replace("-py3-none-any.whl", ".tar.gz");
    let hashed = text(&plain).replace(r#""hashes": {}"#, r#""hashes": {"sha256": "00"}"#);
    let binary = |body: &[u8]| reply("application/zip", body);
    let cases: [(&str, Vec<(&str, Reply)>); 12] = [
        ("127.0.0.1:PORT answers with status 500", vec![(PAGE, broken)]),
        ("127.0.0.1:PORT refuses the credentials, or wants some", vec![(PAGE, refused)]),
        ("127.0.0.1:PORT does not answer in time", vec![(PAGE, slow)]),
        ("the index has no such version of 2 packages", vec![(PAGE, gone)]),
        ("answers with something else than what was asked for", vec![(PAGE, reply(JSON, "{\"files\": 1}"))]),
        ("answers with something else than what was asked for", vec![(PAGE, reply("text/html", "no page"))]),
        ("the index has no such version of 2 packages", vec![(PAGE, reply("text/html", "<a>"))]),
        ("answers with something else than what was asked for", vec![(PAGE, page()), (METADATA, other)]),
        (
            "answers with something else than what was asked for",
            vec![(PAGE, unhashed), (METADATA, metadata())],
        ),
        (
            "has neither metadata (PEP 658) nor a wheel of 1 packages (shop-kit)",
            vec![(PAGE, reply(JSON, source))],
        ),
        // A wheel that is none, and one that is another than the index says.
        (
            "answers with something else than what was asked for",
            vec![(PAGE, plain.clone()), (WHEEL, binary(b"no archive"))],
        ),
        (
            "answers with something else than what was asked for",
            vec![(PAGE, reply(JSON, hashed)), (WHEEL, binary(&wheel(10)))],
        ),
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

/// A page as the plainest index has it.
fn html() -> Reply {
    reply(
        "text/html",
        "<!DOCTYPE html><html><body><a href=\"../../files/shop_kit-1.0-py3-none-any.whl\">shop_kit</a></body></html>",
    )
}

#[test]
fn an_index_of_html_and_wheels_alone_is_enough() {
    for (size, ranges) in [(10, false), (10, true), (3 << 20, true)] {
        let wheel = Reply { ranges, ..reply("application/zip", wheel(size)) };
        let index = StandIn::new(&[(PAGE, html()), (WHEEL, wheel)]);
        let ran = ask(&project(), &format!("http://127.0.0.1:{}/simple", index.port));
        assert_eq!(ran.codes(), ["PIN009", "PIN010"], "{ran}");
        let of_wheel = index.heads().iter().filter(|head| head.contains(WHEEL)).count();
        // What is in the middle of the wheel is never asked for.
        assert!(of_wheel <= 2, "{of_wheel} requests");
    }
    // The metadata beside a file that HTML tells of.
    let page = text(&html()).replace("<a ", "<a data-core-metadata=true ");
    let index = StandIn::new(&[(PAGE, reply("text/html", page)), (METADATA, metadata())]);
    let ran = ask(&project(), &format!("http://127.0.0.1:{}/simple", index.port));
    assert_eq!(ran.codes(), ["PIN009", "PIN010"], "{ran}");
}

#[test]
fn a_wheel_that_is_too_large_is_not_fetched() {
    let index = StandIn::new(&[(PAGE, html()), (WHEEL, reply("application/zip", wheel(65 << 20)))]);
    let ran = ask_with(
        &project(),
        &format!("http://127.0.0.1:{}/simple", index.port),
        &[("PIP_DEFAULT_TIMEOUT", "60".to_owned())],
    );
    assert!(ran.stderr.contains("the wheel has to be fetched whole, and it is too large for that"), "{ran}");
    assert_eq!(ran.code, 0, "{ran}");
}

#[test]
fn logins_come_from_netrc() {
    let index = StandIn::new(&[(PAGE, page()), (METADATA, metadata())]);
    let login = "machine 127.0.0.1 login who password s@cret\n";
    let address = format!("http://127.0.0.1:{}/simple", index.port);
    let has_login =
        |head: &String| head.to_ascii_lowercase().contains("authorization: basic d2hvonnay3jlda==");
    let named = project();
    named.write("logins", login);
    let variable = ("NETRC", named.path("logins").display().to_string());
    let of_user = project();
    of_user.write(".netrc", login);
    for (sandbox, variables) in [(named, vec![variable]), (of_user, vec![])] {
        let count = index.heads().len();
        let ran = ask_with(&sandbox, &address, &variables);
        assert_eq!(ran.codes(), ["PIN009", "PIN010"], "{ran}");
        let heads = index.heads();
        assert!(heads.len() > count && heads[count..].iter().all(has_login), "{heads:?}");
        for secret in ["cret", "d2hv", "who"] {
            assert!(!ran.stdout.contains(secret) && !ran.stderr.contains(secret), "{ran}");
        }
        // What an address says itself wins.
        let ran = ask_with(&sandbox, &address.replace("127", "you:other@127"), &variables);
        assert_eq!(ran.code, 1, "{ran}");
        assert!(!index.heads().last().is_some_and(has_login));
    }
}

#[test]
fn proxies_are_those_of_the_environment() {
    let index = StandIn::new(&[(PAGE, page()), (METADATA, metadata())]);
    let (port, tunnels) = proxy();
    let address = format!("http://127.0.0.1:{}/simple", index.port);
    let by = ("HTTP_PROXY", format!("http://who:s%40cret@127.0.0.1:{port}"));
    let ran = ask_with(&project(), &address, std::slice::from_ref(&by));
    assert_eq!(ran.codes(), ["PIN009", "PIN010"], "{ran}");
    let through = tunnels.lock().unwrap().len();
    assert!(through > 0);
    let of_proxy =
        |head: &String| head.to_ascii_lowercase().contains("proxy-authorization: basic d2hvonnay3jlda==");
    assert!(tunnels.lock().unwrap().iter().all(of_proxy));
    let ran = ask_with(&project(), &address, &[by.clone(), ("no_proxy", "x.example, 127.0.0.1".to_owned())]);
    assert_eq!(ran.codes(), ["PIN009", "PIN010"], "{ran}");
    assert_eq!(tunnels.lock().unwrap().len(), through);
    // A proxy for `https` is none for `http`.
    ask_with(&project(), &address, &[("HTTPS_PROXY", by.1)]).exits(1);
    assert_eq!(tunnels.lock().unwrap().len(), through);
    let ran = ask_with(&project(), &address, &[("http_proxy", "cret://s@cret:x".to_owned())]);
    assert!(ran.stderr.contains("nothing was asked: http_proxy is no address of a proxy"), "{ran}");
    assert!(!ran.stderr.contains("cret"), "{ran}");
}
