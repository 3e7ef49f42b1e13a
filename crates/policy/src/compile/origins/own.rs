//! `ownOrigins`, the origins that an API itself is served at, and `fixedOrigin`.

use super::{Pattern, parse_pattern};
use crate::compile::Tools;
use crate::config::PolicyConfig;
use crate::diagnostic::{Code, Place, Report};
use crate::origin::diagnose::diagnose;
use crate::origin::shape::HostPattern;
use crate::origin::{ListedOrigins, Origins};

/// Compiles `ownOrigins`: origins, and patterns for their labels and ports.
#[inline(never)]
pub(crate) fn compile_own(
    written: &[(usize, &str)],
    place: &Place<'_>,
    tools: &Tools<'_>,
    report: &mut Report,
) -> ListedOrigins {
    let mut own = ListedOrigins::new(tools.seed);
    if written.is_empty() {
        report.error(Code::MissingOrigins, place, "The list is empty, so every request would be rejected; name one.");
    }
    for (index, text) in written {
        let place = place.index(*index);
        let new = match Pattern::parse(text) {
            Some(Pattern::Exact(origin)) => own.set.insert_exact(origin),
            Some(Pattern::Shape(shape)) if shape.host != HostPattern::Any => own.set.insert_shape(&shape),
            Some(_) => {
                let sentence = "This does not name a host, so any site's name would pass; name the hosts of this API.";
                report.error(Code::InvalidOrigin, &place, sentence);
                true
            }
            None => {
                let diagnosed = diagnose(text, tools.to_ascii);
                let fix = diagnosed.suggestion();
                report.error_with_fix(Code::InvalidOrigin, &place, diagnosed.sentence, fix);
                true
            }
        };
        if !new {
            report.warn(Code::RedundantOrigin, &place, "This origin is already in the list.");
        }
    }
    own.set.shrink();
    own
}

/// Compiles the origins of a policy with `fixedOrigin`: one exact origin.
pub(super) fn compile_fixed(config: &PolicyConfig<'_>, place: &Place<'_>, report: &mut Report) -> Origins {
    if let [(_, entry)] = config.origins.as_slice()
        && let Some(Pattern::Exact(origin)) = parse_pattern(*entry)
    {
        return Origins::Fixed(origin.as_bytes().into());
    }
    if config.names_origins {
        let sentence = "One origin is sent to everyone, so \"allowOrigins\" holds exactly one, and no pattern.";
        report.error(Code::InvalidValue, place, sentence);
    }
    Origins::Fixed(Box::default())
}
