use proptest::prelude::*;

use super::*;

fn python(bytes: &[u8]) -> Result<SourceText, DecodeError> {
    SourceText::decode("a.py".into(), bytes)
}

fn at(text: &SourceText, needle: &str) -> (u32, u32) {
    let place = text.line_column(text.text.find(needle).unwrap() as u32);
    (place.line, place.column)
}

#[test]
fn byte_order_mark_is_no_column_and_counts_in_the_file() {
    let text = python(b"\xef\xbb\xbfx = 1\n").unwrap();
    assert_eq!(text.text, "x = 1\n");
    assert_eq!(at(&text, "x"), (1, 1));
    assert_eq!(text.file_offset(0), 3);
    assert_eq!(text.file_offset(4), 7);
}

#[test]
fn columns_are_code_points() {
    let text = python("标签 = '中文'\n🎉\t= \"é\"; z\r\n\tnext\r\n".as_bytes()).unwrap();
    assert_eq!(at(&text, "'"), (1, 6));
    assert_eq!(at(&text, "="), (1, 4));
    assert_eq!(at(&text, "z"), (2, 10));
    assert_eq!(at(&text, "next"), (3, 2));
    assert_eq!(text.line_count(), 3);
    assert_eq!(text.line(2), "🎉\t= \"é\"; z");
    assert_eq!(text.line(3), "\tnext");
    assert_eq!(text.line(4), "");
    assert_eq!(text.line(0), "");
    assert_eq!(text.line_column(u32::MAX), LineColumn { line: 4, column: 1 });
    assert_eq!(text.slice(Span { start: 0, end: 6 }), "标签");
    assert_eq!(text.slice(Span { start: 90, end: 10 }), "");
}

#[test]
fn a_lone_return_ends_a_line_of_python_and_keeps_every_offset() {
    let text = python(b"a = 1\rb = 2\r\nc = 3\r\r\nd = 4\r").unwrap();
    assert_eq!(text.text, "a = 1\nb = 2\r\nc = 3\n\r\nd = 4\n");
    assert_eq!(at(&text, "b"), (2, 1));
    assert_eq!(at(&text, "c"), (3, 1));
    assert_eq!(at(&text, "d"), (5, 1));
    assert_eq!(text.line(2), "b = 2");
    assert_eq!(text.line_count(), 5);
    assert_eq!(text.file_offset(6), 6);
}

#[test]
fn plain_text_keeps_its_line_ends() {
    let text = SourceText::decode_plain("a.csv".into(), b"\xef\xbb\xbfa\rb\r\nc # coding: gbk").unwrap();
    assert_eq!(text.text, "a\rb\r\nc # coding: gbk");
    assert_eq!(at(&text, "c"), (3, 1));
    assert_eq!(text.line(1), "a");
    assert_eq!(text.line(2), "b");
    let refused = SourceText::decode_plain("a.csv".into(), b"a,\xd6\xd0");
    assert_eq!(refused.unwrap_err(), DecodeError::Invalid { encoding: "utf-8".into(), at: 2 });
}

#[test]
fn empty_text_has_one_line() {
    let text = python(b"").unwrap();
    assert_eq!((text.line_count(), text.line(1)), (1, ""));
    assert_eq!(text.line_column(0), LineColumn { line: 1, column: 1 });
}

#[test]
fn form_feed_ends_no_line() {
    let text = python(b"a = 1\n\x0cb = 2\n").unwrap();
    assert_eq!(at(&text, "b"), (2, 2));
    assert_eq!(text.line_count(), 2);
}

