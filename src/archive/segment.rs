//! What lies sealed beside a segment: where each log entry ends in the payload, and a summary of
//! the entries by which evidence-chain gaps are found without opening it.

use crate::record::feed::EntrySummary;

/// Where each entry of a segment ends, in bytes of the payload's plaintext (its line break included).
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct SegmentTable {
    ends: Vec<u32>,
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

    /// Where entry `ordinal` lies: start and length of its JSON, without the line break.
    pub(super) fn place(&self, ordinal: u64) -> Option<(u64, usize)> {
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

    /// The table's plaintext: a count, the ends as big-endian u32, the summary as JSON.
    pub(super) fn to_bytes(&self, summary: &EntrySummary) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(4 + self.ends.len() * 4 + 256);
        bytes.extend_from_slice(&u32::try_from(self.ends.len()).unwrap_or(u32::MAX).to_be_bytes());
        for end in &self.ends {
            bytes.extend_from_slice(&end.to_be_bytes());
        }
        bytes.extend_from_slice(&crate::base::canonical::to_bytes(&summary.to_json()));
        bytes
    }

    /// Reads the table's plaintext; `None` if it is not one.
    pub(super) fn parse(bytes: &[u8]) -> Option<OpenedTable> {
        let (count, rest) = bytes.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*count)).ok()?.checked_mul(4)?;
        let (ends, summary) = rest.split_at_checked(length)?;
        let ends: Vec<u32> =
            ends.chunks_exact(4).filter_map(|end| end.try_into().ok().map(u32::from_be_bytes)).collect();
        if !ends.is_sorted() {
            return None;
        }
        let summary = EntrySummary::from_json(&serde_json::from_slice(summary).ok()?)?;
        Some(OpenedTable { table: Self { ends }, summary })
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
}
