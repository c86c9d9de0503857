//! `multipart/form-data` (RFC 7578), part by part in the order of the body. A part is read whole
//! with a limit, or piece by piece; nothing is written to disk in the clear.

use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::HttpRequest;
use actix_web::http::header;
use actix_web::web::{Bytes, Payload};
use futures_util::StreamExt as _;

use super::body::{Pace, broken, media_type, too_large};
use super::problem::Problem;
use crate::base::digest::Digest;
use crate::words::Refusal;

/// The media type of a form with files.
pub const FORM_DATA: &str = "multipart/form-data";

/// The parts of a body.
pub struct Parts(Multipart, Pace);

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
        Ok(Self(Multipart::new(request.headers(), payload), Pace::default()))
    }

    /// The next part; the one before has been read to its end.
    ///
    /// # Errors
    /// A body that is no form, is cut, or comes too slowly.
    pub async fn next(&mut self) -> Result<Option<Part>, Problem> {
        match self.1.wait_for(self.0.next()).await? {
            None => Ok(None),
            Some(Ok(field)) => Ok(Some(Part { field, pace: Pace::default() })),
            Some(Err(error)) => Err(of_error(&error)),
        }
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

    /// The file's name, if the client sent one; folders before it are taken away.
    pub fn file_name(&self) -> Option<String> {
        let disposition = self.field.content_disposition()?;
        let name = disposition.get_filename()?;
        let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
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

/// The `Content-Digest` of a body or a part (RFC 9530).
///
/// # Errors
/// `bad_content_digest` if there is one that names no SHA-256.
pub fn content_digest(headers: &header::HeaderMap) -> Result<Option<Digest>, Problem> {
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
