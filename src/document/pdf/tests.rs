//! What reading and redacting promise, on files that are made here.

use std::collections::BTreeSet;

use pdf_writer::types::TextRenderingMode;
use pdf_writer::{Finish, Name, Ref, Str, TextStr};

use super::testing::{PAGE, Sheet, deflated, pdf, pdf_with, raw};
use super::*;

fn opened(bytes: Vec<u8>) -> Opened {
    open(bytes, &Fonts::standard()).unwrap()
}

fn read_of(bytes: Vec<u8>) -> Document {
    read(&opened(bytes)).unwrap()
}

fn doubts(sheet: Sheet) -> Vec<Doubt> {
    read_of(pdf(vec![sheet])).pages()[0].doubts().iter().copied().collect()
}

fn unseen(sheet: Sheet) -> Vec<Option<Unseen>> {
    read_of(pdf(vec![sheet])).pages()[0].lines(Order::File).map(|line| line.unseen).collect()
}

#[test]
fn text_is_read_in_the_order_of_the_file_and_of_the_page() {
    let sheet = Sheet::new().squares("林佳慧", 120.0, 250.0).latin("second line", 20.0, 200.0).squares(
        "姓名：",
        20.0,
        250.0,
    );
    let document = read_of(pdf(vec![sheet, Sheet::new().latin("page two", 20.0, 250.0)]));
    assert_eq!(*document.text(Order::File), "林佳慧\nsecond line\n姓名：\npage two\n");
    assert_eq!(*document.text(Order::Page), "姓名：\t林佳慧\nsecond line\npage two\n");
    let lines: Vec<_> = document.pages()[0].lines(Order::File).collect();
    let area = lines[0].area;
    assert!((area.left - 120.0).abs() < 1.0 && (area.right - 156.0).abs() < 1.0, "{area:?}");
    assert!(area.top < 50.0 - 9.0 && area.bottom > 50.0, "{area:?}");
    assert!(document.pages().iter().all(|page| page.doubts().is_empty()));
}

#[test]
fn a_chinese_font_that_is_not_in_the_file_is_read_by_its_codes_and_cannot_be_drawn() {
    let sheet = || Sheet::new().borrowed("授权人：欧阳明远", 20.0, 250.0);
    let document = read_of(pdf(vec![sheet()]));
    assert_eq!(*document.text(Order::File), "授权人：欧阳明远\n");
    assert_eq!(doubts(sheet()), [Doubt::FontMissing]);
}

#[test]
fn text_drawn_twice_is_one_text() {
    let twice = |content: &mut pdf_writer::Content| {
        content.begin_text().set_font(Name(b"L"), 12.0).next_line(20.0, 250.0);
        content.set_text_rendering_mode(TextRenderingMode::FillStroke).show(Str(b"13912345678")).end_text();
        content.begin_text().set_text_rendering_mode(TextRenderingMode::Fill).next_line(20.2, 250.0);
        content.show(Str(b"13912345678")).end_text();
    };
    assert_eq!(*read_of(pdf(vec![Sheet::new().with(twice)])).text(Order::File), "13912345678\n");
}

#[test]
fn what_nobody_sees_is_read_and_told_apart() {
    let bar = |y: f32| {
        move |content: &mut pdf_writer::Content| {
            content.set_fill_rgb(0.0, 0.0, 0.0).rect(10.0, y - 5.0, 200.0, 20.0).fill_nonzero();
        }
    };
    let mode_3 = Sheet::new().with(|content| {
        content.set_text_rendering_mode(TextRenderingMode::Invisible);
    });
    assert_eq!(unseen(mode_3.latin("layer", 20.0, 250.0)), [Some(Unseen::RenderMode)]);
    let white = Sheet::new().with(|content| {
        content.set_fill_gray(1.0);
    });
    assert_eq!(unseen(white.latin("white", 20.0, 250.0)), [Some(Unseen::SameColour)]);
    let on_a_bar = Sheet::new().with(bar(250.0)).with(|content| {
        content.set_fill_gray(1.0);
    });
    assert_eq!(unseen(on_a_bar.latin("white on black", 20.0, 250.0)), [None]);
    assert_eq!(unseen(Sheet::new().latin("covered", 20.0, 250.0).with(bar(250.0))), [Some(Unseen::Covered)]);
    assert_eq!(unseen(Sheet::new().latin("beside", 20.0, 250.0).with(bar(100.0))), [None]);
    assert_eq!(unseen(Sheet::new().latin("off", 900.0, 250.0)), [Some(Unseen::OffPage)]);
    let clipped = Sheet::new().with(|content| {
        content.rect(200.0, 10.0, 50.0, 50.0).clip_nonzero().end_path();
    });
    assert_eq!(unseen(clipped.latin("clipped", 20.0, 250.0)), [Some(Unseen::Clipped)]);
    let covered = Sheet::new().latin("under a picture", 20.0, 250.0).picture([10.0, 240.0, 150.0, 30.0]);
    assert_eq!(unseen(covered), [Some(Unseen::Covered)]);
}

