//! Reading and printing of triggers.

use proptest::prelude::*;

use super::*;

#[test]
fn the_spelling_is_canonical() {
    for (text, printed) in [
        ("declared", "declared"),
        (" ( occurred )+P24M ", "occurred + P2Y"),
        (
            "max(occurred + P7Y, majority(birth_date) + P7Y)",
            "max(occurred + P7Y, majority(meta(\"birth_date\")) + P7Y)",
        ),
        ("event(\"relationship_ended\",customer,last)", "event(\"relationship_ended\", customer, last)"),
        (
            "fiscal_year_end(any(meta(\"结算日\"), occurred))",
            "fiscal_year_end(any(meta(\"结算日\"), occurred))",
        ),
        ("(occurred + P1Y) + P1Y", "occurred + P1Y + P1Y"),
    ] {
        assert_eq!(Expr::parse(text).unwrap().to_string(), printed);
    }
}

#[test]
fn a_fault_stands_at_its_character() {
    for (text, at, code) in [
        ("", 0, "trigger_ends"),
        ("ocurred", 0, "trigger_unknown_name"),
        ("max(occurred + P7Y, majorty(x))", 20, "trigger_unknown_name"),
        ("max(occurred)", 0, "trigger_arguments"),
        ("occurred + 7Y", 11, "trigger_period"),
        ("occurred P7Y", 9, "trigger_unexpected"),
        ("meta(birth_date)", 5, "trigger_unexpected"),
        ("meta(\"a", 5, "trigger_unclosed"),
        ("meta(\"\")", 5, "trigger_name"),
        ("event(\"Ended\", customer)", 6, "trigger_name"),
        ("event(\"ended\", Customer)", 15, "trigger_name"),
        ("event(\"ended\", customer, latest)", 25, "trigger_occurrence"),
        ("event(\"destroyed\", case)", 6, "trigger_cyclic"),
        ("occurred; declared", 8, "trigger_character"),
        ("max(occurred, declared", 22, "trigger_ends"),
        ("majority(birth_date + P1Y)", 20, "trigger_unexpected"),
        ("majority(occurred)", 9, "trigger_unexpected"),
    ] {
        let fault = Expr::parse(text).unwrap_err();
        assert_eq!((fault.at, fault.what.code()), (at, code), "{text}");
    }
}

#[test]
fn depth_and_length_have_their_limits() {
    let deep = format!("{}occurred{}", "(".repeat(100_000), ")".repeat(100_000));
    assert_eq!(Expr::parse(&deep).unwrap_err().what.code(), "trigger_too_long");
    let deep = format!("{}occurred{}", "(".repeat(400), ")".repeat(400));
    assert_eq!(Expr::parse(&deep).unwrap_err().what.code(), "trigger_too_deep");
    let many = format!("occurred{}", " + P1D".repeat(100));
    assert_eq!(Expr::parse(&many).unwrap_err().what.code(), "trigger_too_deep");
}

fn any_atom() -> impl Strategy<Value = Atom> {
    let path = "[a-z_.一-十]{1,12}".prop_map(|text| MetaPath::parse(&text).unwrap());
    let word = "[a-z]{1,8}(_[a-z0-9]{1,8}){0,2}";
    prop_oneof![
        Just(Atom::Declared),
        Just(Atom::Received),
        Just(Atom::Created),
        Just(Atom::Occurred),
        Just(Atom::Classified),
        path.clone().prop_map(Atom::Meta),
        path.prop_map(Atom::Majority),
        (word, word, prop::option::of(prop::sample::select(Occurrence::ALL))).prop_filter_map(
            "an event of the archive's own",
            |(kind, key, which)| {
                let kind = EventType::parse(&kind).ok()?;
                let key = EventKey::parse(&key).ok()?;
                let atom = Atom::Event { kind, key, which };
                Expr::parse(&atom.to_string()).is_ok().then_some(atom)
            }
        ),
    ]
}

/// Any expression.
pub(crate) fn any_expr() -> impl Strategy<Value = Expr> {
    any_atom().prop_map(Expr::Atom).prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            (inner.clone(), 0_u32..200, 1_u32..200).prop_map(|(expr, months, days)| {
                Expr::Plus(Box::new(expr), Period::new(months, days).unwrap())
            }),
            inner.clone().prop_map(|expr| Expr::FiscalYearEnd(Box::new(expr))),
            inner.clone().prop_map(|expr| Expr::CalendarYearEnd(Box::new(expr))),
            (prop::sample::select(Combine::ALL), prop::collection::vec(inner, 2..5))
                .prop_map(|(how, list)| Expr::Combined(how, Arguments::new(list).unwrap())),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_printed_reads_back(expr in any_expr()) {
        prop_assert_eq!(Expr::parse(&expr.to_string()), Ok(expr));
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "[a-z_ (),+\"P0-9Y]{0,60}|.{0,30}") {
        if let Err(fault) = Expr::parse(&text) {
            prop_assert!(fault.at <= text.chars().count());
        }
    }
}
