//! Escrow copies: what it takes, beside the recovery identity, to open the archive when the key
//! directory is lost. They hold no identity and no log key.

use std::path::{Path, PathBuf};

use super::disk::Disk;
use super::epochs::write_manifest;
use super::open::read_manifest;
use super::place::check_apart;
use super::{INDEX, KeyDir, KeyDirError, MANIFEST, VERIFIER_KEY, epoch_file, parse_epoch_file};
use crate::seal::key_files::{BadKeyFile, Manifest};

impl KeyDir {
    /// Brings an escrow place up to date: copies every wrapped key, names them in a
    /// `keyring.toml`, and destroys the keys of epochs that are no longer in use. Returns the
    /// files that lie there now. Call it after every change of the key directory.
    ///
    /// # Errors
    /// `InsideData` if one directory lies in the other, `Damaged` with `OtherArchive` if the place
    /// holds another archive's keys, `OpenToOthers`, `Busy`, and what reading and writing may yield.
    pub fn escrow(path: &Path, to: &Path) -> Result<Vec<PathBuf>, KeyDirError> {
        check_apart(to, path)?;
        escrow_on(&Disk::at(path), &Disk::at(to))
    }
}

pub(super) fn escrow_on(from: &Disk, to: &Disk) -> Result<Vec<PathBuf>, KeyDirError> {
    from.check()?;
    let _held = from.lock()?;
    let manifest = read_manifest(from)?;
    if !to.root().exists() {
        to.make()?;
    }
    to.check()?;
    let _lock = to.lock()?;
    check_same_archive(&manifest, to)?;
    let mut names: Vec<String> = manifest.epochs.iter().map(|number| epoch_file(*number)).collect();
    names.push(INDEX.to_owned());
    names.push(VERIFIER_KEY.to_owned());
    for name in &names {
        to.supersede(name, from.read(name)?.expose())?;
    }
    // The manifest follows the keys that it names, and goes before those that it no longer names.
    write_manifest(to, &Manifest { retired: Vec::new(), escrow: Vec::new(), ..manifest.clone() })?;
    for name in to.names()? {
        if parse_epoch_file(&name).is_some_and(|number| !manifest.epochs.contains(&number)) {
            to.destroy(&name)?;
        }
    }
    names.push(MANIFEST.to_owned());
    Ok(names.iter().map(|name| to.path(name)).collect())
}

/// Refuses a place that holds the keys of another archive.
pub(super) fn check_same_archive(manifest: &Manifest, to: &Disk) -> Result<(), KeyDirError> {
    if to.exists(MANIFEST)? && read_manifest(to)?.archive != manifest.archive {
        return Err(KeyDirError::Damaged { file: to.path(MANIFEST), why: BadKeyFile::OtherArchive });
    }
    Ok(())
}