#[test]
fn pages_that_cannot_be_believed_say_why() {
    assert_eq!(doubts(Sheet::new().picture([0.0, 0.0, 400.0, 300.0])), [Doubt::Scan]);
    let beside = Sheet::new().latin("text", 20.0, 250.0).picture([0.0, 0.0, 200.0, 100.0]);
    assert_eq!(doubts(beside), [Doubt::Picture]);
    assert_eq!(doubts(Sheet::new().latin("a stamp", 20.0, 250.0).picture([300.0, 10.0, 60.0, 60.0])), []);
    let painted = Sheet::new().latin("living text", 20.0, 250.0).with(|content| {
        content.rect(10.0, 240.0, 200.0, 30.0).fill_nonzero();
    });
    assert_eq!(doubts(painted), [Doubt::UnseenText]);
}

#[test]
fn what_a_file_holds_beside_its_pages_is_found() {
    let bytes = pdf_with(vec![Sheet::new().latin("page", 20.0, 250.0)], |pdf, entries| {
        let [form, field, outlines, bookmark, names, file, stream, script] =
            [200, 201, 202, 203, 204, 205, 206, 207].map(Ref::new);
        let mut dictionary = pdf.indirect(form).dict();
        dictionary.insert(Name(b"Fields")).array().item(field);
        dictionary.finish();
        let mut dictionary = pdf.indirect(field).dict();
        dictionary
            .pair(Name(b"FT"), Name(b"Tx"))
            .pair(Name(b"T"), TextStr("phone"))
            .pair(Name(b"V"), TextStr("13900001111"));
        dictionary.finish();
        let mut dictionary = pdf.indirect(outlines).dict();
        dictionary.pair(Name(b"First"), bookmark);
        dictionary.finish();
        let mut dictionary = pdf.indirect(bookmark).dict();
        dictionary.pair(Name(b"Title"), TextStr("欧阳明远的授权书")).pair(Name(b"Next"), bookmark);
        dictionary.finish();
        let mut dictionary = pdf.indirect(names).dict();
        dictionary
            .insert(Name(b"EmbeddedFiles"))
            .dict()
            .insert(Name(b"Names"))
            .array()
            .item(Str(b"a"))
            .item(file);
        dictionary
            .insert(Name(b"JavaScript"))
            .dict()
            .insert(Name(b"Names"))
            .array()
            .item(Str(b"b"))
            .item(script);
        dictionary.finish();
        let mut dictionary = pdf.indirect(script).dict();
        dictionary.pair(Name(b"JS"), TextStr("app.alert('hello')"));
        dictionary.finish();
        let mut dictionary = pdf.indirect(file).dict();
        dictionary.pair(Name(b"UF"), TextStr("客户.csv"));
        dictionary.insert(Name(b"EF")).dict().pair(Name(b"F"), stream);
        dictionary.finish();
        pdf.stream(stream, "姓名\n林佳慧\n".as_bytes());
        entries.extend([(&b"AcroForm"[..], form), (b"Outlines", outlines), (b"Names", names)]);
        pdf.document_info(Ref::new(208)).author(TextStr("林佳慧"));
    });
    let facts = read_of(bytes).facts;
    let said: Vec<(SaidAs, &str)> = facts.said.iter().map(|said| (said.kind, said.text.as_str())).collect();
    for expected in [
        (SaidAs::Information, "林佳慧"),
        (SaidAs::FormValue, "13900001111"),
        (SaidAs::Bookmark, "欧阳明远的授权书"),
        (SaidAs::Script, "app.alert('hello')"),
        (SaidAs::FileName, "客户.csv"),
    ] {
        assert!(said.contains(&expected), "{expected:?} in {said:?}");
    }
    assert_eq!(facts.files[0].bytes.as_ref().unwrap().expose(), "姓名\n林佳慧\n".as_bytes());
    // A bookmark that follows itself ends the walk, not the program.
    assert!(said.iter().filter(|(kind, _)| *kind == SaidAs::Bookmark).count() >= 1);
}

