//! Opening a key directory, with the service identity or with the recovery identity.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::disk::{Disk, read_private};
use super::place::check_apart;
use super::{
    INDEX, KeyDir, KeyDirError, LOG_KEY, MANIFEST, RECOVERY_IDENTITY, SERVICE_IDENTITY, VERIFIER_KEY,
    WhichKey, epoch_file,
};
use crate::base::secret::SecretBytes;
use crate::seal::key_files::{
    BadKeyFile, Manifest, Pair, open_passphrase, origin_of_log_key, parse_epoch, parse_identities,
    parse_index, parse_log_key,
};
use crate::seal::{EpochKey, Identity, IndexKeys, Keyring, Recipient, SealError, whole};

/// Where the identity comes from.
#[derive(Clone, Debug)]
pub enum IdentitySource {
    /// `service.identity` in the key directory; `recovery.identity` when recovering.
    Default,
    /// An identity file elsewhere, readable by its owner only.
    File(PathBuf),
    /// A systemd credential: the path of the file below `$CREDENTIALS_DIRECTORY`. systemd may
    /// give the service's group access to it.
    Systemd(PathBuf),
    /// An identity file that `age -p` protected.
    Passphrase {
        /// The file.
        file: PathBuf,
        /// The passphrase.
        passphrase: SecretBytes,
    },
}

/// Bytes of a public key that are read.
const VERIFIER_KEY_BYTES_MAX: u64 = 1_024;
/// Bits that say that anybody may use the file.
const ANYBODY: u32 = 0o007;
/// Bits that say that others than the owner may use the file.
const OTHERS: u32 = 0o077;

impl KeyDir {
    /// Opens the key directory with the service identity.
    ///
    /// While a rotation of keys is under way, the identities that it wrote to the directory are
    /// used beside those of the source.
    ///
    /// # Errors
    /// Which file, and what about it: `Missing`, `OpenToOthers`, `InsideData`, `WrongKind`,
    /// `TooLarge`, `WrongKey`, `Damaged`, `Io`.
    pub fn open(path: &Path, source: &IdentitySource, data_dir: &Path) -> Result<Keyring, KeyDirError> {
        let disk = checked(path, source, data_dir)?;
        let held = Held::read(&disk, source, WhichKey::Service)?;
        let mut keyring = unlock(&disk, &held)?;
        keyring.log_seed = Some(read_log_key(&disk, &keyring.log_origin)?);
        Ok(keyring)
    }

    /// Opens the key directory, or an escrow copy of it, with the recovery identity. The log key
    /// may be missing, as it is in escrow.
    ///
    /// # Errors
    /// As [`KeyDir::open`].
    pub fn recover(path: &Path, source: &IdentitySource, data_dir: &Path) -> Result<Keyring, KeyDirError> {
        let disk = checked(path, source, data_dir)?;
        let held = Held::read(&disk, source, WhichKey::Recovery)?;
        let mut keyring = unlock(&disk, &held)?;
        if disk.exists(LOG_KEY)? {
            keyring.log_seed = Some(read_log_key(&disk, &keyring.log_origin)?);
        }
        Ok(keyring)
    }
}

fn checked(path: &Path, source: &IdentitySource, data_dir: &Path) -> Result<Disk, KeyDirError> {
    check_apart(path, data_dir)?;
    if let IdentitySource::File(file) | IdentitySource::Passphrase { file, .. } = source {
        check_apart(file, data_dir)?;
    }
    let disk = Disk::at(path);
    disk.check()?;
    // It opens everything too: nobody reads it here, so nobody else would notice.
    for name in [SERVICE_IDENTITY, RECOVERY_IDENTITY] {
        if disk.exists(name)? {
            disk.check_private(name)?;
        }
    }
    Ok(disk)
}

/// The manifest, and the identities that fit it.
struct Held {
    manifest: Manifest,
    which: WhichKey,
    identity: Identity,
    previous: Option<Identity>,
}

impl Held {
    fn read(disk: &Disk, source: &IdentitySource, which: WhichKey) -> Result<Self, KeyDirError> {
        let manifest = read_manifest(disk)?;
        let mut pool = read_source(disk, source, which)?;
        let holds = |recipient: &Recipient| pool.iter().any(|held| held.to_recipient() == *recipient);
        let before = manifest.previous.as_ref().map(|pair| of_pair(pair, which));
        // The new identity may still lie here only. What lies here counts for nothing if the
        // source is of another archive.
        if before.is_some_and(holds) && disk.exists(own_file(which))? {
            pool.extend(read_identities(disk, own_file(which))?);
        }
        let find =
            |recipient: &Recipient| pool.iter().find(|held| held.to_recipient() == *recipient).cloned();
        let identity = find(of_manifest(&manifest, which))
            .ok_or_else(|| KeyDirError::WrongKey { file: source_path(disk, source, which), key: which })?;
        let previous = before.filter(|before| *before != of_manifest(&manifest, which)).and_then(find);
        Ok(Self { manifest, which, identity, previous })
    }
}

pub(super) fn of_manifest(manifest: &Manifest, which: WhichKey) -> &Recipient {
    match which {
        WhichKey::Service => &manifest.recipients.service,
        WhichKey::Recovery => &manifest.recipients.recovery,
    }
}

fn of_pair(pair: &Pair, which: WhichKey) -> &Recipient {
    match which {
        WhichKey::Service => &pair.service,
        WhichKey::Recovery => &pair.recovery,
    }
}

