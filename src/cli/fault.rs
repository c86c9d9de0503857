//! Faults in words, of packages and of archives: where, what is wrong, and what that means. The code stands
//! behind, for those who look it up or ask about it.

use super::voice::Voice;
use crate::archive::verify::Fault as ArchiveFault;
use crate::bundle::verify::{Fault, FaultKind};
use crate::bundle::{Algorithm, BadCapture};
use crate::ledger::checkpoint::CheckpointError;
use crate::ledger::entry::EntryError;
use crate::ledger::tree::BadProof;
use crate::words::Language;

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

/// A fault of an archive, as one line, and its particulars as the next where they are in the reader's language:
/// they are written for experts, in English, and stand whole in the JSON.
pub(super) fn of_archive(voice: &Voice, fault: &ArchiveFault) -> Vec<String> {
    let code = fault.kind.as_str();
    let what = voice.say(&format!("archive_fault.{code}"), &[]);
    let subject = subject_in_words(voice, &fault.subject);
    let (what, code, subject) = (("what", what.as_str()), ("code", code), ("subject", subject.as_str()));
    let line = match &fault.record {
        Some(record) => voice.say("archive_fault.of_record", &[("record", record), subject, what, code]),
        None => voice.say("archive_fault.at", &[subject, what, code]),
    };
    let mut lines = vec![line];
    if voice.language == Language::En {
        lines.push(format!("    {}", fault.detail));
    }
    lines
}

