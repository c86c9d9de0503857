//! What is told of records and cases after somebody wrote to the database: nothing that the ledger does
//! not say.

use serde_json::json;

use super::*;
use crate::access::role::Role;
use crate::archive::cases::tests::{caller, named, scratch};
use crate::archive::cases::{CaseChange, CaseQuery, Edit};
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::search::{SearchFilters, SearchRequest};
use crate::archive::stage::Declared;
use crate::archive::tests::{Scratch, on_postgres};
use crate::archive::{Caller, Receipt};
use crate::base::civil::Zone;
use crate::base::id::{CaseId, PartyId, RecordId};
use crate::record::request::CaseRef;
use crate::store::testing::{dump, execute_raw};

/// Two cases; in the first an authorization with two versions and a ticket that is linked with it.
pub(super) struct Filed {
    pub scratch: Scratch,
    pub authorization: RecordId,
    pub ticket: RecordId,
    pub cases: [CaseId; 2],
}

pub(super) fn filed() -> Filed {
    let scratch = scratch();
    let authorization = |valid_to: &str| {
        json!({"kind": "authorization", "case": "SC-1", "occurred": "2026-02-01", "title": "授权书",
            "parties": [{"role": "customer", "name": "临江样例科技有限公司"}],
            "fields": {"valid_to": valid_to}, "components": [{"name": "a.txt"}]})
    };
    let first = scratch.take(authorization("2026-12-30"));
    let staged = scratch.archive.stage(b"again", Declared::default()).unwrap();
    let again = scratch.request(&authorization("2026-12-31").to_string());
    scratch.archive.amend(&scratch.operator(), first.record, again, vec![staged], None).unwrap();
    let ticket = scratch
        .take(json!({"kind": "ticket", "case": "SC-1", "occurred": "2026-03-01T10:00:00+08:00",
        "title": "断网", "links": [{"kind": "performed_under", "to": first.record.to_string()}]}));
    let other: Receipt = scratch.take(json!({"kind": "ticket", "case": "SC-2", "occurred": "2026-03-02"}));
    scratch.event("SC-1", "first_response", "2026-03-02T09:00:00+08:00").unwrap();
    scratch.archive.index_pending(std::time::Duration::from_secs(60)).unwrap();
    let cases = [first.case.unwrap(), other.case.unwrap()];
    Filed { authorization: first.record, ticket: ticket.record, cases, scratch }
}

impl Filed {
    fn raw(&self, sql: &str) {
        execute_raw(&self.scratch.place.database(), sql);
    }

    /// Changes one column, looks, and puts it back.
    fn with<T>(&self, (table, column): (&str, &str), to: &str, of: &str, look: impl Fn() -> T) -> T {
        let database = self.scratch.place.database();
        let was = dump(&database, &format!("SELECT quote({column}) FROM {table} WHERE {of}"));
        assert_eq!(was.len(), 1, "{table}.{column} {of}");
        self.raw(&format!("UPDATE {table} SET {column} = {to} WHERE {of}"));
        let now = dump(&database, &format!("SELECT quote({column}) FROM {table} WHERE {of}"));
        assert_ne!(was, now, "{table}.{column}");
        let seen = look();
        self.raw(&format!("UPDATE {table} SET {column} = {} WHERE {of}", was[0]));
        seen
    }

    fn show(&self, caller: &Caller, record: RecordId) -> Result<RecordView, Refusal> {
        self.scratch.archive.show(caller, record)
    }

    /// Every line that this person gets, of one case if one is named.
    fn lines(&self, caller: &Caller, case: Option<CaseId>) -> Vec<RecordSummary> {
        let filter = RecordFilter { case: case.map(CaseRef::Id), ..RecordFilter::default() };
        self.scratch.archive.list(caller, &filter, None, 100).unwrap().items
    }

    pub(super) fn line(&self, record: RecordId) -> RecordSummary {
        let lines = self.lines(&self.scratch.operator(), None);
        lines.into_iter().find(|line| line.id == record).unwrap()
    }
}

