//! Where an archive lies on disk, and the lock that keeps a second writer out.

use std::fs::{File, OpenOptions, Permissions};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{FlockOperation, flock};

use super::refusal::Refusal;

/// Bits of a mode that let others than the owner in.
const OTHERS: u32 = 0o077;

/// The directories of one archive.
#[derive(Debug, Clone)]
pub struct Place {
    data: PathBuf,
    keys: PathBuf,
}

impl Place {
    /// The data directory, with the keys in `keys` or in the sibling `<data>-keys`.
    ///
    /// # Errors
    /// The path cannot be made absolute.
    pub fn at(data: &Path, keys: Option<&Path>) -> Result<Self, Refusal> {
        let data = absolute(data)?;
        let keys = match keys {
            Some(keys) => absolute(keys)?,
            None => {
                let mut name = data.file_name().unwrap_or_default().to_os_string();
                name.push("-keys");
                data.with_file_name(name)
            }
        };
        Ok(Self { data, keys })
    }

    /// The data directory.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The key directory.
    pub fn keys(&self) -> &Path {
        &self.keys
    }

    /// The database file of the embedded default.
    pub fn database(&self) -> PathBuf {
        self.data.join("archive.sqlite")
    }

    /// The URL of the archive's database: the one that was given, or that of the embedded default.
    pub(super) fn database_url(&self, given: Option<&str>) -> String {
        match given {
            Some(url) => url.to_owned(),
            #[cfg(test)]
            None => super::tests::database_url(self),
            #[cfg(not(test))]
            None => format!("sqlite:{}", self.database().display()),
        }
    }

    /// The folder of payloads that are too long for the database.
    pub fn blobs(&self) -> PathBuf {
        self.data.join("blobs")
    }

    /// The socket on which the process that holds the archive answers the command line.
    pub fn socket(&self) -> PathBuf {
        self.run().join("sock")
    }

    /// Where the export `name` is put together.
    pub(super) fn spool(&self, name: &str) -> PathBuf {
        self.run().join(format!("{name}.spool"))
    }

    /// The file of the ledger's last words about rights.
    pub(super) fn last_words(&self) -> PathBuf {
        self.data.join("last-words")
    }

    /// The folder of the results of jobs, sealed.
    pub(super) fn results(&self) -> PathBuf {
        self.data.join("results")
    }

    /// The spool files that there are.
    pub(super) fn spools(&self) -> std::io::Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(self.run())? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "spool") {
                found.push(path);
            }
        }
        Ok(found)
    }

    fn run(&self) -> PathBuf {
        self.data.join("run")
    }

    /// True if an archive has been created here.
    pub fn holds_archive(&self) -> bool {
        self.database().exists()
    }

    /// The data directory and the folders that a new one gets.
    pub(super) fn folders(&self) -> [PathBuf; 3] {
        [self.data.clone(), self.blobs(), self.run()]
    }

    /// The file by which one process holds the directory.
    pub(super) fn lock_file(&self) -> PathBuf {
        self.run().join("lock")
    }

    /// Makes the data directory and its folders, readable by the owner only.
    pub(super) fn create(&self) -> Result<(), Refusal> {
        for folder in self.folders() {
            std::fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(&folder)
                .and_then(|()| std::fs::set_permissions(&folder, Permissions::from_mode(0o700)))
                .map_err(|error| Refusal::Io { what: "create the data directory", error })?;
        }
        Ok(())
    }

    /// The folders and files of the archive that others than their owner may enter or read, each with
    /// its mode. Payloads lie in folders that are looked at.
    pub(super) fn open_to_others(&self) -> Result<Vec<(PathBuf, u32)>, Refusal> {
        let database = |ending: &str| {
            let mut path = self.database().into_os_string();
            path.push(ending);
            PathBuf::from(path)
        };
        let folders = [self.data.clone(), self.blobs(), self.run(), self.results()];
        let files = ["", "-wal", "-shm"].map(database).into_iter().chain([self.last_words()]);
        let mut found = Vec::new();
        for path in folders.into_iter().chain(files) {
            let mode = match std::fs::metadata(&path) {
                Ok(metadata) => metadata.permissions().mode() & 0o777,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(error) => return Err(Refusal::Io { what: "look at the data directory", error }),
            };
            if mode & OTHERS != 0 {
                found.push((path, mode));
            }
        }
        Ok(found)
    }

    /// Takes the directory for this process alone.
    ///
    /// # Errors
    /// [`Refusal::AlreadyOpen`] if another process holds it.
    pub(super) fn lock(&self) -> Result<Lock, Refusal> {
        let io = |error| Refusal::Io { what: "open the lock file", error };
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(self.run()).map_err(io)?;
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(self.lock_file())
            .map_err(io)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Lock { _held: Arc::new(Held(file)) }),
            Err(rustix::io::Errno::WOULDBLOCK) => Err(Refusal::AlreadyOpen),
            Err(error) => Err(Refusal::Io { what: "lock the data directory", error: error.into() }),
        }
    }
}

/// The exclusive right to write in a data directory; given back when the last one like it is dropped, or when
/// the process ends.
pub(super) struct Lock {
    _held: Arc<Held>,
}

impl Lock {
    /// The same lock once more: it is given back when both are dropped.
    pub(super) fn again(&self) -> Self {
        Self { _held: Arc::clone(&self._held) }
    }
}

struct Held(File);

impl Drop for Held {
    fn drop(&mut self) {
        // Closing is not enough: a process that is just being started has the file too, until it becomes
        // another program. If it cannot be given back, closing does it a moment later.
        flock(&self.0, FlockOperation::Unlock).unwrap_or_default();
    }
}

fn absolute(path: &Path) -> Result<PathBuf, Refusal> {
    std::path::absolute(path).map_err(|error| Refusal::Io { what: "find the data directory", error })
}
