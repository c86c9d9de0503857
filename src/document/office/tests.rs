use proptest::prelude::*;

use crate::base::limits::{ARCHIVE_DEPTH_MAX, ARCHIVE_INFLATED_BYTES_MAX, DOCUMENT_XML_DEPTH_MAX};
use crate::document::extract::Refused;
use crate::document::part::Role;
use crate::document::sniff::Format;
use crate::document::testing::{read, tell, told, word, workbook, zipped};

#[test]
fn a_word_document_tells_what_people_see_and_beside_it_what_they_do_not() {
    let body = "<w:p><w:ins w:author=\"李四\"><w:r><w:t>电话139</w:t></w:r></w:ins><w:r><w:t>0000</w:t><w:tab/></w:r>\
        <w:del w:author=\"李四\"><w:r><w:delText>旧号</w:delText></w:r></w:del>\
        <w:r><w:rPr><w:vanish/></w:rPr><w:t>藏</w:t></w:r><w:r><w:rPr><w:vanish w:val=\"0\"/></w:rPr><w:t>1111</w:t></w:r></w:p>\
        <w:tbl><w:tr><w:tc><w:p><w:r><w:t>姓名</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>王</w:t></w:r></w:p></w:tc></w:tr></w:tbl>\
        <w:p><w:r><w:instrText> MERGEFIELD 客户 </w:instrText></w:r><w:r><w:drawing><wp:docPr descr=\"签名照\"/></w:drawing></w:r></w:p>";
    let bytes = word(
        body,
        &[
            ("word/header1.xml", "<w:hdr><w:p><w:r><w:t>机密</w:t></w:r></w:p></w:hdr>"),
            (
                "word/footnotes.xml",
                "<w:footnotes><w:footnote><w:p><w:r><w:t>注</w:t></w:r></w:p></w:footnote></w:footnotes>",
            ),
            (
                "word/comments.xml",
                "<w:comments><w:comment w:author=\"王五\"><w:p><w:r><w:t>查</w:t></w:r></w:p></w:comment></w:comments>",
            ),
            (
                "word/_rels/document.xml.rels",
                "<Relationships><Relationship Id=\"1\" Type=\"x/hyperlink\" Target=\"mailto:a@b.example\" TargetMode=\"External\"/></Relationships>",
            ),
            ("docProps/core.xml", "<cp:coreProperties><dc:creator>赵六</dc:creator></cp:coreProperties>"),
            ("docProps/app.xml", "<Properties><Words>12</Words><Company>某公司</Company></Properties>"),
            ("customXml/item1.xml", "<a b=\"甲方\">乙方</a>"),
        ],
    );
    let expected = tell(&[
        (Role::Text, "paragraph 1", "电话1390000\t1111"),
        (Role::Text, "paragraph 2", "姓名"),
        (Role::Text, "paragraph 3", "王"),
        (Role::Note, "word/footnotes.xml 1", "注"),
        (Role::Header, "word/header1.xml 1", "机密"),
        (Role::Comment, "word/comments.xml 1", "查"),
        (Role::Metadata, "paragraph 1", "李四"),
        (Role::Deleted, "paragraph 1", "旧号"),
        (Role::Hidden, "paragraph 1", "藏"),
        (Role::Alternative, "paragraph 4", "签名照"),
        (Role::Instruction, "paragraph 4", " MERGEFIELD 客户 "),
        (Role::Metadata, "word/comments.xml 0", "王五"),
        (Role::Metadata, "docProps/app.xml Company 1", "某公司"),
        (Role::Metadata, "docProps/core.xml creator 1", "赵六"),
        (Role::Metadata, "customXml/item1.xml 1", "甲方"),
        (Role::Metadata, "customXml/item1.xml 2", "乙方"),
        (Role::Link, "word/_rels/document.xml.rels 1", "mailto:a@b.example"),
    ]);
    let extracted = read(&bytes, "a.docx").unwrap();
    assert_eq!(told(&extracted), expected);
    assert!(extracted.text().contains("姓名\t王\n"), "cells of a row stand side by side");
}

#[test]
fn a_text_box_is_told_once_and_other_words_for_older_programs_are_hidden_ones() {
    let boxed =
        |text: &str| format!("<w:txbxContent><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:txbxContent>");
    let body = format!(
        "<w:p><w:r><w:t>外</w:t></w:r><w:r><mc:AlternateContent><mc:Choice>{}</mc:Choice><mc:Fallback>{}{}</mc:Fallback></mc:AlternateContent></w:r></w:p>",
        boxed("盒"),
        boxed("盒"),
        boxed("另一句")
    );
    let expected = tell(&[
        (Role::Text, "paragraph 1", "外"),
        (Role::Text, "paragraph 2", "盒"),
        (Role::Hidden, "paragraph 4", "另一句"),
    ]);
    assert_eq!(told(&read(&word(&body, &[]), "a.docx").unwrap()), expected);
}

