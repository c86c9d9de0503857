//! Sealing: what keeps every payload, descriptor and name unreadable to whoever has the
//! database or the disk but not the keys.
//!
//! Promises:
//! - `cat header payload` of any component is a standard age v1 file: with either identity any
//!   public age tool opens it, so the archive is never the only way to its contents.
//! - A payload without its header is noise, and a header without the epoch key is noise too:
//!   destroying either destroys the content.
//! - A changed byte is refused, never returned.
//!
//! Must never: read a file, a clock or the environment, reuse a file key, or show a key.

pub mod cell;
pub mod commitment;
mod contents;
mod epoch;
mod file_key;
pub mod header;
pub mod key_files;
pub mod keyring;
pub mod payload;
mod recipient;
mod stanza;
pub mod tokens;
pub mod whole;

pub use commitment::{Commitment, CommitmentKey, commit};
pub use contents::{Profile, SealedHeader, VersionKeys};
pub use epoch::EpochKey;
pub use file_key::FileKey;
pub use keyring::Keyring;
pub use recipient::{Identity, Recipient, Recipients};
pub use tokens::IndexKeys;

/// Why something could not be sealed or opened. None of these carries content or keys.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Not an X25519 recipient of the form `age1…`.
    #[error("not an age recipient (age1…)")]
    BadRecipient,
    /// Not an X25519 identity of the form `AGE-SECRET-KEY-1…`.
    #[error("not an age identity (AGE-SECRET-KEY-1…)")]
    BadIdentity,
    /// None of the header's stanzas opens with the identity at hand.
    #[error("the header is not wrapped to this identity")]
    NotForThisKey,
    /// Not the text of an age v1 header.
    #[error("not an age v1 header")]
    BadHeader,
    /// The header is wrapped to a passphrase; records never are.
    #[error("the header is wrapped to a passphrase, which is never done to a record")]
    PassphraseHeader,
    /// The header was changed after it was written.
    #[error("the header was changed: its MAC does not match")]
    MacMismatch,
    /// No payload has this length, or the payload has another length than was recorded.
    #[error("a payload cannot have {sealed_bytes} bytes here")]
    BadLength {
        /// The length met, in bytes.
        sealed_bytes: u64,
    },
    /// A chunk of the payload is not what was sealed under this file key.
    #[error("chunk {chunk} of the payload is damaged or sealed under another key")]
    PayloadDamaged {
        /// Number of the chunk, from 0.
        chunk: u64,
    },
    /// A cell is damaged, sealed under another key, or belongs to another place.
    #[error("the cell is damaged, sealed under another key, or belongs elsewhere")]
    CellDamaged,
    /// What was sealed opened, but is not of the expected form.
    #[error("{what} is not of the expected form")]
    BadForm {
        /// What was to be read.
        what: &'static str,
    },
}
