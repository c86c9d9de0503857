//! Does what a request asks of a document: the whole work of the process that reads it.

use super::encoding::Declaration;
use super::extract::{Refused, Source, characters, extract, extract_as, extract_with};
use super::part::{Body, Extracted};
use super::pdf::Fonts;
use super::protocol::{Answer, Made, Request, Review, Task};
use super::redact::Withheld;
use super::rendition::{Asked, Wanted, page_picture, render};
use super::sniff::{Format, sniff};
use zeroize::Zeroizing;

/// Reads a document for a request.
pub fn read(request: &Request, bytes: &[u8]) -> Answer<(Extracted, Vec<Review>)> {
    let source = Source { bytes, name: request.name.as_deref(), media_type: request.media_type.as_deref() };
    let mut review = Vec::new();
    let extracted = match request.task {
        Task::Text { lenient: false, .. } => extract_with(source, &fonts(request)),
        Task::Text { lenient: true, .. } => extract_with(source, &fonts(request)).or_else(|refused| {
            review.push(Review::ReadAsPlain);
            as_plain(source, refused)
        }),
        Task::Characters => as_it_stands(source),
        Task::Rendition => return rendition(request, source),
        Task::Page { page, dots_per_inch } => return picture(request, source, page, dots_per_inch),
    };
    let extracted = match extracted {
        Ok(extracted) => extracted,
        Err(refused) => return Answer::Refused(refused),
    };
    let documents = extracted.documents();
    let text_bytes = documents.iter().map(|document| document.text().len() as u64).sum();
    if text_bytes > request.text_bytes_max {
        return Answer::TooMuchText { bytes: text_bytes };
    }
    if !extracted.name_agrees {
        review.push(Review::NameDisagrees);
    }
    if extracted.declaration == Declaration::Overruled {
        review.push(Review::CharsetOverruled);
    }
    if documents.iter().any(|document| document.pictures > 0) {
        review.push(Review::PicturesUnread);
    }
    if documents.iter().any(|document| !document.doubtful.is_empty()) {
        review.push(Review::PagesDoubtful);
    }
    if documents.iter().any(|document| document.children.iter().any(|child| child.content.is_err())) {
        review.push(Review::InnerUnread);
    }
    if extracted.oddity.is_some() {
        review.push(Review::Oddity);
    }
    Answer::Read((extracted, review))
}

fn fonts(request: &Request) -> Fonts {
    if request.font.is_empty() { Fonts::standard() } else { Fonts::with(request.font.to_vec()) }
}

fn rendition<T>(request: &Request, source: Source<'_>) -> Answer<T> {
    let made = Asked::parse(&request.asked).and_then(|asked| render(source, &asked, &fonts(request)));
    match made {
        Ok(made) => Answer::Made(Made {
            format: made.format,
            bytes: made.bytes,
            report: Some(made.report),
            numbers: Zeroizing::new(made.numbers),
        }),
        Err(Withheld::Refused(refused)) => Answer::Refused(refused),
        Err(withheld) => Answer::Withheld(withheld),
    }
}

fn picture<T>(request: &Request, source: Source<'_>, page: u32, dots_per_inch: u16) -> Answer<T> {
    let asked = match request.asked.as_slice() {
        [] => Ok(None),
        asked => Asked::parse(asked).map(Some),
    };
    let wanted = Wanted { page, dots_per_inch };
    let made = asked.and_then(|asked| page_picture(source, asked.as_ref(), wanted, &fonts(request)));
    match made {
        Ok(bytes) => {
            Answer::Made(Made { format: Format::Png, bytes, report: None, numbers: Zeroizing::default() })
        }
        Err(Withheld::Refused(refused)) => Answer::Refused(refused),
        Err(withheld) => Answer::Withheld(withheld),
    }
}

/// A text that breaks the rules of its format, as plain text; what is refused for another reason stays so.
fn as_plain(source: Source<'_>, refused: Refused) -> Result<Extracted, Refused> {
    match refused {
        Refused::Malformed { .. }
        | Refused::DocumentType { .. }
        | Refused::TooDeep { .. }
        | Refused::TooManyParts => extract_as(source, Format::Plain).map_err(|_| refused),
        _ => Err(refused),
    }
}

/// The characters of a text as they stand in it; of another format what is extracted of it, or a message as
/// it was sent.
fn as_it_stands(source: Source<'_>) -> Result<Extracted, Refused> {
    let sniffed = sniff(source.bytes, source.name, source.media_type);
    if !sniffed.format.is_text_like() {
        match extract(source) {
            Err(Refused::OtherFormat { .. }) => {}
            outcome => return outcome,
        }
    }
    let (format, decoded) = characters(source)?;
    let mut body = Body::default();
    body.text = decoded.text;
    Ok(Extracted {
        format,
        charset: decoded.charset,
        declaration: decoded.declaration,
        name_agrees: sniffed.name_agrees,
        oddity: sniffed.oddity,
        children: Vec::new(),
        pictures: 0,
        doubtful: Vec::new(),
        again: Zeroizing::default(),
        body,
    })
}
