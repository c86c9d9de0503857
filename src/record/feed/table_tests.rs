//! The rules of manifests, mapping profiles and the tables they read.

use encoding_rs::{BIG5, GB18030};
use rstest::rstest;

use super::decode::decode;
use super::*;
use crate::base::civil::Zone;
use crate::base::moment::Moment;
use crate::record::jurisdiction::Jurisdiction;
use crate::record::kind::{Kind, Subkind};
use crate::record::party::PartyRole;
use crate::record::request::{Capture, CaptureDefaults, FaultCode};

fn defaults() -> CaptureDefaults {
    CaptureDefaults {
        jurisdiction: Jurisdiction::parse("CN").unwrap(),
        zone: Zone::SHANGHAI,
        now: Moment::parse("2026-06-30T00:00:00Z").unwrap(),
        content_comes_apart: true,
    }
}

const MANIFEST: &str = "kind,case,occurred,title,party.customer,file,sha256,field.purposes,field.operations,field.valid_from,field.signatory,field.signatory.capacity,custom.合同号,tags\n\
authorization,CASE-1,2026-01-01,客户授权书,华东机电;华南机电,授权/授权书.pdf;附件.docx,,故障诊断;容量规划,使用;收集,2026-01-01,张三,法定代表人,HT-7,重要；纸质\n\
验收单,CASE-1,2026-03-01T10:00,验收单,华东机电,验收单.pdf,,,,,,,,\n";

fn rows(text: &str) -> Vec<ReadRow> {
    manifest_from_csv(text.as_bytes()).unwrap()
}

fn captured(row: &ReadRow) -> Capture {
    row.as_ref().unwrap().check(&defaults()).unwrap()
}

#[test]
fn a_manifest_row_is_a_capture() {
    let rows = rows(MANIFEST);
    let first = captured(&rows[0]);
    assert_eq!(first.kind, Kind::Authorization);
    assert_eq!(first.components.len(), 2);
    assert_eq!(first.components[0].name.as_str(), "授权书.pdf");
    let files: Vec<&str> = rows[0].as_ref().unwrap().files.iter().map(FilePath::as_str).collect();
    assert_eq!(files, ["授权/授权书.pdf", "附件.docx"]);
    assert_eq!(first.descriptor.parties_as(PartyRole::Customer).count(), 2);
    assert_eq!(first.descriptor.custom("合同号"), Some("HT-7"));
    assert_eq!(first.descriptor.tags.len(), 2);
    let crate::record::fields::Fields::Authorization(fields) = &first.descriptor.fields else { panic!() };
    assert_eq!((fields.purposes.len(), fields.operations.len()), (2, 2));
    assert!(fields.signatory.as_ref().unwrap().capacity.is_some());
    assert_eq!(captured(&rows[1]).kind, Kind::DeliveryConfirmation);
}

#[test]
fn a_row_without_a_file_is_named_by_the_column_of_the_file_with_whatever_else_is_wrong() {
    let text = "类别,发生日期,标题,文件,备注\n工单,2026-01-01,一,a.txt,\n工单,2026-31-01,二,,\n工单,2026-01-01,三, ,x\n";
    let rows = rows(text);
    assert_eq!(captured(&rows[0]).components.len(), 1);
    let faults = rows[1].as_ref().unwrap().check(&defaults()).unwrap_err();
    assert_eq!(faults[0], TableFault::at(3, "文件", TableProblem::NoFile));
    assert_eq!((faults.len(), faults[1].column.as_deref()), (2, Some("发生日期")));
    let faults = rows[2].as_ref().unwrap().check(&defaults()).unwrap_err();
    assert_eq!(faults, [TableFault::at(4, "文件", TableProblem::NoFile)]);
    let jsonl = r#"{"kind":"ticket","occurred":"2026-01-01","title":"工单"}"#;
    let rows = manifest_from_jsonl(jsonl.as_bytes()).unwrap();
    let faults = rows[0].as_ref().unwrap().check(&defaults()).unwrap_err();
    assert_eq!(faults, [TableFault::at(1, "file", TableProblem::NoFile)]);
}

