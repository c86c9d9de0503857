//! The database's schema against what the migrations make.

use crate::store::{Conn, SchemaFaultKind, schema_faults};

use super::{Checks, FaultKind};
use crate::archive::refusal::Refusal;

/// Names every table, index, trigger, view and function that is not as the migrations make it.
pub(super) fn check(conn: &mut Conn, checks: &mut Checks<'_>) -> Result<(), Refusal> {
    for fault in schema_faults(conn)? {
        let detail = match fault.kind {
            SchemaFaultKind::Missing => "it is not there",
            SchemaFaultKind::Foreign => "this program did not make it",
            SchemaFaultKind::Changed => "it is not as this program makes it",
        };
        checks.report.add(FaultKind::SchemaDiffers, fault.name, detail);
    }
    Ok(())
}
