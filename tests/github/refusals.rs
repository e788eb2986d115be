//! What the client makes of every kind of answer.

use std::time::{Duration, Instant};

use bklog_lint::github::ApiError;
use bklog_lint::github::api::Again;
use http::Method;
use serde_json::{Value as Json, json};
use wiremock::ResponseTemplate;

use crate::server::{Server, says};

fn get(
    answer: impl Fn(usize) -> ResponseTemplate + Send + Sync + 'static,
) -> (Server, Result<Json, ApiError>) {
    let server = Server::new("", move |_, _, before| answer(before));
    let answer = server.api(&server.environment("")).get("/x").map(|answer| answer.body);
    (server, answer)
}

fn post(
    answer: impl Fn(usize) -> ResponseTemplate + Send + Sync + 'static,
) -> (Server, Result<Json, ApiError>) {
    let server = Server::new("", move |_, _, before| answer(before));
    let api = server.api(&server.environment(""));
    let answer = api.send(&Method::POST, "/x", Some(&json!({"a": 1})), Again::WhenRefused);
    (server, answer.map(|answer| answer.body))
}

#[test]
fn a_plain_answer() {
    let (server, answer) = get(|_| ResponseTemplate::new(200).set_body_json(json!({"n": 1})));
    assert_eq!(answer.unwrap(), json!({"n": 1}));
    assert_eq!(server.lines(), ["GET /x"]);
    assert_eq!(server.seen()[0].token, "Bearer ghs_secret");
    let (_, nothing) = post(|_| ResponseTemplate::new(204));
    assert_eq!(nothing.unwrap(), Json::Null);
}

#[test]
fn what_is_refused_is_not_asked_again() {
    for (status, message) in [
        (401, "Bad credentials"),
        (403, "Resource not accessible by integration"),
        (404, "Not Found"),
        (409, "Git Repository is empty."),
        (422, "Validation Failed"),
    ] {
        for (server, answer) in [get(move |_| says(status, message)), post(move |_| says(status, message))] {
            let error = answer.unwrap_err();
            assert_eq!(error, ApiError::Refused { status, message: message.to_owned() });
            assert_eq!(error.is_refusal(), matches!(status, 401 | 403 | 404));
            assert_eq!(server.lines().len(), 1);
        }
    }
}

#[test]
fn a_rate_limit_is_waited_out() {
    let started = Instant::now();
    let limited = |before| match before {
        0 => says(429, "slow down").insert_header("retry-after", "1"),
        1 => says(403, "You have exceeded a secondary rate limit"),
        _ => ResponseTemplate::new(200).set_body_json(json!([])),
    };
    // Refused for certain, so even what must not be done twice is tried again.
    let (server, answer) = post(limited);
    assert_eq!(answer.unwrap(), json!([]));
    assert_eq!(server.lines().len(), 3);
    assert!(started.elapsed() >= Duration::from_secs(1));
    assert_eq!(server.waits()[0], "429: slow down; waiting 1 s");
}

#[test]
fn a_limit_that_lasts_too_long_is_told_with_its_end() {
    let (server, answer) = get(|_| says(429, "come back tomorrow").insert_header("retry-after", "3600"));
    let message = "come back tomorrow".to_owned();
    assert_eq!(answer.unwrap_err(), ApiError::Limited { seconds: 3600, message });
    assert_eq!(server.lines().len(), 1);
}

#[test]
fn a_server_that_fails_is_asked_again_where_that_is_safe() {
    let fails = |before| {
        if before < 2 { says(500, "oops") } else { ResponseTemplate::new(200).set_body_json(json!(1)) }
    };
    let (server, answer) = get(fails);
    assert_eq!(answer.unwrap(), json!(1));
    assert_eq!(server.lines().len(), 3);
    let (server, answer) = get(|_| ResponseTemplate::new(502).set_body_string("<html>bad gateway</html>"));
    assert_eq!(answer.unwrap_err(), ApiError::Unavailable("502: Bad Gateway".to_owned()));
    assert_eq!(server.lines().len(), 4, "and not for ever");
    let (server, answer) = post(fails);
    assert_eq!(answer.unwrap_err(), ApiError::Unavailable("500: oops".to_owned()));
    assert_eq!(server.lines().len(), 1, "it may have been heard");
}

#[test]
fn silence_ends() {
    let (server, answer) = post(|_| ResponseTemplate::new(200).set_delay(Duration::from_secs(20)));
    let error = answer.unwrap_err().to_string();
    assert_eq!(error, "no answer within 0.5 s");
    assert_eq!(server.lines().len(), 1);
    // Nobody there at all.
    let mut environment = server.environment("");
    environment.api_url = "http://127.0.0.1:1".to_owned();
    let error = server.api(&environment).get("/x").unwrap_err();
    assert!(matches!(error, ApiError::Unavailable(_)), "{error}");
    assert!(!error.to_string().contains("ghs_secret"));
}

#[test]
fn an_enterprise_server_has_its_interface_elsewhere() {
    let server = Server::new("/api/v3", |line, _, _| match line {
        "GET /repos/o/r/x?per_page=100" => ResponseTemplate::new(200).set_body_json(json!(1)),
        _ => says(404, "Not Found"),
    });
    for base in ["/api/v3", "/api/v3/"] {
        let environment = server.environment(base);
        let route = environment.route("x?per_page=100").unwrap();
        assert_eq!(server.api(&environment).get(&route).unwrap().body, json!(1));
    }
}

#[test]
fn an_answer_that_is_no_json_is_told() {
    let (_, answer) =
        get(|_| ResponseTemplate::new(200).set_body_string("<html>a proxy of the house</html>"));
    assert!(answer.unwrap_err().to_string().starts_with("the answer is not understood"));
}
