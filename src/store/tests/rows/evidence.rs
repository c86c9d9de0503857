//! Records, versions, components, cells, segments, links and parties.

use super::*;
use crate::base::id::{LinkId, PartyId};
use crate::store::rows::components::{self, PayloadRow};
use crate::store::rows::links::{self, LinkRow};
use crate::store::rows::parties::{self, PartyRow, RecordPartyRow};
use crate::store::rows::records::{self, RecordFilter, Within};
use crate::store::rows::segments::{self, SegmentRow};
use crate::store::rows::{Before, cells, versions};

fn insert_records(store: &Store, rows: Vec<RecordRow>) {
    change(store, move |conn| rows.iter().try_for_each(|row| records::insert(conn, row)));
}

#[test]
fn what_was_stored_is_read_back_to_the_last_field() {
    on_each_database(|database| {
        let store = open(database);
        let row = RecordRow { source_token: Some(token(1)), case_id: Some(case(1)), ..record(1) };
        let (version, component) = (version_of(&row, 1), component_of(&row, 0));
        let segment = SegmentRow {
            record_id: row.id,
            case_id: Some(case(1)),
            entries: 3,
            first_at: noon(),
            last_at: noon().plus_seconds(5),
            root: Digest::of(b"root"),
            offsets: vec![4, 5],
            offsets_digest: Digest::of(&[4, 5]),
        };
        let all = (row.clone(), version.clone(), component.clone(), segment.clone());
        change(&store, move |conn| {
            records::insert(conn, &all.0)?;
            versions::insert(conn, &all.1)?;
            components::insert(conn, &all.2)?;
            segments::insert(conn, &all.3)
        });
        store
            .read(|conn| {
                assert_eq!(records::get(conn, row.id)?.as_ref(), Some(&row));
                assert_eq!(records::by_source(conn, &token(1))?.as_ref(), Some(&row));
                assert_eq!(records::by_source(conn, &token(2))?, None);
                assert_eq!(versions::get(conn, row.id, 1)?.as_ref(), Some(&version));
                assert_eq!(versions::by_revision(conn, row.id, &token(9))?.as_ref(), Some(&version));
                assert_eq!(versions::of_record(conn, row.id)?, [version]);
                assert_eq!(components::get(conn, component.id)?.as_ref(), Some(&component));
                assert_eq!(components::of_version(conn, row.id, 1)?, [component]);
                assert_eq!(components::of_version(conn, row.id, 2)?, []);
                assert_eq!(segments::of_case(conn, case(1))?, [segment]);
                Ok::<_, StoreError>(())
            })
            .unwrap();
    });
}

#[test]
fn records_are_counted_case_by_case() {
    on_each_database(|database| {
        let store = open(database);
        let in_case = |seed, of| RecordRow { case_id: of, ..record(seed) };
        let rows =
            [(1, Some(case(1))), (2, Some(case(1))), (3, Some(case(2))), (4, None), (5, Some(case(4)))];
        insert_records(&store, rows.map(|(seed, of)| in_case(seed, of)).to_vec());
        let counted = store.read(|conn| records::count_in_cases(conn, &[case(1), case(2), case(3)])).unwrap();
        assert_eq!(counted, std::collections::HashMap::from([(case(1), 2), (case(2), 1)]));
    });
}

#[test]
fn a_source_is_captured_once() {
    on_each_database(|database| {
        let store = open(database);
        let with_source = |seed| RecordRow { source_token: Some(token(1)), ..record(seed) };
        insert_records(&store, vec![with_source(1), record(2), record(3)]);
        let again = with_source(4);
        let refused = store.maintain(move |tx| records::insert(tx.conn(), &again)).unwrap_err().into_cause();
        let expected =
            StoreError::Duplicate { table: "records".to_owned(), columns: "source_token".to_owned() };
        assert_eq!(refused, expected);
    });
}

