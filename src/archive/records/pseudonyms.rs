//! What stands for people and things in the renditions of one case: the case's secret, and the numbers
//! that were given. They lie in a cell of the case, so that the same person is the same in all of its
//! records; a record without a case has its own.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::archive::Inner;
use crate::archive::bound::digest_in;
use crate::archive::cases::evidence::Opening;
use crate::archive::cells::{self, REDACTION};
use crate::archive::refusal::{Refusal, Thing, Withheld};
use crate::base::digest::{Digest, from_hex, to_hex};
use crate::base::secret::SecretKey;
use crate::ledger::entry::EntryKind;
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
    /// Reads them, or draws a secret where nothing was ever hidden. They are those to which the last entry
    /// about them is committed: older ones, put back, would give a number to two people.
    ///
    /// # Errors
    /// [`Refusal::Damaged`] if they are others, or missing.
    pub(super) fn read(
        inner: &Inner,
        (keys, ledger): Opening<'_>,
        conn: &mut Conn,
        owner: &str,
    ) -> Result<Self, Refusal> {
        let owner = owner.to_owned();
        let about = (owner.as_str(), Thing::Case);
        let said = ledger.ask(conn, about, |entry| match entry.kind {
            EntryKind::Redacted => entry.facts.get("numbers").and_then(digest_in),
            _ => None,
        })?;
        let row = cell_rows::get(conn, &owner, REDACTION)?;
        let (Some(row), Some(said)) = (&row, said) else {
            if row.is_some() || said.is_some() {
                return Err(Refusal::Damaged(Thing::Case));
            }
            let secret = SecretKey::generate(inner.entropy.as_ref());
            return Ok(Self { owner, secret, book: CaseBook::default(), was: None });
        };
        let damaged = || Refusal::Damaged(Thing::Case);
        if cells::commitment_of(keys, conn, &owner, REDACTION, Thing::Case)? != said {
            return Err(damaged());
        }
        let words = cells::profile(keys, conn, &owner, REDACTION, Thing::Case)?;
        let text = |name: &str| words.get(name).and_then(Value::as_str).ok_or_else(damaged);
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

    /// The secret itself.
    pub(super) const fn secret(&self) -> &SecretKey<32> {
        &self.secret
    }

    /// Takes the numbers that another process has given: those that were given before must be what they were.
    ///
    /// # Errors
    /// They are not.
    pub(super) fn take(&mut self, lines: &str) -> Result<(), Refusal> {
        let book = CaseBook::parse(lines).ok_or(Refusal::Withheld(Withheld::Unproven))?;
        let given = self.book.to_lines();
        let told: BTreeSet<&str> = lines.lines().collect();
        // An alias may turn out to be shared by several people: that is all that may change.
        let stays = |line: &&str| told.contains(line) || line.starts_with("PERSON~ ");
        if !given.lines().all(|line| stays(&line)) {
            return Err(Refusal::Withheld(Withheld::Unproven));
        }
        self.book = book;
        Ok(())
    }

    /// The numbers given so far.
    pub(super) fn book(&mut self) -> &mut CaseBook {
        &mut self.book
    }

    /// What is to be written; `None` if nothing is new.
    ///
    /// # Errors
    /// The epoch key is not on this node.
    pub(super) fn to_write(&self, inner: &Inner, keys: &Keyring) -> Result<Option<Numbers>, Refusal> {
        let lines = self.book.to_lines();
        if self.was.as_ref().is_some_and(|(was, _)| *was == lines) {
            return Ok(None);
        }
        let secret = Zeroizing::new(to_hex(self.secret.expose()));
        let json = json!({"numbers": lines, "secret": *secret});
        let sealed = cells::seal_profile(inner, keys, &self.owner, REDACTION, &json)?;
        let was = self.was.as_ref().map(|(_, digest)| *digest);
        Ok(Some(Numbers { row: sealed.row, commitment: sealed.commitment, was }))
    }
}

/// The numbers of a case as they are to be written.
pub(super) struct Numbers {
    pub row: CellRow,
    /// To what the entry about them commits itself.
    pub commitment: Digest,
    /// The digest of the cell that they replace.
    pub was: Option<Digest>,
}
