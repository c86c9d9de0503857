//! Measures the engine on marked text: precision, recall, F1, F2 and what leaks, by type.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::detect::{Settings, detect};
use super::jsonl::BadLine;

/// Counts of one type.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Marked places.
    pub gold: usize,
    /// Found with the same start, end and type.
    pub strict: usize,
    /// Found with the same type and at least half of both in common.
    pub overlap: usize,
    /// Places found of this type.
    pub found: usize,
    /// Marked places of which every letter and digit is covered by something found.
    pub covered: usize,
}

impl Counts {
    /// Of what was found, the part that was marked.
    pub fn precision(&self) -> f64 {
        ratio(self.overlap, self.found)
    }

    /// Of what was marked, the part that was found.
    pub fn recall(&self) -> f64 {
        ratio(self.overlap, self.gold)
    }

    /// Precision and recall in one, the recall weighing `beta` times as much.
    pub fn f_score(&self, beta: f64) -> f64 {
        f_score(self.precision(), self.recall(), beta)
    }

    /// F1 where only the exact borders count.
    pub fn strict_f1(&self) -> f64 {
        f_score(ratio(self.strict, self.found), ratio(self.strict, self.gold), 1.0)
    }

    /// Of what was marked, the part of which no letter or digit is left.
    pub fn noleak(&self) -> f64 {
        ratio(self.covered, self.gold)
    }

    /// As JSON, for front doors.
    pub fn to_json(&self) -> Value {
        json!({
            "marked": self.gold, "found": self.found,
            "precision": self.precision(), "recall": self.recall(),
            "f1": self.f_score(1.0), "f2": self.f_score(2.0),
            "strict_f1": self.strict_f1(), "noleak": self.noleak(),
        })
    }
}

/// The result of a measurement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Evaluation {
    /// By type.
    pub types: BTreeMap<String, Counts>,
    /// Letters and digits outside all marked places.
    pub clean: usize,
    /// Those of them that were found to be personal.
    pub touched: usize,
}

/// First character, one past the last, type.
pub type Place = (usize, usize, String);

/// A text in which the personal data is marked.
#[derive(Clone, PartialEq, Eq)]
pub struct Marked {
    text: String,
    places: Vec<Place>,
}

impl Marked {
    /// A text and its places, in characters.
    pub fn new(text: String, places: Vec<Place>) -> Self {
        Self { text, places }
    }

    /// Reads a line of `{"id","text","spans":[[start,end,"TYPE"]]}`. Places of type `IGNORE` are
    /// neutral.
    ///
    /// # Errors
    /// The line is no JSON object, or has no text or no spans of that form.
    pub fn parse(line: &str) -> Result<Self, BadLine> {
        let record: Value = serde_json::from_str(line).map_err(|_| BadLine::Json)?;
        let text = record.get("text").and_then(Value::as_str).ok_or(BadLine::Members)?.to_owned();
        let spans = record.get("spans").and_then(Value::as_array).ok_or(BadLine::Members)?;
        let place = |span: &Value| -> Option<Place> {
            let number = |i: usize| span.get(i)?.as_u64().and_then(|n| usize::try_from(n).ok());
            Some((number(0)?, number(1)?, span.get(2)?.as_str()?.to_owned()))
        };
        let places: Option<Vec<Place>> = spans.iter().map(place).collect();
        Ok(Self { text, places: places.ok_or(BadLine::Members)? })
    }
}

/// What the engine finds in a marked text, without what touches a neutral place.
pub fn found(marked: &Marked, settings: &Settings) -> Vec<Place> {
    detect(&marked.text, settings)
        .iter()
        .map(|span| (span.start, span.end, span.kind.as_str().to_owned()))
        .filter(|span| {
            let ignored = |place: &Place| place.2 == "IGNORE" && place.0 < span.1 && span.0 < place.1;
            !marked.places.iter().any(ignored)
        })
        .collect()
}

