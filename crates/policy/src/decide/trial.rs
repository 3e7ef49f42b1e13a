//! The trial of a policy: the verdict of another policy about the same exchange. It changes
//! nothing; only a difference between the two verdicts is told.

use super::choice::Chosen;
use super::record::{Outcome, Reason};
use crate::policy::{Policies, Policy};
use crate::rules::Selected;

/// What a policy makes of an exchange, whether it is enforced or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) outcome: Outcome,
    pub(super) reason: Reason,
}

/// Where the trial of a policy decides otherwise than the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The outcome by the trial.
    pub would: Would,
    /// Why the trial refuses; if it does not, why the policy does.
    pub reason: Reason,
}

/// The outcome by a trial, where the policy has another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Would {
    /// The page could read the response, or send the request that its preflight asked for.
    Allow,
    /// The page could not. The request itself would be forwarded, unless it is a preflight.
    Refuse,
    /// The request would be answered with 403.
    Reject,
    /// The request, which has no `Origin`, would be forwarded.
    Pass,
}

impl Would {
    const ALL: [Self; 4] = [Self::Allow, Self::Refuse, Self::Reject, Self::Pass];

    /// The fixed word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "would-allow",
            Self::Refuse => "would-refuse",
            Self::Reject => "would-reject",
            Self::Pass => "would-pass",
        }
    }
}

impl Verdict {
    /// The verdict on an origin, a method or a header.
    pub(super) const fn of(reason: Reason) -> Self {
        let outcome = if matches!(reason, Reason::None) { Outcome::Allowed } else { Outcome::Refused };
        Self { outcome, reason }
    }

    pub(super) const fn rejected(reason: Reason) -> Self {
        Self { outcome: Outcome::Rejected, reason }
    }

    /// The verdict on a request without `Origin`.
    pub(super) const fn passed() -> Self {
        Self { outcome: Outcome::Passed, reason: Reason::NoOrigin }
    }

    /// How a trial's verdict differs from this one, the policy's.
    pub(super) fn difference(self, trial: Self) -> Option<Difference> {
        if self.outcome == trial.outcome {
            return None;
        }
        let (would, reason) = match trial.outcome {
            Outcome::Allowed => (Would::Allow, self.reason),
            Outcome::Passed => (Would::Pass, self.reason),
            Outcome::Refused | Outcome::WouldBeRefused => (Would::Refuse, trial.reason),
            Outcome::Rejected => (Would::Reject, trial.reason),
        };
        Some(Difference { would, reason })
    }
}

impl Chosen {
    /// The trial of the chosen policy.
    #[inline]
    pub(super) fn trial<'p>(&self, policies: &'p Policies) -> Option<&'p Policy> {
        match self.selected {
            Selected::Policy(policy, _) => policies.get(policy)?.trial.as_deref(),
            _ => None,
        }
    }
}

impl Difference {
    /// The number of kinds of differences.
    pub const KINDS: usize = Would::ALL.len() * Reason::ALL.len();

    /// The number of this kind, from 0 on.
    pub const fn kind(self) -> usize {
        self.would as usize * Reason::ALL.len() + self.reason as usize
    }

    /// Adds `;difference;reason` to the words of a record.
    pub fn append_to(self, words: &mut String) {
        for part in [self.would.as_str(), self.reason.as_str()] {
            words.push(';');
            words.push_str(part);
        }
    }
}

impl Policies {
    /// Shows every difference that the trials of this configuration can have, with the place and
    /// the name of the policy.
    #[inline(never)]
    pub fn each_difference(&self, show: &mut dyn FnMut(usize, &str, Difference)) {
        for (place, policy) in self.all.iter().enumerate() {
            let Some(trial) = policy.trial.as_deref() else { continue };
            for would in Would::ALL {
                let possible = Reason::ALL.into_iter().filter(|reason| is_possible(policy, trial, would, *reason));
                possible.for_each(|reason| show(place, &policy.name, Difference { would, reason }));
            }
        }
    }
}

fn is_possible(policy: &Policy, trial: &Policy, would: Would, reason: Reason) -> bool {
    let checks_hosts = policy.checks_hosts() || trial.checks_hosts();
    match reason {
        Reason::OriginNotListed | Reason::NullNotListed | Reason::MalformedOrigin => match would {
            Would::Allow | Would::Refuse => true,
            Would::Reject => trial.reject().is_some(),
            Would::Pass => false,
        },
        Reason::MethodNotListed | Reason::HeaderNotListed => matches!(would, Would::Allow | Would::Refuse),
        Reason::ForeignHost => checks_hosts,
        _ => false,
    }
}
