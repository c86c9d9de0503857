//! Text of foreign exports, read by the rules that the archive reads every text with.

use zeroize::Zeroizing;

use super::table_fault::{TableFault, TableProblem};
use crate::document::{self, Charset, NotText};

/// Decodes with the declared encoding (a label of the Encoding standard), or finds which of UTF-8, UTF-16, GB18030
/// and Big5 it is where none is declared. Strict: a byte that is no text is a fault, never a replacement character.
///
/// Gives the text without byte order mark, and what it was in. A declaration that the bytes
/// contradict is overruled, except UTF-8: who says UTF-8 and writes something else is told where.
pub(super) fn decode(
    bytes: &[u8],
    declared: Option<&str>,
) -> Result<(Zeroizing<String>, Charset), TableFault> {
    let declared = declared.map(str::trim);
    if declared.is_some_and(|label| Charset::parse(label).is_none()) {
        return Err(TableFault::whole(TableProblem::UnknownEncoding));
    }
    match document::decode_table(bytes, declared) {
        Ok(decoded) => Ok((decoded.text, decoded.charset)),
        Err(NotText::Malformed { charset, offset, line }) => {
            let problem = TableProblem::Encoding { byte: offset, encoding: charset.as_str() };
            Err(TableFault::line(u64::try_from(line).unwrap_or(u64::MAX), problem))
        }
        Err(NotText::Unclear | NotText::Binary) => Err(TableFault::whole(TableProblem::UnknownEncoding)),
    }
}
