//! One policy: from its fields as written to headers that are ready to send.

use super::Tools;
use super::origins;
use super::sources;
use crate::config::PolicyConfig;
use crate::diagnostic::{Code, Place, Report, quoted};
use crate::header::{RequestHeaders, compile_exposed};
use crate::method::Methods;
use crate::origin::overmatch::Examiner;
use crate::policy::{DisallowedOrigins, Policy, Reject, Timing};
use crate::risk::{Accepted, Risk};
use crate::source::OriginSource;

/// Above this only Firefox (a day) keeps a preflight's answer; Chromium and Safari cap it here or
/// lower. Seconds.
const LONGEST_USEFUL_MAX_AGE: u32 = 7200;

pub(crate) fn report_missing_origins(config: &PolicyConfig<'_>, place: &Place<'_>, report: &mut Report) {
    if !config.names_origins {
        let sentence = "A policy names the origins that it allows; nothing is allowed by default. Add \"allowOrigins\": [\"https://app.example.com\"].";
        report.error(Code::MissingOrigins, place, sentence);
    }
}

/// Where gRPC-Web has the status of a call that fails before its body begins.
const GRPC_STATUS: &[&str] = &["grpc-status", "grpc-message"];

pub(crate) fn compile(
    name: &str,
    config: &PolicyConfig<'_>,
    place: &Place<'_>,
    tools: &Tools<'_>,
    examiner: &mut Examiner,
    all_sources: &mut Vec<OriginSource>,
    report: &mut Report,
) -> Policy {
    let trial = config.trial.as_ref().map(|trial| {
        let place = place.trial().with_owners(&trial.owners);
        report_missing_origins(&trial.config, &place, report);
        let trial = compile(name, &trial.config, &place, tools, examiner, all_sources, report);
        // As little is enforced as of the policy, so that the two are compared alike.
        Box::new(Policy { report_only: config.report_only, ..trial })
    });
    let credentials = config.credentials;
    let mut accepted = Accepted::new(&config.accepted);
    let origins = origins::compile(config, place, tools, &mut accepted, examiner, report);
    let sources = sources::compile(config, &origins, place, all_sources, report);
    if credentials && !sources.is_empty() {
        accepted.leave_open(Risk::InsecureOriginWithCredentials);
    }
    let takes_insecure = !credentials || accepted.has(Risk::InsecureOriginWithCredentials);
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
        listed: config.origins.len(),
        sources,
        takes_insecure,
        credentials,
        methods: Methods::compile(&config.methods, credentials, &place.key("allowMethods"), report),
        headers,
        exposed,
        max_age: compile_max_age(config.max_age, place, report),
        preflight_status: config.preflight_status,
        upstream_headers: config.upstream_headers,
        disallowed_origins: compile_rejection(config, place, tools, report),
        preflights: config.preflights,
        report_only: config.report_only,
        trial,
    }
}

#[inline(never)]
fn compile_rejection(
    config: &PolicyConfig<'_>,
    place: &Place<'_>,
    tools: &Tools<'_>,
    report: &mut Report,
) -> DisallowedOrigins {
    let own = config.own_origins.as_ref();
    if !config.rejects {
        let fields = [("ownOrigins", own.is_some()), ("disallowedNavigations", config.spares_navigations)];
        for (field, _) in fields.iter().filter(|(_, written)| *written) {
            let sentence = format!("{} has no effect without \"disallowedOrigins\": \"reject\".", quoted(field));
            report.error(Code::InvalidValue, &place.key(field), sentence);
        }
        return DisallowedOrigins::Forward;
    }
    if config.spares_navigations {
        let sentence = "Navigations pass, so a form on any site can post here with the visitor's cookies. Protect forms by a token.";
        report.warn(Code::UnprotectedForms, &place.key("disallowedNavigations"), sentence);
    }
    DisallowedOrigins::Reject(Reject {
        own: own.map(|written| Box::new(origins::compile_own(written, &place.key("ownOrigins"), tools, report))),
        spares_navigations: config.spares_navigations,
    })
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

fn warn_of_unexposed_grpc_status(
    headers: &RequestHeaders,
    config: &PolicyConfig<'_>,
    place: &Place<'_>,
    report: &mut Report,
) {
    let exposes =
        |wanted: &&str| config.exposed.iter().any(|(_, name)| *name == "*" || name.eq_ignore_ascii_case(wanted));
    if headers.lists(b"x-grpc-web") && !GRPC_STATUS.iter().all(exposes) {
        report.warn_with_fix(
            Code::GrpcWebUnexposed,
            &place.key("exposeHeaders"),
            "The policy lets gRPC-Web in (\"x-grpc-web\"), but pages cannot read the status of a call that fails at once.",
            Some(with_grpc_status(&config.exposed)),
        );
    }
}

/// The list with the status of gRPC-Web at its end.
fn with_grpc_status(exposed: &[(usize, &str)]) -> String {
    let mut names: Vec<&str> = exposed.iter().map(|(_, name)| *name).collect();
    for wanted in GRPC_STATUS {
        if !names.iter().any(|name| name.eq_ignore_ascii_case(wanted)) {
            names.push(wanted);
        }
    }
    let names: Vec<String> = names.into_iter().map(quoted).collect();
    format!("[{}]", names.join(", "))
}
