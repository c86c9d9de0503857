//! Postings, and the one place with SQL of its own: neither engine has a form in diesel.
//!
//! SQLite: contentless FTS5 without positions. A document of very many tokens is put in pieces under
//! the same number, which a contentless table allows: each piece adds postings and nothing else.
//! PostgreSQL: one tsvector a piece.

use std::fmt::Write as _;

use diesel::prelude::*;
#[cfg(feature = "postgres")]
use diesel::sql_types::Text;
use diesel::sql_types::{BigInt, Binary};

use super::Domain;
use super::shown::Shown;
use crate::search::{Matching, SubjectToken, Token};
use crate::store::StoreError;
use crate::store::backend::{Conn, each};

/// Tokens of one piece. A tsvector holds 1 MB at most; and what is put or taken out at once keeps the writer from
/// captures so long.
pub const PIECE_TOKENS_MAX: usize = 4_096;

/// The tokens of one piece.
#[derive(Debug, Clone, Copy)]
pub enum Words<'t> {
    /// Of the content index.
    Content(&'t [Token]),
    /// Of the subject index.
    Subject(&'t [SubjectToken]),
    /// Of what is withheld.
    Withheld(&'t [Token]),
}

/// Where a piece belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The document.
    pub docid: i64,
    /// The piece's place among the document's.
    pub part: u64,
}

/// What documents are asked for.
#[derive(Debug, Clone, Copy)]
pub enum Ask<'t> {
    /// Whose words fit.
    Content(&'t Matching),
    /// That are about any of these.
    Subject(&'t [SubjectToken]),
    /// Whose words fit and are open to readers of redacted text.
    Shown(Shown<'t>),
}

/// Documents with numbers that follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The lowest number.
    pub first: i64,
    /// The highest.
    pub last: i64,
}

impl Span {
    /// True if the document is one of these.
    pub fn holds(self, docid: i64) -> bool {
        (self.first..=self.last).contains(&docid)
    }
}

impl Words<'_> {
    fn domain(self) -> Domain {
        match self {
            Self::Content(_) => Domain::Content,
            Self::Subject(_) => Domain::Subject,
            Self::Withheld(_) => Domain::Withheld,
        }
    }

    /// As FTS5 takes them.
    fn to_bytes(self) -> Vec<u8> {
        match self {
            Self::Content(tokens) | Self::Withheld(tokens) => {
                let mut bytes = Vec::with_capacity(tokens.len() * (SHORT_BYTES + 1));
                for token in tokens {
                    push_short(*token, &mut bytes);
                    bytes.push(b' ');
                }
                bytes
            }
            Self::Subject(tokens) => joined(tokens).into_bytes(),
        }
    }

    #[cfg(feature = "postgres")]
    fn to_lexemes(self) -> String {
        match self {
            Self::Content(tokens) | Self::Withheld(tokens) => joined(tokens),
            Self::Subject(tokens) => joined(tokens),
        }
    }
}

fn joined<T: std::fmt::Display>(tokens: &[T]) -> String {
    let mut text = String::with_capacity(tokens.len() * 27);
    for token in tokens {
        // Writing to a String does not fail.
        write!(text, "{token} ").expect("memory takes it");
    }
    text
}

/// Bytes of a content token as SQLite's index holds it.
const SHORT_BYTES: usize = 9;
/// The digits: letters and digits first, then every byte that the `ascii` tokenizer takes for a letter.
const SHORT_BASE: u64 = 36 + 128;

/// A content token in as few bytes as the tokenizer leaves: the terms are much of a small index.
pub(super) fn push_short(token: Token, bytes: &mut Vec<u8>) {
    let mut digits = [0; SHORT_BYTES];
    let mut rest = token.0;
    for digit in digits.iter_mut().rev() {
        let value = u8::try_from(rest % SHORT_BASE).unwrap_or(0);
        *digit = match value {
            0..=9 => b'0' + value,
            10..=35 => b'a' + value - 10,
            _ => 0x80 + (value - 36),
        };
        rest /= SHORT_BASE;
    }
    bytes.extend_from_slice(&digits);
}

/// The bytes by which SQLite's file knows a token.
#[cfg(test)]
pub(in crate::store) fn stored_form(token: Token) -> Vec<u8> {
    let mut bytes = Vec::new();
    push_short(token, &mut bytes);
    bytes
}

fn table(domain: Domain) -> &'static str {
    match domain {
        Domain::Content => "index_content",
        Domain::Subject => "index_subject",
        Domain::Withheld => "index_withheld",
    }
}

