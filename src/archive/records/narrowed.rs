//! What a list or a search is narrowed by besides the columns of the database: tags, which are sealed with the
//! record; holds, which the ledger has; and from when a record is due, which is judged. Of each only that counts which
//! the reader may know: nobody learns a tag, a hold or a date by asking for it.

use crate::archive::Archive;
use crate::archive::caller::Caller;
use crate::archive::holds::{Care, Marks};
use crate::archive::refusal::Refusal;
use crate::archive::retention::DueDates;
use crate::base::id::{HoldId, MatterId};
use crate::base::moment::Moment;
use crate::base::text::fold_name;
use crate::record::descriptor::Tag;
use crate::store::Conn;
use crate::store::rows::records::RecordRow;

use super::Ledgered;

/// What must hold besides. Everything given must.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Besides {
    /// A tag of the current version, in any case, width and script.
    pub tag: Option<Tag>,
    /// Whether a hold stands over it.
    pub held: Option<bool>,
    /// A hold that stands over it.
    pub hold: Option<HoldId>,
    /// A matter of which a hold stands over it.
    pub matter: Option<MatterId>,
    /// Due at or after.
    pub due_from: Option<Moment>,
    /// Due before.
    pub due_before: Option<Moment>,
}

impl Besides {
    /// True if nothing is asked for.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    fn asks_for_holds(&self) -> bool {
        self.held.is_some() || self.hold.is_some() || self.matter.is_some()
    }

    fn asks_for_dates(&self) -> bool {
        self.due_from.is_some() || self.due_before.is_some()
    }

    /// True if one of the tags is the one asked for, or none is.
    pub(in crate::archive) fn has_tag(&self, tags: &[Tag]) -> bool {
        self.tag.as_ref().is_none_or(|wanted| {
            let wanted = fold_name(wanted.as_str());
            tags.iter().any(|tag| fold_name(tag.as_str()) == wanted)
        })
    }
}

/// What is asked for, with what one reader may know of it.
pub(in crate::archive) struct Narrowed<'a> {
    wanted: &'a Besides,
    marks: Option<Marks<'a>>,
    due: Option<DueDates<'a>>,
}

impl<'a> Narrowed<'a> {
    /// To be made before a snapshot of the database is taken: what is pending is judged first.
    ///
    /// # Errors
    /// Dates are asked for by who may not list what is due; the ledger or the policies cannot be read.
    pub(in crate::archive) fn of(
        archive: &'a Archive,
        caller: &'a Caller,
        wanted: &'a Besides,
        now: Moment,
    ) -> Result<Self, Refusal> {
        let marks = wanted.asks_for_holds().then(|| Marks::of(&archive.inner, caller, now)).transpose()?;
        let due = wanted.asks_for_dates().then(|| DueDates::of(archive, caller)).transpose()?;
        Ok(Self { wanted, marks, due })
    }

    /// What is asked for.
    pub(in crate::archive) const fn wanted(&self) -> &'a Besides {
        self.wanted
    }

    /// True if holds and dates of a record are those that are asked for. Its tags the caller compares, who has opened
    /// them: [`Besides::has_tag`].
    ///
    /// # Errors
    /// The database or the ledger cannot be read.
    pub(in crate::archive) fn fits(
        &self,
        conn: &mut Conn,
        ledger: &Ledgered<'_>,
        row: &RecordRow,
    ) -> Result<bool, Refusal> {
        Ok(self.is_held(conn, ledger, row)? && self.is_due(conn, ledger, row)?)
    }

    fn is_held(&self, conn: &mut Conn, ledger: &Ledgered<'_>, row: &RecordRow) -> Result<bool, Refusal> {
        let Some(marks) = &self.marks else { return Ok(true) };
        let over = match marks.over(conn, ledger, row, Care::ByName) {
            // What cannot be told is held.
            Err(Refusal::Damaged(_)) => return Ok(self.wanted.held != Some(false)),
            over => over?,
        };
        let Besides { held, hold, matter, .. } = self.wanted;
        Ok(held.is_none_or(|held| held != over.is_empty())
            && hold.is_none_or(|hold| over.iter().any(|mark| mark.hold == hold))
            && matter.is_none_or(|matter| over.iter().any(|mark| mark.matter == matter)))
    }

    fn is_due(&self, conn: &mut Conn, ledger: &Ledgered<'_>, row: &RecordRow) -> Result<bool, Refusal> {
        let Some(due) = &self.due else { return Ok(true) };
        let Some(from) = due.of_record(conn, ledger, row)? else { return Ok(false) };
        let Besides { due_from, due_before, .. } = self.wanted;
        Ok(due_from.is_none_or(|first| first <= from) && due_before.is_none_or(|behind| from < behind))
    }
}
