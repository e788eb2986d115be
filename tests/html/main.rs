//! The pages of `check`, `plan` and `gate` as the program writes them: the figures of the JSON of the same run, nothing
//! that a file of the repository could smuggle in, nothing that is loaded. Their files are left where
//! `scripts/test.d/80-browser` opens them.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod query;
mod repositories;
#[allow(dead_code)] // the command line's tests use all of it
#[path = "../cli/sandbox.rs"]
mod sandbox;

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use query::{assert_same, figures, text};
use sandbox::Sandbox;
use sha2::{Digest as _, Sha256};

/// Leaves a page for the browser.
fn leave(name: &str, page: &str) {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("html");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(name), page).unwrap();
}

/// Without the folder of the test, whose name is that of the project.
fn scrubbed(sandbox: &Sandbox, text: &str) -> String {
    let top = sandbox.path("");
    let text = sandbox.scrub(text).replace(&*top.file_name().unwrap().to_string_lossy(), "the-folder");
    // A moment that stands within a sentence.
    let is_moment = |word: &str| {
        word.len() > 19
            && word.starts_with("20")
            && word.ends_with('Z')
            && word.as_bytes().get(10) == Some(&b'T')
    };
    let words = text.split_inclusive([' ', '\n', '(', ')']).map(|part| {
        let word = part.trim_end_matches([' ', '\n', '(', ')']);
        if is_moment(word) { part.replace(word, "[TIME]") } else { part.to_owned() }
    });
    let text: String = words.collect();
    // Names of commits hold the time.
    let is_commit = |word: &str| word.len() == 10 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let parts = text.split_inclusive(|c: char| !c.is_ascii_alphanumeric());
    parts
        .map(|part| match part.strip_suffix(|c: char| !c.is_ascii_alphanumeric()).is_some_and(is_commit) {
            true => format!("[COMMIT]{}", &part[10..]),
            false => part.to_owned(),
        })
        .collect()
}

/// What holds of every page.
#[track_caller]
fn assert_sound(page: &str) {
    for c in page.chars() {
        let harmless =
            c == '\n' || !c.is_control() && !"\u{202e}\u{2066}\u{2028}\u{200b}\u{feff}".contains(c);
        assert!(harmless, "{c:?} reaches the page");
    }
    let inside = |tag: &str| {
        let (_, rest) = page.split_once(&format!("<{tag}>")).unwrap();
        rest.split_once(&format!("</{tag}>")).unwrap().0
    };
    let hash = |text: &str| base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text.as_bytes()));
    let policy =
        page.split_once("Content-Security-Policy\" content=\"").unwrap().1.split_once('"').unwrap().0;
    assert!(
        policy.starts_with("default-src &#39;none&#39;;") || policy.starts_with("default-src 'none';"),
        "{policy}"
    );
    for tag in ["style", "script"] {
        assert!(policy.contains(&hash(inside(tag))), "the policy does not name the {tag}");
        assert_eq!(page.matches(&format!("<{tag}")).count(), 1, "one {tag}");
    }
    let rest = page.replace(inside("style"), "").replace(inside("script"), "");
    assert_eq!(rest.matches("</noscript").count(), rest.matches("<noscript").count());
    // Every tag is one that the page's own templates write, and no attribute loads or runs anything.
    for part in rest.split('<').skip(1) {
        let (tag, _) = part.split_once('>').unwrap();
        let name = tag.trim_start_matches('/').split([' ', '\n']).next().unwrap();
        assert!(TAGS.contains(&name.trim_end_matches('/')), "<{tag}>");
        let mut pieces: Vec<&str> = tag.split("=\"").collect();
        // Behind the last one there is no value, so it ends with none's name.
        pieces.pop();
        let names = pieces.into_iter().filter_map(|piece| piece.rsplit([' ', '"']).next());
        for name in names {
            assert!(
                !name.starts_with("on")
                    && !["src", "srcset", "style", "action", "formaction"].contains(&name),
                "<{tag}>"
            );
        }
        if let Some((_, link)) = tag.split_once("href=\"") {
            let own = link.starts_with('#')
                || link.starts_with("https://github.com/TencentBlueKing/bklog-lint/blob/v");
            assert!(own, "<{tag}>");
        }
    }
}

