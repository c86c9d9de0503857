//! Cases with their gaps, search, and packages over HTTP.

use serde_json::{Value, json};

use super::harness::{Answer, Served, served};

fn capture(served: &Served, case: &str, title: &str, text: &str) -> Value {
    let body = json!({
        "kind": "delivery_confirmation", "case": case, "occurred": "2026-03-01", "title": title,
        "parties": [{"role": "customer", "name": "青禾科技有限公司"}],
        "components": [{"name": "确认单.txt", "text": text}],
    });
    let answer = served.json("POST", "/api/v1/records", &body);
    assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
    answer.json()
}

#[track_caller]
fn fine(answer: &Answer) -> Value {
    assert!((200..300).contains(&answer.status), "{}", String::from_utf8_lossy(&answer.body));
    answer.json()
}

#[test]
fn a_case_is_opened_changed_for_its_state_and_explained() {
    let served = served();
    let opened = served.json("POST", "/api/v1/cases", &json!({"reference": "SC-9", "title": "年度审计"}));
    assert_eq!(opened.status, 201, "{}", String::from_utf8_lossy(&opened.body));
    let id = opened.json()["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/cases/{id}");
    let change = json!({"title": "年度服务审计"}).to_string();
    let send = |fields: &[(&str, &str)]| {
        let fields = [&[("content-type", "application/json")], fields].concat();
        served.local("PATCH", &path, &fields, change.as_bytes())
    };
    assert_eq!((send(&[]).status, send(&[]).code().as_str()), (428, "precondition_required"));
    let other = format!("\"{}\"", "0".repeat(64));
    assert_eq!(send(&[("if-match", &other)]).code(), "precondition_failed");
    let tag = opened.header("etag").unwrap().to_owned();
    assert_eq!(send(&[("if-match", &tag)]).status, 200);
    assert_eq!(send(&[("if-match", &tag)]).code(), "precondition_failed");
    capture(&served, "SC-9", "交付确认", "已交付");
    let shown = fine(&served.get(&path));
    assert_eq!(shown["case"]["title"], "年度服务审计");
    let gap = &shown["gaps"][0];
    assert_eq!(gap["standing"], "open");
    let words = json!({"key": gap["key"], "record": gap["record"], "words": "授权书原件存于客户处"});
    assert_eq!(served.json("POST", &format!("{path}/explanations"), &words).status, 201);
    let explained = fine(&served.get("/api/v1/gaps?standing=explained"));
    assert_eq!(explained["items"][0]["key"], gap["key"]);
    assert_eq!(served.get("/api/v1/gaps?code=G10").code(), "invalid_fields");
    let found = fine(&served.json("POST", "/api/v1/cases/query", &json!({"reference": "sc-9"})));
    assert_eq!(found["items"][0]["id"], id.as_str());
}

#[test]
fn a_search_says_what_is_not_indexed_and_never_takes_words_from_an_address() {
    let served = served();
    capture(&served, "SC-1", "交付确认", "服务已经交付");
    let page = fine(&served.json("POST", "/api/v1/search", &json!({"query": "交付"})));
    let (found, waiting) =
        (page["hits"].as_array().unwrap().len() as u64, page["not_indexed"].as_u64().unwrap());
    assert_eq!(found + waiting, 1, "{page}");
    for (body, status, code) in [
        (json!({"query": "x".repeat(2000)}), 422, "query_too_long"),
        (json!({"query": "-交付"}), 422, "query_too_broad"),
        (json!({"query": "交付", "case": "SC-404"}), 422, "unknown_case"),
        (json!({"query": "交付", "cursor": "AAAA"}), 400, "cursor_invalid"),
        (json!({"querry": "交付"}), 422, "invalid_fields"),
        (json!({"query": "交付", "limit": 101}), 422, "invalid_fields"),
        (json!({"occurred_from": "2026-03-02", "occurred_to": "2026-03-01"}), 422, "invalid_fields"),
    ] {
        let refused = served.json("POST", "/api/v1/search", &body);
        assert_eq!((refused.status, refused.code().as_str()), (status, code), "{body}");
    }
    assert_eq!(served.get("/api/v1/search?query=x").status, 405);
}

