use std::time::Duration;

use serde_json::Value;

use crate::access::role::Role;
use crate::archive::cases::tests::caller;
use crate::archive::refusal::{Refusal, Thing, Withheld};
use crate::archive::stage::Declared;
use crate::archive::tests::{Scratch, on_postgres, scratch};
use crate::archive::verify::{VerifyOptions, verify};
use crate::base::id::RecordId;
use crate::base::limits::RENDITION_BYTES_MAX;
use crate::store::testing::execute_raw;

use super::*;

fn ticket(case: &str, name: &str) -> String {
    format!(
        r#"{{"kind": "ticket", "case": "{case}", "occurred": "2026-03-01", "title": "断网",
        "parties": [{{"role": "customer", "name": "欧阳若曦"}}], "components": [{{"name": "{name}"}}]}}"#
    )
}

fn request(record: RecordId, profile: Option<&str>) -> RenditionRequest {
    let profile = profile.map(str::to_owned);
    RenditionRequest { record, entry: None, version: None, component: 0, profile, looked_at: Vec::new() }
}

fn rendered(scratch: &Scratch, name: &str, content: &[u8], profile: Option<&str>) -> Rendition {
    let receipt = scratch.capture(&ticket("SC-1", name), content).unwrap();
    scratch.archive.redacted_rendition(&scratch.operator(), &request(receipt.record, profile)).unwrap()
}

