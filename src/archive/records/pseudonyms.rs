//! What stands for people and things in the renditions of one case: the case's secret, and the numbers
//! that were given. They lie in a cell of the case, so that the same person is the same in all of its
//! records; a record without a case has its own.

use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::archive::Inner;
use crate::archive::cells::{self, REDACTION};
use crate::archive::refusal::{Refusal, Thing};
use crate::base::digest::{Digest, from_hex, to_hex};
use crate::base::secret::SecretKey;
use crate::redaction::{CaseBook, Keys};
use crate::seal::Keyring;
use crate::store::Conn;
use crate::store::rows::cells::{self as cell_rows, CellRow};

/// The secret of a case and its numbers, with what was read of them.
pub(super) struct Pseudonyms {
    owner: String,
    secret: SecretKey<32>,
    book: CaseBook,
    /// Lines and digest of the cell as it was read; `None` if there was none.
    was: Option<(String, Digest)>,
}

impl Pseudonyms {
    /// Reads them, or draws a secret where nothing was ever hidden.
    ///
    /// # Errors
    /// The cell is damaged.
    pub(super) fn read(inner: &Inner, keys: &Keyring, conn: &mut Conn, owner: &str) -> Result<Self, Refusal> {
        let owner = owner.to_owned();
        let Some(row) = cell_rows::get(conn, &owner, REDACTION)? else {
            let secret = SecretKey::generate(inner.entropy.as_ref());
            return Ok(Self { owner, secret, book: CaseBook::default(), was: None });
        };
        let damaged = || Refusal::Damaged(Thing::Case);
        let plain = cells::open(keys, &row, Thing::Case)?;
        let said: Value = serde_json::from_slice(plain.expose()).map_err(|_| damaged())?;
        let text = |name: &str| said.get(name).and_then(Value::as_str).ok_or_else(damaged);
        let bytes = Zeroizing::new(from_hex(text("secret")?).ok_or_else(damaged)?);
        let secret = SecretKey::from_slice(&bytes).ok_or_else(damaged)?;
        let lines = text("numbers")?.to_owned();
        let book = CaseBook::parse(&lines).ok_or_else(damaged)?;
        Ok(Self { owner, secret, book, was: Some((lines, row.digest)) })
    }

    /// The secrets by which values are hashed, exchanged and shifted.
    pub(super) fn keys(&self) -> Keys {
        Keys::new(self.secret.clone())
    }

    /// The numbers given so far.
    pub(super) fn book(&mut self) -> &mut CaseBook {
        &mut self.book
    }

    /// The cell to be written, with the digest of the one that it replaces; `None` if nothing is new.
    ///
    /// # Errors
    /// The epoch key is not on this node.
    pub(super) fn to_write(
        &self,
        inner: &Inner,
        keys: &Keyring,
    ) -> Result<Option<(CellRow, Option<Digest>)>, Refusal> {
        let lines = self.book.to_lines();
        if self.was.as_ref().is_some_and(|(was, _)| *was == lines) {
            return Ok(None);
        }
        let secret = Zeroizing::new(to_hex(self.secret.expose()));
        let json = json!({"numbers": lines, "secret": *secret});
        let plain = crate::base::secret::SecretBytes::new(crate::base::canonical::to_bytes(&json));
        let row = cells::seal(inner, keys, &self.owner, REDACTION, &plain, 0)?;
        Ok(Some((row, self.was.as_ref().map(|(_, digest)| *digest))))
    }
}
