//! The native module's answers, where its interface to Envoy forces another one than the Wasm
//! module's.

use std::borrow::Cow;

use serde::Deserialize;

use crate::{ExchangeVector, HttpResponse};

/// An exchange with the native module instead of the Wasm module.
#[derive(Debug, Clone)]
pub struct NativeModule {
    /// The reason for the difference.
    pub why: String,
    /// Replaces the field of the exchange.
    pub expect: HttpResponse,
    /// Likewise.
    pub details: Option<String>,
    /// Likewise.
    pub refusal: Option<String>,
}

impl ExchangeVector {
    /// The exchange as the native module handles it. Borrowed if it is the exchange as written.
    pub fn in_native_module(&self) -> Cow<'_, Self> {
        match self.native.clone() {
            Some(NativeModule { expect, details, refusal, .. }) => {
                Cow::Owned(Self { expect, details, refusal, ..self.clone() })
            }
            None => Cow::Borrowed(self),
        }
    }
}

/// The table `[exchange.native]` in the form of the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NativeModuleToml {
    why: String,
    expect: String,
    details: Option<String>,
    refusal: Option<String>,
}

impl NativeModuleToml {
    /// The value with its text parsed. The `Err` is a sentence.
    pub(crate) fn read(self) -> Result<NativeModule, String> {
        let Self { why, expect, details, refusal } = self;
        let expect = HttpResponse::from_text(&expect).map_err(|what| format!("native: expect: {what}"))?;
        Ok(NativeModule { why, expect, details, refusal })
    }
}
