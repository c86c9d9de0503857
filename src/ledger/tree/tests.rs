//! The tree against `tlog_tiles`, an independent implementation, and against tampering.

use std::collections::HashMap;
use std::convert::Infallible;

use proptest::prelude::*;
use tlog_tiles::{Error as TheirError, Hash as TheirHash, HashReader};

use super::*;

/// Tiles in memory.
#[derive(Default, Clone)]
struct Shelf(HashMap<(u8, u64), Vec<u8>>);

impl TileSource for Shelf {
    type Error = Infallible;

    fn tile(&self, level: u8, index: u64) -> Result<Option<Vec<u8>>, Infallible> {
        Ok(self.0.get(&(level, index)).cloned())
    }
}

impl Shelf {
    fn of(size: u64) -> Self {
        let mut shelf = Self::default();
        shelf.write(append(&shelf, 0, &leaves(0..size)).unwrap().tiles);
        shelf
    }

    fn write(&mut self, tiles: Vec<TileWrite>) {
        for tile in tiles {
            assert!((1..=TILE_WIDTH).contains(&tile.width()));
            self.0.insert((tile.level, tile.index), tile.hashes);
        }
    }
}

fn leaves(range: std::ops::Range<u64>) -> Vec<Hash> {
    range.map(|number| leaf_hash(&number.to_be_bytes())).collect()
}

/// The same tree as `tlog_tiles` keeps it.
struct Theirs(Vec<TheirHash>);

impl HashReader for Theirs {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<TheirHash>, TheirError> {
        Ok(indexes.iter().map(|index| self.0[*index as usize]).collect())
    }
}

impl Theirs {
    fn of(size: u64) -> Self {
        let mut theirs = Self(Vec::new());
        for number in 0..size {
            let hashes = tlog_tiles::stored_hashes(number, &number.to_be_bytes(), &theirs).unwrap();
            theirs.0.extend(hashes);
        }
        theirs
    }
}

fn ours(hashes: Vec<TheirHash>) -> Vec<Hash> {
    hashes.into_iter().map(|hash| Hash::from_bytes(hash.0)).collect()
}

fn flips(hash: &Hash) -> impl Iterator<Item = Hash> {
    (0..256).map(|bit| {
        let mut bytes = *hash.as_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        Hash::from_bytes(bytes)
    })
}

