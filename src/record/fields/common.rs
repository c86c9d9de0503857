//! Fields that several kinds share: who signed, how, and where the paper lies.

use serde_json::{Map, Value};

use crate::base::civil::CivilDate;
use crate::base::limits::LIST_ITEMS_MAX;
use crate::record::names::{Term, Title};
use crate::record::party::PartyName;
use crate::record::request::{FaultCode, ObjectReader, ObjectWriter};

closed_words! {
    /// By what right somebody signs or accepts for another.
    pub enum Capacity {
        /// 法定代表人 (of a company).
        LegalRepresentative = "legal_representative" | "法定代表人" | "代表人" | "負責人",
        /// 代理人: under a power of attorney.
        Agent = "agent" | "代理人" | "授权代理人" | "委托代理人",
        /// 经办人: within the duties of his post.
        Officer = "officer" | "经办人" | "职务代理" | "承辦人",
        /// 本人: for himself.
        InPerson = "in_person" | "本人" | "self",
        /// 法定代理人, 监护人: for a minor or a ward.
        Guardian = "guardian" | "监护人" | "法定代理人",
    }
}

closed_words! {
    /// How something was signed.
    pub enum SignatureMethod {
        /// 手写签名.
        Handwritten = "handwritten" | "手写" | "手写签名" | "签字" | "親簽" | "親筆簽名",
        /// 公章: a company's seal.
        Seal = "seal" | "公章" | "盖章" | "合同章" | "用印",
        /// 签字并盖章.
        HandwrittenAndSeal = "handwritten_and_seal" | "签字盖章" | "签字并盖章" | "簽名及用印",
        /// 电子签章: with a certificate.
        Electronic = "electronic" | "电子签名" | "电子签章" | "數位簽章" | "電子簽章",
        /// 点击确认: a click in a form.
        Click = "click" | "点击" | "点击确认" | "勾选" | "點選確認",
    }
}

closed_words! {
    /// What is known about a signature.
    pub enum SignatureStatus {
        /// 未签署.
        Unsigned = "unsigned" | "未签" | "未签署",
        /// 已签署, nobody checked it.
        Unchecked = "unchecked" | "已签" | "已签署" | "未验证" | "signed",
        /// 验证有效.
        Valid = "valid" | "有效",
        /// 验证无效.
        NotValid = "not_valid" | "无效" | "invalid",
    }
}

/// A person who signs or accepts, and by what right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer {
    /// The person's name.
    pub name: PartyName,
    /// By what right; a gap (G9) if it is missing.
    pub capacity: Option<Capacity>,
}

/// A signature under a paper or file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signature {
    /// What is known about it.
    pub status: SignatureStatus,
    /// How it was made; none for [`SignatureStatus::Unsigned`].
    pub method: Option<SignatureMethod>,
    /// When.
    pub signed_on: Option<CivilDate>,
}

/// The paper original of what the record holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaperOriginal {
    /// Where it lies: 档案室 3 柜 2 层.
    pub place: Title,
}

impl Signer {
    /// Reads `{"name": …, "capacity": …}`, or the name alone.
    pub(super) fn read(reader: &mut ObjectReader<'_>, key: &'static str) -> Option<Self> {
        if reader.is_text(key) {
            return reader.text(key, PartyName::parse).map(|name| Self { name, capacity: None });
        }
        reader.object(key, |inner| {
            let name = inner.text("name", PartyName::parse);
            let capacity = inner.text("capacity", Capacity::parse);
            inner.require(&["name"]);
            Some(Self { name: name?, capacity })
        })
    }

    pub(super) fn to_json(&self) -> Map<String, Value> {
        let mut writer = ObjectWriter::new();
        writer.put("name", self.name.as_str()).maybe("capacity", self.capacity.map(Capacity::as_str));
        writer.finish()
    }
}

impl Signature {
    /// Reads `{"status": …, "method": …, "signed_on": …}`, or the status alone.
    pub(super) fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        if reader.is_text("signature") {
            let status = reader.text("signature", SignatureStatus::parse)?;
            return Some(Self { status, method: None, signed_on: None });
        }
        reader.object("signature", |inner| {
            let status = inner.text("status", SignatureStatus::parse);
            let method = inner.text("method", SignatureMethod::parse);
            let signed_on = inner.text("signed_on", CivilDate::parse);
            inner.require(&["status"]);
            if status == Some(SignatureStatus::Unsigned) {
                for (key, given) in [("method", method.is_some()), ("signed_on", signed_on.is_some())] {
                    if given {
                        let other = inner.path_of("status");
                        inner.fault(key, FaultCode::Contradicts { other });
                    }
                }
            }
            Some(Self { status: status?, method, signed_on })
        })
    }

    pub(super) fn to_json(self) -> Map<String, Value> {
        let mut writer = ObjectWriter::new();
        writer
            .put("status", self.status.as_str())
            .maybe("method", self.method.map(SignatureMethod::as_str))
            .shown("signed_on", self.signed_on);
        writer.finish()
    }
}

impl PaperOriginal {
    /// Reads `{"place": …}`, or the place alone.
    pub(super) fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        if reader.is_text("paper_original") {
            return reader.text("paper_original", Title::parse).map(|place| Self { place });
        }
        reader.object("paper_original", |inner| {
            let place = inner.text("place", Title::parse);
            inner.require(&["place"]);
            place.map(|place| Self { place })
        })
    }

    pub(super) fn to_json(&self) -> Map<String, Value> {
        let mut writer = ObjectWriter::new();
        writer.put("place", self.place.as_str());
        writer.finish()
    }
}

/// Reads a list of terms, of which no two fold alike.
pub(super) fn terms(reader: &mut ObjectReader<'_>, key: &'static str) -> Vec<Term> {
    reader.texts(key, LIST_ITEMS_MAX, Term::parse, |a, b| a.folded() == b.folded())
}

/// Writes a list of terms.
pub(super) fn write_terms(writer: &mut ObjectWriter, key: &str, terms: &[Term]) {
    writer.list(key, terms.iter().map(Term::as_str));
}
