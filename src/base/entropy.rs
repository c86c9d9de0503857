//! The only source of randomness. Engines take `&dyn Entropy` as an argument, so that a
//! test can replay what production draws from the operating system.

use std::sync::Mutex;

use sha2::{Digest as _, Sha256};

/// Fills buffers with bytes that nobody can guess.
pub trait Entropy: Send + Sync {
    /// Overwrites the whole buffer.
    fn fill(&self, bytes: &mut [u8]);
}

/// Draws `N` bytes.
pub fn draw<const N: usize>(entropy: &dyn Entropy) -> [u8; N] {
    let mut bytes = [0; N];
    entropy.fill(&mut bytes);
    bytes
}

/// The operating system's generator.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    #[allow(clippy::disallowed_methods, reason = "the one place that draws randomness")]
    fn fill(&self, bytes: &mut [u8]) {
        // Without randomness no key can be made: going on would be worse than stopping.
        getrandom::fill(bytes).expect("the operating system's generator works");
    }
}

/// A repeatable stream for tests: SHA-256 over seed and counter. Never for keys.
pub struct SeededEntropy {
    state: Mutex<(u64, u64)>,
}

impl SeededEntropy {
    /// Starts the stream that belongs to `seed`.
    pub fn new(seed: u64) -> Self {
        Self { state: Mutex::new((seed, 0)) }
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        let mut state = self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for chunk in bytes.chunks_mut(32) {
            let block = Sha256::new()
                .chain_update(state.0.to_be_bytes())
                .chain_update(state.1.to_be_bytes())
                .finalize();
            state.1 = state.1.wrapping_add(1);
            for (target, source) in chunk.iter_mut().zip(block.iter()) {
                *target = *source;
            }
        }
    }
}
