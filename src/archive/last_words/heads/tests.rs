use std::collections::HashMap;

use serde_json::json;

use crate::archive::tests::scratch;
use crate::base::digest::Digest;
use crate::base::moment::Moment;
use crate::ledger::entry::{Actor, EntryDraft, EntryKind, encode};

use super::*;

const CASE: &str = "01890a5d-ac96-774b-bcce-b302099a8057";
const RECORD: &str = "01890a5d-ac96-774b-bcce-b302099a8058";
const OTHER: &str = "01890a5d-ac96-774b-bcce-b302099a8059";
const PARTY: &str = "01890a5d-ac96-774b-bcce-b302099a805a";

fn id(text: &str) -> Subject {
    *crate::base::id::RecordId::parse(text).unwrap().as_bytes()
}

fn draft(kind: EntryKind, subject: &str, facts: serde_json::Value) -> EntryDraft {
    EntryDraft { kind, subject: subject.to_owned(), actor: Actor::System, facts }
}

/// What a case with two records goes through.
fn a_story() -> Vec<EntryDraft> {
    let parties = json!([{"party": PARTY, "role": "customer"}]);
    let captured =
        |links: serde_json::Value| json!({"case": CASE, "version": 1, "parties": parties, "links": links});
    let link = json!([{"kind": "answers", "link": OTHER, "to": RECORD}]);
    vec![
        draft(EntryKind::CaseOpened, CASE, json!({"case": {"parties": parties}, "profile": "aa"})),
        draft(EntryKind::Captured, RECORD, captured(json!([]))),
        draft(EntryKind::Captured, OTHER, captured(link)),
        draft(
            EntryKind::Amended,
            RECORD,
            json!({"case": CASE, "version": 2, "parties": parties, "links": []}),
        ),
        draft(EntryKind::CaseEvent, CASE, json!({"case": {"parties": parties}})),
        draft(EntryKind::CaseChanged, CASE, json!({"profile": "bb", "left": [PARTY]})),
        draft(EntryKind::OriginalRead, RECORD, json!({})),
        draft(EntryKind::GapExplained, CASE, json!({})),
    ]
}

fn told(heads: &mut Heads, first_seq: u64, drafts: &[EntryDraft]) {
    let size = first_seq + drafts.len() as u64;
    let (root, at) = (Digest::of(&size.to_be_bytes()), Moment::from_micros(0));
    heads.committed(&Group { first_seq, size, root, at, drafts, spoken: false });
}

#[test]
fn the_heads_say_how_far_entries_reach_and_how_much_was_entered() {
    let mut heads = Heads::default();
    told(&mut heads, 0, &a_story());
    let story = Story { row: 5, words: 5, entries: 4, records: 2 };
    assert_eq!(heads.stories.heads(), &HashMap::from([(id(CASE), story)]));
    assert_eq!(heads.amended.heads(), &HashMap::from([(id(RECORD), 3)]));
    assert_eq!(heads.linked.heads(), &HashMap::from([(id(RECORD), 1)]));
    assert_eq!(heads.named.heads(), &HashMap::from([(id(PARTY), Named { in_records: 3, in_cases: 0 })]));
}

#[test]
fn entries_that_are_read_say_the_same_as_those_that_were_about_to_be_entered() {
    let (mut heads, mut told_at_once) = (Heads::default(), Heads::default());
    told(&mut told_at_once, 0, &a_story());
    for (seq, draft) in (0..).zip(a_story()) {
        let body = encode(&draft, Moment::from_micros(0)).unwrap();
        note::of_body(&body, &mut |note| heads.hear(seq, note)).unwrap();
    }
    assert_eq!(heads.opened.heads(), &HashMap::from([(CASES, 1)]));
    assert_eq!(heads.opened.heads(), told_at_once.opened.heads());
    assert_eq!(heads.stories.heads(), told_at_once.stories.heads());
    assert_eq!(heads.amended.heads(), told_at_once.amended.heads());
    assert_eq!(heads.linked.heads(), told_at_once.linked.heads());
    assert_eq!(heads.named.heads(), told_at_once.named.heads());
}

#[test]
fn a_reader_is_told_how_it_stood_when_he_began_until_that_is_forgotten() {
    let mut heads = Heads::default();
    told(&mut heads, 0, &a_story());
    let records = |heads: &Heads, size| {
        heads.stories.as_of(size, &id(CASE)).map(|story| story.map(|story| story.records))
    };
    assert_eq!(records(&heads, 0), Some(None));
    assert_eq!((records(&heads, 1), records(&heads, 2)), (Some(Some(0)), Some(Some(1))));
    assert_eq!((records(&heads, 3), records(&heads, 8)), (Some(Some(2)), Some(Some(2))));
    // Somebody reads what stood at 8 while much happens.
    heads.readers.insert(8, 1);
    let captured = draft(EntryKind::Captured, OTHER, json!({"case": CASE}));
    let many = |heads: &mut Heads| {
        for _ in 0..2_000 {
            told(heads, heads.size, std::slice::from_ref(&captured));
        }
    };
    many(&mut heads);
    assert_eq!(records(&heads, 8), Some(Some(2)));
    assert_eq!(records(&heads, 2), None);
    heads.readers.clear();
    many(&mut heads);
    assert_eq!(records(&heads, 8), None);
    assert_eq!(records(&heads, heads.size), Some(Some(4_002)));
}

#[test]
fn what_is_kept_is_what_was_known() {
    let mut heads = Heads::default();
    told(&mut heads, 0, &a_story());
    let stories = Book::<Story>::from_bytes(&heads.stories.to_bytes()).unwrap();
    assert_eq!(stories.heads(), heads.stories.heads());
    let named = Book::<Named>::from_bytes(&heads.named.to_bytes()).unwrap();
    assert_eq!(named.heads(), heads.named.heads());
    assert!(Book::<u64>::from_bytes(&[0; 25]).is_none());
}

#[test]
fn heads_that_were_not_told_of_a_group_read_it() {
    let scratch = scratch();
    let ticket =
        r#"{"kind": "ticket", "case": "SC-1", "occurred": "2026-03-01", "components": [{"name": "a.txt"}]}"#;
    let case = scratch.capture(ticket, b"one").unwrap().case.unwrap();
    let words = &scratch.archive.inner.last_words;
    let before = {
        let heads = words.read_heads();
        let mut before = Heads { size: heads.size, root: heads.root, ..Heads::default() };
        before.stories = heads.stories.clone();
        before
    };
    scratch.capture(ticket, b"two").unwrap();
    for missed in [before, Heads::default()] {
        // As if another node had captured what they lack.
        *words.write_heads() = missed;
        let story = scratch.archive.inner.store.read(|conn| {
            let ledger = scratch.archive.inner.ledgered(conn)?;
            ledger.heads().story(case.as_bytes())
        });
        assert_eq!(story.unwrap().unwrap().records, 2);
        assert!(words.read_heads().readers.is_empty());
        assert_eq!(words.heads_reach().size, words.read().size);
    }
}

/// Bytes that a table of the heads takes: the next power of two above 8/7 of what it holds, with one
/// byte of its own for each.
fn bytes_of<H>(held: usize) -> usize {
    (held * 8 / 7).next_power_of_two() * (size_of::<(Subject, H)>() + 1)
}

#[test]
fn a_hundred_thousand_cases_and_as_many_amended_records_take_less_than_ten_megabytes() {
    let taken = bytes_of::<Story>(100_000) + bytes_of::<u64>(100_000);
    assert!(taken < 10_000_000, "{taken}");
}
