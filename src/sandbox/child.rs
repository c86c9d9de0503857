//! The child's side: gives everything up, reads one document, answers, ends.

use std::ffi::OsStr;
use std::io::{BufWriter, Read as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use super::confine::{Bounds, confine};
use crate::document;
use crate::document::Extracted;
use crate::document::protocol::{Answer, Request, RequestReader, Review, Task, write_answer, write_hello};

/// The hidden verb under which the program reads one document and ends.
pub const VERB: &str = "worker";
/// Bytes that are read and written at once.
const CHUNK_BYTES: usize = 64 * 1024;
/// What the process ends with where the other side does not keep to the protocol.
const NO_REQUEST: u8 = 2;

/// Reads a document if this process was started for that; it must be asked before anything else is done.
pub fn take_over() -> Option<ExitCode> {
    let mut words = std::env::args_os().skip(1);
    let asked = words.next().as_deref() == Some(OsStr::new(VERB)) && words.next().is_none();
    asked.then(|| serve(Bounds::default(), document::read))
}

/// The whole life of the process: everything is given up, and told, before the first byte is read.
pub fn serve(
    bounds: Bounds,
    work: impl FnOnce(&Request, &[u8]) -> Answer<(Extracted, Vec<Review>)>,
) -> ExitCode {
    // A panic's message may quote the document; that it happened is told.
    std::panic::set_hook(Box::new(|_| {}));
    let layers = confine(bounds);
    let mut out = BufWriter::with_capacity(CHUNK_BYTES, std::io::stdout().lock());
    if write_hello(&mut out, layers).is_err() {
        return ExitCode::from(NO_REQUEST);
    }
    let Some((request, content)) = asked() else { return ExitCode::from(NO_REQUEST) };
    let answer = catch_unwind(AssertUnwindSafe(|| work(&request, &content)));
    let answer = answer.unwrap_or(Answer::Panicked);
    let parts = matches!(request.task, Task::Text { parts: true, .. });
    match write_answer(&mut out, &answer, parts) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::from(NO_REQUEST),
    }
}

fn asked() -> Option<(Request, zeroize::Zeroizing<Vec<u8>>)> {
    let mut reader = RequestReader::default();
    let mut input = std::io::stdin().lock();
    let mut chunk = zeroize::Zeroizing::new(vec![0; CHUNK_BYTES]);
    loop {
        let read = input.read(&mut chunk).ok()?;
        let bytes = chunk.get(..read).filter(|bytes| !bytes.is_empty())?;
        if reader.push(bytes).ok()? {
            return reader.finish().ok();
        }
    }
}
