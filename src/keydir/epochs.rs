//! Turning the epoch: a new key first, and at the very end the old one's destruction.

use std::path::Path;

use super::create::write_one;
use super::disk::Disk;
use super::open::read_manifest;
use super::{KeyDir, KeyDirError, MANIFEST, epoch_file};
use crate::base::entropy::Entropy;
use crate::seal::key_files::{Manifest, write_epoch};
use crate::seal::{EpochKey, Keyring, Recipient};

/// Epochs whose keys may be in use at once.
const EPOCHS_MAX: usize = 16;

impl KeyDir {
    /// Makes the key of the next epoch durable and current, and adds it to the keyring.
    ///
    /// If it is cut off before it took effect, the key that it drew was never used, and the next
    /// call draws another.
    ///
    /// # Errors
    /// `Stale` if `keyring` is of another archive or no longer what the directory holds,
    /// `TooManyEpochs`, `Busy`, and what reading and writing the files may yield.
    pub fn add_epoch(path: &Path, keyring: &mut Keyring, entropy: &dyn Entropy) -> Result<u32, KeyDirError> {
        add_epoch_on(&Disk::at(path), keyring, entropy)
    }

    /// Destroys the key of an epoch that is no longer current: overwrites it, removes it, makes
    /// the removal durable. Whatever was sealed in that epoch is noise from then on. Works on the
    /// key directory and on escrow copies of it; a call that was cut off is finished by another.
    ///
    /// # Errors
    /// `CurrentEpoch`, `NoSuchEpoch`, `Busy`, and what reading and writing the files may yield.
    pub fn destroy_epoch(path: &Path, number: u32) -> Result<(), KeyDirError> {
        destroy_epoch_on(&Disk::at(path), number)
    }
}

pub(super) fn add_epoch_on(
    disk: &Disk,
    keyring: &mut Keyring,
    entropy: &dyn Entropy,
) -> Result<u32, KeyDirError> {
    disk.check()?;
    let _lock = disk.lock()?;
    let mut manifest = read_manifest(disk)?;
    check_current(&manifest, keyring)?;
    if manifest.epochs.len() >= EPOCHS_MAX {
        return Err(KeyDirError::TooManyEpochs);
    }
    // The current epoch is never retired, so no number is used twice.
    let number = manifest.epochs.last().map_or(1, |last| last.saturating_add(1));
    let epoch = EpochKey::generate(number, entropy);
    let plain = write_epoch(keyring.archive, &epoch);
    write_one(disk, &epoch_file(number), plain.expose(), &wrapped_to(&manifest), entropy)?;
    manifest.epochs.push(number);
    write_manifest(disk, &manifest)?;
    keyring.epochs.push(epoch);
    Ok(number)
}

pub(super) fn destroy_epoch_on(disk: &Disk, number: u32) -> Result<(), KeyDirError> {
    disk.check()?;
    let _lock = disk.lock()?;
    let mut manifest = read_manifest(disk)?;
    if manifest.epochs.last() == Some(&number) {
        return Err(KeyDirError::CurrentEpoch { number });
    }
    let name = epoch_file(number);
    let known = manifest.epochs.contains(&number) || manifest.retired.contains(&number);
    if !known && !disk.exists(&name)? {
        return Err(KeyDirError::NoSuchEpoch { number });
    }
    // Named as retired before it goes: with the key gone and still named as in use, the
    // directory would not open after a crash.
    if !manifest.retired.contains(&number) {
        manifest.epochs.retain(|epoch| *epoch != number);
        manifest.retired.push(number);
        manifest.retired.sort_unstable();
        write_manifest(disk, &manifest)?;
    }
    disk.destroy(&name)?;
    manifest.retired.retain(|retired| *retired != number);
    write_manifest(disk, &manifest)
}

/// Refuses a keyring that is no longer what the directory holds.
pub(super) fn check_current(manifest: &Manifest, keyring: &Keyring) -> Result<(), KeyDirError> {
    let held: Vec<u32> = keyring.epochs.iter().map(|epoch| epoch.number).collect();
    let current = manifest.archive == keyring.archive
        && manifest.recipients == keyring.recipients
        && manifest.epochs == held
        && keyring.index.is_some();
    if current { Ok(()) } else { Err(KeyDirError::Stale) }
}

/// To whom key files are wrapped: both keys and, while a rotation is under way, those before.
pub(super) fn wrapped_to(manifest: &Manifest) -> Vec<&Recipient> {
    let mut recipients = vec![&manifest.recipients.service, &manifest.recipients.recovery];
    for before in manifest.previous.iter().flat_map(|pair| [&pair.service, &pair.recovery]) {
        if !recipients.contains(&before) {
            recipients.push(before);
        }
    }
    recipients
}

pub(super) fn write_manifest(disk: &Disk, manifest: &Manifest) -> Result<(), KeyDirError> {
    disk.replace(MANIFEST, manifest.to_text().as_bytes())
}
