//! Tables for people: columns as wide as terminals show them, where a Chinese character takes two places.

use unicode_width::UnicodeWidthStr as _;

use super::failure::Failure;
use super::voice::Voice;

/// Places that an elastic column keeps whatever the terminal.
const ELASTIC_LEAST: usize = 12;
/// Places that it keeps beside the last column; with fewer, titles say too little, and that column
/// goes on lines of its own.
const ELASTIC_BESIDE: usize = 24;
/// What stands between two columns.
const BETWEEN: &str = "  ";

/// Rows under headings.
pub struct Table {
    heads: Vec<String>,
    rows: Vec<Vec<String>>,
    /// The column that gives way where the terminal is too narrow.
    elastic: Option<usize>,
}

impl Table {
    /// An empty table under these headings.
    pub fn new(heads: impl IntoIterator<Item = String>) -> Self {
        Self { heads: heads.into_iter().collect(), rows: Vec::new(), elastic: None }
    }

    /// An empty table of so many columns without headings.
    pub fn bare(columns: usize) -> Self {
        Self::new(std::iter::repeat_n(String::new(), columns))
    }

    /// An empty table of names and what they stand for.
    pub fn facts() -> Self {
        Self::bare(2)
    }

    /// On a terminal that is too narrow, this column (from 0) is cut, and no other.
    pub fn elastic(self, column: usize) -> Self {
        Self { elastic: Some(column), ..self }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().map(|cell| visible(&cell)).collect());
    }

    /// True if it has this row already.
    pub fn has(&self, row: &[String]) -> bool {
        self.rows.iter().any(|known| known == row)
    }

    /// True if it has no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Writes the table out.
    ///
    /// # Errors
    /// Nobody reads any more, or the output cannot be written.
    pub fn print(&self, voice: &Voice) -> Result<(), Failure> {
        if self.is_empty() {
            // Headings over nothing look as if something had failed.
            voice.remark("list.empty", &[]);
            return Ok(());
        }
        let skipped = usize::from(self.heads.iter().all(String::is_empty));
        self.lines(voice).iter().skip(skipped).try_for_each(|line| voice.line(line))
    }

    /// Writes the table to standard error: what it says is no result.
    pub fn tell(&self, voice: &Voice) {
        self.lines(&voice.of_remarks()).iter().for_each(|line| voice.tell(line));
    }

    /// The table as lines, without blanks at their ends. Where even a narrow elastic column does not
    /// let it fit, the last column (an id, as a rule) stands on lines of its own.
    pub fn lines(&self, voice: &Voice) -> Vec<String> {
        let mut widths: Vec<usize> = (0..self.heads.len())
            .map(|column| {
                let cells = self.rows.iter().filter_map(|row| row.get(column));
                self.heads.get(column).into_iter().chain(cells).map(|cell| cell.width()).max().unwrap_or(0)
            })
            .collect();
        if let Some(most) = voice.width {
            let mut narrowed = widths.clone();
            self.give_way(&mut narrowed, most, ELASTIC_BESIDE);
            if places(&narrowed) > most && widths.len() > 2 {
                widths.pop();
                self.give_way(&mut widths, most, ELASTIC_LEAST);
            } else {
                widths = narrowed;
            }
        }
        let head = laid_out(&self.heads, &widths).into_iter().map(|line| voice.strong(&line));
        head.chain(self.rows.iter().flat_map(|row| laid_out(row, &widths))).collect()
    }

    /// Narrows the elastic column until a line fits into `most` places, or it is as narrow as it gets.
    fn give_way(&self, widths: &mut [usize], most: usize, least: usize) {
        let over = places(widths).saturating_sub(most);
        if let Some(width) = self.elastic.and_then(|column| widths.get_mut(column)) {
            let least = (*width).min(least);
            *width = width.saturating_sub(over).max(least);
        }
    }
}

/// The places that columns of these widths take.
fn places(widths: &[usize]) -> usize {
    widths.iter().sum::<usize>() + BETWEEN.len() * widths.len().saturating_sub(1)
}

/// A row on one line, and what has no column on a second one.
fn laid_out(cells: &[String], widths: &[usize]) -> Vec<String> {
    let padded = cells.iter().zip(widths).map(|(cell, width)| {
        let cell = shortened(cell, *width);
        let blanks = " ".repeat(width.saturating_sub(cell.width()));
        format!("{cell}{blanks}")
    });
    let first = padded.collect::<Vec<_>>().join(BETWEEN).trim_end().to_owned();
    let rest = cells.get(widths.len()).filter(|cell| !cell.is_empty());
    std::iter::once(first).chain(rest.map(|cell| format!("    {cell}"))).collect()
}

/// The text with control and text-direction characters made harmless: a title must not steer a terminal.
pub fn visible(text: &str) -> String {
    text.chars().map(|c| if steers(c) { '\u{fffd}' } else { c }).collect()
}

/// The same of a text of several lines: their ends and tabulators stay.
pub fn visible_lines(text: &str) -> String {
    let shown = |c| if steers(c) && !matches!(c, '\n' | '\t') { '\u{fffd}' } else { c };
    text.chars().map(shown).collect()
}

/// True if a terminal would obey it, or show something else than what stands there.
fn steers(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
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

    #[test]
    fn what_a_document_says_to_a_terminal_is_shown_and_not_obeyed() {
        assert_eq!(visible_lines("a\u{1b}]0;x\u{7}\tb\r\n中"), "a\u{fffd}]0;x\u{fffd}\tb\u{fffd}\n中");
    }
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
    fn on_a_narrow_terminal_one_column_gives_way() {
        let mut table = Table::new(["kind".to_owned(), "title".to_owned(), "id".to_owned()]).elastic(1);
        table.row(["ticket".to_owned(), "屏幕闪烁故障报修登记单（二号机房）".to_owned(), "0197".to_owned()]);
        let environment = Environment { no_color: true, ..Environment::default() };
        let mut voice = Voice::new(None, false, &environment);
        voice.width = Some(38);
        let lines = table.lines(&voice);
        let head = "kind    title                     id";
        assert_eq!(lines, [head, "ticket  屏幕闪烁故障报修登记单…   0197"].map(str::to_owned));
        voice.width = Some(24);
        let lines = table.lines(&voice);
        assert_eq!(lines, ["kind    title", "    id", "ticket  屏幕闪烁故障报…", "    0197"]);
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
