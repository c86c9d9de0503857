//! The rules of bulk logs.

use proptest::prelude::*;
use rstest::rstest;
use serde_json::json;

use super::*;
use crate::base::canonical;
use crate::base::civil::{CivilDate, Zone};
use crate::base::limits::BULK_LINE_BYTES_MAX;

const LINE: &str = r#"{"at":"2026-03-01T09:00:00+08:00","operation":"use","purpose":"故障诊断","data_category":"日志","system":"CRM","actor":"wangfang","subject":"C-1001"}"#;

fn read(format: EntryFormat, bytes: &[u8]) -> Vec<Result<LogEntry, EntryFault>> {
    read_in_pieces(format, bytes, bytes.len().max(1))
}

fn read_in_pieces(format: EntryFormat, bytes: &[u8], piece: usize) -> Vec<Result<LogEntry, EntryFault>> {
    let mut reader = EntryReader::new(format, Zone::SHANGHAI);
    let mut all = Vec::new();
    for piece in bytes.chunks(piece) {
        reader.push(piece);
        all.extend(std::iter::from_fn(|| reader.next_entry()));
    }
    reader.finish();
    all.extend(std::iter::from_fn(|| reader.next_entry()));
    all
}

fn one(line: &str) -> LogEntry {
    let mut all = read(EntryFormat::Jsonl, line.as_bytes());
    assert_eq!(all.len(), 1);
    all.remove(0).unwrap()
}

fn fault(line: &str) -> (u64, usize, EntryProblem) {
    let mut all = read(EntryFormat::Jsonl, line.as_bytes());
    let EntryFault { line, column, problem } = all.remove(0).unwrap_err();
    (line, column, problem)
}

fn canonical_text(entry: &LogEntry) -> &str {
    std::str::from_utf8(entry.canonical()).unwrap()
}

#[test]
fn the_canonical_bytes_of_an_entry_are_these() {
    assert_eq!(
        canonical_text(&one(LINE)),
        r#"{"actor":"wangfang","at":"2026-03-01T09:00:00+08:00","data_category":"日志","operation":"use","purpose":"故障诊断","subject":"C-1001","system":"CRM"}"#
    );
}

#[test]
fn names_and_spelling_of_the_source_do_not_change_the_bytes() {
    let other = r#" { "系統" : "CRM", "操作時間":"2026-03-01 09:00", "Operation":"use","目的":"\u6545\u969c\u8bca\u65ad","数据类别":"日志","操作人":"wangfang","数据主体":"C-1001", "authorization":null } "#;
    // A local time gets its seconds and the offset of its zone.
    assert_eq!(canonical_text(&one(other)), canonical_text(&one(LINE)));
}

#[test]
fn what_is_not_ours_stands_beside_it_in_order() {
    let line = LINE.replace(
        r#""subject":"C-1001""#,
        r#""count":12,"zip":[1.50,{"b":1,"a":null}],"ab":true,"order_id":1234567890123456789,"备注":"a\"\u0007"}"#,
    );
    let entry = one(line.strip_suffix('}').unwrap());
    assert_eq!(
        canonical_text(&entry),
        r#"{"ab":true,"actor":"wangfang","at":"2026-03-01T09:00:00+08:00","count":12,"data_category":"日志","operation":"use","order_id":"1234567890123456789","purpose":"故障诊断","system":"CRM","zip":[1.5,{"a":null,"b":1}],"备注":"a\"\u0007"}"#
    );
    assert_eq!((entry.count, entry.extra.len()), (Some(12), 4));
}

