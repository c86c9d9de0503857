//! Rotation of all headers and an epoch turn over many records; neither may write a payload's byte.

use std::path::Path;
use std::time::Instant;

use super::micros_each;
use crate::archive::verify::{VerifyOptions, verify};
use crate::bench::figure::{Figure, Limit, Unit};
use crate::bench::process::own_time;
use crate::bench::site::Site;
use crate::bench::topics::description;
use crate::bench::{Malfunction, fill, text};
use crate::keydir::{IdentitySource, Replace};

/// Bytes of a small record's text, which lies in the database.
const SMALL_BYTES: usize = 400;
/// Bytes of a long record's text, which is a file of its own.
const LONG_BYTES: usize = 80 * 1024;
/// Long records.
const LONG: u64 = 20;

pub(super) fn measure(site: &Site, short: bool) -> Result<Vec<Figure>, Malfunction> {
    let small: u64 = if short { 1_000 } else { 100_000 };
    let made = fill::fill(site, "keys", small, SMALL_BYTES)?;
    for number in small..small + LONG {
        fill::capture(&made.archive, &description(number), text::record(number, LONG_BYTES).as_bytes())?;
    }
    let files = files_below(&made.place.blobs())?;
    let operator = made.archive.local_operator().map_err(Malfunction::refused("act as the operator"))?;

    let (started, before) = (Instant::now(), own_time());
    let rotated =
        made.archive.rotate_keys(&operator, Replace::Both, &IdentitySource::Default, &mut |_, _| {});
    let rotated = rotated.map_err(Malfunction::refused("rotate the keys"))?;
    let headers = usize::try_from(rotated.headers).unwrap_or(0);
    let (rotation, rotation_cpu) = (started.elapsed(), own_time().saturating_sub(before));
    let written = bytes_written(&files, &files_below(&made.place.blobs())?);

    let (started, before) = (Instant::now(), own_time());
    let turned = made.archive.turn_epoch(&operator, &[], &mut |_, _| {});
    let turned = turned.map_err(Malfunction::refused("turn the epoch"))?;
    let (turn, turn_cpu) = (started.elapsed(), own_time().saturating_sub(before));

    // Payloads in the database are as the ledger has them: nothing was written there either.
    let before = own_time();
    let report = verify(&made.place, &VerifyOptions::default(), &mut |_| {});
    let report = report.map_err(Malfunction::refused("verify"))?;
    let verified = own_time().saturating_sub(before);
    if !report.is_clean() || rotated.headers != small + LONG {
        return Err(Malfunction::wrong("rotate the keys", format!("{} headers", rotated.headers)));
    }
    let (records, cells) =
        (usize::try_from(small + LONG).unwrap_or(0), usize::try_from(turned.cells).unwrap_or(0));
    drop(made);
    site.clear("keys")?;
    Ok(vec![
        Figure::new("keys.rotation", Unit::Seconds, vec![rotation.as_secs_f64()])
            .on(format!("{headers} headers")),
        Figure::new("keys.rotation_cpu", Unit::CpuMicros, vec![micros_each(rotation_cpu, headers)])
            .on("a header"),
        Figure::new("keys.payload_written", Unit::Bytes, vec![written])
            .should(Limit::AtMost(0.0))
            .on(format!("{} files; the others verified", files.len())),
        Figure::new("keys.epoch", Unit::Seconds, vec![turn.as_secs_f64()]).on(format!("{cells} cells")),
        Figure::new("keys.epoch_cpu", Unit::CpuMicros, vec![micros_each(turn_cpu, cells)]).on("a cell"),
        Figure::new("verify.record", Unit::CpuMicros, vec![micros_each(verified, records)])
            .on("a small record"),
    ])
}

/// A file by what changes when it is written: path, length, inode, time of the last write.
type FileState = (std::path::PathBuf, u64, u64, i64, i64);

fn files_below(folder: &Path) -> Result<Vec<FileState>, Malfunction> {
    use std::os::unix::fs::MetadataExt as _;
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).map_err(Malfunction::system("look at the payloads"))? {
            let path = entry.map_err(Malfunction::system("look at the payloads"))?.path();
            let told = std::fs::metadata(&path).map_err(Malfunction::system("look at the payloads"))?;
            if told.is_dir() {
                folders.push(path);
            } else {
                files.push((path, told.len(), told.ino(), told.mtime(), told.mtime_nsec()));
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Bytes of the files that are not as they were before.
fn bytes_written(before: &[FileState], after: &[FileState]) -> f64 {
    let changed = after.iter().filter(|file| !before.contains(file));
    changed.map(|(_, length, ..)| *length).sum::<u64>() as f64
}
