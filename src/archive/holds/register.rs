//! Every hold of which the ledger tells, with what it names. It is made from entries under the signed root and held
//! in memory beside the last words: whoever can write to the database frees nothing by taking rows of holds away,
//! changing them, or hiding the entries about them.
//!
//! Members stand there as keyed tokens ([`super::tokens`]), and what entries say is sealed ([`super::said`]): it says
//! nothing to whoever reads the ledger.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::base::civil::Zone;
use crate::base::digest::{Digest, from_hex};
use crate::base::id::{HoldId, HoldNoticeId, MatterId, UserId};
use crate::base::moment::Moment;
use crate::ledger::entry::EntryKind;
use crate::record::hold::HoldMode;
use crate::retention::HoldKind;
use crate::store::rows::LookupToken;

use super::said::{self, SaidKey};

/// What a hold has to know of a record besides its id, its case and its category.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::archive) struct Asks {
    /// The parties of it and of its case.
    pub parties: bool,
    /// Its custom fields.
    pub fields: bool,
    /// What it says.
    pub query: bool,
}

/// The end of a hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::archive) struct Released {
    /// When it was released.
    pub at: Moment,
    /// Until when it rests on what it held.
    pub rests_until: Moment,
}

/// A hold as its entries have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::archive) struct HoldWord {
    pub matter: MatterId,
    pub kind: HoldKind,
    pub mode: HoldMode,
    pub confidential: bool,
    pub placed_at: Moment,
    pub zone: Zone,
    /// The commitment to its sealed words.
    pub words: Digest,
    pub asks: Asks,
    pub members: HashSet<LookupToken>,
    pub released: Option<Released>,
    /// False if an entry about it cannot be read: nobody can tell what it holds, and so it holds everything.
    pub is_legible: bool,
}

impl HoldWord {
    /// A hold of which nothing can be told but that it is there.
    fn illegible() -> Self {
        Self {
            matter: MatterId::from_bytes([0; 16]),
            kind: HoldKind::Legal,
            mode: HoldMode::Live,
            confidential: true,
            placed_at: Moment::from_micros(0),
            zone: Zone::UTC,
            words: Digest::of(b""),
            asks: Asks::default(),
            members: HashSet::new(),
            released: None,
            is_legible: false,
        }
    }

    /// True while it stops a destruction at `at`: it stands, or rests on what it held.
    pub(in crate::archive) fn stops(&self, at: Moment) -> bool {
        // One whose release lies ahead of the clock stands: the clock may be wrong.
        self.released.is_none_or(|released| at < released.rests_until || at < released.at)
    }
}

/// A notice as its entries have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::archive) struct Noticed {
    pub hold: HoldId,
    /// When people were told, where the entry says so itself.
    pub at: Option<Moment>,
    /// By whom, likewise.
    pub by: Option<UserId>,
    /// Who was told, and when each said to have read it.
    pub recipients: BTreeMap<UserId, Option<Moment>>,
}

/// The holds of which entries tell, those that were released too, and what people were told of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::archive) struct Register {
    holds: BTreeMap<HoldId, Arc<HoldWord>>,
    notices: BTreeMap<HoldNoticeId, Arc<Noticed>>,
}

/// What an entry says of a hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::archive) struct HoldSaid {
    hold: HoldId,
    what: What,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum What {
    Placed(Box<HoldWord>),
    /// Further members; with other words, if they name keys.
    Grown {
        members: Vec<LookupToken>,
        asks: Asks,
        words: Option<Digest>,
    },
    Released(Released),
    Noticed(HoldNoticeId, Box<Noticed>),
    Acknowledged(HoldNoticeId, UserId, Moment),
    /// What cannot be read.
    Illegible,
}