/// Adds a piece, whose tokens must not repeat.
pub fn put(conn: &mut Conn, place: Place, words: Words<'_>) -> Result<(), StoreError> {
    let table = table(words.domain());
    match conn {
        Conn::Sqlite(c) => {
            diesel::sql_query(format!("INSERT INTO {table} (rowid, tokens) VALUES (?, CAST(? AS TEXT))"))
                .bind::<BigInt, _>(place.docid)
                .bind::<Binary, _>(words.to_bytes())
                .execute(c)?;
        }
        #[cfg(feature = "postgres")]
        Conn::Postgres(c) => {
            let sql =
                format!("INSERT INTO {table} (docid, part, lexemes) VALUES ($1, $2, CAST($3 AS tsvector))");
            diesel::sql_query(sql)
                .bind::<BigInt, _>(place.docid)
                .bind::<BigInt, _>(place.part.cast_signed())
                .bind::<Text, _>(words.to_lexemes())
                .execute(c)?;
        }
    }
    Ok(())
}

/// Takes a piece out. `words` must be those it was put with: SQLite keeps no copy of them and removes
/// them one by one, so that none stays in the file.
pub fn delete(conn: &mut Conn, place: Place, words: Words<'_>) -> Result<(), StoreError> {
    let table = table(words.domain());
    match conn {
        Conn::Sqlite(c) => {
            let sql =
                format!("INSERT INTO {table} ({table}, rowid, tokens) VALUES ('delete', ?, CAST(? AS TEXT))");
            diesel::sql_query(sql)
                .bind::<BigInt, _>(place.docid)
                .bind::<Binary, _>(words.to_bytes())
                .execute(c)?;
        }
        #[cfg(feature = "postgres")]
        Conn::Postgres(c) => {
            diesel::sql_query(format!("DELETE FROM {table} WHERE docid = $1 AND part = $2"))
                .bind::<BigInt, _>(place.docid)
                .bind::<BigInt, _>(place.part.cast_signed())
                .execute(c)?;
        }
    }
    Ok(())
}

/// Documents that fit, latest first, from before `before` on; at most `limit`. Who asks for nothing
/// finds nothing.
pub fn hits(conn: &mut Conn, ask: Ask<'_>, before: Option<i64>, limit: u32) -> Result<Vec<i64>, StoreError> {
    if ask.is_empty() {
        return Ok(Vec::new());
    }
    let (table, before, limit) = (ask.table(), before.unwrap_or(i64::MAX), i64::from(limit));
    let found: Vec<Number> = match conn {
        Conn::Sqlite(c) => diesel::sql_query(format!(
            "SELECT f.rowid AS number FROM {table} f WHERE f.{table} MATCH CAST(? AS TEXT) AND f.rowid < ? \
             {} ORDER BY f.rowid DESC LIMIT ?",
            ask.and_open()
        ))
        .bind::<Binary, _>(ask.to_fts5())
        .bind::<BigInt, _>(before)
        .bind::<BigInt, _>(limit)
        .load(c)?,
        #[cfg(feature = "postgres")]
        Conn::Postgres(c) => diesel::sql_query(format!(
            "SELECT docid AS number FROM ({}) AS hits WHERE docid < $1 ORDER BY docid DESC LIMIT $2",
            ask.to_subquery()
        ))
        .bind::<BigInt, _>(before)
        .bind::<BigInt, _>(limit)
        .load(c)?,
    };
    Ok(found.into_iter().map(|hit| hit.number).collect())
}

