//! Faults in words, of packages and of archives: where, what is wrong, and what that means. The code stands
//! behind, for those who look it up or ask about it.

use super::voice::Voice;
use crate::archive::verify::Fault as ArchiveFault;
use crate::bundle::verify::{Fault, FaultKind};
use crate::bundle::{Algorithm, BadCapture};
use crate::ledger::checkpoint::CheckpointError;
use crate::ledger::entry::EntryError;
use crate::ledger::tree::BadProof;

/// A fault of a package, as one line.
pub(super) fn of_package(voice: &Voice, fault: &Fault) -> String {
    let facts = facts(voice, &fault.kind);
    let facts: Vec<(&str, &str)> = facts.iter().map(|(name, fact)| (*name, fact.as_str())).collect();
    let what = voice.say(&format!("package_fault.{}", fault.code()), &facts);
    let (code, what) = (("code", fault.code()), ("what", what.as_str()));
    match &fault.path {
        Some(path) => voice.say("fault.at", &[("path", path), what, code]),
        None => voice.say("fault.whole", &[what, code]),
    }
}

/// A fault of an archive, as one line, and its particulars as the next.
pub(super) fn of_archive(voice: &Voice, fault: &ArchiveFault) -> [String; 2] {
    let code = fault.kind.as_str();
    let what = voice.say(&format!("archive_fault.{code}"), &[]);
    let (what, code, subject) =
        (("what", what.as_str()), ("code", code), ("subject", fault.subject.as_str()));
    let line = match &fault.record {
        Some(record) => voice.say("archive_fault.of_record", &[("record", record), subject, what, code]),
        None => voice.say("archive_fault.at", &[subject, what, code]),
    };
    [line, voice.say("archive_fault.detail", &[("detail", &fault.detail)])]
}

/// The facts of a fault under the names that its sentence uses.
fn facts(voice: &Voice, kind: &FaultKind) -> Vec<(&'static str, String)> {
    match kind {
        FaultKind::ZipMalformed { at } | FaultKind::ZipDataOutside { at } => vec![("at", at.to_string())],
        FaultKind::ZipTooManyEntries { entries } => vec![("entries", entries.to_string())],
        FaultKind::ZipFeature { flags, method } => {
            both(("flags", &format!("{flags:#06x}")), ("method", method))
        }
        FaultKind::ZipExtraField { id } => vec![("id", format!("{id:#06x}"))],
        FaultKind::ZipBomb { unpacked, packed } => both(("unpacked", unpacked), ("packed", packed)),
        FaultKind::TooLong { bytes, most } => both(("bytes", bytes), ("most", most)),
        FaultKind::BagInfo { label } => vec![("label", label.clone())],
        FaultKind::LayoutUnknown { found } => vec![("found", found.clone())],
        FaultKind::ManifestLine { line }
        | FaultKind::ListedTwice { line }
        | FaultKind::LogEntryUnreadable { line }
        | FaultKind::LogEntryDiffers { line }
        | FaultKind::TableDiffers { line }
        | FaultKind::PageDiffers { line } => vec![("line", line.to_string())],
        FaultKind::ListedMissing { algorithm }
        | FaultKind::NotListed { algorithm }
        | FaultKind::DigestDiffers { algorithm } => vec![("algorithm", written(*algorithm))],
        FaultKind::Oxum { bytes, files } => both(("bytes", bytes), ("files", files)),
        FaultKind::OtherSigner { expected, found } => {
            both(("expected", &expected.to_hex()), ("found", &found.to_hex()))
        }
        FaultKind::BadSignature { error } | FaultKind::BadCheckpoint { error } => {
            vec![("why", of_note(voice, error))]
        }
        FaultKind::NotInLog { error } => vec![("why", of_proof(voice, error))],
        FaultKind::EntryUnreadable { error } => vec![("why", of_entry(voice, error))],
        FaultKind::EntryOfOther { error } => vec![("why", of_capture(voice, error))],
        FaultKind::RecordDiffers { field } => vec![("field", field.clone())],
        FaultKind::SizeDiffers { expected, found } | FaultKind::OtherCustody { expected, found } => {
            both(("expected", expected), ("found", found))
        }
        FaultKind::OpeningUnknown { subject } => vec![("subject", subject.clone())],
        FaultKind::CountDiffers { label, stated, found } => {
            [vec![("label", (*label).to_owned())], both(("stated", stated), ("found", found))].concat()
        }
        FaultKind::ItemMissing { item } | FaultKind::ItemTwice { item } => vec![("item", item.clone())],
        FaultKind::CustodyForeign { seq } => vec![("seq", seq.to_string())],
        FaultKind::CustodyLater { seq, size } => both(("seq", seq), ("size", size)),
        FaultKind::NotFrozen { found } => vec![("found", found.to_string())],
        FaultKind::NotAZip
        | FaultKind::ZipOverlap
        | FaultKind::ZipHeadersDiffer
        | FaultKind::ZipComment
        | FaultKind::ZipNotAFile
        | FaultKind::UnsafeName
        | FaultKind::DuplicateName
        | FaultKind::ZipContentDamaged
        | FaultKind::FolderName
        | FaultKind::OutsideFolder
        | FaultKind::UnknownFile
        | FaultKind::MissingFile
        | FaultKind::FetchRefused
        | FaultKind::NotText
        | FaultKind::Declaration
        | FaultKind::BadVkey
        | FaultKind::SignatureOfOther
        | FaultKind::ProofUnreadable
        | FaultKind::ProofOfOtherCheckpoint
        | FaultKind::RecordUnreadable
        | FaultKind::CommitmentDiffers
        | FaultKind::OpeningMissing
        | FaultKind::OpeningsUnreadable
        | FaultKind::Completeness
        | FaultKind::CustodyOrder
        | FaultKind::OtherList => Vec::new(),
    }
}

