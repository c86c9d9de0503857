//! Results of jobs: sealed under a file key of their own, like any evidence, and kept apart from it.

use std::io::{Read, Seek as _};
use std::sync::Arc;

use serde_json::{Value, json};

use crate::access::permission::{Action, Resource};
use crate::access::rights::Target;
use crate::archive::acting::Warrant;
use crate::archive::caller::Caller;
use crate::archive::refusal::{Refusal, Thing};
use crate::archive::{Archive, Inner, Watch, cells};
use crate::base::digest::{Digest, Digesting};
use crate::base::id::{ComponentId, JobId, UserId};
use crate::base::moment::Moment;
use crate::blob::{BlobError, ReadSeek};
use crate::seal::commitment::CommitmentKey;
use crate::seal::payload::{Opening, Sealing as Payload, Sums};
use crate::seal::{FileKey, SealedHeader, header};
use crate::store::Conn;
use crate::store::rows::cells as cell_rows;
use crate::store::rows::jobs;

use super::run::Ending;
use super::{EnteredResult, JobState, Ticket};

/// The part of the cell that says what a result is.
const WORDS: &str = cells::RESULT;
/// The part of the cell that holds the header of a result's payload, as a component's does.
const HEADER: &str = cells::RESULT_HEADER;
/// Bytes read and sealed at once.
const READ_BYTES: usize = 256 * 1024;

/// A result, opened. Reading decrypts and authenticates.
pub struct JobResult {
    /// The name under which it is handed out.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// Bytes that the reader will give.
    pub bytes: u64,
    /// SHA-256 of them.
    pub digest: Digest,
    /// The bytes.
    pub reader: Box<dyn ReadSeek>,
    /// Looks now and then whether they may go on leaving.
    pub watch: Watch,
}

/// What a result is called, and what it is.
pub(in crate::archive) struct Outcome {
    pub name: String,
    pub media_type: &'static str,
}

/// A result that lies sealed, before a row names it. Dropped before, it is gone.
pub(in crate::archive) struct Sealing {
    inner: Arc<Inner>,
    job: JobId,
    by: UserId,
    file_key: FileKey,
    outcome: Outcome,
    pub sums: Sums,
    kept: bool,
}

/// The file of a job's result has the job's own number.
fn file_of(job: JobId) -> Result<ComponentId, Refusal> {
    ComponentId::parse(&job.to_string()).map_err(|_| Refusal::Damaged(Thing::Job))
}

impl Sealing {
    /// Seals what `source` gives.
    ///
    /// # Errors
    /// The source or the payload store refuses, or the job is to stop.
    pub(in crate::archive) fn seal(
        inner: &Arc<Inner>,
        job: &super::Job,
        outcome: Outcome,
        source: &mut dyn Read,
        ticket: &Ticket,
    ) -> Result<Self, Refusal> {
        let (job, by) = (job.id, job.created_by);
        let file = file_of(job)?;
        remove(inner, job)?;
        let file_key = FileKey::generate(inner.entropy.as_ref());
        let mut payload = Payload::new(&file_key, inner.entropy.as_ref());
        let mut writer = inner.results.put(file)?;
        let (mut buffer, mut sealed) = (vec![0; READ_BYTES], Vec::new());
        loop {
            ticket.check()?;
            let count =
                source.read(&mut buffer).map_err(|error| Refusal::Io { what: "read a result", error })?;
            let Some(read) = buffer.get(..count).filter(|read| !read.is_empty()) else { break };
            sealed.clear();
            payload.write(read, &mut sealed);
            writer.write(&sealed)?;
        }
        sealed.clear();
        let sums = payload.finish(&mut sealed);
        writer.write(&sealed)?;
        writer.finish()?;
        Ok(Self { inner: Arc::clone(inner), job, by, file_key, outcome, sums, kept: false })
    }

    /// Ends the job with this result, inside the write that says so: its entry holds what is returned.
    ///
    /// # Errors
    /// [`Refusal::Stopped`] if the job is not this runner's any more.
    pub(in crate::archive) fn end_job(
        &self,
        conn: &mut Conn,
        ending: Ending,
        at: Moment,
    ) -> Result<EnteredResult, Refusal> {
        let keys = self.inner.keys();
        let Sums { plain_bytes, plain_digest, sealed_bytes, sealed_digest } = &self.sums;
        let words = json!({
            "by": self.by.to_string(),
            "name": self.outcome.name,
            "media_type": self.outcome.media_type,
            "bytes": plain_bytes,
            "digest": plain_digest.to_hex(),
            "sealed_bytes": sealed_bytes,
        });
        let sealed = SealedHeader {
            commitment_key: CommitmentKey::generate(self.inner.entropy.as_ref()),
            header: header::write(&self.file_key, &keys.recipients, self.inner.entropy.as_ref())?,
        };
        let (owner, inner) = (self.job.to_string(), &self.inner);
        let words = cells::seal_profile(inner, &keys, &owner, WORDS, &words)?;
        let generation = keys.recipients.generation;
        cell_rows::insert(conn, &words.row)?;
        cell_rows::insert(conn, &cells::seal(inner, &keys, &owner, HEADER, &sealed.to_bytes(), generation)?)?;
        let expires_at = at.plus_seconds(ending.keep_seconds);
        match jobs::finish(conn, ending.attempt, at, ending.progress, Some(expires_at))? {
            true => Ok(EnteredResult {
                bytes: *sealed_bytes,
                digest: *sealed_digest,
                words: words.commitment,
                expires_at,
            }),
            false => Err(Refusal::Stopped),
        }
    }

