//! Features as 64-bit numbers: training and decoding make them with the same code.

/// Most features of one place.
pub const FEATURES_MOST: usize = 64;

/// The features of one place, without a heap.
pub struct Features {
    hashes: [u64; FEATURES_MOST],
    len: usize,
}

impl Default for Features {
    fn default() -> Self {
        Self { hashes: [0; FEATURES_MOST], len: 0 }
    }
}

impl Features {
    /// Forgets all.
    pub fn clear(&mut self) {
        self.len = 0;
    }

    /// Adds the feature of a template with its values.
    #[inline]
    pub fn add<const N: usize>(&mut self, template: u64, values: [u32; N]) {
        if let Some(place) = self.hashes.get_mut(self.len) {
            *place = mix(template, values);
            self.len += 1;
        }
    }

    /// All features.
    pub fn all(&self) -> &[u64] {
        self.hashes.get(..self.len).unwrap_or_default()
    }
}

#[inline]
fn mix<const N: usize>(template: u64, values: [u32; N]) -> u64 {
    let mut hash = (template + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    for value in values {
        hash = (hash ^ u64::from(value)).wrapping_mul(0xD6E8_FEB8_6659_FD93).rotate_left(29);
    }
    hash ^= hash >> 32;
    hash = hash.wrapping_mul(0xD6E8_FEB8_6659_FD93);
    hash ^ (hash >> 29)
}

/// A word's number, over folded characters.
#[inline]
pub fn word(chars: &[char]) -> u64 {
    let mut hash = 0xCBF2_9CE4_8422_2325u64 ^ (chars.len() as u64);
    for c in chars {
        hash = (hash ^ u64::from(*c as u32)).wrapping_mul(0x0000_0100_0000_01B3).rotate_left(23);
    }
    hash ^= hash >> 31;
    hash = hash.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    hash ^ (hash >> 30)
}
