//! Requests to GitHub's REST interface: retries, rate limits, timeouts. The one place with asynchronous code, with the
//! connections below it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{HeaderMap, Method, StatusCode};
use octocrab::Octocrab;
use serde_json::Value as Json;

use super::environment::Environment;
use super::{connect, quoted};

/// How long a refused or failed request is tried again.
#[derive(Debug, Clone)]
pub struct Patience {
    /// Requests in all, the first one included.
    pub attempts: u32,
    /// Wait before the second one; it doubles each time.
    pub first_wait: Duration,
    /// Longest wait that GitHub may ask for; who is told to wait longer gives up.
    pub longest_wait: Duration,
    /// Longest time for one request.
    pub timeout: Duration,
}

impl Patience {
    /// For reporting, while a job waits.
    pub fn for_reports() -> Self {
        Self {
            attempts: 4,
            first_wait: Duration::from_secs(1),
            longest_wait: Duration::from_secs(60),
            timeout: Duration::from_secs(30),
        }
    }

    /// For long lists: a used-up rate limit is waited out, which takes an hour at most.
    pub fn for_lists() -> Self {
        Self { attempts: 8, longest_wait: Duration::from_secs(3_660), ..Self::for_reports() }
    }
}

/// Whether a request may be sent again although the first one may have had its effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// It may: it reads, or it sets what is set already.
    Always,
    /// Only when GitHub said that it did nothing: a second one would add a second thing.
    WhenRefused,
}

/// What GitHub answered to a request that it granted.
#[derive(Debug)]
pub struct Answer {
    /// 2xx.
    pub status: StatusCode,
    /// The body; null when there was none.
    pub body: Json,
    /// The address of the next page of a list.
    pub next: Option<String>,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// GitHub refused.
    #[error("{status}: {message}")]
    Refused {
        /// The HTTP status, 4xx.
        status: u16,
        /// What GitHub said.
        message: String,
    },
    /// A rate limit is used up, for longer than this run waits.
    #[error("the rate limit is used up for another {seconds} s: {message}")]
    Limited {
        /// Until it is filled again.
        seconds: u64,
        /// What GitHub said.
        message: String,
    },
    /// GitHub could not be reached, failed or took too long; whether the request had its effect is not known.
    #[error("{0}")]
    Unavailable(String),
    /// The answer is not what the interface promises.
    #[error("the answer is not understood: {0}")]
    Answer(String),
}

impl ApiError {
    /// Whether the token is not allowed to do this: it can only read, or it sees no such thing.
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::Refused { status: 401 | 403 | 404, .. })
    }
}

/// A client with a token.
pub struct Api {
    client: Octocrab,
    runtime: tokio::runtime::Runtime,
    patience: Patience,
    /// Told before each wait.
    on_wait: Box<dyn Fn(&str) + Send + Sync>,
}

/// What to make of one attempt.
enum Attempt {
    Done(Answer),
    Failed(ApiError),
    /// Try again after this wait, or after the usual one.
    Wait(Option<Duration>, ApiError),
}

impl Api {
    /// A client for the interface that `environment` names; `on_wait` is told why it waits.
    ///
    /// # Errors
    /// When the address of the interface or of its proxy is none, or no certificates are found.
    pub fn new(
        environment: &Environment,
        patience: Patience,
        on_wait: impl Fn(&str) + Send + Sync + 'static,
    ) -> Result<Self, ApiError> {
        let failed = |error: &dyn std::fmt::Display| ApiError::Unavailable(quoted(&error.to_string()));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| failed(&error))?;
        // The client starts a task of its own.
        let guard = runtime.enter();
        let client = connect::client(environment).map_err(|error| failed(&error))?;
        drop(guard);
        Ok(Self { client, runtime, patience, on_wait: Box::new(on_wait) })
    }

    /// Reads.
    ///
    /// # Errors
    /// When GitHub does not grant it.
    pub fn get(&self, route: &str) -> Result<Answer, ApiError> {
        self.send(&Method::GET, route, None, Again::Always)
    }

    /// Sends `body`.
    ///
    /// # Errors
    /// When GitHub does not grant it.
    pub fn send(
        &self,
        method: &Method,
        route: &str,
        body: Option<&Json>,
        again: Again,
    ) -> Result<Answer, ApiError> {
        let mut wait = self.patience.first_wait;
        let mut attempt = 1;
        loop {
            let (asked_for, error) = match self.runtime.block_on(self.attempt(method, route, body, again)) {
                Attempt::Done(answer) => return Ok(answer),
                Attempt::Failed(error) => return Err(error),
                Attempt::Wait(asked_for, error) => (asked_for, error),
            };
            let pause = asked_for.unwrap_or(wait);
            if attempt >= self.patience.attempts {
                return Err(error);
            }
            if pause > self.patience.longest_wait {
                let message = match error {
                    ApiError::Refused { message, .. } => message,
                    other => other.to_string(),
                };
                return Err(ApiError::Limited { seconds: pause.as_secs(), message });
            }
            (self.on_wait)(&format!("{error}; waiting {} s", pause.as_secs_f32().ceil()));
            std::thread::sleep(pause);
            wait *= 2;
            attempt += 1;
        }
    }

    async fn attempt(&self, method: &Method, route: &str, body: Option<&Json>, again: Again) -> Attempt {
        let unclear = |why: String| {
            let error = ApiError::Unavailable(quoted(&why));
            match again {
                Again::Always => Attempt::Wait(None, error),
                Again::WhenRefused => Attempt::Failed(error),
            }
        };
        let exchange = async {
            let builder = http::Request::builder()
                .method(method)
                .uri(route)
                .header(http::header::ACCEPT, "application/vnd.github+json");
            let request = self.client.build_request(builder, body)?;
            let response = self.client.execute(request).await?;
            let (status, headers) = (response.status(), response.headers().clone());
            let text = self.client.body_to_string(response).await?;
            Ok::<_, octocrab::Error>((status, headers, text))
        };
        let (status, headers, text) = match tokio::time::timeout(self.patience.timeout, exchange).await {
            Err(_) => return unclear(format!("no answer within {} s", self.patience.timeout.as_secs_f32())),
            Ok(Err(error)) => return unclear(connect::innermost(&error)),
            Ok(Ok(exchanged)) => exchanged,
        };
        if status.is_success() {
            let body = if text.trim().is_empty() { Ok(Json::Null) } else { serde_json::from_str(&text) };
            return match body {
                Ok(body) => Attempt::Done(Answer { status, body, next: next_page(&headers) }),
                Err(error) => Attempt::Failed(ApiError::Answer(error.to_string())),
            };
        }
        let message = message(status, &text);
        if status.is_server_error() {
            return unclear(format!("{}: {message}", status.as_u16()));
        }
        let error = ApiError::Refused { status: status.as_u16(), message };
        match limit(status, &headers, &text) {
            Some(pause) => Attempt::Wait(pause, error),
            None => Attempt::Failed(error),
        }
    }
}

