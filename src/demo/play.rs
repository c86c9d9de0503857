//! Plays the demonstration's year through the archive's use cases, in the order of time: the
//! archive's clock shows for each step the time at which it is to have happened.

use std::collections::HashMap;
use std::io::Cursor;

use serde_json::{Value, json};

use super::DemoError;
use super::content::{self, CaseFile, CaseHead, Explanation, RecordFile};
use super::people::People;
use crate::access::role::Role;
use crate::archive::bulk::{BulkOptions, OnFault};
use crate::archive::cases::{Explain, NewEvent, Reason};
use crate::archive::holds::HoldFields;
use crate::archive::stage::Declared;
use crate::archive::users::Granted;
use crate::archive::{Archive, Caller, Refusal};
use crate::base::civil::Zone;
use crate::base::id::{CaseId, RecordId};
use crate::base::moment::{Clock as _, FixedClock, Moment};
use crate::record::case::OpenCase;
use crate::record::feed::EntryFormat;
use crate::record::jurisdiction::Jurisdiction;
use crate::record::matter::{MatterDuty, MatterFields, MatterPerson};
use crate::record::names::Reference;
use crate::record::request::{Capture, CaptureDefaults, CaseRef};

/// When the archive of the demonstration is made.
pub(super) const FOUNDED: &str = "2024-12-02T09:00:00+08:00";
/// When the matter is opened: after everything else.
const MATTER_OPENED: &str = "2025-06-16T09:00:00+08:00";

/// What was put into the archive.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Records, each segment of a bulk log being one.
    pub records: usize,
    /// Versions that amend a record.
    pub amendments: usize,
    /// Cases.
    pub cases: usize,
    /// Events of cases.
    pub events: usize,
}

enum Step<'a> {
    Open(&'a CaseHead),
    Event(&'a CaseHead, Value),
    Capture(&'a CaseHead, &'a RecordFile),
    Explain(&'a CaseHead, &'a Explanation),
}

/// Plays everything. `clock` is the archive's own.
///
/// # Errors
/// The content does not fit, or the archive refuses.
pub(super) fn play(
    archive: &Archive,
    (caller, people): (&Caller, &People),
    clock: &FixedClock,
) -> Result<Counts, DemoError> {
    let cases = content::cases()?;
    let (made, opened, counts) = (HashMap::new(), HashMap::new(), Counts::default());
    let mut player = Player { archive, caller, people, clock, made, cases: opened, counts };
    for (at, step) in steps(&cases)? {
        clock.set(at);
        player.take(step)?;
    }
    clock.set(content::moment("matter", MATTER_OPENED)?);
    let fields = MatterFields::from_json(&content::matter()?).map_err(Refusal::Faults)?;
    let matter = archive.open_matter(caller, fields)?.id;
    let counsel = MatterPerson { user: people.of(Role::Legal)?, duty: MatterDuty::Counsel };
    archive.add_matter_person(caller, matter, counsel, None)?;
    let (reference, mut hold) = content::hold()?;
    let case = player.cases.get(&reference).ok_or_else(|| DemoError::content("hold", "case"))?;
    hold["matter"] = json!(matter.to_string());
    hold["members"] = json!({"cases": [case.to_string()]});
    let hold = HoldFields::from_json(&hold, Zone::SHANGHAI).map_err(Refusal::Faults)?;
    archive.place_hold(caller, &hold)?;
    Ok(player.counts)
}

/// All steps of all cases in the order of time; a case opens before anything happens in it.
fn steps(cases: &[CaseFile]) -> Result<Vec<(Moment, Step<'_>)>, DemoError> {
    let mut steps = Vec::new();
    for file in cases {
        let case = &file.case;
        let mut own = Vec::new();
        for event in &file.events {
            let at = event.get("at").and_then(Value::as_str).unwrap_or_default();
            let at = content::moment(&case.reference, at)?;
            own.push((at.plus_seconds(300), Step::Event(case, Value::Object(event.clone()))));
        }
        for record in &file.records {
            own.push((record.captured_at()?, Step::Capture(case, record)));
        }
        for explanation in &file.explanations {
            own.push((content::moment(&case.reference, &explanation.at)?, Step::Explain(case, explanation)));
        }
        let opened = content::moment(&case.reference, &case.opened)?;
        let first = own.iter().map(|(at, _)| *at).min().unwrap_or(opened);
        steps.push((first.min(opened).plus_seconds(-60), Step::Open(case)));
        steps.extend(own);
    }
    // Stable: what happens at one time stays in the order of the files.
    steps.sort_by_key(|(at, _)| *at);
    Ok(steps)
}

struct Player<'a> {
    archive: &'a Archive,
    caller: &'a Caller,
    people: &'a People,
    clock: &'a FixedClock,
    /// Records by case and label: a bulk log becomes several.
    made: HashMap<(String, String), Vec<RecordId>>,
    /// Cases by their references.
    cases: HashMap<String, CaseId>,
    counts: Counts,
}

