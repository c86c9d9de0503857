//! Business time over holidays, make-up workdays, pauses, zones and clock changes.

use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::base::civil::CivilDate;
use crate::base::entropy::SeededEntropy;
use crate::base::id::EventId;
use crate::base::moment::Moment;
use crate::record::case::{CaseEvent, EventDetail, EventKind, timeline};

/// 国庆节 2026: 1 to 7 October off, Sunday 20 September and Saturday 10 October worked.
const FILE: &str = r#"
version = 1
name = "标准服务等级"
zone = "Asia/Shanghai"

[hours]
monday = ["09:00-12:00", "13:00-18:00"]
tuesday = ["09:00-12:00", "13:00-18:00"]
wednesday = ["09:00-12:00", "13:00-18:00"]
thursday = ["09:00-12:00", "13:00-18:00"]
friday = ["09:00-12:00", "13:00-17:00"]

[[holidays]]
from = "2026-10-01"
until = "2026-10-07"
name = "国庆节"

[[workdays]]
on = "2026-09-20"
like = "thursday"
name = "国庆节调休"

[[workdays]]
on = "2026-10-10"
hours = ["10:00-12:00"]

[evidence]
confirmation_days = 15
complaint_answer = "P7D"
complaint_clock = "business"

[[targets]]
tier = "金牌"
priority = "P1"
first_response = "PT15M"
resolution = "PT4H"

[[targets]]
tier = "金牌"
priority = "*"
first_response = "PT2H"
resolution = "P3D"

[[targets]]
tier = "*"
priority = "*"
clock = "calendar"
resolution = "P10D"
"#;

fn level() -> ServiceLevel {
    parse(FILE).unwrap()
}

fn at(text: &str) -> Moment {
    let text = if text.len() == 16 { format!("{text}:00+08:00") } else { text.to_owned() };
    Moment::parse(&text).unwrap()
}

fn stops(list: &[(&str, Option<&str>)]) -> Vec<(Moment, Option<Moment>)> {
    list.iter().map(|(from, until)| (at(from), until.map(at))).collect()
}

const HOUR: i64 = 3_600;

#[rstest]
#[case::one_morning("2026-09-14T09:00", "2026-09-14T12:00", 3 * HOUR)]
#[case::over_noon("2026-09-14T11:30", "2026-09-14T13:30", HOUR)]
#[case::before_work_and_after("2026-09-14T06:00", "2026-09-14T22:00", 8 * HOUR)]
#[case::a_shorter_friday("2026-09-18T00:00", "2026-09-18T23:59", 7 * HOUR)]
#[case::over_a_week_end("2026-09-11T16:00", "2026-09-14T10:00", 2 * HOUR)]
#[case::a_saturday("2026-09-12T00:00", "2026-09-13T00:00", 0)]
#[case::a_sunday_that_is_worked("2026-09-20T00:00", "2026-09-21T00:00", 8 * HOUR)]
#[case::over_the_holidays("2026-09-30T17:00", "2026-10-08T10:00", 2 * HOUR)]
#[case::within_the_holidays("2026-10-02T09:00", "2026-10-05T18:00", 0)]
#[case::a_worked_saturday_with_hours_of_its_own("2026-10-10T00:00", "2026-10-11T00:00", 2 * HOUR)]
#[case::nothing("2026-09-14T09:00", "2026-09-14T09:00", 0)]
#[case::backwards("2026-09-14T12:00", "2026-09-14T09:00", 0)]
fn elapsed_business_time(#[case] from: &str, #[case] until: &str, #[case] seconds: i64) {
    let level = level();
    assert_eq!(level.calendar(ClockKind::Business).elapsed_seconds(at(from), at(until), &[]), seconds);
}

#[rstest]
#[case::inside(&[("2026-09-14T10:00", Some("2026-09-14T11:00"))], 7 * HOUR)]
#[case::over_noon(&[("2026-09-14T11:00", Some("2026-09-14T14:00"))], 6 * HOUR)]
#[case::outside_of_hours(&[("2026-09-14T18:00", Some("2026-09-15T09:00"))], 8 * HOUR)]
#[case::from_before(&[("2026-09-13T10:00", Some("2026-09-14T10:00"))], 7 * HOUR)]
#[case::lasting(&[("2026-09-14T14:00", None)], 4 * HOUR)]
#[case::two(&[("2026-09-14T09:00", Some("2026-09-14T10:00")), ("2026-09-14T17:00", None)], 6 * HOUR)]
#[case::touching(&[("2026-09-14T09:00", Some("2026-09-14T10:00")), ("2026-09-14T10:00", Some("2026-09-14T11:00"))], 6 * HOUR)]
fn pauses_do_not_count(#[case] pauses: &[(&str, Option<&str>)], #[case] seconds: i64) {
    let level = level();
    let calendar = level.calendar(ClockKind::Business);
    let (from, until) = (at("2026-09-14T09:00"), at("2026-09-14T18:00"));
    assert_eq!(calendar.elapsed_seconds(from, until, &stops(pauses)), seconds);
}

