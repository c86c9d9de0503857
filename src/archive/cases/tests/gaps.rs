//! Evidence-chain gaps of real captures: each of the nine, explained, listed over the archive.

use std::collections::BTreeSet;

use serde_json::json;

use super::{named, scratch};
use crate::archive::Refusal;
use crate::archive::bulk::{BulkOptions, OnFault};
use crate::archive::cases::{CaseGap, Explain, GapLine, GapQuery, Reason, What};
use crate::archive::refusal::Thing;
use crate::archive::tests::Scratch;
use crate::base::id::RecordId;
use crate::record::feed::EntryFormat;
use crate::record::gaps::{Cause, GapCode, GapStanding};
use crate::record::lineage::LinkKind;

const CASE: &str = "SC-2026-100";
const CUSTOMER: &str = "青禾科技有限公司";

/// Log entries: purpose, day, and the authorization that they name.
fn log(scratch: &Scratch, entries: &[(&str, &str, Option<&str>)]) -> RecordId {
    let lines: Vec<String> = entries
        .iter()
        .map(|(purpose, day, authorization)| {
            let mut line = json!({"at": format!("{day}T10:00:00+08:00"), "operation": "use",
                "purpose": purpose, "data_category": "日志", "system": "CRM", "actor": "王芳", "count": 1});
            if let Some(named) = authorization {
                line["authorization"] = json!(named);
            }
            line.to_string()
        })
        .collect();
    let request = json!({"kind": "processing_log", "case": CASE, "occurred": "2026-02-01", "title": "日志"});
    let options = BulkOptions { format: EntryFormat::Jsonl, on_fault: OnFault::CaptureNothing };
    let capture = scratch.request(&request.to_string());
    let text = lines.join("\n") + "\n";
    let receipt =
        scratch.archive.capture_entries(&scratch.operator(), capture, options, &mut text.as_bytes()).unwrap();
    assert_eq!(receipt.segments.len(), 1, "one month, one segment");
    receipt.segments[0].record
}

/// A case with each of the nine gaps.
struct Holey {
    authorization: RecordId,
    early: RecordId,
    late: RecordId,
    complaint: RecordId,
    outside: RecordId,
    expired: RecordId,
}

fn holey(scratch: &Scratch) -> Holey {
    // The authorization lies in no case: it counts because it is the customer's.
    let authorization = scratch.take(json!({
        "kind": "authorization", "occurred": "2026-01-01", "title": "授权书",
        "parties": [{"role": "customer", "name": CUSTOMER}],
        "fields": {"purposes": ["故障诊断"], "operations": ["use"], "data_categories": ["日志"],
            "systems": ["CRM"], "valid_from": "2026-01-01", "valid_to": "2026-03-31",
            "signatory": {"name": "样例甲", "capacity": "legal_representative"},
            "signature": {"status": "valid", "method": "seal", "signed_on": "2026-01-01"}},
    }));
    scratch
        .open_case(json!({"reference": CASE, "title": "数据平台运维", "opened": "2026-02-02T09:00",
            "tier": "金牌", "priority": "P1", "parties": [{"role": "customer", "name": CUSTOMER}]}))
        .unwrap();
    scratch.event(CASE, "first_response", "2026-02-02T10:00").unwrap();
    // In scope; outside the purposes; naming what the archive does not have.
    let outside = log(
        scratch,
        &[
            ("故障诊断", "2026-02-03", None),
            ("市场营销", "2026-02-04", None),
            ("市场营销", "2026-02-09", None),
            ("故障诊断", "2026-02-05", Some("SQ-404")),
        ],
    );
    let expired = log(scratch, &[("故障诊断", "2026-04-10", None)]);
    let early = scratch.take(json!({
        "kind": "delivery_confirmation", "case": CASE, "occurred": "2026-02-04", "title": "第一次交付",
        "fields": {"delivered_on": "2026-02-04", "accepted_by": {"name": "样例乙", "capacity": "agent"},
            "signature": "unchecked"},
        "links": [{"kind": "confirms", "to": outside.to_string()}],
    }));
    let late = scratch.take(json!({
        "kind": "delivery_confirmation", "case": CASE, "occurred": "2026-05-10", "title": "第二次交付",
        "fields": {"delivered_on": "2026-05-10"},
    }));
    let complaint = scratch.take(json!({"kind": "complaint", "case": CASE, "occurred": "2026-03-10"}));
    scratch.event(CASE, "closed", "2026-04-15T18:00").unwrap();
    Holey {
        authorization: authorization.record,
        early: early.record,
        late: late.record,
        complaint: complaint.record,
        outside,
        expired,
    }
}

