//! Blobs as files: `<root>/ab/cd/<id>`, written under `<root>/incoming`, then renamed.
//!
//! `ab` and `cd` are the last two bytes of the id, which are random; its first bytes are a time
//! and would put a month's blobs into one directory.

use std::collections::HashSet;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::UNIX_EPOCH;

use rustix::fs::{CWD, RenameFlags, renameat_with};

use super::writing::Writing;
use super::{BlobError, BlobWriter, Blobs, Leftover, ReadSeek, Swept};
use crate::base::digest::to_hex;
use crate::base::id::ComponentId;
use crate::base::moment::Moment;

const INCOMING: &str = "incoming";
/// The file by which a store is known to be the one that is meant, and no empty directory in which it should
/// have been mounted.
pub const MARK: &str = "archive";
/// Bytes that a mark may have.
const MARK_BYTES_MAX: u64 = 256;
const UNFINISHED: &str = ".part";
/// Names tried for one unfinished blob.
const NAMES_MAX: u32 = 1_000;

/// A store of blobs in a directory of its own, on one file system.
pub struct LocalBlobs(Arc<Store>);

struct Store {
    root: PathBuf,
    /// What the file that marks the store must say; a store without a mark is taken as it is.
    mark: Option<String>,
    /// Directories whose names are known to be durable. A directory that exists need not be: a
    /// process may have ended between making it and syncing its parent.
    durable: Mutex<HashSet<PathBuf>>,
    next: AtomicU64,
}

impl LocalBlobs {
    /// Opens the store; makes its directories if they are not there.
    ///
    /// # Errors
    /// `Full`, `Io`.
    pub fn open(root: &Path) -> Result<Self, BlobError> {
        let Self(store) = Self::look(root);
        make_root(root).map_err(|e| BlobError::of("make the blob directory", &e))?;
        store.make_directory(&store.incoming())?;
        Ok(Self(store))
    }

    /// The store as it lies there; makes nothing.
    pub fn look(root: &Path) -> Self {
        Self::of(root, None)
    }

    /// Opens a store that is marked so, and uses it only while it is.
    ///
    /// # Errors
    /// `Absent` if it is not marked, or otherwise; `Full`, `Io`.
    pub fn open_marked(root: &Path, mark: &str) -> Result<Self, BlobError> {
        let Self(store) = Self::of(root, Some(mark.to_owned()));
        store.must_be_there()?;
        store.make_directory(&store.incoming())?;
        Ok(Self(store))
    }

    /// Marks a store, durably; makes its directory if it is not there.
    ///
    /// # Errors
    /// `Full`, `Io`.
    pub fn mark(root: &Path, mark: &str) -> Result<(), BlobError> {
        let go = || -> io::Result<()> {
            make_root(root)?;
            let aside = root.join(format!("{MARK}{UNFINISHED}"));
            found(fs::remove_file(&aside))?;
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&aside)?;
            file.write_all(format!("{mark}\n").as_bytes())?;
            file.sync_all()?;
            fs::rename(&aside, root.join(MARK))?;
            sync_parent(&root.join(MARK))
        };
        go().map_err(|e| BlobError::of("mark the blob directory", &e))
    }

    /// What the store is marked as; `None` if there is no mark.
    ///
    /// # Errors
    /// `Io`.
    pub fn marked(root: &Path) -> Result<Option<String>, BlobError> {
        let read = || -> io::Result<String> {
            let mut text = String::new();
            File::open(root.join(MARK))?.take(MARK_BYTES_MAX).read_to_string(&mut text)?;
            Ok(text.trim().to_owned())
        };
        found(read()).map_err(|e| BlobError::of("read the mark of the blob directory", &e))
    }

    fn of(root: &Path, mark: Option<String>) -> Self {
        let (durable, next) = (Mutex::new(HashSet::new()), AtomicU64::new(0));
        Self(Arc::new(Store { root: root.to_owned(), mark, durable, next }))
    }
}

impl Blobs for LocalBlobs {
    fn put(&self, id: ComponentId) -> Result<Box<dyn BlobWriter>, BlobError> {
        if self.0.path(id).exists() {
            return Err(EXISTS);
        }
        let (file, path) = self.0.begin(id)?;
        let state = State::Open(Writing::new(file));
        Ok(Box::new(LocalWriter { store: self.0.clone(), id, path, state }))
    }