impl HoldSaid {
    /// What an entry with these facts says of a hold; `None` if it says nothing of what one holds.
    /// Without the key nothing that is sealed can be read.
    pub(in crate::archive) fn of(
        key: Option<&SaidKey>,
        kind: EntryKind,
        facts: &Map<String, Value>,
    ) -> Option<Self> {
        if !speaks(kind) {
            return None;
        }
        let hold = text(facts, "hold").and_then(|id| HoldId::parse(id).ok());
        let told = said::opened(key, facts);
        let read = told.and_then(|told| match kind {
            EntryKind::HoldPlaced => placed(&told).map(|word| What::Placed(Box::new(word))),
            EntryKind::HoldMembersChanged => grown(&told),
            EntryKind::HoldReleased => released(&told).map(What::Released),
            EntryKind::HoldNoticed => noticed(hold?, &told),
            EntryKind::HoldAcknowledged => acknowledged(&told),
            _ => None,
        });
        // An entry that does not even say which: it is kept under an id that no hold has.
        let hold = hold.unwrap_or(HoldId::from_bytes([0; 16]));
        let what = match (kind, read) {
            // What cannot be read of a release frees nothing; what cannot be read of a notice holds nothing.
            (EntryKind::HoldReleased | EntryKind::HoldNoticed | EntryKind::HoldAcknowledged, None) => {
                return None;
            }
            (_, read) => read.unwrap_or(What::Illegible),
        };
        Some(Self { hold, what })
    }

    /// The members that the entry tells of; `None` if it tells of none, or cannot be read.
    pub(in crate::archive) fn into_members(self) -> Option<Vec<LookupToken>> {
        match self.what {
            What::Placed(word) => Some(word.members.into_iter().collect()),
            What::Grown { members, .. } => Some(members),
            What::Released(_) | What::Noticed(..) | What::Acknowledged(..) | What::Illegible => None,
        }
    }
}

/// True for entries that say something of a hold.
pub(in crate::archive) const fn speaks(kind: EntryKind) -> bool {
    matches!(
        kind,
        EntryKind::HoldPlaced
            | EntryKind::HoldMembersChanged
            | EntryKind::HoldReleased
            | EntryKind::HoldNoticed
            | EntryKind::HoldAcknowledged
    )
}

impl Register {
    /// Takes in what an entry says.
    pub(in crate::archive) fn hear(&mut self, said: HoldSaid) {
        let HoldSaid { hold, what } = said;
        match what {
            What::Placed(word) => drop(self.holds.insert(hold, Arc::new(*word))),
            What::Noticed(notice, noticed) => drop(self.notices.insert(notice, Arc::new(*noticed))),
            What::Acknowledged(notice, user, at) => {
                if let Some(noticed) = self.notices.get_mut(&notice) {
                    Arc::make_mut(noticed).recipients.insert(user, Some(at));
                }
            }
            What::Illegible => self.change(hold, |word| word.is_legible = false),
            What::Released(released) => {
                // Of a hold that nobody placed there is nothing to release.
                if let Some(word) = self.holds.get_mut(&hold) {
                    Arc::make_mut(word).released = Some(released);
                }
            }
            What::Grown { members, asks, words } => self.change(hold, |word| {
                word.members.extend(members);
                word.asks.parties |= asks.parties;
                word.asks.fields |= asks.fields;
                word.asks.query |= asks.query;
                word.words = words.unwrap_or(word.words);
            }),
        }
    }

    fn change(&mut self, hold: HoldId, change: impl FnOnce(&mut HoldWord)) {
        let word = self.holds.entry(hold).or_insert_with(|| Arc::new(HoldWord::illegible()));
        change(Arc::make_mut(word));
    }

    /// The hold.
    pub(in crate::archive) fn get(&self, hold: HoldId) -> Option<&Arc<HoldWord>> {
        self.holds.get(&hold)
    }

    /// All of them, in the order of their ids.
    pub(in crate::archive) fn iter(&self) -> impl DoubleEndedIterator<Item = (HoldId, &Arc<HoldWord>)> {
        self.holds.iter().map(|(id, word)| (*id, word))
    }

    /// The notice.
    pub(in crate::archive) fn notice(&self, notice: HoldNoticeId) -> Option<&Arc<Noticed>> {
        self.notices.get(&notice)
    }

