//! From glyphs to lines and words, in the order of the file and in the order of the page.
//!
//! A value can be broken in one order and whole in the other: text set in columns reads right only in
//! the file's order, and a form that was filled in later only in the page's. Whoever looks for
//! personal data looks at both.

use std::ops::Range;

use zeroize::Zeroizing;

use super::area::Area;
use super::glyph::Glyph;

/// A gap of this many heights of a letter parts words.
const WORD_GAP: f32 = 0.2;
/// Between two Chinese characters, which stand apart anyhow, it takes more.
const WIDE_WORD_GAP: f32 = 0.45;
/// A gap of this many heights parts cells of a row.
const CELL_GAP: f32 = 2.0;
/// A glyph that begins so many heights before the last one's end begins another line.
const BACK: f32 = 1.0;
/// A glyph that begins so close to where a blank begins, in heights, stands in its place.
const SAME_PLACE: f32 = 0.05;
/// Glyphs of one word follow each other this closely, in heights.
const CLOSE: f32 = 0.01;
/// Glyphs whose lines are so many heights apart stand on one line.
const SAME_LINE: f32 = 0.45;

/// Text of a page in one order, and which glyph each stretch of it came from.
#[derive(Default)]
pub(crate) struct Layout {
    /// Lines end with a line feed; words have a blank between them, cells a tab.
    pub(crate) text: Zeroizing<String>,
    /// For each glyph, in the order of the text: its first byte there, and its number.
    pub(crate) marks: Vec<Mark>,
    /// The lines, in the order of the text.
    pub(crate) lines: Vec<Line>,
}

/// A glyph's place in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) glyph: u32,
}

/// A line of a page.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Line {
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// What its glyphs cover.
    pub(crate) area: Area,
}

impl Layout {
    /// Lays glyphs out in the order in which the file draws them.
    pub(crate) fn in_file_order(glyphs: &[Glyph], letters: &str) -> Self {
        let numbers: Vec<u32> = (0..).take(glyphs.len()).collect();
        Self::of(glyphs, letters, &numbers)
    }

    /// Lays glyphs out as they stand: line by line from the top, each in the direction of writing.
    pub(crate) fn in_page_order(glyphs: &[Glyph], letters: &str) -> Self {
        let mut rows = rows(glyphs);
        let mut ordered = Vec::with_capacity(glyphs.len());
        for row in &mut rows {
            row.sort_by(|a, b| along(glyphs, *a).total_cmp(&along(glyphs, *b)));
            ordered.append(row);
        }
        Self::of(glyphs, letters, &ordered)
    }

    fn of(glyphs: &[Glyph], letters: &str, order: &[u32]) -> Self {
        let mut layout = Self::default();
        let mut last: Option<&Glyph> = None;
        for number in order {
            let Some(glyph) = glyphs.get(wide(*number)) else { continue };
            let Some(signs) = letters.get(wide(glyph.start)..wide(glyph.end)) else { continue };
            if let Some(last) = last {
                layout.part(last, glyph, signs);
            }
            layout.push(*number, glyph, signs);
            last = Some(glyph);
        }
        layout.end_line();
        layout
    }

    /// Writes what stands between two glyphs.
    fn part(&mut self, last: &Glyph, glyph: &Glyph, signs: &str) {
        let size = last.size.max(glyph.size).max(0.1);
        let gap = glyph.along - last.next;
        let begins_line = glyph.turn != last.turn
            || (glyph.across - last.across).abs() > SAME_LINE * size
            || gap < -BACK * size;
        if begins_line {
            self.end_line();
            return;
        }
        if (glyph.along - last.along).abs() <= SAME_PLACE * size {
            self.take_blank_back();
        }
        let blank = self.text.ends_with([' ', '\t', '\u{A0}', '\u{3000}', '\n']) || self.text.is_empty();
        if blank || signs.starts_with([' ', '\u{A0}', '\u{3000}']) {
            return;
        }
        let wide_signs =
            self.text.chars().next_back().is_some_and(is_wide) && signs.chars().next().is_some_and(is_wide);
        if gap > CELL_GAP * size || stand_in_cells(last, glyph) {
            self.text.push('\t');
        } else if gap > if wide_signs { WIDE_WORD_GAP } else { WORD_GAP } * size {
            self.text.push(' ');
        }
    }

