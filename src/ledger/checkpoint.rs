//! Checkpoints: the size and root of the tree at one moment, signed by the log's key
//! (C2SP `tlog-checkpoint` in a `signed-note`, Ed25519).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use signed_note::{Note, NoteError, Signature, StandardSigner, StandardVerifier, VerifierList};
use zeroize::Zeroizing;

use super::tree::Hash;
use crate::base::limits::REFERENCE_CHARS_MAX;
use crate::base::secret::SecretKey;

/// The note signature type of Ed25519 (C2SP `signed-note`).
const ED25519: u8 = 0x01;

/// The log's name, unique in the world, such as `archive.example.com/019…`: one word of at most
/// 120 bytes without `+`. It is also the name of the log's key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin(String);

/// A text that cannot be a log's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a log's name is one word of 1 to 120 printable ASCII characters without +")]
pub struct BadOrigin;

impl Origin {
    /// Reads a log's name.
    ///
    /// # Errors
    /// If it is empty, too long, or has blanks, `+` or characters outside ASCII.
    pub fn parse(text: &str) -> Result<Self, BadOrigin> {
        let word = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'+');
        if word && (1..=REFERENCE_CHARS_MAX).contains(&text.len()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadOrigin)
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The log's signing key. It is wiped when dropped and never shown.
pub struct LogKey {
    origin: Origin,
    vkey: String,
    pub(super) signer: StandardSigner,
}

impl LogKey {
    /// The Ed25519 key that belongs to `seed` (RFC 8032 §5.1.5), signing for `origin`.
    pub fn from_seed(seed: &SecretKey<32>, origin: Origin) -> Self {
        // A fixed 32-byte seed is the only thing that this call checks for.
        let pair = Ed25519KeyPair::from_seed_unchecked(seed.expose()).expect("a seed has 32 bytes");
        let public = typed(pair.public_key().as_ref());
        let id = signed_note::key_id(origin.as_str(), &public);
        let vkey = format!("{origin}+{id:08x}+{}", STANDARD.encode(&public));
        let private = Zeroizing::new(typed(seed.expose()));
        let private = Zeroizing::new(STANDARD.encode(&*private));
        let encoded = Zeroizing::new(format!("PRIVATE+KEY+{origin}+{id:08x}+{}", *private));
        // It works out the public key by itself and compares its id with the one from ring.
        let signer = StandardSigner::new(&encoded).expect("two implementations find one public key");
        Self { origin, vkey, signer }
    }

    /// The log's name.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The public key as strangers take it: `origin+id+base64`, as Go's `note.NewVerifier` reads.
    pub fn vkey(&self) -> String {
        self.vkey.clone()
    }
}

impl fmt::Debug for LogKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogKey").field("vkey", &self.vkey).field("seed", &"[withheld]").finish()
    }
}

fn typed(key: &[u8]) -> Vec<u8> {
    // The capacity is exact, so that no copy of a secret is left behind by growing.
    let mut bytes = Vec::with_capacity(1 + key.len());
    bytes.push(ED25519);
    bytes.extend_from_slice(key);
    bytes
}

/// What a checkpoint says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name.
    pub origin: String,
    /// Leaves of the tree.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
}

/// Why a checkpoint is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// The text is no signed note.
    #[error("not a signed note")]
    NotANote,
    /// The note's text is no checkpoint: origin, size and root, each on its line.
    #[error("the note is no checkpoint")]
    NotACheckpoint,
    /// The public key is no Ed25519 verifier key of the form `name+id+base64`.
    #[error("not a verifier key of the form name+id+base64")]
    BadVkey,
    /// The checkpoint names another log than the key does.
    #[error("a checkpoint of the log {found}, but the key belongs to {expected}")]
    OtherLog {
        /// The name in the checkpoint.
        found: String,
        /// The name of the key.
        expected: String,
    },
    /// No signature on the note is by this key.
    #[error("the note is not signed by this key")]
    NotSigned,
    /// A signature claims to be by this key, and is not.
    #[error("the signature is wrong")]
    BadSignature,
    /// A line of the note is a signature for which nothing vouches: a key's second one, or another key's where only
    /// this one signs.
    #[error("a signature stands there for which nothing vouches")]
    StraySignature,
}

/// The signed note that states size and root.
pub fn sign(key: &LogKey, size: u64, root: &Hash) -> String {
    let text = format!("{}\n{size}\n{}\n", key.origin, STANDARD.encode(root.as_bytes()));
    // The origin was parsed as printable ASCII without blanks, so text and key name are well
    // formed, and Ed25519 signing has no way to fail.
    let mut note = Note::new(text.as_bytes(), &[]).expect("the text has no control characters");
    note.add_sigs(&[&key.signer]).expect("the key's name is one word");
    String::from_utf8(note.to_bytes()).expect("a note is UTF-8")
}

