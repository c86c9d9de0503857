//! The category under which the retention policy looks a record up.

use crate::base::limits::CATEGORY_CHARS_MAX;

use super::kind::{Kind, Subkind};

/// Lower-case words joined by `.`, `-` or `_`: `authorization`, `service.ticket`, `acct.voucher`.
/// It is a clear column and holds no personal data.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Category(String);

/// Not of the form that a category has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("lower-case ASCII words joined by '.', '-' or '_', at most {CATEGORY_CHARS_MAX} characters")]
pub struct BadCategory;

impl Category {
    /// Reads a category; nothing is folded, because policies match it letter by letter.
    pub fn parse(text: &str) -> Result<Self, BadCategory> {
        let words_are_whole = text.split(['.', '-', '_']).all(|word| {
            !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        });
        if words_are_whole && text.len() <= CATEGORY_CHARS_MAX {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadCategory)
        }
    }

    /// The category of a record that names none.
    pub fn of_kind(kind: Kind) -> Self {
        Self(match kind {
            Kind::Authorization | Kind::ProcessingLog | Kind::DeliveryConfirmation => {
                kind.as_str().to_owned()
            }
            Kind::ServiceRecord(Subkind::General) => "service".to_owned(),
            Kind::ServiceRecord(subkind) => format!("service.{}", subkind.as_str()),
        })
    }

    /// As written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_category_of_the_right_form() {
        for kind in Kind::all() {
            let category = Category::of_kind(kind);
            assert_eq!(Category::parse(category.as_str()), Ok(category));
        }
        assert_eq!(Category::of_kind(Kind::ServiceRecord(Subkind::Ticket)).as_str(), "service.ticket");
    }

    #[test]
    fn other_forms_are_refused() {
        let long = "a".repeat(81);
        for text in ["", "Service", "a..b", ".a", "a-", "授权", "a b", "a/b", long.as_str()] {
            assert_eq!(Category::parse(text), Err(BadCategory), "{text}");
        }
        assert!(Category::parse("cn.ndsr-transfer_3y").is_ok());
    }
}
