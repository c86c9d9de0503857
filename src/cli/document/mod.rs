//! `document`: what a file says, and redacted copies of it. Needs no server, database or key; the file is read in
//! a process that can do nothing else.

pub mod args;
mod redact;
pub(super) mod refused;
mod shown;
mod text;

use self::args::Document;
use super::Run;
use super::failure::Failure;

pub(super) fn run(run: &Run, verb: &Document) -> Result<(), Failure> {
    match verb {
        Document::Text(args) => text::run(run, args),
        Document::Redact(args) => redact::run(run, args),
    }
}
