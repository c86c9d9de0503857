//! G7 and G8: answers to complaints, and the promises of the service level.

use super::*;

#[rstest]
#[case::unanswered_in_time("2026-06-20", None, None)]
#[case::unanswered_too_long("2026-06-01", None, Some("G7.unanswered"))]
#[case::answered_on_the_last_day("2026-03-01", Some("2026-03-16"), None)]
#[case::answered_a_day_late("2026-03-01", Some("2026-03-17"), Some("G7.answered_late"))]
#[case::answered_at_the_last_minute("2026-03-01T10:00:00+08:00", Some("2026-03-16T23:59:59+08:00"), None)]
fn a_complaint_is_answered_within_its_target(
    #[case] on: &str,
    #[case] answer: Option<&str>,
    #[case] key: Option<&str>,
) {
    let mut records = vec![complaint(1, on)];
    if let Some(answered) = answer {
        let reply = record(2, Kind::ServiceRecord(Subkind::Chat), answered, Evidence::Other);
        records.push(linked(reply, LinkKind::Answers, 1));
    }
    assert_eq!(keys(&found(&records)), key.into_iter().collect::<Vec<_>>());
}

const LEVEL: &str = r#"
version = 1
name = "标准"
zone = "Asia/Shanghai"
[hours]
monday = ["09:00-18:00"]
tuesday = ["09:00-18:00"]
wednesday = ["09:00-18:00"]
thursday = ["09:00-18:00"]
friday = ["09:00-18:00"]
[evidence]
confirmation_days = 5
complaint_answer = "PT4H"
complaint_clock = "business"
[[targets]]
tier = "金牌"
priority = "P1"
first_response = "PT1H"
resolution = "P1D"
"#;

#[test]
fn a_complaint_target_in_business_hours_runs_over_the_week_end() {
    let level = service_level::parse(LEVEL).unwrap();
    // Friday 16:00 + 4 business hours = Monday 11:00.
    let records = |answered: &str| {
        let reply = record(2, Kind::ServiceRecord(Subkind::Chat), answered, Evidence::Other);
        [complaint(1, "2026-03-06T16:00:00+08:00"), linked(reply, LinkKind::Answers, 1)]
    };
    let judged = |answered| keys(&gaps(&case(), &records(answered), &[], Some(&level), at(NOW)));
    assert_eq!(judged("2026-03-09T11:00:00+08:00"), Vec::<String>::new());
    assert_eq!(judged("2026-03-09T11:00:01+08:00"), ["G7.answered_late"]);
}

#[test]
fn missed_service_levels_are_gaps_of_the_case() {
    let level = service_level::parse(LEVEL).unwrap();
    let events = [
        event(EventKind::Opened, "2026-03-06T09:00:00+08:00"),
        event(EventKind::FirstResponse, "2026-03-06T10:00:01+08:00"),
    ];
    let gaps = gaps(&case(), &[], &events, Some(&level), at(NOW));
    assert_eq!(keys(&gaps), ["G8.first_response", "G8.resolution"]);
    assert_eq!(gaps[0].cause.facts()["target"], "PT1H");
    assert_eq!(gaps[1].cause.facts()["due"], "2026-03-09T16:00:00.000000Z");
    assert_eq!(gaps[1].cause.facts()["done"], serde_json::Value::Null);
}

#[test]
fn what_is_dated_before_a_complaint_does_not_answer_it() {
    let complaint = complaint(1, "2026-02-24");
    let reply = |on| record(2, Kind::ServiceRecord(Subkind::Ticket), on, Evidence::Other);
    let earlier = linked(reply("2025-01-01"), LinkKind::Answers, 1);
    assert!(found(&[complaint.clone(), earlier]).iter().any(|gap| gap.code == GapCode::G7));
    let answer = linked(reply("2026-02-24"), LinkKind::Answers, 1);
    assert!(!found(&[complaint, answer]).iter().any(|gap| gap.code == GapCode::G7));
}
