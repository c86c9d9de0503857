//! What is told after somebody with the epoch key, but not the log's, sealed other words in the place of those
//! that were entered: none of them.

use serde_json::json;

use crate::access::role::Role;
use crate::access::session::RequestKind;
use crate::access::token::TokenScopes;
use crate::archive::cases::tests::{caller, named, scratch};
use crate::archive::cases::{Explain, GapQuery, Reason};
use crate::archive::matters::MatterQuery;
use crate::archive::records::{Form, OpenRequest};
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::search::SearchRequest;
use crate::archive::tests::{Scratch, on_postgres, reseal, words_at};
use crate::archive::users::NewToken;
use crate::archive::users::tests::{PASSWORD, a_house, typed};
use crate::base::civil::Zone;
use crate::base::id::PartyId;
use crate::record::party::PartyName;
use crate::store::rows::cells::{self, CellRow};
use crate::store::testing::{dump, execute_raw};

const CUSTOMER: &str = "临江样例科技有限公司";

#[track_caller]
fn is_damaged<T>(outcome: Result<T, Refusal>, thing: Thing, what: &str) {
    match outcome {
        Err(Refusal::Damaged(found)) => assert_eq!(found, thing, "{what}"),
        Err(other) => panic!("{what}: {other:?}"),
        Ok(_) => panic!("{what}: it was told"),
    }
}

/// A case of a customer with an authorization, and another customer in another case.
fn filed() -> Scratch {
    let scratch = scratch();
    for (case, name) in [("SC-1", CUSTOMER), ("SC-2", "别家公司")] {
        scratch
            .take(json!({"kind": "authorization", "case": case, "occurred": "2026-02-01", "title": "授权书",
            "parties": [{"role": "customer", "name": name}], "fields": {"valid_to": "2026-12-30"}}));
    }
    scratch
}

fn party(scratch: &Scratch, name: &str) -> PartyId {
    scratch.archive.party_named(&scratch.operator(), &PartyName::parse(name).unwrap()).unwrap().id
}

#[test]
fn a_name_of_a_party_that_was_sealed_anew_is_told_nowhere() {
    let scratch = filed();
    let (archive, operator) = (&scratch.archive, scratch.operator());
    let (party, other) = (party(&scratch, CUSTOMER), party(&scratch, "别家公司"));
    reseal(archive, &party.to_string(), "profile", &json!({"name": "冒名公司"}));
    is_damaged(archive.party(&operator, party), Thing::Party, "shown");
    let by_name = archive.party_named(&operator, &PartyName::parse(CUSTOMER).unwrap());
    is_damaged(by_name, Thing::Party, "found by name");
    is_damaged(archive.dossier(&operator, party, Zone::SHANGHAI), Thing::Party, "the dossier");
    is_damaged(archive.case(&operator, &named("SC-1")), Thing::Party, "the case");
    archive.case(&operator, &named("SC-2")).unwrap();
    let page = archive.list_parties(&operator, None, 10).unwrap().items;
    let mut told: Vec<_> =
        page.iter().map(|it| (it.id, it.name.is_some(), it.registered_at.is_some(), it.damaged)).collect();
    told.sort_by_key(|line| line.3);
    assert_eq!(told, [(other, true, true, false), (party, false, false, true)]);
}

#[test]
fn a_party_whose_row_was_changed_is_told_nowhere() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    let scratch = filed();
    let (archive, operator) = (&scratch.archive, scratch.operator());
    let (party, other) = (party(&scratch, CUSTOMER), party(&scratch, "别家公司"));
    // Whoever asks for one gets the other.
    let database = scratch.place.database();
    execute_raw(
        &database,
        &format!(
            "CREATE TEMP TABLE t AS SELECT id, name_token FROM parties; \
             UPDATE parties SET name_token = randomblob(16); \
             UPDATE parties SET name_token = (SELECT name_token FROM t WHERE id = '{other}') WHERE id = '{party}'; \
             UPDATE parties SET name_token = (SELECT name_token FROM t WHERE id = '{party}') WHERE id = '{other}'"
        ),
    );
    let by_name = archive.party_named(&operator, &PartyName::parse(CUSTOMER).unwrap());
    is_damaged(by_name, Thing::Party, "the tokens changed places");
    assert!(archive.list_parties(&operator, None, 10).unwrap().items.iter().all(|line| line.damaged));
}

