//! What every handler shares: the archive, how the service is reached, and what is counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use std::time::{Duration, Instant};

use actix_web::web;
use metrics_exporter_prometheus::PrometheusHandle;
use uuid::Builder;

use super::cursor::Cursors;
use super::fair::{Allowance, Fairness};
use super::observe::RequestId;
use super::problem::Problem;
use crate::archive::jobs::{JobRunner, KEEP_SECONDS};
use crate::archive::{Archive, Refusal as ArchiveRefusal};
use crate::base::civil::Zone;
use crate::base::entropy::{Entropy, SystemEntropy, draw};
use crate::base::moment::{Clock, Moment, SystemClock};
use crate::base::secret::SecretKey;
use crate::config::Config;
use crate::record::jurisdiction::Jurisdiction;
use crate::record::request::CaptureDefaults;
use crate::words::{Refusal, Seconds};

/// Requests that work with the archive at the same time; further ones are told to come again.
pub const WORKING_MAX: usize = 2_048;

/// The service behind both doors. Clones share it.
#[derive(Clone)]
pub struct Service {
    inner: Arc<Inner>,
}

struct Inner {
    archive: Archive,
    secure: bool,
    metrics: Option<PrometheusHandle>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    cursors: Cursors,
    working: AtomicUsize,
    fairness: Arc<Fairness>,
    settings: Settings,
    // Last, so that everything else is gone when its threads let go of the archive.
    jobs: JobRunner,
}

/// What the archive's owner has settled about the service.
#[derive(Clone)]
pub struct Settings {
    /// The jurisdiction of captures that name none.
    pub jurisdiction: Jurisdiction,
    /// The zone of dates that name none.
    pub zone: Zone,
    /// Seconds for which the result of a job is kept.
    pub keep_results_seconds: i64,
    /// Bytes that must be free on the disk for the service to be ready.
    pub free_bytes_min: u64,
    /// How much one person may send.
    pub allowance: Allowance,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            jurisdiction: Jurisdiction::china(),
            zone: Zone::SHANGHAI,
            keep_results_seconds: KEEP_SECONDS,
            free_bytes_min: FREE_BYTES_MIN,
            allowance: Allowance::default(),
        }
    }
}

impl Settings {
    /// As the configuration says.
    pub fn of(config: &Config) -> Self {
        Self {
            jurisdiction: config.default_jurisdiction.clone(),
            zone: config.default_zone,
            keep_results_seconds: i64::from(config.keep_hours) * 3_600,
            free_bytes_min: config.free_megabytes.saturating_mul(1024 * 1024),
            allowance: Allowance { per_minute: config.requests_per_minute, at_once: config.requests_at_once },
        }
    }
}

/// Bytes that must be free on the disk where nobody says otherwise.
pub const FREE_BYTES_MIN: u64 = 256 * 1024 * 1024;

/// How the service is reached.
#[derive(Clone, Default)]
pub struct Reach {
    /// True if people reach it by TLS, in this process or in a proxy: cookies then demand it.
    pub secure: bool,
    /// What `/metrics` prints; none for the short-lived service of one command.
    pub metrics: Option<PrometheusHandle>,
    /// What the archive's owner has settled.
    pub settings: Settings,
    /// True where what captures leave to be judged waits for a later start: in measurements.
    pub judges_later: bool,
}

impl Service {
    /// A service over an open archive.
    pub fn new(archive: Archive, reach: Reach) -> Self {
        // Lists go on after a restart; a node without index keys shows no lists.
        let cursors = archive.cursor_key().unwrap_or_else(|| SecretKey::generate(&SystemEntropy));
        let runner = if reach.judges_later { JobRunner::without_judging } else { JobRunner::new };
        let jobs = runner(archive.clone(), reach.settings.keep_results_seconds);
        Self {
            inner: Arc::new(Inner {
                jobs,
                fairness: Arc::new(Fairness::new(reach.settings.allowance)),
                settings: reach.settings,
                archive,
                secure: reach.secure,
                metrics: reach.metrics,
                clock: Arc::new(SystemClock),
                cursors: Cursors::new(cursors),
                entropy: Arc::new(SystemEntropy),
                working: AtomicUsize::new(0),
            }),
        }
    }

