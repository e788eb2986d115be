//! Laws of triage, and the cases that people meet: comments, configured ignores, baseline, scope.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bklog_lint::config::{Config, Date, IgnoreConfig};
use bklog_lint::findings::fingerprint::Context;
use bklog_lint::findings::{Bilingual, Finding, Place, RuleId, Severity, Standing, Subject, Suppressed};
use bklog_lint::project::Workspace;
use bklog_lint::rules;
use bklog_lint::source::{SourceText, Span};
use bklog_lint::triage::diff::{Changes, DiffFilter, Lines, changed_lines};
use bklog_lint::triage::{
    Accepted, Base, Baseline, Ignores, Judge, Paths, Scope, Shown, baseline, scope, suppress,
};
use proptest::prelude::*;

static HISTORY: RuleId = rule("TST001", "only-new", Standing::NewMigrations);
static ALWAYS: RuleId = rule("TST002", "always", Standing::Always);
static TODAY: RuleId = rule("TST003", "today", Standing::Today);
static RULES: [&RuleId; 3] = [&HISTORY, &ALWAYS, &TODAY];

const fn rule(code: &'static str, name: &'static str, standing: Standing) -> RuleId {
    RuleId { code, name, family: "test", severity: Severity::Error, standing }
}

fn catalogue() -> Vec<&'static RuleId> {
    RULES.into_iter().chain(rules::ALL.iter().map(|rule| &rule.id)).collect()
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// Files, and a finding for every `!N(field)` in them: rule number N at that place.
fn tree(files: &[(&str, &str)]) -> (Workspace, Vec<Finding>) {
    let mut workspace = Workspace::default();
    let mut findings = Vec::new();
    let files: BTreeMap<&str, &str> = files.iter().copied().collect();
    for (path, text) in files {
        let text = Arc::new(SourceText::decode(path.into(), text.as_bytes()).unwrap());
        for (at, _) in text.text.match_indices('!') {
            let rest = &text.text[at + 1..];
            let end = rest.find(')').unwrap();
            let span = Span { start: at as u32, end: (at + 2 + end) as u32 };
            let rule = RULES[rest[..1].parse::<usize>().unwrap()];
            findings.push(finding(rule, Place::new(&text, span), &rest[2..end]));
        }
        workspace.texts.insert(text.path.clone(), text);
    }
    (workspace, findings)
}

fn finding(rule: &'static RuleId, place: Place, field: &str) -> Finding {
    Finding {
        rule,
        severity: rule.severity,
        message: Bilingual::new(format!("{field} is wrong"), format!("{field} 有误")),
        help: Bilingual::default(),
        place,
        related: Vec::new(),
        subject: Subject { app: Some("shop".into()), field: Some(field.into()), ..Subject::default() },
        suggestion: None,
        fix: None,
        discriminator: String::new(),
        fingerprint: String::new(),
        suppressed: None,
    }
}

/// A run over files, with what the user accepted.
#[derive(Default)]
struct Run {
    ignores: Vec<IgnoreConfig>,
    baseline: Option<Baseline>,
}

impl Run {
    fn over(&self, files: &[(&str, &str)]) -> Vec<Finding> {
        let (workspace, findings) = tree(files);
        let config = Config { ignore: self.ignores.clone(), ..Config::default() };
        let written = Arc::new(SourceText::decode_plain("bklog-lint.toml".into(), b"[[ignore]]\n").unwrap());
        let spans = vec![Span { start: 0, end: 10 }; self.ignores.len()];
        let ignores = Ignores::new(&config, Paths::Same, Some((&written, &spans))).unwrap();
        let catalogue = catalogue();
        let judge = Judge { config: &config, catalogue: &catalogue, has_base: true };
        let today = day("2026-11-22");
        let accepted = Accepted { ignores: &ignores, baseline: self.baseline.as_ref(), today };
        let context = Context { texts: Some(&workspace.texts), ..Context::default() };
        suppress(&judge, &accepted, &workspace, &context, findings)
    }
}

fn shown(findings: &[Finding]) -> Vec<String> {
    let visible = findings.iter().filter(|finding| finding.suppressed.is_none());
    visible
        .map(|f| format!("{} {}:{} {}", f.rule.code, f.place.path, f.place.start.line, f.message.en))
        .collect()
}

fn shown_in(text: &str) -> Vec<String> {
    shown(&Run::default().over(&[("a.py", text)]))
}

