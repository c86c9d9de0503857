//! Search over a real archive: real keys, real files, the index as it lies on disk.

mod reach;
mod shown;
mod time;

use std::path::Path;
use std::time::Duration;

use super::*;
use crate::access::rights::{ActorRights, Via};
use crate::access::role::{Role, Roles};
use crate::access::scope::Level;
use crate::archive::Place;
use crate::archive::bulk::{BulkOptions, OnFault};
use crate::archive::open::OpenOptions;
use crate::archive::stage::Declared;
use crate::archive::tests::{Scratch, scratch};
use crate::base::civil::CivilDate;
use crate::base::id::{CaseId, RecordId, UserId};
use crate::record::feed::EntryFormat;
use crate::record::kind::Kind;
use crate::store::rows::{ledger, versions};

impl Scratch {
    /// Captures a text file as a ticket, and indexes it.
    fn ticket(&self, case: &str, name: &str, content: &[u8]) -> RecordId {
        let json = format!(
            r#"{{"kind": "ticket", "case": "{case}", "occurred": "2026-03-01", "title": "工单",
                "components": [{{"name": "{name}"}}]}}"#
        );
        let record = self.capture(&json, content).unwrap().record;
        self.index();
        record
    }

    fn index(&self) {
        assert_eq!(self.archive.index_pending(Duration::from_secs(60)).unwrap(), 0);
    }

    fn find(&self, query: &str) -> Vec<RecordId> {
        records_of(&self.page(&self.operator(), query))
    }

    fn page(&self, caller: &Caller, query: &str) -> SearchPage {
        self.archive.search(caller, &asking(query)).unwrap()
    }

    fn case_of(&self, record: RecordId) -> CaseId {
        self.archive.inner.store.read(|conn| records::get(conn, record)).unwrap().unwrap().case_id.unwrap()
    }

    fn searches_entered(&self) -> Vec<String> {
        let archive = self.archive.inner.keys().archive.to_string();
        let entries = self.archive.inner.store.read(|conn| ledger::about(conn, &archive)).unwrap();
        let searches = entries.into_iter().filter(|entry| entry.kind == EntryKind::Searched);
        searches.map(|entry| String::from_utf8(entry.body).unwrap()).collect()
    }

    fn log(&self, lines: &str) -> Vec<RecordId> {
        let capture = self.request(
            r#"{"kind": "processing_log", "case": "SC-9", "occurred": "2026-03-01", "title": "日志汇总"}"#,
        );
        let options = BulkOptions { format: EntryFormat::Jsonl, on_fault: OnFault::CaptureNothing };
        let receipt = self.archive.capture_entries(&self.operator(), capture, options, &mut lines.as_bytes());
        receipt.unwrap().segments.into_iter().map(|segment| segment.record).collect()
    }
}

fn asking(query: &str) -> SearchRequest {
    SearchRequest { query: Some(query.to_owned()), limit: 20, ..SearchRequest::default() }
}

fn records_of(page: &SearchPage) -> Vec<RecordId> {
    page.hits.iter().map(|hit| hit.record).collect()
}

fn snippet_of(hit: &SearchHit) -> (String, Vec<String>) {
    let pieces = &hit.snippet.as_ref().unwrap().pieces;
    let marked = pieces.iter().filter(|piece| piece.highlighted).map(|piece| piece.text.clone()).collect();
    (pieces.iter().map(|piece| piece.text.as_str()).collect(), marked)
}

fn user(roles: &[Role], cases: &[CaseId]) -> Caller {
    let user = UserId::parse("01890a5d-ac96-774b-bcce-b302099a8057").unwrap();
    let mut rights = ActorRights::new(user, Roles::parse(roles.iter().copied()).unwrap(), Via::Session);
    rights.cases = cases.iter().copied().collect();
    Caller::for_test(rights)
}

fn entry(day: u32, operation: &str, subject: &str) -> String {
    format!(
        "{{\"at\":\"2026-03-{day:02}T09:00:00+08:00\",\"operation\":\"{operation}\",\"purpose\":\"服务交付\",\
         \"data_category\":\"联系方式\",\"system\":\"crm\",\"actor\":\"ops-7\",\"subject\":\"{subject}\"}}\n"
    )
}

