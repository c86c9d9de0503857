//! Who finds what, how it is narrowed, and page after page.

use super::*;

#[test]
fn roles_without_content_do_not_search_it() {
    let scratch = scratch();
    let record = scratch.ticket("SC-1", "a.txt", "授权书".as_bytes());
    let case = scratch.case_of(record);
    for role in [Role::Administrator, Role::Auditor, Role::Reviewer] {
        let refused = scratch.archive.search(&user(&[role], &[case]), &asking("授权书"));
        assert!(matches!(refused, Err(Refusal::Forbidden)));
    }
}

#[test]
fn legal_finds_what_lies_in_granted_cases_and_privacy_finds_all() {
    let scratch = scratch();
    let inside = scratch.ticket("SC-1", "a.txt", "授权书正文".as_bytes());
    let outside = scratch.ticket("SC-2", "b.txt", "授权书正文".as_bytes());
    scratch.capture(r#"{"kind": "ticket", "case": "SC-2", "occurred": "2026-03-01", "components": [{"name": "c.txt"}]}"#, b"later").unwrap();
    let legal = scratch.page(&user(&[Role::Legal], &[scratch.case_of(inside)]), "授权书");
    assert_eq!(records_of(&legal), [inside]);
    assert_eq!((legal.about, legal.not_indexed), (About::Exactly(1), 0), "nothing is said of other cases");
    assert_eq!(legal.hits[0].level, Level::Full);
    assert!(legal.hits[0].snippet.is_some());
    let privacy = scratch.page(&user(&[Role::PrivacyOfficer], &[]), "授权书");
    assert_eq!((records_of(&privacy), privacy.not_indexed), (vec![outside, inside], 1));
    assert_eq!(scratch.page(&user(&[Role::Legal], &[]), "授权书").about, About::Exactly(0));
}

#[test]
fn filters_narrow_a_search_and_list_without_words() {
    let scratch = scratch();
    let ticket = scratch.ticket("SC-1", "a.txt", "授权书".as_bytes());
    let json = r#"{"kind": "authorization", "case": "SC-1", "occurred": "2026-04-01", "title": "委托",
        "components": [{"name": "b.txt"}]}"#;
    let authorization = scratch.capture(json, "授权书".as_bytes()).unwrap().record;
    let other = scratch.ticket("SC-2", "c.txt", "授权书".as_bytes());
    let ask = |query: &str, filters: SearchFilters| {
        let request = SearchRequest { filters, ..asking(query) };
        records_of(&scratch.archive.search(&scratch.operator(), &request).unwrap())
    };
    let of_kind = |kind| SearchFilters { kind: Some(kind), ..SearchFilters::default() };
    let in_case = SearchFilters { case: Some(scratch.case_of(ticket)), ..SearchFilters::default() };
    for query in ["授权书", ""] {
        assert_eq!(ask(query, of_kind(Kind::Authorization)), [authorization], "{query}");
        assert_eq!(ask(query, in_case.clone()), [authorization, ticket], "{query}");
        assert_eq!(ask(query, SearchFilters::default()), [other, authorization, ticket], "{query}");
    }
    assert_eq!(scratch.searches_entered().len(), 3, "listing is no search");
}

#[test]
fn a_list_shows_titles_to_those_who_may_read_them() {
    let scratch = scratch();
    let record = scratch.ticket("SC-1", "a.txt", b"text");
    let page = |role| {
        let caller = user(&[role], &[scratch.case_of(record)]);
        let page = scratch.archive.search(&caller, &SearchRequest { limit: 5, ..SearchRequest::default() });
        page.map(|page| page.hits.into_iter().map(|hit| (hit.level, hit.title)).collect::<Vec<_>>())
    };
    assert_eq!(page(Role::Legal).unwrap(), [(Level::Full, Some("工单".to_owned()))]);
    assert_eq!(page(Role::Service).unwrap(), [(Level::Redacted, None)]);
    assert_eq!(page(Role::Auditor).unwrap(), [(Level::Facts, None)]);
    assert!(matches!(page(Role::Administrator), Err(Refusal::Forbidden)));
}

#[test]
fn pages_follow_each_other_without_gap_and_are_entered_once() {
    let scratch = scratch();
    let mut records: Vec<_> =
        (0..7).map(|n| scratch.ticket("SC-1", "a.txt", format!("授权书 {n}").as_bytes())).collect();
    records.reverse();
    for query in ["授权书", ""] {
        let mut found = Vec::new();
        let mut request = SearchRequest { limit: 3, ..asking(query) };
        loop {
            let page = scratch.archive.search(&scratch.operator(), &request).unwrap();
            assert_eq!(page.about.count(), 7);
            found.extend(records_of(&page));
            request.cursor = page.next;
            if request.cursor.is_none() {
                break;
            }
        }
        assert_eq!(found, records, "{query}");
    }
    let entered = scratch.searches_entered();
    assert_eq!(entered.len(), 1);
    assert!(entered[0].contains(r#""domain":"content""#) && entered[0].contains(r#""hits":7"#));
    assert!(!entered[0].contains("授权"));
}

#[test]
fn a_cursor_of_another_question_is_refused() {
    let scratch = scratch();
    (0..2).for_each(|_| {
        scratch.ticket("SC-1", "a.txt", "授权书 合同".as_bytes());
    });
    let page =
        scratch.archive.search(&scratch.operator(), &SearchRequest { limit: 1, ..asking("授权书") }).unwrap();
    let cursor = page.next;
    assert!(cursor.is_some());
    let other = SearchRequest { cursor, ..asking("合同") };
    assert!(matches!(scratch.archive.search(&scratch.operator(), &other), Err(Refusal::BadCursor)));
}
