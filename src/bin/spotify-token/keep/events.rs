//! What happens while a file is kept: results of calls for a token, signals, and the end of a command.

use std::io;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;

use spotify_token::unstable::platform::child::ChildCommand;
use spotify_token::unstable::platform::signals::{Signal, Signals};
use spotify_token::{Client, Error, Token};

use crate::exit::Exit;

/// Something that happened.
pub enum Event {
    /// A call for a token has ended.
    Result(Result<Token, Error>),
    /// This process was told something.
    Told(Signal),
    /// The command has ended.
    Ended,
}

/// Events, in the order in which they come.
pub struct Events {
    sender: Sender<Event>,
    received: Receiver<Event>,
}

impl Events {
    /// Takes these signals from now on.
    pub fn begin(signals: &[Signal]) -> Result<Events, Exit> {
        let cannot_wait = |error| Exit::internal("cannot wait for signals", &error);
        let mut signals = Signals::watch(signals).map_err(cannot_wait)?;
        let (sender, received) = mpsc::channel();
        let events = Events { sender, received };
        events
            .send_all(move |sender| while sender.send(Event::Told(signals.wait())).is_ok() {})
            .map_err(cannot_wait)?;
        Ok(events)
    }

    /// Calls for a token, which is an event. `refreshes` asks the server whatever is cached.
    pub fn ask(&self, client: &Client, refreshes: bool) -> io::Result<()> {
        let client = client.clone();
        self.send_all(move |sender| {
            let result = if refreshes { client.refresh() } else { client.token() };
            let _ = sender.send(Event::Result(result));
        })
    }

    /// Waits for the end of this command, which is an event.
    pub fn expect_end(&self, command: &ChildCommand) -> io::Result<()> {
        let end = command.end();
        self.send_all(move |sender| {
            end();
            let _ = sender.send(Event::Ended);
        })
    }

    /// Waits for an event, so long at most.
    pub fn wait(&self, wait: Duration) -> Option<Event> {
        // It cannot be disconnected: a sender is here.
        self.received.recv_timeout(wait).ok()
    }

    fn send_all(&self, run: impl FnOnce(Sender<Event>) + Send + 'static) -> io::Result<()> {
        let sender = self.sender.clone();
        thread::Builder::new().spawn(move || run(sender)).map(|_| ())
    }
}
