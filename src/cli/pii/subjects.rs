//! The file that names whom a document is about.

use std::path::Path;

use serde::Deserialize;

use crate::base::limits::JSON_BYTES_MAX;
use crate::cli::failure::Failure;
use crate::cli::site::read_file;
use crate::redaction::kind::Kind;
use crate::redaction::{Subject, Subjects};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    name: String,
    #[serde(default)]
    organisation: bool,
    #[serde(default)]
    own: bool,
    #[serde(default)]
    values: Vec<Known>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    r#type: String,
    value: String,
}

pub(super) fn read(path: &Path) -> Result<Subjects, Failure> {
    Ok(Subjects::new(&listed(path)?))
}

/// Whom a file names.
pub(in crate::cli) fn listed(path: &Path) -> Result<Vec<Subject>, Failure> {
    let shown = path.display().to_string();
    let bytes = read_file(path, JSON_BYTES_MAX as u64)?;
    // The reader's own words could quote a name; line and column are enough to find the fault.
    let named: Vec<Named> = serde_json::from_slice(&bytes).map_err(|error| {
        // The reader counts bytes, people characters.
        let read = bytes.split(|byte| *byte == b'\n').nth(error.line().saturating_sub(1));
        let before = read.and_then(|line| line.get(..error.column())).unwrap_or_default();
        let column = String::from_utf8_lossy(before).chars().count().to_string();
        let line = error.line().to_string();
        Failure::usage("pii.bad_subjects", &[("path", &shown), ("line", &line), ("column", &column)])
    })?;
    named.into_iter().map(subject).collect()
}

fn subject(named: Named) -> Result<Subject, Failure> {
    let values = named.values.into_iter().map(|known| match Kind::parse(&known.r#type) {
        Some(kind) => Ok((kind, known.value)),
        None => {
            let all: Vec<&str> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
            Err(Failure::usage("pii.unknown_type", &[("type", &known.r#type), ("allowed", &all.join(", "))]))
        }
    });
    Ok(Subject {
        name: named.name,
        organisation: named.organisation,
        values: values.collect::<Result<Vec<_>, _>>()?,
        own: named.own,
    })
}
