//! G1, G5 and G6: deliveries and their confirmations.

use super::*;

#[rstest]
#[case::on_the_last_day("2026-03-31", &[])]
#[case::after_it("2026-04-01", &["G1.after_expiry"])]
#[case::before_the_first("2025-12-31", &["G1.before_validity"])]
fn a_delivery_needs_an_authorization_in_force_on_its_day(#[case] on: &str, #[case] expected: &[&str]) {
    assert_eq!(keys(&found(&[authorization(1, scope()), delivery(2, on)])), expected);
}

#[test]
fn a_delivery_without_any_authorization_is_a_gap() {
    let gaps = found(&[delivery(2, "2026-02-01")]);
    assert_eq!(keys(&gaps), ["G1.no_authorization"]);
    assert_eq!(gaps[0].since, day("2026-02-01"));
}

#[rstest]
#[case::on_the_thirtieth_day("2026-04-30T12:00:00Z", false)]
#[case::on_the_thirty_first("2026-04-30T16:00:00Z", true)]
fn a_confirmation_is_due_thirty_days_after_the_service_ended(#[case] now: &str, #[case] expected: bool) {
    let records = [authorization(1, scope()), log(2, vec![usual(&[("2026-02-01", 1)])])];
    let events = [
        event(EventKind::Opened, "2026-01-01T01:00:00Z"),
        event(EventKind::Resolved, "2026-03-31T01:00:00Z"),
    ];
    let gaps = gaps(&case(), &records, &events, None, at(now));
    assert_eq!(keys(&gaps), if expected { vec!["G5.unconfirmed"] } else { Vec::new() });
    if let Some(gap) = gaps.first() {
        assert_eq!((gap.record, gap.since), (None, day("2026-05-01")));
    }
}

#[test]
fn no_confirmation_is_asked_for_while_the_case_is_open_or_where_nothing_was_processed() {
    let authorized = authorization(1, scope());
    let done = log(2, vec![usual(&[("2026-02-01", 1)])]);
    let opened = event(EventKind::Opened, "2026-01-01T01:00:00Z");
    let closed = event(EventKind::Closed, "2026-03-31T01:00:00Z");
    let reopened = event(EventKind::Reopened, "2026-04-01T01:00:00Z");
    let judged =
        |records: &[RecordFacts], events: &[CaseEvent]| keys(&gaps(&case(), records, events, None, at(NOW)));
    let (allowed, processed) = (vec![authorized.clone()], vec![done.clone()]);
    let both = vec![authorized, done];
    let (open, ended) = (vec![opened.clone()], vec![opened.clone(), closed.clone()]);
    assert_eq!(judged(&both, &open), Vec::<String>::new());
    assert_eq!(judged(&allowed, &ended), Vec::<String>::new());
    // Without authorization the gap is another one.
    assert_eq!(judged(&processed, &ended), ["G2.no_authorization"]);
    assert_eq!(judged(&both, &[opened, closed, reopened]), Vec::<String>::new());
}

#[rstest]
#[case::refused(true, Some("2026-02-20"), "refused")]
#[case::delivered_only(false, None, "not_accepted")]
fn what_is_not_accepted_is_not_confirmed(
    #[case] refused: bool,
    #[case] accepted: Option<&str>,
    #[case] instead: &str,
) {
    let facts = ConfirmationFacts {
        delivered_on: Some(day("2026-02-20")),
        accepted_on: accepted.map(day),
        refused,
        signature: SIGNED,
    };
    let records = [
        authorization(1, scope()),
        log(2, vec![usual(&[("2026-02-01", 1)])]),
        record(3, Kind::DeliveryConfirmation, "2026-02-20", Evidence::Delivery(facts)),
    ];
    let events =
        [event(EventKind::Opened, "2026-01-01T01:00:00Z"), event(EventKind::Closed, "2026-03-01T01:00:00Z")];
    let gaps = gaps(&case(), &records, &events, None, at(NOW));
    assert_eq!(keys(&gaps), ["G5.unconfirmed"]);
    assert_eq!(gaps[0].cause.facts()["instead"], instead);
}

#[rstest]
#[case::the_day_before_the_last_entry("2026-02-09", 4)]
#[case::the_day_of_the_last_entry("2026-02-10", 0)]
#[case::before_all("2026-01-31", 7)]
fn a_confirmation_cannot_come_before_what_it_confirms(#[case] on: &str, #[case] later: u64) {
    for links in [true, false] {
        let mut confirmation = delivery(3, on);
        if links {
            confirmation = linked(confirmation, LinkKind::Confirms, 2);
        }
        let records = [
            authorization(1, scope()),
            log(2, vec![usual(&[("2026-02-01", 3), ("2026-02-10", 4)])]),
            confirmation,
        ];
        let gaps = found(&records);
        assert_eq!(gaps.iter().map(|gap| gap.count).sum::<u64>(), later, "linked: {links}");
        assert!(gaps.iter().all(|gap| gap.code == GapCode::G6 && gap.record == Some(id(3))));
    }
}

#[test]
fn monthly_confirmations_that_name_nothing_stand_for_everything_before_the_last() {
    let records = [
        authorization(1, scope()),
        log(2, vec![usual(&[("2026-01-20", 1)])]),
        log(3, vec![usual(&[("2026-02-20", 1)])]),
        delivery(4, "2026-01-31"),
        delivery(5, "2026-02-28"),
    ];
    assert_eq!(found(&records), []);
}
