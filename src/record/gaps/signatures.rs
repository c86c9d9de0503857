//! G9: authorizations and confirmations that nobody signed, or not in a way that binds.

use std::collections::BTreeSet;

use super::facts::{Evidence, RecordFacts, SignatureState};
use super::gap::{Cause, Gap, GapCode};
use crate::base::id::RecordId;
use crate::record::lineage::LinkKind;

/// One gap per record and cause. A refused delivery needs no signature: nobody claims that it
/// binds. An authorization that lies elsewhere counts if a record of the case says that it was
/// performed under it.
pub(super) fn judge(records: &[RecordFacts], gaps: &mut Vec<Gap>) {
    let leaned_on: BTreeSet<RecordId> = records
        .iter()
        .filter(|record| record.in_case)
        .flat_map(|record| record.linked(LinkKind::PerformedUnder))
        .collect();
    for record in records.iter().filter(|record| record.in_case || leaned_on.contains(&record.id)) {
        let signature = match &record.evidence {
            Evidence::Authorization(facts) => facts.signature,
            Evidence::Delivery(facts) if !facts.refused => facts.signature,
            Evidence::Delivery(_) | Evidence::Processing(_) | Evidence::Other => continue,
        };
        let mut add = |cause| {
            gaps.push(Gap::once(GapCode::G9, Some(record.id), cause, record.occurred.on));
        };
        match signature.state {
            SignatureState::Unsigned => add(Cause::Unsigned),
            SignatureState::NotValid => add(Cause::SignatureNotValid),
            SignatureState::NotChecked | SignatureState::Valid => {}
        }
        if !signature.capacity_stated {
            add(Cause::CapacityMissing);
        }
    }
}
