//! Coming up, TLS, counting, going down.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;

use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, ServerName};

use super::harness::{Answer, Served, request, served, served_by};
use crate::archive::{Archive, Place, open::OpenOptions};
use crate::config::TlsFiles;
use crate::web::{Listen, Patience, Reach, SeatLimits, ServeError, Service, start};

pub(super) fn tls_files() -> TlsFiles {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/web/tests/tls");
    TlsFiles { certificate: folder.join("certificate.pem"), key: folder.join("key.pem") }
}

/// A client that has agreed on TLS with the service.
pub(super) fn by_tls(served: &Served) -> rustls::StreamOwned<rustls::ClientConnection, TcpStream> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(tls_files().certificate).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let mut connection = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
    let mut tcp = TcpStream::connect(served.address()).unwrap();
    while connection.is_handshaking() {
        connection.complete_io(&mut tcp).unwrap();
    }
    rustls::StreamOwned::new(connection, tcp)
}

#[test]
fn tls_is_spoken_and_browsers_are_told_to_keep_to_it() {
    let served = served_by(Some(tls_files()));
    let mut stream = by_tls(&served);
    stream.write_all(&request("GET", "/healthz", &[], Some(0), b"")).unwrap();
    let mut bytes = Vec::new();
    // A server may close without a farewell once everything is said.
    if let Err(error) = stream.read_to_end(&mut bytes) {
        assert_eq!(error.kind(), std::io::ErrorKind::UnexpectedEof);
    }
    let answer = Answer::read(&bytes, "GET");
    assert_eq!(answer.status, 200);
    assert!(answer.header("strict-transport-security").unwrap().starts_with("max-age="));
}

#[test]
fn an_address_open_to_others_is_refused_without_tls() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::at(&folder.path().join("data"), None).unwrap();
    let archive = Archive::create(&place, &OpenOptions::default()).unwrap().archive;
    let listen = Listen {
        address: Some(SocketAddr::from(([0, 0, 0, 0], 0))),
        tls: None,
        behind_proxy: false,
        socket: place.socket(),
        seats: SeatLimits::default(),
        patience: Patience::default(),
        workers: 1,
        on_signals: false,
    };
    let refused = start(Service::new(archive, Reach::default()), listen);
    assert!(matches!(refused, Err(ServeError::Open(_))));
}

#[test]
fn a_request_under_way_is_finished_before_the_service_stops() {
    let mut served = served();
    let body =
        br#"{"kind": "ticket", "occurred": "2026-03-01", "components": [{"name": "a.txt", "text": "x"}]}"#;
    let fields = [("content-type", "application/json")];
    let whole = request("POST", "/api/v1/records", &fields, Some(body.len()), body);
    let mut stream = UnixStream::connect(served.place.socket()).unwrap();
    let (most, last) = whole.split_at(whole.len() - 1);
    stream.write_all(most).unwrap();
    // The service answers another request, so it has read what came before.
    assert_eq!(served.get("/healthz").status, 200);
    let stopping = std::thread::spawn(move || {
        served.stop();
        served
    });
    stream.write_all(last).unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    assert_eq!(Answer::read(&bytes, "POST").status, 201);
    let served = stopping.join().unwrap();
    assert!(!served.place.socket().exists(), "the socket is given back");
}

#[test]
fn a_socket_left_by_a_killed_process_is_no_obstacle() {
    let mut served = served();
    served.stop();
    let place = served.place.clone();
    drop(std::os::unix::net::UnixListener::bind(place.socket()).unwrap());
    assert!(place.socket().exists());
    let archive = Archive::open(&place, &OpenOptions::default()).unwrap();
    let listen = Listen {
        address: None,
        tls: None,
        behind_proxy: false,
        socket: place.socket(),
        seats: SeatLimits::default(),
        patience: Patience::default(),
        workers: 1,
        on_signals: false,
    };
    let running = start(Service::new(archive, Reach::default()), listen).unwrap();
    assert_eq!(running.address, None);
    assert_eq!(served.get("/healthz").status, 200);
    running.stop().unwrap();
}
