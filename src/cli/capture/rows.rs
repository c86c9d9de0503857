//! Rows of a manifest or of an export: all are checked before the first is sent, so that a faulty
//! file is refused as a whole, with line and column of every fault.

use super::table_words;
use crate::base::civil::Zone;
use crate::base::limits::FAULTS_MAX;
use crate::base::moment::{Clock as _, SystemClock};
use crate::cli::Run;
use crate::cli::args::At;
use crate::cli::client::{Ask, Client};
use crate::cli::failure::Failure;
use crate::cli::list::text;
use crate::config::{Config, Sources};
use crate::record::feed::{ManifestRow, ReadRow, TableFault};
use crate::record::jurisdiction::Jurisdiction;
use crate::record::request::CaptureDefaults;
use crate::web::refusals::table_fault;
use crate::words::Fault;

/// What holds where a row says nothing: asked of the service, because its settings decide.
///
/// # Errors
/// Nobody may capture as this person; an answer that cannot be understood.
pub(super) async fn defaults(client: &Client) -> Result<CaptureDefaults, Failure> {
    let told = client.json(&Ask::get("/api/v1/capture-defaults")).await?;
    let zone =
        Zone::parse(text(&told, "zone")).map_err(|error| Failure::system("read the answer", &error))?;
    let jurisdiction = Jurisdiction::parse(text(&told, "jurisdiction"))
        .map_err(|_| Failure::system("read the answer", &"jurisdiction"))?;
    Ok(CaptureDefaults { jurisdiction, zone, now: SystemClock.now(), content_comes_apart: true })
}

/// As [`defaults`]; where no archive is named, what this machine's settings say: a preview needs none.
///
/// # Errors
/// As [`defaults`]; settings that cannot be used.
pub(super) fn defaults_of_preview(run: &Run, at: &At) -> Result<CaptureDefaults, Failure> {
    let config = Config::resolve(&Sources::of_process(at.config.clone(), Vec::new()))?;
    let mut found = CaptureDefaults {
        jurisdiction: config.default_jurisdiction,
        zone: config.default_zone,
        now: SystemClock.now(),
        content_comes_apart: true,
    };
    if at.data.is_some() || config.data.is_some() {
        run.with_archive(at, async |client: &Client| {
            found = defaults(client).await?;
            Ok(())
        })?;
    }
    Ok(found)
}

/// Rows with all that is wrong with them so far.
pub(super) struct Checked {
    /// Every row of which a capture could be put together, whether it can be taken or not.
    pub(super) rows: Vec<ManifestRow>,
    /// What is wrong.
    pub(super) faults: TableFaults,
}

/// Faults of a table: the first of them, and how many there are.
#[derive(Default)]
pub(super) struct TableFaults {
    listed: Vec<Fault>,
    count: u64,
}

impl TableFaults {
    /// Adds one.
    pub(super) fn push(&mut self, fault: Fault) {
        self.count += 1;
        if self.listed.len() < FAULTS_MAX {
            self.listed.push(fault);
        }
    }
}

/// Looks at every row as far as can be told here.
pub(super) fn checked(read: Vec<ReadRow>, defaults: &CaptureDefaults) -> Checked {
    let (mut rows, mut faults) = (Vec::with_capacity(read.len()), TableFaults::default());
    for row in read {
        let found = match row {
            Ok(row) => {
                let found = row.check(defaults).err();
                rows.push(row);
                found
            }
            Err(found) => Some(found),
        };
        found.iter().flatten().for_each(|fault| faults.push(table_fault(fault)));
    }
    Checked { rows, faults }
}

/// The captures of a table, if nothing at all is wrong with it.
///
/// # Errors
/// `manifest_fault` with every fault, up to a limit.
pub(super) fn none_or<T>(
    run: &Run,
    about: &str,
    faults: TableFaults,
    captures: Vec<T>,
) -> Result<Vec<T>, Failure> {
    match table_words::of_faults(&run.voice, faults.listed, faults.count) {
        None => Ok(captures),
        Some(document) => Err(Failure::There { document, about: Some(about.to_owned()) }),
    }
}

/// The refusal of a table for its faults.
pub(super) fn refused(run: &Run, about: &str, faults: &[TableFault]) -> Failure {
    let document = table_words::document(&run.voice, faults);
    Failure::There { document, about: Some(about.to_owned()) }
}
