//! The description of a capture, put together from options. What is wrong with its values the
//! archive says; here only forms like ROLE=NAME are read.

use serde_json::Value;

use crate::base::civil::in_iso_order;
use crate::cli::args::Capture;
use crate::cli::failure::Failure;
use crate::record::feed::Column;
use crate::record::request::{CaptureInput, LinkInput, PartyInput, SourceInput};

/// The word of `--occurred` for the time at which each file was last changed.
pub(super) const MTIME: &str = "mtime";

/// What the options say of every record of the call. `occurred` is left to the caller where it is
/// each file's own.
///
/// # Errors
/// An option that is not of its form.
pub(super) fn of(args: &Capture) -> Result<CaptureInput, Failure> {
    let mut input = CaptureInput {
        kind: args.kind.clone(),
        category: args.category.clone(),
        case: args.case.clone(),
        jurisdiction: args.jurisdiction.clone(),
        occurred: args.occurred.as_deref().filter(|occurred| *occurred != MTIME).map(day),
        zone: args.zone.clone(),
        received: args.received.as_deref().map(day),
        title: args.title.clone(),
        tags: args.tags.clone(),
        language: args.language.clone(),
        notes: args.notes.clone(),
        ..CaptureInput::default()
    };
    for text in &args.parties {
        let (role, name) = pair("--party", "ROLE=NAME", text)?;
        input.parties.push(PartyInput { role, name });
    }
    for text in &args.fields {
        let (name, value) = pair("--field", "NAME=VALUE", text)?;
        let name = Column::field_of(&name).unwrap_or(name);
        let value = if Column::Field(name.clone()).is_date() { day(&value) } else { value };
        input.set_field(&name, json_or_text(&value));
    }
    for text in &args.custom {
        input.custom.push(pair("--custom", "NAME=VALUE", text)?);
    }
    for text in &args.links {
        let (kind, to) = pair("--link", "KIND=RECORD", text)?;
        input.links.push(LinkInput { kind, to });
    }
    if let Some(text) = &args.source {
        let (system, id) = pair("--source", "SYSTEM=ID", text)?;
        let (external_id, revision) = match id.rsplit_once('@') {
            Some((id, revision)) if !id.is_empty() && !revision.is_empty() => {
                (id.to_owned(), Some(revision.to_owned()))
            }
            Some(_) | None => (id, None),
        };
        input.source = Some(SourceInput { system, external_id, revision });
    }
    Ok(input)
}

/// As [`of`], for files: there the kind must be said, and when it happened.
///
/// # Errors
/// As [`of`]; no kind, no date.
pub(super) fn of_files(args: &Capture) -> Result<CaptureInput, Failure> {
    if args.kind.is_none() {
        let kinds = crate::record::kind::Kind::WORDS.join(",");
        return Err(Failure::usage("kind_required", &[("kinds", &kinds)]));
    }
    if args.occurred.is_none() {
        return Err(Failure::usage("occurred_required", &[]));
    }
    of(args)
}

/// A date as tables may write it too.
fn day(text: &str) -> String {
    in_iso_order(text).into_owned()
}

fn pair(option: &'static str, form: &'static str, text: &str) -> Result<(String, String), Failure> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() && !value.trim().is_empty() => {
            Ok((name.trim().to_owned(), value.to_owned()))
        }
        Some(_) | None => Err(Failure::usage("pair_expected", &[("option", option), ("form", form)])),
    }
}

