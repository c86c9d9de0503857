//! ZIP archives from strangers, read under the limits: entry by entry, and never by the header's word.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read as _};

use zeroize::Zeroizing;

use super::encoding::decode;
use super::extract::Refused;
use super::pdf::Fonts;
use super::sniff::Format;
use crate::base::limits::{
    ARCHIVE_DEPTH_MAX, ARCHIVE_ENTRIES_MAX, ARCHIVE_INFLATED_BYTES_MAX, ARCHIVE_RATIO_FREE_BYTES,
    ARCHIVE_RATIO_MAX, MAIL_DEPTH_MAX, MAIL_PARTS_MAX, OBJECT_DEPTH_MAX,
};

/// What a document with all documents inside it may still take. One for the whole of it, so that many
/// small bombs are as few as one large one.
#[derive(Debug)]
pub(super) struct Allowance {
    inflated: u64,
    archives: usize,
    objects: usize,
    mails: usize,
    mail_parts: usize,
    fonts: Fonts,
}

impl Allowance {
    /// What a document from outside may take.
    pub(super) fn whole() -> Self {
        Self::with(Fonts::standard())
    }

    /// The same, with fonts that stand in for those that a document does not hold.
    pub(super) fn with(fonts: Fonts) -> Self {
        Self { inflated: 0, archives: 0, objects: 0, mails: 0, mail_parts: 0, fonts }
    }

    /// The fonts that stand in for those that a document does not hold.
    pub(super) fn fonts(&self) -> &Fonts {
        &self.fonts
    }

    /// Reads what is inside an archive.
    pub(super) fn within_archive<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Refused>,
    ) -> Result<T, Refused> {
        if self.archives >= ARCHIVE_DEPTH_MAX {
            return Err(Refused::TooManyLevels { most: ARCHIVE_DEPTH_MAX });
        }
        self.archives += 1;
        let outcome = read(self);
        self.archives -= 1;
        outcome
    }

    /// Reads the file inside an embedded object, which is no level of its own.
    pub(super) fn within_object<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Refused>,
    ) -> Result<T, Refused> {
        if self.objects >= OBJECT_DEPTH_MAX {
            return Err(Refused::TooManyLevels { most: OBJECT_DEPTH_MAX });
        }
        self.objects += 1;
        let outcome = read(self);
        self.objects -= 1;
        outcome
    }

    /// Reads what is inside a mail.
    pub(super) fn within_mail<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Refused>,
    ) -> Result<T, Refused> {
        if self.mails >= MAIL_DEPTH_MAX {
            return Err(Refused::TooManyLevels { most: MAIL_DEPTH_MAX });
        }
        self.mails += 1;
        let outcome = read(self);
        self.mails -= 1;
        outcome
    }

    /// Counts parts of a mail.
    pub(super) fn take_mail_parts(&mut self, parts: usize) -> Result<(), Refused> {
        self.mail_parts = self.mail_parts.saturating_add(parts);
        let most = MAIL_PARTS_MAX;
        if self.mail_parts > most {
            Err(Refused::TooManyEntries { entries: self.mail_parts, most })
        } else {
            Ok(())
        }
    }

    /// Counts bytes that come out of something packed.
    pub(super) fn take_inflated(&mut self, bytes: u64) -> Result<(), Refused> {
        self.inflated = self.inflated.saturating_add(bytes);
        let most = ARCHIVE_INFLATED_BYTES_MAX;
        if self.inflated > most { Err(Refused::InflatesTooFar { most }) } else { Ok(()) }
    }

    fn left(&self) -> u64 {
        ARCHIVE_INFLATED_BYTES_MAX.saturating_sub(self.inflated)
    }
}

/// An open archive.
pub(super) struct Package<'b> {
    archive: zip::ZipArchive<Cursor<&'b [u8]>>,
    format: Format,
    names: Vec<Zeroizing<String>>,
    places: BTreeMap<String, usize>,
}

