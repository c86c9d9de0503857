//! The sealed content of a component: its header and a reader of its payload.

use std::io::{self, Cursor, Read, Seek, SeekFrom};

use crate::base::id::ComponentId;
use crate::blob::ReadSeek;
use crate::seal::payload::Opening;
use crate::seal::{FileKey, Keyring, SealedHeader};
use crate::store::Conn;
use crate::store::rows::cells as cell_rows;
use crate::store::rows::components::{self, ComponentRow, Place, Presence};

use crate::archive::refusal::{Refusal, Thing};
use crate::archive::{Inner, cells};

/// A component's header, opened, and its payload, still sealed.
pub(in crate::archive) struct Source {
    pub header: SealedHeader,
    pub payload: Box<dyn ReadSeek>,
    pub payload_bytes: u64,
}

impl Inner {
    /// Finds header and payload of a component.
    ///
    /// # Errors
    /// Gone, damaged, or the key is not on this node.
    pub(in crate::archive) fn source(
        &self,
        keys: &Keyring,
        conn: &mut Conn,
        component: &ComponentRow,
    ) -> Result<Source, Refusal> {
        if component.state != Presence::Present {
            return Err(Refusal::NotFound(Thing::Component));
        }
        let owner = component.record_id.to_string();
        let cell = cell_rows::get(conn, &owner, &component.id.to_string())?
            .ok_or(Refusal::Damaged(Thing::Component))?;
        let header = SealedHeader::parse(cells::open(keys, &cell, Thing::Component)?.expose())?;
        let payload = self.payload(conn, component.id, component.place)?;
        Ok(Source { header, payload, payload_bytes: component.payload_bytes })
    }

    fn payload(&self, conn: &mut Conn, id: ComponentId, place: Place) -> Result<Box<dyn ReadSeek>, Refusal> {
        match place {
            Place::Inline => {
                let bytes = components::payload(conn, id)?.ok_or(Refusal::Damaged(Thing::Component))?;
                Ok(Box::new(Cursor::new(bytes)))
            }
            Place::Blob => Ok(self.blobs.open(id)?),
        }
    }
}

impl Source {
    /// The key of the payload.
    pub(in crate::archive) fn file_key(&self, keys: &Keyring) -> Result<FileKey, Refusal> {
        if keys.identity.is_none() {
            return Err(Refusal::NoKey("service identity"));
        }
        Ok(keys.open_header(&self.header.header)?)
    }

    /// A reader of the plaintext.
    pub(in crate::archive) fn open(self, keys: &Keyring) -> Result<Opening<Box<dyn ReadSeek>>, Refusal> {
        let file_key = self.file_key(keys)?;
        Opening::new(&file_key, self.payload, self.payload_bytes)
            .map_err(|error| Refusal::Io { what: "open the payload", error })
    }

    /// Header and payload as one stream: a standard age file.
    pub(in crate::archive) fn joined(self) -> Joined {
        let bytes = self.header.header.len() as u64 + self.payload_bytes;
        Joined { header: self.header.header, payload: self.payload, bytes, position: 0 }
    }
}

/// An age file made of its two parts.
pub(in crate::archive) struct Joined {
    header: Vec<u8>,
    payload: Box<dyn ReadSeek>,
    /// Bytes of both.
    pub(in crate::archive) bytes: u64,
    position: u64,
}

impl Read for Joined {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let rest = usize::try_from(self.position).ok().and_then(|start| self.header.get(start..));
        let count = match rest {
            Some(mut rest) if !rest.is_empty() => rest.read(into)?,
            _ => self.payload.read(into)?,
        };
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for Joined {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.bytes.checked_add_signed(by),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
        };
        let target = target.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        let in_payload = target.saturating_sub(self.header.len() as u64);
        self.payload.seek(SeekFrom::Start(in_payload))?;
        self.position = target;
        Ok(target)
    }
}
