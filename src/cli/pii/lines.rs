//! Many records, one a line: read in batches, worked on by all cores, written in their order.

use std::io::{BufRead, BufReader, Read as _};
use std::num::NonZeroUsize;
use std::path::Path;

use super::input::is_standard_input;
use crate::base::limits::EXTRACT_BYTES_MAX;
use crate::cli::failure::Failure;
use crate::words::Refusal;

/// Bytes of lines after which a batch is worked on.
const BATCH_BYTES: usize = 1024 * 1024;

/// Calls `work` for every line that is not blank, and `out` with what it made, in order.
pub(super) fn each<T: Send>(
    path: &Path,
    work: impl Fn(u64, &str) -> Result<T, Failure> + Sync,
    mut out: impl FnMut(T) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut input: Box<dyn BufRead> = if is_standard_input(path) {
        Box::new(BufReader::new(std::io::stdin().lock()))
    } else {
        let unreadable = |_| Failure::from(Refusal::FileUnreadable { path: path.display().to_string() });
        Box::new(BufReader::new(std::fs::File::open(path).map_err(unreadable)?))
    };
    let threads = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let mut number = 0;
    loop {
        let batch = batch(&mut input, &mut number)?;
        if batch.is_empty() {
            return Ok(());
        }
        let share = batch.len().div_ceil(threads);
        let made: Vec<Vec<Result<T, Failure>>> = std::thread::scope(|scope| {
            let work = &work;
            let parts: Vec<_> = batch
                .chunks(share)
                .map(|part| {
                    scope.spawn(move || part.iter().map(|(number, line)| work(*number, line)).collect())
                })
                .collect();
            // The work does not panic; if it did, its panic goes on here.
            parts
                .into_iter()
                .map(|part| part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                .collect()
        });
        for result in made.into_iter().flatten() {
            out(result?)?;
        }
    }
}

fn batch(input: &mut dyn BufRead, number: &mut u64) -> Result<Vec<(u64, String)>, Failure> {
    let (mut lines, mut bytes) = (Vec::new(), 0);
    while bytes < BATCH_BYTES {
        let mut line = Vec::new();
        let read = (&mut *input).take(EXTRACT_BYTES_MAX + 1).read_until(b'\n', &mut line)?;
        if read == 0 {
            break;
        }
        *number += 1;
        let place = number.to_string();
        if line.len() as u64 > EXTRACT_BYTES_MAX {
            let most = EXTRACT_BYTES_MAX.to_string();
            return Err(Failure::declined("pii.line_too_long", &[("line", &place), ("most", &most)]));
        }
        let line = String::from_utf8(line)
            .map_err(|_| Failure::declined("pii.line_not_utf8", &[("line", &place)]))?;
        bytes += read;
        if !line.trim().is_empty() {
            lines.push((*number, line));
        }
    }
    Ok(lines)
}
