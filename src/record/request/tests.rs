use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::base::civil::Zone;
use crate::base::limits::{CUSTOM_FIELDS_MAX, FAULTS_MAX, PARTIES_MAX};
use crate::base::moment::Moment;
use crate::record::descriptor::{BadDescriptor, Descriptor};
use crate::record::jurisdiction::Jurisdiction;
use crate::record::kind::{Kind, Subkind};

fn defaults() -> CaptureDefaults {
    CaptureDefaults {
        jurisdiction: Jurisdiction::china(),
        zone: Zone::SHANGHAI,
        now: Moment::parse("2026-03-02T01:00:00Z").unwrap(),
        content_comes_apart: false,
    }
}

/// A capture that is right but for the members of `other`.
fn with(other: Value) -> Value {
    let mut input = json!({"kind": "ticket", "occurred": "2026-03-01", "components": [{"name": "工单.txt"}]});
    for (name, value) in other.as_object().unwrap() {
        input[name.as_str()] = value.clone();
    }
    input
}

fn faults(input: &Value) -> Vec<(String, &'static str)> {
    let faults = Capture::from_json(input, &defaults()).unwrap_err();
    faults.into_iter().map(|fault| (fault.path, fault.code.as_str())).collect()
}

fn fault_of(other: Value) -> (String, FaultCode) {
    let faults = Capture::from_json(&with(other), &defaults()).unwrap_err();
    assert_eq!(faults.len(), 1, "{faults:?}");
    faults.into_iter().map(|fault| (fault.path, fault.code)).next().unwrap()
}

#[test]
fn the_least_capture_is_a_kind_a_date_and_a_file() {
    let capture = Capture::from_json(&with(json!({})), &defaults()).unwrap();
    assert_eq!(capture.category.as_str(), "service.ticket");
    assert_eq!(capture.jurisdiction.as_str(), "CN");
    assert_eq!(capture.descriptor.title.as_str(), "工单.txt");
    assert_eq!(capture.components[0].media_type.as_str(), "text/plain");
    assert_eq!(capture.received, defaults().now);
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let input = json!({
        "kind": "authorization",
        "occurred": "2026-02-30",
        "zone": "Asia/Peking",
        "titel": "x",
        "parties": [{"role": "customer", "name": " "}, "张三", {"role": "boss", "name": "a\u{202E}b"}],
        "fields": {
            "valid_from": "2026-05-01", "valid_to": "2026-04-01", "withdrawn_on": "01.04.2026",
            "score": 3, "operations": ["collect", "steal"], "signature": {"status": "unsigned", "method": "click"}
        },
        "custom": {"a b": [1]},
        "links": [{"kind": "confirms", "to": "17"}],
        "components": [{"name": "a/b.pdf", "bytes": 0, "sha256": "ab"}, {"media_type": "pdf"}],
    });
    let expected = [
        ("zone", "unknown_zone"),
        ("occurred", "no_such_day"),
        ("fields.operations[1]", "unknown_word"),
        ("fields.withdrawn_on", "not_a_date"),
        ("fields.signature.method", "contradicts"),
        ("fields.valid_to", "before"),
        ("fields.score", "not_allowed_for_kind"),
        ("parties[0].name", "blank"),
        ("parties[1]", "wrong_type"),
        ("parties[2].role", "unknown_word"),
        ("parties[2].name", "control_character"),
        ("custom[\"a b\"]", "wrong_type"),
        ("links[0].to", "bad_id"),
        ("links[0].kind", "not_allowed_for_kind"),
        ("components[0].name", "bad_name"),
        ("components[0].sha256", "bad_digest"),
        ("components[0].bytes", "empty"),
        ("components[1].media_type", "bad_media_type"),
        ("components[1].name", "required"),
        ("titel", "unknown_field"),
    ];
    assert_eq!(faults(&input), expected.map(|(path, code)| (path.to_owned(), code)));
}

#[test]
fn an_empty_request_lacks_kind_date_content_and_title() {
    let expected = ["kind", "occurred", "components", "title"];
    assert_eq!(faults(&json!({})), expected.map(|path| (path.to_owned(), "required")));
    assert_eq!(faults(&json!([])), [(String::new(), "wrong_type")]);
}

