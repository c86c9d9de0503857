//! The typed fields of each kind: what the rules of the archive need is typed and checked here;
//! everything else is a custom field of the descriptor.
//!
//! All fields are optional, because evidence is taken as it came: what is missing is named later
//! as a gap, never made up.

mod authorization;
mod common;
mod delivery;
mod log;
mod service;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

pub use authorization::{AuthorizationFields, Operation};
pub use common::{Capacity, PaperOriginal, Signature, SignatureMethod, SignatureStatus, Signer};
pub use delivery::{Acceptance, DeliveryFields};
pub use log::{Activity, ProcessingLogFields};
pub use service::{FeedbackFields, HandoverFields, PlainFields, ReviewFields, SCORE_TOP_DEFAULT};

use super::kind::{Kind, Subkind};
use super::request::{Fault, FaultCode, Faults, ObjectReader, ObjectWriter, Path};

closed_words! {
    /// Which set of typed fields a record has.
    pub enum Form {
        /// [`AuthorizationFields`]
        Authorization = "authorization",
        /// [`ProcessingLogFields`]
        ProcessingLog = "processing_log",
        /// [`DeliveryFields`]
        Delivery = "delivery",
        /// [`ReviewFields`]
        Review = "review",
        /// [`FeedbackFields`]
        Feedback = "feedback",
        /// [`HandoverFields`]
        Handover = "handover",
        /// [`PlainFields`]
        Plain = "plain",
    }
}

impl Form {
    /// The form of a kind's fields.
    pub const fn of(kind: Kind) -> Self {
        match kind {
            Kind::Authorization => Self::Authorization,
            Kind::ProcessingLog => Self::ProcessingLog,
            Kind::DeliveryConfirmation => Self::Delivery,
            Kind::ServiceRecord(Subkind::Review) => Self::Review,
            Kind::ServiceRecord(Subkind::Feedback) => Self::Feedback,
            Kind::ServiceRecord(Subkind::Handover) => Self::Handover,
            Kind::ServiceRecord(
                Subkind::General
                | Subkind::Consultation
                | Subkind::Ticket
                | Subkind::Complaint
                | Subkind::Incident
                | Subkind::Change
                | Subkind::Training
                | Subkind::Maintenance
                | Subkind::Manual
                | Subkind::Chat
                | Subkind::Recording,
            ) => Self::Plain,
        }
    }

    /// The names of its fields, as they stand under `fields`.
    pub const fn names(self) -> &'static [&'static str] {
        match self {
            Self::Authorization => AuthorizationFields::NAMES,
            Self::ProcessingLog => ProcessingLogFields::NAMES,
            Self::Delivery => DeliveryFields::NAMES,
            Self::Review => ReviewFields::NAMES,
            Self::Feedback => FeedbackFields::NAMES,
            Self::Handover => HandoverFields::NAMES,
            Self::Plain => PlainFields::NAMES,
        }
    }
}

/// The typed fields of one record. `Debug` shows dates and closed words only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fields {
    /// Of an authorization.
    Authorization(AuthorizationFields),
    /// Of a processing log.
    ProcessingLog(ProcessingLogFields),
    /// Of a delivery confirmation.
    Delivery(DeliveryFields),
    /// Of a review 复盘.
    Review(ReviewFields),
    /// Of a feedback.
    Feedback(FeedbackFields),
    /// Of a handover 交接.
    Handover(HandoverFields),
    /// Of every other service record.
    Plain(PlainFields),
}

impl Fields {
    /// No field given.
    pub fn empty(form: Form) -> Self {
        match form {
            Form::Authorization => Self::Authorization(AuthorizationFields::default()),
            Form::ProcessingLog => Self::ProcessingLog(ProcessingLogFields::default()),
            Form::Delivery => Self::Delivery(DeliveryFields::default()),
            Form::Review => Self::Review(ReviewFields::default()),
            Form::Feedback => Self::Feedback(FeedbackFields::default()),
            Form::Handover => Self::Handover(HandoverFields::default()),
            Form::Plain => Self::Plain(PlainFields::default()),
        }
    }

