//! Where the newest entries about cases, matters, exports and amended records stand, and how much was entered
//! into them: who looks for entries by what stands beside them in the database misses those that somebody
//! renamed there, and who looks for records by a column those that somebody moved or took away. Whoever
//! reads asks here how far what he finds must reach.
//!
//! The heads come from entries under a signed root, as the words do, and are held in memory; reads are no
//! state, and a record that was never amended has no head. They have a lock of their own, which nobody
//! holds while he waits for anything: readers ask with a connection in hand.

mod book;
mod note;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::archive::refusal::Refusal;
use crate::archive::signed::{self, Reach};
use crate::ledger::tree::Hash;
use crate::store::{Conn, Group};

pub(super) use book::{Book, Head};
use note::{Note, What};

use super::LastWords;

/// The bytes of an id.
pub(super) type Subject = [u8; 16];

/// Under what it is counted how many cases there are: no id is like it.
pub(super) const CASES: Subject = [0; 16];
/// The same of matters.
pub(super) const MATTERS: Subject = [0xff; 16];

/// How often the entries of other nodes are read before a reader is told to come back.
const READINGS: usize = 3;

/// What was entered of a case, a matter or an export.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::archive) struct Story {
    /// The last entry that vouches for its row.
    pub row: u64,
    /// The last entry that wrote its words.
    pub words: u64,
    /// Entries that tell of its state.
    pub entries: u32,
    /// Records that were captured into it.
    pub records: u32,
}

/// Of what it is known how many were ever opened. Their rows never go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::archive) enum Opened {
    /// Cases.
    Cases,
    /// Matters.
    Matters,
}

/// How often a party was named.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::archive) struct Named {
    /// In versions of records.
    pub in_records: u32,
    /// In cases, as their parties stand.
    pub in_cases: u32,
}

/// What the first `size` entries say.
#[derive(Debug)]
pub(super) struct Heads {
    pub(super) size: u64,
    pub(super) root: Hash,
    pub(super) stories: Book<Story>,
    /// Of each record that was amended, the entry of its newest version; of each bulk log of which entries were
    /// erased, which never is amended, the newest entry that says so.
    pub(super) amended: Book<u64>,
    /// How many links lead to a record.
    pub(super) linked: Book<u32>,
    pub(super) named: Book<Named>,
    /// How many keys of retention events have a token: its bytes are the subject.
    pub(super) events: Book<u32>,
    /// How many cases and matters were opened.
    pub(super) opened: Book<u32>,
    /// Of each record whose disposition ever began, the newest entry that tells how far it has come.
    pub(super) disposed: Book<u64>,
    /// Of each disposition, its newest step.
    pub(super) dispositions: Book<u64>,
    /// Who reads what stood at which size.
    readers: BTreeMap<u64, usize>,
}

impl Default for Heads {
    fn default() -> Self {
        let Reach { size, root } = Reach::nothing();
        Self {
            size,
            root,
            stories: Book::default(),
            amended: Book::default(),
            linked: Book::default(),
            named: Book::default(),
            events: Book::default(),
            opened: Book::default(),
            disposed: Book::default(),
            dispositions: Book::default(),
            readers: BTreeMap::new(),
        }
    }
}

impl Heads {
    pub(super) fn reach(&self) -> Reach {
        Reach { size: self.size, root: self.root }
    }

    /// Takes in a group that was committed. One that does not follow at once waits until it is read.
    pub(super) fn committed(&mut self, group: &Group<'_>) {
        if self.size != group.first_seq {
            return;
        }
        for (seq, draft) in (group.first_seq..).zip(group.drafts) {
            note::of_draft(draft, &mut |note| self.hear(seq, note));
        }
        (self.size, self.root) = (group.size, group.root);
    }

