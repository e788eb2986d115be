//! One requirement in the form of PEP 508, the forms that only pip takes (paths, VCS URLs) beside it.

use std::str::FromStr;
use std::sync::Arc;

use pep440_rs::{Version, VersionSpecifiers};
use pep508_rs::{MarkerTree, VerbatimUrl, VersionOrUrl};

use super::{Link, LinkKind, Wants, normalised};
use crate::source::Span;

/// A requirement without its place and its purpose.
#[derive(Debug, Clone)]
pub struct Requirement {
    /// Name as written; empty for a URL or path that does not tell it.
    pub name: Arc<str>,
    /// Extras in PEP 685 form, sorted.
    pub extras: Vec<Arc<str>>,
    /// Which versions.
    pub wants: Wants,
    /// When it applies.
    pub marker: MarkerTree,
}

/// Reads `text` as PEP 508 and, where `pip` is set, as the further forms of a requirement file.
///
/// # Errors
/// What is wrong, in English, without the text itself.
pub fn parse(text: &str, pip: bool) -> Result<Requirement, String> {
    let text = text.trim();
    // pip takes `name ;` for a requirement without a marker.
    let text = if pip { text.strip_suffix(';').unwrap_or(text).trim_end() } else { text };
    let variable = variable_in(text);
    if let Some((head, tail)) = named_link(text) {
        let (url, marker) = split_marker(tail);
        if url.contains(char::is_whitespace) {
            return Err("expected `;` between the URL and what follows".to_owned());
        }
        let mut requirement = pep508(head)?;
        requirement.wants = variable.map_or_else(|| Wants::Link(link(url)), Wants::Variable);
        requirement.marker = parse_marker(marker)?;
        return Ok(requirement);
    }
    if pip && looks_like_link(text) {
        let (place, marker) = split_marker(text);
        let (place, extras) = split_extras(place);
        let named = link(place);
        let name = egg_name(place).or_else(|| file_name_parts(&named.shown).map(|(name, _)| name));
        let wants = variable.map_or(Wants::Link(named), Wants::Variable);
        let marker = parse_marker(marker)?;
        return Ok(Requirement { name: name.unwrap_or_default().into(), extras, wants, marker });
    }
    if let Some(variable) = variable {
        // `django==${DJANGO_VERSION}`: everything but the version can still be known.
        let head: String = text.chars().take_while(|c| !"=<>!~$ ;".contains(*c)).collect();
        let mut requirement = pep508(&head)?;
        requirement.wants = Wants::Variable(variable);
        return Ok(requirement);
    }
    pep508(text)
}

/// What a requirement that cannot be read was meant to be, where only its signs are misspelt: one `=` for two, `=>` and
/// `=<` the wrong way round, signs of full width. `None` where that does not make it one.
pub fn respelt(text: &str) -> Option<String> {
    let narrow = text.chars().map(|c| match c {
        '\u{3000}' => ' ',
        '，' => ',',
        '；' => ';',
        '＝' | '＞' | '＜' | '！' | '～' | '．' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
        c => c,
    });
    let narrow: String = narrow.collect();
    let (head, tail) = narrow.split_at(narrow.find([';', '@', '#']).unwrap_or(narrow.len()));
    let mut out = String::new();
    let mut rest = head;
    while let Some(at) = rest.find(['=', '<', '>', '!', '~']) {
        let (before, from) = rest.split_at(at);
        let length = from.find(|c| !"=<>!~".contains(c)).unwrap_or(from.len());
        let (sign, after) = from.split_at(length);
        out.push_str(before);
        out.push_str(match sign {
            "=" => "==",
            "=>" => ">=",
            "=<" => "<=",
            sign => sign,
        });
        rest = after;
    }
    out.push_str(rest);
    out.push_str(tail);
    let read = parse(&out, true).ok()?;
    (out != text && out.is_ascii() && matches!(read.wants, Wants::Versions(_))).then_some(out)
}

/// Most that one requirement or marker may be, in bytes, and how deeply its parentheses may be nested: the parser of
/// markers calls itself for each, and a stack that is full ends the program. pip-tools writes some hundred bytes.
const MAX_REQUIREMENT: usize = 64 * 1024;
const MAX_NESTED: usize = 50;

