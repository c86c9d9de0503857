//! The pool: so many documents are read at once as seats are set, each in a process of its own.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use super::refusal::Refusal;
use super::seats::Seats;
use super::worker::{Program, layers_of, make_with, read_with};
use crate::base::limits::WORKERS_MAX;
use crate::document::protocol::{Layers, Made, ReadDocument, Request, Task};

/// Bytes from which a document counts as large.
const LARGE_BYTES: usize = 1024 * 1024;

/// What a PDF begins with.
const PDF: &[u8] = b"%PDF";

/// Who wants a document read. They take turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tenant {
    /// The search index.
    Indexing,
    /// Whatever looks for personal data.
    Detection,
    /// Somebody who waits for it.
    Person,
}

/// How much of the sandbox there must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Demand {
    /// Every layer.
    #[default]
    Full,
    /// Limits at least: for machines without Landlock or filters of system calls.
    Weaker,
}

impl Demand {
    /// The word for it, as settings have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Weaker => "weaker",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Full, Self::Weaker].into_iter().find(|demand| demand.as_str() == word)
    }

    /// Whether what a process has given up is enough.
    ///
    /// # Errors
    /// [`Refusal::Unsandboxed`] with the first layer that is missing.
    pub fn trusts(self, layers: &Layers) -> Result<(), Refusal> {
        let missing = layers.missing();
        let must = |layer: &&&str| match self {
            Self::Full => true,
            Self::Weaker => **layer == "limits",
        };
        match missing.iter().find(must) {
            Some(layer) => Err(Refusal::Unsandboxed { layer }),
            None => Ok(()),
        }
    }
}

/// Reads documents, each in a process of its own.
pub struct Documents {
    /// `None` where this process is no program that reads documents.
    program: Option<Program>,
    demand: Demand,
    seats: Seats,
    layers: OnceLock<Layers>,
    /// Stands in for fonts that a PDF does not hold; empty for none.
    font: Arc<Vec<u8>>,
}

impl Documents {
    /// With so many seats; otherwise as many as the machine has processors, two at least.
    pub fn new(program: Program, demand: Demand, seats: Option<usize>) -> Self {
        let processors = || std::thread::available_parallelism().map_or(2, usize::from).max(2);
        let seats = Seats::new(seats.unwrap_or_else(processors).min(WORKERS_MAX));
        Self { program: Some(program), demand, seats, layers: OnceLock::new(), font: Arc::default() }
    }

    /// With a font that stands in for those that a PDF does not hold.
    #[must_use]
    pub fn with_font(self, font: Vec<u8>) -> Self {
        Self { font: Arc::new(font), ..self }
    }

    /// The request as it is sent: with the font, where that could be of use.
    fn sent<'r>(&self, request: &'r Request, document: &[u8]) -> Cow<'r, Request> {
        let is_painted = matches!(request.task, Task::Rendition | Task::Page { .. });
        match request.font.is_empty() && !self.font.is_empty() && (is_painted || document.starts_with(PDF)) {
            true => Cow::Owned(request.clone().with_font(Arc::clone(&self.font))),
            false => Cow::Borrowed(request),
        }
    }

    /// Reads nothing: every document is refused for want of a worker.
    pub fn nowhere() -> Self {
        Self {
            program: None,
            demand: Demand::Full,
            seats: Seats::new(1),
            layers: OnceLock::new(),
            font: Arc::default(),
        }
    }

    /// True if it reads nothing.
    pub fn is_nowhere(&self) -> bool {
        self.program.is_none()
    }

    /// Reads a document for somebody. Waits for a seat.
    ///
    /// # Errors
    /// Why it is not read.
    pub fn read(&self, tenant: Tenant, request: &Request, document: &[u8]) -> Result<ReadDocument, Refusal> {
        self.read_until(tenant, None, (request, document))
    }

    /// The same for somebody who waits until then, for a seat as for the answer.
    ///
    /// # Errors
    /// Why it is not read; [`Refusal::TooSlow`] also where the time was up before there was a seat.
    pub fn read_until(
        &self,
        tenant: Tenant,
        until: Option<Instant>,
        (request, document): (&Request, &[u8]),
    ) -> Result<ReadDocument, Refusal> {
        let program = self.program.as_ref().ok_or(Refusal::NoWorker)?;
        let seat = self.seats.take_until(tenant, document.len() >= LARGE_BYTES, until);
        let _seat = seat.ok_or(Refusal::TooSlow { seconds: 0 })?;
        let request = self.sent(request, document);
        let program = &match until {
            None => Cow::Borrowed(program),
            Some(until) => Cow::Owned(program.clone().until(until)),
        };
        read_with(program, &request, document, |layers| self.demand.trusts(layers))
    }

    /// Makes a rendition of a document, or the picture of a page, for somebody. Waits for a seat.
    ///
    /// # Errors
    /// Why there is none.
    pub fn make(&self, tenant: Tenant, request: &Request, document: &[u8]) -> Result<Made, Refusal> {
        let program = self.program.as_ref().ok_or(Refusal::NoWorker)?;
        let _seat = self.seats.take(tenant, document.len() >= LARGE_BYTES);
        let request = self.sent(request, document);
        make_with(program, &request, document, |layers| self.demand.trusts(layers))
    }

    /// What the processes of this machine give up: looked at once.
    ///
    /// # Errors
    /// None can be started, or they give up less than is asked for.
    pub fn check(&self) -> Result<Layers, Refusal> {
        let program = self.program.as_ref().ok_or(Refusal::NoWorker)?;
        let layers = match self.layers.get() {
            Some(layers) => *layers,
            None => {
                let layers = layers_of(program)?;
                *self.layers.get_or_init(|| layers)
            }
        };
        self.demand.trusts(&layers).map(|()| layers)
    }
}

impl std::fmt::Debug for Documents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Documents").field("demand", &self.demand).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layer_that_is_missing_is_refused_unless_the_weaker_sandbox_is_asked_for() {
        let all = Layers {
            limits: true,
            descriptors: true,
            no_new_privileges: true,
            undumpable: true,
            ends_with_parent: true,
            landlock: 1,
            filter: true,
        };
        assert_eq!(Demand::Full.trusts(&all), Ok(()));
        let without = Layers { landlock: 0, ..all };
        assert_eq!(Demand::Full.trusts(&without), Err(Refusal::Unsandboxed { layer: "landlock" }));
        assert_eq!(Demand::Weaker.trusts(&without), Ok(()));
        let nothing = Layers::default();
        assert_eq!(Demand::Weaker.trusts(&nothing), Err(Refusal::Unsandboxed { layer: "limits" }));
        assert_eq!(nothing.missing(), Layers::WORDS);
    }

    #[test]
    fn a_pool_without_a_program_reads_nothing() {
        use crate::document::protocol::Task;
        let request = Request::new(Task::Characters, None, None);
        let read = Documents::nowhere().read(Tenant::Person, &request, b"text");
        assert_eq!(read.err(), Some(Refusal::NoWorker));
    }
}
