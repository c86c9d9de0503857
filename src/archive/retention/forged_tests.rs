//! What rows say that nobody vouches for: it gives nobody a right, it is named, and it is made anew.

use serde_json::json;

use super::tests::{Office, POLICY, an_office};
use super::*;
use crate::archive::Caller;
use crate::archive::cases::What;
use crate::archive::exports::Selection;
use crate::archive::fsck::FindingKind;
use crate::archive::records::{EntryName, Form, OpenRequest};
use crate::archive::refusal::Refusal;
use crate::archive::search::SearchRequest;
use crate::archive::tests::on_postgres;
use crate::base::id::RecordId;
use crate::base::moment::Moment;
use crate::bundle::plan::Outcome;
use crate::record::names::Reference;
use crate::record::request::CaseRef;
use crate::store::testing::execute_raw;

impl Office {
    /// The records of which `fsck` says that something else is kept than what is judged of them.
    pub(in crate::archive) fn misjudged(&self, repair: bool) -> Vec<RecordId> {
        let operator = self.house.archive.local_operator().unwrap();
        let findings = self.house.archive.fsck(&operator, repair).unwrap();
        let of = findings.iter().filter(|finding| finding.kind == FindingKind::WronglyJudged);
        of.map(|finding| RecordId::parse(&finding.subject).unwrap()).collect()
    }

    /// A record that one rule wants erased and another kept, in a case.
    fn restricted(&self) -> RecordId {
        self.captured(
            &json!({"kind": "ticket", "case": "SC-1", "occurred": "2024-01-01", "title": "机密标题",
            "tags": ["敏感"], "parties": [{"role": "customer", "name": "青禾科技有限公司"}],
            "components": [{"name": "a.txt"}]}),
        )
    }

    /// All that somebody is told of a restricted record, in words.
    fn told(&self, who: &Caller, record: RecordId) -> Vec<String> {
        let archive = &self.house.archive;
        let case = CaseRef::Reference(Reference::parse("SC-1").unwrap());
        let request = OpenRequest {
            record,
            entry: None,
            version: None,
            component: 0,
            purpose: "核对".to_owned(),
            form: Form::Content,
        };
        let found = archive.search(
            who,
            &SearchRequest { query: Some("quartzword".to_owned()), limit: 20, ..SearchRequest::default() },
        );
        let found = found.map(|page| (page.about, page.hits.len()));
        let shown = archive.show(who, record).map(|view| view.withheld);
        let view = archive.case(who, &case);
        let is_told = |what: &What| matches!(what, What::Record(line) if line.title.is_some());
        let line = view.map(|view| view.timeline.iter().any(|happening| is_told(&happening.what)));
        let listed = archive.list(who, &Default::default(), None, 50);
        let listed = listed.map(|page| page.items.iter().any(|line| line.title.is_some()));
        let parties = self
            .house
            .archive
            .inner
            .store
            .read(|conn| crate::store::rows::parties::of_version(conn, record, 1));
        let party = parties.unwrap()[0].party_id;
        let dossier = archive.dossier(who, party, crate::base::civil::Zone::SHANGHAI);
        let dossier = dossier.map(|view| view.records.values().any(|line| line.title.is_some()));
        vec![
            format!("original {:?}", archive.open_original(who, &request).map(|_| ()).is_ok()),
            format!("search {found:?}"),
            format!("shown withheld {shown:?}"),
            format!("case tells the title {line:?}"),
            format!("list tells a title {listed:?}"),
            format!("dossier tells the title {dossier:?}"),
        ]
    }

    /// What becomes of it in an export of the case, and by its id.
    fn exported(&self, record: RecordId) -> Vec<Outcome> {
        let archive = &self.house.archive;
        let operator = archive.local_operator().unwrap();
        let case = Selection::Case(CaseRef::Reference(Reference::parse("SC-1").unwrap()));
        let ids = Selection::Ids(vec![EntryName { record, ordinal: None }.into()]);
        let outcome = |selection: &Selection| archive.planned_export(&operator, selection).unwrap();
        [case, ids].iter().flat_map(outcome).collect()
    }
}

