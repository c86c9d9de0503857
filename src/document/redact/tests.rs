use super::*;
use crate::document::extract::extract;
use crate::document::part::Role;
use crate::document::testing::{told, word, workbook, zipped};

const SLIPS: Slips<'_> = Slips { picture: "picture", attachment: "attachment", page: "page" };

fn with(fonts: &Fonts) -> With<'_> {
    With { slips: SLIPS, fonts, looked_at: &UNSEEN }
}

fn source<'a>(bytes: &'a [u8], name: &'a str) -> Source<'a> {
    Source { bytes, name: Some(name), media_type: None }
}

/// Hides every place of the values in a document and in those inside it.
fn hiding(extracted: &Extracted, values: &[&str]) -> Hides {
    let mut own: Vec<Hide> = Vec::new();
    let mut found: Vec<Range<usize>> = values
        .iter()
        .flat_map(|value| extracted.text().match_indices(value).map(|(at, _)| at..at + value.len()))
        .collect();
    found.sort_by_key(|range| range.start);
    for range in found {
        if own.last().is_none_or(|last| last.range.end <= range.start) {
            own.push(Hide { range, replacement: "▇".to_owned() });
        }
    }
    let inner = |child: &crate::document::part::Child| {
        child.content.as_ref().map(|inner| hiding(inner, values)).unwrap_or_default()
    };
    Hides { own, again: Vec::new(), children: extracted.children.iter().map(inner).collect() }
}

fn copied(bytes: &[u8], name: &str, values: &[&str]) -> Result<Copy, Withheld> {
    let source = source(bytes, name);
    let extracted = extract(source).unwrap();
    let hides = hiding(&extracted, values);
    redact(source, &extracted, &hides, with(&Fonts::standard()))
}

fn texts(copy: &Copy, name: &str) -> Vec<(Role, String, String)> {
    told(&extract(source(&copy.bytes, name)).unwrap())
}

#[test]
fn a_value_is_hidden_across_runs_and_nothing_unseen_is_carried_over() {
    let body = "<w:p w:rsidR=\"00AB\"><w:pPr><w:jc w:val=\"center\"/></w:pPr><w:r><w:rPr><w:b/></w:rPr><w:t>电话139</w:t></w:r>\
        <w:r><w:t>0000</w:t></w:r><w:r><w:t xml:space=\"preserve\">1111 完</w:t></w:r>\
        <w:del w:author=\"李四光\"><w:r><w:delText>13900001111</w:delText></w:r></w:del>\
        <w:hyperlink r:id=\"rId1\"><w:r><w:t>链接</w:t></w:r></w:hyperlink></w:p>\
        <w:p><w:r><w:drawing><a:blip r:embed=\"rId9\"/></w:drawing></w:r></w:p><w:sectPr><w:pgSz w:w=\"11906\"/></w:sectPr>";
    let bytes = word(
        body,
        &[
            (
                "word/comments.xml",
                "<w:comments><w:comment w:author=\"李四光\"><w:p><w:r><w:t>13900001111</w:t></w:r></w:p></w:comment></w:comments>",
            ),
            ("word/header1.xml", "<w:hdr><w:p><w:r><w:t>李四光</w:t></w:r></w:p></w:hdr>"),
            ("docProps/core.xml", "<a><creator>李四光</creator></a>"),
            ("word/embeddings/a.txt", "李四光"),
        ],
    );
    let copy = copied(&bytes, "a.docx", &["13900001111", "李四光"]).unwrap();
    let read = texts(&copy, "a.docx");
    assert_eq!(read[0].2, "电话▇ 完链接");
    assert_eq!(read[1].2, "[picture]");
    assert_eq!(read[2], (Role::Header, "word/header1.xml 1".to_owned(), "▇".to_owned()));
    assert_eq!(read.len(), 3, "{read:?}");
    assert_eq!(copy.pictures, 1);
    assert_eq!(copy.withheld, [(0, Withheld::NoCopy { format: Format::Plain })]);
}

