//! Redacted renditions, and the engine for text that is sent along.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::harness::{Served, served};
use super::people::{administrator, with};

const WORDS: &str = "联系人：王小明，电话13800138000。";

fn capture(served: &Served) -> String {
    let body = json!({
        "kind": "ticket", "case": "SC-1", "occurred": "2026-03-01",
        "components": [{"name": "王小明.txt", "text": WORDS}],
    });
    let answer = served.json("POST", "/api/v1/records", &body);
    assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
    answer.json()["id"].as_str().unwrap().to_owned()
}

#[test]
fn a_rendition_comes_with_its_report_without_a_purpose_and_the_ledger_knows() {
    let served = served();
    let id = capture(&served);
    let path = format!("/api/v1/records/{id}/rendition");
    let answer = served.json("POST", &path, &json!({}));
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    let rendition = answer.json();
    assert_eq!(rendition["document"], "联系人：[当事人1]，电话138****8000。");
    assert_eq!(rendition["media_type"], "text/plain");
    assert_eq!(rendition["report"]["counts"], json!({"PERSON": 1, "PHONE": 1}));
    assert!(!rendition["name"].as_str().unwrap().contains('王'));
    let custody = served.get(&format!("/api/v1/records/{id}/custody")).json();
    let last = custody["entries"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["kind"], &last["index"]), (&json!("redacted"), &rendition["ledger_index"]));
    for (body, code) in [
        (json!({"profile": "court"}), "invalid_fields"),
        (json!({"component": 7}), "not_found"),
        (json!({"version": 7}), "not_found"),
        (json!({"purpose": "x"}), "invalid_fields"),
    ] {
        assert_eq!(served.json("POST", &path, &body).code(), code, "{body}");
    }
    let nowhere = "/api/v1/records/0190d5c8-0000-7000-8000-000000000001/rendition";
    assert_eq!(served.json("POST", nowhere, &json!({})).code(), "not_found");
}

#[test]
fn eight_renditions_at_once_are_all_made() {
    let served = served();
    let ids: Vec<String> = (0..8).map(|_| capture(&served)).collect();
    std::thread::scope(|scope| {
        let asked: Vec<_> = ids
            .iter()
            .map(|id| {
                let served = &served;
                scope.spawn(move || {
                    let path = format!("/api/v1/records/{id}/rendition");
                    served.json("POST", &path, &json!({})).status
                })
            })
            .collect();
        let statuses: Vec<u16> = asked.into_iter().map(|asked| asked.join().unwrap()).collect();
        assert_eq!(statuses, [200; 8]);
    });
}

#[test]
fn a_database_that_another_program_has_locked_is_said_to_be_so_by_every_door() {
    let served = served();
    if std::fs::metadata(served.place.database()).unwrap().len() == 0 {
        return; // The archive lies in PostgreSQL: there is no file to be locked.
    }
    let id = capture(&served);
    let path = format!("/api/v1/records/{id}/rendition");
    let ticket = json!({"kind": "ticket", "case": "SC-1", "occurred": "2026-03-01",
        "components": [{"name": "a.txt", "text": "x"}]});
    let locked = crate::store::testing::lock_out(&served.place.database());
    let began = Instant::now();
    for (path, body) in [
        (path.as_str(), &json!({})),
        ("/api/v1/records", &ticket),
        ("/api/v1/search", &json!({"query": "联系人"})),
        (path.as_str(), &json!({})),
    ] {
        let told = served.json("POST", path, body);
        assert_eq!((told.status, told.code().as_str()), (503, "database_locked"), "{path}");
        assert!(told.header("retry-after").is_some());
    }
    // One after the other: only the first waits for a lock, the others know of it.
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
    assert_eq!(served.get(&format!("/api/v1/records/{id}")).status, 200, "what writes nothing is answered");
    drop(locked);
    assert_eq!(served.json("POST", &path, &json!({})).status, 200);
    assert_eq!(served.json("POST", "/api/v1/records", &ticket).status, 201);
}

#[test]
fn a_page_is_painted_of_a_pdf_alone_and_a_text_is_read_for_a_purpose() {
    let served = served();
    let id = capture(&served);
    let path = format!("/api/v1/records/{id}/rendition/page");
    for (body, code) in [
        (json!({}), "no_rendition"),
        (json!({"page": 0}), "invalid_fields"),
        (json!({"dots_per_inch": 201}), "invalid_fields"),
        (json!({"component": 7}), "not_found"),
    ] {
        assert_eq!(served.json("POST", &path, &body).code(), code, "{body}");
    }
    let open = format!("/api/v1/records/{id}/open");
    assert_eq!(served.json("POST", &open, &json!({"form": "text"})).code(), "purpose_required");
    assert_eq!(
        served.json("POST", &open, &json!({"form": "texts", "purpose": "x"})).code(),
        "invalid_fields"
    );
}

