//! Redaction by building anew: a picture of each page with boxes filled in its pixels, and under it the
//! words that are left. Nothing of the original's objects is copied, so nothing can hide in them.
//!
//! What a page shows and what it says must be the same for that. Where it is not certain (a picture that may
//! show text, text that is not seen, glyphs of which the file does not say which characters they are) the
//! page is withheld: a slip of the same size takes its place.

mod canvas;
mod output;
mod runs;
mod shapeless;
#[cfg(test)]
pub(super) mod testing;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use zeroize::Zeroizing;

pub(crate) use canvas::Canvas;
pub use output::Coding;
pub use runs::PixelBox;

use self::output::{Output, Picture};
use self::runs::Hidden;
use self::words::{Read, Stretch};
use super::area::Area;
use super::document::{Document, Order, Page};
use super::fault::{Doubt, Refused};
use super::fold::{Folded, Values, is_telling};
use super::open::Opened;
use super::render::{self, Pixels};
use super::verify::{self, Expected, ExpectedPage};

/// A stretch of a document's text that is to be hidden.
pub struct Hide {
    /// The text that it was found in.
    pub order: Order,
    /// Its bytes there.
    pub bytes: Range<usize>,
    /// What stands there instead, for those who search or copy: a type, a pseudonym, a mask.
    pub instead: String,
}

/// How a redacted copy is made.
pub struct Settings<'s> {
    /// Values that are hidden wherever they stand besides: such as stand beside the pages.
    pub also: &'s [Zeroizing<String>],
    /// Pages that a person has looked at, with what is to be filled in there. One of which it is not certain what it
    /// says leaves as a picture without words.
    pub looked_at: &'s LookedAt,
    /// Dots per inch of the pictures.
    pub dots_per_inch: u16,
    /// The words on the slip for a page that is withheld, in the reader's language.
    pub slip: &'s dyn Fn(u32, &BTreeSet<Doubt>) -> Vec<String>,
}

/// By page, from 1, areas in points that are to be filled in.
pub type LookedAt = BTreeMap<u32, Vec<Area>>;

/// What became of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was built anew.
    Rebuilt {
        /// Boxes that were filled.
        boxes: usize,
        /// How its picture is packed.
        coding: Coding,
    },
    /// A slip takes its place.
    Withheld {
        /// Why.
        doubts: BTreeSet<Doubt>,
    },
}

/// A redacted copy that stood the test.
pub struct Redacted {
    /// The new file.
    pub bytes: Vec<u8>,
    /// What became of each page.
    pub pages: Vec<Outcome>,
}

/// Makes a redacted copy. Whatever is hidden once is hidden wherever else it stands, if it says enough to be
/// recognised (`is_telling`); the new file is tested by a reader that shares nothing with this one.
///
/// # Errors
/// A stretch outside of the text; a page of which no picture can be made; a new file that does not stand the test.
pub fn redact(
    opened: &Opened,
    document: &Document,
    hides: &[Hide],
    settings: &Settings<'_>,
) -> Result<Redacted, Refused> {
    let plan = Plan::of(document, hides, settings.also)?;
    let mut output = Output::new();
    let mut outcomes = Vec::with_capacity(document.pages().len());
    let mut expected = Vec::with_capacity(document.pages().len());
    for (page, hidden) in document.pages().iter().zip(&plan.hidden) {
        let doubts = page.doubts();
        if doubts.is_empty() || settings.looked_at.contains_key(&page.number) {
            let (outcome, boxes) = rebuild(opened, page, hidden, &plan.instead, settings, &mut output)?;
            expected.push(ExpectedPage { width: page.width, height: page.height, boxes: Some(boxes) });
            outcomes.push(outcome);
        } else {
            withhold(page, doubts, settings, &mut output)?;
            expected.push(ExpectedPage { width: page.width, height: page.height, boxes: None });
            outcomes.push(Outcome::Withheld { doubts: doubts.clone() });
        }
    }
    let bytes = output.finish().map_err(|_| Refused::Unwritten)?;
    let values: Vec<&str> = plan.values.iter().map(|value| value.as_str()).collect();
    verify::verify(&bytes, &Expected { pages: &expected, values: &values })
        .map_err(|residue| Refused::Residue { residue })?;
    Ok(Redacted { bytes, pages: outcomes })
}

/// A PNG of a page, counted from 1, with the given stretches hidden; `None` where it is not certain what the page
/// says.
///
/// # Errors
/// A stretch outside of the text; no such page, or one of which no picture can be made.
pub fn redacted_picture(
    opened: &Opened,
    document: &Document,
    (hides, number): (&[Hide], u32),
    settings: &Settings<'_>,
) -> Result<Option<Vec<u8>>, Refused> {
    let plan = Plan::of(document, hides, settings.also)?;
    let mut pages = document.pages().iter().zip(&plan.hidden);
    let none = Refused::NoSuchPage { page: usize::try_from(number).unwrap_or(usize::MAX) };
    let (page, hidden) = pages.find(|(page, _)| page.number == number).ok_or(none)?;
    let looked_at = settings.looked_at.get(&number);
    if !page.doubts().is_empty() && looked_at.is_none() {
        return Ok(None);
    }
    let Pixels { columns, rows, rgba, scale } = render::pixels(opened, number, settings.dots_per_inch)?;
    let mut canvas = Canvas::of(columns, rows, &rgba);
    let runs = runs::runs(&page.page_order, &page.glyphs, hidden);
    let areas = looked_at.into_iter().flatten();
    let given = areas.filter_map(|area| runs::pixels(*area, (scale, columns, rows)));
    // A box that lies off the page covers nothing of it.
    runs.iter().filter_map(|run| run.pixels(scale, columns, rows)).chain(given).for_each(|pixels| {
        canvas.fill(pixels);
    });
    render::png(&canvas).map(Some)
}

