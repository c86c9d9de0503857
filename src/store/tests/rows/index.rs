//! The search index.

use super::*;
use crate::base::secret::SecretKey;
use crate::search::{ContentIndex, Matching, Query, SubjectToken, Token};
use crate::store::rows::index::{
    self, Ask, Domain, IndexRow, NewBlock, PIECE_TOKENS_MAX, Place, Span, Words,
};
use crate::store::rows::records::{self, RecordFilter, Within};

fn content() -> ContentIndex {
    ContentIndex::new(&SecretKey::take(&mut [5; 32]))
}

fn block(record_id: u64, entries: u64, domain: Domain) -> NewBlock {
    NewBlock { record_id: record(record_id).id, version: 1, entries, domain, engine: "1".to_owned() }
}

fn put(store: &Store, text: &str) -> IndexRow {
    let tokens = content().tokens(text);
    change(store, move |conn| {
        let count = index::count_documents(conn, Domain::Content)?;
        let row = index::reserve(conn, &block(count + 1, 0, Domain::Content))?;
        index::put(conn, Place { docid: row.docid, part: 0 }, Words::Content(&tokens))?;
        assert!(index::set_pieces(conn, row.docid, 0, 1)?);
        Ok(IndexRow { pieces: 1, ..row })
    })
}

fn put_subject(store: &Store, tokens: Vec<SubjectToken>) -> IndexRow {
    change(store, move |conn| {
        let row = index::reserve(conn, &block(900, 0, Domain::Subject))?;
        index::put(conn, Place { docid: row.docid, part: 0 }, Words::Subject(&tokens))?;
        Ok(row)
    })
}

fn matching(query: &str) -> Matching {
    content().matching(&Query::parse(query).unwrap())
}

fn search(store: &Store, query: &str) -> Vec<i64> {
    let matching = matching(query);
    let ask = Ask::Content(&matching);
    store
        .read(|conn| {
            let found = index::hits(conn, ask, None, 100)?;
            assert_eq!(index::count_hits(conn, ask, 100)?, found.len() as u64);
            let all = Span { first: 0, last: 1_000_000 };
            assert_eq!(index::hits_in(conn, ask, &[all])?, found);
            Ok::<_, StoreError>(found)
        })
        .unwrap()
}

#[test]
fn a_document_is_found_by_all_of_its_tokens_and_none_of_others() {
    on_each_database(|database| {
        let store = open(database);
        put(&store, "授权书 consent sq-2026");
        put(&store, "授权 gamma");
        assert_eq!(search(&store, "授权"), [2, 1]);
        assert_eq!(search(&store, "授权书"), [1]);
        assert_eq!(search(&store, "权书 gamma"), [0_i64; 0]);
        assert_eq!(search(&store, "授权 -gamma"), [1]);
        assert_eq!(search(&store, "sq2026"), [1], "joined, or by its parts");
        assert_eq!(search(&store, "sq-2026"), [1]);
        assert_eq!(search(&store, "gamm"), [0_i64; 0], "no prefix search");
        let nothing = Matching { all: Vec::new(), none: vec![Token(1)] };
        let found = store.read(|conn| index::hits(conn, Ask::Content(&nothing), None, 9)).unwrap();
        assert_eq!(found, [0_i64; 0], "asking for nothing finds nothing");
    });
}

#[test]
fn the_two_domains_do_not_meet() {
    on_each_database(|database| {
        let store = open(database);
        put(&store, "授权");
        let (one, two) = (SubjectToken(u128::MAX / 3), SubjectToken(7));
        let row = put_subject(&store, vec![one, two]);
        let find = |tokens: &[SubjectToken]| {
            store.read(|conn| index::hits(conn, Ask::Subject(tokens), None, 9)).unwrap()
        };
        assert_eq!(find(&[one, two]), [row.docid]);
        assert_eq!(find(&[one, SubjectToken(8)]), [row.docid], "any of the spellings asked for");
        assert_eq!(find(&[SubjectToken(8), SubjectToken(9)]), [0_i64; 0]);
        assert_eq!(search(&store, "授权"), [1]);
    });
}

#[test]
fn hits_come_latest_first_page_by_page() {
    on_each_database(|database| {
        let store = open(database);
        for _ in 0..7 {
            put(&store, "授权");
        }
        let matching = matching("授权");
        let ask = Ask::Content(&matching);
        let page = |before| store.read(|conn| index::hits(conn, ask, before, 3)).unwrap();
        assert_eq!(page(None), [7, 6, 5]);
        assert_eq!(page(Some(5)), [4, 3, 2]);
        assert_eq!(page(Some(2)), [1]);
        assert_eq!(store.read(|conn| index::count_hits(conn, ask, 4)), Ok(4));
        let spans = [Span { first: 2, last: 3 }, Span { first: 6, last: 6 }];
        assert_eq!(store.read(|conn| index::hits_in(conn, ask, &spans)), Ok(vec![6, 3, 2]));
    });
}

