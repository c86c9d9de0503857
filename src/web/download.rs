//! Originals on their way out: streamed in pieces through the blocking threads, whole or a range
//! (RFC 9110 §14), under a name that no browser misreads (RFC 6266), never guessed at or shown in
//! the service's own pages.

use std::io::{ErrorKind, Read as _, Seek as _, SeekFrom};
use std::sync::Arc;

use actix_web::body::SizedStream;
use actix_web::http::{StatusCode, header};
use actix_web::web::{self, Bytes};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::stream;

use crate::archive::jobs::JobResult;
use crate::archive::records::Opened;
use crate::archive::refusal::Thing;
use crate::archive::{Refusal as ArchiveRefusal, Watch};
use crate::blob::ReadSeek;
use crate::words::{Bytes as ByteCount, Refusal};

use super::fair::{Fairness, Place};
use super::problem::Problem;

/// Bytes read at once.
const PIECE_BYTES: u64 = 256 * 1024;

/// The part of a content that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// All of it.
    Whole,
    /// From the first to the last byte, both included.
    Range(u64, u64),
    /// Bytes that it does not have.
    Outside,
}

/// Reads a `Range` field for a content of `length` bytes. What is not one range of bytes is
/// passed over, as RFC 9110 allows: the whole content answers it too.
pub fn wanted(field: Option<&str>, length: u64) -> Wanted {
    let Some(spec) = field.and_then(|field| field.trim().strip_prefix("bytes=")) else {
        return Wanted::Whole;
    };
    let Some((first, last)) = spec.split_once('-') else { return Wanted::Whole };
    let number = |digits: &str| match digits.trim() {
        digits if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some(digits.parse::<u64>().unwrap_or(u64::MAX))
        }
        _ => None,
    };
    let end = length.saturating_sub(1);
    match (first.trim().is_empty(), number(first), last.trim().is_empty(), number(last)) {
        (true, _, false, Some(0)) => Wanted::Outside,
        (true, _, false, Some(_)) if length == 0 => Wanted::Outside,
        (true, _, false, Some(suffix)) => Wanted::Range(length.saturating_sub(suffix), end),
        (false, Some(first), true, _) if first < length => Wanted::Range(first, end),
        (false, Some(first), false, Some(last)) if first <= last && first < length => {
            Wanted::Range(first, last.min(end))
        }
        (false, Some(first), false, Some(last)) if first > last => Wanted::Whole,
        (false, Some(_), _, _) if number(last).is_some() || last.trim().is_empty() => Wanted::Outside,
        _ => Wanted::Whole,
    }
}

/// What a request says of the part it wants.
#[derive(Debug, Clone, Default)]
pub struct RangeFields {
    range: Option<String>,
    if_range: Option<String>,
}

impl RangeFields {
    /// Of a request.
    pub fn of(request: &HttpRequest) -> Self {
        let text =
            |name| request.headers().get(name).and_then(|field| field.to_str().ok()).map(str::to_owned);
        Self { range: text(header::RANGE), if_range: text(header::IF_RANGE) }
    }

    fn wanted(&self, length: u64, etag: Option<&str>) -> Wanted {
        // RFC 9110 §13.1.5: a range of another state than the one at hand is no range at all.
        match &self.if_range {
            Some(known) if etag != Some(known.as_str()) => Wanted::Whole,
            Some(_) | None => wanted(self.range.as_deref(), length),
        }
    }
}

/// An original ready to leave: its first piece is read and authenticated already, so that damage
/// at its start is a refusal and not a broken download.
pub struct Outgoing {
    name: String,
    media_type: String,
    etag: Option<String>,
    length: u64,
    wanted: Wanted,
    first: Vec<u8>,
    rest: Option<(Box<dyn ReadSeek>, u64)>,
    watch: Watch,
}

