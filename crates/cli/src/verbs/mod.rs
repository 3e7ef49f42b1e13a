//! One file a verb.

mod check;
mod completions;
mod diff;
mod explain;
mod import;
mod man;
mod merge;
mod probe;
mod render;
mod schema;
mod sync;
mod test;

use clap::Subcommand;

use crate::output::{Answer, Failure};

#[derive(Subcommand)]
pub(crate) enum Verb {
    Check(check::Check),
    Explain(Box<explain::Explain>),
    Import(import::Import),
    Render(render::Render),
    Diff(diff::Diff),
    Test(test::Test),
    Probe(Box<probe::Probe>),
    Sync(sync::Sync),
    Merge(merge::Merge),
    Schema(schema::Schema),
    Completions(completions::Completions),
    Man(man::Man),
}

impl Verb {
    pub(crate) fn run(self) -> Result<Answer, Failure> {
        match self {
            Self::Check(check) => check.run(),
            Self::Explain(explain) => explain.run(),
            Self::Import(import) => import.run(),
            Self::Render(render) => render.run(),
            Self::Diff(diff) => diff.run(),
            Self::Test(test) => test.run(),
            Self::Probe(probe) => probe.run(),
            Self::Sync(sync) => sync.run(),
            Self::Merge(merge) => merge.run(),
            Self::Schema(schema) => Ok(schema.run()),
            Self::Completions(completions) => Ok(completions.run()),
            Self::Man(man) => man.run(),
        }
    }
}
