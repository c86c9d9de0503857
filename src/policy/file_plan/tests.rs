use super::*;
use crate::policy::{shipped, shipped_names};

fn head() -> PlanHead {
    PlanHead {
        id: RuleId::parse("from-purview").unwrap(),
        title: "由标签导入".to_owned(),
        owner: "档案部".to_owned(),
        law: Law::parse("CN").unwrap(),
        zone: Zone::SHANGHAI,
        event_key: "contract".to_owned(),
    }
}

fn table(text: &str) -> Table {
    Table::from_csv(text.as_bytes(), None).unwrap()
}

#[test]
fn what_was_exported_comes_back_as_a_policy_that_keeps_no_less() {
    for name in shipped_names() {
        let pack = shipped(name).unwrap().unwrap();
        let csv = purview(&pack);
        let read = read_purview(&Table::from_csv(&csv, None).unwrap(), &head()).unwrap();
        let again = Policy::parse(&read).unwrap_or_else(|faults| panic!("{name}: {faults:?}\n{read}"));
        let weighed: Vec<_> = pack.obligations.iter().filter(|rule| rule.is_weighed()).collect();
        assert_eq!(again.obligations.len(), weighed.len(), "{name}");
        for (one, other) in weighed.iter().zip(&again.obligations) {
            if one.rule.kind() == RuleKind::Floor
                && let (Some(before), Some(after)) = (one.rule.period(), other.rule.period())
            {
                assert!(after.day_bounds().0 >= before.day_bounds().0, "{name} {}", one.id);
            }
        }
    }
}

#[test]
fn three_years_are_counted_as_the_most_days_that_they_last() {
    let days = |text: &str| most_days(Period::parse(text).unwrap());
    assert_eq!((days("P3Y"), days("P1Y"), days("P6M"), days("P60D")), (1_096, 366, 184, 60));
}

#[test]
fn every_fault_of_a_plan_is_named_with_its_line_and_column() {
    let plan = "LabelName,RetentionAction,RetentionDuration,RetentionType,EventType\r\n\
        ,Keep,3,CreationAgeInDays,\r\nA,Shred,3,CreationAgeInDays,\r\nB,Delete,Unlimited,CreationAgeInDays,\r\n\
        C,Keep,3,EventAgeInDays,\r\nD,Keep,3,CreationAgeInDays,\r\nd,Keep,3,CreationAgeInDays,\r\n";
    let faults = read_purview(&table(plan), &head()).unwrap_err();
    let found: Vec<(u64, &str, &str)> =
        faults.iter().map(|fault| (fault.line, fault.column, fault.what.as_str())).collect();
    assert_eq!(
        found,
        [
            (2, "LabelName", "blank"),
            (3, "RetentionAction", "action"),
            (4, "RetentionDuration", "duration"),
            (5, "RetentionType", "counted_from"),
            (7, "LabelName", "duplicate"),
        ]
    );
    let lacking = read_purview(&table("LabelName\r\nA\r\n"), &head()).unwrap_err();
    assert_eq!(lacking.len(), 3);
}

#[test]
fn labels_become_rules_over_tags_and_events_are_declared() {
    let plan = "LabelName,RetentionAction,RetentionDuration,RetentionType,EventType,CitationName\r\n\
        合同,KeepAndDelete,3653,EventAgeInDays,Contract Ended,民法典第188条\r\n永久,Keep,Unlimited,TaggedAgeInDays,,\r\n";
    let text = read_purview(&table(plan), &head()).unwrap();
    let policy = Policy::parse(&text).unwrap_or_else(|faults| panic!("{faults:?}\n{text}"));
    let rule = policy.obligation("label-1").unwrap();
    assert_eq!(rule.rule.trigger().unwrap().to_string(), "event(\"contract_ended\", contract)");
    assert_eq!(rule.approvals.as_ref().unwrap().as_str(), "standard");
    assert_eq!(*policy.obligation("label-2").unwrap().rule.term(), Term::Permanent);
}

#[test]
fn the_schedule_names_scope_period_and_law() {
    let pack = shipped("tw-general").unwrap().unwrap();
    let text = String::from_utf8(schedule_table(&pack)).unwrap();
    assert!(text.contains("10 年") && text.contains("永久"), "{text}");
    assert!(text.starts_with('\u{feff}') && text.lines().count() > 5);
    let pack = shipped("cn-accounting").unwrap().unwrap();
    let text = String::from_utf8(schedule_in(&pack, &ScheduleWords::TRADITIONAL)).unwrap();
    let vouchers = text.lines().find(|line| line.contains("cn.acct.voucher")).unwrap();
    assert!(vouchers.contains("30 年") && vouchers.contains("條文待核對"), "{vouchers}");
    assert!(text.contains("保存年限") && !text.contains("保管期限"), "{text}");
}
