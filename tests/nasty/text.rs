//! Bytes and grammar of a module.

use crate::tree::{ANSWER, Said, Tree, add, module, one_wrong_name, within};

fn said(bytes: impl AsRef<[u8]>) -> Said {
    Tree::new().module("0001_initial", bytes).check()
}

#[test]
fn m01_a_byte_order_mark_shifts_nothing() {
    let mut bytes = b"\xef\xbb\xbf".to_vec();
    bytes.extend(one_wrong_name().bytes());
    said(bytes).is(&[ANSWER]);
    // On the first line too: the mark is no column.
    let text = "import django.db.migrations as m, django.db.models as d; O = [m.AddField(\"parcel\", \"ctime\", \
                d.IntegerField())]\n\n\nclass Migration(m.Migration):\n    operations = O\n";
    for mark in ["", "\u{feff}"] {
        said(format!("{mark}{text}")).is(&["NAM001 0001_initial.py:1:84 ctime -> created_at"]);
    }
}

#[test]
fn m02_line_ends_of_windows_and_of_old_macs() {
    for end in ["\r\n", "\r"] {
        said(one_wrong_name().replace('\n', end)).is(&[ANSWER]);
    }
    // Mixed: every end counts as one line.
    let mixed = one_wrong_name().replacen('\n', "\r\n", 3).replacen("(\n", "(\r", 1);
    said(mixed).is(&[ANSWER]);
}

#[test]
fn m04_a_tab_is_one_column() {
    said(one_wrong_name().replace("    ", "\t")).is(&["NAM001 0001_initial.py:11:6 ctime -> created_at"]);
}

#[test]
fn m05_a_coding_cookie_is_believed() {
    let text = one_wrong_name()
        .replace("name=\"Parcel\",", "name=\"Parcel\", options={\"verbose_name\": \"caf\u{e9}\"},");
    let latin1: Vec<u8> = format!("# coding: latin-1\n{text}").chars().map(|c| c as u32 as u8).collect();
    said(latin1).is(&["NAM001 0001_initial.py:12:18 ctime -> created_at"]);
    // Columns count characters, not bytes: two of GBK are one.
    let mut gbk = b"# -*- coding: gbk -*-\nfrom django.db import migrations, models\n".to_vec();
    gbk.extend(b"class Migration(migrations.Migration):\n    operations = [migrations.AddField(\"\xb0\xfc\xb9\xfc\", ");
    gbk.extend(b"\"ctime\", models.IntegerField())]\n");
    said(gbk).is(&["NAM001 0001_initial.py:4:45 ctime -> created_at"]);
}

#[test]
fn m07_bytes_that_are_not_utf8_are_no_text() {
    let said = Tree::new()
        .module("0001_initial", one_wrong_name())
        .module("0002_bytes", b"# caf\xe9\nclass Migration: pass\n")
        .check();
    said.is(&[ANSWER, "ANA004 0002_bytes.py"]);
    assert_eq!(said.not_analysed(), ["box/migrations/0002_bytes.py: not valid utf-8 at byte 5"]);
}

#[test]
fn m08_a_line_of_five_million_characters() {
    let text = format!(
        "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n    \
         operations = [migrations.RunSQL(\"{}\"), {}]\n",
        "-".repeat(5_000_000),
        add("ctime"),
    );
    let said = within(60, || said(text));
    said.is(&["NAM001 0001_initial.py:5:5000072 ctime -> created_at"]);
    // No format prints the line; `Said` has seen that for all of them.
    assert!(said.text().lines().all(|line| line.chars().count() < 300));
}

#[test]
fn m09_ten_thousand_brackets_deep() {
    for (open, close) in [("(", ")"), ("[", "]"), ("{1:", "}")] {
        let said = beside_a_sound_one(&format!("DEEP = {}1{}\n", open.repeat(10_000), close.repeat(10_000)));
        assert_eq!(said.rules(), ["NAM001", "ANA001"], "{}", said.text());
        assert!(said.message("ANA001").contains("too many nested parentheses"), "{}", said.text());
    }
}

