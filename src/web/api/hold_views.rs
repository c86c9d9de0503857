//! Holds as their readers see them.

use serde::Serialize;
use utoipa::ToSchema;

use crate::archive::holds::{HoldMark, HoldSummary, HoldView, MemberView, word_of};

/// What a list shows of a hold.
#[derive(Debug, Serialize, ToSchema)]
pub struct HoldLine {
    /// The hold.
    pub id: String,
    /// The matter to which it belongs.
    pub matter: String,
    /// What people call it, for those who may read words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// legal or unsettled.
    pub kind: String,
    /// snapshot: what was there when it was placed; live: what comes later too.
    pub mode: String,
    /// standing or released.
    pub state: String,
    /// True if others learn no more than that a disposition is not available.
    pub confidential: bool,
    /// How many members it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub members: Option<u64>,
    /// By when somebody is to look at it again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review_by: Option<String>,
    /// True if that day has passed. Absent where it has not.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub overdue: bool,
    /// When it was placed.
    pub placed_at: String,
    /// When it was released.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub released_at: Option<String>,
    /// Until when it rests on what it held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rests_until: Option<String>,
    /// How much the reader gets: facts or full.
    pub level: String,
    /// True where the database says otherwise than the ledger: the line is told as the ledger has it, and the hold
    /// holds what the ledger says. Absent where both agree.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub damaged: bool,
}

/// A page of holds.
#[derive(Debug, Serialize, ToSchema)]
pub struct HoldPage {
    /// The holds.
    pub items: Vec<HoldLine>,
    /// Where the next page begins; none on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A hold.
#[derive(Debug, Serialize, ToSchema)]
pub struct HoldBody {
    /// The hold.
    pub hold: HoldLine,
    /// Why it was placed, for those who may read words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Custom fields that it names, likewise.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<HoldFieldBody>,
    /// The search that it saved, likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query: Option<HoldQueryBody>,
    /// Who placed it.
    pub placed_by: String,
    /// In which zone its days are counted.
    pub zone: String,
    /// Days for which it rests on what it held once it is released.
    pub grace_days: u32,
    /// Who released it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub released_by: Option<String>,
    /// On whose authority it was released, for those who may read words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release_authority: Option<String>,
    /// Why it was released, likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release_reason: Option<String>,
}

/// A custom field that a hold names.
#[derive(Debug, Serialize, ToSchema)]
pub struct HoldFieldBody {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// A search that a hold saved.
#[derive(Debug, Serialize, ToSchema)]
pub struct HoldQueryBody {
    /// The words.
    pub words: String,
    /// Kind or subkind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The first day on which it may have happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub occurred_from: Option<String>,
    /// The last such day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub occurred_to: Option<String>,
}

/// Something that a hold names.
#[derive(Debug, Serialize, ToSchema)]
pub struct HoldMemberLine {
    /// record, entry, case, party, category or field.
    pub kind: String,
    /// Its id; absent where the reader does not see it, and for a field, which stands with the hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
}

/// A page of what a hold names.
#[derive(Debug, Serialize, ToSchema)]
pub struct HoldMemberPage {
    /// The members.
    pub items: Vec<HoldMemberLine>,
    /// Where the next page begins; none on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A hold over a record, for those who may know it.
#[derive(Debug, Serialize, ToSchema)]
pub struct HoldMarkBody {
    /// The hold.
    pub hold: String,
    /// Until when it rests on the record, where it was released.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rests_until: Option<String>,
}

impl From<HoldSummary> for HoldLine {
    fn from(hold: HoldSummary) -> Self {
        Self {
            id: hold.id.to_string(),
            matter: hold.matter.to_string(),
            title: hold.title.map(|title| title.as_str().to_owned()),
            kind: hold.kind.as_str().to_owned(),
            mode: hold.mode.as_str().to_owned(),
            state: hold.state.as_str().to_owned(),
            confidential: hold.confidential,
            members: hold.members,
            review_by: hold.review_by.map(|on| on.to_string()),
            overdue: hold.is_overdue,
            placed_at: hold.placed_at.to_rfc3339(),
            released_at: hold.released_at.map(|at| at.to_rfc3339()),
            rests_until: hold.rests_until.map(|at| at.to_rfc3339()),
            level: hold.level.as_str().to_owned(),
            damaged: hold.damaged,
        }
    }
}

impl From<HoldView> for HoldBody {
    fn from(view: HoldView) -> Self {
        let (reason, fields, query) = match view.words {
            None => (None, Vec::new(), None),
            Some(words) => (Some(words.reason), words.fields, words.query),
        };
        let grounds = view.grounds.map(|grounds| (grounds.authority, grounds.reason));
        let (release_authority, release_reason) = grounds.unzip();
        Self {
            hold: HoldLine::from(view.hold),
            reason,
            fields: fields
                .into_iter()
                .map(|field| HoldFieldBody { name: field.name, value: field.value })
                .collect(),
            query: query.map(|query| HoldQueryBody {
                words: query.text,
                kind: query.kind.map(|kind| word_of(kind).to_owned()),
                occurred_from: query.occurred_from.map(|on| on.to_string()),
                occurred_to: query.occurred_to.map(|on| on.to_string()),
            }),
            placed_by: view.placed_by.to_string(),
            zone: view.zone.name().to_owned(),
            grace_days: view.grace_days,
            released_by: view.released_by.map(|user| user.to_string()),
            release_authority,
            release_reason,
        }
    }
}

impl From<MemberView> for HoldMemberLine {
    fn from(member: MemberView) -> Self {
        Self { kind: member.kind.as_str().to_owned(), target: member.target }
    }
}

impl From<HoldMark> for HoldMarkBody {
    fn from(mark: HoldMark) -> Self {
        Self { hold: mark.hold.to_string(), rests_until: mark.rests_until.map(|at| at.to_rfc3339()) }
    }
}
