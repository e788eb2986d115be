//! What is wrong with the certificate of a service, whichever client met it.
//!
//! Every client here verifies with rustls; only how deep its error is wrapped differs. The error itself is looked for, since
//! its text may change with any release.

use std::error::Error;
use std::io;
use std::sync::Arc;

use rustls::CertificateError as Fault;
use rustls::pki_types::UnixTime;

use super::trouble::{Kind, Trouble};

/// Wrapped deeper than this, something else is the matter.
const DEEPEST: usize = 16;

/// The fault of the certificate that an error is about, where it is about one.
pub(crate) fn fault(error: &(dyn Error + 'static)) -> Option<Trouble> {
    let mut next = Some(error);
    for _ in 0..DEEPEST {
        let error = next?;
        match error.downcast_ref::<rustls::Error>() {
            Some(rustls::Error::InvalidCertificate(fault)) => return Some(trouble(fault)),
            Some(_) => return None,
            None => {}
        }
        next = within(error).or_else(|| error.source());
    }
    None
}

/// The error that a wrapper holds: the source of a wrapper is the source of what it holds, which is then left out.
fn within<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    type Shared = Arc<dyn Error + Send + Sync>;
    if let Some(shared) = error.downcast_ref::<Shared>() {
        return Some(&**shared);
    }
    Some(error.downcast_ref::<io::Error>()?.get_ref()?)
}

fn trouble(fault: &Fault) -> Trouble {
    match fault {
        Fault::Expired => Trouble::new(Kind::CertificateExpired, fault.to_string()),
        Fault::ExpiredContext { time, not_after } => Trouble::new(
            Kind::CertificateExpired,
            format!("not valid after {}; the clock here says {}", date(*not_after), date(*time)),
        ),
        Fault::NotValidYet => Trouble::new(Kind::CertificateEarly, fault.to_string()),
        Fault::NotValidYetContext { time, not_before } => Trouble::new(
            Kind::CertificateEarly,
            format!("not valid before {}; the clock here says {}", date(*not_before), date(*time)),
        ),
        Fault::NotValidForName | Fault::NotValidForNameContext { .. } => {
            Trouble::new(Kind::CertificateName, fault.to_string())
        }
        Fault::UnknownIssuer => Trouble::new(Kind::CertificateIssuer, fault.to_string()),
        Fault::InvalidPurpose | Fault::InvalidPurposeContext { .. } => {
            Trouble::new(Kind::CertificatePurpose, fault.to_string())
        }
        // What `openssl req -x509` makes without further words, and the verifier names in no other way.
        Fault::Other(other) if format!("{other:?}").contains("CaUsedAsEndEntity") => Trouble::new(
            Kind::CertificatePurpose,
            "it is the certificate of an authority (CA:TRUE), self-signed or not",
        ),
        other => Trouble::new(Kind::Tls, format!("the certificate: {other}")),
    }
}

fn date(time: UnixTime) -> String {
    let seconds = i64::try_from(time.as_secs()).ok();
    match seconds.and_then(|seconds| jiff::Timestamp::from_second(seconds).ok()) {
        Some(date) => date.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
        None => format!("{} s after 1970", time.as_secs()),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn at(seconds: u64) -> UnixTime {
        UnixTime::since_unix_epoch(Duration::from_secs(seconds))
    }

    fn invalid(fault: Fault) -> rustls::Error {
        rustls::Error::InvalidCertificate(fault)
    }

    #[test]
    fn a_fault_is_found_however_deep_and_its_date_is_told() {
        let expired = || invalid(Fault::ExpiredContext { time: at(86_400 * 3), not_after: at(86_399) });
        let said = "not valid after 1970-01-01 23:59:59 UTC; the clock here says 1970-01-04 00:00:00 UTC";
        let wanted = Trouble::new(Kind::CertificateExpired, said);
        assert_eq!(fault(&expired()), Some(wanted.clone()));
        let once = io::Error::new(io::ErrorKind::InvalidData, expired());
        let twice = io::Error::other(io::Error::other(expired()));
        let shared: Arc<dyn Error + Send + Sync> = Arc::new(io::Error::other(expired()));
        assert_eq!(fault(&shared), Some(wanted.clone()));
        assert_eq!(fault(&once), Some(wanted.clone()));
        assert_eq!(fault(&twice), Some(wanted));
    }

    #[test]
    fn kinds_are_told_apart() {
        let kind = |fault: Fault| trouble(&fault).kind;
        let early = Fault::NotValidYetContext { time: at(0), not_before: at(1) };
        assert_eq!(kind(early), Kind::CertificateEarly);
        assert_eq!(kind(Fault::NotValidForName), Kind::CertificateName);
        assert_eq!(kind(Fault::UnknownIssuer), Kind::CertificateIssuer);
        assert_eq!(kind(Fault::BadSignature), Kind::Tls);
    }

    #[test]
    fn another_error_is_none_of_a_certificate() {
        assert_eq!(fault(&io::Error::from(io::ErrorKind::ConnectionReset)), None);
        assert_eq!(fault(&io::Error::other(rustls::Error::HandshakeNotComplete)), None);
    }

    #[test]
    fn a_date_beyond_the_calendar_is_still_told() {
        assert_eq!(date(at(u64::MAX / 2)), format!("{} s after 1970", u64::MAX / 2));
    }
}
