//! A proxy between the job and GitHub, as runners of one's own have it.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};

use bklog_lint::github::Environment;
use bklog_lint::proxy::Proxies;
use serde_json::json;
use wiremock::ResponseTemplate;

use crate::server::Server;

/// A proxy that makes tunnels to `target`, wherever they should lead; its port, and the heads of the requests that it got.
fn proxy(target: &str, answer: &'static str) -> (u16, Receiver<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let target = target.trim_start_matches("http://").to_owned();
    let (heads, received) = channel();
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let mut client = client.unwrap();
            let mut reader = BufReader::new(client.try_clone().unwrap());
            let mut head = Vec::new();
            loop {
                let mut line = String::new();
                if reader.read_line(&mut line).unwrap() == 0 || line == "\r\n" {
                    break;
                }
                head.push(line.trim_end().to_owned());
            }
            heads.send(head).unwrap();
            client.write_all(answer.as_bytes()).unwrap();
            if !answer.contains("200") {
                continue;
            }
            let server = TcpStream::connect(&target).unwrap();
            let (mut from, mut to) = (server.try_clone().unwrap(), client.try_clone().unwrap());
            std::thread::spawn(move || std::io::copy(&mut from, &mut to));
            std::thread::spawn(move || std::io::copy(&mut reader, &mut &server));
        }
    });
    (port, received)
}

fn environment(server: &Server, variables: &[(&str, String)]) -> Environment {
    let get = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone());
    let api_url = "http://github.invalid/api/v3".to_owned();
    Environment { api_url, proxies: Proxies::of(&get), ..server.environment("") }
}

const MADE: &str = "HTTP/1.1 200 Connection established\r\n\r\n";

#[test]
fn requests_go_through_the_proxy_with_its_login() {
    let server = Server::new("/api/v3", |_, _, _| ResponseTemplate::new(200).set_body_json(json!(1)));
    let (port, heads) = proxy(&server.url(), MADE);
    let through = [("HTTP_PROXY", format!("http://me:hidden@127.0.0.1:{port}"))];
    let answer = server.api(&environment(&server, &through)).get("/x").unwrap();
    assert_eq!(answer.body, json!(1));
    assert_eq!(server.seen()[0].token, "Bearer ghs_secret");
    let head = heads.recv().unwrap();
    assert_eq!(head[0], "CONNECT github.invalid:80 HTTP/1.1");
    assert!(head.contains(&"Proxy-Authorization: Basic bWU6aGlkZGVu".to_owned()), "{head:?}");
    assert!(!head.iter().any(|line| line.contains("ghs_secret")), "the token is for GitHub alone: {head:?}");
}

#[test]
fn a_host_that_needs_none_is_asked_without() {
    let server = Server::new("", |_, _, _| ResponseTemplate::new(200).set_body_json(json!(1)));
    let (port, heads) = proxy(&server.url(), MADE);
    let variables = [("ALL_PROXY", format!("http://127.0.0.1:{port}")), ("NO_PROXY", "127.0.0.1".to_owned())];
    let asked = Environment { api_url: server.url(), ..environment(&server, &variables) };
    assert_eq!(server.api(&asked).get("/x").unwrap().body, json!(1));
    assert!(heads.try_recv().is_err());
}

#[test]
fn what_is_wrong_with_the_proxy_is_told_without_its_password() {
    let server = Server::new("", |_, _, _| ResponseTemplate::new(200));
    let told = |port: u16| {
        let through =
            [("https_proxy", String::new()), ("http_proxy", format!("http://u:hidden@127.0.0.1:{port}"))];
        let error = server.api(&environment(&server, &through)).get("/x").unwrap_err().to_string();
        error.replace(&port.to_string(), "PORT")
    };
    let (port, _heads) = proxy(&server.url(), "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
    assert_eq!(
        told(port),
        "the proxy 127.0.0.1:PORT (http_proxy): tunnel error: proxy authorization required"
    );
    let (port, _heads) = proxy(&server.url(), "HTTP/1.1 403 Forbidden\r\n\r\n");
    assert_eq!(told(port), "the proxy 127.0.0.1:PORT (http_proxy): tunnel error: unsuccessful");
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let refused = told(nobody);
    assert!(refused.starts_with("the proxy 127.0.0.1:PORT (http_proxy): "), "{refused}");
    assert!(refused.contains("refused"), "{refused}");
    assert_eq!(server.lines(), [""; 0]);
}
