//! `POST /v1/validate`: an address before it is registered.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{ConnectInfo, State};
use axum::http::HeaderMap;
use rightdoor_location::record::Validation;
use rightdoor_location::{CivicAddress, Element, FieldError, format};

use super::{App, body};
use crate::known;
use crate::refused::Refused;
use crate::secret;
use crate::sqlite::directory;
use crate::upstream::Word;

/// The format, what was perhaps meant, and whether an upstream server knows it. Our own directory confirms nothing.
pub(super) async fn validate(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    sent: Result<Bytes, BytesRejection>,
) -> Result<Json<Validation>, Refused> {
    let holder = app.holder(&headers, peer)?;
    let address: CivicAddress = body::json(&headers, sent)?;
    let tidy = format::normalise(&address);
    let fields = format::check(&tidy);
    if !fields.is_empty() {
        return Ok(Json(Validation::Invalid { fields }));
    }
    if tidy != address {
        return Ok(Json(Validation::Corrected { address: tidy }));
    }
    let insists = app.insisted.is_repeated(holder.token, &tidy);
    if !insists {
        let asked = tidy.clone();
        let places = app.store.read(move |connection| directory::around(connection, &asked)).await?;
        let mut addresses = known::meant(&tidy, &places);
        if !addresses.is_empty() {
            // What was typed may be right all the same: who says it again means it.
            app.insisted.note(holder.token, &tidy);
            addresses.push(tidy);
            return Ok(Json(Validation::Candidates { addresses }));
        }
    }
    let word = match &app.upstream {
        Some(upstream) => upstream.word(&tidy, &app.lost_name()?).await,
        None => Word::Nothing,
    };
    Ok(Json(match word {
        Word::Wrong(elements) if !insists => {
            app.insisted.note(holder.token, &tidy);
            Validation::Invalid { fields: elements.into_iter().map(doubted).collect() }
        }
        Word::Confirmed(server) => Validation::Valid { confirmed_by: Some(server.to_string()) },
        Word::Wrong(_) | Word::Nothing => Validation::Valid { confirmed_by: None },
    }))
}

fn doubted(field: Element) -> FieldError {
    FieldError {
        field,
        code: "not_known_upstream".to_owned(),
        message: "The address service does not know this.".to_owned(),
        hint: "Check it. If it is right, send it again as it is.".to_owned(),
    }
}

/// The address that each device was last asked about. Who sends it again means it: no address may be impossible to
/// register because somebody else knows it otherwise.
#[derive(Debug, Default)]
pub struct Insisted(Mutex<HashMap<i64, [u8; 32]>>);

impl Insisted {
    fn note(&self, token: i64, address: &CivicAddress) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(token, hash(address));
    }

    fn is_repeated(&self, token: i64, address: &CivicAddress) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&token) == Some(&hash(address))
    }
}

fn hash(address: &CivicAddress) -> [u8; 32] {
    secret::hash(&serde_json::to_string(address).unwrap_or_default())
}
