//! A version as the database has it now, in the words in which its entry speaks of it: what is shown,
//! read or verified of a version is held against the entry that captured it.

use std::cmp::Ordering;

use serde_json::Value;

use crate::archive::bound::{self, ROWS};
use crate::archive::facts::{self, VersionRows};
use crate::archive::refusal::Refusal;
use crate::base::digest::Digest;
use crate::ledger::entry::{Entry, EntryKind};
use crate::record::state::RecordState;
use crate::store::Conn;
use crate::store::rows::components::{self, ComponentRow, Presence};
use crate::store::rows::records::RecordRow;
use crate::store::rows::versions::VersionRow;
use crate::store::rows::{links, parties, segments, versions};

/// The facts made again from rows, and the sealed bytes that have digests of their own.
pub(in crate::archive) struct Again {
    /// The facts that an entry made of these rows would carry.
    pub facts: Value,
    /// Under which the entry vouches for the rows, and with which digest.
    pub address: String,
    pub digest: Digest,
    /// What is wrong with what follows from the entries together.
    pub amiss: Option<&'static str>,
    /// Digest of the sealed descriptor, and the one beside it.
    pub descriptor: (Digest, Digest),
    /// The same of a segment's sealed table of entries.
    pub offsets: Option<(Digest, Digest)>,
    /// The row of the version.
    pub version: VersionRow,
}

impl Again {
    /// Version `number` of a record, of which `entry` speaks; `None` if it is not there. `brought` is the state
    /// to which entries brought the record.
    ///
    /// # Errors
    /// The database cannot be read, or a row holds what this program never writes.
    pub(in crate::archive) fn of(
        conn: &mut Conn,
        (record, brought): (&RecordRow, RecordState),
        number: u32,
        entry: &Entry,
    ) -> Result<Option<Self>, Refusal> {
        let Some(version) = versions::get(conn, record.id, number)? else { return Ok(None) };
        let components = components::of_version(conn, record.id, number)?;
        let parties = parties::of_version(conn, record.id, number)?;
        // A link is entered with the version that made it.
        let made_here = |link: &links::LinkRow| said_links(entry).any(|id| id == link.id.to_string());
        let mut links = links::from_record(conn, record.id)?;
        links.retain(made_here);
        let segment = match entry.kind {
            EntryKind::SegmentCaptured => segments::get(conn, record.id)?,
            _ => None,
        };
        let rows = VersionRows {
            record,
            version: &version,
            components: &components,
            parties: &parties,
            links: &links,
            segment: segment.as_ref(),
        };
        let facts = facts::of_version(&rows)?;
        let (address, digest) = (bound::version_address(&rows), bound::of_version(&rows));
        let amiss = amiss(conn, &rows, brought)?;
        // Of what is destroyed nothing is left to be held against its digest.
        let sealed = |bytes: &[u8], digest| match bytes.is_empty() && brought.is_destroyed() {
            true => (digest, digest),
            false => (Digest::of(bytes), digest),
        };
        let descriptor = sealed(&version.descriptor, version.descriptor_digest);
        let offsets = segment.map(|segment| sealed(&segment.offsets, segment.offsets_digest));
        Ok(Some(Self { facts, address, digest, amiss, descriptor, offsets, version }))
    }

    /// True if the entry says just this, and nothing that was sealed beside the rows was exchanged.
    pub(in crate::archive) fn is_as_entered(&self, entry: &Entry) -> bool {
        let sealed = |(is, was): (Digest, Digest)| is == was;
        self.are_facts_of(entry)
            && self.is_vouched_by(entry)
            && self.amiss.is_none()
            && sealed(self.descriptor)
            && self.offsets.is_none_or(sealed)
    }

