//! `hold`: what must not be destroyed. Placed in a matter by who works on it, released by two persons.

use hyper::Method;
use serde_json::{Map, Value, json};

use super::Run;
use super::approval::data_of;
use super::args::{At, Hold, HoldAdd, HoldList, HoldMembers, HoldNamed, HoldNotice, HoldPlace, HoldRelease};
use super::client::{Ask, Client};
use super::failure::Failure;
use super::find;
use super::hint;
use super::list::{marked, text};
use super::login::answered;
use super::open::path_segment;
use super::say::code_of;
use super::table::{Table, visible};
use super::weighed;

pub(super) fn run(run: &Run, verb: &Hold) -> Result<(), Failure> {
    match verb {
        Hold::Place(args) => place(run, args),
        Hold::List(args) => list(run, args),
        Hold::Show(named) => show(run, named),
        Hold::Add(args) => add(run, args),
        Hold::Review(args) => {
            let body = args.by.as_ref().map_or_else(|| json!({}), |by| json!({"review_by": by}));
            let path = path_of(&args.hold, "/review");
            run.with_archive(&args.at, async |client: &Client| {
                let ask = || Ask::json(Method::PUT, path.clone(), &body).with("if-match", "*");
                made(run, &answered(run, client, &args.at, ask).await?)
            })
        }
        Hold::Release(args) => release(run, args),
        Hold::Notice(args) => notice(run, args),
        Hold::Notices { at } => notices(run, at),
        Hold::Acknowledge { at, notice } => {
            let path = format!("/api/v1/hold-notices/{}/acknowledgement", path_segment(notice));
            run.with_archive(at, async |client: &Client| {
                let ask = || Ask::json(Method::POST, path.clone(), &Value::Null);
                made(run, &answered(run, client, at, ask).await?)
            })
        }
    }
}

fn path_of(hold: &str, rest: &str) -> String {
    format!("/api/v1/holds/{}{rest}", path_segment(hold))
}

/// Prints the id of what was made or changed.
fn made(run: &Run, answer: &Value) -> Result<(), Failure> {
    if run.voice.json { run.voice.json_line(answer) } else { run.voice.line(text(answer, "id")) }
}

/// What is to be held, as the API takes it: cases and parties by their ids.
async fn members_of(client: &Client, args: &HoldMembers) -> Result<Value, Failure> {
    let mut members = Map::new();
    let mut put = |name: &str, list: Vec<Value>| {
        if !list.is_empty() {
            members.insert(name.to_owned(), Value::Array(list));
        }
    };
    put("records", args.records.iter().map(|id| json!(id)).collect());
    put("categories", args.categories.iter().map(|category| json!(category)).collect());
    let mut cases = Vec::new();
    for case in &args.cases {
        cases.push(json!(find::case(client, case).await?));
    }
    put("cases", cases);
    let mut parties = Vec::new();
    for party in &args.parties {
        parties.push(json!(find::party(client, party).await?));
    }
    put("parties", parties);
    let mut fields = Vec::new();
    for field in &args.custom {
        let parted = field.split_once('=');
        let (name, value) = parted.ok_or_else(|| Failure::usage("hold_custom", &[("field", field)]))?;
        fields.push(json!({"name": name, "value": value}));
    }
    put("fields", fields);
    if let Some(words) = &args.query {
        let mut query = json!({"words": words});
        let kind = args.query_kind.as_ref().map(|kind| code_of("kind", kind));
        let more = [("kind", &kind), ("occurred_from", &args.from), ("occurred_to", &args.to)];
        for (name, value) in more {
            if let Some(value) = value {
                query[name] = json!(value);
            }
        }
        members.insert("query".to_owned(), query);
    }
    match members.is_empty() {
        true => Err(Failure::usage("hold_nothing", &[])),
        false => Ok(Value::Object(members)),
    }
}

