//! Of a confidential hold, who does not work on its matter learns no more than that a disposition is not available.

use serde_json::json;

use super::court::{Court, again};
use super::{HoldQueryFilter, is_held};
use crate::archive::Caller;
use crate::archive::records::RecordFilter;
use crate::archive::refusal::{Refusal, Thing};
use crate::base::id::HoldId;

/// Everything that a reader is told from which he might learn of a hold, as text.
fn told(court: &Court, caller: &Caller, hold: HoldId) -> String {
    let archive = court.archive();
    let all = HoldQueryFilter::default();
    let of_matter = HoldQueryFilter { matter: Some(court.matter), ..all };
    let list = |filter| format!("{:?}", archive.list_holds(caller, filter, None, 50).map(|page| page.items));
    let record = archive.show(caller, court.log).map(|view| view.holds);
    let records = archive.list(caller, &RecordFilter::default(), None, 50);
    let records = records.map(|page| page.items.iter().map(|line| line.held).collect::<Vec<_>>());
    [
        list(all),
        list(of_matter),
        format!("{record:?} {records:?}"),
        format!("{:?}", archive.hold(caller, hold).map(|view| view.hold)),
        format!("{:?}", archive.hold_members(caller, hold, None, 10)),
        format!("{:?}", archive.hold_notices(caller, hold).map(|notices| notices.len())),
        format!("{:?}", archive.release_hold(caller, hold, None)),
    ]
    .join("\n")
}

#[test]
fn a_confidential_hold_is_nowhere_for_those_who_do_not_work_on_its_matter() {
    let court = Court::new();
    let nowhere = HoldId::without_time(&crate::base::entropy::SystemEntropy);
    let others = || ["li", "mo", "an"].map(|name| again(&court.house, name));
    let before: Vec<String> = others().iter().map(|caller| told(&court, caller, nowhere)).collect();
    let secret = json!({"confidential": true});
    let hold = court.placed(json!({"records": [court.log.to_string()]}), &secret);
    let after: Vec<String> = others().iter().map(|caller| told(&court, caller, hold)).collect();
    assert_eq!(before, after);
    assert!(
        court.archive().hold(&again(&court.house, "he"), hold).is_ok(),
        "a colleague on the matter sees it"
    );
    // The same with a hold that is not confidential is seen, at the level of facts.
    let open = court.placed(json!({"records": [court.log.to_string()]}), &json!({}));
    let seen = court.archive().hold(&court.asks, open).unwrap();
    assert_eq!((seen.hold.title, seen.words, seen.hold.members), (None, None, Some(1)));
    assert!(matches!(court.archive().hold(&court.stranger, open), Err(Refusal::NotFound(Thing::Hold))));
}

#[test]
fn a_destruction_that_a_confidential_hold_stops_is_not_available_and_nothing_says_why() {
    let court = Court::new();
    let records = || json!({"records": [court.log.to_string()]});
    let secret = court.placed(records(), &json!({"confidential": true}));
    let said = |erased: Result<_, Refusal>| {
        format!("{:?}", erased.map(|_: crate::archive::disposition::Erasure| ()))
    };
    let one = said(court.erase(court.log, &[0]));
    assert_eq!(one, format!("{:?}", Err::<(), _>(Refusal::DispositionUnavailable)));
    court.placed(records(), &json!({"confidential": true}));
    assert_eq!(said(court.erase(court.log, &[0])), one, "two sound like one");
    court.released(secret);
    assert_eq!(said(court.erase(court.log, &[0])), one, "and one that rests like one that stands");
    court.placed(records(), &json!({}));
    assert!(is_held(&court.erase(court.log, &[0]), 1), "beside what is known it is not counted");
    // Neither does what stays in the ledger tell one from the other.
    let refused = court.house.entries(crate::ledger::entry::EntryKind::DispositionRefused);
    let first = &refused[0].facts;
    assert!(refused.len() == 4 && refused.iter().all(|entry| entry.facts == *first));
}