#[test]
fn a_row_that_ends_before_the_header_does_is_named() {
    let text = "kind,occurred,title,file,notes\nticket,2026-01-01,一,a.txt\nticket,2026-01-01,二,b.txt,\nticket,2026\n\n";
    let rows = rows(text);
    let short =
        |line, found| Err(vec![TableFault::line(line, TableProblem::CellCount { expected: 5, found })]);
    assert_eq!((&rows[0], &rows[2]), (&short(2, 4), &short(4, 2)));
    assert_eq!(captured(&rows[1]).components.len(), 1);
}

#[test]
fn a_manifest_may_be_written_in_chinese() {
    let text =
        "档案类型,案卷编号,发生日期,标题,客户,文件\n投诉,CASE-9,2026-02-01,客户投诉,华东机电,投诉.txt\n";
    assert_eq!(captured(&rows(text)[0]).kind, Kind::ServiceRecord(Subkind::Complaint));
}

#[test]
fn what_is_wrong_in_a_row_is_named_by_line_and_column() {
    let text = MANIFEST.replace("2026-03-01T10:00", "2026-02-30").replace("HT-7,", "\"\n\",");
    let rows = rows(&text);
    // The quoted line break moves what follows by one line.
    let faults = rows[1].as_ref().unwrap().check(&defaults()).unwrap_err();
    assert_eq!(faults.len(), 1);
    assert_eq!((faults[0].line, faults[0].column.as_deref()), (4, Some("occurred")));
    assert!(matches!(&faults[0].problem, TableProblem::Capture(fault) if fault.code == FaultCode::NoSuchDay));
}

#[rstest]
#[case("2026-01-01,张三", "2026-31-01,张三", "field.valid_from")]
#[case("使用;收集", "使用;偷看", "field.operations")]
#[case("法定代表人", "老板", "field.signatory.capacity")]
#[case("华东机电;华南机电", "华东机电;华東機電", "party.customer")]
#[case("授权/授权书.pdf", "授权/授\u{202E}权书.pdf", "file")]
fn faults_of_every_part_find_their_column(#[case] from: &str, #[case] to: &str, #[case] column: &str) {
    let text = MANIFEST.replacen(from, to, 1);
    assert_ne!(text, MANIFEST);
    let faults = rows(&text)[0].as_ref().unwrap().check(&defaults()).unwrap_err();
    assert_eq!(faults[0].column.as_deref(), Some(column), "{faults:?}");
}

#[rstest]
#[case::unknown("kind,occurred,title,colour\n", "colour", TableProblem::UnknownColumn)]
#[case::an_unknown_role("kind,occurred,title,party.king\n", "party.king", TableProblem::UnknownColumn)]
#[case::twice("kind,occurred,title,title\n", "title", TableProblem::DoubleColumn)]
#[case::twice_in_two_languages("kind,occurred,title,标题\n", "标题", TableProblem::DoubleColumn)]
#[case::missing("kind,title\n", "occurred", TableProblem::MissingColumn)]
#[case::missing_file("kind,occurred,title\n", "file", TableProblem::MissingColumn)]
fn a_wrong_header_is_named_by_its_column(
    #[case] text: &str,
    #[case] column: &str,
    #[case] problem: TableProblem,
) {
    let faults = manifest_from_csv(text.as_bytes()).unwrap_err();
    assert_eq!(faults, [TableFault { line: 1, column: Some(column.to_owned()), problem }]);
}

#[rstest]
#[case("/etc/passwd")]
#[case("../secret.pdf")]
#[case("a/../../b.pdf")]
#[case("C:\\a.pdf")]
#[case("a//b.pdf")]
fn a_manifest_reaches_nothing_outside_its_folder(#[case] path: &str) {
    assert_eq!(FilePath::parse(path), None);
    let text = format!("kind,occurred,title,file\nticket,2026-01-01,工单,{path}\n");
    assert_eq!(rows(&text)[0], Err(vec![TableFault::at(2, "file", TableProblem::Path)]));
}

#[test]
fn there_is_one_digest_per_file_or_none() {
    let text = format!(
        "kind,occurred,title,file,sha256\nticket,2026-01-01,工单,a.txt;b.txt;c.txt,{0};{0}\n",
        "ab".repeat(32)
    );
    let problem = TableProblem::PerFile { found: 2, files: 3 };
    assert_eq!(rows(&text)[0], Err(vec![TableFault::at(2, "sha256", problem)]));
}

