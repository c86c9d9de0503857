//! Whether something exists is nobody's business who may not see it: what is foreign and what is
//! nowhere get the same answer, on every route, byte for byte once ids are masked.

use std::collections::BTreeMap;

use actix_web::http::Method;
use serde_json::{Value, json};

use super::harness::{Answer, Served, form, request, served};
use super::people::{PASSWORD_OF_ALL, administrator, with};
use crate::access::permission::{self, Action, Resource};
use crate::access::role::Role;
use crate::access::scope::{Level, Scope};
use crate::web::api;
use crate::web::route::{Needs, Operation};

const JSON: (&str, &str) = ("content-type", "application/json");

/// One thing of each sort, none of them the askers'.
struct Foreign {
    served: Served,
    /// Ids by the sort of thing.
    ids: BTreeMap<&'static str, String>,
    askers: Vec<(Role, String)>,
    admin: String,
    /// A user who may work on the matter, and does not ask.
    colleague: String,
}

#[track_caller]
pub(super) fn made(answer: &Answer) -> Value {
    assert!((200..300).contains(&answer.status), "{}", String::from_utf8_lossy(&answer.body));
    answer.json()
}

#[track_caller]
fn id_in(value: &Value, pointer: &str) -> String {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_else(|| panic!("{pointer} in {value}"))
        .to_owned()
}

/// A user of one role who has changed the first password; the id and a session's token.
pub(super) fn a_user(served: &Served, admin: &str, name: &str, role: Role) -> (String, String) {
    let new = json!({"name": name, "roles": [role.as_str()]});
    let user = made(&with(served, admin, "POST", "/api/v1/users", &new));
    let first = id_in(&user, "/password");
    let log_in = |password: &str| {
        let body = json!({"name": name, "password": password});
        id_in(&made(&served.json("POST", "/api/v1/sessions", &body)), "/token")
    };
    let confined = log_in(&first);
    let change = json!({"old": first, "new": PASSWORD_OF_ALL});
    assert_eq!(with(served, &confined, "PUT", "/api/v1/me/password", &change).status, 204);
    (id_in(&user, "/id"), log_in(PASSWORD_OF_ALL))
}

fn a_record(case: &str) -> Value {
    json!({
        "kind": "authorization", "case": case, "occurred": "2026-03-01", "title": "授权书",
        "parties": [{"role": "customer", "name": "外人不知的客户有限公司"}],
        "components": [{"name": "授权书.txt", "text": "授权"}],
    })
}

