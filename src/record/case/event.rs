//! Case events: closed kinds, each with the details it needs.

use std::fmt;

use serde::Deserialize;

use crate::base::civil::Zone;
use crate::base::id::{EventId, RecordId};
use crate::base::limits::{NOTE_CHARS_MAX, REASON_CHARS_MAX, TITLE_CHARS_MAX};
use crate::base::moment::Moment;
use crate::base::text::{label, prose};

/// What can happen in a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventKind {
    /// The customer's matter was taken up.
    Opened,
    /// The first answer that a person gave.
    FirstResponse,
    /// A person or team became responsible.
    Assigned,
    /// Raised to a higher level; may move the responsibility.
    Escalated,
    /// The clock stands, for instance while the customer is asked.
    Paused,
    /// The clock runs again.
    Resumed,
    /// The matter is solved from the company's point of view.
    Resolved,
    /// Taken up again after it was resolved or closed.
    Reopened,
    /// Nothing more will be done.
    Closed,
    /// Hours or material spent.
    Cost,
}

impl EventKind {
    /// Every kind, in the order in which they may stand at one instant.
    pub const ALL: [Self; 10] = [
        Self::Opened,
        Self::Reopened,
        Self::Resumed,
        Self::FirstResponse,
        Self::Assigned,
        Self::Escalated,
        Self::Cost,
        Self::Paused,
        Self::Resolved,
        Self::Closed,
    ];

    /// The word in the database, in files and over the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::FirstResponse => "first_response",
            Self::Assigned => "assigned",
            Self::Escalated => "escalated",
            Self::Paused => "paused",
            Self::Resumed => "resumed",
            Self::Resolved => "resolved",
            Self::Reopened => "reopened",
            Self::Closed => "closed",
            Self::Cost => "cost",
        }
    }

    /// Reads [`Self::as_str`]'s word; `None` for any other.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// A person, a team, or both: never neither.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Responsible {
    person: Option<String>,
    team: Option<String>,
}

impl Responsible {
    /// From names as people write them; `Ok(None)` if both are absent.
    pub fn parse(person: Option<&str>, team: Option<&str>) -> Result<Option<Self>, BadDetail> {
        let read = |field, name: Option<&str>| {
            name.map(|name| label(name, TITLE_CHARS_MAX).map_err(|_| BadDetail::Unreadable { field }))
                .transpose()
        };
        let (person, team) = (read("person", person)?, read("team", team)?);
        Ok((person.is_some() || team.is_some()).then_some(Self { person, team }))
    }

    /// The person's name.
    pub fn person(&self) -> Option<&str> {
        self.person.as_deref()
    }

    /// The team's name.
    pub fn team(&self) -> Option<&str> {
        self.team.as_deref()
    }
}

impl fmt::Debug for Responsible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[withheld]")
    }
}

/// Money spent on material, in the currency's smallest unit.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Material {
    /// Amount in the smallest unit (cent, 分).
    pub minor_units: u64,
    /// ISO 4217 code, three capitals.
    pub currency: String,
}

/// What a case cost so far.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cost {
    /// Working time in minutes.
    pub minutes: u64,
    /// Material, one sum per currency, ordered by currency.
    pub material: std::collections::BTreeMap<String, u64>,
}

/// Details of an event as people send them and as they are sealed.
#[derive(Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventDetail {
    /// Who became responsible (assigned, escalated) or who responded (first response).
    #[serde(default)]
    pub person: Option<String>,
    /// The team that became responsible.
    #[serde(default)]
    pub team: Option<String>,
    /// Why (escalated, paused, reopened).
    #[serde(default)]
    pub reason: Option<String>,
    /// Anything worth reading later.
    #[serde(default)]
    pub note: Option<String>,
    /// Working time in minutes (cost).
    #[serde(default)]
    pub minutes: Option<u32>,
    /// Material (cost).
    #[serde(default)]
    pub material: Option<Material>,
}

impl fmt::Debug for EventDetail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[withheld]")
    }
}

/// Why details do not fit their event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadDetail {
    /// The event needs it.
    #[error("the event needs {field}")]
    Missing {
        /// The absent detail.
        field: &'static str,
    },
    /// The event has no use for it.
    #[error("the event takes no {field}")]
    Unexpected {
        /// The detail that is too much.
        field: &'static str,
    },
    /// Blank, too long, or with control characters.
    #[error("{field} is blank, too long or has control characters")]
    Unreadable {
        /// The detail.
        field: &'static str,
    },
    /// No three capital letters.
    #[error("the currency is no ISO 4217 code")]
    Currency,
}

