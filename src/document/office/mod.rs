//! Documents of Office: packages of XML parts.

pub(in crate::document) mod book;
pub(super) mod docx;
pub(in crate::document) mod docx_story;
mod numbers;
pub(super) mod pptx;
pub(in crate::document) mod relations;
mod rest;
pub(in crate::document) mod sheet;
pub(super) mod xlsx;

use std::collections::BTreeSet;

use zeroize::Zeroizing;

use super::extract::{Collected, Refused};
use super::markup;
use super::package::{Allowance, Package};
use super::sniff::Format;
use relations::Relations;

/// A document while it is read.
pub(in crate::document) struct Reading<'b, 'a> {
    pub(in crate::document) package: Package<'b>,
    format: Format,
    allowance: &'a mut Allowance,
    out: &'a mut Collected,
    /// Parts that were read.
    done: BTreeSet<String>,
}

impl<'b, 'a> Reading<'b, 'a> {
    pub(in crate::document) fn open(
        bytes: &'b [u8],
        format: Format,
        out: &'a mut Collected,
        allowance: &'a mut Allowance,
    ) -> Result<Self, Refused> {
        let package = Package::open(bytes, format)?;
        Ok(Self { package, format, allowance, out, done: BTreeSet::new() })
    }

    /// The bytes of a part, which then counts as read; `None` if there is no such part.
    pub(in crate::document) fn bytes(&mut self, part: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Refused> {
        self.done.insert(part.to_ascii_lowercase());
        self.package.read(part, self.allowance)
    }

    /// The text of a part in XML.
    pub(in crate::document) fn xml(&mut self, part: &str) -> Result<Option<Zeroizing<String>>, Refused> {
        self.bytes(part)?.map(|bytes| markup::decoded(&bytes)).transpose()
    }

    /// What a part is related to.
    pub(in crate::document) fn relations(&mut self, part: &str) -> Result<Relations, Refused> {
        let name = Relations::part_of(part);
        let bytes = self.package.read(&name, self.allowance)?;
        let text = bytes.map(|bytes| markup::decoded(&bytes)).transpose()?;
        text.map_or_else(|| Ok(Relations::default()), |text| Relations::read(&text, part, self.format))
    }

    /// The part in which the document itself stands.
    pub(in crate::document) fn main_part(&mut self, usual: &str) -> Result<String, Refused> {
        let related = self.relations("")?.of_kind("officeDocument").map(str::to_owned).next();
        let main = related.unwrap_or_else(|| usual.to_owned());
        if self.package.has(&main) { Ok(main) } else { Err(Refused::Damaged { format: self.format }) }
    }

    /// Parts not yet read whose names begin and end so, in the order of the numbers in them.
    pub(in crate::document) fn waiting(&self, begins: &str, ends: &str) -> Vec<Zeroizing<String>> {
        let mut names: Vec<_> = self.package.names();
        names.retain(|name| {
            let small = name.to_ascii_lowercase();
            small.starts_with(begins) && small.ends_with(ends) && !self.done.contains(&small)
        });
        names.sort_by_key(|name| (name.len(), name.to_ascii_lowercase()));
        names
    }
}

#[cfg(test)]
mod tests;
