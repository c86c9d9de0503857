//! The law under which a record stands: an ISO 3166 country, perhaps with a subdivision, or the
//! European Union.

use super::words::comparable;

/// `CN`, `TW`, `EU`, `US-CA` … It is a clear column.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Jurisdiction(String);

/// Not a jurisdiction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an ISO 3166 code such as CN, TW, HK, EU or US-CA")]
pub struct BadJurisdiction;

/// ISO 3166-1 alpha-2, with `EU` (exceptionally reserved).
const CODES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT \
     BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH \
     ER ES ET EU FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR \
     HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR \
     LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG \
     NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE \
     SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA \
     UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

/// What people write instead of the code.
const NAMES: &[(&str, &str)] = &[
    ("中国", "CN"),
    ("中国大陆", "CN"),
    ("大陆", "CN"),
    ("台湾", "TW"),
    ("香港", "HK"),
    ("澳门", "MO"),
    ("欧盟", "EU"),
    ("美国", "US"),
    ("英国", "GB"),
    ("日本", "JP"),
    ("新加坡", "SG"),
    ("韩国", "KR"),
    ("uk", "GB"),
    ("usa", "US"),
    ("hong_kong", "HK"),
    ("taiwan", "TW"),
    ("china", "CN"),
];

impl Jurisdiction {
    /// The mainland of China: assumed where nothing else is said.
    pub fn china() -> Self {
        Self("CN".to_owned())
    }

    /// Reads a code of any case, or one of the common names in Chinese or English.
    pub fn parse(text: &str) -> Result<Self, BadJurisdiction> {
        let upper = text.trim().to_ascii_uppercase();
        let (country, subdivision) =
            upper.split_once('-').map_or((upper.as_str(), None), |(country, rest)| (country, Some(rest)));
        let known = country.len() == 2 && CODES.split(' ').any(|code| code == country);
        let divided = subdivision.is_none_or(|part| {
            (1..=3).contains(&part.len())
                && part.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        });
        if known && divided {
            return Ok(Self(upper));
        }
        let name = comparable(text);
        NAMES
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, code)| Self((*code).to_owned()))
            .ok_or(BadJurisdiction)
    }

    /// The code, upper case.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The country's code without the subdivision.
    pub fn country(&self) -> &str {
        self.0.split('-').next().unwrap_or(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_names_are_read() {
        for (text, code) in
            [("CN", "CN"), ("tw", "TW"), ("EU", "EU"), ("us-ca", "US-CA"), ("臺灣", "TW"), ("中國大陸", "CN")]
        {
            assert_eq!(
                Jurisdiction::parse(text).map(|j| j.as_str().to_owned()),
                Ok(code.to_owned()),
                "{text}"
            );
        }
        assert_eq!(Jurisdiction::parse("US-CA").unwrap().country(), "US");
    }

    #[test]
    fn what_iso_does_not_list_is_refused() {
        for text in ["", "XX", "C", "CHN", "US-", "US-CALI", "CN TW", "US-C!"] {
            assert_eq!(Jurisdiction::parse(text), Err(BadJurisdiction), "{text}");
        }
    }

    #[test]
    fn every_name_leads_to_a_code_of_the_list() {
        assert_eq!(CODES.split(' ').count(), 250);
        for (name, code) in NAMES {
            assert_eq!(comparable(name), *name, "names are written as they are compared");
            assert!(Jurisdiction::parse(code).is_ok(), "{name}");
        }
    }
}