#[test]
fn a_misspelt_field_is_answered_with_the_right_one() {
    let (path, code) = fault_of(json!({"juristiction": "CN"}));
    assert_eq!(path, "juristiction");
    assert!(matches!(code, FaultCode::UnknownField { nearest: Some("jurisdiction"), .. }), "{code:?}");
    assert_eq!(code.facts()["nearest"], "jurisdiction");
    let (path, code) = fault_of(json!({"source": {"system": "CRM", "external_id": "1", "externalid": "1"}}));
    assert_eq!(path, "source.externalid");
    assert!(matches!(code, FaultCode::UnknownField { nearest: Some("external_id"), .. }), "{code:?}");
}

#[test]
fn a_mistyped_value_is_not_also_called_missing() {
    assert_eq!(faults(&with(json!({"kind": ["ticket"]}))), [("kind".to_owned(), "wrong_type")]);
    assert_eq!(faults(&with(json!({"occurred": true}))), [("occurred".to_owned(), "wrong_type")]);
    assert_eq!(faults(&with(json!({"components": "a.txt"}))), [("components".to_owned(), "wrong_type")]);
    assert_eq!(
        faults(&with(json!({"parties": [{"role": "customer", "name": null}]}))),
        [("parties[0].name".to_owned(), "required")]
    );
}

#[test]
fn fields_of_an_unknown_kind_are_not_judged() {
    let input = with(json!({"kind": "invoice", "fields": {"anything": 1}}));
    assert_eq!(faults(&input), [("kind".to_owned(), "unknown_kind")]);
}

#[test]
fn kind_and_subkind_must_agree() {
    let kind = |kind: Value, subkind: Value| {
        let mut input = with(json!({"subkind": subkind}));
        input["kind"] = kind;
        Capture::from_json(&input, &defaults()).map(|capture| capture.kind)
    };
    let complaint = Kind::ServiceRecord(Subkind::Complaint);
    assert_eq!(kind(json!("service_record"), json!("complaint")), Ok(complaint));
    assert_eq!(kind(json!("complaint"), json!("投诉")), Ok(complaint));
    assert_eq!(kind(Value::Null, json!("投訴")), Ok(complaint));
    assert_eq!(kind(json!("service_record"), Value::Null), Ok(Kind::ServiceRecord(Subkind::General)));
    assert_eq!(kind(json!("ticket"), json!("complaint")).unwrap_err()[0].code.as_str(), "contradicts");
    let of_log = kind(json!("processing_log"), json!("chat")).unwrap_err();
    assert_eq!(of_log[0].code, FaultCode::NotAllowedForKind { kind: "processing_log" });
}

#[test]
fn a_case_is_named_by_id_or_reference_but_not_by_both() {
    let id = "01890a5d-ac96-774b-bcce-b302099a8057";
    let case = |value: Value| Capture::from_json(&with(json!({"case": value})), &defaults()).unwrap().case;
    assert!(matches!(case(json!(id)), Some(CaseRef::Id(found)) if found.to_string() == id));
    assert!(matches!(case(json!({"id": id})), Some(CaseRef::Id(_))));
    assert!(matches!(case(json!("FW-1")), Some(CaseRef::Reference(found)) if found.as_str() == "FW-1"));
    assert!(matches!(case(json!({"reference": id})), Some(CaseRef::Reference(_))));
    assert_eq!(fault_of(json!({"case": {"id": id, "reference": "x"}})).1.as_str(), "contradicts");
    assert_eq!(fault_of(json!({"case": {}})), ("case.id".to_owned(), FaultCode::Required));
}