#[test]
fn hostile_files_are_refused_or_doubted_soon() {
    let page_loop = raw(&[b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2>>"]);
    let is_refused = |bytes: Vec<u8>| open(bytes, &Fonts::standard()).err();
    assert_eq!(is_refused(page_loop), Some(Refused::Malformed));
    let deep =
        ["<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/X ", &"[".repeat(200_000), &"]".repeat(200_000), ">>"]
            .concat();
    let deep =
        raw(&[b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>", deep.as_bytes()]);
    assert!(is_refused(deep).is_some());
    let twice = deflated(&deflated(&vec![b' '; 100_000_000]));
    let stream = [
        format!("<</Filter[/FlateDecode/FlateDecode]/Length {}>>\nstream\n", twice.len()).as_bytes(),
        &twice,
        b"\nendstream",
    ]
    .concat();
    let bomb = raw(&[
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>",
        &stream,
    ]);
    assert_eq!(is_refused(bomb), Some(Refused::Swells));
    assert_eq!(is_refused(b"%PDF-1.7\nnothing".to_vec()), Some(Refused::Malformed));
    assert_eq!(is_refused(Vec::new()), Some(Refused::Malformed));
}

#[test]
fn forms_that_draw_each_other_without_end_are_counted_and_not_drawn() {
    let form = |next: u32| {
        let body = format!("/F{next} Do ").repeat(10);
        format!(
            "<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</F{next} {next} 0 R>>>>/Length {}>>\nstream\n{body}\nendstream",
            body.len()
        )
    };
    let mut objects = vec![
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec(),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 4 0 R/Resources<</XObject<</F5 5 0 R>>>>>>"
            .to_vec(),
        b"<</Length 7>>\nstream\n/F5 Do \nendstream".to_vec(),
    ];
    objects.extend((6..26).map(|next| form(next).into_bytes()));
    objects.push(form(5).into_bytes());
    let objects: Vec<&[u8]> = objects.iter().map(Vec::as_slice).collect();
    let opened = opened(raw(&objects));
    let document = read(&opened).unwrap();
    assert!(document.pages()[0].doubts().contains(&Doubt::TooMuch));
    assert_eq!(render(&opened, 1, 72).unwrap_err(), Refused::TooManyPixels { page: 1 });
}

#[test]
fn a_page_is_painted_within_limits_only() {
    let opened = opened(pdf(vec![Sheet::new().latin("page", 20.0, 250.0)]));
    let png = render(&opened, 1, 72).unwrap();
    let picture = image::load_from_memory(&png).unwrap();
    assert_eq!((picture.width(), picture.height()), (400, 300));
    assert_eq!(render(&opened, 1, 201).unwrap_err(), Refused::TooManyPixels { page: 1 });
    assert_eq!(render(&opened, 2, 72).unwrap_err(), Refused::NoSuchPage { page: 2 });
    assert_eq!(render(&opened, 0, 72).unwrap_err(), Refused::NoSuchPage { page: 0 });
}

/// Hides values wherever they stand, in either order.
fn redacted(bytes: Vec<u8>, values: &[&str]) -> (Document, Redacted) {
    let opened = opened(bytes);
    let document = read(&opened).unwrap();
    let mut hides = Vec::new();
    for order in [Order::File, Order::Page] {
        let text = document.text(order);
        for value in values {
            let places = find(&text, value).into_iter();
            hides.extend(places.map(|bytes| Hide { order, bytes, instead: "[隐去]".to_owned() }));
        }
    }
    let slip = |page: u32, _: &BTreeSet<Doubt>| vec![format!("第 {page} 页不予提供")];
    let made = redact(
        &opened,
        &document,
        &hides,
        &Settings { also: &[], looked_at: &LookedAt::new(), dots_per_inch: 100, slip: &slip },
    )
    .unwrap();
    (document, made)
}

fn text_by_another(bytes: &[u8]) -> String {
    let document = lopdf::Document::load_mem(bytes).unwrap();
    let pages: Vec<u32> = document.get_pages().into_keys().collect();
    document.extract_text(&pages).unwrap()
}

#[test]
fn a_redacted_copy_keeps_the_other_words_and_loses_the_values() {
    let sheet = Sheet::new().squares("姓名：林佳慧，电话：13900001111。", 20.0, 250.0).latin(
        "Phone 139 0000 1111, order 42",
        20.0,
        200.0,
    );
    let (_, made) = redacted(pdf(vec![sheet]), &["林佳慧", "13900001111"]);
    assert!(
        matches!(made.pages[..], [Outcome::Rebuilt { boxes: 3, coding: Coding::Flate }]),
        "{:?}",
        made.pages
    );
    let text = text_by_another(&made.bytes);
    for kept in ["姓名：", "电话：", "order 42", "[隐去]"] {
        assert!(text.contains(kept), "{kept} in {text}");
    }
    assert_eq!(text.matches("[隐去]").count(), 3);
    let again = read_of(made.bytes);
    assert!(find(&again.text(Order::File), "林佳慧").is_empty());
    assert!(find(&again.text(Order::Page), "13900001111").is_empty());
    assert_eq!((again.pages()[0].width, again.pages()[0].height), (PAGE.x2, PAGE.y2));
}

#[test]
fn a_value_broken_over_lines_is_hidden_on_both() {
    let sheet = Sheet::new().squares("地址：北京市朝", 20.0, 250.0).squares("阳建国路92号", 20.0, 230.0);
    let (_, made) = redacted(pdf(vec![sheet]), &["北京市朝阳建国路92号"]);
    assert_eq!(made.pages, [Outcome::Rebuilt { boxes: 2, coding: Coding::Flate }]);
    assert!(!text_by_another(&made.bytes).contains('市'));
}

#[test]
fn a_turned_page_is_rebuilt_as_it_is_seen() {
    let mut sheet = Sheet::new().latin("Phone 139 0000 1111 stays", 20.0, 250.0);
    sheet.rotate = 90;
    let (_, made) = redacted(pdf(vec![sheet]), &["13900001111"]);
    let again = read_of(made.bytes);
    let page = &again.pages()[0];
    assert_eq!((page.width, page.height), (PAGE.y2, PAGE.x2));
    assert_eq!(*again.text(Order::File), "Phone [隐去] stays\n");
    let line = page.lines(Order::File).next().unwrap();
    assert!(line.area.height() > line.area.width(), "{:?}", line.area);
}

#[test]
fn a_page_that_is_not_believed_gives_way_to_a_slip() {
    let doubted = Sheet::new().latin("secret 139 0000 1111", 20.0, 250.0).picture([0.0, 0.0, 300.0, 200.0]);
    let (_, made) = redacted(pdf(vec![doubted, Sheet::new().latin("open words", 20.0, 250.0)]), &[]);
    assert_eq!(made.pages[0], Outcome::Withheld { doubts: BTreeSet::from([Doubt::Picture]) });
    let text = text_by_another(&made.bytes);
    assert!(text.contains("第 1 页不予提供") && text.contains("open words"), "{text}");
    assert!(!text.contains("secret"), "{text}");
}

#[test]
fn nothing_that_a_file_keeps_beside_its_pages_comes_along() {
    let mut bytes = pdf_with(vec![Sheet::new().latin("order 42", 20.0, 250.0)], |pdf, entries| {
        pdf.document_info(Ref::new(208)).author(TextStr("Lin Jiahui"));
        pdf.stream(Ref::new(209), b"BT (Lin Jiahui, unreferenced) Tj ET");
        pdf.stream(Ref::new(210), b"<x:xmpmeta>Lin Jiahui</x:xmpmeta>");
        entries.push((b"Metadata", Ref::new(210)));
    });
    bytes.extend_from_slice(b"\n% Lin Jiahui in an earlier revision\n");
    let (_, made) = redacted(bytes, &[]);
    assert!(!made.bytes.windows(10).any(|window| window == b"Lin Jiahui"));
    assert!(text_by_another(&made.bytes).contains("order 42"));
}

#[test]
fn a_stretch_outside_of_the_text_is_refused() {
    let opened = opened(pdf(vec![Sheet::new().latin("page", 20.0, 250.0)]));
    let document = read(&opened).unwrap();
    let hides = [Hide { order: Order::File, bytes: 2..900, instead: String::new() }];
    let settings =
        Settings { also: &[], looked_at: &LookedAt::new(), dots_per_inch: 72, slip: &|_, _| Vec::new() };
    let refused = redact(&opened, &document, &hides, &settings).err();
    assert_eq!(refused, Some(Refused::NotInText { start: 2, end: 900 }));
}

#[test]
fn no_broken_file_makes_it_panic() {
    let sheet = Sheet::new().squares("姓名：林佳慧", 20.0, 250.0).picture([0.0, 0.0, 10.0, 10.0]);
    let whole = pdf(vec![sheet]);
    let survives = |bytes: Vec<u8>| {
        let read = open(bytes, &Fonts::standard()).map(|opened| read(&opened).is_ok());
        assert_ne!(read, Ok(false));
    };
    for end in (0..whole.len()).step_by(97) {
        survives(whole[..end].to_vec());
    }
    for place in (0..whole.len()).step_by(61) {
        let mut broken = whole.clone();
        broken[place] ^= 0x15;
        survives(broken);
    }
}
