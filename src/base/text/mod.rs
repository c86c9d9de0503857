//! Text as people write it: folding for comparison and search, and the checks that every name
//! and label passes before it enters the archive.

use std::collections::HashMap;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Traditional characters and their Simplified forms, from OpenCC's `TSCharacters` (Apache-2.0).
static SIMPLIFIED: LazyLock<HashMap<char, char>> = LazyLock::new(|| {
    include_str!("traditional.tsv")
        .lines()
        .filter_map(|line| {
            let (from, to) = line.split_once('\t')?;
            Some((from.chars().next()?, to.chars().next()?))
        })
        .collect()
});

/// The Simplified form of a Traditional character; any other character is returned as it is.
pub fn simplified(c: char) -> char {
    if (c as u32) < 0x3400 { c } else { SIMPLIFIED.get(&c).copied().unwrap_or(c) }
}

/// Folds text for comparison: NFKC, full width to half width, lower case, Traditional to
/// Simplified, invisible characters dropped. Folding twice changes nothing more.
pub fn fold(text: &str) -> String {
    text.nfkc().filter(|c| !is_invisible(*c)).flat_map(char::to_lowercase).nfkc().map(simplified).collect()
}

/// Folds a name for lookup: [`fold`], with every run of white space made one blank and none at the ends.
pub fn fold_name(text: &str) -> String {
    fold(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// True for characters that take no place in print: zero width, soft hyphen, byte order mark,
/// direction marks, variation selectors.
pub fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
        | '\u{180B}'..='\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}'
        | '\u{E0000}'..='\u{E0FFF}')
}

/// True for characters that change the direction in which neighbours are shown: with them a
/// file name can look like another (CVE-2021-42574).
pub fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// True for Han characters, with their extensions and compatibility forms.
pub fn is_han(c: char) -> bool {
    matches!(c,
        '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{323AF}' | '\u{3005}' | '\u{3007}')
}

/// Why a text is no label.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadLabel {
    /// Nothing visible in it.
    #[error("it is blank")]
    Blank,
    /// More characters than allowed.
    #[error("it has {chars} characters; at most {most} are allowed")]
    TooLong {
        /// Characters found.
        chars: usize,
        /// Characters allowed.
        most: usize,
    },
    /// A control or direction character.
    #[error("character {position} is a control or text-direction character (U+{code:04X})")]
    Control {
        /// 1-based position, in characters.
        position: usize,
        /// The character's code point.
        code: u32,
    },
}

/// Checks one line of text that people will read as a name: not blank, at most `most`
/// characters, no control and no direction characters. Returns it trimmed, in NFC and without
/// characters that nobody sees ([`visible`]): two names that look the same are the same.
pub fn label(text: &str, most: usize) -> Result<String, BadLabel> {
    let forbidden = |c: char| c.is_control() || is_bidi_control(c) || matches!(c, '\u{2028}' | '\u{2029}');
    check_chars(text, most, forbidden)?;
    clean(&visible(text), most)
}

/// Checks free text of several lines: as [`label`], but line breaks and tabs are welcome, and nothing is
/// taken out.
pub fn prose(text: &str, most: usize) -> Result<String, BadLabel> {
    check_chars(text, most, |c| (c.is_control() && !matches!(c, '\n' | '\r' | '\t')) || is_bidi_control(c))?;
    clean(text, most)
}

/// The text without zero-width spaces, byte order marks and word joiners, which come along with copies
/// from pages and tables and mean nothing in a name. Joiners of letters and pictures stay where they join:
/// beside Latin and Han characters they join nothing.
pub fn visible(text: &str) -> String {
    let joins = |c: Option<char>| c.is_some_and(|c| !c.is_ascii() && !is_han(c) && !is_invisible(c));
    let mut seen = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    let mut before = None;
    while let Some(c) = rest.next() {
        let stays = match c {
            '\u{200B}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}' => false,
            // Pictures are joined behind their variation selector, too.
            '\u{200C}' | '\u{200D}' => {
                (joins(before) || before == Some('\u{FE0F}')) && joins(rest.peek().copied())
            }
            _ => true,
        };
        if stays {
            seen.push(c);
            before = Some(c);
        }
    }
    seen
}

