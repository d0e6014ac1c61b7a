//! Counts refreshes, and those of one login at the same time: with rotation, two of them revoke each other.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use super::logins::LoginId;
use super::server::{Connection, lock};

#[derive(Default)]
pub(super) struct Refreshes {
    total: AtomicUsize,
    overlapping: AtomicUsize,
    running: Mutex<HashMap<LoginId, Vec<Arc<Connection>>>>,
}

impl Refreshes {
    pub(super) fn total(&self) -> usize {
        self.total.load(Ordering::SeqCst)
    }

    pub(super) fn overlapping(&self) -> usize {
        self.overlapping.load(Ordering::SeqCst)
    }

    /// Counts a refresh that has arrived. It runs until what is returned is dropped, or its client has gone.
    pub(super) fn begin(self: &Arc<Refreshes>, login: Option<LoginId>, client: &Arc<Connection>) -> Option<Running> {
        let running = login.map(|login| self.run(login, client));
        self.total.fetch_add(1, Ordering::SeqCst);
        running
    }

    fn run(self: &Arc<Refreshes>, login: LoginId, client: &Arc<Connection>) -> Running {
        let mut running = lock(&self.running);
        let clients = running.entry(login).or_default();
        if clients.iter().any(|other| !other.client_has_gone()) {
            self.overlapping.fetch_add(1, Ordering::SeqCst);
        }
        clients.push(client.clone());
        Running {
            refreshes: self.clone(),
            login,
            client: client.clone(),
        }
    }
}

/// A refresh whose response is being made.
pub(super) struct Running {
    refreshes: Arc<Refreshes>,
    login: LoginId,
    client: Arc<Connection>,
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut running = lock(&self.refreshes.running);
        let Some(clients) = running.get_mut(&self.login) else {
            return;
        };
        if let Some(index) = clients.iter().position(|other| Arc::ptr_eq(other, &self.client)) {
            clients.swap_remove(index);
        }
        if clients.is_empty() {
            running.remove(&self.login);
        }
    }
}
