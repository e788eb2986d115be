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
