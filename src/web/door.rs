//! By which door a request came in: the TCP address or the socket of the command line.

use std::any::Any;
use std::os::fd::AsFd as _;
use std::sync::Arc;

use actix_tls::accept::rustls_0_23::TlsStream;
use actix_web::dev::Extensions;
use actix_web::rt::net::{TcpStream, UnixStream};
use rustix::net::sockopt::set_tcp_user_timeout;
use rustix::net::{Shutdown, shutdown};

use super::patience::Patience;
use super::seats::{Seats, Standing};

/// The door of one connection, and what the system says of who stands before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// The TCP address, with or without TLS in this process.
    Address,
    /// The socket in the data directory.
    Socket {
        /// True if the process at the other end runs as the user who runs this one.
        same_user: bool,
    },
}

impl Door {
    /// Notes the door of a new connection; every request on it finds the note. A connection for which
    /// there is no seat is closed at once; under TLS, once that is agreed on.
    pub fn mark(seats: &Arc<Seats>, patience: Patience, connection: &dyn Any, notes: &mut Extensions) {
        if let Some(stream) = connection.downcast_ref::<UnixStream>() {
            notes.insert(Self::Socket { same_user: is_same_user(stream) });
            return;
        }
        let stream = connection
            .downcast_ref::<TcpStream>()
            .or_else(|| Some(connection.downcast_ref::<TlsStream<TcpStream>>()?.get_ref().0));
        // Who reads nothing of what is sent to him loses his connection.
        if let Some(Err(error)) =
            stream.map(|stream| set_tcp_user_timeout(stream, patience.still_milliseconds()))
        {
            tracing::debug!(%error, "a connection is not watched by the system");
        }
        let from = stream.and_then(|stream| stream.peer_addr().ok()).map(|address| address.ip());
        let line = stream.and_then(|stream| stream.as_fd().try_clone_to_owned().ok());
        let seat = Arc::new(seats.take(from, line));
        if let (Standing::Over | Standing::SourceOver, Some(stream)) = (seat.standing(), stream)
            && let Err(error) = shutdown(stream, Shutdown::Both)
        {
            tracing::debug!(%error, "a connection too many had gone already");
        }
        notes.insert(Self::Address);
        notes.insert(seat);
    }
}

/// SO_PEERCRED: the kernel's word, which no client can forge.
fn is_same_user(stream: &UnixStream) -> bool {
    stream.peer_cred().is_ok_and(|peer| peer.uid() == rustix::process::geteuid().as_raw())
}