/// Documents of some blocks that fit, latest first.
pub fn hits_in(conn: &mut Conn, ask: Ask<'_>, spans: &[Span]) -> Result<Vec<i64>, StoreError> {
    if ask.is_empty() || spans.is_empty() {
        return Ok(Vec::new());
    }
    let table = ask.table();
    let values =
        spans.iter().map(|span| format!("({},{})", span.first, span.last)).collect::<Vec<_>>().join(",");
    let found: Vec<Number> = match conn {
        // CROSS JOIN keeps the order: for each block one look at the index, held to the block's numbers.
        Conn::Sqlite(c) => diesel::sql_query(format!(
            "WITH spans(lowest, highest) AS (VALUES {values}) SELECT f.rowid AS number FROM spans \
             CROSS JOIN {table} f WHERE f.{table} MATCH CAST(? AS TEXT) \
             AND f.rowid >= spans.lowest AND f.rowid <= spans.highest {}",
            ask.and_open()
        ))
        .bind::<Binary, _>(ask.to_fts5())
        .load(c)?,
        #[cfg(feature = "postgres")]
        Conn::Postgres(c) => diesel::sql_query(format!(
            "WITH spans(lowest, highest) AS (VALUES {values}) SELECT hits.docid AS number FROM ({}) AS hits \
             JOIN spans ON hits.docid BETWEEN spans.lowest AND spans.highest",
            ask.to_subquery()
        ))
        .load(c)?,
    };
    let mut docids: Vec<i64> = found.into_iter().map(|hit| hit.number).collect();
    docids.sort_unstable_by_key(|docid| std::cmp::Reverse(*docid));
    docids.dedup();
    Ok(docids)
}

/// How many documents fit; counts no further than `most`.
pub fn count_hits(conn: &mut Conn, ask: Ask<'_>, most: u32) -> Result<u64, StoreError> {
    if ask.is_empty() {
        return Ok(0);
    }
    let table = ask.table();
    let found: Number = match conn {
        Conn::Sqlite(c) => diesel::sql_query(format!(
            "SELECT count(*) AS number FROM \
             (SELECT 1 FROM {table} f WHERE f.{table} MATCH CAST(? AS TEXT) {} LIMIT ?)",
            ask.and_open()
        ))
        .bind::<Binary, _>(ask.to_fts5())
        .bind::<BigInt, _>(i64::from(most))
        .get_result(c)?,
        #[cfg(feature = "postgres")]
        Conn::Postgres(c) => diesel::sql_query(format!(
            "SELECT count(*) AS number FROM (SELECT 1 FROM ({}) AS hits LIMIT $1) AS counted",
            ask.to_subquery()
        ))
        .bind::<BigInt, _>(i64::from(most))
        .get_result(c)?,
    };
    Ok(found.number.unsigned_abs())
}

/// One number of a result.
#[derive(QueryableByName)]
pub(super) struct Number {
    #[diesel(sql_type = BigInt)]
    pub(super) number: i64,
}

