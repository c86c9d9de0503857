//! `pii redact`: a document with personal data hidden as a profile asks, and the report of it.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::args::Redact;
use super::{input, subjects, words};
use crate::base::digest::from_hex;
use crate::base::entropy::SystemEntropy;
use crate::base::limits::{JSON_BYTES_MAX, KEY_FILE_BYTES_MAX};
use crate::base::secret::SecretKey;
use crate::cli::Run;
use crate::cli::failure::Failure;
use crate::cli::open::write_file;
use crate::cli::site::read_file;
use crate::document::Charset;
use crate::redaction::operate::Operator;
use crate::redaction::policy::BadPolicy;
use crate::redaction::{CaseBook, Keys, Policy, Request, Subjects, redact};
use crate::words::Refusal;

pub(super) fn run(run: &Run, args: &Redact) -> Result<(), Failure> {
    let policy = policy(&args.profile)?;
    let keys = keys(args.key.as_deref())?;
    let subjects = args.subjects.as_deref().map_or_else(|| Ok(Subjects::default()), subjects::read)?;
    check_files(args.output.as_deref(), args.report.as_deref(), args.force)?;
    let document = input::document(&args.file, args.format)?;
    let request = Request { policy: &policy, keys: &keys, subjects: &subjects, format: document.format };
    let redacted = redact(&document.text, &request, &mut CaseBook::default());
    if !redacted.safe {
        return Err(Refusal::NoRendition.into());
    }
    let bytes = encoded(run, &redacted.document, document.charset);
    // The report first: a redacted document never stands there without its report.
    if let Some(path) = &args.report {
        write_file(path, redacted.report.to_json().to_string().as_bytes(), args.force)?;
    }
    match &args.output {
        Some(path) => write_file(path, &bytes, args.force)?,
        None => {
            let mut out = std::io::stdout().lock();
            out.write_all(&bytes).and_then(|()| out.flush())?;
        }
    }
    let entries = &redacted.report.entries;
    let places = entries.iter().map(|entry| Place { kind: &entry.kind, operator: entry.operator });
    say_hidden(run, places, redacted.report.review_queue().count());
    Ok(())
}

/// Refuses files that cannot be written, or must not be: nothing is read or asked for before.
pub(in crate::cli) fn check_files(
    output: Option<&Path>,
    report: Option<&Path>,
    force: bool,
) -> Result<(), Failure> {
    if report.is_some_and(|path| path.as_os_str() == "-") {
        return Err(Failure::usage("report_to_stdout", &[]));
    }
    for path in [output, report].into_iter().flatten() {
        let shown = path.display().to_string();
        if path.is_dir() {
            return Err(Failure::usage("output_is_folder", &[("path", &shown)]));
        }
        if !force && path.symlink_metadata().is_ok() {
            return Err(Refusal::OutputExists { path: shown }.into());
        }
    }
    match (output, report) {
        (Some(output), Some(report)) if whole(output) == whole(report) => {
            Err(Failure::usage("report_is_output", &[("path", &report.display().to_string())]))
        }
        _ => Ok(()),
    }
}

/// The path without links and detours on the way; as it is where there is no such folder.
fn whole(path: &Path) -> PathBuf {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    match (folder.unwrap_or(Path::new(".")).canonicalize(), path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    }
}

/// A place of the report: what stood there, and what was done.
pub(in crate::cli) struct Place<'a> {
    pub(in crate::cli) kind: &'a str,
    pub(in crate::cli) operator: &'a str,
}

/// Says how many places of each type were hidden. Those that the profile keeps are not among them.
pub(in crate::cli) fn say_hidden<'a>(run: &Run, places: impl Iterator<Item = Place<'a>>, review: usize) {
    say_hidden_counts(run, hidden(places), review);
}

/// The same of places that were counted.
pub(in crate::cli) fn say_hidden_counts(run: &Run, counts: BTreeMap<&str, usize>, review: usize) {
    if counts.is_empty() {
        run.voice.remark("pii.nothing_hidden", &[]);
        if review > 0 {
            run.voice.remark("pii.to_review", &[("review", &review.to_string())]);
        }
        return;
    }
    let types = words::counted(&run.voice, counts.iter().map(|(kind, count)| (*kind, *count)));
    let count: usize = counts.values().sum();
    run.voice.remark(
        "pii.hidden",
        &[("count", &count.to_string()), ("types", &types), ("review", &review.to_string())],
    );
}

fn hidden<'a>(places: impl Iterator<Item = Place<'a>>) -> BTreeMap<&'a str, usize> {
    let mut counts = BTreeMap::new();
    for place in places.filter(|place| place.operator != Operator::Keep.as_str()) {
        *counts.entry(place.kind).or_default() += 1;
    }
    counts
}

