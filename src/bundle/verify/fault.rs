//! What can be wrong with a bundle: a closed list, each with its facts. The words for people are
//! chosen on floor 4.

use crate::base::digest::Digest;
use crate::base::text::{is_bidi_control, is_invisible};
use crate::bundle::bag::Algorithm;
use crate::bundle::entry::BadCapture;
use crate::ledger::checkpoint::CheckpointError;
use crate::ledger::entry::{EntryError, EntryKind};
use crate::ledger::tree::BadProof;

/// Characters of a hostile path that are shown.
const PATH_CHARS_SHOWN: usize = 200;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The file it is about, below the top folder where there is one; control and invisible
    /// characters are escaped.
    pub path: Option<String>,
    /// What is wrong with it.
    pub kind: FaultKind,
}

impl Fault {
    pub(super) fn at(path: &str, kind: FaultKind) -> Self {
        Self { path: Some(shown(path)), kind }
    }

    pub(super) fn of_bundle(kind: FaultKind) -> Self {
        Self { path: None, kind }
    }

    /// The stable word for programs.
    pub const fn code(&self) -> &'static str {
        self.kind.code()
    }
}

/// A text from the bundle, safe to print.
pub(super) fn shown(text: &str) -> String {
    let mut shown = String::new();
    for c in text.chars().take(PATH_CHARS_SHOWN) {
        if c.is_control() || is_invisible(c) || is_bidi_control(c) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    shown
}

macro_rules! fault_kinds {
    ($($(#[$doc:meta])* $name:ident $({ $($(#[$field_doc:meta])* $field:ident: $type:ty,)+ })? = $code:literal,)*) => {
        /// What is wrong.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum FaultKind {
            $($(#[$doc])* $name $({ $($(#[$field_doc])* $field: $type,)+ })?,)*
        }

        impl FaultKind {
            /// The stable word for programs.
            pub const fn code(&self) -> &'static str {
                match self {
                    $(Self::$name $({ $($field: _,)+ })? => $code,)*
                }
            }

            /// All words, in the order of the list.
            pub const CODES: &'static [&'static str] = &[$($code,)*];
        }
    };
}

fault_kinds! {
    /// Not a ZIP, or cut short.
    NotAZip = "not_a_zip",
    /// A ZIP that spans disks, or has marks of a broken writer.
    ZipMalformed {
        /// Where, in bytes from the beginning.
        at: u64,
    } = "zip_malformed",
    /// More entries than any bundle has.
    ZipTooManyEntries {
        /// Entries stated.
        entries: u64,
    } = "zip_too_many_entries",
    /// Bytes that belong to no entry: before, between or after, or a comment.
    ZipDataOutside {
        /// Where they begin.
        at: u64,
    } = "zip_data_outside",
    /// Two entries share bytes.
    ZipOverlap = "zip_overlap",
    /// The entry's own header says other things than the directory.
    ZipHeadersDiffer = "zip_headers_differ",
    /// Encrypted, streamed, or packed in a way that bundles never are.
    ZipFeature {
        /// The general purpose flags.
        flags: u16,
        /// The compression method.
        method: u16,
    } = "zip_feature",
    /// A remark beside an entry, which only some programs show.
    ZipComment = "zip_comment",
    /// An extra field that could say something else about the entry.
    ZipExtraField {
        /// Its id.
        id: u16,
    } = "zip_extra_field",
    /// Neither a file nor a folder: a link, a device.
    ZipNotAFile = "zip_not_a_file",
    /// A name that could leave the folder or be read in two ways.
    UnsafeName = "unsafe_name",
    /// A name that is another's in other letters, or exactly.
    DuplicateName = "duplicate_name",
    /// Unpacks to more than an honest file of its size.
    ZipBomb {
        /// Bytes it claims to unpack to.
        unpacked: u64,
        /// Bytes it takes.
        packed: u64,
    } = "zip_bomb",
    /// The packed bytes are damaged.
    ZipContentDamaged = "zip_content_damaged",
    /// The top folder is not named like a bundle.
    FolderName = "folder_name",
    /// More than one top folder, or files beside it.
    OutsideFolder = "outside_folder",
    /// A file that no bundle has.
    UnknownFile = "unknown_file",
    /// A file of a bundle that is not there.
    MissingFile = "missing_file",
    /// A bundle fetches nothing.
    FetchRefused = "fetch_refused",
    /// A text that is longer than any honest one.
    TooLong {
        /// Its bytes.
        bytes: u64,
        /// Bytes allowed.
        most: u64,
    } = "too_long",
    /// A text that is not UTF-8.
    NotText = "not_text",
    /// `bagit.txt` does not declare BagIt 1.0 in UTF-8.
    Declaration = "declaration",
    /// A line of `bag-info.txt` is missing, malformed or out of place.
    BagInfo {
        /// Its label.
        label: String,
    } = "bag_info",
    /// A package of another layout than this program knows.
    LayoutUnknown {
        /// The layout that it names.
        found: String,
    } = "layout_unknown",
    /// A line of a manifest is malformed.
    ManifestLine {
        /// Which, from 1.
        line: u64,
    } = "manifest_line",
    /// A manifest lists a file twice.
    ListedTwice {
        /// The later line, from 1.
        line: u64,
    } = "listed_twice",
    /// A manifest lists a file that is not there, or of the other manifest's part.
    ListedMissing {
        /// The manifest's algorithm.
        algorithm: Algorithm,
    } = "listed_missing",
    /// A manifest does not list the file.
    NotListed {
        /// The manifest's algorithm.
        algorithm: Algorithm,
    } = "not_listed",
    /// The file has another digest than its manifest says.
    DigestDiffers {
        /// The manifest's algorithm.
        algorithm: Algorithm,
    } = "digest_differs",
    /// The payload has other bytes or files than `Payload-Oxum` says.
    Oxum {
        /// Bytes found.
        bytes: u64,
        /// Files found.
        files: u64,
    } = "oxum",
    /// The bundle's public key is none.
    BadVkey = "bad_vkey",
    /// Signed by another key than the one you know.
    OtherSigner {
        /// The fingerprint that you know.
        expected: Digest,
        /// The fingerprint of the key in the bundle.
        found: Digest,
    } = "other_signer",
    /// The bundle's signature is refused.
    BadSignature {
        /// Why.
        error: CheckpointError,
    } = "bad_signature",
    /// The signature is right, and over other contents or another name.
    SignatureOfOther = "signature_of_other",
    /// The checkpoint is refused.
    BadCheckpoint {
        /// Why.
        error: CheckpointError,
    } = "bad_checkpoint",
    /// Not a proof file in its one spelling.
    ProofUnreadable = "proof_unreadable",
    /// A proof under another checkpoint than the bundle's.
    ProofOfOtherCheckpoint = "proof_of_other_checkpoint",
    /// The entry is not shown to be in the log.
    NotInLog {
        /// Why.
        error: BadProof,
    } = "not_in_log",
    /// Not a ledger entry.
    EntryUnreadable {
        /// Why.
        error: EntryError,
    } = "entry_unreadable",
    /// Not an entry that takes a record in.
    EntryOfOther {
        /// Why.
        error: BadCapture,
    } = "entry_of_other",
    /// `record.json` is not canonical JSON of this format.
    RecordUnreadable = "record_unreadable",
    /// `record.json` says other things than the ledger or the files.
    RecordDiffers {
        /// The field.
        field: String,
    } = "record_differs",
    /// The original has another length than the ledger says.
    SizeDiffers {
        /// Bytes that the ledger names.
        expected: u64,
        /// Bytes found.
        found: u64,
    } = "size_differs",
    /// Not what the ledger committed to.
    CommitmentDiffers = "commitment_differs",
    /// Without its key, nothing shows that the ledger committed to this.
    OpeningMissing = "opening_missing",
    /// What a descriptor that no archive seals says of a record.
    DescriptorForm = "descriptor_form",
    /// A key that opens nothing in the bundle.
    OpeningUnknown {
        /// What it claims to open.
        subject: String,
    } = "opening_unknown",
    /// `openings.json` is not canonical JSON of this format.
    OpeningsUnreadable = "openings_unreadable",
    /// A log entry, or its proof, is malformed or missing.
    LogEntryUnreadable {
        /// The line, from 1.
        line: u64,
    } = "log_entry_unreadable",
    /// A log entry is not in the segment that the ledger holds.
    LogEntryDiffers {
        /// The line, from 1.
        line: u64,
    } = "log_entry_differs",
    /// A table does not say what the entries and files say.
    TableDiffers {
        /// The first line that differs, from 1.
        line: u64,
    } = "table_differs",
    /// A page for people does not say what the files for machines say.
    PageDiffers {
        /// The first line that differs, from 1.
        line: u64,
    } = "page_differs",
    /// A number is not what the bundle contains.
    CountDiffers {
        /// The label in `bag-info.txt`.
        label: &'static str,
        /// What it says.
        stated: u64,
        /// What is there.
        found: u64,
    } = "count_differs",
    /// An item of the list is neither in the bundle nor among the exceptions.
    ItemMissing {
        /// Its number.
        item: String,
    } = "item_missing",
    /// An item is in the bundle and among the exceptions, or beyond the list.
    ItemTwice {
        /// Its number.
        item: String,
    } = "item_twice",
    /// PARTIAL in the name, the folder or `bag-info.txt` does not fit the counts.
    Completeness = "completeness",
    /// The custody entries are not numbered and ordered without a gap.
    CustodyOrder = "custody_order",
    /// A custody entry is about none of the records.
    CustodyForeign {
        /// Its position.
        seq: u64,
    } = "custody_foreign",
    /// A custody entry came after the list was frozen.
    CustodyLater {
        /// Its position.
        seq: u64,
        /// Entries that the log had when the list was frozen.
        size: u64,
    } = "custody_later",
    /// The custody entries are not those that were frozen in the log: some are missing, or others stand there.
    OtherCustody {
        /// Entries that were frozen.
        expected: u64,
        /// Entries found.
        found: u64,
    } = "other_custody",
    /// No entry in the log freezes the list of this bundle, or more than one does.
    NotFrozen {
        /// Entries found that do.
        found: u64,
    } = "not_frozen",
    /// The list is not the one that was frozen in the log.
    OtherList = "other_list",
    /// The entry that freezes the list lacks a fact, or has one of another form.
    BegunUnreadable = "begun_unreadable",
    /// The entry that freezes the list says that the log had other entries than those before it.
    FrozenElsewhere {
        /// Its position.
        seq: u64,
        /// Entries that it says the log had.
        size: u64,
    } = "frozen_elsewhere",
    /// The list has no item.
    NoItems = "no_items",
    /// What the entry that freezes the list says of the versions of the records is not what their entries say.
    VersionsDiffer {
        /// The fact.
        fact: &'static str,
        /// What it says.
        stated: u64,
        /// What the entries say.
        found: u64,
    } = "versions_differ",
    /// The corrections that are listed are not those that were frozen, or not those that entries here tell of.
    CorrectionsDiffer = "corrections_differ",
    /// An item that no entry here tells of, though it says that there was one.
    ItemUnlogged {
        /// Its number.
        item: String,
        /// What of it: `record`, `version` or `entries`.
        fact: &'static str,
    } = "item_unlogged",
    /// The bundle's name is of another year than the entry that freezes its list.
    NameYear {
        /// The year in the name.
        year: u16,
    } = "name_year",
    /// An entry bears an earlier instant than one before it in the log.
    InstantOrder {
        /// Its position.
        seq: u64,
    } = "instant_order",
    /// What an entry says happened never happens to a record.
    CustodyKind {
        /// Its position.
        seq: u64,
        /// What it says happened.
        kind: EntryKind,
    } = "custody_kind",
    /// A record was not captured once, first of all, and amended version by version.
    HistoryOrder {
        /// The position of the entry that does not fit.
        seq: u64,
    } = "history_order",
    /// A date or an instant that no calendar has, or none at all.
    NoSuchDate {
        /// The fact that is to hold it.
        fact: &'static str,
    } = "no_such_date",
    /// A date that contradicts another, or the instant of the entry.
    DateContradicts {
        /// The fact that holds it.
        fact: &'static str,
    } = "date_contradicts",
    /// Called late though it came in time, or the other way round.
    LateDiffers = "late_differs",
    /// What an entry says of erased log entries contradicts the segment, or earlier erasures.
    ErasureDiffers {
        /// The fact that contradicts.
        fact: &'static str,
    } = "erasure_differs",
    /// An item lists entries that were erased, and is not called destroyed.
    ErasedOtherwise {
        /// Its number.
        item: String,
    } = "erased_otherwise",
    /// What an entry says happened to a record whose key had been destroyed.
    AfterShredding {
        /// Its position.
        seq: u64,
    } = "after_shredding",
    /// What an entry says happened to a record while it was sealed for its destruction, or a destruction without that.
    WhileSealed {
        /// Its position.
        seq: u64,
    } = "while_sealed",
    /// An original is in the bundle whose key was destroyed before its list was frozen.
    ShreddedExported {
        /// The number of the item.
        item: String,
    } = "shredded_exported",
    /// An id that was made after the entry that has it.
    IdAhead {
        /// The position of the entry.
        seq: u64,
    } = "id_ahead",
    /// A step that a person takes, taken by nobody.
    NobodyActed = "nobody_acted",
    /// An approval by which another step was taken before.
    ApprovalTwice {
        /// The position of the later entry.
        seq: u64,
    } = "approval_twice",
    /// A log entry is in the bundle that was erased before its list was frozen.
    ErasedExported {
        /// Its number in the segment, from 0.
        entry: u64,
    } = "erased_exported",
    /// Neither countersigned by a person, with an approval, nor marked as not countersigned.
    CountersignForm = "countersign_form",
    /// Countersigned by the very person who acted.
    CountersignSelf = "countersign_self",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_faults_have_one_code() {
        let mut codes = FaultKind::CODES.to_vec();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), FaultKind::CODES.len());
    }

    #[test]
    fn a_hostile_path_is_shown_without_its_tricks() {
        let fault = Fault::at("a\u{202E}b\u{1B}[31m\n", FaultKind::UnsafeName);
        assert_eq!(fault.path.as_deref(), Some("a\\u{202e}b\\u{1b}[31m\\u{a}"));
        assert_eq!(shown(&"x".repeat(900)).len(), PATH_CHARS_SHOWN);
    }
}
