//! The custody of a record: who did what with it.

use actix_web::HttpResponse;
use serde::Serialize;
use utoipa::ToSchema;

use super::record_views::LedgerEntryBody;
use super::{Path, answer, id, names};
use crate::archive::records::Countersigned;
use crate::base::id::RecordId;
use crate::ledger::entry::Actor;
use crate::web::guard::Asker;
use crate::web::problem::Problem;

/// Who did what with a record.
#[derive(Debug, Serialize, ToSchema)]
pub struct CustodyBody {
    /// Every ledger entry about it and about the evidence packages that held it, in order.
    pub entries: Vec<LedgerEntryBody>,
}

pub(super) async fn custody(asker: Asker, record: Path) -> Result<HttpResponse, Problem> {
    let record = id(&record, RecordId::parse)?;
    let (entries, names) = asker
        .act(move |archive, caller| {
            let entries = archive.custody(caller, record)?;
            let doers = entries.iter().filter_map(|entry| match entry.actor {
                Actor::User(user) => Some(user),
                Actor::System => None,
            });
            let seconds = entries.iter().filter_map(|entry| match entry.countersign {
                Some(Countersigned::By(user)) => Some(user),
                Some(Countersigned::ByNobody) | None => None,
            });
            let users = doers.chain(seconds);
            let names = names::of(archive, caller, users)?;
            Ok((entries, names))
        })
        .await?;
    let entries = entries.into_iter().map(|entry| {
        let body = LedgerEntryBody::from(entry);
        let second = body.countersigned_by.as_ref().and_then(|user| names.get(user).cloned());
        LedgerEntryBody { actor_name: names.get(&body.actor).cloned(), countersigned_by_name: second, ..body }
    });
    Ok(answer(200, &CustodyBody { entries: entries.collect() }))
}