#[rstest]
#[case::the_same_day("2026-09-14T09:00", "PT4H", &[], Some("2026-09-14T14:00"))]
#[case::exactly_the_end_of_the_day("2026-09-14T09:00", "PT8H", &[], Some("2026-09-14T18:00"))]
#[case::the_next_morning("2026-09-14T17:00", "PT2H", &[], Some("2026-09-15T10:00"))]
#[case::opened_at_night("2026-09-14T22:00", "PT15M", &[], Some("2026-09-15T09:15"))]
#[case::opened_before_a_worked_sunday("2026-09-19T10:00", "PT1H", &[], Some("2026-09-20T10:00"))]
#[case::over_the_holidays("2026-09-30T17:30", "PT1H", &[], Some("2026-10-08T09:30"))]
#[case::with_a_pause("2026-09-14T09:00", "PT4H", &[("2026-09-14T10:00", Some("2026-09-14T12:00"))], Some("2026-09-14T16:00"))]
#[case::due_before_the_pause("2026-09-14T09:00", "PT1H", &[("2026-09-14T10:00", None)], Some("2026-09-14T10:00"))]
#[case::while_paused("2026-09-14T09:00", "PT4H", &[("2026-09-14T10:00", None)], None)]
#[case::one_day_is_the_next("2026-09-14T09:00", "P1D", &[], Some("2026-09-16T00:00"))]
#[case::days_over_a_week_end("2026-09-11T09:00", "P2D", &[], Some("2026-09-16T00:00"))]
#[case::a_worked_sunday_is_a_day("2026-09-18T09:00", "P1D", &[], Some("2026-09-21T00:00"))]
#[case::days_over_the_holidays("2026-09-30T09:00", "P3D", &[], Some("2026-10-11T00:00"))]
#[case::a_day_paused_throughout_is_none("2026-09-14T09:00", "P1D", &[("2026-09-15T08:00", Some("2026-09-15T19:00"))], Some("2026-09-17T00:00"))]
#[case::a_day_paused_in_part_is_one("2026-09-14T09:00", "P1D", &[("2026-09-15T08:00", Some("2026-09-15T17:00"))], Some("2026-09-16T00:00"))]
fn the_due_instant_counts_business_time(
    #[case] from: &str,
    #[case] target: &str,
    #[case] pauses: &[(&str, Option<&str>)],
    #[case] due: Option<&str>,
) {
    let level = level();
    let target = Target::parse(target).unwrap();
    let found = level.calendar(ClockKind::Business).due(at(from), target, &stops(pauses));
    assert_eq!(found, due.map(at));
}

#[rstest]
#[case::spring_has_an_hour_less("2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00", 23 * HOUR)]
#[case::autumn_has_an_hour_more("2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00", 25 * HOUR)]
fn a_day_on_which_clocks_change_has_the_hours_it_has(
    #[case] from: &str,
    #[case] until: &str,
    #[case] seconds: i64,
) {
    let always = BusinessTime::always(Zone::parse("Europe/Berlin").unwrap());
    assert_eq!(always.elapsed_seconds(at(from), at(until), &[]), seconds);
}

#[test]
fn business_hours_are_those_of_the_files_zone() {
    // 09:00 in Taipei and Shanghai, 01:00 in London: still before work in London.
    let london = parse(&FILE.replace("Asia/Shanghai", "Europe/London")).unwrap();
    let (from, until) = (at("2026-09-14T09:00"), at("2026-09-14T17:00"));
    let seconds =
        |level: &ServiceLevel| level.calendar(ClockKind::Business).elapsed_seconds(from, until, &[]);
    assert_eq!(seconds(&level()), 7 * HOUR);
    assert_eq!(seconds(&london), HOUR);
}

#[rstest]
#[case(Some("金牌"), Some("P1"), Some("PT4H"))]
#[case(Some("金牌"), Some("ｐ１"), Some("PT4H"))]
#[case(Some("金牌"), Some("P2"), Some("P3D"))]
#[case(Some("金牌"), None, Some("P3D"))]
#[case(Some("银牌"), Some("P1"), Some("P10D"))]
#[case(None, None, Some("P10D"))]
fn the_closest_row_is_the_promise(
    #[case] tier: Option<&str>,
    #[case] priority: Option<&str>,
    #[case] target: Option<&str>,
) {
    let level = level();
    let found = level.promise(tier, priority).and_then(|promise| promise.resolution);
    assert_eq!(found.map(|target| target.to_string()).as_deref(), target);
}