#[test]
fn numbers_that_stand_for_names_become_text() {
    let entry = one(&LINE.replace(r#""C-1001""#, "10023"));
    assert_eq!(entry.subject.as_deref(), Some("10023"));
    assert!(canonical_text(&entry).contains(r#""subject":"10023""#));
}

#[test]
fn an_entry_is_read_back_from_its_canonical_bytes_only() {
    let entry = one(LINE);
    assert_eq!(LogEntry::from_canonical(entry.canonical()), Some(entry));
    assert_eq!(LogEntry::from_canonical(LINE.as_bytes()), None);
}

#[test]
fn an_entry_shows_nobody_in_debug() {
    assert_eq!(format!("{:?}", one(LINE)), "LogEntry { at: 2026-03-01T01:00:00.000000Z, line: 1, .. }");
}

#[rstest]
#[case::no_json("{oops", 1, 2, EntryProblem::Syntax)]
#[case::broken_off(r#"{"at":"2026-03-01T09:00"#, 1, 23, EntryProblem::Truncated)]
#[case::broken_off_but_ended("{\"at\":\"2026-03-01T09:00\n", 1, 23, EntryProblem::Syntax)]
#[case::no_object("[1,2]", 1, 1, EntryProblem::NotAnObject)]
#[case::two_objects("{}{}", 1, 3, EntryProblem::Syntax)]
#[case::nothing("{}", 1, 1, EntryProblem::Missing { field: EntryField::At })]
fn a_line_that_is_no_entry_is_named(
    #[case] line: &str,
    #[case] number: u64,
    #[case] column: usize,
    #[case] problem: EntryProblem,
) {
    assert_eq!(fault(line), (number, column, problem));
}

#[rstest]
#[case(r#""purpose":"故障诊断""#, r#""purpose":" ""#, EntryProblem::BadText { field: EntryField::Purpose, why: crate::base::text::BadLabel::Blank })]
#[case(r#""operation":"use","#, "", EntryProblem::Missing { field: EntryField::Operation })]
#[case(r#""system":"CRM""#, r#""system":["CRM"]"#, EntryProblem::NotText { field: EntryField::System })]
#[case(r#""system":"CRM""#, r#""system":true"#, EntryProblem::NotText { field: EntryField::System })]
#[case(r#","subject":"C-1001""#, "", EntryProblem::NoSubjectNorCount)]
#[case(r#""subject":"C-1001""#, r#""count":-1"#, EntryProblem::BadCount)]
#[case(r#""subject":"C-1001""#, r#""count":1.5"#, EntryProblem::BadCount)]
#[case(r#""subject":"C-1001""#, r#""count":"many""#, EntryProblem::BadCount)]
#[case("2026-03-01T09:00:00+08:00", "2026-02-30T09:00:00+08:00", EntryProblem::BadTime)]
#[case("2026-03-01T09:00:00+08:00", "2026-03-01", EntryProblem::BadTime)]
#[case("2026-03-01T09:00:00+08:00", "0001-03-01T09:00:00+08:00", EntryProblem::BadTime)]
#[case(r#""system":"CRM""#, r#""system":"CRM","系统":"CRM""#, EntryProblem::Double)]
#[case(r#""system":"CRM""#, r#""system":"CRM","x":1,"x":1"#, EntryProblem::Double)]
#[case(r#""system":"CRM""#, r#""system":"CRM","x":{"y":1,"y":2}"#, EntryProblem::Double)]
#[case(r#""system":"CRM""#, r#""system":"CRM","x":123456789012345678901234"#, EntryProblem::NumberTooLarge)]
#[case(r#""actor":"wangfang""#, "\"actor\":\"wang\u{202E}fang\"", EntryProblem::BadText { field: EntryField::Actor, why: crate::base::text::BadLabel::Control { position: 5, code: 0x202E } })]
fn a_wrong_field_is_named(#[case] from: &str, #[case] to: &str, #[case] problem: EntryProblem) {
    let line = LINE.replace(from, to);
    assert_ne!(line, LINE);
    assert_eq!(fault(&line).2, problem);
}

#[test]
fn the_column_is_that_of_the_value_in_characters() {
    let line = LINE.replace("2026-03-01T09:00:00+08:00", "昨天");
    assert_eq!(fault(&line), (1, 8, EntryProblem::BadTime));
    let line = LINE.replace(r#""system":"CRM""#, r#""system":" ""#);
    let column = LINE.chars().position(|c| c == 'C').unwrap() + 1;
    assert_eq!(fault(&line).1, column);
}

#[test]
fn deep_json_is_refused_before_it_is_walked() {
    let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
    let line = LINE.replace(r#""system":"CRM""#, &format!(r#""system":"CRM","x":{deep}"#));
    assert!(matches!(fault(&line).2, EntryProblem::TooDeep { .. }));
    let bottomless =
        LINE.replace(r#""system":"CRM""#, &format!(r#""system":"CRM","x":{}"#, "[".repeat(20_000)));
    assert!(read(EntryFormat::Jsonl, bottomless.as_bytes())[0].is_err());
}

#[test]
fn faulty_lines_are_named_and_the_others_read() {
    let text = format!("\u{FEFF}{LINE}\r\n\n[]\n{LINE}\n");
    let all = read(EntryFormat::Jsonl, text.as_bytes());
    let places: Vec<Result<u64, u64>> = all
        .iter()
        .map(|read| match read {
            Ok(entry) => Ok(entry.line),
            Err(fault) => Err(fault.line),
        })
        .collect();
    assert_eq!(places, [Ok(1), Err(3), Ok(4)]);
}

#[test]
fn everything_that_is_wrong_with_an_entry_is_named_at_once() {
    let missing = |field| EntryProblem::Missing { field };
    let all = read(EntryFormat::Jsonl, format!("{{\"count\":\"many\"}}\n{{}}\n{LINE}\n").as_bytes());
    let problems: Vec<(u64, EntryProblem)> =
        all.iter().filter_map(|read| read.clone().err()).map(|fault| (fault.line, fault.problem)).collect();
    let of_both = [
        EntryField::At,
        EntryField::Actor,
        EntryField::DataCategory,
        EntryField::Operation,
        EntryField::Purpose,
        EntryField::System,
    ];
    let mut expected: Vec<(u64, EntryProblem)> = of_both.map(|field| (1, missing(field))).to_vec();
    expected.insert(2, (1, EntryProblem::BadCount));
    expected.extend(of_both.map(|field| (2, missing(field))));
    expected.push((2, EntryProblem::NoSubjectNorCount));
    assert_eq!(problems, expected);
    assert!(all.last().unwrap().is_ok());
    let row = read(EntryFormat::Csv, format!("{HEADER},,p,d,s,,b\n").as_bytes());
    let cells: Vec<usize> = row.iter().map(|read| read.as_ref().unwrap_err().column).collect();
    assert_eq!(cells, [1, 2, 6]);
}

#[test]
fn bytes_that_are_no_text_are_named_by_line_and_column() {
    let mut bytes = format!("{LINE}\n{{\"at\":\"昨").into_bytes();
    bytes.extend(b"\xFF\"}\n");
    let all = read(EntryFormat::Jsonl, &bytes);
    assert_eq!(all[1], Err(EntryFault { line: 2, column: 9, problem: EntryProblem::InvalidUtf8 }));
}

#[test]
fn a_line_without_end_is_refused_once_and_what_follows_is_read() {
    let text = format!("{}\n{LINE}\n", "x".repeat(BULK_LINE_BYTES_MAX * 3));
    for piece in [1_000, 100_000, 1_000_000] {
        let all = read_in_pieces(EntryFormat::Jsonl, text.as_bytes(), piece);
        assert_eq!(all.len(), 2, "{piece}");
        let too_long = EntryProblem::TooLong { most: BULK_LINE_BYTES_MAX };
        assert_eq!(all[0], Err(EntryFault { line: 1, column: 1, problem: too_long }));
        assert_eq!(all[1].as_ref().map(|entry| entry.line), Ok(2));
    }
}

const CSV: &str = "\u{FEFF}时间,操作,目的,数据类别,系统,操作人,数量,授权编号,备注\r\n\
    2026-03-01 09:00:00,使用,故障诊断,日志,CRM,王芳,12,AUTH-7,\"第一行\n第二行 \"\"引号\"\"\"\r\n\
    2026/3/2 9:05,删除,到期清理,联系方式,CRM,王芳,3,,\r\n";

#[test]
fn a_csv_log_has_a_header_in_either_language() {
    let all: Vec<LogEntry> = read(EntryFormat::Csv, CSV.as_bytes()).into_iter().map(Result::unwrap).collect();
    assert_eq!(
        canonical_text(&all[0]),
        "{\"actor\":\"王芳\",\"at\":\"2026-03-01T09:00:00+08:00\",\"authorization\":\"AUTH-7\",\"count\":12,\"data_category\":\"日志\",\
         \"operation\":\"使用\",\"purpose\":\"故障诊断\",\"system\":\"CRM\",\"备注\":\"第一行\\n第二行 \\\"引号\\\"\"}"
    );
    assert_eq!((all[1].line, all[1].authorization.as_deref(), all[1].extra.len()), (4, None, 0));
    assert_eq!(all[1].at.to_seconds_text(), "2026-03-02T01:05:00Z");
}

#[test]
fn other_delimiters_are_found_in_the_header() {
    for delimiter in ['\t', ';', '|'] {
        let text = CSV
            .lines()
            .take(1)
            .chain(["2026-03-01 09:00,使用,诊断,日志,CRM,王芳,1,,"])
            .collect::<Vec<_>>()
            .join("\n");
        let text = text.replace(',', &delimiter.to_string());
        assert!(read(EntryFormat::Csv, text.as_bytes())[0].is_ok(), "{delimiter:?}");
    }
}

#[rstest]
#[case::missing_columns("时间,操作,目的,备注\n1,2,3,4\n", 1, 1, EntryProblem::MissingColumns {
    fields: vec![EntryField::Actor, EntryField::DataCategory, EntryField::System, EntryField::Subject]
})]
#[case::a_column_twice("at,时间\n", 1, 2, EntryProblem::Double)]
#[case::nothing_at_all("", 1, 1, EntryProblem::NoHeader)]
#[case::only_blanks(" \n\n", 3, 1, EntryProblem::NoHeader)]
fn a_wrong_header_ends_the_reading(
    #[case] text: &str,
    #[case] line: u64,
    #[case] column: usize,
    #[case] problem: EntryProblem,
) {
    assert_eq!(read(EntryFormat::Csv, text.as_bytes()), [Err(EntryFault { line, column, problem })]);
}

const HEADER: &str = "at,operation,purpose,data_category,system,actor,subject\n";

#[rstest]
#[case::a_cell_too_few("2026-03-01T09:00:00Z,use,p,d,s,a\n", 7, EntryProblem::CellCount { expected: 7, found: 6 })]
#[case::a_cell_too_many("2026-03-01T09:00:00Z,use,p,d,s,a,b,c\n", 8, EntryProblem::CellCount { expected: 7, found: 8 })]
#[case::an_empty_cell("2026-03-01T09:00:00Z,use,,d,s,a,b\n", 3, EntryProblem::Missing { field: EntryField::Purpose })]
#[case::no_time("gestern,use,p,d,s,a,b\n", 1, EntryProblem::BadTime)]
#[case::text_after_a_quote("2026-03-01T09:00:00Z,\"use\"x,p,d,s,a,b\n", 2, EntryProblem::Quotes)]
#[case::a_quote_never_closed("2026-03-01T09:00:00Z,\"use,p,d,s,a,b\n", 1, EntryProblem::Truncated)]
fn a_wrong_row_is_named_by_line_and_cell(
    #[case] row: &str,
    #[case] column: usize,
    #[case] problem: EntryProblem,
) {
    let all = read(EntryFormat::Csv, format!("{HEADER}{row}").as_bytes());
    assert_eq!(all, [Err(EntryFault { line: 2, column, problem })]);
}

#[test]
fn a_quote_inside_a_cell_is_a_character() {
    let all =
        read(EntryFormat::Csv, format!("{HEADER}2026-03-01T09:00:00Z,use,27\" monitor,d,s,a,b\n").as_bytes());
    assert_eq!(all[0].as_ref().unwrap().purpose, "27\" monitor");
}

#[test]
fn a_summary_counts_steps_by_local_day() {
    let line =
        |at: &str, purpose: &str| LINE.replace("2026-03-01T09:00:00+08:00", at).replace("故障诊断", purpose);
    let text = [
        line("2026-03-01T23:59:59+08:00", "故障诊断"),
        line("2026-03-01T16:00:00Z", "故障诊断"),
        line("2026-03-02T08:00:00+08:00", "故障诊断"),
        line("2026-03-02T08:00:00+08:00", "容量规划"),
    ]
    .join("\n");
    let mut summing = Summarizing::new(Zone::SHANGHAI);
    for entry in read(EntryFormat::Jsonl, text.as_bytes()) {
        summing.add(&entry.unwrap());
    }
    let summary = summing.take();
    assert_eq!((summary.entries(), summary.groups().len()), (4, 2));
    let diagnosis = summary.groups().iter().find(|group| group.purpose == "故障诊断").unwrap();
    let days: Vec<(String, u64)> =
        diagnosis.days.iter().map(|(day, count)| (day.to_string(), *count)).collect();
    assert_eq!(days, [("2026-03-01".to_owned(), 1), ("2026-03-02".to_owned(), 2)]);
    assert_eq!(diagnosis.last.to_seconds_text(), "2026-03-02T00:00:00Z");
    assert_eq!(EntrySummary::from_json(&summary.to_json()), Some(summary));
    assert_eq!(EntrySummary::from_json(&json!({"groups": [], "v": 2})), None);
    assert_eq!(summing.take().entries(), 0);
}

#[test]
fn operations_are_the_words_of_authorizations_in_either_language() {
    use crate::record::fields::Operation;
    for operation in Operation::ALL {
        assert_eq!(operation_word(operation.as_str()), operation.as_str());
    }
    for word in [
        "收集", "蒐集", "存储", "儲存", "使用", "利用", "加工", "处理", "传输", "提供", "公开", "删除",
        "刪除",
    ] {
        assert_eq!(operation_word(word), Operation::parse(word).unwrap().as_str(), "{word}");
    }
    assert_eq!(operation_word("匯出"), operation_word("汇出"));
}

fn any_text() -> impl Strategy<Value = String> {
    "[a-z客户授權\"\\\\/ \u{1F600}é]{1,12}".prop_filter("visible", |text| !text.trim().is_empty())
}

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        (-9_007_199_254_740_992_i64..=9_007_199_254_740_992).prop_map(Into::into),
        (-1e9..1e9_f64).prop_map(Into::into),
        any_text().prop_map(Into::into),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            proptest::collection::hash_map(any_text(), inner, 0..4)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

fn any_line() -> impl Strategy<Value = serde_json::Value> {
    let texts = (any_text(), any_text(), any_text(), any_text(), any_text(), any_text());
    let extra = proptest::collection::hash_map("[x-zа-я客\u{1F600}\u{FB33}]{1,4}", any_json(), 0..4);
    (texts, extra, proptest::option::of(0..1_000_000_u64)).prop_map(|((o, p, d, s, a, who), extra, count)| {
        let mut line = json!({
            "at": "2026-03-01T09:00:00.5+08:00", "operation": o, "purpose": p, "data_category": d,
            "system": s, "actor": a, "subject": who,
        });
        let object = line.as_object_mut().unwrap();
        if let Some(count) = count {
            object.insert("count".to_owned(), count.into());
        }
        for (name, value) in extra {
            object.entry(name).or_insert(value);
        }
        line
    })
}

proptest! {
    #[test]
    fn canonical_bytes_are_rfc_8785(line in any_line()) {
        let entry = one(&line.to_string());
        prop_assert_eq!(entry.canonical(), canonical::to_bytes(&line));
        prop_assert!(canonical::is_canonical(entry.canonical()));
        prop_assert_eq!(LogEntry::from_canonical(entry.canonical()), Some(entry));
    }

    #[test]
    fn pieces_of_any_size_read_the_same(piece in 1..400_usize, csv in any::<bool>()) {
        let (format, text) = if csv {
            (EntryFormat::Csv, CSV.to_owned())
        } else {
            (EntryFormat::Jsonl, format!("{LINE}\n{{}}\n\r\n{LINE}\nx"))
        };
        prop_assert_eq!(read_in_pieces(format, text.as_bytes(), piece), read(format, text.as_bytes()));
    }

    #[test]
    fn no_bytes_make_it_fall(bytes in proptest::collection::vec(any::<u8>(), 0..300), csv in any::<bool>()) {
        let format = if csv { EntryFormat::Csv } else { EntryFormat::Jsonl };
        let mut all = if csv { HEADER.as_bytes().to_vec() } else { Vec::new() };
        all.extend(bytes);
        let lines = all.iter().filter(|byte| **byte == b'\n').count() + 1;
        prop_assert!(read(format, &all).len() <= lines);
    }

    #[test]
    fn days_are_those_of_the_zone(micros in 0..2_000_000_000_000_000_i64, step in 0..200_000_000_000_i64) {
        let zone = Zone::parse("America/Santiago").unwrap();
        let mut days = LocalDays::new(zone);
        for at in [micros, micros + step, micros + 2 * step] {
            let at = crate::base::moment::Moment::from_micros(at);
            prop_assert_eq!(days.date_of(at), CivilDate::of(at, zone).ok());
        }
    }
}