#[test]
fn words_of_two_characters_are_found_in_content_and_descriptor() {
    let scratch = scratch();
    let record = scratch.ticket("SC-1", "授权说明.txt", "法务部门已出具确认单。".as_bytes());
    scratch.ticket("SC-2", "b.txt", "别的内容".as_bytes());
    for query in ["法务部门", "法务 确认单", "\"已出具确认单\"", "授权说明", "SC-1", "确认單", "確認单"]
    {
        assert_eq!(scratch.find(query), [record], "{query}");
    }
    for query in ["部门法务", "法务 -确认单", "\"法务确认单\"", "务确"] {
        assert_eq!(scratch.find(query), [], "{query}");
    }
    assert_eq!(scratch.find("工单").len(), 2, "the title's word");
}

#[test]
fn files_in_any_encoding_are_found_by_either_script() {
    let scratch = scratch();
    let simplified = "客户要求更正资料，由客服中心处理。客户已收到回复并确认。";
    let traditional = "客戶要求更正資料，由客服中心處理。客戶已收到回覆並確認。";
    let (gb18030, _, _) = encoding_rs::GB18030.encode(simplified);
    let (big5, _, _) = encoding_rs::BIG5.encode(traditional);
    let utf16: Vec<u8> =
        "\u{feff}".encode_utf16().chain(simplified.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let mut records = vec![
        scratch.ticket("SC-1", "gb.txt", &gb18030),
        scratch.ticket("SC-1", "big5.txt", &big5),
        scratch.ticket("SC-1", "utf16.txt", &utf16),
    ];
    records.reverse();
    for query in ["更正资料", "更正資料", "\"客服中心处理\"", "\"客服中心處理\""] {
        assert_eq!(scratch.find(query), records, "{query}");
    }
}

#[test]
fn structured_files_are_read_and_broken_ones_fall_back_to_plain_text() {
    let scratch = scratch();
    let html =
        scratch.ticket("SC-1", "a.html", "<p>退款<b>申请</b></p><script>var 隐藏=1</script>".as_bytes());
    let broken = scratch.ticket("SC-1", "b.json", "{\"说明\": \"退款申请\"".as_bytes());
    assert_eq!(scratch.find("退款申请"), [broken, html]);
    assert_eq!(scratch.find("隐藏"), []);
}

#[test]
fn a_binary_file_is_known_by_its_descriptor_and_a_large_one_is_read_from_its_blob() {
    let scratch = scratch();
    let image = scratch.ticket("SC-1", "现场照片.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\xff\xfe\0");
    let mut long = "普通内容。".repeat(20_000);
    long.push_str("末尾的巡检结论");
    let blob = scratch.ticket("SC-1", "长文.txt", long.as_bytes());
    assert_eq!(scratch.find("现场照片"), [image]);
    assert_eq!(scratch.find("巡检结论"), [blob]);
    let page = scratch.page(&scratch.operator(), "巡检结论");
    let (shown, marked) = snippet_of(&page.hits[0]);
    assert!(shown.ends_with("末尾的巡检结论 · "), "{shown}");
    assert_eq!(marked, ["巡检结论"]);
}

#[test]
fn every_entry_of_a_bulk_log_is_found_by_itself() {
    let scratch = scratch();
    let lines = entry(1, "导出名单", "C-1") + &entry(2, "删除备份", "C-2") + &entry(9, "导出名单", "C-3");
    let [segment] = scratch.log(&lines)[..] else { panic!("one month, one segment") };
    scratch.index();
    let page = scratch.page(&scratch.operator(), "导出名单");
    assert_eq!(page.about, About::Exactly(2));
    let found: Vec<_> = page.hits.iter().map(|hit| (hit.record, hit.entry)).collect();
    assert_eq!(found, [(segment, Some(2)), (segment, Some(0))]);
    assert_eq!(page.hits[0].occurred.on.to_string(), "2026-03-09");
    assert_eq!(page.hits[0].title.as_deref(), Some("日志汇总"));
    assert_eq!(snippet_of(&page.hits[1]).1, ["导出名单"]);
    assert_eq!(scratch.page(&scratch.operator(), "导出 C-2").hits.len(), 0, "two entries are two documents");
    let whole: Vec<_> =
        scratch.page(&scratch.operator(), "日志汇总").hits.iter().map(|hit| hit.entry).collect();
    assert_eq!(whole, [None]);
}

#[test]
fn the_days_of_a_question_hold_for_entries_too() {
    let scratch = scratch();
    scratch.log(&(entry(1, "导出", "C-1") + &entry(20, "导出", "C-2")));
    scratch.ticket("SC-1", "a.txt", "导出".as_bytes());
    let within = |from: &str, to: &str| {
        let day = |text: &str| Some(CivilDate::parse(text).unwrap());
        let filters =
            SearchFilters { occurred_from: day(from), occurred_to: day(to), ..SearchFilters::default() };
        let page = scratch
            .archive
            .search(&scratch.operator(), &SearchRequest { filters, ..asking("导出") })
            .unwrap();
        page.hits.iter().map(|hit| hit.entry).collect::<Vec<_>>()
    };
    assert_eq!(within("2026-03-02", "2026-03-31"), [Some(1)]);
    assert_eq!(within("2026-02-01", "2026-03-01"), [None, Some(0)]);
    assert_eq!(within("2026-03-21", "2026-03-31"), []);
}

#[test]
fn a_long_log_goes_in_by_turns() {
    let scratch = scratch();
    let lines: String = (0..1_300).map(|n| entry(1 + n % 28, "核对", &format!("C-{n}"))).collect();
    scratch.log(&lines);
    scratch.index();
    for subject in ["C-0", "C-499", "C-500", "C-1299"] {
        let page = scratch.page(&scratch.operator(), &format!("\"{subject}\""));
        assert_eq!(page.hits.len(), 1, "{subject}");
    }
    let page = scratch.page(&scratch.operator(), "核对");
    assert_eq!((page.hits.len(), page.about), (20, About::About(1_300)));
}

#[test]
fn an_amendment_takes_the_place_of_what_it_amends() {
    let scratch = scratch();
    let record = scratch.ticket("SC-1", "a.txt", "初步结论：设备过热".as_bytes());
    let again = scratch.request(
        r#"{"kind": "ticket", "case": "SC-1", "occurred": "2026-03-01", "title": "工单",
            "components": [{"name": "a.txt"}]}"#,
    );
    let staged = scratch.archive.stage("最终结论：电源故障".as_bytes(), Declared::default()).unwrap();
    scratch.archive.amend(&scratch.operator(), record, again, vec![staged], Some(1)).unwrap();
    assert_eq!(scratch.find("设备过热"), [], "what is superseded is no hit, indexed anew or not");
    scratch.index();
    assert_eq!(scratch.find("设备过热"), []);
    assert_eq!(scratch.find("电源故障"), [record]);
    assert_eq!(scratch.find("工单"), [record]);
    let blocks =
        scratch.archive.inner.store.read(|conn| index::of_record(conn, record, index::Domain::Content));
    assert_eq!(blocks.unwrap().iter().map(|block| block.version).collect::<Vec<_>>(), [2]);
    let left = ENGINE;
    assert_eq!(
        scratch.archive.inner.store.read(|conn| index::count_pending(conn, index::Domain::Content, left)),
        Ok(0)
    );
}

