//! What GitHub Actions tells a job through its environment.

use std::path::PathBuf;

use crate::proxy::Proxies;

/// A token. It is shown nowhere: not in messages, not by `{:?}`.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// A token; `None` for an empty text.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self(text.to_owned()))
    }

    pub(super) fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

/// The variables that count.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// `GITHUB_API_URL`: `https://api.github.com`, `https://github.example.com/api/v3`.
    pub api_url: String,
    /// `GITHUB_SERVER_URL`: `https://github.com`.
    pub server_url: String,
    /// `GITHUB_REPOSITORY`: `owner/name`.
    pub repository: String,
    /// `GITHUB_TOKEN`.
    pub token: Option<Token>,
    /// `GITHUB_EVENT_NAME`.
    pub event_name: String,
    /// `GITHUB_EVENT_PATH`.
    pub event_path: Option<PathBuf>,
    /// `GITHUB_SHA`.
    pub sha: String,
    /// `GITHUB_REF`.
    pub git_ref: String,
    /// `GITHUB_RUN_ID` and `GITHUB_RUN_ATTEMPT`, which together name one try of one run.
    pub run: String,
    /// `GITHUB_STEP_SUMMARY`.
    pub step_summary: Option<PathBuf>,
    /// `GITHUB_OUTPUT`.
    pub output: Option<PathBuf>,
    /// `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`: a runner of one's own tells them to what it runs.
    pub proxies: Proxies,
}

impl Environment {
    /// From a function that looks up a variable.
    pub fn new(get: impl Fn(&str) -> Option<String>) -> Self {
        let text = |name: &str| get(name).unwrap_or_default();
        let or = |name: &str, default: &str| {
            get(name).filter(|value| !value.is_empty()).unwrap_or_else(|| default.to_owned())
        };
        let path = |name: &str| get(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        Self {
            api_url: or("GITHUB_API_URL", "https://api.github.com"),
            server_url: or("GITHUB_SERVER_URL", "https://github.com"),
            repository: text("GITHUB_REPOSITORY"),
            token: get("GITHUB_TOKEN").as_deref().and_then(Token::new),
            event_name: text("GITHUB_EVENT_NAME"),
            event_path: path("GITHUB_EVENT_PATH"),
            sha: text("GITHUB_SHA"),
            git_ref: text("GITHUB_REF"),
            run: format!("{}-{}", text("GITHUB_RUN_ID"), text("GITHUB_RUN_ATTEMPT")),
            step_summary: path("GITHUB_STEP_SUMMARY"),
            output: path("GITHUB_OUTPUT"),
            proxies: Proxies::of(&|name| get(name)),
        }
    }

    /// The route of something below the repository; `None` when the repository is not named `owner/name`.
    pub fn route(&self, below: &str) -> Option<String> {
        route(&self.repository, below)
    }
}

/// The route of something below the repository `owner/name`; `None` when it is not named so.
pub(super) fn route(repository: &str, below: &str) -> Option<String> {
    let (owner, name) = repository.split_once('/')?;
    let is_name = |part: &str| !matches!(part, "" | "." | "..") && !part.contains('/');
    if !is_name(owner) || !is_name(name) {
        return None;
    }
    Some(format!("/repos/{}/{}/{below}", super::url_part(owner), super::url_part(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_never_shown_and_routes_cannot_be_bent() {
        let environment = Environment::new(|name| match name {
            "GITHUB_TOKEN" => Some(" ghs_secret\n".to_owned()),
            "GITHUB_REPOSITORY" => Some("o/r?x=/../y".to_owned()),
            _ => None,
        });
        assert!(!format!("{environment:?}").contains("ghs_secret"));
        assert_eq!(environment.token.as_ref().unwrap().expose(), "ghs_secret");
        assert_eq!(environment.route("x"), None);
        assert_eq!(route("o/r.e-x", "issues").as_deref(), Some("/repos/o/r.e-x/issues"));
        assert_eq!(route("o/a b?c", "issues").as_deref(), Some("/repos/o/a%20b%3Fc/issues"));
        assert_eq!(route("o/..", "issues"), None);
        assert_eq!(route("o", "issues"), None);
    }
}
