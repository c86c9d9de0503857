//! Replacing the service key, the recovery key, or both.
//!
//! A rotation has two halves, with the re-wrapping of every record's header between them:
//!
//! 1. [`KeyDir::begin_rotation`] writes the new identities beside the old, wraps the key files to
//!    old and new, and last names the new recipients in `keyring.toml`. Up to that moment the
//!    directory opens with the old identity alone, from then on with the new one; the identity
//!    files in the directory hold both all the time.
//! 2. [`KeyDir::finish_rotation`] wraps the key files to the new keys only, takes the old
//!    identities out of the directory, and last takes the old recipients out of `keyring.toml`.
//!    All the time the directory opens with the new identity.
//!
//! Either half, cut off, is finished by calling it again.

use std::path::{Path, PathBuf};

use super::create::write_wrapped;
use super::disk::Disk;
use super::epochs::{check_current, wrapped_to, write_manifest};
use super::open::{
    IdentitySource, of_manifest, own_file, read_identities, read_manifest, read_source, source_path,
};
use super::{KeyDir, KeyDirError, WhichKey};
use crate::base::entropy::Entropy;
use crate::seal::key_files::{IdentityRole, Manifest, Pair, write_identities};
use crate::seal::{Identity, Keyring, Recipient, Recipients};

/// Which keys are replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replace {
    /// The service key.
    Service,
    /// The recovery key.
    Recovery,
    /// Both.
    Both,
}

/// What a rotation began.
#[derive(Clone, Debug)]
pub struct Rotated {
    /// The keyring, which wraps to the new keys and opens what was wrapped to the old.
    pub keyring: Keyring,
    /// Where the new service identity lies. If the service reads its identity from elsewhere, the
    /// operator moves it there before the rotation is finished.
    pub service_identity: Option<PathBuf>,
    /// Where the new recovery identity lies, which the operator must take off-line.
    pub recovery_identity: Option<PathBuf>,
}

impl KeyDir {
    /// Begins to replace keys. `keyring` was opened with either identity: after a loss of the
    /// service identity, with the recovery identity.
    ///
    /// # Errors
    /// `RotationUnfinished`, `Stale`, `Busy`, and what reading and writing the files may yield.
    pub fn begin_rotation(
        path: &Path,
        keyring: &Keyring,
        replace: Replace,
        entropy: &dyn Entropy,
    ) -> Result<Rotated, KeyDirError> {
        begin_on(&Disk::at(path), keyring, replace, entropy)
    }

    /// Finishes a rotation. The caller has made sure that no header of the generation before is
    /// left. `source` must hold the new service identity: with another one, the service would not
    /// start again.
    ///
    /// # Errors
    /// `NoRotation`, `WrongKey` if the source does not hold the new identity, `Stale`, `Busy`, and
    /// what reading and writing the files may yield.
    pub fn finish_rotation(
        path: &Path,
        keyring: &mut Keyring,
        source: &IdentitySource,
        entropy: &dyn Entropy,
    ) -> Result<(), KeyDirError> {
        finish_on(&Disk::at(path), keyring, source, entropy)
    }
}

