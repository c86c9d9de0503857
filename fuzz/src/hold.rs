//! The properties, each as a function that panics where one does not hold.

use crate::base::secret::SecretKey;
use crate::redaction::policy::Policy;
use crate::redaction::{CaseBook, Format, Keys, Redacted, Request, Settings, Subjects};
use crate::redaction::{detect, redact};

/// The shipped profiles.
pub const PROFILES: [&str; 6] =
    ["court", "opposing-party", "auditor", "dsar", "teaching", "hipaa-safe-harbor"];
/// Every format.
pub const FORMATS: [Format; 4] = [Format::Text, Format::Json, Format::Csv, Format::Xml];

/// Spans lie in the text, in order, none overlapping another, none empty.
pub fn spans(text: &str) {
    for names in [false, true] {
        let mut reached = 0;
        for span in detect(text, &Settings { names, traces: names }) {
            assert!(span.start >= reached && span.end > span.start, "spans overlap");
            reached = span.end;
        }
        assert!(reached <= text.chars().count(), "a span ends behind the text");
    }
}

/// Redacting twice is redacting once, and the document keeps its shape.
pub fn fixed_point(document: &str, profile: &str, format: Format) {
    let once = run(document, profile, format).document;
    let twice = run(&once, profile, format).document;
    assert_eq!(once, twice, "redacting again changes something");
    match format {
        Format::Json => json(document, &once),
        Format::Csv => csv(document, &once),
        Format::Xml => tags(document, &once),
        Format::Text => {}
    }
}

fn run(document: &str, profile: &str, format: Format) -> Redacted {
    let policy = Policy::shipped(profile).expect("the profile is shipped");
    let keys = Keys::new(SecretKey::take(&mut [7; 32]));
    let request = Request { policy: &policy, keys: &keys, subjects: &Subjects::default(), format };
    redact(document, &request, &mut CaseBook::default())
}

/// What is JSON stays JSON, with its keys and nesting.
fn json(before: &str, after: &str) {
    if let Ok(before) = serde_json::from_str::<serde_json::Value>(before) {
        let after = serde_json::from_str::<serde_json::Value>(after).expect("JSON stays JSON");
        assert!(alike(&before, &after), "an array or object has changed its shape");
    }
}

fn alike(before: &serde_json::Value, after: &serde_json::Value) -> bool {
    use serde_json::Value::{Array, Object};
    match (before, after) {
        (Array(a), Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| alike(a, b)),
        // A key that is itself personal data may change; how many there are may not grow.
        (Object(a), Object(b)) => b.len() <= a.len(),
        (Array(_) | Object(_), _) | (_, Array(_) | Object(_)) => false,
        _ => true,
    }
}

/// Rows keep their number of fields.
fn csv(before: &str, after: &str) {
    let shape = |text: &str| -> Vec<usize> {
        let mut reader =
            csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
        // A row of one field may become empty, and readers pass over empty rows.
        reader.byte_records().map(|row| row.map_or(0, |row| row.len())).filter(|fields| *fields > 1).collect()
    };
    let first = before.split('\n').next().unwrap_or_default();
    let commas = first.matches(',').count();
    let other = ['\t', ';', '|'].iter().any(|separator| first.matches(*separator).count() > commas);
    // Quotes in the midst of a field are read differently by every reader of CSV.
    if !other && commas > 0 && !before.contains('"') && !before.contains('\r') {
        assert_eq!(shape(before), shape(after), "a row has another number of fields");
    }
}

/// Tags are untouched.
fn tags(before: &str, after: &str) {
    let marks = |text: &str| text.chars().filter(|c| matches!(c, '<')).count();
    assert!(marks(before) >= marks(after), "a tag has come into being");
}

/// No text is too strange to be refused as a policy; what is one can be used.
pub fn policy(text: &str) {
    let Ok(policy) = Policy::parse(text) else { return };
    let keys = Keys::new(SecretKey::take(&mut [7; 32]));
    let subjects = Subjects::default();
    let request = Request { policy: &policy, keys: &keys, subjects: &subjects, format: Format::Text };
    redact("客户王小明，电话13800138000，订单号A1-2024", &request, &mut CaseBook::default());
}