/// Bytes on their way out, before anything is read of them.
pub struct Source {
    /// The name under which they leave.
    pub name: String,
    /// Their media type.
    pub media_type: String,
    /// How many there are.
    pub bytes: u64,
    /// Where they come from.
    pub reader: Box<dyn ReadSeek>,
    /// Looks now and then whether they may go on leaving.
    pub watch: Watch,
}

impl From<Opened> for Source {
    fn from(opened: Opened) -> Self {
        let Opened { name, media_type, bytes, reader, watch, .. } = opened;
        Self { name, media_type, bytes, reader, watch }
    }
}

impl From<JobResult> for Source {
    fn from(result: JobResult) -> Self {
        let JobResult { name, media_type, bytes, reader, watch, digest: _ } = result;
        Self { name, media_type, bytes, reader, watch }
    }
}

/// Reads the first piece. Runs on a blocking thread, after the ledger knows of the reading.
///
/// # Errors
/// The content is damaged or cannot be read.
pub fn prepare(
    source: Source,
    etag: Option<String>,
    fields: &RangeFields,
) -> Result<Outgoing, ArchiveRefusal> {
    let Source { name, media_type, bytes: length, mut reader, watch } = source;
    let wanted = fields.wanted(length, etag.as_deref());
    let (start, left) = match wanted {
        Wanted::Whole => (0, length),
        Wanted::Range(first, last) => (first, last - first + 1),
        Wanted::Outside => (0, 0),
    };
    // What the cipher does not authenticate is not given out, and no fault of the program.
    let io = |error: std::io::Error| match error.kind() {
        ErrorKind::InvalidData | ErrorKind::UnexpectedEof => ArchiveRefusal::Damaged(Thing::Component),
        _ => ArchiveRefusal::Io { what: "read an original", error },
    };
    if start > 0 {
        reader.seek(SeekFrom::Start(start)).map_err(io)?;
    }
    let first = read_piece(&mut reader, left).map_err(io)?;
    let left = left - first.len() as u64;
    let rest = (left > 0).then_some((reader, left));
    Ok(Outgoing { name, media_type, etag, length, wanted, first, rest, watch })
}

