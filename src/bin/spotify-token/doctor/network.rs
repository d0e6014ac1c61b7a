//! What one request shows of the way to the server: each stage that it got through is good, and where it ended is what
//! is wrong.

use std::time::{Duration, SystemTime};

use spotify_token::{Error, Hop, Settings, SharedToken, Stage, Trace};

use super::advice;
use super::report::Finding;

/// A clock that is off by more will be noticed.
const TOLERANCE: Duration = Duration::from_secs(60);

/// No clock that is right shows a time before this program was made.
const MADE_ON: &str = env!("SPOTIFY_TOKEN_RELEASE_DATE");

/// What the network showed of one request.
#[derive(Clone, Default)]
pub struct Attempt {
    pub trace: Trace,
    /// The `Date` header of the answer.
    pub date: Option<String>,
}

/// From the proxy to the token, in the order in which a request meets them.
pub fn findings(asked: &Result<SharedToken, Error>, attempt: &Attempt, settings: &Settings) -> Vec<Finding> {
    let error = asked.as_ref().err();
    let trace = &attempt.trace;
    if trace.stages.is_empty() {
        // It ended before it began: a bad variable, a file that cannot be read.
        return error
            .map(|error| Finding::of_error("network", error))
            .into_iter()
            .collect();
    }
    let way = Way { trace, error };
    let mut findings = vec![way.proxy(), way.name(settings), way.connection()];
    findings.push(if settings.token_url.is_tls() {
        way.tls()
    } else {
        Finding::skipped("tls", "plain http, on this machine")
    });
    findings.push(clock(attempt));
    findings.push(way.token(asked));
    findings
}

/// The way of a request, and why it ended, if it did not arrive.
struct Way<'a> {
    trace: &'a Trace,
    error: Option<&'a Error>,
}

impl Way<'_> {
    fn proxy(&self) -> Finding {
        match (&self.trace.proxy, self.error) {
            (None, _) => Finding::good("proxy", "none"),
            (Some(_), Some(error)) if self.trace.reached().0 == Hop::Proxy => Finding::of_error("proxy", error),
            (Some(proxy), _) => Finding::good("proxy", &format!("through {proxy}")),
        }
    }

    fn name(&self, settings: &Settings) -> Finding {
        let host = settings.token_url.host();
        if self.trace.proxy.is_some() {
            return Finding::skipped("name", "the proxy looks it up");
        }
        self.passed("name", Stage::Lookup, |took| {
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
        self.passed("connection", Stage::Connect, |took| format!("open ({took} ms)"))
    }

    fn tls(&self) -> Finding {
        self.passed("tls", Stage::Tls, |took| {
            let trusted = self.trace.authorities.as_deref().unwrap_or_default();
            format!("the certificate is good ({took} ms); trusted: {trusted}")
        })
    }

    fn token(&self, asked: &Result<SharedToken, Error>) -> Finding {
        match asked {
            Ok(token) => Finding::good("token", &format!("granted, for {} s", token.lifetime().as_secs())),
            Err(error) if self.reached(Stage::Exchange) => Finding::of_error("token", error),
            Err(_) => Finding::skipped("token", "the request did not get to the server"),
        }
    }

    /// A stage that the request got through, or ended in, or never came to.
    fn passed(&self, check: &'static str, stage: Stage, good: impl FnOnce(u128) -> String) -> Finding {
        let begun = |wanted: Stage| {
            let mut stages = self.trace.stages.iter().rev();
            stages.find(|(hop, begun, _)| *hop == Hop::Server && *begun == wanted)
        };
        let next = [Stage::Lookup, Stage::Connect, Stage::Tls, Stage::Exchange]
            .into_iter()
            .skip_while(|known| *known != stage)
            .nth(1);
        let (hop, reached) = self.trace.reached();
        match (begun(stage), next.and_then(begun), self.error) {
            (Some((_, _, start)), Some((_, _, end)), _) => {
                Finding::good(check, &good(end.saturating_sub(*start).as_millis()))
            }
            (_, Some(_), _) => Finding::good(check, &good(0)),
            (_, None, Some(error)) if hop == Hop::Server && reached == stage => Finding::of_error(check, error),
            _ => Finding::skipped(check, "the request did not get that far"),
        }
    }

    fn reached(&self, stage: Stage) -> bool {
        self.trace.reached() == (Hop::Server, stage)
    }
}

/// Our clock beside the server's, which is good to a second.
fn clock(attempt: &Attempt) -> Finding {
    let now = SystemTime::now();
    let made_on = humantime::parse_rfc3339_weak(&format!("{MADE_ON} 00:00:00"));
    if made_on.is_ok_and(|made_on| now < made_on) {
        let shown = humantime::format_rfc3339_seconds(now);
        let message = format!("it says {shown}, which is before this program was made");
        return Finding::warning("clock", &message, advice::CLOCK);
    }
    let date = attempt
        .date
        .as_deref()
        .and_then(|date| httpdate::parse_http_date(date).ok());
    let Some(theirs) = date else {
        return Finding::skipped("clock", "the server has not told the time");
    };
    let (skew, direction) = match now.duration_since(theirs) {
        Ok(ahead) => (ahead, "ahead of"),
        Err(behind) => (behind.duration(), "behind"),
    };
    if skew > TOLERANCE {
        let message = format!("{} s {direction} the server's", skew.as_secs());
        return Finding::warning("clock", &message, advice::CLOCK);
    }
    Finding::good("clock", "as the server's")
}