/// As people write it.
fn written(algorithm: Algorithm) -> String {
    match algorithm {
        Algorithm::Sha256 => "SHA-256",
        Algorithm::Sha512 => "SHA-512",
    }
    .to_owned()
}

type Told<'a> = (&'static str, &'a dyn ToString);

fn both(first: Told<'_>, second: Told<'_>) -> Vec<(&'static str, String)> {
    [first, second].map(|(name, fact)| (name, fact.to_string())).to_vec()
}

fn why(voice: &Voice, word: &str, name: &str) -> String {
    voice.say(&format!("fault_why.{word}"), &[("name", name)])
}

fn of_note(voice: &Voice, error: &CheckpointError) -> String {
    let word = match error {
        CheckpointError::NotANote => "not_a_note",
        CheckpointError::NotACheckpoint => "not_a_checkpoint",
        CheckpointError::BadVkey => "bad_vkey",
        CheckpointError::OtherLog { .. } => "other_log",
        CheckpointError::NotSigned => "not_signed",
        CheckpointError::BadSignature => "bad_signature",
    };
    why(voice, word, "")
}

fn of_proof(voice: &Voice, error: &BadProof) -> String {
    let word = match error {
        BadProof::Position => "position",
        BadProof::Length => "length",
        BadProof::Root => "root",
    };
    why(voice, word, "")
}

fn of_entry(voice: &Voice, error: &EntryError) -> String {
    let (word, name) = match error {
        EntryError::TooLong { .. } => ("too_long", ""),
        EntryError::NotAnObject => ("not_an_object", ""),
        EntryError::Field { name } => ("field", *name),
        EntryError::UnknownField => ("unknown_field", ""),
        EntryError::Version => ("version", ""),
        EntryError::UnknownKind => ("unknown_kind", ""),
        EntryError::Fact { place, .. } => ("fact", place.as_str()),
        EntryError::NotCanonical => ("not_canonical", ""),
    };
    why(voice, word, name)
}

fn of_capture(voice: &Voice, error: &BadCapture) -> String {
    match error {
        BadCapture::Entry(error) => of_entry(voice, error),
        BadCapture::Kind { kind } => why(voice, "kind", kind.as_str()),
        BadCapture::Fact { name } => why(voice, "fact", name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::environment::Environment;
    use crate::cli::say;
    use crate::words::Language;

    fn said(language: Language, key: &str) -> String {
        say::say(language, key, &[])
    }

    #[test]
    fn every_fault_of_a_package_is_a_sentence_in_every_language() {
        for (code, language) in FaultKind::CODES.iter().flat_map(|code| Language::ALL.map(|one| (code, one)))
        {
            let key = format!("package_fault.{code}");
            assert_ne!(said(language, &key), key, "{}", language.tag());
        }
    }

    #[test]
    fn every_fault_of_an_archive_is_a_sentence_in_every_language() {
        // The closed list stands in one place only: where its codes are.
        let source = include_str!("../archive/verify/report.rs");
        let codes: Vec<&str> = source
            .split("=> \"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .filter(|code| code.contains('_') || code.chars().all(|c| c.is_ascii_lowercase()))
            .collect();
        assert!(codes.len() >= 23, "{codes:?}");
        for (code, language) in codes.iter().flat_map(|code| Language::ALL.map(|one| (code, one))) {
            let key = format!("archive_fault.{code}");
            assert_ne!(said(language, &key), key, "{}", language.tag());
        }
    }

    #[test]
    fn a_sentence_tells_every_fact_and_leaves_no_place_open() {
        for language in Language::ALL {
            let voice = Voice::new(Some(language), false, &Environment::default());
            for (kind, told) in [
                (FaultKind::TableDiffers { line: 412 }, "412"),
                (FaultKind::NotInLog { error: BadProof::Root }, ""),
                (FaultKind::BadSignature { error: CheckpointError::NotSigned }, ""),
                (FaultKind::CountDiffers { label: "Muniment-X", stated: 31, found: 32 }, "32"),
                (FaultKind::CustodyLater { seq: 77, size: 76 }, "77"),
                (FaultKind::EntryOfOther { error: BadCapture::Fact { name: "segment" } }, "segment"),
                (FaultKind::ZipFeature { flags: 1, method: 12 }, "0x0001"),
            ] {
                let fault = Fault { path: Some("a/b".to_owned()), kind };
                let line = of_package(&voice, &fault);
                assert!(line.contains(told) && line.starts_with("a/b") && !line.contains('…'), "{line}");
            }
        }
    }
}