#[test]
fn the_custody_of_a_rendition_names_the_profile_and_the_text_that_was_rendered() {
    let served = served();
    let id = capture(&served);
    let path = format!("/api/v1/records/{id}/rendition");
    assert_eq!(served.json("POST", &path, &json!({"profile": "auditor"})).status, 200);
    let custody = served.get(&format!("/api/v1/records/{id}/custody")).json();
    let entries = custody["entries"].as_array().unwrap();
    let (captured, redacted) = (entries.first().unwrap(), entries.last().unwrap());
    let entry = STANDARD.decode(redacted["entry"].as_str().unwrap()).unwrap();
    let facts = crate::ledger::entry::decode(&entry).unwrap().facts;
    assert_eq!(facts["captured"], captured["index"]);
    let profile = include_bytes!("../../../policies/redaction/auditor.toml");
    let hash = crate::base::digest::Digest::of(profile).to_hex();
    assert_eq!((&facts["policy"], &facts["policy_hash"]), (&json!("auditor"), &json!(hash)));
}

#[test]
fn the_engine_finds_explains_and_hides_in_a_text_and_keeps_nothing() {
    let served = served();
    let before = served.get("/api/v1/ledger/checkpoint").body;
    let found = served.json("POST", "/api/v1/pii/detect", &json!({"text": WORDS})).json();
    let types: Vec<&Value> = found["spans"].as_array().unwrap().iter().map(|span| &span["type"]).collect();
    assert_eq!(types, ["PERSON", "PHONE"]);
    assert_eq!((&found["spans"][1]["start"], &found["spans"][1]["end"]), (&json!(10), &json!(21)));
    let ids = served.json("POST", "/api/v1/pii/detect", &json!({"text": WORDS, "names": false})).json();
    assert_eq!(ids["spans"].as_array().unwrap().len(), 1);
    let why = served.json("POST", "/api/v1/pii/explain", &json!({"text": WORDS})).json();
    assert_eq!(why["spans"][1]["rule"], "mobile-cn");
    assert_eq!(why["spans"][1]["label"], "电话");
    let body = json!({"text": r#"{"name":"王小明"}"#, "profile": "opposing-party", "format": "json"});
    let hidden = served.json("POST", "/api/v1/pii/redact", &body).json();
    assert_eq!(hidden["document"], r#"{"name":"[当事人1]"}"#);
    assert_eq!(served.get("/api/v1/ledger/checkpoint").body, before);
    for (path, body, code) in [
        ("detect", json!({}), "invalid_fields"),
        ("redact", json!({"text": "x"}), "invalid_fields"),
        ("redact", json!({"text": "x", "profile": "none"}), "invalid_fields"),
        ("redact", json!({"text": "x", "profile": "court", "format": "pdf"}), "invalid_fields"),
        ("explain", json!({"text": "x".repeat(1024 * 1024)}), "too_large"),
    ] {
        let refused = served.json("POST", &format!("/api/v1/pii/{path}"), &body);
        assert_eq!(refused.code(), code, "{path}");
        assert!(!String::from_utf8_lossy(&refused.body).contains("xxxx"));
    }
}

#[test]
fn an_administrator_has_no_use_of_the_engine() {
    let served = served();
    let token = administrator(&served);
    let refused = with(&served, &token, "POST", "/api/v1/pii/detect", &json!({"text": "x"}));
    assert_eq!((refused.status, refused.code().as_str()), (403, "forbidden"));
}

#[test]
fn the_engine_is_measured_on_marked_texts_within_bounds() {
    let served = served();
    let text = |text: &str, spans: Value| json!({"text": text, "spans": spans});
    let marked = text("手机：13800138000。", json!([{"start": 3, "end": 14, "type": "PHONE"}]));
    let answer =
        served.json("POST", "/api/v1/pii/eval", &json!({"texts": [marked, text("没有", json!([]))]}));
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    let measured = answer.json();
    assert_eq!(measured["types"]["PHONE"]["recall"], 1.0, "{measured}");
    assert_eq!((&measured["all"]["marked"], &measured["touched"]), (&json!(1), &json!(0)));
    let bad = [
        json!({}),
        json!({"texts": [{"text": "a"}]}),
        json!({"texts": [text("ab", json!([{"start": 0, "end": 3, "type": "PHONE"}]))]}),
        json!({"texts": [text("ab", json!([{"start": 1, "end": 1, "type": "PHONE"}]))]}),
        json!({"texts": [text("ab", json!([{"start": 0, "end": u64::MAX, "type": "PHONE"}]))]}),
        json!({"texts": vec![text("a", json!([])); 1_001]}),
        json!({"texts": [text("a", Value::from(vec![json!({"start": 0, "end": 1, "type": "PHONE"}); 2_001]))]}),
    ];
    for body in bad {
        let refused = served.json("POST", "/api/v1/pii/eval", &body);
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (422, "invalid_fields"),
            "{:.80}",
            body.to_string()
        );
    }
}

#[test]
fn records_are_asked_for_by_what_was_found_in_them() {
    let served = served();
    capture(&served);
    for body in [
        json!({"pii": ["PHONE"]}),
        json!({"pii_absent": ["PHONE"]}),
        json!({"pii_review": true}),
        json!({"pii_review": false}),
    ] {
        let answer = served.json("POST", "/api/v1/records/query", &body);
        assert_eq!((answer.status, &answer.json()["items"]), (200, &json!([])), "not looked at yet: {body}");
    }
    for body in [json!({"pii": ["TELEPHONE"]}), json!({"pii_absent": ["X"]}), json!({"pii_review": 7})] {
        assert_eq!(served.json("POST", "/api/v1/records/query", &body).code(), "invalid_fields", "{body}");
    }
}
