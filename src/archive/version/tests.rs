//! What a new version may say of the record that it belongs to.

use serde_json::{Value, json};

use crate::archive::bulk::{BulkOptions, OnFault};
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::stage::Declared;
use crate::archive::tests::{Scratch, scratch};
use crate::archive::{Archive, Receipt};
use crate::base::id::RecordId;
use crate::record::feed::EntryFormat;
use crate::store::rows::records;

fn a_ticket(change: &Value) -> String {
    let mut ticket = json!({"kind": "ticket", "case": "SC-1", "occurred": "2026-03-01", "title": "断网",
        "components": [{"name": "a.txt"}]});
    for (name, value) in change.as_object().unwrap() {
        match value {
            Value::Null => drop(ticket.as_object_mut().unwrap().remove(name)),
            value => ticket[name] = value.clone(),
        }
    }
    ticket.to_string()
}

fn captured(scratch: &Scratch, change: &Value) -> Result<Receipt, Refusal> {
    scratch.capture(&a_ticket(change), b"content")
}

fn amended(scratch: &Scratch, record: RecordId, change: &Value) -> Result<Receipt, Refusal> {
    let staged = scratch.archive.stage(b"content", Declared::default()).unwrap();
    scratch.archive.amend(&scratch.operator(), record, scratch.request(&a_ticket(change)), vec![staged], None)
}

/// The fields that are refused; nothing where the version is taken.
fn refused(outcome: Result<Receipt, Refusal>) -> Vec<String> {
    match outcome {
        Ok(_) => Vec::new(),
        Err(Refusal::Faults(faults)) => {
            faults.iter().map(|fault| format!("{} {}", fault.path, fault.code.as_str())).collect()
        }
        Err(other) => panic!("{other:?}"),
    }
}

fn row_of(archive: &Archive, record: RecordId) -> records::RecordRow {
    archive.inner.store.read(|conn| records::get(conn, record)).unwrap().unwrap()
}

#[test]
fn a_new_version_that_names_another_case_or_jurisdiction_than_the_records_is_refused() {
    let scratch = scratch();
    let first = captured(&scratch, &json!({})).unwrap();
    let other = captured(&scratch, &json!({"case": "SC-2"})).unwrap();
    let (own_case, other_case) = (first.case.unwrap().to_string(), other.case.unwrap().to_string());
    let nowhere = "01890a5d-ac96-774b-bcce-b302099a8057";
    let wrong = [
        (json!({"case": "SC-2"}), "case"),
        (json!({"case": other_case}), "case"),
        // That there is no such case is not told: it would be told apart from one that there is.
        (json!({"case": "SC-404"}), "case"),
        (json!({"case": nowhere}), "case"),
        (json!({"jurisdiction": "TW"}), "jurisdiction"),
        (json!({"category": "other_category"}), "category"),
        (json!({"kind": "chat"}), "kind"),
        (json!({"kind": "delivery_confirmation"}), "kind"),
        (json!({"source": {"system": "CRM", "external_id": "7"}}), "source"),
    ];
    for (change, field) in &wrong {
        let expected = vec![format!("{field} not_the_records")];
        assert_eq!(refused(amended(&scratch, first.record, change)), expected, "{change}");
    }
    assert_eq!(row_of(&scratch.archive, first.record).version, 1);
    // Left out, or the same, by reference in whatever spelling and by id.
    let right = [
        json!({"case": null}),
        json!({"case": "ｓｃ-1"}),
        json!({"case": own_case}),
        json!({"jurisdiction": "CN"}),
    ];
    for (version, change) in (2..).zip(&right) {
        assert_eq!(amended(&scratch, first.record, change).unwrap().version, version, "{change}");
    }
    // Nothing was opened beside.
    assert!(
        scratch.archive.case(&scratch.operator(), &crate::archive::cases::tests::named("SC-404")).is_err()
    );
    // A record without a case does not get one by a new version either.
    let without = captured(&scratch, &json!({"case": null})).unwrap();
    let outcome = amended(&scratch, without.record, &json!({"case": "SC-1"}));
    assert_eq!(refused(outcome), ["case not_the_records"]);
}

