//! What the present editions make of a few texts. Stored tokens, places and readings are relied upon as long as
//! the edition beside them is the present one: whoever changes what comes out raises the edition (`ENGINE`,
//! `READER`, `ENGINE_VERSION`), and the name of the file with it.

use super::component::READER;
use super::plan::ENGINE;
use crate::base::secret::SecretKey;
use crate::document::{Source, extract};
use crate::redaction::report::ENGINE_VERSION;
use crate::redaction::{Settings, detect};
use crate::search::ContentIndex;

/// Both scripts, full width, names of people and firms, numbers with and without labels, English.
const TEXTS: [&str; 6] = [
    "客户授权书：授权方为青禾科技有限公司，联系人欧阳建国，手机13812345678，邮箱ouyang@example.com。",
    "數據處理紀錄　ＡＢＣ－１２３：聯絡人王小明，地址臺北市信義區市府路45號，身分證字號A123456789。",
    "The processor (Acme Ltd, contact Jane Doe, +44 20 7946 0958) erased 3 files on 2026-03-01.",
    "订单 20260301-0042，金额 ￥1,234.50；IP 192.0.2.7；卡号 4111 1111 1111 1111。",
    "姓名,电话,备注\n张三,010-65432100,回访\n",
    "后台 後臺 𠮷野家 e\u{301}te\u{301} naïve 10:30 v1.2.3 C++ #42",
];

#[test]
fn tokens_of_this_edition_are_these() {
    let mut index = ContentIndex::new(&SecretKey::take(&mut [7; 32]));
    let lines: Vec<String> = TEXTS
        .iter()
        .map(|text| {
            let mut tokens: Vec<String> =
                index.tokens(text).into_iter().map(|token| token.to_text()).collect();
            tokens.sort();
            tokens.join(" ")
        })
        .collect();
    insta::assert_snapshot!(ENGINE.replace('/', "-"), lines.join("\n"));
}

#[test]
fn places_of_personal_data_of_this_edition_are_these() {
    let lines: Vec<String> = TEXTS
        .iter()
        .flat_map(|text| {
            let spans = detect(text, &Settings { names: true, traces: true });
            let shown = |span: &crate::redaction::Span| {
                let value: String = text.chars().skip(span.start).take(span.len()).collect();
                format!("{}–{} {} {value}", span.start, span.end, span.kind.as_str())
            };
            spans.iter().map(shown).collect::<Vec<_>>()
        })
        .collect();
    insta::assert_snapshot!(format!("pii-{ENGINE_VERSION}"), lines.join("\n"));
}

#[test]
fn readings_of_this_edition_are_these() {
    let html = "<p>授权<b>书</b></p><!-- 备注 --><p hidden>隐藏</p><img alt='图'>";
    let mail = "From: a@example.com\r\nSubject: =?utf-8?B?5o6I5p2D?=\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n正文 13812345678\r\n";
    let lines: Vec<String> = [("a.html", html), ("a.eml", mail), ("a.csv", TEXTS[4])]
        .iter()
        .map(|(name, text)| {
            let read =
                extract(Source { bytes: text.as_bytes(), name: Some(name), media_type: None }).unwrap();
            let shown = |part: &crate::document::Part| {
                format!("{} {} {:?}", part.role.as_str(), read.place_of(part), read.text_of(part))
            };
            let parts: Vec<String> = read.parts().iter().map(shown).collect();
            format!("{name}\n  {}", parts.join("\n  "))
        })
        .collect();
    insta::assert_snapshot!(READER.replace('/', "-"), lines.join("\n"));
}
