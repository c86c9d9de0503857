//! What holds do to where records stand: only what one touches is judged again, and of a confidential one nobody learns
//! from where a record stands.

use std::time::Duration;

use serde_json::json;

use super::court::Court;
use crate::archive::Caller;
use crate::archive::retention::{DueQuery, Queue, Rules};
use crate::base::id::RecordId;
use crate::base::moment::Moment;
use crate::policy::Policy;
use crate::retention::{Schedule, replay};

/// Logs are kept for a day.
const POLICY: &str = r#"
format = 1
id = "logs"
version = 1
title = "日志"
owner = "个人信息保护负责人"
[[obligation]]
id = "log.day"
jurisdiction = "CN"
calendar = "cn-civil"
zone = "Asia/Shanghai"
match = { kinds = ["processing_log"] }
kind = "floor"
trigger = "occurred"
period = "P1D"
action = "destroy"
citations = ["内部制度"]
certainty = "A"
"#;

fn a_court() -> Court {
    let court = Court::new();
    let schedule = Schedule::of(&Policy::parse(POLICY).unwrap());
    let rules = Rules::plain(Moment::from_micros(0), std::sync::Arc::new(schedule));
    *court.archive().inner.rules_in_force.write().unwrap() = vec![rules];
    court
}

impl Court {
    fn judge(&self) {
        assert!(self.archive().judge_pending(Duration::from_secs(60)).unwrap());
    }

    fn judged_at(&self, record: RecordId) -> Moment {
        let row = self.archive().inner.store.read(|conn| crate::store::rows::retention::get(conn, record));
        row.unwrap().unwrap().judged_at
    }

    fn state(&self, caller: &Caller, record: RecordId) -> String {
        self.archive().show(caller, record).unwrap().state
    }

    /// The lists on which somebody finds the record, and what is said there to be in the way.
    fn told(&self, caller: &Caller, record: RecordId) -> String {
        let lists = [Queue::Due, Queue::Held].map(|queue| {
            let page = self.archive().due(caller, &DueQuery { queue, at: None }, None, 50).unwrap();
            let found = page.items.into_iter().find(|line| line.record == record);
            found.map(|line| (line.state, line.blockers))
        });
        format!("{lists:?}")
    }
}

#[test]
fn a_hold_has_only_what_it_names_judged_again_when_it_comes_grows_and_goes() {
    let court = a_court();
    let other = court.another_log("SC-2", &json!({"category": "cn.svc.log"}));
    court.judge();
    let before = court.judged_at(other);
    court.house.wait(60);
    let hold = court.placed(json!({"cases": [court.case.to_string()]}), &json!({}));
    court.judge();
    assert_eq!(court.state(&court.asks, court.log), "held");
    assert_eq!(court.judged_at(other), before);
    let touched = court.judged_at(court.log);
    court.house.wait(60);
    court.add(hold, &json!({"categories": ["cn.svc.log"]})).unwrap();
    court.judge();
    assert_eq!(court.state(&court.asks, other), "held");
    assert_eq!(court.judged_at(court.log), touched, "what it named before is as it was");
    court.house.wait(60);
    court.released(hold);
    court.judge();
    assert!(court.judged_at(other) > touched && court.judged_at(court.log) > touched);
}

#[test]
fn what_lies_in_a_held_party_s_cases_is_judged_again_and_what_bears_a_held_field() {
    let court = a_court();
    let elsewhere = court.another_log("SC-3", &json!({"parties": []}));
    let contract = json!({"parties": [], "custom": [{"name": "合同编号", "value": "HT-1"}]});
    let bears = court.another_log("SC-4", &contract);
    court.judge();
    let before = court.judged_at(elsewhere);
    court.house.wait(60);
    court.placed(json!({"parties": [court.customer().to_string()]}), &json!({}));
    court.judge();
    assert_eq!((court.state(&court.asks, court.log).as_str(), court.judged_at(elsewhere)), ("held", before));
    // Which records have a field is said by them alone: all are asked.
    court.placed(json!({"fields": [{"name": "合同编号", "value": "HT-1"}]}), &json!({}));
    court.judge();
    assert_eq!(court.state(&court.asks, bears), "held");
    assert!(court.judged_at(elsewhere) > before);
}

#[test]
fn live_holds_are_looked_for_in_every_record_once_a_night() {
    let court = a_court();
    court.judge();
    court.placed(json!({"query": {"words": "zebra0quartz"}}), &json!({}));
    court.judge();
    assert_eq!(court.state(&court.asks, court.log), "held");
    let before = court.judged_at(court.log);
    court.house.wait(3_600);
    court.judge();
    assert_eq!(court.judged_at(court.log), before, "once a day is enough");
    court.house.wait(24 * 3_600);
    court.judge();
    let night = court.judged_at(court.log);
    assert!(night > before);
    // A record that comes in is looked through at once.
    let later = court.another_log("SC-9", &json!({}));
    court.judge();
    assert_eq!((court.state(&court.asks, later).as_str(), court.judged_at(court.log)), ("held", night));
}

#[test]
fn of_a_confidential_hold_lists_and_explanations_say_nothing_and_who_works_on_its_matter_is_told() {
    let court = a_court();
    court.judge();
    let records = || json!({"records": [court.log.to_string()]});
    let free = court.told(&court.asks, court.log);
    court.placed(records(), &json!({"confidential": true}));
    court.judge();
    assert_eq!(court.state(&court.asks, court.log), "due");
    assert_eq!(court.told(&court.asks, court.log), free);
    let explained = court.archive().explain_retention(&court.asks, court.log, None).unwrap();
    assert!(!explained.verdict.held);
    assert_eq!(explained.json["holds"], json!([]));
    assert_eq!(replay(&explained.json).unwrap().state().as_str(), "due");
    let told = court.archive().explain_retention(&court.counsel, court.log, None).unwrap();
    assert!(told.verdict.held);
    assert_eq!(told.json["holds"].as_array().unwrap().len(), 1);
    // One that everybody may know of is told to everybody.
    court.placed(records(), &json!({}));
    court.judge();
    assert_eq!(court.state(&court.asks, court.log), "held");
    let explained = court.archive().explain_retention(&court.asks, court.log, None).unwrap();
    assert!(explained.verdict.held);
    assert_eq!(explained.json["holds"].as_array().unwrap().len(), 1);
}
