//! The search index: rows that say what the documents are, and postings of keyed tokens. The engines
//! are given opaque words only; which words those are, and whether a hit is one, is decided above.
//!
//! What is withheld has blocks of its own, whose documents stand in the order of those of the content.
//!
//! Rows name blocks: a segment of a bulk log has a document for each of its entries, and a row for each
//! would be longer than the entry's postings.

mod marks;
mod postings;
mod shown;

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::column::{Column, words};
use super::row::row;
use super::statements::{change, insert, list};
use crate::base::id::RecordId;
use crate::store::StoreError;
use crate::store::backend::{Conn, each};
use crate::store::schema::index_rows;

pub(in crate::store::rows) use marks::marks_of;
pub use marks::{Amiss, amiss, count_pending, mark, pending};
pub use postings::{
    Ask, PIECE_TOKENS_MAX, Place, Span, Words, count_hits, delete, hits, hits_in, put, size_bytes, tidy,
};

pub use shown::Shown;

#[cfg(test)]
pub(in crate::store) use postings::stored_form;

words! {
    /// Which of the indexes.
    Domain = "domain of the index" {
        /// What the text says.
        Content = "content",
        /// What the text does not say any more once personal data in it is hidden.
        Withheld = "withheld",
        /// Whom the record is about.
        Subject = "subject",
    }
}

row! {
    /// A block of documents: one for each entry of a segment, then one for the record as a whole.
    IndexRow as RawIndexRow in index_rows by (docid) {
        /// The number of the record as a whole, the highest of the block. Later blocks have higher ones.
        docid: i64,
        /// The record.
        record_id: RecordId,
        /// The version.
        version: u32,
        /// Entries that have a document of their own, before the record's.
        entries: u64,
        /// Pieces of the block's documents that are in the index, counted from the first document on.
        pieces: u64,
        /// The index that its tokens are in.
        domain: Domain,
        /// The version of the engine that made the tokens.
        engine: String,
    }
}

impl IndexRow {
    /// The number of the block's document `place`: entries from 0, then the record as a whole.
    pub fn docid_of(&self, place: u64) -> i64 {
        self.first().saturating_add_unsigned(place)
    }

    /// The entry whose document has this number; `None` for the record as a whole.
    pub fn entry_of(&self, docid: i64) -> Option<u64> {
        u64::try_from(docid.checked_sub(self.first())?).ok().filter(|entry| *entry < self.entries)
    }

    /// The numbers of all its documents.
    pub fn span(&self) -> Span {
        Span { first: self.first(), last: self.docid }
    }

    fn first(&self) -> i64 {
        self.docid.saturating_sub_unsigned(self.entries)
    }
}

/// A block that is to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBlock {
    /// The record.
    pub record_id: RecordId,
    /// The version.
    pub version: u32,
    /// Entries that get a document of their own.
    pub entries: u64,
    /// The index.
    pub domain: Domain,
    /// The version of the engine that makes the tokens.
    pub engine: String,
}

/// Reserves the numbers of a block's documents. Nodes of a shared database take turns until the end of
/// their transactions.
pub fn reserve(conn: &mut Conn, block: &NewBlock) -> Result<IndexRow, StoreError> {
    #[cfg(feature = "postgres")]
    if let Conn::Postgres(c) = conn {
        diesel::sql_query("SELECT pg_advisory_xact_lock(5714019423)").execute(c)?;
    }
    let last: Option<i64> =
        each!(conn, c => index_rows::table.select(diesel::dsl::max(index_rows::docid)).first(c))?;
    let row = IndexRow {
        docid: last.unwrap_or(0).saturating_add(1).saturating_add_unsigned(block.entries),
        record_id: block.record_id,
        version: block.version,
        entries: block.entries,
        pieces: 0,
        domain: block.domain,
        engine: block.engine.clone(),
    };
    insert!(conn, index_rows, &row)?;
    Ok(row)
}

/// Notes how many pieces of a block are in the index; false if they were not `from` many.
pub fn set_pieces(conn: &mut Conn, docid: i64, from: u64, to: u64) -> Result<bool, StoreError> {
    let as_it_was = index_rows::table.find(docid).filter(index_rows::pieces.eq(from.to_raw()));
    let changed = change!(conn, diesel::update(as_it_was).set(index_rows::pieces.eq(to.to_raw())))?;
    Ok(changed == 1)
}

/// Removes the row of a block whose pieces are all out of the index; false if there is no such row.
pub fn remove(conn: &mut Conn, docid: i64) -> Result<bool, StoreError> {
    let emptied = index_rows::table.find(docid).filter(index_rows::pieces.eq(0));
    Ok(change!(conn, diesel::delete(emptied))? == 1)
}

