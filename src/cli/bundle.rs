//! `verify FILE.zip`: an evidence package checked by itself, without server, key or database.

use std::fs::File;
use std::ops::ControlFlow;
use std::path::Path;

use serde_json::{Value, json};

use super::Run;
use super::failure::Failure;
use crate::bundle::verify::{Options, Report, Verdict, VerifyError, verify};
use crate::words::{Outcome, Refusal};

pub(super) fn run(run: &Run, path: &Path, vkey: Option<String>) -> Result<(), Failure> {
    let about = path.display().to_string();
    let unreadable = || Failure::from(Refusal::FileUnreadable { path: about.clone() });
    let file = File::open(path).map_err(|_| unreadable())?;
    let length = file.metadata().map_err(|_| unreadable())?;
    if !length.is_file() {
        return Err(unreadable());
    }
    let progress = run.voice.progress(length.len(), true);
    let report = verify(file, &Options { vkey }, &mut |bytes| {
        progress.set_position(bytes);
        ControlFlow::Continue(())
    });
    progress.finish_and_clear();
    let report = report.map_err(|error| match error {
        VerifyError::Io(error) => Failure::system("read the file", &error),
        VerifyError::Stopped => Failure::Told(Outcome::Refused),
        VerifyError::BadVkey => Failure::usage("bad_vkey", &[]),
    })?;
    if run.voice.json {
        run.voice.json_line(&as_json(&report))?
    } else {
        in_words(run, &report)?
    }
    match report.verdict() {
        Verdict::Verified | Verdict::Consistent => Ok(()),
        Verdict::Refused => Err(Failure::Told(Outcome::FoundWrong)),
    }
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Refused => "refused",
        Verdict::Consistent => "consistent",
        Verdict::Verified => "verified",
    }
}

fn as_json(report: &Report) -> Value {
    let faults = report.faults.iter().map(|fault| json!({"code": fault.code(), "path": fault.path}));
    json!({
        "ok": report.verdict() != Verdict::Refused,
        "verdict": word(report.verdict()),
        "signer": report.signer.as_ref().map(|signer| json!({
            "vkey": signer.vkey, "fingerprint": signer.fingerprint.to_hex(), "pinned": signer.pinned,
        })),
        "organization": report.organization,
        "created": report.created.map(|at| at.to_rfc3339()),
        "not_countersigned": report.not_countersigned,
        "records": report.records,
        "custody_entries": report.custody_entries,
        "files": report.files,
        "bytes": report.bytes,
        "faults": faults.collect::<Vec<_>>(),
        "more_faults": report.more_faults,
    })
}

fn in_words(run: &Run, report: &Report) -> Result<(), Failure> {
    let voice = &run.voice;
    let numbers = [report.records, report.custody_entries, report.files, report.bytes].map(|n| n.to_string());
    let [records, custody, files, bytes] = &numbers;
    let facts = [
        ("records", records.as_str()),
        ("custody", custody.as_str()),
        ("files", files.as_str()),
        ("bytes", bytes.as_str()),
    ];
    voice.line(&voice.say("bundle.counts", &facts))?;
    if let Some(signer) = &report.signer {
        voice.line(&voice.say("bundle.signer", &[("fingerprint", &signer.fingerprint.to_hex())]))?;
    }
    if report.not_countersigned {
        voice.line(&voice.say("bundle.not_countersigned", &[]))?;
    }
    for fault in &report.faults {
        voice.line(&format!("{}: {}", fault.code(), fault.path.as_deref().unwrap_or("-")))?;
    }
    match report.verdict() {
        Verdict::Verified => voice.line(&voice.say("bundle.verified", &[])),
        Verdict::Consistent => voice.line(&voice.say("bundle.consistent", &[])),
        Verdict::Refused => {
            let count = (report.faults.len() as u64 + report.more_faults).to_string();
            voice.line(&voice.say("bundle.refused", &[("count", &count)]))
        }
    }
}
