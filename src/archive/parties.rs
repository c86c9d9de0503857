//! Parties: customers, grantors, people. Known by a keyed token of their folded name; the name
//! itself is sealed.

mod known;

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use crate::base::digest::Digest;
use crate::base::id::{PartyId, UserId};
use crate::base::text::fold_name;
use crate::ledger::entry::{Actor, Entry, EntryDraft, EntryKind};
use crate::record::party::PartyName;
use crate::seal::Keyring;
use crate::store::rows::parties::{self, PartyRow};
use crate::store::{Conn, Tx};

use super::Inner;
use super::bound::{Bound, ROWS, bind, digest_in};
use super::cells::{self, PROFILE};
use super::records::Ledgered;
use super::refusal::{Refusal, Thing};
use super::worded;

pub(super) use known::{KnownSubjects, known_subjects, subject};

/// Parties whose rows were found to be as entered and are remembered, so that captures prove none twice.
const REMEMBERED_MAX: usize = 4_096;

/// Parties that were found to be as they were entered. Nothing of a party changes once it is registered: a row
/// that was good once is good as long as it is the same.
#[derive(Default)]
pub(super) struct Registered(Mutex<HashMap<PartyId, PartyRow>>);

impl Registered {
    fn knows(&self, row: &PartyRow) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&row.id) == Some(row)
    }

    /// Forgets them, as a new start does.
    #[cfg(test)]
    pub(super) fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn remember(&self, row: PartyRow) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED_MAX {
            known.clear();
        }
        known.insert(row.id, row);
    }
}

/// The token under which a party of this name is found.
pub(super) fn name_token(keys: &Keyring, name: &str) -> Result<[u8; 16], Refusal> {
    let index = keys.index.as_ref().ok_or(Refusal::NoKey("index keys"))?;
    Ok(index.lookup_token("party.name", &fold_name(name)))
}

/// Finds the party of this name, or registers it. What a new record says of somebody is said of the party that
/// was entered under this name, and of no other that somebody's change of a row put in its place.
///
/// # Errors
/// [`Refusal::Damaged`] if the row that is found is not as it was entered, or the database refuses.
pub(super) fn find_or_register(
    inner: &Inner,
    keys: &Keyring,
    tx: &mut Tx<'_>,
    actor: UserId,
    name: &PartyName,
) -> Result<PartyId, Refusal> {
    let token = name_token(keys, name.as_str())?;
    if let Some(row) = parties::by_name(tx.conn(), &token)? {
        must_be_registered(inner, tx, &row)?;
        return Ok(row.id);
    }
    tx.guard()?;
    let at = tx.at();
    // The id stands in every record that names the party: it must not say since when it is known.
    let id = PartyId::without_time(inner.entropy.as_ref());
    let profile =
        cells::seal_profile(inner, keys, &id.to_string(), PROFILE, &json!({"name": name.as_str()}))?;
    parties::insert(tx.conn(), &PartyRow { id, name_token: token, created_at: at })?;
    crate::store::rows::cells::insert(tx.conn(), &profile.row)?;
    let facts = bind(tx.conn(), facts(profile.commitment), &[Bound::Party(id), Bound::cell(id, PROFILE)])?;
    tx.enter(EntryDraft {
        kind: EntryKind::PartyRegistered,
        subject: id.to_string(),
        actor: Actor::User(actor),
        facts,
    })?;
    Ok(id)
}

/// The facts of a `party_registered` entry: nothing of a party stays in clear but its id and when
/// it was registered, which the entry bears already. `profile` is the commitment to its name.
pub(super) fn facts(profile: Digest) -> Value {
    json!({"profile": profile.to_hex()})
}

/// Refuses a party whose row is not as it was entered, inside a write: its entry may wait in the same
/// transaction.
fn must_be_registered(inner: &Inner, tx: &mut Tx<'_>, row: &PartyRow) -> Result<(), Refusal> {
    if inner.registered.knows(row) {
        return Ok(());
    }
    let subject = row.id.to_string();
    let is_its = |draft: &&EntryDraft| draft.kind == EntryKind::PartyRegistered && draft.subject == subject;
    let pending = tx.pending().find(is_its).map(|draft| said_in(&draft.facts, row.id));
    if let Some(said) = pending {
        return match said == Some(row.fingerprint()) {
            true => Ok(()),
            false => Err(damaged(&subject)),
        };
    }
    let ledger = inner.ledgered(tx.conn())?;
    registered(&ledger, tx.conn(), row)?;
    inner.registered.remember(row.clone());
    Ok(())
}

/// The entry that registered a party, whose row is the one that was entered.
///
/// # Errors
/// [`Refusal::Damaged`] if it is another, or the ledger cannot be read.
pub(super) fn registered(
    ledger: &Ledgered<'_>,
    conn: &mut Conn,
    row: &PartyRow,
) -> Result<Rc<Entry>, Refusal> {
    let subject = row.id.to_string();
    let entry = worded::beginning(ledger, conn, (&subject, EntryKind::PartyRegistered), Thing::Party)?;
    let said = entry.facts.get(ROWS).and_then(|rows| rows.get(Bound::Party(row.id).address()));
    match said.and_then(digest_in) == Some(row.fingerprint()) {
        true => Ok(entry),
        false => Err(damaged(&subject)),
    }
}

fn said_in(facts: &Value, id: PartyId) -> Option<Digest> {
    facts.get(ROWS)?.get(Bound::Party(id).address()).and_then(digest_in)
}

fn damaged(party: &str) -> Refusal {
    tracing::error!(party, "not as the ledger says: run muniment verify");
    Refusal::Damaged(Thing::Party)
}

/// The name of a party, whose row and words are those that were entered.
///
/// # Errors
/// [`Refusal::Damaged`] if they are others, or the ledger cannot be read.
pub(super) fn name(
    (keys, ledger): (&Keyring, &Ledgered<'_>),
    conn: &mut Conn,
    id: PartyId,
) -> Result<PartyName, Refusal> {
    let subject = id.to_string();
    let row = parties::get(conn, id)?.ok_or_else(|| damaged(&subject))?;
    let entry = registered(ledger, conn, &row)?;
    let said = worded::commitment_in(&entry.facts, "profile");
    let value = cells::profile_as(keys, conn, (&subject, PROFILE), said, Thing::Party)?;
    let name = value.get("name").and_then(Value::as_str);
    name.and_then(|name| PartyName::parse(name).ok()).ok_or_else(|| damaged(&subject))
}
