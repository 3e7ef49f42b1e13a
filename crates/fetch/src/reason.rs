//! The reasons for which a page gets no response.

use std::fmt;

use crate::headers::printable;

/// The check that fails, with the value that makes it fail.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// The URL's port is one that no browser fetches from ([bad
    /// port](https://fetch.spec.whatwg.org/#bad-port)).
    BadPort(u16),
    /// Mode `same-origin`, and the URL is of another origin.
    SameOriginMode,
    /// Mode `no-cors`, and redirects are not followed.
    NoCorsRedirectMode,
    /// The URL's scheme is neither `http` nor `https`.
    NotHttp(String),
    /// No response came.
    NoAnswer,
    /// There is no `Access-Control-Allow-Origin`.
    AllowOriginMissing,
    /// `Access-Control-Allow-Origin` is `*`, and the credentials mode is `include`.
    AllowOriginWildcard,
    /// `Access-Control-Allow-Origin` is not the request's origin.
    AllowOrigin {
        /// The value; that of several lines is joined by a comma and a blank.
        value: Vec<u8>,
        /// How many lines there are.
        lines: usize,
    },
    /// `Access-Control-Allow-Credentials` is not `true`, and the credentials mode is `include`.
    AllowCredentials(Option<Vec<u8>>),
    /// The status of the preflight response is not 200 to 299.
    PreflightStatus(u16),
    /// `Access-Control-Allow-Methods` is not a list of methods.
    AllowMethodsSyntax(Vec<u8>),
    /// `Access-Control-Allow-Headers` is not a list of header names.
    AllowHeadersSyntax(Vec<u8>),
    /// The method is not in `Access-Control-Allow-Methods`.
    Method(String),
    /// The header is not in `Access-Control-Allow-Headers`. Where several are not, this is the
    /// standard's first; a browser may name another.
    Header(String),
    /// The response is a redirect, and the redirect mode is `error`.
    RedirectMode(u16),
    /// `Location` is not a URL, or occurs several times.
    RedirectLocation,
    /// `Location` leads to another scheme than `http` and `https`.
    RedirectScheme(String),
    /// The twenty-first redirect in a row.
    RedirectCount,
    /// `Location` holds a user name or a password, in a request that left the page's origin.
    RedirectCredentials(String),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadPort(port) => write!(f, "no browser fetches from port {port}"),
            Self::SameOriginMode => f.write_str("the mode is same-origin, and the URL is of another origin"),
            Self::NoCorsRedirectMode => f.write_str("in mode no-cors redirects must be followed"),
            Self::NotHttp(scheme) => write!(f, "CORS does not work with the scheme {scheme}"),
            Self::NoAnswer => f.write_str("no response came"),
            Self::AllowOriginMissing => f.write_str("there is no Access-Control-Allow-Origin"),
            Self::AllowOriginWildcard => {
                f.write_str("Access-Control-Allow-Origin is *, and the credentials mode is include")
            }
            Self::AllowOrigin { value, .. } => {
                write!(f, "Access-Control-Allow-Origin is \"{}\", not the request's origin", printable(value))
            }
            Self::AllowCredentials(None) => f.write_str("there is no Access-Control-Allow-Credentials"),
            Self::AllowCredentials(Some(value)) => {
                write!(f, "Access-Control-Allow-Credentials is \"{}\", not \"true\"", printable(value))
            }
            Self::PreflightStatus(status) => write!(f, "the status is {status}, not 200 to 299"),
            Self::AllowMethodsSyntax(value) => {
                write!(f, "Access-Control-Allow-Methods is not a list of methods: \"{}\"", printable(value))
            }
            Self::AllowHeadersSyntax(value) => {
                write!(f, "Access-Control-Allow-Headers is not a list of header names: \"{}\"", printable(value))
            }
            Self::Method(method) => write!(f, "Access-Control-Allow-Methods does not list {method}"),
            Self::Header(name) => write!(f, "Access-Control-Allow-Headers does not list {name}"),
            Self::RedirectMode(status) => {
                write!(f, "the response is a redirect ({status}), and the redirect mode is error")
            }
            Self::RedirectLocation => f.write_str("Location is not a single URL"),
            Self::RedirectScheme(scheme) => write!(f, "Location leads to the scheme {scheme}"),
            Self::RedirectCount => f.write_str("there are more than 20 redirects"),
            Self::RedirectCredentials(url) => write!(f, "Location holds a user name or a password: {url}"),
        }
    }
}
