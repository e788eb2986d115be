//! What an answer over HTTP says of a component's health.

use serde_json::Value;

use super::Component;

/// Words that a body uses for what is not well.
const BAD: [&str; 8] = ["unhealthy", "failed", "failure", "error", "down", "unavailable", "[-]", "false"];
/// Keys that tell whether something is well.
const FLAGS: [&str; 6] = ["ok", "result", "status", "success", "healthy", "server_up"];

/// What an answer says of a component's health: several answer 200 while they are not well, so the body counts.
pub(super) fn health(known: Option<&Component>, status: u16, body: &str) -> Result<String, String> {
    let shown: String = body.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(120).collect();
    if status == 400 && known.is_some_and(|one| one.health == "status") {
        return Err(format!("HTTP 400: the token is missing or wrong. {shown}"));
    }
    if !(200..300).contains(&status) {
        return Err(format!("HTTP {status} {shown}"));
    }
    let json: Option<Value> = serde_json::from_str(body).ok();
    if let Some(fault) = json.as_ref().and_then(|json| fault_in(json, known)) {
        return Err(fault);
    }
    let lower = body.to_lowercase();
    let kind = known.map_or("auto", |one| one.health.as_str());
    let own_bad = known.map(|one| one.unhealthy.as_slice()).unwrap_or_default();
    let plain_bad = if json.is_some() { &[][..] } else { &BAD[..] };
    let bad =
        own_bad.iter().map(String::as_str).chain(plain_bad.iter().copied()).find(|word| lower.contains(word));
    if let Some(word) = bad {
        return Err(format!("`{word}`: {shown}"));
    }
    let fine = match kind {
        "status" => true,
        "text" => known.is_some_and(|one| one.healthy.iter().any(|word| lower.contains(word.as_str()))),
        "flag" => json.as_ref().is_some_and(|json| has_flag(json, known)),
        _ => json
            .as_ref()
            .map_or_else(|| lower.contains("ok") || lower.contains("pong"), |json| has_flag(json, known)),
    };
    if fine {
        Ok(format!("HTTP {status} {shown}"))
    } else {
        Err(format!("HTTP {status}, and the body does not say that it is well: {shown}"))
    }
}

fn flags(known: Option<&Component>) -> impl Iterator<Item = &str> {
    known.into_iter().flat_map(|one| one.flags.iter().map(String::as_str)).chain(FLAGS)
}

/// The first flag anywhere in a body that says no.
fn fault_in(value: &Value, known: Option<&Component>) -> Option<String> {
    match value {
        Value::Array(items) => items.iter().find_map(|item| fault_in(item, known)),
        Value::Object(map) => map.iter().find_map(|(key, value)| {
            if flags(known).any(|flag| flag.eq_ignore_ascii_case(key)) && is_no(value) {
                return Some(format!("{key}: {value}"));
            }
            fault_in(value, known)
        }),
        _ => None,
    }
}

fn is_no(value: &Value) -> bool {
    match value {
        Value::Bool(yes) => !yes,
        // `server_up: 0`
        Value::Number(number) => number.as_i64() == Some(0),
        Value::String(text) => BAD.iter().any(|word| text.to_lowercase().contains(word)),
        Value::Null => true,
        _ => false,
    }
}

fn has_flag(value: &Value, known: Option<&Component>) -> bool {
    match value {
        Value::Array(items) => items.iter().any(|item| has_flag(item, known)),
        Value::Object(map) => map.iter().any(|(key, value)| {
            flags(known).any(|flag| flag.eq_ignore_ascii_case(key)) && !is_no(value) || has_flag(value, known)
        }),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::table;
    use super::*;

    #[test]
    fn the_body_counts_not_the_status() {
        let of = |name: &str, status, body: &str| health(table().component(name), status, body).is_ok();
        assert!(of("cmdb", 200, r#"{"ok": true, "result": true}"#));
        assert!(!of("cmdb", 200, r#"{"ok": false, "result": false}"#));
        assert!(!of("cmdb", 200, "<html>login</html>"));
        assert!(of("bcs", 200, r#"{"code": 0, "data": {"status": "service is ok!"}}"#));
        assert!(!of(
            "bcs",
            200,
            r#"{"code": 0, "data": {"status": "service is unhealthy, mongo ping error"}}"#
        ));
        assert!(of("iam", 200, "ok") && of("iam", 200, r#"{"message":"pong"}"#));
        assert!(!of("iam", 500, "db down") && !of("iam", 302, ""));
        assert!(of("bklog", 200, r#"{"server_up": 1}"#));
        assert!(!of("bklog", 200, r#"{"server_up": 0}"#));
        assert!(!of(
            "bklog",
            200,
            r#"{"result": true, "data": {"mysql": {"status": true}, "redis": {"status": false}}}"#
        ));
        assert!(!of("bklog", 200, "[+] mysql\n[-] redis failed"));
        assert!(of("paas", 200, ""));
        assert!(!of("unknown", 200, "") && of("unknown", 200, "pong"));
    }
}
