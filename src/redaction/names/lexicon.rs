//! A set of words with a few bits each, in a table of fixed size that is read as it lies in the
//! binary. A word is kept as 32 bits of its hash: a stranger is taken for a member less than
//! once in a million lookups, which a statistical model forgives.

use super::hash;

/// Bytes of a slot: fingerprint, bits (both little endian `u32`).
const SLOT: usize = 8;
/// Slots that are looked at before a word counts as absent.
const PROBES: usize = 8;

/// A lexicon over bytes that were made by [`build`].
#[derive(Clone, Copy)]
pub struct Lexicon<'a> {
    slots: &'a [[u8; SLOT]],
}

impl<'a> Lexicon<'a> {
    /// Over bytes; a wrong length makes it empty.
    pub fn new(bytes: &'a [u8]) -> Self {
        let (slots, rest) = bytes.as_chunks::<SLOT>();
        Self { slots: if rest.is_empty() && slots.len().is_power_of_two() { slots } else { &[] } }
    }

    /// The bits of a word, or 0.
    #[inline]
    pub fn get(&self, word: &[char]) -> u32 {
        self.get_hash(hash::word(word))
    }

    /// The bits of a word by its hash, or 0.
    #[inline]
    pub fn get_hash(&self, hash: u64) -> u32 {
        let (place, fingerprint) = split(hash);
        let mask = self.slots.len().wrapping_sub(1);
        for probe in 0..PROBES {
            let Some(slot) = self.slots.get(place.wrapping_add(probe) & mask) else { return 0 };
            let [f0, f1, f2, f3, b0, b1, b2, b3] = *slot;
            let held = u32::from_le_bytes([f0, f1, f2, f3]);
            if held == fingerprint {
                return u32::from_le_bytes([b0, b1, b2, b3]);
            }
            if held == 0 {
                return 0;
            }
        }
        0
    }
}

fn split(hash: u64) -> (usize, u32) {
    let fingerprint = u32::try_from(hash >> 32).unwrap_or(1);
    (usize::try_from(hash & 0xFFFF_FFFF).unwrap_or(0), fingerprint.max(1))
}

/// Makes a table of `slots` (a power of two) from words in order of importance; words that find
/// no place near theirs are left out. Returns the bytes and how many words were kept.
pub fn build(words: &[(Vec<char>, u32)], slots: usize) -> (Vec<u8>, usize) {
    let mut bytes = vec![0u8; slots * SLOT];
    let mut kept = 0;
    for (word, bits) in words {
        let (place, fingerprint) = split(hash::word(word));
        for probe in 0..PROBES {
            let at = (place.wrapping_add(probe) & (slots - 1)) * SLOT;
            let Some(slot) = bytes.get_mut(at..at + SLOT) else { break };
            let free = slot.iter().take(4).all(|byte| *byte == 0);
            let same = slot.iter().take(4).eq(fingerprint.to_le_bytes().iter());
            if free || same {
                let value = fingerprint.to_le_bytes().into_iter().chain(bits.to_le_bytes());
                if free {
                    slot.iter_mut().zip(value).for_each(|(to, from)| *to = from);
                    kept += 1;
                }
                break;
            }
        }
    }
    (bytes, kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_keep_their_bits_and_strangers_have_none() {
        let words: Vec<(Vec<char>, u32)> =
            (0u32..500).map(|i| (format!("词{i}").chars().collect(), i + 1)).collect();
        let (bytes, kept) = build(&words, 1024);
        let lexicon = Lexicon::new(&bytes);
        assert!(kept >= 499);
        assert_eq!(lexicon.get(&['词', '7']), 8);
        assert_eq!(lexicon.get(&['生', '人']), 0);
    }
}
