//! The parent's side: starts the process, sends it one document, takes its answer within bounds, and leaves
//! nothing of it behind.
//!
//! One thread does it all: it waits for both pipes and the clock at once, so that no thread can stay behind.

use std::io::{ErrorKind, Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use zeroize::Zeroizing;

use super::child::VERB;
use super::refusal::{Crash, Refusal};
use crate::base::limits::{WORKER_ANSWER_BYTES_MAX, WORKER_WALL_SECONDS_MAX};
use crate::document::Refused;
use crate::document::protocol::{
    Answer, AnswerLimits, AnswerReader, Fault, Layers, Made, ReadDocument, Request, RequestWriter, Task,
};

/// Bytes that are read at once.
const CHUNK_BYTES: usize = 64 * 1024;
/// Between two looks at a process that has closed its pipe, where the system cannot wait for its end.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// The program that reads documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    path: PathBuf,
    words: Vec<String>,
    seconds: u64,
    answer_bytes: u64,
    /// However much time each document has.
    until: Option<Instant>,
}

impl Program {
    /// The program that runs now, even if its file was replaced since it began.
    pub fn own() -> std::io::Result<Self> {
        // Of the process that starts, which is still this program then.
        let own = Path::new("/proc/self/exe");
        let path = if own.exists() { own.to_owned() } else { std::env::current_exe()? };
        Ok(Self::at(path, vec![VERB.to_owned()]))
    }

    /// Another program, for tests.
    pub fn at(path: PathBuf, words: Vec<String>) -> Self {
        Self {
            path,
            words,
            seconds: WORKER_WALL_SECONDS_MAX,
            answer_bytes: WORKER_ANSWER_BYTES_MAX,
            until: None,
        }
    }

    /// With so much time for each document.
    #[must_use]
    pub fn within_seconds(self, seconds: u64) -> Self {
        Self { seconds, ..self }
    }

    /// With so many bytes for each answer.
    #[must_use]
    pub fn within_bytes(self, answer_bytes: u64) -> Self {
        Self { answer_bytes, ..self }
    }

    /// For somebody who waits until then.
    #[must_use]
    pub fn until(self, until: Instant) -> Self {
        Self { until: Some(until), ..self }
    }

    fn start(&self) -> Result<Running, Refusal> {
        let child = Command::new(&self.path)
            .args(&self.words)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let mut child = child.map_err(|error| {
            tracing::warn!(%error, "no process can be started that reads documents");
            Refusal::NoWorker
        })?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let running = Running { child, input, output, deadline: self.deadline(), seconds: self.seconds };
        running.must_not_block()?;
        Ok(running)
    }

    fn deadline(&self) -> Instant {
        let whole = Instant::now() + Duration::from_secs(self.seconds);
        self.until.map_or(whole, |until| until.min(whole))
    }
}

/// Reads a document in a process of its own. `trusts` says whether what that process has given up is enough;
/// it gets nothing before.
///
/// # Errors
/// Whatever is not a whole answer of a process that ended well.
pub fn read_with(
    program: &Program,
    request: &Request,
    document: &[u8],
    trusts: impl Fn(&Layers) -> Result<(), Refusal>,
) -> Result<ReadDocument, Refusal> {
    match answer_of(program, request, document, trusts)? {
        Answer::Read(document) => Ok(document),
        answer => Err(why(answer, request)),
    }
}

/// Makes something of a document in a process of its own: a rendition, a picture. Otherwise as [`read_with`].
///
/// # Errors
/// As [`read_with`], and whatever keeps a rendition from leaving.
pub fn make_with(
    program: &Program,
    request: &Request,
    document: &[u8],
    trusts: impl Fn(&Layers) -> Result<(), Refusal>,
) -> Result<Made, Refusal> {
    match answer_of(program, request, document, trusts)? {
        Answer::Made(made) => Ok(made),
        answer => Err(why(answer, request)),
    }
}

/// Why an answer is none to what was asked.
fn why(answer: Answer<ReadDocument>, request: &Request) -> Refusal {
    match answer {
        Answer::Read(_) | Answer::Made(_) => Refusal::BadAnswer(Fault::OutOfOrder),
        Answer::Withheld(withheld) => withheld.into(),
        Answer::Refused(refused) => refused.into(),
        Answer::TooMuchText { bytes } => Refusal::TooMuchText { bytes, most: request.text_bytes_max },
        Answer::Panicked => Refusal::Crashed(Crash::Panicked),
    }
}

fn answer_of(
    program: &Program,
    request: &Request,
    document: &[u8],
    trusts: impl Fn(&Layers) -> Result<(), Refusal>,
) -> Result<Answer<ReadDocument>, Refusal> {
    let writer = RequestWriter::new(request, document).map_err(|fault| match fault {
        Fault::Oversized { .. } => Refused::TooLarge { bytes: document.len() }.into(),
        fault => Refusal::BadAnswer(fault),
    })?;
    let limits = AnswerLimits {
        text_bytes: request.text_bytes_max,
        bytes: program.answer_bytes,
        parts: matches!(request.task, Task::Text { parts: true, .. }),
        made: matches!(request.task, Task::Rendition | Task::Page { .. }),
    };
    let mut reader = AnswerReader::new(limits);
    let mut running = program.start()?;
    running.converse(writer, &mut reader, &trusts)?;
    let status = running.end()?;
    if !status.success() {
        return Err(Refusal::of_status(status));
    }
    reader.finish().map_err(Refusal::BadAnswer)
}

