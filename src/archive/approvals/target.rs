//! What a request is about, found by the opaque id that it names.

use crate::access::permission::Resource;
use crate::access::rights::Target;
use crate::access::two_person::TwoPersonAction;
use crate::base::id::{ArchiveId, CaseId, MatterId, RecordId, UserId};
use crate::store::Conn;
use crate::store::rows::{cases, matters, records, users};

use crate::archive::refusal::{Refusal, Thing};

/// Finds the subject; `None` if there is no such thing. What concerns the archive as a whole is named
/// by the archive's id; what lies in cases and matters by the id of a case, a matter or a record.
pub(super) fn find(
    conn: &mut Conn,
    archive: ArchiveId,
    action: TwoPersonAction,
    subject: &str,
) -> Result<(Option<Target>, Thing), Refusal> {
    let resource = action.row().0;
    if resource == Resource::User {
        let user = match UserId::parse(subject) {
            Ok(user) => users::get(conn, user)?,
            Err(_) => None,
        };
        return Ok((user.map(|row| Target::of_user(row.id)), Thing::User));
    }
    if resource == Resource::Hold {
        // Its release takes an authority: it is asked for by `request_hold_release`.
        return Ok((None, Thing::Hold));
    }
    if matches!(resource, Resource::Keys | Resource::Ledger | Resource::System | Resource::Policy) {
        return Ok(((subject == archive.to_string()).then(Target::archive), Thing::LedgerEntry));
    }
    if let Ok(case) = CaseId::parse(subject)
        && cases::get(conn, case)?.is_some()
    {
        return Ok((Some(Target::in_case(case)), Thing::Case));
    }
    if let Ok(matter) = MatterId::parse(subject)
        && matters::get(conn, matter)?.is_some()
    {
        return Ok((Some(Target::in_matter(matter)), Thing::Matter));
    }
    let record = match RecordId::parse(subject) {
        Ok(record) => records::get(conn, record)?,
        Err(_) => None,
    };
    Ok((record.map(|row| Target::record(row.case_id, row.captured_by)), Thing::Record))
}