#[test]
fn a_new_revision_from_a_source_that_names_another_case_is_refused() {
    let scratch = scratch();
    let row = |revision: &str, case: Value| json!({"case": case, "source": {"system": "CRM", "external_id": "A-1", "revision": revision}});
    let first = captured(&scratch, &row("1", json!("SC-1"))).unwrap();
    assert_eq!(refused(captured(&scratch, &row("2", json!("SC-2")))), ["case not_the_records"]);
    assert_eq!(row_of(&scratch.archive, first.record).version, 1);
    for (version, case) in [(2, json!("SC-1")), (3, Value::Null)] {
        let again = captured(&scratch, &row(&version.to_string(), case)).unwrap();
        assert_eq!((again.record, again.version), (first.record, version));
    }
}

#[test]
fn a_row_without_revision_is_known_by_what_it_says() {
    let scratch = scratch();
    let row = |title: &str| json!({"title": title, "source": {"system": "CRM", "external_id": "A-1"}});
    let first = captured(&scratch, &row("断网")).unwrap();
    let again = captured(&scratch, &row("断网")).unwrap();
    assert_eq!((again.record, again.version, again.replayed), (first.record, 1, true));
    let changed = captured(&scratch, &row("断网，已恢复")).unwrap();
    assert_eq!((changed.record, changed.version, changed.replayed), (first.record, 2, false));
}

#[test]
fn a_revision_that_comes_again_with_other_content_is_refused_and_not_dropped() {
    let scratch = scratch();
    let row = |title: &str, on: &str| {
        let source = json!({"system": "CRM", "external_id": "A-1", "revision": "1"});
        json!({"title": title, "occurred": on, "source": source})
    };
    let first = captured(&scratch, &row("断网", "2026-03-01")).unwrap();
    let again = captured(&scratch, &row("断网", "2026-03-01")).unwrap();
    assert_eq!((again.record, again.version, again.replayed), (first.record, 1, true));
    for other in [row("断网，已恢复", "2026-03-01"), row("断网", "2026-03-02")] {
        assert!(matches!(captured(&scratch, &other), Err(Refusal::SourceConflict)));
    }
    let other = scratch.capture(&a_ticket(&row("断网", "2026-03-01")), b"other bytes");
    assert!(matches!(other, Err(Refusal::SourceConflict)));
    assert_eq!(row_of(&scratch.archive, first.record).version, 1);
}

#[test]
fn an_amendment_is_not_answered_with_what_another_record_had_from_its_source() {
    let scratch = scratch();
    let source = json!({"source": {"system": "CRM", "external_id": "A-1", "revision": "1"}});
    let from_source = captured(&scratch, &source).unwrap();
    let by_hand = captured(&scratch, &json!({})).unwrap();
    assert_eq!(refused(amended(&scratch, by_hand.record, &source)), ["source not_the_records"]);
    let again = amended(&scratch, from_source.record, &source).unwrap();
    assert_eq!((again.record, again.version, again.replayed), (from_source.record, 1, true));
}

#[test]
fn a_log_that_came_from_its_source_otherwise_before_is_refused_whole() {
    let scratch = scratch();
    let log = r#"{"kind": "processing_log", "case": "SC-1", "occurred": "2026-03-01", "title": "日志",
        "source": {"system": "CRM", "external_id": "L-1"}}"#;
    let line = |count: u32| {
        format!(
            "{{\"at\":\"2026-03-01T08:00:00+08:00\",\"operation\":\"use\",\"purpose\":\"售后\",\
             \"data_category\":\"联系方式\",\"system\":\"CRM\",\"actor\":\"op\",\"count\":{count}}}\n"
        )
    };
    let options = BulkOptions { format: EntryFormat::Jsonl, on_fault: OnFault::CaptureNothing };
    let send = |count: u32| {
        let request = scratch.request(log);
        scratch.archive.capture_entries(&scratch.operator(), request, options, &mut line(count).as_bytes())
    };
    let first = send(1).unwrap().segments[0].record;
    let again = send(1).unwrap();
    assert_eq!((again.segments[0].record, again.segments[0].replayed), (first, true));
    assert!(matches!(send(2).map(|_| ()), Err(Refusal::Exists(Thing::Record))));
}
