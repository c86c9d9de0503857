//! One long file: sealed and committed by the archive itself, taken in over HTTP, and verified.

use std::time::Instant;

use super::{megabytes_per_second, runs};
use crate::archive::stage::Declared;
use crate::archive::verify::{VerifyOptions, verify};
use crate::base::entropy::SystemEntropy;
use crate::bench::figure::{Figure, Limit, Unit};
use crate::bench::load::{Client, Form};
use crate::bench::process::own_time;
use crate::bench::server::Server;
use crate::bench::site::{Fresh, Site};
use crate::bench::{Malfunction, fill};
use crate::seal::FileKey;
use crate::seal::payload::Sealing;

/// Megabytes sealed and committed in a second of processor time.
const SEALED_MIN: f64 = 500.0;
/// Hundredths of what sealing and both digests reach in memory (decision note 0038).
const POSSIBLE_MIN: f64 = 80.0;
/// Megabytes verified in a second of processor time.
const VERIFIED_MIN: f64 = 200.0;
/// Megabytes that the server has in memory at most.
const MEMORY_MAX: f64 = 100.0;
/// Bytes handed over at once.
const PIECE_BYTES: usize = 256 * 1024;
const RECORD: &str = "{\"kind\":\"delivery_confirmation\",\"case\":\"SC-2026-0001\",\"occurred\":\"2026-03-01\",\
     \"title\":\"交付镜像\",\"components\":[{\"name\":\"image.bin\",\"media_type\":\"application/octet-stream\"}]}";

/// What one file gave.
#[derive(Default)]
struct Runs {
    sealed: Vec<f64>,
    of_possible: Vec<f64>,
    over_http: Vec<f64>,
    wall: Vec<f64>,
    verified: Vec<f64>,
    peak: Vec<f64>,
}

pub(super) fn measure(site: &Site, short: bool) -> Result<Vec<Figure>, Malfunction> {
    let bytes: u64 = if short { 64 << 20 } else { 1 << 30 };
    let piece: Vec<u8> = (0..PIECE_BYTES).map(|at| ((at * 31) >> 3) as u8).collect();
    let mut figures = Runs::default();
    for _ in 0..runs(short).min(3) {
        let made = site.archive("stream")?;
        let possible = in_memory(bytes, &piece);
        let sealed = seal(&made, bytes, &piece)?;
        figures.sealed.push(sealed);
        figures.of_possible.push(sealed / possible * 100.0);
        let Fresh { archive, place, token } = made;
        drop(archive);
        let server = Server::start(&place)?;
        let before = server.time()?;
        let took = Instant::now();
        send(&server, token.expose_text().unwrap_or_default(), bytes, &piece)?;
        figures.wall.push(megabytes_per_second(bytes, took.elapsed()));
        figures.over_http.push(megabytes_per_second(bytes, server.time()?.saturating_sub(before)));
        figures.peak.push(server.memory()?.peak as f64 / 1e6);
        server.stop()?;
        let before = own_time();
        let report = verify(&place, &VerifyOptions::default(), &mut |_| {});
        let report = report.map_err(Malfunction::refused("verify"))?;
        if !report.is_clean() || report.payload_bytes < 2 * bytes {
            return Err(Malfunction::wrong("verify", format!("{} faults", report.faults.len())));
        }
        figures.verified.push(megabytes_per_second(2 * bytes, own_time().saturating_sub(before)));
        site.clear("stream")?;
    }
    let on = format!("{} MiB", bytes >> 20);
    Ok(vec![
        Figure::new("stream.sealed", Unit::MegabytesPerCpuSecond, figures.sealed)
            .should(Limit::AtLeast(SEALED_MIN))
            .on(format!("{on}, from memory to the acknowledged capture")),
        Figure::new("stream.of_possible", Unit::Percent, figures.of_possible)
            .should(Limit::AtLeast(POSSIBLE_MIN))
            .on("of the same bytes sealed and digested twice in memory"),
        Figure::new("stream.http_cpu", Unit::MegabytesPerCpuSecond, figures.over_http)
            .on(format!("{on}, all of the server")),
        Figure::new("stream.http_rate", Unit::MegabytesPerSecond, figures.wall).on(&*on),
        Figure::new("stream.memory", Unit::Megabytes, figures.peak)
            .should(Limit::AtMost(MEMORY_MAX))
            .on(&*on),
        Figure::new("verify.payload", Unit::MegabytesPerCpuSecond, figures.verified)
            .should(Limit::AtLeast(VERIFIED_MIN))
            .on(format!("2 × {on}")),
    ])
}

/// Seals and digests the same bytes and keeps nothing.
fn in_memory(bytes: u64, piece: &[u8]) -> f64 {
    let before = own_time();
    let mut sealing = Sealing::new(&FileKey::generate(&SystemEntropy), &SystemEntropy);
    let mut out = Vec::new();
    for _ in 0..bytes / piece.len() as u64 {
        out.clear();
        sealing.write(piece, &mut out);
    }
    sealing.finish(&mut out);
    megabytes_per_second(bytes, own_time().saturating_sub(before))
}

/// Takes the file in without HTTP: seal, digest, write, fsync, commit.
fn seal(made: &Fresh, bytes: u64, piece: &[u8]) -> Result<f64, Malfunction> {
    let before = own_time();
    let intake = made.archive.begin_content(Declared { bytes: Some(bytes), digest: None, utf8: false });
    let mut intake = intake.map_err(Malfunction::refused("seal a content"))?;
    for _ in 0..bytes / piece.len() as u64 {
        intake.write(piece).map_err(Malfunction::refused("seal a content"))?;
    }
    let staged = intake.finish().map_err(Malfunction::refused("seal a content"))?;
    fill::finish(&made.archive, RECORD, staged)?;
    Ok(megabytes_per_second(bytes, own_time().saturating_sub(before)))
}

fn send(server: &Server, token: &str, bytes: u64, piece: &[u8]) -> Result<(), Malfunction> {
    let form = Form::new("/api/v1/records", token, RECORD, ("file", "image.bin"), bytes);
    let mut client = Client::connect(server.address)?;
    client.write(&form.before)?;
    for _ in 0..bytes / piece.len() as u64 {
        client.write(piece)?;
    }
    client.write(&form.behind)?;
    client.expect_created()
}
