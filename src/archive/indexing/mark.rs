//! What is noted at a version once an engine of the background is done with it: the engine, a plus sign, and
//! how it went.

/// How it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::archive) enum Mark {
    /// Descriptor and all text of its content were read.
    Text,
    /// Some of the content was not read.
    Part,
    /// The content has no text: the descriptor was read.
    Descriptor,
    /// A later version is current.
    Superseded,
    /// The record is closed or destroyed.
    Gone,
    /// Nothing of it can be read.
    Damaged,
}

impl Mark {
    /// As it stands at a version.
    pub(in crate::archive) fn to_text(self, engine: &str) -> String {
        let word = match self {
            Self::Text => "text",
            Self::Part => "part",
            Self::Descriptor => "descriptor",
            Self::Superseded => "superseded",
            Self::Gone => "gone",
            Self::Damaged => "damaged",
        };
        format!("{engine}+{word}")
    }

    /// The texts of several.
    pub(in crate::archive) fn texts<const N: usize>(marks: [Self; N], engine: &str) -> Vec<String> {
        marks.map(|mark| mark.to_text(engine)).to_vec()
    }
}
