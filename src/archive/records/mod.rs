//! Reads records: lists, what is known of one, its originals, its proofs.

mod content;
mod derived;
mod entered;
mod entry;
mod first;
#[cfg(test)]
mod hidden;
mod hiding;
mod keep;
#[cfg(test)]
mod keep_tests;
mod ledgered;
mod list;
mod looked_at;
mod narrowed;
mod original;
mod page_picture;
mod proof;
mod proven;
mod pseudonyms;
mod rendition;
#[cfg(test)]
mod rendition_tests;
#[cfg(test)]
mod rows_tests;
mod show;
#[cfg(test)]
mod tampering;
#[cfg(test)]
mod tests;
mod told;

pub use crate::store::rows::records::Order;
pub use derived::DerivativeView;
pub use entry::EntryName;
pub use keep::{KeepRequest, Kept};
pub use list::{Page, RecordFilter, RecordSummary};
pub use narrowed::Besides;
pub(in crate::archive) use narrowed::Narrowed;
pub use original::{Form, OpenRequest, Opened};
pub use page_picture::{PagePicture, PageRequest};
pub use proof::{Countersigned, LedgerEntry};
pub use rendition::{Rendition, RenditionContent, RenditionRequest, format_of};
pub(in crate::archive) use show::case_reference;
pub use show::{ComponentView, LinkView, PartyView, RecordView, VersionView};

pub(super) use content::Source;
pub(super) use entered::Captured;
pub(super) use ledgered::{Ledgered, amiss};
pub(super) use list::within;
pub(super) use told::Told;