const TAGS: [&str; 67] = [
    "!DOCTYPE",
    "a",
    "b",
    "bdi",
    "body",
    "br",
    "button",
    "caption",
    "code",
    "dd",
    "defs",
    "details",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "g",
    "h1",
    "h2",
    "h3",
    "h4",
    "head",
    "header",
    "html",
    "i",
    "input",
    "label",
    "legend",
    "li",
    "line",
    "main",
    "mark",
    "marker",
    "meta",
    "nav",
    "noscript",
    "ol",
    "option",
    "p",
    "path",
    "polyline",
    "polygon",
    "pre",
    "rect",
    "script",
    "section",
    "select",
    "small",
    "span",
    "style",
    "summary",
    "svg",
    "table",
    "tbody",
    "td",
    "text",
    "th",
    "thead",
    "title",
    "tr",
    "ul",
    "tspan",
    "circle",
];

/// Runs `check` once for both formats.
fn check(sandbox: &Sandbox, line: &str) -> (String, serde_json::Value) {
    let ran = sandbox.run(&format!("check {line} --format json --output html=page.html"));
    assert!(ran.code < 2, "{ran}");
    (sandbox.read("page.html"), ran.json())
}

#[test]
fn check_shows_the_figures_of_its_json() {
    let sandbox = repositories::hostile();
    for (lang, line) in [
        ("en", "--all --sql --diff-base v1"),
        ("zh", "--all --sql --diff-base v1 --lang zh"),
        ("en", "--all --verbose"),
    ] {
        let (page, json) = check(&sandbox, line);
        assert_sound(&page);
        assert!(assert_same(&page, &json) > 20, "{line}");
        assert!(page.contains(&format!("<html lang=\"{lang}\"")));
        assert_eq!(
            page.matches("\n<li data-s=").count(),
            json["findings"].as_array().unwrap().len(),
            "{line}"
        );
    }
    let (page, json) = check(&sandbox, "--all --sql --diff-base v1");
    assert!(json["findings"].as_array().unwrap().len() > 8 && json["new_migrations"].is_array());
    leave("hostile.html", &page);
    insta::assert_snapshot!("check_text", scrubbed(&sandbox, &text(&page, "en")));
    insta::assert_snapshot!("check_text_zh", scrubbed(&sandbox, &text(&page, "zh")));
}

#[test]
fn the_same_run_gives_the_same_bytes() {
    let sandbox = repositories::hostile();
    assert_eq!(check(&sandbox, "--all").0, check(&sandbox, "--all --threads 1").0);
}

#[test]
fn check_of_fixtures() {
    for fixture in ["logs", "shop", "broken"] {
        let sandbox = Sandbox::with(fixture);
        let (page, json) =
            check(&sandbox, &format!("{fixture} --all --target django=5.2,python=3.12,mysql=8.0"));
        assert_sound(&page);
        assert_same(&page, &json);
        leave(&format!("check-{fixture}.html"), &page);
    }
}

#[test]
fn plan_shows_the_figures_of_its_json() {
    let sandbox = repositories::upgraded();
    let sizes = "table_name\ttable_rows\tdata_length\tindex_length\nshop_box\t1000\t5000000000\t0\n";
    sandbox.write("sizes.tsv", sizes);
    for line in ["--from v1 --stats sizes.tsv", "--from v1", "--from v2"] {
        let line = format!("plan {line} --server mysql-8.0.36 --fail-on never");
        let page = sandbox.run(&format!("{line} --format html")).exits(0).stdout;
        let json = sandbox.run(&format!("{line} --format json")).exits(0).json();
        assert_sound(&page);
        assert!(assert_same(&page, &json) > 10, "{line}");
        if line.contains("sizes") {
            leave("plan.html", &page);
            insta::assert_snapshot!("plan_text", scrubbed(&sandbox, &text(&page, "en")));
        }
    }
    let zh = sandbox.run("plan --from v1 --format html --lang zh --fail-on never").exits(0).stdout;
    assert!(zh.contains("<html lang=\"zh\""));
}

