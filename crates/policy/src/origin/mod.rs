//! The origins that a policy allows.

pub(crate) mod diagnose;
pub(crate) mod grammar;
pub(crate) mod ip;
pub(crate) mod list;
pub(crate) mod overmatch;
pub(crate) mod pattern;
pub(crate) mod public_suffix;
pub(crate) mod set;
pub(crate) mod shape;
pub(crate) mod tenant;

use crate::decide::record::Reason;
use set::OriginSet;
use tenant::TenantOrigin;

/// The origins of one policy.
#[derive(Debug)]
pub(crate) enum Origins {
    /// `*` without credentials: `Origin` is not even parsed, and the answer names no origin.
    Any,
    /// One origin that every answer names, whoever asks. Responses then do not vary by `Origin`
    /// (Fetch, [CORS protocol and HTTP
    /// caches](https://fetch.spec.whatwg.org/#cors-protocol-and-http-caches)).
    Fixed(Box<[u8]>),
    Listed(Box<ListedOrigins>),
}

/// Origins that the answer names.
#[derive(Debug)]
pub(crate) struct ListedOrigins {
    /// Whether `null` is listed.
    pub(crate) null: bool,
    /// Whether `file://` is listed.
    pub(crate) file: bool,
    /// `*` with credentials: whether every well-formed origin is allowed.
    pub(crate) any: bool,
    pub(crate) set: OriginSet,
    /// Origins that are tied to the label which a rule's host binds.
    pub(crate) tenants: Vec<TenantOrigin>,
}

impl ListedOrigins {
    /// None yet.
    pub(crate) fn new(seed: [u64; 2]) -> Self {
        Self { null: false, file: false, any: false, set: OriginSet::new(seed), tenants: Vec::new() }
    }
}

impl Origins {
    /// Whether some origins are tied to a tenant.
    pub(crate) fn has_tenants(&self) -> bool {
        matches!(self, Self::Listed(listed) if !listed.tenants.is_empty())
    }

    /// Whether `origin`, the bytes of an `Origin` header, is allowed. The error is the reason.
    /// `tenant` is the label that the rule's host binds.
    #[inline]
    pub(crate) fn check(&self, origin: &[u8], tenant: Option<&[u8]>) -> Result<(), Reason> {
        match self {
            Self::Any => Ok(()),
            Self::Fixed(fixed) if **fixed == *origin => Ok(()),
            Self::Fixed(_) => Err(reason_for_unlisted(origin)),
            Self::Listed(listed) => listed.check(origin, tenant),
        }
    }
}

/// The reason to refuse an origin that is not listed.
fn reason_for_unlisted(origin: &[u8]) -> Reason {
    match origin {
        b"null" | b"file://" => Reason::NullNotListed,
        _ if grammar::parse(origin).is_some() => Reason::OriginNotListed,
        _ => Reason::MalformedOrigin,
    }
}

impl ListedOrigins {
    /// Compares the bytes as they are: a browser must send what the policy says.
    #[inline]
    pub(crate) fn check(&self, origin: &[u8], tenant: Option<&[u8]>) -> Result<(), Reason> {
        if self.set.contains_exact(origin) {
            return Ok(());
        }
        match origin {
            b"null" => return if self.null { Ok(()) } else { Err(Reason::NullNotListed) },
            b"file://" => return if self.file { Ok(()) } else { Err(Reason::NullNotListed) },
            _ => {}
        }
        let parts = grammar::parse(origin).ok_or(Reason::MalformedOrigin)?;
        let is_tenants = |label| self.tenants.iter().any(|pattern| pattern.matches(&parts, label));
        if self.any
            || (!self.set.is_exact_only() && self.set.matches_pattern(origin, &parts))
            || tenant.is_some_and(is_tenants)
        {
            Ok(())
        } else {
            Err(Reason::OriginNotListed)
        }
    }
}
