//! Every table whose rows entries vouch for, row by row against the ledger's last word. Left out are,
//! with their reasons:
//!
//! - `index_rows`, the index itself, `detections` and `detected_types`, `record_keys`, `record_retention` and
//!   `retention_queues`: worked out again from the records; of
//!   `jobs`, how far they have come, and that one which ended is gone;
//! - `login_failures`, `idempotency`, `uploads`, and the cells of uploads and jobs: they live
//!   shortly; of `sessions`, that one is gone (it ends by time, without an entry) and when it was last used;
//! - the values in `meta`, but for the local operator and the numbers of bundles: the last step of a second
//!   factor, failed log-ins that wait to be entered, the engine of the index, the forms of the subjects, the probe of the writer. What else
//!   stands there is named.

use crate::base::digest::Digest;
use crate::base::moment::Moment;
use crate::store::rows::approvals;
use crate::store::rows::jobs::JobRow;
use crate::store::rows::retention::{self, RetentionRow};
use crate::store::rows::{
    cases, cells, events, exports, holds, jobs, ledger as entries, matters, meta, parties, policies,
    sessions, users,
};
use crate::store::{Conn, StoreError};

use super::vouched::{Found, Vouched};
use super::{Checks, FaultKind};
use crate::archive::bound::{self, BUNDLE_COUNTERS, Bound};
use crate::archive::detection::{FORMS_ROW, WITHHELD_ROW};
use crate::archive::indexing::ENGINE_ROW;
use crate::archive::jobs::EnteredResult;
use crate::archive::open::LOCAL_OPERATOR;
use crate::archive::ready::PROBE_ROW;
use crate::archive::refusal::Refusal;
use crate::archive::retention::{JUDGED_ROW, NIGHTLY_ROW, Queue};
use crate::archive::users::{PENDING, STEP_KEY};
use crate::base::id::{JobId, UserId};

/// Rows about retention that are read at once.
const RETENTION_ROWS: u32 = 500;
/// Characters of a name in `meta` that are told.
const META_KEY_CHARS: usize = 80;

/// Compares every row of a table whose rows stand alone.
macro_rules! scanned {
    ($conn:ident, $checks:ident, $vouched:ident, $scan:path, $table:literal, $bound:path) => {{
        let scanned = $scan($conn, &mut |row| {
            match row {
                Ok(row) => {
                    let address = $bound(row.id).address();
                    let digest = row.fingerprint();
                    $vouched.meet($checks, &Found { table: $table, address: &address, digest });
                }
                Err(error) => $checks.report.add(FaultKind::RowCorrupt, $table, error.to_string()),
            }
            Ok::<_, Refusal>(())
        });
        $checks.unless_damaged($table, scanned)?;
    }};
}
/// Every readable row of a table whose rows have others that belong to them.
macro_rules! gathered {
    ($conn:ident, $checks:ident, $scan:path, $table:literal) => {{
        let mut rows = Vec::new();
        let gathered = $scan($conn, &mut |row| {
            match row {
                Ok(row) => rows.push(row),
                Err(error) => $checks.report.add(FaultKind::RowCorrupt, $table, error.to_string()),
            }
            Ok::<_, Refusal>(())
        });
        $checks.unless_damaged($table, gathered)?;
        rows
    }};
}
/// The result of a job that must lie in the results' folder.
pub(super) struct Sealed {
    pub job: JobId,
    pub entered: EnteredResult,
}