/// What a note claims, without looking at its signatures. Never believe it for that alone: it
/// serves to say what an unpinned or foreign checkpoint states.
///
/// # Errors
/// If the text is no signed note with a checkpoint in it.
pub fn parse(note: &str) -> Result<Checkpoint, CheckpointError> {
    read(&Note::from_bytes(note.as_bytes()).map_err(|_| CheckpointError::NotANote)?)
}

/// The note, if the key of `vkey` signed it, and no key twice; and the name of that key.
pub(super) fn signed_note<'v>(note: &str, vkey: &'v str) -> Result<(Note, &'v str), CheckpointError> {
    let (name, verifier) = parse_vkey(vkey)?;
    let lines = note;
    let note = Note::from_bytes(note.as_bytes()).map_err(|_| CheckpointError::NotANote)?;
    // The crate looks at a key's first signature and skips its others, whatever they are.
    let signers = signers(lines);
    if signers.iter().zip(signers.iter().skip(1)).any(|(one, next)| one == next) {
        return Err(CheckpointError::StraySignature);
    }
    let known = VerifierList::new(vec![Box::new(verifier)]);
    note.verify(&known).map_err(|error| match error {
        NoteError::UnverifiedNote => CheckpointError::NotSigned,
        NoteError::MalformedNote => CheckpointError::NotANote,
        NoteError::InvalidSigner
        | NoteError::InvalidSignature { .. }
        | NoteError::MismatchedVerifier
        | NoteError::VerificationError(_)
        | NoteError::SignatureError(_) => CheckpointError::BadSignature,
    })?;
    Ok((note, name))
}

/// Whose signatures stand on a note that was read as one: names and ids, sorted.
pub(super) fn signers(note: &str) -> Vec<(String, u32)> {
    let lines = note.rsplit_once("\n\n").map_or("", |(_, lines)| lines).lines();
    let signatures = lines.filter_map(|line| Signature::from_bytes(line.as_bytes()).ok());
    let mut signers: Vec<_> = signatures.map(|one| (one.name().to_owned(), one.id())).collect();
    signers.sort_unstable();
    signers
}

/// What the log that `vkey` belongs to has signed.
///
/// # Errors
/// If the note or the key is malformed, or the note is not that log's, signed by that key.
pub fn open(note: &str, vkey: &str) -> Result<Checkpoint, CheckpointError> {
    let (note, name) = signed_note(note, vkey)?;
    let checkpoint = read(&note)?;
    if checkpoint.origin != name {
        return Err(CheckpointError::OtherLog { found: checkpoint.origin, expected: name.to_owned() });
    }
    Ok(checkpoint)
}

/// True for a verifier key in its only spelling, whose id is that of its key.
pub fn is_vkey(text: &str) -> bool {
    parse_vkey(text).is_ok()
}

/// Reads a verifier key in its only spelling.
pub(super) fn parse_vkey(vkey: &str) -> Result<(&str, StandardVerifier), CheckpointError> {
    let mut parts = vkey.splitn(3, '+');
    let (Some(name), Some(id), Some(_)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(CheckpointError::BadVkey);
    };
    if id.len() != 8 || !id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        return Err(CheckpointError::BadVkey);
    }
    let verifier = StandardVerifier::new(vkey).map_err(|_| CheckpointError::BadVkey)?;
    Ok((name, verifier))
}

fn read(note: &Note) -> Result<Checkpoint, CheckpointError> {
    let text = std::str::from_utf8(note.text()).map_err(|_| CheckpointError::NotANote)?;
    let body = text.strip_suffix('\n').ok_or(CheckpointError::NotACheckpoint)?;
    let mut lines = body.split('\n');
    let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
        return Err(CheckpointError::NotACheckpoint);
    };
    // Extension lines are allowed, but must not be empty; they carry nothing for us.
    if origin.is_empty() || lines.any(str::is_empty) {
        return Err(CheckpointError::NotACheckpoint);
    }
    let size = parse_decimal(size).ok_or(CheckpointError::NotACheckpoint)?;
    let root = parse_hash(root).ok_or(CheckpointError::NotACheckpoint)?;
    Ok(Checkpoint { origin: origin.to_owned(), size, root })
}

