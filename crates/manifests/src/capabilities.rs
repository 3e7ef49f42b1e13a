//! The capabilities that Envoy has to allow the filter: all that the module asks of its host.
//!
//! Envoy takes a list of them (`capability_restriction_config`) and refuses every other one. The
//! memory, the allocator and `_initialize` are not among them, since no host can do without.
//! Neither are `environ_get` and `proc_exit`: Rust's standard library imports them, and nothing
//! calls them, a panic included.

/// The capabilities, in the order of the manifests. Tests hold this list against the module, the
/// shipped files, and an Envoy that allows all of them but one.
pub const CAPABILITIES: [&str; 23] = [
    // The system calls of Rust's standard library: for the seed of hash tables, and for the message
    // of a panic.
    "random_get",
    "environ_sizes_get",
    "fd_write",
    // The callbacks that the module exports.
    "proxy_on_context_create",
    "proxy_on_configure",
    "proxy_on_request_headers",
    "proxy_on_response_headers",
    "proxy_on_delete",
    "proxy_on_tick",
    // The host calls that it makes.
    "proxy_get_buffer_bytes",
    "proxy_get_header_map_value",
    "proxy_get_header_map_pairs",
    "proxy_replace_header_map_value",
    "proxy_remove_header_map_value",
    "proxy_send_local_response",
    "proxy_get_property",
    "proxy_set_property",
    "proxy_set_tick_period_milliseconds",
    "proxy_define_metric",
    "proxy_increment_metric",
    "proxy_record_metric",
    "proxy_log",
    "proxy_call_foreign_function",
];

/// The further ones that a policy with `originSources` needs: without them its static origins alone
/// are in force. They are left out elsewhere, because one of them lets the filter call services.
pub const SOURCE_CAPABILITIES: [&str; 5] = [
    "clock_time_get",
    "proxy_on_http_call_response",
    "proxy_http_call",
    "proxy_get_shared_data",
    "proxy_set_shared_data",
];

/// What a policy needs, whose text this is.
pub fn capabilities_for(policy: &str) -> impl Iterator<Item = &'static str> {
    let sources = if policy.contains("originSources") { &SOURCE_CAPABILITIES[..] } else { &[] };
    CAPABILITIES.iter().chain(sources).copied()
}

/// The columns of a line in the shipped files.
const WIDTH: usize = 120;

/// The restriction to what a policy needs as lines of YAML, each indented by so many spaces: a
/// field of Envoy's `PluginConfig`.
///
/// Envoy 1.40 also takes the field within `vm_config`, and calls this place deprecated. The
/// versions before it take it here only.
pub fn capability_restriction(policy: &str, indent: usize) -> Vec<String> {
    let names: Vec<&str> = capabilities_for(policy).collect();
    let field = |depth: usize, text: &str| format!("{:1$}{text}", "", indent + 2 * depth);
    let mut lines = vec![
        field(0, "# All that the filter asks of Envoy. Envoy refuses every other call."),
        field(0, "capability_restriction_config:"),
        field(1, "allowed_capabilities: {"),
    ];
    let mut line = field(2, "");
    for (index, name) in names.iter().enumerate() {
        let entry = if index + 1 == names.len() { format!("{name}: {{}} }}") } else { format!("{name}: {{}},") };
        if line.trim_start().is_empty() {
            line.push_str(&entry);
        } else if line.len() + 1 + entry.len() <= WIDTH {
            line = format!("{line} {entry}");
        } else {
            lines.push(std::mem::replace(&mut line, field(2, &entry)));
        }
    }
    lines.push(line);
    lines
}