/// For a rate limit: `Some`, with the wait that GitHub asks for where it names one.
fn limit(status: StatusCode, headers: &HeaderMap, text: &str) -> Option<Option<Duration>> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<u64>().ok();
    let used_up = number("x-ratelimit-remaining") == Some(0);
    let is_secondary = text.to_ascii_lowercase().contains("rate limit");
    let is_limit = status == StatusCode::TOO_MANY_REQUESTS
        || status == StatusCode::FORBIDDEN
            && (headers.contains_key("retry-after") || used_up || is_secondary);
    if !is_limit {
        return None;
    }
    if let Some(seconds) = number("retry-after") {
        return Some(Some(Duration::from_secs(seconds)));
    }
    let reset = number("x-ratelimit-reset").filter(|_| used_up);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    // A second more than asked for, since clocks differ.
    Some(reset.map(|reset| Duration::from_secs(reset.saturating_sub(now) + 1)))
}

/// What GitHub says in the body of a refusal.
fn message(status: StatusCode, text: &str) -> String {
    let said = serde_json::from_str::<Json>(text).ok();
    let said = said.as_ref().and_then(|body| body.get("message")).and_then(Json::as_str);
    quoted(said.unwrap_or_else(|| status.canonical_reason().unwrap_or("no reason given")))
}

/// The address of the next page, from the header `link`: `<https://…?page=2>; rel="next", <…>; rel="last"`.
fn next_page(headers: &HeaderMap) -> Option<String> {
    let link = headers.get(http::header::LINK)?.to_str().ok()?;
    link.split(',').find_map(|part| {
        let (address, rest) = part.trim().strip_prefix('<')?.split_once('>')?;
        rest.contains("rel=\"next\"").then(|| address.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(all: &[(&'static str, &str)]) -> HeaderMap {
        all.iter()
            .map(|(name, value)| ((*name).parse().unwrap(), value.parse().unwrap()))
            .collect::<HeaderMap>()
    }

    #[test]
    fn limits_are_told_from_refusals() {
        let forbidden = StatusCode::FORBIDDEN;
        assert_eq!(limit(forbidden, &headers(&[]), "Resource not accessible by integration"), None);
        assert_eq!(limit(StatusCode::TOO_MANY_REQUESTS, &headers(&[]), ""), Some(None));
        let after = headers(&[("retry-after", "7")]);
        assert_eq!(limit(forbidden, &after, ""), Some(Some(Duration::from_secs(7))));
        assert_eq!(limit(forbidden, &headers(&[]), "You have exceeded a secondary rate limit"), Some(None));
        let reset = headers(&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1")]);
        assert_eq!(limit(forbidden, &reset, ""), Some(Some(Duration::from_secs(1))));
        assert_eq!(limit(StatusCode::NOT_FOUND, &after, ""), None);
    }

    #[test]
    fn the_next_page_is_found_among_the_links() {
        let link = "<https://a/x?page=1>; rel=\"prev\", <https://a/x?page=3>; rel=\"next\"";
        assert_eq!(next_page(&headers(&[("link", link)])).as_deref(), Some("https://a/x?page=3"));
        assert_eq!(next_page(&headers(&[("link", "<https://a/x?page=3>; rel=\"last\"")])), None);
    }

    #[test]
    fn what_a_server_says_is_made_harmless() {
        let text = message(StatusCode::FORBIDDEN, "{\"message\": \"no\\n::error::x \\u001b[31m ##[group]\"}");
        assert_eq!(text, "no␊::error::x ␛[31m # #[group]");
        assert_eq!(message(StatusCode::BAD_GATEWAY, "<html>"), "Bad Gateway");
    }
}
