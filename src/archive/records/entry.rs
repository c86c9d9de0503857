//! How one entry of a bulk log is named: by its segment and its number.

use std::fmt;

use crate::base::id::RecordId;

/// A record, or one entry of a bulk log: `<record id>` or `<record id>.<number from 0>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntryName {
    /// The record; for an entry, its segment.
    pub record: RecordId,
    /// The entry's number in the segment.
    pub ordinal: Option<u64>,
}

/// A text that names neither a record nor an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("neither a record id nor an entry id")]
pub struct BadEntryName;

impl EntryName {
    /// Reads the text form.
    pub fn parse(text: &str) -> Result<Self, BadEntryName> {
        let (record, ordinal) = match text.split_once('.') {
            None => (text, None),
            Some((record, ordinal)) => {
                let number = ordinal.parse::<u64>().map_err(|_| BadEntryName)?;
                // One spelling only: no sign, no leading zero.
                if number.to_string() != ordinal {
                    return Err(BadEntryName);
                }
                (record, Some(number))
            }
        };
        Ok(Self { record: RecordId::parse(record).map_err(|_| BadEntryName)?, ordinal })
    }
}

impl fmt::Display for EntryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.ordinal {
            None => self.record.fmt(f),
            Some(ordinal) => write!(f, "{}.{ordinal}", self.record),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_spelling() {
        let id = "01890a5d-ac96-774b-bcce-b302099a8057";
        for text in [id.to_owned(), format!("{id}.0"), format!("{id}.16383")] {
            assert_eq!(EntryName::parse(&text).map(|name| name.to_string()), Ok(text));
        }
        for text in
            [format!("{id}."), format!("{id}.01"), format!("{id}.+1"), format!("{id}.-1"), "x.1".to_owned()]
        {
            assert_eq!(EntryName::parse(&text), Err(BadEntryName), "{text}");
        }
    }
}
