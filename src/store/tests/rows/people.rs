//! Cases, matters, users, sessions and approvals.

use super::*;
use crate::base::id::{ApprovalId, EventId, ExplanationId, MatterId, PartyId, TokenId};
use crate::store::rows::approvals::{self, ApprovalRow, ApprovalState, Decision};
use crate::store::rows::cases::{
    self, CaseEventRow, CaseFilter, CasePartyRow, CaseRow, CaseState, GapExplanationRow,
};
use crate::store::rows::idempotency::{self, IdempotencyRow};
use crate::store::rows::matters::{self, MatterFilter, MatterPersonRow, MatterRow};
use crate::store::rows::parties::{self, PartyRow, PartyScope, RecordPartyRow};
use crate::store::rows::records;
use crate::store::rows::sessions::{self, ApiTokenRow, LoginFailureRow, SessionRow};
use crate::store::rows::users::{self, GrantRow, GrantScope, UserRoleRow, UserRow, UserState};

fn a_case(seed: u64) -> CaseRow {
    CaseRow {
        id: case(seed),
        reference_token: token(seed as u8),
        state: CaseState::Open,
        tier: Some("gold".to_owned()),
        priority: None,
        language: Some("zh-CN".to_owned()),
        opened_at: noon(),
        closed_at: None,
        zone: Zone::SHANGHAI,
        created_at: noon().plus_seconds(seed as i64),
        created_by: user(1),
    }
}

#[test]
fn a_case_changes_only_from_the_state_that_was_expected() {
    on_each_database(|database| {
        let store = open(database);
        let row = a_case(1);
        let closed = CaseRow { state: CaseState::Closed, closed_at: Some(noon()), ..row.clone() };
        let (inserted, update) = (row.clone(), closed.clone());
        change(&store, move |conn| cases::insert(conn, &inserted));
        let again = update.clone();
        assert!(change(&store, move |conn| cases::update(conn, &update, CaseState::Open)));
        assert!(!change(&store, move |conn| cases::update(conn, &again, CaseState::Open)));
        assert_eq!(store.read(|conn| cases::by_reference(conn, &token(1))), Ok(Some(closed)));
    });
}

#[test]
fn cases_are_listed_by_state_party_and_grant() {
    on_each_database(|database| {
        let store = open(database);
        let party = PartyId::generate(noon(), &number(1));
        change(&store, move |conn| {
            (0..3).try_for_each(|n| cases::insert(conn, &a_case(n)))?;
            cases::insert(conn, &CaseRow { state: CaseState::Paused, ..a_case(3) })?;
            let row = CasePartyRow { case_id: case(2), party_id: party, role: "customer".to_owned() };
            assert!(cases::add_party(conn, &row)?);
            assert!(!cases::add_party(conn, &row)?);
            Ok(())
        });
        let listed = |filter: CaseFilter| {
            let rows = store.read(|conn| cases::page(conn, &filter, None, 10)).unwrap();
            assert_eq!(store.read(|conn| cases::count(conn, &filter)), Ok(rows.len() as u64));
            rows.iter().map(|row| row.created_at.seconds_since(noon())).collect::<Vec<_>>()
        };
        assert_eq!(listed(CaseFilter::default()), [3, 2, 1, 0]);
        assert_eq!(listed(CaseFilter { state: Some(CaseState::Paused), ..Default::default() }), [3]);
        assert_eq!(listed(CaseFilter { party_id: Some(party), ..Default::default() }), [2]);
        let within = Some(vec![case(0), case(1)]);
        assert_eq!(listed(CaseFilter { within, ..Default::default() }), [1, 0]);
        assert_eq!(listed(CaseFilter { within: Some(vec![]), ..Default::default() }), [0_i64; 0]);
        let own =
            |user| CaseFilter { within: Some(vec![case(0)]), made_by: Some(user), ..Default::default() };
        assert_eq!(listed(own(user(2))), [0]);
        assert_eq!(listed(own(user(1))), [3, 2, 1, 0]);
        assert_eq!(store.read(|conn| cases::of_party(conn, party)).unwrap().len(), 1);
        assert_eq!(store.read(|conn| cases::parties_of(conn, case(2))).unwrap().len(), 1);
    });
}

