//! Where everything lies in a bundle. Paths are ASCII, short and made by the archive: names that
//! people gave are data, never paths.

use std::fmt;

pub(super) const START_HERE: &str = "START-HERE.html";
pub(super) const README: &str = "README.txt";
pub(super) const DECLARATION: &str = "bagit.txt";
pub(super) const BAG_INFO: &str = "bag-info.txt";
pub(super) const SIGNATURE: &str = "signature.sig";
pub(super) const FETCH: &str = "fetch.txt";
pub(super) const CUSTODY: &str = "data/custody/custody.csv";
pub(super) const ITEMS: &str = "report/items.csv";
pub(super) const EXCEPTIONS: &str = "report/exceptions.csv";
pub(super) const CORRECTIONS: &str = "report/corrections.csv";
pub(super) const CHECKPOINT: &str = "proof/checkpoint";
pub(super) const VKEY: &str = "proof/vkey";
pub(super) const OPENINGS: &str = "proof/openings.json";
pub(super) const VERIFY: &str = "proof/VERIFY.txt";
pub(super) const CHECKER: &str = "proof/verify_bundle.py";

/// The tag files that every bundle has, besides the manifests.
pub(super) const TAG_FILES: &[&str] = &[
    START_HERE,
    README,
    DECLARATION,
    BAG_INFO,
    ITEMS,
    EXCEPTIONS,
    CORRECTIONS,
    CHECKPOINT,
    VKEY,
    OPENINGS,
    VERIFY,
    CHECKER,
];

/// The number of an item, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct ItemNumber(pub u32);

impl fmt::Display for ItemNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "R{:06}", self.0)
    }
}

impl ItemNumber {
    /// The number of the item at `index` of the frozen list.
    pub(super) fn at(index: usize) -> Self {
        Self(u32::try_from(index).unwrap_or(u32::MAX).saturating_add(1))
    }

    /// Reads `R000001`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        number('R', text).map(Self)
    }

    pub(super) fn record_json(self) -> String {
        format!("data/records/{self}/record.json")
    }

    pub(super) fn entry(self) -> String {
        format!("proof/entries/{self}.json")
    }

    pub(super) fn proof(self) -> String {
        format!("proof/{self}.tlog-proof")
    }

    pub(super) fn segment(self) -> String {
        format!("proof/segments/{self}.jsonl")
    }

    /// `native.pdf` for the first component, `native-02.pdf` for the second.
    pub(super) fn native(self, index: usize, extension: &str) -> String {
        match index {
            0 => format!("data/records/{self}/native.{extension}"),
            index => format!("data/records/{self}/native-{:02}.{extension}", index + 1),
        }
    }

    /// True if `path` is one that [`ItemNumber::native`] gives for the component at `index`.
    pub(super) fn is_native(self, index: usize, path: &str) -> bool {
        path.rsplit_once('.').is_some_and(|(_, extension)| {
            EXTENSIONS.contains(&extension) && self.native(index, extension) == path
        })
    }
}

/// The number of a custody entry, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct CustodyNumber(pub u32);

impl fmt::Display for CustodyNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "C{:06}", self.0)
    }
}

impl CustodyNumber {
    pub(super) fn parse(text: &str) -> Option<Self> {
        number('C', text).map(Self)
    }

    pub(super) fn entry(self) -> String {
        format!("proof/custody/{self}.json")
    }

    pub(super) fn proof(self) -> String {
        format!("proof/custody/{self}.tlog-proof")
    }
}

fn number(letter: char, text: &str) -> Option<u32> {
    let digits = text.strip_prefix(letter)?;
    let number: u32 = digits.parse().ok()?;
    (number > 0 && number <= 999_999 && format!("{number:06}") == digits).then_some(number)
}

/// What a path below the top folder is, by its place alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// One of the tag files that every bundle has.
    Tag,
    /// `data/custody/custody.csv`.
    Custody,
    /// A manifest or a tag manifest.
    Manifest,
    /// `signature.sig`.
    Signature,
    /// `record.json` or an original of this item.
    Record(ItemNumber),
    /// The entry, the proof or the segment's proofs of this item.
    Proof(ItemNumber),
    /// The entry or the proof of this custody entry.
    CustodyProof(CustodyNumber),
}

/// What lies at `path`; `None` if no bundle has such a file.
pub(super) fn place(path: &str) -> Option<Place> {
    if TAG_FILES.contains(&path) {
        return Some(Place::Tag);
    }
    match path {
        CUSTODY => return Some(Place::Custody),
        SIGNATURE => return Some(Place::Signature),
        _ => {}
    }
    let known = ["manifest-sha256.txt", "manifest-sha512.txt"];
    if known.contains(&path) || path.strip_prefix("tag").is_some_and(|rest| known.contains(&rest)) {
        return Some(Place::Manifest);
    }
    if let Some(rest) = path.strip_prefix("data/records/") {
        let (item, file) = rest.split_once('/')?;
        let item = ItemNumber::parse(item)?;
        let native = (0..crate::base::limits::COMPONENTS_MAX).any(|index| item.is_native(index, path));
        return (file == "record.json" || native).then_some(Place::Record(item));
    }
    let (folder, file) = path.rsplit_once('/')?;
    let (stem, extension) = file.rsplit_once('.')?;
    match (folder, extension) {
        ("proof/entries", "json") | ("proof/segments", "jsonl") | ("proof", "tlog-proof") => {
            ItemNumber::parse(stem).map(Place::Proof)
        }
        ("proof/custody", "json" | "tlog-proof") => CustodyNumber::parse(stem).map(Place::CustodyProof),
        _ => None,
    }
}