impl<'b> Package<'b> {
    /// Opens an archive of a known format.
    ///
    /// # Errors
    /// Damaged, too many entries, or one name twice.
    pub(super) fn open(bytes: &'b [u8], format: Format) -> Result<Self, Refused> {
        let damaged = Refused::Damaged { format };
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| damaged)?;
        let entries = archive.len();
        if entries > ARCHIVE_ENTRIES_MAX {
            return Err(Refused::TooManyEntries { entries, most: ARCHIVE_ENTRIES_MAX });
        }
        // Of two entries with one name each program reads its own.
        if archive.has_duplicate_names() {
            return Err(Refused::Ambiguous { format });
        }
        let mut names = Vec::with_capacity(entries);
        let mut seen = BTreeSet::new();
        let mut places = BTreeMap::new();
        for place in 0..entries {
            let name = archive.by_index_raw(place).map_err(|_| damaged)?.name_raw().to_vec();
            let name = readable(&name).trim_start_matches('/').to_owned();
            if !seen.insert(name.to_lowercase()) {
                return Err(Refused::Ambiguous { format });
            }
            places.insert(name.to_ascii_lowercase(), place);
            names.push(Zeroizing::new(name));
        }
        Ok(Self { archive, format, names, places })
    }

    /// The names of the entries, in the archive's order.
    pub(super) fn names(&self) -> Vec<Zeroizing<String>> {
        self.names.clone()
    }

    /// True if there is an entry of that name. Office documents do not mind capitals.
    pub(super) fn has(&self, name: &str) -> bool {
        self.places.contains_key(&name.to_ascii_lowercase())
    }

    /// Reads an entry; `None` if there is none of that name.
    ///
    /// # Errors
    /// Damaged, encrypted, or over a limit.
    pub(super) fn read(
        &mut self,
        name: &str,
        allowance: &mut Allowance,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, Refused> {
        let Some(place) = self.places.get(&name.to_ascii_lowercase()).copied() else { return Ok(None) };
        let damaged = Refused::Damaged { format: self.format };
        let raw = self.archive.by_index_raw(place).map_err(|_| damaged)?;
        if raw.encrypted() {
            return Err(Refused::Encrypted { format: self.format });
        }
        drop(raw);
        let mut file = self.archive.by_index(place).map_err(|_| damaged)?;
        let (size, packed) = (file.size(), file.compressed_size());
        let most = packed.saturating_mul(ARCHIVE_RATIO_MAX).max(ARCHIVE_RATIO_FREE_BYTES);
        if size > most {
            return Err(Refused::PackedTooTightly { most: ARCHIVE_RATIO_MAX });
        }
        if size > allowance.left() {
            return Err(Refused::InflatesTooFar { most: ARCHIVE_INFLATED_BYTES_MAX });
        }
        // What the header says bounds what is read; that it says the truth is seen at the end.
        let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(size).map_err(|_| damaged)?));
        file.by_ref().take(size).read_to_end(&mut bytes).map_err(|_| damaged)?;
        allowance.take_inflated(bytes.len() as u64)?;
        let mut more = [0; 1];
        match file.read(&mut more) {
            Ok(0) if bytes.len() as u64 == size => Ok(Some(bytes)),
            // It is longer or shorter than it says.
            Ok(_) | Err(_) => Err(damaged),
        }
    }
}

/// A name as it is read: archives of Chinese programs have theirs in GBK, and do not say so.
fn readable(name: &[u8]) -> String {
    match std::str::from_utf8(name) {
        Ok(name) => name.to_owned(),
        Err(_) => match decode(name, None) {
            Ok(decoded) => decoded.text.to_string(),
            Err(_) => String::from_utf8_lossy(name).into_owned(),
        },
    }
}