#[track_caller]
pub(super) fn is_damaged<T>(outcome: Result<T, Refusal>, thing: Thing, what: &str) {
    match outcome {
        Err(Refusal::Damaged(found)) => assert_eq!(found, thing, "{what}"),
        Err(other) => panic!("{what}: {other:?}"),
        Ok(_) => panic!("{what}: it was told"),
    }
}

#[test]
fn whatever_of_a_record_is_changed_it_is_shown_to_nobody_and_listed_as_it_was_entered() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    let filed = filed();
    let (operator, auditor) = (filed.scratch.operator(), caller(Role::Auditor, 7, &[]));
    let (record, ticket) = (filed.authorization, filed.ticket);
    let whole = filed.show(&operator, record).unwrap();
    assert_eq!(whole.versions.len(), 2);
    assert!(filed.show(&auditor, record).unwrap().withheld);
    let of = |version: u32| format!("record_id = '{record}' AND version = {version}");
    let own = format!("id = '{record}'");
    let changes = [
        (("versions", "occurred_on"), "'2026-01-05'", of(2)),
        (("versions", "occurred_on"), "'2026-01-05'", of(1)),
        (("versions", "zone"), "'UTC'", of(2)),
        (("versions", "received_at"), "received_at - 86400000000", of(2)),
        (("versions", "captured_at"), "captured_at - 86400000000", of(2)),
        (("versions", "captured_at"), "captured_at - 86400000000", of(1)),
        (("versions", "late"), "1 - late", of(1)),
        (("versions", "facts"), "'{\"signed_on\":\"2020-01-01\"}'", of(2)),
        (
            ("versions", "descriptor"),
            "(SELECT descriptor FROM versions v WHERE v.version = 1 LIMIT 1)",
            of(2),
        ),
        (("components", "media_type"), "'application/pdf'", of(2)),
        (("components", "bytes"), "bytes + 1", of(1)),
        (("record_parties", "role"), "'contact'", of(2)),
        (("records", "category"), "'other'", own.clone()),
        (("records", "jurisdiction"), "'TW'", own.clone()),
        (("records", "captured_at"), "captured_at - 1", own.clone()),
        (("records", "case_id"), "NULL", own.clone()),
        (("records", "version"), "1", own.clone()),
        (("records", "state"), "'restricted'", own.clone()),
    ];
    let before = filed.line(record);
    for (column, to, of) in &changes {
        let what = format!("{column:?} {of}");
        filed.with(*column, to, of, || {
            is_damaged(filed.show(&operator, record), Thing::Record, &what);
            is_damaged(filed.show(&auditor, record), Thing::Record, &what);
            is_damaged(filed.scratch.archive.custody(&operator, record), Thing::Record, &what);
            let after = filed.line(record);
            let told = |line: &RecordSummary| {
                let line = line.clone();
                (
                    line.kind,
                    line.category,
                    line.jurisdiction,
                    line.case,
                    line.version,
                    line.occurred_on,
                    line.late,
                )
            };
            assert_eq!(told(&after), told(&before), "{what}");
            assert_eq!((after.captured_at, after.state.as_str()), (before.captured_at, "active"), "{what}");
            assert!(!after.damaged || after.title.is_none(), "{what}");
        });
    }
    assert_eq!(filed.line(record).title.as_deref(), Some("授权书"));
    // What is linked is as much a statement as a date.
    let link = format!("from_record = '{ticket}'");
    filed.with(("links", "kind"), "'answers'", &link, || {
        is_damaged(filed.show(&operator, ticket), Thing::Record, "a link from it");
        is_damaged(filed.show(&operator, record), Thing::Record, "a link to it");
    });
    filed.raw(&format!(
        "INSERT INTO links SELECT 'f' || substr(id, 2), '{record}', kind, '{ticket}', created_at FROM links"
    ));
    is_damaged(filed.show(&operator, record), Thing::Record, "a link that nobody made");
}

