use pdf_writer::{Finish as _, Ref, Str, TextStr};

use super::*;
use crate::document::extract::extract;
use crate::document::pdf::testing::{Sheet, deflated, pdf, pdf_with};

fn read(bytes: &[u8], name: &str) -> Result<crate::document::Extracted, Refused> {
    extract(Source { bytes, name: Some(name), media_type: None })
}

#[test]
fn lines_have_their_places_and_what_nobody_sees_is_told_apart() {
    let sheet = Sheet::new().latin("Call 139 1234 5678", 40.0, 200.0).with(|content| {
        content.begin_text().set_font(pdf_writer::Name(b"L"), 12.0).next_line(40.0, 100.0);
        content.set_text_rendering_mode(pdf_writer::types::TextRenderingMode::Invisible);
        content.show(Str(b"unseen words")).end_text();
    });
    let extracted = read(&pdf(vec![sheet]), "a.pdf").unwrap();
    let told: Vec<(Role, &str, String)> = extracted
        .parts()
        .iter()
        .map(|part| (part.role, extracted.text_of(part), extracted.place_of(part)))
        .collect();
    assert_eq!(
        told,
        [
            (Role::Text, "Call 139 1234 5678", "page 1".to_owned()),
            (Role::Hidden, "unseen words", "page 1".to_owned())
        ]
    );
    let first = extracted.rectangle_of(&extracted.parts()[0]).unwrap();
    assert!(first.page == 1 && (39.0..41.0).contains(&first.x0) && first.y0 < 100.0 && first.y1 > 100.0);
    let [doubtful] = extracted.doubtful.as_slice() else { panic!("{:?}", extracted.doubtful) };
    assert_eq!((doubtful.page, doubtful.why.contains(&Doubt::UnseenText)), (1, true));
}

#[test]
fn the_text_begins_with_what_the_file_draws_and_has_the_order_of_the_page_beside_it() {
    let sheet =
        Sheet::new().latin("value", 200.0, 200.0).latin("below", 40.0, 100.0).latin("label", 40.0, 200.0);
    let bytes = pdf(vec![sheet, Sheet::new().latin("two", 40.0, 200.0)]);
    let extracted = read(&bytes, "a.pdf").unwrap();
    assert_eq!(extracted.text(), "value\nbelow\nlabel\ntwo\n");
    assert_eq!(extracted.again(), "label\tvalue\nbelow\ntwo\n");
    let plain = read(&pdf(vec![Sheet::new().latin("one", 40.0, 200.0)]), "a.pdf").unwrap();
    assert_eq!(plain.again(), "", "where both orders agree, one is enough");
}

#[test]
fn what_the_file_says_beside_its_pages_stands_at_the_end_with_its_role() {
    let bytes = pdf_with(vec![Sheet::new().latin("body", 40.0, 200.0)], |pdf, entries| {
        let [names, tree, file, stream, outlines, item] = [200, 201, 202, 203, 204, 205].map(Ref::new);
        entries.push((b"Names", names));
        pdf.indirect(names).dict().pair(pdf_writer::Name(b"EmbeddedFiles"), tree);
        let mut dict = pdf.indirect(tree).dict();
        dict.insert(pdf_writer::Name(b"Names")).array().item(Str(b"a.csv")).item(file);
        dict.finish();
        let mut dict = pdf.indirect(file).dict();
        dict.pair(pdf_writer::Name(b"UF"), TextStr("a.csv"));
        dict.insert(pdf_writer::Name(b"EF")).dict().pair(pdf_writer::Name(b"F"), stream);
        dict.finish();
        pdf.stream(stream, b"name,phone\nLina,13912345678\n");
        entries.push((b"Outlines", outlines));
        pdf.indirect(outlines).dict().pair(pdf_writer::Name(b"First"), item);
        pdf.indirect(item).dict().pair(pdf_writer::Name(b"Title"), TextStr("林佳慧"));
        pdf.document_info(Ref::new(206)).author(TextStr("欧阳明远"));
    });
    let extracted = read(&bytes, "a.pdf").unwrap();
    let told: Vec<(Role, &str, String)> = extracted
        .parts()
        .iter()
        .map(|part| (part.role, extracted.text_of(part), extracted.place_of(part)))
        .collect();
    assert_eq!(told[0], (Role::Text, "body", "page 1".to_owned()));
    assert!(told.contains(&(Role::Metadata, "林佳慧", "bookmark 1".to_owned())), "{told:?}");
    assert!(told.contains(&(Role::Metadata, "欧阳明远", "information 1".to_owned())), "{told:?}");
    assert!(told.contains(&(Role::AttachmentName, "a.csv", "attachment 1 1".to_owned())), "{told:?}");
    let inner = extracted.children[0].content.as_ref().unwrap();
    assert_eq!(inner.format, Format::Csv);
    assert_eq!(inner.place_of(inner.parts().last().unwrap()), "row 2 col phone");
}

#[test]
fn a_pdf_that_is_none_is_refused_with_the_reason() {
    assert_eq!(read(b"%PDF-1.7\nnothing", "a.pdf").err(), Some(Refused::Damaged { format: Format::Pdf }));
    let swelling = deflated(&vec![0; 200_000_000]);
    let mut bytes = b"%PDF-1.7\n1 0 obj <</Filter/FlateDecode>> stream\n".to_vec();
    bytes.extend_from_slice(&swelling);
    let refused = read(&bytes, "a.pdf").err().unwrap();
    assert!(matches!(refused, Refused::InflatesTooFar { .. }) && refused.is_limit(), "{refused:?}");
}

#[test]
fn a_pdf_in_a_mail_is_read_too() {
    use base64::Engine as _;
    let attached = base64::engine::general_purpose::STANDARD.encode(pdf(vec![Sheet::new().latin(
        "Call 139 1234 5678",
        40.0,
        200.0,
    )]));
    let mail = format!(
        "From: a@b.example\r\nContent-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n{attached}\r\n"
    );
    let extracted = read(mail.as_bytes(), "a.eml").unwrap();
    assert_eq!(extracted.children[0].content.as_ref().unwrap().text(), "Call 139 1234 5678\n");
}
