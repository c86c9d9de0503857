//! Identity files: age's own form, comment lines and one `AGE-SECRET-KEY-1…` per line.

use std::io::Read as _;

use zeroize::Zeroizing;

use super::BadKeyFile;
use crate::base::id::ArchiveId;
use crate::base::limits::{KEY_FILE_BYTES_MAX, SCRYPT_WORK_FACTOR_MAX};
use crate::base::secret::SecretBytes;
use crate::seal::Identity;

const IDENTITIES_MAX: usize = 16;
const EXPECTED: &str = "an age identity file (AGE-SECRET-KEY-1…)";

/// What an identity is for; said in the file's first line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentityRole {
    /// Held by the running service.
    Service,
    /// Kept off-line.
    Recovery,
}

impl IdentityRole {
    fn warning(self) -> &'static str {
        match self {
            Self::Service => "Whoever reads this file can read the archive. Keep it on this machine only.",
            Self::Recovery => {
                "Whoever reads this file can read the archive. Take it off this machine and keep it safe."
            }
        }
    }

    /// The word for it in file names and messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Recovery => "recovery",
        }
    }
}

/// Writes an identity file; the identity in force first.
pub fn write_identities(archive: ArchiveId, role: IdentityRole, identities: &[&Identity]) -> SecretBytes {
    let mut text = Zeroizing::new(String::with_capacity(512 + identities.len() * 256));
    text.push_str(&format!("# Muniment {} identity of archive {archive}.\n", role.as_str()));
    text.push_str(&format!("# {}\n", role.warning()));
    for identity in identities {
        text.push_str(&format!("# public key: {}\n", identity.to_recipient()));
        text.push_str(identity.to_secret_text().expose_text().unwrap_or_default());
        text.push('\n');
    }
    SecretBytes::new(std::mem::take(&mut *text).into_bytes())
}

/// Reads an identity file: at least one identity, in their order.
///
/// # Errors
/// `Form`, or `PassphraseNeeded` for an age file.
pub fn parse_identities(bytes: &[u8]) -> Result<Vec<Identity>, BadKeyFile> {
    if is_age(bytes) {
        return Err(BadKeyFile::PassphraseNeeded);
    }
    let bad = BadKeyFile::Form { expected: EXPECTED };
    let text = std::str::from_utf8(bytes).map_err(|_| bad.clone())?;
    let keys = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let identities = keys
        .take(IDENTITIES_MAX + 1)
        .map(|line| Identity::parse(line).map_err(|_| bad.clone()))
        .collect::<Result<Vec<_>, _>>()?;
    if identities.is_empty() || identities.len() > IDENTITIES_MAX { Err(bad) } else { Ok(identities) }
}

/// Reads an identity file that `age -p` protected (binary, not armoured).
///
/// # Errors
/// `Form`, `WrongPassphrase`.
pub fn open_passphrase(file: &[u8], passphrase: &SecretBytes) -> Result<Vec<Identity>, BadKeyFile> {
    const PROTECTED: BadKeyFile = BadKeyFile::Form {
        expected: "an age identity file under a passphrase (binary, as `age -p` writes it)",
    };
    if !is_age(file) {
        return Err(PROTECTED);
    }
    let passphrase = passphrase.expose_text().ok_or(BadKeyFile::WrongPassphrase)?;
    let mut identity = age::scrypt::Identity::new(passphrase.to_owned().into());
    identity.set_max_work_factor(SCRYPT_WORK_FACTOR_MAX);
    let decryptor = age::Decryptor::new(file).map_err(|_| PROTECTED)?;
    if !decryptor.is_scrypt() {
        return Err(PROTECTED);
    }
    let reader = decryptor
        .decrypt(std::iter::once(&identity as &dyn age::Identity))
        .map_err(|_| BadKeyFile::WrongPassphrase)?;
    let mut plain = Zeroizing::new(Vec::with_capacity(file.len()));
    reader.take(KEY_FILE_BYTES_MAX).read_to_end(&mut plain).map_err(|_| PROTECTED)?;
    parse_identities(&plain)
}

fn is_age(bytes: &[u8]) -> bool {
    bytes.starts_with(b"age-encryption.org/")
}
