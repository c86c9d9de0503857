use std::sync::Arc;

use crate::access::role::{Role, Roles};
use crate::access::session::RequestKind;
use crate::access::token::TokenScopes;
use crate::archive::Archive;
use crate::archive::approvals::ApprovalRequest;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::tests::on_postgres;
use crate::archive::users::tests::{House, PASSWORD, a_house, typed};
use crate::archive::users::{Granted, NewToken, PasswordChange, Reset};
use crate::base::id::CaseId;
use crate::base::moment::Moment;
use crate::store::StoreError;
use crate::store::testing::{dump, execute_raw};

use super::*;

/// Two administrators and somebody with few rights, who came in by each of the ways.
struct Office {
    house: House,
    first: crate::archive::Caller,
    clerk: crate::archive::Caller,
    session: String,
    token: String,
}

fn an_office() -> Office {
    let house = a_house();
    let first = house.administrator();
    house.a_user(&first, "second", &[Role::Administrator]);
    let clerk = house.a_user(&first, "clerk", &[Role::Service]);
    let session = house.archive.log_in(&typed("clerk", PASSWORD)).unwrap();
    let new = NewToken { scopes: TokenScopes::parse("record:create").unwrap(), expires_at: None };
    let token = house.archive.create_token(&clerk, &new).unwrap();
    let text = |secret: &crate::base::secret::SecretBytes| secret.expose_text().unwrap().to_owned();
    let (session, token) = (text(&session.secret), text(&token.secret));
    Office { house, first, clerk, session, token }
}

impl Office {
    fn tamper(&self, sql: &str) {
        execute_raw(&self.house.place.database(), sql);
        // The rows behind a token are looked at again after a second; nobody waits here.
        self.archive().inner.remembered.forget();
    }

    fn archive(&self) -> &Archive {
        &self.house.archive
    }

    fn by_session(&self) -> Result<(), Refusal> {
        self.archive().caller_of_session(&self.session, RequestKind::Deliberate).map(|_| ())
    }

    fn by_token(&self) -> Result<(), Refusal> {
        self.archive().caller_of_token(&self.token).map(|_| ())
    }

    fn by_password(&self) -> Result<(), Refusal> {
        self.archive().log_in(&typed("clerk", PASSWORD)).map(|_| ())
    }

    fn row(&self, table: &str, columns: &str, filter: &str) -> String {
        let query = format!("SELECT {columns} FROM {table} WHERE {filter}");
        dump(&self.house.place.database(), &query).pop().unwrap()
    }
}

fn is_damaged(outcome: &Result<(), Refusal>) -> bool {
    matches!(outcome, Err(Refusal::Damaged(_) | Refusal::Store(StoreError::Corrupt { .. })))
}

#[test]
fn what_stands_as_the_ledger_says_is_honoured() {
    let office = an_office();
    for _ in 0..2 {
        office.by_session().unwrap();
        office.by_token().unwrap();
        office.by_password().unwrap();
    }
}

#[test]
fn a_right_that_only_the_database_knows_of_is_none_and_is_not_entered_by_the_next_honest_change() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    let office = an_office();
    let (clerk, case) = (office.clerk.user(), office.house.a_case());
    let case_text = case.to_string();
    let ways = [
        (
            "INSERT INTO user_roles VALUES ('CLERK', 'archivist')",
            "DELETE FROM user_roles WHERE role = 'archivist' AND user_id = 'CLERK'",
        ),
        (
            "UPDATE user_roles SET role = 'administrator' WHERE user_id = 'CLERK'",
            "UPDATE user_roles SET role = 'service' WHERE user_id = 'CLERK'",
        ),
        ("INSERT INTO grants VALUES ('CLERK', 'case', 'CASE')", "DELETE FROM grants WHERE user_id = 'CLERK'"),
        (
            "UPDATE users SET created_at = created_at + 1 WHERE id = 'CLERK'",
            "UPDATE users SET created_at = created_at - 1 WHERE id = 'CLERK'",
        ),
        (
            "DELETE FROM user_roles WHERE user_id = 'CLERK'",
            "INSERT INTO user_roles VALUES ('CLERK', 'service')",
        ),
    ];
    let named = |sql: &str| sql.replace("CLERK", &clerk.to_string()).replace("CASE", &case_text);
    for (way, back) in ways {
        office.by_token().unwrap();
        office.tamper(&named(way));
        assert!(is_damaged(&office.by_session()), "{way}");
        assert!(is_damaged(&office.by_token()), "{way}");
        assert!(is_damaged(&office.by_password()), "{way}");
        let roles = Roles::parse([Role::Auditor]).unwrap();
        let archive = office.archive();
        assert!(is_damaged(&archive.change_roles(&office.first, clerk, &roles, None)), "{way}");
        assert!(is_damaged(&archive.disable_user(&office.first, clerk)), "{way}");
        let operator = archive.local_operator().unwrap();
        let granted = archive.grant(&operator, clerk, Granted::Case(case));
        assert!(is_damaged(&granted) || matches!(granted, Err(Refusal::Forbidden)), "{way}");
        assert!(is_damaged(&archive.remove_second_factor(&office.clerk)), "{way}");
        office.tamper(&named(back));
    }
    office.by_session().unwrap();
}

