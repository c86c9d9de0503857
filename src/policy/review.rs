//! The calendar of reviews (制度评审): by when a policy, or one of its rules, has to be looked at again.
//!
//! A review that is overdue turns its rules amber: nothing is destroyed at anybody's discretion under them until
//! it is held. What has to go by law goes on.

use super::document::Policy;
use super::obligation::{Obligation, RuleId};
use crate::base::civil::CivilDate;
use crate::retention::calendar::{Calendar, CalendarName};

/// A review that was held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewHeld {
    /// On which day.
    pub on: CivilDate,
    /// Of this rule alone; none for the policy as a whole.
    pub rule: Option<RuleId>,
}

/// The last day by which a rule has to be reviewed, if its version counts since `since`; without a rule, the
/// policy as a whole.
///
/// It is `review_every` after the last review, or after `since` where none was held since. A day that the policy or
/// the rule names itself comes before it, until a review was held on that day or later. A day beyond the calendar is
/// never reached: `None`.
pub fn review_due(
    policy: &Policy,
    rule: Option<&Obligation>,
    since: CivilDate,
    reviews: &[ReviewHeld],
) -> Option<CivilDate> {
    let covers = |review: &&ReviewHeld| match (&review.rule, rule) {
        (None, _) => true,
        (Some(of), Some(rule)) => *of == rule.id,
        (Some(_), None) => false,
    };
    let last = reviews.iter().filter(covers).map(|review| review.on).max();
    let from = last.map_or(since, |last| last.max(since));
    let by_calendar = Calendar::plain(CalendarName::Anniversary).last_day(from, policy.review_every).ok();
    let named = [policy.next_review, rule.and_then(|rule| rule.next_review)].into_iter().flatten();
    let open = named.filter(|day| last.is_none_or(|last| last < *day));
    open.chain(by_calendar).min()
}

/// True once the day is over.
pub fn is_overdue(due: CivilDate, today: CivilDate) -> bool {
    due < today
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"
format = 1
id = "house"
version = 1
title = "服务记录保管期限"
owner = "个人信息保护负责人"
review_every = "P6M"

[[category]]
id = "a"
title = "甲"

[[obligation]]
id = "one"
jurisdiction = "CN"
calendar = "cn-civil"
zone = "Asia/Shanghai"
match = { categories = ["a"] }
kind = "floor"
trigger = "occurred"
period = "P3Y"
citations = ["电子商务法第31条"]
certainty = "A"
NEXT
"#;

    fn policy(next: &str) -> Policy {
        Policy::parse(&TEXT.replace("NEXT", next)).unwrap()
    }

    fn day(text: &str) -> CivilDate {
        CivilDate::parse(text).unwrap()
    }

    fn held(on: &str, rule: Option<&str>) -> ReviewHeld {
        ReviewHeld { on: day(on), rule: rule.map(|id| RuleId::parse(id).unwrap()) }
    }

    #[test]
    fn a_review_is_due_half_a_year_after_the_last_one_or_after_the_policy_began_to_count() {
        let policy = policy("");
        let rule = policy.obligation("one").unwrap();
        let due = |reviews: &[ReviewHeld]| review_due(&policy, Some(rule), day("2026-03-31"), reviews);
        assert_eq!(due(&[]), Some(day("2026-09-30")));
        assert_eq!(due(&[held("2026-05-01", None)]), Some(day("2026-11-01")));
        assert_eq!(due(&[held("2026-05-01", Some("one"))]), Some(day("2026-11-01")));
        assert_eq!(due(&[held("2026-05-01", Some("two"))]), Some(day("2026-09-30")), "of another rule");
        assert_eq!(due(&[held("2026-01-01", None)]), Some(day("2026-09-30")), "of the version before");
        let whole = review_due(&policy, None, day("2026-03-31"), &[held("2026-05-01", Some("one"))]);
        assert_eq!(whole, Some(day("2026-09-30")), "one rule is not the policy");
    }

    #[test]
    fn a_day_that_the_rule_names_comes_first_until_a_review_is_held_then() {
        let policy = policy("next_review = 2026-05-15");
        let rule = policy.obligation("one").unwrap();
        let due = |reviews: &[ReviewHeld]| review_due(&policy, Some(rule), day("2026-03-31"), reviews);
        assert_eq!(due(&[]), Some(day("2026-05-15")));
        assert_eq!(due(&[held("2026-05-01", None)]), Some(day("2026-05-15")), "held before the day");
        assert_eq!(due(&[held("2026-05-15", None)]), Some(day("2026-11-15")));
    }

    #[test]
    fn the_last_day_itself_is_in_time() {
        assert!(!is_overdue(day("2026-09-30"), day("2026-09-30")));
        assert!(is_overdue(day("2026-09-30"), day("2026-10-01")));
    }
}
