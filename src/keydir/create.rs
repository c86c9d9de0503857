//! Making the keys of a new archive.

use std::path::{Path, PathBuf};

use super::disk::Disk;
use super::kept::{CLOCK, KEPT};
use super::place::check_apart;
use super::{
    INDEX, KeyDir, KeyDirError, LOG_KEY, MANIFEST, RECOVERY_IDENTITY, SERVICE_IDENTITY, VERIFIER_KEY,
    epoch_file, parse_epoch_file,
};
use crate::base::entropy::Entropy;
use crate::base::id::ArchiveId;
use crate::base::secret::SecretKey;
use crate::seal::key_files::{
    IdentityRole, Manifest, check_origin, write_epoch, write_identities, write_index, write_log_key,
    write_verifier_key,
};
use crate::seal::{EpochKey, Identity, IndexKeys, Keyring, Recipient, Recipients, whole};

/// Says that what lies here without `keyring.toml` was never used: its making was cut off.
const MAKING: &str = "making";
const NEVER_USED: &[u8] = b"The making of these keys was cut off; they were never used.\n";

/// What the keys of a new archive are made for.
#[derive(Clone, Debug)]
pub struct Founding {
    /// The archive.
    pub archive: ArchiveId,
    /// The ledger's origin: a schema-less URL is customary, `archive.example.com/evidence`.
    pub origin: String,
}

/// The keys of a new archive, and where they lie.
#[derive(Clone, Debug)]
pub struct CreatedKeys {
    /// The keyring, as [`KeyDir::open`] will read it.
    pub keyring: Keyring,
    /// The key directory.
    pub directory: PathBuf,
    /// The service identity.
    pub service_identity: PathBuf,
    /// The recovery identity, which the operator must take off-line.
    pub recovery_identity: PathBuf,
    /// The public key that verifiers of the ledger are given.
    pub verifier_key: PathBuf,
}

impl KeyDir {
    /// Makes the key directory of a new archive and everything in it.
    ///
    /// If an earlier attempt was cut off, it is begun anew: nothing was sealed with those keys.
    ///
    /// # Errors
    /// `AlreadyThere`, `Unclaimed`, `BadOrigin`, `InsideData`, `OpenToOthers`, `Busy`, `Io`.
    pub fn create(
        path: &Path,
        entropy: &dyn Entropy,
        founding: &Founding,
        data_dir: &Path,
    ) -> Result<CreatedKeys, KeyDirError> {
        check_apart(path, data_dir)?;
        create_on(&Disk::at(path), entropy, founding)
    }
}

impl KeyDir {
    /// Removes the keys of an archive that was not made after all, and nothing else of the directory.
    ///
    /// # Errors
    /// `Busy`, `Io`. What is left then is marked as never used.
    pub fn unmake(path: &Path) -> Result<(), KeyDirError> {
        let disk = Disk::at(path);
        let _lock = disk.lock()?;
        disk.replace(MAKING, NEVER_USED)?;
        unmake_on(&disk)
    }
}

/// The mark goes last: until then the directory can be used as if the making had been cut off.
fn unmake_on(disk: &Disk) -> Result<(), KeyDirError> {
    let first = epoch_file(1);
    let files = [MANIFEST, SERVICE_IDENTITY, RECOVERY_IDENTITY, INDEX, LOG_KEY, VERIFIER_KEY, KEPT, CLOCK];
    for name in files.into_iter().chain([first.as_str(), MAKING]) {
        disk.destroy(name)?;
    }
    Ok(())
}

pub(super) fn create_on(
    disk: &Disk,
    entropy: &dyn Entropy,
    founding: &Founding,
) -> Result<CreatedKeys, KeyDirError> {
    if !check_origin(&founding.origin) {
        return Err(KeyDirError::BadOrigin);
    }
    if !disk.root().exists() {
        disk.make()?;
    }
    disk.check()?;
    check_unused(disk)?;
    let _lock = disk.lock()?;
    check_unused(disk)?;
    let (service, recovery) = (Identity::generate(), Identity::generate());
    let keyring = drawn(founding, &service, &recovery, entropy);
    if let Err(error) = write_all(disk, &keyring, &recovery, entropy) {
        // A crash would leave the mark; so does a disk that takes nothing any more.
        if let Err(left) = unmake_on(disk) {
            tracing::debug!(%left, "keys that were never used could not be removed");
        }
        return Err(error);
    }
    Ok(CreatedKeys {
        keyring,
        directory: disk.root().to_owned(),
        service_identity: disk.path(SERVICE_IDENTITY),
        recovery_identity: disk.path(RECOVERY_IDENTITY),
        verifier_key: disk.path(VERIFIER_KEY),
    })
}

