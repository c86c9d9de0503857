//! Small sealed texts: rows of the `cells` table, sealed under the current epoch key.

use crate::base::canonical;
use crate::base::digest::Digest;
use crate::base::secret::SecretBytes;
use crate::seal::cell::{self, CellPlace};
use crate::seal::commitment::{CommitmentKey, commit};
use crate::seal::{Keyring, Profile};
use crate::store::Conn;
use crate::store::rows::cells::{self, CellRow};

use super::Inner;
use super::refusal::{Refusal, Thing};

/// The part of a cell that holds what is known of a case, party, user or matter in words.
pub(super) const PROFILE: &str = "profile";

/// Seals one cell. `generation` counts the recipients that an age header inside is wrapped to; 0 for none.
pub(super) fn seal(
    inner: &Inner,
    keys: &Keyring,
    owner: &str,
    part: &str,
    plain: &SecretBytes,
    generation: u32,
) -> Result<CellRow, Refusal> {
    let epoch = keys.current_epoch().ok_or(Refusal::NoKey("epoch key"))?;
    let sealed = cell::seal(epoch, CellPlace { owner, part }, plain.expose(), inner.entropy.as_ref());
    Ok(CellRow {
        owner: owner.to_owned(),
        part: part.to_owned(),
        epoch: epoch.number,
        digest: Digest::of(&sealed),
        sealed,
        generation,
    })
}

/// Opens a cell that was read.
pub(super) fn open(keys: &Keyring, row: &CellRow, thing: Thing) -> Result<SecretBytes, Refusal> {
    let epoch = keys.epoch(row.epoch).ok_or(Refusal::NoKey("epoch key"))?;
    cell::open(epoch, CellPlace { owner: &row.owner, part: &row.part }, &row.sealed)
        .map_err(|_| Refusal::Damaged(thing))
}

/// A profile's cell and the commitment that the ledger gets.
pub(super) struct SealedProfile {
    pub row: CellRow,
    pub commitment: Digest,
}

/// Seals a profile: words about a case, party, user or matter.
pub(super) fn seal_profile(
    inner: &Inner,
    keys: &Keyring,
    owner: &str,
    part: &str,
    json: &serde_json::Value,
) -> Result<SealedProfile, Refusal> {
    let json = SecretBytes::new(canonical::to_bytes(json));
    let commitment_key = CommitmentKey::generate(inner.entropy.as_ref());
    let commitment = commit(&commitment_key, Digest::of(json.expose())).digest();
    let plain = Profile { commitment_key, json }.to_bytes();
    Ok(SealedProfile { row: seal(inner, keys, owner, part, &plain, 0)?, commitment })
}

/// Reads and opens a profile.
pub(super) fn profile(
    keys: &Keyring,
    conn: &mut Conn,
    owner: &str,
    part: &str,
    thing: Thing,
) -> Result<serde_json::Value, Refusal> {
    let row = cells::get(conn, owner, part)?.ok_or(Refusal::Damaged(thing))?;
    let profile = Profile::parse(open(keys, &row, thing)?.expose())?;
    serde_json::from_slice(profile.json.expose()).map_err(|_| Refusal::Damaged(thing))
}