#[test]
fn a_plan_draws_the_components_in_their_order() {
    let sandbox = repositories::upgraded();
    let plain = sandbox.run("plan --from v1 --format html --fail-on never").exits(0).stdout;
    assert!(!plain.contains("components-graph"), "nobody named components");
    sandbox.write(
        "bklog-lint.toml",
        "[gate.components]\nprofile = \"bklog\"\n[gate.components.after]\n\"<b>own\" = [\"cmdb\"]\n",
    );
    let page = sandbox.run("plan --from v1 --format html --fail-on never").exits(0).stdout;
    let json = sandbox.run("plan --from v1 --format json --fail-on never").exits(0).json();
    assert_sound(&page);
    assert_same(&page, &json);
    let components = json["order"]["components"].as_array().unwrap();
    let (_, picture) = page.split_once("id=\"components-graph-caption\"").unwrap();
    let picture = picture.split_once("</svg>").unwrap().0;
    assert_eq!(picture.matches("class=\"node ").count(), components.len());
    let after: usize = components.iter().map(|one| one["after"].as_array().unwrap().len()).sum();
    assert_eq!(picture.matches("class=\"edge\"").count(), after);
    for name in ["iam", "cmdb", "&lt;b&gt;own"] {
        assert!(picture.contains(&format!(">{name}</text>")), "{name}");
    }
    leave("plan-components.html", &page);
}

#[test]
fn a_plan_of_many_migrations_is_a_graph_of_apps() {
    let sandbox = repositories::many(10, 8);
    let page = sandbox.run("plan --from v0 --format html --fail-on never").exits(0).stdout;
    let json = sandbox.run("plan --from v0 --format json --fail-on never").exits(0).json();
    assert_sound(&page);
    assert_same(&page, &json);
    assert!(page.matches("class=\"node ").count() == 10, "one box per app");
    leave("plan-many.html", &page);
}

#[test]
fn gate_shows_the_figures_of_its_json() {
    let (sandbox, facts) = repositories::deployed();
    let ran = sandbox.run(&format!("gate --facts {facts} --format json --output html=page.html"));
    assert_eq!(ran.code, 1, "{ran}");
    let (page, json) = (sandbox.read("page.html"), ran.json());
    assert_sound(&page);
    assert!(assert_same(&page, &json) > 20);
    assert!(figures(&page).contains(&("/verdict".to_owned(), "no-go".to_owned())));
    leave("gate.html", &page);
    let now = timeless(&text(&page, "en"));
    insta::assert_snapshot!("gate_text", scrubbed(&sandbox, &now));
}

/// Without the times of this run.
fn timeless(text: &str) -> String {
    let is_time = |word: &&str| word.len() > 15 && word.starts_with("20") && word.contains('T');
    let line = |line: &str| {
        line.split(' ').map(|word| if is_time(&word) { "[TIME]" } else { word }).collect::<Vec<_>>().join(" ")
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn five_thousand_findings_fit_into_a_file() {
    let sandbox = repositories::many(50, 26);
    let (page, json) = check(&sandbox, "--all");
    let findings = json["findings"].as_array().unwrap().len();
    assert!(findings >= 5_000, "{findings}");
    assert!(page.len() < 5_000_000, "{} bytes for {findings} findings", page.len());
    assert_sound(&page);
    assert_same(&page, &json);
    leave("many.html", &page);
}

#[test]
fn nothing_of_this_machine_is_in_the_sources_of_the_page() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/report/html");
    for file in ["report.css", "report.js"] {
        let text = fs::read_to_string(folder.join(file)).unwrap();
        assert!(
            !text.contains("http") && !text.contains("url(") && !text.contains("@import"),
            "{file} loads something"
        );
        assert!(!text.contains("</"), "{file} would end its element");
    }
}
