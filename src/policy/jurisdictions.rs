//! Whose law a rule is, and under whose law a record stands.

use crate::record::jurisdiction::{BadJurisdiction, Jurisdiction};

/// The members of the European Union.
const EUROPEAN_UNION: [&str; 27] = [
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT",
    "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
];

/// Whose law: one jurisdiction's, or none's in particular (contracts, standards), written `*`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Law {
    /// Wherever a record stands.
    Anywhere,
    /// A jurisdiction's.
    Of(Jurisdiction),
}

impl Law {
    /// Reads `*` or a code.
    ///
    /// # Errors
    /// No jurisdiction of that code.
    pub fn parse(text: &str) -> Result<Self, BadJurisdiction> {
        if text == "*" { Ok(Self::Anywhere) } else { Jurisdiction::parse(text).map(Self::Of) }
    }

    /// As written.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Anywhere => "*",
            Self::Of(jurisdiction) => jurisdiction.as_str(),
        }
    }

    /// How closely this law covers a record's jurisdiction: the smaller, the closer. `None` if not at all.
    pub fn closeness(&self, record: &Jurisdiction) -> Option<u8> {
        let Self::Of(law) = self else { return Some(3) };
        if law == record {
            Some(0)
        } else if law.as_str() == record.country() {
            Some(1)
        } else if law.as_str() == "EU" && EUROPEAN_UNION.contains(&record.country()) {
            Some(2)
        } else {
            None
        }
    }

    /// True if this law governs a record that stands there.
    pub fn covers(&self, record: &Jurisdiction) -> bool {
        self.closeness(record).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_law_covers_its_parts_and_no_neighbour() {
        let covers =
            |law: &str, record: &str| Law::parse(law).unwrap().covers(&Jurisdiction::parse(record).unwrap());
        for (law, record) in [("CN", "CN"), ("US", "US-CA"), ("EU", "DE"), ("EU", "EU"), ("*", "TW")] {
            assert!(covers(law, record), "{law} {record}");
        }
        for (law, record) in [("US-CA", "US"), ("CN", "HK"), ("CN", "TW"), ("EU", "GB"), ("DE", "EU")] {
            assert!(!covers(law, record), "{law} {record}");
        }
    }
}
