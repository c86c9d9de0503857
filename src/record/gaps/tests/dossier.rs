//! The lists of a dossier.

use super::*;

#[test]
fn a_dossier_lists_what_there_is_and_scores_nobody() {
    let input = DossierInput {
        records: vec![
            authorization(1, scope()),
            authorization(2, AuthorizationFacts { valid_to: None, ..scope() }),
            complaint(3, "2026-03-01"),
            linked(
                record(4, Kind::ServiceRecord(Subkind::Chat), "2026-03-02", Evidence::Other),
                LinkKind::Answers,
                3,
            ),
            record(5, Kind::ServiceRecord(Subkind::Feedback), "2026-03-05", Evidence::Other),
        ],
        scores: vec![(id(5), 4)],
        destroyed: vec![(id(9), at("2026-05-01T00:00:00Z"))],
        ..DossierInput::default()
    };
    let dossier = dossier(input, day("2026-06-30"));
    let standings: Vec<_> = dossier.authorizations.iter().map(|line| (line.record, line.standing)).collect();
    let expired = Standing::Lapsed(Lapse::Expired { valid_to: day("2026-03-31") });
    assert_eq!(standings, [(id(2), Standing::InForce), (id(1), expired)]);
    assert_eq!(dossier.complaints, [(id(3), day("2026-03-01"), Some(id(4)))]);
    assert_eq!(dossier.feedback, [FeedbackLine { record: id(5), on: day("2026-03-05"), score: Some(4) }]);
    assert_eq!(dossier.destroyed.len(), 1);
}
