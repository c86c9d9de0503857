//! `pii explain`: why each place was found.

use serde_json::json;

use super::args::Explain;
use super::detect::Places;
use super::input::{self, Search};
use super::words;
use crate::cli::Run;
use crate::cli::failure::Failure;
use crate::redaction::explain;

pub(super) fn run(run: &Run, args: &Explain) -> Result<(), Failure> {
    let search = Search::of(&run.voice, &args.wanted)?;
    let document = input::document(&args.file, None)?;
    let mut places = Places::new(&document.text);
    let found = explain(&document.text, &search.settings, &search.subjects);
    for reason in found.iter().filter(|reason| search.wants(reason.span.kind)) {
        let span = reason.span;
        let (line, column) = places.of(span.start);
        if run.voice.json {
            run.voice.json_line(&json!({
                "start": span.start, "end": span.end, "line": line, "column": column,
                "type": span.kind.as_str(), "confidence": span.confidence,
                "rule": span.rule, "evidence": reason.rule, "label": reason.label, "cell": reason.cell,
            }))?;
            continue;
        }
        let mut told = run.voice.say(
            "pii.why",
            &[
                ("place", &format!("{line}:{column}")),
                ("type", &words::type_of(&run.voice, span.kind.as_str())),
                ("confidence", &span.confidence.to_string()),
                ("evidence", words::rule(&run.voice, span.rule)),
            ],
        );
        if let Some(label) = &reason.label {
            told.push_str(&run.voice.say("pii.label", &[("label", label)]));
        }
        if let Some(cell) = reason.cell {
            told.push_str(&run.voice.say("pii.cell", &[("cell", words::cell(&run.voice, cell))]));
        }
        run.voice.line(&told)?;
    }
    Ok(())
}
