//! G9: who signed, and as what.

use super::*;

#[rstest]
#[case(SignatureState::Unsigned, true, &["G9.unsigned"])]
#[case(SignatureState::NotValid, true, &["G9.signature_not_valid"])]
#[case(SignatureState::Valid, false, &["G9.capacity_missing"])]
#[case(SignatureState::Unsigned, false, &["G9.unsigned", "G9.capacity_missing"])]
#[case(SignatureState::NotChecked, true, &[])]
fn authorizations_and_confirmations_are_signed_by_somebody_entitled(
    #[case] state: SignatureState,
    #[case] capacity_stated: bool,
    #[case] expected: &[&str],
) {
    let signature = SignatureFacts { state, capacity_stated, signed_on: None };
    let allowed = authorization(1, AuthorizationFacts { signature, ..scope() });
    assert_eq!(keys(&found(std::slice::from_ref(&allowed))), expected);
    // Of somebody else's case it is no gap here, unless a record here leans on it.
    let away = elsewhere(allowed, Some(1));
    assert_eq!(found(std::slice::from_ref(&away)), []);
    let leaning = linked(log(2, vec![usual(&[("2026-02-01", 1)])]), LinkKind::PerformedUnder, 1);
    assert_eq!(keys(&found(&[away, leaning])), expected);
}