fn place(run: &Run, args: &HoldPlace) -> Result<(), Failure> {
    run.with_archive(&args.at, async |client: &Client| {
        let mut body = json!({
            "matter": find::matter(client, &args.matter).await?,
            "title": args.title,
            "reason": args.reason,
            "kind": code_of("hold_kind", &args.kind),
            "mode": if args.snapshot { "snapshot" } else { "live" },
            "confidential": args.confidential,
            "grace_days": args.grace_days,
            "members": members_of(client, &args.members).await?,
        });
        if let Some(by) = &args.review_by {
            body["review_by"] = json!(by);
        }
        let before = held(run, client).await?;
        let answer =
            match answered(run, client, &args.at, || Ask::json(Method::POST, "/api/v1/holds", &body)).await {
                Err(failure) if failure.code() == Some("conflict") => {
                    return Err(in_closed(client, (&args.matter, text(&body, "matter")), failure).await);
                }
                answer => answer?,
            };
        placed(run, &answer)?;
        reached(run, client, before).await
    })
}

fn add(run: &Run, args: &HoldAdd) -> Result<(), Failure> {
    run.with_archive(&args.at, async |client: &Client| {
        let body = members_of(client, &args.members).await?;
        let path = path_of(&args.hold, "/members");
        let ask = || Ask::json(Method::POST, path.clone(), &body).with("if-match", "*");
        let before = held(run, client).await?;
        placed(run, &answered(run, client, &args.at, ask).await?)?;
        reached(run, client, before).await
    })
}

/// Says so if it is the matter that is closed: nothing is held in it any more.
async fn in_closed(client: &Client, (named, matter): (&str, &str), failure: Failure) -> Failure {
    let path = format!("/api/v1/matters/{}", path_segment(matter));
    match client.json(&Ask::get(path)).await {
        Ok(shown) if shown.pointer("/matter/state").and_then(Value::as_str) == Some("closed") => {
            failure.reworded("hold_matter_closed", client.language(), &[("matter", named)])
        }
        _ => failure,
    }
}

