//! `document redact`: a redacted copy of a file, whatever its format, and the report of it. Nothing is written that
//! did not pass the verifier.

use std::path::Path;
use std::sync::Arc;

use super::args::DocumentRedact;
use super::refused::{in_words, word};
use super::text::{bytes, documents};
use crate::base::limits::{
    JSON_BYTES_MAX, LOOKED_AT_BOXES_MAX, TERM_CHARS_MAX, TERMS_MAX, WORKER_FONT_BYTES_MAX,
};
use crate::cli::Run;
use crate::cli::failure::Failure;
use crate::cli::open::write_file;
use crate::cli::pii::redact::{check_files, policy_text, say_hidden_counts, secret};
use crate::cli::pii::subjects;
use crate::cli::site::read_file;
use crate::document::protocol::{Request, Task, reason, withheld_reason};
use crate::document::rendition::{
    Asked, BadLookedAt, BadTerms, LookedAt, Party, Report, SlipWords, looked_at_in, terms,
};
use crate::redaction::CaseBook;
use crate::sandbox::{Refusal, Tenant};

pub(super) fn run(run: &Run, args: &DocumentRedact) -> Result<(), Failure> {
    check_files(Some(&args.output), args.report.as_deref(), args.force)?;
    let say = |key| run.voice.say(key, &[]);
    let slips = SlipWords {
        picture: say("document.slip_picture"),
        attachment: say("document.slip_attachment"),
        page: say("document.slip_page"),
    };
    let secret = secret(args.key.as_deref())?;
    let mut asked = Asked::new(&policy_text(&args.profile)?, &secret, &CaseBook::default(), slips);
    if let Some(path) = &args.terms {
        asked.terms = listed(path)?;
    }
    if let Some(path) = &args.subjects {
        asked.subjects = subjects::listed(path)?.iter().map(Party::of).collect();
    }
    if let Some(path) = &args.boxes {
        asked.looked_at = boxes(path)?;
    }
    let content = zeroize::Zeroizing::new(bytes(&args.file)?);
    let name = args.file.file_name().and_then(|name| name.to_str()).filter(|name| *name != "-");
    let mut request = Request::new(Task::Rendition, name, None).asking(asked.to_json());
    if let Some(path) = &args.font {
        request = request.with_font(Arc::new(read_file(path, WORKER_FONT_BYTES_MAX)?));
    }
    let made = documents()?.make(Tenant::Person, &request, &content);
    let made = match made {
        Ok(made) => made,
        Err(refusal) => return Err(withheld(run, args, &refusal)),
    };
    let Some(report) = made.report else {
        return Err(Failure::declined(
            "document.bad_answer",
            &[("path", &shown(args)), ("why", "malformed")],
        ));
    };
    // The report first: a redacted document never stands there without its report.
    if let Some(path) = &args.report {
        let json = serde_json::to_vec(&report).map_err(std::io::Error::from)?;
        write_file(path, &json, args.force)?;
    }
    write_file(&args.output, &made.bytes, args.force)?;
    tell(run, args, &report)
}

fn shown(args: &DocumentRedact) -> String {
    args.file.display().to_string()
}

/// The refusal; a slip sheet is written first where one was asked for and the document itself is the reason. It
/// does not name the file, whose name may name people.
fn withheld(run: &Run, args: &DocumentRedact, refusal: &Refusal) -> Failure {
    let reason = match refusal {
        Refusal::Withheld(withheld) => withheld_reason(withheld),
        Refusal::Document(refused) => reason(refused),
        _ => return in_words(&run.voice, &args.file, refusal),
    };
    let words = run.voice.word("withheld", word(reason));
    let facts = [("reason", words.as_str()), ("code", reason), ("profile", &args.profile)];
    let sheet = run.voice.say("document.slip_sheet", &facts);
    let written = args.slip.as_ref().map(|path| write_file(path, sheet.as_bytes(), args.force));
    match written.transpose() {
        Ok(_) => in_words(&run.voice, &args.file, refusal),
        Err(failure) => failure,
    }
}

/// Pages that somebody has looked at, from a file.
fn boxes(path: &Path) -> Result<Vec<LookedAt>, Failure> {
    let file = path.display().to_string();
    let bytes = read_file(path, JSON_BYTES_MAX as u64)?;
    looked_at_in(&bytes).map_err(|bad| {
        let (page, most) = match bad {
            BadLookedAt::Malformed | BadLookedAt::TooMany => (String::new(), LOOKED_AT_BOXES_MAX.to_string()),
            BadLookedAt::Page { page } | BadLookedAt::Empty { page } => (page.to_string(), String::new()),
        };
        let facts = [("path", file.as_str()), ("page", page.as_str()), ("most", most.as_str())];
        match bad {
            BadLookedAt::Malformed => Failure::usage("document.boxes_malformed", &facts),
            BadLookedAt::TooMany => Failure::usage("document.boxes_too_many", &facts),
            BadLookedAt::Page { .. } => Failure::usage("document.boxes_page", &facts),
            BadLookedAt::Empty { .. } => Failure::usage("document.boxes_empty", &facts),
        }
    })
}

/// Words that must go, from a file.
fn listed(path: &Path) -> Result<Vec<String>, Failure> {
    let file = path.display().to_string();
    let bytes = zeroize::Zeroizing::new(read_file(path, JSON_BYTES_MAX as u64)?);
    let text = std::str::from_utf8(&bytes)
        .map_err(|_| Failure::usage("document.terms_not_utf8", &[("path", &file)]))?;
    // Editors of one system write a mark before the first line.
    terms(text.strip_prefix('\u{FEFF}').unwrap_or(text)).map_err(|bad| match bad {
        BadTerms::TooMany => {
            Failure::usage("document.terms_too_many", &[("path", &file), ("most", &TERMS_MAX.to_string())])
        }
        BadTerms::TooLong { line } => Failure::usage(
            "document.term_too_long",
            &[("path", &file), ("line", &line.to_string()), ("most", &TERM_CHARS_MAX.to_string())],
        ),
        BadTerms::TooShort { line } => {
            Failure::usage("document.term_too_short", &[("path", &file), ("line", &line.to_string())])
        }
    })
}

/// Says what was done.
fn tell(run: &Run, args: &DocumentRedact, report: &Report) -> Result<(), Failure> {
    let counts = report
        .counts
        .iter()
        .map(|(kind, count)| (kind.as_str(), usize::try_from(*count).unwrap_or(usize::MAX)));
    say_hidden_counts(run, counts.collect(), usize::try_from(report.review).unwrap_or(usize::MAX));
    if report.pictures > 0 {
        run.voice.remark("document.pictures_left_out", &[("count", &report.pictures.to_string())]);
    }
    for left_out in &report.withheld {
        let reason = run.voice.word("withheld", word(&left_out.reason));
        run.voice.remark(
            "document.inner_left_out",
            &[("number", &left_out.document.to_string()), ("reason", &reason)],
        );
    }
    for page in &report.pages {
        let words: Vec<String> = page.why.iter().map(|why| run.voice.word("doubt", why)).collect();
        let reasons = words.join(&run.voice.say("list.comma", &[]));
        run.voice
            .remark("document.page_withheld", &[("page", &page.page.to_string()), ("reasons", &reasons)]);
    }
    if run.voice.json {
        return run.voice.json_line(&serde_json::json!({
            "output": args.output.display().to_string(),
            "format": report.format,
            "hidden": report.hidden,
            "counts": report.counts,
            "review": report.review,
            "pictures": report.pictures,
            "withheld": report.withheld.len(),
            "pages_withheld": report.pages.len(),
        }));
    }
    Ok(())
}