#[test]
fn every_document_of_a_block_is_traced_to_it() {
    on_each_database(|database| {
        let store = open(database);
        let blocks: Vec<IndexRow> = change(&store, |conn| {
            let sizes = [0, 3, 0, 1];
            (0..)
                .zip(sizes)
                .map(|(id, size)| index::reserve(conn, &block(id, size, Domain::Content)))
                .collect()
        });
        assert_eq!(blocks.iter().map(|row| row.docid).collect::<Vec<_>>(), [1, 5, 6, 8]);
        assert_eq!(store.read(|conn| index::count_documents(conn, Domain::Content)), Ok(8));
        let found = store.read(|conn| index::blocks_of(conn, &[8, 7, 5, 4, 2, 1, 9])).unwrap();
        let places: Vec<_> =
            found.iter().map(|(docid, row)| (*docid, row.docid, row.entry_of(*docid))).collect();
        let expected =
            [(8, 8, None), (7, 8, Some(0)), (5, 5, None), (4, 5, Some(2)), (2, 5, Some(0)), (1, 1, None)];
        let mut sorted = places.clone();
        sorted.sort_by_key(|place| std::cmp::Reverse(place.0));
        assert_eq!(sorted, expected);
        assert_eq!(blocks[1].docid_of(3), blocks[1].docid);
    });
}

#[test]
fn a_block_counts_its_pieces_and_goes_when_the_last_is_out() {
    on_each_database(|database| {
        let store = open(database);
        let row = change(&store, |conn| index::reserve(conn, &block(1, 0, Domain::Content)));
        assert!(change(&store, move |conn| index::set_pieces(conn, row.docid, 0, 2)));
        assert!(!change(&store, move |conn| index::set_pieces(conn, row.docid, 0, 2)), "somebody was faster");
        assert!(!change(&store, move |conn| index::remove(conn, row.docid)));
        assert!(change(&store, move |conn| index::set_pieces(conn, row.docid, 2, 0)));
        assert!(change(&store, move |conn| index::remove(conn, row.docid)));
    });
}

#[test]
fn a_deleted_document_is_found_no_more_and_its_tokens_are_gone_from_the_file() {
    on_each_database(|database| {
        let store = open(database);
        let words = |of: &str, count: u64| (0..count).map(|n| format!("{of}{n} ")).collect::<String>();
        let secret = content().tokens(&words("secret", 50));
        let kept = content().tokens(&words("kept", 10));
        change(&store, {
            let (secret, kept) = (secret.clone(), kept.clone());
            move |conn| {
                index::put(conn, Place { docid: 1, part: 0 }, Words::Content(&kept))?;
                // In two pieces under one number, as long documents are.
                let (first, second) = secret.split_at(20);
                index::put(conn, Place { docid: 2, part: 0 }, Words::Content(first))?;
                index::put(conn, Place { docid: 2, part: 1 }, Words::Content(second))
            }
        });
        let stored = |token: &Token| {
            let bytes = index::stored_form(*token);
            let file = std::fs::read(database.url().trim_start_matches("sqlite:")).unwrap();
            // Terms share their beginnings in the file, so the end of each is what can be looked for.
            file.windows(6).any(|window| window == &bytes[3..])
        };
        if !database.is_postgres() {
            store.wal_checkpoint_truncate().unwrap();
            assert!(secret.iter().all(stored), "the test finds what is there");
        }
        assert_eq!(search(&store, "secret0 secret49"), [2]);
        change(&store, {
            let secret = secret.clone();
            move |conn| {
                let (first, second) = secret.split_at(20);
                index::delete(conn, Place { docid: 2, part: 1 }, Words::Content(second))?;
                index::delete(conn, Place { docid: 2, part: 0 }, Words::Content(first))
            }
        });
        assert!((0..50).all(|n| search(&store, &format!("secret{n}")).is_empty()));
        assert!((0..10).all(|n| search(&store, &format!("kept{n}")) == [1]));
        if !database.is_postgres() {
            store.wal_checkpoint_truncate().unwrap();
            assert!(!secret.iter().any(stored));
            assert!(kept.iter().all(stored));
        }
    });
}