impl EventDetail {
    /// Checks the details against their kind and returns them trimmed and in NFC.
    pub fn checked(&self, kind: EventKind) -> Result<Self, BadDetail> {
        let responsible = Responsible::parse(self.person.as_deref(), self.team.as_deref())?;
        let (person, team) = responsible.map_or((None, None), |r| (r.person, r.team));
        let read = |field, text: &Option<String>, most| {
            text.as_deref()
                .map(|text| prose(text, most).map_err(|_| BadDetail::Unreadable { field }))
                .transpose()
        };
        let detail = Self {
            person,
            team,
            reason: read("reason", &self.reason, REASON_CHARS_MAX)?,
            note: read("note", &self.note, NOTE_CHARS_MAX)?,
            minutes: self.minutes,
            material: self.material.clone(),
        };
        detail.fits(kind)?;
        Ok(detail)
    }

    fn fits(&self, kind: EventKind) -> Result<(), BadDetail> {
        let need = |there: bool, field| if there { Ok(()) } else { Err(BadDetail::Missing { field }) };
        let refuse = |there: bool, field| if there { Err(BadDetail::Unexpected { field }) } else { Ok(()) };
        match kind {
            EventKind::Assigned => need(self.person.is_some() || self.team.is_some(), "person")?,
            EventKind::Paused => need(self.reason.is_some(), "reason")?,
            EventKind::Cost => need(self.minutes.is_some() || self.material.is_some(), "minutes")?,
            EventKind::Opened
            | EventKind::FirstResponse
            | EventKind::Escalated
            | EventKind::Resumed
            | EventKind::Resolved
            | EventKind::Reopened
            | EventKind::Closed => {}
        }
        if kind != EventKind::Cost {
            refuse(self.minutes.is_some(), "minutes")?;
            refuse(self.material.is_some(), "material")?;
        }
        match &self.material {
            Some(material)
                if material.currency.len() != 3
                    || !material.currency.bytes().all(|b| b.is_ascii_uppercase()) =>
            {
                Err(BadDetail::Currency)
            }
            _ => Ok(()),
        }
    }

    /// The JSON value that is sealed beside the event; only what is there is written.
    pub fn to_json(&self) -> serde_json::Value {
        let mut map = serde_json::Map::new();
        for (name, text) in
            [("person", &self.person), ("team", &self.team), ("reason", &self.reason), ("note", &self.note)]
        {
            if let Some(text) = text {
                map.insert(name.to_owned(), text.as_str().into());
            }
        }
        if let Some(minutes) = self.minutes {
            map.insert("minutes".to_owned(), minutes.into());
        }
        if let Some(material) = &self.material {
            let value =
                serde_json::json!({"currency": material.currency, "minor_units": material.minor_units});
            map.insert("material".to_owned(), value);
        }
        serde_json::Value::Object(map)
    }

    /// Reads what [`Self::to_json`] wrote; `None` if the value is not of that shape.
    pub fn from_json(value: serde_json::Value) -> Option<Self> {
        serde_json::from_value(value).ok()
    }
}

/// One event of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseEvent {
    /// Names it, for cancelling.
    pub id: EventId,
    /// What happened.
    pub kind: EventKind,
    /// When it happened, not when it was recorded.
    pub at: Moment,
    /// The zone whose clocks people read when it happened.
    pub zone: Zone,
    /// The record that shows it, if one does.
    pub record: Option<RecordId>,
    /// An earlier event that never happened: it and this one are left out of the time line.
    pub cancels: Option<EventId>,
    /// Who, why, how much.
    pub detail: EventDetail,
}

impl CaseEvent {
    /// Who became responsible with this event.
    pub fn responsible(&self) -> Option<Responsible> {
        match self.kind {
            EventKind::Assigned | EventKind::Escalated => {
                Responsible::parse(self.detail.person.as_deref(), self.detail.team.as_deref()).ok()?
            }
            EventKind::Opened
            | EventKind::FirstResponse
            | EventKind::Paused
            | EventKind::Resumed
            | EventKind::Resolved
            | EventKind::Reopened
            | EventKind::Closed
            | EventKind::Cost => None,
        }
    }
}