/// What a fault is about: the word for a code, and ids and numbers as they are.
fn subject_in_words(voice: &Voice, subject: &str) -> String {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number(subject) {
        return voice.say("archive_subject.entry", &[("id", subject)]);
    }
    // An address, as `cell/OWNER/PART`, a tile, as `LEVEL/TILE`, a day, or a table with the id of its row.
    let (code, id) = subject.split_once([' ', '/', ':']).unwrap_or((subject, ""));
    if is_number(code) && is_number(id) {
        return voice.say("archive_subject.tile", &[("level", code), ("id", id)]);
    }
    let key = format!("archive_subject.{code}");
    match voice.say(&key, &[("id", id)]) {
        unknown if unknown == key => subject.to_owned(),
        words => words.trim_end().to_owned(),
    }
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
        FaultKind::VersionsDiffer { fact, stated, found } => {
            [vec![("fact", (*fact).to_owned())], both(("stated", stated), ("found", found))].concat()
        }
        FaultKind::ItemUnlogged { item, fact } => both(("item", item), ("fact", fact)),
        FaultKind::ItemMissing { item }
        | FaultKind::ItemTwice { item }
        | FaultKind::ErasedOtherwise { item }
        | FaultKind::ShreddedExported { item } => vec![("item", item.clone())],
        FaultKind::CustodyForeign { seq }
        | FaultKind::InstantOrder { seq }
        | FaultKind::AfterShredding { seq }
        | FaultKind::WhileSealed { seq }
        | FaultKind::IdAhead { seq }
        | FaultKind::ApprovalTwice { seq }
        | FaultKind::HistoryOrder { seq } => vec![("seq", seq.to_string())],
        FaultKind::CustodyLater { seq, size } | FaultKind::FrozenElsewhere { seq, size } => {
            both(("seq", seq), ("size", size))
        }
        FaultKind::CustodyKind { seq, kind } => both(("seq", seq), ("kind", kind)),
        FaultKind::NameYear { year } => vec![("year", year.to_string())],
        FaultKind::NoSuchDate { fact }
        | FaultKind::DateContradicts { fact }
        | FaultKind::ErasureDiffers { fact } => vec![("fact", (*fact).to_owned())],
        FaultKind::ErasedExported { entry } => vec![("entry", entry.to_string())],
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
        | FaultKind::DescriptorForm
        | FaultKind::NoItems
        | FaultKind::CorrectionsDiffer
        | FaultKind::NobodyActed
        | FaultKind::ProofUnreadable
        | FaultKind::ProofOfOtherCheckpoint
        | FaultKind::RecordUnreadable
        | FaultKind::CommitmentDiffers
        | FaultKind::OpeningMissing
        | FaultKind::OpeningsUnreadable
        | FaultKind::Completeness
        | FaultKind::CustodyOrder
        | FaultKind::OtherList
        | FaultKind::BegunUnreadable
        | FaultKind::LateDiffers
        | FaultKind::CountersignForm
        | FaultKind::CountersignSelf => Vec::new(),
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
        CheckpointError::StraySignature => "stray_signature",
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
    use crate::ledger::entry::EntryKind;

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

    /// Words of Latin letters that stand in a Chinese text because they are names: of formats, of verbs.
    const NAMES: [&str; 10] =
        ["ZIP", "BagIt", "UTF", "JSON", "MUN", "EXP", "PARTIAL", "SHA", "muniment", "verify"];

    /// Latin words of a text, but for placeholders and names.
    fn latin(text: &str) -> Vec<String> {
        let mut plain = String::new();
        for part in text.split('{') {
            plain.push_str(part.split_once('}').map_or(part, |(_, rest)| rest));
            plain.push(' ');
        }
        let words = plain.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| word.len() > 1);
        words.filter(|word| !NAMES.contains(word)).map(str::to_owned).collect()
    }

    #[test]
    fn no_fault_says_an_english_word_in_chinese() {
        for text in [include_str!("locales/faults/zh-CN.toml"), include_str!("locales/faults/zh-TW.toml")] {
            let mut sentences = 0;
            for (key, sentence) in text.lines().filter_map(|line| line.split_once(" = ")) {
                assert_eq!(latin(sentence), Vec::<String>::new(), "{key}");
                sentences += 1;
            }
            assert!(sentences > 100, "{sentences}");
        }
    }

    #[test]
    fn what_a_fault_of_an_archive_is_about_is_said_in_the_readers_language() {
        const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";
        // Every table that is scanned, and every word that faults begin with.
        let sources = [
            include_str!("../archive/verify/standing.rs"),
            include_str!("../archive/verify/rows.rs"),
            include_str!("../archive/verify/ledger.rs"),
            include_str!("../archive/verify/payloads.rs"),
            include_str!("../archive/verify/mod.rs"),
        ];
        let is_code =
            |text: &&str| text.len() > 3 && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        let quoted = sources.iter().flat_map(|source| source.split('"').skip(1).step_by(2)).filter(is_code);
        let tables: Vec<&str> = quoted
            .filter(|code| !["version", "record", "bundle", "local_operator", "everything"].contains(code))
            .collect();
        assert!(tables.len() > 20, "{tables:?}");
        let rows = tables.iter().map(|table| format!("{table} {ID}"));
        let others = ["latest", "day:2026-03-01", "12", "0/3", "root", "record", "descriptor", "offsets"];
        let others = others.iter().map(|subject| (*subject).to_owned());
        let addresses = [
            "case",
            "event",
            "explanation",
            "party",
            "matter",
            "user",
            "token",
            "session",
            "hold",
            "hold_notice",
        ];
        let addresses = addresses.iter().map(|kind| format!("{kind}/{ID}"));
        let more = ["kept_checkpoint", "version 3", "cells"].map(str::to_owned);
        for subject in rows.chain(others).chain(addresses).chain(more) {
            for language in [Language::ZhCn, Language::ZhTw] {
                let voice = Voice::new(Some(language), false, &Environment::default());
                let kind = crate::archive::verify::FaultKind::RowMissing;
                let fault =
                    ArchiveFault { kind, record: None, subject: subject.clone(), detail: "no".to_owned() };
                let line = of_archive(&voice, &fault).concat();
                let told = line.replace(ID, "").replace("row_missing", "");
                assert_eq!(latin(&told), Vec::<String>::new(), "{subject}: {line}");
            }
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
                (FaultKind::BadSignature { error: CheckpointError::StraySignature }, ""),
                (FaultKind::CountDiffers { label: "Muniment-X", stated: 31, found: 32 }, "32"),
                (FaultKind::CustodyLater { seq: 77, size: 76 }, "77"),
                (FaultKind::ErasureDiffers { fact: "left" }, "left"),
                (FaultKind::CustodyKind { seq: 9, kind: EntryKind::UserCreated }, "user_created"),
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