#[test]
fn what_is_said_twice_is_refused_with_the_first_place() {
    let twice = json!({"parties": [
        {"role": "customer", "name": "華電"}, {"role": "grantor", "name": "华电"}, {"role": "客户", "name": "华电"}
    ]});
    let first = |path: &str| FaultCode::Duplicate { first: path.to_owned() };
    assert_eq!(fault_of(twice), ("parties[2]".to_owned(), first("parties[0]")));
    let link = json!({"kind": "corrects", "to": "01890a5d-ac96-774b-bcce-b302099a8057"});
    assert_eq!(fault_of(json!({"links": [link, link]})), ("links[1]".to_owned(), first("links[0]")));
    assert_eq!(fault_of(json!({"tags": ["VIP", "ｖｉｐ"]})), ("tags[1]".to_owned(), first("tags[0]")));
    let custom = json!({"custom": {"合同编号": "1", "合同編號": "2"}});
    assert_eq!(fault_of(custom), ("custom[\"合同編號\"]".to_owned(), first("custom[\"合同编号\"]")));
}

#[test]
fn lists_longer_than_allowed_are_refused_with_their_length() {
    let parties: Vec<Value> =
        (0..=PARTIES_MAX).map(|n| json!({"role": "staff", "name": format!("样例{n}")})).collect();
    let too_many = FaultCode::TooMany { found: PARTIES_MAX + 1, most: PARTIES_MAX };
    assert_eq!(fault_of(json!({"parties": parties})), ("parties".to_owned(), too_many));
    let custom: serde_json::Map<String, Value> =
        (0..=CUSTOM_FIELDS_MAX).map(|n| (format!("c{n}"), json!("x"))).collect();
    assert_eq!(fault_of(json!({"custom": custom})).1.as_str(), "too_many");
}

#[test]
fn parties_that_fields_add_count_against_the_limit_too() {
    let parties: Vec<Value> =
        (0..PARTIES_MAX).map(|n| json!({"role": "staff", "name": format!("样例{n}")})).collect();
    let other = json!({"kind": "authorization", "parties": parties, "fields": {"grantor": "样例甲"}});
    assert_eq!(fault_of(other).1, FaultCode::TooMany { found: PARTIES_MAX + 1, most: PARTIES_MAX });
}

#[test]
fn a_flood_of_faults_is_counted_but_not_listed() {
    let tags: Vec<Value> = (0..1_000).map(|_| json!(null)).collect();
    let components: Vec<Value> = (0..64).map(|_| json!({"name": 1.5, "x": 1, "y": 1, "z": 1})).collect();
    let found =
        Capture::from_json(&with(json!({"tags": tags, "components": components})), &defaults()).unwrap_err();
    assert_eq!(found.len(), FAULTS_MAX + 1);
    assert!(matches!(found.last().unwrap().code, FaultCode::More { count } if count > 100));
}

#[test]
fn lengths_of_files_are_checked_before_a_byte_arrives() {
    let component = |bytes: Value| fault_of(json!({"components": [{"name": "a", "bytes": bytes}]})).1;
    assert_eq!(component(json!(0)), FaultCode::Empty);
    assert_eq!(component(json!(u64::MAX)).as_str(), "too_many_bytes");
    assert_eq!(component(json!(-1)).as_str(), "out_of_range");
    assert_eq!(component(json!(1.5)).as_str(), "out_of_range");
    assert_eq!(component(json!("12")).as_str(), "wrong_type");
}

#[test]
fn content_that_comes_apart_need_not_be_announced_but_needs_a_title() {
    let apart = CaptureDefaults { content_comes_apart: true, ..defaults() };
    let mut input = json!({"kind": "processing_log", "occurred": "2026-03-01"});
    assert_eq!(Capture::from_json(&input, &apart).unwrap_err()[0].path, "title");
    input["title"] = json!("三月日志");
    assert!(Capture::from_json(&input, &apart).is_ok());
}

#[test]
fn an_unknown_zone_is_not_replaced_by_another() {
    assert_eq!(fault_of(json!({"zone": "Mars/Base"})), ("zone".to_owned(), FaultCode::UnknownZone));
}

#[test]
fn no_fault_repeats_what_was_sent() {
    let secret = "张三13800000000";
    let input = with(json!({
        "kind": secret, "occurred": secret, "case": {"id": secret}, "language": secret,
        "category": secret, "jurisdiction": secret, "received": secret, "source": secret,
        "links": [{"kind": secret, "to": secret}], "components": [{"name": "a", "sha256": secret, "media_type": secret}],
    }));
    let shown = Capture::from_json(&input, &defaults())
        .unwrap_err()
        .iter()
        .map(|fault| format!("{fault:?} {:?}", fault.code.facts()))
        .collect::<String>();
    assert!(!shown.contains("1380"), "{shown}");
}

