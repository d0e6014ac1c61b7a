//! A bounded list: the oldest items are forgotten, so that no client can make the server use up the memory.

use std::collections::VecDeque;

/// How many items are kept.
const MAX_ITEMS: usize = 10_000;

pub(super) struct Recent<T>(VecDeque<T>);

impl<T> Default for Recent<T> {
    fn default() -> Recent<T> {
        Recent(VecDeque::new())
    }
}

impl<T> Recent<T> {
    pub(super) fn add(&mut self, item: T) {
        if self.0.len() == MAX_ITEMS {
            self.0.pop_front();
        }
        self.0.push_back(item);
    }

    /// Finds the newest item that matches.
    pub(super) fn find(&self, matches: impl Fn(&T) -> bool) -> Option<&T> {
        self.0.iter().rev().find(|item| matches(item))
    }

    /// Finds the newest item that matches, to change it.
    pub(super) fn find_mut(&mut self, matches: impl Fn(&T) -> bool) -> Option<&mut T> {
        self.0.iter_mut().rev().find(|item| matches(item))
    }

    /// Takes the newest item that matches out of the list.
    pub(super) fn take(&mut self, matches: impl Fn(&T) -> bool) -> Option<T> {
        let index = self.0.iter().rposition(matches)?;
        self.0.remove(index)
    }

    pub(super) fn retain(&mut self, keep: impl Fn(&T) -> bool) {
        self.0.retain(keep);
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.0.iter_mut()
    }
}