#[test]
fn the_empty_tree_has_the_root_of_the_standard() {
    let root = root(&Shelf::default(), 0).unwrap();
    assert_eq!(root.to_hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_eq!((Builder::new().root(), small_root(&[])), (root, root));
}

#[test]
fn roots_are_those_of_rfc_6962_test_vectors() {
    // From the reference implementation of Certificate Transparency.
    let inputs =
        ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
    let leaves: Vec<Hash> =
        inputs.iter().map(|hex| leaf_hash(&crate::base::digest::from_hex(hex).unwrap())).collect();
    for (size, root) in [
        (1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
        (2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
        (3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
        (7, "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
        (8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
    ] {
        assert_eq!(small_root(&leaves[..size]).to_hex(), root, "size {size}");
    }
}

#[test]
fn the_cold_the_warm_and_the_streamed_tree_agree_at_the_seams_of_tiles() {
    for size in [255, 256, 257, 511, 512, 65_535, 65_536, 65_537, 65_792] {
        let shelf = Shelf::of(size);
        let leaves = leaves(0..size);
        let expected = small_root(&leaves);
        assert_eq!(root(&shelf, size), Ok(expected), "size {size}");
        for seq in [0, 255, 256, size / 2, size - 1] {
            if seq < size {
                let proof = inclusion(&shelf, size, seq).unwrap();
                assert_eq!(Some(&proof), small_inclusion(&leaves, seq as usize).as_ref());
                assert_eq!(verify_inclusion(seq, size, &leaves[seq as usize], &proof, &expected), Ok(()));
            }
        }
        let mut builder = Builder::new();
        let mut streamed = Shelf::default();
        for leaf in leaves {
            streamed.write(builder.push(leaf));
        }
        streamed.write(builder.edge_tiles());
        assert_eq!((builder.size(), builder.root()), (size, expected));
        assert!(streamed.0 == shelf.0, "tiles of size {size}");
    }
}

#[test]
fn only_tiles_that_changed_are_written() {
    let shelf = Shelf::of(70_000);
    let places = |tiles: &[TileWrite]| -> Vec<(u8, u64, usize)> {
        tiles.iter().map(|tile| (tile.level, tile.index, tile.width())).collect()
    };
    let one = append(&shelf, 70_000, &leaves(70_000..70_001)).unwrap();
    assert_eq!(places(&one.tiles), [(0, 273, 113)]);
    let group = append(&shelf, 70_000, &leaves(70_000..70_256)).unwrap();
    assert_eq!(places(&group.tiles), [(0, 273, 256), (0, 274, 112), (1, 1, 18)]);
    let none = append(&shelf, 70_000, &[]).unwrap();
    assert_eq!((none.size, none.root, none.tiles), (70_000, root(&shelf, 70_000).unwrap(), vec![]));
}

#[test]
fn tiles_cost_less_than_33_bytes_per_entry() {
    let bytes: usize = Shelf::of(70_000).0.values().map(Vec::len).sum();
    assert!(bytes < 33 * 70_000, "{bytes}");
}

#[test]
fn tiles_of_a_later_tree_still_prove_the_earlier_one() {
    let shelf = Shelf::of(600);
    for size in [1, 255, 256, 300, 511, 599] {
        let root = small_root(&leaves(0..size));
        assert_eq!(super::root(&shelf, size), Ok(root));
        assert_eq!(Builder::resume(&shelf, size).unwrap().root(), root);
    }
}

#[test]
fn every_single_bit_flip_of_an_inclusion_proof_is_refused() {
    for (size, seq) in [(1, 0), (2, 1), (7, 3), (7, 6), (300, 257)] {
        let leaves = leaves(0..size);
        let (leaf, root) = (leaves[seq as usize], small_root(&leaves));
        let proof = small_inclusion(&leaves, seq as usize).unwrap();
        assert_eq!(verify_inclusion(seq, size, &leaf, &proof, &root), Ok(()));
        for flipped in flips(&leaf) {
            assert_eq!(verify_inclusion(seq, size, &flipped, &proof, &root), Err(BadProof::Root));
        }
        for flipped in flips(&root) {
            assert_eq!(verify_inclusion(seq, size, &leaf, &proof, &flipped), Err(BadProof::Root));
        }
        for at in 0..proof.len() {
            for flipped in flips(&proof[at]) {
                let mut bad = proof.clone();
                bad[at] = flipped;
                assert_eq!(verify_inclusion(seq, size, &leaf, &bad, &root), Err(BadProof::Root));
            }
        }
        for bit in 0..64 {
            assert!(verify_inclusion(seq ^ (1 << bit), size, &leaf, &proof, &root).is_err(), "seq bit {bit}");
        }
        let longer = [proof.as_slice(), &[root]].concat();
        assert_eq!(verify_inclusion(seq, size, &leaf, &longer, &root), Err(BadProof::Length));
        if let Some((_, shorter)) = proof.split_last() {
            assert_eq!(verify_inclusion(seq, size, &leaf, shorter, &root), Err(BadProof::Length));
        }
    }
}

#[test]
fn every_single_bit_flip_of_a_consistency_proof_is_refused() {
    for (old, new) in [(1, 2), (3, 7), (4, 7), (6, 7), (256, 300)] {
        let (old_root, new_root) = (small_root(&leaves(0..old)), small_root(&leaves(0..new)));
        let proof = consistency(&Shelf::of(new), old, new).unwrap();
        assert_eq!(verify_consistency(old, &old_root, new, &new_root, &proof), Ok(()));
        for flipped in flips(&old_root) {
            assert!(verify_consistency(old, &flipped, new, &new_root, &proof).is_err());
        }
        for flipped in flips(&new_root) {
            assert!(verify_consistency(old, &old_root, new, &flipped, &proof).is_err());
        }
        for at in 0..proof.len() {
            for flipped in flips(&proof[at]) {
                let mut bad = proof.clone();
                bad[at] = flipped;
                assert!(verify_consistency(old, &old_root, new, &new_root, &bad).is_err());
            }
        }
        let longer = [proof.as_slice(), &[new_root]].concat();
        assert!(verify_consistency(old, &old_root, new, &new_root, &longer).is_err());
        assert!(verify_consistency(old, &old_root, new, &new_root, &[]).is_err());
    }
}

#[test]
fn a_tree_is_consistent_with_itself_and_with_the_empty_one_only_by_an_empty_proof() {
    let (some, root) = (small_root(&leaves(0..3)), small_root(&leaves(0..7)));
    assert_eq!(verify_consistency(7, &root, 7, &root, &[]), Ok(()));
    assert_eq!(verify_consistency(0, &empty_root(), 7, &root, &[]), Ok(()));
    assert_eq!(verify_consistency(7, &some, 7, &root, &[]), Err(BadProof::Root));
    assert_eq!(verify_consistency(0, &some, 7, &root, &[]), Err(BadProof::Root));
    assert_eq!(verify_consistency(7, &root, 7, &root, &[root]), Err(BadProof::Length));
    assert_eq!(verify_consistency(8, &root, 7, &root, &[]), Err(BadProof::Position));
}

#[test]
fn a_source_that_fails_is_heard_with_its_own_words() {
    struct Broken;
    impl TileSource for Broken {
        type Error = &'static str;
        fn tile(&self, _: u8, _: u64) -> Result<Option<Vec<u8>>, &'static str> {
            Err("disk gone")
        }
    }
    let failed = || TreeError::Source("disk gone");
    assert_eq!(root(&Broken, 5), Err(failed()));
    assert_eq!(inclusion(&Broken, 5, 1), Err(failed()));
    assert_eq!(consistency(&Broken, 3, 5), Err(failed()));
    assert_eq!(append(&Broken, 5, &[]), Err(failed()));
    assert_eq!(root(&TileCache::new().over(&Broken), 5), Err(failed()));
}

#[test]
fn missing_narrow_and_malformed_tiles_are_named() {
    let mut shelf = Shelf::of(300);
    shelf.0.insert((0, 1), vec![0; 43 * 32]);
    let missing = TreeError::Missing { level: 0, index: 1 };
    assert_eq!(root(&shelf, 300), Err(missing.clone()));
    assert_eq!(append(&shelf, 300, &[]), Err(missing.clone()));
    shelf.0.remove(&(0, 1));
    assert_eq!(root(&shelf, 300), Err(missing.clone()));
    assert_eq!(append(&shelf, 300, &[]), Err(missing));
    for bytes in [0, 31, 33, 257 * 32] {
        shelf.0.insert((0, 1), vec![0; bytes]);
        let malformed = TreeError::Malformed { level: 0, index: 1, fault: BadTile { bytes } };
        assert_eq!(root(&shelf, 300), Err(malformed.clone()));
        assert_eq!(inclusion(&shelf, 300, 299), Err(malformed.clone()));
        assert_eq!(root(&TileCache::new().over(&shelf), 300), Err(malformed));
    }
}

#[test]
fn positions_outside_the_tree_are_errors() {
    let shelf = Shelf::of(7);
    assert_eq!(inclusion(&shelf, 7, 7), Err(TreeError::NoSuchLeaf { seq: 7, size: 7 }));
    assert_eq!(inclusion(&shelf, 0, 0), Err(TreeError::NoSuchLeaf { seq: 0, size: 0 }));
    assert_eq!(consistency(&shelf, 8, 7), Err(TreeError::Shrunk { old: 8, new: 7 }));
    assert_eq!(root(&shelf, u64::MAX), Err(TreeError::TooLarge));
    assert_eq!(append(&shelf, u64::MAX, &[]), Err(TreeError::TooLarge));
    assert!(matches!(root(&shelf, LEAVES_MAX), Err(TreeError::Missing { level: 7, .. })));
    assert_eq!(small_inclusion(&leaves(0..7), 7), None);
}

#[test]
fn an_unfinished_tile_that_was_taken_back_is_not_served_from_the_cache() {
    let cache = TileCache::new();
    let rolled_back = Shelf::of(40);
    assert_eq!(root(&cache.over(&rolled_back), 40), root(&rolled_back, 40));
    let mut other = Shelf::of(30);
    other.write(append(&other, 30, &leaves(900..910)).unwrap().tiles);
    assert_eq!(root(&cache.over(&other), 40), root(&other, 40));
    assert_ne!(root(&other, 40), root(&rolled_back, 40));
    // The same with fewer hashes than the cache remembers.
    assert_eq!(root(&cache.over(&Shelf::of(30)), 30), root(&Shelf::of(30), 30));
}

#[test]
fn a_tile_has_no_nodes_beyond_its_hashes() {
    let tile = TileNodes::parse(&[7; 5 * 32]).unwrap();
    assert!(tile.node(2, 0).is_some());
    for (height, position) in [(2, 1), (0, 5), (3, 0), (8, 0), (64, 0), (u32::MAX, 0), (1, usize::MAX)] {
        assert_eq!(tile.node(height, position), None, "{height} {position}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn root_and_proofs_are_those_of_tlog_tiles(size in 1..2000_u64, a: prop::sample::Index, b: prop::sample::Index) {
        let (seq, old) = (a.index(size as usize) as u64, b.index(size as usize) as u64 + 1);
        let (shelf, theirs) = (Shelf::of(size), Theirs::of(size));
        let cache = TileCache::new();
        for _ in 0..2 {
            let warm = cache.over(&shelf);
            prop_assert_eq!(inclusion(&warm, size, seq), inclusion(&shelf, size, seq));
            prop_assert_eq!(consistency(&warm, old, size), consistency(&shelf, old, size));
            prop_assert_eq!(root(&warm, size), root(&shelf, size));
        }
        let (our_root, our_old_root) = (root(&shelf, size).unwrap(), root(&shelf, old).unwrap());
        let their_root = tlog_tiles::tree_hash(size, &theirs).unwrap();
        let their_old_root = tlog_tiles::tree_hash(old, &theirs).unwrap();
        prop_assert_eq!(our_root.as_bytes(), &their_root.0);
        prop_assert_eq!(our_old_root.as_bytes(), &their_old_root.0);

        let proof = inclusion(&shelf, size, seq).unwrap();
        prop_assert_eq!(&proof, &ours(tlog_tiles::prove_record(size, seq, &theirs).unwrap()));
        prop_assert_eq!(verify_inclusion(seq, size, &leaf_hash(&seq.to_be_bytes()), &proof, &our_root), Ok(()));

        let proof = consistency(&shelf, old, size).unwrap();
        prop_assert_eq!(&proof, &ours(tlog_tiles::prove_tree(size, old, &theirs).unwrap()));
        prop_assert_eq!(verify_consistency(old, &our_old_root, size, &our_root, &proof), Ok(()));
    }

    #[test]
    fn groups_of_any_size_grow_the_same_tree(groups in prop::collection::vec(1..=256_u64, 1..12)) {
        let (mut shelf, mut warm, cache) = (Shelf::default(), Shelf::default(), TileCache::new());
        let mut size = 0;
        for group in groups {
            let leaves = leaves(size..size + group);
            let grown = append(&shelf, size, &leaves).unwrap();
            prop_assert_eq!(&append(&cache.over(&warm), size, &leaves).unwrap(), &grown);
            shelf.write(grown.tiles.clone());
            warm.write(grown.tiles);
            size = grown.size;
            prop_assert_eq!(root(&shelf, size), Ok(grown.root));
        }
        prop_assert!(Shelf::of(size).0 == shelf.0);
        prop_assert_eq!(root(&shelf, size), Ok(small_root(&leaves(0..size))));
    }

    #[test]
    fn checks_agree_with_tlog_tiles_on_hostile_proofs(
        sizes in (0..20_u64, 0..20_u64), far: (u64, u64), proof in prop::collection::vec(0..4_u64, 0..8),
    ) {
        let proof: Vec<Hash> = proof.into_iter().map(|number| leaf_hash(&number.to_be_bytes())).collect();
        let theirs: Vec<TheirHash> = proof.iter().map(|hash| TheirHash(*hash.as_bytes())).collect();
        let leaf = leaf_hash(b"");
        for (low, high) in [sizes, far] {
            // Both sides refuse, or both would accept this root; any panic fails the test.
            let refused = tlog_tiles::check_record(&theirs, high, TheirHash([0; 32]), low, TheirHash(*leaf.as_bytes()));
            prop_assert!(refused.is_err());
            prop_assert!(verify_inclusion(low, high, &leaf, &proof, &Hash::from_bytes([0; 32])).is_err());
            prop_assert!(verify_consistency(low, &leaf, high, &Hash::from_bytes([0; 32]), &proof).is_err());
        }
    }
}
