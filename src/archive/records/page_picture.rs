//! Pictures of the pages of a record's PDF for a reader: what a rendition hides is filled in. The picture is painted
//! in a process of its own; that it was made is in the ledger first.

use serde_json::json;
use zeroize::Zeroizing;

use super::hiding::{asked, not_made};
use super::rendition::{Content, RenditionRequest, with};
use crate::archive::Archive;
use crate::archive::caller::Caller;
use crate::archive::refusal::{Refusal, Withheld};
use crate::archive::rows;
use crate::base::id::ComponentId;
use crate::document::Format;
use crate::document::protocol::{self, Task};
use crate::ledger::entry::{EntryDraft, EntryKind};
use crate::sandbox::Tenant;

/// Which picture.
#[derive(Clone)]
pub struct PageRequest {
    /// Of which component, by which profile.
    pub of: RenditionRequest,
    /// The page, from 1.
    pub page: u32,
    /// Dots per inch.
    pub dots_per_inch: u16,
}

/// A picture of a page.
pub struct PagePicture {
    /// PNG.
    pub bytes: Zeroizing<Vec<u8>>,
    /// The component.
    pub component: ComponentId,
    /// Position of its ledger entry.
    pub ledger_index: u64,
}

impl Archive {
    /// Paints a page of a PDF with personal data hidden as a profile asks.
    ///
    /// # Errors
    /// As [`Archive::redacted_rendition`]; [`Withheld::NoText`] if it is no PDF or has no such page.
    pub fn redacted_page(&self, caller: &Caller, request: &PageRequest) -> Result<PagePicture, Refusal> {
        let keys = self.inner.keys();
        let made = self.gather(caller, &request.of, &keys)?;
        let (bytes, name, parties) = match &made.content {
            Content::Document(bytes, name, parties) => (bytes, name, parties),
            Content::Text(..) => return Err(Refusal::Withheld(Withheld::NoText)),
            Content::None(why) => return Err(Refusal::Withheld(*why)),
        };
        if made.kind != Format::Pdf {
            return Err(Refusal::Withheld(Withheld::NoText));
        }
        let (record, component) = (&made.record, &made.component);
        let mut pseudonyms = self.pseudonyms_of(&made, &keys)?;
        // Nothing is written into the picture but boxes: it gives no numbers.
        let asked = asked(&made, &mut pseudonyms, parties)?;
        let task = Task::Page { page: request.page, dots_per_inch: request.dots_per_inch };
        let wanted = protocol::Request::new(task, Some(name), Some(&component.media_type));
        let wanted = wanted.asking(asked.to_json());
        let picture = self.inner.documents.make(Tenant::Person, &wanted, bytes);
        let picture = picture.map_err(|refusal| not_made(refusal).refusal)?;
        let mut facts = with(made.facts(None, 0), [("page", json!(request.page))]);
        if let Some(facts) = facts.as_object_mut() {
            facts.remove("hidden");
        }
        let (actor, id) = (caller.actor(), record.id);
        let written = self.inner.write_as(caller, made.may.clone(), move |tx, _| {
            rows::must_be_open_still(tx.conn(), id)?;
            tx.enter(EntryDraft { kind: EntryKind::Redacted, subject: id.to_string(), actor, facts })?;
            Ok::<_, Refusal>(())
        })?;
        Ok(PagePicture { bytes: picture.bytes, component: component.id, ledger_index: written.first_seq })
    }
}
