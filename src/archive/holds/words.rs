//! What is sealed of a hold: its title, why it was placed, the custom fields that it names and the query that it
//! saved; and, once it is released, on whose authority and why.

use serde_json::{Value, json};

use crate::archive::Inner;
use crate::archive::cells::{self, PROFILE, PURPOSE, SealedProfile};
use crate::archive::refusal::{Refusal, Thing};
use crate::base::civil::CivilDate;
use crate::base::digest::Digest;
use crate::base::id::HoldId;
use crate::record::kind::{Kind, Subkind};
use crate::record::names::Title;
use crate::seal::Keyring;
use crate::search::Query;
use crate::store::Conn;

use super::tokens::HoldField;

/// A query that a hold saved. `Debug` shows no word of it.
#[derive(Clone, PartialEq, Eq)]
pub struct HoldQuery {
    /// As it was typed.
    pub text: String,
    /// The words.
    pub(super) words: Query,
    /// Of this kind alone.
    pub kind: Option<Kind>,
    /// The first day on which it may have happened.
    pub occurred_from: Option<CivilDate>,
    /// The last such day.
    pub occurred_to: Option<CivilDate>,
}

impl std::fmt::Debug for HoldQuery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[withheld]")
    }
}

impl HoldQuery {
    /// Reads the words.
    ///
    /// # Errors
    /// [`Refusal::Query`] if the index could not answer them.
    pub fn parse(
        text: &str,
        kind: Option<Kind>,
        (occurred_from, occurred_to): (Option<CivilDate>, Option<CivilDate>),
    ) -> Result<Self, Refusal> {
        let text = text.trim().to_owned();
        let words = Query::parse(&text)?;
        Ok(Self { text, words, kind, occurred_from, occurred_to })
    }

    /// True if what happened on this day is asked for.
    pub(super) fn covers(&self, on: CivilDate) -> bool {
        self.occurred_from.is_none_or(|from| from <= on) && self.occurred_to.is_none_or(|to| on <= to)
    }

    fn to_json(&self) -> Value {
        json!({
            "kind": self.kind.map(word_of),
            "occurred_from": self.occurred_from.map(|on| on.to_string()),
            "occurred_to": self.occurred_to.map(|on| on.to_string()),
            "words": self.text,
        })
    }

    fn of_json(value: &Value) -> Option<Self> {
        let text = |name: &str| value.get(name).and_then(Value::as_str);
        let day = |name: &str| text(name).map(|day| CivilDate::parse(day).ok());
        let kind = match text("kind") {
            None => None,
            Some(word) => Some(Kind::parse(word).ok()?),
        };
        let day = |name: &str| match day(name) {
            None => Some(None),
            Some(day) => day.map(Some),
        };
        Self::parse(text("words")?, kind, (day("occurred_from")?, day("occurred_to")?)).ok()
    }
}

/// The word by which a kind is asked for.
pub fn word_of(kind: Kind) -> &'static str {
    match kind.subkind() {
        Some(subkind) if subkind != Subkind::General => subkind.as_str(),
        Some(_) | None => kind.as_str(),
    }
}

/// The words of a hold.
#[derive(Clone, PartialEq, Eq)]
pub struct HoldWords {
    /// What people call it.
    pub title: Title,
    /// Why it was placed.
    pub reason: String,
    /// Custom fields that it names.
    pub fields: Vec<HoldField>,
    /// The query that it saved.
    pub query: Option<HoldQuery>,
}

impl std::fmt::Debug for HoldWords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[withheld]")
    }
}

/// Why a hold was released. `Debug` shows no word of it.
#[derive(Clone, PartialEq, Eq)]
pub struct HoldGrounds {
    /// On whose authority: a judgment, a settlement, a letter of counsel.
    pub authority: String,
    /// Why.
    pub reason: String,
}

impl std::fmt::Debug for HoldGrounds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[withheld]")
    }
}

