//! One policy: from its fields as written to headers that are ready to send.

use super::Tools;
use super::origins;
use crate::config::PolicyConfig;
use crate::diagnostic::{Code, Place, Report};
use crate::header::{RequestHeaders, compile_exposed};
use crate::method::Methods;
use crate::origin::overmatch::Examiner;
use crate::policy::{Policy, Timing};
use crate::risk::Accepted;

/// Above this only Firefox (a day) keeps a preflight's answer; Chromium and Safari cap it here or lower. Seconds.
const LONGEST_USEFUL_MAX_AGE: u32 = 7200;

pub(crate) fn compile(
    name: &str,
    config: &PolicyConfig<'_>,
    place: &Place<'_>,
    tools: &Tools<'_>,
    examiner: &mut Examiner,
    report: &mut Report,
) -> Policy {
    let credentials = config.credentials;
    let mut accepted = Accepted::new(&config.accepted);
    let origins = origins::compile(config, place, tools, &mut accepted, examiner, report);
    accepted.finish(&place.key("acceptRisks"), report);
    let headers = RequestHeaders::compile(&config.headers, credentials, &place.key("allowHeaders"), report);
    let exposed = compile_exposed(&config.exposed, credentials, &place.key("exposeHeaders"), report);
    warn_of_unexposed_grpc_status(&headers, config, place, report);
    Policy {
        name: name.into(),
        timing: if config.timing {
            Timing::Allow { without_origin: origins::timing_list(config) }
        } else {
            Timing::Untouched
        },
        origins,
        credentials,
        methods: Methods::compile(&config.methods, credentials, &place.key("allowMethods"), report),
        headers,
        exposed,
        max_age: compile_max_age(config.max_age, place, report),
        preflight_status: config.preflight_status,
        upstream_headers: config.upstream_headers,
        disallowed_origins: config.disallowed_origins,
        report_only: config.report_only,
    }
}

fn compile_max_age(seconds: Option<u32>, place: &Place<'_>, report: &mut Report) -> Option<Box<[u8]>> {
    let seconds = seconds?;
    if seconds > LONGEST_USEFUL_MAX_AGE {
        report.warn_with_fix(
            Code::MaxAgeCapped,
            &place.key("maxAge"),
            "Only Firefox keeps a preflight's answer for longer than 7200 seconds; other browsers cap it there or lower.",
            Some(LONGEST_USEFUL_MAX_AGE.to_string()),
        );
    }
    Some(seconds.to_string().into_bytes().into())
}

/// gRPC-Web reads its status from headers where a call fails before its body begins.
fn warn_of_unexposed_grpc_status(
    headers: &RequestHeaders,
    config: &PolicyConfig<'_>,
    place: &Place<'_>,
    report: &mut Report,
) {
    let exposes =
        |wanted: &str| config.exposed.iter().any(|(_, name)| *name == "*" || name.eq_ignore_ascii_case(wanted));
    if headers.lists(b"x-grpc-web") && !(exposes("grpc-status") && exposes("grpc-message")) {
        report.warn_with_fix(
            Code::GrpcWebUnexposed,
            &place.key("exposeHeaders"),
            "The policy lets gRPC-Web in (\"x-grpc-web\"), but pages cannot read the status of a call that fails at once.",
            Some("[\"grpc-status\", \"grpc-message\"]".to_owned()),
        );
    }
}