/// The blocks of a record in one domain, oldest first.
pub fn of_record(conn: &mut Conn, record: RecordId, domain: Domain) -> Result<Vec<IndexRow>, StoreError> {
    list!(
        conn,
        RawIndexRow,
        index_rows::table
            .filter(index_rows::record_id.eq(record.to_raw()))
            .filter(index_rows::domain.eq(domain.as_str()))
            .order(index_rows::docid)
    )
}

/// The blocks of some records in one domain, in no particular order.
pub fn of_records(
    conn: &mut Conn,
    records: &[RecordId],
    domain: Domain,
) -> Result<Vec<IndexRow>, StoreError> {
    let mut rows: Vec<IndexRow> = Vec::with_capacity(records.len());
    for chunk in records.chunks(500) {
        let ids: Vec<String> = chunk.iter().map(Column::to_raw).collect();
        let found: Vec<IndexRow> = list!(
            conn,
            RawIndexRow,
            index_rows::table
                .filter(index_rows::record_id.eq_any(&ids))
                .filter(index_rows::domain.eq(domain.as_str()))
        )?;
        rows.extend(found);
    }
    Ok(rows)
}

/// Each of the documents with the block that it belongs to, in their order; those without a block are
/// left out.
pub fn blocks_of(conn: &mut Conn, docids: &[i64]) -> Result<Vec<(i64, IndexRow)>, StoreError> {
    let mut found = Vec::with_capacity(docids.len());
    for chunk in docids.chunks(500) {
        // The row of a document is the lowest at or above it.
        let values = chunk.iter().map(|docid| format!("({docid})")).collect::<Vec<_>>().join(",");
        let sql = format!(
            "WITH asked(docid) AS (VALUES {values}) SELECT CAST(asked.docid AS BIGINT) AS document, \
             (SELECT min(i.docid) FROM index_rows i WHERE i.docid >= asked.docid) AS block FROM asked"
        );
        let pairs: Vec<Belongs> = each!(conn, c => diesel::sql_query(sql).load(c))?;
        let mut blocks: Vec<i64> = pairs.iter().filter_map(|pair| pair.block).collect();
        blocks.sort_unstable();
        blocks.dedup();
        let rows: Vec<IndexRow> =
            list!(conn, RawIndexRow, index_rows::table.filter(index_rows::docid.eq_any(&blocks)))?;
        let by_docid: HashMap<i64, IndexRow> = rows.into_iter().map(|row| (row.docid, row)).collect();
        let block_of = pairs.into_iter().filter_map(|pair| Some((pair.document, pair.block?)));
        found.extend(block_of.filter_map(|(document, block)| {
            let row = by_docid.get(&block).filter(|row| row.span().holds(document))?;
            Some((document, row.clone()))
        }));
    }
    Ok(found)
}

#[derive(QueryableByName)]
struct Belongs {
    #[diesel(sql_type = BigInt)]
    document: i64,
    #[diesel(sql_type = diesel::sql_types::Nullable<BigInt>)]
    block: Option<i64>,
}

/// How many documents there are in a domain.
pub fn count_documents(conn: &mut Conn, domain: Domain) -> Result<u64, StoreError> {
    let sql =
        "SELECT CAST(coalesce(sum(entries + 1), 0) AS BIGINT) AS number FROM index_rows WHERE domain = ";
    let found: postings::Number =
        each!(conn, c => diesel::sql_query(format!("{sql}'{}'", domain.as_str())).get_result(c))?;
    Ok(found.number.unsigned_abs())
}

/// How many blocks are of a version that is not there.
pub fn count_of_nothing(conn: &mut Conn) -> Result<u64, StoreError> {
    let sql = "SELECT CAST(count(*) AS BIGINT) AS number FROM index_rows i WHERE NOT EXISTS \
               (SELECT 1 FROM versions v WHERE v.record_id = i.record_id AND v.version = i.version)";
    let found: postings::Number = each!(conn, c => diesel::sql_query(sql).get_result(c))?;
    Ok(found.number.unsigned_abs())
}

/// True if there are documents, but no postings: PostgreSQL empties unlogged tables after a crash, and
/// restored backups have none. The index must then be made anew.
pub fn postings_lost(conn: &mut Conn, domain: Domain) -> Result<bool, StoreError> {
    let written = index_rows::table
        .filter(index_rows::domain.eq(domain.as_str()))
        .filter(index_rows::pieces.gt(0))
        .select(index_rows::docid)
        .limit(1);
    let any: Vec<i64> = each!(conn, c => written.load(c))?;
    if any.is_empty() { Ok(false) } else { postings::are_none(conn, domain) }
}

/// Empties a domain and asks for every version to be done again in it.
pub fn clear(conn: &mut Conn, domain: Domain) -> Result<(), StoreError> {
    postings::empty(conn, domain)?;
    change!(conn, diesel::delete(index_rows::table.filter(index_rows::domain.eq(domain.as_str()))))?;
    marks::clear(conn, domain)
}