impl HoldWords {
    pub(super) fn seal(&self, inner: &Inner, keys: &Keyring, hold: HoldId) -> Result<SealedProfile, Refusal> {
        let field = |field: &HoldField| json!({"name": field.name, "value": field.value});
        let words = json!({
            "fields": self.fields.iter().map(field).collect::<Vec<_>>(),
            "query": self.query.as_ref().map(HoldQuery::to_json),
            "reason": self.reason,
            "title": self.title.as_str(),
        });
        cells::seal_profile(inner, keys, &hold.to_string(), PROFILE, &words)
    }

    fn of_json(value: &Value) -> Option<Self> {
        let field = |field: &Value| {
            let text = |name: &str| Some(field.get(name)?.as_str()?.to_owned());
            Some(HoldField { name: text("name")?, value: text("value")? })
        };
        let query = match value.get("query")? {
            Value::Null => None,
            query => Some(HoldQuery::of_json(query)?),
        };
        Some(Self {
            title: Title::parse(value.get("title")?.as_str()?).ok()?,
            reason: value.get("reason")?.as_str()?.to_owned(),
            fields: value.get("fields")?.as_array()?.iter().map(field).collect::<Option<_>>()?,
            query,
        })
    }

    /// The words of a hold, if they are those to which its entry is committed.
    ///
    /// # Errors
    /// [`Refusal::Damaged`] if they are others, or do not open.
    pub(super) fn open(
        (keys, said): (&Keyring, Digest),
        conn: &mut Conn,
        hold: HoldId,
    ) -> Result<Self, Refusal> {
        let owner = hold.to_string();
        let words = cells::profile_as(keys, conn, (&owner, PROFILE), Some(said), Thing::Hold)?;
        Self::of_json(&words).ok_or(Refusal::Damaged(Thing::Hold))
    }
}

impl HoldGrounds {
    /// As the second person reads it: the authority in the first line, then why.
    pub(super) fn to_text(&self) -> String {
        format!("{}\n{}", self.authority, self.reason)
    }

    /// Reads [`Self::to_text`].
    pub(super) fn of_text(text: &str) -> Option<Self> {
        let (authority, reason) = text.split_once('\n')?;
        let both = !authority.trim().is_empty() && !reason.trim().is_empty();
        both.then(|| Self { authority: authority.to_owned(), reason: reason.to_owned() })
    }

    pub(super) fn seal(&self, inner: &Inner, keys: &Keyring, hold: HoldId) -> Result<SealedProfile, Refusal> {
        let words = json!({"authority": self.authority, "reason": self.reason});
        cells::seal_profile(inner, keys, &hold.to_string(), PURPOSE, &words)
    }

    /// Why a hold was released.
    ///
    /// # Errors
    /// [`Refusal::Damaged`] if it does not open.
    pub(super) fn open(keys: &Keyring, conn: &mut Conn, hold: HoldId) -> Result<Self, Refusal> {
        let words = cells::profile(keys, conn, &hold.to_string(), PURPOSE, Thing::Hold)?;
        let text = |name: &str| Some(words.get(name)?.as_str()?.to_owned());
        let read = text("authority").zip(text("reason"));
        let (authority, reason) = read.ok_or(Refusal::Damaged(Thing::Hold))?;
        Ok(Self { authority, reason })
    }
}

/// What people call a hold.
///
/// # Errors
/// As [`HoldWords::open`].
pub(in crate::archive) fn title(
    said: (&Keyring, Digest),
    conn: &mut Conn,
    hold: HoldId,
) -> Result<Title, Refusal> {
    HoldWords::open(said, conn, hold).map(|words| words.title)
}

/// The query that a hold saved.
///
/// # Errors
/// As [`HoldWords::open`].
pub(super) fn query(
    said: (&Keyring, Digest),
    conn: &mut Conn,
    hold: HoldId,
) -> Result<Option<HoldQuery>, Refusal> {
    HoldWords::open(said, conn, hold).map(|words| words.query)
}