impl Ask<'_> {
    fn is_empty(self) -> bool {
        match self {
            Self::Content(matching) | Self::Shown(Shown { words: matching, .. }) => matching.all.is_empty(),
            Self::Subject(tokens) => tokens.is_empty(),
        }
    }

    /// The index that is asked.
    pub fn domain(self) -> Domain {
        match self {
            Self::Content(_) | Self::Shown(_) => Domain::Content,
            Self::Subject(_) => Domain::Subject,
        }
    }

    fn table(self) -> &'static str {
        table(self.domain())
    }

    /// Each of these must be met by one whole set of tokens.
    fn all(self) -> Vec<Vec<Vec<Spelled>>> {
        match self {
            Self::Content(matching) | Self::Shown(Shown { words: matching, .. }) => {
                let set = |set: &Vec<Token>| set.iter().copied().map(Spelled::of_content).collect();
                let sets = |one: &crate::search::Alternatives| one.sets().iter().map(set).collect();
                matching.all.iter().map(sets).collect()
            }
            // One thing that is asked for, with a set of its own for each spelling.
            Self::Subject(tokens) => {
                vec![tokens.iter().map(|token| vec![Spelled::of_subject(*token)]).collect()]
            }
        }
    }

    /// None of these may be there.
    fn none(self) -> Vec<Spelled> {
        match self {
            Self::Content(matching) => matching.none.iter().copied().map(Spelled::of_content).collect(),
            Self::Subject(_) | Self::Shown(_) => Vec::new(),
        }
    }

    /// What a document must be besides for SQLite, with the row of its postings called `f`.
    fn and_open(self) -> String {
        match self {
            Self::Shown(shown) => format!("AND {}", shown.is_open_to_sqlite()),
            Self::Content(_) | Self::Subject(_) => String::new(),
        }
    }

    /// Quoted, so that no token is ever read as AND, OR, NOT or NEAR.
    fn to_fts5(self) -> Vec<u8> {
        let quoted = |token: &Spelled| [b"\"", token.short.as_slice(), b"\""].concat();
        let set = |set: &Vec<Spelled>| set.iter().map(quoted).collect::<Vec<_>>().join(&b" AND "[..]);
        let one = |sets: &Vec<Vec<Spelled>>| {
            let sets: Vec<_> = sets.iter().map(|one| [b"(", set(one).as_slice(), b")"].concat()).collect();
            [b"(", sets.join(&b" OR "[..]).as_slice(), b")"].concat()
        };
        let all = self.all().iter().map(one).collect::<Vec<_>>().join(&b" AND "[..]);
        let none = self.none();
        if none.is_empty() {
            return all;
        }
        let none = none.iter().map(quoted).collect::<Vec<_>>().join(&b" OR "[..]);
        [b"(", all.as_slice(), b") NOT (", none.as_slice(), b")"].concat()
    }

    /// The tokens are letters and digits, so they can stand in the text. A document of several pieces
    /// may have its tokens in different ones; nearly all have one, found by one look at the index.
    #[cfg(feature = "postgres")]
    fn to_subquery(self) -> String {
        let table = self.table();
        let all = self.all();
        let whole = of_sets(&all, &|token| token.text.clone(), (" & ", " | "));
        let in_some_row = |token: &Spelled| format!("bool_or(lexemes @@ '{}'::tsquery)", token.text);
        let spread = of_sets(&all, &in_some_row, (" AND ", " OR "));
        let mut sql = format!(
            "(SELECT docid FROM {table} WHERE lexemes @@ '{whole}'::tsquery UNION \
             SELECT docid FROM {table} WHERE docid IN (SELECT docid FROM {table} WHERE part > 0) \
             GROUP BY docid HAVING {spread})"
        );
        if let Self::Shown(shown) = self {
            return format!("(SELECT f.docid FROM {sql} AS f WHERE {})", shown.is_open_to_postgres());
        }
        let none = self.none();
        if !none.is_empty() {
            let none = none.into_iter().map(|token| token.text).collect::<Vec<_>>().join(" | ");
            write!(sql, " EXCEPT SELECT docid FROM {table} WHERE lexemes @@ '{none}'::tsquery")
                .expect("memory takes it");
        }
        sql
    }
}

#[cfg(feature = "postgres")]
fn of_sets(all: &[Vec<Vec<Spelled>>], token: &dyn Fn(&Spelled) -> String, (and, or): (&str, &str)) -> String {
    let set = |set: &Vec<Spelled>| format!("({})", set.iter().map(token).collect::<Vec<_>>().join(and));
    let one = |sets: &Vec<Vec<Spelled>>| format!("({})", sets.iter().map(set).collect::<Vec<_>>().join(or));
    all.iter().map(one).collect::<Vec<_>>().join(and)
}

