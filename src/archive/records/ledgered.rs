//! The ledger under its newest signed checkpoint, as one reader sees it: entries are believed once they are
//! shown to be in it, and what is told of a case, a matter or an export is what the newest of them say.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use serde_json::Value;

use crate::archive::bound::{Bound, ROWS, digest_in};
use crate::archive::last_words::{HeadsAt, Story};
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::{Inner, cells};
use crate::base::digest::Digest;
use crate::ledger::checkpoint::{self, Checkpoint};
use crate::ledger::entry::{self, Entry, EntryKind};
use crate::ledger::tree::{
    self, TileCache, TileNodes, TileSource, TreeError, WarmTiles, leaf_hash, verify_inclusion,
};
use crate::seal::Keyring;
use crate::store::rows::ledger::{self, DatabaseTiles, EntryRow};
use crate::store::{Conn, StoreError, Tx};

/// Entries that are read at once while looking for the last word.
const LOOKED_AT: u32 = 16;
/// Entries that a reader keeps, so that none is proved twice.
const ENTRIES_KEPT_MAX: usize = 256;
/// Tiles that a reader keeps, of 16 KiB each: what stands on one page stands in few.
const TILES_KEPT_MAX: usize = 64;

/// The ledger under its newest signed checkpoint, for one reader of one state of the database.
pub(in crate::archive) struct Ledgered<'a> {
    tiles: &'a TileCache,
    signed: Checkpoint,
    keys: Arc<Keyring>,
    heads: HeadsAt<'a>,
    entries: RefCell<HashMap<u64, Rc<Entry>>>,
    nodes: RefCell<HashMap<(u8, u64), Arc<TileNodes>>>,
}

/// What is read about, and what is damaged if it cannot be read.
pub(in crate::archive) type About<'a> = (&'a str, Thing);

impl Inner {
    /// The ledger as of the newest checkpoint that this connection sees.
    ///
    /// # Errors
    /// There is none that the log's key signed, or its entries are not those that were signed for.
    pub(in crate::archive) fn ledgered(&self, conn: &mut Conn) -> Result<Ledgered<'_>, Refusal> {
        let latest = ledger::latest_checkpoint(conn)?.ok_or(Refusal::NotFound(Thing::LedgerEntry))?;
        let signed = checkpoint::open(&latest.note, self.last_words.vkey());
        let signed = signed.map_err(|_| Refusal::from(StoreError::OtherLogKey))?;
        let heads = self.last_words.heads_at(conn, signed.size)?;
        let (entries, nodes) = (RefCell::default(), RefCell::default());
        Ok(Ledgered { tiles: self.store.tiles(), signed, keys: self.keys(), heads, entries, nodes })
    }
}

