//! Bulk processing logs: a form whose file streams through, however long it is.

use std::io::Read;

use actix_web::web::{self, Bytes, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use tokio::sync::mpsc;
use utoipa::ToSchema;

use super::answer;
use super::receipt::ReceiptBody;
use crate::access::permission::{Action, Resource};
use crate::archive::bulk::{BulkOptions, BulkReceipt, OnFault};
use crate::base::limits::{ENTRIES_WORD_BYTES_MAX, JSON_BYTES_MAX};
use crate::record::feed::EntryFormat;
use crate::record::request::{Capture, Fault, FaultCode};
use crate::web::body::{self, parse_json};
use crate::web::guard::{Asker, Inside};
use crate::web::intake::{idempotency_key, with_key};
use crate::web::multipart::{FORM_DATA, Part, Parts};
use crate::web::problem::Problem;
use crate::web::refusals;
use crate::web::route::{self, Body, Group, IDEMPOTENCY_KEY, Operation, json};
use crate::words::Refusal;

/// Pieces of the log that wait between the network and the sealing.
const PIECES_WAITING: usize = 8;
const FORMATS: &[&str] = &["jsonl", "csv"];
const ON_FAULT: &[&str] = &["capture_nothing", "keep_before"];

/// What became of a bulk log.
#[derive(Debug, Serialize, ToSchema)]
pub struct BulkReceiptBody {
    /// Entries captured.
    pub entries: u64,
    /// One receipt per segment.
    pub segments: Vec<ReceiptBody>,
    /// The first faulty line, where the entries before it were kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<EntryFaultBody>,
}

/// A faulty line.
#[derive(Debug, Serialize, ToSchema)]
pub struct EntryFaultBody {
    /// 1-based line.
    pub line: u64,
    /// 1-based column.
    pub column: u64,
    /// The stable code of the fault.
    pub code: String,
    /// The field, where it is one.
    pub path: String,
}

/// The form: record, then format and on_fault where they are wanted, then entries.
#[derive(ToSchema)]
#[allow(dead_code, reason = "described here, read part by part")]
pub struct EntriesForm {
    /// What all segments share: a capture of kind processing_log without components (JSON).
    record: serde_json::Value,
    /// jsonl or csv; otherwise as the file's name or media type says.
    format: Option<String>,
    /// What a faulty line means: capture_nothing (otherwise) or keep_before.
    on_fault: Option<String>,
    /// The log.
    #[schema(format = Binary)]
    entries: String,
}

pub(super) fn group() -> Group {
    Group {
        name: "entries",
        description: "Bulk processing logs: each entry addressable, searchable and provable by itself.",
        operations: vec![
            Operation::post("/api/v1/entries", "capture_entries", || web::to(capture_entries))
                .says("Captures a log of many entries as a stream; the id of an entry is RECORD.ORDINAL.")
                .row(Resource::Record, Action::Create)
                .takes(Body { media_type: FORM_DATA, schema: Some(route::of::<EntriesForm>) })
                .with(IDEMPOTENCY_KEY)
                .gives(201, "The receipts of the segments.", Some(json(route::of::<BulkReceiptBody>))),
        ],
    }
}

async fn capture_entries(
    asker: Asker,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let key = idempotency_key(&request)?;
    let mut parts = Parts::of(&request, payload)?;
    let Inside { service, caller, turn: _turn } = asker.enter().await?;
    let record =
        body::in_time(async { parts.expect("record").await?.read_whole(JSON_BYTES_MAX).await }).await?;
    let record = with_key(parse_json(&record)?, key);
    let (log, options) = body::in_time(read_options(&mut parts)).await?;
    // Taken once the small parts are here: who sends slowly holds no place that others wait for.
    let place = service.fairness().long_work(caller.user())?;
    let (feed, reader) = channel();
    let defaults = service.capture_defaults(true);
    let working = service.run_or_problem(move |archive| {
        // Held here, not by the request: a client that goes away must not free a thread that still works.
        let _place = place;
        let capture =
            Capture::from_json(&record, &defaults).map_err(|faults| refusals::of_faults(&faults))?;
        let mut reader = reader;
        Ok(archive.capture_entries(&caller, capture, options, &mut reader)?)
    });
    let feeding = async {
        let fed = feed_log(log, &mut parts, &feed).await;
        // Dropped without its end mark, the stream counts as cut.
        drop(feed);
        fed
    };
    let (done, fed) = futures_util::future::join(working, feeding).await;
    match (done, fed) {
        (Ok(receipt), Ok(())) => Ok(answer(201, &BulkReceiptBody::from(receipt))),
        // Why the body broke off says more than that the stream was cut.
        (_, Err(problem)) => Err(problem),
        (Err(problem), Ok(())) => Err(problem),
    }
}

async fn read_options(parts: &mut Parts) -> Result<(Part, BulkOptions), Problem> {
    let mut format = None;
    let mut on_fault = None;
    while let Some(mut part) = parts.next().await? {
        match part.name() {
            "format" if format.is_none() => {
                format = Some(match word(&mut part, "format", FORMATS).await? {
                    0 => EntryFormat::Jsonl,
                    _ => EntryFormat::Csv,
                });
            }
            "on_fault" if on_fault.is_none() => {
                on_fault = Some(match word(&mut part, "on_fault", ON_FAULT).await? {
                    0 => OnFault::CaptureNothing,
                    _ => OnFault::KeepBefore,
                });
            }
            "entries" => {
                let format = format.unwrap_or_else(|| guess(&part));
                let on_fault = on_fault.unwrap_or(OnFault::CaptureNothing);
                return Ok((part, BulkOptions { format, on_fault }));
            }
            "format" | "on_fault" => return Err(parts.surplus()),
            _ => return Err(Refusal::MalformedMultipart.into()),
        }
    }
    Err(Refusal::MalformedMultipart.into())
}

/// The place of a closed word in its set.
async fn word(part: &mut Part, path: &str, allowed: &'static [&'static str]) -> Result<usize, Problem> {
    let text = part.read_whole(ENTRIES_WORD_BYTES_MAX).await?;
    let place = allowed.iter().position(|word| word.as_bytes() == text.trim_ascii());
    place.ok_or_else(|| {
        refusals::of_faults(&[Fault { path: path.to_owned(), code: FaultCode::UnknownWord { allowed } }])
    })
}

