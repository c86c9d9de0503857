//! By which keys events reach records, as their descriptors say: who decides on an event goes by this, and not by
//! rows that nobody vouches for. It lives in memory and follows the ledger by itself.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use crate::archive::Inner;
use crate::archive::records::Ledgered;
use crate::archive::refusal::{Refusal, Thing};
use crate::base::id::{CaseId, RecordId};
use crate::ledger::entry::EntryKind;
use crate::record::state::RecordState;
use crate::store::rows::records::RecordRow;
use crate::store::rows::{LookupToken, ledger, records, retention};
use crate::store::{Conn, StoreError};

use super::materialise::Known;

/// Entries, and records, that are read in one go.
const BATCH: u32 = 256;

/// A record that a key reaches.
#[derive(Debug, Clone)]
pub(in crate::archive) struct Reached {
    /// The record.
    pub row: RecordRow,
    /// The names and tokens of all its keys; none of what is destroyed.
    pub keys: Vec<(String, LookupToken)>,
}

/// The keys of every record.
#[derive(Default)]
pub(in crate::archive) struct KnownKeys(Mutex<Remembered>);

#[derive(Default)]
struct Remembered {
    /// Entries that were followed.
    followed: u64,
    of: HashMap<RecordId, Keys>,
    with: HashMap<LookupToken, HashSet<RecordId>>,
}

struct Keys {
    case: Option<CaseId>,
    keys: Vec<(String, LookupToken)>,
}

impl Remembered {
    fn forget(&mut self, record: RecordId) {
        let Some(gone) = self.of.remove(&record) else { return };
        for (_, token) in gone.keys {
            if let Some(with) = self.with.get_mut(&token) {
                with.remove(&record);
            }
        }
    }

    fn keep(&mut self, row: &RecordRow, keys: Vec<(String, LookupToken)>) {
        self.forget(row.id);
        for (_, token) in &keys {
            self.with.entry(*token).or_default().insert(row.id);
        }
        self.of.insert(row.id, Keys { case: row.case_id, keys });
    }

    /// Forgets what entries since then may have changed.
    fn follow(&mut self, conn: &mut Conn, size: u64) -> Result<(), Refusal> {
        if self.of.is_empty() {
            self.followed = size;
        }
        while self.followed < size {
            let entries = ledger::entries_from(conn, self.followed, BATCH)?;
            let Some(last) = entries.last() else { break };
            let next = last.seq + 1;
            for entry in &entries {
                match entry.kind {
                    EntryKind::CaseOpened
                    | EntryKind::CaseChanged
                    | EntryKind::CaseEvent
                    | EntryKind::CaseEventCancelled => {
                        if let Ok(case) = CaseId::parse(&entry.subject) {
                            let in_it = self.of.iter().filter(|(_, keys)| keys.case == Some(case));
                            let ids: Vec<RecordId> = in_it.map(|(id, _)| *id).collect();
                            ids.into_iter().for_each(|id| self.forget(id));
                        }
                    }
                    // Whatever else speaks of a record.
                    _ => {
                        if let Ok(record) = RecordId::parse(&entry.subject) {
                            self.forget(record);
                        }
                    }
                }
            }
            self.followed = next;
        }
        Ok(())
    }

    /// Reads what is not known yet.
    fn fill(&mut self, inner: &Inner, ledger: &Ledgered<'_>, conn: &mut Conn) -> Result<(), Refusal> {
        self.follow(conn, ledger.size())?;
        if u64::try_from(self.of.len()).ok() == Some(records::count_all(conn)?) {
            return Ok(());
        }
        let mut after = None;
        loop {
            let ids = records::ids_after(conn, after, BATCH)?;
            let Some(last) = ids.last() else { return Ok(()) };
            after = Some(*last);
            let unknown: Vec<RecordId> = ids.into_iter().filter(|id| !self.of.contains_key(id)).collect();
            for row in records::get_many(conn, &unknown)? {
                let keys = keys_of(inner, ledger, conn, &row)?;
                self.keep(&row, keys);
            }
        }
    }
}

/// Of what is destroyed, or not as the ledger says, no keys are known: it is not judged either.
fn keys_of(
    inner: &Inner,
    ledger: &Ledgered<'_>,
    conn: &mut Conn,
    row: &RecordRow,
) -> Result<Vec<(String, LookupToken)>, Refusal> {
    if !RecordState::from_row(&row.state).is_some_and(RecordState::is_openable) {
        return Ok(Vec::new());
    }
    match Known::read(inner, ledger, conn, row) {
        Ok(known) => Ok(known.keys),
        Err(Refusal::Damaged(_) | Refusal::Seal(_) | Refusal::Store(StoreError::Corrupt { .. })) => {
            tracing::error!(record = %row.id, "not as the ledger says: no event reaches it; run muniment verify");
            Ok(Vec::new())
        }
        Err(other) => Err(other),
    }
}

impl Inner {
    /// The records that one of these keys reaches, in the order of their ids: as their descriptors say, and of what
    /// is destroyed as the rows have it.
    ///
    /// # Errors
    /// [`Refusal::Damaged`] if the rows by which the judge looks for records lead elsewhere: `fsck` names them, and
    /// they are made anew after a start and once a day.
    pub(in crate::archive) fn reached_by(
        &self,
        ledger: &Ledgered<'_>,
        conn: &mut Conn,
        tokens: &BTreeSet<LookupToken>,
    ) -> Result<Vec<Reached>, Refusal> {
        let mut known = self.known_keys.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.fill(self, ledger, conn)?;
        let mut ids: BTreeSet<RecordId> = BTreeSet::new();
        for token in tokens {
            ids.extend(known.with.get(token).into_iter().flatten());
        }
        let in_rows = rows_with(conn, tokens)?;
        let ids: Vec<RecordId> = ids.into_iter().collect();
        let all: Vec<RecordId> =
            ids.iter().chain(&in_rows).copied().collect::<BTreeSet<_>>().into_iter().collect();
        let mut rows = records::get_many(conn, &all)?;
        rows.sort_unstable_by_key(|row| row.id);
        let mut reached = Vec::with_capacity(rows.len());
        let mut astray = Vec::new();
        for row in rows {
            let is_destroyed = RecordState::from_row(&row.state).is_some_and(RecordState::is_destroyed);
            let is_known = ids.binary_search(&row.id).is_ok();
            if is_known != in_rows.contains(&row.id) && !is_destroyed && is_judged(conn, &row)? {
                astray.push(row.id);
            }
            if is_known || is_destroyed {
                let keys = known.of.get(&row.id).map(|known| known.keys.clone()).unwrap_or_default();
                reached.push(Reached { row, keys });
            }
        }
        if astray.is_empty() {
            return Ok(reached);
        }
        for record in &astray {
            tracing::error!(%record, "its keys are not those of its descriptor: run muniment verify");
        }
        Err(Refusal::Damaged(Thing::Record))
    }
}

/// True if what is kept of a record was made of the version that stands.
fn is_judged(conn: &mut Conn, row: &RecordRow) -> Result<bool, StoreError> {
    let kept = retention::get(conn, row.id)?;
    Ok(kept.is_some_and(|kept| kept.version == row.version && !kept.sealed.is_empty()))
}

fn rows_with(conn: &mut Conn, tokens: &BTreeSet<LookupToken>) -> Result<BTreeSet<RecordId>, StoreError> {
    let mut ids = BTreeSet::new();
    for token in tokens {
        ids.extend(retention::with_key(conn, token)?);
    }
    Ok(ids)
}