fn course(events: &[(EventKind, &str)], now: &str, tier: &str) -> Vec<(Measure, Outcome, i64)> {
    let events: Vec<CaseEvent> = events
        .iter()
        .zip(1..)
        .map(|((kind, when), seed)| CaseEvent {
            id: EventId::generate(at(when), &SeededEntropy::new(seed)),
            kind: *kind,
            at: at(when),
            zone: Zone::SHANGHAI,
            record: None,
            cancels: None,
            detail: EventDetail::default(),
        })
        .collect();
    attainments(&level(), Some(tier), Some("P1"), &timeline(&events), at(now))
        .into_iter()
        .map(|attained| (attained.measure, attained.outcome, attained.elapsed_seconds))
        .collect()
}

use EventKind::{Closed, FirstResponse, Opened, Paused, Reopened, Resolved, Resumed};

#[test]
fn both_promises_kept_to_the_second() {
    let events =
        [(Opened, "2026-09-14T09:00"), (FirstResponse, "2026-09-14T09:15"), (Resolved, "2026-09-14T14:00")];
    let kept = [(Measure::FirstResponse, Outcome::Met, 900), (Measure::Resolution, Outcome::Met, 4 * HOUR)];
    assert_eq!(course(&events, "2026-12-01T00:00", "金牌"), kept);
}

#[test]
fn a_minute_late_is_late() {
    let events =
        [(Opened, "2026-09-14T09:00"), (FirstResponse, "2026-09-14T09:16"), (Resolved, "2026-09-14T14:01")];
    let outcomes: Vec<Outcome> =
        course(&events, "2026-12-01T00:00", "金牌").into_iter().map(|row| row.1).collect();
    assert_eq!(outcomes, [Outcome::Missed, Outcome::Missed]);
}

#[test]
fn a_resolution_without_response_is_the_first_response() {
    let events = [(Opened, "2026-09-14T09:00"), (Resolved, "2026-09-14T09:10")];
    assert_eq!(course(&events, "2026-12-01T00:00", "金牌")[0], (Measure::FirstResponse, Outcome::Met, 600));
}

#[test]
fn waiting_for_the_customer_is_not_our_time() {
    let events = [
        (Opened, "2026-09-14T09:00"),
        (Paused, "2026-09-14T10:00"),
        (Resumed, "2026-09-16T10:00"),
        (Resolved, "2026-09-16T12:00"),
    ];
    assert_eq!(course(&events, "2026-12-01T00:00", "金牌")[1], (Measure::Resolution, Outcome::Met, 3 * HOUR));
}

#[test]
fn a_resolution_that_did_not_last_counts_on_without_the_time_between() {
    let events = [
        (Opened, "2026-09-14T09:00"),
        (Resolved, "2026-09-14T12:00"),
        (Reopened, "2026-09-15T09:00"),
        (Resolved, "2026-09-15T11:00"),
        (Closed, "2026-09-16T11:00"),
    ];
    assert_eq!(
        course(&events, "2026-12-01T00:00", "金牌")[1],
        (Measure::Resolution, Outcome::Missed, 5 * HOUR)
    );
}

#[rstest]
#[case::time_left("2026-09-14T13:59", Outcome::Running)]
#[case::the_last_instant("2026-09-14T14:00", Outcome::Running)]
#[case::over("2026-09-14T14:01", Outcome::Overdue)]
fn what_is_not_done_runs_until_it_is_overdue(#[case] now: &str, #[case] outcome: Outcome) {
    let events = [(Opened, "2026-09-14T09:00"), (FirstResponse, "2026-09-14T09:01")];
    assert_eq!(course(&events, now, "金牌")[1].1, outcome);
}

#[rstest]
#[case("2026-09-24T23:59", Outcome::Met)]
#[case("2026-09-25T00:00", Outcome::Missed)]
fn calendar_days_end_at_midnight(#[case] resolved: &str, #[case] outcome: Outcome) {
    let events = [(Opened, "2026-09-14T09:00"), (Resolved, resolved)];
    assert_eq!(course(&events, "2026-12-01T00:00", "铜牌")[0].1, outcome);
}

#[test]
fn the_table_counts_what_is_decided() {
    let attained = |measure, outcome, elapsed_seconds| Attainment {
        measure,
        target: Target::Seconds(60),
        clock: ClockKind::Business,
        started: at("2026-09-14T09:00"),
        due: None,
        done: None,
        elapsed_seconds,
        outcome,
    };
    let one = [attained(Measure::Resolution, Outcome::Met, 10)];
    let two = [attained(Measure::Resolution, Outcome::Missed, 90)];
    let three = [attained(Measure::Resolution, Outcome::Running, 5)];
    let rows = table([
        (Some("Gold"), None, one.as_slice()),
        (Some("gold"), None, two.as_slice()),
        (Some("ＧＯＬＤ"), None, three.as_slice()),
    ]);
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].met, rows[0].missed, rows[0].running, rows[0].longest_seconds), (1, 1, 1, 90));
    assert_eq!(rows[0].per_mille(), Some(500));
}

