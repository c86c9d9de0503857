//! The making of an archive, which happens whole or not at all: what was made on the way to a refusal is
//! gone again, and what was there before is as it was.

use std::fs::{self, Permissions};
use std::io;
use std::path::{Path, PathBuf};

use super::place::{Lock, Place};
use super::refusal::Refusal;
use crate::keydir::KeyDir;

/// An archive that is being made. Dropped before [`Making::done`], it leaves nothing behind.
pub(super) struct Making<'a> {
    place: &'a Place,
    /// Folders that were not there, each behind those above it.
    folders: Vec<PathBuf>,
    /// Folders that were there, with their modes.
    modes: Vec<(PathBuf, Permissions)>,
    /// What lay in the data directory when it was taken, and the lock by which it is kept from others.
    taken: Option<(Vec<PathBuf>, Lock)>,
    has_keys: bool,
    is_done: bool,
}

/// True for what a broken-off making may have left, and for what a file system keeps at its root.
fn is_ours(place: &Place, path: &Path) -> bool {
    place.folders().iter().any(|own| own == path)
        || path == place.results()
        || path.file_name().is_some_and(|name| name == "lost+found")
}

impl<'a> Making<'a> {
    /// Makes the folders and takes the data directory.
    ///
    /// # Errors
    /// [`Refusal::ArchiveExists`], [`Refusal::AlreadyOpen`], or the folders cannot be made.
    pub(super) fn begin(place: &'a Place) -> Result<(Self, Lock), Refusal> {
        let own = place.folders();
        // Whatever else lies in the folder is somebody's, and would be closed to them.
        let strangers = entries(place.data()).unwrap_or_default().into_iter();
        if strangers.filter(|path| !is_ours(place, path)).count() > 0 {
            return Err(Refusal::ArchiveExists);
        }
        let missing = own.iter().map(PathBuf::as_path).chain([place.keys()]).flat_map(missing_at);
        let mut folders: Vec<PathBuf> = Vec::new();
        for folder in missing {
            if !folders.contains(&folder) {
                folders.push(folder);
            }
        }
        let mode = |folder: PathBuf| Some((fs::metadata(&folder).ok()?.permissions(), folder));
        let modes = own.into_iter().filter_map(mode).map(|(mode, folder)| (folder, mode)).collect();
        let mut making = Self { place, folders, modes, taken: None, has_keys: false, is_done: false };
        place.create()?;
        let had_lock = place.lock_file().exists();
        let lock = place.lock()?;
        let io = |error| Refusal::Io { what: "look at the data directory", error };
        let mut lay = entries(place.data()).map_err(io)?;
        if had_lock {
            lay.push(place.lock_file());
        }
        making.taken = Some((lay, lock.again()));
        // Somebody may have been faster, and be done.
        match place.holds_archive() {
            true => Err(Refusal::ArchiveExists),
            false => Ok((making, lock)),
        }
    }

    /// Notes that the keys were made.
    pub(super) fn has_keys(&mut self) {
        self.has_keys = true;
    }

    /// The archive stands.
    pub(super) fn done(mut self) {
        self.is_done = true;
    }

    fn undo(&self) -> io::Result<()> {
        if self.has_keys
            && let Err(error) = KeyDir::unmake(self.place.keys())
        {
            tracing::warn!(%error, "keys that were never used could not be removed");
        }
        // Without the lock nothing but folders was made here, and what lies in them is somebody else's.
        if let Some((lay, _)) = &self.taken {
            for path in entries(self.place.data())? {
                match (lay.contains(&path), self.folders.contains(&path), path.is_dir()) {
                    (true, ..) => {}
                    (false, true, true) => {
                        for inside in entries(&path)? {
                            remove(&inside)?;
                        }
                    }
                    (false, ..) => remove(&path)?,
                }
            }
            if !lay.contains(&self.place.lock_file()) && self.place.lock_file().exists() {
                fs::remove_file(self.place.lock_file())?;
            }
        }
        for folder in self.folders.iter().rev() {
            match fs::remove_dir(folder) {
                Ok(()) => {}
                Err(error)
                    if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::DirectoryNotEmpty) => {
                }
                Err(error) => return Err(error),
            }
        }
        for (folder, mode) in &self.modes {
            fs::set_permissions(folder, mode.clone())?;
        }
        Ok(())
    }
}

impl Drop for Making<'_> {
    fn drop(&mut self) {
        if !self.is_done
            && let Err(error) = self.undo()
        {
            tracing::warn!(%error, "what was made of the archive could not be removed");
        }
    }
}

/// The folders that have to be made for this one, the outermost first.
fn missing_at(folder: &Path) -> Vec<PathBuf> {
    let mut missing: Vec<PathBuf> =
        folder.ancestors().take_while(|above| !above.exists()).map(Path::to_owned).collect();
    missing.reverse();
    missing
}

fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect()
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path)?.is_dir() {
        true => fs::remove_dir_all(path),
        false => fs::remove_file(path),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::os::unix::fs::PermissionsExt as _;
    use std::sync::Arc;

    use super::*;
    use crate::archive::Archive;
    use crate::archive::open::OpenOptions;

    /// Everything below a folder: path, mode, content.
    fn tree(root: &Path) -> BTreeMap<PathBuf, (u32, Vec<u8>)> {
        let mut found = BTreeMap::new();
        let mut folders = vec![root.to_owned()];
        while let Some(folder) = folders.pop() {
            for path in entries(&folder).unwrap() {
                let metadata = fs::symlink_metadata(&path).unwrap();
                let content = match metadata.is_dir() {
                    true => {
                        folders.push(path.clone());
                        Vec::new()
                    }
                    false => fs::read(&path).unwrap(),
                };
                found.insert(path, (metadata.permissions().mode() & 0o777, content));
            }
        }
        found
    }

    fn folder(path: &Path, mode: u32) {
        fs::create_dir_all(path).unwrap();
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    struct Case {
        what: &'static str,
        data: &'static str,
        keys: Option<&'static str>,
        database: Option<&'static str>,
        prepare: fn(&Path),
    }

    const PLAIN: Case = Case { what: "", data: "a/b/data", keys: None, database: None, prepare: |_| {} };

    #[test]
    fn a_refused_making_leaves_everything_as_it_was() {
        let cases = [
            Case { what: "keys inside the data", data: "data", keys: Some("data/keys"), ..PLAIN },
            Case { what: "data inside the keys", data: "keys/data", keys: Some("keys"), ..PLAIN },
            Case { what: "keys below new folders", keys: Some("a/b/data/x/y/keys"), ..PLAIN },
            Case {
                what: "a key directory open to others",
                data: "data",
                prepare: |root| folder(&root.join("data-keys"), 0o755),
                ..PLAIN
            },
            Case {
                what: "a file for a key directory",
                data: "data",
                prepare: |root| fs::write(root.join("data-keys"), b"x").unwrap(),
                ..PLAIN
            },
            Case {
                what: "keys that nobody claims",
                data: "data",
                prepare: |root| {
                    folder(&root.join("data-keys"), 0o700);
                    fs::write(root.join("data-keys/service.identity"), b"x").unwrap();
                },
                ..PLAIN
            },
            Case {
                what: "a file for a data directory",
                data: "data",
                prepare: |root| fs::write(root.join("data"), b"x").unwrap(),
                ..PLAIN
            },
            Case {
                what: "a database that is not there",
                database: Some("sqlite:/nowhere/at/all.sqlite"),
                ..PLAIN
            },
            Case { what: "a database of no kind", database: Some("mysql://x/y"), ..PLAIN },
            Case {
                what: "a database that is not there, in folders that are",
                data: "data",
                database: Some("sqlite:/nowhere/at/all.sqlite"),
                prepare: |root| {
                    folder(&root.join("data"), 0o755);
                    folder(&root.join("data/blobs"), 0o750);
                    fs::write(root.join("data/note.txt"), b"mine").unwrap();
                    folder(&root.join("data-keys"), 0o700);
                    fs::write(root.join("data-keys/note.txt"), b"mine").unwrap();
                },
                ..PLAIN
            },
        ];
        for case in cases {
            let root = tempfile::tempdir().unwrap();
            let root = root.path();
            (case.prepare)(root);
            let before = tree(root);
            let keys = case.keys.map(|keys| root.join(keys));
            let place = Place::at(&root.join(case.data), keys.as_deref()).unwrap();
            let options =
                OpenOptions { database: case.database.map(str::to_owned), ..OpenOptions::default() };
            assert!(Archive::create(&place, &options).is_err(), "{}", case.what);
            assert_eq!(tree(root), before, "{}", case.what);
        }
    }

    #[test]
    fn a_refused_making_touches_no_archive_that_stands_or_is_being_made() {
        let root = tempfile::tempdir().unwrap();
        let place = Place::at(&root.path().join("data"), None).unwrap();
        let options = OpenOptions::default();
        let stands = Archive::create(&place, &options).unwrap().archive;
        let names =
            |place: &Place| entries(place.data()).unwrap().len() + entries(place.keys()).unwrap().len();
        let before = names(&place);
        assert!(matches!(Archive::create(&place, &options), Err(Refusal::ArchiveExists)));
        // Another data directory with the same keys.
        let other = Place::at(&root.path().join("other"), Some(place.keys())).unwrap();
        assert!(Archive::create(&other, &options).is_err());
        assert!(!other.data().exists());
        assert_eq!(names(&place), before);
        drop(stands);
        drop(Archive::open(&place, &options).unwrap());
        // Somebody else is at it.
        let third = Place::at(&root.path().join("third"), None).unwrap();
        third.create().unwrap();
        let held = third.lock().unwrap();
        let before = tree(third.data());
        assert!(matches!(Archive::create(&third, &options), Err(Refusal::AlreadyOpen)));
        assert_eq!(tree(third.data()), before);
        drop(held);
        // What a refused making leaves is nothing that a later one stumbles over.
        let bad = OpenOptions {
            database: Some("mysql://x".to_owned()),
            clock: Arc::clone(&options.clock),
            ..options.clone()
        };
        assert!(Archive::create(&third, &bad).is_err());
        assert!(Archive::create(&third, &options).is_ok());
    }
}
