//! The vectors of the specification, row by row, and what holds for every day.

use chrono::Weekday;
use proptest::prelude::*;

use super::*;
use crate::base::civil::Zone;

/// The vectors; the last column is the wrong answer that 365-day arithmetic gives.
const VECTORS: &str = include_str!("vectors.tsv");

fn day(text: &str) -> CivilDate {
    CivilDate::parse(text).unwrap()
}

fn period(text: &str) -> Period {
    Period::parse(text).unwrap()
}

fn disposable(last: &str, zone: &str) -> String {
    let from = disposable_from(day(last), Zone::parse(zone).unwrap());
    let local = from.to_utc().with_timezone(&Zone::parse(zone).unwrap().to_tz());
    local.to_rfc3339_opts(chrono::SecondsFormat::Secs, false)
}

#[test]
fn every_vector_of_the_specification_holds() {
    let mut rows = 0;
    for row in VECTORS.lines().skip(1) {
        let cells: Vec<&str> = row.split('\t').collect();
        let term = Period::new(cells[1].parse().unwrap(), 0).unwrap();
        for (calendar, zone, last, from) in [
            (Calendar::CnCivil, "Asia/Shanghai", cells[2], cells[3]),
            (Calendar::TwCivil, "Asia/Taipei", cells[4], cells[5]),
        ] {
            assert_eq!(calendar.last_day(day(cells[0]), term).unwrap().to_string(), last, "{row}");
            assert_eq!(disposable(last, zone).replace("T00:00:00", "T00:00"), from, "{row}");
        }
        // Without a roll the European regulation and the common law count as 民法典 does.
        for calendar in [Calendar::Eu1182(None), Calendar::Anniversary] {
            assert_eq!(calendar.last_day(day(cells[0]), term).unwrap().to_string(), cells[2], "{row}");
        }
        rows += 1;
    }
    assert_eq!(rows, 15);
}

#[test]
fn days_and_weeks_leave_out_the_day_of_the_event() {
    for calendar in [Calendar::CnCivil, Calendar::TwCivil, Calendar::Eu1182(None), Calendar::Anniversary] {
        assert_eq!(calendar.last_day(day("2024-02-01"), period("P60D")), Ok(day("2024-04-01")));
        assert_eq!(calendar.last_day(day("2024-02-28"), period("P1W")), Ok(day("2024-03-06")));
    }
    assert_eq!(Calendar::CnCivil.last_day(day("2024-01-31"), period("P1M1D")), Ok(day("2024-03-01")));
}

#[test]
fn a_european_period_does_not_end_on_a_closed_day_where_a_table_says_so() {
    let closed = Holidays::new("eu", [day("2026-12-25"), day("2026-12-26")], &[Weekday::Sat, Weekday::Sun]);
    let rolls = Calendar::Eu1182(Some(Arc::new(closed)));
    // Friday the 25th and Saturday the 26th are holidays, the 27th is a Sunday.
    assert_eq!(rolls.last_day(day("2026-11-25"), period("P1M")), Ok(day("2026-12-28")));
    assert_eq!(Calendar::Eu1182(None).last_day(day("2026-11-25"), period("P1M")), Ok(day("2026-12-25")));
    // Art. 3(5): two days from Friday have two working days.
    assert_eq!(rolls.last_day(day("2026-11-20"), period("P2D")), Ok(day("2026-11-24")));
}

#[test]
fn a_week_without_a_working_day_is_refused_and_not_searched_for_ever() {
    use Weekday::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};
    let never = Holidays::new("x", [], &[Mon, Tue, Wed, Thu, Fri, Sat, Sun]);
    let calendar = Calendar::Eu1182(Some(Arc::new(never)));
    assert_eq!(calendar.last_day(day("2026-01-01"), period("P1Y")), Err(BeyondCalendar));
}

#[test]
fn a_day_past_the_last_year_is_refused() {
    for calendar in [Calendar::CnCivil, Calendar::TwCivil, Calendar::Eu1182(None), Calendar::Anniversary] {
        assert_eq!(
            calendar.last_day(day("9997-06-30"), period("P1Y")).map(|last| last.to_string()),
            Ok("9998-06-30".to_owned())
        );
        assert_eq!(calendar.last_day(day("9998-06-30"), period("P1Y")), Err(BeyondCalendar));
        assert_eq!(calendar.last_day(day("9998-12-31"), period("P1D")), Err(BeyondCalendar));
        assert_eq!(calendar.last_day(day("2026-01-01"), period("P1000Y")).map(|_| ()), Ok(()));
    }
    assert_eq!(disposable("9998-12-31", "Asia/Shanghai"), "9999-01-01T00:00:00+08:00");
}