#[test]
fn a_workbook_tells_its_cells_as_people_see_them_and_what_lies_behind() {
    let first = "<cols><col min=\"4\" max=\"4\" hidden=\"1\"/></cols><sheetData>\
        <row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" t=\"inlineStr\"><is><t>日期</t></is></c></row>\
        <row r=\"2\"><c r=\"A2\" s=\"2\"><v>13900001111</v></c><c r=\"B2\" s=\"1\"><v>45000</v></c>\
        <c r=\"C2\" t=\"str\"><f>A1&amp;\"x\"</f><v>_x0031_39</v></c><c r=\"D2\" t=\"b\"><v>1</v></c></row>\
        <row r=\"3\" hidden=\"1\"><c r=\"A3\"><v>1.5E3</v></c></row></sheetData>\
        <headerFooter><oddHeader>&amp;C机密</oddHeader></headerFooter>";
    let second = "<sheetData><row><c><v>7</v></c></row></sheetData>";
    let bytes = workbook(
        &[("数据", "", first), ("藏", "state=\"veryHidden\"", second)],
        &[
            (
                "xl/sharedStrings.xml",
                "<sst><si><r><t>手</t></r><r><t>机</t></r><rPh><t>shouji</t></rPh></si></sst>",
            ),
            (
                "xl/comments1.xml",
                "<comments><authors><author>王五</author></authors><commentList><comment ref=\"A2\"><text><t>查</t></text></comment></commentList></comments>",
            ),
        ],
    );
    let expected = tell(&[
        (Role::Text, "数据!A1", "手机"),
        (Role::Text, "数据!B1", "日期"),
        (Role::Text, "数据!A2", "13,900,001,111.00"),
        (Role::Text, "数据!B2", "2023-03-15"),
        (Role::Text, "数据!C2", "139"),
        (Role::Hidden, "数据!D2", "TRUE"),
        (Role::Hidden, "数据!A3", "1500"),
        (Role::Hidden, "藏!A1", "7"),
        (Role::Metadata, "sheet 1", "数据"),
        (Role::Metadata, "sheet 2", "藏"),
        (Role::Alternative, "数据!A1", "shouji"),
        (Role::Underlying, "数据!A2", "13900001111"),
        (Role::Instruction, "数据!C2", "A1&\"x\""),
        (Role::Header, "数据 0", "\n机密"),
        (Role::Metadata, "xl/comments1.xml 1", "王五"),
        (Role::Comment, "xl/comments1.xml A2 1", "查"),
    ]);
    let extracted = read(&bytes, "a.xlsx").unwrap();
    assert_eq!(told(&extracted), expected);
    let label = |at: usize| extracted.parts().get(at).and_then(|part| extracted.label_of(part));
    assert_eq!((label(0), label(2), label(3)), (None, Some("手机"), Some("日期")));
}

#[test]
fn slides_are_told_in_their_order_with_notes_and_what_is_hidden() {
    let slide = |show: &str, text: &str| {
        format!(
            "<p:sld {show}><p:sp><p:nvSpPr><p:cNvPr descr=\"图\"/></p:nvSpPr><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:sp></p:sld>"
        )
    };
    let (one, two) = (slide("", "一"), slide("show=\"0\"", "二"));
    let related = "<Relationships><Relationship Id=\"a\" Type=\"x/slide\" Target=\"slides/slide1.xml\"/><Relationship Id=\"b\" Type=\"x/slide\" Target=\"slides/slide2.xml\"/></Relationships>";
    let notes = "<Relationships><Relationship Id=\"n\" Type=\"x/notesSlide\" Target=\"../notesSlides/notesSlide1.xml\"/></Relationships>";
    let bytes = zipped(&[
        (
            "ppt/presentation.xml",
            b"<p:presentation><p:sldId r:id=\"b\"/><p:sldId r:id=\"a\"/></p:presentation>",
        ),
        ("ppt/_rels/presentation.xml.rels", related.as_bytes()),
        ("ppt/slides/slide1.xml", one.as_bytes()),
        ("ppt/slides/slide2.xml", two.as_bytes()),
        ("ppt/slides/_rels/slide1.xml.rels", notes.as_bytes()),
        (
            "ppt/notesSlides/notesSlide1.xml",
            b"<p:notes><a:p><a:r><a:t>\xE8\xAE\xB2\xE7\xA8\xBF</a:t></a:r></a:p></p:notes>",
        ),
        (
            "ppt/slideMasters/slideMaster1.xml",
            b"<p:sldMaster><a:p><a:r><a:t>master</a:t></a:r></a:p></p:sldMaster>",
        ),
        ("ppt/comments/comment1.xml", b"<p:cmLst><p:cm><p:text>check this</p:text></p:cm></p:cmLst>"),
    ]);
    let expected = tell(&[
        (Role::Hidden, "slide 1 paragraph 1", "二"),
        (Role::Text, "slide 2 paragraph 1", "一"),
        (Role::Note, "slide 2 paragraph 1", "讲稿"),
        (Role::Hidden, "slide 0 paragraph 1", "master"),
        (Role::Alternative, "slide 1 paragraph 0", "图"),
        (Role::Alternative, "slide 2 paragraph 0", "图"),
        (Role::Comment, "ppt/comments/comment1.xml 4", "check this"),
    ]);
    assert_eq!(told(&read(&bytes, "a.pptx").unwrap()), expected);
}