/// Looks at a table and at those whose rows belong to its rows.
type Together = fn(&mut Conn, &mut Checks<'_>, &mut Vouched) -> Result<(), Refusal>;

/// Holds every row against what entries vouch for; `now` is by which requests may have expired. Gives the
/// results of jobs, which are to be read.
pub(super) fn check(
    conn: &mut Conn,
    checks: &mut Checks<'_>,
    mut vouched: Vouched,
    now: Moment,
) -> Result<Vec<Sealed>, Refusal> {
    let looked = all_cells(conn, checks, &mut vouched);
    checks.unless_damaged("cells", looked)?;
    scanned!(conn, checks, vouched, parties::scan, "parties", Bound::Party);
    scanned!(conn, checks, vouched, cases::every_event::scan, "case_events", Bound::Event);
    scanned!(conn, checks, vouched, cases::every_explanation::scan, "gap_explanations", Bound::Explanation);
    scanned!(conn, checks, vouched, sessions::scan, "api_tokens", Bound::Token);
    sessions_by(conn, checks, &mut vouched)?;
    scanned!(conn, checks, vouched, exports::scan, "exports", Bound::Export);
    let results = jobs_by(conn, checks, &mut vouched)?;
    let looked = approvals_by(conn, checks, &mut vouched, now);
    checks.unless_damaged("approvals", looked)?;
    let by_table: [(&str, Together); 6] = [
        ("cases", cases_by),
        ("matters", matters_by),
        ("holds", holds_by),
        ("retention_events", events_by),
        ("users", users_by),
        ("policies", policies_by),
    ];
    for (table, look) in by_table {
        let looked = look(conn, checks, &mut vouched);
        checks.unless_damaged(table, looked)?;
    }
    let looked = meta_keys(conn, checks).and_then(|()| judged(conn, checks));
    checks.unless_damaged("meta", looked)?;
    let looked = vouched.name_missing(conn, checks);
    checks.unless_damaged("ledger_entries", looked)?;
    Ok(results)
}

/// A session that stands must be one that was opened so.
fn sessions_by(conn: &mut Conn, checks: &mut Checks<'_>, vouched: &mut Vouched) -> Result<(), Refusal> {
    for row in gathered!(conn, checks, sessions::every_session::scan, "sessions") {
        let address = Bound::Session(row.token_hash).address();
        let digest = bound::of_session(&row);
        vouched.meet(checks, &Found { table: "sessions", address: &address, digest });
    }
    Ok(())
}

/// A job must be one that was ordered so, and one that has ended must have ended as its entry says.
fn jobs_by(conn: &mut Conn, checks: &mut Checks<'_>, vouched: &mut Vouched) -> Result<Vec<Sealed>, Refusal> {
    let mut results = Vec::new();
    for row in gathered!(conn, checks, jobs::scan, "jobs") {
        if let Some(digest) = bound::of_job(&row) {
            let address = Bound::Job(row.id).address();
            vouched.meet(checks, &Found { table: "jobs", address: &address, digest });
            continue;
        }
        let subject = format!("jobs {}", row.id);
        match vouched.of_job(&row) {
            None => checks.report.add(FaultKind::RowUnknown, subject, "no entry speaks of it"),
            Some(heard) if heard.is(&row) => {
                let result = heard.result_of(&row).map(|entered| Sealed { job: row.id, entered });
                results.extend(result);
            }
            Some(_) => {
                let detail = "it is not as the entries about it say that it was ordered and ended";
                checks.report.add(FaultKind::RowDiffers, subject, detail);
            }
        }
    }
    Ok(results)
}

fn cases_by(conn: &mut Conn, checks: &mut Checks<'_>, vouched: &mut Vouched) -> Result<(), Refusal> {
    let all = gathered!(conn, checks, cases::scan, "cases");
    together(conn, checks, vouched, "cases", all.iter().map(|row| Bound::Case(row.id)))?;
    let of = |conn: &mut Conn, id| cases::parties_of(conn, id).map(|rows| rows.len());
    strays(conn, checks, "case_parties", all.iter().map(|row| row.id), of, cases::count_parties)
}

fn matters_by(conn: &mut Conn, checks: &mut Checks<'_>, vouched: &mut Vouched) -> Result<(), Refusal> {
    let all = gathered!(conn, checks, matters::scan, "matters");
    together(conn, checks, vouched, "matters", all.iter().map(|row| Bound::Matter(row.id)))?;
    let of = |conn: &mut Conn, id| matters::people_of(conn, id).map(|rows| rows.len());
    strays(conn, checks, "matter_people", all.iter().map(|row| row.id), of, matters::count_people)
}

/// Holds, the batches in which their members came, and what people were told.
fn holds_by(conn: &mut Conn, checks: &mut Checks<'_>, vouched: &mut Vouched) -> Result<(), Refusal> {
    let all = gathered!(conn, checks, holds::scan, "holds");
    together(conn, checks, vouched, "holds", all.iter().map(|row| Bound::Hold(row.id)))?;
    for row in &all {
        let batches = (0..row.batches).map(|number| Bound::HoldBatch { hold: row.id, number });
        // One that is empty is named with what is missing.
        let mut there = Vec::new();
        for batch in batches {
            match batch.standing(conn) {
                Ok(None) => {}
                Ok(Some(_)) | Err(_) => there.push(batch),
            }
        }
        together(conn, checks, vouched, "hold_members", there.into_iter())?;
    }
    // Those of a batch that no row counts, or of a hold that is not there, are strays.
    let of = |conn: &mut Conn, (hold, batches): (_, u32)| {
        let mut members = 0;
        for number in 0..batches {
            members += holds::batch_of(conn, hold, number)?.len();
        }
        Ok(members)
    };
    let ids = all.iter().map(|row| (row.id, row.batches));
    strays(conn, checks, "hold_members", ids, of, holds::count_members)?;
    let notices = gathered!(conn, checks, holds::every_notice::scan, "hold_notices");
    together(conn, checks, vouched, "hold_notices", notices.iter().map(|row| Bound::HoldNotice(row.id)))?;
    let of = |conn: &mut Conn, id| holds::recipients_of(conn, id).map(|rows| rows.len());
    strays(conn, checks, "hold_recipients", notices.iter().map(|row| row.id), of, holds::count_recipients)
}

fn events_by(conn: &mut Conn, checks: &mut Checks<'_>, vouched: &mut Vouched) -> Result<(), Refusal> {
    let all = gathered!(conn, checks, events::scan, "retention_events");
    let bound = all.iter().map(|row| Bound::RetentionEvent(row.id));
    together(conn, checks, vouched, "retention_events", bound)?;
    let of = |conn: &mut Conn, id| events::keys_of(conn, id).map(|rows| rows.len());
    strays(conn, checks, "retention_event_keys", all.iter().map(|row| row.id), of, events::count_keys)
}

fn users_by(conn: &mut Conn, checks: &mut Checks<'_>, vouched: &mut Vouched) -> Result<(), Refusal> {
    let all = gathered!(conn, checks, users::scan, "users");
    together(conn, checks, vouched, "users", all.iter().map(|row| Bound::User(row.id)))?;
    let roles = |conn: &mut Conn, id| users::roles_of(conn, id).map(|rows| rows.len());
    strays(conn, checks, "user_roles", all.iter().map(|row| row.id), roles, users::count_roles)?;
    let grants = |conn: &mut Conn, id| users::grants_of(conn, id).map(|rows| rows.len());
    strays(conn, checks, "grants", all.iter().map(|row| row.id), grants, users::count_grants)
}

/// Each policy, version and what is said of it, and that none of the policies is gone.
fn policies_by(conn: &mut Conn, checks: &mut Checks<'_>, vouched: &mut Vouched) -> Result<(), Refusal> {
    let all = gathered!(conn, checks, policies::scan, "policies");
    for row in &all {
        let address = Bound::Policy(row.id.clone()).address();
        vouched.meet(checks, &Found { table: "policies", address: &address, digest: row.fingerprint() });
    }
    if let Some(digest) = bound::of_policies(&all) {
        let address = Bound::Policies.address();
        vouched.meet(checks, &Found { table: "policies", address: &address, digest });
    }
    scanned!(conn, checks, vouched, policies::every_version::scan, "policy_versions", Bound::PolicyVersion);
    scanned!(conn, checks, vouched, policies::every_review::scan, "policy_reviews", Bound::PolicyReview);
    scanned!(
        conn,
        checks,
        vouched,
        policies::every_suggestion::scan,
        "policy_suggestions",
        Bound::PolicySuggestion
    );
    scanned!(conn, checks, vouched, policies::every_simulation::scan, "simulations", Bound::Simulation);
    for row in gathered!(conn, checks, policies::every_evaluation::scan, "policy_evaluations") {
        let address = Bound::PolicyEvaluation(row.version_id).address();
        let digest = row.fingerprint();
        vouched.meet(checks, &Found { table: "policy_evaluations", address: &address, digest });
    }
    for row in gathered!(conn, checks, policies::every_acknowledgement::scan, "policy_acknowledgements") {
        let address = Bound::PolicyAcknowledgement(row.version_id, row.user_id).address();
        let digest = row.fingerprint();
        vouched.meet(checks, &Found { table: "policy_acknowledgements", address: &address, digest });
    }
    Ok(())
}

/// The local operator must be the one that the first entry names.
pub(super) fn local_operator(
    conn: &mut Conn,
    checks: &mut Checks<'_>,
    named: Option<&str>,
) -> Result<(), Refusal> {
    let stands = meta::get(conn, LOCAL_OPERATOR)?;
    if stands.as_deref() != named {
        let detail = "the local operator is not the one that the first entry names";
        checks.report.add(FaultKind::RowDiffers, "meta local_operator", detail);
    }
    Ok(())
}

/// What this program keeps in `meta`; whatever else stands there, somebody else put there.
pub(super) fn meta_keys(conn: &mut Conn, checks: &mut Checks<'_>) -> Result<(), Refusal> {
    const KEYS: [&str; 8] =
        [LOCAL_OPERATOR, PENDING, PROBE_ROW, ENGINE_ROW, FORMS_ROW, WITHHELD_ROW, JUDGED_ROW, NIGHTLY_ROW];
    for key in meta::keys_beginning(conn, "")? {
        let user = key.strip_prefix(STEP_KEY).and_then(|id| UserId::parse(id).ok());
        let of_user = match user {
            Some(user) => users::get(conn, user)?.is_some(),
            None => false,
        };
        // Counters of bundles are compared by themselves.
        if !of_user && !key.starts_with(BUNDLE_COUNTERS) && !KEYS.contains(&key.as_str()) {
            let subject: String = key.escape_default().take(META_KEY_CHARS).collect();
            let detail = "this program keeps nothing of that name";
            checks.report.add(FaultKind::RowUnknown, format!("meta {subject}"), detail);
        }
    }
    Ok(())
}

/// How far the judge followed the ledger: no further than it reaches.
pub(super) fn judged(conn: &mut Conn, checks: &mut Checks<'_>) -> Result<(), Refusal> {
    let size = entries::count(conn)?;
    let said = meta::get(conn, JUDGED_ROW)?;
    if said.is_some_and(|said| !said.parse().is_ok_and(|said: u64| said <= size)) {
        let detail = "it does not stand at a place of the ledger";
        checks.report.add(FaultKind::RowDiffers, format!("meta {JUDGED_ROW}"), detail);
    }
    let mut after = None;
    loop {
        let rows = retention::page_all(conn, None, after, RETENTION_ROWS)?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = Some(last.record_id);
        for row in rows {
            let queues = retention::queues_of(conn, row.record_id)?;
            if !is_listed(&row, &queues) {
                let detail = "its state and its lists contradict each other: muniment fsck --repair has it judged anew";
                checks.report.add(
                    FaultKind::RowDiffers,
                    format!("record_retention {}", row.record_id),
                    detail,
                );
            }
        }
    }
}

/// True if a record stands on the list of its state, and on that of what is restricted just if it is. Whether it is
/// rightly there takes keys: `muniment fsck` judges it anew.
fn is_listed(row: &RetentionRow, queues: &[String]) -> bool {
    let is_on = |queue: &str| queues.iter().any(|on| on == queue);
    let is_state = Queue::parse(&row.state).is_some();
    (!is_state || is_on(&row.state)) && row.restricted == is_on(Queue::Restricted.as_str())
}

/// A counter must stand at the highest number that entries say was given.
pub(super) fn counter(
    conn: &mut Conn,
    checks: &mut Checks<'_>,
    name: &str,
    given: u32,
) -> Result<(), Refusal> {
    let stands = meta::get(conn, name)?.and_then(|text| text.parse().ok());
    if stands != Some(given) {
        let detail = format!("it does not stand at {given}, the highest number that was given");
        checks.report.add(FaultKind::RowDiffers, format!("meta {name}"), detail);
    }
    Ok(())
}

fn together(
    conn: &mut Conn,
    checks: &mut Checks<'_>,
    vouched: &mut Vouched,
    table: &str,
    rows: impl Iterator<Item = Bound>,
) -> Result<(), Refusal> {
    for bound in rows {
        match bound.standing(conn) {
            Ok(Some(digest)) => {
                let address = bound.address();
                vouched.meet(checks, &Found { table, address: &address, digest });
            }
            // Read a moment ago in the same snapshot.
            Ok(None) => checks.report.add(FaultKind::RowMissing, table, bound.address()),
            Err(Refusal::Store(error @ StoreError::Corrupt { .. })) => {
                checks.report.add(FaultKind::RowCorrupt, table, error.to_string());
            }
            Err(other) => return Err(other),
        }
    }
    Ok(())
}

/// A request expires without an entry: see [`approvals::ApprovalRow::known_as`].
fn approvals_by(
    conn: &mut Conn,
    checks: &mut Checks<'_>,
    vouched: &mut Vouched,
    now: Moment,
) -> Result<(), Refusal> {
    for row in gathered!(conn, checks, approvals::scan, "approvals") {
        let address = Bound::Approval(row.id).address();
        let found = Found { table: "approvals", address: &address, digest: row.fingerprint() };
        vouched.meet_any(checks, &found, &row.known_as(now));
    }
    Ok(())
}

/// Every sealed cell must have the SHA-256 that its row says, and be the one that an entry vouches for.
fn all_cells(conn: &mut Conn, checks: &mut Checks<'_>, vouched: &mut Vouched) -> Result<(), Refusal> {
    let mut unknown: Vec<(String, String, String, Digest)> = Vec::new();
    cells::scan(conn, &mut |row| {
        checks.report.cells += 1;
        match row {
            Ok(row) => {
                let address = Bound::cell(&row.owner, &row.part).address();
                // By the bytes as they are, whatever digest stands beside them.
                let recorded = row.digest;
                let row = cells::CellRow { digest: Digest::of(&row.sealed), ..row };
                let digest = bound::of_cell(&row);
                if vouched.knows(&address) {
                    vouched.meet(checks, &Found { table: "cells", address: &address, digest });
                } else {
                    unknown.push((row.owner, row.part, address.clone(), digest));
                }
                if row.digest != recorded {
                    let detail = "the sealed bytes have another SHA-256 than recorded";
                    checks.report.add(FaultKind::CellChanged, address, detail);
                }
            }
            Err(error) => checks.report.add(FaultKind::RowCorrupt, "cells", error.to_string()),
        }
        Ok::<_, Refusal>(())
    })?;
    for (owner, part, address, digest) in unknown {
        let is_jobs = |_: &mut Conn, job: &JobRow| {
            Ok(vouched.of_job(job).is_some_and(|heard| heard.may_have(job, &part)))
        };
        if !bound::is_passing(conn, (&owner, &part), is_jobs)? {
            vouched.meet(checks, &Found { table: "cells", address: &address, digest });
        }
    }
    Ok(())
}

/// Rows that belong to a case, a matter or a user that is not there: there are more than the known
/// ones have.
fn strays<Id>(
    conn: &mut Conn,
    checks: &mut Checks<'_>,
    table: &str,
    ids: impl Iterator<Item = Id>,
    of: impl Fn(&mut Conn, Id) -> Result<usize, StoreError>,
    all: impl Fn(&mut Conn) -> Result<u64, StoreError>,
) -> Result<(), Refusal> {
    let mut known = 0;
    for id in ids {
        match of(conn, id) {
            Ok(count) => known += count as u64,
            // Named when the rows were compared.
            Err(StoreError::Corrupt { .. }) => return Ok(()),
            Err(other) => return Err(other.into()),
        }
    }
    let stored = all(conn)?;
    if stored > known {
        let detail = format!("{stored} rows are stored, {known} belong to something that is there");
        checks.report.add(FaultKind::RowUnknown, table, detail);
    }
    Ok(())
}
