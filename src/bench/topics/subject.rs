//! Looking for personal data in many records, and looking up whom they are about.

use std::time::{Duration, Instant};

use super::{description, micros_each, runs};
use crate::archive::search::{SearchFilters, SubjectLookup};
use crate::archive::{Archive, Caller};
use crate::base::wanted::Wanted;
use crate::bench::figure::{Figure, Limit, Unit};
use crate::bench::{Malfunction, fill, process, text};
use crate::redaction::SubjectClass;
use crate::redaction::subject::AskedFor;

/// Milliseconds of a look-up, in the middle.
const MILLIS_MAX: f64 = 5.0;
/// People who are looked up.
const PEOPLE: u64 = 40;
/// The writings of a number: each person stands in one record of each.
const WRITINGS: usize = 3;
/// Hits of a page.
const HITS: usize = 20;

/// Measures on an archive of `count` records of `bytes` that are indexed already.
pub(super) fn measure(
    archive: &Archive,
    (count, bytes): (u64, usize),
    short: bool,
) -> Result<Vec<Figure>, Malfunction> {
    let looking = detect(archive)?;
    let caller = archive.local_operator().map_err(Malfunction::refused("act as the operator"))?;
    for person in 0..PEOPLE {
        for writing in 0..WRITINGS {
            let content = format!("{}\n联系电话：{}\n", text::record(person, bytes), number(person, writing));
            fill::capture(archive, &description(count + person), content.as_bytes())?;
        }
    }
    super::index(archive)?;
    detect(archive)?;
    let mut middle = Vec::new();
    ask(archive, &caller, 0)?;
    for _ in 0..runs(short) {
        let times: Result<Vec<f64>, Malfunction> =
            (0..PEOPLE).map(|person| ask(archive, &caller, person)).collect();
        middle.push(Figure::new("", Unit::Millis, times?).median());
    }
    let each = micros_each(looking, usize::try_from(count).unwrap_or(1));
    let on = format!("{count} records of 1.2 KB, {WRITINGS} hits each");
    Ok(vec![
        Figure::new("detect.cpu", Unit::CpuMicros, vec![each]).on("1.2 KB"),
        Figure::new("subject.lookup", Unit::Millis, middle).should(Limit::AtMost(MILLIS_MAX)).on(on),
    ])
}

/// Somebody's telephone number in one of its writings.
fn number(person: u64, writing: usize) -> String {
    match writing {
        0 => format!("1390000{person:04}"),
        1 => format!("139 0000 {person:04}"),
        _ => format!("+86 139-0000-{person:04}"),
    }
}

/// Looks for personal data everywhere; the time of this process, which does nothing else meanwhile.
fn detect(archive: &Archive) -> Result<Duration, Malfunction> {
    let before = process::own_time();
    let left =
        archive.detect_pending(Duration::MAX).map_err(Malfunction::refused("look for personal data"))?;
    if left > 0 {
        return Err(Malfunction::wrong("look for personal data", format!("{left} versions are left")));
    }
    Ok(process::own_time().saturating_sub(before))
}

fn ask(archive: &Archive, caller: &Caller, person: u64) -> Result<f64, Malfunction> {
    let asked = AskedFor::parse(&number(person, 0), Some(SubjectClass::Phone));
    let asked = asked.map_err(|fault| Malfunction::wrong("look somebody up", fault.to_string()))?;
    let request = SubjectLookup {
        asked,
        filters: SearchFilters::default(),
        cursor: None,
        limit: HITS,
        wanted: Wanted::default(),
    };
    let started = Instant::now();
    let page = archive.look_up_subject(caller, &request).map_err(Malfunction::refused("look somebody up"))?;
    let took = started.elapsed().as_secs_f64() * 1e3;
    if page.hits.len() != WRITINGS {
        return Err(Malfunction::wrong("look somebody up", format!("{} hits", page.hits.len())));
    }
    Ok(took)
}
