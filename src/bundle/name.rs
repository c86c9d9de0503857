//! What a bundle is called: `MUN-EXP-2026-000001`, with `-PARTIAL` where something is missing.

use std::fmt;

use crate::base::civil::{CivilDate, Zone};
use crate::base::moment::Moment;

const PREFIX: &str = "MUN-EXP-";
const PARTIAL: &str = "-PARTIAL";
/// The largest number that fits six digits.
const NUMBER_MAX: u32 = 999_999;

/// The name of a bundle: the year and the number of the export within it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BundleName {
    year: u16,
    number: u32,
}

/// Why there is no such name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a bundle's name has a year from 1980 to 2107 and a number from 1 to 999999")]
pub struct BadName;

impl BundleName {
    /// The name of export `number` of `year`.
    ///
    /// # Errors
    /// If the year is none that a ZIP can state, or the number has more than six digits.
    pub fn new(year: u16, number: u32) -> Result<Self, BadName> {
        if (1980..=2107).contains(&year) && (1..=NUMBER_MAX).contains(&number) {
            Ok(Self { year, number })
        } else {
            Err(BadName)
        }
    }

    /// The year.
    pub const fn year(self) -> u16 {
        self.year
    }

    /// The number within the year.
    pub const fn number(self) -> u32 {
        self.number
    }

    /// The year by which bundles are numbered: that of the clocks in China.
    ///
    /// # Errors
    /// If the instant lies outside the calendar.
    pub fn year_of(at: Moment) -> Result<u16, BadName> {
        let day = CivilDate::of(at, Zone::SHANGHAI).map_err(|_| BadName)?;
        u16::try_from(chrono::Datelike::year(&day.to_naive())).map_err(|_| BadName)
    }

    /// Reads the name in its only spelling.
    ///
    /// # Errors
    /// If the text is anything but what this type displays.
    pub fn parse(text: &str) -> Result<Self, BadName> {
        let (year, number) =
            text.strip_prefix(PREFIX).and_then(|rest| rest.split_once('-')).ok_or(BadName)?;
        let name = Self::new(year.parse().map_err(|_| BadName)?, number.parse().map_err(|_| BadName)?)?;
        if name.to_string() == text { Ok(name) } else { Err(BadName) }
    }

    /// The bundle's one top folder.
    pub fn folder(self, completeness: Completeness) -> String {
        match completeness {
            Completeness::Complete => self.to_string(),
            Completeness::Partial => format!("{self}{PARTIAL}"),
        }
    }

    /// The file name under which the bundle is handed out.
    pub fn file_name(self, completeness: Completeness) -> String {
        self.folder(completeness) + ".zip"
    }

    /// Takes the name of a top folder apart.
    ///
    /// # Errors
    /// If no bundle has such a folder.
    pub fn parse_folder(folder: &str) -> Result<(Self, Completeness), BadName> {
        match folder.strip_suffix(PARTIAL) {
            Some(name) => Ok((Self::parse(name)?, Completeness::Partial)),
            None => Ok((Self::parse(folder)?, Completeness::Complete)),
        }
    }
}

impl fmt::Display for BundleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{:04}-{:06}", self.year, self.number)
    }
}

/// Whether everything that was asked for is in the bundle or was withheld by a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completeness {
    /// Nothing failed.
    Complete,
    /// Something could not be exported.
    Partial,
}

impl Completeness {
    /// The word in `bag-info.txt` and in the README.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Partial => "PARTIAL",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_back_and_says_whether_something_is_missing() {
        let name = BundleName::new(2026, 1).unwrap();
        assert_eq!(name.to_string(), "MUN-EXP-2026-000001");
        for completeness in [Completeness::Complete, Completeness::Partial] {
            assert_eq!(BundleName::parse_folder(&name.folder(completeness)), Ok((name, completeness)));
        }
        assert_eq!(name.file_name(Completeness::Partial), "MUN-EXP-2026-000001-PARTIAL.zip");
    }

    #[test]
    fn no_other_spelling_is_a_name() {
        for text in
            ["", "MUN-EXP-2026-1", "MUN-EXP-2026-0000001", "MUN-EXP-+026-000001", "MUN-EXP-2026-000000", "x"]
        {
            assert_eq!(BundleName::parse(text), Err(BadName), "{text}");
        }
    }
}