fn keys(gaps: &[GapLine]) -> Vec<(&str, Option<RecordId>)> {
    gaps.iter().map(|gap| (gap.shown.key.as_str(), gap.shown.record)).collect()
}

#[test]
fn each_of_the_nine_gaps_is_found_where_it_shows() {
    let scratch = scratch();
    let holey = holey(&scratch);
    let gaps = scratch.case(CASE).gaps;
    let mut found = keys(&gaps);
    found.sort();
    let mut expected = vec![
        ("G1.after_expiry", Some(holey.late)),
        ("G2.named_unknown", Some(holey.outside)),
        ("G3.purpose", Some(holey.outside)),
        ("G4.after_expiry", Some(holey.expired)),
        ("G5.unconfirmed", None),
        ("G6.confirmed_before", Some(holey.early)),
        ("G7.unanswered", Some(holey.complaint)),
        ("G8.first_response", None),
        ("G8.resolution", None),
        ("G9.capacity_missing", Some(holey.late)),
        ("G9.unsigned", Some(holey.late)),
    ];
    expected.sort();
    assert_eq!(found, expected);
    let codes: BTreeSet<GapCode> = gaps.iter().map(|gap| gap.code).collect();
    assert_eq!(codes.len(), 9);
    let outside = gaps.iter().find(|gap| gap.shown.key == "G3.purpose").unwrap();
    assert_eq!((outside.shown.since.to_string().as_str(), outside.shown.count), ("2026-02-04", 2));
    let Some(Cause::OutsideScope { authorization, word, .. }) = &outside.shown.cause else {
        panic!("no cause")
    };
    assert_eq!((*authorization, word.as_str()), (holey.authorization, "市场营销"));
}

#[test]
fn a_chain_without_a_hole_has_no_gap() {
    let scratch = scratch();
    let authorization = scratch.take(json!({
        "kind": "authorization", "case": CASE, "occurred": "2026-06-01", "source":
            {"system": "CRM", "external_id": "SQ-7"},
        "fields": {"purposes": ["故障诊断"], "operations": ["use"], "data_categories": ["*"],
            "systems": ["*"], "valid_from": "2026-01-01",
            "signatory": {"name": "样例甲", "capacity": "legal_representative"}, "signature": "valid"},
    }));
    let id = authorization.record.to_string();
    log(&scratch, &[("故障诊断", "2026-06-03", Some("SQ-7")), ("故障诊断", "2026-06-03", Some(&id))]);
    scratch.take(json!({
        "kind": "delivery_confirmation", "case": CASE, "occurred": "2026-06-10",
        "fields": {"delivered_on": "2026-06-10", "accepted_on": "2026-06-10", "acceptance": "full",
            "accepted_by": {"name": "样例乙", "capacity": "agent"}, "signature": "valid"},
    }));
    scratch.event(CASE, "first_response", "2026-06-01T09:30").unwrap();
    scratch.event(CASE, "closed", "2026-06-11T18:00").unwrap();
    assert_eq!(keys(&scratch.case(CASE).gaps), []);
}

#[test]
fn an_authorization_that_entries_name_by_id_is_found_wherever_it_lies() {
    let scratch = scratch();
    let elsewhere = scratch.take(json!({
        "kind": "authorization", "case": "SC-OTHER", "occurred": "2026-01-01",
        "parties": [{"role": "customer", "name": "另一家公司"}],
        "fields": {"purposes": ["故障诊断"], "operations": ["use"], "data_categories": ["日志"],
            "systems": ["CRM"], "valid_to": "2026-01-31",
            "signatory": {"name": "样例甲", "capacity": "agent"}, "signature": "valid"},
    }));
    let named = elsewhere.record.to_string();
    let log = log(&scratch, &[("故障诊断", "2026-02-03", Some(&named))]);
    assert_eq!(keys(&scratch.case(CASE).gaps)[0], ("G4.after_expiry", Some(log)));
}

fn explain(scratch: &Scratch, key: &str, record: Option<RecordId>) -> Result<(), Refusal> {
    let words = Reason::parse("客户已口头同意，书面确认在途").unwrap();
    let explain = Explain { key: key.to_owned(), record, about: None, words };
    scratch.archive.explain_gap(&scratch.operator(), &named(CASE), explain).map(|_| ())
}

