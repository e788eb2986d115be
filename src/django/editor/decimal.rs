//! Decimals as Python's `decimal` writes them.

use crate::syntax::{Expr, Value};

/// The digits after the point that are enough to write a usual float exactly.
const EXACT: usize = 120;

/// `str(Decimal(value))` as `DecimalField.to_python` makes it; `digits` is `max_digits`, the precision for floats.
/// `None` for what needs an exponent, and for what only running the code tells.
pub(super) fn text(expr: &Expr, digits: Option<usize>) -> Option<String> {
    match &expr.value {
        Value::Int(number) => Some(number.to_string()),
        Value::Str(text) => plain(text.trim()),
        Value::Number(_) => from_float(super::default::float(expr)?, digits.unwrap_or(28)),
        Value::Call(call) => match &call.callee.value {
            Value::Imported(path) if path.as_ref() == "decimal.Decimal" => {
                let [argument] = call.args.as_slice() else { return None };
                match &argument.value.value {
                    Value::Int(number) => Some(number.to_string()),
                    Value::Str(text) => plain(text.trim()),
                    _ => None,
                }
            }
            _ => None,
        },
        _ => None,
    }
}

/// A decimal without an exponent.
fn plain(text: &str) -> Option<String> {
    let bare = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = bare.split_once('.').unwrap_or((bare, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    // Small numbers are written with an exponent.
    let small = fraction.len() > 6;
    (!whole.is_empty() && digits(whole) && digits(fraction) && !small && !bare.ends_with('.'))
        .then(|| text.to_owned())
}

/// A float rounded to `digits` significant digits; one that is exact with fewer keeps its digits.
fn from_float(value: f64, digits: usize) -> Option<String> {
    if value == 0.0 {
        return Some("0".to_owned());
    }
    let exact = format!("{value:.EXACT$}");
    let exact = exact.trim_end_matches('0').trim_end_matches('.');
    let significant =
        |text: &str| text.chars().filter(char::is_ascii_digit).skip_while(|digit| *digit == '0').count();
    if significant(exact) <= digits {
        return plain(exact);
    }
    let scientific = format!("{value:.*e}", digits.saturating_sub(1));
    let (_, exponent) = scientific.split_once('e')?;
    let exponent: i64 = exponent.parse().ok()?;
    let places = i64::try_from(digits).ok()? - 1 - exponent;
    let rounded = format!("{value:.*}", usize::try_from(places).ok().filter(|places| *places <= 6)?);
    plain(&rounded)
}

/// With exactly `places` digits after the point; `None` where that would round.
pub(super) fn fixed(text: &str, places: usize) -> Option<String> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > places {
        let (kept, cut) = fraction.split_at(places);
        return cut.bytes().all(|byte| byte == b'0').then(|| join(whole, kept));
    }
    Some(join(whole, &format!("{fraction:0<places$}")))
}

fn join(whole: &str, fraction: &str) -> String {
    if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") }
}
