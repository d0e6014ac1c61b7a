//! The requests that a test may still ask for: the newest, bounded by their number and their size.

use std::collections::VecDeque;

use super::http::Received;

pub(super) struct History {
    max_requests: usize,
    max_bytes: usize,
    requests: VecDeque<Received>,
    bytes: usize,
}

impl History {
    pub(super) fn new(max_requests: usize, max_bytes: usize) -> History {
        History {
            max_requests,
            max_bytes,
            requests: VecDeque::new(),
            bytes: 0,
        }
    }

    /// Adds a request, and drops the oldest ones that are too many. The newest is kept in any case.
    pub(super) fn add(&mut self, request: Received) {
        self.bytes += request.size();
        self.requests.push_back(request);
        while self.requests.len() > 1 && (self.requests.len() > self.max_requests || self.bytes > self.max_bytes) {
            let oldest = self.requests.pop_front().expect("there is more than one");
            self.bytes -= oldest.size();
        }
    }

    pub(super) fn requests(&self) -> Vec<Received> {
        self.requests.iter().cloned().collect()
    }
}
