//! Retention events (起算事件): what sets the periods of records going. Everybody who files may record one;
//! which records it reaches is found by key when they are judged, so that records filed later are reached too.
//!
//! Promises: no event is changed or removed: another one corrects it or takes it back. Whatever could bring an
//! end nearer than it stood needs a second person, who sees the records first; so does an event of keys that reach
//! nothing in the recorder's sight. What reaches a record is held against the ledger, and that none is missing. Must
//! never: keep the value of a key in clear, or tell a recorder how much a key reaches.

mod affected;
mod change;
mod facts;
mod key;
mod list;
mod nearer;
mod new_event;
mod reach;
mod record;
#[cfg(test)]
mod tests;
mod weigh;

pub use change::{ChangedEvent, EventChange, EventChangeKind};
pub use list::{EventQuery, EventView};
pub use new_event::{EventSource, Keys, NewRetentionEvent};
pub use record::{RecordedEvent, RecordedEvents};

pub(in crate::archive) use facts::{keys_of_facts, tokens_of_facts};
pub(in crate::archive) use key::{all_token, case_token, key_token, party_token};
pub(in crate::archive) use list::event_in_sight;
pub(in crate::archive) use reach::Reaching;