pub(super) fn begin_on(
    disk: &Disk,
    keyring: &Keyring,
    replace: Replace,
    entropy: &dyn Entropy,
) -> Result<Rotated, KeyDirError> {
    disk.check()?;
    let _lock = disk.lock()?;
    let before = read_manifest(disk)?;
    check_current(&before, keyring)?;
    if before.previous.is_some() {
        return Err(KeyDirError::RotationUnfinished);
    }
    let service = match replace {
        Replace::Service | Replace::Both => Some(place_identity(disk, &before, WhichKey::Service)?),
        Replace::Recovery => None,
    };
    let recovery = match replace {
        Replace::Recovery | Replace::Both => Some(place_identity(disk, &before, WhichKey::Recovery)?),
        Replace::Service => None,
    };
    let or_before = |new: &Option<Identity>, old: &Recipient| {
        new.as_ref().map_or_else(|| old.clone(), Identity::to_recipient)
    };
    let Recipients { service: old_service, recovery: old_recovery, generation } = &before.recipients;
    let after = Manifest {
        recipients: Recipients {
            service: or_before(&service, old_service),
            recovery: or_before(&recovery, old_recovery),
            generation: generation.saturating_add(1),
        },
        previous: Some(Pair { service: old_service.clone(), recovery: old_recovery.clone() }),
        ..before.clone()
    };
    write_wrapped(disk, keyring, &wrapped_to(&after), entropy)?;
    write_manifest(disk, &after)?;
    let mut rotated = keyring.clone();
    rotated.recipients = after.recipients;
    rotated.previous_recipients = Some((old_service.clone(), old_recovery.clone()));
    let by_recovery = keyring.identity.as_ref().is_some_and(|held| held.to_recipient() == *old_recovery);
    let in_hand = if by_recovery { service.as_ref().or(recovery.as_ref()) } else { service.as_ref() };
    if let Some(new) = in_hand {
        rotated.previous = rotated.identity.replace(new.clone());
    }
    Ok(Rotated {
        keyring: rotated,
        service_identity: service.map(|_| disk.path(own_file(WhichKey::Service))),
        recovery_identity: recovery.map(|_| disk.path(own_file(WhichKey::Recovery))),
    })
}

/// Writes a new identity before the one in force, if that lies in the directory. Any other that
/// lies there is dropped: it is of an attempt that was cut off, and was never named anywhere, or of
/// a generation whose headers are all re-wrapped. It must not come into force by being found.
fn place_identity(disk: &Disk, manifest: &Manifest, which: WhichKey) -> Result<Identity, KeyDirError> {
    let name = own_file(which);
    let here = if disk.exists(name)? { read_identities(disk, name)? } else { Vec::new() };
    let new = Identity::generate();
    let in_force = here.iter().filter(|held| held.to_recipient() == *of_manifest(manifest, which));
    let identities: Vec<&Identity> = std::iter::once(&new).chain(in_force).collect();
    disk.replace(name, write_identities(manifest.archive, role(which), &identities).expose())?;
    Ok(new)
}

pub(super) fn finish_on(
    disk: &Disk,
    keyring: &mut Keyring,
    source: &IdentitySource,
    entropy: &dyn Entropy,
) -> Result<(), KeyDirError> {
    disk.check()?;
    let _lock = disk.lock()?;
    let mut manifest = read_manifest(disk)?;
    check_current(&manifest, keyring)?;
    let Some(before) = manifest.previous.take() else { return Err(KeyDirError::NoRotation) };
    let service = &manifest.recipients.service;
    let held = read_source(disk, source, WhichKey::Service)?;
    if !held.iter().any(|identity| identity.to_recipient() == *service) {
        let file = source_path(disk, source, WhichKey::Service);
        return Err(KeyDirError::WrongKey { file, key: WhichKey::Service });
    }
    write_wrapped(disk, keyring, &wrapped_to(&manifest), entropy)?;
    if before.service != *service {
        let elsewhere = !matches!(source, IdentitySource::Default);
        drop_before(disk, &manifest, WhichKey::Service, elsewhere)?;
    }
    if before.recovery != manifest.recipients.recovery {
        drop_before(disk, &manifest, WhichKey::Recovery, false)?;
    }
    write_manifest(disk, &manifest)?;
    keyring.previous = None;
    keyring.previous_recipients = None;
    Ok(())
}

/// Leaves only the identity in force in the directory, or none if it lies elsewhere.
fn drop_before(
    disk: &Disk,
    manifest: &Manifest,
    which: WhichKey,
    elsewhere: bool,
) -> Result<(), KeyDirError> {
    let name = own_file(which);
    if !disk.exists(name)? {
        return Ok(());
    }
    let in_force = of_manifest(manifest, which);
    let here = read_identities(disk, name)?;
    let kept: Vec<&Identity> =
        here.iter().filter(|held| !elsewhere && held.to_recipient() == *in_force).collect();
    if kept.is_empty() {
        return disk.destroy(name);
    }
    disk.supersede(name, write_identities(manifest.archive, role(which), &kept).expose())
}

const fn role(which: WhichKey) -> IdentityRole {
    match which {
        WhichKey::Service => IdentityRole::Service,
        WhichKey::Recovery => IdentityRole::Recovery,
    }
}
