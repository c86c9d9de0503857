use pdf_writer::{Ref, TextStr};

use super::*;
use crate::base::secret::SecretKey;
use crate::document::extract::extract;
use crate::document::pdf::testing::{Sheet, pdf, pdf_with};
use crate::document::testing::{word, workbook};

fn asked(profile: &str) -> Asked {
    let slips =
        SlipWords { picture: "picture".into(), attachment: "attachment".into(), page: "withheld".into() };
    let secret = SecretKey::take(&mut [5; 32]);
    Asked::new(Policy::shipped_text(profile).unwrap(), &secret, &CaseBook::default(), slips)
}

fn rendered(bytes: &[u8], name: &str, asked: &Asked) -> Result<Rendition, Withheld> {
    render(Source { bytes, name: Some(name), media_type: None }, asked, &Fonts::standard())
}

fn text_of(rendition: &Rendition, name: &str) -> String {
    let source = Source { bytes: &rendition.bytes, name: Some(name), media_type: None };
    extract(source).unwrap().documents().iter().map(|document| document.text().to_owned()).collect()
}

#[test]
fn what_the_engine_finds_is_gone_from_a_word_document_across_runs_and_tables() {
    let body = "<w:p><w:r><w:t>客户林佳慧来电，电话139</w:t></w:r><w:r><w:t>1234</w:t></w:r><w:r><w:t>5678。</w:t></w:r></w:p>\
        <w:tbl><w:tr><w:tc><w:p><w:r><w:t>姓名</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>手机号</w:t></w:r></w:p></w:tc></w:tr>\
        <w:tr><w:tc><w:p><w:r><w:t>林佳慧</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>139 1234 5678</w:t></w:r></w:p></w:tc></w:tr></w:tbl>";
    let bytes = word(body, &[("docProps/core.xml", "<a><creator>林佳慧</creator></a>")]);
    let made = rendered(&bytes, "a.docx", &asked("dsar")).unwrap();
    let text = text_of(&made, "a.docx");
    assert!(!text.contains("林佳慧") && !text.contains("1234"), "{text}");
    assert!(text.contains("[电话]") && text.contains("[当事人1]"), "{text}");
    assert_eq!(made.report.counts.get("PHONE"), Some(&2));
    assert!(made.report.entries.iter().any(|entry| entry.place.paragraph == Some(1)));
    let json = serde_json::to_string(&made.report).unwrap();
    assert!(!json.contains("林佳慧") && !json.contains("1234"), "{json}");
    assert_eq!(Report::parse(json.as_bytes()), Some(made.report));
}

#[test]
fn words_that_must_go_are_gone_whatever_the_profile_keeps() {
    let bytes =
        word("<w:p><w:r><w:t>项目</w:t></w:r><w:r><w:t>天鹅 is SWAN, 項目天鵝</w:t></w:r></w:p>", &[]);
    let mut asked = asked("court");
    let kept = rendered(&bytes, "a.docx", &asked).unwrap();
    assert!(text_of(&kept, "a.docx").contains("项目天鹅"));
    asked.terms = vec!["项目天鹅".into(), "swan".into()];
    let made = rendered(&bytes, "a.docx", &asked).unwrap();
    let text = text_of(&made, "a.docx");
    assert!(!text.contains("天鹅") && !text.contains("SWAN"), "{text}");
}

#[test]
fn a_value_is_gone_also_where_it_is_a_part_of_something_that_is_kept() {
    let text = "委托人：王小明\n承办单位：北京王小明律师事务所\n";
    let made = rendered(text.as_bytes(), "a.txt", &asked("opposing-party")).unwrap();
    let text = String::from_utf8(made.bytes.to_vec()).unwrap();
    assert!(!text.contains("王小明"), "{text}");
}

