//! What to type next: for refusals whose way out is another command, that command.

use super::Run;
use super::args::At;
use super::failure::Failure;

/// Keeps a remark until the refusal that it belongs to was told.
pub(super) fn later(run: &Run, key: &str, facts: &[(&str, &str)]) {
    run.next.borrow_mut().push(run.voice.remark_text(key, facts));
}

/// Tells what command helps after this failure, where one does.
pub(super) fn tell(run: &Run, failure: &Failure) {
    run.next.take().iter().for_each(|remark| run.voice.tell(remark));
    let at = run.at.borrow();
    let Some(at) = at.as_ref() else { return };
    let Some(key) = failure.code().and_then(|code| key_for(code, at)) else { return };
    let data = super::approval::data_of(at);
    let name = at.user.as_deref().unwrap_or("NAME");
    run.voice.remark(key, &[("data", &data), ("name", name)]);
}

fn key_for(code: &str, at: &At) -> Option<&'static str> {
    match code {
        "password_change_required" => Some("hint.password"),
        "credentials_required" => Some("hint.credentials"),
        // The local operator has two roles; most of what else is refused is somebody else's work.
        "forbidden" if at.user.is_none() => Some("hint.operator"),
        "key_missing" => Some("hint.recover"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_local_operator_is_told_of_other_people() {
        let mut at = At { data: None, config: None, keys: None, identity: None, user: None };
        assert_eq!(key_for("forbidden", &at), Some("hint.operator"));
        at.user = Some("someone".to_owned());
        assert_eq!(key_for("forbidden", &at), None);
        assert_eq!(key_for("password_change_required", &at), Some("hint.password"));
        assert_eq!(key_for("not_found", &at), None);
    }
}
