//! The web origins of Keycloak's
//! [clients](https://www.keycloak.org/docs-api/latest/rest-api/index.html#ClientRepresentation).

use std::borrow::Cow;

use corsac_policy::json::Value;

use crate::place::Place;
use crate::{Error, Found, Reason};

/// Clients: a list of them, a realm's export with its `clients`, or one.
pub(crate) fn read<'b>(document: Place<'_, '_, 'b>, found: &mut Found<'b>) -> Result<(), Error> {
    match document.value {
        Value::Array(_) => document.each(|each| client(each, found)),
        _ if document.has("clients") => document.needed("clients", "a list")?.each(|each| client(each, found)),
        _ => client(document, found),
    }
}

fn client<'b>(client: Place<'_, '_, 'b>, found: &mut Found<'b>) -> Result<(), Error> {
    if !client.has("clientId") {
        client.needed("webOrigins", "a list")?;
    }
    let is_enabled = client.member("enabled")?.map_or(Ok(true), |enabled| enabled.boolean())?;
    let mut with_redirects = false;
    if let Some(origins) = client.member("webOrigins")? {
        origins.each(|origin| match origin.string()? {
            _ if !is_enabled => Ok(()),
            text if text == "+" => {
                with_redirects = true;
                Ok(())
            }
            text => found.entry(text.clone()),
        })?;
    }
    if with_redirects { redirects(client, found) } else { Ok(()) }
}

/// What `+` means: the origins of the client's redirect URIs.
fn redirects<'b>(client: Place<'_, '_, 'b>, found: &mut Found<'b>) -> Result<(), Error> {
    let root = match client.member("rootUrl")? {
        Some(root) => origin_of(root.string()?),
        None => None,
    };
    let Some(uris) = client.member("redirectUris")? else { return Ok(()) };
    uris.each(|uri| {
        let uri = uri.string()?;
        match (uri.starts_with('/'), &root) {
            (true, Some(root)) => found.entry(root.clone()),
            (true, None) => found.leave_out(uri.clone(), Reason::NoRootUrl),
            // Another scheme is that of an app, which has no pages. Keycloak passes it over, too.
            (false, _) => origin_of(uri).map_or(Ok(()), |origin| found.entry(origin)),
        }
    })
}

/// The origin of an `http` or `https` URI, as it is spelled there. Nothing is corrected: Keycloak
/// compares these bytes with the `Origin` header, so what is not spelled as an origin lets nobody
/// in there, and the engine refuses it here.
fn origin_of<'b>(uri: &Cow<'b, str>) -> Option<Cow<'b, str>> {
    let scheme = ["http://", "https://"].into_iter().find(|scheme| uri.starts_with(scheme))?;
    let authority = uri.get(scheme.len()..)?.split(['/', '?', '#']).next()?;
    let length = scheme.len().saturating_add(authority.len());
    Some(match uri {
        Cow::Borrowed(uri) => Cow::Borrowed(uri.get(..length)?),
        Cow::Owned(uri) => Cow::Owned(uri.get(..length)?.to_owned()),
    })
}
