//! Small figures of the pure floors: `cargo bench`. What they add up to over HTTP, with disk and
//! ledger, is measured by `muniment bench`.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::convert::Infallible;

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use muniment::base::canonical;
use muniment::base::civil::{CivilDate, Zone};
use muniment::base::entropy::{SeededEntropy, SystemEntropy};
use muniment::base::id::{HoldId, RecordId};
use muniment::base::moment::Moment;
use muniment::base::secret::SecretKey;
use muniment::ledger::tree::{Builder, TileCache, TileSource, TileWrite, inclusion, leaf_hash};
use muniment::policy::shipped;
use muniment::record::feed::{EntryGroup, EntrySummary};
use muniment::record::gaps::{AuthorizationFacts, CaseFacts, Evidence, RecordFacts, gaps};
use muniment::record::kind::Kind;
use muniment::record::occurred::Occurred;
use muniment::redaction::{Settings, detect};
use muniment::retention::{Facts, Hold, HoldKind, Now, Schedule, explain, judge, read_case};
use muniment::seal::cell::{self, CellPlace};
use muniment::seal::payload::{open_all, seal_all};
use muniment::seal::{EpochKey, FileKey, Identity, Recipients, header};
use muniment::search::{ContentIndex, Query};

fn main() {
    divan::main();
}

/// About `bytes` bytes of what a service record says.
fn text(bytes: usize) -> String {
    let mut text = String::with_capacity(bytes + 200);
    for number in 0_u32.. {
        if text.len() >= bytes {
            break;
        }
        text.push_str(&format!(
            "第{number}条：客户于2026年3月1日授权服务方在CRM系统中处理联系方式与日志，用于故障诊断；联系人样例{}，\
             电话139{:08}，订单SQ-2026-{number:05}，金额{}元。\n",
            number % 37,
            number * 7919,
            number * 13 + 100
        ));
    }
    text
}

#[divan::bench(args = [1_024, 10_240, 1_048_576])]
fn seal_payload(bencher: Bencher<'_, '_>, bytes: usize) {
    let plain = vec![7_u8; bytes];
    let key = FileKey::generate(&SystemEntropy);
    bencher.counter(BytesCount::new(bytes)).bench(|| seal_all(&key, black_box(&plain), &SystemEntropy));
}

#[divan::bench(args = [1_024, 10_240, 1_048_576])]
fn open_payload(bencher: Bencher<'_, '_>, bytes: usize) {
    let key = FileKey::generate(&SystemEntropy);
    let (sealed, _) = seal_all(&key, &vec![7_u8; bytes], &SystemEntropy);
    bencher.counter(BytesCount::new(bytes)).bench(|| open_all(&key, black_box(&sealed)));
}

fn recipients() -> (Identity, Recipients) {
    let identity = Identity::generate();
    let recovery = Identity::generate().to_recipient();
    let recipients = Recipients { generation: 1, service: identity.to_recipient(), recovery };
    (identity, recipients)
}

#[divan::bench]
fn header_write(bencher: Bencher<'_, '_>) {
    let (_, recipients) = recipients();
    let key = FileKey::generate(&SystemEntropy);
    bencher.bench(|| header::write(&key, black_box(&recipients), &SystemEntropy));
}

#[divan::bench]
fn header_open(bencher: Bencher<'_, '_>) {
    let (identity, recipients) = recipients();
    let text = header::write(&FileKey::generate(&SystemEntropy), &recipients, &SystemEntropy)
        .expect("good recipients");
    bencher.bench(|| header::open(black_box(&text), &identity));
}

const PLACE: CellPlace<'_> = CellPlace { owner: "01981f2e-0000-7000-8000-000000000001", part: "version:1" };

#[divan::bench]
fn cell_seal(bencher: Bencher<'_, '_>) {
    let epoch = EpochKey::generate(1, &SystemEntropy);
    let plain = [7_u8; 400];
    bencher.bench(|| cell::seal(&epoch, PLACE, black_box(&plain), &SystemEntropy));
}

