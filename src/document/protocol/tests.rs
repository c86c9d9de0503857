use proptest::prelude::*;

use super::*;
use crate::document::encoding::{Charset, NotText};
use crate::document::part::Child;
use crate::document::{Extracted, Format, Refused, Source, extract};

fn extracted(name: &str, text: &str) -> Extracted {
    extract(Source { bytes: text.as_bytes(), name: Some(name), media_type: None }).unwrap()
}

/// A table with a text and an unreadable document inside it.
pub(super) fn a_document() -> Extracted {
    let mut table = extracted("list.csv", "姓名,手机\n张伟,1\n");
    let inner = |place: &str, format, content| Child { format, content, place: place.to_owned().into() };
    table.children = vec![
        inner("part 2", Format::Plain, Ok(extracted("a.txt", "你好\n\nhello\n"))),
        inner("part 3", Format::Pdf, Err(Refused::OtherFormat { format: Format::Pdf })),
    ];
    table.pictures = 1;
    table
}

fn layers() -> Layers {
    Layers { limits: true, filter: true, landlock: 6, ..Layers::default() }
}

/// The bytes of a greeting and an answer about [`a_document`].
pub(super) fn an_answer(parts: bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_hello(&mut bytes, layers()).unwrap();
    bytes.extend(lead(&Head::Progress { done: 1, of: 2 }, 0).unwrap());
    let review = vec![Review::InnerUnread, Review::PicturesUnread];
    write_answer(&mut bytes, &Answer::Read((a_document(), review)), parts).unwrap();
    bytes
}

pub(super) fn written(mut writer: RequestWriter<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    while !writer.pending().is_empty() {
        // In pieces, as a pipe takes them.
        let piece = writer.pending().len().min(700_001);
        bytes.extend_from_slice(&writer.pending()[..piece]);
        writer.wrote(piece).unwrap();
    }
    bytes
}

fn limits(parts: bool) -> AnswerLimits {
    AnswerLimits { parts, ..AnswerLimits::default() }
}

fn read_in_pieces(bytes: &[u8], piece: usize, limits: AnswerLimits) -> Result<Answer<ReadDocument>, Fault> {
    let mut reader = AnswerReader::new(limits);
    bytes.chunks(piece).try_for_each(|piece| reader.push(piece))?;
    reader.finish()
}

fn read(bytes: &[u8]) -> Result<Answer<ReadDocument>, Fault> {
    read_in_pieces(bytes, usize::MAX, limits(true))
}

fn fault(bytes: &[u8]) -> Fault {
    read(bytes).err().expect("it is refused")
}

#[test]
fn an_answer_is_read_as_it_was_written_in_whatever_pieces_it_comes() {
    let (told, bytes) = (a_document(), an_answer(true));
    for piece in [1, 7, 4096, usize::MAX] {
        let Ok(Answer::Read(document)) = read_in_pieces(&bytes, piece, limits(true)) else {
            panic!("{piece}")
        };
        assert_eq!(document.documents().len(), 2);
        for (own, other) in document.documents().into_iter().zip(told.documents()) {
            assert_eq!((own.text(), own.format, own.charset), (other.text(), other.format, other.charset));
            assert_eq!(own.parts().count(), other.parts().len());
            for (own, other_part) in own.parts().zip(other.parts()) {
                assert_eq!(
                    (own.bytes, own.line, own.role),
                    (other_part.bytes(), other_part.line, other_part.role)
                );
                assert_eq!(
                    (own.place, own.label),
                    (&*other.place_of(other_part), other.label_of(other_part))
                );
                assert_eq!(own.rectangle, other.rectangle_of(other_part));
            }
        }
        assert_eq!(document.review, [Review::InnerUnread, Review::PicturesUnread]);
        assert_eq!(document.pictures, 1);
        assert_eq!(
            document.children.iter().map(|child| child.place.as_str()).collect::<Vec<_>>(),
            ["part 2", "part 3"]
        );
        assert_eq!(
            document.children[1].content.as_ref().err(),
            Some(&Refused::OtherFormat { format: Format::Pdf })
        );
    }
}

