//! Cursors of lists: opaque to clients, and good only for the list and the filters for which they
//! were made. A list goes on behind the last row shown, so rows added meanwhile shift nothing.
//!
//! What a cursor says (an instant, an id) is encrypted, for it may be more than the row itself showed:
//! the authentication code of the place is the nonce of its key stream (a synthetic nonce, as in RFC 5297).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

use super::problem::Problem;
use crate::base::moment::Moment;
use crate::base::secret::SecretKey;
use crate::store::rows::Before;
use crate::words::Refusal;

const MAC_BYTES: usize = 16;

/// Makes and reads cursors. The key is the archive's: a list goes on after a restart of the service.
pub struct Cursors(SecretKey<32>);

impl Cursors {
    /// Under a key.
    pub fn new(key: SecretKey<32>) -> Self {
        Self(key)
    }

    /// The cursor behind `before` in the list that `list` describes with its filters.
    pub fn write<Id: ToString>(&self, list: &str, before: &Before<Id>) -> String {
        self.wrap(list, &format!("{} {}", before.at.micros(), before.id.to_string()))
    }

    /// Reads a cursor of that list.
    ///
    /// # Errors
    /// `cursor_invalid`.
    pub fn read<Id, E>(
        &self,
        list: &str,
        cursor: &str,
        parse: impl Fn(&str) -> Result<Id, E>,
    ) -> Result<Before<Id>, Problem> {
        let text = self.unwrap(list, cursor)?;
        let before = text.split_once(' ').and_then(|(at, id)| {
            Some(Before { at: Moment::from_micros(at.parse().ok()?), id: parse(id).ok()? })
        });
        before.ok_or_else(|| Refusal::CursorInvalid.into())
    }

    /// Makes a cursor of a place that the archive wrote.
    pub fn wrap(&self, list: &str, place: &str) -> String {
        let mac = self.mac(list, place.as_bytes());
        let mut sealed = place.as_bytes().to_vec();
        self.mask(&mac, &mut sealed);
        sealed.extend_from_slice(&mac);
        URL_SAFE_NO_PAD.encode(sealed)
    }

    /// The place in a cursor of that list.
    ///
    /// # Errors
    /// `cursor_invalid`.
    pub fn unwrap(&self, list: &str, cursor: &str) -> Result<String, Problem> {
        self.open(list, cursor).ok_or_else(|| Refusal::CursorInvalid.into())
    }

    fn open(&self, list: &str, cursor: &str) -> Option<String> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (sealed, mac) = bytes.split_at_checked(bytes.len().checked_sub(MAC_BYTES)?)?;
        let mut place = sealed.to_vec();
        self.mask(mac, &mut place);
        if !bool::from(self.mac(list, &place).ct_eq(mac)) {
            return None;
        }
        String::from_utf8(place).ok()
    }

    /// Adds the key stream that belongs to this code; the same again takes it away.
    fn mask(&self, mac: &[u8], bytes: &mut [u8]) {
        for (number, chunk) in (0_u64..).zip(bytes.chunks_mut(32)) {
            let mut stream = Hmac::<Sha256>::new_from_slice(self.0.expose()).expect("HMAC takes any key");
            // No list has a name of that length: the two uses of the key never meet.
            stream.update(&u64::MAX.to_be_bytes());
            stream.update(mac);
            stream.update(&number.to_be_bytes());
            for (byte, key) in chunk.iter_mut().zip(stream.finalize().into_bytes()) {
                *byte ^= key;
            }
        }
    }

    fn mac(&self, list: &str, bytes: &[u8]) -> [u8; MAC_BYTES] {
        // HMAC takes keys of any length.
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.expose()).expect("HMAC takes any key");
        mac.update(&(list.len() as u64).to_be_bytes());
        mac.update(list.as_bytes());
        mac.update(bytes);
        let mut short = [0; MAC_BYTES];
        for (target, byte) in short.iter_mut().zip(mac.finalize().into_bytes()) {
            *target = byte;
        }
        short
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::entropy::SeededEntropy;
    use crate::base::id::RecordId;

    #[test]
    fn a_cursor_is_good_for_its_own_list_only_and_cannot_be_made_up() {
        let cursors = Cursors::new(SecretKey::generate(&SeededEntropy::new(1)));
        let at = Moment::from_micros(1_800_000_000_000_000);
        let id = RecordId::generate(at, &SeededEntropy::new(2));
        let cursor = cursors.write("records?kind=ticket", &Before { at, id });
        let read = cursors.read("records?kind=ticket", &cursor, RecordId::parse).unwrap();
        assert_eq!((read.at, read.id), (at, id));
        assert!(cursors.read("records?kind=chat", &cursor, RecordId::parse).is_err());
        let shown = URL_SAFE_NO_PAD.decode(&cursor).unwrap();
        assert!(!String::from_utf8_lossy(&shown).contains("1800000000"), "it tells no instant");
        let other = Cursors::new(SecretKey::generate(&SeededEntropy::new(3)));
        assert!(other.read("records?kind=ticket", &cursor, RecordId::parse).is_err());
        for made_up in
            ["", "AAAA", "%%%", cursor.trim_start_matches(|c| cursor.starts_with(c)), &format!("{cursor}A")]
        {
            assert!(cursors.read("records?kind=ticket", made_up, RecordId::parse).is_err(), "{made_up}");
        }
    }
}
