//! The BagIt part (RFC 8493): declaration, `bag-info.txt` and manifests, in one spelling each.

use std::collections::BTreeMap;

use crate::base::digest::{Digest, from_hex, to_hex};
use crate::base::limits::{CUSTOM_VALUE_CHARS_MAX, TITLE_CHARS_MAX};
use crate::base::moment::Moment;
use crate::base::text;

use super::name::{BundleName, Completeness};
use super::plan::{BundleKind, Counts};

pub(super) const DECLARATION_TEXT: &str = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";
/// The version of the layout that this module writes and reads.
pub(super) const LAYOUT: &str = "3";

/// The algorithms of the manifests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Algorithm {
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

impl Algorithm {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Sha256, Self::Sha512];

    /// As BagIt names it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sha512 => "sha512",
        }
    }

    /// Hexadecimal digits of a digest.
    const fn digits(self) -> usize {
        match self {
            Self::Sha256 => 64,
            Self::Sha512 => 128,
        }
    }

    pub(super) fn manifest(self) -> String {
        format!("manifest-{}.txt", self.as_str())
    }

    pub(super) fn tag_manifest(self) -> String {
        format!("tagmanifest-{}.txt", self.as_str())
    }
}

/// One line of a manifest.
pub(super) fn manifest_line(digest: &[u8], path: &str) -> String {
    format!("{}  {path}\n", to_hex(digest))
}

/// What is wrong with a manifest's line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BadLine {
    /// Not a digest, two blanks and a path.
    Form,
    /// A path that an earlier line has.
    Twice,
}

/// What a manifest lists.
pub(super) type DigestByPath = BTreeMap<String, Vec<u8>>;

/// Reads a manifest: digest by path, and the lines (from 1) that are wrong.
pub(super) fn parse_manifest(text: &str, algorithm: Algorithm) -> (DigestByPath, Vec<(u64, BadLine)>) {
    let mut digests = BTreeMap::new();
    let mut wrong = Vec::new();
    for (number, line) in (1..).zip(text.split_inclusive('\n')) {
        match manifest_entry(line, algorithm) {
            None => wrong.push((number, BadLine::Form)),
            Some((digest, path)) => {
                if digests.insert(path.to_owned(), digest).is_some() {
                    wrong.push((number, BadLine::Twice));
                }
            }
        }
    }
    (digests, wrong)
}

fn manifest_entry(line: &str, algorithm: Algorithm) -> Option<(Vec<u8>, &str)> {
    let (digest, path) = line.strip_suffix('\n')?.split_once("  ")?;
    let one_spelling = digest.len() == algorithm.digits()
        && digest.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let plain = !path.is_empty() && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'%');
    if one_spelling && plain { Some((from_hex(digest)?, path)) } else { None }
}

/// The fingerprint of a log's public key: SHA-256 of the file `proof/vkey` (the key and a line
/// end), so that `sha256sum proof/vkey` shows the same.
pub fn fingerprint(vkey: &str) -> Digest {
    Digest::of(format!("{vkey}\n").as_bytes())
}

/// What the log's key signs of a bundle: its name, and SHA-512 of `tagmanifest-sha512.txt`.
pub(super) fn signed_lines(name: BundleName, digest: &[u8; 64]) -> [String; 2] {
    [name.to_string(), manifest_line(digest, &Algorithm::Sha512.tag_manifest()).trim_end().to_owned()]
}

/// What `bag-info.txt` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BagInfo {
    pub organization: String,
    pub description: Option<String>,
    pub created: Moment,
    pub name: BundleName,
    pub kind: BundleKind,
    pub counts: Counts,
    pub custody: u64,
    pub payload_bytes: u64,
    pub payload_files: u64,
    pub origin: String,
    pub checkpoint_size: u64,
    pub fingerprint: String,
}

