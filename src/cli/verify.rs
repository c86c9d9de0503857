//! `verify`: re-reads everything, names each fault, and ends with 1 if there is one. Takes no lock
//! and asks no server: whoever can read the directory can verify it.

use std::path::Path;

use super::Run;
use super::args::Verify;
use super::failure::Failure;
use super::site::{Site, read_file};
use crate::archive::verify::{Phase, Progress, Report, VerifyOptions, verify};
use crate::base::digest::Digest;
use crate::base::limits::VKEY_BYTES_MAX;
use crate::base::moment::{Clock as _, SystemClock};
use crate::bundle::verify::Known;
use crate::ledger::checkpoint::{self, is_vkey};
use crate::words::{Language, Outcome};

/// By how much the clocks of two machines may differ without a word.
const CLOCKS_APART_SECONDS: i64 = 600;

pub(super) fn run(run: &Run, args: &Verify) -> Result<(), Failure> {
    if let Some(bundle) = &args.bundle {
        if bundle.is_dir() {
            return Err(Failure::usage("verify_folder", &[("path", &bundle.display().to_string())]));
        }
        let known = match (&args.vkey, &args.fingerprint) {
            (Some(given), _) => Known::Vkey(vkey(given)?),
            (None, Some(given)) => Known::Fingerprint(fingerprint(given)?),
            (None, None) => Known::Nothing,
        };
        return super::bundle::run(run, bundle, known);
    }
    let site = Site::of(&args.at, Vec::new())?;
    let options = VerifyOptions {
        vkey: args.vkey.as_deref().map(vkey).transpose()?,
        checkpoint: match &args.checkpoint {
            Some(file) => Some(kept_checkpoint(file)?),
            None => None,
        },
        deep: args.deep.then(|| site.options().identity),
        database: site.options().database,
    };
    let progress = run.voice.progress(0, false);
    let mut phase: Option<Phase> = None;
    let report = verify(&site.place, &options, &mut |step: Progress| {
        if phase != Some(step.phase) {
            phase = Some(step.phase);
            progress.reset();
        }
        progress.set_length(step.total);
        progress.set_position(step.done);
    });
    progress.finish_and_clear();
    let report = report.map_err(|refusal| site.failure(refusal))?;
    if run.voice.json {
        run.voice.json_line(&report.to_json())?
    } else {
        in_words(run, args.vkey.is_some(), &report)?
    }
    if report.is_clean() { Ok(()) } else { Err(Failure::Told(Outcome::FoundWrong)) }
}

/// A checkpoint that was kept; a file that is none has nothing to be compared with, and says nothing of the
/// archive.
fn kept_checkpoint(file: &Path) -> Result<String, Failure> {
    let text = String::from_utf8_lossy(&read_file(file, VKEY_BYTES_MAX)?).into_owned();
    match checkpoint::parse(&text) {
        Ok(_) => Ok(text),
        Err(_) => Err(Failure::usage("bad_checkpoint", &[("path", &file.display().to_string())])),
    }
}

/// The key itself, or what stands in the file of that name.
pub(super) fn vkey(given: &str) -> Result<String, Failure> {
    // A verifier key is NAME+ID+KEY; a path that has two + and is no file is taken for one.
    let text = if given.split('+').count() >= 3 && !Path::new(given).exists() {
        given.to_owned()
    } else {
        let bytes = read_file(Path::new(given), VKEY_BYTES_MAX)?;
        String::from_utf8_lossy(&bytes).trim().to_owned()
    };
    if is_vkey(&text) { Ok(text) } else { Err(Failure::usage("bad_vkey", &[])) }
}

/// A fingerprint as people write it down: in any case, with blanks, colons or hyphens between the digits.
fn fingerprint(given: &str) -> Result<Digest, Failure> {
    let plain = given.chars().filter(|c| !c.is_whitespace() && !matches!(c, ':' | '-'));
    let digits: String = plain.collect::<String>().to_ascii_lowercase();
    Digest::parse_hex(&digits).map_err(|_| Failure::usage("bad_fingerprint", &[]))
}

fn in_words(run: &Run, key_given: bool, report: &Report) -> Result<(), Failure> {
    let voice = &run.voice;
    let counts = [
        ("entries", report.entries.to_string()),
        ("records", report.records.to_string()),
        ("versions", report.versions.to_string()),
        ("components", report.components.to_string()),
        ("bytes", report.payload_bytes.to_string()),
        ("cells", report.cells.to_string()),
        ("decrypted", report.decrypted.to_string()),
    ];
    let counts: Vec<(&str, &str)> = counts.iter().map(|(name, count)| (*name, count.as_str())).collect();
    voice.line(&voice.say("verify.counts", &counts))?;
    voice.line(&voice.say("verify.root", &[("root", &report.root)]))?;
    match (key_given, report.pinned) {
        (true, _) => {}
        // Whoever can change the archive can change the file beside it.
        (false, true) => voice.remark("verify.key_beside", &[]),
        (false, false) => voice.remark("verify.not_pinned", &[]),
    }
    if report.kept.is_none() {
        voice.remark("verify.no_checkpoint", &[]);
    }
    let now = SystemClock.now();
    if let Some(newest) = report.newest_at.filter(|newest| *newest > now.plus_seconds(CLOCKS_APART_SECONDS)) {
        let (newest, now) = (newest.to_seconds_text(), now.to_seconds_text());
        voice.remark("verify.later_than_now", &[("newest", &newest), ("now", &now)]);
    }
    if report.orphans > 0 {
        voice.remark("verify.orphans", &[("count", &report.orphans.to_string())]);
    }
    for fault in &report.faults {
        for line in super::fault::of_archive(voice, fault) {
            voice.line(&line)?;
        }
    }
    if !report.faults.is_empty() && voice.language != Language::En {
        voice.remark("verify.details", &[]);
    }
    let faults = report.faults.len() as u64 + report.more_faults;
    match faults {
        0 => voice.line(&voice.say("verify.clean", &[])),
        faults => voice.line(&voice.say("verify.faults", &[("count", &faults.to_string())])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_given_as_text_or_as_the_file_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.vkey");
        let key = "archive.example.com/muniment+f76337b4+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs";
        std::fs::write(&path, format!("{key}\n")).unwrap();
        assert_eq!(vkey(path.to_str().unwrap()).unwrap(), key);
        assert_eq!(vkey(key).unwrap(), key);
        for wrong in ["missing.vkey", "archive+1234+AbCd", &key.replace("+f76337b4", "+f76337b5")] {
            assert!(vkey(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_fingerprint_is_read_as_people_write_it_down() {
        let plain = "0a".repeat(32);
        let expected = Digest::parse_hex(&plain).unwrap();
        let pairs = vec!["0A"; 32];
        for written in
            [plain.clone(), plain.to_uppercase(), pairs.join(":"), format!(" {}\n", pairs.join(" "))]
        {
            assert_eq!(fingerprint(&written).unwrap(), expected, "{written}");
        }
        for wrong in ["", "0a", &format!("{plain}0"), &plain.replace('a', "g")] {
            assert!(fingerprint(wrong).is_err(), "{wrong}");
        }
    }
}
