//! Captures on their way in. Small bodies are read whole and go to the archive in one trip to the
//! blocking threads; larger ones are sealed piece by piece while they arrive.

use actix_web::HttpRequest;
use actix_web::web::{Bytes, Payload};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::body::{self, declared_length, media_type, parse_json};
use super::guard::{Asker, Inside};
use super::multipart::{FORM_DATA, Part, Parts};
use super::problem::Problem;
use super::state::Service;
use crate::archive::stage::{Declared, Intake, Staged};
use crate::archive::{Archive, Caller, Refusal as ArchiveRefusal, Watch};
use crate::base::digest::Digest;
use crate::base::id::UploadId;
use crate::base::limits::{COMPONENTS_MAX, JSON_BYTES_MAX};
use crate::record::request::{Capture, CaptureDefaults, Fault, FaultCode};
use crate::words::Refusal;

/// Bytes up to which a form is read whole.
const SMALL_BYTES: u64 = 64 * 1024 + 16 * 1024;
/// Bytes that are gathered before they are sealed together.
pub const BATCH_BYTES: usize = 256 * 1024;

/// One content that is at hand.
struct Content {
    lies: Lies,
    file: FileFacts,
}

/// Where a content lies.
enum Lies {
    /// In memory.
    Here(Vec<u8>),
    /// With an upload, sealed.
    Uploaded(UploadId),
}

/// What the form says of a file beside its content.
#[derive(Default)]
struct FileFacts {
    name: Option<String>,
    media_type: Option<String>,
    digest: Option<Digest>,
}

/// What a capture does once its contents are sealed.
pub type Finish<T> =
    Box<dyn FnOnce(&Archive, &Caller, Capture, Vec<Staged>) -> Result<T, ArchiveRefusal> + Send>;

/// Takes a capture in, as JSON or as a form, and hands it to `finish`.
///
/// # Errors
/// Everything that can be wrong with credentials, body, description or contents; nothing is left behind.
pub async fn take<T: Send + 'static>(
    asker: Asker,
    request: &HttpRequest,
    mut payload: Payload,
    finish: Finish<T>,
) -> Result<T, Problem> {
    let key = idempotency_key(request)?;
    let defaults = asker.service().capture_defaults(false);
    match media_type(request).as_str() {
        "application/json" => {
            let whole = body::in_time(body::read_whole(request, &mut payload, JSON_BYTES_MAX)).await?;
            asker
                .act_or_problem(move |archive, caller| {
                    let (mut record, contents) = inline(parse_json(&whole)?)?;
                    describe_uploads(archive, caller, &mut record, &contents)?;
                    capture_small(archive, caller, with_key(record, key), contents, (&defaults, finish))
                })
                .await
        }
        FORM_DATA if declared_length(request).is_some_and(|length| length <= SMALL_BYTES) => {
            let parts = Parts::of(request, payload)?;
            let (record, contents) = body::in_time(read_small(parts)).await?;
            asker
                .act_or_problem(move |archive, caller| {
                    let record = parse_json(&record)?;
                    capture_small(archive, caller, with_key(record, key), contents, (&defaults, finish))
                })
                .await
        }
        FORM_DATA => {
            // Who asks is known before the first byte of a long body is read.
            let Inside { service, caller, turn: _turn } = asker.enter().await?;
            stream(&service, caller, Parts::of(request, payload)?, key, finish).await
        }
        _ => {
            let allowed = vec!["application/json".to_owned(), FORM_DATA.to_owned()];
            Err(Refusal::UnsupportedMediaType { allowed }.into())
        }
    }
}

/// The `Idempotency-Key` field, without the quotes of a structured field.
///
/// # Errors
/// `malformed_request` if it is no text.
pub fn idempotency_key(request: &HttpRequest) -> Result<Option<String>, Problem> {
    let Some(field) = request.headers().get("idempotency-key") else { return Ok(None) };
    let text =
        field.to_str().map_err(|_| Refusal::MalformedRequest { part: "Idempotency-Key".to_owned() })?;
    Ok(Some(text.trim().trim_matches('"').to_owned()))
}

/// Puts the key of the header field into the description, unless it has one of its own.
pub fn with_key(mut record: Value, key: Option<String>) -> Value {
    if let (Value::Object(members), Some(key)) = (&mut record, key) {
        members.entry("idempotency_key").or_insert_with(|| Value::from(key));
    }
    record
}