impl Evaluation {
    /// Counts one text.
    pub fn add(&mut self, marked: &Marked, found: &[Place]) {
        let (text, gold) = (&marked.text, &marked.places);
        let chars: Vec<char> = text.chars().collect();
        let mut marked = vec![false; chars.len()];
        let mut covered = vec![false; chars.len()];
        for (start, end, _) in gold {
            marked.get_mut(*start..*end).unwrap_or_default().fill(true);
        }
        for (start, end, _) in found {
            covered.get_mut(*start..*end).unwrap_or_default().fill(true);
        }
        for ((c, marked), covered) in chars.iter().zip(&marked).zip(&covered) {
            if c.is_alphanumeric() && !marked {
                self.clean += 1;
                self.touched += usize::from(*covered);
            }
        }
        let mut taken = vec![false; found.len()];
        for place in gold.iter().filter(|place| place.2 != "IGNORE") {
            let counts = self.types.entry(place.2.clone()).or_default();
            counts.gold += 1;
            counts.strict += usize::from(found.contains(place));
            let partner = found
                .iter()
                .zip(&taken)
                .position(|(other, taken)| !taken && other.2 == place.2 && shared(place, other) >= 0.5);
            if let Some(taken) = partner.and_then(|at| taken.get_mut(at)) {
                *taken = true;
                counts.overlap += 1;
            }
            // Behind the end of the text there is nothing to cover.
            let whole = (place.0..place.1.min(chars.len())).all(|p| {
                covered.get(p).copied().unwrap_or(false) || !chars.get(p).is_some_and(|c| c.is_alphanumeric())
            });
            counts.covered += usize::from(whole);
        }
        for place in found {
            self.types.entry(place.2.clone()).or_default().found += 1;
        }
    }

    /// The types that are marked somewhere: what is found of others is no fault of either side.
    pub fn marked_types(&self) -> impl Iterator<Item = (&str, &Counts)> {
        self.types.iter().filter(|(_, counts)| counts.gold > 0).map(|(kind, counts)| (kind.as_str(), counts))
    }

    /// All marked types together.
    pub fn total(&self) -> Counts {
        self.marked_types().fold(Counts::default(), |sum, (_, one)| Counts {
            gold: sum.gold + one.gold,
            strict: sum.strict + one.strict,
            overlap: sum.overlap + one.overlap,
            found: sum.found + one.found,
            covered: sum.covered + one.covered,
        })
    }

    /// A table for people.
    pub fn to_table(&self) -> String {
        let mut out = format!(
            "{:<16} {:>6} {:>9} {:>7} {:>7} {:>7} {:>9} {:>7}\n",
            "type", "marked", "precision", "recall", "F1", "F2", "strict F1", "noleak"
        );
        let all = self.total();
        for (kind, counts) in std::iter::once(("ALL", &all)).chain(self.marked_types()) {
            // Writing to a string cannot fail.
            let _written = writeln!(
                out,
                "{kind:<16} {:>6} {:>9.3} {:>7.3} {:>7.3} {:>7.3} {:>9.3} {:>7.3}",
                counts.gold,
                counts.precision(),
                counts.recall(),
                counts.f_score(1.0),
                counts.f_score(2.0),
                counts.strict_f1(),
                counts.noleak(),
            );
        }
        let _written =
            writeln!(out, "clean characters touched: {:.2} %", 100.0 * ratio(self.touched, self.clean));
        out
    }
}

/// What two places have in common, as a part of what they cover together.
fn shared(a: &Place, b: &Place) -> f64 {
    let common = a.1.min(b.1).saturating_sub(a.0.max(b.0));
    let together = a.1.max(b.1).saturating_sub(a.0.min(b.0));
    ratio(common, together)
}

fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

fn f_score(precision: f64, recall: f64, beta: f64) -> f64 {
    let weight = beta * beta;
    let below = weight * precision + recall;
    if below == 0.0 { 0.0 } else { (1.0 + weight) * precision * recall / below }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_found_place_counts_by_its_borders_and_what_is_missed_leaks() {
        let line = r#"{"id":1,"text":"手机：13800138000，邮箱：a@b.cn，备注：13900","spans":[[3,14,"PHONE"],[18,24,"EMAIL"],[28,33,"PHONE"]]}"#;
        let marked = Marked::parse(line).unwrap();
        let mut evaluation = Evaluation::default();
        evaluation.add(&marked, &found(&marked, &Settings::default()));
        assert_eq!(
            evaluation.types["PHONE"],
            Counts { gold: 2, strict: 1, overlap: 1, found: 1, covered: 1 }
        );
        assert_eq!(
            evaluation.types["EMAIL"],
            Counts { gold: 1, strict: 1, overlap: 1, found: 1, covered: 1 }
        );
        assert_eq!(evaluation.touched, 0);
        assert!(matches!(Marked::parse("{}"), Err(BadLine::Members)));
    }
}
