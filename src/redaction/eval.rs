//! Measures the engine on marked text: precision, recall, F1, F2 and what leaks, by type.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

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

type Place = (usize, usize, String);

/// Measures on lines of `{"id","text","spans":[[start,end,"TYPE"]]}`. Types that no line marks
/// are not counted; places of type `IGNORE` are neutral.
pub fn eval(lines: &str, settings: &Settings) -> Result<Evaluation, BadLine> {
    let mut evaluation = Evaluation::default();
    let records: Vec<(String, Vec<Place>)> =
        lines.lines().filter(|line| !line.trim().is_empty()).map(read).collect::<Result<_, _>>()?;
    for (_, gold) in &records {
        for (_, _, kind) in gold.iter().filter(|(_, _, kind)| kind != "IGNORE") {
            evaluation.types.entry(kind.clone()).or_default();
        }
    }
    for (text, gold) in &records {
        let found: Vec<Place> = detect(text, settings)
            .iter()
            .map(|span| (span.start, span.end, span.kind.as_str().to_owned()))
            .filter(|span| {
                !gold.iter().any(|ignored| ignored.2 == "IGNORE" && ignored.0 < span.1 && span.0 < ignored.1)
            })
            .collect();
        evaluation.count(text, gold, &found);
    }
    Ok(evaluation)
}

fn read(line: &str) -> Result<(String, Vec<Place>), BadLine> {
    let record: Value = serde_json::from_str(line).map_err(|_| BadLine::Json)?;
    let text = record.get("text").and_then(Value::as_str).ok_or(BadLine::Members)?.to_owned();
    let spans = record.get("spans").and_then(Value::as_array).ok_or(BadLine::Members)?;
    let place = |span: &Value| -> Option<Place> {
        let number = |i: usize| span.get(i)?.as_u64().and_then(|n| usize::try_from(n).ok());
        Some((number(0)?, number(1)?, span.get(2)?.as_str()?.to_owned()))
    };
    spans
        .iter()
        .map(|span| place(span).ok_or(BadLine::Members))
        .collect::<Result<_, _>>()
        .map(|spans| (text, spans))
}

impl Evaluation {
    fn count(&mut self, text: &str, gold: &[Place], found: &[Place]) {
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
            let whole = (place.0..place.1).all(|p| {
                covered.get(p).copied().unwrap_or(false) || !chars.get(p).is_some_and(|c| c.is_alphanumeric())
            });
            counts.covered += usize::from(whole);
        }
        for place in found {
            if let Some(counts) = self.types.get_mut(&place.2) {
                counts.found += 1;
            }
        }
    }

    /// All types together.
    pub fn total(&self) -> Counts {
        self.types.values().fold(Counts::default(), |sum, one| Counts {
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
        let all = ("ALL".to_owned(), self.total());
        for (kind, counts) in std::iter::once((&all.0, &all.1)).chain(&self.types) {
            let (precision, recall) =
                (ratio(counts.overlap, counts.found), ratio(counts.overlap, counts.gold));
            let strict = f_score(ratio(counts.strict, counts.found), ratio(counts.strict, counts.gold), 1.0);
            // Writing to a string cannot fail.
            let _written = writeln!(
                out,
                "{kind:<16} {:>6} {precision:>9.3} {recall:>7.3} {:>7.3} {:>7.3} {strict:>9.3} {:>7.3}",
                counts.gold,
                f_score(precision, recall, 1.0),
                f_score(precision, recall, 2.0),
                ratio(counts.covered, counts.gold),
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
        let evaluation = eval(line, &Settings::default()).unwrap();
        assert_eq!(
            evaluation.types["PHONE"],
            Counts { gold: 2, strict: 1, overlap: 1, found: 1, covered: 1 }
        );
        assert_eq!(
            evaluation.types["EMAIL"],
            Counts { gold: 1, strict: 1, overlap: 1, found: 1, covered: 1 }
        );
        assert_eq!(evaluation.touched, 0);
        assert_eq!(eval("{}", &Settings::default()), Err(BadLine::Members));
    }
}
