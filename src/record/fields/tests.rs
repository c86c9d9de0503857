use serde_json::{Value, json};

use super::*;
use crate::record::kind::Kind;

fn faults(form: Form, value: Value) -> Vec<(String, &'static str)> {
    let faults = Fields::from_json(form, &value).unwrap_err();
    faults.into_iter().map(|fault| (fault.path, fault.code.as_str())).collect()
}

fn only(form: Form, value: Value) -> (String, &'static str) {
    let mut faults = faults(form, value);
    assert_eq!(faults.len(), 1, "{faults:?}");
    faults.remove(0)
}

/// Every field of every form, filled in.
fn full(form: Form) -> Value {
    let signature = json!({"status": "valid", "method": "electronic", "signed_on": "2026-01-02"});
    let signer = json!({"name": "样例甲", "capacity": "agent"});
    match form {
        Form::Authorization => json!({
            "grantor": "甲", "signatory": signer, "grantee": "乙", "purposes": ["质检"], "operations": ["use", "delete"],
            "data_categories": ["录音"], "systems": ["CRM"], "valid_from": "2026-01-01", "valid_to": "2026-12-31",
            "withdrawn_on": "2026-06-01", "training_use": true, "cross_border": false, "signature": signature,
            "paper_original": {"place": "档案室"},
        }),
        Form::ProcessingLog => json!({
            "activities": [{
                "operation": "use", "purpose": "质检", "data_category": "录音", "system": "CRM",
                "authorization": "01890a5d-ac96-774b-bcce-b302099a8057", "first_at": "2026-01-01T00:00:00.000000Z",
                "last_at": "2026-01-02T00:00:00.000000Z", "entries": 7,
            }],
            "paper_original": {"place": "档案室"},
        }),
        Form::Delivery => json!({
            "deliverable": "报告", "quantity": "1 份", "delivered_on": "2026-01-01", "accepted_on": "2026-01-02",
            "accepted_by": signer, "acceptance": "with_reservations", "reservations": "附录待补", "signature": signature,
            "paper_original": {"place": "档案室"},
        }),
        Form::Review => json!({
            "symptom": "a", "root_cause": "b", "corrective": "c", "preventive": "d", "owner": "甲", "due": "2026-01-01",
            "verified": "2026-01-01", "paper_original": {"place": "档案室"},
        }),
        Form::Feedback => {
            json!({"score": 4, "out_of": 5, "comment": "好", "paper_original": {"place": "档案室"}})
        }
        Form::Handover => json!({
            "from": "甲", "to": "乙", "open_items": ["一", "二"], "handed_over_on": "2026-01-01", "accepted_by": signer,
            "accepted_on": "2026-01-02", "paper_original": {"place": "档案室"},
        }),
        Form::Plain => json!({"paper_original": {"place": "档案室"}}),
    }
}

#[test]
fn every_field_of_every_form_is_read_and_written_back() {
    for form in Form::ALL {
        let fields = Fields::from_json(*form, &full(*form)).unwrap();
        assert_eq!(Value::from(fields.to_json()), full(*form), "{form:?}");
        let mut names: Vec<String> = fields.to_json().keys().cloned().collect();
        let mut known: Vec<&str> = form.names().to_vec();
        names.sort_unstable();
        known.sort_unstable();
        assert_eq!(names, known, "the list of names is that of the fields");
        assert!(fields.paper_original().is_some());
    }
}

#[test]
fn no_field_need_be_given() {
    for form in Form::ALL {
        let fields = Fields::from_json(*form, &json!({})).unwrap();
        assert_eq!(fields, Fields::empty(*form));
        assert_eq!((fields.to_json().len(), fields.clear_facts().len()), (0, 0));
        assert_eq!(fields.form(), *form);
    }
}

#[test]
fn every_kind_has_a_form() {
    let forms: std::collections::BTreeSet<Form> = Kind::all().map(Form::of).collect();
    assert_eq!(forms.into_iter().collect::<Vec<_>>(), Form::ALL);
}

