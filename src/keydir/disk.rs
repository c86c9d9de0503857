//! The few operations on files from which every change of a key directory is made. Each leaves
//! the directory whole, whatever happens between two of them.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use super::KeyDirError;
use crate::base::limits::KEY_FILE_BYTES_MAX;
use crate::base::secret::SecretBytes;

const FILE_MODE: u32 = 0o400;
const OWNER_WRITES: u32 = 0o600;
const DIRECTORY_MODE: u32 = 0o700;
const OTHERS: u32 = 0o077;
const TEMPORARY: &str = ".being-written";
/// Entries that a key directory may have; more is not one.
const ENTRIES_MAX: usize = 10_000;

/// A key directory on disk.
pub(super) struct Disk {
    root: PathBuf,
    /// How many more changes succeed before the simulated crash.
    #[cfg(test)]
    pub(super) changes_left: Option<std::cell::Cell<u64>>,
}

/// Held while the directory is being changed.
pub(super) struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing is not enough: a process that is just being started has the file too, until it becomes
        // another program. If it cannot be given back, closing does it a moment later.
        flock(&self.0, FlockOperation::Unlock).unwrap_or_default();
    }
}

impl Disk {
    pub(super) fn at(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            #[cfg(test)]
            changes_left: None,
        }
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    pub(super) fn exists(&self, name: &str) -> Result<bool, KeyDirError> {
        let path = self.path(name);
        path.symlink_metadata().map(|_| true).or_else(|e| match e.kind() {
            ErrorKind::NotFound => Ok(false),
            _ => Err(failed("look for", &path, &e)),
        })
    }

    /// Refuses a directory that others may enter.
    pub(super) fn check(&self) -> Result<(), KeyDirError> {
        let metadata = self.root.metadata().map_err(|e| failed("look at", &self.root, &e))?;
        if !metadata.is_dir() {
            return Err(KeyDirError::WrongKind { file: self.root.clone() });
        }
        check_private(&self.root, &metadata, OTHERS)
    }

    /// Reads a key file; refuses links, and files that others may read.
    pub(super) fn read(&self, name: &str) -> Result<SecretBytes, KeyDirError> {
        let path = self.path(name);
        let metadata = path.symlink_metadata().map_err(|e| failed("look at", &path, &e))?;
        if !metadata.is_file() {
            return Err(KeyDirError::WrongKind { file: path });
        }
        read_private(&path, OTHERS)
    }

    /// Refuses a key file that others may read; does not read it.
    pub(super) fn check_private(&self, name: &str) -> Result<(), KeyDirError> {
        let path = self.path(name);
        let metadata = path.symlink_metadata().map_err(|e| failed("look at", &path, &e))?;
        check_private(&path, &metadata, OTHERS)
    }

    pub(super) fn names(&self) -> Result<Vec<String>, KeyDirError> {
        let go = || -> io::Result<Vec<String>> {
            let entries = fs::read_dir(&self.root)?.take(ENTRIES_MAX);
            entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
        };
        go().map_err(|e| failed("list", &self.root, &e))
    }

    /// Makes the directory, and whatever is missing above it, 0700 and durable.
    pub(super) fn make(&self) -> Result<(), KeyDirError> {
        make_directory(&self.root).map_err(|e| failed("make", &self.root, &e))
    }

    /// Keeps other processes from changing the directory, and sweeps what a crash left.
    pub(super) fn lock(&self) -> Result<Lock, KeyDirError> {
        let directory = File::open(&self.root).map_err(|e| failed("open", &self.root, &e))?;
        flock(&directory, FlockOperation::NonBlockingLockExclusive)
            .map_err(|_| KeyDirError::Busy { directory: self.root.clone() })?;
        for name in self.names()?.iter().filter(|name| name.ends_with(TEMPORARY)) {
            self.destroy(name)?;
        }
        Ok(Lock(directory))
    }

    /// The files that a crash left unfinished, each with its bytes.
    pub(super) fn unfinished(&self) -> Result<Vec<(String, u64)>, KeyDirError> {
        let mut found = Vec::new();
        for name in self.names()?.into_iter().filter(|name| name.ends_with(TEMPORARY)) {
            match self.path(&name).symlink_metadata() {
                Ok(metadata) => found.push((name, metadata.len())),
                Err(e) if e.kind() == ErrorKind::NotFound => {}
                Err(e) => return Err(failed("look at", &self.path(&name), &e)),
            }
        }
        Ok(found)
    }

    /// Makes sure that a file can be made durable here, and leaves none.
    pub(super) fn probe(&self) -> Result<(), KeyDirError> {
        let path = self.path(&format!("probe{TEMPORARY}"));
        let go = || -> io::Result<()> {
            let mut file = OpenOptions::new().write(true).create_new(true).mode(OWNER_WRITES).open(&path)?;
            let written = file.write_all(&[0; 4096]).and_then(|()| file.sync_all());
            fs::remove_file(&path)?;
            written
        };
        go().map_err(|e| failed("write", &path, &e))
    }

