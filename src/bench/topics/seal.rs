//! Sealing and opening in memory, headers to two recipients.

use std::io::Read as _;

use super::{megabytes_per_second, micros_each, runs};
use crate::base::entropy::SystemEntropy;
use crate::bench::Malfunction;
use crate::bench::figure::{Figure, Unit};
use crate::bench::process::own_time;
use crate::bench::site::Site;
use crate::seal::payload::{Opening, Sealing};
use crate::seal::{FileKey, Identity, Recipients, SealError, header};

/// Bytes that arrive together.
const PIECE_BYTES: usize = 256 * 1024;

pub(super) fn measure(_site: &Site, short: bool) -> Result<Vec<Figure>, Malfunction> {
    let pieces: usize = if short { 64 } else { 1024 };
    let headers: usize = if short { 200 } else { 5_000 };
    let piece = vec![0x5a_u8; PIECE_BYTES];
    let identity = Identity::generate();
    let recipients = Recipients {
        generation: 1,
        service: identity.to_recipient(),
        recovery: Identity::generate().to_recipient(),
    };
    let (mut sealing_rates, mut opening_rates) = (Vec::new(), Vec::new());
    let (mut written, mut opened) = (Vec::new(), Vec::new());
    let bytes = (pieces * PIECE_BYTES) as u64;
    for _ in 0..runs(short) {
        let file_key = FileKey::generate(&SystemEntropy);
        let mut out = Vec::with_capacity(2 * PIECE_BYTES);
        let before = own_time();
        let mut sealing = Sealing::new(&file_key, &SystemEntropy);
        for _ in 0..pieces {
            out.clear();
            sealing.write(&piece, &mut out);
        }
        out.clear();
        sealing.finish(&mut out);
        sealing_rates.push(megabytes_per_second(bytes, own_time().saturating_sub(before)));

        opening_rates.push(open(&file_key, pieces / 16, &piece)?);

        let before = own_time();
        let mut text = Vec::new();
        for _ in 0..headers {
            text = header::write(&file_key, &recipients, &SystemEntropy).map_err(faulty)?;
        }
        written.push(micros_each(own_time().saturating_sub(before), headers));
        let before = own_time();
        for _ in 0..headers {
            header::open(&text, &identity).map_err(faulty)?;
        }
        opened.push(micros_each(own_time().saturating_sub(before), headers));
    }
    Ok(vec![
        Figure::new("seal.payload", Unit::MegabytesPerCpuSecond, sealing_rates)
            .on(format!("{} MB, with both digests", bytes / 1_000_000)),
        Figure::new("seal.open", Unit::MegabytesPerCpuSecond, opening_rates),
        Figure::new("seal.header_write", Unit::CpuMicros, written).on("two recipients"),
        Figure::new("seal.header_open", Unit::CpuMicros, opened),
    ])
}

fn open(file_key: &FileKey, pieces: usize, piece: &[u8]) -> Result<f64, Malfunction> {
    let mut sealed = Vec::new();
    let mut sealing = Sealing::new(file_key, &SystemEntropy);
    for _ in 0..pieces {
        sealing.write(piece, &mut sealed);
    }
    let sums = sealing.finish(&mut sealed);
    let before = own_time();
    let wrong = Malfunction::system("open what was sealed");
    let mut opening =
        Opening::new(file_key, std::io::Cursor::new(&sealed), sums.sealed_bytes).map_err(wrong)?;
    let mut plain = vec![0; PIECE_BYTES];
    let mut total = 0;
    loop {
        let count = opening.read(&mut plain).map_err(Malfunction::system("open what was sealed"))?;
        if count == 0 {
            break;
        }
        total += count as u64;
    }
    let spent = own_time().saturating_sub(before);
    if total == sums.plain_bytes {
        Ok(megabytes_per_second(total, spent))
    } else {
        Err(Malfunction::wrong("open what was sealed", format!("{total} bytes")))
    }
}

#[allow(clippy::needless_pass_by_value, reason = "the form that map_err takes")]
fn faulty(error: SealError) -> Malfunction {
    Malfunction::wrong("write or open a header", error.to_string())
}