#[test]
fn no_word_and_no_token_stands_readable_in_any_file() {
    let scratch = scratch();
    scratch.ticket("SC-4711", "保密资料.txt", "张伟的电话是13900001111，authorization confirmed".as_bytes());
    scratch.log(&entry(1, "导出名单", "张伟"));
    scratch.index();
    assert_eq!(scratch.find("张伟").len(), 2);
    scratch.archive.inner.store.wal_checkpoint_truncate().unwrap();
    let words =
        ["张伟", "保密资料", "13900001111", "authorization confirmed", "confirmed", "SC-4711", "导出名单"];
    let mut files = 0;
    each_file(scratch.place.data(), &mut |path, bytes| {
        files += 1;
        for word in words {
            let found = bytes.windows(word.len()).any(|window| window == word.as_bytes());
            assert!(!found, "{word} in {}", path.display());
        }
    });
    assert!(files >= 2, "the database and the lock were read");
}

fn each_file(folder: &Path, look: &mut dyn FnMut(&Path, &[u8])) {
    for item in std::fs::read_dir(folder).unwrap() {
        let path = item.unwrap().path();
        if path.is_dir() {
            each_file(&path, look);
        } else if path.is_file() {
            look(&path, &std::fs::read(&path).unwrap());
        }
    }
}

#[test]
fn the_background_finds_a_capture_by_itself_and_ends_with_the_archive() {
    let scratch = scratch();
    scratch.archive.start_background().unwrap();
    let json =
        r#"{"kind": "ticket", "case": "SC-1", "occurred": "2026-03-01", "components": [{"name": "a.txt"}]}"#;
    let record = scratch.capture(json, "自动编入索引".as_bytes()).unwrap().record;
    let patience = std::time::Instant::now() + Duration::from_secs(60);
    while scratch.find("自动编入") != [record] {
        assert!(std::time::Instant::now() < patience, "not indexed in time");
        std::thread::yield_now();
    }
    scratch.archive.stop();
    scratch.capture(json, "停止之后".as_bytes()).unwrap();
    assert_eq!(scratch.archive.not_indexed().unwrap(), 1);
    scratch.archive.start_background().unwrap();
    let Scratch { _folder, place, archive } = scratch;
    drop(archive);
    Archive::open(&place, &OpenOptions::default()).unwrap();
}