#[test]
fn an_answer_that_is_cut_anywhere_is_none() {
    let bytes = an_answer(true);
    for end in 0..bytes.len() {
        assert_eq!(fault(&bytes[..end]), Fault::Short, "{end}");
    }
    assert_eq!(fault(&[&bytes[..], &[0]].concat()), Fault::Short, "one byte too many begins a frame");
    assert_eq!(fault(&[&bytes[..], &lead(&Head::End {}, 0).unwrap()].concat()), Fault::OutOfOrder);
}

#[test]
fn every_refusal_is_read_as_it_was_written() {
    let not_text = NotText::Malformed { charset: Charset::Gb18030, offset: 7, line: 2 };
    for refused in [
        Refused::TooLarge { bytes: 1 << 40 },
        Refused::OtherFormat { format: Format::Recording },
        Refused::NotText(not_text),
        Refused::NotText(NotText::Unclear),
        Refused::NotText(NotText::Binary),
        Refused::Malformed { format: Format::Json, line: 3 },
        Refused::DocumentType { line: 1 },
        Refused::TooDeep { line: 9, most: 128 },
        Refused::TooManyParts,
        Refused::TooManyPages { pages: 3_000 },
    ] {
        let mut bytes = Vec::new();
        write_hello(&mut bytes, layers()).unwrap();
        write_answer(&mut bytes, &Answer::Refused(refused), false).unwrap();
        let Ok(Answer::Refused(told)) = read(&bytes) else { panic!("{refused}") };
        assert_eq!(told, refused);
    }
}

#[test]
fn a_failure_and_too_much_text_are_told() {
    let told = |answer: Answer<(Extracted, Vec<Review>)>| {
        let mut bytes = Vec::new();
        write_hello(&mut bytes, layers()).unwrap();
        write_answer(&mut bytes, &answer, false).unwrap();
        read(&bytes)
    };
    assert!(matches!(told(Answer::Panicked), Ok(Answer::Panicked)));
    assert!(matches!(told(Answer::TooMuchText { bytes: 9 }), Ok(Answer::TooMuchText { bytes: 9 })));
}

/// Frames one behind the other, a greeting before them.
fn frames(heads: &[(Head, &[u8])]) -> Vec<u8> {
    let mut bytes = lead(&Head::Hello { protocol: PROTOCOL, layers: layers() }, 0).unwrap();
    for (head, blob) in heads {
        bytes.extend(lead(head, blob.len()).unwrap());
        bytes.extend_from_slice(blob);
    }
    bytes
}

fn document(text_bytes: u64, parts: u64) -> Head {
    Head::Document {
        format: "plain".to_owned(),
        charset: "UTF-8".to_owned(),
        declaration: "absent".to_owned(),
        name_agrees: true,
        review: Vec::new(),
        pictures: 0,
        doubtful_pages: 0,
        doubtful: Vec::new(),
        text_bytes,
        parts,
    }
}

fn child() -> Head {
    Head::Child { format: "plain".to_owned(), place: "1".to_owned() }
}

/// A part from `start` to `end`, without label or page.
fn part(start: u32, end: u32) -> Vec<u8> {
    let numbers = [start, end, 1].map(u32::to_be_bytes).concat();
    [&numbers[..], &[0], &1_u16.to_be_bytes(), &u16::MAX.to_be_bytes(), &[0; 4], b"1"].concat()
}

#[test]
fn a_frame_out_of_order_is_refused() {
    let (text, end) = ((Head::Text {}, &b"ab"[..]), (Head::End {}, &b""[..]));
    for (number, bytes) in [
        frames(std::slice::from_ref(&text)),
        frames(std::slice::from_ref(&end)),
        frames(&[(document(2, 0), b""), (document(2, 0), b"")]),
        frames(&[(document(0, 0), b""), end.clone(), (document(0, 0), b"")]),
        frames(&[(document(2, 1), b""), (Head::Parts {}, &part(0, 1))]),
        frames(&[(document(2, 0), b""), (child(), b"")]),
        frames(&[(document(2, 1), b""), text.clone(), (child(), b"")]),
        frames(&[(document(0, 0), b""), (child(), b""), (child(), b"")]),
        frames(&[(document(0, 0), b""), (document(0, 0), b"")]),
        frames(&[(
            Head::Request {
                protocol: 1,
                task: Task::Characters,
                bytes: 0,
                name: None,
                media_type: None,
                text_bytes_max: 0,
                asked_bytes: 0,
                font_bytes: 0,
            },
            b"",
        )]),
        frames(&[(Head::Content {}, b"x")]),
        frames(&[(Head::Hello { protocol: PROTOCOL, layers: layers() }, b"")]),
        lead(&Head::Progress { done: 0, of: 0 }, 0).unwrap(),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(fault(&bytes), Fault::OutOfOrder, "{number}");
    }
}