/// Takes the contents out of a JSON capture: `text`, `base64` or `upload` of each component.
fn inline(mut record: Value) -> Result<(Value, Vec<Content>), Problem> {
    let mut contents = Vec::new();
    let mut faults = Vec::new();
    let components = record.get_mut("components").and_then(Value::as_array_mut);
    for (index, component) in components.into_iter().flatten().enumerate() {
        let Value::Object(members) = component else { continue };
        let path = |name: &str| format!("components[{index}].{name}");
        let given = ["text", "base64", "upload"].map(|name| (name, members.shift_remove(name)));
        let mut given = given.into_iter().filter_map(|(name, value)| Some((name, value?)));
        match (given.next(), given.next()) {
            (Some((name, Value::String(text))), None) => match content_of(name, text) {
                Ok(content) => contents.push(content),
                Err(code) => faults.push(Fault { path: path(name), code }),
            },
            (Some((first, _)), Some((second, _))) => {
                faults
                    .push(Fault { path: path(second), code: FaultCode::Contradicts { other: path(first) } });
            }
            (None, _) => faults.push(Fault { path: path("text"), code: FaultCode::Required }),
            (Some((name, other)), None) => {
                use crate::record::request::JsonType;
                let code = FaultCode::WrongType { expected: JsonType::Text, found: JsonType::of(&other) };
                faults.push(Fault { path: path(name), code });
            }
        }
    }
    if faults.is_empty() { Ok((record, contents)) } else { Err(super::refusals::of_faults(&faults)) }
}

fn content_of(name: &str, text: String) -> Result<Content, FaultCode> {
    let lies = match name {
        "text" => Lies::Here(text.into_bytes()),
        "base64" => Lies::Here(
            STANDARD
                .decode(text.as_bytes())
                .map_err(|_| FaultCode::Unreadable { line: 1, column: bad_column(&text) })?,
        ),
        _ => Lies::Uploaded(UploadId::parse(&text)?),
    };
    Ok(Content { lies, file: FileFacts::default() })
}

/// A component that names an upload has the name and the media type that were announced with it, unless
/// it says others.
fn describe_uploads(
    archive: &Archive,
    caller: &Caller,
    record: &mut Value,
    contents: &[Content],
) -> Result<(), Problem> {
    let components = record.get_mut("components").and_then(Value::as_array_mut);
    for (component, content) in components.into_iter().flatten().zip(contents) {
        let (Value::Object(members), Lies::Uploaded(id)) = (component, &content.lies) else { continue };
        let announced = archive.show_upload(caller, *id)?.announced;
        members.entry("name").or_insert_with(|| json!(announced.name.as_str()));
        members.entry("media_type").or_insert_with(|| json!(announced.media_type.as_str()));
    }
    Ok(())
}

/// 1-based column of the first character that is not base64; the end, if the length is wrong.
fn bad_column(encoded: &str) -> usize {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    encoded.bytes().position(|byte| !known(byte)).unwrap_or(encoded.len()) + 1
}

async fn read_small(mut parts: Parts) -> Result<(Vec<u8>, Vec<Content>), Problem> {
    let most = usize::try_from(SMALL_BYTES).unwrap_or(usize::MAX);
    let record = parts.expect("record").await?.read_whole(most).await?;
    let mut contents = Vec::new();
    while let Some(mut part) = parts.next().await? {
        check_count(contents.len())?;
        let file = FileFacts::of(&part)?;
        contents.push(Content { lies: Lies::Here(part.read_whole(most).await?), file });
    }
    Ok((record, contents))
}

fn check_count(taken: usize) -> Result<(), Problem> {
    if taken >= COMPONENTS_MAX {
        Err(Refusal::TooMany { most: COMPONENTS_MAX as u64 }.into())
    } else {
        Ok(())
    }
}

impl FileFacts {
    fn of(part: &Part) -> Result<Self, Problem> {
        Ok(Self { name: part.file_name(), media_type: part.media_type(), digest: part.digest()? })
    }

    fn to_component(&self) -> Value {
        let mut component = Map::new();
        if let Some(name) = &self.name {
            component.insert("name".to_owned(), json!(name));
        }
        if let Some(media_type) = &self.media_type {
            component.insert("media_type".to_owned(), json!(media_type));
        }
        Value::Object(component)
    }
}

/// Files that the description does not list are described by what the form says of them.
fn describe_files<'a>(record: &mut Value, files: impl Iterator<Item = &'a FileFacts>) {
    if let Value::Object(members) = record
        && !members.contains_key("components")
    {
        let components: Vec<Value> = files.map(FileFacts::to_component).collect();
        if !components.is_empty() {
            members.insert("components".to_owned(), Value::from(components));
        }
    }
}