impl Foreign {
    fn new() -> Self {
        let served = served();
        let mut ids = BTreeMap::new();
        let record = made(&served.json("POST", "/api/v1/records", &a_record("FOREIGN-1")));
        ids.insert("record", id_in(&record, "/id"));
        ids.insert("case", id_in(&record, "/case"));
        ids.insert("reference", "FOREIGN-1".to_owned());
        ids.insert("party_name", "外人不知的客户有限公司".to_owned());
        let parties = made(&served.get("/api/v1/parties"));
        ids.insert("party", id_in(&parties, "/items/0/id"));
        let event = json!({"kind": "paused", "at": "2026-03-02T10:00:00+08:00", "reason": "x"});
        let events = format!("/api/v1/cases/{}/events", ids["case"]);
        made(&served.json("POST", &events, &event));
        let case = made(&served.get(&format!("/api/v1/cases/{}", ids["case"])));
        let find_event = |happening: &Value| Some(happening.pointer("/event/id")?.as_str()?.to_owned());
        let timeline = case["timeline"].as_array().unwrap_or_else(|| panic!("{case}"));
        ids.insert("event", timeline.iter().find_map(find_event).unwrap_or_else(|| panic!("{case}")));
        let event = json!({"type": "relationship_ended", "keys": {"case": "FOREIGN-1"}});
        let event = made(&served.json("POST", "/api/v1/events", &event));
        ids.insert("retention_event", id_in(&event, "/id"));
        let matter = json!({"reference": "M-1", "kind": "litigation", "title": "外人不知的案件"});
        let matter = made(&served.json("POST", "/api/v1/matters", &matter));
        ids.insert("matter", id_in(&matter, "/id"));
        let hold = json!({"matter": ids["matter"], "title": "外人不知的保留", "reason": "涉诉",
            "members": {"records": [ids["record"]]}, "confidential": true});
        let hold = made(&served.json("POST", "/api/v1/holds", &hold));
        ids.insert("hold", id_in(&hold, "/id"));
        // While nobody could countersign it.
        let export = json!({"case": "FOREIGN-1", "purpose": "举证", "organization": "某某"});
        let export = made(&served.json("POST", "/api/v1/exports", &export));
        ids.insert("export", id_in(&export, "/id"));
        ids.insert("job", id_in(&export, "/job/id"));
        let upload = made(&served.json("POST", "/api/v1/uploads", &json!({"name": "a.txt", "bytes": 3})));
        ids.insert("upload", id_in(&upload, "/id"));
        let admin = administrator(&served);
        let (privacy, token) = a_user(&served, &admin, "privacy", Role::PrivacyOfficer);
        let sessions =
            made(&with(&served, &token, "GET", &format!("/api/v1/users/{privacy}/sessions"), &json!({})));
        ids.insert("session", id_in(&sessions, "/items/0/id"));
        let notices = format!("/api/v1/holds/{}/notices", ids["hold"]);
        let notice = made(&served.json("POST", &notices, &json!({"text": "请勿删除", "to": [privacy]})));
        ids.insert("notice", id_in(&notice, "/id"));
        ids.insert("user", privacy);
        ids.insert("user_name", "privacy".to_owned());
        let made_token =
            made(&with(&served, &token, "POST", "/api/v1/tokens", &json!({"scopes": "record:read"})));
        ids.insert("token", id_in(&made_token, "/id"));
        let wanted = json!({"case": "FOREIGN-1", "purpose": "举证", "organization": "某某"});
        let approval = made(&served.json("POST", "/api/v1/exports/approvals", &wanted));
        ids.insert("approval", id_in(&approval, "/id"));
        ids.insert("index", "1".to_owned());
        made(&with(&served, &token, "POST", "/api/v1/policies", &json!({"pack": "tw-general"})));
        ids.insert("policy", "tw-general".to_owned());
        let simulations = "/api/v1/policies/tw-general/versions/1/simulations";
        made(&with(&served, &token, "POST", simulations, &json!({})));
        let kept = "/api/v1/policies/tw-general/simulations";
        let simulation = (0..2_000).find_map(|_| {
            std::thread::park_timeout(std::time::Duration::from_millis(10));
            let list = with(&served, &token, "GET", kept, &json!({})).json();
            list.pointer("/items/0/id").and_then(Value::as_str).map(str::to_owned)
        });
        ids.insert("simulation", simulation.unwrap());
        let (_, agrees) = a_user(&served, &admin, "privacy-too", Role::PrivacyOfficer);
        let disposition =
            super::dispositions::a_disposition(&served, (&token, &agrees), Role::PrivacyOfficer);
        ids.insert("disposition", disposition);
        let suggestions = "/api/v1/policies/tw-general/versions/1/suggestions";
        let suggestion = made(&with(&served, &token, "POST", suggestions, &json!({"text": "x"})));
        ids.insert("suggestion", id_in(&suggestion, "/id"));
        let (colleague, _) = a_user(&served, &admin, "colleague", Role::Legal);
        let mut askers = vec![(Role::Archivist, served.token.clone())];
        // A second administrator last: then it takes two to make people who approve.
        let administrator = Role::ALL.into_iter().filter(|role| *role == Role::Administrator);
        let others = |role: &Role| !matches!(role, Role::Archivist | Role::Administrator);
        for role in Role::ALL.into_iter().filter(others).chain(administrator) {
            askers.push((role, a_user(&served, &admin, &format!("asks-{role}"), role).1));
        }
        Self { served, ids, askers, admin, colleague }
    }

