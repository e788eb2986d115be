//! A pull request whose names, strings and comments hold workflow commands, Markdown, HTML, line breaks and terminal
//! sequences: nothing gets through in any format, in the log, in the summary, or in what GitHub is sent.

use serde_json::{Value as Json, json};
use wiremock::ResponseTemplate;

use crate::checkout::{Depth, Origin};
use crate::runner::Job;
use crate::server::Server;

/// Texts that something on the way to a person would obey.
const PAYLOADS: [&str; 9] = [
    "::error::injected",
    "##[set-env name=PATH]injected",
    "##vso[task.setvariable variable=x]injected",
    "%0A::warning::injected",
    "<script>alert('injected')</script>",
    "<img src=x onerror=injected>",
    "[injected](javascript:alert(1)) **bold** `code` | cell |",
    "@everyone #1 --> <!-- <details>",
    "\\x1b]0;injected\\x07\\x1b[31m\\r\\n::set-output name=x::injected\\n\\u202e",
];

fn hostile() -> Vec<(String, String)> {
    let mut out = Vec::new();
    for (n, payload) in PAYLOADS.iter().enumerate() {
        let quoted = payload.replace('\'', "\\'");
        out.push((
            // A payload in the file's own name as far as file systems let it.
            format!("shop/migrations/{:04}_{}.py", n + 10, payload.replace(['/', '\\'], "_")),
            format!(
                "# {payload}\nfrom django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n    dependencies = [('shop', '{quoted}')]\n    operations = [\n        migrations.AddField('box', '{quoted}', models.CharField(max_length=9)),\n        migrations.RunSQL('UPDATE x SET y = \"{quoted}\"'),\n    ]  # bklog-lint: ignore[NAM001] {payload}\n"
            ),
        ));
    }
    out.push(("requirements.txt".to_owned(), PAYLOADS.join("\n")));
    out.push(("broken/migrations/__init__.py".to_owned(), String::new()));
    out.push((
        "broken/migrations/0001_::error::x.py".to_owned(),
        "class Migration(migrations.Migration)\n".to_owned(),
    ));
    out
}

/// What a runner, a Markdown renderer or a terminal would obey.
fn assert_harmless(what: &str, text: &str) {
    for c in text.chars() {
        let is_hidden = c != '\n' && c.is_control() || "\u{202e}\u{2028}\u{200b}\u{feff}".contains(c);
        assert!(!is_hidden, "{what}: {c:?} gets through");
    }
    assert!(
        !text.contains("##[") && !text.contains("##vso["),
        "{what}: a command of a build server gets through"
    );
}

fn assert_no_markup(what: &str, markdown: &str) {
    assert_harmless(what, markdown);
    let mut in_pre = false;
    for line in markdown.lines() {
        in_pre = (in_pre || line == "<pre>") && line != "</pre>";
        for tag in ["<script", "<img", "<!-- <details"] {
            assert!(!line.contains(tag), "{what}: {tag} in {line}");
        }
        // In a block of HTML nothing is Markdown, and what is in <code> or <pre> mentions nobody.
        if !in_pre && !line.starts_with("<details") {
            for markup in ["](javascript:alert", "@everyone", "**bold**", "`code`"] {
                assert!(!line.contains(markup), "{what}: {markup} in {line}");
            }
        }
    }
}

#[test]
fn nothing_gets_through() {
    let files = hostile();
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let mut all = files.clone();
    all.push(("bklog-lint.toml", ""));
    let origin = Origin::new(&all);
    let checkout = origin.checkout(&origin.merge, Depth::Full);
    let server = Server::new("", |line, _, _| match line.split(' ').next() {
        Some("GET") => ResponseTemplate::new(200).set_body_json(json!([])),
        _ => ResponseTemplate::new(201).set_body_json(json!({"id": 5})),
    });
    for (name, lang) in [("bklog-lint", "en"), ("", "zh")] {
        let mut job = Job::new(&checkout);
        let event = job.temp().join("event.json");
        std::fs::write(&event, origin.pull_request("fork/r").to_string()).unwrap();
        job.environment.extend([
            ("GITHUB_API_URL", server.url()),
            ("GITHUB_REPOSITORY", "o/r".to_owned()),
            ("GITHUB_EVENT_NAME", "pull_request".to_owned()),
            ("GITHUB_EVENT_PATH", event.display().to_string()),
            ("GITHUB_SHA", origin.merge.clone()),
            ("GITHUB_REF", "refs/pull/7/merge".to_owned()),
        ]);
        // The configuration of the base selects few rules; all of them have their say here.
        job.input("select", "graph,naming,analysis,pins,rolling-deploy,existing-data,suppression,raw-sql,reversibility,data-loss")
            .input("check-run", name)
            .input("comment", "true")
            .input("lang", lang)
            .input("diff", "nofilter")
            .input("scope", "all");
        let done = job.run();
        assert_eq!(done.outputs["verdict"], "failed", "{done:?}");
        let report = done.report();
        assert!(report["findings"].as_array().unwrap().len() > 20, "{report}");
        assert!(report.to_string().contains("injected"), "the payloads are in what is reported");

        assert_harmless("the log", &done.log);
        for command in done.commands() {
            let own = ["::error file=", "::warning file=", "::notice file=", "::notice title=bklog-lint::"];
            assert!(own.iter().any(|own| command.starts_with(own)), "{command}");
            // Properties end where the message begins; no path or title may begin one of its own.
            let (properties, _) = command[2..].split_once("::").unwrap();
            assert!(
                !properties.contains("injected")
                    || properties.contains("%3A%3A")
                    || !properties.contains("::"),
                "{command}"
            );
        }
        assert_no_markup("the summary", &done.summary);
        for format in ["json", "gitlab", "junit", "text", "sarif", "github", "comment"] {
            let output = std::process::Command::new(env!("CARGO_BIN_EXE_bklog-lint"))
                .current_dir(&checkout)
                .args(["--no-config", "--all", "--lang", lang, "--format", format, "--verbose"])
                .output()
                .unwrap();
            let text = String::from_utf8(output.stdout).unwrap();
            assert!(text.contains("injected"), "{format}: {text}");
            assert_harmless(format, &text);
            if matches!(format, "gitlab" | "sarif") {
                // Escapes of JSON are undone by whoever shows it. The rules themselves are our own text.
                let mut shown: Json = serde_json::from_str(&text).unwrap();
                if format == "sarif" {
                    shown["runs"][0]["tool"] = Json::Null;
                }
                assert_harmless(format, &strings(&shown));
            }
        }
    }
    let seen = server.seen();
    assert!(seen.iter().any(|one| one.line.ends_with("/check-runs")));
    for one in seen.iter().filter(|one| !one.line.starts_with("GET")) {
        assert_harmless(&one.line, &strings(&one.body));
        if let Some(comment) = one.body["body"].as_str() {
            assert_no_markup("the comment", comment);
        }
    }
}

/// All strings of a document, one per line, without the paths of files, which must be exact.
fn strings(value: &Json) -> String {
    match value {
        Json::String(text) => format!("{text}\n"),
        Json::Array(all) => all.iter().map(strings).collect(),
        Json::Object(all) => {
            all.iter().filter(|(key, _)| *key != "path").map(|(_, value)| strings(value)).collect()
        }
        _ => String::new(),
    }
}
