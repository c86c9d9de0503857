//! What is missed after somebody who can write to the database took a record out of a case, or hid the newest
//! word about something by what stands beside its entry, and put the rows back to how they were before.

use serde_json::json;

use super::tampering::{Filed, filed, is_damaged};
use crate::archive::cases::tests::{named, now, scratch};
use crate::archive::cases::{CaseQuery, GapQuery, NewEvent};
use crate::archive::exports::{ExportRequest, Selection};
use crate::archive::open::OpenOptions;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::tests::{Scratch, on_postgres};
use crate::archive::{Archive, Place};
use crate::base::civil::Zone;
use crate::base::id::{CaseId, PartyId};
use crate::record::matter::MatterFields;
use crate::store::testing::{dump, execute_raw, queries_so_far};

/// Tables that are put back to how they stood.
const TABLES: [&str; 12] = [
    "records",
    "versions",
    "components",
    "payloads",
    "record_parties",
    "links",
    "cases",
    "case_parties",
    "case_events",
    "cells",
    "matters",
    "ledger_entries",
];

fn raw(place: &Place, sql: &str) {
    execute_raw(&place.database(), &format!("PRAGMA foreign_keys = OFF; {sql}"));
}

/// Keeps how the rows stand now, under a name.
fn keep(place: &Place, name: &str) {
    let keep = |table: &&str| format!("CREATE TABLE {name}_{table} AS SELECT * FROM {table};");
    raw(place, &TABLES.iter().map(keep).collect::<String>());
}

/// Puts rows back to how they stood when they were kept.
fn put_back(place: &Place, name: &str, tables: &[&str]) {
    let back =
        |table: &&str| format!("DELETE FROM {table}; INSERT INTO {table} SELECT * FROM {name}_{table};");
    raw(place, &tables.iter().map(back).collect::<String>());
}

/// Drops what was kept.
fn forget(place: &Place, name: &str) {
    raw(place, &TABLES.iter().map(|table| format!("DROP TABLE {name}_{table};")).collect::<String>());
}

/// Makes the entry that `what` picks look as if it were about something else.
fn rename(place: &Place, what: &str) {
    raw(
        place,
        &format!(
            "UPDATE ledger_entries SET subject = 'x' WHERE seq = (SELECT max(seq) FROM ledger_entries WHERE {what})"
        ),
    );
}

fn marked(scratch: &Scratch) -> Vec<CaseId> {
    let cases = scratch.archive.list_cases(&scratch.operator(), &CaseQuery::default(), None, 50).unwrap();
    cases.items.iter().filter(|case| case.damaged).map(|case| case.id).collect()
}

fn dossier(scratch: &Scratch, party: PartyId) -> Result<(), Refusal> {
    scratch.archive.dossier(&scratch.operator(), party, Zone::SHANGHAI).map(|_| ())
}

fn customer(filed: &Filed) -> PartyId {
    let found = dump(&filed.scratch.place.database(), "SELECT party_id FROM record_parties LIMIT 1");
    PartyId::parse(&found[0]).unwrap()
}

#[test]
fn a_case_from_which_a_record_was_moved_or_taken_is_told_as_damaged() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    let filed = filed();
    let (scratch, place) = (&filed.scratch, &filed.scratch.place);
    let (archive, operator, ticket) = (&scratch.archive, scratch.operator(), filed.ticket);
    keep(place, "whole");
    let gone = ["versions", "components", "record_parties"]
        .map(|table| format!("DELETE FROM {table} WHERE record_id = '{ticket}';"))
        .concat();
    let ways = [
        format!("UPDATE records SET case_id = NULL WHERE id = '{ticket}'"),
        format!("UPDATE records SET case_id = '{}' WHERE id = '{ticket}'", filed.cases[1]),
        format!(
            "{gone} DELETE FROM links WHERE from_record = '{ticket}'; DELETE FROM records WHERE id = '{ticket}'"
        ),
    ];
    let export = || {
        archive.begin_export(
            &operator,
            &ExportRequest {
                selection: Selection::Case(named("SC-1")),
                purpose: "合同纠纷举证".to_owned(),
                organization: "示例服务有限公司".to_owned(),
                description: None,
                approval: None,
                key: None,
            },
        )
    };
    for (number, way) in ways.iter().enumerate() {
        assert!(marked(scratch).is_empty(), "{way}");
        archive.case(&operator, &named("SC-1")).unwrap();
        raw(place, way);
        is_damaged(archive.case(&operator, &named("SC-1")), Thing::CaseRecords, way);
        let gaps = archive.gaps(&operator, &GapQuery::default(), None, 100).unwrap();
        assert!(gaps.damaged.contains(&filed.cases[0]), "{way}");
        // The case to which it was moved cannot be judged either, and every other can.
        assert_eq!(gaps.damaged.len(), if number == 1 { 2 } else { 1 }, "{way}");
        assert!(gaps.items.iter().all(|gap| !gaps.damaged.contains(&gap.case)), "{way}");
        is_damaged(export(), Thing::CaseRecords, way);
        assert!(marked(scratch).contains(&filed.cases[0]), "{way}");
        put_back(place, "whole", &["records", "versions", "components", "record_parties", "links"]);
    }
    dossier(scratch, customer(&filed)).unwrap();
    // One row for another: there are as many as before.
    raw(place, &format!("UPDATE records SET case_id = '{}' WHERE id = '{ticket}'", filed.cases[1]));
    let other = format!("SELECT id FROM records WHERE case_id = '{}' AND id <> '{ticket}'", filed.cases[1]);
    raw(place, &format!("UPDATE records SET case_id = '{}' WHERE id = ({other})", filed.cases[0]));
    assert!(marked(scratch).is_empty());
    is_damaged(archive.case(&operator, &named("SC-1")), Thing::Record, "the one that came instead");
}

