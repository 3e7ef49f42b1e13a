//! What the control plane sends: any resource, and the filter in Envoy's messages.

use std::path::Path;

use corsac_manifests::capabilities_for;
use envoy_types::pb::envoy::config::core::v3::{
    AsyncDataSource, DataSource, TypedExtensionConfig, async_data_source, data_source::Specifier,
};
use envoy_types::pb::envoy::extensions::filters::http::wasm::v3::Wasm;
use envoy_types::pb::envoy::extensions::wasm::v3::{
    CapabilityRestrictionConfig, PluginConfig, SanitizationConfig, VmConfig, plugin_config::Vm,
};
use envoy_types::pb::google::protobuf::{Any, StringValue};
use prost::Message;

pub use envoy_types::pb::envoy::extensions::wasm::v3::FailurePolicy;

const PREFIX: &str = "type.googleapis.com/";
/// The type of the resources by which filters are discovered (ECDS).
const EXTENSION: &str = "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig";

/// A resource: its type, its name, and its message.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    /// The URL of the type of the message, by which Envoy subscribes.
    pub kind: String,
    /// Its name among the resources of its type.
    pub name: String,
    /// The message.
    pub message: Any,
}

/// The filter, in one virtual machine for each module.
#[derive(Clone, Copy, Debug)]
pub struct Filter<'a> {
    /// The path of the module.
    pub module: &'a Path,
    /// The policy.
    pub configuration: &'a str,
    /// What Envoy does when the module has broken.
    pub failure_policy: FailurePolicy,
}

impl Resource {
    /// A filter that is discovered by that name.
    pub fn filter(name: &str, filter: &Filter<'_>) -> Self {
        let typed = packed("envoy.extensions.filters.http.wasm.v3.Wasm", &Wasm { config: Some(filter.plugin()) });
        let message = TypedExtensionConfig { name: name.to_owned(), typed_config: Some(typed) };
        Self { kind: EXTENSION.to_owned(), name: name.to_owned(), message: packed(EXTENSION, &message) }
    }
}

impl Filter<'_> {
    fn plugin(&self) -> PluginConfig {
        let file = Specifier::Filename(self.module.display().to_string());
        let code = DataSource { specifier: Some(file), ..DataSource::default() };
        let allowed = capabilities_for(self.configuration).map(|name| (name.to_owned(), SanitizationConfig {}));
        let vm = VmConfig {
            vm_id: "corsac".to_owned(),
            runtime: "envoy.wasm.runtime.v8".to_owned(),
            code: Some(AsyncDataSource { specifier: Some(async_data_source::Specifier::Local(code)) }),
            // The place since Envoy 1.40; the shipped files have the older one, which every version
            // takes.
            capability_restriction_config: Some(CapabilityRestrictionConfig {
                allowed_capabilities: allowed.collect(),
            }),
            ..VmConfig::default()
        };
        let configuration = StringValue { value: self.configuration.to_owned() };
        PluginConfig {
            name: "corsac".to_owned(),
            configuration: Some(packed("google.protobuf.StringValue", &configuration)),
            failure_policy: self.failure_policy.into(),
            vm: Some(Vm::VmConfig(vm)),
            ..PluginConfig::default()
        }
    }
}

/// A message in the form that says its type, which may be a name or its URL.
fn packed(kind: &str, message: &impl Message) -> Any {
    let kind = kind.strip_prefix(PREFIX).unwrap_or(kind);
    Any { type_url: format!("{PREFIX}{kind}"), value: message.encode_to_vec() }
}
