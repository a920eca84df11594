//! From an HTTP answer to what it means. Every status that is not expected of a registry counts as
//! somebody else's answer (a captive portal, a proxy), which proves nothing.

use rightdoor_core::{DeliveryOutcome, ReadBackOutcome, Redacted};
use rightdoor_location::record::{EnrolResponse, Problem, Record};

use super::super::Guided;
use super::super::wire::{Answer, Fault};
use super::Sent;

/// What became of a write.
pub(in super::super) fn written(sent: Sent) -> DeliveryOutcome {
    let answer = match sent {
        Ok(answer) => answer,
        Err(fault) => return unsent(&fault),
    };
    match answer.status {
        200 | 201 | 204 => match answer.header("etag") {
            Some(etag) => DeliveryOutcome::Active { etag },
            // Somebody said yes, but not a registry: read back before believing it.
            None => DeliveryOutcome::Ambiguous,
        },
        202 => DeliveryOutcome::Pending { reference: answer.header("location").unwrap_or_default() },
        412 => DeliveryOutcome::Conflict,
        409 => match answer.problem() {
            Some(problem) if !problem.code.contains("revision") => rejected(problem),
            // An XCAP error document (RFC 4825 section 11) is about the document, and has fields of
            // its own that are not an address's.
            None if answer.header("content-type").is_some_and(|kind| kind.contains("xcap-error")) => {
                DeliveryOutcome::Rejected { fields: Vec::new() }
            }
            _ => DeliveryOutcome::Conflict,
        },
        _ => refused(&answer),
    }
}

/// What became of an attendance report.
pub(super) fn attended(sent: Sent) -> DeliveryOutcome {
    match sent {
        Ok(answer) if matches!(answer.status, 200 | 204) => {
            // It answers the record as it is now.
            DeliveryOutcome::Active {
                etag: answer.json::<Record>().map(|record| record.etag).unwrap_or_default(),
            }
        }
        Ok(answer) => refused(&answer),
        Err(fault) => unsent(&fault),
    }
}

/// What became of an acknowledgement.
pub(super) fn told(sent: Sent) -> DeliveryOutcome {
    match sent {
        Ok(answer) if answer.status == 204 => DeliveryOutcome::Active { etag: String::new() },
        // A registry of an older version has nothing at this path, and says so in its own words.
        Ok(answer) if answer.status == 404 && answer.problem().is_some() => DeliveryOutcome::Unsupported,
        Ok(answer) => refused(&answer),
        Err(fault) => unsent(&fault),
    }
}

/// What a read-back found.
pub(super) fn read(sent: Sent) -> ReadBackOutcome {
    let answer = match sent {
        Ok(answer) => answer,
        Err(fault) => {
            tracing::debug!(%fault, "the registry could not be read");
            return ReadBackOutcome::Unreachable;
        }
    };
    match answer.status {
        200 => answer.json().map_or(ReadBackOutcome::Unreachable, ReadBackOutcome::Found),
        304 => ReadBackOutcome::NotModified,
        401 | 403 => ReadBackOutcome::Unauthorised,
        404 if answer.problem().is_some() => ReadBackOutcome::Nothing,
        _ => ReadBackOutcome::Unreachable,
    }
}

/// What the organisation's guidance is.
pub(super) fn guided(sent: Sent) -> Guided {
    match sent {
        Ok(answer) if answer.status == 200 => {
            Guided::New { bytes: answer.bytes().to_vec(), tag: answer.header("etag") }
        }
        Ok(answer) if answer.status == 304 => Guided::Same,
        // A registry of an older version has nothing at this path, and says so in its own words.
        Ok(answer) if answer.status == 404 && answer.problem().is_some() => Guided::Nothing,
        Ok(_) | Err(_) => Guided::Unavailable,
    }
}

/// The token, or what the agent is told.
pub(super) fn enrolled(sent: Sent) -> Result<EnrolResponse, Redacted<Problem>> {
    let problem = |code: &str, message: String, hint: &str| {
        Redacted::new(Problem { code: code.into(), message, hint: hint.into(), fields: Vec::new() })
    };
    let answer = sent.map_err(|fault| {
        let (code, hint) = match &fault {
            Fault::Url(_) => ("registry_url", "Correct the registry's address; the code was not sent."),
            Fault::Trust { .. } => ("registry_ca", "Correct registry.ca_file; the code was not sent."),
            Fault::Untrusted(_) => (
                "registry_certificate",
                "Name your organisation's authority in registry.ca_file; the code was not sent.",
            ),
            Fault::NotSent(_) => {
                ("registry_unreachable", "Check the address and the network, then enter the code again.")
            }
            Fault::NoAnswer(_) => {
                ("registry_silent", "Enter the code again; if it was used up, ask for a new one.")
            }
        };
        problem(code, fault.to_string(), hint)
    })?;
    match answer.json() {
        Some(response) => Ok(response),
        None => Err(answer.problem().map(Redacted::new).unwrap_or_else(|| {
            let message = format!("this server answers with status {}, not as a registry", answer.status);
            problem("not_a_registry", message, "Check the registry's address.")
        })),
    }
}

fn unsent(fault: &Fault) -> DeliveryOutcome {
    tracing::debug!(%fault, "a request to the registry failed");
    match fault {
        Fault::Url(_) | Fault::Trust { .. } | Fault::Untrusted(_) | Fault::NotSent(_) => {
            DeliveryOutcome::Unreachable
        }
        Fault::NoAnswer(_) => DeliveryOutcome::Ambiguous,
    }
}

fn refused(answer: &Answer) -> DeliveryOutcome {
    match answer.status {
        401 | 403 => DeliveryOutcome::Unauthorised,
        429 => DeliveryOutcome::Throttled { wait: answer.patience() },
        503 if answer.header("retry-after").is_some() => {
            DeliveryOutcome::Throttled { wait: answer.patience() }
        }
        400..=499 => match answer.problem() {
            Some(problem) => rejected(problem),
            // Refused before a registry saw it; nothing was written, and nobody said why.
            None => DeliveryOutcome::Unreachable,
        },
        _ => DeliveryOutcome::Ambiguous,
    }
}

fn rejected(problem: Problem) -> DeliveryOutcome {
    tracing::warn!(code = %problem.code, "the registry refused a write");
    DeliveryOutcome::Rejected { fields: problem.fields }
}
