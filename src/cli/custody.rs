//! `custody`: who did what with a record, entry by entry of the ledger.

use serde_json::Value;

use super::Run;
use super::args::Custody;
use super::client::{Ask, Client};
use super::failure::Failure;
use super::list::text;
use super::open::path_segment;
use super::show::{must_have_entry, named, person, record_of};
use super::table::Table;
use crate::base::civil::Zone;

pub(super) fn run(run: &Run, args: &Custody) -> Result<(), Failure> {
    run.with_archive(&args.at, async |client: &Client| {
        let path = format!("/api/v1/records/{}", path_segment(record_of(&args.id)));
        // What is told is the whole log's; an entry that there is not has no history all the same.
        must_have_entry(client, &args.id).await?;
        let ask = Ask::get(format!("{path}/custody"));
        let custody = client.json(&ask).await.map_err(|failure| failure.about(args.id.clone()))?;
        let entries = custody.get("entries").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        if run.voice.json {
            return entries.iter().try_for_each(|entry| run.voice.json_line(entry));
        }
        let record = client.json(&Ask::get(path)).await.map_err(|failure| failure.about(args.id.clone()))?;
        table(run, entries, zone_of(&record))
    })
}

/// The zone in which the record's dates hold; its history is told in it.
fn zone_of(record: &Value) -> Zone {
    let versions = record.get("versions").and_then(Value::as_array);
    let current = versions.and_then(|versions| versions.last());
    current.and_then(|version| Zone::parse(text(version, "zone")).ok()).unwrap_or(Zone::UTC)
}

fn table(run: &Run, entries: &[Value], zone: Zone) -> Result<(), Failure> {
    let heads = ["head.when", "head.ledger_entry", "head.deed", "head.doer", "head.purpose"];
    let mut table = Table::new(heads.map(|key| run.voice.say(key, &[])));
    for entry in entries {
        let doer = match named(entry, "actor") {
            "system" => run.voice.say("custody.system", &[]),
            _ => person(run, entry, "actor"),
        };
        table.row([
            run.voice.moment_in(text(entry, "at"), zone),
            entry.get("index").map(Value::to_string).unwrap_or_default(),
            format!("{} {}", run.voice.word("deed", text(entry, "kind")), text(entry, "package"))
                .trim()
                .to_owned(),
            countersigned(run, entry, doer),
            text(entry, "purpose").to_owned(),
        ]);
    }
    table.print(&run.voice)
}

/// Who did it, and with whose agreement where it takes two.
fn countersigned(run: &Run, entry: &Value, doer: String) -> String {
    let (key, by) = match named(entry, "countersigned_by") {
        "" => return doer,
        "not_countersigned" => ("custody.not_countersigned", String::new()),
        _ => ("custody.countersigned", person(run, entry, "countersigned_by")),
    };
    format!("{doer}{}", run.voice.say(key, &[("by", &by)]))
}

#[cfg(test)]
mod tests {
    use crate::cli::say;
    use crate::ledger::entry::EntryKind;
    use crate::words::Language;

    #[test]
    fn every_deed_of_the_ledger_has_a_word() {
        for language in Language::ALL {
            for kind in EntryKind::ALL {
                let key = format!("deed.{kind}");
                assert_ne!(say::say(language, &key, &[]), key, "{language:?}");
            }
        }
    }
}