#[test]
fn a_document_of_very_many_tokens_is_found_by_any_two() {
    on_each_database(|database| {
        let store = open(database);
        let text: String = (0..3 * PIECE_TOKENS_MAX).map(|n| format!("word{n} ")).collect();
        let tokens = content().tokens(&text);
        let pieces = tokens.chunks(PIECE_TOKENS_MAX).count();
        assert!(pieces >= 3);
        change(&store, {
            let tokens = tokens.clone();
            move |conn| {
                for (part, chunk) in (0..).zip(tokens.chunks(PIECE_TOKENS_MAX)) {
                    index::put(conn, Place { docid: 1, part }, Words::Content(chunk))?;
                }
                Ok(())
            }
        });
        for other in [1, PIECE_TOKENS_MAX, 3 * PIECE_TOKENS_MAX - 1] {
            assert_eq!(search(&store, &format!("word0 word{other}")), [1]);
        }
        assert_eq!(search(&store, "word0 absent"), [0_i64; 0]);
        assert_eq!(search(&store, "word0 -word9999"), [0_i64; 0]);
        change(&store, |conn| index::tidy(conn, Domain::Content));
        assert_eq!(search(&store, "word0 word9999"), [1]);
    });
}

#[test]
fn a_long_query_is_no_harder_than_a_short_one() {
    on_each_database(|database| {
        let store = open(database);
        let words: Vec<String> = (0..1_000).map(|n| format!("word{n}")).collect();
        put(&store, &words.join(" "));
        let query: String = words.iter().take(30).map(|word| format!("{word}.x9 ")).collect();
        assert_eq!(search(&store, &query), [0_i64; 0]);
        let phrase = words.join(".");
        let query: String = phrase.chars().take(900).collect();
        assert_eq!(search(&store, query.rsplit_once('.').unwrap().0), [1]);
    });
}

#[test]
fn versions_are_pending_until_this_engine_has_marked_them() {
    on_each_database(|database| {
        let store = open(database);
        let marks = [
            None,
            Some("tokens/1+text"),
            Some("tokens/0+text"),
            Some("tokens/2+text"),
            Some("tokens/10+text"),
        ];
        for (id, mark) in (1..).zip(marks) {
            let row = VersionRow { indexed_engine: mark.map(str::to_owned), ..version_of(&record(id), 1) };
            change(&store, move |conn| crate::store::rows::versions::insert(conn, &row));
        }
        let pending = store.read(|conn| index::pending(conn, Domain::Content, "tokens/1", 9)).unwrap();
        let pending: Vec<_> = pending.into_iter().map(|(id, _)| id).collect();
        assert_eq!(pending.len(), 4);
        assert_eq!(pending[0], record(1).id, "those never marked come first");
        assert!(!pending.contains(&record(2).id));
        assert_eq!(store.read(|conn| index::count_pending(conn, Domain::Content, "tokens/1")), Ok(4));
        assert_eq!(store.read(|conn| index::pending(conn, Domain::Content, "tokens/1", 2)).unwrap().len(), 2);
    });
}

#[test]
fn records_that_wait_are_counted_once_each_and_within_a_filter() {
    on_each_database(|database| {
        let store = open(database);
        for (id, marks) in (1..).zip([[None, Some("tokens/0+text")], [Some("tokens/1+text"), None]]) {
            let row = record(id);
            change(&store, move |conn| {
                for (version, mark) in (1..).zip(marks) {
                    let indexed_engine = mark.map(str::to_owned);
                    let row = VersionRow { indexed_engine, ..version_of(&row, version) };
                    crate::store::rows::versions::insert(conn, &row)?;
                }
                records::insert(conn, &row)
            });
        }
        let count = |filter: RecordFilter| {
            store.read(|conn| records::count_pending(conn, &filter, Domain::Content, "tokens/1"))
        };
        assert_eq!(count(RecordFilter::default()), Ok(2));
        assert_eq!(count(RecordFilter { within: Some(Within::default()), ..RecordFilter::default() }), Ok(0));
    });
}

#[test]
fn lost_postings_are_noticed_and_the_index_can_be_emptied() {
    on_each_database(|database| {
        let store = open(database);
        let lost = || store.read(|conn| index::postings_lost(conn, Domain::Content));
        assert_eq!(lost(), Ok(false), "nothing was indexed yet");
        let row = put(&store, "授权");
        let indexed = VersionRow { indexed_engine: Some("1+text".to_owned()), ..version_of(&record(1), 1) };
        change(&store, move |conn| crate::store::rows::versions::insert(conn, &indexed));
        assert_eq!(lost(), Ok(false));
        let empty = if database.is_postgres() {
            "TRUNCATE index_content"
        } else {
            "INSERT INTO index_content (index_content) VALUES ('delete-all')"
        };
        spoil(&store, empty);
        assert_eq!(lost(), Ok(true));
        change(&store, |conn| index::clear(conn, Domain::Content));
        store
            .read(|conn| {
                assert_eq!(index::of_record(conn, row.record_id, Domain::Content)?, []);
                assert_eq!(index::count_documents(conn, Domain::Content)?, 0);
                assert_eq!(index::count_pending(conn, Domain::Content, "1")?, 1);
                Ok::<_, StoreError>(())
            })
            .unwrap();
    });
}
