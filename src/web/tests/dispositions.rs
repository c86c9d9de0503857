//! A disposition over HTTP, from what is due to its certificate: asked for by one, decided by another.

use std::time::Duration;

use base64::Engine as _;
use serde_json::{Value, json};

use super::existence::{a_user, made};
use super::harness::{Answer, Served, served};
use super::people::{administrator, with};
use crate::access::role::Role;
use crate::bundle::certificate::check_certificate;
use crate::ledger::proof;

/// Two rules: what is under the second one cools off.
const POLICY: &str = r#"
format = 1
id = "house"
version = 1
title = "服务记录保管期限"
owner = "个人信息保护负责人"
review_every = "P6M"
[effect]
metric = "到期后 90 日内完成处置的比例"
target = "≥ 95 %"
evaluate_after = "P3M"
[[approval]]
id = "at-once"
[[approval.stage]]
name = "档案部门审核"
roles = ["archivist"]
[[approval]]
id = "later"
cooling_off = "P3D"
[[approval.stage]]
name = "档案部门审核"
roles = ["archivist"]
[[obligation]]
id = "tickets"
jurisdiction = "CN"
calendar = "cn-civil"
zone = "Asia/Shanghai"
match = { kinds = ["ticket"] }
kind = "floor"
trigger = "occurred"
period = "P1M"
action = "destroy"
approvals = "at-once"
citations = ["电子商务法第31条"]
certainty = "A"
[[obligation]]
id = "chats"
jurisdiction = "CN"
calendar = "cn-civil"
zone = "Asia/Shanghai"
match = { kinds = ["chat"] }
kind = "floor"
trigger = "occurred"
period = "P1M"
action = "destroy"
approvals = "later"
citations = ["电子商务法第31条"]
certainty = "A"
"#;

/// Asks below `/api/v1`, whatever state it finds.
fn by(served: &Served, token: &str, (method, path): (&str, &str), body: &Value) -> Answer {
    let bearer = format!("Bearer {token}");
    let fields =
        [("content-type", "application/json"), ("authorization", bearer.as_str()), ("if-match", "*")];
    served.remote(method, &format!("/api/v1{path}"), &fields, body.to_string().as_bytes())
}

/// Publishes a policy: one asks for it, the other agrees.
fn publish(served: &Served, (asks, decides): (&str, &str), text: &str) {
    let ask = |path: &str, body: &Value| by(served, asks, ("POST", path), body);
    let fine = |answer: Answer| {
        assert!((200..300).contains(&answer.status), "{}", String::from_utf8_lossy(&answer.body));
        answer
    };
    fine(ask("/policies", &json!({"text": text})));
    fine(ask("/policies/house/versions/1/submission", &json!({})));
    let today = crate::base::moment::Clock::now(&crate::base::moment::SystemClock);
    let today = crate::base::civil::CivilDate::of(today, crate::base::civil::Zone::SHANGHAI).unwrap();
    let review = json!({
        "held_on": today.to_string(), "decision": "keep",
        "participants": [{"name": "王甲", "part": "management"}],
        "answers": [{"question": "law", "answer": "已核对"}],
    });
    fine(ask("/policies/house/versions/1/reviews", &review));
    let job = fine(ask("/policies/house/versions/1/simulations", &json!({})));
    let href = job.header("location").unwrap().to_owned();
    let done = (0..2_000).find(|_| {
        std::thread::park_timeout(Duration::from_millis(10));
        with(served, asks, "GET", &href, &json!({})).json()["state"] == "done"
    });
    assert!(done.is_some());
    let report = with(served, asks, "GET", &format!("{href}/result"), &json!({})).json();
    let ask_for = json!({"simulation": report["hash"], "reason": "评审已通过"});
    let approval = made(&ask("/policies/house/versions/1/publication/approvals", &ask_for));
    let id = approval["id"].as_str().unwrap();
    let path = format!("/approvals/{id}/decide");
    fine(by(served, decides, ("POST", &path), &json!({"verdict": "approve"})));
    let publish = json!({"simulation": report["hash"], "approval": id});
    fine(ask("/policies/house/versions/1/publication", &publish));
}

/// A disposition of one old ticket, on which those of `role` decide.
pub(super) fn a_disposition(served: &Served, (asks, decides): (&str, &str), role: Role) -> String {
    publish(served, (asks, decides), &POLICY.replace("\"archivist\"", &format!("\"{role}\"")));
    let record = json!({"kind": "ticket", "occurred": "2026-03-01", "title": "旧工单",
        "components": [{"name": "a.txt", "text": "x"}]});
    let record = made(&served.json("POST", "/api/v1/records", &record));
    let proposed = json!({"records": [record["id"]], "reason": "保管期满"});
    let proposed = made(&by(served, asks, ("POST", "/dispositions"), &proposed));
    proposed["id"].as_str().unwrap_or_else(|| panic!("{proposed}")).to_owned()
}

struct House {
    served: Served,
    asks: String,
    decides: String,
    keeper: String,
}

impl House {
    fn new() -> Self {
        let served = served();
        let admin = administrator(&served);
        let user = |name: &str, role: Role| a_user(&served, &admin, name, role).1;
        let (asks, decides) = (user("li", Role::PrivacyOfficer), user("wu", Role::PrivacyOfficer));
        let keeper = user("dang", Role::Archivist);
        let house = Self { served, asks, decides, keeper };
        publish(&house.served, (&house.asks, &house.decides), POLICY);
        house
    }

