//! Brings the service up and down: sockets, workers, TLS, drain.

use std::future::Future as _;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, mpsc};
use std::task::Poll;
use std::time::{Duration, Instant};

use actix_web::dev::ServerHandle;
use actix_web::http::KeepAlive;
use actix_web::rt::task::JoinHandle;
use actix_web::{App, HttpServer, web};

use super::api;
use super::door::Door;
use super::observe::observe;
use super::patience::Patience;
use super::seats::{SeatLimits, Seats, room_for};
use super::state::Service;
use super::tls::{TlsError, server_config};
use crate::config::{ConfigError, TlsFiles, check_address};

/// Seconds that requests under way get when the service is told to stop.
const DRAIN_SECONDS: u64 = 30;
/// Seconds that a client may take to send the head of a request.
const HEAD_SECONDS: u64 = 10;
/// Seconds that a client gets to hear an answer before its connection is closed on it.
const FAREWELL_SECONDS: u64 = 2;
/// Seconds that a client may take to agree on TLS.
const HANDSHAKE_SECONDS: u64 = 5;
/// Seconds that an idle connection is kept.
const KEEP_SECONDS: u64 = 75;
/// Time that workers get to let go of the archive.
const RELEASE_LONGEST: Duration = Duration::from_secs(5);
/// Connections that one worker keeps open at once. Those of the address are bounded by their seats, far
/// below: at this bound a worker would accept nobody any more, at the socket neither.
const CONNECTIONS_MAX: usize = 1 << 16;
/// Use cases that one worker runs at once; most of them wait for the group's commit.
const BLOCKING_THREADS: usize = 128;

/// Where the service listens.
#[derive(Debug, Clone)]
pub struct Listen {
    /// The TCP address, if any.
    pub address: Option<SocketAddr>,
    /// TLS on it.
    pub tls: Option<TlsFiles>,
    /// A proxy in front does TLS.
    pub behind_proxy: bool,
    /// The socket of the command line.
    pub socket: PathBuf,
    /// How many connections the TCP address lets in.
    pub seats: SeatLimits,
    /// How long people may let an answer lie.
    pub patience: Patience,
    /// Worker threads.
    pub workers: usize,
    /// True if SIGINT and SIGTERM stop the service; false where the caller does.
    pub on_signals: bool,
}

impl Listen {
    /// True if people reach the service by TLS, in this process or in a proxy.
    pub fn is_secure(&self) -> bool {
        self.tls.is_some() || self.behind_proxy
    }
}

/// Why the service did not start or did not go on.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address is open to others, and nothing does TLS.
    #[error(transparent)]
    Open(#[from] ConfigError),
    /// Certificate or key cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {error}")]
    Address {
        /// The address.
        address: SocketAddr,
        /// The system's error.
        error: std::io::Error,
    },
    /// The socket of the command line cannot be made.
    #[error("cannot make the socket {}: {error}", socket.display())]
    Socket {
        /// Its path.
        socket: PathBuf,
        /// The system's error.
        error: std::io::Error,
    },
    /// The server ended with an error.
    #[error("the service ended: {0}")]
    Ended(std::io::Error),
}

/// What the service says once it listens.
pub struct Ready {
    /// The bound TCP address; port 0 has become a real one.
    pub address: Option<SocketAddr>,
    handle: ServerHandle,
}

/// Routes, guards and limits, as every test and every door has them.
pub fn routes(config: &mut web::ServiceConfig) {
    super::route::mount(&api::groups(), config);
}

