//! What was probably meant.

mod lists;
mod names;

pub(crate) use lists::{entries, is_any, listed, split, unquoted};
pub(crate) use names::{meant, plain, renamed};
