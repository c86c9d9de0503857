//! `document`: what a file says. Needs no server, database or key; the file is read in a process that can
//! do nothing else.

pub mod args;
mod refused;
mod shown;
mod text;

use self::args::Document;
use super::Run;
use super::failure::Failure;

pub(super) fn run(run: &Run, verb: &Document) -> Result<(), Failure> {
    match verb {
        Document::Text(args) => text::run(run, args),
    }
}
