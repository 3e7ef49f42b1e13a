//! The kinds of decisions, numbered for those who count them.

use super::record::{Outcome, Phase, Reason, Record};
use crate::origin::Origins;
use crate::policy::{Policies, Policy, Preflights, Selector};
use crate::rules::Rules;

type Kind = (Phase, Outcome, Reason);

/// Everything that a decision can be, but for its policy.
const KINDS: [Kind; 32] = {
    use Outcome::{Allowed, Passed, Refused, Rejected, WouldBeRefused};
    use Phase::{Actual, NotCors, Preflight};
    [
        (Preflight, Allowed, Reason::None),
        (Preflight, Refused, Reason::OriginNotListed),
        (Preflight, Refused, Reason::NullNotListed),
        (Preflight, Refused, Reason::MalformedOrigin),
        (Preflight, Refused, Reason::ForeignHost),
        (Preflight, Refused, Reason::MethodNotListed),
        (Preflight, Refused, Reason::HeaderNotListed),
        (Preflight, Refused, Reason::AmbiguousPath),
        (Preflight, Refused, Reason::AmbiguousHost),
        (Preflight, Refused, Reason::NoRoute),
        (Preflight, Refused, Reason::UnknownRoutePolicy),
        (Preflight, WouldBeRefused, Reason::OriginNotListed),
        (Preflight, WouldBeRefused, Reason::NullNotListed),
        (Preflight, WouldBeRefused, Reason::MalformedOrigin),
        (Preflight, WouldBeRefused, Reason::MethodNotListed),
        (Preflight, WouldBeRefused, Reason::HeaderNotListed),
        (Actual, Allowed, Reason::None),
        (Actual, Refused, Reason::OriginNotListed),
        (Actual, Refused, Reason::NullNotListed),
        (Actual, Refused, Reason::MalformedOrigin),
        (Actual, Refused, Reason::AmbiguousPath),
        (Actual, Refused, Reason::AmbiguousHost),
        (Actual, Refused, Reason::UnknownRoutePolicy),
        (Actual, Rejected, Reason::OriginNotListed),
        (Actual, Rejected, Reason::NullNotListed),
        (Actual, Rejected, Reason::MalformedOrigin),
        (Actual, Rejected, Reason::ForeignHost),
        (Actual, WouldBeRefused, Reason::OriginNotListed),
        (Actual, WouldBeRefused, Reason::NullNotListed),
        (Actual, WouldBeRefused, Reason::MalformedOrigin),
        (NotCors, Passed, Reason::NoOrigin),
        (NotCors, Rejected, Reason::ForeignHost),
    ]
};

/// The places in [`KINDS`] by phase, outcome and reason, so that a count costs one look-up.
#[allow(clippy::indexing_slicing, reason = "the compiler evaluates it")]
const PLACES: [[[u8; 12]; 5]; 3] = {
    let mut places = [[[u8::MAX; 12]; 5]; 3];
    let mut place = 0_u8;
    while (place as usize) < KINDS.len() {
        let (phase, outcome, reason) = KINDS[place as usize];
        places[phase as usize][outcome as usize][reason as usize] = place;
        place += 1;
    }
    places
};

impl Record<'_> {
    /// The number of kinds of decisions.
    pub const KINDS: usize = KINDS.len();

    /// The number of this decision's kind, from 0 on: its phase, outcome and reason.
    #[inline]
    pub fn kind(&self) -> usize {
        let places = PLACES.get(self.phase as usize).and_then(|places| places.get(self.outcome as usize));
        places.and_then(|places| places.get(self.reason as usize)).map_or(usize::MAX, |place| usize::from(*place))
    }
}

impl Policies {
    /// Shows every record that a decision can have under this configuration.
    ///
    /// ```
    /// use corsac_policy::{Reason, Tools, compile};
    ///
    /// let configuration = br#"{ "allowOrigins": ["*"] }"#;
    /// let policies = compile(configuration, &Tools::default()).expect("a sound policy").policies;
    /// policies.each_record(&mut |record| assert_ne!(record.reason, Reason::OriginNotListed));
    /// ```
    #[inline(never)]
    pub fn each_record<'p>(&'p self, show: &mut dyn FnMut(Record<'p>)) {
        let rules = match &*self.selector {
            Selector::Always(_) => None,
            Selector::Rules(rules) => Some(rules),
        };
        for (place, policy) in self.all.iter().enumerate() {
            if rules.is_none_or(|rules| rules.chooses(place)) {
                let possible = KINDS.iter().filter(|kind| policy.can_be(**kind));
                possible.for_each(|kind| show(record(Some((place, &*policy.name)), *kind)));
            }
        }
        if let Some(rules) = rules {
            KINDS.iter().filter(|kind| rules.can_be(**kind)).for_each(|kind| show(record(None, *kind)));
        }
    }
}

fn record(policy: Option<(usize, &str)>, (phase, outcome, reason): Kind) -> Record<'_> {
    let (place, policy) = policy.unzip();
    Record { policy, place, phase, outcome, reason }
}

impl Policy {
    /// Whether a decision by this policy can be of this kind.
    fn can_be(&self, (phase, outcome, reason): Kind) -> bool {
        let enforced = match outcome {
            Outcome::Refused => !self.report_only,
            Outcome::WouldBeRefused => self.report_only,
            Outcome::Rejected => self.reject().is_some(),
            Outcome::Allowed | Outcome::Passed => true,
        };
        enforced
            && match reason {
                Reason::None | Reason::NoOrigin => true,
                Reason::OriginNotListed | Reason::NullNotListed | Reason::MalformedOrigin => {
                    !matches!(self.origins, Origins::Any)
                }
                Reason::ForeignHost => self.checks_hosts(),
                Reason::MethodNotListed | Reason::HeaderNotListed => {
                    phase == Phase::Preflight && self.preflights == Preflights::Answer
                }
                Reason::AmbiguousPath | Reason::AmbiguousHost | Reason::NoRoute | Reason::UnknownRoutePolicy => false,
            }
    }
}

impl Rules {
    /// Whether a decision can be of this kind where no policy is chosen.
    fn can_be(&self, (_, outcome, reason): Kind) -> bool {
        match reason {
            Reason::AmbiguousPath => self.asks_path(),
            Reason::AmbiguousHost => self.asks_host(),
            Reason::NoRoute => self.asks_route(),
            Reason::UnknownRoutePolicy => self.is_from_route_metadata(),
            Reason::NoOrigin => outcome == Outcome::Passed,
            _ => false,
        }
    }
}