/// Expressions of which Python takes any depth, or another than a parser by recursion would.
#[test]
fn m10_ten_thousand_of_everything_else() {
    let n = 10_000;
    for line in [
        format!("DEEP = {}1\n", "-".repeat(n)),
        format!("DEEP = {}True\n", "not ".repeat(n)),
        format!("DEEP = 1{}\n", " + 1".repeat(n)),
        format!("DEEP = \"a\"{}\n", " \"a\"".repeat(n)),
        format!("DEEP = a{}\n", ".b".repeat(n)),
        format!("DEEP = a{}\n", "()".repeat(n)),
        format!("DEEP = a{}\n", "[0]".repeat(n)),
        format!("DEEP = {}0\n", "1 if x else ".repeat(n)),
        format!("DEEP = {}0\n", "lambda: ".repeat(n)),
        format!("{}DEEP = 1\n", "a = ".repeat(n)),
        format!("if x:\n    pass\n{}", "elif y:\n    pass\n".repeat(n)),
        format!("{}def f(): pass\n", "@d\n".repeat(n)),
        format!("DEEP = f\"{}\"\n", "{a}".repeat(n)),
        format!("DEEP = 1{}\n", " < 1".repeat(n)),
    ] {
        let said = within(60, || beside_a_sound_one(&line));
        assert_eq!(said.names(), ["ctime"], "{}", said.text());
        assert_eq!(said.migrations() + said.not_analysed().len(), 2, "{}", said.text());
    }
}

/// One hundred levels of indentation are all that Python takes.
#[test]
fn m11_blocks_within_blocks() {
    for levels in [90, 2_000] {
        let nested: String = (0..levels).map(|level| format!("{}if x:\n", " ".repeat(level))).collect();
        let said = within(60, || beside_a_sound_one(&format!("{nested}{}pass\n", " ".repeat(levels))));
        assert_eq!(said.names(), ["ctime"], "{}", said.text());
    }
}

/// What is said of `lines` before a migration, beside a sound file with one wrong name.
fn beside_a_sound_one(lines: &str) -> Said {
    let second = format!("{lines}{}", module("[(\"box\", \"0001_initial\")]", "[]"));
    Tree::new().module("0001_initial", one_wrong_name()).module("0002_deep", second).check()
}

#[test]
fn m12_a_nul_ends_nothing() {
    let said = said(one_wrong_name().replace("Parcel", "Par\0cel"));
    said.is(&["ANA004 0001_initial.py"]);
    assert!(said.message("ANA004").contains("a NUL byte"), "{}", said.text());
}

#[test]
fn m13_an_empty_file_is_no_migration() {
    said("").is(&["GRA004 0001_initial.py"]);
    said("\u{feff}").is(&["GRA004 0001_initial.py"]);
    said("\n\n").is(&["GRA004 0001_initial.py"]);
}

#[test]
fn m14_a_comment_is_no_migration() {
    let commented: String = one_wrong_name().lines().map(|line| format!("# {line}\n")).collect();
    said(commented).is(&["GRA004 0001_initial.py"]);
}

#[test]
fn m15_a_bracket_that_is_not_closed() {
    let said = said(one_wrong_name().replace("            ],\n", ""));
    said.is(&["ANA001 0001_initial.py:9:20"]);
    assert!(said.fails());
    assert_eq!(said.not_analysed().len(), 1);
}

#[test]
fn m16_conflict_markers_are_one_finding() {
    let torn = one_wrong_name().replace(
        "    operations = [\n",
        "<<<<<<< HEAD\n    operations = [\n||||||| base\n    operations = []\n=======\n    operations = list([\n>>>>>>> topic\n",
    );
    said(torn).is(&["ANA002 0001_initial.py:6:1"]);
    // A line of the same signs in a string is none.
    let heading = "\"\"\"\nTitle\n=======\n\"\"\"\n";
    said(format!("{heading}{}", one_wrong_name())).is(&["NAM001 0001_initial.py:15:18 ctime -> created_at"]);
}

#[test]
fn m18_python_2_is_named() {
    for (line, what) in [
        ("print 'done'\n", "Python 2"),
        ("try:\n    pass\nexcept KeyError, error:\n    pass\n", "except"),
        ("NAME = ur'x'\n", ""),
    ] {
        let said = said(format!("{line}{}", one_wrong_name()));
        assert_eq!(said.rules(), ["ANA001"], "{line}{}", said.text());
        assert!(said.message("ANA001").contains(what), "{}", said.text());
    }
}

#[test]
fn m20_form_feeds_and_joined_lines() {
    let text = "from django.db import migrations, models\n\x0c\nclass Migration(migrations.Migration):\n    operations = \\\n        \
                [migrations.AddField( \\\n            \"parcel\", \\\n            name=\"ctime\", \\\n            \
                field=models.DateTimeField())]\n";
    said(text).is(&["NAM001 0001_initial.py:7:18 ctime -> created_at"]);
}

#[test]
fn m21_bytes_that_are_no_source() {
    // The start of an image, a compiled module, a page of noise.
    let noise: Vec<u8> = (0..4096_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    for bytes in [&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], b"\xa7\r\r\n\0\0\0\0", &noise] {
        let said = said(bytes);
        assert_eq!(said.rules(), ["ANA004"], "{}", said.text());
        assert!(said.fails());
    }
}
