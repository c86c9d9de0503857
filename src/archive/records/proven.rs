//! What the detector has proved of a version, for readers who may not see the original: that all of it was looked at by
//! the present engine, and what stands in it.

use crate::archive::Inner;
use crate::archive::detection::spans::Spot;
use crate::archive::detection::{engine, kept_spans, withheld_engine};
use crate::archive::refusal::{Refusal, Withheld};
use crate::base::limits::DETECT_TEXT_BYTES_MAX;
use crate::redaction::operate::Operator;
use crate::redaction::shape::Shape;
use crate::redaction::{Format, Policy, Report};
use crate::seal::Keyring;
use crate::store::Conn;
use crate::store::rows::index::{self, Domain};

use super::original::Found;

/// The places that were found in a component, or in an entry of a log.
pub(super) struct Proven {
    spots: Vec<Spot>,
    is_entry: bool,
}

impl Proven {
    /// Of what was found to be rendered.
    ///
    /// # Errors
    /// [`Withheld::NotExamined`] where the version is not the current one, or was not looked at whole by the present
    /// engine; damage of what is kept.
    pub(super) fn of(
        inner: &Inner,
        keys: &Keyring,
        conn: &mut Conn,
        found: &Found,
        entry: Option<u64>,
    ) -> Result<Self, Refusal> {
        let not_examined = || Refusal::Withheld(Withheld::NotExamined);
        let (record, version) = (&found.record, found.component.version);
        let engine = engine();
        // A block of what is withheld is there only where nothing was left out.
        let withheld = withheld_engine(&engine);
        let blocks = index::of_record(conn, record.id, Domain::Withheld)?;
        let is_whole = blocks.iter().any(|block| block.version == version && block.engine == withheld);
        if version != record.version || !is_whole {
            return Err(not_examined());
        }
        let spans = kept_spans(inner.reading(keys), conn, record, &engine)?.ok_or_else(not_examined)?;
        // The descriptor's text is number 0.
        let number = entry.unwrap_or(u64::from(found.component.ordinal)) + 1;
        Ok(Self { spots: spans.of(number, 0).to_vec(), is_entry: entry.is_some() })
    }

    /// True if all that was found, and that the profile hides, is among what the rendition says that it hid.
    pub(super) fn is_hidden(&self, text: &str, format: Format, policy: &Policy, report: &Report) -> bool {
        // A longer one was looked at in pieces, whose places are not those of the text.
        if text.len() > DETECT_TEXT_BYTES_MAX {
            return false;
        }
        let shape = Shape::open(text, format);
        let hidden: Vec<_> = report.entries.iter().filter(|entry| entry.operator != KEEP).collect();
        self.spots.iter().filter(|spot| policy.operator(spot.kind) != Operator::Keep).all(|spot| {
            let (start, end) = match self.is_entry {
                true => (spot.start, spot.end),
                false => shape.place(spot.start, spot.end),
            };
            hidden.iter().any(|entry| entry.start < end && start < entry.end)
        })
    }
}

/// The operator that leaves a value as it is.
const KEEP: &str = Operator::Keep.as_str();
