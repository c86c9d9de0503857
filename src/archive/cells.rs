//! Small sealed texts: rows of the `cells` table, sealed under the current epoch key.

use crate::base::canonical;
use crate::base::digest::Digest;
use crate::base::id::ComponentId;
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
/// What something was opened or exported for; the owner is the reading, or what stands for one of an export.
pub(super) const PURPOSE: &str = "purpose";
/// What a second person is asked for, and the frozen list of an export's job.
pub(super) const REQUEST: &str = "request";
/// A list of records and their versions: what an export contains, and what a request for one is about.
pub(super) const ITEMS: &str = "items";
/// The secret of a user's second factor.
pub(super) const SECOND_FACTOR: &str = "second_factor";
/// The same, before its first code has been shown.
pub(super) const SECOND_FACTOR_NEW: &str = "second_factor:new";
/// What is known of an upload in words.
pub(super) const UPLOAD: &str = "upload";
/// The header of an upload's payload, as a component's is.
pub(super) const HEADER: &str = "header";
/// What the result of a job is.
pub(super) const RESULT: &str = "result";
/// The header of its payload, as a component's is.
pub(super) const RESULT_HEADER: &str = "result_header";
/// The secret and the numbers by which people and things are hidden in a case, or in a record without one.
pub(super) const REDACTION: &str = "redaction";
/// What a version of a policy says: its canonical form.
pub(super) const POLICY: &str = "policy";
/// The report of a simulation.
pub(super) const REPORT: &str = "report";
/// What people are told of a campaign that a version of a policy begins.
pub(super) const NOTICE: &str = "notice";
/// What opens a record that was sealed for its destruction, as an age file for the recovery recipient alone.
pub(super) const ESCROW: &str = "escrow";
/// What the judge has to know of such a record.
pub(super) const FACTS: &str = "facts";
/// How the part of a version's keys begins; its number follows.
pub(super) const VERSION: &str = "version:";

/// Every part that has a word. Besides them there are parts named by a version's number and by a
/// component's id. `docs/formats/cells.md` says whose they are and what they hold.
pub(super) const PARTS: [&str; 16] = [
    PROFILE,
    PURPOSE,
    REQUEST,
    ITEMS,
    SECOND_FACTOR,
    SECOND_FACTOR_NEW,
    UPLOAD,
    HEADER,
    RESULT,
    RESULT_HEADER,
    REDACTION,
    POLICY,
    REPORT,
    NOTICE,
    ESCROW,
    FACTS,
];

/// True for a part that the archive may have.
fn is_part(part: &str) -> bool {
    PARTS.contains(&part)
        || part.strip_prefix(VERSION).is_some_and(|number| number.parse::<u32>().is_ok())
        || ComponentId::parse(part).is_ok()
}

/// Seals one cell. `generation` counts the recipients that an age header inside is wrapped to; 0 for none.
pub(super) fn seal(
    inner: &Inner,
    keys: &Keyring,
    owner: &str,
    part: &str,
    plain: &SecretBytes,
    generation: u32,
) -> Result<CellRow, Refusal> {
    debug_assert!(is_part(part), "{part} is a part that the documentation does not know");
    let epoch = keys.current_epoch().ok_or(Refusal::NoKey("epoch key"))?;
    inner.must_be_in_force(keys)?;
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
    let epoch = keys.epoch(row.epoch).ok_or(Refusal::NoEpochKey { epoch: row.epoch, thing })?;
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

/// A profile as it stands, opened.
fn standing(
    keys: &Keyring,
    conn: &mut Conn,
    (owner, part): (&str, &str),
    thing: Thing,
) -> Result<Profile, Refusal> {
    let row = cells::get(conn, owner, part)?.ok_or(Refusal::Damaged(thing))?;
    Profile::parse(open(keys, &row, thing)?.expose()).map_err(|_| Refusal::Damaged(thing))
}

fn commitment_to(profile: &Profile) -> Digest {
    commit(&profile.commitment_key, Digest::of(profile.json.expose())).digest()
}

fn json_of(profile: &Profile, thing: Thing) -> Result<serde_json::Value, Refusal> {
    serde_json::from_slice(profile.json.expose()).map_err(|_| Refusal::Damaged(thing))
}

/// The commitment to the words of a profile as they stand.
pub(super) fn commitment_of(
    keys: &Keyring,
    conn: &mut Conn,
    owner: &str,
    part: &str,
    thing: Thing,
) -> Result<Digest, Refusal> {
    standing(keys, conn, (owner, part), thing).map(|profile| commitment_to(&profile))
}

/// Reads and opens a profile.
pub(super) fn profile(
    keys: &Keyring,
    conn: &mut Conn,
    owner: &str,
    part: &str,
    thing: Thing,
) -> Result<serde_json::Value, Refusal> {
    json_of(&standing(keys, conn, (owner, part), thing)?, thing)
}

/// The same, if it is the one to which an entry is committed. Whoever has the epoch key can seal other words
/// in its place; the entry is another matter.
///
/// # Errors
/// [`Refusal::Damaged`] with `thing` if the words are others, or none.
pub(super) fn profile_as(
    keys: &Keyring,
    conn: &mut Conn,
    (owner, part): (&str, &str),
    said: Option<Digest>,
    thing: Thing,
) -> Result<serde_json::Value, Refusal> {
    let profile = standing(keys, conn, (owner, part), thing)?;
    if said != Some(commitment_to(&profile)) {
        tracing::error!(what = ?thing, owner, "other words than the ledger says: run muniment verify");
        return Err(Refusal::Damaged(thing));
    }
    json_of(&profile, thing)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_page_about_cells_names_every_part_and_no_other() {
        let page = include_str!("../../docs/formats/cells.md");
        let (_, table) = page.split_once("| owner | part | text |").unwrap();
        let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
        let mut named: BTreeSet<&str> = BTreeSet::new();
        for row in rows {
            let part = row.split('|').nth(2).unwrap();
            named.extend(part.split('`').skip(1).step_by(2));
            assert!(part.contains('`') || part.contains("component's id"), "{row}");
        }
        assert!(named.remove("version:<n>"));
        assert_eq!(named, BTreeSet::from(PARTS));
    }

    #[test]
    fn a_part_is_a_word_of_the_list_a_version_or_a_component() {
        for part in ["version:12", "0195a5b0-0000-7000-8000-000000000001", "second_factor:new"] {
            assert!(is_part(part), "{part}");
        }
        for part in ["", "version:", "version:x", "notes", "headers"] {
            assert!(!is_part(part), "{part}");
        }
    }
}