#[test]
fn nothing_that_was_captured_shows_in_debug_output() {
    let input = with(json!({
        "kind": "authorization", "title": "秘密一", "notes": "秘密二", "tags": ["秘密三"], "case": "秘密四",
        "parties": [{"role": "customer", "name": "秘密五"}], "custom": {"秘密六": "秘密七"},
        "source": {"system": "秘密八", "external_id": "秘密九"}, "components": [{"name": "秘密.pdf", "sha256": "ab".repeat(32)}],
        "fields": {"purposes": ["秘密"], "signatory": {"name": "秘密"}, "paper_original": "秘密"}, "idempotency_key": "秘密",
    }));
    let shown = format!("{:?}", Capture::from_json(&input, &defaults()).unwrap());
    assert!(shown.contains("Authorization") && !shown.contains("秘密") && !shown.contains("abab"), "{shown}");
}

#[test]
fn an_input_put_together_here_is_judged_as_its_json() {
    let mut input = CaptureInput {
        kind: Some("授权书".to_owned()),
        occurred: Some("2026-03-01".to_owned()),
        parties: vec![PartyInput { role: "grantor".to_owned(), name: "样例甲".to_owned() }],
        custom: vec![("合同编号".to_owned(), "1".to_owned()), ("合同編號".to_owned(), "2".to_owned())],
        components: vec![ComponentInput { name: "a.pdf".to_owned(), ..ComponentInput::default() }],
        ..CaptureInput::default()
    };
    let faults = Capture::parse(&input, &defaults()).unwrap_err();
    assert_eq!((faults[0].path.as_str(), faults[0].code.as_str()), ("custom[1].name", "duplicate"));
    input.custom.pop();
    // As columns of a table give them, in either order.
    input.set_field("signatory.capacity", "法定代表人");
    input.set_field("signatory", "样例乙");
    input.set_field("signature", "valid");
    input.set_field("signature.method", "公章");
    input.set_field("purposes", "客服质检；故障排查; ");
    input.set_field("training_use", "否");
    let capture = Capture::parse(&input, &defaults()).unwrap();
    assert_eq!(
        Value::from(capture.descriptor.fields.to_json()),
        json!({
            "grantor": "样例甲",
            "signatory": {"name": "样例乙", "capacity": "legal_representative"},
            "purposes": ["客服质检", "故障排查"],
            "training_use": false,
            "signature": {"status": "valid", "method": "seal"},
        })
    );
    assert!(!format!("{input:?}").contains("样例"));
}