    /// A name of the same form that nothing has.
    fn nowhere(&self, sort: &str) -> String {
        match sort {
            "reference" => "NOWHERE-9".to_owned(),
            "party_name" => "世上没有的公司".to_owned(),
            "user_name" => "nobody".to_owned(),
            "policy" => "nowhere".to_owned(),
            "index" => "99999999".to_owned(),
            sort => {
                let mut id = self.ids[sort].clone();
                let last = if id.pop() == Some('0') { '1' } else { '0' };
                id.push(last);
                id
            }
        }
    }

    /// The path with what stands in its placeholders, foreign or nowhere.
    fn path(&self, path: &str, name: impl Fn(&str) -> String) -> String {
        let mut filled =
            path.replace("{scope}", "case").replace("{duty}", "counsel").replace("{version}", "1");
        for (placeholder, sort) in
            [("{event}", "event"), ("{session}", "session"), ("{user}", "user"), ("{index}", "index")]
        {
            filled = filled.replace(placeholder, &name(sort));
        }
        let start = |prefix: &str| filled.starts_with(&format!("/api/v1/{prefix}/"));
        let sort = [
            ("records", "record"),
            ("cases", "case"),
            ("parties", "party"),
            ("matters", "matter"),
            ("holds", "hold"),
            ("hold-notices", "notice"),
            ("exports", "export"),
            ("jobs", "job"),
            ("uploads", "upload"),
            ("users", "user"),
            ("tokens", "token"),
            ("approvals", "approval"),
            ("grants", "case"),
            ("policies", "policy"),
            ("simulations", "simulation"),
            ("suggestions", "suggestion"),
            ("events", "retention_event"),
            ("dispositions", "disposition"),
        ];
        if filled.contains("{id}") {
            let found = sort.iter().find(|(prefix, _)| start(prefix));
            let (_, sort) = found.unwrap_or_else(|| panic!("what does {path} name? Add it to this test"));
            filled = filled.replace("{id}", &name(sort));
        }
        assert!(!filled.contains('{'), "what does {path} name? Add it to this test");
        filled
    }

    fn ask(&self, token: &str, method: &Method, path: &str, body: Option<&Body>) -> Answer {
        let bearer = format!("Bearer {token}");
        let mut fields = vec![("authorization", bearer.as_str()), ("if-match", "*")];
        let (media_type, bytes) = match body {
            Some(Body::Json(value)) => (JSON.1.to_owned(), value.to_string().into_bytes()),
            Some(Body::Form(media_type, bytes)) => (media_type.clone(), bytes.clone()),
            None => (String::new(), Vec::new()),
        };
        if body.is_some() {
            fields.push(("content-type", &media_type));
        }
        fields.push(("content-digest", "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:"));
        self.served.raw(&request(method.as_str(), path, &fields, Some(bytes.len()), &bytes), method.as_str())
    }
}

enum Body {
    Json(Value),
    Form(String, Vec<u8>),
}

