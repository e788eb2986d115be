//! Field libraries that people write with a spreadsheet, an editor or a merge.

use crate::tree::{ANSWER, Said, Tree, add, module, one_wrong_name, within};

fn with(library: impl AsRef<[u8]>) -> Said {
    Tree::new().module("0001_initial", one_wrong_name()).file("field_library.csv", library).check()
}

const ROW: &str = "name,meaning,wrong names\ncreated_at,made,ctime\n";

#[test]
fn l01_a_mark_and_line_ends_of_windows() {
    with(format!("\u{feff}{}", ROW.replace('\n', "\r\n"))).is(&[ANSWER]);
    with(ROW.replace('\n', "\r")).is(&[ANSWER]);
    with(ROW.trim_end()).is(&[ANSWER]);
}

#[test]
fn l02_bytes_that_are_not_utf8_are_said() {
    let mut bytes = b"name,meaning,wrong\ncreated_at,\xb4\xb4\xbd\xa8,ctime\n".to_vec();
    bytes.extend(b"owner,whose,holder\n");
    let said = with(bytes);
    assert_eq!(said.rules().iter().filter(|rule| **rule == "NAM004").count(), 1, "{}", said.text());
    assert!(said.fails());
}

#[test]
fn l03_a_quote_that_is_not_closed() {
    let said = with(
        "name,meaning,wrong names\ncreated_at,made,ctime\nowner,\"whose,holder\nupdated_at,changed,mtime\n",
    );
    assert!(said.rules().contains(&"NAM004"), "{}", said.text());
    assert!(said.names().contains(&"ctime"), "{}", said.text());
}

#[test]
fn l04_rows_that_are_too_short_or_too_long() {
    let said = with(
        "name,meaning,wrong names\nalone\ncreated_at,made,ctime\nowner,whose,holder,keeper,more\n\n,,\n",
    );
    assert!(said.names().contains(&"ctime"), "{}", said.text());
}

#[test]
fn l05_nothing_in_it() {
    for library in ["", "\u{feff}", "\n\n\n", "name,meaning,wrong names\n"] {
        let said = with(library);
        assert_eq!(said.names(), Vec::<&str>::new(), "{}", said.text());
        // A library that says nothing must not look as if everything were right.
        assert!(said.rules().contains(&"NAM004"), "{library:?}\n{}", said.text());
    }
}

#[test]
fn l06_a_name_with_two_standards() {
    let said = with("name,meaning,wrong names\ncreated_at,made,ctime\nchanged_at,changed,\"ctime\"\n");
    assert!(said.rules().contains(&"NAM002"), "{}", said.text());
    // The last row counts, and the message names both.
    let message = said.message("NAM001");
    assert!(message.contains("changed_at") && message.contains("created_at"), "{message}");
}

#[test]
fn l07_a_name_that_is_its_own_mistake() {
    let said = with("name,meaning,wrong names\nctime,made,ctime\n");
    assert_eq!(said.names(), Vec::<&str>::new(), "{}", said.text());
}

#[test]
fn l08_a_million_wrong_names() {
    let names: String = (0..200_000).map(|n| format!("w{n},")).collect();
    let said = within(120, || with(format!("{ROW}owner,whose,\"{names}holder\"\n")));
    assert_eq!(said.names(), ["ctime"], "{}", said.text());
    assert!(said.text().len() < 20_000);
}

#[test]
fn l09_formulas_and_signs_stay_text() {
    let said =
        with("name,meaning,wrong names\n=cmd|x,\"<script>alert(1)</script>\u{1b}[31m\n::error::x\",ctime\n");
    assert!(!said.text().contains('\u{1b}'));
    assert!(said.text().lines().all(|line| !line.starts_with("::")), "{}", said.text());
}

#[test]
fn l10_several_libraries() {
    let said = Tree::new()
        .module("0001_initial", one_wrong_name())
        .migration("box/0002_next", "[(\"box\", \"0001_initial\")]", &format!("[{}]", add("holder")))
        .file("docs/field_library.csv", "name,meaning,wrong names\nkeeper,who,holder\n")
        .check();
    // The one at the top counts; that there is another is not kept quiet.
    assert_eq!(said.names(), ["ctime", "holder"], "{}", said.text());
    assert!(said.text().contains("docs/field_library.csv"), "{}", said.text());
}

#[test]
fn l11_fields_that_only_look_alike() {
    let said = Tree::new()
        .module(
            "0001_initial",
            module("[]", &format!("[{}, {}, {}]", add("CTIME"), add("ctime_"), add("xctime"))),
        )
        .check();
    assert_eq!(said.rules().iter().filter(|rule| **rule == "NAM001").count(), said.names().len());
    assert!(!said.names().contains(&"ctime_") && !said.names().contains(&"xctime"), "{}", said.text());
}
