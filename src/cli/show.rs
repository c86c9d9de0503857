//! `show`: what the archive knows of a record, at the reader's level.

use serde_json::{Value, json};

use super::Run;
use super::args::Show;
use super::client::{Ask, Client};
use super::document::refused;
use super::failure::Failure;
use super::fields;
use super::list::{kind_of, text};
use super::open::path_segment;
use super::table::{Table, visible};
use crate::words::Refusal;

/// The name of the local operator's account.
const LOCAL: &str = "local";

pub(super) fn run(run: &Run, args: &Show) -> Result<(), Failure> {
    run.with_archive(&args.at, async |client: &Client| {
        let ask = Ask::get(format!("/api/v1/records/{}", path_segment(record_of(&args.id))));
        let record = client.json(&ask).await.map_err(|failure| failure.about(args.id.clone()))?;
        if let Some(place) = entry_in(client, &record, &args.id)? {
            return entry(run, args, &record, place);
        }
        if run.voice.json { run.voice.json_line(&record) } else { in_words(run, &record) }
    })
}

/// One entry of a bulk log: where it stands. What it says is content, and is opened for a purpose.
fn entry(
    run: &Run,
    args: &Show,
    record: &Value,
    EntryPlace { number, entries }: EntryPlace,
) -> Result<(), Failure> {
    let erased = erasure_of(record, number);
    if run.voice.json {
        let mut shown = record.clone();
        if let Value::Object(members) = &mut shown {
            let mut entry = json!({"id": args.id, "ordinal": number, "entries": entries});
            if let Some(erased) = erased {
                entry["erased"] = erased.clone();
            }
            members.insert("entry".to_owned(), entry);
        }
        return run.voice.json_line(&shown);
    }
    let facts = [("number", (number + 1).to_string()), ("entries", entries.to_string())];
    let facts: Vec<(&str, &str)> = facts.iter().map(|(name, fact)| (*name, fact.as_str())).collect();
    run.voice.line(&run.voice.say("show.entry", &facts))?;
    if let Some(erased) = erased {
        let told = erasure_in_words(run, erased, "show.entry_erased");
        run.voice.line(&run.voice.strong(&told))?;
        return in_words(run, record);
    }
    in_words(run, record)?;
    let data = super::approval::data_of(&args.at);
    run.voice.remark("show.entry_open", &[("data", &data), ("id", &args.id)]);
    Ok(())
}

/// What the ledger says of the erasure of an entry; `None` if it is there.
fn erasure_of(record: &Value, number: u64) -> Option<&Value> {
    list(record, "erasures")
        .iter()
        .find(|erasure| list(erasure, "entries").iter().any(|entry| entry.as_u64() == Some(number)))
}

/// When, why and by whom entries were erased, and where the ledger says so.
fn erasure_in_words(run: &Run, erasure: &Value, key: &str) -> String {
    let numbers = list(erasure, "entries").iter().map(Value::to_string).collect::<Vec<_>>();
    let index = erasure.get("ledger_index").map(Value::to_string).unwrap_or_default();
    run.voice.say(
        key,
        &[
            ("entries", &numbers.join(&run.voice.say("list.comma", &[]))),
            ("at", &run.voice.moment(text(erasure, "at"))),
            ("reason", &run.voice.word("erasure_reason", text(erasure, "reason"))),
            ("by", &person(run, erasure, "by")),
            ("approved_by", &person(run, erasure, "approved_by")),
            ("index", &index),
        ],
    )
}

/// Where an entry stands in its bulk log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct EntryPlace {
    /// Its ordinal, from 0.
    number: u64,
    /// How many the log has.
    entries: u64,
}

/// The entry of a bulk log that an id names beside the record; `None` if it names the record alone.
///
/// # Errors
/// `not_found` if the record has no such entry.
pub(super) fn entry_in(client: &Client, record: &Value, id: &str) -> Result<Option<EntryPlace>, Failure> {
    let Some((_, ordinal)) = id.split_once('.') else { return Ok(None) };
    let entries = record.get("entries").and_then(Value::as_u64).unwrap_or(0);
    // One spelling only, as everywhere: no sign, no leading zero.
    let number = ordinal.parse::<u64>().ok().filter(|number| number.to_string() == ordinal);
    match number.filter(|number| *number < entries) {
        Some(number) => Ok(Some(EntryPlace { number, entries })),
        None => {
            let key = if entries == 0 { "no_entries" } else { "no_entry" };
            let last = entries.saturating_sub(1).to_string();
            let facts = [("entry", ordinal), ("count", &entries.to_string()), ("last", &last)];
            Err(Failure::from(Refusal::NotFound).reworded(key, client.language(), &facts).about(id))
        }
    }
}

/// Makes sure that the record of an id has the entry that the id names beside it.
///
/// # Errors
/// As [`entry_in`], and where the record cannot be asked for.
pub(super) async fn must_have_entry(client: &Client, id: &str) -> Result<(), Failure> {
    if record_of(id) == id {
        return Ok(());
    }
    let ask = Ask::get(format!("/api/v1/records/{}", path_segment(record_of(id))));
    let record = client.json(&ask).await.map_err(|failure| failure.about(id))?;
    entry_in(client, &record, id).map(|_| ())
}

