//! Finds what people name: users, cases, matters and parties go by name or by id. Names go in
//! request bodies, never in addresses.

use hyper::Method;
use serde_json::{Value, json};

use super::client::{Ask, Client};
use super::failure::Failure;
use super::list::text;
use super::open::path_segment;
use crate::base::id::{CaseId, MatterId, PartyId, UserId};
use crate::base::text::fold_name;
use crate::words::Refusal;

/// Items of one page.
pub(super) const PAGE: usize = 500;

/// The id of a user who is named by name or id.
pub(super) async fn user(client: &Client, named: &str) -> Result<String, Failure> {
    if UserId::parse(named).is_ok() {
        return Ok(named.to_owned());
    }
    let found = named_one(client, "/api/v1/users/named", named).await;
    found.map_err(|failure| match failure.code() {
        Some("not_found") => failure.reworded("user_unknown", client.language(), &[("name", named)]),
        _ => failure.about(named),
    })
}

/// The name of a user, where the reader may know names; else the id.
pub(super) async fn user_name(client: &Client, id: &str) -> Result<String, Failure> {
    if id.is_empty() {
        return Ok(String::new());
    }
    match client.json(&Ask::get(format!("/api/v1/users/{}", path_segment(id)))).await {
        Ok(user) => Ok(user.get("name").and_then(Value::as_str).unwrap_or(id).to_owned()),
        Err(failure)
            if matches!(failure.code(), Some("forbidden" | "token_scope" | "not_found" | "damaged")) =>
        {
            Ok(id.to_owned())
        }
        Err(failure) => Err(failure),
    }
}

/// The id of a party that is named by name or id.
pub(super) async fn party(client: &Client, named: &str) -> Result<String, Failure> {
    if PartyId::parse(named).is_ok() {
        return Ok(named.to_owned());
    }
    let found = named_one(client, "/api/v1/parties/named", named).await;
    found.map_err(|failure| party_unknown(client, named, failure))
}

/// The refusal where no party has the name; any other as it is.
pub(super) fn party_unknown(client: &Client, named: &str, failure: Failure) -> Failure {
    match failure.code() {
        Some("not_found") => failure.reworded("party_unknown", client.language(), &[("name", named)]),
        _ => failure.about(named),
    }
}

async fn named_one(client: &Client, path: &str, name: &str) -> Result<String, Failure> {
    let ask = Ask::json(Method::POST, path, &json!({"name": name}));
    Ok(text(&client.json(&ask).await?, "id").to_owned())
}

/// The id of a case that is named by reference or id.
pub(super) async fn case(client: &Client, named: &str) -> Result<String, Failure> {
    if CaseId::parse(named).is_ok() {
        return Ok(named.to_owned());
    }
    let ask = Ask::json(Method::POST, "/api/v1/cases/query", &json!({"reference": named, "limit": 1}));
    let page = client.json(&ask).await?;
    let first = items(&page).first();
    let first = first.ok_or_else(|| Failure::from(Refusal::UnknownCase).about(named))?;
    Ok(text(first, "id").to_owned())
}

/// The id of a matter that is named by reference or id.
pub(super) async fn matter(client: &Client, named: &str) -> Result<String, Failure> {
    if MatterId::parse(named).is_ok() {
        return Ok(named.to_owned());
    }
    let wanted = fold_name(named);
    let mut next = Some(format!("/api/v1/matters?limit={PAGE}"));
    while let Some(path) = next {
        let (page, after) = client.json_and_next(&Ask::get(path), None).await?;
        let found = items(&page).iter().find(|matter| fold_name(text(matter, "reference")) == wanted);
        if let Some(found) = found {
            return Ok(text(found, "id").to_owned());
        }
        next = after;
    }
    Err(Failure::from(Refusal::NotFound).reworded("matter_unknown", client.language(), &[("name", named)]))
}

/// The reference and title of a matter, where the reader may know them; else the id.
pub(super) async fn matter_name(client: &Client, id: &str) -> Result<String, Failure> {
    told_by(client, ("/api/v1/matters", id), |shown| {
        let matter = shown.get("matter")?;
        Some(format!("{} {}", text(matter, "reference"), text(matter, "title")))
    })
    .await
}

/// The reference of a case, likewise.
pub(super) async fn case_name(client: &Client, id: &str) -> Result<String, Failure> {
    let reference = |shown: &Value| shown.pointer("/case/reference")?.as_str().map(str::to_owned);
    told_by(client, ("/api/v1/cases", id), reference).await
}

/// The name of a party, likewise.
pub(super) async fn party_name(client: &Client, id: &str) -> Result<String, Failure> {
    let name = |shown: &Value| shown.get("name")?.as_str().map(str::to_owned);
    told_by(client, ("/api/v1/parties", id), name).await
}

/// What a thing is called, where the reader may know it; else its id.
async fn told_by(
    client: &Client,
    (path, id): (&str, &str),
    name: impl Fn(&Value) -> Option<String>,
) -> Result<String, Failure> {
    if id.is_empty() {
        return Ok(String::new());
    }
    match client.json(&Ask::get(format!("{path}/{}", path_segment(id)))).await {
        Ok(shown) => {
            let name = name(&shown).unwrap_or_default();
            Ok(if name.trim().is_empty() { id.to_owned() } else { name.trim().to_owned() })
        }
        Err(failure)
            if matches!(failure.code(), Some("forbidden" | "token_scope" | "not_found" | "damaged")) =>
        {
            Ok(id.to_owned())
        }
        Err(failure) => Err(failure),
    }
}

/// The items of a page.
pub(super) fn items(page: &Value) -> &[Value] {
    page.get("items").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}
