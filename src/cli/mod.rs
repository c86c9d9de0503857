//! Floor 4: the command line.
//!
//! Verbs that work on a living archive speak its HTTP API over the socket in the data directory,
//! so that permissions, refusals and words are those of the service. What scripts rely on
//! is kept to the letter: ids on standard output, one a line, flushed when
//! acknowledged; exit codes 0 ok, 1 found something wrong, 2 usage, 3 refused.

#![allow(
    clippy::indexing_slicing,
    reason = "JSON objects take members by index; nothing here indexes a slice"
)]

mod approval;
pub mod args;
mod bench;
mod bundle;
mod capture;
mod case;
mod client;
mod clock;
mod completions;
mod config;
mod custody;
mod customer;
mod demo;
mod disposition;
mod document;
mod due;
mod environment;
mod erase;
mod event;
mod explain;
mod explained;
mod export;
mod failure;
mod fault;
mod fields;
mod find;
mod form;
mod fsck;
mod gap;
mod help;
mod hint;
mod hold;
mod init;
mod keys;
mod ledger;
mod list;
mod login;
mod matter;
mod named;
mod open;
mod os_error;
mod pii;
mod policy;
mod recover;
mod rendition;
mod say;
mod search;
mod serve;
mod show;
mod site;
mod subject;
mod table;
mod usage;
mod user;
mod verify;
mod voice;
mod weighed;
mod wrap;

use std::cell::RefCell;
use std::process::ExitCode;
use std::rc::Rc;

use clap::{CommandFactory as _, FromArgMatches as _};

use self::args::{Arguments, At, Verb};
use self::client::Client;
use self::environment::Environment;
use self::failure::Failure;
use self::named::Named;
use self::policy::args::PolicyVerb;
use self::site::Site;
use self::voice::Voice;
use crate::base::moment::Moment;
use crate::web::FILES_TO_SERVE;
use crate::words::{Language, Outcome};

/// Files that a verb has to be allowed which opens an archive itself: to capture a folder takes 192.
const FILES_TO_WORK: u64 = 256;

/// What every verb gets.
struct Run {
    voice: Voice,
    environment: Environment,
    /// How the verb that runs calls what the archive speaks of.
    named: Named,
    /// Which archive was spoken with, and as whom, once that is known.
    at: RefCell<Option<At>>,
    /// What to type next, to be told after the refusal that it helps with.
    next: RefCell<Vec<String>>,
}

/// Runs the command line of this process.
pub fn run() -> ExitCode {
    // Before anything else is done: such a process reads one document and nothing more.
    if let Some(code) = crate::sandbox::take_over() {
        return code;
    }
    let environment = Environment::of_process();
    let read = Arguments::command().try_get_matches().and_then(|matches| {
        let named = Named::of(&matches);
        Ok((Arguments::from_arg_matches(&matches)?, named))
    });
    let (arguments, named) = match read {
        Ok(read) => read,
        Err(error) => {
            return usage::tell(error, &environment);
        }
    };
    let language = match arguments.lang.as_deref().map(|tag| (tag, Language::from_tag(tag))) {
        Some((tag, None)) => {
            let voice = Voice::new(None, arguments.json, &environment);
            Failure::usage("unknown_language", &[("tag", tag)]).tell(&voice, &named);
            return ExitCode::from(Outcome::Usage.exit_code());
        }
        Some((_, language)) => language,
        None => None,
    };
    let voice = Voice::new(language, arguments.json, &environment);
    let run = Run { voice, environment, named, at: RefCell::new(None), next: RefCell::default() };
    let only_shows = arguments.verb.only_shows();
    match run.verb(arguments.verb) {
        Ok(()) => ExitCode::SUCCESS,
        // Who reads no more has seen enough. What was still to be done is another matter.
        Err(Failure::OutputClosed) if only_shows => ExitCode::SUCCESS,
        Err(failure) => {
            run.tell(&failure);
            hint::tell(&run, &failure);
            ExitCode::from(failure.outcome().exit_code())
        }
    }
}

impl Run {
    /// Says on standard error why something was not done.
    fn tell(&self, failure: &Failure) {
        failure.tell(&self.voice, &self.named);
    }

