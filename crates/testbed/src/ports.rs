//! Free ports on 127.0.0.1.
//!
//! The listeners of a generated configuration need none: the system chooses their ports
//! ([`crate::envoy::Envoy::address`]). These are for configuration files with fixed ports.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
};

use crate::Result;

/// `count` different ports that nobody listens on now. Another process may take one at any time.
///
/// # Errors
/// If the system has no free port.
pub fn free(count: usize) -> Result<Vec<u16>> {
    // All listeners stay open until the last port is found, so that no port comes twice.
    let held = (0..count).map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).collect::<io::Result<Vec<_>>>()?;
    held.iter().map(|listener| Ok(listener.local_addr()?.port())).collect()
}

/// Whether somebody already listens on `address`.
pub fn busy(address: SocketAddr) -> bool {
    TcpListener::bind(address).is_err()
}
