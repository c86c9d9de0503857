//! What is asked for of a redacted rendition: the profile, whom the document is about, words that must go, the
//! secrets by which values are exchanged. It crosses to the process that makes the rendition as JSON.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::Withheld;
use crate::base::digest::{from_hex, to_hex};
use crate::base::limits::{LOOKED_AT_BOXES_MAX, PDF_PAGES_MAX, TERM_CHARS_MAX, TERMS_MAX};
use crate::base::secret::SecretKey;
use crate::document::pdf::{self, Area};
use crate::document::redact::Slips;
use crate::redaction::kind::Kind;
use crate::redaction::{CaseBook, Keys, Policy, Subject, Subjects};

/// Characters from which a word that must go is looked for: one alone stands in many others.
const TERM_CHARS_MIN: usize = 2;

/// What is asked for. Holds what is personal data: `Debug` withholds it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// The text of the profile.
    pub profile: String,
    /// Patterns that are hidden besides, by type.
    pub patterns: Vec<(String, String)>,
    /// Whom the document is about.
    pub subjects: Vec<Party>,
    /// Words that must go, whatever the profile keeps.
    pub terms: Vec<String>,
    /// The secret of the matter, in hexadecimal digits.
    secret: String,
    /// The numbers given in the matter so far.
    numbers: String,
    /// Words that stand where something was taken out.
    pub slips: SlipWords,
    /// Pages and pictures that a person has looked at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub looked_at: Vec<LookedAt>,
}

/// A page that a person has looked at: what nobody can read for certain leaves as that person says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LookedAt {
    /// The page, from 1; 1 for a picture.
    pub page: u32,
    /// What is to be filled in there; nothing, if there is nothing to hide.
    pub boxes: Vec<BoxOnPage>,
}

/// A rectangle on a page as it is seen, from its upper left corner: in points on a page of a PDF, in pixels in a
/// picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BoxOnPage {
    /// Its left edge.
    pub left: u32,
    /// Its upper edge.
    pub top: u32,
    /// How wide it is.
    pub width: u32,
    /// How high it is.
    pub height: u32,
}

/// Somebody whom the document is about.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Party {
    /// The whole name.
    pub name: String,
    /// True if it is an organisation.
    pub organisation: bool,
    /// True for whoever asks for their own data.
    pub own: bool,
    /// Other names and numbers, by type.
    pub values: Vec<(String, String)>,
}

/// Words that stand where something was taken out, in the language of whoever asked.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlipWords {
    /// In place of a picture.
    pub picture: String,
    /// In place of an attachment.
    pub attachment: String,
    /// On a page that is withheld.
    pub page: String,
}

impl SlipWords {
    /// The words, lent.
    pub fn lent(&self) -> Slips<'_> {
        Slips { picture: &self.picture, attachment: &self.attachment, page: &self.page }
    }
}

/// Why a list of pages that somebody has looked at is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadLookedAt {
    /// It is no list of pages with boxes.
    #[error("no list of pages with boxes")]
    Malformed,
    /// A page that is none, or stands there twice.
    #[error("page {page} is none, or stands there twice")]
    Page {
        /// The page.
        page: u32,
    },
    /// More boxes than are filled.
    #[error("more than {LOOKED_AT_BOXES_MAX} boxes")]
    TooMany,
    /// A box without a size.
    #[error("a box on page {page} has no size")]
    Empty {
        /// The page.
        page: u32,
    },
}

/// Checks a list of pages that somebody has looked at.
///
/// # Errors
/// Too many, a page twice, a box that covers nothing.
pub fn looked_at(pages: Vec<LookedAt>) -> Result<Vec<LookedAt>, BadLookedAt> {
    let mut seen = BTreeSet::new();
    let mut boxes = 0;
    for LookedAt { page, boxes: own } in &pages {
        let page = *page;
        let is_one = usize::try_from(page).is_ok_and(|page| (1..=PDF_PAGES_MAX).contains(&page));
        if !is_one || !seen.insert(page) {
            return Err(BadLookedAt::Page { page });
        }
        if own.iter().any(|one| one.width == 0 || one.height == 0) {
            return Err(BadLookedAt::Empty { page });
        }
        boxes += own.len();
    }
    if boxes > LOOKED_AT_BOXES_MAX { Err(BadLookedAt::TooMany) } else { Ok(pages) }
}

