//! Forms that could be read in two ways: each is refused by name, and nothing of it is kept.

use serde_json::{Value, json};

use super::harness::{Answer, Served, served};

const BOUNDARY: &str = "b0undary";

/// A part: its header lines and its content.
fn part(header: &str, content: &str) -> String {
    format!("--{BOUNDARY}\r\n{header}\r\n\r\n{content}\r\n")
}

fn record() -> String {
    let described = json!({"kind": "ticket", "occurred": "2026-03-01"}).to_string();
    part("content-disposition: form-data; name=\"record\"", &described)
}

fn file(disposition: &str) -> String {
    part(&format!("content-disposition: form-data; name=\"file\"; {disposition}"), "x")
}

fn end() -> String {
    format!("--{BOUNDARY}--\r\n")
}

fn send_to(served: &Served, path: &str, body: &str) -> Answer {
    let media_type = format!("multipart/form-data; boundary={BOUNDARY}");
    served.local("POST", path, &[("content-type", &media_type)], body.as_bytes())
}

fn kept(served: &Served) -> usize {
    served.get("/api/v1/records").json()["items"].as_array().unwrap().len()
}

fn of_part(part: u64, what: &str) -> Value {
    json!({"part": part, "what": what})
}

#[test]
fn what_could_be_read_in_two_ways_is_refused_by_part_and_name() {
    let served = served();
    let with = |file: &str| format!("{}{file}{}", record(), end());
    let header = |more: &str| {
        part(&format!("content-disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n{more}"), "eHg=")
    };
    let rows: Vec<(&str, String, &str, Value)> = vec![
        ("filename*", with(&file("filename*=UTF-8''%e6.txt")), "bad_form_part", of_part(2, "extended_name")),
        (
            "filename and filename*",
            with(&file("filename=\"a.txt\"; filename*=UTF-8''b.txt")),
            "bad_form_part",
            of_part(2, "extended_name"),
        ),
        (
            "two file names",
            with(&file("filename=\"a.txt\"; filename=\"b.exe\"")),
            "bad_form_part",
            of_part(2, "two_names"),
        ),
        (
            "two field names",
            with(&file("name=\"other\"; filename=\"a.txt\"")),
            "bad_form_part",
            of_part(2, "two_names"),
        ),
        ("a lone backslash", with(&file("filename=\"..\\a.txt\"")), "bad_form_part", of_part(2, "backslash")),
        (
            "base64",
            with(&header("content-transfer-encoding: base64")),
            "bad_form_part",
            of_part(2, "transfer_encoding"),
        ),
        (
            "quoted-printable",
            with(&header("Content-Transfer-Encoding: quoted-printable")),
            "bad_form_part",
            of_part(2, "transfer_encoding"),
        ),
        ("a length within", with(&header("content-length: 1")), "bad_form_part", of_part(2, "part_length")),
        (
            "two types",
            with(&header("content-type: text/plain\r\ncontent-type: text/html")),
            "bad_form_part",
            of_part(2, "double_field"),
        ),
        (
            "two dispositions",
            with(&header("content-disposition: form-data; name=\"file\"; filename=\"b.txt\"")),
            "bad_form_part",
            of_part(2, "double_field"),
        ),
        (
            "two records",
            format!("{}{}{}", record(), record(), end()),
            "bad_form_part",
            of_part(2, "second_record"),
        ),
        (
            "a header without end",
            format!("{}--{BOUNDARY}\r\nx: {}", record(), "a".repeat(80_000)),
            "bad_form_part",
            of_part(2, "long_header"),
        ),
        ("text without end before it", "a".repeat(80_000), "bad_form_part", of_part(1, "long_header")),
        (
            "many header fields",
            with(&header("x: y\r\n".repeat(40).trim_end())),
            "malformed_multipart",
            Value::Null,
        ),
        (
            "no field name",
            with(&part("content-disposition: form-data; filename=\"a\"", "x")),
            "malformed_multipart",
            Value::Null,
        ),
        (
            "an attachment",
            with(&part("content-disposition: attachment; filename=\"a\"", "x")),
            "malformed_multipart",
            Value::Null,
        ),
        (
            "a form within",
            with(&header("content-type: multipart/mixed; boundary=c")),
            "malformed_multipart",
            Value::Null,
        ),
        ("no end", format!("{}{}", record(), file("filename=\"a.txt\"")), "malformed_multipart", Value::Null),
        (
            "half an end",
            format!("{}{}--{BOUNDARY}", record(), file("filename=\"a.txt\"")),
            "malformed_multipart",
            Value::Null,
        ),
        (
            "a longer boundary",
            format!("{}{}--{BOUNDARY}x--\r\n", record(), file("filename=\"a.txt\"")),
            "malformed_multipart",
            Value::Null,
        ),
        (
            "a name that is a path",
            with(&file("filename=\"../../a.txt\"")),
            "invalid_fields",
            json!({"count": 1}),
        ),
        ("a name of folders", with(&file("filename=\"/etc/a.txt\"")), "invalid_fields", json!({"count": 1})),
        (
            "an escaped backslash",
            with(&file("filename=\"c:\\\\a.txt\"")),
            "invalid_fields",
            json!({"count": 1}),
        ),
        ("a name with a NUL", with(&file("filename=\"a%00.txt\0\"")), "malformed_multipart", Value::Null),
    ];
    for (what, body, code, facts) in rows {
        let refused = send_to(&served, "/api/v1/records", &body);
        assert_eq!(refused.code(), code, "{what}: {}", String::from_utf8_lossy(&refused.body));
        assert_eq!(refused.json()["facts"], facts, "{what}");
        assert_eq!(kept(&served), 0, "{what} left something");
    }
    let named = send_to(&served, "/api/v1/records", &with(&file("filename=\"../a.txt\"")));
    let fault = &named.json()["faults"][0];
    assert_eq!((&fault["path"], &fault["code"]), (&json!("components[0].name"), &json!("bad_name")));
}