#[test]
fn contents_must_be_what_was_announced() {
    let inside = |blob: &[u8], parts| {
        fault(&frames(&[
            (document(4, parts), b""),
            (Head::Text {}, "a好".as_bytes()),
            (Head::Parts {}, blob),
            (Head::End {}, b""),
        ]))
    };
    for blob in [part(0, 9), part(0, 2), part(3, 1), part(1, 1), [part(1, 4), part(0, 1)].concat()] {
        assert_eq!(inside(&blob, 2), Fault::Inconsistent, "{blob:?}");
    }
    assert_eq!(inside(&[part(0, 1), part(1, 4)].concat(), 1), Fault::Inconsistent, "more than announced");
    assert_eq!(inside(&part(0, 1), 2), Fault::Inconsistent, "fewer than announced");
    assert_eq!(inside(&part(0, 1)[..5], 1), Fault::Short);
    let text =
        |text: &[u8]| fault(&frames(&[(document(2, 0), b""), (Head::Text {}, text), (Head::End {}, b"")]));
    assert_eq!(text(b"abc"), Fault::Inconsistent);
    assert_eq!(text(b"a"), Fault::Inconsistent);
    assert_eq!(text(b""), Fault::Inconsistent);
    assert_eq!(text(&[0xFF, 0xFE]), Fault::Inconsistent, "no UTF-8");
    assert_eq!(fault(&frames(&[(Head::Progress { done: 3, of: 2 }, b"")])), Fault::Inconsistent);
}

#[test]
fn what_is_over_a_limit_is_refused_as_soon_as_it_is_announced() {
    assert!(matches!(fault(&[0xFF; 8]), Fault::Oversized { .. }));
    assert!(matches!(fault(&[0, 0, 0, 1, 0x00, 0x20, 0, 0]), Fault::Oversized { .. }));
    assert!(matches!(fault(&frames(&[(document(u64::MAX, 0), b"")])), Fault::Oversized { .. }));
    assert!(matches!(fault(&frames(&[(document(2, u64::MAX), b"")])), Fault::Oversized { .. }));
    let unasked = read_in_pieces(&frames(&[(document(2, 1), b"")]), 9, limits(false));
    assert!(matches!(unasked, Err(Fault::Oversized { most: 0, .. })));
    let small = AnswerLimits { bytes: 100, ..limits(true) };
    assert!(matches!(read_in_pieces(&an_answer(true), 9, small), Err(Fault::Oversized { most: 100, .. })));
    let deep: Vec<_> = (0..40).flat_map(|_| [(document(0, 0), &b""[..]), (child(), b"")]).collect();
    assert!(matches!(fault(&frames(&deep)), Fault::Oversized { .. }));
    assert!(lead(&Head::Text {}, 1 << 21).is_err());
}

/// A frame with this head, as it stands.
fn raw(head: &str) -> Vec<u8> {
    let lengths = [u32::try_from(head.len()).unwrap().to_be_bytes(), [0; 4]].concat();
    [&lengths[..], head.as_bytes()].concat()
}

