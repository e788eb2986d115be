//! Rule pages on a terminal.

use bklog_lint::findings::{Lang, RuleId, Severity, Standing};
use bklog_lint::report::{Options, explain};
use bklog_lint::rules::{Check, Rule};

static RULE: Rule = Rule {
    id: RuleId {
        code: "NAM001",
        name: "field-name",
        family: "naming",
        severity: Severity::Error,
        standing: Standing::NewMigrations,
    },
    page: include_str!("page.md"),
    check: Check::Triage,
};

fn explained(lang: Lang, options: &Options) -> String {
    let mut out = Vec::new();
    explain::write(&RULE, lang, options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn a_page_in_english() {
    insta::assert_snapshot!(explained(Lang::En, &Options { width: 72, ..Options::default() }));
}

#[test]
fn a_page_in_chinese() {
    insta::assert_snapshot!(explained(Lang::Zh, &Options { width: 60, ..Options::default() }));
}

#[test]
fn colour_changes_nothing_but_the_style() {
    let plain = explained(Lang::En, &Options::default());
    let styled = explained(Lang::En, &Options { color: true, ..Options::default() });
    assert!(styled.contains("\u{1b}[1m"));
    assert_eq!(anstream::adapter::strip_str(&styled).to_string(), plain);
}

#[test]
fn the_catalogue_lists_every_rule() {
    let mut text = Vec::new();
    explain::catalogue(&[&RULE], Lang::Zh, &Options::default(), &mut text).unwrap();
    let mut json = Vec::new();
    explain::catalogue_json(&[&RULE], &mut json).unwrap();
    insta::assert_snapshot!(format!(
        "{}\n{}",
        String::from_utf8(text).unwrap(),
        String::from_utf8(json).unwrap()
    ));
    for lang in [Lang::En, Lang::Zh] {
        let mut all = Vec::new();
        explain::catalogue(bklog_lint::rules::ALL, lang, &Options::default(), &mut all).unwrap();
        let text = String::from_utf8(all).unwrap();
        assert!(bklog_lint::rules::ALL.iter().all(|rule| text.contains(rule.id.code)));
    }
}