/// Each expectation was measured with CPython 3.11: `compile(bytes, "x.py", "exec")`.
#[test]
fn cookies_are_found_as_python_finds_them() {
    let good: &[(&[u8], &str)] = &[
        (b"# coding: latin-1\nx='\xe9'", "é"),
        (b"# -*- coding: iso-8859-1 -*-\nx='\x80'", "\u{80}"),
        (b"# coding: latin-1-unix\nx='\xe9'", "é"),
        (b"#!/usr/bin/python\n# vim: set fileencoding=gbk :\nx='\xd6\xd0'", "中"),
        (b"\n\x0c\t # coding=gb2312 \nx='\xd6\xd0'", "中"),
        (b"#\r# coding: cp936\rx='\x81\x40'", "丂"),
        (b"# coding: gb18030\nx='\x81\x30\x81\x30\xd6\xd0'", "\u{80}中"),
        (b"# coding: big5\nx='\xa4\xa4'", "中"),
        (b"# coding: Shift_JIS\nx='\xb1\x83\x41'", "ｱア"),
        (b"# coding: euc-jp\nx='\xc3\xe6'", "中"),
        (b"# coding: euc_kr\nx='\xc7\xd1'", "한"),
        (b"# coding: windows-1252\nx='\x80'", "€"),
        (b"# coding: ISO-8859-15\nx='\xa4'", "€"),
        (b"# coding: cp437\nx='a'", "a"),
        (b"\xef\xbb\xbf# coding: UTF_8\nx='\xc3\xa9'", "é"),
        ("# coding: U8\nx='é'".as_bytes(), "é"),
        ("#\n#\n# coding: nosuch\nx='é'".as_bytes(), "é"),
        ("x=1\n# coding: nosuch\nx='é'".as_bytes(), "é"),
        ("\\\n# coding: nosuch\nx='é'".as_bytes(), "é"),
        ("# encoding is nosuch, coding : nosuch\nx='é'".as_bytes(), "é"),
    ];
    for (bytes, expected) in good {
        let text = python(bytes).unwrap_or_else(|error| panic!("{}: {error}", bytes.escape_ascii()));
        assert!(text.text.ends_with(&format!("x='{expected}'")), "{:?}", text.text);
    }
    let invalid = |encoding: &str, at| DecodeError::Invalid { encoding: encoding.into(), at };
    let bad: &[(&[u8], DecodeError)] = &[
        (b"x='\xe9'", invalid("utf-8", 3)),
        (b"x='\xed\xa0\x80'", invalid("utf-8", 3)),
        (b"\xef\xbb\xbfx='\xe9'", invalid("utf-8", 6)),
        (b"# coding: ascii\nx='\xe9'", invalid("ascii", 19)),
        (b"# coding: gbk\nx='\x80'", invalid("gbk", 17)),
        (b"# coding: gb18030\nx='\x80'", invalid("gb18030", 21)),
        (b"# coding: gbk\nx='\x81\x30\x81\x30'", invalid("gbk", 17)),
        (b"# coding: gb2312\nx='\x81\x40'", invalid("gb2312", 20)),
        (b"# coding: gbk\nx='\xd6", invalid("gbk", 17)),
        (b"# coding: cp1252\nx='\x81'", invalid("cp1252", 20)),
        (b"# coding: cp1253\nx='a\xff'", invalid("cp1253", 21)),
        (b"# coding: nosuch\nx=1", DecodeError::UnknownEncoding("nosuch".into())),
        (b"# coding: utf-16\nx=1", DecodeError::UnknownEncoding("utf-16".into())),
        (b"# coding: cp437\nx='\x81'", DecodeError::UnsupportedEncoding("cp437".into())),
        (b"\xef\xbb\xbf# coding: utf8\n", DecodeError::MarkAndCookie("utf8".into())),
        (b"\xef\xbb\xbf# coding: latin-1\n", DecodeError::MarkAndCookie("latin-1".into())),
        (b"x='\0'", DecodeError::Nul(3)),
    ];
    for (bytes, expected) in bad {
        assert_eq!(&python(bytes).unwrap_err(), expected, "{}", bytes.escape_ascii());
    }
}

