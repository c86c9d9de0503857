//! Long work over HTTP: asked for, watched, stopped, fetched.

use std::time::Duration;

use serde_json::{Value, json};

use super::harness::{Answer, Served, served};
use crate::base::digest::Digest;

fn capture(served: &Served) -> String {
    let body = json!({
        "kind": "delivery_confirmation", "case": "SC-1", "occurred": "2026-03-01", "title": "交付确认",
        "parties": [{"role": "customer", "name": "青禾科技有限公司"}],
        "components": [{"name": "确认单.txt", "text": "服务已经交付"}],
    });
    let answer = served.json("POST", "/api/v1/records", &body);
    assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
    answer.json()["id"].as_str().unwrap().to_owned()
}

fn ask(served: &Served, key: &str, body: &Value) -> Answer {
    let fields = [("content-type", "application/json"), ("idempotency-key", key)];
    served.local("POST", "/api/v1/exports", &fields, body.to_string().as_bytes())
}

/// Looks at a job until it has ended.
fn ended(served: &Served, href: &str) -> Value {
    for _ in 0..2_000 {
        let answer = served.get(href);
        let job = answer.json();
        if !matches!(job["state"].as_str(), Some("ready" | "running")) {
            assert_eq!(answer.header("retry-after"), None);
            return job;
        }
        assert_eq!(answer.header("retry-after"), Some("1"));
        std::thread::park_timeout(Duration::from_millis(10));
    }
    panic!("the job does not end")
}

#[test]
fn a_package_is_made_by_a_job_and_fetched_whole_or_in_ranges() {
    let served = served();
    let record = capture(&served);
    let body = json!({"ids": [record], "purpose": "诉讼举证", "organization": "某某服务有限公司"});
    let asked = ask(&served, "k", &body);
    assert_eq!((asked.status, asked.header("retry-after")), (202, Some("1")));
    let export = asked.json();
    let href = export["job"]["href"].as_str().unwrap().to_owned();
    assert_eq!(asked.header("location"), Some(href.as_str()));
    let job = ended(&served, &href);
    assert_eq!(
        (job["state"].as_str(), job["done"].as_u64(), job["total"].as_u64()),
        (Some("done"), Some(1), Some(1))
    );
    let content = export["content"].as_str().unwrap();
    assert_eq!(job["result"], content);
    let whole = served.get(content);
    assert_eq!(whole.status, 200, "{}", String::from_utf8_lossy(&whole.body));
    assert!(whole.body.starts_with(b"PK"));
    let digest = Digest::of(&whole.body).to_content_digest();
    assert_eq!(whole.header("content-digest"), Some(digest.as_str()));
    assert_eq!(whole.header("export-counts"), Some("exported=1, withheld=0, failed=0"));
    assert_eq!(whole.header("x-content-type-options"), Some("nosniff"));
    assert!(whole.header("content-disposition").unwrap().contains(".zip"));
    let etag = whole.header("etag").unwrap();
    let range = served.local("GET", content, &[("range", "bytes=2-9"), ("if-range", etag)], b"");
    assert_eq!((range.status, range.body.as_slice()), (206, &whole.body[2..10]));
    assert_eq!(range.header("content-digest"), None);
    let head = served.local("HEAD", content, &[], b"");
    assert_eq!((head.status, head.header("content-length")), (200, whole.header("content-length")));
    let again = ask(&served, "k", &body).json();
    assert_eq!((&again["id"], &again["replayed"]), (&export["id"], &json!(true)));
    let other = json!({"case": "SC-1", "purpose": "诉讼举证", "organization": "某某服务有限公司"});
    let refused = ask(&served, "k", &other);
    assert_eq!((refused.status, refused.code().as_str()), (422, "idempotency_conflict"));
    let listed = served.get("/api/v1/exports").json();
    assert_eq!(
        (&listed["items"][0]["id"], &listed["items"][0]["state"]),
        (&export["id"], &json!("finished"))
    );
    // One who did not ask sees neither job nor package.
    let bearer = format!("Bearer {}", served.token);
    let stranger = |path: &str| served.remote("GET", path, &[("authorization", &bearer)], b"").code();
    assert_eq!(stranger(&href), "not_found");
    assert_eq!(stranger(content), "forbidden");
}

