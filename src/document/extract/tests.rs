use super::*;
use crate::document::encoding::{Charset, Declaration};
use crate::document::part::Role;
use proptest::prelude::*;

fn read(bytes: &[u8], name: &str) -> Result<Extracted, Refused> {
    extract(Source { bytes, name: Some(name), media_type: None })
}

fn parts(text: &str, name: &str) -> Vec<(String, String)> {
    let extracted = read(text.as_bytes(), name).unwrap();
    extracted
        .parts()
        .iter()
        .map(|part| (extracted.place_of(part), extracted.text_of(part).to_owned()))
        .collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(place, text)| ((*place).to_owned(), (*text).to_owned())).collect()
}

#[test]
fn plain_text_is_its_own_extract_in_paragraphs() {
    let text = "第一段\n还是第一段\n\n \n第二段";
    assert_eq!(read(text.as_bytes(), "a.txt").unwrap().text(), text);
    assert_eq!(parts(text, "a.txt"), pairs(&[("line 1", "第一段\n还是第一段\n"), ("line 5", "第二段")]));
    assert_eq!(parts("# 标题\n\n- 项", "a.md"), pairs(&[("line 1", "# 标题\n"), ("line 3", "- 项")]));
}

#[test]
fn cells_know_their_row_and_heading() {
    let text = "姓名,手机\r\n林佳慧,\"139 0000\n1111\"\r\n\"引号\"\"内\",\r\n";
    assert_eq!(
        parts(text, "a.csv"),
        pairs(&[
            ("row 1 col 1", "姓名"),
            ("row 1 col 2", "手机"),
            ("row 2 col 姓名", "林佳慧"),
            ("row 2 col 手机", "139 0000\n1111"),
            ("row 3 col 姓名", "引号\"内"),
        ])
    );
    let extracted = read(text.as_bytes(), "a.csv").unwrap();
    let roles: Vec<_> = extracted.parts().iter().map(|part| part.role).collect();
    assert_eq!(roles.first().zip(roles.last()), Some((&Role::Key, &Role::Text)));
    assert_eq!(extracted.parts().last().and_then(|part| extracted.label_of(part)), Some("姓名"));
}

#[test]
fn the_delimiter_is_the_one_that_cuts_all_rows_alike() {
    for (text, cells) in [
        ("a;b;c\n1,5;2,5;3\n4,1;5;6\n", 9),
        ("a\tb\n1,2\t3\n", 4),
        ("a|b\n1|2\n", 4),
        ("a,b\n\"1;2\",\"3;4\"\n", 4),
        ("one column\nno sign\n", 2),
    ] {
        assert_eq!(parts(text, "a.csv").len(), cells, "{text}");
    }
}

#[test]
fn json_gives_every_key_text_and_number_as_spelt() {
    let text = r#"{"客户": "\u6b27阳\ud83d\ude00", "a": {"b": [6222021001116245702123, -0.10e+5, true, null]},
        "a": "second", "x y": "\ud800", "empty": {}, "last": []}"#;
    assert_eq!(
        parts(text, "a.json"),
        pairs(&[
            ("$", "客户"),
            ("$.客户", "欧阳\u{1F600}"),
            ("$", "a"),
            ("$.a", "b"),
            ("$.a.b[0]", "6222021001116245702123"),
            ("$.a.b[1]", "-0.10e+5"),
            ("$", "a"),
            ("$.a", "second"),
            ("$", "x y"),
            ("$['x y']", "\u{FFFD}"),
            ("$", "empty"),
            ("$", "last"),
        ])
    );
    let extracted = read(text.as_bytes(), "a.json").unwrap();
    assert!(extracted.text().starts_with("客户: 欧阳\u{1F600}\na: \nb: \n6222021001116245702123\n"));
    assert_eq!(extracted.label_of(&extracted.parts()[4]), Some("b"));
}

#[test]
fn json_lines_know_their_line() {
    let text = "{\"手机\":\"139\"}\r\n\n[1]\n";
    assert_eq!(
        parts(text, "a.jsonl"),
        pairs(&[("line 1 $", "手机"), ("line 1 $.手机", "139"), ("line 3 $[0]", "1")])
    );
}

#[test]
fn what_is_no_json_is_refused_with_its_line() {
    for (text, line) in [
        ("{\"a\":\n1,}", 2),
        ("[1 2]", 1),
        ("[01]", 1),
        ("[1.]", 1),
        ("{\"a\"}", 1),
        ("[\"a\tb\"]", 1),
        ("[\"\\x\"]", 1),
        ("[\"\\u12\"]", 1),
        ("[1]\n\nx", 3),
        ("[truth]", 1),
        ("[nul]", 1),
        ("\"open", 1),
        ("[", 1),
        ("{\"a\":1]", 1),
        ("", 1),
    ] {
        let refused = read(text.as_bytes(), "a.json").err();
        assert_eq!(refused, Some(Refused::Malformed { format: Format::Json, line }), "{text}");
    }
    let source = Source { bytes: b"{\"a\":\n1,}", name: Some("a.json"), media_type: None };
    assert_eq!(extract_as(source, Format::Plain).unwrap().text(), "{\"a\":\n1,}");
}