/// A body with which a route that names something in its path is taken seriously.
fn body_of(operation: &Operation) -> Option<Body> {
    let revision =
        json!({"kind": "ticket", "occurred": "2026-03-01", "components": [{"name": "a.txt", "text": "x"}]});
    let json = match operation.id {
        "amend" => revision,
        "open_original" => json!({"purpose": "x"}),
        "render_record" | "render_page" | "keep_rendition" => json!({}),
        "request_erasure_approval" => json!({"entries": [0], "reason": "court_order", "note": "x"}),
        "erase_entries" => json!({"entries": [0], "reason": "court_order"}),
        "decide_disposition" => json!({"verdict": "approve"}),
        "restore_from_disposition" => json!({"record": "0195a5b0-0000-7000-8000-000000000001"}),
        "change_case" => json!({"title": "x"}),
        "add_case_event" => json!({"kind": "paused", "at": "2026-03-03T10:00:00+08:00", "reason": "x"}),
        "cancel_case_event" => json!({"reason": "x"}),
        "explain_gap" => json!({"key": "x", "words": "x"}),
        "change_event" => json!({"change": "correct", "on": "2026-03-03", "reason": "x"}),
        "request_event_change_approval" => json!({"change": "correct", "on": "2020-03-03", "reason": "x"}),
        "change_matter" => json!({"reference": "M-1", "kind": "litigation", "title": "x"}),
        "set_matter_state" => json!({"state": "closed"}),
        "add_to_hold" => json!({"categories": ["x"]}),
        "review_hold_by" => json!({"review_by": "2999-01-01"}),
        "request_hold_release" => json!({"authority": "x", "reason": "x"}),
        "release_hold" => json!({}),
        "notice_hold" => json!({"text": "x", "to": ["0195a5b0-0000-7000-8000-000000000001"]}),
        "replace_policy_version" => json!({"pack": "tw-general"}),
        "review_policy_version" => json!({
            "held_on": "2026-03-01", "decision": "keep", "participants": [{"name": "x", "part": "management"}],
        }),
        "simulate_policy_version" => json!({}),
        "suggest_to_policy_version" => json!({"text": "x"}),
        "decide_policy_suggestion" => json!({"decision": "accepted", "answer": "x"}),
        "evaluate_policy_version" => json!({"outcome": "met", "after": "x"}),
        "request_policy_publication" => json!({"simulation": "0".repeat(64), "reason": "x"}),
        "publish_policy_version" => json!({"simulation": "0".repeat(64)}),
        "request_policy_rebase" => json!({
            "simulation": "0".repeat(64), "notice_days": 30, "notice": "x", "reason": "x",
        }),
        "rebase_policy_version" => json!({"simulation": "0".repeat(64), "notice_days": 30, "notice": "x"}),
        "request_policy_retirement" => json!({"reason": "x"}),
        "retire_policy_version" => json!({}),
        "decide_approval" => json!({"verdict": "approve"}),
        "change_roles" => json!({"roles": ["service"]}),
        "reset_credentials" => json!({"reset": "password"}),
        "send_upload" => return Some(Body::Form("application/octet-stream".to_owned(), b"abc".to_vec())),
        other => {
            assert!(operation.takes.is_empty(), "{other} takes a body: give it one in this test");
            return None;
        }
    };
    Some(Body::Json(json))
}