impl BagInfo {
    /// Labels and values, in their order.
    fn lines(&self) -> Vec<(&'static str, String)> {
        let counts = self.counts;
        let mut lines = vec![("Source-Organization", self.organization.clone())];
        if let Some(description) = &self.description {
            lines.push(("External-Description", description.clone()));
        }
        lines.extend([
            ("Bagging-Date", self.created.to_utc().format("%Y-%m-%d").to_string()),
            ("External-Identifier", self.name.to_string()),
            ("Bag-Software-Agent", "Muniment".to_owned()),
            ("BagIt-Profile-Identifier", self.kind.profile().to_owned()),
            ("Payload-Oxum", format!("{}.{}", self.payload_bytes, self.payload_files)),
            ("Muniment-Layout", LAYOUT.to_owned()),
            ("Muniment-Kind", self.kind.as_str().to_owned()),
            ("Muniment-Created", self.created.to_rfc3339()),
            ("Muniment-Completeness", counts.completeness().as_str().to_owned()),
            ("Muniment-Items-Requested", counts.requested().to_string()),
            ("Muniment-Items-Exported", counts.exported.to_string()),
            ("Muniment-Items-Withheld", counts.withheld.to_string()),
            ("Muniment-Items-Failed", counts.failed.to_string()),
            ("Muniment-Custody-Entries", self.custody.to_string()),
            ("Muniment-Log-Origin", self.origin.clone()),
            ("Muniment-Log-Size", self.checkpoint_size.to_string()),
            ("Muniment-Key-Fingerprint", self.fingerprint.clone()),
        ]);
        lines
    }

    /// The layout that a `bag-info.txt` names, whatever else it says.
    pub(super) fn layout_of(text: &str) -> Option<&str> {
        text.lines().find_map(|line| line.strip_prefix("Muniment-Layout: "))
    }

    pub(super) fn to_text(&self) -> String {
        self.lines().into_iter().map(|(label, value)| format!("{label}: {value}\n")).collect()
    }

