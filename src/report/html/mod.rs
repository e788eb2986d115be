//! A page for a meeting: one file that loads nothing, readable without scripts, in both languages.
//!
//! [`Page`] is the frame that `check`, `plan` and `gate` share; each fills it with sections in the order of the upgrade
//! guide of the BlueKing log platform. Pictures come from libraries (`dugong` lays graphs out, `plotters` draws the
//! timeline) and have a table beside them. What may run or apply is only what the policy of the page names by its hash.

mod check;
mod findings;
mod graph;
mod grid;
pub(crate) mod sql;
mod text;
mod timeline;

use std::io::{self, Write};

use base64::Engine as _;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};

use crate::findings::{Bilingual, Lang};
use crate::report::visible;

pub(super) use check::write;
#[cfg(feature = "gate")]
pub(crate) use findings::{by_app, register};
pub(crate) use graph::{Edge, Node, edges, graph};
pub(crate) use grid::{Cell, Grid, heat};
pub(crate) use text::{Plain, both, figure, say};
pub(crate) use timeline::{Bar, Lane, Timeline, timeline};

static STYLE: &str = include_str!("report.css");
static SCRIPT: &str = include_str!("report.js");

/// How something stands, as a colour and never as a colour alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// In the way.
    Bad,
    /// To look at.
    Warn,
    /// Good to know.
    Info,
    /// In order.
    Good,
    /// Not known.
    Unknown,
    /// Nothing to say, or left out.
    Off,
}

impl Tone {
    /// The class of the style sheet.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Bad => "bad",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Good => "good",
            Self::Unknown => "unk",
            Self::Off => "off",
        }
    }
}

/// A word with its colour.
pub(crate) fn badge(tone: Tone, en: &str, zh: &str) -> Markup {
    html! { span class={ "s " (tone.class()) } { (say(en, zh)) } }
}

/// What the page says first.
pub(crate) struct Verdict {
    /// Its colour.
    pub(crate) tone: Tone,
    /// In a few words.
    pub(crate) word: Markup,
    /// Why, and what stands in the way.
    pub(crate) why: Markup,
}

/// A number that a meeting asks for.
pub(crate) struct Tile {
    /// Its colour.
    pub(crate) tone: Tone,
    /// What it counts.
    pub(crate) label: Markup,
    /// The number.
    pub(crate) value: Markup,
}

/// A section.
pub(crate) struct Section {
    /// Its address in the page.
    pub(crate) id: &'static str,
    /// Its heading.
    pub(crate) title: (&'static str, &'static str),
    /// What stands in it.
    pub(crate) body: Markup,
}

/// The sections of the guide, in its order, by their address.
pub(crate) const GUIDE: [(&str, (&str, &str)); 7] = [
    ("environment", ("Environment", "环境检查")),
    ("dependencies", ("Dependencies", "依赖包")),
    ("backup", ("Backup", "数据备份")),
    ("migrations", ("Migrations", "迁移检查")),
    ("risk", ("Risk and emergency plan", "风险评估与应急预案")),
    ("window", ("Window", "升级窗口")),
    ("components", ("Components", "组件依赖")),
];

/// A section of the guide; none where there is nothing to say. Its address must be one of [`GUIDE`].
pub(crate) fn guide(id: &'static str, body: Option<Markup>) -> Option<Section> {
    let (_, title) = *GUIDE.iter().find(|(name, _)| *name == id)?;
    body.map(|body| Section { id, title, body })
}

/// Why a section of the guide has nothing: what would fill it.
pub(crate) fn elsewhere(en: &str, zh: &str) -> Markup {
    html! { p.muted { (say(en, zh)) } }
}

/// A page.
pub(crate) struct Page {
    /// The language that it opens in.
    pub(crate) lang: Lang,
    /// What kind of report it is.
    pub(crate) kind: (&'static str, &'static str),
    /// What it is about.
    pub(crate) title: Bilingual,
    /// What it says first.
    pub(crate) verdict: Verdict,
    /// The numbers below that.
    pub(crate) tiles: Vec<Tile>,
    /// What was looked at, with which versions: names and values.
    pub(crate) facts: Vec<(Markup, Markup)>,
    /// The sections.
    pub(crate) sections: Vec<Section>,
}

