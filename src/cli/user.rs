//! `user` and `token`: people, what they may do, and what speaks for them.

use hyper::Method;
use serde_json::{Value, json};

use super::Run;
use super::args::{At, Granted, Granting, Reset, Token, User, UserNamed};
use super::client::{Ask, Client};
use super::failure::Failure;
use super::find;
use super::list::{marked, text};
use super::login::{self, answered};
use super::open::path_segment;
use super::say::code_of;
use super::table::{Table, visible};
use crate::access::role::{Role, Roles};
use crate::access::two_person::takes_two;

pub(super) fn run_user(run: &Run, verb: &User) -> Result<(), Failure> {
    match verb {
        User::List { at } => run.with_archive(at, async |client: &Client| list(run, client).await),
        User::Show(UserNamed { at, user }) => run.with_archive(at, async |client: &Client| {
            let user = client.json(&Ask::get(path_of(client, user, "").await?)).await?;
            if run.voice.json { run.voice.json_line(&user) } else { show(run, &user) }
        }),
        User::Create { at, name, roles } => create(run, at, name, roles),
        User::Password { at, new_password_file } => {
            login::change_password(run, at, new_password_file.as_deref())
        }
        User::Roles { at, user, roles, approval } => set_roles(run, at, user, roles, approval.as_deref()),
        User::Disable(named) => step(run, named, "/disable"),
        User::Enable(named) => step(run, named, "/enable"),
        User::Remove { at, user, approval } => remove(run, at, user, approval.as_deref()),
        User::Reset { at, user, what, approval } => reset(run, at, user, *what, approval.as_deref()),
        User::Grant(granting) => grant(run, granting, Method::PUT),
        User::Revoke(granting) => grant(run, granting, Method::DELETE),
        User::Grants { at, to } => {
            run.with_archive(at, async |client: &Client| grants(run, client, to).await)
        }
    }
}

async fn path_of(client: &Client, user: &str, rest: &str) -> Result<String, Failure> {
    Ok(format!("/api/v1/users/{}{rest}", path_segment(&find::user(client, user).await?)))
}

/// Roles as the archive writes them; people may write them in their language.
fn codes(roles: &[String]) -> Vec<String> {
    roles.iter().map(|role| code_of("user_role", role)).collect()
}

fn changed(run: &Run, user: &str) -> Result<(), Failure> {
    run.voice.remark("user.changed", &[("name", user)]);
    Ok(())
}

fn create(run: &Run, at: &At, name: &str, roles: &[String]) -> Result<(), Failure> {
    run.with_archive(at, async |client: &Client| {
        let body = json!({"name": name, "roles": codes(roles)});
        let made = answered(run, client, at, || Ask::json(Method::POST, "/api/v1/users", &body)).await;
        if made.as_ref().is_err_and(needs_second) {
            create_first(run, at, name, &codes(roles));
        }
        let made = made?;
        if run.voice.json {
            return run.voice.json_line(&made);
        }
        let facts = [("name", name), ("id", text(&made, "id")), ("password", text(&made, "password"))];
        run.voice.line(&run.voice.say("user.made", &facts))
    })
}

/// A user who is not there yet cannot be named in a request: what to do in which order, in a remark.
fn create_first(run: &Run, at: &At, name: &str, roles: &[String]) {
    let roles = in_order(roles);
    let given: Vec<String> = roles.iter().map(|role| format!("--role {role}")).collect();
    let parameters = json!({"roles": roles}).to_string();
    let alone = |role: &Role| Roles::parse([*role]).is_ok_and(|roles| !takes_two(&Roles::default(), &roles));
    let alone: Vec<&str> = Role::ALL.into_iter().filter(alone).map(Role::as_str).collect();
    let data = super::approval::data_of(at);
    let facts = [
        ("data", data.as_str()),
        ("by", at.user.as_deref().unwrap_or("NAME")),
        ("name", name),
        ("roles", &alone.join(&run.voice.say("list.comma", &[]))),
        ("given", &given.join(" ")),
        ("parameters", &parameters),
    ];
    super::hint::later(run, "user.create_first", &facts);
}

/// Roles in the order in which the archive compares them.
fn in_order(roles: &[String]) -> Vec<&'static str> {
    let known = Role::ALL.into_iter().map(Role::as_str);
    known.filter(|word| roles.iter().any(|one| one == word)).collect()
}

fn step(run: &Run, named: &UserNamed, rest: &str) -> Result<(), Failure> {
    run.with_archive(&named.at, async |client: &Client| {
        let path = path_of(client, &named.user, rest).await?;
        answered(run, client, &named.at, || Ask::json(Method::POST, path.clone(), &Value::Null)).await?;
        changed(run, &named.user)
    })
}

/// The step that a second administrator has to agree to: what to ask for, in a remark.
async fn hint(run: &Run, client: &Client, at: &At, user: &str, step: (&str, Value)) -> Result<(), Failure> {
    let id = find::user(client, user).await?;
    let parameters = step.1.to_string();
    let data = super::approval::data_of(at);
    let name = at.user.as_deref().unwrap_or("NAME");
    let facts =
        [("data", data.as_str()), ("step", step.0), ("id", &id), ("parameters", &parameters), ("name", name)];
    super::hint::later(run, "approval.ask_first", &facts);
    Ok(())
}