/// JSON where the value begins like a list, an object or a quoted text; else the text itself.
fn json_or_text(value: &str) -> Value {
    let text = || Value::from(value);
    if value.starts_with(['[', '{', '"']) {
        serde_json::from_str(value).unwrap_or_else(|_| text())
    } else {
        text()
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;
    use serde_json::json;

    use super::*;
    use crate::cli::args::{Arguments, Verb};

    fn args(words: &[&str]) -> Capture {
        let words = ["muniment", "capture", "--data", "D"].iter().chain(words);
        match Arguments::try_parse_from(words).unwrap().verb {
            Verb::Capture(args) => *args,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn options_become_the_description_that_the_api_takes() {
        let args = args(&[
            "--kind",
            "authorization",
            "--case",
            "SC-1",
            "--occurred",
            "2026/3/1",
            "--received",
            "2026年3月2日 9:05",
            "--language",
            "zh-CN",
            "--notes",
            "随函收到",
            "--party",
            "customer=青禾科技=上海",
            "--field",
            "purposes=[\"客服\",\"质检\"]",
            "--field",
            "signatory.name=陈思齐",
            "--field",
            "期满日期=2027/3/1",
            "--custom",
            "合同号=HT-7",
            "--link",
            "corrects=0190",
            "--source",
            "itsm=T@1@3",
            "--tag",
            "重要",
            "--json",
            "a.txt",
        ]);
        let described = of_files(&args).unwrap().to_json();
        assert_eq!(
            described,
            json!({
                "kind": "authorization", "case": "SC-1", "occurred": "2026-03-01",
                "received": "2026-03-02T09:05", "language": "zh-CN", "notes": "随函收到",
                "parties": [{"role": "customer", "name": "青禾科技=上海"}],
                "fields": {"purposes": ["客服", "质检"], "signatory": {"name": "陈思齐"}, "valid_to": "2027-03-01"},
                "custom": [{"name": "合同号", "value": "HT-7"}],
                "tags": ["重要"],
                "links": [{"kind": "corrects", "to": "0190"}],
                "source": {"system": "itsm", "external_id": "T@1", "revision": "3"},
            })
        );
    }

    #[test]
    fn rows_that_describe_themselves_take_no_description_from_options() {
        let described = [
            ["--kind", "ticket"],
            ["--case", "SC-1"],
            ["--occurred", "2026-01-01"],
            ["--zone", "Asia/Taipei"],
            ["--received", "2026-01-02"],
            ["--language", "en"],
            ["--notes", "n"],
            ["--party", "customer=甲"],
            ["--title", "题"],
            ["--category", "c"],
            ["--jurisdiction", "CN"],
            ["--field", "a=b"],
            ["--custom", "a=b"],
            ["--link", "corrects=x"],
            ["--tag", "t"],
            ["--source", "s=1"],
            ["--idempotency-key", "k"],
        ];
        for rows in [&["--manifest", "m.csv"][..], &["--mapping", "p.toml", "export.csv"]] {
            let words = ["muniment", "capture", "--data", "D"];
            assert!(Arguments::try_parse_from(words.iter().chain(rows)).is_ok());
            for option in described.iter().map(|option| &option[..]).chain([&["--together"][..]]) {
                let all = words.iter().chain(option).chain(rows);
                let error = Arguments::try_parse_from(all).unwrap_err();
                assert_eq!(error.kind(), clap::error::ErrorKind::ArgumentConflict, "{option:?} {rows:?}");
            }
        }
    }

    #[test]
    fn a_date_is_asked_for_and_never_invented() {
        let failure = of_files(&args(&["--kind", "ticket", "a.txt"])).unwrap_err();
        assert!(matches!(failure, Failure::Usage { key: "occurred_required", .. }));
        let failure = of_files(&args(&["--occurred", "2026-01-01", "a.txt"])).unwrap_err();
        assert!(matches!(failure, Failure::Usage { key: "kind_required", .. }));
        assert_eq!(
            of_files(&args(&["--kind", "ticket", "--occurred", "mtime", "a"])).unwrap().occurred,
            None
        );
    }

    #[test]
    fn an_option_of_another_form_is_a_usage_error_that_names_it() {
        for (option, value) in
            [("--party", "customer"), ("--field", "=x"), ("--link", "corrects="), ("--source", "x")]
        {
            let failure = of(&args(&[option, value])).unwrap_err();
            let Failure::Usage { key: "pair_expected", facts } = &failure else { panic!("{failure:?}") };
            assert_eq!(facts.first().unwrap().1, option);
        }
    }
}
