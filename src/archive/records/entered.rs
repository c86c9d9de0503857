//! Holds what the database says of a record against the entries that captured it. Its rows stand in
//! clear in the database; the entries stand there too, but under a signed root.
//!
//! What is told of one record is refused where a single row of any version is other than entered. What
//! a page tells of many is told as the ledger has it, and marked: see [`Ledgered::told`].

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use crate::archive::bound::{Bound, ROWS, digest_in};
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::version::{Again, said_links};
use crate::archive::{Inner, cells};
use crate::base::digest::Digest;
use crate::base::id::RecordId;
use crate::ledger::checkpoint::{self, Checkpoint};
use crate::ledger::entry::{self, Entry, EntryKind};
use crate::ledger::tree::{self, TileCache, TreeError, leaf_hash, verify_inclusion};
use crate::seal::Keyring;
use crate::store::rows::ledger::{self, DatabaseTiles, EntryRow};
use crate::store::rows::records::RecordRow;
use crate::store::rows::{links, segments, versions};
use crate::store::{Conn, StoreError, Tx};

/// Entries that are read at once while looking for the last word.
const LOOKED_AT: u32 = 16;

/// The ledger under its newest signed checkpoint: entries are believed once they are shown to be in it.
pub(in crate::archive) struct Ledgered<'a> {
    tiles: &'a TileCache,
    signed: Checkpoint,
    keys: Arc<Keyring>,
}

/// An entry that captured a version, with its place.
pub(in crate::archive) struct Captured {
    pub seq: u64,
    pub entry: Entry,
}

impl Inner {
    /// The ledger as of the newest checkpoint.
    ///
    /// # Errors
    /// There is none that the log's key signed.
    pub(in crate::archive) fn ledgered(&self, conn: &mut Conn) -> Result<Ledgered<'_>, Refusal> {
        let latest = ledger::latest_checkpoint(conn)?.ok_or(Refusal::NotFound(Thing::LedgerEntry))?;
        let signed = checkpoint::open(&latest.note, self.last_words.vkey());
        let signed = signed.map_err(|_| Refusal::from(StoreError::OtherLogKey))?;
        Ok(Ledgered { tiles: self.store.tiles(), signed, keys: self.keys() })
    }
}