fn needs_second(failure: &Failure) -> bool {
    failure.code() == Some("needs_second_person")
}

fn set_roles(
    run: &Run,
    at: &At,
    user: &str,
    roles: &[String],
    approval: Option<&str>,
) -> Result<(), Failure> {
    let roles = codes(roles);
    let mut body = json!({"roles": roles});
    if let Some(approval) = approval {
        body["approval"] = json!(approval);
    }
    run.with_archive(at, async |client: &Client| {
        let path = path_of(client, user, "/roles").await?;
        let done = answered(run, client, at, || Ask::json(Method::PUT, path.clone(), &body)).await;
        if done.as_ref().is_err_and(needs_second) {
            hint(run, client, at, user, ("appoint", json!({"roles": in_order(&roles)}))).await?;
        }
        done?;
        changed(run, user)
    })
}

fn remove(run: &Run, at: &At, user: &str, approval: Option<&str>) -> Result<(), Failure> {
    run.with_archive(at, async |client: &Client| {
        let mut path = path_of(client, user, "").await?;
        if let Some(approval) = approval {
            path.push_str(&format!("?approval={}", path_segment(approval)));
        }
        let done = answered(run, client, at, || Ask::json(Method::DELETE, path.clone(), &Value::Null)).await;
        if done.as_ref().is_err_and(needs_second) {
            hint(run, client, at, user, ("remove_user", json!({}))).await?;
        }
        done?;
        changed(run, user)
    })
}

fn reset(run: &Run, at: &At, user: &str, what: Reset, approval: Option<&str>) -> Result<(), Failure> {
    let word = match what {
        Reset::Password => "password",
        Reset::SecondFactor => "second_factor",
        Reset::Both => "both",
    };
    let mut body = json!({"reset": word});
    if let Some(approval) = approval {
        body["approval"] = json!(approval);
    }
    run.with_archive(at, async |client: &Client| {
        let path = path_of(client, user, "/reset").await?;
        let done = answered(run, client, at, || Ask::json(Method::POST, path.clone(), &body)).await;
        if done.as_ref().is_err_and(needs_second) {
            let parameters =
                json!({"password": what != Reset::SecondFactor, "second_factor": what != Reset::Password});
            hint(run, client, at, user, ("reset_credentials", parameters)).await?;
        }
        let done = done?;
        if run.voice.json {
            return run.voice.json_line(&done);
        }
        changed(run, user)?;
        match text(&done, "password") {
            "" => Ok(()),
            password => run.voice.line(&run.voice.say("user.one_time", &[("password", password)])),
        }
    })
}

async fn granted(client: &Client, to: &Granted) -> Result<String, Failure> {
    let (scope, id) = match (&to.case, &to.matter) {
        (Some(case), _) => ("case", looked_up(client, find::case(client, case).await, "case_by_id")?),
        (None, Some(matter)) => {
            ("matter", looked_up(client, find::matter(client, matter).await, "matter_by_id")?)
        }
        (None, None) => ("case", String::new()),
    };
    Ok(format!("/api/v1/grants/{scope}/{}", path_segment(&id)))
}

fn grant(run: &Run, granting: &Granting, method: Method) -> Result<(), Failure> {
    run.with_archive(&granting.at, async |client: &Client| {
        let user = find::user(client, &granting.user).await?;
        let path = format!("{}/{}", granted(client, &granting.to).await?, path_segment(&user));
        answered(run, client, &granting.at, || Ask::json(method.clone(), path.clone(), &Value::Null)).await?;
        changed(run, &granting.user)
    })
}

/// Who grants need not be one who may look things up: then the id is what helps.
fn looked_up(client: &Client, found: Result<String, Failure>, key: &'static str) -> Result<String, Failure> {
    found.map_err(|failure| match failure.code() {
        Some("forbidden" | "token_scope") => failure.reworded(key, client.language(), &[]),
        _ => failure,
    })
}

async fn grants(run: &Run, client: &Client, to: &Granted) -> Result<(), Failure> {
    let list = client.json(&Ask::get(granted(client, to).await?)).await?;
    if run.voice.json {
        return run.voice.json_line(&list);
    }
    let mut table = Table::bare(2);
    for user in list.get("users").and_then(Value::as_array).into_iter().flatten() {
        let id = user.as_str().unwrap_or_default();
        table.row([find::user_name(client, id).await?, id.to_owned()]);
    }
    for user in list.get("damaged").and_then(Value::as_array).into_iter().flatten() {
        table.row([run.voice.say("damaged", &[]), user.as_str().unwrap_or_default().to_owned()]);
    }
    table.print(&run.voice)
}

fn roles_of(run: &Run, user: &Value) -> String {
    let roles = user.get("roles").and_then(Value::as_array).into_iter().flatten();
    let roles = roles.filter_map(Value::as_str).map(|role| run.voice.word("user_role", role));
    roles.collect::<Vec<_>>().join(&run.voice.say("list.comma", &[]))
}