/// In the encoding in which it came; in UTF-8 where a stand-in has a character that it lacks.
pub(in crate::cli) fn encoded(run: &Run, document: &str, charset: Charset) -> Vec<u8> {
    charset.encode(document).unwrap_or_else(|| {
        run.voice.remark("pii.now_utf8", &[("charset", charset.as_str())]);
        document.as_bytes().to_vec()
    })
}

/// A shipped profile by its name, or the one in a file.
fn policy(given: &str) -> Result<Policy, Failure> {
    let text = policy_text(given)?;
    Policy::parse(&text).map_err(|fault| bad_policy(given, &fault))
}

/// The text of a profile that is one.
pub(in crate::cli) fn policy_text(given: &str) -> Result<String, Failure> {
    if let Some(text) = Policy::shipped_text(given) {
        return Ok(text.to_owned());
    }
    let path = Path::new(given);
    if !path.exists() {
        let shipped: Vec<&str> = Policy::shipped_names().collect();
        return Err(Failure::usage(
            "pii.unknown_profile",
            &[("profile", given), ("profiles", &shipped.join(","))],
        ));
    }
    let bytes = read_file(path, JSON_BYTES_MAX as u64)?;
    let text = String::from_utf8(bytes)
        .map_err(|_| Failure::usage("pii.bad_profile", &[("profile", given), ("reason", "UTF-8")]))?;
    Policy::parse(&text).map_err(|fault| bad_policy(given, &fault))?;
    Ok(text)
}

/// Why a file is no profile, in words.
fn bad_policy(given: &str, fault: &BadPolicy) -> Failure {
    match fault {
        BadPolicy::Form { reason } => match place_in(reason) {
            Some([line, column, reason]) => Failure::usage(
                "pii.bad_profile_at",
                &[("profile", given), ("line", line), ("column", column), ("reason", reason)],
            ),
            None => Failure::usage("pii.bad_profile", &[("profile", given), ("reason", reason)]),
        },
        BadPolicy::Operator { kind, word } => {
            Failure::usage("pii.bad_operator", &[("profile", given), ("type", kind), ("word", word)])
        }
        BadPolicy::Pattern { kind, reason } => {
            // The parser draws the pattern with the place under it; what is wrong stands last.
            let reason = reason.lines().last().unwrap_or_default().trim_start_matches("error: ");
            Failure::usage("pii.bad_pattern", &[("profile", given), ("type", kind), ("reason", reason)])
        }
        BadPolicy::TooLarge => Failure::usage("pii.large_profile", &[("profile", given)]),
    }
}

/// Line, column and the last line of what the TOML parser says, which draws the place in between.
fn place_in(reason: &str) -> Option<[&str; 3]> {
    let rest = reason.strip_prefix("TOML parse error at line ")?;
    let (line, rest) = rest.split_once(", column ")?;
    let (column, rest) = rest.split_once('\n')?;
    Some([line, column.trim(), rest.trim_end().lines().last()?.trim()])
}

fn keys(path: Option<&Path>) -> Result<Keys, Failure> {
    secret(path).map(Keys::new)
}

/// The secret in a file, or a new one.
pub(in crate::cli) fn secret(path: Option<&Path>) -> Result<SecretKey<32>, Failure> {
    let Some(path) = path else { return Ok(SecretKey::generate(&SystemEntropy)) };
    let shown = path.display().to_string();
    let text = zeroize::Zeroizing::new(read_file(path, KEY_FILE_BYTES_MAX)?);
    let digits = std::str::from_utf8(&text).ok().map(str::trim);
    let bytes = zeroize::Zeroizing::new(digits.and_then(from_hex).unwrap_or_default());
    SecretKey::from_slice(&bytes).ok_or_else(|| Failure::usage("pii.bad_key", &[("path", &shown)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_that_is_kept_does_not_count_as_hidden() {
        let place = |kind, operator| Place { kind, operator };
        let places = [place("PHONE", "mask"), place("PHONE", "keep"), place("DATE", "keep")];
        assert_eq!(hidden(places.into_iter()), BTreeMap::from([("PHONE", 1)]));
    }

    #[test]
    fn a_profile_that_is_no_toml_is_told_with_its_place() {
        let error = toml::from_str::<toml::Table>("version = 1\na = [\n").unwrap_err().to_string();
        let Some(["2", _, message]) = place_in(&error) else { panic!("{error}") };
        assert!(!message.is_empty() && !message.contains('|'), "{message}");
        assert_eq!(place_in("version: 2 is unknown"), None);
    }
}
