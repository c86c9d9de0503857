//! Cells of structured text: JSON values, `key=value`, tables with a header, XML elements,
//! columns of an SQL insert. A cell's header or key says what the cell holds.

use super::class::STRUCTURE;
use super::find::scene::CellOf as Cell;
use super::kind::Kind;
use super::labels::{Hit, Label, of_key};
use super::normal::Text;

/// Deepest nesting that is followed; below it keys count without their parents.
const DEPTH_MOST: usize = 64;
/// Longest key, in characters.
const KEY_MOST: usize = 48;
/// Longest line that is read as a row of a table, in characters.
const ROW_MOST: usize = 4096;
/// Most columns of a table.
const COLUMNS_MOST: usize = 256;

/// Every cell whose meaning is known, in order, none overlapping another.
pub fn cells(text: &Text, hits: &[Hit]) -> Vec<Cell> {
    let mut cells = Vec::new();
    // Most texts have few of these notations; a mark that is absent saves its whole pass.
    let (mut quote, mut equals, mut line, mut tag, mut single) = (false, false, false, false, false);
    for at in text.places_with(STRUCTURE) {
        match text.at(at) {
            '"' => quote = true,
            '=' => equals = true,
            '\n' => line = true,
            '<' => tag = true,
            // Within a word it is an apostrophe.
            '\'' => single |= !text.before(at).is_ascii_lowercase(),
            _ => {}
        }
    }
    if quote {
        json(text, hits, &mut cells);
    }
    if equals {
        pairs(text, hits, &mut cells);
    }
    if hits.len() >= 2 && line {
        tables(text, hits, &mut cells);
    }
    if tag {
        elements(text, hits, &mut cells);
    }
    if single {
        inserts(text, hits, &mut cells);
    }
    if cells.is_empty() {
        return cells;
    }
    cells.sort_by_key(|cell| (cell.start, std::cmp::Reverse(cell.end)));
    let mut reached = 0;
    cells.retain(|cell| {
        let free = cell.start >= reached && cell.end > cell.start;
        if free {
            reached = cell.end;
        }
        free
    });
    cells
}

/// The end of a string whose opening quote stands before `from`; escapes are passed over.
fn string_end(text: &Text, from: usize, quote: char, most: usize) -> Option<usize> {
    let mut at = from;
    while at < text.len() && at - from <= most {
        match text.at(at) {
            '\\' => at += 2,
            c if c == quote => return Some(at),
            '\n' => return None,
            _ => at += 1,
        }
    }
    None
}

fn after_blanks(text: &Text, from: usize) -> usize {
    (from..text.len()).find(|p| !matches!(text.at(*p), ' ' | '\n' | '\t' | '\r')).unwrap_or(text.len())
}

/// `"key": value`, with the key above deciding what a bare `name` names.
fn json(text: &Text, hits: &[Hit], cells: &mut Vec<Cell>) {
    let mut parents: Vec<Option<Label>> = Vec::new();
    let mut at = text.next_with(STRUCTURE, 0);
    while at < text.len() {
        match text.at(at) {
            '{' => {
                if parents.len() < DEPTH_MOST {
                    parents.push(None);
                }
                at += 1;
            }
            '}' => {
                parents.pop();
                at += 1;
            }
            '"' => at = member((text, hits), at, &mut parents, cells),
            _ => at += 1,
        }
        at = text.next_with(STRUCTURE, at);
    }
}

fn member(
    (text, hits): (&Text, &[Hit]),
    quote: usize,
    parents: &mut Vec<Option<Label>>,
    cells: &mut Vec<Cell>,
) -> usize {
    let Some(key_end) = string_end(text, quote + 1, '"', KEY_MOST) else { return quote + 1 };
    let colon = after_blanks(text, key_end + 1);
    if text.at(colon) != ':' {
        return key_end + 1;
    }
    let mut label = of_key(text, hits, quote + 1, key_end);
    if parents.last() == Some(&Some(Label::Nothing)) && matches!(label, Some(Label::Is(Kind::Person))) {
        label = Some(Label::Nothing);
    }
    let value = after_blanks(text, colon + 1);
    match text.at(value) {
        '"' => {
            let Some(end) = string_end(text, value + 1, '"', usize::MAX) else { return value + 1 };
            cells.extend(label.map(|label| Cell { start: value + 1, end, label }));
            end + 1
        }
        '{' => {
            if parents.len() < DEPTH_MOST {
                let thing = label.is_some_and(Label::is_nothing)
                    || THINGS
                        .iter()
                        .any(|thing| thing.len() == key_end - quote - 1 && text.has(quote + 1, thing));
                parents.push(thing.then_some(Label::Nothing));
            }
            value + 1
        }
        '[' => array(text, value + 1, label, cells),
        c if c.is_ascii_digit() || c == '-' => {
            let end = (value..text.len())
                .find(|p| !(text.at(*p).is_ascii_alphanumeric() || matches!(text.at(*p), '.' | '-' | '+')))
                .unwrap_or(text.len());
            cells.extend(label.map(|label| Cell { start: value, end, label }));
            end
        }
        _ => colon + 1,
    }
}

