//! The binary, run as people run it.

mod bin;
mod check;
mod diff;
mod docs;
mod explain;
mod fix;
mod import_render;
mod merge;
mod probe;
mod schema;
mod shipped;
mod sync;
mod test_verb;
mod unreadable;
