//! Tables for people: columns as wide as terminals show them, where a Chinese character takes two places.

use unicode_width::UnicodeWidthStr as _;

use super::voice::Voice;

/// Rows under headings.
pub struct Table {
    heads: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty table under these headings.
    pub fn new(heads: impl IntoIterator<Item = String>) -> Self {
        Self { heads: heads.into_iter().collect(), rows: Vec::new() }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().map(|cell| visible(&cell)).collect());
    }

    /// The table as lines, without blanks at their ends.
    pub fn lines(&self, voice: &Voice) -> Vec<String> {
        let widths: Vec<usize> = (0..self.heads.len())
            .map(|column| {
                let cells = self.rows.iter().filter_map(|row| row.get(column));
                self.heads.get(column).into_iter().chain(cells).map(|cell| cell.width()).max().unwrap_or(0)
            })
            .collect();
        let line = |cells: &[String]| {
            let padded = cells
                .iter()
                .zip(&widths)
                .map(|(cell, width)| format!("{cell}{}", " ".repeat(width.saturating_sub(cell.width()))));
            padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        };
        let head = voice.strong(&line(&self.heads));
        std::iter::once(head).chain(self.rows.iter().map(|row| line(row))).collect()
    }
}

/// The text with control and text-direction characters made harmless: a title must not steer a terminal.
pub fn visible(text: &str) -> String {
    let steers = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if steers(c) { '\u{fffd}' } else { c }).collect()
}

/// The beginning of a text that fits into `width` places, with … where something is left out.
pub fn shortened(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    for c in text.chars() {
        kept.push(c);
        if kept.width() + 1 > width {
            kept.pop();
            break;
        }
    }
    kept.push('…');
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::environment::Environment;

    #[test]
    fn columns_stand_under_each_other_whatever_the_script() {
        let mut table = Table::new(["kind".to_owned(), "title".to_owned(), "case".to_owned()]);
        table.row(["ticket".to_owned(), "屏幕闪烁".to_owned(), "A".to_owned()]);
        table.row(["验收单".to_owned(), "Report".to_owned(), "B".to_owned()]);
        let voice = Voice::new(None, false, &Environment { no_color: true, ..Environment::default() });
        let lines = table.lines(&voice);
        assert_eq!(lines, ["kind    title     case", "ticket  屏幕闪烁  A", "验收单  Report    B"]);
    }

    #[test]
    fn a_title_does_not_steer_the_terminal() {
        assert_eq!(visible("a\u{1b}[2Jb\u{202e}c\n"), "a\u{fffd}[2Jb\u{fffd}c\u{fffd}");
    }

    #[test]
    fn a_long_text_ends_where_the_column_does() {
        assert_eq!(shortened("屏幕闪烁故障", 7), "屏幕闪…");
        assert_eq!(shortened("abc", 3), "abc");
        assert_eq!(shortened("abcd", 3), "ab…");
    }
}