    fn open(&self, id: ComponentId) -> Result<Box<dyn ReadSeek>, BlobError> {
        match File::open(self.0.path(id)) {
            Ok(file) => Ok(Box::new(file)),
            Err(e) => Err(self.0.missing_or("open a blob", &e)),
        }
    }

    fn length(&self, id: ComponentId) -> Result<u64, BlobError> {
        match fs::metadata(self.0.path(id)) {
            Ok(metadata) => Ok(metadata.len()),
            Err(e) => Err(self.0.missing_or("measure a blob", &e)),
        }
    }

    fn remove(&self, id: ComponentId) -> Result<(), BlobError> {
        let path = self.0.path(id);
        fs::remove_file(&path).map_err(|e| self.0.missing_or("remove a blob", &e))?;
        sync_parent(&path).map_err(|e| BlobError::of("make a removal durable", &e))
    }

    fn list(&self, each: &mut dyn FnMut(ComponentId, Moment)) -> Result<(), BlobError> {
        list_leaves(&self.0.root, each).map_err(|e| BlobError::of("list blobs", &e))
    }

    fn leftovers(&self) -> Result<Vec<Leftover>, BlobError> {
        let mut found = Vec::new();
        self.0.each_unfinished(&mut |leftover, _| {
            found.push(leftover);
            Ok(())
        })?;
        Ok(found)
    }

    fn sweep(&self, before: Moment) -> Result<Swept, BlobError> {
        let mut swept = Swept::default();
        self.0.each_unfinished(&mut |leftover, path| {
            if leftover.modified < before && removed(path)? {
                swept.blobs += 1;
                swept.bytes += leftover.bytes;
            }
            Ok(())
        })?;
        Ok(swept)
    }
}

impl Store {
    fn incoming(&self) -> PathBuf {
        self.root.join(INCOMING)
    }

    fn path(&self, id: ComponentId) -> PathBuf {
        let [.., first, second] = *id.as_bytes();
        self.root.join(to_hex(&[first])).join(to_hex(&[second])).join(id.to_string())
    }

    /// Refuses a store that is not there any more: its disk was taken away, and what is written would lie under
    /// the place where it belongs.
    fn must_be_there(&self) -> Result<(), BlobError> {
        match &self.mark {
            Some(mark) if LocalBlobs::marked(&self.root)?.as_ref() != Some(mark) => Err(BlobError::Absent),
            Some(_) | None => Ok(()),
        }
    }

    fn missing_or(&self, what: &'static str, error: &io::Error) -> BlobError {
        match error.kind() {
            ErrorKind::NotFound => self.must_be_there().err().unwrap_or(BlobError::Missing),
            _ => BlobError::of(what, error),
        }
    }

    fn begin(&self, id: ComponentId) -> Result<(File, PathBuf), BlobError> {
        const WHAT: &str = "begin a blob";
        self.must_be_there()?;
        let process = std::process::id();
        for _ in 0..NAMES_MAX {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let path = self.incoming().join(format!("{id}.{process}-{number}{UNFINISHED}"));
            match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
                Ok(file) => return Ok((file, path)),
                // Left by a process that had this number before.
                Err(e) if e.kind() == ErrorKind::AlreadyExists => {}
                Err(e) => return Err(BlobError::of(WHAT, &e)),
            }
        }
        Err(BlobError::Io { what: WHAT, kind: ErrorKind::AlreadyExists })
    }

    /// Makes a directory whose parent exists, and makes its name durable.
    fn make_directory(&self, path: &Path) -> Result<(), BlobError> {
        let known = |durable: &Mutex<HashSet<PathBuf>>| {
            durable.lock().unwrap_or_else(PoisonError::into_inner).contains(path)
        };
        if known(&self.durable) {
            return Ok(());
        }
        make_one(path)
            .and_then(|()| sync_parent(path))
            .map_err(|e| BlobError::of("make a blob directory", &e))?;
        self.durable.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned());
        Ok(())
    }

    fn each_unfinished(
        &self,
        each: &mut dyn FnMut(Leftover, &Path) -> io::Result<()>,
    ) -> Result<(), BlobError> {
        let mut go = || -> io::Result<()> {
            for entry in fs::read_dir(self.incoming())? {
                let entry = entry?;
                let name = entry.file_name();
                let id = name
                    .to_str()
                    .and_then(|name| name.strip_suffix(UNFINISHED)?.split_once('.'))
                    .and_then(|(id, _)| ComponentId::parse(id).ok());
                // It may have been finished or given up since the directory was read.
                if let (Some(id), Some(metadata)) = (id, found(entry.metadata())?) {
                    let modified = to_moment(&metadata)?;
                    each(Leftover { id, bytes: metadata.len(), modified }, &entry.path())?;
                }
            }
            Ok(())
        };
        go().map_err(|e| BlobError::of("look through unfinished blobs", &e))
    }
}