/// A name of a part that is meant relative to another: `../media/a.png` of `word/document.xml`.
pub(super) fn resolved(base: &str, target: &str) -> String {
    let mut steps: Vec<&str> = match target.strip_prefix('/') {
        Some(_) => Vec::new(),
        None => base.split('/').rev().skip(1).collect::<Vec<_>>().into_iter().rev().collect(),
    };
    for step in target.split('/') {
        match step {
            "" | "." => {}
            ".." => {
                steps.pop();
            }
            step => steps.push(step),
        }
    }
    steps.join("/")
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use zip::write::SimpleFileOptions;

    use super::*;

    fn zipped(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in entries {
            writer.start_file(*name, SimpleFileOptions::default()).unwrap();
            writer.write_all(content).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    fn read(bytes: &[u8], name: &str) -> Result<Option<Vec<u8>>, Refused> {
        let mut package = Package::open(bytes, Format::Zip)?;
        package.read(name, &mut Allowance::whole()).map(|found| found.map(|bytes| bytes.to_vec()))
    }

    #[test]
    fn an_entry_is_read_whatever_its_capitals() {
        let bytes = zipped(&[("Word/Document.xml", b"<a/>")]);
        assert_eq!(read(&bytes, "word/document.xml"), Ok(Some(b"<a/>".to_vec())));
        assert_eq!(read(&bytes, "word/other.xml"), Ok(None));
    }

    #[test]
    fn an_entry_that_inflates_more_than_250_times_is_refused() {
        let bytes = zipped(&[("a", &vec![0; 3_000_000])]);
        assert_eq!(read(&bytes, "a"), Err(Refused::PackedTooTightly { most: ARCHIVE_RATIO_MAX }));
        let small = zipped(&[("a", &vec![0; 900_000])]);
        assert_eq!(read(&small, "a").map(|found| found.map(|bytes| bytes.len())), Ok(Some(900_000)));
    }

    #[test]
    fn an_entry_that_is_longer_than_it_says_is_refused() {
        let content = b"0123456789".repeat(300);
        let mut bytes = zipped(&[("a", &content)]);
        // The directory says 1 000 bytes; the local header, which nobody asks, still 3 000.
        let directory = bytes.windows(4).rposition(|window| window == b"PK\x01\x02").unwrap();
        bytes[directory + 24..directory + 28].copy_from_slice(&1_000_u32.to_le_bytes());
        assert_eq!(read(&bytes, "a"), Err(Refused::Damaged { format: Format::Zip }));
    }

    #[test]
    fn names_in_gbk_are_read() {
        let mut bytes = zipped(&[("%%%%%%%%%%%%%%%%.txt", b"x")]);
        let gbk = crate::document::Charset::Gb18030.encode("客户王小明授权书").unwrap();
        let places: Vec<usize> =
            (0..bytes.len() - 16).filter(|at| &bytes[*at..*at + 16] == b"%%%%%%%%%%%%%%%%").collect();
        places.into_iter().for_each(|at| bytes[at..at + 16].copy_from_slice(&gbk));
        assert_eq!(read(&bytes, "客户王小明授权书.txt"), Ok(Some(b"x".to_vec())));
    }

    #[test]
    fn all_that_is_inflated_counts_together() {
        let mut allowance = Allowance::whole();
        assert_eq!(allowance.take_inflated(ARCHIVE_INFLATED_BYTES_MAX), Ok(()));
        let most = ARCHIVE_INFLATED_BYTES_MAX;
        assert_eq!(allowance.take_inflated(1), Err(Refused::InflatesTooFar { most }));
    }

    #[test]
    fn two_entries_whose_names_differ_in_capitals_are_refused() {
        let bytes = zipped(&[("a.xml", b"1"), ("A.xml", b"2")]);
        assert_eq!(read(&bytes, "a.xml"), Err(Refused::Ambiguous { format: Format::Zip }));
    }

    #[test]
    fn more_entries_than_are_read_are_refused() {
        let names: Vec<String> = (0..=ARCHIVE_ENTRIES_MAX).map(|n| n.to_string()).collect();
        let entries: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b""[..])).collect();
        let entries_count = ARCHIVE_ENTRIES_MAX + 1;
        let refused = Refused::TooManyEntries { entries: entries_count, most: ARCHIVE_ENTRIES_MAX };
        assert_eq!(read(&zipped(&entries), "0"), Err(refused));
    }

    #[test]
    fn targets_are_meant_relative_to_the_part_that_names_them() {
        assert_eq!(resolved("word/document.xml", "media/a.png"), "word/media/a.png");
        assert_eq!(resolved("word/document.xml", "../customXml/item1.xml"), "customXml/item1.xml");
        assert_eq!(resolved("word/document.xml", "/xl/a.xml"), "xl/a.xml");
        assert_eq!(resolved("", "../../../etc/passwd"), "etc/passwd");
    }
}
