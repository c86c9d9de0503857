//! Why a document was not read, in words.

use std::path::Path;

use crate::base::limits::{EXTRACT_BYTES_MAX, EXTRACT_PARTS_MAX, PDF_PAGES_MAX, WORKER_CPU_SECONDS_MAX};
use crate::cli::failure::Failure;
use crate::cli::voice::Voice;
use crate::document::protocol::withheld_reason;
use crate::document::{Format, NotText, Refused, Withheld};
use crate::sandbox::Refusal;

/// The refusal of the file at `path`.
pub(super) fn in_words(voice: &Voice, path: &Path, refusal: &Refusal) -> Failure {
    let path = path.display().to_string();
    let path = ("path", path.as_str());
    let seconds = WORKER_CPU_SECONDS_MAX.to_string();
    match refusal {
        Refusal::Document(refused) => document(voice, path, refused),
        Refusal::Withheld(withheld) => held_back(voice, path, withheld),
        Refusal::TooMuchText { most, .. } => {
            Failure::declined("document.too_much_text", &[path, ("most", &most.to_string())])
        }
        Refusal::TooSlow { seconds } => {
            Failure::declined("document.too_slow", &[path, ("seconds", &seconds.to_string())])
        }
        Refusal::TooMuchWork => Failure::declined("document.too_much_work", &[path, ("seconds", &seconds)]),
        Refusal::TooMuchMemory => Failure::declined("document.too_much_memory", &[path]),
        Refusal::Forbidden => Failure::declined("document.forbidden_call", &[path]),
        Refusal::Crashed(crash) => {
            Failure::declined("document.crashed", &[path, ("how", &crash.to_string())])
        }
        Refusal::BadAnswer(fault) => {
            Failure::declined("document.bad_answer", &[path, ("why", fault.as_str())])
        }
        Refusal::Unsandboxed { layer } => {
            Failure::declined("document.unsandboxed", &[path, ("layer", layer)])
        }
        Refusal::NoWorker => Failure::declined("document.no_worker", &[path]),
    }
}

fn held_back(voice: &Voice, path: (&'static str, &str), withheld: &Withheld) -> Failure {
    match withheld {
        Withheld::Refused(refused) => document(voice, path, refused),
        Withheld::NoCopy { format } => {
            Failure::declined("document.no_copy", &[path, ("format", &voice.word("format", format.as_str()))])
        }
        withheld => {
            let reason = voice.word("withheld", word(withheld_reason(withheld)));
            Failure::declined("document.withheld", &[path, ("reason", &reason)])
        }
    }
}

/// The key of a reason's words: all ways in which a file is more than it seems have one, and so have all for which
/// it is not read.
pub(in crate::cli) fn word(reason: &str) -> &str {
    match reason {
        "odd_before" | "odd_behind" | "odd_also" => "odd",
        "no_copy" | "misnamed" | "macros" | "does_not_fit" | "residue" | "structure" | "not_as_meant"
        | "unproven" | "pages" | "needs_review" | "unpainted" => reason,
        _ => "unread",
    }
}

fn document(voice: &Voice, path: (&'static str, &str), refused: &Refused) -> Failure {
    let format = |format: &Format| voice.word("format", format.as_str());
    let number = |number: usize| number.to_string();
    match refused {
        Refused::TooLarge { bytes } => {
            let most = EXTRACT_BYTES_MAX.to_string();
            Failure::declined("document.too_large", &[path, ("bytes", &number(*bytes)), ("most", &most)])
        }
        Refused::OtherFormat { format: other } => {
            Failure::declined("document.other_format", &[path, ("format", &format(other))])
        }
        Refused::NotText(NotText::Malformed { charset, offset, line }) => Failure::declined(
            "document.encoding",
            &[path, ("charset", charset.as_str()), ("byte", &number(*offset)), ("line", &number(*line))],
        ),
        Refused::NotText(NotText::Unclear) => Failure::declined("document.unclear", &[path]),
        Refused::NotText(NotText::Binary) => Failure::declined("document.binary", &[path]),
        Refused::Malformed { format: own, line } => Failure::declined(
            "document.malformed",
            &[path, ("format", &format(own)), ("line", &line.to_string())],
        ),
        Refused::DocumentType { line } => {
            Failure::declined("document.document_type", &[path, ("line", &line.to_string())])
        }
        Refused::TooDeep { line, most } => Failure::declined(
            "document.too_deep",
            &[path, ("line", &line.to_string()), ("most", &number(*most))],
        ),
        Refused::TooManyParts => {
            Failure::declined("document.too_many_parts", &[path, ("most", &number(EXTRACT_PARTS_MAX))])
        }
        Refused::Damaged { format: own } => {
            Failure::declined("document.damaged", &[path, ("format", &format(own))])
        }
        Refused::Encrypted { format: own } => {
            Failure::declined("document.encrypted", &[path, ("format", &format(own))])
        }
        Refused::Ambiguous { format: own } => {
            Failure::declined("document.ambiguous", &[path, ("format", &format(own))])
        }
        Refused::TooManyEntries { entries, most } => Failure::declined(
            "document.too_many_entries",
            &[path, ("entries", &number(*entries)), ("most", &number(*most))],
        ),
        Refused::HeaderTooLong { bytes, most } => Failure::declined(
            "document.header_too_long",
            &[path, ("bytes", &number(*bytes)), ("most", &number(*most))],
        ),
        Refused::TooManyLevels { most } => {
            Failure::declined("document.too_many_levels", &[path, ("most", &number(*most))])
        }
        Refused::TooManyPages { pages } => Failure::declined(
            "document.too_many_pages",
            &[path, ("pages", &number(*pages)), ("most", &number(PDF_PAGES_MAX))],
        ),
        Refused::InflatesTooFar { most } => {
            Failure::declined("document.inflates_too_far", &[path, ("most", &most.to_string())])
        }
        Refused::PackedTooTightly { most } => {
            Failure::declined("document.packed_too_tightly", &[path, ("most", &most.to_string())])
        }
    }
}
