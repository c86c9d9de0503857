//! How an item of an export is named: a record, one of its versions, or an entry of a bulk log.

use std::fmt;

use crate::archive::records::EntryName;
use crate::base::id::RecordId;

/// `<record id>` for the newest version, `<record id>@<version>` for one by its number, or
/// `<record id>.<number from 0>` for an entry of a bulk log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ItemName {
    /// The record.
    pub record: RecordId,
    /// The version, from 1; `None` for the newest.
    pub version: Option<u64>,
    /// The number of an entry in its segment.
    pub ordinal: Option<u64>,
}

/// A text that names no item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("neither a record id, a version of one, nor an entry id")]
pub struct BadItemName;

impl ItemName {
    /// Reads the text form.
    ///
    /// # Errors
    /// If the text is anything but what this type displays.
    pub fn parse(text: &str) -> Result<Self, BadItemName> {
        let Some((record, version)) = text.split_once('@') else {
            return EntryName::parse(text).map(Self::from).map_err(|_| BadItemName);
        };
        let number = version.parse::<u32>().map_err(|_| BadItemName)?;
        // One spelling only: no sign, no leading zero.
        if number == 0 || number.to_string() != version {
            return Err(BadItemName);
        }
        let record = RecordId::parse(record).map_err(|_| BadItemName)?;
        Ok(Self { record, version: Some(u64::from(number)), ordinal: None })
    }
}

impl From<EntryName> for ItemName {
    fn from(name: EntryName) -> Self {
        Self { record: name.record, version: None, ordinal: name.ordinal }
    }
}

impl fmt::Display for ItemName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.version {
            Some(version) => write!(f, "{}@{version}", self.record),
            None => EntryName { record: self.record, ordinal: self.ordinal }.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_has_one_name() {
        let id = "01890a5d-ac96-774b-bcce-b302099a8057";
        for text in [id.to_owned(), format!("{id}@1"), format!("{id}@12"), format!("{id}.0")] {
            assert_eq!(ItemName::parse(&text).map(|name| name.to_string()), Ok(text));
        }
        for text in ["@0", "@01", "@", "@-1", "@+1", "@1.0", ".0@1", "@4294967296"] {
            assert_eq!(ItemName::parse(&format!("{id}{text}")), Err(BadItemName), "{text}");
        }
    }
}
