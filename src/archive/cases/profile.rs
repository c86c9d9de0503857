//! The words of a case as they lie sealed: its profile, and beside it tier, priority and language,
//! so that one commitment stands for everything that people say of the case.

use serde_json::{Value, json};

use crate::archive::Inner;
use crate::archive::cells::{self, PROFILE, SealedProfile};
use crate::archive::refusal::{Refusal, Thing};
use crate::base::canonical;
use crate::base::digest::Digest;
use crate::base::id::CaseId;
use crate::record::case::CaseProfile;
use crate::seal::Keyring;
use crate::store::Conn;
use crate::store::rows::cases::CaseRow;
use crate::store::rows::cells as cell_rows;

/// Seals the words of a case.
pub(in crate::archive) fn seal(
    inner: &Inner,
    keys: &Keyring,
    row: &CaseRow,
    profile: &CaseProfile,
) -> Result<SealedProfile, Refusal> {
    cells::seal_profile(inner, keys, &row.id.to_string(), PROFILE, &to_json(row, profile))
}

fn to_json(row: &CaseRow, profile: &CaseProfile) -> Value {
    json!({
        "levels": {"language": row.language, "priority": row.priority, "tier": row.tier},
        "profile": profile.to_json(),
    })
}

/// Opens the words of a case and checks them against its clear columns.
///
/// # Errors
/// [`Refusal::Damaged`] if they are missing, do not open, or contradict the row.
pub(in crate::archive) fn open(
    keys: &Keyring,
    conn: &mut Conn,
    row: &CaseRow,
) -> Result<CaseProfile, Refusal> {
    let words = cells::profile(keys, conn, &row.id.to_string(), PROFILE, Thing::Case)?;
    of_words(row, &words)
}

/// Reads words that were opened, and checks them against the clear columns.
///
/// # Errors
/// [`Refusal::Damaged`] if they contradict the row, or are none.
pub(super) fn of_words(row: &CaseRow, value: &Value) -> Result<CaseProfile, Refusal> {
    let damaged = || Refusal::Damaged(Thing::Case);
    let inner = value.get("profile").ok_or_else(damaged)?;
    let profile = CaseProfile::from_bytes(&canonical::to_bytes(inner)).ok_or_else(damaged)?;
    if to_json(row, &profile) != *value {
        return Err(damaged());
    }
    Ok(profile)
}

/// The digest of a case's sealed profile.
pub(in crate::archive) fn digest(conn: &mut Conn, case: CaseId) -> Result<Digest, Refusal> {
    let cell = cell_rows::get(conn, &case.to_string(), PROFILE)?;
    cell.map(|cell| cell.digest).ok_or(Refusal::Damaged(Thing::Case))
}
