//! Approvals, users, matters, customers and tokens from the command line, in one demonstration archive.

use serde_json::Value;

use super::desk::{DEMO, code, done, json, refused, run_as, stderr, stdout};

const NOBODY: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

fn case_id(reference: &str) -> String {
    json(&DEMO.run(&["case", "show", reference, "--json"]))["case"]["id"].as_str().unwrap().to_owned()
}

#[test]
fn a_one_time_password_says_that_it_has_to_be_changed_and_by_which_command() {
    let password = DEMO.one_time("demo-trainer");
    for words in [&["list"][..], &["search", "授权"], &["case", "list"], &["show", NOBODY]] {
        let output = run_as(&DEMO.data(), "demo-trainer", &password, words);
        refused(&output, 3, "password_change_required");
        let said = stderr(&output);
        assert!(said.contains("muniment user password --data "), "{said}");
        assert!(said.trim_end().ends_with("--as demo-trainer"), "{said}");
    }
    let output = run_as(&DEMO.data(), "demo-trainer", "wrong wrong wrong", &["list"]);
    refused(&output, 3, "login_failed");
    refused(&DEMO.run(&["user", "password"]), 2, "user.as");
    refused(&DEMO.run(&["list", "--as", "demo-legal"]), 3, "credentials_required");
}

#[test]
fn an_export_goes_through_once_a_second_person_has_agreed() {
    let output = DEMO.fresh("export");
    let export = |more: &[&str]| {
        let words = ["export", "evidence", "--case", "TW-2025-0001", "--purpose", "举证"];
        DEMO.run_as("demo-legal", &[&words[..], &["--output", output.to_str().unwrap()], more].concat())
    };
    let asked = export(&[]);
    refused(&asked, 3, "needs_second_person");
    let said = stderr(&asked);
    let id =
        said.split("muniment approval approve --data ").nth(1).unwrap().split_whitespace().nth(1).unwrap();
    assert!(said.contains(&format!("--approval {id}")), "{said}");

    refused(&export(&["--approval", id]), 3, "needs_second_person");
    refused(&DEMO.run(&["approval", "approve", id]), 2, "approval.as");
    // Who asked sees the request, and may not decide it; who has nothing to do with it sees none.
    let shown = json(&DEMO.run_as("demo-legal", &["approval", "show", id, "--json"]));
    assert_eq!(
        (&shown["may_decide"], &shown["reason"]),
        (&Value::Bool(false), &Value::from("举证\n（未注明 / 未註明 / not stated）"))
    );
    assert_ne!(code(&DEMO.run_as("demo-legal", &["approval", "approve", id])), 0);
    refused(&DEMO.run_as("demo-archivist", &["approval", "approve", id]), 3, "not_found");
    // Who may agree reads the case by its reference and each record of the list.
    let read = done(DEMO.run_as("demo-privacy", &["approval", "show", id]));
    assert!(read.contains("TW-2025-0001") && read.contains("demo-legal") && read.contains("举证"), "{read}");
    let read = json(&DEMO.run_as("demo-privacy", &["approval", "show", id, "--json"]));
    let listed = read["items"]["items"].as_array().unwrap();
    assert_eq!(Some(listed.len() as u64), read["parameters"]["count"].as_u64());
    assert!(listed.iter().all(|item| item["title"].is_string()), "{read}");
    let waiting = done(DEMO.run_as("demo-privacy", &["approval", "list", "--ids"]));
    assert!(waiting.lines().any(|line| line == id), "{waiting}");

    done(DEMO.run_as("demo-privacy", &["approval", "approve", id]));
    refused(&DEMO.run_as("demo-privacy", &["approval", "refuse", id]), 3, "approval_decided");
    let path = done(export(&["--approval", id]));
    assert_eq!(code(&super::desk::binary().arg("verify").arg(&path).output().unwrap()), 0);
    refused(&export(&["--approval", id]), 3, "approval_used");
}

