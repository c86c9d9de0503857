//! Tiles kept warm: full tiles never change, and unfinished ones only grow.
//!
//! Of full tiles of leaves, which are nearly all tiles there are, only the upper nodes are
//! kept: so 32 MiB serve ten million entries, at the price of reading one tile per proof.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lru::LruCache;

use super::read::{TileSource, TreeError, malformed};
use super::tile::{Crown, TILE_BYTES, TILE_WIDTH, TileNodes};

/// Unfinished tiles and tiles above the leaves that are kept; 16 KiB each, 8 MiB together.
const TILES_KEPT_MAX: NonZeroUsize = NonZeroUsize::new(512).expect("512 is not zero");
/// Full tiles of leaves whose upper nodes are kept; about 550 bytes each, 22 MiB together.
const CROWNS_KEPT_MAX: NonZeroUsize = NonZeroUsize::new(40_000).expect("40000 is not zero");

/// The warm tiles of one log. Use it over committed tiles only: a full tile is believed for
/// ever, so one from a transaction that is later rolled back would stay.
pub struct TileCache {
    kept: Mutex<Kept>,
}

struct Kept {
    tiles: LruCache<(u8, u64), Arc<TileNodes>>,
    crowns: LruCache<u64, Crown>,
}

impl TileCache {
    /// An empty cache.
    pub fn new() -> Self {
        // The tables grow as they fill.
        let mut tiles = LruCache::unbounded();
        tiles.resize(TILES_KEPT_MAX);
        let mut crowns = LruCache::unbounded();
        crowns.resize(CROWNS_KEPT_MAX);
        Self { kept: Mutex::new(Kept { tiles, crowns }) }
    }

    /// The source, read through this cache.
    pub fn over<'a, S: TileSource>(&'a self, source: &'a S) -> WarmTiles<'a, S> {
        WarmTiles { cache: self, source }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // Every change is one call into the tables, so a panic elsewhere leaves them whole.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for TileCache {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for TileCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (tiles, crowns) = {
            let kept = self.kept();
            (kept.tiles.len(), kept.crowns.len())
        };
        f.debug_struct("TileCache").field("tiles", &tiles).field("crowns", &crowns).finish()
    }
}

/// A tile source that remembers.
#[derive(Debug)]
pub struct WarmTiles<'a, S> {
    cache: &'a TileCache,
    source: &'a S,
}

impl<S: TileSource> TileSource for WarmTiles<'_, S> {
    type Error = S::Error;

    fn tile(&self, level: u8, index: u64) -> Result<Option<Vec<u8>>, S::Error> {
        self.source.tile(level, index)
    }

    fn nodes(&self, level: u8, index: u64) -> Result<Option<Arc<TileNodes>>, TreeError<S::Error>> {
        let known = self.cache.kept().tiles.get(&(level, index)).cloned();
        if let Some(full) = known.as_ref().filter(|tile| tile.width() == TILE_WIDTH) {
            return Ok(Some(Arc::clone(full)));
        }
        let Some(bytes) = self.source.tile(level, index).map_err(TreeError::Source)? else {
            return Ok(None);
        };
        let full_leaves = level == 0 && bytes.len() == TILE_BYTES;
        let crown = if full_leaves { self.cache.kept().crowns.get(&index).cloned() } else { None };
        if let Some(crown) = crown {
            let tile = TileNodes::crowned(&bytes, &crown).map_err(malformed(level, index))?;
            return Ok(Some(Arc::new(tile)));
        }
        // An unfinished tile is believed only as far as the source still says the same.
        let mut tile = known.filter(|tile| tile.begins(&bytes)).unwrap_or_default();
        if bytes.is_empty() || bytes.len() != tile.stored_bytes() {
            Arc::make_mut(&mut tile).extend(&bytes).map_err(malformed(level, index))?;
            let mut kept = self.cache.kept();
            if full_leaves {
                kept.tiles.pop(&(level, index));
                kept.crowns.put(index, tile.crown());
            } else {
                kept.tiles.put((level, index), Arc::clone(&tile));
            }
        }
        Ok(Some(tile))
    }
}
