//! What was said of a gap.

use super::*;

#[test]
fn a_gap_shows_no_word_of_the_customer_in_debug() {
    let entries = step("给王小明治病", "use", "日志", "CRM", &[("2026-02-01", 1)]);
    let gaps = found(&[authorization(1, scope()), log(2, vec![entries])]);
    assert!(!format!("{gaps:?}").contains("王小明"));
    assert_eq!(gaps[0].cause.facts()["word"], "给王小明治病");
}

#[test]
fn an_explanation_stands_beside_its_gap_until_anything_about_the_gap_changes() {
    let allowed = authorization(1, scope());
    let of = |days: &[(&str, u64)]| found(&[allowed.clone(), log(2, vec![usual(days)])]);
    let said = said_of(&of(&[("2026-04-10", 1)])[0], 1);
    let standing = |days: &[(&str, u64)]| explained(of(days), std::slice::from_ref(&said)).gaps[0].standing;
    assert_eq!(standing(&[("2026-04-10", 1)]), GapStanding::Explained);
    assert_eq!(standing(&[("2026-04-10", 1), ("2026-04-30", 1)]), GapStanding::GrownSince, "a later day");
    assert_eq!(standing(&[("2026-04-08", 1), ("2026-04-10", 1)]), GapStanding::GrownSince, "an earlier day");
    assert_eq!(standing(&[("2026-04-10", 90_000)]), GapStanding::GrownSince, "more entries");
    let other = found(&[allowed, log(3, vec![usual(&[("2026-04-10", 1)])])]);
    assert_eq!(explained(other, &[said]).gaps[0].standing, GapStanding::Open, "another record");
}

#[test]
fn an_explanation_covers_only_the_word_that_it_spoke_of() {
    let entries = ["统计", "营销"].map(|purpose| step(purpose, "use", "日志", "CRM", &[("2026-02-01", 1)]));
    let gaps = found(&[authorization(1, scope()), log(2, entries.to_vec())]);
    let purposes: Vec<&Gap> = gaps.iter().filter(|gap| gap.key() == "G3.purpose").collect();
    assert_eq!(purposes.len(), 2);
    let said = said_of(purposes[0], 1);
    let about = purposes[0].about().map(str::to_owned);
    for line in explained(gaps.clone(), &[said]).gaps.iter().filter(|line| line.gap.key() == "G3.purpose") {
        let expected = match line.gap.about() == about.as_deref() {
            true => GapStanding::Explained,
            false => GapStanding::Open,
        };
        assert_eq!(line.standing, expected, "{:?}", line.gap.about());
    }
}

#[test]
fn what_was_said_of_a_gap_outlives_the_gap() {
    let said = said_of(&found(&[log(2, vec![usual(&[("2026-02-10", 1)])])])[0], 1);
    let healed = found(&[authorization(1, scope()), log(2, vec![usual(&[("2026-02-10", 1)])])]);
    let beside = explained(healed, std::slice::from_ref(&said));
    assert!(beside.gaps.iter().all(|line| line.explanations.is_empty()));
    assert_eq!(beside.closed, [said]);
}
