//! What a server that nobody asks keeps in memory. Hashing a password takes 64 MiB more for the moment
//! that it lasts, twice that when two log in at the same time; none of it is held while idle.

use crate::bench::Malfunction;
use crate::bench::figure::{Figure, Limit, Unit};
use crate::bench::server::Server;
use crate::bench::site::Site;

/// Megabytes in memory.
const MEGABYTES_MAX: f64 = 60.0;

pub(super) fn measure(site: &Site, _short: bool) -> Result<Vec<Figure>, Malfunction> {
    let made = site.archive("idle")?;
    let place = made.place.clone();
    drop(made);
    let server = Server::start(&place)?;
    let resident = server.memory()?.resident as f64 / 1e6;
    server.stop()?;
    site.clear("idle")?;
    Ok(vec![Figure::new("idle.memory", Unit::Megabytes, vec![resident]).should(Limit::AtMost(MEGABYTES_MAX))])
}
