//! What lies sealed beside a segment: where each log entry ends in the payload, and a summary of
//! the entries by which evidence-chain gaps are found without opening it.
//!
//! A segment of which entries were erased has another form of it: of each entry that is there it keeps the
//! entry's own commitment key, of each that is gone the leaf of the segment's tree, which says nothing.
//! The key of all commitments is destroyed with the erased entries, so that nobody can try guesses out.

use std::collections::BTreeSet;

use zeroize::Zeroizing;

use crate::ledger::tree::Hash;
use crate::record::feed::EntrySummary;
use crate::seal::commitment::CommitmentKey;

use super::bulk::entry_leaf;

/// How the table of a rewritten segment begins. That of one as it was captured begins with its number of
/// entries, of which the first byte is 0.
const FORM_REWRITTEN: u8 = 2;
/// What stands before an entry of a rewritten segment's table.
const HERE: u8 = 0;
const ERASED: u8 = 1;

/// What a rewritten segment keeps of an entry besides its end.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Slot {
    /// It is there, committed to under this key.
    Here(CommitmentKey),
    /// It was erased; this was its leaf.
    Erased(Hash),
}

/// Where each entry of a segment ends, in bytes of the payload's plaintext (its line break included). One
/// that was erased ends where it begins.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct SegmentTable {
    ends: Vec<u32>,
    /// One for each entry, once entries were erased.
    rewritten: Option<Vec<Slot>>,
}

/// A table that was read back, with the summary.
pub(super) struct OpenedTable {
    pub table: SegmentTable,
    pub summary: EntrySummary,
}

impl SegmentTable {
    /// Adds the entry that ends at `end`.
    pub(super) fn push(&mut self, end: usize) {
        // A segment has 4 MiB at most.
        self.ends.push(u32::try_from(end).unwrap_or(u32::MAX));
    }

    /// Where entry `ordinal` lies: start and length of its JSON, without the line break. `None` if it was
    /// erased, or if there is none.
    pub(super) fn place(&self, ordinal: u64) -> Option<(u64, usize)> {
        if self.is_erased(ordinal) {
            return None;
        }
        let index = usize::try_from(ordinal).ok()?;
        let end = *self.ends.get(index)?;
        let start = match index {
            0 => 0,
            index => *self.ends.get(index - 1)?,
        };
        let length = end.checked_sub(start)?.checked_sub(1)?;
        Some((u64::from(start), length as usize))
    }

    /// Entries in the segment.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// True if the entry was erased.
    pub(super) fn is_erased(&self, ordinal: u64) -> bool {
        matches!(self.slot(ordinal), Some(Slot::Erased(_)))
    }

    /// True if entries were erased, all of them or some.
    pub(super) fn is_rewritten(&self) -> bool {
        self.rewritten.is_some()
    }

    fn slot(&self, ordinal: u64) -> Option<&Slot> {
        self.rewritten.as_ref()?.get(usize::try_from(ordinal).ok()?)
    }