/// Reads such a list from JSON: `[{"page": 1, "boxes": [{"left": 0, "top": 0, "width": 9, "height": 9}]}]`.
///
/// # Errors
/// As [`looked_at`].
pub fn looked_at_in(json: &[u8]) -> Result<Vec<LookedAt>, BadLookedAt> {
    looked_at(serde_json::from_slice(json).map_err(|_| BadLookedAt::Malformed)?)
}

/// Why a list of words that must go is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadTerms {
    /// More words than are looked for.
    #[error("more than {TERMS_MAX} words")]
    TooMany,
    /// A word that is too long.
    #[error("line {line} has more than {TERM_CHARS_MAX} characters")]
    TooLong {
        /// Its line, from 1.
        line: usize,
    },
    /// A word of which too little is left to tell it from others.
    #[error("line {line} has fewer than {TERM_CHARS_MIN} letters or digits")]
    TooShort {
        /// Its line, from 1.
        line: usize,
    },
}

/// Reads a list of words that must go, one a line; blank lines, and those that begin with `#`, say nothing.
///
/// # Errors
/// Too many, too long, too short.
pub fn terms(text: &str) -> Result<Vec<String>, BadTerms> {
    let mut terms = Vec::new();
    for (line, term) in (1..).zip(text.lines().map(str::trim)) {
        if term.is_empty() || term.starts_with('#') {
            continue;
        }
        match term.chars().count() {
            ..=TERM_CHARS_MAX => {}
            _ => return Err(BadTerms::TooLong { line }),
        }
        if term.chars().filter(|c| c.is_alphanumeric()).count() < TERM_CHARS_MIN {
            return Err(BadTerms::TooShort { line });
        }
        if terms.len() == TERMS_MAX {
            return Err(BadTerms::TooMany);
        }
        terms.push(term.to_owned());
    }
    Ok(terms)
}

impl Asked {
    /// A profile and the secret of a matter; whatever else is asked for is added to it.
    pub fn new(profile: &str, secret: &SecretKey<32>, book: &CaseBook, slips: SlipWords) -> Self {
        Self {
            profile: profile.to_owned(),
            patterns: Vec::new(),
            subjects: Vec::new(),
            terms: Vec::new(),
            secret: to_hex(secret.expose()),
            numbers: book.to_lines(),
            slips,
            looked_at: Vec::new(),
        }
    }

    /// What is to be filled in on the pages of a PDF that somebody has looked at.
    pub(super) fn areas(&self) -> pdf::LookedAt {
        let narrow = |points: u32| f32::from(u16::try_from(points).unwrap_or(u16::MAX));
        let area = |one: &BoxOnPage| {
            let (left, top) = (narrow(one.left), narrow(one.top));
            Area { left, top, right: left + narrow(one.width), bottom: top + narrow(one.height) }
        };
        self.looked_at.iter().map(|page| (page.page, page.boxes.iter().map(area).collect())).collect()
    }

    /// As JSON.
    pub fn to_json(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(serde_json::to_vec(self).expect("text and lists of text are JSON"))
    }

    /// From JSON.
    ///
    /// # Errors
    /// It is none of what this program writes.
    pub fn parse(json: &[u8]) -> Result<Self, Withheld> {
        serde_json::from_slice(json).map_err(|_| Withheld::NotAsMeant)
    }

    pub(super) fn policy(&self) -> Result<Policy, Withheld> {
        let mut policy = Policy::parse(&self.profile).map_err(|_| Withheld::NotAsMeant)?;
        for (kind, pattern) in &self.patterns {
            policy = policy.and(kind, pattern).map_err(|_| Withheld::NotAsMeant)?;
        }
        // Whatever the profile does with the types that it knows: these words go.
        Ok(if self.terms.is_empty() { policy } else { policy.denying([]) })
    }

    pub(super) fn keys(&self) -> Result<Keys, Withheld> {
        let bytes = Zeroizing::new(from_hex(&self.secret).ok_or(Withheld::NotAsMeant)?);
        SecretKey::from_slice(&bytes).map(Keys::new).ok_or(Withheld::NotAsMeant)
    }

    pub(super) fn book(&self) -> Result<CaseBook, Withheld> {
        CaseBook::parse(&self.numbers).ok_or(Withheld::NotAsMeant)
    }