/// Refuses what is longer or deeper than people write.
fn check_size(text: &str) -> Result<(), String> {
    if text.len() > MAX_REQUIREMENT {
        return Err(format!("longer than {MAX_REQUIREMENT} bytes"));
    }
    let mut depth = 0_usize;
    for byte in text.bytes() {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_NESTED {
            return Err(format!("parentheses nested more than {MAX_NESTED} deep"));
        }
    }
    Ok(())
}

fn pep508(text: &str) -> Result<Requirement, String> {
    check_size(text)?;
    check_names(text)?;
    if text.split(';').next().is_some_and(|head| head.contains(|c: char| c.is_whitespace() && !c.is_ascii()))
    {
        return Err("a character that looks like a space and is none to pip".to_owned());
    }
    // The grammar allows a comma behind the last version.
    let trimmed = text.split_once(';').is_none().then(|| text.trim_end().strip_suffix(',')).flatten();
    let text = trimmed.filter(|text| text.contains(['<', '>', '=', '~'])).unwrap_or(text);
    let parsed =
        pep508_rs::Requirement::<VerbatimUrl>::from_str(text).map_err(|error| error.message.to_string())?;
    let wants = match parsed.version_or_url {
        None => Wants::Versions(VersionSpecifiers::empty()),
        Some(VersionOrUrl::VersionSpecifier(versions)) => Wants::Versions(versions),
        Some(VersionOrUrl::Url(url)) => Wants::Link(link(url.given().unwrap_or_default())),
    };
    // pep508_rs gives the name in its PEP 503 form; the written one is what stands in front.
    let is_name = |c: &char| c.is_ascii_alphanumeric() || "-_.".contains(*c);
    let written: String = text.trim().chars().take_while(is_name).collect();
    let mut extras: Vec<Arc<str>> = parsed.extras.iter().map(|extra| extra.to_string().into()).collect();
    extras.sort();
    extras.dedup();
    Ok(Requirement { name: written.into(), extras, wants, marker: parsed.marker })
}

/// The names of a requirement by PEP 508, checked here because the parser takes `name-` for one and then panics.
fn check_names(text: &str) -> Result<(), String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let ends_well = |name: &str| {
        let alphanumeric = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        alphanumeric(name.chars().next()) && alphanumeric(name.chars().next_back())
    };
    let text = text.trim_start();
    let rest = text.trim_start_matches(is_part);
    let name = text.get(..text.len() - rest.len()).unwrap_or_default();
    if !ends_well(name) {
        return Err("expected a package name that starts and ends with a letter or a digit".to_owned());
    }
    let Some(extras) = rest.trim_start().strip_prefix('[') else { return Ok(()) };
    let extras = extras.split(']').next().unwrap_or_default();
    for extra in extras.split(',').map(str::trim).filter(|extra| !extra.is_empty()) {
        if !extra.chars().all(is_part) || !ends_well(extra) {
            return Err("expected names of extras between the brackets".to_owned());
        }
    }
    Ok(())
}

/// Reads a marker; an empty text is always true.
///
/// # Errors
/// What is wrong, in English.
pub fn parse_marker(text: &str) -> Result<MarkerTree, String> {
    if text.trim().is_empty() {
        return Ok(MarkerTree::TRUE);
    }
    check_size(text)?;
    MarkerTree::parse_str::<VerbatimUrl>(text).map_err(|error| error.message.to_string())
}

/// The first `${NAME}` that pip would take from the environment.
pub fn variable_in(text: &str) -> Option<Arc<str>> {
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        rest = rest.get(at + 2..)?;
        let name = rest.split('}').next().unwrap_or_default();
        let fits = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        if !name.is_empty() && name.len() < rest.len() && name.chars().all(fits) {
            return Some(name.into());
        }
    }
    None
}

/// `name[extras] @ url` cut at its `@`.
fn named_link(text: &str) -> Option<(&str, &str)> {
    let (head, tail) = text.split_once('@')?;
    let name = head.split('[').next().unwrap_or_default().trim();
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    (is_name && !tail.trim().is_empty()).then(|| (head.trim(), tail.trim()))
}

