//! Names below which anyone gets a host and that the public suffix list does not have.
//!
//! Their operators could ask for a place on the list and have not. Each was looked for in the list
//! of 2026-10-22; a test finds those that a later list has. A rule `*.devtunnels.ms` is one of the
//! list's kind: any label (a region, a cluster) and `.devtunnels.ms`.

/// As of 2026-11-25.
pub(super) const SUPPLEMENT: &[&str] = &[
    // Names made of an address: `10.0.0.1.nip.io` is 10.0.0.1, for every address.
    "nip.io",
    "sslip.io",
    "traefik.me",
    // Development environments: each of them serves what its user runs in it.
    "app.github.dev",
    "gitpod.io",
    "*.gitpod.io",
    "*.cloudshell.dev",
    "*.cloudworkstations.dev",
    "codesandbox.io",
    "stackblitz.io",
    "webcontainer.io",
    "webcontainer-api.io",
    "glitch.me",
    // Tunnels: whoever opens one gets a name for the server on their own machine.
    "*.devtunnels.ms",
    "loca.lt",
    "localtunnel.me",
    "lhr.life",
    "lhrtunnel.link",
    "serveo.net",
    "share.zrok.io",
    "exp.direct",
    "gradio.live",
    "pinggy.link",
    "free.pinggy.link",
    "a.free.pinggy.link",
    // Hosting: an account, or not even that, is enough.
    "*.azurecontainerapps.io",
    "koyeb.app",
    "kinsta.app",
    "modal.run",
    "proxy.runpod.net",
    "neocities.org",
];

/// Names that no registry gives out: whoever runs a network has them in it (RFC 6762, appendix G;
/// RFC 8375; ICANN reserved
/// `internal` in 2024).
const PRIVATE: &[&str] =
    &["internal", "local", "corp", "lan", "home", "home.arpa", "intranet", "private", "localdomain"];

/// Whether hosts below this name are those of a private network.
pub(crate) fn is_private_network(host: &str) -> bool {
    PRIVATE.contains(&host)
}
