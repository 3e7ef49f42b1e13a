//! TLS: whose certificate is trusted.
//!
//! `ca.pem` signed `cert.pem`, for `localhost`, whose key is public: they prove nothing to anybody
//! else.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::thread;

use corsac_fetch::Response;
use corsac_probe::{Ask, Client, Connection};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use url::Url;

const CA: &[u8] = include_bytes!("ca.pem");

/// Starts a server for one connection, and returns its URL.
fn server() -> Url {
    let certificates = CertificateDer::pem_slice_iter(include_bytes!("cert.pem")).collect::<Result<_, _>>().unwrap();
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("key.pem")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(config.with_no_client_auth().with_single_cert(certificates, key).unwrap());
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut stream = StreamOwned::new(ServerConnection::new(config).unwrap(), stream);
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") {
            // A client that trusts nobody goes away.
            if stream.read(&mut byte).unwrap_or_default() == 0 {
                return;
            }
            head.extend(byte);
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\nvary: origin\r\n\r\n").unwrap();
        stream.flush().unwrap();
    });
    Url::parse(&format!("https://localhost:{port}/")).unwrap()
}

fn send(connection: Connection) -> Result<Response, String> {
    let url = server();
    Client::new(&url, connection)?.send(&Ask::get(&url))
}

#[test]
fn a_certificate_is_trusted_by_its_authority_or_at_the_users_word() {
    let trusted = Connection { certificates: Some(CA.to_vec()), ..Connection::default() };
    assert_eq!(send(trusted).unwrap().status, 200);
    let careless = Connection { insecure: true, ..Connection::default() };
    assert_eq!(send(careless).unwrap().headers.get("vary").as_deref(), Some(&b"origin"[..]));
}

#[test]
fn a_certificate_of_nobody_is_refused() {
    let error = send(Connection::default()).unwrap_err();
    assert!(error.contains("certificate"), "{error}");
}

#[test]
fn a_file_without_certificates_is_a_sentence() {
    for text in ["", "nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        let connection = Connection { certificates: Some(text.into()), ..Connection::default() };
        assert!(send(connection).unwrap_err().ends_with('.'));
    }
}

#[test]
fn an_address_in_place_of_the_name_keeps_the_name_for_the_certificate() {
    let url = server();
    let port = url.port().unwrap();
    let named = Url::parse("https://localhost/").unwrap();
    let connect_to = Some(format!("127.0.0.1:{port}"));
    let connection = Connection { connect_to, certificates: Some(CA.to_vec()), ..Connection::default() };
    assert_eq!(Client::new(&named, connection).unwrap().send(&Ask::get(&named)).unwrap().status, 200);
}
