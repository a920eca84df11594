//! LoST (RFC 5222): is this address known here, and where does an emergency call go from there?
//!
//! The directory answers for its own buildings; a mapping is the one that was configured, never an invented one.

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
    LocationValidation, MEDIA_TYPE, Mapping, Profile, Text,
};

use super::{App, body, held};
use crate::known;
use crate::options::Lost;
use crate::sqlite::directory;
use crate::tls::Shown;

/// Emergency services (RFC 5031).
const SOS: &str = "urn:service:sos";

pub(super) async fn post(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    certificate: Option<Extension<Shown>>,
    headers: HeaderMap,
    sent: Result<Bytes, BytesRejection>,
) -> Response {
    // What is in the directory is not for everybody.
    if let Err(refused) = app.reader(&headers, peer, certificate) {
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
    let Some(own) = app.lost.name.clone().or_else(|| Identifier::new(Lost::NAMELESS)) else {
        return crate::refused::Refused::from(crate::sqlite::Fault::Failed).into_response();
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
    let Some(route) = &app.lost.route else {
        let message = "no route for emergency calls is configured here";
        return Err(error(ExceptionCode::NotFound, message));
    };
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
    let location_used = Some(location.id.clone());
    Ok(Answer::Found(FindServiceResponse {
        mappings: vec![mapping],
        validation,
        warnings,
        path,
        location_used,
    }))
}

async fn validated(app: &App, address: &CivicAddress) -> Option<LocationValidation> {
    let asked = address.clone();
    let places = app.store.read(move |connection| directory::around(connection, &asked)).await.ok()?;
    Some(known::judge(address, &places))
}
