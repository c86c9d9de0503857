//! `user` and `token`: people and what speaks for them.

use hyper::Method;
use serde_json::{Value, json};

use super::Run;
use super::args::{Token, User};
use super::client::{Ask, Client};
use super::failure::Failure;
use super::list::text;
use super::login::typed;
use super::open::path_segment;
use super::table::Table;

pub(super) fn run_user(run: &Run, verb: &User) -> Result<(), Failure> {
    match verb {
        User::List { at } => run.with_archive(at, async |client: &Client| list(run, client).await),
        User::Create { at, name, roles } => run.with_archive(at, async |client: &Client| {
            let body = json!({"name": name, "roles": roles});
            let made = client.json(&Ask::json(Method::POST, "/api/v1/users", &body)).await?;
            if run.voice.json {
                return run.voice.json_line(&made);
            }
            let facts =
                [("name", name.as_str()), ("id", text(&made, "id")), ("password", text(&made, "password"))];
            run.voice.line(&run.voice.say("user.made", &facts))
        }),
        User::Password { at } => {
            let Some(name) = &at.user else { return Err(Failure::usage("user.as", &[])) };
            run.with_archive(at, async |client: &Client| {
                let plain = |question| -> Result<String, Failure> {
                    Ok(typed(run, question, name)?.expose_text().unwrap_or_default().to_owned())
                };
                let (old, new) = (plain("ask.password")?, plain("ask.new_password")?);
                let body = json!({"old": old, "new": new});
                client.json(&Ask::json(Method::PUT, "/api/v1/me/password", &body)).await?;
                run.voice.remark("user.password_changed", &[]);
                Ok(())
            })
        }
    }
}

async fn list(run: &Run, client: &Client) -> Result<(), Failure> {
    let mut table =
        Table::new(["head.user", "head.role", "head.state", "head.id"].map(|key| run.voice.say(key, &[])));
    let mut next = Some("/api/v1/users?limit=500".to_owned());
    while let Some(path) = next {
        let (page, after) = client.json_and_next(&Ask::get(path), None).await?;
        for user in page.get("items").and_then(Value::as_array).into_iter().flatten() {
            if run.voice.json {
                run.voice.json_line(user)?;
                continue;
            }
            let roles = user.get("roles").and_then(Value::as_array).into_iter().flatten();
            let roles = roles.filter_map(Value::as_str).map(|role| run.voice.word("user_role", role));
            let roles = roles.collect::<Vec<_>>().join(", ");
            let name = text(user, "name").to_owned();
            table.row([name, roles, text(user, "state").to_owned(), text(user, "id").to_owned()]);
        }
        next = after;
    }
    if run.voice.json {
        return Ok(());
    }
    table.lines(&run.voice).iter().try_for_each(|line| run.voice.line(line))
}

pub(super) fn run_token(run: &Run, verb: &Token) -> Result<(), Failure> {
    match verb {
        Token::Create { at, scopes, expires } => run.with_archive(at, async |client: &Client| {
            let mut body = json!({"scopes": scopes});
            if let Some(expires) = expires {
                body["expires_at"] = json!(expires);
            }
            let made = client.json(&Ask::json(Method::POST, "/api/v1/tokens", &body)).await?;
            if run.voice.json {
                return run.voice.json_line(&made);
            }
            run.voice.remark("token.made", &[("id", text(&made, "id"))]);
            run.voice.line(text(&made, "token"))
        }),
        Token::Revoke { at, id } => run.with_archive(at, async |client: &Client| {
            let path = format!("/api/v1/tokens/{}", path_segment(id));
            client.json(&Ask::json(Method::DELETE, path, &Value::Null)).await?;
            run.voice.remark("token.revoked", &[("id", id)]);
            Ok(())
        }),
    }
}
