//! The contract of `pii detect --jsonl`: one record per line in, one line of spans per record out.

use serde_json::{Value, json};

use super::detect::{Settings, detect_known};
use super::kind::Kind;
use super::known::Subjects;

/// Why a line cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadLine {
    /// No JSON object.
    #[error("the line is no JSON object")]
    Json,
    /// `id` or `text` is missing or of another type.
    #[error("the line has no id and text")]
    Members,
}

/// Reads `{"id","text",…}` and answers `{"id","spans":[[start,end,"TYPE"]]}` with the types that are wanted.
///
/// # Errors
/// The line is no JSON object, or has no `id` or no `text`.
pub fn detect_line(
    line: &str,
    settings: &Settings,
    subjects: &Subjects,
    wants: &dyn Fn(Kind) -> bool,
) -> Result<String, BadLine> {
    let record: Value = serde_json::from_str(line).map_err(|_| BadLine::Json)?;
    let id = record.get("id").ok_or(BadLine::Members)?;
    let text = record.get("text").and_then(Value::as_str).ok_or(BadLine::Members)?;
    let spans: Vec<Value> = detect_known(text, settings, subjects)
        .iter()
        .filter(|span| wants(span.kind))
        .map(|span| json!([span.start, span.end, span.kind.as_str()]))
        .collect();
    Ok(json!({"id": id, "spans": spans}).to_string())
}
