//! What the first rows of a manifest or an export would become. Nothing is captured.

use serde_json::{Value, json};

use super::table_words;
use crate::cli::Run;
use crate::cli::failure::Failure;
use crate::cli::table::{Table, shortened};
use crate::record::feed::{ManifestRow, PREVIEW_ROWS, Preview, ReadRow, TableFault};
use crate::record::request::CaptureDefaults;
use crate::words::Outcome;

/// Places that a title gets.
const TITLE_WIDTH: usize = 40;

pub(super) fn of_rows(run: &Run, rows: &[ReadRow], defaults: &CaptureDefaults) -> Result<(), Failure> {
    let mut shown = Shown::new(run);
    for row in rows.iter().take(PREVIEW_ROWS) {
        match row {
            Ok(row) => match row.check(defaults) {
                Ok(_) => shown.fine(row)?,
                Err(faults) => shown.faulty(faults),
            },
            Err(faults) => shown.faulty(faults.clone()),
        }
    }
    shown.end(rows.len())
}

pub(super) fn of_export(run: &Run, preview: &Preview) -> Result<(), Failure> {
    for (key, columns) in [("preview.missing", &preview.missing), ("preview.unmapped", &preview.unmapped)] {
        if !columns.is_empty() {
            run.voice.remark(key, &[("columns", &columns.join(", "))]);
        }
    }
    let mut shown = Shown::new(run);
    for (row, checked) in &preview.first {
        match checked {
            Ok(_) => shown.fine(row)?,
            Err(faults) => shown.faulty(faults.clone()),
        }
    }
    if !preview.unreadable.is_empty() {
        shown.faulty(preview.unreadable.clone());
    }
    shown.end(preview.rows)
}

struct Shown<'a> {
    run: &'a Run,
    table: Table,
    faults: Vec<TableFault>,
}

impl<'a> Shown<'a> {
    fn new(run: &'a Run) -> Self {
        let heads = ["head.line", "head.kind", "head.occurred", "head.case", "head.title", "head.files"];
        Self { run, table: Table::new(heads.map(|key| run.voice.say(key, &[]))), faults: Vec::new() }
    }

    fn fine(&mut self, row: &ManifestRow) -> Result<(), Failure> {
        if self.run.voice.json {
            return self.run.voice.json_line(&json!({"line": row.line, "capture": row.capture}));
        }
        let text = |name: &str| row.capture.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let kind = if text("subkind").is_empty() { text("kind") } else { text("subkind") };
        self.table.row([
            row.line.to_string(),
            kind,
            text("occurred"),
            text("case"),
            shortened(&text("title"), TITLE_WIDTH),
            row.files.len().to_string(),
        ]);
        Ok(())
    }

    fn faulty(&mut self, faults: Vec<TableFault>) {
        self.faults.extend(faults);
    }

    fn end(self, rows: usize) -> Result<(), Failure> {
        let Self { run, table, faults } = self;
        if !run.voice.json {
            table.lines(&run.voice).iter().try_for_each(|line| run.voice.line(line))?;
        }
        run.voice.remark("preview.rows", &[("rows", &rows.to_string())]);
        if faults.is_empty() {
            return Ok(());
        }
        let document = table_words::document(&run.voice, &faults);
        run.tell(&Failure::There { document, about: None });
        Err(Failure::Told(Outcome::FoundWrong))
    }
}