#[test]
fn a_name_of_a_user_that_was_sealed_anew_is_told_nowhere() {
    let house = a_house();
    let administrator = house.administrator();
    let user = house.a_user(&administrator, "li.min", &[Role::Legal]);
    let other = house.a_user(&administrator, "wang.fang", &[Role::Legal]).user();
    let archive = &house.archive;
    let session = archive.log_in(&typed("li.min", PASSWORD)).unwrap();
    let owner = user.user().to_string();
    let mut words = words_at(archive, &owner, "profile");
    words["name"] = json!("wang.fang");
    reseal(archive, &owner, "profile", &words);
    is_damaged(archive.show_user(&administrator, user.user()), Thing::User, "shown");
    is_damaged(archive.user_by_name(&administrator, "li.min"), Thing::User, "found by name");
    is_damaged(archive.who_am_i(&user), Thing::User, "to the user");
    is_damaged(user.name(archive), Thing::User, "the caller's own name");
    archive.caller_of_session(session.secret.expose_text().unwrap(), RequestKind::Polling).unwrap();
    let page = archive.list_users(&administrator, None, 100).unwrap().users;
    let line = |id| page.iter().find(|line| line.id == id).unwrap();
    assert_eq!((line(user.user()).damaged, line(user.user()).name.as_deref()), (true, None));
    assert!(line(user.user()).roles.iter().next().is_none());
    assert_eq!((line(other).damaged, line(other).name.as_deref()), (false, Some("wang.fang")));
    assert_eq!(page.iter().filter(|line| line.damaged).count(), 1);
}

#[test]
fn a_user_whose_row_was_changed_is_marked_in_the_list_and_not_shown() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    let house = a_house();
    let administrator = house.administrator();
    let user = house.a_user(&administrator, "li.min", &[Role::Legal]).user();
    let raw = |sql: &str| execute_raw(&house.place.database(), sql);
    for (sql, back) in [
        ("UPDATE users SET created_at = created_at - 1", "UPDATE users SET created_at = created_at + 1"),
        ("UPDATE users SET must_change_password = 1", "UPDATE users SET must_change_password = 0"),
        ("UPDATE user_roles SET role = 'no such role'", "UPDATE user_roles SET role = 'legal'"),
    ] {
        let own = |sql: &str| match sql.contains("user_roles") {
            true => format!("{sql} WHERE user_id = '{user}'"),
            false => format!("{sql} WHERE id = '{user}'"),
        };
        raw(&own(sql));
        assert!(house.archive.show_user(&administrator, user).is_err(), "{sql}");
        let page = house.archive.list_users(&administrator, None, 100).unwrap().users;
        let marked: Vec<_> = page.iter().filter(|line| line.damaged).map(|line| line.id).collect();
        assert_eq!(marked, [user], "{sql}");
        raw(&own(back));
    }
    assert!(!house.archive.show_user(&administrator, user).unwrap().damaged);
}

#[test]
fn tokens_and_sessions_that_were_changed_are_marked() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    let house = a_house();
    let administrator = house.administrator();
    let user = house.a_user(&administrator, "li.min", &[Role::Legal]);
    let archive = &house.archive;
    for _ in 0..2 {
        archive.log_in(&typed("li.min", PASSWORD)).unwrap();
        let new = NewToken { scopes: TokenScopes::parse("record:read").unwrap(), expires_at: None };
        archive.create_token(&user, &new).unwrap();
    }
    let marks = || {
        let tokens = archive.list_tokens(&user, user.user()).unwrap();
        let sessions = archive.list_sessions(&user, user.user()).unwrap();
        (
            tokens.iter().filter(|line| line.damaged).count(),
            sessions.iter().filter(|line| line.damaged).count(),
            tokens.len() + sessions.len(),
        )
    };
    assert_eq!(marks(), (0, 0, 4));
    // The archive has tokens of others, made at the same instant.
    let of = user.user();
    let one =
        |table: &str, key: &str| format!("{key} = (SELECT min({key}) FROM {table} WHERE user_id = '{of}')");
    for (table, key, set) in
        [("api_tokens", "id", "scopes = '*'"), ("sessions", "token_hash", "label = 'firefox/linux'")]
    {
        let sql = format!("UPDATE {table} SET {set} WHERE {}", one(table, key));
        execute_raw(&house.place.database(), &sql);
    }
    assert_eq!(marks(), (1, 1, 4));
}