#[test]
fn what_cannot_be_exported_is_refused_before_anything_begins() {
    let served = served();
    capture(&served);
    for (body, code) in [
        (json!({"case": "SC-1", "organization": "x"}), "purpose_required"),
        (json!({"purpose": "x", "organization": "x"}), "invalid_fields"),
        (json!({"case": "SC-9", "purpose": "x", "organization": "x"}), "unknown_case"),
    ] {
        assert_eq!(served.json("POST", "/api/v1/exports", &body).code(), code);
    }
    assert_eq!(served.get("/api/v1/exports").json()["items"], json!([]));
    assert_eq!(
        served.get("/api/v1/exports/01890a5d-ac96-774b-bcce-b302099a8057/content").code(),
        "not_found"
    );
}

#[test]
fn a_verification_is_a_job_whose_result_is_the_report() {
    let served = served();
    capture(&served);
    let local = served.json("POST", "/api/v1/verify", &json!({}));
    // The local operator is archivist and legal: neither verifies over HTTP.
    assert_eq!(local.code(), "forbidden");
    let login = format!("Bearer {}", super::people::administrator(&served));
    let fields = [("authorization", login.as_str()), ("content-type", "application/json")];
    let asked = served.remote("POST", "/api/v1/verify", &fields, b"{}");
    assert_eq!(asked.status, 202, "{}", String::from_utf8_lossy(&asked.body));
    let href = asked.header("location").unwrap().to_owned();
    let look = |path: &str| served.remote("GET", path, &fields, b"");
    let done = (0..2_000).find(|_| {
        std::thread::park_timeout(Duration::from_millis(10));
        look(&href).json()["state"] == "done"
    });
    assert!(done.is_some());
    let report = look(&format!("{href}/result"));
    assert_eq!(report.json()["ok"], true);
    let late = served.remote("POST", &format!("{href}/cancel"), &fields, b"");
    assert_eq!((late.status, late.code().as_str()), (409, "conflict"));
    assert_eq!(look("/api/v1/jobs?state=done").json()["items"][0]["kind"], "verify");
    assert_eq!(look("/api/v1/jobs?state=dnoe").code(), "invalid_fields");
    assert_eq!(served.get(&href).code(), "not_found");
}

#[test]
fn keys_are_replaced_by_jobs_while_the_service_goes_on() {
    let served = served();
    let record = capture(&served);
    let refused = {
        let bearer = format!("Bearer {}", served.token);
        let fields = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        served.remote("POST", "/api/v1/keys/rotate", &fields, br#"{"replace":"both"}"#)
    };
    assert_eq!(refused.code(), "forbidden");
    assert_eq!(
        served.json("POST", "/api/v1/keys/rotate", &json!({"replace": "all"})).code(),
        "invalid_fields"
    );
    for (path, body, kind) in [
        ("/api/v1/keys/rotate", json!({"replace": "both"}), "rotate_keys"),
        ("/api/v1/keys/turn-epoch", json!({}), "turn_epoch"),
    ] {
        let asked = served.json("POST", path, &body);
        assert_eq!(asked.status, 202, "{}", String::from_utf8_lossy(&asked.body));
        let job = ended(&served, asked.header("location").unwrap());
        assert_eq!((job["state"].as_str(), job["kind"].as_str()), (Some("done"), Some(kind)), "{job}");
        let result = served.get(job["result"].as_str().unwrap()).json();
        match kind {
            "rotate_keys" => {
                assert_eq!(result["generation"], 2);
                // A name, and no folder.
                assert!(!result["recovery_identity"].as_str().unwrap().contains('/'), "{result}");
            }
            _ => assert_eq!(
                (result["epoch"].as_u64(), &result["destroyed"]),
                (Some(2), &json!([1])),
                "{result}"
            ),
        }
        let open = served.json("POST", &format!("/api/v1/records/{record}/open"), &json!({"purpose": "x"}));
        assert_eq!((open.status, open.body.as_slice()), (200, "服务已经交付".as_bytes()));
        capture(&served);
    }
}