#[test]
fn a_head_of_another_form_is_refused() {
    for head in [
        "",
        "{}",
        "[]",
        "{\"frame\":\"ende\"}",
        "{\"frame\":\"end\",\"more\":1}",
        "{\"frame\":\"progress\",\"done\":-1,\"of\":0}",
        "{\"frame\":\"progress\",\"done\":1}",
        "{\"frame\":\"refused\",\"reason\":\"bored\"}",
        "{\"frame\":\"refused\",\"reason\":\"too_large\"}",
        "{\"frame\":\"refused\",\"reason\":\"binary\",\"line\":1}",
        "{\"frame\":\"refused\",\"reason\":\"panicked\",\"line\":1}",
        "{\"frame\":\"refused\",\"reason\":\"other_format\",\"format\":\"floppy\"}",
        "{\"frame\":\"refused\",\"reason\":\"encoding\",\"charset\":\"utf8\",\"offset\":1,\"line\":1}",
    ] {
        assert_eq!(fault(&[frames(&[]), raw(head)].concat()), Fault::Malformed, "{head}");
    }
    let other = Head::Hello { protocol: 2, layers: layers() };
    assert_eq!(fault(&lead(&other, 0).unwrap()), Fault::Edition { theirs: 2 });
    assert_eq!(fault(&frames(&[(document(0, 0), b"x")])), Fault::Malformed, "bytes where there are none");
}

#[test]
fn a_request_is_read_as_it_was_written() {
    let content = "证据".repeat(400_000);
    let request =
        Request::new(Task::Text { parts: false, lenient: true }, Some("名单.csv"), Some("text/csv"));
    let bytes = written(RequestWriter::new(&request, content.as_bytes()).unwrap());
    for piece in [1_001, usize::MAX] {
        let mut reader = RequestReader::default();
        let mut whole = false;
        for piece in bytes.chunks(piece) {
            assert!(!whole);
            whole = reader.push(piece).unwrap();
        }
        assert!(whole);
        let (told, document) = reader.finish().unwrap();
        assert!(told == request && *document == content.as_bytes());
    }
    let empty = written(RequestWriter::new(&request, b"").unwrap());
    assert_eq!(RequestReader::default().push(&empty), Ok(true));
}

#[test]
fn a_request_that_is_cut_longer_or_out_of_order_is_refused() {
    let request = Request::new(Task::Characters, None, None);
    let bytes = written(RequestWriter::new(&request, b"text").unwrap());
    for end in 0..bytes.len() {
        let mut reader = RequestReader::default();
        assert_eq!(reader.push(&bytes[..end]), Ok(false), "{end}");
        assert!(reader.finish().is_err());
    }
    let push = |bytes: &[u8]| RequestReader::default().push(bytes);
    let content = |bytes: &[u8]| [&lead(&Head::Content {}, bytes.len()).unwrap(), bytes].concat();
    assert_eq!(push(&[&bytes[..], &[0]].concat()), Err(Fault::OutOfOrder));
    assert_eq!(push(&content(b"text")), Err(Fault::OutOfOrder));
    assert_eq!(push(&[&bytes[..], &content(b"x")].concat()), Err(Fault::Inconsistent));
    assert_eq!(push(&[&bytes[..], &bytes[..]].concat()), Err(Fault::OutOfOrder));
    let head = |protocol, bytes, text_bytes_max| {
        let head = Head::Request {
            protocol,
            task: Task::Characters,
            bytes,
            name: None,
            media_type: None,
            text_bytes_max,
            asked_bytes: 0,
            font_bytes: 0,
        };
        push(&lead(&head, 0).unwrap())
    };
    assert_eq!(head(2, 0, 0), Err(Fault::Edition { theirs: 2 }));
    assert!(matches!(head(1, 1 << 40, 0), Err(Fault::Oversized { .. })));
    assert!(matches!(head(1, 0, 1 << 40), Err(Fault::Oversized { .. })));
}

proptest! {
    #[test]
    fn whatever_comes_is_an_answer_or_a_fault(changes in proptest::collection::vec((any::<usize>(), any::<u8>()), 1..4)) {
        let mut bytes = an_answer(true);
        for (at, byte) in changes {
            let at = at % bytes.len();
            bytes[at] = byte;
        }
        if let Ok(Answer::Read(document)) = read(&bytes) {
            for document in document.documents() {
                for part in document.parts() {
                    prop_assert!(document.text().get(part.bytes).is_some());
                }
            }
        }
    }

    #[test]
    fn noise_is_a_fault(noise in proptest::collection::vec(any::<u8>(), 1..400)) {
        prop_assert!(read(&noise).is_err());
        prop_assert!(RequestReader::default().push(&noise) != Ok(true));
    }
}