#[test]
fn a_jsonl_manifest_takes_columns_and_members_of_the_api() {
    let text = r#"{"kind":"ticket","occurred":"2026-01-01","title":"工单","party.customer":["甲","乙"],"file":["a.txt","b.txt"],"tags":["x"]}

{"kind":"feedback","occurred":"2026-01-01","title":"回访","fields":{"score":4},"file":"a.txt","parties":[{"role":"customer","name":"甲"}]}
{"kind":"ticket","occurred":"2026-01-01","title":"工单","file":[{"a":1}]}
{"kind":"ticket"
"#;
    let rows = manifest_from_jsonl(text.as_bytes()).unwrap();
    assert_eq!(captured(&rows[0]).components.len(), 2);
    assert_eq!(captured(&rows[0]).descriptor.tags.len(), 1);
    assert_eq!(captured(&rows[1]).kind, Kind::ServiceRecord(Subkind::Feedback));
    assert_eq!(rows[2], Err(vec![TableFault::at(4, "file", TableProblem::NotText)]));
    assert!(
        matches!(&rows[3], Err(faults) if matches!(faults[0], TableFault { line: 5, problem: TableProblem::NotJson { .. }, .. }))
    );
}

#[test]
fn invalid_utf8_in_a_jsonl_manifest_is_named_by_its_line() {
    let faults = manifest_from_jsonl(b"{}\n{\"kind\":\"\xFF\"}\n").unwrap_err();
    assert_eq!(faults, [TableFault::line(2, TableProblem::Encoding { byte: 12, encoding: "UTF-8" })]);
}

const TICKETS: &str = "工单号,类型,标题,创建时间,更新时间,客户名称,处理人,案卷号,标签,问题描述,状态,满意度\r\n\
T-1001,投诉,屏幕闪烁,2026/03/01 09:30,2026/03/02 10:00,华东机电有限公司,王芳,CASE-1,硬件;现场,\"客户反映屏幕闪烁，\n更换后正常\",已关闭,4\r\n\
T-1002,其他,开通账号,2026年3月2日,2026/03/02 11:00,华南机电有限公司,陈明,CASE-2,,,处理中,\r\n";

fn tickets() -> MappingProfile {
    MappingProfile::parse(include_str!("../../../policies/mappings/ticket-export.toml")).unwrap()
}

fn held(capture: &Capture) -> (Kind, String, Option<String>, Option<String>) {
    let descriptor = &capture.descriptor;
    (
        capture.kind,
        capture.occurred.to_text(),
        descriptor.source.as_ref().map(|source| source.external_id.as_str().to_owned()),
        descriptor.custom("status").map(str::to_owned),
    )
}

#[test]
fn a_ticket_export_becomes_captures() {
    let profile = tickets();
    let table = profile.read(TICKETS.as_bytes()).unwrap();
    let rows = profile.apply(&table).unwrap();
    let first = captured(&rows[0]);
    assert_eq!(
        held(&first),
        (
            Kind::ServiceRecord(Subkind::Complaint),
            "2026-03-01T09:30:00+08:00".to_owned(),
            Some("T-1001".to_owned()),
            Some("closed".to_owned())
        )
    );
    // A column that the profile does not name is kept as a custom field.
    assert_eq!(first.descriptor.custom("满意度"), Some("4"));
    let second = captured(&rows[1]);
    assert_eq!(
        (second.kind, second.occurred.to_text().as_str()),
        (Kind::ServiceRecord(Subkind::Ticket), "2026-03-02")
    );
}

#[rstest]
#[case::utf_8(TICKETS.as_bytes().to_vec(), "UTF-8")]
#[case::utf_8_with_mark([b"\xEF\xBB\xBF", TICKETS.as_bytes()].concat(), "UTF-8")]
#[case::gb18030(GB18030.encode(TICKETS).0.into_owned(), "GB18030")]
#[case::utf_16_with_mark([vec![0xFF, 0xFE], TICKETS.encode_utf16().flat_map(u16::to_le_bytes).collect()].concat(), "UTF-16LE")]
#[case::utf_16_without_mark(TICKETS.encode_utf16().flat_map(u16::to_be_bytes).collect(), "UTF-16BE")]
fn an_export_is_read_in_any_encoding(#[case] bytes: Vec<u8>, #[case] encoding: &str) {
    let table = tickets().read(&bytes).unwrap();
    assert_eq!(table.encoding, Some(encoding));
    assert_eq!((table.headers.len(), table.rows.len(), table.headers[0].as_str()), (12, 2, "工单号"));
}

#[rstest]
#[case::a_short_simplified_text("客户授权书", "GB18030")]
#[case::a_short_traditional_text("客戶授權書 資料處理紀錄", "Big5")]
#[case::a_traditional_table("案號,標題,客戶\n1,螢幕閃爍,華東機電股份有限公司\n", "Big5")]
#[case::a_simplified_table("编号,标题,客户\n1,屏幕闪烁,华东机电有限公司\n", "GB18030")]
fn chinese_encodings_are_told_apart(#[case] text: &str, #[case] encoding: &str) {
    let bytes = if encoding == "Big5" { BIG5.encode(text).0 } else { GB18030.encode(text).0 };
    let (found, charset) = decode(&bytes, None).unwrap();
    assert_eq!((charset.as_str(), found.as_str()), (encoding, text));
}

#[test]
fn what_is_no_text_in_the_declared_encoding_is_named() {
    let bytes = GB18030.encode("a\nb,客户").0.into_owned();
    let fault = decode(&bytes, Some("utf-8")).unwrap_err();
    assert_eq!(fault, TableFault::line(2, TableProblem::Encoding { byte: 4, encoding: "UTF-8" }));
    assert_eq!(decode(b"x", Some("klingon")), Err(TableFault::whole(TableProblem::UnknownEncoding)));
}

#[test]
fn an_export_without_a_column_that_the_profile_reads_is_refused_by_its_name() {
    let profile = tickets();
    let table = profile.read(TICKETS.replace("客户名称", "客户").as_bytes()).unwrap();
    let faults = profile.apply(&table).unwrap_err();
    assert_eq!(faults, [TableFault::at(1, "客户名称", TableProblem::MissingColumn)]);
}

#[test]
fn a_preview_shows_the_first_twenty_rows_and_what_is_wrong_with_them() {
    let more: String =
        (0..30).map(|n| format!("T-2{n},其他,工单,昨天,1,甲,乙,CASE-1,,,已关闭,\r\n")).collect();
    let profile = tickets();
    let table = profile.read(format!("{TICKETS}{more}").as_bytes()).unwrap();
    let preview = profile.preview(&table, &defaults());
    assert_eq!((preview.rows, preview.first.len()), (32, PREVIEW_ROWS));
    assert_eq!((preview.missing.len(), preview.unmapped.as_slice()), (0, ["满意度".to_owned()].as_slice()));
    assert_eq!(preview.first.iter().filter(|(_, checked)| checked.is_ok()).count(), 2);
    let faults = preview.first[2].1.as_ref().unwrap_err();
    assert_eq!((faults[0].line, faults[0].column.as_deref()), (5, Some("创建时间")));
}

#[test]
fn a_json_export_is_read_through_its_nested_objects() {
    let profile =
        MappingProfile::parse(include_str!("../../../policies/mappings/helpdesk-json.toml")).unwrap();
    let export = r#"{"data": {"tickets": [
        {"id": 77, "updated_at": "2026-03-02T00:00:00Z", "type": "problem", "subject": "Login fails",
         "created_at": "2026-03-01T08:00:00Z", "requester": {"company": "Acme", "name": "Ann"}, "labels": ["login", "sso"], "junk": {"a": [{}]}},
        {"id": 78, "updated_at": "1", "subject": "How to", "created_at": "2026-03-01T09:00:00Z", "assignee": null}
    ]}}"#;
    let table = profile.read(export.as_bytes()).unwrap();
    let rows = profile.apply(&table).unwrap();
    let first = captured(&rows[0]);
    assert_eq!(
        held(&first),
        (
            Kind::ServiceRecord(Subkind::Incident),
            "2026-03-01T08:00:00+00:00".to_owned(),
            Some("77".to_owned()),
            None
        )
    );
    assert_eq!((first.descriptor.tags.len(), first.descriptor.custom.len()), (2, 0));
    assert_eq!(captured(&rows[1]).kind, Kind::ServiceRecord(Subkind::General));
    assert_eq!(profile.read(b"{}"), Err(TableFault::whole(TableProblem::NotAList)));
    assert_eq!(
        profile.read(br#"{"data":{"tickets":[{},3]}}"#),
        Err(TableFault::line(2, TableProblem::NotAnObject))
    );
}

