//! How a server is reached, beyond its address: from flags, else from the environment, else the defaults.

use crate::cli::TransportFlags;
use crate::environment::Environment;
use crate::error::{Failure, Outcome};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

/// Time-outs, retries, and whom to trust.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Transport {
    /// How long everything may take, retries included.
    pub timeout: Duration,
    /// Until when a connection must stand, name look-up and TLS included.
    pub connect_timeout: Duration,
    /// Until when an answer must begin.
    pub response_timeout: Duration,
    /// How often a request is sent again at most.
    pub retries: u32,
    /// Whether the server's certificate goes unchecked.
    pub insecure_tls: bool,
    /// More certificates to trust.
    pub ca_cert: Option<PathBuf>,
}

impl Default for Transport {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(60),
            connect_timeout: Duration::from_secs(10),
            response_timeout: Duration::from_secs(30),
            retries: 3,
            insecure_tls: false,
            ca_cert: None,
        }
    }
}

impl Transport {
    /// What flags and environment say.
    ///
    /// # Errors
    /// A usage failure for a variable that is no number in its range.
    pub(crate) fn of(flags: &TransportFlags, environment: &Environment) -> Outcome<Self> {
        let default = Self::default();
        let time = |flag: Option<u64>, variable, default| -> Outcome<Duration> {
            let seconds =
                flag.map_or_else(|| number(environment, variable, 1, 3600), |flag| Ok(Some(flag)))?;
            Ok(seconds.map_or(default, Duration::from_secs))
        };
        let timeout = time(flags.timeout, "JF_TIMEOUT", default.timeout)?;
        Ok(Self {
            timeout,
            connect_timeout: time(flags.connect_timeout, "JF_CONNECT_TIMEOUT", default.connect_timeout)?,
            // Who gives the whole exchange more time waits as long for the first byte of it.
            response_timeout: time(
                flags.response_timeout,
                "JF_RESPONSE_TIMEOUT",
                default.response_timeout.max(timeout / 2),
            )?,
            retries: match flags.retries {
                Some(retries) => retries,
                None => number(environment, "JF_RETRIES", 0, 10)?.unwrap_or(default.retries),
            },
            insecure_tls: flags.insecure_tls == Some(true),
            ca_cert: flags.ca_cert.clone(),
        })
    }
}

fn number<N: FromStr + PartialOrd + std::fmt::Display>(
    environment: &Environment,
    variable: &str,
    least: N,
    most: N,
) -> Outcome<Option<N>> {
    let Some(text) = environment.text(variable) else { return Ok(None) };
    match text.trim().parse::<N>() {
        Ok(number) if number >= least && number <= most => Ok(Some(number)),
        _ => Err(Failure::usage(format!("{variable}: it must be a whole number from {least} to {most}"))
            .hint(format!("unset {variable}, or correct it"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::tests::environment;

    fn flags() -> TransportFlags {
        TransportFlags {
            ca_cert: None,
            insecure_tls: None,
            timeout: None,
            connect_timeout: None,
            response_timeout: None,
            retries: None,
        }
    }

    #[test]
    fn flags_stand_above_the_environment_and_that_above_the_defaults() {
        let none = environment(&[]);
        assert_eq!(Transport::of(&flags(), &none).unwrap(), Transport::default());
        let set = environment(&[("JF_TIMEOUT", "5"), ("JF_RETRIES", "0"), ("JF_CONNECT_TIMEOUT", "2")]);
        let transport = Transport::of(&flags(), &set).unwrap();
        assert_eq!((transport.timeout.as_secs(), transport.retries), (5, 0));
        assert_eq!(transport.connect_timeout.as_secs(), 2);
        let given = TransportFlags { timeout: Some(7), retries: Some(1), ..flags() };
        let transport = Transport::of(&given, &set).unwrap();
        assert_eq!((transport.timeout.as_secs(), transport.retries), (7, 1));
    }

    #[test]
    fn a_longer_exchange_waits_longer_for_its_beginning() {
        let given = TransportFlags { timeout: Some(600), ..flags() };
        assert_eq!(Transport::of(&given, &environment(&[])).unwrap().response_timeout.as_secs(), 300);
    }

    #[test]
    fn a_variable_that_is_no_number_is_named() {
        for (name, value) in [("JF_TIMEOUT", "0"), ("JF_TIMEOUT", "1h"), ("JF_RETRIES", "11")] {
            let failure = Transport::of(&flags(), &environment(&[(name, value)])).unwrap_err();
            assert!(failure.message.starts_with(name), "{failure}");
        }
    }
}
