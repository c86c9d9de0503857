//! Texts of which some places are hidden from a reader.
//!
//! Promises that what a reader finds by words is the same whatever stands where something is hidden: no token,
//! no phrase and no snippet depends on it.

/// Stands for one hidden place: a character for private use that is in no word and joins none.
pub const HIDDEN: char = '\u{F8F0}';

/// What readers see there.
const BLOCKS: &str = "███";

/// A piece of text as it is shown.
pub fn to_blocks(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            HIDDEN => shown.push_str(BLOCKS),
            letter => shown.push(letter),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::secret::SecretKey;
    use crate::search::{ContentIndex, Query};
    use proptest::prelude::*;

    fn index() -> ContentIndex {
        ContentIndex::withheld(&SecretKey::take(&mut [1; 32]))
    }

    /// The text with some value in the hidden places.
    fn with(hidden: &str, value: &str) -> String {
        hidden.replace(HIDDEN, value)
    }

    fn finds(hidden: &str, value: &str, query: &str) -> bool {
        let mut index = index();
        let text = with(hidden, value);
        let Some(withheld) = index.withheld_tokens(&text, hidden) else { return false };
        let matching = index.matching(&Query::parse(query).unwrap()).for_shown();
        let all = index.tokens(&text);
        let has = |token| all.binary_search(token).is_ok() && withheld.binary_search(token).is_err();
        matching.tokens().iter().all(has)
    }

    #[test]
    fn what_stands_around_a_hidden_place_is_found_and_what_runs_into_it_is_not() {
        let hidden = format!("客户{HIDDEN}来电，订单SQ-2026-{HIDDEN}，第{HIDDEN}条，确认单abc{HIDDEN}");
        for value in ["王小明", "John Smith", "00417", "3", "\u{301}"] {
            for query in ["客户", "来电", "订单", "确认单", "sq", "2026"] {
                assert!(finds(&hidden, value, query), "{value}: {query}");
            }
            for query in
                ["户王", "王小", "小明", "明来", "john", "smith", "00417", "sq202600417", "sq2026", "abc"]
            {
                assert!(!finds(&hidden, value, query), "{value}: {query}");
            }
        }
    }

    #[test]
    fn a_value_that_stands_open_elsewhere_is_found_there_and_in_no_hidden_place() {
        let hidden = format!("授权书由{HIDDEN}签字");
        assert!(finds(&hidden, "授权", "授权"), "the word of the title");
        assert!(!finds(&hidden, "李授权", "李授"));
    }

    #[test]
    fn hidden_places_are_shown_as_blocks() {
        assert_eq!(to_blocks(&format!("客户{HIDDEN}来电")), "客户███来电");
    }

    fn stretch() -> impl Strategy<Value = String> {
        prop_oneof![
            "[授权书客户来电条第]{0,4}",
            "[a-c0-9]{0,4}",
            "[-_@. ，\\n]{0,2}",
            "[\u{301}か\u{3099}éÅ㍿]{0,2}"
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        /// Whatever stands in the hidden places: the tokens that a reader can ask for are those of the hidden text.
        #[test]
        fn no_value_changes_what_is_found(
            parts in prop::collection::vec(stretch(), 1..8),
            values in prop::collection::vec(stretch(), 8),
        ) {
            let hidden = parts.join(&HIDDEN.to_string());
            let mut text = String::new();
            for (part, value) in parts.iter().zip(&values) {
                if !text.is_empty() {
                    text.push_str(value);
                }
                text.push_str(part);
            }
            let mut index = index();
            let shown = index.shown_tokens(&hidden);
            if let Some(withheld) = index.withheld_tokens(&text, &hidden) {
                let mut found = index.tokens(&text);
                found.retain(|token| withheld.binary_search(token).is_err());
                prop_assert_eq!(found, shown);
            }
        }

        /// Values as they are, letters and digits without marks that belong to what is before: nothing is given up.
        #[test]
        fn a_text_with_ordinary_values_can_always_be_shown(
            parts in prop::collection::vec("[授权书客户来a-c0-9@. ，-]{0,6}", 1..6),
            values in prop::collection::vec("[王小明a-z0-9@ -]{1,6}", 6),
        ) {
            let hidden = parts.join(&HIDDEN.to_string());
            let mut text = parts.first().cloned().unwrap_or_default();
            for (part, value) in parts.iter().skip(1).zip(&values) {
                text.push_str(value);
                text.push_str(part);
            }
            prop_assert!(index().withheld_tokens(&text, &hidden).is_some());
        }
    }
}