#[test]
fn text_around_the_form_is_no_part_of_it_and_plain_encodings_are_taken() {
    let served = served();
    let header = "content-disposition: form-data; name=\"file\"; filename=\"a \\\"b\\\".txt\"\r\n\
                  content-transfer-encoding: 8BIT";
    let body = format!("before\r\n{}{}{}after", record(), part(header, "one"), end());
    let answer = send_to(&served, "/api/v1/records", &body);
    assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
    let record = answer.json();
    assert_eq!(record["components"].as_array().unwrap().len(), 1);
    assert_eq!(record["components"][0]["sha256"], crate::base::digest::Digest::of(b"one").to_hex());
}

#[test]
fn a_part_that_a_form_has_no_place_for_is_not_passed_over() {
    let served = served();
    let log = r#"{"at":"2026-03-01T08:00:00Z","operation":"store","purpose":"p","data_category":"c","system":"s","actor":"a","count":1}"#;
    let described = json!({"kind": "processing_log", "occurred": "2026-03-01", "title": "日志"}).to_string();
    let field = |name: &str, content: &str| {
        part(&format!("content-disposition: form-data; name=\"{name}\""), content)
    };
    let record = field("record", &described);
    let entries = field("entries", &format!("{log}\n"));
    let jsonl = field("format", "jsonl");
    let rows = [
        ("a second log", format!("{record}{entries}{entries}{}", end()), "bad_form_part", 3),
        ("a word behind the log", format!("{record}{entries}{jsonl}{}", end()), "bad_form_part", 3),
        ("a word twice", format!("{record}{jsonl}{jsonl}{entries}{}", end()), "bad_form_part", 3),
        ("no end", format!("{record}{entries}"), "malformed_multipart", 0),
    ];
    for (what, body, code, number) in rows {
        let refused = send_to(&served, "/api/v1/entries", &body);
        assert_eq!(refused.code(), code, "{what}: {}", String::from_utf8_lossy(&refused.body));
        if number > 0 {
            assert_eq!(refused.json()["facts"], of_part(number, "surplus"), "{what}");
        }
        assert_eq!(kept(&served), 0, "{what} left something");
    }
    let fine = send_to(&served, "/api/v1/entries", &format!("{record}{jsonl}{entries}{}", end()));
    assert_eq!(fine.status, 201, "{}", String::from_utf8_lossy(&fine.body));
}
