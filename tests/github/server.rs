//! A server in GitHub's place.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bklog_lint::github::environment::Token;
use bklog_lint::github::{Api, Environment, Patience};
use serde_json::{Value as Json, json};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

/// The commit at the tip of the pull request.
pub(crate) const HEAD: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

/// A request as the server saw it.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) line: String,
    pub(crate) body: Json,
    pub(crate) token: String,
}

pub(crate) struct Server {
    runtime: tokio::runtime::Runtime,
    server: MockServer,
    seen: Arc<Mutex<Vec<Seen>>>,
    waits: Arc<Mutex<Vec<String>>>,
}

/// What the server answers: it gets `METHOD /path?query`, the body, and how many such requests came before.
type Answer = dyn Fn(&str, &Json, usize) -> ResponseTemplate + Send + Sync;

impl Server {
    /// A server whose interface begins at `prefix`: `/api/v3` on a GitHub Enterprise Server.
    pub(crate) fn new(
        prefix: &'static str,
        answer: impl Fn(&str, &Json, usize) -> ResponseTemplate + Send + Sync + 'static,
    ) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let server = runtime.block_on(MockServer::start());
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let (log, answer): (_, Box<Answer>) = (seen.clone(), Box::new(answer));
        let respond = move |request: &Request| {
            let query = request.url.query().map(|query| format!("?{query}")).unwrap_or_default();
            let Some(path) = request.url.path().strip_prefix(prefix) else {
                return ResponseTemplate::new(404).set_body_json(json!({"message": "no interface here"}));
            };
            let line = format!("{} {path}{query}", request.method);
            let body = serde_json::from_slice(&request.body).unwrap_or(Json::Null);
            let header = request.headers.get("authorization").and_then(|value| value.to_str().ok());
            let mut log = log.lock().unwrap();
            let before = log.iter().filter(|seen| seen.line == line).count();
            log.push(Seen {
                line: line.clone(),
                body: body.clone(),
                token: header.unwrap_or_default().to_owned(),
            });
            drop(log);
            answer(&line, &body, before)
        };
        runtime.block_on(Mock::given(wiremock::matchers::any()).respond_with(respond).mount(&server));
        Self { runtime, server, seen, waits: Arc::default() }
    }

    pub(crate) fn url(&self) -> String {
        self.server.uri()
    }

    /// What a job on a pull request knows.
    pub(crate) fn environment(&self, prefix: &str) -> Environment {
        Environment {
            api_url: format!("{}{prefix}", self.url()),
            server_url: self.url(),
            repository: "o/r".to_owned(),
            token: Token::new("ghs_secret"),
            event_name: "pull_request".to_owned(),
            sha: "cccccccccccccccccccccccccccccccccccccccc".to_owned(),
            git_ref: "refs/pull/7/merge".to_owned(),
            run: "42-1".to_owned(),
            ..Environment::default()
        }
    }

    /// A client that loses no time.
    pub(crate) fn api(&self, environment: &Environment) -> Api {
        let patience = Patience {
            attempts: 4,
            first_wait: Duration::from_millis(1),
            longest_wait: Duration::from_secs(5),
            timeout: Duration::from_millis(500),
        };
        let waits = self.waits.clone();
        Api::new(environment, patience, move |why| waits.lock().unwrap().push(why.to_owned())).unwrap()
    }

    /// The requests so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// The requests so far, method and address.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.seen().into_iter().map(|seen| seen.line).collect()
    }

    /// Why the client waited.
    pub(crate) fn waits(&self) -> Vec<String> {
        self.waits.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // What the runtime holds ends with it.
        let _ = self.runtime.handle();
    }
}

pub(crate) fn says(status: u16, message: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(json!({ "message": message }))
}