#[test]
fn a_dossier_is_refused_when_something_that_names_the_customer_is_missing() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    let filed = filed();
    let (scratch, place, party) = (&filed.scratch, &filed.scratch.place, customer(&filed));
    let of = |case: &str| json!({"reference": case, "title": "巡检", "parties": [{"role": "customer", "name": "临江样例科技有限公司"}]});
    let empty = scratch.open_case(of("SC-9")).unwrap().id;
    let left = scratch.open_case(of("SC-10")).unwrap().id;
    scratch.change("SC-10", json!({"parties": []})).unwrap();
    dossier(scratch, party).unwrap();
    keep(place, "whole");
    let record = filed.authorization;
    let gone = ["versions", "components", "record_parties"]
        .map(|table| format!("DELETE FROM {table} WHERE record_id = '{record}';"))
        .concat();
    let other = PartyId::without_time(&crate::base::entropy::SeededEntropy::new(3));
    let ways = [
        format!("{gone} DELETE FROM records WHERE id = '{record}'"),
        format!("UPDATE record_parties SET party_id = '{other}' WHERE record_id = '{record}'"),
        format!("DELETE FROM case_parties WHERE case_id = '{empty}'"),
        // As many as before, but another.
        format!("UPDATE case_parties SET case_id = '{left}' WHERE case_id = '{empty}'"),
        format!("DELETE FROM cases WHERE id = '{empty}'; DELETE FROM case_parties WHERE case_id = '{empty}'"),
    ];
    for way in &ways {
        raw(place, way);
        is_damaged(dossier(scratch, party), Thing::PartyRecords, way);
        put_back(
            place,
            "whole",
            &["records", "versions", "components", "record_parties", "cases", "case_parties"],
        );
        dossier(scratch, party).unwrap();
    }
}

#[test]
fn a_link_that_was_taken_away_is_missed_at_the_record_that_it_leads_to() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    let filed = filed();
    let (scratch, place) = (&filed.scratch, &filed.scratch.place);
    let (archive, operator) = (&scratch.archive, scratch.operator());
    let outside = scratch.take(json!({"kind": "processing_log", "case": "SC-3", "occurred": "2026-03-02",
        "links": [{"kind": "performed_under", "to": filed.authorization.to_string()}]}));
    archive.show(&operator, filed.authorization).unwrap();
    archive.case(&operator, &named("SC-1")).unwrap();
    keep(place, "whole");
    let link = format!("from_record = '{}'", outside.record);
    let ways = [
        format!("DELETE FROM links WHERE {link}"),
        format!("DELETE FROM records WHERE id = '{}'", outside.record),
        format!("UPDATE links SET to_record = '{}' WHERE {link}", filed.ticket),
    ];
    for way in &ways {
        raw(place, way);
        is_damaged(archive.show(&operator, filed.authorization), Thing::Link, way);
        let shown = archive.case(&operator, &named("SC-1"));
        assert!(matches!(shown, Err(Refusal::Damaged(Thing::Link | Thing::Record))), "{way}");
        let party = dossier(scratch, customer(&filed));
        match way.contains("DELETE FROM records") {
            // Nothing of it stands in a dossier.
            true => party.unwrap(),
            false => is_damaged(party, Thing::Link, way),
        }
        put_back(place, "whole", &["links", "records"]);
    }
    archive.case(&operator, &named("SC-1")).unwrap();
}

