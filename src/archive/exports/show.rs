//! Shows exports: to whoever asked for them, and to those who may see exports of that case.

use crate::access::decide::Reach;
use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::archive::bound::Bound;
use crate::archive::caller::Caller;
use crate::archive::jobs::Job;
use crate::archive::records::Ledgered;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::{Archive, worded};
use crate::base::id::ExportId;
use crate::bundle::name::BundleName;
use crate::ledger::entry::{Actor, EntryKind};
use crate::store::Conn;
use crate::store::rows::Before;
use crate::store::rows::exports::{self, ExportRow};

/// Where a list of exports goes on.
pub type ExportPlace = Before<ExportId>;

/// An export, as people see it.
#[derive(Debug, Clone)]
pub struct ExportView {
    /// Its row: numbers, counts, digest.
    pub row: ExportRow,
    /// The bundle's name.
    pub name: String,
    /// The job that makes or made its bundle, while jobs are remembered.
    pub job: Option<Job>,
    /// True on a page if the export or its job is not as the ledger says.
    pub damaged: bool,
}

/// One state of the database, and the ledger as it has it.
type Read<'c, 'l> = (&'c mut Conn, &'c Ledgered<'l>);

impl Archive {
    /// One export.
    ///
    /// # Errors
    /// No such export that this person may see; [`Refusal::Damaged`] if it is not as the ledger says.
    pub fn show_export(&self, caller: &Caller, id: ExportId) -> Result<ExportView, Refusal> {
        let reach = self.reach_of_exports(caller, Action::Read)?;
        self.inner.store.read(|conn| {
            let row = exports::get(conn, id)?.filter(|row| is_seen(caller, reach, row));
            let row = row.ok_or(Refusal::NotFound(Thing::Export))?;
            let ledger = self.inner.ledgered(conn)?;
            Self::view((conn, &ledger), &row)
        })
    }

    /// A page of exports, the newest first, and where the list goes on. One that is not as the ledger says is
    /// marked, for those who see all exports and for who asked for it by the ledger.
    ///
    /// # Errors
    /// Not permitted.
    pub fn list_exports(
        &self,
        caller: &Caller,
        before: Option<ExportPlace>,
        limit: u32,
    ) -> Result<(Vec<ExportView>, Option<ExportPlace>), Refusal> {
        let reach = self.reach_of_exports(caller, Action::List)?;
        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        self.inner.store.read(|conn| {
            let (mut shown, mut before) = (Vec::new(), before);
            let ledger = self.inner.ledgered(conn)?;
            loop {
                let rows = exports::page(conn, before, limit)?;
                let Some(last) = rows.last() else { return Ok((shown, None)) };
                before = Some(Before { at: last.created_at, id: last.id });
                for row in rows.into_iter().filter(|row| is_seen(caller, reach, row)) {
                    if shown.len() == most {
                        let last = shown.last().map(|last: &ExportView| &last.row);
                        return Ok((
                            shown.clone(),
                            last.map(|row| Before { at: row.created_at, id: row.id }),
                        ));
                    }
                    match Self::view((conn, &ledger), &row).map_err(Refusal::in_a_list) {
                        Ok(export) => shown.push(export),
                        Err(Refusal::Damaged(Thing::Export | Thing::Job)) => {
                            shown.extend(Self::marked((conn, &ledger), (caller, reach), row)?);
                        }
                        Err(other) => return Err(other),
                    }
                }
            }
        })
    }

    fn view((conn, ledger): Read<'_, '_>, row: &ExportRow) -> Result<ExportView, Refusal> {
        ledger.must_be_last(conn, &Bound::Export(row.id))?;
        let name = name_of(row).ok_or(Refusal::Damaged(Thing::Export))?;
        let job = Self::job_of_export((conn, ledger), row)?;
        Ok(ExportView { row: row.clone(), name, job, damaged: false })
    }

    /// The same of one that is not as the ledger says: under the name, and in the name of the person, that the
    /// ledger knows. Of one that it does not know nothing is told.
    fn marked(
        (conn, ledger): Read<'_, '_>,
        (caller, reach): (&Caller, Reach),
        row: ExportRow,
    ) -> Result<Option<ExportView>, Refusal> {
        let id = row.id.to_string();
        let begun = match worded::beginning(ledger, conn, (&id, EntryKind::ExportBegun), Thing::Export) {
            Ok(begun) => begun,
            Err(Refusal::Damaged(_)) => return Ok(None),
            Err(other) => return Err(other),
        };
        let Actor::User(created_by) = begun.actor else { return Ok(None) };
        let sees_all = reach.level_of(caller.rights(), &Target::archive()).is_some();
        let row = ExportRow { created_by, created_at: begun.at, ..row };
        let name = begun.facts.get("bundle").and_then(serde_json::Value::as_str).unwrap_or_default();
        let view = || ExportView { row, name: name.to_owned(), job: None, damaged: true };
        Ok((sees_all || created_by == caller.user()).then(view))
    }

    fn reach_of_exports(&self, caller: &Caller, action: Action) -> Result<Reach, Refusal> {
        let reach = caller.reach(action, Resource::Export, self.inner.now());
        match reach.is_nothing() {
            true => Err(caller.forbidden((action, Resource::Export))),
            false => Ok(reach),
        }
    }
}

fn name_of(row: &ExportRow) -> Option<String> {
    let (year, number) = (u16::try_from(row.year).ok()?, u32::try_from(row.number).ok()?);
    BundleName::new(year, number).ok().map(|name| name.to_string())
}

pub(super) fn is_seen(caller: &Caller, reach: Reach, row: &ExportRow) -> bool {
    let target = row.case_id.map_or_else(Target::archive, Target::in_case);
    row.created_by == caller.user() || reach.level_of(caller.rights(), &target).is_some()
}
