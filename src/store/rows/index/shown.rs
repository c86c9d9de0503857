//! What readers of redacted text ask the index for: documents that have words, of which none is withheld.
//!
//! Promises that a document is found exactly by the words that it has once personal data in it is hidden, and that one
//! whose data was not looked for, whole and by the present engine, is found by none.

use std::fmt::Write as _;

use super::marks::marks_of;
use super::postings::push_short;
use crate::search::{Matching, Token};

/// What readers of redacted text ask for.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'t> {
    /// The words, each alternative with one set of tokens.
    pub words: &'t Matching,
    /// The same tokens in the domain of what is withheld: none may be there. As many as the words have.
    pub withheld: &'t [Token],
    /// The engine of the blocks of what is withheld: without such a block a document is open to nobody.
    pub engine: &'t str,
    /// The engine with which the version must be marked as examined.
    pub examined_by: &'t str,
}

/// The block of a document `f`.
const BLOCK_OF: &str = "b.docid = (SELECT min(i.docid) FROM index_rows i WHERE i.docid >=";
/// The document in which the words stand that are withheld of a document `f`: both blocks have their documents in one
/// order.
const SAME: &str = "w.docid - b.docid +";

impl Shown<'_> {
    /// True of a document whose postings are called `f`, for SQLite: what has any of the tokens is looked for once.
    pub(super) fn is_open_to_sqlite(self) -> String {
        // Tokens are bytes that are no text: a statement holds them as hexadecimal digits.
        let mut any = String::new();
        for (place, token) in self.withheld.iter().enumerate() {
            let mut quoted = if place == 0 { b"\"".to_vec() } else { b" OR \"".to_vec() };
            push_short(*token, &mut quoted);
            quoted.push(b'"');
            for byte in quoted {
                write!(any, "{byte:02X}").expect("memory takes it");
            }
        }
        format!(
            "EXISTS (SELECT 1 {} WHERE {BLOCK_OF} f.rowid) AND {SAME} f.rowid NOT IN \
             (SELECT rowid FROM index_withheld WHERE index_withheld MATCH CAST(X'{any}' AS TEXT)))",
            self.blocks()
        )
    }

    /// The same for PostgreSQL.
    #[cfg(feature = "postgres")]
    pub(super) fn is_open_to_postgres(self) -> String {
        let any = self.withheld.iter().map(Token::to_string).collect::<Vec<_>>().join(" | ");
        format!(
            "EXISTS (SELECT 1 {} WHERE {BLOCK_OF} f.docid) AND NOT EXISTS (SELECT 1 FROM index_withheld x \
             WHERE x.docid = {SAME} f.docid AND x.lexemes @@ '{any}'::tsquery))",
            self.blocks()
        )
    }

    /// A block `b` of the content, and the block `w` of what is withheld of the same version, which was examined whole.
    fn blocks(self) -> String {
        let Self { engine, examined_by, .. } = self;
        let (first, behind) = marks_of(examined_by);
        format!(
            "FROM index_rows b JOIN index_rows w ON w.record_id = b.record_id AND w.version = b.version \
             AND w.entries = b.entries AND w.domain = 'withheld' AND w.engine = '{engine}' \
             JOIN versions v ON v.record_id = b.record_id AND v.version = b.version \
             AND v.detected_engine >= '{first}' AND v.detected_engine < '{behind}'"
        )
    }
}
