use serde_json::Value;

use crate::access::role::Role;
use crate::archive::cases::tests::caller;
use crate::archive::refusal::{Refusal, Thing, Withheld};
use crate::archive::tests::{Scratch, scratch};
use crate::archive::verify::{VerifyOptions, verify};
use crate::base::id::RecordId;
use crate::base::limits::RENDITION_BYTES_MAX;

use super::*;

fn ticket(case: &str, name: &str) -> String {
    format!(
        r#"{{"kind": "ticket", "case": "{case}", "occurred": "2026-03-01", "title": "断网",
        "parties": [{{"role": "customer", "name": "欧阳若曦"}}], "components": [{{"name": "{name}"}}]}}"#
    )
}

fn request(record: RecordId, profile: Option<&str>) -> RenditionRequest {
    let profile = profile.map(str::to_owned);
    RenditionRequest { record, entry: None, version: None, component: 0, profile }
}

fn rendered(scratch: &Scratch, name: &str, content: &[u8], profile: Option<&str>) -> Rendition {
    let receipt = scratch.capture(&ticket("SC-1", name), content).unwrap();
    scratch.archive.redacted_rendition(&scratch.operator(), &request(receipt.record, profile)).unwrap()
}

#[test]
fn each_format_stays_what_it_was_and_nobody_in_it_can_be_found() {
    let scratch = scratch();
    let text = rendered(&scratch, "a.txt", "联系人：王小明，电话13800138000。".as_bytes(), None);
    assert_eq!(text.document.as_str(), "联系人：[当事人1]，电话138****8000。");
    let csv = rendered(&scratch, "a.csv", "姓名,手机号\n王小明,13800138000\n".as_bytes(), None);
    assert_eq!(csv.document.as_str(), "姓名,手机号\n[当事人1],138****8000\n");
    let json = rendered(&scratch, "a.json", r#"{"name":"王小明","n":3}"#.as_bytes(), None);
    assert_eq!(json.document.as_str(), r#"{"name":"[当事人1]","n":3}"#);
    let xml = rendered(&scratch, "a.xml", "<c><name>王小明</name><n>3</n></c>".as_bytes(), None);
    assert_eq!(xml.document.as_str(), "<c><name>[当事人1]</name><n>3</n></c>");
    let kinds = [text.media_type, csv.media_type, json.media_type, xml.media_type];
    assert_eq!(kinds, ["text/plain", "text/csv", "application/json", "application/xml"]);
    assert!(text.name.ends_with(".component1.redacted.txt") && !text.name.contains("a.txt"), "{}", text.name);
}

#[test]
fn a_file_in_another_encoding_is_read_in_it() {
    let scratch = scratch();
    let bytes = crate::document::Charset::Gb18030
        .encode("联系人：王小明，电话13800138000，请尽快回复客户。")
        .unwrap();
    let rendition = rendered(&scratch, "a.txt", &bytes, None);
    assert_eq!(rendition.charset.as_str(), "GB18030");
    assert_eq!(rendition.document.as_str(), "联系人：[当事人1]，电话138****8000，请尽快回复客户。");
}

#[test]
fn who_is_named_as_a_party_is_known_in_the_text_and_has_one_number_in_the_case() {
    let scratch = scratch();
    let first = rendered(&scratch, "a.txt", "王小明致电，欧阳女士已知悉".as_bytes(), None);
    let second = rendered(&scratch, "b.txt", "转欧阳若曦处理；王小明同意".as_bytes(), None);
    let number = |rendition: &Rendition, before: &str| {
        let text = rendition.document.as_str();
        text.split(before).next().unwrap().rsplit_once('[').unwrap().1.to_owned()
    };
    assert_eq!(number(&first, "致电"), number(&second, "同意"));
    assert!(
        !second.document.contains("若曦") && !first.document.contains("欧阳"),
        "{}",
        first.document.as_str()
    );
    // Another case counts for itself.
    let receipt = scratch.capture(&ticket("SC-2", "c.txt"), "联系人：赵敏捷".as_bytes()).unwrap();
    let other =
        scratch.archive.redacted_rendition(&scratch.operator(), &request(receipt.record, None)).unwrap();
    assert_eq!(other.document.as_str(), "联系人：[当事人1]");
}

#[test]
fn stand_ins_are_the_same_in_all_records_of_a_case_and_other_in_the_next() {
    let scratch = scratch();
    let text = "联系人：王小明，电话13800138000。".as_bytes();
    let first = rendered(&scratch, "a.txt", text, Some("teaching"));
    let again = rendered(&scratch, "b.txt", text, Some("teaching"));
    assert_eq!(first.document, again.document);
    assert!(!first.document.contains("王小明") && !first.document.contains("13800138000"));
    let receipt = scratch.capture(&ticket("SC-2", "c.txt"), text).unwrap();
    let wanted = request(receipt.record, Some("teaching"));
    let other = scratch.archive.redacted_rendition(&scratch.operator(), &wanted).unwrap();
    assert_ne!(first.document, other.document);
}

#[test]
fn the_ledger_says_that_it_was_made_and_nothing_of_what_it_hides() {
    let scratch = scratch();
    let rendition = rendered(&scratch, "a.txt", "联系人：王小明，电话13800138000。".as_bytes(), None);
    let record = RecordId::parse(rendition.name.split('.').next().unwrap()).unwrap();
    let custody = scratch.archive.custody(&scratch.operator(), record).unwrap();
    let last = custody.last().unwrap();
    assert_eq!((last.kind.as_str(), last.index), ("redacted", rendition.ledger_index));
    let body: Value = serde_json::from_slice(&last.bytes).unwrap();
    assert_eq!(body["facts"]["policy"], "opposing-party");
    assert_eq!(body["facts"]["hidden"], 2);
    let told = format!("{}{}", String::from_utf8_lossy(&last.bytes), rendition.report.to_json());
    assert!(!told.contains("王") && !told.contains("138"), "{told}");
    let database = Some(crate::archive::tests::database_url(&scratch.place));
    let options = VerifyOptions { database, ..VerifyOptions::default() };
    assert_eq!(verify(&scratch.place, &options, &mut |_| {}).unwrap().faults.len(), 0);
}

#[test]
fn what_cannot_be_read_to_its_end_is_withheld_and_leaves_no_entry() {
    let scratch = scratch();
    let mail = b"From: a@b.cn\r\nTo: c@d.cn\r\nSubject: x\r\nMIME-Version: 1.0\r\n\r\nMTM4MDAxMzgwMDA=\r\n";
    let large = vec![b'x'; usize::try_from(RENDITION_BYTES_MAX).unwrap() + 1];
    for (name, content) in [("a.pdf", &b"%PDF-1.7\n1 0 obj"[..]), ("a.eml", mail), ("a.txt", &large)] {
        let receipt = scratch.capture(&ticket("SC-1", name), content).unwrap();
        let refused = scratch.archive.redacted_rendition(&scratch.operator(), &request(receipt.record, None));
        assert!(
            matches!(refused, Err(Refusal::Withheld(why)) if
            why == Withheld::NoText || why == (Withheld::TooLarge { most: RENDITION_BYTES_MAX })),
            "{name}"
        );
        let custody = scratch.archive.custody(&scratch.operator(), receipt.record).unwrap();
        assert_eq!(custody.last().unwrap().kind.as_str(), "captured", "{name}");
    }
}

#[test]
fn a_profile_that_hides_nothing_or_is_unknown_is_given_to_nobody() {
    let scratch = scratch();
    let receipt = scratch.capture(&ticket("SC-1", "a.txt"), "王小明".as_bytes()).unwrap();
    for profile in ["court", "dsar", "none", ""] {
        let wanted = request(receipt.record, Some(profile));
        let refused = scratch.archive.redacted_rendition(&scratch.operator(), &wanted);
        assert!(matches!(refused, Err(Refusal::Faults(faults)) if faults[0].path == "profile"), "{profile}");
    }
}

#[test]
fn who_never_learns_names_gets_profiles_that_show_none() {
    let scratch = scratch();
    let text = "联系人：王小明，青禾科技有限公司，电话13800138000。";
    let receipt = scratch.capture(&ticket("SC-1", "a.txt"), text.as_bytes()).unwrap();
    let trainer = caller(Role::Trainer, 7, &[receipt.case.unwrap()]);
    let own = scratch.archive.redacted_rendition(&trainer, &request(receipt.record, None)).unwrap();
    assert_eq!(own.report.policy, "teaching");
    assert!(!own.document.contains("青禾") && !own.document.contains("王小明"), "{}", own.document.as_str());
    let refused = scratch.archive.redacted_rendition(&trainer, &request(receipt.record, Some("auditor")));
    assert!(matches!(refused, Err(Refusal::Faults(_))), "an auditor's profile keeps the names of companies");
    let stranger = caller(Role::Trainer, 8, &[]);
    let refused = scratch.archive.redacted_rendition(&stranger, &request(receipt.record, None));
    assert!(matches!(refused, Err(Refusal::NotFound(Thing::Record))));
    let auditor = caller(Role::Auditor, 9, &[]);
    let refused = scratch.archive.redacted_rendition(&auditor, &request(receipt.record, None));
    assert!(matches!(refused, Err(Refusal::Forbidden)));
}

#[test]
fn a_file_inside_a_text_goes_whatever_the_profile_keeps() {
    let scratch = scratch();
    let page =
        "<p>王小明</p><img alt=\"x\" src=\"data:image/png;base64,iVBORw0KGgo\nAAAANSUhEUg==\"><p>end</p>";
    for profile in ["opposing-party", "auditor", "teaching", "hipaa-safe-harbor"] {
        let rendition = rendered(&scratch, "a.html", page.as_bytes(), Some(profile));
        let text = rendition.document.as_str();
        assert!(
            !text.contains("iVBOR") && !text.contains("AAAAN") && text.ends_with("\"><p>end</p>"),
            "{profile}: {text}"
        );
        assert_eq!(rendition.report.counts().get("EMBEDDED_FILE"), Some(&1), "{profile}");
    }
}