#[test]
fn a_line_of_five_megabytes_is_measured_in_constant_time() {
    let mut line = "x = ['".to_owned();
    line.push_str(&"中a".repeat(1_300_000));
    line.push_str("', y]");
    let text = python(line.as_bytes()).unwrap();
    let offset = (text.text.len() - 2) as u32;
    for _ in 0..20_000 {
        assert_eq!(text.line_column(offset), LineColumn { line: 1, column: 6 + 2_600_000 + 4 });
    }
}

/// Texts with every kind of line end and characters of one to four bytes.
fn texts() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[ -~]{0,12}",
        Just("\r\n".to_owned()),
        Just("\n".to_owned()),
        Just("\t\u{c}".to_owned()),
        "[é中文字段😀\u{a0}]{1,6}",
    ];
    prop::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

proptest! {
    /// The definition, by counting: lines by their ends, columns by characters.
    #[test]
    fn positions_agree_with_counting(source in texts(), mark in any::<bool>()) {
        let mut bytes = if mark { MARK.to_vec() } else { Vec::new() };
        bytes.extend(b"#\n#\n"); // no cookie further down counts
        bytes.extend(source.as_bytes());
        let text = python(&bytes).unwrap();
        for (offset, _) in text.text.char_indices() {
            let before = &text.text[..offset];
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
            let place = text.line_column(offset as u32);
            prop_assert_eq!((place.line as usize, place.column as usize), (line, column));
            prop_assert!(bytes[text.file_offset(offset as u32) as usize..].starts_with(&text.text.as_bytes()[offset..]));
        }
        let lines: Vec<&str> = text.text.lines().collect();
        prop_assert_eq!(text.line_count() as usize, lines.len());
        for (index, line) in lines.iter().enumerate() {
            prop_assert_eq!(text.line(index as u32 + 1), line.strip_suffix('\r').unwrap_or(line));
        }
    }

    /// An offset leads to the byte of the file from which decoding gives the rest of the text.
    #[test]
    fn offsets_lead_back_into_recoded_files(source in "[ -~中文字段\n]{0,40}", label in prop::sample::select(vec!["gbk", "gb18030", "big5", "euc-jp"])) {
        let encoding = encoding_rs::Encoding::for_label(label.as_bytes()).unwrap();
        let whole = format!("# coding: {label}\n#\n{source}");
        let (bytes, _, lost) = encoding.encode(&whole);
        prop_assume!(!lost);
        let text = python(&bytes).unwrap();
        prop_assert_eq!(&text.text, &whole);
        for (offset, _) in whole.char_indices() {
            let rest = encoding.decode_without_bom_handling(&bytes[text.file_offset(offset as u32) as usize..]).0;
            prop_assert_eq!(rest.as_ref(), &whole[offset..]);
        }
    }

    /// In latin-1 every byte is one column and one code point.
    #[test]
    fn latin_1_is_byte_for_byte(body in prop::collection::vec(1u8..=255, 0..200)) {
        let mut bytes = b"# coding: latin-1\n".to_vec();
        bytes.extend(body.iter().map(|byte| if matches!(byte, b'\r') { b'r' } else { *byte }));
        let text = python(&bytes).unwrap();
        for (index, (offset, c)) in text.text.char_indices().enumerate() {
            prop_assert_eq!(u32::from(c), u32::from(bytes[index]));
            prop_assert_eq!(text.file_offset(offset as u32), index as u64);
        }
    }

    /// No bytes bring it down, and what is accepted can be asked for every position.
    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300), cookie in prop::sample::select(vec!["", "# coding: gbk\n", "# coding: shift_jis\n", "# coding: euc-kr\n", "# coding: koi8-r\n"])) {
        let mut all = cookie.as_bytes().to_vec();
        all.extend(bytes);
        if let Ok(text) = python(&all) {
            for offset in 0..=text.text.len() as u32 + 2 {
                let place = text.line_column(offset);
                prop_assert!(place.line >= 1 && place.column >= 1);
                prop_assert!(text.file_offset(offset) <= all.len() as u64);
                text.slice(Span { start: offset / 2, end: offset });
            }
        }
    }
}
