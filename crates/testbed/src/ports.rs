//! Free ports on 127.0.0.1.
//!
//! Envoy's own listeners need none: they take port 0 and tell which one they got
//! ([`crate::envoy::Envoy::address`]). These are for configurations with written ports.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
};

use crate::Result;

/// `count` different ports that nobody listens on now. Another process may take one before you do.
///
/// # Errors
/// When the system has no free port.
pub fn free(count: usize) -> Result<Vec<u16>> {
    // All are held until the last one is found, so that no two are the same.
    let held = (0..count).map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).collect::<io::Result<Vec<_>>>()?;
    held.iter().map(|listener| Ok(listener.local_addr()?.port())).collect()
}

/// Whether somebody already listens on `address`.
pub fn busy(address: SocketAddr) -> bool {
    TcpListener::bind(address).is_err()
}
