//! 服务交付确认单, 验收单: what was delivered, who accepted it, and how.

use super::common::{PaperOriginal, Signature, Signer};
use crate::base::civil::CivilDate;
use crate::record::names::{Note, Term};
use crate::record::request::{FaultCode, ObjectReader, ObjectWriter};

closed_words! {
    /// How a delivery was accepted.
    pub enum Acceptance {
        /// 全部验收.
        Full = "full" | "全部验收" | "验收合格" | "合格" | "通过" | "接受",
        /// 有保留意见.
        WithReservations = "with_reservations" | "有保留" | "有保留意见" | "附条件验收" | "附保留",
        /// 拒绝.
        Refused = "refused" | "拒绝" | "拒绝验收" | "不合格" | "拒收",
    }
}

/// The typed fields of a delivery confirmation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeliveryFields {
    /// What was delivered.
    pub deliverable: Option<Term>,
    /// How much, with its unit as it was written: `3 套`.
    pub quantity: Option<Term>,
    /// Day of delivery.
    pub delivered_on: Option<CivilDate>,
    /// Day of acceptance or refusal.
    pub accepted_on: Option<CivilDate>,
    /// Who accepted or refused.
    pub accepted_by: Option<Signer>,
    /// With what result.
    pub acceptance: Option<Acceptance>,
    /// The reservations or the grounds of refusal.
    pub reservations: Option<Note>,
    /// The customer's signature.
    pub signature: Option<Signature>,
    /// The paper original.
    pub paper_original: Option<PaperOriginal>,
}

impl DeliveryFields {
    /// The names of the fields.
    pub const NAMES: &'static [&'static str] = &[
        "deliverable",
        "quantity",
        "delivered_on",
        "accepted_on",
        "accepted_by",
        "acceptance",
        "reservations",
        "signature",
        "paper_original",
    ];

    pub(super) fn read(reader: &mut ObjectReader<'_>) -> Self {
        let fields = Self {
            deliverable: reader.text("deliverable", Term::parse),
            quantity: reader.text("quantity", Term::parse),
            delivered_on: reader.text("delivered_on", CivilDate::parse),
            accepted_on: reader.text("accepted_on", CivilDate::parse),
            accepted_by: Signer::read(reader, "accepted_by"),
            acceptance: reader.text("acceptance", Acceptance::parse),
            reservations: reader.text("reservations", Note::parse),
            signature: Signature::read(reader),
            paper_original: PaperOriginal::read(reader),
        };
        reader.not_before(("accepted_on", fields.accepted_on), ("delivered_on", fields.delivered_on));
        match (fields.acceptance, reader.has("reservations")) {
            (Some(Acceptance::WithReservations), false) => reader.fault("reservations", FaultCode::Required),
            (Some(Acceptance::Full), true) => {
                let other = reader.path_of("acceptance");
                reader.fault("reservations", FaultCode::Contradicts { other });
            }
            (Some(Acceptance::WithReservations), true)
            | (Some(Acceptance::Full), false)
            | (Some(Acceptance::Refused) | None, _) => {}
        }
        fields
    }

    pub(super) fn write(&self, writer: &mut ObjectWriter) {
        writer
            .maybe("deliverable", self.deliverable.as_ref().map(Term::as_str))
            .maybe("quantity", self.quantity.as_ref().map(Term::as_str))
            .shown("delivered_on", self.delivered_on)
            .shown("accepted_on", self.accepted_on)
            .maybe("accepted_by", self.accepted_by.as_ref().map(Signer::to_json))
            .maybe("acceptance", self.acceptance.map(Acceptance::as_str))
            .maybe("reservations", self.reservations.as_ref().map(Note::as_str))
            .maybe("signature", self.signature.map(Signature::to_json))
            .maybe("paper_original", self.paper_original.as_ref().map(PaperOriginal::to_json));
    }

    pub(super) fn write_clear(&self, writer: &mut ObjectWriter) {
        let capacity = self.accepted_by.as_ref().and_then(|signer| signer.capacity);
        writer
            .maybe("capacity", capacity.map(super::Capacity::as_str))
            .shown("delivered_on", self.delivered_on)
            .shown("accepted_on", self.accepted_on)
            .maybe("acceptance", self.acceptance.map(Acceptance::as_str))
            .maybe("signature", self.signature.map(Signature::to_json));
    }
}
