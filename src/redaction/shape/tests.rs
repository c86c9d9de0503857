use super::*;
use proptest::prelude::*;

fn change(document: &str, format: Format, find: &str, put: &str) -> String {
    let shape = Shape::open(document, format);
    let logical = shape.logical();
    let start = logical.split_once(find).unwrap_or_else(|| panic!("{find} in {logical}")).0.chars().count();
    shape.write(&[Change { start, end: start + find.chars().count(), text: put.to_owned() }]).document
}

#[test]
fn a_changed_value_is_written_as_its_format_demands() {
    assert_eq!(
        change(r#"{"a": "\u738b\"x", "n": 1}"#, Format::Json, "王", "[\"]"),
        r#"{"a": "[\"]\"x", "n": 1}"#
    );
    assert_eq!(change(r#"{"n": 13800138000}"#, Format::Json, "13800138000", "[电话]"), r#"{"n": "[电话]"}"#);
    assert_eq!(change("a,b\n\"x\"\"y\",王\n", Format::Csv, "王", "a,b"), "a,b\n\"x\"\"y\",\"a,b\"\n");
    assert_eq!(
        change("<a t='王'>1 &lt; 2 &#29579;</a>", Format::Xml, "< 2 王", "<&"),
        "<a t='王'>1 &lt;&amp;</a>"
    );
}

#[test]
fn what_stands_beside_a_change_keeps_its_escapes() {
    assert_eq!(
        change(r#"{"a": "\u59d3\/\u738b\t1"}"#, Format::Json, "王", "[x]"),
        r#"{"a": "\u59d3\/[x]\t1"}"#
    );
    assert_eq!(
        change("<p title=\"a'b\">it's \"王\" &quot;&#65;</p>", Format::Xml, "王", "[x]"),
        "<p title=\"a'b\">it's \"[x]\" &quot;&#65;</p>"
    );
    assert_eq!(change("a,b\n\"x\"\"y 王\",1\n", Format::Csv, "王", "\""), "a,b\n\"x\"\"y \"\"\",1\n");
    assert_eq!(change("a,b\nx\"y 王,1\n", Format::Csv, "王", ","), "a,b\n\"x\"\"y ,\",1\n");
    assert_eq!(change("<a b=x\"王>", Format::Xml, "王", "<"), "<a b=\"x&quot;&lt;\">");
    assert_eq!(
        change("<script>f(\"王\", 'x' && 1 < 2)</script>", Format::Xml, "王", "[x]"),
        "<script>f(\"[x]\", 'x' && 1 < 2)</script>"
    );
}

#[test]
fn codes_within_values_are_resolved_and_what_hides_in_them_is_written_over() {
    for (document, format, find, written) in [
        (r"name=\u738b\u5c0f\u660e;", Format::Text, "王小明", "name=[x];"),
        (r"a \\u738b b \u{738b}", Format::Text, "王 b 王", "a [x]"),
        (r#"{"a":"{\"b\":\"\\u738b\"}"}"#, Format::Json, "王", r#"{"a":"{\"b\":\"[x]\"}"}"#),
        (
            r#"{"a":"{\"b\":\"{\\\"c\\\":\\\"\\\\u738b\\\"}\"}"}"#,
            Format::Json,
            "王",
            r#"{"a":"{\"b\":\"{\\\"c\\\":\\\"[x]\\\"}\"}"}"#,
        ),
        (r#"{"a":"x\\n13800138000"}"#, Format::Json, "\n13800138000", r#"{"a":"x[x]"}"#),
        ("/q?n=%E7%8E%8B%e5%b0%8f&x", Format::Text, "王小", "/q?n=[x]&x"),
        ("/q?n=%25E7%258E%258B&x", Format::Text, "王", "/q?n=[x]&x"),
        ("/q?n=%CD%F5%D0%A1&x", Format::Text, "王小", "/q?n=[x]&x"),
        ("a%40b.cn", Format::Text, "a@b.cn", "[x]"),
        ("%u738B", Format::Text, "王", "[x]"),
        ("姓名 &#29579 &#x5c0f;明", Format::Text, "王 小明", "姓名 [x]"),
        ("姓名 &#29579abc", Format::Text, "王", "姓名 [x]abc"),
        ("<a>&amp;#29579;</a>", Format::Xml, "王", "<a>[x]</a>"),
        ("=E7=8E=8B=E5=B0=8F", Format::Text, "王小", "[x]"),
        ("=E7=8E=8B 1380013=\r\n8000", Format::Text, "13800138000", "=E7=8E=8B [x]"),
        ("=E7=8E=\n=8B", Format::Text, "王", "[x]"),
        (r"\xe7\x8e\x8b \347\216\213", Format::Text, "王 王", "[x]"),
    ] {
        assert_eq!(change(document, format, find, "[x]"), written, "{document}");
    }
}

#[test]
fn what_only_looks_like_a_code_is_left_alone() {
    for text in [
        r"C:\users\new\test",
        "100%25 off 5% 7%ab",
        "a=B5&b=C3",
        "AT&T a&copy=1",
        "&#26126192.168.1.10",
        r"\d{3}\w",
        "x == 12\ny",
    ] {
        let shape = Shape::open(text, Format::Text);
        let changed = shape.logical().replace("100%", "100%25");
        assert_eq!(changed.replace("%2525", "%25"), text);
    }
}

#[test]
fn codes_in_codes_are_followed_so_far_and_then_said() {
    let nested = |depth: usize| format!("%{}41", "25".repeat(depth));
    assert!(!Shape::open(&nested(4), Format::Text).is_deep());
    assert!(Shape::open(&nested(40), Format::Text).is_deep());
}

proptest! {
    #[test]
    fn what_is_not_changed_stays_byte_for_byte(document in "(\\PC|[\\\\%=&;\"ux0-9a-f]|\\\\u738b|%E7%8E%8B){0,80}") {
        for format in [Format::Text, Format::Json, Format::Csv, Format::Xml] {
            let written = Shape::open(&document, format).write(&[]);
            prop_assert_eq!(&written.document, &document);
            prop_assert!(written.origin.iter().copied().eq(0..document.chars().count()));
        }
    }

    #[test]
    fn every_place_has_its_own_stretch_of_the_document(document in "(\\PC|[\\\\%=&;\"ux0-9a-f]|\\\\u738b|%E7%8E%8B|,|\n){0,40}") {
        for format in [Format::Text, Format::Json, Format::Csv, Format::Xml] {
            let shape = Shape::open(&document, format);
            let count = shape.logical().chars().count();
            let mut reached = 0;
            for at in 0..count {
                let (start, end) = shape.place(at, at + 1);
                prop_assert!(start >= reached && end > start, "{} {} {}", start, end, reached);
                reached = end;
            }
        }
    }
}
