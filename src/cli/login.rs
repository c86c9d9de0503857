//! As whom a verb acts. A token in the environment speaks for its owner; without one, `--as` needs the
//! person's password, from the environment or typed at a terminal. Without either, the socket's peer is
//! the local operator.

use std::io::IsTerminal as _;
use std::path::Path;

use hyper::Method;
use serde_json::{Value, json};

use super::Run;
use super::args::At;
use super::client::{Answer, Ask, Client};
use super::failure::Failure;
use super::site::read_file;
use crate::base::limits::SECRET_FILE_BYTES_MAX;
use crate::base::secret::SecretBytes;
use crate::words::Refusal;

/// Makes the client speak as the person whom the token or `--as` names. True if a session was opened for it,
/// which is to be closed again ([`leave`]).
///
/// # Errors
/// No credentials, or wrong ones.
pub(super) async fn enter(run: &Run, at: &At, client: &Client) -> Result<bool, Failure> {
    if let Some(token) = own_token(run)? {
        client.speak_as(token);
        if let Some(name) = &at.user {
            check_name(client, name).await?;
        }
        return Ok(false);
    }
    let Some(name) = &at.user else { return Ok(false) };
    let password = own_password(run, name)?;
    open_session(run, client, name, &password).await?;
    Ok(true)
}

/// The token of the environment. Whoever sets one means it: where it was passed over without `--as`, the
/// ledger would name the local operator for what its owner did.
pub(super) fn own_token(run: &Run) -> Result<Option<SecretBytes>, Failure> {
    secret(run.environment.token.as_ref(), run.environment.token_file.as_deref())
}

/// The password of whoever acts: from the environment, or typed.
pub(super) fn own_password(run: &Run, name: &str) -> Result<SecretBytes, Failure> {
    let environment = &run.environment;
    match secret(environment.password.as_ref(), environment.password_file.as_deref())? {
        Some(password) => Ok(password),
        None => typed(run, "ask.password", name),
    }
}

/// Opens a session, with the second factor where there is one; the client speaks in it from now on.
async fn open_session(run: &Run, client: &Client, name: &str, password: &SecretBytes) -> Result<(), Failure> {
    let session = match log_in(client, name, password, None).await {
        Err(failure) if failure.code() == Some("second_factor_required") => {
            let code = typed(run, "ask.code", name)?;
            log_in(client, name, password, Some(&code)).await?
        }
        other => other?,
    };
    let token = session.get("token").and_then(Value::as_str).unwrap_or_default();
    client.speak_as(SecretBytes::new(token.as_bytes().to_vec()));
    Ok(())
}

/// Sends a request that may ask for the second factor again, and then asks the person for it.
///
/// # Errors
/// What the service refuses; there is no terminal to ask at.
pub(super) async fn answered(
    run: &Run,
    client: &Client,
    at: &At,
    make: impl Fn() -> Ask,
) -> Result<Value, Failure> {
    match client.json(&make()).await {
        Err(failure) if asks_again(&failure) => client.json(&shown_again(run, at, make, failure)?).await,
        other => other,
    }
}

/// As [`answered`], where the answer is read piece by piece.
///
/// # Errors
/// As [`answered`].
pub(super) async fn sent(
    run: &Run,
    client: &Client,
    at: &At,
    make: impl Fn() -> Ask,
) -> Result<Answer, Failure> {
    match client.send(&make(), None).await {
        Err(failure) if asks_again(&failure) => {
            client.send(&shown_again(run, at, make, failure)?, None).await
        }
        other => other,
    }
}

fn asks_again(failure: &Failure) -> bool {
    failure.code() == Some("second_factor_required")
}

/// The request with the code that the person types.
fn shown_again(run: &Run, at: &At, make: impl Fn() -> Ask, failure: Failure) -> Result<Ask, Failure> {
    let Some(name) = &at.user else { return Err(failure) };
    let code = typed(run, "ask.code_again", name)?;
    Ok(make().with(crate::web::SECOND_FACTOR, code.expose_text().unwrap_or_default().trim()))
}

