//! An item of the checklist and its state.

/// An item of the checklist.
pub struct Item {
    pub what: String,
    pub state: ItemState,
}

/// The state of an item.
#[derive(Debug, PartialEq, Eq)]
pub enum ItemState {
    Holds,
    /// Right between releases, but not at a release. The sentence tells what to do.
    ToDo(String),
    /// Always wrong. The sentence tells where.
    Wrong(String),
}

impl Item {
    pub fn new(what: impl Into<String>, state: ItemState) -> Self {
        Self { what: what.into(), state }
    }

    pub fn print(&self) {
        match &self.state {
            ItemState::Holds => println!("ok      {}", self.what),
            ItemState::ToDo(sentence) => println!("to do   {}: {sentence}", self.what),
            ItemState::Wrong(sentence) => println!("WRONG   {}: {sentence}", self.what),
        }
    }

    pub fn is_wrong(&self) -> bool {
        matches!(self.state, ItemState::Wrong(_))
    }
}