/// What has a `name` without being a person.
const THINGS: &[&str] = &[
    "product",
    "item",
    "file",
    "company",
    "organization",
    "org",
    "project",
    "service",
    "app",
    "application",
    "device",
    "host",
    "server",
    "event",
    "category",
    "department",
    "dept",
    "role",
    "module",
    "plan",
    "package",
    "policy",
    "template",
    "table",
    "column",
    "city",
    "country",
    "province",
    "bank",
    "vehicle",
    "goods",
    "sku",
    "shop",
    "store",
    "warehouse",
    "brand",
];

/// Strings directly in an array take the key's meaning.
fn array(text: &Text, from: usize, label: Option<Label>, cells: &mut Vec<Cell>) -> usize {
    let Some(label) = label else { return from };
    let mut at = after_blanks(text, from);
    while text.at(at) == '"' {
        let Some(end) = string_end(text, at + 1, '"', usize::MAX) else { return at + 1 };
        cells.push(Cell { start: at + 1, end, label });
        at = after_blanks(text, end + 1);
        if text.at(at) == ',' {
            at = after_blanks(text, at + 1);
        }
    }
    at
}

/// `key=value` of logs and query strings.
fn pairs(text: &Text, hits: &[Hit], cells: &mut Vec<Cell>) {
    let mut next = 0;
    loop {
        let at = text.next_with(STRUCTURE, next);
        next = at + 1;
        if at == text.len() {
            return;
        }
        if text.at(at) != '=' || matches!(text.at(at + 1), '=' | ' ') || text.before(at) == ' ' {
            continue;
        }
        let mut key_start = at;
        while key_start > 0 && at - key_start < KEY_MOST && is_key(text.before(key_start)) {
            key_start -= 1;
        }
        let label = of_key(text, hits, key_start, at);
        let (start, end) = match text.at(at + 1) {
            quote @ ('"' | '\'') => (at + 2, string_end(text, at + 2, quote, ROW_MOST).unwrap_or(at + 2)),
            _ => (at + 1, bare_end(text, at + 1, label)),
        };
        if let Some(label) = label.filter(|_| end > start) {
            cells.push(Cell { start, end, label });
        }
        next = end.max(next);
    }
}

fn is_key(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.') || crate::base::text::is_han(c)
}

/// A bare value ends at a blank or separator; a Latin name may hold one blank before a capital.
fn bare_end(text: &Text, start: usize, label: Option<Label>) -> usize {
    let person = matches!(label, Some(Label::Is(Kind::Person)));
    let mut end = start;
    while end < text.len() && end - start < 200 {
        let c = text.at(end);
        let inner = person
            && c == ' '
            && text.before(end).is_ascii_alphabetic()
            && text.at(end + 1).is_ascii_uppercase()
            && text.at(end + 2).is_ascii_lowercase();
        if (c.is_whitespace() && !inner)
            || matches!(c, '&' | ';' | ',' | ')' | ']' | '}' | '"' | '\'' | '|' | '<' | '>' | '。')
        {
            break;
        }
        end += 1;
    }
    end
}

/// Rows under a header line whose fields name at least two things we know.
fn tables(text: &Text, hits: &[Hit], cells: &mut Vec<Cell>) {
    let mut header: Option<(char, Vec<Option<Label>>)> = None;
    let mut start = 0;
    let mut fields = Vec::new();
    // The labels from this line on.
    let mut rest = hits;
    while start < text.len() {
        let end = line_end(text, start);
        if end - start <= ROW_MOST {
            let row = match &header {
                Some(header) => row(text, (start, end), header, &mut fields, cells),
                None => false,
            };
            if !row {
                let before = rest.iter().take_while(|hit| hit.start < start).count();
                rest = rest.get(before..).unwrap_or_default();
                // A header names two things at least.
                let two = rest.get(1).is_some_and(|hit| hit.end <= end);
                header = if two { self::header((text, hits), (start, end), &mut fields) } else { None };
            }
        }
        start = end + 1;
    }
}

