//! The heads of one kind of thing, and what they were a short while ago: a reader holds what he sees
//! against the heads as they stood when he began.

use std::collections::{HashMap, VecDeque};

use super::Subject;
use super::{Named, Story};

/// Changes that are remembered while nobody reads what stood before them.
const PAST_MAX: usize = 1_024;
/// Changes that are remembered for readers who began before them; whoever reads longer is told to come back.
const PAST_FOR_READERS_MAX: usize = 131_072;

/// What a head is made of, in numbers.
pub(in crate::archive::last_words) trait Head:
    Copy + Default + PartialEq
{
    /// Bytes of it on disk.
    const BYTES: usize;
    /// Adds its bytes.
    fn write(self, to: &mut Vec<u8>);
    /// Reads it from exactly its bytes.
    fn read(bytes: &[u8]) -> Option<Self>;
}

/// Heads by the ids of their subjects.
#[derive(Debug, Clone)]
pub(in crate::archive::last_words) struct Book<H> {
    heads: HashMap<Subject, H>,
    /// What a head was before an entry changed it, oldest first.
    past: HashMap<Subject, VecDeque<(u64, Option<H>)>>,
    /// The same changes in their order.
    order: VecDeque<(u64, Subject)>,
    /// From this size on nothing of the past is forgotten.
    since: u64,
}

impl<H> Default for Book<H> {
    fn default() -> Self {
        Self { heads: HashMap::new(), past: HashMap::new(), order: VecDeque::new(), since: 0 }
    }
}

impl<H: Head> Book<H> {
    /// Changes a head with the entry at `seq`; nobody asks for what stood before the size `oldest`.
    pub(super) fn change(
        &mut self,
        (seq, oldest): (u64, u64),
        subject: Subject,
        change: impl FnOnce(&mut H),
    ) {
        let before = self.heads.get(&subject).copied();
        change(self.heads.entry(subject).or_default());
        self.past.entry(subject).or_default().push_back((seq, before));
        self.order.push_back((seq, subject));
        while self.order.len() > PAST_MAX
            && let Some((seq, subject)) = self.order.front().copied()
            && (seq < oldest || self.order.len() > PAST_FOR_READERS_MAX)
        {
            self.order.pop_front();
            if let Some(past) = self.past.get_mut(&subject) {
                past.pop_front();
                if past.is_empty() {
                    self.past.remove(&subject);
                }
            }
            self.since = seq + 1;
        }
    }

    /// Forgets the past: what the first `size` entries say is all that is known.
    pub(super) fn settle(&mut self, size: u64) {
        (self.past, self.order, self.since) = (HashMap::new(), VecDeque::new(), size);
    }

    /// The head after the first `size` entries, or that there is none; `None` if it is forgotten.
    pub(super) fn as_of(&self, size: u64, subject: &Subject) -> Option<Option<H>> {
        if size < self.since {
            return None;
        }
        let later = self.past.get(subject).and_then(|past| past.iter().find(|(seq, _)| size <= *seq));
        Some(match later {
            Some((_, before)) => *before,
            None => self.heads.get(subject).copied(),
        })
    }

    /// What there are heads of.
    pub(super) fn subjects(&self) -> Vec<Subject> {
        self.heads.keys().copied().collect()
    }

    /// All of it in bytes: id after id, each with its head.
    pub(in crate::archive::last_words) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.heads.len() * (16 + H::BYTES));
        for (subject, head) in &self.heads {
            bytes.extend_from_slice(subject);
            head.write(&mut bytes);
        }
        bytes
    }

    /// Reads [`Self::to_bytes`].
    pub(in crate::archive::last_words) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let chunks = bytes.chunks_exact(16 + H::BYTES);
        if !chunks.remainder().is_empty() {
            return None;
        }
        let mut heads = HashMap::with_capacity(chunks.len());
        for chunk in chunks {
            let (subject, head) = chunk.split_first_chunk::<16>()?;
            heads.insert(*subject, H::read(head)?);
        }
        Some(Self { heads, ..Self::default() })
    }

    #[cfg(test)]
    pub(in crate::archive::last_words) fn heads(&self) -> &HashMap<Subject, H> {
        &self.heads
    }
}

impl Head for u64 {
    const BYTES: usize = 8;

    fn write(self, to: &mut Vec<u8>) {
        to.extend_from_slice(&self.to_be_bytes());
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self::from_be_bytes)
    }
}

impl Head for u32 {
    const BYTES: usize = 4;

    fn write(self, to: &mut Vec<u8>) {
        to.extend_from_slice(&self.to_be_bytes());
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self::from_be_bytes)
    }
}

impl Head for Story {
    const BYTES: usize = 24;

    fn write(self, to: &mut Vec<u8>) {
        self.row.write(to);
        self.words.write(to);
        self.entries.write(to);
        self.records.write(to);
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (row, bytes) = bytes.split_first_chunk::<8>()?;
        let (words, bytes) = bytes.split_first_chunk::<8>()?;
        let (entries, records) = bytes.split_first_chunk::<4>()?;
        Some(Self {
            row: u64::from_be_bytes(*row),
            words: u64::from_be_bytes(*words),
            entries: u32::from_be_bytes(*entries),
            records: u32::read(records)?,
        })
    }
}

impl Head for Named {
    const BYTES: usize = 8;

    fn write(self, to: &mut Vec<u8>) {
        self.in_records.write(to);
        self.in_cases.write(to);
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (in_records, in_cases) = bytes.split_first_chunk::<4>()?;
        Some(Self { in_records: u32::from_be_bytes(*in_records), in_cases: u32::read(in_cases)? })
    }
}