/// Everything of an answer but what differs between two requests anyway: ids, instants, the names that
/// were sent.
fn masked(answer: &Answer, sent: &[&str]) -> String {
    let mut text = String::from_utf8_lossy(&answer.body).into_owned();
    for name in sent {
        text = text.replace(name, "NAME");
    }
    let ids = regex::Regex::new("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}").unwrap();
    let instants = regex::Regex::new(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z").unwrap();
    let text = instants.replace_all(&ids.replace_all(&text, "ID"), "AT").into_owned();
    let fields = answer.headers.iter().filter(|(name, _)| !matches!(name.as_str(), "date" | "x-request-id"));
    let mut fields: Vec<String> = fields.map(|(name, value)| format!("{name}: {value}")).collect();
    fields.sort();
    format!("{}\n{}\n{text}", answer.status, ids.replace_all(&fields.join("\n"), "ID"))
}

/// True if the matrix gives the role everything of that sort: then it may know.
fn sees_all(role: Role, operation: &Operation) -> bool {
    let Needs::Row(resource, action) = operation.needs else { return false };
    let all =
        |action| permission::find(resource, action).is_some_and(|row| row.cell(role).scope == Scope::All);
    // Who reads every disposition knows which there are, also where he has no say in them.
    all(action) || resource == Resource::Disposition && all(Action::Read)
}

/// True if the role sees all things of the sort anyway: then it may know which there are.
fn knows(role: Role, sort: &str) -> bool {
    let resource = match sort {
        "case" | "reference" => Resource::Case,
        "record" => Resource::Record,
        "party" | "party_name" => Resource::Party,
        "matter" => Resource::Matter,
        "user" | "user_name" => Resource::User,
        "export" => Resource::Export,
        "approval" => Resource::Approval,
        "upload" => return false,
        other => panic!("what does {other} name? Add it to this test"),
    };
    let grant = permission::find(resource, Action::Read).map(|row| row.cell(role));
    // Facts of users have no names; counsel and privacy officers pick people by name.
    let without_names = sort == "user_name" && !matches!(role, Role::Legal | Role::PrivacyOfficer);
    grant.is_some_and(|grant| grant.scope == Scope::All && (grant.level == Level::Full || !without_names))
}

#[test]
fn an_address_of_something_foreign_answers_like_an_address_of_nothing() {
    let foreign = Foreign::new();
    let groups = api::groups();
    let operations: Vec<&Operation> =
        groups.iter().flat_map(|group| &group.operations).filter(|one| one.path.contains('{')).collect();
    assert!(operations.len() > 30, "{}", operations.len());
    let mut told = Vec::new();
    for operation in operations {
        let body = body_of(operation);
        let there = foreign.path(operation.path, |sort| foreign.ids[sort].clone());
        let nowhere = foreign.path(operation.path, |sort| foreign.nowhere(sort));
        for (role, token) in foreign.askers.iter().filter(|(role, _)| !sees_all(*role, operation)) {
            let ask = |path: &str| foreign.ask(token, &operation.method, path, body.as_ref());
            let (a, b) = (ask(&there), ask(&nowhere));
            let refused = matches!(a.status, 403 | 404);
            if !refused || masked(&a, &[]) != masked(&b, &[]) {
                let (a, b) = (masked(&a, &[]), masked(&b, &[]));
                told.push(format!("{role} {} {}\n{a}\n--\n{b}", operation.method, operation.path));
            }
        }
    }
    assert!(told.is_empty(), "{}", told.join("\n=====\n"));
}

#[test]
fn a_request_that_names_something_foreign_answers_like_one_that_names_nothing() {
    let foreign = Foreign::new();
    let record = |members: Value| {
        let mut record = json!({"kind": "processing_log", "occurred": "2026-03-01",
            "components": [{"name": "a.txt", "text": "x"}]});
        record.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        record
    };
    let export = |members: Value| {
        let mut body = json!({"purpose": "举证", "organization": "某某"});
        body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        body
    };
    let entries = |name: &str| {
        let described = json!({"kind": "processing_log", "occurred": "2026-03-01", "case": name}).to_string();
        let line = br#"{"at":"2026-03-01T08:00:00Z","operation":"store","purpose":"p","data_category":"c","system":"s","actor":"a","count":1}"#;
        let (media_type, bytes) =
            form(&[("record", None, None, described.as_bytes()), ("entries", Some("a.jsonl"), None, line)]);
        Body::Form(media_type, bytes)
    };
    type Question<'a> = (&'a str, &'a str, &'a str, Box<dyn Fn(&str) -> Option<Body> + 'a>);
    let json = |body: Value| Some(Body::Json(body));
    let questions: Vec<Question<'_>> = vec![
        ("POST", "/api/v1/records", "case", Box::new(|name| json(record(json!({"case": name}))))),
        (
            "POST",
            "/api/v1/holds",
            "matter",
            Box::new(|name| {
                json(json!({"matter": name, "title": "x", "reason": "x", "members": {"categories": ["x"]}}))
            }),
        ),
        (
            "POST",
            "/api/v1/records",
            "record",
            Box::new(|name| json(record(json!({"links": [{"kind": "performed_under", "to": name}]})))),
        ),
        // The kinds do not fit this link: that, too, would tell.
        (
            "POST",
            "/api/v1/records",
            "record",
            Box::new(|name| json(record(json!({"links": [{"kind": "answers", "to": name}]})))),
        ),
        (
            "POST",
            "/api/v1/records",
            "upload",
            Box::new(|name| {
                json(json!({"kind": "ticket", "occurred": "2026-03-01", "components": [{"upload": name}]}))
            }),
        ),
        ("POST", "/api/v1/entries", "case", Box::new(|name| Some(entries(name)))),
        ("POST", "/api/v1/exports", "case", Box::new(|name| json(export(json!({"case": name}))))),
        ("POST", "/api/v1/exports", "reference", Box::new(|name| json(export(json!({"case": name}))))),
        (
            "POST",
            "/api/v1/exports",
            "approval",
            Box::new(|name| json(export(json!({"case": "NOWHERE-9", "approval": name})))),
        ),
        ("POST", "/api/v1/exports/approvals", "case", Box::new(|name| json(export(json!({"case": name}))))),
        (
            "POST",
            "/api/v1/exports/approvals",
            "reference",
            Box::new(|name| json(export(json!({"case": name})))),
        ),
        (
            "POST",
            "/api/v1/approvals",
            "case",
            Box::new(|name| json(json!({"action": "export_originals", "subject": name, "reason": "x"}))),
        ),
        (
            "POST",
            "/api/v1/approvals",
            "record",
            Box::new(|name| json(json!({"action": "correct_event", "subject": name, "reason": "x"}))),
        ),
        (
            "POST",
            "/api/v1/approvals",
            "user",
            Box::new(|name| json(json!({"action": "reset_credentials", "subject": name, "reason": "x"}))),
        ),
        ("POST", "/api/v1/records/query", "case", Box::new(|name| json(json!({"case": name})))),
        ("POST", "/api/v1/records/query", "reference", Box::new(|name| json(json!({"case": name})))),
        ("POST", "/api/v1/records/query", "party", Box::new(|name| json(json!({"party": name})))),
        ("POST", "/api/v1/records/query", "party_name", Box::new(|name| json(json!({"party": name})))),
        ("POST", "/api/v1/cases/query", "reference", Box::new(|name| json(json!({"reference": name})))),
        ("POST", "/api/v1/cases/query", "party", Box::new(|name| json(json!({"party": name})))),
        ("POST", "/api/v1/parties/named", "party_name", Box::new(|name| json(json!({"name": name})))),
        ("POST", "/api/v1/users/named", "user_name", Box::new(|name| json(json!({"name": name})))),
        ("POST", "/api/v1/search", "case", Box::new(|name| json(json!({"query": "授权", "case": name})))),
        (
            "POST",
            "/api/v1/search",
            "reference",
            Box::new(|name| json(json!({"query": "授权", "case": name}))),
        ),
        ("POST", "/api/v1/search", "party", Box::new(|name| json(json!({"query": "授权", "party": name})))),
        (
            "POST",
            "/api/v1/search",
            "party_name",
            Box::new(|name| json(json!({"query": "授权", "party": name}))),
        ),
        ("POST", "/api/v1/ledger/export", "record", Box::new(|name| json(json!({"records": [name]})))),
    ];
    let lists = [
        ("/api/v1/records?case=", "case"),
        ("/api/v1/cases?party=", "party"),
        ("/api/v1/gaps?case=", "case"),
        ("/api/v1/reports/service-levels?customer=", "party"),
    ];
    let mut told = Vec::new();
    let mut compare = |role: Role, what: &str, sort: &str, (a, b): (&Answer, &Answer)| {
        let (there, nowhere) = (foreign.ids[sort].clone(), foreign.nowhere(sort));
        let (a, b) = (masked(a, &[&there]), masked(b, &[&nowhere]));
        if a != b {
            told.push(format!("{role} {what} {sort}\n{a}\n--\n{b}"));
        }
    };
    for (role, token) in &foreign.askers {
        for (method, path, sort, body) in questions.iter().filter(|(_, _, sort, _)| !knows(*role, sort)) {
            let method: Method = method.parse().unwrap();
            let ask = |name: &str| foreign.ask(token, &method, path, body(name).as_ref());
            let (a, b) = (ask(&foreign.ids[*sort]), ask(&foreign.nowhere(sort)));
            compare(*role, path, sort, (&a, &b));
        }
        for (path, sort) in lists.into_iter().filter(|(_, sort)| !knows(*role, sort)) {
            let ask = |name: &str| foreign.ask(token, &Method::GET, &format!("{path}{name}"), None);
            let (a, b) = (ask(&foreign.ids[sort]), ask(&foreign.nowhere(sort)));
            compare(*role, path, sort, (&a, &b));
        }
    }
    assert!(told.is_empty(), "{}", told.join("\n=====\n"));
}