#[test]
fn a_disabled_user_who_was_enabled_in_the_database_stays_out() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    let office = an_office();
    let clerk = office.clerk.user();
    office.archive().disable_user(&office.first, clerk).unwrap();
    office.tamper(&format!("UPDATE users SET state = 'active' WHERE id = '{clerk}'"));
    assert!(is_damaged(&office.by_token()));
    assert!(is_damaged(&office.by_password()));
}

#[test]
fn a_token_that_was_changed_or_put_in_behind_the_archives_back_is_refused() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    let ways = [
        "UPDATE api_tokens SET scopes = '*' WHERE user_id = 'CLERK'",
        "UPDATE api_tokens SET user_id = 'FIRST' WHERE user_id = 'CLERK'",
        "UPDATE api_tokens SET expires_at = 9000000000000000 WHERE user_id = 'CLERK'",
        "UPDATE api_tokens SET id = '01890a5d-ac96-774b-bcce-b302099a8057' WHERE user_id = 'CLERK'",
    ];
    let office = an_office();
    let (clerk, first) = (office.clerk.user().to_string(), office.first.user().to_string());
    let kept = "CREATE TABLE kept AS SELECT * FROM api_tokens";
    office.tamper(kept);
    for way in ways {
        office.tamper(&way.replace("CLERK", &clerk).replace("FIRST", &first));
        assert!(is_damaged(&office.by_token()), "{way}");
        office.tamper("DELETE FROM api_tokens; INSERT INTO api_tokens SELECT * FROM kept");
        office.by_token().unwrap();
    }
    let tokens = office.archive().list_tokens(&office.clerk, office.clerk.user()).unwrap();
    office.archive().revoke_token(&office.clerk, tokens[0].id).unwrap();
    office.tamper("UPDATE api_tokens SET revoked_at = NULL");
    assert!(is_damaged(&office.by_token()));
    assert!(is_damaged(&office.archive().revoke_token(&office.clerk, tokens[0].id)));
}

#[test]
fn a_session_that_nobody_opened_is_none() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    let office = an_office();
    let first = office.first.user();
    // The clerk's own token, in another's name.
    let clerk = office.clerk.user();
    office.tamper(&format!("UPDATE sessions SET user_id = '{first}'"));
    assert!(is_damaged(&office.by_session()));
    office.tamper(&format!("UPDATE sessions SET user_id = '{clerk}', expires_at = expires_at + 1"));
    assert!(is_damaged(&office.by_session()));
    office.tamper("UPDATE sessions SET expires_at = expires_at - 1");
    office.by_session().unwrap();
    // One that was ended with a change of the password, and put back.
    let columns = "hex(token_hash) || '|' || user_id || '|' || created_at || '|' || seen_at || '|' || expires_at || '|' || label";
    let row = office.row("sessions", columns, "1");
    let change = PasswordChange { old: PASSWORD, new: "another-lantern-harbour" };
    office.archive().change_own_password(&office.clerk, change).unwrap();
    assert!(matches!(office.by_session(), Err(Refusal::SessionEnded)));
    let parts: Vec<&str> = row.split('|').collect();
    office.tamper(&format!(
        "INSERT INTO sessions VALUES (x'{}', '{}', {}, {}, {}, '{}')",
        parts[0], parts[1], parts[2], parts[3], parts[4], parts[5]
    ));
    assert!(is_damaged(&office.by_session()));
}

#[test]
fn an_older_password_that_was_put_back_opens_nothing() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    let office = an_office();
    let clerk = office.clerk.user();
    let of_clerk = format!("owner = '{clerk}' AND part = 'profile'");
    let sealed = office.row("cells", "hex(sealed)", &of_clerk);
    let digest = office.row("cells", "hex(digest)", &of_clerk);
    let change = PasswordChange { old: PASSWORD, new: "another-lantern-harbour" };
    office.archive().change_own_password(&office.clerk, change).unwrap();
    assert!(matches!(office.by_password(), Err(Refusal::BadCredentials)));
    for set in [format!("sealed = x'{sealed}', digest = x'{digest}'"), format!("sealed = x'{sealed}'")] {
        office.tamper(&format!("UPDATE cells SET {set} WHERE {of_clerk}"));
        assert!(is_damaged(&office.by_password()), "{set}");
    }
}

