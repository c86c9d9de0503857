//! Tests a new file before it is given out, by ways that share nothing with how it was made: another
//! reader opens it, and whatever is found that should not be there stops it.

mod needles;
mod pictures;
mod structure;

use lopdf::{Dictionary, Document, Object, ObjectId, Stream};

use self::needles::Needles;
use super::fault::Residue;
use super::fold::Values;
use super::rebuild::PixelBox;

/// What a new file has to be.
pub(crate) struct Expected<'e> {
    pub(crate) pages: &'e [ExpectedPage],
    /// What must not be in it.
    pub(crate) values: &'e [&'e str],
}

/// What a page of a new file has to be.
pub(crate) struct ExpectedPage {
    /// In points.
    pub(crate) width: f32,
    pub(crate) height: f32,
    /// The boxes in its picture; `None` for a slip, which has no picture.
    pub(crate) boxes: Option<Vec<PixelBox>>,
}

/// Points by which a page's size may differ: what rounding leaves.
const SIZE_POINTS: f32 = 0.01;

/// Tests a new file.
///
/// # Errors
/// What was found; the file must not be given out then.
pub(crate) fn verify(bytes: &[u8], expected: &Expected<'_>) -> Result<(), Residue> {
    let document = Document::load_mem(bytes).map_err(|_| Residue::Unreadable)?;
    if !structure::is_sound(bytes, &document) {
        return Err(Residue::Structure);
    }
    let needles = Needles::of(expected.values.iter().copied());
    if needles.are_in_samples(bytes) || needles.are_in(&without_streams(bytes)) {
        return Err(Residue::InBytes);
    }
    check_streams(&document, &needles)?;
    check_text(&document, expected)?;
    check_pages(&document, expected, &needles)
}

/// The bytes of a file with the bodies of its streams left out: those mean nothing before they are unpacked.
fn without_streams(bytes: &[u8]) -> Vec<u8> {
    let mut kept = Vec::new();
    let mut rest = bytes;
    let find = |bytes: &[u8], sign: &[u8]| bytes.windows(sign.len()).position(|window| window == sign);
    while let Some(start) = find(rest, b"\nstream\n") {
        let (before, body) = rest.split_at(start);
        kept.extend_from_slice(before);
        let end = find(body, b"\nendstream").unwrap_or(body.len());
        rest = body.get(end..).unwrap_or(&[]);
    }
    kept.extend_from_slice(rest);
    kept
}

/// Looks through every stream that is no picture, unpacked.
fn check_streams(document: &Document, needles: &Needles) -> Result<(), Residue> {
    for object in document.objects.values() {
        let Object::Stream(stream) = object else { continue };
        if is_picture(stream) {
            continue;
        }
        let body = unpacked(stream).ok_or(Residue::Unreadable)?;
        if needles.are_in(&body) {
            return Err(Residue::InBytes);
        }
    }
    Ok(())
}

/// Reads the text with the other reader and looks for the values there, page by page and over pages.
fn check_text(document: &Document, expected: &Expected<'_>) -> Result<(), Residue> {
    let numbers: Vec<u32> = document.get_pages().into_keys().collect();
    let text = document.extract_text(&numbers).map_err(|_| Residue::Unreadable)?;
    let values = Values::of(expected.values.iter().copied());
    if values.places(&text).is_empty() { Ok(()) } else { Err(Residue::InText) }
}

fn check_pages(document: &Document, expected: &Expected<'_>, needles: &Needles) -> Result<(), Residue> {
    let pages: Vec<ObjectId> = document.get_pages().into_values().collect();
    if pages.len() != expected.pages.len() {
        return Err(Residue::Pages);
    }
    for (id, page) in pages.iter().zip(expected.pages) {
        let found = document.get_dictionary(*id).map_err(|_| Residue::Pages)?;
        if !has_size(found, page.width, page.height) {
            return Err(Residue::Pages);
        }
        let picture = picture_of(document, found);
        match (&page.boxes, picture) {
            (None, None) => {}
            (Some(boxes), Some(stream)) => {
                let samples = pictures::unpacked(stream).ok_or(Residue::Unreadable)?;
                if needles.are_in_samples(&samples.bytes) {
                    return Err(Residue::InBytes);
                }
                if !boxes.iter().all(|pixels| samples.is_even_in(*pixels)) {
                    return Err(Residue::Box);
                }
            }
            _ => return Err(Residue::Pages),
        }
    }
    Ok(())
}

fn has_size(page: &Dictionary, width: f32, height: f32) -> bool {
    let Ok(edges) = page.get(b"MediaBox").and_then(Object::as_array) else { return false };
    let edges: Vec<f32> = edges.iter().filter_map(|edge| edge.as_float().ok()).collect();
    match edges.as_slice() {
        [0.0, 0.0, right, top] => (right - width).abs() < SIZE_POINTS && (top - height).abs() < SIZE_POINTS,
        _ => false,
    }
}

fn picture_of<'d>(document: &'d Document, page: &Dictionary) -> Option<&'d Stream> {
    let resources = page.get(b"Resources").and_then(Object::as_dict).ok()?;
    let pictures = resources.get(b"XObject").and_then(Object::as_dict).ok()?;
    let id = pictures.get(b"P").and_then(Object::as_reference).ok()?;
    document.get_object(id).and_then(Object::as_stream).ok()
}

fn is_picture(stream: &Stream) -> bool {
    stream.dict.get(b"Subtype").and_then(Object::as_name).is_ok_and(|name| name == b"Image")
}

fn unpacked(stream: &Stream) -> Option<Vec<u8>> {
    let filter = stream.dict.get(b"Filter").and_then(Object::as_name).ok()?;
    (filter == b"FlateDecode").then(|| pictures::inflated(&stream.content)).flatten()
}

#[cfg(test)]
mod tests;
