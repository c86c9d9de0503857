//! `pii eval`: the engine measured on marked text.

use serde_json::{Map, json};

use super::args::Eval;
use super::detect::bad_line;
use super::lines;
use crate::cli::Run;
use crate::cli::failure::Failure;
use crate::redaction::Settings;
use crate::redaction::eval::{self, Evaluation, Marked};

pub(super) fn run(run: &Run, args: &Eval) -> Result<(), Failure> {
    let settings = Settings { names: !args.no_names, ..Settings::default() };
    let mut evaluation = Evaluation::default();
    let work = |number: u64, line: &str| {
        let marked = Marked::parse(line).map_err(|fault| bad_line(fault, number))?;
        let found = eval::found(&marked, &settings);
        Ok((marked, found))
    };
    lines::each(&args.file, work, |(marked, found)| {
        evaluation.add(&marked, &found);
        Ok(())
    })?;
    if !run.voice.json {
        return run.voice.line(evaluation.to_table().trim_end());
    }
    let mut types = Map::new();
    for (kind, counts) in evaluation.marked_types() {
        types.insert(kind.to_owned(), counts.to_json());
    }
    run.voice.json_line(&json!({
        "types": types,
        "all": evaluation.total().to_json(),
        "clean": evaluation.clean,
        "touched": evaluation.touched,
    }))
}
