//! What a second person is asked to approve, in the reader's language: the step, what it is to be done to,
//! the parameters, and the list of what would be handed out.

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::records::words_of;
use crate::access::two_person::TwoPersonAction;
use crate::archive::approvals::{ApprovalView, AskedItem, AskedItems, Subject};
use crate::archive::refusal::Thing;
use crate::words::{Language, term};

/// A fact about a request as people read it.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ToldLine {
    /// What it says.
    label: String,
    /// The fact.
    value: String,
}

/// A page of what would be handed out: exactly the list that the approval is good for.
#[derive(Serialize, ToSchema)]
pub struct AskedItemsBody {
    /// Items of the whole list.
    total: u64,
    /// Items before this page.
    from: u64,
    /// The page.
    items: Vec<AskedItemBody>,
}

/// One item of the list.
#[derive(Serialize, ToSchema)]
pub struct AskedItemBody {
    /// The record.
    record: String,
    /// The version that would be handed out.
    version: u64,
    /// The newest version of the record, where it is another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    newest: Option<u64>,
    /// The records that correct it, which stay behind unless they are items themselves. Absent where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    corrected_by: Vec<String>,
    /// The entries of a bulk log, as numbers and ranges from 0; none for all of the record.
    #[serde(skip_serializing_if = "Option::is_none")]
    entries: Option<String>,
    /// Those of them that were erased, as numbers and ranges: nobody can hand them out.
    #[serde(skip_serializing_if = "Option::is_none")]
    erased: Option<String>,
    /// True if the reader's role does not show more of the record than its id.
    withheld: bool,
    /// Its kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    /// Its subkind, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    subkind: Option<String>,
    /// The day on which it occurred.
    #[serde(skip_serializing_if = "Option::is_none")]
    occurred_on: Option<String>,
    /// Its title, where the reader may know it.
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
}

impl From<AskedItems> for AskedItemsBody {
    fn from(list: AskedItems) -> Self {
        let AskedItems { total, from, items } = list;
        Self { total, from, items: items.into_iter().map(AskedItemBody::from).collect() }
    }
}

impl From<AskedItem> for AskedItemBody {
    fn from(item: AskedItem) -> Self {
        let AskedItem { record, version, newest, corrected_by, entries, erased, line } = item;
        let (kind, subkind) = match line.as_ref().map(|line| words_of(line.kind)) {
            Some((kind, subkind)) => (Some(kind), subkind),
            None => (None, None),
        };
        Self {
            record: record.to_string(),
            version,
            newest,
            corrected_by: corrected_by.iter().map(ToString::to_string).collect(),
            entries,
            erased,
            withheld: line.is_none(),
            kind,
            subkind,
            occurred_on: line.as_ref().map(|line| line.occurred_on.to_string()),
            title: line.and_then(|line| line.title),
        }
    }
}

/// The word for the sort of thing that a step is done to.
pub(super) const fn kind_of(thing: Thing) -> Option<&'static str> {
    match thing {
        Thing::Case => Some("case"),
        Thing::Matter => Some("matter"),
        Thing::Hold => Some("hold"),
        Thing::Record => Some("record"),
        Thing::User => Some("user"),
        Thing::Archive => Some("archive"),
        Thing::Policy => Some("policy"),
        Thing::Component
        | Thing::Entry
        | Thing::CaseRecords
        | Thing::CaseEvent
        | Thing::Event
        | Thing::Gap
        | Thing::Party
        | Thing::PartyRecords
        | Thing::Link
        | Thing::Token
        | Thing::Session
        | Thing::Job
        | Thing::Export
        | Thing::Upload
        | Thing::HoldNotice
        | Thing::Approval
        | Thing::Simulation
        | Thing::Disposition
        | Thing::LedgerEntry => None,
    }
}

/// Step, subject and parameters, in the order in which they are read.
pub(super) fn lines(view: &ApprovalView, language: Language) -> Vec<ToldLine> {
    let word = |group: &str, code: &str| term(language, group, code).unwrap_or(code).to_owned();
    let mut lines = vec![ToldLine { label: word("told", "step"), value: word("step", view.action.as_str()) }];
    let mut line = |label: String, value: String| lines.push(ToldLine { label, value });
    if let Some(subject) = &view.told.subject {
        let listed = view.action == TwoPersonAction::ExportOriginals && subject.thing == Thing::Archive;
        let about = match listed {
            // An export of what was chosen one by one has no subject but its list.
            true => word("told", "listed"),
            false => subject_in_words(subject, language),
        };
        line(word("told", "subject"), about);
        // What is changed is seen beside what it would become.
        if let (Some(roles), true) = (&subject.roles, parameter(view, "roles").is_some()) {
            let roles: Vec<&str> = roles.iter().map(|role| role.as_str()).collect();
            line(word("told", "roles_now"), terms("user_role", &roles, language));
        }
    }
    for (name, value) in
        view.asked.as_ref().and_then(|asked| asked.parameters.as_object()).unwrap_or(&Map::new())
    {
        line(word("parameter", name), value_in_words(name, value, language));
    }
    lines
}

