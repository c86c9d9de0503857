//! G1, G5, G6: deliveries and confirmations against authorization, end of service and processing.

use super::authority::{authorities, candidates};
use super::facts::{CaseFacts, ConfirmationFacts, Evidence, RecordFacts};
use super::gap::{Cause, Confirmation, Gap, GapCode};
use super::processing::nearest_lapse;
use crate::base::civil::CivilDate;
use crate::base::id::RecordId;
use crate::base::moment::Moment;
use crate::record::case::Timeline;
use crate::record::kind::Kind;
use crate::record::lineage::LinkKind;
use crate::record::service_level::ServiceLevel;

/// Days within which a confirmation is due where no service level says.
const CONFIRMATION_DAYS: u32 = 30;

fn confirmations(records: &[RecordFacts]) -> impl Iterator<Item = (&RecordFacts, &ConfirmationFacts)> {
    records.iter().filter(|record| record.in_case).filter_map(|record| match &record.evidence {
        Evidence::Delivery(facts) => Some((record, facts)),
        Evidence::Authorization(_) | Evidence::Processing(_) | Evidence::Other => None,
    })
}

fn processing(records: &[RecordFacts]) -> impl Iterator<Item = &RecordFacts> {
    records.iter().filter(|record| record.in_case && record.kind == Kind::ProcessingLog)
}

/// G1: on the day of the delivery no authorization that counts for it was in force.
pub(super) fn deliveries(case: &CaseFacts, records: &[RecordFacts], gaps: &mut Vec<Gap>) {
    let all = authorities(records);
    for (record, facts) in confirmations(records) {
        let day = facts.delivered_on.unwrap_or(record.occurred.on);
        let counting = candidates(&all, case, record);
        let cause =
            if counting.is_empty() { Some(Cause::NoAuthorization) } else { nearest_lapse(&counting, day) };
        gaps.extend(cause.map(|cause| Gap::once(GapCode::G1, Some(record.id), cause, day)));
    }
}

/// G5: the service ended, something was processed under an authorization, and nobody confirmed.
pub(super) fn confirmation(
    case: &CaseFacts,
    records: &[RecordFacts],
    line: &Timeline,
    level: Option<&ServiceLevel>,
    now: Moment,
    gaps: &mut Vec<Gap>,
) {
    let authorised = authorities(records);
    let processed = processing(records).any(|record| !candidates(&authorised, case, record).is_empty());
    let accepted = confirmations(records).any(|(_, facts)| !facts.refused && facts.accepted_on.is_some());
    let Some(ended_at) = line.ended_at().filter(|_| processed && !accepted) else { return };
    let (Ok(ended_on), Ok(today)) = (CivilDate::of(ended_at, case.zone), CivilDate::of(now, case.zone))
    else {
        return;
    };
    let within_days = level.map_or(CONFIRMATION_DAYS, ServiceLevel::confirmation_days);
    let Some(since) = ended_on.plus_days(i64::from(within_days) + 1).filter(|since| today >= *since) else {
        return;
    };
    let instead = confirmations(records)
        .map(|(_, facts)| if facts.refused { Confirmation::Refused } else { Confirmation::NotAccepted })
        .max()
        .unwrap_or(Confirmation::None);
    let cause = Cause::Unconfirmed { ended_on, within_days, instead };
    gaps.push(Gap { code: GapCode::G5, since, record: None, cause, until: today, count: 1 });
}

/// G6: what a confirmation confirms happened after its date. A confirmation confirms the logs it
/// links to. Logs that no confirmation links to are held against the latest confirmation that
/// links to none: it stands for all of them.
pub(super) fn order(records: &[RecordFacts], gaps: &mut Vec<Gap>) {
    // Nobody confirms by a signature what was done after it was made.
    let dated = |record: &RecordFacts, facts: &ConfirmationFacts| {
        let dated = facts.accepted_on.or(facts.delivered_on).unwrap_or(record.occurred.on);
        facts.signature.signed_on.map_or(dated, |signed_on| dated.min(signed_on))
    };
    let logs: Vec<&RecordFacts> = processing(records).collect();
    let mut linked: Vec<RecordId> = Vec::new();
    let mut latest: Option<(CivilDate, RecordId)> = None;
    for (record, facts) in confirmations(records).filter(|(_, facts)| !facts.refused) {
        let on = dated(record, facts);
        let mut links = record.linked(LinkKind::Confirms).peekable();
        if links.peek().is_none() {
            latest = latest.max(Some((on, record.id)));
        }
        for log in links.filter_map(|id| logs.iter().find(|log| log.id == id)) {
            linked.push(log.id);
            gaps.extend(confirmed_before(record.id, on, log));
        }
    }
    if let Some((on, id)) = latest {
        let open = logs.iter().filter(|log| !linked.contains(&log.id));
        gaps.extend(open.filter_map(|log| confirmed_before(id, on, log)));
    }
}

fn confirmed_before(confirmation: RecordId, on: CivilDate, log: &RecordFacts) -> Option<Gap> {
    let mut later: Vec<(CivilDate, u64)> = match &log.evidence {
        Evidence::Processing(Some(summary)) => summary
            .groups()
            .iter()
            .flat_map(|group| group.days.iter().map(|(day, count)| (*day, *count)))
            .filter(|(day, _)| *day > on)
            .collect(),
        Evidence::Processing(None) | Evidence::Authorization(_) | Evidence::Delivery(_) | Evidence::Other => {
            vec![(log.occurred.on, 1)].into_iter().filter(|(day, _)| *day > on).collect()
        }
    };
    later.sort_unstable();
    let ((since, _), (until, _)) = (later.first()?, later.last()?);
    Some(Gap {
        code: GapCode::G6,
        since: *since,
        record: Some(confirmation),
        cause: Cause::ConfirmedBefore { confirmed_on: on, processing: log.id },
        until: *until,
        count: later.iter().map(|(_, count)| count).sum(),
    })
}
