//! A user logs in (RFC 6749, section 4.1, with PKCE): the browser is waited for on loopback, or what it shows is pasted, whichever comes
//! first. The login is stored before anybody gets the token.

mod listener;
mod pages;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::cancel::Cancel;
use crate::clock::{Clock, Moment, SystemClock};
use crate::config::{Config, Environment, Settings};
use crate::credentials::{self, PublicClient};
use crate::error::{Error, ErrorKind};
use crate::fetch::{self, Fetch, Granted};
use crate::fork::ProcessId;
use crate::log::{Level, Logger};
use crate::logins::{self, LoginKey, LoginStore, Record, record};
use crate::panics::{self, Boundary};
use crate::protocol::authorization::{AuthorizationRequest, Rejected};
use crate::protocol::grant::AuthorizationGrant;
use crate::secret::Secret;
use crate::stats::Counters;
use crate::sync::{Condvar, Mutex, lock, wait_while};
use crate::token::Token;
use crate::transport::deadline::{self, Deadline};
use crate::transport::{HttpTransport, Progress};

use listener::{Connection, Handled, Listener};
use pages::Page;

/// The longest wait; nobody waits for longer.
const LONGEST_WAIT: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// A login that is being made. Open its [`url`](Login::url) in the user's browser, then [`wait`](Login::wait) for the browser to
/// come back, or [`finish`](Login::finish) with what it shows. Both may be called at the same time, in two threads.
///
/// It belongs to the process that made it: in a child of `fork()`, every call fails.
pub struct Login {
    parts: Parts,
    request: AuthorizationRequest,
    listener: Listener,
    /// The open connections, held by the thread that waits for the browser.
    connections: Mutex<Vec<Connection>>,
    state: Mutex<State>,
    ended: Condvar,
    /// Wakes the thread that waits for the browser, once the login has ended.
    stop: Cancel,
    /// Ends the exchange of a code.
    cancel: Cancel,
    process: ProcessId,
}

/// What a login works with.
struct Parts {
    settings: Arc<Settings>,
    client: PublicClient,
    transport: HttpTransport,
    log: Logger,
    /// `None` when the program keeps the refresh token itself.
    store: Option<Box<dyn LoginStore>>,
}

#[derive(Default)]
enum State {
    /// No code has arrived.
    #[default]
    Open,
    /// A code is being exchanged.
    Exchanging,
    /// Every call returns this.
    Ended(Result<Token, Error>),
}

impl Login {
    /// Begins a login with these options. What is unset comes from the process's environment.
    pub(crate) fn new(config: &Config, log: &Logger) -> Result<Login, Error> {
        let environment = Arc::new(Environment::from_process());
        let settings = Arc::new(Settings::resolve(config, &environment)?);
        let allowed = fetch::working_time(settings.timeout);
        let client = credentials::find_client_id(&settings, &environment, allowed, &Cancel::new())?;
        let store = (!settings.refresh_token_fn.is_set()).then(|| logins::open(&settings, &environment));
        let parts = Parts {
            transport: HttpTransport::new(settings.clone(), environment),
            log: log.with_own_gate(),
            settings,
            client,
            store,
        };
        parts.check_store()?;
        let settings = &parts.settings;
        let listener = Listener::bind(&settings.redirect_uri)?;
        let request = AuthorizationRequest::new(
            &settings.authorize_url,
            &parts.client.client_id,
            listener.uri().clone(),
            &settings.scope,
        )?;
        Ok(Login {
            parts,
            request,
            listener,
            connections: Mutex::default(),
            state: Mutex::default(),
            ended: Condvar::default(),
            stop: Cancel::new(),
            cancel: Cancel::new(),
            process: ProcessId::current(),
        })
    }

    /// Returns the address to open in the user's browser. Do not log it: its `state` protects the login.
    pub fn url(&self) -> &str {
        self.request.url().expose()
    }

    /// Returns that address for the C ABI.
    pub(crate) fn url_text(&self) -> &Secret {
        self.request.url()
    }

