//! Closed lists of words: one macro, so that each is written, read and listed in the same way. Sets that
//! people write too, with aliases, have one of their own in `record`.

/// Makes an enum whose variants are written as one word each.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$item_doc:meta])* $item:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$item_doc])* $item,)+ }

        impl $name {
            /// All of them, in the order of the list.
            pub const ALL: &'static [Self] = &[$(Self::$item,)+];
            /// Their words, in the same order.
            pub const WORDS: &'static [&'static str] = &[$($word,)+];

            /// The word as it is stored.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$item => $word,)+ }
            }

            /// Reads the word; `None` if the list does not have it.
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$item),)+ _ => None }
            }
        }
    };
}
pub(crate) use words;

#[cfg(test)]
mod tests {
    words! {
        /// Two words.
        Colour {
            /// Red.
            DarkRed = "dark_red",
            /// Blue.
            Blue = "blue",
        }
    }

    #[test]
    fn a_word_is_read_back_and_no_other_is() {
        assert!(Colour::ALL.iter().all(|colour| Colour::parse(colour.as_str()) == Some(*colour)));
        assert!(Colour::ALL.iter().map(|colour| colour.as_str()).eq(Colour::WORDS.iter().copied()));
        for word in ["", "Blue", " blue", "dark red"] {
            assert_eq!(Colour::parse(word), None, "{word}");
        }
    }
}