#[test]
fn json_is_read_as_another_reader_reads_it() {
    for text in [
        "[1,2,{\"a\":[]}]",
        "\"x\"",
        "-1",
        "1e5",
        "[[[]]]",
        " {} ",
        "[1,]",
        "{,}",
        "[-]",
        "\"\\ud800\\u0041\"",
    ] {
        let other = serde_json::from_str::<serde_json::Value>(text).is_ok();
        // The other reader refuses lone surrogates; service logs have them.
        let ours = read(text.as_bytes(), "a.json").is_ok();
        assert!(ours == other || text.contains("ud800"), "{text}");
    }
}

#[test]
fn xml_gives_texts_attributes_and_comments_with_their_path() {
    let text = "<?xml version=\"1.0\"?>\n<确认单 客户=\"欧阳&amp;林\"><电话>139<x y='z'/>12345678</电话>\n\
                <!--note--><a><b>1 &lt; 2</b><b><![CDATA[<raw>]]></b></a></确认单>";
    assert_eq!(
        parts(text, "a.xml"),
        pairs(&[
            ("/确认单/@客户", "欧阳&林"),
            ("/确认单/电话", "13912345678"),
            ("/确认单/a/b", "1 < 2"),
            ("/确认单/a/b", "<raw>"),
            ("/确认单/电话/x/@y", "z"),
            ("/确认单", "note"),
        ])
    );
    let extracted = read(text.as_bytes(), "a.xml").unwrap();
    assert_eq!(extracted.text(), "欧阳&林\n13912345678\n1 < 2\n<raw>\nz\nnote\n");
    assert_eq!(extracted.label_of(&extracted.parts()[1]), Some("电话"));
}

#[test]
fn xml_that_could_swell_or_reach_out_is_refused() {
    let bomb = "<?xml version=\"1.0\"?>\n<!DOCTYPE l [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]><l>&b;</l>";
    assert_eq!(read(bomb.as_bytes(), "a.xml").err(), Some(Refused::DocumentType { line: 2 }));
    for text in ["<a>&undefined;</a>", "<a>", "<a></b>", "<a b=1/>", "text", "<a/>text", "<a>\u{0}</a>", ""] {
        assert!(read(text.as_bytes(), "a.xml").is_err(), "{text}");
    }
}

#[test]
fn html_gives_what_a_reader_sees_and_what_is_hidden_beside() {
    let text = "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title>授权 &amp; 确认</title>\
        <meta name=author content=\"林佳慧\"><style>p{color:red}</style><script>var a='<p>secret';</script></head>\
        <body><p>电话：139<b>1234</b>5678\n 转&nbsp;1</p><!-- hidden --><table><tr><td>甲</td><td>乙</td></tr></table>\
        <img alt='签名 > 图' src=x><a href=\"mailto:a@example.com\">写信</a><br>末行 < 3<pre>a\n  b</pre></body></html>";
    let extracted = read(text.as_bytes(), "a.html").unwrap();
    assert_eq!(
        extracted.text(),
        "授权 & 确认\n电话：13912345678 转\u{A0}1\n甲\t乙\t\n写信\n末行 < 3\na\n  b\n\
         林佳慧\n hidden \n签名 > 图\nmailto:a@example.com\n"
    );
    let roles: Vec<_> = extracted.parts().iter().map(|part| (extracted.text_of(part), part.role)).collect();
    assert!(roles.contains(&("签名 > 图", Role::Attribute)));
    assert!(roles.contains(&(" hidden ", Role::Comment)));
    assert!(roles.contains(&("电话：13912345678 转\u{A0}1", Role::Text)));
}

#[test]
fn broken_html_is_read_to_its_end() {
    for (text, seen) in [
        ("<p>a<b>c", "ac\n"),
        ("<p title=\"open>seen</p>", "seen\nopen\n"),
        ("a <script>never closed", "a\n"),
        ("<!-- never closed", " never closed\n"),
        ("<", "<\n"),
        ("<p", ""),
        ("</", "</\n"),
        ("<SCRIPT>x</Script >y", "y\n"),
    ] {
        assert_eq!(read(text.as_bytes(), "a.html").unwrap().text(), seen, "{text}");
    }
}

#[test]
fn the_declared_encoding_is_looked_for_where_the_format_has_it() {
    let (gb, ..) = encoding_rs::GB18030.encode("<?xml version='1.0' encoding='GB2312'?><单>确认</单>");
    let extracted = read(&gb, "a.xml").unwrap();
    assert_eq!((extracted.charset, extracted.declaration), (Charset::Gb18030, Declaration::Kept));
    let (big5, ..) = encoding_rs::BIG5.encode("<html><meta charset=big5><p>確認");
    let extracted = read(&big5, "a.html").unwrap();
    assert_eq!((extracted.text(), extracted.charset), ("確認\n", Charset::Big5));
    let source = Source { bytes: &gb, name: None, media_type: Some("text/plain; charset=\"utf-8\"") };
    assert!(matches!(
        extract(source),
        Err(Refused::NotText(NotText::Malformed { charset: Charset::Utf8, .. }))
    ));
    let lie = "<html><meta http-equiv=Content-Type content='text/html; charset=gb2312'><p>客户授权确认单";
    assert_eq!(read(lie.as_bytes(), "a.html").unwrap().declaration, Declaration::Overruled);
}

