//! The profile of a case: what is sealed of it, and the words that stay in clear for the engines.

use serde_json::{Map, Value};

use crate::base::canonical;
use crate::base::civil::Zone;
use crate::base::limits::{LEVEL_CHARS_MAX, PARTIES_MAX, REFERENCE_CHARS_MAX, TAGS_MAX};
use crate::base::moment::Moment;
use crate::base::secret::SecretBytes;
use crate::base::text::label;
use crate::record::descriptor::Tag;
use crate::record::names::{Language, Reference, Title};
use crate::record::occurred::parse_moment;
use crate::record::party::{Party, PartyName, PartyRole};
use crate::record::request::{Fault, FaultCode, Faults, ObjectReader, ObjectWriter, Path};

/// The version of the JSON that [`CaseProfile::to_bytes`] writes.
pub const CASE_PROFILE_VERSION: u64 = 1;

/// What is sealed of a case. `Debug` shows roles only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseProfile {
    /// The number by which people know it.
    pub reference: Reference,
    /// What it is about.
    pub title: Title,
    /// The service, as the contract names it.
    pub service: Option<Title>,
    /// Parties in their roles; no party twice in one role.
    pub parties: Vec<Party>,
    /// The team responsible while no event names somebody else.
    pub team: Option<Title>,
    /// Words under which people group it.
    pub tags: Vec<Tag>,
}

/// A tier or priority: a word of the company's own service levels, in clear for the engines.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LevelWord(String);

impl LevelWord {
    /// Reads one line of at most 40 characters; `*` means any in service-level files and is none.
    pub fn parse(text: &str) -> Result<Self, FaultCode> {
        let word = label(text, LEVEL_CHARS_MAX.min(REFERENCE_CHARS_MAX)).map_err(FaultCode::from)?;
        if word == "*" { Err(FaultCode::Blank) } else { Ok(Self(word)) }
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A checked request to open a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenCase {
    /// What is sealed.
    pub profile: CaseProfile,
    /// Tier of the service.
    pub tier: Option<LevelWord>,
    /// Priority.
    pub priority: Option<LevelWord>,
    /// The language in which it is conducted.
    pub language: Option<Language>,
    /// The zone in which its days are counted.
    pub zone: Zone,
    /// When it was opened.
    pub opened_at: Moment,
}

impl OpenCase {
    /// Checks an input; all faults at once. `zone` and `now` hold where the input says nothing.
    pub fn from_json(value: &Value, zone: Zone, now: Moment) -> Result<Self, Vec<Fault>> {
        let mut faults = Faults::new();
        let case =
            ObjectReader::read(value, &Path::Root, &mut faults, |reader| Self::read(reader, zone, now))
                .flatten();
        faults.into_result(case)
    }

    fn read(reader: &mut ObjectReader<'_>, zone: Zone, now: Moment) -> Option<Self> {
        let given = reader.has("zone");
        let zone = if given { reader.text("zone", Zone::parse) } else { Some(zone) };
        reader.know("zone");
        let given = reader.has("opened");
        let opened = reader.text("opened", |text| parse_moment(text, zone.unwrap_or(Zone::UTC)));
        let tier = reader.text("tier", LevelWord::parse);
        let priority = reader.text("priority", LevelWord::parse);
        let language = reader.text("language", Language::parse);
        let profile = CaseProfile::read(reader);
        Some(Self {
            profile: profile?,
            tier,
            priority,
            language,
            zone: zone?,
            opened_at: if given { opened? } else { now },
        })
    }
}

impl CaseProfile {
    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        let reference = reader.text("reference", Reference::parse);
        let title = reader.text("title", Title::parse);
        let service = reader.text("service", Title::parse);
        let team = reader.text("team", Title::parse);
        let tags = reader.texts("tags", TAGS_MAX, Tag::parse, |a, b| a == b);
        let parties = Self::read_parties(reader);
        reader.require(&["reference", "title"]);
        Some(Self { reference: reference?, title: title?, service, parties, team, tags })
    }

    fn read_parties(reader: &mut ObjectReader<'_>) -> Vec<Party> {
        let parties = reader.list("parties", PARTIES_MAX, |value, path, faults| {
            ObjectReader::read(value, path, faults, |reader| {
                let role = reader.text("role", PartyRole::parse);
                let name = reader.text("name", PartyName::parse);
                reader.require(&["role", "name"]);
                Some(Party { role: role?, name: name? })
            })
            .flatten()
        });
        for (number, party) in parties.iter().enumerate() {
            if let Some(first) = parties.iter().take(number).position(|earlier| earlier.is_same(party)) {
                let first = format!("{}[{first}]", reader.path_of("parties"));
                reader.fault("parties", FaultCode::Duplicate { first });
            }
        }
        parties
    }

    /// The customers.
    pub fn customers(&self) -> impl Iterator<Item = &PartyName> {
        self.parties.iter().filter(|party| party.role == PartyRole::Customer).map(|party| &party.name)
    }

    /// The JSON that is sealed.
    pub fn to_json(&self) -> Value {
        let party = |party: &Party| {
            let mut writer = ObjectWriter::new();
            writer.put("role", party.role.as_str()).put("name", party.name.as_str());
            writer.finish()
        };
        let mut writer = ObjectWriter::new();
        writer
            .put("v", CASE_PROFILE_VERSION)
            .put("reference", self.reference.as_str())
            .put("title", self.title.as_str())
            .maybe("service", self.service.as_ref().map(Title::as_str))
            .maybe("team", self.team.as_ref().map(Title::as_str))
            .list("parties", self.parties.iter().map(party))
            .list("tags", self.tags.iter().map(Tag::as_str));
        Value::Object(writer.finish())
    }

    /// The canonical bytes that are sealed and committed to.
    pub fn to_bytes(&self) -> SecretBytes {
        SecretBytes::new(canonical::to_bytes(&self.to_json()))
    }

    /// Reads what [`CaseProfile::to_bytes`] wrote; `None` for anything else, which is damage or the
    /// work of a later version.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut members: Map<String, Value> = serde_json::from_slice(bytes).ok()?;
        if members.remove("v")?.as_u64()? != CASE_PROFILE_VERSION {
            return None;
        }
        let mut faults = Faults::new();
        let value = Value::Object(members);
        let profile = ObjectReader::read(&value, &Path::Root, &mut faults, Self::read).flatten();
        profile.filter(|profile| faults.is_empty() && profile.to_bytes().expose() == bytes)
    }
}
