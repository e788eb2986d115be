//! Names that Django makes for indexes, constraints and tables.
//!
//! Source: `django/db/backends/utils.py` (`names_digest`, `truncate_name`) and `django/db/backends/base/schema.py`
//! (`_create_index_name`), the same in Django 2.2 to 5.2.

use md5::{Digest, Md5};

/// The longest name that MySQL and MariaDB take (`DatabaseOperations.max_name_length`), in characters.
pub const MAX_NAME_LENGTH: usize = 64;

/// The first `length` hexadecimal digits of the MD5 sum of the arguments, one after the other.
pub fn names_digest(parts: &[&str], length: usize) -> String {
    let mut hash = Md5::new();
    for part in parts {
        hash.update(part.as_bytes());
    }
    let mut text: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    text.truncate(length);
    text
}

/// `name`, or its beginning and a digest when it is longer than `length` characters.
pub fn truncate_name(name: &str, length: usize) -> String {
    const DIGEST: usize = 4;
    let bare = split_identifier(name).1;
    if bare.chars().count() <= length {
        return name.to_owned();
    }
    let namespace = split_identifier(name).0;
    let prefix = if namespace.is_empty() { String::new() } else { format!("{namespace}\".\"") };
    format!("{prefix}{}{}", head(bare, length - DIGEST), names_digest(&[bare], DIGEST))
}

/// The name of an index or constraint: table, columns, digest and suffix, cut to fit.
pub fn index_name(table: &str, columns: &[&str], suffix: &str) -> String {
    let table = split_identifier(table).1;
    let mut parts = vec![table];
    parts.extend(columns);
    let mut hash_suffix = format!("{}{suffix}", names_digest(&parts, 8));
    let columns = columns.join("_");
    let name = format!("{table}_{columns}_{hash_suffix}");
    if name.chars().count() <= MAX_NAME_LENGTH {
        return name;
    }
    // Django compares with a third as a fraction (21.33), and cuts to the whole number.
    if hash_suffix.chars().count() * 3 > MAX_NAME_LENGTH {
        hash_suffix = head(&hash_suffix, MAX_NAME_LENGTH / 3).to_owned();
    }
    let other = (MAX_NAME_LENGTH - hash_suffix.chars().count()) / 2 - 1;
    let name = format!("{}_{}_{hash_suffix}", head(table, other), head(&columns, other));
    if name.starts_with(|first: char| first == '_' || first.is_numeric()) {
        let shorter = name.chars().count() - 1;
        return format!("D{}", head(&name, shorter));
    }
    name
}

/// `` `name` ``, unless it is quoted already.
pub fn quote_name(name: &str) -> String {
    if name.len() > 1 && name.starts_with('`') && name.ends_with('`') {
        name.to_owned()
    } else {
        format!("`{name}`")
    }
}

/// Namespace and name of an identifier in Oracle's notation `USER"."TABLE`.
fn split_identifier(identifier: &str) -> (&str, &str) {
    let mut parts = identifier.split("\".\"");
    match (parts.next(), parts.next(), parts.next()) {
        (Some(namespace), Some(name), None) => (namespace.trim_matches('"'), name.trim_matches('"')),
        _ => ("", identifier.trim_matches('"')),
    }
}

/// The first `count` characters.
fn head(text: &str, count: usize) -> &str {
    text.char_indices().nth(count).map_or(text, |(at, _)| &text[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected values were printed by Django 4.2's `_create_index_name`.
    #[test]
    fn index_names_are_djangos() {
        let a = "a".repeat(70);
        let b = "b".repeat(70);
        let nine = "9".repeat(70);
        let table = "表".repeat(40);
        let column = "列".repeat(40);
        let chinese = format!("{}_{}_ab566a4d_check", "表".repeat(24), "列".repeat(24));
        let cases: &[(&str, &[&str], &str, &str)] = &[
            ("app_book", &["title"], "", "app_book_title_30dcdb86"),
            ("app_book", &["author_id"], "_fk_app_author_id", "app_book_author_id_980d3e25_fk_app_author_id"),
            (
                "a_table_with_a_rather_long_name_here",
                &["created_by", "created_at"],
                "_idx",
                "a_table_with_a_rather_lon_created_by_created_at_f55293d4_idx",
            ),
            (&a, &[&b], "_uniq", "aaaaaaaaaaaaaaaaaaaaaaaa_bbbbbbbbbbbbbbbbbbbbbbbb_1b194834_uniq"),
            (
                "app_book",
                &["author_id"],
                "_fk_a_target_table_with_a_very_long_name_id",
                "app_book_author_id_980d3e25_fk_a_target_",
            ),
            (&nine, &["b"], "_uniq", "D999999999999999999999999_b_5fccc624_uni"),
            (&table, &[&column], "_check", &chinese),
            ("t", &["a", "b", "c"], "_uniq", "t_a_b_c_a86a22fe_uniq"),
        ];
        for (table, columns, suffix, expected) in cases {
            let name = index_name(table, columns, suffix);
            assert_eq!(name, *expected);
            assert!(name.chars().count() <= MAX_NAME_LENGTH);
        }
    }

    #[test]
    fn long_table_names_end_in_a_digest() {
        assert_eq!(truncate_name(&"x".repeat(80), 64), format!("{}46b0", "x".repeat(60)));
        assert_eq!(truncate_name("app_m_f", 64), "app_m_f");
    }
}
