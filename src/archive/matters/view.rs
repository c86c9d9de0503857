//! Shows a matter at the reader's level.

use serde_json::Value;

use crate::access::permission::Action;
use crate::access::rights::Target;
use crate::access::scope::Level;
use crate::archive::Archive;
use crate::archive::bound::Bound;
use crate::archive::caller::Caller;
use crate::archive::cases::evidence::Opening;
use crate::archive::records::Ledgered;
use crate::archive::refusal::{Refusal, Thing};
use crate::base::civil::CivilDate;
use crate::base::digest::Digest;
use crate::base::id::{MatterId, UserId};
use crate::base::moment::Moment;
use crate::ledger::entry::Entry;
use crate::record::matter::{MatterDuty, MatterFields, MatterKind, MatterState};
use crate::record::names::{Reference, Title};
use crate::seal::Keyring;
use crate::store::rows::LookupToken;
use crate::store::rows::matters::{MatterPersonRow, MatterRow};
use crate::store::{Conn, StoreError};

use super::find::{self, Standing};
use super::gone;

/// A matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatterView {
    /// What a list shows of it too.
    pub matter: MatterSummary,
    /// Its revision, for a change that depends on it.
    pub revision: Digest,
    /// Everything that it says about itself; at full level.
    pub fields: Option<MatterFields>,
    /// Who works on it.
    pub people: Vec<MatterPersonView>,
    /// Who entered it.
    pub created_by: UserId,
}

/// What a list shows of a matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatterSummary {
    /// The matter.
    pub id: MatterId,
    /// How much of it is shown.
    pub level: Level,
    /// Its words; at full level.
    pub words: Option<MatterWords>,
    /// What sort it is.
    pub kind: MatterKind,
    /// Where it stands.
    pub state: MatterState,
    /// 举证期限: the last day for evidence.
    pub evidence_deadline: Option<CivilDate>,
    /// Day of the hearing.
    pub hearing_on: Option<CivilDate>,
    /// When it was entered here.
    pub created_at: Moment,
    /// True if its row, its people or its words are not as the ledger says. Such a matter is listed without
    /// words, so that it is seen, and not shown.
    pub damaged: bool,
}

/// What people call a matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatterWords {
    /// The number under which the house knows it.
    pub reference: Reference,
    /// Its title.
    pub title: Title,
    /// 案号.
    pub case_number: Option<Reference>,
}

/// Somebody with a duty in a matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MatterPersonView {
    /// The user.
    pub user: UserId,
    /// The duty.
    pub duty: MatterDuty,
}

impl Archive {
    /// Shows a matter.
    ///
    /// # Errors
    /// Not permitted or not there; [`Refusal::Damaged`] if its words do not open, or if it is not as the
    /// ledger says.
    pub fn matter(&self, caller: &Caller, matter: MatterId) -> Result<MatterView, Refusal> {
        let now = self.inner.now();
        let keys = self.inner.keys();
        self.inner.store.read(|conn| {
            let found = find::permitted(conn, (caller, now), Action::Read, matter);
            let ledger = self.inner.ledgered(conn)?;
            let level = match found {
                Err(Refusal::NotFound(_)) => return Err(gone::refusal(&ledger, conn, (caller, now), matter)),
                found => found?.1,
            };
            // A deadline that somebody moved is missed: it is told as it was entered, or not at all.
            must_be_held(&ledger, conn, matter)?;
            view(&keys, conn, matter, level)
        })
    }
}

/// Refuses a matter that is not as the last entry about it says.
///
/// # Errors
/// [`Refusal::Damaged`], or the ledger cannot be read.
pub(in crate::archive) fn must_be_held(
    ledger: &Ledgered<'_>,
    conn: &mut Conn,
    matter: MatterId,
) -> Result<(), Refusal> {
    ledger.must_be_last(conn, &Bound::Matter(matter))?;
    ledger.must_be_worded(conn, &Bound::Matter(matter))
}

/// The line of a matter in a list; where it is not held, marked, without words and as the ledger has it.
/// `None` for whoever does not see it so.
pub(super) fn line(
    (keys, ledger): Opening<'_>,
    conn: &mut Conn,
    row: &MatterRow,
    level_of: impl Fn(&Target) -> Option<Level>,
) -> Result<Option<MatterSummary>, Refusal> {
    let held = must_be_held(ledger, conn, row.id).and_then(|()| {
        let line = |level| shown(keys, conn, row, level).and_then(|it| summary(row, level, it.as_ref()));
        level_of(&find::target(row)).map(line).transpose()
    });
    match held.map_err(Refusal::in_a_list) {
        Err(Refusal::Damaged(Thing::Matter) | Refusal::Store(StoreError::Corrupt { .. })) => {
            let row = as_entered(ledger, conn, row)?;
            level_of(&find::target(&row)).map(|_| marked(&row)).transpose()
        }
        told => told,
    }
}