    /// Writes a file, 0400, in place of what bore its name: durable under another name first.
    pub(super) fn replace(&self, name: &str, bytes: &[u8]) -> Result<(), KeyDirError> {
        let (path, temporary) = (self.path(name), self.path(&format!("{name}{TEMPORARY}")));
        let go = || -> io::Result<()> {
            self.change()?;
            let mut file =
                OpenOptions::new().write(true).create_new(true).mode(FILE_MODE).open(&temporary)?;
            // A umask can only take bits away; the mode is what we say.
            file.set_permissions(Permissions::from_mode(FILE_MODE))?;
            if let Err(e) = self.change() {
                file.write_all(bytes.split_at(bytes.len() / 2).0)?;
                return Err(e);
            }
            file.write_all(bytes)?;
            file.sync_all()?;
            self.change()?;
            fs::rename(&temporary, &path)?;
            self.change()?;
            self.sync()
        };
        go().map_err(|e| failed("write", &path, &e))
    }

    /// As [`replace`](Self::replace), and overwrites what bore the name before.
    pub(super) fn supersede(&self, name: &str, bytes: &[u8]) -> Result<(), KeyDirError> {
        let path = self.path(name);
        let before = match self.open_to_overwrite(&path) {
            Ok(file) => Some(file),
            Err(e) if e.kind() == ErrorKind::NotFound => None,
            Err(e) => return Err(failed("overwrite", &path, &e)),
        };
        self.replace(name, bytes)?;
        before.map_or(Ok(()), |file| overwrite(&file)).map_err(|e| failed("overwrite", &path, &e))
    }

    /// Overwrites a file, removes it, and makes the removal durable. What is gone already stays so.
    ///
    /// Overwriting reaches the old bytes on disks that write in place; copies that a file system
    /// or a solid-state disk made by itself are beyond reach.
    pub(super) fn destroy(&self, name: &str) -> Result<(), KeyDirError> {
        let path = self.path(name);
        let go = || -> io::Result<()> {
            match self.open_to_overwrite(&path) {
                Ok(file) => {
                    self.change()?;
                    overwrite(&file)?;
                    self.change()?;
                    fs::remove_file(&path)?;
                }
                Err(e) if e.kind() == ErrorKind::NotFound => {}
                Err(e) => return Err(e),
            }
            self.change()?;
            self.sync()
        };
        go().map_err(|e| failed("destroy", &path, &e))
    }

    fn open_to_overwrite(&self, path: &Path) -> io::Result<File> {
        if !path.symlink_metadata()?.is_file() {
            return Err(ErrorKind::InvalidInput.into());
        }
        self.change()?;
        fs::set_permissions(path, Permissions::from_mode(OWNER_WRITES))?;
        OpenOptions::new().write(true).open(path)
    }

    fn sync(&self) -> io::Result<()> {
        File::open(&self.root)?.sync_all()
    }

    /// Called before each change: a test stops here, as a crash would.
    fn change(&self) -> io::Result<()> {
        #[cfg(test)]
        if let Some(left) = &self.changes_left {
            let Some(fewer) = left.get().checked_sub(1) else { return Err(ErrorKind::Interrupted.into()) };
            left.set(fewer);
        }
        Ok(())
    }
}

/// Reads a file outside the directory; `others` are the permission bits that it must not have.
pub(super) fn read_private(path: &Path, others: u32) -> Result<SecretBytes, KeyDirError> {
    let file = File::open(path).map_err(|e| failed("open", path, &e))?;
    let metadata = file.metadata().map_err(|e| failed("look at", path, &e))?;
    if !metadata.is_file() {
        return Err(KeyDirError::WrongKind { file: path.to_owned() });
    }
    check_private(path, &metadata, others)?;
    let bytes = metadata.len();
    if bytes > KEY_FILE_BYTES_MAX {
        return Err(KeyDirError::TooLarge { file: path.to_owned(), bytes });
    }
    // Room for everything: a buffer that grows leaves secrets behind in memory.
    let mut content = zeroize::Zeroizing::new(Vec::with_capacity(4096.max(bytes as usize + 1)));
    file.take(KEY_FILE_BYTES_MAX).read_to_end(&mut content).map_err(|e| failed("read", path, &e))?;
    Ok(SecretBytes::new(std::mem::take(&mut *content)))
}

/// The error that an operating system's error is.
pub(super) fn failed(what: &'static str, path: &Path, error: &io::Error) -> KeyDirError {
    match error.kind() {
        ErrorKind::NotFound => KeyDirError::Missing { file: path.to_owned() },
        kind => KeyDirError::Io { what, file: path.to_owned(), kind },
    }
}

fn check_private(path: &Path, metadata: &fs::Metadata, others: u32) -> Result<(), KeyDirError> {
    let mode = metadata.mode() & 0o7777;
    if mode & others == 0 { Ok(()) } else { Err(KeyDirError::OpenToOthers { file: path.to_owned(), mode }) }
}

fn overwrite(mut file: &File) -> io::Result<()> {
    let mut left = file.metadata()?.len();
    let zeros = [0; 4096];
    while left > 0 {
        let count = left.min(zeros.len() as u64);
        file.write_all(zeros.split_at(usize::try_from(count).unwrap_or(zeros.len())).0)?;
        left -= count;
    }
    file.sync_all()
}

fn make_directory(path: &Path) -> io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !parent.is_dir() {
        make_directory(parent)?;
    }
    DirBuilder::new().mode(DIRECTORY_MODE).create(path)?;
    fs::set_permissions(path, Permissions::from_mode(DIRECTORY_MODE))?;
    File::open(parent)?.sync_all()
}
