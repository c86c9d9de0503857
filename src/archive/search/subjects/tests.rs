//! Look-ups over a real archive.

use std::time::Duration;

use crate::access::rights::{ActorRights, Via};
use crate::access::role::{Role, Roles};
use crate::access::scope::Level;
use crate::archive::bulk::{BulkOptions, OnFault};
use crate::archive::caller::Caller;
use crate::archive::records::RecordFilter;
use crate::archive::refusal::Refusal;
use crate::archive::search::{About, SearchFilters, SearchRequest, SubjectLookup, SubjectPage};
use crate::archive::tests::{Scratch, scratch};
use crate::base::id::{CaseId, RecordId, UserId};
use crate::base::wanted::Wanted;
use crate::ledger::entry::EntryKind;
use crate::record::feed::EntryFormat;
use crate::redaction::subject::AskedFor;
use crate::redaction::{Kind, SubjectClass};
use crate::store::rows::{components, detections, ledger, records};

impl Scratch {
    fn about(&self, case: &str, name: &str, content: &str) -> RecordId {
        let json = format!(
            r#"{{"kind": "ticket", "case": "{case}", "occurred": "2026-03-01", "title": "工单",
                "components": [{{"name": "{name}"}}]}}"#
        );
        let record = self.capture(&json, content.as_bytes()).unwrap().record;
        self.examined();
        record
    }

    fn examined(&self) {
        assert_eq!(self.archive.detect_pending(Duration::from_secs(60)).unwrap(), 0);
    }

    fn looked_up(&self, value: &str, class: Option<SubjectClass>) -> SubjectPage {
        self.archive.look_up_subject(&self.operator(), &asking(value, class)).unwrap()
    }

    fn who(&self, value: &str) -> Vec<RecordId> {
        ids(&self.looked_up(value, None))
    }

    fn lookups_entered(&self) -> Vec<String> {
        let archive = self.archive.inner.keys().archive.to_string();
        let entries = self.archive.inner.store.read(|conn| ledger::about(conn, &archive)).unwrap();
        let searches = entries.into_iter().filter(|entry| entry.kind == EntryKind::Searched);
        searches.map(|entry| String::from_utf8(entry.body).unwrap()).collect()
    }
}

fn asking(value: &str, class: Option<SubjectClass>) -> SubjectLookup {
    let asked = AskedFor::parse(value, class).ok().unwrap();
    SubjectLookup {
        asked,
        filters: SearchFilters::default(),
        cursor: None,
        limit: 20,
        wanted: Wanted::default(),
    }
}

fn ids(page: &SubjectPage) -> Vec<RecordId> {
    page.hits.iter().map(|hit| hit.hit.record).collect()
}

fn user(roles: &[Role], cases: &[CaseId]) -> Caller {
    let user = UserId::parse("01890a5d-ac96-774b-bcce-b302099a8057").unwrap();
    let mut rights = ActorRights::new(user, Roles::parse(roles.iter().copied()).unwrap(), Via::Session);
    rights.cases = cases.iter().copied().collect();
    Caller::for_test(rights)
}

#[test]
fn a_telephone_number_is_found_in_all_its_writings_and_no_other_is() {
    let scratch = scratch();
    let mut records = vec![
        scratch.about("SC-1", "a.txt", "客户电话：138 0013 8000，请回电。"),
        scratch.about("SC-1", "b.json", "{\"手机\": \"+86 138-0013-8000\"}"),
        scratch.about("SC-2", "c.csv", "姓名,手机\n张伟国,１３８００１３８０００\n"),
    ];
    scratch.about("SC-1", "d.txt", "客户电话：138 0013 8001，请回电。");
    records.reverse();
    for value in ["13800138000", "+86 138 0013 8000", "138-0013-8000"] {
        assert_eq!(scratch.who(value), records, "{value}");
    }
    let page = scratch.looked_up("13800138000", Some(SubjectClass::Phone));
    assert_eq!((page.about, page.examined.not_examined, page.next), (About::Exactly(3), 0, None));
    let hit = page.hits.last().unwrap();
    assert_eq!((hit.found[0].kind, hit.found[0].places), (Kind::Phone, 1));
    let pieces = &hit.hit.snippet.as_ref().unwrap().pieces;
    let marked: Vec<&str> =
        pieces.iter().filter(|piece| piece.highlighted).map(|piece| piece.text.as_str()).collect();
    assert_eq!(marked, ["138 0013 8000"]);
    assert_eq!(scratch.who("13900139000"), []);
    assert_eq!(ids(&scratch.looked_up("13800138000", Some(SubjectClass::Account))), []);
}