#[rstest]
#[case("PT4H", Ok("PT4H"))]
#[case("PT90M", Ok("PT1H30M"))]
#[case("PT1H30M5S", Ok("PT1H30M5S"))]
#[case("P2D", Ok("P2D"))]
#[case("P0D", Err(BadTarget::Range))]
#[case("PT0H", Err(BadTarget::Range))]
#[case("P1M", Err(BadTarget::Form))]
#[case("P1DT2H", Err(BadTarget::Form))]
#[case("PT", Err(BadTarget::Form))]
#[case("PT1M1H", Err(BadTarget::Form))]
#[case("PT-1H", Err(BadTarget::Form))]
#[case("PT99999999999H", Err(BadTarget::Range))]
#[case("4h", Err(BadTarget::Form))]
fn targets_are_hours_or_days(#[case] text: &str, #[case] expected: Result<&str, BadTarget>) {
    assert_eq!(Target::parse(text).map(|target| target.to_string()), expected.map(str::to_owned));
}

#[test]
fn all_faults_of_a_file_are_told_at_once() {
    let file = r#"
version = 2
name = " "
zone = "Asia/Peking"
[hours]
monday = ["09:00-12:00", "11:00-18:00", "22:00-06:00"]
[[holidays]]
from = "2026-02-30"
[[holidays]]
from = "2026-10-07"
until = "2026-10-01"
[[workdays]]
on = "2026-10-10"
like = "sunday"
[[targets]]
tier = "金牌"
priority = "P1"
resolution = "4h"
[[targets]]
tier = "金牌"
priority = "p1"
"#;
    let faults: Vec<String> = parse(file).unwrap_err().iter().map(ToString::to_string).collect();
    let paths: Vec<&str> = faults.iter().filter_map(|fault| fault.split(':').next()).collect();
    assert_eq!(
        paths,
        [
            "format version 2 is unknown; this program reads version 1",
            "name",
            "zone",
            "hours.monday[1]",
            "hours.monday[2]",
            "workdays[0]",
            "holidays[0].from",
            "holidays[1]",
            "targets[0].resolution",
            "targets[1]",
        ]
    );
}

#[test]
fn an_unknown_field_is_named_with_its_line() {
    let faults = parse("version = 1\nname = \"x\"\nzone = \"UTC\"\ntier = 3\n").unwrap_err();
    assert!(matches!(&faults[..], [ServiceLevelFault::Syntax { line: 4, .. }]), "{faults:?}");
}

#[test]
fn a_day_cannot_be_both_off_and_worked() {
    let file = FILE.replace("2026-10-10", "2026-10-03");
    assert!(matches!(parse(&file).unwrap_err()[..], [ServiceLevelFault::Twice { .. }]));
}

#[test]
fn the_shipped_file_is_right() {
    let level = parse(include_str!("../../../policies/service-levels/standard.toml")).unwrap();
    let business = level.calendar(ClockKind::Business);
    let open = |day: &str| !business.spans_on(CivilDate::parse(day).unwrap()).is_empty();
    // 国务院办公厅 2025 年 11 月 4 日通知: 2026 holidays.
    for off in
        ["2026-01-01", "2026-02-16", "2026-04-06", "2026-05-01", "2026-06-19", "2026-09-25", "2026-10-07"]
    {
        assert!(!open(off), "{off}");
    }
    for worked in ["2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"] {
        assert!(open(worked), "{worked}");
    }
}

proptest! {
    #[test]
    fn what_is_due_has_elapsed_exactly(start in 0..400_i64, minute in 0..1440_i64, target in 1..100_000_u32, pause in 0..3000_i64, length in 0..3000_i64) {
        let level = level();
        let calendar = level.calendar(ClockKind::Business);
        let from = at("2026-01-01T00:00").plus_seconds(start * 86_400 + minute * 60);
        let stop = from.plus_seconds(pause * 60);
        let stops = [(stop, Some(stop.plus_seconds(length * 60)))];
        let due = calendar.due(from, Target::Seconds(target), &stops).unwrap();
        prop_assert_eq!(calendar.elapsed_seconds(from, due, &stops), i64::from(target));
    }

    #[test]
    fn time_adds_up(start in 0..400_i64, first in 0..20_000_i64, second in 0..20_000_i64) {
        let level = level();
        let calendar = level.calendar(ClockKind::Business);
        let from = at("2026-01-01T00:00").plus_seconds(start * 86_400);
        let (middle, until) = (from.plus_seconds(first * 60), from.plus_seconds((first + second) * 60));
        let elapsed = |from, until| calendar.elapsed_seconds(from, until, &[]);
        prop_assert_eq!(elapsed(from, middle) + elapsed(middle, until), elapsed(from, until));
    }
}
