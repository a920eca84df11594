//! `POST /v1/enrol`: a one-time code for a device token.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{ConnectInfo, State};
use axum::http::HeaderMap;
use rightdoor_location::record::{EnrolRequest, EnrolResponse};

use super::{App, body};
use crate::refused::Refused;
use crate::secret;
use crate::sqlite::{Fault, people};

pub(super) async fn enrol(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    sent: Result<Bytes, BytesRejection>,
) -> Result<Json<EnrolResponse>, Refused> {
    app.stranger(peer)?;
    let EnrolRequest { code, device } = body::json(&headers, sent)?;
    let fits = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if device.is_empty() || device.len() > 64 || !device.chars().all(fits) {
        let hint = "use 1 to 64 letters, digits, dots, hyphens and underscores";
        return Err(Refused::bad_request("bad_device", "The field device is not a device name.", hint));
    }
    let token = secret::token("rd").map_err(|_| Fault::Failed)?;
    let (code, hash, now) = (secret::hash_code(&code), secret::hash(&token), app.clock.now());
    let name = device.clone();
    let endpoint =
        app.store.write(move |connection| people::enrol(connection, code, &name, hash, now)).await?;
    Ok(Json(EnrolResponse { token, endpoint, device, organisation: app.organisation.clone() }))
}