impl Player<'_> {
    fn take(&mut self, step: Step<'_>) -> Result<(), DemoError> {
        let now = self.clock.now();
        match step {
            Step::Open(case) => {
                let open =
                    OpenCase::from_json(&case.to_json(), case.zone()?, now).map_err(Refusal::Faults)?;
                let opened = self.archive.open_case(self.caller, open)?.id;
                for role in &case.seen_by {
                    let role =
                        Role::parse(role).map_err(|_| DemoError::content(&case.reference, "seen_by"))?;
                    let user = self.people.of(role)?;
                    self.archive.grant(&self.people.administrator, user, Granted::Case(opened))?;
                }
                self.cases.insert(case.reference.clone(), opened);
                self.counts.cases += 1;
            }
            Step::Event(case, event) => {
                let event = NewEvent::from_json(&event, case.zone()?, now).map_err(Refusal::Faults)?;
                self.archive.add_case_event(self.caller, &reference(case)?, event)?;
                self.counts.events += 1;
            }
            Step::Capture(case, record) => self.capture(case, record, now)?,
            Step::Explain(case, explanation) => {
                let record = match &explanation.record {
                    Some(label) => self.records(case, label)?.first().copied(),
                    None => None,
                };
                let words = Reason::parse(&explanation.words)
                    .map_err(|_| DemoError::content(&case.reference, "words"))?;
                let explain = Explain { key: explanation.gap.clone(), record, about: None, words };
                self.archive.explain_gap(self.caller, &reference(case)?, explain)?;
            }
        }
        Ok(())
    }

    fn capture(&mut self, case: &CaseHead, record: &RecordFile, now: Moment) -> Result<(), DemoError> {
        let description = record.to_json(case, self.links(case, record)?);
        let defaults = CaptureDefaults {
            jurisdiction: Jurisdiction::china(),
            zone: Zone::SHANGHAI,
            now,
            content_comes_apart: record.entries.is_some(),
        };
        let capture = Capture::from_json(&description, &defaults).map_err(Refusal::Faults)?;
        let made = match (&record.entries, &record.amends) {
            (Some(entries), _) => {
                let format =
                    if entries.name.ends_with(".csv") { EntryFormat::Csv } else { EntryFormat::Jsonl };
                let options = BulkOptions { format, on_fault: OnFault::CaptureNothing };
                let mut stream = Cursor::new(entries.bytes()?);
                let receipt = self.archive.capture_entries(self.caller, capture, options, &mut stream)?;
                receipt.segments.iter().map(|segment| segment.record).collect::<Vec<_>>()
            }
            (None, amends) => {
                let staged = vec![self.archive.stage(&record.bytes()?, Declared::default())?];
                let receipt = match amends {
                    None => self.archive.capture(self.caller, capture, staged)?,
                    Some(label) => {
                        let [amended] = self.records(case, label)? else {
                            return Err(DemoError::content(&record.label, "amends"));
                        };
                        self.archive.amend(self.caller, *amended, capture, staged, None)?
                    }
                };
                vec![receipt.record]
            }
        };
        match record.amends {
            Some(_) => self.counts.amendments += 1,
            None => self.counts.records += made.len(),
        }
        self.made.insert((case.reference.clone(), record.label.clone()), made);
        Ok(())
    }

    fn records(&self, case: &CaseHead, label: &str) -> Result<&[RecordId], DemoError> {
        let key = (case.reference.clone(), label.to_owned());
        self.made.get(&key).map(Vec::as_slice).ok_or_else(|| DemoError::content(label, "label"))
    }

    /// `kind:label` as the API takes it; a bulk log has a link for each of its segments.
    fn links(&self, case: &CaseHead, record: &RecordFile) -> Result<Vec<Value>, DemoError> {
        let mut links = Vec::new();
        for link in &record.links {
            let (kind, label) =
                link.split_once(':').ok_or_else(|| DemoError::content(&record.label, "links"))?;
            let ends = self.records(case, label)?;
            links.extend(ends.iter().map(|end| json!({"kind": kind, "to": end.to_string()})));
        }
        Ok(links)
    }
}

fn reference(case: &CaseHead) -> Result<CaseRef, DemoError> {
    Reference::parse(&case.reference)
        .map(CaseRef::Reference)
        .map_err(|_| DemoError::content(&case.reference, "reference"))
}
