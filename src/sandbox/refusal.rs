//! Why a document was not read.

use std::process::ExitStatus;

use crate::document::protocol::{Fault, reason, withheld_reason};
use crate::document::{Refused, Withheld};

/// Why a document was not read. Facts only; none quotes the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The document itself is not read: its format, its encoding, its size.
    #[error(transparent)]
    Document(#[from] Refused),
    /// It was read, and nothing leaves that could be made of it.
    #[error(transparent)]
    Withheld(#[from] Withheld),
    /// It has more text than is taken.
    #[error("it has {bytes} bytes of text; at most {most} are taken")]
    TooMuchText {
        /// Its bytes, as far as they came.
        bytes: u64,
        /// What is taken.
        most: u64,
    },
    /// Reading it took longer than is given.
    #[error("reading it took more than {seconds} s")]
    TooSlow {
        /// What is given.
        seconds: u64,
    },
    /// Reading it took more of a processor than is given.
    #[error("reading it took more of a processor than is given")]
    TooMuchWork,
    /// Reading it took more memory, or a deeper stack, than is given.
    #[error("reading it took more memory than is given")]
    TooMuchMemory,
    /// Reading it tried what no parser does: to open a file, to start a program, to speak to the network.
    #[error("reading it tried what is forbidden")]
    Forbidden,
    /// Reading it failed in itself.
    #[error("reading it failed ({0})")]
    Crashed(Crash),
    /// What came back is no answer.
    #[error("what came back is no answer: {0}")]
    BadAnswer(Fault),
    /// Nothing was read: this machine does not give the sandbox that the settings ask for.
    #[error("the sandbox lacks {layer}")]
    Unsandboxed {
        /// The first layer that is missing.
        layer: &'static str,
    },
    /// Nothing was read: no process can be started for it.
    #[error("no process can be started for it")]
    NoWorker,
}

/// How a process ended that should have answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Crash {
    /// A rule of the program was broken, and it said so.
    #[error("it panicked")]
    Panicked,
    /// By a signal.
    #[error("signal {0}")]
    Signal(i32),
    /// With an exit code, or none.
    #[error("exit code {0}")]
    Exit(i32),
}

impl Refusal {
    /// The stable word for it.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Document(refused) => reason(refused),
            Self::Withheld(withheld) => withheld_reason(withheld),
            Self::TooMuchText { .. } => "too_much_text",
            Self::TooSlow { .. } => "too_slow",
            Self::TooMuchWork => "too_much_work",
            Self::TooMuchMemory => "too_much_memory",
            Self::Forbidden => "forbidden_call",
            Self::Crashed(_) => "crashed",
            Self::BadAnswer(_) => "bad_answer",
            Self::Unsandboxed { .. } => "unsandboxed",
            Self::NoWorker => "no_worker",
        }
    }

    /// True if this machine or its settings are why: another time or machine may read the document.
    pub const fn may_pass(&self) -> bool {
        matches!(self, Self::Unsandboxed { .. } | Self::NoWorker)
    }

    /// What a process that ended without an answer ended of.
    pub(super) fn of_status(status: ExitStatus) -> Self {
        use std::os::unix::process::ExitStatusExt as _;

        use rustix::process::Signal;

        let Some(signal) = status.signal() else {
            return match status.code() {
                // It went as if all were said.
                Some(0) => Self::BadAnswer(Fault::Short),
                code => Self::Crashed(Crash::Exit(code.unwrap_or(-1))),
            };
        };
        match Signal::from_named_raw(signal) {
            Some(Signal::SYS) => Self::Forbidden,
            Some(Signal::XCPU) => Self::TooMuchWork,
            // Without memory, or without a stack, a program of ours aborts; a panic would have been told. A
            // machine without memory kills.
            Some(Signal::ABORT | Signal::KILL) => Self::TooMuchMemory,
            _ => Self::Crashed(Crash::Signal(signal)),
        }
    }
}