#[test]
fn a_capture_names_a_foreign_case_or_record_by_id_in_vain_and_the_own_with_success() {
    let foreign = Foreign::new();
    let archivist = &foreign.served.token;
    let send = |body: &Value| with(&foreign.served, archivist, "POST", "/api/v1/records", body);
    let own = made(&send(&a_record("OWN-1")));
    let into = |case: &str| send(&a_record(case));
    assert_eq!(into(&id_in(&own, "/case")).status, 201);
    let refused = into(&foreign.ids["case"]);
    assert_eq!((refused.status, refused.code().as_str()), (422, "unknown_case"));
    let linked = |to: &str| {
        send(&json!({"kind": "processing_log", "occurred": "2026-03-01",
            "links": [{"kind": "performed_under", "to": to}], "components": [{"name": "a.txt", "text": "x"}]}))
    };
    assert_eq!(
        linked(&id_in(&own, "/id")).status,
        201,
        "{}",
        String::from_utf8_lossy(&linked(&id_in(&own, "/id")).body)
    );
    let refused = linked(&foreign.ids["record"]);
    assert_eq!((refused.status, refused.json()["faults"][0]["code"].as_str()), (422, Some("unknown_record")));
    // Whoever sees a part of the cases learns no customer's age, neither from a date nor from an id.
    let party = made(&with(&foreign.served, archivist, "GET", "/api/v1/parties", &json!({})));
    assert_eq!(party.pointer("/items/0/registered_at"), None);
    assert_eq!(id_in(&party, "/items/0/id").chars().nth(14), Some('4'));
    let all = made(&foreign.served.get("/api/v1/parties"));
    assert!(all.pointer("/items/0/registered_at").is_some());
}