#[test]
fn texts_keep_their_shape_and_their_encoding() {
    let csv = crate::document::Charset::Gb18030.encode("姓名,手机号\n林佳慧,13912345678\n").unwrap();
    let made = rendered(&csv, "a.csv", &asked("dsar")).unwrap();
    let back = crate::document::decode(&made.bytes, Some("gb18030")).unwrap();
    assert_eq!(*back.text, "姓名,手机号\n[当事人1],[电话]\n");
    assert_eq!((made.format, made.report.entries[0].place.line), (Format::Csv, Some(2)));
    let json = rendered("{\"tel\": \"13912345678\", \"n\": 3}".as_bytes(), "a.json", &asked("dsar")).unwrap();
    assert_eq!(std::str::from_utf8(&json.bytes).unwrap(), "{\"tel\": \"[PHONE]\", \"n\": 3}");
    let html = "<p title=\"13912345678\">Call 139<b>1234</b>5678<!-- 13912345678 --></p>";
    let made = rendered(html.as_bytes(), "a.html", &asked("dsar")).unwrap();
    assert!(!String::from_utf8_lossy(&made.bytes).contains("1234"));
    assert!(matches!(rendered(b"{\"tel\": ", "a.json", &asked("dsar")).err(), Some(Withheld::Refused(_))));
}

#[test]
fn a_value_through_which_marks_run_is_gone() {
    let xml = "<单 客户=\"林佳慧\"><电话>139<x/>12345678</电话><备注>电话 13912345678</备注></单>";
    let made = rendered(xml.as_bytes(), "a.xml", &asked("dsar")).unwrap();
    let text = String::from_utf8(made.bytes.to_vec()).unwrap();
    assert!(!text.contains("12345678") && !text.contains("139"), "{text}");
    assert!(extract(Source { bytes: &made.bytes, name: Some("a.xml"), media_type: None }).is_ok());
}

#[test]
fn a_table_s_heading_says_what_its_cells_are() {
    let sheet = "<sheetData><row r=\"1\"><c r=\"A1\" t=\"str\"><v>姓名</v></c><c r=\"B1\" t=\"str\"><v>微信号</v></c></row>\
        <row r=\"2\"><c r=\"A2\" t=\"str\"><v>林佳慧</v></c><c r=\"B2\" t=\"str\"><v>swan_2031</v></c></row></sheetData>";
    let made = rendered(&workbook(&[("表", "", sheet)], &[]), "a.xlsx", &asked("dsar")).unwrap();
    let text = text_of(&made, "a.xlsx");
    assert!(!text.contains("林佳慧") && !text.contains("swan"), "{text}");
    assert!(made.report.entries.iter().any(|entry| entry.place.cell.as_deref() == Some("B2")));
}

#[test]
fn a_pdf_is_built_anew_without_what_was_found_in_either_order_or_beside_the_pages() {
    // In the order of the file the number is broken by another line; in that of the page it is whole.
    let sheet = Sheet::new()
        .latin("Phone: 139 1234", 40.0, 200.0)
        .latin("Other words", 40.0, 100.0)
        .latin("5678", 131.0, 200.0)
        .squares("姓名：林佳慧", 40.0, 150.0);
    let bytes = pdf_with(vec![sheet], |pdf, _| {
        pdf.document_info(Ref::new(206)).author(TextStr("欧阳明远")).title(TextStr("Other words"));
    });
    let mut asked = asked("dsar");
    asked.terms = vec!["欧阳明远".into()];
    let made = rendered(&bytes, "a.pdf", &asked).unwrap();
    assert!(made.report.pages.is_empty(), "{:?}", made.report.pages);
    let text = text_of(&made, "a.pdf");
    assert!(!text.contains("1234") && !text.contains("5678") && !text.contains("林佳慧"), "{text}");
    assert!(text.contains("Other words"), "{text}");
    assert!(made.report.counts.contains_key("PHONE"), "{:?}", made.report.counts);
}

