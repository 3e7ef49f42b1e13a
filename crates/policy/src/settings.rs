//! The fields of a policy that choose one of a few behaviours. The default is what an absent field means.

/// The status of a successful preflight's answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum PreflightStatus {
    #[default]
    NoContent,
    /// For clients that take only 200 for success.
    Ok,
}

/// What becomes of the CORS headers that the upstream sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum UpstreamHeaders {
    #[default]
    Replace,
    Preserve,
}

/// What becomes of an actual request whose origin is refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum DisallowedOrigins {
    #[default]
    Forward,
    Reject,
}
