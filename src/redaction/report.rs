//! What a redaction has done: positions, types, rules, confidence, counts. Never a value.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// The version of the rules and models; an index says by which one it was made.
pub const ENGINE_VERSION: &str = "2";

/// One hidden place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// First character in the document that came in.
    pub start: usize,
    /// One past the last.
    pub end: usize,
    /// The type.
    pub kind: String,
    /// What was done.
    pub operator: &'static str,
    /// By which rule it was found.
    pub rule: &'static str,
    /// How sure the rule is, 0 to 100.
    pub confidence: u8,
    /// True if a person should look at it.
    pub review: bool,
}

/// What a redaction has done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// The profile's name.
    pub policy: String,
    /// The profile's version.
    pub policy_version: u32,
    /// Every hidden or marked place, in order.
    pub entries: Vec<Entry>,
}

impl Report {
    /// How many places of each type.
    pub fn counts(&self) -> BTreeMap<&str, usize> {
        let mut counts = BTreeMap::new();
        for entry in &self.entries {
            *counts.entry(entry.kind.as_str()).or_default() += 1;
        }
        counts
    }

    /// The places that a person should look at.
    pub fn review_queue(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| entry.review)
    }

    /// As JSON, for files and front doors.
    pub fn to_json(&self) -> Value {
        let entries: Vec<Value> = self
            .entries
            .iter()
            .map(|entry| {
                json!({"start": entry.start, "end": entry.end, "type": entry.kind, "operator": entry.operator, "rule": entry.rule, "confidence": entry.confidence, "review": entry.review})
            })
            .collect();
        json!({
            "engine": ENGINE_VERSION,
            "policy": {"name": self.policy, "version": self.policy_version},
            "counts": self.counts(),
            "review": self.review_queue().count(),
            "entries": entries,
        })
    }
}
