//! The keyring: every key the running archive holds, and how it opens what they sealed.

use super::{EpochKey, FileKey, Identity, IndexKeys, Recipient, Recipients, SealError, header};
use crate::base::id::ArchiveId;
use crate::base::secret::SecretKey;

/// The keys of one archive. `Debug` shows public parts only.
#[derive(Clone, Debug)]
pub struct Keyring {
    /// The archive to which the keys belong.
    pub archive: ArchiveId,
    /// To whom new headers are wrapped.
    pub recipients: Recipients,
    /// The identity with which headers are opened; none on nodes that only ingest.
    pub identity: Option<Identity>,
    /// The identity of the generation before, while headers are still being re-wrapped.
    pub previous: Option<Identity>,
    /// The recipients of the generation before, while headers are still being re-wrapped.
    pub previous_recipients: Option<(Recipient, Recipient)>,
    /// The epoch keys, the current one last; several only while the epoch is turning.
    pub epochs: Vec<EpochKey>,
    /// The keys of the search index and of lookup tokens; none on nodes that only ingest.
    pub index: Option<IndexKeys>,
    /// The seed of the Ed25519 key that signs checkpoints; none in an escrow place.
    pub log_seed: Option<SecretKey<32>>,
    /// The ledger's origin, as it stands in every checkpoint.
    pub log_origin: String,
}

impl Keyring {
    /// The epoch under which new cells are sealed; none if the keyring holds no epoch key.
    pub fn current_epoch(&self) -> Option<&EpochKey> {
        self.epochs.last()
    }

    /// The key of one epoch; none if it was destroyed or never existed here.
    pub fn epoch(&self, number: u32) -> Option<&EpochKey> {
        self.epochs.iter().find(|epoch| epoch.number == number)
    }

    /// Opens a header of this generation or, while keys are being rotated, of the one before.
    ///
    /// # Errors
    /// As [`header::open`]; `NotForThisKey` also if the keyring holds no identity.
    pub fn open_header(&self, text: &[u8]) -> Result<FileKey, SealError> {
        let mut outcome = Err(SealError::NotForThisKey);
        for identity in [&self.identity, &self.previous].into_iter().flatten() {
            outcome = header::open(text, identity);
            if outcome != Err(SealError::NotForThisKey) {
                break;
            }
        }
        outcome
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::entropy::SeededEntropy;
    use crate::base::entropy::SystemEntropy;
    use crate::base::moment::Moment;

    fn a_keyring() -> Keyring {
        let entropy = SeededEntropy::new(1);
        let (service, recovery) = (Identity::generate(), Identity::generate());
        Keyring {
            archive: ArchiveId::generate(Moment::from_micros(0), &entropy),
            recipients: Recipients {
                service: service.to_recipient(),
                recovery: recovery.to_recipient(),
                generation: 1,
            },
            identity: Some(service),
            previous: None,
            previous_recipients: None,
            epochs: vec![EpochKey::generate(1, &entropy), EpochKey::generate(2, &entropy)],
            index: Some(IndexKeys::generate(&entropy)),
            log_seed: Some(SecretKey::generate(&entropy)),
            log_origin: "example.com/archive".to_owned(),
        }
    }

    #[test]
    fn a_header_of_the_generation_before_still_opens() {
        let old = a_keyring();
        let file_key = FileKey::generate(&SeededEntropy::new(9));
        let text = header::write(&file_key, &old.recipients, &SystemEntropy).unwrap();
        let mut new = a_keyring();
        assert_eq!(new.open_header(&text), Err(SealError::NotForThisKey));
        new.previous = old.identity;
        assert_eq!(new.open_header(&text), Ok(file_key));
    }

    #[test]
    fn the_last_epoch_is_the_current_one() {
        let keyring = a_keyring();
        assert_eq!(keyring.current_epoch().map(|epoch| epoch.number), Some(2));
        assert_eq!(keyring.epoch(1).map(|epoch| epoch.number), Some(1));
        assert!(keyring.epoch(3).is_none());
    }

    #[test]
    fn a_keyring_does_not_show_its_keys() {
        let keyring = a_keyring();
        let shown = format!("{keyring:?}");
        assert!(shown.contains("[withheld]"));
        assert!(!shown.contains("SECRET"), "{shown}");
    }
}
