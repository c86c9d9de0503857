//! `multipart/form-data` (RFC 7578), part by part in the order of the body. A part is read whole
//! with a limit, or piece by piece; nothing is written to disk in the clear.
//!
//! What two readers could read differently is refused ([`oddity`]): a form is evidence of what was handed in.
//! Text before the first boundary and after the last is no part of the form (RFC 2046, 5.1.1).

use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::HttpRequest;
use actix_web::error::PayloadError;
use actix_web::http::header::{self, ContentDisposition, DispositionParam, HeaderMap};
use actix_web::web::{Bytes, Payload};
use futures_util::StreamExt as _;

use super::body::{Pace, broken, media_type, too_large};
use super::problem::Problem;
use crate::base::digest::Digest;
use crate::words::{Refusal, Term};

/// The media type of a form with files.
pub const FORM_DATA: &str = "multipart/form-data";

/// The field that says how a part's bytes were changed for the transfer.
const TRANSFER_ENCODING: &str = "content-transfer-encoding";
/// The part that describes what comes with it.
const RECORD: &str = "record";

/// The parts of a body.
pub struct Parts {
    form: Multipart,
    pace: Pace,
    /// Parts that have come.
    came: u64,
}

/// One part.
pub struct Part {
    field: Field,
    pace: Pace,
}

impl Parts {
    /// Of a request that was found to be a form.
    ///
    /// # Errors
    /// `unsupported_media_type`.
    pub fn of(request: &HttpRequest, payload: Payload) -> Result<Self, Problem> {
        if media_type(request) != FORM_DATA {
            return Err(Refusal::UnsupportedMediaType { allowed: vec![FORM_DATA.to_owned()] }.into());
        }
        let form = Multipart::new(request.headers(), payload);
        Ok(Self { form, pace: Pace::default(), came: 0 })
    }

    /// The next part; the one before has been read to its end.
    ///
    /// # Errors
    /// A body that is no form, is cut, or comes too slowly; `bad_form_part`.
    pub async fn next(&mut self) -> Result<Option<Part>, Problem> {
        let next = self.pace.wait_for(self.form.next()).await?;
        self.came = self.came.saturating_add(1);
        match next {
            None => Ok(None),
            Some(Ok(field)) => {
                let part = Part { field, pace: Pace::default() };
                match oddity(part.field.headers(), part.field.content_disposition()) {
                    Some(what) => Err(self.bad(what)),
                    None if self.came > 1 && part.name() == RECORD => Err(self.bad("second_record")),
                    None => Ok(Some(part)),
                }
            }
            // More than the buffer holds, and no end of the header in it.
            Some(Err(MultipartError::Payload(PayloadError::Overflow))) => Err(self.bad("long_header")),
            Some(Err(error)) => Err(of_error(&error)),
        }
    }

    /// Says that there must be no further part: what nobody reads must not look as if it were taken.
    ///
    /// # Errors
    /// `bad_form_part` if there is one; a body that is cut.
    pub async fn end(&mut self) -> Result<(), Problem> {
        match self.next().await? {
            None => Ok(()),
            Some(_) => Err(self.surplus()),
        }
    }

    /// The refusal of the part that came last, which has no place in this form.
    pub fn surplus(&self) -> Problem {
        self.bad("surplus")
    }

    fn bad(&self, what: &'static str) -> Problem {
        Refusal::BadFormPart { part: self.came, what: Term::new("form_part", what) }.into()
    }

    /// The next part, which must have this name.
    ///
    /// # Errors
    /// `malformed_multipart` if it has another name or is not there.
    pub async fn expect(&mut self, name: &str) -> Result<Part, Problem> {
        match self.next().await? {
            Some(part) if part.name() == name => Ok(part),
            Some(_) | None => Err(Refusal::MalformedMultipart.into()),
        }
    }
}

impl Part {
    /// The field's name.
    pub fn name(&self) -> &str {
        self.field.name().unwrap_or_default()
    }

    /// The file's name as the client sent it, if it did. Whoever takes it checks that it is no path: a name
    /// is kept as it came or not at all.
    pub fn file_name(&self) -> Option<String> {
        let name = self.field.content_disposition()?.get_filename()?;
        (!name.is_empty()).then(|| name.to_owned())
    }

