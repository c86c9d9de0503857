//! Finds personal data in Chinese (both scripts) and English, and hides it.
//!
//! Everything here is a pure function of its arguments: text in, spans or hidden text out. The
//! models are compiled in; nothing is downloaded, stored or logged. Positions at the boundary
//! count Unicode code points of the original text.

pub mod checks;
pub mod class;
pub mod detect;
pub mod eval;
pub mod explain;
pub mod find;
pub mod jsonl;
pub mod kind;
pub mod known;
pub mod labels;
pub mod names;
pub mod normal;
pub mod operate;
pub mod policy;
pub mod redact;
pub mod report;
pub mod shape;
pub mod span;
pub mod structure;
pub mod subject;

pub use detect::{Settings, detect, detect_known};
pub use eval::Evaluation;
pub use explain::{Explained, explain};
pub use kind::Kind;
pub use known::{Subject, Subjects};
pub use operate::Keys;
pub use policy::Policy;
pub use redact::{CaseBook, Edit, Redacted, Request, redact, redact_with_edits};
pub use report::Report;
pub use shape::Format;
pub use span::Span;
pub use subject::SubjectClass;
