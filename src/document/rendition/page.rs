//! Pictures of the pages of a PDF, as much of them as somebody may see.

use std::collections::BTreeSet;

use zeroize::Zeroizing;

use super::{Asked, CodePoints, Engine, Withheld, hides};
use crate::document::extract::{Refused, Source, extract_with};
use crate::document::pdf::{self, Doubt, Fonts, Settings};
use crate::document::redact::{Joined, laid_out};
use crate::document::sniff::{Format, sniff};
use crate::redaction;

/// Which picture.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// The page, from 1.
    pub page: u32,
    /// Dots per inch.
    pub dots_per_inch: u16,
}

/// A PNG of a page; if a rendition is asked for, with what it hides filled in. A page of which it is not certain
/// what it says is shown whole or, where something is to be hidden, not at all.
///
/// # Errors
/// No PDF, no such page, a page that is withheld.
pub fn page_picture(
    source: Source<'_>,
    asked: Option<&Asked>,
    wanted: Wanted,
    fonts: &Fonts,
) -> Result<Zeroizing<Vec<u8>>, Withheld> {
    let format = sniff(source.bytes, source.name, source.media_type).format;
    if format != Format::Pdf {
        return Err(Withheld::Refused(Refused::OtherFormat { format }));
    }
    let damaged = |_| Withheld::Refused(Refused::Damaged { format });
    let opened = pdf::open(source.bytes.to_vec(), fonts).map_err(damaged)?;
    let unpainted = |_| Withheld::Unpainted { page: usize::try_from(wanted.page).unwrap_or(usize::MAX) };
    let Some(asked) = asked else {
        return pdf::render(&opened, wanted.page, wanted.dots_per_inch)
            .map(Zeroizing::new)
            .map_err(unpainted);
    };
    let extracted = extract_with(source, fonts)?;
    let joined = Joined::of(&extracted);
    let judged = Engine::of(asked)?.judge(joined.text(), redaction::Format::Text)?;
    let hides = hides(&joined, &CodePoints::of(joined.text()), &judged.edits)?;
    let document = pdf::read(&opened).map_err(damaged)?;
    let laid = laid_out(&document, &extracted, &hides)?;
    let slip = |_: u32, _: &BTreeSet<Doubt>| Vec::new();
    let looked_at = asked.areas();
    let dots_per_inch = wanted.dots_per_inch;
    let settings = Settings { also: &laid.also, looked_at: &looked_at, dots_per_inch, slip: &slip };
    let made = pdf::redacted_picture(&opened, &document, (&laid.stretches, wanted.page), &settings);
    match made.map_err(unpainted)? {
        Some(png) => Ok(Zeroizing::new(png)),
        None => Err(Withheld::Pages),
    }
}