#[test]
fn a_second_factor_that_was_taken_out_of_the_database_is_missed() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    let office = an_office();
    office.house.enrolled(&office.clerk);
    assert!(matches!(office.by_password(), Err(Refusal::SecondFactorRequired)));
    office.by_token().unwrap();
    office.tamper("DELETE FROM cells WHERE part = 'second_factor'");
    assert!(is_damaged(&office.by_password()));
    assert!(is_damaged(&office.by_token()));
}

#[test]
fn an_entry_that_was_changed_or_hidden_gives_nothing_back() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    let ways = [
        "UPDATE ledger_entries SET subject = 'x' WHERE seq = SEQ",
        "UPDATE ledger_entries SET kind = 'searched', body = CAST(replace(CAST(body AS TEXT), 'role_changed', 'searched') AS BLOB) WHERE seq = SEQ",
        "DELETE FROM ledger_entries WHERE seq = SEQ",
    ];
    for (number, way) in ways.into_iter().enumerate() {
        let office = an_office();
        let clerk = office.clerk.user();
        let roles = Roles::parse([Role::Auditor]).unwrap();
        office.archive().change_roles(&office.first, clerk, &roles, None).unwrap();
        let seq = office.row("ledger_entries", "CAST(max(seq) AS TEXT)", "kind = 'role_changed'");
        // Something after it: the end of the log is looked at in any case.
        office.by_password().unwrap();
        office.tamper(&way.replace("SEQ", &seq));
        office.tamper(&format!("UPDATE user_roles SET role = 'service' WHERE user_id = '{clerk}'"));
        assert!(is_damaged(&office.by_token()), "{way}");
        let Office { house, token, .. } = office;
        let (place, options) = (house.place.clone(), house.options());
        drop(house.archive);
        let opened = Archive::open(&place, &options);
        match number {
            0 => {
                assert!(matches!(opened.unwrap().caller_of_token(&token), Err(Refusal::Damaged(Thing::User))))
            }
            _ => assert!(matches!(opened, Err(Refusal::Store(StoreError::LedgerBroken { .. }))), "{way}"),
        }
    }
}

#[test]
fn nobody_acts_in_the_name_of_another_local_operator() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    let office = an_office();
    office.archive().local_operator().unwrap();
    let first = office.first.user();
    office.tamper(&format!("UPDATE meta SET value = '{first}' WHERE key = 'local_operator'"));
    assert!(matches!(office.archive().local_operator(), Err(Refusal::Damaged(_))));
}

#[test]
fn nobody_becomes_alone_by_taking_the_others_out_of_the_database() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    let office = an_office();
    let second = "(SELECT user_id FROM user_roles WHERE role = 'administrator' AND user_id <> 'FIRST')";
    let second = second.replace("FIRST", &office.first.user().to_string());
    office.tamper(&format!(
        "CREATE TEMP TABLE gone AS SELECT {second} AS id; DELETE FROM users WHERE id IN (SELECT id FROM gone); \
         DELETE FROM user_roles WHERE user_id IN (SELECT id FROM gone); DELETE FROM cells WHERE owner IN (SELECT id FROM gone)"
    ));
    let reset = office.archive().reset_credentials(&office.first, office.clerk.user(), Reset::Password, None);
    assert!(is_damaged(&reset.map(|_| ())));
}

#[test]
fn a_request_that_was_changed_in_the_database_is_not_decided() {
    if on_postgres() {
        return; // Tampers with the file of the embedded database.
    }
    let office = an_office();
    let request = ApprovalRequest {
        action: crate::access::two_person::TwoPersonAction::ResetCredentials,
        subject: office.clerk.user().to_string(),
        parameters: Reset::Password.to_parameters(),
        reason: "called from the front desk".to_owned(),
        approver: None,
    };
    let id = office.archive().request_approval(&office.first, &request).unwrap();
    let second = office.archive().caller_as(&typed("second", PASSWORD)).unwrap();
    // The second administrator would approve an own request in another's name.
    office.tamper(&format!("UPDATE approvals SET requested_by = '{}'", office.clerk.user()));
    let verdict = crate::access::two_person::Verdict::Approve;
    assert!(is_damaged(&office.archive().decide_approval(&second, id, verdict)));
}

#[test]
fn many_changes_of_one_user_in_one_transaction_do_not_refuse_each_other() {
    let office = an_office();
    let operator = office.archive().local_operator().unwrap();
    let cases: Vec<CaseId> = vec![office.house.a_case()];
    let clerk = office.clerk.user();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    for _ in 0..10 {
                        let granted = Granted::Case(cases[0]);
                        for outcome in [
                            office.archive().grant(&operator, clerk, granted),
                            office.archive().revoke_grant(&operator, clerk, granted),
                        ] {
                            assert!(matches!(outcome, Ok(()) | Err(Refusal::WrongState)), "{outcome:?}");
                        }
                        office.by_token().unwrap();
                    }
                })
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    });
}

