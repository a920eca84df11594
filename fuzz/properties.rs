//! What must hold for any bytes. The fuzz targets search for a counterexample; the location crate's
//! tests replay the committed corpus through the same functions on every build.

use rightdoor_location::format::{check, normalise};
use rightdoor_location::held::{Answer, HeldError, Identity, LocationRequest, LocationResponse};
use rightdoor_location::pidf::{Given, Pidf};
use rightdoor_location::record::Problem;

/// A PIDF-LO is refused with a message and a fix, or what was read survives writing and reading.
pub fn pidf(data: &[u8]) {
    match Pidf::parse(data) {
        Err(error) => assert!(!Problem::from(&error).hint.is_empty(), "{error}"),
        Ok(pidf) => {
            assert_eq!(Pidf::parse(pidf.write().as_bytes()), Ok(pidf.clone()));
            if let Some(address) = pidf.content.address() {
                let tidy = normalise(address);
                assert_eq!(normalise(&tidy), tidy);
                let _ = check(&tidy);
            }
        }
    }
    if let Ok(given) = Given::parse(data) {
        assert_eq!(Given::parse(given.write().as_bytes()), Ok(given));
    }
}

/// The same for HELD requests and answers; a refused request always has a HELD error as its answer.
pub fn held(data: &[u8]) {
    match LocationRequest::parse(data) {
        Err(error) => {
            let answer = error.to_held();
            assert_eq!(HeldError::parse(answer.write().as_bytes()), Ok(answer));
        }
        Ok(mut request) => {
            // There is nothing to write for an identity that is not understood.
            request.device.retain(|identity| !matches!(identity, Identity::Unknown(_)));
            assert_eq!(LocationRequest::parse(request.write().as_bytes()), Ok(request));
        }
    }
    match Answer::parse(data) {
        Err(error) => assert!(!Problem::from(&error).hint.is_empty(), "{error}"),
        Ok(Answer::Location(response)) => {
            assert_eq!(LocationResponse::parse(response.write().as_bytes()), Ok(response));
        }
        Ok(Answer::Error(error)) => assert_eq!(HeldError::parse(error.write().as_bytes()), Ok(error)),
    }
}
