//! What stands inside `epoch-<n>.age` and `index.age`: four or five lines that say what they are,
//! each a word, a blank and a value; keys in standard base64.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::BadKeyFile;
use crate::base::id::ArchiveId;
use crate::base::secret::{SecretBytes, SecretKey};
use crate::seal::{EpochKey, IndexKeys};

const EPOCH_TITLE: &str = "muniment epoch key v1";
const INDEX_TITLE: &str = "muniment index keys v1";

/// Writes the plaintext of `epoch-<n>.age`.
pub fn write_epoch(archive: ArchiveId, epoch: &EpochKey) -> SecretBytes {
    let mut text = begun(EPOCH_TITLE, archive);
    text.push_str(&format!("epoch {}\n", epoch.number));
    push_key("key", epoch.key(), &mut text);
    finished(text)
}

/// Reads the plaintext of `epoch-<n>.age`.
///
/// # Errors
/// `Form`, `OtherArchive`, `OtherEpoch`.
pub fn parse_epoch(plain: &[u8], archive: ArchiveId, number: u32) -> Result<EpochKey, BadKeyFile> {
    let mut lines = Lines::begin(plain, EPOCH_TITLE, "an epoch key file", archive)?;
    let bad = lines.bad();
    let found = lines.value("epoch")?.parse::<u32>().map_err(|_| bad)?;
    let key = lines.key("key")?;
    lines.end()?;
    if found == number { Ok(EpochKey::from_key(number, key)) } else { Err(BadKeyFile::OtherEpoch { found }) }
}

/// Writes the plaintext of `index.age`.
pub fn write_index(archive: ArchiveId, keys: &IndexKeys) -> SecretBytes {
    let mut text = begun(INDEX_TITLE, archive);
    push_key("content", &keys.content, &mut text);
    push_key("subject", &keys.subject, &mut text);
    push_key("lookup", &keys.lookup, &mut text);
    finished(text)
}

/// Reads the plaintext of `index.age`.
///
/// # Errors
/// `Form`, `OtherArchive`.
pub fn parse_index(plain: &[u8], archive: ArchiveId) -> Result<IndexKeys, BadKeyFile> {
    let mut lines = Lines::begin(plain, INDEX_TITLE, "an index key file", archive)?;
    let keys = IndexKeys {
        content: lines.key("content")?,
        subject: lines.key("subject")?,
        lookup: lines.key("lookup")?,
    };
    lines.end()?;
    Ok(keys)
}

fn begun(title: &str, archive: ArchiveId) -> Zeroizing<String> {
    // Room for everything: a text that grows leaves keys behind in memory.
    let mut text = Zeroizing::new(String::with_capacity(512));
    text.push_str(&format!("{title}\narchive {archive}\n"));
    text
}

fn push_key(word: &str, key: &SecretKey<32>, text: &mut Zeroizing<String>) {
    text.push_str(word);
    text.push(' ');
    STANDARD.encode_string(key.expose(), text);
    text.push('\n');
}

fn finished(mut text: Zeroizing<String>) -> SecretBytes {
    SecretBytes::new(std::mem::take(&mut *text).into_bytes())
}

struct Lines<'a> {
    rest: std::str::Lines<'a>,
    expected: &'static str,
}

impl<'a> Lines<'a> {
    fn begin(
        plain: &'a [u8],
        title: &str,
        expected: &'static str,
        archive: ArchiveId,
    ) -> Result<Self, BadKeyFile> {
        let text = std::str::from_utf8(plain).map_err(|_| BadKeyFile::Form { expected })?;
        let mut lines = Self { rest: text.lines(), expected };
        if lines.rest.next() != Some(title) {
            return Err(lines.bad());
        }
        let found = ArchiveId::parse(lines.value("archive")?).map_err(|_| lines.bad())?;
        if found == archive { Ok(lines) } else { Err(BadKeyFile::OtherArchive) }
    }

    fn bad(&self) -> BadKeyFile {
        BadKeyFile::Form { expected: self.expected }
    }

    fn value(&mut self, word: &str) -> Result<&'a str, BadKeyFile> {
        self.rest
            .next()
            .and_then(|line| line.strip_prefix(word)?.strip_prefix(' '))
            .ok_or(BadKeyFile::Form { expected: self.expected })
    }

    fn key(&mut self, word: &str) -> Result<SecretKey<32>, BadKeyFile> {
        let encoded = self.value(word)?;
        let bytes = Zeroizing::new(STANDARD.decode(encoded).map_err(|_| self.bad())?);
        SecretKey::from_slice(&bytes).ok_or_else(|| self.bad())
    }

    fn end(mut self) -> Result<(), BadKeyFile> {
        if self.rest.next().is_none() { Ok(()) } else { Err(self.bad()) }
    }
}