/// The row as the entries about it have it; where they cannot be read either, only that a matter of this id
/// stands: its dates and who entered it are nobody's word, and one matter does not hide a page of others.
fn as_entered(ledger: &Ledgered<'_>, conn: &mut Conn, row: &MatterRow) -> Result<MatterRow, Refusal> {
    let unproven = MatterRow {
        evidence_deadline: None,
        hearing_on: None,
        created_by: UserId::from_bytes([0; 16]),
        ..row.clone()
    };
    let entries = match ledger.told_of(conn, &Bound::Matter(row.id)) {
        Err(Refusal::Damaged(_)) => return Ok(unproven),
        told => told?,
    };
    let opened_at = entries.first().map(|entry| entry.at);
    let last = entries.iter().rev().find_map(|entry| row_in(entry, row.id, opened_at.unwrap_or(entry.at)));
    Ok(last.unwrap_or(unproven))
}

/// The row of a matter in an entry that vouches for it; nothing finds it by its reference. `None` if the
/// entry speaks of none.
pub(super) fn row_in(entry: &Entry, id: MatterId, opened_at: Moment) -> Option<MatterRow> {
    let facts = entry.facts.get("matter")?;
    let text = |name: &str| facts.get(name).and_then(Value::as_str);
    let day = |name: &str| text(name).and_then(|day| CivilDate::parse(day).ok());
    Some(MatterRow {
        id,
        reference_token: LookupToken::default(),
        kind: text("kind")?.to_owned(),
        state: text("state")?.to_owned(),
        evidence_deadline: day("evidence_deadline"),
        hearing_on: day("hearing_on"),
        created_at: opened_at,
        created_by: UserId::parse(text("created_by")?).ok()?,
    })
}

/// The line of a matter that is told as its entries have it: marked, and without words.
pub(super) fn marked(row: &MatterRow) -> Result<MatterSummary, Refusal> {
    Ok(MatterSummary { damaged: true, ..summary(row, Level::Facts, None)? })
}

fn view(keys: &Keyring, conn: &mut Conn, id: MatterId, level: Level) -> Result<MatterView, Refusal> {
    let standing = Standing::of(conn, id, None)?;
    let fields = shown(keys, conn, &standing.row, level)?;
    let people = standing.people.iter().map(person).collect::<Result<_, _>>()?;
    Ok(MatterView {
        matter: summary(&standing.row, level, fields.as_ref())?,
        revision: standing.revision(),
        fields,
        people,
        created_by: standing.row.created_by,
    })
}

/// The words of a matter, if the level shows them; where only facts are shown, nothing is decrypted.
fn shown(
    keys: &Keyring,
    conn: &mut Conn,
    row: &MatterRow,
    level: Level,
) -> Result<Option<MatterFields>, Refusal> {
    (level == Level::Full).then(|| find::open(keys, conn, row)).transpose()
}

/// What a list shows of a matter.
fn summary(row: &MatterRow, level: Level, fields: Option<&MatterFields>) -> Result<MatterSummary, Refusal> {
    let corrupt = |why: &str| {
        Refusal::Store(StoreError::Corrupt { table: "matters", id: row.id.to_string(), why: why.to_owned() })
    };
    let words = fields.map(|fields| MatterWords {
        reference: fields.reference.clone(),
        title: fields.title.clone(),
        case_number: fields.case_number.clone(),
    });
    Ok(MatterSummary {
        id: row.id,
        level,
        words,
        kind: MatterKind::from_row(&row.kind).ok_or_else(|| corrupt("kind: an unknown kind"))?,
        state: MatterState::from_row(&row.state).ok_or_else(|| corrupt("state: an unknown state"))?,
        evidence_deadline: row.evidence_deadline,
        hearing_on: row.hearing_on,
        created_at: row.created_at,
        damaged: false,
    })
}

fn person(row: &MatterPersonRow) -> Result<MatterPersonView, Refusal> {
    let duty = MatterDuty::from_row(&row.duty).ok_or_else(|| {
        Refusal::Store(StoreError::Corrupt {
            table: "matter_people",
            id: format!("{}/{}", row.matter_id, row.user_id),
            why: "duty: an unknown duty".to_owned(),
        })
    })?;
    Ok(MatterPersonView { user: row.user_id, duty })
}
