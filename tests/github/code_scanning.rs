//! SARIF through the REST interface.

use std::io::Read;
use std::time::Duration;

use base64::Engine;
use bklog_lint::github::ApiError;
use bklog_lint::github::code_scanning::{Uploaded, upload};
use serde_json::json;
use wiremock::ResponseTemplate;

use crate::server::{Server, says};

fn run(server: &Server) -> Result<Uploaded, ApiError> {
    let environment = server.environment("");
    upload(&server.api(&environment), &environment, b"{\"version\": \"2.1.0\"}", Duration::from_millis(1))
}

fn taken(status: &'static str) -> Server {
    Server::new("", move |line, _, before| match line {
        "POST /repos/o/r/code-scanning/sarifs" => {
            ResponseTemplate::new(202).set_body_json(json!({"id": "47177e22-5596"}))
        }
        "GET /repos/o/r/code-scanning/sarifs/47177e22-5596" => {
            let status = if before == 0 { "pending" } else { status };
            let body = json!({"processing_status": status, "errors": ["line 1\n::error::x", "more"]});
            ResponseTemplate::new(200).set_body_json(body)
        }
        _ => says(404, "Not Found"),
    })
}

#[test]
fn an_upload_is_packed_and_followed() {
    let server = taken("complete");
    assert_eq!(run(&server).unwrap(), Uploaded::Complete);
    let body = &server.seen()[0].body;
    assert_eq!(body["commit_sha"], "c".repeat(40));
    assert_eq!(body["ref"], "refs/pull/7/merge");
    let packed = base64::prelude::BASE64_STANDARD.decode(body["sarif"].as_str().unwrap()).unwrap();
    let mut text = String::new();
    flate2::read::GzDecoder::new(&packed[..]).read_to_string(&mut text).unwrap();
    assert_eq!(text, "{\"version\": \"2.1.0\"}");
    assert_eq!(server.lines().len(), 3);
}

#[test]
fn what_github_cannot_use_is_told_harmlessly() {
    assert_eq!(run(&taken("failed")).unwrap(), Uploaded::Failed("line 1␊::error::x; more".to_owned()));
    let slow = taken("pending");
    assert_eq!(run(&slow).unwrap(), Uploaded::Pending);
    assert_eq!(slow.lines().len(), 6);
}

#[test]
fn code_scanning_that_is_off_a_token_that_reads_and_a_report_too_large() {
    for (status, message) in
        [(403, "Resource not accessible by integration"), (404, "no analysis found"), (413, "too large")]
    {
        let server = Server::new("", move |_, _, _| says(status, message));
        let message = message.to_owned();
        assert_eq!(run(&server).unwrap_err(), ApiError::Refused { status, message });
        assert_eq!(server.lines().len(), 1);
    }
    let environment = taken("complete").environment("");
    let server = taken("complete");
    // Noise does not pack.
    let mut noise = vec![0u8; 12 * 1024 * 1024];
    let mut state = 1u64;
    for byte in &mut noise {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        *byte = (state >> 33) as u8;
    }
    let error = upload(&server.api(&environment), &environment, &noise, Duration::ZERO).unwrap_err();
    assert!(matches!(error, ApiError::Refused { status: 413, .. }));
    assert!(server.lines().is_empty());
}
