//! What is to be held, as it is asked for.

use serde_json::Value;

use crate::archive::records::EntryName;
use crate::archive::refusal::Refusal;
use crate::base::civil::{CivilDate, Zone};
use crate::base::id::{CaseId, MatterId, PartyId};
use crate::base::limits::{
    CUSTOM_NAME_CHARS_MAX, CUSTOM_VALUE_CHARS_MAX, HOLD_MEMBERS_AT_ONCE_MAX, QUERY_CHARS_MAX,
    REASON_CHARS_MAX,
};
use crate::base::text::{self, BadLabel};
use crate::record::category::Category;
use crate::record::hold::HoldMode;
use crate::record::kind::Kind;
use crate::record::names::Title;
use crate::record::request::{Fault, FaultCode, Faults, ObjectReader, Path};
use crate::retention::HoldKind;

use super::tokens::{HoldField, Member};
use super::words::HoldQuery;

/// Days for which a hold rests on what it held once it is released, unless it says otherwise.
const GRACE_DAYS: u32 = 30;
/// The most that it may say.
const GRACE_DAYS_MAX: u64 = 3_650;

/// A hold that is to be placed.
#[derive(Debug, Clone)]
pub struct HoldFields {
    /// The matter to which it belongs.
    pub matter: MatterId,
    /// What people call it.
    pub title: Title,
    /// Why.
    pub reason: String,
    /// What sort it is.
    pub kind: HoldKind,
    /// Whether it reaches what comes later.
    pub mode: HoldMode,
    /// True if others learn no more than that a disposition is not available.
    pub confidential: bool,
    /// By when somebody is to look at it again.
    pub review_by: Option<CivilDate>,
    /// In which zone its days are counted.
    pub zone: Zone,
    /// Days for which it rests on what it held once it is released.
    pub grace_days: u32,
    /// What it holds.
    pub members: HoldSelectors,
}

/// What is to be held: things by their ids, and keys by which things are found.
#[derive(Debug, Clone, Default)]
pub struct HoldSelectors {
    /// Records, and entries of bulk logs.
    pub records: Vec<EntryName>,
    /// Cases.
    pub cases: Vec<CaseId>,
    /// Parties, such as customers.
    pub parties: Vec<PartyId>,
    /// Categories.
    pub categories: Vec<Category>,
    /// Custom fields with their values, such as the number of a contract.
    pub fields: Vec<HoldField>,
    /// A search.
    pub query: Option<AskedQuery>,
}

/// A search by which things are to be held. `Debug` shows no word of it.
#[derive(Clone)]
pub struct AskedQuery {
    words: String,
    kind: Option<Kind>,
    occurred: (Option<CivilDate>, Option<CivilDate>),
}

impl std::fmt::Debug for AskedQuery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[withheld]")
    }
}

impl AskedQuery {
    /// # Errors
    /// [`Refusal::Query`] if the index could not answer the words.
    pub(super) fn parse(&self) -> Result<HoldQuery, Refusal> {
        HoldQuery::parse(&self.words, self.kind, self.occurred)
    }
}

impl HoldFields {
    /// Reads a hold, or says all that is wrong with it. `zone` holds where it names none.
    ///
    /// # Errors
    /// The faults.
    pub fn from_json(value: &Value, zone: Zone) -> Result<Self, Vec<Fault>> {
        let mut faults = Faults::new();
        let read = |reader: &mut ObjectReader<'_>| Self::read(reader, zone);
        let hold = ObjectReader::read(value, &Path::Root, &mut faults, read).flatten();
        faults.into_result(hold)
    }

