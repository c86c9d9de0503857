//! `matter`: legal matters (法务事项) with their people. Opened by whoever acts; seen by who works on it.

use hyper::Method;
use serde_json::{Map, Value, json};

use super::Run;
use super::args::{At, Matter, MatterChange, MatterDetails, MatterNamed, MatterOpen, MatterPerson};
use super::client::{Ask, Client};
use super::failure::Failure;
use super::find;
use super::list::{marked, text};
use super::login::answered;
use super::open::path_segment;
use super::say::code_of;
use super::show::plain;
use super::table::{Table, visible};

/// The members of a matter that people read, in this order.
const FIELDS: [(&str, &str); 10] = [
    ("head.court", "court"),
    ("head.case_number", "case_number"),
    ("head.cause", "cause"),
    ("head.our_role", "our_role"),
    ("head.opponents", "opponents"),
    ("head.evidence_deadline", "evidence_deadline"),
    ("head.hearing_on", "hearing_on"),
    ("duty.counsel", "counsel"),
    ("head.notes", "notes"),
    ("head.created", "created_at"),
];

pub(super) fn run(run: &Run, verb: &Matter) -> Result<(), Failure> {
    match verb {
        Matter::List { at, state, ids } => {
            run.with_archive(at, async |client: &Client| list(run, client, state.as_deref(), *ids).await)
        }
        Matter::Show(MatterNamed { at, matter }) => run.with_archive(at, async |client: &Client| {
            let shown = client.json(&Ask::get(path_of(client, matter, "").await?)).await?;
            if run.voice.json { run.voice.json_line(&shown) } else { show(run, client, &shown).await }
        }),
        Matter::Open(args) => open(run, args),
        Matter::Change(args) => change(run, args),
        Matter::Close(named) => set_state(run, named, "closed"),
        Matter::Reopen(named) => set_state(run, named, "open"),
        Matter::Add(person) => set_person(run, person, Method::PUT),
        Matter::Remove(person) => set_person(run, person, Method::DELETE),
    }
}

async fn path_of(client: &Client, matter: &str, rest: &str) -> Result<String, Failure> {
    Ok(format!("/api/v1/matters/{}{rest}", path_segment(&find::matter(client, matter).await?)))
}

async fn list(run: &Run, client: &Client, state: Option<&str>, ids: bool) -> Result<(), Failure> {
    let heads = ["head.matter", "head.title", "head.kind", "head.state", "head.evidence_deadline", "head.id"];
    let mut table = Table::new(heads.map(|key| run.voice.say(key, &[]))).elastic(1);
    let mut first = format!("/api/v1/matters?limit={}", find::PAGE);
    if let Some(state) = state {
        first.push_str(&format!("&state={}", path_segment(&code_of("matter_state", state))));
    }
    let mut next = Some(first);
    while let Some(path) = next {
        let (page, after) = client.json_and_next(&Ask::get(path), None).await?;
        for matter in find::items(&page) {
            if ids {
                run.voice.line(text(matter, "id"))?;
            } else if run.voice.json {
                run.voice.json_line(matter)?;
            } else {
                table.row([
                    text(matter, "reference").to_owned(),
                    marked(run, matter, str::to_owned),
                    run.voice.word("matter_kind", text(matter, "kind")),
                    run.voice.word("matter_state", text(matter, "state")),
                    text(matter, "evidence_deadline").to_owned(),
                    text(matter, "id").to_owned(),
                ]);
            }
        }
        next = after;
    }
    if ids || run.voice.json { Ok(()) } else { table.print(&run.voice) }
}

async fn show(run: &Run, client: &Client, shown: &Value) -> Result<(), Failure> {
    let matter = shown.get("matter").unwrap_or(&Value::Null);
    let head = format!("{} {}", text(matter, "reference"), text(matter, "title"));
    let head = if head.trim().is_empty() { run.voice.say("withheld", &[]) } else { head };
    run.voice.line(&run.voice.strong(&visible(head.trim())))?;
    let mut table = Table::facts();
    let mut fact = |key: &str, value: String| {
        if !value.is_empty() {
            table.row([run.voice.say(key, &[]), value]);
        }
    };
    fact("head.id", text(matter, "id").to_owned());
    fact("head.kind", run.voice.word("matter_kind", text(matter, "kind")));
    fact("head.state", run.voice.word("matter_state", text(matter, "state")));
    let comma = run.voice.say("list.comma", &[]);
    let fields = shown.get("fields").unwrap_or(matter);
    for (key, member) in FIELDS {
        let value = fields
            .get(member)
            .or_else(|| matter.get(member))
            .map(|value| plain(value, &comma))
            .unwrap_or_default();
        let value = match member {
            "our_role" if !value.is_empty() => run.voice.word("our_role", &value),
            "created_at" => run.voice.moment(&value),
            _ => value,
        };
        fact(key, value);
    }
    for person in shown.get("people").and_then(Value::as_array).into_iter().flatten() {
        let name = find::user_name(client, text(person, "user")).await?;
        table.row([run.voice.word("duty", text(person, "duty")), name]);
    }
    table.print(&run.voice)
}

