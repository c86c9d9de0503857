//! What is taken out of a document while it is read: its own text, and the documents inside it.

use zeroize::Zeroizing;

use super::{Refused, Source, take};
use crate::document::package::Allowance;
use crate::document::part::{Body, Child, Doubtful, Role, Spot};
use crate::document::sniff::sniff;

/// Text, children and pictures while they are collected.
#[derive(Default)]
pub(in crate::document) struct Collected {
    pub(in crate::document) body: Body,
    pub(in crate::document) children: Vec<Child>,
    pub(in crate::document) pictures: usize,
    pub(in crate::document) doubtful: Vec<Doubtful>,
    /// See [`crate::document::Extracted`].
    pub(in crate::document) again: Zeroizing<String>,
    /// The bytes of the children, if they are wanted instead of what is in them.
    pub(in crate::document) kept: Option<Vec<Zeroizing<Vec<u8>>>>,
}

impl Collected {
    /// Writes a part of its own line, in its place.
    pub(in crate::document) fn line(&mut self, text: &str, role: Role, spot: Spot) -> Result<(), Refused> {
        if text.trim().is_empty() {
            return Ok(());
        }
        self.body.break_with('\n');
        let start = self.body.at();
        self.body.text.push_str(text);
        Ok(self.body.part(start, 0, role, spot)?)
    }

    /// Puts text aside that is not seen in its place.
    pub(in crate::document) fn aside(&mut self, text: &str, role: Role, spot: Spot) -> Result<(), Refused> {
        Ok(self.body.aside(text, 0, role, spot)?)
    }

    /// A property: its story is its name.
    pub(in crate::document) fn property(
        &mut self,
        name: &str,
        value: &str,
        role: Role,
    ) -> Result<(), Refused> {
        if value.trim().is_empty() {
            return Ok(());
        }
        let story = self.body.story(name);
        self.aside(value, role, Spot::Story { story, number: 1 })
    }

    /// Takes the text out of a document inside this one. Of what cannot be read its refusal is kept, unless
    /// it passes a limit, which ends the reading of the whole.
    pub(in crate::document) fn child(
        &mut self,
        source: Source<'_>,
        place: &str,
        allowance: &mut Allowance,
    ) -> Result<(), Refused> {
        if let Some(name) = source.name {
            self.property(place, name, Role::AttachmentName)?;
        }
        if let Some(kept) = &mut self.kept {
            kept.push(Zeroizing::new(source.bytes.to_vec()));
            return Ok(());
        }
        let format = sniff(source.bytes, source.name, source.media_type).format;
        self.pictures += usize::from(format.is_picture());
        let content = match take(source, allowance) {
            Err(refused) if refused.is_limit() => return Err(refused),
            content => content,
        };
        self.children.push(Child { format, content, place: Zeroizing::new(place.to_owned()) });
        Ok(())
    }
}