    fn hear(&mut self, seq: u64, Note { subject, what }: Note) {
        let oldest = self.readers.keys().next().copied().unwrap_or(u64::MAX);
        let at = (seq, oldest);
        match what {
            What::State { row, words } => self.stories.change(at, subject, |story| {
                story.entries += 1;
                story.row = if row { seq } else { story.row };
                story.words = if words { seq } else { story.words };
            }),
            What::Captured => self.stories.change(at, subject, |story| story.records += 1),
            What::Opened => self.opened.change(at, subject, |opened| *opened += 1),
            What::Disposed => self.disposed.change(at, subject, |newest| *newest = seq),
            What::Step => self.dispositions.change(at, subject, |newest| *newest = seq),
            What::Amended => self.amended.change(at, subject, |newest| *newest = seq),
            What::Linked => self.linked.change(at, subject, |links| *links += 1),
            What::Reached => self.events.change(at, subject, |events| *events += 1),
            What::InRecord => self.named.change(at, subject, |named| named.in_records += 1),
            What::InCase => self.named.change(at, subject, |named| named.in_cases += 1),
            What::OutOfCase => self.named.change(at, subject, |named| {
                named.in_cases = named.in_cases.saturating_sub(1);
            }),
        }
    }

    /// Forgets how it came to this.
    pub(super) fn settle(&mut self) {
        let size = self.size;
        self.stories.settle(size);
        self.amended.settle(size);
        self.linked.settle(size);
        self.named.settle(size);
        self.events.settle(size);
        self.opened.settle(size);
        self.disposed.settle(size);
        self.dispositions.settle(size);
    }
}

/// Entries behind the heads, as they are read.
pub(super) struct Taking {
    from: Reach,
    /// Where all of a ledger is read, the heads are made at once: the notes would take more room than they.
    whole: Option<Heads>,
    notes: Vec<(u64, Note)>,
}

impl Taking {
    pub(super) fn from(from: Reach) -> Self {
        Self { from, whole: (from.size == 0).then(Heads::default), notes: Vec::new() }
    }

    /// Hears the entry with these bytes.
    ///
    /// # Errors
    /// It cannot be read.
    pub(super) fn hear(&mut self, seq: u64, body: &[u8]) -> Result<(), Refusal> {
        note::of_body(body, &mut |note| match &mut self.whole {
            Some(heads) => heads.hear(seq, note),
            None => self.notes.push((seq, note)),
        })
    }
}

impl LastWords {
    /// How far the heads reach.
    pub(super) fn heads_reach(&self) -> Reach {
        self.read_heads().reach()
    }

    /// Takes in entries of which it was shown that they lead to `to`.
    pub(super) fn take_heads(&self, taking: Taking, to: Reach) {
        let mut heads = self.write_heads();
        if heads.size < taking.from.size || to.size <= heads.size {
            return;
        }
        match taking.whole {
            Some(whole) if heads.size == 0 => {
                let readers = std::mem::take(&mut heads.readers);
                *heads = Heads { readers, ..whole };
                (heads.size, heads.root) = (to.size, to.root);
                heads.settle();
            }
            // The writer or another reader was faster with the first of them.
            Some(_) => {}
            None => {
                let known = heads.size;
                for (seq, note) in taking.notes.into_iter().filter(|(seq, _)| known <= *seq) {
                    heads.hear(seq, note);
                }
                (heads.size, heads.root) = (to.size, to.root);
            }
        }
    }

    /// The heads as they stood at `size`, which is that of the checkpoint that `conn` sees.
    ///
    /// # Errors
    /// Entries of other nodes cannot be read, or are not those that were signed for; [`Refusal::TooBusy`].
    pub(in crate::archive) fn heads_at(&self, conn: &mut Conn, size: u64) -> Result<HeadsAt<'_>, Refusal> {
        *self.write_heads().readers.entry(size).or_default() += 1;
        let heads = HeadsAt { words: self, size };
        for _ in 0..READINGS {
            let from = self.heads_reach();
            if size <= from.size {
                return Ok(heads);
            }
            // Between a commit and the writer's word of it, or entered by another node.
            let mut taking = Taking::from(from);
            let to = signed::read_on(conn, &self.vkey, from, &mut |seq, body| taking.hear(seq, body))?;
            self.take_heads(taking, to);
        }
        Err(Refusal::TooBusy { wait_seconds: 1 })
    }
}

