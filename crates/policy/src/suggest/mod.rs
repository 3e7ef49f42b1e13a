//! What was probably meant.

mod lists;
mod names;

pub(crate) use lists::{entries, is_any, listed, split, split_list, unquoted};
pub(crate) use names::{meant, plain, renamed};
