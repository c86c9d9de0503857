//! Requests that nobody should send: each gets a clear refusal, none gets the service down.

use serde_json::json;

use super::harness::{FormPart, form, request, served};

const JSON: (&str, &str) = ("content-type", "application/json");

#[test]
fn a_body_that_announces_too_much_is_refused_before_it_is_sent() {
    let served = served();
    let stream = std::os::unix::net::UnixStream::connect(served.place.socket()).unwrap();
    let head = request("POST", "/api/v1/records", &[JSON], Some(50_000_000), b"");
    let answer = {
        use std::io::{Read as _, Write as _};
        let mut stream = stream;
        stream.write_all(&head).unwrap();
        let mut start = vec![0; 12];
        stream.read_exact(&mut start).unwrap();
        start
    };
    assert_eq!(answer, b"HTTP/1.1 413");
}

#[test]
fn a_body_without_length_is_cut_at_the_limit() {
    let served = served();
    let chunk = "a".repeat(0x10000);
    let mut body = String::from("[");
    for _ in 0..20 {
        body.push_str(&chunk);
    }
    let mut chunked = String::new();
    for piece in body.as_bytes().chunks(0x8000) {
        chunked.push_str(&format!("{:x}\r\n{}\r\n", piece.len(), std::str::from_utf8(piece).unwrap()));
    }
    chunked.push_str("0\r\n\r\n");
    let answer = served.local("POST", "/api/v1/records", &[JSON], b"");
    assert_eq!(answer.code(), "malformed_json");
    let bytes = request(
        "POST",
        "/api/v1/records",
        &[JSON, ("transfer-encoding", "chunked"), ("authorization", &format!("Bearer {}", served.token))],
        None,
        chunked.as_bytes(),
    );
    let refused = served.raw(&bytes, "POST");
    assert_eq!((refused.status, refused.code().as_str()), (413, "too_large"));
}

#[test]
fn another_media_type_is_refused_with_what_would_be_taken() {
    let served = served();
    for media_type in
        ["text/plain", "application/xml", "", "application/jsonx", "multipart/mixed; boundary=x"]
    {
        let refused = served.local("POST", "/api/v1/records", &[("content-type", media_type)], b"{}");
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (415, "unsupported_media_type"),
            "{media_type}"
        );
        assert_eq!(refused.header("accept"), Some("application/json, multipart/form-data"));
    }
}

#[test]
fn broken_json_is_told_with_line_and_column() {
    let served = served();
    let refused = served.local("POST", "/api/v1/records", &[JSON], b"{\n  \"kind\": tru\n}");
    assert_eq!((refused.status, refused.code().as_str()), (400, "malformed_json"));
    assert_eq!(refused.json()["facts"], json!({"line": 2, "column": 14}));
    for body in [&b"\xff\xfe"[..], b"", b"[", b"nul", b"{\"a\":1,}", b"{} {}"] {
        assert_eq!(
            served.local("POST", "/api/v1/records", &[JSON], body).code(),
            "malformed_json",
            "{body:?}"
        );
    }
    for body in ["[]".to_owned(), "1".to_owned(), "{\"kind\":1,\"kind\":2}".to_owned(), "[".repeat(5000)] {
        assert_eq!(
            served.local("POST", "/api/v1/records", &[JSON], body.as_bytes()).code(),
            "invalid_fields"
        );
    }
}

#[test]
fn every_fault_of_a_request_is_told_at_once() {
    let served = served();
    let body = json!({
        "kind": "tickett", "occurred": "2026-02-30", "titel": "x",
        "parties": [{"role": "customer", "name": "\u{202e}"}],
        "components": [{"name": "../a.txt", "text": "x"}],
    });
    let refused = served.json("POST", "/api/v1/records", &body);
    assert_eq!((refused.status, refused.code().as_str()), (422, "invalid_fields"));
    let faults = refused.json()["faults"].clone();
    let paths: Vec<&str> =
        faults.as_array().unwrap().iter().map(|fault| fault["path"].as_str().unwrap()).collect();
    for path in ["kind", "occurred", "titel", "parties[0].name", "components[0].name"] {
        assert!(paths.contains(&path), "{path} in {paths:?}");
    }
}

#[test]
fn broken_forms_are_refused() {
    let served = served();
    let (media_type, whole) = form(&[("record", None, None, b"{}"), ("file", Some("a"), None, b"x")]);
    for (media_type, body, code) in [
        (media_type.as_str(), &whole[..whole.len() - 20], "malformed_multipart"),
        (media_type.as_str(), b"".as_slice(), "malformed_multipart"),
        (media_type.as_str(), b"garbage without a boundary".as_slice(), "malformed_multipart"),
        ("multipart/form-data", whole.as_slice(), "malformed_multipart"),
    ] {
        let refused = served.local("POST", "/api/v1/records", &[("content-type", media_type)], body);
        assert_eq!((refused.status, refused.code().as_str()), (400, code), "{media_type}");
    }
    let (media_type, body) = form(&[("file", Some("a"), None, b"x"), ("record", None, None, b"{}")]);
    let refused = served.local("POST", "/api/v1/records", &[("content-type", &media_type)], &body);
    assert_eq!(refused.code(), "malformed_multipart");
    let many: Vec<FormPart<'_>> = std::iter::once(("record", None, None, b"{}".as_slice()))
        .chain((0..100).map(|_| ("file", Some("a"), None, b"x".as_slice())))
        .collect();
    let (media_type, body) = form(&many);
    let refused = served.local("POST", "/api/v1/records", &[("content-type", &media_type)], &body);
    assert_eq!((refused.status, refused.code().as_str()), (413, "too_many"));
}