enum State {
    Open(Writing),
    /// A write failed: what is in the file is not what was given.
    Broken,
    /// Renamed: nothing is left to remove.
    Done,
}

struct LocalWriter {
    store: Arc<Store>,
    id: ComponentId,
    path: PathBuf,
    state: State,
}

impl BlobWriter for LocalWriter {
    fn append(&mut self, make: &mut dyn FnMut(&mut Vec<u8>)) -> Result<(), BlobError> {
        let State::Open(writing) = &mut self.state else {
            return Err(BlobError::Io { what: "write a blob after a failed write", kind: ErrorKind::Other });
        };
        if let Err(e) = writing.append(make) {
            self.state = State::Broken;
            return Err(BlobError::of("write a blob", &e));
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<u64, BlobError> {
        let State::Open(writing) = std::mem::replace(&mut self.state, State::Broken) else {
            return Err(BlobError::Io { what: "finish a blob after a failed write", kind: ErrorKind::Other });
        };
        let (file, written) = writing.finish().map_err(|e| BlobError::of("write a blob", &e))?;
        file.sync_all().map_err(|e| BlobError::of("make a blob durable", &e))?;
        let target = self.store.path(self.id);
        if let Some(leaf) = target.parent() {
            if let Some(branch) = leaf.parent() {
                self.store.make_directory(branch)?;
            }
            self.store.make_directory(leaf)?;
        }
        rename_new(&self.path, &target).map_err(|e| match e.kind() {
            ErrorKind::AlreadyExists => EXISTS,
            _ => BlobError::of("give a blob its name", &e),
        })?;
        self.state = State::Done;
        sync_parent(&target).map_err(|e| BlobError::of("make a blob's name durable", &e))?;
        Ok(written)
    }

    fn abort(self: Box<Self>) {}
}

impl Drop for LocalWriter {
    fn drop(&mut self) {
        if !matches!(self.state, State::Done) {
            // What cannot be removed now is found by the next sweep.
            drop(fs::remove_file(&self.path));
        }
    }
}

const EXISTS: BlobError = BlobError::Io { what: "replace a finished blob", kind: ErrorKind::AlreadyExists };

/// Renames without replacing. Some network file systems know no such call; there the look
/// before is what protects, and ids are random.
fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    use rustix::io::Errno;
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) if !to.exists() => fs::rename(from, to),
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => Err(ErrorKind::AlreadyExists.into()),
        other => other.map_err(Into::into),
    }
}

/// Makes the root and whatever is missing above it, each name durable.
fn make_root(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        make_root(parent)?;
    }
    make_one(path)?;
    sync_parent(path)
}

fn make_one(path: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(path) {
        Err(e) if e.kind() == ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        other => other,
    }
}

fn sync_parent(path: &Path) -> io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
}

fn removed(path: &Path) -> io::Result<bool> {
    found(fs::remove_file(path)).map(|found| found.is_some())
}

fn found<T>(outcome: io::Result<T>) -> io::Result<Option<T>> {
    match outcome {
        Ok(value) => Ok(Some(value)),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e),
    }
}

fn list_leaves(root: &Path, each: &mut dyn FnMut(ComponentId, Moment)) -> io::Result<()> {
    for branch in byte_directories(root)? {
        for leaf in byte_directories(&branch)? {
            for entry in fs::read_dir(leaf)? {
                let entry = entry?;
                let id = entry.file_name().to_str().and_then(|name| ComponentId::parse(name).ok());
                if let (Some(id), Some(metadata)) = (id, found(entry.metadata())?) {
                    each(id, to_moment(&metadata)?);
                }
            }
        }
    }
    Ok(())
}

/// The directories whose names are one byte in hexadecimal; at most 256. Anything else is not ours.
fn byte_directories(path: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let ours = entry
            .file_name()
            .to_str()
            .is_some_and(|n| n.len() == 2 && n.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')));
        if ours && entry.file_type()?.is_dir() {
            found.push(entry.path());
        }
    }
    Ok(found)
}

fn to_moment(metadata: &fs::Metadata) -> io::Result<Moment> {
    let since = metadata.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(Moment::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX)))
}