/// Something that is entered about the case SC-1.
type Step = fn(&Scratch);

fn assigned(scratch: &Scratch, at: &str, team: &str) {
    scratch.event_with("SC-1", json!({"kind": "assigned", "at": at, "team": team})).unwrap();
}

/// What may be said of a case.
const STEPS: [Step; 4] = [
    |scratch| assigned(scratch, "2026-03-03T09:00:00+08:00", "二组"),
    |scratch| assert!(scratch.change("SC-1", json!({"tier": "gold"})).is_ok()),
    |scratch| assert!(scratch.change("SC-1", json!({"title": "后来的题名"})).is_ok()),
    |scratch| assert!(scratch.event("SC-1", "closed", "2026-03-04T09:00:00+08:00").is_ok()),
];

#[test]
fn a_case_of_which_the_newest_word_was_hidden_is_neither_shown_nor_changed() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    for (number, step) in STEPS.into_iter().enumerate() {
        let filed = filed();
        let (scratch, place, case) = (&filed.scratch, &filed.scratch.place, filed.cases[0]);
        let (archive, operator) = (&scratch.archive, scratch.operator());
        let what = format!("step {number}");
        keep(place, "before");
        step(scratch);
        archive.case(&operator, &named("SC-1")).unwrap();
        rename(place, &format!("subject = '{case}'"));
        put_back(place, "before", &["cases", "case_events", "cells"]);
        is_damaged(archive.case(&operator, &named("SC-1")), Thing::Case, &what);
        is_damaged(archive.attainment_table(&operator, &Default::default()), Thing::Case, &what);
        if number == 0 {
            assert!(marked(scratch).is_empty(), "no line tells of an event that changes nothing else");
            continue;
        }
        assert_eq!(marked(scratch), [case], "{what}");
        // Nobody gets it vouched for either.
        let noted = NewEvent::from_json(
            &json!({"kind": "assigned", "at": "2026-03-05T09:00:00+08:00", "team": "三组"}),
            Zone::SHANGHAI,
            now(),
        );
        let noted = archive.add_case_event(&operator, &named("SC-1"), noted.unwrap());
        is_damaged(noted, Thing::Case, &what);
    }
}

#[test]
fn a_word_about_a_case_that_was_hidden_among_others_is_missed() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    for (number, step) in STEPS.into_iter().take(3).enumerate() {
        let filed = filed();
        let (scratch, place, case) = (&filed.scratch, &filed.scratch.place, filed.cases[0]);
        keep(place, "before");
        step(scratch);
        let entry = dump(
            &place.database(),
            &format!("SELECT CAST(max(seq) AS TEXT) FROM ledger_entries WHERE subject = '{case}'"),
        );
        let first = dump(&place.database(), "SELECT quote(id) FROM case_events WHERE kind = 'assigned'");
        assigned(scratch, "2026-03-03T11:00:00+08:00", "三组");
        rename(place, &format!("seq = {}", entry[0]));
        if number == 0 {
            raw(place, &format!("DELETE FROM case_events WHERE id = {}", first.last().unwrap()));
        } else {
            raw(
                place,
                &format!(
                    "UPDATE cells SET (sealed, digest) = (SELECT sealed, digest FROM before_cells b WHERE \
                     b.owner = cells.owner AND b.part = cells.part) WHERE owner = '{case}'"
                ),
            );
        }
        let shown = scratch.archive.case(&scratch.operator(), &named("SC-1"));
        is_damaged(shown, Thing::Case, &format!("step {number}"));
        // The words that a list tells are missed there too; events it does not tell.
        assert_eq!(marked(scratch).is_empty(), number == 0);
    }
}

#[test]
fn a_matter_of_which_the_newest_word_was_hidden_is_neither_shown_nor_changed() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    let fields = |title: &str| {
        let fields = json!({"reference": "FA-1", "kind": "诉讼仲裁", "title": title, "court": "样例法院",
            "opponents": ["甲"], "evidence_deadline": if title == "前" { "2026-09-15" } else { "2026-07-15" }});
        MatterFields::from_json(&fields).unwrap()
    };
    let scratch = scratch();
    let (archive, place, operator) = (&scratch.archive, &scratch.place, scratch.operator());
    let matter = archive.open_matter(&operator, fields("前")).unwrap().id;
    keep(place, "before");
    archive.change_matter(&operator, matter, fields("后"), None).unwrap();
    archive.matter(&operator, matter).unwrap();
    rename(place, &format!("subject = '{matter}'"));
    put_back(place, "before", &["matters", "cells"]);
    is_damaged(archive.matter(&operator, matter), Thing::Matter, "shown");
    is_damaged(archive.change_matter(&operator, matter, fields("又"), None), Thing::Matter, "changed");
}