/// ASCII decimal in its only spelling: no sign, no leading zeros.
pub(super) fn parse_decimal(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

/// A hash in base64 with padding.
pub(super) fn parse_hash(text: &str) -> Option<Hash> {
    Hash::from_slice(&STANDARD.decode(text).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::golden;

    fn key() -> LogKey {
        golden::log_key()
    }

    #[test]
    fn a_signed_checkpoint_is_opened_with_the_logs_key() {
        let note = sign(&key(), 7, &golden::root());
        let opened = open(&note, &key().vkey()).unwrap();
        assert_eq!(opened, Checkpoint { origin: golden::ORIGIN.into(), size: 7, root: golden::root() });
        assert_eq!(parse(&note), Ok(opened));
    }

    #[test]
    fn no_key_signs_twice_and_a_witness_may_sign_once() {
        let note = sign(&key(), 7, &golden::root());
        let line = note.lines().last().unwrap().to_owned() + "\n";
        let witness = format!("— witness.example {}\n", STANDARD.encode([7; 68]));
        let open = |text: String| open(&text, &key().vkey()).map(|checkpoint| checkpoint.size);
        assert_eq!(open(format!("{note}{witness}")), Ok(7));
        // Also where the second is no signature of this text at all.
        let other = sign(&key(), 8, &golden::root()).lines().last().unwrap().to_owned() + "\n";
        for stray in [line, other, witness.repeat(2)] {
            assert_eq!(open(format!("{note}{stray}")), Err(CheckpointError::StraySignature), "{stray}");
        }
        assert_eq!(open(format!("{note}junk\n")), Err(CheckpointError::NotANote));
    }

    #[test]
    fn the_key_does_not_show_its_seed() {
        assert_eq!(
            format!("{:?}", key()),
            format!("LogKey {{ vkey: {:?}, seed: \"[withheld]\" }}", key().vkey())
        );
    }

    #[test]
    fn another_key_of_the_same_log_does_not_open_it() {
        let other = LogKey::from_seed(&SecretKey::take(&mut [9; 32]), key().origin().clone());
        assert_eq!(open(&sign(&key(), 7, &golden::root()), &other.vkey()), Err(CheckpointError::NotSigned));
    }

    #[test]
    fn a_checkpoint_of_another_log_is_refused_even_under_a_valid_signature() {
        let mut note = Note::new(
            format!("other.example/log\n7\n{}\n", STANDARD.encode(golden::root().as_bytes())).as_bytes(),
            &[],
        )
        .unwrap();
        note.add_sigs(&[&key().signer]).unwrap();
        let note = String::from_utf8(note.to_bytes()).unwrap();
        assert!(matches!(open(&note, &key().vkey()), Err(CheckpointError::OtherLog { .. })));
    }

    #[test]
    fn every_single_bit_flip_of_the_note_is_refused() {
        let note = sign(&key(), 1000, &golden::root()).into_bytes();
        for bit in 0..note.len() * 8 {
            let mut flipped = note.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            if let Ok(text) = std::str::from_utf8(&flipped) {
                assert!(open(text, &key().vkey()).is_err(), "bit {bit}: {text}");
            }
        }
    }

    #[test]
    fn every_single_bit_flip_of_the_vkey_is_refused() {
        let note = sign(&key(), 1000, &golden::root());
        let vkey = key().vkey().into_bytes();
        for bit in 0..vkey.len() * 8 {
            let mut flipped = vkey.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            if let Ok(text) = std::str::from_utf8(&flipped) {
                assert!(open(&note, text).is_err(), "bit {bit}: {text}");
            }
        }
    }

    #[test]
    fn sizes_and_roots_have_one_spelling() {
        let signed = |text: &str| {
            let mut note = Note::new(text.as_bytes(), &[]).unwrap();
            note.add_sigs(&[&key().signer]).unwrap();
            open(&String::from_utf8(note.to_bytes()).unwrap(), &key().vkey())
        };
        let root = STANDARD.encode(golden::root().as_bytes());
        let origin = golden::ORIGIN;
        assert!(signed(&format!("{origin}\n7\n{root}\nextension\n")).is_ok());
        for text in [
            format!("{origin}\n07\n{root}\n"),
            format!("{origin}\n+7\n{root}\n"),
            format!("{origin}\n18446744073709551616\n{root}\n"),
            format!("{origin}\n7\n{}\n", root.trim_end_matches('=')),
            format!("{origin}\n7\n{root}AAAA\n"),
            format!("{origin}\n7\n"),
            format!("\n7\n{root}\n"),
            format!("{origin}\n7\n{root}\n\nextension\n"),
        ] {
            assert_eq!(signed(&text), Err(CheckpointError::NotACheckpoint), "{text}");
        }
    }

    #[test]
    fn a_logs_name_is_one_word() {
        for bad in ["", "a b", "a+b", "a\nb", "档案", &"x".repeat(121)] {
            assert_eq!(Origin::parse(bad), Err(BadOrigin), "{bad}");
        }
    }
}
