//! The SARIF that code scanning takes.

use std::collections::BTreeSet;

use bklog_lint::findings::{Lang, Severity};
use bklog_lint::report::{Format, Options, Report};
use serde_json::{Value, json};

use crate::render;
use crate::sample::{self, empty, sample};

fn log(report: &Report) -> Value {
    let text = render(Format::Sarif, report, &Options::default());
    // The types of the format accept it back.
    let _: serde_sarif::sarif::Sarif = serde_json::from_str(&text).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn results_and_notifications() {
    let mut log = log(&sample(Lang::En));
    let run = &mut log["runs"][0];
    let rules: Vec<Value> = run["tool"]["driver"]["rules"].as_array().unwrap().clone();
    for result in run["results"].as_array_mut().unwrap() {
        let index = result["ruleIndex"].as_u64().unwrap() as usize;
        assert_eq!(rules[index]["id"], result["ruleId"]);
        // Grows with every rule of the program.
        result["ruleIndex"] = json!("[index]");
    }
    run["tool"]["driver"]["rules"] = json!("[rules]");
    insta::assert_snapshot!(serde_json::to_string_pretty(&log).unwrap());
}

#[test]
fn what_code_scanning_requires_is_there() {
    for (lang, report) in
        [(Lang::En, sample(Lang::En)), (Lang::Zh, sample(Lang::Zh)), (Lang::En, empty(Lang::En))]
    {
        let log = log(&report);
        assert_eq!(log["version"], "2.1.0");
        let run = &log["runs"][0];
        assert!(run["results"].is_array(), "present even when there are none");
        assert_eq!(run["columnKind"], "unicodeCodePoints");
        for rule in run["tool"]["driver"]["rules"].as_array().unwrap() {
            for key in ["/shortDescription/text", "/fullDescription/text", "/help/text", "/help/markdown"] {
                assert!(
                    rule.pointer(key).and_then(Value::as_str).is_some_and(|text| !text.is_empty()),
                    "{key} {lang:?}"
                );
            }
            for key in ["/shortDescription/text", "/fullDescription/text"] {
                assert!(rule.pointer(key).unwrap().as_str().unwrap().chars().count() <= 1_024);
            }
            assert!(rule["properties"]["tags"].as_array().unwrap().len() <= 9);
        }
        for result in run["results"].as_array().unwrap() {
            let place = &result["locations"][0]["physicalLocation"];
            for key in ["startLine", "startColumn", "endLine", "endColumn"] {
                assert!(place["region"][key].as_u64().unwrap() >= 1);
            }
            let uri = place["artifactLocation"]["uri"].as_str().unwrap();
            assert!(
                uri.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~/%".contains(&byte)),
                "{uri}"
            );
            assert!(!result["partialFingerprints"]["primaryLocationLineHash"].as_str().unwrap().is_empty());
            assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        }
    }
}

#[test]
fn all_rules_are_listed_whatever_was_found() {
    let ids = |log: &Value| -> Vec<String> {
        let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
        rules.iter().map(|rule| rule["id"].as_str().unwrap().to_owned()).collect()
    };
    let own: Vec<&str> = bklog_lint::rules::ALL.iter().map(|rule| rule.id.code).collect();
    assert_eq!(ids(&log(&empty(Lang::En))), own);
    assert_eq!(ids(&log(&sample(Lang::En)))[..own.len()], own);
}

#[test]
fn of_too_many_results_the_worst_are_kept_and_the_rest_is_told() {
    let mut report = empty(Lang::En);
    for _ in 0..4_999 {
        report.findings.push(sample::finding(&sample::NOTE, sample::whole("a.py"), "note", "提示"));
    }
    for _ in 0..3 {
        report.findings.push(sample::finding(&sample::MISSING, sample::whole("b.py"), "error", "错误"));
    }
    let log = log(&report);
    let run = &log["runs"][0];
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 5_000);
    assert!(results[..3].iter().all(|result| result["level"] == "error"));
    let told = run["invocations"][0]["toolExecutionNotifications"].as_array().unwrap();
    assert!(told.iter().any(|told| told["descriptor"]["id"] == "results-left-out"
        && told["message"]["text"].as_str().unwrap().starts_with("2 findings more")));
    assert!(told.iter().any(|told| told["descriptor"]["id"] == "not-analysed"));
}

#[test]
fn levels_are_those_of_the_findings() {
    let mut report = empty(Lang::En);
    for severity in Severity::ALL {
        let mut finding = sample::finding(&sample::NOTE, sample::whole("a.py"), "m", "信息");
        finding.severity = severity;
        report.findings.push(finding);
    }
    let log = log(&report);
    let levels: BTreeSet<&str> = log["runs"][0]["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| result["level"].as_str().unwrap())
        .collect();
    assert_eq!(levels, BTreeSet::from(["error", "note", "warning"]));
}