    /// What people were told of holds, the oldest first.
    pub(in crate::archive) fn notices(
        &self,
    ) -> impl DoubleEndedIterator<Item = (HoldNoticeId, &Arc<Noticed>)> {
        self.notices.iter().map(|(id, noticed)| (*id, noticed))
    }

    /// True if there is none.
    pub(in crate::archive) fn is_empty(&self) -> bool {
        self.holds.is_empty()
    }

    /// Only those holds of which `keeps` says so.
    pub(in crate::archive) fn only(&self, keeps: impl Fn(&HoldWord) -> bool) -> Self {
        let kept = self.holds.iter().filter(|(_, word)| keeps(word));
        let holds = kept.map(|(id, word)| (*id, Arc::clone(word))).collect();
        Self { holds, notices: BTreeMap::new() }
    }

    /// A hold as it was kept on disk.
    pub(in crate::archive) fn put(&mut self, hold: HoldId, word: HoldWord) {
        self.holds.insert(hold, Arc::new(word));
    }

    /// A notice as it was kept on disk.
    pub(in crate::archive) fn put_notice(&mut self, notice: HoldNoticeId, noticed: Noticed) {
        self.notices.insert(notice, Arc::new(noticed));
    }
}

fn text<'f>(facts: &'f Map<String, Value>, name: &str) -> Option<&'f str> {
    facts.get(name).and_then(Value::as_str)
}

fn moment(facts: &Map<String, Value>, name: &str) -> Option<Moment> {
    text(facts, name).and_then(|text| Moment::parse(text).ok())
}

fn digest(facts: &Map<String, Value>, name: &str) -> Option<Digest> {
    text(facts, name).and_then(|hex| Digest::parse_hex(hex).ok())
}

fn placed(facts: &Map<String, Value>) -> Option<HoldWord> {
    Some(HoldWord {
        matter: MatterId::parse(text(facts, "matter")?).ok()?,
        kind: HoldKind::parse(text(facts, "kind")?)?,
        mode: HoldMode::from_row(text(facts, "mode")?)?,
        confidential: facts.get("confidential")?.as_bool()?,
        placed_at: moment(facts, "placed_at")?,
        zone: Zone::parse(text(facts, "zone")?).ok()?,
        words: digest(facts, "profile")?,
        asks: asks(facts)?,
        members: members(facts)?.into_iter().collect(),
        released: None,
        is_legible: true,
    })
}

fn grown(facts: &Map<String, Value>) -> Option<What> {
    let words = match facts.get("profile") {
        None | Some(Value::Null) => None,
        Some(_) => Some(digest(facts, "profile")?),
    };
    Some(What::Grown { members: members(facts)?, asks: asks(facts)?, words })
}

fn released(facts: &Map<String, Value>) -> Option<Released> {
    Some(Released { at: moment(facts, "released_at")?, rests_until: moment(facts, "rests_until")? })
}

fn noticed(hold: HoldId, facts: &Map<String, Value>) -> Option<What> {
    let user = |value: &Value| Some((UserId::parse(value.as_str()?).ok()?, None));
    let noticed = Noticed {
        hold,
        at: moment(facts, "noticed_at"),
        by: text(facts, "noticed_by").and_then(|id| UserId::parse(id).ok()),
        recipients: facts.get("recipients")?.as_array()?.iter().map(user).collect::<Option<_>>()?,
    };
    Some(What::Noticed(HoldNoticeId::parse(text(facts, "notice")?).ok()?, Box::new(noticed)))
}

fn acknowledged(facts: &Map<String, Value>) -> Option<What> {
    let notice = HoldNoticeId::parse(text(facts, "notice")?).ok()?;
    Some(What::Acknowledged(notice, UserId::parse(text(facts, "user")?).ok()?, moment(facts, "at")?))
}

