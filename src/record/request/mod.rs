//! How records come in: JSON that is walked by hand, so that every fault of an input is reported
//! at once, each with its path and a code that the upper floors put into words.

mod capture;
mod fault;
mod input;
mod json;
mod nearest;
mod read;
mod write;

pub use capture::{Capture, CaptureDefaults, CaseRef, Component, ComponentRole, Said};
pub use fault::{Fault, FaultCode, Faults, JsonType};
pub use input::{CaptureInput, ComponentInput, LinkInput, PartyInput, SourceInput};
pub use json::read_json;
pub use nearest::nearest;
pub use read::{ObjectReader, Path};
pub use write::ObjectWriter;

#[cfg(test)]
mod examples;
#[cfg(test)]
mod tests;
