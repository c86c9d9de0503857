use super::*;
use crate::base::entropy::SeededEntropy;
use proptest::prelude::*;
use serde_json::json;

const AT: Moment = Moment::from_micros(1_772_353_800_000_001);

fn draft(facts: Value) -> EntryDraft {
    EntryDraft { kind: EntryKind::HoldPlaced, subject: "HK-2031".into(), actor: Actor::System, facts }
}

fn refusal(facts: Value) -> EntryError {
    encode(&draft(facts), AT).unwrap_err()
}

#[test]
fn an_entry_is_one_canonical_line() {
    let bytes = encode(&draft(json!({ "b": [1, true, null], "a": "x" })), AT).unwrap();
    assert_eq!(
        String::from_utf8(bytes).unwrap(),
        r#"{"actor":"system","at":"2026-03-01T08:30:00.000001Z","facts":{"a":"x","b":[1,true,null]},"kind":"hold_placed","subject":"HK-2031","v":1}"#
    );
}

#[test]
fn an_entry_names_the_user_who_acted() {
    let user = UserId::generate(AT, &SeededEntropy::new(1));
    let bytes = encode(&EntryDraft { actor: Actor::User(user), ..draft(json!({})) }, AT).unwrap();
    assert_eq!(decode(&bytes).unwrap().actor, Actor::User(user));
}

#[test]
fn any_other_spelling_or_shape_is_refused() {
    let good = String::from_utf8(encode(&draft(json!({ "n": 1 })), AT).unwrap()).unwrap();
    for (from, to, refusal) in [
        ("{\"actor\"", "{ \"actor\"", EntryError::NotCanonical),
        ("\"n\":1", "\"n\":1,\"n\":1", EntryError::NotCanonical),
        ("\"n\":1", "\"n\":1,\"m\":1", EntryError::NotCanonical),
        ("\"n\"", "\"\\u006e\"", EntryError::NotCanonical),
        (".000001Z", ".000001+00:00", EntryError::NotCanonical),
        (".000001Z", ".0000010Z", EntryError::NotCanonical),
        ("\"v\":1", "\"v\":1,\"w\":1", EntryError::UnknownField),
        ("\"v\":1", "\"v\":2", EntryError::Version),
        ("\"v\":1", "\"v\":1.0", EntryError::Version),
        ("\"v\":1", "\"v\":\"1\"", EntryError::Field { name: "v" }),
        ("hold_placed", "hold_misplaced", EntryError::UnknownKind),
        ("\"system\"", "\"root\"", EntryError::Field { name: "actor" }),
        ("HK-2031", "HK 2031", EntryError::Field { name: "subject" }),
        ("HK-2031", "", EntryError::Field { name: "subject" }),
        ("{\"n\":1}", "[]", EntryError::Field { name: "facts" }),
        ("2026-03-01", "2026-02-30", EntryError::Field { name: "at" }),
        ("{\"actor\"", "[\"actor\"", EntryError::NotAnObject),
    ] {
        let other = good.replacen(from, to, 1);
        assert_ne!(other, good);
        assert_eq!(decode(other.as_bytes()), Err(refusal), "{other}");
    }
}

#[test]
fn every_single_bit_flip_reads_as_another_entry_or_none() {
    let bytes = encode(&draft(json!({ "n": 1, "word": "sealed" })), AT).unwrap();
    let entry = decode(&bytes).unwrap();
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert_ne!(decode(&flipped).as_ref(), Ok(&entry), "bit {bit}");
    }
}

#[test]
fn facts_have_no_room_for_names_or_sentences() {
    for text in ["王小明", "John Smith", "a\nb", "caf\u{e9}", "\u{7f}"] {
        let place = "parties.[].name".to_owned();
        let facts = json!({ "parties": [{ "name": text }] });
        assert_eq!(refusal(facts), EntryError::Fact { place, fault: FactFault::NotAWord }, "{text}");
    }
}

#[test]
fn a_refused_key_is_not_repeated_in_the_refusal() {
    let EntryError::Fact { place, fault } = refusal(json!({ "counts": { "王小明": 1 } })) else {
        panic!()
    };
    assert_eq!((place.as_str(), fault), ("counts.?", FactFault::NotAWord));
}

#[test]
fn numbers_are_whole_and_kept_by_every_reader() {
    for good in [json!(0), json!(-9_007_199_254_740_991_i64), json!(9_007_199_254_740_991_i64)] {
        assert!(encode(&draft(json!({ "n": good })), AT).is_ok());
    }
    for bad in [json!(1.5), json!(9_007_199_254_740_992_i64), json!(i64::MIN), json!(u64::MAX)] {
        let place = "n".to_owned();
        assert_eq!(refusal(json!({ "n": bad })), EntryError::Fact { place, fault: FactFault::NotWhole });
    }
}

#[test]
fn facts_nested_without_end_are_refused() {
    let mut facts = json!({});
    for _ in 0..JSON_DEPTH_MAX {
        facts = json!({ "in": facts });
    }
    assert!(encode(&draft(facts.clone()), AT).is_ok());
    assert!(matches!(refusal(json!({ "in": facts })), EntryError::Fact { fault: FactFault::TooDeep, .. }));
    let tower = format!("{{\"a\":{}", "[".repeat(60_000));
    assert_eq!(decode(tower.as_bytes()), Err(EntryError::NotAnObject));
}

#[test]
fn an_entry_ends_at_65_535_bytes() {
    let empty = encode(&draft(json!({ "x": "" })), AT).unwrap().len();
    let full = |bytes: usize| draft(json!({ "x": "x".repeat(bytes - empty) }));
    let longest = encode(&full(65_535), AT).unwrap();
    assert!(decode(&longest).is_ok());
    assert_eq!(encode(&full(65_536), AT), Err(EntryError::TooLong { bytes: 65_536 }));
    assert_eq!(decode(&[b' '; 65_536]), Err(EntryError::TooLong { bytes: 65_536 }));
}

#[test]
fn an_instant_beyond_the_calendar_is_refused() {
    for micros in [i64::MAX, i64::MIN, 253_402_300_800_000_000] {
        let refused = encode(&draft(json!({})), Moment::from_micros(micros));
        assert_eq!(refused, Err(EntryError::Field { name: "at" }), "{micros}");
    }
}

fn facts() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-(WHOLE_MAX as i64)..=WHOLE_MAX as i64).prop_map(Value::from),
        "[!-~]{0,20}".prop_map(Value::from),
    ];
    let tree = leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::btree_map("[!-~]{0,8}", inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    });
    proptest::collection::btree_map("[!-~]{0,8}", tree, 0..5)
        .prop_map(|map| Value::Object(map.into_iter().collect()))
}

proptest! {
    #[test]
    fn what_is_encoded_is_decoded_unchanged(facts in facts(), micros in 0..4_000_000_000_000_000_i64) {
        let draft = draft(facts);
        let at = Moment::from_micros(micros);
        let entry = decode(&encode(&draft, at).unwrap()).unwrap();
        prop_assert_eq!((entry.kind, entry.subject, entry.actor), (draft.kind, draft.subject, draft.actor));
        prop_assert_eq!((entry.at, Value::Object(entry.facts)), (at, draft.facts));
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes: Vec<u8>) {
        prop_assert!(decode(&bytes).is_err());
    }
}