/// The description as it will be once a file has come: everything else can be checked before.
fn with_a_file(record: &Value) -> Value {
    let mut record = record.clone();
    describe_files(
        &mut record,
        std::iter::once(&FileFacts { name: Some("file".to_owned()), ..FileFacts::default() }),
    );
    record
}

fn check(record: &Value, defaults: &CaptureDefaults) -> Result<Capture, Problem> {
    Capture::from_json(record, defaults).map_err(|faults| super::refusals::of_faults(&faults))
}

/// What is announced of the content of component `index`, in the description or in its part.
fn declared(capture: &Capture, index: usize, file: &FileFacts) -> Declared {
    let component = capture.components.get(index);
    Declared {
        bytes: component.and_then(|component| component.bytes),
        digest: component.and_then(|component| component.sha256).or(file.digest),
        utf8: component.is_some_and(|component| component.media_type.is_utf8()),
    }
}

fn capture_small<T>(
    archive: &Archive,
    caller: &Caller,
    mut record: Value,
    contents: Vec<Content>,
    (defaults, finish): (&CaptureDefaults, Finish<T>),
) -> Result<T, Problem> {
    describe_files(&mut record, contents.iter().map(|content| &content.file));
    let capture = check(&record, defaults)?;
    let mut staged = Vec::with_capacity(contents.len());
    for (index, content) in contents.iter().enumerate() {
        let declared = declared(&capture, index, &content.file);
        let sealed = match &content.lies {
            Lies::Here(bytes) => archive.stage(bytes, declared),
            Lies::Uploaded(id) => archive.stage_upload(caller, *id, declared),
        };
        staged.push(sealed.map_err(|refusal| refusal.at_component(index))?);
    }
    Ok(finish(archive, caller, capture, staged)?)
}

async fn stream<T: Send + 'static>(
    service: &Service,
    caller: Caller,
    mut parts: Parts,
    key: Option<String>,
    finish: Finish<T>,
) -> Result<T, Problem> {
    let record = parts.expect("record").await?.read_whole(JSON_BYTES_MAX).await?;
    let mut record = with_key(parse_json(&record)?, key);
    let described = check(&with_a_file(&record), &service.capture_defaults(true))?;
    let mut watch = service.archive().watch_over(&caller);
    let mut staged = Vec::new();
    let mut files = Vec::new();
    while let Some(part) = parts.next().await? {
        check_count(staged.len())?;
        let file = FileFacts::of(&part)?;
        let index = staged.len();
        let sealed = seal(service, part, declared(&described, index, &file), (index, watch)).await?;
        staged.push(sealed.0);
        watch = sealed.1;
        files.push(file);
    }
    describe_files(&mut record, files.iter());
    let capture = check(&record, &service.capture_defaults(false))?;
    service.run(move |archive| finish(archive, &caller, capture, staged)).await
}

/// Seals one part while it arrives, as long as its sender is let in; no more than a batch of it is in memory.
async fn seal(
    service: &Service,
    mut part: Part,
    declared: Declared,
    (index, mut watch): (usize, Watch),
) -> Result<(Staged, Watch), Problem> {
    let mut intake = service.run(move |archive| archive.begin_content(declared)).await?;
    let mut batch: Vec<Bytes> = Vec::new();
    let mut gathered = 0;
    while let Some(piece) = part.next_piece().await? {
        gathered += piece.len();
        batch.push(piece);
        if gathered >= BATCH_BYTES {
            (intake, watch) = write(service, (intake, watch), std::mem::take(&mut batch), index).await?;
            gathered = 0;
        }
    }
    service
        .run(move |_| {
            watch.look()?;
            let written = write_all(&mut intake, &batch).and_then(|()| intake.finish());
            Ok((written.map_err(|refusal| refusal.at_component(index))?, watch))
        })
        .await
}

async fn write(
    service: &Service,
    (mut intake, mut watch): (Intake, Watch),
    batch: Vec<Bytes>,
    index: usize,
) -> Result<(Intake, Watch), Problem> {
    service
        .run(move |_| {
            watch.look()?;
            write_all(&mut intake, &batch).map_err(|refusal| refusal.at_component(index))?;
            Ok((intake, watch))
        })
        .await
}

fn write_all(intake: &mut Intake, batch: &[Bytes]) -> Result<(), ArchiveRefusal> {
    batch.iter().try_for_each(|piece| intake.write(piece))
}