fn read_piece(reader: &mut Box<dyn ReadSeek>, left: u64) -> std::io::Result<Vec<u8>> {
    let size = left.min(PIECE_BYTES);
    let mut piece = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
    reader.take(size).read_to_end(&mut piece)?;
    if (piece.len() as u64) < size {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    Ok(piece)
}

impl Outgoing {
    /// The response. What does not leave at once takes one of the person's places until it has left.
    ///
    /// # Errors
    /// `range_not_satisfiable`; `rate_limited` if the person has as many downloads as one may have.
    pub fn respond(self, fairness: &Arc<Fairness>) -> Result<HttpResponse, Problem> {
        let Self { name, media_type, etag, length, wanted, first, rest, watch } = self;
        let place = match &rest {
            Some(_) if !watch.is_of_machine() => Some(fairness.download(watch.user())?),
            Some(_) | None => None,
        };
        let mut response = match wanted {
            Wanted::Whole => HttpResponse::Ok(),
            Wanted::Range(from, to) => {
                let mut response = HttpResponse::build(StatusCode::PARTIAL_CONTENT);
                response.insert_header((header::CONTENT_RANGE, format!("bytes {from}-{to}/{length}")));
                response
            }
            Wanted::Outside => {
                return Err(Refusal::RangeNotSatisfiable { length: ByteCount(length) }.into());
            }
        };
        response
            .insert_header((header::CONTENT_TYPE, media_type))
            .insert_header((header::CONTENT_DISPOSITION, disposition(&name)))
            .insert_header((header::ACCEPT_RANGES, "bytes"))
            .insert_header((header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"));
        if let Some(etag) = etag {
            response.insert_header((header::ETAG, etag));
        }
        let Some((reader, left)) = rest else { return Ok(response.body(first)) };
        let total = first.len() as u64 + left;
        let state = Some(Pieces { ready: Some(Bytes::from(first)), reader, left, watch, _place: place });
        Ok(response.body(SizedStream::new(total, Box::pin(stream::try_unfold(state, next)))))
    }
}

struct Pieces {
    ready: Option<Bytes>,
    reader: Box<dyn ReadSeek>,
    left: u64,
    watch: Watch,
    /// Given back when the last byte has left, or nobody reads any more.
    _place: Option<Place>,
}

async fn next(pieces: Option<Pieces>) -> Result<Option<(Bytes, Option<Pieces>)>, std::io::Error> {
    let Some(mut pieces) = pieces else { return Ok(None) };
    if let Some(ready) = pieces.ready.take() {
        return Ok(Some((ready, Some(pieces))));
    }
    if pieces.left == 0 {
        return Ok(None);
    }
    // A failure breaks the connection off: the client sees fewer bytes than announced, never wrong ones.
    let read = web::block(move || {
        // Whoever lost the right in the middle of it gets no further piece.
        pieces.watch.look().map_err(|refusal| std::io::Error::other(refusal.to_string()))?;
        let piece = read_piece(&mut pieces.reader, pieces.left)?;
        pieces.left -= piece.len() as u64;
        Ok::<_, std::io::Error>((Bytes::from(piece), pieces))
    })
    .await
    .map_err(|_| std::io::Error::other("reading panicked"))?;
    let (piece, pieces) = read.inspect_err(|error| tracing::warn!(%error, "a download broke off"))?;
    Ok(Some((piece, Some(pieces))))
}

/// `Content-Disposition` (RFC 6266): a plain name for old clients, the true one in UTF-8. Always an
/// attachment: no stored file is ever shown as a page of this service.
pub fn disposition(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '%' | '/' | ';') || c == ' ' {
                c
            } else {
                '_'
            }
        })
        .collect();
    let mut encoded = String::with_capacity(name.len() * 3);
    for byte in name.bytes() {
        // attr-char of RFC 8187.
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_of_bytes_is_understood_and_anything_else_passed_over() {
        use Wanted::{Outside, Range, Whole};
        for (field, length, expected) in [
            ("bytes=0-9", 100, Range(0, 9)),
            ("bytes=90-", 100, Range(90, 99)),
            ("bytes=90-1000", 100, Range(90, 99)),
            ("bytes=-10", 100, Range(90, 99)),
            ("bytes=-1000", 100, Range(0, 99)),
            ("bytes=99-99", 100, Range(99, 99)),
            ("bytes=100-", 100, Outside),
            ("bytes=100-200", 100, Outside),
            ("bytes=-0", 100, Outside),
            ("bytes=9-1", 100, Whole),
            ("bytes=0-1,5-6", 100, Whole),
            ("bytes=a-b", 100, Whole),
            ("bytes=-", 100, Whole),
            ("lines=0-9", 100, Whole),
            ("bytes=99999999999999999999-", 100, Outside),
            ("bytes=0-99999999999999999999", 100, Range(0, 99)),
        ] {
            assert_eq!(wanted(Some(field), length), expected, "{field}");
        }
        assert_eq!(wanted(None, 5), Whole);
    }

    #[test]
    fn a_range_of_another_state_is_answered_with_the_whole() {
        let fields =
            RangeFields { range: Some("bytes=0-1".to_owned()), if_range: Some("\"old\"".to_owned()) };
        assert_eq!(fields.wanted(10, Some("\"new\"")), Wanted::Whole);
        assert_eq!(fields.wanted(10, Some("\"old\"")), Wanted::Range(0, 1));
    }

    #[test]
    fn a_name_survives_every_client() {
        assert_eq!(disposition("a b.pdf"), "attachment; filename=\"a b.pdf\"; filename*=UTF-8''a%20b.pdf");
        assert_eq!(
            disposition("授权\"书.pdf"),
            "attachment; filename=\"____.pdf\"; filename*=UTF-8''%E6%8E%88%E6%9D%83%22%E4%B9%A6.pdf"
        );
        assert!(!disposition("a\r\nSet-Cookie: x").contains('\n'));
    }
}