#[test]
fn a_pdf_of_which_nothing_is_certain_is_withheld_and_a_page_of_it_is_a_slip() {
    let scan = || Sheet::new().picture([0.0, 0.0, 400.0, 300.0]);
    let all = pdf(vec![scan()]);
    assert_eq!(rendered(&all, "a.pdf", &asked("dsar")).err(), Some(Withheld::Pages));
    let mixed = pdf(vec![scan(), Sheet::new().latin("Call 13912345678", 40.0, 200.0)]);
    let made = rendered(&mixed, "a.pdf", &asked("dsar")).unwrap();
    assert_eq!(made.report.pages[0].page, 1);
    assert!(text_of(&made, "a.pdf").contains("withheld"));
}

#[test]
fn a_page_that_somebody_has_looked_at_leaves_as_a_picture_with_the_boxes_given() {
    let scan = || Sheet::new().picture([0.0, 0.0, 400.0, 300.0]).latin("Call 13912345678", 40.0, 200.0);
    let bytes = pdf(vec![scan(), scan()]);
    let mut asked = asked("dsar");
    let boxes = vec![BoxOnPage { left: 10, top: 20, width: 30, height: 40 }];
    asked.looked_at = vec![LookedAt { page: 2, boxes }];
    let made = rendered(&bytes, "a.pdf", &asked).unwrap();
    assert_eq!(made.report.pages.iter().map(|page| page.page).collect::<Vec<_>>(), [1], "nobody looked");
    assert_eq!((made.report.looked_at[0].page, made.report.looked_at[0].boxes), (2, 1));
    let text = text_of(&made, "a.pdf");
    assert!(!text.contains("Call") && !text.contains("1234"), "no words lie under it: {text}");
    let source = Source { bytes: &made.bytes, name: Some("a.pdf"), media_type: None };
    let wanted = Wanted { page: 2, dots_per_inch: 72 };
    let png = page_picture(source, None, wanted, &Fonts::standard()).unwrap();
    let samples = image::load_from_memory(&png).unwrap().to_luma8();
    assert!(samples.get_pixel(25, 40).0[0] < 20 && samples.get_pixel(300, 250).0[0] > 100);
    // What the engine finds in the words of a scan is filled in as well.
    assert!(samples.get_pixel(100, 96).0[0] < 20);
    asked.looked_at[0].page = 3;
    assert_eq!(rendered(&bytes, "a.pdf", &asked).err(), Some(Withheld::Unpainted { page: 3 }));
    let word = word("<w:p><w:r><w:t>a</w:t></w:r></w:p>", &[]);
    assert_eq!(rendered(&word, "a.docx", &asked).err(), Some(Withheld::DoesNotFit));
}

#[test]
fn a_picture_waits_for_somebody_who_looks_at_it() {
    let mut bytes = Vec::new();
    let white = image::RgbImage::from_pixel(40, 30, image::Rgb([255; 3]));
    white.write_to(&mut std::io::Cursor::new(&mut bytes), image::ImageFormat::Jpeg).unwrap();
    let mut asked = asked("dsar");
    assert_eq!(rendered(&bytes, "a.jpg", &asked).err(), Some(Withheld::NeedsReview));
    asked.looked_at =
        vec![LookedAt { page: 1, boxes: vec![BoxOnPage { left: 0, top: 0, width: 9, height: 9 }] }];
    let made = rendered(&bytes, "a.jpg", &asked).unwrap();
    assert_eq!((made.format, made.report.looked_at[0].boxes), (Format::Png, 1));
    assert!(made.bytes.starts_with(b"\x89PNG"));
    asked.looked_at[0].page = 2;
    assert_eq!(rendered(&bytes, "a.jpg", &asked).err(), Some(Withheld::DoesNotFit));
}