    fn by(&self, token: &str, method: &str, path: &str, body: &Value) -> Answer {
        by(&self.served, token, (method, path), body)
    }

    fn capture(&self, kind: &str, text: &str) -> String {
        let record = json!({"kind": kind, "occurred": "2026-03-01", "title": "旧工单",
            "components": [{"name": "a.txt", "text": text}]});
        let captured = made(&self.by(&self.keeper, "POST", "/records", &record));
        captured["id"].as_str().unwrap_or_else(|| panic!("{captured}")).to_owned()
    }

    fn propose(&self, records: &[&String]) -> String {
        let body = json!({"records": records, "reason": "保管期满"});
        let proposed = made(&self.by(&self.asks, "POST", "/dispositions", &body));
        assert_eq!(proposed["items"], records.len(), "{proposed}");
        proposed["id"].as_str().unwrap().to_owned()
    }

    fn state(&self, id: &str) -> String {
        made(&self.by(&self.asks, "GET", &format!("/dispositions/{id}"), &json!({})))["state"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    fn carry(&self, id: &str, phase: &str) -> Answer {
        self.by(&self.asks, "POST", &format!("/dispositions/{id}/{phase}"), &json!({}))
    }
}

#[test]
fn what_is_due_is_disposed_of_by_two_and_the_certificate_and_the_tombstone_are_proved() {
    let house = House::new();
    let records = [house.capture("ticket", "一"), house.capture("ticket", "二")];
    let id = house.propose(&[&records[0], &records[1]]);
    let decide =
        |token: &str, body: &Value| house.by(token, "POST", &format!("/dispositions/{id}/decisions"), body);
    let approve = json!({"verdict": "approve", "seen": 1});
    assert_eq!(decide(&house.decides, &approve).code(), "not_their_stage");
    assert_eq!(decide(&house.keeper, &json!({"verdict": "refuse"})).code(), "invalid_fields");
    assert_eq!(decide(&house.keeper, &json!({"verdict": "approve", "seen": -1})).code(), "invalid_fields");
    assert_eq!(
        decide(&house.keeper, &json!({"verdict": "approve", "seen": 7})).code(),
        "precondition_failed"
    );
    assert_eq!(house.carry(&id, "sealing").code(), "conflict", "nobody has agreed");
    assert_eq!(made(&decide(&house.keeper, &approve))["state"], "approved");
    assert_eq!(house.carry(&id, "shredding").code(), "conflict", "nothing is sealed");
    assert_eq!(made(&house.carry(&id, "sealing"))["state"], "sealed");
    let open = |record: &str| {
        house.by(&house.asks, "POST", &format!("/records/{record}/open"), &json!({"purpose": "核对"}))
    };
    assert_eq!(open(&records[0]).code(), "conflict");
    let certificate = || house.by(&house.asks, "GET", &format!("/dispositions/{id}/certificate"), &json!({}));
    assert_eq!(certificate().code(), "conflict", "only when all are final");
    let carried = made(&house.carry(&id, "shredding"));
    assert_eq!(
        (&carried["state"], &carried["done"], &carried["left"]),
        (&json!("finished"), &json!(2), &json!(0))
    );
    assert_eq!((open(&records[0]).status, open(&records[0]).code().as_str()), (410, "gone"));
    // The tombstone names the entry, which the log proves.
    let shown = made(&house.by(&house.asks, "GET", &format!("/records/{}", records[0]), &json!({})));
    let tombstone = &shown["tombstone"];
    assert_eq!((&tombstone["state"], &tombstone["rule"]), (&json!("shredded"), &json!("tickets@1")));
    let vkey = std::fs::read_to_string(house.served.place.keys().join("log.vkey")).unwrap();
    let entry = made(&house.served.get(&format!("/api/v1/ledger/entries/{}", tombstone["ledger_index"])));
    let body = entry["entry"].as_str().unwrap_or_else(|| panic!("{entry}"));
    let body = base64::engine::general_purpose::STANDARD.decode(body).unwrap();
    let (index, _) = proof::verify(entry["proof"].as_str().unwrap(), &body, vkey.trim()).unwrap();
    assert_eq!(tombstone["ledger_index"], index);
    let said: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!((&said["kind"], &said["subject"]), (&json!("record_shredded"), &json!(records[0])));
    let certified = check_certificate(&made(&certificate()), vkey.trim()).unwrap();
    assert_eq!((certified.destroyed, certified.left), (2, 0));
}

#[test]
fn what_cools_off_is_not_sealed_before_and_may_be_taken_back() {
    let house = House::new();
    let chat = house.capture("chat", "您好");
    let id = house.propose(&[&chat]);
    let path = format!("/dispositions/{id}/decisions");
    made(&house.by(&house.keeper, "POST", &path, &json!({"verdict": "approve"})));
    let early = house.carry(&id, "sealing");
    assert_eq!((early.status, early.code().as_str()), (409, "cooling_off"));
    let withdrawal = format!("/dispositions/{id}/withdrawal");
    assert_eq!(house.by(&house.decides, "POST", &withdrawal, &json!({})).code(), "forbidden");
    assert_eq!(house.by(&house.asks, "POST", &withdrawal, &json!({})).status, 204);
    assert_eq!(house.state(&id), "withdrawn");
    let nothing = json!({"records": ["01890a5d-ac96-774b-bcce-b302099a8057"], "reason": "x"});
    assert_eq!(house.by(&house.asks, "POST", "/dispositions", &nothing).code(), "not_found");
}
