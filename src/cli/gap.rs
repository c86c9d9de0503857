//! Gaps of the chain of evidence as people read them: the table, then each one's cause and what was
//! said about it.

use serde_json::Value;

use super::Run;
use super::failure::Failure;
use super::list::text;
use super::show::{person, plain};
use super::table::{Table, visible};
use crate::base::civil::Zone;

/// One line for each gap.
pub(super) fn table(run: &Run, gaps: &[Value]) -> Result<(), Failure> {
    // The gaps of one case need not say whose they are.
    let by_case = gaps.iter().any(|gap| gap.get("case").is_some());
    let mut heads =
        vec!["head.gap", "head.since", "head.until", "head.count", "head.standing", "head.record"];
    if by_case {
        heads.insert(1, "head.case");
    }
    let mut table = Table::new(heads.into_iter().map(|key| run.voice.say(key, &[]))).elastic(0);
    for gap in gaps {
        let name = format!("{} {}", text(gap, "key"), run.voice.word("gap", text(gap, "code")));
        let mut cells = vec![
            name,
            text(gap, "since").to_owned(),
            text(gap, "until").to_owned(),
            gap.get("count").map(Value::to_string).unwrap_or_default(),
            run.voice.word("standing", text(gap, "standing")),
            text(gap, "record").to_owned(),
        ];
        if by_case {
            cells.insert(1, text(gap, "reference").to_owned());
        }
        table.row(cells);
    }
    table.print(&run.voice)
}

/// What makes each gap, and every explanation with its person and time: below the table, because
/// sentences do not fit into it. A reader who gets neither sees the table alone.
pub(super) fn details(run: &Run, gaps: &[Value], zone: Zone) -> Result<(), Failure> {
    for gap in gaps {
        let said = gap.get("explanations").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let cause = gap.get("cause").filter(|cause| cause.is_object());
        if cause.is_none() && said.is_empty() {
            continue;
        }
        run.voice.line("")?;
        let record = text(gap, "record");
        run.voice.line(visible(&format!("{}  {record}", text(gap, "key"))).trim_end())?;
        if let Some(cause) = cause {
            run.voice.line(&visible(&format!("    {}", sentence(run, cause, zone))))?;
        }
        for one in said {
            run.voice.line(&visible(&format!("    {}", explanation(run, one, zone))))?;
        }
    }
    Ok(())
}

/// What was said of gaps that later records have closed: neither is forgotten.
pub(super) fn closed(run: &Run, gaps: Option<&Value>, zone: Zone) -> Result<(), Failure> {
    for gap in gaps.and_then(Value::as_array).into_iter().flatten() {
        run.voice.line("")?;
        let name = format!("{}  {}", text(gap, "key"), text(gap, "record"));
        let told = run.voice.say("gap.closed", &[("gap", name.trim_end())]);
        run.voice.line(&visible(&told))?;
        if let Some(one) = gap.get("explanation") {
            run.voice.line(&visible(&format!("    {}", explanation(run, one, zone))))?;
        }
    }
    Ok(())
}

/// What corrected records showed and their corrections do not: told with who corrects it.
pub(super) fn corrected(run: &Run, gaps: Option<&Value>, zone: Zone) -> Result<(), Failure> {
    for gap in gaps.and_then(Value::as_array).into_iter().flatten() {
        run.voice.line("")?;
        let name = format!("{}  {}", text(gap, "key"), text(gap, "record"));
        let by = gap.get("corrected_by").map(|by| plain(by, &run.voice.say("list.comma", &[])));
        let facts = [("gap", name.trim_end()), ("records", by.as_deref().unwrap_or_default())];
        run.voice.line(&visible(&run.voice.say("gap.corrected", &facts)))?;
        if let Some(cause) = gap.get("cause").filter(|cause| cause.is_object()) {
            run.voice.line(&visible(&format!("    {}", sentence(run, cause, zone))))?;
        }
    }
    Ok(())
}

/// The cause with its facts. A cause that has no words of its own is told by its code.
fn sentence(run: &Run, cause: &Value, zone: Zone) -> String {
    let code = text(cause, "cause");
    let nothing = Value::Null;
    let facts = cause.get("facts").unwrap_or(&nothing);
    let fact = |name: &str| match facts.get(name) {
        None | Some(Value::Null) => String::new(),
        // Instants are told in the case's zone; what is none stays as it is.
        Some(value @ Value::String(_)) if matches!(name, "due" | "done") => {
            run.voice.moment_in(&plain(value, ""), zone)
        }
        Some(value) if name == "word" && code == "operation" => {
            run.voice.word("operation", &plain(value, ""))
        }
        Some(value) if name == "instead" => run.voice.word("instead", &plain(value, "")),
        Some(value) if name == "target" => {
            run.voice.promised(&plain(value, ""), facts.get("clock").and_then(Value::as_str))
        }
        Some(value) => plain(value, &run.voice.say("list.comma", &[])),
    };
    let names = facts.as_object().map(|facts| facts.keys().map(String::as_str).collect::<Vec<_>>());
    let facts_told: Vec<(&str, String)> =
        names.unwrap_or_default().into_iter().map(|name| (name, fact(name))).collect();
    let told: Vec<(&str, &str)> = facts_told.iter().map(|(name, fact)| (*name, fact.as_str())).collect();
    let silent = facts.get("silent") == Some(&Value::Bool(true));
    let undone = facts.get("measure").is_some() && facts.get("done").is_none_or(Value::is_null);
    let key = match (silent, undone) {
        (true, _) => format!("cause.{code}.silent"),
        (false, true) => format!("cause.{code}.undone"),
        (false, false) => format!("cause.{code}"),
    };
    let sentence = run.voice.say(&key, &told);
    if sentence != key {
        return sentence;
    }
    let told: Vec<String> = told.iter().map(|(name, fact)| format!("{name}={fact}")).collect();
    format!("{code} {}", told.join(" ")).trim_end().to_owned()
}

/// When, who and what; with its standing, where the archive gives it one.
fn explanation(run: &Run, one: &Value, zone: Zone) -> String {
    let at = run.voice.moment_in(text(one, "at"), zone);
    let words = match text(one, "words") {
        "" => run.voice.say("withheld", &[]),
        words => words.to_owned(),
    };
    let facts = [("at", at.as_str()), ("person", &person(run, one, "by")), ("words", &words)];
    let said = run.voice.say("gap.said", &facts);
    match text(one, "standing") {
        "" => said,
        standing => {
            let standing = run.voice.word("standing", standing);
            run.voice.say("gap.said_standing", &[("said", &said), ("standing", &standing)])
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::cli::say;
    use crate::words::Language;

    #[test]
    fn every_cause_of_a_gap_is_a_sentence_in_every_language() {
        const CAUSES: [&str; 21] = [
            "no_authorization",
            "named_unknown",
            "before_validity",
            "before_signature",
            "after_expiry",
            "after_withdrawal",
            "purpose",
            "operation",
            "data_category",
            "system",
            "purpose.silent",
            "operation.silent",
            "data_category.silent",
            "system.silent",
            "unconfirmed",
            "confirmed_before",
            "unanswered",
            "answered_late",
            "unsigned",
            "signature_not_valid",
            "capacity_missing",
        ];
        let measures = ["first_response", "first_response.undone", "resolution", "resolution.undone"];
        for language in Language::ALL {
            for cause in CAUSES.iter().chain(&measures) {
                let key = format!("cause.{cause}");
                assert_ne!(say::say(language, &key, &[]), key);
            }
        }
    }
}
