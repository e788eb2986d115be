use super::*;
use crate::findings::Place;
use crate::findings::Severity;
use crate::rules::naming::field_name::RULE;
use crate::source::walk::{self, WalkOptions};
use crate::source::{FileKind, Span};

/// A folder with one file, read as the program reads it.
struct Case {
    folder: tempfile::TempDir,
    text: Arc<SourceText>,
}

impl Case {
    fn new(name: &str, bytes: &[u8]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(name), bytes).unwrap();
        let is_python = FileKind::of_path(name).is_some_and(FileKind::is_python);
        let decode = if is_python { SourceText::decode } else { SourceText::decode_plain };
        Self { folder, text: Arc::new(decode(name.into(), bytes).unwrap()) }
    }

    /// A finding that would put `new` in the place of every `old`.
    fn finding(&self, old: &str, new: &str) -> Finding {
        let edits = self.text.text.match_indices(old).map(|(at, _)| {
            Edit::new(&self.text, Span { start: at as u32, end: (at + old.len()) as u32 }, new)
        });
        finding(Some(Fix::Safe { title: Bilingual::default(), edits: edits.collect() }))
    }

    fn apply(&self, findings: &[Finding]) -> Result<Written, FixError> {
        let snapshot = walk::snapshot(self.folder.path(), &WalkOptions::default());
        apply(&Plan::of(findings), &snapshot)
    }

    fn bytes(&self) -> Vec<u8> {
        std::fs::read(self.folder.path().join(&*self.text.path)).unwrap()
    }
}

fn finding(fix: Option<Fix>) -> Finding {
    let place = Place::whole_file("a.py".into());
    Finding { fix, ..Finding::new(&RULE.id, Severity::Error, Bilingual::default(), place) }
}

#[test]
fn what_is_not_edited_stays_byte_for_byte() {
    let cases: [(&str, &[u8], &[u8]); 4] = [
        (
            "a.sql",
            b"\xef\xbb\xbf-- \xe4\xb8\xad\r\nSET NAMES old;\r\n",
            b"\xef\xbb\xbf-- \xe4\xb8\xad\r\nSET NAMES longer;\r\n",
        ),
        // GBK, where the second byte of a character may be one of ASCII's.
        (
            "a.py",
            b"# coding: gbk\n# \x95\x5c \xd6\xd0\nx = 'old'  # \xd6\xd0\ny = 'old'\n",
            b"# coding: gbk\n# \x95\x5c \xd6\xd0\nx = 'longer'  # \xd6\xd0\ny = 'longer'\n",
        ),
        // A lone CR ends a line for Python.
        ("a.py", b"x = 'old'\ry = 1\r\nz = 'old'", b"x = 'longer'\ry = 1\r\nz = 'longer'"),
        (
            "a.py",
            b"# -*- coding: latin-1 -*-\nx = '\xe9 old'\n",
            b"# -*- coding: latin-1 -*-\nx = '\xe9 longer'\n",
        ),
    ];
    for (name, before, after) in cases {
        let case = Case::new(name, before);
        let written = case.apply(&[case.finding("old", "longer")]).unwrap();
        assert_eq!(written.files.len(), 1);
        assert_eq!(String::from_utf8_lossy(&case.bytes()), String::from_utf8_lossy(after));
        assert_eq!(case.bytes(), after);
    }
}

#[test]
fn a_file_that_changed_since_it_was_read_is_left_alone() {
    let case = Case::new("a.py", b"x = 'old'\n");
    std::fs::write(case.folder.path().join("a.py"), "x = 'old' + 'b'\n").unwrap();
    let written = case.apply(&[case.finding("old", "new")]).unwrap();
    assert!(written.files.is_empty());
    assert_eq!(written.left[0].1.en, "a.py has changed since it was read");
    assert_eq!(case.bytes(), b"x = 'old' + 'b'\n");
}

#[test]
fn half_a_fix_is_never_made() {
    let case = Case::new("a.py", b"x = 'old'\n");
    std::fs::write(case.folder.path().join("b.py"), "y = 'old'\n").unwrap();
    let other = Arc::new(SourceText::decode("b.py".into(), b"y = 'was old'\n").unwrap());
    let mut both = case.finding("old", "new");
    if let Some(Fix::Safe { edits, .. }) = &mut both.fix {
        edits.push(Edit::new(&other, Span { start: 9, end: 12 }, "new"));
    }
    let written = case.apply(&[both, case.finding("x", "z")]).unwrap();
    assert_eq!(written.left.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [0]);
    assert_eq!(case.bytes(), b"z = 'old'\n");
}

#[test]
fn of_two_fixes_that_meet_the_first_is_made_and_equal_edits_are_one() {
    let case = Case::new("a.py", b"x = 'old name'\n");
    let findings =
        [case.finding("old", "new"), case.finding("old name", "other"), case.finding("old", "new")];
    let plan = Plan::of(&findings);
    assert_eq!((plan.fixed.len(), plan.left.len()), (2, 1));
    assert!(plan.left[0].1.en.contains("run --fix once more"));
    case.apply(&findings).unwrap();
    assert_eq!(case.bytes(), b"x = 'new name'\n");
}

#[test]
fn refusals_keep_their_reason_and_others_are_counted() {
    let findings = [finding(None), finding(Some(Fix::Refused(Bilingual::new("because", "因为"))))];
    let plan = Plan::of(&findings);
    assert_eq!((plan.without, plan.left.len(), plan.is_empty()), (1, 1, true));
    assert_eq!(plan.left[0].1.zh, "因为");
}

#[cfg(unix)]
#[test]
fn permissions_stay_and_read_only_files_too() {
    use std::os::unix::fs::PermissionsExt;
    let case = Case::new("a.py", b"x = 'old'\n");
    let path = case.folder.path().join("a.py");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o751)).unwrap();
    case.apply(&[case.finding("old", "new")]).unwrap();
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o751);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o444)).unwrap();
    let again = Case { text: Arc::new(SourceText::decode("a.py".into(), b"x = 'new'\n").unwrap()), ..case };
    let written = again.apply(&[again.finding("new", "newer")]).unwrap();
    assert_eq!(written.left[0].1.en, "a.py may not be written");
    assert_eq!(again.bytes(), b"x = 'new'\n");
    assert_eq!(std::fs::read_dir(again.folder.path()).unwrap().count(), 1);
}

#[test]
fn credentials_that_were_masked_do_not_count_as_changes_and_are_not_shown() {
    let bytes = b"--index-url https://user:secret@example.org/simple\nredis=4.4.4\n";
    let case = Case::new("requirements.txt", bytes);
    let masked = Arc::new(case.text.masked(&[Span { start: 25, end: 31 }]));
    let case = Case { text: masked, ..case };
    let findings = [case.finding("=4", "==4")];
    let patch = unified(&Plan::of(&findings), "");
    assert!(!patch.contains("secret"), "{patch}");
    case.apply(&findings).unwrap();
    assert_eq!(case.bytes(), b"--index-url https://user:secret@example.org/simple\nredis==4.4.4\n");
}

#[test]
fn the_patch_names_files_lines_and_a_missing_line_end() {
    let case = Case::new("a.py", b"a\nb\nc\nd\nold\nf\ng\nh\ni = 'old'");
    let findings = [case.finding("old", "new")];
    insta::assert_snapshot!(unified(&Plan::of(&findings), "below/"), @r"
    --- a/below/a.py
    +++ b/below/a.py
    @@ -2,8 +2,8 @@
     b
     c
     d
    -old
    +new
     f
     g
     h
    -i = 'old'
    \ No newline at end of file
    +i = 'new'
    \ No newline at end of file
    ");
}
