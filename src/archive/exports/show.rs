//! Shows exports: to whoever asked for them, and to those who may see exports of that case.

use crate::access::decide::Reach;
use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::archive::Archive;
use crate::archive::caller::Caller;
use crate::archive::jobs::Job;
use crate::archive::refusal::{Refusal, Thing};
use crate::base::id::ExportId;
use crate::bundle::name::BundleName;
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
}

impl Archive {
    /// One export.
    ///
    /// # Errors
    /// No such export that this person may see.
    pub fn show_export(&self, caller: &Caller, id: ExportId) -> Result<ExportView, Refusal> {
        let reach = self.reach_of_exports(caller, Action::Read)?;
        self.inner.store.read(|conn| {
            let row = exports::get(conn, id)?.filter(|row| is_seen(caller, reach, row));
            self.view(conn, row.ok_or(Refusal::NotFound(Thing::Export))?)
        })
    }

    /// A page of exports, the newest first, and where the list goes on.
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
                    shown.push(self.view(conn, row)?);
                }
            }
        })
    }

    pub(super) fn view(&self, conn: &mut Conn, row: ExportRow) -> Result<ExportView, Refusal> {
        let name = u16::try_from(row.year).ok().zip(u32::try_from(row.number).ok());
        let name = name.and_then(|(year, number)| BundleName::new(year, number).ok());
        let name = name.ok_or(Refusal::Damaged(Thing::Export))?.to_string();
        let job = self.job_of_export(conn, &row)?;
        Ok(ExportView { row, name, job })
    }

    fn reach_of_exports(&self, caller: &Caller, action: Action) -> Result<Reach, Refusal> {
        let reach = caller.reach(action, Resource::Export, self.inner.now());
        match reach.is_nothing() {
            true => Err(caller.forbidden((action, Resource::Export))),
            false => Ok(reach),
        }
    }
}

pub(super) fn is_seen(caller: &Caller, reach: Reach, row: &ExportRow) -> bool {
    let target = row.case_id.map_or_else(Target::archive, Target::in_case);
    row.created_by == caller.user() || reach.level_of(caller.rights(), &target).is_some()
}
