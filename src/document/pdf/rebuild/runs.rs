//! Which stretches of a page are hidden, and the boxes that cover them.

use std::collections::BTreeMap;

use super::super::area::Area;
use super::super::glyph::Glyph;
use super::super::layout::{Layout, wide};

/// Pixels that a box goes beyond what it covers: the blur of edges must not stand out from under it.
const MARGIN_PIXELS: f32 = 2.0;
/// Box lengths are whole multiples of so many heights of a letter, so that they tell less of how long
/// the value was. A box ends where words begin that stay: they are worth more, and their place tells as much.
const QUANTUM: f32 = 2.0;

/// Glyphs to hide, each with the number of the value it belongs to.
pub(crate) type Hidden = BTreeMap<u32, usize>;

/// Hidden glyphs that follow each other on one line.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Run {
    /// The value they belong to.
    pub(crate) value: usize,
    /// True for the first run of its value on the page: what stands instead is written there.
    pub(crate) is_first: bool,
    /// The first glyph.
    pub(crate) first: Glyph,
    /// What they cover, in points.
    pub(crate) area: Area,
    /// Where the next one would begin along the line.
    next: f32,
    /// Points from there to the next glyph that stays.
    room: f32,
}

/// A box in pixels of a page's picture; `right` and `bottom` are no longer in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PixelBox {
    /// Its left column.
    pub left: u32,
    /// Its upper row.
    pub top: u32,
    /// The column right of it.
    pub right: u32,
    /// The row below it.
    pub bottom: u32,
}

/// The runs of hidden glyphs of a page, in the order of the page.
pub(crate) fn runs(page_order: &Layout, glyphs: &[Glyph], hidden: &Hidden) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut open: Option<usize> = None;
    let mut begun: Vec<usize> = Vec::new();
    let mut lines = page_order.lines.iter().peekable();
    for mark in &page_order.marks {
        while lines.next_if(|line| line.end <= mark.start).is_some() {
            open = None;
        }
        let Some(glyph) = glyphs.get(wide(mark.glyph)) else { continue };
        let last = runs.last_mut().filter(|_| open.is_some());
        let Some(value) = hidden.get(&mark.glyph) else {
            // Blanks may be covered.
            let stays = page_order
                .text
                .get(wide(mark.start)..wide(mark.end))
                .is_some_and(|said| !said.trim().is_empty());
            if let Some(run) = last.filter(|_| stays) {
                run.room = (glyph.along - run.next).max(0.0);
                open = None;
            }
            open = open.filter(|_| !stays).map(|_| usize::MAX);
            continue;
        };
        match last.filter(|_| open == Some(*value)) {
            Some(run) => {
                run.area = run.area.with(glyph.area);
                run.next = glyph.next;
            }
            None => {
                let is_first = !begun.contains(value);
                begun.push(*value);
                let (area, next) = (glyph.area, glyph.next);
                runs.push(Run { value: *value, is_first, first: *glyph, area, next, room: f32::INFINITY });
            }
        }
        open = Some(*value);
    }
    runs
}

impl Run {
    /// What the box over it covers, in points: longer than the run in the direction of writing.
    fn padded(&self) -> Area {
        let quantum = QUANTUM * self.first.size.clamp(2.0, 72.0);
        let longer =
            |length: f32| length + ((length / quantum).ceil().max(1.0) * quantum - length).min(self.room);
        let mut area = self.area;
        let (width, height) = (longer(area.width()), longer(area.height()));
        match self.first.turn {
            0 => area.right = area.left + width,
            180 => area.left = area.right - width,
            90 => area.bottom = area.top + height,
            270 => area.top = area.bottom - height,
            _ => {
                area.right = area.left + width;
                area.bottom = area.top + height;
            }
        }
        area
    }

    /// The box over it in a picture of `columns` by `rows` pixels with so many pixels a point; `None` if
    /// it stands outside of the picture.
    pub(crate) fn pixels(&self, scale: f32, columns: u32, rows: u32) -> Option<PixelBox> {
        pixels(self.padded(), (scale, columns, rows))
    }
}

/// The box over an area, in a picture of so many pixels a point, columns and rows; `None` if it stands outside of it.
pub(crate) fn pixels(area: Area, (scale, columns, rows): (f32, u32, u32)) -> Option<PixelBox> {
    let before = |edge: f32, most: u32| whole((edge * scale - MARGIN_PIXELS).floor(), most);
    let behind = |edge: f32, most: u32| whole((edge * scale + MARGIN_PIXELS).ceil(), most);
    let pixels = PixelBox {
        left: before(area.left, columns),
        top: before(area.top, rows),
        right: behind(area.right, columns),
        bottom: behind(area.bottom, rows),
    };
    (pixels.left < pixels.right && pixels.top < pixels.bottom).then_some(pixels)
}

impl PixelBox {
    /// True if the middle of an area lies under it.
    pub(crate) fn covers(self, area: Area, scale: f32) -> bool {
        let (x, y) = area.middle();
        let (x, y) = (whole(x * scale, u32::MAX), whole(y * scale, u32::MAX));
        self.left <= x && x < self.right && self.top <= y && y < self.bottom
    }
}

/// A number of pixels, within a picture.
fn whole(value: f32, most: u32) -> u32 {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates")]
    let pixels = value.max(0.0) as u32;
    pixels.min(most)
}
