//! Log-in, sessions by token and by cookie, tokens, the second person.

use serde_json::{Value, json};

use super::harness::{Answer, Served, served};

const JSON: (&str, &str) = ("content-type", "application/json");
const NEW_PASSWORD: &str = "水落石出 korrekt 7 Pferde";
/// The password of users whom other tests make.
pub(super) const PASSWORD_OF_ALL: &str = NEW_PASSWORD;

fn log_in(served: &Served, name: &str, password: &str, cookie: bool, fields: &[(&str, &str)]) -> Answer {
    let body = json!({"name": name, "password": password, "cookie": cookie}).to_string();
    served.remote("POST", "/api/v1/sessions", &[&[JSON], fields].concat(), body.as_bytes())
}

pub(super) fn with(served: &Served, token: &str, method: &str, path: &str, body: &Value) -> Answer {
    let bearer = format!("Bearer {token}");
    served.remote(method, path, &[JSON, ("authorization", &bearer)], body.to_string().as_bytes())
}

/// The administrator, with the one-time password changed.
pub(super) fn administrator(served: &Served) -> String {
    let first = log_in(served, "admin", &served.password, false, &[]);
    assert_eq!(first.status, 201, "{}", String::from_utf8_lossy(&first.body));
    let token = first.json()["token"].as_str().unwrap().to_owned();
    assert_eq!(first.json()["must_change_password"], true);
    let confined = with(served, &token, "GET", "/api/v1/users", &json!({}));
    assert_eq!((confined.status, confined.code().as_str()), (403, "password_change_required"));
    let change = json!({"old": served.password, "new": NEW_PASSWORD});
    assert_eq!(with(served, &token, "PUT", "/api/v1/me/password", &change).status, 204);
    let again = log_in(served, "admin", NEW_PASSWORD, false, &[]);
    again.json()["token"].as_str().unwrap().to_owned()
}

#[test]
fn an_archivists_token_captures_over_tcp_and_a_mistyped_one_does_not() {
    let served = served();
    let body = json!({"kind": "ticket", "occurred": "2026-03-01",
        "components": [{"name": "a.txt", "text": "x"}]});
    let captured = with(&served, &served.token, "POST", "/api/v1/records", &body);
    assert_eq!(captured.status, 201, "{}", String::from_utf8_lossy(&captured.body));
    let mut mistyped = served.token.clone();
    let other = if mistyped.get(10..11) == Some("a") { "b" } else { "a" };
    mistyped.replace_range(10..11, other);
    for token in [mistyped.as_str(), "x", ""] {
        let refused = with(&served, token, "POST", "/api/v1/records", &body);
        assert_eq!((refused.status, refused.code().as_str()), (401, "token_invalid"), "{token}");
    }
    // On the socket too, credentials that are wrong are not taken for silence.
    let refused = served.local("GET", "/api/v1/me", &[("authorization", "Bearer x")], b"");
    assert_eq!(refused.code(), "token_invalid");
}

#[test]
fn an_administrator_makes_users_and_never_sees_a_record() {
    let served = served();
    let token = administrator(&served);
    let made = with(&served, &token, "POST", "/api/v1/users", &json!({"name": "李律师", "roles": ["legal"]}));
    assert_eq!(made.status, 201, "{}", String::from_utf8_lossy(&made.body));
    let id = made.json()["id"].as_str().unwrap().to_owned();
    let shown = with(&served, &token, "GET", &format!("/api/v1/users/{id}"), &json!({})).json();
    assert_eq!((&shown["name"], &shown["roles"]), (&json!("李律师"), &json!(["legal"])));
    let both = json!({"roles": ["administrator", "legal"]});
    let refused = with(&served, &token, "PUT", &format!("/api/v1/users/{id}/roles"), &both);
    assert_eq!((refused.status, refused.code().as_str()), (422, "roles_incompatible"));
    let records = with(&served, &token, "GET", "/api/v1/records", &json!({}));
    assert_eq!((records.status, records.code().as_str()), (403, "forbidden"));
    let unknown = json!({"name": "x", "roles": ["king"]});
    assert_eq!(with(&served, &token, "POST", "/api/v1/users", &unknown).code(), "invalid_fields");
}

#[test]
fn a_cookie_lets_in_from_our_own_pages_only_and_log_out_ends_it() {
    let served = served();
    administrator(&served);
    let answer = log_in(&served, "admin", NEW_PASSWORD, true, &[("sec-fetch-site", "same-origin")]);
    assert_eq!(answer.json().get("token"), None);
    let cookie = answer.header("set-cookie").unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict") && cookie.contains("Path=/"));
    let pair = cookie.split(';').next().unwrap().to_owned();
    let me = served.remote("GET", "/api/v1/me", &[("cookie", &pair)], b"");
    assert_eq!((me.status, me.json()["name"].as_str()), (200, Some("admin")));
    let end = |site: &str| {
        served.remote(
            "DELETE",
            "/api/v1/sessions/current",
            &[("cookie", &pair), ("sec-fetch-site", site)],
            b"",
        )
    };
    assert_eq!(end("cross-site").code(), "cross_site");
    assert_eq!(end("same-origin").status, 204);
    assert_eq!(served.remote("GET", "/api/v1/me", &[("cookie", &pair)], b"").code(), "session_ended");
    let crossed = log_in(&served, "admin", NEW_PASSWORD, true, &[("sec-fetch-site", "cross-site")]);
    assert_eq!((crossed.status, crossed.code().as_str()), (403, "cross_site"));
}

#[test]
fn wrong_names_and_wrong_passwords_get_one_answer_and_soon_have_to_wait() {
    let served = served();
    let mut waited = false;
    for _ in 0..12 {
        let refused = log_in(&served, "admin", "wrong password here", false, &[]);
        match refused.status {
            401 => assert_eq!(refused.code(), "login_failed"),
            429 => {
                assert!(refused.header("retry-after").unwrap().parse::<u64>().unwrap() > 0);
                waited = true;
                break;
            }
            other => panic!("{other}"),
        }
    }
    assert!(waited);
    let unknown = log_in(&served, "nobody", "wrong password here", false, &[]);
    assert_eq!((unknown.status, unknown.code().as_str()), (401, "login_failed"));
}
