//! `keyring.toml`: what the key directory holds. Nothing in it is secret; it says which files
//! belong together, so it is always the file whose replacement makes a change take effect.

use std::path::PathBuf;

use serde::Deserialize;

use super::{BadKeyFile, check_origin};
use crate::base::id::ArchiveId;
use crate::seal::{Recipient, Recipients};

const EXPECTED: &str = "a keyring.toml of version 1";
/// Epochs that the manifest may name at once.
const EPOCHS_MAX: usize = 64;
/// Escrow places that the manifest may name at once.
const ESCROW_PLACES_MAX: usize = 64;

/// A service and a recovery key of the generation before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The service key.
    pub service: Recipient,
    /// The recovery key.
    pub recovery: Recipient,
}

/// What `keyring.toml` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The archive to which the keys belong.
    pub archive: ArchiveId,
    /// The ledger's origin.
    pub origin: String,
    /// To whom headers are wrapped now.
    pub recipients: Recipients,
    /// To whom headers were wrapped before; present until a rotation has been finished.
    pub previous: Option<Pair>,
    /// Epochs whose keys are in use, ascending; the last one is current.
    pub epochs: Vec<u32>,
    /// Epochs whose key files are being destroyed; they are never read again.
    pub retired: Vec<u32>,
    /// Escrow places in which a turn of the epoch has not come to its end: keys that it destroys may lie there.
    pub escrow: Vec<PathBuf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    version: u32,
    archive: String,
    origin: String,
    generation: u32,
    service: String,
    recovery: String,
    epochs: Vec<u32>,
    #[serde(default)]
    retired: Vec<u32>,
    #[serde(default)]
    escrow: Vec<PathBuf>,
    previous: Option<PairForm>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PairForm {
    service: String,
    recovery: String,
}

impl Manifest {
    /// The file's text.
    pub fn to_text(&self) -> String {
        let Recipients { service, recovery, generation } = &self.recipients;
        let mut text = format!(
            "# Muniment key directory. Public: names keys, holds none. Do not edit.\n\
             version = 1\n\
             archive = \"{}\"\n\
             origin = \"{}\"\n\
             generation = {generation}\n\
             service = \"{service}\"\n\
             recovery = \"{recovery}\"\n\
             epochs = {:?}\n\
             retired = {:?}\n",
            self.archive, self.origin, self.epochs, self.retired,
        );
        if !self.escrow.is_empty() {
            let places =
                self.escrow.iter().map(|place| toml::Value::from(place.to_string_lossy().into_owned()));
            text.push_str(&format!("escrow = {}\n", toml::Value::Array(places.collect())));
        }
        if let Some(Pair { service, recovery }) = &self.previous {
            text.push_str(&format!("\n[previous]\nservice = \"{service}\"\nrecovery = \"{recovery}\"\n"));
        }
        text
    }

    /// Reads the file's text.
    ///
    /// # Errors
    /// `Form`.
    pub fn parse(bytes: &[u8]) -> Result<Self, BadKeyFile> {
        const BAD: BadKeyFile = BadKeyFile::Form { expected: EXPECTED };
        let text = std::str::from_utf8(bytes).map_err(|_| BAD)?;
        let form: Form = toml::from_str(text).map_err(|_| BAD)?;
        let recipient = |text: &str| Recipient::parse(text).map_err(|_| BAD);
        let previous = match &form.previous {
            Some(pair) => {
                Some(Pair { service: recipient(&pair.service)?, recovery: recipient(&pair.recovery)? })
            }
            None => None,
        };
        let manifest = Self {
            archive: ArchiveId::parse(&form.archive).map_err(|_| BAD)?,
            recipients: Recipients {
                service: recipient(&form.service)?,
                recovery: recipient(&form.recovery)?,
                generation: form.generation,
            },
            origin: form.origin,
            previous,
            epochs: form.epochs,
            retired: form.retired,
            escrow: form.escrow,
        };
        let sound = form.version == 1 && manifest.is_sound();
        if sound { Ok(manifest) } else { Err(BAD) }
    }

    fn is_sound(&self) -> bool {
        let ascending = |numbers: &[u32]| numbers.is_sorted_by(|a, b| a < b);
        check_origin(&self.origin)
            && self.recipients.generation > 0
            && self.recipients.service != self.recipients.recovery
            && (1..=EPOCHS_MAX).contains(&self.epochs.len())
            && self.retired.len() <= EPOCHS_MAX
            && self.escrow.len() <= ESCROW_PLACES_MAX
            && self.escrow.iter().all(|place| place.is_absolute())
            && !self.epochs.contains(&0)
            && ascending(&self.epochs)
            && ascending(&self.retired)
            && self.retired.iter().all(|number| !self.epochs.contains(number))
    }
}