    /// Takes the last glyph back if it is a blank: some writers set one behind each character and the next character over
    /// it.
    fn take_blank_back(&mut self) {
        let is_blank = |mark: &&Mark| {
            let signs = self.text.get(wide(mark.start)..).unwrap_or("");
            wide(mark.end) == self.text.len() && !signs.is_empty() && signs.trim().is_empty()
        };
        if let Some(mark) = self.marks.last().filter(is_blank).copied() {
            self.text.truncate(wide(mark.start));
            self.marks.pop();
        }
    }

    fn push(&mut self, number: u32, glyph: &Glyph, signs: &str) {
        let start = narrow(self.text.len());
        self.text.push_str(signs);
        let end = narrow(self.text.len());
        self.marks.push(Mark { start, end, glyph: number });
        match self.lines.last_mut() {
            Some(line) if line.end == u32::MAX => line.area = line.area.with(glyph.area),
            _ => self.lines.push(Line { start, end: u32::MAX, area: glyph.area }),
        }
    }

    fn end_line(&mut self) {
        let end = narrow(self.text.len());
        if let Some(line) = self.lines.last_mut().filter(|line| line.end == u32::MAX) {
            line.end = end;
            self.text.push('\n');
        }
    }

    /// The glyphs that a stretch of the text came from.
    pub(crate) fn glyphs_in(&self, bytes: Range<usize>) -> impl Iterator<Item = u32> + '_ {
        let (start, end) = (narrow(bytes.start), narrow(bytes.end));
        let first = self.marks.partition_point(|mark| mark.end <= start);
        let rest = self.marks.get(first..).unwrap_or(&[]);
        rest.iter().take_while(move |mark| mark.start < end).map(|mark| mark.glyph)
    }
}

/// True if both are clipped differently and do not follow each other closely: text that fills its cell, or is cut
/// off at the edge of it, leaves no gap to the next.
fn stand_in_cells(last: &Glyph, glyph: &Glyph) -> bool {
    let is_close = (glyph.along - last.next).abs() <= CLOSE * glyph.size;
    last.turn == 0 && last.cell != glyph.cell && !is_close
}

/// Groups glyphs by line: those of one direction, from the top down.
fn rows(glyphs: &[Glyph]) -> Vec<Vec<u32>> {
    let mut order: Vec<u32> = (0..).take(glyphs.len()).collect();
    let key = |number: &u32| glyphs.get(wide(*number)).map_or((0, 0.0), |glyph| (glyph.turn, glyph.across));
    order.sort_by(|a, b| {
        let ((turn, across), (other_turn, other_across)) = (key(a), key(b));
        turn.cmp(&other_turn).then(across.total_cmp(&other_across))
    });
    let mut rows: Vec<Vec<u32>> = Vec::new();
    let mut row: Option<(u16, f32)> = None;
    for number in order {
        let Some(glyph) = glyphs.get(wide(number)) else { continue };
        // A row is measured from its first glyph: a slope of many small steps would never end otherwise.
        let joins = row.is_some_and(|(turn, across)| {
            turn == glyph.turn && glyph.across - across <= SAME_LINE * glyph.size.max(0.1)
        });
        match rows.last_mut().filter(|_| joins) {
            Some(last) => last.push(number),
            None => {
                row = Some((glyph.turn, glyph.across));
                rows.push(vec![number]);
            }
        }
    }
    rows
}

fn along(glyphs: &[Glyph], number: u32) -> f32 {
    glyphs.get(wide(number)).map_or(0.0, |glyph| glyph.along)
}

