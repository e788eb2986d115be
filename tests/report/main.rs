//! What every format shows, on one report that holds whatever is hard to show.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod explain;
mod sample;
mod sarif;

use bklog_lint::findings::Lang;
use bklog_lint::report::{Format, Options, Report, write};
use sample::{empty, sample};

fn render(format: Format, report: &Report, options: &Options) -> String {
    let mut out = Vec::new();
    write(format, report, options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Control characters and bidirectional marks that must not reach a person's screen.
fn assert_nothing_hidden(text: &str) {
    for c in text.chars() {
        let harmless = c == '\n' || !c.is_control() && !"\u{202e}\u{2028}\u{200b}\u{feff}".contains(c);
        assert!(harmless, "{c:?} reaches the output");
    }
}

#[test]
fn text_english() {
    let text = render(Format::Text, &sample(Lang::En), &Options::default());
    assert_nothing_hidden(&text);
    insta::assert_snapshot!(text);
}

#[test]
fn text_chinese() {
    let text = render(Format::Text, &sample(Lang::Zh), &Options::default());
    assert_nothing_hidden(&text);
    insta::assert_snapshot!(text);
}

#[test]
fn text_narrow_and_verbose() {
    let options = Options { width: 60, verbose: true, ..Options::default() };
    insta::assert_snapshot!(render(Format::Text, &sample(Lang::En), &options));
}

#[test]
fn text_quiet() {
    let options = Options { quiet: true, ..Options::default() };
    let text = render(Format::Text, &sample(Lang::En), &options);
    let (_, closing) = text.rsplit_once("\n\n").unwrap();
    insta::assert_snapshot!(closing);
}

#[test]
fn text_of_an_empty_run_says_what_was_not_looked_at() {
    insta::assert_snapshot!(render(Format::Text, &empty(Lang::En), &Options::default()));
}

#[test]
fn text_on_a_terminal_is_wrapped_linked_and_says_what_comes_next() {
    let options =
        Options { width: 80, wrap: true, links: true, color: true, next_steps: true, ..Options::default() };
    for lang in [Lang::En, Lang::Zh] {
        let text = render(Format::Text, &sample(lang), &options);
        assert!(text.contains("\u{1b}]8;;https://"), "links to the pages of rules");
        let plain = anstream::adapter::strip_str(&text).to_string();
        // Source lines are cut by their own rule, and headings are left to the terminal.
        let own = |line: &&str| ["|", "^", "--> ", "::: "].iter().any(|mark| line.contains(mark));
        let is_heading = |line: &&str| line.starts_with("Analysed") || line.starts_with("已分析");
        let told = plain.lines().filter(|line| !own(line) && !is_heading(line));
        let wide: Vec<_> = told.filter(|line| unicode_width::UnicodeWidthStr::width(*line) > 80).collect();
        assert!(wide.is_empty(), "{wide:#?}");
        insta::assert_snapshot!(format!("text_on_a_terminal_{lang:?}"), plain);
        let none = render(Format::Text, &sample(lang), &Options { links: false, ..options.clone() });
        assert!(!none.contains("\u{1b}]8;;"));
        // Elsewhere nothing of it.
        let piped = render(Format::Text, &sample(lang), &Options::default());
        assert!(!piped.contains("bklog-lint init") && !piped.contains('\u{1b}'));
    }
}

#[test]
fn text_in_colour_has_only_the_sequences_of_its_own() {
    let options = Options { color: true, ..Options::default() };
    let text = render(Format::Text, &sample(Lang::En), &options);
    assert!(text.contains("\u{1b}[1m"));
    assert!(!text.contains("\u{1b}[31mred"), "a sequence of the source survived");
    let stripped = anstream::adapter::strip_str(&text).to_string();
    assert_nothing_hidden(&stripped);
}

#[test]
fn no_human_format_starts_a_workflow_command() {
    for format in [Format::Text, Format::Markdown, Format::Junit] {
        for lang in [Lang::En, Lang::Zh] {
            let text = render(format, &sample(lang), &Options { verbose: true, ..Options::default() });
            for line in text.lines() {
                // ` ::: ` is how the renderer marks a second place; no command has a colon for its name.
                let command =
                    line.trim().strip_prefix("::").is_some_and(|rest| rest != ":" && !rest.starts_with(": "));
                assert!(!command, "{format:?}: {line}");
                assert!(!line.contains("##["), "{format:?}: {line}");
            }
        }
    }
}

#[test]
fn json() {
    let text = render(Format::Json, &sample(Lang::En), &Options::default());
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["schema_version"], 1);
    insta::assert_snapshot!(text);
}

#[test]
fn json_keys_are_those_of_the_contract() {
    let verbose = Options { verbose: true, ..Options::default() };
    let text = render(Format::Json, &sample(Lang::En), &verbose);
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    let contract = [
        "rule",
        "name",
        "family",
        "severity",
        "message",
        "help",
        "url",
        "path",
        "start",
        "end",
        "project",
        "app",
        "migration",
        "operation_index",
        "model",
        "field",
        "suggestion",
        "fix",
        "fingerprint",
        "suppressed",
    ];
    let findings = value["findings"].as_array().unwrap();
    for finding in findings {
        let finding = finding.as_object().unwrap();
        for key in contract {
            assert!(finding.contains_key(key), "{key} is missing");
        }
        for position in ["start", "end"] {
            assert!(["line", "column", "byte"].iter().all(|key| finding[position][key].is_u64()));
        }
    }
    let suppressed: Vec<_> =
        findings.iter().map(|f| &f["suppressed"]).filter(|suppressed| !suppressed.is_null()).collect();
    insta::assert_json_snapshot!(suppressed);
}

#[test]
fn github() {
    let text = render(Format::Github, &sample(Lang::En), &Options::default());
    assert_only_own_commands(&text);
    insta::assert_snapshot!(text);
}

#[test]
fn github_chinese_is_as_safe() {
    assert_only_own_commands(&render(Format::Github, &sample(Lang::Zh), &Options::default()));
}

/// What the runner does with a line: `::command …::` at its start after blanks, `##[command]` anywhere.
fn assert_only_own_commands(text: &str) {
    for line in text.lines() {
        assert!(!line.contains("##["), "{line}");
        match line.trim_start().strip_prefix("::") {
            Some(command) => {
                let word = command.split([' ', ':']).next().unwrap();
                assert!(["error", "warning", "notice"].contains(&word), "{line}");
                let properties = command.split("::").next().unwrap();
                assert!(!properties.contains('\r'), "{line}");
            }
            None => assert!(line.starts_with("bklog-lint: "), "{line}"),
        }
    }
}

#[test]
fn github_shows_the_worst_ten_of_a_level_and_counts_the_rest() {
    let mut report = empty(Lang::En);
    for n in 0..25 {
        let mut finding = sample::finding(&sample::FIELD_NAME, sample::whole("a.py"), "m", "信息");
        finding.fingerprint = n.to_string();
        report.findings.push(finding);
        report.findings.push(sample::finding(&sample::NOTE, sample::whole("a.py"), "m", "信息"));
    }
    let text = render(Format::Github, &report, &Options::default());
    let count = |prefix: &str| text.lines().filter(|line| line.starts_with(prefix)).count();
    assert_eq!((count("::warning "), count("::notice ")), (10, 10));
    assert!(text.contains("::notice title=bklog-lint::15 more at level warning"), "{text}");
    assert!(text.contains("::notice title=bklog-lint::17 more at level info"), "{text}");
    let all = render(Format::Github, &report, &Options { verbose: true, ..Options::default() });
    assert_eq!(all.lines().filter(|line| line.starts_with("::")).count(), 50);
}

#[test]
fn gitlab() {
    let text = render(Format::Gitlab, &sample(Lang::En), &Options::default());
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    for issue in value.as_array().unwrap() {
        assert!(
            ["info", "minor", "major", "critical", "blocker"].contains(&issue["severity"].as_str().unwrap())
        );
        assert!(issue["location"]["lines"]["begin"].is_u64() && issue["fingerprint"].is_string());
    }
    insta::assert_snapshot!(text);
}

#[test]
fn junit() {
    let text = render(Format::Junit, &sample(Lang::En), &Options::default());
    assert_well_formed_xml(&text);
    assert_nothing_hidden(&text);
    insta::assert_snapshot!(text);
}

#[test]
fn junit_of_an_empty_run_is_not_an_empty_file() {
    let text = render(Format::Junit, &empty(Lang::Zh), &Options::default());
    assert_well_formed_xml(&text);
    insta::assert_snapshot!(text);
}

fn assert_well_formed_xml(text: &str) {
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_str(text);
    reader.config_mut().check_end_names = true;
    let (mut cases, mut declared) = (0, 0);
    loop {
        match reader.read_event().unwrap() {
            Event::Eof => break,
            Event::Start(tag) | Event::Empty(tag) => {
                for attribute in tag.attributes() {
                    let attribute = attribute.unwrap();
                    let value = attribute.normalized_value(quick_xml::XmlVersion::Explicit1_0).unwrap();
                    if tag.name().as_ref() == b"testsuite" && attribute.key.as_ref() == b"tests" {
                        declared += value.parse::<usize>().unwrap();
                    }
                }
                cases += usize::from(tag.name().as_ref() == b"testcase");
            }
            _ => {}
        }
    }
    assert_eq!(cases, declared);
}

#[test]
fn markdown() {
    insta::assert_snapshot!(render(Format::Markdown, &sample(Lang::En), &Options::default()));
}

#[test]
fn markdown_chinese() {
    insta::assert_snapshot!(render(Format::Markdown, &sample(Lang::Zh), &Options::default()));
}

#[test]
fn a_page_shows_nothing_hidden_and_every_finding_once() {
    for lang in [Lang::En, Lang::Zh] {
        for verbose in [false, true] {
            let options = Options { verbose, ..Options::default() };
            let report = sample(lang);
            let page = render(Format::Html, &report, &options);
            assert_nothing_hidden(&page);
            let (_, body) = page.split_once("<body>").unwrap();
            for markup in ["<img", "<b>&amp;", "<script>alert", "javascript:"] {
                assert!(
                    !body.contains(&format!("\"{markup}")) && !body.contains(&format!(">{markup}")),
                    "{markup}"
                );
            }
            // Findings that a person accepted: comment, configuration, baseline.
            let rows = report.findings.len() + if verbose { 3 } else { 0 };
            let lines =
                page.lines().filter(|line| line.starts_with("<li data-s=") && line.ends_with("</li>"));
            assert_eq!(lines.count(), rows);
        }
    }
}

#[test]
fn a_page_of_an_empty_run_is_no_all_clear() {
    let page = render(Format::Html, &empty(Lang::En), &Options::default());
    assert!(page.contains("Not known: not everything was analysed") && page.contains("permission denied"));
    assert!(!page.contains("verdict good"));
}

#[test]
fn no_text_of_the_repository_becomes_markup() {
    use pulldown_cmark::{Event, Options as Extensions, Parser, Tag};
    for lang in [Lang::En, Lang::Zh] {
        let text = render(Format::Markdown, &sample(lang), &Options { verbose: true, ..Options::default() });
        for event in Parser::new_ext(&text, Extensions::all()) {
            match event {
                Event::Start(Tag::Link { dest_url, .. }) => {
                    assert!(dest_url.starts_with("https://github.com/TencentBlueKing/bklog-lint/blob/"));
                }
                Event::InlineHtml(html) => assert_eq!(&*html, "<!-- -->"),
                Event::Html(html) => assert!(!html.contains("<script") && !html.contains("<b>"), "{html}"),
                Event::Start(tag) => assert!(
                    !matches!(
                        tag,
                        Tag::Emphasis | Tag::Strikethrough | Tag::Image { .. } | Tag::CodeBlock(_)
                    ),
                    "{tag:?}"
                ),
                Event::Code(_) | Event::InlineMath(_) | Event::FootnoteReference(_) => panic!("{event:?}"),
                _ => {}
            }
        }
    }
}

#[test]
fn markdown_keeps_to_its_size_and_says_what_is_missing() {
    let mut report = sample(Lang::En);
    let one = report.findings[0].clone();
    report.findings.extend(std::iter::repeat_n(one, 5_000));
    for max_markdown_bytes in [4_000, 65_000, 1_000_000] {
        let options = Options { max_markdown_bytes, verbose: true, ..Options::default() };
        let text = render(Format::Markdown, &report, &options);
        assert!(text.len() <= max_markdown_bytes, "{} > {max_markdown_bytes}", text.len());
        assert!(text.contains("more, not shown here for lack of space"));
        assert!(text.contains("Not analysed"));
    }
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    for format in Format::ALL {
        let options = Options::default();
        assert_eq!(render(format, &sample(Lang::En), &options), render(format, &sample(Lang::En), &options));
        assert_eq!(Format::from_key(format.key()), Some(format));
    }
}

/// Leaves the machine formats where `scripts/test.d/30-sarif` lets other programs judge them, beside the sources that
/// the line hashes were computed from.
#[test]
fn files_for_other_validators() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("report");
    let long = {
        let mut report = sample(Lang::En);
        let one = report.findings[0].clone();
        report.findings.extend(std::iter::repeat_n(one, 5_100));
        report
    };
    for (name, report) in [
        ("english", sample(Lang::En)),
        ("chinese", sample(Lang::Zh)),
        ("empty", empty(Lang::En)),
        ("many", long),
    ] {
        let folder = folder.join(name);
        for (path, text) in &report.texts {
            let path = folder.join("root").join(report.root.in_repository.as_str()).join(&**path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, &text.text).unwrap();
        }
        std::fs::create_dir_all(&folder).unwrap();
        for (format, file) in [(Format::Sarif, "report.sarif"), (Format::Gitlab, "gitlab.json")] {
            std::fs::write(folder.join(file), render(format, &report, &Options::default())).unwrap();
        }
    }
}
