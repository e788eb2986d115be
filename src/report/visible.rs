//! Makes text of unknown origin safe to show: no terminal sequence, no hidden character, no line of its own.

use std::borrow::Cow;

/// How one character is shown.
pub(super) enum Shown {
    /// As it is.
    Same,
    /// As another character: control characters have pictures.
    Picture(char),
    /// As its escape, `\u{202e}`.
    Escape,
}

/// How `c` is shown.
pub(super) fn shown(c: char) -> Shown {
    match c {
        // C0 controls have pictures at the same offset in the block U+2400.
        '\0'..='\u{1f}' => char::from_u32(0x2400 + c as u32).map_or(Shown::Escape, Shown::Picture),
        '\u{7f}' => Shown::Picture('\u{2421}'),
        // C1 controls (some terminals obey them), separators that break lines, characters that change the direction
        // of what follows, characters that nobody sees. The zero-width joiner stays: emoji are written with it.
        '\u{80}'..='\u{9f}'
        | '\u{ad}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'
        | '\u{200e}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}' => Shown::Escape,
        _ => Shown::Same,
    }
}

/// Appends `c` as it is shown.
pub(super) fn push(out: &mut String, c: char) {
    match shown(c) {
        Shown::Same => out.push(c),
        Shown::Picture(picture) => out.push(picture),
        Shown::Escape => out.extend(c.escape_unicode()),
    }
}

/// `text` on one line, with everything that is not plain text made visible. `##[` and `##vso[` are taken apart: build
/// servers run them as commands wherever they stand in a line.
pub(crate) fn line(text: &str) -> Cow<'_, str> {
    if text.chars().all(|c| matches!(shown(c), Shown::Same)) && !text.contains("##") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for (at, c) in text.char_indices() {
        if starts_command(&text[..at], &text[at..]) {
            out.push(' ');
        }
        push(&mut out, c);
    }
    Cow::Owned(out)
}

/// Whether `after` is the second `#` of a command such as `##[error]` or `##vso[`.
pub(super) fn starts_command(before: &str, after: &str) -> bool {
    before.ends_with('#')
        && after
            .strip_prefix('#')
            .is_some_and(|rest| rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric()).starts_with('['))
}

/// As [`line`], for a text that may have lines of its own (help). A line that starts with `::` would be a command to
/// the runner of GitHub Actions; its colons are taken apart.
pub(crate) fn lines(text: &str) -> String {
    let shown = |text| match line(text) {
        command if command.trim_start().starts_with("::") => command.replacen("::", ": :", 1),
        plain => plain.into_owned(),
    };
    text.lines().map(shown).collect::<Vec<_>>().join("\n")
}

/// At most `limit` characters of `text`; an ellipsis takes the place of the last one when there are more.
pub(crate) fn cut(text: &str, limit: usize) -> Cow<'_, str> {
    match text.char_indices().nth(limit) {
        None => Cow::Borrowed(text),
        Some(_) => {
            let keep: String = text.chars().take(limit.saturating_sub(1)).collect();
            Cow::Owned(format!("{}…", keep.trim_end()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_pictures_and_hidden_ones_escapes() {
        assert_eq!(line("a\u{1b}[31mb\r\nc\td"), "a␛[31mb␍␊c␉d");
        assert_eq!(line("a\u{9b}1m\u{202e}\u{feff}b\u{7f}"), "a\\u{9b}1m\\u{202e}\\u{feff}b␡");
        assert_eq!(line("中文 👨\u{200d}👩"), "中文 👨\u{200d}👩");
    }

    #[test]
    fn commands_of_build_servers_are_taken_apart() {
        assert_eq!(line("x ##[error]y ##vso[task] ## heading"), "x # #[error]y # #vso[task] ## heading");
        assert_eq!(line("###[group]"), "## #[group]");
    }

    #[test]
    fn long_texts_are_cut_at_characters() {
        assert_eq!(cut("中文字", 3), "中文字");
        assert_eq!(cut("中文字符", 3), "中文…");
    }
}