#[test]
fn somebody_is_looked_up_by_a_body_and_never_by_an_address() {
    let served = served();
    capture(&served, "SC-1", "交付确认", "联系电话：138 0013 8000");
    let lookup = |body: &Value| served.json("POST", "/api/v1/subjects/lookup", body);
    let page = fine(&lookup(&json!({"value": "+86 138-0013-8000", "type": "phone"})));
    let (found, waiting) =
        (page["hits"].as_array().unwrap().len() as u64, page["not_examined"].as_u64().unwrap());
    assert_eq!(found + waiting, 1, "{page}");
    for (body, status, code) in [
        (json!({}), 422, "invalid_fields"),
        (json!({"value": " "}), 422, "subject_blank"),
        (json!({"value": "x".repeat(300)}), 422, "query_too_long"),
        (json!({"value": "张伟国", "type": "phone"}), 422, "subject_unfit"),
        (json!({"value": "张伟国", "type": "telephone"}), 422, "invalid_fields"),
        (json!({"value": "张伟国", "pii": ["TELEPHONE"]}), 422, "invalid_fields"),
        (json!({"value": 13_800_138_000_u64}), 422, "invalid_fields"),
        (json!({"value": "张伟国", "limit": "5"}), 422, "invalid_fields"),
        (json!({"value": "张伟国", "limit": 101}), 422, "invalid_fields"),
        (json!({"value": "张伟国", "case": "SC-404"}), 422, "unknown_case"),
        (json!({"value": "张伟国", "cursor": "AAAA"}), 400, "cursor_invalid"),
    ] {
        let refused = lookup(&body);
        assert_eq!((refused.status, refused.code().as_str()), (status, code), "{body}");
        assert!(!String::from_utf8_lossy(&refused.body).contains("张伟国"), "{body}");
    }
    assert_eq!(served.get("/api/v1/subjects/lookup?value=x").status, 405);
}

#[test]
fn a_customers_dossier_names_cases_and_authorizations() {
    let served = served();
    capture(&served, "SC-1", "交付确认", "服务已经交付");
    let party = fine(&served.json("POST", "/api/v1/parties/named", &json!({"name": "青禾科技有限公司"})));
    let id = party["id"].as_str().unwrap();
    let dossier = fine(&served.get(&format!("/api/v1/parties/{id}/dossier")));
    assert_eq!(dossier["cases"][0]["case"]["reference"], "SC-1");
    assert_eq!(fine(&served.get("/api/v1/parties"))["items"][0]["id"], id);
}

#[test]
fn the_service_level_table_counts_the_cases_of_a_customer_and_of_a_time() {
    let served = served();
    let open = |reference: &str, customer: &str, opened: &str| {
        fine(&served.json(
            "POST",
            "/api/v1/cases",
            &json!({"reference": reference, "title": "断网", "tier": "gold",
            "priority": "P1", "opened": opened, "parties": [{"role": "customer", "name": customer}]}),
        ))
    };
    open("SL-1", "临江样例科技有限公司", "2026-02-01T09:00:00+08:00");
    open("SL-2", "青禾样例", "2026-03-01T09:00:00+08:00");
    let answered = json!({"kind": "first_response", "at": "2026-02-01T09:05:00+08:00"});
    let case = fine(&served.json("POST", "/api/v1/cases/query", &json!({"reference": "SL-1"})));
    let id = case["items"][0]["id"].as_str().unwrap();
    fine(&served.json("POST", &format!("/api/v1/cases/{id}/events"), &answered));
    let table = |query: &str| fine(&served.get(&format!("/api/v1/reports/service-levels{query}")));
    let whole = table("");
    assert_eq!(whole["cases"], 2);
    let first =
        whole["items"].as_array().unwrap().iter().find(|row| row["measure"] == "first_response").unwrap();
    let decided =
        |row: &Value| ["met", "missed", "overdue", "running"].map(|name| row[name].as_u64().unwrap());
    assert_eq!(decided(first).iter().sum::<u64>(), 2, "{first}");
    assert_eq!((first["met"].as_u64(), first["tier"].as_str()), (Some(1), Some("gold")));
    let customer = fine(&served.json("POST", "/api/v1/parties/named", &json!({"name": "青禾样例"})));
    assert_eq!(table(&format!("?customer={}", customer["id"].as_str().unwrap()))["cases"], 1);
    assert_eq!(table("?customer=01890a5d-ac96-774b-bcce-b302099a8057")["cases"], 0);
    assert_eq!(table("?from=2026-03-01")["cases"], 1);
    assert_eq!(table("?to=2026-02-28")["cases"], 1);
    assert_eq!(table("?from=2026-02-02&to=2026-02-28")["cases"], 0);
    assert_eq!(served.get("/api/v1/reports/service-levels?from=yesterday").status, 422);
}