#[test]
fn each_format_stays_what_it_was_and_nobody_in_it_can_be_found() {
    let scratch = scratch();
    let text = rendered(&scratch, "a.txt", "联系人：王小明，电话13800138000。".as_bytes(), None);
    assert_eq!(text.said(), "联系人：[当事人1]，电话138****8000。");
    let csv = rendered(&scratch, "a.csv", "姓名,手机号\n王小明,13800138000\n".as_bytes(), None);
    assert_eq!(csv.said(), "姓名,手机号\n[当事人1],138****8000\n");
    let json = rendered(&scratch, "a.json", r#"{"name":"王小明","n":3}"#.as_bytes(), None);
    assert_eq!(json.said(), r#"{"name":"[当事人1]","n":3}"#);
    let xml = rendered(&scratch, "a.xml", "<c><name>王小明</name><n>3</n></c>".as_bytes(), None);
    assert_eq!(xml.said(), "<c><name>[当事人1]</name><n>3</n></c>");
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
    assert_eq!(rendition.said(), "联系人：[当事人1]，电话138****8000，请尽快回复客户。");
}

#[test]
fn who_is_named_as_a_party_is_known_in_the_text_and_has_one_number_in_the_case() {
    let scratch = scratch();
    let first = rendered(&scratch, "a.txt", "王小明致电，欧阳女士已知悉".as_bytes(), None);
    let second = rendered(&scratch, "b.txt", "转欧阳若曦处理；王小明同意".as_bytes(), None);
    let number = |rendition: &Rendition, before: &str| {
        let text = rendition.said();
        text.split(before).next().unwrap().rsplit_once('[').unwrap().1.to_owned()
    };
    assert_eq!(number(&first, "致电"), number(&second, "同意"));
    assert!(!second.said().contains("若曦") && !first.said().contains("欧阳"), "{}", first.said());
    // Another case counts for itself.
    let receipt = scratch.capture(&ticket("SC-2", "c.txt"), "联系人：赵敏捷".as_bytes()).unwrap();
    let other =
        scratch.archive.redacted_rendition(&scratch.operator(), &request(receipt.record, None)).unwrap();
    assert_eq!(other.said(), "联系人：[当事人1]");
}

#[test]
fn stand_ins_are_the_same_in_all_records_of_a_case_and_other_in_the_next() {
    let scratch = scratch();
    let text = "联系人：王小明，电话13800138000。".as_bytes();
    let first = rendered(&scratch, "a.txt", text, Some("teaching"));
    let again = rendered(&scratch, "b.txt", text, Some("teaching"));
    assert_eq!(first.said(), again.said());
    assert!(!first.said().contains("王小明") && !first.said().contains("13800138000"));
    let receipt = scratch.capture(&ticket("SC-2", "c.txt"), text).unwrap();
    let wanted = request(receipt.record, Some("teaching"));
    let other = scratch.archive.redacted_rendition(&scratch.operator(), &wanted).unwrap();
    assert_ne!(first.said(), other.said());
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
    let told = format!("{}{}", String::from_utf8_lossy(&last.bytes), rendition.report);
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
fn who_may_not_read_the_original_gets_a_rendition_once_all_of_it_was_looked_at() {
    let scratch = scratch();
    let text = "联系人：王小明，青禾科技有限公司，电话13800138000，要求更正资料。";
    let receipt = scratch.capture(&ticket("SC-1", "a.txt"), text.as_bytes()).unwrap();
    let case = receipt.case.unwrap();
    let rendered =
        |caller, profile| scratch.archive.redacted_rendition(&caller, &request(receipt.record, profile));
    let trainer = || caller(Role::Trainer, 7, &[case]);
    let service = || caller(Role::Service, 5, &[case]);
    assert!(rendered(caller(Role::Legal, 6, &[case]), None).is_ok());
    for waiting in [trainer(), service()] {
        let refused = rendered(waiting, None);
        assert!(matches!(refused, Err(Refusal::Withheld(Withheld::NotExamined))));
    }
    assert_eq!(scratch.archive.detect_pending(Duration::from_secs(60)).unwrap(), 0);
    let taught = rendered(trainer(), None).unwrap();
    assert_eq!(taught.report["policy"]["name"], "teaching");
    let document = taught.said();
    assert!(document.contains("要求更正资料"), "{document}");
    for value in ["王小明", "青禾", "13800138000"] {
        assert!(!document.contains(value), "{value} in {document}");
    }
    let served = rendered(service(), None).unwrap();
    assert_eq!(served.report["policy"]["name"], "opposing-party");
    assert!(served.said().contains("[当事人") && served.said().contains("138****8000"));
    // Each within the own level, and within grants.
    for (caller, profile) in [(trainer(), "opposing-party"), (trainer(), "court"), (service(), "auditor")] {
        assert!(matches!(rendered(caller, Some(profile)), Err(Refusal::Faults(_))), "{profile}");
    }
    assert!(rendered(service(), Some("teaching")).is_ok());
    for role in [Role::Legal, Role::Trainer, Role::Service] {
        let outside = rendered(caller(role, 8, &[]), None);
        assert!(matches!(outside, Err(Refusal::NotFound(Thing::Record))), "{role}");
    }
    for role in [Role::Auditor, Role::Reviewer, Role::Administrator] {
        assert!(matches!(rendered(caller(role, 9, &[]), None), Err(Refusal::Forbidden)), "{role}");
    }
    let custody = scratch.archive.custody(&scratch.operator(), receipt.record).unwrap();
    let redacted = custody.iter().filter(|entry| entry.kind.as_str() == "redacted").count();
    assert_eq!(redacted, 4, "each that was made, and none that was not");
}

#[test]
fn a_page_is_painted_for_those_who_may_read_the_original_and_for_nobody_else() {
    let scratch = scratch();
    let receipt = scratch.capture(&ticket("SC-1", "a.pdf"), b"%PDF-1.7\n1 0 obj").unwrap();
    let case = receipt.case.unwrap();
    let painted = |caller| {
        let of = request(receipt.record, None);
        let page = PageRequest { of, page: 1, dots_per_inch: 96 };
        scratch.archive.redacted_page(&caller, &page).err().unwrap()
    };
    // Nothing reads documents in here: who may see the page hears that it has no text.
    for (role, grants) in [(Role::Legal, &[case][..]), (Role::PrivacyOfficer, &[])] {
        assert!(matches!(painted(caller(role, 6, grants)), Refusal::Withheld(Withheld::NoText)), "{role}");
    }
    for role in [Role::Trainer, Role::Service, Role::Archivist] {
        let refusal = painted(caller(role, 7, &[case]));
        let is_withheld = matches!(refusal, Refusal::Withheld(Withheld::Unproven | Withheld::NotExamined));
        assert!(is_withheld, "{role}: {refusal}");
    }
    for role in [Role::Legal, Role::Trainer, Role::Service, Role::Archivist] {
        assert!(matches!(painted(caller(role, 8, &[])), Refusal::NotFound(Thing::Record)), "{role}");
    }
    for role in [Role::Auditor, Role::Reviewer, Role::Administrator] {
        assert!(matches!(painted(caller(role, 9, &[case])), Refusal::Forbidden), "{role}");
    }
    let custody = scratch.archive.custody(&scratch.operator(), receipt.record).unwrap();
    assert!(custody.iter().all(|entry| entry.kind.as_str() != "redacted"));
}

#[test]
fn what_was_looked_at_before_is_no_proof_of_what_came_since() {
    let scratch = scratch();
    let receipt = scratch.capture(&ticket("SC-1", "a.txt"), "联系人：王小明".as_bytes()).unwrap();
    let trainer = caller(Role::Trainer, 7, &[receipt.case.unwrap()]);
    let rendered = |version| {
        let wanted = RenditionRequest { version, ..request(receipt.record, None) };
        scratch.archive.redacted_rendition(&trainer, &wanted)
    };
    let examine = || assert_eq!(scratch.archive.detect_pending(Duration::from_secs(60)).unwrap(), 0);
    examine();
    assert!(rendered(Some(1)).is_ok());
    let again = scratch.request(&ticket("SC-1", "b.txt"));
    let staged = scratch.archive.stage("联系人：孙文静".as_bytes(), Declared::default()).unwrap();
    scratch.archive.amend(&scratch.operator(), receipt.record, again, vec![staged], Some(1)).unwrap();
    for version in [None, Some(1), Some(2)] {
        assert!(matches!(rendered(version), Err(Refusal::Withheld(Withheld::NotExamined))), "{version:?}");
    }
    examine();
    assert!(rendered(None).is_ok());
    assert!(
        matches!(rendered(Some(1)), Err(Refusal::Withheld(Withheld::NotExamined))),
        "nothing is kept of it"
    );
}

#[test]
fn whoever_a_log_names_in_its_fields_is_hidden_whatever_the_name_looks_like() {
    let scratch = scratch();
    let line =
        r#"{"at":"2026-03-01T08:00:00+08:00","operation":"use","actor":"wangxiaohong","subject":"K-甲9"}"#;
    for profile in ["opposing-party", "auditor", "teaching", "hipaa-safe-harbor"] {
        let rendition = rendered(&scratch, "a.jsonl", line.as_bytes(), Some(profile));
        let text = rendition.said();
        assert!(!text.contains("wangxiaohong") && !text.contains("K-甲9"), "{profile}: {text}");
    }
}

#[test]
fn numbers_that_were_put_back_or_taken_away_are_not_gone_on_with() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    for attack in [
        "DELETE FROM cells WHERE part = 'redaction'",
        "UPDATE cells SET sealed = (SELECT sealed FROM kept), digest = (SELECT digest FROM kept) WHERE part = 'redaction'",
    ] {
        let scratch = scratch();
        rendered(&scratch, "a.txt", "联系人：王小明".as_bytes(), None);
        execute_raw(
            &scratch.place.database(),
            "CREATE TABLE kept AS SELECT sealed, digest FROM cells WHERE part = 'redaction'",
        );
        rendered(&scratch, "b.txt", "联系人：孙文静".as_bytes(), None);
        execute_raw(&scratch.place.database(), attack);
        let receipt = scratch.capture(&ticket("SC-1", "c.txt"), "联系人：赵敏捷".as_bytes()).unwrap();
        let refused = scratch.archive.redacted_rendition(&scratch.operator(), &request(receipt.record, None));
        assert!(matches!(refused, Err(Refusal::Damaged(_))), "{attack}");
    }
}

#[test]
fn a_party_that_was_taken_out_of_the_database_is_missed_before_its_name_is_shown() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    for table in ["case_parties", "record_parties"] {
        let scratch = scratch();
        let receipt = scratch.capture(&ticket("SC-1", "a.txt"), "今天和欧阳若曦谈了".as_bytes()).unwrap();
        execute_raw(&scratch.place.database(), &format!("DELETE FROM {table}"));
        let refused = scratch.archive.redacted_rendition(&scratch.operator(), &request(receipt.record, None));
        assert!(matches!(refused, Err(Refusal::Damaged(_))), "{table}");
    }
}

#[test]
fn what_no_reader_of_a_page_sees_is_hidden_too() {
    let scratch = scratch();
    let pages = [
        "<a><n><![CDATA[姓名：王小明，电话：13812345678]]></n></a>",
        "<p>x</p><!-- 客户电话 13812345678，王小明 -->",
        "<a><?note 王小明 13812345678?></a>",
        "<p data-p=13812345678 data-n=王小明>x</p>",
        "<div>库存 <5 件，请联系 王小明 13812345678</div>",
        "<!-- don't --><p>it's 王小明 13812345678</p>",
        "<p>电话 <b>138</b>12345678，联系人：王<b>小明</b></p>",
        "<p>电话 138&ndash;1234&ndash;5678，联系人：&#29579;小&#26126;</p>",
        "<script>var t = \"13812345678\"; // 王小明\n</script>",
        "<!DOCTYPE a [<!ENTITY who \"王小明 13812345678\">]><a>&who;</a>",
    ];
    for (number, page) in pages.iter().enumerate() {
        for name in ["a.html", "a.xml"] {
            let receipt = scratch.capture(&ticket(&format!("SC-{number}"), name), page.as_bytes()).unwrap();
            match scratch
                .archive
                .redacted_rendition(&scratch.operator(), &request(receipt.record, Some("hipaa-safe-harbor")))
            {
                Ok(rendition) => {
                    let left = crate::redaction::known::plain(rendition.said());
                    assert!(
                        !left.contains("12345678") && !left.contains("小明"),
                        "{name} {page}: {}",
                        rendition.said()
                    );
                }
                Err(refusal) => assert!(matches!(refusal, Refusal::Withheld(_)), "{name} {page}: {refusal}"),
            }
        }
    }
}

#[test]
fn a_value_written_in_codes_is_hidden_or_the_text_withheld() {
    let scratch = scratch();
    let base64 = "6IGU57O75Lq677ya546L5bCP5piO77yM55S16K+dMTM4MTIzNDU2Nzg=";
    let texts = [
        ("a.txt", r"\u8054\u7cfb\u4eba\uff1a\u738b\u5c0f\u660e 13812345678".to_owned()),
        ("a.txt", "/q?name=%E7%8E%8B%E5%B0%8F%E6%98%8E&tel=%31%33812345678".to_owned()),
        ("a.txt", "姓名：&#29579&#23567&#26126 电话：13812345678".to_owned()),
        ("a.txt", "Subject: x\nContent-Transfer-Encoding: quoted-printable\n\n=E8=81=94=E7=B3=BB=E4=BA=BA=EF=BC=9A=\n=E7=8E=8B=E5=B0=8F=E6=98=8E 138123=\n45678\n".to_owned()),
        ("a.txt", format!("Subject: x\nContent-Transfer-Encoding: base64\n\n{base64}\n")),
        ("a.eml", format!("Subject: x\nContent-Transfer-Encoding: base64\n\n{base64}\n")),
        ("a.json", r#"{"a":"{\"b\":\"{\\\"name\\\":\\\"\\\\u738b\\\\u5c0f\\\\u660e\\\",\\\"t\\\":\\\"\\\\n13812345678\\\"}\"}"}"#.to_owned()),
        ("a.csv", format!("备注\n{base64}\n")),
        ("a.html", format!("<p data-x=\"{base64}\">&amp;#29579;&amp;#23567;&amp;#26126;</p>")),
    ];
    for (number, (name, text)) in texts.iter().enumerate() {
        for profile in ["opposing-party", "teaching"] {
            let receipt = scratch.capture(&ticket(&format!("SC-{number}"), name), text.as_bytes()).unwrap();
            let wanted = request(receipt.record, Some(profile));
            match scratch.archive.redacted_rendition(&scratch.operator(), &wanted) {
                Ok(rendition) => {
                    let document = rendition.said();
                    let seen = crate::redaction::shape::Shape::open(document, crate::redaction::Format::Text);
                    let left = crate::redaction::known::plain(&seen.logical());
                    assert!(
                        !left.contains("12345678") && !left.contains("小明"),
                        "{name} {text}: {document}"
                    );
                    assert!(!document.contains("546L5bCP5piO"), "{name} {text}: {document}");
                }
                Err(refusal) => assert!(matches!(refusal, Refusal::Withheld(_)), "{name} {text}: {refusal}"),
            }
        }
    }
}

#[test]
fn a_file_inside_a_text_goes_whatever_the_profile_keeps() {
    let scratch = scratch();
    let page =
        "<p>王小明</p><img alt=\"x\" src=\"data:image/png;base64,iVBORw0KGgo\nAAAANSUhEUg==\"><p>end</p>";
    for profile in ["opposing-party", "auditor", "teaching", "hipaa-safe-harbor"] {
        let rendition = rendered(&scratch, "a.html", page.as_bytes(), Some(profile));
        let text = rendition.said();
        assert!(
            !text.contains("iVBOR") && !text.contains("AAAAN") && text.ends_with("\"><p>end</p>"),
            "{profile}: {text}"
        );
        assert_eq!(rendition.report["counts"]["EMBEDDED_FILE"], 1, "{profile}");
    }
}