#[test]
fn a_comment_hides_on_its_line_and_alone_above() {
    assert_eq!(shown_in("x = '!0(f)'  # bklog-lint: ignore[TST001] why\n"), [""; 0]);
    assert_eq!(shown_in("x = '!0(f) !1(g)'  # noqa # bklog-lint:ignore[ tst001 , always ] why\n"), [""; 0]);
    assert_eq!(shown_in("# bklog-lint: ignore[only-new]\n# more\nx = '!0(f)'\n"), [""; 0]);
    assert_eq!(shown_in("# bklog-lint: ignore[test]\nx = '''\n!0(f)'''\n").len(), 2, "one line further down");
    assert_eq!(shown_in("y = 1  # bklog-lint: ignore[TST001]\nx = '!0(f)'\n").len(), 2, "behind other code");
    assert_eq!(shown_in("x = '!0(f)'\ny = 1\n# bklog-lint: ignore-file[TST] why\n"), [""; 0]);
}

#[test]
fn the_reason_and_the_line_are_kept() {
    let findings =
        Run::default().over(&[("a.py", "\nx = '!0(f)'  # bklog-lint: ignore[TST001]  原因 here \n")]);
    let reason = "原因 here".to_owned();
    assert_eq!(findings[0].suppressed, Some(Suppressed::Inline { line: 2, reason }));
}

#[test]
fn a_directive_in_a_string_is_none() {
    assert_eq!(shown_in("x = '!0(f)'; y = '# bklog-lint: ignore[TST001]'\n").len(), 1);
}

#[test]
fn comments_that_do_nothing_are_reported() {
    insta::assert_debug_snapshot!(shown_in(
        "x = 1  # bklog-lint: ignore[TST001, TST002] gone\n\
         x = '!0(f)'  # bklog-lint: ignore\n\
         x = '!0(g)'  # bklog-lint: ignore[] why\n\
         x = '!0(h)'  # bklog-lint: ignore[TST001 why\n\
         x = '!0(i)'  # bklog-lint: ignore[TST01, TST0001] why\n\
         x = '!0(j)'  # bklog-lint: ingore[TST001] why\n\
         x = '!0(k)'  # bklog-lint: ignore[SUP001] why\n\
         x = 1  # see bklog-lint: it is described elsewhere\n"
    ));
}

#[test]
fn requirement_files_have_comments_too() {
    let text =
        "django==4.2 !2(django)  # bklog-lint: ignore[TST003] why\nurl#bklog-lint: ignore[TST003] !2(url)\n";
    let findings = Run::default().over(&[("requirements.txt", text)]);
    assert_eq!(shown(&findings), ["TST003 requirements.txt:2 url is wrong"]);
}

fn entry(path: &str, rules: &[&str], until: Option<&str>) -> IgnoreConfig {
    IgnoreConfig {
        path: path.to_owned(),
        rules: rules.iter().map(|rule| (*rule).to_owned()).collect(),
        reason: "ours".to_owned(),
        until: until.map(day),
    }
}

#[test]
fn configured_ignores_count_until_their_day() {
    let files = [("apps/a.py", "x = '!0(f)'\n"), ("apps/b/c.py", "x = '!1(g)'\n")];
    let over = |ignores: Vec<IgnoreConfig>| shown(&Run { ignores, ..Run::default() }.over(&files));
    assert_eq!(over(vec![entry("apps", &[], None)]), [""; 0], "a folder means what is below it");
    assert_eq!(over(vec![entry("apps/*.py", &["TST"], None)]), ["TST002 apps/b/c.py:1 g is wrong"]);
    assert_eq!(over(vec![entry("apps", &["TST"], Some("2026-11-22"))]), [""; 0], "the last day counts");
    insta::assert_debug_snapshot!(over(vec![
        entry("apps/**", &["TST001"], Some("2026-11-21")),
        entry("other/**", &["TST001"], None),
    ]));
}

/// The baseline that accepts these findings.
fn baseline_of(findings: &[Finding]) -> Baseline {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("b.json");
    let visible = findings.iter().filter(|finding| finding.suppressed.is_none());
    baseline::write(&path, &Paths::Same, visible).unwrap();
    Baseline::read(&path, "b.json".into(), Paths::Same).unwrap()
}

#[test]
fn a_baseline_survives_moved_lines_and_renamed_files() {
    let before = Run::default().over(&[("a.py", "x = '!0(f)'\ny = '!0(g)'\n"), ("b.py", "x = '!0(f)'\n")]);
    let run = Run { baseline: Some(baseline_of(&before)), ..Run::default() };
    let moved = run.over(&[("z.py", "\n\ny = '!0(g)'\n# new\nx = '!0(f)'\n"), ("b.py", "x = '!0(f)'\n")]);
    assert_eq!(shown(&moved), [""; 0]);
    let both = [("a.py", "x = '!0(f)'\ny = '!0(g)'\n"), ("b.py", "x = '!0(f)'\n"), ("c.py", "'!0(f)'")];
    assert_eq!(
        shown(&run.over(&both)),
        ["TST001 c.py:1 f is wrong"],
        "a third of a kind that was there twice"
    );
    let less = shown(&run.over(&[("a.py", "x = '!0(f)'\n"), ("b.py", "x = '!0(f)'\n")]));
    insta::assert_debug_snapshot!(less);
}

