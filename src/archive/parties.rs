//! Parties: customers, grantors, people. Known by a keyed token of their folded name; the name
//! itself is sealed.

use serde_json::{Value, json};

use crate::base::digest::Digest;
use crate::base::id::{PartyId, UserId};
use crate::base::text::fold_name;
use crate::ledger::entry::{Actor, EntryDraft, EntryKind};
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

/// The token under which a party of this name is found.
pub(super) fn name_token(keys: &Keyring, name: &str) -> Result<[u8; 16], Refusal> {
    let index = keys.index.as_ref().ok_or(Refusal::NoKey("index keys"))?;
    Ok(index.lookup_token("party.name", &fold_name(name)))
}

/// Finds the party of this name, or registers it.
pub(super) fn find_or_register(
    inner: &Inner,
    keys: &Keyring,
    tx: &mut Tx<'_>,
    actor: UserId,
    name: &PartyName,
) -> Result<PartyId, Refusal> {
    let token = name_token(keys, name.as_str())?;
    if let Some(row) = parties::by_name(tx.conn(), &token)? {
        return Ok(row.id);
    }
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

/// The name of a party, whose row and words are those that were entered: nothing of a party changes once it
/// is registered.
///
/// # Errors
/// [`Refusal::Damaged`] if they are others, or the ledger cannot be read.
pub(super) fn name(
    (keys, ledger): (&Keyring, &Ledgered<'_>),
    conn: &mut Conn,
    id: PartyId,
) -> Result<PartyName, Refusal> {
    let (subject, bound, damaged) = (id.to_string(), Bound::Party(id), || Refusal::Damaged(Thing::Party));
    let entry = worded::beginning(ledger, conn, (&subject, EntryKind::PartyRegistered), Thing::Party)?;
    let said = entry.facts.get(ROWS).and_then(|rows| rows.get(bound.address())).and_then(digest_in);
    if said.is_none() || said != bound.standing(conn)? {
        tracing::error!(party = subject, "not as the ledger says: run muniment verify");
        return Err(damaged());
    }
    let said = worded::commitment_in(&entry.facts, "profile");
    let value = cells::profile_as(keys, conn, (&subject, PROFILE), said, Thing::Party)?;
    let name = value.get("name").and_then(Value::as_str);
    name.and_then(|name| PartyName::parse(name).ok()).ok_or_else(damaged)
}