impl Ledgered<'_> {
    /// Entries of the ledger.
    pub(in crate::archive) fn size(&self) -> u64 {
        self.signed.size
    }

    /// Reads an entry that is about `subject`, once it is shown to be in the ledger.
    ///
    /// # Errors
    /// [`Refusal::Damaged`] if it is not, or is about something else.
    pub(in crate::archive) fn prove(
        &self,
        conn: &mut Conn,
        row: &EntryRow,
        subject: &str,
    ) -> Result<Entry, Refusal> {
        let damaged = |_| not_as_entered("an entry", subject);
        let source = DatabaseTiles::new(conn);
        let warm = self.tiles.over(&source);
        let hashes = tree::inclusion(&warm, self.signed.size, row.seq).map_err(|error| match error {
            TreeError::Source(error) => Refusal::Store(error),
            _ => not_as_entered("the tree", subject),
        })?;
        let (size, root) = (self.signed.size, &self.signed.root);
        verify_inclusion(row.seq, size, &leaf_hash(&row.body), &hashes, root).map_err(damaged)?;
        let entry = entry::decode(&row.body)?;
        if entry.subject == subject { Ok(entry) } else { Err(not_as_entered("an entry", subject)) }
    }

    /// The digest that the last entry about `subject` gives for an address; `None` if none gives one, or
    /// if it is gone.
    ///
    /// # Errors
    /// As [`Self::prove`].
    pub(in crate::archive) fn last_word(
        &self,
        conn: &mut Conn,
        subject: &str,
        address: &str,
    ) -> Result<Option<Digest>, Refusal> {
        let mut below = u64::MAX;
        loop {
            let entries = ledger::about_before(conn, subject, below, LOOKED_AT)?;
            let Some(oldest) = entries.last() else { return Ok(None) };
            below = oldest.seq;
            for row in &entries {
                let entry = self.prove(conn, row, subject)?;
                if let Some(said) = entry.facts.get(ROWS).and_then(|rows| rows.get(address)) {
                    return Ok(digest_in(said));
                }
            }
        }
    }

    /// Refuses a case or a matter whose sealed words are not those to which the last entry that wrote them
    /// is committed. The rows' own digests do not tell: an older cell opens at its place as well.
    ///
    /// # Errors
    /// [`Refusal::Damaged`] with `thing`, or as [`Self::prove`].
    pub(in crate::archive) fn must_be_worded(
        &self,
        conn: &mut Conn,
        subject: &str,
        thing: Thing,
    ) -> Result<(), Refusal> {
        let written = cells::commitment_of(&self.keys, conn, subject, cells::PROFILE, thing)?;
        let mut below = u64::MAX;
        loop {
            let entries = ledger::about_before(conn, subject, below, LOOKED_AT)?;
            let Some(oldest) = entries.last() else { return Err(not_worded(subject, thing)) };
            below = oldest.seq;
            for row in &entries {
                let entry = self.prove(conn, row, subject)?;
                if let Some(said) = words_of(entry.kind, entry.facts.get("profile")) {
                    return if said == written { Ok(()) } else { Err(not_worded(subject, thing)) };
                }
            }
        }
    }

    /// Refuses what is other than the last entry about it says.
    ///
    /// # Errors
    /// [`Refusal::Damaged`] with `thing`, or as [`Self::prove`].
    pub(in crate::archive) fn must_be_last(
        &self,
        conn: &mut Conn,
        subject: &str,
        (bound, thing): (&Bound, Thing),
    ) -> Result<(), Refusal> {
        let said = self.last_word(conn, subject, &bound.address())?;
        if said.is_some() && said == bound.standing(conn)? {
            return Ok(());
        }
        tracing::error!(what = ?thing, subject, "not as the ledger says: run muniment verify");
        Err(Refusal::Damaged(thing))
    }

    /// The entries that captured a record, among those that stand beside its id: one for each version,
    /// in their order.
    ///
    /// # Errors
    /// [`Refusal::Damaged`] if one is not in the ledger, is missing, or there is none.
    pub(in crate::archive) fn captures(
        &self,
        conn: &mut Conn,
        record: RecordId,
        standing: &[EntryRow],
    ) -> Result<Vec<Captured>, Refusal> {
        let subject = record.to_string();
        let mut captures: Vec<Captured> = Vec::new();
        for row in standing {
            let entry = self.prove(conn, row, &subject)?;
            let first = captures.is_empty();
            match entry.kind {
                EntryKind::Captured | EntryKind::SegmentCaptured if first => {}
                EntryKind::Amended if !first => {}
                EntryKind::Captured | EntryKind::SegmentCaptured | EntryKind::Amended => {
                    return Err(not_as_entered("an entry", &subject));
                }
                _ => continue,
            }
            captures.push(Captured { seq: row.seq, entry });
            let number =
                captures.last().and_then(|last| last.entry.facts.get("version")).and_then(Value::as_u64);
            if number != Some(captures.len() as u64) {
                return Err(not_as_entered("the entry of a version", &subject));
            }
        }
        match captures.is_empty() {
            true => Err(not_as_entered("no entry", &subject)),
            false => Ok(captures),
        }
    }

    /// True if version `number`, which `entry` captured, stands in the database as it was entered.
    pub(in crate::archive) fn is_as_entered(
        &self,
        conn: &mut Conn,
        row: &RecordRow,
        (number, entry): (usize, &Entry),
    ) -> Result<bool, Refusal> {
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        match Again::of(conn, row, number, entry) {
            Ok(again) => Ok(again.is_some_and(|again| again.is_as_entered(entry))),
            Err(Refusal::Store(StoreError::Corrupt { .. })) => Ok(false),
            Err(other) => Err(other),
        }
    }

    /// Refuses links of which no entry of the record that they come from speaks, and a record of which
    /// one is missing. `links` are all those from the record.
    ///
    /// # Errors
    /// [`Refusal::Damaged`].
    pub(in crate::archive) fn must_be_its_links<'l>(
        &self,
        record: RecordId,
        captures: &[Captured],
        links: impl Iterator<Item = &'l links::LinkRow>,
    ) -> Result<(), Refusal> {
        let said: BTreeSet<String> =
            captures.iter().flat_map(|capture| said_links(&capture.entry)).map(str::to_owned).collect();
        let standing: BTreeSet<String> = links.map(|link| link.id.to_string()).collect();
        match said == standing {
            true => Ok(()),
            false => Err(not_as_entered("links", &record.to_string())),
        }
    }
}

