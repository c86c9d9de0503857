//! Signatures: who, when, and how much of the file they cover.

use std::fmt;

use zeroize::Zeroizing;

use super::cms;

/// How much of the file a signature covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coverage {
    /// All but the signature itself.
    WholeFile,
    /// The file as it was; bytes were added since.
    Earlier {
        /// How many.
        bytes_since: usize,
    },
    /// Not what a signature should cover, or not said.
    Odd,
}

/// A signature as the file has it. Whether the signer is who they say is not judged here: no chain of
/// certificates is followed.
#[derive(Clone)]
pub struct Signature {
    /// The signer, from the certificate; else the name that the file gives.
    pub signer: Option<Zeroizing<String>>,
    /// Who issued the certificate.
    pub issuer: Option<Zeroizing<String>>,
    /// When it was signed, as the signer's program says.
    pub claimed_at: Option<String>,
    /// True if it carries a token of a time stamp authority.
    pub has_time_stamp: bool,
    /// Why it was signed, as the file says.
    pub reason: Option<Zeroizing<String>>,
    /// Where it was signed, as the file says.
    pub place: Option<Zeroizing<String>>,
    /// How much of the file it covers.
    pub coverage: Coverage,
    /// Whether the signed bytes still have the digest in the signature; `None` if that was not computed. It
    /// says that they were not changed by accident, not that nobody forged them.
    pub digest_agrees: Option<bool>,
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signature")
            .field("claimed_at", &self.claimed_at)
            .field("coverage", &self.coverage)
            .field("digest_agrees", &self.digest_agrees)
            .finish_non_exhaustive()
    }
}

/// What a signature dictionary has (ISO 32000-2, 12.8.1).
#[derive(Default)]
pub(super) struct Entries {
    pub(super) contents: Vec<u8>,
    pub(super) ranges: Vec<usize>,
    pub(super) name: Option<String>,
    pub(super) date: Option<String>,
    pub(super) reason: Option<String>,
    pub(super) place: Option<String>,
}

impl Signature {
    /// What it says in words: signer, issuer, reason, place.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        let words = [&self.signer, &self.issuer, &self.reason, &self.place];
        words.into_iter().flatten().map(|words| words.as_str())
    }

    pub(super) fn of(entries: Entries, file: &[u8]) -> Self {
        let pieces: Vec<&[u8]> =
            entries.ranges.chunks_exact(2).filter_map(|pair| piece(file, pair)).collect();
        let container = cms::read(&entries.contents, &pieces);
        let wrapped = |text: Option<String>| text.filter(|text| !text.trim().is_empty()).map(Zeroizing::new);
        Self {
            signer: wrapped(container.signer.or(entries.name)),
            issuer: wrapped(container.issuer),
            claimed_at: container.claimed_at.or_else(|| entries.date.as_deref().and_then(date)),
            has_time_stamp: container.has_time_stamp,
            reason: wrapped(entries.reason),
            place: wrapped(entries.place),
            coverage: coverage(&entries.ranges, file.len()),
            digest_agrees: container.digest_agrees,
        }
    }
}

fn piece<'f>(file: &'f [u8], pair: &[usize]) -> Option<&'f [u8]> {
    let [start, length] = pair else { return None };
    file.get(*start..start.checked_add(*length)?)
}

fn coverage(ranges: &[usize], length: usize) -> Coverage {
    let [0, first, second, rest] = ranges else { return Coverage::Odd };
    let Some(end) = second.checked_add(*rest).filter(|end| *end <= length && first <= second) else {
        return Coverage::Odd;
    };
    // Programs end a file with a line feed or none.
    match length - end {
        0..=2 => Coverage::WholeFile,
        bytes_since => Coverage::Earlier { bytes_since },
    }
}

/// A date of a PDF (ISO 32000-2, 7.9.4), `D:20240506070809+08'00'`, as RFC 3339 writes it.
pub(super) fn date(text: &str) -> Option<String> {
    let text = text.strip_prefix("D:").unwrap_or(text);
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (stamp, zone) = text.split_at_checked(digits)?;
    let part = |range: std::ops::Range<usize>, missing: &'static str| stamp.get(range).unwrap_or(missing);
    if digits < 4 {
        return None;
    }
    let zone = match zone.bytes().next() {
        Some(b'+' | b'-') => {
            let numbers: String = zone.chars().filter(char::is_ascii_digit).collect();
            let sign = zone.get(..1)?;
            format!("{sign}{}:{}", numbers.get(..2)?, numbers.get(2..4).unwrap_or("00"))
        }
        Some(b'Z') => "Z".to_owned(),
        _ => String::new(),
    };
    let (month, day) = (part(4..6, "01"), part(6..8, "01"));
    let (hour, minute, second) = (part(8..10, "00"), part(10..12, "00"), part(12..14, "00"));
    Some(format!("{}-{month}-{day}T{hour}:{minute}:{second}{zone}", part(0..4, "")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_covers_the_file_if_it_leaves_out_itself_alone() {
        assert_eq!(coverage(&[0, 10, 20, 80], 100), Coverage::WholeFile);
        assert_eq!(coverage(&[0, 10, 20, 30], 100), Coverage::Earlier { bytes_since: 50 });
        for odd in [&[5, 10, 20, 80][..], &[0, 10, 20, 800], &[0, 30, 20, 80], &[], &[0, 100]] {
            assert_eq!(coverage(odd, 100), Coverage::Odd, "{odd:?}");
        }
    }

    #[test]
    fn a_date_is_written_as_others_are() {
        assert_eq!(date("D:20240506070809+08'00'").unwrap(), "2024-05-06T07:08:09+08:00");
        assert_eq!(date("D:20240506070809Z").unwrap(), "2024-05-06T07:08:09Z");
        assert_eq!(date("D:2024").unwrap(), "2024-01-01T00:00:00");
        assert_eq!(date("yesterday"), None);
    }
}
