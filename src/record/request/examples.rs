//! The examples of `docs/formats/capture` are what people copy: every one of them must be taken.

use super::{Capture, CaptureDefaults, read_json};
use crate::base::civil::Zone;
use crate::base::limits::{ACTIVITIES_MAX, CUSTOM_VALUE_CHARS_MAX, NOTE_CHARS_MAX};
use crate::base::moment::Moment;
use crate::record::descriptor::Descriptor;
use crate::record::fields::{
    Acceptance, Capacity, Fields, Form, Operation, SignatureMethod, SignatureStatus,
};
use crate::record::jurisdiction::Jurisdiction;
use crate::record::kind::{Kind, Subkind};
use crate::record::matter::{MatterFields, MatterKind};
use crate::record::party::PartyRole;

macro_rules! example {
    ($name:literal) => {
        include_str!(concat!("../../../docs/formats/capture/", $name, ".json"))
    };
}

const EXAMPLES: &[(&str, Kind)] = &[
    (example!("authorization"), Kind::Authorization),
    (example!("processing_log"), Kind::ProcessingLog),
    (example!("delivery_confirmation"), Kind::DeliveryConfirmation),
    (example!("service_record.ticket"), Kind::ServiceRecord(Subkind::Ticket)),
    (example!("service_record.complaint"), Kind::ServiceRecord(Subkind::Complaint)),
    (example!("service_record.review"), Kind::ServiceRecord(Subkind::Review)),
    (example!("service_record.feedback"), Kind::ServiceRecord(Subkind::Feedback)),
    (example!("service_record.handover"), Kind::ServiceRecord(Subkind::Handover)),
    (example!("service_record.recording"), Kind::ServiceRecord(Subkind::Recording)),
];

fn capture(text: &str) -> Capture {
    let defaults = CaptureDefaults {
        jurisdiction: Jurisdiction::china(),
        zone: Zone::SHANGHAI,
        now: Moment::parse("2026-06-01T00:00:00Z").unwrap(),
        content_comes_apart: false,
    };
    Capture::from_json(&read_json(text.as_bytes()).unwrap(), &defaults)
        .unwrap_or_else(|faults| panic!("{text}\n{faults:#?}"))
}

#[test]
fn every_example_is_taken_and_its_descriptor_read_back() {
    for (text, kind) in EXAMPLES {
        let capture = capture(text);
        assert_eq!(capture.kind, *kind);
        let sealed = capture.descriptor.to_bytes();
        assert_eq!(Descriptor::from_bytes(sealed.expose()), Ok(capture.descriptor));
    }
}

#[test]
fn the_authorization_says_all_that_the_rules_ask() {
    let capture = capture(EXAMPLES[0].0);
    let Fields::Authorization(fields) = &capture.descriptor.fields else { panic!("another form") };
    assert_eq!(fields.operations, [Operation::Collect, Operation::Store, Operation::Use]);
    assert_eq!(fields.signatory.as_ref().unwrap().capacity, Some(Capacity::LegalRepresentative));
    assert_eq!(fields.grantee.as_ref().unwrap().as_str(), "远山示例服务有限公司", "taken from the parties");
    let signatories: Vec<&str> =
        capture.descriptor.parties_as(PartyRole::Signatory).map(|name| name.as_str()).collect();
    assert_eq!(signatories, ["样例甲"], "taken from the fields");
    assert_eq!(capture.descriptor.custom("合同編號"), Some("HT-2026-118"));
    assert_eq!(capture.received.to_seconds_text(), "2026-03-02T01:12:00Z");
}

#[test]
fn the_taiwanese_delivery_is_read_in_its_own_script_and_zone() {
    let capture = capture(EXAMPLES[2].0);
    assert_eq!(capture.occurred.zone.name(), "Asia/Taipei");
    let Fields::Delivery(fields) = &capture.descriptor.fields else { panic!("another form") };
    assert_eq!(fields.acceptance, Some(Acceptance::WithReservations));
    assert_eq!(capture.descriptor.title.as_str(), "驗收單.pdf", "the first file's name");
}