#[test]
fn an_amendment_that_names_another_case_is_refused_alike_whether_that_case_is_there() {
    let foreign = Foreign::new();
    let archivist = &foreign.served.token;
    let send = |path: &str, body: &Value| with(&foreign.served, archivist, "POST", path, body);
    let own = made(&send("/api/v1/records", &a_record("OWN-1")));
    let versions = format!("/api/v1/records/{}/versions", id_in(&own, "/id"));
    for sort in ["case", "reference"] {
        let (there, nowhere) = (foreign.ids[sort].clone(), foreign.nowhere(sort));
        let told = [&there, &nowhere].map(|name| send(&versions, &a_record(name)));
        assert_eq!(told[0].status, 422, "{sort}");
        let fault = &told[0].json()["faults"][0];
        assert_eq!((fault["path"].as_str(), fault["code"].as_str()), (Some("case"), Some("not_the_records")));
        assert_eq!(masked(&told[0], &[&there]), masked(&told[1], &[&nowhere]), "{sort}");
    }
    assert_eq!(send(&versions, &a_record("OWN-1")).status, 201);
}

/// What every list and every view tells each asker but the first, whose matter it is: whole answers, without how far
/// the ledger reaches.
fn answers(foreign: &Foreign, hold: &str) -> BTreeMap<(Role, String), String> {
    let groups = api::groups();
    // How many cells there are, whatever they hold, grows with everything that is sealed, as the log does.
    let of_the_log =
        ["/api/v1/ledger", "/api/v1/records/{id}/proof", "/api/v1/keys", "/metrics", "/openapi", "/docs"];
    let is_told = |path: &str| !of_the_log.iter().any(|start| path.starts_with(start));
    let name = |sort: &str| if sort == "hold" { hold.to_owned() } else { foreign.ids[sort].clone() };
    let mut paths: Vec<String> = groups
        .iter()
        .flat_map(|group| &group.operations)
        .filter(|one| one.method == Method::GET && is_told(one.path))
        .map(|one| foreign.path(one.path, name))
        .collect();
    let lists = ["held", "due", "running", "awaiting_trigger", "unclassified", "restricted", "damaged"];
    for list in lists {
        paths.push(format!("/api/v1/retention/due?list={list}"));
        paths.push(format!("/api/v1/retention/due?list={list}&at=2040-01-01T00:00:00Z"));
    }
    paths.extend(["waiting", "approved"].map(|state| format!("/api/v1/approvals?state={state}&limit=1")));
    let sizes = regex::Regex::new("\"size\": ?[0-9]+").unwrap();
    let mut told = BTreeMap::new();
    for (role, token) in foreign.askers.iter().skip(1) {
        for path in &paths {
            let answer = foreign.ask(token, &Method::GET, path, None);
            let path = path.replace(hold, "HOLD");
            told.insert((*role, path), sizes.replace_all(&masked(&answer, &[]), "SIZE").into_owned());
        }
    }
    told
}