/// Changes one's own password: the way out of a one-time password without a browser.
///
/// # Errors
/// Nobody named, a wrong old password, a new one that is refused or typed in two ways.
pub(super) fn change_password(run: &Run, at: &At, new_file: Option<&Path>) -> Result<(), Failure> {
    let Some(name) = &at.user else { return Err(Failure::usage("user.as", &[])) };
    let old = own_password(run, name)?;
    // A file that is named outweighs the environment.
    let given = if new_file.is_some() { None } else { run.environment.new_password.as_ref() };
    let new = match secret(given, new_file)? {
        Some(new) => new,
        None => {
            let new = typed(run, "ask.new_password", name)?;
            if new.expose() != typed(run, "ask.new_password_again", name)?.expose() {
                return Err(Failure::usage("password_twice", &[]));
            }
            new
        }
    };
    let text = |secret: &SecretBytes| secret.expose_text().unwrap_or_default().to_owned();
    let nobody = At { user: None, ..at.clone() };
    run.with_archive(&nobody, async |client: &Client| {
        open_session(run, client, name, &old).await?;
        let body = json!({"old": text(&old), "new": text(&new)});
        let change = || Ask::json(Method::PUT, "/api/v1/me/password", &body);
        let changed = answered(run, client, at, change).await;
        leave(client).await;
        changed?;
        run.voice.remark("user.password_changed", &[]);
        Ok(())
    })
}

/// Ends the session that [`enter`] opened.
pub(super) async fn leave(client: &Client) {
    let ask = Ask::json(Method::DELETE, "/api/v1/sessions/current", &Value::Null);
    if let Err(failure) = client.json(&ask).await {
        // It ends by itself after a while; what the verb did stands.
        tracing::warn!(?failure, "the session was not closed");
    }
}

async fn log_in(
    client: &Client,
    name: &str,
    password: &SecretBytes,
    code: Option<&SecretBytes>,
) -> Result<Value, Failure> {
    let text = |secret: &SecretBytes| secret.expose_text().unwrap_or_default().to_owned();
    let mut body = json!({"name": name, "password": text(password)});
    if let Some(code) = code {
        body["code"] = json!(text(code));
    }
    client.json(&Ask::json(Method::POST, "/api/v1/sessions", &body)).await
}

/// A token speaks for its owner whatever `--as` says: the two must agree.
async fn check_name(client: &Client, name: &str) -> Result<(), Failure> {
    let me = client.json(&Ask::get("/api/v1/me")).await?;
    match me.get("name").and_then(Value::as_str) {
        Some(own) if crate::base::text::fold_name(own) != crate::base::text::fold_name(name) => {
            Err(Refusal::TokenInvalid.into())
        }
        Some(_) | None => Ok(()),
    }
}

/// A secret that is typed at the terminal.
///
/// # Errors
/// There is no terminal.
pub(super) fn typed(run: &Run, question: &'static str, name: &str) -> Result<SecretBytes, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Refusal::CredentialsRequired { user: name.to_owned() }.into());
    }
    let question = run.voice.say(question, &[("name", name)]);
    let typed = rpassword::prompt_password(format!("{question} "));
    let typed = typed.map_err(|error| Failure::system("read from the terminal", &error))?;
    Ok(SecretBytes::new(typed.into_bytes()))
}

/// A secret from the environment, or from the file that the environment names.
pub(super) fn secret(
    value: Option<&SecretBytes>,
    file: Option<&Path>,
) -> Result<Option<SecretBytes>, Failure> {
    match (value, file) {
        (Some(value), _) => Ok(Some(value.clone())),
        (None, Some(file)) => {
            let bytes = SecretBytes::new(read_file(file, SECRET_FILE_BYTES_MAX)?);
            let text = bytes.expose_text().unwrap_or_default().trim_end_matches(['\r', '\n']);
            Ok(Some(SecretBytes::new(text.as_bytes().to_vec())))
        }
        (None, None) => Ok(None),
    }
}