/// The endings that a native may have: nothing that a double click would run.
pub(super) const EXTENSIONS: &[&str] = &[
    "7z", "aac", "amr", "avi", "bin", "bmp", "bz2", "csv", "doc", "docx", "dwg", "eml", "et", "flac", "flv",
    "gif", "gz", "heic", "jpeg", "jpg", "json", "jsonl", "log", "m4a", "m4v", "md", "mkv", "mov", "mp3",
    "mp4", "mpeg", "mpg", "msg", "ods", "odt", "ofd", "ogg", "opus", "p7m", "p7s", "pdf", "png", "ppt",
    "pptx", "rar", "rtf", "sig", "silk", "tar", "tif", "tiff", "tsv", "txt", "wav", "webm", "webp", "wma",
    "wmv", "wps", "xls", "xlsx", "xml", "xz", "yaml", "yml", "zip", "zst",
];

const BY_MEDIA_TYPE: &[(&str, &str)] = &[
    ("application/pdf", "pdf"),
    ("application/json", "json"),
    ("application/x-ndjson", "jsonl"),
    ("application/xml", "xml"),
    ("text/xml", "xml"),
    ("text/csv", "csv"),
    ("text/plain", "txt"),
    ("text/markdown", "md"),
    ("application/zip", "zip"),
    ("image/png", "png"),
    ("image/jpeg", "jpg"),
    ("image/tiff", "tif"),
    ("audio/mpeg", "mp3"),
    ("audio/wav", "wav"),
    ("video/mp4", "mp4"),
    ("message/rfc822", "eml"),
];

/// The ending of a native's path: that of the original name if it is a known harmless one, else
/// the one of the media type, else `bin`.
pub(super) fn extension(original_name: Option<&str>, media_type: &str) -> &'static str {
    let named = original_name.and_then(|name| name.rsplit_once('.')).map(|(_, end)| end.to_ascii_lowercase());
    let known = named.and_then(|end| EXTENSIONS.iter().find(|known| **known == end));
    let by_type = || BY_MEDIA_TYPE.iter().find(|(known, _)| *known == media_type).map(|(_, end)| end);
    known.or_else(by_type).copied().unwrap_or("bin")
}

/// True if bytes of this media type shrink little, so that they are stored as they are.
pub(super) fn is_compressed(extension: &str) -> bool {
    !matches!(
        extension,
        "bmp"
            | "csv"
            | "doc"
            | "eml"
            | "json"
            | "jsonl"
            | "log"
            | "md"
            | "msg"
            | "pdf"
            | "ppt"
            | "rtf"
            | "tar"
            | "tif"
            | "tiff"
            | "tsv"
            | "txt"
            | "wps"
            | "xls"
            | "xml"
            | "yaml"
            | "yml"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_native_never_ends_like_a_program() {
        for (name, media_type, expected) in [
            (Some("授权书.PDF"), "application/pdf", "pdf"),
            (Some("invoice.pdf.exe"), "application/pdf", "pdf"),
            (Some("a.lnk"), "application/octet-stream", "bin"),
            (Some("a.html"), "text/html", "bin"),
            (None, "application/x-ndjson", "jsonl"),
            (Some("a.p/../x"), "x/y", "bin"),
        ] {
            assert_eq!(extension(name, media_type), expected, "{name:?}");
        }
    }

    #[test]
    fn every_path_that_the_writer_makes_has_its_place() {
        let item = ItemNumber(7);
        for path in [item.record_json(), item.native(0, "pdf"), item.native(63, "bin")] {
            assert_eq!(place(&path), Some(Place::Record(item)), "{path}");
        }
        for path in [item.entry(), item.proof(), item.segment()] {
            assert_eq!(place(&path), Some(Place::Proof(item)), "{path}");
        }
        let custody = CustodyNumber(3);
        for path in [custody.entry(), custody.proof()] {
            assert_eq!(place(&path), Some(Place::CustodyProof(custody)), "{path}");
        }
    }

    #[test]
    fn no_other_path_has_a_place() {
        for path in [
            "",
            "x",
            "data/x",
            "data/records/R000001",
            "data/records/R1/record.json",
            "fetch.txt",
            "data/records/R000001/native.exe",
            "data/records/R000001/native-01.pdf",
            "data/records/R000001/native-65.pdf",
            "data/records/R000000/record.json",
            "proof/R000001.json",
            "proof/entries/C000001.json",
            "manifest-md5.txt",
            "tagtagmanifest-sha256.txt",
            "data/custody/a.csv",
        ] {
            assert_eq!(place(path), None, "{path}");
        }
    }
}