fn put_details(fields: &mut Map<String, Value>, details: &MatterDetails) {
    let our_role = details.our_role.as_deref().map(|role| code_of("our_role", role));
    let given = [
        ("court", &details.court),
        ("case_number", &details.case_number),
        ("cause", &details.cause),
        ("our_role", &our_role),
        ("evidence_deadline", &details.evidence_deadline),
        ("hearing_on", &details.hearing_on),
        ("counsel", &details.counsel),
        ("notes", &details.notes),
    ];
    for (name, value) in given {
        if let Some(value) = value {
            fields.insert(name.to_owned(), json!(value));
        }
    }
    if !details.opponents.is_empty() {
        fields.insert("opponents".to_owned(), json!(details.opponents));
    }
}

fn open(run: &Run, args: &MatterOpen) -> Result<(), Failure> {
    let mut fields = Map::new();
    let kind = code_of("matter_kind", &args.kind);
    for (name, value) in [("reference", &args.reference), ("kind", &kind), ("title", &args.title)] {
        fields.insert(name.to_owned(), json!(value));
    }
    put_details(&mut fields, &args.details);
    let body = Value::Object(fields);
    run.with_archive(&args.at, async |client: &Client| {
        entered(run, client, &args.at, || Ask::json(Method::POST, "/api/v1/matters", &body)).await
    })
}

/// Sends a change; prints the id of what was made or changed.
async fn entered(run: &Run, client: &Client, at: &At, make: impl Fn() -> Ask) -> Result<(), Failure> {
    let made = answered(run, client, at, make).await?;
    if run.voice.json { run.voice.json_line(&made) } else { run.voice.line(text(&made, "id")) }
}

fn change(run: &Run, args: &MatterChange) -> Result<(), Failure> {
    let mut changes = Map::new();
    if let Some(title) = &args.title {
        changes.insert("title".to_owned(), json!(title));
    }
    put_details(&mut changes, &args.details);
    if changes.is_empty() {
        return Err(Failure::usage("nothing_to_change", &[]));
    }
    run.with_archive(&args.at, async |client: &Client| {
        let path = path_of(client, &args.matter, "").await?;
        let mut answer = client.send(&Ask::get(path.clone()), None).await?;
        let tag = answer.header("etag").unwrap_or("*").to_owned();
        let mut whole = Vec::new();
        while let Some(bytes) = answer.next().await? {
            whole.extend_from_slice(&bytes);
        }
        let shown: Value =
            serde_json::from_slice(&whole).map_err(|error| Failure::system("read the answer", &error))?;
        // What is withheld from this reader cannot be put back as it was.
        let Some(Value::Object(mut fields)) = shown.get("fields").cloned() else {
            return Err(crate::words::Refusal::Forbidden.into());
        };
        fields.remove("people");
        fields.extend(changes);
        let body = Value::Object(fields);
        let ask = || Ask::json(Method::PUT, path.clone(), &body).with("if-match", tag.clone());
        entered(run, client, &args.at, ask).await
    })
}

fn set_state(run: &Run, named: &MatterNamed, state: &str) -> Result<(), Failure> {
    run.with_archive(&named.at, async |client: &Client| {
        let path = path_of(client, &named.matter, "/state").await?;
        let body = json!({"state": state});
        let ask = || Ask::json(Method::PUT, path.clone(), &body).with("if-match", "*");
        entered(run, client, &named.at, ask).await?;
        if state == "closed" { still_held(run, client, &named.matter).await } else { Ok(()) }
    })
}

/// A matter that is closed lets nothing go: its holds stand until each is released.
async fn still_held(run: &Run, client: &Client, matter: &str) -> Result<(), Failure> {
    let matter = find::matter(client, matter).await?;
    let path = format!("/api/v1/holds?limit={}&matter={}&state=standing", find::PAGE, path_segment(&matter));
    match client.json(&Ask::get(path)).await {
        Ok(page) if find::items(&page).is_empty() => Ok(()),
        Ok(page) => {
            let holds = find::items(&page).len().to_string();
            run.voice.remark("hold.still_standing", &[("holds", &holds)]);
            Ok(())
        }
        Err(failure) if matches!(failure.code(), Some("forbidden" | "token_scope")) => Ok(()),
        Err(failure) => Err(failure),
    }
}

fn set_person(run: &Run, person: &MatterPerson, method: Method) -> Result<(), Failure> {
    run.with_archive(&person.at, async |client: &Client| {
        let user = find::user(client, &person.user).await?;
        let rest =
            format!("/people/{}/{}", path_segment(&user), path_segment(&code_of("duty", &person.duty)));
        let path = path_of(client, &person.matter, &rest).await?;
        let ask = || Ask::json(method.clone(), path.clone(), &Value::Null).with("if-match", "*");
        entered(run, client, &person.at, ask).await
    })
}
