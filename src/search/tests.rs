//! The rules of recall, from the text to the hit: a record is found if the index matches the query
//! and the text confirms it.

use std::cell::RefCell;

use proptest::prelude::*;

use super::*;
use crate::base::secret::SecretKey;

fn index() -> ContentIndex {
    ContentIndex::new(&SecretKey::take(&mut [9; 32]))
}

fn matches(tokens: &[Token], matching: &Matching) -> bool {
    let holds = |token: &Token| tokens.binary_search(token).is_ok();
    matching.all.iter().all(|alternatives| alternatives.sets().iter().any(|set| set.iter().all(holds)))
        && !matching.none.iter().any(holds)
}

fn finds(query: &str, text: &str) -> bool {
    thread_local! {
        static INDEX: RefCell<ContentIndex> = RefCell::new(index());
    }
    let query = Query::parse(query).unwrap();
    let (tokens, matching) = INDEX.with_borrow_mut(|index| (index.tokens(text), index.matching(&query)));
    matches(&tokens, &matching) && query.confirm(text)
}

#[test]
fn chinese_words_are_found_in_both_scripts() {
    let simplified = "本人授权法务部门留存确认单一份，并由服务方归档。";
    let traditional = "本人授權法務部門留存確認單一份，並由服務方歸檔。";
    for query in ["授权", "授權", "法务部门", "法務部門", "确认单", "確認單", "归档", "歸檔", "一份"]
    {
        assert!(finds(query, simplified), "{query} in Simplified");
        assert!(finds(query, traditional), "{query} in Traditional");
    }
    assert!(!finds("部门法务", simplified));
    assert!(!finds("权法", "授权。法务"));
}

#[test]
fn other_spellings_of_a_text_are_found() {
    for (query, text) in [
        ("abc123", "编号ＡＢＣ１２３号"),
        ("ＡＢＣ", "abc"),
        ("Straße", "STRASSE straße"),
        ("授权书", "客户授\n权\r\n书"),
        ("客户授权", "客 户 授 权"),
        ("授权", "授\u{200B}权"),
        ("authorization", "the authori-\nzation letter"),
        ("株式会社", "㍿山田"),
        ("株式會社", "㍿山田"),
        ("サービス", "ｻｰﾋﾞｽ記録"),
        ("고객", "고객 서비스"),
        ("client", "the client's wish"),
        ("iphone手机", "用 iPhone 手机 拍照"),
        ("договор", "Договор № 5"),
        ("1801室", "C座1801室"),
    ] {
        assert!(finds(query, text), "{query} in {text:?}");
    }
}

#[test]
fn numbers_are_found_in_every_written_form() {
    for query in
        ["13912345678", "139 1234 5678", "139-1234-5678", "\"139 1234 5678\"", "１３９１２３４５６７８"]
    {
        for text in
            ["电话13912345678。", "139 1234 5678", "139-1234-5678", "+86 139 1234 5678", "+8613912345678"]
        {
            assert!(finds(query, text), "{query} in {text:?}");
        }
    }
    for query in ["SQ-2026-00417", "sq-2026-00417", "SQ202600417", "00417", "2026-00417", "SQ－2026－00417"]
    {
        assert!(finds(query, "授权编号：SQ-2026-00417号"), "{query}");
    }
    assert!(finds("1234.56", "共1,234.56元"));
    assert!(finds("2026-03-01", "于2026-03-01签"));
    assert!(finds("6222021001116245702", "卡号 6222 0210 0111 6245 702"));
}

#[test]
fn numbers_typed_apart_also_match_apart() {
    assert!(finds("2024 2025", "2024年与2025年"));
    assert!(finds("1391 2345", "2345号与1391号"));
    assert!(!finds("\"1391 2345\"", "2345号与1391号"));
}

#[test]
fn mail_addresses_are_found_whole_and_by_their_parts() {
    let text = "联系 OuYang.My@Example.com，谢谢";
    for query in
        ["ouyang.my@example.com", "ouyang", "example.com", "my@example.com", "@example.com", "\"ouyang.my\""]
    {
        assert!(finds(query, text), "{query}");
    }
    assert!(!finds("yang.my@example.com", text));
}

#[test]
fn all_words_must_be_there_and_phrases_in_order() {
    let text = "The processor shall delete client data after the retention period.";
    assert!(finds("delete retention", text));
    assert!(!finds("delete forever", text));
    assert!(finds("\"client data\"", text));
    assert!(!finds("\"data client\"", text));
    assert!(finds("“retention period” client", text));
    assert!(finds("「after the」", text));
    assert!(finds("\"Smith, John\"", "by Smith John and"));
    assert!(!finds("ten", text), "a word inside another is not that word");
    assert!(finds("\"never closed retention", "is never closed: retention"));
}

#[test]
fn excluded_words_rule_a_record_out() {
    assert!(!finds("授权 -撤回", "授权已撤回"));
    assert!(finds("授权 -撤回", "授权仍有效"));
    assert!(!finds("授权 -撤回授权", "授权：撤回授权"));
    // The index alone could not know: every pair of the excluded word is there, but apart.
    assert!(finds("授权 -撤回授权", "授权 撤回 回授"));
    assert!(!finds("授权 -\"client data\"", "授权 client data"));
    assert!(finds("consent -e", "consent"));
}