#[test]
fn rich_text_and_tables_leave_without_what_was_found_and_without_formulas() {
    let rtf = b"{\\rtf1\\ansi\\ansicpg936{\\info{\\author Li}}Call 139{\\b 12345678} now\\par}";
    let made = rendered(rtf, "a.rtf", &asked("dsar")).unwrap();
    let text = text_of(&made, "a.rtf");
    assert!(text.contains("now") && !text.contains("1234"), "{text}");
    let csv = "备注,手机号\n=HYPERLINK(1),13912345678\n+1,x\n".as_bytes();
    let made = rendered(csv, "a.csv", &asked("dsar")).unwrap();
    assert_eq!(std::str::from_utf8(&made.bytes).unwrap(), "备注,手机号\n'=HYPERLINK(1),[电话]\n+1,x\n");
}

#[test]
fn a_picture_of_a_page_hides_what_its_reader_may_not_see() {
    let bytes = pdf(vec![Sheet::new().latin("Call 13912345678 now", 40.0, 200.0)]);
    let source = Source { bytes: &bytes, name: Some("a.pdf"), media_type: None };
    let wanted = Wanted { page: 1, dots_per_inch: 72 };
    let fonts = Fonts::standard();
    let whole = page_picture(source, None, wanted, &fonts).unwrap();
    let hidden = page_picture(source, Some(&asked("dsar")), wanted, &fonts).unwrap();
    assert!(hidden.starts_with(b"\x89PNG") && *whole != *hidden);
    let marks = |png: &[u8]| {
        let samples = image::load_from_memory(png).unwrap().to_luma8();
        // Where the number stands, 200 points from the lower edge of 300.
        (70..130).all(|x| samples.get_pixel(x, 96).0[0] == 0)
    };
    assert!(marks(&hidden) && !marks(&whole));
    let beyond = Wanted { page: 2, ..wanted };
    assert_eq!(page_picture(source, None, beyond, &fonts).err(), Some(Withheld::Unpainted { page: 2 }));
    let scan = pdf(vec![Sheet::new().picture([0.0, 0.0, 400.0, 300.0])]);
    let scan = Source { bytes: &scan, ..source };
    assert_eq!(page_picture(scan, Some(&asked("dsar")), wanted, &fonts).err(), Some(Withheld::Pages));
}

#[test]
fn a_mail_leaves_with_copies_of_its_pdf_and_its_word_document() {
    use base64::Engine as _;
    let encoded = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes);
    let letter = encoded(&pdf(vec![Sheet::new().latin("Call 139 1234 5678", 40.0, 200.0)]));
    let mail = format!(
        "From: Lina <lina@b.example>\r\nSubject: 13912345678\r\nContent-Type: multipart/mixed; boundary=o\r\n\r\n\
         --o\r\nContent-Type: text/plain\r\n\r\ncall 13912345678\r\n\
         --o\r\nContent-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n{letter}\r\n--o--\r\n"
    );
    let made = rendered(mail.as_bytes(), "a.eml", &asked("dsar")).unwrap();
    assert!(made.report.withheld.is_empty(), "{:?}", made.report.withheld);
    let text = text_of(&made, "a.eml");
    assert!(!text.contains("1234") && !text.contains("lina@"), "{text}");
    let source = Source { bytes: &made.bytes, name: Some("a.eml"), media_type: None };
    let inner: Vec<Format> = extract(source).unwrap().children.iter().map(|child| child.format).collect();
    assert!(inner.contains(&Format::Pdf), "{inner:?}");
}

#[test]
fn people_keep_their_numbers_from_one_document_to_the_next() {
    let first = rendered("姓名：林佳慧\n".as_bytes(), "a.txt", &asked("dsar")).unwrap();
    let mut next = asked("dsar");
    let slips = next.slips.clone();
    let book = CaseBook::parse(&first.numbers).unwrap();
    let secret = SecretKey::take(&mut [5; 32]);
    next = Asked::new(Policy::shipped_text("dsar").unwrap(), &secret, &book, slips);
    let text = "姓名：欧阳明远\n姓名：林佳慧\n";
    let made = rendered(text.as_bytes(), "b.txt", &next).unwrap();
    assert_eq!(std::str::from_utf8(&made.bytes).unwrap(), "姓名：[当事人2]\n姓名：[当事人1]\n");
}
