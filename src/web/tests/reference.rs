//! The table of routes, the reference and the permission matrix say the same.

use std::collections::BTreeSet;

use serde_json::Value;

use super::harness::served;
use crate::access::permission;
use crate::web::api::groups;
use crate::web::openapi::{page, text};
use crate::web::route::{Needs, Operation};

fn operations() -> Vec<Operation> {
    groups().into_iter().flat_map(|group| group.operations).collect()
}

/// Routes that say nothing of anybody's records: the service's health, this reference, and the log-in.
const OPEN: [&str; 5] = ["healthz", "readyz", "openapi", "docs", "log_in"];

#[test]
fn every_route_stands_in_the_openapi_document_with_its_permission() {
    let document: Value = serde_json::from_str(text()).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let mut documented = 0;
    for operation in operations() {
        let method = operation.method.as_str().to_lowercase();
        let described = &document["paths"][operation.path][&method];
        assert_eq!(described["operationId"], operation.id, "{method} {}", operation.path);
        assert!(!operation.summary.is_empty(), "{}", operation.id);
        if let Needs::Row(resource, action) = operation.needs {
            assert_eq!(described["x-permission"], format!("{}:{}", resource.as_str(), action.as_str()));
        }
        documented += 1;
    }
    let listed: usize =
        document["paths"].as_object().unwrap().values().map(|item| item.as_object().unwrap().len()).sum();
    assert_eq!(listed, documented, "the document has nothing besides the table");
}

#[test]
fn every_route_stands_in_the_permission_matrix_or_is_open_on_purpose() {
    for operation in operations() {
        match operation.needs {
            Needs::Row(resource, action) => {
                assert!(permission::find(resource, action).is_some(), "{}", operation.id);
            }
            Needs::Nothing => assert!(OPEN.contains(&operation.id), "{} is open to everybody", operation.id),
        }
    }
}

#[test]
fn no_route_stands_twice_and_every_reference_resolves() {
    let operations = operations();
    let places: BTreeSet<_> = operations.iter().map(|one| (one.method.to_string(), one.path)).collect();
    let ids: BTreeSet<_> = operations.iter().map(|one| one.id).collect();
    assert_eq!((places.len(), ids.len()), (operations.len(), operations.len()));
    let document: Value = serde_json::from_str(text()).unwrap();
    for reference in text().split("\"$ref\":\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(document.pointer(reference).is_some(), "{reference}");
    }
}

#[test]
fn every_route_is_closed_to_strangers_and_answers_at_all() {
    let served = served();
    for operation in operations() {
        let mut parts = operation.path.split(['{', '}']);
        let mut path = parts.next().unwrap_or_default().to_owned();
        // Placeholders stand between the constant parts.
        while let (Some(_), Some(constant)) = (parts.next(), parts.next()) {
            path.push_str("01890a5d-ac96-774b-bcce-b302099a8057");
            path.push_str(constant);
        }
        let fields = [("content-type", "application/json")];
        let answer = served.remote(operation.method.as_str(), &path, &fields, b"{}");
        match operation.needs {
            Needs::Row(..) => assert_eq!(answer.status, 401, "{} {path}", operation.method),
            Needs::Nothing => assert_ne!(answer.status, 404, "{} {path}", operation.method),
        }
    }
}

#[test]
fn the_page_for_people_names_every_route_and_needs_nothing_from_elsewhere() {
    let page = page(&groups());
    for operation in operations() {
        assert!(page.contains(&format!("{} {}", operation.method, operation.path)), "{}", operation.id);
    }
    assert!(!page.contains("<script") && !page.contains("http://") && !page.contains("https://"));
    let served = served();
    let answer = served.remote("GET", "/docs", &[], b"");
    assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
}

#[test]
fn the_reference_says_what_it_said_before() {
    let mut document: Value = serde_json::from_str(text()).unwrap();
    // Grows with each release; says nothing of the routes.
    document["info"]["version"] = Value::from("-");
    insta::assert_snapshot!("openapi", serde_json::to_string_pretty(&document).unwrap());
}

/// A value of the shape that a schema asks for, plain enough to be read as far as its name.
fn sample(name: &str, schema: &Value) -> Value {
    let kind = |word: &str| {
        schema["type"] == word
            || schema["type"].as_array().is_some_and(|all| all.iter().any(|one| one == word))
    };
    match name {
        "kind" => Value::from("ticket"),
        "zone" => Value::from("Asia/Shanghai"),
        _ if kind("string") => Value::from("x"),
        _ if kind("integer") => Value::from(1),
        _ if kind("boolean") => Value::from(true),
        _ if kind("array") => serde_json::json!([]),
        _ => serde_json::json!({}),
    }
}