/// The record of an id that may name an entry of a bulk log.
pub(super) fn record_of(id: &str) -> &str {
    id.split_once('.').map_or(id, |(record, _)| record)
}

fn in_words(run: &Run, record: &Value) -> Result<(), Failure> {
    let say = |key: &str| run.voice.say(key, &[]);
    let versions = list(record, "versions");
    let current = versions.last();
    let descriptor = current.and_then(|version| version.get("descriptor"));
    let title = descriptor.map_or_else(|| say("withheld"), |descriptor| visible(text(descriptor, "title")));
    run.voice.line(&run.voice.strong(&title))?;
    if let Some(tombstone) = record.get("tombstone") {
        let index = tombstone.get("ledger_index").map(Value::to_string).unwrap_or_default();
        let key = match text(tombstone, "state") {
            "shredded" => "tombstone.shredded",
            _ => "tombstone.sealed",
        };
        let facts = [
            ("id", text(tombstone, "disposition")),
            ("at", &run.voice.moment(text(tombstone, "at"))),
            ("rule", text(tombstone, "rule")),
            ("index", &index),
        ];
        run.voice.line(&run.voice.say(key, &facts))?;
    }
    let case = record.get("case").map(|case| match text(case, "reference") {
        "" => text(case, "id").to_owned(),
        reference => {
            run.voice.say("show.case", &[("reference", &visible(reference)), ("id", text(case, "id"))])
        }
    });
    // The record was captured with its first version; whether that came late, later ones do not change.
    let captured = run.voice.moment(text(record, "captured_at"));
    let captured = match versions.first().and_then(|version| late(run, version)) {
        Some(late) => run.voice.say("show.captured_late", &[("at", &captured), ("late", &late)]),
        None => captured,
    };
    // What says nothing else was received as it was captured.
    let received = current.map(|version| (text(version, "received_at"), text(version, "captured_at")));
    let received = received.map(|(at, captured)| (run.voice.moment(at), run.voice.moment(captured)));
    let received = received.filter(|(at, captured)| at != captured).map(|(at, _)| at);
    let ledger = current.and_then(|version| version.get("ledger")).map(|place| {
        let number = |name: &str| place.get(name).and_then(Value::as_u64).unwrap_or(0);
        format!("{} / {}", number("index"), number("size"))
    });
    let facts = [
        ("head.id", Some(text(record, "id").to_owned())),
        ("head.kind", Some(kind_of(run, record))),
        ("head.case", case),
        (
            "head.occurred",
            current.map(|version| format!("{} {}", text(version, "occurred_on"), text(version, "zone"))),
        ),
        ("head.received", received),
        ("head.captured", Some(captured)),
        ("head.state", Some(run.voice.word("record_state", text(record, "state")))),
        ("head.version", record.get("version").map(Value::to_string)),
        ("head.entries", record.get("entries").filter(|entries| !entries.is_null()).map(Value::to_string)),
        ("head.ledger", ledger),
    ];
    let mut table = Table::facts();
    for (key, fact) in facts {
        if let Some(fact) = fact {
            table.row([say(key), fact]);
        }
    }
    for party in descriptor.map(|descriptor| list(descriptor, "parties")).unwrap_or_default() {
        table.row([run.voice.word("role", text(party, "role")), text(party, "name").to_owned()]);
    }
    if let Some(fields) = descriptor.and_then(|d| d.get("fields")).and_then(Value::as_object) {
        // A grantor is a party and a field; people need to read it once.
        let rows = fields::rows(&run.voice, fields).into_iter().filter(|row| !table.has(row));
        let rows: Vec<[String; 2]> = rows.collect();
        rows.into_iter().for_each(|row| table.row(row));
    }
    for (key, fact) in described(run, descriptor) {
        table.row([say(key), fact]);
    }
    for custom in descriptor.map(|descriptor| list(descriptor, "custom")).unwrap_or_default() {
        table.row([text(custom, "name").to_owned(), text(custom, "value").to_owned()]);
    }
    table.print(&run.voice)?;
    for erasure in list(record, "erasures") {
        run.voice.line(&erasure_in_words(run, erasure, "show.erased"))?;
    }
    for mark in list(record, "holds") {
        let (key, facts) = match text(mark, "rests_until") {
            "" => ("show.held", vec![("id", text(mark, "hold").to_owned())]),
            until => (
                "show.held_until",
                vec![("id", text(mark, "hold").to_owned()), ("until", run.voice.moment(until))],
            ),
        };
        let facts: Vec<(&str, &str)> = facts.iter().map(|(name, fact)| (*name, fact.as_str())).collect();
        run.voice.line(&run.voice.strong(&run.voice.say(key, &facts)))?;
    }
    history(run, versions)?;
    files(run, current)?;
    links(run, record)?;
    for derivative in list(record, "derivatives") {
        run.voice.line(&derivative_in_words(run, derivative))?;
    }
    Ok(())
}