#[test]
fn an_amendment_that_was_hidden_is_missed() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    for (column, to) in [("subject", "x"), ("kind", "original_read")] {
        let filed = filed();
        let (scratch, place, record) = (&filed.scratch, &filed.scratch.place, filed.authorization);
        let (archive, operator) = (&scratch.archive, scratch.operator());
        raw(
            place,
            &format!(
                "UPDATE ledger_entries SET {column} = '{to}' WHERE subject = '{record}' AND kind = 'amended'"
            ),
        );
        // What a list tells is not looked for by what stands beside entries.
        assert_eq!((filed.line(record).version, filed.line(record).damaged), (2, false), "{column}");
        is_damaged(archive.show(&operator, record), Thing::Record, column);
        let of = format!("record_id = '{record}' AND version = 2");
        for table in ["components", "record_parties", "versions"] {
            raw(place, &format!("DELETE FROM {table} WHERE {of}"));
        }
        raw(
            place,
            &format!("UPDATE records SET version = 1, updated_at = captured_at WHERE id = '{record}'"),
        );
        assert_eq!((filed.line(record).version, filed.line(record).damaged), (2, true), "{column}");
        is_damaged(archive.show(&operator, record), Thing::Record, column);
        is_damaged(archive.custody(&operator, record), Thing::Record, column);
        is_damaged(archive.case(&operator, &named("SC-1")), Thing::Record, column);
        is_damaged(dossier(scratch, customer(&filed)), Thing::Record, column);
    }
}

#[test]
fn what_was_hidden_is_missed_after_a_new_start_with_and_without_the_kept_file() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    let filed = filed();
    let (place, case, record) = (filed.scratch.place.clone(), filed.cases[0], filed.authorization);
    keep(&place, "before");
    STEPS[0](&filed.scratch);
    filed.scratch.archive.inner.write_last_words().unwrap();
    let Scratch { _folder, archive, .. } = filed.scratch;
    drop(archive);
    rename(&place, &format!("subject = '{case}'"));
    rename(&place, &format!("subject = '{record}' AND kind = 'amended'"));
    put_back(&place, "before", &["cases", "case_events", "cells"]);
    forget(&place, "before");
    for is_kept in [true, false] {
        if !is_kept {
            std::fs::remove_file(place.last_words()).unwrap();
        }
        let archive = Archive::open(&place, &OpenOptions::default()).unwrap();
        let operator = archive.local_operator().unwrap();
        is_damaged(archive.case(&operator, &named("SC-1")), Thing::Case, "the case");
        is_damaged(archive.show(&operator, record), Thing::Record, "the record");
    }
}

#[test]
fn a_page_of_fifty_asks_the_database_for_each_thing_once() {
    queries_so_far();
    let scratch = scratch();
    let operator = scratch.operator();
    for number in 0..50 {
        scratch.take(json!({"kind": "ticket", "case": format!("SC-{number}"), "occurred": "2026-03-01",
            "title": "断网", "parties": [{"role": "customer", "name": "临江样例科技有限公司"}]}));
    }
    let counted = |look: &dyn Fn()| {
        look();
        let before = queries_so_far();
        look();
        let after = queries_so_far();
        (after.0 - before.0, after.1 - before.1)
    };
    let records = |limit: usize| {
        let filter = super::RecordFilter::default();
        scratch.archive.list(&operator, &filter, None, limit).unwrap();
    };
    let cases = |limit: u32| {
        scratch.archive.list_cases(&operator, &CaseQuery::default(), None, limit).unwrap();
    };
    let found =
        [counted(&|| records(50)), counted(&|| records(1)), counted(&|| cases(50)), counted(&|| cases(1))];
    let [(records, record_tiles), _, (cases, case_tiles), _] = found;
    // One more than before there were policies: where all records of the page stand under them.
    assert!(records <= 50 * 7 + 11 && record_tiles == 1, "{found:?}");
    assert!(cases <= 50 * 4 + 10 && case_tiles == 1, "{found:?}");
}
