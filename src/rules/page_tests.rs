//! Every rule has its page, every page its rule, and every example of a page does what it says.

use std::collections::BTreeSet;
use std::path::Path;

use super::page::is_code;
use super::{ALL, catalogue, families, find};

#[test]
fn codes_and_names_are_unique_and_the_list_is_sorted_by_code() {
    let codes: Vec<&str> = ALL.iter().map(|rule| rule.id.code).collect();
    let sorted: BTreeSet<&str> = codes.iter().copied().collect();
    assert_eq!(codes, sorted.into_iter().collect::<Vec<_>>(), "sorted, each once");
    let selectors: Vec<&str> =
        catalogue().into_iter().flat_map(|id| [id.code, id.name]).chain(families()).collect();
    let distinct: BTreeSet<&str> = selectors.iter().copied().collect();
    assert_eq!(distinct.len(), selectors.len(), "a code, name or family means one thing");
    for rule in ALL {
        assert!(is_code(rule.id.code), "{}", rule.id.code);
        let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!(rule.id.name.chars().all(word), "{}", rule.id.name);
        assert_eq!(find(rule.id.name).unwrap().id.code, rule.id.code);
    }
}

#[test]
fn every_rule_has_its_page_and_every_page_its_rule() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let mut on_disk = BTreeSet::new();
    for folder in std::fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path()) {
        if !folder.is_dir() || folder.ends_with("facts") {
            continue;
        }
        for page in std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            let relative = page.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
            assert!(relative.ends_with(".md"), "{relative} is no page");
            on_disk.insert(relative);
        }
    }
    let of_rules: BTreeSet<String> =
        ALL.iter().map(|rule| format!("{}/{}.md", rule.id.family, rule.id.name)).collect();
    assert_eq!(on_disk, of_rules, "left: files below rules/, right: rules in ALL");
    for rule in ALL {
        let path = root.join(rule.id.family).join(rule.id.name).with_extension("md");
        assert_eq!(
            std::fs::read_to_string(path).unwrap(),
            rule.page,
            "{} compiles in its own page",
            rule.id.code
        );
    }
}

#[test]
fn every_page_is_complete_and_agrees_with_its_rule() {
    for rule in ALL {
        let page = rule.read_page().unwrap_or_else(|error| panic!("{}: {error}", rule.id.code));
        page.verify(&rule.id).unwrap_or_else(|error| panic!("{}: {error}", rule.id.code));
    }
}

#[test]
fn every_page_speaks_both_languages_and_names_its_sources() {
    for rule in ALL {
        let page = rule.read_page().unwrap();
        let (code, front) = (rule.id.code, &page.front);
        for english in [&front.title, &prose(&page.body)] {
            assert!(!english.chars().any(is_chinese), "{code}: Chinese in English text: {english}");
        }
        for chinese in [&front.title_zh, &front.summary_zh] {
            assert!(chinese.chars().any(is_chinese), "{code}: no Chinese in {chinese:?}");
        }
        assert!(
            !front.title.ends_with('.') && !front.title_zh.ends_with('。'),
            "{code}: a title is no sentence"
        );
        assert!(front.title.chars().count() <= 80, "{code}: the title is too long for a list");
        assert!(front.summary_zh.ends_with('。'), "{code}: the summary is made of sentences");
        assert!(semver::Version::parse(&front.since).is_ok(), "{code}: since = {:?}", front.since);
        for reference in &front.references {
            assert!(reference.starts_with("https://"), "{code}: {reference}");
        }
        for (number, line) in page.body.lines().enumerate() {
            assert!(line.chars().count() <= 160, "{code}: line {} of the body is too long", number + 1);
        }
    }
}

/// The text of a page without its fences and inline code, which may hold anything.
fn prose(body: &str) -> String {
    let mut in_fence = false;
    let lines = body.lines().filter(|line| {
        let fence = line.starts_with("```");
        in_fence ^= fence;
        !fence && !in_fence
    });
    let text = lines.collect::<Vec<_>>().join("\n");
    text.split('`').step_by(2).collect()
}

fn is_chinese(c: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&c) || ('\u{3000}'..='\u{303f}').contains(&c)
}