    /// Which form they have.
    pub const fn form(&self) -> Form {
        match self {
            Self::Authorization(_) => Form::Authorization,
            Self::ProcessingLog(_) => Form::ProcessingLog,
            Self::Delivery(_) => Form::Delivery,
            Self::Review(_) => Form::Review,
            Self::Feedback(_) => Form::Feedback,
            Self::Handover(_) => Form::Handover,
            Self::Plain(_) => Form::Plain,
        }
    }

    /// Where the paper original lies, if there is one.
    pub const fn paper_original(&self) -> Option<&PaperOriginal> {
        match self {
            Self::Authorization(fields) => fields.paper_original.as_ref(),
            Self::ProcessingLog(fields) => fields.paper_original.as_ref(),
            Self::Delivery(fields) => fields.paper_original.as_ref(),
            Self::Review(fields) => fields.paper_original.as_ref(),
            Self::Feedback(fields) => fields.paper_original.as_ref(),
            Self::Handover(fields) => fields.paper_original.as_ref(),
            Self::Plain(fields) => fields.paper_original.as_ref(),
        }
    }

    /// Reads the fields of a form from a JSON object, or says all that is wrong with them.
    pub fn from_json(form: Form, value: &Value) -> Result<Self, Vec<Fault>> {
        let mut faults = Faults::new();
        let fields = ObjectReader::read(value, &Path::Root, &mut faults, |reader| {
            Self::read(form, form.as_str(), reader)
        });
        faults.into_result(fields)
    }

    /// Reads the fields of a form; `kind` is the word by which a field of another form is refused.
    pub fn read(form: Form, kind: &'static str, reader: &mut ObjectReader<'_>) -> Self {
        let fields = match form {
            Form::Authorization => Self::Authorization(AuthorizationFields::read(reader)),
            Form::ProcessingLog => Self::ProcessingLog(ProcessingLogFields::read(reader)),
            Form::Delivery => Self::Delivery(DeliveryFields::read(reader)),
            Form::Review => Self::Review(ReviewFields::read(reader)),
            Form::Feedback => Self::Feedback(FeedbackFields::read(reader)),
            Form::Handover => Self::Handover(HandoverFields::read(reader)),
            Form::Plain => Self::Plain(PlainFields::read(reader)),
        };
        for name in reader.others() {
            let elsewhere = Form::ALL.iter().flat_map(|other| other.names()).find(|known| **known == name);
            if let Some(known) = elsewhere {
                reader.know(known);
                reader.fault(known, FaultCode::NotAllowedForKind { kind });
            }
        }
        fields
    }

    /// All fields, for the sealed descriptor; [`Fields::from_json`] reads them back.
    pub fn to_json(&self) -> Map<String, Value> {
        let mut writer = ObjectWriter::new();
        match self {
            Self::Authorization(fields) => fields.write(&mut writer),
            Self::ProcessingLog(fields) => fields.write(&mut writer),
            Self::Delivery(fields) => fields.write(&mut writer),
            Self::Review(fields) => fields.write(&mut writer),
            Self::Feedback(fields) => fields.write(&mut writer),
            Self::Handover(fields) => fields.write(&mut writer),
            Self::Plain(fields) => fields.write(&mut writer),
        }
        writer.finish()
    }

    /// The facts that stay in clear beside the sealed descriptor, because the engines need them
    /// without decrypting: dates, closed words, booleans and counts. Never a name, never free text.
    pub fn clear_facts(&self) -> Map<String, Value> {
        let mut writer = ObjectWriter::new();
        match self {
            Self::Authorization(fields) => fields.write_clear(&mut writer),
            Self::ProcessingLog(fields) => fields.write_clear(&mut writer),
            Self::Delivery(fields) => fields.write_clear(&mut writer),
            Self::Review(fields) => fields.write_clear(&mut writer),
            Self::Handover(fields) => fields.write_clear(&mut writer),
            Self::Feedback(_) | Self::Plain(_) => {}
        }
        if self.paper_original().is_some() {
            writer.put("paper_original", true);
        }
        writer.finish()
    }
}
