//! The upgrade as a timeline, drawn by `plotters`: lanes with bars over minutes, and the edges of the window.

use maud::{Markup, PreEscaped, html};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use unicode_width::UnicodeWidthChar;

use super::{alternative, say, scroll};
use crate::findings::{Bilingual, Lang};
use crate::report::visible;

/// Width of the picture, of the names of lanes in it, and height of a lane, in the picture's units.
const WIDTH: u32 = 940;
const NAMES: u32 = 260;
const LANE: u32 = 34;

/// Room for the text at an edge of the window.
const EDGE_TEXT: i32 = 150;

/// Columns of a lane's name that are shown; the table has all.
const COLUMNS: usize = 30;

/// What `plotters` draws in, each a colour of its own, and what of the style sheet takes its place: a picture must follow
/// the theme of the page.
const COLORS: [(RGBColor, &str); 7] = [
    (TEXT, "var(--fg)"),
    (GRID, "var(--grid)"),
    (SURE, "var(--bar)"),
    (MOST, "var(--bar-most)"),
    (WAITS, "var(--bar-wait)"),
    (WAITS_MOST, "var(--bar-wait-most)"),
    (EDGE, "var(--edge)"),
];
const TEXT: RGBColor = RGBColor(1, 0, 1);
const GRID: RGBColor = RGBColor(1, 0, 2);
const SURE: RGBColor = RGBColor(1, 0, 3);
const MOST: RGBColor = RGBColor(1, 0, 4);
const WAITS: RGBColor = RGBColor(1, 0, 5);
const EDGE: RGBColor = RGBColor(1, 0, 6);
const WAITS_MOST: RGBColor = RGBColor(1, 0, 7);

/// A stretch of time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bar {
    /// Its begin, in minutes from the begin of the upgrade.
    pub(crate) start: f64,
    /// How long it takes at least.
    pub(crate) low: f64,
    /// How long it takes at most.
    pub(crate) high: f64,
    /// Writes wait meanwhile.
    pub(crate) waits: bool,
}

/// What runs beside other lanes.
pub(crate) struct Lane {
    /// Its name.
    pub(crate) name: Bilingual,
    /// Its bar; none where its length is not known.
    pub(crate) bar: Option<Bar>,
    /// What the table says of it.
    pub(crate) words: Markup,
}

/// A timeline.
pub(crate) struct Timeline {
    /// Its lanes, from top to bottom.
    pub(crate) lanes: Vec<Lane>,
    /// Moments, in minutes from the begin, with what they are.
    pub(crate) edges: Vec<(f64, Bilingual)>,
}

/// The picture with its table. `id` is its address in the page.
pub(crate) fn timeline(id: &str, caption: &Markup, timeline: &Timeline) -> Markup {
    let heading = format!("{id}-caption");
    let picture = |lang, code: &str| {
        html! { @if let Some(svg) = draw(timeline, lang) { div lang=(code) {
            svg width=(WIDTH) height=(svg.1) viewBox={ "0 0 " (WIDTH) " " (svg.1) } role="img" aria-labelledby=(heading) { (PreEscaped(svg.0)) }
        } } }
    };
    let waits = timeline.lanes.iter().any(|lane| lane.bar.is_some_and(|bar| bar.waits));
    html! {
        figure {
            figcaption id=(heading) { (caption) }
            (scroll(&heading, &html! { (picture(Lang::En, "en")) (picture(Lang::Zh, "zh")) }))
            ul.legend {
                li { i.k-bar {} (say("at least", "至少")) }
                li { i.k-most {} (say("at most", "至多")) }
                @if waits { li { i.k-wait {} (say("writes wait", "写入等待")) } li { i.k-wait-most {} (say("writes wait some time in here", "在此期间某一时刻写入等待")) } }
                @if !timeline.edges.is_empty() { li { i.k-edge {} (say("edge of the window", "窗口边界")) } }
            }
            (alternative(&table(timeline)))
        }
    }
}

fn table(timeline: &Timeline) -> Markup {
    html! {
        table.stack {
            thead { tr { th scope="col" { (say("What", "内容")) } th scope="col" { (say("Time", "时间")) } } }
            tbody {
                @for lane in &timeline.lanes { tr { th scope="row" { (super::both(&lane.name)) } td { (lane.words) } } }
                @for (at, what) in &timeline.edges {
                    tr { th scope="row" { (super::both(what)) } td { (say("minute", "第")) " " (at.round()) span lang="zh" { " 分钟" } } }
                }
            }
        }
    }
}

/// The inside of the picture and its height; none when nothing can be drawn.
fn draw(timeline: &Timeline, lang: Lang) -> Option<(String, u32)> {
    let ends = timeline.lanes.iter().filter_map(|lane| lane.bar).map(|bar| bar.start + bar.high);
    let end = ends.chain(timeline.edges.iter().map(|(at, _)| *at)).fold(0.0, f64::max);
    if timeline.lanes.is_empty() || !end.is_finite() || end <= 0.0 {
        return None;
    }
    let height = u32::try_from(timeline.lanes.len()).ok()?.checked_mul(LANE)?.checked_add(84)?;
    let mut svg = String::new();
    paint(timeline, lang, end * 1.04, &mut svg, height).ok()?;
    let inside = svg.split_once('>').and_then(|(_, rest)| rest.rsplit_once("</svg>"))?.0.to_owned();
    let themed = COLORS.iter().fold(inside, |svg, (RGBColor(r, g, b), color)| {
        svg.replace(&format!("\"#{r:02X}{g:02X}{b:02X}\""), &format!("\"{color}\""))
    });
    Some((themed, height))
}

