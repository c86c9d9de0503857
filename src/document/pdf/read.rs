//! Reads every page of a file, and judges how far each can be believed.

use hayro_interpret::kurbo::{Affine, Rect};
use hayro_interpret::{Context, InterpreterCache, interpret_page};
use hayro_syntax::page::Page as Drawn;

use super::collect::Collector;
use super::document::{Document, Order, Page};
use super::expansion::Expansion;
use super::facts;
use super::fault::{Doubt, Refused};
use super::glyph::{Glyph, Unseen};
use super::layout::Layout;
use super::open::Opened;
use super::second::{self, Second};
use crate::base::limits::PDF_PIXELS_MAX;

/// A picture with a larger share of the page may show text.
const PICTURE_SHARE: f32 = 0.05;
/// Glyphs of no known character that a page may have, if they stand alone: marks of lists.
const UNKNOWN_FREE: usize = 4;
/// A page larger than this, in points, is none (ISO 32000-2, annex C).
const PAGE_POINTS_MAX: f32 = 14_400.0;

/// Reads every page of a file, and what it holds beside them.
///
/// # Errors
/// None today: a page that cannot be read is doubted, not refused.
pub fn read(opened: &Opened) -> Result<Document, Refused> {
    let second = Second::of(&opened.bytes);
    let cache = InterpreterCache::new();
    let mut expansion = Expansion::default();
    let mut pages = Vec::with_capacity(opened.pdf.pages().len());
    for (number, drawn) in (1..).zip(opened.pdf.pages().iter()) {
        let mut page = read_page(opened, drawn, number, &cache, &mut expansion);
        doubt(&mut page, second.as_ref());
        pages.push(page);
    }
    Ok(Document::of(pages, facts::collect(&opened.pdf, &opened.bytes), opened.is_encrypted))
}

fn read_page<'p>(
    opened: &'p Opened,
    drawn: &'p Drawn<'p>,
    number: u32,
    cache: &InterpreterCache<'p>,
    expansion: &mut Expansion,
) -> Page {
    let (width, height) = size(drawn);
    let mut collector = Collector::of(width, height, &opened.stand_ins);
    if is_a_page(width, height) && expansion.is_in_reach(drawn) {
        interpret(opened, drawn, cache, &mut collector);
    } else {
        let doubt = if is_a_page(width, height) { Doubt::TooMuch } else { Doubt::Size };
        collector.doubts.insert(doubt);
    }
    let Collector { glyphs, letters, pictures, doubts, .. } = collector;
    let file_order = Layout::in_file_order(&glyphs, &letters);
    let page_order = Layout::in_page_order(&glyphs, &letters);
    Page { number, width, height, pictures, glyphs, letters, file_order, page_order, doubts }
}

fn interpret<'p>(
    opened: &'p Opened,
    drawn: &'p Drawn<'p>,
    cache: &InterpreterCache<'p>,
    collector: &mut Collector,
) {
    let (width, height) = drawn.render_dimensions();
    let seen = Affine::new(drawn.initial_transform(true).as_coeffs());
    let whole = Rect::new(0.0, 0.0, f64::from(width), f64::from(height));
    let mut context = Context::new(seen, whole, cache, drawn.xref(), opened.settings.clone());
    interpret_page(drawn, &mut context, collector);
    collector.finish();
}

/// True if a page draws no more than may be painted: its operators, and each of its pictures.
pub(crate) fn may_be_painted<'p>(opened: &'p Opened, drawn: &'p Drawn<'p>) -> bool {
    let (width, height) = size(drawn);
    if !is_a_page(width, height) || !Expansion::default().is_in_reach(drawn) {
        return false;
    }
    let mut collector = Collector::of(width, height, &opened.stand_ins);
    interpret(opened, drawn, &InterpreterCache::new(), &mut collector);
    let is_small = |columns: u32, rows: u32| u64::from(columns) * u64::from(rows) <= PDF_PIXELS_MAX;
    collector.pictures.iter().all(|picture| is_small(picture.columns, picture.rows))
        && !collector.doubts.contains(&Doubt::TooMuch)
}

fn size(drawn: &Drawn<'_>) -> (f32, f32) {
    drawn.render_dimensions()
}

fn is_a_page(width: f32, height: f32) -> bool {
    let is_in_reach = |edge: f32| (1.0..=PAGE_POINTS_MAX).contains(&edge);
    is_in_reach(width) && is_in_reach(height)
}

/// Writes down why a page cannot be believed.
fn doubt(page: &mut Page, second: Option<&Second>) {
    let says_nothing = page.file_order.text.trim().is_empty();
    // Strips of one scan are small each.
    let share: f32 = page.pictures.iter().map(|picture| picture.share).sum();
    if share > PICTURE_SHARE {
        page.doubts.insert(if says_nothing { Doubt::Scan } else { Doubt::Picture });
    }
    // What is cut off or lies off the page is neither in the picture nor among the words of a redacted copy.
    let is_harmless = |why: Unseen| matches!(why, Unseen::Clipped | Unseen::OffPage);
    if page.glyphs.iter().filter_map(|glyph| glyph.unseen).any(|why| !is_harmless(why)) {
        page.doubts.insert(Doubt::UnseenText);
    }
    if has_unknown(&page.glyphs) {
        page.doubts.insert(Doubt::UnknownGlyphs);
    }
    let other = second.and_then(|second| second.text(page.number));
    if other.is_some_and(|other| second::lacks(&page.layout(Order::File).text, &other)) {
        page.doubts.insert(Doubt::ReadersDisagree);
    }
}

/// True if glyphs of no known character stand side by side, or there are many.
fn has_unknown(glyphs: &[Glyph]) -> bool {
    let unknown = glyphs.iter().filter(|glyph| !glyph.known).count();
    unknown > UNKNOWN_FREE || glyphs.windows(2).any(|pair| pair.iter().all(|glyph| !glyph.known))
}
