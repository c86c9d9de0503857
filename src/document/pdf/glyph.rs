//! What a page shows: its glyphs, one by one, and its pictures.

use super::area::Area;
use crate::base::words::words;

words! {
    /// Why a glyph that stands in the file is not seen by whoever looks at the page.
    Unseen {
        /// Text rendering mode 3 (ISO 32000-2, 9.3.6), as OCR layers use it, or clipping only.
        RenderMode = "render_mode",
        /// Drawn with no or hardly any opacity.
        Transparent = "transparent",
        /// Drawn in the colour of what lies under it.
        SameColour = "same_colour",
        /// Cut away by a clipping path.
        Clipped = "clipped",
        /// Outside of the page.
        OffPage = "off_page",
        /// Painted over by something that was drawn later.
        Covered = "covered",
        /// Too small to be read.
        Tiny = "tiny",
        /// On a layer that is switched off.
        Layer = "layer",
    }
}

/// One glyph: what it says and where it stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Glyph {
    /// Bytes of its characters among the letters of the page.
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// What it covers on the page, blank space around its ink included.
    pub(crate) area: Area,
    /// Where it begins along its line of writing, in points.
    pub(crate) along: f32,
    /// Where the next one would begin.
    pub(crate) next: f32,
    /// Where its line stands, across the direction of writing, in points.
    pub(crate) across: f32,
    /// The direction of writing, clockwise, in degrees from 0 to 359.
    pub(crate) turn: u16,
    /// Height of the letters in points.
    pub(crate) size: f32,
    /// The left and the right edge of what it is clipped to: a cell of a table, often.
    pub(crate) cell: (f32, f32),
    /// Why it is not seen, if it is not.
    pub(crate) unseen: Option<Unseen>,
    /// False if the file does not say which character it is.
    pub(crate) known: bool,
}

/// A picture on a page.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Picture {
    /// Where it stands, as far as the page goes.
    pub area: Area,
    /// Its share of the page, from 0 to 1.
    pub share: f32,
    /// Its width in pixels.
    pub columns: u32,
    /// Its height in pixels.
    pub rows: u32,
}