#[test]
fn pages_follow_each_other_without_gap_or_overlap() {
    on_each_database(|database| {
        let store = open(database);
        // Several share an instant, so that the id must decide.
        let rows: Vec<RecordRow> = (0..23)
            .map(|seed| RecordRow { captured_at: record(seed / 4).captured_at, ..record(seed) })
            .collect();
        insert_records(&store, rows.clone());
        let mut seen = Vec::new();
        let mut before = None;
        loop {
            let page = store.read(|conn| records::page(conn, &RecordFilter::default(), before, 5)).unwrap();
            let Some(last) = page.last() else { break };
            before = Some(Before { at: last.captured_at, id: last.id });
            seen.extend(page.iter().map(|row| (row.captured_at, row.id)));
        }
        let mut expected: Vec<_> = rows.iter().map(|row| (row.captured_at, row.id)).collect();
        expected.sort_unstable();
        expected.reverse();
        assert_eq!(seen, expected);
    });
}

#[test]
fn a_filter_lets_through_what_fits_in_every_respect() {
    on_each_database(|database| {
        let store = open(database);
        let rows = vec![
            RecordRow { kind: "authorization".to_owned(), subkind: None, ..record(0) },
            RecordRow { case_id: Some(case(1)), ..record(1) },
            RecordRow { case_id: Some(case(2)), captured_by: user(2), ..record(2) },
            RecordRow { category: "service.complaint".to_owned(), state: "held".to_owned(), ..record(3) },
        ];
        let party = PartyId::generate(noon(), &number(5));
        let of_0 = rows[0].id;
        let dated =
            VersionRow { occurred_on: CivilDate::parse("2025-12-31").unwrap(), ..version_of(&rows[3], 1) };
        let recent = version_of(&rows[1], 1);
        insert_records(&store, rows);
        change(&store, move |conn| {
            versions::insert(conn, &dated)?;
            versions::insert(conn, &recent)?;
            let role = "customer".to_owned();
            parties::insert_part(conn, &RecordPartyRow { record_id: of_0, version: 1, party_id: party, role })
        });
        let date = |text| Some(CivilDate::parse(text).unwrap());
        let all = RecordFilter::default;
        let granted = |cases| Within { cases, captured_by: None };
        let own = |cases, user| Within { cases, captured_by: Some(user) };
        let table: Vec<(RecordFilter, Vec<u64>)> = vec![
            (all(), vec![3, 2, 1, 0]),
            (RecordFilter { kind: Some("authorization".to_owned()), ..all() }, vec![0]),
            (RecordFilter { subkind: Some("ticket".to_owned()), ..all() }, vec![3, 2, 1]),
            (RecordFilter { category: Some("service.complaint".to_owned()), ..all() }, vec![3]),
            (RecordFilter { state: Some("held".to_owned()), ..all() }, vec![3]),
            (RecordFilter { case_id: Some(case(1)), ..all() }, vec![1]),
            (RecordFilter { party_id: Some(party), ..all() }, vec![0]),
            (RecordFilter { occurred_to: date("2025-12-31"), ..all() }, vec![3]),
            (RecordFilter { occurred_from: date("2026-01-01"), ..all() }, vec![1]),
            (RecordFilter { captured_from: Some(record(2).captured_at), ..all() }, vec![3, 2]),
            (RecordFilter { captured_before: Some(record(2).captured_at), ..all() }, vec![1, 0]),
            (RecordFilter { within: Some(granted(vec![case(1), case(2)])), ..all() }, vec![2, 1]),
            (RecordFilter { within: Some(granted(vec![])), ..all() }, vec![]),
            (RecordFilter { within: Some(own(vec![case(1)], user(2))), ..all() }, vec![2, 1]),
            (RecordFilter { within: Some(own(vec![], user(1))), ..all() }, vec![3, 1, 0]),
        ];
        for (filter, expected) in table {
            let found = store.read(|conn| records::page(conn, &filter, None, 10)).unwrap();
            let found: Vec<i64> = found.iter().map(|row| row.captured_at.seconds_since(noon())).collect();
            assert_eq!(found, expected.iter().map(|n| *n as i64).collect::<Vec<_>>(), "{filter:?}");
            let count = store.read(|conn| records::count(conn, &filter)).unwrap();
            assert_eq!(count, expected.len() as u64, "{filter:?}");
        }
    });
}