/// A token as each engine spells it.
struct Spelled {
    short: Vec<u8>,
    #[cfg(feature = "postgres")]
    text: String,
}

impl Spelled {
    fn of_content(token: Token) -> Self {
        let mut short = Vec::with_capacity(SHORT_BYTES);
        push_short(token, &mut short);
        Self {
            short,
            #[cfg(feature = "postgres")]
            text: token.to_text(),
        }
    }

    fn of_subject(token: SubjectToken) -> Self {
        Self {
            short: token.to_text().into_bytes(),
            #[cfg(feature = "postgres")]
            text: token.to_text(),
        }
    }
}

/// True if there is not one posting.
pub(super) fn are_none(conn: &mut Conn, domain: Domain) -> Result<bool, StoreError> {
    let table = table(domain);
    let found: Number = match conn {
        Conn::Sqlite(c) => {
            diesel::sql_query(format!("SELECT count(*) AS number FROM (SELECT 1 FROM {table}_idx LIMIT 1)"))
                .get_result(c)?
        }
        #[cfg(feature = "postgres")]
        Conn::Postgres(c) => diesel::sql_query(format!(
            "SELECT count(*) AS number FROM (SELECT 1 FROM {table} LIMIT 1) AS counted"
        ))
        .get_result(c)?,
    };
    Ok(found.number == 0)
}

/// Takes every posting away.
pub(super) fn empty(conn: &mut Conn, domain: Domain) -> Result<(), StoreError> {
    let table = table(domain);
    let sql = match conn {
        Conn::Sqlite(_) => format!("INSERT INTO {table} ({table}) VALUES ('delete-all')"),
        #[cfg(feature = "postgres")]
        Conn::Postgres(_) => format!("TRUNCATE {table}"),
    };
    each!(conn, c => diesel::sql_query(sql).execute(c))?;
    Ok(())
}

/// Bytes that the postings of both domains take, the tables and indexes around them included.
pub fn size_bytes(conn: &mut Conn) -> Result<u64, StoreError> {
    let found: Number = match conn {
        // The pages that belong to the virtual tables' own tables (dbstat.html).
        Conn::Sqlite(c) => diesel::sql_query(
            "SELECT CAST(coalesce(sum(pgsize), 0) AS BIGINT) AS number FROM dbstat \
             WHERE name GLOB 'index_*' OR name GLOB 'sqlite_autoindex_index_*'",
        )
        .get_result(c)?,
        #[cfg(feature = "postgres")]
        Conn::Postgres(c) => diesel::sql_query(
            "SELECT CAST(pg_total_relation_size('index_content') + pg_total_relation_size('index_subject') \
             + pg_total_relation_size('index_withheld') + pg_total_relation_size('index_rows') AS BIGINT) AS number",
        )
        .get_result(c)?,
    };
    Ok(found.number.unsigned_abs())
}

/// Pages that one step of tidying may write: a few milliseconds.
const TIDY_PAGES: i64 = 250;

/// Puts small parts of an index together, a step at a time; false if nothing is left to do.
/// SQLite writes each transaction's postings as a part of their own; many parts take room and time.
pub fn tidy(conn: &mut Conn, domain: Domain) -> Result<bool, StoreError> {
    let table = table(domain);
    match conn {
        Conn::Sqlite(c) => {
            let before: Number = diesel::sql_query("SELECT total_changes() AS number").get_result(&mut *c)?;
            diesel::sql_query(format!("INSERT INTO {table} ({table}, rank) VALUES ('merge', ?)"))
                .bind::<BigInt, _>(TIDY_PAGES)
                .execute(&mut *c)?;
            let after: Number = diesel::sql_query("SELECT total_changes() AS number").get_result(&mut *c)?;
            // The command itself counts as one change (fts5.html, "The 'merge' Command").
            Ok(after.number - before.number >= 2)
        }
        // PostgreSQL keeps its index tidy by itself.
        #[cfg(feature = "postgres")]
        Conn::Postgres(_) => Ok(false),
    }
}