/// A workbook with one sheet, made by hand: inline texts, a number, a date, a gap.
fn workbook(rows: &str) -> Vec<u8> {
    workbook_sharing(rows, "")
}

/// The same, with one text that its cells share.
fn workbook_sharing(rows: &str, shared: &str) -> Vec<u8> {
    use std::io::Write as _;
    let members = [
        ("[Content_Types].xml", r#"<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>"#.to_owned()),
        ("_rels/.rels", r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#.to_owned()),
        ("xl/workbook.xml", r#"<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="工单" sheetId="1" r:id="r1"/></sheets></workbook>"#.to_owned()),
        ("xl/_rels/workbook.xml.rels", r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/><Relationship Id="r3" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>"#.to_owned()),
        ("xl/sharedStrings.xml", format!(r#"<?xml version="1.0"?><sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>{shared}</t></si></sst>"#)),
        ("xl/styles.xml", r#"<?xml version="1.0"?><styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="22"/></cellXfs></styleSheet>"#.to_owned()),
        ("xl/worksheets/sheet1.xml", format!(r#"<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><dimension ref="A1:XFD1048576"/><sheetData>{rows}</sheetData></worksheet>"#)),
    ];
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in members {
        archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(content.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn inline(place: &str, text: &str) -> String {
    format!(r#"<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>"#)
}

#[test]
fn a_workbook_is_read_cell_by_cell() {
    let header = [("A2", "工单号"), ("B2", "创建时间"), ("C2", "数量"), ("D2", "标题")]
        .map(|(place, text)| inline(place, text))
        .concat();
    let rows = format!(
        r#"<row r="2">{header}</row><row r="4">{}<c r="B4" s="1"><v>46082.5</v></c><c r="D4" t="inlineStr"><is><t>屏幕闪烁</t></is></c></row><row r="5">{}<c r="C5"><v>3</v></c></row>"#,
        inline("A4", "T-1"),
        inline("A5", "T-2"),
    );
    let bytes = workbook(&rows);
    let table = Table::from_xlsx(&bytes, Some("工单")).unwrap();
    assert_eq!(table.headers, ["工单号", "创建时间", "数量", "标题"]);
    assert_eq!(
        (table.rows[0].line, table.rows[0].cells.as_slice()),
        (4, ["T-1", "2026-03-01T12:00:00", "", "屏幕闪烁"].map(str::to_owned).as_slice())
    );
    assert_eq!((table.rows[1].line, table.rows[1].cells[2].as_str()), (5, "3"));
    assert_eq!(Table::from_xlsx(&bytes, Some("sheet")), Err(TableFault::whole(TableProblem::NoSheet)));
    assert_eq!(Table::from_xlsx(b"PK\x03\x04", None), Err(TableFault::whole(TableProblem::Workbook)));
}

#[test]
fn a_cell_far_away_costs_no_memory() {
    let rows = format!(
        "<row r=\"1\">{}</row><row r=\"1048576\">{}</row>",
        inline("A1", "x"),
        inline("XFD1048576", "y")
    );
    let fault = Table::from_xlsx(&workbook(&rows), None).unwrap_err();
    assert!(matches!(
        fault,
        TableFault { line: 1_048_576, problem: TableProblem::TooManyColumns { .. }, .. }
    ));
}

#[test]
fn one_long_text_in_every_cell_is_refused_before_it_fills_the_memory() {
    let shared = "长".repeat(1 << 20);
    let cells = |row: usize| format!("<c r=\"A{row}\" t=\"s\"><v>0</v></c>");
    let rows: String = (2..200).map(|row| format!("<row r=\"{row}\">{}</row>", cells(row))).collect();
    let rows = format!("<row r=\"1\">{}</row>{rows}", inline("A1", "标题"));
    let fault = Table::from_xlsx(&workbook_sharing(&rows, &shared), None).unwrap_err();
    // 3 MiB each: the 43rd is too much.
    assert!(
        matches!(fault, TableFault { line: 44, problem: TableProblem::UnpacksTooLarge { .. }, .. }),
        "{fault}"
    );
    let few = format!("<row r=\"1\">{}</row><row r=\"2\">{}</row>", inline("A1", "标题"), cells(2));
    assert_eq!(Table::from_xlsx(&workbook_sharing(&few, "短"), None).unwrap().rows[0].cells, ["短"]);
}

#[test]
fn a_json_export_of_values_without_end_is_refused_before_any_is_made() {
    let values = crate::base::limits::TABLE_VALUES_MAX;
    let list = format!("[{}0]", "0,".repeat(values));
    let refused = Table::from_json(list.as_bytes(), None, "");
    assert!(matches!(refused, Err(TableFault { problem: TableProblem::UnpacksTooLarge { .. }, .. })));
    // Commas and brackets in texts are no values.
    let text = ",[{\\\",".repeat(values / 2);
    let fine = Table::from_json(format!(r#"[{{"a":"{text}"}}]"#).as_bytes(), None, "").unwrap();
    assert_eq!(fine.rows.len(), 1);
}

#[test]
fn all_faults_of_a_profile_are_told_at_once() {
    let text = r#"
version = 1
name = "x"
[source]
system = " "
format = "csv"
encoding = "klingon"
zone = "Asia/Peking"
dates = ["%Q", "昨天"]
[constants]
colour = "red"
[columns]
"编号" = "source.external_id"
"号码" = "source.external_id"
"标题" = "headline"
[values."状态"]
"已关闭" = "closed"
"#;
    let faults: Vec<String> =
        MappingProfile::parse(text).unwrap_err().iter().map(ToString::to_string).collect();
    let heads: Vec<&str> = faults.iter().filter_map(|fault| fault.split(':').next()).collect();
    assert_eq!(
        heads,
        [
            "source.system",
            "source.zone",
            "source.encoding",
            "source.dates[0]",
            "source.dates[1]",
            "columns.标题",
            "constants.colour",
            "values.状态",
            "columns.编号",
            "nothing maps to kind",
            "nothing maps to occurred",
            "nothing maps to title",
        ]
    );
}

#[test]
fn the_documents_name_every_field_and_column() {
    let entries = include_str!("../../../docs/formats/entries.md");
    for name in fields::all_names() {
        assert!(entries.contains(&format!("`{name}`")), "{name}");
    }
    let manifest = include_str!("../../../docs/formats/manifest.md");
    for name in column::all_names() {
        assert!(manifest.contains(&format!("`{name}`")), "{name}");
    }
    for role in PartyRole::ALL {
        assert!(manifest.contains(&format!("`{}`", role.as_str())), "{}", role.as_str());
    }
}

#[test]
fn the_examples_of_the_documents_are_read() {
    let example = |document: &str, language: &str| {
        let (_, after) = document.split_once(&format!("```{language}\n")).unwrap();
        after.split_once("```").unwrap().0.to_owned()
    };
    let entries = include_str!("../../../docs/formats/entries.md");
    for (format, language) in [(EntryFormat::Jsonl, "jsonl"), (EntryFormat::Csv, "csv")] {
        let mut reader = EntryReader::new(format, Zone::SHANGHAI);
        reader.push(example(entries, language).as_bytes());
        reader.finish();
        let read: Vec<_> = std::iter::from_fn(|| reader.next_entry()).collect();
        assert!(read.len() == 2 && read.iter().all(Result::is_ok), "{read:?}");
        // Both spell the same entry, and the document shows its canonical bytes.
        assert_eq!(read[0].as_ref().unwrap().canonical(), example(entries, "json").trim_end().as_bytes());
    }
    let manifest = include_str!("../../../docs/formats/manifest.md");
    let read = manifest_from_csv(example(manifest, "csv").as_bytes()).unwrap();
    assert!(read.iter().all(|row| captured(row).components.len() == 1));
    let read = manifest_from_jsonl(example(manifest, "jsonl").as_bytes()).unwrap();
    assert!(read.iter().all(|row| captured(row).components.len() == 1));
    let profile = include_str!("../../../docs/formats/mapping-profile.md");
    assert!(MappingProfile::parse(&example(profile, "toml")).is_ok());
    let level = include_str!("../../../docs/formats/service-level.md");
    assert!(crate::record::service_level::parse(&example(level, "toml")).is_ok());
}

#[test]
fn an_id_without_the_system_that_it_is_of_names_both_columns() {
    let rows =
        manifest_from_csv("类别,日期,题名,编号,文件\n工单,2026-03-01,断网,T-1,a.txt\n".as_bytes()).unwrap();
    let row = rows.into_iter().next().unwrap().unwrap();
    let faults = row.check(&defaults()).unwrap_err();
    let fault = faults.first().unwrap();
    assert_eq!(fault.column.as_deref(), Some("编号"));
    assert_eq!(fault.problem, TableProblem::NeedsColumn { other: "source.system" });
}
