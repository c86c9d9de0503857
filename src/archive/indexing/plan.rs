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

use super::documents::{Documents, Plan};
use super::text::{Found, OpenVersion, Reading, entry_text, is_damage};

/// The engine that makes content tokens. Another engine's tokens cannot be worked out any more: the
/// index is then made anew.
pub(in crate::archive) const ENGINE: &str = "tokens/2";

/// What is noted at a version once the index is done with it: the engine, a plus sign, and how it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// Descriptor and all text of its content are in the index.
    Text,
    /// Some of the content's text could not be read.
    Part,
    /// The content has no text: the descriptor is in the index.
    Descriptor,
    /// A later version is current.
    Superseded,
    /// The record is closed or destroyed.
    Gone,
    /// Nothing of it can be read.
    Damaged,
}

impl Mark {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "tokens/2+text",
            Self::Part => "tokens/2+part",
            Self::Descriptor => "tokens/2+descriptor",
            Self::Superseded => "tokens/2+superseded",
            Self::Gone => "tokens/2+gone",
            Self::Damaged => "tokens/2+damaged",
        }
    }

    fn of(found: Found) -> Self {
        match found {
            Found::Text => Self::Text,
            Found::Part => Self::Part,
            Found::Descriptor => Self::Descriptor,
        }
    }
}

/// Nothing but the mark of a version that the engine cannot work on.
pub(super) fn damaged(version: (RecordId, u32)) -> Plan {
    Plan::new(Domain::Content, version, Mark::Damaged.as_str())
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
        plan.mark = if openable { Mark::Superseded } else { Mark::Gone }.as_str().to_owned();
        return Ok(plan);
    }
    let mut written = 0;
    for block in index::of_record(conn, record, Domain::Content)? {
        if block.version == version {
            written = block.pieces;
            continue;
        }
        match documents(reading, tokens, conn, &row, block.version) {
            Ok((documents, _, _)) => plan.leaving.push((block, Arc::new(documents))),
            // Its tokens stay until the index is made anew; no search shows an older version.
            Err(error) if is_damage(&error) => {
                tracing::warn!(%record, version = block.version, "an older version stays in the index: damaged");
            }
            Err(error) => return Err(error),
        }
    }
    match documents(reading, tokens, conn, &row, version) {
        Ok((documents, found, read)) => {
            plan.read = Some(read);
            plan.mark = Mark::of(found).as_str().to_owned();
            plan.coming = Some((Arc::new(documents), written));
        }
        Err(error) if is_damage(&error) => {
            tracing::warn!(%record, version, %error, "a damaged record is not in the index");
        }
        Err(error) => return Err(error),
    }
    Ok(plan)
}

/// The documents of a version: the same each time they are worked out; and the digest of its sealed
/// descriptor.
pub(super) fn documents(
    reading: Reading<'_>,
    tokens: &mut ContentIndex,
    conn: &mut Conn,
    record: &RecordRow,
    version: u32,
) -> Result<(Documents, Found, Digest), Refusal> {
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
    Ok((documents, whole.found, opened.row.descriptor_digest))
}
