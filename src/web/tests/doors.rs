//! Who gets in by which door, and what every answer carries.

use std::os::unix::fs::PermissionsExt as _;

use super::harness::served;

#[test]
fn the_socket_is_the_owners_alone_and_makes_the_local_operator() {
    let served = served();
    let mode = std::fs::metadata(served.place.socket()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let refused = served.json("POST", "/api/v1/records", &serde_json::json!({}));
    // Past the guard: the fields are looked at.
    assert_eq!((refused.status, refused.code().as_str()), (422, "invalid_fields"));
}

#[test]
fn over_tcp_nobody_is_let_in_without_credentials() {
    let served = served();
    let refused = served.remote("POST", "/api/v1/records", &[("content-type", "application/json")], b"{}");
    assert_eq!((refused.status, refused.code().as_str()), (401, "unauthenticated"));
    assert!(refused.header("www-authenticate").unwrap().starts_with("Bearer"));
}

#[test]
fn the_service_says_that_it_lives_and_works() {
    let served = served();
    for path in ["/healthz", "/readyz"] {
        let answer = served.remote("GET", path, &[], b"");
        assert_eq!((answer.status, answer.json()["status"].as_str()), (200, Some("ok")), "{path}");
        let head = served.remote("HEAD", path, &[], b"");
        assert_eq!((head.status, head.body.len()), (200, 0), "HEAD {path}");
        assert_eq!(head.header("content-length"), answer.header("content-length"), "HEAD {path}");
    }
}

#[test]
fn every_answer_carries_the_security_headers_and_a_request_id() {
    let served = served();
    for path in ["/healthz", "/nowhere", "/docs"] {
        let answer = served.remote("GET", path, &[], b"");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("x-frame-options"), Some("DENY"), "{path}");
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{path}");
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.contains("script-src 'self'") && !policy.contains("unsafe"), "{path}");
        assert_eq!(answer.header("x-request-id").unwrap().len(), 36, "{path}");
        assert_eq!(answer.header("strict-transport-security"), None, "{path}: no TLS here");
    }
}

#[test]
fn a_refusal_speaks_the_readers_language() {
    let served = served();
    for (asked, given) in [("zh-TW", "zh-TW"), ("en-GB,en;q=0.9", "en"), ("fr", "zh-CN")] {
        let answer = served.remote("GET", "/nowhere", &[("accept-language", asked)], b"");
        assert_eq!((answer.status, answer.code().as_str()), (404, "not_found"));
        assert_eq!(answer.header("content-language"), Some(given));
        let id = answer.header("x-request-id").unwrap();
        assert_eq!(answer.json()["instance"], format!("urn:uuid:{id}"));
    }
}

#[test]
fn a_known_path_with_another_method_says_which_are_allowed() {
    let served = served();
    let refused = served.remote("DELETE", "/api/v1/records/x/versions", &[], b"");
    assert_eq!((refused.status, refused.code().as_str()), (405, "method_not_allowed"));
    assert_eq!(refused.header("allow"), Some("POST, OPTIONS"));
    let asked = served.remote("OPTIONS", "/healthz", &[], b"");
    assert_eq!((asked.status, asked.header("allow")), (204, Some("GET, HEAD, OPTIONS")));
}
