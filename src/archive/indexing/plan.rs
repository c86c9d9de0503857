//! What has to be done for one version: which documents go into the index, which leave it, and how the
//! version is marked then.

use std::sync::Arc;

use crate::base::digest::Digest;
use crate::base::id::RecordId;
use crate::record::state::RecordState;
use crate::search::ContentIndex;
use crate::store::Conn;
use crate::store::rows::index::{self, Domain};
use crate::store::rows::records::{self, RecordRow};

use crate::archive::refusal::{Refusal, Thing};

use super::component::Unread;
use super::documents::{Documents, Plan};
use super::mark::Mark;
use super::text::{Found, OpenVersion, Reading, entry_text, is_damage};

/// The engine that makes content tokens. Another engine's tokens cannot be worked out any more: the
/// index is then made anew.
pub(in crate::archive) const ENGINE: &str = "tokens/2";

/// Nothing but the mark of a version that the engine cannot work on.
pub(super) fn damaged(version: (RecordId, u32)) -> Plan {
    Plan::new(Domain::Content, version, &Mark::Damaged.to_text(ENGINE))
}

/// Looks at a version and works out its tokens.
///
/// # Errors
/// The database cannot be read, or what is read cannot be read at present. Damage of the version itself ends
/// in a mark.
pub(super) fn plan(
    reading: Reading<'_>,
    tokens: &mut ContentIndex,
    conn: &mut Conn,
    (record, version): (RecordId, u32),
) -> Result<Plan, Refusal> {
    let mut plan = damaged((record, version));
    let Some(row) = records::get(conn, record)? else {
        tracing::warn!(%record, version, "a version has no record");
        return Ok(plan);
    };
    let openable = RecordState::from_row(&row.state).is_some_and(RecordState::is_openable);
    if row.version != version || !openable {
        plan.mark = if openable { Mark::Superseded } else { Mark::Gone }.to_text(ENGINE);
        return Ok(plan);
    }
    let mut written = 0;
    for block in index::of_record(conn, record, Domain::Content)? {
        if block.version == version {
            written = block.pieces;
            continue;
        }
        match documents(reading, tokens, conn, &row, block.version) {
            // What is not read now may have been read then: its words are not known any more.
            Ok(made) if !made.unread.is_empty() => {
                tracing::warn!(%record, version = block.version, "an older version stays in the index: unread");
            }
            Ok(made) => plan.leaving.push((block, Arc::new(made.documents))),
            // Its tokens stay until the index is made anew; no search shows an older version.
            Err(error) if is_damage(&error) => {
                tracing::warn!(%record, version = block.version, "an older version stays in the index: damaged");
            }
            Err(error) => return Err(error),
        }
    }
    match documents(reading, tokens, conn, &row, version) {
        Ok(made) => {
            plan.unread = made.unread;
            plan.read = Some(made.read);
            let mark = match made.found {
                Found::Text => Mark::Text,
                Found::Part => Mark::Part,
                Found::Descriptor => Mark::Descriptor,
            };
            plan.mark = mark.to_text(ENGINE);
            plan.coming.push((Arc::new(made.documents), written));
        }
        Err(error) if is_damage(&error) => {
            tracing::warn!(%record, version, %error, "a damaged record is not in the index");
        }
        Err(error) => return Err(error),
    }
    Ok(plan)
}

/// What a version comes to in the index.
pub(super) struct Made {
    pub(super) documents: Documents,
    pub(super) found: Found,
    /// Components that were refused.
    pub(super) unread: Vec<Unread>,
    /// SHA-256 of the sealed descriptor that was read.
    pub(super) read: Digest,
}

/// The documents of a version: the same each time they are worked out; and the digest of its sealed
/// descriptor.
pub(super) fn documents(
    reading: Reading<'_>,
    tokens: &mut ContentIndex,
    conn: &mut Conn,
    record: &RecordRow,
    version: u32,
) -> Result<Made, Refusal> {
    let opened = OpenVersion::open(reading, conn, record, version)?;
    let mut documents = Documents::new(Domain::Content, ENGINE);
    let segment = opened.segment(conn)?;
    let is_segment = segment.is_some();
    if let Some(mut segment) = segment {
        documents.entries = segment.row.entries;
        for ordinal in 0..segment.row.entries {
            let words = match segment.is_erased(ordinal) {
                true => Vec::new(),
                false => tokens.tokens(&entry_text(&segment.entry(ordinal)?)),
            };
            documents.add_words(ordinal, &words);
        }
    }
    let whole = opened.whole(conn, is_segment)?;
    documents.add_words(documents.entries, &tokens.tokens(whole.all()));
    if opened.row.record_id != record.id {
        return Err(Refusal::Damaged(Thing::Record));
    }
    Ok(Made { documents, found: whole.found, unread: whole.unread, read: opened.row.descriptor_digest })
}
