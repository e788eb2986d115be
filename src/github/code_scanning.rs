//! SARIF through the REST interface, for those who do not use the upload action.

use std::io::Write;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use flate2::{Compression, GzBuilder};
use http::Method;
use serde_json::{Value as Json, json};

use super::api::{Again, Api, ApiError};
use super::environment::Environment;
use super::quoted;

/// Largest upload that GitHub takes, compressed, in bytes.
const MAX_BYTES: usize = 10 * 1024 * 1024;

/// Times that it is asked whether the upload is processed.
const LOOKS: u32 = 5;

/// What became of an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Uploaded {
    /// The alerts are there.
    Complete,
    /// GitHub has it and is still at it.
    Pending,
    /// GitHub could not use it.
    Failed(String),
}

/// Uploads a SARIF report for the commit and the reference of this run; `look_every` parts the looks at its progress.
///
/// # Errors
/// When GitHub refuses, or cannot be reached.
pub fn upload(
    api: &Api,
    environment: &Environment,
    sarif: &[u8],
    look_every: Duration,
) -> Result<Uploaded, ApiError> {
    let packed = pack(sarif).map_err(|error| ApiError::Unavailable(error.to_string()))?;
    if packed.len() > MAX_BYTES {
        return Err(ApiError::Refused { status: 413, message: "more than 10 MiB compressed".to_owned() });
    }
    let route = environment.route("code-scanning/sarifs");
    let route =
        route.ok_or_else(|| ApiError::Unavailable("GITHUB_REPOSITORY names no repository".to_owned()))?;
    let body = json!({
        "commit_sha": environment.sha,
        "ref": environment.git_ref,
        "sarif": BASE64_STANDARD.encode(packed),
        "tool_name": "bklog-lint",
    });
    // Sent twice it is processed twice, and the second takes the place of the first.
    let answer = api.send(&Method::POST, &route, Some(&body), Again::Always)?;
    let Some(id) = answer.body.get("id").and_then(Json::as_str) else { return Ok(Uploaded::Pending) };
    for look in 0..LOOKS {
        if look > 0 {
            std::thread::sleep(look_every);
        }
        let Ok(answer) = api.get(&format!("{route}/{}", super::url_part(id))) else { continue };
        match answer.body.get("processing_status").and_then(Json::as_str) {
            Some("complete") => return Ok(Uploaded::Complete),
            Some("failed") => {
                let errors = answer.body.get("errors").and_then(Json::as_array);
                let errors: Vec<&str> = errors.into_iter().flatten().filter_map(Json::as_str).collect();
                return Ok(Uploaded::Failed(quoted(&errors.join("; "))));
            }
            _ => {}
        }
    }
    Ok(Uploaded::Pending)
}

/// Compressed without a time, so that the same report gives the same bytes.
fn pack(sarif: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut out = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    out.write_all(sarif)?;
    out.finish()
}