fn parameter<'v>(view: &'v ApprovalView, name: &str) -> Option<&'v Value> {
    view.asked.as_ref()?.parameters.get(name)
}

/// `服务案卷 SC-2026-0417（标题）`; what the reader may not know is said to be kept back.
fn subject_in_words(subject: &Subject, language: Language) -> String {
    let word = |code: &'static str| term(language, "told", code).unwrap_or(code);
    let thing = kind_of(subject.thing).map_or("", word);
    let (open, close) = if language == Language::En { (" (", ")") } else { ("（", "）") };
    match (&subject.name, &subject.title) {
        (Some(name), Some(title)) => format!("{thing} {name}{open}{title}{close}"),
        (Some(name), None) => format!("{thing} {name}"),
        (None, _) if subject.thing == Thing::Archive => thing.to_owned(),
        (None, _) => format!("{thing}{open}{}{close}", word("withheld")),
    }
}

fn value_in_words(name: &str, value: &Value, language: Language) -> String {
    let word = |code: &str| term(language, "told", code).unwrap_or(code).to_owned();
    match value {
        Value::Null if name == "effective_from" => word("at_once"),
        Value::Null => word("not_said"),
        Value::Bool(yes) => word(if *yes { "yes" } else { "no" }),
        Value::String(text) if name == "erasure_reason" => {
            term(language, "erasure_reason", text).unwrap_or(text).to_owned()
        }
        Value::String(text) if name == "step" => {
            term(language, "policy_step", text).unwrap_or(text).to_owned()
        }
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<String> = items
                .iter()
                .map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned))
                .collect();
            let items: Vec<&str> = items.iter().map(String::as_str).collect();
            terms(if name == "roles" { "user_role" } else { "" }, &items, language)
        }
        other => other.to_string(),
    }
}

/// Closed words in the reader's language, one behind the other.
fn terms(group: &str, codes: &[&str], language: Language) -> String {
    let comma = if language == Language::En { ", " } else { "、" };
    codes.iter().map(|code| term(language, group, code).unwrap_or(code)).collect::<Vec<_>>().join(comma)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::role::{Role, Roles};
    use crate::archive::approvals::Told;
    use serde_json::json;

    fn subject(thing: Thing) -> Subject {
        Subject { thing, name: None, title: None, roles: None }
    }

    #[test]
    fn a_subject_is_told_as_far_as_the_reader_may_know_it() {
        let case = Subject {
            name: Some("SC-2026-0417".to_owned()),
            title: Some("打印服务器故障".to_owned()),
            ..subject(Thing::Case)
        };
        assert_eq!(subject_in_words(&case, Language::ZhCn), "服务案卷 SC-2026-0417（打印服务器故障）");
        assert_eq!(subject_in_words(&subject(Thing::User), Language::ZhTw), "使用者（不在您的可見範圍內）");
        assert_eq!(subject_in_words(&subject(Thing::Archive), Language::En), "the archive as a whole");
    }

    #[test]
    fn roles_and_choices_are_told_in_the_readers_language() {
        let roles = json!(["legal", "privacy_officer"]);
        assert_eq!(value_in_words("roles", &roles, Language::ZhCn), "法务、个人信息保护负责人");
        assert_eq!(value_in_words("password", &json!(true), Language::ZhTw), "是");
        assert_eq!(value_in_words("count", &json!(12), Language::En), "12");
        assert_eq!(value_in_words("effective_from", &Value::Null, Language::ZhCn), "自发布时起");
        assert_eq!(value_in_words("record", &Value::Null, Language::En), "not given");
        let roles = Roles::parse([Role::Archivist, Role::Legal]).unwrap();
        let told = Told {
            subject: Some(Subject { roles: Some(roles), ..subject(Thing::User) }),
            requested_by: None,
            decided_by: None,
        };
        assert!(told.subject.is_some_and(|subject| subject.roles.is_some()));
    }
}