    /// True if the facts of the entry are those that the rows give.
    pub(in crate::archive) fn are_facts_of(&self, entry: &Entry) -> bool {
        let made = self.facts.as_object();
        let others = entry.facts.iter().filter(|(name, _)| *name != ROWS);
        let count = others.clone().count();
        made.is_some_and(|made| {
            made.len() == count && others.into_iter().all(|(name, value)| made.get(name) == Some(value))
        })
    }

    /// True if the entry vouches for the rows as they are.
    pub(in crate::archive) fn is_vouched_by(&self, entry: &Entry) -> bool {
        let vouched = entry.facts.get(ROWS).and_then(|rows| rows.get(&self.address));
        vouched.and_then(Value::as_str) == Some(self.digest.to_hex().as_str())
    }
}

/// The entry that captured a segment, as `erasure`, the newest entry by which some of it was erased, left it: the
/// segment keeps everything but the payload, and what was sealed anew is as that entry says. `None` if it says
/// none of it.
pub(in crate::archive) fn since(captured: &Entry, erasure: &Entry) -> Option<Entry> {
    let said = |name: &str| erasure.facts.get(name).cloned();
    let mut entry = captured.clone();
    entry.facts.insert("components".to_owned(), said("components")?);
    let commitment = |descriptor: &Value| descriptor.get("commitment").cloned();
    let (was, is) = (captured.facts.get("descriptor")?, said("descriptor")?);
    // The same words under another key.
    if commitment(was).is_none() || commitment(was) != commitment(&is) {
        return None;
    }
    entry.facts.insert("descriptor".to_owned(), is);
    let segment = entry.facts.get_mut("segment")?.as_object_mut()?;
    segment.insert("offsets_digest".to_owned(), said("offsets_digest")?);
    entry.facts.insert(ROWS.to_owned(), said(ROWS)?);
    Some(entry)
}

/// The ids of the links that an entry of a capture speaks of.
pub(in crate::archive) fn said_links(entry: &Entry) -> impl Iterator<Item = &str> {
    let links = entry.facts.get("links").and_then(Value::as_array);
    links.into_iter().flatten().filter_map(|fact| fact.get("link").and_then(Value::as_str))
}

/// True if the entry of a capture speaks of just this link.
pub(in crate::archive) fn says_link(entry: &Entry, link: &links::LinkRow) -> bool {
    let facts = entry.facts.get("links").and_then(Value::as_array);
    let fact = facts::link(link);
    facts.into_iter().flatten().any(|said| *said == fact)
}

/// What changes in a record and its components after they were captured must follow from the entries.
fn amiss(
    conn: &mut Conn,
    rows: &VersionRows<'_>,
    brought: RecordState,
) -> Result<Option<&'static str>, Refusal> {
    let VersionRows { record, version, components, .. } = rows;
    if record.state != brought.as_str() {
        return Ok(Some(match brought.is_destroyed() {
            true => "it was destroyed, and its rows are there again: an open archive destroys it again",
            false => "its state is one that no entry brought it to",
        }));
    }
    let is_gone = |component: &ComponentRow| component.state == Presence::Gone;
    if brought.is_destroyed() {
        if !components.iter().all(is_gone)
            || !version.descriptor.is_empty()
            || rows.segment.is_some_and(|segment| !segment.offsets.is_empty())
        {
            return Ok(Some(
                "it was destroyed, and some of it is there again: an open archive destroys it again",
            ));
        }
    } else if components.iter().any(is_gone) {
        return Ok(Some("a payload counts as gone, but no entry says that it was destroyed"));
    }
    let is_last = match record.version.cmp(&version.version) {
        Ordering::Less => return Ok(Some("its current version is older than its newest")),
        Ordering::Equal => true,
        Ordering::Greater => versions::get(conn, record.id, version.version + 1)?.is_none(),
    };
    if is_last && record.version != version.version {
        return Ok(Some("its current version is one that is not there"));
    }
    if is_last && record.updated_at != version.captured_at {
        return Ok(Some("it was changed at another time than its last version"));
    }
    Ok(None)
}
