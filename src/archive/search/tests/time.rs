//! A page of a search has its time, and nobody is worked for who went away.

use super::*;
use crate::base::wanted::Wanted;

#[test]
fn a_question_for_which_no_time_is_left_is_refused_as_too_wide() {
    let scratch = scratch();
    scratch.ticket("SC-1", "a.txt", "断网".as_bytes());
    let operator = scratch.operator();
    let none = scratch.archive.search_within(&operator, &asking("断网"), &Effort::none());
    assert!(matches!(none, Err(Refusal::TooWide)));
    // What finds nothing takes no time.
    let page = scratch.archive.search_within(&operator, &asking("光缆"), &Effort::none()).unwrap();
    assert!(page.hits.is_empty() && !page.ended_early);
    let page = scratch.archive.search(&operator, &asking("断网")).unwrap();
    assert_eq!((page.hits.len(), page.ended_early), (1, false));
    // For whoever went away nothing is looked at.
    let wanted = Wanted::default();
    drop(wanted.awaited());
    let gone = scratch.archive.search(&operator, &SearchRequest { wanted, ..asking("断网") });
    assert!(matches!(gone, Err(Refusal::TooWide)));
}

#[test]
fn a_page_of_hits_asks_once_where_its_records_stand() {
    let scratch = scratch();
    for _ in 0..40 {
        scratch.ticket("SC-1", "a.txt", "断网".as_bytes());
    }
    let operator = scratch.operator();
    let queries = |limit: usize| {
        let before = crate::store::testing::queries_so_far().0;
        let page = scratch.archive.search(&operator, &SearchRequest { limit, ..asking("断网") }).unwrap();
        assert_eq!(page.hits.len(), limit);
        crate::store::testing::queries_so_far().0 - before
    };
    queries(1);
    let (few, many) = (queries(10), queries(30));
    let each = (many - few) / 20;
    assert!(each <= 17, "{few} and {many}: {each} for each hit");
}
