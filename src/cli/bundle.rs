//! `verify FILE.zip`: an evidence package checked by itself, without server, key or database.

use std::fs::File;
use std::ops::ControlFlow;
use std::path::Path;

use serde_json::{Value, json};

use super::failure::Failure;
use super::voice::Voice;
use super::{Run, fault};
use crate::bundle::name::Completeness;
use crate::bundle::plan::{Counts, Outcome as Became, PlannedItem, Selection};
use crate::bundle::verify::{Known, Options, PackageKey, Report, Verdict, VerifyError, verify};
use crate::words::{Outcome, Refusal};

/// Items that are not in a package, of which a line is told.
const EXCEPTIONS_SHOWN: usize = 20;

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
        run.voice.json_line(&as_json(&report, path))?
    } else {
        in_words(run, &report)?
    }
    if let Some((found, expected)) = renamed(&report, path) {
        run.voice.remark("bundle.renamed", &[("found", &found), ("expected", &expected)]);
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

/// The file's name and the package's own, where they differ: people go by the name that they see.
fn renamed(report: &Report, path: &Path) -> Option<(String, String)> {
    let expected = report.name?.file_name(report.completeness?);
    let found = path.file_name()?.to_string_lossy().into_owned();
    (found != expected).then_some((found, expected))
}

fn as_json(report: &Report, path: &Path) -> Value {
    let items = report.counts.map(|counts| {
        let Counts { exported, withheld, failed } = counts;
        json!({
            "requested": counts.requested(), "exported": exported, "withheld": withheld, "failed": failed,
        })
    });
    let exceptions = report.exceptions.iter().map(|(number, item)| {
        let (outcome, reason) = item.outcome.words();
        json!({
            "item": number,
            "record": item.record.to_string(),
            "version": item.version,
            "entries": item.entries.to_text(),
            "outcome": outcome,
            "reason": reason,
        })
    });
    let faults = report.faults.iter().map(|fault| json!({"code": fault.code(), "path": fault.path}));
    json!({
        "ok": report.verdict() != Verdict::Refused,
        "verdict": word(report.verdict()),
        "name": report.name.map(|name| name.to_string()),
        "completeness": report.completeness.map(Completeness::as_str),
        "file_name": report.name.zip(report.completeness).map(|(name, whole)| name.file_name(whole)),
        "renamed": renamed(report, path).is_some(),
        "items": items,
        "unshown": report.unshown,
        "superseded": report.versions.map(|versions| versions.superseded),
        "versions_left": report.versions.map(|versions| versions.left),
        "corrections": report.versions.map(|versions| versions.corrections),
        "exceptions": exceptions.collect::<Vec<_>>(),
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
    for line in which(voice, report) {
        voice.line(&line)?;
    }
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

/// Which package it is, what was asked for and what became of it, and what is not here and why: all as the
/// package says.
fn which(voice: &Voice, report: &Report) -> Vec<String> {
    let mut lines = Vec::new();
    let Some(name) = report.name else { return lines };
    let (name, created) = (name.to_string(), report.created.map(|at| voice.moment(&at.to_rfc3339())));
    lines.push(match &created {
        Some(created) => voice.say("bundle.name", &[("name", &name), ("created", created)]),
        None => name,
    });
    if let Some(counts) = report.counts {
        let numbers = [counts.requested(), counts.exported, counts.withheld, counts.failed];
        let [requested, exported, withheld, failed] = numbers.map(|number| number.to_string());
        let facts = [
            ("requested", requested.as_str()),
            ("exported", exported.as_str()),
            ("withheld", withheld.as_str()),
            ("failed", failed.as_str()),
        ];
        lines.push(voice.say("bundle.outcome", &facts));
    }
    if report.completeness == Some(Completeness::Partial) {
        lines.push(voice.say("bundle.partial", &[]));
    }
    // Those that failed are what makes it partial: they are told first.
    let mut absent: Vec<&(String, PlannedItem)> = report.exceptions.iter().collect();
    absent.sort_by_key(|(_, item)| matches!(item.outcome, Became::Withheld(_)));
    lines.extend(absent.iter().take(EXCEPTIONS_SHOWN).map(|(number, item)| absent_line(voice, number, item)));
    if let Some(more) = absent.len().checked_sub(EXCEPTIONS_SHOWN).filter(|more| *more > 0) {
        lines.push(voice.say("bundle.absent.more", &[("count", &more.to_string())]));
    }
    if !report.unshown.is_empty() {
        let (shown, more) = report.unshown.split_at(report.unshown.len().min(EXCEPTIONS_SHOWN));
        let items = shown.join(", ") + if more.is_empty() { "" } else { " …" };
        lines.push(voice.say("bundle.unshown", &[("items", &items)]));
    }
    lines.extend(besides(voice, report));
    lines
}

/// What the ledger has of the records besides: a version is not taken for the newest, or for all there is.
fn besides(voice: &Voice, report: &Report) -> Vec<String> {
    let Some(versions) = report.versions else { return Vec::new() };
    let told = [
        ("bundle.superseded", versions.superseded),
        ("bundle.versions_left", versions.left),
        ("bundle.corrections", versions.corrections),
    ];
    let told = told.into_iter().filter(|(_, count)| *count > 0);
    told.map(|(key, count)| voice.say(key, &[("count", &count.to_string())])).collect()
}

fn absent_line(voice: &Voice, number: &str, item: &PlannedItem) -> String {
    let (outcome, reason) = item.outcome.words();
    let (record, version) = (item.record.to_string(), item.version.to_string());
    let (outcome, reason) =
        (voice.say(&format!("bundle.{outcome}"), &[]), voice.say(&format!("bundle.reason.{reason}"), &[]));
    let entries = item.entries.to_text();
    let facts: [(&str, &str); 6] = [
        ("item", number),
        ("record", &record),
        ("version", &version),
        ("entries", &entries),
        ("outcome", &outcome),
        ("reason", &reason),
    ];
    let key = if item.entries == Selection::All { "bundle.absent" } else { "bundle.absent.entries" };
    voice.say(key, &facts)
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
    use crate::base::id::RecordId;
    use crate::base::moment::Moment;
    use crate::bundle::name::BundleName;
    use crate::bundle::plan::{FailedReason, WithheldReason};
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
    fn a_package_is_named_and_what_is_not_in_it_is_told_with_the_reason() {
        let record = RecordId::parse("0195a5b0-0000-7000-8000-000000000009").unwrap();
        let absent = |entries, outcome| PlannedItem { record, version: 1, entries, outcome };
        let gone = Selection::parse("5,7").unwrap();
        let report = Report {
            name: Some(BundleName::new(2026, 3).unwrap()),
            completeness: Some(Completeness::Partial),
            created: Some(Moment::parse("2026-03-01T08:30:00Z").unwrap()),
            counts: Some(Counts { exported: 2, withheld: 1, failed: 1 }),
            exceptions: vec![
                ("R000001".to_owned(), absent(Selection::All, Became::Withheld(WithheldReason::Privileged))),
                ("R000003".to_owned(), absent(gone, Became::Failed(FailedReason::Destroyed))),
            ],
            ..Report::default()
        };
        let told =
            |language| which(&Voice::new(Some(language), false, &Environment::default()), &report).join("\n");
        for (language, words) in [
            (
                Language::En,
                ["PARTIAL", "Requested 4", "failed, destroyed", "entries 5,7", "withheld, privileged"],
            ),
            (Language::ZhCn, ["不完整", "申请导出 4 件", "未能导出（已销毁）", "条目 5,7", "不予提供"]),
            (Language::ZhTw, ["不完整", "申請匯出 4 件", "未能匯出（已銷毀）", "條目 5,7", "不予提供"]),
        ] {
            let told = told(language);
            assert!(told.starts_with("MUN-EXP-2026-000003"), "{told}");
            assert!(!told.contains("bundle.") && !told.contains('{'), "{told}");
            words.iter().for_each(|word| assert!(told.contains(word), "{word}: {told}"));
            // What failed stands before what was withheld.
            assert!(told.find("R000003") < told.find("R000001"), "{told}");
        }
        let json = as_json(&report, Path::new("/x/MUN-EXP-2026-000003.zip"));
        assert_eq!((&json["completeness"], &json["renamed"]), (&json!("PARTIAL"), &json!(true)));
        assert_eq!(json["items"]["failed"], 1);
        assert_eq!(json["exceptions"][1]["entries"], "5,7");
        assert_eq!(renamed(&report, Path::new("MUN-EXP-2026-000003-PARTIAL.zip")), None);
    }

    #[test]
    fn every_reason_for_an_absence_has_words() {
        let reasons = WithheldReason::ALL.iter().map(|reason| reason.as_str());
        for reason in reasons.chain(FailedReason::ALL.iter().map(|reason| reason.as_str())) {
            let key = format!("bundle.reason.{reason}");
            for language in Language::ALL {
                assert_ne!(crate::cli::say::say(language, &key, &[]), key, "{}", language.tag());
            }
        }
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