impl Inner {
    /// Refuses a record of which the entry that captured it says another case or another person: both
    /// decide who may read it. An export leaves out what else is damaged, and says so.
    ///
    /// # Errors
    /// [`Refusal::Damaged`], or the ledger cannot be read.
    pub(in crate::archive) fn must_be_entered(
        &self,
        conn: &mut Conn,
        row: &RecordRow,
    ) -> Result<(), Refusal> {
        let ledger = self.ledgered(conn)?;
        let standing = ledger::captures_of(conn, &row.id.to_string())?;
        let captures = ledger.captures(conn, row.id, &standing)?;
        let says = |name: &str| captures.first()?.entry.facts.get(name)?.as_str();
        let same = says("case") == row.case_id.map(|id| id.to_string()).as_deref()
            && says("captured_by") == Some(row.captured_by.to_string().as_str());
        if same { Ok(()) } else { Err(not_as_entered("its case or its captor", &row.id.to_string())) }
    }

    /// Refuses a record of which anything, in any of its versions, is other than the entries that captured
    /// them say, and one of which a version is missing or too many. Asked before anything of it is
    /// told to somebody. The entries are given back, one for each version.
    ///
    /// # Errors
    /// [`Refusal::Damaged`], or the ledger cannot be read.
    pub(in crate::archive) fn must_be_whole(
        &self,
        conn: &mut Conn,
        row: &RecordRow,
    ) -> Result<Vec<Captured>, Refusal> {
        let id = row.id.to_string();
        let ledger = self.ledgered(conn)?;
        // All that stands beside the id: a version is not hidden by calling its entry something else.
        let standing = ledger::about(conn, &id)?;
        let captures = ledger.captures(conn, row.id, &standing)?;
        let is_segment = captures.first().is_some_and(|first| first.entry.kind == EntryKind::SegmentCaptured);
        if versions::of_record(conn, row.id)?.len() != captures.len()
            || usize::try_from(row.version).ok() != Some(captures.len())
            || segments::get(conn, row.id)?.is_some() != is_segment
        {
            return Err(not_as_entered("its versions", &id));
        }
        for (number, capture) in (1..).zip(&captures) {
            if !ledger.is_as_entered(conn, row, (number, &capture.entry))? {
                return Err(not_as_entered("a version", &id));
            }
        }
        ledger.must_be_its_links(row.id, &captures, links::from_record(conn, row.id)?.iter())?;
        Ok(captures)
    }
}

/// The refusal; the log names the record, which whoever asks may not be allowed to know.
pub(in crate::archive) fn not_as_entered(what: &str, subject: &str) -> Refusal {
    tracing::error!(what, subject, "not as the ledger says: run muniment verify");
    Refusal::Damaged(Thing::Record)
}

fn not_worded(subject: &str, thing: Thing) -> Refusal {
    tracing::error!(what = ?thing, subject, "other words than the ledger says: run muniment verify");
    Refusal::Damaged(thing)
}

/// The commitment to the words of a case or a matter, if an entry of this kind wrote them.
fn words_of(kind: EntryKind, profile: Option<&Value>) -> Option<Digest> {
    let writes = matches!(
        kind,
        EntryKind::CaseOpened | EntryKind::CaseChanged | EntryKind::MatterOpened | EntryKind::MatterChanged
    );
    profile.filter(|_| writes).and_then(digest_in)
}

impl Inner {
    /// The same inside a write, where what is about to be entered counts as well: a change would vouch for
    /// whatever words stand there.
    ///
    /// # Errors
    /// As [`Ledgered::must_be_worded`].
    pub(in crate::archive) fn must_be_worded(
        &self,
        tx: &mut Tx<'_>,
        subject: &str,
        thing: Thing,
    ) -> Result<(), Refusal> {
        let pending = tx.pending().filter(|draft| draft.subject == subject);
        let pending = pending.filter_map(|draft| words_of(draft.kind, draft.facts.get("profile"))).next();
        match pending {
            None => self.ledgered(tx.conn())?.must_be_worded(tx.conn(), subject, thing),
            Some(said) => {
                let keys = self.keys();
                let written = cells::commitment_of(&keys, tx.conn(), subject, cells::PROFILE, thing)?;
                if said == written { Ok(()) } else { Err(not_worded(subject, thing)) }
            }
        }
    }
}