    /// Reads what [`BagInfo::to_text`] wrote, and nothing else.
    ///
    /// # Errors
    /// The label that is missing, malformed or out of place.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut values: BTreeMap<&str, &str> = BTreeMap::new();
        for line in text.split_terminator('\n') {
            let (label, value) =
                line.split_once(": ").ok_or_else(|| line.chars().take(40).collect::<String>())?;
            if values.insert(label, value).is_some() {
                return Err(label.chars().take(40).collect());
            }
        }
        let text_of = |label: &str| values.get(label).copied().ok_or_else(|| label.to_owned());
        let number = |label: &str| text_of(label)?.parse::<u64>().map_err(|_| label.to_owned());
        let (bytes, files) = text_of("Payload-Oxum")?
            .split_once('.')
            .and_then(|(bytes, files)| Some((bytes.parse().ok()?, files.parse().ok()?)))
            .ok_or("Payload-Oxum")?;
        let created = Moment::parse(text_of("Muniment-Created")?).map_err(|_| "Muniment-Created")?;
        let name = BundleName::parse(text_of("External-Identifier")?).map_err(|_| "External-Identifier")?;
        let info = Self {
            organization: text_of("Source-Organization")?.to_owned(),
            description: values.get("External-Description").map(|text| (*text).to_owned()),
            created,
            name,
            kind: BundleKind::Evidence,
            counts: Counts {
                exported: number("Muniment-Items-Exported")?,
                withheld: number("Muniment-Items-Withheld")?,
                failed: number("Muniment-Items-Failed")?,
            },
            custody: number("Muniment-Custody-Entries")?,
            payload_bytes: bytes,
            payload_files: files,
            origin: text_of("Muniment-Log-Origin")?.to_owned(),
            checkpoint_size: number("Muniment-Log-Size")?,
            fingerprint: text_of("Muniment-Key-Fingerprint")?.to_owned(),
        };
        // They stand on pages that people read line by line: only what the writer would write is a line.
        let is_label = |text: &str, most| text::label(text, most).is_ok_and(|clean| clean == text);
        if !is_label(&info.organization, TITLE_CHARS_MAX) {
            return Err("Source-Organization".to_owned());
        }
        if info.description.as_ref().is_some_and(|text| !is_label(text, CUSTOM_VALUE_CHARS_MAX)) {
            return Err("External-Description".to_owned());
        }
        let again = info.to_text();
        if again == text {
            return Ok(info);
        }
        let differs = again.lines().zip(text.lines()).find(|(a, b)| a != b).map(|(line, _)| line);
        let label = differs.and_then(|line| line.split_once(':')).map_or("bag-info.txt", |(label, _)| label);
        Err(label.to_owned())
    }

    pub(super) fn completeness(&self) -> Completeness {
        self.counts.completeness()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::layout;

    #[test]
    fn the_profile_describes_what_is_written() {
        let profile = include_str!("../../policies/bagit-profiles/evidence-3.json");
        let profile: serde_json::Value = serde_json::from_str(profile).unwrap();
        assert_eq!(profile["BagIt-Profile-Info"]["BagIt-Profile-Identifier"], BundleKind::Evidence.profile());
        let info = BagInfo { description: Some("x".to_owned()), ..an_info() };
        let written: Vec<&str> = info.lines().into_iter().map(|(label, _)| label).collect();
        let described: Vec<&String> = profile["Bag-Info"].as_object().unwrap().keys().collect();
        assert_eq!(described, written);
        for (label, value) in info.lines() {
            if let Some(values) = profile["Bag-Info"][label].get("values") {
                assert!(values.as_array().unwrap().contains(&value.into()), "{label}");
            }
        }
        for (field, files) in
            [("Tag-Files-Required", layout::TAG_FILES), ("Manifests-Required", &["sha256", "sha512"])]
        {
            let listed: Vec<&str> =
                profile[field].as_array().unwrap().iter().filter_map(|v| v.as_str()).collect();
            assert_eq!(listed, files, "{field}");
        }
    }

    fn an_info() -> BagInfo {
        BagInfo {
            organization: "云海科技".to_owned(),
            description: None,
            created: Moment::parse("2026-03-01T08:30:00Z").unwrap(),
            name: BundleName::new(2026, 1).unwrap(),
            kind: BundleKind::Evidence,
            counts: Counts { exported: 2, withheld: 1, failed: 0 },
            custody: 3,
            payload_bytes: 10,
            payload_files: 2,
            origin: "log.example".to_owned(),
            checkpoint_size: 9,
            fingerprint: "00".to_owned(),
        }
    }

    #[test]
    fn bag_info_is_read_back_and_names_the_label_that_is_wrong() {
        let info = an_info();
        let text = info.to_text();
        assert_eq!(BagInfo::parse(&text), Ok(info));
        for (from, to, label) in [
            ("Muniment-Kind: evidence", "Muniment-Kind: dsar", "Muniment-Kind"),
            ("Requested: 3", "Requested: 2", "Muniment-Items-Requested"),
            ("Completeness: complete", "Completeness: PARTIAL", "Muniment-Completeness"),
            ("Payload-Oxum: 10.2", "Payload-Oxum: 10", "Payload-Oxum"),
            ("Bagging-Date: 2026-03-01", "Bagging-Date: 2026-03-02", "Bagging-Date"),
            ("Muniment-Kind", "Source-Organization", "Source-Organization"),
            ("云海科技", "云海\rKey  00000", "Source-Organization"),
            ("云海科技", "云海\u{85}Key 00000", "Source-Organization"),
            ("云海科技", "云海\u{2028}Verified", "Source-Organization"),
            ("云海科技", "云海\u{1b}[2J", "Source-Organization"),
            ("云海科技", "云海\u{202e}", "Source-Organization"),
        ] {
            assert_eq!(BagInfo::parse(&text.replacen(from, to, 1)), Err(label.to_owned()));
        }
    }

    #[test]
    fn a_manifest_names_its_wrong_lines() {
        let good = manifest_line(&[7; 32], "data/a");
        let wrong = |text: &str| parse_manifest(text, Algorithm::Sha256).1;
        assert_eq!(wrong(&good), []);
        assert_eq!(wrong(&format!("{good}{good}")), [(2, BadLine::Twice)]);
        for bad in [
            good.replace("  ", " "),
            good.replace("  ", " *"),
            good.replace('\n', "\r\n"),
            good.replace("0707", "07"),
            good.to_uppercase(),
            good.trim_end().to_owned(),
            good.replace("data/a", "data/a%0A"),
            format!("\u{FEFF}{good}"),
            "\n".to_owned(),
        ] {
            // Upper-case digits only matter where there are letters.
            if bad != good.to_uppercase() {
                assert_eq!(wrong(&bad), [(1, BadLine::Form)], "{bad}");
            }
        }
        assert_eq!(wrong(&manifest_line(&[0xAB; 32], "data/a").replace("ab", "AB")), [(1, BadLine::Form)]);
    }
}