    /// After the commit: a row names the result.
    pub(in crate::archive) fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for Sealing {
    fn drop(&mut self) {
        if !self.kept
            && let Err(error) = remove(&self.inner, self.job)
        {
            tracing::warn!(job = %self.job, %error, "an unused result stays until the next sweep");
        }
    }
}

/// True if the sealed file is the one that was entered.
fn is_entered(source: &mut Box<dyn ReadSeek>, entered: EnteredResult) -> Result<bool, Refusal> {
    let io = |error| Refusal::Io { what: "read a result", error };
    let (bytes, digest) = sums_of(source).map_err(io)?;
    source.rewind().map_err(io)?;
    Ok(bytes == entered.bytes && digest == entered.digest)
}

/// Length and SHA-256 of what is left to be read.
pub(in crate::archive) fn sums_of(source: &mut dyn Read) -> std::io::Result<(u64, Digest)> {
    let (mut buffer, mut bytes, mut digesting) = (vec![0; READ_BYTES], 0, Digesting::new());
    loop {
        let count = source.read(&mut buffer)?;
        let Some(read) = buffer.get(..count).filter(|read| !read.is_empty()) else { break };
        digesting.update(read);
        bytes += count as u64;
    }
    Ok((bytes, digesting.finish()))
}

/// Removes the file of a job's result, if there is one.
pub(in crate::archive) fn remove(inner: &Inner, job: JobId) -> Result<(), Refusal> {
    match inner.results.remove(file_of(job)?) {
        Ok(()) | Err(BlobError::Missing) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Removes what the database holds of a job's result and request.
pub(in crate::archive) fn forget(conn: &mut Conn, job: JobId) -> Result<(), Refusal> {
    cell_rows::delete_owner(conn, &job.to_string())?;
    Ok(())
}

impl Archive {
    /// The result of a job of one's own, other than an export's, which has a door of its own.
    ///
    /// # Errors
    /// No such job that this person may see, not ended, stopped, failed, or its time is over.
    pub fn job_result(&self, caller: &Caller, id: JobId) -> Result<JobResult, Refusal> {
        let job = self.inner.store.read(|conn| self.visible_job(conn, caller, id, Action::Read))?;
        // Administrators see that jobs run, not what came of them.
        if job.created_by != caller.user() || job.kind == super::JobKind::Export {
            return Err(Refusal::NotFound(Thing::Job));
        }
        let target = Target::of_user(job.created_by);
        let may = Warrant::to((Action::Read, Resource::Job), target, Thing::Job);
        self.open_result(&job, Watch::new(&self.inner, caller, may))
    }

    pub(in crate::archive) fn open_result(
        &self,
        job: &super::Job,
        watch: Watch,
    ) -> Result<JobResult, Refusal> {
        match job.state {
            JobState::Ready | JobState::Running => return Err(Refusal::Unfinished),
            JobState::Cancelled => return Err(Refusal::Stopped),
            JobState::Failed => return Err(Refusal::WrongState),
            JobState::Done => {}
        }
        if job.expires_at.is_none_or(|at| at <= self.inner.now()) {
            return Err(Refusal::Expired(Thing::Job));
        }
        let keys = self.inner.keys();
        let owner = job.id.to_string();
        let damaged = || Refusal::Damaged(Thing::Job);
        let entered = job.entered.ok_or_else(damaged)?;
        let (words, header) = self.inner.store.read(|conn| {
            let header = cell_rows::get(conn, &owner, HEADER)?.ok_or_else(damaged)?;
            let said = Some(entered.words);
            Ok::<_, Refusal>((cells::profile_as(&keys, conn, (&owner, WORDS), said, Thing::Job)?, header))
        })?;
        let header = SealedHeader::parse(cells::open(&keys, &header, Thing::Job)?.expose())?;
        if keys.identity.is_none() {
            return Err(Refusal::NoKey("service identity"));
        }
        let file_key = keys.open_header(&header.header)?;
        let text = |name: &str| words.get(name).and_then(Value::as_str).map(str::to_owned);
        // Whose it is stands in clear in the row, which decides who may have it.
        if text("by") != Some(job.created_by.to_string()) {
            return Err(damaged());
        }
        let number = |name: &str| words.get(name).and_then(Value::as_u64);
        let digest = text("digest").and_then(|digest| Digest::parse_hex(&digest).ok());
        let mut source = self.inner.results.open(file_of(job.id)?)?;
        // A report can be made by whoever has the service's recipient; a package has proofs of its own, and
        // its digest is among the words.
        if job.kind != super::JobKind::Export && !is_entered(&mut source, entered)? {
            return Err(damaged());
        }
        let reader = Opening::new(&file_key, source, number("sealed_bytes").ok_or_else(damaged)?)
            .map_err(|error| Refusal::Io { what: "open a result", error })?;
        Ok(JobResult {
            name: text("name").ok_or_else(damaged)?,
            media_type: text("media_type").ok_or_else(damaged)?,
            bytes: number("bytes").ok_or_else(damaged)?,
            digest: digest.ok_or_else(damaged)?,
            reader: Box::new(reader),
            watch,
        })
    }
}
