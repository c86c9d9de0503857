//! What the judge has to know of a record whose words are about to be closed: it is read once more while they can
//! be read, and kept sealed beside the record until its key is destroyed, so that it can be judged again then.

use zeroize::Zeroizing;

use crate::archive::Inner;
use crate::archive::events::Reaching;
use crate::archive::records::Ledgered;
use crate::archive::refusal::{Refusal, Thing};
use crate::base::digest::Digest;
use crate::base::secret::SecretBytes;
use crate::retention::Facts;
use crate::store::Conn;
use crate::store::rows::records::RecordRow;

use super::materialise::{events_of, materialise, with_closing};
use super::rules::Rules;
use super::stored::Stored;

/// The facts of a record that can be read, and what is kept of them.
///
/// # Errors
/// [`Refusal::Damaged`] if the record, its case or an event is not as the ledger says.
pub(in crate::archive) fn facts_to_keep(
    (inner, ledger): (&Inner, &Ledgered<'_>),
    conn: &mut Conn,
    (record, rules): (&RecordRow, &[Rules]),
) -> Result<(Facts, SecretBytes), Refusal> {
    let (known, facts) = materialise((inner, ledger), conn, &mut Reaching::default(), (record, rules))?;
    let stored = Stored::of(&facts, &known).to_bytes();
    // Of its final size from the start: growing would leave dates behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(32 + stored.expose().len()));
    bytes.extend_from_slice(facts.under.as_bytes());
    bytes.extend_from_slice(stored.expose());
    Ok((facts, SecretBytes::new(std::mem::take(&mut *bytes))))
}

/// The facts of a record from what was kept of them, with the events of now.
///
/// # Errors
/// [`Refusal::Damaged`] if they are not what [`facts_to_keep`] gave, or an event is not as the ledger says.
pub(in crate::archive) fn kept_facts(
    (inner, ledger): (&Inner, &Ledgered<'_>),
    conn: &mut Conn,
    (record, rules): (&RecordRow, &[Rules]),
    bytes: &[u8],
) -> Result<Facts, Refusal> {
    let damaged = || Refusal::Damaged(Thing::Record);
    let (hash, stored) = bytes.split_first_chunk::<32>().ok_or_else(damaged)?;
    let stored = Stored::parse(stored).ok_or_else(damaged)?;
    let schedule = &rules.last().ok_or(Refusal::WrongState)?.schedule;
    let events = events_of((inner, ledger), conn, &mut Reaching::default(), (&stored.keys, schedule))?;
    Ok(stored.to_facts(record.id, Digest::from_bytes(*hash), with_closing(events, stored.closed)))
}
