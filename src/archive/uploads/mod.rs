//! Uploads: long contents that come one by one, each with its digest, before the capture that
//! names them.
//!
//! Promises: the content is sealed from its first byte, belongs to nobody but the uploader, and is
//! gone when it is given up, when its time is over, or when it is not what was announced. Until a
//! record takes it over it is no evidence, so no ledger entry speaks of it.

mod begin;
mod give_up;
mod receive;
mod show;
mod sweep;
mod take;
#[cfg(test)]
mod tests;

pub use receive::{Receiving, Reception};
pub use show::UploadPlace;
pub(super) use take::hand_over;

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use crate::base::digest::Digest;
use crate::base::id::UploadId;
use crate::base::moment::Moment;
use crate::record::names::{FileName, MediaType};
use crate::seal::Keyring;
use crate::store::rows::cells as cell_rows;
use crate::store::rows::uploads::{UploadRow, UploadState};
use crate::store::{Conn, StoreError};

use super::refusal::{Refusal, Thing};
use super::{Inner, cells};

/// The part of the cell that holds what is known of an upload in words.
const WORDS: &str = cells::UPLOAD;
/// The part of the cell that holds the header of an upload's payload, as a component's does.
const HEADER: &str = cells::HEADER;

/// What the uploader announces.
#[derive(Clone)]
pub struct NewUpload {
    /// The file's name.
    pub name: FileName,
    /// Its media type.
    pub media_type: MediaType,
    /// Its length in bytes.
    pub bytes: u64,
    /// SHA-256 of it, if known already.
    pub digest: Option<Digest>,
}

/// An upload, as its owner sees it.
#[derive(Clone)]
pub struct Upload {
    /// The upload.
    pub id: UploadId,
    /// How far it has come.
    pub state: UploadState,
    /// What was announced.
    pub announced: NewUpload,
    /// SHA-256 of the content that is here.
    pub digest: Option<Digest>,
    /// When it was begun.
    pub created_at: Moment,
    /// When it is removed, unless a record has taken it over.
    pub expires_at: Moment,
    /// True if this answers a request that had been answered before.
    pub replayed: bool,
}

/// Uploads whose content is arriving at this moment: one content at a time for each.
#[derive(Default)]
pub(super) struct Arriving(Mutex<HashSet<UploadId>>);

impl Arriving {
    /// True if nobody else was sending it.
    fn begin(&self, id: UploadId) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id)
    }

    fn end(&self, id: UploadId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }
}

/// What is known of an upload in words, as its cell holds it.
struct Words {
    announced: NewUpload,
    /// SHA-256 and length of the sealed payload, and SHA-256 of the content.
    here: Option<Here>,
}

#[derive(Clone, Copy)]
struct Here {
    digest: Digest,
    sealed_digest: Digest,
    sealed_bytes: u64,
}

impl Words {
    fn to_json(&self) -> Value {
        let NewUpload { name, media_type, bytes, digest } = &self.announced;
        let here = self.here.map(|here| {
            json!({
                "digest": here.digest.to_hex(),
                "sealed_digest": here.sealed_digest.to_hex(),
                "sealed_bytes": here.sealed_bytes,
            })
        });
        json!({
            "name": name.as_str(),
            "media_type": media_type.as_str(),
            "bytes": bytes,
            "digest": digest.map(Digest::to_hex),
            "here": here,
        })
    }

    fn from_json(value: &Value) -> Option<Self> {
        let text = |name: &str| value.get(name).and_then(Value::as_str);
        let digest = |value: Option<&Value>| value.and_then(Value::as_str).map(Digest::parse_hex).transpose();
        let here = match value.get("here") {
            Some(Value::Object(here)) => Some(Here {
                digest: digest(here.get("digest")).ok()??,
                sealed_digest: digest(here.get("sealed_digest")).ok()??,
                sealed_bytes: here.get("sealed_bytes")?.as_u64()?,
            }),
            Some(_) | None => None,
        };
        Some(Self {
            announced: NewUpload {
                name: FileName::parse(text("name")?).ok()?,
                media_type: MediaType::parse(text("media_type")?).ok()?,
                bytes: value.get("bytes")?.as_u64()?,
                digest: digest(value.get("digest")).ok()?,
            },
            here,
        })
    }
}

/// Reads what is known of an upload in words.
fn words_of(keys: &Keyring, conn: &mut Conn, row: &UploadRow) -> Result<Words, Refusal> {
    let damaged = || Refusal::Damaged(Thing::Upload);
    let cell = cell_rows::get(conn, &row.id.to_string(), WORDS)?.ok_or_else(damaged)?;
    let plain = cells::open(keys, &cell, Thing::Upload)?;
    let value = serde_json::from_slice(plain.expose()).map_err(|_| damaged())?;
    Words::from_json(&value).ok_or_else(damaged)
}

impl Upload {
    fn of(row: &UploadRow, words: Words) -> Self {
        Self {
            id: row.id,
            state: row.state,
            announced: words.announced,
            digest: words.here.map(|here| here.digest),
            created_at: row.created_at,
            expires_at: row.expires_at,
            replayed: false,
        }
    }
}

impl Inner {
    /// The upload, if it is this person's and its time is not over.
    fn upload(
        &self,
        conn: &mut Conn,
        by: crate::base::id::UserId,
        id: UploadId,
    ) -> Result<UploadRow, Refusal> {
        let row = crate::store::rows::uploads::get(conn, id)?.filter(|row| row.actor == by);
        let row = row.ok_or(Refusal::NotFound(Thing::Upload))?;
        if row.expires_at <= self.now() && row.state != UploadState::Captured {
            return Err(Refusal::Expired(Thing::Upload));
        }
        Ok(row)
    }
}

/// A row that says something that this program never writes.
fn corrupt(id: UploadId, why: &str) -> Refusal {
    Refusal::Store(StoreError::Corrupt { table: "uploads", id: id.to_string(), why: why.to_owned() })
}