#[test]
fn clear_facts_hold_neither_names_nor_free_text() {
    for form in Form::ALL {
        let facts = Value::from(Fields::from_json(*form, &full(*form)).unwrap().clear_facts()).to_string();
        assert!(facts.is_ascii(), "names and free text are Chinese here: {facts}");
    }
}

#[test]
fn an_end_never_lies_before_its_beginning() {
    for (form, later, earlier) in [
        (Form::Authorization, "valid_to", "valid_from"),
        (Form::Authorization, "withdrawn_on", "valid_from"),
        (Form::Delivery, "accepted_on", "delivered_on"),
        (Form::Handover, "accepted_on", "handed_over_on"),
    ] {
        let dates = |first: &str, last: &str| json!({earlier: first, later: last});
        assert!(Fields::from_json(form, &dates("2026-03-01", "2026-03-01")).is_ok());
        let found = Fields::from_json(form, &dates("2026-03-02", "2026-03-01")).unwrap_err();
        assert_eq!(found[0].path, later);
        assert_eq!(found[0].code, FaultCode::Before { other: earlier.to_owned() });
    }
}

#[test]
fn reservations_go_with_an_acceptance_that_has_them() {
    let delivery = |acceptance: &str, reservations: Option<&str>| {
        Fields::from_json(Form::Delivery, &json!({"acceptance": acceptance, "reservations": reservations}))
            .map_err(|faults| faults[0].code.as_str())
            .err()
    };
    assert_eq!(delivery("full", None), None);
    assert_eq!(delivery("full", Some("少一页")), Some("contradicts"));
    assert_eq!(delivery("with_reservations", None), Some("required"));
    assert_eq!(delivery("有保留意见", Some("少一页")), None);
    assert_eq!(delivery("refused", Some("不符")), None);
    assert_eq!(delivery("refused", None), None);
}

#[test]
fn a_score_stays_on_its_scale() {
    assert_eq!(only(Form::Feedback, json!({"score": 6})), ("score".to_owned(), "out_of_range"));
    assert!(Fields::from_json(Form::Feedback, &json!({"score": 6, "out_of": 10})).is_ok());
    assert!(Fields::from_json(Form::Feedback, &json!({"score": "5"})).is_ok(), "as tables spell it");
    assert_eq!(only(Form::Feedback, json!({"score": 4.5})), ("score".to_owned(), "out_of_range"));
}

#[test]
fn an_activity_needs_operation_and_times() {
    let found = faults(
        Form::ProcessingLog,
        json!({"activities": [{}, {"operation": "use",
        "first_at": "2026-01-02T00:00:00Z", "last_at": "2026-01-01T00:00:00Z"}]}),
    );
    let expected = [
        ("activities[0].operation", "required"),
        ("activities[0].first_at", "required"),
        ("activities[0].last_at", "required"),
        ("activities[1].last_at", "before"),
    ];
    assert_eq!(found, expected.map(|(path, code)| (path.to_owned(), code)));
}

#[test]
fn counts_of_entries_cannot_overflow() {
    let activity = json!({"operation": "use", "first_at": "2026-01-01T00:00:00Z",
        "last_at": "2026-01-01T00:00:00Z", "entries": 5_000_000});
    assert_eq!(
        only(Form::ProcessingLog, json!({"activities": [activity, activity]})),
        ("activities".to_owned(), "out_of_range")
    );
}

#[test]
fn a_field_of_another_kind_is_told_from_a_misspelt_one() {
    assert_eq!(only(Form::Plain, json!({"valid_from": "2026-01-01"})).1, "not_allowed_for_kind");
    let misspelt = Fields::from_json(Form::Authorization, &json!({"validfrom": "2026-01-01"})).unwrap_err();
    let FaultCode::UnknownField { nearest: Some("valid_from"), known } = &misspelt[0].code else {
        panic!("{misspelt:?}")
    };
    assert!(known.contains(&"withdrawn_on") && known.contains(&"signatory"), "{known:?}");
}
