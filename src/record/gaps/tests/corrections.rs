//! Corrections: the later record is judged, the earlier one is not forgotten.

use super::properties::archive;
use super::*;
use crate::record::gaps::corrected_gaps;

fn corrected(records: &[RecordFacts]) -> Vec<CorrectedGap> {
    corrected_gaps(&case(), records, &[], None, at(NOW))
}

fn unsigned(n: u64) -> RecordFacts {
    let signature = SignatureFacts { state: SignatureState::Unsigned, ..SIGNED };
    authorization(n, AuthorizationFacts { signature, ..scope() })
}

fn told(records: &[RecordFacts]) -> Vec<(String, Option<RecordId>, Vec<RecordId>)> {
    corrected(records).into_iter().map(|one| (one.gap.key(), one.gap.record, one.by)).collect()
}

#[test]
fn a_corrected_record_is_not_judged_and_what_it_showed_is_told_with_its_correction() {
    let records = [unsigned(1), linked(authorization(2, scope()), LinkKind::Corrects, 1)];
    assert_eq!(found(&records), []);
    assert_eq!(told(&records), [("G9.unsigned".to_owned(), Some(id(1)), vec![id(2)])]);
}

#[test]
fn a_gap_that_the_correction_shows_too_stands_there_and_is_told_once() {
    let records = [unsigned(1), linked(unsigned(2), LinkKind::Corrects, 1)];
    let gaps = found(&records);
    assert_eq!((keys(&gaps), gaps[0].record), (vec!["G9.unsigned".to_owned()], Some(id(2))));
    assert_eq!(told(&records), []);
}

#[test]
fn a_correction_can_open_a_gap() {
    let records = [authorization(1, scope()), linked(unsigned(2), LinkKind::Corrects, 1)];
    assert_eq!(keys(&found(&records)), ["G9.unsigned"]);
}

#[test]
fn a_corrected_log_is_judged_by_its_correction() {
    let wrong = log(2, vec![step("市场推广", "use", "日志", "CRM", &[("2026-02-01", 7)])]);
    let right = linked(log(3, vec![usual(&[("2026-02-01", 7)])]), LinkKind::Corrects, 2);
    let records = [authorization(1, scope()), wrong, right];
    assert_eq!(found(&records), []);
    assert_eq!(told(&records), [("G3.purpose".to_owned(), Some(id(2)), vec![id(3)])]);
}

#[test]
fn a_refused_delivery_that_is_corrected_closes_the_gap_of_the_case() {
    let refused = ConfirmationFacts { refused: true, ..ConfirmationFacts::default() };
    let records = [
        authorization(1, scope()),
        log(2, vec![usual(&[("2026-02-01", 1)])]),
        record(3, Kind::DeliveryConfirmation, "2026-02-20", Evidence::Delivery(refused)),
        linked(delivery(4, "2026-02-21"), LinkKind::Corrects, 3),
    ];
    let events =
        [event(EventKind::Opened, "2026-01-01T01:00:00Z"), event(EventKind::Closed, "2026-03-01T01:00:00Z")];
    assert_eq!(gaps(&case(), &records, &events, None, at(NOW)), []);
    let closed = corrected_gaps(&case(), &records, &events, None, at(NOW));
    let told: Vec<_> = closed.into_iter().map(|one| (one.gap.key(), one.by)).collect();
    assert_eq!(told, [("G5.unconfirmed".to_owned(), vec![id(4)])]);
}

#[test]
fn what_led_to_the_corrected_record_leads_to_its_correction() {
    // An authorization of nobody, under which a log says that it was done.
    let wrong = elsewhere(authorization(1, AuthorizationFacts { systems: Vec::new(), ..scope() }), None);
    let right = linked(elsewhere(authorization(2, scope()), None), LinkKind::Corrects, 1);
    let done = linked(log(3, vec![usual(&[("2026-02-01", 1)])]), LinkKind::PerformedUnder, 1);
    assert_eq!(found(&[wrong, right, done]), []);
    // An answer to a complaint that was entered anew.
    let complaints = [complaint(4, "2026-02-24"), linked(complaint(5, "2026-02-24"), LinkKind::Corrects, 4)];
    let ticket = record(6, Kind::ServiceRecord(Subkind::Ticket), "2026-02-25", Evidence::Other);
    let [earlier, later] = complaints;
    assert_eq!(found(&[earlier, later, linked(ticket, LinkKind::Answers, 4)]), []);
}

#[test]
fn entries_that_name_a_corrected_authorization_mean_its_correction() {
    let mut old = authorization(1, AuthorizationFacts { valid_to: Some(day("2026-01-31")), ..scope() });
    old.references = words(&["AUTH-7"]);
    let new = linked(authorization(2, scope()), LinkKind::Corrects, 1);
    for name in ["AUTH-7".to_owned(), id(1).to_string()] {
        let entries = EntryGroup { authorization: Some(name), ..usual(&[("2026-02-01", 1)]) };
        assert_eq!(found(&[old.clone(), new.clone(), log(3, vec![entries])]), []);
    }
}

