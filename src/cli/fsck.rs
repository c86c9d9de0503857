//! `fsck`: what is left over or out of step. Ends with 1 if there was something, mended or not, so
//! that a nightly run is noticed.

use serde_json::json;

use super::Run;
use super::args::Fsck;
use super::failure::Failure;
use super::site::Site;
use super::table::Table;
use super::voice::Voice;
use crate::archive::fsck::{Fate, Finding, FindingKind};
use crate::words::Outcome;

pub(super) fn run(run: &Run, args: &Fsck) -> Result<(), Failure> {
    let (site, archive) = super::keys::open(run, &args.at)?;
    let caller = archive.local_operator()?;
    if args.rebuild_index {
        archive.rebuild_index(&caller, &mut |_| {}).map_err(|refusal| site.failure(refusal))?;
    }
    let findings = archive.fsck(&caller, args.repair).map_err(|refusal| site.failure(refusal))?;
    tell(run, &site, &findings)?;
    // Whatever was found ends with 1, whether it was mended or not.
    if findings.iter().all(is_being_done) { Ok(()) } else { Err(Failure::Told(Outcome::FoundWrong)) }
}

/// True for what the archive does by itself a moment later: a capture is acknowledged before it is
/// in the index, which is nothing wrong.
fn is_being_done(finding: &Finding) -> bool {
    matches!(finding.kind, FindingKind::NotIndexed | FindingKind::NotExamined)
        && finding.fate == Fate::Mendable
}

fn tell(run: &Run, site: &Site, findings: &[Finding]) -> Result<(), Failure> {
    let voice = &run.voice;
    if voice.json {
        return findings.iter().try_for_each(|finding| {
            voice.json_line(&json!({
                "code": finding.kind.as_str(), "subject": finding.subject,
                "amount": finding.amount, "fate": finding.fate.as_str(),
            }))
        });
    }
    let (waiting, findings): (Vec<&Finding>, Vec<&Finding>) =
        findings.iter().partition(|finding| is_being_done(finding));
    if findings.is_empty() {
        voice.line(&voice.say("fsck.clean", &[]))?;
    } else {
        in_table(voice, &findings)?;
    }
    for finding in waiting {
        let count = finding.amount.to_string();
        if finding.kind == FindingKind::NotExamined {
            voice.remark("fsck.examining", &[("count", &count)]);
        } else {
            voice.remark("fsck.indexing", &[("count", &count)]);
        }
    }
    let any = |fate: Fate| findings.iter().any(|finding| finding.fate == fate);
    if any(Fate::Mendable) {
        voice.remark("fsck.repair", &[("data", &site.data())]);
    }
    if any(Fate::NeedsPeople) {
        voice.remark("fsck.people", &[("data", &site.data())]);
    }
    Ok(())
}

fn in_table(voice: &Voice, findings: &[&Finding]) -> Result<(), Failure> {
    let mut table =
        Table::new(["head.found", "head.where", "head.amount", "head.fate"].map(|key| voice.say(key, &[])));
    for finding in findings {
        let subject = if finding.subject.is_empty() { "-".to_owned() } else { finding.subject.clone() };
        table.row([
            voice.word("fsck", finding.kind.as_str()),
            subject,
            amount(finding),
            voice.word("fate", finding.fate.as_str()),
        ]);
    }
    table.print(voice)
}

/// How much or how many, as people count it.
fn amount(finding: &Finding) -> String {
    match finding.kind {
        FindingKind::OpenToOthers => format!("{:04o}", finding.amount),
        FindingKind::StrayBlob
        | FindingKind::UnfinishedBlob
        | FindingKind::StrayResult
        | FindingKind::UnfinishedResult
        | FindingKind::Spool
        | FindingKind::Foreign
        | FindingKind::UnfinishedKey => {
            format!("{} B", finding.amount)
        }
        FindingKind::WronglyExamined | FindingKind::WronglyJudged => "1".to_owned(),
        FindingKind::Socket
        | FindingKind::NotIndexed
        | FindingKind::NotExamined
        | FindingKind::IndexLost
        | FindingKind::IndexOfNothing
        | FindingKind::PayloadMissing
        | FindingKind::RetiredKey
        | FindingKind::EscrowBehind => finding.amount.max(1).to_string(),
    }
}
