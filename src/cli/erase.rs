//! `erase`: entries of a bulk log, for good, by two persons. One asks; the other approves; the first erases.

use std::io::{BufRead, IsTerminal as _, Read as _, Write as _};

use hyper::Method;
use serde_json::{Value, json};

use super::Run;
use super::approval::data_of;
use super::args::Erase;
use super::client::{Ask, Client};
use super::failure::Failure;
use super::hint;
use super::list::text;
use super::login::answered;
use super::open::path_segment;

/// Bytes of a typed confirmation that are read.
const TYPED_MAX: u64 = 1 << 20;

pub(super) fn run(run: &Run, args: &Erase) -> Result<(), Failure> {
    let (record, entries) = named(&args.ids)?;
    let path = format!("/api/v1/records/{}/erasures", path_segment(record));
    let mut body = json!({"entries": entries, "reason": args.reason});
    let Some(approval) = &args.approval else {
        body["note"] = json!(args.note.as_deref().unwrap_or_default());
        return run.with_archive(&args.at, async |client: &Client| {
            let ask = || Ask::json(Method::POST, format!("{path}/approvals"), &body);
            let made = answered(run, client, &args.at, ask).await?;
            let id = text(&made, "id");
            if run.voice.json {
                return run.voice.json_line(&json!({"approval": id, "record": record, "entries": entries}));
            }
            run.voice.line(id)?;
            hint::later(run, "approval.next", &[("data", &data_of(&args.at)), ("id", id)]);
            hint::later(run, "erase.then", &[("id", id)]);
            run.next.take().iter().for_each(|remark| run.voice.tell(remark));
            Ok(())
        });
    };
    body["approval"] = json!(approval);
    run.with_archive(&args.at, async |client: &Client| {
        confirmed(run, args.yes, record, &entries)?;
        let done = answered(run, client, &args.at, || Ask::json(Method::POST, path.clone(), &body)).await;
        let erased = done.map_err(|failure| failure.about(record))?;
        if run.voice.json {
            return run.voice.json_line(&erased);
        }
        told(run, &erased, &data_of(&args.at));
        Ok(())
    })
}

/// What was erased, what is left, and what makes older copies worthless.
fn told(run: &Run, erased: &Value, data: &str) {
    let number = |value: Option<&Value>| value.map(Value::to_string).unwrap_or_default();
    let count = erased.get("entries").and_then(Value::as_array).map_or(0, Vec::len).to_string();
    let left = number(erased.get("left"));
    let index = number(erased.pointer("/ledger/index"));
    run.voice.remark("erase.done", &[("count", &count), ("left", &left), ("index", &index)]);
    if let Some(count) = erased.get("withdrawn").and_then(Value::as_u64).filter(|count| *count > 0) {
        run.voice.remark("erase.withdrawn", &[("count", &count.to_string())]);
    }
    if erased.get("overwritten") == Some(&Value::Bool(false)) {
        run.voice.remark("erase.not_overwritten", &[]);
    }
    run.voice.remark("erase.copies", &[("data", data)]);
    let record = erased.get("record").and_then(Value::as_str).unwrap_or_default();
    run.voice.remark("erase.left_before", &[("record", record), ("data", data)]);
}

/// The record and the entries that the ids name.
fn named(ids: &[String]) -> Result<(&str, Vec<u64>), Failure> {
    let mut entries = Vec::with_capacity(ids.len());
    let mut record: Option<&str> = None;
    for id in ids {
        let parted = id.split_once('.').and_then(|(record, entry)| {
            // One spelling only, as everywhere: no sign, no leading zero.
            let number = entry.parse::<u64>().ok().filter(|number| number.to_string() == entry)?;
            Some((record, number))
        });
        let Some((of, entry)) = parted else { return Err(Failure::usage("erase_id", &[("id", id)])) };
        if record.is_some_and(|record| record != of) {
            return Err(Failure::usage("erase_one_record", &[]));
        }
        record = Some(of);
        entries.push(entry);
    }
    entries.sort_unstable();
    entries.dedup();
    record.map(|record| (record, entries)).ok_or_else(|| Failure::usage("erase_id", &[("id", "")]))
}

/// Whoever sits at a terminal types the numbers again: what is erased cannot be brought back.
fn confirmed(run: &Run, yes: bool, record: &str, entries: &[u64]) -> Result<(), Failure> {
    if yes {
        return Ok(());
    }
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        return Err(Failure::usage("erase_unconfirmed", &[]));
    }
    let numbers = entries.iter().map(u64::to_string).collect::<Vec<_>>().join(",");
    let question = run.voice.say("erase.confirm", &[("record", record), ("numbers", &numbers)]);
    let mut err = std::io::stderr().lock();
    write!(err, "{question} ").and_then(|()| err.flush())?;
    typed_again(&mut stdin.lock(), &numbers)
}

/// Reads one line that must be these numbers; blanks in it do not count.
fn typed_again(from: &mut impl BufRead, numbers: &str) -> Result<(), Failure> {
    let mut typed = String::new();
    // Nobody types more than the numbers and some blanks.
    from.take(TYPED_MAX).read_line(&mut typed)?;
    let typed: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
    if typed == numbers { Ok(()) } else { Err(Failure::declined("erase_other_words", &[])) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_numbers_typed_again_confirm_an_erasure() {
        for (typed, confirms) in [
            ("3,7\n", true),
            (" 3, 7 \n", true),
            ("3,7", true),
            ("3\n7\n", false),
            ("37\n", false),
            ("", false),
        ] {
            let said = typed_again(&mut typed.as_bytes(), "3,7");
            assert_eq!(said.is_ok(), confirms, "{typed:?}");
        }
        let flood = "3".repeat(1 << 21);
        assert!(typed_again(&mut flood.as_bytes(), "3").is_err());
    }

    #[test]
    fn entries_of_one_log_are_named_each_once_and_in_one_spelling() {
        let ids = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
        assert_eq!(named(&ids(&["a.7", "a.3", "a.7"])).unwrap(), ("a", vec![3, 7]));
        for (wrong, key) in [
            (&["a"][..], "erase_id"),
            (&["a.01"], "erase_id"),
            (&["a.x"], "erase_id"),
            (&["a.1", "b.1"], "erase_one_record"),
        ] {
            assert!(matches!(named(&ids(wrong)), Err(Failure::Usage { key: found, .. }) if found == key));
        }
    }
}