#[test]
fn a_broken_baseline_says_where() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("b.json");
    let read = |text: &str| {
        std::fs::write(&path, text).unwrap();
        let error = Baseline::read(&path, "b.json".into(), Paths::Same).unwrap_err();
        error.to_string().replace(&*folder.path().to_string_lossy(), "DIR")
    };
    insta::assert_debug_snapshot!([
        read("{\n\"schema_version\": 1,\n\"findings\": [1]}"),
        read("{\"schema_version\": 1, \"findings\": [], \"extra\": 1}"),
        read("{\"schema_version\": 2, \"entries\": []}"),
        read("\u{0}"),
    ]);
}

fn in_scope(which: Scope, base: Option<&[(&str, &str)]>, head: &[(&str, &str)]) -> Vec<String> {
    filtered(which, DiffFilter::NoFilter, base, head)
}

fn filtered(
    which: Scope,
    diff: DiffFilter,
    base: Option<&[(&str, &str)]>,
    head: &[(&str, &str)],
) -> Vec<String> {
    let run = Run::default();
    let (old, _) = tree(base.unwrap_or_default());
    let (new, _) = tree(head);
    let base_findings = base.map(|files| run.over(files));
    let mut findings = run.over(head);
    let old_context = Context { texts: Some(&old.texts), ..Context::default() };
    let context = Context { texts: Some(&new.texts), ..Context::default() };
    let changed =
        |path: &str| old.texts.get(path).map(|text| &text.text) != new.texts.get(path).map(|text| &text.text);
    let base = match &base_findings {
        None => Base::Absent,
        Some(findings) => {
            Base::Other { findings, context: &old_context, changed: &changed, is_history: &|_| false }
        }
    };
    let lines = |path: &str| match (old.texts.get(path), new.texts.get(path)) {
        (Some(old), Some(new)) => changed_lines(&old.text, &new.text),
        _ => Lines::All,
    };
    let shown_of = Shown { scope: which, diff, changes: &Changes::new(&lines) };
    scope::apply(shown_of, &base, &context, &mut findings);
    shown(&findings)
}

#[test]
fn auto_hides_history_only() {
    let base = [("a.py", "'!0(f)'\n'!1(g)'\n")];
    let head = [("a.py", "'!0(f)'\n'!1(g)'\n"), ("b.py", "'!0(f)'\n")];
    assert_eq!(
        in_scope(Scope::Auto, Some(&base), &head),
        ["TST002 a.py:2 g is wrong", "TST001 b.py:1 f is wrong"],
        "of two equal findings the one in the changed file is the new one"
    );
    assert_eq!(in_scope(Scope::Changed, Some(&base), &head), ["TST001 b.py:1 f is wrong"]);
    assert_eq!(in_scope(Scope::All, Some(&base), &head).len(), 3);
    assert_eq!(in_scope(Scope::Changed, None, &head).len(), 3, "without a base everything counts");
}

#[test]
fn removing_an_ignore_makes_its_finding_new() {
    let base = [("a.py", "'!0(f)' # bklog-lint: ignore[TST001] why\n")];
    assert_eq!(in_scope(Scope::Changed, Some(&base), &[("a.py", "'!0(f)'\n")]).len(), 1);
}

/// Text of a file: lines, each with or without a finding and a comment.
fn text() -> impl Strategy<Value = String> {
    let line =
        (0..4usize, 0..3u8, prop::option::weighted(0.3, 0..5usize)).prop_map(|(rule, field, comment)| {
            let finding = if rule < 3 { format!("'!{rule}(f{field})'") } else { "1".to_owned() };
            let comment = comment.map(|at| {
                let selector = ["TST001", "always", "test", "TST003, TST001", "nothing"][at];
                format!("  # bklog-lint: ignore[{selector}] reason")
            });
            format!("{finding}{}\n", comment.unwrap_or_default())
        });
    prop::collection::vec(line, 0..6).prop_map(|lines| lines.concat())
}

fn files() -> impl Strategy<Value = Vec<(&'static str, String)>> {
    (text(), text(), text()).prop_map(|(a, b, c)| vec![("a.py", a), ("b/c.py", b), ("d.py", c)])
}

