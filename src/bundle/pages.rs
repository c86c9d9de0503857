//! The pages that people read first: START-HERE.html, README.txt and proof/VERIFY.txt.

use super::bag::BagInfo;
use super::plan::Plan;

const START_HERE: &str = include_str!("pages/start-here.html");
const README: &str = include_str!("pages/readme.txt");
const VERIFY: &str = include_str!("pages/verify.txt");

/// What the README says where nobody could agree to the export.
const NOT_COUNTERSIGNED: &str =
    "Approval  NOT COUNTERSIGNED: no second person could approve this export (未经复核 / 未經覆核)\n";

/// A program in Python that checks the bundle with the standard library and `openssl` only.
pub(super) const CHECKER: &str = include_str!("pages/verify_bundle.py");

pub(super) fn start_here(plan: &Plan) -> String {
    let counts = plan.counts();
    let text = chosen(START_HERE, &[("partial", counts.failed > 0), ("alone", plan.is_not_countersigned())]);
    filled(
        &text,
        &[
            ("name", html(&plan.name.folder(counts.completeness()))),
            ("organization", html(&plan.organization)),
            ("description", html(plan.description.as_deref().unwrap_or("—"))),
            ("created", plan.created.to_seconds_text()),
            ("requested", counts.requested().to_string()),
            ("exported", counts.exported.to_string()),
            ("withheld", counts.withheld.to_string()),
            ("failed", counts.failed.to_string()),
        ],
    )
}

pub(super) fn readme(plan: &Plan, info: &BagInfo) -> String {
    let counts = info.counts;
    filled(
        README,
        &[
            ("name", plan.name.folder(info.completeness())),
            ("organization", plan.organization.clone()),
            ("description", plan.description.clone().unwrap_or_else(|| "-".to_owned())),
            ("created", plan.created.to_seconds_text()),
            ("completeness", info.completeness().as_str().to_owned()),
            ("requested", counts.requested().to_string()),
            ("exported", counts.exported.to_string()),
            ("withheld", counts.withheld.to_string()),
            ("failed", counts.failed.to_string()),
            ("files", info.payload_files.to_string()),
            ("bytes", info.payload_bytes.to_string()),
            ("origin", info.origin.clone()),
            ("size", info.checkpoint_size.to_string()),
            ("fingerprint", info.fingerprint.clone()),
            ("countersign", if plan.is_not_countersigned() { NOT_COUNTERSIGNED } else { "" }.to_owned()),
        ],
    )
}

pub(super) fn verify(plan: &Plan) -> String {
    filled(VERIFY, &[("name", plan.name.folder(plan.counts().completeness()))])
}

/// The template with each part `{{word?}}…{{/}}` if the word holds, and without it otherwise: what does
/// not apply must not stand there even for a program that reads the text.
fn chosen(template: &str, conditions: &[(&str, bool)]) -> String {
    let mut text = template.to_owned();
    for (word, holds) in conditions {
        let opening = format!("{{{{{word}?}}}}");
        while let Some((before, rest)) = text.split_once(&opening) {
            let (part, after) = rest.split_once("{{/}}").unwrap_or((rest, ""));
            text = format!("{before}{}{after}", if *holds { part } else { "" });
        }
    }
    text
}

/// The template with each `{{word}}` replaced, in one pass: a value is never read as a template.
fn filled(template: &str, values: &[(&str, String)]) -> String {
    let mut text = String::with_capacity(template.len() + 256);
    let mut pieces = template.split("{{");
    text.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let (word, rest) = piece.split_once("}}").unwrap_or(("", piece));
        if let Some((_, value)) = values.iter().find(|(known, _)| *known == word) {
            text.push_str(value);
        }
        text.push_str(rest);
    }
    text
}

fn html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