#[test]
fn a_version_that_was_taken_away_or_put_in_is_missed() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    let filed = filed();
    let (operator, record) = (filed.scratch.operator(), filed.authorization);
    filed.raw(&format!(
        "INSERT INTO versions SELECT record_id, 3, NULL, occurred_on, occurred_at, zone, received_at, \
         captured_at, captured_by, late, descriptor, descriptor_digest, descriptor_commitment, facts, \
         indexed_engine, detected_engine FROM versions WHERE record_id = '{record}' AND version = 2"
    ));
    is_damaged(filed.show(&operator, record), Thing::Record, "a third version");
    filed.raw(&format!("DELETE FROM versions WHERE record_id = '{record}' AND version = 3"));
    assert_eq!(filed.show(&operator, record).unwrap().versions.len(), 2);
    // The amendment is denied as thoroughly as rows allow.
    let of = format!("record_id = '{record}' AND version = 2");
    for sql in [
        format!("payloads WHERE component_id IN (SELECT id FROM components WHERE {of})"),
        format!("components WHERE {of}"),
        format!("record_parties WHERE {of}"),
        format!("versions WHERE {of}"),
    ] {
        filed.raw(&format!("DELETE FROM {sql}"));
    }
    filed.raw(&format!("UPDATE records SET version = 1, updated_at = captured_at WHERE id = '{record}'"));
    is_damaged(filed.show(&operator, record), Thing::Record, "the amendment is gone");
    is_damaged(filed.scratch.archive.case(&operator, &named("SC-1")), Thing::Record, "the amendment is gone");
    let line = filed.line(record);
    assert_eq!((line.version, line.damaged), (2, true));
}

#[test]
fn a_record_that_was_moved_to_another_case_is_told_to_nobody_there() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    let filed = filed();
    let archive = &filed.scratch.archive;
    let [from, to] = filed.cases;
    let counsel = caller(Role::Legal, 9, &[to]);
    let own = format!("id = '{}'", filed.ticket);
    let customer: PartyId = {
        let found = dump(&filed.scratch.place.database(), "SELECT party_id FROM record_parties LIMIT 1");
        PartyId::parse(&found[0]).unwrap()
    };
    let search = |who: &Caller, query: Option<&str>| {
        let request = SearchRequest {
            query: query.map(str::to_owned),
            filters: SearchFilters { case: Some(to), ..SearchFilters::default() },
            limit: 50,
            ..SearchRequest::default()
        };
        archive.search(who, &request).unwrap().hits
    };
    assert_eq!(filed.lines(&counsel, None).len(), 1);
    filed.with(("records", "case_id"), &format!("'{to}'"), &own, || {
        is_damaged(
            archive.case(&filed.scratch.operator(), &named("SC-2")),
            Thing::Record,
            "the case it went to",
        );
        is_damaged(filed.show(&counsel, filed.ticket), Thing::Record, "shown");
        // For whoever sees the other case only, it is where it was: out of sight.
        assert_eq!(filed.lines(&counsel, None).len(), 1);
        assert_eq!(search(&counsel, None).len(), 1);
        assert!(search(&counsel, Some("断网")).is_empty());
        // Whoever sees both is told where it lies, and that something is wrong.
        let lines = filed.lines(&filed.scratch.operator(), Some(to));
        let moved = lines.iter().find(|line| line.id == filed.ticket).unwrap();
        assert_eq!((moved.case, moved.damaged, moved.title.as_deref()), (Some(from), true, None));
        let hits = search(&filed.scratch.operator(), Some("断网"));
        let hit = hits.iter().find(|hit| hit.record == filed.ticket).unwrap();
        assert_eq!(
            (hit.case, hit.damaged, hit.title.is_none(), hit.snippet.is_none()),
            (Some(from), true, true, true)
        );
    });
    let authorization = format!("id = '{}'", filed.authorization);
    archive.dossier(&filed.scratch.operator(), customer, Zone::SHANGHAI).unwrap();
    filed.with(("records", "case_id"), &format!("'{to}'"), &authorization, || {
        let dossier = archive.dossier(&filed.scratch.operator(), customer, Zone::SHANGHAI);
        is_damaged(dossier, Thing::Record, "the dossier");
    });
    assert!(!search(&filed.scratch.operator(), None).iter().any(|hit| hit.damaged));
}

