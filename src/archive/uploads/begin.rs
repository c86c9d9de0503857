//! Announces a content.

use crate::archive::caller::Caller;
use crate::archive::refusal::{ContentFault, Refusal, Thing};
use crate::archive::{Archive, answered, cells};
use crate::base::canonical;
use crate::base::digest::Digest;
use crate::base::id::UploadId;
use crate::base::limits::{COMPONENT_BYTES_MAX, SPOOL_SECONDS_MAX, UPLOADS_OPEN_BYTES_MAX, UPLOADS_OPEN_MAX};
use crate::base::secret::SecretBytes;
use crate::record::names::Reference;
use crate::store::rows::cells as cell_rows;
use crate::store::rows::idempotency::{self, IdempotencyRow};
use crate::store::rows::uploads::{self, UploadRow, UploadState};

use super::{NewUpload, Upload, WORDS, Words, corrupt, words_of};

impl Archive {
    /// Announces a content that will come by itself. The same key with the same announcement gives the
    /// same upload again.
    ///
    /// # Errors
    /// Not permitted, too large or empty, too many uploads or bytes on their way, a key used for
    /// another announcement.
    pub fn begin_upload(
        &self,
        caller: &Caller,
        announced: NewUpload,
        key: Option<&Reference>,
    ) -> Result<Upload, Refusal> {
        let may = self.may_upload(caller)?;
        match announced.bytes {
            0 => return Err(ContentFault::Empty.into()),
            bytes if bytes > COMPONENT_BYTES_MAX => {
                return Err(ContentFault::TooLarge { limit_bytes: COMPONENT_BYTES_MAX }.into());
            }
            _ => {}
        }
        let keys = self.inner.keys();
        let words = Words { announced, here: None };
        let plain = canonical::to_bytes(&words.to_json());
        let index = keys.index.as_ref().ok_or(Refusal::NoKey("index keys"))?;
        let asked = key.map(|key| {
            let token = index
                .lookup_token("idempotency", &format!("{}\u{1f}upload\u{1f}{}", caller.user(), key.as_str()));
            let digest = Digest::of(&index.lookup_token("request", &Digest::of(&plain).to_hex()));
            (token, digest)
        });
        let by = caller.user();
        if let Some((token, digest)) = &asked {
            let earlier = self.inner.store.read(|conn| {
                let Some(row) = idempotency::get(conn, &by.to_string(), token)? else { return Ok(None) };
                if row.request_digest != *digest {
                    return Err(Refusal::IdempotencyConflict);
                }
                let id = answered::open(index, &row, Thing::Upload)?;
                let id = UploadId::parse(id).map_err(|_| Refusal::Damaged(Thing::Upload))?;
                let row = self.inner.upload(conn, by, id)?;
                let words = words_of(&keys, conn, &row)?;
                Ok::<_, Refusal>(Some(Upload { replayed: true, ..Upload::of(&row, words) }))
            })?;
            if let Some(upload) = earlier {
                return Ok(upload);
            }
        }
        let id = UploadId::generate(self.inner.now(), self.inner.entropy.as_ref());
        let asked = asked.map(|(key_token, request_digest)| {
            let (actor, subject, created_at) = (by.to_string(), id.to_string(), self.inner.now());
            answered::seal(index, IdempotencyRow { actor, key_token, request_digest, subject, created_at })
        });
        let cell = cells::seal(&self.inner, &keys, &id.to_string(), WORDS, &SecretBytes::new(plain), 0)?;
        let bytes = words.announced.bytes;
        let made = self.inner.maintain_as(caller, may, move |upkeep| {
            let at = upkeep.at();
            let conn = upkeep.conn();
            let open = uploads::open_bytes(conn, by)?;
            if open.len() >= UPLOADS_OPEN_MAX {
                return Err(Refusal::TooMany { most: UPLOADS_OPEN_MAX as u64 });
            }
            let sum = open.iter().fold(bytes, |sum, bytes| sum.saturating_add(*bytes));
            if sum > UPLOADS_OPEN_BYTES_MAX {
                return Err(ContentFault::TooLarge { limit_bytes: UPLOADS_OPEN_BYTES_MAX }.into());
            }
            let row = UploadRow {
                id,
                actor: by,
                created_at: at,
                expires_at: at.plus_seconds(SPOOL_SECONDS_MAX),
                state: UploadState::Waiting,
                declared_bytes: bytes,
                component_id: None,
            };
            uploads::insert(conn, &row)?;
            cell_rows::insert(conn, &cell)?;
            if let Some(row) = asked {
                idempotency::insert(conn, &IdempotencyRow { created_at: at, ..row })?;
            }
            Ok(row)
        });
        let row = made?;
        if row.id != id {
            return Err(corrupt(id, "another row came back"));
        }
        Ok(Upload::of(&row, words))
    }
}