#[test]
fn a_party_lies_in_the_scope_of_the_cases_and_records_that_name_it() {
    on_each_database(|database| {
        let store = open(database);
        let party = |n: u64| PartyId::generate(noon(), &number(n));
        change(&store, move |conn| {
            for n in 1..=5 {
                let created_at = noon().plus_seconds(n as i64);
                parties::insert(conn, &PartyRow { id: party(n), name_token: token(n as u8), created_at })?;
            }
            cases::insert(conn, &a_case(1))?;
            cases::insert(conn, &CaseRow { created_by: user(2), ..a_case(2) })?;
            for n in 1..=2 {
                let role = "customer".to_owned();
                cases::add_party(conn, &CasePartyRow { case_id: case(n), party_id: party(n), role })?;
            }
            let inside = RecordRow { case_id: Some(case(2)), ..record(3) };
            let captured = RecordRow { captured_by: user(2), ..record(4) };
            for (row, n) in [(inside, 3), (captured, 4)] {
                records::insert(conn, &row)?;
                let role = "customer".to_owned();
                let part = RecordPartyRow { record_id: row.id, version: 1, party_id: party(n), role };
                parties::insert_part(conn, &part)?;
            }
            Ok(())
        });
        let shown = |cases: &[u64], made_by| {
            let scope = PartyScope { cases: cases.iter().map(|n| case(*n)).collect(), made_by };
            let rows = store.read(|conn| parties::page_within(conn, &scope, None, 10)).unwrap();
            let numbers: Vec<u64> =
                rows.iter().map(|row| row.created_at.seconds_since(noon()).unsigned_abs()).collect();
            for n in 1..=5 {
                let found = store.read(|conn| parties::get_within(conn, &scope, party(n))).unwrap();
                assert_eq!(found.is_some(), numbers.contains(&n), "{n}");
            }
            numbers
        };
        assert_eq!(shown(&[], None), [0_u64; 0]);
        assert_eq!(shown(&[1], None), [1]);
        assert_eq!(shown(&[2], None), [3, 2]);
        assert_eq!(shown(&[], Some(user(2))), [4, 2]);
        assert_eq!(shown(&[1, 2], Some(user(2))), [4, 3, 2, 1]);
    });
}

#[test]
fn events_stand_in_the_order_in_which_they_happened() {
    on_each_database(|database| {
        let store = open(database);
        let event = |seed: u64, seconds| CaseEventRow {
            id: EventId::generate(noon(), &number(seed)),
            case_id: case(1),
            kind: "paused".to_owned(),
            at: noon().plus_seconds(seconds),
            zone: Zone::UTC,
            recorded_at: noon(),
            recorded_by: user(1),
            record_id: None,
            cancels: (seed == 3).then(|| EventId::generate(noon(), &number(1))),
        };
        let rows = [event(1, 30), event(2, 10), event(3, 20)];
        let stored = rows.clone();
        let gap = GapExplanationRow {
            id: ExplanationId::generate(noon(), &number(1)),
            case_id: case(1),
            gap: "g3".to_owned(),
            record_id: Some(record(1).id),
            at: noon(),
            by_user: user(1),
        };
        let explanation = gap.clone();
        change(&store, move |conn| {
            cases::insert_explanation(conn, &explanation)?;
            stored.iter().try_for_each(|row| cases::insert_event(conn, row))
        });
        let found = store.read(|conn| cases::events_of(conn, case(1))).unwrap();
        assert_eq!(found, [rows[1].clone(), rows[2].clone(), rows[0].clone()]);
        assert_eq!(store.read(|conn| cases::explanations_of(conn, case(1))), Ok(vec![gap]));
    });
}

#[test]
fn a_matter_has_dates_and_people() {
    on_each_database(|database| {
        let store = open(database);
        let id = MatterId::generate(noon(), &number(1));
        let row = MatterRow {
            id,
            reference_token: token(1),
            kind: "litigation".to_owned(),
            state: "open".to_owned(),
            evidence_deadline: Some(CivilDate::parse("2026-06-30").unwrap()),
            hearing_on: None,
            created_at: noon(),
            created_by: user(1),
        };
        let person = MatterPersonRow { matter_id: id, user_id: user(2), duty: "counsel".to_owned() };
        let (matter, on_it) = (row.clone(), person.clone());
        change(&store, move |conn| {
            matters::insert(conn, &matter)?;
            assert!(matters::add_person(conn, &on_it)?);
            assert!(matters::update(
                conn,
                &MatterRow { state: "closed".to_owned(), ..matter.clone() },
                "open"
            )?);
            assert!(!matters::update(conn, &matter, "open")?);
            Ok(())
        });
        let closed = MatterRow { state: "closed".to_owned(), ..row };
        store
            .read(|conn| {
                assert_eq!(matters::by_reference(conn, &token(1))?, Some(closed.clone()));
                let filter = MatterFilter { state: Some("closed".to_owned()), within: Some(vec![id]) };
                assert_eq!(matters::page(conn, &filter, None, 5)?, [closed]);
                assert_eq!(matters::people_of(conn, id)?, [person]);
                Ok::<_, StoreError>(())
            })
            .unwrap();
    });
}

