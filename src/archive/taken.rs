//! Names that are taken. References, and external ids within their source, are one name space for all:
//! whoever gives one to something new hears whether it is taken, also by what he may not see. So that
//! nobody learns foreign names by trying them out, each such answer is entered in the ledger, and who got
//! many of them is answered no more for a while, whether the name is free or not.

use crate::access::permission::{Action, Resource};
use crate::access::rights::Via;
use crate::base::moment::Moment;

use super::caller::Caller;
use super::refusal::{Refusal, Thing};

/// What a name stands for that somebody wants to give to something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Name {
    /// Nothing.
    Free,
    /// Something that the person sees anyway.
    InSight,
    /// Something that the person does not see.
    OutOfSight,
}

impl Name {
    /// Of what was found under it, if anything, and whether the person sees that.
    pub(super) fn of<T>(found: Option<&T>, is_seen: impl FnOnce(&T) -> bool) -> Self {
        match found {
            None => Self::Free,
            Some(found) if is_seen(found) => Self::InSight,
            Some(_) => Self::OutOfSight,
        }
    }
}

impl Caller {
    /// Lets the caller give this name to something, if it is free.
    ///
    /// # Errors
    /// [`Refusal::Exists`] if it is taken; [`Refusal::NamesThrottled`] if the caller heard too often that
    /// names are taken by what he does not see.
    pub(super) fn may_name(
        &self,
        asked: (Action, Resource),
        name: Name,
        thing: Thing,
        now: Moment,
    ) -> Result<(), Refusal> {
        let is_taken = match name {
            Name::InSight => return Err(Refusal::Exists(thing)),
            Name::Free => false,
            Name::OutOfSight => true,
        };
        // Whoever works at the machine itself has all of its names in the database.
        if self.rights.via == Via::LocalOperator {
            if is_taken {
                self.notes.note(&self.rights, asked, now);
                return Err(Refusal::Exists(thing));
            }
            return Ok(());
        }
        match self.notes.hears_of_name(&self.rights, asked, is_taken, now) {
            Err(wait_seconds) => Err(Refusal::NamesThrottled { wait_seconds }),
            Ok(()) if is_taken => Err(Refusal::Exists(thing)),
            Ok(()) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::access::role::Role;
    use crate::archive::cases::CaseChange;
    use crate::archive::cases::tests::{caller, named, now, scratch};
    use crate::archive::stage::Declared;
    use crate::archive::tests::Scratch;
    use crate::base::civil::Zone;
    use crate::ledger::entry::{EntryKind, decode};
    use crate::record::case::OpenCase;
    use crate::store::rows::ledger;

    fn open(scratch: &Scratch, who: &Caller, reference: &str) -> Result<(), Refusal> {
        let json = json!({"reference": reference, "title": "x", "opened": "2026-02-02T09:00"});
        let case = OpenCase::from_json(&json, Zone::SHANGHAI, now()).unwrap();
        scratch.archive.open_case(who, case).map(|_| ())
    }

    fn rename(scratch: &Scratch, who: &Caller, case: &str, to: &str) -> Result<(), Refusal> {
        let change = CaseChange::from_json(&json!({"reference": to, "title": "y"})).unwrap();
        scratch.archive.change_case(who, &named(case), change, None).map(|_| ())
    }

    fn capture(scratch: &Scratch, who: &Caller, id: &str) -> Result<(), Refusal> {
        let json = json!({"kind": "ticket", "occurred": "2026-03-01", "source": {"system": "crm", "external_id": id},
            "components": [{"name": "a.txt"}]});
        let staged = scratch.archive.stage(b"x", Declared::default()).unwrap();
        scratch.archive.capture(who, scratch.request(&json.to_string()), vec![staged]).map(|_| ())
    }

    /// The refusals in the ledger: action, resource, why.
    fn entered(scratch: &Scratch) -> Vec<(String, String, Option<String>)> {
        scratch.archive.enter_refusals().unwrap();
        let rows = scratch.archive.inner.store.read(|conn| ledger::entries_from(conn, 0, 10_000)).unwrap();
        let rows = rows.iter().filter(|row| row.kind == EntryKind::Refused);
        let text = |value: Option<&serde_json::Value>| value.and_then(|it| it.as_str()).map(str::to_owned);
        rows.map(|row| {
            let facts = decode(&row.body).unwrap().facts;
            let of = |name: &str| text(facts.get(name));
            (of("action").unwrap(), of("resource").unwrap(), of("why"))
        })
        .collect()
    }

    #[test]
    fn each_foreign_name_that_somebody_hits_is_entered_by_whichever_way_he_tried() {
        let scratch = scratch();
        let mine = caller(Role::Archivist, 1, &[]).noting(&scratch.archive.inner);
        let hers = caller(Role::Archivist, 2, &[]).noting(&scratch.archive.inner);
        open(&scratch, &hers, "SC-1").unwrap();
        capture(&scratch, &hers, "T-1").unwrap();
        open(&scratch, &mine, "OWN-1").unwrap();
        open(&scratch, &mine, "OWN-2").unwrap();
        assert!(matches!(open(&scratch, &mine, "sc-1"), Err(Refusal::Exists(Thing::Case))));
        assert!(matches!(rename(&scratch, &mine, "OWN-1", "SC-1"), Err(Refusal::Exists(Thing::Case))));
        assert!(matches!(capture(&scratch, &mine, "T-1"), Err(Refusal::Exists(Thing::Record))));
        let taken = |action: &str, resource: &str| {
            (action.to_owned(), resource.to_owned(), Some("name_taken".to_owned()))
        };
        let three = vec![taken("create", "case"), taken("change", "case"), taken("create", "record")];
        assert_eq!(entered(&scratch), three);
        // What one sees anyway is no news, however often one stumbles over it.
        for _ in 0..30 {
            assert!(matches!(open(&scratch, &mine, "OWN-2"), Err(Refusal::Exists(Thing::Case))));
            assert!(matches!(rename(&scratch, &mine, "OWN-1", "OWN-2"), Err(Refusal::Exists(Thing::Case))));
            assert!(capture(&scratch, &hers, "T-1").is_ok(), "the same again");
        }
        assert_eq!(entered(&scratch), three);
        assert!(open(&scratch, &mine, "NEW-1").is_ok());
    }

    #[test]
    fn who_tries_names_out_hears_of_none_for_a_while_and_goes_on_with_all_else() {
        let scratch = scratch();
        let mine = caller(Role::Archivist, 1, &[]).noting(&scratch.archive.inner);
        let hers = caller(Role::Archivist, 2, &[]).noting(&scratch.archive.inner);
        open(&scratch, &mine, "OWN-1").unwrap();
        capture(&scratch, &mine, "T-1").unwrap();
        let names: Vec<String> = (0..11).map(|number| format!("SC-{number}")).collect();
        for name in &names {
            open(&scratch, &hers, name).unwrap();
        }
        let told: Vec<_> = names.iter().map(|name| open(&scratch, &mine, name)).collect();
        assert_eq!(told.iter().filter(|told| matches!(told, Err(Refusal::Exists(_)))).count(), 10);
        assert!(matches!(told.last(), Some(Err(Refusal::NamesThrottled { wait_seconds: 1..=601 }))));
        let throttled = |told: Result<(), Refusal>| {
            assert!(matches!(told, Err(Refusal::NamesThrottled { .. })), "{told:?}")
        };
        throttled(open(&scratch, &mine, "FREE-1"));
        throttled(rename(&scratch, &mine, "OWN-1", "FREE-1"));
        throttled(capture(&scratch, &mine, "T-2"));
        assert_eq!(entered(&scratch).len(), 10);
        // His own work is not touched, and neither is anybody else's.
        rename(&scratch, &mine, "OWN-1", "OWN-1").unwrap();
        capture(&scratch, &mine, "T-1").unwrap();
        open(&scratch, &hers, "FREE-1").unwrap();
    }
}
