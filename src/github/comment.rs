//! One comment on a pull request that is kept up to date instead of repeated.
//!
//! It is found by a mark that people do not see. Anybody can write that mark, so only a comment of a bot, or of the
//! account that the token belongs to, is taken for our own: to edit a stranger's comment would let him edit ours.

use http::Method;
use serde_json::{Value as Json, json};

use super::api::{Again, Api, ApiError};
use super::environment::Environment;

/// Pages of comments that are looked through, 100 comments each.
const MAX_PAGES: usize = 50;

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// There was none, and now there is.
    Created,
    /// It says something else now.
    Updated,
    /// It says so already.
    Unchanged,
    /// There is none, and nothing to say.
    NotNeeded,
}

/// Makes the comment of `key` on pull request `number` say `markdown`. With nothing to say (`is_news` false) none is
/// made, and one that is there already is brought up to date: what it complained of may be mended.
///
/// # Errors
/// When GitHub refuses, or cannot be reached.
pub fn keep(
    api: &Api,
    environment: &Environment,
    number: u64,
    key: &str,
    markdown: &str,
    is_news: bool,
) -> Result<Kept, ApiError> {
    let mark = mark(key);
    let body = format!("{mark}\n{}", markdown.trim_end());
    let list = environment
        .route(&format!("issues/{number}/comments?per_page=100"))
        .ok_or_else(|| ApiError::Unavailable("GITHUB_REPOSITORY names no repository".to_owned()))?;
    let Some(own) = find(api, &list, &mark)? else {
        if !is_news {
            return Ok(Kept::NotNeeded);
        }
        let route = list.split('?').next().unwrap_or(&list);
        let create = || api.send(&Method::POST, route, Some(&json!({ "body": body })), Again::WhenRefused);
        return match create() {
            Ok(_) => Ok(Kept::Created),
            // It may have been made all the same.
            Err(ApiError::Unavailable(_)) if find(api, &list, &mark)?.is_some() => Ok(Kept::Created),
            Err(ApiError::Unavailable(_)) => create().map(|_| Kept::Created),
            Err(error) => Err(error),
        };
    };
    if own.body.replace("\r\n", "\n").trim_end() == body {
        return Ok(Kept::Unchanged);
    }
    let route = environment.route(&format!("issues/comments/{}", own.id)).unwrap_or_default();
    api.send(&Method::PATCH, &route, Some(&json!({ "body": body })), Again::Always)?;
    Ok(Kept::Updated)
}

/// The mark of a comment; the key may hold whatever the user calls his category.
fn mark(key: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '.' { c } else { '_' };
    format!("<!-- bklog-lint:{} -->", key.chars().map(plain).collect::<String>())
}

struct Comment {
    id: u64,
    body: String,
}

fn find(api: &Api, list: &str, mark: &str) -> Result<Option<Comment>, ApiError> {
    let mut next = Some(list.to_owned());
    let mut own_login: Option<Option<String>> = None;
    for _ in 0..MAX_PAGES {
        let Some(route) = next else { return Ok(None) };
        let answer = api.get(&route)?;
        for comment in answer.body.as_array().into_iter().flatten() {
            let body = comment.get("body").and_then(Json::as_str).unwrap_or_default();
            let Some(id) = comment.get("id").and_then(Json::as_u64) else { continue };
            if !body.starts_with(mark) {
                continue;
            }
            let login = comment.pointer("/user/login").and_then(Json::as_str);
            let is_bot = comment.pointer("/user/type").and_then(Json::as_str) == Some("Bot");
            // A job's own token has no account, and its comments are a bot's.
            let ours = is_bot
                || login.is_some() && own_login.get_or_insert_with(|| account(api)).as_deref() == login;
            if ours {
                return Ok(Some(Comment { id, body: body.to_owned() }));
            }
        }
        next = answer.next;
    }
    Ok(None)
}

/// The account of the token, when it has one.
fn account(api: &Api) -> Option<String> {
    let body = api.get("/user").ok()?.body;
    body.get("login").and_then(Json::as_str).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_cannot_end_the_mark() {
        assert_eq!(mark("bklog-lint/api"), "<!-- bklog-lint:bklog_lint_api -->");
        assert_eq!(mark("--><script>"), "<!-- bklog-lint:____script_ -->");
    }
}