/// True for characters of scripts that are written without blanks: Han, kana, hangul, full-width forms.
fn is_wide(sign: char) -> bool {
    matches!(u32::from(sign), 0x1100..=0x11FF | 0x2E80..=0x9FFF | 0xAC00..=0xD7AF | 0xF900..=0xFAFF
        | 0xFE30..=0xFE4F | 0xFF00..=0xFFEF | 0x20000..=0x3FFFF)
}

/// Texts of a page come from at most a million glyphs: 32 bits hold every place.
pub(crate) fn narrow(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

pub(crate) fn wide(at: u32) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Glyphs of one size on horizontal lines: (text, left edge, baseline).
    fn set(words: &[(&str, f32, f32)]) -> (Vec<Glyph>, String) {
        let mut letters = String::new();
        let mut glyphs = Vec::new();
        for (word, left, across) in words {
            let mut along = *left;
            for sign in word.chars() {
                let width = if is_wide(sign) { 10.0 } else { 5.0 };
                let start = narrow(letters.len());
                letters.push(sign);
                let area =
                    Area { left: along, top: across - 8.0, right: along + width, bottom: across + 2.0 };
                glyphs.push(Glyph {
                    start,
                    end: narrow(letters.len()),
                    area,
                    along,
                    next: along + width,
                    across: *across,
                    turn: 0,
                    size: 10.0,
                    cell: (0.0, 400.0),
                    unseen: None,
                    known: true,
                });
                along += width;
            }
        }
        (glyphs, letters)
    }

    #[test]
    fn words_and_cells_are_parted_by_gaps_only() {
        let (glyphs, letters) =
            set(&[("电话", 0.0, 10.0), ("139", 21.0, 10.0), ("1234", 39.0, 10.0), ("x", 100.0, 10.0)]);
        assert_eq!(*Layout::in_file_order(&glyphs, &letters).text, "电话139 1234\tx\n");
    }

    #[test]
    fn cells_whose_text_is_cut_off_are_parted_too() {
        let (mut glyphs, letters) = set(&[("12", 0.0, 10.0), ("34", 9.0, 10.0)]);
        assert_eq!(*Layout::in_file_order(&glyphs, &letters).text, "1234\n");
        for (glyph, cell) in glyphs.iter_mut().zip([(0.0, 10.0), (0.0, 10.0), (10.0, 20.0), (10.0, 20.0)]) {
            glyph.cell = cell;
        }
        assert_eq!(*Layout::in_file_order(&glyphs, &letters).text, "12\t34\n");
    }

    #[test]
    fn a_blank_over_which_the_next_character_stands_is_none() {
        let (glyphs, letters) = set(&[("关 ", 0.0, 10.0), ("于", 10.0, 10.0), (" x y", 20.0, 10.0)]);
        assert_eq!(*Layout::in_file_order(&glyphs, &letters).text, "关于 x y\n");
    }

    #[test]
    fn the_page_order_reads_line_by_line_what_the_file_draws_in_any_order() {
        let (glyphs, letters) = set(&[("value", 60.0, 10.0), ("second", 0.0, 30.0), ("label", 0.0, 10.5)]);
        assert_eq!(*Layout::in_file_order(&glyphs, &letters).text, "value\nsecond\nlabel\n");
        assert_eq!(*Layout::in_page_order(&glyphs, &letters).text, "label\tvalue\nsecond\n");
    }

    #[test]
    fn every_glyph_is_found_again_in_both_orders() {
        let (glyphs, letters) = set(&[("bb", 60.0, 10.0), ("林佳慧", 0.0, 10.0)]);
        let layout = Layout::in_page_order(&glyphs, &letters);
        let at = layout.text.find("佳慧").unwrap();
        assert_eq!(layout.glyphs_in(at..at + 6).collect::<Vec<_>>(), [3, 4]);
        // Part of a character is the whole character.
        assert_eq!(layout.glyphs_in(at + 1..at + 2).collect::<Vec<_>>(), [3]);
        assert_eq!(layout.lines.len(), 1);
    }
}