/// Where the line ends that goes on at `start`.
fn line_end(text: &Text, start: usize) -> usize {
    let mut at = text.next_with(STRUCTURE, start);
    while at < text.len() && text.at(at) != '\n' {
        at = text.next_with(STRUCTURE, at + 1);
    }
    at
}

fn header(
    (text, hits): (&Text, &[Hit]),
    (start, end): (usize, usize),
    fields: &mut Vec<(usize, usize)>,
) -> Option<(char, Vec<Option<Label>>)> {
    for separator in ['\t', '|', ',', ';'] {
        if !text.slice(start, end).contains(&separator) {
            continue;
        }
        self::fields(text, (start, end), separator, fields);
        let short = fields.iter().all(|(from, to)| to - from <= 24);
        if !short || fields.len() < 2 || fields.len() > COLUMNS_MOST {
            continue;
        }
        let mut known = 0;
        let labels: Vec<Option<Label>> = fields
            .iter()
            .map(|(from, to)| {
                let key = text.slice(*from, *to);
                let digits = key.iter().filter(|c| c.is_ascii_digit()).count();
                let plain = key.len() <= KEY_MOST && !key.contains(&':') && digits <= 1;
                let label = if plain { of_key(text, hits, *from, *to) } else { None };
                known += usize::from(label.is_some());
                label
            })
            .collect();
        if known >= 2 && known * 3 >= fields.len() {
            return Some((separator, labels));
        }
    }
    None
}

fn row(
    text: &Text,
    (start, end): (usize, usize),
    (separator, labels): &(char, Vec<Option<Label>>),
    fields: &mut Vec<(usize, usize)>,
    cells: &mut Vec<Cell>,
) -> bool {
    self::fields(text, (start, end), *separator, fields);
    let rule = text.slice(start, end).iter().all(|c| matches!(c, '|' | '-' | ':' | ' ' | '+' | '='));
    if rule && end > start {
        return true;
    }
    if fields.len() < labels.len() || fields.len() > labels.len() + 3 {
        return false;
    }
    for ((from, to), label) in fields.iter().zip(labels) {
        cells.extend(label.filter(|_| to > from).map(|label| Cell { start: *from, end: *to, label }));
    }
    true
}

/// Reads the fields of a line, trimmed of blanks and quotes. A leading and a closing bar are no fields.
fn fields(text: &Text, (start, end): (usize, usize), separator: char, fields: &mut Vec<(usize, usize)>) {
    fields.clear();
    let (mut from, mut to) = (start, end);
    if separator == '|' {
        while from < to && matches!(text.at(from), ' ' | '|') {
            from += 1;
        }
        while to > from && matches!(text.before(to), ' ' | '|' | '\r') {
            to -= 1;
        }
    }
    let row = text.slice(from, to);
    let mut field = 0;
    let mut quoted = false;
    for (at, c) in row.iter().enumerate() {
        if *c == '"' {
            quoted = !quoted;
        } else if *c == separator && !quoted {
            fields.push(trimmed(row, field, at, from));
            field = at + 1;
        }
    }
    fields.push(trimmed(row, field, row.len(), from));
}

/// A field of a row that begins at `from`, without blanks and quotes.
fn trimmed(row: &[char], start: usize, end: usize, from: usize) -> (usize, usize) {
    let field = row.get(start..end).unwrap_or_default();
    let blank = |c: &char| matches!(c, ' ' | '"' | '\t' | '\u{FEFF}');
    let Some(first) = field.iter().position(|c| !blank(c)) else { return (from + end, from + end) };
    let kept = field.get(first..).unwrap_or_default();
    let last = kept.iter().rposition(|c| !matches!(c, ' ' | '"' | '\r' | '\t')).map_or(0, |last| last + 1);
    (from + start + first, from + start + first + last)
}