impl Ledgered<'_> {
    /// Entries of the ledger.
    pub(in crate::archive) fn size(&self) -> u64 {
        self.signed.size
    }

    /// How far the entries about things reach.
    pub(in crate::archive) fn heads(&self) -> &HeadsAt<'_> {
        &self.heads
    }

    /// Reads an entry that is about something, once it is shown to be in the ledger.
    ///
    /// # Errors
    /// [`Refusal::Damaged`] if it is not, or is about something else.
    pub(in crate::archive) fn prove(
        &self,
        conn: &mut Conn,
        row: &EntryRow,
        about: About<'_>,
    ) -> Result<Rc<Entry>, Refusal> {
        self.prove_body(conn, (row.seq, &row.body), about)
    }

    /// The same of an entry's bytes and position.
    ///
    /// # Errors
    /// As [`Self::prove`].
    pub(super) fn prove_body(
        &self,
        conn: &mut Conn,
        (seq, body): (u64, &[u8]),
        (subject, thing): About<'_>,
    ) -> Result<Rc<Entry>, Refusal> {
        let known = self.entries.borrow().get(&seq).cloned();
        let entry = match known {
            Some(entry) => entry,
            None => Rc::new(self.shown(conn, (seq, body), (subject, thing))?),
        };
        let mut kept = self.entries.borrow_mut();
        if kept.len() >= ENTRIES_KEPT_MAX {
            kept.clear();
        }
        kept.insert(seq, Rc::clone(&entry));
        match entry.subject == subject {
            true => Ok(entry),
            false => Err(amiss("an entry", (subject, thing))),
        }
    }

    fn shown(&self, conn: &mut Conn, (seq, body): (u64, &[u8]), about: About<'_>) -> Result<Entry, Refusal> {
        let source = DatabaseTiles::new(conn);
        let kept = KeptTiles { warm: self.tiles.over(&source), nodes: &self.nodes };
        let hashes = tree::inclusion(&kept, self.signed.size, seq).map_err(|error| match error {
            TreeError::Source(error) => Refusal::Store(error),
            _ => amiss("the tree", about),
        })?;
        let (size, root) = (self.signed.size, &self.signed.root);
        let shown = verify_inclusion(seq, size, &leaf_hash(body), &hashes, root);
        shown.map_err(|_| amiss("an entry", about))?;
        Ok(entry::decode(body)?)
    }

    /// The entry at a position, about which is known from the ledger itself that it is about this.
    ///
    /// # Errors
    /// As [`Self::prove`].
    pub(in crate::archive) fn at(
        &self,
        conn: &mut Conn,
        seq: u64,
        about: About<'_>,
    ) -> Result<Rc<Entry>, Refusal> {
        let known = self.entries.borrow().get(&seq).cloned();
        if let Some(entry) = known.filter(|entry| entry.subject == about.0) {
            return Ok(entry);
        }
        let body = ledger::body(conn, seq)?.ok_or_else(|| amiss("an entry", about))?;
        self.prove_body(conn, (seq, &body), about)
    }

    /// Asks the entries about something from the newest back until one answers. Nothing tells that the
    /// newest were not renamed beside their entries: of what has a story, ask that.
    ///
    /// # Errors
    /// As [`Self::prove`].
    pub(in crate::archive) fn ask<T>(
        &self,
        conn: &mut Conn,
        about: About<'_>,
        question: impl Fn(&Entry) -> Option<T>,
    ) -> Result<Option<T>, Refusal> {
        let mut below = u64::MAX;
        loop {
            let entries = ledger::about_before(conn, about.0, below, LOOKED_AT)?;
            let Some(oldest) = entries.last() else { return Ok(None) };
            below = oldest.seq;
            for row in &entries {
                if let Some(answer) = question(&*self.prove(conn, row, about)?) {
                    return Ok(Some(answer));
                }
            }
        }
    }

    /// Every entry that tells of the state of a case, a matter or an export, oldest first.
    ///
    /// # Errors
    /// [`Refusal::Damaged`] if one is missing; as [`Self::prove`].
    pub(in crate::archive) fn told_of(
        &self,
        conn: &mut Conn,
        bound: &Bound,
    ) -> Result<Vec<Rc<Entry>>, Refusal> {
        let Some((subject, thing, story)) = self.story_of(bound)? else { return Ok(Vec::new()) };
        let mut entries = Vec::new();
        for row in ledger::about(conn, &subject)? {
            let entry = self.prove(conn, &row, (&subject, thing))?;
            if is_state(entry.kind) {
                entries.push(entry);
            }
        }
        match entries.len() == usize::try_from(story.entries).unwrap_or(usize::MAX) {
            true => Ok(entries),
            false => Err(amiss("its entries", (&subject, thing))),
        }
    }

    /// The last entry that vouches for the row of a case, a matter or an export; `None` if none ever did.
    ///
    /// # Errors
    /// As [`Self::prove`].
    pub(in crate::archive) fn last_of(
        &self,
        conn: &mut Conn,
        bound: &Bound,
    ) -> Result<Option<Rc<Entry>>, Refusal> {
        match self.story_of(bound)? {
            None => Ok(None),
            Some((subject, thing, story)) => self.at(conn, story.row, (&subject, thing)).map(Some),
        }
    }

    /// The digest that the ledger gives for the row of a case, a matter or an export; `None` if it gives
    /// none, or if the row is gone.
    ///
    /// # Errors
    /// As [`Self::prove`].
    pub(in crate::archive) fn last_word(
        &self,
        conn: &mut Conn,
        bound: &Bound,
    ) -> Result<Option<Digest>, Refusal> {
        let entry = self.last_of(conn, bound)?;
        let rows = entry.as_ref().and_then(|entry| entry.facts.get(ROWS));
        Ok(rows.and_then(|rows| rows.get(bound.address())).and_then(digest_in))
    }

    /// Refuses a case, a matter or an export that is other than the last entry about it says.
    ///
    /// # Errors
    /// [`Refusal::Damaged`], or as [`Self::prove`].
    pub(in crate::archive) fn must_be_last(&self, conn: &mut Conn, bound: &Bound) -> Result<(), Refusal> {
        let said = self.last_word(conn, bound)?;
        if said.is_some() && said == bound.standing(conn)? {
            return Ok(());
        }
        let (subject, thing) = named(bound);
        Err(amiss("a row", (&subject, thing)))
    }

    /// Refuses a case or a matter whose sealed words are not those to which the last entry that wrote them
    /// is committed. The rows' own digests do not tell: an older cell opens at its place as well.
    ///
    /// # Errors
    /// [`Refusal::Damaged`], or as [`Self::prove`].
    pub(in crate::archive) fn must_be_worded(&self, conn: &mut Conn, bound: &Bound) -> Result<(), Refusal> {
        self.worded(conn, bound).map(|_| ())
    }

    /// The sealed words of a case or a matter, which are those that were entered.
    ///
    /// # Errors
    /// As [`Self::must_be_worded`].
    pub(in crate::archive) fn worded(&self, conn: &mut Conn, bound: &Bound) -> Result<Value, Refusal> {
        let (subject, thing) = named(bound);
        let said = match self.story_of(bound)? {
            None => None,
            Some((_, _, story)) => {
                let entry = self.at(conn, story.words, (&subject, thing))?;
                words_of(entry.kind, entry.facts.get("profile"))
            }
        };
        cells::profile_as(&self.keys, conn, (&subject, cells::PROFILE), said, thing)
    }

    fn story_of(&self, bound: &Bound) -> Result<Option<(String, Thing, Story)>, Refusal> {
        let story = match bound {
            Bound::Case(id) => self.heads.story(id.as_bytes())?,
            Bound::Matter(id) => self.heads.story(id.as_bytes())?,
            Bound::Export(id) => self.heads.story(id.as_bytes())?,
            Bound::Event(_)
            | Bound::RetentionEvent(_)
            | Bound::Explanation(_)
            | Bound::Party(_)
            | Bound::Hold(_)
            | Bound::HoldBatch { .. }
            | Bound::HoldNotice(_)
            | Bound::User(_)
            | Bound::Token(_)
            | Bound::Session(_)
            | Bound::Approval(_)
            | Bound::Job(_)
            | Bound::Policies
            | Bound::Policy(_)
            | Bound::PolicyVersion(_)
            | Bound::PolicyReview(_)
            | Bound::PolicyAcknowledgement(..)
            | Bound::PolicySuggestion(_)
            | Bound::PolicyEvaluation(_)
            | Bound::Simulation(_)
            | Bound::Cell { .. } => None,
        };
        let (subject, thing) = named(bound);
        Ok(story.map(|story| (subject, thing, story)))
    }
}