#[test]
fn a_source_is_identified_without_confusion() {
    let identity = |system: &str, id: &str, revision: Option<&str>| {
        let source = json!({"system": system, "external_id": id, "revision": revision});
        let capture = Capture::from_json(&with(json!({"source": source})), &defaults()).unwrap();
        let source = capture.descriptor.source.unwrap();
        (source.identity_text(), source.revision_text())
    };
    assert_ne!(identity("a", "b,c", None), identity("a,b", "c", None));
    assert_eq!(identity("CRM", "1", Some("2")).0, identity("CRM", "1", Some("3")).0);
    assert_ne!(identity("CRM", "1", Some("2")).1, identity("CRM", "1", Some("3")).1);
    assert_eq!(identity("CRM", "1", None), (r#"["CRM","1"]"#.to_owned(), None));
}

#[test]
fn a_descriptor_of_a_later_version_is_named_as_such() {
    let sealed = |value: Value| Descriptor::from_bytes(&crate::base::canonical::to_bytes(&value));
    assert_eq!(sealed(json!({"v": 2})), Err(BadDescriptor::Version { found: 2 }));
    assert_eq!(sealed(json!({"title": "x"})), Err(BadDescriptor::Form));
    let Err(BadDescriptor::Members { faults }) = sealed(json!({"v": 1, "form": "plain", "titel": "x"}))
    else {
        panic!("members are wrong")
    };
    assert_eq!(faults.len(), 3, "{faults:?}");
}

#[test]
fn a_descriptor_has_one_spelling_only() {
    let descriptor = Capture::from_json(&with(json!({"tags": ["甲"]})), &defaults()).unwrap().descriptor;
    let bytes = descriptor.to_bytes();
    let text = bytes.expose_text().unwrap();
    assert_eq!(Descriptor::from_bytes(text.as_bytes()), Ok(descriptor));
    for other in [
        text.replace(",\"", ", \""),
        text.replace("[\"甲\"]", "\"甲\""),
        text.replace("\"plain\"", "\"Plain\""),
        format!("{text} "),
    ] {
        assert_ne!(other, text);
        assert_eq!(Descriptor::from_bytes(other.as_bytes()), Err(BadDescriptor::Form), "{other}");
    }
}

/// JSON that looks like a capture here and there.
fn any_json() -> impl Strategy<Value = Value> {
    let word = prop::sample::select(vec![
        "",
        " ",
        "ticket",
        "authorization",
        "2026-03-01",
        "2026-02-30",
        "a.txt",
        "customer",
        "客户",
        "x/y",
        "\u{202E}",
        "unsigned",
        "valid",
        "CN",
        "01890a5d-ac96-774b-bcce-b302099a8057",
        "corrects",
        "full",
        "collect;use",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word.prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    let name = prop::sample::select(vec![
        "kind",
        "subkind",
        "case",
        "id",
        "occurred",
        "title",
        "parties",
        "role",
        "name",
        "fields",
        "custom",
        "tags",
        "links",
        "to",
        "source",
        "system",
        "external_id",
        "components",
        "bytes",
        "signature",
        "status",
        "valid_from",
        "valid_to",
        "acceptance",
        "reservations",
        "paper_original",
        "activities",
        "operations",
        "score",
        "zone",
        "",
    ]);
    leaf.prop_recursive(4, 64, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..10).prop_map(|members| members
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect()),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_is_sent_is_taken_or_refused_with_reasons(members in any_json(), kind in 0..Kind::all().count()) {
        let mut input = with(json!({}));
        input["kind"] = json!(Kind::all().nth(kind).unwrap().closest_word());
        if let Value::Object(members) = members {
            input.as_object_mut().unwrap().extend(members);
        }
        match Capture::from_json(&input, &defaults()) {
            Ok(capture) => {
                let sealed = capture.descriptor.to_bytes();
                prop_assert_eq!(Descriptor::from_bytes(sealed.expose()), Ok(capture.descriptor));
            }
            Err(faults) => prop_assert!(!faults.is_empty()),
        }
    }

    #[test]
    fn what_was_taken_once_is_read_back_as_it_is(
        title in ".{1,40}", name in ".{1,40}", custom in prop::collection::vec((".{1,20}", ".{1,60}"), 0..8),
        notes in "(?s).{1,80}",
    ) {
        let custom: Vec<Value> =
            custom.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
        let input = with(json!({
            "title": title, "parties": [{"role": "customer", "name": name}], "custom": custom, "notes": notes,
        }));
        if let Ok(capture) = Capture::from_json(&input, &defaults()) {
            let sealed = capture.descriptor.to_bytes();
            prop_assert_eq!(Descriptor::from_bytes(sealed.expose()), Ok(capture.descriptor));
        }
    }
}

#[test]
fn nothing_is_on_record_before_it_has_happened() {
    let ahead = FaultCode::AfterNow;
    for field in ["occurred", "received"] {
        // The clock shows 09:00 of 2 March in Shanghai.
        for text in ["2026-03-02", "2026-03-03", "2026-03-03T09:00:00+08:00"] {
            assert!(Capture::from_json(&with(json!({field: text})), &defaults()).is_ok(), "{field} {text}");
        }
        for text in ["2026-03-04", "2026-03-03T09:00:01+08:00", "2036-01-01"] {
            assert_eq!(fault_of(json!({field: text})), (field.to_owned(), ahead.clone()), "{text}");
        }
    }
}