/// `<tag …>value</tag>`.
fn elements(text: &Text, hits: &[Hit], cells: &mut Vec<Cell>) {
    let mut at = 0;
    loop {
        at = text.next_with(STRUCTURE, at);
        if at == text.len() {
            return;
        }
        if text.at(at) != '<' || !(text.at(at + 1).is_alphabetic() || text.at(at + 1) == '_') {
            at += 1;
            continue;
        }
        let tag_end = (at + 1..at + 2 + KEY_MOST)
            .find(|p| !is_key(text.at(*p)) && text.at(*p) != ':')
            .unwrap_or(at + 1);
        let close = (tag_end..tag_end + 200).find(|p| text.at(*p) == '>').unwrap_or(tag_end);
        if text.at(close) != '>' {
            at = tag_end.max(at + 1);
            continue;
        }
        let start = close + 1;
        let end = (start..(start + ROW_MOST).min(text.len())).find(|p| matches!(text.at(*p), '<' | '\n'));
        if let Some(end) = end.filter(|end| text.at(*end) == '<' && text.at(*end + 1) == '/') {
            let colon = (at + 1..tag_end).rev().find(|p| text.at(*p) == ':').map_or(at + 1, |p| p + 1);
            cells.extend(of_key(text, hits, colon, tag_end).map(|label| Cell { start, end, label }));
        }
        at = start;
    }
}

/// `INSERT INTO t (name, phone) VALUES ('…', '…'), (…)`.
fn inserts(text: &Text, hits: &[Hit], cells: &mut Vec<Cell>) {
    let mut at = 0;
    loop {
        let rest = text.fold_slice(at, text.len());
        let Some(skip) = rest.windows(3).position(|three| three == ['i', 'n', 's']) else { return };
        at += skip;
        if !text.has(at, "insert into ") {
            at += 1;
            continue;
        }
        let most = (at + ROW_MOST).min(text.len());
        let Some(open) = (at..most).find(|p| text.at(*p) == '(') else { return };
        let Some(close) = (open..most).find(|p| text.at(*p) == ')') else { return };
        let mut names = Vec::new();
        fields(text, (open + 1, close), ',', &mut names);
        let labels: Vec<Option<Label>> =
            names.into_iter().map(|(from, to)| of_key(text, hits, from, to)).collect();
        at = values(text, close + 1, &labels, cells);
    }
}

fn values(text: &Text, from: usize, labels: &[Option<Label>], cells: &mut Vec<Cell>) -> usize {
    let mut at = from;
    let mut column = 0;
    while at < text.len() && text.at(at) != ';' && text.at(at) != '\n' {
        match text.at(at) {
            '(' => column = 0,
            ',' => column += 1,
            '\'' => {
                let Some(end) = string_end(text, at + 1, '\'', ROW_MOST) else { return at + 1 };
                let label = labels.get(column).copied().flatten();
                cells.extend(label.map(|label| Cell { start: at + 1, end, label }));
                at = end;
            }
            _ => {}
        }
        at += 1;
    }
    at.max(from + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(text: &str) -> Vec<(String, Label)> {
        let text = Text::new(text);
        cells(&text, &crate::redaction::labels::find(&text))
            .iter()
            .map(|cell| (text.string(cell.start, cell.end), cell.label))
            .collect()
    }

    #[test]
    fn a_table_s_header_says_what_its_columns_hold() {
        let found = seen("序号,姓名,手机号\n1,王小明,13800138000\n2,\"李, 四\",1");
        assert!(found.contains(&("王小明".to_owned(), Label::Is(Kind::Person))));
        assert!(found.contains(&("李, 四".to_owned(), Label::Is(Kind::Person))));
        assert!(found.contains(&("1".to_owned(), Label::Is(Kind::Phone))));
    }

    #[test]
    fn keys_of_every_notation_are_read() {
        for text in [
            r#"{"receiver": {"userName": "x", "tel": "123"}}"#,
            "<a><tel>123</tel></a>",
            "level=info tel=123 msg=x",
            "INSERT INTO t (id, tel) VALUES (1, '123');",
            "| order | tel |\n|-------|-----|\n| 7 | 123 |",
        ] {
            assert!(seen(text).contains(&("123".to_owned(), Label::Is(Kind::Phone))), "{text}");
        }
    }

    #[test]
    fn a_product_s_name_is_no_person() {
        assert!(
            !seen(r#"{"product":{"name":"星辰"}}"#)
                .iter()
                .any(|(_, label)| *label == Label::Is(Kind::Person))
        );
    }
}
