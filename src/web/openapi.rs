//! The OpenAPI 3.1 document, made from the table of routes, and a plain page to read it.

use std::sync::OnceLock;

use actix_web::http::Method;
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::path::{
    HttpMethod, Operation as Described, OperationBuilder, Parameter, ParameterBuilder, ParameterIn,
};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    ComponentsBuilder, ContentBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, Paths, RefOr,
    Required, ResponseBuilder, Schema,
};

use super::guard::cookie_name;
use super::problem::PROBLEM_JSON;
use super::route::{self, Body, Group, Needs, Operation};

/// A refusal, as RFC 9457 has it.
#[derive(utoipa::ToSchema)]
#[allow(dead_code, reason = "described here, written by `problem`")]
pub struct ProblemDocument {
    /// A URN that names the code.
    r#type: String,
    /// What happened, in a few words of the reader's language.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What happened here.
    detail: String,
    /// The stable code.
    code: String,
    /// What to do next.
    remedy: String,
    /// The request's id.
    instance: Option<String>,
    /// Numbers and names behind the words.
    facts: Option<serde_json::Value>,
    /// Single fields, rows or entries that are wrong, each with path, line, column, code, detail and remedy.
    faults: Option<Vec<serde_json::Value>>,
}

/// The document as JSON text; made once.
pub fn text() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    // Writing a value that is in memory already cannot fail; an empty document would be seen by the test.
    TEXT.get_or_init(|| document(&super::api::groups()).to_json().unwrap_or_default())
}

/// The document of a table of routes.
pub fn document(groups: &[Group]) -> OpenApi {
    let mut schemas: Vec<(String, RefOr<Schema>)> = Vec::new();
    route::of::<ProblemDocument>(&mut schemas);
    let mut paths = Paths::new();
    for group in groups {
        for operation in &group.operations {
            let method = http_method(&operation.method);
            paths.add_path_operation(operation.path, vec![method], describe(group, operation, &mut schemas));
        }
    }
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("A session (mun_s_…) or an API token (mun_t_…)."))
        .build();
    let cookie = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(
        cookie_name(true),
        "A browser's session; changes are taken from the service's own pages only.",
    )));
    let components = ComponentsBuilder::new()
        .schemas_from_iter(schemas)
        .security_scheme("bearer", SecurityScheme::Http(bearer))
        .security_scheme("cookie", cookie)
        .build();
    let tags = groups
        .iter()
        .map(|group| TagBuilder::new().name(group.name).description(Some(group.description)).build());
    let info = InfoBuilder::new()
        .title("Muniment")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "An archive that keeps service records as evidence. Refusals are problem documents (RFC 9457) in zh-CN, \
             zh-TW or en, as Accept-Language asks.",
        ))
        .license(Some(LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build()))
        .build();
    OpenApiBuilder::new().info(info).paths(paths).components(Some(components)).tags(Some(tags)).build()
}

fn http_method(method: &Method) -> HttpMethod {
    match *method {
        Method::POST => HttpMethod::Post,
        Method::PUT => HttpMethod::Put,
        Method::PATCH => HttpMethod::Patch,
        Method::DELETE => HttpMethod::Delete,
        _ => HttpMethod::Get,
    }
}

fn describe(group: &Group, operation: &Operation, schemas: &mut Vec<(String, RefOr<Schema>)>) -> Described {
    let mut described = OperationBuilder::new()
        .tag(group.name)
        .operation_id(Some(operation.id))
        .summary(Some(operation.summary))
        .parameters(Some(parameters(operation)));
    if !operation.takes.is_empty() {
        let mut request = RequestBodyBuilder::new().required(Some(Required::True));
        for body in &operation.takes {
            request = request.content(body.media_type, content(body, schemas));
        }
        described = described.request_body(Some(request.build()));
    }
    for (status, description, body) in &operation.gives {
        let mut response = ResponseBuilder::new().description(*description);
        if let Some(body) = body {
            response = response.content(body.media_type, content(body, schemas));
        }
        described = described.response(status.to_string(), response.build());
    }
    let problem = Body { media_type: PROBLEM_JSON, schema: Some(route::of::<ProblemDocument>) };
    let refusal = ResponseBuilder::new()
        .description("A refusal: what happened, where, and what to do next.")
        .content(PROBLEM_JSON, content(&problem, schemas));
    described = described.response("default", refusal.build());
    match operation.needs {
        Needs::Nothing => described.securities(Some([SecurityRequirement::default()])).build(),
        Needs::Row(resource, action) => {
            let permission = format!("{}:{}", resource.as_str(), action.as_str());
            let none: [&str; 0] = [];
            described
                .securities(Some([
                    SecurityRequirement::new("bearer", none),
                    SecurityRequirement::new("cookie", none),
                ]))
                .extensions(Some(ExtensionsBuilder::new().add("x-permission", permission).build()))
                .build()
        }
    }
}

fn content(body: &Body, schemas: &mut Vec<(String, RefOr<Schema>)>) -> utoipa::openapi::Content {
    match body.schema {
        Some(schema) => {
            let mut found = Vec::new();
            let reference = schema(&mut found);
            for (name, schema) in found {
                if !schemas.iter().any(|(known, _)| *known == name) {
                    schemas.push((name, schema));
                }
            }
            ContentBuilder::new().schema(Some(reference)).build()
        }
        None => ContentBuilder::new().build(),
    }
}

fn parameters(operation: &Operation) -> Vec<Parameter> {
    let text = || Some(ObjectBuilder::new().schema_type(Type::String).build());
    let in_path =
        operation.path.split('{').skip(1).filter_map(|rest| rest.split(['}', ':']).next()).map(|name| {
            ParameterBuilder::new()
                .name(name)
                .parameter_in(ParameterIn::Path)
                .required(Required::True)
                .schema(text())
                .build()
        });
    let others = operation.parameters.iter().map(|parameter| {
        let place = if parameter.in_header { ParameterIn::Header } else { ParameterIn::Query };
        ParameterBuilder::new()
            .name(parameter.name)
            .parameter_in(place)
            .required(Required::False)
            .description(Some(parameter.description))
            .schema(text())
            .build()
    });
    in_path.chain(others).collect()
}

/// The reference as one page of HTML without scripts.
pub fn page(groups: &[Group]) -> String {
    let mut page = String::from(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>Muniment API</title></head>\n<body>\n\
         <h1>Muniment API</h1>\n<p>The machine-readable form: <a href=\"/openapi.json\">/openapi.json</a>. Refusals are \
         problem documents (RFC 9457). Send a token as <code>Authorization: Bearer …</code>.</p>\n",
    );
    for group in groups {
        page.push_str(&format!(
            "<h2>{}</h2>\n<p>{}</p>\n<dl>\n",
            escape(group.name),
            escape(group.description)
        ));
        for operation in &group.operations {
            let permission = match operation.needs {
                Needs::Nothing => "open to everybody".to_owned(),
                Needs::Row(resource, action) => format!("needs {}:{}", resource.as_str(), action.as_str()),
            };
            page.push_str(&format!(
                "<dt id=\"{id}\"><code>{method} {path}</code></dt>\n<dd>{summary} <small>({permission})</small></dd>\n",
                id = operation.id,
                method = operation.method,
                path = escape(operation.path),
                summary = escape(operation.summary),
            ));
        }
        page.push_str("</dl>\n");
    }
    page.push_str("</body></html>\n");
    page
}

/// Text in HTML.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
