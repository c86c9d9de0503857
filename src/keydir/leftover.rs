//! What a change of the key directory that was cut off has left, here and in escrow places.

use std::path::{Path, PathBuf};

use super::disk::Disk;
use super::epochs::write_manifest;
use super::escrow::escrow_on;
use super::open::read_manifest;
use super::place::check_apart;
use super::{KeyDir, KeyDirError, MANIFEST, parse_epoch_file};

/// What lies in a key directory and should not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leftovers {
    /// Epochs that are not in use and whose keys may lie here, ascending: their destruction was cut off, or
    /// they were never named.
    pub epochs: Vec<u32>,
    /// Files that were never finished, by name, each with its bytes.
    pub unfinished: Vec<(String, u64)>,
    /// Escrow places in which the last turn of the epoch has not come to its end.
    pub escrow: Vec<PathBuf>,
}

impl KeyDir {
    /// Looks for what was left behind. Changes nothing.
    ///
    /// # Errors
    /// What reading `keyring.toml` and the directory may yield.
    pub fn leftovers(path: &Path) -> Result<Leftovers, KeyDirError> {
        let disk = Disk::at(path);
        let manifest = read_manifest(&disk)?;
        let names = disk.names()?;
        let files = names.iter().filter_map(|name| parse_epoch_file(name));
        let mut epochs: Vec<u32> = files
            .filter(|number| !manifest.epochs.contains(number))
            .chain(manifest.retired.iter().copied())
            .collect();
        epochs.sort_unstable();
        epochs.dedup();
        Ok(Leftovers { epochs, unfinished: disk.unfinished()?, escrow: manifest.escrow })
    }

    /// Removes what was never finished; how many files that were.
    ///
    /// # Errors
    /// `Busy`, `Io`.
    pub fn sweep(path: &Path) -> Result<usize, KeyDirError> {
        let disk = Disk::at(path);
        let unfinished = disk.unfinished()?.len();
        // Taking the lock sweeps.
        drop(disk.lock()?);
        Ok(unfinished)
    }

    /// Refuses an escrow place that could not be brought up to date. Leaves nothing behind.
    ///
    /// # Errors
    /// `Missing`, `InsideData`, `WrongKind`, `OpenToOthers`, `Busy`, `Damaged` with `OtherArchive`, `Io`.
    pub fn check_escrow(path: &Path, data_dir: &Path, to: &Path) -> Result<(), KeyDirError> {
        let disk = Disk::at(to);
        // A place that is not there would be founded as a new one, and the old key live on in the right one.
        if !disk.root().exists() {
            return Err(KeyDirError::Missing { file: to.to_owned() });
        }
        check_apart(to, path)?;
        check_apart(to, data_dir)?;
        disk.check()?;
        let _lock = disk.lock()?;
        super::escrow::check_same_archive(&read_manifest(&Disk::at(path))?, &disk)?;
        disk.probe()
    }

    /// Notes that these places are to be brought up to date before the turn of the epoch is over, beside
    /// those that are still noted.
    ///
    /// # Errors
    /// `Busy`, and what reading and writing `keyring.toml` may yield.
    pub fn note_escrow(path: &Path, places: &[PathBuf]) -> Result<(), KeyDirError> {
        let disk = Disk::at(path);
        let _lock = disk.lock()?;
        let mut manifest = read_manifest(&disk)?;
        let noted = manifest.escrow.len();
        for place in places {
            let place = std::path::absolute(place).map_err(|e| super::disk::failed("find", place, &e))?;
            if !manifest.escrow.contains(&place) {
                manifest.escrow.push(place);
            }
        }
        if manifest.escrow.len() == noted { Ok(()) } else { write_manifest(&disk, &manifest) }
    }

    /// Brings the noted places up to date and crosses off those where it could be done; returns the others,
    /// each with what hindered it.
    ///
    /// # Errors
    /// `Busy`, and what reading and writing the key directory may yield.
    pub fn settle_escrow(path: &Path) -> Result<Vec<(PathBuf, KeyDirError)>, KeyDirError> {
        let disk = Disk::at(path);
        let noted = read_manifest(&disk)?.escrow;
        let mut left = Vec::new();
        for place in &noted {
            let settled = settle(&disk, place);
            left.extend(settled.err().map(|error| (place.clone(), error)));
        }
        if left.len() < noted.len() {
            let _lock = disk.lock()?;
            let mut manifest = read_manifest(&disk)?;
            manifest.escrow.retain(|place| left.iter().any(|(other, _)| other == place));
            write_manifest(&disk, &manifest)?;
        }
        Ok(left)
    }
}

/// What has no list of keys is not the place that was noted, but where it should be mounted: the key of before
/// would live on in the right one.
fn settle(from: &Disk, place: &Path) -> Result<(), KeyDirError> {
    let to = Disk::at(place);
    if !to.exists(MANIFEST)? {
        return Err(KeyDirError::Missing { file: place.to_owned() });
    }
    check_apart(place, from.root())?;
    escrow_on(from, &to).map(drop)
}