#[test]
fn a_version_follows_only_the_one_before_it() {
    on_each_database(|database| {
        let store = open(database);
        let id = record(1).id;
        insert_records(&store, vec![record(1)]);
        assert!(!change(&store, move |conn| records::advance(conn, id, 3, noon())));
        assert!(change(&store, move |conn| records::advance(conn, id, 2, noon())));
        assert!(!change(&store, move |conn| records::advance(conn, id, 2, noon())));
        assert_eq!(store.read(|conn| records::get(conn, id)).unwrap().unwrap().version, 2);
    });
}

#[test]
fn a_corrupt_row_is_named_with_its_column_and_never_its_value() {
    on_each_database(|database| {
        let store = open(database);
        let row = record(1);
        let component = component_of(&row, 0);
        let (id, component_id) = (row.id, component.id);
        insert_records(&store, vec![row]);
        change(&store, move |conn| components::insert(conn, &component));
        spoil(&store, "UPDATE components SET place = 'elsewhere'; UPDATE records SET version = -1");
        let component = store.read(|conn| components::get(conn, component_id)).unwrap_err();
        let why = "place: an unknown place of a payload".to_owned();
        assert_eq!(component, StoreError::Corrupt { table: "components", id: component_id.to_string(), why });
        let record = store.read(|conn| records::get(conn, id)).unwrap_err();
        let why = "version: -1 is out of range".to_owned();
        assert_eq!(record, StoreError::Corrupt { table: "records", id: id.to_string(), why });
    });
}

#[test]
fn a_scan_shows_every_row_and_goes_on_after_a_corrupt_one() {
    on_each_database(|database| {
        let store = open(database);
        let cells: Vec<CellRow> =
            (0..1203).map(|n| cell(&format!("o{:03}", n / 4), &format!("p{}", n % 4))).collect();
        change(&store, move |conn| cells::insert_all(conn, &cells));
        spoil(&store, "UPDATE cells SET digest = sealed WHERE owner = 'o001' AND part = 'p2'");
        let (mut keys, mut corrupt) = (Vec::new(), Vec::new());
        store
            .read(|conn| {
                cells::scan(conn, &mut |row| {
                    match row {
                        Ok(row) => keys.push((row.owner, row.part)),
                        Err(StoreError::Corrupt { id, .. }) => corrupt.push(id),
                        Err(other) => return Err(other),
                    }
                    Ok(())
                })
            })
            .unwrap();
        assert_eq!(corrupt, ["o001/p2"]);
        assert_eq!(keys.len(), 1202);
        assert!(keys.is_sorted());
    });
}

#[test]
fn a_cell_is_replaced_only_if_nobody_else_did_so_first() {
    on_each_database(|database| {
        let store = open(database);
        let old = cell("o", "header");
        let sealed = b"new".to_vec();
        let new = CellRow { epoch: 2, digest: Digest::of(&sealed), sealed, ..old.clone() };
        let (was, first) = (old.digest, new.clone());
        change(&store, move |conn| cells::insert(conn, &old));
        assert_eq!(store.read(|conn| cells::count_older_epochs(conn, 2)), Ok(1));
        assert_eq!(store.read(|conn| cells::of_older_epochs(conn, 2, None, 9)).unwrap().len(), 1);
        assert!(change(&store, move |conn| cells::replace(conn, &first, was)));
        let second = new.clone();
        assert!(!change(&store, move |conn| cells::replace(conn, &second, was)));
        assert_eq!(store.read(|conn| cells::get(conn, "o", "header")), Ok(Some(new)));
        assert_eq!(store.read(|conn| cells::count_older_epochs(conn, 2)), Ok(0));
    });
}

