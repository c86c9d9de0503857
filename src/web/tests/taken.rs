//! Names that something out of sight bears: told now and then, never in quantity.

use serde_json::json;

use super::existence::a_user;
use super::harness::served;
use super::people::{administrator, with};
use crate::access::role::Role;

#[test]
fn who_tries_foreign_references_out_is_told_to_wait() {
    let served = served();
    let admin = administrator(&served);
    let (_, other) = a_user(&served, &admin, "second", Role::Archivist);
    let open = |token: &str, reference: &str| {
        with(&served, token, "POST", "/api/v1/cases", &json!({"reference": reference, "title": "x"}))
    };
    for number in 0..11 {
        assert_eq!(open(&served.token, &format!("SC-{number}")).status, 201);
    }
    for number in 0..10 {
        let told = open(&other, &format!("SC-{number}"));
        assert_eq!((told.status, told.code().as_str()), (409, "already_exists"));
    }
    for reference in ["SC-10", "FREE-1"] {
        let told = open(&other, reference);
        assert_eq!((told.status, told.code().as_str()), (429, "throttled_names"), "{reference}");
        assert!(told.header("retry-after").unwrap().parse::<u64>().unwrap() <= 601);
    }
    let record = json!({"kind": "ticket", "occurred": "2026-03-01",
        "components": [{"name": "a.txt", "text": "x"}]});
    assert_eq!(with(&served, &other, "POST", "/api/v1/records", &record).status, 201);
    assert_eq!(open(&served.token, "FREE-1").status, 201);
}
