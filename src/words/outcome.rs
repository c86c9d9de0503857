//! How the command line ends with a refusal.

/// How the command line ends, besides 0 for what went well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The archive or a package is not as it should be.
    FoundWrong,
    /// The command, the configuration or a file name is wrong.
    Usage,
    /// The archive will not or cannot do it now.
    Refused,
}

impl Outcome {
    /// The process's exit code.
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::FoundWrong => 1,
            Self::Usage => 2,
            Self::Refused => 3,
        }
    }
}