fn check_chars(text: &str, most: usize, forbidden: impl Fn(char) -> bool) -> Result<(), BadLabel> {
    // Counted before normalising, so that a hostile text costs one pass at most.
    let chars = text.chars().take(most.saturating_mul(4).saturating_add(1)).count();
    if chars > most.saturating_mul(4) {
        return Err(BadLabel::TooLong { chars, most });
    }
    match text.chars().enumerate().find(|(_, c)| forbidden(*c)) {
        Some((at, c)) => Err(BadLabel::Control { position: at + 1, code: c as u32 }),
        None => Ok(()),
    }
}

fn clean(text: &str, most: usize) -> Result<String, BadLabel> {
    let clean: String = text.trim().nfc().collect();
    if clean.chars().all(|c| c.is_whitespace() || is_invisible(c) || is_combining_mark(c)) {
        return Err(BadLabel::Blank);
    }
    match clean.chars().count() {
        chars if chars > most => Err(BadLabel::TooLong { chars, most }),
        _ => Ok(clean),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_scripts_and_widths_fold_to_one_text() {
        assert_eq!(fold("客戶授權書 ＡＢＣ１２３"), "客户授权书 abc123");
        assert_eq!(fold("資料\u{200B}處理"), fold("资料处理"));
    }

    #[test]
    fn folding_twice_changes_nothing_more() {
        for text in ["ﬁ Straße İ", "㍿ 乾隆 鍾錶 後臺", "Å Ⅷ ｶﾞ"] {
            assert_eq!(fold(&fold(text)), fold(text), "{text}");
        }
    }

    #[test]
    fn a_label_shows_what_it_is() {
        assert_eq!(label("  授权书.pdf ", 20).as_deref(), Ok("授权书.pdf"));
        assert_eq!(label("a\u{202E}fdp.exe", 20), Err(BadLabel::Control { position: 2, code: 0x202E }));
        assert_eq!(label("\u{200B} ", 20), Err(BadLabel::Blank));
        assert_eq!(label("四个汉字", 3), Err(BadLabel::TooLong { chars: 4, most: 3 }));
        assert_eq!(label("a\nb", 9), Err(BadLabel::Control { position: 2, code: 10 }));
        assert_eq!(prose("a\nb", 9).as_deref(), Ok("a\nb"));
    }

    #[test]
    fn names_that_look_the_same_are_the_same_and_those_of_nothing_are_blank() {
        for hidden in ["\u{200B}", "\u{200C}", "\u{200D}", "\u{2060}", "\u{2063}", "\u{FEFF}"] {
            assert_eq!(label(hidden, 9), Err(BadLabel::Blank), "{hidden:?}");
            for name in [format!("青{hidden}禾"), format!("{hidden}青禾"), format!(" 青禾{hidden} ")] {
                assert_eq!(label(&name, 9).as_deref(), Ok("青禾"), "{name:?}");
            }
            assert_eq!(label(&format!("AC{hidden}ME"), 9).as_deref(), Ok("ACME"), "{hidden:?}");
        }
        for shown in ["\u{200E}", "\u{200F}", "\u{202E}", "\u{2066}", "\u{061C}"] {
            assert!(matches!(label(&format!("a{shown}b"), 9), Err(BadLabel::Control { position: 2, .. })));
        }
        // Persian, Malayalam, a family in one picture.
        for name in ["می\u{200C}خواهم", "ന്\u{200D}റ", "👩\u{200D}👧.png", "❤\u{FE0F}\u{200D}🔥"]
        {
            assert_eq!(label(name, 20).as_deref(), Ok(name));
        }
    }

    #[test]
    fn what_was_cleaned_once_stays_as_it_is() {
        for name in ["a\u{200D}\u{200D}b", "मी\u{200D}\u{FEFF}\u{200D}मी", "\u{200B}e\u{200B}\u{301}"]
        {
            let once = label(name, 20).unwrap();
            assert_eq!(label(&once, 20).as_deref(), Ok(once.as_str()), "{name:?}");
        }
    }
}
