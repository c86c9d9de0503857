//! Erasing log entries over HTTP: asked for by one, read and approved by another.

use serde_json::json;

use super::existence::{a_user, made};
use super::harness::{Served, form, served};
use super::people::{administrator, with};
use crate::access::role::Role;

fn a_log(served: &Served) -> String {
    let line = |number: u32| {
        format!(
            "{{\"at\":\"2026-03-01T08:00:00+08:00\",\"operation\":\"use\",\"purpose\":\"售后{number}\",\
             \"data_category\":\"联系方式\",\"system\":\"CRM\",\"actor\":\"op\",\"count\":{number}}}\n"
        )
    };
    let lines: String = (0..3).map(line).collect();
    let record = json!({"kind": "processing_log", "case": "SC-1", "occurred": "2026-03-01", "title": "日志"});
    let (media_type, body) = form(&[
        ("record", None, None, record.to_string().as_bytes()),
        ("on_fault", None, None, b"capture_nothing"),
        ("entries", Some("log.jsonl"), None, lines.as_bytes()),
    ]);
    let answer = served.local("POST", "/api/v1/entries", &[("content-type", &media_type)], &body);
    let segments = made(&answer);
    segments["segments"][0]["id"].as_str().unwrap_or_else(|| panic!("{segments}")).to_owned()
}

#[test]
fn log_entries_are_erased_by_two_and_the_trace_is_told_in_their_place() {
    let served = served();
    let log = a_log(&served);
    let admin = administrator(&served);
    let (_, asks) = a_user(&served, &admin, "li", Role::PrivacyOfficer);
    let (_, decides) = a_user(&served, &admin, "wu", Role::PrivacyOfficer);
    let path = format!("/api/v1/records/{log}/erasures");
    let tag = |answer: &super::harness::Answer| answer.header("etag").map(str::to_owned);
    let before = tag(&with(&served, &asks, "GET", &format!("/api/v1/records/{log}"), &json!({})));
    let wanted = json!({"entries": [1], "reason": "data_subject_request"});
    assert_eq!(with(&served, &asks, "POST", &path, &wanted).code(), "needs_second_person");
    for (body, code) in [
        (json!({"entries": [1], "reason": "because"}), "invalid_fields"),
        (json!({"entries": [-1], "reason": "court_order"}), "invalid_fields"),
        (json!({"reason": "court_order"}), "invalid_fields"),
        (json!({"entries": [3], "reason": "court_order"}), "not_found"),
    ] {
        assert_eq!(with(&served, &asks, "POST", &path, &body).code(), code, "{body}");
    }
    let ask = json!({"entries": [1], "reason": "data_subject_request", "note": "来函"});
    let asked = made(&with(&served, &asks, "POST", &format!("{path}/approvals"), &ask));
    let id = asked["id"].as_str().unwrap();
    let shown = made(&with(&served, &decides, "GET", &format!("/api/v1/approvals/{id}"), &json!({})));
    assert_eq!(shown["parameters"], json!({"entries": [1], "erasure_reason": "data_subject_request"}));
    assert!(shown["told"].to_string().contains("个人信息主体请求删除"), "{}", shown["told"]);
    assert_eq!(shown["reason"], "来函");
    let verdict = json!({"verdict": "approve"});
    let decided = with(&served, &decides, "POST", &format!("/api/v1/approvals/{id}/decide"), &verdict);
    assert_eq!(decided.status, 204);
    let erase = json!({"entries": [1], "reason": "data_subject_request", "approval": id});
    let erased = made(&with(&served, &asks, "POST", &path, &erase));
    assert_eq!((&erased["entries"], &erased["left"]), (&json!([1]), &json!(2)));
    let again = with(&served, &asks, "POST", &path, &erase);
    assert_eq!((again.status, again.code().as_str()), (410, "entry_erased"));
    let open = json!({"purpose": "核对"});
    let opened =
        |entry: u32| with(&served, &asks, "POST", &format!("/api/v1/records/{log}.{entry}/open"), &open);
    assert_eq!((opened(1).status, opened(1).code().as_str()), (410, "entry_erased"));
    assert_eq!((opened(0).status, opened(2).status), (200, 200));
    let record = with(&served, &asks, "GET", &format!("/api/v1/records/{log}"), &json!({}));
    assert_ne!(tag(&record), before, "who asks whether it is as it was is told that it is not");
    let told = &record.json()["erasures"][0];
    assert_eq!((&told["entries"], &told["reason"]), (&json!([1]), &json!("data_subject_request")));
    assert_eq!(told["ledger_index"], erased["ledger"]["index"]);
}