impl Inner {
    /// [`Ledgered::must_be_worded`] inside a write, where what is about to be entered counts as well: a
    /// change would vouch for whatever words stand there.
    ///
    /// # Errors
    /// As there.
    pub(in crate::archive) fn must_be_worded(&self, tx: &mut Tx<'_>, bound: &Bound) -> Result<(), Refusal> {
        let (subject, thing) = named(bound);
        let pending = tx.pending().filter(|draft| draft.subject == subject);
        let pending = pending.filter_map(|draft| words_of(draft.kind, draft.facts.get("profile"))).next();
        match pending {
            None => self.ledgered(tx.conn())?.must_be_worded(tx.conn(), bound),
            Some(said) => {
                let keys = self.keys();
                let written = cells::commitment_of(&keys, tx.conn(), &subject, cells::PROFILE, thing)?;
                if said == written { Ok(()) } else { Err(amiss("its words", (&subject, thing))) }
            }
        }
    }
}

/// The refusal; the log names the thing, which whoever asks may not be allowed to know.
pub(in crate::archive) fn amiss(what: &str, (subject, thing): About<'_>) -> Refusal {
    tracing::error!(what, ?thing, subject, "not as the ledger says: run muniment verify");
    Refusal::Damaged(thing)
}

/// The subject of the entries about it, and what it is.
fn named(bound: &Bound) -> (String, Thing) {
    match bound {
        Bound::Case(id) => (id.to_string(), Thing::Case),
        Bound::Matter(id) => (id.to_string(), Thing::Matter),
        Bound::Export(id) => (id.to_string(), Thing::Export),
        other => (other.address(), Thing::Archive),
    }
}

/// True for the entries that tell of the state of a case, a matter or an export.
fn is_state(kind: EntryKind) -> bool {
    matches!(
        kind,
        EntryKind::CaseOpened
            | EntryKind::CaseChanged
            | EntryKind::CaseEvent
            | EntryKind::CaseEventCancelled
            | EntryKind::GapExplained
            | EntryKind::MatterOpened
            | EntryKind::MatterChanged
            | EntryKind::ExportBegun
            | EntryKind::ExportFinished
    )
}

/// The commitment to the words of a case or a matter, if an entry of this kind wrote them.
fn words_of(kind: EntryKind, profile: Option<&Value>) -> Option<Digest> {
    let writes = matches!(
        kind,
        EntryKind::CaseOpened | EntryKind::CaseChanged | EntryKind::MatterOpened | EntryKind::MatterChanged
    );
    profile.filter(|_| writes).and_then(digest_in)
}

/// The tiles of one state of the database, each read once.
struct KeptTiles<'k, S> {
    warm: WarmTiles<'k, S>,
    nodes: &'k RefCell<HashMap<(u8, u64), Arc<TileNodes>>>,
}

impl<S: TileSource> TileSource for KeptTiles<'_, S> {
    type Error = S::Error;

    fn tile(&self, level: u8, index: u64) -> Result<Option<Vec<u8>>, S::Error> {
        self.warm.tile(level, index)
    }

    fn nodes(&self, level: u8, index: u64) -> Result<Option<Arc<TileNodes>>, TreeError<S::Error>> {
        let known = self.nodes.borrow().get(&(level, index)).cloned();
        if known.is_some() {
            return Ok(known);
        }
        let read = self.warm.nodes(level, index)?;
        if let Some(read) = &read {
            let mut nodes = self.nodes.borrow_mut();
            if nodes.len() >= TILES_KEPT_MAX {
                nodes.clear();
            }
            nodes.insert((level, index), Arc::clone(read));
        }
        Ok(read)
    }
}
