//! The key that signs checkpoints, in the text forms of C2SP signed-note
//! (<https://c2sp.org/signed-note>) and of Go's `golang.org/x/mod/sumdb/note`:
//! `PRIVATE+KEY+<origin>+<key id>+<base64(1 ‖ seed)>` and `<origin>+<key id>+<base64(1 ‖ public key)>`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::BadKeyFile;
use crate::base::limits::LOG_ORIGIN_CHARS_MAX;
use crate::base::secret::{SecretBytes, SecretKey};

const EXPECTED: &str = "a signed-note private key (PRIVATE+KEY+…)";
/// The signature type of Ed25519.
const ED25519: u8 = 1;

/// True if `origin` can name a log: 1 to 120 visible ASCII characters without `+`, quotes and
/// backslash. A schema-less URL such as `archive.example.com/evidence` is customary.
pub fn check_origin(origin: &str) -> bool {
    (1..=LOG_ORIGIN_CHARS_MAX).contains(&origin.len())
        && origin.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'+' | b'"' | b'\\'))
}

/// Writes `log.key`: one line.
pub fn write_log_key(origin: &str, seed: &SecretKey<32>) -> SecretBytes {
    let mut tagged = Zeroizing::new([ED25519; 33]);
    tagged.split_at_mut(1).1.copy_from_slice(seed.expose());
    let mut text = Zeroizing::new(String::with_capacity(256));
    text.push_str(&format!("PRIVATE+KEY+{origin}+{}+", key_id(origin, &public_key(seed))));
    STANDARD.encode_string(tagged.as_slice(), &mut text);
    text.push('\n');
    SecretBytes::new(std::mem::take(&mut *text).into_bytes())
}

/// Reads `log.key`; its origin and key id must fit.
///
/// # Errors
/// `Form`, also for another origin or a key id that is not of this key.
pub fn parse_log_key(bytes: &[u8], origin: &str) -> Result<SecretKey<32>, BadKeyFile> {
    parse(bytes, origin).ok_or(BadKeyFile::Form { expected: EXPECTED })
}

/// The origin that a `log.key` names itself, if the file is whole: its key id binds the origin to the key.
pub fn origin_of_log_key(bytes: &[u8]) -> Option<String> {
    let line = std::str::from_utf8(bytes).ok()?;
    let (origin, _) = line.strip_prefix("PRIVATE+KEY+")?.split_once('+')?;
    parse(bytes, origin).map(|_| origin.to_owned())
}

/// Writes `log.vkey`, the public key that verifiers are given: one line.
pub fn write_verifier_key(origin: &str, seed: &SecretKey<32>) -> String {
    let public = public_key(seed);
    let mut tagged = vec![ED25519];
    tagged.extend_from_slice(&public);
    format!("{origin}+{}+{}\n", key_id(origin, &public), STANDARD.encode(tagged))
}

fn parse(bytes: &[u8], origin: &str) -> Option<SecretKey<32>> {
    let line = std::str::from_utf8(bytes).ok()?.trim_end();
    let rest = line.strip_prefix("PRIVATE+KEY+")?.strip_prefix(origin)?.strip_prefix('+')?;
    let (id, encoded) = rest.split_once('+')?;
    let tagged = Zeroizing::new(STANDARD.decode(encoded).ok()?);
    let seed = SecretKey::from_slice(tagged.strip_prefix(&[ED25519])?)?;
    (key_id(origin, &public_key(&seed)) == id).then_some(seed)
}

fn public_key(seed: &SecretKey<32>) -> [u8; 32] {
    let pair = Ed25519KeyPair::from_seed_unchecked(seed.expose()).expect("an Ed25519 seed has 32 bytes");
    let mut public = [0; 32];
    public.copy_from_slice(pair.public_key().as_ref());
    public
}

/// The first four bytes of SHA-256(`origin ‖ "\n" ‖ 1 ‖ public key`), in hexadecimal.
fn key_id(origin: &str, public: &[u8; 32]) -> String {
    let digest = Sha256::new()
        .chain_update(origin.as_bytes())
        .chain_update([b'\n', ED25519])
        .chain_update(public)
        .finalize();
    crate::base::digest::to_hex(digest.split_at(4).0)
}