#[test]
fn a_case_of_which_anything_was_changed_is_marked_in_lists_and_not_shown() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    let filed = filed();
    let (archive, operator) = (&filed.scratch.archive, filed.scratch.operator());
    let own = format!("id = '{}'", filed.cases[0]);
    let marked = || {
        let cases = archive.list_cases(&operator, &CaseQuery::default(), None, 50).unwrap().items;
        cases.iter().filter(|case| case.damaged).map(|case| case.id).collect::<Vec<_>>()
    };
    assert!(marked().is_empty());
    for (column, to) in [("state", "'closed'"), ("opened_at", "opened_at - 1"), ("tier", "'gold'")] {
        filed.with(("cases", column), to, &own, || {
            is_damaged(archive.case(&operator, &named("SC-1")), Thing::Case, column);
            assert_eq!(marked(), [filed.cases[0]], "{column}");
        });
    }
    let event = format!("case_id = '{}'", filed.cases[0]);
    filed.with(("case_events", "at"), "at - 3600000000", &event, || {
        is_damaged(archive.case(&operator, &named("SC-1")), Thing::Case, "an event");
        is_damaged(archive.attainment_table(&operator, &Default::default()), Thing::Case, "the table");
    });
    archive.case(&operator, &named("SC-1")).unwrap();
    filed.raw(&format!("DELETE FROM case_events WHERE {event}"));
    is_damaged(archive.case(&operator, &named("SC-1")), Thing::Case, "an event is gone");
}

#[test]
fn an_entry_that_was_changed_vouches_for_nothing() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    let filed = filed();
    let operator = filed.scratch.operator();
    let entry = format!("subject = '{}' AND kind = 'captured'", filed.ticket);
    let body = "CAST(replace(CAST(body AS TEXT), '2026-03-01', '2026-01-01') AS BLOB)";
    filed.with(("ledger_entries", "body"), body, &entry, || {
        is_damaged(filed.show(&operator, filed.ticket), Thing::Record, "shown");
        // Nothing can be told of it but that it is there; the others are told as ever.
        let lines = filed.lines(&operator, None);
        assert!(lines.len() > 1 && lines.iter().all(|line| line.damaged == (line.id == filed.ticket)));
    });
    // Nor for a change of a case: an older state that was put back, with the entry after it made to speak
    // of something else, would be vouched for by the next honest change.
    for priority in ["P1", "P2"] {
        filed.scratch.change("SC-1", json!({"priority": priority})).unwrap();
    }
    let case = filed.cases[0];
    let last = format!("seq = (SELECT max(seq) FROM ledger_entries WHERE subject = '{case}')");
    let body = format!("CAST(replace(CAST(body AS TEXT), '\"case/{case}\"', '\"case/x\"') AS BLOB)");
    let own = format!("id = '{case}'");
    filed.with(("cases", "priority"), "'P1'", &own, || {
        filed.with(("ledger_entries", "body"), &body, &last, || {
            let changed = filed.scratch.change("SC-1", json!({"tier": "gold"}));
            assert!(matches!(changed, Err(Refusal::Damaged(_))), "{changed:?}");
        });
    });
    filed.scratch.change("SC-1", json!({"tier": "gold"})).unwrap();
}