/// What a record says of itself beside its parties and fields, where the reader may know it.
fn described(run: &Run, descriptor: Option<&Value>) -> Vec<(&'static str, String)> {
    let Some(descriptor) = descriptor else { return Vec::new() };
    let comma = run.voice.say("list.comma", &[]);
    let source = descriptor.get("source").map(|source| {
        let parts = ["system", "external_id", "revision"].map(|part| text(source, part));
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" / ")
    });
    let tags = list(descriptor, "tags").iter().map(|tag| plain(tag, &comma)).collect::<Vec<_>>().join(&comma);
    let facts = [
        ("head.tags", tags),
        ("head.source", source.unwrap_or_default()),
        ("head.language", text(descriptor, "language").to_owned()),
        ("head.notes", text(descriptor, "notes").split_whitespace().collect::<Vec<_>>().join(" ")),
    ];
    facts.into_iter().filter(|(_, fact)| !fact.is_empty()).collect()
}

/// A copy that was made in the archive, or what stands in its place.
fn derivative_in_words(run: &Run, derivative: &Value) -> String {
    let number = |name: &str| derivative.get(name).map(Value::to_string).unwrap_or_default();
    let reason = text(derivative, "withheld");
    let key = if reason.is_empty() { "show.derivative" } else { "show.slip" };
    let reason = run.voice.word("withheld", refused::word(reason));
    let facts = [
        ("record", text(derivative, "record")),
        ("version", &number("version")),
        ("profile", text(derivative, "profile")),
        ("reason", &reason),
        ("index", &number("ledger_index")),
    ];
    run.voice.say(key, &facts)
}

/// By how many days a version came late, in words; `None` if it came in time.
fn late(run: &Run, version: &Value) -> Option<String> {
    let days = version.get("late_days").and_then(Value::as_u64)?;
    Some(run.voice.say("show.late", &[("days", &days.to_string())]))
}

/// Every version: when it was captured, by whom, and whether in time.
fn history(run: &Run, versions: &[Value]) -> Result<(), Failure> {
    let heads = ["head.version", "head.captured", "head.captured_by", "head.lateness", "head.occurred"];
    let mut table = Table::new(heads.map(|key| run.voice.say(key, &[])));
    for version in versions {
        table.row([
            version.get("version").map(Value::to_string).unwrap_or_default(),
            run.voice.moment(text(version, "captured_at")),
            person(run, version, "captured_by"),
            late(run, version).unwrap_or_else(|| run.voice.say("show.in_time", &[])),
            text(version, "occurred_on").to_owned(),
        ]);
    }
    run.voice.line("")?;
    table.print(&run.voice)
}

/// [`named`], with the local operator by what people call that.
pub(super) fn person(run: &Run, value: &Value, member: &str) -> String {
    match named(value, member) {
        LOCAL => run.voice.say("person.local", &[]),
        name => name.to_owned(),
    }
}

/// Who it was: by name where the reader may know it (member `…_name`), else by id.
pub(super) fn named<'a>(value: &'a Value, member: &str) -> &'a str {
    match text(value, &format!("{member}_name")) {
        "" => text(value, member),
        name => name,
    }
}

fn files(run: &Run, version: Option<&Value>) -> Result<(), Failure> {
    let components = version.map(|version| list(version, "components")).unwrap_or_default();
    let heads = ["head.number", "head.file", "head.media_type", "head.bytes", "head.id"];
    let mut table = Table::new(heads.map(|key| run.voice.say(key, &[]))).elastic(1);
    for (number, component) in components.iter().enumerate() {
        let bytes = component.get("bytes").and_then(Value::as_u64).unwrap_or(0);
        table.row([
            (number + 1).to_string(),
            text(component, "name").to_owned(),
            text(component, "media_type").to_owned(),
            bytes.to_string(),
            text(component, "id").to_owned(),
        ]);
    }
    run.voice.line("")?;
    table.print(&run.voice)?;
    for component in components.iter().filter(|component| component.get("unread").is_some()) {
        let reason = run.voice.word("unread", text(component, "unread"));
        let facts = [("file", text(component, "name")), ("reason", &reason)];
        run.voice.line(&run.voice.say("show.unread", &facts))?;
    }
    Ok(())
}

fn links(run: &Run, record: &Value) -> Result<(), Failure> {
    let links = list(record, "links");
    if links.is_empty() {
        return Ok(());
    }
    let mut table = Table::new(["head.link", "head.from", "head.to"].map(|key| run.voice.say(key, &[])));
    for link in links {
        table.row([
            run.voice.word("link", text(link, "kind")),
            text(link, "from").to_owned(),
            text(link, "to").to_owned(),
        ]);
    }
    run.voice.line("")?;
    table.print(&run.voice)
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// A value as people read it: lists without brackets.
pub(super) fn plain(value: &Value, comma: &str) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(|item| plain(item, comma)).collect::<Vec<_>>().join(comma),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_shown_by_the_record_that_holds_it() {
        assert_eq!(record_of("0190-a.12"), "0190-a");
        assert_eq!(record_of("0190-a"), "0190-a");
    }

    #[test]
    fn lists_are_read_without_brackets() {
        assert_eq!(plain(&json!(["故障诊断", "容量规划"]), "、"), "故障诊断、容量规划");
    }
}
