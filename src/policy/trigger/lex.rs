//! From characters to words, marks and texts, each with the character at which it begins.

use super::{TriggerFault, TriggerWhat};
use crate::base::limits::TRIGGER_CHARS_MAX;

/// What an expression is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// `declared`, `max`, `P7Y`.
    Word(String),
    /// Between quotation marks.
    Text(String),
    Open,
    Close,
    Comma,
    Plus,
}

impl Token {
    /// As it is shown.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Word(word) => crate::policy::read::shown(word),
            Self::Text(text) => format!("\"{}\"", crate::policy::read::shown(text)),
            Self::Open => "(".to_owned(),
            Self::Close => ")".to_owned(),
            Self::Comma => ",".to_owned(),
            Self::Plus => "+".to_owned(),
        }
    }
}

/// A token and where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Placed {
    pub(super) at: usize,
    pub(super) token: Token,
}

/// The tokens of a text, and the number of its characters.
pub(super) fn tokens(text: &str) -> Result<(Vec<Placed>, usize), TriggerFault> {
    let chars: Vec<char> = text.chars().take(TRIGGER_CHARS_MAX + 1).collect();
    if chars.len() > TRIGGER_CHARS_MAX {
        let what = TriggerWhat::TooLong { most: TRIGGER_CHARS_MAX };
        return Err(TriggerFault { at: TRIGGER_CHARS_MAX, what });
    }
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        let begins = at;
        at += 1;
        let token = match c {
            ' ' | '\t' | '\n' | '\r' => continue,
            '(' => Token::Open,
            ')' => Token::Close,
            ',' => Token::Comma,
            '+' => Token::Plus,
            '"' => {
                let inner: String = chars.iter().skip(at).take_while(|c| **c != '"').collect();
                at += inner.chars().count();
                if chars.get(at).is_none() {
                    return Err(TriggerFault { at: begins, what: TriggerWhat::Unclosed });
                }
                at += 1;
                Token::Text(inner)
            }
            c if is_of_word(c) => {
                let rest: String = chars.iter().skip(at).take_while(|c| is_of_word(**c)).collect();
                at += rest.chars().count();
                Token::Word(format!("{c}{rest}"))
            }
            found => return Err(TriggerFault { at: begins, what: TriggerWhat::Character { found } }),
        };
        tokens.push(Placed { at: begins, token });
    }
    Ok((tokens, chars.len()))
}

fn is_of_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')
}
