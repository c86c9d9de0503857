//! What holds for any record, any rules and any instant.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;

/// Rules to choose from: every kind, calendar and combination that the judge treats apart.
fn pool() -> Vec<String> {
    let event = r#"event("ended", customer)"#;
    vec![
        rule("f1", "floor", "occurred", "P3Y", "action = 'destroy'"),
        rule("f2", "floor", "fiscal_year_end(occurred)", "P10Y", "approvals = 'two'\naction = 'destroy'"),
        rule("f3", "floor", event, "P5Y", "action = 'destroy'"),
        rule("f4", "floor", r#"max(occurred, meta("x"))"#, "P1000Y", ""),
        rule(
            "f5",
            "floor",
            "declared",
            "P60D",
            "action = 'destroy'\nlevel = 'organisation'\neffective_to = 2025-06-30",
        ),
        rule(
            "f6",
            "floor",
            "any(received, occurred)",
            "P1Y",
            "action = 'transfer'\neffective_from = 2027-01-01",
        ),
        rule("c1", "ceiling", "occurred", "P2Y", ""),
        rule("c2", "ceiling", event, "trigger", "approvals = 'two'"),
        rule("a1", "action", event, "P1Y", "action = 'destroy'\nnext_review = 2026-01-01"),
        rule("a2", "action", "occurred", "P4Y", "action = 'destroy'"),
    ]
}

fn any_day() -> impl Strategy<Value = String> {
    (0_i64..60_000).prop_map(|ahead| day("1950-01-01").plus_days(ahead).unwrap().to_string())
}

fn any_now() -> impl Strategy<Value = Now> {
    let at = prop_oneof![
        8 => (0_i64..4_000_000_000).prop_map(|seconds| Moment::from_micros(seconds * 1_000_000)),
        1 => any::<i64>().prop_map(Moment::from_micros),
    ];
    (at, prop::bool::weighted(0.9)).prop_map(|(at, clock_sane)| Now { at, clock_sane })
}

fn any_moment() -> impl Strategy<Value = Moment> {
    (0_i64..3_000_000_000).prop_map(|seconds| Moment::from_micros(seconds * 1_000_000))
}

fn any_hold() -> impl Strategy<Value = Hold> {
    (0_u8..100, any_moment(), prop::option::of(any_moment()))
        .prop_map(|(number, placed_at, released_at)| Hold { placed_at, released_at, ..hold(number, None) })
}

fn any_lock() -> impl Strategy<Value = Lock> {
    let level = prop_oneof![
        Just(LockLevel::Compliance),
        any::<bool>().prop_map(|bypassed| LockLevel::Governance { bypassed })
    ];
    (level, prop::option::of(any_day())).prop_map(|(level, until)| lock(level, until.as_deref()))
}

fn any_progress() -> impl Strategy<Value = Progress> {
    (any_moment(), any_moment(), 0_u8..8).prop_map(|(begun, until, which)| match which {
        0 => Progress::InReview { begun, done: 1, of: 3 },
        1 => Progress::CoolingOff { begun, until },
        2 => Progress::Sealed { begun },
        3 => Progress::Shredded,
        4 => Progress::Transferred,
        5 => Progress::None,
        _ => Progress::Approved { begun },
    })
}

/// All rules, read once.
static ALL: LazyLock<Schedule> = LazyLock::new(|| schedule(&pool().concat()));

/// A record under which some of the rules match.
fn any_record() -> impl Strategy<Value = (&'static Schedule, Facts)> {
    let all = u32::try_from(pool().len()).unwrap();
    let chosen = prop::sample::subsequence((0..all).collect::<Vec<_>>(), 0..=pool().len());
    (chosen, any_day(), any_day(), prop::collection::vec(any_day(), 0..3), any_progress()).prop_map(
        |(chosen, occurred, declared, events, progress)| {
            let events: Vec<Value> =
                events.iter().map(|on| json!({"type": "ended", "key": "customer", "on": on})).collect();
            let more = json!({"declared": declared, "events": events});
            let mut facts = Facts { progress, ..facts(&ALL, &occurred, more) };
            facts.versions[0].matched = chosen;
            (&*ALL, facts)
        },
    )
}

fn any_holds() -> impl Strategy<Value = Vec<Hold>> {
    prop::collection::vec(any_hold(), 0..3)
}

fn any_locks() -> impl Strategy<Value = Vec<Lock>> {
    prop::collection::vec(any_lock(), 0..3)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn one_more_hold_never_permits_a_destruction(
        (schedule, facts) in any_record(), holds in any_holds(), more in any_hold(), locks in any_locks(), now in any_now(),
    ) {
        let before = judge(&facts, schedule, &holds, &locks, now);
        let after = judge(&facts, schedule, &[holds, vec![more]].concat(), &locks, now);
        prop_assert!(before.permit().is_some() || after.permit().is_none());
        if more.released_at.is_none() {
            prop_assert!(after.permit().is_none());
        }
    }

    #[test]
    fn one_more_lock_never_permits_a_destruction(
        (schedule, facts) in any_record(), holds in any_holds(), more in any_lock(), locks in any_locks(), now in any_now(),
    ) {
        let before = judge(&facts, schedule, &holds, &locks, now);
        let after = judge(&facts, schedule, &holds, &[locks, vec![more]].concat(), now);
        prop_assert!(before.permit().is_some() || after.permit().is_none());
    }

    #[test]
    fn one_more_floor_never_shortens((schedule, facts) in any_record(), more in 0_u32..6, now in any_now()) {
        // The first six rules are floors.
        let mut with = facts.clone();
        with.versions[0].matched.push(more);
        let (before, after) = (judge(&facts, schedule, &[], &[], now), judge(&with, schedule, &[], &[], now));
        if let (Some(one), Some(other)) = (&before.floor, &after.floor) {
            prop_assert!(other.end.order(one.end).is_ge(), "{one:?} {other:?}");
        }
        prop_assert!(after.floor.is_some() || before.floor.is_none());
    }

    #[test]
    fn a_permit_means_that_nothing_stands_in_the_way(
        (schedule, facts) in any_record(), holds in any_holds(), locks in any_locks(), now in any_now(),
    ) {
        let verdict = judge(&facts, schedule, &holds, &locks, now);
        if verdict.permit().is_some() {
            prop_assert!(now.clock_sane && !verdict.held);
            prop_assert!(holds.iter().all(|hold| hold.released_at.is_some_and(|released| released <= now.at)));
            prop_assert!(verdict.floor.as_ref().is_none_or(|floor| floor.end.is_over(now.at)));
            prop_assert!(verdict.due_from.is_some_and(|from| from <= now.at));
            prop_assert!(!matches!(facts.progress, Progress::Shredded | Progress::Transferred));
        }
        prop_assert_eq!(verdict.restricted, verdict.conflict.as_ref().is_some_and(|conflict| {
            conflict.ceiling.end.is_over(now.at) && !conflict.floor.end.is_over(now.at)
        }));
    }

    #[test]
    fn judging_twice_says_the_same_and_the_explanation_replays(
        (schedule, facts) in any_record(), holds in any_holds(), locks in any_locks(), now in any_now(),
    ) {
        let verdict = judge(&facts, schedule, &holds, &locks, now);
        let explanation = explain(&facts, schedule, &holds, &locks, now);
        prop_assert_eq!(&explanation.verdict, &verdict);
        // Beyond the instants that RFC 3339 can write, an explanation refuses to be read.
        if (0..250_000_000_000_000_000).contains(&now.at.micros()) {
            prop_assert_eq!(replay(explanation.to_json()), Ok(verdict));
        }
    }

    #[test]
    fn facts_that_fit_no_schedule_are_judged_too(
        (schedule, facts) in any_record(), index in any::<u32>(), now in any_now(),
    ) {
        let mut odd = facts;
        for version in &mut odd.versions {
            version.matched.push(index);
            version.dates.clear();
        }
        let verdict = judge(&odd, schedule, &[], &[], now);
        prop_assert!(verdict.permit().is_none() || verdict.due_from.is_some());
    }

    #[test]
    fn no_json_makes_the_replay_panic(text in r#"[\[\]{}":,a-z0-9]{0,80}"#) {
        if let Ok(value) = serde_json::from_str::<Value>(&text) {
            prop_assert!(replay(&value).is_err());
        }
    }
}
