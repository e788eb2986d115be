//! Figures of a page, and where the JSON of the same run holds them.

use serde_json::Value;

/// The figures of a page: query and what is shown.
pub(crate) fn figures(page: &str) -> Vec<(String, String)> {
    let parts = page.split("<span data-json=\"").skip(1);
    parts
        .map(|part| {
            let (query, rest) = part.split_once("\">").unwrap();
            (unescaped(query), unescaped(rest.split_once("</span>").unwrap().0))
        })
        .collect()
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

/// What the JSON says: names between `/` lead down, `*` goes through lists, `[key=value]` keeps the entries of lists that
/// have it; lists count as the sum of their lengths.
pub(crate) fn ask(json: &Value, query: &str) -> String {
    let mut found = vec![json.clone()];
    for step in query.split('/').skip(1) {
        let (name, conditions) = step.split_once('[').map_or((step, ""), |(name, rest)| (name, rest));
        found = found.iter().flat_map(|value| down(value, name)).collect();
        for condition in
            conditions.split('[').map(|one| one.trim_end_matches(']')).filter(|one| !one.is_empty())
        {
            let (key, wanted) = condition.split_once('=').unwrap();
            for value in &mut found {
                value
                    .as_array_mut()
                    .unwrap_or_else(|| panic!("{query}"))
                    .retain(|one| shown(&one[key]) == wanted);
            }
        }
    }
    match found.as_slice() {
        [one] if !one.is_array() => shown(one),
        lists => lists
            .iter()
            .map(|list| list.as_array().unwrap_or_else(|| panic!("{query}")).len())
            .sum::<usize>()
            .to_string(),
    }
}

fn down(value: &Value, name: &str) -> Vec<Value> {
    match (name, value) {
        ("", _) => vec![value.clone()],
        ("*", Value::Array(list)) => list.clone(),
        (_, Value::Array(list)) => {
            name.parse().ok().and_then(|at: usize| list.get(at)).cloned().into_iter().collect()
        }
        _ => value.get(name).cloned().into_iter().collect(),
    }
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Every figure of the page is that of the JSON; returns how many there are.
#[track_caller]
pub(crate) fn assert_same(page: &str, json: &Value) -> usize {
    let figures = figures(page);
    for (query, shown) in &figures {
        assert_eq!(*shown, ask(json, query), "{query}");
    }
    figures.len()
}

/// The text of a page in one language, a line per block, without its style sheet and script.
pub(crate) fn text(page: &str, lang: &str) -> String {
    let other = if lang == "en" { "zh" } else { "en" };
    let (_, body) = page.split_once("<body>").unwrap();
    let (body, _) = body.split_once("<script>").unwrap();
    let mut out = String::new();
    let mut skip: Option<(&str, usize)> = None;
    for part in body.split('<').skip(1) {
        let (tag, text) = part.split_once('>').unwrap();
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap();
        // Spans, divs and groups of the other language are left out with what is in them.
        if let Some((outer, depth)) = skip {
            if name == outer {
                let depth = if tag.starts_with('/') { depth - 1 } else { depth + 1 };
                skip = (depth > 0).then_some((outer, depth));
                if skip.is_some() {
                    continue;
                }
            } else {
                continue;
            }
        } else if ["span", "div", "g"].contains(&name) && tag.contains(&format!("lang=\"{other}\"")) {
            skip = Some((name, 1));
            continue;
        }
        let is_inline =
            ["span", "code", "b", "a", "i", "bdi", "input", "mark", "option", "select"].contains(&name);
        if !is_inline && !out.ends_with('\n') {
            out.push('\n');
        }
        if name == "option" && !tag.starts_with('/') {
            out.push_str(" | ");
        }
        out.push_str(&unescaped(text));
    }
    out.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

#[test]
fn queries_lead_to_figures() {
    let json =
        serde_json::json!({ "a": { "n": 3 }, "l": [{ "k": "x", "s": [1, 2] }, { "k": null, "s": [3] }] });
    assert_eq!(ask(&json, "/a/n"), "3");
    assert_eq!(ask(&json, "/l"), "2");
    assert_eq!(ask(&json, "/l[k=x]"), "1");
    assert_eq!(ask(&json, "/l[k=null]/*/s"), "1");
    assert_eq!(ask(&json, "/l/*/s"), "3");
}
