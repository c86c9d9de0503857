//! The log as static files (C2SP `tlog-tiles`): where each file lies, and entry bundles.

use super::tree::TILE_WIDTH;

/// Where the checkpoint lies.
pub const CHECKPOINT_PATH: &str = "checkpoint";

/// What a tile's or a bundle's width may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Width(usize);

impl Width {
    /// 1 to 256; `None` otherwise.
    pub fn new(width: usize) -> Option<Self> {
        (1..=TILE_WIDTH).contains(&width).then_some(Self(width))
    }

    /// The number of hashes or entries.
    pub fn get(self) -> usize {
        self.0
    }

    /// The width of tile `index` of `level` in a tree of `size` leaves; `None` if that tree
    /// has no such tile.
    pub fn in_tree(size: u64, level: u8, index: u64) -> Option<Self> {
        let hashes = size.checked_shr(8 * u32::from(level)).unwrap_or(0);
        let from_here = hashes.checked_sub(index.checked_mul(TILE_WIDTH as u64)?)?;
        Self::new(usize::try_from(from_here.min(TILE_WIDTH as u64)).ok()?)
    }
}

/// `tile/<level>/<index>`, with `.p/<width>` if the tile is not full.
pub fn tile_path(level: u8, index: u64, width: Width) -> String {
    format!("tile/{level}/{}", place(index, width))
}

/// `tile/entries/<index>`, with `.p/<width>` if the bundle is not full.
pub fn entries_path(index: u64, width: Width) -> String {
    format!("tile/entries/{}", place(index, width))
}

fn place(index: u64, width: Width) -> String {
    let mut path = format!("{:03}", index % 1000);
    let mut rest = index / 1000;
    while rest > 0 {
        path = format!("x{:03}/{path}", rest % 1000);
        rest /= 1000;
    }
    if width.0 < TILE_WIDTH {
        path += &format!(".p/{}", width.0);
    }
    path
}

/// Why entries and a bundle do not fit each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// An entry longer than 65 535 bytes.
    #[error("an entry of {bytes} bytes does not fit a bundle")]
    EntryTooLong {
        /// Its bytes.
        bytes: usize,
    },
    /// Not 1 to 256 entries.
    #[error("a bundle has 1 to 256 entries")]
    Count,
    /// The bytes end within an entry.
    #[error("the bundle ends within an entry")]
    CutShort,
}

/// An entry bundle: 1 to 256 entries, each after its length as two bytes, the higher first.
///
/// # Errors
/// If there are too few or too many entries, or one is too long.
pub fn entry_bundle<B: AsRef<[u8]>>(entries: &[B]) -> Result<Vec<u8>, BundleError> {
    Width::new(entries.len()).ok_or(BundleError::Count)?;
    let mut bundle = Vec::with_capacity(entries.iter().map(|entry| entry.as_ref().len() + 2).sum());
    for entry in entries {
        let entry = entry.as_ref();
        let length =
            u16::try_from(entry.len()).map_err(|_| BundleError::EntryTooLong { bytes: entry.len() })?;
        bundle.extend_from_slice(&length.to_be_bytes());
        bundle.extend_from_slice(entry);
    }
    Ok(bundle)
}

/// The entries of a bundle, in order.
///
/// # Errors
/// If the bytes are not exactly 1 to 256 entries.
pub fn read_bundle(bundle: &[u8]) -> Result<Vec<&[u8]>, BundleError> {
    let mut entries = Vec::new();
    let mut rest = bundle;
    while !rest.is_empty() {
        let (length, after) = rest.split_first_chunk().ok_or(BundleError::CutShort)?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (entry, after) = after.split_at_checked(length).ok_or(BundleError::CutShort)?;
        if entries.len() == TILE_WIDTH {
            return Err(BundleError::Count);
        }
        entries.push(entry);
        rest = after;
    }
    if entries.is_empty() { Err(BundleError::Count) } else { Ok(entries) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn wide(width: usize) -> Width {
        Width::new(width).unwrap()
    }

    #[test]
    fn paths_are_those_of_the_specification() {
        assert_eq!(tile_path(0, 1_234_067, wide(256)), "tile/0/x001/x234/067");
        assert_eq!(tile_path(1, 0, wide(17)), "tile/1/000.p/17");
        assert_eq!(tile_path(2, 1000, wide(1)), "tile/2/x001/000.p/1");
        assert_eq!(entries_path(273, wide(112)), "tile/entries/273.p/112");
        assert_eq!(tile_path(0, u64::MAX, wide(256)), "tile/0/x018/x446/x744/x073/x709/x551/615");
    }

    #[test]
    fn a_tree_of_70_000_has_the_tiles_that_the_specification_names() {
        let width = |level, index| Width::in_tree(70_000, level, index).map(|width| width.0);
        assert_eq!((width(0, 272), width(0, 273), width(0, 274)), (Some(256), Some(112), None));
        assert_eq!((width(1, 0), width(1, 1), width(1, 2)), (Some(256), Some(17), None));
        assert_eq!((width(2, 0), width(3, 0)), (Some(1), None));
        assert_eq!((Width::in_tree(256, 0, 1), Width::in_tree(0, 0, 0)), (None, None));
        assert_eq!(Width::in_tree(u64::MAX, 200, u64::MAX), None);
    }

    #[test]
    fn paths_are_those_of_tlog_tiles() {
        for (level, index, width) in [(0, 0, 256), (0, 999, 1), (3, 1000, 255), (1, 987_654_321, 256)] {
            let theirs = tlog_tiles::Tile::new(8, level, index, width as u32, false).path();
            assert_eq!(tile_path(level, index, wide(width)), theirs.replacen("tile/8/", "tile/", 1));
        }
    }

    #[test]
    fn an_entry_that_no_bundle_can_hold_is_refused() {
        let long = vec![0; 65_536];
        assert_eq!(entry_bundle(&[&long]), Err(BundleError::EntryTooLong { bytes: 65_536 }));
        assert_eq!(entry_bundle(&[b""; 257]), Err(BundleError::Count));
        assert_eq!(entry_bundle::<&[u8]>(&[]), Err(BundleError::Count));
    }

    #[test]
    fn a_bundle_that_is_cut_short_or_too_full_is_refused() {
        assert_eq!(read_bundle(&[]), Err(BundleError::Count));
        assert_eq!(read_bundle(&[0]), Err(BundleError::CutShort));
        assert_eq!(read_bundle(&[0, 2, 7]), Err(BundleError::CutShort));
        assert_eq!(read_bundle(&[0; 257 * 2]), Err(BundleError::Count));
    }

    proptest! {
        #[test]
        fn bundles_give_their_entries_back(entries: Vec<Vec<u8>>) {
            prop_assume!(!entries.is_empty());
            let bundle = entry_bundle(&entries).unwrap();
            prop_assert_eq!(read_bundle(&bundle).unwrap(), entries);
        }
    }
}
