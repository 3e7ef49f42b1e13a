//! Okta's [Trusted Origins](https://developer.okta.com/docs/api/openapi/okta-management/management/tag/TrustedOrigin/).

use crate::place::Place;
use crate::{Error, Found};

/// One trusted origin. It counts for CORS if it is active and has the scope `CORS`; another scope
/// (`REDIRECT`, `IFRAME_EMBED`) gives no page the right to read.
pub(crate) fn read<'b>(entry: Place<'_, '_, 'b>, found: &mut Found<'b>) -> Result<(), Error> {
    let origin = entry.needed("origin", "a string")?.string()?.clone();
    let is_active = entry.needed("status", "a string")?.string()? == "ACTIVE";
    let mut is_for_cors = false;
    entry.needed("scopes", "a list")?.each(|scope| {
        is_for_cors |= scope.needed("type", "a string")?.string()? == "CORS";
        Ok(())
    })?;
    if is_active && is_for_cors { found.entry(origin) } else { Ok(()) }
}