type Drawn = Result<(), Box<dyn std::error::Error>>;

fn paint(timeline: &Timeline, lang: Lang, end: f64, svg: &mut String, height: u32) -> Drawn {
    let area = SVGBackend::with_string(svg, (WIDTH, height)).into_drawing_area();
    let lanes = timeline.lanes.len() as f64;
    let mut chart = ChartBuilder::on(&area)
        .margin_top(26)
        .margin_right(EDGE_TEXT)
        .set_label_area_size(LabelAreaPosition::Left, NAMES)
        .set_label_area_size(LabelAreaPosition::Bottom, 46)
        .build_cartesian_2d(0.0..end, lanes..0.0)?;
    let font = |size: i32| ("sans-serif", size).into_font().color(&TEXT);
    chart
        .configure_mesh()
        .disable_y_mesh()
        .y_labels(0)
        .x_labels(10)
        .x_label_formatter(&|minutes| format!("{}", minutes.round()))
        .axis_style(GRID)
        .bold_line_style(GRID)
        .light_line_style(TRANSPARENT)
        .x_desc(
            Bilingual::new("minutes from the begin of the upgrade", "距升级开始的分钟数")
                .get(lang)
                .to_owned(),
        )
        .label_style(font(15))
        .axis_desc_style(font(15))
        .draw()?;
    for (at, lane) in timeline.lanes.iter().enumerate() {
        let at = at as f64;
        if let Some(bar) = lane.bar {
            let rectangle = |from: f64, to: f64, color: RGBColor| {
                // Even what takes no time must be seen.
                Rectangle::new([(from, at + 0.22), (to.max(from + end / 200.0), at + 0.78)], color.filled())
            };
            let (sure, most) = (bar.start + bar.low, bar.start + bar.high);
            let (color, light) = if bar.waits { (WAITS, WAITS_MOST) } else { (SURE, MOST) };
            if most > sure {
                chart.draw_series([rectangle(sure, most, light)])?;
            }
            if bar.low > 0.0 || most <= sure {
                chart.draw_series([rectangle(bar.start, sure, color)])?;
            }
        }
        let (_, y) = chart.backend_coord(&(0.0, at + 0.5));
        let name = cut(&visible::line(lane.name.get(lang)));
        let style = font(16).pos(Pos::new(HPos::Right, VPos::Center));
        area.draw(&Text::new(name, (i32::try_from(NAMES)? - 10, y), style))?;
    }
    for (n, (at, what)) in timeline.edges.iter().enumerate() {
        chart.draw_series([PathElement::new(vec![(*at, 0.0), (*at, lanes)], EDGE.stroke_width(2))])?;
        let place = |minute: f64| chart.backend_coord(&(minute, 0.0));
        let (x, y) = place(*at);
        // Before its line where the next one is too near for the text.
        let is_near = timeline.edges.get(n + 1).is_some_and(|(next, _)| place(*next).0 - x < EDGE_TEXT);
        let side = if is_near { HPos::Right } else { HPos::Left };
        let style = font(15).pos(Pos::new(side, VPos::Bottom));
        area.draw(&Text::new(visible::line(what.get(lang)).into_owned(), (x, y - 4), style))?;
    }
    area.present()?;
    Ok(())
}

/// As many columns as there is room for.
fn cut(text: &str) -> String {
    let mut columns = 0;
    for (at, c) in text.char_indices() {
        columns += c.width().unwrap_or(0);
        if columns > COLUMNS {
            return format!("{}…", text[..at].trim_end());
        }
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Timeline {
        let lane =
            |name: &str, bar| Lane { name: Bilingual::new(name, "备份"), bar, words: html! { "30" } };
        Timeline {
            lanes: vec![
                lane("backup", Some(Bar { start: 0.0, low: 30.0, high: 30.0, waits: false })),
                lane("<script>\"\u{202e}", Some(Bar { start: 30.0, low: 0.0, high: 60.0, waits: true })),
                lane("not known", None),
            ],
            edges: vec![(120.0, Bilingual::new("end", "结束"))],
        }
    }

    #[test]
    fn colours_are_those_of_the_page_and_names_no_markup() {
        let shown = timeline("t", &html! { "T" }, &sample()).into_string();
        assert!(
            shown.contains("var(--bar)")
                && shown.contains("var(--bar-wait-most)")
                && shown.contains("var(--edge)")
        );
        assert!(!shown.contains("#0100"), "a colour of the page's own is left");
        assert!(!shown.contains("<script") && !shown.contains('\u{202e}'));
        assert!(shown.contains("备份") && shown.contains("backup"));
    }

    #[test]
    fn nothing_to_draw_is_no_picture() {
        assert!(draw(&Timeline { lanes: Vec::new(), edges: Vec::new() }, Lang::En).is_none());
        let mut endless = sample();
        endless.edges.push((f64::INFINITY, Bilingual::default()));
        assert!(draw(&endless, Lang::En).is_none());
    }

    #[test]
    fn names_are_cut_by_their_width() {
        assert_eq!(cut("short"), "short");
        assert_eq!(cut(&"中".repeat(30)).chars().count(), 16);
    }
}