#[test]
fn ids_and_paths_of_any_shape_are_answered_with_a_refusal() {
    let served = served();
    let long = "9".repeat(4000);
    for id in ["x", "..%2f..%2fetc", "%00", "%ff", "0", "01890A5D-AC96-774B-BCCE-B302099A8057", &long] {
        let answer = served.json("POST", &format!("/api/v1/records/{id}/versions"), &json!({}));
        assert!((400..500).contains(&answer.status), "{id}: {}", answer.status);
    }
    for bytes in [
        b"GET / HTTP/9.9\r\n\r\n".as_slice(),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc",
        b"GET /%zz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        b"POST /api/v1/records HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
        b"POST /api/v1/records HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n",
    ] {
        let answer = served.raw(bytes, "GET");
        assert!((400..500).contains(&answer.status), "{bytes:?}: {}", answer.status);
    }
    assert_eq!(served.get("/healthz").status, 200);
}

#[test]
fn an_address_without_end_is_refused_before_it_is_read() {
    let served = served();
    let answer = served.get(&format!("/api/v1/records?cursor={}", "a".repeat(9_000)));
    assert_eq!((answer.status, answer.code().as_str()), (414, "uri_too_long"));
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
}

#[test]
fn requests_that_try_the_parsers_are_refused_and_nothing_is_kept() {
    let served = served();
    let good = r#"{"kind":"ticket","occurred":"2026-03-01","components":[{"name":"a.txt","text":"x"}]}"#;
    let with = |from: &str, to: &str| good.replacen(from, to, 1);
    for (what, body, code) in [
        ("a mark of byte order", format!("\u{feff}{good}"), "malformed_json"),
        ("a name twice", with("{\"name\"", "{\"name\":\"b.txt\",\"name\""), "invalid_fields"),
        (
            "a name twice, once escaped",
            with("\"kind\"", "\"k\\u0069nd\":\"ticket\",\"kind\""),
            "invalid_fields",
        ),
        ("a number without end", with("\"2026-03-01\"", &"9".repeat(100_000)), "malformed_json"),
        ("an exponent without end", with("\"2026-03-01\"", "1e999999999"), ""),
        ("half a surrogate", with("\"x\"", "\"\\ud800\""), ""),
        ("a NUL in a name", with("a.txt", "a\\u0000.txt"), ""),
        ("a NUL behind it", format!("{good}\0"), "malformed_json"),
        ("not a number", with("\"2026-03-01\"", "NaN"), ""),
    ] {
        let refused = served.local("POST", "/api/v1/records", &[JSON], body.as_bytes());
        assert!(matches!(refused.status, 400 | 422), "{what}: {}", refused.status);
        match code {
            "" => assert!(matches!(refused.code().as_str(), "malformed_json" | "invalid_fields"), "{what}"),
            code => assert_eq!(refused.code(), code, "{what}"),
        }
    }
    let encoded =
        served.local("POST", "/api/v1/records", &[JSON, ("content-encoding", "gzip")], good.as_bytes());
    assert_eq!((encoded.status, encoded.code().as_str()), (400, "malformed_request"));
    let token = format!("authorization: Bearer {}\r\n", served.token);
    let flood: String = (0..200).map(|number| format!("x-{number}: y\r\n")).collect();
    let head = |more: &str| {
        format!(
            "POST /api/v1/records HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{token}\
                 content-type: application/json\r\n{more}\r\n"
        )
    };
    for (what, bytes) in [
        ("a header flood", head(&flood)),
        ("two lengths", head("content-length: 5\r\ncontent-length: 90\r\n") + good),
        ("a length with a sign", head("content-length: +90\r\n") + good),
        ("another transfer coding", head("transfer-encoding: gzip, chunked\r\n") + "0\r\n\r\n"),
        ("chunked not last", head("transfer-encoding: chunked, identity\r\n") + "0\r\n\r\n"),
        ("a coding with a mark", head("transfer-encoding: xchunked\r\n") + "0\r\n\r\n"),
        ("a chunk of no number", head("transfer-encoding: chunked\r\n") + "zz\r\nx\r\n"),
        (
            "a chunk beyond all numbers",
            head("transfer-encoding: chunked\r\n") + "ffffffffffffffffff\r\nx\r\n",
        ),
        ("a folded field", head("x: a\r\n b\r\ncontent-length: 0\r\n")),
        ("a blank before the colon", head("content-length : 0\r\n")),
        (
            "a NUL in a path",
            format!("GET /api/v1/records/%00 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{token}\r\n"),
        ),
        (
            "a NUL in a query",
            format!("GET /api/v1/records?cursor=%00 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{token}\r\n"),
        ),
        (
            "no UTF-8 in a query",
            format!(
                "GET /api/v1/records?case=%ff%fe HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{token}\r\n"
            ),
        ),
    ] {
        // To a body that cannot be parted the server may have no answer, and hangs up.
        let mut stream = std::net::TcpStream::connect(served.address()).unwrap();
        std::io::Write::write_all(&mut stream, bytes.as_bytes()).unwrap();
        let mut heard = Vec::new();
        match std::io::Read::read_to_end(&mut stream, &mut heard) {
            Ok(_) => {
                let refused = heard.starts_with(b"HTTP/1.1 4") || heard.starts_with(b"HTTP/1.1 501");
                assert!(refused || (heard.is_empty() && bytes.contains("chunked\r\n")), "{what}: {heard:?}");
            }
            Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "{what}"),
        }
    }
    // Who waits for leave to send gets it, or the refusal, and is answered.
    let length = format!("content-length: {}\r\nexpect: 100-continue\r\n", good.len());
    let answer = served.raw((head(&length) + good).as_bytes(), "POST");
    assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
    assert_eq!(served.get("/api/v1/records").json()["items"].as_array().unwrap().len(), 1);
}
