//! Keeps up with the ledger, and holds what is read against it.

use std::time::{Duration, Instant};

use crate::base::digest::Digest;
use crate::ledger::entry::{self, EntryDraft};
use crate::store::rows::meta;
use crate::store::{Conn, LogSeen, Tx};

use crate::archive::Inner;
use crate::archive::bound::{self, BUNDLE_COUNTERS, Bound, ROWS};
use crate::archive::holds::{HoldSaid, Register, SaidKey};
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::signed::{self, Reach};

use super::heads::Taking;
use super::{Claim, LastWords, Said, may_speak};

/// For how long the entries of other nodes may go unread before rights are relied upon.
const FOLLOW_EVERY: Duration = Duration::from_secs(1);
/// How often something is read again that another node may have changed in between.
const READINGS: usize = 3;

/// How far the words reach.
#[derive(Clone, Copy)]
struct Known {
    reach: Reach,
    missed: u64,
}

/// What entries say that lie behind [`Known`].
struct Since {
    known: Known,
    reach: Reach,
    said: Vec<Said>,
}

impl Known {
    /// Reads the entries since, for the heads too if they reach as far. Nothing is locked meanwhile:
    /// whoever holds the words waits for connections.
    ///
    /// # Errors
    /// As [`signed::read_on`].
    fn since(
        self,
        conn: &mut Conn,
        words: &LastWords,
        mut heads: Option<&mut Taking>,
    ) -> Result<Since, Refusal> {
        let mut heard = Vec::new();
        let reach = signed::read_on(conn, &words.vkey, self.reach, &mut |seq, body| {
            heard.extend(said(words.said_of_holds.as_ref(), body)?);
            heads.as_mut().map_or(Ok(()), |heads| heads.hear(seq, body))
        })?;
        Ok(Since { known: self, reach, said: heard })
    }
}

impl LastWords {
    fn known(&self) -> Known {
        let state = self.read();
        Known { reach: Reach { size: state.size, root: state.root }, missed: state.missed }
    }

    fn take_in(&self, since: Since) {
        let mut state = self.write();
        if state.size == since.known.reach.size {
            since.said.into_iter().for_each(|said| state.hear(said));
            (state.size, state.root) = (since.reach.size, since.reach.root);
            state.caught_up = since.known.missed;
            self.tell(&state);
        }
    }

    /// True if nothing was said of rights since `heard`. Asked inside a write, where the log stands still:
    /// what waits in the same transaction counts too.
    ///
    /// # Errors
    /// The entries of other nodes cannot be read, or are not those that were signed for.
    pub(in crate::archive) fn is_unspoken_since(
        &self,
        conn: &mut Conn,
        log: LogSeen,
        heard: u64,
    ) -> Result<bool, Refusal> {
        if log.spoken {
            return Ok(false);
        }
        let is_whole = {
            let state = self.read();
            state.missed == state.caught_up && log.size == Some(state.size)
        };
        if !is_whole {
            let since = self.known().since(conn, self, None)?;
            self.take_in(since);
        }
        Ok(self.heard() == heard)
    }

    /// True if entries may have been made since, of which nobody told.
    pub(in crate::archive) fn is_behind(&self, is_shared: bool) -> bool {
        {
            let state = self.read();
            if state.missed != state.caught_up {
                return true;
            }
        }
        let mut looked = self.looked.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let is_due = is_shared && looked.is_none_or(|looked| looked.elapsed() >= FOLLOW_EVERY);
        if is_due {
            *looked = Some(Instant::now());
        }
        is_due
    }
}

/// What the entry with these bytes says of rights.
fn said(said_of_holds: Option<&SaidKey>, body: &[u8]) -> Result<Option<Said>, Refusal> {
    /// The one field by which most entries are passed over without reading their facts.
    #[derive(serde::Deserialize)]
    struct Head<'b> {
        kind: &'b str,
    }
    let malformed = || signed::broken("an entry cannot be read");
    let head: Head<'_> = serde_json::from_slice(body).map_err(|_| malformed())?;
    let kind = entry::EntryKind::parse(head.kind).ok_or_else(malformed)?;
    if !may_speak(kind) {
        return Ok(None);
    }
    let entry = entry::decode(body).map_err(|_| malformed())?;
    Ok(Said::of(said_of_holds, entry.kind, &entry.facts, Some(entry.at)))
}