/// How many records in the reader's sight are held; `None` for who may not see what is due.
async fn held(run: &Run, client: &Client) -> Result<Option<u64>, Failure> {
    if run.voice.json {
        return Ok(None);
    }
    // What was entered a moment ago is judged before this is answered, and then counted.
    let told = match client.json(&Ask::get("/api/v1/retention/due?list=held&limit=1")).await {
        Ok(_) => client.json(&Ask::get("/api/v1/retention/digest")).await,
        refused => refused,
    };
    match told {
        Ok(digest) => Ok(digest.pointer("/counts/held").and_then(Value::as_u64)),
        Err(failure) if matches!(failure.code(), Some("forbidden" | "token_scope" | "too_busy")) => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// How many records more are held now: a number or a name that is written wrong holds nothing.
async fn reached(run: &Run, client: &Client, before: Option<u64>) -> Result<(), Failure> {
    let Some((before, now)) = before.zip(held(run, client).await?) else { return Ok(()) };
    let more = now.saturating_sub(before);
    let facts = [("more", more.to_string()), ("now", now.to_string())];
    let facts = facts.each_ref().map(|(name, fact)| (*name, fact.as_str()));
    run.voice.remark(if more == 0 { "hold.reached_none" } else { "hold.reached" }, &facts);
    Ok(())
}

/// The id of the hold, how much it holds, and what it may lack.
fn placed(run: &Run, answer: &Value) -> Result<(), Failure> {
    made(run, answer)?;
    if !run.voice.json {
        let number = |name: &str| answer.get(name).and_then(Value::as_u64).unwrap_or(0);
        run.voice.remark("hold.members", &[("members", &number("members").to_string())]);
        if number("not_indexed") > 0 {
            run.voice.remark("hold.not_indexed", &[("records", &number("not_indexed").to_string())]);
        }
    }
    Ok(())
}

fn list(run: &Run, args: &HoldList) -> Result<(), Failure> {
    let heads = ["head.title", "head.state", "head.members", "head.placed", "head.review_by", "head.id"];
    let mut table = Table::new(heads.map(|key| run.voice.say(key, &[]))).elastic(0);
    run.with_archive(&args.at, async |client: &Client| {
        let mut first = format!("/api/v1/holds?limit={}", find::PAGE);
        if let Some(matter) = &args.matter {
            first.push_str(&format!("&matter={}", path_segment(&find::matter(client, matter).await?)));
        }
        if let Some(state) = &args.state {
            first.push_str(&format!("&state={}", path_segment(&code_of("hold_state", state))));
        }
        if args.overdue {
            first.push_str("&overdue=true");
        }
        let mut next = Some(first);
        while let Some(path) = next {
            let (page, after) = client.json_and_next(&Ask::get(path), None).await?;
            for hold in find::items(&page) {
                if args.ids {
                    run.voice.line(text(hold, "id"))?;
                } else if run.voice.json {
                    run.voice.json_line(hold)?;
                } else {
                    table.row(row(run, hold));
                }
            }
            next = after;
        }
        Ok(())
    })?;
    if args.ids || run.voice.json { Ok(()) } else { table.print(&run.voice) }
}

fn row(run: &Run, hold: &Value) -> [String; 6] {
    let title = marked(run, hold, |title| match title {
        "" => run.voice.say("withheld", &[]),
        title => title.to_owned(),
    });
    [
        title,
        run.voice.word("hold_state", text(hold, "state")),
        hold.get("members").map(Value::to_string).unwrap_or_default(),
        run.voice.moment(text(hold, "placed_at")),
        text(hold, "review_by").to_owned(),
        text(hold, "id").to_owned(),
    ]
}

fn show(run: &Run, named: &HoldNamed) -> Result<(), Failure> {
    run.with_archive(&named.at, async |client: &Client| {
        let shown = client.json(&Ask::get(path_of(&named.hold, ""))).await?;
        let mut members = Vec::new();
        let mut next = Some(path_of(&named.hold, &format!("/members?limit={}", find::PAGE)));
        while let Some(path) = next {
            let (page, after) = client.json_and_next(&Ask::get(path), None).await?;
            members.extend_from_slice(find::items(&page));
            next = after;
        }
        let mut notices = Vec::new();
        let mut next = Some(path_of(&named.hold, &format!("/notices?limit={}", find::PAGE)));
        while let Some(path) = next {
            let (page, after) = client.json_and_next(&Ask::get(path), None).await?;
            notices.extend_from_slice(find::items(&page));
            next = after;
        }
        if run.voice.json {
            let mut whole = shown;
            whole["members"] = Value::Array(members);
            whole["notices"] = Value::Array(notices);
            return run.voice.json_line(&whole);
        }
        facts(run, client, &shown).await?;
        weighed::members(run, client, &shown, &members).await?;
        told(run, client, &notices).await
    })
}

async fn facts(run: &Run, client: &Client, shown: &Value) -> Result<(), Failure> {
    let hold = shown.get("hold").unwrap_or(&Value::Null);
    let title = match text(hold, "title") {
        "" => run.voice.say("withheld", &[]),
        title => title.to_owned(),
    };
    run.voice.line(&run.voice.strong(&visible(&title)))?;
    let mut table = Table::facts();
    let say = |key: &str| run.voice.say(key, &[]);
    let moment = |name: &str| run.voice.moment(text(hold, name));
    let confidential = hold.get("confidential") == Some(&Value::Bool(true));
    let rows = [
        ("head.id", text(hold, "id").to_owned()),
        ("head.matter", find::matter_name(client, text(hold, "matter")).await?),
        ("head.kind", run.voice.word("hold_kind", text(hold, "kind"))),
        ("head.reach", run.voice.word("hold_mode", text(hold, "mode"))),
        ("head.state", run.voice.word("hold_state", text(hold, "state"))),
        ("head.confidential", say(if confidential { "yes" } else { "no" })),
        ("head.reason", text(shown, "reason").to_owned()),
        ("head.members", hold.get("members").map(Value::to_string).unwrap_or_default()),
        ("head.query", shown.pointer("/query/words").and_then(Value::as_str).unwrap_or_default().to_owned()),
        ("head.placed", moment("placed_at")),
        ("head.review_by", text(hold, "review_by").to_owned()),
        ("head.grace_days", shown.get("grace_days").map(Value::to_string).unwrap_or_default()),
        ("head.released", moment("released_at")),
        ("head.rests_until", moment("rests_until")),
        ("head.authority", text(shown, "release_authority").to_owned()),
        ("head.release_reason", text(shown, "release_reason").to_owned()),
    ];
    for (key, value) in rows.into_iter().filter(|(_, value)| !value.is_empty()) {
        table.row([say(key), value]);
    }
    let by = find::user_name(client, text(shown, "placed_by")).await?;
    table.row([say("head.placed_by"), by]);
    table.print(&run.voice)
}

/// Whom a hold was told to, and who said to have read it.
async fn told(run: &Run, client: &Client, notices: &[Value]) -> Result<(), Failure> {
    let heads = ["head.noticed", "head.recipient", "head.acknowledged"];
    let mut table = Table::new(heads.map(|key| run.voice.say(key, &[])));
    for notice in notices {
        for recipient in notice.get("recipients").and_then(Value::as_array).into_iter().flatten() {
            let name = find::user_name(client, text(recipient, "user")).await?;
            let at = match text(recipient, "acknowledged_at") {
                "" => run.voice.say("hold.not_yet", &[]),
                at => run.voice.moment(at),
            };
            table.row([run.voice.moment(text(notice, "noticed_at")), name, at]);
        }
    }
    if table.is_empty() {
        return Ok(());
    }
    run.voice.line("")?;
    table.print(&run.voice)
}

fn release(run: &Run, args: &HoldRelease) -> Result<(), Failure> {
    let Some(approval) = &args.approval else {
        let body = json!({"authority": args.authority, "reason": args.reason});
        let path = path_of(&args.hold, "/release/approvals");
        return run.with_archive(&args.at, async |client: &Client| {
            let ask = || Ask::json(Method::POST, path.clone(), &body);
            let answer = answered(run, client, &args.at, ask).await?;
            let id = text(&answer, "id");
            if run.voice.json {
                return run.voice.json_line(&json!({"approval": id, "hold": args.hold}));
            }
            run.voice.line(id)?;
            hint::later(run, "approval.next", &[("data", &data_of(&args.at)), ("id", id)]);
            hint::later(run, "hold.release_then", &[("id", id)]);
            run.next.take().iter().for_each(|remark| run.voice.tell(remark));
            Ok(())
        });
    };
    let body = json!({"approval": approval});
    let path = path_of(&args.hold, "/release");
    run.with_archive(&args.at, async |client: &Client| {
        let ask = || Ask::json(Method::POST, path.clone(), &body);
        let answer = answered(run, client, &args.at, ask).await?;
        made(run, &answer)?;
        if !run.voice.json {
            let shown = client.json(&Ask::get(path_of(&args.hold, ""))).await?;
            let until = shown.pointer("/hold/rests_until").and_then(Value::as_str).unwrap_or_default();
            run.voice.remark("hold.rests", &[("until", &run.voice.moment(until))]);
        }
        Ok(())
    })
}

fn notice(run: &Run, args: &HoldNotice) -> Result<(), Failure> {
    let words = match (&args.text, &args.file) {
        (Some(words), _) => words.clone(),
        (None, Some(file)) => {
            std::fs::read_to_string(file).map_err(|error| Failure::system("read the file", &error))?
        }
        (None, None) => String::new(),
    };
    run.with_archive(&args.at, async |client: &Client| {
        let mut to = Vec::new();
        for person in &args.people {
            to.push(find::user(client, person).await?);
        }
        let body = json!({"text": words, "to": to});
        let path = path_of(&args.hold, "/notices");
        let ask = || Ask::json(Method::POST, path.clone(), &body);
        made(run, &answered(run, client, &args.at, ask).await?)
    })
}

fn notices(run: &Run, at: &At) -> Result<(), Failure> {
    run.with_archive(at, async |client: &Client| {
        let mut next = Some(format!("/api/v1/hold-notices?limit={}", find::PAGE));
        while let Some(path) = next {
            let (page, after) = client.json_and_next(&Ask::get(path), None).await?;
            for notice in find::items(&page) {
                if run.voice.json {
                    run.voice.json_line(notice)?;
                    continue;
                }
                let acknowledged = notice.pointer("/recipients/0/acknowledged_at").and_then(Value::as_str);
                let read = match acknowledged {
                    None => run.voice.say("hold.not_yet", &[]),
                    Some(at) => run.voice.moment(at),
                };
                let mut table = Table::facts();
                for (key, value) in [
                    ("head.id", text(notice, "id").to_owned()),
                    ("head.noticed", run.voice.moment(text(notice, "noticed_at"))),
                    ("head.acknowledged", read),
                ] {
                    table.row([run.voice.say(key, &[]), value]);
                }
                table.print(&run.voice)?;
                run.voice.line(&visible(text(notice, "text")))?;
            }
            next = after;
        }
        Ok(())
    })
}