#[test]
fn people_are_found_by_every_kind_of_value() {
    let scratch = scratch();
    let record = scratch.about(
        "SC-1",
        "a.txt",
        "姓名：張偉國\n身份证号：11010519491231002X\n邮箱：Zhang.WG@Example.com\n\
         银行卡号：6222 0202 0011 2233 441\n微信号：wx_zhangwg88\n",
    );
    for (value, class) in [
        ("张伟国", SubjectClass::Name),
        ("11010519491231002x", SubjectClass::Id),
        ("zhang.wg@example.com", SubjectClass::Email),
        ("wx_zhangwg88", SubjectClass::Account),
    ] {
        assert_eq!(ids(&scratch.looked_up(value, Some(class))), [record], "{value}");
        assert_eq!(scratch.who(value), [record], "{value}");
    }
}

#[test]
fn a_party_is_found_where_only_a_surname_and_a_title_stand() {
    let scratch = scratch();
    let json = r#"{"kind": "ticket", "case": "SC-1", "occurred": "2026-03-01", "title": "工单",
        "parties": [{"role": "customer", "name": "张伟国"}], "components": [{"name": "a.txt"}]}"#;
    let record = scratch.capture(json, "张先生来电催问进度。".as_bytes()).unwrap().record;
    scratch.examined();
    let page = scratch.looked_up("張偉國", Some(SubjectClass::Name));
    assert_eq!(ids(&page), [record]);
    let snippet = page.hits[0].hit.snippet.as_ref().unwrap();
    let text: String = snippet.pieces.iter().map(|piece| piece.text.as_str()).collect();
    assert!(text.contains("张先生来电"), "the content, not the descriptor: {text}");
}

#[test]
fn entries_of_a_log_are_hits_of_their_own() {
    let scratch = scratch();
    let line = |day: u32, subject: &str| {
        format!(
            "{{\"at\":\"2026-03-{day:02}T09:00:00+08:00\",\"operation\":\"导出\",\"purpose\":\"服务\",\
             \"data_category\":\"联系方式\",\"system\":\"crm\",\"actor\":\"ops-7\",\"subject\":\"{subject}\"}}\n"
        )
    };
    let lines = [line(1, "13800138000"), line(2, "C-1"), line(3, "138-0013-8000")].concat();
    let capture = scratch.request(
        r#"{"kind": "processing_log", "case": "SC-9", "occurred": "2026-03-01", "title": "日志汇总"}"#,
    );
    let options = BulkOptions { format: EntryFormat::Jsonl, on_fault: OnFault::CaptureNothing };
    let operator = scratch.operator();
    scratch.archive.capture_entries(&operator, capture, options, &mut lines.as_bytes()).unwrap();
    scratch.examined();
    let page = scratch.looked_up("13800138000", None);
    assert_eq!(page.hits.iter().map(|hit| hit.hit.entry).collect::<Vec<_>>(), [Some(2), Some(0)]);
    let narrowed = SubjectLookup {
        filters: SearchFilters {
            occurred_from: crate::base::civil::CivilDate::parse("2026-03-02").ok(),
            ..SearchFilters::default()
        },
        ..asking("13800138000", None)
    };
    let page = scratch.archive.look_up_subject(&operator, &narrowed).unwrap();
    assert_eq!(page.hits.iter().map(|hit| hit.hit.entry).collect::<Vec<_>>(), [Some(2)]);
}

#[test]
fn what_was_not_examined_yet_is_counted() {
    let scratch = scratch();
    let json =
        r#"{"kind": "ticket", "case": "SC-1", "occurred": "2026-03-01", "components": [{"name": "a.txt"}]}"#;
    scratch.capture(json, "13800138000".as_bytes()).unwrap();
    let page = scratch.looked_up("13800138000", None);
    assert_eq!((page.hits.len(), page.examined.not_examined), (0, 1));
}