/// What is hidden where.
struct Plan {
    /// For each page.
    hidden: Vec<Hidden>,
    /// What stands instead, by the number of the place.
    instead: Vec<String>,
    /// What was hidden: never to be found in the new file.
    values: Vec<Zeroizing<String>>,
}

impl Plan {
    fn of(document: &Document, hides: &[Hide], also: &[Zeroizing<String>]) -> Result<Self, Refused> {
        let mut plan = Self {
            hidden: vec![Hidden::new(); document.pages().len()],
            instead: Vec::new(),
            values: Vec::new(),
        };
        let texts = [Order::File, Order::Page].map(|order| (order, document.text(order)));
        for hide in hides {
            let text = texts.iter().find(|(order, _)| *order == hide.order).map(|(_, text)| text);
            let outside = Refused::NotInText { start: hide.bytes.start, end: hide.bytes.end };
            let value = text.and_then(|text| text.get(hide.bytes.clone())).ok_or(outside)?;
            plan.values.push(Zeroizing::new(value.to_owned()));
            plan.hide(document, hide.order, hide.bytes.clone(), &hide.instead);
        }
        plan.values.extend(also.iter().cloned());
        let all = Values::of(plan.values.iter().map(|value| value.as_str()));
        for (order, text) in &texts {
            for (number, place) in all.places(text) {
                let instead = hides.get(number).map(|hide| hide.instead.clone()).unwrap_or_default();
                plan.hide(document, *order, place, &instead);
            }
        }
        // What says too little is hidden where it stands, and may stand elsewhere by right.
        plan.values.retain(|value| is_telling(Folded::of(value).text()));
        plan.values.sort_by(|one, other| one.as_str().cmp(other.as_str()));
        plan.values.dedup();
        Ok(plan)
    }

    /// Hides a place. Glyphs that are hidden already stay with their place.
    fn hide(&mut self, document: &Document, order: Order, bytes: Range<usize>, instead: &str) {
        let number = self.instead.len();
        let mut is_new = false;
        for (page, glyph) in document.glyphs_in(order, bytes) {
            let Some(hidden) = self.hidden.get_mut(page) else { continue };
            is_new |= !hidden.contains_key(&glyph);
            hidden.entry(glyph).or_insert(number);
        }
        if is_new {
            self.instead.push(instead.to_owned());
        }
    }
}

/// Paints a page, fills its boxes, and adds it with the words that are left.
fn rebuild(
    opened: &Opened,
    page: &Page,
    hidden: &Hidden,
    instead: &[String],
    settings: &Settings<'_>,
    output: &mut Output,
) -> Result<(Outcome, Vec<PixelBox>), Refused> {
    let Pixels { columns, rows, rgba, scale } = render::pixels(opened, page.number, settings.dots_per_inch)?;
    let mut canvas = Canvas::of(columns, rows, &rgba);
    drop(rgba);
    let runs = runs::runs(&page.page_order, &page.glyphs, hidden);
    let mut boxes: Vec<PixelBox> = runs.iter().filter_map(|run| run.pixels(scale, columns, rows)).collect();
    let looked_at = settings.looked_at.get(&page.number);
    let areas = looked_at.into_iter().flatten();
    boxes.extend(areas.filter_map(|area| runs::pixels(*area, (scale, columns, rows))));
    for pixels in &boxes {
        canvas.fill(*pixels);
    }
    let read = Read {
        glyphs: &page.glyphs,
        letters: &page.letters,
        file_order: &page.file_order,
        hidden,
        runs: &runs,
        boxes: &boxes,
        scale,
    };
    // What a person has seen are pixels: nobody knows what words under them would say.
    let words = if page.doubts().is_empty() { words::left_over(&read, instead) } else { Vec::new() };
    let (coding, bytes) = canvas.packed().ok_or(Refused::Unwritten)?;
    let picture = Picture { columns, rows, channels: canvas.channels, coding, bytes };
    output.add_page((page.width, page.height), &picture, &words).map_err(|_| Refused::Unwritten)?;
    Ok((Outcome::Rebuilt { boxes: boxes.len(), coding }, boxes))
}

/// Puts a slip in the place of a page.
fn withhold(
    page: &Page,
    doubts: &BTreeSet<Doubt>,
    settings: &Settings<'_>,
    output: &mut Output,
) -> Result<(), Refused> {
    let codes: Vec<&str> = doubts.iter().map(|doubt| doubt.as_str()).collect();
    let lines = [format!("[{}]  WITHHELD", page.number), codes.join(", ")];
    let size = (page.width / 40.0).clamp(4.0, 14.0);
    let words: Vec<Stretch> = (settings.slip)(page.number, doubts)
        .into_iter()
        .zip(1_u8..)
        .map(|(line, number)| Stretch {
            text: Zeroizing::new(line),
            along: size * 2.0,
            across: size * (6.0 + 1.5 * f32::from(number)),
            length: page.width - size * 4.0,
            turn: 0,
            size,
        })
        .collect();
    output.add_slip((page.width, page.height), &lines, &words).map_err(|_| Refused::Unwritten)
}