/// Tokens as one text, or as entries from before had them: a list of texts.
fn members(facts: &Map<String, Value>) -> Option<Vec<LookupToken>> {
    if let Some(hex) = text(facts, "members") {
        let bytes = from_hex(hex)?;
        let tokens = bytes.chunks_exact(16);
        let is_whole = tokens.remainder().is_empty();
        return is_whole.then(|| tokens.filter_map(|token| token.try_into().ok()).collect());
    }
    let token = |value: &Value| from_hex(value.as_str()?).and_then(|bytes| bytes.try_into().ok());
    facts.get("members")?.as_array()?.iter().map(token).collect()
}

fn asks(facts: &Map<String, Value>) -> Option<Asks> {
    let mut asks = Asks::default();
    for word in facts.get("asks")?.as_array()? {
        match word.as_str()? {
            "fields" => asks.fields = true,
            "parties" => asks.parties = true,
            "query" => asks.query = true,
            _ => return None,
        }
    }
    Some(asks)
}

impl Asks {
    /// As entries say it.
    pub(in crate::archive) fn to_fact(self) -> Value {
        let words = [("fields", self.fields), ("parties", self.parties), ("query", self.query)];
        words.into_iter().filter(|(_, asked)| *asked).map(|(word, _)| word).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const HOLD: &str = "0195a5b0-0000-7000-8000-000000000001";

    fn facts(changes: &Value) -> Map<String, Value> {
        let mut facts = json!({
            "hold": HOLD, "matter": "0195a5b0-0000-7000-8000-000000000002", "kind": "legal", "mode": "live",
            "confidential": false, "placed_at": "2026-03-01T00:00:00.000000Z", "zone": "Asia/Shanghai",
            "profile": "00".repeat(32), "asks": ["parties"], "members": ["01".repeat(16)],
        });
        for (name, value) in changes.as_object().unwrap() {
            facts[name] = value.clone();
        }
        facts.as_object().unwrap().clone()
    }

    fn heard(entries: &[(EntryKind, Map<String, Value>)]) -> HoldWord {
        let mut register = Register::default();
        for (kind, facts) in entries {
            register.hear(HoldSaid::of(None, *kind, facts).unwrap());
        }
        register.get(HoldId::parse(HOLD).unwrap()).unwrap().as_ref().clone()
    }

    #[test]
    fn a_hold_grows_with_each_entry_about_it_and_ends_with_its_release() {
        let placed = (EntryKind::HoldPlaced, facts(&json!({})));
        let grown = (
            EntryKind::HoldMembersChanged,
            facts(&json!({"members": ["02".repeat(16)], "asks": ["query"], "profile": null})),
        );
        let word = heard(&[placed.clone(), grown.clone()]);
        assert_eq!(word.members, HashSet::from([[1; 16], [2; 16]]));
        assert_eq!(word.asks, Asks { parties: true, fields: false, query: true });
        let (at, until) = ("2026-04-01T00:00:00.000000Z", "2026-05-01T00:00:00.000000Z");
        let end = facts(&json!({"released_at": at, "rests_until": until}));
        let word = heard(&[placed, grown, (EntryKind::HoldReleased, end)]);
        let stops = |text: &str| word.stops(Moment::parse(text).unwrap());
        assert!(stops("2026-03-31T00:00:00Z"), "by a clock that went back it stands");
        assert!(stops("2026-04-30T23:59:59Z") && !stops("2026-05-01T00:00:00Z"));
    }

    #[test]
    fn what_cannot_be_read_of_a_hold_makes_it_hold_everything_and_releases_nothing() {
        for (name, value) in [
            ("matter", json!("x")),
            ("mode", json!("later")),
            ("asks", json!(["weather"])),
            ("members", json!(["xyz"])),
            ("zone", json!("Nowhere")),
        ] {
            let word = heard(&[(EntryKind::HoldPlaced, facts(&json!({ name: value })))]);
            assert!(!word.is_legible && word.stops(Moment::from_micros(i64::MAX)), "{name}");
        }
        assert!(
            HoldSaid::of(None, EntryKind::HoldReleased, &facts(&json!({"released_at": "soon"}))).is_none()
        );
        assert!(HoldSaid::of(None, EntryKind::MatterOpened, &facts(&json!({}))).is_none());
    }
}