#[test]
fn no_answer_differs_by_a_confidential_hold_to_those_who_do_not_work_on_its_matter() {
    let mut foreign = Foreign::new();
    let record = made(&foreign.served.json("POST", "/api/v1/records", &a_record("FOREIGN-1")));
    foreign.ids.insert("record", id_in(&record, "/id"));
    for (_, token) in foreign.askers.iter().skip(1) {
        let me = made(&foreign.ask(token, &Method::GET, "/api/v1/me", None));
        let path = format!("/api/v1/grants/case/{}/{}", foreign.ids["case"], id_in(&me, "/id"));
        // Not every role can be let into a case.
        let _refused = with(&foreign.served, &foreign.admin, "PUT", &path, &json!({})).status >= 300;
    }
    // Somebody else on the matter, who could agree to a release.
    let people = format!("/api/v1/matters/{}/people", foreign.ids["matter"]);
    let path = format!("{people}/{}/substitute_approver", foreign.colleague);
    made(&foreign.served.local("PUT", &path, &[("if-match", "*")], b""));
    let before = answers(&foreign, &foreign.nowhere("hold"));
    assert!(before.values().filter(|told| told.starts_with("200")).count() > 100, "they see much");
    let same = |hold: &str, when: &str| {
        let mut told = Vec::new();
        for ((asker, before), after) in before.iter().zip(answers(&foreign, hold).values()) {
            if before != after {
                told.push(format!("{when}: {asker:?}\n{before}\n--\n{after}"));
            }
        }
        assert!(told.is_empty(), "{}", told.join("\n=====\n"));
    };
    let wanted = json!({"matter": foreign.ids["matter"], "title": "保留", "reason": "涉诉", "confidential": true,
        "members": {"records": [foreign.ids["record"]], "cases": [foreign.ids["case"]]}});
    let hold = made(&foreign.served.json("POST", "/api/v1/holds", &wanted));
    let hold = id_in(&hold, "/id");
    same(&hold, "it stands");
    let path = format!("/api/v1/holds/{hold}/release/approvals");
    made(&foreign.served.json("POST", &path, &json!({"authority": "x", "reason": "x"})));
    same(&hold, "its release is asked for");
}