    /// Whom and what is looked for.
    pub(super) fn looked_for(&self) -> Result<Subjects, Withheld> {
        let mut all: Vec<Subject> = Vec::with_capacity(self.subjects.len() + self.terms.len());
        for party in &self.subjects {
            let values = party.values.iter().map(|(kind, value)| {
                Kind::parse(kind).map(|kind| (kind, value.clone())).ok_or(Withheld::NotAsMeant)
            });
            all.push(Subject {
                name: party.name.clone(),
                organisation: party.organisation,
                values: values.collect::<Result<_, _>>()?,
                own: party.own,
            });
        }
        all.push(self.terms_as_subject());
        Ok(Subjects::new(&all))
    }

    /// The words that must go alone, for whoever tests what was made.
    pub(super) fn must_go(&self) -> Subjects {
        Subjects::new(&[self.terms_as_subject()])
    }

    /// They are looked for as what is known of an organisation: in every writing, and as whole words.
    fn terms_as_subject(&self) -> Subject {
        let values = self.terms.iter().map(|term| (Kind::Custom, term.clone()));
        Subject { organisation: true, values: values.collect(), ..Subject::default() }
    }
}

impl Party {
    /// As JSON has it.
    pub fn of(subject: &Subject) -> Self {
        let values = subject.values.iter().map(|(kind, value)| (kind.as_str().to_owned(), value.clone()));
        Self {
            name: subject.name.clone(),
            organisation: subject.organisation,
            own: subject.own,
            values: values.collect(),
        }
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        use zeroize::Zeroize as _;

        self.secret.zeroize();
        self.terms.zeroize();
        for party in &mut self.subjects {
            party.name.zeroize();
            party.values.iter_mut().for_each(|(_, value)| value.zeroize());
        }
    }
}

impl fmt::Debug for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Asked [withheld]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_must_go_are_read_line_by_line() {
        assert_eq!(terms("# list\n 张三 \n\n项目天鹅\r\n").unwrap(), ["张三", "项目天鹅"]);
        assert_eq!(terms("ok\nx\n"), Err(BadTerms::TooShort { line: 2 }));
        assert_eq!(terms("--\n"), Err(BadTerms::TooShort { line: 1 }));
        assert_eq!(terms(&"x".repeat(TERM_CHARS_MAX + 1)), Err(BadTerms::TooLong { line: 1 }));
        assert_eq!(terms(&"ab\n".repeat(TERMS_MAX + 1)), Err(BadTerms::TooMany));
    }

    #[test]
    fn pages_that_somebody_has_looked_at_are_named_once_and_boxes_have_a_size() {
        let read = |json: &str| looked_at_in(json.as_bytes());
        let one =
            read(r#"[{"page": 2, "boxes": [{"left": 0, "top": 1, "width": 2, "height": 3}]}]"#).unwrap();
        assert_eq!((one[0].page, one[0].boxes[0].height), (2, 3));
        assert_eq!(read(r#"[{"page": 0, "boxes": []}]"#), Err(BadLookedAt::Page { page: 0 }));
        let twice = r#"[{"page": 1, "boxes": []}, {"page": 1, "boxes": []}]"#;
        assert_eq!(read(twice), Err(BadLookedAt::Page { page: 1 }));
        let flat = r#"[{"page": 1, "boxes": [{"left": 0, "top": 0, "width": 0, "height": 1}]}]"#;
        assert_eq!(read(flat), Err(BadLookedAt::Empty { page: 1 }));
        assert_eq!(read(r#"{"page": 1}"#), Err(BadLookedAt::Malformed));
        let one = BoxOnPage { left: 0, top: 0, width: 1, height: 1 };
        let many = vec![LookedAt { page: 1, boxes: vec![one; LOOKED_AT_BOXES_MAX + 1] }];
        assert_eq!(looked_at(many), Err(BadLookedAt::TooMany));
    }

    #[test]
    fn what_is_asked_crosses_whole_and_shows_itself_to_nobody() {
        let secret = SecretKey::take(&mut [7; 32]);
        let slips = SlipWords { picture: "p".into(), attachment: "a".into(), page: "w".into() };
        let mut asked =
            Asked::new(Policy::shipped_text("dsar").unwrap(), &secret, &CaseBook::default(), slips);
        asked.terms = vec!["项目天鹅".into()];
        let again = Asked::parse(&asked.to_json()).unwrap();
        assert_eq!(again.to_json(), asked.to_json());
        assert!(again.policy().is_ok() && again.keys().is_ok() && again.looked_for().is_ok());
        assert_eq!(format!("{again:?}"), "Asked [withheld]");
        assert!(Asked::parse(b"{}").is_err());
    }
}
