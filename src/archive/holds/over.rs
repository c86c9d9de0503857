//! Which holds stand over a record. What they name is what the ledger says ([`super::register`]); what the record is
//! called, who is in it and what it says is read from what was entered. What cannot be told holds.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use crate::archive::bound::Bound;
use crate::archive::descriptors;
use crate::archive::records::Ledgered;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::{Archive, Inner};
use crate::base::digest::Digest;
use crate::base::id::HoldId;
use crate::base::moment::Moment;
use crate::retention::Hold;
use crate::seal::Keyring;
use crate::store::Conn;
use crate::store::rows::records::RecordRow;
use crate::store::rows::{cases, versions};

use super::register::{HoldWord, Register};
use super::says::Said;
use super::tokens::Tokens;

/// What of a record is asked about.
#[derive(Debug, Clone, Copy)]
pub(in crate::archive) enum Part<'p> {
    /// All of it: it is held too if only an entry of it is.
    Whole,
    /// These entries of a bulk log.
    Entries(&'p BTreeSet<u64>),
}

/// How much is done to find out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::archive) enum Care {
    /// Nothing that the record says is read: what only a live query finds is missed until it was found once.
    ByName,
    /// All of it.
    Full,
}

/// The holds that may stand over records, for one reader.
pub(in crate::archive) struct Over<'a> {
    inner: &'a Inner,
    keys: Arc<Keyring>,
    register: Register,
}

/// A hold over a record.
pub(in crate::archive) type Standing = (HoldId, Arc<HoldWord>);

impl<'a> Over<'a> {
    /// Of these holds and no others.
    pub(in crate::archive) fn of(inner: &'a Inner, register: Register) -> Self {
        Self { inner, keys: inner.keys(), register }
    }

    /// True if there is nothing to be asked.
    pub(in crate::archive) fn is_empty(&self) -> bool {
        self.register.is_empty()
    }

    /// Those over a record.
    ///
    /// # Errors
    /// What is needed of the record is not as the ledger says, or cannot be read: then nobody can tell.
    pub(in crate::archive) fn record(
        &self,
        conn: &mut Conn,
        ledger: &Ledgered<'_>,
        (record, part): (&RecordRow, Part<'_>),
        care: Care,
    ) -> Result<Vec<Standing>, Refusal> {
        let looked = None;
        let known =
            Known { over: self, ledger, record, part, looked, parties: None, fields: None, said: None };
        self.standing(conn, known, care)
    }

    /// Those over a record whose words nobody can read any more. `looked` marks the holds that were held against
    /// them while they could be read; whatever else asks for them holds.
    ///
    /// # Errors
    /// As [`Self::record`].
    pub(in crate::archive) fn closed_record(
        &self,
        conn: &mut Conn,
        ledger: &Ledgered<'_>,
        record: &RecordRow,
        looked: &BTreeSet<String>,
    ) -> Result<Vec<Standing>, Refusal> {
        let (part, looked) = (Part::Whole, Some(looked));
        let known =
            Known { over: self, ledger, record, part, looked, parties: None, fields: None, said: None };
        self.standing(conn, known, Care::Full)
    }

    /// Marks of the holds that ask for what a record says.
    pub(in crate::archive) fn marks(&self) -> BTreeSet<String> {
        let asks = |word: &HoldWord| word.asks.query || word.asks.fields;
        self.register.iter().filter(|(_, word)| asks(word)).map(|(hold, word)| mark(hold, word)).collect()
    }

    fn standing(&self, conn: &mut Conn, mut known: Known<'_>, care: Care) -> Result<Vec<Standing>, Refusal> {
        let mut standing = Vec::new();
        for (hold, word) in self.register.iter() {
            let is_held = !word.is_legible
                || known.cannot_be_asked((hold, word))
                || known.is_named(conn, (hold, word))?
                || (care == Care::Full
                    && word.asks.query
                    && known.looked.is_none()
                    && known.is_found(conn, (hold, word))?);
            if is_held {
                standing.push((hold, Arc::clone(word)));
            }
        }
        Ok(standing)
    }
}

/// What is known of a record so far: it is read when the first hold asks for it.
struct Known<'k> {
    over: &'k Over<'k>,
    ledger: &'k Ledgered<'k>,
    record: &'k RecordRow,
    part: Part<'k>,
    /// Of a record whose words cannot be read: the holds that were held against them before.
    looked: Option<&'k BTreeSet<String>>,
    parties: Option<BTreeSet<String>>,
    fields: Option<Vec<(String, String)>>,
    said: Option<Said<'k>>,
}