fn guess(part: &Part) -> EntryFormat {
    let by_name = part.file_name().is_some_and(|name| name.to_lowercase().ends_with(".csv"));
    let by_type = part.media_type().is_some_and(|media_type| media_type.starts_with("text/csv"));
    if by_name || by_type { EntryFormat::Csv } else { EntryFormat::Jsonl }
}

enum Piece {
    Bytes(Bytes),
    End,
}

async fn feed_log(mut log: Part, parts: &mut Parts, feed: &mpsc::Sender<Piece>) -> Result<(), Problem> {
    while let Some(piece) = log.next_piece().await? {
        // Nobody reads on: the log was refused, and the refusal is the answer.
        if feed.send(Piece::Bytes(piece)).await.is_err() {
            return Ok(());
        }
    }
    drop(log);
    // A second log, or a form that was cut behind the first, must not look as if it were taken.
    parts.end().await?;
    // The same: a refused log needs no end.
    drop(feed.send(Piece::End).await);
    Ok(())
}

fn channel() -> (mpsc::Sender<Piece>, PieceReader) {
    let (feed, pieces) = mpsc::channel(PIECES_WAITING);
    (feed, PieceReader { pieces, current: Bytes::new(), ended: false })
}

/// The log, as the use case reads it on its thread.
struct PieceReader {
    pieces: mpsc::Receiver<Piece>,
    current: Bytes,
    ended: bool,
}

impl Read for PieceReader {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while self.current.is_empty() && !self.ended {
            match self.pieces.blocking_recv() {
                Some(Piece::Bytes(piece)) => self.current = piece,
                Some(Piece::End) => self.ended = true,
                // A cut log must never pass for a short one.
                None => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            }
        }
        let taken = self.current.split_to(self.current.len().min(buffer.len()));
        for (target, byte) in buffer.iter_mut().zip(taken.iter()) {
            *target = *byte;
        }
        Ok(taken.len())
    }
}

impl From<BulkReceipt> for BulkReceiptBody {
    fn from(receipt: BulkReceipt) -> Self {
        let fault = receipt.fault.as_ref().map(|fault| {
            let told = refusals::entry_fault(fault);
            EntryFaultBody {
                line: fault.line,
                column: fault.column as u64,
                code: told.word.as_str().to_owned(),
                path: told.path,
            }
        });
        Self {
            entries: receipt.entries,
            segments: receipt.segments.into_iter().map(ReceiptBody::from).collect(),
            fault,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_log_is_an_error_and_an_ended_one_is_not() {
        let (feed, mut reader) = channel();
        feed.try_send(Piece::Bytes(Bytes::from_static(b"line\n"))).map_err(|_| ()).unwrap();
        feed.try_send(Piece::End).map_err(|_| ()).unwrap();
        drop(feed);
        let mut text = String::new();
        assert_eq!(reader.read_to_string(&mut text).unwrap(), 5);

        let (feed, mut reader) = channel();
        feed.try_send(Piece::Bytes(Bytes::from_static(b"line\n"))).map_err(|_| ()).unwrap();
        drop(feed);
        assert_eq!(reader.read_to_string(&mut text).unwrap_err().kind(), std::io::ErrorKind::UnexpectedEof);
    }
}
