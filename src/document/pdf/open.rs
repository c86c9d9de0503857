//! Checks the bytes of a file, and opens it.

use std::sync::Arc;

use hayro_interpret::InterpreterSettings;
use hayro_syntax::object::Object;
use hayro_syntax::{LoadPdfError, Pdf};

use super::fault::Refused;
use super::fonts::{Fonts, StandIns};
use super::unpack::Budget;
use crate::base::limits::{EXTRACT_BYTES_MAX, PDF_PAGES_MAX};

/// A file that may be read.
pub struct Opened {
    pub(crate) pdf: Pdf,
    pub(crate) bytes: Arc<Vec<u8>>,
    pub(crate) is_encrypted: bool,
    pub(crate) stand_ins: StandIns,
    pub(crate) settings: InterpreterSettings,
}

/// Opens a file. An encrypted one is opened if it needs no password for that.
///
/// # Errors
/// Too large, swelling, encrypted, more pages than are read, or no PDF.
pub fn open(bytes: Vec<u8>, fonts: &Fonts) -> Result<Opened, Refused> {
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > EXTRACT_BYTES_MAX {
        return Err(Refused::TooLarge { bytes: bytes.len() });
    }
    let mut budget = Budget::of(bytes.len());
    budget.weigh_file(&bytes).map_err(|_| Refused::Swells)?;
    let bytes = Arc::new(bytes);
    let pdf = Pdf::new(Arc::clone(&bytes)).map_err(|fault| match fault {
        LoadPdfError::Decryption(_) => Refused::Encrypted,
        LoadPdfError::Invalid => Refused::Malformed,
    })?;
    let is_encrypted = holds(&bytes, b"/Encrypt");
    if is_encrypted {
        weigh_decrypted(&pdf, bytes.len())?;
    }
    match pdf.pages().len() {
        0 => return Err(Refused::Malformed),
        1..=PDF_PAGES_MAX => {}
        pages => return Err(Refused::TooManyPages { pages }),
    }
    let stand_ins = StandIns::default();
    let settings = fonts.settings(&stand_ins);
    Ok(Opened { pdf, bytes, is_encrypted, stand_ins, settings })
}

/// Weighs the streams again as they are once decrypted: before, nothing could be known of them.
fn weigh_decrypted(pdf: &Pdf, length: usize) -> Result<(), Refused> {
    let mut budget = Budget::of(length);
    for object in pdf.objects() {
        if let Object::Stream(stream) = object {
            budget.weigh(&stream.raw_data(), stream.dict().data()).map_err(|_| Refused::Swells)?;
        }
    }
    Ok(())
}

fn holds(bytes: &[u8], sign: &[u8]) -> bool {
    bytes.windows(sign.len()).any(|window| window == sign)
}