/// Listens and serves until told to stop; requests under way are finished. `ready` is called once.
///
/// # Errors
/// See [`ServeError`].
pub async fn serve(service: Service, listen: Listen, ready: impl FnOnce(Ready)) -> Result<(), ServeError> {
    if let Some(address) = listen.address {
        check_address(address, listen.tls.is_some(), listen.behind_proxy)?;
    }
    let tls = listen.tls.as_ref().map(server_config).transpose()?;
    remove_left_over(&listen.socket)?;
    // A service that has an address lives long: it takes up what the process before it has left.
    if listen.address.is_some() {
        service.start_jobs().map_err(|problem| ServeError::Ended(std::io::Error::other(problem)))?;
    }
    let jobs = service.clone();
    let service = web::Data::new(service);
    let seats = Arc::new(Seats::new(SeatLimits {
        all: room_for(listen.seats.all),
        // Behind a proxy every connection is the proxy's: who its clients are is for the proxy to count.
        each: listen.seats.each.filter(|_| !listen.behind_proxy),
    }));
    let slow = close_slow(&seats, listen.patience);
    let server = HttpServer::new(move || {
        App::new()
            .app_data(service.clone())
            .configure(routes)
            .default_service(web::to(api::no_such_path))
            .wrap(actix_web::middleware::from_fn(observe))
    })
    .on_connect(move |connection, notes| Door::mark(&seats, listen.patience, connection, notes))
    .workers(listen.workers)
    .worker_max_blocking_threads(BLOCKING_THREADS)
    .max_connections(CONNECTIONS_MAX)
    .max_connection_rate(CONNECTIONS_MAX)
    .tls_handshake_timeout(Duration::from_secs(HANDSHAKE_SECONDS))
    .keep_alive(KeepAlive::Timeout(Duration::from_secs(KEEP_SECONDS)))
    .client_request_timeout(Duration::from_secs(HEAD_SECONDS))
    .client_disconnect_timeout(Duration::from_secs(FAREWELL_SECONDS))
    // Who closes his end waits for no answer: what works for him is told so at once.
    .h1_allow_half_closed(false)
    .shutdown_timeout(DRAIN_SECONDS);
    let socket_error = |error| ServeError::Socket { socket: listen.socket.clone(), error };
    // Not `bind_uds`: it forgets `on_connect`, and with it who stands before the door. The socket's
    // folder is the owner's alone, so nobody comes before the permissions.
    let short = super::socket::address_of(&listen.socket).map_err(socket_error)?;
    let socket = UnixListener::bind(short.path()).map_err(socket_error)?;
    std::fs::set_permissions(&listen.socket, std::fs::Permissions::from_mode(0o600)).map_err(socket_error)?;
    let server = server.listen_uds(socket).map_err(socket_error)?;
    let server = match (listen.address, tls) {
        (None, _) => server,
        (Some(address), None) => {
            server.bind(address).map_err(|error| ServeError::Address { address, error })?
        }
        (Some(address), Some(tls)) => {
            server.bind_rustls_0_23(address, tls).map_err(|error| ServeError::Address { address, error })?
        }
    };
    // The socket has an entry too, with an address that is none; ours was bound last.
    let bound = listen.address.and_then(|_| server.addrs().into_iter().next_back());
    let server = if listen.on_signals { server } else { server.disable_signals() };
    let mut running = server.run();
    let handle = running.handle();
    // The first poll takes the signals over. A script that reads the address may stop the service
    // at once: were it told before, the signal would end the process instead of draining it.
    let started = std::future::poll_fn(|context| Poll::Ready(Pin::new(&mut running).poll(context))).await;
    ready(Ready { address: bound, handle });
    let ended = match started {
        Poll::Ready(ended) => ended,
        Poll::Pending => running.await,
    };
    let ended = ended.map_err(ServeError::Ended);
    slow.abort();
    jobs.stop_jobs();
    drop(jobs);
    if let Err(error) = std::fs::remove_file(&listen.socket) {
        tracing::debug!(%error, "the socket was gone already");
    }
    // Until here: actix removes the socket by the address under which it was bound.
    drop(short);
    ended
}

/// Looks now and then at who takes an answer too slowly, and closes it. One task for all connections.
fn close_slow(seats: &Arc<Seats>, patience: Patience) -> JoinHandle<()> {
    let seats = Arc::downgrade(seats);
    actix_web::rt::spawn(async move {
        let mut looks = tokio::time::interval(patience.between_looks());
        looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            looks.tick().await;
            let Some(seats) = seats.upgrade() else { return };
            let count = seats.close_slow(patience, Instant::now());
            if count > 0 {
                tracing::info!(count, "connections were closed whose answers were not taken in time");
            }
        }
    })
}

/// A socket left by a process that was killed would be in the way; the directory's lock says that
/// no other process serves it.
fn remove_left_over(socket: &Path) -> Result<(), ServeError> {
    match std::fs::remove_file(socket) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(ServeError::Socket { socket: socket.to_owned(), error }),
    }
}

/// A service that runs in a thread of this process until it is stopped or dropped.
pub struct Running {
    /// The bound TCP address.
    pub address: Option<SocketAddr>,
    handle: ServerHandle,
    service: Service,
    thread: Option<std::thread::JoinHandle<Result<(), ServeError>>>,
}

/// Starts the service in a thread of its own, and returns once it listens: the command line does
/// so for the length of one verb where no other process serves the archive.
///
/// # Errors
/// See [`ServeError`].
pub fn start(service: Service, listen: Listen) -> Result<Running, ServeError> {
    let (tell, told) = mpsc::channel();
    let held = service.clone();
    let thread = std::thread::Builder::new()
        .name("web".to_owned())
        .spawn(move || {
            let system = actix_web::rt::System::new();
            system.block_on(serve(service, listen, move |ready| {
                if tell.send(ready).is_err() {
                    tracing::debug!("nobody waits for the service to be ready");
                }
            }))
        })
        .map_err(ServeError::Ended)?;
    match told.recv() {
        Ok(Ready { address, handle }) => Ok(Running { address, handle, service: held, thread: Some(thread) }),
        // It never got ready: its result says why.
        Err(_) => match thread.join() {
            Ok(Err(error)) => Err(error),
            Ok(Ok(())) | Err(_) => {
                Err(ServeError::Ended(std::io::Error::other("the service stopped while starting")))
            }
        },
    }
}

impl Running {
    /// Takes no new requests, finishes those under way, and gives the sockets back.
    ///
    /// # Errors
    /// The server ended with an error.
    pub fn stop(mut self) -> Result<(), ServeError> {
        self.end()
    }

    fn end(&mut self) -> Result<(), ServeError> {
        let Some(thread) = self.thread.take() else { return Ok(()) };
        // The command goes out when the future is made; the thread's end is the answer.
        drop(self.handle.stop(true));
        let ended = thread.join();
        // Workers let go of the archive a moment after the server has ended; who opens it again
        // must not find it held.
        self.service.wait_until_alone(RELEASE_LONGEST);
        match ended {
            Ok(ended) => ended,
            Err(_) => Err(ServeError::Ended(std::io::Error::other("the service panicked"))),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Err(error) = self.end() {
            tracing::warn!(%error, "the service ended with an error");
        }
    }
}