impl Inner {
    /// Takes in what was entered since.
    ///
    /// # Errors
    /// The ledger is not what was signed, or cannot be read.
    pub(in crate::archive) fn follow(&self) -> Result<(), Refusal> {
        let known = self.last_words.known();
        let mut heads = (self.last_words.heads_reach() == known.reach).then(|| Taking::from(known.reach));
        let since = self.store.read(|conn| known.since(conn, &self.last_words, heads.as_mut()))?;
        let reach = since.reach;
        self.last_words.take_in(since);
        if let Some(heads) = heads {
            self.last_words.take_heads(heads, reach);
        }
        Ok(())
    }

    /// The holds of which the ledger tells, for a reader.
    ///
    /// # Errors
    /// The ledger is not what was signed, or cannot be read.
    pub(in crate::archive) fn holds_now(&self) -> Result<Register, Refusal> {
        if self.last_words.is_behind(self.store.is_shared()) {
            self.follow()?;
        }
        Ok(self.last_words.read().holds.clone())
    }

    /// The same with a connection in hand: as far as is known, which [`Inner::settled`] and [`Inner::holds_now`] see to.
    pub(in crate::archive) fn holds_known(&self) -> Register {
        self.last_words.read().holds.clone()
    }

    /// The same inside a write, where the log stands still: whatever was entered up to now, by other nodes and by
    /// those that run in the same transaction before, too.
    ///
    /// # Errors
    /// As [`Inner::holds_now`]; [`Refusal::TooBusy`] if it cannot be known how far the log goes.
    pub(in crate::archive) fn holds_in(&self, tx: &mut Tx<'_>) -> Result<Register, Refusal> {
        let size = tx.log().size.ok_or(Refusal::TooBusy { wait_seconds: 1 })?;
        for _ in 0..READINGS {
            let mut holds = {
                let state = self.last_words.read();
                (state.size == size && state.missed == state.caught_up).then(|| state.holds.clone())
            };
            if let Some(holds) = &mut holds {
                let key = self.last_words.said_of_holds.as_ref();
                let said = |draft: &EntryDraft| HoldSaid::of(key, draft.kind, draft.facts.as_object()?);
                let pending: Vec<HoldSaid> = tx.pending().filter_map(said).collect();
                pending.into_iter().rev().for_each(|said| holds.hear(said));
            }
            match holds {
                Some(holds) => return Ok(holds),
                None => {
                    let since = self.last_words.known().since(tx.conn(), &self.last_words, None)?;
                    self.last_words.take_in(since);
                }
            }
        }
        Err(Refusal::TooBusy { wait_seconds: 1 })
    }

    /// Reads what gives rights, and gives it back only if the ledger's last words say the same.
    ///
    /// # Errors
    /// [`Refusal::Damaged`] if they do not, or whatever `look` returned.
    pub(in crate::archive) fn vouched<T>(
        &self,
        look: impl Fn(&mut Conn) -> Result<(T, Vec<Claim>), Refusal>,
    ) -> Result<T, Refusal> {
        if self.last_words.is_behind(self.store.is_shared()) {
            self.follow()?;
        }
        // Whoever asks finds the keys of now, or is refused: with those of before nothing could be told.
        self.keep_up_with_keys()?;
        let (value, claims) = self.store.read(&look)?;
        if self.last_words.unvouched(&self.last_words.read(), &claims).is_none() {
            return Ok(value);
        }
        // It may have changed between the reading and the comparison. No word changes while `state`
        // is held, nor do the rows of which it speaks. Nobody waits for it with a connection in hand.
        let mut amiss = Thing::User;
        for _ in 0..READINGS {
            self.follow()?;
            let state = self.last_words.read();
            let (value, claims) = self.store.read(&look)?;
            match self.last_words.unvouched(&state, &claims) {
                None => return Ok(value),
                Some(claim) => amiss = claim.thing(),
            }
        }
        tracing::error!(what = ?amiss, "not as the ledger says: run muniment verify");
        Err(Refusal::Damaged(amiss))
    }

    /// True if the last words say the same.
    pub(in crate::archive) fn is_vouched(&self, claims: &[Claim]) -> bool {
        self.last_words.unvouched(&self.last_words.read(), claims).is_none()
    }

