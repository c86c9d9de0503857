//! Hides in what a rendition is made of: in a text in here, in every other document in a process of its own.

use serde_json::Value;
use zeroize::Zeroizing;

use super::proven::Proven;
use super::pseudonyms::Pseudonyms;
use super::rendition::{Content, Made, RenditionContent};
use crate::archive::Archive;
use crate::archive::refusal::{Refusal, Withheld};
use crate::document::protocol::{self, Task};
use crate::document::rendition::{Asked, Party, SlipWords};
use crate::document::{self, Format as Kind};
use crate::redaction::{self, Policy, Request};
use crate::sandbox::{self, Tenant};

/// A file inside the text. Nobody has looked into it, so it goes.
pub(super) const EMBEDDED: &str = "EMBEDDED_FILE";
/// RFC 2397, "The data URL scheme", as far as it holds bytes and not words.
pub(super) const EMBEDDED_PATTERN: &str =
    r"(?i)data:[a-z0-9.+/*_-]*(?:;[a-z0-9.=+_-]+)*;\s*base64\s*,[a-z0-9+/=%_\s-]*";

/// What came of it.
pub(super) struct Hidden {
    pub(super) content: RenditionContent,
    pub(super) kind: Kind,
    pub(super) places: u64,
    pub(super) report: Value,
}

/// Why nothing came of it.
pub(super) struct Unmade {
    pub(super) refusal: Refusal,
    /// The word for what stood against it, where that is known more closely.
    pub(super) reason: Option<&'static str>,
}

impl From<Refusal> for Unmade {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, reason: None }
    }
}

impl From<Withheld> for Unmade {
    fn from(withheld: Withheld) -> Self {
        Refusal::Withheld(withheld).into()
    }
}

impl Archive {
    /// Hides in what a rendition is made of; gives numbers in the case's book.
    pub(super) fn hidden(&self, made: &Made, pseudonyms: &mut Pseudonyms) -> Result<Hidden, Unmade> {
        let Made { component, policy, subjects, kind, content, proven, .. } = made;
        match content {
            Content::Text(text, format) => {
                let keys = pseudonyms.keys();
                let request = Request { policy, keys: &keys, subjects, format: *format };
                let redacted = redaction::redact(&text.text, &request, pseudonyms.book());
                let hides_all =
                    |proven: &Proven| proven.is_hidden(&text.text, *format, policy, &redacted.report);
                if !redacted.safe || !proven.as_ref().is_none_or(hides_all) {
                    return Err(Withheld::Unproven.into());
                }
                Ok(Hidden {
                    content: RenditionContent::Text(Zeroizing::new(redacted.document)),
                    kind: *kind,
                    places: redacted.report.entries.len() as u64,
                    report: redacted.report.to_json(),
                })
            }
            Content::Document(bytes, name, parties) => {
                let asked = asked(made, pseudonyms, parties)?;
                let wanted = protocol::Request::new(Task::Rendition, Some(name), Some(&component.media_type));
                let wanted = wanted.asking(asked.to_json());
                let made = self.inner.documents.make(Tenant::Person, &wanted, bytes).map_err(not_made)?;
                let report = made.report.ok_or(Withheld::Unproven)?;
                pseudonyms.take(&made.numbers)?;
                Ok(Hidden {
                    content: RenditionContent::Bytes(made.bytes),
                    kind: made.format,
                    places: report.entries.len() as u64,
                    report: serde_json::to_value(&report).map_err(|_| Withheld::Unproven)?,
                })
            }
            Content::None(why) => Err((*why).into()),
        }
    }
}

/// What is asked for of a document that is no text.
pub(super) fn asked(made: &Made, pseudonyms: &mut Pseudonyms, parties: &[Party]) -> Result<Asked, Refusal> {
    let text = Policy::shipped_text(&made.policy.name).ok_or(Refusal::Withheld(Withheld::Unproven))?;
    let slips = SlipWords {
        picture: "图片 / picture".to_owned(),
        attachment: "附件 / attachment".to_owned(),
        page: "本页不予提供 / page withheld".to_owned(),
    };
    let secret = pseudonyms.secret().clone();
    let mut asked = Asked::new(text, &secret, pseudonyms.book(), slips);
    asked.patterns = vec![(EMBEDDED.to_owned(), EMBEDDED_PATTERN.to_owned())];
    asked.subjects = parties.to_vec();
    asked.looked_at.clone_from(&made.looked_at);
    Ok(asked)
}

/// Why nothing was made, as readers are told.
pub(super) fn not_made(refusal: sandbox::Refusal) -> Unmade {
    tracing::info!(%refusal, "no redacted copy of a document");
    if refusal.may_pass() {
        return Refusal::Io { what: "read a document", error: std::io::Error::other(refusal) }.into();
    }
    let (why, reason) = match &refusal {
        sandbox::Refusal::Document(refused) => (Withheld::NoText, Some(protocol::reason(refused))),
        sandbox::Refusal::Withheld(withheld) => {
            let is_no_copy = matches!(withheld, document::Withheld::NoCopy { .. });
            let why = if is_no_copy { Withheld::NoText } else { Withheld::Unproven };
            (why, Some(protocol::withheld_reason(withheld)))
        }
        _ => (Withheld::Unproven, None),
    };
    Unmade { refusal: Refusal::Withheld(why), reason }
}