/// What a process gives up that is asked for nothing.
///
/// # Errors
/// It cannot be started, or says nothing.
pub(super) fn layers_of(program: &Program) -> Result<Layers, Refusal> {
    let mut reader = AnswerReader::new(AnswerLimits::default());
    let mut running = program.start()?;
    while reader.layers().is_none() {
        running.wait_for(None)?;
        if running.take(&mut reader)? == Taken::End {
            return Err(Refusal::of_status(running.end()?));
        }
    }
    reader.layers().ok_or(Refusal::BadAnswer(Fault::Short))
}

/// A process that was started. It is ended and reaped when dropped, whatever happened.
struct Running {
    child: Child,
    input: Option<ChildStdin>,
    output: Option<ChildStdout>,
    deadline: Instant,
    seconds: u64,
}

#[derive(PartialEq, Eq)]
enum Taken {
    Some,
    End,
}

impl Running {
    fn must_not_block(&self) -> Result<(), Refusal> {
        let ends = [self.input.as_ref().map(|end| end.as_fd()), self.output.as_ref().map(|end| end.as_fd())];
        for end in ends.into_iter().flatten() {
            let set = fcntl_getfl(end).and_then(|flags| fcntl_setfl(end, flags | OFlags::NONBLOCK));
            set.map_err(|_| Refusal::NoWorker)?;
        }
        Ok(())
    }

    /// Hears what the process has given up, sends it the document, and takes its answer to the end.
    fn converse(
        &mut self,
        mut writer: RequestWriter<'_>,
        reader: &mut AnswerReader,
        trusts: &impl Fn(&Layers) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        let mut trusted = false;
        loop {
            let pending = trusted && !writer.pending().is_empty();
            if trusted && !pending {
                self.input = None;
            }
            self.wait_for(pending.then_some(PollFlags::OUT))?;
            if pending {
                self.send(&mut writer)?;
            }
            if self.take(reader)? == Taken::End {
                return Ok(());
            }
            if let (false, Some(layers)) = (trusted, reader.layers()) {
                trusts(&layers)?;
                trusted = true;
            }
        }
    }

    /// Waits until the process has said something, takes something if it is to be sent anything, or has no
    /// time left.
    fn wait_for(&self, sending: Option<PollFlags>) -> Result<(), Refusal> {
        let mut ends = Vec::with_capacity(2);
        ends.extend(self.output.as_ref().map(|output| PollFd::new(output, PollFlags::IN)));
        if let (Some(flags), Some(input)) = (sending, &self.input) {
            ends.push(PollFd::new(input, flags));
        }
        match poll(&mut ends, Some(&self.time_left()?)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => self.time_left().map(|_| ()),
            Err(_) => Err(Refusal::NoWorker),
        }
    }

    fn time_left(&self) -> Result<Timespec, Refusal> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        let left = Timespec::try_from(left).ok().filter(|_| !left.is_zero());
        left.ok_or(Refusal::TooSlow { seconds: self.seconds })
    }

    fn send(&mut self, writer: &mut RequestWriter<'_>) -> Result<(), Refusal> {
        let Some(input) = &mut self.input else { return Ok(()) };
        match input.write(writer.pending()) {
            Ok(bytes) => writer.wrote(bytes).map_err(Refusal::BadAnswer),
            Err(error) if is_later(&error) => Ok(()),
            // It takes no more: what it says, or how it ends, tells why.
            Err(_) => {
                self.input = None;
                while !writer.pending().is_empty() {
                    let bytes = writer.pending().len();
                    writer.wrote(bytes).map_err(Refusal::BadAnswer)?;
                }
                Ok(())
            }
        }
    }

    fn take(&mut self, reader: &mut AnswerReader) -> Result<Taken, Refusal> {
        let Some(output) = &mut self.output else { return Ok(Taken::End) };
        let mut chunk = Zeroizing::new([0; CHUNK_BYTES]);
        match output.read(&mut *chunk) {
            Ok(0) => Ok(Taken::End),
            Ok(bytes) => {
                reader.push(chunk.get(..bytes).unwrap_or(&[])).map_err(Refusal::BadAnswer)?;
                Ok(Taken::Some)
            }
            Err(error) if is_later(&error) => Ok(Taken::Some),
            Err(_) => Ok(Taken::End),
        }
    }

    /// Waits for the process's end, for as long as it has time.
    fn end(mut self) -> Result<ExitStatus, Refusal> {
        (self.input, self.output) = (None, None);
        self.wait_for_end()?;
        self.child.wait().map_err(|_| Refusal::NoWorker)
    }

    #[cfg(target_os = "linux")]
    fn wait_for_end(&mut self) -> Result<(), Refusal> {
        use rustix::process::{Pid, PidfdFlags, pidfd_open};

        let own = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        let Some(handle) = own.and_then(|own| pidfd_open(own, PidfdFlags::empty()).ok()) else {
            return self.look_for_end();
        };
        loop {
            let mut ends = [PollFd::new(&handle, PollFlags::IN)];
            match poll(&mut ends, Some(&self.time_left()?)) {
                Ok(1..) => return Ok(()),
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(_) => return self.look_for_end(),
            }
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn wait_for_end(&mut self) -> Result<(), Refusal> {
        self.look_for_end()
    }

    fn look_for_end(&mut self) -> Result<(), Refusal> {
        while self.child.try_wait().map_err(|_| Refusal::NoWorker)?.is_none() {
            self.time_left()?;
            std::thread::sleep(LOOK_AGAIN);
        }
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both do nothing to a process that was reaped.
        if let Err(error) = self.child.kill().and_then(|()| self.child.wait().map(|_| ())) {
            tracing::warn!(%error, "a process that read a document cannot be ended");
        }
    }
}

/// Nothing can be read or written just now.
fn is_later(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}
