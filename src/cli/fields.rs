//! The typed fields of a record as people read them: with labels, closed words in their language,
//! and what belongs together on one line.

use serde_json::{Map, Value};

use super::list::text;
use super::show::plain;
use super::voice::Voice;
use crate::record::fields::Form;

/// The fields with their labels, in the order in which the archive describes them.
pub(super) fn rows(voice: &Voice, fields: &Map<String, Value>) -> Vec<[String; 2]> {
    let known: Vec<&str> = Form::ALL.iter().flat_map(|form| form.names()).copied().collect();
    let place = |name: &str| known.iter().position(|known| *known == name).unwrap_or(known.len());
    let mut named: Vec<(&String, &Value)> = fields.iter().collect();
    named.sort_by_key(|(name, _)| place(name));
    named.into_iter().flat_map(|(name, value)| labelled(voice, name, value)).collect()
}

/// A field of several parts stands on several lines, of which the first has the label.
fn labelled(voice: &Voice, name: &str, value: &Value) -> Vec<[String; 2]> {
    let label = voice.word("field", name);
    let lines: Vec<String> = match value {
        Value::Array(items) if items.iter().any(Value::is_object) => {
            items.iter().map(|item| told(voice, name, item)).collect()
        }
        other => vec![told(voice, name, other)],
    };
    let labels = std::iter::once(label).chain(std::iter::repeat(String::new()));
    labels.zip(lines).map(|(label, line)| [label, line]).collect()
}

fn told(voice: &Voice, name: &str, value: &Value) -> String {
    let comma = voice.say("list.comma", &[]);
    match value {
        Value::Bool(yes) => voice.say(if *yes { "yes" } else { "no" }, &[]),
        Value::String(word) => group_of(name).map_or_else(|| word.clone(), |group| voice.word(group, word)),
        Value::Array(items) => {
            items.iter().map(|item| told(voice, name, item)).collect::<Vec<_>>().join(&comma)
        }
        Value::Object(members) => together(voice, name, members, value, &comma),
        other => plain(other, &comma),
    }
}

/// The set of closed words that a field takes its word from.
fn group_of(name: &str) -> Option<&'static str> {
    match name {
        "operation" | "operations" => Some("operation"),
        "acceptance" => Some("acceptance"),
        "capacity" => Some("capacity"),
        "status" => Some("signature_status"),
        "method" => Some("signature_method"),
        _ => None,
    }
}

/// A field that has members, on one line.
fn together(voice: &Voice, name: &str, members: &Map<String, Value>, value: &Value, comma: &str) -> String {
    let part = |member: &str| {
        let value = members.get(member).filter(|value| !value.is_null())?;
        Some(told(voice, member, value))
    };
    let joined = |names: &[&str]| names.iter().filter_map(|name| part(name)).collect::<Vec<_>>().join(comma);
    match name {
        "signatory" | "accepted_by" => match part("capacity") {
            Some(capacity) => {
                voice.say("field.person", &[("name", text(value, "name")), ("capacity", &capacity)])
            }
            None => text(value, "name").to_owned(),
        },
        "signature" => joined(&["status", "method", "signed_on"]),
        "paper_original" => joined(&["place"]),
        "activities" => {
            let what = joined(&["operation", "purpose", "data_category", "system"]);
            let entries = members.get("entries").map(Value::to_string).unwrap_or_default();
            let (from, to) = (voice.moment(text(value, "first_at")), voice.moment(text(value, "last_at")));
            let facts = [("what", what.as_str()), ("entries", &entries), ("from", &from), ("to", &to)];
            voice.say("field.activity", &facts)
        }
        _ => members.iter().map(|(name, value)| told(voice, name, value)).collect::<Vec<_>>().join(comma),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::cli::environment::Environment;
    use crate::record::fields::{Acceptance, Capacity, Operation, SignatureMethod, SignatureStatus};
    use crate::words::Language;

    fn voice(language: Language) -> Voice {
        Voice::new(Some(language), false, &Environment::default())
    }

    #[test]
    fn every_field_and_every_word_in_it_has_words_in_every_language() {
        let names = Form::ALL.iter().flat_map(|form| form.names()).map(|name| ("field", *name));
        let closed = [
            ("operation", Operation::WORDS),
            ("acceptance", Acceptance::WORDS),
            ("capacity", Capacity::WORDS),
            ("signature_method", SignatureMethod::WORDS),
            ("signature_status", SignatureStatus::WORDS),
        ];
        let words = closed.iter().flat_map(|(group, words)| words.iter().map(|word| (*group, *word)));
        for (group, word) in names.chain(words) {
            for language in Language::ALL {
                let told = voice(language).word(group, word);
                // What is one word in English too may be its own code.
                assert!(told != word || language == Language::En, "{}: {group}.{word}", language.tag());
            }
        }
    }

    #[test]
    fn fields_are_read_without_brackets_and_in_the_readers_words() {
        let fields = json!({
            "valid_from": "2026-01-01", "cross_border": false,
            "grantor": "青禾科技有限公司",
            "operations": ["use", "store"],
            "signatory": {"name": "陈思齐", "capacity": "legal_representative"},
            "signature": {"status": "valid", "method": "seal", "signed_on": "2026-01-02"},
            "paper_original": {"place": "档案室 3 柜"},
        });
        let rows = rows(&voice(Language::ZhCn), fields.as_object().unwrap());
        let rows: Vec<[&str; 2]> =
            rows.iter().map(|[label, value]| [label.as_str(), value.as_str()]).collect();
        assert_eq!(
            rows,
            [
                ["授权人", "青禾科技有限公司"],
                ["签署人", "陈思齐（法定代表人）"],
                ["处理方式", "使用、存储"],
                ["生效日", "2026-01-01"],
                ["可否出境", "否"],
                ["签署情况", "经查验有效、公章、2026-01-02"],
                ["纸质原件", "档案室 3 柜"],
            ]
        );
    }

    #[test]
    fn each_activity_of_a_log_has_a_line() {
        let fields = json!({"activities": [
            {"operation": "use", "purpose": "客服", "entries": 3,
             "first_at": "2026-03-01T00:00:00Z", "last_at": "2026-03-02T00:00:00Z"},
            {"operation": "store", "entries": 1,
             "first_at": "2026-03-01T00:00:00Z", "last_at": "2026-03-01T00:00:00Z"},
        ]});
        let rows = rows(&voice(Language::En), fields.as_object().unwrap());
        assert_eq!(rows[0][0], "activities");
        assert!(rows[0][1].starts_with("use, 客服; 3 entries"), "{}", rows[0][1]);
        assert_eq!((rows[1][0].as_str(), rows.len()), ("", 2));
    }
}
