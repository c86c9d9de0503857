//! `list`: records, newest capture first.

use hyper::Method;
use serde_json::{Map, Value, json};

use super::Run;
use super::args::{Filter, List, Sort};
use super::client::{Ask, Client};
use super::failure::Failure;
use super::find;
use super::table::{Table, shortened};
use crate::base::civil::CivilDate;
use crate::web::api::besides::{RECORD_COLUMNS, Rows, csv};

/// Records that a table shows where nothing is said.
const ROWS: usize = 50;
/// Records of one page.
const PAGE: usize = 500;
/// Places that a title gets.
const TITLE_WIDTH: usize = 48;

pub(super) fn run(run: &Run, args: &List) -> Result<(), Failure> {
    check(&args.filter)?;
    let lines = args.ids || args.csv || run.voice.json;
    let most = args.limit.unwrap_or(if lines { usize::MAX } else { ROWS });
    let mut question = question(&args.filter);
    question.insert("sort".to_owned(), json!(word_of(args.sort)));
    let mut table = heads(run);
    let mut more = false;
    run.with_archive(&args.at, async |client: &Client| {
        in_matter(client, &args.filter, &mut question).await?;
        let (mut left, mut none, mut rows) = (most, true, Rows::Headed);
        while left > 0 {
            question.insert("limit".to_owned(), json!(left.min(PAGE)));
            let ask = Ask::json(Method::POST, "/api/v1/records/query", &Value::Object(question.clone()));
            let page = client.json(&ask).await?;
            let items = page.get("items").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            none &= items.is_empty();
            if args.csv {
                run.voice.bytes(&csv(RECORD_COLUMNS, items, rows))?;
                rows = Rows::Further;
            }
            for item in items.iter().filter(|_| !args.csv) {
                if args.ids {
                    run.voice.line(text(item, "id"))?;
                } else if run.voice.json {
                    run.voice.json_line(item)?;
                } else {
                    table.row(row(run, item));
                }
            }
            left = left.saturating_sub(items.len());
            // A page may be empty and have a next one: its work is bounded.
            match page.get("next").filter(|next| !next.is_null()) {
                Some(next) => question.insert("cursor".to_owned(), next.clone()),
                None if none && !lines => return nothing(run, client, &args.filter).await,
                None => return Ok(()),
            };
        }
        more = true;
        Ok(())
    })?;
    if !lines && !table.is_empty() {
        table.print(&run.voice)?;
        if more && args.limit.is_none() {
            run.voice.remark("list.more", &[("rows", &ROWS.to_string())]);
        }
    }
    Ok(())
}

/// The API's word for an order.
const fn word_of(sort: Sort) -> &'static str {
    match sort {
        Sort::CapturedNewest => "captured_newest",
        Sort::CapturedOldest => "captured_oldest",
        Sort::OccurredNewest => "occurred_newest",
        Sort::OccurredOldest => "occurred_oldest",
    }
}

/// Two days of which the first is the later would find nothing, and nobody would know why.
pub(super) fn check(filter: &Filter) -> Result<(), Failure> {
    days(filter.from.as_deref(), filter.to.as_deref())?;
    days(filter.due_from.as_deref(), filter.due_to.as_deref())
}

/// Adds the matter that the filter names: the API takes its id.
pub(super) async fn in_matter(
    client: &Client,
    filter: &Filter,
    question: &mut Map<String, Value>,
) -> Result<(), Failure> {
    if let Some(matter) = &filter.matter {
        question.insert("matter".to_owned(), json!(find::matter(client, matter).await?));
    }
    Ok(())
}

/// The same of two days that were given.
pub(super) fn days(from: Option<&str>, to: Option<&str>) -> Result<(), Failure> {
    let day = |text: &str| CivilDate::parse(text).ok();
    match (from.and_then(day), to.and_then(day)) {
        (Some(from), Some(to)) if from > to => {
            Err(Failure::usage("days_reversed", &[("from", &from.to_string()), ("to", &to.to_string())]))
        }
        _ => Ok(()),
    }
}

/// Says why a list is empty, where a name that nobody has is why.
async fn nothing(run: &Run, client: &Client, filter: &Filter) -> Result<(), Failure> {
    if let Some(case) = &filter.case {
        find::case(client, case).await?;
    }
    if let Some(party) = &filter.party {
        match find::party(client, party).await {
            // Who may list need not be one who may look parties up.
            Err(failure) if matches!(failure.code(), Some("forbidden" | "token_scope")) => {}
            found => drop(found?),
        }
    }
    run.voice.remark("list.none", &[]);
    Ok(())
}

/// The filter as the API takes it; names of parties and cases go in the body.
pub(super) fn question(filter: &Filter) -> Map<String, Value> {
    let members = [
        ("kind", &filter.kind),
        ("category", &filter.category),
        ("case", &filter.case),
        ("party", &filter.party),
        ("occurred_from", &filter.from),
        ("occurred_to", &filter.to),
        ("tag", &filter.tag),
        ("hold", &filter.hold),
        ("due_from", &filter.due_from),
        ("due_to", &filter.due_to),
    ];
    let given =
        members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), json!(value.as_ref()?))));
    let held = filter.held.then(|| ("held".to_owned(), json!(true)));
    given.chain(held).collect()
}

fn heads(run: &Run) -> Table {
    let heads = ["head.occurred", "head.kind", "head.title", "head.captured", "head.id"];
    Table::new(heads.map(|key| run.voice.say(key, &[]))).elastic(2)
}

/// The text of a member; empty where there is none.
pub(super) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The kind of a record in the reader's language.
pub(super) fn kind_of(run: &Run, record: &Value) -> String {
    let subkind = text(record, "subkind");
    let closest = if subkind.is_empty() || subkind == "general" { text(record, "kind") } else { subkind };
    run.voice.word("kind", closest)
}

/// The title of a line; where there is none, why.
pub(super) fn title_of(run: &Run, item: &Value) -> String {
    marked(run, item, |title| match title {
        "" => run.voice.say("withheld", &[]),
        title => title.to_owned(),
    })
}

/// What a line says in its title's place: that it is not as the ledger says, or what is made of the title.
pub(super) fn marked(run: &Run, item: &Value, title: impl FnOnce(&str) -> String) -> String {
    match item.get("damaged") {
        Some(Value::Bool(true)) => run.voice.say("damaged", &[]),
        Some(_) | None => title(text(item, "title")),
    }
}

fn row(run: &Run, item: &Value) -> [String; 5] {
    let title = title_of(run, item);
    let late = item.get("late") == Some(&Value::Bool(true));
    let captured = run.voice.day(text(item, "captured_at"));
    let captured = if late { format!("{captured} {}", run.voice.say("late", &[])) } else { captured };
    [
        text(item, "occurred_on").to_owned(),
        kind_of(run, item),
        shortened(&title, TITLE_WIDTH),
        captured,
        text(item, "id").to_owned(),
    ]
}
