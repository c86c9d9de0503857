//! How the archive's types stand in columns. What comes out of the database is parsed like anything
//! else that comes from outside.

use crate::base::civil::{CivilDate, Zone};
use crate::base::digest::Digest;
use crate::base::id::{
    ApprovalId, CaseId, ComponentId, EventId, ExplanationId, ExportId, HoldId, HoldNoticeId, JobId, LinkId,
    MatterId, PartyId, PolicyReviewId, PolicySuggestionId, PolicyVersionId, RecordId, SimulationId, TokenId,
    UploadId, UserId,
};
use crate::base::moment::Moment;
use crate::ledger::entry::EntryKind;
use crate::policy::RuleId;

/// A type that one column holds.
pub(in crate::store) trait Column: Sized {
    /// What diesel reads and writes for it.
    type Raw;
    /// The stored form.
    fn to_raw(&self) -> Self::Raw;
    /// Reads the stored form; the error says what is wrong, without the value.
    fn from_raw(raw: Self::Raw) -> Result<Self, String>;
}

macro_rules! as_they_are {
    ($($type:ty),*) => {$(
        impl Column for $type {
            type Raw = Self;
            fn to_raw(&self) -> Self {
                self.clone()
            }
            fn from_raw(raw: Self) -> Result<Self, String> {
                Ok(raw)
            }
        }
    )*};
}
as_they_are!(String, i64, bool, Vec<u8>);

macro_rules! by_text {
    ($($type:ty),*) => {$(
        impl Column for $type {
            type Raw = String;
            fn to_raw(&self) -> String {
                self.to_string()
            }
            fn from_raw(raw: String) -> Result<Self, String> {
                Self::parse(&raw).map_err(|error| error.to_string())
            }
        }
    )*};
}
by_text!(
    RecordId,
    ComponentId,
    CaseId,
    PartyId,
    MatterId,
    UserId,
    EventId,
    LinkId,
    ExplanationId,
    TokenId,
    ApprovalId,
    JobId,
    ExportId,
    UploadId,
    HoldId,
    HoldNoticeId,
    CivilDate,
    Zone,
    PolicyVersionId,
    PolicyReviewId,
    PolicySuggestionId,
    SimulationId,
    RuleId
);

macro_rules! by_number {
    ($($type:ty),*) => {$(
        impl Column for $type {
            type Raw = i64;
            // Counts beyond 2⁶³ cannot be stored; reading back what stands for them fails.
            fn to_raw(&self) -> i64 {
                i64::try_from(*self).unwrap_or(-1)
            }
            fn from_raw(raw: i64) -> Result<Self, String> {
                Self::try_from(raw).map_err(|_| format!("{raw} is out of range"))
            }
        }
    )*};
}
by_number!(u64, u32);

impl Column for Moment {
    type Raw = i64;
    fn to_raw(&self) -> i64 {
        self.micros()
    }
    fn from_raw(raw: i64) -> Result<Self, String> {
        Ok(Self::from_micros(raw))
    }
}

impl Column for Digest {
    type Raw = Vec<u8>;
    fn to_raw(&self) -> Vec<u8> {
        self.as_bytes().to_vec()
    }
    fn from_raw(raw: Vec<u8>) -> Result<Self, String> {
        Self::from_slice(&raw).ok_or_else(|| format!("{} bytes are no SHA-256 digest", raw.len()))
    }
}

/// A keyed token by which something sealed is found again: never the words themselves.
pub type LookupToken = [u8; 16];

impl Column for LookupToken {
    type Raw = Vec<u8>;
    fn to_raw(&self) -> Vec<u8> {
        self.to_vec()
    }
    fn from_raw(raw: Vec<u8>) -> Result<Self, String> {
        Self::try_from(raw.as_slice()).map_err(|_| format!("{} bytes are no lookup token", raw.len()))
    }
}

impl Column for EntryKind {
    type Raw = String;
    fn to_raw(&self) -> String {
        self.as_str().to_owned()
    }
    fn from_raw(raw: String) -> Result<Self, String> {
        Self::parse(&raw).ok_or_else(|| "an unknown kind of entry".to_owned())
    }
}

impl<T: Column> Column for Option<T> {
    type Raw = Option<T::Raw>;
    fn to_raw(&self) -> Self::Raw {
        self.as_ref().map(T::to_raw)
    }
    fn from_raw(raw: Self::Raw) -> Result<Self, String> {
        raw.map(T::from_raw).transpose()
    }
}

/// Closed lists of words that a column may hold.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident = $what:literal { $($(#[$word_doc:meta])* $variant:ident = $word:literal,)* })*) => {$(
        $crate::base::words::words! {
            $(#[$doc])* $name { $($(#[$word_doc])* $variant = $word,)* }
        }

        impl $crate::store::rows::column::Column for $name {
            type Raw = String;
            fn to_raw(&self) -> String {
                self.as_str().to_owned()
            }
            fn from_raw(raw: String) -> Result<Self, String> {
                Self::parse(&raw).ok_or_else(|| concat!("an unknown ", $what).to_owned())
            }
        }
    )*};
}
pub(in crate::store) use words;