#[test]
fn a_damaged_case_hides_none_of_its_records() {
    if crate::archive::tests::on_postgres() {
        return; // Looks into the file of the embedded database.
    }
    let scratch = scratch();
    let json =
        r#"{"kind": "ticket", "case": "SC-1", "occurred": "2026-03-01", "components": [{"name": "a.txt"}]}"#;
    let record = scratch.capture(json, "授权书正文".as_bytes()).unwrap().record;
    let sql = format!(
        "UPDATE cells SET sealed = zeroblob(length(sealed)) WHERE part = 'profile' AND owner = '{}'",
        scratch.case_of(record)
    );
    crate::store::testing::execute_raw(&scratch.place.database(), &sql);
    scratch.index();
    assert_eq!(scratch.archive.detect_pending(Duration::from_secs(60)).unwrap(), 0);
    let row = scratch.archive.inner.store.read(|conn| versions::get(conn, record, 1)).unwrap().unwrap();
    for mark in [row.indexed_engine, row.detected_engine] {
        assert!(mark.as_ref().is_some_and(|mark| mark.ends_with("+text")), "{mark:?}");
    }
}

#[test]
fn the_index_is_made_anew_whole_and_the_ledger_says_so() {
    let scratch = scratch();
    let record = scratch.ticket("SC-1", "a.txt", "授权书".as_bytes());
    scratch.log(&entry(1, "导出", "C-1"));
    let mut last = None;
    scratch.archive.rebuild_index(&scratch.operator(), &mut |progress| last = Some(progress)).unwrap();
    let last = last.unwrap();
    assert_eq!((last.done, last.total), (2, 2));
    assert_eq!(scratch.find("授权书"), [record]);
    assert_eq!(scratch.find("导出").len(), 1);
    let refused = scratch.archive.rebuild_index(&user(&[Role::Legal], &[]), &mut |_| {});
    assert!(matches!(refused, Err(Refusal::Forbidden)));
}

#[test]
fn an_index_that_another_engine_made_is_made_anew() {
    let scratch = scratch();
    let record = scratch.ticket("SC-1", "a.txt", "授权书".as_bytes());
    let older = move |upkeep: &mut crate::store::Upkeep<'_>| {
        crate::store::rows::meta::put(upkeep.conn(), "search_engine", "tokens/0")?;
        index::mark(upkeep.conn(), index::Domain::Content, (record, 1), Some("tokens/0+text"))
    };
    scratch.archive.inner.store.maintain(older).unwrap();
    scratch.index();
    assert_eq!(scratch.find("授权书"), [record]);
    let count = scratch.archive.inner.store.read(|conn| index::count_documents(conn, index::Domain::Content));
    assert_eq!(count, Ok(1));
}

#[test]
fn a_damaged_record_stops_no_other() {
    let scratch = scratch();
    let json = r#"{"kind": "ticket", "case": "SC-1", "occurred": "2026-03-01", "title": "标题",
        "components": [{"name": "a.txt"}]}"#;
    let damaged = scratch.capture(json, "损坏的内容".as_bytes()).unwrap();
    let lost = scratch.capture(json, "失去钥匙".as_bytes()).unwrap();
    let sound = scratch.capture(json, "完好的内容".as_bytes()).unwrap();
    let (component, owner) = (damaged.components[0].component, lost.record.to_string());
    let spoil = move |upkeep: &mut crate::store::Upkeep<'_>| {
        use crate::store::rows::{cells, components};
        components::delete_payload(upkeep.conn(), component)?;
        cells::delete(upkeep.conn(), &owner, "version:1")
    };
    scratch.archive.inner.store.maintain(spoil).unwrap();
    scratch.index();
    assert_eq!(scratch.find("内容"), [sound.record]);
    assert_eq!(scratch.find("标题"), [sound.record, damaged.record], "the descriptor still opens");
    let mark = |record| {
        let row = scratch.archive.inner.store.read(|conn| versions::get(conn, record, 1));
        row.unwrap().unwrap().indexed_engine.unwrap()
    };
    assert_eq!(mark(damaged.record), "tokens/2+part");
    assert_eq!(mark(lost.record), "tokens/2+damaged");
    assert_eq!(mark(sound.record), "tokens/2+text");
}

