//! Judging: a million records in memory, and an archive whose records are read, judged, touched and simulated.

use std::hint::black_box;
use std::time::{Duration, Instant};

use serde_json::json;

use super::{judge_all, micros_each, runs};
use crate::archive::holds::HoldFields;
use crate::archive::jobs::{JobRunner, JobState};
use crate::archive::{Archive, Caller};
use crate::base::civil::Zone;
use crate::base::moment::Moment;
use crate::bench::figure::{Figure, Limit, Unit};
use crate::bench::site::Site;
use crate::bench::{Malfunction, fill, process};
use crate::policy::{shipped, shipped_text};
use crate::record::matter::MatterFields;
use crate::retention::{Facts, Now, Schedule, judge, read_case};

/// Processor seconds in which a million records are judged.
const MILLION_SECONDS_MAX: f64 = 2.0;
/// Bytes of a record's text: judging reads no text.
const RECORD_BYTES: usize = 200;
/// Records of every sort that is judged in memory.
const OF_A_SORT: u32 = 1_000;
/// How often is looked whether a job has ended.
const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// The category of a ticket that says nothing else.
const CATEGORY: &str = "service.ticket";

pub(super) fn measure(site: &Site, short: bool) -> Result<Vec<Figure>, Malfunction> {
    let mut figures = vec![million(short)?];
    let count: u64 = if short { 2_000 } else { 100_000 };
    let made = fill::fill(site, "retention", count, RECORD_BYTES)?;
    let archive = &made.archive;
    let caller = archive.local_operator().map_err(Malfunction::refused("act as the operator"))?;
    let records = usize::try_from(count).unwrap_or(1);
    let each = |spent: Duration| vec![micros_each(spent, records)];
    let on = format!("{count} records, each held against the ledger first");
    let first = judge_all(archive)?;
    figures.push(Figure::new("retention.materialise", Unit::CpuMicros, each(first)).on(&*on));
    hold(archive, &caller)?;
    let again = judge_all(archive)?;
    let touched = format!("the same, a hold over a category touches all {count}");
    figures.push(Figure::new("retention.judge_again", Unit::CpuMicros, each(again)).on(touched));
    let mut one = Vec::new();
    for number in 0..runs(short) as u64 {
        fill::capture(archive, &super::description(count + number), b"x")?;
        let began = Instant::now();
        judge_all(archive)?;
        one.push(began.elapsed().as_secs_f64() * 1e3);
    }
    let beside = format!("one record more among {count}");
    figures.push(Figure::new("retention.one_more", Unit::Millis, one).on(beside));
    let began = process::own_time();
    simulate(archive, &caller)?;
    let spent = process::own_time().saturating_sub(began);
    let drafted = format!("{count} records under nothing and under cn-general");
    figures.push(Figure::new("retention.simulate", Unit::CpuMicros, each(spent)).on(drafted));
    drop(made);
    site.clear("retention")?;
    Ok(figures)
}

/// A hold that touches every record.
fn hold(archive: &Archive, caller: &Caller) -> Result<(), Malfunction> {
    let wrong = |faults| Malfunction::wrong("describe a hold", format!("{faults:?}"));
    let matter = json!({"reference": "BENCH-1", "title": "测量", "kind": "litigation", "evidence_deadline": "2026-12-20"});
    let matter = MatterFields::from_json(&matter).map_err(wrong)?;
    let matter = archive.open_matter(caller, matter).map_err(Malfunction::refused("open a matter"))?.id;
    let hold = json!({"matter": matter.to_string(), "title": "测量", "reason": "测量",
        "members": {"categories": [CATEGORY]}});
    let hold = HoldFields::from_json(&hold, Zone::SHANGHAI).map_err(wrong)?;
    archive.place_hold(caller, &hold).map_err(Malfunction::refused("place a hold"))?;
    Ok(())
}

fn simulate(archive: &Archive, caller: &Caller) -> Result<(), Malfunction> {
    let pack = shipped_text("cn-general").unwrap_or_default();
    let job = archive.begin_simulation(caller, pack, None).map_err(Malfunction::refused("simulate"))?;
    let runner = JobRunner::new(archive.clone(), 3_600);
    runner.start().map_err(Malfunction::refused("simulate"))?;
    loop {
        std::thread::sleep(LOOK_AGAIN);
        let job = archive.show_job(caller, job.id).map_err(Malfunction::refused("simulate"))?;
        match job.state {
            JobState::Done => return Ok(()),
            JobState::Ready | JobState::Running => {}
            other => return Err(Malfunction::wrong("simulate", other.as_str())),
        }
    }
}

/// A million judgements of records of five sorts, each under the pack that knows it.
fn million(short: bool) -> Result<Figure, Malfunction> {
    let retained = retained()?;
    let now = Moment::parse("2026-11-22T04:00:00Z").map_err(|_| Malfunction::wrong("judge", "no instant"))?;
    let now = Now::sane(now);
    let mut taken = Vec::new();
    for _ in 0..runs(short) {
        let (before, mut judged, mut due) = (process::own_time(), 0_u32, 0_u32);
        while judged < 1_000_000 {
            for (schedule, facts) in &retained {
                for record in facts {
                    let verdict = judge(black_box(record), schedule, &[], &[], now);
                    due += u32::from(verdict.due_from.is_some_and(|from| from <= now.at));
                    judged += 1;
                }
            }
        }
        black_box(due);
        taken.push(process::own_time().saturating_sub(before).as_secs_f64());
    }
    let figure = Figure::new("retention.million", Unit::Seconds, taken);
    Ok(figure.should(Limit::AtMost(MILLION_SECONDS_MAX)).on("1 000 000 records in memory, of processor time"))
}

fn retained() -> Result<Vec<(Schedule, Vec<Facts>)>, Malfunction> {
    let sorts = [
        ("tw-general", "tw.med.chart", "TW"),
        ("cn-accounting", "acct.voucher", "CN"),
        ("cn-general", "aml.cdd", "CN"),
        ("cn-general", "video", "CN"),
        ("cn-general", "delivery_confirmation", "CN"),
    ];
    sorts.into_iter().map(of_a_sort).collect()
}

fn of_a_sort(
    (pack, category, jurisdiction): (&str, &str, &str),
) -> Result<(Schedule, Vec<Facts>), Malfunction> {
    let wrong = || Malfunction::wrong("read a pack", pack);
    let schedule = Schedule::of(&shipped(pack).ok_or_else(wrong)?.map_err(|_| wrong())?);
    let facts = (0..OF_A_SORT).map(|number| {
        let day = format!("{}-{:02}-{:02}", 2005 + number % 20, number % 12 + 1, number % 28 + 1);
        let case = json!({
            "record": {"category": category, "jurisdiction": jurisdiction}, "occurred": day,
            "meta": {"birth_date": "2015-06-01", "accepted_on": day},
            "events": [
                {"type": "relationship_ended", "key": "customer", "on": "2021-06-30"},
                {"type": "purpose_ended", "key": "contract", "on": "2022-01-31"},
            ],
        });
        read_case(&case, &schedule).map_err(|_| wrong())
    });
    let facts = facts.collect::<Result<_, _>>()?;
    Ok((schedule, facts))
}