    /// Waits until the browser comes back, for at most `timeout`; `None` for as long as it takes. Then exchanges the code, stores the
    /// login, and returns the token.
    ///
    /// # Errors
    /// [`Timeout`](ErrorKind::Timeout), after which this may be called again; [`Cancelled`](ErrorKind::Cancelled);
    /// [`Oauth`](ErrorKind::Oauth) with the OAuth error `access_denied` when the user declines; otherwise why there is no token, or why
    /// it could not be stored. All but the first end the login.
    pub fn wait(&self, timeout: Option<Duration>) -> Result<Token, Error> {
        self.check_process()?;
        let Ok(mut connections) = self.connections.try_lock() else {
            return Err(Error::new(
                ErrorKind::InvalidArgument,
                "another thread waits for this login already",
            )
            .advise("Wait in one thread alone"));
        };
        if let Some(result) = self.result() {
            return result;
        }
        let end = Instant::now() + timeout.unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT);
        let served = Deadline::new(end, Some(&self.stop)).and_then(|deadline| {
            self.listener
                .serve(&mut connections, &deadline, &mut |query| self.handle(query))
        });
        match served {
            Ok(result) => result,
            Err(_) if self.stop.is_cancelled() => self.result().expect("it has ended"),
            Err(error) if deadline::is_timeout(&error) => {
                let what = format!(
                    "the browser has not come back within {} s",
                    (timeout.unwrap_or_default()).as_secs()
                );
                Err(Error::new(ErrorKind::Timeout, what)
                    .advise("Wait again, or paste the address that the browser shows after the login"))
            }
            Err(error) => Err(
                Error::new(ErrorKind::Internal, format!("cannot wait for the browser: {error}"))
                    .advise("Raise the limit on open files"),
            ),
        }
    }

    /// Completes the login with what the browser shows after it: the whole address, its query, or the code alone. For a browser on
    /// another machine.
    ///
    /// # Errors
    /// [`InvalidArgument`](ErrorKind::InvalidArgument) for a text that is not of this login, which then goes on; otherwise as for
    /// [`wait`](Login::wait).
    pub fn finish(&self, redirected_to: &str) -> Result<Token, Error> {
        self.check_process()?;
        if let Some(result) = self.result() {
            return result;
        }
        let has_state = redirected_to.contains('=');
        match self.request.read_pasted(redirected_to) {
            Ok(code) => self.redeem(&code, has_state),
            Err(Rejected::NotOurs(error)) => Err(error),
            Err(Rejected::Refused(error)) => self.end(Err(error)),
        }
    }

    /// Ends the login: calls that wait return [`Cancelled`](ErrorKind::Cancelled), and so do later ones.
    pub fn cancel(&self) {
        self.cancel.cancel();
        let _ = self.end(Err(Error::cancelled()));
    }

    /// Takes a redirect of the browser.
    fn handle(&self, query: &str) -> Handled<Result<Token, Error>> {
        match self.request.read(query) {
            Err(Rejected::NotOurs(error)) => {
                let log = &self.parts.log;
                log.log(Level::Info, || {
                    format!("a request to the redirect URI was refused: {}", error.what())
                });
                Handled::GoOn(Page::NotThisLogin)
            }
            Err(Rejected::Refused(error)) => {
                let page = if error.oauth_error() == Some("access_denied") {
                    Page::Declined
                } else {
                    Page::Failed
                };
                Handled::End(page, self.end(Err(error)))
            }
            Ok(code) => {
                let result = self.redeem(&code, true);
                let page = if result.is_ok() { Page::LoggedIn } else { Page::Failed };
                Handled::End(page, result)
            }
        }
    }

    /// Exchanges a code. While another thread does that, waits for its result. A code that came without the state of this login may
    /// belong to another one: if the server refuses it, the login goes on.
    fn redeem(&self, code: &Secret, has_state: bool) -> Result<Token, Error> {
        {
            let mut state = lock(&self.state);
            while let State::Exchanging = *state {
                state = wait_while(&self.ended, state, LONGEST_WAIT, |state| {
                    matches!(state, State::Exchanging)
                });
            }
            if let State::Ended(result) = &*state {
                return result.clone();
            }
            *state = State::Exchanging;
        }
        let exchanged = panics::catch(Boundary::Request, || {
            self.parts.exchange(&self.request, code, &self.cancel)
        });
        match exchanged.and_then(|result| result) {
            Err(error) if !has_state && error.oauth_error() == Some("invalid_grant") => {
                let mut state = lock(&self.state);
                if let State::Exchanging = *state {
                    *state = State::Open;
                }
                self.ended.notify_all();
                Err(error)
            }
            result => self.end(result),
        }
    }

    /// Ends the login with this result, unless it has ended. Returns the result that holds.
    fn end(&self, result: Result<Token, Error>) -> Result<Token, Error> {
        let mut state = lock(&self.state);
        let result = match &*state {
            State::Ended(earlier) => earlier.clone(),
            State::Open | State::Exchanging => {
                *state = State::Ended(result.clone());
                result
            }
        };
        drop(state);
        self.ended.notify_all();
        self.stop.cancel();
        result
    }

    fn result(&self) -> Option<Result<Token, Error>> {
        match &*lock(&self.state) {
            State::Ended(result) => Some(result.clone()),
            State::Open | State::Exchanging => None,
        }
    }

    /// The locks and the socket are those of the process that began the login.
    fn check_process(&self) -> Result<(), Error> {
        if self.process == ProcessId::current() {
            return Ok(());
        }
        let what = "this login was begun by the process that forked this one";
        Err(Error::new(ErrorKind::InvalidArgument, what).advise("Begin a login in this process"))
    }
}

