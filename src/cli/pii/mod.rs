//! `pii`: finds and hides personal data in text files. Needs no server, database or key; nothing
//! that it says of a document quotes the document.

pub mod args;
mod detect;
mod eval;
mod explain;
mod input;
mod lines;
pub(super) mod redact;
pub(super) mod subjects;
pub(super) mod words;

use self::args::Pii;
use super::Run;
use super::failure::Failure;

pub(super) fn run(run: &Run, verb: &Pii) -> Result<(), Failure> {
    match verb {
        Pii::Detect(args) => detect::run(run, args),
        Pii::Redact(args) => redact::run(run, args),
        Pii::Explain(args) => explain::run(run, args),
        Pii::Eval(args) => eval::run(run, args),
    }
}