fn check_unused(disk: &Disk) -> Result<(), KeyDirError> {
    let names = disk.names()?;
    let has = |name: &str| names.iter().any(|found| found == name);
    if has(MANIFEST) {
        return Err(KeyDirError::AlreadyThere { directory: disk.root().to_owned() });
    }
    if has(MAKING) {
        return Ok(());
    }
    let fixed = [SERVICE_IDENTITY, RECOVERY_IDENTITY, INDEX, LOG_KEY, VERIFIER_KEY];
    let ours = |name: &&String| fixed.contains(&name.as_str()) || parse_epoch_file(name).is_some();
    match names.iter().find(ours) {
        Some(name) => Err(KeyDirError::Unclaimed { file: disk.path(name) }),
        None => Ok(()),
    }
}

fn drawn(founding: &Founding, service: &Identity, recovery: &Identity, entropy: &dyn Entropy) -> Keyring {
    Keyring {
        archive: founding.archive,
        recipients: Recipients {
            service: service.to_recipient(),
            recovery: recovery.to_recipient(),
            generation: 1,
        },
        identity: Some(service.clone()),
        previous: None,
        previous_recipients: None,
        epochs: vec![EpochKey::generate(1, entropy)],
        index: Some(IndexKeys::generate(entropy)),
        log_seed: Some(SecretKey::generate(entropy)),
        log_origin: founding.origin.clone(),
    }
}

fn write_all(
    disk: &Disk,
    keyring: &Keyring,
    recovery: &Identity,
    entropy: &dyn Entropy,
) -> Result<(), KeyDirError> {
    let archive = keyring.archive;
    disk.replace(MAKING, NEVER_USED)?;
    for (name, role, identity) in [
        (SERVICE_IDENTITY, IdentityRole::Service, keyring.identity.as_ref()),
        (RECOVERY_IDENTITY, IdentityRole::Recovery, Some(recovery)),
    ] {
        let identities: Vec<&Identity> = identity.into_iter().collect();
        disk.replace(name, write_identities(archive, role, &identities).expose())?;
    }
    let recipients = [&keyring.recipients.service, &keyring.recipients.recovery];
    write_wrapped(disk, keyring, &recipients, entropy)?;
    if let Some(seed) = &keyring.log_seed {
        disk.replace(LOG_KEY, write_log_key(&keyring.log_origin, seed).expose())?;
        disk.replace(VERIFIER_KEY, write_verifier_key(&keyring.log_origin, seed).as_bytes())?;
    }
    // From here on the keys count. The mark goes last: without it, and without the manifest,
    // key files are never written over.
    let manifest = Manifest {
        archive,
        origin: keyring.log_origin.clone(),
        recipients: keyring.recipients.clone(),
        previous: None,
        epochs: keyring.epochs.iter().map(|epoch| epoch.number).collect(),
        retired: Vec::new(),
        escrow: Vec::new(),
    };
    disk.replace(MANIFEST, manifest.to_text().as_bytes())?;
    disk.destroy(MAKING)
}

/// Writes every epoch key and the index keys for these recipients.
pub(super) fn write_wrapped(
    disk: &Disk,
    keyring: &Keyring,
    recipients: &[&Recipient],
    entropy: &dyn Entropy,
) -> Result<(), KeyDirError> {
    for epoch in &keyring.epochs {
        write_one(
            disk,
            &epoch_file(epoch.number),
            write_epoch(keyring.archive, epoch).expose(),
            recipients,
            entropy,
        )?;
    }
    if let Some(index) = &keyring.index {
        write_one(disk, INDEX, write_index(keyring.archive, index).expose(), recipients, entropy)?;
    }
    Ok(())
}

/// Writes one age file, over what bore its name.
pub(super) fn write_one(
    disk: &Disk,
    name: &str,
    plain: &[u8],
    recipients: &[&Recipient],
    entropy: &dyn Entropy,
) -> Result<(), KeyDirError> {
    let file = whole::seal(plain, recipients, entropy)
        .map_err(|why| KeyDirError::Damaged { file: disk.path(name), why: why.into() })?;
    disk.supersede(name, &file)
}