#[test]
fn a_record_on_paper_needs_no_file() {
    let capture = capture(EXAMPLES[7].0);
    assert!(capture.components.is_empty());
    assert!(capture.descriptor.fields.paper_original().is_some());
}

#[test]
fn the_sealed_descriptor_is_written_as_documented() {
    let sealed = capture(EXAMPLES[0].0).descriptor.to_bytes();
    let golden = include_str!("../../../docs/formats/descriptor-v1.json");
    assert_eq!(sealed.expose_text(), Some(golden.trim_end()));
}

#[test]
fn the_clear_facts_name_nobody() {
    let facts: Vec<String> = EXAMPLES
        .iter()
        .map(|(text, _)| serde_json::Value::from(capture(text).descriptor.fields.clear_facts()).to_string())
        .collect();
    insta::assert_snapshot!(facts.join("\n"));
    assert!(facts.iter().all(|facts| facts.is_ascii()), "free text of the examples is Chinese");
}

#[test]
fn the_example_of_a_matter_is_taken() {
    let value = read_json(example!("matter").as_bytes()).unwrap();
    let matter = MatterFields::from_json(&value).unwrap();
    assert_eq!(matter.kind, MatterKind::Litigation);
    assert_eq!(matter.evidence_deadline.unwrap().to_string(), "2026-07-15");
    assert_eq!(MatterFields::from_json(&matter.to_json().into()), Ok(matter));
}

const DOCUMENT: &str = include_str!("../../../docs/formats/descriptor.md");

#[test]
fn the_document_names_every_field_of_every_form() {
    for name in Form::ALL.iter().flat_map(|form| form.names()) {
        assert!(DOCUMENT.contains(&format!("| `{name}`")), "{name}");
    }
    for limit in [ACTIVITIES_MAX, CUSTOM_VALUE_CHARS_MAX, NOTE_CHARS_MAX] {
        let spaced = format!("≤ {} {:03}", limit / 1000, limit % 1000);
        assert!(DOCUMENT.contains(&spaced), "{spaced}");
    }
}

/// The words that follow `start` in the document, each with its Chinese words.
fn documented(start: &str) -> Vec<(&'static str, Vec<&'static str>)> {
    let text = DOCUMENT.split(start).nth(1).unwrap();
    let text = text.split(['|', '.']).next().unwrap();
    text.split('·')
        .map(|item| {
            let (word, others) = item.trim().strip_prefix('`').unwrap().split_once('`').unwrap();
            (word, others.split_whitespace().collect())
        })
        .collect()
}

#[test]
fn requests_may_use_every_word_of_the_document_in_every_language() {
    macro_rules! check {
        ($start:literal, $set:ty) => {
            let documented = documented($start);
            let words: Vec<&str> = documented.iter().map(|(word, _)| *word).collect();
            assert_eq!(words, <$set>::WORDS);
            for (word, others) in documented {
                assert_eq!(others.len(), 2, "{word}");
                for other in others {
                    assert_eq!(<$set>::parse(other).map(<$set>::as_str), Ok(word), "{other}");
                }
            }
        };
    }
    check!("Roles: ", PartyRole);
    check!("| operation | ", Operation);
    check!("| capacity | ", Capacity);
    check!("| signature status | ", SignatureStatus);
    check!("| signature method | ", SignatureMethod);
    check!("| acceptance | ", Acceptance);
}

#[test]
fn kinds_of_the_glossary_are_read_in_every_language() {
    for (kind, words) in [
        (Kind::Authorization, ["客户授权书", "客戶授權書", "authorization"]),
        (Kind::ProcessingLog, ["数据处理日志", "資料處理紀錄", "processing log"]),
        (Kind::DeliveryConfirmation, ["服务交付确认单", "服務交付確認單", "delivery confirmation"]),
        (Kind::ServiceRecord(Subkind::Review), ["复盘", "檢討", "review"]),
        (Kind::ServiceRecord(Subkind::Feedback), ["客户反馈", "客戶回饋", "feedback"]),
    ] {
        for word in words {
            assert_eq!(Kind::parse(word), Ok(kind), "{word}");
        }
    }
}
