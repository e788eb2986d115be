//! Text and figures as they may stand in a page. Everything of the repository goes through [`Plain`]: what nobody sees
//! or what changes the direction of a line is made visible, and maud escapes the rest.

use maud::{Markup, Render, html};

use crate::findings::Bilingual;
use crate::report::visible;

/// Text of unknown origin on one line.
pub(crate) struct Plain<'a>(pub(crate) &'a str);

impl Render for Plain<'_> {
    fn render_to(&self, buffer: &mut String) {
        visible::line(self.0).as_ref().render_to(buffer);
    }
}

/// Text of unknown origin that may have lines of its own.
pub(crate) struct Lines<'a>(pub(crate) &'a str);

impl Render for Lines<'_> {
    fn render_to(&self, buffer: &mut String) {
        for (at, line) in visible::lines(self.0).lines().enumerate() {
            if at > 0 {
                // Not a line break: a row of the list of findings is one line of the file.
                buffer.push_str("<br>");
            }
            line.render_to(buffer);
        }
    }
}

/// A text in both languages, of which the page shows one; once where both are the same.
pub(crate) fn both(text: &Bilingual) -> Markup {
    if text.en == text.zh {
        return html! { (Plain(&text.en)) };
    }
    html! { span lang="en" { (Plain(&text.en)) } span lang="zh" { (Plain(&text.zh)) } }
}

/// As [`both`], for a text that may have lines of its own.
pub(crate) fn both_lines(text: &Bilingual) -> Markup {
    if text.en == text.zh {
        return html! { (Lines(&text.en)) };
    }
    html! { span lang="en" { (Lines(&text.en)) } span lang="zh" { (Lines(&text.zh)) } }
}

/// As [`both`], for the page's own words.
pub(crate) fn say(en: &str, zh: &str) -> Markup {
    html! { span lang="en" { (en) } span lang="zh" { (zh) } }
}

/// A figure that the JSON of the same run holds as well: `query` says where. Names between `/` lead down, `*` goes
/// through a list, `[key=value]` behind a name or `*` keeps the entries that have it; a list counts as its length. A
/// test holds every figure of a page to the JSON.
pub(crate) fn figure(query: &str, value: impl std::fmt::Display) -> Markup {
    html! { span data-json=(query) { (value) } }
}
