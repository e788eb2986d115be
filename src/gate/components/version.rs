//! Versions of components, and what package descriptions ask of them.

/// The numbers of a version, and its pre-release: `v1.12.0-beta.1` to 1.12.0 and `beta.1`.
pub(super) fn numbers(text: &str) -> Option<(Vec<u64>, Option<&str>)> {
    let text = text.trim().trim_start_matches('v');
    let text = text.split('+').next().unwrap_or(text);
    let (numbers, pre) = text.split_once('-').map_or((text, None), |(numbers, pre)| (numbers, Some(pre)));
    let numbers: Option<Vec<u64>> = numbers.split('.').map(|part| part.parse().ok()).collect();
    numbers.filter(|numbers| numbers.len() > 1).map(|numbers| (numbers, pre))
}

/// Whether a version meets `operator version`; one that cannot be read meets nothing.
pub(super) fn meets(have: &str, operator: &str, wanted: &str) -> bool {
    if operator.is_empty() {
        return true;
    }
    let (Some((mut have, have_pre)), Some((mut wanted, wanted_pre))) = (numbers(have), numbers(wanted))
    else {
        return false;
    };
    let length = have.len().max(wanted.len());
    have.resize(length, 0);
    wanted.resize(length, 0);
    let rank = |pre: Option<&str>| (pre.is_none(), pre.map(str::to_owned));
    let ordering = have.cmp(&wanted).then_with(|| rank(have_pre).cmp(&rank(wanted_pre)));
    match operator {
        "^" => ordering.is_ge() && have.first() == wanted.first(),
        "~" => ordering.is_ge() && have.get(..2) == wanted.get(..2),
        ">=" => ordering.is_ge(),
        ">" => ordering.is_gt(),
        "<=" => ordering.is_le(),
        "<" => ordering.is_lt(),
        "=" | "==" => ordering.is_eq(),
        "!=" => ordering.is_ne(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_held_to_what_packages_need() {
        for (have, operator, wanted, met) in [
            ("v1.12.11", "^", "1.12.0", true),
            ("1.12.0-beta.1", "^", "1.12.0", false),
            ("2.0.0", "^", "1.12.0", false),
            ("1.13.0", "~", "1.12.0", false),
            ("3.8.9", ">=", "3.8", true),
            ("latest", ">=", "1.0", false),
        ] {
            assert_eq!(meets(have, operator, wanted), met, "{have} {operator}{wanted}");
        }
    }
}
