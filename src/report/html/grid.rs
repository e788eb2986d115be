//! Tables whose colours say what their numbers say: findings by app, risks.

use maud::{Markup, html};

use super::{Tone, scroll};

/// A table of numbers.
pub(crate) struct Grid {
    /// Its address in the page.
    pub(crate) id: &'static str,
    /// Its heading.
    pub(crate) caption: Markup,
    /// What the rows are.
    pub(crate) corner: Markup,
    /// Headings of the columns.
    pub(crate) columns: Vec<Markup>,
    /// Rows: a heading and a cell for each column.
    pub(crate) rows: Vec<(Markup, Vec<Cell>)>,
}

/// A cell.
pub(crate) struct Cell {
    /// What stands in it.
    pub(crate) text: Markup,
    /// Its colour; none for a cell that says nothing.
    pub(crate) class: Option<&'static str>,
}

impl Cell {
    /// A number in the colour of what it counts; nothing for none.
    pub(crate) fn count(n: usize, text: Markup, tone: Tone) -> Self {
        Self { text, class: (n > 0).then(|| tone.class()) }
    }
}

impl Grid {
    /// The table.
    pub(crate) fn markup(&self) -> Markup {
        let heading = format!("{}-caption", self.id);
        let table = html! {
            table.grid aria-labelledby=(heading) {
                thead { tr { th scope="col" { (self.corner) } @for column in &self.columns { th scope="col" { (column) } } } }
                tbody {
                    @for (name, cells) in &self.rows {
                        tr { th scope="row" { (name) } @for cell in cells { td class=[cell.class] { (cell.text) } } }
                    }
                }
            }
        };
        html! { figure { figcaption id=(heading) { (self.caption) } (scroll(&heading, &table)) } }
    }
}

/// A number in a colour that grows with it, on a scale of which `most` is the end.
pub(crate) fn heat(n: usize, most: usize, text: Markup) -> Cell {
    const LEVELS: [&str; 5] = ["h1", "h2", "h3", "h4", "h5"];
    let class = (n > 0).then(|| {
        // By its logarithm: one app with a thousand must not make all others look alike.
        let share = ((n + 1) as f64).ln() / ((most.max(n) + 1) as f64).ln();
        let level = (share * LEVELS.len() as f64).ceil() as usize;
        LEVELS[level.clamp(1, LEVELS.len()) - 1]
    });
    Cell { text, class }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_grow_with_numbers() {
        let class = |n, most| heat(n, most, html! {}).class;
        assert_eq!(class(0, 10), None);
        assert_eq!(class(1, 1), Some("h5"));
        assert_eq!(class(10, 10), Some("h5"));
        assert_eq!(class(1, 1_000), Some("h1"));
        assert_eq!(class(30, 1_000), Some("h3"));
    }
}
