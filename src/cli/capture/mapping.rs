//! Another system's export through a mapping profile (字段映射). The row itself is the evidence: it
//! is captured as JSON, every column under its own name, beside the fields that the profile makes of it.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::send::{self, Job, fresh_key};
use super::{preview, rows, table_words};
use crate::base::limits::{PROFILE_BYTES_MAX, TABLE_BYTES_MAX};
use crate::cli::Run;
use crate::cli::args::Capture;
use crate::cli::client::Client;
use crate::cli::failure::Failure;
use crate::cli::form::Content;
use crate::cli::site::read_file;
use crate::record::feed::{ManifestRow, MappingProfile, Table};
use crate::words::Refusal;

/// The name of the component that holds the row. It does not change with the row's place in the
/// export: a repeated export has to be known again.
const ROW_FILE: &str = "row.json";

pub(super) fn run(run: &Run, args: &Capture, profile_path: &Path) -> Result<(), Failure> {
    let [export] = args.files.as_slice() else { return Err(Failure::usage("one_export", &[])) };
    let profile_about = profile_path.display().to_string();
    let text = String::from_utf8(read_file(profile_path, PROFILE_BYTES_MAX as u64)?)
        .map_err(|_| Failure::from(Refusal::FileUnreadable { path: profile_about.clone() }))?;
    let profile = MappingProfile::parse(&text).map_err(|faults| Failure::There {
        document: table_words::profile_document(&run.voice, &faults),
        about: Some(profile_about),
    })?;
    let about = export.display().to_string();
    let bytes = read_file(export, TABLE_BYTES_MAX)?;
    let table = profile.read(&bytes).map_err(|fault| rows::refused(run, &about, &[fault]))?;
    if table.rows.is_empty() {
        return Err(Failure::usage("no_rows", &[("path", &about)]));
    }
    if args.preview {
        let defaults = rows::defaults_of_preview(run, &args.at)?;
        return preview::of_export(run, &profile.preview(&table, &defaults));
    }
    let read = profile.apply(&table).map_err(|faults| rows::refused(run, &about, &faults))?;
    run.with_archive(&args.at, async |client: &Client| {
        let rows::Checked { rows, faults } = rows::checked(read, &rows::defaults(client).await?);
        let jobs = rows.into_iter().map(|row| job(&about, &table, row)).collect();
        send::all(run, client, rows::none_or(run, &about, faults, jobs)?).await
    })
}

fn job(about: &str, table: &Table, row: ManifestRow) -> Job {
    let line = row.line;
    let places = row.places.clone();
    let found = table.rows.iter().find(|candidate| candidate.line == line);
    let whole: Map<String, Value> = table
        .headers
        .iter()
        .enumerate()
        .filter_map(|(number, header)| Some((header.clone(), Value::from(found?.cell(number)))))
        .collect();
    let content = Value::Object(whole).to_string().into_bytes();
    let mut description = row.capture;
    if let Value::Object(members) = &mut description {
        members
            .insert("components".to_owned(), json!([{"name": ROW_FILE, "media_type": "application/json"}]));
    }
    Job {
        about: format!("{about}:{line}"),
        description,
        files: vec![(ROW_FILE.to_owned(), Content::Bytes(content))],
        amends: None,
        places: Some(places),
        key: fresh_key(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROFILE: &str = "version = 1\nname = \"x\"\n[source]\nsystem = \"itsm\"\nformat = \"csv\"\n\
        [constants]\nkind = \"ticket\"\n[columns]\n\"工单号\" = \"source.external_id\"\n\"标题\" = \"title\"\n\
        \"时间\" = \"occurred\"\n";

    #[test]
    fn the_row_itself_is_what_is_captured() {
        let profile = MappingProfile::parse(PROFILE).unwrap();
        let table = profile.read("工单号,标题,时间,优先级\nT-1,屏幕闪烁,2026-03-01,高\n".as_bytes()).unwrap();
        let row = profile.apply(&table).unwrap().remove(0).unwrap();
        let job = job("export.csv", &table, row);
        let Content::Bytes(bytes) = &job.files[0].1 else { panic!("a file") };
        let row: Value = serde_json::from_slice(bytes).unwrap();
        assert_eq!(row, json!({"工单号": "T-1", "标题": "屏幕闪烁", "时间": "2026-03-01", "优先级": "高"}));
        assert_eq!(job.description["source"]["external_id"], "T-1");
        assert_eq!(job.about, "export.csv:2");
    }
}
