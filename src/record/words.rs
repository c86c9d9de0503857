//! Closed sets of words: one macro, so that every set reads, writes and refuses in the same way.

use crate::base::text;

/// A word that the set does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not one of the words allowed here: {}", allowed.join(", "))]
pub struct UnknownWord {
    /// The words of the set, as the archive writes them.
    pub allowed: &'static [&'static str],
}

/// The form in which words of people are compared: folded, with `_` for blanks and hyphens.
pub(crate) fn comparable(word: &str) -> String {
    text::fold_name(word).replace([' ', '-'], "_")
}

/// True if `text` is one of `aliases` in any case, width, script or joining.
pub(crate) fn is_alias(text: &str, aliases: &[&str]) -> bool {
    let text = comparable(text);
    aliases.iter().any(|alias| comparable(alias) == text)
}

/// Makes an enum whose variants are written as one word each. After `|` stand the words that
/// people use for the same: they are read, in either Chinese script, but never written.
macro_rules! closed_words {
    ($(#[$doc:meta])* pub enum $name:ident {
        $($(#[$variant_doc:meta])* $variant:ident = $word:literal $(| $alias:literal)*),+ $(,)?
    }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$variant_doc])* $variant),+
        }

        impl $name {
            /// All of them, in their order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// Their words, in the same order.
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            /// The word as stored, hashed and shown by the API.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }

            /// Reads the word as the archive writes it; anything else is `None`, for rows.
            pub fn from_row(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$variant),)+
                    _ => None,
                }
            }

            /// Reads the word as people write it: any case, blanks or hyphens for `_`, and the
            /// glossary's Chinese words in either script.
            pub fn parse(text: &str) -> Result<Self, $crate::record::UnknownWord> {
                if let Some(word) = Self::from_row(text) {
                    return Ok(word);
                }
                $(if $crate::record::words::is_alias(text, &[$word $(, $alias)*]) {
                    return Ok(Self::$variant);
                })+
                Err($crate::record::UnknownWord { allowed: Self::WORDS })
            }
        }
    };
}

#[cfg(test)]
mod tests {
    closed_words! {
        /// Two words.
        pub enum Colour {
            /// Red.
            DarkRed = "dark_red" | "深红",
            /// Blue.
            Blue = "blue",
        }
    }

    #[test]
    fn people_may_write_a_word_in_their_way_but_rows_may_not() {
        for text in ["dark_red", "Dark Red", "DARK-RED", "深紅", "ｄａｒｋ red "] {
            assert_eq!(Colour::parse(text), Ok(Colour::DarkRed), "{text}");
        }
        assert_eq!(Colour::from_row("Dark Red"), None);
        assert_eq!(Colour::from_row("blue"), Some(Colour::Blue));
    }

    #[test]
    fn a_word_outside_the_set_is_refused_with_the_set() {
        assert_eq!(Colour::parse("green").unwrap_err().allowed, ["dark_red", "blue"]);
        assert!(Colour::ALL.iter().map(|colour| colour.as_str()).eq(Colour::WORDS.iter().copied()));
    }
}
