//! A processing log of many entries over HTTP, captured in segments.

use super::{index, micros_each, per_second, runs};
use crate::archive::Archive;
use crate::archive::open::OpenOptions;
use crate::bench::figure::{Figure, Limit, Unit};
use crate::bench::load::{self, Form};
use crate::bench::server::Server;
use crate::bench::site::Site;
use crate::bench::{Malfunction, text};

/// Microseconds of the server's processor time for one entry.
const CPU_MICROS_MAX: f64 = 40.0;
/// Entries a second.
const RATE_MIN: f64 = 20_000.0;

pub(super) fn measure(site: &Site, short: bool) -> Result<Vec<Figure>, Malfunction> {
    let entries: u64 = if short { 10_000 } else { 100_000 };
    let made = site.archive("bulk")?;
    let token = made.token.expose_text().unwrap_or_default().to_owned();
    let place = made.place.clone();
    drop(made);
    let server = Server::start(&place)?;
    let (mut micros, mut rates) = (Vec::new(), Vec::new());
    let count = usize::try_from(entries).unwrap_or(0);
    for run in 0..runs(short) as u64 {
        let clients = vec![vec![request((run, entries), &token)]];
        let before = server.time()?;
        let took = load::run(server.address, &clients)?;
        micros.push(micros_each(server.time()?.saturating_sub(before), count));
        rates.push(per_second(count, took));
    }
    let peak = server.memory()?.peak;
    server.stop()?;
    let archive =
        Archive::open(&place, &OpenOptions::default()).map_err(Malfunction::refused("open the archive"))?;
    let indexing = micros_each(index(&archive)?, count * runs(short));
    drop(archive);
    site.clear("bulk")?;
    let on = format!("{entries} entries of {} B each run", text::entry(0).len());
    Ok(vec![
        Figure::new("bulk.cpu", Unit::CpuMicros, micros).should(Limit::AtMost(CPU_MICROS_MAX)).on(&*on),
        Figure::new("bulk.rate", Unit::PerSecond, rates).should(Limit::AtLeast(RATE_MIN)).on(on),
        Figure::new("bulk.indexing", Unit::CpuMicros, vec![indexing]),
        Figure::new("bulk.memory", Unit::Megabytes, vec![peak as f64 / 1e6]),
    ])
}

/// The request that captures log `number`, of so many entries.
pub(super) fn request((number, entries): (u64, u64), token: &str) -> Vec<u8> {
    let log: String = (0..entries).map(|entry| text::entry(number * entries + entry)).collect();
    let record = format!(
        "{{\"kind\":\"processing_log\",\"case\":\"SC-2026-LOG\",\"occurred\":\"2026-03-01\",\
         \"title\":\"处理日志 {number}\"}}"
    );
    let form = Form::new("/api/v1/entries", token, &record, ("entries", "log.jsonl"), log.len() as u64);
    form.with(log.as_bytes())
}
