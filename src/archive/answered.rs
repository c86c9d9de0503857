//! What a request was answered with, under the key by which it is known again. The row carries a keyed
//! token over all that it says: who can write to the database alone gives nobody another's answer.

use crate::base::digest::to_hex;
use crate::seal::IndexKeys;
use crate::store::rows::idempotency::IdempotencyRow;

use super::refusal::{Refusal, Thing};

/// What the token is used for.
const PURPOSE: &str = "idempotency.answer";
/// Stands between what came of a request and the token.
const BEFORE_TOKEN: char = '#';

/// The row with its token.
pub(super) fn seal(index: &IndexKeys, row: IdempotencyRow) -> IdempotencyRow {
    let token = token(index, &row, &row.subject);
    IdempotencyRow { subject: format!("{}{BEFORE_TOKEN}{token}", row.subject), ..row }
}

/// What came of the request, as it was kept.
///
/// # Errors
/// [`Refusal::Damaged`] with `thing` if anything of the row was changed.
pub(super) fn open<'r>(index: &IndexKeys, row: &'r IdempotencyRow, thing: Thing) -> Result<&'r str, Refusal> {
    match row.subject.rsplit_once(BEFORE_TOKEN) {
        Some((subject, kept)) if kept == token(index, row, subject) => Ok(subject),
        _ => {
            tracing::error!(what = ?thing, "the answer to an earlier request is not the one that was kept");
            Err(Refusal::Damaged(thing))
        }
    }
}

fn token(index: &IndexKeys, row: &IdempotencyRow, subject: &str) -> String {
    let IdempotencyRow { actor, key_token, request_digest, subject: _, created_at: _ } = row;
    let text = [actor, to_hex(key_token).as_str(), request_digest.to_hex().as_str(), subject].join("\u{1f}");
    to_hex(&index.lookup_token(PURPOSE, &text))
}
