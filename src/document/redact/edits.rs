//! What was judged, laid out on the parts of a document.

use std::ops::Range;

use zeroize::Zeroizing;

use super::{Hide, Hides, Withheld};
use crate::document::part::{Extracted, Part, Role};

/// What shall stand in a part instead of something.
pub(super) struct Edit {
    /// Its bytes in the part's text.
    pub(super) range: Range<usize>,
    pub(super) text: String,
}

/// Lays hides out on the parts that they meet. A hide that runs over several leaves its stand-in in the first.
///
/// # Errors
/// A hide that meets no part, is out of order, or cuts a character.
pub(super) fn by_part(extracted: &Extracted, hides: &[Hide]) -> Result<Vec<Vec<Edit>>, Withheld> {
    let parts = extracted.parts();
    let mut edits: Vec<Vec<Edit>> = parts.iter().map(|_| Vec::new()).collect();
    let mut end = 0;
    for hide in hides {
        let whole = extracted.text().get(hide.range.clone());
        if hide.range.start < end || whole.is_none_or(str::is_empty) {
            return Err(Withheld::DoesNotFit);
        }
        end = hide.range.end;
        let mut text = Some(hide.replacement.clone());
        let first = parts.partition_point(|part| part.bytes().end <= hide.range.start);
        for (part, own) in parts.iter().zip(edits.iter_mut()).skip(first) {
            let place = part.bytes();
            if place.start >= hide.range.end {
                break;
            }
            let from = hide.range.start.max(place.start) - place.start;
            let to = hide.range.end.min(place.end) - place.start;
            own.push(Edit { range: from..to, text: text.take().unwrap_or_default() });
        }
        if text.is_some() {
            return Err(Withheld::DoesNotFit);
        }
    }
    Ok(edits)
}

/// A text with its edits made.
pub(super) fn edited(text: &str, edits: &[Edit]) -> Zeroizing<String> {
    let mut out = Zeroizing::new(String::with_capacity(text.len()));
    let mut at = 0;
    for edit in edits {
        out.push_str(text.get(at..edit.range.start).unwrap_or(""));
        out.push_str(&edit.text);
        at = edit.range.end;
    }
    out.push_str(text.get(at..).unwrap_or(""));
    out
}

/// The text of each part as it shall be seen.
pub(super) fn masked<'e>(
    extracted: &'e Extracted,
    edits: &'e [Vec<Edit>],
) -> impl Iterator<Item = (&'e Part, Zeroizing<String>)> {
    let parts = extracted.parts().iter().zip(edits);
    parts.map(|(part, edits)| (part, edited(extracted.text_of(part), edits)))
}

/// Every value that was hidden, in the document and in those inside it.
pub(super) fn values(extracted: &Extracted, hides: &Hides) -> Vec<Zeroizing<String>> {
    let own = hides.own.iter().filter_map(|hide| extracted.text().get(hide.range.clone()));
    let again = hides.again.iter().filter_map(|hide| extracted.again().get(hide.range.clone()));
    let mut values: Vec<_> = own.chain(again).map(|value| Zeroizing::new(value.to_owned())).collect();
    for (child, hides) in extracted.children.iter().zip(&hides.children) {
        if let Ok(inner) = &child.content {
            values.extend(self::values(inner, hides));
        }
    }
    values
}

/// What is left to be seen, in the document and in those inside it: only what people see in its place.
pub(super) fn left(extracted: &Extracted, hides: &Hides) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::new());
    if let Ok(edits) = by_part(extracted, &hides.own) {
        for (part, masked) in masked(extracted, &edits) {
            if matches!(part.role, Role::Text | Role::Key | Role::Note | Role::Header | Role::Hidden) {
                text.push_str(&masked);
                text.push('\n');
            }
        }
    }
    let none = Hides::default();
    let children = hides.children.iter().chain(std::iter::repeat(&none));
    for (child, hides) in extracted.children.iter().zip(children) {
        if let Ok(inner) = &child.content {
            text.push_str(&left(inner, hides));
        }
    }
    text
}

/// What is left of a stretch that begins at byte `at` of the paragraph. Stand-ins are written where their edit
/// begins.
pub(super) fn within(text: &str, at: usize, edits: &[Edit]) -> Zeroizing<String> {
    let mut out = Zeroizing::new(String::with_capacity(text.len()));
    let mut from = at;
    let end = at + text.len();
    let first = edits.partition_point(|edit| edit.range.end <= at);
    for edit in edits.iter().skip(first).take_while(|edit| edit.range.start < end) {
        let start = edit.range.start.max(from);
        out.push_str(text.get(from - at..start - at).unwrap_or(""));
        if edit.range.start >= at {
            out.push_str(&edit.text);
        }
        from = edit.range.end.clamp(from, end);
    }
    out.push_str(text.get(from - at..).unwrap_or(""));
    out
}
