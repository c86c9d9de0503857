//! What holds of every case.

use super::*;

const PURPOSES: [&str; 3] = ["故障诊断", "容量规划", "市场推广"];
const OPERATIONS: [&str; 3] = ["use", "collect", "导出"];
const DATA: [&str; 2] = ["日志", "联系方式"];
const SYSTEMS: [&str; 2] = ["CRM", "ERP"];

fn any_step() -> impl Strategy<Value = EntryGroup> {
    let days = proptest::collection::btree_map(0..200_i64, 1..5_u64, 1..4);
    (0..3_usize, 0..3_usize, 0..2_usize, 0..2_usize, days, 0..4_usize).prop_map(
        |(p, o, d, s, days, named)| {
            let days: BTreeMap<CivilDate, u64> = days
                .into_iter()
                .map(|(offset, count)| (day("2025-12-01").plus_days(offset).unwrap(), count))
                .collect();
            let name = [None, None, Some("AUTH-1"), Some("AUTH-404")][named].map(str::to_owned);
            EntryGroup {
                operation: OPERATIONS[o].to_owned(),
                purpose: PURPOSES[p].to_owned(),
                data_category: DATA[d].to_owned(),
                system: SYSTEMS[s].to_owned(),
                authorization: name,
                first: at(NOW),
                last: at(NOW),
                days,
            }
        },
    )
}

fn any_authorization(n: u64) -> impl Strategy<Value = RecordFacts> {
    let some = |all: &'static [&'static str]| proptest::sample::subsequence(all, 0..=all.len());
    (
        some(&PURPOSES),
        some(&OPERATIONS),
        some(&DATA),
        some(&SYSTEMS),
        0..150_i64,
        0..150_i64,
        proptest::option::of(0..200_i64),
    )
        .prop_map(move |(p, o, d, s, from, length, withdrawn)| {
            let first = day("2025-12-01").plus_days(from).unwrap();
            let facts = AuthorizationFacts {
                purposes: words(&p),
                operations: words(&o),
                data_categories: words(&d),
                systems: words(&s),
                valid_from: Some(first),
                valid_to: first.plus_days(length),
                withdrawn_on: withdrawn.and_then(|days| first.plus_days(days)),
                signature: SIGNED,
            };
            let mut record = authorization(n, facts);
            record.references = vec![format!("AUTH-{n}")];
            record
        })
}

pub(super) fn archive() -> impl Strategy<Value = Vec<RecordFacts>> {
    let logs = proptest::collection::vec(any_step(), 1..6);
    let deliveries = proptest::collection::vec(0..200_i64, 0..3);
    (any_authorization(1), any_authorization(2), logs, deliveries).prop_map(
        |(one, two, steps, deliveries)| {
            let mut records = vec![one, two, log(10, steps)];
            records.extend(
                deliveries.into_iter().zip(20..).map(|(offset, n)| {
                    delivery(n, &day("2025-12-01").plus_days(offset).unwrap().to_string())
                }),
            );
            records
        },
    )
}

fn covers_everything() -> RecordFacts {
    authorization(
        99,
        AuthorizationFacts {
            purposes: words(&PURPOSES),
            operations: words(&OPERATIONS),
            data_categories: words(&DATA),
            systems: words(&SYSTEMS),
            valid_from: Some(day("2020-01-01")),
            valid_to: None,
            withdrawn_on: None,
            signature: SIGNED,
        },
    )
}

fn judged_first_four(records: &[RecordFacts]) -> Vec<Gap> {
    found(records).into_iter().filter(|gap| gap.code <= GapCode::G4).collect()
}

proptest! {
    #[test]
    fn an_authorization_that_covers_everything_never_adds_a_gap(records in archive()) {
        let before = judged_first_four(&records);
        let mut more = records;
        more.push(covers_everything());
        let after = judged_first_four(&more);
        let was_there = |gap: &Gap| {
            let same = |old: &&Gap| (old.code, old.record, &old.cause) == (gap.code, gap.record, &gap.cause);
            before.iter().find(same).is_some_and(|old| gap.count <= old.count && gap.since >= old.since)
        };
        prop_assert!(after.iter().all(was_there));
        // What remains was held to an authorization that the entries name themselves.
        let names_one = |gap: &Gap| gap.record == Some(id(10));
        prop_assert!(after.iter().all(names_one));
    }

    #[test]
    fn explaining_never_deletes(records in archive(), others in archive()) {
        let gaps = found(&records);
        let explanations: Vec<Explanation> =
            (1..).zip(found(&others).iter().chain(&gaps)).map(|(seed, gap)| said_of(gap, seed)).collect();
        let beside = explained(gaps.clone(), &explanations);
        let shown = beside.gaps.iter().map(|line| line.explanations.len()).sum::<usize>();
        prop_assert_eq!(shown + beside.closed.len(), explanations.len());
        let left: Vec<Gap> = beside.gaps.into_iter().map(|line| line.gap).collect();
        prop_assert_eq!(left, gaps);
    }

    #[test]
    fn the_order_in_which_records_come_changes_nothing(records in archive().prop_shuffle()) {
        let mut sorted = records.clone();
        sorted.sort_by_key(|record| record.id);
        prop_assert_eq!(found(&records), found(&sorted));
    }

    #[test]
    fn no_two_gaps_have_the_same_code_record_and_cause(records in archive()) {
        let gaps = found(&records);
        let distinct: BTreeSet<_> = gaps.iter().map(|gap| (gap.code, gap.record, gap.cause.clone())).collect();
        prop_assert_eq!(distinct.len(), gaps.len());
    }

    #[test]
    fn no_gap_counts_more_entries_than_there_are(records in archive()) {
        let entries: u64 = records.iter().filter_map(|record| match &record.evidence {
            Evidence::Processing(Some(summary)) => Some(summary.entries()),
            _ => None,
        }).sum();
        prop_assert!(found(&records).iter().all(|gap| gap.count <= entries.max(1)));
    }
}