#[test]
fn a_role_counts_only_with_users_who_may_come_in() {
    on_each_database(|database| {
        let store = open(database);
        change(&store, |conn| {
            for seed in 1..=3_u8 {
                let id = user(u64::from(seed));
                let state = if seed == 3 { UserState::Disabled } else { UserState::Active };
                let name_token = token(seed);
                users::insert(
                    conn,
                    &UserRow { id, name_token, state, created_at: noon(), must_change_password: seed == 1 },
                )?;
                for role in ["legal", "auditor"] {
                    assert!(users::add_role(conn, &UserRoleRow { user_id: id, role: role.to_owned() })?);
                }
            }
            assert!(users::remove_role(conn, &UserRoleRow { user_id: user(2), role: "legal".to_owned() })?);
            Ok(())
        });
        store
            .read(|conn| {
                assert_eq!(users::count_active_with_role(conn, "legal")?, 1);
                assert_eq!(users::count_active_with_role(conn, "auditor")?, 2);
                assert_eq!(users::roles_of(conn, user(1))?, ["auditor", "legal"]);
                assert!(users::by_name(conn, &token(1))?.unwrap().must_change_password);
                assert_eq!(users::page(conn, None, 2)?.len(), 2);
                Ok::<_, StoreError>(())
            })
            .unwrap();
    });
}

#[test]
fn a_grant_is_found_from_the_user_and_from_the_case() {
    on_each_database(|database| {
        let store = open(database);
        let grant = |seed, scope, id: &str| GrantRow { user_id: user(seed), scope, scope_id: id.to_owned() };
        change(&store, move |conn| {
            users::add_grant(conn, &grant(1, GrantScope::Case, "c1"))?;
            users::add_grant(conn, &grant(2, GrantScope::Case, "c1"))?;
            users::add_grant(conn, &grant(1, GrantScope::Matter, "c1"))?;
            assert!(users::remove_grant(conn, &grant(2, GrantScope::Case, "c1"))?);
            assert!(!users::remove_grant(conn, &grant(2, GrantScope::Case, "c1"))?);
            Ok(())
        });
        let of_case = store.read(|conn| users::granted(conn, GrantScope::Case, "c1")).unwrap();
        assert_eq!(of_case, [grant(1, GrantScope::Case, "c1")]);
        assert_eq!(store.read(|conn| users::grants_of(conn, user(1))).unwrap().len(), 2);
    });
}

#[test]
fn sessions_end_by_age_by_idleness_and_by_hand() {
    on_each_database(|database| {
        let store = open(database);
        let session = |seed: u8, seen, expires| SessionRow {
            token_hash: Digest::of(&[seed]),
            user_id: user(1),
            created_at: noon(),
            seen_at: noon().plus_seconds(seen),
            expires_at: noon().plus_seconds(expires),
            label: "browser".to_owned(),
        };
        change(&store, move |conn| {
            sessions::insert(conn, &session(1, 100, 1000))?;
            sessions::insert(conn, &session(2, 100, 50))?;
            sessions::insert(conn, &session(3, 10, 1000))?;
            assert!(sessions::touch(conn, Digest::of(&[1]), noon().plus_seconds(101))?);
            sessions::delete_ended(conn, noon().plus_seconds(60), noon().plus_seconds(20))
        });
        let left = store.read(|conn| sessions::of_user(conn, user(1))).unwrap();
        assert_eq!(left, [session(1, 101, 1000)]);
        assert!(change(&store, |conn| sessions::delete(conn, Digest::of(&[1]))));
        assert_eq!(store.read(|conn| sessions::get(conn, Digest::of(&[1]))), Ok(None));
    });
}