/// The heads as they stood when a reader began.
pub(in crate::archive) struct HeadsAt<'w> {
    words: &'w LastWords,
    size: u64,
}

impl HeadsAt<'_> {
    /// Of a case, a matter or an export; `None` if no entry tells of it.
    ///
    /// # Errors
    /// [`Refusal::TooBusy`] if it is forgotten how it stood then, as for all of these.
    pub(in crate::archive) fn story(&self, id: &Subject) -> Result<Option<Story>, Refusal> {
        self.of(|heads| &heads.stories, id)
    }

    /// The cases, matters and exports of which entries tell.
    pub(in crate::archive) fn subjects(&self) -> Vec<Subject> {
        self.words.read_heads().stories.subjects()
    }

    /// How many cases or matters were opened.
    ///
    /// # Errors
    /// As [`Self::story`].
    pub(in crate::archive) fn opened(&self, what: Opened) -> Result<u32, Refusal> {
        let subject = match what {
            Opened::Cases => CASES,
            Opened::Matters => MATTERS,
        };
        Ok(self.of(|heads| &heads.opened, &subject)?.unwrap_or_default())
    }

    /// The entry of a record's newest version; `None` if the record was never amended. Of a bulk log the newest
    /// entry that says that some of it was erased.
    pub(in crate::archive) fn amended(&self, record: &Subject) -> Result<Option<u64>, Refusal> {
        self.of(|heads| &heads.amended, record)
    }

    /// The newest entry that tells how far a record's disposition has come; `None` if none ever began.
    ///
    /// # Errors
    /// As [`Self::story`].
    pub(in crate::archive) fn disposed(&self, record: &Subject) -> Result<Option<u64>, Refusal> {
        self.of(|heads| &heads.disposed, record)
    }

    /// The newest step of a disposition; `None` if there is none of this id.
    ///
    /// # Errors
    /// As [`Self::story`].
    pub(in crate::archive) fn disposition(&self, id: &Subject) -> Result<Option<u64>, Refusal> {
        self.of(|heads| &heads.dispositions, id)
    }

    /// Every disposition of which entries tell.
    pub(in crate::archive) fn dispositions(&self) -> Vec<Subject> {
        self.words.read_heads().dispositions.subjects()
    }

    /// Every record of which entries tell how far its disposition has come.
    pub(in crate::archive) fn all_disposed(&self) -> Vec<Subject> {
        self.words.read_heads().disposed.subjects()
    }

    /// How many links lead to a record.
    pub(in crate::archive) fn links_to(&self, record: &Subject) -> Result<u32, Refusal> {
        Ok(self.of(|heads| &heads.linked, record)?.unwrap_or_default())
    }

    /// How many keys of retention events have a token.
    ///
    /// # Errors
    /// As [`Self::story`].
    pub(in crate::archive) fn events(&self, token: &Subject) -> Result<u32, Refusal> {
        Ok(self.of(|heads| &heads.events, token)?.unwrap_or_default())
    }

    /// How often a party was named.
    pub(in crate::archive) fn named(&self, party: &Subject) -> Result<Named, Refusal> {
        Ok(self.of(|heads| &heads.named, party)?.unwrap_or_default())
    }

    fn of<H: Head>(&self, book: fn(&Heads) -> &Book<H>, id: &Subject) -> Result<Option<H>, Refusal> {
        let heads = self.words.read_heads();
        book(&heads).as_of(self.size, id).ok_or(Refusal::TooBusy { wait_seconds: 1 })
    }
}

impl Drop for HeadsAt<'_> {
    fn drop(&mut self) {
        let mut heads = self.words.write_heads();
        if let Some(readers) = heads.readers.get_mut(&self.size) {
            *readers = readers.saturating_sub(1);
            if *readers == 0 {
                heads.readers.remove(&self.size);
            }
        }
    }
}
