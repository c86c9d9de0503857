//! Pages of lists: cursor and limit from the query, `Link: rel="next"` to the page after.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use serde_json::Value;

use crate::base::canonical;
use crate::base::digest::Digest;
use crate::base::limits::PAGE_ITEMS_MAX;
use crate::record::request::{Fault, FaultCode, ObjectReader};
use crate::store::rows::Before;
use crate::web::problem::Problem;
use crate::web::state::Service;
use crate::words::Refusal;

/// Items of a page where nothing is said.
const PAGE_ITEMS: u32 = 50;

/// The query of a request, decoded; each name at most once.
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Reads the query; `known` are the names that the route takes.
    ///
    /// # Errors
    /// `invalid_fields` for a name that the route does not take or that stands twice.
    pub fn of(request: &HttpRequest, known: &[&'static str]) -> Result<Self, Problem> {
        let pairs = actix_web::web::Query::<Vec<(String, String)>>::from_query(request.query_string())
            .map_err(|_| Refusal::MalformedRequest { part: "query".to_owned() })?
            .into_inner();
        let mut faults = Vec::new();
        for (index, (name, _)) in pairs.iter().enumerate() {
            if !known.contains(&name.as_str()) {
                faults.push(Fault { path: name.clone(), code: FaultCode::unknown_field(name, known) });
            } else if pairs.iter().take(index).any(|(earlier, _)| earlier == name) {
                faults.push(Fault { path: name.clone(), code: FaultCode::Duplicate { first: name.clone() } });
            }
        }
        if faults.is_empty() { Ok(Self(pairs)) } else { Err(crate::web::refusals::of_faults(&faults)) }
    }

    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The value of a name, read with `parse`.
    ///
    /// # Errors
    /// `invalid_fields`.
    pub fn read<T, E: Into<FaultCode>>(
        &self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, Problem> {
        self.get(name).map(parse).transpose().map_err(|code| {
            crate::web::refusals::of_faults(&[Fault { path: name.to_owned(), code: code.into() }])
        })
    }

    /// Where the list goes on.
    pub fn cursor(&self) -> Option<String> {
        self.get("cursor").map(str::to_owned)
    }

    /// How many items the page has.
    ///
    /// # Errors
    /// `invalid_fields`.
    pub fn limit(&self) -> Result<u32, Problem> {
        let most = PAGE_ITEMS_MAX as u64;
        let limit = self.read("limit", |text| match text.parse::<u64>() {
            Ok(limit) if (1..=most).contains(&limit) => Ok(u32::try_from(limit).unwrap_or(PAGE_ITEMS)),
            Ok(_) | Err(_) => Err(FaultCode::OutOfRange { least: 1, most }),
        })?;
        Ok(limit.unwrap_or(PAGE_ITEMS))
    }
}

/// Where a list goes on, and how far.
pub struct Paging {
    /// The list with its filters: a cursor is good for this one only.
    pub list: String,
    cursor: Option<String>,
    /// Items of the page.
    pub limit: usize,
}

impl Paging {
    /// From a query.
    ///
    /// # Errors
    /// `invalid_fields`.
    pub fn of_query(request: &HttpRequest, query: &Query) -> Result<Self, Problem> {
        let mut filters: Vec<String> = query
            .0
            .iter()
            .filter(|(name, _)| !matches!(name.as_str(), "cursor" | "limit"))
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        filters.sort();
        let list = format!("{}?{}", request.path(), filters.join("&"));
        Ok(Self { list, cursor: query.cursor(), limit: query.limit()? as usize })
    }

    /// From a body, `most` items a page at most; [`list_of_body`] names the list.
    pub fn read(reader: &mut ObjectReader<'_>, most: usize) -> Self {
        let cursor = reader.text("cursor", |text| Ok::<_, FaultCode>(text.to_owned()));
        let limit = reader.number("limit", 1..=most as u64).unwrap_or(u64::from(PAGE_ITEMS));
        Self { list: String::new(), cursor, limit: usize::try_from(limit).unwrap_or(most) }
    }

    /// The last row of the page before.
    ///
    /// # Errors
    /// `cursor_invalid`.
    pub fn before<Id, E>(
        &self,
        service: &Service,
        parse: impl Fn(&str) -> Result<Id, E>,
    ) -> Result<Option<Before<Id>>, Problem> {
        self.cursor.as_deref().map(|cursor| service.cursors().read(&self.list, cursor, parse)).transpose()
    }
}

impl Paging {
    /// Where the list goes on, as the archive wrote it.
    ///
    /// # Errors
    /// `cursor_invalid`.
    pub fn place(&self, service: &Service) -> Result<Option<String>, Problem> {
        self.cursor.as_deref().map(|cursor| service.cursors().unwrap(&self.list, cursor)).transpose()
    }

    /// How far, as the archive counts.
    pub fn items(&self) -> u32 {
        u32::try_from(self.limit).unwrap_or(PAGE_ITEMS)
    }

    /// The cursor of the next page.
    pub fn next(&self, service: &Service, place: Option<String>) -> Option<String> {
        place.map(|place| service.cursors().wrap(&self.list, &place))
    }
}

/// The list that a body asks for, with its filters.
pub fn list_of_body(request: &HttpRequest, mut body: Value) -> String {
    if let Value::Object(members) = &mut body {
        members.retain(|name, _| name != "cursor" && name != "limit");
    }
    let filters = Digest::of(&canonical::to_bytes(&body));
    format!("{}#{}", request.path(), filters.to_hex())
}

/// Something with an ETag: 304 where the reader has it already.
pub fn tagged<T: Serialize>(request: &HttpRequest, body: &T, etag: &str) -> HttpResponse {
    let known = request.headers().get(header::IF_NONE_MATCH).and_then(|field| field.to_str().ok());
    let same = |known: &str| known.split(',').any(|tag| matches!(tag.trim(), "*") || tag.trim() == etag);
    if known.is_some_and(same) {
        return HttpResponse::NotModified().insert_header((header::ETAG, etag)).finish();
    }
    HttpResponse::Ok()
        .insert_header((header::ETAG, etag))
        // Kept by nobody but the reader, and asked for again each time.
        .insert_header((header::CACHE_CONTROL, "private, no-cache"))
        .json(body)
}

/// A page of a list.
pub fn respond<T: Serialize>(request: &HttpRequest, body: &T, next: Option<&str>) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    // The body of a query goes with the request again; only a cursor in the address is a link.
    if let (Some(next), true) = (next, request.method() != actix_web::http::Method::POST) {
        response.insert_header(("link", format!("<{}>; rel=\"next\"", next_address(request, next))));
    }
    response.json(body)
}