    /// The archive.
    pub fn archive(&self) -> &Archive {
        &self.inner.archive
    }

    /// True if people reach the service by TLS.
    pub fn is_secure(&self) -> bool {
        self.inner.secure
    }

    /// What is counted, if anything is.
    pub fn metrics(&self) -> Option<&PrometheusHandle> {
        self.inner.metrics.as_ref()
    }

    /// A fresh request id: UUID version 7, so that logs sort by it.
    pub fn request_id(&self) -> RequestId {
        let millis = u64::try_from(self.inner.clock.now().micros() / 1000).unwrap_or(0);
        let random = draw::<10>(self.inner.entropy.as_ref());
        RequestId(Builder::from_unix_timestamp_millis(millis, &random).into_uuid().to_string())
    }

    /// Where pages of lists go on.
    pub fn cursors(&self) -> &Cursors {
        &self.inner.cursors
    }

    /// The present instant.
    pub fn now(&self) -> Moment {
        self.inner.clock.now()
    }

    /// What holds for a capture where its description says nothing.
    pub fn capture_defaults(&self, content_comes_apart: bool) -> CaptureDefaults {
        CaptureDefaults {
            jurisdiction: self.inner.settings.jurisdiction.clone(),
            zone: self.inner.settings.zone,
            now: self.now(),
            content_comes_apart,
        }
    }

    /// What the archive's owner has settled.
    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    /// Works on jobs from now on, if it does not yet: a service that lives for one command does so only
    /// if that command asks for a job.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start_jobs(&self) -> Result<(), Problem> {
        self.inner.jobs.start().map_err(Problem::from)
    }

    /// Gives the jobs under way back to the queue, and waits for that.
    pub fn stop_jobs(&self) {
        self.inner.jobs.stop();
    }

    /// Waits until nobody else shares this service, or so long.
    pub(super) fn wait_until_alone(&self, longest: Duration) {
        let started = Instant::now();
        while Arc::strong_count(&self.inner) > 1 && started.elapsed() < longest {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Runs a use case where waiting for disk and database hurts nobody.
    ///
    /// # Errors
    /// What the use case refuses; `too_busy` before it began.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Archive) -> Result<T, ArchiveRefusal> + Send + 'static,
    ) -> Result<T, Problem> {
        self.run_or_problem(move |archive| work(archive).map_err(Problem::from)).await
    }

    /// As [`Service::run`], for work that also reads what the request says.
    ///
    /// # Errors
    /// What the work refuses; `too_busy` before it began.
    pub async fn run_or_problem<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Archive) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let working = Working::begin(&self.inner)?;
        let archive = self.inner.archive.clone();
        let done = web::block(move || work(&archive)).await;
        drop(working);
        match done {
            Ok(result) => result,
            // The use case panicked; the pool itself never refuses.
            Err(_) => Err(Refusal::Internal { request: String::new() }.into()),
        }
    }

    /// What each person may have of this service.
    pub fn fairness(&self) -> &Arc<Fairness> {
        &self.inner.fairness
    }
}

/// A place among the works, given back when dropped, even where the client went away.
struct Working(Arc<Inner>);

impl Working {
    fn begin(inner: &Arc<Inner>) -> Result<Self, Problem> {
        if inner.working.fetch_add(1, Ordering::SeqCst) >= WORKING_MAX {
            inner.working.fetch_sub(1, Ordering::SeqCst);
            return Err(Refusal::TooBusy { wait: Seconds(1) }.into());
        }
        Ok(Self(Arc::clone(inner)))
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        self.0.working.fetch_sub(1, Ordering::SeqCst);
    }
}
