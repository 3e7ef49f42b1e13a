//! The module without Envoy: its hooks are called as Envoy calls them, and a mock defines the
//! functions that it calls.

mod exchanges;
mod mock_envoy;
mod vectors;