#[test]
fn an_explanation_stands_beside_its_gap_and_never_removes_it() {
    let scratch = scratch();
    let holey = holey(&scratch);
    let before = scratch.case(CASE).gaps.len();
    explain(&scratch, "G9.unsigned", Some(holey.late)).unwrap();
    let gaps = scratch.case(CASE).gaps;
    assert_eq!(gaps.len(), before);
    let gap = gaps.iter().find(|gap| gap.shown.key == "G9.unsigned").unwrap();
    assert_eq!(gap.standing, GapStanding::Explained);
    assert_eq!(gap.explanations[0].words.as_ref().unwrap().as_str(), "客户已口头同意，书面确认在途");
    let open = gaps.iter().filter(|gap| gap.standing == GapStanding::Open).count();
    assert_eq!(open, before - 1);
}

#[test]
fn what_is_no_gap_of_the_case_cannot_be_explained() {
    let scratch = scratch();
    let holey = holey(&scratch);
    for (key, record) in [("G9.unsigned", Some(holey.early)), ("G9.unsigned", None), ("G10.x", None)] {
        assert!(matches!(explain(&scratch, key, record), Err(Refusal::NotFound(Thing::Gap))), "{key}");
    }
}

#[test]
fn the_gaps_of_all_cases_come_in_pages_of_any_size_each_once() {
    let scratch = scratch();
    let holey = holey(&scratch);
    for case in ["SC-A", "SC-B", "SC-C"] {
        scratch.take(json!({"kind": "delivery_confirmation", "case": case, "occurred": "2026-06-01"}));
    }
    let all = |query: &GapQuery, limit: u32| {
        let mut items: Vec<CaseGap> = Vec::new();
        let mut cursor: Option<String> = None;
        for _ in 0..100 {
            let page = scratch.archive.gaps(&scratch.operator(), query, cursor.as_deref(), limit).unwrap();
            assert!(page.items.len() <= limit as usize);
            items.extend(page.items);
            match page.next {
                Some(next) => cursor = Some(next),
                None => return items,
            }
        }
        panic!("the list does not end")
    };
    let whole = all(&GapQuery::default(), 500);
    // A bare confirmation lacks authorization, signature and capacity, and both promises are overdue.
    assert_eq!(whole.len(), 11 + 3 * 5);
    for limit in [1, 2, 3, 4, 7] {
        assert_eq!(all(&GapQuery::default(), limit), whole, "pages of {limit}");
    }
    let unsigned = GapQuery { code: Some(GapCode::G9), ..GapQuery::default() };
    assert_eq!(all(&unsigned, 1).len(), 8);
    let gap = whole
        .iter()
        .find(|gap| gap.gap.shown.key == "G9.unsigned" && gap.gap.shown.record == Some(holey.late));
    explain(&scratch, &gap.unwrap().gap.shown.key, Some(holey.late)).unwrap();
    let explained = GapQuery { standing: Some(GapStanding::Explained), ..GapQuery::default() };
    assert_eq!(all(&explained, 5).len(), 1);
}

#[test]
fn a_correction_is_judged_in_place_of_what_it_corrects_and_both_stay_in_the_chain() {
    let scratch = scratch();
    let holey = holey(&scratch);
    let corrected = scratch.take(json!({
        "kind": "delivery_confirmation", "case": CASE, "occurred": "2026-04-12", "title": "第二次交付（更正）",
        "fields": {"delivered_on": "2026-03-31", "accepted_on": "2026-04-12", "acceptance": "full",
            "accepted_by": {"name": "样例乙", "capacity": "agent"},
            "signature": {"status": "valid", "method": "seal", "signed_on": "2026-04-12"}},
        "links": [{"kind": "corrects", "to": holey.late.to_string()}],
    }));
    let view = scratch.case(CASE);
    assert!(view.gaps.iter().all(|gap| gap.shown.record != Some(holey.late)), "{:?}", keys(&view.gaps));
    assert!(view.gaps.iter().all(|gap| gap.shown.record != Some(corrected.record)), "{:?}", keys(&view.gaps));
    let mut told: Vec<_> =
        view.corrected_gaps.iter().map(|gap| (gap.shown.key.as_str(), gap.shown.record)).collect();
    told.sort();
    let late = Some(holey.late);
    let expected = [
        ("G1.after_expiry", late),
        ("G5.unconfirmed", None),
        ("G9.capacity_missing", late),
        ("G9.unsigned", late),
    ];
    assert_eq!(told, expected);
    assert!(view.corrected_gaps.iter().all(|gap| gap.by == [corrected.record] && gap.shown.cause.is_some()));
    let shown = |record: RecordId| {
        view.timeline.iter().any(|one| matches!(&one.what, What::Record(line) if line.id == record))
    };
    assert!(shown(holey.late) && shown(corrected.record));
    let link = view.links.iter().find(|link| link.kind == LinkKind::Corrects).unwrap();
    assert_eq!((link.from, link.to), (corrected.record, holey.late));
}
