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