#[test]
fn files_of_other_formats_are_refused_by_name() {
    assert_eq!(read(b"GIF89a", "a.txt").err(), Some(Refused::OtherFormat { format: Format::Gif }));
    let extracted = read(b"<html>x", "a.txt").unwrap();
    assert_eq!((extracted.format, extracted.name_agrees), (Format::Html, false));
}

#[test]
fn an_extract_never_shows_its_text() {
    let shown = format!("{:?}", read("林佳慧".as_bytes(), "a.txt").unwrap());
    assert!(!shown.contains("林佳慧"), "{shown}");
}

#[test]
fn hostile_documents_are_refused_or_read_in_time() {
    let begun = std::time::Instant::now();
    let nested = "[".repeat(1_000_000);
    let deep = Refused::TooDeep { line: 1, most: 128 };
    assert_eq!(read(nested.as_bytes(), "a.json").err(), Some(deep));
    let nested = "{\"a\":".repeat(1_000_000);
    assert_eq!(read(nested.as_bytes(), "a.json").err(), Some(deep));
    let nested = "<a>".repeat(1_000_000);
    assert_eq!(read(nested.as_bytes(), "a.xml").err(), Some(Refused::TooDeep { line: 1, most: 256 }));
    let attributes: String = (0..50_000).map(|number| format!(" a{number}='1'")).collect();
    assert_eq!(read(format!("<a{attributes}/>").as_bytes(), "a.xml").unwrap().parts().len(), 50_000);
    for (name, piece) in [
        ("a.html", "<a"),
        ("a.html", "<p title=\""),
        ("a.html", "&"),
        ("a.html", "<!--"),
        ("a.html", "<script></"),
        ("a.html", "<a b=' "),
        ("a.html", "</a"),
        ("a.html", "<a b=\"'> '"),
        ("a.html", "<a b=\"'\"'> "),
        ("a.html", "<![CDATA["),
        ("a.csv", "\""),
        ("a.csv", ","),
        ("a.csv", "\n"),
        ("a.txt", "\u{200B}"),
        ("a.txt", "x\n\n"),
        ("a.md", "["),
        ("a.json", "\\u"),
        ("a.jsonl", "[]\n"),
        ("a.xml", "<a b='"),
        ("a.xml", "&amp;"),
        ("a.xml", "]]>"),
    ] {
        let text = piece.repeat(300_000 / piece.len());
        if let Ok(extracted) = read(text.as_bytes(), name) {
            assert!(extracted.text().len() <= text.len() * 2, "{name} {piece}");
        }
    }
    assert!(begun.elapsed().as_secs() < 60);
}

#[test]
fn one_line_of_fifty_megabytes_is_read() {
    let line = "授权确认 a1 ".repeat(50_000_000 / 16);
    assert_eq!(read(line.as_bytes(), "a.txt").unwrap().parts().len(), 1);
    let large = vec![b'a'; 64 * 1024 * 1024 + 1];
    assert_eq!(read(&large, "a.txt").err(), Some(Refused::TooLarge { bytes: large.len() }));
}

proptest! {
    #[test]
    fn no_document_breaks_extraction(
        text in "([<>/=\"'&;!\\[\\]{}:,\\\\\\-a1授\\n\\t ]|<!--|-->|<script>|</script>|&#x41;|\\\\u00e9|CDATA){0,40}",
        name in prop::sample::select(vec!["a.txt", "a.csv", "a.tsv", "a.json", "a.jsonl", "a.xml", "a.html", "a.md"]),
    ) {
        if let Ok(extracted) = read(text.as_bytes(), name) {
            let mut end = 0;
            for part in extracted.parts() {
                prop_assert!(part.bytes().start >= end, "parts overlap");
                prop_assert!(!extracted.text_of(part).is_empty());
                prop_assert!(part.line >= 1);
                end = part.bytes().end;
                extracted.place_of(part);
            }
        }
    }

    #[test]
    fn tables_are_read_as_another_reader_reads_them(text in "[a\",;授\r\n]{0,30}") {
        let text = text.replace("\r", "\r\n").replace("\r\n\n", "\r\n");
        let mut body = Body::default();
        table::take(&text, Some(b','), &mut body).unwrap();
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
        let theirs: Vec<String> = reader
            .records()
            .map(|row| row.unwrap().iter().map(|cell| format!("{cell}\t")).collect::<String>())
            .collect();
        let ours: String = theirs.iter().map(|row| format!("{}\n", row.strip_suffix('\t').unwrap_or(row))).collect();
        prop_assert_eq!(body.text.as_str(), ours);
    }

    #[test]
    fn no_bytes_break_extraction(bytes: Vec<u8>, name in "[a-z]{0,3}\\.(csv|json|xml|html|md)") {
        if let Ok(extracted) = read(&bytes, &name) {
            prop_assert!(!extracted.text().contains('\0') || bytes.contains(&b'0'));
        }
    }
}
