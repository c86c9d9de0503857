use std::io::ErrorKind;

use super::*;
use crate::blob::BlobError;
use crate::record::feed::{EntryFault, EntryField, EntryProblem};
use crate::store::StoreError;

#[test]
fn a_faulty_line_is_told_with_line_and_column() {
    let faults =
        [EntryFault { line: 7, column: 3, problem: EntryProblem::Missing { field: EntryField::At } }];
    let problem = of_entries((&faults, 12), 6);
    assert_eq!(problem.refusal, Refusal::EntryFault { line: 7, count: 13, listed: 1, captured: 6 });
    let fault = problem.faults.first().unwrap();
    assert_eq!((fault.line, fault.column, fault.path.as_str()), (Some(7), Some(3), "at"));
}

#[test]
fn a_full_disk_is_told_as_such_wherever_it_shows() {
    for refusal in [
        Archive::Store(StoreError::Full),
        Archive::Blob(BlobError::Full),
        Archive::Io { what: "write", error: ErrorKind::StorageFull.into() },
    ] {
        assert_eq!(Problem::from(refusal).status().as_u16(), 507);
    }
}
