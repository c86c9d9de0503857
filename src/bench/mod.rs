//! Floor 4: measures the archive on this machine and holds each figure against its target.
//!
//! Promises to touch no archive but those it makes itself, in a directory of its own that goes away at
//! the end; to count the server's time apart from that of the load, by running the server as a process
//! of its own; and to say what it measured on. It never judges more than "within the target or not":
//! machines are shared, and only a malfunction is a failure.

pub mod figure;
mod fill;
mod load;
mod machine;
mod process;
mod server;
mod site;
mod text;
mod topics;

use std::path::PathBuf;

pub use figure::{Figure, Limit, Unit};
pub use machine::{Machine, look as look_at_machine};
pub use topics::Topic;

use site::Site;

/// What is measured, and how thoroughly.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Small amounts and few runs: to see that everything works, in less than three minutes.
    pub short: bool,
    /// Only these; everything if there are none.
    pub only: Vec<Topic>,
    /// The directory whose disk is measured; otherwise the system's directory for temporary files.
    pub dir: Option<PathBuf>,
}

/// Why something could not be measured.
#[derive(Debug, thiserror::Error)]
pub enum Malfunction {
    /// The system refused.
    #[error("{what}: {error}")]
    System {
        /// What was tried.
        what: &'static str,
        /// The system's error.
        error: std::io::Error,
    },
    /// The archive refused.
    #[error("{what}: {refusal}")]
    Refused {
        /// What was tried.
        what: &'static str,
        /// The refusal.
        refusal: Box<crate::archive::Refusal>,
    },
    /// Something answered, but not as it must.
    #[error("{what}: {found}")]
    Wrong {
        /// What was tried.
        what: &'static str,
        /// What came instead.
        found: String,
    },
}

impl Malfunction {
    fn system(what: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        move |error| Self::System { what, error }
    }

    fn refused(what: &'static str) -> impl FnOnce(crate::archive::Refusal) -> Self {
        move |refusal| Self::Refused { what, refusal: Box::new(refusal) }
    }

    fn wrong(what: &'static str, found: impl Into<String>) -> Self {
        Self::Wrong { what, found: found.into() }
    }
}

/// Measures; `told` hears of each figure as it comes.
///
/// # Errors
/// The first [`Malfunction`]. What was made is taken away in any case.
pub fn run(options: &Options, told: &mut dyn FnMut(Happening<'_>)) -> Result<Vec<Figure>, Malfunction> {
    let site = Site::make(options.dir.clone())?;
    let mut figures = Vec::new();
    for topic in Topic::ALL {
        if !options.only.is_empty() && !options.only.contains(&topic) {
            continue;
        }
        told(Happening::Begun(topic));
        for figure in topic.measure(&site, options.short)? {
            told(Happening::Measured(&figure));
            figures.push(figure);
        }
    }
    Ok(figures)
}

/// What happens while measuring.
pub enum Happening<'a> {
    /// A topic is begun.
    Begun(Topic),
    /// A figure is there.
    Measured(&'a Figure),
}