#[test]
fn a_number_in_which_something_is_hidden_becomes_text() {
    let first = "<sheetData><row r=\"1\"><c r=\"A1\" s=\"2\"><v>13900001111</v></c><c r=\"B1\" s=\"1\"><v>45000</v></c>\
        <c r=\"C1\"><f>A1*2</f><v>27800002222</v></c></row></sheetData>";
    let hidden = "<sheetData><row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><r><t>李四</t></r><r><t>光</t></r></is></c></row></sheetData>";
    let bytes = workbook(&[("李四光的表", "", first), ("藏", "state=\"hidden\"", hidden)], &[]);
    let copy = copied(&bytes, "a.xlsx", &["13,900,001,111.00", "13900001111", "李四光"]).unwrap();
    let read = texts(&copy, "a.xlsx");
    let cells: Vec<(&str, &str)> =
        read.iter().map(|(_, place, text)| (place.as_str(), text.as_str())).collect();
    assert_eq!(
        cells[..4],
        [("▇的表!A1", "▇"), ("▇的表!B1", "2023-03-15"), ("▇的表!C1", "27800002222"), ("藏!A1", "▇")]
    );
    assert!(read.iter().all(|(role, ..)| *role != Role::Instruction), "formulas are not carried over");
}

#[test]
fn a_mail_is_made_anew_with_copies_of_what_is_attached() {
    let document = word("<w:p><w:r><w:t>李四光</w:t></w:r></w:p>", &[]);
    use base64::Engine as _;
    let attached = base64::engine::general_purpose::STANDARD.encode(&document);
    let mail = format!(
        "From: <li@b.example>\r\nSubject: about 13900001111\r\nX-Secret: 13900001111\r\nContent-Type: multipart/mixed; boundary=o\r\n\r\n\
         before 13900001111\r\n--o\r\n\r\ncall 139\r\n\r\nnow 13900001111\r\n--o\r\nContent-Type: text/html\r\n\r\n<p>13<b>900001111</b>\r\n\
         --o\r\nContent-Type: application/octet-stream; name=a.docx\r\nContent-Transfer-Encoding: base64\r\n\r\n{attached}\r\n\
         --o\r\nContent-Type: application/zip; name=x.zip\r\n\r\nPK\r\n--o--\r\n"
    );
    let copy = copied(mail.as_bytes(), "a.eml", &["13900001111", "李四光", "li@b.example"]).unwrap();
    assert_eq!(copy.format, Format::Mail);
    assert!(!String::from_utf8_lossy(&copy.bytes).contains("Secret"));
    let read = extract(source(&copy.bytes, "a.eml")).unwrap();
    assert!(read.text().contains("Subject: about ▇") && read.text().contains("now ▇"), "{}", read.text());
    let inner: Vec<&str> = read.documents()[1..].iter().map(|inner| inner.text()).collect();
    assert_eq!(inner, ["▇"], "the attached document is a copy");
}

#[test]
fn a_value_that_was_judged_at_one_place_and_stands_at_another_keeps_the_copy_back() {
    let bytes = word(
        "<w:p><w:r><w:t>13900001111</w:t></w:r></w:p><w:p><w:r><w:t>139-0000-1111</w:t></w:r></w:p>",
        &[],
    );
    assert!(matches!(copied(&bytes, "a.docx", &["13900001111"]), Err(Withheld::Residue { .. })));
    let sheet = "<sheetData><row r=\"1\"><c r=\"A1\"><v>13900001111</v></c><c r=\"B1\" t=\"str\"><v>139 0000 1111</v></c></row></sheetData>";
    assert!(matches!(
        copied(&workbook(&[("a", "", sheet)], &[]), "a.xlsx", &["13900001111"]),
        Err(Withheld::Residue { .. })
    ));
}

#[test]
fn what_cannot_be_proved_is_withheld_with_the_reason() {
    let plain = word("<w:p><w:r><w:t>a</w:t></w:r></w:p>", &[]);
    let with = |name| zipped(&[("word/document.xml", b"<w:document/>"), (name, b"x")]);
    assert_eq!(copied(&with("word/vbaProject.bin"), "a.docx", &[]).err(), Some(Withheld::Macros));
    assert_eq!(copied(&plain, "a.xlsx", &[]).err(), Some(Withheld::MisNamed));
    let trailed = [&plain[..], b"tail"].concat();
    assert_eq!(copied(&trailed, "a.docx", &[]).err(), Some(Withheld::Odd(Oddity::Behind { bytes: 4 })));
    let text = zipped(&[("a.txt", b"x")]);
    assert_eq!(copied(&text, "a.zip", &[]).err(), Some(Withheld::NoCopy { format: Format::Zip }));
}