#[divan::bench]
fn cell_open(bencher: Bencher<'_, '_>) {
    let epoch = EpochKey::generate(1, &SystemEntropy);
    let sealed = cell::seal(&epoch, PLACE, &[7_u8; 400], &SystemEntropy);
    bencher.bench(|| cell::open(&epoch, PLACE, black_box(&sealed)));
}

#[derive(Default)]
struct Shelf(HashMap<(u8, u64), Vec<u8>>);

impl Shelf {
    fn put(&mut self, tiles: Vec<TileWrite>) {
        self.0.extend(tiles.into_iter().map(|tile| ((tile.level, tile.index), tile.hashes)));
    }
}

impl TileSource for Shelf {
    type Error = Infallible;

    fn tile(&self, level: u8, index: u64) -> Result<Option<Vec<u8>>, Infallible> {
        Ok(self.0.get(&(level, index)).cloned())
    }
}

#[divan::bench(args = [10_000, 1_000_000])]
fn inclusion_proof(bencher: Bencher<'_, '_>, size: u64) {
    let (mut shelf, mut builder) = (Shelf::default(), Builder::new());
    for number in 0..size {
        shelf.put(builder.push(leaf_hash(&number.to_be_bytes())));
    }
    shelf.put(builder.edge_tiles());
    let cache = TileCache::new();
    let warm = cache.over(&shelf);
    let mut seq = 0;
    bencher.bench_local(|| {
        seq = (seq + 7_919) % size;
        inclusion(&warm, size, black_box(seq))
    });
}

#[divan::bench(args = [1_200, 10_240])]
fn tokens(bencher: Bencher<'_, '_>, bytes: usize) {
    let text = text(bytes);
    let mut index = ContentIndex::new(&SecretKey::generate(&SystemEntropy));
    bencher.counter(BytesCount::of_str(&text)).bench_local(|| index.tokens(black_box(&text)));
}

#[divan::bench]
fn confirm_a_hit(bencher: Bencher<'_, '_>) {
    let text = text(10_240);
    let query = Query::parse("故障诊断 SQ-2026-00030").expect("a query");
    bencher.bench(|| query.confirm(black_box(&text)));
}

#[divan::bench(args = [1_200, 10_240])]
fn find_personal_data(bencher: Bencher<'_, '_>, bytes: usize) {
    let text = text(bytes);
    let settings = Settings::default();
    bencher.counter(BytesCount::of_str(&text)).bench(|| detect(black_box(&text), &settings));
}

#[divan::bench]
fn canonical_json(bencher: Bencher<'_, '_>) {
    let value = serde_json::json!({
        "version": 1, "state": "active", "kind": "service_record", "case": PLACE.owner,
        "components": [{"id": PLACE.owner, "bytes": 10240, "role": "native", "commitment": "ab".repeat(32)}],
        "parties": [{"id": PLACE.owner, "role": "customer"}], "late": false, "occurred": "2026-03-01",
    });
    bencher.bench(|| canonical::to_bytes(black_box(&value)));
}

fn a_record(number: u64, kind: Kind, evidence: Evidence) -> RecordFacts {
    RecordFacts {
        id: RecordId::generate(Moment::from_micros(1), &SeededEntropy::new(number)),
        kind,
        in_case: true,
        customers: BTreeSet::new(),
        references: Vec::new(),
        occurred: Occurred::parse("2026-02-01", Zone::SHANGHAI).expect("a date"),
        links: Vec::new(),
        evidence,
    }
}

