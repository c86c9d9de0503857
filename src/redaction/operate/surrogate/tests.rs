use super::*;
use crate::base::secret::SecretKey;

fn keys(byte: u8) -> Keys {
    Keys::new(SecretKey::take(&mut [byte; 32]))
}

/// True if all of a text has been issued.
fn is_known(keys: &Keys, text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    issued(keys, &chars, &|_| true) == [(0, chars.len())] || is_issued(keys, &chars, (0, chars.len()))
}

/// Made for this test: nothing here belongs to anybody.
const VALUES: [(Kind, &str); 24] = [
    (Kind::Person, "王小明"),
    (Kind::Person, "John Smith"),
    (Kind::Person, "JOHN SMITH"),
    (Kind::Phone, "13800138000"),
    (Kind::Phone, "１３８００１３８０００"),
    (Kind::Phone, "+1 (512) 784-7856"),
    (Kind::Email, "a@b.cn"),
    (Kind::Url, "https://b.cn/x?y=1"),
    (Kind::PaymentCard, "6222021234567890128"),
    (Kind::IdCard, "11010519491231002X"),
    (Kind::IdCard, "A123456789"),
    (Kind::Address, "杭州市文三路1号"),
    (Kind::Address, "1 Oak St, Springfield"),
    (Kind::Location, "杭州"),
    (Kind::Location, "Springfield"),
    (Kind::Organization, "华为"),
    (Kind::Organization, "Acme Inc"),
    (Kind::Plate, "京A12345"),
    (Kind::Vin, "LE4X4HE07HH555237"),
    (Kind::Ip, "10.1.2.3"),
    (Kind::Ip, "2001:db8::12:34ff"),
    (Kind::Mac, "00:1A:2b:3C:4d:5E"),
    (Kind::CaseNo, "（2024）京0105民初1234号"),
    (Kind::Reference, "TK-19115520"),
];

#[test]
fn what_a_key_has_issued_is_known_to_it_and_to_no_other() {
    let mut strange = 0;
    for (kind, value) in VALUES {
        let once = surrogate(&keys(9), kind, value, value).unwrap();
        assert!(!plain(&once).contains(&plain(value)), "{once}");
        assert!(is_known(&keys(9), &once), "{once}");
        assert!(is_known(&keys(9), &once) && !is_known(&keys(9), value), "{value}");
        assert_eq!(surrogate(&keys(9), kind, value, value), Some(once.clone()));
        strange += usize::from(is_known(&keys(8), &once));
    }
    // Each other key would issue one in fifty of them at most.
    assert!(strange <= 1, "{strange}");
}

#[test]
fn what_only_looks_like_a_stand_in_is_none() {
    let keys = keys(9);
    let looks = [
        "13955501234",
        "10086100861",
        "202-555-0147",
        "林砚舟",
        "周予柔",
        "Rosamund Ashdown",
        "Verity",
        "示例甲实业有限公司",
        "Example Alpha Ltd",
        "zhang.san@example.com",
        "https://example.com/王小明",
        "4000000000000002",
        "999000190001011234",
        "192.0.2.7",
        "000123",
        "X00123",
        "XX-01234567",
        "ZZ00123456",
    ];
    let known: Vec<&str> = looks.into_iter().filter(|value| is_known(&keys, value)).collect();
    assert!(known.is_empty(), "{known:?}");
}

#[test]
fn a_stand_in_is_found_among_its_neighbours() {
    let keys = keys(9);
    for (kind, value) in VALUES
        .into_iter()
        .filter(|(kind, _)| !matches!(kind, Kind::Plate | Kind::Vin | Kind::CaseNo | Kind::Reference))
    {
        let once = surrogate(&keys, kind, value, value).unwrap();
        let text: Vec<char> = format!("由{once}，{once}经").chars().collect();
        assert_eq!(issued(&keys, &text, &|_| true).len(), 2, "{once}");
        assert_eq!(issued(&keys, &text, &|other| other != kind), [], "{once}");
    }
}

#[test]
fn a_number_of_ours_is_known_by_a_part_of_it() {
    let keys = keys(9);
    let once = surrogate(&keys, Kind::Reference, "TK-19115520", "").unwrap();
    let text: Vec<char> = format!("单{once}，").chars().collect();
    assert!(is_issued(&keys, &text, (4, text.len() - 1)), "{once}");
}

#[test]
fn no_digit_of_any_script_is_left() {
    let once = surrogate(&keys(9), Kind::Passport, "Ｅ１２３４５６７８", "").unwrap();
    assert!(!plain(&once).contains("2345"), "{once}");
    assert_eq!(surrogate(&keys(9), Kind::Plate, "A12", ""), None);
}

#[test]
fn the_words_of_stand_ins_differ() {
    for list in [SURNAMES_HAN, GIVEN_HAN] {
        let mut seen = std::collections::BTreeSet::new();
        assert!(list.chars().all(|c| seen.insert(c)), "{list}");
    }
}
