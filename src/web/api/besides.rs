//! What narrows lists and searches besides the columns of the database, as it is written in a body; and their results
//! as a table for spreadsheets.

use actix_web::http::header::{self, Accept, Header as _};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use serde_json::Value;

use crate::archive::records::Besides;
use crate::base::civil::{CivilDate, Zone};
use crate::base::id::{HoldId, MatterId};
use crate::bundle::Table;
use crate::record::descriptor::Tag;
use crate::record::request::ObjectReader;

/// The field of a table's answer that says where the next page begins.
pub const NEXT_CURSOR: &str = "next-cursor";

/// The columns of a list as a table.
pub const RECORD_COLUMNS: &[&str] = &[
    "id",
    "kind",
    "subkind",
    "category",
    "jurisdiction",
    "case",
    "state",
    "version",
    "occurred_on",
    "captured_at",
    "captured_by",
    "late",
    "title",
    "entries",
    "held",
    "damaged",
];

/// The columns of hits as a table.
pub const HIT_COLUMNS: &[&str] = &[
    "id",
    "record",
    "entry",
    "kind",
    "subkind",
    "category",
    "case",
    "state",
    "occurred_on",
    "occurred_at",
    "level",
    "title",
    "snippet",
    "damaged",
];

/// As it was written; days become instants once the archive's zone is known.
#[derive(Default)]
pub(super) struct BesidesRead {
    besides: Besides,
    due_from: Option<CivilDate>,
    due_to: Option<CivilDate>,
}

impl BesidesRead {
    /// Reads it from a body.
    pub(super) fn read(reader: &mut ObjectReader<'_>) -> Self {
        let besides = Besides {
            tag: reader.text("tag", Tag::parse),
            held: reader.boolean("held"),
            hold: reader.text("hold", HoldId::parse),
            matter: reader.text("matter", MatterId::parse),
            due_from: None,
            due_before: None,
        };
        let due_from = reader.text("due_from", CivilDate::parse);
        let due_to = reader.text("due_to", CivilDate::parse);
        reader.not_before(("due_to", due_to), ("due_from", due_from));
        Self { besides, due_from, due_to }
    }

    /// In the zone in which the archive's days begin.
    pub(super) fn in_zone(self, zone: Zone) -> Besides {
        Besides {
            due_from: self.due_from.map(|day| day.begins_in(zone)),
            // The last day counts whole.
            due_before: self.due_to.and_then(|day| day.plus_days(1)).map(|day| day.begins_in(zone)),
            ..self.besides
        }
    }
}

/// True if the reader would rather have a table than JSON.
pub(super) fn wants_table(request: &HttpRequest) -> bool {
    let ranked = Accept::parse(request).map(|accept| accept.ranked()).unwrap_or_default();
    let known = ranked.iter().find(|range| {
        matches!(range.essence_str(), "text/csv" | "application/json" | "application/*" | "*/*")
    });
    known.is_some_and(|range| range.essence_str() == "text/csv")
}

/// The lines as a table.
pub(super) fn table<T: Serialize>(
    columns: &'static [&'static str],
    lines: &[T],
    next: Option<&str>,
) -> HttpResponse {
    let lines: Vec<Value> = lines.iter().map(|line| serde_json::to_value(line).unwrap_or_default()).collect();
    let mut response = HttpResponse::Ok();
    response.insert_header((header::VARY, "Accept"));
    if let Some(next) = next {
        response.insert_header((NEXT_CURSOR, next));
    }
    response.content_type("text/csv; charset=utf-8").body(csv(columns, &lines, Rows::Headed))
}

/// Whether the names of the columns stand above the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    /// They do, behind a byte order mark.
    Headed,
    /// They stand above the page before.
    Further,
}

/// Lines as CSV, one column for each of these members. A cell that a spreadsheet would run as a formula is none.
pub fn csv(columns: &'static [&'static str], lines: &[Value], rows: Rows) -> Vec<u8> {
    let mut table = Table::new(columns);
    for line in lines {
        let cells: Vec<String> = columns.iter().map(|column| cell(line.get(column))).collect();
        table.row(&cells);
    }
    let mut bytes = table.into_bytes();
    if rows == Rows::Further {
        bytes.drain(..Table::new(columns).into_bytes().len());
    }
    bytes
}

fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        // A stretch of text in pieces: what stands in it.
        Some(Value::Object(snippet)) => {
            let pieces = snippet.get("pieces").and_then(Value::as_array).into_iter().flatten();
            pieces.filter_map(|piece| piece.get("text")?.as_str()).collect()
        }
        Some(other) => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_table_is_given_to_who_prefers_one() {
        for (accept, expected) in [
            ("text/csv", true),
            ("text/csv, application/json;q=0.5", true),
            ("application/json, text/csv;q=0.5", false),
            ("*/*", false),
            ("text/csv;q=0.1, */*", false),
            ("text/html", false),
        ] {
            let request = TestRequest::default().insert_header((header::ACCEPT, accept)).to_http_request();
            assert_eq!(wants_table(&request), expected, "{accept}");
        }
        assert!(!wants_table(&TestRequest::default().to_http_request()));
    }

    #[test]
    fn no_title_is_run_by_a_spreadsheet_and_further_pages_have_no_head() {
        let lines = [json!({"title": "=HYPERLINK(\"http://x\")", "held": true, "id": "1"})];
        let csv = |rows| String::from_utf8(csv(&["id", "title", "held", "entries"], &lines, rows)).unwrap();
        let row = "1,\"'=HYPERLINK(\"\"http://x\"\")\",true,\r\n";
        assert_eq!(csv(Rows::Headed), format!("\u{feff}id,title,held,entries\r\n{row}"));
        assert_eq!(csv(Rows::Further), row);
    }
}
