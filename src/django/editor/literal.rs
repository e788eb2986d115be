//! Values as PyMySQL and mysqlclient quote them in a statement.

/// A text in single quotes.
pub(super) fn quote_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('\'');
    for char in text.chars() {
        match char {
            '\0' => out.push_str("\\0"),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\u{1a}' => out.push_str("\\Z"),
            '"' => out.push_str("\\\""),
            '\'' => out.push_str("\\'"),
            other => out.push(other),
        }
    }
    out.push('\'');
    out
}

/// A float as Python's `repr` writes it: the shortest text that reads back the same, in scientific notation below 1e-4
/// and from 1e16 on.
pub(super) fn python_float(value: f64) -> String {
    if value == 0.0 {
        return if value.is_sign_negative() { "-0.0".to_owned() } else { "0.0".to_owned() };
    }
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let plain = format!("{value}");
        return if plain.contains('.') { plain } else { format!("{plain}.0") };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.unsigned_abs())
}

/// A float as the drivers write it.
pub(super) fn quote_float(value: f64) -> String {
    let text = python_float(value);
    if text.contains('e') { text } else { format!("{text}e0") }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected values were printed by PyMySQL 1.1.1 and Python 3.11.
    #[test]
    fn quotes_as_the_drivers_do() {
        assert_eq!(quote_text("a'b\"c\\d\n\r\t\0\u{1a}%_中"), "'a\\'b\\\"c\\\\d\\n\\r\t\\0\\Z%_中'");
        for (value, text) in [
            (1.5, "1.5e0"),
            (1e20, "1e+20"),
            (1e16, "1e+16"),
            (123456789012345.0, "123456789012345.0e0"),
            (0.0001, "0.0001e0"),
            (0.00001, "1e-05"),
            (0.0, "0.0e0"),
            (-2.0, "-2.0e0"),
            (1.25e-7, "1.25e-07"),
        ] {
            assert_eq!(quote_float(value), text);
        }
    }
}