#[test]
fn a_receipt_is_not_given_again_of_what_somebody_changed() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    let filed = filed();
    let row = r#"{"kind": "ticket", "case": "SC-1", "occurred": "2026-03-01", "title": "断网",
        "source": {"system": "CRM", "external_id": "A-1"}, "components": [{"name": "a.txt"}]}"#;
    let first = filed.scratch.capture(row, b"x").unwrap();
    let of = format!("record_id = '{}'", first.record);
    filed.with(("versions", "occurred_on"), "'2026-01-01'", &of, || {
        is_damaged(filed.scratch.capture(row, b"x"), Thing::Record, "the receipt");
    });
    assert!(filed.scratch.capture(row, b"x").unwrap().replayed);
}

#[test]
fn a_matter_of_which_a_deadline_was_moved_is_not_shown() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    let filed = filed();
    let fields = json!({"reference": "FA-1", "kind": "诉讼仲裁", "title": "服务合同纠纷", "court": "样例法院",
        "opponents": ["甲"], "evidence_deadline": "2026-07-15"});
    let fields = crate::record::matter::MatterFields::from_json(&fields).unwrap();
    let counsel = filed.scratch.operator();
    let matter = filed.scratch.archive.open_matter(&counsel, fields).unwrap().id;
    let privacy = caller(Role::PrivacyOfficer, 3, &[]);
    filed.scratch.archive.matter(&privacy, matter).unwrap();
    filed.with(("matters", "evidence_deadline"), "'2026-09-15'", &format!("id = '{matter}'"), || {
        is_damaged(filed.scratch.archive.matter(&privacy, matter), Thing::Matter, "the deadline");
    });
}

#[test]
fn older_words_of_a_case_or_a_matter_are_neither_told_nor_vouched_for_when_they_are_put_back() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    let filed = filed();
    let (archive, operator) = (&filed.scratch.archive, filed.scratch.operator());
    let title = |text: &str| CaseChange {
        title: Some(crate::record::names::Title::parse(text).unwrap()),
        ..CaseChange::default()
    };
    let fields = |notes: &str| {
        let fields = json!({"reference": "FA-1", "kind": "诉讼仲裁", "title": notes, "court": "样例法院", "opponents": ["甲"]});
        crate::record::matter::MatterFields::from_json(&fields).unwrap()
    };
    let matter = archive.open_matter(&operator, fields("以前的事项")).unwrap().id;
    let cell = |owner: &str| format!("owner = '{owner}' AND part = 'profile'");
    let cells = [cell(&filed.cases[0].to_string()), cell(&matter.to_string())];
    let database = filed.scratch.place.database();
    let older: Vec<String> = cells
        .iter()
        .flat_map(|own| dump(&database, &format!("SELECT 'sealed = ' || quote(sealed) || ', digest = ' || quote(digest) FROM cells WHERE {own}")))
        .collect();
    archive.change_case(&operator, &named("SC-1"), title("后来的题名"), None).unwrap();
    archive.change_matter(&operator, matter, fields("后来的事项"), None).unwrap();
    archive.case(&operator, &named("SC-1")).unwrap();
    for (own, older) in cells.iter().zip(&older) {
        filed.raw(&format!("UPDATE cells SET {older} WHERE {own}"));
    }
    is_damaged(archive.case(&operator, &named("SC-1")), Thing::Case, "the case is shown");
    let listed = archive.list_cases(&operator, &CaseQuery::default(), None, 50).unwrap().items;
    assert!(listed.iter().any(|case| case.id == filed.cases[0] && case.damaged));
    is_damaged(archive.matter(&operator, matter), Thing::Matter, "the matter is shown");
    // An honest change would vouch for what stands there.
    let team = CaseChange {
        team: Edit::Set(crate::record::names::Title::parse("二组").unwrap()),
        ..CaseChange::default()
    };
    is_damaged(
        archive.change_case(&operator, &named("SC-1"), team, None),
        Thing::Case,
        "the case is changed",
    );
    let changed = archive.change_matter(&operator, matter, fields("再后来的事项"), None);
    is_damaged(changed, Thing::Matter, "the matter is changed");
}
