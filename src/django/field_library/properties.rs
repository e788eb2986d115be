//! What holds for every CSV, whatever stands in it.

use proptest::prelude::*;

use super::{FieldLibrary, LibraryErrorKind};

/// Text that is rich in what CSV gives a meaning to.
fn csv_like() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[a-z_]{1,8}",
        3 => Just(",".to_owned()),
        2 => Just("\"".to_owned()),
        1 => Just("\n".to_owned()),
        1 => Just("\r\n".to_owned()),
        1 => Just("\r".to_owned()),
        1 => Just(" ".to_owned()),
        1 => Just("\u{feff}".to_owned()),
        1 => "[名称说明]{1,3}",
        1 => any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

/// A row as a team would mean it: standard name, description, wrong names.
fn row() -> impl Strategy<Value = (String, String, Vec<String>)> {
    let name = "[a-z][a-z0-9_]{0,8}";
    (name, "[ -~\u{4e00}-\u{4e20}]{0,12}", prop::collection::vec(name, 0..4))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_without_losing_a_line(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let library = FieldLibrary::from_bytes("x.csv".into(), &bytes);
        prop_assert!(!(library.rows.is_empty() && library.problems.is_empty()));
    }

    #[test]
    fn every_row_and_every_problem_stands_where_it_says(text in csv_like()) {
        let library = FieldLibrary::from_bytes("x.csv".into(), text.as_bytes());
        prop_assert!(!(library.rows.is_empty() && library.problems.is_empty()));
        let Some(source) = &library.source else { return Ok(()) };
        let mut last = 0;
        for row in &library.rows {
            prop_assert!(row.span.start >= last && row.span.end as usize <= source.text.len());
            last = row.span.end;
            prop_assert_eq!(source.line_column(row.span.start).line, row.line);
            let named = source.slice(row.span_of(&row.standard, source));
            // A quote in the middle of a word (`"a"b`) leaves no place where the name stands as it is.
            let quoted = source.slice(row.span).contains('"') && named == source.slice(row.span);
            prop_assert!(quoted || named == row.standard.as_ref());
        }
        for problem in &library.problems {
            prop_assert!(problem.span.start <= problem.span.end);
            prop_assert!(problem.span.end as usize <= source.text.len());
            if !matches!(problem.kind, LibraryErrorKind::Empty) {
                prop_assert_eq!(source.line_column(problem.span.start).line, problem.line);
            }
        }
        for (name, rows) in &library.wrong {
            prop_assert!(rows.is_sorted());
            for at in rows {
                prop_assert!(library.rows[*at].wrong.contains(name));
            }
        }
    }

    #[test]
    fn what_a_csv_writer_wrote_is_read_back(
        rows in prop::collection::vec(row(), 1..8),
        mark in any::<bool>(),
        header in any::<bool>(),
        windows in any::<bool>(),
    ) {
        let terminator = if windows { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
        let mut writer = csv::WriterBuilder::new().terminator(terminator).from_writer(Vec::new());
        if header {
            writer.write_record(["字段名", "说明", "错误字段集"]).unwrap();
        }
        for (standard, description, wrong) in &rows {
            writer.write_record([standard.as_str(), description, &wrong.join(",")]).unwrap();
        }
        let mut bytes = if mark { b"\xef\xbb\xbf".to_vec() } else { Vec::new() };
        bytes.extend(writer.into_inner().unwrap());
        let library = FieldLibrary::from_bytes("x.csv".into(), &bytes);
        // A first row whose last cell is a word for "wrong" is taken for a header; the generator may hit one.
        prop_assume!(header || rows[0].2.len() != 1 || !rows[0].2[0].starts_with(['w', 'e']));
        prop_assert_eq!(&library.problems, &[]);
        prop_assert_eq!(library.rows.len(), rows.len());
        for (read, (standard, description, wrong)) in library.rows.iter().zip(&rows) {
            prop_assert_eq!(read.standard.as_ref(), standard.as_str());
            prop_assert_eq!(&read.description, description.trim());
            let mut distinct: Vec<&str> = Vec::new();
            for name in wrong {
                if !distinct.contains(&name.as_str()) {
                    distinct.push(name);
                }
            }
            prop_assert_eq!(read.wrong.iter().map(AsRef::as_ref).collect::<Vec<_>>(), distinct);
        }
        for name in rows.iter().flat_map(|(_, _, wrong)| wrong) {
            // A row that lists its own standard name says nothing of it.
            let mut listing = rows.iter().rev().filter(|(standard, _, wrong)| standard != name && wrong.contains(name));
            let expected = listing.next().map(|(standard, _, _)| standard.as_str());
            let said = library.verdict(name).map(|verdict| verdict.row.standard.as_ref());
            prop_assert_eq!(said, expected);
        }
    }
}
