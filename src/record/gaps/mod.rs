//! Evidence-chain gaps (证据链缺口) G1–G9: what the other side's lawyer would point at. They are
//! computed from facts, named with the facts that make them, never stored and never deleted; a
//! gap may be explained ([`explained`]), and then both stand side by side.
//!
//! Rules that hold for all of them (`docs/formats/service-level.md` has the targets):
//! - An authorization is in force on a day if its first day ≤ the day ≤ its last day, both
//!   included, and the day lies before the day of its withdrawal. Without a first day it starts on
//!   the day it occurred; without a last day it stands until withdrawn. The day is the local date
//!   in the zone of the record that is judged.
//! - What counts as authorization for a record: what an entry names, and nothing else, if it names
//!   one; otherwise every authorization that is linked with the record, lies in the same case, or
//!   is of the same customer. One authorization must cover the whole of a processing step: the
//!   purpose of one and the system of another make no authorization together.
//! - An authorization binds nobody before it was signed: where the day of the signature is stated, what was
//!   done before it was done without that authorization, whatever first day it gives itself. An
//!   acceptance speaks of no more than what was done by the day on which it was signed. Where no day
//!   of the signature is stated, none is claimed.
//! - A record that another corrects stays where it is, and the correcting one is judged in its place;
//!   what it closes is told ([`corrected_gaps`]).
//! - A gap is claimed only if every reading of the dates shows it: a date without time of day
//!   counts in favour of the company.

mod authority;
mod corrections;
mod dossier;
mod explanation;
mod facts;
mod gap;
mod processing;
mod promises;
mod read;
mod service;
mod signatures;

#[cfg(test)]
mod tests;

pub use corrections::CorrectedGap;
pub use dossier::{
    AuthorizationStanding, CaseLine, Dossier, DossierInput, FeedbackLine, HoldLine, RequestLine, Standing,
    dossier,
};
pub use explanation::{Beside, ExplainedGap, Explanation, GapStanding, explained};
pub use facts::{
    AuthorizationFacts, CaseFacts, ConfirmationFacts, Evidence, RecordFacts, SignatureFacts, SignatureState,
};
pub use gap::{Cause, Confirmation, Dimension, Gap, GapCode, Lapse, Word};
pub use read::RecordPlace;

use corrections::Corrections;

use crate::base::moment::Moment;
use crate::record::case::CaseEvent;
use crate::record::service_level::ServiceLevel;

/// Computes every gap of one case, in the order of codes, then of dates.
///
/// `records` are the records of the case and, marked as outside it, the authorizations of its
/// customers and whatever its records link to. `level` brings the targets of G5, G7 and G8;
/// without it the defaults of the format hold and G8 is not judged.
pub fn gaps(
    case: &CaseFacts,
    records: &[RecordFacts],
    events: &[CaseEvent],
    level: Option<&ServiceLevel>,
    now: Moment,
) -> Vec<Gap> {
    let judged = Judged { case, events, level, now };
    let corrections = Corrections::among(records);
    if corrections.is_empty() { judged.found(records) } else { judged.found(&corrections.applied(records)) }
}

/// The gaps that corrections have closed, in the same order: what a corrected record showed is told, and
/// with it who corrected it. Arguments as for [`gaps`].
pub fn corrected_gaps(
    case: &CaseFacts,
    records: &[RecordFacts],
    events: &[CaseEvent],
    level: Option<&ServiceLevel>,
    now: Moment,
) -> Vec<CorrectedGap> {
    let judged = Judged { case, events, level, now };
    let corrections = Corrections::among(records);
    if corrections.is_empty() {
        return Vec::new();
    }
    let before = judged.found(&corrections.undone(records));
    corrections::closed(&corrections, before, &judged.found(&corrections.applied(records)))
}

/// The case beside its records.
struct Judged<'a> {
    case: &'a CaseFacts,
    events: &'a [CaseEvent],
    level: Option<&'a ServiceLevel>,
    now: Moment,
}

impl Judged<'_> {
    /// Every gap among records that stand.
    fn found(&self, records: &[RecordFacts]) -> Vec<Gap> {
        let Self { case, events, level, now } = *self;
        let line = crate::record::case::timeline(events);
        let mut gaps = Vec::new();
        service::deliveries(case, records, &mut gaps);
        processing::judge(case, records, &mut gaps);
        service::confirmation(case, records, &line, level, now, &mut gaps);
        service::order(records, &mut gaps);
        promises::complaints(case, records, level, now, &mut gaps);
        promises::service_level(case, &line, level, now, &mut gaps);
        signatures::judge(records, &mut gaps);
        gaps.sort();
        gaps
    }
}