#[test]
fn a_query_that_cannot_be_answered_says_why() {
    for (text, why) in [
        ("", BadQuery::Blank),
        (" \u{3000}\n", BadQuery::Blank),
        ("，。\"\" - ……", BadQuery::Blank),
        ("a", BadQuery::TooVague),
        ("份", BadQuery::TooVague),
        ("份 3", BadQuery::TooVague),
        ("a 1 \"b\"", BadQuery::TooVague),
        ("-授权", BadQuery::OnlyExclusions),
        (&"授".repeat(1_001), BadQuery::TooLong),
        (&"授权 ".repeat(33), BadQuery::TooManyTerms { terms: 33 }),
    ] {
        assert_eq!(Query::parse(text).err(), Some(why), "{text}");
    }
    assert!(Query::parse(&"授".repeat(1_000)).is_ok());
}

#[test]
fn a_query_never_shows_its_words() {
    assert_eq!(format!("{:?}", Query::parse("林佳慧 13912345678").unwrap()), "Query([withheld], 2 terms)");
}

#[test]
fn the_index_engines_get_expressions_of_opaque_words() {
    let mut index = index();
    let matching = index.matching(&Query::parse("授权 ab-cd -xy").unwrap());
    let text = |query: &str| {
        let matching =
            ContentIndex::new(&SecretKey::take(&mut [9; 32])).matching(&Query::parse(query).unwrap());
        matching.to_fts5()
    };
    let (pair, ab, cd, joined, xy) = (text("授权"), text("ab"), text("cd"), text("abcd"), text("xy"));
    assert_eq!(matching.to_fts5(), format!("{pair} AND (({ab} AND {cd}) OR ({joined})) NOT {xy}"));
}

#[test]
fn places_are_ranges_of_the_original_text() {
    let text = "Ａ客戶 授\n權書。客户授权书 SQ-2026";
    let query = Query::parse("授权书 sq").unwrap();
    let places: Vec<_> = query.places(text, 9).into_iter().filter_map(|range| text.get(range)).collect();
    assert_eq!(places, ["授\n權書", "授权书", "SQ"]);
}

#[test]
fn hits_in_long_texts_are_found_across_the_chunks() {
    let filler = "确认单一份。".repeat(30_000);
    let text = format!("授权书{filler}授权书{filler}授权书");
    let places = Query::parse("授权书").unwrap().places(&text, 9);
    assert_eq!(places.len(), 3);
    for at in 0..24 {
        let text = format!("{}授权书。", "x".repeat(128 * 1024 - 12 + at));
        let found = Query::parse("授权书").unwrap().places(&text, 9);
        assert_eq!(found.len(), 1, "{at}");
    }
    assert!(finds("x授权书", &format!("{} x授权书", "确".repeat(43_688))));
}

#[test]
fn a_snippet_shows_most_of_the_words() {
    let text = format!("授权。{}本次授权已由法务部门确认。{}", "无关内容。".repeat(40), "尾声。".repeat(40));
    let query = Query::parse("授權 法務").unwrap();
    let snippet = snippet(&text, &query, 24);
    let shown: String = snippet.pieces.iter().map(|piece| piece.text.as_str()).collect();
    let marked: Vec<_> =
        snippet.pieces.iter().filter(|piece| piece.highlighted).map(|piece| piece.text.as_str()).collect();
    assert_eq!(marked, ["授权", "法务"]);
    assert!(text.contains(&shown));
    assert_eq!(shown.chars().count(), 24);
    assert!(snippet.cut_before && snippet.cut_after);
}

#[test]
fn a_snippet_without_a_hit_is_the_beginning() {
    let snippet = snippet("客户资料", &Query::parse("授权").unwrap(), 2);
    assert_eq!(snippet.pieces.len(), 1);
    assert_eq!((snippet.pieces[0].text.as_str(), snippet.pieces[0].highlighted), ("客户", false));
    assert!(!snippet.cut_before && snippet.cut_after);
}

#[test]
fn hostile_texts_take_no_longer_than_others() {
    let query = Query::parse(&format!("授权 \"{}二\"", "一".repeat(900))).unwrap();
    for text in [
        "\u{200B}".repeat(100_000),
        format!("授{}权", "\u{301}".repeat(100_000)),
        "一，".repeat(50_000),
        "一".repeat(60_000),
        "1 ".repeat(100_000),
        "a.".repeat(100_000),
        "-\n".repeat(100_000),
    ] {
        let begun = std::time::Instant::now();
        index().tokens(&text);
        assert!(!query.confirm(&text));
        assert!(begun.elapsed().as_secs() < 30);
    }
}

proptest! {
    #[test]
    fn no_text_breaks_a_query(query in "\\PC{0,60}", text in "\\PC{0,60}") {
        if let Ok(query) = Query::parse(&query) {
            index().matching(&query);
            query.confirm(&text);
            let shown: String = snippet(&text, &query, 10).pieces.into_iter().map(|piece| piece.text).collect();
            prop_assert!(text.contains(&shown));
        }
    }

    #[test]
    fn every_two_characters_of_a_chinese_text_find_it(text in "[授权權书確认訂單客户戶 \\n]{2,30}") {
        let chars: Vec<char> = text.chars().collect();
        for pair in chars.windows(2) {
            if pair.iter().all(|c| !c.is_whitespace()) {
                let query: String = pair.iter().collect();
                prop_assert!(finds(&query, &text), "{}", query);
            }
        }
    }

    #[test]
    fn every_word_of_a_text_finds_it(text in "[a-d0-3]{2,6}([ ,.@_/:\\-][a-d0-3]{2,6}){0,6}") {
        for word in text.split([' ', ',']) {
            prop_assert!(finds(&format!("\"{word}\""), &text), "{word} in {text}");
        }
    }
}
