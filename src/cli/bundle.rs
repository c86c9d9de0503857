//! `verify FILE.zip`: an evidence package checked by itself, without server, key or database.

use std::fs::File;
use std::ops::ControlFlow;
use std::path::Path;

use serde_json::{Value, json};

use super::failure::Failure;
use super::voice::Voice;
use super::{Run, fault};
use crate::bundle::verify::{Known, Options, PackageKey, Report, Verdict, VerifyError, verify};
use crate::words::{Outcome, Refusal};

pub(super) fn run(run: &Run, path: &Path, known: Known) -> Result<(), Failure> {
    let about = path.display().to_string();
    let unreadable = || Failure::from(Refusal::FileUnreadable { path: about.clone() });
    let file = File::open(path).map_err(|_| unreadable())?;
    let length = file.metadata().map_err(|_| unreadable())?;
    if !length.is_file() {
        return Err(unreadable());
    }
    let progress = run.voice.progress(length.len(), true);
    let report = verify(file, &Options { known }, &mut |bytes| {
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
        "key": report.key.as_ref().map(|key| key_json(key, None)),
        "signer": report.signer.as_ref().map(|signer| key_json(&signer.key, Some(signer.pinned))),
        "organization": report.organization,
        "created": report.created.map(|at| at.to_rfc3339()),
        "not_countersigned": report.not_countersigned,
        "records": report.records,
        "custody_entries": report.custody_entries,
        "custody_lines": report.custody_lines,
        "custody_size": report.custody_size,
        "files": report.files,
        "bytes": report.bytes,
        "faults": faults.collect::<Vec<_>>(),
        "more_faults": report.more_faults,
    })
}

fn key_json(key: &PackageKey, pinned: Option<bool>) -> Value {
    let mut object = json!({"vkey": key.vkey, "fingerprint": key.fingerprint.to_hex()});
    if let (Some(members), Some(pinned)) = (object.as_object_mut(), pinned) {
        members.insert("pinned".to_owned(), pinned.into());
    }
    object
}

fn in_words(run: &Run, report: &Report) -> Result<(), Failure> {
    let voice = &run.voice;
    voice.line(&counts(voice, report))?;
    for found in &report.faults {
        voice.line(&fault::of_package(voice, found))?;
    }
    if report.more_faults > 0 {
        voice.line(&voice.say("bundle.more", &[("count", &report.more_faults.to_string())]))?;
    }
    if let Some(signed) = whose(report) {
        let fingerprint = report.key.as_ref().map(|key| key.fingerprint.to_hex()).unwrap_or_default();
        voice.line(&voice.say(signed, &[("fingerprint", &fingerprint)]))?;
    }
    if report.not_countersigned {
        voice.line(&voice.say("bundle.not_countersigned", &[]))?;
    }
    match report.verdict() {
        Verdict::Verified => {
            voice.line(&voice.say("bundle.verified", &[]))?;
            voice.remark("bundle.not_shown", &[]);
            voice.remark("bundle.own_words", &[]);
            Ok(())
        }
        Verdict::Consistent => {
            voice.line(&voice.say("bundle.consistent", &[]))?;
            voice.line(&voice.say("bundle.own_words", &[]))?;
            voice.line(&voice.say("bundle.how", &[]))
        }
        Verdict::Refused => {
            let count = (report.faults.len() as u64 + report.more_faults).to_string();
            voice.line(&voice.say("bundle.refused", &[("count", &count)]))
        }
    }
}

/// What was looked at. Custody is counted as `custody.csv` has it: a line for each entry, those by which the
/// items came in among them.
fn counts(voice: &Voice, report: &Report) -> String {
    let say = |one, many, count: u64| {
        let key = if count == 1 { one } else { many };
        voice.say(key, &[("count", &count.to_string())])
    };
    let items = say("bundle.items.one", "bundle.items.many", report.records);
    let custody = say("bundle.custody.one", "bundle.custody.many", report.custody_lines);
    let files = say("bundle.files.one", "bundle.files.many", report.files);
    let bytes = say("bundle.bytes.one", "bundle.bytes.many", report.bytes);
    let facts = [
        ("items", items.as_str()),
        ("custody", custody.as_str()),
        ("files", files.as_str()),
        ("bytes", bytes.as_str()),
    ];
    voice.say("bundle.counts", &facts)
}

/// The sentence about key and signature; none where no key could be read. Nothing is called signed whose
/// signature is not right, and a signature over changed contents is called that.
fn whose(report: &Report) -> Option<&'static str> {
    report.key.as_ref()?;
    Some(match (&report.signer, report.verdict()) {
        (None, _) => "bundle.unsigned",
        (Some(_), Verdict::Refused) => "bundle.signed_but",
        (Some(_), Verdict::Verified) => "bundle.signed_pinned",
        (Some(_), Verdict::Consistent) => "bundle.signed_unknown",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::digest::Digest;
    use crate::bundle::verify::{Fault, FaultKind, Signer};
    use crate::cli::environment::Environment;
    use crate::words::Language;

    #[test]
    fn one_of_a_thing_is_told_as_one() {
        let told = |language, count| {
            let voice = Voice::new(Some(language), false, &Environment::default());
            let report =
                Report { records: 2, custody_lines: count, files: count, bytes: count, ..Report::default() };
            counts(&voice, &report)
        };
        assert_eq!(told(Language::En, 1), "2 items, 1 line of custody, 1 file (1 byte)");
        assert_eq!(told(Language::En, 3), "2 items, 3 lines of custody, 3 files (3 bytes)");
        assert_eq!(told(Language::ZhCn, 1), "档案 2 件，保管链记录 1 条，文件 1 个（1 字节）");
    }

    #[test]
    fn nothing_is_called_signed_that_the_key_did_not_sign() {
        let key = PackageKey { vkey: "x".to_owned(), fingerprint: Digest::of(b"x") };
        let signed = |pinned| Some(Signer { key: key.clone(), pinned });
        let fault = Fault { path: None, kind: FaultKind::OtherList };
        let report = |signer, faults: &[&Fault]| Report {
            key: Some(key.clone()),
            signer,
            faults: faults.iter().map(|fault| (*fault).clone()).collect(),
            ..Report::default()
        };
        for (report, expected) in [
            (report(None, &[&fault]), "bundle.unsigned"),
            (report(signed(true), &[&fault]), "bundle.signed_but"),
            (report(signed(false), &[]), "bundle.signed_unknown"),
            (report(signed(true), &[]), "bundle.signed_pinned"),
        ] {
            assert_eq!(whose(&report), Some(expected));
        }
        assert_eq!(whose(&Report::default()), None);
    }
}
