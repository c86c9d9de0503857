//! Lists, views, proofs and originals over HTTP.

use serde_json::{Value, json};

use super::harness::{Answer, Served, form, served};

fn capture(served: &Served, title: &str, text: &str) -> String {
    let body = json!({
        "kind": "ticket", "case": "SC-1", "occurred": "2026-03-01", "title": title,
        "parties": [{"role": "customer", "name": "青禾科技有限公司"}],
        "components": [{"name": "工单 1.txt", "text": text}],
    });
    let answer = served.json("POST", "/api/v1/records", &body);
    assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
    answer.json()["id"].as_str().unwrap().to_owned()
}

fn ids(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    let items = answer.json()["items"].clone();
    items.as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn pages_follow_each_other_without_gap_or_repetition_while_records_come_in() {
    let served = served();
    let mut captured: Vec<String> = (0..7).map(|n| capture(&served, &format!("t{n}"), "x")).collect();
    captured.reverse();
    let mut seen = Vec::new();
    let mut path = "/api/v1/records?kind=ticket&limit=3".to_owned();
    loop {
        let page = served.get(&path);
        seen.extend(ids(&page));
        capture(&served, "later", "x");
        let Some(link) = page.header("link") else { break };
        path = link.strip_prefix('<').unwrap().strip_suffix(">; rel=\"next\"").unwrap().to_owned();
    }
    assert_eq!(seen, captured);
}

#[test]
fn a_cursor_of_another_list_or_made_up_is_refused() {
    let served = served();
    for n in 0..3 {
        capture(&served, &format!("t{n}"), "x");
    }
    let first = served.get("/api/v1/records?limit=1").json();
    let cursor = first["next"].as_str().unwrap();
    for path in [
        format!("/api/v1/records?kind=ticket&cursor={cursor}"),
        "/api/v1/records?cursor=AAAA".to_owned(),
        "/api/v1/records?cursor=".to_owned(),
    ] {
        let refused = served.get(&path);
        assert_eq!((refused.status, refused.code().as_str()), (400, "cursor_invalid"), "{path}");
    }
    for path in ["/api/v1/records?kinds=ticket", "/api/v1/records?kind=tickett", "/api/v1/records?limit=501"]
    {
        assert_eq!(served.get(path).code(), "invalid_fields", "{path}");
    }
}

#[test]
fn a_partys_name_is_asked_for_in_a_body_and_never_in_an_address() {
    let served = served();
    let id = capture(&served, "t", "x");
    let ask = |body: &Value| served.json("POST", "/api/v1/records/query", body);
    assert_eq!(ids(&ask(&json!({"party": "青禾科技有限公司", "case": "SC-1"}))), [id]);
    assert!(ids(&ask(&json!({"party": "无人"}))).is_empty());
    assert_eq!(served.get("/api/v1/records?party=%E9%9D%92").code(), "invalid_fields");
    assert_eq!(ask(&json!({"partys": "x"})).code(), "invalid_fields");
}

#[test]
fn a_record_is_shown_with_its_versions_and_a_tag_that_spares_the_second_look() {
    let served = served();
    let id = capture(&served, "断网", "网络中断");
    let path = format!("/api/v1/records/{id}");
    let answer = served.get(&path);
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    let record = answer.json();
    assert_eq!(record["subkind"], "ticket", "{record}");
    assert_eq!(record["case"]["reference"], "SC-1");
    assert_eq!(record["versions"][0]["descriptor"]["title"], "断网");
    assert_eq!(record["versions"][0]["components"][0]["name"], "工单 1.txt");
    let tag = answer.header("etag").unwrap();
    assert_eq!(tag, "\"v1\"");
    let again = served.local("GET", &path, &[("if-none-match", tag)], b"");
    assert_eq!((again.status, again.body.len()), (304, 0));
    let head = served.local("HEAD", &path, &[], b"");
    assert_eq!((head.status, head.body.len()), (200, 0));
}

#[test]
fn a_record_has_a_proof_and_a_custody_that_says_who_did_what() {
    let served = served();
    let id = capture(&served, "t", "x");
    let proof = served.get(&format!("/api/v1/records/{id}/proof")).json();
    assert_eq!(proof["kind"], "captured");
    assert!(proof["proof"].as_str().unwrap().starts_with("c2sp.org/tlog-proof@v1\n"));
    let index = proof["index"].as_u64().unwrap();
    let entry = served.get(&format!("/api/v1/ledger/entries/{index}")).json();
    assert_eq!(entry["entry"], proof["entry"]);
    let custody = served.get(&format!("/api/v1/records/{id}/custody")).json();
    assert_eq!(custody["entries"][0]["kind"], "captured");
    let checkpoint = served.get("/api/v1/ledger/checkpoint");
    assert!(String::from_utf8(checkpoint.body).unwrap().contains("\n\n— "));
    for path in ["/api/v1/ledger/entries/99999", "/api/v1/ledger/entries/x", "/api/v1/records/x/proof"] {
        assert_eq!(served.get(path).code(), "not_found", "{path}");
    }
}

fn open(served: &Served, id: &str, body: &Value, fields: &[(&str, &str)]) -> Answer {
    let fields = [&[("content-type", "application/json")], fields].concat();
    served.local("POST", &format!("/api/v1/records/{id}/open"), &fields, body.to_string().as_bytes())
}

#[test]
fn an_original_leaves_as_an_attachment_for_a_purpose_and_the_ledger_knows() {
    let served = served();
    let id = capture(&served, "t", "网络中断");
    let refused = open(&served, &id, &json!({}), &[]);
    assert_eq!((refused.status, refused.code().as_str()), (422, "purpose_required"));
    let opened = open(&served, &id, &json!({"purpose": "核对"}), &[]);
    assert_eq!((opened.status, opened.body.as_slice()), (200, "网络中断".as_bytes()));
    assert_eq!(
        opened.header("content-disposition"),
        Some("attachment; filename=\"__ 1.txt\"; filename*=UTF-8''%E5%B7%A5%E5%8D%95%201.txt")
    );
    assert_eq!(opened.header("content-security-policy"), Some("default-src 'none'; sandbox"));
    let custody = served.get(&format!("/api/v1/records/{id}/custody")).json();
    assert_eq!(custody["entries"].as_array().unwrap().last().unwrap()["kind"], "original_read");
    let sealed = open(&served, &id, &json!({"purpose": "核对", "form": "sealed"}), &[]);
    assert!(sealed.body.starts_with(b"age-encryption.org/v1\n"));
    for (body, code) in [
        (json!({"purpose": "x", "component": 7}), "not_found"),
        (json!({"purpose": "x", "version": 7}), "not_found"),
        (json!({"purpose": "x", "form": "raw"}), "invalid_fields"),
        (json!({"purpose": "x".repeat(501)}), "invalid_fields"),
    ] {
        assert_eq!(open(&served, &id, &body, &[]).code(), code, "{body}");
    }
}

#[test]
fn a_long_original_is_read_whole_or_in_ranges() {
    let served = served();
    let long: Vec<u8> = (0..1_500_000_u32).map(|n| (n % 251) as u8).collect();
    let record = json!({"kind": "ticket", "occurred": "2026-03-01"}).to_string();
    let (media_type, body) =
        form(&[("record", None, None, record.as_bytes()), ("file", Some("a.bin"), None, &long)]);
    let answer = served.local("POST", "/api/v1/records", &[("content-type", &media_type)], &body);
    let id = answer.json()["id"].as_str().unwrap().to_owned();
    let purpose = json!({"purpose": "核对"});
    let whole = open(&served, &id, &purpose, &[]);
    assert!(whole.body == long, "{} bytes", whole.body.len());
    assert_eq!(whole.header("content-length"), Some("1500000"));
    let tag = whole.header("etag").unwrap().to_owned();
    for (range, first, last) in [
        ("bytes=65530-65545", 65530, 65545),
        ("bytes=-7", 1_499_993, 1_499_999),
        ("bytes=100-", 100, 1_499_999),
    ] {
        let part = open(&served, &id, &purpose, &[("range", range), ("if-range", &tag)]);
        assert_eq!(part.status, 206, "{range}");
        assert_eq!(part.header("content-range"), Some(format!("bytes {first}-{last}/1500000").as_str()));
        assert!(part.body == long[first..=last], "{range}");
    }
    let outside = open(&served, &id, &purpose, &[("range", "bytes=1500000-")]);
    assert_eq!((outside.status, outside.code().as_str()), (416, "range_not_satisfiable"));
    assert_eq!(outside.header("content-range"), Some("bytes */1500000"));
    assert_eq!(open(&served, &id, &purpose, &[("range", "bytes=0-1"), ("if-range", "\"old\"")]).status, 200);
}
