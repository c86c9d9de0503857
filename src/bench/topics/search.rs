//! Search over many records, and what the index takes.

use std::time::Instant;

use super::{index, micros_each, runs, subject};
use crate::archive::search::SearchRequest;
use crate::archive::{Archive, Caller};
use crate::bench::figure::{Figure, Limit, Unit};
use crate::bench::site::Site;
use crate::bench::text::Sequence;
use crate::bench::{Malfunction, fill, text};

/// Milliseconds of a question with two Chinese words, in the middle.
const MILLIS_MAX: f64 = 50.0;
/// Size of the index in hundredths of the text's.
const INDEX_PERCENT_MAX: f64 = 45.0;
/// Bytes of a record's text.
const RECORD_BYTES: usize = 1_200;
/// Questions of one run.
const QUESTIONS: usize = 40;
/// Hits of a page.
const HITS: usize = 20;

pub(super) fn measure(site: &Site, short: bool) -> Result<Vec<Figure>, Malfunction> {
    let count: u64 = if short { 4_000 } else { 200_000 };
    let made = fill::fill(site, "search", count, RECORD_BYTES)?;
    let indexing = index(&made.archive)?;
    let size = made.archive.index_bytes().map_err(Malfunction::refused("measure the index"))?;
    let text_bytes = count as f64 * RECORD_BYTES as f64;
    let caller = made.archive.local_operator().map_err(Malfunction::refused("act as the operator"))?;
    let (mut middle, mut slowest, mut rare) = (Vec::new(), Vec::new(), Vec::new());
    let mut sequence = Sequence::of(count);
    ask(&made.archive, &caller, &two_words(&mut sequence))?;
    for _ in 0..runs(short) {
        let questions: Vec<String> = (0..QUESTIONS).map(|_| two_words(&mut sequence)).collect();
        let times = times(&made.archive, &caller, &questions)?;
        middle.push(Figure::new("", Unit::Millis, times.clone()).median());
        slowest.push(times.iter().copied().fold(0.0, f64::max));
        let numbers: Vec<String> = (0..QUESTIONS)
            .map(|_| format!("SQ-2026-{:06}", sequence.below(usize::try_from(count).unwrap_or(1))))
            .collect();
        rare.push(Figure::new("", Unit::Millis, self::times(&made.archive, &caller, &numbers)?).median());
    }
    let subjects = subject::measure(&made.archive, (count, RECORD_BYTES), short)?;
    drop(made);
    site.clear("search")?;
    let on = format!("{count} records of 1.2 KB");
    let figures = vec![
        Figure::new("search.two_words", Unit::Millis, middle).should(Limit::AtMost(MILLIS_MAX)).on(&*on),
        Figure::new("search.two_words_slowest", Unit::Millis, slowest)
            .on(format!("{QUESTIONS} questions a run")),
        Figure::new("search.number", Unit::Millis, rare),
        Figure::new(
            "search.indexing",
            Unit::CpuMicros,
            vec![micros_each(indexing, usize::try_from(count).unwrap_or(1))],
        )
        .on("1.2 KB"),
        Figure::new("search.index_size", Unit::Percent, vec![size as f64 * 100.0 / text_bytes])
            .should(Limit::AtMost(INDEX_PERCENT_MAX))
            .on(on),
    ];
    Ok(figures.into_iter().chain(subjects).collect())
}

fn two_words(sequence: &mut Sequence) -> String {
    format!("{} {}", text::word(sequence), text::word(sequence))
}

/// Milliseconds of each question.
fn times(archive: &Archive, caller: &Caller, questions: &[String]) -> Result<Vec<f64>, Malfunction> {
    questions.iter().map(|question| ask(archive, caller, question)).collect()
}

fn ask(archive: &Archive, caller: &Caller, question: &str) -> Result<f64, Malfunction> {
    let request = SearchRequest { query: Some(question.to_owned()), limit: HITS, ..SearchRequest::default() };
    let started = Instant::now();
    archive.search(caller, &request).map_err(Malfunction::refused("search"))?;
    Ok(started.elapsed().as_secs_f64() * 1e3)
}