impl Drop for Login {
    fn drop(&mut self) {
        self.parts.log.close();
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let uri = self.listener.uri().to_string();
        f.debug_struct("Login")
            .field("redirect_uri", &uri)
            .finish_non_exhaustive()
    }
}

impl Parts {
    fn key(&self) -> LoginKey {
        LoginKey::new(&self.settings.token_url, &self.client.client_id, &self.settings.account)
    }

    /// Finds out before the user logs in that the login cannot be stored.
    fn check_store(&self) -> Result<(), Error> {
        let Some(store) = &self.store else { return Ok(()) };
        match store.try_lock(&self.key()) {
            Ok(_) => Ok(()),
            Err(error) => Err(logins::failed(&**store, &self.settings, &error)),
        }
    }

    /// Exchanges a code (RFC 6749, section 4.1.3) and stores the login.
    fn exchange(&self, request: &AuthorizationRequest, code: &Secret, cancel: &Cancel) -> Result<Token, Error> {
        let settings = &self.settings;
        let end = SystemClock.now().plus(fetch::working_time(settings.timeout));
        let fetch = Fetch {
            settings,
            transport: &self.transport,
            clock: &SystemClock,
            log: &self.log,
            counters: &Counters::default(),
            cancel,
            progress: &Progress::new(),
        };
        let grant = AuthorizationGrant::AuthorizationCode {
            client: &self.client,
            code,
            verifier: request.verifier(),
            redirect_uri: request.redirect_uri(),
            scope: &settings.scope,
        };
        let granted = fetch.granted_until(&grant, end)?;
        if let Some(lacking) = record::missing_scope(granted.token.scope(), &settings.scope) {
            self.log.log(Level::Warning, || {
                format!("the login was not granted the scope {lacking}")
            });
        }
        self.keep(&granted, end, cancel)?;
        Ok(Token::from_access_token(granted.token))
    }

    fn keep(&self, granted: &Granted, end: Moment, cancel: &Cancel) -> Result<(), Error> {
        let refresh_token = granted.refresh_token.clone().expect("a response to a code has one");
        let Some(store) = &self.store else {
            let keep = &self.settings.refresh_token_fn;
            keep.call(|keep| keep(refresh_token.expose()));
            return Ok(());
        };
        let key = self.key();
        let record = Record {
            token_url: key.token_url.clone(),
            client_id: key.client_id.expose().to_owned(),
            account: key.account.clone(),
            refresh_token,
            previous_refresh_token: None,
            scope: granted.token.scope().to_owned(),
            token: Some(granted.token.clone()),
            logged_in_at_ms: SystemClock.now().wall_ms,
            refused_at_ms: None,
        };
        let lock = logins::lock_until(&**store, &self.settings, &key, end, cancel)?;
        let saved = store.save(&lock, &record);
        saved.map_err(|error| logins::failed(&**store, &self.settings, &error))
    }
}