#[test]
fn yes_is_written_in_one_way_only() {
    if on_postgres() {
        return; // There a truth value is one.
    }
    let house = a_house();
    let written = std::panic::catch_unwind(|| {
        execute_raw(&house.place.database(), "UPDATE users SET must_change_password = 2");
    });
    assert!(written.is_err());
    // Whoever has the check ignored is found by the database's own.
    let past = "PRAGMA ignore_check_constraints = ON; UPDATE users SET must_change_password = 2";
    execute_raw(&house.place.database(), past);
    let report = crate::archive::verify::verify(&house.place, &Default::default(), &mut |_| {}).unwrap();
    let kinds: Vec<_> = report.faults.iter().map(|fault| fault.kind.as_str()).collect();
    assert!(kinds.contains(&"database_damaged"), "{kinds:?}");
}

#[test]
fn what_was_said_of_events_and_gaps_is_told_as_it_was_entered_or_not_at_all() {
    let scratch = filed();
    let (archive, operator) = (&scratch.archive, scratch.operator());
    scratch.event("SC-1", "first_response", "2026-03-02T09:00:00+08:00").unwrap();
    let paused = json!({"kind": "paused", "at": "2026-03-03T09:00:00+08:00", "reason": "等待客户"});
    let event = scratch.event_with("SC-1", paused).unwrap().id.to_string();
    let gap = scratch.case("SC-1").gaps.into_iter().next().unwrap();
    let explain = Explain {
        key: gap.shown.key.clone(),
        record: gap.shown.record,
        about: None,
        words: Reason::parse("书面确认在途").unwrap(),
    };
    let explanation = archive.explain_gap(&operator, &named("SC-1"), explain).unwrap().id.to_string();
    let archive_case = scratch.case("SC-1").case.id;
    for (owner, member, thing) in [(&event, "reason", Thing::CaseEvent), (&explanation, "words", Thing::Gap)]
    {
        let words = words_at(archive, owner, "profile");
        let kept = archive.inner.store.read(|conn| cells::get(conn, owner, "profile")).unwrap().unwrap();
        let mut forged = words.clone();
        forged[member] = json!("客户从未授权");
        reseal(archive, owner, "profile", &forged);
        is_damaged(archive.case(&operator, &named("SC-1")), thing, member);
        // The other case's gaps are told as ever.
        let page = archive.gaps(&operator, &GapQuery::default(), None, 10).unwrap();
        assert_eq!(page.damaged, [archive_case], "{member}");
        assert!(page.items.iter().all(|gap| gap.case != archive_case), "{member}");
        // The same words under another commitment are as good as others.
        reseal(archive, owner, "profile", &words);
        is_damaged(archive.case(&operator, &named("SC-1")), thing, member);
        sealed_as(&scratch, owner, &kept);
    }
    scratch.case("SC-1");
    archive.case(&operator, &named("SC-2")).unwrap();
}

/// Puts a cell back as it was.
fn sealed_as(scratch: &Scratch, owner: &str, kept: &CellRow) {
    let (owner, kept) = (owner.to_owned(), kept.clone());
    let put = scratch.archive.inner.store.maintain(move |upkeep| {
        cells::delete(upkeep.conn(), &owner, "profile")?;
        cells::insert(upkeep.conn(), &kept)
    });
    put.unwrap();
}