    fn verb(&self, verb: Verb) -> Result<(), Failure> {
        if !matches!(verb, Verb::Serve(_) | Verb::Demo(_)) {
            self.log_to_stderr();
        }
        match verb {
            Verb::Pii(_)
            | Verb::Policy(
                PolicyVerb::Check(_) | PolicyVerb::Diff(_) | PolicyVerb::LastDay(_) | PolicyVerb::Show(_),
            )
            | Verb::Document(_)
            | Verb::Config(_)
            | Verb::Completions { .. } => {}
            Verb::Serve(_) => site::must_have_files(FILES_TO_SERVE)?,
            _ => site::must_have_files(FILES_TO_WORK)?,
        }
        match verb {
            Verb::Init(args) => init::run(self, &args),
            Verb::Demo(args) => demo::run(self, &args),
            Verb::Serve(args) => serve::run(self, &args),
            Verb::Capture(args) => capture::run(self, &args),
            Verb::List(args) => list::run(self, &args),
            Verb::Show(args) => show::run(self, &args),
            Verb::Custody(args) => custody::run(self, &args),
            Verb::Search(args) => search::run(self, &args),
            Verb::Subject(args) => subject::run(self, &args),
            Verb::Export(verb) => export::run(self, &verb),
            Verb::Erase(args) => erase::run(self, &args),
            Verb::Case(verb) => case::run(self, &verb),
            Verb::Event(verb) => event::run(self, &verb),
            Verb::Due(args) => due::run(self, &args),
            Verb::Explain(args) => explained::run(self, &args),
            Verb::Matter(verb) => matter::run(self, &verb),
            Verb::Hold(verb) => hold::run(self, &verb),
            Verb::Disposition(verb) => disposition::run(self, &verb),
            Verb::Customer(verb) => customer::run(self, &verb),
            Verb::Approval(verb) => approval::run(self, &verb),
            Verb::Clock(verb) => clock::run(self, &verb),
            Verb::Ledger(verb) => ledger::run(self, &verb),
            Verb::Fsck(args) => fsck::run(self, &args),
            Verb::User(verb) => user::run_user(self, &verb),
            Verb::Token(verb) => user::run_token(self, &verb),
            Verb::Keys(verb) => keys::run(self, &verb),
            Verb::Verify(args) => verify::run(self, &args),
            Verb::Open(args) => open::run(self, &args),
            Verb::Pii(verb) => pii::run(self, &verb),
            Verb::Policy(verb) => policy::run(self, &verb),
            Verb::Document(verb) => document::run(self, &verb),
            Verb::Bench(args) => bench::run(self, &args),
            Verb::Config(verb) => config::run(self, &verb),
            Verb::Completions { shell } => completions::run(self, shell),
        }
    }

    /// Faults of the program that a short-lived service meets go to standard error; more of the
    /// log only where the environment asks for it.
    fn log_to_stderr(&self) {
        use tracing_subscriber::EnvFilter;
        let level = if self.environment.logs {
            crate::config::Config::resolve(&crate::config::Sources::of_process(None, Vec::new()))
                .map_or_else(|_| "error".to_owned(), |config| config.log_level)
        } else {
            "error".to_owned()
        };
        let filter = EnvFilter::new(level);
        let logs =
            tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false);
        if logs.try_init().is_err() {
            self.voice.tell("log: already set up");
        }
    }

    /// Says that an archive is dated later than the clock of this machine.
    fn tell_clock(&self, (newest, now): (Moment, Moment)) {
        let (newest, now) = (newest.to_seconds_text(), now.to_seconds_text());
        self.voice.remark("clock_behind", &[("newest", &newest), ("now", &now)]);
    }

    /// Runs work that speaks with the archive at `at`, as the person whom the arguments name.
    fn with_archive(
        &self,
        at: &At,
        work: impl AsyncFnOnce(&Client) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        self.with_service(at, false, work)
    }

    /// As [`Run::with_archive`], where what was captured a moment ago has to be found.
    fn with_index(
        &self,
        at: &At,
        work: impl AsyncFnOnce(&Client) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        self.with_service(at, true, work)
    }

    fn with_service(
        &self,
        at: &At,
        indexing: bool,
        work: impl AsyncFnOnce(&Client) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        self.at.replace(Some(at.clone()));
        let site = Rc::new(Site::of(at, Vec::new())?);
        let client = Client::new(Rc::clone(&site), self.voice.language, indexing);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Failure::system("start the runtime", &error))?;
        let tasks = tokio::task::LocalSet::new();
        let done = tasks.block_on(&runtime, async {
            let logged_in = login::enter(self, at, &client).await?;
            let done = work(&client).await;
            if logged_in {
                login::leave(&client).await;
            }
            done
        });
        if let Some(behind) = client.clock_behind() {
            self.tell_clock(behind);
        }
        let own = client.close();
        // Connections end with their tasks; only then does the service of this process end at once.
        drop(tasks);
        drop(runtime);
        match own {
            Some(running) => done.and(running.stop().map_err(Failure::from)),
            None => done,
        }
    }
}