    /// The JSON of an entry that is there.
    pub(super) fn entry<'p>(&self, plain: &'p [u8], ordinal: u64) -> Option<&'p [u8]> {
        let (start, length) = self.place(ordinal)?;
        let start = usize::try_from(start).ok()?;
        plain.get(start..start.checked_add(length)?)
    }

    /// The key of the commitment to an entry that is there. `segment` is that of the segment as it was
    /// captured; a rewritten one has a key for each entry.
    pub(super) fn key_of(&self, segment: &CommitmentKey, ordinal: u64) -> Option<CommitmentKey> {
        match (&self.rewritten, self.slot(ordinal)) {
            (None, _) => Some(segment.for_ordinal(ordinal)),
            (Some(_), Some(Slot::Here(key))) => Some(key.clone()),
            (Some(_), Some(Slot::Erased(_)) | None) => None,
        }
    }

    /// The leaves of the segment's tree; `None` if the payload is not the table's.
    pub(super) fn leaves(&self, segment: &CommitmentKey, plain: &[u8]) -> Option<Vec<Hash>> {
        let leaf = |ordinal: u64| match self.slot(ordinal) {
            Some(Slot::Erased(leaf)) => Some(*leaf),
            Some(Slot::Here(_)) | None => {
                Some(entry_leaf(&self.key_of(segment, ordinal)?, self.entry(plain, ordinal)?))
            }
        };
        (0..self.len() as u64).map(leaf).collect()
    }

    /// Table and payload of the same segment without the entries `gone`; `None` if the payload is not the
    /// table's.
    pub(super) fn without(
        &self,
        gone: &BTreeSet<u64>,
        segment: &CommitmentKey,
        plain: &[u8],
    ) -> Option<(Self, Zeroizing<Vec<u8>>)> {
        let mut left = Self { ends: Vec::with_capacity(self.len()), rewritten: None };
        let mut slots = Vec::with_capacity(self.len());
        // Of its final size from the start: growing would leave plaintext behind.
        let mut payload = Zeroizing::new(Vec::with_capacity(plain.len()));
        for (ordinal, leaf) in (0..).zip(self.leaves(segment, plain)?) {
            match self.entry(plain, ordinal) {
                Some(entry) if !gone.contains(&ordinal) => {
                    payload.extend_from_slice(entry);
                    payload.push(b'\n');
                    slots.push(Slot::Here(self.key_of(segment, ordinal)?));
                }
                Some(_) | None => slots.push(Slot::Erased(leaf)),
            }
            left.push(payload.len());
        }
        left.rewritten = Some(slots);
        Some((left, payload))
    }

    /// The table's plaintext: a count, the ends as big-endian u32, the summary as JSON. Of a rewritten segment:
    /// the form, a count, and for each entry what it is with end and key, or the leaf; then the summary.
    pub(super) fn to_bytes(&self, summary: &EntrySummary) -> Zeroizing<Vec<u8>> {
        let summary = crate::base::canonical::to_bytes(&summary.to_json());
        let each = if self.is_rewritten() { 37 } else { 4 };
        let mut bytes = Zeroizing::new(Vec::with_capacity(5 + self.len() * each + summary.len()));
        if self.is_rewritten() {
            bytes.push(FORM_REWRITTEN);
        }
        bytes.extend_from_slice(&u32::try_from(self.len()).unwrap_or(u32::MAX).to_be_bytes());
        for (ordinal, end) in (0..).zip(&self.ends) {
            match self.slot(ordinal) {
                None => bytes.extend_from_slice(&end.to_be_bytes()),
                Some(Slot::Here(key)) => {
                    bytes.push(HERE);
                    bytes.extend_from_slice(&end.to_be_bytes());
                    bytes.extend_from_slice(key.expose());
                }
                Some(Slot::Erased(leaf)) => {
                    bytes.push(ERASED);
                    bytes.extend_from_slice(leaf.as_bytes());
                }
            }
        }
        bytes.extend_from_slice(&summary);
        bytes
    }

    /// Reads the table's plaintext; `None` if it is not one.
    pub(super) fn parse(bytes: &[u8]) -> Option<OpenedTable> {
        let (table, summary) = match bytes.split_first()? {
            (&FORM_REWRITTEN, rest) => Self::parse_rewritten(rest)?,
            _ => Self::parse_captured(bytes)?,
        };
        if !table.ends.is_sorted() {
            return None;
        }
        let summary = EntrySummary::from_json(&serde_json::from_slice(summary).ok()?)?;
        Some(OpenedTable { table, summary })
    }

    fn parse_captured(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (count, rest) = bytes.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*count)).ok()?.checked_mul(4)?;
        let (ends, summary) = rest.split_at_checked(length)?;
        let ends = ends.chunks_exact(4).filter_map(|end| end.try_into().ok().map(u32::from_be_bytes));
        Some((Self { ends: ends.collect(), rewritten: None }, summary))
    }

    fn parse_rewritten(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (count, mut rest) = bytes.split_first_chunk::<4>()?;
        let count = usize::try_from(u32::from_be_bytes(*count)).ok()?;
        let (mut ends, mut slots) = (Vec::new(), Vec::new());
        for _ in 0..count {
            let (what, behind) = rest.split_first()?;
            let (slot, behind) = match *what {
                HERE => {
                    let (end, behind) = behind.split_first_chunk::<4>()?;
                    let (key, behind) = behind.split_first_chunk::<32>()?;
                    ends.push(u32::from_be_bytes(*end));
                    (Slot::Here(CommitmentKey::from_slice(key)?), behind)
                }
                ERASED => {
                    let (leaf, behind) = behind.split_first_chunk::<32>()?;
                    ends.push(ends.last().copied().unwrap_or(0));
                    (Slot::Erased(Hash::from_bytes(*leaf)), behind)
                }
                _ => return None,
            };
            slots.push(slot);
            rest = behind;
        }
        Some((Self { ends, rewritten: Some(slots) }, rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_found_by_its_number() {
        let mut table = SegmentTable::default();
        for end in [10, 25, 26] {
            table.push(end);
        }
        assert_eq!(table.place(0), Some((0, 9)));
        assert_eq!(table.place(1), Some((10, 14)));
        assert_eq!(table.place(2), Some((25, 0)));
        assert_eq!(table.place(3), None);
    }

    #[test]
    fn a_table_is_read_back_whole_or_not_at_all() {
        let mut table = SegmentTable::default();
        table.push(7);
        let bytes = table.to_bytes(&EntrySummary::new(Vec::new()));
        assert!(SegmentTable::parse(&bytes).is_some_and(|opened| opened.table == table));
        for cut in 0..bytes.len() {
            assert!(SegmentTable::parse(&bytes[..cut]).is_none(), "cut at {cut}");
        }
    }

    fn log_of(entries: &[&[u8]]) -> (SegmentTable, Vec<u8>, CommitmentKey) {
        let (mut table, mut plain) = (SegmentTable::default(), Vec::new());
        for entry in entries {
            plain.extend_from_slice(entry);
            plain.push(b'\n');
            table.push(plain.len());
        }
        (table, plain, CommitmentKey::from_slice(&[7; 32]).unwrap())
    }

    #[test]
    fn without_an_entry_the_others_keep_number_words_and_leaf_and_its_words_are_gone() {
        let (table, plain, key) = log_of(&[b"{\"a\":1}", b"{\"secret\":2}", b"{\"c\":3}"]);
        let leaves = table.leaves(&key, &plain).unwrap();
        let (left, payload) = table.without(&BTreeSet::from([1]), &key, &plain).unwrap();
        let bytes = left.to_bytes(&EntrySummary::new(Vec::new()));
        let opened = SegmentTable::parse(&bytes).unwrap().table;
        assert!(opened == left && opened.is_rewritten());
        let other = CommitmentKey::from_slice(&[8; 32]).unwrap();
        assert_eq!(opened.leaves(&other, &payload).unwrap(), leaves, "the first key is not needed any more");
        assert_eq!(opened.entry(&payload, 2), Some(&b"{\"c\":3}"[..]));
        assert_eq!((opened.place(1), opened.key_of(&key, 1)), (None, None));
        assert!(opened.is_erased(1) && !opened.is_erased(2));
        for gone in [&b"secret"[..], key.expose(), key.for_ordinal(1).expose()] {
            let holds = |bytes: &[u8]| bytes.windows(gone.len()).any(|window| window == gone);
            assert!(!holds(&payload) && !holds(&bytes));
        }
        // And again, down to none.
        let (none, payload) = opened.without(&BTreeSet::from([0, 2]), &other, &payload).unwrap();
        assert_eq!((none.leaves(&other, &payload).unwrap(), payload.len()), (leaves, 0));
    }

    #[test]
    fn a_rewritten_table_is_read_back_whole_or_not_at_all() {
        let (table, plain, key) = log_of(&[b"{\"a\":1}", b"{\"b\":2}"]);
        let (left, _) = table.without(&BTreeSet::from([0]), &key, &plain).unwrap();
        let bytes = left.to_bytes(&EntrySummary::new(Vec::new()));
        for cut in 0..bytes.len() {
            assert!(SegmentTable::parse(&bytes[..cut]).is_none(), "cut at {cut}");
        }
        let mut unknown = bytes.to_vec();
        unknown[5] = 9;
        assert!(SegmentTable::parse(&unknown).is_none());
    }
}
