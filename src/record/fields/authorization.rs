//! 客户授权书: who allowed whom to do what with which data, and for how long.

use super::common::{PaperOriginal, Signature, Signer, terms, write_terms};
use crate::base::civil::CivilDate;
use crate::base::limits::LIST_ITEMS_MAX;
use crate::record::names::Term;
use crate::record::party::PartyName;
use crate::record::request::{ObjectReader, ObjectWriter};

closed_words! {
    /// What may be done with data (PIPL 4, with transmission and disclosure as in its text).
    pub enum Operation {
        /// 收集.
        Collect = "collect" | "收集" | "蒐集",
        /// 存储.
        Store = "store" | "存储" | "储存",
        /// 使用.
        Use = "use" | "使用" | "利用",
        /// 加工.
        Process = "process" | "加工" | "处理",
        /// 传输.
        Transmit = "transmit" | "传输" | "傳遞",
        /// 提供.
        Provide = "provide" | "提供",
        /// 公开.
        Disclose = "disclose" | "公开" | "揭露",
        /// 删除.
        Delete = "delete" | "删除",
    }
}

/// The typed fields of an authorization.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuthorizationFields {
    /// Who allows.
    pub grantor: Option<PartyName>,
    /// Who signed for the grantor.
    pub signatory: Option<Signer>,
    /// Who is allowed.
    pub grantee: Option<PartyName>,
    /// For what purposes.
    pub purposes: Vec<Term>,
    /// Which operations.
    pub operations: Vec<Operation>,
    /// On which categories of data.
    pub data_categories: Vec<Term>,
    /// In which systems.
    pub systems: Vec<Term>,
    /// First day on which it is valid.
    pub valid_from: Option<CivilDate>,
    /// Last day on which it is valid.
    pub valid_to: Option<CivilDate>,
    /// Day on which it was withdrawn.
    pub withdrawn_on: Option<CivilDate>,
    /// May the material become teaching material?
    pub training_use: Option<bool>,
    /// May data leave the jurisdiction?
    pub cross_border: Option<bool>,
    /// The grantor's signature.
    pub signature: Option<Signature>,
    /// The paper original.
    pub paper_original: Option<PaperOriginal>,
}

impl AuthorizationFields {
    /// The names of the fields.
    pub const NAMES: &'static [&'static str] = &[
        "grantor",
        "signatory",
        "grantee",
        "purposes",
        "operations",
        "data_categories",
        "systems",
        "valid_from",
        "valid_to",
        "withdrawn_on",
        "training_use",
        "cross_border",
        "signature",
        "paper_original",
    ];

    pub(super) fn read(reader: &mut ObjectReader<'_>) -> Self {
        let fields = Self {
            grantor: reader.text("grantor", PartyName::parse),
            signatory: Signer::read(reader, "signatory"),
            grantee: reader.text("grantee", PartyName::parse),
            purposes: terms(reader, "purposes"),
            operations: reader.texts("operations", LIST_ITEMS_MAX, Operation::parse, |a, b| a == b),
            data_categories: terms(reader, "data_categories"),
            systems: terms(reader, "systems"),
            valid_from: reader.text("valid_from", CivilDate::parse),
            valid_to: reader.text("valid_to", CivilDate::parse),
            withdrawn_on: reader.text("withdrawn_on", CivilDate::parse),
            training_use: reader.boolean("training_use"),
            cross_border: reader.boolean("cross_border"),
            signature: Signature::read(reader),
            paper_original: PaperOriginal::read(reader),
        };
        reader.not_before(("valid_to", fields.valid_to), ("valid_from", fields.valid_from));
        reader.not_before(("withdrawn_on", fields.withdrawn_on), ("valid_from", fields.valid_from));
        fields
    }

    pub(super) fn write(&self, writer: &mut ObjectWriter) {
        writer
            .maybe("grantor", self.grantor.as_ref().map(PartyName::as_str))
            .maybe("signatory", self.signatory.as_ref().map(Signer::to_json))
            .maybe("grantee", self.grantee.as_ref().map(PartyName::as_str));
        write_terms(writer, "purposes", &self.purposes);
        write_terms(writer, "data_categories", &self.data_categories);
        write_terms(writer, "systems", &self.systems);
        writer
            .list("operations", self.operations.iter().map(|operation| operation.as_str()))
            .shown("valid_from", self.valid_from)
            .shown("valid_to", self.valid_to)
            .shown("withdrawn_on", self.withdrawn_on)
            .maybe("training_use", self.training_use)
            .maybe("cross_border", self.cross_border)
            .maybe("signature", self.signature.map(Signature::to_json))
            .maybe("paper_original", self.paper_original.as_ref().map(PaperOriginal::to_json));
    }

    pub(super) fn write_clear(&self, writer: &mut ObjectWriter) {
        let capacity = self.signatory.as_ref().and_then(|signatory| signatory.capacity);
        writer
            .maybe("capacity", capacity.map(super::Capacity::as_str))
            .list("operations", self.operations.iter().map(|operation| operation.as_str()))
            .shown("valid_from", self.valid_from)
            .shown("valid_to", self.valid_to)
            .shown("withdrawn_on", self.withdrawn_on)
            .maybe("training_use", self.training_use)
            .maybe("cross_border", self.cross_border)
            .maybe("signature", self.signature.map(Signature::to_json));
    }
}