#[test]
fn what_is_restricted_is_withheld_at_every_door_whatever_its_column_says() {
    let office = an_office();
    let record = office.restricted();
    assert_eq!(office.state(record), "restricted");
    let archive = &office.house.archive;
    archive.index_pending(std::time::Duration::MAX).unwrap();
    archive.detect_pending(std::time::Duration::MAX).unwrap();
    let (clerk, privacy) = (office.told(&office.clerk, record), office.told(&office.privacy, record));
    assert_eq!(
        clerk,
        [
            "original false",
            "search Ok((Exactly(0), 0))",
            "shown withheld Ok(true)",
            "case tells the title Ok(false)",
            "list tells a title Ok(false)",
            "dossier tells the title Ok(false)",
        ]
    );
    assert_eq!(
        privacy,
        [
            "original true",
            "search Ok((Exactly(1), 1))",
            "shown withheld Ok(false)",
            "case tells the title Ok(true)",
            "list tells a title Ok(true)",
            "dossier tells the title Ok(true)",
        ]
    );
    use crate::bundle::plan::WithheldReason::Restricted;
    assert_eq!(office.exported(record), [Outcome::Withheld(Restricted), Outcome::Withheld(Restricted)]);
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    let database = office.house.place.database();
    execute_raw(&database, "UPDATE record_retention SET restricted = 0, state = 'active', wake_at = NULL");
    assert_eq!(office.told(&office.clerk, record), clerk);
    assert_eq!(office.exported(record), [Outcome::Withheld(Restricted), Outcome::Withheld(Restricted)]);
    assert!(!office.verified().is_clean());
    execute_raw(&database, "DELETE FROM retention_queues");
    assert!(office.verified().is_clean(), "what agrees with itself takes keys to be told");
    assert_eq!(office.misjudged(false), [record]);
    assert_eq!(office.misjudged(true), [record]);
    assert_eq!(office.misjudged(false), []);
    assert_eq!(office.on(Queue::Restricted, None), [record]);
    assert!(office.verified().is_clean());
}

#[test]
fn lists_that_were_emptied_are_named_and_filled_again_by_the_next_look() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    let office = an_office();
    let archive = &office.house.archive;
    let record = office.ticket("青禾科技有限公司");
    office.event(json!({"type": "relationship_ended", "keys": {"customer": "青禾科技有限公司"},
        "on": "2020-06-30", "reason": "补登"}));
    assert_eq!(office.state(record), "due");
    let database = office.house.place.database();
    for sql in [
        "DELETE FROM retention_queues",
        "UPDATE record_retention SET wake_at = 9000000000000000, state = 'running'; \
         UPDATE retention_queues SET queue = 'running'",
        "DELETE FROM record_keys",
        "DELETE FROM record_retention",
    ] {
        execute_raw(&database, sql);
        let mut looking = LookingOver::default();
        while archive.look_over(&mut looking).unwrap() {}
        assert_eq!(office.on(Queue::Due, None), [record], "{sql}");
        assert_eq!(office.misjudged(false), [], "{sql}");
        assert!(office.verified().is_clean());
    }
}

#[test]
fn the_judge_follows_the_ledger_whatever_a_row_says_of_how_far_he_came() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    let office = an_office();
    let record = office.ticket("青禾科技有限公司");
    assert_eq!(office.state(record), "awaiting_trigger");
    let database = office.house.place.database();
    for value in ["99999999", "-1", "many"] {
        execute_raw(&database, &format!("UPDATE meta SET value = '{value}' WHERE key = 'retention_judged'"));
        assert!(!office.verified().is_clean(), "{value}");
        let on = if value == "99999999" { "2024-06-30" } else { "2025-06-30" };
        office.event(json!({"type": "relationship_ended", "keys": {"customer": "青禾科技有限公司"},
            "on": on, "reason": "补登"}));
        assert_eq!(office.state(record), "running");
        assert!(office.verified().is_clean());
    }
}