/// The address of the next page: the same question, another cursor.
fn next_address(request: &HttpRequest, cursor: &str) -> String {
    let mut pairs: Vec<&str> = request
        .query_string()
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.starts_with("cursor="))
        .collect();
    let cursor = format!("cursor={cursor}");
    pairs.push(&cursor);
    format!("{}?{}", request.path(), pairs.join("&"))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn the_next_page_asks_the_same_with_another_cursor() {
        let request =
            TestRequest::with_uri("/api/v1/records?kind=ticket&cursor=aaa&limit=2").to_http_request();
        assert_eq!(next_address(&request, "bbb"), "/api/v1/records?kind=ticket&limit=2&cursor=bbb");
    }

    #[test]
    fn a_misspelt_or_doubled_filter_is_refused_and_never_ignored() {
        let query = |uri: &str| Query::of(&TestRequest::with_uri(uri).to_http_request(), &["kind", "limit"]);
        assert!(query("/x?kind=a&limit=3").is_ok());
        assert!(query("/x?kinds=a").is_err());
        assert!(query("/x?kind=a&kind=b").is_err());
        assert!(query("/x?limit=0").unwrap().limit().is_err());
        assert!(query("/x?limit=501").unwrap().limit().is_err());
        assert_eq!(query("/x").unwrap().limit().unwrap(), 50);
    }
}
