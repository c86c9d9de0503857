use std::io::Read as _;

use crate::archive::tests::scratch;

use super::*;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::search::{SearchFilters, SearchRequest};
use crate::record::descriptor::Tag;

const TICKET: &str = r#"{"kind": "ticket", "case": "SC-1", "occurred": "2026-03-01", "title": "断网",
    "components": [{"name": "工单.txt"}]}"#;

fn request(record: crate::base::id::RecordId) -> OpenRequest {
    OpenRequest {
        record,
        entry: None,
        version: None,
        component: 0,
        purpose: "核对客户投诉".to_owned(),
        form: Form::Content,
    }
}

fn read(mut opened: Opened) -> Vec<u8> {
    let mut bytes = Vec::new();
    opened.reader.read_to_end(&mut bytes).unwrap();
    bytes
}

#[test]
fn an_original_comes_back_as_it_was_captured_short_or_long() {
    let scratch = scratch();
    for length in [1, 65_536, 65_537, 1_000_000] {
        let content: Vec<u8> = (0..length).map(|i| (i % 251) as u8).collect();
        let receipt = scratch.capture(TICKET, &content).unwrap();
        let opened = scratch.archive.open_original(&scratch.operator(), &request(receipt.record)).unwrap();
        assert_eq!((opened.name.as_str(), opened.bytes), ("工单.txt", length as u64));
        assert!(read(opened) == content, "{length} bytes");
    }
}

#[test]
fn nothing_is_opened_without_a_purpose() {
    let scratch = scratch();
    let receipt = scratch.capture(TICKET, b"x").unwrap();
    let mut request = request(receipt.record);
    request.purpose = " \u{200B} ".to_owned();
    let refused = scratch.archive.open_original(&scratch.operator(), &request);
    assert!(matches!(refused, Err(Refusal::PurposeRequired)));
}

#[test]
fn every_reading_is_in_the_ledger_before_the_bytes_leave() {
    let scratch = scratch();
    let receipt = scratch.capture(TICKET, b"x").unwrap();
    let opened = scratch.archive.open_original(&scratch.operator(), &request(receipt.record)).unwrap();
    let custody = scratch.archive.custody(&scratch.operator(), receipt.record).unwrap();
    let last = custody.last().unwrap();
    assert_eq!((last.kind.as_str(), last.index), ("original_read", opened.ledger_index));
    assert!(!String::from_utf8_lossy(&last.bytes).contains("核对"));
}

#[test]
fn header_and_payload_are_a_file_that_public_age_opens_with_either_identity() {
    let scratch = scratch();
    let receipt = scratch.capture(TICKET, "内容".as_bytes()).unwrap();
    let mut sealed = request(receipt.record);
    sealed.form = Form::Sealed;
    let file = read(scratch.archive.open_original(&scratch.operator(), &sealed).unwrap());
    for name in ["service.identity", "recovery.identity"] {
        let text = std::fs::read_to_string(scratch.place.keys().join(name)).unwrap();
        let secret = text.lines().find(|line| line.starts_with("AGE-SECRET-KEY-1")).unwrap();
        let identity: age::x25519::Identity = secret.parse().unwrap();
        let plain = age::decrypt(&identity, &file).unwrap();
        assert_eq!(plain, "内容".as_bytes(), "{name}");
    }
    assert!(age::decrypt(&age::x25519::Identity::generate(), &file).is_err());
}

#[test]
fn a_list_shows_the_newest_first_and_goes_on_where_it_stopped() {
    let scratch = scratch();
    let ids: Vec<_> = (0..5).map(|_| scratch.capture(TICKET, b"x").unwrap().record).collect();
    let (caller, filter) = (scratch.operator(), RecordFilter::default());
    let first = scratch.archive.list(&caller, &filter, None, 3).unwrap();
    let second = scratch.archive.list(&caller, &filter, first.next, 3).unwrap();
    let listed: Vec<_> = first.items.iter().chain(&second.items).map(|item| item.id).collect();
    assert_eq!(listed, ids.into_iter().rev().collect::<Vec<_>>());
    assert!(second.next.is_none());
    assert_eq!(first.items[0].title.as_deref(), Some("断网"));
}