#[test]
fn the_reference_of_a_case_and_the_purpose_of_a_reading_are_those_that_were_entered() {
    let scratch = filed();
    let (archive, operator) = (&scratch.archive, scratch.operator());
    let taken = scratch.take(json!({"kind": "ticket", "case": "SC-1", "occurred": "2026-03-01"}));
    let purpose = "核对合同".to_owned();
    let (record, form) = (taken.record, Form::Content);
    let request = OpenRequest { record, entry: None, version: None, component: 0, purpose, form };
    drop(archive.open_original(&operator, &request).unwrap());
    let entries = archive.custody(&operator, taken.record).unwrap();
    assert_eq!(entries[1].purpose.as_deref(), Some("核对合同"));
    let facts = crate::ledger::entry::decode(&entries[1].bytes).unwrap().facts;
    let reading = facts["reading"].as_str().unwrap();
    reseal(archive, reading, "purpose", &json!({"purpose": "闲看"}));
    is_damaged(archive.custody(&operator, taken.record), Thing::LedgerEntry, "the purpose");
    let case = taken.case.unwrap().to_string();
    assert_eq!(archive.show(&operator, taken.record).unwrap().case_reference.as_deref(), Some("SC-1"));
    let mut words = words_at(archive, &case, "profile");
    words["profile"]["reference"] = json!("SC-9");
    reseal(archive, &case, "profile", &words);
    is_damaged(archive.show(&operator, taken.record), Thing::Case, "the reference");
    archive.index_pending(std::time::Duration::from_secs(60)).unwrap();
    let request = SearchRequest { query: Some("SC-9".to_owned()), limit: 10, ..SearchRequest::default() };
    let hits = archive.search(&operator, &request).unwrap().hits;
    assert!(!hits.is_empty() && hits.iter().all(|hit| hit.damaged && hit.snippet.is_none()));
}

#[test]
fn a_matter_of_which_anything_was_changed_is_listed_as_it_was_entered_and_marked() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    let scratch = scratch();
    let (archive, counsel) = (&scratch.archive, scratch.operator());
    let open = |reference: &str| {
        let fields = json!({"reference": reference, "kind": "诉讼仲裁", "title": "服务合同纠纷", "court": "样例法院",
            "opponents": ["甲"], "evidence_deadline": "2026-07-15"});
        let fields = crate::record::matter::MatterFields::from_json(&fields).unwrap();
        archive.open_matter(&counsel, fields).unwrap().id
    };
    let (first, second) = (open("FA-1"), open("FA-2"));
    let privacy = caller(Role::PrivacyOfficer, 3, &[]);
    let database = scratch.place.database();
    let seen = || {
        let page = archive.list_matters(&privacy, MatterQuery::default(), None, 10).unwrap().items;
        let told = |id| {
            let line = page.iter().find(|line| line.id == id).unwrap();
            (
                line.damaged,
                line.words.is_some(),
                line.evidence_deadline.unwrap().to_string(),
                line.state.as_str(),
            )
        };
        (told(first), told(second))
    };
    let before = seen();
    assert!(!before.0.0 && !before.1.0);
    let state = before.0.3;
    for (column, to) in
        [("evidence_deadline", "'2026-09-15'"), ("state", "'closed'"), ("kind", "'no such kind'")]
    {
        let of = format!("WHERE id = '{first}'");
        let was = dump(&database, &format!("SELECT quote({column}) FROM matters {of}"));
        execute_raw(&database, &format!("UPDATE matters SET {column} = {to} {of}"));
        assert_eq!(seen(), ((true, false, "2026-07-15".to_owned(), state), before.1.clone()), "{column}");
        is_damaged(archive.matter(&privacy, first), Thing::Matter, column);
        execute_raw(&database, &format!("UPDATE matters SET {column} = {} {of}", was[0]));
    }
    assert_eq!(seen(), before);
    let mut words = words_at(archive, &first.to_string(), "profile");
    words["title"] = json!("已撤诉");
    reseal(archive, &first.to_string(), "profile", &words);
    assert_eq!(seen().0, (true, false, "2026-07-15".to_owned(), state));
}
