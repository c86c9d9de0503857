//! The detached age v1 header: text up to and including the `--- MAC` line.
//!
//! Rules: <https://c2sp.org/age>, "The header". We write it ourselves because the file key is
//! known before the header is: the age crate draws its own.

use age::Identity as _;
use age_core::format::Stanza;
use age_core::format::read::age_stanza;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::{FileKey, Identity, Recipient, Recipients, SealError, stanza};
use crate::base::entropy::Entropy;
use crate::base::limits::AGE_HEADER_BYTES_MAX;

const INTRO: &[u8] = b"age-encryption.org/v1\n";
const MAC_TAG: &[u8] = b"---";
/// `" "`, 43 characters of base64 and the end of the line.
const MAC_TAIL_BYTES: usize = 45;
/// What one X25519 stanza takes: tag and share, then the wrapped key.
const X25519_STANZA_BYTES: usize = 10 + 43 + 1 + 43 + 1;
const LINE_CHARS: usize = 64;

/// Writes the header that wraps `file_key` to both recipients, the service key first.
pub fn write(
    file_key: &FileKey,
    recipients: &Recipients,
    entropy: &dyn Entropy,
) -> Result<Vec<u8>, SealError> {
    write_to(file_key, &[&recipients.service, &recipients.recovery], entropy)
}

/// Writes the header that wraps `file_key` to any recipients, in their order.
pub fn write_to(
    file_key: &FileKey,
    recipients: &[&Recipient],
    entropy: &dyn Entropy,
) -> Result<Vec<u8>, SealError> {
    let bytes = INTRO.len() + recipients.len() * X25519_STANZA_BYTES + MAC_TAG.len() + MAC_TAIL_BYTES;
    let mut text = Vec::with_capacity(bytes);
    text.extend_from_slice(INTRO);
    for stanza in &stanza::wrap(file_key, recipients, entropy)? {
        write_stanza(stanza, &mut text);
    }
    text.extend_from_slice(MAC_TAG);
    let mac = mac(file_key, &text).finalize().into_bytes();
    text.push(b' ');
    text.extend_from_slice(STANDARD_NO_PAD.encode(mac).as_bytes());
    text.push(b'\n');
    Ok(text)
}

/// Takes the file key out of a header.
///
/// # Errors
/// `BadHeader`, `PassphraseHeader`, `NotForThisKey`, or `MacMismatch` if the text was changed.
pub fn open(header: &[u8], identity: &Identity) -> Result<FileKey, SealError> {
    let parsed = parse(header)?;
    if parsed.mac_tail.len() != MAC_TAIL_BYTES {
        return Err(SealError::BadHeader);
    }
    let unwrapped = parsed
        .stanzas
        .iter()
        .find_map(|stanza| identity.0.unwrap_stanza(stanza))
        .ok_or(SealError::NotForThisKey)?
        .map_err(|_| SealError::BadHeader)?;
    let file_key = FileKey::from_age(&unwrapped);
    mac(&file_key, parsed.covered).verify_slice(&parsed.mac).map_err(|_| SealError::MacMismatch)?;
    Ok(file_key)
}

/// Wraps the same file key to other recipients; the payload stays as it is.
///
/// # Errors
/// As [`open`].
pub fn rewrap(
    header: &[u8],
    identity: &Identity,
    recipients: &Recipients,
    entropy: &dyn Entropy,
) -> Result<Vec<u8>, SealError> {
    write(&open(header, identity)?, recipients, entropy)
}

/// Parts a whole age file into header and payload.
///
/// # Errors
/// `BadHeader`, `PassphraseHeader`.
pub fn split(file: &[u8]) -> Result<(&[u8], &[u8]), SealError> {
    let parsed = parse(file)?;
    file.split_at_checked(parsed.covered.len() + MAC_TAIL_BYTES).ok_or(SealError::BadHeader)
}

struct Parsed<'a> {
    stanzas: Vec<Stanza>,
    /// What the MAC covers: everything up to and including `---`.
    covered: &'a [u8],
    mac: Vec<u8>,
    /// From the blank before the MAC to the end of what was given.
    mac_tail: &'a [u8],
}

fn parse(file: &[u8]) -> Result<Parsed<'_>, SealError> {
    // Whatever follows a header may be long; the header itself never is.
    let text = file.get(..AGE_HEADER_BYTES_MAX).unwrap_or(file);
    let mut rest = text.strip_prefix(INTRO).ok_or(SealError::BadHeader)?;
    let mut stanzas = Vec::with_capacity(2);
    while !rest.starts_with(MAC_TAG) {
        let (after, stanza) = age_stanza(rest).map_err(|_| SealError::BadHeader)?;
        if stanza.tag == "scrypt" {
            return Err(SealError::PassphraseHeader);
        }
        stanzas.push(Stanza::from(stanza));
        rest = after;
    }
    let covered_bytes = text.len() - rest.len() + MAC_TAG.len();
    let (covered, mac_tail) = file.split_at_checked(covered_bytes).ok_or(SealError::BadHeader)?;
    let encoded = mac_tail
        .get(..MAC_TAIL_BYTES)
        .and_then(|tail| tail.strip_prefix(b" ")?.strip_suffix(b"\n"))
        .ok_or(SealError::BadHeader)?;
    let mac = STANDARD_NO_PAD.decode(encoded).map_err(|_| SealError::BadHeader)?;
    if stanzas.is_empty() {
        Err(SealError::BadHeader)
    } else {
        Ok(Parsed { stanzas, covered, mac, mac_tail })
    }
}

/// A stanza's body stands in lines of 64 characters; the last one is shorter, if need be empty.
fn write_stanza(stanza: &Stanza, text: &mut Vec<u8>) {
    text.extend_from_slice(b"-> ");
    text.extend_from_slice(stanza.tag.as_bytes());
    for argument in &stanza.args {
        text.push(b' ');
        text.extend_from_slice(argument.as_bytes());
    }
    text.push(b'\n');
    let body = STANDARD_NO_PAD.encode(&stanza.body);
    let lines = body.as_bytes().chunks_exact(LINE_CHARS);
    let last = lines.remainder();
    for line in lines {
        text.extend_from_slice(line);
        text.push(b'\n');
    }
    text.extend_from_slice(last);
    text.push(b'\n');
}

fn mac(file_key: &FileKey, covered: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(file_key.header_key().expose())
        .expect("HMAC takes a key of any length");
    mac.update(covered);
    mac
}

#[cfg(test)]
mod tests;