    /// Reads a page on which every line that is not as the last words say is marked; `is_whole` says whether
    /// none is. While one is, the page is read again: it may have changed between reading and comparison.
    ///
    /// # Errors
    /// Whatever `look` returned, or the ledger is not what was signed.
    pub(in crate::archive) fn settled<T>(
        &self,
        look: impl Fn(&mut Conn) -> Result<T, Refusal>,
        is_whole: impl Fn(&T) -> bool,
    ) -> Result<T, Refusal> {
        if self.last_words.is_behind(self.store.is_shared()) {
            self.follow()?;
        }
        let mut page = self.store.read(&look)?;
        for _ in 0..READINGS {
            if is_whole(&page) {
                break;
            }
            self.follow()?;
            page = self.store.read(&look)?;
        }
        Ok(page)
    }

    /// What stands there must be what the last entry that speaks of it says. Asked before something
    /// is changed or relied upon: a new entry would vouch for whatever stands there, and whoever can
    /// write to the database alone must not get it vouched for.
    ///
    /// # Errors
    /// [`Refusal::Damaged`] with `thing`, or the database cannot be read.
    pub(in crate::archive) fn must_be_vouched(
        &self,
        tx: &mut Tx<'_>,
        bound: &Bound,
        thing: Thing,
    ) -> Result<(), Refusal> {
        for _ in 0..READINGS {
            let said = self.last_word(tx, bound)?;
            if said == bound.standing(tx.conn())? {
                return Ok(());
            }
            // Another node may have entered something meanwhile.
            let since = self.last_words.known().since(tx.conn(), &self.last_words, None)?;
            self.last_words.take_in(since);
        }
        tracing::error!(what = ?thing, "not as the ledger says: run muniment verify");
        Err(Refusal::Damaged(thing))
    }

    /// The number of a year's next bundle. The counter must stand where the entries say: whoever moved
    /// it would otherwise leave a gap that looks as if a bundle had been taken away.
    ///
    /// # Errors
    /// [`Refusal::Damaged`], or the database cannot be read.
    pub(in crate::archive) fn next_bundle(&self, tx: &mut Tx<'_>, year: u16) -> Result<u64, Refusal> {
        let counter = format!("{BUNDLE_COUNTERS}{year}");
        // From here on no other node gives a number.
        let last = meta::last_number(tx.conn(), &counter)?;
        for _ in 0..READINGS {
            if last == self.last_bundle(tx, year) {
                return Ok(meta::next_number(tx.conn(), &counter)?);
            }
            // Another node may have begun an export meanwhile.
            let since = self.last_words.known().since(tx.conn(), &self.last_words, None)?;
            self.last_words.take_in(since);
        }
        tracing::error!(%counter, "not as the ledger says: run muniment verify");
        Err(Refusal::Damaged(Thing::Export))
    }

    /// The highest number that a bundle of the year got, in the ledger or in the same transaction.
    fn last_bundle(&self, tx: &Tx<'_>, year: u16) -> u64 {
        let said = |draft: &EntryDraft| Said::of(None, draft.kind, draft.facts.as_object()?, None)?.bundle;
        let pending = tx.pending().filter_map(said).filter(|name| name.year() == year);
        let pending = pending.map(|name| u64::from(name.number())).max().unwrap_or(0);
        pending.max(self.last_words.bundles_of(year))
    }

    /// The digest that the last entry gives for it: one that waits in the same transaction, or one of
    /// the ledger. `None` if none speaks of it.
    fn last_word(&self, tx: &mut Tx<'_>, bound: &Bound) -> Result<Option<Digest>, Refusal> {
        let address = bound.address();
        let pending = tx.pending().find_map(|draft| draft.facts.get(ROWS)?.get(&address));
        if let Some(pending) = pending {
            return Ok(bound::digest_in(pending));
        }
        match bound {
            // They give nobody a right and are many: where their last entry stands is known, not what it says.
            Bound::Case(_) | Bound::Matter(_) | Bound::Export(_) => {
                self.ledgered(tx.conn())?.last_word(tx.conn(), bound)
            }
            Bound::User(_)
            | Bound::Token(_)
            | Bound::Session(_)
            | Bound::Approval(_)
            | Bound::Cell { .. }
            | Bound::Event(_)
            | Bound::RetentionEvent(_)
            | Bound::Explanation(_)
            | Bound::Party(_)
            | Bound::Hold(_)
            | Bound::HoldBatch { .. }
            | Bound::HoldNotice(_)
            | Bound::Job(_)
            | Bound::Policies
            | Bound::Policy(_)
            | Bound::PolicyVersion(_)
            | Bound::PolicyReview(_)
            | Bound::PolicyAcknowledgement(..)
            | Bound::PolicySuggestion(_)
            | Bound::PolicyEvaluation(_)
            | Bound::Simulation(_) => Ok(self.last_words.about(&address)),
        }
    }
}
