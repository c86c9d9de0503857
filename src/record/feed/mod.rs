//! What comes in by the thousand: log entries in bulk, capture manifests, and foreign exports read
//! through a mapping profile (字段映射). Everything here is pure: bytes in, typed rows or faults
//! with line and column out.

mod column;
mod csv;
mod decode;
mod entry;
mod entry_fault;
mod fields;
mod jsonl;
mod manifest;
mod mapping;
mod reader;
mod summary;
mod table;
mod table_fault;

#[cfg(test)]
mod date_tests;
#[cfg(test)]
mod entry_tests;
#[cfg(test)]
mod table_tests;

pub use column::Column;
pub use entry::LogEntry;
pub use entry_fault::{EntryFault, EntryProblem};
pub use fields::EntryField;
pub use manifest::{FilePath, ManifestRow, Places, ReadRow, manifest_from_csv, manifest_from_jsonl};
pub use mapping::{MappingProfile, PREVIEW_ROWS, Preview, ProfileFault, TableFormat};
pub use reader::{EntryFormat, EntryReader};
pub use summary::{EntryGroup, EntrySummary, LocalDays, Summarizing, operation_word};
pub use table::{Table, TableRow};
pub use table_fault::{TableFault, TableProblem};