fn borrowed<'a>(files: &'a [(&'static str, String)]) -> Vec<(&'static str, &'a str)> {
    files.iter().map(|(path, text)| (*path, text.as_str())).collect()
}

fn without_own(shown: Vec<String>) -> BTreeSet<String> {
    shown.into_iter().filter(|line| !line.starts_with("SUP")).collect()
}

proptest! {
    #[test]
    fn suppressing_adds_no_finding(files in files()) {
        let bare: Vec<(&str, String)> = files
            .iter()
            .map(|(path, text)| {
                let lines = text.lines().map(|line| line.split("  #").next().unwrap());
                (*path, lines.map(|line| format!("{line}\n")).collect())
            })
            .collect();
        let with = without_own(shown(&Run::default().over(&borrowed(&files))));
        let without = without_own(shown(&Run::default().over(&borrowed(&bare))));
        prop_assert!(with.is_subset(&without));
        let ignores = vec![entry("b", &["TST002"], None), entry("**/d.py", &[], None)];
        let configured = without_own(shown(&Run { ignores, ..Run::default() }.over(&borrowed(&files))));
        prop_assert!(configured.is_subset(&with));
    }

    #[test]
    fn fingerprints_are_unique_and_do_not_depend_on_lines(files in files()) {
        let prints = |files: &[(&str, &str)]| -> Vec<String> {
            Run::default().over(files).into_iter().map(|finding| finding.fingerprint).collect()
        };
        let plain = prints(&borrowed(&files));
        prop_assert_eq!(plain.iter().collect::<BTreeSet<_>>().len(), plain.len());
        let moved: Vec<(&str, String)> = files.iter().map(|(path, text)| (*path, format!("#\n#\n{text}"))).collect();
        prop_assert_eq!(plain, prints(&borrowed(&moved)));
    }

    #[test]
    fn the_baseline_of_a_run_hides_exactly_that_run(files in files(), more in text()) {
        let files = borrowed(&files);
        let first = Run::default().over(&files);
        let run = Run { baseline: Some(baseline_of(&first)), ..Run::default() };
        prop_assert_eq!(shown(&run.over(&files)), Vec::<String>::new());
        let mut grown = files;
        grown.push(("z.py", &more));
        let visible = without_own(shown(&run.over(&grown)));
        let new = without_own(shown(&Run::default().over(&[("z.py", &more)])));
        prop_assert_eq!(visible, new);
    }

    #[test]
    fn scopes_contain_one_another(base in files(), head in files()) {
        let (base, head) = (borrowed(&base), borrowed(&head));
        let set = |scope| in_scope(scope, Some(&base), &head).into_iter().collect::<BTreeSet<_>>();
        let (changed, auto, all) = (set(Scope::Changed), set(Scope::Auto), set(Scope::All));
        prop_assert!(changed.is_subset(&auto));
        prop_assert!(auto.is_subset(&all));
        prop_assert!(in_scope(Scope::Changed, Some(&head), &head).is_empty());
    }
}

proptest! {
    // Each case is twelve runs of the rules.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn diff_filters_contain_one_another_and_what_is_new(base in files(), head in files()) {
        let (base, head) = (borrowed(&base), borrowed(&head));
        for which in [Scope::Auto, Scope::All] {
            let set = |diff| filtered(which, diff, Some(&base), &head).into_iter().collect::<BTreeSet<_>>();
            let (added, file, all) = (set(DiffFilter::Added), set(DiffFilter::File), set(DiffFilter::NoFilter));
            prop_assert!(added.is_subset(&file));
            prop_assert!(file.is_subset(&all));
            // Whatever stands where: what the base does not have is the change's own.
            let new: BTreeSet<_> = in_scope(Scope::Changed, Some(&base), &head).into_iter().collect();
            prop_assert!(new.is_subset(&added), "{:?} {:?}", new, added);
            let same = filtered(which, DiffFilter::File, Some(&head), &head);
            prop_assert!(same.is_empty(), "a change of nothing touches nothing: {:?}", same);
        }
    }

    #[test]
    fn lines_that_are_not_added_stand_in_the_old_text_in_this_order(old in text(), new in text()) {
        let added = match changed_lines(&old, &new) {
            Lines::None => Vec::new(),
            Lines::All => return Err(TestCaseError::fail("both texts are known")),
            Lines::Some(ranges) => ranges,
        };
        let is_added = |line: u32| added.iter().any(|(first, last)| (*first..=*last).contains(&line));
        let kept = new.lines().zip(1..).filter(|(_, line)| !is_added(*line)).map(|(text, _)| text);
        let mut rest = old.lines();
        for line in kept {
            prop_assert!(rest.any(|other| other == line), "{:?} was not there", line);
        }
    }
}
