//! The opaque words that stand in the index: keyed, truncated digests. Nothing in them can be read
//! without the index key, and they say nothing about each other's words.

use std::fmt;

/// Which of the indexes a token belongs to. Words and subjects have keys of their own; what is withheld has a domain of
/// its own under the key of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Domain {
    /// Words of the whole text.
    Content,
    /// Words that a text does not have once personal data in it is hidden: with them the words of the whole text are
    /// open to everybody who may search.
    Withheld,
    /// Personal data found in a record: open to legal and privacy roles only.
    Subject,
}

impl Domain {
    /// The label under which tokens are made.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Content => "muniment/search/content/v1",
            Self::Withheld => "muniment/search/withheld/v1",
            Self::Subject => "muniment/search/subject/v1",
        }
    }
}

/// One word of the content index: 64 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Token(pub u64);

/// One value of the subject index: 128 bits, so that two people never share one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubjectToken(pub u128);

impl Token {
    /// As the index engines see it: 13 characters of `a-z2-7`.
    pub fn to_text(self) -> String {
        base32(u128::from(self.0) << 64, 13)
    }

    /// Reads back [`Token::to_text`].
    pub fn parse(text: &str) -> Option<Self> {
        let bits = from_base32(text, 13)?;
        let token = Self(u64::try_from(bits >> 64).ok()?);
        (token.to_text() == text).then_some(token)
    }
}

impl SubjectToken {
    /// As the index engines see it: 26 characters of `a-z2-7`.
    pub fn to_text(self) -> String {
        base32(self.0, 26)
    }

    /// Reads back [`SubjectToken::to_text`].
    pub fn parse(text: &str) -> Option<Self> {
        let token = Self(from_base32(text, 26)?);
        (token.to_text() == text).then_some(token)
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_text())
    }
}

impl fmt::Display for SubjectToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_text())
    }
}

/// RFC 4648 base32 in lower case, without padding: letters and digits only, which no engine's own
/// word splitter takes apart. Of `bits`, the first five a character; missing low bits are zero.
fn base32(bits: u128, chars: u32) -> String {
    (0..chars)
        .map(|place| {
            let shift = 123 - i64::from(place) * 5;
            let five = if shift >= 0 { bits >> shift } else { bits << -shift } & 31;
            let five = u8::try_from(five).unwrap_or(0);
            char::from(if five < 26 { b'a' + five } else { b'2' + five - 26 })
        })
        .collect()
}

fn from_base32(text: &str, chars: usize) -> Option<u128> {
    if text.len() != chars {
        return None;
    }
    let mut bits = 0_u128;
    for (place, byte) in (0_i64..).zip(text.bytes()) {
        let five = match byte {
            b'a'..=b'z' => byte - b'a',
            b'2'..=b'7' => byte - b'2' + 26,
            _ => return None,
        };
        let shift = 123 - place * 5;
        bits |= if shift >= 0 { u128::from(five) << shift } else { u128::from(five) >> -shift };
    }
    Some(bits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_text_form_is_lower_case_base32() {
        assert_eq!(Token(0).to_text(), "aaaaaaaaaaaaa");
        assert_eq!(Token(u64::MAX).to_text(), "7777777777776");
        assert_eq!(SubjectToken(u128::MAX).to_text(), "77777777777777777777777774");
    }

    #[test]
    fn another_spelling_of_a_token_is_no_token() {
        for text in ["", "aaaaaaaaaaaa", "AAAAAAAAAAAAA", "aaaaaaaaaaaab", "aaaaaaaaaaaa1"] {
            assert_eq!(Token::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_text_form_is_read_back(content: u64, subject: u128) {
            prop_assert_eq!(Token::parse(&Token(content).to_text()), Some(Token(content)));
            let subject = SubjectToken(subject);
            prop_assert_eq!(SubjectToken::parse(&subject.to_text()), Some(subject));
        }
    }
}
