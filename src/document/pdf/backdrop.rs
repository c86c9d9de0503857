//! What lies under and over the text of a page, coarsely: one cell a point.
//!
//! It answers two questions of a glyph: what was painted there before it, and was anything painted there
//! after it. Black bars over living text, and white text on white, are found that way.

use super::area::Area;

/// Cells along one edge.
const CELLS_MAX: f32 = 2_000.0;
/// Cells painted for one page; a page that paints more is not judged.
const WORK_MAX: u64 = 400_000_000;

/// What a cell was last painted with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Paint {
    /// One colour: red, green, blue.
    Plain([u8; 3]),
    /// A picture, a pattern, a shading.
    Mixed,
}

#[derive(Clone, Copy)]
struct Cell {
    paint: Paint,
    /// The number of the step that painted it, 0 for the paper.
    step: u32,
}

/// The cells of a page.
pub(crate) struct Backdrop {
    cells: Vec<Cell>,
    columns: usize,
    rows: usize,
    /// Cells a point.
    scale: f32,
    work: u64,
}

impl Backdrop {
    /// White paper.
    pub(crate) fn of(width: f32, height: f32) -> Self {
        let scale = (CELLS_MAX / width.max(height).max(1.0)).min(1.0);
        let (columns, rows) = (whole(width * scale) + 1, whole(height * scale) + 1);
        let paper = Cell { paint: Paint::Plain([255; 3]), step: 0 };
        Self { cells: vec![paper; columns * rows], columns, rows, scale, work: 0 }
    }

    /// Paints what an area covers in full.
    pub(crate) fn paint(&mut self, area: Area, paint: Paint, step: u32) {
        let from = |edge: f32| whole((edge * self.scale).round());
        let (left, right) = (from(area.left).min(self.columns), from(area.right).min(self.columns));
        let (top, bottom) = (from(area.top).min(self.rows), from(area.bottom).min(self.rows));
        if left >= right || top >= bottom || !self.is_sure() {
            return;
        }
        self.work += u64::try_from((right - left) * (bottom - top)).unwrap_or(u64::MAX);
        let rows = self.cells.chunks_exact_mut(self.columns);
        for row in rows.skip(top).take(bottom - top) {
            if let Some(cells) = row.get_mut(left..right) {
                cells.fill(Cell { paint, step });
            }
        }
    }

    /// What lies at a point, and the step that painted it.
    pub(crate) fn at(&self, (x, y): (f32, f32)) -> Option<(Paint, u32)> {
        if x < 0.0 || y < 0.0 {
            return None;
        }
        let (column, row) = (whole(x * self.scale), whole(y * self.scale));
        if column >= self.columns {
            return None;
        }
        self.cells.get(row * self.columns + column).map(|cell| (cell.paint, cell.step))
    }

    /// False if so much was painted that the rest was not followed.
    pub(crate) fn is_sure(&self) -> bool {
        self.work <= WORK_MAX
    }
}

/// True if two colours cannot be told apart by eye.
pub(crate) fn is_alike(one: [u8; 3], other: [u8; 3]) -> bool {
    one.iter().zip(other).all(|(one, other)| one.abs_diff(other) < 20)
}

fn whole(value: f32) -> usize {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates")]
    let whole = value.max(0.0) as usize;
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_paint_lies_on_top() {
        let mut page = Backdrop::of(100.0, 50.0);
        let bar = Area { left: 10.0, top: 10.0, right: 60.0, bottom: 20.0 };
        page.paint(bar, Paint::Plain([0; 3]), 3);
        page.paint(Area { left: 40.0, ..bar }, Paint::Mixed, 5);
        assert_eq!(page.at((20.0, 15.0)), Some((Paint::Plain([0; 3]), 3)));
        assert_eq!(page.at((50.0, 15.0)), Some((Paint::Mixed, 5)));
        assert_eq!(page.at((80.0, 15.0)), Some((Paint::Plain([255; 3]), 0)));
        assert_eq!(page.at((-1.0, 15.0)), None);
        assert_eq!(page.at((500.0, 15.0)), None);
    }
}
