//! What to type next: for refusals whose way out is another command, that command.

use super::Run;
use super::args::At;
use super::failure::Failure;
use crate::access::permission::{self, Action};
use crate::access::role::Role;
use crate::access::scope::Scope;
use crate::access::two_person::TwoPersonAction;

/// Keeps a remark until the refusal that it belongs to was told.
pub(super) fn later(run: &Run, key: &str, facts: &[(&str, &str)]) {
    run.next.borrow_mut().push(run.voice.remark_text(key, facts));
}

/// Tells what command helps after this failure, where one does.
pub(super) fn tell(run: &Run, failure: &Failure) {
    if failure.code() == Some("needs_second_person") {
        who_may_approve(run);
    }
    run.next.take().iter().for_each(|remark| run.voice.tell(remark));
    let at = run.at.borrow();
    let Some(at) = at.as_ref() else { return };
    let by_token = run.environment.token.is_some() || run.environment.token_file.is_some();
    let recovers = run.named.verb() == ["keys", "recover"];
    let key = match (failure.code(), failure.fact("file")) {
        (Some("key_missing" | "key_damaged"), Some(file)) => Some(key_of_file(&file, at, recovers)),
        (Some(code), _) => key_for(code, at, by_token),
        (None, _) => None,
    };
    let Some(key) = key else { return };
    let data = super::approval::data_of(at);
    let name = at.user.as_deref().unwrap_or("NAME");
    run.voice.remark(key, &[("data", &data), ("name", name)]);
}

/// Who may be the second person, as the permission matrix has it.
fn who_may_approve(run: &Run) {
    let Some(step) = step_of(run.named.verb()) else { return };
    let may = |role: &Role| {
        let row = permission::find(step.row().0, Action::Approve);
        row.is_some_and(|row| row.cell(*role).scope != Scope::None)
    };
    let who: Vec<String> =
        Role::ALL.into_iter().filter(may).map(|role| run.voice.word("user_role", role.as_str())).collect();
    run.voice.remark("second.who", &[("who", &who.join(&run.voice.say("list.comma", &[])))]);
}

/// The step that a verb takes.
fn step_of(verb: &[String]) -> Option<TwoPersonAction> {
    match verb.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["export", ..] => Some(TwoPersonAction::ExportOriginals),
        ["erase"] => Some(TwoPersonAction::Destroy),
        ["clock", ..] => Some(TwoPersonAction::ConfirmClock),
        ["user", "remove"] => Some(TwoPersonAction::RemoveUser),
        ["user", "reset"] => Some(TwoPersonAction::ResetCredentials),
        ["user", "create" | "roles"] => Some(TwoPersonAction::Appoint),
        _ => None,
    }
}

fn key_for(code: &str, at: &At, by_token: bool) -> Option<&'static str> {
    match code {
        "password_change_required" => Some("hint.password"),
        "credentials_required" => Some("hint.credentials"),
        "forbidden" | "token_scope" if by_token => Some("hint.token"),
        // The local operator has two roles; most of what else is refused is somebody else's work.
        "forbidden" if at.user.is_none() => Some("hint.operator"),
        _ => None,
    }
}

/// What brings a file of the key directory back.
fn key_of_file(file: &str, at: &At, recovers: bool) -> &'static str {
    let directory = match (&at.keys, &at.data) {
        (Some(keys), _) => keys.file_name().map(|name| name.to_string_lossy().into_owned()),
        (None, Some(data)) => data.file_name().map(|name| format!("{}-keys", name.to_string_lossy())),
        (None, None) => None,
    };
    match file {
        "log.key" => "hint.key_in_backups",
        "index.age" | "keyring.toml" => "hint.key_in_escrow",
        file if file.starts_with("epoch-") => "hint.key_in_escrow",
        file if directory.as_deref() == Some(file) => "hint.key_directory",
        // Whatever its file is called.
        _ if recovers => "hint.key_of_recovery",
        "recovery.identity" => "hint.key_of_recovery",
        _ => "hint.recover",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_local_operator_is_told_of_other_people() {
        let mut at = At { data: None, config: None, keys: None, identity: None, user: None };
        assert_eq!(key_for("forbidden", &at, false), Some("hint.operator"));
        assert_eq!(key_for("forbidden", &at, true), Some("hint.token"));
        at.user = Some("someone".to_owned());
        assert_eq!(key_for("forbidden", &at, false), None);
        assert_eq!(key_for("password_change_required", &at, false), Some("hint.password"));
        assert_eq!(key_for("not_found", &at, true), None);
    }

    #[test]
    fn each_file_of_the_key_directory_is_brought_back_by_what_holds_it() {
        let mut at = At { data: Some("/srv/a".into()), config: None, keys: None, identity: None, user: None };
        for (file, key) in [
            ("service.identity", "hint.recover"),
            ("elsewhere.txt", "hint.recover"),
            ("epoch-12.age", "hint.key_in_escrow"),
            ("index.age", "hint.key_in_escrow"),
            ("keyring.toml", "hint.key_in_escrow"),
            ("log.key", "hint.key_in_backups"),
            ("a-keys", "hint.key_directory"),
        ] {
            assert_eq!(key_of_file(file, &at, false), key, "{file}");
        }
        assert_eq!(key_of_file("elsewhere.txt", &at, true), "hint.key_of_recovery");
        assert_eq!(key_of_file("log.key", &at, true), "hint.key_in_backups");
        at.keys = Some("/safe/keys".into());
        assert_eq!(key_of_file("keys", &at, false), "hint.key_directory");
    }
}