#[test]
fn no_date_that_is_sealed_is_told_to_readers_without_words() {
    let office = an_office();
    let born =
        POLICY.replace("majority(meta(\"birth_date\"))", "meta(\"birth_date\")").replace("P7Y", "P60Y");
    office.under(&[("1970-01-01T00:00:00Z", &born)]);
    let record = office.captured(&json!({"kind": "consultation", "occurred": "2026-03-01", "title": "咨询",
        "custom": {"birth_date": "1990-02-03"}, "components": [{"name": "a.txt"}]}));
    assert_eq!(office.state(record), "running");
    let archive = &office.house.archive;
    let explained = archive.explain_retention(&office.auditor, record, None).map(|_| ());
    assert!(matches!(explained, Err(Refusal::Forbidden)), "{explained:?}");
    assert!(archive.explain_retention(&office.privacy, record, None).is_ok());
    let line = |who: &Caller, queue, at: Option<&str>| {
        let query = DueQuery { queue, at: at.map(|at| Moment::parse(at).unwrap()) };
        archive.due(who, &query, None, 10).unwrap().items
    };
    let told = line(&office.auditor, Queue::Running, None).remove(0);
    let dates = (told.withheld, told.due_from, told.floor.unwrap().from);
    assert_eq!(dates, (true, None, None));
    assert!(line(&office.privacy, Queue::Running, None).remove(0).due_from.is_some());
    // Nor is it found out by asking for one day after the other.
    for at in ["2050-02-03T00:00:00Z", "2050-02-04T00:00:00Z"] {
        assert_eq!(line(&office.auditor, Queue::Running, Some(at)).len(), 1, "{at}");
        assert_eq!(line(&office.auditor, Queue::Due, Some(at)).len(), 0, "{at}");
    }
    assert_eq!(line(&office.privacy, Queue::Due, Some("2050-02-04T00:00:00Z")).len(), 1);
    let kept = archive.inner.store.read(|conn| crate::store::rows::retention::get(conn, record));
    let wakes = kept.unwrap().unwrap().wake_at.unwrap();
    assert!(wakes < archive.inner.now().plus_seconds(25 * 3_600), "{wakes:?}");
    // The same of a floor that an earlier policy left behind.
    office.house.wait(60);
    let now = archive.inner.now().to_rfc3339();
    let without =
        POLICY.replace("majority(meta(\"birth_date\"))", "declared").replace("version = 1", "version = 2");
    office.under(&[("1970-01-01T00:00:00Z", &born), (&now, &without)]);
    assert_eq!(office.state(record), "running");
    let told = line(&office.auditor, Queue::Running, None).remove(0);
    assert_eq!((told.withheld, told.floor.unwrap().from), (true, None));
    let explained = archive.explain_retention(&office.auditor, record, None).map(|_| ());
    assert!(matches!(explained, Err(Refusal::Forbidden)), "{explained:?}");
}

#[test]
fn who_recorded_a_title_reads_it_again_once_nothing_is_restricted_any_more() {
    let office = an_office();
    let record = office.restricted();
    assert!(office.house.archive.show(&office.clerk, record).unwrap().withheld);
    // The floor is over: it is to be erased, and nothing is kept against that.
    office.event(json!({"type": "relationship_ended", "keys": {"customer": "青禾科技有限公司"},
        "on": "2020-06-30", "reason": "补登"}));
    assert!(!office.house.archive.show(&office.clerk, record).unwrap().withheld);
}

#[test]
fn a_case_that_is_closed_anew_with_an_earlier_day_brings_no_end_nearer() {
    let office = an_office();
    let record = office.captured(&json!({"kind": "complaint", "case": "SC-9", "occurred": "2024-03-01",
        "title": "投诉", "components": [{"name": "a.txt"}]}));
    let archive = &office.house.archive;
    let case = crate::archive::cases::tests::named("SC-9");
    let note = |kind: &str, at: &str| {
        let event = json!({"kind": kind, "at": at});
        let zone = crate::base::civil::Zone::SHANGHAI;
        let event = crate::archive::cases::NewEvent::from_json(&event, zone, archive.inner.now()).unwrap();
        archive.add_case_event(&office.clerk, &case, event).unwrap().id
    };
    note("opened", "2024-01-01T10:00:00+08:00");
    let closed = note("closed", "2025-06-30T10:00:00+08:00");
    assert_eq!(office.due_from(record), "2027-06-30T16:00:00Z");
    let reason = crate::archive::cases::Reason::parse("并未结案").unwrap();
    archive.cancel_case_event(&office.clerk, &case, closed, &reason).unwrap();
    assert_eq!(office.due_from(record), "");
    let early = note("closed", "2024-06-30T10:00:00+08:00");
    assert_eq!(office.due_from(record), "2027-06-30T16:00:00Z");
    archive.cancel_case_event(&office.clerk, &case, early, &reason).unwrap();
    note("closed", "2026-01-31T10:00:00+08:00");
    assert_eq!(office.due_from(record), "2028-01-31T16:00:00Z");
}
