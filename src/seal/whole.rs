//! Whole age files in memory: header and payload in one piece, as key files are kept.

use super::{FileKey, Identity, Recipient, SealError, header, payload};
use crate::base::entropy::Entropy;
use crate::base::secret::SecretBytes;

/// Seals `plain` into one age file for these recipients, under a fresh file key.
///
/// # Errors
/// `BadRecipient`.
pub fn seal(plain: &[u8], recipients: &[&Recipient], entropy: &dyn Entropy) -> Result<Vec<u8>, SealError> {
    let file_key = FileKey::generate(entropy);
    let mut file = header::write_to(&file_key, recipients, entropy)?;
    let (payload, _) = payload::seal_all(&file_key, plain, entropy);
    file.extend_from_slice(&payload);
    Ok(file)
}

/// Opens a whole age file.
///
/// # Errors
/// As [`header::open`] and [`payload::open_all`].
pub fn open(file: &[u8], identity: &Identity) -> Result<SecretBytes, SealError> {
    let (header, payload) = header::split(file)?;
    payload::open_all(&header::open(header, identity)?, payload)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::entropy::SystemEntropy;

    #[test]
    fn a_whole_file_opens_for_its_recipients_and_for_nobody_else() {
        let (one, other, stranger) = (Identity::generate(), Identity::generate(), Identity::generate());
        let file = seal(b"key", &[&one.to_recipient(), &other.to_recipient()], &SystemEntropy).unwrap();
        for identity in [&one, &other] {
            assert_eq!(open(&file, identity).unwrap().expose(), b"key");
            assert_eq!(age::decrypt(&identity.0, &file).unwrap(), b"key");
        }
        assert_eq!(open(&file, &stranger), Err(SealError::NotForThisKey));
    }

    #[test]
    fn a_cut_file_is_refused() {
        let one = Identity::generate();
        let file = seal(b"key", &[&one.to_recipient()], &SystemEntropy).unwrap();
        for length in 0..file.len() {
            assert!(open(&file[..length], &one).is_err(), "{length} bytes");
        }
    }
}