/// A case with one authorization and so many logs of a year's days each.
#[divan::bench(args = [1, 20])]
fn judge_gaps(bencher: Bencher<'_, '_>, logs: u64) {
    let now = Moment::parse("2026-06-30T04:00:00Z").expect("an instant");
    let case = CaseFacts { zone: Zone::SHANGHAI, customers: BTreeSet::new(), tier: None, priority: None };
    let words = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let scope = AuthorizationFacts {
        purposes: words(&["故障诊断"]),
        operations: words(&["use"]),
        data_categories: words(&["日志"]),
        systems: words(&["CRM"]),
        valid_from: CivilDate::parse("2026-01-01").ok(),
        valid_to: CivilDate::parse("2026-03-31").ok(),
        ..AuthorizationFacts::default()
    };
    let days: BTreeMap<CivilDate, u64> = (1..=12)
        .flat_map(|month| (1..=28).map(move |day| format!("2026-{month:02}-{day:02}")))
        .map(|day| (CivilDate::parse(&day).expect("a date"), 40))
        .collect();
    let group = EntryGroup {
        operation: "use".to_owned(),
        purpose: "故障诊断".to_owned(),
        data_category: "日志".to_owned(),
        system: "CRM".to_owned(),
        authorization: None,
        first: now,
        last: now,
        days,
    };
    let summary = || Evidence::Processing(Some(EntrySummary::new(vec![group.clone()])));
    let mut records = vec![a_record(0, Kind::Authorization, Evidence::Authorization(scope))];
    records.extend((1..=logs).map(|number| a_record(number, Kind::ProcessingLog, summary())));
    bencher.bench(|| gaps(&case, black_box(&records), &[], None, now));
}

/// Records of every sort that the packs know, with their schedules: charts of minors, accounts, due diligence, confirmations.
fn retained() -> Vec<(Schedule, Vec<Facts>)> {
    let kinds = [
        ("tw-general", r#"{"category": "tw.med.chart", "jurisdiction": "TW"}"#),
        ("cn-accounting", r#"{"category": "acct.voucher"}"#),
        ("cn-general", r#"{"category": "aml.cdd"}"#),
        ("cn-general", r#"{"category": "video"}"#),
        ("cn-general", r#"{"category": "delivery_confirmation"}"#),
    ];
    let events = r#"[{"type": "relationship_ended", "key": "customer", "on": "2021-06-30"},
        {"type": "purpose_ended", "key": "contract", "on": "2022-01-31"}]"#;
    let made = |(pack, record): (&str, &str)| {
        let schedule = Schedule::of(&shipped(pack).expect("a pack").expect("without faults"));
        let facts = (0_u32..1_000).map(|number| {
            let day = format!("{}-{:02}-{:02}", 2005 + number % 20, number % 12 + 1, number % 28 + 1);
            let case = format!(
                r#"{{"record": {record}, "occurred": "{day}", "meta": {{"birth_date": "2015-06-01", "last_care_on": "{day}", "accepted_on": "{day}"}},
                    "events": {events}}}"#
            );
            read_case(&serde_json::from_str(&case).expect("JSON"), &schedule).expect("a case")
        });
        let facts = facts.collect();
        (schedule, facts)
    };
    kinds.into_iter().map(made).collect()
}

fn a_hold() -> Hold {
    Hold {
        id: HoldId::generate(Moment::from_micros(1), &SeededEntropy::new(1)),
        kind: HoldKind::Legal,
        confidential: false,
        placed_at: Moment::from_micros(1),
        released_at: Moment::parse("2025-01-01T00:00:00Z").ok(),
        zone: Zone::SHANGHAI,
    }
}

/// A million records in memory, five sorts, one in ten with a hold that was released.
#[divan::bench(sample_count = 5, sample_size = 1)]
fn judge_a_million_records(bencher: Bencher<'_, '_>) {
    let retained = retained();
    let now = Now::sane(Moment::parse("2026-11-22T04:00:00Z").expect("an instant"));
    let hold = [a_hold()];
    bencher.counter(ItemsCount::new(1_000_000_u32)).bench_local(|| {
        let mut due = 0_u32;
        for number in 0..200 {
            for (schedule, facts) in &retained {
                for record in facts {
                    let holds = if number % 10 == 0 { hold.as_slice() } else { &[] };
                    let verdict = judge(black_box(record), schedule, holds, &[], now);
                    due += u32::from(verdict.due_from.is_some_and(|from| from <= now.at));
                }
            }
        }
        due
    });
}

#[divan::bench]
fn explain_a_verdict(bencher: Bencher<'_, '_>) {
    let retained = retained();
    let now = Now::sane(Moment::parse("2026-11-22T04:00:00Z").expect("an instant"));
    let Some((schedule, facts)) = retained.first() else { return };
    let Some(record) = facts.first() else { return };
    bencher.bench(|| explain(black_box(record), schedule, &[a_hold()], &[], now));
}
