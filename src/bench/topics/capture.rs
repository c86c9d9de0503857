//! Captures of 10 KB records over HTTP: durable, sealed to two recipients, in the ledger. Their
//! extraction and indexing, and the first judgement of how long they are kept, follow the capture and are
//! measured apart.

use super::{index, judge_all, micros_each, per_second, runs};
use crate::archive::Archive;
use crate::archive::open::OpenOptions;
use crate::bench::figure::{Figure, Limit, Unit};
use crate::bench::load::{self, Form};
use crate::bench::server::Server;
use crate::bench::site::Site;
use crate::bench::{Malfunction, text};

/// Clients at the same time, each with a connection that it keeps.
const CLIENTS: usize = 64;
/// Bytes of a record's content.
const RECORD_BYTES: usize = 10 * 1024;
/// Microseconds of the server's processor time for one record.
const CPU_MICROS_MAX: f64 = 350.0;

pub(super) fn measure(site: &Site, short: bool) -> Result<Vec<Figure>, Malfunction> {
    let each = if short { 8 } else { 64 };
    let made = site.archive("capture")?;
    let token = made.token.expose_text().unwrap_or_default().to_owned();
    let place = made.place.clone();
    drop(made);
    let server = Server::start(&place)?;
    let mut number = 0;
    let mut requests = |each: usize| -> Vec<Vec<Vec<u8>>> {
        let mut one = || {
            number += 1;
            request(number, &token)
        };
        (0..CLIENTS).map(|_| (0..each).map(|_| one()).collect()).collect()
    };
    load::run(server.address, &requests(4))?;
    let (mut micros, mut rates, mut total) = (Vec::new(), Vec::new(), CLIENTS * 4);
    for _ in 0..runs(short) {
        let clients = requests(each);
        let count = CLIENTS * each;
        let before = server.time()?;
        let took = load::run(server.address, &clients)?;
        micros.push(micros_each(server.time()?.saturating_sub(before), count));
        rates.push(per_second(count, took));
        total += count;
    }
    let peak = server.memory()?.peak;
    server.stop()?;
    let archive =
        Archive::open(&place, &OpenOptions::default()).map_err(Malfunction::refused("open the archive"))?;
    let judging = micros_each(judge_all(&archive)?, total);
    let indexing = micros_each(index(&archive)?, total);
    drop(archive);
    site.clear("capture")?;
    let on = format!("{CLIENTS} clients, {} records of 10 KB each run", CLIENTS * each);
    Ok(vec![
        Figure::new("capture.cpu", Unit::CpuMicros, micros).should(Limit::AtMost(CPU_MICROS_MAX)).on(&*on),
        Figure::new("capture.rate", Unit::PerSecond, rates).on(on),
        Figure::new("capture.indexing", Unit::CpuMicros, vec![indexing]).on(format!("{total} records")),
        Figure::new("capture.judging", Unit::CpuMicros, vec![judging]).on(format!("{total} records")),
        Figure::new("capture.memory", Unit::Megabytes, vec![peak as f64 / 1e6]),
    ])
}

/// The request that captures record `number`.
pub(super) fn request(number: u64, token: &str) -> Vec<u8> {
    let content = text::record(number, RECORD_BYTES);
    let record = description(number);
    let form = Form::new("/api/v1/records", token, &record, ("file", "工单.txt"), content.len() as u64);
    form.with(content.as_bytes())
}

/// What is said of record `number`: 500 cases of 50 customers.
pub(in crate::bench) fn description(number: u64) -> String {
    let (case, customer) = (number % 500, number % 50);
    format!(
        "{{\"kind\":\"ticket\",\"case\":\"SC-2026-{case:04}\",\"occurred\":\"2026-03-01T10:30:00+08:00\",\
         \"title\":\"服务工单 {number}\",\"parties\":[{{\"role\":\"customer\",\"name\":\"样例客户{customer:02}有限公司\"}}],\
         \"components\":[{{\"name\":\"工单.txt\",\"media_type\":\"text/plain\"}}]}}"
    )
}
