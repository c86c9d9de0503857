//! Inclusion proofs out of warm tiles.

use std::collections::HashMap;
use std::convert::Infallible;
use std::time::Instant;

use super::{micros_each, runs};
use crate::bench::Malfunction;
use crate::bench::figure::{Figure, Limit, Unit};
use crate::bench::site::Site;
use crate::bench::text::Sequence;
use crate::ledger::tree::{
    Builder, TileCache, TileSource, TileWrite, inclusion, leaf_hash, verify_inclusion,
};

/// Microseconds of one proof.
const MICROS_MAX: f64 = 30.0;
/// Proofs of one run.
const PROOFS: usize = 10_000;

/// Tiles in memory, as the database has them.
#[derive(Default)]
struct Shelf(HashMap<(u8, u64), Vec<u8>>);

impl TileSource for Shelf {
    type Error = Infallible;

    fn tile(&self, level: u8, index: u64) -> Result<Option<Vec<u8>>, Infallible> {
        Ok(self.0.get(&(level, index)).cloned())
    }
}

impl Shelf {
    fn put(&mut self, tiles: Vec<TileWrite>) {
        self.0.extend(tiles.into_iter().map(|tile| ((tile.level, tile.index), tile.hashes)));
    }
}

pub(super) fn measure(_site: &Site, short: bool) -> Result<Vec<Figure>, Malfunction> {
    let size: u64 = if short { 100_000 } else { 1_000_000 };
    let (mut shelf, mut builder) = (Shelf::default(), Builder::new());
    for number in 0..size {
        shelf.put(builder.push(leaf_hash(&number.to_be_bytes())));
    }
    shelf.put(builder.edge_tiles());
    let root = builder.root();
    let cache = TileCache::new();
    let warm = cache.over(&shelf);
    let mut sequence = Sequence::of(size);
    let mut proofs = |count: usize| -> Result<f64, Malfunction> {
        let asked: Vec<u64> =
            (0..count).map(|_| sequence.below(usize::try_from(size).unwrap_or(1)) as u64).collect();
        let started = Instant::now();
        for seq in &asked {
            let hashes = inclusion(&warm, size, *seq);
            hashes.map_err(|error| Malfunction::wrong("prove an entry", error.to_string()))?;
        }
        let micros = micros_each(started.elapsed(), count);
        for seq in asked.iter().take(10) {
            let hashes = inclusion(&warm, size, *seq);
            let hashes = hashes.map_err(|error| Malfunction::wrong("prove an entry", error.to_string()))?;
            let holds = verify_inclusion(*seq, size, &leaf_hash(&seq.to_be_bytes()), &hashes, &root);
            holds.map_err(|error| Malfunction::wrong("check a proof", error.to_string()))?;
        }
        Ok(micros)
    };
    proofs(PROOFS)?;
    let micros = (0..runs(short)).map(|_| proofs(PROOFS)).collect::<Result<Vec<_>, _>>()?;
    Ok(vec![
        Figure::new("proof.inclusion", Unit::Micros, micros)
            .should(Limit::AtMost(MICROS_MAX))
            .on(format!("{size} entries, warm")),
    ])
}