impl Known<'_> {
    /// True if the hold asks for words that nobody can read any more, and did not ask while they could be read.
    fn cannot_be_asked(&self, (hold, word): (HoldId, &HoldWord)) -> bool {
        let asks = word.asks.query || word.asks.fields;
        asks && self.looked.is_some_and(|looked| !looked.contains(&mark(hold, word)))
    }

    /// True if the hold names the record, or a key that it has.
    fn is_named(&mut self, conn: &mut Conn, (hold, word): (HoldId, &HoldWord)) -> Result<bool, Refusal> {
        let over = self.over;
        let tokens = Tokens::of(&over.keys, hold)?;
        let has = |token| word.members.contains(&token);
        let RecordRow { id, case_id, category, .. } = self.record;
        if has(tokens.record(*id))
            || case_id.is_some_and(|case| has(tokens.case(case)))
            || has(tokens.category(category))
        {
            return Ok(true);
        }
        let in_part = match self.part {
            Part::Whole => has(tokens.container(*id)),
            Part::Entries(entries) => entries.iter().any(|entry| has(tokens.entry(*id, *entry))),
        };
        if in_part {
            return Ok(true);
        }
        if word.asks.parties && self.parties(conn)?.iter().any(|party| has(tokens.party(party))) {
            return Ok(true);
        }
        let by_field = word.asks.fields
            && self.looked.is_none()
            && self.fields(conn)?.iter().any(|(name, value)| has(tokens.field(name, value)));
        Ok(by_field)
    }

    /// True if the hold's saved query finds the record, or nobody can tell whether it does.
    fn is_found(&mut self, conn: &mut Conn, (hold, word): (HoldId, &HoldWord)) -> Result<bool, Refusal> {
        let over = self.over;
        let query = match super::words::query((&over.keys, word.words), conn, hold) {
            Err(Refusal::Damaged(Thing::Hold)) => return Ok(true),
            query => query?,
        };
        let Some(query) = query else { return Ok(true) };
        if self.said.is_none() {
            self.said = Some(Said::open(over.inner, &over.keys, conn, self.record)?);
        }
        let Some(said) = &mut self.said else { return Ok(true) };
        said.has(conn, &query, self.part)
    }

    /// Every party that any version of the record ever named, or that ever took part in its case.
    fn parties(&mut self, conn: &mut Conn) -> Result<&BTreeSet<String>, Refusal> {
        if self.parties.is_none() {
            let mut parties = BTreeSet::new();
            for capture in self.ledger.captures(conn, self.record.id)? {
                parties.extend(named(capture.entry.facts.get("parties")));
            }
            if let Some(case) = self.record.case_id {
                for entry in self.ledger.told_of(conn, &Bound::Case(case))? {
                    parties.extend(named(entry.facts.get("case").and_then(|case| case.get("parties"))));
                }
                let now = cases::parties_of(conn, case)?;
                parties.extend(now.into_iter().map(|part| part.party_id.to_string()));
            }
            self.parties = Some(parties);
        }
        self.parties.as_ref().ok_or(Refusal::Damaged(Thing::Record))
    }

    /// The custom fields of every version.
    fn fields(&mut self, conn: &mut Conn) -> Result<&[(String, String)], Refusal> {
        if self.fields.is_none() {
            let mut fields = Vec::new();
            for version in versions::of_record(conn, self.record.id)? {
                let keys = descriptors::version_keys(&self.over.keys, conn, self.record.id, version.version)?;
                let descriptor = descriptors::open(&keys, &version)?;
                fields.extend(descriptor.custom.into_iter().map(|field| (field.name, field.value)));
            }
            self.fields = Some(fields);
        }
        self.fields.as_deref().ok_or(Refusal::Damaged(Thing::Record))
    }
}

/// By what a hold is known again as long as its words are the same; it says nothing of them.
fn mark(hold: HoldId, word: &HoldWord) -> String {
    let mut hex = Digest::of(format!("{hold}/{}", word.words.to_hex()).as_bytes()).to_hex();
    hex.truncate(16);
    hex
}

fn named(parties: Option<&Value>) -> impl Iterator<Item = String> {
    let list = parties.and_then(Value::as_array).into_iter().flatten();
    list.filter_map(|part| part.get("party")?.as_str().map(str::to_owned))
}

impl Inner {
    /// The holds over a record as the judge takes them: those that stand, and those that were released, whose grace and
    /// whose fresh review it counts. Read with full care; `conn` is the reader's.
    ///
    /// # Errors
    /// As [`Over::record`], or the ledger cannot be read.
    pub(in crate::archive) fn holds_of(
        &self,
        conn: &mut Conn,
        record: &RecordRow,
    ) -> Result<Vec<Hold>, Refusal> {
        let over = Over::of(self, self.holds_known());
        if over.is_empty() {
            return Ok(Vec::new());
        }
        let ledger = self.ledgered(conn)?;
        let standing = over.record(conn, &ledger, (record, Part::Whole), Care::Full)?;
        Ok(standing.iter().map(|(hold, word)| to_judge(*hold, word)).collect())
    }
}

impl Archive {
    /// The holds over a record as the judge takes them. It asks nobody's permission: what comes of it is told by who
    /// asks for it.
    ///
    /// # Errors
    /// As for whatever reads the record whole.
    pub fn holds_of(&self, conn: &mut Conn, record: &RecordRow) -> Result<Vec<Hold>, Refusal> {
        self.inner.holds_of(conn, record)
    }
}

/// A hold as the judge takes it. One that holds everything because it cannot be read was placed when time began.
pub(in crate::archive) fn to_judge(id: HoldId, word: &HoldWord) -> Hold {
    Hold {
        id,
        kind: word.kind,
        confidential: word.confidential,
        placed_at: word.placed_at,
        released_at: word.released.map(|released| released.at),
        zone: word.zone,
    }
}

/// Those of a register that stop a destruction at an instant.
pub(in crate::archive) fn stopping(register: &Register, at: Moment) -> Register {
    register.only(|word| word.stops(at))
}
