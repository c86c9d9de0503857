//! What the service and the process that reads a document say to each other: frames, requests, answers.
//!
//! Promises that whatever comes from the other side is taken within named bounds or refused as a
//! [`Fault`]: a frame that is short, oversized, malformed, out of order or at odds with what was announced.
//! Must never trust a length, a place or a word that it has not checked. `docs/formats/worker.md` has the
//! bytes.

mod answer;
mod frame;
mod head;
mod made;
mod parts;
mod request;
mod told;
mod words;

#[cfg(test)]
mod golden;
#[cfg(test)]
mod tests;

pub use answer::{Answer, AnswerLimits, AnswerReader, write_answer, write_hello};
pub use frame::{Frames, lead};
pub use head::{DoubtfulPage, Head, Layers, Task};
pub use made::Made;
pub use parts::PartTold;
pub use request::{Request, RequestReader, RequestWriter};
pub use told::{ReadChild, ReadDocument};
pub use words::{Review, reason, withheld_reason};

/// The edition of what is said. Both sides are one program: another edition is refused.
pub const PROTOCOL: u32 = 1;

/// Why what the other side said is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It ended before it was said to.
    #[error("it ended early")]
    Short,
    /// A length above what is taken.
    #[error("a length of {bytes} where at most {most} are taken")]
    Oversized {
        /// What was announced or came.
        bytes: u64,
        /// What is taken.
        most: u64,
    },
    /// A head that is not JSON of the known form, or has an unknown word.
    #[error("a head that is not understood")]
    Malformed,
    /// A frame where another one must stand.
    #[error("a frame out of order")]
    OutOfOrder,
    /// Another edition of the protocol.
    #[error("edition {theirs} of the protocol")]
    Edition {
        /// The other side's.
        theirs: u32,
    },
    /// Text or places that contradict what was announced or each other.
    #[error("contents at odds with what was announced")]
    Inconsistent,
}

impl Fault {
    /// The stable word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Short => "short",
            Self::Oversized { .. } => "oversized",
            Self::Malformed => "malformed",
            Self::OutOfOrder => "out_of_order",
            Self::Edition { .. } => "edition",
            Self::Inconsistent => "inconsistent",
        }
    }
}