#[test]
fn what_was_indexed_and_cannot_be_read_may_be_a_hit_and_makes_the_count_inexact() {
    let scratch = scratch();
    let json = r#"{"kind": "ticket", "case": "SC-1", "occurred": "2026-03-01", "title": "标题",
        "components": [{"name": "a.txt"}]}"#;
    let damaged = scratch.capture(json, "损坏的内容".as_bytes()).unwrap();
    let sound = scratch.capture(json, "完好的内容".as_bytes()).unwrap();
    scratch.index();
    let component = damaged.components[0].component;
    let spoil = move |upkeep: &mut crate::store::Upkeep<'_>| {
        crate::store::rows::components::delete_payload(upkeep.conn(), component).map(|_| ())
    };
    scratch.archive.inner.store.maintain(spoil).unwrap();
    let request = SearchRequest { query: Some("内容".to_owned()), limit: 9, ..SearchRequest::default() };
    let page = scratch.archive.search(&scratch.operator(), &request).unwrap();
    let told: Vec<_> = page.hits.iter().map(|hit| (hit.record, hit.damaged, hit.snippet.is_some())).collect();
    assert_eq!(told, [(sound.record, false, true), (damaged.record, true, false)]);
    assert_eq!(page.about, About::About(2));
}

#[test]
fn search_is_the_same_on_each_database() {
    crate::store::tests::harness_db::on_each_database(|database| {
        let scratch = scratch_on(database.url());
        let first = scratch.ticket("SC-1", "a.txt", "授权书 初稿".as_bytes());
        let second = scratch.ticket("SC-2", "b.txt", "授权书 定稿".as_bytes());
        let lines: String = (0..600).map(|n| entry(1 + n % 28, "核对授权", &format!("C-{n}"))).collect();
        let [log] = scratch.log(&lines)[..] else { panic!("one month, one segment") };
        scratch.index();
        assert_eq!(scratch.find("\"授权书\""), [second, first]);
        assert_eq!(scratch.find("定稿 -初稿"), [second]);
        let page = scratch.page(&scratch.operator(), "\"C-599\"");
        assert_eq!((page.hits[0].record, page.hits[0].entry), (log, Some(599)));
        let legal = user(&[Role::Legal], &[scratch.case_of(first), scratch.case_of(log)]);
        assert_eq!(records_of(&scratch.page(&legal, "授权书")), [first]);
        assert_eq!(scratch.page(&legal, "授权").about, About::About(601));
        let filters = SearchFilters {
            occurred_from: Some(CivilDate::parse("2026-03-28").unwrap()),
            kind: Some(Kind::ProcessingLog),
            ..SearchFilters::default()
        };
        let page = scratch.archive.search(&legal, &SearchRequest { filters, limit: 100, ..asking("授权") });
        let page = page.unwrap();
        assert!(page.hits.iter().all(|hit| hit.occurred.on.to_string() == "2026-03-28"));
        assert_eq!((page.hits.len(), page.next), (21, None));
        let again = scratch.request(
            r#"{"kind": "ticket", "case": "SC-2", "occurred": "2026-03-01", "components": [{"name": "b.txt"}]}"#,
        );
        let staged = scratch.archive.stage("撤回".as_bytes(), Declared::default()).unwrap();
        scratch.archive.amend(&scratch.operator(), second, again, vec![staged], None).unwrap();
        scratch.index();
        assert_eq!(scratch.find("授权书"), [first]);
        assert_eq!(scratch.find("撤回"), [second]);
        scratch.archive.rebuild_index(&scratch.operator(), &mut |_| {}).unwrap();
        assert_eq!(scratch.find("撤回"), [second]);
    });
}

/// An archive in another database than the embedded default.
fn scratch_on(url: String) -> Scratch {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::at(&folder.path().join("data"), None).unwrap();
    let options = OpenOptions { database: Some(url), ..OpenOptions::default() };
    let archive = Archive::create(&place, &options).unwrap().archive;
    Scratch { _folder: folder, place, archive }
}

#[test]
fn what_cannot_be_searched_for_is_refused() {
    let scratch = scratch();
    for query in ["a", "-授权", "。，"] {
        let refused = scratch.archive.search(&scratch.operator(), &asking(query));
        assert!(matches!(refused, Err(Refusal::Query(_))), "{query}");
    }
}