/// A URL or path and the marker behind it; the semicolon of a marker follows white space.
fn split_marker(text: &str) -> (&str, &str) {
    match text.find(" ;").or_else(|| text.find("; ")) {
        Some(at) => {
            let (place, marker) = text.split_at(at);
            (place.trim(), marker.trim_start().trim_start_matches(';').trim())
        }
        None => (text.trim(), ""),
    }
}

/// A path may end in extras: `./package[dev]`.
fn split_extras(text: &str) -> (&str, Vec<Arc<str>>) {
    match text.strip_suffix(']').and_then(|text| text.rsplit_once('[')) {
        Some((place, extras)) if !place.is_empty() => {
            let mut extras: Vec<Arc<str>> =
                extras.split(',').map(normalised).filter(|extra| !extra.is_empty()).map(Arc::from).collect();
            extras.sort();
            (place, extras)
        }
        _ => (text, Vec::new()),
    }
}

const ARCHIVES: [&str; 7] = [".whl", ".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz", ".tar"];

/// Schemes that pip takes for a URL; those of version control systems have a `+` behind their name.
const SCHEMES: [&str; 6] = ["http", "https", "file", "ftp", "ssh", "git"];

/// What pip takes for a URL or a path instead of a name.
fn looks_like_link(text: &str) -> bool {
    let first = text.split_whitespace().next().unwrap_or_default();
    let head = first.split(['[', ';', '#']).next().unwrap_or_default();
    if let Some((scheme, _)) = first.split_once("://") {
        let name = scheme.split('+').next().unwrap_or_default();
        return SCHEMES.contains(&scheme) || ["git", "hg", "svn", "bzr"].contains(&name);
    }
    first.starts_with("file:")
        || first.starts_with('.')
        || first.starts_with('/')
        || head.contains('/')
        || ARCHIVES.iter().any(|ending| head.ends_with(ending))
}

/// What may be shown of a URL or path: no credentials, no query, no fragment.
pub fn link(text: &str) -> Link {
    let place = text.split('#').next().unwrap_or_default();
    let kind = match place.split_once("://") {
        Some(("file", _)) => LinkKind::Path,
        Some((scheme, _)) if scheme.contains('+') || ["git", "svn", "hg", "ssh"].contains(&scheme) => {
            LinkKind::Vcs
        }
        Some(_) => LinkKind::Url,
        None if place.starts_with("git@") => LinkKind::Vcs,
        None => LinkKind::Path,
    };
    let place = place.split('?').next().unwrap_or_default();
    let shown = match user_info(place) {
        Some(range) => {
            let (before, after) = (place.get(..range.start), place.get(range.end..));
            format!("{}{}", before.unwrap_or_default(), after.unwrap_or_default().trim_start_matches('@'))
        }
        None => place.to_owned(),
    };
    let version = file_name_parts(&shown).and_then(|(_, version)| Version::from_str(&version).ok());
    Link { kind, shown: shown.into(), version }
}

/// Where `user:password` stands in a URL, without the `@`.
fn user_info(url: &str) -> Option<std::ops::Range<usize>> {
    let from = url.find("://")? + 3;
    let authority = url.get(from..)?.split(['/', '?', '#']).next()?;
    let at = authority.rfind('@')?;
    Some(from..from + at)
}

/// Where a URL holds credentials that are written out, as a range of `url`. A variable is none, and neither is the
/// account under which a code host is reached over SSH.
pub fn secret_in_url(url: &str) -> Option<std::ops::Range<usize>> {
    if let Some(range) = user_info(url) {
        let info = url.get(range.clone()).unwrap_or_default();
        let (user, password) = info.split_once(':').map_or((info, None), |(user, word)| (user, Some(word)));
        let literal = |text: &str| {
            !text.is_empty() && variable_in(text).is_none() && !text.starts_with('$') && !text.contains("{{")
        };
        let is_account =
            ["git", "hg", "svn", "oauth2", "__token__"].contains(&user) || url.contains("ssh://");
        if let Some(password) = password.filter(|password| literal(password)) {
            return Some(range.end - password.len()..range.end);
        }
        // A token may stand in the place of the user.
        if password.is_none_or(str::is_empty) && !is_account && literal(user) {
            return Some(range.start..range.start + user.len());
        }
    }
    let query = url.find('?')?;
    for (key, at) in ["token=", "password=", "secret=", "api_key=", "apikey=", "access_token="]
        .iter()
        .filter_map(|key| url.to_ascii_lowercase().get(query..)?.find(key).map(|at| (key, query + at)))
    {
        let from = at + key.len();
        let value = url.get(from..).unwrap_or_default().split(['&', '#']).next().unwrap_or_default();
        if !value.is_empty() && variable_in(value).is_none() {
            return Some(from..from + value.len());
        }
    }
    None
}