#[test]
fn an_api_token_is_revoked_once() {
    on_each_database(|database| {
        let store = open(database);
        let id = TokenId::generate(noon(), &number(1));
        let row = ApiTokenRow {
            id,
            token_hash: Digest::of(b"t"),
            user_id: user(1),
            scopes: "capture".to_owned(),
            created_at: noon(),
            expires_at: None,
            revoked_at: None,
        };
        let stored = row.clone();
        change(&store, move |conn| sessions::insert_token(conn, &stored));
        assert_eq!(store.read(|conn| sessions::token_by_hash(conn, Digest::of(b"t"))), Ok(Some(row.clone())));
        assert!(change(&store, move |conn| sessions::revoke_token(conn, id, noon())));
        assert!(!change(&store, move |conn| sessions::revoke_token(conn, id, noon())));
        let revoked = ApiTokenRow { revoked_at: Some(noon()), ..row };
        assert_eq!(store.read(|conn| sessions::tokens_of(conn, user(1))), Ok(vec![revoked]));
    });
}

#[test]
fn failed_logins_are_counted_per_name_and_forgotten() {
    on_each_database(|database| {
        let store = open(database);
        let row = |failures| LoginFailureRow {
            name_token: token(1),
            failures,
            last_at: noon(),
            locked_until: noon().plus_seconds(i64::from(failures)),
        };
        change(&store, move |conn| {
            sessions::put_login_failures(conn, &row(1))?;
            sessions::put_login_failures(conn, &row(2))
        });
        assert_eq!(store.read(|conn| sessions::login_failures(conn, &token(1))), Ok(Some(row(2))));
        assert_eq!(change(&store, |conn| sessions::delete_login_failures_before(conn, noon())), 0);
        change(&store, |conn| sessions::clear_login_failures(conn, &token(1)));
        assert_eq!(store.read(|conn| sessions::login_failures(conn, &token(1))), Ok(None));
    });
}

fn an_approval(seed: u64) -> ApprovalRow {
    ApprovalRow {
        id: ApprovalId::generate(noon(), &number(seed)),
        action: "export_originals".to_owned(),
        subject: "s".to_owned(),
        request_digest: Digest::of(b"r"),
        requested_by: user(1),
        requested_at: noon().plus_seconds(seed as i64),
        expires_at: noon().plus_seconds(100),
        state: ApprovalState::Waiting,
        decided_by: None,
        decided_at: None,
    }
}

#[test]
fn an_approval_is_decided_once_and_used_once() {
    on_each_database(|database| {
        let store = open(database);
        let id = an_approval(1).id;
        let decision = Decision { state: ApprovalState::Approved, by: user(2), at: noon() };
        change(&store, move |conn| {
            approvals::insert(conn, &an_approval(1))?;
            assert!(!approvals::mark_used(conn, id)?, "nobody approved it");
            assert!(approvals::decide(conn, id, decision)?);
            assert!(!approvals::decide(conn, id, decision)?);
            assert!(approvals::mark_used(conn, id)?);
            assert!(!approvals::mark_used(conn, id)?);
            Ok(())
        });
        let row = store.read(|conn| approvals::get(conn, id)).unwrap().unwrap();
        assert_eq!((row.state, row.decided_by), (ApprovalState::Used, Some(user(2))));
    });
}

#[test]
fn what_nobody_decided_in_time_expires() {
    on_each_database(|database| {
        let store = open(database);
        change(&store, |conn| {
            approvals::insert(conn, &an_approval(1))?;
            approvals::insert(conn, &ApprovalRow { expires_at: noon().plus_seconds(200), ..an_approval(2) })
        });
        assert_eq!(change(&store, |conn| approvals::expire(conn, noon().plus_seconds(100))), 1);
        let waiting = store.read(|conn| approvals::page(conn, ApprovalState::Waiting, None, 9)).unwrap();
        assert_eq!(waiting.iter().map(|row| row.id).collect::<Vec<_>>(), [an_approval(2).id]);
    });
}

#[test]
fn a_key_is_one_actors_own_and_used_once() {
    on_each_database(|database| {
        let store = open(database);
        let row = |actor: &str, subject: &str| IdempotencyRow {
            actor: actor.to_owned(),
            key_token: token(1),
            request_digest: Digest::of(b"r"),
            subject: subject.to_owned(),
            created_at: noon(),
        };
        change(&store, move |conn| {
            idempotency::insert(conn, &row("a", "1"))?;
            idempotency::insert(conn, &row("b", "2"))
        });
        let again = store.maintain(move |tx| idempotency::insert(tx.conn(), &row("a", "3")));
        assert!(matches!(again.unwrap_err().into_cause(), StoreError::Duplicate { .. }));
        assert_eq!(store.read(|conn| idempotency::get(conn, "a", &token(1))), Ok(Some(row("a", "1"))));
        assert_eq!(change(&store, |conn| idempotency::delete_before(conn, noon().plus_seconds(1))), 2);
    });
}