#[test]
fn a_midnight_that_clocks_skip_begins_when_they_go_on() {
    // São Paulo 2018-11-04: 00:00 became 01:00.
    assert_eq!(disposable("2018-11-03", "America/Sao_Paulo"), "2018-11-04T01:00:00-02:00");
    // Samoa had no 2011-12-30 at all.
    assert_eq!(disposable("2011-12-29", "Pacific/Apia"), "2011-12-31T00:00:00+14:00");
}

#[test]
fn a_midnight_that_clocks_show_twice_is_the_second() {
    // Newfoundland 2006-10-29: from 00:01 back to 23:01 of the last day.
    assert_eq!(disposable("2006-10-28", "America/St_Johns"), "2006-10-29T00:00:00-03:30");
    // Havana 2025-11-02: from 01:00 back to 00:00.
    assert_eq!(disposable("2025-11-01", "America/Havana"), "2025-11-02T00:00:00-05:00");
}

#[test]
fn it_is_the_rules_zone_and_not_greenwich() {
    let shanghai = disposable_from(day("2025-12-31"), Zone::SHANGHAI);
    assert_eq!(shanghai.to_seconds_text(), "2025-12-31T16:00:00Z");
}

fn any_day() -> impl Strategy<Value = CivilDate> {
    (0_i64..700_000).prop_map(|ahead| day("1900-01-01").plus_days(ahead).unwrap())
}

fn any_period() -> impl Strategy<Value = Period> {
    (0_u32..1_300, 0_u32..800).prop_filter_map("nothing", |(months, days)| Period::new(months, days))
}

fn any_zone() -> impl Strategy<Value = Zone> {
    let all: Vec<Zone> = chrono_tz::TZ_VARIANTS.iter().filter_map(|tz| Zone::parse(tz.name()).ok()).collect();
    prop::sample::select(all)
}

proptest! {
    #[test]
    fn taiwan_is_never_earlier_than_the_mainland(start in any_day(), term in any_period()) {
        prop_assert!(Calendar::TwCivil.last_day(start, term).unwrap() >= Calendar::CnCivil.last_day(start, term).unwrap());
    }

    #[test]
    fn a_later_start_never_ends_earlier(start in any_day(), ahead in 0_i64..400, term in any_period()) {
        let later = start.plus_days(ahead).unwrap();
        for calendar in [Calendar::CnCivil, Calendar::TwCivil, Calendar::Eu1182(None), Calendar::Anniversary] {
            prop_assert!(calendar.last_day(start, term).unwrap() <= calendar.last_day(later, term).unwrap());
        }
    }

    #[test]
    fn a_longer_period_never_ends_earlier(start in any_day(), term in any_period(), months in 0_u32..50, days in 0_u32..50) {
        let longer = Period::new(term.months() + months, term.days() + days).unwrap();
        for calendar in [Calendar::CnCivil, Calendar::TwCivil, Calendar::Eu1182(None), Calendar::Anniversary] {
            prop_assert!(calendar.last_day(start, term).unwrap() <= calendar.last_day(start, longer).unwrap());
        }
    }

    #[test]
    fn periods_that_compare_end_in_that_order(start in any_day(), a in any_period(), b in any_period()) {
        let ends = |term| Calendar::CnCivil.last_day(start, term).unwrap();
        if let Some(order) = a.compare(b) {
            prop_assert!(ends(a).cmp(&ends(b)) == order || ends(a) == ends(b), "{a} {b} {start}");
        }
    }

    #[test]
    fn clocks_never_show_the_last_day_again(last in any_day(), zone in any_zone(), minutes in 0_i64..3_000) {
        let from = disposable_from(last, zone);
        let shown = CivilDate::of(from.plus_seconds(minutes * 60), zone).unwrap();
        prop_assert!(shown > last, "{last} {zone} {from}");
    }
}