#[test]
fn a_list_is_narrowed_by_a_tag_in_any_writing_page_by_page() {
    let scratch = scratch();
    let tagged = |tag: &str| TICKET.replace(r#""title""#, &format!(r#""tags": ["{tag}"], "title""#));
    let mut wanted = Vec::new();
    for number in 0..6 {
        let tag = if number % 2 == 0 { "ＶＩＰ客戶" } else { "其他" };
        let record = scratch.capture(&tagged(tag), b"x").unwrap().record;
        wanted.extend((number % 2 == 0).then_some(record));
    }
    wanted.reverse();
    let caller = scratch.operator();
    let tag = |tag: &str| Besides { tag: Some(Tag::parse(tag).unwrap()), ..Besides::default() };
    let filter = RecordFilter { besides: tag("vip客户"), ..RecordFilter::default() };
    let (mut listed, mut before) = (Vec::new(), None);
    loop {
        let page = scratch.archive.list(&caller, &filter, before, 1).unwrap();
        listed.extend(page.items.iter().map(|item| item.id));
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    assert_eq!(listed, wanted);
    let none = RecordFilter { besides: tag("VIP"), ..RecordFilter::default() };
    assert!(scratch.archive.list(&caller, &none, None, 10).unwrap().items.is_empty());
    let found = |besides: Besides| {
        let filters = SearchFilters { besides, ..SearchFilters::default() };
        let request = SearchRequest { filters, limit: 10, ..SearchRequest::default() };
        scratch.archive.search(&caller, &request).unwrap().hits.len()
    };
    assert_eq!((found(tag("VIP客户")), found(tag("VIP")), found(Besides::default())), (3, 0, 6));
    // What lies behind a page of others is found on the first.
    let filters = SearchFilters { besides: tag("vip客户"), ..SearchFilters::default() };
    let mut request = SearchRequest { filters, limit: 1, ..SearchRequest::default() };
    for record in wanted {
        let page = scratch.archive.search(&caller, &request).unwrap();
        assert_eq!(page.hits.iter().map(|hit| hit.record).collect::<Vec<_>>(), [record]);
        request.cursor = page.next;
    }
}

#[test]
fn a_list_has_four_orders_and_each_goes_on_where_it_stopped() {
    let scratch = scratch();
    let on = |day: &str| scratch.capture(&TICKET.replace("2026-03-01", day), b"x").unwrap().record;
    let [may, january, other_may, march] = ["2026-05-01", "2026-01-31", "2026-05-01", "2026-03-15"].map(on);
    let caller = scratch.operator();
    for (order, expected) in [
        (Order::CapturedNewest, [march, other_may, january, may]),
        (Order::CapturedOldest, [may, january, other_may, march]),
        (Order::OccurredNewest, [other_may, may, march, january]),
        (Order::OccurredOldest, [january, march, may, other_may]),
    ] {
        let filter = RecordFilter { order, ..RecordFilter::default() };
        let (mut listed, mut before) = (Vec::new(), None);
        for _ in 0..4 {
            let page = scratch.archive.list(&caller, &filter, before, 1).unwrap();
            listed.extend(page.items.iter().map(|item| item.id));
            before = page.next;
        }
        assert_eq!((listed.as_slice(), before), (&expected[..], None), "{order:?}");
    }
}

#[test]
fn a_record_shows_its_words_and_its_place_in_the_ledger() {
    let scratch = scratch();
    let receipt = scratch.capture(TICKET, b"x").unwrap();
    let view = scratch.archive.show(&scratch.operator(), receipt.record).unwrap();
    assert_eq!(view.case_reference.as_deref(), Some("SC-1"));
    assert_eq!(view.versions[0].ledger.index, receipt.ledger.index);
    assert_eq!(view.versions[0].components[0].name.as_deref(), Some("工单.txt"));
}

#[test]
fn what_does_not_exist_is_not_found() {
    let scratch = scratch();
    let other = crate::base::id::RecordId::parse("01890a5d-ac96-774b-bcce-b302099a8057").unwrap();
    let refused = scratch.archive.show(&scratch.operator(), other);
    assert!(matches!(refused, Err(Refusal::NotFound(Thing::Record))));
}

#[test]
fn the_proof_of_a_record_verifies_under_the_logs_public_key() {
    let scratch = scratch();
    let receipt = scratch.capture(TICKET, b"x").unwrap();
    let (entry, proof) = scratch.archive.record_proof(&scratch.operator(), receipt.record, None).unwrap();
    let vkey = std::fs::read_to_string(scratch.place.keys().join("log.vkey")).unwrap();
    let (index, checkpoint) = crate::ledger::proof::verify(&proof, &entry.bytes, vkey.trim()).unwrap();
    assert_eq!((index, checkpoint.size), (receipt.ledger.index, receipt.ledger.size));
}

#[test]
fn a_record_that_was_moved_in_the_database_is_read_by_nobody() {
    if crate::archive::tests::on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    let scratch = scratch();
    let receipt = scratch.capture(TICKET, b"one").unwrap();
    let other = scratch.capture(&TICKET.replace("SC-1", "SC-2"), b"two").unwrap();
    let (archive, operator) = (&scratch.archive, scratch.operator());
    let (record, case) = (receipt.record, other.case.unwrap());
    let before = receipt.case.unwrap();
    for set in [
        format!("case_id = '{case}'"),
        "case_id = NULL".to_owned(),
        "captured_by = 'CASE'".replace("CASE", &case.to_string()),
    ] {
        let sql = format!("UPDATE records SET {set} WHERE id = '{record}'");
        crate::store::testing::execute_raw(&scratch.place.database(), &sql);
        let opened = archive.open_original(&operator, &request(record)).map(|_| ());
        assert!(matches!(opened, Err(Refusal::Damaged(Thing::Record))), "{set}: {opened:?}");
        assert!(
            matches!(archive.show(&operator, record).map(|_| ()), Err(Refusal::Damaged(Thing::Record))),
            "{set}"
        );
        let back = format!(
            "UPDATE records SET case_id = '{before}', captured_by = '{}' WHERE id = '{record}'",
            operator.user()
        );
        crate::store::testing::execute_raw(&scratch.place.database(), &back);
        assert_eq!(read(archive.open_original(&operator, &request(record)).unwrap()), b"one");
    }
    // An entry of another record does not stand in for its own.
    let sql = format!("UPDATE ledger_entries SET subject = '{record}' WHERE subject = '{}'", other.record);
    crate::store::testing::execute_raw(&scratch.place.database(), &sql);
    crate::store::testing::execute_raw(
        &scratch.place.database(),
        &format!(
            "UPDATE ledger_entries SET subject = 'x' WHERE subject = '{record}' AND body NOT LIKE '%{}%'",
            other.record
        ),
    );
    let opened = archive.open_original(&operator, &request(record)).map(|_| ());
    assert!(matches!(opened, Err(Refusal::Damaged(Thing::Record))));
}
