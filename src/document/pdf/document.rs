//! What was read of a file: its pages with every glyph in its place, and what it holds beside them.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;

use zeroize::Zeroizing;

use super::area::Area;
use super::facts::Facts;
use super::fault::Doubt;
use super::glyph::{Glyph, Picture, Unseen};
use super::layout::{Layout, wide};
use crate::base::words::words;

words! {
    /// An order in which the text of a page is read. What is to be hidden is looked for in both: a value can
    /// be broken in one of them.
    Order {
        /// As the file draws it.
        File = "file",
        /// Line by line from the top, as it stands.
        Page = "page",
    }
}

/// A file that was read. Holds what may be personal data: `Debug` withholds it.
pub struct Document {
    pages: Vec<Page>,
    /// What it holds beside its pages.
    pub facts: Facts,
    /// True if it is encrypted and opens without a password all the same.
    pub is_encrypted: bool,
}

/// A page that was read.
pub struct Page {
    /// Counted from 1.
    pub number: u32,
    /// Its width as it is seen, in points.
    pub width: f32,
    /// Its height as it is seen, in points.
    pub height: f32,
    /// The pictures on it.
    pub pictures: Vec<Picture>,
    pub(crate) glyphs: Vec<Glyph>,
    /// The characters of the glyphs.
    pub(crate) letters: Zeroizing<String>,
    pub(crate) file_order: Layout,
    pub(crate) page_order: Layout,
    pub(crate) doubts: BTreeSet<Doubt>,
}

/// A line of a page, and where it stands.
#[derive(Clone, Copy, PartialEq)]
pub struct LineOfText<'p> {
    /// Where it begins in the text of its page, in bytes.
    pub start: usize,
    /// What it says.
    pub text: &'p str,
    /// What it covers.
    pub area: Area,
    /// Why it is not seen, if none of it is.
    pub unseen: Option<Unseen>,
}

impl Document {
    pub(crate) fn of(pages: Vec<Page>, facts: Facts, is_encrypted: bool) -> Self {
        Self { pages, facts, is_encrypted }
    }

    /// Its pages, in their order.
    pub fn pages(&self) -> &[Page] {
        &self.pages
    }

    /// The text of all pages in one order.
    pub fn text(&self, order: Order) -> Zeroizing<String> {
        let length = self.pages.iter().map(|page| page.layout(order).text.len()).sum();
        let mut text = Zeroizing::new(String::with_capacity(length));
        for page in &self.pages {
            text.push_str(&page.layout(order).text);
        }
        text
    }

    /// The glyphs that a stretch of [`Self::text`] came from: place of the page, number of the glyph.
    pub(crate) fn glyphs_in(&self, order: Order, bytes: Range<usize>) -> Vec<(usize, u32)> {
        let mut found = Vec::new();
        let mut before = 0;
        for (place, page) in self.pages.iter().enumerate() {
            let layout = page.layout(order);
            let behind = before + layout.text.len();
            if bytes.start < behind && before < bytes.end {
                let within = bytes.start.saturating_sub(before)..bytes.end.min(behind) - before;
                found.extend(layout.glyphs_in(within).map(|glyph| (place, glyph)));
            }
            before = behind;
        }
        found
    }
}

impl Page {
    /// Why what it says is not known for certain; such a page is given out by no redaction until somebody
    /// or something else has read it.
    pub fn doubts(&self) -> &BTreeSet<Doubt> {
        &self.doubts
    }

    /// Its text in one order: a stretch of [`Document::text`].
    pub fn text(&self, order: Order) -> &str {
        &self.layout(order).text
    }

    /// Its lines in one order.
    pub fn lines(&self, order: Order) -> impl Iterator<Item = LineOfText<'_>> {
        let layout = self.layout(order);
        layout.lines.iter().map(move |line| LineOfText {
            start: wide(line.start),
            text: layout.text.get(wide(line.start)..wide(line.end)).unwrap_or(""),
            area: line.area,
            unseen: self.unseen(layout, wide(line.start)..wide(line.end)),
        })
    }

    /// The glyphs that are not seen: why, what each says, and where it stands.
    pub fn unseen_glyphs(&self) -> impl Iterator<Item = (Unseen, &str, Area)> {
        self.glyphs.iter().filter_map(|glyph| {
            let said = self.letters.get(wide(glyph.start)..wide(glyph.end)).unwrap_or("");
            glyph.unseen.map(|why| (why, said, glyph.area))
        })
    }

    /// Why none of a stretch is seen; `None` if some of it is.
    fn unseen(&self, layout: &Layout, bytes: Range<usize>) -> Option<Unseen> {
        let mut reasons = layout.glyphs_in(bytes).map(|number| {
            self.glyphs
                .get(wide(number))
                .filter(|glyph| glyph.start < glyph.end)
                .and_then(|glyph| glyph.unseen)
        });
        let first = reasons.next()??;
        reasons.all(|reason| reason.is_some()).then_some(first)
    }

    pub(crate) fn layout(&self, order: Order) -> &Layout {
        match order {
            Order::File => &self.file_order,
            Order::Page => &self.page_order,
        }
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document").field("pages", &self.pages).field("facts", &self.facts).finish()
    }
}

impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Page")
            .field("number", &self.number)
            .field("glyphs", &self.glyphs.len())
            .field("pictures", &self.pictures.len())
            .field("doubts", &self.doubts)
            .finish()
    }
}
