//! The comment that is kept up to date.

use std::sync::{Arc, Mutex};

use bklog_lint::github::ApiError;
use bklog_lint::github::comment::{Kept, keep};
use serde_json::{Value as Json, json};
use wiremock::ResponseTemplate;

use crate::server::{Server, says};

const MARK: &str = "<!-- bklog-lint:bklog_lint -->";

fn by(login: &str, kind: &str, id: u64, body: &str) -> Json {
    json!({"id": id, "body": body, "user": {"login": login, "type": kind}})
}

fn bot(id: u64, body: &str) -> Json {
    by("github-actions[bot]", "Bot", id, body)
}

/// A pull request with these comments, three a page. The first write is taken and not confirmed when `deaf`.
fn pull_request(comments: Vec<Json>, deaf: bool) -> (Server, Arc<Mutex<Vec<Json>>>) {
    let kept = Arc::new(Mutex::new(comments));
    let state = kept.clone();
    let writes = Mutex::new(0);
    let server = Server::new("", move |line, body, _| {
        let mut comments = state.lock().unwrap();
        if line == "GET /user" {
            return ResponseTemplate::new(200).set_body_json(json!({"login": "release-manager"}));
        }
        if let Some(list) = line.strip_prefix("GET /repos/o/r/issues/7/comments?per_page=100") {
            let page: usize = list.strip_prefix("&page=").map_or(1, |page| page.parse().unwrap());
            let all: Vec<&Json> = comments.iter().skip((page - 1) * 3).take(3).collect();
            let answer = ResponseTemplate::new(200).set_body_json(json!(all));
            if page * 3 >= comments.len() {
                return answer;
            }
            let next = format!("</repos/o/r/issues/7/comments?per_page=100&page={}>; rel=\"next\"", page + 1);
            return answer.insert_header("link", next.as_str());
        }
        let mut writes = writes.lock().unwrap();
        *writes += 1;
        let text = body["body"].as_str().unwrap();
        if line == "POST /repos/o/r/issues/7/comments" {
            let id = 100 + comments.len() as u64;
            comments.push(bot(id, text));
        } else {
            let id: u64 = line.strip_prefix("PATCH /repos/o/r/issues/comments/").unwrap().parse().unwrap();
            let own = comments.iter_mut().find(|one| one["id"] == id).unwrap();
            own["body"] = text.into();
        }
        if deaf && *writes == 1 { says(500, "") } else { ResponseTemplate::new(201).set_body_json(json!({})) }
    });
    (server, kept)
}

fn run(server: &Server, text: &str, is_news: bool) -> Result<Kept, ApiError> {
    let environment = server.environment("");
    keep(&server.api(&environment), &environment, 7, "bklog-lint", text, is_news)
}

#[test]
fn one_comment_is_made_and_then_brought_up_to_date() {
    let (server, kept) = pull_request(vec![bot(1, "something else")], false);
    assert_eq!(run(&server, "first\n", true).unwrap(), Kept::Created);
    assert_eq!(run(&server, "first", true).unwrap(), Kept::Unchanged);
    assert_eq!(run(&server, "second", true).unwrap(), Kept::Updated);
    assert_eq!(run(&server, "nothing any more", false).unwrap(), Kept::Updated);
    let kept = kept.lock().unwrap();
    assert_eq!(kept.len(), 2);
    assert_eq!(kept[1]["body"], format!("{MARK}\nnothing any more"));
}

#[test]
fn nothing_to_say_makes_no_comment() {
    let (server, kept) = pull_request(vec![], false);
    assert_eq!(run(&server, "all is well", false).unwrap(), Kept::NotNeeded);
    assert!(kept.lock().unwrap().is_empty());
}

#[test]
fn it_is_found_on_a_later_page() {
    let mut comments: Vec<Json> = (0..7).map(|id| by("anna", "User", id, "hello")).collect();
    comments.push(bot(70, &format!("{MARK}\nold")));
    let (server, kept) = pull_request(comments, false);
    assert_eq!(run(&server, "new", true).unwrap(), Kept::Updated);
    assert_eq!(kept.lock().unwrap().len(), 8);
    assert_eq!(server.lines().iter().filter(|line| line.starts_with("GET")).count(), 3);
}

#[test]
fn a_strangers_comment_with_our_mark_is_left_alone() {
    let theirs = by("mallory", "User", 1, &format!("{MARK}\nmine now"));
    let (server, kept) = pull_request(vec![theirs.clone()], false);
    assert_eq!(run(&server, "ours", true).unwrap(), Kept::Created);
    assert_eq!(kept.lock().unwrap()[0], theirs);
    // The account that the token belongs to is no stranger.
    let own = by("release-manager", "User", 1, &format!("{MARK}\nold"));
    let (server, kept) = pull_request(vec![own], false);
    assert_eq!(run(&server, "new", true).unwrap(), Kept::Updated);
    assert_eq!(kept.lock().unwrap().len(), 1);
    // Quoting the mark is not having it.
    let quoted = bot(1, &format!("> {MARK}\nsaid the linter"));
    let (server, _) = pull_request(vec![quoted], false);
    assert_eq!(run(&server, "ours", true).unwrap(), Kept::Created);
}

#[test]
fn a_lost_answer_makes_no_second_comment() {
    let (server, kept) = pull_request(vec![], true);
    assert_eq!(run(&server, "text", true).unwrap(), Kept::Created);
    assert_eq!(kept.lock().unwrap().len(), 1);
}

#[test]
fn a_token_that_may_only_read_is_told() {
    let server = Server::new("", |line, _, _| match line.split(' ').next() {
        Some("GET") => ResponseTemplate::new(200).set_body_json(json!([])),
        _ => says(403, "Resource not accessible by integration"),
    });
    assert!(run(&server, "text", true).unwrap_err().is_refusal());
}