#[test]
fn a_correction_of_a_correction_stands_for_both() {
    let records = [
        unsigned(1),
        linked(unsigned(2), LinkKind::Corrects, 1),
        linked(authorization(3, scope()), LinkKind::Corrects, 2),
    ];
    assert_eq!(found(&records), []);
    assert_eq!(told(&records), [("G9.unsigned".to_owned(), Some(id(1)), vec![id(3)])]);
}

#[test]
fn records_that_correct_each_other_all_stand() {
    let round = [
        linked(unsigned(1), LinkKind::Corrects, 2),
        linked(unsigned(2), LinkKind::Corrects, 1),
        linked(unsigned(3), LinkKind::Corrects, 3),
    ];
    assert_eq!(found(&round).len(), 3);
    assert_eq!(told(&round), []);
}

#[rstest]
#[case::a_complaint_called_a_chat(Subkind::Chat, true, 1)]
#[case::in_a_case_that_nobody_looks_at(Subkind::Complaint, false, 1)]
#[case::a_complaint_entered_again(Subkind::Complaint, true, 1)]
fn a_complaint_does_not_go_away_by_being_corrected(
    #[case] subkind: Subkind,
    #[case] in_case: bool,
    #[case] expected: usize,
) {
    let mut later = record(2, Kind::ServiceRecord(subkind), "2026-02-24", Evidence::Other);
    later.in_case = in_case;
    let records = [complaint(1, "2026-02-24"), linked(later, LinkKind::Corrects, 1)];
    assert_eq!(found(&records).iter().filter(|gap| gap.code == GapCode::G7).count(), expected);
}

#[rstest]
#[case::the_day_before_it_was_signed("2026-01-09", &["G4.before_signature"])]
#[case::the_day_it_was_signed("2026-01-10", &[])]
#[case::before_its_first_day_too("2025-12-31", &["G4.before_validity"])]
#[case::after_its_last_day("2026-04-01", &["G4.after_expiry"])]
fn an_authorization_binds_nobody_before_it_was_signed(#[case] on: &str, #[case] expected: &[&str]) {
    let signature = SignatureFacts { signed_on: Some(day("2026-01-10")), ..SIGNED };
    let allowed = authorization(1, AuthorizationFacts { signature, ..scope() });
    let gaps = found(&[allowed, log(2, vec![usual(&[(on, 1)])])]);
    assert_eq!(keys(&gaps), expected);
    if expected == ["G4.before_signature"] {
        assert_eq!(gaps[0].cause.facts()["signed_on"], "2026-01-10");
    }
}

#[test]
fn a_delivery_before_the_authorization_was_signed_is_a_gap() {
    let signature = SignatureFacts { signed_on: Some(day("2026-03-01")), ..SIGNED };
    let allowed = authorization(1, AuthorizationFacts { signature, ..scope() });
    assert_eq!(keys(&found(&[allowed, delivery(2, "2026-02-20")])), ["G1.before_signature"]);
}

#[rstest]
#[case::signed_before_the_work("2026-02-01", &["G6.confirmed_before"])]
#[case::signed_on_the_day_of_the_work("2026-02-15", &[])]
#[case::signed_after_it_was_accepted("2026-03-20", &[])]
fn an_acceptance_confirms_nothing_that_came_after_its_signature(
    #[case] signed: &str,
    #[case] expected: &[&str],
) {
    let facts = ConfirmationFacts {
        delivered_on: Some(day("2026-02-20")),
        accepted_on: Some(day("2026-02-20")),
        refused: false,
        signature: SignatureFacts { signed_on: Some(day(signed)), ..SIGNED },
    };
    let records = [
        authorization(1, scope()),
        log(2, vec![usual(&[("2026-02-15", 1)])]),
        record(3, Kind::DeliveryConfirmation, "2026-02-20", Evidence::Delivery(facts)),
    ];
    assert_eq!(keys(&found(&records)), expected);
}

#[test]
fn a_corrected_authorization_is_not_in_force_in_the_dossier() {
    let new =
        linked(authorization(2, AuthorizationFacts { valid_to: None, ..scope() }), LinkKind::Corrects, 1);
    let old = authorization(1, AuthorizationFacts { valid_to: None, ..scope() });
    let input = DossierInput { records: vec![old, new], ..DossierInput::default() };
    let dossier = dossier(input, day("2026-06-30"));
    let standings: Vec<_> = dossier.authorizations.iter().map(|line| (line.record, line.standing)).collect();
    assert_eq!(standings, [(id(2), Standing::InForce), (id(1), Standing::Corrected)]);
}

proptest! {
    #[test]
    fn correcting_never_forgets(records in archive(), which in 2..5_usize) {
        // One of the records is entered again just as it was: nothing changes but whose gaps they are.
        let Some(mut again) = records.get(which).cloned() else { return Ok(()) };
        let before = found(&records);
        let (old, new) = (again.id, id(77));
        again.id = new;
        again.links.push(Link { kind: LinkKind::Corrects, to: old });
        let mut more = records;
        more.push(again);
        let mut after = keys(&found(&more));
        let mut was = keys(&before);
        after.sort();
        was.sort();
        prop_assert_eq!(after, was);
        prop_assert!(corrected(&more).is_empty());
    }
}