#[test]
fn documents_within_documents_are_read_as_far_as_the_limit_and_refused_beyond() {
    let within = |inner: &[u8]| {
        zipped(&[
            ("word/document.xml", b"<w:document><w:p><w:r><w:t>x</w:t></w:r></w:p></w:document>"),
            ("word/embeddings/a.docx", inner),
        ])
    };
    let mut bytes = word("<w:p><w:r><w:t>innermost</w:t></w:r></w:p>", &[]);
    for _ in 1..ARCHIVE_DEPTH_MAX {
        bytes = within(&bytes);
    }
    let extracted = read(&bytes, "a.docx").unwrap();
    let documents = extracted.documents();
    assert_eq!(documents.len(), ARCHIVE_DEPTH_MAX);
    assert_eq!(documents.last().map(|document| document.text()), Some("innermost"));
    assert_eq!(extracted.children[0].place(), "word/embeddings/a.docx");
    let refused = Refused::TooManyLevels { most: ARCHIVE_DEPTH_MAX };
    assert_eq!(read(&within(&bytes), "a.docx").err(), Some(refused));
}

#[test]
fn hostile_parts_are_refused_with_what_is_wrong() {
    let deep = "<w:p>".repeat(400);
    let doctype = ("docProps/core.xml", "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>");
    let levels = Refused::TooDeep { line: 1, most: DOCUMENT_XML_DEPTH_MAX };
    assert_eq!(read(&word(&deep, &[]), "a.docx").err(), Some(levels));
    assert_eq!(read(&word("", &[doctype]), "a.docx").err(), Some(Refused::DocumentType { line: 1 }));
    let bomb = word(&" ".repeat(20_000_000), &[]);
    assert!(matches!(read(&bomb, "a.docx"), Err(Refused::PackedTooTightly { .. })));
    let cut = word("<w:p/>", &[]);
    assert_eq!(read(&cut[..cut.len() - 30], "a.docx").err(), Some(Refused::Damaged { format: Format::Docx }));
}

#[test]
fn a_long_string_in_many_cells_takes_what_it_shows() {
    let strings = format!("<sst><si><t>{}</t></si></sst>", "x".repeat(400_000));
    let sheet = "<row><c t=\"s\"><v>0</v></c></row>".repeat(1_000);
    let bytes = workbook(&[("a", "", &sheet)], &[("xl/sharedStrings.xml", &strings)]);
    let refused = Refused::InflatesTooFar { most: ARCHIVE_INFLATED_BYTES_MAX };
    assert_eq!(read(&bytes, "a.xlsx").err(), Some(refused));
}

#[test]
fn many_hidden_columns_take_no_more_time_than_few() {
    let columns = "<col min=\"1\" max=\"16384\" hidden=\"1\"/>".repeat(5_000);
    let cells = "<c><v>1</v></c>".repeat(10_000);
    let sheet = format!("{columns}<row>{cells}</row>");
    let extracted = read(&workbook(&[("a", "", &sheet)], &[]), "a.xlsx").unwrap();
    assert!(extracted.parts().iter().all(|part| part.role != Role::Text));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_change_of_a_byte_makes_reading_panic(at in 0_usize..4_000, byte: u8) {
        let mut bytes = word("<w:p><w:r><w:t>a</w:t></w:r></w:p>", &[("word/comments.xml", "<c/>")]);
        let place = at % bytes.len();
        bytes[place] = byte;
        drop(read(&bytes, "a.docx"));
        let mut bytes = workbook(&[("a", "", "<row><c><v>1</v></c></row>")], &[]);
        let place = at % bytes.len();
        bytes[place] = byte;
        drop(read(&bytes, "a.xlsx"));
    }
}
