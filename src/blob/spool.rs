//! A file that holds what is being put together, such as an export: sealed under a key that lives
//! in memory only, so that whatever a crash leaves behind is noise. Can be written at any place.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use crate::base::entropy::{Entropy, draw};
use crate::base::secret::SecretKey;

/// Bytes of plaintext in one block.
const BLOCK: usize = 64 * 1024;
const TAG: usize = 16;

/// A sealed spool file. It is deleted when dropped.
pub struct Spool {
    file: File,
    path: PathBuf,
    key: LessSafeKey,
    entropy: std::sync::Arc<dyn Entropy>,
    /// The nonce of each block that was written; a block that is written again gets a fresh one.
    nonces: Vec<Option<[u8; NONCE_LEN]>>,
    length: u64,
    position: u64,
    block: Block,
}

/// The block that is at hand.
struct Block {
    number: u64,
    bytes: Box<[u8]>,
    loaded: bool,
    dirty: bool,
}

impl Spool {
    /// Makes an empty spool file at `path`, which must not exist.
    ///
    /// # Errors
    /// The file cannot be made.
    pub fn create(path: &Path, entropy: std::sync::Arc<dyn Entropy>) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(path)?;
        let key = SecretKey::<32>::generate(entropy.as_ref());
        let key = UnboundKey::new(&CHACHA20_POLY1305, key.expose())
            .map_err(|_| io::Error::other("a key of 32 bytes was refused"))?;
        Ok(Self {
            file,
            path: path.to_owned(),
            key: LessSafeKey::new(key),
            entropy,
            nonces: Vec::new(),
            length: 0,
            position: 0,
            block: Block { number: 0, bytes: vec![0; BLOCK].into_boxed_slice(), loaded: false, dirty: false },
        })
    }

    /// Bytes written.
    pub fn len(&self) -> u64 {
        self.length
    }

    /// True if nothing was written.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    fn load(&mut self, number: u64) -> io::Result<()> {
        if self.block.loaded && self.block.number == number {
            return Ok(());
        }
        self.store()?;
        self.block.number = number;
        self.block.loaded = true;
        let nonce = usize::try_from(number).ok().and_then(|index| self.nonces.get(index)).copied().flatten();
        let Some(nonce) = nonce else {
            self.block.bytes.fill(0);
            return Ok(());
        };
        let mut sealed = vec![0; BLOCK + TAG];
        self.file.read_exact_at(&mut sealed, number * (BLOCK + TAG) as u64)?;
        let plain = self
            .key
            .open_in_place(Nonce::assume_unique_for_key(nonce), Aad::from(number.to_be_bytes()), &mut sealed)
            .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "the spool file was changed"))?;
        self.block.bytes.copy_from_slice(plain);
        Ok(())
    }

    fn store(&mut self) -> io::Result<()> {
        if !self.block.dirty {
            return Ok(());
        }
        let nonce: [u8; NONCE_LEN] = draw(self.entropy.as_ref());
        let mut sealed = Vec::with_capacity(BLOCK + TAG);
        sealed.extend_from_slice(&self.block.bytes);
        self.key
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(self.block.number.to_be_bytes()),
                &mut sealed,
            )
            .map_err(|_| io::Error::other("a block could not be sealed"))?;
        self.file.write_all_at(&sealed, self.block.number * (BLOCK + TAG) as u64)?;
        let index = usize::try_from(self.block.number).map_err(io::Error::other)?;
        if self.nonces.len() <= index {
            self.nonces.resize(index + 1, None);
        }
        if let Some(place) = self.nonces.get_mut(index) {
            *place = Some(nonce);
        }
        self.block.dirty = false;
        Ok(())
    }

    /// Block number and place in it for the present position.
    fn place(&self) -> (u64, usize) {
        let block = BLOCK as u64;
        (self.position / block, usize::try_from(self.position % block).unwrap_or(0))
    }
}

impl Write for Spool {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let (number, start) = self.place();
        self.load(number)?;
        let count = bytes.len().min(BLOCK - start);
        let (Some(target), Some(source)) =
            (self.block.bytes.get_mut(start..start + count), bytes.get(..count))
        else {
            return Ok(0);
        };
        target.copy_from_slice(source);
        self.block.dirty = true;
        self.position += count as u64;
        self.length = self.length.max(self.position);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.store()
    }
}

impl Read for Spool {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let left = self.length.saturating_sub(self.position);
        let (number, start) = self.place();
        let count = into.len().min(BLOCK - start).min(usize::try_from(left).unwrap_or(usize::MAX));
        if count == 0 {
            return Ok(0);
        }
        self.load(number)?;
        let (Some(target), Some(source)) =
            (into.get_mut(..count), self.block.bytes.get(start..start + count))
        else {
            return Ok(0);
        };
        target.copy_from_slice(source);
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for Spool {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.length.checked_add_signed(by),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
        };
        self.position = target.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.position)
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.path) {
            tracing::warn!(%error, "a spool file stays until the next sweep; it is noise without its key");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::base::entropy::SystemEntropy;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn a_spool_is_a_file_like_any_other(
            steps in prop::collection::vec((0_u64..200_000, prop::collection::vec(any::<u8>(), 0..90_000)), 1..8),
        ) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("spool");
            let mut spool = Spool::create(&path, Arc::new(SystemEntropy)).unwrap();
            let mut model = Cursor::new(Vec::new());
            for (at, bytes) in steps {
                let at = at.min(model.get_ref().len() as u64);
                for file in [&mut spool as &mut dyn WriteSeek, &mut model] {
                    file.seek(SeekFrom::Start(at)).unwrap();
                    file.write_all(&bytes).unwrap();
                }
            }
            spool.flush().unwrap();
            spool.seek(SeekFrom::Start(0)).unwrap();
            let mut read = Vec::new();
            spool.read_to_end(&mut read).unwrap();
            prop_assert!(&read == model.get_ref());
            drop(spool);
            prop_assert!(!path.exists());
        }
    }

    trait WriteSeek: Write + Seek {}
    impl<T: Write + Seek> WriteSeek for T {}

    #[test]
    fn nothing_readable_is_on_disk_and_a_changed_block_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("spool");
        let mut spool = Spool::create(&path, Arc::new(SystemEntropy)).unwrap();
        spool.write_all(&b"needle ".repeat(20_000)).unwrap();
        spool.flush().unwrap();
        let mut bytes = std::fs::read(&path).unwrap();
        assert!(!bytes.windows(6).any(|window| window == b"needle"));
        bytes[10] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        spool.seek(SeekFrom::Start(0)).unwrap();
        assert!(spool.read(&mut [0; 16]).is_err());
    }
}