/// The credentials of the first URL in `text`, as a span of the file; `at` is where `text` starts in it.
pub fn secret_span(text: &str, at: u32) -> Option<Span> {
    let mut from = 0;
    for word in text.split([' ', '\t', '"', '\'']) {
        if let Some(range) = word.contains("://").then(|| secret_in_url(word)).flatten() {
            let start = at + (from + range.start) as u32;
            return Some(Span { start, end: start + range.len() as u32 });
        }
        from += word.len() + 1;
    }
    None
}

/// What stands in the place of credentials in documentation.
const PLACEHOLDERS: [&str; 9] =
    ["password", "passwd", "pass", "pwd", "token", "secret", "user", "username", "xxx"];

/// The credentials of every URL of a file, whatever stands around it: a comment, a command, a line that cannot be read.
/// Placeholders are left out.
pub fn secret_spans(text: &str) -> Vec<Span> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| rest.find("://")).map(|at| from + at) {
        let before = text.get(..at).unwrap_or_default();
        let start = before.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || "+-.".contains(c)).len();
        let url = text.get(start..).unwrap_or_default();
        let url = url.split(|c: char| c.is_whitespace() || "\"'`|,".contains(c)).next().unwrap_or_default();
        if let Some(range) = secret_in_url(url) {
            let secret = url.get(range.clone()).unwrap_or_default();
            let lower = secret.to_ascii_lowercase();
            let is_placeholder = PLACEHOLDERS.contains(&lower.as_str())
                || secret.starts_with(['<', '{', '[', '%'])
                || secret.chars().all(|c| "*.x".contains(c));
            if !is_placeholder {
                let (first, last) = ((start + range.start) as u32, (start + range.end) as u32);
                found.push(Span { start: first, end: last });
            }
        }
        from = at + 3;
    }
    found
}

/// Scheme and host of a URL; a path stays as it is.
pub fn host(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{host}")
}

/// The name behind `#egg=`, without extras and version.
fn egg_name(url: &str) -> Option<String> {
    let fragment = url.split_once('#')?.1;
    let egg = fragment.split('&').find_map(|part| part.strip_prefix("egg="))?;
    let name: String = egg.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c)).collect();
    (!name.is_empty()).then_some(name)
}

