//! Each test is one argument that the other side could make, or one that it could not.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::base::civil::{CivilDate, Zone};
use crate::base::entropy::SeededEntropy;
use crate::base::id::{EventId, ExplanationId, PartyId, RecordId};
use crate::record::case::{EventDetail, EventKind};
use crate::record::feed::{EntryGroup, EntrySummary};
use crate::record::kind::{Kind, Subkind};
use crate::record::lineage::{Link, LinkKind};
use crate::record::occurred::Occurred;
use crate::record::service_level;

mod confirmations;
mod corrections;
mod dossier;
mod explanations;
mod properties;
mod scope;
mod service;
mod signatures;

const NOW: &str = "2026-06-30T04:00:00Z";

fn id(n: u64) -> RecordId {
    RecordId::generate(Moment::from_micros(1), &SeededEntropy::new(n))
}

fn party(n: u64) -> PartyId {
    PartyId::generate(Moment::from_micros(1), &SeededEntropy::new(n))
}

fn day(text: &str) -> CivilDate {
    CivilDate::parse(text).unwrap()
}

fn at(text: &str) -> Moment {
    Moment::parse(text).unwrap()
}

fn words(list: &[&str]) -> Vec<String> {
    list.iter().map(|word| (*word).to_owned()).collect()
}

fn case() -> CaseFacts {
    CaseFacts {
        zone: Zone::SHANGHAI,
        customers: BTreeSet::from([party(1)]),
        tier: Some("金牌".to_owned()),
        priority: Some("P1".to_owned()),
    }
}

fn record(n: u64, kind: Kind, on: &str, evidence: Evidence) -> RecordFacts {
    RecordFacts {
        id: id(n),
        kind,
        in_case: true,
        customers: BTreeSet::new(),
        references: Vec::new(),
        occurred: Occurred::parse(on, Zone::SHANGHAI).unwrap(),
        links: Vec::new(),
        evidence,
    }
}

const SIGNED: SignatureFacts =
    SignatureFacts { state: SignatureState::Valid, capacity_stated: true, signed_on: None };

fn scope() -> AuthorizationFacts {
    AuthorizationFacts {
        purposes: words(&["故障诊断", "容量规划"]),
        operations: words(&["collect", "use", "delete"]),
        data_categories: words(&["联系方式", "日志"]),
        systems: words(&["CRM", "工单系统"]),
        valid_from: Some(day("2026-01-01")),
        valid_to: Some(day("2026-03-31")),
        withdrawn_on: None,
        signature: SIGNED,
    }
}

fn authorization(n: u64, facts: AuthorizationFacts) -> RecordFacts {
    record(n, Kind::Authorization, "2026-01-01", Evidence::Authorization(facts))
}

fn step(purpose: &str, operation: &str, data: &str, system: &str, days: &[(&str, u64)]) -> EntryGroup {
    let days: BTreeMap<CivilDate, u64> = days.iter().map(|(on, count)| (day(on), *count)).collect();
    EntryGroup {
        operation: operation.to_owned(),
        purpose: purpose.to_owned(),
        data_category: data.to_owned(),
        system: system.to_owned(),
        authorization: None,
        first: days.keys().next().unwrap().begins_in(Zone::SHANGHAI),
        last: days.keys().last().unwrap().begins_in(Zone::SHANGHAI),
        days,
    }
}

fn usual(days: &[(&str, u64)]) -> EntryGroup {
    step("故障诊断", "use", "日志", "CRM", days)
}

fn log(n: u64, groups: Vec<EntryGroup>) -> RecordFacts {
    record(n, Kind::ProcessingLog, "2026-02-01", Evidence::Processing(Some(EntrySummary::new(groups))))
}

fn delivery(n: u64, on: &str) -> RecordFacts {
    let facts = ConfirmationFacts {
        delivered_on: Some(day(on)),
        accepted_on: Some(day(on)),
        refused: false,
        signature: SIGNED,
    };
    record(n, Kind::DeliveryConfirmation, on, Evidence::Delivery(facts))
}

fn complaint(n: u64, on: &str) -> RecordFacts {
    record(n, Kind::ServiceRecord(Subkind::Complaint), on, Evidence::Other)
}

fn linked(mut record: RecordFacts, kind: LinkKind, to: u64) -> RecordFacts {
    record.links.push(Link { kind, to: id(to) });
    record
}

fn elsewhere(mut record: RecordFacts, customer: Option<u64>) -> RecordFacts {
    record.in_case = false;
    record.customers = customer.map(party).into_iter().collect();
    record
}

fn event(kind: EventKind, when: &str) -> CaseEvent {
    CaseEvent {
        id: EventId::generate(at(when), &SeededEntropy::new(kind as u64)),
        kind,
        at: at(when),
        zone: Zone::SHANGHAI,
        record: None,
        cancels: None,
        detail: EventDetail::default(),
    }
}

fn found(records: &[RecordFacts]) -> Vec<Gap> {
    gaps(&case(), records, &[], None, at(NOW))
}

fn keys(gaps: &[Gap]) -> Vec<String> {
    gaps.iter().map(Gap::key).collect()
}

/// What somebody said of a gap when it stood as it does here.
fn said_of(gap: &Gap, seed: u64) -> Explanation {
    Explanation {
        id: ExplanationId::generate(at(NOW), &SeededEntropy::new(seed)),
        key: gap.key(),
        record: gap.record,
        at: at("2026-04-20T00:00:00Z"),
        identity: gap.identity(),
        state: gap.state(),
    }
}

#[test]
fn a_complete_chain_of_evidence_has_no_gap() {
    let records = [
        authorization(1, scope()),
        log(2, vec![usual(&[("2026-01-01", 3), ("2026-03-31", 4)])]),
        linked(delivery(3, "2026-03-31"), LinkKind::Confirms, 2),
    ];
    let events =
        [event(EventKind::Opened, "2026-01-01T01:00:00Z"), event(EventKind::Closed, "2026-03-31T01:00:00Z")];
    assert_eq!(gaps(&case(), &records, &events, None, at(NOW)), []);
}
