//! What a server that nobody asks keeps in memory: after its start, and after it has taken records and a log in
//! and done all that follows a capture. Hashing a password takes 64 MiB more for the moment that it lasts,
//! twice that when two log in at the same time; none of it is held while idle.

use std::time::{Duration, Instant};

use super::{bulk, capture};
use crate::bench::Malfunction;
use crate::bench::figure::{Figure, Limit, Unit};
use crate::bench::load;
use crate::bench::server::Server;
use crate::bench::site::Site;

/// Megabytes in memory.
const MEGABYTES_MAX: f64 = 60.0;
/// Records that are taken in.
const RECORDS: u64 = 200;
/// For so long a server has done nothing when it is called idle.
const QUIET: Duration = Duration::from_secs(5);
/// Processor time in which a server that is idle looks at its clock now and then.
const NOTHING: Duration = Duration::from_millis(30);
/// After how long memory is read: what serves the next question is given up when none has come for a while.
const REST: Duration = Duration::from_secs(60);
/// How long the work after the captures may take.
const WORK_MAX: Duration = Duration::from_secs(600);

pub(super) fn measure(site: &Site, short: bool) -> Result<Vec<Figure>, Malfunction> {
    let made = site.archive("idle")?;
    let token = made.token.expose_text().unwrap_or_default().to_owned();
    let place = made.place.clone();
    drop(made);
    let server = Server::start_whole(&place)?;
    let fresh = server.memory()?.resident as f64 / 1e6;
    let entries: u64 = if short { 10_000 } else { 100_000 };
    let records = (0..RECORDS).map(|number| capture::request(number, &token)).collect();
    load::run(server.address, &[records])?;
    load::run(server.address, &[vec![bulk::request((0, entries), &token)]])?;
    wait_until_idle(&server)?;
    std::thread::sleep(REST);
    let used = server.memory()?;
    server.stop()?;
    site.clear("idle")?;
    let on = format!("after {RECORDS} records of 10 KB and a log of {entries} entries, indexed and judged");
    Ok(vec![
        Figure::new("idle.memory", Unit::Megabytes, vec![fresh]).should(Limit::AtMost(MEGABYTES_MAX)),
        Figure::new("idle.after_work", Unit::Megabytes, vec![used.resident as f64 / 1e6]).on(on),
        Figure::new("idle.own", Unit::Megabytes, vec![used.own as f64 / 1e6])
            .should(Limit::AtMost(MEGABYTES_MAX))
            .on("the same, without pages of the program's file"),
    ])
}

/// Waits until the server has used next to no processor time for a while.
fn wait_until_idle(server: &Server) -> Result<(), Malfunction> {
    let began = Instant::now();
    let mut before = server.time()?;
    loop {
        std::thread::sleep(QUIET);
        let now = server.time()?;
        if now.saturating_sub(before) <= NOTHING {
            return Ok(());
        }
        if began.elapsed() > WORK_MAX {
            return Err(Malfunction::wrong("wait until the server is idle", "it works on"));
        }
        before = now;
    }
}
