//! What one request shows of the network: each stage that it passed is good, and the one where it ended is what is
//! wrong.

use std::time::{Duration, SystemTime};

use spotify_token::unstable::{self, Hop, Settings, Stage, Trace};
use spotify_token::{Error, Token};

use super::advice;
use super::report::Finding;

/// A larger difference between two clocks is reported.
const TOLERANCE: Duration = Duration::from_secs(60);

/// A correct clock shows no earlier date.
const RELEASE_DATE: &str = env!("SPOTIFY_TOKEN_RELEASE_DATE");

/// What was recorded of one request.
#[derive(Clone, Default)]
pub struct Attempt {
    pub trace: Trace,
    /// The `Date` header of the response.
    pub date: Option<String>,
}

/// Returns the findings in the order of a request's stages, from the proxy to the token.
pub fn findings(result: &Result<Token, Error>, attempt: &Attempt, settings: &Settings) -> Vec<Finding> {
    let error = result.as_ref().err();
    let trace = &attempt.trace;
    if trace.stages.is_empty() {
        // Nothing was sent: a bad variable, a file that cannot be read.
        return error
            .map(|error| Finding::from_error("network", error))
            .into_iter()
            .collect();
    }
    let stages = Stages { trace, error };
    let mut findings = vec![stages.proxy(), stages.name(settings), stages.connection()];
    findings.push(if settings.token_url.is_tls() {
        stages.tls()
    } else {
        Finding::skipped("tls", "plain http, to this machine")
    });
    findings.push(clock(attempt));
    findings.push(stages.token(result));
    findings
}

/// The stages of a request, and the error that ended it, if one did.
struct Stages<'a> {
    trace: &'a Trace,
    error: Option<&'a Error>,
}

impl Stages<'_> {
    fn proxy(&self) -> Finding {
        match (&self.trace.proxy, self.error) {
            (None, _) => Finding::good("proxy", "none"),
            (Some(_), Some(error)) if self.trace.reached().0 == Hop::Proxy => Finding::from_error("proxy", error),
            (Some(proxy), _) => Finding::good("proxy", &format!("through {proxy}")),
        }
    }

    fn name(&self, settings: &Settings) -> Finding {
        let host = settings.token_url.host();
        if self.trace.proxy.is_some() {
            return Finding::skipped("name", "the proxy looks it up");
        }
        self.stage("name", Stage::Lookup, |took| {
            let addresses: Vec<String> = self
                .trace
                .addresses
                .iter()
                .map(|found| found.ip().to_string())
                .collect();
            match addresses.as_slice() {
                [address] if address == host => format!("{host} is an address"),
                addresses => format!("{host} is {} ({took} ms)", addresses.join(", ")),
            }
        })
    }

    fn connection(&self) -> Finding {
        self.stage("connection", Stage::Connect, |took| format!("open ({took} ms)"))
    }

    fn tls(&self) -> Finding {
        self.stage("tls", Stage::Tls, |took| {
            let trusted = self.trace.roots.as_deref().unwrap_or_default();
            format!("the certificate is valid ({took} ms); trusted: {trusted}")
        })
    }

    fn token(&self, result: &Result<Token, Error>) -> Finding {
        match result {
            Ok(token) => Finding::good(
                "token",
                &format!("granted, for {} s", unstable::access_token(token).lifetime().as_secs()),
            ),
            Err(error) if self.reached(Stage::Exchange) => Finding::from_error("token", error),
            Err(_) => Finding::skipped("token", "the request did not reach the server"),
        }
    }

    /// Returns the finding for a stage that the request passed, ended in, or did not reach.
    fn stage(&self, check: &'static str, stage: Stage, good: impl FnOnce(u128) -> String) -> Finding {
        let server = || self.trace.stages.iter().filter(|(hop, _, _)| *hop == Hop::Server);
        let begun = server().find(|(_, begun, _)| *begun == stage);
        let next = server().find(|(_, begun, _)| *begun > stage);
        let (hop, reached) = self.trace.reached();
        match (begun, next, self.error) {
            (Some((_, _, start)), Some((_, _, end)), _) => {
                Finding::good(check, &good(end.saturating_sub(*start).as_millis()))
            }
            (_, Some(_), _) => Finding::good(check, &good(0)),
            (_, None, Some(error)) if hop == Hop::Server && reached == stage => Finding::from_error(check, error),
            _ => Finding::skipped(check, "the request did not get this far"),
        }
    }

    fn reached(&self, stage: Stage) -> bool {
        self.trace.reached() == (Hop::Server, stage)
    }
}

/// Compares this machine's clock with the server's, which is sent to the second.
fn clock(attempt: &Attempt) -> Finding {
    let now = SystemTime::now();
    let released = humantime::parse_rfc3339_weak(&format!("{RELEASE_DATE} 00:00:00"));
    if released.is_ok_and(|released| now < released) {
        let shown = humantime::format_rfc3339_seconds(now);
        let message = format!("it shows {shown}, which is before this program was released");
        return Finding::warning("clock", &message, advice::CLOCK);
    }
    let date = attempt
        .date
        .as_deref()
        .and_then(|date| httpdate::parse_http_date(date).ok());
    let Some(server_time) = date else {
        return Finding::skipped("clock", "the server sent no date");
    };
    let (skew, direction) = match now.duration_since(server_time) {
        Ok(ahead) => (ahead, "ahead of"),
        Err(behind) => (behind.duration(), "behind"),
    };
    if skew > TOLERANCE {
        let message = format!("{} s {direction} the server's", skew.as_secs());
        return Finding::warning("clock", &message, advice::CLOCK);
    }
    Finding::good("clock", "agrees with the server's")
}