#[test]
fn rotation_sees_only_cells_with_an_age_header_of_older_recipients() {
    on_each_database(|database| {
        let store = open(database);
        let rows: Vec<CellRow> =
            (0..4).map(|n| CellRow { generation: n, ..cell("o", &format!("p{n}")) }).collect();
        change(&store, move |conn| cells::insert_all(conn, &rows));
        let parts = |after, limit| {
            let found = store.read(|conn| cells::of_older_generations(conn, 3, after, limit)).unwrap();
            found.into_iter().map(|row| row.part).collect::<Vec<_>>()
        };
        assert_eq!(parts(None, 9), ["p1", "p2"]);
        assert_eq!(parts(None, 1), ["p1"]);
        assert_eq!(parts(Some(("o", "p1")), 9), ["p2"]);
        assert_eq!(parts(Some(("n", "p9")), 9), ["p1", "p2"]);
        assert!(parts(Some(("o", "p2")), 9).is_empty());
        assert_eq!(store.read(|conn| cells::count_older_generations(conn, 3)), Ok(2));
        assert!(change(&store, |conn| cells::delete(conn, "o", "p1")));
        assert_eq!(change(&store, |conn| cells::delete_owner(conn, "o")), 3);
        assert_eq!(store.read(cells::count_all), Ok(0));
    });
}

#[test]
fn a_payload_is_stored_read_and_destroyed() {
    on_each_database(|database| {
        let store = open(database);
        let component = component_of(&record(1), 0);
        let id = component.id;
        let bytes: Vec<u8> = (0..65_552_u32).map(|n| n as u8).collect();
        let row = PayloadRow { component_id: id, bytes: bytes.clone() };
        change(&store, move |conn| {
            components::insert(conn, &component)?;
            components::insert_payload(conn, &row)
        });
        assert_eq!(store.read(|conn| components::payload(conn, id)), Ok(Some(bytes)));
        assert!(change(&store, move |conn| components::delete_payload(conn, id)));
        assert_eq!(store.read(|conn| components::payload(conn, id)), Ok(None));
    });
}

#[test]
fn a_link_is_made_once_and_found_from_both_ends() {
    on_each_database(|database| {
        let store = open(database);
        let link = |seed, from, to| LinkRow {
            id: LinkId::generate(noon(), &number(seed)),
            from_record: record(from).id,
            kind: "authorises".to_owned(),
            to_record: record(to).id,
            created_at: noon(),
        };
        let rows = [link(1, 1, 2), link(2, 2, 3), link(3, 4, 5)];
        let again = link(4, 1, 2);
        let stored = rows.clone();
        change(&store, move |conn| stored.iter().try_for_each(|row| links::insert(conn, row)));
        let refused = store.maintain(move |tx| links::insert(tx.conn(), &again)).unwrap_err().into_cause();
        let columns = "from_record_kind_to_record".to_owned();
        assert_eq!(refused, StoreError::Duplicate { table: "links".to_owned(), columns });
        store
            .read(|conn| {
                assert_eq!(links::from_record(conn, record(1).id)?, [rows[0].clone()]);
                assert_eq!(links::to_record(conn, record(3).id)?, [rows[1].clone()]);
                assert_eq!(links::around(conn, &[record(1).id, record(2).id])?.len(), 2);
                Ok::<_, StoreError>(())
            })
            .unwrap();
    });
}

#[test]
fn a_party_is_found_by_name_and_by_what_it_has_part_in() {
    on_each_database(|database| {
        let store = open(database);
        let id = PartyId::generate(noon(), &number(1));
        let party = PartyRow { id, name_token: token(3), created_at: noon() };
        let part = move |n| RecordPartyRow {
            record_id: record(n).id,
            version: 1,
            party_id: id,
            role: "customer".to_owned(),
        };
        let row = party.clone();
        change(&store, move |conn| {
            parties::insert(conn, &row)?;
            (0..5).try_for_each(|n| parties::insert_part(conn, &part(n)))
        });
        store
            .read(|conn| {
                assert_eq!(parties::by_name(conn, &token(3))?, Some(party.clone()));
                assert_eq!(parties::page(conn, None, 5)?, [party]);
                assert_eq!(parties::of_records(conn, &[record(1).id, record(4).id])?.len(), 2);
                assert_eq!(parties::of_version(conn, record(1).id, 2)?, []);
                Ok::<_, StoreError>(())
            })
            .unwrap();
    });
}