    fn read(reader: &mut ObjectReader<'_>, zone: Zone) -> Option<Self> {
        let matter = reader.text("matter", MatterId::parse);
        let title = reader.text("title", Title::parse);
        let reason = reader.text("reason", reason);
        let kind = reader.text("kind", |word| {
            HoldKind::parse(word).ok_or(FaultCode::UnknownWord { allowed: HoldKind::WORDS })
        });
        let mode = reader.text("mode", HoldMode::parse);
        let confidential = reader.boolean("confidential");
        let review_by = reader.text("review_by", CivilDate::parse);
        let own_zone = reader.text("zone", Zone::parse);
        let days = reader.number("grace_days", 1..=GRACE_DAYS_MAX);
        let members = reader.object("members", HoldSelectors::read);
        reader.require(&["matter", "title", "reason", "members"]);
        let mode = mode.unwrap_or(HoldMode::Live);
        let members = members?;
        if mode == HoldMode::Snapshot && !members.fields.is_empty() {
            // They are found in no list: only a look at each record tells, and that is what a live hold does.
            reader.fault("mode", FaultCode::Contradicts { other: "members.fields".to_owned() });
        }
        Some(Self {
            matter: matter?,
            title: title?,
            reason: reason?,
            kind: kind.unwrap_or(HoldKind::Legal),
            mode,
            confidential: confidential.unwrap_or(false),
            review_by,
            zone: own_zone.unwrap_or(zone),
            grace_days: days.and_then(|days| u32::try_from(days).ok()).unwrap_or(GRACE_DAYS),
            members,
        })
    }
}

impl HoldSelectors {
    /// Reads what is to be held, or says all that is wrong with it.
    ///
    /// # Errors
    /// The faults.
    pub fn from_json(value: &Value) -> Result<Self, Vec<Fault>> {
        let mut faults = Faults::new();
        let members = ObjectReader::read(value, &Path::Root, &mut faults, Self::read).flatten();
        faults.into_result(members)
    }

    fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        const MOST: usize = HOLD_MEMBERS_AT_ONCE_MAX;
        let name = |text: &str| EntryName::parse(text).map_err(|_| FaultCode::BadId { what: "record" });
        let read = Self {
            records: reader.texts("records", MOST, name, |a, b| a == b),
            cases: reader.texts("cases", MOST, CaseId::parse, |a, b| a == b),
            parties: reader.texts("parties", MOST, PartyId::parse, |a, b| a == b),
            categories: reader.texts("categories", MOST, Category::parse, |a, b| a == b),
            fields: reader.list("fields", MOST, |value, path, faults| {
                ObjectReader::read(value, path, faults, field).flatten()
            }),
            query: reader.object("query", query),
        };
        if read.is_empty() {
            // An empty selection holds nothing, and would look like a hold.
            reader.fault("records", FaultCode::Required);
            return None;
        }
        Some(read)
    }

    fn is_empty(&self) -> bool {
        let Self { records, cases, parties, categories, fields, query } = self;
        records.is_empty()
            && cases.is_empty()
            && parties.is_empty()
            && categories.is_empty()
            && fields.is_empty()
            && query.is_none()
    }

    /// What is named by an id.
    pub(super) fn named(&self) -> impl Iterator<Item = Member> + '_ {
        self.records.iter().map(|name| match name.ordinal {
            None => Member::Record(name.record),
            Some(ordinal) => Member::Entry(name.record, ordinal),
        })
    }

    /// What is named by a key.
    pub(super) fn keys(&self) -> impl Iterator<Item = Member> + '_ {
        let cases = self.cases.iter().copied().map(Member::Case);
        let parties = self.parties.iter().copied().map(Member::Party);
        let categories = self.categories.iter().cloned().map(Member::Category);
        let fields = self.fields.iter().cloned().map(Member::Field);
        cases.chain(parties).chain(categories).chain(fields)
    }
}

fn field(reader: &mut ObjectReader<'_>) -> Option<HoldField> {
    let name = reader.text("name", |text| text::label(text, CUSTOM_NAME_CHARS_MAX));
    let value = reader.text("value", |text| text::prose(text, CUSTOM_VALUE_CHARS_MAX));
    reader.require(&["name", "value"]);
    Some(HoldField { name: name?, value: value? })
}

fn query(reader: &mut ObjectReader<'_>) -> Option<AskedQuery> {
    let words = reader.text("words", |text| text::prose(text, QUERY_CHARS_MAX));
    let kind = reader.text("kind", Kind::parse);
    let from = reader.text("occurred_from", CivilDate::parse);
    let to = reader.text("occurred_to", CivilDate::parse);
    reader.require(&["words"]);
    Some(AskedQuery { words: words?, kind, occurred: (from, to) })
}

/// Why something is done to a hold.
pub(super) fn reason(text: &str) -> Result<String, BadLabel> {
    text::prose(text, REASON_CHARS_MAX)
}