/// Name and version that the file name of an sdist or wheel tells.
fn file_name_parts(place: &str) -> Option<(String, String)> {
    let file = place.rsplit('/').next()?;
    let ending = ARCHIVES.iter().find(|ending| file.ends_with(**ending))?;
    let stem = file.strip_suffix(ending)?;
    let (name, version) = if *ending == ".whl" {
        let mut parts = stem.split('-');
        (parts.next()?, parts.next()?)
    } else {
        stem.rsplit_once('-')?
    };
    Version::from_str(version).ok().map(|_| (name.to_owned(), version.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wants(text: &str) -> Wants {
        parse(text, true).unwrap().wants
    }

    #[test]
    fn misspelt_signs() {
        let cases = [
            ("redis=4.4.4", Some("redis==4.4.4")),
            ("redis = 4.4.4", Some("redis == 4.4.4")),
            ("redis=>4,=<5; python_version>='3'", Some("redis>=4,<=5; python_version>='3'")),
            ("redis＝＝4.4.4", Some("redis==4.4.4")),
            ("Django>=4.2，<5", Some("Django>=4.2,<5")),
            ("redis==4.4.4", None),
            ("redis^4.4", None),
            ("redis=four", None),
            ("--no-such-option", None),
            ("redis=4.4.4 # 说明", None),
        ];
        for (text, expected) in cases {
            assert_eq!(respelt(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn names_extras_versions_and_markers() {
        let one = parse("Celery[Redis,sqs] >= 5.3 , < 6 ; python_version >= '3.8'", true).unwrap();
        assert_eq!(&*one.name, "Celery");
        assert_eq!(one.extras, [Arc::<str>::from("redis"), Arc::from("sqs")]);
        assert_eq!(one.wants, Wants::Versions(VersionSpecifiers::from_str(">=5.3,<6").unwrap()));
        assert!(!one.marker.is_true());
        assert!(parse("foo==1.0#notacomment", true).is_err());
        assert!(parse("The system shall use Django == great.", true).is_err());
    }

    #[test]
    fn links_keep_no_credentials() {
        let Wants::Link(found) = wants("x @ https://user:pa55@h.example/x-1.2.tar.gz?token=abc#sha256=1")
        else {
            panic!()
        };
        assert_eq!(&*found.shown, "https://h.example/x-1.2.tar.gz");
        assert_eq!(found.version, Some(Version::new([1, 2])));
        let one = parse("git+https://github.com/x/y.git@v1.0#egg=django-y&subdirectory=src", true).unwrap();
        assert_eq!(&*one.name, "django-y");
        assert!(matches!(one.wants, Wants::Link(Link { kind: LinkKind::Vcs, .. })));
        let one = parse("./vendor/pkg-1.0-py3-none-any.whl", true).unwrap();
        assert_eq!(&*one.name, "pkg");
        assert!(matches!(one.wants, Wants::Link(Link { kind: LinkKind::Path, .. })));
        assert_eq!(&*parse(".", true).unwrap().name, "");
        assert!(parse(".", false).is_err());
    }

    #[test]
    fn variables_are_not_known() {
        assert_eq!(wants("django==${DJANGO}"), Wants::Variable("DJANGO".into()));
        assert_eq!(wants("x @ https://${TOKEN}@h/x.zip"), Wants::Variable("TOKEN".into()));
        assert_eq!(variable_in("$HOME ${lower} ${}"), None);
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in r"[a-z0-9=\-_.~<>!#@:/ ,;\[\]()'$é*+]{0,40}") {
            let _ = parse(&text, true);
            let _ = parse(&text, false);
        }

        #[test]
        fn no_specifier_makes_it_panic(text in r"a(\[[a-z\-,. ]{0,8}\])? ?(==|~=|>=|<|!=|===)[0-9a-z.*+\-! ]{0,12}( ?; ?[a-z_ '=<>.0-9()]{0,20})?") {
            let _ = parse(&text, true);
        }
    }

    #[test]
    fn secrets_are_found_wherever_a_url_stands() {
        let text = "# old: https://deploy:s3cret@example.org/simple\n\
                    RUN pip install -i=https://t0ken@example.org/simple \"https://a:b1@c/d?x\"\n\
                    --index-url \"https://u:open@h\n\
                    https://user:password@example.org https://<user>:<password>@h https://${U}:${P}@h git+ssh://git@h/x\n";
        let found: Vec<&str> =
            secret_spans(text).iter().map(|span| &text[span.start as usize..span.end as usize]).collect();
        assert_eq!(found, ["s3cret", "t0ken", "b1", "open"]);
    }

    #[test]
    fn what_is_a_secret() {
        let secret = |url: &str| secret_in_url(url).map(|range| url[range].to_owned());
        assert_eq!(secret("https://user:pa55@h/simple").as_deref(), Some("pa55"));
        assert_eq!(secret("https://ghp_abc@github.com/x").as_deref(), Some("ghp_abc"));
        assert_eq!(secret("https://h/simple?token=abc&x=1").as_deref(), Some("abc"));
        for harmless in [
            "https://h/simple",
            "https://${USER}:${PASSWORD}@h/simple",
            "https://user:${PASSWORD}@h/simple",
            "git+ssh://git@github.com/x/y.git",
            "git+https://git@github.com/x/y.git",
        ] {
            assert_eq!(secret(harmless), None, "{harmless}");
        }
        let line = "--index-url https://user:pa55@h/simple";
        let span = secret_span(line, 100).unwrap();
        assert_eq!(&line[span.start as usize - 100..span.end as usize - 100], "pa55");
    }
}