#[test]
fn kept_words_are_believed_only_if_they_are_this_archives_and_of_this_log() {
    let office = an_office();
    let inner = Arc::clone(&office.archive().inner);
    let path = office.house.place.last_words();
    inner.last_words.kept.store(0, Ordering::Relaxed);
    let known = inner.last_words.read().clone();
    assert!(inner.kept_words().is_none());
    inner.write_last_words().unwrap();
    let (kept, heads) = inner.kept_words().unwrap();
    assert_eq!(heads.reach(), inner.last_words.heads_reach());
    assert_eq!((&kept.words, kept.size, kept.root), (&known.words, known.size, known.root));
    assert_eq!((&kept.users, &kept.local_operator), (&known.users, &known.local_operator));
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replacen("\"size\":", "\"size\": ", 1)).unwrap();
    assert!(inner.kept_words().is_none());
    std::fs::write(&path, &text).unwrap();
    // Older ones are brought up to date by the entries since.
    office
        .archive()
        .change_roles(&office.first, office.clerk.user(), &Roles::parse([Role::Auditor]).unwrap(), None)
        .unwrap();
    *inner.last_words.write() = State::default();
    *inner.last_words.write_heads() = heads;
    inner.take_up_last_words().unwrap();
    let now = inner.last_words.read().clone();
    assert!(now.size > kept.size && now.words != kept.words);
    office.by_token().unwrap();
}

#[test]
fn sessions_that_ended_by_time_are_forgotten() {
    let mut state = State::default();
    let opened = |hours: i64| {
        let at = Moment::from_micros(1_800_000_000_000_000).plus_seconds(hours * 3600);
        let words = vec![(format!("session/{hours}"), Some(Digest::of(b"s")))];
        Said { at: Some(at), words, ..Said::default() }
    };
    for hours in 0..100 {
        state.hear(opened(hours));
    }
    assert_eq!(state.words.len(), state.sessions.len());
    assert!((12..16).contains(&state.words.len()), "{}", state.words.len());
}

#[test]
fn the_highest_number_of_a_bundle_is_known_whatever_the_counter_says() {
    let mut state = State::default();
    let begun = |name: &str| {
        let facts = serde_json::json!({"bundle": name});
        Said::of(None, EntryKind::ExportBegun, facts.as_object().unwrap(), None).unwrap()
    };
    let name = |number| BundleName::new(2026, number).unwrap().to_string();
    for number in [1, 3, 2] {
        state.hear(begun(&name(number)));
    }
    assert_eq!(state.bundles.get(&2026), Some(&3));
}

#[test]
fn nobody_waits_for_the_disk_but_where_rights_change() {
    let words = LastWords::new(String::new(), None);
    let user = "01890a5d-ac96-774b-bcce-b302099a8057";
    let draft = EntryDraft {
        kind: EntryKind::UserChanged,
        subject: user.to_owned(),
        actor: crate::ledger::entry::Actor::System,
        facts: serde_json::json!({(ROWS): {(format!("user/{user}")): Digest::of(b"u").to_hex()}}),
    };
    assert!(words.wants(&draft));
    assert!(!words.wants(&EntryDraft { kind: EntryKind::Captured, ..draft.clone() }));
    let at = Moment::from_micros(0);
    let told = |first_seq: u64, drafts: &[EntryDraft], is_free: bool| {
        let group =
            Group { first_seq, size: first_seq + 1, root: Digest::of(b"r"), at, drafts, spoken: !is_free };
        let mut commits = 0;
        let outcome = words.commit(&group, &mut || {
            commits += 1;
            assert_eq!(words.state.try_read().is_ok(), is_free);
            Ok(())
        });
        assert_eq!((outcome, commits), (Ok(()), 1));
    };
    told(0, &[], true);
    told(1, std::slice::from_ref(&draft), false);
    assert_eq!((words.read().size, words.about(&format!("user/{user}"))), (2, Some(Digest::of(b"u"))));
    assert!(!words.is_behind(false));
    // What another node entered in between has to be read; what failed may be on disk all the same.
    told(5, &[], true);
    assert!(words.read().size == 2 && words.is_behind(false));
    let group = Group { first_seq: 2, size: 3, root: Digest::of(b"r"), at, drafts: &[], spoken: false };
    assert_eq!(words.commit(&group, &mut || Err(StoreError::Full)), Err(StoreError::Full));
    assert_eq!((words.read().size, words.read().missed), (2, 2));
}
