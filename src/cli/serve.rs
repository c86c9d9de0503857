//! `serve`: the archive over HTTP, until SIGINT or SIGTERM.

use std::path::PathBuf;

use metrics_exporter_prometheus::PrometheusBuilder;
use tracing_subscriber::EnvFilter;

use super::Run;
use super::args::Serve;
use super::failure::Failure;
use super::site::{Site, must_have_files};
use crate::archive::Archive;
use crate::config::{Config, LogFormat};
use crate::web::{FILES_TO_SERVE, Listen, Patience, Reach, SeatLimits, Service, Settings, serve};

/// Worker threads where the machine does not say how many processors it has.
const WORKERS: usize = 2;

pub(super) fn run(run: &Run, args: &Serve) -> Result<(), Failure> {
    let mut flags = Vec::new();
    if let Some(listen) = args.listen {
        flags.push(("listen.address", listen.to_string()));
    }
    if args.behind_proxy {
        flags.push(("listen.behind_proxy", "true".to_owned()));
    }
    let files: [(&str, &Option<PathBuf>); 2] =
        [("listen.tls_certificate", &args.tls_certificate), ("listen.tls_key", &args.tls_key)];
    for (setting, file) in files {
        if let Some(file) = file {
            flags.push((setting, file.display().to_string()));
        }
    }
    let site = Site::of(&args.at, flags)?;
    let archive = Archive::open(&site.place, &site.options()).map_err(|refusal| site.failure(refusal))?;
    hold(run, &site, archive, !args.without_background)
}

/// Serves an open archive until a signal ends it.
pub(super) fn hold(run: &Run, site: &Site, archive: Archive, background: bool) -> Result<(), Failure> {
    must_have_files(FILES_TO_SERVE)?;
    let config = &site.config;
    log(config);
    archive.say_sandbox();
    archive.say_clock();
    if background {
        archive.start_background()?;
    }
    let metrics = PrometheusBuilder::new()
        .install_recorder()
        .map_err(|error| Failure::system("set up the counters", &error))?;
    let secure = config.tls.is_some() || config.behind_proxy;
    let processors = std::thread::available_parallelism().map_or(WORKERS, usize::from);
    let listen = Listen {
        address: Some(config.address),
        tls: config.tls.clone(),
        behind_proxy: config.behind_proxy,
        socket: site.place.socket(),
        seats: SeatLimits::of(config),
        patience: Patience::default(),
        workers: config.workers.unwrap_or(processors),
        on_signals: true,
    };
    let scheme = if config.tls.is_some() { "https" } else { "http" };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::system("start the runtime", &error))?;
    let tasks = tokio::task::LocalSet::new();
    let mut told = Ok(());
    let reach =
        Reach { secure, metrics: Some(metrics), settings: Settings::of(config), judges_later: !background };
    let service = Service::new(archive, reach);
    let served = tasks.block_on(
        &runtime,
        serve(service, listen, |ready| {
            let address = ready.address.unwrap_or(config.address);
            let address = format!("{scheme}://{address}");
            // Scripts wait for this very line; people at a terminal read it in their language.
            told = match run.voice.width {
                Some(_) if !run.voice.json => {
                    run.voice.line(&run.voice.say("listening", &[("address", &address)]))
                }
                _ => run.voice.line(&format!("listening on {address}")),
            };
        }),
    );
    served?;
    told
}

/// Log lines go to standard error: text for people, JSON for machines.
fn log(config: &Config) {
    let filter = EnvFilter::new(&config.log_level);
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let set_up = match config.log_format {
        LogFormat::Json => logs.json().try_init(),
        LogFormat::Text => logs.with_ansi(false).try_init(),
    };
    if let Err(error) = set_up {
        tracing::debug!(%error, "the log was set up before");
    }
}