pub(super) fn own_file(which: WhichKey) -> &'static str {
    match which {
        WhichKey::Service => SERVICE_IDENTITY,
        WhichKey::Recovery => RECOVERY_IDENTITY,
    }
}

pub(super) fn source_path(disk: &Disk, source: &IdentitySource, which: WhichKey) -> PathBuf {
    match source {
        IdentitySource::Default => disk.path(own_file(which)),
        IdentitySource::File(file)
        | IdentitySource::Systemd(file)
        | IdentitySource::Passphrase { file, .. } => file.clone(),
    }
}

/// The identities of the source alone.
pub(super) fn read_source(
    disk: &Disk,
    source: &IdentitySource,
    which: WhichKey,
) -> Result<Vec<Identity>, KeyDirError> {
    let (file, read) = match source {
        IdentitySource::Default => return read_identities(disk, own_file(which)),
        IdentitySource::File(file) => (file, parse_identities(read_private(file, OTHERS)?.expose())),
        IdentitySource::Systemd(file) => (file, parse_identities(read_private(file, ANYBODY)?.expose())),
        IdentitySource::Passphrase { file, passphrase } => {
            (file, open_passphrase(read_private(file, OTHERS)?.expose(), passphrase))
        }
    };
    read.map_err(|why| KeyDirError::Damaged { file: file.clone(), why })
}

/// The identities of a file in the key directory.
pub(super) fn read_identities(disk: &Disk, name: &str) -> Result<Vec<Identity>, KeyDirError> {
    parse_identities(disk.read(name)?.expose()).map_err(|why| damaged(disk, name, why))
}

pub(super) fn read_manifest(disk: &Disk) -> Result<Manifest, KeyDirError> {
    Manifest::parse(disk.read(MANIFEST)?.expose()).map_err(|why| damaged(disk, MANIFEST, why))
}

fn unlock(disk: &Disk, held: &Held) -> Result<Keyring, KeyDirError> {
    let manifest = &held.manifest;
    let epochs =
        manifest.epochs.iter().map(|number| read_epoch(disk, held, *number)).collect::<Result<Vec<_>, _>>();
    let other_archive =
        |error: &KeyDirError| matches!(error, KeyDirError::Damaged { why: BadKeyFile::OtherArchive, .. });
    let epochs = match epochs {
        // Both open with the key of this archive, and both are of another one: what names another is the keyring.
        Err(error)
            if other_archive(&error) && read_index(disk, held).is_err_and(|error| other_archive(&error)) =>
        {
            return Err(damaged(disk, MANIFEST, BadKeyFile::OtherKeys));
        }
        epochs => epochs?,
    };
    Ok(Keyring {
        archive: manifest.archive,
        recipients: manifest.recipients.clone(),
        identity: Some(held.identity.clone()),
        previous: held.previous.clone(),
        previous_recipients: manifest
            .previous
            .as_ref()
            .map(|pair| (pair.service.clone(), pair.recovery.clone())),
        epochs,
        index: Some(read_index(disk, held)?),
        log_seed: None,
        log_origin: manifest.origin.clone(),
    })
}

fn read_epoch(disk: &Disk, held: &Held, number: u32) -> Result<EpochKey, KeyDirError> {
    let name = epoch_file(number);
    let plain = open_wrapped(disk, &name, held)?;
    parse_epoch(plain.expose(), held.manifest.archive, number).map_err(|why| damaged(disk, &name, why))
}

fn read_index(disk: &Disk, held: &Held) -> Result<IndexKeys, KeyDirError> {
    let plain = open_wrapped(disk, INDEX, held)?;
    parse_index(plain.expose(), held.manifest.archive).map_err(|why| damaged(disk, INDEX, why))
}

fn open_wrapped(disk: &Disk, name: &str, held: &Held) -> Result<SecretBytes, KeyDirError> {
    let sealed = disk.read(name)?;
    whole::open(sealed.expose(), &held.identity).map_err(|why| match why {
        SealError::NotForThisKey => KeyDirError::WrongKey { file: disk.path(name), key: held.which },
        why => damaged(disk, name, BadKeyFile::Sealed(why)),
    })
}

fn read_log_key(disk: &Disk, origin: &str) -> Result<crate::base::secret::SecretKey<32>, KeyDirError> {
    let bytes = disk.read(LOG_KEY)?;
    parse_log_key(bytes.expose(), origin).map_err(|why| match origin_of_log_key(bytes.expose()) {
        // It is whole, and the public half beside it is of the same log: what names another one is the keyring.
        Some(own) if own != origin && names_log(disk, &own) => damaged(disk, MANIFEST, BadKeyFile::OtherKeys),
        Some(_) | None => damaged(disk, LOG_KEY, why),
    })
}

/// True if the public key beside `log.key` is of the log with this origin.
fn names_log(disk: &Disk, origin: &str) -> bool {
    let mut vkey = String::new();
    let file = File::open(disk.path(VERIFIER_KEY));
    let read = file.and_then(|file| file.take(VERIFIER_KEY_BYTES_MAX).read_to_string(&mut vkey));
    read.is_ok() && vkey.strip_prefix(origin).is_some_and(|rest| rest.starts_with('+'))
}

fn damaged(disk: &Disk, name: &str, why: BadKeyFile) -> KeyDirError {
    KeyDirError::Damaged { file: disk.path(name), why }
}
