//! An external processor that treats every exchange the same way.

pub use corsac_testbed::external_processor::filter;
use corsac_testbed::external_processor::{
    Exchange, ExternalProcessor, Reaction,
    message::{self, HeaderBlock, Mutation, Phase},
};

/// The processor's reaction to headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Lets the exchange go on.
    Continue,
    /// Answers the client with 401.
    Answer,
    /// Ends its stream with an error.
    Fail,
    /// Sends nothing, until Envoy ends the stream.
    Keep,
}

/// The processor's reactions to the headers of a request and of its response.
#[derive(Clone, Copy, Debug)]
pub struct Steps {
    pub request: Step,
    pub response: Step,
}

/// Starts a processor with these steps.
pub fn start(steps: Steps) -> ExternalProcessor {
    ExternalProcessor::start(move || steps).unwrap()
}

impl Exchange for Steps {
    fn react(&mut self, phase: Phase, _: &HeaderBlock<'_>) -> Reaction {
        let step = if phase == Phase::Request { self.request } else { self.response };
        match step {
            Step::Continue => Reaction::Send(message::go_on(phase, &Mutation::default())),
            Step::Answer => Reaction::Send(message::answer(401, &[])),
            Step::Fail => Reaction::Fail,
            Step::Keep => Reaction::Keep,
        }
    }
}