#[test]
fn hides_that_fit_another_document_are_refused() {
    let (one, two) =
        (word("<w:p><w:r><w:t>ab</w:t></w:r></w:p>", &[]), word("<w:p><w:r><w:t>cd</w:t></w:r></w:p>", &[]));
    let extracted = extract(source(&one, "a.docx")).unwrap();
    let hides = hiding(&extracted, &["ab"]);
    assert_eq!(
        redact(source(&two, "a.docx"), &extracted, &hides, with(&Fonts::standard())).err(),
        Some(Withheld::DoesNotFit)
    );
    let own = vec![Hide { range: 1..9, replacement: String::new() }];
    let beyond = Hides { own, ..Hides::default() };
    assert_eq!(
        redact(source(&one, "a.docx"), &extracted, &beyond, with(&Fonts::standard())).err(),
        Some(Withheld::DoesNotFit)
    );
}

#[test]
fn rich_text_keeps_its_words_and_loses_everything_else() {
    let rtf = b"{\\rtf1\\ansi\\ansicpg936{\\info{\\author \\'c0\\'ee\\'cb\\'c4\\'b9\\'e2}}{\\header top}call 139{\\b 00001111}\\tab {\\i x\\}}\\par\
        {\\v 13900001111}{\\*\\annotation 13900001111}{\\pict 00ff}\\'c0\\'ee\\'cb\\'c4\\'b9\\'e2 end\\par}";
    let copy = copied(rtf, "a.rtf", &["13900001111", "李四光"]).unwrap();
    let read = extract(source(&copy.bytes, "a.rtf")).unwrap();
    let mut said: Vec<(Role, &str)> =
        read.parts().iter().map(|part| (part.role, read.text_of(part))).collect();
    said.sort_by_key(|(_, text)| *text);
    let text = [(Role::Text, "call ▇\tx}"), (Role::Text, "top"), (Role::Text, "▇ end")];
    assert_eq!((said.as_slice(), copy.pictures), (&text[..], 1));
}

#[test]
fn slides_keep_their_words_and_tables_and_lose_everything_else() {
    let slide = "<p:sld show=\"0\"><p:cSld name=\"李四光\"><p:sp><p:nvSpPr><p:cNvPr name=\"李四光\"/><p:nvPr><p:ph type=\"title\"/></p:nvPr></p:nvSpPr>\
        <p:txBody><a:p><a:pPr><a:tabLst><a:tab pos=\"1\"/></a:tabLst></a:pPr><a:r><a:rPr b=\"1\"/><a:t>电话139</a:t></a:r><a:br/><a:r><a:t>00001111</a:t></a:r></a:p><a:p/></p:txBody></p:sp>\
        <p:pic/><p:graphicFrame><p:xfrm><a:off x=\"1\" y=\"2\"/><a:ext cx=\"3\" cy=\"4\"/></p:xfrm><a:tbl><a:tblGrid><a:gridCol w=\"5\"/></a:tblGrid>\
        <a:tr h=\"6\"><a:tc><a:txBody><a:p><a:r><a:t>李四光</a:t></a:r></a:p></a:txBody></a:tc></a:tr></a:tbl></p:graphicFrame></p:cSld></p:sld>";
    let related = "<Relationships><Relationship Id=\"a\" Type=\"x/slide\" Target=\"slides/slide7.xml\"/></Relationships>";
    let notes = "<Relationships><Relationship Id=\"n\" Type=\"x/notesSlide\" Target=\"../notesSlides/n.xml\"/></Relationships>";
    let bytes = zipped(&[
        ("ppt/presentation.xml", b"<p:presentation><p:sldId r:id=\"a\"/></p:presentation>"),
        ("ppt/_rels/presentation.xml.rels", related.as_bytes()),
        ("ppt/slides/slide7.xml", slide.as_bytes()),
        ("ppt/slides/_rels/slide7.xml.rels", notes.as_bytes()),
        ("ppt/notesSlides/n.xml", "<p:notes><a:p><a:r><a:t>李四光</a:t></a:r></a:p></p:notes>".as_bytes()),
    ]);
    let copy = copied(&bytes, "a.pptx", &["139\n00001111", "李四光"]).unwrap();
    let read = texts(&copy, "a.pptx");
    let said: Vec<(Role, &str)> = read.iter().map(|(role, _, text)| (*role, text.as_str())).collect();
    assert_eq!(said, [(Role::Hidden, "电话▇"), (Role::Hidden, "[picture]"), (Role::Hidden, "▇")]);
    assert_eq!(copy.pictures, 1);
}
