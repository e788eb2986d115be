//! Dates, times, durations and UUIDs that are written as calls of Python's own classes.

use crate::syntax::{Expr, Value};

/// The arguments of `path(…)` by parameter name, whole numbers only; `other` names parameters that may hold anything.
fn numbers(expr: &Expr, paths: &[&str], parameters: &[&str], other: &[&str]) -> Option<Vec<i64>> {
    let Value::Call(call) = &expr.value else { return None };
    let Value::Imported(path) = &call.callee.value else { return None };
    if !paths.contains(&path.as_ref()) || call.has_unknown_arguments() {
        return None;
    }
    let known = |name: &str| parameters.contains(&name) || other.contains(&name);
    let positional = call.args.iter().filter(|arg| arg.kind == crate::syntax::ArgKind::Positional).count();
    let strange = call
        .args
        .iter()
        .any(|arg| matches!(&arg.kind, crate::syntax::ArgKind::Keyword(name) if !known(name)));
    if strange || positional > parameters.len() {
        return None;
    }
    let value = |(at, name): (usize, &&str)| match call.argument(name, Some(at)) {
        None => Some(0),
        Some(Expr { value: Value::Int(number), .. }) => Some(*number),
        Some(_) => None,
    };
    parameters.iter().enumerate().map(value).collect()
}

fn given<'e>(expr: &'e Expr, name: &str) -> Option<&'e Expr> {
    let Value::Call(call) = &expr.value else { return None };
    call.argument(name, None)
}

/// `datetime.date(2020, 1, 2)` or `"2020-01-02"`.
pub(super) fn date(expr: &Expr) -> Option<String> {
    if let Some(text) = expr.as_str() {
        let parts: Vec<&str> = text.split('-').collect();
        let fits = matches!(parts.as_slice(), [y, m, d] if y.len() == 4 && m.len() == 2 && d.len() == 2)
            && parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
        return fits.then(|| text.to_owned());
    }
    let values = numbers(expr, &["datetime.date"], &["year", "month", "day"], &[])?;
    let [year, month, day] = values.as_slice() else { return None };
    Some(format!("{year:04}-{month:02}-{day:02}"))
}

/// `datetime.datetime(2020, 1, 2, tzinfo=utc)`: a moment in UTC. Others depend on the settings of the project.
pub(super) fn datetime(expr: &Expr) -> Option<String> {
    let zone = match &given(expr, "tzinfo")?.value {
        Value::Imported(path) => path.clone(),
        _ => return None,
    };
    let utc = ["django.utils.timezone.utc", "datetime.timezone.utc", "datetime.UTC", "pytz.utc", "pytz.UTC"];
    if !utc.contains(&zone.as_ref()) {
        return None;
    }
    let parameters = ["year", "month", "day", "hour", "minute", "second", "microsecond"];
    let values = numbers(expr, &["datetime.datetime"], &parameters, &["tzinfo"])?;
    let [year, month, day, hour, minute, second, micro] = values.as_slice() else { return None };
    let fraction = if *micro == 0 { String::new() } else { format!(".{micro:06}") };
    Some(format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}{fraction}"))
}

/// `datetime.time(1, 2)` without a time zone; with `always`, its microseconds are written also when there are none.
pub(super) fn time(expr: &Expr, always: bool) -> Option<String> {
    let parameters = ["hour", "minute", "second", "microsecond"];
    let values = numbers(expr, &["datetime.time"], &parameters, &[])?;
    let [hour, minute, second, micro] = values.as_slice() else { return None };
    let fraction = if *micro == 0 && !always { String::new() } else { format!(".{micro:06}") };
    Some(format!("{hour:02}:{minute:02}:{second:02}{fraction}"))
}

/// `datetime.timedelta(…)` in microseconds.
pub(super) fn microseconds(expr: &Expr) -> Option<i64> {
    let parameters = ["days", "seconds", "microseconds", "milliseconds", "minutes", "hours", "weeks"];
    let units = [86_400_000_000, 1_000_000, 1, 1_000, 60_000_000, 3_600_000_000, 604_800_000_000_i64];
    let values = numbers(expr, &["datetime.timedelta"], &parameters, &[])?;
    let mut sum = 0i64;
    for (value, unit) in values.iter().zip(units) {
        sum = sum.checked_add(value.checked_mul(unit)?)?;
    }
    Some(sum)
}

/// `uuid.UUID("…")` or its text: 32 hexadecimal digits, or the form with dashes for the type `uuid`.
pub(super) fn uuid(expr: &Expr, native: bool) -> Option<String> {
    let text = match &expr.value {
        Value::Str(text) => text,
        Value::Call(call) => {
            let called = matches!(&call.callee.value, Value::Imported(path) if path.as_ref() == "uuid.UUID");
            let [argument] = call.args.as_slice() else { return None };
            match &argument.value.value {
                Value::Str(text) if called => text,
                _ => return None,
            }
        }
        _ => return None,
    };
    let digits: String = text.chars().filter(char::is_ascii_hexdigit).collect::<String>().to_lowercase();
    let rest = text.chars().all(|char| char.is_ascii_hexdigit() || char == '-');
    if digits.len() != 32 || !rest {
        return None;
    }
    if !native {
        return Some(digits);
    }
    let (a, rest) = digits.split_at(8);
    let (b, rest) = rest.split_at(4);
    let (c, rest) = rest.split_at(4);
    let (d, e) = rest.split_at(4);
    Some(format!("{a}-{b}-{c}-{d}-{e}"))
}