/// The members of a schema, those too that it shares with others.
fn members<'a>(document: &'a Value, reference: &str) -> Vec<(&'a String, &'a Value)> {
    let schema = document.pointer(reference.trim_start_matches('#')).unwrap();
    let parts = schema["allOf"].as_array().map_or_else(|| vec![schema], |all| all.iter().collect());
    let of_part = |part: &'a Value| match part["$ref"].as_str() {
        Some(reference) => members(document, reference),
        None => part["properties"].as_object().unwrap().iter().collect(),
    };
    parts.into_iter().flat_map(of_part).collect()
}

#[test]
fn every_member_that_the_reference_describes_is_known_to_the_service() {
    let served = served();
    let document: Value = serde_json::from_str(text()).unwrap();
    let (mut unknown, mut deaf) = (Vec::new(), Vec::new());
    for operation in operations() {
        let method = operation.method.as_str();
        let described = &document["paths"][operation.path][&method.to_lowercase()];
        let schema = &described["requestBody"]["content"]["application/json"]["schema"];
        let Some(reference) = schema["$ref"].as_str() else { continue };
        let members = members(&document, reference);
        let mut body: serde_json::Map<String, Value> =
            members.into_iter().map(|(name, schema)| (name.clone(), sample(name, schema))).collect();
        body.insert("nothing_of_this_name".to_owned(), Value::from(1));
        let path = operation.path.split('{').enumerate().map(|(n, part)| match n {
            0 => part.to_owned(),
            _ => {
                let (name, rest) = part.split_once('}').unwrap();
                let named = if name == "version" { "1" } else { "01890a5d-ac96-774b-bcce-b302099a8057" };
                format!("{named}{rest}")
            }
        });
        let path: String = path.collect();
        let fields = [("content-type", "application/json"), ("if-match", "*"), ("idempotency-key", "k")];
        let answer = served.local(method, &path, &fields, Value::from(body).to_string().as_bytes());
        let faults = answer.json()["faults"].clone();
        let refused: Vec<&str> = faults
            .as_array()
            .into_iter()
            .flatten()
            .filter(|fault| fault["code"] == "unknown_field")
            .filter_map(|fault| fault["path"].as_str())
            .collect();
        if !refused.iter().any(|path| path.ends_with("nothing_of_this_name")) {
            deaf.push(format!("{}: {}", operation.id, String::from_utf8_lossy(&answer.body)));
        }
        let named = refused.iter().filter(|path| !path.ends_with("nothing_of_this_name"));
        unknown.extend(named.map(|path| format!("{} {path}", operation.id)));
    }
    assert_eq!(unknown, Vec::<String>::new());
    assert_eq!(deaf, Vec::<String>::new(), "these say nothing of a member that they do not know");
}

#[test]
fn the_examples_of_an_event_and_of_an_explanation_are_taken() {
    let served = served();
    let case =
        serde_json::json!({"reference": "SC-1", "title": "标题", "opened": "2026-03-01T10:00:00+08:00"});
    let made = served.json("POST", "/api/v1/cases", &case);
    assert_eq!(made.status, 201, "{}", made.json());
    let id = made.json()["id"].as_str().unwrap().to_owned();
    for (end, text) in [
        ("events", include_str!("../../../docs/formats/capture/event.json")),
        ("explanations", include_str!("../../../docs/formats/capture/explanation.json")),
    ] {
        let fields = [("content-type", "application/json")];
        let answer = served.local("POST", &format!("/api/v1/cases/{id}/{end}"), &fields, text.as_bytes());
        assert_eq!(answer.status, 201, "{}", answer.json());
    }
}

/// The tests and the demonstration use the values that the settings have where nobody gives others.
#[test]
fn what_holds_without_a_setting_is_the_settings_default() {
    use crate::config::{Config, Sources};
    use crate::web::{SeatLimits, Settings};
    let sources = Sources::default();
    let config = Config::resolve(&sources).unwrap();
    let (own, configured) = (Settings::default(), Settings::of(&config));
    assert_eq!(own.jurisdiction, configured.jurisdiction);
    assert_eq!(own.zone, configured.zone);
    assert_eq!(own.keep_results_seconds, configured.keep_results_seconds);
    assert_eq!(own.free_bytes_min, configured.free_bytes_min);
    assert_eq!(own.allowance, configured.allowance);
    assert_eq!(SeatLimits::default(), SeatLimits::of(&config));
}