#[test]
fn what_was_refused_is_not_exported_and_an_own_request_is_taken_back() {
    let output = DEMO.fresh("refused-export");
    let ids = DEMO.folder.join("refused-ids");
    let id = done(DEMO.run(&["list", "--ids", "--limit", "1"]));
    std::fs::write(&ids, format!("{id}\n")).unwrap();
    let export = |more: &[&str]| {
        let words = ["export", "evidence", "--ids", ids.to_str().unwrap(), "--purpose", "x"];
        DEMO.run(&[&words[..], &["--output", output.to_str().unwrap()], more].concat())
    };
    let request = |output: std::process::Output| {
        refused(&output, 3, "needs_second_person");
        stderr(&output).split("--approval ").nth(1).unwrap().split_whitespace().next().unwrap().to_owned()
    };
    let first = request(export(&[]));
    done(DEMO.run_as("demo-privacy", &["approval", "refuse", &first]));
    refused(&export(&["--approval", &first]), 3, "approval_refused");
    let second = request(export(&[]));
    done(DEMO.run(&["approval", "cancel", &second]));
    refused(&export(&["--approval", &second]), 3, "approval_expired");
    let listed = done(DEMO.run(&["approval", "list", "--state", "refused", "--ids"]));
    assert!(listed.lines().any(|line| line == first), "{listed}");
    let shown = done(DEMO.run(&["approval", "show", &first]));
    assert!(shown.contains("refused") && !shown.contains("declined"), "{shown}");
    refused(&DEMO.run(&["approval", "show", NOBODY]), 3, "not_found");
    refused(&DEMO.run(&["approval", "list", "--state", "nonsense"]), 3, "invalid_fields");
    let bad = ["approval", "request", "remove_user", NOBODY, "--reason", "x", "--parameters", "{"];
    refused(&DEMO.run(&bad), 2, "bad_json");
}

#[test]
fn a_lost_password_is_set_anew_by_two_administrators() {
    let reset = |more: &[&str]| {
        let words = ["user", "reset", "demo-service", "--what", "password"];
        DEMO.run_as("demo-admin", &[&words[..], more].concat())
    };
    let asked = reset(&[]);
    refused(&asked, 3, "needs_second_person");
    // The command that is told is the one that works, to the letter.
    let said = stderr(&asked);
    let told = said.split("--as demo-admin ").nth(1).unwrap();
    let [step, user, _, parameters] = told.split_whitespace().take(4).collect::<Vec<_>>()[..] else {
        panic!("{said}")
    };
    let parameters = parameters.trim_matches('\'');
    let request = ["approval", "request", step, user, "--parameters", parameters, "--reason", "lost"];
    let id = done(DEMO.run_as("demo-admin", &request));
    refused(&DEMO.run_as("demo-admin", &["approval", "approve", &id]), 3, "own_request");
    done(DEMO.run_as("admin", &["approval", "approve", &id]));
    let printed = done(reset(&["--approval", &id]));
    let password = printed.split_whitespace().last().unwrap();
    let output = run_as(&DEMO.data(), "demo-service", password, &["list"]);
    refused(&output, 3, "password_change_required");
}

