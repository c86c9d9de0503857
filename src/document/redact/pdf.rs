//! PDF, made anew page by page: a picture with boxes filled in it, and the words that are left under it
//! (`document/pdf/rebuild`). A page of which it is not certain what it says is withheld, and a slip takes its place.

use std::collections::BTreeSet;

use zeroize::Zeroizing;

use super::{Copy, Hide, Hides, Slips, With, Withheld};
use crate::document::part::{Doubtful, Extracted};
use crate::document::pdf::{self, Document, Doubt, Order, Outcome, Settings};
use crate::document::sniff::Format;

/// Dots per inch of the pictures.
pub(in crate::document) const DOTS_PER_INCH: u16 = 150;

pub(super) fn copy(
    bytes: &[u8],
    extracted: &Extracted,
    hides: &Hides,
    with: With<'_>,
) -> Result<Copy, Withheld> {
    let opened = pdf::open(bytes.to_vec(), with.fonts).map_err(|_| Withheld::DoesNotFit)?;
    let document = pdf::read(&opened).map_err(|_| Withheld::DoesNotFit)?;
    let is_there = |page: &&u32| document.pages().iter().any(|own| own.number == **page);
    if let Some(page) = with.looked_at.keys().find(|page| !is_there(page)) {
        return Err(Withheld::Unpainted { page: usize::try_from(*page).unwrap_or(usize::MAX) });
    }
    let Laid { stretches, also } = laid_out(&document, extracted, hides)?;
    let slip = |number: u32, _: &BTreeSet<Doubt>| slip(number, with.slips);
    let settings =
        Settings { also: &also, looked_at: with.looked_at, dots_per_inch: DOTS_PER_INCH, slip: &slip };
    let made = pdf::redact(&opened, &document, &stretches, &settings).map_err(withheld)?;
    let pages: Vec<Doubtful> = (1..)
        .zip(made.pages)
        .filter_map(|(page, outcome)| match outcome {
            Outcome::Rebuilt { .. } => None,
            Outcome::Withheld { doubts } => Some(Doubtful { page, why: doubts }),
        })
        .collect();
    if pages.len() == document.pages().len() {
        return Err(Withheld::Pages);
    }
    Ok(Copy {
        bytes: Zeroizing::new(made.bytes),
        format: Format::Pdf,
        // They are in the pictures of the pages.
        pictures: 0,
        withheld: Vec::new(),
        pages,
    })
}

/// What a slip says, besides the reasons.
pub(in crate::document) fn slip(number: u32, slips: Slips<'_>) -> Vec<String> {
    vec![format!("[{number}] {}", slips.page)]
}

/// What is hidden in the pages, and what else must not stand there.
pub(in crate::document) struct Laid {
    pub(in crate::document) stretches: Vec<pdf::Hide>,
    pub(in crate::document) also: Vec<Zeroizing<String>>,
}

/// Lays hides out on the pages.
///
/// # Errors
/// The text is not that of the document.
pub(in crate::document) fn laid_out(
    document: &Document,
    extracted: &Extracted,
    hides: &Hides,
) -> Result<Laid, Withheld> {
    let (of_file, of_page) = (document.text(Order::File), document.text(Order::Page));
    let is_same = extracted.text().starts_with(of_file.as_str())
        && (extracted.again().is_empty() || extracted.again() == of_page.as_str());
    if !is_same {
        return Err(Withheld::DoesNotFit);
    }
    let mut laid = Laid { stretches: Vec::new(), also: Vec::new() };
    for hide in &hides.own {
        let (start, end) = (hide.range.start, hide.range.end);
        let value = extracted.text().get(start..end).filter(|value| !value.is_empty());
        laid.also.push(Zeroizing::new(value.ok_or(Withheld::DoesNotFit)?.to_owned()));
        if start < of_file.len() {
            laid.stretches.push(stretch(hide, start..end.min(of_file.len()), Order::File));
        }
    }
    for hide in &hides.again {
        laid.stretches.push(stretch(hide, hide.range.clone(), Order::Page));
    }
    Ok(laid)
}

fn stretch(hide: &Hide, bytes: std::ops::Range<usize>, order: Order) -> pdf::Hide {
    pdf::Hide { order, bytes, instead: hide.replacement.clone() }
}

/// Why no copy leaves, as it is told of all documents.
fn withheld(refused: pdf::Refused) -> Withheld {
    match refused {
        pdf::Refused::Residue { residue: pdf::Residue::Structure } => Withheld::Structure { part: 0 },
        pdf::Refused::Residue { residue: pdf::Residue::InBytes | pdf::Residue::InText } => {
            Withheld::Residue { part: 0 }
        }
        pdf::Refused::TooManyPixels { page } | pdf::Refused::NoSuchPage { page } => {
            Withheld::Unpainted { page }
        }
        pdf::Refused::NotInText { .. } => Withheld::DoesNotFit,
        pdf::Refused::Residue { .. }
        | pdf::Refused::TooLarge { .. }
        | pdf::Refused::Malformed
        | pdf::Refused::Encrypted
        | pdf::Refused::Swells
        | pdf::Refused::TooManyPages { .. }
        | pdf::Refused::Unwritten => Withheld::NotAsMeant,
    }
}