#[test]
fn what_could_be_examined_in_part_only_is_counted_within_reach() {
    let scratch = scratch();
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    scratch.about("SC-2", "a.txt", "电话：13800138000");
    let json = r#"{"kind": "ticket", "case": "SC-3", "occurred": "2026-03-01", "title": "工单",
        "components": [{"name": "a.png"}]}"#;
    let scan = scratch.capture(json, png).unwrap().record;
    scratch.examined();
    let page = scratch.looked_up("13800138000", None);
    assert_eq!((page.hits.len(), page.examined.not_examined), (1, 0));
    let entered = scratch.lookups_entered().len();
    let examined = scratch.archive.subjects_examined(&scratch.operator()).unwrap();
    assert_eq!(page.examined, examined);
    assert_eq!(examined.in_part, 1);
    assert_eq!(scratch.lookups_entered().len(), entered, "to ask how far it is enters nothing");
    let case =
        scratch.archive.inner.store.read(|conn| records::get(conn, scan)).unwrap().unwrap().case_id.unwrap();
    let of = |cases: &[CaseId]| scratch.archive.subjects_examined(&user(&[Role::Legal], cases)).unwrap();
    assert_eq!((of(&[case]).in_part, of(&[]).in_part), (1, 0));
    let archivist = user(&[Role::Archivist], &[]);
    assert!(matches!(scratch.archive.subjects_examined(&archivist), Err(Refusal::Forbidden)));
}

#[test]
fn what_cannot_be_read_may_be_a_hit_and_makes_the_count_inexact() {
    let scratch = scratch();
    let sound = scratch.about("SC-1", "a.txt", "电话：13800138000");
    let spoilt = scratch.about("SC-1", "b.txt", "电话：13800138000");
    let json = r#"{"kind": "ticket", "case": "SC-1", "occurred": "2026-03-01", "title": "工单",
        "components": [{"name": "c.txt"}]}"#;
    let receipt = scratch.capture(json, "电话：13800138000".as_bytes()).unwrap();
    scratch.examined();
    let (without, component) = (receipt.record, receipt.components[0].component);
    let spoil = move |upkeep: &mut crate::store::Upkeep<'_>| {
        let mut kept = detections::get(upkeep.conn(), spoilt, 1)?.unwrap();
        kept.sealed[20] ^= 1;
        detections::put(upkeep.conn(), &kept)?;
        components::delete_payload(upkeep.conn(), component).map(|_| ())
    };
    scratch.archive.inner.store.maintain(spoil).unwrap();
    let page = scratch.looked_up("13800138000", None);
    assert_eq!(ids(&page), [without, spoilt, sound]);
    assert_eq!(page.about, About::About(3));
    let told: Vec<_> = page
        .hits
        .iter()
        .map(|hit| (hit.hit.damaged, hit.found.len(), hit.hit.title.is_some(), hit.hit.snippet.is_some()))
        .collect();
    assert_eq!(told, [(true, 0, false, false), (true, 0, false, false), (false, 1, true, true)]);
    // Somebody else is not said to be in them.
    assert_eq!(scratch.looked_up("13900139000", None).about, About::Exactly(0));
}

#[test]
fn only_legal_and_privacy_roles_may_look_people_up_each_within_reach() {
    let scratch = scratch();
    let one = scratch.about("SC-1", "a.txt", "电话：13800138000");
    let two = scratch.about("SC-2", "a.txt", "电话：13800138000");
    let case =
        scratch.archive.inner.store.read(|conn| records::get(conn, one)).unwrap().unwrap().case_id.unwrap();
    let ask = |role, cases: &[CaseId]| {
        scratch.archive.look_up_subject(&user(&[role], cases), &asking("13800138000", None))
    };
    for role in Role::ALL.iter().copied().filter(|role| !matches!(role, Role::Legal | Role::PrivacyOfficer)) {
        assert!(matches!(ask(role, &[case]), Err(Refusal::Forbidden)), "{role}");
    }
    let page = ask(Role::Legal, &[case]).ok().unwrap();
    assert_eq!((ids(&page), page.about), (vec![one], About::Exactly(1)));
    assert_eq!(page.hits[0].hit.level, Level::Full);
    assert_eq!(ids(&ask(Role::Legal, &[]).ok().unwrap()), []);
    let all = ask(Role::PrivacyOfficer, &[]).ok().unwrap();
    assert_eq!(ids(&all), [two, one]);
}