async fn list(run: &Run, client: &Client) -> Result<(), Failure> {
    let heads = ["head.user", "head.role", "head.state", "head.id"];
    let mut table = Table::new(heads.map(|key| run.voice.say(key, &[]))).elastic(1);
    let mut next = Some(format!("/api/v1/users?limit={}", find::PAGE));
    while let Some(path) = next {
        let (page, after) = client.json_and_next(&Ask::get(path), None).await?;
        for user in find::items(&page) {
            if run.voice.json {
                run.voice.json_line(user)?;
                continue;
            }
            let state = run.voice.word("user_state", text(user, "state"));
            table.row([name_of(run, user), roles_of(run, user), state, text(user, "id").to_owned()]);
        }
        next = after;
    }
    if run.voice.json { Ok(()) } else { table.print(&run.voice) }
}

fn name_of(run: &Run, user: &Value) -> String {
    let name = user.get("name").and_then(Value::as_str);
    marked(run, user, |_| name.map_or_else(|| run.voice.say("withheld", &[]), str::to_owned))
}

fn show(run: &Run, user: &Value) -> Result<(), Failure> {
    run.voice.line(&run.voice.strong(&visible(&name_of(run, user))))?;
    let flag = |name: &str| {
        let yes = user.get(name) == Some(&Value::Bool(true));
        run.voice.say(if yes { "yes" } else { "no" }, &[])
    };
    let many = |name: &str| {
        let items = user.get(name).and_then(Value::as_array).into_iter().flatten();
        items.filter_map(Value::as_str).collect::<Vec<_>>().join(" ")
    };
    let facts = [
        ("head.id", text(user, "id").to_owned()),
        ("head.role", roles_of(run, user)),
        ("head.state", run.voice.word("user_state", text(user, "state"))),
        ("head.created", run.voice.moment(text(user, "created_at"))),
        ("head.must_change", flag("must_change_password")),
        ("head.second_factor", flag("second_factor")),
        ("head.cases", many("cases")),
        ("head.matters", many("matters")),
    ];
    let mut table = Table::facts();
    for (key, fact) in facts.into_iter().filter(|(_, fact)| !fact.is_empty()) {
        table.row([run.voice.say(key, &[]), fact]);
    }
    table.print(&run.voice)
}

pub(super) fn run_token(run: &Run, verb: &Token) -> Result<(), Failure> {
    match verb {
        Token::Create { at, scopes, expires } => run.with_archive(at, async |client: &Client| {
            let mut body = json!({"scopes": scopes});
            if let Some(expires) = expires {
                body["expires_at"] = json!(expires);
            }
            let made = answered(run, client, at, || Ask::json(Method::POST, "/api/v1/tokens", &body)).await?;
            if run.voice.json {
                return run.voice.json_line(&made);
            }
            run.voice.remark("token.made", &[("id", text(&made, "id"))]);
            run.voice.line(text(&made, "token"))
        }),
        Token::List { at, user } => {
            run.with_archive(at, async |client: &Client| tokens(run, client, user.as_deref()).await)
        }
        Token::Revoke { at, id } => run.with_archive(at, async |client: &Client| {
            let path = format!("/api/v1/tokens/{}", path_segment(id));
            client.json(&Ask::json(Method::DELETE, path, &Value::Null)).await?;
            run.voice.remark("token.revoked", &[("id", id)]);
            Ok(())
        }),
    }
}

async fn tokens(run: &Run, client: &Client, user: Option<&str>) -> Result<(), Failure> {
    let owner = match user {
        Some(user) => find::user(client, user).await?,
        None => text(&client.json(&Ask::get("/api/v1/me")).await?, "id").to_owned(),
    };
    let page = client.json(&Ask::get(format!("/api/v1/users/{}/tokens", path_segment(&owner)))).await?;
    let heads = ["head.scopes", "head.created", "head.until", "head.revoked", "head.id"];
    let mut table = Table::new(heads.map(|key| run.voice.say(key, &[])));
    for token in find::items(&page) {
        if run.voice.json {
            run.voice.json_line(token)?;
            continue;
        }
        let moments =
            ["created_at", "expires_at", "revoked_at"].map(|name| run.voice.moment(text(token, name)));
        let [created, expires, revoked] = moments;
        table.row([
            marked(run, token, |_| text(token, "scopes").to_owned()),
            created,
            expires,
            revoked,
            text(token, "id").to_owned(),
        ]);
    }
    if run.voice.json { Ok(()) } else { table.print(&run.voice) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_stands_in_the_help_of_every_language() {
        let english = include_str!("args/people.rs");
        let chinese = [include_str!("locales/help.zh-CN.toml"), include_str!("locales/help.zh-TW.toml")];
        for word in Role::WORDS {
            let told = english.lines().filter(|line| line.contains("/// ") && line.contains(word));
            assert!(told.count() > 1, "{word}");
            for text in chinese {
                let line = text.lines().find(|line| line.starts_with("roles = ")).unwrap();
                assert!(line.contains(&format!("{word} ")), "{word}");
            }
        }
    }
}