#[test]
fn users_are_made_shown_changed_and_given_cases() {
    let made =
        json(&DEMO.run_as("demo-admin", &["user", "create", "desk-clerk", "--role", "service", "--json"]));
    refused(
        &DEMO.run_as("demo-admin", &["user", "create", "desk-clerk", "--role", "service"]),
        3,
        "already_exists",
    );
    // Two administrators have come in: neither makes a second person alone.
    let alone = DEMO.run_as("demo-admin", &["user", "create", "desk-counsel", "--role", "legal"]);
    refused(&alone, 3, "needs_second_person");
    let said = stderr(&alone);
    assert!(said.contains("Who may approve: administrator."), "{said}");
    let told = [
        "user create --data ",
        "--role ROLE desk-counsel",
        r#"appoint ID --parameters '{"roles":["legal"]}'"#,
    ];
    assert!(told.iter().all(|part| said.contains(part)), "{said}");
    assert!(said.contains("--role legal desk-counsel --approval REQUEST"), "{said}");
    let alone = DEMO.run_as("demo-admin", &["user", "roles", "desk-clerk", "--role", "legal"]);
    refused(&alone, 3, "needs_second_person");
    assert!(stderr(&alone).contains(r#"{"roles":["legal"]}"#), "{}", stderr(&alone));
    let chinese = DEMO.run_as("demo-admin", &["user", "roles", "desk-clerk", "--role", "法务"]);
    refused(&chinese, 3, "needs_second_person");
    assert!(stderr(&chinese).contains(r#"{"roles":["legal"]}"#), "{}", stderr(&chinese));
    let case = case_id("SC-2025-0005");
    for (named, key) in [(["--case", "SC-2025-0005"], "case"), (["--matter", "FW-2026-9"], "matter")] {
        let by_reference =
            DEMO.run_as("demo-admin", &[&["user", "grant", "desk-clerk"][..], &named].concat());
        refused(&by_reference, 3, "forbidden");
        assert!(stderr(&by_reference).contains(&format!("Give the id of the {key}")), "{by_reference:?}");
    }
    let grant = |verb| DEMO.run_as("demo-admin", &["user", verb, "desk-clerk", "--case", &case]);
    done(grant("grant"));
    let granted = json(&DEMO.run_as("demo-admin", &["user", "grants", "--case", &case, "--json"]));
    assert!(granted["users"].as_array().unwrap().contains(&made["id"]));
    done(grant("revoke"));
    done(DEMO.run_as("demo-admin", &["user", "roles", "desk-clerk", "--role", "trainer"]));
    done(DEMO.run_as("demo-admin", &["user", "disable", "desk-clerk"]));
    let shown = json(&DEMO.run_as("demo-admin", &["user", "show", "desk-clerk", "--json"]));
    assert_eq!((&shown["state"], &shown["roles"][0]), (&Value::from("disabled"), &Value::from("trainer")));
    assert_eq!(shown["cases"].as_array().unwrap().len(), 0);
    done(DEMO.run_as("demo-admin", &["user", "enable", "desk-clerk"]));
    refused(&DEMO.run_as("demo-admin", &["user", "remove", "desk-clerk"]), 3, "needs_second_person");
    refused(&DEMO.run_as("demo-admin", &["user", "show", "nobody-of-that-name"]), 3, "not_found");
    let output = DEMO.run(&["user", "create", "x", "--role", "legal"]);
    refused(&output, 3, "forbidden");
    assert!(stderr(&output).contains("--as NAME"), "{}", stderr(&output));
}

#[test]
fn a_matter_is_opened_changed_given_people_and_closed() {
    let legal = |words: &[&str]| DEMO.run_as("demo-legal", &[&["matter"], words].concat());
    let open = ["open", "--reference", "FW-2026-9", "--kind", "litigation", "--title", "合同纠纷"];
    let id =
        done(legal(&[&open[..], &["--evidence-deadline", "2026-12-31", "--opponent", "甲公司"]].concat()));
    refused(&legal(&["change", "FW-2026-9"]), 2, "nothing_to_change");
    done(legal(&["change", "FW-2026-9", "--court", "示例法院"]));
    done(legal(&["add", "FW-2026-9", "demo-legal", "--duty", "counsel"]));
    // Whose role reads no matters gets no duty in one.
    for name in ["demo-privacy", "demo-admin", "demo-service"] {
        refused(&legal(&["add", "FW-2026-9", name]), 3, "invalid_fields");
    }
    let shown = json(&legal(&["show", "FW-2026-9", "--json"]));
    assert_eq!(shown["matter"]["id"], id.as_str());
    assert_eq!(
        (&shown["fields"]["court"], &shown["fields"]["opponents"][0]),
        (&"示例法院".into(), &"甲公司".into())
    );
    assert!(shown["people"].as_array().unwrap().iter().any(|person| person["duty"] == "counsel"));
    let words = done(legal(&["show", &id]));
    assert!(words.contains("counsel") && words.contains("demo-legal"), "{words}");
    done(legal(&["remove", "FW-2026-9", "demo-legal", "--duty", "counsel"]));
    done(legal(&["close", "FW-2026-9"]));
    refused(&legal(&["close", "FW-2026-9"]), 3, "conflict");
    assert!(done(legal(&["list", "--state", "closed", "--ids"])).contains(&id));
    done(legal(&["reopen", "FW-2026-9"]));
    refused(&legal(&["show", "FW-NONE"]), 3, "not_found");
    refused(&legal(&["open", "--reference", "x", "--kind", "quarrel", "--title", "y"]), 3, "invalid_fields");
    refused(&legal(&["add", "FW-2026-9", "demo-legal", "--duty", "cook"]), 3, "not_found");
}

#[test]
fn a_customer_is_shown_by_name_with_cases_and_authorizations() {
    let dossier = json(&DEMO.run(&["customer", "show", "青禾样本科技有限公司", "--json"]));
    assert_eq!(dossier["cases"].as_array().unwrap().len(), 2);
    let id = dossier["party"]["id"].as_str().unwrap();
    assert!(done(DEMO.run(&["customer", "list", "--ids"])).lines().any(|line| line == id));
    let words = done(DEMO.run(&["customer", "show", id, "--lang", "zh-CN"]));
    assert!(words.starts_with("青禾样本科技有限公司\n") && words.contains("\n服务案卷\n"), "{words}");
    refused(&DEMO.run(&["customer", "show", "查无此人"]), 3, "not_found");
}

#[test]
fn tokens_are_listed_without_their_secrets_and_withdrawn() {
    let made = json(&DEMO.run_as("demo-auditor", &["token", "create", "--scopes", "record:list", "--json"]));
    let (id, token) = (made["id"].as_str().unwrap(), made["token"].as_str().unwrap());
    let past = ["token", "create", "--expires", "2020-01-01"];
    let past = DEMO.run_as("demo-auditor", &past);
    refused(&past, 3, "invalid_fields");
    assert!(stderr(&past).contains("--expires: This time has passed already."), "{}", stderr(&past));
    let listed = done(DEMO.run_as("demo-auditor", &["token", "list", "--json"]));
    assert!(listed.contains(id) && !listed.contains(token), "{listed}");
    let by_token = || {
        let mut command = super::desk::binary();
        command.env("MUNIMENT_TOKEN", token).args(["list", "--limit", "1", "--as", "demo-auditor", "--data"]);
        command.arg(DEMO.data()).output().unwrap()
    };
    done(by_token());
    // Without --as it speaks for its owner too, and never for the local operator.
    let alone = |words: &[&str]| {
        let mut command = super::desk::binary();
        command.env("MUNIMENT_TOKEN", token).args(words).arg("--data").arg(DEMO.data()).output().unwrap()
    };
    done(alone(&["list", "--limit", "1"]));
    let lacking = alone(&["case", "list"]);
    refused(&lacking, 3, "token_scope");
    assert!(stderr(&lacking).contains("case:list"), "the scope is named: {}", stderr(&lacking));
    assert!(stderr(&lacking).contains("muniment token list"), "{}", stderr(&lacking));
    refused(&alone(&["fsck"]), 2, "keys.local_token");
    done(DEMO.run_as("demo-auditor", &["token", "revoke", id]));
    refused(&by_token(), 3, "token_invalid");
    refused(&alone(&["list", "--limit", "1"]), 3, "token_invalid");
    done(
        DEMO.run_as(
            "demo-auditor",
            &["token", "create", "--scopes", "record:list", "--expires", "2030-01-01"],
        ),
    );
    refused(&DEMO.run_as("demo-auditor", &["token", "revoke", NOBODY]), 3, "not_found");
}

#[test]
fn a_case_is_changed_and_an_event_taken_back() {
    let case = "SC-2025-0007";
    done(DEMO.run(&["case", "change", case, "--priority", "P1"]));
    let event = done(DEMO.run(&["case", "event", case, "cost", "--minutes", "30", "--note", "加班"]));
    let shown = || json(&DEMO.run(&["case", "show", case, "--json"]));
    assert_eq!(shown()["case"]["priority"], "P1");
    let minutes = shown()["cost"]["minutes"].as_u64().unwrap();
    done(DEMO.run(&["case", "cancel", case, &event, "--reason", "记错案卷"]));
    assert_eq!(shown()["cost"]["minutes"].as_u64().unwrap(), minutes - 30);
    assert!(done(DEMO.run(&["case", "show", case])).contains("cost (cancelled)"));
    assert_ne!(code(&DEMO.run(&["case", "cancel", case, &event, "--reason", "twice"])), 0);
    refused(&DEMO.run(&["case", "cancel", case, NOBODY, "--reason", "x"]), 3, "not_found");
    refused(&DEMO.run(&["case", "change", "SC-NONE", "--title", "x"]), 3, "unknown_case");
}

#[test]
fn chinese_readers_read_no_english_and_scripts_one_object_a_line() {
    for words in
        [&["list"][..], &["case", "list"], &["case", "gaps"], &["customer", "list"], &["user", "list"]]
    {
        let shown = done(DEMO.run(&[words, &["--lang", "zh-CN"]].concat()));
        let head = shown.lines().next().unwrap();
        assert!(!head.chars().any(|c| c.is_ascii_alphabetic()), "{head}");
        for line in done(DEMO.run(&[words, &["--json"]].concat())).lines() {
            assert!(serde_json::from_str::<Value>(line).unwrap().is_object(), "{line}");
        }
    }
    let states = done(DEMO.run(&["user", "list", "--lang", "zh-TW"]));
    assert!(states.contains("啟用") && !states.contains(" active "), "{states}");
    let usage = DEMO.run(&["show", "--lang", "zh-CN"]);
    assert_eq!((code(&usage), stdout(&usage).as_str()), (2, ""));
    assert!(stderr(&usage).starts_with("usage: 缺少必需的参数：<编号>"), "{}", stderr(&usage));
}
