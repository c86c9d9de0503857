//! What the archive says to people when it refuses: closed codes, and for each of them words in
//! Simplified Chinese, Traditional Chinese (Taiwan) and English.
//!
//! Both front doors use it: HTTP through `web::problem`, the command line directly. A refusal
//! carries facts, never sentences; the sentences come from the catalogue, which is compiled in,
//! and tests hold every code to words in every language.

mod catalogue;
mod certificate;
mod damaged;
mod declare;
mod fact;
mod fault;
mod from_access;
mod from_record;
mod language;
mod outcome;
mod pii;
mod refusal;
#[cfg(test)]
mod tests;

pub use catalogue::{FaultText, ProblemText, code_of, fault_text, problem_text, term};
pub use certificate::{CertificateLayout, certificate_page};
pub use damaged::DamagedKind;
pub use fact::{Bytes, Fact, Facts, Seconds, Term};
pub use fault::{Fault, FaultWord};
pub use language::Language;
pub use outcome::Outcome;
pub use pii::{PiiWords, pii_rule, pii_words};
pub use refusal::{ProblemCode, Refusal};
