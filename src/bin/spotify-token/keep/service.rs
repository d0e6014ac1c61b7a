//! Messages to a service manager (`sd_notify(3)`): datagrams to the socket that `NOTIFY_SOCKET` names.

use std::time::Duration;
use std::{env, process};

use spotify_token::unstable::platform::service::{Socket, monotonic_us};

/// The service that this process is the main process of, if it is one.
#[derive(Default)]
pub struct Service {
    socket: Option<Socket>,
    watchdog: Option<Duration>,
}

impl Service {
    pub fn from_environment() -> Service {
        Service {
            socket: env::var_os("NOTIFY_SOCKET").and_then(|name| Socket::named(&name)),
            watchdog: watchdog(),
        }
    }

    /// Sends a message. Nobody has to listen.
    pub fn tell(&self, message: &str) {
        if let Some(socket) = &self.socket {
            let _ = socket.send(message.as_bytes());
        }
    }

    /// Says that the configuration is being read again.
    pub fn reloading(&self) {
        self.tell(&format!("RELOADING=1\nMONOTONIC_USEC={}", monotonic_us()));
    }

    /// Says that this process lives, where somebody asks for that.
    pub fn alive(&self) {
        if self.watchdog.is_some() {
            self.tell("WATCHDOG=1");
        }
    }

    /// How often to say so: twice in the time that is allowed.
    pub fn watchdog(&self) -> Option<Duration> {
        self.watchdog
    }
}

fn watchdog() -> Option<Duration> {
    let pid = env::var("WATCHDOG_PID").ok();
    if pid.is_some_and(|pid| pid != process::id().to_string()) {
        return None;
    }
    let microseconds: u64 = env::var("WATCHDOG_USEC").ok()?.parse().ok()?;
    (microseconds > 0).then(|| Duration::from_micros(microseconds / 2))
}
