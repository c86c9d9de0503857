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

/// The rows, if every one of them can be captured as far as can be told here.
///
/// # Errors
/// `manifest_fault` with every fault, up to a limit.
pub(super) fn checked(
    run: &Run,
    about: &str,
    rows: Vec<ReadRow>,
    defaults: &CaptureDefaults,
) -> Result<Vec<ManifestRow>, Failure> {
    let mut fine = Vec::with_capacity(rows.len());
    let mut faults: Vec<TableFault> = Vec::new();
    for row in rows {
        match row {
            Ok(row) => match row.check(defaults) {
                Ok(_) => fine.push(row),
                Err(found) => faults.extend(found),
            },
            Err(found) => faults.extend(found),
        }
        if faults.len() > FAULTS_MAX {
            break;
        }
    }
    if faults.is_empty() { Ok(fine) } else { Err(refused(run, about, &faults)) }
}

/// The refusal of a table for its faults.
pub(super) fn refused(run: &Run, about: &str, faults: &[TableFault]) -> Failure {
    let document = table_words::document(&run.voice, faults);
    Failure::There { document, about: Some(about.to_owned()) }
}