impl Page {
    /// Writes the page.
    ///
    /// # Errors
    /// Those of `out`.
    pub(crate) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(self.markup().into_string().as_bytes())?;
        out.write_all(b"\n")
    }

    fn markup(&self) -> Markup {
        let lang = match self.lang {
            Lang::En => "en",
            Lang::Zh => "zh",
        };
        let title = |lang| format!("{} · {}", visible::line(self.title.get(lang)), env!("CARGO_PKG_NAME"));
        let (en, zh) = (title(Lang::En), title(Lang::Zh));
        html! {
            (DOCTYPE)
            html lang=(lang) data-en=(en) data-zh=(zh) {
                head {
                    meta charset="utf-8";
                    meta http-equiv="Content-Security-Policy" content=(policy());
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="referrer" content="no-referrer";
                    meta name="color-scheme" content="light dark";
                    meta name="generator" content=(concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")));
                    title { (title(self.lang)) }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    a.skip href="#main" { (say("Skip to the verdict", "跳到结论")) }
                    header { div.wide { p.brand { (env!("CARGO_PKG_NAME")) " " span { (say(self.kind.0, self.kind.1)) } } (self.switches()) } }
                    main #main .wide { (self.body()) }
                    footer.wide { (self.foot()) }
                    script { (PreEscaped(SCRIPT)) }
                }
            }
        }
    }

    /// Language and theme: radio buttons that the style sheet looks at, so that they work without scripts.
    fn switches(&self) -> Markup {
        html! {
            div.switches {
                fieldset {
                    legend { (say("Language", "语言")) }
                    label.chip { input #lang-en type="radio" name="lang" value="en" checked[self.lang == Lang::En]; bdi lang="en" { "English" } }
                    label.chip { input #lang-zh type="radio" name="lang" value="zh" checked[self.lang == Lang::Zh]; bdi lang="zh" { "中文" } }
                }
                fieldset {
                    legend { (say("Theme", "主题")) }
                    label.chip { input #theme-auto type="radio" name="theme" checked; (say("System", "跟随系统")) }
                    label.chip { input #theme-light type="radio" name="theme"; (say("Light", "浅色")) }
                    label.chip { input #theme-dark type="radio" name="theme"; (say("Dark", "深色")) }
                }
            }
        }
    }

    fn body(&self) -> Markup {
        let verdict = &self.verdict;
        html! {
            h1 { (both(&self.title)) }
            section class={ "verdict " (verdict.tone.class()) } aria-labelledby="verdict" {
                p.word #verdict { (verdict.word) }
                (verdict.why)
            }
            @if !self.tiles.is_empty() {
                dl.tiles { @for tile in &self.tiles { div class=(tile.tone.class()) { dt { (tile.label) } dd { (tile.value) } } } }
            }
            @if !self.facts.is_empty() {
                dl.facts { @for (name, value) in &self.facts { dt { (name) } dd { (value) } } }
            }
            nav.toc aria-labelledby="toc" {
                p.muted #toc { (say("In this report", "本报告内容")) }
                ul { @for section in &self.sections { li { a href={ "#" (section.id) } { (say(section.title.0, section.title.1)) } } } }
            }
            @for section in &self.sections {
                section aria-labelledby=(section.id) {
                    h2 id=(section.id) { (say(section.title.0, section.title.1)) }
                    (section.body)
                }
            }
        }
    }

    fn foot(&self) -> Markup {
        html! {
            p {
                (env!("CARGO_PKG_NAME")) " " (env!("CARGO_PKG_VERSION")) ". "
                (say(
                    "This file loads nothing and sends nothing; links lead to the pages of rules. The JSON of the same run holds the same figures.",
                    "本文件不加载也不发送任何内容；链接指向规则说明页。同一次运行的 JSON 含有相同的数据。",
                ))
            }
        }
    }
}

/// What the page may do: apply its own style sheet, run its own script, and nothing else.
fn policy() -> String {
    let hash = |text: &str| base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
}

/// A table or picture that scrolls by itself where the window is narrow. `label` is the id of its heading.
pub(crate) fn scroll(label: &str, body: &Markup) -> Markup {
    html! { div.scroll role="group" aria-labelledby=(label) { (body) } }
}

/// The table that says in words what a picture shows.
pub(crate) fn alternative(body: &Markup) -> Markup {
    html! { details.alt { summary { (say("The same as a table", "以表格显示")) } (body) } }
}
