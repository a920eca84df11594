//! LoST (RFC 5222): is this address known here, and where does an emergency call go from there?
//!
//! The directory answers for its own buildings; a mapping is the one that was configured or another server's, never an
//! invented one.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use rightdoor_location::CivicAddress;
use rightdoor_location::lost::{
    Answer, ExceptionCode, Exceptions, Expires, FindService, FindServiceResponse, Identifier,
    LocationValidation, MEDIA_TYPE, Mapping, Profile, Redirect, Text,
};

use super::{App, body, held};
use crate::known;
use crate::options::Lost;
use crate::refused::Refused;
use crate::sqlite::{Fault, directory};
use crate::tls::Shown;
use crate::upstream::{self, Silence};

/// Emergency services (RFC 5031).
pub(crate) const SOS: &str = "urn:service:sos";

pub(super) async fn post(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    certificate: Option<Extension<Shown>>,
    headers: HeaderMap,
    sent: Result<Bytes, BytesRejection>,
) -> Response {
    // What is in the directory is not for everybody.
    if let Err(refused) = app
        .store
        .look(|snapshot| app.reader(snapshot, &headers, peer, certificate.map(|Extension(shown)| shown)))
    {
        return held::challenge(refused);
    }
    let read = || {
        body::expect(&headers, &[MEDIA_TYPE, "application/xml", "text/xml"])?;
        body::bytes(sent)
    };
    let sent = match read() {
        Ok(sent) => sent,
        Err(refused) => return refused.into_response(),
    };
    let own = match app.lost_name() {
        Ok(own) => own,
        Err(refused) => return refused.into_response(),
    };
    // Errors travel with status 200 as well (RFC 5222 section 14).
    let answer = answer(&app, &own, &sent).await.unwrap_or_else(Answer::Errors);
    ([(header::CONTENT_TYPE, MEDIA_TYPE)], answer.write()).into_response()
}

async fn answer(app: &App, own: &Identifier, sent: &[u8]) -> Result<Answer, Exceptions> {
    let error = |code, message: &str| Exceptions::one(own.clone(), code, message);
    let query = FindService::parse(sent).map_err(|error| error.to_lost(own.clone()))?;
    if query.passed(own) {
        return Err(error(ExceptionCode::Loop, "this query has been here before"));
    }
    let Some(location) = query.location() else {
        let other = |location: &rightdoor_location::lost::Location| match &location.area.profile {
            Profile::Other(token) => Some(token.clone()),
            Profile::Civic | Profile::Geodetic2d => None,
        };
        let unsupported = query.locations.iter().filter_map(other).collect();
        let code = ExceptionCode::LocationProfileUnrecognized { unsupported };
        return Err(error(code, "send a location of profile civic"));
    };
    let is_sos = |service: &str| service == SOS || service.starts_with("urn:service:sos.");
    let service = query.service.clone().unwrap_or_else(|| SOS.to_owned());
    if !is_sos(&service) {
        return Err(error(ExceptionCode::ServiceNotImplemented, "only urn:service:sos is known here"));
    }
    let mut warnings = Vec::new();
    let validation = match (query.validate, location.address()) {
        (false, _) => None,
        (true, None) => {
            let message = "only civic addresses can be validated here";
            warnings.push(error(ExceptionCode::LocationValidationUnavailable, message));
            None
        }
        (true, Some(address)) => Some(
            validated(app, address)
                .await
                .ok_or_else(|| error(ExceptionCode::InternalError, "the directory cannot be read"))?,
        ),
    };
    let undecided =
        validation.as_ref().is_some_and(|own| own.invalid.is_empty() && !own.unchecked.is_empty());
    let outside = match &app.upstream {
        Some(upstream) if query.recursive && (undecided || app.lost.route.is_none()) => {
            Some(upstream.ask(&query, own).await)
        }
        Some(_) | None => None,
    };
    let Some(route) = &app.lost.route else { return elsewhere(app, own, outside, validation) };
    let message = "one route is configured here, whatever the location";
    warnings.push(error(ExceptionCode::DefaultMappingReturned, message));
    let mut mapping = Mapping::new(Expires::NoCache, app.started, own.clone(), "configured-route");
    mapping.service = Some(service);
    mapping.uris = vec![route.clone()];
    // Both may be left out (RFC 5222 section 5), but Kamailio 5.6 crashes on an answer without a name.
    mapping.display_names = vec![Text::new("en", "Emergency calls")];
    mapping.service_number = Some("911".to_owned());
    let mut path = query.path.clone();
    path.push(own.clone());
    let mut found = FindServiceResponse {
        mappings: vec![mapping],
        validation,
        warnings,
        path,
        location_used: Some(location.id.clone()),
    };
    // The route is ours; of the address the other server may know more. Its silence leaves what the directory says.
    if let Some(Ok(Answer::Found(other))) = outside {
        found.validation = both(found.validation, other.validation);
        found.path = other.path;
    }
    Ok(Answer::Found(found))
}

/// The answer where no route is configured: the other server's, or where to ask, or that there is none.
fn elsewhere(
    app: &App,
    own: &Identifier,
    outside: Option<Result<Answer, Silence>>,
    validation: Option<LocationValidation>,
) -> Result<Answer, Exceptions> {
    let error = |code, message: &str| Err(Exceptions::one(own.clone(), code, message));
    match outside {
        Some(Ok(Answer::Found(mut found))) => {
            found.validation = both(validation, found.validation);
            Ok(Answer::Found(found))
        }
        Some(Ok(answer @ (Answer::Errors(_) | Answer::Redirect(_)))) => Ok(answer),
        Some(Err(silence @ Silence::Late)) => error(ExceptionCode::ServerTimeout, &silence.to_string()),
        Some(Err(silence @ Silence::Unreadable)) => error(ExceptionCode::ServerError, &silence.to_string()),
        // Who did not ask for recursion asks the next server itself (RFC 5222 section 13.3).
        None => match app.upstream.as_ref().and_then(|upstream| upstream.name.clone()) {
            Some(target) => {
                let message = Some(Text::new("en", "ask there, or ask here with recursive"));
                Ok(Answer::Redirect(Redirect { target, source: own.clone(), message }))
            }
            None => error(ExceptionCode::NotFound, "no route for emergency calls is configured here"),
        },
    }
}

fn both(own: Option<LocationValidation>, other: Option<LocationValidation>) -> Option<LocationValidation> {
    match (own, other) {
        (Some(own), Some(other)) => Some(upstream::together(own, &other)),
        (own, other) => own.or(other),
    }
}

impl App {
    /// The name by which this server is known in LoST.
    pub(super) fn lost_name(&self) -> Result<Identifier, Refused> {
        let name = self.lost.name.clone().or_else(|| Identifier::new(Lost::NAMELESS));
        name.ok_or_else(|| Fault::Failed.into())
    }
}

async fn validated(app: &App, address: &CivicAddress) -> Option<LocationValidation> {
    let asked = address.clone();
    let places = app.store.read(move |connection| directory::around(connection, &asked)).await.ok()?;
    Some(known::judge(address, &places))
}
