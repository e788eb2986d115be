//! The CSV as people really save it.

use super::*;

fn bytes(bytes: &[u8]) -> FieldLibrary {
    FieldLibrary::from_bytes("docs/field_library.csv".into(), bytes)
}

fn names(library: &FieldLibrary) -> Vec<(&str, Vec<&str>, u32)> {
    library
        .rows
        .iter()
        .map(|row| (row.standard.as_ref(), row.wrong.iter().map(AsRef::as_ref).collect(), row.line))
        .collect()
}

fn problems(library: &FieldLibrary) -> Vec<String> {
    library.problems.iter().map(ToString::to_string).collect()
}

#[test]
fn a_mark_a_header_quotes_and_windows_line_ends_are_read() {
    let csv =
        "\u{feff}字段名,说明,错误字段集\r\ncreated_at,创建时间,\"create_time, created\"\r\nname,名称,\r\n";
    let library = bytes(csv.as_bytes());
    assert_eq!(names(&library), [("created_at", vec!["create_time", "created"], 2), ("name", vec![], 3)]);
    assert_eq!(library.problems, []);
    let text = library.source.as_ref().unwrap();
    assert_eq!(text.slice(library.rows[0].span), "created_at,创建时间,\"create_time, created\"");
    assert_eq!(text.slice(library.rows[1].span), "name,名称,");
}

#[test]
fn the_header_is_optional_and_a_plain_first_row_is_not_taken_for_one() {
    for header in [
        "",
        "standard name,description,wrong names\n",
        "field,desc,wrong\n",
        "name,meaning,wrong names\n",
        "标准名,说明,错误名\n",
    ] {
        let library = bytes(format!("{header}created_at,,create_time\n").as_bytes());
        assert_eq!(library.rows.len(), 1, "{header:?}");
        assert_eq!(library.problems, [], "{header:?}");
    }
    assert_eq!(bytes(b"name,a name,title\ncount,,quantity\n").rows.len(), 2);
}

#[test]
fn empty_rows_and_empty_columns_at_the_end_say_nothing() {
    let library = bytes(b"\n\ncreated_at,,create_time,,\n,,\n\n\r\nname,,\n");
    assert_eq!(names(&library), [("created_at", vec!["create_time"], 3), ("name", vec![], 7)]);
    assert_eq!(library.problems, []);
}

#[test]
fn every_row_that_cannot_be_read_is_named_and_the_others_are_kept() {
    let csv = "a,b\ncreated_at,when,create_time,created\n,,x\nis ok,,\nname,,full name\nlevel,,level_name\n";
    let library = bytes(csv.as_bytes());
    assert_eq!(names(&library), [("level", vec!["level_name"], 6)]);
    insta::assert_snapshot!(problems(&library).join("\n"), @r#"
    line 1: 2 columns instead of 3 (standard name, description, wrong names); several wrong names need quotes around them
    line 2: 4 columns instead of 3 (standard name, description, wrong names); several wrong names need quotes around them
    line 3: wrong names without a standard name
    line 4: "is ok" cannot be the name of a field
    line 5: "full name" cannot be the name of a field
    "#);
}

#[test]
fn an_open_quote_is_not_swallowed() {
    let library = bytes("name,,\nlevel,\"等级,\ncount,,quantity\n".as_bytes());
    assert_eq!(names(&library), [("name", vec![], 1)]);
    assert_eq!(problems(&library), ["line 2: a quote is opened and never closed"]);
}

#[test]
fn other_encodings_get_a_clear_error() {
    let (gbk, _, _) = encoding_rs::GBK.encode("name,名称,\ncreated_at,创建时间,create_time\n");
    let library = bytes(&gbk);
    assert_eq!(problems(&library), ["line 1: not UTF-8 (it looks like GBK); save the file as UTF-8"]);
    assert_eq!(library.path.as_deref(), Some("docs/field_library.csv"));
    let utf16: Vec<u8> = "\u{feff}name,x,\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(problems(&bytes(&utf16))[0].contains("not UTF-8"));
}

#[test]
fn a_file_without_rows_is_a_problem() {
    for empty in ["", "\u{feff}", "字段名,说明,错误字段集\n", ",,\n\n"] {
        assert_eq!(problems(&bytes(empty.as_bytes())), ["line 1: no row with a standard name"], "{empty:?}");
    }
}

#[test]
fn the_last_row_wins_and_the_other_standard_is_named() {
    let csv = "begin_at,,\"start_time,begin\"\nend_at,,\"stop,stop\"\nstarted_at,,start_time\nend_at,,stop\n";
    let library = bytes(csv.as_bytes());
    let verdict = library.verdict("start_time").unwrap();
    assert_eq!(verdict.row.standard.as_ref(), "started_at");
    assert_eq!(verdict.other.map(AsRef::as_ref), Some("begin_at"));
    assert_eq!(library.verdict("stop").unwrap().other, None, "twice under the same standard");
    assert_eq!(library.verdict("Start_Time"), None, "names are compared exactly");
}

#[test]
fn the_built_in_library_is_sound_and_bilingual() {
    let library = FieldLibrary::built_in();
    assert_eq!(library.problems, []);
    assert_eq!(library.rows.len(), 185);
    for row in &library.rows {
        let meaning = row.meaning();
        assert!(meaning.en.is_ascii() && !meaning.en.is_empty(), "{}", row.standard);
        assert!(meaning.zh.chars().any(|c| c >= '\u{4e00}'), "{}", row.standard);
    }
    assert_eq!(library.verdict("create_time").unwrap().row.standard.as_ref(), "created_at");
    assert_eq!(library.verdict("modified").unwrap().row.standard.as_ref(), "modified_by");
}