#[test]
fn each_look_up_is_in_the_ledger_without_the_value_and_pages_of_it_are_not() {
    let scratch = scratch();
    for number in 0..3 {
        scratch.about("SC-1", &format!("{number}.txt"), "电话：13800138000");
    }
    let operator = scratch.operator();
    let first = SubjectLookup { limit: 2, ..asking("13800138000", None) };
    let page = scratch.archive.look_up_subject(&operator, &first).unwrap();
    assert_eq!((page.hits.len(), page.about), (2, About::About(3)));
    let further = SubjectLookup { cursor: page.next, ..first.clone() };
    let rest = scratch.archive.look_up_subject(&operator, &further).unwrap();
    assert_eq!((rest.hits.len(), rest.next), (1, None));
    let entered = scratch.lookups_entered();
    assert_eq!(entered.len(), 1, "{entered:?}");
    assert!(
        entered[0].contains("\"domain\":\"subject\"") && entered[0].contains("\"hits\":3"),
        "{entered:?}"
    );
    assert!(!entered[0].contains("1380013"), "{entered:?}");
    // The cursor is good for this question of this person only.
    let other = SubjectLookup { cursor: further.cursor.clone(), ..asking("13900139000", None) };
    assert!(matches!(scratch.archive.look_up_subject(&operator, &other), Err(Refusal::BadCursor)));
    let words = SearchRequest {
        query: Some("电话".to_owned()),
        cursor: further.cursor,
        limit: 2,
        ..SearchRequest::default()
    };
    assert!(matches!(scratch.archive.search(&operator, &words), Err(Refusal::BadCursor)));
}

#[test]
fn records_are_narrowed_by_the_types_of_personal_data_that_they_have() {
    let scratch = scratch();
    let phone = scratch.about("SC-1", "a.txt", "电话：13800138000");
    let both = scratch.about("SC-1", "b.txt", "电话：13800138000，邮箱：a.b@example.com");
    let having = |pii: &[Kind]| {
        let filters = SearchFilters { pii: pii.to_vec(), ..SearchFilters::default() };
        let request = SearchRequest { filters, limit: 9, ..SearchRequest::default() };
        let page = scratch.archive.search(&scratch.operator(), &request).unwrap();
        page.hits.iter().map(|hit| hit.record).collect::<Vec<_>>()
    };
    assert_eq!(having(&[Kind::Phone]), [both, phone]);
    assert_eq!(having(&[Kind::Phone, Kind::Email]), [both]);
    assert_eq!(having(&[Kind::IdCard]), []);
}

#[test]
fn records_are_listed_by_what_was_found_in_them_and_by_what_surely_is_not_in_them() {
    let scratch = scratch();
    let phone = scratch.about("SC-1", "a.txt", "电话：13800138000");
    let plain = scratch.about("SC-1", "b.txt", "没有");
    // Not looked at whole: that nothing was found says nothing.
    let json = r#"{"kind": "ticket", "case": "SC-1", "occurred": "2026-03-01", "title": "工单",
        "components": [{"name": "a.png"}]}"#;
    scratch.capture(json, b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR").unwrap();
    scratch.examined();
    let json =
        r#"{"kind": "ticket", "case": "SC-1", "occurred": "2026-03-01", "components": [{"name": "c.txt"}]}"#;
    scratch.capture(json, b"not looked at").unwrap();
    let listed = |filter: RecordFilter| {
        let page = scratch.archive.list(&scratch.operator(), &filter, None, 9).unwrap();
        page.items.iter().map(|item| item.id).collect::<Vec<_>>()
    };
    let of = |pii: &[Kind], pii_absent: &[Kind]| RecordFilter {
        pii: pii.to_vec(),
        pii_absent: pii_absent.to_vec(),
        ..RecordFilter::default()
    };
    assert_eq!(listed(of(&[Kind::Phone], &[])), [phone]);
    assert_eq!(listed(of(&[], &[Kind::Phone])), [plain]);
    assert_eq!(listed(of(&[Kind::Phone], &[Kind::Email])), [phone]);
    assert_eq!(listed(of(&[Kind::Phone], &[Kind::Phone])), []);
    let judged = |review| listed(RecordFilter { pii_review: Some(review), ..RecordFilter::default() });
    assert_eq!((judged(true), judged(false)), (vec![], vec![plain, phone]));
    let unsure = move |upkeep: &mut crate::store::Upkeep<'_>| {
        let mut types = detections::types_of(upkeep.conn(), phone)?;
        types.iter_mut().for_each(|row| row.unsure = 1);
        detections::set_types(upkeep.conn(), phone, &types)
    };
    scratch.archive.inner.store.maintain(unsure).unwrap();
    assert_eq!((judged(true), judged(false)), (vec![phone], vec![plain]));
}