    /// The part's media type, if the client sent one that says something.
    pub fn media_type(&self) -> Option<String> {
        let sent = self.field.content_type()?.to_string();
        (sent != "application/octet-stream").then_some(sent)
    }

    /// The digest that the client announces for this part (RFC 9530).
    ///
    /// # Errors
    /// `bad_content_digest`.
    pub fn digest(&self) -> Result<Option<Digest>, Problem> {
        content_digest(self.field.headers())
    }

    /// The next piece of the part's content.
    ///
    /// # Errors
    /// A body that is cut or comes too slowly.
    pub async fn next_piece(&mut self) -> Result<Option<Bytes>, Problem> {
        match self.pace.wait_for(self.field.next()).await? {
            None => Ok(None),
            Some(Ok(piece)) => self.pace.came(piece.len()).map(|()| Some(piece)),
            Some(Err(error)) => Err(of_error(&error)),
        }
    }

    /// The part's whole content, of at most `most` bytes.
    ///
    /// # Errors
    /// `too_large`, or as [`Part::next_piece`].
    pub async fn read_whole(&mut self, most: usize) -> Result<Vec<u8>, Problem> {
        let mut whole = Vec::new();
        while let Some(piece) = self.next_piece().await? {
            if whole.len() + piece.len() > most {
                return Err(too_large(most as u64));
            }
            whole.extend_from_slice(&piece);
        }
        Ok(whole)
    }
}

/// What of a part's header could be read in two ways, or is not to be in a form: a word of `form_part`.
fn oddity(headers: &HeaderMap, disposition: Option<&ContentDisposition>) -> Option<&'static str> {
    let single = ["content-disposition", "content-type", TRANSFER_ENCODING, "content-digest"];
    if single.into_iter().any(|name| headers.get_all(name).count() > 1) {
        return Some("double_field");
    }
    // RFC 7578, 4.7: nobody encodes, and what was not decoded would be other evidence than was sent.
    if let Some(encoding) = headers.get(TRANSFER_ENCODING) {
        let encoding = encoding.as_bytes().trim_ascii();
        if ![&b"binary"[..], b"8bit", b"7bit"].iter().any(|known| encoding.eq_ignore_ascii_case(known)) {
            return Some("transfer_encoding");
        }
    }
    // RFC 7578, 4.8 has it ignored; the parser below would cut the part there.
    if headers.contains_key(header::CONTENT_LENGTH) {
        return Some("part_length");
    }
    let parameters = &disposition?.parameters;
    let count = |is: fn(&DispositionParam) -> bool| parameters.iter().filter(|one| is(one)).count();
    if count(|one| matches!(one, DispositionParam::FilenameExt(_) | DispositionParam::UnknownExt(..))) > 0 {
        return Some("extended_name");
    }
    if count(DispositionParam::is_name) > 1 || count(DispositionParam::is_filename) > 1 {
        return Some("two_names");
    }
    let raw = headers.get(header::CONTENT_DISPOSITION)?.as_bytes();
    has_lone_backslash(raw).then_some("backslash")
}

/// True if there is a backslash that escapes neither a quote nor a backslash: it would get lost.
fn has_lone_backslash(raw: &[u8]) -> bool {
    let mut bytes = raw.iter();
    while let Some(byte) = bytes.next() {
        if *byte == b'\\' && !matches!(bytes.next(), Some(b'"' | b'\\')) {
            return true;
        }
    }
    false
}

/// The `Content-Digest` of a body or a part (RFC 9530).
///
/// # Errors
/// `bad_content_digest` if there is one that names no SHA-256.
pub fn content_digest(headers: &HeaderMap) -> Result<Option<Digest>, Problem> {
    let Some(field) = headers.get("content-digest") else { return Ok(None) };
    let digest = field.to_str().ok().and_then(|field| Digest::parse_content_digest(field).ok());
    digest.map(Some).ok_or_else(|| Refusal::BadContentDigest.into())
}

fn of_error(error: &MultipartError) -> Problem {
    match error {
        MultipartError::Payload(error) => broken(error),
        other => {
            tracing::debug!(error = %other, "a form cannot be read");
            Refusal::MalformedMultipart.into()
        }
    }
}
