//! The table of routes: what the service answers, what each answer needs of the asker, and what
//! the reference says of it. Routing, `Allow` fields and the OpenAPI document are made from it.

use actix_web::http::Method;
use actix_web::{HttpRequest, HttpResponse, Route, web};
use utoipa::ToSchema;
use utoipa::openapi::{Ref, RefOr, Schema};

use super::problem::Problem;
use crate::access::permission::{Action, Resource};
use crate::words::Refusal;

/// What a route needs of the asker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Nothing: says nothing of anybody's records.
    Nothing,
    /// A row of the permission matrix.
    Row(Resource, Action),
}

/// Collects the schemas that a body refers to, and gives the reference to it.
pub type SchemaOf = fn(&mut Vec<(String, RefOr<Schema>)>) -> RefOr<Schema>;

/// The schema of a DTO.
pub fn of<T: ToSchema>(into: &mut Vec<(String, RefOr<Schema>)>) -> RefOr<Schema> {
    T::schemas(into);
    into.push((T::name().into_owned(), T::schema()));
    RefOr::Ref(Ref::from_schema_name(T::name()))
}

/// A body: its media type and its shape, where it has one.
#[derive(Clone, Copy)]
pub struct Body {
    /// The media type.
    pub media_type: &'static str,
    /// What it looks like; none for bytes.
    pub schema: Option<SchemaOf>,
}

/// JSON of a shape.
pub const fn json(schema: SchemaOf) -> Body {
    Body { media_type: "application/json", schema: Some(schema) }
}

/// Bytes of a media type.
pub const fn bytes(media_type: &'static str) -> Body {
    Body { media_type, schema: None }
}

/// A parameter outside the body.
#[derive(Clone, Copy)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// Whether it is a header field; otherwise it stands in the query.
    pub in_header: bool,
    /// What it says.
    pub description: &'static str,
}

/// A header field that a request may or must have.
pub const fn field(name: &'static str, description: &'static str) -> Parameter {
    Parameter { name, in_header: true, description }
}

/// A query parameter. None of them carries personal data: addresses are logged by proxies.
pub const fn query(name: &'static str, description: &'static str) -> Parameter {
    Parameter { name, in_header: false, description }
}

/// The key under which a repeated request is recognised.
pub const IDEMPOTENCY_KEY: Parameter = field(
    "Idempotency-Key",
    "The same key with the same request gives the first answer again; with another request, 422.",
);
/// The state for which a change is meant.
pub const IF_MATCH: Parameter = field("If-Match", "The ETag of the state that the change is meant for.");
/// Where a list goes on.
pub const CURSOR: Parameter = query("cursor", "From the Link field of the page before. Opaque.");
/// How long a page is.
pub const LIMIT: Parameter = query("limit", "Items of one page, 1 to 500; otherwise 50.");

/// One route.
#[derive(Clone)]
pub struct Operation {
    /// The method.
    pub method: Method,
    /// The path, with `{placeholders}`.
    pub path: &'static str,
    /// Its name in the reference.
    pub id: &'static str,
    /// What it does.
    pub summary: &'static str,
    /// What it needs of the asker.
    pub needs: Needs,
    /// Parameters outside path and body.
    pub parameters: Vec<Parameter>,
    /// The request's body, in one of these forms.
    pub takes: Vec<Body>,
    /// Statuses of success with what they mean and their bodies.
    pub gives: Vec<(u16, &'static str, Option<Body>)>,
    /// The handler.
    pub handler: fn() -> Route,
}

impl Operation {
    /// A route with a handler.
    pub fn new(method: Method, path: &'static str, id: &'static str, handler: fn() -> Route) -> Self {
        Self {
            method,
            path,
            id,
            summary: "",
            needs: Needs::Nothing,
            parameters: Vec::new(),
            takes: Vec::new(),
            gives: Vec::new(),
            handler,
        }
    }

    /// A reading route.
    pub fn get(path: &'static str, id: &'static str, handler: fn() -> Route) -> Self {
        Self::new(Method::GET, path, id, handler)
    }

    /// A route that makes or asks something.
    pub fn post(path: &'static str, id: &'static str, handler: fn() -> Route) -> Self {
        Self::new(Method::POST, path, id, handler)
    }

    /// A route that puts something in its place.
    pub fn put(path: &'static str, id: &'static str, handler: fn() -> Route) -> Self {
        Self::new(Method::PUT, path, id, handler)
    }

    /// A route that changes something.
    pub fn patch(path: &'static str, id: &'static str, handler: fn() -> Route) -> Self {
        Self::new(Method::PATCH, path, id, handler)
    }

    /// A route that ends something.
    pub fn delete(path: &'static str, id: &'static str, handler: fn() -> Route) -> Self {
        Self::new(Method::DELETE, path, id, handler)
    }

    /// What it does, in a sentence.
    pub fn says(mut self, summary: &'static str) -> Self {
        self.summary = summary;
        self
    }

    /// The row of the permission matrix that it stands under.
    pub fn row(mut self, resource: Resource, action: Action) -> Self {
        self.needs = Needs::Row(resource, action);
        self
    }

    /// A parameter outside path and body.
    pub fn with(mut self, parameter: Parameter) -> Self {
        self.parameters.push(parameter);
        self
    }

    /// A list: cursor and limit.
    pub fn paged(self) -> Self {
        self.with(CURSOR).with(LIMIT)
    }

    /// A form of the request's body.
    pub fn takes(mut self, body: Body) -> Self {
        self.takes.push(body);
        self
    }

    /// A success.
    pub fn gives(mut self, status: u16, description: &'static str, body: Option<Body>) -> Self {
        self.gives.push((status, description, body));
        self
    }
}

/// Routes of one subject, as the reference groups them.
pub struct Group {
    /// The subject.
    pub name: &'static str,
    /// What it is.
    pub description: &'static str,
    /// Its routes.
    pub operations: Vec<Operation>,
}

/// Puts the routes in place. `HEAD` answers where `GET` does; any other method of a known path is
/// refused with `Allow`.
pub fn mount(groups: &[Group], config: &mut web::ServiceConfig) {
    let mut paths: Vec<&'static str> = Vec::new();
    let all: Vec<&Operation> = groups.iter().flat_map(|group| &group.operations).collect();
    for operation in &all {
        if !paths.contains(&operation.path) {
            paths.push(operation.path);
        }
    }
    for path in paths {
        let mut resource = web::resource(path);
        for operation in all.iter().filter(|operation| operation.path == path) {
            resource = resource.route((operation.handler)().method(operation.method.clone()));
            if operation.method == Method::GET {
                resource = resource.route((operation.handler)().method(Method::HEAD));
            }
        }
        let allowed = allowed(&all, path);
        let refuse = move |request: HttpRequest| std::future::ready(other_method(&request, &allowed));
        config.service(resource.default_service(web::to(refuse)));
    }
}

/// The methods of a path.
fn allowed(operations: &[&Operation], path: &str) -> Vec<String> {
    let mut methods = Vec::new();
    for operation in operations.iter().filter(|operation| operation.path == path) {
        methods.push(operation.method.to_string());
        if operation.method == Method::GET {
            methods.push("HEAD".to_owned());
        }
    }
    methods.push("OPTIONS".to_owned());
    methods
}

fn other_method(request: &HttpRequest, allowed: &[String]) -> Result<HttpResponse, Problem> {
    if request.method() == Method::OPTIONS {
        return Ok(HttpResponse::NoContent().insert_header(("Allow", allowed.join(", "))).finish());
    }
    Err(Refusal::MethodNotAllowed { allowed: allowed.to_vec() }.into())
}
